"""``Tensor``: numbers, the operation that made them, and their gradient.

The operations themselves stand in ``ops/``; ``ops/__init__.py`` attaches them as methods.
"""

import warnings
import weakref

import numpy as np

from . import dtypes, errors
from .grad_mode import mode
from .node import Extra, Node, Output, RemovableHandle, _frame, edge_of, new, user_frame
from .printing import tensor_text
from .storage import Memory, Storage

watchers = []  # functions of (array, node) that want to see each recorded outcome


class Size(tuple):
    """A tensor's shape: a tuple that prints as ``torch.Size([2, 3])``."""

    def __repr__(self):
        return f"torch.Size([{', '.join(map(str, self))}])"

    def numel(self):
        """The number of elements."""
        return int(np.prod(self, dtype=np.int64))


class Tensor:
    """An array of numbers that can remember how it was computed.

    Make one with :func:`autograd_core.tensor`. ``Tensor(3, 4)`` and ``Tensor([1, 2])``
    are PyTorch's old constructor: uninitialised sizes, or data in the default type.
    """

    __slots__ = ("_data", "_grad_fn", "_requires_grad", "_grad", "_memory", "extra", "__weakref__")
    __hash__ = object.__hash__
    edges, seq = (), 0  # a leaf ends the graph: a node without operands, older than all others
    device = "cpu"
    is_cuda = is_sparse = is_quantized = False

    def __init__(self, *data):
        if len(data) == 1 and not isinstance(data[0], int):
            array = np.array(data[0], dtype=None if isinstance(data[0], np.ndarray) else
                             dtypes.get_default_dtype().numpy)
        else:
            array = np.zeros(data, dtypes.get_default_dtype().numpy)
        self._data, self._grad_fn, self._requires_grad = array, None, False
        self._grad = self._memory = self.extra = None

    # ------------------------------------------------------------------ what it is

    @property
    def shape(self):
        return Size(self._data.shape)

    @property
    def dtype(self):
        return dtypes.dtype.of_numpy[self._data.dtype]

    @property
    def ndim(self):
        return self._data.ndim

    @property
    def requires_grad(self):
        """Whether gradients are computed for this tensor."""
        return self._grad_fn is not None or self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value):
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad=True):
        """Ask for gradients of this leaf (or no longer). Only floating-point tensors have them."""
        if self._grad_fn is not None:
            if not requires_grad:
                raise errors.requires_grad_of_non_leaf()
            return self
        if requires_grad and not self.dtype.is_floating_point:
            raise errors.requires_grad_of_integers(self.dtype)
        self._requires_grad = bool(requires_grad)
        return self

    @property
    def is_leaf(self):
        """Whether no recorded operation made this tensor."""
        return self._grad_fn is None or self._grad_fn.hidden

    @property
    def grad_fn(self):
        """The node of the operation that made this tensor; None for a leaf."""
        node = self._grad_fn
        if node is not None and node.hidden:
            return node.shown()
        return node.edges[0] if isinstance(node, Output) else node

    @property
    def output_nr(self):
        """Which output of ``grad_fn`` this tensor is."""
        return self._grad_fn.number if isinstance(self._grad_fn, Output) else 0

    @property
    def grad(self):
        """The gradient accumulated so far (a tensor of this shape), or None."""
        if self._grad is None and not self.is_leaf and not self.retains_grad:
            warnings.warn(errors.grad_of_non_leaf(self), UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value):
        if value is not None:
            errors.check_assigned_grad(self, value)
        self._grad = value

    @grad.deleter
    def grad(self):
        self._grad = None

    @property
    def _version(self):
        """How often this tensor's memory was changed in place."""
        return self._memory.storage.version if self._memory else 0

    @property
    def data(self):
        """The same memory without history. A change through it is not noticed; prefer detach()."""
        return result(self.array(), None)

    @data.setter
    def data(self, value):
        self._data = value.array()

    # ------------------------------------------------------------------ gradients

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        """Add the gradient of this tensor with respect to each leaf to the leaf's ``.grad``.

        Parameters
        ----------
        gradient : tensor of this shape
            The incoming gradient; may be left out for a tensor with one element (it is 1).
        retain_graph : bool
            Keep what the operations saved, so that backward can run again.
        create_graph : bool
            Record the backward pass itself, for higher-order gradients.
        inputs : sequence of tensors
            Accumulate into these only.

        >>> import autograd_core as torch
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> (x ** 2).backward()
        >>> x.grad
        tensor(6.)
        """
        engine.backward(
            (self,), None if gradient is None else (gradient,), retain_graph, create_graph, inputs
        )

    def retain_grad(self):
        """Keep the gradient of this non-leaf tensor in ``.grad`` too."""
        if not self.requires_grad:
            raise errors.cannot_retain()
        if self._grad_fn is not None:
            self._grad_fn.more().retains = weakref.ref(self)

    @property
    def retains_grad(self):
        """Whether ``retain_grad()`` was called on this non-leaf tensor."""
        node = self._grad_fn
        return node is not None and node.extra is not None and node.extra.retains is not None

    def register_hook(self, hook):
        """Call ``hook(grad)`` with this tensor's complete gradient; what it returns replaces it.

        Returns a handle whose ``remove()`` takes the hook away.
        """
        if not self.requires_grad:
            raise errors.hook_without_grad()
        return RemovableHandle(self._more().hooks, hook)

    def register_post_accumulate_grad_hook(self, hook):
        """Call ``hook(tensor)`` after a backward pass has added to this leaf's ``.grad``."""
        if self._grad_fn is not None:
            raise errors.post_accumulate_on_non_leaf()
        return RemovableHandle(self._more().after, hook)

    def _more(self):
        if self._grad_fn is not None:
            return self._grad_fn.more()
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    def detach(self):
        """The same memory as a leaf that needs no gradient."""
        out = result(self.array(), None)
        out._memory = Memory(self._memory.storage)
        return out

    def detach_(self):
        """Cut this tensor off from its history, in place."""
        if self._memory is not None and self._memory.base is not None:
            raise errors.detach_view()
        self._grad_fn, self._requires_grad = None, False
        return self

    # ------------------------------------------------------------------ shared memory

    def array(self):
        """This tensor's memory as an ndarray that shares it (not a copy)."""
        if type(self._data) is not np.ndarray:
            self._data = np.array(self._data)
        self._share()
        return self._data

    def _share(self):
        """This tensor's Memory, made at the first view or in-place change."""
        if self._memory is None:
            node = self._grad_fn
            saver = weakref.ref(node) if node is not None and node.saves_output else None
            self._memory = Memory(Storage(saver))
        return self._memory

    def view_of(self, parent, several=False):
        """Declare this new tensor a view of ``parent``, or one of ``several`` made together."""
        memory = parent._share()
        base = parent if memory.base is None else memory.base
        origin = "no_grad" if not mode.enabled else "several" if several else memory.origin
        self._memory = Memory(memory.storage, base, origin)
        if origin == "no_grad" and self._grad_fn is None and base.requires_grad:
            self._grad_fn, self._requires_grad = views.Unrecorded(), True
        memory.storage.add_view(self)

    def before_change(self, op, operands=()):
        """The first operand of an in-place operation: this tensor, or a copy if it is recorded.

        What the operation saves of it is then not overwritten by its own outcome.
        """
        errors.check_overlap(self, operands, op)
        if not mode.enabled or not any(
            t.requires_grad for t in (self, *operands) if isinstance(t, Tensor)
        ):
            return self
        errors.check_inplace(self, op)
        return result(self._data.copy(), self._grad_fn)

    def replace(self, out, op, before=None):
        """Make this tensor, in place, what ``out`` is: its numbers and its history.

        ``before`` is what :meth:`before_change` returned and ``out`` was computed from.
        """
        frame = user_frame(_frame(1))
        recorded = mode.enabled and (out.requires_grad or self.requires_grad)
        if recorded and before is None:
            errors.check_inplace(self, op)
        errors.check_inplace_result(self, out, op)
        storage = self._share().storage
        if type(self._data) is np.ndarray:
            errors.check_written_once(self, op)
            self._data[...] = out._data
        else:
            self._data = out._data.astype(self._data.dtype)
        storage.modified(op, frame, self._data)
        if recorded:
            views.rebase(self, out, before, frame)
        for view in storage.live_views():
            views.refresh(view, frame)
        return self

    # ------------------------------------------------------------------ as Python and NumPy

    def __repr__(self):
        prefix = getattr(type(self), "prefix", "tensor(")
        node = self._grad_fn
        if node is not None:
            node = node.name() if node.hidden else self.grad_fn.name()
        return tensor_text(
            self._data, default_dtype=dtypes.get_default_dtype().name, prefix=prefix,
            requires_grad=self._requires_grad, grad_fn_name=node,
        )  # fmt: skip

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __reduce__(self):
        if self._grad_fn is not None:
            raise errors.copy_of_non_leaf()
        return rebuild, (type(self), np.array(self._data), self._requires_grad, self._grad)

    def __deepcopy__(self, memo):
        if self._grad_fn is not None:
            raise errors.copy_of_non_leaf()
        copy = rebuild(type(self), np.array(self._data), self._requires_grad, self._grad)
        if self._grad is not None:
            copy._grad = self._grad.__deepcopy__(memo)
        memo[id(self)] = copy
        return copy


def result(data, grad_fn):
    """A tensor of type ``Tensor`` around a NumPy array or scalar: what an operation returns."""
    if watchers and grad_fn is not None:
        for watch in watchers:
            watch(data, grad_fn)
    tensor = new(Tensor)
    tensor._data = data
    tensor._grad_fn = grad_fn
    tensor._requires_grad = False
    tensor._grad = tensor._memory = tensor.extra = None
    return tensor


def rebuild(cls, array, requires_grad, grad):
    """A leaf from its parts (used by pickle and copy)."""
    tensor = new(cls)
    tensor._data, tensor._grad_fn, tensor._requires_grad = array, None, requires_grad
    tensor._grad, tensor._memory, tensor.extra = grad, None, None
    return tensor


from . import engine, views  # noqa: E402  (they need Tensor, and are needed only when called)
