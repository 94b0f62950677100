"""What a nudge does, told node by node: the sentences, numbers and arrows of the widget and its picture."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..functions.nudging import DOUBT
from ..words.narration import COMPLETE, ZERO, Change, Moment, Titles, bracketed
from ..words.numbers_as_text import counted, indexed, number
from .runs import Leaf, Runs, same
from .slopes import Slopes

MOST_PATHS, MOST_FACTORS, LONGEST_SUM = 4, 3, 60
ELSEWHERE = "The nudge also came by a way on which no gradient flows, through .detach() or a plain number."
LIKE_A_NUMBER = 4  # decimals that a number has elsewhere


class Arrow(NamedTuple):
    """An arrow at work."""

    edge: int


@dataclass(frozen=True)
class Reached(Moment):
    """A moment at which the nudge reaches a node; at the output there is a ``result`` of three texts.

    These are Δy/Δx, the products and sums of the slopes, and how far the two differ; ``tried`` is
    what the list of nudges then says of this one.
    """

    result: tuple = ()
    tried: tuple = ()


class Telling:
    """Tells of the nudges of one leaf.

    Attributes
    ----------
    reached : list of int, the nodes that the nudge comes to, in their order
    labels : list of str, what stands at each arrow
    """

    def __init__(self, runs: Runs, slopes: Slopes, titles: Titles, leaf: Leaf):
        self.runs, self.slopes, self.titles, self.leaf = runs, slopes, titles, leaf
        self.trace = runs.trace
        self.number = {node.id: i for i, node in enumerate(self.trace.nodes)}
        self.output = self.number[self.trace.outputs[0]]
        self.arrows = [(self.number[edge.producer], self.number[edge.consumer]) for edge in self.trace.edges]
        self.moving = {leaf.node: unit(runs.values[leaf.node], leaf.index)}
        for edge, (start, end) in enumerate(self.arrows):  # in order of their consumers
            if start in self.moving and self.trace.edges[edge].flows:
                self.moving[end] = self.moving.get(end, False) | self.moved(edge, start, end)
        self.reached = sorted(self.moving)
        self.factors = [self.factor(edge, *ends) for edge, ends in enumerate(self.arrows)]
        self.labels = [self.label(edge, *ends) for edge, ends in enumerate(self.arrows)]

    def moved(self, edge: int, start: int, end: int) -> np.ndarray | bool:
        """Which elements of a node can move by one arrow; all of one number."""
        slopes, shape = self.slopes.edges[edge], self.trace.nodes[end].shape
        if slopes is None or len(slopes) == 1:
            return np.ones(int(np.prod(shape or ())), bool)
        return (slopes[:, self.moving[start]] != 0).any(axis=1)

    def at_work(self, edge: int, start: int, end: int) -> np.ndarray:
        """The slopes of an arrow between what can move: as many as there are such ways; none if not known."""
        slopes = self.slopes.edges[edge]
        if slopes is None or (start not in self.moving and slopes.size > 1):
            return np.zeros(0)
        if slopes.size == 1:
            return slopes.ravel()
        some = slopes[np.ix_(self.moving[end], self.moving[start])]
        return some.ravel() if some.size == 1 else some[some != 0]

    def factor(self, edge: int, start: int, end: int) -> float | None:
        """The one number by which an arrow multiplies whatever moves; None if there is none, or it is not known."""
        found = np.unique(self.at_work(edge, start, end))
        return float(found[0]) if len(found) == 1 else None

    def label(self, edge: int, start: int, end: int) -> str:
        """What stands at an arrow: ``× 3``, or of a tensor the numbers of the elements that move."""
        found, factor = self.at_work(edge, start, end), self.factors[edge]
        if factor is not None:
            return f"× {number(factor)}"
        return f"× [{', '.join(map(number, found))}]" if 0 < found.size <= MOST_FACTORS else ""

    def incoming(self, node: int) -> list[int]:
        """The arrows by which the nudge comes to a node."""
        return [edge for edge, (start, end) in enumerate(self.arrows)
                if end == node and start in self.moving and self.trace.edges[edge].flows]  # fmt: skip

    def single(self, node: int) -> bool:
        """Whether just one element of a node can move."""
        return bool(self.moving[node].sum() == 1)

    # ------------------------------------------------------------------ one nudge

    def moments(self, eps: float) -> list[Reached]:
        """Tell of one nudge: a moment before, and one for each node that it comes to."""
        values = self.runs.nudged(self.leaf, eps)
        if isinstance(values, str):
            return [Reached("nudge", None, values, "")]
        steps, name = len(self.reached), self.titles[self.trace.nodes[self.output].id]
        told = [Reached("nudge", None, f"Step 0 of {steps}: nothing is nudged yet, and {name} is "
                        f"{self.plain(self.output)}.", "")]  # fmt: skip
        for step, node in enumerate(self.reached, 1):
            told.append(self.moment(f"Step {step} of {steps}: ", node, values, eps))
        return told

    def plain(self, node: int) -> str:
        value = self.runs.values[node]
        return number(value.item()) if value is not None and value.size == 1 else "not known"

    def moment(self, opening: str, node: int, values: list, eps: float) -> Reached:
        """What happens at one node."""
        before, after = self.runs.values[node], values[node]
        title, arrows = self.titles[self.trace.nodes[node].id], self.incoming(node)
        state, text, told = change(before, after)
        because = self.because(node, arrows, values) if arrows and node != self.output else ""
        verb = "is nudged" if node == self.leaf.node else "moves"
        sentence = f"{opening}{title} {verb} {told}{because}." if told else f"{opening}{title} does not move."
        result, tried = self.result(values, eps) if node == self.output else ((), ())
        if result:
            sentence += f" {self.ratio} = {result[0]}, by the slopes {result[1]}: {result[2]}."
            sentence += f" {ELSEWHERE}" if self.another_way(values) else ""
        return Reached("nudge", node, sentence, "", tuple(map(Arrow, arrows)),
                       (Change(node, state, text, ""),), result, tried)  # fmt: skip

    def because(self, node: int, arrows: list[int], values: list) -> str:
        """By how much the arrows alone would move a node."""
        starts = [self.arrows[edge][0] for edge in arrows]
        known = all(values[each] is not None for each in (node, *starts))
        if not known or not all(map(self.single, (node, *starts))):
            return ""
        moves = [self.distance(start, values) for start in starts]
        if None in (factors := [self.factors[edge] for edge in arrows]):
            if len(arrows) > 1 or not moves[0]:
                return ""
            ratio = number(self.distance(node, values) / moves[0])
            return f", {ratio} times as far as {self.titles[self.trace.nodes[starts[0]].id]}: measured, its slope is not known here"
        terms = [
            f"{bracketed(digits(move))} · {bracketed(number(factor))}" for move, factor in zip(moves, factors)
        ]
        total = sum(move * factor for move, factor in zip(moves, factors))
        return f"; by its arrows: {' + '.join(terms)} = {digits(total)}"

    def distance(self, node: int, values: list) -> float:
        """How far the one element of a node moves that can."""
        return float((values[node] - self.runs.values[node]).ravel()[self.moving[node]].item())

    def another_way(self, values: list) -> bool:
        """Whether something has moved to which no gradient flows."""
        beside = [i for i in range(len(values)) if i not in self.moving]
        return not same([values[i] for i in beside], [self.runs.values[i] for i in beside])

    # ------------------------------------------------------------------ at the output

    @property
    def ratio(self) -> str:
        """What is compared with the slope, in short."""
        name = self.trace.nodes[self.output]
        return f"Δ{name.name if name.named else 'output'}/Δ{self.leaf.name}"

    def result(self, values: list, eps: float) -> tuple[tuple, tuple]:
        """Δy/Δx, what the slopes say, and how far the two differ; and the same as a row of a list."""
        x = float(self.runs.function.arrays[self.leaf.which][self.leaf.index])
        moved, by = float((values[self.output] - self.runs.values[self.output]).item()), (x + eps) - x
        slope = float(self.slopes.gradients[self.leaf.node][self.leaf.index])
        with np.errstate(all="ignore"):
            measured = float(np.float64(moved) / by)
        size = max(abs(float(each[self.output].item())) for each in (self.runs.values, values))
        noise = DOUBT * self.runs.function.precision * size / abs(by)
        apart = abs(measured - slope)
        close = apart <= noise
        far = digits(float(f"{apart:.1e}"))
        differ = "they agree but for rounding" if close else f"they differ by {far}"
        if not math.isfinite(measured):
            differ, far = f"with this nudge the function gives {number(values[self.output].item())}", "–"
        shown = number(slope if close else measured)
        return ((f"{digits(moved, 6)} / {bracketed(digits(eps))} = {shown}", self.paths(slope), differ),
                (shown, "rounding" if close else far))  # fmt: skip

    def paths(self, slope: float) -> str:
        """The slope as the sum, over all paths, of the products of their arrows, where that is short."""
        products = list(self.products(self.output))[: MOST_PATHS + 1]
        if any(None in each for each in products) or len(products) > MOST_PATHS:
            return f"{number(slope)}"
        total = sum(map(math.prod, products))
        terms = [" · ".join(bracketed(number(factor)) for factor in each) for each in products]
        text = " + ".join(terms)
        fits = math.isclose(total, slope, rel_tol=1e-9, abs_tol=1e-12)
        return (
            f"{text} = {number(slope)}"
            if fits and text != number(slope) and len(text) <= LONGEST_SUM
            else number(slope)
        )

    def products(self, node: int) -> Iterator[list]:
        """For each path from the leaf to a node, the factors of its arrows in their order."""
        if node == self.leaf.node:
            yield []
        for edge in self.incoming(node):
            start = self.arrows[edge][0]
            known = self.single(node) and self.single(start)
            for each in self.products(start):
                yield [*each, self.factors[edge] if known else None]


def unit(value: np.ndarray, index: tuple) -> np.ndarray:
    """Flags for all elements, of which that of one is set."""
    flags = np.zeros(value.shape, bool)
    flags[index] = True
    return flags.ravel()


def change(before: np.ndarray | None, after: np.ndarray | None) -> tuple[str, str, str]:
    """How a node has moved: its state, what its box says, and what a sentence says.

    Of a tensor the element is told that moves farthest.

    >>> change(np.array(3.0), np.array(3.03))
    ('complete', '→ 3.03 (+0.03)', 'from 3 to 3.03 (+0.03)')
    >>> change(np.array([1.0, 2.0]), np.array([1.0, 1.5]))
    ('complete', '[1] → 1.5 (−0.5)', 'at [1] from 2 to 1.5 (−0.5)')
    """
    if before is None or after is None:
        return COMPLETE, "?", "by what is not known"
    with np.errstate(all="ignore"):
        distance = after - before
    moved = ~((after == before) | (np.isnan(after) & np.isnan(before)))
    if not moved.any():
        return ZERO, "+0", ""
    index = np.unravel_index(np.argmax(np.where(moved, np.abs(distance), -1)), before.shape)
    old, new, by = (float(each[index]) for each in (before, after, distance))
    where = f"{indexed('', index)} " if before.size > 1 else ""
    others = int(moved.sum()) - 1
    more, more_in_words = (
        (f", {others} more", f", and {counted(others, 'more element')}") if others else ("", "")
    )
    decimals = decimals_for(by)
    a, b = (rounded(each, decimals) for each in (old, new))
    amount = f" ({digits(by, sign=True)})" if math.isfinite(by) else ""
    return (COMPLETE, f"{where}→ {b}{amount}{more}",
            f"{'at ' if where else ''}{where}from {a} to {b}{amount}{more_in_words}")  # fmt: skip


def decimals_for(x: float, significant: int = 4) -> int:
    """How many decimals a number needs to be shown with so many digits."""
    if x == 0 or not math.isfinite(x):
        return LIKE_A_NUMBER
    return max(significant - 1 - math.floor(math.log10(abs(x))), LIKE_A_NUMBER)


def rounded(x: float, decimals: int) -> str:
    """A number with at most so many decimals; very small and very large ones as everywhere."""
    if not math.isfinite(x) or abs(x) >= 1e7 or 0 < abs(x) < 10.0**-decimals or decimals > 12:
        return number(x)
    text = f"{x:.{decimals}f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace("-", "−")


def digits(x: float, significant: int = 4, sign: bool = False) -> str:
    """A number with so many significant digits, with its sign if that is asked for.

    >>> digits(0.00060001, 6), digits(0.1, sign=True), digits(-2.0)
    ('0.00060001', '+0.1', '−2')
    """
    return ("+" if sign and x > 0 else "") + rounded(x, decimals_for(x, significant))
