"""Trace: what happened in one forward and backward pass, as plain data.

A trace is the noun in the middle of this package. The recorders write it, from
`autograd_core` tensors or from PyTorch tensors; every picture, widget and export only reads
it. It holds numbers and text, never a tensor, so it can be stored, compared and sent::

    nodes     leaves, operations and constants, in the order in which their values appeared
    edges     one for each operand slot of each operation; ``x * x`` has two
    steps     first the forward steps, then the backward steps, in the order they happened:
              of `autograd_core` leaves settle last, of PyTorch as soon as they are complete
    listings  the source code the nodes came from

**JSON.** `Trace.to_json` writes strict JSON that any reader accepts: an object for each
class below with all its fields, lists for tuples, and the strings ``"NaN"``, ``"Infinity"``,
``"-Infinity"`` (what JavaScript's ``Number()`` understands) for numbers JSON cannot write.
A complex number is written as ``{"re": …, "im": …}``. `Trace.from_json` restores exactly
what was written; two traces are equal when their JSON is.

**Ids.** Nodes are ``"n0"``, ``"n1"``, … in order of `Trace.nodes`; an edge is named by its
index in `Trace.edges`.

**Text** in a trace can be shown anywhere: what is not `printable` in names, code and formulas has
been written as Python would.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NoReturn

from autograd_core.printable import printable, quoted

VERSION = 5

LEAF, OP, CONSTANT, OMITTED, FAILED = "leaf", "op", "constant", "omitted", "failed"
PLURALS = {"operation": "operations", "leaf": "leaves"}
FORWARD, BACKWARD = "forward", "backward"
Number = bool | int | float | complex


class Part:
    """What traces are made of: plain data, of which all text is printable."""

    KEPT: ClassVar[str] = ""  # in its text, besides what is printable
    TEXTS: ClassVar[tuple[str, ...]] = ()  # the fields that may hold text: of many parts none does

    def __init_subclass__(cls) -> None:
        cls.TEXTS = tuple(name for name, kind in cls.__annotations__.items() if "str" in str(kind))

    def __post_init__(self) -> None:
        for name in self.TEXTS:
            value = getattr(self, name)
            if type(value) is str and not (value.isascii() and value.isprintable()):
                object.__setattr__(self, name, printable(value, self.KEPT))


@dataclass(frozen=True)
class Summary(Part):
    """A large tensor in a few numbers; ``norm`` is the Euclidean one, ``head`` the first
    elements in row-major order; ``zeros``, ``nans`` and ``infinite`` say how many elements are so. Numbers
    that do not exist (no elements), or were not counted (in traces up to version 3), are None. ``bins`` are
    how many elements lie in each of 20 even parts from ``min`` to ``max``; of a sum on its way, and where there
    is nothing to count (nan, infinite, one number, traces up to version 4), there are none."""

    min: Number | None
    max: Number | None
    mean: Number | None
    norm: Number | None
    head: tuple[Number, ...] = ()
    zeros: int | None = None
    nans: int | None = None
    infinite: int | None = None
    bins: tuple[int, ...] = ()


@dataclass(frozen=True)
class Value(Part):
    """The content of a tensor: in full if it is small, else summarised.

    Attributes
    ----------
    shape : tuple of int
    dtype : str, such as ``"float64"``
    data : number, or nested lists of numbers in the tensor's shape; None for a large tensor
    summary : Summary of a large tensor, None for a small one
    origin : how the recorder came by it
        ``"graph"``: the graph itself holds it (a saved operand, a leaf, the output, a gradient).
        ``"variable"``: one of the caller's variables holds it.
        ``"recomputed"``: held nowhere any more, computed again from the operands.
        ``"inferred"``: the constant of a sum, the simplest number that explains the result.
    """

    shape: tuple[int, ...]
    dtype: str
    data: Number | list | None = None
    summary: Summary | None = None
    origin: str = "graph"

    def __eq__(self, other: object) -> bool:
        return type(other) is Value and _text(self) == _text(other)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


@dataclass(frozen=True)
class Source(Part):
    """The piece of the user's code that made a node.

    Attributes
    ----------
    label : str, names a `Listing`: ``"In [3]"`` or ``"model.py"``, never a machine's path
    line, end_line : int, counted from 1 in that cell or file, both inclusive
    column, end_column : int or None, counted from 0 in characters, the end exclusive;
        None where only the line is known (PyTorch keeps no columns)
    text : str, the source lines ``line`` to ``end_line``, joined by newlines
    expression : str or None, the sub-expression itself
    """

    label: str
    line: int
    end_line: int
    column: int | None = None
    end_column: int | None = None
    text: str = ""
    expression: str | None = None

    KEPT: ClassVar[str] = "\n\t"

    def __post_init__(self) -> None:
        lines = self.text.split("\n")
        for name, line in (("column", lines[0]), ("end_column", lines[-1])):
            column = getattr(self, name)
            if column is not None:  # what is printable may be longer
                before = line[:column]
                object.__setattr__(self, name, column + len(printable(before, self.KEPT)) - len(before))
        super().__post_init__()


@dataclass(frozen=True)
class Parameter(Part):
    """What a derivative rule was called with besides tensors: a number, axes, a small mask."""

    name: str
    value: Value


@dataclass(frozen=True)
class Formula(Part):
    """The derivative rule of one operand of one operation.

    Attributes
    ----------
    code : str, an expression in a small part of Python, ``"g * b"``: ``g`` is the incoming gradient,
        the operands have the symbols of their edges, ``y`` is the output. `widgets.mathematics` reads
        it, writes it with other names, works it out
    parameters : tuple of Parameter, the other names in it, as far as they were kept
    text : str, the rule as it is told where its code is not known: in a trace of version 1
    """

    code: str
    parameters: tuple[Parameter, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Node(Part):
    """A value of the program and the operation that made it.

    Attributes
    ----------
    id : str
    kind : ``"leaf"`` (a tensor that requires a gradient and that no operation made),
        ``"op"`` (the result of an operation), ``"constant"`` (no gradient flows to it),
        ``"omitted"`` (one node that stands for all that a too large graph leaves out), or
        ``"failed"`` (the call that raised, with which the forward pass ended)
    name : str, what to show; never empty. The user's name if there is one, else a short
        stable label (``"mul #2"``), for a constant its number
    named : bool, whether ``name`` is the user's own
    op : str, ``"mul"``, ``"pow"``, ``"sin"`` …, the same for both engines; ``""`` if not an op.
        ``"output"`` is one of the results of an operation that has several; the operation's
        own node then has no value, and its outputs are nodes with one edge to it
    backward : str, PyTorch's name of the node, ``"MulBackward0"``; ``""`` for a constant
    shape : tuple of int or None (unknown)
    dtype : str or None
    value : Value or None where it cannot be known
    grad : Value or None, the content of its ``.grad`` when the recording was over
    source : Source or None
    """

    id: str
    kind: str
    name: str
    named: bool = False
    op: str = ""
    backward: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    value: Value | None = None
    grad: Value | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Edge(Part):
    """One operand of one operation.

    Attributes
    ----------
    consumer, producer : ids of the operation and of its operand
    slot : int, which operand of the consumer, from 0
    symbol : str, the operand's name in the formula: ``"a"``, ``"b"``, ``"x"``; ``""`` unknown
    flows : bool, whether a gradient can flow from the consumer to the producer
    formula : Formula or None (a constant, or an operation that is not known)
    """

    consumer: str
    slot: int
    producer: str
    symbol: str = ""
    flows: bool = True
    formula: Formula | None = None


@dataclass(frozen=True)
class Contribution(Part):
    """What an operation sent to one of its operands.

    Attributes
    ----------
    edge : int, index in `Trace.edges`
    value : Value or None, incoming gradient × local derivative, in the operand's shape;
        None if the operation sent nothing (a rule that returned None)
    local : Value or None, the local derivative where the rule is element by element
    summed_axes : tuple of int, axes of the operation's result over which the gradient was
        summed because the operand had been broadcast along them; negative, from the end
    before : Value or None, the operand's running total before; None if nothing had arrived
    after : Value or None, and after
    number, of : int, this is contribution ``number`` (from 1) of ``of``
    """

    edge: int
    value: Value | None
    local: Value | None = None
    summed_axes: tuple[int, ...] = ()
    before: Value | None = None
    after: Value | None = None
    number: int = 1
    of: int = 1


@dataclass(frozen=True)
class Accumulation(Part):
    """What happened to a tensor's ``.grad``: ``after`` is ``before`` plus the gradient."""

    before: Value | None
    after: Value


@dataclass(frozen=True)
class Step(Part):
    """One settled fact.

    Attributes
    ----------
    phase : ``"forward"``: the value of ``node`` appears.
        ``"backward"``: ``node`` has its complete gradient and, if it is an operation, has
        sent to each operand its contribution.
    node : id
    gradient : Value or None, the complete gradient; None in a forward step, or if nothing
        but None arrived
    gradients : tuple of (Value or None), for an operation with several outputs the gradient
        of each, and then ``gradient`` is None; else empty
    contributions : tuple of Contribution, in order of the operand slots
    accumulated : Accumulation or None, for a leaf (or a tensor that retains its gradient)
    """

    phase: str
    node: str
    gradient: Value | None = None
    gradients: tuple[Value | None, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    accumulated: Accumulation | None = None


@dataclass(frozen=True)
class Scope(Part):
    """A part of the program, as far as `watching` knows of it: one call of a module or a function, or a round.

    Attributes
    ----------
    kind : ``"module"``; ``"round"``, of a loop, or of a function of the user's that is called again;
        ``"call"``, of a function of the library that is several operations
    name : str, of a module its attributes from the outermost one (``"blocks.3.attn"``; ``""`` is that
        itself), of a round the loop's beginning (``"for t"``) or the function, of a call the function
        (``"cross_entropy"``)
    type : str, a module's class; where the loop or function of a round begins (``"line 3"``); ``""`` for a call
    outer : int, index in `Trace.scopes` of the scope around it, less than its own; -1 for none
    number, of : int, of a module: this is its call ``number`` (from 1) of ``of``; of a round: so many
        have recorded something
    nodes : tuple of ids, what is in it and in no scope inside it: operations, parameters that are
        used nowhere else, numbers
    inputs, outputs : tuple of ids, values that come from outside, and those that are used there
    operations : int, in it and the scopes inside it
    parameters : int, elements of the parameters that these use
    """

    kind: str
    name: str
    type: str
    outer: int
    number: int
    of: int
    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    operations: int
    parameters: int


@dataclass(frozen=True)
class Listing(Part):
    """Source code: ``lines`` begin at line number ``first_line`` of what ``label`` names."""

    label: str
    first_line: int
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "lines", tuple(printable(line, Source.KEPT) for line in self.lines))


@dataclass(frozen=True)
class Trace(Part):
    """One forward pass and, unless only a picture was wanted, its backward pass.

    Attributes
    ----------
    engine : ``"autograd_core"`` or ``"torch"``
    outputs : tuple of ids, the tensors that were recorded
    seeds : tuple of (Value or None), the gradient each output started with; None: no backward
    nodes, edges, steps, listings, scopes : tuples of the classes above
    omitted : int, how many operations (or more) were left out, the graph being too large to show
    failure : str, what the call that failed raised; ``""`` where none did
    version : int, of this format
    """

    engine: str
    outputs: tuple[str, ...]
    seeds: tuple[Value | None, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    steps: tuple[Step, ...]
    listings: tuple[Listing, ...] = ()
    omitted: int = 0
    failure: str = ""
    scopes: tuple[Scope, ...] = ()
    version: int = VERSION

    def __repr__(self) -> str:
        """One line: what was recorded, and how much of it there is.

        >>> from widgets.recorders.example import example
        >>> example()
        <Trace: y with 4 operations and 2 leaves, 13 steps>
        """
        kinds = [node.kind for node in self.nodes]
        names = ", ".join(self.node(id).name for id in self.outputs)
        counts = [(kinds.count(OP), "operation"), (kinds.count(LEAF), "leaf")]
        told = " and ".join(f"{n} {one if n == 1 else PLURALS[one]}" for n, one in counts)
        steps = len(self.steps)
        return f"<Trace: {names} with {told}, {steps} step{'' if steps == 1 else 's'}>"

    def node(self, id: str) -> Node:
        """The node with this id. Raises KeyError if there is none."""
        number = int(id[1:]) if id[:1] == "n" and id[1:].isdecimal() else -1
        if not 0 <= number < len(self.nodes):
            raise KeyError(id)
        return self.nodes[number]

    def operands(self, id: str) -> list[Edge]:
        """The edges from an operation to its operands, in order of their slots."""
        return [edge for edge in self.edges if edge.consumer == id]

    def consumers(self, id: str) -> list[Edge]:
        """The edges from the operations that used a node to it."""
        return [edge for edge in self.edges if edge.producer == id]

    def to_dict(self) -> dict:
        """The trace as JSON's own types."""
        return _encode(asdict(self))

    def to_json(self) -> str:
        """The trace as strict JSON.

        >>> from widgets.recorders.example import example
        >>> trace = example()
        >>> Trace.from_json(trace.to_json()) == trace
        True
        """
        return json.dumps(self.to_dict(), allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Restore what `to_json` wrote.

        Those of earlier versions open as well; in one of version 1 rules are the text that they were.

        Raises ValueError, saying where, if this is not such a text; TypeError if it is no text.
        """
        if not isinstance(text, str | bytes | bytearray):
            raise TypeError(f"from_json takes the text that to_json() returned, not {type(text).__name__}")
        try:
            tree = json.loads(text, parse_constant=refuse)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"this is not the JSON of a trace: {printable(error)}") from error
        version = tree.get("version") if isinstance(tree, dict) else None
        if type(version) is not int or version not in range(1, VERSION + 1):
            raise ValueError(
                f"this is not a trace of version {VERSION} (its version is {quoted(version)}); "
                "record it again with this release"
            )
        for renewed in RENEWED[version - 1 :]:
            tree = renewed(tree)
        trace = decoded(cls, tree | {"version": VERSION}, "the trace")
        check(trace)
        return trace

    def __eq__(self, other: object) -> bool:
        return type(other) is Trace and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.engine, self.outputs, len(self.nodes)))


def _encode(part: Any) -> Any:
    """Replace what JSON cannot write."""
    if isinstance(part, dict):
        return {key: _encode(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_encode(value) for value in part]
    if isinstance(part, float) and not math.isfinite(part):
        return "NaN" if part != part else "Infinity" if part > 0 else "-Infinity"
    if isinstance(part, complex):
        return {"re": _encode(part.real), "im": _encode(part.imag)}
    return part


def _text(value: Value) -> str:
    return json.dumps(_encode(asdict(value)))


# --------------------------------------------------------------------------- from JSON
# The classes say by their annotations what each field holds; what has to hold between them is looked
# at when all is read. What does not fit is refused, in a sentence that says where: so whoever is given
# a trace need not ask again.

JSON_NAMES = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
NOT_FINITE = ("NaN", "Infinity", "-Infinity")
OLD_FORMULA = set("text latex numbers local local_latex local_numbers".split())  # in version 1
NOT_COUNTED = dict.fromkeys(("zeros", "nans", "infinite")) | {
    "bins": []
}  # in a summary up to version 3, or 4


def from_version_1(tree: dict[str, Any]) -> dict[str, Any]:
    """A trace of version 1 as one of the next; what is no such trace as it is."""

    def formula(old: Any) -> Any:
        is_old = isinstance(old, dict) and old.keys() == OLD_FORMULA
        return {"code": "", "parameters": [], "text": old["text"]} if is_old else old

    edges = tree.get("edges")
    if isinstance(edges, list):
        edges = [each | {"formula": formula(each.get("formula"))} if isinstance(each, dict) else each
                 for each in edges]  # fmt: skip
    return tree | {"edges": edges}


def from_version_2(tree: dict[str, Any]) -> dict[str, Any]:
    """A trace of version 2 as one of the next."""
    return tree | {"failure": "", "scopes": []}


RENEWED = (from_version_1, from_version_2)  # of versions 3 and 4 only summaries differ


def refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is a word that JSON does not have")


def wrong(place: str, why: str) -> ValueError:
    return ValueError(f"this is not a trace that to_json() wrote: {place} {why}")


# --------------------------------------------------------------------------- each part by itself


def decoded(kind: type[Any] | types.UnionType, tree: Any, place: str) -> Any:
    """Build what an annotation says from JSON's types; ``place`` says where this stands."""
    if isinstance(kind, types.UnionType):
        kinds = typing.get_args(kind)
        if tree is None and types.NoneType in kinds:
            return None
        return number(tree, place, list in kinds) if float in kinds else decoded(kinds[0], tree, place)
    if typing.get_origin(kind) is tuple:
        element = typing.get_args(kind)[0]
        parts = enumerate(of_type(list, tree, place))
        return tuple(decoded(element, each, f"{place}[{i}]") for i, each in parts)
    if not dataclasses.is_dataclass(kind):
        return of_type(kind, tree, place)
    wanted = fields_of(kind)
    if kind is Summary:
        tree = NOT_COUNTED | of_type(dict, tree, place)
    for name in sorted(of_type(dict, tree, place).keys() ^ wanted.keys(), key=str):
        raise wrong(place, f"has {'no' if name in wanted else 'an unknown'} {quoted(name)}")
    part: Any = kind(**{name: decoded(wanted[name], tree[name], f"{place}.{name}") for name in wanted})
    if kind is Value and (
        min(part.shape, default=0) < 0 or (part.data is not None and not fits(part.data, part.shape))
    ):
        raise wrong(place, f"holds numbers in another shape than it says, {quoted(str(part.shape))}")
    return part


@functools.cache
def fields_of(kind: type[Any]) -> dict[str, Any]:
    """The names of a class's fields, with what they hold."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def of_type(kind: type[Any], tree: Any, place: str) -> Any:
    """JSON of one type, and of no other."""
    if type(tree) is not kind or (kind is int and not is_held(tree)):
        raise wrong(place, f"should be {JSON_NAMES[kind]}, not {quoted(tree)}")
    return tree


def is_held(number: float) -> bool:
    """Whether a number is one that a tensor can hold, and JSON too."""
    return math.isfinite(number) if isinstance(number, float) else -(2**63) <= number < 2**64


def number(tree: Any, place: str, listed: bool = False) -> Any:
    """A number, or one for each element of a tensor."""
    if listed and isinstance(tree, list):
        return [number(each, place, True) for each in tree]
    if isinstance(tree, dict) and tree.keys() == {"re", "im"}:
        return complex(number(tree["re"], place), number(tree["im"], place))
    if isinstance(tree, str) and tree in NOT_FINITE:
        return float(tree)
    if not isinstance(tree, int | float) or not is_held(tree):
        raise wrong(place, f"should be a number, not {quoted(tree)}")
    return tree


def fits(data: Any, shape: tuple[int, ...]) -> bool:
    """Whether nested lists have a shape."""
    if not shape:
        return not isinstance(data, list)
    if not isinstance(data, list):
        return False
    if 0 in shape[:1]:
        return not data
    return len(data) == shape[0] and all(fits(each, shape[1:]) for each in data)


# --------------------------------------------------------------------------- all parts together


def check(trace: Trace) -> None:
    """Raise ValueError unless the parts of a trace speak of each other, as a recorder's do."""
    for ok, place, why in statements(trace):
        if not ok:
            raise wrong(place, why)


def statements(trace: Trace) -> Iterator[tuple[bool, str, str]]:
    """What holds of every trace: whether it does, where, and what is wrong if it does not."""
    place = {node.id: number for number, node in enumerate(trace.nodes)}
    yield trace.engine in ("autograd_core", "torch"), "the trace.engine", "is not one of ours"
    yield trace.omitted >= 0, "the trace.omitted", "is less than 0"
    for i, node in enumerate(trace.nodes):
        here = f"the trace.nodes[{i}]"
        yield node.id == f"n{i}", here, f"has the id {quoted(node.id)}, where n{i} should stand"
        yield (
            node.kind in (LEAF, OP, CONSTANT, OMITTED, FAILED),
            here,
            f"is of no kind we know: {quoted(node.kind)}",
        )
        yield bool(node.name), here, "has no name"
        yield (
            (node.kind in (OP, FAILED)) == bool(node.op),
            here,
            "is an operation and has none, or the other way round",
        )
        is_sound = node.source is None or sound(node.source)
        yield is_sound, here, "names a place in the code that there cannot be"
    slots = set()
    for i, edge in enumerate(trace.edges):
        here = f"the trace.edges[{i}]"
        yield place.keys() >= {edge.producer, edge.consumer}, here, "is about a node that is not there"
        yield place[edge.producer] < place[edge.consumer], here, "leads back to a node that came before"
        is_free = edge.slot >= 0 and (edge.consumer, edge.slot) not in slots
        yield is_free, here, "is about a slot that is taken"
        slots.add((edge.consumer, edge.slot))
    are_there = bool(trace.outputs) and place.keys() >= {*trace.outputs}
    yield are_there, "the trace.outputs", "are not among its nodes"
    yield len(trace.seeds) == len(trace.outputs), "the trace.seeds", "are not as many as its outputs"
    told = set()
    for i, step in enumerate(trace.steps):
        here = f"the trace.steps[{i}]"
        is_there = step.phase in (FORWARD, BACKWARD) and step.node in place
        yield is_there, here, "is about a node that is not there"
        yield (step.phase, step.node) not in told, here, "tells again what was told"
        yield step.phase == BACKWARD or (FORWARD, step.node) not in told, here, "comes twice"
        told.add((step.phase, step.node))
        for sent in step.contributions:
            way = trace.edges[sent.edge] if 0 <= sent.edge < len(trace.edges) else None
            yield way is not None and way.consumer == step.node, here, "sends along an edge of another node"
            yield 1 <= sent.number <= sent.of, here, "counts what it sends wrongly"
            arrives = sent.value is None or sent.after is not None
            yield arrives, here, "sends something of which nothing arrives"
    for i, listing in enumerate(trace.listings):
        yield listing.first_line >= 1, f"the trace.listings[{i}]", "begins before its first line"
    inside: set[str] = set()
    for i, scope in enumerate(trace.scopes):
        here = f"the trace.scopes[{i}]"
        yield scope.kind in ("module", "round", "call"), here, f"is of no kind we know: {quoted(scope.kind)}"
        yield -1 <= scope.outer < i, here, "is in one that does not come before it"
        yield 1 <= scope.number <= scope.of, here, "counts its calls wrongly"
        told_of = {*scope.nodes, *scope.inputs, *scope.outputs}
        yield place.keys() >= told_of, here, "is about a node that is not there"
        yield inside.isdisjoint(scope.nodes), here, "has a node that is in another one"
        inside.update(scope.nodes)


def sound(source: Source) -> bool:
    """Whether a place in the code can be one."""
    columns = (source.column, source.end_column)
    return 1 <= source.line <= source.end_line and all(each is None or each >= 0 for each in columns)
