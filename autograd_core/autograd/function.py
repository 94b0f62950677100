"""``autograd.Function``: an operation of one's own."""

import functools
import weakref

import numpy as np

from ..core.engine import as_tensor, in_mode, unbroadcast
from ..core.grad_mode import mode
from ..core.node import GeneralNode, Gradients, Node, Operation, Output, _frame, edge_of
from ..core.source import name_of
from ..core.tensor import Tensor, result
from ..errors.backward import modified
from ..errors.words import shape_text
from .saved_tensors import Packed, is_packing

onlookers: list = []  # functions that are told of each Function that is applied, and to what


class Function:
    """Base class of an operation with hand-written ``forward`` and ``backward``.

    Subclass it with two static methods and call ``YourFunction.apply(...)``.
    ``forward(ctx, *inputs)`` computes with tensors (nothing is recorded) and may keep what the
    backward needs with ``ctx.save_for_backward``; ``backward(ctx, *grad_outputs)`` returns one
    gradient for each input of forward, None for what needs none. ``setup_context(ctx, inputs,
    output)`` may do the keeping instead, then forward has no ``ctx``.

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
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function: "
            "a static method `forward` of your class."
        )

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function: "
            "a static method `backward` of your class."
        )

    setup_context = None

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run ``forward`` and record it; returns what ``forward`` returned."""
        separate = cls.setup_context is not None
        if kwargs or (separate and cls.forward.__defaults__):
            args = _positional(cls.forward, args, kwargs, skip=0 if separate else 1)
        for look in onlookers:
            look(cls, args)
        ctx = Context(cls, args)
        outputs = in_mode(False, cls.forward, *(() if separate else (ctx,)), *args)
        if separate:
            in_mode(False, cls.setup_context, ctx, args, outputs)
        several = isinstance(outputs, tuple)
        results = outputs if several else (outputs,)
        for tensor in ctx._dirty:
            if not any(tensor is out for out in results):
                raise RuntimeError(
                    "Some elements marked as dirty during the forward method were not returned as "
                    "output. The inputs that are modified inplace must all be outputs of the Function."
                )
        if mode.enabled and any(ctx.needs_input_grad):
            results = ctx._record(args, results, _frame(1))
        return results if several else results[0]


def _positional(forward, args, kwargs, skip):
    """The arguments of ``forward`` in its own order; the first ``skip`` are not the caller's."""
    import inspect  # slow to import, and seldom needed

    bound = inspect.signature(forward).bind(*(None,) * skip, *args, **kwargs)
    if not skip:  # setup_context sees the defaults too
        bound.apply_defaults()
    return bound.args[skip:]


class Context:
    """What ``forward`` leaves for ``backward``: saved tensors and any attributes of one's own.

    Attributes
    ----------
    needs_input_grad : tuple of bool, for each argument of ``forward``

    All other names without an underscore are free for the user's own.
    """

    def __init__(self, function, args):
        self._function = function
        self.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        self._pending = ()  # what save_for_backward was given, until the node exists
        self._saved = ()  # of Saved or None, from then on
        self._not_differentiable = ()
        self._dirty = ()
        self._materialize = True

    def save_for_backward(self, *tensors):
        """Keep tensors (or None); an in-place change of one before backward is noticed."""
        for i, value in enumerate(tensors):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type "
                    f"{type(value).__name__}. Keep other values as attributes: ctx.value = value."
                )
        self._pending = tensors

    @property
    def saved_tensors(self):
        """The tensors that were given to ``save_for_backward``."""
        return tuple(saved and saved.tensor() for saved in self._saved) or self._pending

    def mark_non_differentiable(self, *tensors):
        """Say that these outputs have no gradient (whole numbers never have one)."""
        self._not_differentiable = tensors

    def mark_dirty(self, *tensors):
        """Say that forward changed these inputs in place; they must be returned too."""
        self._dirty = tensors

    def set_materialize_grads(self, value):
        """Whether a missing incoming gradient comes as zeros (the default) or as None."""
        self._materialize = value

    # ------------------------------------------------------------------ after forward

    def _record(self, args, outputs, frame):
        """Make the node; returns the outputs, tensors among them as recorded tensors."""
        tensors = tuple(arg for arg in args if isinstance(arg, Tensor))
        edges = tuple(map(edge_of, tensors))
        # A changed input becomes an output: the node must not hold what holds the node.
        held = tuple(result(t._data, t._grad_fn) if _among(t, self._dirty) else t for t in tensors)
        node = FunctionNode(operation_of(self._function), edges, (self,), held, None, frame)
        self._inputs = [_form(arg) for arg in args]
        self._outputs = [_form(out) for out in outputs]
        count = len(outputs)
        made = []
        for number, out in enumerate(outputs):
            again = [done for before, done in zip(outputs, made) if before is out]
            made += again[:1] or [self._recorded(out, node if count == 1 else (node, number, count), tensors)]
        self._saved = tuple(self._kept(tensor, outputs, made) for tensor in self._pending)
        self._pending = self._dirty = self._not_differentiable = ()  # outputs, which hold the node
        return tuple(made)

    def _recorded(self, out, node, inputs):
        """One output of forward as an outcome of the node; what is no tensor stays what it is."""
        if not isinstance(out, Tensor):
            return out
        if not out.dtype.is_floating_point or _among(out, self._not_differentiable):
            return out.detach() if out.requires_grad else out
        node = node if isinstance(node, Node) else Output(*node)
        if _among(out, self._dirty):
            return out.replace(result(out._data, node), self._function.__name__)
        if not _among(out, inputs):
            return result(out._data, node)
        view = result(out.array(), node)  # an input as it came: the output shares its memory
        view.view_of(out, several=isinstance(node, Output))
        return view

    def _kept(self, tensor, outputs, made):
        if tensor is None:
            return None
        saved, kind = tensor, SavedInput
        for out, recorded in zip(outputs, made):
            if tensor is out and isinstance(recorded._grad_fn, FunctionNode | Output):
                saved, kind = recorded, SavedOutput
        return Packed(saved) if is_packing() else kind(saved)

    # ------------------------------------------------------------------ in the backward pass

    def _gradients(self, g, node):
        """Call the user's ``backward``; one gradient (or None) for each tensor input."""
        for saved in self._saved:
            if saved is not None:
                storage = saved.storage
                if storage is not None and storage.version != saved.version:
                    tensor = saved.tensor()
                    raise modified(node, storage, tensor._data, name_of(tensor))
        incoming = g if isinstance(g, Gradients) else [g]
        given = [form and self._incoming(part, *form) for part, form in zip(incoming, self._outputs)]
        returned = self._function.backward(self, *given)
        returned = returned if isinstance(returned, tuple) else (returned,)
        returned = check_returned(node, returned, self._inputs)
        return [check_returned_gradient(node, slot, gradient, *form)
                for slot, (gradient, form) in enumerate(returned)]  # fmt: skip

    def _incoming(self, part, shape, dtype):
        if part is None:
            return result(np.zeros(shape, dtype)[()], None) if self._materialize else None
        return as_tensor(part)


def _among(tensor, tensors):
    return any(tensor is other for other in tensors)


def _form(value):
    """Shape and type of a tensor, None of anything else."""
    return (tuple(value._data.shape), value._data.dtype) if isinstance(value, Tensor) else None


class SavedInput:
    """A tensor that ``backward`` will need, and how often it had been changed when saved."""

    def __init__(self, tensor):
        self.held, self.version = tensor, tensor._version

    @property
    def storage(self):
        """The record of in-place changes, None as long as there are none."""
        return self.held._memory and self.held._memory.storage

    def tensor(self):
        return self.held


class SavedOutput:
    """An output that ``backward`` will need, kept apart: the tensor would hold the whole graph.

    It is put together again from its data and, held weakly, the node it came from.
    """

    def __init__(self, tensor):
        node = tensor._grad_fn
        self.data, self.storage = tensor._data, tensor._share().storage
        self.version = self.storage.version
        self.output = (node.number, node.args[0][1]) if isinstance(node, Output) else None
        self.node = weakref.ref(node.edges[0] if self.output else node)

    def tensor(self):
        node = self.node()
        if node is not None and self.output:
            node = Output(node, *self.output)
        return result(self.data, node)


def operation_of(function):
    """The Operation of a custom Function, made once: its nodes are ``<Name>Backward``."""
    if "_operation" not in function.__dict__:
        name = function.__name__
        function._operation = Operation(name, {}, name + "Backward")
    return function._operation


class FunctionNode(GeneralNode):
    """A recorded custom Function: the user's ``backward`` gives all gradients together."""

    __slots__ = ()
    needs = ()

    @property
    def saves(self):
        return self.args is not None and bool(self.args[0]._saved)

    @property
    def saved_tensors(self):
        """What ``forward`` saved; raises once backward has freed it."""
        if self.args is None:
            raise self.freed()
        return self.args[0].saved_tensors

    def contributions(self, g, edges, create):
        (context,) = self.saved_args()
        gradients = in_mode(create, context._gradients, g, self)
        wanted = [None if edge is None else gradient for edge, gradient in zip(edges, gradients)]
        return wanted if create else [None if t is None else t._data.copy() for t in wanted]


# ---------------------------------------------------------------------- once_differentiable


def once_differentiable(backward):
    """Declare that a custom ``backward`` cannot itself be differentiated.

    It runs without being recorded; differentiating its outcome raises instead of giving zero.
    """

    @functools.wraps(backward)
    def wrapper(ctx, *grad_outputs):
        returned = in_mode(False, backward, ctx, *grad_outputs)
        if not mode.enabled or not any(g is not None and g.requires_grad for g in grad_outputs):
            return returned
        returned = returned if isinstance(returned, tuple) else (returned,)
        return tuple(Once.apply(g, *grad_outputs) if isinstance(g, Tensor) else g for g in returned)

    return wrapper


class Once(Function):
    """The outcome of a backward that is differentiable once: its own backward raises."""

    @staticmethod
    def forward(ctx, gradient, *grad_outputs):
        return gradient.detach()

    @staticmethod
    def backward(ctx, grad_output):
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable. "
            "Leave the decorator out if its backward computes with differentiable operations only."
        )


# ---------------------------------------------------------------------- checks


def check_returned(node, returned, forms):
    """Pairs of gradient and (shape, dtype) for each tensor among the arguments of forward."""
    returned, extra = returned[: len(forms)], returned[len(forms) :]
    if len(returned) != len(forms) or any(gradient is not None for gradient in extra):
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients "
            f"(expected {len(forms)}, got {len(returned) + len(extra)}). Its backward must return "
            "one for each argument of forward, None for those that need none. It was applied at "
            f"{node.source()}."
        )
    for i, (gradient, form) in enumerate(zip(returned, forms), 1):
        if form is None and gradient is not None:
            raise RuntimeError(
                f"function {node.name()} returned a gradient different than None at position {i}, "
                "but the corresponding forward input was not a Variable. Return None for it."
            )
    return [(gradient, form) for gradient, form in zip(returned, forms) if form is not None]


def check_returned_gradient(node, slot, gradient, shape, dtype):
    """The gradient a custom ``backward`` returned, if it fits its input."""
    if gradient is None or node.edges[slot] is None:
        return None
    if not isinstance(gradient, Tensor):
        raise RuntimeError(
            f"expected Variable or None (got {type(gradient).__name__}) as gradient {slot} that "
            f"{node.name()} returned. A gradient is a tensor of the shape of its input."
        )
    if gradient.shape != shape:
        try:
            fits = np.broadcast_shapes(gradient.shape, shape) == tuple(gradient.shape)
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {slot} - got "
                f"{shape_text(gradient.shape)} but expected shape compatible with "
                f"{shape_text(shape)}. A gradient has the shape of its input. It was applied at "
                f"{node.source()}."
            )
    return unbroadcast(gradient, shape, dtype)
