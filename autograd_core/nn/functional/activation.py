"""Activations: the non-linear functions between layers, element by element, and softmax.

Their rules stand in ops/elementwise.py and ops/reductions.py.
"""

import warnings

from ...ops import elementwise, reductions
from ...ops.methods import change


def _perhaps_in_place(inplace, input, function, **parameters):
    if inplace:
        return change(input, function.__name__ + "_", function, **parameters)
    return function(input, **parameters)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """``x`` where positive, ``negative_slope * x`` elsewhere."""
    return _perhaps_in_place(inplace, input, elementwise.leaky_relu, negative_slope=negative_slope)


def elu(input, alpha=1.0, inplace=False):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere."""
    return _perhaps_in_place(inplace, input, elementwise.elu, alpha=alpha)


def silu(input, inplace=False):
    """``x * sigmoid(x)``, also called swish (https://arxiv.org/abs/1702.03118)."""
    return _perhaps_in_place(inplace, input, elementwise.silu)


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
