"""Dropout: numbers left out at random while training."""

from ...core.tensor import result
from ...ops.arguments import check_tensors
from ...random import bernoulli_array


def dropout(input, p=0.5, training=True, inplace=False):
    """Zero each element with probability ``p`` and divide the rest by ``1 - p``.

    The expected value stays what it was; without ``training`` nothing changes.
    See https://arxiv.org/abs/1207.0580.
    """
    check_probability(p)
    check_tensors("dropout", input=input)
    if not training or p == 0:
        return input
    return _dropped(input, p, input._data.shape, inplace)


def dropout2d(input, p=0.5, training=True, inplace=False):
    """Zero each channel of images (n, c, h, w) with probability ``p``; see :func:`dropout`."""
    check_probability(p)
    check_tensors("dropout2d", input=input)
    if not training or p == 0:
        return input
    return _dropped(input, p, (*input._data.shape[:2], *(1,) * (input.ndim - 2)), inplace)


def _dropped(input, p, shape, inplace):
    factor = bernoulli_array(shape, input._data.dtype, 1 - p, None)
    factor = result(factor / (1 - p) if p < 1 else factor, None)
    return input.mul_(factor) if inplace else input * factor


def check_probability(p):
    """Raise ValueError unless ``p`` lies between 0 and 1."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
