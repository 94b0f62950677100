"""The backward pass: every node once, consumers before operands, one step at a time.

:func:`backward_steps` is the only backward pass there is. ``Tensor.backward()`` drains it,
``autograd.grad`` drains it into other hands, and the stepper shows its very steps.
"""

import threading
from bisect import insort
from collections import deque
from operator import attrgetter

import numpy as np

from ..errors.backward import (
    gradient_of_other_shape, hook_changed_number, hook_changed_size, hook_changed_type,
    hook_replaced_none, hook_returned, implicit_gradient, input_without_grad, modified, no_grad_fn,
    no_inputs, not_a_gradient, replaced_after, unused,
)  # fmt: skip
from . import dtypes
from .grad_mode import mode
from .node import ElementwiseNode, Gradients, _frame, edge_of
from .source import name_of, user_frame
from .storage import Storage
from .tensor import Tensor, result

_seq = attrgetter("seq")


def reachable(roots):
    """All operation nodes behind the roots, latest first, and all leaves."""
    nodes, leaves = [], []
    seen = set(roots)
    for root in roots:
        (nodes if root.seq else leaves).append(root)
    for node in nodes:  # the list grows as its nodes are visited
        for edge in node.edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                (nodes if edge.seq else leaves).append(edge)
    nodes.sort(key=_seq, reverse=True)
    return nodes, leaves


def backward_steps(roots, gradients, keep=False, create=False, sink=None, targets=None):
    """Run the backward pass, yielding ``(node, gradient, contributions)`` for each node.

    Parameters
    ----------
    roots : sequence of nodes or leaf tensors
        Where the pass starts: the edges of the output tensors.
    gradients : sequence of arrays (of tensors with ``create=True``)
        The incoming gradient of each root.
    keep : bool
        Keep what the nodes saved; otherwise each node is freed once its step is taken.
    create : bool
        Compute with recorded tensors, so that the gradients have gradients.
    sink : function of (leaf, gradient)
        Is handed every leaf's complete gradient.
    targets : set of nodes and leaves, or None
        Visit only what leads to these.

    Yields
    ------
    node : Node or leaf Tensor
        What has received its complete gradient. The leaves come last.
    gradient : array
        That complete gradient, the sum over all consumers.
    contributions : list
        What was sent on to each operand: an array, or None where no gradient flows.

    Steps come in descending creation number (an operand is always older than what is made
    of it), which is the order in which PyTorch works.
    """
    targets = targets or ()
    wanted = targets and _leading_to(targets, reachable(roots)[0])
    watch = mode.watch_step
    totals = {}  # the gradient that each node and leaf has received so far
    queue = []  # the nodes among them, the latest one last
    for root, gradient in zip(roots, gradients):
        if wanted and root not in wanted:
            continue
        if root in totals:
            totals[root] = totals[root] + gradient
        else:
            totals[root] = gradient
            if root.seq:
                _put(queue, root)
    # In a chain the next node and its complete gradient are known at once: it is the only operand,
    # and nothing else waits. Then they need not go through queue and totals.
    next_node = next_gradient = None
    while queue or next_node is not None:
        if next_node is None:
            node = queue.pop()
            g = totals.pop(node)
        else:
            node, g, next_node = next_node, next_gradient, None
        asked = wanted and node in targets
        if asked and any(edge in wanted for edge in node.edges):
            sink(node, g)  # PyTorch hands it out before the hooks, where the pass goes on
            asked = False
        if node.extra is not None:
            g = _run_hooks(node, g, create)
        if asked:
            sink(node, g)
        if node.extra is not None:
            g = _run_before(node, g, create)
        if node.seq < Storage.latest:
            check_saved(node)
        edges = (node.edge_a, node.edge_b) if type(node) is ElementwiseNode else node.edges
        if wanted:
            edges = [edge if edge in wanted else None for edge in edges]
        contributions = node.contributions(g, edges, create)
        if node.shapes is not None:
            contributions = unbroadcast_all(contributions, node.shapes)
        if watch is not None:
            watch(node, g, contributions)
        first = contributions[0]
        if not queue and edges[-1] is None and len(edges) == 2 and first is not None and edges[0].seq:
            next_node, next_gradient = edges[0], first
        else:
            for edge, c in zip(edges, contributions):
                if c is None:
                    continue
                if edge in totals:
                    totals[edge] = totals[edge] + c
                else:
                    totals[edge] = c
                    if edge.seq:
                        _put(queue, edge)
        if node.extra is not None:
            _run_after(node, g, contributions, create)
        yield node, g, contributions
        if not keep:
            node.free()
    for leaf, gradient in totals.items():
        if leaf.extra is not None:
            gradient = _run_hooks(leaf, gradient, create)
        if sink is not None:
            sink(leaf, gradient)
        yield leaf, gradient, ()


def _put(queue, node):
    """Put a node in its place; mostly it is the latest."""
    if queue and queue[-1].seq > node.seq:
        insort(queue, node, key=_seq)
    else:
        queue.append(node)


def contributions_of(node, g, create):
    """What each operand of ``node`` gets of the incoming gradient, in the operand's shape."""
    contributions = node.contributions(g, node.edges, create)
    return contributions if node.shapes is None else unbroadcast_all(contributions, node.shapes)


def _leading_to(targets, nodes):
    """The targets and all nodes from which a target can be reached."""
    wanted = set(targets)
    for node in reversed(nodes):
        if any(edge in wanted for edge in node.edges if edge is not None):
            wanted.add(node)
    return wanted


def unbroadcast_all(contributions, shapes):
    """Bring each contribution to its operand's (shape, dtype)."""
    return [c if c is None else unbroadcast(c, *shape) for c, shape in zip(contributions, shapes)]


def unbroadcast(g, shape, dtype):
    """Sum ``g`` over the axes along which an operand of this shape was broadcast."""
    if g.shape != shape:
        added = g.ndim - len(shape)
        stretched = [added + i for i, n in enumerate(shape) if n == 1 and g.shape[added + i] != 1]
        g = g.sum(axis=(*range(added), *stretched)).reshape(shape)
    if isinstance(g, Tensor):
        return g if dtype is None or g._data.dtype == dtype else g.to(dtypes.dtype.of_numpy[dtype])
    if g.dtype != dtype and dtype is not None:
        g = g.astype(dtype)
    return g


def check_saved(node):
    """Raise if something that ``node`` saved has been changed in place since, or is freed."""
    if node.args is None:
        raise node.freed()
    if not node.saves:
        return
    slots = [slot for slot, edge in enumerate(node.edges) if edge is not None]
    needed = {name for slot in slots[: len(node.needs)] for name in node.needs[slot]}
    for slot, operand in enumerate(node.inputs):
        memory = getattr(operand, "_memory", None)
        is_kept = slot >= len(node.edges) or node.operands and node.operands[slot] in needed
        if is_kept and memory is not None and memory.storage.modified_at > node.seq:
            raise modified(node, memory.storage, operand._data, name_of(operand))
    if "y" in needed and node.extra is not None and node.extra.output_changed is not None:
        slot = next(slot for slot in slots if "y" in node.needs[slot])
        raise modified(node, node.extra.output_changed, node.arguments(slot)["y"], None)


# ---------------------------------------------------------------------- hooks


def _run_hooks(node, gradient, create):
    """Let the hooks of a node or leaf see, and perhaps replace, its complete gradient."""
    extra = node.extra
    for hook in list(extra.hooks.values()):
        replaced = _in_mode(create, hook, _as_tensor(gradient))
        if replaced is not None:
            _check_replaced(hook, gradient, replaced)
            gradient = _as_array(replaced, create)
    tensor = extra.retains and extra.retains()
    if tensor is not None:
        kept = gradient.clone() if create else _as_tensor(gradient)
        tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    return gradient


def _run_before(node, gradient, create):
    """Let the hooks that ``grad_fn.register_prehook`` set see what its tensor's hooks left."""
    for hook in list(node.extra.before.values()):
        replaced = _in_mode(create, hook, _outputs(gradient))
        if replaced is not None:
            parts = replaced if isinstance(replaced, tuple) else (replaced,)
            before = _outputs(gradient)
            if len(parts) != len(before):
                raise hook_changed_number(hook, before, parts)
            for was, now in zip(before, parts):
                if now is not None:
                    _check_replaced(hook, was, now)
            parts = [None if part is None else _as_array(part, create) for part in parts]
            gradient = Gradients(parts) if isinstance(gradient, Gradients) else parts[0]
    return gradient


def _check_replaced(hook, gradient, replaced):
    """Raise unless a hook put a tensor of the same shape and type in a gradient's place."""
    if gradient is None:
        raise hook_replaced_none()
    if not isinstance(replaced, Tensor):
        raise hook_returned(replaced)
    if replaced.shape != gradient.shape:
        raise hook_changed_size(hook, gradient, replaced)
    was, now = getattr(gradient, "_data", gradient), replaced._data
    if was.dtype != now.dtype:
        raise hook_changed_type(hook, was, now)


def _run_after(node, gradient, contributions, create):
    """Let the hooks that ``grad_fn.register_hook`` set see what a node received and sent."""
    for hook in list(node.extra.after.values()):
        sent = tuple(None if c is None else _as_tensor(c) for c in contributions)
        replaced = _in_mode(create, hook, sent, _outputs(gradient))
        if replaced is not None:
            raise replaced_after(node)


def _in_mode(enabled, function, *args):
    before, mode.enabled = mode.enabled, enabled
    try:
        return function(*args)
    finally:
        mode.enabled = before


def _outputs(gradient):
    """What a node's hooks see of its gradient: a tensor for each output, None where none came."""
    parts = gradient if isinstance(gradient, Gradients) else (gradient,)
    return tuple(None if part is None else _as_tensor(part) for part in parts)


def _as_tensor(gradient):
    """A tensor to show to a hook: a copy, so that nobody's gradient is changed through it."""
    return gradient if isinstance(gradient, Tensor) else result(gradient.copy(), None)


def _as_array(tensor, create):
    return tensor if create else tensor._data


# ---------------------------------------------------------------------- backward() and grad()


_drain = deque(maxlen=0).extend  # takes every step and keeps none


def backward(tensors, gradients=None, retain_graph=None, create_graph=False, inputs=None):
    """Drain the backward pass of ``tensors`` into the leaves' ``.grad``."""
    steps = backward_pass(tensors, gradients, retain_graph, create_graph, inputs)
    if create_graph:
        _in_mode(True, _drain, steps)
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

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (x ** 2).backward()
    >>> x.grad
    tensor(6.)
    """
    backward((self,), None if gradient is None else (gradient,), retain_graph, create_graph, inputs)


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
            raise no_grad_fn(tensor)
        gradient = gradients[i] if gradients is not None else None
        data = tensor._data
        if gradient is None:
            if data.size != 1:
                raise implicit_gradient(tensor)
            seed = type(data)(1.0) if type(data) is not np.ndarray else np.ones_like(data)
        else:
            if not isinstance(gradient, Tensor):
                raise not_a_gradient(gradient)
            if gradient.shape != tensor.shape:
                raise gradient_of_other_shape(tensor, gradient)
            if gradient._data.dtype != data.dtype:
                gradient = _in_mode(create, gradient.to, tensor.dtype)
            seed = gradient._data
        roots.append(root)
        seeds.append((gradient if gradient is not None else result(seed, None)) if create else seed)
    return roots, seeds


def _edges_of(inputs, function):
    """Where the gradients of the tensors arrive that were given as ``inputs`` of a function."""
    if not inputs:
        raise no_inputs(function)
    edges = set()
    for tensor in inputs:
        edge = _end_of(tensor)
        if edge is None:
            raise input_without_grad(tensor)
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

    __slots__ = ("create", "taken")

    def __init__(self, create):
        self.create = create
        self.taken = set()  # memory that is somebody's already

    def add(self, leaf, gradient):
        if leaf.seq:
            return  # a node among the inputs: its tensor retains the gradient
        if not leaf._requires_grad:
            return  # it did when it was used, and was told since that it need not
        with _one_at_a_time:
            leaf._grad = self.sum(leaf._grad, gradient)
        if leaf.extra is not None:
            for hook in list(leaf.extra.after.values()):
                _in_mode(self.create, hook, leaf)

    def sum(self, before, gradient):
        """The new ``.grad`` of a leaf that had the gradient ``before``, or None."""
        if self.create:
            if before is not None:
                return before + gradient
            own = result(np.zeros_like(gradient._data)[()], None)
            return own.copy_(gradient)  # nothing else is changed when it grows
        if before is None:
            return result(self.own(gradient) if gradient.ndim else gradient[()], None)
        if type(before._data) is np.ndarray:
            before._data += gradient
        else:
            before._data = before._data + gradient
        # who uses .grad in a graph of his own is told of the change
        before._share().storage.modified("backward", user_frame(_frame(2)), before._data)
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


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False,
         allow_unused=None, materialize_grads=False):
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

    >>> import autograd_core as torch
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
    steps = backward_steps(roots, seeds, keep=keep, create=create_graph, sink=found.__setitem__,
                           targets=targets)
    _in_mode(create_graph, _drain, steps)
    gradients = [found.get(edge_of(tensor)) for tensor in inputs]
    if materialize_grads:
        gradients = [
            result(np.zeros_like(t._data)[()], None).requires_grad_(create_graph) if g is None else g
            for t, g in zip(inputs, gradients)
        ]
    elif not allow_unused:
        for i, (tensor, gradient) in enumerate(zip(inputs, gradients)):
            if gradient is None:
                raise unused(i, tensor)
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
