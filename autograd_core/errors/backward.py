"""What is said about backward."""

import numpy as np

from ..core.source import Source
from .words import shape_text, type_name


def freed(node, first):
    """``first`` says, if not "", which pass it was that freed the node."""
    used = f" It was used up by {first}." if first else ""
    error = RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after "
        "they have already been freed). Saved intermediate values of the graph are freed when you "
        "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
        "through the graph a second time or if you need to access saved tensors after calling "
        f"backward. The first node that is freed is {node.name()}, made at {node.source()}; "
        f"to compute a fresh graph instead, run the forward lines again.{used}"
    )
    vars(error).update(saved=node.source())
    return error


def modified(node, storage, data, name):
    """A tensor that ``node`` saved, of this ``name`` (or None), was changed in place."""
    op, code, lasti = storage.modified_by
    what = f"`{name}`" if name else "it"
    error = RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{type_name(data)} {shape_text(np.shape(data))}] is at version {storage.version}. "
        f"{node.name()}, made at {node.source()}, saved {what}; `{op}` changed it afterwards at "
        f"{Source.of(code, lasti)}. Use an operation that makes a new tensor, or work on a .clone()."
    )
    vars(error).update(saved=node.source(), changed=Source.of(code, lasti), name=name or "")
    return error


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
