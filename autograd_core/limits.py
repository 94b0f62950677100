"""The limits of the element types: ``torch.finfo``, ``torch.iinfo``, and which numbers lie within."""

import math
from functools import cache

import numpy as np

from .core import dtypes
from .core.dtypes import INTEGER, get_default_dtype
from .errors.operands import limit_out_of_range, out_of_range
from .errors.words import C_NAMES


class finfo:
    """The limits of a floating-point type: ``eps``, ``min``, ``max``, ``tiny``, ``resolution``.

    >>> finfo(torch.float64).eps
    2.220446049250313e-16
    """

    NAMES = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type=None):
        type = type or get_default_dtype()
        if not type.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. For {type} use torch.iinfo."
            )
        limits = np.finfo(type.numpy)
        self.dtype, self.bits = type.name, limits.bits
        for name in self.NAMES:
            setattr(self, name, float(getattr(limits, name)))

    def __repr__(self):
        limits = ", ".join(f"{name}={getattr(self, name):g}" for name in self.NAMES)
        return f"finfo({limits}, dtype={self.dtype})"


class iinfo:
    """The limits of a whole-number type: ``min``, ``max``, ``bits``."""

    def __init__(self, type):
        if type.category != INTEGER:
            raise TypeError(f"torch.iinfo() requires an integer input type. For {type} use torch.finfo.")
        limits = np.iinfo(type.numpy)
        self.dtype, self.bits, self.min, self.max = type.name, limits.bits, limits.min, limits.max

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


# ---------------------------------------------------------------------- plain numbers


@cache
def range_of(kind):
    """The lowest and the highest finite number of a type; negative ones wrap around in uint8."""
    if kind is dtypes.bool_:
        return -math.inf, math.inf
    info = np.finfo(kind.numpy) if kind.is_floating_point else np.iinfo(kind.numpy)
    return info.min or -info.max, info.max


def holds(kind, number):
    """Whether a plain number lies in the range of a type."""
    low, high = range_of(kind)
    return low <= number <= high or (kind.category != INTEGER and not math.isfinite(number))


def fitting(number, kind):
    """A plain number as a type holds it; an error where it lies beyond the type's range."""
    if isinstance(number, int) and not -(2**63) <= number < 2**64:
        raise OverflowError(f"int too big to convert: write it as a float, float({number}).")
    if not holds(kind, number):
        raise out_of_range(number, range_of(kind), C_NAMES.get(kind.name, f"{kind.name}_t"))
    return np.asarray(number).astype(kind.numpy)[()]


def fitting_limit(name, number, kind):
    """A limit of ``clamp``, ``"min"`` or ``"max"``: of whole numbers one that all elements keep does nothing."""
    if kind.category != INTEGER or isinstance(number, float):
        return fitting(number, kind)
    info = np.iinfo(kind.numpy)
    outermost = info.min if name == "min" else info.max
    if info.min <= number <= info.max or not -(2**63) <= number < 2**64:
        return fitting(number, kind)
    if (number < outermost) != (name == "min"):
        raise limit_out_of_range(name, number, kind)
    return kind.numpy.type(outermost)
