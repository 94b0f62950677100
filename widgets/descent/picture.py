"""The still picture of gradient descent: what static/descent_picture.js draws in the browser."""

import html
from itertools import pairwise

import numpy as np

from ..chart import Chart, line, near
from .narration import next_point
from ..graph_picture import MUTED
from .landscape import Curve, Surface
from ..numbers_as_text import number

CURVE, TANGENT, NEXT, PATH = "#0072b2", "#d55e00", "#009e73", "#1b1b1b"
REACH = 0.28  # of the width: the tangent to each side
POINTER = 48  # pixels: how far a short step's direction is drawn
MANY_DOTS = 30  # of a path: more are drawn smaller
HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3"'


def draw(chart: Chart, landscape, contours, f, places, rate, nudge) -> str:
    """SVG markup of the axes and everything in them; ``f`` tells a nudged point's value."""
    if isinstance(landscape, Surface):
        return chart.svg(*contour_marks(chart, contours), *path_marks(chart, places, rate))
    return chart.svg(
        f'<path d="{curve_path(chart, landscape)}" fill="none" stroke="{CURVE}" stroke-width="2.5"/>',
        *slope_marks(chart, landscape, f, places, rate, nudge),
    )


def curve_path(chart: Chart, curve: Curve) -> str:
    """The curve as cubic Béziers, which Hermite's cubics are; broken at jumps and holes."""
    gaps = set(curve.gaps)
    inside = np.flatnonzero((curve.at >= curve.low) & (curve.at <= curve.high))
    d, pen = [], False
    for i, k in pairwise(inside.tolist()):
        x, end = float(curve.at[i]), float(curve.at[k])
        y, last = float(curve.value[i]), float(curve.value[k])
        if np.isnan(y + last) or i in gaps:
            pen = False
            continue
        third = (end - x) / 3
        points = [
            chart.at(x + third, y + third * float(curve.slope[i])),
            chart.at(end - third, last - third * float(curve.slope[k])),
            chart.at(end, last),
        ]
        if not pen:
            d.append("M{:g} {:g}".format(*chart.at(x, y)))
        pen = True
        d.append("C" + " ".join(f"{a:g} {b:g}" for a, b in points))
    return "".join(d)


def slope_marks(chart: Chart, curve: Curve, f, places, rate, nudge) -> list[str]:
    """Tangent, nudge, path and the next step of a curve."""
    here = places[-1]
    marks = [chart.line([(p.point[0], p.value) for p in places if p.known], f'stroke="{PATH}"')]
    marks += [
        chart.dot(p.point[0], p.value, f'fill="#ffffff" stroke="{PATH}"', been_size(places))
        for p in places[:-1] if p.known
    ]  # fmt: skip
    if not here.known:
        return marks + leaving(chart, here)
    (x,), y, (slope,) = here.point, here.value, here.slopes
    reach = REACH * (curve.high - curve.low)
    marks.append(chart.line(
        [(x - reach, y - reach * slope), (x + reach, y + reach * slope)],
        f'stroke="{TANGENT}" stroke-width="2" stroke-dasharray="7 5"',
    ))  # fmt: skip
    nudged, _ = f([x + nudge])
    if not np.isnan(nudged):
        marks.append(chart.line([(x, y), (x + nudge, y), (x + nudge, nudged)], f'stroke="{MUTED}"'))
        marks.append(chart.dot(x + nudge, nudged, f'fill="{MUTED}" stroke="#ffffff"', 4))
    marks.append(chart.dot(x, y, f'fill="{CURVE}" stroke="#ffffff" stroke-width="2"', 7))
    if gone := leaving(chart, here):
        return marks + gone
    start, end = chart.at(x, y)[0], chart.at(next_point(here, rate)[0], y)[0]
    below = chart.plot[1] - 12
    return [*marks, arrow(start, below, end, below)]


def contour_marks(chart: Chart, contours) -> list[str]:
    """The contours, and their values where there is room for them."""
    lines = [
        chart.line(zip(flat[::2], flat[1::2]), 'stroke="#767676"')
        for each in contours for flat in each["lines"]
    ]  # fmt: skip
    texts, taken = [], []
    for each in contours[::-1]:
        longest = max(each["lines"], key=len)
        for k in range(0, len(longest), 2):
            at = chart.at(*longest[k:k + 2])
            if fits(chart, at, taken):
                taken.append(at)
                texts.append(
                    f'<text x="{at[0]:g}" y="{at[1] + 4:g}" font-size="11" fill="{MUTED}" '
                    f'text-anchor="middle" {HALO}>{each["text"]}</text>'
                )
                break
    return lines + texts


def fits(chart: Chart, at, taken) -> bool:
    """Whether a contour's value may stand at a place, in pixels."""
    width, height = chart.plot
    inside = 30 < at[0] < width - 30 and 14 < at[1] < height - 14
    return inside and all(abs(at[0] - x) > 56 or abs(at[1] - y) > 22 for x, y in taken)


def path_marks(chart: Chart, places, rate) -> list[str]:
    """The path over a surface, and the next step."""
    here = places[-1]
    marks = [chart.line([p.point for p in places], f'stroke="{PATH}" stroke-width="1.5"')]
    marks += [chart.dot(*p.point, f'fill="#ffffff" stroke="{PATH}"', been_size(places))
              for p in places[:-1]]  # fmt: skip
    if here.known:
        marks += direction(chart.at(*here.point), chart.at(*next_point(here, rate)))
    marks.append(chart.dot(*here.point, f'fill="{CURVE}" stroke="#ffffff" stroke-width="2"', 7))
    return marks + leaving(chart, here)


def direction(start, end) -> list[str]:
    """The next step, and where it is short a thin line on to where it points."""
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if not 1e-3 < length < POINTER:
        return [arrow(*start, *end)]
    on = [near(a + (b - a) * POINTER / length) for a, b in zip(start, end)]
    look = f'stroke="{NEXT}" stroke-width="2" stroke-dasharray="3 3"'
    return [f'<path d="{line([start, on])}" {look}/>', arrow(*start, *end)]


def been_size(places) -> float:
    """The radius of the dots of a path: of a long one they are small."""
    return 2 if len(places) > MANY_DOTS else 3.5


def arrow(x1, y1, x2, y2, colour=NEXT) -> str:
    """An arrow in pixels; none where it would be too short to see."""
    length = np.hypot(x2 - x1, y2 - y1)
    if length < 2:
        return ""
    size = min(9.0, length)
    u, v = (x2 - x1) / length, (y2 - y1) / length
    bx, by = x2 - size * u, y2 - size * v
    corners = [(x2, y2), (bx - size / 2 * v, by + size / 2 * u), (bx + size / 2 * v, by - size / 2 * u)]
    tip = line((near(x), near(y)) for x, y in corners) + "z"
    return (
        f'<path d="{line([(near(x1), near(y1)), (near(bx), near(by))])}" stroke="{colour}" stroke-width="3"/>'
        f'<path d="{tip}" fill="{colour}"/>'
    )


def leaving(chart: Chart, place) -> list[str]:
    """At the frame, an arrow and the numbers of a point that is outside the picture."""
    width, height = chart.plot
    value = place.value if len(place.point) == 1 else None
    x, y = place.point[0], place.point[1] if value is None else value
    at = chart.at(x, y if y == y else chart.y.high) or (0, 0)
    if 0 <= at[0] <= width and 0 <= at[1] <= height:
        return []
    edge = min(max(at[0], 16), width - 16), min(max(at[1], 16), height - 16)
    to_x = edge[0] + 12 * (int(at[0] > width) - int(at[0] < 0))
    to_y = edge[1] + 12 * (int(at[1] > height) - int(at[1] < 0))
    text = html.escape(", ".join(map(number, place.point)))
    anchor, inwards = ("start", 12) if edge[0] < width / 2 else ("end", -12)
    return [
        arrow(2 * edge[0] - to_x, 2 * edge[1] - to_y, to_x, to_y, PATH),
        f'<text x="{edge[0] + inwards:g}" y="{max(edge[1] - 10, 14):g}" font-size="13" '
        f'text-anchor="{anchor}" {HALO}>{text}</text>',
    ]
