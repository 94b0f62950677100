"""Functions of one tensor, element by element."""

import math

import numpy as np

from ..dtypes import get_default_dtype
from ..operation import operation, unary
from ..tensor import Tensor

_erf = np.frompyfunc(math.erf, 1, 1)
SQRT_HALF = math.sqrt(0.5)
LN2, LN10 = math.log(2), math.log(10)


def _erf_array(x):
    return np.asarray(_erf(x), dtype=x.dtype)[()]


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


# fmt: off
neg        = unary("neg", np.negative,     lambda g, x, y: -g, integers=True)
abs        = unary("abs", np.abs,          lambda g, x, y: g * np.sign(x), integers=True)
exp        = unary("exp", np.exp,          lambda g, x, y: g * y)
exp2       = unary("exp2", np.exp2,        lambda g, x, y: g * y * LN2)
expm1      = unary("expm1", np.expm1,      lambda g, x, y: g * (y + 1))
log        = unary("log", np.log,          lambda g, x, y: g / x)
log1p      = unary("log1p", np.log1p,      lambda g, x, y: g / (x + 1), node="Log1PBackward0")
log2       = unary("log2", np.log2,        lambda g, x, y: g / (x * LN2))
log10      = unary("log10", np.log10,      lambda g, x, y: g / (x * LN10))
sqrt       = unary("sqrt", np.sqrt,        lambda g, x, y: g / (2 * y))
rsqrt      = unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, x, y: -0.5 * g * y**3)
reciprocal = unary("reciprocal", lambda x: 1 / x,     lambda g, x, y: -g * y * y)
sin        = unary("sin", np.sin,          lambda g, x, y: g * np.cos(x))
cos        = unary("cos", np.cos,          lambda g, x, y: -g * np.sin(x))
tan        = unary("tan", np.tan,          lambda g, x, y: g * (1 + y * y))
asin       = unary("asin", np.arcsin,      lambda g, x, y: g / np.sqrt(1 - x * x))
acos       = unary("acos", np.arccos,      lambda g, x, y: -g / np.sqrt(1 - x * x))
atan       = unary("atan", np.arctan,      lambda g, x, y: g / (1 + x * x))
sinh       = unary("sinh", np.sinh,        lambda g, x, y: g * np.cosh(x))
cosh       = unary("cosh", np.cosh,        lambda g, x, y: g * np.sinh(x))
tanh       = unary("tanh", np.tanh,        lambda g, x, y: g * (1 - y * y))
sigmoid    = unary("sigmoid", _sigmoid,    lambda g, x, y: g * y * (1 - y))
relu       = unary("relu", lambda x: np.maximum(x, 0), lambda g, x, y: g * (y > 0), integers=True)
silu       = unary("silu", lambda x: x * _sigmoid(x),
                   lambda g, x, y: g * (1 + x * (1 - 1 / (1 + np.exp(-x)))) / (1 + np.exp(-x)))
erf        = unary("erf", _erf_array,      lambda g, x, y: g * 2 / math.sqrt(math.pi) * np.exp(-x * x))
sign       = unary("sign", np.sign,        lambda g, x, y: 0.0 * g, integers=True)
floor      = unary("floor", np.floor,      lambda g, x, y: 0.0 * g, integers=True)
ceil       = unary("ceil", np.ceil,        lambda g, x, y: 0.0 * g, integers=True)
trunc      = unary("trunc", np.trunc,      lambda g, x, y: 0.0 * g, integers=True)
frac       = unary("frac", lambda x: x - np.trunc(x), lambda g, x, y: g)
positive   = unary("positive", np.positive, lambda g, x, y: g, integers=True)
# fmt: on


def _erf_of(x):
    """erf of an array or of a recorded tensor, for the rules."""
    return erf(x) if isinstance(x, Tensor) else _erf_array(x)


leaky_relu_ = operation(
    "leaky_relu",
    lambda x, negative_slope: np.where(x > 0, x, x * negative_slope),
    x=lambda g, x, negative_slope: np.where(x > 0, g, g * negative_slope),
)
elu_ = operation(
    "elu",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    x=lambda g, x, alpha: np.where(x > 0, g, g * alpha * np.exp(np.minimum(x, 0))),
)
gelu_ = operation(
    "gelu",
    lambda x: 0.5 * x * (1 + _erf_array(x * SQRT_HALF)),
    x=lambda g, x: g * (0.5 * (1 + _erf_of(x * SQRT_HALF))
                        + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)),
)  # fmt: skip
_TANH = math.sqrt(2 / math.pi)
gelu_tanh_ = operation(
    "gelu",
    lambda x: 0.5 * x * (1 + np.tanh(_TANH * (x + 0.044715 * x**3))),
    x=lambda g, x: g * 0.5 * (
        1 + np.tanh(_TANH * (x + 0.044715 * x**3))
        + x * (1 - np.tanh(_TANH * (x + 0.044715 * x**3)) ** 2) * _TANH * (1 + 0.134145 * x**2)),
)  # fmt: skip
softplus_ = operation(
    "softplus",
    lambda x, beta, threshold: np.where(
        x * beta > threshold, x, np.logaddexp(0, x * beta).astype(x.dtype) / beta),
    x=lambda g, x, beta, threshold: np.where(x * beta > threshold, g, g / (1 + np.exp(-beta * x))),
)  # fmt: skip
clamp_ = operation(
    "clamp",
    lambda x, min, max: np.clip(x, min, max),
    node="ClampBackward1",
    x=lambda g, x, min, max: g * ((x >= min) & (x <= max)),
)
where_ = operation(
    "where",
    lambda condition, a, b: np.where(condition, a, b),
    condition=lambda g: None,
    a=lambda g, condition: np.where(condition, g, 0.0),
    b=lambda g, condition: np.where(condition, 0.0, g),
)


def _floating(input):
    return input if input.dtype.is_floating_point else input.to(get_default_dtype())


def leaky_relu(input, negative_slope=0.01):
    """``x`` where positive, ``negative_slope * x`` elsewhere."""
    return leaky_relu_(input, negative_slope=negative_slope)


def elu(input, alpha=1.0):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere."""
    return elu_(input, alpha=alpha)


def gelu(input, approximate="none"):
    """``x * Phi(x)`` with the normal distribution function (https://arxiv.org/abs/1606.08415)."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return gelu_(input) if approximate == "none" else gelu_tanh_(input)


def softplus(input, beta=1.0, threshold=20.0):
    """``log(1 + exp(beta * x)) / beta``, and ``x`` itself where ``beta * x > threshold``."""
    return softplus_(input, beta=beta, threshold=threshold)


def clamp(input, min=None, max=None):
    """Bring every element into ``[min, max]``; one limit may be left out, both may be tensors."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        from .arithmetic import maximum, minimum

        input = input if min is None else maximum(input, min)
        return input if max is None else minimum(input, max)
    if isinstance(min, float) or isinstance(max, float):
        input = _floating(input)
    return clamp_(input, min=-math.inf if min is None else min, max=math.inf if max is None else max)


def where(condition, input=None, other=None):
    """``input`` where ``condition`` holds, else ``other``; all three are broadcast.

    With the condition alone: the indices at which it holds, as ``nonzero(as_tuple=True)``.
    """
    from ..creation import as_operand
    from .indexing import nonzero

    if input is None:
        return nonzero(condition, as_tuple=True)
    input, other = as_operand(input, other), as_operand(other, input)
    return where_(condition, input, other)


def round(input, *, decimals=0):
    """To the nearest whole number (or to ``decimals`` places); halves go to the even one."""
    return round_(input, decimals=decimals)


round_ = operation(
    "round",
    lambda x, decimals: np.round(x, decimals) if x.dtype.kind == "f" else x,
    x=lambda g: 0.0 * g,
)
