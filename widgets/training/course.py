"""The course of a training run, as plain data: losses, gradients, updates, learning rates."""

import json
import math
from array import array
from pathlib import Path

import numpy as np

from autograd_core.serialization import replace_file

MOST_POINTS = 300  # of a curve that is shown; a longer one is thinned out


class Course:
    """What is written down while a model is trained.

    Parameters
    ----------
    smoothing : float, 0 … 1
        How much of its past the smoothed loss keeps from batch to batch: 0.95 looks back over
        some twenty batches. Like Adam's averages it is corrected for having begun at nothing
        (Kingma and Ba, Adam, 2015), so that it starts at the first loss.

    Attributes
    ----------
    losses : array of float, one for each batch; nan where no loss was seen
    smoothed : array of float, likewise; made when it is asked for
    last : float, the last loss that was seen, or None
    epoch_ends : list of int, how many batches there were at the end of each epoch
    sampled_at : list of int, the batches, counted from 1, after which parameters were looked at
    learning_rates : list, for each sample the learning rate of each group of the optimizer
    validation : dict, from how many batches there were to the losses of the validation then
    gradient_norms, update_ratios : dict, for each parameter a list with a number or None for
        each sample

    >>> course = Course(smoothing=0.5)
    >>> for loss in (4.0, 1.0):
    ...     course.add(loss)
    >>> course.smoothed.tolist()
    [4.0, 2.0]
    """

    def __init__(self, smoothing=0.95):
        self.smoothing = smoothing
        self.losses, self._smoothed = array("d"), array("d")
        self.last = None
        self.validation = {}
        self.epoch_ends, self.sampled_at, self.learning_rates = [], [], []
        self.gradient_norms, self.update_ratios, self.states = {}, {}, {}
        self._mean = self._weight = 0.0

    @property
    def batches(self) -> int:
        """How many batches there were."""
        return len(self.losses)

    def add(self, loss: float | None) -> None:
        """Write down the loss of one more batch, None if it had none."""
        if loss is not None:
            self.last = loss
        self.losses.append(math.nan if loss is None else loss)

    def add_validation(self, loss: float) -> None:
        """Write down a loss that nothing is learned from."""
        self.validation.setdefault(self.batches, []).append(loss)

    def validated(self, first=0) -> list[tuple[int, float]]:
        """Return how many batches there were, and the mean loss of the validation then, from so many on.

        >>> course = Course()
        >>> for loss in (4.0, 1.0):
        ...     course.add_validation(loss)
        >>> course.validated()
        [(0, 2.5)]
        """
        return [(at, math.fsum(each) / len(each) if all(map(math.isfinite, each)) else sum(each))
                for at, each in self.validation.items() if at >= first]  # fmt: skip

    @property
    def smoothed(self) -> array:
        """The smoothed loss after each batch."""
        keep, mean, weight, done = self.smoothing, self._mean, self._weight, self._smoothed
        for loss in self.losses[len(done) :]:
            if math.isfinite(loss):
                mean = keep * mean + (1 - keep) * loss
                weight = keep * weight + (1 - keep)
            done.append(mean / weight if weight else math.nan)
        self._mean, self._weight = mean, weight
        return done

    def add_sample(self, samples: dict, learning_rates: list[float]) -> None:
        """Write down how the parameters stand after the present batch.

        ``samples``: for each parameter its gradient norm, update ratio and state.
        """
        before = len(self.sampled_at)
        self.sampled_at.append(self.batches)
        self.learning_rates.append(learning_rates)
        for name, (norm, ratio, state) in samples.items():
            self.gradient_norms.setdefault(name, [None] * before).append(norm)
            self.update_ratios.setdefault(name, [None] * before).append(ratio)
            self.states[name] = state
        for name in self.gradient_norms.keys() - samples.keys():
            self.gradient_norms[name].append(None)
            self.update_ratios[name].append(None)

    def history(self) -> dict:
        """Return everything as plain lists; what is not a finite number is None."""
        return {
            "loss": plain(self.losses),
            "smoothed_loss": plain(self.smoothed),
            "validation_at": [at for at, _ in self.validated()],
            "validation_loss": plain(loss for _, loss in self.validated()),
            "epoch_ends": list(self.epoch_ends),
            "sampled_at": list(self.sampled_at),
            "learning_rate": [list(rates) for rates in self.learning_rates],
            "gradient_norm": {name: plain(each) for name, each in self.gradient_norms.items()},
            "update_ratio": {name: plain(each) for name, each in self.update_ratios.items()},
        }

    def to_json(self, path) -> Path:
        """Write :meth:`history` to a file; return its path."""
        path = Path(path)
        replace_file(path, json.dumps(self.history(), allow_nan=False).encode())
        return path

    def ends(self, since=0) -> tuple[float | None, float | None, float | None]:
        """Return the first loss, the last one seen, and the last smoothed one, None without any.

        The first is that of the batches after the first ``since``.
        """
        later = (self.losses[i] for i in range(since, len(self.losses)))
        first = next((loss for loss in later if not math.isnan(loss)), None)
        if first is None:
            return None, None, None
        return first, self.last, self.smoothed[-1]

    def curve(self, most=MOST_POINTS) -> np.ndarray:
        """Return the loss as at most so many points: batch, least, greatest and smoothed loss.

        An array of shape (points, 4), nan for what is not a finite number. Each point stands for
        the same number of batches, those up to its own.
        """
        if not self.losses:
            return np.empty((0, 4))
        losses, smoothed = np.array(self.losses), np.array(self.smoothed)
        every = math.ceil(len(losses) / most)
        starts = np.arange(0, len(losses), every)
        ends = np.minimum(starts + every, len(losses))
        low, high = np.fmin.reduceat(losses, starts), np.fmax.reduceat(losses, starts)
        points = np.stack([ends, low, high, smoothed[ends - 1]], axis=1)
        return np.where(np.isfinite(points), points, np.nan)


def plain(values) -> list:
    """Return numbers as JSON can hold them, None for nan and infinities."""
    return [None if v is None or not math.isfinite(v) else float(v) for v in values]


def thinned(values: list, most: int) -> list:
    """Return at most so many of the values, evenly spaced, the last one among them.

    >>> thinned(list(range(10)), 4)
    [0, 3, 6, 9]
    """
    every = math.ceil(len(values) / most) if values else 1
    return values[(len(values) - 1) % every :: every]
