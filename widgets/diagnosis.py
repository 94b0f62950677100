"""Which mistake gives this answer? A catalogue, worked out from what really happened.

A `Trace` tells what each operation received and sent. A function of the catalogue says what an
operation would have sent had one thing gone wrong there; then the rest of the backward pass is
done again, so that a slip far from the gradient asked for is found too. No answer is typed in.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .arithmetic import Unreadable, read
from .narration import Titles, bracketed, written
from .numbers_as_text import brief, full, number, shape
from .trace import BACKWARD, CONSTANT, Contribution, Edge, Node, Step, Trace, Value
from .verdict import Mistake, fits

CATALOGUE = {
    "incoming": "forgot the incoming gradient",
    "local": "forgot the local derivative",
    "overwrote": "overwrote instead of added",
    "sign": "wrong sign",
    "output": "used the output where the input belongs, or the input for the output",
    "power": "power rule slip",
    "swapped": "swapped operands",
    "unsummed": "forgot to sum over what was broadcast",
    "transpose": "forgot a transpose",
    "stale": "stale gradient from an earlier pass",
}
NEAR, FAR = 0, 1  # a slip where the gradient arrives is likelier than one on the way there
MOST_ARRIVALS = 8  # contributions to one node that are looked at one by one
MOST_FAR = 40  # and on the way to it

# What an operation sends per unit of incoming gradient if its operands are swapped.
SWAPPED = {
    ("mul", 0): [lambda a, b: a],
    ("mul", 1): [lambda a, b: b],
    ("dot", 0): [lambda a, b: a],
    ("dot", 1): [lambda a, b: b],
    ("div", 0): [lambda a, b: 1 / a, lambda a, b: -a / b**2],
    ("div", 1): [lambda a, b: -b / a**2, lambda a, b: 1 / b],
    ("pow", 0): [lambda a, b: a * b ** (a - 1), lambda a, b: a**b * np.log(a)],
    ("pow", 1): [lambda a, b: b**a * np.log(b), lambda a, b: b * a ** (b - 1)],
}
LIKE_A_PRODUCT = {"mul", "dot"}  # a constant is taken for a tensor in these only
# What a power sends per unit of incoming gradient after a slip, and how that comes about.
POWER_SLIPS = [
    (lambda a, n: a ** (n - 1), "the exponent {n} was not brought down as a factor"),
    (lambda a, n: n * a**n, "the exponent was left at {n}, and the power rule lowers it by 1"),
    (lambda a, n: n * a ** (n + 1), "the exponent {n} was raised by 1, and should be lowered"),
    (lambda a, n: n * a, "only the exponent {n} was brought down, and no power is left"),
]
EXPONENTS = {"sqrt": 0.5, "square": 2.0, "reciprocal": -1.0, "rsqrt": -0.5}  # of operations
# What a matrix product sends to each operand, as it should be and without the transpose.
PRODUCTS = {
    "a": (lambda g, a, b: g @ turned(b), lambda g, a, b: g @ b),
    "b": (lambda g, a, b: turned(a) @ g, lambda g, a, b: a @ g),
}
SWAPPED_PRODUCTS = {  # factors: the other operand's rule, the other operand, the other order
    "a": lambda g, a, b: [(turned(a), g), (g, turned(a)), (turned(b), g)],
    "b": lambda g, a, b: [(g, turned(b)), (turned(b), g), (g, turned(a))],
}
MATRIX_PRODUCTS = {"mm", "bmm", "matmul", "addmm"}


class Unknown(Exception):
    """The trace does not tell what an operation would have sent."""


def mistakes(trace: Trace, id: str, far: bool = True) -> list[Mistake]:
    """Return the answers that likely mistakes give, to the question for a node's gradient.

    An answer that is right within the tolerance is not among them, nor is 0, which whoever has
    no answer gives.

    Parameters
    ----------
    trace : Trace of a backward pass
    id : id of the node
    far : whether a mistake may have happened on the way to the node

    >>> from widgets.trace import example
    >>> [(each.kind, float(each.value)) for each in mistakes(example(), "n1")]
    [('incoming', 2.0), ('local', 12.0), ('sign', -24.0), ('output', 72.0), ('swapped', 36.0), ('stale', 25.0), \
('stale', 1.0), ('output', 84.0), ('overwrote', 12.0)]
    """
    return BackwardPass(trace).mistakes(id, far)


# ---------------------------------------------------------------------- the pass, done again


@dataclass(frozen=True)
class Arrival:
    """One contribution to a gradient: who sent it, and what there was to work with."""

    trace: Trace
    titles: Titles
    step: Step
    sent: Contribution

    @property
    def by(self) -> str:
        """What the operation that sends is called."""
        return self.titles[self.edge.consumer]

    @property
    def to(self) -> str:
        """What the node that receives is called."""
        return self.titles[self.edge.producer]

    def equation(self, node: Node) -> str:
        """A node with its value: ``o1 = 10``."""
        name, value = self.titles[node.id], brief(node.value, 30)
        return name if name == value else f"{name} = {value}"

    @property
    def edge(self) -> Edge:
        return self.trace.edges[self.sent.edge]

    @property
    def sender(self) -> Node:
        return self.trace.node(self.edge.consumer)

    @property
    def receiver(self) -> Node:
        return self.trace.node(self.edge.producer)

    @cached_property
    def value(self) -> np.ndarray:
        return array(self.sent.value)

    @cached_property
    def incoming(self) -> np.ndarray:
        return array(self.step.gradient)

    @cached_property
    def local(self) -> np.ndarray:
        """The local derivative in the result's shape, where the rule is element by element."""
        if has_data(self.sent.local):
            return array(self.sent.local)
        if self.edge.formula is None:
            raise Unknown
        found = evaluated(self.edge.formula.local, self.values)
        return np.broadcast_to(found, self.incoming.shape)

    @property
    def is_pointwise(self) -> bool:
        """Whether the local derivative is known, and explains what was sent."""
        try:
            return same(self.whole(self.incoming, self.local), self.value)
        except (Unknown, ValueError):
            return False

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """The values in the sender's formula: of its operands, and of its result as ``y``."""
        nodes = {edge.symbol: edge.producer for edge in self.trace.operands(self.sender.id)}
        known = {name: self.trace.node(id).value for name, id in nodes.items()}
        known["y"] = self.sender.value
        return {name: np.asarray(value.data, dtype=float)
                for name, value in known.items() if has_data(value)}  # fmt: skip

    def value_of(self, symbol) -> np.ndarray:
        """The value of one operand; raises Unknown if it was not kept."""
        if symbol not in self.values:
            raise Unknown
        return self.values[symbol]

    def whole(self, incoming, local) -> np.ndarray:
        """The product, summed over the axes along which the operand had been broadcast."""
        return summed(incoming * local, self.value.shape)

    def again(self, incoming: np.ndarray) -> np.ndarray:
        """Return what is sent for another incoming gradient; whatever the rule, it is linear."""
        if incoming.shape != self.incoming.shape:
            raise Unknown
        if self.is_pointwise:
            return self.whole(incoming, self.local)
        ratio = ratio_of(incoming, self.incoming)
        if ratio is not None:
            return self.value * ratio
        if self.sender.op in MATRIX_PRODUCTS and self.edge.symbol in PRODUCTS:
            rule, _ = PRODUCTS[self.edge.symbol]
            a, b = self.value_of("a"), self.value_of("b")
            return summed(rule(incoming, a, b), self.value.shape)
        raise Unknown


class BackwardPass:
    """A backward pass that can be done again with one thing gone wrong."""

    def __init__(self, trace: Trace):
        self.trace, self.titles = trace, Titles(trace)
        self.steps = [step for step in trace.steps if step.phase == BACKWARD]
        self.gradients = {step.node: array(step.gradient) for step in self.steps
                          if has_data(step.gradient)}  # fmt: skip
        self.arrivals = defaultdict(list)  # id of a node -> what arrives there
        self.leaving = defaultdict(list)  # id of a node -> what it sends
        for step in self.steps:
            for sent in step.contributions:
                if has_data(sent.value):
                    arrival = Arrival(trace, self.titles, step, sent)
                    self.arrivals[arrival.receiver.id].append(arrival)
                    self.leaving[step.node].append(arrival)

    def mistakes(self, id, far: bool) -> list[Mistake]:
        """What the function :func:`mistakes` returns."""
        wanted, kept = self.gradients[id], []
        for each in [*self.near(id), *(self.far(id) if far else ())]:
            known = [one.value for one in kept if one.kind == each.kind]
            usable = np.all(np.isfinite(each.value)) and each.value.any()
            if usable and not any(fits(each.value, value) for value in [wanted, *known]):
                kept.append(each)
        return kept

    def near(self, id) -> Iterator[Mistake]:
        """Yield what goes wrong where the gradient of a node arrives."""
        total, arrivals = self.gradients[id], self.arrivals[id]
        for kind, words, change in self.changes(id):
            if change.shape == total.shape:
                yield Mistake(kind, words, total + change, NEAR)
        if len(arrivals) == 1:  # then what arrives may have another shape than it should
            for kind, words, sent in slips(arrivals[0]):
                if sent.shape != total.shape:
                    yield Mistake(kind, words, sent, NEAR)
        elif arrivals:
            yield Mistake("sign", "the size is right, and the sign is wrong", -total, NEAR)
        yield from self.stale(id)

    def far(self, id) -> Iterator[Mistake]:
        """Yield what goes wrong on the way to a node and is then carried on to it."""
        way = self.before(id)[:MOST_FAR]
        for upstream in way:
            for kind, words, change in self.changes(upstream):
                try:
                    carried = self.carried(upstream, change, id)
                except Unknown:
                    continue
                words = f"on the way, at {self.titles[upstream]}: {words}"
                yield Mistake(kind, words, self.gradients[id] + carried, FAR)

    def changes(self, id) -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield (kind, words, change of the node's gradient) for each slip where it arrives."""
        arrivals = self.arrivals[id][:MOST_ARRIVALS]
        forgotten = []
        for arrival in arrivals:
            for kind, words, sent in slips(arrival):
                if sent.shape == arrival.value.shape:
                    yield kind, words, sent - arrival.value
                    forgotten += [sent - arrival.value] if kind == "incoming" else []
        if len(arrivals) < 2:
            return
        if len(forgotten) == len(arrivals):
            words = "the local derivatives were added up without the incoming gradients"
            yield "incoming", words, sum(forgotten)
        total = self.gradients[id]
        for arrival in arrivals:
            yield "overwrote", overwrote(arrival, len(self.arrivals[id])), arrival.value - total
        if len(arrivals) > 2:
            for arrival in arrivals:
                yield "overwrote", left_out(arrival, len(self.arrivals[id])), -arrival.value

    def stale(self, id) -> Iterator[Mistake]:
        """Yield what a leaf's ``.grad`` holds where an earlier pass had left something in it."""
        for step in self.steps:
            kept = step.accumulated if step.node == id else None
            if kept and has_data(kept.before) and has_data(kept.after):
                name = self.trace.node(id).name
                words = (f"{its(array(kept.after))} is what {name}.grad holds now, with the "
                         f"{full(kept.before)} that an earlier pass left there; "
                         "this pass alone is asked for")  # fmt: skip
                yield Mistake("stale", words, array(kept.after), NEAR)
                words = f"{its(array(kept.before))} is what an earlier pass left in {name}.grad"
                yield Mistake("stale", words, array(kept.before), NEAR)

    def before(self, id) -> list[str]:
        """The nodes whose gradients are complete before a node's, and on which it depends."""
        found, waiting = [], [id]
        while waiting:
            for arrival in self.arrivals[waiting.pop()]:
                sender = arrival.sender.id
                if sender not in found and sender in self.gradients:
                    found.append(sender)
                    waiting.append(sender)
        return found

    def carried(self, start, change, end) -> np.ndarray:
        """Return how a change of one node's gradient changes that of a later one."""
        changes = {start: change}
        for step in self.steps:
            if step.node == end:
                break
            if step.node in changes:
                for arrival in self.leaving[step.node]:
                    more = arrival.again(changes[step.node])
                    known = changes.get(arrival.receiver.id)
                    changes[arrival.receiver.id] = more if known is None else known + more
        return changes.get(end, np.zeros_like(self.gradients[end]))


# ---------------------------------------------------------------------- the catalogue


def slips(arrival: Arrival) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, words, what would have been sent) for each slip in one operation."""
    for slip in (incoming, local, sign, output, power, swapped, unsummed, transpose):
        try:
            with np.errstate(all="ignore"):
                for words, sent in slip(arrival):
                    yield slip.__name__, words, np.asarray(sent, dtype=float)
        except Unknown:
            continue


def incoming(arrival):
    """The local derivative alone."""
    sent = arrival.again(np.ones_like(arrival.incoming))
    gradient = brief(arrival.step.gradient, 30)
    yield (f"{its(sent)} is the local derivative of {arrival.by} alone; it was not multiplied by "
           f"the gradient that comes in there, {gradient}"), sent  # fmt: skip


def local(arrival):
    """The incoming gradient alone: the chain rule's last factor is missing.

    Where the pass starts, with 1, that would not be said of an answer of 1.
    """
    if arrival.incoming.shape == arrival.value.shape and arrival.is_pointwise and not np.all(
        arrival.incoming == 1
    ):
        yield (f"{its(arrival.incoming)} is the gradient that comes in at {arrival.by}; "
               "it was not multiplied by the local derivative there"), arrival.incoming  # fmt: skip


def sign(arrival):
    if arrival.sent.of == 1:
        yield "the size is right, and the sign is wrong", -arrival.value
    else:
        yield f"the sign of what {arrival.by} sends is wrong", -arrival.value


def output(arrival):
    """The output where the input belongs, or the other way round."""
    if arrival.edge.formula is None or not arrival.is_pointwise:
        raise Unknown
    rule = arrival.edge.formula.local
    if not same(evaluated(rule, arrival.values), arrival.local):
        raise Unknown  # the formula has cases, or not all of it was kept
    own, y = arrival.edge.symbol, arrival.value_of("y")
    sender = arrival.equation(arrival.sender)
    for edge in arrival.trace.operands(arrival.sender.id):
        if edge.symbol in arrival.values and mentions(rule, edge.symbol):
            replaced = evaluated(rule, arrival.values | {edge.symbol: y})
            operand = arrival.equation(arrival.trace.node(edge.producer))
            words = f"the output, {sender}, was used where the input, {operand}, belongs"
            yield words, arrival.whole(arrival.incoming, replaced)
    if mentions(rule, "y"):
        replaced = evaluated(rule, arrival.values | {"y": arrival.value_of(own)})
        words = f"the input, {arrival.equation(arrival.receiver)}, was used where the output, {sender}, belongs"
        yield words, arrival.whole(arrival.incoming, replaced)
    elif own == "x":
        words = f"the output, {sender}, was used where the local derivative belongs"
        yield words, arrival.whole(arrival.incoming, y)


def power(arrival):
    """A slip with the power rule."""
    exponent = EXPONENTS.get(arrival.sender.op)
    if arrival.sender.op == "pow" and arrival.edge.slot == 0:
        exponent = arrival.value_of("b")
    if exponent is None or np.size(exponent) != 1:
        raise Unknown
    base, exponent = arrival.value_of(arrival.edge.symbol), float(np.reshape(exponent, ()))
    for rule, words in POWER_SLIPS:
        sent = arrival.whole(arrival.incoming, rule(base, exponent))
        yield words.format(n=bracketed(number(exponent))), sent


def swapped(arrival):
    """One operand where the other belongs."""
    words = f"the operands of {arrival.by} are swapped in its derivative with respect to {arrival.to}"
    key = (arrival.sender.op, arrival.edge.slot)
    if arrival.sender.op in MATRIX_PRODUCTS and arrival.edge.symbol in PRODUCTS:
        g, a, b = arrival.incoming, arrival.value_of("a"), arrival.value_of("b")
        for left, right in SWAPPED_PRODUCTS[arrival.edge.symbol](g, a, b):
            yield from ((words, sent) for sent in fitting(lambda: left @ right, arrival))
    elif key in SWAPPED and (key[0] in LIKE_A_PRODUCT or not has_constant(arrival)):
        a, b = arrival.value_of("a"), arrival.value_of("b")
        for rule in SWAPPED[key]:
            local = rule(a, b)
            yield from ((words, sent) for sent in fitting(lambda: arrival.incoming * local, arrival))


def has_constant(arrival) -> bool:
    """Whether an operand is a number in the program, such as the exponent of ``x ** 2``."""
    operands = arrival.trace.operands(arrival.sender.id)
    nodes = [arrival.trace.node(edge.producer) for edge in operands]
    return any(node.kind == CONSTANT and not node.named for node in nodes)


def unsummed(arrival):
    """One of the elements that had been broadcast, their average, or all of them unsummed."""
    if not arrival.is_pointwise and arrival.sender.op != "addmm":
        raise Unknown
    local = arrival.local if arrival.is_pointwise else 1.0
    whole, wanted = arrival.incoming * local, arrival.value.shape
    if whole.size == arrival.value.size or not same(summed(whole, wanted), arrival.value):
        raise Unknown
    count = whole.size // arrival.value.size
    used = f"{arrival.to} was broadcast and is used {count} times"
    for part in parts(whole, wanted)[:MOST_ARRIVALS]:
        yield f"{used}: this is what one of them sends, and their sum is wanted", part
    average = arrival.value / count
    yield f"{used}: this is the average of what they send, and their sum is wanted", average
    yield f"{used}: what they send is still to be summed, {shape(whole.shape)} → {shape(wanted)}", whole


def transpose(arrival):
    """A matrix product's rule without its transpose, or the transpose of what is right."""
    if arrival.sender.op in MATRIX_PRODUCTS and arrival.edge.symbol in PRODUCTS:
        g, a, b = arrival.incoming, arrival.value_of("a"), arrival.value_of("b")
        _, without = PRODUCTS[arrival.edge.symbol]
        names = {edge.symbol: arrival.titles[edge.producer]
                 for edge in arrival.trace.operands(arrival.sender.id)}  # fmt: skip
        rule = written(arrival.edge.formula.text, names) if arrival.edge.formula else "the rule"
        words = f"a transpose is missing: what {arrival.by} sends to {arrival.to} is {rule}"
        yield from ((words, sent) for sent in fitting(lambda: without(g, a, b), arrival))
    if arrival.value.ndim == 2:
        yield f"this is the transpose of the gradient of {arrival.to}", turned(arrival.value)


def overwrote(arrival, count):
    """What is said if one contribution was kept alone."""
    return (f"{its(arrival.value)} is what {arrival.by} sends alone; {arrival.to} is used {count} "
            "times, and what all of them send is added, not overwritten")  # fmt: skip


def left_out(arrival, count):
    """What is said if one contribution is missing."""
    return (f"what {arrival.by} sends is missing; {arrival.to} is used "
            f"{count} times, and what all of them send is added")  # fmt: skip


# ---------------------------------------------------------------------- arrays


def has_data(value: Value | None) -> bool:
    """Whether a trace holds all elements of a value, and they are real numbers."""
    return value is not None and value.data is not None and "complex" not in value.dtype


def array(value: Value) -> np.ndarray:
    """The elements of a value; raises Unknown if they were not kept."""
    if not has_data(value):
        raise Unknown
    return np.asarray(value.data, dtype=float).reshape(value.shape)


def turned(matrix: np.ndarray) -> np.ndarray:
    """A matrix transposed; of a stack of matrices, each."""
    return np.swapaxes(matrix, -1, -2) if matrix.ndim > 1 else matrix


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


def fitting(compute, arrival) -> Iterator[np.ndarray]:
    """Yield what ``compute`` gives, summed to the operand's shape, if the shapes allow it."""
    try:
        yield summed(compute(), arrival.value.shape)
    except (ValueError, Unknown):
        return


def ratio_of(a: np.ndarray, b: np.ndarray) -> float | None:
    """The number by which ``b`` must be multiplied to give ``a``, or None."""
    if not b.size or not b.any():
        return None
    largest = np.unravel_index(np.argmax(abs(b)), b.shape)
    ratio = float(a[largest] / b[largest])
    return ratio if np.allclose(a, ratio * b, rtol=1e-9, atol=0) else None


def same(a, b) -> bool:
    """Whether a formula gives what was recorded; its numbers are written with six digits."""
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-4, atol=1e-9) or (
        np.size(a) == 1 and np.allclose(a, b, rtol=1e-4, atol=1e-9))  # fmt: skip


def evaluated(rule: str, values: dict) -> np.ndarray:
    """Work a formula out; raises Unknown if it cannot be read."""
    try:
        return np.asarray(read(rule, values or {"": 0.0}))
    except (Unreadable, ValueError):
        raise Unknown from None


def mentions(rule: str, symbol: str) -> bool:
    """Whether a symbol stands in a formula."""
    found = re.search(rf"(?<![\w.]){re.escape(symbol)}(?![\w(])", rule, re.ASCII)
    return bool(symbol) and found is not None


def its(value: np.ndarray) -> str:
    """A number, to begin a sentence with; of a tensor, ``this``."""
    return number(float(value)) if value.ndim == 0 else "this"
