"""What is said about in-place."""

import numpy as np

from .words import called, shape_text


def check_inplace(tensor, op):
    """In-place changes that autograd cannot follow."""
    memory = tensor._memory
    base = memory and memory.base
    if base is not None:
        if memory.origin is not None:
            raise RuntimeError(changed_view(tensor, "is being"))
        if base._requires_grad and base._grad_fn is None and tensor.requires_grad:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place "
                f"operation. `{op}` would change {called(base)} behind autograd's back: work on a "
                ".clone(), or inside torch.no_grad()."
            )
    if tensor._requires_grad and tensor._grad_fn is None:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. "
            f"`{op}` would lose the value that {called(tensor)} had. Update parameters inside "
            "torch.no_grad(), or compute a new tensor."
        )


def changed_view(view, how):
    """What to say of a view whose history autograd cannot follow through an in-place change."""
    no_grad = view._memory.origin == "no_grad"
    if view._grad_fn is None or view.grad_fn is None:
        text = f"A view was created in no_grad mode and {how} modified inplace with grad mode enabled."
    else:
        node = view.grad_fn.name().partition("Backward")[0]
        text = f"Output {view.output_nr} of {node} is a view" + (
            f" of a view which was created in no_grad mode and {how} modified inplace with grad mode "
            "enabled." if no_grad else f" and {how} modified inplace."
        )
    if no_grad:
        return text + (
            " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
            "your code by moving both the view and the inplace either both inside the no_grad block "
            "(if you don't want the inplace to be tracked) or both outside (if you want the inplace "
            "to be tracked)."
        )
    return text + (
        " This view is the output of a function that returns multiple views. Such functions do not "
        "allow the output views to be modified inplace. You should replace the inplace operation by "
        "an out-of-place one, or take the part you change with an index: x[0] instead of a part of "
        "split() or unbind()."
    )


def check_inplace_result(tensor, out, op):
    if out.shape != tensor.shape:
        raise RuntimeError(
            f"output with shape {shape_text(tensor.shape)} doesn't match the broadcast shape "
            f"{shape_text(out.shape)}. `{op}` cannot make a tensor larger in place."
        )
    if out.dtype.category > tensor.dtype.category:
        raise RuntimeError(
            f"result type {kind_name(out)} can't be cast to the desired output type {kind_name(tensor)}. "
            f"`{op}` cannot change a tensor's type in place."
        )


def kind_name(tensor):
    return tensor.dtype.type_name.removesuffix("Tensor")


def check_written_once(tensor, op):
    """Raise if several elements of a tensor share one place in memory, as after expand()."""
    data = tensor._data
    shared = any(n == 0 and size > 1 for n, size in zip(data.strides, data.shape)) and data.size
    if (shared or not data.flags.writeable) and op not in ("fill_", "zero_"):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            "single memory location. Please clone() the tensor before performing the operation "
            f"`{op}`."
        )


def check_overlap(tensor, operands, op):
    """Raise if an operand shares a part, but not all, of the memory that is written to."""
    written = tensor._data
    for operand in operands if op != "fill_" else ():
        if operand is tensor:
            if op not in _NEED_APART:
                continue
        else:
            memory = getattr(operand, "_memory", None)
            if memory is None or not tensor._memory or memory.storage is not tensor._memory.storage:
                continue
        read = operand._data
        same = op not in _NEED_APART and _place(written) == _place(read)
        if not same and _dense(written) and _dense(read) and np.may_share_memory(written, read):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor "
                "refer to a single memory location. Please clone() the tensor before performing the "
                f"operation `{op}`."
            )


_NEED_APART = {"index_put_", "index_add_", "scatter_", "scatter_add_"}


def _place(array):
    steps = [step for step, n in zip(array.strides, array.shape) if n > 1]
    return array.shape, steps, _bounds(array)


def _bounds(array):
    return np.lib.array_utils.byte_bounds(array)


def _dense(array):
    """Whether the elements fill their stretch of memory, each once."""
    low, high = _bounds(array)
    return array.size > 0 and high - low == array.nbytes
