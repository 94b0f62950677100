"""Operations that bring many numbers to one: sums, means, extremes, norms, softmax."""

import math

import numpy as np

from .. import dtypes, errors
from ..operation import operation
from ..tensor import Tensor, result

# A reduction's parameters: ``dim`` is a sorted tuple of axes, ``keepdim`` whether they stay
# as axes of length 1. ``spread`` brings an array of the output's shape back over the input.


def spread(g, shape, dim, keepdim):
    """Repeat a reduced array along the axes ``dim`` that were reduced away."""
    return np.broadcast_to(kept(g, shape, dim, keepdim), shape)


def kept(g, shape, dim, keepdim):
    """A reduced array with the axes ``dim`` back as axes of length 1."""
    if keepdim or not dim:
        return g
    return g.reshape([1 if axis in dim else n for axis, n in enumerate(shape)])


def _shape_of(x):
    return tuple(x.shape)


# fmt: off
_SUM = dict(x=lambda g, shape, dim, keepdim: spread(g, shape, dim, keepdim))
_sum_all = operation("sum", lambda x, shape, dim, keepdim: np.sum(x), **_SUM)
_sum_dim = operation("sum", lambda x, shape, dim, keepdim: np.sum(x, axis=dim, keepdims=keepdim),
                     node="SumBackward1", **_SUM)
_MEAN = dict(x=lambda g, shape, dim, keepdim, n: spread(g / n, shape, dim, keepdim))
_mean_all = operation("mean", lambda x, shape, dim, keepdim, n: np.sum(x) / n, **_MEAN)
_mean_dim = operation("mean", lambda x, shape, dim, keepdim, n: np.sum(x, axis=dim, keepdims=keepdim) / n,
                      node="MeanBackward1", **_MEAN)
_var = operation("var", lambda x, dim, keepdim, n, free: _deviation(x, dim, keepdim, free),
                 x=lambda g, x, dim, keepdim, n, free: (
                     spread(g, x.shape, dim, keepdim) * (x - x.sum(axis=dim, keepdims=True) / n) * 2 / free))
_std = operation("std", lambda x, dim, keepdim, n, free: np.sqrt(_deviation(x, dim, keepdim, free)),
                 x=lambda g, x, y, dim, keepdim, n, free: (
                     spread(np.where(y == 0, 0.0, g / y), x.shape, dim, keepdim)
                     * (x - x.sum(axis=dim, keepdims=True) / n) / free))
_AMAX = dict(x=lambda g, x, y, dim, keepdim: spread(
    g / (x == kept(y, x.shape, dim, keepdim)).sum(axis=dim, keepdims=keepdim), x.shape, dim, keepdim)
    * (x == kept(y, x.shape, dim, keepdim)))
_amax = operation("amax", lambda x, dim, keepdim: np.max(x, axis=dim, keepdims=keepdim), **_AMAX)
_amin = operation("amin", lambda x, dim, keepdim: np.min(x, axis=dim, keepdims=keepdim), **_AMAX)
_max_all = operation("max", lambda x, dim, keepdim: np.max(x), node="MaxBackward1", **_AMAX)
_min_all = operation("min", lambda x, dim, keepdim: np.min(x), node="MinBackward1", **_AMAX)
# fmt: on


def _deviation(x, dim, keepdim, free):
    centred = x - np.mean(x, axis=dim, keepdims=True)
    return np.sum(centred * centred, axis=dim, keepdims=keepdim) / np.asarray(free, x.dtype)


def axes(input, dim):
    """``dim`` (None, a number or several) as a sorted tuple of axes from 0; all for None or ()."""
    rank = input._data.ndim
    if dim is None or (isinstance(dim, tuple | list) and not dim):
        return tuple(range(rank))
    dims = dim if isinstance(dim, tuple | list) else (dim,)
    return tuple(sorted(errors.check_dims(dims, rank)))


def _count(shape, dim):
    return math.prod(shape[axis] for axis in dim) if shape else 1
