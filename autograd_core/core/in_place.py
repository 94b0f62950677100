"""What an in-place change does to the history of a base and of its views.

A view shares its base's memory, so a change of one changes all. Only the base keeps the true
history: changing a view gives the base a :class:`CopySlices` node, and every view is from then
on a cut-out of that base, an ``AsStridedBackward0`` node. Where a view's elements lie within
its base is read off the arrays themselves, so that a view of a view of a view costs no more
than a view. This is PyTorch's scheme, see "View + Inplace detection" in
https://github.com/pytorch/pytorch/blob/main/torch/csrc/autograd/variable.h
"""

import weakref
from typing import Any, NamedTuple

import numpy as np

from ..errors.in_place import (
    changed_view,
    larger_result,
    leaf,
    other_type,
    overlap,
    view_of_leaf,
    written_twice,
)  # fmt: skip
from ..meaning import means
from . import dtypes
from .engine import check_saved, contributions_of
from .grad_mode import mode
from .node import GeneralNode, Node, Operation, Output, _frame, edge_of
from .operation import record, stand_in
from .source import FrameType, user_frame
from .storage import Memory
from .tensor import Tensor, result, watchers

# ---------------------------------------------------------------------- what may be changed


def check_change(tensor: Tensor, op: str) -> None:
    """Raise for an in-place change that autograd cannot follow."""
    memory = tensor._memory
    base: Any = memory and memory.base
    if base is not None:
        if memory.origin is not None:
            raise RuntimeError(_lost(tensor, "is being"))
        if base._requires_grad and base._grad_fn is None:
            raise view_of_leaf(base, op)
    if tensor._requires_grad and tensor._grad_fn is None:
        raise leaf(tensor, op)


def _lost(view: Tensor, how: str) -> str:
    return changed_view(view, view._memory.origin == "no_grad", how)


def check_written_once(tensor: Tensor, op: str) -> None:
    """Raise if several elements of a tensor share one place in memory, as after expand()."""
    data = tensor._data
    shared = any(n == 0 and size > 1 for n, size in zip(data.strides, data.shape)) and data.size
    if (shared or not data.flags.writeable) and op not in ("fill_", "zero_"):
        raise written_twice(op)


def _check_overlap(tensor: Tensor, operands: tuple, op: str, apart: bool) -> None:
    """Raise if an operand shares a part, but not all, of the memory that is written to.

    ``apart`` says that it may not share all of it either.
    """
    written = tensor._data
    for operand in operands if op not in ("fill_", "masked_fill_") else ():
        if not isinstance(operand, Tensor) or (operand is tensor and not apart):
            continue
        read = operand._data
        seen = operand._memory or read is written or read is written.base
        if not seen or not np.may_share_memory(written, read):
            continue
        same = not apart and _place(written) == _place(read)
        if not same and _dense(written) and _dense(read):
            raise overlap(op)


def _place(array: dtypes.Array) -> tuple:
    steps = [step for step, n in zip(array.strides, array.shape) if n > 1]
    return array.shape, steps, np.lib.array_utils.byte_bounds(array)


def _dense(array: dtypes.Array) -> bool:
    """Whether the elements fill their stretch of memory, each once."""
    low, high = np.lib.array_utils.byte_bounds(array)
    return array.size > 0 and high - low == array.nbytes


# ---------------------------------------------------------------------- the change, as methods


def view_of(self: Tensor, parent: Tensor, several: bool = False) -> None:
    """Declare this new tensor a view of ``parent``, or one of ``several`` made together."""
    memory = parent._share()
    base = parent if memory.base is None else memory.base
    origin = "no_grad" if not mode.enabled else "several" if several else memory.origin
    self._memory = Memory(memory.storage, base, origin)
    if origin == "no_grad" and self._grad_fn is None and base.requires_grad:
        self._grad_fn, self._requires_grad = Unrecorded(), True
    memory.storage.add_view(self)


def before_change(self: Tensor, op: str, operands: tuple = (), apart: bool = False) -> Tensor:
    """The first operand of an in-place operation: this tensor, or a copy if it is recorded.

    What the operation saves of it is then not overwritten by its own outcome. With ``apart`` no
    operand may share its memory.
    """
    _check_overlap(self, operands, op, apart)
    base = self._memory and self._memory.base
    recorded = (t.requires_grad for t in (self, base, *operands) if isinstance(t, Tensor))
    if not mode.enabled or not any(recorded):
        return self
    check_change(self, op)
    return result(self._data.copy(), self._grad_fn)


def replace(self: Tensor, out: Tensor, op: str, before: Tensor | None = None) -> Tensor:
    """Make this tensor, in place, what ``out`` is: its numbers and its history.

    ``before`` is what :meth:`before_change` returned and ``out`` was computed from.
    """
    frame = user_frame(_frame(1))
    recorded = mode.enabled and (out.requires_grad or self.requires_grad)
    if recorded and before is None:
        check_change(self, op)
    if out.shape != self.shape:
        raise larger_result(self, out, op)
    if not dtypes.can_cast(out.dtype, self.dtype):
        raise other_type(self, out, op)
    storage = self._share().storage
    if type(self._data) is np.ndarray:
        check_written_once(self, op)
        self._data[...] = out._data
    else:
        self._data = out._data.astype(self._data.dtype)
    storage.modified(op, frame, self._data)
    if recorded:
        rebase(self, out, before, frame)
    for view in storage.live_views():
        refresh(view, frame)
    return self


Tensor.view_of, Tensor.before_change, Tensor.replace = view_of, before_change, replace


class Layout(NamedTuple):
    """Where the elements of an array lie in memory, counted in elements."""

    shape: tuple
    strides: tuple
    offset: int

    def within(self, memory: np.ndarray) -> np.ndarray:
        """The array of this layout in a flat piece of memory (shares it)."""
        strides = [n * memory.itemsize for n in self.strides]
        return np.lib.stride_tricks.as_strided(memory[self.offset :], self.shape, strides)


def layouts(base: dtypes.Array, view: dtypes.Array) -> tuple[Layout, Layout, int]:
    """The layouts of two arrays that share memory, and how many elements the base spans."""
    low, high = np.lib.array_utils.byte_bounds(base)
    size = base.itemsize

    def layout(array):
        start = array.__array_interface__["data"][0] - low if array.size else 0
        return Layout(array.shape, tuple(n // size for n in array.strides), start // size)

    return layout(base), layout(view), (high - low) // size


@means("scatter(x)")
def moved(x: Any, source: Layout, target: Layout, size: int) -> Any:
    """Lay ``x`` out in empty memory by one layout and read it by another.

    Elements of the array or tensor that share a place are added up: exchange the layouts for its rule.
    """
    if isinstance(x, Tensor):
        y = moved(x._data, source, target, size)
        known = {"source": source, "target": target, "size": size}
        recorded = mode.enabled and record(AsStrided, (x,), (x._data,), y, known, _frame(1))
        return result(y, recorded or None)
    memory = np.zeros(size, x.dtype)
    shared = tuple(i for i, n in enumerate(source.strides) if n == 0 and source.shape[i] > 1)
    if shared:
        x = x.sum(axis=shared, keepdims=True)
        source = source._replace(shape=x.shape)
    source.within(memory)[...] = x
    return target.within(memory).copy()[()]


AsStrided = Operation(
    "as_strided", {"x": lambda g, source, target, size: moved(g, target, source, size)}, analytic=True
)
Copy = Operation(
    "copy", {"x": lambda g: np.zeros_like(g), "source": lambda g: g}, "CopyBackwards", analytic=True
)


class CopySlices(GeneralNode):
    """A part of the base was changed in place, through a view.

    The first operand is the base as it was; the others are those of the ``change``: the node
    that the operation on the view would have had out of place.
    """

    __slots__ = ()
    OPERATION = Operation("copy_slices", {}, "CopySlices")
    saves, needs = True, ()

    def __init__(self, *args: Any) -> None:
        super().__init__(self.OPERATION, *args)

    def contributions(self, g: Any, edges: Any, create: bool) -> list:
        base, view, size, change = self.saved_args()
        check_saved(change)
        part = moved(g, base, view, size)
        own, *others = contributions_of(change, part, create)
        outside = moved(np.ones(view.shape), view, base, size) == 0
        kept = np.where(outside, g, 0.0)
        whole = kept if own is None else kept + moved(own, view, base, size)
        return [None if edge is None else c for edge, c in zip(edges, (whole, *others))]


class Unrecorded(GeneralNode):
    """Stands where a view that was made under ``no_grad`` has no history.

    It requires grad because its base does, but no gradient flows on from it.
    """

    __slots__ = ("message",)
    OPERATION = Operation("unrecorded", {"x": lambda g: None})
    hidden = True  # the view is a leaf, and this is no node of its graph

    def __init__(self, message: str | None = None) -> None:
        super().__init__(self.OPERATION, (None,), ((),), (), None, _frame(1))
        self.message = message

    def name(self) -> str | None:
        return None

    def shown(self) -> None:
        """What ``grad_fn`` of the view is."""
        return


class Spoiled(Unrecorded):
    """The history of a view that autograd could not follow: any recorded use of it raises."""

    __slots__ = ()
    living: weakref.WeakSet["Spoiled"] = weakref.WeakSet()  # while not empty, all outcomes are looked at

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.living.add(self)
        if _refuse_spoiled not in watchers:
            watchers.append(_refuse_spoiled)

    def name(self) -> str:
        return "Invalid"

    def shown(self) -> None:
        raise RuntimeError(self.message)


def _refuse_spoiled(data: dtypes.Array, node: Node) -> None:
    """Raise where a recorded operation used a view whose history is lost."""
    if not Spoiled.living:
        watchers.remove(_refuse_spoiled)
    for edge in (node.edges[0] if type(node) is Output else node).edges:
        if type(edge) is Spoiled:
            edge.shown()


def rebase(tensor: Tensor, out: Tensor, before: Tensor | None, frame: FrameType) -> None:
    """Give ``tensor``, just changed in place into ``out``, its new history.

    ``before`` is the tensor that stood for the old value as the operation's first operand.
    """
    memory, change = tensor._memory, out._grad_fn
    if memory.base is None:
        set_history(tensor, change)
    else:
        base = memory.base
        if change is None or before is None or change.edges[0] is not edge_of(before):
            change = GeneralNode(Copy, (None, edge_of(out)), ((), ()), (before, out), None, frame)
        args = (*layouts(base._data, tensor._data), change)
        edges = edge_of(base), *change.tensor_edges[1:]
        set_history(base, CopySlices(edges, args, (stand_in(base), *change.inputs[1:]), None, frame))
    if change is not None and change.operation.saves_output:
        memory.storage.saver = weakref.ref(change)


def refresh(view: Tensor, frame: FrameType) -> None:
    """Bring a view's history up to date with its base's, after a change of their memory."""
    memory = view._memory
    base = memory.base
    if view._grad_fn is None and not base.requires_grad:
        return
    if memory.origin is not None:
        if not isinstance(view._grad_fn, Spoiled):
            view._grad_fn = Spoiled(_lost(view, "its base or another view of its base has been"))
        return
    args = (layouts(base._data, view._data),)
    edge = edge_of(base)
    node = None
    if edge is not None:
        node = GeneralNode(AsStrided, (edge,), args, (stand_in(base),), None, frame)
    set_history(view, node)


def set_history(tensor: Tensor, node: Node | None) -> None:
    """Replace a tensor's node; a tensor that retains its gradient goes on doing so."""
    old: Any = tensor._grad_fn
    retains = tensor.retains_grad
    if retains:
        old.extra.retains = None
    tensor._grad_fn, tensor._requires_grad = node, False
    if retains and node is not None:
        tensor.retain_grad()
