"""Products of vectors, matrices and batches of matrices.

``matmul`` and ``linear`` are made of the products below in the way in which PyTorch makes them,
so that graph and ``grad_fn`` are the same.
"""

import math

import numpy as np

from .. import errors
from ..engine import unbroadcast
from ..grad_mode import mode, off
from ..node import GeneralNode, _frame, stand_in, user_frame
from ..operation import operation
from ..tensor import Tensor, result
from .shape import _t, _unsafe, contiguous, expand, reshape, t, transpose, unsqueeze

__all__ = "addmm bmm dot matmul mm mv outer trace".split()

# ---------------------------------------------------------------------- for the rules


def product(p, q, columns=False, factor=1):
    """``p @ q * factor`` of arrays or recorded tensors.

    With ``columns`` it lies in memory column by column. That is asked for where the operand is a
    transposed matrix: the gradient of the matrix itself is then in C order and need not be copied.
    """
    if type(p) is np.ndarray and type(q) is np.ndarray:
        out = q.T.dot(p.T).T if columns else p.dot(q)  # quicker than np.matmul
    else:
        out = p @ q
    return out if factor == 1 else out * factor


def row_sums(g, shape):
    """The gradient of what was added to each row, or of whatever was broadcast from ``shape``."""
    if type(g) is np.ndarray and g.shape[1:] == shape:
        return np.add.reduce(g)
    return unbroadcast(g, shape, None)


def _by_columns(matrix):
    flags = matrix._data.flags
    return flags.f_contiguous and not flags.c_contiguous


def swapped(x):
    """Matrices transposed: the last two dimensions exchanged."""
    return np.swapaxes(x, -2, -1)


# ---------------------------------------------------------------------- the rules


def _sum_of_product(input, a, b, beta, alpha):
    out = np.matmul(a, b)
    if alpha != 1:
        out *= out.dtype.type(alpha)
    if beta != 0:  # with 0 not even NaN counts
        out += input if beta == 1 else input * input.dtype.type(beta)
    return out


# fmt: off
_mm = operation("mm", lambda a, b, a_columns, b_columns: np.matmul(a, b),
    a=lambda g, b, a_columns: product(g, b.T, a_columns),
    b=lambda g, a, b_columns: product(a.T, g, b_columns),
    formula={"a": "g @ b.T", "b": "a.T @ g"})
_mv = operation("mv", lambda a, b: np.matmul(a, b),
    a=lambda g, b: np.outer(g, b),
    b=lambda g, a: product(a.T, g),
    formula={"a": "np.outer(g, b)", "b": "a.T @ g"})
_dot = operation("dot", lambda a, b: np.matmul(a, b),
    a=lambda g, b: g * b,
    b=lambda g, a: g * a)
_bmm = operation("bmm", lambda a, b: np.matmul(a, b),
    a=lambda g, b: g @ swapped(b),
    b=lambda g, a: swapped(a) @ g,
    formula={"a": "g @ np.swapaxes(b, -2, -1)", "b": "np.swapaxes(a, -2, -1) @ g"})
_addmm = operation("addmm",
    lambda input, a, b, shape, beta, alpha, a_columns, b_columns: _sum_of_product(
        input, a, b, beta, alpha),
    input=lambda g, shape, beta: row_sums(g if beta == 1 else g * beta, shape),
    a=lambda g, b, alpha, a_columns: product(g, b.T, a_columns, alpha),
    b=lambda g, a, alpha, b_columns: product(a.T, g, b_columns, alpha),
    formula={"input": "unbroadcast(g * beta, shape, None)", "a": "g @ b.T * alpha",
             "b": "a.T @ g * alpha"})
_trace = operation("trace", lambda x, shape: np.trace(x),
    x=lambda g, shape: g * np.eye(*shape, dtype=bool))
_squeezed = operation("squeeze", lambda x, shape, dim: np.squeeze(x, dim),  # no view: x is nobody's
    node="SqueezeBackward4",
    x=lambda g, shape: g.reshape(shape))
# fmt: on


# ---------------------------------------------------------------------- products


def _check(op, *tensors):
    """Raise unless all (name, value) are tensors."""
    for place, (name, value) in enumerate(tensors, 1):
        if not isinstance(value, Tensor):
            raise errors.not_a_tensor(op, name, value, place)


def _fit(a, b):
    """Whether two operands are, at first sight, matrices that can be multiplied."""
    try:
        a, b = a._data, b._data
        return len(a.shape) == 2 == len(b.shape) and a.shape[1] == b.shape[0] and (
            a.dtype is b.dtype and a.dtype.kind != "b")  # fmt: skip
    except AttributeError:
        return False


def _adds(input, a, b):
    """Whether a vector can, at first sight, be added to each row of the product ``a @ b``."""
    data = getattr(input, "_data", None)
    return data is not None and data.dtype is a._data.dtype and data.shape == b._data.shape[1:]


def mm(input, mat2):
    """The product of two matrices, (n, k) times (k, m)."""
    if not _fit(input, mat2):
        _check("mm", ("input", input), ("mat2", mat2))
        errors.check_mm(input, mat2)
    return _mm(input, mat2, a_columns=_by_columns(input), b_columns=_by_columns(mat2))


def mv(input, vec):
    """The product of a matrix, (n, k), and a vector, (k,)."""
    _check("mv", ("input", input), ("vec", vec))
    errors.check_mv(input, vec)
    return _mv(input, vec)


def dot(input, tensor):
    """The sum of the products of two vectors' elements."""
    _check("dot", ("input", input), ("tensor", tensor))
    errors.check_dot(input, tensor)
    return _dot(input, tensor)


def bmm(input, mat2):
    """The products of two batches of matrices, (b, n, k) times (b, k, m)."""
    _check("bmm", ("input", input), ("mat2", mat2))
    errors.check_bmm(input, mat2)
    return _bmm(input, mat2)


def outer(input, vec2):
    """All products of an element of one vector with one of the other, of shape (n, m)."""
    _check("outer", ("input", input), ("vec2", vec2))
    errors.check_outer(input, vec2)
    return reshape(input, -1, 1) * vec2


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """``beta * input + alpha * (mat1 @ mat2)``; ``input`` is broadcast to the product's shape."""
    if not (_fit(mat1, mat2) and _adds(input, mat1, mat2)):
        _check("addmm", ("input", input), ("mat1", mat1), ("mat2", mat2))
        errors.check_addmm(input, mat1, mat2)
    return _addmm(
        input, mat1, mat2, shape=input._data.shape, beta=beta, alpha=alpha,
        a_columns=_by_columns(mat1), b_columns=_by_columns(mat2),
    )  # fmt: skip


def trace(input):
    """The sum of a matrix's diagonal."""
    _check("trace", ("input", input))
    errors.check_trace(input)
    return _trace(input, shape=input._data.shape)


# ---------------------------------------------------------------------- made of these


def matmul(input, other):
    """The product ``input @ other``.

    Two vectors give their dot product, a matrix and a vector a vector, two matrices a matrix.
    With more dimensions the last two are matrices and those before are broadcast:
    (b, 1, n, k) @ (c, k, m) has the shape (b, c, n, m).

    >>> import autograd_core as torch
    >>> torch.matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 10.0]))
    tensor([21., 43.])
    """
    input, other = (Tensor(x) if isinstance(x, np.ndarray) else x for x in (input, other))
    _check("matmul", ("input", input), ("other", other))
    ranks = input.ndim, other.ndim
    if ranks == (2, 2):
        return mm(input, other)
    if ranks == (1, 1):
        return dot(input, other)
    if ranks == (2, 1):
        return mv(input, other)
    if ranks == (1, 2):
        row = mm(unsqueeze(input, 0), other)
        return _squeezed(row, shape=row._data.shape, dim=0)
    if 0 in ranks:
        raise errors.matmul_of_scalars(*ranks)
    if other.ndim <= 2:
        return _folded(input, other)
    if input.ndim == 1 or input.ndim == 2 and input.requires_grad:
        # the same turned over, so that the small operand need not be repeated for each matrix
        errors.check_turned(input, other)
        out = _folded(transpose(other, -2, -1), input if input.ndim == 1 else t(input))
        return out if input.ndim == 1 else contiguous(transpose(out, -2, -1))
    return _batched(input, other)


def _folded(batch, matrix):
    """A batch of matrices times one matrix or vector: all their rows at once."""
    *outer_shape, k = batch._data.shape
    rows = reshape(batch, math.prod(outer_shape), k)
    out = mv(rows, matrix) if matrix.ndim == 1 else mm(rows, matrix)
    return _viewed(out, (*outer_shape, *matrix._data.shape[1:]))


def _batched(a, b):
    """Two batches of matrices, broadcast against each other."""
    (*batch_a, n, k), (*batch_b, k_, m) = a._data.shape, b._data.shape
    batch = errors.broadcast_batches(batch_a, batch_b)
    a = reshape(expand(a, *batch, n, k), math.prod(batch), n, k)
    b = reshape(expand(b, *batch, k_, m), math.prod(batch), k_, m)
    return _viewed(bmm(a, b), (*batch, n, m))


def _viewed(product, size):
    """A product in its final shape: no view to the user, who never sees what it is a view of."""
    return _unsafe(product, shape=product._data.shape, size=size)


def linear(input, weight, bias=None):
    """``input @ weight.T + bias``: a layer with weights (out, in), for inputs (..., in)."""
    if _is_layer(input, weight, bias):
        return _layer(input, weight, bias)
    errors.check_linear(input, weight, bias)
    if bias is not None and input.ndim == 2:
        return addmm(bias, input, t(weight))
    if bias is None or not input._data.flags.c_contiguous:
        out = matmul(input, t(weight))
        return out if bias is None else out + bias
    *outer_shape, k = input._data.shape
    out = addmm(bias, reshape(input, math.prod(outer_shape), k), t(weight))
    return _viewed(out, (*outer_shape, weight._data.shape[0]))


def _is_layer(input, weight, bias):
    """Whether these are matrices of (n, in) and (out, in) and a vector of (out,), of one type."""
    try:
        x, w, b = input._data, weight._data, bias._data
        return len(x.shape) == 2 and w.shape == (*b.shape, x.shape[1]) and (
            x.dtype is w.dtype is b.dtype and x.dtype.kind == "f")  # fmt: skip
    except AttributeError:
        return False


def _layer(input, weight, bias):
    """``addmm(bias, input, t(weight))``, written out: every network is made of it.

    The transposed weights are nobody's but this node's. So they need no part in the list of views
    that an in-place change brings up to date; that they share memory with the weights is enough.
    """
    x, w, b = input._data, weight._data, bias._data
    wt = w.T
    y = x.dot(wt)
    y += b
    edge_b = bias._grad_fn or (bias if bias._requires_grad else None)
    edge_x = input._grad_fn or (input if input._requires_grad else None)
    edge_w = weight._grad_fn or (weight if weight._requires_grad else None)
    if (edge_b is edge_x is edge_w is None) or (off and not mode.enabled):
        return result(y, None)
    frame, node = user_frame(_frame(1)), None
    if edge_w is not None:
        node = GeneralNode(_t.operation, (edge_w,), ((),), (stand_in(weight),), None, frame)
    transposed = result(wt, node)
    transposed._memory = weight._memory or weight._share()
    args = (
        None if edge_b is None else (b.shape, 1),
        None if edge_x is None else (wt, 1, _by_columns(input)),
        None if edge_w is None else (x, 1, _by_columns(transposed)),
    )
    edges, inputs = (edge_b, edge_x, node), (bias, input, transposed)
    return result(y, GeneralNode(_addmm.operation, edges, args, inputs, None, frame))


def at(self, other):
    """``self @ other``; a NumPy array is taken as a tensor."""
    return matmul(self, other) if isinstance(other, Tensor | np.ndarray) else NotImplemented


def reflected_at(self, other):
    """``other @ self``."""
    return matmul(other, self) if isinstance(other, Tensor | np.ndarray) else NotImplemented
