"""Functions of one tensor, element by element."""

import math

import numpy as np

from ..core import dtypes
from ..core.operation import common_type
from ..core.tensor import Tensor
from ..limits import fitting, fitting_limit
from ..meaning import means
from .kinds import as_it_is, no_bool, only_float
from .rows import offered, operation, unary

SQRT_HALF = math.sqrt(0.5)
LN2, LN10 = math.log(2), math.log(10)
TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
SQRT_2_OVER_PI = math.sqrt(2 / math.pi)

_erf_of_number, _erfc_of_number = np.frompyfunc(math.erf, 1, 1), np.frompyfunc(math.erfc, 1, 1)


def _erf(x):
    return np.asarray(_erf_of_number(x), dtype=x.dtype)[()]


def _erfc(x):
    return np.asarray(_erfc_of_number(x), dtype=x.dtype)[()]


# NumPy turns float32 into float32 here; the numbers in the rules are Python's and do not widen.
def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _no_negation(common, *operands):
    if common is dtypes.bool_:
        raise NotImplementedError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return common


def _no_relu(common, *operands):
    if common is dtypes.bool_:
        raise NotImplementedError("Boolean inputs not supported for relu")
    return common


def _sign(x):
    return (
        np.where(np.isnan(x), 0.0, np.sign(x))[()].astype(x.dtype)
        if x.dtype.kind == "f"
        else (x.copy() if x.dtype == bool else np.sign(x))
    )


@means("y > 0")
def _positive(y):
    """Where a relu lets the gradient through: also where it is nan, as PyTorch's does."""
    return _step(y) if isinstance(y, Tensor) else y != 0


@means("1 if x > 0 else negative_slope")
def _bent(x, negative_slope):
    """The derivative of a line with a bend at 0."""
    if isinstance(x, Tensor):
        return _slope(x, low=negative_slope)
    return np.where(x > 0, 1, negative_slope).astype(x.dtype)


def _whole(function):
    """``function`` for floating-point numbers; whole numbers stay what they are."""
    return lambda x: function(x) if x.dtype.kind == "f" else x.copy()


# ---------------------------------------------------------------------- the rules

# fmt: off
neg        = unary("neg", np.negative,     lambda g, x, y: -g, kind=_no_negation, also=("negative",),
                   symbol="-x", analytic=True, doc="-x.")
abs        = unary("abs", np.abs,          lambda g, x, y: g * np.sign(x), kind=no_bool("abs_cpu"),
                   also=("absolute",), symbol="abs(x)", kink="x == 0",
                   doc="The absolute value; its derivative at 0 is taken to be 0.")
exp        = unary("exp", np.exp,          lambda g, x, y: g * y, analytic=True,
                   flat="y == 0", overflow="np.isinf(y)", doc="e to the power x.")
exp2       = unary("exp2", np.exp2,        lambda g, x, y: g * y * LN2, analytic=True,
                   flat="y == 0", overflow="np.isinf(y)", doc="2 to the power x.")
expm1      = unary("expm1", np.expm1,      lambda g, x, y: g * (y + 1), analytic=True,
                   flat="y == -1", overflow="np.isinf(y)", doc="exp(x) - 1, exact for small x too.")
log        = unary("log", np.log,          lambda g, x, y: g / x, analytic=True,
                   pole="x == 0", outside="x < 0", doc="The natural logarithm.")
log1p      = unary("log1p", np.log1p,      lambda g, x, y: g / (x + 1), node="Log1PBackward0",
                   analytic=True, pole="x == -1", outside="x < -1",
                   doc="log(1 + x), exact for small x too.")
log2       = unary("log2", np.log2,        lambda g, x, y: g / (x * LN2), analytic=True,
                   pole="x == 0", outside="x < 0", doc="The logarithm to base 2.")
log10      = unary("log10", np.log10,      lambda g, x, y: g / (x * LN10), analytic=True,
                   pole="x == 0", outside="x < 0", doc="The logarithm to base 10.")
sqrt       = unary("sqrt", np.sqrt,        lambda g, x, y: g / (2 * y), analytic=True,
                   pole="x == 0", outside="x < 0", doc="The square root.")
rsqrt      = unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, x, y: -0.5 * g * y**3,
                   analytic=True, pole="x == 0", outside="x < 0", doc="1 / sqrt(x).")
reciprocal = unary("reciprocal", lambda x: 1 / x,     lambda g, x, y: -g * y * y,
                   numpy=np.reciprocal, analytic=True, pole="x == 0", doc="1 / x.")
sin        = unary("sin", np.sin,          lambda g, x, y: g * np.cos(x), analytic=True,
                   doc="The sine of an angle in radians.")
cos        = unary("cos", np.cos,          lambda g, x, y: -g * np.sin(x), analytic=True,
                   doc="The cosine of an angle in radians.")
tan        = unary("tan", np.tan,          lambda g, x, y: g * (1 + y * y), analytic=True,
                   pole="np.cos(x) == 0", doc="The tangent of an angle in radians.")
asin       = unary("asin", np.arcsin,      lambda g, x, y: g / np.sqrt(1 - x * x), analytic=True,
                   also=("arcsin",), pole="np.abs(x) == 1", outside="np.abs(x) > 1",
                   doc="The angle from -pi/2 to pi/2 whose sine it is.")
acos       = unary("acos", np.arccos,      lambda g, x, y: -g / np.sqrt(1 - x * x), analytic=True,
                   also=("arccos",), pole="np.abs(x) == 1", outside="np.abs(x) > 1",
                   doc="The angle from 0 to pi whose cosine it is.")
atan       = unary("atan", np.arctan,      lambda g, x, y: g / (1 + x * x), analytic=True,
                   also=("arctan",), doc="The angle from -pi/2 to pi/2 whose tangent it is.")
sinh       = unary("sinh", np.sinh,        lambda g, x, y: g * np.cosh(x), analytic=True,
                   overflow="np.isinf(y)", doc="The hyperbolic sine.")
cosh       = unary("cosh", np.cosh,        lambda g, x, y: g * np.sinh(x), analytic=True,
                   overflow="np.isinf(y)", doc="The hyperbolic cosine.")
tanh       = unary("tanh", np.tanh,        lambda g, x, y: g * (1 - y * y), analytic=True,
                   flat="np.abs(y) == 1", doc="The hyperbolic tangent.")
asinh      = unary("asinh", np.arcsinh,    lambda g, x, y: g / np.sqrt(x * x + 1), analytic=True,
                   also=("arcsinh",), doc="The inverse of sinh.")
acosh      = unary("acosh", np.arccosh,    lambda g, x, y: g / np.sqrt(x * x - 1), analytic=True,
                   also=("arccosh",), pole="x == 1", outside="x < 1", doc="The inverse of cosh.")
atanh      = unary("atanh", np.arctanh,    lambda g, x, y: g / (1 - x * x), analytic=True,
                   also=("arctanh",), pole="np.abs(x) == 1", outside="np.abs(x) > 1",
                   doc="The inverse of tanh.")
erf        = unary("erf", _erf,            lambda g, x, y: g * TWO_OVER_SQRT_PI * np.exp(-x * x),
                   flat="np.abs(y) == 1",
                   doc="The error function, 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x.")
erfc       = unary("erfc", _erfc,          lambda g, x, y: -g * TWO_OVER_SQRT_PI * np.exp(-x * x),
                   flat="(y == 0) | (y == 2)", doc="1 - erf(x), exact for large x too.")
sigmoid    = unary("sigmoid", _sigmoid,    lambda g, x, y: g * y * (1 - y), analytic=True,
                   flat="(y == 0) | (y == 1)", doc="1 / (1 + exp(-x)).")
relu       = unary("relu", lambda x: np.maximum(x, 0), lambda g, x, y: g * _positive(y), kind=_no_relu,
                   kink="x == 0", flat="x < 0",
                   doc="x where positive, 0 elsewhere; its derivative at 0 is taken to be 0.")
silu       = unary("silu", lambda x: x * _sigmoid(x), kind=only_float("silu_cpu"), public=False,
                   rule=lambda g, x, y: g * (1 + x * (1 - 1 / (1 + np.exp(-x)))) / (1 + np.exp(-x)),
                   analytic=True, flat="(y == 0) & (x < 0)",
                   doc="x * sigmoid(x), also called swish (https://arxiv.org/abs/1702.03118).")
sign       = unary("sign", _sign,          lambda g, x, y: 0.0 * g, kind=as_it_is, numpy=np.sign,
                   jump="x == 0", flat="x != 0", doc="-1, 0 or 1.")
floor      = unary("floor", _whole(np.floor), lambda g, x, y: 0.0 * g, numpy=np.floor,
                   kind=no_bool("floor_vml_cpu"), jump="x == y", flat="x != y",
                   doc="The next smaller whole number.")
ceil       = unary("ceil", _whole(np.ceil),   lambda g, x, y: 0.0 * g, numpy=np.ceil,
                   kind=no_bool("ceil_vml_cpu"), jump="x == y", flat="x != y",
                   doc="The next larger whole number.")
trunc      = unary("trunc", _whole(np.trunc), lambda g, x, y: 0.0 * g, numpy=np.trunc, also=("fix",),
                   kind=no_bool("trunc_vml_cpu"), jump="(x == y) & (x != 0)",
                   flat="(x != y) | (x == 0)", doc="The next whole number towards 0.")
round_     = unary("round", _whole(np.round), lambda g, x, y: 0.0 * g, public=False,
                   kind=no_bool("round_vml_cpu"), jump="np.abs(x - y) == 0.5",
                   flat="np.abs(x - y) < 0.5")
frac       = unary("frac", lambda x: x - np.trunc(x), lambda g, x, y: g,
                   kind=only_float("frac_cpu"), jump="(y == 0) & (x != 0)",
                   doc="What follows the decimal point, with the sign of x.")
# fmt: on


@means("erf(x)")
def erf_of(x):
    """erf of an array or of a recorded tensor, for the rules."""
    return erf(x) if isinstance(x, Tensor) else _erf(x)


round_decimals = operation(
    "round",
    lambda x, decimals: np.round(x, decimals),
    node="RoundBackward1",
    x=lambda g: 0.0 * g,
    flat="x * 10**decimals != np.floor(x * 10**decimals) + 0.5",
    jump="x * 10**decimals == np.floor(x * 10**decimals) + 0.5",
)
# derivatives of those with a bend, which have derivatives too: 0
_step = operation(
    "step", lambda y: (y != 0).astype(y.dtype), y=lambda g: 0.0 * g, jump="y == 0", flat="y != 0"
)
_slope = operation("slope", lambda x, low: np.where(x > 0, 1, low).astype(x.dtype), x=lambda g: 0.0 * g,
                   jump="x == 0", flat="x != 0")  # fmt: skip
leaky_relu_ = operation(
    "leaky_relu",
    lambda x, negative_slope: np.where(x > 0, x, x * negative_slope)[()],
    x=lambda g, x, negative_slope: g * _bent(x, negative_slope),
    kink="x == 0",
)
elu_ = operation(
    "elu",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))[()],
    x=lambda g, x, alpha: np.where(x > 0, g, g * alpha * np.exp(np.minimum(x, 0))),
    kink="(x == 0) & (alpha != 1)",
    flat="y == -alpha",
)
gelu_ = operation(
    "gelu",
    lambda x: 0.5 * x * (1 + _erf(x * SQRT_HALF)),
    x=lambda g, x: g * (0.5 * (1 + erf_of(x * SQRT_HALF))
                        + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)),
    flat="(y == 0) & (x < 0)",
)  # fmt: skip
gelu_tanh_ = operation(
    "gelu",
    lambda x: 0.5 * x * (1 + np.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x**3))),
    x=lambda g, x: g * 0.5 * (
        1 + np.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x**3))
        + x * (1 - np.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x**3)) ** 2)
        * SQRT_2_OVER_PI * (1 + 0.134145 * x**2)),
    analytic=True, flat="(y == 0) & (x < 0)",
)  # fmt: skip
softplus_ = operation(
    "softplus",
    lambda x, beta, threshold: np.where(
        x * beta > threshold, x, np.logaddexp(x.dtype.type(0), x * beta) / beta)[()],
    x=lambda g, x, beta, threshold: np.where(x * beta > threshold, g, g / (1 + np.exp(-beta * x))),
    flat="y == 0",
)  # fmt: skip
# At a limit that is a number the derivative is 0; one that is a tensor gets half of the gradient.
_ABOVE = dict(forward=lambda x, min: np.maximum(x, min),
              x=lambda g, x, min: np.where(x > min, g, 0.0), kink="x == min", flat="x < min")  # fmt: skip
_BELOW = dict(forward=lambda x, max: np.minimum(x, max),
              x=lambda g, x, max: np.where(x < max, g, 0.0), kink="x == max", flat="x > max")  # fmt: skip
clamp_min_, clamp_max_ = operation("clamp_min", **_ABOVE), operation("clamp_max", **_BELOW)
clamp_above_ = operation("clamp", node="ClampBackward1", **_ABOVE)
clamp_below_ = operation("clamp", node="ClampBackward1", **_BELOW)
clamp_ = operation(
    "clamp", lambda x, min, max: np.clip(x, min, max), node="ClampBackward1",
    x=lambda g, x, min, max: np.where((x > min) & (x < max), g, 0.0),
    kink="(x == min) | (x == max)", flat="(x < min) | (x > max)",
)  # fmt: skip
_ABOVE_TENSOR = dict(
    forward=lambda x, min, dtype: np.maximum(x, min).astype(dtype)[()], broadcast=True,
    x=lambda g, x, min: np.where(x < min, 0.0, np.where(x == min, g / 2, g)),
    min=lambda g, x, min: np.where(x > min, 0.0, np.where(x == min, g / 2, g)), kink="x == min",
)  # fmt: skip
_BELOW_TENSOR = dict(
    forward=lambda x, max, dtype: np.minimum(x, max).astype(dtype)[()], broadcast=True,
    x=lambda g, x, max: np.where(x > max, 0.0, np.where(x == max, g / 2, g)),
    max=lambda g, x, max: np.where(x < max, 0.0, np.where(x == max, g / 2, g)), kink="x == max",
)  # fmt: skip
clamp_min_tensor_ = operation("clamp_min", node="ClampMinBackward1", **_ABOVE_TENSOR)
clamp_max_tensor_ = operation("clamp_max", node="ClampMaxBackward1", **_BELOW_TENSOR)
clamp_above_tensor_ = operation("clamp", node="ClampBackward0", **_ABOVE_TENSOR)
clamp_below_tensor_ = operation("clamp", node="ClampBackward0", **_BELOW_TENSOR)
clamp_tensors_ = operation(
    "clamp", lambda x, min, max, dtype: np.minimum(np.maximum(x, min), max).astype(dtype)[()],
    node="ClampBackward0", broadcast=True,
    x=lambda g, x, min, max: np.where((x < min) | (x > max), 0.0, np.where(
        (min < max) & ((x == min) | (x == max)), g / 2, g)),
    min=lambda g, x, min, max: np.where((x < min) & (min <= max), g, np.where(
        (x == min) & (min < max), g / 2, 0.0)),
    max=lambda g, x, min, max: np.where((max < min) | (x > max) & (min <= max), g, np.where(
        (x == max) & (min < max), g / 2, 0.0)),
    kink="(x == min) | (x == max) | (min == max)",
)  # fmt: skip

# ---------------------------------------------------------------------- with parameters


@offered(numpy=np.positive, symbol="+x")
def positive(input):
    """``+x``: the tensor itself."""
    if input.dtype is dtypes.bool_:
        raise NotImplementedError("The `+` operator, on a bool tensor is not supported.")
    return input


@offered(in_place=True)
def round(input, *, decimals=None):
    """To the nearest whole number (or to ``decimals`` places); halves go to the even one."""
    if decimals is None:
        return round_(input)
    only_float("round_cpu")(input.dtype)
    return round_decimals(input, decimals=decimals)


def leaky_relu(input, negative_slope=0.01):
    """``x`` where positive, ``negative_slope * x`` elsewhere."""
    only_float("leaky_relu_cpu")(input.dtype)
    fitting(negative_slope, input.dtype)
    return leaky_relu_(input, negative_slope=negative_slope)


def elu(input, alpha=1.0):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere."""
    only_float("elu_cpu")(input.dtype)
    fitting(alpha, input.dtype)
    return elu_(input, alpha=alpha)


def gelu(input, approximate="none"):
    """``x * Phi(x)`` with the normal distribution function (https://arxiv.org/abs/1606.08415)."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    only_float("GeluKernelImpl")(input.dtype)
    return gelu_(input) if approximate == "none" else gelu_tanh_(input)


def softplus(input, beta=1.0, threshold=20.0):
    """``log(1 + exp(beta * x)) / beta``, and ``x`` itself where ``beta * x > threshold``."""
    only_float("softplus_cpu")(input.dtype)
    for number in (beta, threshold):
        fitting(number, input.dtype)
    return softplus_(input, beta=beta, threshold=threshold)


@offered("clip", in_place=True, numpy=np.clip)
def clamp(input, min=None, max=None):
    """Bring every element into ``[min, max]``; one limit may be left out, both may be tensors.

    Where ``min`` is larger than ``max`` the outcome is ``max``.
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    for limit in (min, max):
        if not isinstance(limit, int | float | np.number | Tensor | None):
            raise TypeError(
                "clamp() received an invalid combination of arguments - got "
                f"{type(limit).__name__}: the limits are numbers or tensors."
            )
    given = {"min": min, "max": max}
    given = {name: limit for name, limit in given.items() if limit is not None}
    kind = common_type(input, *given.values())
    which = 2 if len(given) == 2 else int(min is None)
    if any(isinstance(limit, Tensor) for limit in given.values()):
        apply = (clamp_above_tensor_, clamp_below_tensor_, clamp_tensors_)[which]
        return apply(input, *given.values(), dtype=kind.numpy)
    apply = (clamp_above_, clamp_below_, clamp_)[which]
    if kind is not input.dtype:
        input = input.to(kind)
    return apply(input, **{name: fitting_limit(name, limit, kind) for name, limit in given.items()})


@offered(in_place=True)
def clamp_min(input, min):
    """No element below ``min``."""
    if isinstance(min, Tensor):
        return clamp_min_tensor_(input, min, dtype=common_type(input, min).numpy)
    return clamp_min_(input, min=fitting_limit("min", min, common_type(input, min)))


@offered(in_place=True)
def clamp_max(input, max):
    """No element above ``max``."""
    if isinstance(max, Tensor):
        return clamp_max_tensor_(input, max, dtype=common_type(input, max).numpy)
    return clamp_max_(input, max=fitting_limit("max", max, common_type(input, max)))
