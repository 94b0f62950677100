"""Arithmetic and comparisons of two tensors, element by element with broadcasting."""

import operator

import numpy as np

from ..core import dtypes
from ..core.dtypes import as_float
from ..core.node import Operation, constant
from ..core.operation import binary, common_type, mixed, operation
from ..core.tensor import Tensor, result
from ..errors.conversion import (
    division_by_zero, no_inversion, no_subtraction, not_differentiable, unknown_rounding,
)  # fmt: skip
from ..errors.operands import negative_power, not_a_tensor, not_combined, unsupported_operand
from ..errors.words import kind_name
from ..meaning import means
from .kinds import no_bool, only_float, only_whole

# ---------------------------------------------------------------------- the rules


def _no_bools(common, a, b):
    """Subtraction takes none."""
    bools = [dtypes.of_value(x) is dtypes.bool_ for x in (a, b)]
    if any(bools):
        raise no_subtraction(both=all(bools))
    return common


def _no_negative_power(common, a, b):
    """Whole numbers have none."""
    if not common.is_floating_point and not isinstance(b, Tensor) and b < 0:
        raise negative_power()
    return no_bool("pow")(common)


@means("exp(a - y)")
def _same_logarithm(a, y):
    """exp(a - y), which is 1 where both are the same infinity."""
    return np.exp(np.where(a == y, 0.0, a - y))


def _dividing(function):
    """``function``, with an error where whole numbers are divided by 0."""

    def forward(a, b):
        if a.dtype.kind in "iu" and not np.all(b):
            raise division_by_zero()
        return function(a, b)

    return forward


def _truncated_quotient(a, b):
    if a.dtype.kind == "f":
        return np.trunc(a / b)
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient * b != a) & ((a < 0) != (b < 0))).astype(a.dtype)


@means(None)
def no_derivative(g, op):
    """The rule of an operation that PyTorch does not differentiate."""
    raise not_differentiable(op)


# fmt: off
add_ = binary("add", operator.add,     a=lambda g, a, b, y: g,     b=lambda g, a, b, y: g)
sub_ = binary("sub", operator.sub,     a=lambda g, a, b, y: g,     b=lambda g, a, b, y: -g,
              kind=_no_bools)
RSUB = {"a": constant, "b": lambda g, a, b, y: -g}
rsub_ = binary("rsub", operator.sub,   a=lambda g, a, b, y: g,     b=lambda g, a, b, y: -g,
               kind=_no_bools,
               number=(Operation("rsub", RSUB, "RsubBackward1", uniform=True), None))
mul = binary("mul", operator.mul,      a=lambda g, a, b, y: g * b, b=lambda g, a, b, y: g * a)
div_ = binary("div", operator.truediv, a=lambda g, a, b, y: g / b,
              b=lambda g, a, b, y: -g * ((a / b) / b), kind=as_float)

# x ** y of two tensors; x ** 3 and 2 ** x, with a number, are operations of their own
POWER_OF_NUMBER = Operation("pow", {
    "a": constant,
    "b": lambda g, a, b, y: np.where((a == 0) & (b >= 0), 0.0, g * y * np.log(a)),
}, "PowBackward2", uniform=True)
POWER_BY_NUMBER = Operation("pow", {
    "a": lambda g, a, b, y: g * (b * a ** (b - 1)) if b else 0.0 * g,
    "b": constant,
}, "PowBackward0", uniform=True)
pow = binary("pow", operator.pow, node="PowBackward1", kind=_no_negative_power,
             keeps={"a": ("y",)},
             number=(POWER_OF_NUMBER, POWER_BY_NUMBER),
             a=lambda g, a, b, y: np.where(b == 0, 0.0, g * (b * a ** (b - 1))),
             b=lambda g, a, b, y: np.where((a == 0) & (b >= 0), 0.0, g * y * np.log(a)))

atan2_ = binary("atan2", np.arctan2, kind=as_float,
                a=lambda g, a, b, y: g * b / (a * a + b * b),
                b=lambda g, a, b, y: -g * a / (a * a + b * b))
hypot_ = binary("hypot", np.hypot, kind=only_float("hypot_cpu"),
                a=lambda g, a, b, y: g * (a / y),
                b=lambda g, a, b, y: g * (b / y))
logaddexp_ = binary("logaddexp", np.logaddexp, kind=only_float("logaddexp_cpu"),
                    a=lambda g, a, b, y: g * _same_logarithm(a, np.logaddexp(a, b)),
                    b=lambda g, a, b, y: g * _same_logarithm(b, np.logaddexp(a, b)))
maximum_ = binary("maximum", np.maximum,
                  a=lambda g, a, b, y: np.where(a < b, 0.0, np.where(a == b, g / 2, g)),
                  b=lambda g, a, b, y: np.where(b < a, 0.0, np.where(a == b, g / 2, g)))
minimum_ = binary("minimum", np.minimum,
                  a=lambda g, a, b, y: np.where(a > b, 0.0, np.where(a == b, g / 2, g)),
                  b=lambda g, a, b, y: np.where(b > a, 0.0, np.where(a == b, g / 2, g)))

# of a number and a tensor, 7 % x, PyTorch has no derivative
_OF_NUMBER = {"a": constant, "b": lambda g, a, b, y: no_derivative(g, "remainder")}
_BY_NUMBER = {"a": lambda g, a, b, y: g, "b": constant}
remainder = binary("remainder", _dividing(np.remainder), node="RemainderBackward1",
                   kind=no_bool("remainder_cpu"),
                   number=(Operation("remainder", _OF_NUMBER, "NotImplemented", uniform=True),
                           Operation("remainder", _BY_NUMBER, "RemainderBackward0", uniform=True)),
                   a=lambda g, a, b, y: g,
                   b=lambda g, a, b, y: -g * np.floor(a / b))
fmod = binary("fmod", _dividing(np.fmod), node="FmodBackward1", kind=no_bool("fmod_cpu"),
              number=(None, Operation("fmod", _BY_NUMBER, "FmodBackward0", uniform=True)),
              a=lambda g, a, b, y: g,
              b=lambda g, a, b, y: -g * np.trunc(a / b))
floor_divide = binary("floor_divide", _dividing(np.floor_divide), node="NotImplemented",
                      kind=no_bool("div_floor_cpu"),
                      a=lambda g, a, b, y: no_derivative(g, "floor_divide"),
                      b=lambda g, a, b, y: no_derivative(g, "floor_divide"))
_div_floor = binary("div", _dividing(np.floor_divide), node="DivBackward2",
                    kind=no_bool("div_floor_cpu"), keeps={"a": ("b",), "b": ("a", "b")},
                    a=lambda g, a, b, y: 0.0 * g,
                    b=lambda g, a, b, y: 0.0 * g)
_div_trunc = binary("div", _dividing(_truncated_quotient), node="DivBackward2",
                    kind=no_bool("div_trunc_cpu"), keeps={"a": ("b",), "b": ("a", "b")},
                    a=lambda g, a, b, y: 0.0 * g,
                    b=lambda g, a, b, y: 0.0 * g)

_lerp_number = operation("lerp", lambda a, b, weight: a + weight * (b - a), broadcast=True,
                         a=lambda g, weight: g * (1 - weight),
                         b=lambda g, weight: g * weight)
lerp_ = operation("lerp", lambda a, b, weight: a + weight * (b - a), broadcast=True,
                  node="LerpBackward1",
                  a=lambda g, weight: g * (1 - weight),
                  b=lambda g, weight: g * weight,
                  weight=lambda g, a, b, weight: g * (b - a))
addcmul_ = operation("addcmul", lambda x, a, b, value: x + value * a * b, broadcast=True,
                     x=lambda g: g,
                     a=lambda g, b, value: g * value * b,
                     b=lambda g, a, value: g * value * a)
addcdiv_ = operation("addcdiv", lambda x, a, b, value: x + value * a / b, broadcast=True,
                     x=lambda g, b: g,
                     a=lambda g, b, value: g * value / b,
                     b=lambda g, a, b, value: -g * value * ((a / b) / b))
# fmt: on

pow.__doc__ = """``input ** exponent``, element by element; either may be a number.

    >>> import autograd_core as torch
    >>> torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
mul.__doc__ = "``input * other``, element by element; either may be a number."
remainder.__doc__ = "``input % other``: what is left over, with the sign of ``other``."
fmod.__doc__ = "What is left over of ``input / other``, with the sign of ``input``."
floor_divide.__doc__ = "``input // other``: the quotient rounded down. Not differentiable."


# ---------------------------------------------------------------------- functions of two tensors


def add(input, other, *, alpha=1):
    """``input + alpha * other``; either may be a number."""
    return add_(input, _scaled("add", input, other, alpha))


def sub(input, other, *, alpha=1):
    """``input - alpha * other``; either may be a number."""
    return sub_(input, _scaled("sub", input, other, alpha))


def rsub(input, other, *, alpha=1):
    """``other - alpha * input``."""
    return rsub_(other, _scaled("rsub", other, input, alpha))


def _scaled(op, input, other, alpha):
    if type(alpha) is int and alpha == 1:
        return other
    kind = common_type(input, other)
    if op != "add":
        _no_bools(kind, input, other)
    check_alpha(op, alpha, kind)
    if kind is dtypes.bool_:
        return other
    if isinstance(other, Tensor) and not other.dtype.is_floating_point:
        other = other.to(kind)
    return mul(other, alpha)


def div(input, other, *, rounding_mode=None):
    """``input / other``; ``rounding_mode`` is None, ``"trunc"`` (towards 0) or ``"floor"``."""
    if rounding_mode is None:
        return div_(input, other)
    if rounding_mode == "floor":
        return _div_floor(input, other)
    if rounding_mode == "trunc":
        return _div_trunc(input, other)
    raise unknown_rounding(rounding_mode)


def true_divide(input, other):
    """``input / other``, element by element; either may be a number."""
    return div_(input, other)


def reflected_div(input, other):
    """``other / input``, where ``other`` is a number: PyTorch multiplies by the reciprocal."""
    from .elementwise import reciprocal

    return mul(reciprocal(input), other)


def square(input):
    """``input ** 2``."""
    return pow(input, 2)


def _of_tensors(op, function, doc):
    """A function that takes two tensors and no numbers."""

    def of_tensors(input, other):
        for position, (name, value) in enumerate((("input", input), ("other", other)), 1):
            if not isinstance(value, Tensor):
                raise not_a_tensor(op, name, value, position)
        return function(input, other)

    of_tensors.__name__ = of_tensors.__qualname__ = op
    of_tensors.__doc__ = doc
    return of_tensors


atan2 = _of_tensors("atan2", atan2_, "The angle of the point (other, input), from -pi to pi.")
hypot = _of_tensors("hypot", hypot_, "``sqrt(input**2 + other**2)``, element by element.")
logaddexp = _of_tensors("logaddexp", logaddexp_,
                        "``log(exp(input) + exp(other))`` without overflow.")  # fmt: skip
maximum = _of_tensors("maximum", maximum_, """The larger of two elements; NaN if one of them is.

    Where both are equal each gets half of the gradient.
    """)  # fmt: skip
minimum = _of_tensors("minimum", minimum_, """The smaller of two elements; NaN if one of them is.

    Where both are equal each gets half of the gradient.
    """)  # fmt: skip


def lerp(input, end, weight):
    """``input + weight * (end - input)``; ``weight`` is a number or a tensor."""
    if isinstance(weight, Tensor):
        return lerp_(input, end, weight)
    return _lerp_number(input, end, weight=weight)


def addcmul(input, tensor1, tensor2, *, value=1):
    """``input + value * tensor1 * tensor2``."""
    return addcmul_(input, tensor1, tensor2, value=value)


def addcdiv(input, tensor1, tensor2, *, value=1):
    """``input + value * tensor1 / tensor2``."""
    return addcdiv_(input, tensor1, tensor2, value=value)


# ---------------------------------------------------------------------- comparisons and logic


def _compare(op, forward, doc, kind=dtypes.as_it_is):
    """A function of two tensors that is not differentiable."""

    def function(input, other):
        a, b, _ = mixed(input, other, kind, op)
        try:
            return result(forward(a, b), None)
        except ValueError as error:
            raise not_combined(op, a, b, error) from None

    function.__name__ = function.__qualname__ = op
    function.__doc__ = doc
    return function


# fmt: off
eq = _compare("eq", np.equal,         "Where ``input == other``: a tensor of bools.")
ne = _compare("ne", np.not_equal,     "Where ``input != other``: a tensor of bools.")
lt = _compare("lt", np.less,          "Where ``input < other``: a tensor of bools.")
le = _compare("le", np.less_equal,    "Where ``input <= other``: a tensor of bools.")
gt = _compare("gt", np.greater,       "Where ``input > other``: a tensor of bools.")
ge = _compare("ge", np.greater_equal, "Where ``input >= other``: a tensor of bools.")
_logical_and = _compare("logical_and", np.logical_and, "Where neither element is 0.")
_logical_or = _compare("logical_or", np.logical_or,    "Where not both elements are 0.")
_logical_xor = _compare("logical_xor", np.logical_xor, "Where exactly one of the elements is 0.")
logical_and = _of_tensors("logical_and", _logical_and, _logical_and.__doc__)
logical_or = _of_tensors("logical_or", _logical_or, _logical_or.__doc__)
logical_xor = _of_tensors("logical_xor", _logical_xor, _logical_xor.__doc__)
bitwise_and = _compare("bitwise_and", np.bitwise_and,
                       "``input & other``, for bools and whole numbers.",
                        only_whole("bitwise_and_cpu"))
bitwise_or = _compare("bitwise_or", np.bitwise_or,
                      "``input | other``, for bools and whole numbers.",
                        only_whole("bitwise_or_cpu"))
bitwise_xor = _compare("bitwise_xor", np.bitwise_xor,
                       "``input ^ other``, for bools and whole numbers.",
                        only_whole("bitwise_xor_cpu"))
bitwise_left_shift = _compare("bitwise_left_shift", np.left_shift, "``input << other``.",
                        only_whole("lshift_cpu"))
bitwise_right_shift = _compare("bitwise_right_shift", np.right_shift, "``input >> other``.",
                        only_whole("rshift_cpu"))
# fmt: on


def _question(op, forward, doc):
    def ask(input):
        if not isinstance(input, Tensor):
            raise not_a_tensor(op, "input", input)
        return result(forward(input._data), None)

    ask.__name__ = ask.__qualname__ = op
    ask.__doc__ = doc
    return ask


logical_not = _question("logical_not", np.logical_not, "Where the element is 0.")
isnan = _question("isnan", np.isnan, "Where the element is NaN, not a number.")
isinf = _question("isinf", np.isinf, "Where the element is infinite.")
isfinite = _question("isfinite", np.isfinite, "Where the element is neither infinite nor NaN.")


def bitwise_not(input):
    """``~input``: for bools their opposite, for whole numbers all bits turned over."""
    if input.dtype.is_floating_point:
        raise no_inversion()
    return result(np.invert(input._data), None)


def equal(input, other):
    """Whether two tensors have the same shape and the same elements: a Python bool."""
    for position, (name, value) in enumerate((("input", input), ("other", other)), 1):
        if not isinstance(value, Tensor):
            raise not_a_tensor("equal", name, value, position)
    return bool(input.shape == other.shape and np.all(input._data == other._data))


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where ``|input - other| <= atol + rtol * |other|`` holds."""
    check_same_dtype(input, other)
    return result(np.isclose(input._data, other._data, rtol, atol, equal_nan), None)


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether ``|input - other| <= atol + rtol * |other|`` holds everywhere: a Python bool."""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._data))


def result_type(tensor1, tensor2):
    """The type that an operation on these two tensors or numbers has."""
    kind = common_type(tensor1, tensor2)
    if kind is None:
        raise unsupported_operand("result_type", tensor1, tensor2)
    return kind


def promote_types(type1, type2):
    """The smallest type that holds the values of both.

    >>> import autograd_core as torch
    >>> torch.promote_types(torch.int64, torch.float32)
    torch.float32
    """
    return dtypes.promote(type1, type2)


# other names
subtract, multiply, divide, arctan2 = sub, mul, div, atan2
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge

__all__ = """add addcdiv addcmul allclose arctan2 atan2 bitwise_and bitwise_left_shift bitwise_not
    bitwise_or bitwise_right_shift bitwise_xor div divide eq equal floor_divide fmod ge greater
    greater_equal gt hypot isclose isfinite isinf isnan le lerp less less_equal logaddexp
    logical_and logical_not logical_or logical_xor lt maximum minimum mul multiply ne not_equal
    pow promote_types remainder result_type rsub square sub subtract true_divide""".split()


# ---------------------------------------------------------------------- checks


def check_alpha(op, alpha, kind):
    """The factor of ``add`` and ``sub``."""
    if not isinstance(alpha, int | float | np.number):
        raise TypeError(
            f"{op}(): argument 'alpha' must be Number, not {type(alpha).__name__}"
        )
    if isinstance(alpha, float) and not kind.is_floating_point:
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )


def check_same_dtype(a, b):
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{kind_name(a)} did not match {kind_name(b)}: both need the same type here."
        )
