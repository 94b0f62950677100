"""Sizes of the gradient over the depth of a model: a small chart; the browser draws the same (depth.js)."""

import math

from ..words.numbers_as_text import roughly
from .chart import Chart, axis
from .graph_picture import ACCENT

FEWEST = 4  # layers: of fewer a table says as much
WIDTH, HEIGHT = 480, 170  # pixels


def over_depth(sizes: list[tuple[str, float]]) -> dict:
    """What ``depthOf`` in depth.js wants, of names and sizes from the first layer to the last.

    >>> over_depth([("a", 1e-3), ("b", float("nan")), ("c", 1.0), ("d", 0.0)])["sizes"]
    [['a', 0.001, '0.001'], ['b', None, 'nan'], ['c', 1.0, '1'], ['d', None, '0']]
    """
    placed = [[name, size if has_place(size) else None, roughly(size, 3)] for name, size in sizes]
    return {"chart": chart_of(sizes).data(), "sizes": placed}


def has_place(size: float) -> bool:
    """Whether a size can be drawn on a logarithmic axis."""
    return math.isfinite(size) and size > 0


def chart_of(sizes, width=WIDTH) -> Chart:
    """The axes: layers from left to right, sizes upwards."""
    last = max(len(sizes), 2)
    across = axis([0.5, last + 0.5], "layer, from the first to the last", most=min(8, last))
    up = axis([size for _, size in sizes], "size of the gradient", log=True, most=4, whole=True)
    return Chart(across, up, width, HEIGHT)


def depth_svg(sizes, width=WIDTH) -> str:
    """The chart as SVG markup of ``width`` by `HEIGHT` pixels."""
    chart = chart_of(sizes, width)
    points = [(at, size if has_place(size) else math.nan) for at, (_, size) in enumerate(sizes, 1)]
    look = f'fill="{ACCENT}"'
    dots = (chart.dot(*point, look, 3) for point in points)
    return chart.svg(chart.line(points, f'stroke="{ACCENT}"'), *dots)
