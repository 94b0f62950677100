"""What several operations are called with: dimensions and tensors, in one form or refused."""

from ..core.tensor import Tensor
from ..errors.operands import not_a_tensor


def check_dims(dims, rank):
    """``dims`` counted from 0, each once."""
    out = []
    for dim in dims:
        axis = check_dim(dim, rank)
        if axis in out:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
        out.append(axis)
    return [axis for axis in out if rank]


def check_tensors(op, **arguments):
    """Raise TypeError unless all arguments of ``op`` are tensors, given by name in their order."""
    for position, (name, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, Tensor):
            raise not_a_tensor(op, name, value, position)


def check_dim(dim, rank):
    """``dim`` counted from 0."""
    low, high = -max(rank, 1), max(rank, 1) - 1
    if not low <= dim <= high:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
        )
    return dim % max(rank, 1)
