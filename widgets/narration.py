"""A trace told step by step: the sentences, rules and sums that a learner reads.

The stepper in the browser, its status line, its picture and its text twin all show these
words and these numbers, so that they cannot disagree.
"""

import ast
import re
from dataclasses import dataclass

from .expressions import Expressions, code_of
from .numbers_as_text import alike, brief, full, is_zero, number, numbers_in, rows, shape
from .trace import BACKWARD, CONSTANT, LEAF, OP, Contribution, Edge, Node, Step, Trace

NOTHING, PARTIAL, COMPLETE, ZERO = "nothing", "partial", "complete", "zero"
NOT_KEPT = "was computed, and its value not kept"
LONGEST_EXPRESSION, LONGEST_CALL, LONGEST_MADE = 24, 24, 60  # characters


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
    """

    node: int
    state: str
    text: str
    count: str
    rows: list | None = None


@dataclass(frozen=True)
class Rule:
    """What an operation does for one of its operands, in symbols and then with numbers.

    Attributes
    ----------
    edge : int, index in ``Trace.edges``
    to : str, the operand
    symbols : str, ``"∂p/∂x = w = 3"``, or ``"g @ bᵀ"`` where it is not element by element
    sends : str, ``"12 · 3 = 36"``
    note : str, what a letter stands for, a sum over broadcast axes, or the shapes of a matrix
        product; may be empty
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


def narrate(trace: Trace) -> list[Moment]:
    """Tell a trace: a moment before anything has happened, then one for each step.

    >>> from widgets.trace import example
    >>> narrate(example())[9].sentence
    'Step 9 of 13, backward: 3·x has its complete gradient, 1, and sends 3 to x (3, 1 of 2).'
    """
    teller = Teller(trace)
    count = len(trace.steps)
    opening = f"Step 0 of {count}: nothing has been computed yet."
    told = [Moment("start", None, opening, "Before the forward pass")]
    for number_, step in enumerate(trace.steps, 1):
        told.append(teller.moment(step, f"Step {number_} of {count}, {step.phase}: "))
    return told


class Teller:
    """Knows the names of a trace's nodes and how their derivatives are written."""

    def __init__(self, trace: Trace):
        self.trace = trace
        self.index = {node.id: number_ for number_, node in enumerate(trace.nodes)}
        self.complete = set()  # nodes that have all of their gradient
        self.operands = {node.id: [] for node in trace.nodes}
        for edge in trace.edges:
            self.operands[edge.consumer].append(edge)
        self.several = {edge.producer for edge in trace.edges
                        if trace.node(edge.consumer).op == "output"}  # fmt: skip
        self.titles = Titles(trace)

    def moment(self, step: Step, counted: str) -> Moment:
        node = self.trace.node(step.node)
        if step.phase != BACKWARD:
            sentence, heading = forward(node, self.titles.made(node), self.gives(node))
            return Moment(step.phase, self.index[node.id], counted + sentence, heading)
        changes = [self.change(sent) for sent in step.contributions if sent.value is not None]
        if step.gradient is not None and self.index[node.id] not in self.complete:
            changes.insert(0, settled(self.index[node.id], step))
        self.complete.update(each.node for each in changes if each.state != PARTIAL)
        return Moment(
            BACKWARD,
            self.index[node.id],
            counted + self.backward(node, step),
            f"{self.titles[node.id]} has its complete gradient{gradient_of(step)}",
            tuple(self.rule(node, step, sent) for sent in step.contributions if sent.value),
            tuple(changes),
        )

    def gives(self, node: Node) -> str:
        """What is said where a node has no value to show."""
        return "has several results" if node.id in self.several else NOT_KEPT

    def change(self, sent: Contribution) -> Change:
        """What a contribution makes of its operand's running total."""
        edge = self.trace.edges[sent.edge]
        zero = sent.number == sent.of and is_zero(sent.after)
        state = ZERO if zero else COMPLETE if sent.number == sent.of else PARTIAL
        count = f"{sent.number} of {sent.of}" if sent.of > 1 else ""
        return Change(self.index[edge.producer], state, brief(sent.after), count, rows(sent.after))

    def backward(self, node: Node, step: Step) -> str:
        opening = f"{self.titles[node.id]} has its complete gradient{gradient_of(step)}"
        if step.accumulated is not None:
            return f"{opening}, and keeps it: {kept(node, step)}."
        sent = [
            f"{brief(each.value, 40)} to {self.title(each)}"
            + (f" ({total(each)})" if each.of > 1 else "")
            for each in step.contributions
            if each.value is not None
        ]
        return f"{opening}, and sends {listed(sent)}." if sent else f"{opening}."

    def rule(self, node: Node, step: Step, sent: Contribution) -> Rule:
        edge = self.trace.edges[sent.edge]
        symbols = self.symbols(node, edge, sent)
        return Rule(
            sent.edge,
            self.title(sent),
            symbols,
            sends(step, sent),
            self.note(node, edge, step, sent, symbols),
            total(sent),
            grids(step, sent),
        )

    def symbols(self, node: Node, edge: Edge, sent: Contribution) -> str:
        """The derivative in the user's names, then its numbers, then its value."""
        formula = edge.formula
        if formula is None:
            return ""
        names = self.names(node)
        if not formula.local:
            return f"gradient of {self.title(sent)} = {written(formula.text, names)}"
        operand = names.get(edge.symbol) or self.term(edge.producer)
        left = f"∂{self.term(node.id)}/∂{operand}{self.which(node, edge)}"
        parts = [left, self.factor(node, edge), written(formula.local, names)]
        if sent.local is not None and not sent.local.shape:
            parts += [written(numbers_in(formula.local_numbers)), full(sent.local)]
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

    def note(self, node: Node, edge: Edge, step: Step, sent: Contribution, symbols: str) -> str:
        """What a letter stands for, and what happens to the shapes on the way, if anything."""
        text = edge.formula.text if edge.formula else ""
        names = self.names(node)
        notes = [f"{names[symbol]} is {self.described(id)}"
                 for symbol, id in self.lettered(node).items()
                 if re.search(rf"(?<!\w){names[symbol]}(?!\w)", symbols)]  # fmt: skip
        if edge.formula is None and self.trace.engine == "torch":
            notes.append(f"how {node.backward} works this out is not known here: PyTorch's own number")
        if "@" in text:
            sizes = {e.symbol: self.trace.node(e.producer).shape for e in self.operands[node.id]}
            sizes["g"] = step.gradient.shape if step.gradient else None
            known = {name: f"({shape(size)})" for name, size in sizes.items() if name and size}
            product = re.fullmatch(r"[\w. @]+", text) and written(text, known)
            if product:
                notes.append(f"shapes: {product} → ({shape(sent.value.shape)})")
        if sent.summed_axes:
            axes = listed([number(axis) for axis in sent.summed_axes])
            word = "axis" if len(sent.summed_axes) == 1 else "axes"
            gone, left = shape(node.shape or ()), shape(sent.value.shape)
            notes.append(
                f"{self.title(sent)} was broadcast, so the gradient is summed over "
                f"{word} {axes}: {gone} → {left}"
            )
        return "; ".join(notes)

    def names(self, node: Node) -> dict[str, str]:
        """How the operands and the result of an operation stand in its formula."""
        letters = iter(self.titles.code.letters)
        lettered = self.lettered(node)
        found = {id: next(letters) for id in dict.fromkeys(lettered.values())}
        names = {edge.symbol: found.get(edge.producer) or self.operand(edge)
                 for edge in self.operands[node.id] if edge.symbol}  # fmt: skip
        return {"y": self.term(node.id), **names}

    def operand(self, edge: Edge) -> str:
        """What an operand is called: as itself, else as the code of its consumer calls it."""
        node, consumer = self.trace.node(edge.producer), self.trace.node(edge.consumer)
        return self.titles.term(node) or self.titles.code.variable(node, consumer)

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

    def term(self, id: str) -> str:
        """A node inside a formula: its name, its sub-expression if that is short, or its label."""
        node = self.trace.node(id)
        return self.titles.term(node) or f"({node.name})"

    def title(self, sent: Contribution) -> str:
        """The operand that a contribution goes to, as it is called in a sentence."""
        return self.titles[self.trace.edges[sent.edge].producer]


class Titles(dict):
    """From the id of a node to what it is called in a sentence.

    That is its name, or the sub-expression that it is, or else the operation with its operands.
    Of the operations that a call such as ``model(x)`` is made of, all have its place in the code;
    only the last one *is* what the call returns.

    >>> from widgets.trace import example
    >>> Titles(example())["n5"]
    '3·x'
    """

    def __init__(self, trace: Trace):
        super().__init__()
        self.code = Expressions(trace)
        self.operands = self.code.operands
        for node in trace.nodes:
            self[node.id] = self.title(node)

    def title(self, node: Node) -> str:
        """What a node is called in a sentence."""
        if node.named or node.kind != OP:
            return node.name
        return short(self.code.tree(node, again=True)) or self.called(node) or node.name

    def term(self, node: Node) -> str:
        """A node inside a formula: its name, or its sub-expression if that is short, else ``""``."""
        if node.named or node.kind == CONSTANT and node.shape == ():
            return bracketed(node.name)
        return short(self.code.tree(node), inside_formula=True)

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
        text = f"{node.op}({', '.join(self.get(each.id, each.name) for each in self.operands[node.id])})"
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


def settled(index: int, step: Step) -> Change:
    """A node that has all of its gradient, also where it was given and not sent."""
    state = ZERO if is_zero(step.gradient) else COMPLETE
    return Change(index, state, brief(step.gradient), "", rows(step.gradient))


def gradient_of(step: Step) -> str:
    """The complete gradient, after the words that announce it."""
    if step.gradient is None:
        parts = [brief(each, 40) if each else "none" for each in step.gradients]
        return f"s, {listed(parts)}" if parts else ""
    return ", exactly zero" if is_zero(step.gradient) else f", {brief(step.gradient, 40)}"


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


def grids(step: Step, sent: Contribution) -> tuple:
    """The elements at work, for tensors that are small enough to show."""
    found = [("incoming", rows(step.gradient)), ("local", rows(sent.local))]
    found += [("sent", rows(sent.value))]
    if sent.before is not None:
        found += [("total", rows(sent.after))]
    return tuple((name, grid) for name, grid in found if grid) if rows(sent.value) else ()


SUM = (ast.Add, ast.Sub)
WHOLE = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant)


def short(tree: ast.expr | None, inside_formula=False) -> str:
    """An expression as mathematics if it is known and short, else ``""``.

    A sum stands in brackets; inside a formula, so does whatever an exponent could split.
    """
    expression = "" if tree is None else code_of(tree)
    if not expression or len(expression) > LONGEST_EXPRESSION:
        return ""
    a_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, SUM)
    brackets = a_sum or (inside_formula and not isinstance(tree, WHOLE))
    return f"({written(expression)})" if brackets else written(expression)


SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def written(formula: str, names=None) -> str:
    """Write Python's arithmetic as mathematics, with names put in for its symbols.

    >>> written("g * n * a ** 2 - b.T", {"a": "o1"})
    'g·n·o1² − bᵀ'
    """
    names = names or {}
    text = re.sub(r"\s*\*\*\s*(\d+)(?![\w.])", lambda n: n[1].translate(SUPERSCRIPTS), formula)
    text = re.sub(r"\s*\*\*\s*", "^", text)
    text = re.sub(r"\s*\*\s*", "·", text).replace(".mT", "ᵀ").replace(".T", "ᵀ")
    text = re.sub(r"(?<=\s)-(?=\s)|(?<![\w)])-(?=[\w.(])", "−", text)
    # In ASCII, so that the name in a² ends before its exponent.
    symbol = re.compile(r"\b[A-Za-z_]\w*\b(?!\()", re.ASCII)
    return without_doubled(symbol.sub(lambda name: names.get(name[0], name[0]), text))


def without_doubled(text: str) -> str:
    """Take away brackets that stand directly inside others.

    >>> without_doubled("cos((h·w + v)) + ((a)·(b))")
    'cos(h·w + v) + ((a)·(b))'
    """
    opened, partner = [], {}
    for place, character in enumerate(text):
        if character == "(":
            opened.append(place)
        elif character == ")" and opened:
            partner[opened.pop()] = place
    doubled = {place for start, end in partner.items() if partner.get(start + 1) == end - 1
               for place in (start + 1, end - 1)}  # fmt: skip
    return "".join(character for place, character in enumerate(text) if place not in doubled)


def bracketed(text: str) -> str:
    """Put a negative number in brackets, so that a sign never follows a sign."""
    return f"({text})" if text.startswith(("-", "−")) else text


def listed(parts) -> str:
    """Join as in a sentence: ``a, b and c``."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def one_line(text: str) -> str:
    """A sub-expression that spans lines, on one."""
    return " ".join(text.split())
