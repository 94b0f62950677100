"""Lines of equal height on a grid: marching squares (Lorensen and Cline, 1987, in the plane)."""

import numpy as np

LEVELS = (1, 3, 7, 13, 20, 30, 42, 56, 72, 88)  # per cent of the places that lie lower
# The sides of a cell: 0 below, 1 right, 2 above, 3 left. For each set of corners that lie higher
# (1 below left, 2 below right, 4 above right, 8 above left) the sides that a line joins.
JOINED = {
    1: [(3, 0)], 2: [(0, 1)], 3: [(3, 1)], 4: [(1, 2)], 6: [(0, 2)], 7: [(3, 2)], 8: [(2, 3)],
    9: [(2, 0)], 11: [(2, 1)], 12: [(1, 3)], 13: [(1, 0)], 14: [(0, 3)],
    5: [(3, 0), (1, 2)], 10: [(0, 1), (2, 3)],
}  # fmt: skip
TURNED = {5: 10, 10: 5}  # a saddle whose middle lies higher is joined the other way


def levels(heights) -> list[float]:
    """Round heights, at which to draw lines so that they spread over the picture.

    >>> levels(np.arange(101.0))[:4]
    [1.0, 3.0, 7.0, 13.0]
    """
    known = heights[np.isfinite(heights)]
    if not known.size or known.max() == known.min():
        return []
    low = known.min()
    at = np.percentile(known, LEVELS) - low
    return sorted({float(f"{low + float(f'{x:.2g}'):.3g}") for x in at if x > 0})


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
        if which in TURNED and heights[row:row + 2, column:column + 2].mean() > level:
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
