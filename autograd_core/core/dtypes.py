"""Element types, the default one, and which type a mixed operation has.

The names and the promotion rules are PyTorch's, see
https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

import numpy as np

from ..errors.operands import dtype_expected, unsupported_array
from ..errors.words import TYPE_NAMES

BOOL, INTEGER, FLOATING = range(3)  # the categories, lowest first
Array = np.ndarray | np.generic  # what NumPy computes: of no dimensions, a scalar


class dtype:
    """An element type, for example ``float64``. Compare with ``is`` or ``==``."""

    __slots__ = ("name", "numpy", "category", "is_floating_point", "type_name")
    of_numpy: dict[np.dtype, "dtype"] = {}

    def __init__(self, name: str, category: int) -> None:
        self.name, self.category, self.type_name = name, category, TYPE_NAMES[name]
        self.numpy: np.dtype = np.dtype(name)
        self.is_floating_point = category == FLOATING
        dtype.of_numpy[self.numpy] = self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name if self.name != "bool" else "bool_"

    is_complex = property(lambda self: self.numpy.kind == "c", doc="Whether complex: never here.")
    is_signed = property(lambda self: self.name not in ("bool", "uint8"), doc="With a sign.")
    itemsize = property(lambda self: self.numpy.itemsize, doc="Bytes in one element.")


float64 = dtype("float64", FLOATING)
float32 = dtype("float32", FLOATING)
int64 = dtype("int64", INTEGER)
int32 = dtype("int32", INTEGER)
int16 = dtype("int16", INTEGER)
int8 = dtype("int8", INTEGER)
uint8 = dtype("uint8", INTEGER)
bool_ = dtype("bool", BOOL)
PUBLIC = tuple(dtype.of_numpy.values())
complex128 = dtype("complex128", FLOATING)  # for the complex step only

_default = float32


def get_default_dtype() -> dtype:
    """The type of new floating-point tensors: ``float32`` unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Make ``d`` (``float32`` or ``float64``) the type of new floating-point tensors."""
    global _default
    if not isinstance(d, dtype):
        raise TypeError(
            "invalid dtype object: only floating-point types are supported as the default type. "
            f"Got {d!r}; use torch.float64 or torch.float32."
        )
    if not d.is_floating_point:
        raise TypeError(
            "only floating-point types are supported as the default type, "
            f"but got {d}. Use torch.float64 or torch.float32."
        )
    _default = d


def as_dtype(d: object, function: str = "tensor") -> dtype:
    """``d`` as one of the types above; Python's own ``float``, ``int`` and ``bool`` will do.

    Raises TypeError in the name of ``function`` for anything else.
    """
    if isinstance(d, dtype):
        return d
    for python, own in ((float, float64), (int, int64), (bool, bool_)):
        if d is python:
            return own
    raise dtype_expected(function, d, PUBLIC)


def of_array(array: Array) -> dtype:
    """The type of a NumPy array or number; TypeError where this engine has none for it."""
    try:
        return dtype.of_numpy[array.dtype]
    except KeyError:
        raise unsupported_array(array.dtype, PUBLIC) from None


def of_value(value: object) -> dtype | None:
    """The type that a tensor filled with ``value`` (a number or a 0-d tensor) has."""
    kind = getattr(value, "dtype", None)
    return kind if isinstance(kind, dtype) else of_scalar(value)


def of_scalar(value: object) -> dtype | None:
    """The type that PyTorch gives a Python number (``None`` if it is no number)."""
    if isinstance(value, bool | np.bool_):
        return bool_
    if isinstance(value, int | np.integer):
        return int64
    if isinstance(value, float | np.floating):
        return _default
    return None


def promote(a: dtype | None, b: dtype | None) -> dtype | None:
    """The smallest type that holds both: the higher category wins, then the wider type."""
    if a is b or b is None:
        return a
    if a is None:
        return b
    if a.category != b.category:
        return a if a.category > b.category else b
    return dtype.of_numpy[np.promote_types(a.numpy, b.numpy)]


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether PyTorch allows a result of type ``from_`` to be put into a tensor of type ``to``."""
    return from_.category <= to.category


def result_type(dimensioned: dtype | None, zero_dim: dtype | None, scalar: dtype | None) -> dtype | None:
    """The type of a mixed operation: a lower group only counts where it adds a category."""
    return _outweigh(dimensioned, _outweigh(zero_dim, scalar))


def _outweigh(high: dtype | None, low: dtype | None) -> dtype | None:
    if high is None:
        return low
    if low is None or low.category <= high.category:
        return high
    return promote(high, low)
