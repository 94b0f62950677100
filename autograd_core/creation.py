"""Making tensors: from data, filled, in ranges, at random."""

import numpy as np

from . import dtypes, errors
from .tensor import Tensor, new, result



def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A new leaf tensor that holds a copy of ``data``.

    Parameters
    ----------
    data : number, (nested) sequence of numbers or tensors, NumPy array
    dtype : the element type; otherwise floats become the default type, whole numbers int64,
        and arrays keep theirs
    requires_grad : bool
        Whether gradients are computed for it (floating-point types only).

    >>> import autograd_core as torch
    >>> torch.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    if type(data) is float and dtype is None:
        array = dtypes.get_default_dtype().numpy.type(data)
    else:
        array = as_array(data, dtype)
    if device is not None:
        errors.check_device(device)
    out = result(array, None)
    if requires_grad:
        out.requires_grad_()
    return out


def as_array(data, dtype=None):
    """A new array (or NumPy number) of ``data`` with the type that PyTorch would give it."""
    if isinstance(data, Tensor):
        array = np.array(data._data)
    elif isinstance(data, np.ndarray | np.generic):
        array = np.array(data)
    else:
        array = _nested(data)
        if dtype is None and array.dtype.kind == "f":
            dtype = dtypes.get_default_dtype() if array.dtype == np.float64 else None
    if array.size == 0 and not isinstance(data, Tensor | np.ndarray) and dtype is None:
        dtype = dtypes.get_default_dtype()
    kind = dtypes.as_dtype(array.dtype if dtype is None else dtype)
    return array.astype(kind.numpy, copy=False)[()]


def _nested(data):
    errors.check_nested(data)
    try:
        return np.array(data)
    except ValueError:
        raise errors.ragged(data) from None


def as_operand(value, other):
    """``value`` as a tensor; a plain number takes the type of the tensor beside it."""
    if isinstance(value, Tensor):
        return value
    if isinstance(other, Tensor):
        kind = dtypes.result_type(other.dtype, None, dtypes.of_scalar(value))
        return result(kind.numpy.type(value), None)
    return tensor(value)
