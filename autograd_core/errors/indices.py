"""What is said about indices."""

import numpy as np

from .words import kind_name, shape_text, type_name

SEQUENCE_AS_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]."
)
UINT8_MASK = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."


def too_many_indices(rank, index):
    if rank == 0 and all(isinstance(item, int) for item in index):
        return IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
            "C++ to convert a 0-dim tensor to a number"
        )
    return IndexError(
        f"too many indices for tensor of dimension {rank}. "
        "Each integer, slice or array of an index stands for one dimension."
    )


def index_out_of_bounds(i, dim, size):
    last = f"Its places are numbered 0 to {size - 1}." if size else "It is empty."
    return IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}. {last}")


def index_type(item):
    return (
        IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
            f"indices (got {type(item).__name__})"
        )
        if not isinstance(item, str)
        else index_text(item)
    )


def index_text(item):
    return TypeError(
        "new(): invalid data type 'str'. "
        "An index is made of integers, slices, None, Ellipsis, and arrays of integers or booleans."
    )


def index_dtype(array):
    return IndexError(
        "tensors used as indices must be long, int, byte or bool tensors. "
        f"This one is {type_name(array)}; .long() makes integers of its numbers."
    )


def slice_step(step):
    if step == 0:
        return ValueError("slice step cannot be zero")
    return ValueError(f"step must be greater than zero, not {step}. To reverse a dimension, use torch.flip.")


def mask_shape(mask, dim, tensor):
    sizes = zip(mask.shape, tensor.shape[dim:])
    first = next(i for i, (n, m) in enumerate(sizes) if n != m)
    return IndexError(
        f"The shape of the mask {shape_text(mask.shape)} at index {first} does not match the shape of the "
        f"indexed tensor {shape_text(tensor.shape)} at index {dim + first}. A mask has one element for each of "
        "the tensor's."
    )


def indices_shapes(indices):
    return IndexError(
        "shape mismatch: indexing tensors could not be broadcast together with shapes "
        + ", ".join(shape_text(i.shape) for i in indices)
    )


def not_assignable(tensor, value):
    kind = "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__
    return TypeError(
        f"can't assign a {kind} to a {type_name(tensor._data)}. "
        "Assign a number or a tensor: torch.tensor(...)."
    )


def scalar_name(tensor):
    """PyTorch's short name of a type: ``double``, ``long``."""
    return kind_name(tensor).lower()


def index_put_types(tensor, values):
    return RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{kind_name(tensor)} for the destination and {kind_name(values)} for the source."
    )


def index_put_shape(values, shape):
    return RuntimeError(
        f"shape mismatch: value tensor of shape {shape_text(values.shape)} cannot be broadcast to "
        f"indexing result of shape {shape_text(shape)}"
    )
