"""Arithmetic and comparisons of two tensors, element by element with broadcasting."""

import operator

import numpy as np

from ..core import dtypes
from ..core.operation import common_type, mixed
from ..core.tensor import Tensor, result
from ..errors.operands import negative_power, not_a_tensor, not_combined, unsupported_operand
from ..errors.words import kind_name
from ..limits import fitting
from ..meaning import means
from .arguments import check_tensors
from .elementwise import reciprocal
from .kinds import as_float, as_it_is, no_bool, only_float, only_whole
from .rows import binary, finish, hidden, offered, operation

# ---------------------------------------------------------------------- the rules


def _no_bools(common, a, b):
    """Subtraction takes none."""
    bools = [dtypes.of_value(x) is dtypes.bool_ for x in (a, b)]
    if all(bools):
        raise NotImplementedError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    if any(bools):
        raise NotImplementedError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return common


def _no_negative_power(common, a, b):
    """Whole numbers have none."""
    if not common.is_floating_point and not isinstance(b, Tensor) and b < 0:
        raise negative_power()
    return no_bool("pow")(common)


@means("a ** b")
def power(a, b):
    """a ** b; the third and fourth power by multiplying: NumPy takes up to 100 times as long for them."""
    if type(a) is np.ndarray and type(b) is not np.ndarray and b in (3, 4):
        square = a * a
        return square * (a if b == 3 else square)
    return a**b


@means("exp(a - y)")
def _same_logarithm(a, y):
    """exp(a - y), which is 1 where both are the same infinity."""
    return np.exp(np.where(a == y, 0.0, a - y))


def _dividing(function):
    """``function``, with an error where whole numbers are divided by 0."""

    def forward(a, b):
        if a.dtype.kind in "iu" and not np.all(b):
            raise RuntimeError(
                "ZeroDivisionError: whole numbers cannot be divided by 0. "
                "Floating-point numbers can; the outcome is inf or nan."
            )
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
    raise RuntimeError(
        f"derivative for aten::{op} is not implemented. Its outcome changes in jumps, so that a "
        "gradient would be 0 wherever there is one; use .detach() on the operands to say so."
    )


# fmt: off
add_ = binary("add", operator.add,     a=lambda g, a, b, y: g,     b=lambda g, a, b, y: g,
              public=False, symbol="+", commutes=True, analytic=True)
sub_ = binary("sub", operator.sub,     a=lambda g, a, b, y: g,     b=lambda g, a, b, y: -g,
              public=False, symbol="-", kind=_no_bools, analytic=True)
rsub_ = binary("rsub", operator.sub,   a=lambda g, a, b, y: g,     b=lambda g, a, b, y: -g,
               public=False, mirrors="-", kind=_no_bools, analytic=True,
               of_number=("RsubBackward1", lambda g, a, b, y: -g))
mul = binary("mul", operator.mul,      a=lambda g, a, b, y: g * b, b=lambda g, a, b, y: g * a,
             also=("multiply",), numpy=np.multiply, symbol="*", commutes=True, analytic=True,
             doc="``input * other``, element by element; either may be a number.")
div_ = binary("div", operator.truediv, a=lambda g, a, b, y: g / b,
              b=lambda g, a, b, y: -g * ((a / b) / b),
              public=False, symbol="/", kind=as_float, analytic=True, pole="b == 0")

# x ** y of two tensors; x ** 3 and 2 ** x, with a number, are operations of their own
pow_ = binary("pow", power, node="PowBackward1", kind=_no_negative_power, public=False,
             numpy=np.power, symbol="**", keeps={"a": ("y",)}, analytic=True,
             pole="(a == 0) & (b < 1) & (b != 0)", outside="(a < 0) & (b != np.floor(b))",
             jump="(a == 0) & (b == 0)", overflow="np.isinf(y) & (a != 0)",
             a=lambda g, a, b, y: np.where(b == 0, 0.0, g * (b * a ** (b - 1))),
             b=lambda g, a, b, y: np.where((a == 0) & (b >= 0), 0.0, g * y * np.log(a)),
             of_number=("PowBackward2", lambda g, a, b, y: np.where(
                 (a == 0) & (b >= 0), 0.0, g * y * np.log(a))),
             by_number=("PowBackward0", lambda g, a, b, y: (
                 g * (b * power(a, b - 1)) if b else 0.0 * g)))

atan2 = binary("atan2", np.arctan2, kind=as_float, also=("arctan2",), numbers=False,
               jump="(a == 0) & (b <= 0)", pole="(a == 0) & (b == 0)",
               a=lambda g, a, b, y: g * b / (a * a + b * b),
               b=lambda g, a, b, y: -g * a / (a * a + b * b),
               doc="The angle of the point (other, input), from -pi to pi.")
hypot = binary("hypot", np.hypot, kind=only_float("hypot_cpu"), numbers=False,
               kink="(a == 0) & (b == 0)",
               a=lambda g, a, b, y: g * (a / y),
               b=lambda g, a, b, y: g * (b / y),
               doc="``sqrt(input**2 + other**2)``, element by element.")
logaddexp = binary("logaddexp", np.logaddexp, kind=only_float("logaddexp_cpu"), numbers=False,
                   in_place=False,
                   a=lambda g, a, b, y: g * _same_logarithm(a, np.logaddexp(a, b)),
                   b=lambda g, a, b, y: g * _same_logarithm(b, np.logaddexp(a, b)),
                   doc="``log(exp(input) + exp(other))`` without overflow.")
maximum = binary("maximum", np.maximum, numbers=False, in_place=False, kink="a == b",
                 a=lambda g, a, b, y: np.where(a < b, 0.0, np.where(a == b, g / 2, g)),
                 b=lambda g, a, b, y: np.where(b < a, 0.0, np.where(a == b, g / 2, g)),
                 doc="""The larger of two elements; NaN if one of them is.

    Where both are equal each gets half of the gradient.
    """)
minimum = binary("minimum", np.minimum, numbers=False, in_place=False, kink="a == b",
                 a=lambda g, a, b, y: np.where(a > b, 0.0, np.where(a == b, g / 2, g)),
                 b=lambda g, a, b, y: np.where(b > a, 0.0, np.where(a == b, g / 2, g)),
                 doc="""The smaller of two elements; NaN if one of them is.

    Where both are equal each gets half of the gradient.
    """)

# of a number and a tensor, 7 % x, PyTorch has no derivative
remainder = binary("remainder", _dividing(np.remainder), node="RemainderBackward1",
                   numpy=np.remainder, symbol="%", kind=no_bool("remainder_cpu"),
                   jump="(y == 0) & (b != 0)", outside="b == 0",
                   a=lambda g, a, b, y: g,
                   b=lambda g, a, b, y: -g * np.floor(a / b),
                   of_number=("NotImplemented", lambda g, a, b, y: no_derivative(g, "remainder")),
                   by_number=("RemainderBackward0", lambda g, a, b, y: g),
                   doc="``input % other``: what is left over, with the sign of ``other``.")
fmod = binary("fmod", _dividing(np.fmod), node="FmodBackward1", numpy=np.fmod,
              kind=no_bool("fmod_cpu"), jump="(y == 0) & (a != 0) & (b != 0)", outside="b == 0",
              a=lambda g, a, b, y: g,
              b=lambda g, a, b, y: -g * np.trunc(a / b),
              by_number=("FmodBackward0", lambda g, a, b, y: g),
              doc="What is left over of ``input / other``, with the sign of ``input``.")
floor_divide = binary("floor_divide", _dividing(np.floor_divide), node="NotImplemented",
                      numpy=np.floor_divide, symbol="//", kind=no_bool("div_floor_cpu"),
                      jump="a / b == np.floor(a / b)", flat="a / b != np.floor(a / b)",
                      pole="b == 0",
                      a=lambda g, a, b, y: no_derivative(g, "floor_divide"),
                      b=lambda g, a, b, y: no_derivative(g, "floor_divide"),
                      doc="``input // other``: the quotient rounded down. Not differentiable.")
_div_floor = binary("div", _dividing(np.floor_divide), node="DivBackward2", public=False,
                    kind=no_bool("div_floor_cpu"), keeps={"a": ("b",), "b": ("a", "b")},
                    jump="a / b == np.floor(a / b)", flat="a / b != np.floor(a / b)", pole="b == 0",
                    a=lambda g, a, b, y: 0.0 * g,
                    b=lambda g, a, b, y: 0.0 * g)
_div_trunc = binary("div", _dividing(_truncated_quotient), node="DivBackward2", public=False,
                    kind=no_bool("div_trunc_cpu"), keeps={"a": ("b",), "b": ("a", "b")},
                    jump="(a / b == y) & (a != 0)", flat="(a / b != y) | (a == 0)", pole="b == 0",
                    a=lambda g, a, b, y: 0.0 * g,
                    b=lambda g, a, b, y: 0.0 * g)

_lerp_number = operation("lerp", lambda a, b, weight: a + weight * (b - a), broadcast=True,
                         analytic=True,
                         a=lambda g, weight: g * (1 - weight),
                         b=lambda g, weight: g * weight)
_lerp = operation("lerp", lambda a, b, weight: a + weight * (b - a), broadcast=True, analytic=True,
                  node="LerpBackward1",
                  a=lambda g, weight: g * (1 - weight),
                  b=lambda g, weight: g * weight,
                  weight=lambda g, a, b, weight: g * (b - a))
_addcmul = operation("addcmul", lambda x, a, b, value: x + value * a * b, broadcast=True,
                     analytic=True,
                     x=lambda g: g,
                     a=lambda g, b, value: g * value * b,
                     b=lambda g, a, value: g * value * a)
_addcdiv = operation("addcdiv", lambda x, a, b, value: x + value * a / b, broadcast=True,
                     analytic=True, pole="b == 0",
                     x=lambda g, b: g,
                     a=lambda g, b, value: g * value / b,
                     b=lambda g, a, b, value: -g * value * ((a / b) / b))
# fmt: on


# ---------------------------------------------------------------------- functions of two tensors


@offered(in_place=True, numpy=np.add)
def add(input, other, *, alpha=1):
    """``input + alpha * other``; either may be a number."""
    return add_(input, _scaled("add", input, other, alpha))


@offered("subtract", in_place=True, numpy=np.subtract)
def sub(input, other, *, alpha=1):
    """``input - alpha * other``; either may be a number."""
    return sub_(input, _scaled("sub", input, other, alpha))


@offered(method=False)
def rsub(input, other, *, alpha=1):
    """``other - alpha * input``."""
    return rsub_(other, _scaled("rsub", other, input, alpha))


def _scaled(op, input, other, alpha):
    if type(alpha) is int and alpha == 1:
        return other
    kind = common_type(input, other)
    if op != "add":
        _no_bools(kind, input, other)
    if not isinstance(alpha, int | float | np.number):
        raise TypeError(f"{op}(): argument 'alpha' must be Number, not {type(alpha).__name__}")
    if isinstance(alpha, float) and not kind.is_floating_point:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if kind is dtypes.bool_:
        return other
    fitting(alpha, kind)
    if isinstance(other, Tensor) and not other.dtype.is_floating_point:
        other = other.to(kind)
    return mul(other, alpha) if isinstance(other, Tensor) else other * alpha


@offered("divide", in_place=True, numpy=np.divide)
def div(input, other, *, rounding_mode=None):
    """``input / other``; ``rounding_mode`` is None, ``"trunc"`` (towards 0) or ``"floor"``."""
    if rounding_mode is None:
        return div_(input, other)
    if rounding_mode == "floor":
        return _div_floor(input, other)
    if rounding_mode == "trunc":
        return _div_trunc(input, other)
    raise RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
    )


@offered(in_place=True)
def true_divide(input, other):
    """``input / other``, element by element; either may be a number."""
    return div_(input, other)


@hidden(mirrors="/")
def reflected_div(other, input):
    """``other / input``, where ``other`` is a number: PyTorch multiplies by the reciprocal."""
    return mul(reciprocal(input), other)


@offered(in_place=True)
def pow(input, exponent):
    """``input ** exponent``, element by element; either may be a number.

    >>> torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    return pow_(input, exponent)


@offered(in_place=True, numpy=np.square)
def square(input):
    """``input ** 2``."""
    return pow_(input, 2)


@offered(in_place=True)
def lerp(input, end, weight):
    """``input + weight * (end - input)``; ``weight`` is a number or a tensor."""
    if isinstance(weight, Tensor):
        return _lerp(input, end, weight)
    fitting(weight, input.dtype)
    return _lerp_number(input, end, weight=weight)


@offered(in_place=True)
def addcmul(input, tensor1, tensor2, *, value=1):
    """``input + value * tensor1 * tensor2``."""
    fitting(value, common_type(input, tensor1, tensor2))
    return _addcmul(input, tensor1, tensor2, value=value)


@offered(in_place=True)
def addcdiv(input, tensor1, tensor2, *, value=1):
    """``input + value * tensor1 / tensor2``."""
    fitting(value, common_type(input, tensor1, tensor2))
    return _addcdiv(input, tensor1, tensor2, value=value)


# ---------------------------------------------------------------------- comparisons and logic


def _compare(op, forward, doc, kind=as_it_is, **line):
    """A function of two tensors that is not differentiable."""
    symbol = line.get("symbol", "")

    def function(input, other):
        a, b, _ = mixed(input, other, kind, op, symbol)
        try:
            return result(forward(a, b), None)
        except ValueError as error:
            raise not_combined(op, a, b, error) from None

    return finish(function, op, doc, forward, **line)


# fmt: off
eq = _compare("eq", np.equal,         "Where ``input == other``: a tensor of bools.", symbol="==")
ne = _compare("ne", np.not_equal,     "Where ``input != other``: a tensor of bools.", symbol="!=",
              also=("not_equal",))
lt = _compare("lt", np.less,          "Where ``input < other``: a tensor of bools.", symbol="<",
              also=("less",))
le = _compare("le", np.less_equal,    "Where ``input <= other``: a tensor of bools.", symbol="<=",
              also=("less_equal",))
gt = _compare("gt", np.greater,       "Where ``input > other``: a tensor of bools.", symbol=">",
              also=("greater",))
ge = _compare("ge", np.greater_equal, "Where ``input >= other``: a tensor of bools.", symbol=">=",
              also=("greater_equal",))
logical_and = _compare("logical_and", np.logical_and, "Where neither element is 0.", numbers=False)
logical_or = _compare("logical_or", np.logical_or, "Where not both elements are 0.", numbers=False)
logical_xor = _compare("logical_xor", np.logical_xor, "Where exactly one of the elements is 0.",
                       numbers=False)
bitwise_and = _compare("bitwise_and", np.bitwise_and,
                       "``input & other``, for bools and whole numbers.",
                       only_whole("bitwise_and_cpu"), symbol="&", commutes=True)
bitwise_or = _compare("bitwise_or", np.bitwise_or,
                      "``input | other``, for bools and whole numbers.",
                      only_whole("bitwise_or_cpu"), symbol="|", commutes=True)
bitwise_xor = _compare("bitwise_xor", np.bitwise_xor,
                       "``input ^ other``, for bools and whole numbers.",
                       only_whole("bitwise_xor_cpu", "A power is written with **, as in x ** 2."), symbol="^", commutes=True)
bitwise_left_shift = _compare("bitwise_left_shift", np.left_shift, "``input << other``.",
                              only_whole("lshift_cpu"), symbol="<<")
bitwise_right_shift = _compare("bitwise_right_shift", np.right_shift, "``input >> other``.",
                               only_whole("rshift_cpu"), symbol=">>")
# fmt: on


def _question(op, forward, doc, in_place=False):
    def ask(input):
        if not isinstance(input, Tensor):
            raise not_a_tensor(op, "input", input)
        return result(forward(input._data), None)

    return finish(ask, op, doc, forward, in_place=in_place)


logical_not = _question("logical_not", np.logical_not, "Where the element is 0.", in_place=True)
isnan = _question("isnan", np.isnan, "Where the element is NaN, not a number.")
isinf = _question("isinf", np.isinf, "Where the element is infinite.")
isfinite = _question("isfinite", np.isfinite, "Where the element is neither infinite nor NaN.")


@offered(in_place=True, numpy=np.invert, symbol="~x")
def bitwise_not(input):
    """``~input``: for bools their opposite, for whole numbers all bits turned over."""
    if input.dtype.is_floating_point:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return result(np.invert(input._data), None)


@offered()
def equal(input, other):
    """Whether two tensors have the same shape and the same elements: a Python bool."""
    check_tensors("equal", input=input, other=other)
    return bool(input.shape == other.shape and np.all(input._data == other._data))


@offered()
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where ``|input - other| <= atol + rtol * |other|`` holds."""
    if input.dtype is not other.dtype:
        raise RuntimeError(
            f"{kind_name(input)} did not match {kind_name(other)}: both need the same type here."
        )
    return result(np.isclose(input._data, other._data, rtol, atol, equal_nan), None)


@offered()
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether ``|input - other| <= atol + rtol * |other|`` holds everywhere: a Python bool."""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._data))


@offered(method=False)
def result_type(tensor, other):
    """The type that an operation on these two tensors or numbers has."""
    kind = common_type(tensor, other)
    if kind is None:
        raise unsupported_operand("result_type", "", tensor, other)
    return kind


@offered(method=False)
def promote_types(type1, type2):
    """The smallest type that holds the values of both.

    >>> torch.promote_types(torch.int64, torch.float32)
    torch.float32
    """
    return dtypes.promote(type1, type2)
