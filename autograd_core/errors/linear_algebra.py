"""What is said about linear algebra."""

import numpy as np

from .in_place import kind_name
from .operands import broadcast, check_tensors
from .reductions import not_implemented_for
from .words import shape_text, type_name


def _matrix(shape):
    return "x".join(map(str, shape))


def _check_same_kind(a, b, message):
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(f"{message}. Bring both to one type, for example with .double().")


def _check_multiplicable(kernel, tensor):
    if tensor._data.dtype == bool:
        raise not_implemented_for(kernel, tensor)


def check_mm(a, b):
    """Two matrices (n, k) and (k, m) of one type."""
    if a._data.ndim != 2 or b._data.ndim != 2:
        name, tensor = ("mat2", b) if a._data.ndim == 2 else ("self", a)
        raise RuntimeError(
            f"mm: {name} must be a matrix, got {tensor._data.ndim}-D tensor. "
            "For other shapes there is matmul, or the operator @."
        )
    _check_inner("mm", a, b)
    _check_same_kind(
        a, b, f"expected m1 and m2 to have the same dtype, but got: {_c_type(a)} != {_c_type(b)}"
    )
    _check_multiplicable("addmm_impl_cpu_", a)


def _check_inner(op, a, b):
    if a._data.shape[1] != b._data.shape[0]:
        raise cannot_multiply(op, a._data.shape, b._data.shape)


def cannot_multiply(op, a, b):
    return RuntimeError(
        f"{op}: mat1 and mat2 shapes cannot be multiplied ({_matrix(a)} and {_matrix(b)}). "
        f"The columns of the first ({a[-1]}) must be as many as the rows of the second ({b[0]}): "
        "transpose one (.T), or check the sizes of the layers."
    )


_C_TYPES = {"float64": "double", "float32": "float", "int64": "long", "int32": "int",
            "int16": "short", "int8": "signed char", "uint8": "unsigned char"}  # fmt: skip


def _c_type(tensor):
    name = tensor._data.dtype.name
    return _C_TYPES.get(name, name)


def check_mv(matrix, vector):
    """A matrix (n, k) and a vector (k,) of one type."""
    if matrix._data.ndim != 2 or vector._data.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {matrix._data.ndim}, {vector._data.ndim}. "
            "mv takes a matrix and a vector; for other shapes there is matmul, or the operator @."
        )
    n, k = matrix._data.shape
    if k != vector._data.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({n}), mat ({n}x{k}), vec ({vector._data.shape[0]}). "
            f"The vector needs as many elements as the matrix has columns: {k}."
        )
    kinds = kind_name(vector), kind_name(matrix), kind_name(vector)
    _check_same_kind(
        matrix, vector,
        "addmv input tensors must have the same dtype, but got {}, {}, and {}".format(*kinds),
    )  # fmt: skip
    _check_multiplicable("addmv_impl_cpu", matrix)


def check_dot(a, b):
    """Two vectors of one length and type."""
    if a._data.ndim != 1 or b._data.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {a._data.ndim}D and {b._data.ndim}D tensors. "
            "For other shapes there is matmul, or the operator @."
        )
    _check_same_kind(
        a, b, "dot : expected both vectors to have same dtype, but found "
        f"{kind_name(a)} and {kind_name(b)}",
    )  # fmt: skip
    n, m = a._data.size, b._data.size
    if n != m:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number "
            f"of elements, but got {n} and {m} elements respectively. Both vectors of a dot product "
            "have the same length."
        )
    _check_multiplicable("dot", a)


def check_bmm(a, b):
    """Two batches of matrices (b, n, k) and (b, k, m) of one type."""
    for name, tensor in (("batch1", a), ("batch2", b)):
        if tensor._data.ndim != 3:
            raise RuntimeError(
                f"{name} must be a 3D tensor, but it has shape {shape_text(tensor.shape)}. "
                "For other shapes there is matmul, or the operator @."
            )
    batch, _, k = a._data.shape
    if b._data.shape[:2] != (batch, k):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {k}] but got: "
            f"{shape_text(b._data.shape[:2])}. As many matrices in both batches; and in each pair the "
            "columns of the first must be as many as the rows of the second."
        )
    _check_same_kind(a, b, f"expected scalar type {kind_name(a)} but found {kind_name(b)}")
    _check_multiplicable("bmm", a)


def check_turned(a, b):
    """A vector or matrix that is multiplied with a batch of matrices."""
    k, rows = a._data.shape[-1], b._data.shape[-2]
    if k != rows:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: "
            f"[{int(np.prod(b._data.shape[:-2]))}, {k}] but got: "
            f"[{int(np.prod(b._data.shape[:-2]))}, {rows}]. The columns of the first ({k}) must be "
            f"as many as the rows of the second ({rows})."
        )


def broadcast_batches(a, b):
    """The common shape of the dimensions before the matrices."""
    try:
        return np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        raise broadcast("matmul", np.empty(tuple(a)), np.empty(tuple(b))) from None


def check_outer(a, b):
    for name, tensor in (("self", a), ("vec2", b)):
        if tensor._data.ndim != 1:
            raise RuntimeError(
                f"outer: Expected 1-D argument {name}, but got {tensor._data.ndim}-D. "
                "Make it a vector first: .reshape(-1)."
            )


def check_addmm(input, a, b):
    for name, tensor in (("self", a), ("mat2", b)):
        if tensor._data.ndim != 2:
            raise RuntimeError(f"addmm: {name} must be a matrix, got {tensor._data.ndim}-D tensor")
    for tensor in (a, input):
        _check_same_kind(
            tensor, b, f"self and mat2 must have the same dtype, but got {kind_name(tensor)} and {kind_name(b)}"
        )
    shape, target = input._data.shape, (a._data.shape[0], b._data.shape[1])
    if len(shape) > 2:
        raise RuntimeError(
            f"expand({type_name(input._data)}{{{shape_text(shape)}}}, size={shape_text(target)}): the number "
            f"of sizes provided (2) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(shape)})"
        )
    for i in range(1, len(shape) + 1):
        if shape[-i] not in (1, target[-i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[-i]}) must match the existing size "
                f"({shape[-i]}) at non-singleton dimension {2 - i}.  Target sizes: {shape_text(target)}.  "
                f"Tensor sizes: {shape_text(shape)}. What is added (the bias) must fit the product's "
                "columns."
            )
    _check_inner("addmm", a, b)
    _check_multiplicable("addmm_impl_cpu_", a)


def check_linear(input, weight, bias):
    """Tensors, and of one type; their shapes are looked at by the operations inside."""
    check_tensors("linear", input=input, weight=weight)
    kinds = kind_name(input), kind_name(weight)
    if kinds[0] != kinds[1]:
        raise RuntimeError(
            "mat1 and mat2 must have the same dtype, but got {} and {}. ".format(*kinds)
            + f"Bring the input to the type of the weights: input.to({weight.dtype})."
        )
    if bias is not None:
        check_tensors("linear", input=input, weight=weight, bias=bias)


def check_images(*operands):
    """The operands of a convolution are tensors; the bias may be None."""
    from ..tensor import Tensor

    if not all(operand is None or isinstance(operand, Tensor) for operand in operands):
        names = ", ".join(type(operand).__name__ for operand in operands)
        raise TypeError(
            f"conv2d() received an invalid combination of arguments - got ({names}). The input is "
            "a tensor of images, (n, channels, height, width)."
        )


def check_convolved(input, weight, bias):
    """Images, kernels and perhaps a bias of one type."""
    if input.dtype is weight.dtype:
        return
    cure = f"Bring the input to the type of the weights: input.to({weight.dtype})."
    if bias is None:
        kinds = kind_name(input), kind_name(weight)
        raise RuntimeError("expected scalar type {} but found {}. ".format(*kinds) + cure)
    kinds = (_C_TYPES.get(t.dtype.name, t.dtype.name) for t in (input, bias))
    raise RuntimeError(
        "Input type ({}) and bias type ({}) should be the same. ".format(*kinds) + cure
    )


def check_trace(tensor):
    if tensor._data.ndim != 2:
        raise RuntimeError(
            f"trace: expected a matrix, but got tensor with dim {tensor._data.ndim}"
        )
    _check_multiplicable("trace", tensor)


def matmul_of_scalars(a, b):
    return RuntimeError(
        f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D. "
        "A number multiplies with *."
    )
