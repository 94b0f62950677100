"""Arithmetic of two tensors, element by element with broadcasting."""

import operator

import numpy as np

from .. import dtypes, errors
from ..node import Operation
from ..operation import binary
from ..tensor import Tensor

add_ = binary("add", operator.add, a=lambda g, a, b, y: g, b=lambda g, a, b, y: g)
sub_ = binary("sub", operator.sub, a=lambda g, a, b, y: g, b=lambda g, a, b, y: -g)
rsub_ = binary("rsub", operator.sub, a=lambda g, a, b, y: g, b=lambda g, a, b, y: -g, node="RsubBackward1")
mul = binary("mul", operator.mul, a=lambda g, a, b, y: g * b, b=lambda g, a, b, y: g * a)
div_ = binary("div", operator.truediv, floats=True,
              a=lambda g, a, b, y: g / b,
              b=lambda g, a, b, y: -g * ((a / b) / b))  # fmt: skip
atan2 = binary("atan2", np.arctan2, floats=True,
               a=lambda g, a, b, y: g * b / (a * a + b * b),
               b=lambda g, a, b, y: -g * a / (a * a + b * b))  # fmt: skip
maximum = binary("maximum", np.maximum,
                 a=lambda g, a, b, y: np.where(a < b, 0.0, np.where(a == b, g / 2, g)),
                 b=lambda g, a, b, y: np.where(b < a, 0.0, np.where(a == b, g / 2, g)))  # fmt: skip
minimum = binary("minimum", np.minimum,
                 a=lambda g, a, b, y: np.where(a > b, 0.0, np.where(a == b, g / 2, g)),
                 b=lambda g, a, b, y: np.where(b > a, 0.0, np.where(a == b, g / 2, g)))  # fmt: skip
remainder = binary("remainder", np.remainder,
                   a=lambda g, a, b, y: g,
                   b=lambda g, a, b, y: -g * np.floor(a / b))  # fmt: skip
fmod = binary("fmod", np.fmod,
              a=lambda g, a, b, y: g,
              b=lambda g, a, b, y: -g * np.trunc(a / b))  # fmt: skip

# x ** y of two tensors; x ** 3 and 2 ** x, with a number, are operations of their own
POWER_OF_NUMBER = Operation("pow", {
    "a": lambda g, a, b, y: None,
    "b": lambda g, a, b, y: np.where(y == 0, 0.0, g * y * np.log(a)),
}, "PowBackward2", uniform=True)  # fmt: skip
POWER_BY_NUMBER = Operation("pow", {
    "a": lambda g, a, b, y: g * (b * a ** (b - 1)) if b else 0.0 * g,
    "b": lambda g, a, b, y: None,
}, "PowBackward0", uniform=True)  # fmt: skip
pow = binary("pow", operator.pow, node="PowBackward1", number=(POWER_OF_NUMBER, POWER_BY_NUMBER),
             a=lambda g, a, b, y: np.where(b == 0, 0.0, g * (b * a ** (b - 1))),
             b=lambda g, a, b, y: np.where((a == 0) & (b >= 0), 0.0, g * y * np.log(a)))  # fmt: skip


def square(input):
    """``input ** 2``."""
    return pow(input, 2)


def add(input, other, *, alpha=1):
    """``input + alpha * other``."""
    return add_(input, other if alpha == 1 else mul(other, alpha))


def sub(input, other, *, alpha=1):
    """``input - alpha * other``."""
    errors.check_subtraction(input, other)
    return sub_(input, other if alpha == 1 else mul(other, alpha))


def div(input, other, *, rounding_mode=None):
    """``input / other``; ``rounding_mode`` is None, ``"trunc"`` or ``"floor"``."""
    if rounding_mode is None:
        return div_(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return _truncated_quotient(input, other)
    raise RuntimeError(
        "div expected rounding_mode to be one of None, 'trunc', or 'floor' "
        f"but found '{rounding_mode}'"
    )


floor_divide = binary("floor_divide", np.floor_divide, a=lambda g, a, b, y: 0.0 * g, b=lambda g, a, b, y: 0.0 * g)
_truncated_quotient = binary("div", lambda a, b: np.trunc(np.true_divide(a, b)).astype(
    np.result_type(a, b)), a=lambda g, a, b, y: 0.0 * g, b=lambda g, a, b, y: 0.0 * g)


def true_divide(input, other):
    """``input / other``."""
    return div_(input, other)


def reflected_div(input, other):
    """``other / input``, where ``other`` is a number: PyTorch multiplies by the reciprocal."""
    from .elementwise import reciprocal

    return mul(reciprocal(input), other)


# ---------------------------------------------------------------------- comparisons and logic


def _compare(op, forward):
    function = binary(op, forward, a=lambda g, a, b, y: None, b=lambda g, a, b, y: None)

    def compare(input, other):
        from ..grad_mode import no_grad

        with no_grad():
            return function(input, other)

    compare.__name__ = compare.__qualname__ = op
    compare.__doc__ = f"``{op}`` element by element: a tensor of ``torch.bool`` of the broadcast shape."
    return compare


eq = _compare("eq", operator.eq)
ne = _compare("ne", operator.ne)
lt = _compare("lt", operator.lt)
le = _compare("le", operator.le)
gt = _compare("gt", operator.gt)
ge = _compare("ge", operator.ge)
logical_and = _compare("logical_and", np.logical_and)
logical_or = _compare("logical_or", np.logical_or)
logical_xor = _compare("logical_xor", np.logical_xor)
bitwise_and = _compare("bitwise_and", operator.and_)
bitwise_or = _compare("bitwise_or", operator.or_)
bitwise_xor = _compare("bitwise_xor", operator.xor)


def _question(op, forward):
    def ask(input):
        from ..tensor import result

        return result(forward(input._data), None)

    ask.__name__ = ask.__qualname__ = op
    ask.__doc__ = f"``{op}`` element by element, for example to find NaN or infinity."
    return ask


logical_not = _question("logical_not", np.logical_not)
bitwise_not = _question("bitwise_not", np.invert)
isnan = _question("isnan", np.isnan)
isinf = _question("isinf", np.isinf)
isfinite = _question("isfinite", np.isfinite)


def equal(input, other):
    """Whether two tensors have the same shape and the same elements: a Python bool."""
    return bool(input.shape == other.shape and np.all(input._data == other._data))


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether ``|input - other| <= atol + rtol * |other|`` holds everywhere: a Python bool."""
    errors.check_same_dtype(input, other)
    return bool(np.allclose(input._data, other._data, rtol, atol, equal_nan))


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where ``|input - other| <= atol + rtol * |other|`` holds."""
    from ..tensor import result

    return result(np.isclose(input._data, other._data, rtol, atol, equal_nan), None)
