"""A trace told step by step: the sentences, rules and sums that a learner reads.

The stepper in the browser, its status line, its picture and its text twin all show these
words and these numbers, so that they cannot disagree.
"""

import ast
from dataclasses import dataclass
from operator import eq

import numpy as np

from ..mathematics.algebra import case_of
from ..mathematics.code import code_of, function_name, names_in
from ..mathematics.derivative import Derivative, derivative_of
from ..mathematics.written import Piece, code_written, piece_of, written
from ..trace import BACKWARD, CONSTANT, FAILED, LEAF, OP, Contribution, Edge, Node, Step, Trace, Value
from .expressions import Expressions
from .figures import figures, in_box
from .numbers_as_text import alike, brief, full, is_zero, number, rows, shape

NOTHING, PARTIAL, COMPLETE, ZERO = "nothing", "partial", "complete", "zero"
NOT_KEPT = "was computed, and its value not kept"
ROUNDED = 0.01  # of two numbers, what the sum of two may lose at most where floats are shortest
LONGEST_EXPRESSION, LONGEST_CALL, LONGEST_MADE = 24, 24, 60  # characters
LARGE_GRAPH = 100  # nodes: of a larger one not all elements are told at each step
VERY_LARGE_GRAPH = (
    1500  # nodes: of a larger one histograms, and figures of sums on their way, are not told either
)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True)
class Change:
    """How a node's gradient stands from a step on.

    Attributes
    ----------
    node : int, index in ``Trace.nodes``
    state : ``"partial"``, ``"complete"`` or ``"zero"`` (complete, every element exactly 0)
    text : str, the running total, short
    count : str, ``"1 of 2"`` contributions; empty where there is only one
    rows : the elements of a small running total, or None
    figures : list of str, what a tensor is like: see `figures`
    """

    node: int
    state: str
    text: str
    count: str
    rows: list | None = None
    figures: list | tuple = ()


@dataclass(frozen=True)
class Rule:
    """What an operation does for one of its operands, in symbols and then with numbers.

    Attributes
    ----------
    edge : int, index in ``Trace.edges``
    to : str, the operand
    symbols : str, ``"∂p/∂x = w = 3"``, or ``"g @ bᵀ"`` where it is not element by element
    sends : str, ``"12 · 3 = 36"``
    note : str, what a letter stands for, which case holds, a sum over broadcast axes, or the shapes
        of a matrix product; may be empty
    total : str, ``"3 + 36 = 39, 2 of 2"``
    grids : tuple of (title, rows) for small tensors
    """

    edge: int
    to: str
    symbols: str
    sends: str
    note: str
    total: str
    grids: tuple = ()


@dataclass(frozen=True)
class Moment:
    """One step of a trace in words.

    Attributes
    ----------
    phase : ``"start"``, ``"forward"`` or ``"backward"``
    node : int or None, index in ``Trace.nodes`` of the node at work
    sentence : str, what happened
    heading : str, the node and what it now has
    rules : tuple of `Rule`
    changes : tuple of `Change`
    """

    phase: str
    node: int | None
    sentence: str
    heading: str
    rules: tuple = ()
    changes: tuple = ()


def narrate(trace: Trace, titles: "Titles | None" = None) -> list[Moment]:
    """Tell a trace: a moment before anything has happened, then one for each step.

    ``titles`` are those of the trace, if they are known already.

    >>> from widgets.recorders.example import example
    >>> narrate(example())[9].sentence
    'Step 9 of 13, backward: 3·x has its complete gradient, 1, and sends 3 to x (3, 1 of 2).'
    """
    teller = Teller(trace, titles)
    count = len(trace.steps)
    told = [opening(trace)]
    for number_, step in enumerate(trace.steps, 1):
        told.append(teller.moment(step, f"Step {number_} of {count}, {step.phase}: "))
    return told


def opening(trace: Trace) -> Moment:
    """The moment before anything has happened."""
    said = f"Step 0 of {len(trace.steps)}: nothing has been computed yet."
    return Moment("start", None, said, "Before the forward pass")


class Teller:
    """Knows the names of a trace's nodes and how their derivatives are written."""

    def __init__(self, trace: Trace, titles: "Titles | None" = None):
        self.trace, self.most = trace, most_in_rows(trace)
        self.titles = Titles(trace) if titles is None else titles
        self.named: dict[str, dict[str, Piece]] = {}
        self.index = {node.id: number_ for number_, node in enumerate(trace.nodes)}
        self.arrived: dict[str, Value] = {
            trace.edges[sent.edge].producer: sent.after
            for step in trace.steps
            for sent in step.contributions
            if sent.number == sent.of and sent.value is not None
        }  # what came to a node in all
        self.cases: dict[tuple[str, int], tuple[ast.expr, list[ast.expr]]] = {}
        self.operands = {node.id: [] for node in trace.nodes}
        for edge in trace.edges:
            self.operands[edge.consumer].append(edge)
        self.several = {edge.producer for edge in trace.edges
                        if trace.node(edge.consumer).op == "output"}  # fmt: skip

    def moment(self, step: Step, counted: str) -> Moment:
        node = self.trace.node(step.node)
        if step.phase != BACKWARD:
            if node.kind == FAILED:
                sentence, heading = self.failed(node)
            else:
                sentence, heading = forward(node, self.titles.made(node), self.gives(node))
            return Moment(step.phase, self.index[node.id], counted + sentence, heading)
        changes = [self.change(sent) for sent in step.contributions if sent.value is not None]
        hooked = self.hooked(step)
        if step.gradient is not None and (hooked or node.id not in self.arrived):
            changes.insert(0, self.settled(step))
        return Moment(
            BACKWARD,
            self.index[node.id],
            counted + self.backward(node, step, hooked),
            f"{self.titles[node.id]} has its complete gradient{gradient_of(step)}{hooked}",
            tuple(self.rule(node, step, sent) for sent in step.contributions if sent.value),
            tuple(changes),
        )

    def failed(self, node: Node) -> tuple[str, str]:
        """Say what the call that failed was given, and what it raised."""
        operands = (self.trace.node(edge.producer) for edge in self.operands[node.id])
        given = ", ".join(
            f"{each.name} {shape(each.shape)}" if each.shape else each.name for each in operands
        )
        return f"{node.op}({given}) failed: {self.trace.failure}", f"{node.op} failed"

    def gives(self, node: Node) -> str:
        """What is said where a node has no value to show."""
        return "has several results" if node.id in self.several else NOT_KEPT

    def hooked(self, step: Step) -> str:
        """Say that a gradient is another than what arrived: only a hook makes it so."""
        sum_ = self.arrived.get(step.node)
        if sum_ is None or step.gradient is None or is_about(sum_, step.gradient):
            return ""
        return f" (a hook made it of {brief(sum_, 40)})"

    def change(self, sent: Contribution) -> Change:
        """What a contribution makes of its operand's running total."""
        edge = self.trace.edges[sent.edge]
        zero = sent.number == sent.of and is_zero(sent.after)
        state = ZERO if zero else COMPLETE if sent.number == sent.of else PARTIAL
        count = f"{sent.number} of {sent.of}" if sent.of > 1 else ""
        return self.stands(edge.producer, state, sent.after, count)

    def backward(self, node: Node, step: Step, hooked: str) -> str:
        begins = f"{self.titles[node.id]} has its complete gradient{gradient_of(step)}{hooked}"
        if step.accumulated is not None:
            if not was_added(step):
                return f"{begins}; what {node.name}.grad holds after its hooks is {brief(step.accumulated.after, 40)}."
            return f"{begins}, and keeps it: {kept(node, step)}."
        sent = [
            f"{brief(each.value, 40)} to {self.title(each)}" + (f" ({total(each)})" if each.of > 1 else "")
            for each in step.contributions
            if each.value is not None
        ]
        return f"{begins}, and sends {listed(sent)}." if sent else f"{begins}."

    def rule(self, node: Node, step: Step, sent: Contribution) -> Rule:
        edge = self.trace.edges[sent.edge]
        return Rule(
            sent.edge,
            self.title(sent),
            self.symbols(node, edge, sent),
            sends(step, sent),
            self.note(node, edge, step, sent),
            total(sent),
            grids(step, sent, self.most),
        )

    def settled(self, step: Step) -> Change:
        """A node that has all of its gradient, also where it was given and not sent."""
        return self.stands(step.node, ZERO if is_zero(step.gradient) else COMPLETE, step.gradient)

    def stands(self, id: str, state: str, gradient: Value, count: str = "") -> Change:
        """How a node stands that has this gradient by now."""
        told = figures(gradient) if state != PARTIAL or len(self.index) <= VERY_LARGE_GRAPH else []
        return Change(self.index[id], state, in_box(gradient), count, rows(gradient, self.most), told)

    def derivative(self, edge: Edge) -> Derivative | None:
        """The rule by an operand, as trees; None if it is not known, or only as text."""
        return derivative_of(edge.formula, ("y", *(e.symbol for e in self.operands[edge.consumer])))

    def values(self, edge: Edge) -> dict[str, np.ndarray]:
        """The values in the rule by an operand: of operands, of the result as ``y``, of parameters."""
        nodes = {e.symbol: self.trace.node(e.producer) for e in self.operands[edge.consumer]}
        nodes["y"] = self.trace.node(edge.consumer)
        derivative = self.derivative(edge)
        return (derivative.parameters if derivative else {}) | {
            name: np.asarray(node.value.data, dtype=float)
            for name, node in nodes.items() if has_data(node.value)
        }  # fmt: skip

    def case(self, edge: Edge) -> tuple[ast.expr, list[ast.expr]]:
        """What is told of a rule: of its local derivative, if it has one, the case that holds, and why."""
        key = edge.consumer, edge.slot
        if key not in self.cases:
            derivative = self.derivative(edge)
            tree = derivative.whole if derivative.local is None else derivative.local
            self.cases[key] = case_of(tree, self.values(edge))
        return self.cases[key]

    def symbols(self, node: Node, edge: Edge, sent: Contribution) -> str:
        """The derivative in the user's names, then its numbers, then its value."""
        derivative, names = self.derivative(edge), self.names(node)
        if derivative is None:
            text = edge.formula.text if edge.formula else ""
            return text and f"gradient of {self.title(sent)} = {text}"
        tree, _ = self.case(edge)
        if derivative.local is None:
            return f"gradient of {self.title(sent)} = {written(tree, names)}"
        operand = names.get(edge.symbol) or self.term(edge.producer)
        left = f"∂{self.term(node.id):a}/∂{operand:a}{self.which(node, edge)}"
        parts = [left, self.factor(node, edge), written(tree, names)]
        if sent.local is not None and not sent.local.shape:
            parts += [in_numbers(tree, self.values(edge)), full(sent.local)]
        return " = ".join(part for part, last in zip(parts, [None, *parts]) if part and part != last)

    def factor(self, node: Node, edge: Edge) -> str:
        """What the code calls the number by which an operand is multiplied, else ``""``."""
        others = [other for other in self.operands[node.id] if other is not edge]
        if node.op != "mul" or len(others) != 1:
            return ""
        other = self.trace.node(others[0].producer)
        return self.titles.code.variable(other, node) if other.kind == CONSTANT else ""

    def which(self, node: Node, edge: Edge) -> str:
        """A small number where one value is an operation's operand twice, as in ``p * p``."""
        same = [e.slot for e in self.operands[node.id] if e.producer == edge.producer]
        return str(same.index(edge.slot) + 1).translate(SUBSCRIPTS) if len(same) > 1 else ""

    def note(self, node: Node, edge: Edge, step: Step, sent: Contribution) -> str:
        """What a letter stands for, and what happens to the shapes on the way, if anything."""
        derivative, notes = self.derivative(edge), []
        if derivative is not None:
            tree, why = self.case(edge)
            shown = names_in(tree) | (set() if derivative.local is None else {edge.symbol})
            names = self.names(node)
            notes += [f"{names[symbol]} is {self.described(id)}"
                      for symbol, id in self.lettered(node).items() if symbol in shown]  # fmt: skip
            notes += [holding(each, names, self.values(edge)) for each in why]
            notes += [self.sizes(tree, step, sent)] if is_product(tree) else []
        elif edge.formula is None and self.trace.engine == "torch":
            notes.append(f"how {node.backward} works this out is not known here: PyTorch's own number")
        if sent.summed_axes:
            gone, left = shape(node.shape or ()), shape(sent.value.shape)
            notes.append(
                f"{self.title(sent)} was broadcast, so the gradient is summed over "
                f"{axes(sent.summed_axes, len(node.shape or ()))}: {gone} → {left}"
            )
        return "; ".join(notes)

    def sizes(self, tree: ast.expr, step: Step, sent: Contribution) -> str:
        """A product of matrices in their shapes."""
        sizes = {e.symbol: self.trace.node(e.producer).shape for e in self.operands[step.node]}
        sizes["g"] = step.gradient.shape if step.gradient else None
        known = {name: Piece(f"({shape(size)})") for name, size in sizes.items() if name and size}
        return f"shapes: {written(tree, known)} → ({shape(sent.value.shape)})"

    def names(self, node: Node) -> dict[str, Piece]:
        """How the operands and the result of an operation stand in its formula."""
        if node.id in self.named:
            return self.named[node.id]
        letters = iter(self.titles.code.letters)
        lettered = self.lettered(node)
        found = {id: Piece(next(letters)) for id in dict.fromkeys(lettered.values())}
        names = {edge.symbol: found.get(edge.producer) or self.operand(edge)
                 for edge in self.operands[node.id] if edge.symbol}  # fmt: skip
        found = self.named[node.id] = {"y": self.term(node.id), **names}
        return found

    def operand(self, edge: Edge) -> Piece | str:
        """What an operand is called: as itself, else as the code of its consumer calls it."""
        node, consumer = self.trace.node(edge.producer), self.trace.node(edge.consumer)
        variable = self.titles.term(node) or self.titles.code.variable(node, consumer)
        return variable if isinstance(variable, Piece) or not variable else piece_of(variable)

    def lettered(self, node: Node) -> dict[str, str]:
        """The operands in a formula that have nothing short to be called, by their symbols there."""
        return {edge.symbol: edge.producer for edge in self.operands[node.id]
                if edge.symbol and not self.operand(edge)}  # fmt: skip

    def described(self, id: str) -> str:
        """A node that a letter stands for, in the words of its box in the picture."""
        node = self.trace.node(id)
        kinds = {OP: f"the result of {node.name}", CONSTANT: "a constant"}
        made = kinds.get(node.kind, node.name)
        return f"{made}, {brief(node.value, 40)}" if node.value is not None else made

    def term(self, id: str) -> Piece:
        """A node inside a formula: its name, its sub-expression if that is short, or its label."""
        node = self.trace.node(id)
        return self.titles.term(node) or Piece(f"({node.name})")

    def title(self, sent: Contribution) -> str:
        """The operand that a contribution goes to, as it is called in a sentence."""
        return self.titles[self.trace.edges[sent.edge].producer]


class Titles(dict):
    """From the id of a node to what it is called in a sentence.

    That is its name, or the sub-expression that it is, or else the operation with its operands.
    Of the operations that a call such as ``model(x)`` is made of, all have its place in the code;
    only the last one *is* what the call returns.

    >>> from widgets.recorders.example import example
    >>> Titles(example())["n5"]
    '3·x'
    """

    def __init__(self, trace: Trace):
        super().__init__()
        self.terms: dict[str, Piece | str] = {}
        self.code = Expressions(trace)
        self.operands, self.trace = self.code.operands, trace
        for node in trace.nodes if len(trace.nodes) <= VERY_LARGE_GRAPH else ():  # else when it is asked for
            self[node.id] = self.title(node)

    def __missing__(self, id: str) -> str:
        self[id] = found = self.title(self.trace.node(id))
        return found

    def title(self, node: Node) -> str:
        """What a node is called in a sentence."""
        if node.named or node.kind != OP:
            return node.name
        tree = self.code.tree(node, again=True)
        a_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub)
        text = short(tree)
        return (f"({text})" if a_sum and text else text) or self.called(node) or node.name

    def term(self, node: Node) -> Piece | str:
        """A node inside a formula: its name, or its sub-expression if that is short, else ``""``."""
        if node.named or (node.kind == CONSTANT and node.shape == ()):
            return piece_of(node.name)
        if node.id not in self.terms:
            self.terms[node.id] = short(self.code.tree(node))
        return self.terms[node.id]

    def called(self, node: Node) -> str:
        """A node as its operation on its operands, if these have names and are few."""
        operands = self.operands[node.id]
        if node.op in ("", "output") or not all(each.named or each.kind == CONSTANT for each in operands):
            return ""
        text = f"{node.op}({', '.join(each.name for each in operands)})"
        return text if len(text) <= LONGEST_CALL else ""

    def made(self, node: Node) -> str:
        """How a value was made: by the code there, else by its operation on its operands."""
        if node.kind != OP or self.code.whole(node):
            return node.source.expression if node.source else ""
        text = f"{node.op}({', '.join(self[each.id] for each in self.operands[node.id])})"
        return text if node.op != "output" and len(text) <= LONGEST_MADE else node.op


def forward(node: Node, made: str, otherwise: str) -> tuple[str, str]:
    """Say how a value appears, as a sentence and as a heading.

    ``made`` is how it was made, ``otherwise`` what to say of it where its value is not known.
    """
    value = brief(node.value, 40) if node.value is not None else ""
    if node.kind == CONSTANT:
        heading = node.name if value in ("", node.name) else f"{node.name} = {value}"
        return f"{heading} is a constant: no gradient flows to it.", f"{heading}, a constant"
    if node.kind == LEAF:
        return f"{node.name} starts as {value}.", f"{node.name} = {value}, a leaf"
    if not value:
        said = f"{node.name if node.named else one_line(made)} {otherwise}"
        return f"{said}.", said
    left = f"{node.name} = " if node.named else ""
    return f"{left}{one_line(made)} gives {value}.", f"{left}{one_line(made)} = {value}"


def most_in_rows(trace: Trace) -> int:
    """How many elements a tensor may have that is shown with all of them at each step: fewer in a large trace."""
    return 100 if len(trace.nodes) <= LARGE_GRAPH else 16


def gradient_of(step: Step) -> str:
    """The complete gradient, after the words that announce it."""
    if step.gradient is None:
        parts = [brief(each, 40) if each else "none" for each in step.gradients]
        return f"s, {listed(parts)}" if parts else ""
    return ", exactly zero" if is_zero(step.gradient) else f", {brief(step.gradient, 40)}"


def was_added(step: Step) -> bool:
    """Whether ``.grad`` became what the gradient makes of it, as far as is seen: hooks may change it."""
    before, gradient, after = step.accumulated.before, step.gradient, step.accumulated.after
    if gradient is None:  # of an operation with several results
        return before is None
    *parts, now = (np.asarray(known(each), complex) for each in (before, gradient, after) if each)
    if {part.shape for part in parts} != {now.shape}:
        return False
    with np.errstate(all="ignore"):
        room = ROUNDED * np.max(sum(map(abs, parts)), initial=0.0)
        return np.allclose(sum(parts), now, rtol=0, atol=room, equal_nan=True)


def is_about(one: Value, other: Value) -> bool:
    """Whether two values are the same but for rounding, as far as is seen of large ones."""
    if one.shape != other.shape:
        return True  # nothing to compare
    a, b = known(one), known(other)
    if a == b or (one.summary and other.summary and all(map(eq, a, b))):
        return True  # as most
    a, b = np.asarray(a, complex), np.asarray(b, complex)
    if one.summary or other.summary:  # of which more or fewer first elements are kept
        a, b = (each.ravel()[: min(a.size, b.size)] for each in (a, b))
    with np.errstate(all="ignore"):
        room = ROUNDED * max(np.max(np.abs(a), initial=0.0), np.max(np.abs(b), initial=0.0))
        return bool(np.allclose(a, b, rtol=0, atol=room, equal_nan=True))


def known(value: Value):
    """The elements of a value: all of them, or the first ones."""
    return value.summary.head if value.summary else [] if value.data is None else value.data


def kept(node: Node, step: Step) -> str:
    """What becomes of a leaf's ``.grad``."""
    before, after = step.accumulated.before, step.accumulated.after
    if before is None:
        return f"{node.name}.grad is now {brief(after, 40)}"
    if after.shape or before.data is None:
        return f"it is added to what {node.name}.grad held already"
    a, b, c = alike(before.data, step.gradient.data, after.data)
    return f"{node.name}.grad was {a} and is now {a} + {b} = {c}"


def sends(step: Step, sent: Contribution) -> str:
    """Incoming × local = contribution, with numbers for a scalar."""
    if sent.value.shape or step.gradient is None or sent.local is None or sent.local.shape:
        return brief(sent.value, 40)
    factors = (full(step.gradient), full(sent.local))
    return f"{' · '.join(map(bracketed, factors))} = {full(sent.value)}"


def total(sent: Contribution) -> str:
    """The running total with its sum written out: ``1.20 + 0.85 = 2.05, 2 of 2``."""
    count = f"{sent.number} of {sent.of}"
    if sent.before is None:
        return f"{brief(sent.after, 40)}, {count}"
    if sent.after.shape or sent.after.data is None:
        return f"added element by element, {count}"
    before, value, after = alike(sent.before.data, sent.value.data, sent.after.data)
    return f"{before} + {bracketed(value)} = {after}, {count}"


def grids(step: Step, sent: Contribution, most: int) -> tuple:
    """The elements at work, for tensors that are small enough to show."""
    if not rows(sent.value, most):
        return ()
    told = (("incoming", step.gradient), ("local", sent.local), ("sent", sent.value))
    found = [(name, rows(value, most)) for name, value in told]
    if sent.before is not None:
        found += [("total", rows(sent.after, most))]
    return tuple((name, grid) for name, grid in found if grid)


def short(tree: ast.expr | None) -> Piece | str:
    """An expression as mathematics if it is known and short, else ``""``."""
    is_short = tree is not None and len(code_of(tree)) <= LONGEST_EXPRESSION
    return code_written(tree) if is_short else ""


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def has_data(value: Value | None) -> bool:
    """Whether a trace holds all elements of a value, and they are real numbers."""
    return value is not None and value.data is not None and "complex" not in value.dtype


def in_numbers(tree: ast.expr, values: dict) -> str:
    """A rule with numbers for its names, not worked out; ``""`` if one of them is not one number."""
    known = {name: values.get(name, np.zeros(0)) for name in names_in(tree) - {"pi", "inf", "nan"}}
    if any(each.size != 1 for each in known.values()):
        return ""
    numbers = {name: number(float(each.item())) for name, each in known.items()}
    return str(written(tree, numbers, number))


def holding(test: ast.expr, names: dict, values: dict) -> str:
    """Say that a condition holds here: ``here k ≠ 0, as 3 ≠ 0``."""
    said, numbers = written(test, names), in_numbers(test, values)
    switch, holds = (test, "holds") if isinstance(test, ast.Name) else (
        getattr(test, "operand", None), "does not hold")  # fmt: skip
    if isinstance(switch, ast.Name):
        return f"here the {switch.id} {holds}" + ("" if numbers else " everywhere")
    if not numbers:
        return f"here {said} everywhere"
    return f"here {said}" + (f", as {numbers}" if numbers != said else "")


def is_product(tree: ast.expr) -> bool:
    """Whether a rule is nothing but a product of matrices, some perhaps transposed."""

    def is_matrix(part):
        turned = isinstance(part, ast.Call) and function_name(part) in ("transpose", "swapaxes")
        return isinstance(part, ast.Name) or is_product(part) or (turned and is_matrix(part.args[0]))

    multiplies = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult)
    return multiplies and is_matrix(tree.left) and is_matrix(tree.right)


def bracketed(text: str) -> str:
    """Put a negative number in brackets, so that a sign never follows a sign."""
    return f"({text})" if text.startswith(("-", "−")) else text


def listed(parts) -> str:
    """Join as in a sentence: ``a, b and c``."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def axes(counted: tuple[int, ...], of: int) -> str:
    """Name axes, counted from the end, of an array that has ``of`` of them.

    >>> axes((-3, -1), 3)
    'the first and third axes'
    """
    places = [of + axis for axis in counted]
    names = [ORDINALS[place] if place < len(ORDINALS) else f"{place + 1}th" for place in places]
    return f"the {listed(names)} {'axis' if len(names) == 1 else 'axes'}"


def one_line(text: str) -> str:
    """A sub-expression that spans lines, on one."""
    return " ".join(text.split())
