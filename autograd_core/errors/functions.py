"""What is said about custom Functions."""

import numpy as np

from .backward import modified_error
from .words import shape_text, variable_name


def not_overridden(method):
    wanted = {"forward": "the forward function for",
              "backward": "either the backward or vjp method for your"}  # fmt: skip
    return NotImplementedError(
        f"You must implement {wanted[method]} custom autograd.Function: "
        f"a static method `{method}` of your class."
    )


def check_saveable(tensors):
    from ..core.tensor import Tensor

    for i, value in enumerate(tensors):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type "
                f"{type(value).__name__}. Keep other values as attributes: ctx.value = value."
            )


def check_dirty(dirty, outputs):
    """What forward marked as changed in place is among its outputs."""
    for tensor in dirty:
        if not any(tensor is out for out in outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )


def check_unchanged(node, saved):
    """Raise if a tensor that a custom Function saved has been changed in place since."""
    storage = saved.storage
    if storage is not None and storage.version != saved.version:
        tensor = saved.tensor()
        raise modified_error(node, storage, tensor._data, variable_name(tensor))


def check_returned(node, returned, forms):
    """Pairs of gradient and (shape, dtype) for each tensor among the arguments of forward."""
    returned, extra = returned[: len(forms)], returned[len(forms) :]
    if len(returned) != len(forms) or any(gradient is not None for gradient in extra):
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients "
            f"(expected {len(forms)}, got {len(returned) + len(extra)}). Its backward must return "
            "one for each argument of forward, None for those that need none. It was applied at "
            f"{node.source()}."
        )
    for i, (gradient, form) in enumerate(zip(returned, forms), 1):
        if form is None and gradient is not None:
            raise RuntimeError(
                f"function {node.name()} returned a gradient different than None at position {i}, "
                "but the corresponding forward input was not a Variable. Return None for it."
            )
    return [(gradient, form) for gradient, form in zip(returned, forms) if form is not None]


def check_returned_gradient(node, slot, gradient, shape, dtype):
    """The gradient a custom ``backward`` returned, if it fits its input."""
    from ..core.engine import unbroadcast
    from ..core.tensor import Tensor

    if gradient is None or node.edges[slot] is None:
        return None
    if not isinstance(gradient, Tensor):
        raise RuntimeError(
            f"expected Variable or None (got {type(gradient).__name__}) as gradient {slot} that "
            f"{node.name()} returned. A gradient is a tensor of the shape of its input."
        )
    if gradient.shape != shape:
        try:
            fits = np.broadcast_shapes(gradient.shape, shape) == tuple(gradient.shape)
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {slot} - got "
                f"{shape_text(gradient.shape)} but expected shape compatible with "
                f"{shape_text(shape)}. A gradient has the shape of its input. It was applied at "
                f"{node.source()}."
            )
    return unbroadcast(gradient, shape, dtype)


def differentiated_twice():
    return RuntimeError(
        "trying to differentiate twice a function that was marked with @once_differentiable. "
        "Leave the decorator out if its backward computes with differentiable operations only."
    )


def nothing_requires_grad():
    return ValueError(
        "gradcheck expects at least one input tensor to require gradient, but none of the them have "
        "requires_grad=True."
    )


def single_precision():
    return (
        "An input requires gradient and is not a double precision floating point. This check will "
        "likely fail if all the inputs are not of double precision floating point."
    )


def nothing_to_check():
    return ValueError("gradcheck expects the function to return a tensor, or several.")


def detached_outputs():
    return (
        "no output requires grad although the outputs do change with the inputs: does the function "
        "use .detach(), .item(), .numpy() or no_grad()?"
    )


def incoming_gradient_unused():
    return (
        "a backward does not multiply by the incoming gradient: where that is 0, something else "
        "than 0 comes back"
    )
