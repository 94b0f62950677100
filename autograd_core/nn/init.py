"""Initial weights. Each function fills a tensor in place and returns it; nothing is recorded.

For a weight of shape (outputs, inputs, ...), what follows being a kernel's size, ``fan_in`` is the
number of products that make one output, ``fan_out`` the number of outputs one input goes into.
"""

import math
import warnings

import numpy as np

from .. import absent as _absent
from ..core.tensor import result
from ..grad_mode import no_grad
from ..limits import fitting
from ..random import normal_array, uniform_array


@no_grad()
def _fill(tensor, array):
    return tensor.copy_(result(np.asarray(array)[()], None))


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Numbers drawn evenly from ``a`` to ``b``."""
    return _fill(tensor, uniform_array(tuple(tensor.shape), tensor.dtype, a, b, generator))


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Numbers of the normal distribution."""
    return _fill(tensor, normal_array(tuple(tensor.shape), tensor.dtype, mean, std, generator))


def constant_(tensor, val):
    """The number ``val`` everywhere."""
    return _fill(tensor, np.full(tensor.shape, fitting(val, tensor.dtype), tensor._data.dtype))


def zeros_(tensor):
    """0 everywhere."""
    return constant_(tensor, 0)


def ones_(tensor):
    """1 everywhere."""
    return constant_(tensor, 1)


def eye_(tensor):
    """The unit matrix: a linear layer that starts as the identity."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _fill(tensor, np.eye(*tensor.shape, dtype=tensor._data.dtype))


@no_grad()
def orthogonal_(tensor, gain=1, generator=None):
    """A matrix whose rows, or columns if these are fewer, are orthogonal and of the length ``gain``.

    Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks,
    https://arxiv.org/abs/1312.6120.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    shape = tensor._data.shape
    drawn = normal_array((shape[0], math.prod(shape[1:])), tensor.dtype, 0, 1, generator)
    wide = drawn.shape[0] < drawn.shape[1]
    q, r = np.linalg.qr(drawn.T if wide else drawn)
    q = q * np.sign(np.diag(r))
    return _fill(tensor, (q.T if wide else q).reshape(shape) * gain)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Evenly within ``gain * sqrt(6 / (fan_in + fan_out))`` of 0.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010, equation 16.
    """
    limit = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -limit, limit, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normally, with standard deviation ``gain * sqrt(2 / (fan_in + fan_out))``."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Evenly within ``gain * sqrt(3 / fan)`` of 0, so that layers keep the variance.

    ``a`` is the negative slope of a leaky ReLU, ``mode`` says which fan. See
    https://arxiv.org/abs/1502.01852.
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    limit = math.sqrt(3) * _kaiming_deviation(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -limit, limit, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normally, with standard deviation ``gain / sqrt(fan)``. See :func:`kaiming_uniform_`."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return normal_(tensor, 0.0, _kaiming_deviation(tensor, a, mode, nonlinearity), generator)


def _kaiming_deviation(tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _fans(tensor):
    """``(fan_in, fan_out)`` of a weight (outputs, inputs, ...)."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    outputs, inputs, *kernel = tensor.shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def calculate_gain(nonlinearity, param=None):
    """By how much weights must be larger for a nonlinearity to keep the variance.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    gains = {"linear": 1, "conv1d": 1, "conv2d": 1, "conv3d": 1, "sigmoid": 1, "tanh": 5 / 3,
             "relu": math.sqrt(2), "selu": 3 / 4}  # fmt: skip
    if nonlinearity in gains:
        return gains[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, int | float):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2 / (1 + slope**2))


def uniform_like_weights(bias, weight):
    """A layer's bias (or None), evenly within ``1 / sqrt(fan_in)`` of 0."""
    if bias is not None:
        fan_in, _ = _fans(weight)
        limit = 1 / math.sqrt(fan_in) if fan_in else 0.0
        uniform_(bias, -limit, limit)


__all__ = [name for name in globals() if name[0] != "_" and name[-1] == "_"] + ["calculate_gain"]

__getattr__ = _absent.refusal(__name__)
