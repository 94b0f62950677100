"""Normalisation: numbers brought to mean 0 and variance 1, over the batch or over the features.

Both kinds are ``weight * (x - mean) / sqrt(variance + eps) + bias``. They differ in the dimensions
``dim`` along which mean and variance are taken, and in the shape ``own`` in which ``weight`` and
``bias`` multiply: (features, 1, ...) for the batch, the shape of the features for the layer.
"""

import numpy as np

from ...core.engine import unbroadcast
from ...meaning import means
from ...ops.arguments import check_tensors
from ...ops.indexing import beside
from ...ops.rows import operation

# ---------------------------------------------------------------------- for the rules
# Each of these takes arrays or recorded tensors.


@means("sqrt(var(x, dim) + eps)")
def deviation(x, dim, eps):
    """The square root of variance plus ``eps``."""
    centred = x - x.mean(axis=dim, keepdims=True)
    return np.sqrt((centred * centred).mean(axis=dim, keepdims=True) + eps)


@means("normalized(x)")
def normalized(x, dim, eps):
    """``x`` with mean 0 and variance 1."""
    return (x - x.mean(axis=dim, keepdims=True)) / deviation(x, dim, eps)


def sideways(g, n, dim):
    """``g`` without its mean and without its part in the direction of the normalised ``n``.

    Neither a shift of ``x`` nor a stretch changes ``n``, so that no gradient flows in these two
    directions. See https://arxiv.org/abs/1502.03167, section 3.
    """
    return g - g.mean(axis=dim, keepdims=True) - n * (g * n).mean(axis=dim, keepdims=True)


def scaled(g, weight, own):
    """``g * weight``, where there are weights."""
    return g if weight is None else g * weight.reshape(own)


@means("sum(g, axes)")
def summed(g, own, shape):
    """``g`` added up over the dimensions along which ``weight`` and ``bias`` are repeated."""
    return unbroadcast(g, own, None).reshape(shape)


# ---------------------------------------------------------------------- the rules


def _forward(x, weight, bias, *, dim, own, size, eps, mean=None, variance=None):
    if mean is None:
        n = normalized(x, dim, eps)
    else:
        n = (x - mean.reshape(own)) / np.sqrt(variance.reshape(own) + eps)
    n = scaled(n, weight, own)
    return (n if bias is None else n + bias.reshape(own)).astype(x.dtype, copy=False)


# fmt: off
_NORMALIZED = dict(forward=_forward, analytic=True,
        x=lambda g, x, weight, dim, own, eps: sideways(
            scaled(g, weight, own), normalized(x, dim, eps), dim) / deviation(x, dim, eps),
        weight=lambda g, x, weight, dim, own, eps: summed(
            g * normalized(x, dim, eps), own, weight.shape),
        bias=lambda g, x, weight, own, size: beside(summed(g, own, size), x, weight))
_layer_norm = operation("native_layer_norm", **_NORMALIZED)
_batch_norm = operation("native_batch_norm", **_NORMALIZED)
# with mean and variance that were found before
_batch_norm_by = operation("native_batch_norm", _forward, analytic=True,
    x=lambda g, weight, own, eps, variance: scaled(g, weight, own) / np.sqrt(
        variance.reshape(own) + eps),
    weight=lambda g, x, weight, own, eps, mean, variance: summed(
        g * (x - mean.reshape(own)) / np.sqrt(variance.reshape(own) + eps), own, weight.shape),
    bias=lambda g, x, weight, own, size: beside(summed(g, own, size), x, weight))
# fmt: on


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalise the last dimensions, those of ``normalized_shape``, of each element of a batch.

    ``weight`` and ``bias`` have the shape ``normalized_shape``. See
    https://arxiv.org/abs/1607.06450.
    """
    check_tensors("layer_norm", input=input)
    own, shape = tuple(normalized_shape), tuple(input.shape)
    if shape[len(shape) - len(own) :] != own:
        raise RuntimeError(
            f"Given normalized_shape={list(own)}, expected input with shape "
            f"[*, {', '.join(map(str, own))}], but got input of size{list(shape)}"
        )
    dim = tuple(range(len(shape) - len(own), len(shape)))
    return _layer_norm(input, weight, bias, dim=dim, own=own, size=own, eps=eps,
                       keeps=(input, weight, bias))  # fmt: skip


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False,
               momentum=0.1, eps=1e-5):  # fmt: skip
    """Normalise each feature over the batch (and over what follows the features).

    Parameters
    ----------
    input : tensor (n, features) or (n, features, ...)
    running_mean, running_var : tensors (features,) or None
        Used instead of the batch's own with ``training=False``; otherwise moved towards it, in
        place, by ``momentum`` (the variance with n - 1 in the denominator).
    weight, bias : tensors (features,) or None
    """
    shape = tuple(input.shape)
    if training and input._data.size == shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}. "
            "The variance of one value is 0: use a larger batch, or model.eval()."
        )
    for name, tensor in (("running_mean", running_mean), ("running_var", running_var),
                         ("weight", weight), ("bias", bias)):  # fmt: skip
        if tensor is not None and tensor.shape != shape[1:2]:
            raise RuntimeError(f"{name} should contain {shape[1]} elements not {tensor._data.size}")
    dim = (0, *range(2, len(shape)))
    own = (shape[1], *(1,) * (len(shape) - 2))
    known = dict(dim=dim, own=own, size=shape[1:2], eps=eps)
    if not training:
        return _batch_norm_by(input, weight, bias, mean=running_mean._data.copy(),
                              variance=running_var._data.copy(), **known,
                              keeps=(input, weight, running_mean, running_var))  # fmt: skip
    if running_mean is not None:
        _follow(running_mean, input._data.mean(axis=dim), momentum)
        _follow(running_var, input._data.var(axis=dim, ddof=1), momentum)
    return _batch_norm(input, weight, bias, **known,
                       keeps=(input, weight, running_mean, running_var))  # fmt: skip


def _follow(running, now, momentum):
    """Move a running value towards the present one, in place.

    As in PyTorch this counts as no change: a pass over two batches may follow.
    """
    data = running.array()
    data[...] = data * (1 - momentum) + np.real(now) * momentum  # complex in a complex step
