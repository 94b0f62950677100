"""From a list of samples to one batch."""

import numpy as np

from ...core import dtypes
from ...core.tensor import Tensor
from ...creation import as_tensor, tensor
from ...ops.shape import stack


def default_collate(batch):
    """Samples as one batch: tensors, arrays and numbers become tensors with one dimension more.

    Tuples, lists and dictionaries of these become such of batches; text stays as it is.
    Raises RuntimeError for samples of different lengths, TypeError for anything else.

    >>> default_collate([(1.5, 0), (2.0, 1)])
    [tensor([1.5000, 2.0000], dtype=torch.float64), tensor([0, 1])]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, np.ndarray):
        return stack([as_tensor(array) for array in batch])
    if isinstance(first, np.generic | bool | int):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, dict):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, tuple | list):
        return _collate_parts(batch, first)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first)}. Pass collate_fn= to say how to make a batch of them."
    )


def _collate_parts(batch, first):
    if any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    parts = [default_collate(part) for part in zip(*batch)]
    if hasattr(first, "_fields"):  # a named tuple
        return type(first)(*parts)
    return parts
