"""The recorder for `autograd_core`: it drains the engine's own pass and looks on.

The steps come from `autograd_core.backward.backward_pass`, which is also what
``Tensor.backward()`` drains, so that what is shown is what happens.
"""

from functools import partial

import numpy as np

from autograd_core import Tensor, backward
from autograd_core.core import engine
from autograd_core.core.in_place import CopySlices
from autograd_core.core.node import Node, Output
from autograd_core.overwritten import changed_since

from ..libraries import ENGINE
from ..long_work import ticking
from ..observations.forward_pass import Found
from ..observations.rounds import Made
from ..trace import OMITTED, Accumulation
from ..words.names import readable
from .formulas import of_node
from .graph import Graph, Operand, Operation
from .values import value_of


class EngineRecorder:
    """Reads the graph behind `autograd_core` tensors and runs its backward pass."""

    library = ENGINE
    brief = False  # as of a TorchRecorder

    def __init__(self, tensors, *, max_elements, max_nodes=None):
        self.tensors = tensors
        self.max_elements, self.max_nodes = max_elements, max_nodes
        self.operations = {}  # Node -> Operation
        self.leaves = {}  # key of a leaf -> Tensor
        self.retaining = {}  # key of a value -> Tensor whose .grad is kept

    def value(self, array, origin="graph", counted=True):
        return value_of(array, self.max_elements, None, origin, counted, self.brief)

    def check(self, gradient):
        """Raise what ``backward()`` would raise before it starts."""
        backward.start(self.tensors, None if gradient is None else [gradient], False)

    # ------------------------------------------------------------------ the graph

    def walk(self, names, rules=True):
        """Return the `Graph` behind the tensors; ``names`` are pairs of name and tensor.

        Without ``rules`` no formulas are looked up, which takes longest.
        """
        nodes, leaves = engine.reachable([_edge_of(tensor) for tensor in self.tensors])
        counts = {node.edges[0]: node.args[0][1] for node in nodes if isinstance(node, Output)}
        nodes = [node for node in nodes if not isinstance(node, Output) and not node.hidden]
        cut = nodes[self.max_nodes :] if self.max_nodes else []
        nodes = nodes[: len(nodes) - len(cut)]
        gone = set(cut)
        values, titles = {_key(tensor): self.value(tensor._data) for tensor in self.tensors}, {}
        self.shapes = {}
        for node in nodes:
            self._read_values(node, values)
        for name, tensor in names:
            readable(lambda named: self._read_name(*named, values, titles), (name, tensor))
        self.leaves = {_key(leaf): leaf for leaf in leaves}
        made = [
            Made(node.seq, node.seq + 1, node.operation, node.code, node.lasti) for node in reversed(nodes)
        ]
        notes = [(node.seq, node.extra.metadata if node.extra else {}) for node in nodes]
        self.noted = Found(
            notes, [] if cut else made
        )  # of what is cut off it is not known which round it was
        for node in ticking(nodes, "reading the graph", len(nodes)):
            self.operations[node] = self._operation(node, counts.get(node, 1), values, gone, rules)
        return Graph(
            engine="autograd_core",
            operations=list(self.operations.values()),
            values=values | {key: self.value(leaf._data) for key, leaf in self.leaves.items()},
            names=titles,
            roots=[_key(tensor) for tensor in self.tensors],
            constants={_key(tensor) for tensor in self.tensors if _shown_edge(tensor) is None},
            omitted=len(cut),
        )

    def _read_values(self, node, values):
        for slot, (edge, held) in enumerate(zip(node.edges, _held(node), strict=True)):
            if not isinstance(edge, Node) or held is None:
                continue
            if not isinstance(held, Tensor):
                self._hold(_key_of_edge(edge), held, node, slot, values)
            elif _edge_of(held) is edge:
                key = _key(held)
                self._hold(key, held._data, node, slot, values)
                if held.retains_grad:
                    self.retaining[key] = held

    def _hold(self, key, array, node, slot, values):
        self.shapes[key] = np.shape(array), str(np.asarray(array).dtype)
        if key not in values and _unchanged(array, node, slot):
            values[key] = self.value(array)

    def _read_name(self, name, tensor, values, titles):
        edge = _shown_edge(tensor)
        titles.setdefault(_key(tensor) if edge is not None else ("constant", _constant_key(tensor)), name)
        if edge is None and any(tensor is each for each in self.tensors):
            titles.setdefault(_key(tensor), name)
        key = _key(tensor)
        if isinstance(edge, Node):
            values.setdefault(key, self.value(tensor._data, "variable"))

    def _operation(self, node, count, values, gone, rules):
        operands = []
        found = of_node(node) if rules else ()
        symbols = node.operands or ("",) * len(node.edges)
        for slot, (edge, held) in enumerate(zip(node.edges, _held(node), strict=True)):
            operand = Operand(slot, symbol=symbols[slot] if slot < len(symbols) else "")
            operand.stretched = operand.symbol in node.operation.stretched
            if edge is None or _hidden(edge):
                if held is None:
                    continue
                array = held._data if isinstance(held, Tensor) else held
                operand.constant = self.value(array) if _unchanged(array, node, slot) else None
                operand.key = _constant_key(held) if isinstance(held, Tensor) else None
            else:
                parent = edge.edges[0] if isinstance(edge, Output) else edge
                operand.producer = OMITTED if parent in gone else _key_of_edge(edge)
                operand.rule = found[slot] if slot < len(found) else None
            operands.append(operand)
        outputs = [self._shape((node, number), values) for number in range(count)]
        return Operation(node, node.seq, node.op, node.name(), operands, outputs, node.source())

    def _shape(self, key, values):
        value = values.get(key)
        return self.shapes.get(key, (None, None)) if value is None else (value.shape, value.dtype)

    # ------------------------------------------------------------------ the pass

    def run(self, steps, gradient, retain_graph, own=None):
        """Run the backward pass, telling ``steps``; returns the gradients it started with.

        ``own`` would run it in the user's own way, which does the same.
        """
        given = None if gradient is None else [gradient]
        return self._tell(steps, gradient, partial(backward.backward_pass, self.tensors, given, retain_graph))

    def look(self, steps):
        """Run a pass that keeps the graph and leaves every ``.grad`` as it is, and tell ``steps``."""
        start = backward.start(self.tensors, None, False)
        return self._tell(steps, None, lambda: engine.backward_steps(*start, keep=True))

    def _tell(self, steps, gradient, own):
        gradients = None if gradient is None else [gradient]
        _, seeds = backward.start(self.tensors, gradients, False)
        tensors, before = self.leaves | self.retaining, self.grads()
        shown = [self.value(seed) for seed in seeds]
        for tensor, seed in zip(self.tensors, seeds, strict=True):
            steps.seed(_key(tensor), seed)
        for node, total, sent in ticking(own(), "running the backward pass", len(self.operations)):
            # a result's gradient is a part of what its operation receives; from what is hidden none flows on
            if isinstance(node, Output) or _hidden(node):
                continue
            key = (node, 0)
            after = self._grad(tensors[key]) if key in tensors else None
            kept = None if after is None else Accumulation(before.get(key), after)
            if isinstance(node, Tensor):
                steps.settle(key, total, kept)
            else:
                operation = self.operations[node]
                several = len(operation.outputs) > 1
                gradients = tuple(total or ()) if several else (total,)
                steps.operation(operation, gradients, sent, kept=kept)
        steps.sort_leaves()
        return shown

    def _grad(self, tensor):
        return None if tensor._grad is None else self.value(tensor._grad._data)

    def grads(self):
        """What ``.grad`` holds now, of the tensors that have it."""
        found = {key: self._grad(tensor) for key, tensor in (self.leaves | self.retaining).items()}
        return {key: value for key, value in found.items() if value is not None}


def _held(node):
    """What a node holds of each operand, until it is freed: tensors, or the numbers alone."""
    held = node.inputs or (node.args if node.operation.uniform else None) or ()
    return (*held, *(None,) * len(node.edges))[: len(node.edges)]


def _unchanged(array, node, slot):
    """Whether what a node holds of an operand is still that operand's content."""
    overwritten = slot == 0 and isinstance(node, CopySlices)  # what became its own result
    return not overwritten and not changed_since(array, node.seq)


def _hidden(edge):
    """Whether this stands for the history that a view made under ``no_grad`` does not have."""
    return isinstance(edge, Node) and edge.hidden


def _shown_edge(tensor):
    """What leads on from a tensor in a picture; None if it is a constant there."""
    edge = tensor._grad_fn or (tensor if tensor._requires_grad else None)
    return None if _hidden(edge) else edge


def _constant_key(tensor):
    return tensor._grad_fn or id(tensor)


def _edge_of(tensor):
    """What an edge to this tensor leads to: its node, or itself if it is a leaf."""
    return tensor._grad_fn if tensor._grad_fn is not None else tensor


def _key_of_edge(edge):
    return (edge.edges[0], edge.number) if isinstance(edge, Output) else (edge, 0)


def _key(tensor):
    return _key_of_edge(_edge_of(tensor))
