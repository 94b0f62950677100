"""Taking parts out of a tensor by index, and putting values in.

``x[...]`` works as in PyTorch: integers, slices and ``None`` make views one after the other;
what is left, arrays of integers or booleans, picks elements (a copy), by NumPy's rules
(https://numpy.org/doc/stable/user/basics.indexing.html#advanced-indexing).
"""

import operator
import warnings

import numpy as np

from ..core import dtypes
from ..core.engine import unbroadcast
from ..core.in_place import check_written_once
from ..core.node import constant
from ..core.operation import check_broadcast, common_type
from ..core.tensor import Tensor, result
from ..errors.operands import kind_of, not_a_tensor
from ..errors.words import kind_name, shape_text, type_name
from ..limits import fitting
from ..meaning import means
from .arguments import check_dim
from .methods import change
from .reductions import pair_of
from .rows import hidden, offered, operation
from .shape import _alias, _select, _slice, along, expand, flatten, put_in, unsqueeze
from .shape import view as reshaped

# ---------------------------------------------------------------------- for the rules
# Each of these takes an array or a recorded tensor; ``where`` is a tuple for NumPy's indexing.


@means("part(x)")
def take(x, where, keeps=()):
    """The elements of ``x`` at ``where``, as a copy; ``keeps`` are the tensors that say where."""
    if isinstance(x, Tensor):
        return _index(x, where=where, keeps=keeps)
    return x[where]


@means("scatter(g)")
def scattered(g, shape, where):
    """``g`` added up at the places ``where`` of zeros of this shape: ``take`` transposed."""
    if isinstance(g, Tensor):
        return _scattered(g, shape=shape, where=where)
    return _added(np.zeros(shape, g.dtype), g, where)


@means("clear(g)")
def cleared(g, where):
    """``g`` with zeros at ``where``."""
    if isinstance(g, Tensor):
        return _cleared(g, where=where)
    return _put(g, 0, where)


@means("gradient")
def joined(gradient, x):
    """``gradient``, whose own gradient to ``x`` is 0, and there, as in PyTorch."""
    return _joined(gradient, x) if isinstance(gradient, Tensor) else gradient


@means("gradient")
def beside(gradient, x, w):
    """``gradient``, which PyTorch finds together with those of ``x`` and ``w``: it has their history."""
    return _beside(gradient, x, w) if isinstance(gradient, Tensor) else gradient


def _added(x, values, where):
    """A copy of ``x`` with ``values`` added at ``where``, as often as a place is named there."""
    flat = np.array(x).ravel()
    places = np.arange(x.size).reshape(x.shape)[where]
    np.add.at(flat, places.ravel(), np.broadcast_to(values, places.shape).ravel())
    return flat.reshape(x.shape)[()]


def _put(x, values, where):
    out = np.array(x)
    out[where] = values
    return out[()]


# ---------------------------------------------------------------------- the rules

# fmt: off
_TAKE = dict(forward=lambda x, where: np.asarray(x[where], order="C")[()],
             analytic=True, x=lambda g, shape, where: scattered(g, shape, where))
_index         = operation("index", **_TAKE)
_gather        = operation("gather", _TAKE["forward"], analytic=True,
                           x=lambda g, x, shape, where: scattered(g, shape, where))
_index_select  = operation("index_select", **_TAKE)
_masked_select = operation("masked_select", lambda x, full, where: np.broadcast_to(
                               x, full)[where], analytic=True,
                           x=lambda g, x, shape, full, where: unbroadcast(
                               scattered(g, full, where), shape, None))
_sorted        = operation("sort", **_TAKE)
_topk          = operation("topk", **_TAKE)
_scattered     = operation("scattered", scattered, analytic=True, x=lambda g, where: take(g, where))
_joined        = operation("joined", lambda gradient, x: gradient, gradient=lambda g: g,
                           x=lambda g, x: np.zeros_like(x), analytic=True)
_beside        = operation("joined", lambda gradient, x, w: gradient, gradient=lambda g: g,
                           x=lambda g: None, w=lambda g: None, analytic=True)
_cleared       = operation("cleared", cleared, analytic=True, x=lambda g, where: cleared(g, where))
_index_put     = operation("index_put",
                           lambda x, values, shape, where, accumulate: (
                               _added if accumulate else _put)(x, values, where), analytic=True,
                           x=lambda g, where, accumulate: g if accumulate else cleared(g, where),
                           values=lambda g, shape, where: unbroadcast(take(g, where), shape, None))
_scatter       = operation("scatter", lambda x, source, shape, where, part: _put(
                               x, source[part], where), analytic=True,
                           x=lambda g, where: cleared(g, where),
                           source=lambda g, shape, where, part: put_in(take(g, where), shape, part))
_scatter_value = operation("scatter", lambda x, value, where: _put(x, value, where),
                           node="ScatterBackward1", analytic=True,
                           x=lambda g, where: cleared(g, where))
_scatter_add   = operation("scatter_add", lambda x, source, shape, where, part: _added(
                               x, source[part], where), analytic=True,
                           x=lambda g: g,
                           source=lambda g, shape, where, part: put_in(take(g, where), shape, part))
_index_add     = operation("index_add", lambda x, source, where, alpha: _added(
                               x, source * np.asarray(alpha, x.dtype), where), analytic=True,
                           x=lambda g: g,
                           source=lambda g, source, where, alpha: take(g, where) * alpha)
_index_fill    = operation("index_fill", lambda x, value, where: _put(x, value, where),
                           analytic=True, fills=True,
                           x=lambda g, where: cleared(g, where))
_masked_fill   = operation("masked_fill", lambda x, mask, value: np.where(
                               mask, np.asarray(value, x.dtype), x), analytic=True, fills=True,
                           x=lambda g, shape, mask: unbroadcast(
                               np.where(mask, 0.0, g), shape, None))
_masked_fill_tensor = operation("masked_fill", lambda x, value, mask: np.where(
                               mask, value.astype(x.dtype), x), node="MaskedFillBackward1",
                           analytic=True, fills=True,
                           x=lambda g, shape, mask: unbroadcast(
                               np.where(mask, 0.0, g), shape, None),
                           value=lambda g, mask: np.where(mask, g, 0.0).sum())
_copy          = operation("copy", lambda x, source, shape: np.broadcast_to(
                               source, x.shape).astype(x.dtype), node="CopyBackwards",
                           analytic=True,
                           x=lambda g: np.zeros_like(g),
                           source=lambda g, shape: unbroadcast(g, *shape))
_zero          = operation("zero", lambda x: np.zeros_like(x), analytic=True,
                           x=lambda g: np.zeros_like(g))
_fill_number   = operation("fill", lambda x, value: np.full_like(x, value), node="FillBackward2",
                           analytic=True, fills=True,
                           x=lambda g: np.zeros_like(g))
_fill          = operation("fill", lambda x, value, dtype: np.full_like(x, value),
                           node="FillBackward3", analytic=True, fills=True,
                           x=lambda g: np.zeros_like(g),
                           value=lambda g, dtype: unbroadcast(g, (), dtype))
_where_else    = operation("where", lambda condition, a, b, dtype: np.where(
                               condition, a, b).astype(dtype, copy=False)[()], broadcast=True,
                           analytic=True,
                           condition=constant,
                           a=lambda g, condition: np.where(condition, g, 0.0),
                           b=lambda g, condition: np.where(condition, 0.0, g))
# fmt: on


# ---------------------------------------------------------------------- x[index]


def getitem(self, index):
    """The part of the tensor at ``index``: a view for integers, slices, None and Ellipsis."""
    if isinstance(index, slice):
        return _cut(self, 0, index)
    part, arrays = _parse(self, index)
    if arrays:
        return take(part, _where(part, arrays), _index_tensors(index))
    return _alias(part) if part is self else part


def setitem(self, index, value):
    """Put a number or a tensor (broadcast if need be) in at ``index``, in place."""
    if index is False:
        return
    index = None if index is True else index
    part, arrays = _parse(self, index)
    number = None if isinstance(value, Tensor) else value
    value = _assignable(self, value)
    if (
        number is not None
        and len(arrays) == 1
        and all(each.dtype in (dtypes.int64, dtypes.bool_) for each in _tensors(index))
    ):
        _fill_at(part, value._data.item(), arrays, index)
    elif arrays:
        own = _without_leading_ones(value.shape)
        value = value if own == value.shape else reshaped(value, own)
        fills = value._data.size == 1 and {each.dtype for each in _tensors(index)} == {dtypes.bool_}
        change(part, "masked_fill_" if fills else "index_put_", _with, value, _where(part, arrays), apart=True,
               keeps=_index_tensors(index))  # fmt: skip
    elif number is not None:
        fill_(part, number)
    elif value.shape == part.shape:
        copy_(part, value)
    elif value.ndim == 0:
        fill_(part, value)
    else:
        value = reshaped(value, _without_leading_ones(value.shape))
        copy_(part, value if value.shape == part.shape else expand(value, part.shape))


def _fill_at(part, number, arrays, index):
    """Put a number in where one array of places, or a mask, says."""
    ((dim, array),) = arrays.items()
    where = _where(part, arrays)
    if array.dtype == bool:
        mask = array.reshape((1,) * dim + array.shape + (1,) * (part.ndim - dim - array.ndim))
        change(part, "index_put_", _masked_fill, mask=mask.copy(), value=number,
               keeps=_tensors(index))  # fmt: skip
    else:
        change(part, "index_put_", _index_fill, value=number, where=where, keeps=_index_tensors(index))


def _assignable(tensor, value):
    if isinstance(value, Tensor):
        return value
    if not isinstance(value, bool | int | float | np.generic):
        raise TypeError(
            f"can't assign a {kind_of(value)} to a {type_name(tensor._data)}. "
            "Assign a number or a tensor: torch.tensor(...)."
        )
    return result(fitting(value, tensor.dtype), None)


def _without_leading_ones(shape):
    first = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return tuple(shape[first:])


def _parse(x, index):
    """Apply the integers, slices and None of an index.

    Returns the view they lead to, and what remains to be applied to it: a dictionary of arrays of
    integers or booleans, by the dimension at which they begin.
    """
    index = [_readable(item) for item in _as_tuple(index)]
    named = sum(_dimensions(item) for item in index)
    rank = x.ndim
    if named > rank:
        raise _too_many_indices(rank, index)
    arrays, dim = {}, 0
    for place, item in enumerate(index):
        if item is None:
            x = unsqueeze(x, dim)
        elif item is Ellipsis:
            dim += rank - named - 1
        elif isinstance(item, bool):
            x = unsqueeze(x, dim)
            arrays[dim] = np.zeros(int(item), np.int64)
        elif isinstance(item, int):
            x = _picked(x, dim, item, place)
            continue
        elif isinstance(item, slice):
            x = _cut(x, dim, item, whole=False)
        else:
            arrays[dim] = item
            dim += _dimensions(item) - 1
        dim += 1
    return x, arrays


def _as_tuple(index):
    """An index as a tuple; a list that is nested or holds slices counts as one, as in PyTorch."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and len(index) < 32:
        parts = Tensor | np.ndarray | list | tuple | slice | None
        if any(isinstance(item, parts) or item is Ellipsis for item in index):
            warnings.warn(
                "Using a non-tuple sequence for multidimensional indexing is deprecated and will be "
                "changed in pytorch 2.9; use x[tuple(seq)] instead of x[seq].",
                UserWarning, stacklevel=4,
            )  # fmt: skip
            return tuple(index)
    return (index,)


def _index_tensors(index):
    """The tensors of an index that are handed on as they are; bools are made whole numbers."""
    return [item for item in _tensors(index) if item.dtype is dtypes.int64 and item.ndim]


def _tensors(index):
    return [item for item in (index if isinstance(index, tuple | list) else (index,))
            if isinstance(item, Tensor)]  # fmt: skip


def _readable(item):
    """One item of an index as None, Ellipsis, slice, bool, int, or an array of int64 or bool."""
    if item is None or item is Ellipsis or isinstance(item, slice | bool | int):
        return item
    if isinstance(item, np.bool_):
        return bool(item)
    if isinstance(item, np.integer):
        return int(item)
    if isinstance(item, Tensor | np.ndarray):
        array = item._data if isinstance(item, Tensor) else item
    elif isinstance(item, list | tuple | range | str):
        array = np.asarray(item) if len(item) else np.zeros(0, np.int64)
        if array.dtype.kind in "USO" or isinstance(item, str):
            raise TypeError(
                "new(): invalid data type 'str'. An index is made of integers, slices, None, Ellipsis, "
                "and arrays of integers or booleans."
            )
    else:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
            f"indices (got {type(item).__name__})"
        )
    if array.dtype == np.uint8:
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
            UserWarning, stacklevel=5,
        )  # fmt: skip
        array = array.astype(bool)
    if array.dtype.kind not in "bi":
        raise IndexError(
            "tensors used as indices must be long, int, byte or bool tensors. "
            f"This one is {type_name(array)}; .long() makes integers of its numbers."
        )
    if array.ndim == 0:
        return array.item()
    return array if array.dtype == bool else array.astype(np.int64)


def _dimensions(item):
    """How many dimensions of the tensor an item of an index speaks for."""
    if isinstance(item, np.ndarray):
        return item.ndim if item.dtype == bool else 1
    return int(item is not None and item is not Ellipsis and not isinstance(item, bool))


def _picked(x, dim, i, place):
    n = x._data.shape[dim] if dim < x.ndim else 0
    if not -n <= i < n:
        raise IndexError(_out_of_bounds(i, place, n))
    return _select(x, where=along(dim, i % n))


def _cut(x, dim, part, whole=True):
    """The slice ``part`` of dimension ``dim``; ``whole`` says to make a view even of all of it."""
    if x.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    step = 1 if part.step is None else operator.index(part.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step < 0:
        raise ValueError(
            f"step must be greater than zero, not {step}. To reverse a dimension, use torch.flip."
        )
    n = x._data.shape[check_dim(dim, x.ndim)]
    if not whole and step == 1 and not part.start and (part.stop is None or part.stop >= n):
        return x
    start, stop, step = part.indices(n)
    return _slice(x, where=along(dim, slice(start, max(start, stop), step)))


def _where(x, arrays):
    """The index that applies arrays, given by dimension, to ``x``: a tuple for NumPy."""
    where = [slice(None)] * x.ndim
    for dim, array in arrays.items():
        if dim + _dimensions(array) > x.ndim:
            raise _too_many_indices(x.ndim, where)
        if array.dtype != bool:
            where[dim] = array
        elif array.shape == x._data.shape[dim : dim + array.ndim]:
            where[dim : dim + array.ndim] = array.nonzero()
        else:
            mask, shape = array.shape, x._data.shape
            first = next(i for i, (n, m) in enumerate(zip(mask, shape[dim:])) if n != m)
            raise IndexError(
                f"The shape of the mask {shape_text(mask)} at index {first} does not match the shape of "
                f"the indexed tensor {shape_text(shape)} at index {dim + first}. A mask has one element "
                "for each of the tensor's."
            )
    indices = [i for i in where if not isinstance(i, slice)]
    try:
        picked = np.broadcast_shapes(*(i.shape for i in indices))
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join(shape_text(i.shape) for i in indices)
        ) from None
    shape = x._data.shape
    empty = 0 in picked or any(n == 0 and isinstance(i, slice) for n, i in zip(shape, where))
    for dim, i in enumerate(where):
        if isinstance(i, slice):
            continue
        if empty and shape[dim]:
            where[dim] = np.zeros_like(i)  # nothing is picked, so nothing is out of bounds
        else:
            _check_bounds(i, dim, shape[dim], IndexError)
    return tuple(where)


def _check_bounds(index, dim, n, kind):
    wrong = index[(index < (-n if kind is IndexError else 0)) | (index >= n)]
    if wrong.size:
        raise kind(_out_of_bounds(int(wrong.flat[0]), dim, n))


@offered()
def index_put(input, indices, values, accumulate=False):
    """A copy with ``values`` put (or, with ``accumulate``, added) at ``indices``, a tuple."""
    arrays, dim = {}, 0
    for index in indices:
        array = None if index is None else np.atleast_1d(_readable(index))
        if array is not None:
            arrays[dim] = array
        dim += 1 if array is None else _dimensions(array)
    return _with(input, values, _where(input, arrays), accumulate, _index_tensors(indices))


def _with(x, values, where, accumulate=False, keeps=()):
    shape = np.empty(x._data.shape, bool)[where].shape
    own = _without_leading_ones(values.shape)
    if len(own) > len(shape) or any(n not in (1, m) for n, m in zip(own[::-1], shape[::-1])):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {shape_text(values.shape)} cannot be broadcast to "
            f"indexing result of shape {shape_text(shape)}"
        )
    if values.dtype is not x.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{kind_name(x)} for the destination and {kind_name(values)} for the source."
        )
    return _index_put(x, values, shape=values._data.shape, where=where, accumulate=accumulate,
                      keeps=keeps)  # fmt: skip


@offered(torch=False)
def index_put_(self, indices, values, accumulate=False):
    """Like :func:`index_put`, in place."""
    return change(self, "index_put_", lambda x, values: index_put(x, indices, values, accumulate),
                  values, apart=True)  # fmt: skip


# ---------------------------------------------------------------------- by arrays of places


def _open_grid(index, dim):
    """The index that names each element's own place, but at ``dim`` what ``index`` says."""
    if index.ndim == 0:
        return ()
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


def _gather_index(op, x, dim, index):
    """The axis and the places that gather and scatter speak of."""
    if index.dtype.name not in ("int64", "int32"):
        raise RuntimeError(f"{op}(): Expected dtype int32/int64 for index, but got {index.dtype}")
    if max(index.ndim, 1) != max(x.ndim, 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as input tensor: {index.ndim} and {x.ndim}"
        )
    axis = check_dim(dim, x.ndim)
    places, shape = np.array(index._data), x._data.shape  # a copy: the index may change
    for k, (n, m) in enumerate(zip(places.shape, shape)):
        if k != axis and n > m:
            raise RuntimeError(
                f"Size does not match at dimension {k} expected index {list(places.shape)} to be "
                f"no larger than self {list(shape)} apart from dimension {axis}"
            )
    _check_bounds(np.asarray(places), axis, shape[axis] if shape else 1, RuntimeError)
    return axis, places


@offered()
def gather(input, dim, index, *, sparse_grad=False):
    """Elements along ``dim`` at the places in ``index``, whose shape is the result's.

    ``out[i][j] = input[index[i][j]][j]`` for ``dim=0``, and so on.

    >>> torch.tensor([[1.0, 2.0], [3.0, 4.0]]).gather(1, torch.tensor([[1], [0]]))
    tensor([[2.],
            [3.]])
    """
    return _gathered(input, dim, index, keeps=(index,))


def _gathered(input, dim, index, keeps):
    dim, places = _gather_index("gather", input, dim, index)
    return _gather(input, where=_open_grid(places, dim), keeps=keeps)


@offered(numpy=np.take_along_axis)
def take_along_dim(input, indices, dim=None):
    """Like :func:`gather`, with the other dimensions broadcast; without ``dim`` of all elements."""
    if dim is None:
        return gather(flatten(input), 0, flatten(indices))
    dim = check_dim(dim, input.ndim)
    if indices.ndim != input.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    own, other = list(input.shape), list(indices.shape)
    own[dim] = other[dim] = 1
    both = list(np.broadcast_shapes(tuple(own), tuple(other)))
    both[dim] = input.shape[dim]
    input = expand(input, both)
    both[dim] = indices.shape[dim]
    n = input.shape[dim]
    places = np.where(indices._data < 0, indices._data + n, indices._data)
    return _gathered(input, dim, result(np.broadcast_to(places, both), None), keeps=(indices,))


@offered(in_place="apart")
def scatter(input, dim, index, src=None, *, value=None):
    """A copy with the elements of ``src`` (or one number) put at the places in ``index``.

    ``out[index[i][j]][j] = src[i][j]`` for ``dim=0``: the opposite of :func:`gather`.
    """
    dim, places = _gather_index("scatter", input, dim, index)
    where = _open_grid(places, dim)
    if not isinstance(src, Tensor):
        value = value if src is None else src
        return _scatter_value(input, value=fitting(value, input.dtype), where=where, keeps=(index,))
    part = _corner("scatter", input, places, src)
    return _scatter(input, src, shape=src._data.shape, where=where, part=part, keeps=(index,))


@offered(in_place="apart")
def scatter_add(input, dim, index, src):
    """A copy with the elements of ``src`` added at the places in ``index``."""
    dim, places = _gather_index("scatter_add", input, dim, index)
    part = _corner("scatter_add", input, places, src)
    where = _open_grid(places, dim)
    keeps = (index,) if src.requires_grad else ()
    return _scatter_add(input, src, shape=src._data.shape, where=where, part=part, keeps=keeps)


def _corner(op, x, places, source):
    """The part of ``source`` that has the index's shape."""
    if source.dtype is not x.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, but they are {x.dtype} and {source.dtype}."
        )
    if max(source.ndim, 1) != max(places.ndim, 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as src tensor: {places.ndim} and {source.ndim}"
        )
    if any(n > m for n, m in zip(places.shape, source.shape)):
        raise RuntimeError(
            f"Expected index {list(places.shape)} to be no larger than src {list(source.shape)} in `{op}`"
        )
    return tuple(slice(n) for n in places.shape)


@offered()
def index_select(input, dim, index):
    """The slices along ``dim`` at the places in ``index``, a vector of integers."""
    dim = check_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype.name not in ("int64", "int32"):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    places = np.array(index._data, ndmin=1)
    n = input._data.shape[dim] if input.ndim else 1
    if ((places < 0) | (places >= n)).any():
        raise IndexError(f"index out of range in self: dimension {dim} has size {n}")
    where = along(dim, places) if input.ndim else ()
    return _index_select(input, where=where, keeps=(index,))


@offered(in_place="apart")
def index_add(input, dim, index, source, *, alpha=1):
    """A copy with the slices of ``source`` added to those at the places in ``index``."""
    dim = check_dim(dim, input.ndim)
    _check_added(input, dim, index, source)
    places = np.array(index._data, ndmin=1)
    _check_bounds(places, dim, input._data.shape[dim], RuntimeError)
    keeps = (index,) if source.requires_grad else ()
    fitting(alpha, input.dtype)
    return _index_add(input, source, where=along(dim, places), alpha=alpha, keeps=keeps)


def _check_added(input, dim, index, source):
    """Slices that index_add can add: as many as there are places, each of the shape of its place."""
    if index.ndim > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {index.ndim} and size: "
            f"{shape_text(index.shape)}"
        )
    if index.dtype.name not in ("int64", "int32"):
        raise RuntimeError(
            f"index_add_(): Expected dtype int32/int64 for index but got: {kind_name(index)}. Call .long() first."
        )
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"index_add_(): self ({kind_name(input)}) and source ({kind_name(source)}) must have the same scalar type"
        )
    own, other = list(input.shape), list(source.shape)
    if other and other[dim : dim + 1] != [index.numel()]:
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.numel()}) should be equal to source.size(dim): "
            f"({other[dim] if dim < len(other) else 1}), for dim: {dim}"
        )
    if len(own) != len(other) or own[:dim] + own[dim + 1 :] != other[:dim] + other[dim + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {shape_text(own)} source.shape = {shape_text(other)}"
        )


# ---------------------------------------------------------------------- by a mask


@offered(in_place=True)
def masked_fill(input, mask, value):
    """A copy with ``value`` (a number or a 0-d tensor) wherever ``mask`` holds.

    >>> x = torch.tensor([1.0, -2.0])
    >>> x.masked_fill(x < 0, 0.0)
    tensor([1., 0.])
    """
    if mask.dtype.name != "bool":
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {kind_name(mask).lower()}"
        )
    check_broadcast("masked_fill", mask._data, input._data)
    where = np.array(mask._data)
    if not isinstance(value, Tensor):
        return _masked_fill(input, mask=where, value=fitting(value, input.dtype), keeps=(mask,))
    if value.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s)."
        )
    fitting(value.item(), input.dtype)
    return _masked_fill_tensor(input, value, mask=where, keeps=(mask,))


@offered()
def masked_select(input, mask):
    """The elements for which ``mask`` holds, in one dimension."""
    if mask.dtype.name != "bool":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = check_broadcast("masked_select", input._data, mask._data)
    where = np.broadcast_to(mask._data, shape).nonzero() if shape else (np.asarray(mask._data),)
    return _masked_select(input, full=shape, where=where, keeps=(mask,))


@offered(method=False)
def where(condition, input=None, other=None):
    """``where(condition, input, other)``: ``input`` where ``condition`` holds, else ``other``.

    All three are broadcast; ``input`` and ``other`` may be numbers. With the condition alone:
    the indices at which it holds, as ``nonzero(as_tuple=True)``.
    """
    if not isinstance(condition, Tensor) or (input is None) != (other is None):
        raise TypeError(
            "where() received an invalid combination of arguments: write "
            "where(condition), or where(condition, input, other) with a tensor as condition."
        )
    if condition.dtype.name not in ("bool", "uint8"):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{kind_name(condition)}. Compare it with something: condition != 0."
        )
    if input is None:
        return nonzero(condition, as_tuple=True)
    kind = common_type(input, other)
    if kind is None:
        raise not_a_tensor("where", "input", input, 2)
    input, other = (each if isinstance(each, Tensor) else fitting(each, kind) for each in (input, other))
    return _where_else(condition, input, other, dtype=kind.numpy)


@hidden(numpy=np.where)
def where_of_array(condition, *branches):
    """``where`` of a condition that may be an array."""
    if not isinstance(condition, Tensor):
        condition = result(np.asarray(condition)[()], None)
    return where(condition, *branches)


def where_method(self, condition, other):
    """This tensor's elements where ``condition`` holds, else those of ``other``."""
    return where(condition, self, other)


@offered()
def nonzero(input, *, as_tuple=False):
    """The indices of all elements that are not zero, one in a row (or one tensor for each dim)."""
    data = input._data
    if as_tuple:
        return tuple(result(i, None) for i in np.atleast_1d(data).nonzero())
    if data.ndim == 0:
        return result(np.zeros((int(data != 0), 0), np.int64), None)
    return result(np.argwhere(data), None)


# ---------------------------------------------------------------------- by size


def _order(data, dim, descending):
    """The places of the elements in order; equal ones stay in order."""
    if data.ndim == 0:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(data, axis=dim, kind="stable")
    back = np.argsort(np.flip(data, dim), axis=dim, kind="stable")
    return data.shape[dim] - 1 - np.flip(back, dim)


@offered()
def argsort(input, dim=-1, descending=False, stable=False):
    """The places of the elements along ``dim`` in ascending (or descending) order."""
    return result(_order(input._data, check_dim(dim, input.ndim), descending), None)


@offered()
def sort(input, dim=-1, descending=False, stable=False):
    """The elements in order along ``dim``: ``(values, indices)``."""
    dim = check_dim(dim, input.ndim)
    order = _order(input._data, dim, descending)
    indices = result(np.array(order)[()], None)
    values = _sorted(input, where=_open_grid(order, dim), keeps=(indices,))
    return pair_of("sort")(values, indices)


@offered()
def topk(input, k, dim=-1, largest=True, sorted=True):
    """The ``k`` largest (or smallest) elements along ``dim``: ``(values, indices)``."""
    dim = check_dim(dim, input.ndim)
    if not 0 <= k <= (input._data.shape[dim] if input.ndim else 1):
        raise RuntimeError(
            f"selected index k out of range: k is {k}, dimension {dim} has size {input.shape[dim]}"
        )
    order = _order(input._data, dim, largest)
    order = np.ascontiguousarray(order[along(dim, slice(k))]) if input.ndim else order
    indices = result(np.array(order)[()], None)
    values = _topk(input, where=_open_grid(order, dim), keeps=(indices,))
    return pair_of("topk")(values, indices)


@offered()
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different elements, or slices along ``dim``, in order; where each is, how often it comes."""
    axis = None if dim is None else check_dim(dim, input.ndim)
    found, inverse, counts = np.unique(input._data, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(-1 if dim is not None else input._data.shape)
    made = [found] + [inverse] * return_inverse + [counts] * return_counts
    made = tuple(result(np.asarray(each)[()], None) for each in made)
    return made if len(made) > 1 else made[0]


# ---------------------------------------------------------------------- the whole tensor, in place


@offered(torch=False)
def copy_(self, src, non_blocking=False):
    """Make all elements those of ``src``, broadcast and converted if need be."""
    src = src if isinstance(src, Tensor) else _assignable(self, src)
    shape = check_broadcast("copy_", self._data, src._data)
    if shape != self.shape:
        raise RuntimeError(
            f"output with shape {shape_text(self.shape)} doesn't match the broadcast shape "
            f"{shape_text(shape)}. `copy_` cannot make a tensor larger."
        )
    return change(self, "copy_", _copy, src, shape=(src._data.shape, src._data.dtype))


@offered(torch=False)
def fill_(self, value):
    """Make all elements ``value``, a number or a 0-d tensor."""
    if not isinstance(value, Tensor):
        return change(self, "fill_", _fill_number, value=_assignable(self, value)._data.item())
    if value.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
        )
    check_written_once(self, "fill_ with a tensor")
    return change(self, "fill_", _fill, value, dtype=value._data.dtype)


@offered(torch=False)
def zero_(self):
    """Make all elements 0."""
    return change(self, "zero_", _zero)


# ---------------------------------------------------------------------- checks


def _too_many_indices(rank, index):
    if rank == 0 and all(isinstance(item, int) for item in index):
        return IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
            "C++ to convert a 0-dim tensor to a number"
        )
    return IndexError(
        f"too many indices for tensor of dimension {rank}. "
        "Each integer, slice or array of an index stands for one dimension."
    )


def _out_of_bounds(i, dim, size):
    last = f"Its places are numbered 0 to {size - 1}." if size else "It is empty."
    return f"index {i} is out of bounds for dimension {dim} with size {size}. {last}"
