"""Anomaly mode: the operation, the line and the sub-expression where NaN or infinity appears."""

import sys

from .. import errors
from ..core import engine, tensor
from ..core.grad_mode import mode
from ..core.node import Output


class set_detect_anomaly:
    """Switch anomaly mode on or off: at once, or for a ``with`` block.

    As in PyTorch the mode is one for all threads. ``check_nan=False`` leaves out the search.
    """

    def __init__(self, mode, check_nan=True):
        self.before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        _switch(mode, check_nan)

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        _switch(*self.before)


class detect_anomaly(set_detect_anomaly):
    """Raise as soon as an operation, forward or backward, makes NaN or infinity.

    The error names the operation and the user's line and sub-expression. Infinity counts where
    it is made of finite numbers; operations that only put a given number in, as
    ``masked_fill(mask, -inf)`` does, may do so.

    >>> import autograd_core as torch
    >>> x = torch.tensor(-1.0, requires_grad=True)
    >>> with torch.autograd.detect_anomaly():
    ...     y = x.sqrt()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its forward output...
    """

    def __init__(self, check_nan=True):
        self.before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        self.check_nan = check_nan

    def __enter__(self):
        _switch(True, self.check_nan)


def is_anomaly_enabled():
    """Whether anomaly mode is on."""
    return mode.anomaly


def is_anomaly_check_nan_enabled():
    """Whether anomaly mode looks for NaN and infinity."""
    return mode.check_nan


def _switch(anomaly, check_nan):
    cls = type(mode)  # the class's values are those of all threads
    cls.anomaly, cls.check_nan = bool(anomaly), bool(check_nan)
    tensor.watchers[:] = [watch for watch in tensor.watchers if watch is not _check]
    if cls.anomaly and cls.check_nan:
        tensor.watchers.append(_check)


PUTS_NUMBERS_IN = {"masked_fill", "fill", "index_fill", "constant_pad_nd"}


def _check(data, node):
    """Called with every recorded outcome while anomaly mode is on."""
    if errors.all_finite(data):
        return
    node = node.edges[0] if isinstance(node, Output) else node
    if node.op in PUTS_NUMBERS_IN or not errors.all_finite(*errors.operands_of(node)):
        return
    if not _in_backward():
        raise errors.appeared_forward(node, data)


def _in_backward():
    """Whether a rule is at work: its outcome is checked, not its steps (which may be masked)."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code is engine.backward_steps.__code__:
            return True
        frame = frame.f_back
    return False


__all__ = [
    "detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly",
]  # fmt: skip
