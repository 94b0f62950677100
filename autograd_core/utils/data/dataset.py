"""What there is to learn from: samples by number."""

import itertools
import math
from bisect import bisect_right

from ...core.tensor import Tensor
from ...random import randperm


class Dataset:
    """Samples by number. A subclass has ``__getitem__(index)`` and usually ``__len__``."""

    def __getitem__(self, index):
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other):
        return ConcatDataset([self, other])


class TensorDataset(Dataset):
    """Sample ``i`` is the tuple of the tensors' elements number ``i``.

    >>> TensorDataset(torch.tensor([[1.0], [2.0]]), torch.tensor([0, 1]))[1]
    (tensor([2.]), tensor(1))
    """

    def __init__(self, *tensors):
        for each in tensors:
            if not isinstance(each, Tensor):
                raise AttributeError(
                    f"'{type(each).__name__}' object has no attribute 'size'. TensorDataset takes "
                    "tensors: make one of it with torch.tensor(...) or torch.from_numpy(...)."
                )
        if any(len(tensor) != len(tensors[0]) for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self):
        return len(self.tensors[0])


class Subset(Dataset):
    """The samples of ``dataset`` with these numbers, in this order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index):
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)


class ConcatDataset(Dataset):
    """Several data sets one after the other."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self):
        return self.cumulative_sizes[-1]

    def __getitem__(self, index):
        if index < -len(self):
            raise ValueError("absolute value of index should not exceed dataset length")
        if index >= len(self):
            raise IndexError(f"list index out of range. There are {len(self)} samples.")
        index %= len(self)
        which = bisect_right(self.cumulative_sizes, index)
        dataset = self.datasets[which]
        return dataset[index - self.cumulative_sizes[which] + len(dataset)]


def random_split(dataset, lengths, generator=None):
    """Deal the samples out at random into subsets of these lengths, or these fractions of all.

    Fractions that sum to 1 are rounded down; what is left goes, one each, to the first subsets.

    >>> train, test = random_split(range(10), [0.8, 0.2], torch.Generator().manual_seed(0))
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    n = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if not all(0 <= fraction <= 1 for fraction in lengths):
            raise ValueError("Fractions to split by must lie between 0 and 1")
        lengths = [math.floor(n * fraction) for fraction in lengths]
        for i in range(n - sum(lengths)):
            lengths[i % len(lengths)] += 1
    if sum(lengths) != n:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"The lengths sum to {sum(lengths)}, the dataset has {n} samples."
        )
    order = randperm(n, generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[end - length : end]) for end, length in zip(ends, lengths)]
