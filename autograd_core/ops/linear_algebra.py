"""Products of vectors, matrices and batches of matrices.

``matmul`` and ``linear`` are made of the products below in the way in which PyTorch makes them,
so that graph and ``grad_fn`` are the same.
"""

import math
import string

import numpy as np

from ..core.engine import unbroadcast
from ..core.grad_mode import mode, off
from ..core.node import GeneralNode, _frame
from ..core.operation import check_broadcast, stand_in
from ..core.source import user_frame
from ..core.tensor import Tensor, result
from ..errors.operands import not_implemented_for
from ..errors.words import C_TYPES, kind_name, shape_text
from ..limits import fitting
from ..meaning import means
from .arguments import check_tensors
from .rows import offered, operation
from .shape import (
    _t,
    _unsafe,
    check_expand,
    contiguous,
    diagonal,
    expand,
    permute,
    reshape,
    t,
    transpose,
    unsqueeze,
)  # fmt: skip

# ---------------------------------------------------------------------- for the rules


@means("factor * (p @ q)")
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


@means("sum_to_shape(g)")
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
    b=lambda g, a, b_columns: product(a.T, g, b_columns), analytic=True)
_mv = operation("mv", lambda a, b: np.matmul(a, b),
    a=lambda g, b: np.outer(g, b),
    b=lambda g, a: product(a.T, g), analytic=True)
_dot = operation("dot", lambda a, b: np.matmul(a, b), analytic=True,
    a=lambda g, b: g * b,
    b=lambda g, a: g * a)
_bmm = operation("bmm", lambda a, b: np.matmul(a, b), analytic=True,
    a=lambda g, b: g @ swapped(b),
    b=lambda g, a: swapped(a) @ g)
_addmm = operation("addmm",
    lambda input, a, b, beta, alpha, a_columns, b_columns: _sum_of_product(
        input, a, b, beta, alpha),
    input=lambda g, shape, beta: row_sums(g if beta == 1 else g * beta, shape),
    a=lambda g, b, alpha, a_columns: product(g, b.T, a_columns, alpha),
    b=lambda g, a, alpha, b_columns: product(a.T, g, b_columns, alpha),
    analytic=True, stretched=("input",))
_trace = operation("trace", np.trace, analytic=True,
    x=lambda g, shape: g * np.eye(*shape, dtype=bool))
_squeezed = operation("squeeze", lambda x, dim: np.squeeze(x, dim),  # no view: x is nobody's
    node="SqueezeBackward4", analytic=True,
    x=lambda g, shape: g.reshape(shape))
# fmt: on


# ---------------------------------------------------------------------- products


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


@offered()
def mm(input, mat2):
    """The product of two matrices, (n, k) times (k, m)."""
    if not _fit(input, mat2):
        check_tensors("mm", input=input, mat2=mat2)
        check_mm(input, mat2)
    return _mm(input, mat2, a_columns=_by_columns(input), b_columns=_by_columns(mat2))


@offered()
def mv(input, vec):
    """The product of a matrix, (n, k), and a vector, (k,)."""
    check_tensors("mv", input=input, vec=vec)
    if input._data.ndim != 2 or vec._data.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {input._data.ndim}, {vec._data.ndim}. "
            "mv takes a matrix and a vector; for other shapes there is matmul, or the operator @."
        )
    n, k = input._data.shape
    if k != vec._data.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({n}), mat ({n}x{k}), vec ({vec._data.shape[0]}). "
            f"The vector needs as many elements as the matrix has columns: {k}."
        )
    kinds = kind_name(vec), kind_name(input), kind_name(vec)
    _check_same_kind(
        input, vec,
        "addmv input tensors must have the same dtype, but got {}, {}, and {}".format(*kinds),
    )  # fmt: skip
    _check_multiplicable("addmv_impl_cpu", input)
    return _mv(input, vec)


@offered()
def dot(input, tensor):
    """The sum of the products of two vectors' elements."""
    check_tensors("dot", input=input, tensor=tensor)
    if input._data.ndim != 1 or tensor._data.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {input._data.ndim}D and {tensor._data.ndim}D tensors. "
            "For other shapes there is matmul, or the operator @."
        )
    _check_same_kind(
        input, tensor, "dot : expected both vectors to have same dtype, but found "
        f"{kind_name(input)} and {kind_name(tensor)}",
    )  # fmt: skip
    n, m = input._data.size, tensor._data.size
    if n != m:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number "
            f"of elements, but got {n} and {m} elements respectively. Both vectors of a dot product "
            "have the same length."
        )
    _check_multiplicable("dot", input)
    return _dot(input, tensor)


@offered()
def bmm(input, mat2):
    """The products of two batches of matrices, (b, n, k) times (b, k, m)."""
    check_tensors("bmm", input=input, mat2=mat2)
    for name, tensor in (("batch1", input), ("batch2", mat2)):
        if tensor._data.ndim != 3:
            raise RuntimeError(
                f"{name} must be a 3D tensor, but it has shape {shape_text(tensor.shape)}. "
                "For other shapes there is matmul, or the operator @."
            )
    batch, _, k = input._data.shape
    if mat2._data.shape[:2] != (batch, k):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {k}] but got: "
            f"{shape_text(mat2._data.shape[:2])}. As many matrices in both batches; and in each pair the "
            "columns of the first must be as many as the rows of the second."
        )
    _check_same_kind(input, mat2, f"expected scalar type {kind_name(input)} but found {kind_name(mat2)}")
    _check_multiplicable("bmm", input)
    return _bmm(input, mat2)


@offered(numpy=np.outer)
def outer(input, vec2):
    """All products of an element of one vector with one of the other, of shape (n, m)."""
    check_tensors("outer", input=input, vec2=vec2)
    for name, tensor in (("self", input), ("vec2", vec2)):
        if tensor._data.ndim != 1:
            raise RuntimeError(
                f"outer: Expected 1-D argument {name}, but got {tensor._data.ndim}-D. "
                "Make it a vector first: .reshape(-1)."
            )
    return reshape(input, -1, 1) * vec2


@offered(in_place=True)
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """``beta * input + alpha * (mat1 @ mat2)``; ``input`` is broadcast to the product's shape."""
    if not (_fit(mat1, mat2) and _adds(input, mat1, mat2)):
        check_tensors("addmm", input=input, mat1=mat1, mat2=mat2)
        check_addmm(input, mat1, mat2)
    for factor in (beta, alpha):
        fitting(factor, input.dtype)
    return _addmm(
        input, mat1, mat2, beta=beta, alpha=alpha,
        a_columns=_by_columns(mat1), b_columns=_by_columns(mat2),
    )  # fmt: skip


@offered(numpy=np.trace)
def trace(input):
    """The sum of a matrix's diagonal."""
    check_tensors("trace", input=input)
    if input._data.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._data.ndim}")
    _check_multiplicable("trace", input)
    return _trace(input)


# ---------------------------------------------------------------------- made of these


@offered(numpy=np.matmul)
def matmul(input, other):
    """The product ``input @ other``.

    Two vectors give their dot product, a matrix and a vector a vector, two matrices a matrix.
    With more dimensions the last two are matrices and those before are broadcast:
    (b, 1, n, k) @ (c, k, m) has the shape (b, c, n, m).

    >>> torch.matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 10.0]))
    tensor([21., 43.])
    """
    input, other = (result(x.copy(), None) if isinstance(x, np.ndarray) else x for x in (input, other))
    check_tensors("matmul", input=input, other=other)
    ranks = input.ndim, other.ndim
    if ranks == (2, 2):
        return mm(input, other)
    if ranks == (1, 1):
        return dot(input, other)
    if ranks == (2, 1):
        return mv(input, other)
    if ranks == (1, 2):
        row = mm(unsqueeze(input, 0), other)
        return _squeezed(row, dim=0)
    if 0 in ranks:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {ranks[0]}D and {ranks[1]}D. "
            "A number multiplies with *."
        )
    if other.ndim <= 2:
        return _folded(input, other)
    if input.ndim == 1 or (input.ndim == 2 and input.requires_grad):
        # the same turned over, so that the small operand need not be repeated for each matrix
        check_turned(input, other)
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
    batch = check_broadcast("matmul", *(np.broadcast_to(0, shape) for shape in (batch_a, batch_b)))
    a = reshape(expand(a, *batch, n, k), math.prod(batch), n, k)
    b = reshape(expand(b, *batch, k_, m), math.prod(batch), k_, m)
    return _viewed(bmm(a, b), (*batch, n, m))


def _viewed(product, size):
    """A product in its final shape: no view to the user, who never sees what it is a view of."""
    return _unsafe(product, size=size)


@offered(method=False)
def einsum(equation, *operands):
    """Products and sums by names of dimensions: what is named left of ``->`` and not right is summed.

    >>> a, b = torch.ones(2, 3), torch.ones(3, 4)
    >>> torch.einsum("ij,jk->ik", a, b).shape
    torch.Size([2, 4])
    """
    if len(operands) == 1 and isinstance(operands[0], tuple | list):
        (operands,) = operands
    terms, out = _letters(equation.replace(" ", ""), operands)
    found, names = _named_once(operands[0], terms[0])
    for number, (operand, term) in enumerate(zip(operands[1:], terms[1:]), 2):
        operand, term = _named_once(operand, term)
        found, names = _combined(found, names, operand, term, out + "".join(terms[number:]))
    found = _without(found, names, out)
    names = [name for name in names if name in out]
    return permute(found, tuple(names.index(name) for name in out))


def _letters(equation, operands):
    """The dimensions' names for each operand and for the outcome; ``...`` gets capital ones of its own."""
    left, arrow, out = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(
            "einsum(): fewer operands were provided than specified in the equation"
            if len(operands) < len(terms) else
            "einsum(): more operands were provided than specified in the equation"
        )  # fmt: skip
    spare = [letter for letter in string.ascii_letters[::-1] if letter not in equation]
    rest = max((x.ndim - len(term) + 3 for x, term in zip(operands, terms) if "..." in term), default=0)
    for i, (x, term) in enumerate(zip(operands, terms)):
        own = max(x.ndim - len(term) + 3, 0)
        terms[i] = term.replace("...", "".join(spare[rest - own : rest]))
        if len(terms[i]) != x.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(terms[i])}) does not match the number "
                f"of dimensions ({x.ndim}) for operand {i} and no ellipsis was given"
            )
    if not arrow:
        counted = "".join(terms)
        once = sorted(c for c in set(counted) if counted.count(c) == 1 and c not in spare[:rest])
        return terms, "".join(spare[:rest] + once)
    out = out.replace("...", "".join(spare[:rest]))
    for name in out:
        if not any(name in term for term in terms):
            raise RuntimeError(
                f"einsum(): output subscript {name} does not appear in the equation for any input operand"
            )
    return terms, out


def _named_once(x, term):
    """``x`` with the diagonal in place of dimensions of one name, and the names."""
    names = list(term)
    for name in dict.fromkeys(term):
        while names.count(name) > 1:
            first = names.index(name)
            second = names.index(name, first + 1)
            x = diagonal(x, 0, first, second)
            names = [n for i, n in enumerate(names) if i not in (first, second)] + [name]
    return x, names


def _without(x, names, kept):
    """``x`` summed over the dimensions whose names are not among those kept."""
    dims = [i for i, name in enumerate(names) if name not in kept]
    return x.sum(dims) if dims else x


def _combined(a, a_names, b, b_names, later):
    """The product of two operands, summed over what only they have, as one product of matrices."""
    a, b = _without(a, a_names, [*b_names, *later]), _without(b, b_names, [*a_names, *later])
    a_names = [n for n in a_names if n in b_names or n in later]
    b_names = [n for n in b_names if n in a_names or n in later]
    both = [n for n in a_names if n in b_names]
    batch, summed = [n for n in both if n in later], [n for n in both if n not in later]
    left, right = ([n for n in names if n not in both] for names in (a_names, b_names))
    sizes = dict(zip(a_names, a.shape))
    for name, n in zip(b_names, b.shape):
        if 1 not in (n, sizes.get(name, 1)) and sizes[name] != n:
            raise RuntimeError(
                f"einsum(): subscript {name} has size {n} for operand of shape {shape_text(b.shape)} which does not "
                f"broadcast with previously seen size {sizes[name]}"
            )
        sizes[name] = max(n, sizes.get(name, 1))

    def matrices(x, names, *parts):
        order = [name for part in parts for name in part]
        x = permute(x, tuple(names.index(name) for name in order))
        x = expand(x, tuple(sizes[name] for name in order))
        return reshape(x, tuple(math.prod(sizes[name] for name in part) for part in parts))

    product = bmm(matrices(a, a_names, batch, left, summed), matrices(b, b_names, batch, summed, right))
    names = batch + left + right
    return reshape(product, tuple(sizes[name] for name in names)), names


def linear(input, weight, bias=None):
    """``input @ weight.T + bias``: a layer with weights (out, in), for inputs (..., in)."""
    if _is_layer(input, weight, bias):
        return _layer(input, weight, bias)
    check_linear(input, weight, bias)
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


# ---------------------------------------------------------------------- checks


def _check_same_kind(a, b, message):
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(f"{message}. Bring both to one type, for example with .float().")


def _check_multiplicable(kernel, tensor):
    if tensor._data.dtype == bool:
        raise not_implemented_for(kernel, tensor.dtype)


def check_mm(a, b):
    """Two matrices (n, k) and (k, m) of one type."""
    if a._data.ndim != 2 or b._data.ndim != 2:
        name, tensor = ("mat2", b) if a._data.ndim == 2 else ("self", a)
        raise RuntimeError(
            f"mm: {name} must be a matrix, got {tensor._data.ndim}-D tensor. "
            "For other shapes there is matmul, or the operator @."
        )
    _check_inner("mm", a, b)
    kinds = " != ".join(C_TYPES[t.dtype.name] for t in (a, b))
    _check_same_kind(a, b, f"expected m1 and m2 to have the same dtype, but got: {kinds}")
    _check_multiplicable("addmm_impl_cpu_", a)


def _check_inner(op, a, b):
    (n, k), (rows, m) = a._data.shape, b._data.shape
    if k != rows:
        raise RuntimeError(
            f"{op}: mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {rows}x{m}). "
            f"The columns of the first ({k}) must be as many as the rows of the second ({rows}): "
            "transpose one (.T), or check the sizes of the layers."
        )


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


def check_addmm(input, a, b):
    for name, tensor in (("self", a), ("mat2", b)):
        if tensor._data.ndim != 2:
            raise RuntimeError(f"addmm: {name} must be a matrix, got {tensor._data.ndim}-D tensor")
    for tensor in (a, input):
        _check_same_kind(
            tensor,
            b,
            f"self and mat2 must have the same dtype, but got {kind_name(tensor)} and {kind_name(b)}",
        )
    target = a._data.shape[0], b._data.shape[1]
    check_expand(input, target, "What is added (the bias) must fit the product's columns.")
    _check_inner("addmm", a, b)
    _check_multiplicable("addmm_impl_cpu_", a)


def check_linear(input, weight, bias):
    """Tensors, and of one type; their shapes are looked at by the operations inside."""
    check_tensors("linear", input=input, weight=weight, **{} if bias is None else {"bias": bias})
    kinds = kind_name(input), kind_name(weight)
    if kinds[0] != kinds[1]:
        raise RuntimeError(
            "mat1 and mat2 must have the same dtype, but got {} and {}. ".format(*kinds)
            + f"Bring the input to the type of the weights: input.to({weight.dtype})."
        )
