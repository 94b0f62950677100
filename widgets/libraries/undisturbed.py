"""Work that leaves the settings of the process as they were, also when it is stopped."""

import random
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

import numpy as np

from . import libraries
from .here import here


def _put_warnings(known):
    filters, content, warnings.showwarning = known
    filters[:] = content
    warnings.filters = filters


SETTINGS = [
    (np.geterr, lambda known: np.seterr(**known)),
    (lambda: (warnings.filters, warnings.filters[:], warnings.showwarning), _put_warnings),
    (lambda: (sys.stdout, sys.stderr), lambda known: vars(sys).update(zip(("stdout", "stderr"), known))),
    (threading.getprofile, threading.setprofile),
    (sys.getprofile, lambda known: None if sys.getprofile() is known else sys.setprofile(known)),
    (np.random.get_state, np.random.set_state),
    (random.getstate, random.setstate),
    (lambda: (None, None), lambda known: vars(here).update(zip(("session", "room"), known))),
]  # pairs of functions: what tells a setting of the process, and what sets it


def undisturbed(work: Callable):
    """Return ``work()``, and leave the settings of the process as they were, also when stopped.

    The stop button raises KeyboardInterrupt between any two instructions, so also while settings
    are put back: that is done twice, one within the other. What comes before changes nothing yet.
    A context manager that was just being entered leaves when nobody holds its frame any more: that
    is before they are put back, not after.

    >>> before = np.random.get_state()[2]
    >>> _ = undisturbed(lambda: np.random.rand())
    >>> np.random.get_state()[2] == before
    True
    """
    if here.session is not None:
        return work()
    pairs = [*(pair for library in libraries() for pair in library.settings), *SETTINGS]
    before = [(put, get()) for get, put in pairs]
    try:
        try:
            here.session = object()
            return work()
        except KeyboardInterrupt as stop:
            _clear_frames(stop.__traceback__)
            raise
        finally:
            _put_back(before)
    finally:
        _put_back(before)


def _clear_frames(traceback: TracebackType | None):
    """Let go of what the frames that were stopped hold, from the innermost one outwards."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    frame = traceback and traceback.tb_frame
    while frame is not None:
        with suppress(RuntimeError):  # it is still running
            frame.clear()
        frame = frame.f_back


def _put_back(before):
    for put, known in before:
        put(known)
