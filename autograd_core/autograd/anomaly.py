"""Anomaly mode: the operation, the line and the sub-expression where NaN or infinity appears."""

import sys

import numpy as np

from ..core import engine, tensor
from ..core.grad_mode import mode
from ..core.node import Output
from ..core.source import FrameType, name_of


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
    cls.watch_step = staticmethod(_check_step) if anomaly and check_nan else None
    tensor.watchers[:] = [watch for watch in tensor.watchers if watch is not _check]
    if cls.anomaly and cls.check_nan:
        tensor.watchers.append(_check)


def _check(data, node):
    """Called with every recorded outcome while anomaly mode is on."""
    if _all_finite(data):
        return
    node = node.edges[0] if isinstance(node, Output) else node
    if node.operation.fills or not _all_finite(*_operands_of(node)):
        return
    if not _in_backward():
        raise RuntimeError(
            f"Function '{node.name()}' returned {_bad(data)} values in its forward output, of operands "
            f"that were finite. The operation stands at {node.source()}."
        )


def _in_backward():
    """Whether a rule is at work: its outcome is checked, not its steps (which may be masked)."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is engine.backward_steps.__code__:
            return True
        frame = frame.f_back
    return False


def _check_step(node, g, contributions):
    """Raise where a rule has returned NaN, or infinity of finite numbers."""
    if isinstance(node, Output):
        return
    for slot, gradient in enumerate(contributions):
        if gradient is None or _all_finite(gradient):
            continue
        bad = _bad(gradient)
        if bad == "nan" or _all_finite(g, *_operands_of(node)):
            name = name_of(node.edges[slot])
            whose = f"`{name}`" if name else f"operand number {slot}"
            raise RuntimeError(
                f"Function '{node.name()}' returned {bad} values in its {slot}th output: the "
                f"gradient of {whose}. The operation was recorded at {node.source()}."
            )


def _operands_of(node):
    """The operands of a node that is not freed: tensors, or their arrays."""
    return node.args[:-1] if node.operation.uniform else node.inputs


def _all_finite(*values):
    """Whether no tensor, array or number among these holds NaN or infinity."""
    arrays = [np.asarray(getattr(value, "_data", value)) for value in _flat(values)]
    return all(np.isfinite(a).all() for a in arrays if a.dtype.kind in "fc")


def _flat(values):
    for value in values:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        elif value is not None:
            yield value


def _bad(gradient):
    return "nan" if np.isnan(getattr(gradient, "_data", gradient)).any() else "inf"


__all__ = [
    "detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly",
]  # fmt: skip
