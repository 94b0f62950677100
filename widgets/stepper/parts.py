"""A stepper of a very large trace: what is sent at first, and each level when it is opened.

At first there are names of all nodes, which can be searched, and which node each step is about; a level comes with
its boxes, with what is told where stepping through it comes to rest, and with how its boxes stand there.
"""

from bisect import bisect_left
from collections.abc import Sequence

from ..drawing.graph_picture import MARKS, WORDS
from ..levels import Levels, stops
from ..trace import FORWARD, OMITTED, Trace
from ..words.narration import Moment, Teller, Titles, opening
from .content import (
    UNIT,
    Layouts,
    extremes,
    fitted_to,
    inside_names,
    level_content,
    listings_of,
    moment_content,
    node_content,
    scope_content,
    sized,
    stop_content,
    told_at,
    unwatched,
)


class Moments(Sequence):
    """All moments of a trace, each told when it is asked for."""

    def __init__(self, trace: Trace, titles: Titles):
        self.trace, self.teller, self.told = trace, Teller(trace, titles), {}

    def __len__(self):
        return len(self.trace.steps) + 1

    def __getitem__(self, number):
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        if number < 0 or number >= len(self):
            raise IndexError(number)
        if number not in self.told:
            self.told[number] = self._tell(number)
        return self.told[number]

    def _tell(self, number) -> Moment:
        if not number:
            return opening(self.trace)
        step = self.trace.steps[number - 1]
        return self.teller.moment(step, f"Step {number} of {len(self) - 1}, {step.phase}: ")


class Stops(Sequence):
    """For each level what `stops_of` returns, told when it is asked for."""

    def __init__(self, levels: Levels, titles: Titles):
        self.levels, self.titles, self.all, self.told = levels, titles, stops(levels), {}

    def __len__(self):
        return len(self.levels)

    def __getitem__(self, number) -> dict:
        if number not in self.told:
            self.told[number] = told_at(self.levels, self.levels[number], self.all[number], self.titles)
        return self.told[number]


def outline(trace: Trace, levels: Levels) -> dict:
    """What is sent at first."""
    nodes = [
        [node.kind, node.name, "" if node.name.startswith(f"{node.op} #") else node.op]
        for node in trace.nodes
    ]
    for number, found in extremes(trace, bins=False):
        nodes[number] += [found.get("norm"), *([found["odd"]] if "odd" in found else [])]
    homes = [0] * (len(trace.nodes) + len(levels))
    for level in levels:
        for box in level.boxes:
            if box not in level.around:
                homes[box] = level.way[-1]
    return {
        "brief": nodes,
        "forward": sum(step.phase == FORWARD for step in trace.steps),
        "steps": [int(step.node[1:]) for step in trace.steps],
        "levels": [[level.part.name, level.way[-2] if len(level.way) > 1 else -1] for level in levels],
        "homes": homes,
        "listings": listings_of(trace),
        "marks": MARKS,
        "words": WORDS,
        "omitted": trace.omitted,
        "hint": unwatched(trace),
    }  # fmt: skip


class Parts:
    """The levels of a trace as they are sent, each made when it is asked for."""

    def __init__(self, trace, moments, levels, stops, titles):
        self.trace, self.moments, self.levels, self.stops, self.titles = trace, moments, levels, stops, titles
        self.laid, self.made = Layouts(), {}
        self.total = len(trace.nodes) + len(levels) + 1
        self.extremes = dict(extremes(trace, bins=False))
        self.changed: list[list[int]] = [[] for _ in trace.nodes]  # the steps at which a gradient changes
        for number, step in enumerate(trace.steps, 1):
            if step.phase != FORWARD:
                for node in {step.node, *(trace.edges[each.edge].producer for each in step.contributions)}:
                    self.changed[int(node[1:])].append(number)

    def __getitem__(self, number: int) -> dict:
        if number not in self.made:
            self.made[number] = self._part(number)
        return self.made[number]

    def _part(self, number):
        level, count, at = self.levels[number], len(self.trace.nodes), self.stops[number]
        closed = [self.levels[box - count] for box in level.boxes if box >= count]
        seen = {
            *(box for box in level.boxes if 0 <= box < count),
            *(out for each in closed for out in each.outputs),
        }
        told = {step: self.moments[step] for step in {0, *at, *self._changes(seen, [*at])}}
        names = {inner: name for each in (level, *closed) for inner, name in inside_names(self.trace, each)}
        nodes = {i: node_content(self.trace, self.trace.nodes[i], self.titles) | self.extremes.get(i, {})
                 for i in sorted(seen)}  # fmt: skip
        for i in nodes.keys() & names.keys():
            nodes[i] |= {"name": names[i], "title": nodes[i]["name"]}
        fitted_to(nodes, told.values())
        for each in closed:
            nodes[count + each.way[-1]] = scope_content(self.levels, each, nodes)
        more = sized({"id": "more", "kind": OMITTED, "name": "more outside", "op": "", "value": ""}, 0)
        nodes[self.total - 1] = more
        for node in nodes.values():
            node["w"] += -node["w"] % UNIT
        drawn = level_content(self.levels, level, nodes, self.laid, self.total)
        return {
            "nodes": {str(i): node for i, node in nodes.items()},
            "level": drawn | {"layout": self.laid.found[drawn["layout"]]},
            "stops": stop_content(at),
            "moments": {str(step): moment_content(told[step]) for step in sorted(told)},
        }

    def _changes(self, nodes, at):
        """The steps at which the latest change of a node before each stop was made."""
        for node in nodes:
            all_ = self.changed[node]
            yield from {all_[place - 1] for stop in at if (place := bisect_left(all_, stop + 1))}
