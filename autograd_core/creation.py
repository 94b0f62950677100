"""Making tensors: from data, filled, in ranges. Random ones are in random.py."""

import math
import warnings

import numpy as np

from . import devices
from .core import dtypes
from .core.tensor import Size, Tensor, result
from .errors.gradients import requires_grad_of_integers
from .errors.operands import not_a_tensor, out_of_range
from .limits import fitting, holds, range_of

# ---------------------------------------------------------------------- from data

_FLOATING = (dtypes.float32, dtypes.float64)


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A new leaf tensor that holds a copy of ``data``.

    Parameters
    ----------
    data : number, (nested) sequence of numbers or tensors, NumPy array
    dtype : the element type; otherwise floats become the default type, whole numbers int64,
        and arrays keep theirs
    requires_grad : bool
        Whether gradients are computed for it (floating-point types only).

    Raises ValueError for rows of different lengths and whole numbers beyond 64 bits, TypeError
    or RuntimeError for what is no number.

    >>> torch.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    if type(data) is float and device is None and (dtype is None or dtype in _FLOATING):  # made quick
        out = result((dtype or dtypes.get_default_dtype()).numpy.type(data), None)
        out._requires_grad = bool(requires_grad)
        return out
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning, stacklevel=2,
        )  # fmt: skip
    array = as_array(data, dtype)
    devices.check(device)
    out = result(array, None)
    if requires_grad:
        ask_for_gradients(out)
    return out


def ask_for_gradients(leaf):
    """Let a new tensor require gradients, which only floating-point types can."""
    if not leaf.dtype.is_floating_point:
        raise requires_grad_of_integers(leaf.dtype, "Only Tensors of floating point and complex dtype")
    return leaf.requires_grad_()


def as_tensor(data, dtype=None, device=None):
    """``data`` as a tensor, without a copy where it is a tensor or an array of that type."""
    devices.check(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        return from_numpy(data) if dtype is None else from_numpy(data).to(dtype)
    return tensor(data, dtype=dtype)


def from_numpy(array):
    """A tensor that shares its memory with a NumPy array: a change of one changes the other.

    >>> array = np.array([1, 2])
    >>> shared = torch.from_numpy(array)
    >>> array[0] = 7
    >>> shared
    tensor([7, 2])
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"expected np.ndarray (got {_qualified(type(array))}). For lists and numbers use torch.tensor."
        )
    dtypes.of_array(array)
    if any(step < 0 for step in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. Make a copy of it with array.copy()."
        )
    if not array.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. "
            "Changing this tensor in place will fail; copy the array first to change it.",
            UserWarning, stacklevel=2,
        )  # fmt: skip
    out = result(array, None)
    out.array()
    return out


def as_array(data, dtype=None):
    """A new array (or NumPy number) of ``data`` with the type that PyTorch would give it."""
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    if isinstance(data, Tensor):
        array = np.array(data._data)
    elif isinstance(data, np.ndarray | np.generic):
        dtypes.of_array(data)
        array = np.array(data)
    elif isinstance(data, str | bytes):
        raise _text_alone(data)
    else:
        shape, numbers = _flattened(data)
        array = _array_of(numbers, dtype).reshape(shape)
    return (array if dtype is None else array.astype(dtype.numpy, copy=False))[()]


def _flattened(data):
    """The shape of nested sequences, and their numbers in one list."""
    shape, level = [], [data]
    while level and _is_sequence(level[0]):
        length = len(level[0])
        for row in level:
            if not _is_sequence(row):
                raise TypeError(
                    "new(): invalid data type 'str'. A tensor is made of numbers, not text."
                    if isinstance(row, str)
                    else f"not a sequence: {row!r} stands beside a list. {_SAME_DEPTH}"
                )
            if len(row) != length:
                raise ValueError(
                    f"expected sequence of length {length} at dim {len(shape)} (got {len(row)}). "
                    "The rows of a tensor must all have the same length."
                )
        shape.append(length)
        level = [each for row in level for each in row]
    return shape, level


def _is_sequence(value):
    if isinstance(value, list | tuple | range):
        return True
    if isinstance(value, str | bytes | dict | set | np.generic | Tensor):
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__") and np.ndim(value) > 0


def _array_of(numbers, dtype):
    """A flat array of Python numbers, NumPy numbers and tensors with one element."""
    kind = None
    for type_ in {type(number) for number in numbers}:
        if issubclass(type_, Tensor):
            for number in numbers:
                if isinstance(number, Tensor):
                    kind = dtypes.promote(number.dtype, kind)
        elif type_ is float or type_ is int or type_ is bool:
            kind = dtypes.promote(dtypes.of_scalar(type_(0)), kind)
        elif issubclass(type_, np.generic):
            kind = dtypes.promote(dtypes.of_array(type_(0)), kind)
        else:
            raise _no_number(type_)
    if any(isinstance(number, Tensor) for number in numbers):
        numbers = [single_value(n) if isinstance(n, Tensor) else n for n in numbers]
    wanted = dtype or kind or dtypes.get_default_dtype()
    if wanted.category == dtypes.INTEGER or kind is dtypes.int64:
        for number in numbers:
            check_fits(number, wanted)
    exact = np.float64 if kind is None or kind.is_floating_point else kind.numpy  # as Python's float is
    return np.array(numbers, exact).astype(wanted.numpy)


# ---------------------------------------------------------------------- filled


def leaf(array, device, requires_grad):
    """A new tensor around an array."""
    devices.check(device)
    out = result(np.asarray(array)[()], None)
    return ask_for_gradients(out) if requires_grad else out


def kind_asked(dtype, function="tensor"):
    """The type that a new tensor is to have, the default one if nothing is said."""
    return dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype, function)


def _filled(name, value):
    def function(*sizes, size=None, dtype=None, device=None, requires_grad=False):
        shape = size_given(name, sizes, size)
        return leaf(np.full(shape, value, kind_asked(dtype, name).numpy), device, requires_grad)

    function.__name__ = function.__qualname__ = name
    return function


zeros = _filled("zeros", 0)
zeros.__doc__ = """Zeros in a tensor of the given size: ``zeros(2, 3)`` or ``zeros((2, 3))``.

    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
ones = _filled("ones", 1)
ones.__doc__ = "Ones in a tensor of the given size: ``ones(2, 3)`` or ``ones((2, 3))``."
empty = _filled("empty", 0)
empty.__doc__ = "A tensor of the given size to be filled later; it holds zeros until then."


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """``fill_value`` in a tensor of the given size, a tuple."""
    if not isinstance(size, tuple | list):
        raise _no_tuple("full", size)
    shape = size_given("full", (size,), None)
    kind = dtypes.of_value(fill_value) if dtype is None else dtypes.as_dtype(dtype)
    return leaf(np.full(shape, _plain(fill_value, kind), kind.numpy), device, requires_grad)


def _plain(number, kind):
    """A number, or a tensor's only one, as ``kind`` holds it."""
    return fitting(number.item() if isinstance(number, Tensor) else number, kind)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """Ones on the diagonal and zeros elsewhere, of shape (n, n) or (n, m)."""
    check_not_negative("n", n)
    check_not_negative("m", n if m is None else m)
    return leaf(np.eye(n, m, dtype=kind_asked(dtype, "eye").numpy), device, requires_grad)


def scalar_tensor(s, *, dtype=None, device=None, requires_grad=False):
    """A number as a tensor without dimensions, of the default type."""
    return leaf(_plain(s, kind_asked(dtype, "scalar_tensor")), device, requires_grad)


def constructed(cls, *data, size=None, device=None):
    """``Tensor(2, 3)`` of these sizes, ``Tensor([1, 2])`` of data in the default type.

    A tensor's size counts as sizes, other sequences as data; of a tensor it is an alias.
    """
    devices.check(device)
    only = data[0] if len(data) == 1 and size is None else None
    if isinstance(only, Tensor):
        return only[...]
    if len(data) != 1 or size is not None or isinstance(only, Size) or _is_whole(only):
        size = size_given("new", data or ((0,),), size)
        return result(np.zeros(size, dtypes.get_default_dtype().numpy), None)
    if not _is_sequence(only):
        raise _text_alone(only) if isinstance(only, str | bytes) else TypeError(
            f"new(): data must be a sequence (got {_qualified(type(only))}). "
            "For a number use torch.tensor."
        )  # fmt: skip
    return result(np.asarray(as_array(only, dtypes.get_default_dtype())), None)


def _is_whole(value):
    return hasattr(value, "__index__") and not isinstance(value, bool | np.bool_) and not np.ndim(value)


Tensor.__new__ = constructed


class TensorType:
    """``torch.FloatTensor`` and the like: they make tensors of one type, ``isinstance`` asks for it."""

    def __init__(self, kind):
        self.kind, self.__name__ = kind, f"{kind.type_name}Tensor"

    def __call__(self, *data):
        return constructed(Tensor, *data).to(self.kind)

    def __instancecheck__(self, value):
        return isinstance(value, Tensor) and value.dtype is self.kind

    def __repr__(self):
        return f"<class 'torch.{self.__name__}'>"


TENSOR_TYPES = {f"{kind.type_name}Tensor": TensorType(kind) for kind in dtypes.PUBLIC}

# ---------------------------------------------------------------------- ranges


def arange(start=None, end=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """``start, start + step, ...`` up to but not including ``end``; ``arange(n)`` starts from 0.

    Whole numbers give int64, others the default type. Raises RuntimeError for a step of 0 or
    one that leads away from ``end``.

    >>> torch.arange(1.0, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    if end is None:
        start, end = 0, start
    elif start is None:
        start = 0
    if end is None:
        raise TypeError(
            "arange() received an invalid combination of arguments - got (): "
            "write arange(end), arange(start, end) or arange(start, end, step)."
        )
    start, end, step = (each.item() if isinstance(each, Tensor) else each
                        for each in (start, end, step))  # fmt: skip
    if dtype is None:
        whole = all(isinstance(each, int | np.integer) for each in (start, end, step))
        kind = dtypes.int64 if whole else dtypes.get_default_dtype()
    else:
        kind = dtypes.as_dtype(dtype)
    check_range(start, end, step)
    count = math.ceil((end - start) / step)
    if kind.category == dtypes.INTEGER:  # after counting, as PyTorch does: arange(0.5) is [0]
        start, step = int(start), int(step)
    return leaf((start + step * np.arange(count)).astype(kind.numpy), device, requires_grad)


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """``steps`` numbers at equal distances from ``start`` to ``end``, both included."""
    kind = kind_asked(dtype, "linspace")
    for bound in (start, end):
        _plain(bound, kind)
    return leaf(_evenly(start, end, steps).astype(kind.numpy), device, requires_grad)


def _evenly(start, end, steps):
    start, end = (each.item() if isinstance(each, Tensor) else each for each in (start, end))
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if steps < 2:
        return np.full(steps, start, np.float64)
    step, i = (end - start) / (steps - 1), np.arange(steps)
    # from both ends towards the middle, so that the numbers are symmetric
    return np.where(i < steps // 2, start + step * i, end - step * (steps - 1 - i))


def logspace(start, end, steps, base=10.0, *, dtype=None, device=None, requires_grad=False):
    """``base ** linspace(start, end, steps)``."""
    numbers = np.power(float(base), _evenly(start, end, steps))
    return leaf(numbers.astype(kind_asked(dtype, "logspace").numpy), device, requires_grad)


# ---------------------------------------------------------------------- like another tensor


def like(name, what, make):
    """The function ``name`` that makes a new leaf of ``make(array, kind)``."""

    def function(input, *, dtype=None, device=None, requires_grad=False):
        if not isinstance(input, Tensor):
            raise not_a_tensor(name, "input", input)
        kind = dtypes.as_dtype(dtype or input.dtype)
        return leaf(make(input._data, kind), device, requires_grad)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{what}, with the shape and type of ``input``."
    return function


zeros_like = like("zeros_like", "Zeros in a tensor", lambda x, kind: np.zeros_like(x, kind.numpy))
ones_like = like("ones_like", "Ones in a tensor", lambda x, kind: np.ones_like(x, kind.numpy))
empty_like = like("empty_like", "A tensor to be filled later", lambda x, kind: np.zeros_like(x, kind.numpy))


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False):
    """``fill_value`` in a tensor, with the shape and type of ``input``."""
    make = like("full_like", "", lambda x, kind: np.full_like(x, _plain(fill_value, kind), kind.numpy))
    return make(input, dtype=dtype, device=device, requires_grad=requires_grad)


def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """``fill_value`` in a tensor of the given size, with the type of this tensor."""
    return full(size, fill_value, dtype=dtype or self.dtype, device=device,
                requires_grad=requires_grad)  # fmt: skip


def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False):
    """A copy of ``data`` with the type of this tensor."""
    return tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


def _new(function, what):
    """The method ``new_...`` that calls a function with the type of the tensor unless one is given."""

    def method(self, *sizes, size=None, dtype=None, device=None, requires_grad=False):
        kind = dtype or self.dtype
        return function(*sizes, size=size, dtype=kind, device=device, requires_grad=requires_grad)

    method.__name__ = method.__qualname__ = f"new_{function.__name__}"
    method.__doc__ = f"{what}, with the type of this tensor."
    return method


for _method in (
    _new(zeros, "Zeros of the given size"),
    _new(ones, "Ones of the given size"),
    _new(empty, "A tensor of the given size to be filled later"),
    new_full,
    new_tensor,
):
    setattr(Tensor, _method.__name__, _method)

__all__ = [
    "arange", "as_tensor", "empty", "empty_like", "eye", "from_numpy", "full", "full_like",
    "linspace", "logspace", "ones", "ones_like", "scalar_tensor", "tensor", "zeros", "zeros_like",
]  # fmt: skip


# ---------------------------------------------------------------------- checks

_SAME_DEPTH = "All elements must be numbers, or all lists of the same length."


def _no_number(kind):
    """What is said where a number should stand and something of another type does."""
    name = kind.__name__
    if issubclass(kind, str | bytes):
        return ValueError(f"too many dimensions {name!r}. A tensor is made of numbers, not text.")
    if issubclass(kind, list | tuple):
        return TypeError(f"{name!r} object cannot be interpreted as an integer. {_SAME_DEPTH}")
    return RuntimeError(
        f"Could not infer dtype of {name}. A tensor is made of a number, a list of numbers, or a NumPy array."
    )


def _text_alone(data):
    return TypeError(f"new(): invalid data type {type(data).__name__!r}. A tensor is made of numbers.")


def _qualified(kind):
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def single_value(tensor):
    """The one number of a tensor inside a list."""
    if tensor._data.size != 1:
        raise ValueError(
            "only one element tensors can be converted to Python scalars. "
            "To join tensors of several elements use torch.stack or torch.cat."
        )
    return tensor._data.reshape(())[()]


def check_fits(number, dtype):
    """Raise if ``number`` lies beyond the range of an integer type."""
    kind = dtype if dtype.category == dtypes.INTEGER else dtypes.int64
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise ValueError(
            f"Overflow when unpacking long long: {number} does not fit into 64 bits. "
            f"Write it as a float: float({number})."
        )
    if not holds(kind, number):
        raise out_of_range(number, range_of(kind), dtype.name)


def size_given(name, sizes, size):
    """The size that a factory was given, ``f(2, 3)`` or ``f((2, 3))`` or ``f(size=(2, 3))``."""
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes
    if size is not None:
        given = size
    elif not sizes:
        raise TypeError(
            f'{name}() missing 1 required positional arguments: "size"'
            if name in ("zeros", "ones", "empty")
            else f"{name}() received an invalid combination of arguments - got (): give a size."
        )
    shape = []
    for position, n in enumerate(given):
        try:
            shape.append(n.__index__())
        except (AttributeError, TypeError):
            raise _no_size(name, given, position) from None
    if any(n < 0 for n in shape):
        if name == "zeros":
            raise RuntimeError(f"zeros: Dimension size must be non-negative. Got {shape}.")
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {shape}")
    return tuple(shape)


def _no_size(name, given, position):
    kind = type(given[position]).__name__
    if len(given) == 1:
        return _no_tuple(name, given[0])
    return TypeError(
        f"{name}(): argument 'size' failed to unpack the object at pos {position + 1} with error "
        f'"type must be tuple of ints,but got {kind}". Sizes are whole numbers.'
    )


def _no_tuple(name, given):
    kind = type(given).__name__
    return TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kind}")


def check_not_negative(name, n):
    if not isinstance(n, int | np.integer):
        raise TypeError(
            f"eye(): argument '{name}' (position {'nm'.index(name) + 1}) must be int, not {type(n).__name__}"
        )
    if n < 0:
        raise RuntimeError(f"{name} must be greater or equal to 0, got {n}")


def check_range(start, end, step):
    for name, value in (("start", start), ("end", end), ("step", step)):
        if not isinstance(value, int | float | np.number):
            raise TypeError(
                f"arange(): argument '{name}' (position 1) must be Number, not {type(value).__name__}"
            )
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (np.isfinite(start) and np.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(
            "upper bound and lower bound inconsistent with step sign: "
            f"from {start} to {end} in steps of {step}."
        )
