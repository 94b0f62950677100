"""What is said about operands and their types."""

import numpy as np

from .words import TYPE_NAMES, shape_text


def not_a_tensor(op, argument, value, position=1):
    return TypeError(
        f"{op}(): argument '{argument}' (position {position}) must be Tensor, "
        f"not {kind_of(value)}{advice(value)}"
    )


def not_implemented_for(kernel, dtype, cure="Call .float() first."):
    return NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.type_name}'. {cure}")


def kind_of(value):
    return "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__


def advice(value):
    """How to make a tensor of a value that should be one."""
    if not isinstance(value, int | float | list | tuple | np.ndarray):
        return ""
    text = repr(value)
    if isinstance(value, np.ndarray):
        text = "array, dtype=torch.float32" if value.dtype.kind == "f" else "array"
    return f". Make a tensor of it first: torch.tensor({text if len(text) < 60 else '...'})."


def unsupported_operand(op, symbol, a, b):
    """One of the operands is neither a tensor nor a number; ``symbol`` is Python's operator."""
    names = ["Tensor" if hasattr(x, "grad_fn") else type(x).__name__ for x in (a, b)]
    cure = "An operand is a tensor, a NumPy array or a number."
    if symbol in ("", "==", "!="):
        return not_a_tensor(op, "other", b, 2)
    if symbol[0] in "<>" and len(symbol.strip("=")) == 1:
        return TypeError(
            f"'{symbol}' not supported between instances of '{names[0]}' and '{names[1]}'. {cure}"
        )
    if symbol == "**":
        symbol = "** or pow()"
    return TypeError(f"unsupported operand type(s) for {symbol}: '{names[0]}' and '{names[1]}'. {cure}")


def negative_power():
    return RuntimeError(
        "Integers to negative integer powers are not allowed. "
        "Make one of them floating-point: 2.0 instead of 2, or .float()."
    )


def not_combined(op, a, b, error):
    """What NumPy said of two arrays, in PyTorch's words."""
    if "negative integer powers" in str(error):
        return negative_power()
    return broadcast(op, a, b) if isinstance(error, ValueError) else error


def broadcast(op, a, b):
    """Two shapes that cannot be broadcast against each other (or whole numbers to the power -1)."""
    if op == "pow" and np.asarray(a).dtype.kind in "iu" and np.any(np.less(b, 0)):
        return RuntimeError(
            "Integers to negative integer powers are not allowed. Use a floating-point tensor: "
            ".float() makes one."
        )
    a, b = np.shape(a), np.shape(b)
    for i in range(1, min(len(a), len(b)) + 1):
        if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
            return RuntimeError(
                f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at "
                f"non-singleton dimension {max(len(a), len(b)) - i}. "
                f"In `{op}` the shapes are {shape_text(a)} and {shape_text(b)}; sizes must be equal, or one "
                "of them 1, counted from the last dimension."
            )
    return RuntimeError(f"`{op}` cannot combine the shapes {shape_text(a)} and {shape_text(b)}.")


def dtype_expected(function, given, dtypes):
    known = ", ".join(f"torch.{t.name}" for t in dtypes)
    return TypeError(
        f"{function}(): argument 'dtype' must be torch.dtype, not {type(given).__name__}. "
        f"Got {given!r}; the types of this engine are {known}."
    )


def out_of_range(number, limits, name):
    return RuntimeError(
        f"value cannot be converted to type {name} without overflow: "
        "{} is not between {} and {}.".format(number, *limits)
    )


def limit_out_of_range(name, number, kind):
    return RuntimeError(
        f"Clamp {name} value {number} is outside the representable range of {TYPE_NAMES[kind.name]}: "
        "no element could keep it."
    )


def unsupported_array(kind, dtypes):
    known = ", ".join(t.name for t in dtypes)
    return TypeError(
        f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. "
        f"The only supported types are: {known}. Convert it first, for example with "
        "array.astype(float)."
    )
