"""A function of one or two parameters, sampled once with its slopes, and read in between.

What stands between the samples is for the picture, and for a page without Python, where every number
read from it is marked ≈; samples.js reads the samples as this file does. Values are those of Hermite's
cubic through the two samples around, along the one parameter and then along the other (Stoer and
Bulirsch, Introduction to Numerical Analysis, 3rd ed., section 2.1.5); slopes change evenly.
"""

from dataclasses import dataclass

import numpy as np

CELLS, SIDE = 240, 20  # of a curve, and along each side of a map
PLACES = {1: CELLS + 1, 2: (SIDE + 1) ** 2}  # for so many parameters
JUMP = 0.01  # of the range of values: what the slopes beside it do not explain


@dataclass(frozen=True)
class Samples:
    """Values and slopes on a grid over the picture.

    Attributes
    ----------
    at : one array for each parameter, where the grid's lines stand, in ascending order
    value : array with an axis for each parameter, the last one first; nan where there is none
    slopes : one array like ``value`` for each parameter
    """

    at: list
    value: np.ndarray
    slopes: list

    def __call__(self, point) -> tuple[float, list[float]]:
        """Return the value and the slopes at one point, all nan where they are not known.

        >>> square = Samples([np.array([0., 2.])], np.array([0., 4.]), [np.array([0., 4.])])
        >>> square([1.0]), square([3.0])
        ((1.0, [2.0]), (nan, [nan]))
        """
        value, *slopes = (float(each[0]) for each in self.over(*np.array(point, float)[:, None]))
        return (value, slopes) if np.isfinite([value, *slopes]).all() else (np.nan, [np.nan] * len(slopes))

    def over(self, *places) -> list[np.ndarray]:
        """Return the values and the slopes at many places, one array for each parameter."""
        cells = [cell(line, np.asarray(x, float)) for line, x in zip(self.at, places)]
        corners = np.meshgrid(*([0, 1] for _ in cells), indexing="ij")  # the first parameter first
        at = tuple(np.add.outer(each, i) for each, (i, _, _) in zip(corners, cells))[::-1]
        value, *slopes = (table[at] for table in (self.value, *self.slopes))
        tilts = slopes
        for _, width, part in cells:
            value = cubic(*value, *tilts[0], width, part)
            slopes = [blend(*each, part) for each in slopes]
            tilts = [blend(*each, part) for each in tilts[1:]]
        return [value, *slopes]


def cell(line, x):
    """The position of the sample before each ``x``, the distance to the next, and which part of it.

    Outside the samples that part is nan.

    >>> [each.tolist() for each in cell(np.array([0., 1., 3.]), np.array([-1., 2., 3.]))]
    [[0, 1, 1], [1.0, 2.0, 2.0], [nan, 0.5, 1.0]]
    """
    i = np.clip(np.searchsorted(line, x, side="right") - 1, 0, len(line) - 2)
    width = line[i + 1] - line[i]
    return i, width, np.where((x >= line[0]) & (x <= line[-1]), (x - line[i]) / width, np.nan)


def cubic(y0, y1, m0, m1, width, t):
    """Hermite's cubic with values y and slopes m at both ends, at t in 0 … 1."""
    rise = y1 - y0
    square = 3 * rise - width * (2 * m0 + m1)
    cube = width * (m0 + m1) - 2 * rise
    return y0 + t * (width * m0 + t * (square + t * cube))


def blend(a, b, t):
    """What lies at t in 0 … 1 on the straight line between two numbers."""
    return a + t * (b - a)


def usual(values) -> tuple[float, float]:
    """Between which bounds to expect values: not up to the top of a pole or a very steep wall.

    >>> usual(np.array([*range(101), 1e9])), usual(np.array([0.0] * 99 + [5.0]))
    ((0.0, 212.1...), (0.0, 5.0))
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 0.0
    lower, upper = np.percentile(known, [10, 90])
    room = 1.5 * (upper - lower) or np.inf
    return float(max(known.min(), lower - room)), float(min(known.max(), upper + room))


# ---------------------------------------------------------------------------------- sampling


def sampled(f, low, high) -> Samples:
    """Sample ``f``, which tells of a point the value and the slopes, from ``low`` to ``high``."""
    with np.errstate(all="ignore"):
        return map_of(f, low, high) if len(low) == 2 else curve_of(f, low[0], high[0])


def map_of(f, low, high) -> Samples:
    """Samples of a function of two parameters, on an even grid."""
    lines = [np.linspace(*ends, SIDE + 1) for ends in zip(low, high)]
    table = rows(f, [[x, y] for y in lines[1] for x in lines[0]])
    value, *slopes = table.T.reshape(3, SIDE + 1, SIDE + 1)
    return Samples(lines, value, slopes)


def curve_of(f, low, high) -> Samples:
    """Samples of a function of one parameter; where it jumps there is one without a value."""
    at = np.linspace(low, high, CELLS + 1)
    value, slope = rows(f, at[:, None]).T
    gaps = jumps(at, value, slope)
    middles = (at[gaps] + at[gaps + 1]) / 2
    at, value, slope = (
        np.insert(each, gaps + 1, more) for each, more in ((at, middles), (value, np.nan), (slope, np.nan))
    )
    return Samples([at], value, [slope])


def jumps(at, value, slope) -> np.ndarray:
    """The cells whose ends are farther apart than the slopes there explain: no curve goes through.

    >>> jumps(np.arange(4.0), np.array([0.0, 1.0, 5.0, 6.0]), np.ones(4))
    array([1])
    """
    bottom, top = usual(value)
    width, rise = np.diff(at), np.diff(value)
    ends = np.sort([width * slope[:-1], width * slope[1:]], axis=0)
    off = np.maximum(rise - ends[1], ends[0] - rise) - (ends[1] - ends[0])
    return np.flatnonzero(off > JUMP * (top - bottom))


def rows(f, points) -> np.ndarray:
    """A row of value and slopes for each point; nan for all of them where one is not finite."""
    table = np.array([[value, *slopes] for value, slopes in map(f, np.asarray(points).tolist())])
    table[~np.isfinite(table).all(axis=1)] = np.nan
    return table
