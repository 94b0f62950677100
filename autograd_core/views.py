"""What an in-place change does to the history of a base and of its views.

A view shares its base's memory, so a change of one changes all. Only the base keeps the true
history: changing a view gives the base a :class:`CopySlices` node, and every view is from then
on a cut-out of that base, an ``AsStridedBackward0`` node. Where a view's elements lie within
its base is read off the arrays themselves, so that a view of a view of a view costs no more
than a view. This is PyTorch's scheme, see "View + Inplace detection" in
https://github.com/pytorch/pytorch/blob/main/torch/csrc/autograd/variable.h
"""

import weakref
from typing import NamedTuple

import numpy as np

from . import engine, errors
from .grad_mode import mode
from .node import GeneralNode, Operation, _frame, stand_in, edge_of, record, user_frame
from .tensor import Tensor, result


class Layout(NamedTuple):
    """Where the elements of an array lie in memory, counted in elements."""

    shape: tuple
    strides: tuple
    offset: int

    def within(self, memory):
        """The array of this layout in a flat piece of memory (shares it)."""
        strides = [n * memory.itemsize for n in self.strides]
        return np.lib.stride_tricks.as_strided(memory[self.offset :], self.shape, strides)


def layouts(base, view):
    """The layouts of two arrays that share memory, and how many elements the base spans."""
    low, high = np.lib.array_utils.byte_bounds(base)
    size = base.itemsize

    def layout(array):
        start = array.__array_interface__["data"][0] - low if array.size else 0
        return Layout(array.shape, tuple(n // size for n in array.strides), start // size)

    return layout(base), layout(view), (high - low) // size


def moved(x, source, target, size):
    """Lay ``x`` out in empty memory by one layout and read it by another.

    Elements of ``x`` that share a place are added up, so that exchanging the two layouts gives
    the transposed map, which is this operation's own rule. Takes an array or a tensor.
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
    "as_strided", {"x": lambda g, source, target, size: moved(g, target, source, size)}
)
Copy = Operation(
    "copy", {"x": lambda g: np.zeros_like(g), "source": lambda g: g}, "CopyBackwards"
)


class CopySlices(GeneralNode):
    """A part of the base was changed in place, through a view.

    The first operand is the base as it was; the others are those of the ``change``: the node
    that the operation on the view would have had out of place.
    """

    __slots__ = ()
    OPERATION = Operation("copy_slices", {}, "CopySlices")
    saves, saves_output, needs = True, False, ()

    def __init__(self, *args):
        super().__init__(self.OPERATION, *args)

    def contributions(self, g, edges, create):
        base, view, size, change = self.saved_args()
        errors.check_saved(change)
        part = moved(g, base, view, size)
        own, *others = engine.contributions_of(change, part, create)
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

    def __init__(self, message=None):
        super().__init__(self.OPERATION, (None,), ((),), (), None, _frame(1))
        self.message = message

    def name(self):
        return None

    def shown(self):
        """What ``grad_fn`` of the view is."""
        return None


class Spoiled(Unrecorded):
    """The history of a view that autograd could not follow: any recorded use of it raises."""

    __slots__ = ()

    def name(self):
        return "Invalid"

    def shown(self):
        raise RuntimeError(self.message)

    def __bool__(self):
        return not mode.enabled or self.shown()


def rebase(tensor, out, before, frame):
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
    if change is not None and change.saves_output:
        memory.storage.saver = weakref.ref(change)


def refresh(view, frame):
    """Bring a view's history up to date with its base's, after a change of their memory."""
    memory = view._memory
    base = memory.base
    if view._grad_fn is None and not base.requires_grad:
        return
    if memory.origin is not None:
        if not isinstance(view._grad_fn, Spoiled):
            view._grad_fn = Spoiled(errors.changed_view(view, "its base or another view of its "
                                                              "base has been"))
        return
    args = (layouts(base._data, view._data),)
    edge = edge_of(base)
    node = None
    if edge is not None:
        node = GeneralNode(AsStrided, (edge,), args, (stand_in(base),), None, frame)
    set_history(view, node)


def turn(tensor, view, op, twins):
    """Make ``tensor`` itself what ``view`` shows of it: the same memory in another shape.

    ``twins`` maps the operation that ``view`` records to the one that this is recorded as.
    """
    frame = user_frame(_frame(1))
    if mode.enabled and tensor.requires_grad:
        errors.check_inplace(tensor, op)
    seen = view(result(tensor.array(), tensor._grad_fn))
    storage = tensor._share().storage
    tensor._data = seen._data
    storage.modified(op, frame, None)
    if seen._grad_fn is not None:
        seen._grad_fn.operation = twins[seen._grad_fn.operation]
        set_history(tensor, seen._grad_fn)
    for other in storage.live_views():
        if other is not tensor:
            refresh(other, frame)
    return tensor


def set_history(tensor, node):
    """Replace a tensor's node; a tensor that retains its gradient goes on doing so."""
    old = tensor._grad_fn
    retains = tensor.retains_grad
    if retains:
        old.extra.retains = None
    tensor._grad_fn, tensor._requires_grad = node, False
    if retains and node is not None:
        tensor.retain_grad()
