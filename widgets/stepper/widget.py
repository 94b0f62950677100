"""BackwardStepper: walk through a forward and a backward pass, one node at a time."""

import base64
import gc
import inspect
import json
import zlib
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import traitlets

from autograd_core.printable import quoted

from ..base import State, Widget, picture, whole
from ..drawing.graph_picture import draw
from ..drawing.layout import DIRECTIONS
from ..levels import Levels
from ..long_work import long_work
from ..trace import FORWARD, Trace
from ..words.narration import (
    COMPLETE,
    LARGE_GRAPH,
    NOTHING,
    PARTIAL,
    VERY_LARGE_GRAPH,
    ZERO,
    Moment,
    Titles,
    narrate,
)
from .content import content, elements_of, stops_of
from .parts import Moments, Parts, Stops, outline

MOST_STEPS_AS_TEXT = 60
LARGE = 200_000  # characters of data, from which on they are sent packed


@contextmanager
def collecting_later():
    """Let Python look for garbage afterwards: of what is built here hardly anything is, and looking takes a fifth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def packed_if_large(data, _=None) -> dict:
    """What is sent of a stepper's data: of a large model a fifth of it, which the browser unpacks."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if len(text) < LARGE:
        return data
    return {"packed": base64.b64encode(zlib.compress(text.encode())).decode()}


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
    level : int, which part of the program is open at first, index in ``levels``
    **recording
        Passed on to `widgets.record`: ``names``, ``gradient``, …

    Attributes
    ----------
    step : int, how many steps have been taken, 0 … ``steps``. Follows the learner.
    selected : str, id of the node whose details are open, ``"s3"`` for the third level closed, or ``""``. Follows the learner.
    level : int, which level is open: what is in a module, or in a call. Follows the learner.
    steps : int
    trace : Trace
    levels : Levels, of which a trace with scopes, or a large one, has several

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

    data = traitlets.Dict().tag(sync=True, ours=True, to_json=packed_if_large)
    elements = traitlets.Dict().tag(sync=True, ours=True)
    # of a very large trace the level that is open, else nothing
    parts = traitlets.Dict().tag(sync=True, ours=True)
    step = State(0)
    selected = State("")
    level = State(0)
    direction = traitlets.Enum(list(DIRECTIONS), "vertical").tag(sync=True)

    def __init__(
        self,
        y: Any,
        *,
        direction: str = "vertical",
        step: int | None = None,
        level: int = 0,
        **recording: Any,
    ) -> None:
        if direction not in list(DIRECTIONS):
            raise ValueError(f"direction must be one of {list(DIRECTIONS)}, not {quoted(direction)}")
        with collecting_later(), long_work():
            self.trace = recorded(y, recording, "BackwardStepper", "direction, step and level")
            told = self._told()
        if step is None:
            step = sum(each.phase == FORWARD for each in self.trace.steps)
        few = len(self.trace.nodes) <= LARGE_GRAPH
        elements = elements_of(self.trace, range(len(self.trace.nodes)) if few else ())
        super().__init__(told, elements=elements, step=step, level=level, direction=direction)
        if self.on_demand:
            self.parts = {str(self.level): self.on_demand[self.level]}

    def _told(self) -> dict:
        """Tell the trace; of a very large one, only what is needed at first."""
        titles, self.levels, self.on_demand = Titles(self.trace), Levels(self.trace), None
        if len(self.trace.nodes) <= VERY_LARGE_GRAPH:
            self.moments, self.stops = narrate(self.trace, titles), stops_of(self.levels, titles)
            return content(self.trace, self.moments, self.levels, self.stops, titles)
        self.moments, self.stops = Moments(self.trace, titles), Stops(self.levels, titles)
        self.on_demand = Parts(self.trace, self.moments, self.levels, self.stops, titles)
        return outline(self.trace, self.levels)

    @traitlets.observe("level")
    def _send_level(self, change):
        if getattr(self, "on_demand", None):
            self.parts = {str(change["new"]): self.on_demand[change["new"]]}

    def page_state(self) -> dict:
        """Return what the page's view reads: a page holds all levels, as it has nobody to ask."""
        state = super().page_state()
        if self.on_demand:
            with collecting_later():
                state["parts"] = packed_if_large({str(i): self.on_demand[i] for i in range(len(self.levels))})
        return state

    def drawn(self) -> tuple[dict, dict, list[dict]]:
        """The present level as it is drawn, its layouts, and its boxes."""
        if self.on_demand:
            part = self.on_demand[self.level]
            level, nodes = part["level"], part["nodes"]
            return level, level["layout"], [nodes[str(box)] for box in level["boxes"]]
        level = self.data["levels"][self.level]
        return (
            level,
            self.data["layouts"][level["layout"]],
            [self.data["nodes"][box] for box in level["boxes"]],
        )

    @property
    def steps(self) -> int:
        """How many steps the trace has."""
        return len(self.moments) - 1

    @step.accepts
    def _step_exists(self, step):
        return whole("step", step, 0, self.steps)

    @selected.accepts
    def _selected_exists(self, selected):
        known = {"", *(node.id for node in self.trace.nodes)}
        if len(self.levels) > 1:
            known |= {"more", *(f"s{number}" for number in range(len(self.levels)))}
        if selected not in known:
            raise ValueError(f"selected must be the id of a node or '', not {quoted(selected)}")
        return selected

    @traitlets.observe("selected")
    def _look_closer(self, change):
        id = change["new"]
        if id[:1] == "n" and id not in self.elements:
            self.elements = self.elements | elements_of(self.trace, [int(id[1:])])

    @level.accepts
    def _level_exists(self, level):
        return whole("level", level, 0, len(self.levels) - 1)

    def moment(self, step: int) -> Moment:
        """What is told of a step at the present level, with the place of the box at work there."""
        moment, (drawn, *_) = self.moments[step], self.drawn()
        if self.stops:
            place, told = self.stops[self.level].get(step, (self.place(moment.node), None))
            moment = replace(told or moment, node=place)
        at = {i: number for number, (*_, along) in enumerate(drawn["edges"]) for i in along}
        rules = [replace(rule, edge=at.get(rule.edge, -1)) for rule in moment.rules]
        return replace(moment, rules=tuple(rules))

    def place(self, node: int | None) -> int | None:
        """The place on the present level of the box that a node is in, if there is one."""
        level = self.levels[self.level]
        box = None if node is None else self.levels.seen(node, level)
        return level.boxes.index(box) if box in level.boxes else None

    def describe(self) -> str:
        """Return the sentence of the present step, as the status line says it."""
        return self.moment(self.step).sentence

    def transcript(self) -> str:
        """Return the sentences of all steps of the present level, one a line."""
        return "\n".join(self.moment(step).sentence for step in self.here())

    def here(self) -> list[int]:
        """The steps at which stepping over what is closed at the present level comes to rest."""
        return [0, *self.stops[self.level]] if self.stops else [*range(self.steps + 1)]

    def text(self) -> str:
        """Return every step of a short pass, with the present one marked; else the present one."""
        if len(self.here()) > MOST_STEPS_AS_TEXT + 1:
            return self.describe()
        at = max(step for step in self.here() if step <= self.step)
        return "\n".join(f"{'>' if step == at else ' '} {self.moment(step).sentence}" for step in self.here())

    def svg(self) -> str:
        """Return the present level at the present step, with its sentence, as an SVG document."""
        moment, (drawn, layouts, nodes) = self.moment(self.step), self.drawn()
        level = {"nodes": nodes, "edges": [edge[:3] for edge in drawn["edges"]], "layouts": layouts}
        drawing = draw(level, self.direction, self.standing(), moment)
        return picture("Backward stepper", moment.sentence, *drawing)

    def standing(self) -> list[tuple[bool, str, str, str]]:
        """For each box of the present level at the present step: (value there, state, gradient, count)."""
        level, _, nodes = self.drawn()
        boxes = level["boxes"]
        wanted = [node.get("outputs", [box]) for box, node in zip(boxes, nodes, strict=True)]
        seen, states = set(), {}
        for number in range(1, self.step + 1):
            step = self.trace.steps[number - 1]
            seen.add(int(step.node[1:]))
            if step.phase == FORWARD:
                continue
            for change in self.moments[number].changes:
                states[change.node] = (change.state, change.text, change.count)
        return [together([(i in seen, *states.get(i, (NOTHING, "", ""))) for i in each]) for each in wanted]


def together(outputs) -> tuple[bool, str, str, str]:
    """How a closed scope stands, whose results stand so."""
    if len(outputs) == 1:
        return outputs[0]
    settled = [state in (COMPLETE, ZERO) for _, state, *_ in outputs]
    there = all(each[0] for each in outputs)
    if not any(state != NOTHING for _, state, *_ in outputs):
        return there, NOTHING, "", ""
    if not all(settled):
        return there, PARTIAL, "", f"{sum(settled)} of {len(settled)}"
    return there, ZERO if all(state == ZERO for _, state, *_ in outputs) else COMPLETE, "", ""


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
