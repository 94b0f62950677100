"""Python's operators on tensors: ``x + 1``, ``1 - x``, ``x **= 2``, ``~mask``."""

from ..core.tensor import Tensor
from .arithmetic import (
    add_, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift,
    bitwise_xor, div_, eq, floor_divide, ge, gt, le, lt, mul, ne, pow, reflected_div, remainder,
    rsub_, sub_,
)  # fmt: skip
from .elementwise import abs, neg, positive


def reflected(function):
    """The operator's other form: ``number op tensor``."""
    return lambda self, other: function(other, self)


def equality(function):
    """``==`` and ``!=``, which Python answers itself for what is no number."""

    def compare(self, other):
        if other is None or isinstance(other, str | list | tuple | dict):
            return NotImplemented
        return function(self, other)

    return compare


# fmt: off
OPERATORS = {
    "add": (add_, add_),           "sub": (sub_, reflected(rsub_)),
    "mul": (mul, mul),             "truediv": (div_, reflected_div),
    "pow": (pow, reflected(pow)),  "mod": (remainder, reflected(remainder)),
    "floordiv": (floor_divide, reflected(floor_divide)),
    "and": (bitwise_and, bitwise_and), "or": (bitwise_or, bitwise_or),
    "xor": (bitwise_xor, bitwise_xor),
    "lshift": (bitwise_left_shift, reflected(bitwise_left_shift)),
    "rshift": (bitwise_right_shift, reflected(bitwise_right_shift)),
}
IN_PLACE = {
    "add": "add_", "sub": "sub_", "mul": "mul_", "truediv": "div_", "pow": "pow_",
    "mod": "remainder_", "floordiv": "floor_divide_",
    "and": "bitwise_and_", "or": "bitwise_or_", "xor": "bitwise_xor_",
    "lshift": "bitwise_left_shift_", "rshift": "bitwise_right_shift_",
}
COMPARISONS = {"lt": lt, "le": le, "gt": gt, "ge": ge, "eq": equality(eq), "ne": equality(ne)}
OF_ONE = {"neg": neg, "pos": positive, "abs": abs, "invert": bitwise_not}
# fmt: on


def install():
    """Give ``Tensor`` the operators."""
    for name, (function, other_form) in OPERATORS.items():
        setattr(Tensor, f"__{name}__", function)
        setattr(Tensor, f"__r{name}__", other_form)
    for name, method in IN_PLACE.items():
        setattr(Tensor, f"__i{name}__", getattr(Tensor, method))
    for name, function in (COMPARISONS | OF_ONE).items():
        setattr(Tensor, f"__{name}__", function)
