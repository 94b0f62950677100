"""``DataLoader``: a data set, batch by batch."""

import functools
import warnings

import numpy as np

from ...creation import as_tensor
from ...random import fresh_seed
from .collate import default_collate
from .sampler import BatchSampler, RandomSampler, SequentialSampler


class DataLoader:
    """Iterates over the batches of ``dataset``; each ``for`` loop is one pass, one epoch.

    Parameters
    ----------
    dataset : has ``__getitem__`` and ``__len__``
    batch_size : int, or None for samples one by one without a batch around them
    shuffle : bool, whether each pass has an order of its own
    sampler, batch_sampler : iterables of sample numbers, or of lists of them, instead
    num_workers : int. Everything is loaded in this process, whatever it is; so those options of
        PyTorch that speak of workers and of pinned memory are accepted and change nothing
    collate_fn : function that makes a batch of a list of samples
    drop_last : bool, whether to leave out a last batch that is not full
    generator : Generator that shuffles, instead of the default one
    """

    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None,
                 num_workers=0, collate_fn=None, pin_memory=False, drop_last=False, timeout=0,
                 worker_init_fn=None, multiprocessing_context=None, generator=None, *, prefetch_factor=None,
                 persistent_workers=False, pin_memory_device="", in_order=True):  # fmt: skip
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            )
        if num_workers:
            _say_once()
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
            )
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else (
                SequentialSampler(dataset))  # fmt: skip
        if batch_sampler is None and batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.sampler, self.batch_sampler = dataset, sampler, batch_sampler
        self.batch_size, self.drop_last, self.generator = batch_size, drop_last, generator
        self.num_workers, self.pin_memory = num_workers, pin_memory
        self.collate_fn = collate_fn or (_as_they_are if batch_sampler is None else default_collate)

    def __iter__(self):
        dataset, collate = self.dataset, self.collate_fn
        fresh_seed(self.generator)  # PyTorch draws one for its workers here, also when there are none
        if self.batch_sampler is None:
            return (collate(dataset[index]) for index in self.sampler)
        return (collate([dataset[index] for index in batch]) for batch in self.batch_sampler)

    def __len__(self):
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)


@functools.cache
def _say_once():
    warnings.warn("num_workers: this engine loads the data in the process itself.", UserWarning, stacklevel=4)


def _as_they_are(sample):
    """A single sample with its arrays as tensors."""
    if isinstance(sample, np.ndarray):
        return as_tensor(sample)
    if isinstance(sample, tuple | list):
        return [_as_they_are(part) for part in sample]
    return {k: _as_they_are(v) for k, v in sample.items()} if isinstance(sample, dict) else sample
