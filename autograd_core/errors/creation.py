"""What is said about making tensors."""

import numpy as np

from .gradients import requires_grad_of_integers


def unknown_device(device):
    return RuntimeError(
        "Expected one of cpu, cuda, mps, xpu, meta device type at start of device string: "
        f"{device}. This engine computes on the CPU only: leave device out, or write 'cpu'."
    )


def device_not_available(device):
    return AssertionError(
        f"Torch not compiled with {str(device).split(':')[0].upper()} enabled. "
        "This engine computes on the CPU only: leave device out, or write device='cpu'."
    )


def dtype_expected(function, given):
    from ..core import dtypes

    known = ", ".join(f"torch.{t.name}" for t in dtypes.PUBLIC)
    return TypeError(
        f"{function}(): argument 'dtype' must be torch.dtype, not {type(given).__name__}. "
        f"Got {given!r}; the types of this engine are {known}."
    )


def unsupported_array(kind):
    from ..core import dtypes

    known = ", ".join(t.name for t in dtypes.PUBLIC)
    return TypeError(
        f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. "
        f"The only supported types are: {known}. Convert it first, for example with "
        "array.astype(float)."
    )


def no_number(value, numbers):
    """What stands where a number should: a string, None, a dictionary ..."""
    name = type(value).__name__
    if isinstance(value, str | bytes):
        if numbers is None:
            return TypeError(f"new(): invalid data type {name!r}. A tensor is made of numbers.")
        return ValueError(f"too many dimensions {name!r}. A tensor is made of numbers, not text.")
    if isinstance(value, list | tuple):
        return TypeError(f"{name!r} object cannot be interpreted as an integer. {_SAME_DEPTH}")
    return RuntimeError(
        f"Could not infer dtype of {name}. "
        "A tensor is made of a number, a list of numbers, or a NumPy array."
    )


_SAME_DEPTH = "All elements must be numbers, or all lists of the same length."


def not_a_sequence(value):
    if isinstance(value, str):
        return TypeError("new(): invalid data type 'str'. A tensor is made of numbers, not text.")
    return TypeError(f"not a sequence: {value!r} stands beside a list. {_SAME_DEPTH}")


def no_sequence(value):
    """What stands alone where sizes or data should."""
    if isinstance(value, str | bytes):
        return no_number(value, None)
    return TypeError(
        f"new(): data must be a sequence (got {_qualified(type(value))}). "
        "For a number use torch.tensor."
    )


def ragged(dim, expected, length):
    return ValueError(
        f"expected sequence of length {expected} at dim {dim} (got {length}). "
        "The rows of a tensor must all have the same length."
    )


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
    if dtype.category != 1:
        low, high = -(2**63), 2**63 - 1
    else:
        info = np.iinfo(dtype.numpy)
        low, high = info.min or -info.max, info.max  # negative ones wrap around in uint8
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise ValueError(
            f"Overflow when unpacking long long: {number} does not fit into 64 bits. "
            f"Write it as a float: float({number})."
        )
    if not low <= number <= high:
        raise RuntimeError(
            f"value cannot be converted to type {dtype.name} without overflow: "
            f"{number} is not between {low} and {high}."
        )


COPY_OF_TENSOR = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)
NOT_WRITABLE = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. "
    "Changing this tensor in place will fail; copy the array first to change it."
)


def new_leaf_of_integers(dtype):
    return requires_grad_of_integers(dtype, "Only Tensors of floating point and complex dtype")


def _qualified(kind):
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def not_an_array(value):
    return TypeError(
        f"expected np.ndarray (got {_qualified(type(value))}). "
        "For lists and numbers use torch.tensor."
    )


def negative_stride():
    return ValueError(
        "At least one stride in the given numpy array is negative, and tensors with negative "
        "strides are not currently supported. Make a copy of it with array.copy()."
    )


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
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(shape)}: {shape}"
        )
    return tuple(shape)


def _no_size(name, given, position):
    kind = type(given[position]).__name__
    if len(given) == 1:
        return size_is_no_tuple(name, given[0])
    return TypeError(
        f"{name}(): argument 'size' failed to unpack the object at pos {position + 1} with error "
        f'"type must be tuple of ints,but got {kind}". Sizes are whole numbers.'
    )


def size_is_no_tuple(name, given):
    return TypeError(
        f"{name}(): argument 'size' (position 1) must be tuple of ints, "
        f"not {type(given).__name__}"
    )


def check_not_negative(name, n):
    if not isinstance(n, int | np.integer):
        raise TypeError(
            f"eye(): argument '{name}' (position {'nm'.index(name) + 1}) must be int, "
            f"not {type(n).__name__}"
        )
    if n < 0:
        raise RuntimeError(f"{name} must be greater or equal to 0, got {n}")


def arange_arguments():
    return TypeError(
        "arange() received an invalid combination of arguments - got (): "
        "write arange(end), arange(start, end) or arange(start, end, step)."
    )


def check_range(start, end, step):
    for name, value in (("start", start), ("end", end), ("step", step)):
        if not isinstance(value, int | float | np.number):
            raise TypeError(
                f"arange(): argument '{name}' (position 1) must be Number, "
                f"not {type(value).__name__}"
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


def negative_steps():
    return RuntimeError("number of steps must be non-negative")
