"""Gradient descent told in words: where it stands, the next step written out, how it goes.

The sentences and the thresholds stand in ``words.json``; narration.js fills in the same ones. A number
that was not computed by the function itself but read between samples is marked ≈.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from ..words.numbers_as_text import number

WORDS = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
LIMITS, SENTENCES, VERDICTS = WORDS["thresholds"], WORDS["sentences"], WORDS["verdicts"]


@dataclass(frozen=True)
class Scene:
    """What does not change while a learner descends.

    Attributes
    ----------
    names : list of str, of one or two parameters
    output : str, what the value is called
    widths : list of float, the picture's, one for each parameter
    lowest, spread : float, the lowest value in the picture, and how far below the highest it is
    reach : list of (low, high), how far away a path is followed, one for each parameter
    shown : list of (low, high), what the picture shows of each parameter, and of a curve's value
    switch : bool, whether there is a switch that leaves ``.grad`` as it is from step to step
    sampled : bool, whether values and slopes are read between samples, and not the function's own
    """

    names: list
    output: str
    widths: list
    lowest: float
    spread: float
    reach: list
    shown: list
    switch: bool = False
    sampled: bool = False

    def too_far(self, point) -> dict | None:
        """Name and limits of the first parameter that is out of reach; None if none is."""
        for name, x, (low, high) in zip(self.names, point, self.reach):
            if not low <= x <= high:
                return {"name": name, "low": number(low), "high": number(high)}
        return None


@dataclass(frozen=True)
class Place:
    """A point of a path, with the value and the slopes there; nan where they are not known.

    ``rate`` is the learning rate of the step that led there; None where a path starts. ``held`` is what
    ``.grad`` holds after the pass there, if it is never reset: all slopes up to here.
    """

    point: list
    value: float
    slopes: list
    rate: float | None = None
    held: list | None = None

    @property
    def gradient(self) -> list:
        """What the next step goes against."""
        return self.slopes if self.held is None else self.held

    @property
    def known(self) -> bool:
        return not math.isnan(self.value)


def walk(f, start, rates, reset=True) -> list[Place]:
    """Take a step with each of the learning rates, as long as there is a value.

    ``f`` tells of a point the value and the slopes. ``reset``: whether ``.grad`` is empty before each pass.

    >>> [place.point for place in walk(lambda p: (p[0], [1.0]), [0.0], [1, 1, 1], reset=False)]
    [[0.0], [-1.0], [-3.0], [-6.0]]
    """
    value, slopes = f(start)
    places = [Place(start, value, slopes, held=None if reset else slopes)]
    for rate in rates:
        here = places[-1]
        if not here.known:
            break
        point = next_point(here, rate)
        value, slopes = f(point)
        held = None if reset else [sum(pair) for pair in zip(here.gradient, slopes)]
        places.append(Place(point, value, slopes, rate, held))
    return places


def next_point(place: Place, rate: float) -> list[float]:
    """Where one step leads: against what ``.grad`` holds, in the floating-point numbers of a plain loop."""
    return [x - rate * slope for x, slope in zip(place.point, place.gradient)]


# ---------------------------------------------------------------------------- numbers, marked


def near(x: float, scale: float) -> float:
    """A number of which only thousandths of what the picture shows are told.

    >>> near(1.23456, 4.0), near(-1e-17, 4.0)
    (1.235, 0.0)
    """
    if not 0 < scale < math.inf or not math.isfinite(x / scale):
        return x
    power = 3 - math.floor(math.log10(scale))
    return round(x, power) + 0.0


def marked(x, exact, scale, equal="") -> str:
    """A number, after ≈ if it is not exact, and else after what is to stand there."""
    return " ".join(filter(None, [equal, number(x)])) if exact else f"≈ {number(near(x, scale))}"


def texts(scene: Scene, place: Place, equal="") -> list[str]:
    """Point, value, slopes and, where it may be another, ``.grad`` as text; ``equal``: what stands before an exact number."""
    exact, slopes = not scene.sampled, [scene.spread / width for width in scene.widths]
    return [
        *(
            marked(x, exact or place.rate is None, width, equal)
            for x, width in zip(place.point, scene.widths)
        ),
        marked(place.value, exact, scene.spread, equal),
        *(marked(x, exact, scale) for x, scale in zip(place.slopes, slopes)),
        *(marked(x, exact, scale) for x, scale in zip(place.gradient, slopes) if scene.switch),
    ]


# ---------------------------------------------------------------------------- what is told


def told(scene: Scene, places: list[Place], rate: float) -> str:
    """Say where descent stands, what the next step is, and how it goes."""
    kind, sentence = verdict(scene, places, rate)
    sentences = [where(scene, len(places) - 1, places[-1])]
    if places[-1].held is not None and len(places) > 1 and places[-1].known:
        held = " and ".join(texts(scene, places[-1])[-len(scene.names) :])
        sentences.append(SENTENCES["held"].format(held=held, count=len(places)))
    if kind != "too far away":
        sentences.append(outside(scene, places[-1]))
    if places[-1].known and kind != "diverges":  # the card beside the picture has it still
        steps = ", ".join(updates(scene, places[-1], rate))
        sentences.append(SENTENCES["next"].format(updates=steps))
    return " ".join(filter(None, [*sentences, sentence]))


def where(scene: Scene, step: int, place: Place) -> str:
    """``Step 0: a = 1, error = 1, slope −2.``"""
    count = len(scene.names)
    numbers = texts(scene, place, "=")
    at = ", ".join(f"{name} {x}" for name, x in zip(scene.names, numbers))
    slopes = ("slope " if count == 1 else "slopes ") + " and ".join(numbers[count + 1 : 2 * count + 1])
    sentence = SENTENCES["here" if place.known else "nowhere"]
    return sentence.format(step=step, at=at, output=scene.output, value=numbers[count], slopes=slopes)


def outside(scene: Scene, place: Place) -> str:
    """Say where a point is that the picture does not show; nothing of one that it does."""
    numbers = [*place.point, *([place.value] if len(place.point) == 1 and place.known else [])]
    for name, x, (low, high) in zip([*scene.names, scene.output], numbers, scene.shown):
        if not low <= x <= high:
            return SENTENCES["outside"].format(name=name, low=number(low), high=number(high))
    return ""


def updates(scene: Scene, place: Place, rate: float) -> list[str]:
    """The next step with its numbers put in: ``new a = 1 − 0.1·(−2) = 1.2``."""
    sign = "≈" if scene.sampled else "="
    count, numbers = len(scene.names), [text.removeprefix("≈ ") for text in texts(scene, place)]
    return [
        SENTENCES["update"].format(
            name=name, sign=sign, x=numbers[i], rate=number(rate),
            slope=bracketed(numbers[i - count]),
            new=marked(new, sign == "=", scene.widths[i]).removeprefix("≈ "),
        )
        for i, (name, new) in enumerate(zip(scene.names, next_point(place, rate)))
    ]  # fmt: skip


def bracketed(text: str) -> str:
    """A number as a factor: ``2``, ``(−2)``."""
    return f"({text})" if text.startswith("−") else text


def nudged(scene: Scene, f, place: Place, nudge: float) -> list[tuple[str, str, str]]:
    """For each parameter: how it is nudged, what the output does, and the slope as a ratio."""
    rows, count = [], len(scene.names)
    for i, name in enumerate(scene.names):
        point = [x + nudge * (i == k) for k, x in enumerate(place.point)]
        there = Place(point, *f(point), place.rate)
        before, after = texts(scene, place), texts(scene, there)
        move = SENTENCES["nudged"].format(name=name, x=before[i], new=after[i])
        width = point[i] - place.point[i]  # as rounding has left it
        wrong = unknown(scene, place) or unknown(scene, there) or ("" if width else "lost")
        if wrong:
            rows.append((move, SENTENCES[wrong].format(output=scene.output), ""))
            continue
        change = SENTENCES["changed"].format(output=scene.output, value=before[count], new=after[count])
        scale = scene.spread / scene.widths[i]
        slope = marked((there.value - place.value) / width, not scene.sampled, scale)
        rows.append((move, change, SENTENCES["ratio"].format(slope=slope)))
    return rows


def unknown(scene: Scene, place: Place) -> str:
    """Which sentence says why there is no value; none where there is one."""
    if place.known:
        return ""
    return "too far away" if scene.too_far(place.point) else "unknown" if scene.sampled else "no value"


# ---------------------------------------------------------------------------- how it goes


def verdict(scene: Scene, path: list[Place], rate: float) -> tuple[str, str]:
    """The weightiest that can be said of how descent goes, as (kind, sentence); else nothing.

    Judged are the last steps, those that were taken with the present learning rate.
    """
    places = with_rate(path, rate)
    kind = kind_of_descent(scene, places)
    if not kind:
        return "", ""
    here, count, steps = places[-1], len(scene.names), len(places) - 1
    value, first, before = (
        texts(scene, each)[count] for each in (here, places[0], places[max(steps - 1, 0)])
    )
    sentence = VERDICTS[kind].format(
        output=scene.output, steps=steps, rate=number(rate), value=value, first=first, before=before,
        since="after" if len(places) == len(path) else "in the last",
        grew=grown(scene, places) if kind == "diverges" else "",
        **(scene.too_far(here.point) or {"name": "", "low": "", "high": ""}),
    )  # fmt: skip
    lower = scene.lowest < here.value - LIMITS["lower"] * scene.spread
    if kind == "rest" and lower:
        said = SENTENCES["lower"].format(output=scene.output, lowest=number(scene.lowest))
        return kind, f"{sentence} {said}"
    return kind, sentence


def kind_of_descent(scene: Scene, places: list[Place]) -> str:
    """The name of how descent goes, "" where nothing is to be said of it."""
    here, steps, moves, why = places[-1], len(places) - 1, lengths(places), unknown(scene, places[-1])
    if here.held is not None and not why:  # rate and slopes alone do not tell how it goes on
        return "uphill" if sum(a * b for a, b in zip(here.held, here.slopes)) < 0 else ""
    last = here if here.known else places[max(steps - 1, 0)]
    if (steps >= 2 and why != "no value" and here.held is None and moves[-1] > LIMITS["longer"] * moves[-2]
            and last.value > places[0].value):  # fmt: skip
        return "diverges"
    if why:
        return why
    if all(abs(m) * width <= LIMITS["flat"] * scene.spread for m, width in zip(here.slopes, scene.widths)):
        return "rest"
    if steps >= 2 and turns(places):
        return "zigzag" if moves[-1] * LIMITS["longer"] < moves[-2] else "oscillates"
    if steps and here.value > places[-2].value:
        return "too far"
    way = places[0].value - scene.lowest
    slow = way > 0 and places[0].value - here.value < LIMITS["little"] * way
    return "slow" if steps >= LIMITS["many"] and slow else ""


def with_rate(places: list[Place], rate: float) -> list[Place]:
    """The end of a path that was walked with one learning rate."""
    first = len(places) - 1
    while first and places[first].rate == rate:
        first -= 1
    return places[first:]


def lengths(places) -> list[float]:
    """How long each step was."""
    return [math.dist(b.point, a.point) for a, b in zip(places, places[1:])]


def grown(scene, places) -> str:
    """What grew while descent diverged, with the numbers."""
    kind, (first, last) = "point grew", (abs(places[i].point[0]) for i in (0, -1))
    exact = not scene.sampled or places[0].rate is None
    if len(scene.names) == 2 or not last > first:
        kind, exact, (first, *_, last) = "step grew", not scene.sampled, lengths(places)
    told = [marked(first, exact, scene.widths[0]), marked(last, not scene.sampled, scene.widths[0])]
    return SENTENCES[kind].format(name=scene.names[0], first=told[0], last=told[1])


def turns(places) -> bool:
    """Whether the last move went back against the move before it."""
    last, before = ([a - b for a, b in zip(places[i].point, places[i - 1].point)] for i in (-1, -2))
    product = sum(p * q for p, q in zip(last, before))
    return product < LIMITS["turned"] * math.hypot(*last) * math.hypot(*before)
