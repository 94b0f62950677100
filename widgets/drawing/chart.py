"""Charts: axes computed once, as plain data; the browser draws the same axes (chart.js).

A widget sends ``Chart(axis(...), axis(...)).data()`` to its view and draws its still picture
with the very same chart, so that the two cannot disagree about a scale or a tick.
"""

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..words.numbers_as_text import alike, number
from .graph_picture import LETTERS, LINE, MUTED

CHARACTER = 7.2  # pixels: monospace at 12 px is 0.6 of that wide
TOP, BOTTOM, RIGHT = 28, 44, 16  # room for the y label, for the x ticks and label, for half a tick
STEPS = (1, 2, 5, 10)  # what a tick may step by, times a power of ten
MOST = 1e300  # the largest number an axis goes to, a logarithmic one from its reciprocal: room for what is computed of it
FAR = 1e5  # pixels: beyond this some browsers draw nonsense
GRID = "#e4e7eb"


@dataclass(frozen=True)
class Axis:
    """One direction of a chart.

    Attributes
    ----------
    low, high : float, the values at its two ends
    log : bool, whether equal lengths are equal ratios
    label : str, what is measured, with its unit
    ticks : tuple of (value, text)
    """

    low: float
    high: float
    log: bool
    label: str
    ticks: tuple[tuple[float, str], ...]

    def fraction(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high end; nan where it has no place."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return -math.inf if value == 0 else math.nan
        low, high = math.log10(self.low), math.log10(self.high)
        return (math.log10(value) - low) / (high - low)


def axis(values: Iterable[float], label: str, *, log=False, most=6, whole=False) -> Axis:
    """Return an axis long enough for all the values that are finite.

    Parameters
    ----------
    values : numbers; their least and greatest become the ends
    label : what is measured, with its unit
    log : equal lengths are equal ratios; values that are not positive have no place then
    most : about the greatest number of ticks
    whole : move the ends outwards to the nearest ticks

    With no value at all the axis goes from 0 to 1 (from 0.1 to 1 if ``log``); around a single
    one it makes room. Ticks are at 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for
    graph labels", Graphics Gems, 1990), on a logarithmic axis at powers of ten.

    >>> axis([0.3, 9.4], "x").ticks
    ((2.0, '2'), (4.0, '4'), (6.0, '6'), (8.0, '8'))
    >>> axis([1e-9, 0.5], "step", log=True, most=4).ticks
    ((1e-09, '1e−9'), (1e-06, '1e−6'), (0.001, '1e−3'))
    """
    least = 1 / MOST if log else -MOST
    low, high = ends(
        [min(max(v, least), MOST) for v in values if math.isfinite(v) and (v > 0 or not log)], log
    )
    at = decades(low, high, most) if log else multiples(low, high, most)
    if whole and log:
        low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
        at = decades(low, high, most)
    elif whole:
        step = at[1] - at[0] if len(at) > 1 else high - low
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        low, high = min(step * first, low), max(step * last, high)
        at = multiples(low, high, most)
    texts = [powers(v) for v in at] if log else alike(*at)
    if len(set(texts)) < len(texts):  # far from 0 and close together
        texts = [f"{v:.12g}".replace("-", "−") for v in at]
    return Axis(float(low), float(high), log, label, tuple(zip(map(float, at), texts)))


def ends(values: Sequence[float], log: bool) -> tuple[float, float]:
    """Return the least and the greatest value, with room around them where they are the same."""
    if not values:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(values), max(values)
    if log:
        return (low, high) if high > low * 1.001 else (low / 10, high * 10)
    close = max(1e-9 * max(abs(low), abs(high)), 1 / MOST)
    room = max(abs(low), 1.0) if high - low <= close else 0.0
    return low - room, high + room


def multiples(low: float, high: float, most: int) -> list[float]:
    """Return the multiples of a round step that lie between two values."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * s for s in STEPS if power * s >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") + 0.0 for i in range(first, last + 1)]


def decades(low: float, high: float, most: int) -> list[float]:
    """Return powers of ten between two values, every one or every so many; else round values."""
    first = math.ceil(math.log10(low) - 1e-9)
    last = math.floor(math.log10(high) + 1e-9)
    if last - first < 1:
        return [v for v in multiples(low, high, most) if v > 0]
    every = math.ceil((last - first + 1) / most)
    return [float(f"1e{k}") for k in range(first, last + 1, every)]


def powers(value: float) -> str:
    """Write a power of ten: as it is near 1, else as 1e−6; anything else as a number."""
    exponent = round(math.log10(value))
    if not math.isclose(value, 10.0**exponent) or 0 <= exponent <= 3:
        return number(value)
    return f"1e{exponent}".replace("-", "−")


@dataclass(frozen=True)
class Chart:
    """Two axes and the room they take: sent to the browser, and drawn as a still picture.

    ``width`` and ``height`` are pixels of the whole still picture; in the browser the width
    follows the room there is. With `with_plot` the plot keeps its proportions there, and is at
    most as large.
    """

    x: Axis
    y: Axis
    width: int = 480
    height: int = 280
    steady: bool = False

    def with_plot(self, width: int, height: int) -> "Chart":
        """Return the chart with a plot of so many pixels, whose proportions are kept."""
        whole = width + self.left + RIGHT, height + TOP + BOTTOM
        return replace(self, width=whole[0], height=whole[1], steady=True)

    @property
    def left(self) -> int:
        """Pixels to the left of the plot: what the longest tick of the y axis takes."""
        longest = max((len(text) for _, text in self.y.ticks), default=0)
        return round(longest * CHARACTER) + 16

    @property
    def plot(self) -> tuple[int, int]:
        """Width and height of the plot itself."""
        return self.width - self.left - RIGHT, self.height - TOP - BOTTOM

    def data(self) -> dict:
        """What ``chartOf`` in chart.js wants."""
        margins = {"left": self.left, "top": TOP, "right": RIGHT, "bottom": BOTTOM}
        steady = {"width": self.width} if self.steady else {}
        return {"x": dict(vars(self.x)), "y": dict(vars(self.y)), "height": self.height, **steady, **margins}

    def at(self, x: float, y: float) -> tuple[float, float] | None:
        """The place of a point within the plot, in pixels; None where it has none."""
        width, height = self.plot
        across, up = self.x.fraction(x), self.y.fraction(y)
        if math.isnan(across) or math.isnan(up):
            return None
        return near(across * width), near((1 - up) * height)

    def line(self, points: Iterable[tuple[float, float]], look: str) -> str:
        """A line through points, broken where one has no place. ``look``: SVG attributes."""
        return f'<path d="{line(self.at(*point) for point in points)}" fill="none" {look}/>'

    def dot(self, x: float, y: float, look: str, radius: float = 5) -> str:
        """A dot at a point, or nothing where the point has no place."""
        place = self.at(x, y)
        return (place and f'<circle cx="{place[0]:g}" cy="{place[1]:g}" r="{radius:g}" {look}/>') or ""

    def words(self, x: float, y: float, text: str, more: str = "") -> str:
        """Words beside a point. ``more``: SVG attributes, such as ``dx`` and ``text-anchor``."""
        across, down = self.at(x, y)
        return f'<text x="{across:g}" y="{down:g}" {more}>{html.escape(text)}</text>'

    def svg(self, *marks: str) -> str:
        """The axes with marks in the plot, as SVG markup of ``width`` by ``height`` pixels."""
        width, height = self.plot
        inside = f'x="{self.left}" y="{TOP}" width="{width}" height="{height}"'
        return f'<g {LETTERS}>{self.axes()}<svg {inside} overflow="hidden">{"".join(marks)}</svg></g>'

    def axes(self) -> str:
        """Grid, ticks and labels."""
        width, height = self.plot
        parts = [f'<g font-size="12" fill="{MUTED}" transform="translate({self.left} {TOP})">']
        for value, text in self.y.ticks:
            y = round((1 - self.y.fraction(value)) * height, 1)
            parts.append(f'<path d="M0 {y:g}H{width}" stroke="{GRID}"/>')
            parts.append(f'<text x="-8" y="{y + 4:g}" text-anchor="end">{text}</text>')
        for value, text in self.x.ticks:
            x = round(self.x.fraction(value) * width, 1)
            parts.append(f'<path d="M{x:g} 0V{height}" stroke="{GRID}"/>')
            parts.append(f'<text x="{x:g}" y="{height + 18}" text-anchor="middle">{text}</text>')
        parts.append(f'<path d="M0 0V{height}H{width}" fill="none" stroke="{LINE}"/>')
        x_label, y_label = html.escape(self.x.label), html.escape(self.y.label)
        parts.append(f'<text x="{width}" y="{height + 38}" text-anchor="end">{x_label}</text>')
        parts.append(f'<text x="{8 - self.left}" y="-12">{y_label}</text></g>')
        return "".join(parts)


def near(pixels: float) -> float:
    """A place rounded to a tenth of a pixel, and not farther out than browsers can draw."""
    return round(min(max(pixels, -FAR), FAR), 1)


def line(places: Iterable[tuple[float, float] | None]) -> str:
    """The ``d`` of a path through places in pixels, broken where one is None.

    >>> line([(0, 1), (2, 3), None, (4, 5)])
    'M0 1L2 3M4 5'
    """
    parts, pen = [], "M"
    for place in places:
        if place is not None:
            parts.append(f"{pen}{place[0]:g} {place[1]:g}")
        pen = "M" if place is None else "L"
    return "".join(parts)
