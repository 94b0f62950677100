"""The recorder for PyTorch: it looks on through hooks while PyTorch runs its own pass.

PyTorch's graph keeps less than one would like to show. What is shown comes, in this order,

1. from the graph: gradients (hooks see the real ones), the output, leaves, saved operands and
   results, and the constants that an operation saved;
2. from the caller's variables: a tensor whose ``grad_fn`` is the node *is* its value;
3. from PyTorch again: a value nobody holds any more is computed once more from its operands
   (`Value.origin` is ``"recomputed"``), for operations without randomness only;
4. by inference: PyTorch forgets the constant in ``x + 1``. The simplest number that turns the
   one operand exactly into the result is shown (``"inferred"``).

What cannot be known in one of these ways is left out. An operation that is not known is
shown with its gradients, but without a formula.
"""

import functools
import math
from collections import Counter
from heapq import heappop, heappush

import torch
from torch.autograd.graph import get_gradient_edge

from ..libraries import pytorch_operations
from ..libraries import pytorch_private as private
from ..libraries.pytorch import NUMPY_KNOWS, PYTORCH
from ..long_work import ticking
from ..observations.forward_pass import Found
from ..trace import OMITTED, Accumulation, Value
from ..words.names import readable
from .formulas import in_general, of_node
from .graph import Graph, Operand, Operation, in_order
from .pytorch_source import source_of
from .values import value_of

# PyTorch 2.13 keeps the Python object of a node that was once looked at for as long as the node
# lives, and then frees a chain of them recursively: after a walk along a graph some 30 000
# operations deep the process dies when the graph is freed. So no more are looked at than this.
MOST_OPERATIONS = 25_000
MOST_COMPARED, MOST_ASKED = 10_000, 50  # see `Values`


class TorchRecorder:
    """Reads the graph behind PyTorch tensors and watches its backward pass."""

    library = PYTORCH
    brief = False  # whether large tensors are told in few numbers: see `briefly`

    def __init__(self, tensors, *, max_elements, max_nodes=None):
        self.tensors = tensors
        self.max_elements, self.max_nodes = max_elements, max_nodes
        self.operations = {}  # PyTorch's node -> Operation
        self.leaves = {}  # key of a leaf -> tensor
        self.retaining = {}  # key of a value -> tensor whose .grad is kept

    def value(self, tensor, origin="graph", counted=True):
        """Return the `Value` of a tensor or number; None where it cannot be an array.

        That of a nested tensor cannot; one that has a shape only, on the device "meta", has no data.
        """
        if not isinstance(tensor, torch.Tensor):
            return value_of(tensor, self.max_elements, origin=origin)
        dtype = str(tensor.dtype).removeprefix("torch.")
        if tensor.is_meta:
            return Value(tuple(tensor.shape), dtype, origin=origin)
        if (
            not tensor.ndim
            and tensor.dtype in NUMPY_KNOWS
            and tensor.layout == torch.strided
            and self.max_elements
        ):
            number = readable(torch.Tensor.item, tensor)
            return None if number is None else Value((), dtype, number, origin=origin)
        array = readable(PYTORCH.array, tensor)
        return (
            None if array is None else value_of(array, self.max_elements, dtype, origin, counted, self.brief)
        )

    @private.looking
    def check(self, gradient):
        """Raise what ``backward()`` would raise before it starts, with the cure."""
        (tensor,) = self.tensors
        if not tensor.requires_grad:
            raise RuntimeError(
                "element 0 of tensors does not require grad and does not have a grad_fn. "
                "Nothing it was computed from has requires_grad=True: create the leaves with "
                "requires_grad=True, outside torch.no_grad(), then compute it again."
            )
        if gradient is None and tensor.numel() != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs; this tensor has shape "
                f"{tuple(tensor.shape)}. Record tensor.sum(), or pass gradient= a tensor of that "
                "shape."
            )

    # ------------------------------------------------------------------ the graph

    @private.looking
    def walk(self, names, rules=True):
        """Return the `Graph` behind the tensors; ``names`` are pairs of name and tensor.

        Without ``rules`` no formulas are looked up, which takes longest. Nothing of the user's is
        run: neither what a subclass of Tensor does with PyTorch's functions nor what unpacks a
        saved tensor.
        """
        roots = [_key(tensor) for tensor in self.tensors]
        nodes, accumulators, rest = _reachable(
            [key[0] for key in roots if key[0] != "constant"], MOST_OPERATIONS
        )
        if rest and self.max_nodes is None:
            raise RuntimeError(
                f"this graph has more than {MOST_OPERATIONS} operations, too many to step through. "
                "Record a part of it, or use make_dot() for a picture of its latest operations."
            )
        cut = nodes[self.max_nodes :] + rest if self.max_nodes else []
        nodes = nodes[: self.max_nodes]
        gone = set(cut)
        inside = {*nodes, *accumulators}
        self.accumulators = accumulators
        found = {(node, 0): private.leaf(node) for node in accumulators}
        held = {_key(each): each for _, each in names} if None in found.values() else {}
        found = {key: held.get(key) if leaf is None else leaf for key, leaf in found.items()}
        self.leaves = {key: leaf for key, leaf in found.items() if leaf is not None}
        values = Values(self)
        for key, tensor in (self.leaves | dict(zip(roots, self.tensors, strict=True))).items():
            values.hold(key, tensor)
        titles = {}
        for name, tensor in names:
            key = readable(_key, tensor)
            if key is None:
                continue
            if name and (key[0] == "constant" or key[0] in inside):
                titles.setdefault(key, name)
            if key[0] in inside:
                values.hold(key, tensor, "variable")
                self._note_retaining(key, tensor)
        for key, tensor in zip(roots, self.tensors, strict=True):
            self._note_retaining(key, tensor)
        results = Counter(dict.fromkeys(nodes, 1))
        for node in nodes:  # where PyTorch does not tell how many there are, as many as are used
            for producer, number in node.next_functions:
                results[producer] = max(results[producer], number + 1)
        for producer, number in (key for key in roots if key[0] in results):
            results[producer] = max(results[producer], number + 1)
        for node in ticking(nodes, "reading what was saved", len(nodes)):
            values.read_saved(node, inside)
        self.noted = Found([(private.sequence(node), private.metadata(node)) for node in nodes])
        for node in ticking(nodes, "reading the graph", len(nodes)):
            self.operations[node] = self._operation(node, gone, results[node])
        values.complete(in_order(list(self.operations.values())))
        known = self.operations.values() if rules else ()
        for operation in ticking(known, "finding formulas", len(known)):
            self._add_rules(operation, values)
        return Graph(
            engine="torch",
            operations=list(self.operations.values()),
            values=values.shown(),
            names=titles,
            roots=roots,
            constants={key for key, tensor in zip(roots, self.tensors) if not tensor.requires_grad},
            omitted=len(cut),
            uncounted=bool(rest),
        )

    def _note_retaining(self, key, tensor):
        if tensor.requires_grad and not tensor.is_leaf and tensor.retains_grad:
            self.retaining[key] = tensor

    def _operation(self, node, gone, results):
        known = pytorch_operations.known(node)
        operands = {}
        for slot, (producer, number) in zip(known.slots, node.next_functions, strict=False):
            if producer is not None:
                key = OMITTED if producer in gone else (producer, number)
                operands[slot] = Operand(slot, producer=key)
        for slot, constant in known.constants(node).items():
            if slot not in operands:
                operands[slot] = Operand(slot, raw=constant, key=_constant_key(constant))
        for slot, operand in operands.items():
            operand.symbol, operand.stretched = known.symbol(slot), known.stretched(slot)
        outputs = [(tuple(each.shape), str(each.dtype).removeprefix("torch."))
                   for each in private.outputs(node)]  # fmt: skip
        number = private.sequence(node)
        source, whole = self.noted.source(number)
        return Operation(
            key=node,
            seq=number,
            op=known.op,
            backward=_name(node),
            operands=[operands[slot] for slot in sorted(operands)],
            outputs=outputs or [(None, None)] * results,
            source=source or source_of(node),
            whole=whole and results == 1,
        )

    def _add_rules(self, operation, values):
        """The engine's rules of the same operation, with this node's values where they are known."""
        node, known = operation.key, pytorch_operations.known(operation.key)
        if not known.follows_engine(node):
            return
        held, flowing = values.held(operation), [o for o in operation.operands if o.producer is not None]
        made = known.again(node, held, {operand.slot for operand in flowing})
        if made is None:
            missing = [name for slot, name in enumerate(known.engine.operands) if slot not in held]
            rules = in_general(known.engine, missing, bool(known.row.factors))
        else:
            rules = of_node(made)
        for operand in flowing:
            operand.rule = rules[operand.slot] if operand.slot < len(rules) else None

    # ------------------------------------------------------------------ the pass

    def run(self, steps, gradient, retain_graph, own=None):
        """Run PyTorch's backward, then tell ``steps``; returns the gradients it started with.

        ``own`` is a function that runs it in the user's own way.
        """
        (output,) = self.tensors
        before = self.grads()
        backward = own or functools.partial(torch.autograd.backward, output, gradient, retain_graph)
        start = copied(gradient)
        return self._tell(steps, start, before, watched(self.operations, self.accumulators, backward))

    def look(self, steps):
        """Run a pass that keeps the graph and leaves every ``.grad`` as it is, and tell ``steps``."""
        leaves = [leaf for leaf in self.leaves.values() if leaf.requires_grad]
        own = functools.partial(
            torch.autograd.grad, self.tensors, leaves, retain_graph=True, allow_unused=True
        )
        return self.run(steps, None, True, own)

    @private.looking
    def _tell(self, steps, gradient, before, events):
        (output,) = self.tensors
        after = self.grads()
        accumulated = {key: Accumulation(before.get(key), grad) for key, grad in after.items()}
        with torch.no_grad():
            seed = torch.ones_like(output) if gradient is None else gradient
            steps.seed(_key(output), seed)
            for node, received, sent in ticking(events, "telling the backward pass", len(events)):
                if sent is None:
                    steps.settle((node, 0), received[0], accumulated.get((node, 0)))
                else:
                    operation = self.operations[node]
                    sent = dict(zip(pytorch_operations.known(node).slots, sent, strict=False))
                    steps.operation(operation, received, sent, kept=accumulated.get((node, 0)))
            return (self.value(seed),)

    @private.looking
    def grads(self):
        """What ``.grad`` holds now, of the tensors that have it."""
        found = {key: tensor.grad for key, tensor in (self.leaves | self.retaining).items()}
        values = {key: self.value(grad) for key, grad in found.items() if grad is not None}
        return {key: value for key, value in values.items() if value is not None}


class Values:
    """The values of a graph, gathered from wherever they are still held."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.tensors, self.origins = {}, {}
        self.behind = {}  # of each value that was computed again, the leaves that it was computed from
        self.most = MOST_COMPARED  # elements of operands whose result is computed again to be compared

    def hold(self, key, tensor, origin="graph"):
        if key not in self.tensors:
            self.tensors[key], self.origins[key] = tensor.detach(), origin

    def read_saved(self, node, inside):
        """Operands and results that a node saved tell whose value they are by their grad_fn."""
        for saved in private.saved_tensors(node):
            if saved.grad_fn is not None and saved.grad_fn in inside:
                self.hold((saved.grad_fn, saved.output_nr), saved)

    def held(self, operation):
        """The operands of an operation by their slots, None where one is not known."""
        return {operand.slot: operand.raw if operand.producer is None else self.tensors.get(operand.producer)
                for operand in operation.operands}  # fmt: skip

    def complete(self, operations):
        """Infer forgotten constants and compute again what nobody holds, in forward order.

        Leaves may have been changed since: then what follows from them does not lead to what is held further on,
        and is left out. It is also if the pass is over, and perhaps an optimizer's step, too, unless it leads there
        or the leaf was never changed in place.
        """
        operations, moved, sure, wrong = list(operations), set(), set(), set()
        if any(private.trouble(operation.key) for operation in operations[-MOST_ASKED:]):
            self.most = math.inf
            moved = {key for key, leaf in self.recorder.leaves.items() if private.read(leaf, "_version", 1)}
        with torch.no_grad():
            for operation in ticking(operations, "completing values", len(operations)):
                if len(operation.outputs) == 1:
                    leaves, told = self._compared(operation)
                    (sure if told else wrong).update(leaves)
            moved = (moved - sure) | wrong
            for operation in operations if moved else ():
                self._forget(operation, moved)
            for operation in operations:
                for operand in operation.operands:
                    if operand.raw is not None and operand.constant is None:
                        operand.constant = self.recorder.value(operand.raw)

    def _compared(self, operation):
        """Complete an operation; return leaves behind it, if what they lead to is held, and whether it is that."""
        behind = {leaf for operand in operation.operands if operand.producer is not None
                  for leaf in self.behind.get(operand.producer, {operand.producer})}  # fmt: skip
        held, result = self.held(operation), self.tensors.get((operation.key, 0))
        again = self._complete(operation, held, result)
        if result is None or not again:
            if (operation.key, 0) in self.tensors and result is None:
                self.behind[operation.key, 0] = behind
            return (), True
        leaves = behind & self.recorder.leaves.keys()
        if not leaves or sum(each.numel() for each in held.values() if PYTORCH.is_tensor(each)) > self.most:
            return (), True
        found = pytorch_operations.known(operation.key).compute(operation.key, held)
        return ((), True) if found is None else (leaves, is_same(found, result))

    def _forget(self, operation, moved):
        """Forget what was concluded from leaves that are others by now."""
        key = operation.key, 0
        if self.behind.get(key, set()) & moved:
            del self.tensors[key]
        for operand in operation.operands:
            if operand.constant is not None and operand.constant.origin == "inferred" and any(
                self.behind.get(other.producer, {other.producer}) & moved for other in operation.operands
                if other.producer is not None
            ):  # fmt: skip
                operand.constant = operand.raw = None

    def _complete(self, operation, held, result):
        """Add what follows for an operation; return whether its result follows from its operands as they are."""
        node, key = operation.key, (operation.key, 0)
        known = pytorch_operations.known(node)
        missing = known.forgotten(held)
        if missing is not None:
            number = None if result is None else known.infer(node, missing, held, result)
            value = None if number is None else self.recorder.value(number, "inferred")
            operation.operands.append(Operand(missing, constant=value, raw=number,
                                              symbol=known.symbol(missing)))  # fmt: skip
            operation.operands.sort(key=lambda operand: operand.slot)
        elif all(value is not None for value in held.values()):
            if result is not None:
                return True
            result = known.compute(node, held)
            if result is not None and tuple(result.shape) == operation.outputs[0][0]:
                self.hold(key, result, "recomputed")
        return False

    def shown(self):
        return {key: self.recorder.value(tensor, self.origins[key])
                for key, tensor in self.tensors.items()}  # fmt: skip


def is_same(one, other):
    """Whether two results are the same but for rounding."""
    if one.shape != other.shape:
        return False
    near = 1e-5 if other.dtype in (torch.float32, torch.float64) else 1e-2
    # What is repeated without taking memory is looked at once.
    if one.layout == other.layout == torch.strided:
        once = tuple(
            slice(None) if any(strides) else slice(1) for strides in zip(one.stride(), other.stride())
        )
        one, other = one[once], other[once]
    return torch.allclose(one.to(other.dtype), other, near, near / 10, equal_nan=True)


# ---------------------------------------------------------------------- PyTorch's graph


def _reachable(roots, limit):
    """The operations behind the roots, latest first, at most ``limit`` of them; the accumulators
    of their leaves; and the operations that come next.

    The latest one is always visited next, so that a graph is never looked at beyond the limit.
    """
    nodes, accumulators, queue = [], [], []
    seen = set()

    def discover(node):
        if node in seen:
            return
        seen.add(node)
        if private.is_leaf(node):
            accumulators.append(node)
        else:
            heappush(queue, (-private.sequence(node), len(seen), node))

    for root in roots:
        discover(root)
    while queue and len(nodes) < limit:
        node = heappop(queue)[-1]
        nodes.append(node)
        for producer, _ in node.next_functions:
            if producer is not None:
                discover(producer)
    return nodes, accumulators, [entry[-1] for entry in queue]


def _name(node):
    return node.name().rpartition("::")[2]


def _key(tensor):
    """The key of a tensor's value; ``("constant", …)`` for one that needs no gradient."""
    if tensor.grad_fn is not None:
        return tensor.grad_fn, tensor.output_nr
    if tensor.requires_grad:
        return get_gradient_edge(tensor).node, 0
    return "constant", _constant_key(tensor) or id(tensor)


def _constant_key(tensor):
    """The same for two Python objects that are the same memory; None for a number."""
    if not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided or not tensor.ndim:
        return None
    return tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype


# ---------------------------------------------------------------------- PyTorch's pass


def watched(operations, accumulators, backward):
    """Run ``backward()`` with a hook at every node, and return what the hooks saw.

    Returns a list of ``(node, received, sent)`` in the order in which it happened; ``sent`` is
    None for the accumulator of a leaf. Nodes that received nothing at all are left out.
    The hooks are removed whatever happens. What they see is copied: later it may be changed in
    place, by a hook, by a ``backward`` of the user's, or as somebody's ``.grad``.
    """
    events, handles, latest, flying = [], [], {}, {}

    def departing(gradient):
        copy, place = copied(gradient), place_of(gradient)
        if place is not None:
            flying[place] = gradient.detach(), copy
        return copy

    def arriving(gradient):  # most arrive as they departed
        known = flying.pop(place_of(gradient), None)
        return copied(gradient) if known is None else known[1]

    def before(node):
        return lambda received: latest.update({node: tuple(map(arriving, received))})

    def after(node):
        return lambda sent, _: events.append((node, latest.pop(node), tuple(map(departing, sent))))

    def settled(node):
        return lambda received: events.append((node, tuple(map(arriving, received)), None))

    try:
        for node in operations:
            handles.append(node.register_prehook(before(node)))
            handles.append(node.register_hook(after(node)))
        for node in accumulators:
            handles.append(node.register_prehook(settled(node)))
        backward()
    finally:
        for handle in handles:
            handle.remove()
    return [event for event in events if any(gradient is not None for gradient in event[1])]


@private.looking
def place_of(gradient):
    """The memory of a gradient and its version, as long as something holds it; None where that is not known."""
    place = _constant_key(gradient)
    return place and (*place, gradient._version)


@private.looking
def copied(gradient):
    """A gradient as it is now, None where there is none."""
    return None if gradient is None else gradient.detach().clone()
