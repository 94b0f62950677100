"""What the code says a value is, with every variable called as the trace calls its node.

A line such as ``return a * x + 5`` may stand in a function whose ``a`` its caller calls ``b``.
Whoever reads a rule knows the names in the picture, so each variable is matched with the node
that it was, and takes that node's name.
"""

import ast
import functools
import re

from ..mathematics.code import code_of, form_of, parsed
from ..trace import CONSTANT, FAILED, OP, Node, Trace

LONGEST_WITHIN = 20  # characters of what a variable held
OPERATORS = {ast.Add: {"add"}, ast.Sub: {"sub", "rsub"}, ast.Mult: {"mul"}, ast.Div: {"div"},
             ast.Pow: {"pow"}, ast.MatMult: {"mm", "mv", "dot", "bmm", "matmul"}}  # fmt: skip
COMMUTATIVE = {"add", "mul"}  # here the engine puts a plain number second, wherever it stands
VARIABLE = (ast.Name, ast.Attribute, ast.Subscript)
LETTERS = "uvwstrzq"
UNSURE = ast.Name("?")  # one of two variables, and it cannot be told which


class Expressions:
    """Knows the code of a trace's nodes, and the names that it may use.

    Attributes
    ----------
    place : dict, from the name of a named node to its index in ``Trace.nodes``
    aliases : set of str, names in the code for what the trace calls by another name

    >>> from widgets.recorders.example import example
    >>> trace = example()
    >>> ast.unparse(Expressions(trace).tree(trace.node("n5")))
    '3 * x'
    """

    def __init__(self, trace: Trace):
        self.trace = trace
        self.index = {node.id: number for number, node in enumerate(trace.nodes)}
        self.place = {node.name: self.index[node.id] for node in trace.nodes if node.named}
        self.inside = parts_of_calls(trace.nodes)
        self.operands = {node.id: [] for node in trace.nodes}
        for edge in trace.edges:
            self.operands[edge.consumer].append(trace.node(edge.producer))
        self.known, self.aliases = {}, set()
        for node in trace.nodes:
            self.aliases |= self.renamed(node)
        for node in trace.nodes:  # in their order, so that none has to ask far back
            self.tree(node, again=True)

    def whole(self, node: Node) -> bool:
        """Whether a node is what the code at its place says, and not a part of it."""
        return bool(node.source and node.source.expression) and node.id not in self.inside

    def tree(self, node: Node, again=False) -> ast.expr | None:
        """A node's own expression in the names of the trace, or None where they are not known.

        With ``again`` a value may keep a name that the code gave to another one later, as in a
        loop: enough for a sentence, not for a formula that may hold both.
        """
        key = node.id, again
        if key not in self.known:
            strict = self.tree(node) if again else None
            self.known[key] = self.read(node, again) if strict is None else strict
        return self.known[key]

    def read(self, node: Node, again: bool) -> ast.expr | None:
        """Work out what `tree` returns."""
        tree = self.own(node)
        if tree is None:
            return None
        parts = self.parts(node)
        if parts is None:
            return tree if self.readable(tree, node, again) else None
        found = [self.part(part, operand, again) for part, operand in parts]
        if None not in found:
            return rebuilt(tree, found)
        unsure = again and parts[0][0] is UNSURE and self.readable(tree, node, again)
        return tree if unsure else None

    def part(self, tree: ast.expr, node: Node, again: bool) -> ast.expr | None:
        """What stands for an operand in its consumer's expression."""
        if node.named:
            return ast.Name(node.name)
        if is_number(node):
            known = tree is not UNSURE and self.free(tree)
            return tree if known else parsed(node.name)
        if tree is UNSURE:
            return None
        if isinstance(tree, VARIABLE):
            free = self.free(tree, node if again else None)
            return tree if free else self.brief(node, again)
        if self.own(node) is not None and form_of(self.own(node)) == form_of(tree):
            return self.tree(node, again)
        return tree if self.readable(tree, node, again) else None

    def brief(self, node: Node, again: bool) -> ast.expr | None:
        """A node's own expression if there is room for it in that of its consumer."""
        tree = self.tree(node, again)
        return tree if tree is not None and len(code_of(tree)) <= LONGEST_WITHIN else None

    def own(self, node: Node) -> ast.expr | None:
        """A node's expression as it stands in the code."""
        return parsed(node.source.expression) if self.whole(node) else None

    def free(self, tree: ast.expr, before: Node | None = None) -> bool:
        """Whether no variable in code is the name of a node, except of one after ``before``."""
        last = self.index[before.id] if before else len(self.trace.nodes)
        return not variables(tree) & self.aliases and all(
            self.place.get(name, last + 1) > last for name in variables(tree)
        )

    def readable(self, tree: ast.expr, node: Node, again: bool) -> bool:
        """Whether no variable in code that is not taken apart means another node of the trace."""
        names = variables(tree)
        later = any(self.place.get(name, -1) > self.index[node.id] for name in names)
        return not names & self.aliases and (again or not later)

    def renamed(self, node: Node) -> set[str]:
        """The variables in a node's code that are named operands of other names."""
        found = set()
        for part, operand in self.parts(node) or ():
            if part is UNSURE and operand.named:
                found |= {code_of(each) for each in split(self.own(node), node.op, 2)}
            elif operand.named and isinstance(part, VARIABLE):
                found |= {code_of(part)} - {operand.name}
        return found

    def parts(self, node: Node) -> list[tuple[ast.expr, Node]] | None:
        """The parts of a node's expression with the operands that they are, in that order."""
        tree = self.own(node)
        operands = self.operands[node.id]
        parts = None if tree is None else split(tree, node.op, len(operands))
        if parts is None:
            return None
        if node.op not in COMMUTATIVE or not is_number(operands[1]):
            return list(zip(parts, operands, strict=True))
        turned = operands[::-1]
        straight, reversed_ = self.likely(parts, operands), self.likely(parts, turned)
        if straight == reversed_:  # either may be the number: both are called by their nodes
            return [(UNSURE, each) for each in operands]
        return list(zip(parts, operands if straight > reversed_ else turned, strict=True))

    def likely(self, parts: list[ast.expr], operands: list[Node]) -> int:
        """How well parts fit operands: a number stands for itself, a name for who bears it."""
        fit = 0
        for part, node in zip(parts, operands, strict=True):
            if not variables(part):
                fit += 1 if is_number(node) else -1
            elif isinstance(part, VARIABLE):
                fit += node.named and code_of(part) == node.name
            elif self.own(node) is not None:
                fit += form_of(part) == form_of(self.own(node))
        return fit

    def variable(self, node: Node, consumer: Node) -> str:
        """What the code of its consumer calls an unnamed operand, ``""`` if nothing of its own."""
        for part, operand in self.parts(consumer) or ():
            if operand is node and isinstance(part, VARIABLE) and part is not UNSURE:
                return code_of(part) if not node.named and self.free(part) else ""
        return ""

    @functools.cached_property
    def letters(self) -> list[str]:
        """Letters that are nobody's name, neither in the trace nor in its code."""
        code = [line for listing in self.trace.listings for line in listing.lines]
        code += [node.source.text for node in self.trace.nodes if node.source]
        code += [node.source.expression or "" for node in self.trace.nodes if node.source]
        known = set(re.findall(r"\w+", "\n".join({*code, *self.place})))
        numbered = (f"{letter}{number}" for number in range(1, 100) for letter in LETTERS)
        return [each for each in [*LETTERS, *numbered] if each not in known]


def parts_of_calls(nodes) -> set[str]:
    """The ids of the operations that a call is made of, without the one that it returns.

    All operations of ``model(x)`` have its place in the code; only the last one *is* it.
    """
    last, ops = {}, {}
    for node in nodes:
        if node.kind in (OP, FAILED) and node.source:
            last[span(node)] = node.id
            ops.setdefault(span(node), set()).add(node.op)
    return {node.id for node in nodes if node.kind == OP and node.source
            and len(ops[span(node)]) > 1 and last[span(node)] != node.id}  # fmt: skip


def span(node: Node) -> tuple:
    """Where in the code a node was made."""
    place = node.source
    return place.label, place.line, place.end_line, place.column, place.end_column


def split(tree: ast.expr, op: str, count: int) -> list[ast.expr] | None:
    """The operands in an expression that is this operation, or None if it is another one.

    >>> [ast.unparse(part) for part in split(parsed("(h + 1).sin()"), "sin", 1)]
    ['h + 1']
    >>> split(parsed("predict(a, x)"), "add", 2)
    """
    match tree:
        case ast.BinOp(left=left, op=operator, right=right):
            found = [left, right] if op in OPERATORS.get(type(operator), ()) else []
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = [operand] if op == "neg" else []
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=arguments) if name == op:
            found = arguments if is_module(value) else [value, *arguments]
        case ast.Call(func=ast.Name(id=name), args=arguments) if name == op:
            found = arguments
        case _:
            found = []
    return found[:count] if len(found) >= count > 0 else None


def rebuilt(tree: ast.expr, parts: list[ast.expr]) -> ast.expr:
    """An expression with other operands than those that `split` finds."""
    match tree:
        case ast.BinOp(op=operator):
            return ast.BinOp(parts[0], operator, parts[1])
        case ast.UnaryOp(op=operator):
            return ast.UnaryOp(operator, parts[0])
    function, arguments = tree.func, list(tree.args)
    if isinstance(function, ast.Attribute) and not is_module(function.value):
        function, parts = ast.Attribute(parts[0], function.attr), parts[1:]
    return ast.Call(function, [*parts, *arguments[len(parts) :]], tree.keywords)


def is_module(tree: ast.expr) -> bool:
    """Whether functions of an engine are looked up here, as in ``torch.sin(x)``."""
    return code_of(tree) in ("torch", "np", "F", "torch.nn.functional", "nn.functional")


@functools.lru_cache(4096)
def variables(tree: ast.expr) -> frozenset[str]:
    """The variables in an expression, with their attributes and elements."""
    return frozenset(code_of(part) for part in ast.walk(tree) if isinstance(part, VARIABLE))


def is_number(node: Node) -> bool:
    """Whether a node is a number without a name."""
    return node.kind == CONSTANT and not node.named and node.shape == ()
