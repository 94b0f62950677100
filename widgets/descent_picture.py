"""The still picture of gradient descent: what static/descent_picture.js draws in the browser."""

from itertools import pairwise

import numpy as np

from .chart import Chart
from .descent_narration import next_point
from .graph_picture import MUTED
from .landscape import Curve, Surface
from .numbers_as_text import number

CURVE, TANGENT, NEXT, PATH = "#0072b2", "#d55e00", "#009e73", "#1b1b1b"
REACH = 0.28  # of the width: the tangent to each side
HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3"'


def draw(chart: Chart, landscape, contours, places, scene, rate, nudge) -> str:
    """SVG markup of the axes and everything in them."""
    if isinstance(landscape, Surface):
        return chart.svg(*contour_marks(chart, contours), *path_marks(chart, places, rate))
    return chart.svg(
        f'<path d="{curve_path(chart, landscape)}" fill="none" stroke="{CURVE}" stroke-width="2.5"/>',
        *slope_marks(chart, landscape, places, rate, nudge),
    )


def curve_path(chart: Chart, curve: Curve) -> str:
    """The curve as cubic Béziers, which Hermite's cubics are; broken at jumps and holes."""
    jumps = [each.at for each in curve.breaks if each.kind == "jump"]
    inside = np.flatnonzero((curve.at >= curve.low) & (curve.at <= curve.high))
    d, pen = [], False
    for i, k in pairwise(inside.tolist()):
        x, end = float(curve.at[i]), float(curve.at[k])
        y, last = float(curve.value[i]), float(curve.value[k])
        gap = np.isnan(y + last) or (
            end - x < 1e-8 * (curve.high - curve.low) and any(abs(at - x) < 1e-5 for at in jumps)
        )
        if gap:
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


def slope_marks(chart: Chart, curve: Curve, places, rate, nudge) -> list[str]:
    """Tangent, nudge, path and the next step of a curve."""
    here = places[-1]
    marks = [chart.line([(p.point[0], p.value) for p in places if p.known], f'stroke="{PATH}"')]
    marks += [
        chart.dot(p.point[0], p.value, f'fill="#ffffff" stroke="{PATH}"', 3.5)
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
    nudged, _ = curve([x + nudge])
    if not np.isnan(nudged):
        marks.append(chart.line([(x, y), (x + nudge, y), (x + nudge, nudged)], f'stroke="{MUTED}"'))
        marks.append(chart.dot(x + nudge, nudged, f'fill="#ffffff" stroke="{MUTED}" stroke-width="1.5"', 4))
    marks.append(chart.dot(x, y, f'fill="{CURVE}" stroke="#ffffff" stroke-width="2"', 7))
    width, height = chart.plot
    start, end = chart.at(x, y)[0], chart.at(next_point(here, rate)[0], y)[0]
    marks.append(arrow(start, height - 12, end, height - 12))
    return marks + leaving(chart, here)


def contour_marks(chart: Chart, contours) -> list[str]:
    """The contours, and their values where there is room for them."""
    lines = [
        chart.line(zip(line[::2], line[1::2]), 'stroke="#767676"')
        for each in contours for line in each["lines"]
    ]  # fmt: skip
    texts, taken = [], []
    for each in contours[::-1]:
        line = max(each["lines"], key=len)
        for k in range(0, len(line), 2):
            at = chart.at(*line[k:k + 2])
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
    marks += [chart.dot(*p.point, f'fill="#ffffff" stroke="{PATH}"', 3.5) for p in places[:-1]]
    if here.known:
        marks.append(arrow(*chart.at(*here.point), *chart.at(*next_point(here, rate))))
    marks.append(chart.dot(*here.point, f'fill="{CURVE}" stroke="#ffffff" stroke-width="2"', 7))
    return marks + leaving(chart, here)


def arrow(x1, y1, x2, y2) -> str:
    """An arrow of the next step, in pixels; too short, it is only its tip's dot."""
    length = np.hypot(x2 - x1, y2 - y1)
    if length < 2:
        return ""
    size = min(9.0, length)
    u, v = (x2 - x1) / length, (y2 - y1) / length
    bx, by = x2 - size * u, y2 - size * v
    tip = f"M{x2:.1f} {y2:.1f}L{bx - size / 2 * v:.1f} {by + size / 2 * u:.1f}L{bx + size / 2 * v:.1f} {by - size / 2 * u:.1f}z"
    return (
        f'<path d="M{x1:.1f} {y1:.1f}L{bx:.1f} {by:.1f}" stroke="{NEXT}" stroke-width="3"/>'
        f'<path d="{tip}" fill="{NEXT}"/>'
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
    from_x, from_y = edge[0] - 14 * np.sign(at[0] - edge[0]) * (not 0 <= at[0] <= width), edge[1]
    to_x = edge[0] + 12 * (int(at[0] > width) - int(at[0] < 0))
    to_y = edge[1] + 12 * (int(at[1] > height) - int(at[1] < 0))
    text = ", ".join(map(number, place.point))
    anchor = "start" if edge[0] < width / 2 else "end"
    inwards = 12 if anchor == "start" else -12
    return [
        arrow(2 * edge[0] - to_x, 2 * edge[1] - to_y, to_x, to_y),
        f'<text x="{edge[0] + inwards:g}" y="{max(edge[1] - 10, 14):g}" font-size="13" '
        f'text-anchor="{anchor}" {HALO}>{text}</text>',
    ]
