"""A recorded backward pass that can be done again with something changed.

It is worked out from a `Trace` alone: whatever an operation's rule, what it sends is linear in
what it receives, so that from what it sent once follows what it would send for anything else.
"""

import ast
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from autograd_core.core.node import Operation

from ..mathematics.code import names_in
from ..mathematics.derivative import Derivative
from ..mathematics.evaluate import Unknown, evaluated
from ..mathematics.rules import rules_of
from ..trace import BACKWARD, Contribution, Edge, Node, Step, Trace, Value
from ..words.narration import Teller, has_data, was_added
from ..words.numbers_as_text import full

LONGEST = 30  # characters of a value that is told in a sentence
MATRIX_PRODUCTS = {"mm", "bmm", "addmm"}


@dataclass(frozen=True, eq=False)
class Arrival:
    """One contribution to a gradient: who sent it, and what there was to work with.

    Attributes
    ----------
    teller : Teller, knows what nodes are called
    step : Step of the operation that sends
    sent : Contribution
    uses : int, how many equal contributions are taken together here, as both of ``a·a``
    """

    teller: Teller
    step: Step
    sent: Contribution
    uses: int = 1

    @property
    def edge(self) -> Edge:
        return self.teller.trace.edges[self.sent.edge]

    @property
    def sender(self) -> Node:
        return self.teller.trace.node(self.edge.consumer)

    @property
    def receiver(self) -> Node:
        return self.teller.trace.node(self.edge.producer)

    @property
    def operands(self) -> list[Edge]:
        """The edges from the sender to its operands, the receiver among them."""
        return self.teller.operands[self.edge.consumer]

    @property
    def by(self) -> str:
        """What the operation that sends is called."""
        return self.teller.titles[self.edge.consumer]

    @property
    def to(self) -> str:
        """What the node that receives is called."""
        return self.teller.titles[self.edge.producer]

    def equation(self, id: str) -> str:
        """A node, with its value if that is short: ``o1 = 10``."""
        name, value = self.teller.titles[id], in_short(self.teller.trace.node(id).value)
        return f"{name} = {value}" if value and name != value else name

    @cached_property
    def value(self) -> np.ndarray:
        return self.uses * array(self.sent.value)

    @cached_property
    def incoming(self) -> np.ndarray:
        return array(self.step.gradient)

    @cached_property
    def local(self) -> np.ndarray:
        """The local derivative in the result's shape, where the rule is element by element."""
        if has_data(self.sent.local):
            return self.uses * array(self.sent.local)
        return np.broadcast_to(self.ruled(), self.incoming.shape)

    @cached_property
    def is_pointwise(self) -> bool:
        """Whether the local derivative is known, and explains what was sent."""
        try:
            return same(self.whole(self.incoming, self.local), self.value)
        except (Unknown, ValueError):
            return False

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """The values in the sender's formula: of its operands, and of its result as ``y``."""
        return self.teller.values(self.edge)

    @property
    def rule(self) -> Derivative | None:
        """The rule by which it was sent, as trees, if that is known."""
        return self.teller.derivative(self.edge)

    @property
    def rules(self) -> dict[str, ast.expr]:
        """The engine's rules for the sender, by operand: also where the trace has none."""
        operation = Operation.named.get(self.sender.backward)
        return {each.operand: each.tree for each in rules_of(operation) if each} if operation else {}

    def mentions(self, symbol: str) -> bool:
        """Whether a symbol stands in the rule for the local derivative."""
        return self.rule is not None and self.rule.local is not None and symbol in names_in(self.rule.local)

    def ruled(self, **replaced) -> np.ndarray:
        """Work the rule for the local derivative out, with other values for some symbols."""
        if self.rule is None or self.rule.local is None:
            raise Unknown
        return self.uses * evaluated(self.rule.local, self.values | replaced)

    def value_of(self, symbol: str) -> np.ndarray:
        """The value of one operand; raises Unknown if it was not kept."""
        if symbol not in self.values:
            raise Unknown
        return self.values[symbol]

    @property
    def is_product(self) -> bool:
        """Whether it was sent by a matrix product, to one of its two matrices."""
        return self.sender.op in MATRIX_PRODUCTS and self.edge.symbol in ("a", "b")

    def sent_by(self, rule: ast.expr, **replaced) -> np.ndarray:
        """What a rule gives for the incoming gradient, with other values for some symbols."""
        values = self.values | {"g": self.incoming} | replaced
        return self.uses * summed(evaluated(rule, values), self.value.shape)

    def whole(self, incoming, local) -> np.ndarray:
        """The product, summed over the axes along which the operand had been broadcast."""
        return summed(incoming * local, self.value.shape)

    def again(self, incoming: np.ndarray) -> np.ndarray:
        """Return what is sent for another incoming gradient; raises Unknown if it is not known."""
        if incoming.shape != self.incoming.shape:
            raise Unknown
        if self.is_pointwise:
            return self.whole(incoming, self.local)
        ratio = ratio_of(incoming, self.incoming)
        if ratio is not None:
            return self.value * ratio
        if self.is_product and self.edge.symbol in self.rules:
            return self.sent_by(self.rules[self.edge.symbol], g=incoming)
        raise Unknown


class BackwardPass:
    """A backward pass, by node: what arrives there, what it amounts to, what is sent on.

    Attributes
    ----------
    trace : Trace
    teller : Teller
    steps : list of Step, of the backward pass
    gradients : dict, from the id of a node to its complete gradient, where all of it was kept
    arrivals, leaving : dict, from the id of a node to the Arrivals there, and those that it
        sends
    kept : dict, from the id of a node to the Accumulation in its ``.grad``
    """

    def __init__(self, trace: Trace):
        self.trace, self.teller = trace, Teller(trace)
        for output in map(trace.node, trace.outputs):
            if not output.named and self.teller.titles[output.id] == output.name:
                self.teller.titles[output.id] = "the output"  # and not "pow #1", which nobody has seen
        self.steps = [step for step in trace.steps if step.phase == BACKWARD]
        self.gradients = {step.node: array(step.gradient) for step in self.steps
                          if has_data(step.gradient)}  # fmt: skip
        self.kept = {step.node: step.accumulated for step in self.steps
                     if step.accumulated and was_added(step)}  # fmt: skip
        self.arrivals, self.leaving = defaultdict(list), defaultdict(list)
        for step in self.steps:
            for sent in step.contributions:
                if has_data(sent.value):
                    arrival = Arrival(self.teller, step, sent)
                    self.arrivals[arrival.edge.producer].append(arrival)
                    self.leaving[step.node].append(arrival)

    def called(self, id: str) -> str:
        """What a node is called in a sentence."""
        return self.teller.titles[id]

    def before(self, id: str) -> list[str]:
        """The nodes on which a node's gradient depends, the nearest ones first."""
        found, waiting = {}, [id]
        for node in waiting:
            for arrival in self.arrivals[node]:
                sender = arrival.edge.consumer
                if sender not in found and sender in self.gradients:
                    found[sender] = True
                    waiting.append(sender)
        return list(found)

    def paths(self, id: str) -> int:
        """How many paths lead from a node to where the pass starts."""
        count = {self.trace.outputs[0]: 1}
        for step in self.steps:
            for arrival in self.leaving[step.node]:
                to = arrival.edge.producer
                count[to] = count.get(to, 0) + count.get(step.node, 0)
        return count.get(id, 0)

    def carried(self, start: str, change: np.ndarray, end: str) -> np.ndarray:
        """Return how a change of one node's gradient changes that of a later one.

        Raises Unknown if it passes an operation of which that cannot be told.
        """
        changes = {start: change}
        for step in self.steps:
            if step.node == end:
                break
            if step.node in changes:
                for arrival in self.leaving[step.node]:
                    more, to = arrival.again(changes[step.node]), arrival.edge.producer
                    changes[to] = changes[to] + more if to in changes else more
        return changes.get(end, np.zeros_like(self.gradients[end]))


def together(arrivals: list[Arrival]) -> list[Arrival]:
    """Return the arrivals, with those that one operation sends alike, as ``a·a`` does, as one."""
    groups: dict = {}
    for arrival in arrivals:
        alike = groups.setdefault(arrival.edge.consumer, [])
        twin = next((i for i, other in enumerate(alike)
                     if np.array_equal(other.value / other.uses, arrival.value)), None)  # fmt: skip
        if twin is None:
            alike.append(arrival)
        else:
            alike[twin] = replace(alike[twin], uses=alike[twin].uses + 1)
    return [arrival for alike in groups.values() for arrival in alike]


# ---------------------------------------------------------------------- arrays


def in_short(value: Value | None) -> str:
    """Write all elements of a value; ``""`` if they are many: a shape would read as a product.

    >>> in_short(Value((2, 1), "float64", [[6.0], [15.0]])), in_short(Value((9, 9), "float64"))
    ('[[6], [15]]', '')
    """
    text = full(value) if has_data(value) else ""
    return text if len(text) <= LONGEST else ""


def array(value: Value | None) -> np.ndarray:
    """The elements of a value; raises Unknown if they were not kept."""
    if value is None or not has_data(value):
        raise Unknown
    return np.asarray(value.data, dtype=float).reshape(value.shape)


def summed(whole: np.ndarray, wanted: tuple) -> np.ndarray:
    """Sum over the axes along which an array of shape ``wanted`` had been broadcast."""
    whole = np.asarray(whole, dtype=float)
    if whole.ndim < len(wanted):
        raise Unknown
    whole = whole.sum(axis=tuple(range(whole.ndim - len(wanted))))
    stretched = tuple(i for i, size in enumerate(wanted) if size == 1 != whole.shape[i])
    whole = whole.sum(axis=stretched, keepdims=True)
    if whole.shape != wanted:
        raise Unknown
    return whole


def parts(whole: np.ndarray, wanted: tuple) -> list[np.ndarray]:
    """The arrays of shape ``wanted`` that :func:`summed` adds up."""
    aligned = (1,) * (whole.ndim - len(wanted)) + tuple(wanted)
    stretched = [i for i, size in enumerate(aligned) if size == 1 != whole.shape[i]]
    moved = np.moveaxis(whole, stretched, range(len(stretched)))
    return list(moved.reshape(-1, *wanted))


def ratio_of(a: np.ndarray, b: np.ndarray) -> float | None:
    """The number by which ``b`` must be multiplied to give ``a``, or None."""
    if not b.size or not b.any():
        return None
    largest = np.unravel_index(np.argmax(abs(b)), b.shape)
    ratio = float(a[largest] / b[largest])
    return ratio if np.allclose(a, ratio * b, rtol=1e-6, atol=0) else None


def same(a, b) -> bool:
    """Whether a formula gives what was recorded."""
    return (np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-4, atol=1e-9)) or (
        np.size(a) == 1 and np.allclose(a, b, rtol=1e-4, atol=1e-9))  # fmt: skip
