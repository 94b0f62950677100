"""A graph as a recorder finds it, and how it becomes the nodes and edges of a `Trace`.

Whatever belongs to one library stays in that library's recorder; here keys stand for its
objects. A *value* is known by ``(operation's key, output number)`` or ``(leaf's key, 0)``.
"""

import linecache
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from itertools import count

from ..trace import CONSTANT, LEAF, OMITTED, OP, Edge, Listing, Node, Source, Value
from .values import number_text

MOST_LINES = 400  # of source code in one listing


@dataclass
class Operand:
    """What stands in one operand slot: a value of the graph, or a constant.

    ``producer`` is the key of a value, None for a constant; ``constant`` is the constant's
    value, None if unknown; ``key`` tells that two constants are the same tensor; ``rule`` is the
    engine's rule, an `AppliedRule`; ``raw`` is a constant in the library's own form;
    ``stretched`` says that it may have been broadcast to the result's shape.
    """

    slot: int
    producer: object = None
    constant: Value | None = None
    key: object = None
    symbol: str = ""
    rule: object = None
    raw: object = None
    stretched: bool = False


@dataclass
class Operation:
    """One recorded operation. ``outputs`` holds ``(shape, dtype)`` of each of its results;
    ``source`` is an ``autograd_core`` Source or None, ``whole`` whether its expression stands for
    this operation alone; ``kind`` may be that of one that raised.
    """

    key: object
    seq: int
    op: str
    backward: str
    operands: list
    outputs: list
    source: object = None
    whole: bool = True
    kind: str = OP


@dataclass
class Graph:
    """All that a recorder knows before the backward pass runs."""

    engine: str
    operations: list  # of Operation, any order
    values: dict  # key of a value -> Value, where known
    names: dict  # key of a value, or of a constant -> the user's name
    roots: list  # keys of the values that are recorded
    constants: set  # the roots that need no gradient
    omitted: int = 0  # how many operations were left out
    uncounted: bool = False  # whether there are more than that


class Skeleton:
    """The nodes and edges of a trace, and where to find what the backward pass speaks of.

    Attributes
    ----------
    nodes, edges : lists of `Node` and `Edge`
    ids : dict, from the key of a value to its node's id
    owners : dict, from an operation's key to its node's id
    rules : dict, from the index of an edge to the `AppliedRule` by its operand
    slots : dict, from ``(operation's key, slot)`` to the index of the edge
    consumers : Counter, from the key of a value to the number of edges a gradient may take to it
    """

    def __init__(self, graph):
        self.graph = graph
        self.nodes, self.edges = [], []
        self.ids, self.owners, self.slots, self.rules = {}, {}, {}, {}
        self.consumers = Counter()
        self._unnamed = Counter()
        operands = (operand for operation in graph.operations for operand in operation.operands)
        self._used = {*graph.roots, *(operand.producer for operand in operands)}
        for operation in in_order(graph.operations):
            self._add_operation(operation)
        for root in graph.roots:
            if root in graph.constants:
                operand = Operand(0, constant=graph.values[root], key=root)
                self.ids[root] = self._add_constant(operand)
            elif root not in self.ids:
                self._add_leaf(root)

    # ------------------------------------------------------------------ nodes

    def _add(self, kind, value=None, shape=None, dtype=None, **attributes):
        """Add a node, of a value's shape and type if there is one, and return its id."""
        shape, dtype = (shape, dtype) if value is None else (value.shape, value.dtype)
        node = Node(f"n{len(self.nodes)}", kind, value=value, shape=shape, dtype=dtype, **attributes)
        self.nodes.append(node)
        return node.id

    def _name(self, key, label):
        """The user's name, or the operation and a running number."""
        name = self.graph.names.get(key)
        if name is not None:
            return {"name": name, "named": True}
        self._unnamed[label] += 1
        return {"name": f"{label} #{self._unnamed[label]}"}

    def _add_operation(self, operation):
        producers = [self._producer(operand) for operand in operation.operands]
        key = operation.key
        one = len(operation.outputs) == 1
        self.owners[key] = own = self._add_result(operation, 0 if one else None, operation.op)
        for operand, producer in zip(operation.operands, producers, strict=True):
            edge = self.slots[key, operand.slot] = len(self.edges)
            flows = operand.producer is not None
            self.edges.append(Edge(own, operand.slot, producer, operand.symbol, flows))
            if flows:
                self.consumers[operand.producer] += 1
                if operand.rule is not None:
                    self.rules[edge] = operand.rule
        if one:
            self.ids[key, 0] = own
            return
        for number in range(len(operation.outputs)):  # a node each, if anybody uses it
            if (key, number) in self._used:
                self.ids[key, number] = self._add_result(operation, number, "output")
                self.slots[key, "output", number] = len(self.edges)
                self.edges.append(Edge(self.ids[key, number], 0, own))

    def _add_result(self, operation, number, op):
        """A node for one of the results of an operation, or for the whole if it has several."""
        key = None if number is None else (operation.key, number)
        shape, dtype = (None, None) if key is None else operation.outputs[number]
        return self._add(
            operation.kind,
            self.graph.values.get(key),
            shape,
            dtype,
            **self._name(key, op),
            op=op,
            backward=operation.backward,
            source=source_of(operation.source, operation.whole),
        )

    def _producer(self, operand):
        """The id of what stands in an operand slot, made if it is not there yet."""
        if operand.producer == OMITTED:
            return self._shared(OMITTED, self._add_omitted)
        if operand.producer is not None:
            if operand.producer not in self.ids:
                self._add_leaf(operand.producer)
            return self.ids[operand.producer]
        if operand.key is not None:
            return self._shared(("constant", operand.key), lambda: self._add_constant(operand))
        return self._add_constant(operand)

    def _shared(self, key, make):
        if key not in self.ids:
            self.ids[key] = make()
        return self.ids[key]

    def _add_leaf(self, key):
        value = self.graph.values.get(key)
        self.ids[key] = self._add(LEAF, value, **self._name(key, "leaf"), backward="AccumulateGrad")

    def _add_constant(self, operand):
        value = operand.constant
        name = self.graph.names.get(("constant", operand.key)) or self.graph.names.get(operand.key)
        number = value is not None and value.shape == () and value.data is not None
        shown = name or (number_text(value.data) if number else "constant")
        return self._add(CONSTANT, value, name=shown, named=name is not None)

    def _add_omitted(self):
        count = f"{self.graph.omitted:,} more".replace(",", "\N{NO-BREAK SPACE}")
        return self._add(OMITTED, name=f"over {count}" if self.graph.uncounted else count)

    def ways(self, noted):
        """By the ids of operations and of their results, what notes tell of who called them."""
        numbers = {operation.key: operation.seq for operation in self.graph.operations}
        owners = {id: key for key, id in self.owners.items()}
        owners |= {id: key[0] for key, id in self.ids.items() if key[0] in numbers}
        return {node.id: noted.way(numbers[owners[node.id]]) for node in self.nodes if node.id in owners}

    def finished_nodes(self, grads):
        """The nodes with the content of ``.grad`` (a dict from value keys) put in."""
        found = {self.ids[key]: value for key, value in grads.items() if key in self.ids}
        return tuple(replace(node, grad=found[node.id]) if node.id in found else node for node in self.nodes)

    def finished_edges(self, max_elements):
        """The edges with their formulas."""
        edges = list(self.edges)
        for i, rule in self.rules.items():
            edges[i] = replace(edges[i], formula=rule.formula(max_elements))
        return tuple(edges)


def in_order(operations):
    """Yield the operations in order of their creation, but never before their operands."""
    known = {operation.key: operation for operation in operations}
    sorter = TopologicalSorter()
    for operation in operations:
        producers = (o.producer[0] for o in operation.operands if o.producer is not None)
        sorter.add(operation.key, *known.keys() & producers)
    sorter.prepare()
    ready, numbers = [], count()
    while sorter.is_active():
        for key in sorter.get_ready():
            heappush(ready, (known[key].seq, next(numbers), key))
        *_, key = heappop(ready)
        yield known[key]
        sorter.done(key)


@lru_cache(4096)
def source_of(source, whole=True):
    """An engine's Source as a trace keeps it: with a label, without the path."""
    if source is None:
        return None
    _, _, *place, text = source
    told = whole and source.column is not None
    return Source(source.label, *place, text, source.expression if told else None)


def _now(source):
    """What a file holds at a place in the code by now."""
    lines = linecache.getlines(source.file)[source.line - 1 : source.end_line]
    return "".join(lines).rstrip("\n")


def listings_of(operations):
    """The code the operations came from: cells whole, of files the lines from first to last."""
    spans = {}
    for operation in operations:
        source = operation.source
        if source is not None and source.text and source.text == _now(source):
            low, high, _ = spans.get(source.file, (source.line, source.end_line, None))
            spans[source.file] = (
                min(low, source.line), max(high, source.end_line), source.label)  # fmt: skip
    listings = []
    for file, (low, high, label) in spans.items():
        lines = [line.rstrip("\n") for line in linecache.getlines(file)]
        if "cell" in label or label.startswith("In ["):
            low, high = 1, len(lines)
        high = min(high, low + MOST_LINES - 1)
        listings.append(Listing(label, low, tuple(lines[low - 1 : high])))
    return tuple(sorted(listings, key=lambda listing: (listing.label, listing.first_line)))
