"""What is said about making tensors."""

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


def dtype_expected(function, given, dtypes):
    known = ", ".join(f"torch.{t.name}" for t in dtypes)
    return TypeError(
        f"{function}(): argument 'dtype' must be torch.dtype, not {type(given).__name__}. "
        f"Got {given!r}; the types of this engine are {known}."
    )


def unsupported_array(kind, dtypes):
    known = ", ".join(t.name for t in dtypes)
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
        f"Could not infer dtype of {name}. A tensor is made of a number, a list of numbers, or a NumPy array."
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
        f"new(): data must be a sequence (got {_qualified(type(value))}). For a number use torch.tensor."
    )


def ragged(dim, expected, length):
    return ValueError(
        f"expected sequence of length {expected} at dim {dim} (got {length}). "
        "The rows of a tensor must all have the same length."
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
        f"expected np.ndarray (got {_qualified(type(value))}). For lists and numbers use torch.tensor."
    )


def negative_stride():
    return ValueError(
        "At least one stride in the given numpy array is negative, and tensors with negative "
        "strides are not currently supported. Make a copy of it with array.copy()."
    )


def size_is_no_tuple(name, given):
    return TypeError(
        f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(given).__name__}"
    )


def arange_arguments():
    return TypeError(
        "arange() received an invalid combination of arguments - got (): "
        "write arange(end), arange(start, end) or arange(start, end, step)."
    )


def negative_steps():
    return RuntimeError("number of steps must be non-negative")
