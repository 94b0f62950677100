"""Gradient descent told in words: where it stands, the next step written out, how it goes.

`static/descent_narration.js` says the same of the same places, so that the status line in the
browser and `Descent.describe()` agree. Who changes one changes the other. Where the browser has
only samples to read, it leaves out the digits that may be wrong.
"""

import math
from dataclasses import dataclass

from ..numbers_as_text import number

NO_LONGER = 1.0001  # times the move before it: longer than that is longer
FLAT = 1e-4  # of the picture's height, for a slope over all of its width: as good as 0
MANY = 10  # steps after which descent may be called slow
LITTLE = 0.1  # of the way down


@dataclass(frozen=True)
class Scene:
    """What does not change while a learner descends.

    Attributes
    ----------
    names : list of str, of one or two parameters
    output : str, what the value is called
    widths : list of float, the picture's, one for each parameter
    lowest, spread : float, the lowest value in the picture, and how far below the highest it is
    reach : list of (low, high), where samples are, one for each parameter
    shown : list of (low, high), what the picture shows of each parameter, and of a curve's value
    """

    names: list
    output: str
    widths: list
    lowest: float
    spread: float
    reach: list
    shown: list


@dataclass(frozen=True)
class Place:
    """A point of a path, with the value and the slopes there; nan where they are not known.

    ``rate`` is the learning rate of the step that led there; None where a path starts.
    """

    point: list
    value: float
    slopes: list
    rate: float | None = None

    @property
    def known(self) -> bool:
        return not math.isnan(self.value)


def walk(f, start, rates) -> list[Place]:
    """Take a step with each of the learning rates, as far as the function is known."""
    places = [Place(start, *f(start))]
    for rate in rates:
        if not places[-1].known:
            break
        point = next_point(places[-1], rate)
        places.append(Place(point, *f(point), rate))
    return places


def next_point(place: Place, rate: float) -> list[float]:
    """Where one step leads: against each slope, in the floating-point numbers of a plain loop."""
    return [x - rate * slope for x, slope in zip(place.point, place.slopes)]


def told(scene: Scene, places: list[Place], rate: float) -> str:
    """Say where descent stands, what the next step is, and how it goes."""
    kind, sentence = verdict(scene, places, rate)
    sentences = [where(scene, len(places) - 1, places[-1])]
    if kind != "gone":
        sentences.append(outside(scene, places[-1]))
    if places[-1].known:
        sentences.append(f"Next: {', '.join(updates(scene, places[-1], rate))}.")
    return " ".join(filter(None, [*sentences, sentence]))


def where(scene: Scene, step: int, place: Place) -> str:
    """``Step 0: a = 1, error = 1, slope −2.``"""
    at = named(scene.names, place.point)
    if not place.known:
        return f"Step {step}: {at}."
    slopes = " and ".join(map(number, place.slopes))
    word = "slope" if len(place.slopes) == 1 else "slopes"
    return f"Step {step}: {at}, {scene.output} = {number(place.value)}, {word} {slopes}."


def outside(scene: Scene, place: Place) -> str:
    """Say where a point is that the picture does not show; nothing of one that it does."""
    numbers = [*place.point, *([place.value] if len(place.point) == 1 and place.known else [])]
    for name, x, (low, high) in zip([*scene.names, scene.output], numbers, scene.shown):
        if not low <= x <= high:
            return f"That is outside the picture, {name} from {number(low)} to {number(high)}."
    return ""


def updates(scene: Scene, place: Place, rate: float) -> list[str]:
    """The next step with its numbers put in: ``new a = 1 − 0.1·(−2) = 1.2``."""
    return [
        f"new {name} = {number(x)} − {number(rate)}·{bracketed(slope)} = {number(new)}"
        for name, x, slope, new in zip(
            scene.names, place.point, place.slopes, next_point(place, rate)
        )
    ]


def nudged(scene: Scene, f, place: Place, nudge: float) -> list[tuple[str, str, str]]:
    """For each parameter: how it is nudged, what the output does, and the slope as a ratio."""
    rows = []
    for i, name in enumerate(scene.names):
        point = [x + nudge * (i == k) for k, x in enumerate(place.point)]
        value, _ = f(point)
        move = f"{name}: {number(place.point[i])} → {number(point[i])}"
        if not place.known or math.isnan(value):
            away = out_of_reach(scene, place) or out_of_reach(scene, Place(point, value, []))
            there = "too far away to show" if away else "no value there"
            rows.append((move, f"{scene.output}: {there}", ""))
            continue
        width = point[i] - place.point[i]  # as rounding has left it
        if not width:
            rows.append((move, f"{scene.output}: the nudge is lost in rounding", ""))
            continue
        slope = number((value - place.value) / width)
        rows.append((
            move, f"{scene.output}: {number(place.value)} → {number(value)}", f"slope {slope}"
        ))
    return rows


def verdict(scene: Scene, places: list[Place], rate: float) -> tuple[str, str]:
    """The weightiest that can be said of how descent goes, as (kind, sentence); else nothing.

    Judged are the last steps, those that were taken with the present learning rate.
    """
    whole, places = len(places), with_rate(places, rate)
    here, steps = places[-1], len(places) - 1
    moves = [length(difference(b.point, a.point)) for a, b in zip(places, places[1:])]
    last = places[-2] if steps and out_of_reach(scene, here) else here
    higher = last.value > places[0].value
    if steps >= 2 and moves[-1] > NO_LONGER * moves[-2] and higher:
        return "diverges", diverging(scene, places, moves, rate, len(places) == whole)
    if not here.known:
        return "gone", gone(scene, here)
    if all(abs(m) * width <= FLAT * scene.spread for m, width in zip(here.slopes, scene.widths)):
        return "rest", resting(scene, here)
    if steps >= 2 and turns(places):
        if moves[-1] * NO_LONGER < moves[-2]:
            return "zigzag", "Zigzag: each step jumps across a lowest point, but lands nearer to it."
        return "oscillates", (
            "Oscillates: it jumps to and fro and comes no nearer. The learning rate is too large."
        )
    if steps and here.value > places[-2].value:
        change = f"{scene.output} grew from {number(places[-2].value)} to {number(here.value)}"
        return "too far", f"Too far: {change}."
    if steps >= MANY and slow(scene, places):
        change = f"from {number(places[0].value)} to {number(here.value)}"
        return "slow", (
            f"Slow: {steps} steps brought {scene.output} only {change}. "
            "A larger learning rate gets on faster."
        )
    return "", ""


def with_rate(places: list[Place], rate: float) -> list[Place]:
    """The end of a path that was walked with one learning rate."""
    first = len(places) - 1
    while first and places[first].rate == rate:
        first -= 1
    return places[first:]


def resting(scene, place) -> str:
    """Say that descent is at rest, and whether there is a lower place in the picture."""
    sentence = "At rest: the slope is as good as 0, so it stays here."
    if scene.lowest < place.value - 1e-3 * abs(place.value) - 1e-6:
        sentence += f" Elsewhere {scene.output} is as low as {number(scene.lowest)}."
    return sentence


def diverging(scene, places, moves, rate, whole) -> str:
    """Say that descent diverges, with the numbers."""
    first, last = places[0].point[0], places[-1].point[0]
    grew = f"a step grew from {number(moves[0])} to {number(moves[-1])}"
    if len(scene.names) == 1 and abs(last) > abs(first):
        grew = f"|{scene.names[0]}| grew from {number(abs(first))} to {number(abs(last))}"
    steps = f"{'after' if whole else 'in the last'} {len(places) - 1} steps"
    return f"Diverges: {steps} {grew}. The learning rate {number(rate)} is too large."


def out_of_reach(scene, place) -> tuple | None:
    """Name and limits of the first parameter that is outside what was sampled; None if none is."""
    for name, x, (low, high) in zip(scene.names, place.point, scene.reach):
        if not low <= x <= high:
            return name, low, high
    return None


def gone(scene, place) -> str:
    """Say why nothing more is known."""
    if outside := out_of_reach(scene, place):
        name, low, high = outside
        return (
            f"That is outside what was sampled, {name} from {number(low)} to {number(high)}, "
            "so it is not followed further."
        )
    return f"There {scene.output} has no value, so descent ends here."


def slow(scene, places) -> bool:
    """Whether little of the way down is done, though every step leads down."""
    first, last = places[0].value, places[-1].value
    return first > scene.lowest and first - last < LITTLE * (first - scene.lowest)


def turns(places) -> bool:
    """Whether the last move went back against the move before it."""
    last, before = (difference(places[i].point, places[i - 1].point) for i in (-1, -2))
    product = sum(p * q for p, q in zip(last, before))
    return product < -0.5 * length(last) * length(before)


def difference(p, q) -> list[float]:
    return [a - b for a, b in zip(p, q)]


def length(move) -> float:
    return math.sqrt(sum(x * x for x in move))


def named(names, point) -> str:
    """``a = 1, b = 2``."""
    return ", ".join(f"{name} = {number(x)}" for name, x in zip(names, point))


def bracketed(x: float) -> str:
    """A number as a factor: ``2``, ``(−2)``."""
    return f"({number(x)})" if x < 0 else number(x)
