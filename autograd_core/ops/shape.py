"""Operations that change a tensor's shape: views, which share memory, and rearrangements.

Which of them are views is as in PyTorch: https://pytorch.org/docs/stable/tensor_view.html
"""

import functools
import math
import operator
import warnings

import numpy as np

from ..core import dtypes
from ..core.engine import unbroadcast
from ..core.tensor import Tensor, result
from ..errors.words import shape_text, type_name
from ..meaning import means
from .arguments import check_dim, check_dims
from .rows import hidden, named, offered, operation

# ---------------------------------------------------------------------- for the rules
# Each of these takes an array or a recorded tensor.


@means("embed(g)")
def put_in(g, shape, where):
    """``g`` at the place ``where`` (a basic index) of zeros of this shape: a cut-out undone."""
    if isinstance(g, Tensor):
        return _put_in(g, shape=shape, where=where)
    out = np.zeros(shape, g.dtype)
    out[where] = g
    return out


@means("diag(g)")
def on_diagonal(g, shape, offset, dim1, dim2):
    """``g`` on a diagonal of zeros of this shape."""
    if isinstance(g, Tensor):
        return _on_diagonal(g, shape=shape, offset=offset, dim1=dim1, dim2=dim2)
    out = np.zeros(shape, g.dtype)
    take_diagonal(out, offset, dim1, dim2)[...] = g
    return out


@means("diagonal(g)")
def take_diagonal(g, offset, dim1, dim2):
    """A diagonal of an array (a view of it) or of a tensor."""
    if isinstance(g, Tensor):
        return diagonal(g, offset, dim1, dim2)
    return _writable(np.diagonal(g, offset, dim1, dim2), g)


def _writable(view, x):
    """NumPy makes some views of ``x`` read-only; in a tensor they can be written to."""
    view.flags.writeable = x.flags.writeable
    return view


@means("concatenate(parts)")
def joined(parts, shapes, dim):
    """Gradients of parts one after the other along ``dim``, zeros where there is none."""
    kind = next(part.dtype for part in parts if part is not None)
    kind = getattr(kind, "numpy", kind)
    return np.concatenate(
        [np.zeros(shape, kind) if part is None else part for part, shape in zip(parts, shapes)], axis=dim
    )


@means("stack(parts)")
def stacked(parts, shape, dim):
    """Gradients of slices side by side along the new axis ``dim``, zeros where there is none."""
    kind = next(part.dtype for part in parts if part is not None)
    kind = getattr(kind, "numpy", kind)
    return np.stack([np.zeros(shape, kind) if part is None else part for part in parts], axis=dim)


def along(dim, index):
    """The index that applies ``index`` to axis ``dim`` and leaves the others whole."""
    return (*(slice(None),) * dim, index, ...)


def _reshaped(x, size):
    try:
        return np.reshape(x, size, copy=False)
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension "
            "spans across two contiguous subspaces). Use .reshape(...) instead. The tensor of shape "
            f"{shape_text(x.shape)} does not lie in memory in the order that {shape_text(size)} needs; reshape "
            "copies it."
        ) from None


# ---------------------------------------------------------------------- the rules
# ``shape`` is the operand's shape, ``size`` the new one, ``where`` a basic index.

# fmt: off
_view       = operation("view", _reshaped, view=True,
                        x=lambda g, shape: g.reshape(shape))
_reshape    = operation("reshape_alias", _reshaped, view=True,
                        x=lambda g, shape: g.reshape(shape))
_unsafe     = operation("unsafe_view", lambda x, size: np.reshape(x, size), analytic=True,
                        x=lambda g, shape: g.reshape(shape))
_alias      = operation("alias", lambda x: x[...], view=True,
                        x=lambda g: g)
_permute    = operation("permute", lambda x, dims, back: x.transpose(dims), view=True,
                        x=lambda g, back: np.transpose(g, back))
_transpose  = operation("transpose", lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1), view=True,
                        turned="TransposeBackward1",
                        x=lambda g, dim0, dim1: np.swapaxes(g, dim0, dim1))
_transpose_0d = operation("transpose", lambda x: x[...], view=True, turned="TransposeBackward1",
                        x=lambda g: g)
_t          = operation("t", lambda x: x.T, view=True, turned="TBackward1",
                        x=lambda g: g.T)
# of all dimensions, of one, of several; what is turned in place PyTorch counts on in the names
_squeeze    = [operation("squeeze", lambda x, dim: np.squeeze(x, dim), view=True,
                         node=f"SqueezeBackward{kind}", turned=f"SqueezeBackward{kind + 3}",
                         x=lambda g, shape: g.reshape(shape))
               for kind in (0, 1, 2)]
_unsqueeze  = operation("unsqueeze", lambda x, dim: np.expand_dims(x, dim), view=True,
                        turned="UnsqueezeBackward1",
                        x=lambda g, shape: g.reshape(shape))
_expand     = operation("expand", lambda x, size: _writable(
                            np.broadcast_to(x, size), x), view=True, stretched=("x",),
                        x=lambda g, shape: unbroadcast(g, shape, None))
_select     = operation("select", lambda x, where: x[where], view=True,
                        x=lambda g, shape, where: put_in(g, shape, where))
_slice      = operation("slice", lambda x, where: x[where], view=True,
                        x=lambda g, shape, where: put_in(g, shape, where))
_put_in     = operation("put_in", put_in, analytic=True,
                        x=lambda g, where: g[where])
_diagonal   = operation("diagonal", lambda x, offset, dim1, dim2: take_diagonal(
                            x, offset, dim1, dim2), view=True,
                        x=lambda g, shape, offset, dim1, dim2: on_diagonal(
                            g, shape, offset, dim1, dim2))
_on_diagonal = operation("diag_embed", on_diagonal, analytic=True,
                        x=lambda g, offset, dim1, dim2: take_diagonal(g, offset, dim1, dim2))
_split, _split_with_sizes = (
    operation("split", lambda x, shapes, dim, ends: tuple(
                  x[along(dim, slice(a, b))] for a, b in zip(ends, ends[1:])), view=True, node=node,
              x=lambda g, shapes, dim: joined(g, shapes, dim))
    for node in ("SplitBackward0", "SplitWithSizesBackward0"))
_unbind     = operation("unbind", lambda x, shape, dim: tuple(
                            x[along(dim, i)] for i in range(x.shape[dim])), view=True,
                        x=lambda g, shape, dim: stacked(g, shape, dim))
_clone      = operation("clone", lambda x: np.array(x, order="C"), analytic=True,
                        x=lambda g: g)
_flip       = operation("flip", lambda x, axis: np.array(np.flip(x, axis), order="C"), analytic=True,
                        x=lambda g, axis: np.flip(g, axis))
_roll       = operation("roll", lambda x, shift, back, dims: np.roll(x, shift, dims), analytic=True,
                        x=lambda g, back, dims: np.roll(g, back, dims))
_tril       = operation("tril", np.tril, analytic=True, x=lambda g, k: np.tril(g, k))
_triu       = operation("triu", np.triu, analytic=True, x=lambda g, k: np.triu(g, k))
_repeat     = operation("repeat", lambda x, repeats, pieces: np.tile(x, repeats),
                        analytic=True,
                        x=lambda g, shape, pieces: g.reshape(pieces).sum(
                            axis=tuple(range(0, len(pieces), 2))).reshape(shape))
# fmt: on


def _of_many(op, forward, rule):
    """A function from a number of tensors to the operation of as many; ``rule(i)`` is that of number i."""

    @functools.cache
    def of(count):
        return operation(op, forward, analytic=True, **{f"x{i}": rule(i) for i in range(count)})

    of(2)  # so that it is known by its name from the beginning
    return of


_cat = _of_many(
    "cat", lambda *xs, dim, ends: np.concatenate(xs, axis=dim),
    lambda i: lambda g, dim, ends: g[along(dim, slice(ends[i], ends[i + 1]))])  # fmt: skip
_stack = _of_many("stack", lambda *xs, dim: np.stack(xs, axis=dim), lambda i: lambda g, dim: g[along(dim, i)])


# ---------------------------------------------------------------------- views


def sizes(args, op, argument="size", named=None):
    """Sizes given as ``f(2, 3)``, ``f((2, 3))`` or by name, as a tuple of Python integers.

    ``op`` and ``argument`` are the function and its parameter, for the message.
    """
    if named is not None:
        args = (named,)
    if not args:
        raise TypeError(f'{op}() missing 1 required positional arguments: "{argument}"')
    if len(args) == 1 and isinstance(args[0], tuple | list):
        args = args[0]
    try:
        return tuple(operator.index(n) for n in args)
    except TypeError:
        misfits = (pair for pair in enumerate(args) if not hasattr(pair[1], "__index__"))
        place, n = next(misfits, (len(args) - 1, args[-1]))
        found = f", but found element of type {type(n).__name__} at pos {place}"
        if len(args) == 1 and not isinstance(n, float):
            found = f", not {type(n).__name__}"
        raise TypeError(
            f"{op}(): argument '{argument}' (position 1) must be tuple of ints{found}. "
            f"Give whole numbers, as in {op}(2, 3) or {op}((2, 3))."
        ) from None


@offered(torch=False)
def view(input, *sizes_, size=None):
    """The same elements in another shape, sharing memory; one size may be -1.

    Raises RuntimeError where the elements do not lie in memory in the order it takes; then
    :func:`reshape` copies them.

    >>> torch.tensor([1.0, 2.0, 3.0, 4.0]).view(2, -1)
    tensor([[1., 2.],
            [3., 4.]])
    """
    size = check_size(sizes(sizes_, "view", named=size), input._data.size)
    return _view(input, size=size)


@offered(numpy=np.reshape)
def reshape(input, *sizes_, shape=None):
    """The same elements in another shape: a view where that is possible, otherwise a copy."""
    size = check_size(sizes(sizes_, "reshape", "shape", shape), input._data.size)
    if is_contiguous(input):
        return _view(input, size=size)
    try:
        return _reshape(input, size=size)
    except RuntimeError:
        return _unsafe(_clone(input), size=size)


@offered()
def flatten(input, start_dim=0, end_dim=-1):
    """The dimensions from ``start_dim`` to ``end_dim`` as one."""
    rank = input.ndim
    start, end = check_dim(start_dim, rank), check_dim(end_dim, rank)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if rank == 0:
        return reshape(input, 1)
    if start == end:
        return input
    shape = input._data.shape
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@offered()
def unflatten(input, dim, sizes):
    """One dimension as several of these sizes; one size may be -1."""
    dim, shape = check_dim(dim, input.ndim), input._data.shape
    try:
        inner = check_size(tuple(sizes), shape[dim])
    except RuntimeError:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
            f"({shape[dim]}) in the input tensor"
        ) from None
    return view(input, (*shape[:dim], *inner, *shape[dim + 1 :]))


@offered()
def ravel(input):
    """All elements in one dimension: a view where that is possible."""
    return view(contiguous(input), -1)


@offered()
def permute(input, *dims_, dims=None):
    """The dimensions in another order, sharing memory."""
    dims = check_permutation(sizes(dims_, "permute", "dims", dims), input.ndim)
    return _permute(input, dims=dims, back=tuple(int(i) for i in np.argsort(dims)))


@offered("swapdims", in_place="turned")
def transpose(input, dim0, dim1):
    """Two dimensions exchanged, sharing memory."""
    rank = input.ndim
    dim0, dim1 = check_dim(dim0, rank), check_dim(dim1, rank)
    if rank == 0:
        return _transpose_0d(input)
    return _transpose(input, dim0=dim0, dim1=dim1)


@offered(in_place="turned", numpy=np.swapaxes)
def swapaxes(input, axis0, axis1):
    """Two dimensions exchanged, sharing memory."""
    return transpose(input, axis0, axis1)


@offered(in_place="turned")
def t(input):
    """A matrix transposed; a tensor of fewer dimensions as it is."""
    if input.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D. "
            "Use .transpose(dim0, dim1) or .mT."
        )
    return _t(input)


def all_reversed(input):
    """All dimensions in reverse order: ``x.T``."""
    return permute(input, tuple(range(input.ndim))[::-1])


def mT(input):
    """The last two dimensions exchanged."""
    if input.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor."
        )
    return transpose(input, -2, -1)


@offered("movedim", numpy=np.moveaxis)
def moveaxis(input, source, destination):
    """Move dimensions to other places; the rest keep their order."""
    source = source if isinstance(source, tuple | list) else (source,)
    destination = destination if isinstance(destination, tuple | list) else (destination,)
    if len(source) != len(destination):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source and destination must have the "
            f"same number of elements, got {len(source)} and {len(destination)}"
        )
    source = check_dims(source, input.ndim)
    destination = check_dims(destination, input.ndim)
    order = [dim for dim in range(input.ndim) if dim not in source]
    for to, dim in sorted(zip(destination, source)):
        order.insert(to, dim)
    return permute(input, order)


@offered(in_place="turned", numpy=np.squeeze)
def squeeze(input, dim=None):
    """Without the dimensions of size 1: all of them, or those in ``dim``. Shares memory."""
    shape = input._data.shape
    if dim is None:
        axes, kind = range(len(shape)), 0
    else:
        kind = 2 if isinstance(dim, tuple | list) else 1
        axes = check_dims(dim if kind == 2 else (dim,), len(shape))
    dims = tuple(axis for axis in axes if shape[axis] == 1)
    return _squeeze[kind](input, dim=dims)


@offered(in_place="turned", numpy=np.expand_dims)
def unsqueeze(input, dim):
    """With a new dimension of size 1 at ``dim``. Shares memory."""
    return _unsqueeze(input, dim=check_dim(dim, input.ndim + 1))


@offered(torch=False)
def expand(input, *sizes_, size=None):
    """Dimensions of size 1 repeated without copying; -1 keeps a size, new ones come in front.

    All repeated elements are one place in memory, so the result cannot be changed in place.
    """
    size = check_expand(input, sizes(sizes_, "expand", named=size))
    return _expand(input, size=size)


def _as(function):
    """The method that calls ``function`` with the shape of another tensor."""
    name = function.__name__
    method = named(lambda self, other: function(self, other.shape), f"{name}_as",
                   f"``self.{name}(other.shape)``.")  # fmt: skip
    return offered(torch=False)(method)


view_as, reshape_as, expand_as = _as(view), _as(reshape), _as(expand)


@offered(numpy=np.broadcast_to)
def broadcast_to(input, *sizes_, size=None, shape=None):
    """``input.expand(size)``."""
    return expand(input, sizes(sizes_, "broadcast_to", named=size if shape is None else shape))


@offered()
def select(input, dim, index):
    """The slice number ``index`` along ``dim``, without that dimension. Shares memory."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, shape, index = check_dim(dim, input.ndim), input._data.shape, operator.index(index)
    if not -shape[dim] <= index < shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {dim}"
        )
    return _select(input, where=along(dim, index % shape[dim]))


@offered()
def narrow(input, dim, start, length):
    """``length`` slices along ``dim``, from number ``start``. Shares memory."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim, start = check_dim(dim, input.ndim), operator.index(start)
    n = input._data.shape[dim]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start = start + n if start < 0 else start
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return _slice(input, where=along(dim, slice(start, start + length)))


@offered()
def diagonal(input, offset=0, dim1=0, dim2=1):
    """The diagonal of the planes that ``dim1`` and ``dim2`` span, as last dimension (a view)."""
    one, two = check_dim(dim1, input.ndim), check_dim(dim2, input.ndim)
    if one == two:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diagonal(input, offset=offset, dim1=one, dim2=two)


@offered()
def diag(input, diagonal=0):
    """The matrix with a vector on its diagonal, or (as a copy) the diagonal of a matrix."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return _clone(_diagonal(input, offset=diagonal, dim1=0, dim2=1))


@offered()
def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """Matrices with the last dimension of ``input`` on a diagonal."""
    rank = input.ndim + 1
    one, two = check_dim(dim1, rank), check_dim(dim2, rank)
    if one == two:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    *batch, n = input._data.shape
    shape = list(batch)
    for dim in sorted((one, two)):
        shape.insert(dim, n + abs(offset))
    return _on_diagonal(input, shape=tuple(shape), offset=offset, dim1=one, dim2=two)


# ---------------------------------------------------------------------- into parts


@offered()
def split(tensor, split_size_or_sections=None, dim=0, *, split_size=None):
    """Parts of this size (the last may be smaller) or of these sizes along ``dim``, as views."""
    if tensor.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim, size = check_dim(dim, tensor.ndim), split_size_or_sections if split_size is None else split_size
    n = tensor._data.shape[dim]
    if isinstance(size, tuple | list):
        return split_with_sizes(tensor, size, dim)
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    ends = [*range(0, n, size), n] if n else [0, 0]
    return _parts(_split, tensor, dim, ends)


@offered()
def split_with_sizes(input, split_sizes, dim=0):
    """Parts of these sizes along ``dim``, as views."""
    dim = check_dim(dim, input.ndim)
    n = input._data.shape[dim]
    if sum(split_sizes) != n or min(split_sizes, default=0) < 0:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={list(split_sizes)}"
        )
    ends = [sum(split_sizes[:i]) for i in range(len(split_sizes) + 1)]
    return _parts(_split_with_sizes, input, dim, ends)


def _parts(operation, x, dim, ends):
    shape = x._data.shape
    shapes = [(*shape[:dim], b - a, *shape[dim + 1 :]) for a, b in zip(ends, ends[1:])]
    return operation(x, shapes=shapes, dim=dim, ends=tuple(ends))


@offered()
def chunk(input, chunks, dim=0):
    """At most ``chunks`` parts of equal size (the last may be smaller) along ``dim``, as views."""
    if input.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = check_dim(dim, input.ndim)
    n = input._data.shape[dim]
    if n == 0:
        return split_with_sizes(input, [0] * chunks, dim)
    return split(input, -(-n // chunks), dim)


@offered()
def unbind(input, dim=0):
    """All slices along ``dim``, as views."""
    if input.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim, shape = check_dim(dim, input.ndim), input._data.shape
    return _unbind(input, shape=(*shape[:dim], *shape[dim + 1 :]), dim=dim)


# ---------------------------------------------------------------------- together


@offered("concat", "concatenate", method=False, numpy=np.concatenate)
def cat(tensors, dim=0, *, axis=None):
    """Tensors one after the other along an existing dimension.

    >>> torch.cat([torch.tensor([1.0]), torch.tensor([2.0, 3.0])])
    tensor([1., 2., 3.])
    """
    tensors = _one_type("cat", tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    dim = check_joined("cat", tensors, dim if axis is None else axis)
    shape = next((t.shape for t in tensors if t.shape != (0,)), tensors[0].shape)
    tensors = [t if t.ndim == len(shape) else view(t, (*shape[:dim], 0, *shape[dim + 1 :])) for t in tensors]
    lengths = [t._data.shape[dim] for t in tensors]
    ends = tuple(sum(lengths[:i]) for i in range(len(lengths) + 1))
    return _cat(len(tensors))(*tensors, dim=dim, ends=ends)


@offered(method=False, numpy=np.stack)
def stack(tensors, dim=0, *, axis=None):
    """Tensors of one shape side by side along a new dimension."""
    tensors = _one_type("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, tensor in enumerate(tensors):
        if tensor.shape != tensors[0].shape:
            raise RuntimeError(
                "stack expects each tensor to be equal size, but got "
                f"{shape_text(tensors[0].shape)} at entry 0 and {shape_text(tensor.shape)} at entry {i}. "
                "torch.cat joins tensors of different sizes along one dimension."
            )
    dim = check_dim(dim if axis is None else axis, tensors[0].ndim + 1)
    return _stack(len(tensors))(*tensors, dim=dim)


def _one_type(name, tensors):
    """The tensors (arrays count as tensors) in the type that holds them all."""
    if isinstance(tensors, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor | np.ndarray):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
    tensors = [t if isinstance(t, Tensor) else result(t, None) for t in tensors]
    kind = functools.reduce(dtypes.promote, (t.dtype for t in tensors), None)
    return [t if t.dtype is kind else t.to(kind) for t in tensors]


@offered(method=False)
def hstack(tensors):
    """Side by side: along dimension 1, for vectors along dimension 0."""
    tensors = [reshape(t, 1) if t.ndim == 0 else t for t in tensors]
    return cat(tensors, 0 if tensors and tensors[0].ndim == 1 else 1)


@offered(method=False)
def vstack(tensors):
    """On top of each other: along dimension 0, vectors as rows."""
    return cat([_at_least_2d(t) for t in tensors])


@offered(method=False)
def dstack(tensors):
    """Behind each other: along dimension 2."""
    tensors = [_at_least_2d(t) for t in tensors]
    return cat([unsqueeze(t, 2) if t.ndim == 2 else t for t in tensors], 2)


def _at_least_2d(x):
    return reshape(x, 1, 1) if x.ndim == 0 else unsqueeze(x, 0) if x.ndim == 1 else x


@offered(torch=False)
def repeat(input, *repeats_, repeats=None):
    """Copies of the tensor side by side: ``repeats`` for each dimension, new ones in front."""
    repeats, shape = sizes(repeats_, "repeat", "repeats", repeats), input._data.shape
    if len(repeats) < len(shape):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor: {len(repeats)} for {len(shape)}"
        )
    if min(repeats, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(repeats)}")
    full = (*(1,) * (len(repeats) - len(shape)), *shape)
    pieces = tuple(n for pair in zip(repeats, full) for n in pair)
    return _repeat(input, repeats=repeats, pieces=pieces)


@offered()
def tile(input, *dims_, dims=None):
    """Like :func:`repeat`, with missing repeats counted as 1."""
    dims = sizes(dims_, "tile", "dims", dims)
    return repeat(input, (*(1,) * (input.ndim - len(dims)), *dims))


@offered(method=False)
def meshgrid(*tensors, indexing=None):
    """Grids of the coordinates that vectors give: views, one of each, ``indexing`` ``"ij"`` or ``"xy"``."""
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            UserWarning, stacklevel=2,
        )  # fmt: skip
    if len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        (tensors,) = tensors
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    size = tuple(t.numel() for t in tensors)
    places = (tuple(-1 if k == i else 1 for k in range(len(size))) for i in range(len(size)))
    grids = tuple(expand(view(t, place), size) for t, place in zip(tensors, places))
    return tuple(transpose(g, 0, 1) for g in grids) if indexing == "xy" and len(size) > 1 else grids


# ---------------------------------------------------------------------- rearranged, as copies


@offered(torch=False)
def contiguous(input):
    """This tensor if its elements lie in memory in order, otherwise a copy for which they do."""
    return input if is_contiguous(input) else _clone(input)


@offered(torch=False)
def is_contiguous(input):
    """Whether the elements lie in memory in order, the last dimension fastest."""
    return input._data.ndim == 0 or input._data.flags.c_contiguous


@offered(torch=False)
def stride(input, dim=None):
    """How many elements lie in memory from one index to the next, for each dimension."""
    data = input._data if input._data.size else np.empty([max(n, 1) for n in input._data.shape])
    strides = tuple(n // data.itemsize for n in data.strides)
    return strides if dim is None else strides[check_dim(dim, input.ndim)]


@offered(numpy=np.flip)
def flip(input, *dims_, dims=None):
    """The order reversed along these dimensions (a copy)."""
    return _flip(input, axis=tuple(check_dims(sizes(dims_, "flip", "dims", dims), input.ndim)))


@offered(numpy=np.roll)
def roll(input, shifts, dims=None):
    """Elements moved along ``dims`` by ``shifts``, the last coming in at the front."""
    shifts = sizes((shifts,), "roll", "shifts")
    if dims is not None:
        dims = sizes((dims,), "roll", "dims")
        if dims and not input.ndim:
            raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
        dims = tuple(check_dim(dim, input.ndim) for dim in dims)
    if (dims is not None or len(shifts) != 1) and len(shifts) != len(dims or ()):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims or ())}")
    return _roll(input, shift=shifts, back=tuple(-n for n in shifts), dims=dims)


@offered(in_place=True, numpy=np.tril)
def tril(input, diagonal=0):
    """The lower triangle of a matrix (or a batch), zeros above ``diagonal``."""
    check_matrix("tril", input)
    return _tril(input, k=diagonal)


@offered(in_place=True, numpy=np.triu)
def triu(input, diagonal=0):
    """The upper triangle of a matrix (or a batch), zeros below ``diagonal``."""
    check_matrix("triu", input)
    return _triu(input, k=diagonal)


@hidden(numpy=np.transpose)
def permute_of_numpy(input, axes=None):
    """``permute``, or all dimensions in reverse order."""
    return permute(input, tuple(axes or range(input.ndim)[::-1]))


# ---------------------------------------------------------------------- checks


def check_size(size, count):
    """``size`` with its -1 replaced by what is left of ``count`` elements."""
    known, inferred = 1, None
    for i, n in enumerate(size):
        if n == -1:
            if inferred is not None:
                raise RuntimeError("only one dimension can be inferred: -1 may stand once only")
            inferred = i
        elif n < 0:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {shape_text(size)}")
        else:
            known *= n
    if inferred is not None and known == 0 == count:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {shape_text(size)} because the unspecified "
            "dimension size -1 can be any value and is ambiguous"
        )
    if known != count if inferred is None else known == 0 or count % known:
        raise RuntimeError(
            f"shape '{shape_text(size)}' is invalid for input of size {count}: the sizes must multiply "
            "to the number of elements."
        )
    if inferred is None:
        return tuple(size)
    return (*size[:inferred], count // known, *size[inferred + 1 :])


def check_expand(tensor, size, cure="Only a dimension of size 1 can be expanded."):
    """``size`` with each -1 replaced by the tensor's own; only sizes of 1 can be expanded."""
    shape = tuple(tensor.shape)
    added = len(size) - len(shape)
    if added < 0:
        raise RuntimeError(
            f"expand({type_name(tensor._data)}{{{shape_text(shape)}}}, size={shape_text(size)}): the number of "
            f"sizes provided ({len(size)}) must be greater or equal to the number of dimensions in "
            f"the tensor ({len(shape)})"
        )
    out = list(size)
    for i, n in reversed(list(enumerate(size))):
        own = shape[i - added] if i >= added else 1
        if n == -1:
            if i < added:
                raise RuntimeError(
                    "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                    f"dimension {i}: write the size that this new dimension shall have."
                )
            n = own
        if n != own and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at "
                f"non-singleton dimension {i}.  Target sizes: {shape_text(size)}.  Tensor sizes: "
                f"{shape_text(shape)}. {cure}"
            )
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {shape_text(size)}")
        out[i] = n
    return tuple(out)


def check_permutation(dims, rank):
    if len(dims) != rank:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
            f"of the desired ordering of dimensions i.e. input.dim() = {rank} is not equal to "
            f"len(dims) = {len(dims)}. Name every dimension once."
        )
    axes = [check_dim(dim, rank) for dim in dims]
    if len(set(axes)) != rank:
        raise RuntimeError(f"permute(): duplicate dims are not allowed. {tuple(dims)} names one twice.")
    return axes


def check_joined(op, tensors, dim):
    """The axis along which to concatenate tensors that fit together."""
    for i, tensor in enumerate(tensors):
        if tensor.ndim == 0:
            raise RuntimeError(
                f"zero-dimensional tensor (at position {i}) cannot be concatenated. "
                "torch.stack makes a vector of such tensors."
            )
    first = next((t for t in tensors if t.shape != (0,)), tensors[0])
    axis = check_dim(dim, first.ndim)
    for i, tensor in enumerate(tensors):
        if tensor.shape == (0,):
            continue
        if tensor.ndim != first.ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}. "
                f"`{op}` joins along a dimension that all have."
            )
        for k, (a, b) in enumerate(zip(first.shape, tensor.shape)):
            if k != axis and a != b:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {a} but "
                    f"got size {b} for tensor number {i} in the list."
                )
    return axis


def check_matrix(op, tensor):
    if tensor.ndim < 2:
        raise RuntimeError(f"{op}: input tensor must have at least 2 dimensions, got {tensor.ndim}")
