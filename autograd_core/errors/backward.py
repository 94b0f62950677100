"""What is said about backward."""

import numpy as np

from ..core.source import Source
from .words import called, shape_text, type_name


def no_grad_fn(tensor):
    where = called(tensor)
    return RuntimeError(
        "element 0 of tensors does not require grad and does not have a grad_fn. "
        f"Nothing that {where} was computed from asks for gradients: create an input with "
        "requires_grad=True, and do not compute inside torch.no_grad()."
    )


def implicit_gradient(tensor):
    return RuntimeError(
        "grad can be implicitly created only for scalar outputs. "
        f"{called(tensor).capitalize()} has shape {shape_text(tensor.shape)}: reduce it to one number "
        "(for example with .sum() or .mean()), or pass gradient=, a tensor of this shape that "
        "weighs each output."
    )


def not_a_gradient(gradient):
    return TypeError("gradients can be either Tensors or None, but got " + type(gradient).__name__)


def gradient_of_other_shape(tensor, gradient):
    return RuntimeError(
        f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has "
        f"a shape of {tensor.shape}. gradient= needs one number for each element of the output."
    )


def freed(node, first):
    """``first`` says, if not "", which pass it was that freed the node."""
    used = f" It was used up by {first}." if first else ""
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after "
        "they have already been freed). Saved intermediate values of the graph are freed when you "
        "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
        "through the graph a second time or if you need to access saved tensors after calling "
        f"backward. The first node that is freed is {node.name()}, made at {node.source()}; "
        f"to compute a fresh graph instead, run the forward lines again.{used}"
    )


def modified(node, storage, data, name):
    """A tensor that ``node`` saved, of this ``name`` (or None), was changed in place."""
    op, code, lasti = storage.modified_by
    what = f"`{name}`" if name else "it"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{type_name(data)} {shape_text(np.shape(data))}] is at version {storage.version}. "
        f"{node.name()}, made at {node.source()}, saved {what}; `{op}` changed it afterwards at "
        f"{Source.of(code, lasti)}. Use an operation that makes a new tensor, or work on a .clone()."
    )


def _name(hook):
    return f"hook '{getattr(hook, '__name__', '<unknown>')}'"


def hook_returned(replaced):
    return TypeError(
        f"expected Variable, but hook returned '{type(replaced).__name__}'. A hook returns a "
        "tensor that replaces the gradient, or nothing."
    )


def hook_changed_size(hook, gradient, replaced):
    return RuntimeError(
        f"{_name(hook)} has changed the size of value. "
        f"It went from {shape_text(gradient.shape)} to {shape_text(replaced.shape)}."
    )


def hook_changed_type(hook, was, now):
    return RuntimeError(
        f"{_name(hook)} has changed the type of value (was {type_name(was)} got {type_name(now)}). "
        "A gradient has the type of its tensor: call .to(gradient.dtype)."
    )


def hook_changed_number(hook, before, after):
    return RuntimeError(
        f"{_name(hook)} has returned an incorrect number of values (got {len(after)}, but expected "
        f"{len(before)}). It returns one gradient for each output of the node."
    )


def hook_replaced_none():
    return RuntimeError(
        "can't replace a None gradient with a non-None value: no gradient has come to this "
        "output of the node, so a hook cannot change it."
    )


def replaced_after(node):
    return RuntimeError(
        f"a hook of {node.name()} returned gradients; a hook of a node can only look. "
        "Replace a gradient with Tensor.register_hook."
    )


def no_inputs(function):
    return RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")


def input_without_grad(tensor):
    return RuntimeError(
        "One of the differentiated Tensors does not require grad: "
        f"{called(tensor)}. Create it with requires_grad=True."
    )


def unused(i, tensor):
    return RuntimeError(
        f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
        "Set allow_unused=True if this is the desired behavior. "
        f"The outputs do not depend on {called(tensor)}."
    )
