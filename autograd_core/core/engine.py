"""The backward pass: every node once, consumers before operands, one step at a time.

:func:`backward_steps` is the only backward pass there is. ``Tensor.backward()`` and
``autograd.grad`` (../backward.py) drain it, and the stepper shows its very steps.
"""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from ..errors.backward import (
    hook_changed_number,
    hook_changed_size,
    hook_changed_type,
    hook_replaced_none,
    hook_returned,
    modified,
    replaced_after,
)  # fmt: skip
from ..meaning import means
from . import dtypes
from .grad_mode import mode
from .node import Edge, ElementwiseNode, Gradients, Node
from .source import name_of
from .storage import Storage
from .tensor import Tensor, result

_seq = attrgetter("seq")


def reachable(roots: Iterable[Edge]) -> tuple[list[Node], list[Tensor]]:
    """All operation nodes behind the roots, latest first, and all leaves."""
    nodes, leaves = [], []  # type: list[Any], list[Any]
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


def backward_steps(roots: Sequence[Edge], gradients: Iterable, keep: bool = False, create: bool = False,
                   sink: Callable | Any = None, targets: Collection[Edge] | None = None) -> Iterator[tuple]:  # fmt: skip
    """Run the backward pass, yielding ``(node, gradient, contributions)`` for each node.

    Parameters
    ----------
    roots : where the pass starts: the edges of the output tensors
    gradients : arrays (tensors with ``create=True``), the incoming gradient of each root
    keep : keep what the nodes saved; otherwise each node is freed once its step is taken
    create : compute with recorded tensors, so that the gradients have gradients
    sink : function of (leaf, gradient) that is handed every leaf's complete gradient
    targets : visit only what leads to these nodes and leaves

    Yields
    ------
    node : what has received its complete gradient; the leaves come last
    gradient : that complete gradient, the sum over all consumers
    contributions : what was sent on to each operand: an array, or None where no gradient flows

    Steps come in descending creation number: an operand is always older than what is made
    of it. (In PyTorch the latest of the nodes that are ready goes first, and leaves at once.)
    """
    targets = targets or ()
    wanted = targets and _leading_to(targets, reachable(roots)[0])
    watch = mode.watch_step
    totals: dict[Edge, Any] = {}  # the gradient that each node and leaf has received so far
    queue: list[Node] = []  # the nodes among them, the latest one last
    for root, gradient in zip(roots, gradients):
        if wanted and root not in wanted:
            continue
        if root in totals:
            totals[root] = totals[root] + gradient
        else:
            totals[root] = gradient
            if root.seq:
                insort(queue, root, key=_seq)
    # In a chain the next node and its complete gradient are known at once: it is the only operand,
    # and nothing else waits. Then they need not go through queue and totals.
    next_node = next_gradient = None
    while queue or next_node is not None:
        if next_node is None:
            node = queue.pop()
            g = totals.pop(node)
        else:
            node, g, next_node = next_node, next_gradient, None
        if node.extra is None:
            if wanted and node in targets:
                sink(node, g)
        else:
            asked = wanted and node in targets
            if asked and any(edge in wanted for edge in node.edges):
                sink(node, g)  # PyTorch hands it out before the hooks, where the pass goes on
                asked = False
            g = _run_hooks(node, g, create)
            if asked:
                sink(node, g)
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
                        if queue and queue[-1].seq > edge.seq:
                            insort(queue, edge, key=_seq)
                        else:  # mostly it is the latest
                            queue.append(edge)
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


def contributions_of(node: Node, g: Any, create: bool) -> Sequence:
    """What each operand of ``node`` gets of the incoming gradient, in the operand's shape."""
    contributions = node.contributions(g, node.edges, create)
    return contributions if node.shapes is None else unbroadcast_all(contributions, node.shapes)


def _leading_to(targets: Collection[Edge], nodes: list[Node]) -> set[Edge]:
    """The targets and all nodes from which a target can be reached."""
    wanted = set(targets)
    for node in reversed(nodes):
        if any(edge in wanted for edge in node.edges if edge is not None):
            wanted.add(node)
    return wanted


def unbroadcast_all(contributions: Sequence, shapes: tuple) -> list:
    """Bring each contribution to its operand's (shape, dtype)."""
    return [c if c is None else unbroadcast(c, *shape) for c, shape in zip(contributions, shapes)]


@means("sum_to_shape(g)")
def unbroadcast(g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
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


def check_saved(node: Node) -> None:
    """Raise if something that ``node`` saved has been changed in place since, or is freed."""
    if node.args is None:
        raise node.freed()
    memories: list[Any] = [getattr(operand, "_memory", None) for operand in node.inputs]
    changed = [slot for slot, memory in enumerate(memories)
               if memory is not None and memory.storage.modified_at > node.seq]  # fmt: skip
    output_changed = node.extra and node.extra.output_changed
    if not (changed or output_changed) or not node.saves:
        return
    used = [slot for slot, edge in enumerate(node.edges) if edge is not None]
    needed = {name for slot in used[: len(node.needs)] for name in node.needs[slot]}
    for slot in changed:
        if slot >= len(node.edges) or (node.operands and node.operands[slot] in needed):
            operand = node.inputs[slot]
            raise modified(node, memories[slot].storage, operand._data, name_of(operand))
    if output_changed and "y" in needed:
        slot = next(slot for slot in used if "y" in node.needs[slot])
        raise modified(node, output_changed, node.arguments(slot)["y"], None)


# ---------------------------------------------------------------------- hooks


def _run_hooks(node: Node | Tensor, gradient: Any, create: bool) -> Any:
    """Let the hooks of a node or leaf see, and perhaps replace, its complete gradient."""
    extra = node.extra
    for hook in list(extra.hooks.values()):
        replaced = in_mode(create, hook, as_tensor(gradient))
        if replaced is not None:
            _check_replaced(hook, gradient, replaced)
            gradient = replaced if create else replaced._data
    tensor = extra.retains and extra.retains()
    if tensor is not None:
        kept = gradient.clone() if create else as_tensor(gradient)
        tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    return gradient


def _run_before(node: Node, gradient: Any, create: bool) -> Any:
    """Let the hooks that ``grad_fn.register_prehook`` set see what its tensor's hooks left."""
    for hook in list(node.extra.before.values()):
        replaced = in_mode(create, hook, _outputs(gradient))
        if replaced is not None:
            parts: Sequence = replaced if isinstance(replaced, tuple) else (replaced,)
            before = _outputs(gradient)
            if len(parts) != len(before):
                raise hook_changed_number(hook, before, parts)
            for was, now in zip(before, parts):
                if now is not None:
                    _check_replaced(hook, was, now)
            parts = [None if part is None else part if create else part._data for part in parts]
            gradient = Gradients(parts) if isinstance(gradient, Gradients) else parts[0]
    return gradient


def _check_replaced(hook: Callable, gradient: Any, replaced: Any) -> None:
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


def _run_after(node: Node, gradient: Any, contributions: Sequence, create: bool) -> None:
    """Let the hooks that ``grad_fn.register_hook`` set see what a node received and sent."""
    for hook in list(node.extra.after.values()):
        sent = tuple(None if c is None else as_tensor(c) for c in contributions)
        replaced = in_mode(create, hook, sent, _outputs(gradient))
        if replaced is not None:
            raise replaced_after(node)


def in_mode(enabled: bool, function: Callable, *args: Any) -> Any:
    before, mode.enabled = mode.enabled, enabled
    try:
        return function(*args)
    finally:
        mode.enabled = before


def _outputs(gradient: Any) -> tuple[Tensor | None, ...]:
    """What a node's hooks see of its gradient: a tensor for each output, None where none came."""
    parts = gradient if isinstance(gradient, Gradients) else (gradient,)
    return tuple(None if part is None else as_tensor(part) for part in parts)


def as_tensor(gradient: Any) -> Tensor:
    """A tensor to show to the user's code: a copy, so that nobody's gradient is changed through it."""
    return gradient if isinstance(gradient, Tensor) else result(gradient.copy(), None)
