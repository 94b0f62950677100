"""What is said about autograd.functional."""

from .words import shape_text


def check_inputs(values, what, function):
    """``values`` as a tuple of tensors, and whether they came as one."""
    from ..core.tensor import Tensor

    nested = isinstance(values, tuple)
    tensors = values if nested else (values,)
    for i, value in enumerate(tensors):
        if not isinstance(value, Tensor):
            place = f"value at index {i}" if nested else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but "
                f"the {place} has type {type(value)}."
            )
    return tensors, nested


def check_strategy(function, strategy, vectorize, strict):
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". '
            "Hint: If your function has more outputs than inputs, \"forward-mode\" tends to be more "
            "performant. Otherwise, prefer to use \"reverse-mode\"."
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is "
            "only implemented for `vectorize=True`. Use the default strategy."
        )
    if vectorize and strict:
        raise RuntimeError(
            f"torch.autograd.functional.{function}: `strict=True` and `vectorized=True` are not "
            "supported together. Please either set `strict=False` or `vectorize=False`."
        )


def check_scalar(outputs, nested, function):
    if nested:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outputs[0]._data.size != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {function} should contain a single "
            f"element, but its shape is {shape_text(outputs[0].shape)}. Sum it, for example."
        )


def check_vector_needed(tensors, of):
    if len(tensors) != 1 or tensors[0]._data.size != 1:
        raise RuntimeError(
            f"The vector v can only be None if the {of} is a single Tensor with a single element."
        )


def check_vector(vectors, tensors, nested):
    """The vector of a product has the number and the shapes of what it is multiplied with."""
    if len(vectors) != len(tensors):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(tensors)} but got {len(vectors)}."
            if nested else "The given v should contain a single Tensor."
        )  # fmt: skip
    for i, (vector, tensor) in enumerate(zip(vectors, tensors)):
        if vector.shape != tensor.shape:
            opening = f"Entry {i} in v" if nested else "v"
            raise RuntimeError(
                f"{opening} has invalid size: should be {tensor.shape} but got {vector.shape}."
            )


def check_depends(tensors, what):
    """For ``strict=True``: every output, or every first derivative, depends on an input."""
    for i, tensor in enumerate(tensors):
        if tensor.requires_grad:
            continue
        if what == "output":
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode."
            )
        raise RuntimeError(
            "While computing the hessian, found that the jacobian of the user-provided function "
            f"with respect to input {i} is independent of the input. This is not allowed in strict "
            "mode: a linear function, for example, has no second derivatives."
        )


def check_independent(gradients, product, output):
    """For ``strict=True``: every input matters, and to the ``product`` too if one is named."""
    output = output if isinstance(output, str) else "The output"
    for i, gradient in enumerate(gradients):
        if gradient is None:
            raise RuntimeError(
                f"{output} of the user-provided function is independent of input {i}. "
                "This is not allowed in strict mode."
            )
        if product and not gradient.requires_grad:
            raise RuntimeError(
                f"The {product} of the user-provided function is independent of "
                f"input {i}. This is not allowed in strict mode when create_graph=True."
            )
