"""What is said about reductions."""

from .words import kind_name

NO_DEGREES_OF_FREEDOM = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
    "(input numel divided by output numel). Of a single number there is no unbiased spread: use "
    "unbiased=False."
)


def needs_floats(op, tensor, dtype=None):
    kind = kind_name(tensor)
    cure = "Call .double() first, or pass dtype=torch.float64."
    if op == "mean":
        what = "Input" if dtype is None else "Optional"
        return NotImplementedError(
            f"mean(): could not infer output dtype. {what} dtype must be either a floating point or "
            f"complex dtype. Got: {kind}. {cure}"
        )
    if op in ("var", "std"):
        return NotImplementedError(
            "std and var only support floating point and complex dtypes. "
            f"This tensor is {tensor.dtype}: call .double() first."
        )
    if op == "norm":
        return NotImplementedError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {kind}: call .double() first."
        )
    return not_implemented_for(f"{op}_kernel_impl", tensor, cure)


def not_implemented_for(kernel, tensor, cure="Call .double() first."):
    return NotImplementedError(f"\"{kernel}\" not implemented for '{kind_name(tensor)}'. {cure}")


def no_bool(op):
    return NotImplementedError(f"{op}(): does not support bool input. Call .long() first.")


def unbiased_is_no_bool(op, value):
    return TypeError(
        f"{op}() received an invalid combination of arguments: unbiased must be True or False, not "
        f"{value!r}. Several dimensions go into one tuple: {op}((0, 1))."
    )


def norm_order(p):
    return RuntimeError(f"linalg.matrix_norm: Order {p} not supported. p is a number, inf, -inf or 'fro'.")


def no_matrix_norm(order):
    return NotImplementedError(
        f"the matrix norm of order {order!r} is not part of this engine. For a vector norm say along "
        "which dimension: linalg.norm(x, ord, dim=0), or linalg.vector_norm(x, ord) for all elements."
    )
