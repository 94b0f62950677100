"""Levels: a trace as pictures that one can read, one inside the other.

A level shows what its scope consists of: nodes, and the scopes inside it as closed boxes; and around them
what it gets from outside and what uses its results. Where more is on one level than can be read, it is
divided into even parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .long_work import ticking
from .trace import Scope, Trace
from .words.numbers_as_text import counted

MOST, AROUND = 50, 10  # boxes on a level, and those of them that are around it
MORE = -1  # stands for all that does not fit around a level


@dataclass
class Part:
    """A scope with what it consists of: the numbers of nodes, and parts, in the order of the program.

    ``path`` is that of a module from the outermost one, ``number`` that of the level which is its inside. One that is
    nothing but rounds of a loop knows it by what it is called and its line, and the numbers of the first and the last.
    """

    name: str
    type: str
    kind: str
    members: list[int | Part] = field(default_factory=list)
    parameters: int = 0
    path: str = ""
    number: int = 0
    loop: tuple[str, str] | None = None
    rounds: tuple[int, int] = (0, 0)

    @property
    def first(self) -> int:
        """The number of its first node."""
        return self.members[0] if isinstance(self.members[0], int) else self.members[0].first

    def nodes(self) -> Iterator[int]:
        """The numbers of all nodes in it."""
        for each in self.members:
            yield from [each] if isinstance(each, int) else each.nodes()


@dataclass
class Level:
    """What is seen at once.

    Attributes
    ----------
    part : Part that it is the inside of
    way : tuple of int, the levels that lead to it, from the outermost one to itself
    boxes : list of int, in the order of the program: the number of a node; or that of a level that is
        closed here, plus the number of all nodes; or ``MORE``
    around : set of int, those of them that are outside
    edges : dict from pairs of boxes, and of edges between two nodes their index, to indices in `Trace.edges`
    """

    part: Part
    way: tuple[int, ...]
    boxes: list[int] = field(default_factory=list)
    around: set[int] = field(default_factory=set)
    edges: dict = field(default_factory=dict)
    outputs: dict[int, None] = field(default_factory=dict)


class Levels(list[Level]):
    """The levels of a trace, the outer ones first; of one without scopes, and not too large, just one.

    >>> from widgets.recorders.example import example
    >>> [level.boxes for level in Levels(example())]
    [[0, 1, 2, 3, 4, 5, 6]]
    """

    def __init__(self, trace: Trace):
        super().__init__()
        self.trace, self.count = trace, len(trace.nodes)
        self.ways: list[tuple[int, ...]] = [()] * self.count  # of each node, the levels that it is in
        self._add(outermost(trace), ())
        for level in self:
            level.boxes = sorted(map(self._number, level.part.members), key=self.first)
        for number in (int(id[1:]) for id in trace.outputs):
            for i in self.ways[number]:
                self[i].outputs[number] = None
        edges = ticking(trace.edges, "dividing it into levels", len(trace.edges))
        for index, edge in enumerate(edges):
            self._connect(index, int(edge.producer[1:]), int(edge.consumer[1:]))
        for level in self:
            self._close(level)

    def _add(self, part, way):
        way = (*way, len(self))
        part.number = len(self)
        self.append(Level(part, way))
        for each in part.members:
            if isinstance(each, int):
                self.ways[each] = way
            else:
                self._add(each, way)

    def _number(self, member):
        return member if isinstance(member, int) else self.count + member.number

    def first(self, box) -> int:
        """Where in the program a box is: the number of its first node."""
        return box if box < self.count else self[box - self.count].part.first

    def seen(self, node: int, level: Level) -> int:
        """The box as which a node is seen from a level."""
        shared = 0
        for inner, outer in zip(way := self.ways[node], level.way, strict=False):
            if inner != outer:
                break
            shared += 1
        return self.count + way[shared] if shared < len(way) else node

    def _connect(self, index, producer, consumer):
        within, users = self.ways[producer], self.ways[consumer]
        for number in {*within} - {*users}:
            self[number].outputs[producer] = None
        for number in {*within, *users}:
            level = self[number]
            ends = self.seen(producer, level), self.seen(consumer, level)
            if ends[0] == ends[1]:
                continue
            alone = max(ends) < self.count
            level.edges.setdefault((*ends, index if alone else None), []).append(index)

    def _close(self, level):
        """Put around a level what is outside, and of too much one box for the rest."""
        own = set(level.boxes)
        outside = sorted({end for ends in level.edges for end in ends[:2]} - own, key=self.first)
        kept = outside if len(outside) <= AROUND else outside[: AROUND - 1]
        if kept != outside:
            edges, level.edges = level.edges, {}
            known = own.union(kept)
            for (start, end, alone), found in edges.items():
                start, end = (each if each in known else MORE for each in (start, end))
                alone = None if MORE in (start, end) else alone
                level.edges.setdefault((start, end, alone), []).extend(found)
            kept = [*kept, MORE]
        level.around = set(kept)
        level.boxes = sorted([*level.boxes, *kept], key=lambda box: -1 if box == MORE else self.first(box))


def outermost(trace: Trace, divided: bool = True) -> Part:
    """The whole of a trace as the part that all others are in; ``divided`` so that none has too many members."""
    root = Part("model" if any(scope.kind == "module" for scope in trace.scopes) else "all", "", "module")
    parts, inside = [], set()
    siblings, calls = Counter(map(same, trace.scopes)), Counter()
    for scope in trace.scopes:
        outer = parts[scope.outer] if scope.outer >= 0 else root
        within = trace.scopes[scope.outer].name if scope.outer >= 0 else ""
        name = scope.name.removeprefix(f"{within}.") if scope.kind == "module" and within else scope.name
        calls[same(scope)] += 1  # in one call of the module around it, a path is one module
        of_round = scope.kind == "round"
        one_of_several = scope.kind == "module" and siblings[same(scope)] > 1
        several = scope.number if of_round else calls[same(scope)] if one_of_several else 0
        again = f" {'×' if name else ''}{several}" if several else ""
        parts.append(Part(f"{name or scope.type}{again}", scope.type if name else "", scope.kind))
        parts[-1].parameters = scope.parameters
        parts[-1].path = scope.name if scope.kind == "module" else ""
        parts[-1].loop, parts[-1].rounds = (
            (scope.name, scope.type) if of_round else None,
            (scope.number, scope.number),
        )
        parts[-1].members = [int(id[1:]) for id in scope.nodes]
        inside.update(parts[-1].members)
        outer.members.append(parts[-1])
    root.members += sorted({*range(len(trace.nodes))} - inside)
    tidy(root)
    open_largest(root, len(trace.nodes))
    open_few(root)
    if not divided:
        return root
    users: dict[int, set[int]] = {}
    for edge in trace.edges:
        users.setdefault(int(edge.producer[1:]), set()).add(int(edge.consumer[1:]))
    operations = {i: node.op != "output" for i, node in enumerate(trace.nodes) if node.op}
    divide(root, users, operations, MOST)
    return root


def same(scope: Scope) -> tuple[int, str, str]:
    """What calls of one module have in common; of modules that are in none, what cannot be told apart."""
    return scope.outer, scope.name, scope.type


def open_largest(root: Part, count: int) -> None:
    """Let the module that most of a trace belongs to be no box of its own: it is what one wants to see."""
    for each in (part for part in root.members if isinstance(part, Part) and part.kind == "module"):
        if 2 * len([*each.nodes()]) > count and len(root.members) + len(each.members) <= MOST - AROUND:
            root.members.remove(each)
            root.members += each.members
            in_order(root)
            return


def open_few(part: Part) -> None:
    """Let rounds be no boxes of their own where all that is in them, of all loops on a level, fits there."""
    for each in (each for each in part.members if isinstance(each, Part)):
        open_few(each)
    opened = [inner for each in part.members
              for inner in (each.members if isinstance(each, Part) and each.kind == "round" else [each])]  # fmt: skip
    if len(opened) <= MOST - AROUND:
        part.members = opened


def tidy(part: Part) -> None:
    """Bring members into order; a part that is nothing but one other thing is that thing."""
    for number, each in enumerate(part.members):
        if not isinstance(each, Part):
            continue
        tidy(each)
        if len(each.members) == 1:
            only = each.members[0]
            part.members[number] = only
            if isinstance(only, Part) and each.kind == "module":
                part.members[number] = replace(each, members=only.members)
    in_order(part)


def in_order(part):
    part.members.sort(key=lambda each: each if isinstance(each, int) else each.first)


def divide(
    part: Part, users: dict[int, set[int]], operations: dict[int, bool], most: int = MOST - AROUND
) -> None:
    """Divide what has too many members into even parts, as often as it takes.

    ``operations`` has the numbers of these, and of their results where one has several: those are not counted.
    """
    for each in part.members:
        if isinstance(each, Part):
            divide(each, users, operations)
    if len(part.members) > most:
        gather_rounds(part, users, operations)
    members, shared = part.members, []
    while len(members) + len(shared) > most:
        size = -(-len(members) // -(-len(members) // (most - AROUND)))
        pieces = [members[start : start + size] for start in range(0, len(members), size)]
        if not shared:
            shared = used_by_several(pieces, users, operations)[:AROUND]
            pieces = [[each for each in piece if each not in shared] for piece in pieces]
        members = [Part("", "", "part", piece) for piece in pieces if piece]
        for number, piece in enumerate(members, 1):
            several = sum(operations.get(node, False) for node in piece.nodes())
            piece.name = f"part {number} of {len(members)}"
            if all(loop_of(each) and loop_of(each) == loop_of(piece.members[0]) for each in piece.members):
                together(piece)
            piece.type = counted(several, "operation")
    part.members = [*shared, *members]
    in_order(part)


def gather_rounds(part, users, operations) -> None:
    """Make the rounds of each loop one part, if no operation lies between them and there is more on the level."""
    runs, others, before = [], [], None
    for each in part.members:
        now = loop_of(each)
        if now is None:
            others.append(each)
        elif now == before:
            runs[-1].members.append(each)
        else:
            runs.append(Part("", now[1], "round", [each]))
        before = now if now or isinstance(each, Part) or each in operations else before
    if len(runs) > 1 or any(isinstance(each, int) and each in operations for each in others):
        for each in runs:
            together(each)
            divide(each, users, operations)
        part.members = [*others, *(each if len(each.members) > 1 else each.members[0] for each in runs)]
        in_order(part)


def loop_of(member) -> tuple[str, str] | None:
    """The loop that a member of a level is rounds of; None for what is none."""
    return None if isinstance(member, int) else member.loop


def together(part) -> None:
    """Call a part what its rounds are: ``for t ×1–40``."""
    first, last = part.members[0], part.members[-1]
    part.loop, part.rounds = first.loop, (first.rounds[0], last.rounds[1])
    part.name = f"{part.loop[0]} ×{part.rounds[0]}–{part.rounds[1]}"


def used_by_several(pieces, users, operations) -> list[int]:
    """Leaves and constants that several pieces use: they belong to none of them."""
    home = {}
    for number, piece in enumerate(pieces):
        for node in Part("", "", "part", piece).nodes():
            home[node] = number
    return [each for piece in pieces for each in piece
            if isinstance(each, int) and each not in operations
            and len({home.get(user) for user in users.get(each, ())}) > 1]  # fmt: skip


@dataclass(frozen=True)
class Stop:
    """Where stepping over what a level shows comes to rest.

    Attributes
    ----------
    first, step : int, the steps of the trace (from 1) that are done when it is reached
    box : int, what was at work; of a closed scope all that is done in it at a stretch is one stop
    """

    first: int
    step: int
    box: int


def stops(levels: Levels) -> list[list[Stop]]:
    """For each level, where stepping through it comes to rest, in time."""
    found: list[list[Stop]] = [[] for _ in levels]
    trace, boxes = levels.trace, [set(level.boxes) for level in levels]
    phase = ""
    steps = ticking(trace.steps, "finding where stepping rests", len(trace.steps))
    for number, step in enumerate(steps, 1):
        node = int(step.node[1:])
        reached = (int(trace.edges[each.edge].producer[1:]) for each in step.contributions)
        for i in dict.fromkeys(i for each in (node, *reached) for i in levels.ways[each]):
            seen, here = levels.seen(node, levels[i]), found[i]
            box = seen if seen in boxes[i] else MORE
            last = here[-1] if here else None
            if (
                last
                and (last.step, last.box) == (number - 1, box)
                and box >= levels.count
                and step.phase == phase
            ):
                here[-1] = Stop(last.first, number, box)
            else:
                here.append(Stop(number, number, box))
        phase = step.phase
    return found
