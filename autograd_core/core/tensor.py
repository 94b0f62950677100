"""``Tensor``: numbers, the operation that made them, and their gradient.

The operations themselves stand in ``ops/``; ``ops/__init__.py`` attaches them as methods, as
engine.py does with ``backward`` and in_place.py with what changes a tensor or makes a view.
"""

import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors.gradients import (
    assigned_no_tensor,
    assigned_other_size,
    assigned_other_type,
    cannot_retain,
    detach_view,
    grad_of_non_leaf,
    hook_without_grad,
    post_accumulate_on_non_leaf,
    requires_grad_of_integers,
    requires_grad_of_non_leaf,
    warn_of_slip,
)  # fmt: skip
from . import dtypes
from .node import Extra, Node, Output, RemovableHandle, new
from .printing import tensor_text
from .storage import Memory, Storage

# Functions of (array, node) that see each recorded outcome; what one returns is its node instead.
watchers: list[Callable] = []
onlookers: list[Callable] = []  # called where an outcome is not recorded


class Size(tuple):
    """A tensor's shape: a tuple that prints as ``torch.Size([2, 3])``."""

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, index: Any) -> Any:
        """A length, or of a slice a Size."""
        part = tuple.__getitem__(self, index)
        return Size(part) if isinstance(index, slice) else part

    def __add__(self, other: tuple) -> "Size":
        return Size(tuple.__add__(self, other))

    def numel(self) -> int:
        """The number of elements."""
        return int(np.prod(self, dtype=np.int64))


class Tensor:
    """An array of numbers that can remember how it was computed.

    Make one with :func:`autograd_core.tensor`. ``Tensor(3, 4)`` and ``Tensor([1, 2])``, PyTorch's
    old constructor, are given by creation.py: of these sizes, or data in the default type.
    """

    __slots__ = ("_data", "_grad_fn", "_requires_grad", "_grad", "_memory", "extra", "__weakref__",
                 "__dict__")  # fmt: skip  # the last for attributes of the user's own
    _data: dtypes.Array
    _grad_fn: Node | None
    _requires_grad: bool
    _grad: "Tensor | None"
    _memory: Memory | Any  # or None
    extra: Extra | Any  # or None
    view_of: Callable[..., None]  # attached from above, as are the next three
    before_change: Callable[..., "Tensor"]
    replace: Callable[..., "Tensor"]
    to: Callable[..., "Tensor"]
    __hash__ = object.__hash__
    # a leaf ends the graph: a node without operands, older than all others
    edges, seq, hidden = (), 0, False

    # ------------------------------------------------------------------ what it is

    @property
    def shape(self) -> Size:
        return Size(self._data.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.dtype.of_numpy[self._data.dtype]

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are computed for this tensor."""
        return self._grad_fn is not None or self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":
        """Ask for gradients of this leaf (or no longer). Only floating-point tensors have them."""
        if self._grad_fn is not None:
            if not requires_grad:
                raise requires_grad_of_non_leaf()
            return self
        if requires_grad and not self.dtype.is_floating_point:
            raise requires_grad_of_integers(self.dtype)
        self._requires_grad = bool(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self._grad_fn is None or self._grad_fn.hidden

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for a leaf."""
        node: Any = self._grad_fn
        if node is not None and node.hidden:
            return node.shown()
        return node and (node.edges[0] if isinstance(node, Output) else node).of_its_name()

    @property
    def output_nr(self) -> int:
        """Which output of ``grad_fn`` this tensor is."""
        return self._grad_fn.number if isinstance(self._grad_fn, Output) else 0

    @property
    def grad(self) -> "Tensor | None":
        """The gradient accumulated so far (a tensor of this shape), or None."""
        if self._grad is None:
            if not self.is_leaf and not self.retains_grad:
                warnings.warn(grad_of_non_leaf(self), UserWarning, stacklevel=2)
            elif vars(self) and not self._requires_grad:
                warn_of_slip(vars(self))
        return self._grad

    @grad.setter
    def grad(self, value: "Tensor | None") -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise assigned_no_tensor(value)
            if value.dtype is not self.dtype:
                raise assigned_other_type(self, value)
            if value.shape != self.shape:
                raise assigned_other_size(self, value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def _version(self) -> int:
        """How often this tensor's memory was changed in place."""
        return self._memory.storage.version if self._memory else 0

    # ------------------------------------------------------------------ gradients

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in ``.grad`` too."""
        if not self.requires_grad:
            raise cannot_retain()
        if self._grad_fn is not None:
            self._grad_fn.more().retains = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether ``retain_grad()`` was called on this non-leaf tensor."""
        node = self._grad_fn
        return node is not None and node.extra is not None and node.extra.retains is not None

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(grad)`` with this tensor's complete gradient; what it returns replaces it.

        Returns a handle whose ``remove()`` takes the hook away.
        """
        if not self.requires_grad:
            raise hook_without_grad()
        return RemovableHandle(self._more().hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(tensor)`` after a backward pass has added to this leaf's ``.grad``."""
        if self._grad_fn is not None:
            raise post_accumulate_on_non_leaf()
        return RemovableHandle(self._more().after, hook)

    def _more(self) -> Extra:
        if self._grad_fn is not None:
            return self._grad_fn.more()
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    def detach(self) -> "Tensor":
        """The same memory as a leaf that needs no gradient."""
        out = result(self.array(), None)
        out._memory = Memory(self._memory.storage)
        return out

    def detach_(self) -> "Tensor":
        """Cut this tensor off from its history, in place."""
        if self._memory is not None and self._memory.base is not None:
            raise detach_view()
        self._grad_fn, self._requires_grad = None, False
        return self

    # ------------------------------------------------------------------ shared memory

    def array(self) -> np.ndarray:
        """This tensor's memory as an ndarray that shares it (not a copy)."""
        if type(self._data) is not np.ndarray:
            self._data = np.array(self._data)
        self._share()
        return self._data

    def _share(self) -> Memory:
        """This tensor's Memory, made at the first view or in-place change."""
        if self._memory is None:
            node = self._grad_fn
            saver = weakref.ref(node) if node is not None and node.operation.saves_output else None
            self._memory = Memory(Storage(saver))
        return self._memory

    # ------------------------------------------------------------------ as text

    def __repr__(self) -> str:
        prefix = getattr(type(self), "prefix", "tensor(")
        node: Any = self._grad_fn
        if node is not None:
            node = node.name() if node.hidden else self.grad_fn.name()  # type: ignore[union-attr]  # it has one
        return tensor_text(self._data, default_dtype=dtypes.get_default_dtype().name, prefix=prefix,
                           requires_grad=self._requires_grad, grad_fn_name=node)  # fmt: skip


def result(data: dtypes.Array, grad_fn: Node | None) -> Tensor:
    """A tensor of type ``Tensor`` around a NumPy array or scalar: what an operation returns."""
    if watchers and grad_fn is not None:
        for watch in tuple(watchers):
            grad_fn = watch(data, grad_fn) or grad_fn
    elif onlookers and grad_fn is None:
        for look in onlookers:
            look()
    tensor = new(Tensor)
    tensor._data = data
    tensor._grad_fn = grad_fn
    tensor._requires_grad = False
    tensor._grad = tensor._memory = tensor.extra = None
    return tensor
