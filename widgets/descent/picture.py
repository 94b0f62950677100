"""The still picture of gradient descent: what picture.js draws in the browser."""

import html

import numpy as np

from ..drawing.chart import Chart, line, near
from ..drawing.graph_picture import ACCENT, COLOURS, COMPLETE, INK, LINE, MUTED, PARTIAL
from .narration import WORDS, next_point, texts

CURVE, TANGENT, NEXT, PATH = ACCENT, COLOURS[PARTIAL], COLOURS[COMPLETE], INK
LOOKS = WORDS["looks"]
HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3"'


def draw(chart: Chart, scene, ground, f, places, rate, nudge) -> str:
    """SVG markup of the axes and everything in them.

    Parameters
    ----------
    ground : the samples of a curve, or the contours of a map
    f : function that tells a nudged point's value
    """
    here, size = places[-1], LOOKS["small dot" if len(places) > LOOKS["many dots"] else "dot"]
    if len(here.point) == 2:
        under, at = contour_marks(chart, ground), [place.point for place in places]
        over = step_marks(chart, here, rate)
    else:
        under = [chart.line(zip(ground.at[0], ground.value), f'stroke="{CURVE}" stroke-width="2.5"')]
        at = [[*place.point, place.value] for place in places if place.known]
        over = slope_marks(chart, scene, here, f, rate, nudge) if here.known else []
    path = chart.line(at, f'stroke="{PATH}" stroke-width="1.5"')
    dots = [chart.dot(*each, f'fill="#ffffff" stroke="{PATH}"', size) for each in at]
    return chart.svg(*under, path, *dots, *over, *leaving(chart, scene, here))


def slope_marks(chart: Chart, scene, here, f, rate, nudge) -> list[str]:
    """The tangent, the nudge, the point and the next step of a curve."""
    (x,), y, (slope,) = here.point, here.value, here.slopes
    reach = LOOKS["tangent"] * (chart.x.high - chart.x.low)
    ends = [(x - reach, y - reach * slope), (x + reach, y + reach * slope)]
    marks = [chart.line(ends, f'stroke="{TANGENT}" stroke-width="2" stroke-dasharray="7 5"')]
    nudged = f([x + nudge])[0]
    if not np.isnan(nudged):
        marks.append(chart.line([(x, y), (x + nudge, y), (x + nudge, nudged)], f'stroke="{MUTED}"'))
        marks.append(chart.dot(x + nudge, nudged, f'fill="{MUTED}" stroke="#ffffff"', 4))
    marks.append(point(chart, x, y))
    if not leaving(chart, scene, here):
        below = chart.plot[1] - 12
        marks.append(arrow(chart.at(x, y)[0], below, chart.at(*next_point(here, rate), y)[0], below))
    return marks


def step_marks(chart: Chart, here, rate) -> list[str]:
    """The next step over a map, where it is short with its direction, and the point."""
    if not here.known:
        return [point(chart, *here.point)]
    start, end = chart.at(*here.point), chart.at(*next_point(here, rate))
    marks, length = [arrow(*start, *end)], float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if 1e-3 < length < LOOKS["pointer"]:
        on = [near(a + (b - a) * LOOKS["pointer"] / length) for a, b in zip(start, end)]
        look = f'stroke="{NEXT}" stroke-width="2" stroke-dasharray="3 3"'
        marks.insert(0, f'<path d="{line([start, on])}" {look}/>')
    return [*marks, point(chart, *here.point)]


def point(chart: Chart, x, y) -> str:
    """Where descent now is."""
    return chart.dot(x, y, f'fill="{CURVE}" stroke="#ffffff" stroke-width="2"', 7)


def contour_marks(chart: Chart, contours) -> list[str]:
    """The contours, and their values where there is room for them."""
    lines = [
        chart.line(zip(flat[::2], flat[1::2]), f'stroke="{LINE}"')
        for each in contours for flat in each["lines"]
    ]  # fmt: skip
    look = f'dy="4" font-size="11" fill="{MUTED}" text-anchor="middle" {HALO}'
    return lines + [chart.words(*each["at"], each["text"], look) for each in contours if each["at"]]


def arrow(x1, y1, x2, y2, colour=NEXT) -> str:
    """An arrow in pixels; none where it would be too short to see."""
    length = np.hypot(x2 - x1, y2 - y1)
    if length < 2:
        return ""
    size = min(LOOKS["tip"], length)
    u, v = (x2 - x1) / length, (y2 - y1) / length
    bx, by = x2 - size * u, y2 - size * v
    corners = [(x2, y2), (bx - size / 2 * v, by + size / 2 * u), (bx + size / 2 * v, by - size / 2 * u)]
    tip = line((near(x), near(y)) for x, y in corners) + "z"
    return (
        f'<path d="{line([(near(x1), near(y1)), (near(bx), near(by))])}" stroke="{colour}" stroke-width="3"/>'
        f'<path d="{tip}" fill="{colour}"/>'
    )


def leaving(chart: Chart, scene, place) -> list[str]:
    """At the frame, an arrow and the numbers of a point that is outside the picture."""
    size = chart.plot
    up = place.point[1] if len(place.point) == 2 else place.value if place.known else chart.y.high
    at = chart.at(place.point[0], up)
    sides = [int(x > most) - int(x < 0) for x, most in zip(at, size)]
    if not any(sides):
        return []
    edge = [min(max(x, 16), most - 16) for x, most in zip(at, size)]
    to = [x + 12 * side for x, side in zip(edge, sides)]
    text = html.escape(", ".join(texts(scene, place)[: len(place.point)]))
    anchor, inwards = ("start", 12) if edge[0] < size[0] / 2 else ("end", -12)
    return [
        arrow(2 * edge[0] - to[0], 2 * edge[1] - to[1], *to, PATH),
        f'<text x="{edge[0] + inwards:g}" y="{max(edge[1] - 10, 14):g}" font-size="13" '
        f'text-anchor="{anchor}" {HALO}>{text}</text>',
    ]
