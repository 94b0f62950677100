"""The graph's nodes: one for each recorded operation, with its rules and what they need."""

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import zip_longest
from operator import itemgetter
from typing import Any, Self

from ..errors.backward import freed
from .source import CodeType, FrameType, Source, latest, user_frame
from .storage import Storage, next_number

new = object.__new__
_frame = sys._getframe


def _used(rule: Callable, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a rule's parameters that its bytecode really reads."""
    import dis  # rarely needed, and slow to import

    seen: set[object] = set()
    for instruction in dis.get_instructions(rule):
        value = instruction.argval
        seen.update(value if isinstance(value, tuple) else (value,))
    return tuple(name for name in names if name in seen)


def constant(g: Any, a: Any, b: Any, y: Any) -> None:
    """The rule of an operand that is always a plain number: the graph has no edge for it."""


def _picker(names: tuple[str, ...]) -> Callable[[dict[str, Any]], tuple]:
    """A function that takes the values of these names out of a dictionary, as a tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda known: tuple(known[n] for n in names)


# Where an operation of finite operands is not smooth, each in a word of its row.
PLACES = {
    "kink": "the derivative is not the same on both sides",
    "jump": "the outcome itself is not the same on both sides",
    "pole": "the outcome or its derivative is infinite",
    "outside": "there is no outcome: nan",
    "flat": "the outcome stays the same when the operand moves: it is cut off, or saturated",
    "overflow": "the outcome is too large for its type",
}


class Operation:
    """A row of an operation table: what is known of an operation, and all its nodes share.

    Attributes
    ----------
    op, name : str, the operation's name (``mul``), PyTorch's name of its nodes (``MulBackward0``)
    forward : function that computes arrays from arrays, None where the engine does it otherwise
    operands : tuple of str, the operands' names in the rules
    rules : tuple of functions, one for each operand; rule_a, rule_b : the first two, or None
    parameters : for each rule the names of what it is called with, after ``g``
    uniform : bool, whether all rules are called with the same: the operands and the output
    keeps : dict, by operand what PyTorch keeps for its rule though a uniform one does not read it
    stretched : tuple of the operands that may be broadcast to the outcome's shape
    analytic : bool, whether the forward is right for complex numbers as it stands
    fills : bool, whether it puts the user's own numbers in, nan and infinity among them
    places : dict, by the words of ``PLACES`` where in the operands that is, as an expression of
        operands, parameters and the output ``y``: ``{"kink": "x == 0"}``
    """

    named: dict[str, "Operation"] = {}  # every operation by PyTorch's name of its nodes, the first of several

    def __init__(self, op: str, rules: dict[str, Callable], name: str | None = None,
                 forward: Callable | None = None, uniform: bool = False, keeps: dict | None = None,
                 stretched: tuple = (), analytic: bool = False, fills: bool = False, **places: str) -> None:  # fmt: skip
        self.op, self.uniform, self.keeps = op, uniform, keeps or {}
        self.stretched = tuple(rules) if uniform and len(rules) > 1 else stretched
        self.forward, self.analytic, self.fills = forward, analytic, fills
        self.name = name or "".join(part.capitalize() for part in op.split("_")) + "Backward0"
        self.operands, self.rules = tuple(rules), tuple(rules.values())
        self.rule_a, self.rule_b = (*self.rules, None, None)[:2]  # type: Any, Any
        codes = [rule.__code__ for rule in self.rules]
        self.parameters = tuple(code.co_varnames[1 : code.co_argcount] for code in codes)
        self.picks = tuple(map(_picker, self.parameters))
        self.reads_shape = any("shape" in names for names in self.parameters)
        if uniform and any(names != (*rules, "y") for names in self.parameters):
            raise TypeError(f"the rules of {op} must be `lambda g, {', '.join(rules)}, y: ...`")
        if not places.keys() <= PLACES.keys():
            raise TypeError(f"the row of {op} has unknown words: {sorted(places.keys() - PLACES)}")
        self.places = places
        self.namesakes: list[Operation] = []  # later operations whose nodes have the same name
        first = Operation.named.setdefault(self.name, self)
        if first is not self:
            first.namesakes.append(self)

    # What a node must keep follows from the rules. It is found when the first node is made, and
    # then read as quickly as any attribute.

    @cached_property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """For each rule the names of what the node keeps for it, unchanged until backward().

        A rule says by its parameters what PyTorch keeps for it, read or not. The rules of a
        uniform operation are all called with the same, so that their calls are quick; what one of
        these needs is what its bytecode reads, and what ``keeps`` adds.
        """
        if not self.uniform:
            return self.parameters
        return tuple(
            (*_used(rule, names), *self.keeps.get(operand, ()))
            for operand, rule, names in zip(self.operands, self.rules, self.parameters)
        )

    @cached_property
    def saves_operands(self) -> bool:
        """Whether a rule needs an operand."""
        return not {name for names in self.needs for name in names}.isdisjoint(self.operands)

    @cached_property
    def saves_output(self) -> bool:
        """Whether a rule needs the output."""
        return any("y" in names for names in self.needs)

    @cached_property
    def saves(self) -> bool:
        """Whether a rule needs one of both, which backward() then frees."""
        return self.saves_operands or self.saves_output

    @cached_property
    def reads_first(self) -> bool:
        """Whether the first operand's rule needs that operand itself."""
        return bool(self.operands) and self.operands[0] in self.needs[0]

    def __repr__(self) -> str:
        return f"<operation {self.op}>"


# Functions of a freed node: who runs passes on others' behalf says here, in words, which pass it
# was that freed the node, or "" if it was none of his.
passes: list[Callable[["Node"], str]] = []


class Node:
    """One recorded operation: where its gradient goes, and what its rules are called with.

    Both kinds, :class:`ElementwiseNode` (most of a lesson's) and :class:`GeneralNode`, have these:
    """

    __slots__ = ("operation", "inputs", "shapes", "seq", "code", "lasti", "extra", "__weakref__")
    operation: Operation
    edges: Any  # for each operand its own node, the leaf tensor it is, or None where no gradient flows
    args: Any  # what the rules are called with after the incoming gradient: the same for all rules of
    # a uniform operation, otherwise one tuple for each; None once freed
    inputs: tuple  # the operands; empty once freed, or if the only tensor's rule does not read it. After
    # them stand other tensors that must not be changed before backward(): indices, masks
    shapes: tuple | None  # or for each operand the (shape, dtype) its gradient must be brought to
    seq: int  # creation number. Every operand's is smaller, so descending order is a valid one.
    code: CodeType
    lasti: int
    extra: "Extra | Any"  # or None
    contributions: Callable[..., Sequence]
    recorded: Callable[..., tuple]  # attached by operation.py
    free: Callable[[], None]
    of_its_name: Callable[[], "Node"]  # attached from above
    saves: Any  # bool: whether backward() has something to free
    hidden = False  # see in_place.Unrecorded
    op = property(lambda self: self.operation.op)
    operands = property(lambda self: self.operation.operands)
    needs = property(lambda self: self.operation.needs)

    def arguments(self, slot: int) -> dict[str, Any]:
        """What the rule number ``slot`` is called with, by name."""
        args = self.args if self.operation.uniform else self.args[slot]
        return dict(zip(self.operation.parameters[slot], args))

    def name(self) -> str | None:
        """PyTorch's name of this node, for example ``MulBackward0``."""
        return self.operation.name

    @property
    def tensor_edges(self) -> tuple["Edge", ...]:
        """The edges but for those of plain numbers that the operation keeps no record of."""
        rules = zip_longest(self.edges, self.operation.rules)
        return tuple(edge for edge, rule in rules if rule is not constant)

    def more(self) -> "Extra":
        """The rarely needed part of a node, made when first asked for."""
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    def source(self) -> Source:
        """Where the user's code made this node: a :class:`~autograd_core.core.source.Source`."""
        return Source.of(self.code, self.lasti)

    def freed(self) -> Exception:
        """The error to raise where what the rules need is gone."""
        return freed(self, next(filter(None, (name_pass(self) for name_pass in passes)), ""))

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


Edge = Node | Any  # where a gradient goes: a node, a leaf tensor, or None


class ElementwiseNode(Node):
    """A node of one or two operands and one output, whose rules are called with all of these.

    It holds them in places of its own instead of tuples, of which a long computation would make
    millions: it is quicker made, lies in less memory, and is all that the garbage collector has
    to look through.
    """

    __slots__ = ("edge_a", "edge_b", "a", "b", "y")  # of one operand, edge_b and b are None
    edge_a: Edge
    edge_b: Edge

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (self.edge_a, self.edge_b)[: len(self.operation.rules)]

    @property
    def args(self) -> tuple | None:
        a, b, y = self.a, self.b, self.y
        return None if y is None else (a, y) if len(self.operation.rules) == 1 else (a, b, y)

    saves = property(lambda self: self.operation.saves)  # whether backward() has some to free

    def contributions(self, g: Any, edges: Sequence[Edge], create: bool) -> Sequence:
        """What each operand gets of the incoming gradient ``g``; None where its edge is None.

        With ``create`` the rules are called with recorded tensors instead of arrays.
        """
        operation = self.operation
        inputs, a, b, y = self.inputs, self.a, self.b, self.y
        if y is None:  # looked at last: another thread's pass may free them meanwhile
            raise self.freed()
        if create:
            a, b, y = self.recorded(inputs, a, b, y)
        if operation.rule_b is None:
            return (None if edges[0] is None else operation.rule_a(g, a, y),)
        edge_a, edge_b = edges
        return (
            None if edge_a is None else operation.rule_a(g, a, b, y),
            None if edge_b is None else operation.rule_b(g, a, b, y),
        )

    def free(self) -> None:
        """Let go of what the rules needed."""
        if self.operation.saves:
            self.y: Any = None  # first: it tells that the others are gone
            self.a = self.b = None
        self.inputs = ()


class GeneralNode(Node):
    """A node of any number of operands; each rule is called with what it names."""

    __slots__ = ("edges", "args")

    def __init__(self, operation: Operation, edges: tuple[Edge, ...], args: tuple | None,
                 inputs: tuple, shapes: tuple | None, frame: FrameType) -> None:  # fmt: skip
        self.operation = operation
        self.edges = edges
        self.args = args
        self.inputs = inputs
        self.shapes = shapes
        self.seq = next_number()
        self.extra = None
        self.code = code = frame.f_code
        self.lasti = frame.f_lasti
        if code is not latest.code:
            user_frame(frame, self)

    @property
    def saves(self) -> bool:
        """Whether backward() has something to free: operands, the output, indices, masks."""
        if self.args is None:
            return self.operation.saves
        return len(self.inputs) > len(self.edges) or _holds_arrays(self.args)

    def contributions(self, g: Any, edges: Sequence[Edge], create: bool) -> Sequence:
        """Like :meth:`ElementwiseNode.contributions`."""
        inputs, args = self.inputs, self.args or self.saved_args()
        if create:
            args = self.recorded(inputs, args)
        rules = self.operation.rules
        if len(args) == 1:
            return (None if edges[0] is None else rules[0](g, *args[0]),)
        return [None if edge is None else rule(g, *arg) for edge, rule, arg in zip(edges, rules, args)]

    def saved_args(self) -> tuple:
        """What its rules are called with; RuntimeError once that is freed."""
        args = self.args  # looked at once: another thread's pass may free them meanwhile
        if args is None:
            raise self.freed()
        return args

    def free(self) -> None:
        """Let go of what the rules needed."""
        if self.saves:
            self.args = None
        self.inputs = ()


class Extra:
    """What few nodes have: hooks, a tensor that retains its gradient, notes."""

    __slots__ = ("hooks", "before", "after", "retains", "output_changed", "metadata")

    def __init__(self) -> None:
        self.hooks, self.before, self.after = {}, {}, {}  # type: dict, dict, dict
        self.retains: Callable[[], Any] | None = None  # a weak reference: keep this tensor's .grad
        self.output_changed: Storage | None = None  # the modification that spoiled the saved output
        self.metadata: dict = {}  # the user's own


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away again."""

    def __init__(self, hooks: dict[int, Callable], hook: Callable) -> None:
        self.hooks, self.number = hooks, next_number()
        hooks[self.number] = hook

    def remove(self) -> None:
        self.hooks.pop(self.number, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class Gradients(list):
    """The gradients of an operation with several outputs: one entry each, None if unused."""

    def __add__(self, other: list) -> "Gradients":
        return Gradients(
            b if a is None else a if b is None else a + b for a, b in zip(self, other, strict=True)
        )


class Output(GeneralNode):
    """One output of an operation that has several: puts its gradient in its place."""

    __slots__ = ("number",)
    OPERATION = Operation("output", {
        "x": lambda g, number, n: Gradients(g if i == number else None for i in range(n))
    }, analytic=True)  # fmt: skip

    def __init__(self, node: Node, number: int, n: int) -> None:
        super().__init__(self.OPERATION, (node,), ((number, n),), (), None, _frame(1))
        self.number = number


def edge_of(operand: Any) -> Edge:
    """Where an operand's gradient goes: its node, the tensor itself if a leaf, or None."""
    node = getattr(operand, "_grad_fn", None)
    return node or (operand if getattr(operand, "_requires_grad", False) else None)


def _holds_arrays(value: Any) -> bool:
    if not isinstance(value, tuple):
        return hasattr(value, "__array__")
    for each in value:  # noqa: SIM110  # any() takes twice as long
        if _holds_arrays(each):
            return True
    return False
