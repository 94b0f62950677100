"""Data sets and how they are dealt out in batches.

>>> from autograd_core.utils.data import DataLoader, TensorDataset
>>> points = TensorDataset(torch.arange(5.0), torch.arange(5))
>>> [len(x) for x, y in DataLoader(points, batch_size=2)]
[2, 2, 1]
"""

from ... import absent as _absent
from .collate import default_collate
from .dataloader import DataLoader
from .dataset import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "RandomSampler", "Sampler",
    "SequentialSampler", "Subset", "TensorDataset", "default_collate", "random_split",
]  # fmt: skip

__getattr__ = _absent.refusal(__name__)
