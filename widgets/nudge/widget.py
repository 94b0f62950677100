"""Nudge: a small change of one input runs through the graph; turned round it is the backward pass."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any

import traitlets

from autograd_core.printable import quoted

from ..base import State, Widget, picture, whole
from ..drawing.graph_picture import MARKS, WORDS, draw
from ..drawing.layout import DIRECTIONS, arrange, middles
from ..functions.function import function_of
from ..libraries.undisturbed import undisturbed
from ..stepper.content import fit, moment_content, node_content
from ..trace import BACKWARD
from ..words.narration import COMPLETE, NOTHING, ZERO, Moment, Teller
from .runs import NUDGES, Runs
from .slopes import Slopes
from .telling import Telling, digits

WAYS = FORWARDS, BACKWARDS = "forward", "backward"
GAPS = {"vertical": 46, "horizontal": 92}  # pixels between a box and the next, for what stands at the arrow
WORDS_OF_NUDGE = {NOTHING: "not reached", COMPLETE: "has moved", ZERO: "does not move"}


class Nudge(Widget, module="nudge"):
    """Nudge one input of a function and watch what moves, node by node; turned round: ``backward()``.

    Every number is measured: the function was run, on copies in float64, once for each nudge. What
    stands at the arrows are the local derivatives of the recorded backward pass.

    Parameters
    ----------
    fn : function of tensors, of `autograd_core` or of PyTorch, that returns one number
        Also a function without parameters that reads the tensors given as ``inputs``.
    inputs : tensor, array or number; list, tuple or dictionary of them; or a module
    names : list of str, or None
        What to call the inputs, otherwise as the parameters of ``fn``.
    leaf : str or None
        What is nudged at first: ``"x"``, or an element, ``"w[0]"``; by default the first input.
    eps : float, the nudge at first, one of ``Nudge.nudges``
    direction : ``"vertical"`` or ``"horizontal"``, the way the graph runs at first

    Attributes
    ----------
    leaf, eps : what is nudged, and by how much. Follow the learner.
    way : ``"forward"``, or ``"backward"`` where the graph is read from its output. Follows the learner.
    step : int, how many steps have been taken, 0 … ``steps``. Follows the learner.
    steps : int
    leaves : list of str, what can be nudged: at most 20 elements, of each input the first
    nudges : tuple of float
    trace : Trace

    Raises ValueError for a function that does not depend on its inputs, is random, or has a graph of
    more than 30 nodes; TypeError and ValueError for inputs that cannot be nudged, and whatever the
    function raises.

    >>> nudge = Nudge(lambda x: x * x, 3.0, eps=0.01)
    >>> nudge.describe()
    'Step 0 of 2: nothing is nudged yet, and x·x is 9.'
    >>> nudge.step = 2
    >>> nudge.describe()
    'Step 2 of 2: x·x moves from 9 to 9.0601 (+0.0601). Δoutput/Δx = 0.0601 / 0.01 = 6.01, by the slopes \
3 + 3 = 6: they differ by 0.01.'
    """

    nudges = NUDGES
    leaf = State("")
    eps = State(0.1)
    way = traitlets.Enum(WAYS, FORWARDS).tag(sync=True)
    step = State(0)
    direction = traitlets.Enum(list(DIRECTIONS), "vertical").tag(sync=True)

    def __init__(self, fn: Callable, inputs: Any, *, names: Iterable[str] | None = None,
                 leaf: str | None = None, eps: float = 0.1, direction: str = "vertical") -> None:  # fmt: skip
        if direction not in list(DIRECTIONS):
            raise ValueError(f"direction must be one of {list(DIRECTIONS)}, not {quoted(direction)}")

        def told():
            runs = Runs(function_of(fn, inputs, names))
            slopes = Slopes(runs.trace)
            tellings = [Telling(runs, slopes, slopes.teller.titles, each) for each in runs.leaves]
            return runs, tellings, [[telling.moments(each) for each in NUDGES] for telling in tellings]

        runs, tellings, self.told = undisturbed(told)
        self.trace, self.back = runs.trace, backward_moments(runs.trace)
        self.leaves = [each.name for each in runs.leaves]
        super().__init__(content(runs, tellings, self.told, self.back),
                         leaf=self.leaves[0] if leaf is None else leaf, eps=eps, direction=direction)  # fmt: skip

    @leaf.accepts
    def _leaf_exists(self, leaf):
        if leaf not in self.leaves:
            raise ValueError(f"leaf must be one of {', '.join(self.leaves)}, not {quoted(leaf)}")
        return leaf

    @eps.accepts
    def _nudge_exists(self, eps):
        if isinstance(eps, bool) or eps not in NUDGES:
            raise ValueError(f"eps must be one of {', '.join(map(digits, NUDGES))}, not {quoted(eps)}")
        return float(eps)

    @step.accepts
    def _step_exists(self, step):
        return whole("step", step, 0, max(len(self.trace.nodes), len(self.back)))

    @property
    def moments(self) -> list[Moment]:
        """All moments of the way that is shown."""
        forwards = self.told[self.leaves.index(self.leaf)][NUDGES.index(self.eps)]
        return self.back if self.way == BACKWARDS else forwards

    @property
    def steps(self) -> int:
        """How many steps there are to the end of the way that is shown."""
        return len(self.moments) - 1

    @property
    def moment(self) -> Moment:
        """The present moment; beyond the last one it is the last one."""
        return self.moments[min(self.step, self.steps)]

    def describe(self) -> str:
        """Return the sentence of the present step, as the status line says it."""
        return self.moment.sentence

    def transcript(self) -> str:
        """Return the sentences of all steps, one a line."""
        return "\n".join(moment.sentence for moment in self.moments)

    def text(self) -> str:
        """Return the sentences of all steps that have been taken."""
        return "\n".join(moment.sentence for moment in self.moments[: self.step + 1])

    def svg(self) -> str:
        """Return the graph at the present step, with its sentence, as an SVG document."""
        forward = self.way == FORWARDS
        labels = self.data["leaves"][self.leaves.index(self.leaf)]["labels"]
        words = WORDS_OF_NUDGE if forward else WORDS
        drawing = draw(self.data, self.direction, self.standing(), self.moment, words, labels, forward)
        return picture("Nudge", self.moment.sentence, *drawing)

    def standing(self) -> list[tuple[bool, str, str, str]]:
        """For each node at the present step: (value there, state, what has changed, count)."""
        states = [(NOTHING, "", "")] * len(self.trace.nodes)
        for moment in self.moments[1 : self.step + 1]:
            for change in moment.changes:
                states[change.node] = (change.state, change.text, change.count)
        return [(True, *state) for state in states]


def backward_moments(trace) -> list[Moment]:
    """The backward pass in the stepper's words, with a moment before it."""
    steps, teller = [step for step in trace.steps if step.phase == BACKWARD], Teller(trace)
    opening = (f"Step 0 of {len(steps)}: the same arrows, read from the output to the inputs. backward() begins with "
               f"1 at {teller.titles[trace.outputs[0]]}.")  # fmt: skip
    return [Moment(BACKWARD, None, opening, ""),
            *(teller.moment(step, f"Step {i} of {len(steps)}, backward: ") for i, step in enumerate(steps, 1))]  # fmt: skip


def content(runs: Runs, tellings: list[Telling], told: list, back: list[Moment]) -> dict:
    """What the browser needs: the graph, and for each leaf and nudge what is told."""
    trace = runs.trace
    nodes = [node_content(trace, node, tellings[0].titles) for node in trace.nodes]
    fit(nodes, [*back, *(moment for leaf in told for nudge in leaf for moment in nudge)])
    links = list(tellings[0].arrows)
    sizes = [(node["w"], node["h"]) for node in nodes]
    layouts = {way: asdict(arrange(sizes, links, way, rank_gap=GAPS[way])) for way in DIRECTIONS}
    for layout in layouts.values():
        layout["middles"] = middles(layout["edges"], links)
    return {
        "nodes": nodes,
        "edges": [[*link, int(edge.flows)] for link, edge in zip(links, trace.edges, strict=True)],
        "layouts": layouts,
        "leaves": [{"name": each.leaf.name, "node": each.leaf.node, "labels": each.labels, "ratio": each.ratio}
                   for each in tellings],
        "nudges": [[eps, digits(eps, sign=True)] for eps in NUDGES],
        "told": [[[sent(moment) for moment in nudge] for nudge in leaf] for leaf in told],
        "back": [sent(moment) for moment in back],
        "marks": MARKS,
        "words": {FORWARDS: WORDS_OF_NUDGE, BACKWARDS: WORDS},
        "remark": runs.remark,
    }  # fmt: skip


def sent(moment: Moment) -> dict:
    """A moment with no more of its rules than the arrows at work."""
    arrows = [{"edge": rule.edge} for rule in moment.rules]
    return moment_content(replace(moment, rules=())) | {"rules": arrows}
