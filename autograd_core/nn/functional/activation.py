"""Activations: the non-linear functions between layers, element by element, and softmax.

Their rules stand in ops/elementwise.py and ops/reductions.py.
"""

import functools
import warnings

from ...ops import elementwise, reductions
from ...ops.methods import in_place


def _with_inplace(function):
    """The function with PyTorch's last argument ``inplace``."""

    changing = in_place(function.__name__, function)

    @functools.wraps(function)
    def activation(input, *args, inplace=False, **kwargs):
        return (changing if inplace else function)(input, *args, **kwargs)

    return activation


leaky_relu = _with_inplace(elementwise.leaky_relu)
elu = _with_inplace(elementwise.elu)
silu = _with_inplace(elementwise.silu)


def relu(input, inplace=False):
    """``max(x, 0)``; its derivative at 0 is 0."""
    return input.relu_() if inplace else elementwise.relu(input)


def softmax(input, dim=None, *, dtype=None):
    """``exp(x) / sum(exp(x))`` along ``dim``: positive numbers that add up to 1."""
    return reductions.softmax(input, _chosen("softmax", input, dim), dtype=dtype)


def log_softmax(input, dim=None, *, dtype=None):
    """The logarithm of :func:`softmax`, right also where softmax is 0 to machine precision."""
    return reductions.log_softmax(input, _chosen("log_softmax", input, dim), dtype=dtype)


def _chosen(name, input, dim):
    """``dim``, or with a warning the one that PyTorch chooses."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.", stacklevel=3,
    )  # fmt: skip
    return 0 if input.ndim in (0, 1, 3) else 1
