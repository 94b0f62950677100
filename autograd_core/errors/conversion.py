"""What is said about converting."""

from .words import called, shape_text, type_name


def many_elements(data):
    return RuntimeError(
        f"a Tensor with {data.size} elements cannot be converted to Scalar. "
        "item() needs a tensor with one element: pick one by its index, or use tolist()."
    )


def no_python_scalar(data):
    return ValueError(
        "only one element tensors can be converted to Python scalars. "
        f"This one has shape {shape_text(data.shape)}."
    )


def ambiguous(data):
    many = "more than one value" if data.size else "no values"
    return RuntimeError(
        f"Boolean value of Tensor with {many} is ambiguous. Ask for .any() or .all(), or compare one element."
    )


def no_index(data):
    return TypeError(
        "only integer tensors of a single element can be converted to an index. "
        f"This one has type {type_name(data)} and shape {shape_text(data.shape)}."
    )


def numpy_of_recorded(tensor):
    return RuntimeError(
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. "
        f"NumPy does not record: what it computes from {called(tensor)} would have no gradient."
    )


SCALAR_OF_RECORDED = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first: the number has no gradient."
)


def no_length():
    return TypeError("len() of a 0-d tensor: a tensor without dimensions is one number.")


def no_iteration():
    return TypeError("iteration over a 0-d tensor: a tensor without dimensions is one number.")


def cannot_contain(value):
    return RuntimeError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}."
    )


def conversion_arguments(values):
    names = ", ".join(type(value).__name__ for value in values)
    return TypeError(
        f"to() received an invalid combination of arguments - got ({names}). "
        "Give a type (torch.float32), a device ('cpu') or a tensor to be like."
    )


def invalid_type_name(name):
    return ValueError(f"invalid type: {name!r}. Write for example torch.float32.")


def no_subtraction(both):
    if both:
        return NotImplementedError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return NotImplementedError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
        "to invert a mask, use the `~` or `logical_not()` operator instead."
    )


def no_negation():
    return NotImplementedError(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
        "invert a mask, use the `~` or `logical_not()` operator instead."
    )


def no_positive():
    return NotImplementedError("The `+` operator, on a bool tensor is not supported.")


def no_relu():
    return NotImplementedError("Boolean inputs not supported for relu")


def no_inversion():
    return TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")


def division_by_zero():
    return RuntimeError(
        "ZeroDivisionError: whole numbers cannot be divided by 0. "
        "Floating-point numbers can; the outcome is inf or nan."
    )


def not_differentiable(op):
    return RuntimeError(
        f"derivative for aten::{op} is not implemented. Its outcome changes in jumps, so that a "
        "gradient would be 0 wherever there is one; use .detach() on the operands to say so."
    )


def unknown_rounding(mode):
    return RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'"
    )


def unknown_approximation():
    return RuntimeError("approximate argument must be either none or tanh.")
