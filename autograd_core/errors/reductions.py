"""What is said about reductions."""

from ..grad_mode import mode
from .in_place import kind_name
from .words import shape_text


NO_DEGREES_OF_FREEDOM = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
    "(input numel divided by output numel). Of a single number there is no unbiased spread: use "
    "unbiased=False."
)


def check_whole(op, given, dim):
    """One number of ``dim``, which was ``given`` alone or with others, as a Python integer."""
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        if op in ("sum", "mean", "prod", "max", "min", "var", "std", "median", "norm"):
            raise TypeError(
                f"{op}() received an invalid combination of arguments - got ({type(given).__name__})"
                ", but dim must be a whole number" + _OR_SEVERAL.get(op, ".")
            )
        raise TypeError(
            f"{op}(): argument 'dim' (position 1) must be int, not {type(given).__name__}"
        )
    return dim.__index__()


_OR_SEVERAL = dict.fromkeys(
    ("sum", "mean", "var", "std", "norm"), ", several in a tuple, or None for all dimensions."
)


def check_keepdim(op, dim_given, keepdim):
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"{op}(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}. "
            f"Several dimensions go into one tuple: {op}((0, 1))."
        )
    if keepdim and not dim_given:
        raise TypeError(
            f"{op}() received an invalid combination of arguments - got (keepdim=bool, ): keepdim "
            "needs dim, the dimensions to keep."
        )


def check_differentiable(tensor, dtype):
    """Raise if a tensor that requires gradients is to be reduced in whole numbers."""
    if mode.enabled and tensor.requires_grad and not dtype.is_floating_point:
        raise RuntimeError(
            f"Autograd not support dtype: {dtype.type_name.removesuffix('Tensor')}. Whole numbers have "
            "no gradients: take .detach() first."
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


def check_not_empty(op, shape, dims):
    for dim in dims if isinstance(dims, tuple | list) else (dims,):
        if shape and shape[dim] == 0:
            raise IndexError(
                f"{op}(): Expected reduction dim {dim} to have non-zero size. The shape is "
                f"{shape_text(shape)}: along that dimension there is nothing to choose from."
            )


def check_any_element(op, tensor, error=RuntimeError):
    if tensor._data.size == 0:
        raise error(
            f"{op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            f"reduction dim with the 'dim' argument. Of no elements at all there is no {op}."
        )


def norm_order(p):
    return RuntimeError(
        f"linalg.matrix_norm: Order {p} not supported. p is a number, inf, -inf or 'fro'."
    )


def no_matrix_norm(order):
    return NotImplementedError(
        f"the matrix norm of order {order!r} is not part of this engine. For a vector norm say along "
        "which dimension: linalg.norm(x, ord, dim=0), or linalg.vector_norm(x, ord) for all elements."
    )


def check_widening(tensor, dtype):
    if not dtype.is_floating_point or dtype.itemsize < tensor.dtype.itemsize:
        raise RuntimeError(
            f"linalg.vector_norm: the dtype of the input ({kind_name(tensor)}) should be convertible "
            f"without narrowing to the specified dtype ({dtype.type_name.removesuffix('Tensor')})"
        )


def check_norm_identity(p, shape, axes, dim):
    """The norms that are an extreme do not exist of nothing."""
    for axis in axes:
        if shape[axis] == 0:
            where = "an empty tensor" if dim is None else (
                f"the dimension {axis} because this dimension is empty and")
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {p} norm on {where} because the operation "
                "does not have an identity"
            )
