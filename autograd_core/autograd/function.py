"""``autograd.Function``: an operation of one's own."""

import weakref

import numpy as np

from .. import errors
from ..grad_mode import mode
from ..node import Gradients, Node, Operation, Output, _frame, edge_of
from ..tensor import Tensor, result


class Function:
    """Base class of an operation with hand-written ``forward`` and ``backward``.

    Subclass it with two static methods and call ``YourFunction.apply(...)``.
    ``forward(ctx, *inputs)`` computes with tensors (nothing is recorded) and may keep what the
    backward needs with ``ctx.save_for_backward``; ``backward(ctx, *grad_outputs)`` returns one
    gradient for each input of forward, None for what needs none. ``setup_context(ctx, inputs,
    output)`` may do the keeping instead, then forward has no ``ctx``.

    >>> import autograd_core as torch
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, grad_output):
    ...         return grad_output * 2
    >>> Double.apply(torch.tensor(3.0, requires_grad=True))
    tensor(6., grad_fn=<DoubleBackward>)
    """

    @staticmethod
    def forward(*args):
        raise errors.not_overridden("forward")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise errors.not_overridden("backward")

    setup_context = None

    @classmethod
    def apply(cls, *args):
        """Run ``forward`` and record it."""
        ctx = Context(cls, args)
        before, mode.enabled = mode.enabled, False
        try:
            if cls.setup_context is None:
                outputs = cls.forward(ctx, *args)
            else:
                outputs = cls.forward(*args)
                cls.setup_context(ctx, args, outputs)
        finally:
            mode.enabled = before
        single = not isinstance(outputs, tuple)
        results = (outputs,) if single else outputs
        errors.check_forward_result(cls, results)
        if mode.enabled and any(ctx.needs_input_grad):
            results = ctx.record(args, results, _frame(1))
        else:
            ctx.saved = tuple(ctx.pending)
        return results[0] if single else results


class Context:
    """What ``forward`` leaves for ``backward``: saved tensors and any attributes of one's own."""

    def __init__(self, function, args):
        self.function = function
        self.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        self.pending = ()  # what save_for_backward was given, until the node exists
        self.saved = ()
        self.not_differentiable = ()
        self.dirty = ()
        self.materialize = True

    def save_for_backward(self, *tensors):
        """Keep tensors (or None); an in-place change of one before backward is noticed."""
        errors.check_saveable(tensors)
        self.pending = tensors

    @property
    def saved_tensors(self):
        """The tensors that were given to ``save_for_backward``."""
        return tuple(s() if isinstance(s, SavedOutput) else s for s in self.saved)

    def mark_non_differentiable(self, *tensors):
        """Say that these outputs have no gradient (whole numbers never have one)."""
        self.not_differentiable = tensors

    def mark_dirty(self, *tensors):
        """Say that forward changed these inputs in place; they must be returned too."""
        self.dirty = tensors

    def set_materialize_grads(self, value):
        """Whether a missing incoming gradient comes as zeros (the default) or as None."""
        self.materialize = value

    def record(self, args, outputs, frame):
        """Make the node; returns the outputs as recorded tensors."""
        tensors = tuple(arg for arg in args if isinstance(arg, Tensor))
        node = FunctionNode(
            operation_of(self.function), tuple(edge_of(t) for t in tensors), (self,), tensors, None, frame
        )
        self.inputs = [isinstance(arg, Tensor) for arg in args]
        made = [self._recorded(out, node, number, len(outputs))
                for number, out in enumerate(outputs)]
        self.shapes = [(tuple(out.shape), out._data.dtype) for out in outputs]
        self.saved = tuple(self._keep(tensor, outputs, made, node) for tensor in self.pending)
        self.pending = ()
        return tuple(made)

    def _recorded(self, out, node, number, count):
        if not out.dtype.is_floating_point or any(out is t for t in self.not_differentiable):
            return out
        recorded = result(out._data, node if count == 1 else Output(node, number, count))
        if any(out is t for t in self.dirty):
            recorded._data = out._data.copy()
            return out.replace(recorded, self.function.__name__)
        return recorded

    def _keep(self, tensor, outputs, made, node):
        """A saved output is kept as bare data: keeping the tensor would keep it for ever."""
        for number, (out, recorded) in enumerate(zip(outputs, made)):
            if tensor is out and tensor is not recorded:
                return SavedOutput(recorded._data, weakref.ref(node), number, len(outputs))
        return tensor

    def gradients(self, g, node):
        """Call the user's ``backward``; one gradient (or None) for each tensor input."""
        for tensor in self.saved:
            if isinstance(tensor, Tensor):
                errors.check_unchanged(node, tensor)
        incoming = g if isinstance(g, Gradients) else [g]
        given = [self._incoming(part, *shape) for part, shape in zip(incoming, self.shapes)]
        returned = self.function.backward(self, *given)
        returned = returned if isinstance(returned, tuple) else (returned,)
        errors.check_returned(node, returned, len(self.inputs))
        return [errors.check_returned_gradient(node, slot, gradient, tensor)
                for slot, (gradient, tensor) in enumerate(zip(
                    (r for r, is_tensor in zip(returned, self.inputs) if is_tensor), node.inputs))]

    def _incoming(self, part, shape, dtype):
        if part is None:
            return result(np.zeros(shape, dtype)[()], None) if self.materialize else None
        return part if isinstance(part, Tensor) else result(part, None)


class SavedOutput:
    """A saved output as data and the node it came from."""

    def __init__(self, data, node, number, count):
        self.data, self.node, self.number, self.count = data, node, number, count

    def __call__(self):
        node = self.node()
        if node is not None and self.count > 1:
            node = Output(node, self.number, self.count)
        return result(self.data, node)


def operation_of(function):
    """The Operation of a custom Function, made once: its nodes are ``<Name>Backward``."""
    if "_operation" not in function.__dict__:
        name = function.__name__
        function._operation = Operation(name, {}, name + "Backward")
    return function._operation


class FunctionNode(Node):
    """A recorded custom Function: the user's ``backward`` gives all gradients together."""

    __slots__ = ()
    needs = ()

    @property
    def saves(self):
        return self.args is not None and bool(self.args[0].saved)

    def contributions(self, g, edges, create):
        before, mode.enabled = mode.enabled, create
        try:
            gradients = self.args[0].gradients(g, self)
        finally:
            mode.enabled = before
        return gradients if create else [None if t is None else t._data.copy() for t in gradients]
