"""Lines of equal height on a grid: marching squares (Lorensen and Cline, 1987, in the plane)."""

import math

import numpy as np

from ..words.numbers_as_text import number

LEVEL = 1e-9  # times the heights: what differs by less is level
LETTER, HIGH = 7, 14  # pixels that the letters of a text take
SHARES = (1, 3, 7, 13, 20, 30, 42, 56, 72, 88)  # per cent of the places that lie lower
# The sides of a cell: 0 below, 1 right, 2 above, 3 left. For each set of corners that lie higher
# (1 below left, 2 below right, 4 above right, 8 above left) the sides that a line joins.
JOINED = {
    1: [(3, 0)], 2: [(0, 1)], 3: [(3, 1)], 4: [(1, 2)], 6: [(0, 2)], 7: [(3, 2)], 8: [(2, 3)],
    9: [(2, 0)], 11: [(2, 1)], 12: [(1, 3)], 13: [(1, 0)], 14: [(0, 3)],
    5: [(3, 0), (1, 2)], 10: [(0, 1), (2, 3)],
}  # fmt: skip
TURNED = {5: 10, 10: 5}  # a saddle whose middle lies higher is joined the other way


def contours(columns, rows, heights, room) -> list[dict]:
    """The lines of equal height to draw, each with its text and the place for that, if there is one.

    Parameters
    ----------
    columns, rows, heights : the grid, see `contour`
    room : (width, height) of the smallest plot in which the texts must fit, in pixels

    Returns a list of ``{"text": …, "lines": [[x, y, x, y, …], …], "at": [x, y] or None}``.
    """
    found = [(level, contour(columns, rows, heights, level)) for level in levels(heights)]
    found = [(exactly(level), lines) for level, lines in found if lines]  # none if only a gap has it
    places = label_places(columns, rows, [(text, max(lines, key=len)) for text, lines in found][::-1], room)
    places.reverse()
    finest = [4 - math.floor(math.log10(line[-1] - line[0])) for line in (columns, rows)]
    return [
        {"text": text, "at": at, "lines": [
            [round(x, digits) for point in line for x, digits in zip(point, finest)] for line in lines
        ]}
        for (text, lines), at in zip(found, places)
    ]  # fmt: skip


def label_places(columns, rows, labels, room) -> list:
    """Where each text may stand, on its own line and apart from those before; None if nowhere."""
    taken, chosen = [], []
    scale = [size / (line[-1] - line[0]) for size, line in zip(room, (columns, rows))]
    for text, line in labels:
        half = len(text) * LETTER / 2 + 2, HIGH / 2
        for _, place in sorted(enumerate(line), key=lambda each: abs(each[0] - len(line) / 2)):
            box = [
                ((x - first[0]) * by, size) for x, first, by, size in zip(place, (columns, rows), scale, half)
            ]
            inside = all(size < x < whole - size for (x, size), whole in zip(box, room))
            apart = all(any(abs(x - y) > a + b for (x, a), (y, b) in zip(box, other)) for other in taken)
            if inside and apart:
                taken.append(box)
                chosen.append(list(place))
                break
        else:
            chosen.append(None)
    return chosen


def levels(heights) -> list[float]:
    """Round heights between the lowest and the highest, so that their lines spread over the picture.

    Each is rounded by less than half of the way to the next, also where all are far from 0.

    >>> levels(np.arange(101.0))[:4], levels(np.arange(101.0) / 1000 + 123.4)[:2]
    ([1.0, 3.0, 7.0, 13.0], [123.401, 123.403])
    """
    known = heights[np.isfinite(heights)]
    if not known.size or np.ptp(known) <= LEVEL * abs(known).max():
        return []
    low, high = float(known.min()), float(known.max())
    at = [float(x) for x in np.unique(np.percentile(known, SHARES)) if low < x < high]
    gaps = [min(x - before, after - x) for before, x, after in zip([low, *at], at, [*at[1:], high])]
    finest = LEVEL * abs(known).max()
    return sorted({round(x, math.ceil(-math.log10(gap))) for x, gap in zip(at, gaps) if gap > finest})


def exactly(level: float) -> str:
    """A level as text, with as many digits as it has.

    >>> exactly(0.5), exactly(123.40003)
    ('0.5', '123.40003')
    """
    text = number(level)
    return text if float(text.replace("−", "-")) == level else f"{level:.12g}".replace("-", "−")


def contour(columns, rows, heights, level: float) -> list[list[tuple[float, float]]]:
    """Return the lines along which the heights are ``level``, as lists of points.

    Parameters
    ----------
    columns, rows : where the grid's lines stand
    heights : array of shape (rows, columns); nan where there is none

    >>> contour([0., 2.], [0., 1.], np.array([[0., 4.], [0., 4.]]), 1.0)
    [[(0.5, 0.0), (0.5, 1.0)]]
    """
    joined: dict = {}
    for start, end in pieces(heights, level):
        joined.setdefault(start, []).append(end)
        joined.setdefault(end, []).append(start)
    ends = [side for side, others in joined.items() if len(others) == 1]
    lines = []
    for side in [*ends, *joined]:
        line = followed(joined, side)
        if len(line) > 1:
            lines.append([crossing(columns, rows, heights, level, each) for each in line])
    return lines


def pieces(heights, level):
    """Yield for each cell that a line crosses the two sides it joins.

    A side is (row, column, upright) of the grid's edge that begins there.
    """
    above = heights > level
    known = np.isfinite(heights)
    kind = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    whole = known[:-1, :-1] & known[:-1, 1:] & known[1:, 1:] & known[1:, :-1]
    for row, column in np.argwhere(whole & (kind > 0) & (kind < 15)).tolist():
        which = int(kind[row, column])
        if which in TURNED and heights[row : row + 2, column : column + 2].mean() > level:
            which = TURNED[which]
        sides = (row, column, 0), (row, column + 1, 1), (row + 1, column, 0), (row, column, 1)
        yield from ((sides[a], sides[b]) for a, b in JOINED[which])


def followed(joined: dict, side) -> list:
    """Follow a line from one side to its end, or once around; take it out of ``joined``."""
    line = [side]
    while others := joined.get(side):
        following = others.pop()
        joined[following].remove(side)
        line.append(following)
        side = following
    return line


def crossing(columns, rows, heights, level, side) -> tuple[float, float]:
    """Where a line crosses a side, by proportion."""
    row, column, upright = side
    other = (row + 1, column) if upright else (row, column + 1)
    low, high = heights[row, column], heights[other]
    part = float((level - low) / (high - low))
    x, y = float(columns[column]), float(rows[row])
    if upright:
        return x, y + part * (float(rows[row + 1]) - y)
    return x + part * (float(columns[column + 1]) - x), y
