"""The libraries whose tensors there are, and work with them that leaves everything as it was."""

import random
import sys
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from . import engine
from .here import here


def libraries():
    """The libraries that are there; PyTorch only if it is imported already."""
    yield engine
    if hasattr(sys.modules.get("torch"), "Tensor"):
        from . import pytorch

        yield pytorch


def is_tensor(thing) -> bool:
    """Whether this is a tensor of either library."""
    return any(library.is_tensor(thing) for library in libraries())


def is_function(thing: type) -> bool:
    """Whether this class is a ``Function`` of either library: an operation of one's own."""
    return any(issubclass(thing, library.Function) for library in libraries())


def is_module(thing) -> bool:
    """Whether this is a module (a layer, a model) of either library."""
    return any(library.is_module(thing) for library in libraries())


def library_of(fn, values):
    """The library whose tensors (or modules) these are; `autograd_core` if there are none."""
    found = [library for library in libraries() if library.is_module(fn)
             or any(map(library.is_tensor, values))]  # fmt: skip
    if len(found) > 1:
        raise TypeError("tensors of autograd_core and of PyTorch cannot be inputs of one function")
    return found[0] if found else engine


# ---------------------------------------------------------------------- running a function


class Rooms:
    """Where a function of one library's tensors runs: on copies of all that it reads, of either's."""

    def __init__(self, library, double):
        self.own = library.Room(double)
        self.others = [other.Room(double) for other in libraries() if other is not library]

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


# ---------------------------------------------------------------------- leaving all as it was


def _put_warnings(known):
    filters, content, warnings.showwarning = known
    filters[:] = content
    warnings.filters = filters


SETTINGS = [
    (np.geterr, lambda known: np.seterr(**known)),
    (lambda: (warnings.filters, warnings.filters[:], warnings.showwarning), _put_warnings),
    (lambda: (sys.stdout, sys.stderr), lambda known: vars(sys).update(zip(("stdout", "stderr"), known))),
    (sys.getprofile, lambda known: None if sys.getprofile() is known else sys.setprofile(known)),
    (np.random.get_state, np.random.set_state),
    (random.getstate, random.setstate),
    (lambda: (None, None), lambda known: vars(here).update(zip(("session", "room"), known))),
]  # pairs of functions: what tells a setting of the process, and what sets it


def undisturbed(work: Callable):
    """Return ``work()``, and leave the settings of the process as they were, also when stopped.

    The stop button raises KeyboardInterrupt between any two instructions, so also while settings
    are put back: that is done twice, one within the other. What comes before changes nothing yet.

    >>> before = np.random.get_state()[2]
    >>> _ = undisturbed(lambda: np.random.rand())
    >>> np.random.get_state()[2] == before
    True
    """
    if here.session is not None:
        return work()
    pairs = [*(pair for library in libraries() for pair in library.SETTINGS), *SETTINGS]
    before = [(put, get()) for get, put in pairs]
    try:
        try:
            here.session = object()
            return work()
        finally:
            _put_back(before)
    finally:
        _put_back(before)


def _put_back(before):
    for put, known in before:
        put(known)
