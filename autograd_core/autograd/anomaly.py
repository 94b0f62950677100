"""Anomaly mode: the operation, the line and the sub-expression where NaN or infinity appears."""

import numpy as np

from .. import errors, tensor
from ..grad_mode import mode


class detect_anomaly:
    """Raise as soon as an operation, forward or backward, turns good numbers into NaN.

    Works for a ``with`` block; ``check_nan=False`` only switches it off again inside another.

    >>> import autograd_core as torch
    >>> x = torch.tensor(-1.0, requires_grad=True)
    >>> with torch.autograd.detect_anomaly():
    ...     y = x.sqrt()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its forward output...
    """

    def __init__(self, check_nan=True):
        self.wanted = True, check_nan

    def __enter__(self):
        self.before = mode.anomaly, mode.check_nan
        _switch(*self.wanted)

    def __exit__(self, *exc):
        _switch(*self.before)


class set_detect_anomaly(detect_anomaly):
    """Switch anomaly mode on or off: at once, or for a ``with`` block."""

    def __init__(self, mode_, check_nan=True):
        self.before = mode.anomaly, mode.check_nan
        self.wanted = bool(mode_), check_nan
        _switch(*self.wanted)

    def __enter__(self):
        pass


def _switch(anomaly, check_nan):
    mode.anomaly, mode.check_nan = anomaly, check_nan
    if anomaly and _check not in tensor.watchers:
        tensor.watchers.append(_check)


def _check(data, node):
    """Called with every recorded outcome while a thread is in anomaly mode."""
    if not (mode.anomaly and mode.check_nan) or data.dtype.kind != "f" or np.isfinite(data).all():
        return
    operands = [getattr(t, "_data", t) for t in node.inputs]
    if all(np.isfinite(np.asarray(o, dtype=float)).all() for o in operands if o is not None):
        raise errors.appeared_forward(node, data)
