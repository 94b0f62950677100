"""What the stepper's view is sent: nodes to draw, moments to tell, code to mark, levels to go through."""

import math
from dataclasses import asdict
from types import MappingProxyType

from ..drawing.graph_picture import MARKS, WORDS
from ..drawing.layout import DIRECTIONS, arrange
from ..levels import Levels, stops
from ..trace import CONSTANT, FAILED, LEAF, OMITTED, OP, Trace
from ..words.figures import figures, first_elements, histogram, in_box, norm_of
from ..words.narration import VERY_LARGE_GRAPH, Titles, most_in_rows, one_line
from ..words.numbers_as_text import full, is_finite, rows, shape
from ..words.stretches import stretch

CHARACTER, LINE, PADDING = 7.8, 17, 10  # pixels: monospace at 13 px is 0.6 of that wide
GAP = 20  # pixels between a box and the next
MARK = 2  # characters, the room that the mark of a gradient's state takes
FEWEST = 5  # characters in the smallest box
NORM = 10  # characters of a norm
UNIT = 24  # pixels: the sizes of boxes in a trace of several levels
UNWATCHED = "With the forward pass under `with watching():` the code of each operation stands here."
SCOPE = "scope"


def content(trace: Trace, moments, levels: Levels, stops, called: Titles) -> dict:
    """What the browser needs of a stepper; ``stops`` are what `stops_of` returns."""
    inside = {number: name for level in levels for number, name in inside_names(trace, level)}
    nodes = fitted(trace, moments, called, inside)
    for number, found in extremes(trace):
        nodes[number] |= found
    if len(levels) > 1:
        nodes += [scope_content(levels, level, nodes) for level in levels]
        nodes.append(sized({"id": "more", "kind": OMITTED, "name": "more outside", "op": "", "value": ""}, 0))
        for node in nodes:  # the more of them are alike, the fewer layouts are needed
            node["w"] += -node["w"] % UNIT
    laid = Layouts()
    return {
        "nodes": nodes,
        "levels": [level_content(levels, level, nodes, laid) for level in levels],
        "layouts": laid.found,
        "stops": [stop_content(all_) for all_ in stops],
        "moments": [moment_content(moment) for moment in moments],
        "listings": listings_of(trace),
        "marks": MARKS,
        "words": WORDS,
        "omitted": trace.omitted,
        "hint": unwatched(trace),
    }


def stop_content(all_) -> list:
    """Where stepping through a level comes to rest."""
    return [[step, place, *([moment_content(told)] if told else [])] for step, (place, told) in all_.items()]


def listings_of(trace: Trace) -> list[dict]:
    return [asdict(listing) for listing in trace.listings]


def unwatched(trace: Trace) -> str:
    """What watching would add, where nothing was watched."""
    return UNWATCHED if trace.engine == "torch" and not any(n.source for n in trace.nodes) else ""


def flat(trace: Trace, moments) -> dict:
    """The whole graph as one picture."""
    nodes = fitted(trace, moments, Titles(trace))
    numbers = {node.id: number for number, node in enumerate(trace.nodes)}
    edges = [[numbers[e.producer], numbers[e.consumer], int(e.flows)] for e in trace.edges]
    laid = Layouts()
    laid.number(nodes, edges)
    return {"nodes": nodes, "edges": edges, "layouts": laid.found[0], "marks": MARKS}


def extremes(trace, bins=True):
    """By the number of a node what its gradient is like in the end: norm and histogram; and what is nan or infinite."""
    for number, node in enumerate(trace.nodes):
        if not is_finite(node.value):
            yield number, {"odd": "value"}
    for step in trace.steps:
        if step.gradient is None:
            continue
        number, norm = int(step.node[1:]), norm_of(step.gradient)
        if bins and len(trace.nodes) <= VERY_LARGE_GRAPH and (found := histogram(step.gradient)):
            yield number, {"gradientBins": found}
        if not is_finite(step.gradient):
            yield number, {"odd": "gradient"}
        elif norm is not None and norm < math.inf:
            yield number, {"norm": float(f"{norm:.4g}")}


def elements_of(trace, numbers) -> dict[str, list]:
    """By the ids of nodes, of value and gradient the first elements, unless all are shown as rows, of how many, and histogram."""
    most = most_in_rows(trace)
    gradients = {step.node: step.gradient for step in trace.steps if step.gradient is not None}
    found = {}
    for node in map(trace.nodes.__getitem__, numbers):
        told = [[[] if rows(value, most) else first_elements(value), math.prod(value.shape) if value else 0, histogram(value)]
                for value in (node.value, gradients.get(node.id))]  # fmt: skip
        if any(elements for elements, *_ in told):
            found[node.id] = told
    return found


def inside_names(trace, level):
    """What the parameters of a module are called in it: ``weight``, not ``model.blocks.3.attn.weight``."""
    for number in level.part.members if level.part.path else ():
        if isinstance(number, int) and trace.nodes[number].kind == LEAF:
            name = trace.nodes[number].name.partition(f"{level.part.path}.")[2]
            if name:
                yield number, name


def fitted(trace, moments, called: Titles, names=MappingProxyType({})) -> list[dict]:
    """The nodes as they are drawn, of the size that they need; ``names`` are shorter ones of some."""
    nodes = [node_content(trace, node, called) for node in trace.nodes]
    for number, name in names.items():
        nodes[number] |= {"name": name, "title": nodes[number]["name"]}
    fit(nodes, moments)
    return nodes


class Layouts:
    """Layouts in both directions; what is alike is laid out once."""

    def __init__(self):
        self.found, self.numbers = [], {}

    def number(self, nodes, edges) -> int:
        """The number of the layout of these boxes."""
        sizes, links = (
            tuple((node["w"], node["h"]) for node in nodes),
            tuple(edge[:2] for edge in map(tuple, edges)),
        )
        if (sizes, links) not in self.numbers:
            self.numbers[sizes, links] = len(self.found)
            self.found.append({way: asdict(arrange(sizes, links, way, rank_gap=GAP)) for way in DIRECTIONS})
        return self.numbers[sizes, links]


def level_content(levels, level, nodes, laid, total=None) -> dict:
    """A level as it is drawn: its boxes, by their numbers in ``nodes``, and arrows between them.

    ``total`` is how many there are in all, where only some of them are known.
    """
    total = total or len(nodes)
    place = {box: number for number, box in enumerate(level.boxes)}
    edges = [[place[start], place[end], int(any(levels.trace.edges[i].flows for i in along)), along]
             for (start, end, _), along in level.edges.items()]  # fmt: skip
    return {
        "name": level.part.name,
        "outer": level.way[-2] if len(level.way) > 1 else -1,
        "boxes": [box % total for box in level.boxes],
        "around": [place[box] for box in level.boxes if box in level.around],
        "edges": edges,
        "layout": laid.number([nodes[box % total] for box in level.boxes], edges),
    }


def stops_of(levels: Levels, titles: Titles) -> list[dict]:
    """For each level, from a step to the place of the box at work and, of a closed scope, what is told of it."""
    if len(levels) == 1:
        return []
    return [told_at(levels, level, all_, titles) for level, all_ in zip(levels, stops(levels), strict=True)]


def told_at(levels: Levels, level, all_, titles: Titles) -> dict:
    """The same of one level, whose stops are ``all_``."""
    place = {box: number for number, box in enumerate(level.boxes)}
    return {stop.step: (place[stop.box], None if stop.box < levels.count or stop.box in level.around
                        else stretch(levels, level, stop, titles)) for stop in all_}  # fmt: skip


def scope_content(levels, level, nodes) -> dict:
    """A closed scope as it is drawn, and its details."""
    trace, part = levels.trace, level.part
    outputs = [*level.outputs]
    shapes = [
        in_box(node.value) if node.value else shape(node.shape or ())
        for node in map(trace.nodes.__getitem__, outputs)
    ]
    operations = sum(trace.nodes[number].op not in ("", "output") for number in part.nodes())
    found = [
        ("class", part.type if part.kind == "module" else ""),
        ("operations", str(operations)),
        ("parameters", f"{part.parameters:,}".replace(",", " ") if part.parameters else ""),
        ("gives", ", ".join(shapes)),
    ]
    content = {
        "id": f"s{level.way[-1]}",
        "kind": SCOPE,
        "name": part.name,
        "op": part.type,
        "value": shapes[0] if len(shapes) == 1 else "",
        "facts": [[name, text] for name, text in found if text],
        "outputs": outputs,
        "opens": level.way[-1],
    }
    if outputs and "source" in nodes[outputs[-1]] and (part.kind == "call" or of_one_piece(trace, part)):
        content["source"] = nodes[outputs[-1]]["source"]
    below = max((round((nodes[number]["w"] - 2 * PADDING) / CHARACTER) for number in outputs), default=0)
    return sized(content, below if len(outputs) == 1 else MARK + len("10 of 10"))


def of_one_piece(trace: Trace, part) -> bool:
    """Whether all operations in a part were made by one and the same piece of the user's code."""
    return len({node.source for node in map(trace.nodes.__getitem__, part.nodes()) if node.kind == OP}) == 1


def node_content(trace: Trace, node, titles: Titles) -> dict:
    """A node as it is drawn, and its details; an operation is numbered if it is spoken of so."""
    title, numbered = titles[node.id], node.kind == OP and not node.named and not titles.term(node)
    content = {
        "id": node.id,
        "kind": node.kind,
        "name": node.name if node.named or not node.op else "",
        "op": node.name if numbered else node.op,
        "value": shown_value(node),
        "facts": facts(trace, node),
    }
    if node.kind == OP and node.id in trace.outputs:
        content["output"] = True
    if title != content["name"]:
        content["title"] = title
    place = node.source
    found = [] if place is None else [number for number, listing in enumerate(trace.listings)
                                      if listing.label == place.label and shows(listing, place)]  # fmt: skip
    if found:
        content["source"] = [found[0], place.line, place.end_line, place.column, place.end_column]
    for name, found in (
        ("rows", node.shape and rows(node.value, most_in_rows(trace))),
        ("figures", figures(node.value)),
        ("bins", len(trace.nodes) <= VERY_LARGE_GRAPH and histogram(node.value)),
    ):
        if found:
            content[name] = found
    return content


def shows(listing, place) -> bool:
    """Whether a listing has a piece of code where it stands: files may be of the same name."""
    first, last = place.line - listing.first_line, place.end_line - listing.first_line
    return first >= 0 and bool(place.text) and "\n".join(listing.lines[first : last + 1]) == place.text


def shown_value(node) -> str:
    """What stands in a node beside its name: its value, if that is not the name; of a call that raised, that."""
    value = FAILED if node.kind == FAILED else in_box(node.value)
    return "" if value == node.name else value


def facts(trace: Trace, node) -> list[list[str]]:
    """What a node's details say that cannot be seen in its box and does not change."""
    value = full(node.value) if node.value and not figures(node.value) else ""
    found = [
        ("grad_fn", node.backward if node.kind == OP else ""),
        ("code", one_line(node.source.expression or node.source.text) if node.source else ""),
        ("shape", shape(node.shape) if node.shape else ""),
        ("dtype", node.dtype or ""),
        ("value", value if value != in_box(node.value) else ""),
        ("error", trace.failure if node.kind == FAILED else ""),
    ]
    return [[name, text] for name, text in found if text]


def moment_content(moment) -> dict:
    """A moment without what is empty: most of them have little to say."""
    content = without_empty(moment)
    if moment.rules:
        content["rules"] = [without_empty(rule) for rule in moment.rules]
    content["changes"] = [trimmed(list(vars(change).values())) for change in moment.changes]
    return content


def without_empty(told) -> dict:
    return {key: value for key, value in vars(told).items() if value not in ("", (), [], None)}


def trimmed(values) -> list:
    """A list without the empty values at its end."""
    while values and not values[-1]:
        values.pop()
    return values


def fit(nodes, moments):
    """Give each box the size of the longest texts that it will ever hold."""
    fitted_to(dict(enumerate(nodes)), moments)


def fitted_to(nodes: dict, moments) -> None:
    """The same where nodes are known by their numbers."""
    below = dict.fromkeys(nodes, 0)
    for moment in moments:
        for change in moment.changes:
            characters = MARK + room(change.text) + (len(change.count) + 2 if change.count else 0)
            if change.node in below:
                below[change.node] = max(below[change.node], characters)
    for number, node in nodes.items():
        sized(node, below[number])


def room(text) -> int:
    """How many characters a text takes; norms take the same, so that boxes of alike blocks are alike."""
    before, norm, _ = text.partition("‖")
    return len(before) + (NORM if norm else 0)


def sized(node, second) -> dict:
    """Give a box its size, with so many characters below its name and value."""
    first = [text for text in (node["name"], node["op"], node["value"]) if text]
    characters = max(sum(map(room, first)) + len(first) - 1, second, FEWEST)
    node["w"] = round(characters * CHARACTER) + 2 * PADDING
    node["h"] = LINE + 7 if node["kind"] in (CONSTANT, OMITTED) else 2 * LINE + 8
    return node
