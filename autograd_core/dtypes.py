"""Element types, the default one, and which type a mixed operation has.

The names and the promotion rules are PyTorch's, see
https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

import numpy as np

BOOL, INTEGER, FLOATING = range(3)  # the categories, lowest first


class dtype:
    """An element type, for example ``float64``. Compare with ``is`` or ``==``."""

    __slots__ = ("name", "numpy", "category", "is_floating_point", "type_name")
    of_numpy: dict = {}

    def __init__(self, name, category, type_name):
        self.name, self.category, self.type_name = name, category, type_name
        self.numpy = np.dtype(name)
        self.is_floating_point = category == FLOATING
        dtype.of_numpy[self.numpy] = self

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):
        return self.name

    @property
    def itemsize(self):
        return self.numpy.itemsize


float64 = dtype("float64", FLOATING, "DoubleTensor")
float32 = dtype("float32", FLOATING, "FloatTensor")
int64 = dtype("int64", INTEGER, "LongTensor")
int32 = dtype("int32", INTEGER, "IntTensor")
int16 = dtype("int16", INTEGER, "ShortTensor")
int8 = dtype("int8", INTEGER, "CharTensor")
uint8 = dtype("uint8", INTEGER, "ByteTensor")
bool_ = dtype("bool", BOOL, "BoolTensor")
complex128 = dtype("complex128", FLOATING, "ComplexDoubleTensor")  # for the complex step only

_default = float64


def get_default_dtype():
    """The type of new floating-point tensors: ``float64`` unless changed."""
    return _default


def set_default_dtype(d):
    """Make ``d`` (``float64`` or ``float32``) the type of new floating-point tensors."""
    global _default
    d = as_dtype(d)
    if not d.is_floating_point:
        raise TypeError(
            "only floating-point types are supported as the default type, "
            f"but got {d}. Use torch.float64 or torch.float32."
        )
    _default = d


def as_dtype(d):
    """``d`` as one of the types above; NumPy and Python types are understood too."""
    if isinstance(d, dtype):
        return d
    if d is float:
        return _default
    if d is int:
        return int64
    if d is bool:
        return bool_
    try:
        return dtype.of_numpy[np.dtype(d)]
    except (KeyError, TypeError):
        known = ", ".join(t.name for t in dtype.of_numpy.values())
        raise TypeError(
            f"dtype must be one of the types of this engine, not {d!r}. Known types: {known}."
        ) from None


def of_scalar(value):
    """The type that PyTorch gives a Python number (``None`` if it is no number)."""
    if isinstance(value, bool | np.bool_):
        return bool_
    if isinstance(value, int | np.integer):
        return int64
    if isinstance(value, float | np.floating):
        return _default
    return None


def promote(a, b):
    """The smallest type that holds both: the higher category wins, then the wider type."""
    if a is b or b is None:
        return a
    if a is None:
        return b
    if a.category != b.category:
        return a if a.category > b.category else b
    return dtype.of_numpy[np.promote_types(a.numpy, b.numpy)]


def result_type(dimensioned, zero_dim, scalar):
    """The type of a mixed operation: a lower group only counts where it adds a category."""
    return _outweigh(dimensioned, _outweigh(zero_dim, scalar))


def _outweigh(high, low):
    if high is None:
        return low
    if low is None or low.category <= high.category:
        return high
    return promote(high, low)
