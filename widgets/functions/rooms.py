"""Where a function runs: on copies of all that it reads, of either library."""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..libraries import libraries


class Rooms:
    """Where a function of one library's tensors runs: on copies of all that it reads, of either's."""

    def __init__(self, library, double):
        self.own = library.Copies(double)
        self.others = [other.Copies(double) for other in libraries() if other is not library]

    def call(self, fn: Callable, made, given=(), complexed=False):
        """Return ``fn()``.

        ``made`` are the tensors that it is called with, ``given`` pairs of tensors that it reads and
        the leaves to read in their place.
        """
        self.own.begin(given, made, complexed)
        for other in self.others:
            other.begin()
        for room in (*self.others, self.own):
            fn = partial(room.call, fn)
        with np.errstate(all="ignore"):
            return fn()
