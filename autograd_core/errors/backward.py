"""What is said about backward."""

import numpy as np

from .words import called, shape_text, type_name, variable_name


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


def check_gradient(tensor, gradient):
    from ..core.tensor import Tensor

    if not isinstance(gradient, Tensor):
        raise TypeError(
            "gradients can be either Tensors or None, but got " + type(gradient).__name__
        )
    if gradient.shape != tensor.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has "
            f"a shape of {tensor.shape}. gradient= needs one number for each element of the output."
        )


# Functions of a freed node: who runs passes on others' behalf says here, in words, which pass it
# was that freed the node, or "" if it was none of his.
passes = []


def freed(node):
    first = next(filter(None, (told(node) for told in passes)), "")
    used = f" It was used up by {first}." if first else ""
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after "
        "they have already been freed). Saved intermediate values of the graph are freed when you "
        "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
        "through the graph a second time or if you need to access saved tensors after calling "
        f"backward. The first node that is freed is {node.name()}, made at {node.source()}; "
        f"to compute a fresh graph instead, run the forward lines again.{used}"
    )


def check_saved(node):
    """Raise if something that ``node`` saved has been changed in place since, or is freed."""
    if node.args is None:
        raise freed(node)
    if not node.saves:
        return
    needed = {name for names, edge in zip(node.needs, node.edges) if edge is not None
              for name in names}
    for slot, operand in enumerate(node.inputs):
        memory = getattr(operand, "_memory", None)
        kept = slot >= len(node.edges) or node.operands and node.operands[slot] in needed
        if kept and memory is not None and memory.storage.modified_at > node.seq:
            raise modified_error(node, memory.storage, operand._data, variable_name(operand))
    if "y" in needed and node.extra is not None and node.extra.output_changed is not None:
        slot = next(i for i, names in enumerate(node.needs) if "y" in names and node.edges[i] is not None)
        output = node.arguments(slot)["y"]
        raise modified_error(node, node.extra.output_changed, output, None)


def modified_error(node, storage, data, name):
    from ..core.source import Source

    op, code, lasti = storage.modified_by
    what = f"`{name}`" if name else "it"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{type_name(data)} {shape_text(np.shape(data))}] is at version {storage.version}. "
        f"{node.name()}, made at {node.source()}, saved {what}; `{op}` changed it afterwards at "
        f"{Source.of(code, lasti)}. Use an operation that makes a new tensor, or work on a .clone()."
    )


def check_hook_result(hook, gradient, replaced):
    from ..core.tensor import Tensor

    if not isinstance(replaced, Tensor):
        raise TypeError(
            f"expected Variable, but hook returned '{type(replaced).__name__}'. A hook returns a "
            "tensor that replaces the gradient, or nothing."
        )
    if replaced.shape != gradient.shape:
        raise RuntimeError(
            f"hook '{getattr(hook, '__name__', '<unknown>')}' has changed the size of value. "
            f"It went from {shape_text(gradient.shape)} to {shape_text(replaced.shape)}."
        )
    was, now = (type_name(getattr(g, "_data", g)) for g in (gradient, replaced))
    if was != now:
        raise RuntimeError(
            f"hook '{getattr(hook, '__name__', '<unknown>')}' has changed the type of value "
            f"(was {was} got {now}). A gradient has the type of its tensor: call .to(gradient.dtype)."
        )


def check_replaced(hook, before, after):
    """Raise if a hook of a node gave another number of gradients, or one where none came."""
    if len(after) != len(before):
        raise RuntimeError(
            f"hook '{getattr(hook, '__name__', '<unknown>')}' has returned an incorrect number of "
            f"values (got {len(after)}, but expected {len(before)}). It returns one gradient for each output of the node."
        )
    if any(was is None and now is not None for was, now in zip(before, after)):
        raise RuntimeError(
            "can't replace a None gradient with a non-None value: no gradient has come to this "
            "output of the node, so a hook cannot change it."
        )
    for was, now in zip(before, after):
        if now is not None:
            check_hook_result(hook, was, now)


def replaced_after(node):
    return RuntimeError(
        f"a hook of {node.name()} returned gradients; a hook of a node can only look. "
        "Replace a gradient with Tensor.register_hook."
    )


def check_backward_inputs(inputs):
    if not inputs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    return _edges_of(inputs)


def check_grad_inputs(inputs):
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    return _edges_of(inputs)


def _edges_of(inputs):
    from ..core.node import edge_of

    edges = set()
    for tensor in inputs:
        edge = edge_of(tensor)
        if edge is None:
            raise RuntimeError(
                "One of the differentiated Tensors does not require grad: "
                f"{called(tensor)}. Create it with requires_grad=True."
            )
        edges.add(edge)
    return edges


def check_unused(inputs, gradients):
    for i, (tensor, gradient) in enumerate(zip(inputs, gradients)):
        if gradient is None:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior. "
                f"The outputs do not depend on {called(tensor)}."
            )
