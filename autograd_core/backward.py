"""Backward passes as programs ask for them: ``Tensor.backward()``, ``torch.autograd.grad``."""

import threading
from collections import deque
from functools import partial

import numpy as np

from .core.engine import backward_steps, in_mode
from .core.node import _frame, edge_of
from .core.source import user_frame
from .core.tensor import Tensor, result
from .errors.words import shape_text, subject

_drain = deque(maxlen=0).extend  # takes every step and keeps none
onlookers: list = []  # functions of (run, tensor, and the arguments of backward()) that run a pass


def backward(tensors, gradients=None, retain_graph=None, create_graph=False, inputs=None):
    """Drain the backward pass of ``tensors`` into the leaves' ``.grad``."""
    steps = backward_pass(tensors, gradients, retain_graph, create_graph, inputs)
    if create_graph:
        in_mode(True, _drain, steps)
    else:
        _drain(steps)


def backward_pass(tensors, gradients=None, retain_graph=None, create_graph=False, inputs=None):
    """The steps that :func:`backward` drains; nothing happens before they are asked for."""
    roots, seeds = start(tensors, gradients, create_graph)
    accumulate, targets = Accumulator(create_graph), None
    if gradients is not None:
        accumulate.taken.update(id(_owner(seed)) for seed in seeds)
    if inputs is not None:
        inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        targets = _edges_of(inputs, "backward")
        for tensor in inputs:
            tensor.retain_grad()  # a leaf's is kept anyway
    keep = create_graph if retain_graph is None else retain_graph
    return backward_steps(roots, seeds, keep, create_graph, accumulate.add, targets)


def backward_of(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
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

    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (x ** 2).backward()
    >>> x.grad
    tensor(6.)
    """
    gradients = None if gradient is None else (gradient,)
    run = partial(backward, (self,), gradients, retain_graph, create_graph, inputs)
    for look in onlookers:
        run = partial(look, run, self, gradient, retain_graph, create_graph, inputs)
    run()


Tensor.backward = backward_of
backward_of.__name__, backward_of.__qualname__ = "backward", "Tensor.backward"


def backward_tensors(tensors, grad_tensors=None, retain_graph=None, create_graph=False, inputs=None):
    """Like :meth:`Tensor.backward`, for several tensors at once."""
    tensors = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
    grad_tensors = (grad_tensors,) if isinstance(grad_tensors, Tensor) else grad_tensors
    backward(tensors, grad_tensors, retain_graph, create_graph, inputs)


def start(tensors, gradients, create):
    """The edges where a pass begins and the gradients that come in there."""
    roots, seeds = [], []
    for i, tensor in enumerate(tensors):
        root = _end_of(tensor)
        if root is None:
            raise RuntimeError(
                "element 0 of tensors does not require grad and does not have a grad_fn. "
                f"Nothing leads from {subject(tensor)} back to what asks for gradients: create an input "
                "with requires_grad=True, and compute neither inside torch.no_grad() nor with .detach()."
            )
        gradient = gradients[i] if gradients is not None else None
        data = tensor._data
        if gradient is None:
            if data.size != 1:
                raise RuntimeError(
                    "grad can be implicitly created only for scalar outputs. "
                    f"{subject(tensor).capitalize()} has shape {shape_text(tensor.shape)}: reduce it to one number "
                    "(for example with .sum() or .mean()), or pass gradient=, a tensor of this shape that "
                    "weighs each output."
                )
            seed = type(data)(1.0) if type(data) is not np.ndarray else np.ones_like(data)
        else:
            if not isinstance(gradient, Tensor):
                raise TypeError("gradients can be either Tensors or None, but got " + type(gradient).__name__)
            if gradient.shape != tensor.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has "
                    f"a shape of {tensor.shape}. gradient= needs one number for each element of the output."
                )
            if gradient._data.dtype != data.dtype:
                gradient = in_mode(create, gradient.to, tensor.dtype)
            seed = gradient._data
        roots.append(root)
        seeds.append((gradient if gradient is not None else result(seed, None)) if create else seed)
    return roots, seeds


def _edges_of(inputs, function):
    """Where the gradients of the tensors arrive that were given as ``inputs`` of a function."""
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    edges = set()
    for tensor in inputs:
        edge = _end_of(tensor)
        if edge is None:
            raise RuntimeError(
                "One of the differentiated Tensors does not require grad: "
                f"{subject(tensor)}. Create it with requires_grad=True."
            )
        edges.add(edge)
    return edges


def _end_of(tensor):
    """The edge of a tensor that a pass begins or ends at."""
    edge = edge_of(tensor)
    if edge is not None and edge.hidden:
        edge.shown()  # raises where the history of a view is lost
    return edge


_one_at_a_time = threading.Lock()  # threads may share leaves


class Accumulator:
    """Adds complete gradients to ``.grad``; takes a fresh array over instead of copying it."""

    __slots__ = ("create", "frame", "taken")

    def __init__(self, create):
        self.create = create
        self.frame = None  # the user's, who runs the pass
        self.taken = set()  # memory that is somebody's already

    def add(self, leaf, gradient):
        if leaf.seq:
            return  # a node among the inputs: its tensor retains the gradient
        if not leaf._requires_grad:
            return  # it did when it was used, and was told since that it need not
        if leaf.extra is not None and leaf.extra.after and not self.create:
            gradient = gradient.copy()  # what the hooks do to .grad, they do to that alone
        with _one_at_a_time:
            leaf._grad = self.sum(leaf._grad, gradient)
        if leaf.extra is not None:
            for hook in list(leaf.extra.after.values()):
                returned = in_mode(self.create, hook, leaf)
                if not isinstance(returned, Tensor | None):
                    raise TypeError(
                        f"expected Variable, but hook returned {type(returned).__name__!r}. A hook after "
                        "accumulation returns nothing; it may change the tensor's .grad."
                    )

    def sum(self, before, gradient):
        """The new ``.grad`` of a leaf that had the gradient ``before``, or None."""
        if self.create:
            if before is not None:
                return before + gradient
            own = result(np.zeros_like(gradient._data)[()], None)
            return own.copy_(gradient)  # nothing else is changed when it grows
        if before is None:
            if type(gradient) is np.ndarray:  # of one element a NumPy number: nobody can share it
                gradient = self.own(gradient) if gradient.ndim else gradient[()]
            return result(gradient, None)
        if type(before._data) is np.ndarray:
            before._data += gradient
        else:
            before._data = before._data + gradient
        # who uses .grad in a graph of his own is told of the change
        if self.frame is None:
            self.frame = user_frame(_frame(2))
        before._share().storage.modified("backward", self.frame, before._data)
        return before

    def own(self, array):
        """``array`` itself if nobody else has its memory, else a copy."""
        owner = array if array.base is None else array.base
        flags = array.flags
        if (
            id(owner) in self.taken
            or owner.size != array.size
            or not flags.c_contiguous
            or not flags.writeable
        ):
            return np.array(array)
        self.taken.add(id(owner))
        return array


def _owner(array):
    """The array that a view looks into, or the array itself."""
    return array if getattr(array, "base", None) is None else array.base


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    allow_unused=None,
    materialize_grads=False,
):
    """The gradients of ``outputs`` with respect to ``inputs``, without touching any ``.grad``.

    Parameters
    ----------
    outputs, inputs : a tensor or a sequence of tensors
    grad_outputs : a tensor or a sequence, one for each output
        The incoming gradients; may be left out for outputs with one element.
    allow_unused : bool
        Give None for an input that the outputs do not depend on, instead of an error.
    materialize_grads : bool
        Give zeros instead of None.

    Returns
    -------
    tuple of tensors, one for each input, of the input's shape

    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.grad(x ** 2, x)
    (tensor(6.),)
    """
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if isinstance(grad_outputs, Tensor):
        grad_outputs = (grad_outputs,)
    targets = _edges_of(inputs, "grad")
    roots, seeds = start(outputs, grad_outputs, create_graph)
    found = {}
    keep = create_graph if retain_graph is None else retain_graph
    steps = backward_steps(
        roots, seeds, keep=keep, create=create_graph, sink=found.__setitem__, targets=targets
    )
    in_mode(create_graph, _drain, steps)
    gradients = [found.get(edge_of(tensor)) for tensor in inputs]
    if materialize_grads:
        gradients = [
            result(np.zeros_like(t._data)[()], None).requires_grad_(create_graph) if g is None else g
            for t, g in zip(inputs, gradients)
        ]
    elif not allow_unused:
        for i, (tensor, gradient) in enumerate(zip(inputs, gradients)):
            if gradient is None:
                raise RuntimeError(
                    f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                    "Set allow_unused=True if this is the desired behavior. "
                    f"The outputs do not depend on {subject(tensor)}."
                )
    return tuple(g if g is None else handed_out(g) for g in gradients)


def handed_out(gradient):
    """A gradient as a tensor that can be written to, also where it is NumPy's view of less."""
    if isinstance(gradient, Tensor):
        return gradient
    if not gradient.ndim:
        gradient = gradient[()]
    elif not gradient.flags.writeable:
        try:
            gradient.flags.writeable = True  # the elements share places, as PyTorch's do
        except ValueError:
            gradient = gradient.copy()
    return result(gradient, None)
