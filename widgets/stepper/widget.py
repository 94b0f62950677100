"""BackwardStepper: walk through a forward and a backward pass, one node at a time."""

import inspect
from dataclasses import asdict
from typing import Any

import traitlets

from autograd_core.printable import quoted

from ..base import State, Widget, picture, whole
from ..drawing.graph_picture import MARKS, WORDS, draw
from ..drawing.layout import DIRECTIONS, arrange
from ..trace import CONSTANT, FORWARD, OP, Trace
from ..words.narration import NOTHING, Titles, narrate, one_line
from ..words.numbers_as_text import brief, full, rows, shape

CHARACTER, LINE, PADDING = 7.8, 17, 10  # pixels: monospace at 13 px is 0.6 of that wide
GAP = 20  # pixels between a box and the next
MARK = 2  # characters, the room that the mark of a gradient's state takes
FEWEST = 5  # characters in the smallest box
MOST_STEPS_AS_TEXT = 60


class BackwardStepper(Widget, module="stepper"):
    """Walk through the backward pass of a tensor, node by node, in both directions of time.

    Parameters
    ----------
    y : tensor or Trace
        A tensor, of `autograd_core` or of PyTorch, is recorded by `widgets.record`, which
        runs its backward pass; a `Trace` is shown as it is.
    direction : ``"vertical"`` or ``"horizontal"``, the way the graph runs at first
    step : int or None
        How many steps have been taken at first; None: all of the forward pass.
    **recording
        Passed on to `widgets.record`: ``names``, ``gradient``, …

    Attributes
    ----------
    step : int, how many steps have been taken, 0 … ``steps``. Follows the learner.
    selected : str, id of the node whose details are open, or ``""``. Follows the learner.
    steps : int
    trace : Trace

    Raises ValueError for a step or a direction that does not exist, TypeError for an argument
    that does not exist, and whatever recording the tensor raises.

    >>> from widgets.recorders.example import example
    >>> stepper = BackwardStepper(example())
    >>> stepper.step, stepper.steps
    (7, 13)
    >>> stepper.step = 9
    >>> stepper.describe()
    'Step 9 of 13, backward: 3·x has its complete gradient, 1, and sends 3 to x (3, 1 of 2).'
    """

    step = State(0)
    selected = State("")
    direction = traitlets.Enum(list(DIRECTIONS), "vertical").tag(sync=True)

    def __init__(
        self, y: Any, *, direction: str = "vertical", step: int | None = None, **recording: Any
    ) -> None:
        if direction not in list(DIRECTIONS):
            raise ValueError(f"direction must be one of {list(DIRECTIONS)}, not {quoted(direction)}")
        self.trace = recorded(y, recording, "BackwardStepper", "direction and step")
        self.moments = narrate(self.trace)
        if step is None:
            step = sum(each.phase == FORWARD for each in self.trace.steps)
        super().__init__(content(self.trace, self.moments), step=step, direction=direction)

    @property
    def steps(self) -> int:
        """How many steps the trace has."""
        return len(self.moments) - 1

    @step.accepts
    def _step_exists(self, step):
        return whole("step", step, 0, self.steps)

    @selected.accepts
    def _selected_exists(self, selected):
        if selected not in ["", *(node.id for node in self.trace.nodes)]:
            raise ValueError(f"selected must be the id of a node or '', not {quoted(selected)}")
        return selected

    def describe(self) -> str:
        """Return the sentence of the present step, as the status line says it."""
        return self.moments[self.step].sentence

    def transcript(self) -> str:
        """Return the sentences of all steps, one a line."""
        return "\n".join(moment.sentence for moment in self.moments)

    def text(self) -> str:
        """Return every step of a short pass, with the present one marked; else the present one."""
        if self.steps > MOST_STEPS_AS_TEXT:
            return self.describe()
        return "\n".join(
            f"{'>' if number == self.step else ' '} {moment.sentence}"
            for number, moment in enumerate(self.moments)
        )

    def svg(self) -> str:
        """Return the graph at the present step, with its sentence, as an SVG document."""
        moment = self.moments[self.step]
        drawing = draw(self.data, self.direction, self.standing(), moment)
        return picture("Backward stepper", moment.sentence, *drawing)

    def standing(self) -> list[tuple[bool, str, str, str]]:
        """For each node at the present step: (value there, state, gradient, count)."""
        seen = [False] * len(self.trace.nodes)
        states = [(NOTHING, "", "")] * len(self.trace.nodes)
        for moment in self.moments[1 : self.step + 1]:
            seen[moment.node] = True
            for change in moment.changes:
                states[change.node] = (change.state, change.text, change.count)
        return [(there, *state) for there, state in zip(seen, states, strict=True)]


def recorded(y, recording, widget, own) -> Trace:
    """Record a tensor, unless it is a trace; the recorders are imported only for this.

    ``widget`` is the name of the class that asks, ``own`` names its own arguments.
    """
    if isinstance(y, Trace):
        if recording:
            raise TypeError(
                f"a Trace is recorded already: {', '.join(recording)} would change nothing. Pass "
                "it to record() instead"
            )
        return y
    from ..recorders import record

    known = [*inspect.signature(record).parameters][1:]
    for argument in recording:
        if argument not in known:
            raise TypeError(
                f"{widget} has no argument {argument!r}. Besides {own} it takes those of record(): "
                f"{', '.join(known)}"
            )
    return record(y, **recording)


def content(trace: Trace, moments) -> dict:
    """What the browser needs: nodes and edges to draw, moments to tell, code to mark."""
    numbers = {node.id: number for number, node in enumerate(trace.nodes)}
    called = Titles(trace)
    nodes = [node_content(trace, node, called) for node in trace.nodes]
    fit(nodes, moments)
    edges = [[numbers[e.producer], numbers[e.consumer], int(e.flows)] for e in trace.edges]
    sizes = [(node["w"], node["h"]) for node in nodes]
    links = [edge[:2] for edge in edges]
    layouts = {way: asdict(arrange(sizes, links, way, rank_gap=GAP)) for way in DIRECTIONS}
    return {
        "nodes": nodes,
        "edges": edges,
        "layouts": layouts,
        "moments": [moment_content(moment) for moment in moments],
        "listings": [asdict(listing) for listing in trace.listings],
        "marks": MARKS,
        "words": WORDS,
        "omitted": trace.omitted,
    }


def node_content(trace: Trace, node, titles: Titles) -> dict:
    """A node as it is drawn, and its details; an operation is numbered if it is spoken of so."""
    title, numbered = titles[node.id], node.kind == OP and not node.named and not titles.term(node)
    content = {
        "id": node.id,
        "kind": node.kind,
        "name": node.name if node.named or not node.op else "",
        "op": node.name if numbered else node.op,
        "value": "" if node.name == brief(node.value) else brief(node.value),
        "facts": facts(node),
    }
    if title != content["name"]:
        content["title"] = title
    place = node.source
    found = [] if place is None else [number for number, listing in enumerate(trace.listings)
                                      if listing.label == place.label and shows(listing, place)]  # fmt: skip
    if found:
        content["source"] = [found[0], place.line, place.end_line, place.column, place.end_column]
    if node.shape and rows(node.value):
        content["rows"] = rows(node.value)
    return content


def shows(listing, place) -> bool:
    """Whether a listing has a piece of code where it stands: files may be of the same name."""
    first, last = place.line - listing.first_line, place.end_line - listing.first_line
    return first >= 0 and bool(place.text) and "\n".join(listing.lines[first : last + 1]) == place.text


def facts(node) -> list[list[str]]:
    """What a node's details say that cannot be seen in its box and does not change."""
    value = full(node.value) if node.value and not rows(node.value) else ""
    found = [
        ("grad_fn", node.backward if node.kind == OP else ""),
        ("code", one_line(node.source.expression or node.source.text) if node.source else ""),
        ("shape", shape(node.shape) if node.shape else ""),
        ("dtype", node.dtype or ""),
        ("value", value if value != brief(node.value) else ""),
    ]
    return [[name, text] for name, text in found if text]


def moment_content(moment) -> dict:
    """A moment without what is empty: most of them have little to say."""
    content = asdict(moment, dict_factory=without_empty)
    content["changes"] = [trimmed(list(asdict(change).values())) for change in moment.changes]
    return content


def without_empty(fields) -> dict:
    return {key: value for key, value in fields if value not in ("", (), [], None)}


def trimmed(values) -> list:
    """A list without the empty values at its end."""
    while values and not values[-1]:
        values.pop()
    return values


def fit(nodes, moments):
    """Give each box the size of the longest texts that it will ever hold."""
    below = [0] * len(nodes)
    for moment in moments:
        for change in moment.changes:
            characters = MARK + len(change.text) + (len(change.count) + 2 if change.count else 0)
            below[change.node] = max(below[change.node], characters)
    for node, second in zip(nodes, below, strict=True):
        first = [text for text in (node["name"], node["op"], node["value"]) if text]
        characters = max(sum(map(len, first)) + len(first) - 1, second, FEWEST)
        node["w"] = round(characters * CHARACTER) + 2 * PADDING
        node["h"] = LINE + 7 if node["kind"] == CONSTANT else 2 * LINE + 8
