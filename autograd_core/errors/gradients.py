"""What is said about requires_grad, grad."""

import warnings
from difflib import get_close_matches

from .words import shape_text


def requires_grad_of_integers(dtype, opening="only Tensors of floating point dtype"):
    return RuntimeError(
        f"{opening} can require gradients. "
        f"This one is {dtype}; write its numbers with a point (1.0 instead of 1) "
        "or call .float() first."
    )


def requires_grad_of_non_leaf():
    return RuntimeError(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed "
        "variable in a subgraph that doesn't require differentiation use "
        "var_no_grad = var.detach()."
    )


def grad_of_non_leaf(tensor):
    return (
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
        "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
        "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor "
        "before backward(). If you access the non-leaf Tensor by mistake, make sure you access the "
        "leaf Tensor instead."
    )


def warn_of_slip(attributes):
    """Where a tensor has no gradient, and an attribute that was perhaps to ask for one."""
    for name in get_close_matches("requires_grad", attributes, cutoff=0.8):
        warnings.warn(
            f"This tensor has the attribute {name!r}. Was it to be requires_grad?", UserWarning, stacklevel=3
        )


def assigned_no_tensor(value):
    return TypeError(
        "assigned grad expected to be a Tensor or None but got grad of type "
        f"{type(value).__name__}. To reset it, assign None; a number is assigned to the gradient of x as "
        f"torch.full_like(x, {value!r})."
    )


def assigned_other_type(tensor, value):
    return RuntimeError(
        "assigned grad has data of a different type: "
        f"the tensor is {tensor.dtype}, the gradient {value.dtype}."
    )


def assigned_other_size(tensor, value):
    return RuntimeError(
        "assigned grad has data of a different size: "
        f"the tensor has shape {shape_text(tensor.shape)}, the gradient {shape_text(value.shape)}."
    )


def cannot_retain():
    return RuntimeError("can't retain_grad on Tensor that has requires_grad=False")


def hook_without_grad():
    return RuntimeError(
        "cannot register a hook on a tensor that doesn't require gradient. "
        "Call .requires_grad_() on a leaf first."
    )


def post_accumulate_on_non_leaf():
    return RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")


def detach_view():
    return RuntimeError(
        "Can't detach views in-place. Use detach() instead. If you are using "
        "DistributedDataParallel (DDP) for training, detach() is what you want as well."
    )


def copy_of_non_leaf():
    return RuntimeError(
        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
        "at the moment. Copy its values instead: tensor.detach().clone()."
    )
