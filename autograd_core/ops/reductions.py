"""Operations that bring many numbers to one (sums, extremes, norms), running sums and softmax.

A reduction's parameters: ``dim`` is a sorted tuple of axes counted from 0, ``keepdim`` whether
they stay as axes of length 1, ``shape`` the operand's shape. Whatever the engine is handed as
``dim`` (None, a negative number, several) is brought to this form first.
"""

import functools
import math
import warnings
from collections import namedtuple

import numpy as np

from ..core import dtypes
from ..core.grad_mode import mode
from ..core.tensor import Tensor, result
from ..errors.operands import not_a_tensor, not_implemented_for
from ..errors.words import kind_name, shape_text
from ..meaning import means
from .arguments import check_dims
from .arithmetic import maximum, minimum
from .rows import offered, operation

# ---------------------------------------------------------------------- for the rules
# Each of these takes arrays or recorded tensors.


@means("reshape(g)")
def kept(g, shape, dim, keepdim):
    """A reduced array with the axes ``dim`` back as axes of length 1."""
    if keepdim or g.ndim == 0:
        return g
    return g.reshape([1 if axis in dim else n for axis, n in enumerate(shape)])


@means("expand(g)")
def spread(g, shape, dim, keepdim):
    """A reduced array repeated along the axes ``dim`` that were reduced away."""
    return np.broadcast_to(kept(g, shape, dim, keepdim), shape)


@means("g / count(among, dim) if among else 0")
def shared(g, among, dim):
    """``g`` in equal parts at the places ``among`` (True or False), 0 elsewhere."""
    return g * among / among.sum(axis=dim, keepdims=True, dtype=g.dtype)


@means("x == y")
def equal(x, y):
    """Where ``x`` equals ``y``; here NaN equals NaN."""
    return (x == y) | ((x != x) & (y != y))


@means("x - mean(x, dim)")
def centred(x, dim):
    """``x`` minus its mean along ``dim``."""
    n = math.prod([x.shape[axis] for axis in dim])
    with np.errstate(all="ignore"):  # the sum of two infinities
        return x - x.sum(axis=dim, keepdims=True) / n


@means("chosen")
def chosen(index, shape, dim):
    """True at the place ``index`` along the axis ``dim`` of an array of this shape."""
    if dim is None:
        return np.True_
    places = [1] * len(shape)
    places[dim] = -1
    return np.arange(shape[dim]).reshape(places) == index


def before(x):
    """For each element the product of those before it along axis 0."""
    return np.cumprod(np.concatenate([np.ones_like(x[:1]), x[:-1]]), 0)


@means("product_of_others(x)")
def others(x, dim):
    """For each element the product of all others along ``dim`` (of all there are, for None).

    Unlike ``y / x`` it is right where an element is 0.
    """
    if dim is None:
        return others(x.reshape(-1), 0).reshape(x.shape)
    x = np.moveaxis(x, dim, 0)
    return np.moveaxis(before(x) * np.flip(before(np.flip(x, 0)), 0), 0, dim)


@means("sum_from_here(g, dim)")
def sum_after(g, dim):
    """For each element the sum of itself and all that follow along ``dim``."""
    return np.flip(np.cumsum(np.flip(g, dim), dim), dim) if g.ndim else g


@means("sum_from_here(g * cumprod(x, dim), dim) / x")
def cumprod_gradient(g, x, dim):
    """What ``x`` gets of ``g`` through ``y[k] = x[0] * ... * x[k]``, also where ``x`` has zeros.

    ``y[k]`` with ``k >= i`` holds ``x[i]`` once, so ``x[i]`` gets
    ``before[i] * (g[i] + x[i + 1] * (g[i + 1] + x[i + 2] * (g[i + 2] + ...)))``.
    """
    if not x.ndim:
        return g
    g, x = np.moveaxis(g, dim, 0), np.moveaxis(x, dim, 0)
    return np.moveaxis(before(x) * _nested(g, x), 0, dim)


def _nested(g, x):
    """``s[i] = g[i] + x[i + 1] * s[i + 1]`` along axis 0, in log2(n) steps.

    Each step doubles how far the partial sums reach, as in the parallel prefix sum of Hillis
    and Steele, Data parallel algorithms, CACM 29(12), 1986.
    """
    sums, factors, reach = g, np.roll(x, -1, 0), 1
    while reach < x.shape[0]:
        sums = np.concatenate([sums[:-reach] + factors[:-reach] * sums[reach:], sums[-reach:]])
        factors = np.concatenate([factors[:-reach] * factors[reach:], factors[-reach:]])
        reach *= 2
    return sums


# ---------------------------------------------------------------------- forward, on arrays

quiet = np.errstate(all="ignore")  # for what NumPy would warn of from its own Python code


def _mean_of(x, dim, keepdim, n):
    return np.add.reduce(x, axis=dim, keepdims=keepdim) / n


@quiet
def _variance_of(x, dim, keepdim, free):
    # counted from the first element, so that equal numbers have a spread of exactly 0
    first = tuple(slice(0, 1) if axis in dim else slice(None) for axis in range(x.ndim))
    x = centred(x - x[first], dim)
    return np.add.reduce(x * x, axis=dim, keepdims=keepdim) / free


def _largest(x, dim):
    return np.maximum.reduce(x, axis=dim, keepdims=True, initial=-np.inf)


def _softmax_of(x, dim):
    powers = np.exp(x - _largest(x, dim))
    return powers / np.add.reduce(powers, axis=dim, keepdims=True)


def _log_softmax_of(x, dim):
    x = x - _largest(x, dim)
    x -= np.log(np.add.reduce(np.exp(x), axis=dim, keepdims=True))
    return x


@quiet
def _logsumexp_of(x, dim, keepdim):
    largest = _largest(x, dim)
    largest = np.where(np.isfinite(largest), largest, x.dtype.type(0))
    logs = np.log(np.add.reduce(np.exp(x - largest), axis=dim, keepdims=True)) + largest
    return (logs if keepdim else logs.squeeze(dim))[()]


@quiet
def _p_norm_of(x, p, dim, keepdim):
    return np.sum(np.abs(x) ** p, axis=dim, keepdims=keepdim) ** (1 / p)


def _picked(x, index, dim, keepdim):
    if dim is None:
        return np.array(x)[()]
    picked = np.take_along_axis(x, index, dim)
    return picked if keepdim else picked.squeeze(dim)[()]


# ---------------------------------------------------------------------- the rules


def _reduction(op, forward, rule, **line):
    """A line of the table below, for a forward of NumPy's form (x, axis=, keepdims=)."""
    return operation(op, lambda x, dim, keepdim: forward(x, axis=dim, keepdims=keepdim),
                     x=rule, **line)  # fmt: skip


def _norm(forward, rule, **places):
    return operation("linalg_vector_norm", forward, x=rule, **places)


# fmt: off
_sum_all, _sum_dim = (
    operation("sum", lambda x, dim, keepdim: np.add.reduce(
                  x, axis=dim, keepdims=keepdim), node=node, analytic=True,
              x=lambda g, shape, dim, keepdim: spread(g, shape, dim, keepdim))
    for node in ("SumBackward0", "SumBackward1"))
_mean_all, _mean_dim = (
    operation("mean", _mean_of, node=node,
              analytic=True,
              x=lambda g, shape, dim, keepdim, n: spread(g, shape, dim, keepdim) / n)
    for node in ("MeanBackward0", "MeanBackward1"))
_nansum = _reduction("nansum", quiet(np.nansum),
    lambda g, x, dim, keepdim: np.where(np.isnan(x), 0.0, spread(g, x.shape, dim, keepdim)))
_prod_all = operation("prod", lambda x: np.multiply.reduce(x, axis=None), analytic=True,
    x=lambda g, x, y: g * others(x, None))
_prod_dim = operation("prod", lambda x, dim, keepdim: np.multiply.reduce(
    x, axis=dim, keepdims=keepdim),
    node="ProdBackward1", analytic=True,
    x=lambda g, x, y, dim, keepdim: spread(g, x.shape, (dim,), keepdim) * others(x, dim))
_var = operation("var", _variance_of, analytic=True,
    x=lambda g, x, dim, keepdim, free: spread(g, x.shape, dim, keepdim)
        * 2 * centred(x, dim) / free)
_std = operation("std", lambda x, dim, keepdim, free: np.sqrt(_variance_of(x, dim, keepdim, free)),
    analytic=True, kink="y == 0",
    x=lambda g, x, y, dim, keepdim, free: spread(
        np.where(y == 0, 0.0, g / y), x.shape, dim, keepdim)
        * centred(x, dim) / free)

# Of several equal extremes amax and amin, like max() and min() of everything, give each its part.
# Those with a dim say which index they took, and that one gets it all.
_SHARED = dict(kink="(x == kept(y, x.shape, dim, keepdim)).sum(axis=dim, keepdims=True) > 1",
    rule=lambda g, x, y, dim, keepdim: shared(
        kept(g, x.shape, dim, keepdim), x == kept(y, x.shape, dim, keepdim), dim))
_SHARED_BY_ALL = dict(x=lambda g, x, y: shared(g, equal(x, y), None), kink="equal(x, y).sum() > 1")
_PICKED = dict(kink="equal(x, kept(y, shape, (dim,), keepdim)).sum(axis=dim) > 1",
    forward=_picked,
    x=lambda g, index, shape, dim, keepdim: np.where(
        chosen(index, shape, dim), kept(g, shape, (dim,), keepdim), 0.0))
_amax = _reduction("amax", np.max, **_SHARED)
_amin = _reduction("amin", np.min, **_SHARED)
_max_all = operation("max", lambda x: np.max(x), node="MaxBackward1", **_SHARED_BY_ALL)
_min_all = operation("min", lambda x: np.min(x), node="MinBackward1", **_SHARED_BY_ALL)
_median_all = operation("median", lambda x, value: value, **_SHARED_BY_ALL)
_max_dim = operation("max", node="MaxBackward0", **_PICKED)
_min_dim = operation("min", node="MinBackward0", **_PICKED)
_median_dim = operation("median", node="MedianBackward1", **_PICKED)

_norms = {  # by p
    2.0: _norm(
        lambda x, p, dim, keepdim: np.sqrt(np.sum(x * x, axis=dim, keepdims=keepdim)),
        lambda g, x, y, dim, keepdim: x * kept(
            np.where(y == 0, 0.0, g / y), x.shape, dim, keepdim),
        analytic=True, kink="y == 0"),
    1.0: _norm(
        lambda x, p, dim, keepdim: np.sum(np.abs(x), axis=dim, keepdims=keepdim),
        lambda g, x, y, dim, keepdim: np.sign(x) * kept(g, x.shape, dim, keepdim), kink="x == 0"),
    0.0: _norm(
        lambda x, p, dim, keepdim: np.sum(x != 0, axis=dim, keepdims=keepdim, dtype=x.dtype),
        lambda g: None, jump="x == 0", flat="x != 0"),
    **{p: _norm(
        lambda x, p, dim, keepdim, extreme=extreme: extreme(np.abs(x), axis=dim, keepdims=keepdim),
        lambda g, x, y, dim, keepdim: np.sign(x) * shared(
            kept(g, x.shape, dim, keepdim), np.abs(x) == kept(y, x.shape, dim, keepdim), dim))
       for p, extreme in ((math.inf, np.max), (-math.inf, np.min))},
}
_p_norm = _norm(_p_norm_of,
    lambda g, x, y, p, dim, keepdim: kept(g, x.shape, dim, keepdim) * np.sign(x) * np.where(
        x == 0, 1.0, np.abs(x) / kept(y, x.shape, dim, keepdim)) ** (p - 1))

_logsumexp = operation("logsumexp", _logsumexp_of, analytic=True,
    x=lambda g, x, y, dim, keepdim: kept(g, x.shape, dim, keepdim)
        * np.exp(x - kept(y, x.shape, dim, keepdim)))
_softmax = operation("softmax", _softmax_of, analytic=True, flat="(y == 0) | (y == 1)",
    x=lambda g, y, dim: y * (g - (g * y).sum(axis=dim, keepdims=True)))
_log_softmax = operation("log_softmax", _log_softmax_of, analytic=True,
    x=lambda g, y, dim: g - np.exp(y) * g.sum(axis=dim, keepdims=True))
_cumsum = operation("cumsum", lambda x, dim: np.add.accumulate(x, dim) if x.ndim else np.array(x)[()],
    analytic=True,
    x=lambda g, dim: sum_after(g, dim))
_cumprod = operation("cumprod", lambda x, dim: np.multiply.accumulate(x, dim) if x.ndim else np.array(x)[()],
    analytic=True,
    x=lambda g, x, y, dim: cumprod_gradient(g, x, dim))
# fmt: on


# ---------------------------------------------------------------------- arguments

_ALL = object()  # dim was not given; PyTorch tells that from dim=None
_OTHER_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def reduction(**where):
    """Offer a function; it checks that the first argument is a tensor and takes NumPy's names too."""

    def taking_both(function):
        op = function.__name__

        @functools.wraps(function)
        def checked(input, *args, **kwargs):
            if not isinstance(input, Tensor):
                raise not_a_tensor(op, "input", input)
            if kwargs:
                kwargs = {_OTHER_NAMES.get(name, name): value for name, value in kwargs.items()}
            return function(input, *args, **kwargs)

        return offered(**where)(checked)

    return taking_both


def _axes(op, input, dim):
    """``dim`` (None, a number or several) as a sorted tuple of axes; all for None or ()."""
    rank = input._data.ndim
    if type(dim) is int and -rank <= dim < rank:  # the most usual case, made quick
        return (dim % rank,)
    if dim is None or dim is _ALL or (isinstance(dim, tuple | list) and not dim):
        return tuple(range(rank))
    dims = dim if isinstance(dim, tuple | list) else (dim,)
    return tuple(sorted(check_dims([check_whole(op, dim, d) for d in dims], rank)))


def _axis(op, input, dim):
    """``dim``, one number, counted from 0; None for a tensor without dimensions."""
    axes = check_dims([check_whole(op, dim, dim)], input._data.ndim)
    return axes[0] if axes else None


def _count(input, axes):
    return math.prod(input._data.shape[axis] for axis in axes)


def _summable(input, dtype):
    """``input`` in the type in which it is added up: int64 for whole numbers."""
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
        if mode.enabled and input.requires_grad and not dtype.is_floating_point:
            raise RuntimeError(
                f"Autograd not support dtype: {dtype.type_name}. Whole numbers have "
                "no gradients: take .detach() first."
            )
        return input.to(dtype)
    return input if input.dtype.is_floating_point else input.to(dtypes.int64)


def _floating(op, input, dtype=None):
    """``input`` in the asked floating-point type; raises where it is one of whole numbers."""
    if dtype is not None:
        input = input.to(dtypes.as_dtype(dtype))
    if not input.dtype.is_floating_point:
        raise _needs_floats(op, input, dtype)
    return input


def _needs_floats(op, tensor, dtype):
    kind = kind_name(tensor)
    cure = "Call .float() first, or pass dtype=torch.float32."
    if op == "mean":
        what = "Input" if dtype is None else "Optional"
        return NotImplementedError(
            f"mean(): could not infer output dtype. {what} dtype must be either a floating point or "
            f"complex dtype. Got: {kind}. {cure}"
        )
    if op in ("var", "std"):
        return NotImplementedError(
            "std and var only support floating point and complex dtypes. "
            f"This tensor is {tensor.dtype}: call .float() first."
        )
    if op == "norm":
        return NotImplementedError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {kind}: call .float() first."
        )
    return not_implemented_for(f"{op}_kernel_impl", tensor.dtype, cure)


# ---------------------------------------------------------------------- sums, products, means


@reduction(numpy=np.sum)
def sum(input, dim=_ALL, keepdim=False, *, dtype=None):
    """The sum of all elements, or along ``dim``: a number, several, or None for all.

    With ``keepdim`` the dimensions summed over stay, with size 1. Whole numbers give int64.

    >>> torch.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=0)
    tensor([4., 6.])
    """
    check_keepdim("sum", dim is not _ALL, keepdim)
    input, apply = _summable(input, dtype), _sum_all if dim is _ALL else _sum_dim
    return apply(input, dim=_axes("sum", input, dim), keepdim=keepdim)


@reduction(numpy=np.mean)
def mean(input, dim=_ALL, keepdim=False, *, dtype=None):
    """The mean of all elements, or along ``dim``: a number, several, or None for all.

    Raises RuntimeError for whole numbers: convert them, or say in which ``dtype`` to compute.
    """
    check_keepdim("mean", dim is not _ALL, keepdim)
    input, apply = _floating("mean", input, dtype), _mean_all if dim is _ALL else _mean_dim
    axes = _axes("mean", input, dim)
    return apply(input, dim=axes, keepdim=keepdim, n=_count(input, axes))


@reduction()
def nansum(input, dim=None, keepdim=False, *, dtype=None):
    """Like :func:`sum`, with 0 in place of each NaN."""
    input = _summable(input, dtype)
    return _nansum(input, dim=_axes("nansum", input, dim), keepdim=keepdim)


@reduction(numpy=np.prod)
def prod(input, dim=_ALL, keepdim=False, *, dtype=None):
    """The product of all elements, or along one dimension."""
    check_keepdim("prod", dim is not _ALL, keepdim)
    input = _summable(input, dtype)
    if dim is _ALL:
        return _prod_all(input)
    axis = _axis("prod", input, dim)
    return _prod_dim(input, dim=axis, keepdim=keepdim)


def _spread_of(op, apply, input, dim, unbiased, correction, keepdim):
    if isinstance(dim, bool):  # var(False): the old form without dim
        dim, unbiased = None, dim
    if not isinstance(unbiased, bool):
        raise TypeError(
            f"{op}() received an invalid combination of arguments: unbiased must be True or False, not "
            f"{unbiased!r}. Several dimensions go into one tuple: {op}((0, 1))."
        )
    _floating(op, input)
    axes = _axes(op, input, dim)
    free = _count(input, axes) - (int(unbiased) if correction is None else correction)
    if free <= 0:
        warnings.warn(
            f"{op}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
            "factor (input numel divided by output numel). Of a single number there is no unbiased "
            "spread: use unbiased=False.", UserWarning, stacklevel=4,
        )  # fmt: skip
    free = input._data.dtype.type(free if free > 0 else 0)
    return apply(input, dim=axes, keepdim=keepdim, free=free)


@reduction()
def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The variance: the sum of squared distances from the mean, divided by n - ``correction``.

    ``correction`` is 1 by default, 0 with ``unbiased=False``.
    """
    return _spread_of("var", _var, input, dim, unbiased, correction, keepdim)


@reduction()
def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The standard deviation: the square root of :func:`var`. Its derivative at 0 is taken as 0."""
    return _spread_of("std", _std, input, dim, unbiased, correction, keepdim)


# ---------------------------------------------------------------------- extremes


@functools.cache
def pair_of(op):
    """The type of the pair that the function ``op`` returns: of values and their indices."""

    def __repr__(self):
        return f"torch.return_types.{op}(\nvalues={self.values!r},\nindices={self.indices!r})"

    return type(op, (namedtuple(op, "values indices"),), {"__slots__": (), "__repr__": __repr__})


def _pick(op, apply, input, dim, keepdim, find):
    """The values and indices of what ``find(array, axis)`` points to along ``dim``."""
    axis, shape = _axis(op, input, dim), input._data.shape
    if axis is None:
        index = np.int64(0)
    else:
        check_not_empty(op, shape, axis)
        index = np.expand_dims(find(input._data, axis), axis)
    own = index if axis is None or keepdim else index.squeeze(axis)
    indices = result(np.array(own)[()], None)
    value = apply(input, index=index, dim=axis, keepdim=keepdim, keeps=(indices,))
    return pair_of(op)(value, indices)


def _extreme(op, everything, along_dim, pair, find, input, dim, keepdim, other):
    if isinstance(dim, Tensor) and other is None:
        dim, other = _ALL, dim
    if other is not None:
        return pair(input, other)
    check_keepdim(op, dim is not _ALL, keepdim)
    if dim is not _ALL:
        return _pick(op, along_dim, input, dim, keepdim, find)
    check_any_element(op, input)
    return everything(input)


@reduction()
def max(input, dim=_ALL, keepdim=False, *, other=None):
    """The largest element; with ``dim`` a pair ``(values, indices)``; of two tensors: maximum.

    Without ``dim``, several equal largest elements share the gradient; with it, the one that
    ``indices`` names gets it all.

    >>> values, indices = torch.tensor([[1.0, 5.0], [7.0, 2.0]]).max(dim=1)
    >>> values, indices
    (tensor([5., 7.]), tensor([1, 0]))
    """
    return _extreme("max", _max_all, _max_dim, maximum, np.argmax, input, dim, keepdim, other)


@reduction()
def min(input, dim=_ALL, keepdim=False, *, other=None):
    """The smallest element; with ``dim`` a pair ``(values, indices)``; of two tensors: minimum."""
    return _extreme("min", _min_all, _min_dim, minimum, np.argmin, input, dim, keepdim, other)


def _amaximin(op, apply, input, dim, keepdim):
    axes = _axes(op, input, dim)
    if dim is None or dim == ():
        check_any_element(op, input)
    else:
        check_not_empty(op, input._data.shape, dim)
    return apply(input, dim=axes, keepdim=keepdim)


@reduction()
def amax(input, dim=None, keepdim=False):
    """The largest elements along ``dim``; equal ones share the gradient."""
    return _amaximin("amax", _amax, input, dim, keepdim)


@reduction()
def amin(input, dim=None, keepdim=False):
    """The smallest elements along ``dim``; equal ones share the gradient."""
    return _amaximin("amin", _amin, input, dim, keepdim)


def _argument(op, find, input, dim, keepdim):
    if input.dtype is dtypes.bool_:
        raise NotImplementedError(f"{op}(): does not support bool input. Call .long() first.")
    if dim is None:
        check_any_element(op, input, IndexError)
        return result(find(input._data, keepdims=keepdim), None)
    axis = _axis(op, input, dim)
    if axis is None:
        return result(np.int64(0), None)
    check_not_empty(op, input._data.shape, axis)
    return result(find(input._data, axis, keepdims=keepdim), None)


@reduction()
def argmax(input, dim=None, keepdim=False):
    """The index of the largest element: along ``dim``, or in the flattened tensor."""
    return _argument("argmax", np.argmax, input, dim, keepdim)


@reduction()
def argmin(input, dim=None, keepdim=False):
    """The index of the smallest element: along ``dim``, or in the flattened tensor."""
    return _argument("argmin", np.argmin, input, dim, keepdim)


def _middle(x, axis):
    """The index of the median along an axis: the lower of two, the first NaN if there is one."""
    rank = np.take(np.argsort(x, axis, kind="stable"), (x.shape[axis] - 1) // 2, axis)
    wrong = np.isnan(x)
    return np.where(wrong.any(axis), wrong.argmax(axis), rank)


@quiet
def _nan_as(kind):
    return np.float64(math.nan).astype(kind)


@reduction()
def median(input, dim=_ALL, keepdim=False):
    """The median, the lower of the two in the middle; with ``dim`` a pair ``(values, indices)``."""
    check_keepdim("median", dim is not _ALL, keepdim)
    if input.dtype is dtypes.bool_:
        raise not_implemented_for("median_cpu" if dim is _ALL else "median_out", input.dtype)
    if dim is not _ALL:
        return _pick("median", _median_dim, input, dim, keepdim, _middle)
    x = input._data.reshape(-1)
    value = x[_middle(x, 0)] if x.size else _nan_as(x.dtype)
    return _median_all(input, value=value)


# ---------------------------------------------------------------------- questions


def _ask(op, question, input, dim, keepdim):
    axes = () if isinstance(dim, tuple | list) and not dim else _axes(op, input, dim)
    answer = question(input._data, axis=axes, keepdims=keepdim)
    return result(answer.astype(np.uint8) if input.dtype is dtypes.uint8 else answer, None)


@reduction()
def all(input, dim=None, keepdim=False):
    """Whether all elements (along ``dim``) are other than 0."""
    return _ask("all", np.all, input, dim, keepdim)


@reduction()
def any(input, dim=None, keepdim=False):
    """Whether any element (along ``dim``) is other than 0."""
    return _ask("any", np.any, input, dim, keepdim)


@reduction()
def count_nonzero(input, dim=None):
    """How many elements (along ``dim``) are other than 0."""
    return result(np.sum(input._data != 0, axis=_axes("count_nonzero", input, dim)), None)


# ---------------------------------------------------------------------- norms


@offered()
def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """The p-norm of all elements, or of the vectors along ``dim``: (Σ |x|ᵖ)^(1/p).

    ``p`` is a number, ``inf`` (the largest absolute value), ``-inf`` (the smallest) or ``"fro"``,
    which is 2. The derivative at 0 is taken as 0.
    """
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported. p is a number, inf, -inf or 'fro'.")
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """The norm of order ``ord`` of all elements, or of the vectors along ``dim``."""
    if not isinstance(x, Tensor):
        raise not_a_tensor("linalg_vector_norm", "x", x)
    _floating("norm", x)
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
        if not dtype.is_floating_point or dtype.itemsize < x.dtype.itemsize:
            raise RuntimeError(
                f"linalg.vector_norm: the dtype of the input ({kind_name(x)}) should be convertible "
                f"without narrowing to the specified dtype ({dtype.type_name})"
            )
        x = x.to(dtype)
    p, axes = float(ord.item() if isinstance(ord, Tensor) else ord), _axes("norm", x, dim)
    if p < 0 or p == math.inf:
        check_norm_identity(ord, x._data.shape, axes, dim)
    return _norms.get(p, _p_norm)(x, p=p, dim=axes, keepdim=keepdim)


# ---------------------------------------------------------------------- softmax and its kin


@reduction()
def logsumexp(input, dim, keepdim=False):
    """``log(sum(exp(input)))`` along ``dim``, without overflow at large numbers."""
    input = input if input.dtype.is_floating_point else input.to(dtypes.get_default_dtype())
    return _logsumexp(input, dim=_axes("logsumexp", input, dim), keepdim=keepdim)


def _to_normalise(op, input, dim, dtype):
    axis = _axis(op, input, dim)
    last = axis is None or axis == input.ndim - 1
    return _floating(op + "_lastdim" * last, input, dtype), axis


@reduction()
def softmax(input, dim, *, dtype=None):
    """``exp(input)`` divided by its sum along ``dim``: positive, and 1 in sum.

    >>> torch.softmax(torch.tensor([1000.0, 1000.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    input, axis = _to_normalise("softmax", input, dim, dtype)
    return _softmax(input, dim=() if axis is None else (axis,))


@reduction()
def log_softmax(input, dim, *, dtype=None):
    """The logarithm of :func:`softmax`, right also where the softmax itself would be 0."""
    input, axis = _to_normalise("log_softmax", input, dim, dtype)
    return _log_softmax(input, dim=() if axis is None else (axis,))


@reduction(in_place=True, numpy=np.cumsum)
def cumsum(input, dim, *, dtype=None):
    """For each element the sum of itself and all before it along ``dim``."""
    input = _summable(input, dtype)
    return _cumsum(input, dim=_axis("cumsum", input, dim))


@reduction(in_place=True, numpy=np.cumprod)
def cumprod(input, dim, *, dtype=None):
    """For each element the product of itself and all before it along ``dim``."""
    input = _summable(input, dtype)
    return _cumprod(input, dim=_axis("cumprod", input, dim))


# ---------------------------------------------------------------------- checks


def check_whole(op, given, dim):
    """One number of ``dim``, which was ``given`` alone or with others, as a Python integer."""
    takes_several = ("sum", "mean", "var", "std", "norm")
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        if op in (*takes_several, "prod", "max", "min", "median"):
            raise TypeError(
                f"{op}() received an invalid combination of arguments - got ({type(given).__name__})"
                ", but dim must be a whole number"
                + (", several in a tuple, or None for all dimensions." if op in takes_several else ".")
            )
        raise TypeError(f"{op}(): argument 'dim' (position 1) must be int, not {type(given).__name__}")
    return dim.__index__()


def check_keepdim(op, dim_given, keepdim):
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"{op}(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}. "
            f"Several dimensions go into one tuple: {op}((0, 1))."
        )
    if keepdim and not dim_given:
        raise TypeError(
            f"{op}() received an invalid combination of arguments - got (keepdim=bool, ): keepdim "
            "needs dim, the dimensions to keep."
        )


def check_not_empty(op, shape, dims):
    for dim in dims if isinstance(dims, tuple | list) else (dims,):
        if shape and shape[dim] == 0:
            raise IndexError(
                f"{op}(): Expected reduction dim {dim} to have non-zero size. The shape is "
                f"{shape_text(shape)}: along that dimension there is nothing to choose from."
            )


def check_any_element(op, tensor, error=RuntimeError):
    if tensor._data.size == 0:
        raise error(
            f"{op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            f"reduction dim with the 'dim' argument. Of no elements at all there is no {op}."
        )


def check_norm_identity(p, shape, axes, dim):
    """The norms that are an extreme do not exist of nothing."""
    for axis in axes:
        if shape[axis] == 0:
            where = (
                "an empty tensor"
                if dim is None
                else (f"the dimension {axis} because this dimension is empty and")
            )
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {p} norm on {where} because the operation "
                "does not have an identity"
            )
