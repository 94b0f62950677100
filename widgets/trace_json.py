"""From JSON back to a trace: what does not fit is refused, in a sentence that says where.

The classes of `widgets.trace` say by their annotations what each field holds; what has to hold
between them is looked at when all is read. So whoever is given a trace need not ask again.
"""

import dataclasses
import functools
import json
import math
import types
import typing

from autograd_core.printable import printable, quoted

from .trace import BACKWARD, CONSTANT, FORWARD, LEAF, OMITTED, OP, VERSION, Source, Trace, Value

JSON_NAMES = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def read(text) -> Trace:
    """Restore what `Trace.to_json` wrote; see there."""
    if not isinstance(text, str | bytes | bytearray):
        raise TypeError(f"from_json takes the text that to_json() returned, not {type(text).__name__}")
    try:
        tree = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not the JSON of a trace: {printable(error)}") from error
    version = tree.get("version") if isinstance(tree, dict) else None
    if type(version) is not int or version != VERSION:
        raise ValueError(
            f"this is not a trace of version {VERSION} (its version is {quoted(version)}); "
            "record it again with this release"
        )
    trace = decoded(Trace, tree, "the trace")
    check(trace)
    return trace


def refuse(word):
    raise ValueError(f"{word} is a word that JSON does not have")


def wrong(place, why) -> ValueError:
    return ValueError(f"this is not a trace that to_json() wrote: {place} {why}")


# --------------------------------------------------------------------------- each part by itself


def decoded(kind, tree, place):
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
    for name in of_type(dict, tree, place).keys() ^ wanted.keys():
        raise wrong(place, f"has {'no' if name in wanted else 'an unknown'} {quoted(name)}")
    part = kind(**{name: decoded(wanted[name], tree[name], f"{place}.{name}") for name in wanted})
    if kind is Value and (min(part.shape, default=0) < 0 or part.data is not None and not fits(part.data, part.shape)):
        raise wrong(place, f"holds numbers in another shape than it says, {quoted(str(part.shape))}")
    return part


@functools.cache
def fields_of(kind) -> dict:
    """The names of a class's fields, with what they hold."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def of_type(kind, tree, place):
    """JSON of one type, and of no other."""
    if type(tree) is not kind:
        raise wrong(place, f"should be {JSON_NAMES[kind]}, not {quoted(tree)}")
    return tree


def number(tree, place, listed=False):
    """A number, or one for each element of a tensor."""
    if listed and isinstance(tree, list):
        return [number(each, place, True) for each in tree]
    if isinstance(tree, dict) and tree.keys() == {"re", "im"}:
        return complex(number(tree["re"], place), number(tree["im"], place))
    if isinstance(tree, str) and tree in NOT_FINITE:
        return float(tree)
    if not isinstance(tree, int | float) or isinstance(tree, float) and not math.isfinite(tree):
        raise wrong(place, f"should be a number, not {quoted(tree)}")
    return tree


def fits(data, shape) -> bool:
    """Whether nested lists have a shape."""
    if not shape:
        return not isinstance(data, list)
    if not isinstance(data, list):
        return False
    if 0 in shape[:1]:
        return not data
    return len(data) == shape[0] and all(fits(each, shape[1:]) for each in data)


# --------------------------------------------------------------------------- all parts together


def check(trace: Trace):
    """Raise ValueError unless the parts of a trace speak of each other, as a recorder's do."""
    for ok, place, why in statements(trace):
        if not ok:
            raise wrong(place, why)


def statements(trace: Trace):
    """What holds of every trace: whether it does, where, and what is wrong if it does not."""
    place = {node.id: number for number, node in enumerate(trace.nodes)}
    yield trace.engine in ("autograd_core", "torch"), "the trace.engine", "is not one of ours"
    yield trace.omitted >= 0, "the trace.omitted", "is less than 0"
    for i, node in enumerate(trace.nodes):
        here = f"the trace.nodes[{i}]"
        yield node.id == f"n{i}", here, f"has the id {quoted(node.id)}, where n{i} should stand"
        yield node.kind in (LEAF, OP, CONSTANT, OMITTED), here, f"is of no kind we know: {quoted(node.kind)}"
        yield bool(node.name), here, "has no name"
        yield (node.kind == OP) == bool(node.op), here, "is an operation and has none, or the other way round"
        yield node.source is None or sound(node.source), here, "names a place in the code that there cannot be"
    slots = set()
    for i, edge in enumerate(trace.edges):
        here = f"the trace.edges[{i}]"
        yield place.keys() >= {edge.producer, edge.consumer}, here, "is about a node that is not there"
        yield place[edge.producer] < place[edge.consumer], here, "leads back to a node that came before"
        yield edge.slot >= 0 and (edge.consumer, edge.slot) not in slots, here, "is about a slot that is taken"
        slots.add((edge.consumer, edge.slot))
    yield bool(trace.outputs) and place.keys() >= {*trace.outputs}, "the trace.outputs", "are not among its nodes"
    yield len(trace.seeds) == len(trace.outputs), "the trace.seeds", "are not as many as its outputs"
    told = set()
    for i, step in enumerate(trace.steps):
        here = f"the trace.steps[{i}]"
        yield step.phase in (FORWARD, BACKWARD) and step.node in place, here, "is about a node that is not there"
        yield (step.phase, step.node) not in told, here, "tells again what was told"
        yield step.phase == BACKWARD or (FORWARD, step.node) not in told, here, "comes twice"
        told.add((step.phase, step.node))
        for sent in step.contributions:
            edge = trace.edges[sent.edge] if 0 <= sent.edge < len(trace.edges) else None
            yield edge is not None and edge.consumer == step.node, here, "sends along an edge of another node"
            yield 1 <= sent.number <= sent.of, here, "counts what it sends wrongly"
            yield sent.value is None or sent.after is not None, here, "sends something of which nothing arrives"
    for i, listing in enumerate(trace.listings):
        yield listing.first_line >= 1, f"the trace.listings[{i}]", "begins before its first line"


def sound(source: Source) -> bool:
    """Whether a place in the code can be one."""
    columns = (source.column, source.end_column)
    return 1 <= source.line <= source.end_line and all(each is None or each >= 0 for each in columns)
