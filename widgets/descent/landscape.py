"""A function of one or two parameters, sampled beforehand with its slopes.

`static/landscape.js` reads the samples as this file does. Between those of a curve stands Hermite's
cubic, which has the sampled values and the sampled slopes. Of a surface it is, where that is
better, Hermite's polynomial of degree 7 along each parameter, through four samples instead of two
(Stoer and Bulirsch, Introduction to Numerical Analysis, 3rd ed., section 2.1.5). How far it is off
in value and in slope is measured in every cell, at a place that is no sample.
"""

from dataclasses import dataclass, field, replace

import numpy as np

CELLS = 64  # of a curve's picture at first; those that need it are halved, again and again
MOST_SAMPLES = 2000
FINEST = 1e-9  # of the picture's width: what happens in a smaller cell is a jump
CLOSE, NEAR = 1e-8, 1e-6  # of the range of values: errors allowed inside the picture, outside
SEEN = 1e-4  # of the range of values: an error that can be seen in the picture
SHELLS, SHELL_SAMPLES = 10, 150  # outside the picture: each shell twice as wide as the last
SIDE, OUTER, GROWTH = 32, 8, 1.5  # of a surface: cells across the picture, ever wider ones outside
BESIDE = 3  # cells just outside that are no wider: their samples tell of the picture's last ones
NARROWEST = 1e-4  # of the picture's width: a narrower cell of a surface is not halved
MOST_PLACES = 6000  # of a surface
NEIGHBOURS = 7  # samples in a line from which a change is taken where the function is smooth
IN_DOUBT = 2  # times the error that two samples leave: four are taken nevertheless
PROBE = 0.5 - 3**0.5 / 6  # of a cell, from either end: where a cubic's slope is farthest off


@dataclass(frozen=True)
class Break:
    """A place where no cubic can tell what the function does.

    Attributes
    ----------
    at : float
    kind : ``"kink"`` (the slope jumps), ``"jump"`` (the value jumps)
    before, after : float, what jumps, just before and just after
    """

    at: float
    kind: str
    before: float
    after: float


@dataclass(frozen=True)
class Curve:
    """A function of one parameter.

    Attributes
    ----------
    at, value, slope : arrays of the same length; ``value`` is nan where there is none
    low, high : float, what the picture shows; more is sampled on both sides, where it can be
    breaks : tuple of `Break`
    errors : two arrays, how far value and slope were found to be off in each cell
    """

    at: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    low: float
    high: float
    breaks: tuple = ()
    errors: tuple = ()

    def __call__(self, point) -> tuple[float, list[float]]:
        """Return the value and the slope at ``[x]``, all nan where they are not known.

        >>> curve = Curve(np.array([0., 2.]), np.array([0., 4.]), np.array([0., 4.]), 0, 2)
        >>> curve([1.0]), curve([3.0])
        ((1.0, [2.0]), (nan, [nan]))
        """
        (x,) = point
        i = int(cells(self.at, x))
        if i < 0:
            return np.nan, [np.nan]
        if x in (self.at[i], self.at[i + 1]):
            i += x == self.at[i + 1]
            return float(self.value[i]), [float(self.slope[i])]
        ends = slice(i, i + 2)
        width = float(self.at[i + 1] - self.at[i])
        value, slope = cubic(
            *map(float, self.value[ends]), *map(float, self.slope[ends]), width,
            (x - float(self.at[i])) / width,
        )  # fmt: skip
        return value, [slope]

    @property
    def inside(self) -> np.ndarray:
        """Which cells are in the picture, but for those across a kink or a jump."""
        wide = np.diff(self.at) > finest_cell(self.low, self.high)
        return wide & (self.at[:-1] >= self.low) & (self.at[1:] <= self.high)

    @property
    def gaps(self) -> list[int]:
        """The cells across which the value jumps: no curve goes through them."""
        small = np.diff(self.at) <= finest_cell(self.low, self.high)
        jumps = [each.at for each in self.breaks if each.kind == "jump"]
        near = 1e-5 * (self.high - self.low)
        return [i for i in np.flatnonzero(small).tolist()
                if any(abs(self.at[i] - at) < near for at in jumps)]  # fmt: skip

    @property
    def holes(self) -> list[tuple[float, float]]:
        """Where the picture has no value: intervals, from left to right."""
        return [
            (max(self.low, float(self.at[first - 1 if first else 0])),
             min(self.high, float(self.at[min(last + 1, len(self.at) - 1)])))
            for first, last in runs(np.isnan(self.value))
            if self.at[last] >= self.low and self.at[first] <= self.high
        ]  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """A function of two parameters on a grid of ``at[1] × at[0]`` places.

    Attributes
    ----------
    at : two arrays, where the lines of the grid stand for each parameter
    value, slopes : arrays of shape (rows, columns), ``slopes`` two of them
    low, high : pairs of float, what the picture shows
    twist : array like ``value``, the change of the first slope with the second parameter, by
        differences between many samples: for where the function is smooth
    smooth : array of bool, (rows − 1, columns − 1), in which cells four samples tell more than two
    errors : two arrays like ``smooth``, how far value and slopes were found to be off
    rough : float, the part of the picture in whose cells the error can be seen
    """

    at: tuple
    value: np.ndarray
    slopes: tuple
    low: tuple
    high: tuple
    twist: np.ndarray | None = None
    smooth: np.ndarray | None = None
    errors: tuple = ()
    rough: float = 0.0
    breaks: tuple = field(default=(), init=False)

    def __call__(self, point) -> tuple[float, list[float]]:
        """Return the value and both slopes at ``[x, y]``, nan where they are not known.

        At a sample that is the sample, though beside it there may be no value.
        """
        column, row = (int(cells(line, at)) for line, at in zip(self.at, point))
        if min(column, row) >= 0 and [self.at[0][column], self.at[1][row]] == list(point):
            return float(self.value[row, column]), [float(s[row, column]) for s in self.slopes]
        value, across, up = self.over(*np.array(point, dtype=float)[:, None])
        return float(value[0]), [float(across[0]), float(up[0])]

    def over(self, x, y) -> np.ndarray:
        """Return the values and both slopes at many places, nan where they are not known."""
        shape, x, y = np.shape(x), np.ravel(x), np.ravel(y)
        column, row = (cells(line, at) for line, at in zip(self.at, (x, y)))
        found = np.full((3, len(x)), np.nan)
        known = (column >= 0) & (row >= 0)
        smooth = known & self.smooth[row, column] if self.smooth is not None else np.zeros_like(known)
        for some, count in ((known & ~smooth, 2), (smooth, 4)):
            if some.any():
                found[:, some] = self.through(count, x[some], y[some], column[some], row[some])
        return found.reshape(3, *shape)

    def through(self, count, x, y, column, row) -> np.ndarray:
        """Values and slopes by Hermite's polynomials through ``count`` samples along each parameter."""
        columns, rows = (around(cell, count, len(line)) for cell, line in zip((column, row), self.at))
        (a, b, da, db), (c, d, dc, dd) = (
            hermite(line[near], at)
            for line, near, at in zip(self.at, (columns, rows), (x, y))
        )
        value, across, up = (
            table[rows[:, None], columns[None]] for table in (self.value, *self.slopes)
        )
        if count == 4:
            twist = self.twist[rows[:, None], columns[None]]
        else:
            twist = twist_within(across, up, *(
                line[cell + 1] - line[cell] for line, cell in zip(self.at, (column, row))
            ))  # fmt: skip
        height, tilt = (a * value + b * across).sum(axis=1), (da * value + db * across).sum(axis=1)
        rise, turn = (a * up + b * twist).sum(axis=1), (da * up + db * twist).sum(axis=1)
        sums = (c * height + d * rise, c * tilt + d * turn, dc * height + dd * rise)
        return np.array([each.sum(axis=0) for each in sums])

    @property
    def inside(self) -> np.ndarray:
        """Which cells are in the picture."""
        across, up = (
            (line[:-1] >= a) & (line[1:] <= b) for line, a, b in zip(self.at, self.low, self.high)
        )
        return np.outer(up, across)


def twist_within(across, up, wide, high) -> np.ndarray:
    """The twist at a cell's corners by its own slopes alone: exact for polynomials of degree 3."""
    upwards = (across[1] - across[0]) / high
    sideways = (up[:, 1] - up[:, 0]) / wide
    return upwards[None] + sideways[:, None] - (upwards.mean(axis=0) + sideways.mean(axis=0)) / 2


def around(cell, count, length) -> np.ndarray:
    """The positions of the ``count`` samples around each cell: an array (count, cells).

    >>> around(np.array([0, 4, 8]), 4, 10).T
    array([[0, 1, 2, 3],
           [3, 4, 5, 6],
           [6, 7, 8, 9]])
    """
    return np.clip(cell - (count // 2 - 1), 0, length - count) + np.arange(count)[:, None]


def hermite(at, x) -> tuple:
    """What values and slopes at the samples ``at`` count for the polynomial at ``x``.

    ``at`` has the shape (samples, places). Returns four such arrays: the weights of the values and
    of the slopes for the polynomial's value, and those for its slope.

    >>> values, slopes, *_ = hermite(np.array([[0.0], [1.0]]), np.array([0.5]))
    >>> values.ravel(), slopes.ravel()  # Hermite's cubic
    (array([0.5, 0.5]), array([ 0.125, -0.125]))
    """
    gaps = at[:, None] - at[None]
    off = x - at
    own = np.eye(len(at), dtype=bool)[:, :, None]
    with np.errstate(divide="ignore"):
        inverse = np.where(own, 0.0, 1 / gaps)
    factors = np.where(own, 1.0, off[None] * inverse)  # of Lagrange's polynomials
    lagrange = factors.prod(axis=1)
    slope = sum(
        inverse[:, k] * np.delete(factors, k, axis=1).prod(axis=1) for k in range(len(at))
    )
    tilt = inverse.sum(axis=1)  # of each at its own sample
    square, change = lagrange**2, 2 * lagrange * slope
    lean = 1 - 2 * off * tilt
    return lean * square, off * square, lean * change - 2 * tilt * square, square + off * change


def cubic(y0, y1, m0, m1, width, t) -> tuple[float, float]:
    """Hermite's cubic with values y and slopes m at both ends, and its slope, at t in 0 … 1."""
    rise = y1 - y0
    square = 3 * rise - width * (2 * m0 + m1)
    cube = width * (m0 + m1) - 2 * rise
    value = y0 + t * (width * m0 + t * (square + t * cube))
    slope = m0 + t * (2 * square + 3 * t * cube) / width
    return value, slope


def cells(at, x) -> np.ndarray:
    """The cell of the sorted samples ``at`` that each ``x`` is in; -1 outside.

    >>> cells(np.array([0.0, 1.0, 3.0]), np.array([-1.0, 0.0, 2.0, 3.0]))
    array([-1,  0,  1,  1])
    """
    found = np.minimum(np.searchsorted(at, x, side="right") - 1, len(at) - 2)
    return np.where((x >= at[0]) & (x <= at[-1]), found, -1)


def runs(flags) -> list[tuple[int, int]]:
    """First and last index of each run of true flags.

    >>> runs(np.array([True, False, True, True]))
    [(0, 0), (2, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2])]


# ------------------------------------------------------------------------------ one parameter


def sample_curve(f, low: float, high: float, start: float) -> Curve:
    """Sample ``f`` in ``low … high`` so densely that the cubics follow it, and outside too.

    ``f`` takes an array of shape (places, 1) and returns the values, of shape (places,), and
    the slopes, of shape (places, 1). ``start`` is one of the places.
    """
    places = with_place(np.linspace(low, high, CELLS + 1), start)
    finest = finest_cell(low, high)
    table, _ = refine(f, sampled(f, places), MOST_SAMPLES, CLOSE, finest)
    breaks = found_breaks(table, finest)
    sides = [outside(f, edge, step * (high - low)) for edge, step in ((low, -1), (high, 1))]
    table = np.concatenate([sides[0][:0:-1], table, sides[1][1:]])
    at, values, slopes = table.T
    curve = Curve(at, rounded(values, 12), rounded(slopes, 12), low, high, tuple(breaks))
    return replace(curve, errors=curve_errors(f, curve))


def curve_errors(f, curve: Curve) -> tuple:
    """How far value and slope are off in each cell, by a place that is no sample."""
    places = probes(curve.at)
    true = sampled(f, places)[:, 1:].T
    found = np.array([(value, slope) for value, (slope,) in map(curve, places[:, None])]).T
    return tuple(greatest(np.where(np.isnan(true), abs(found), abs(found - true))[:, None])[:, 0])


def probes(at) -> np.ndarray:
    """A place between each two samples, in turn nearer to the first and to the second.

    >>> probes(np.array([0.0, 1.0, 2.0])).round(2)
    array([0.21, 1.79])
    """
    return at[:-1] + np.diff(at) * np.where(np.arange(len(at) - 1) % 2, 1 - PROBE, PROBE)


def greatest(tables) -> np.ndarray:
    """Of each element of each table the greatest in it and around it.

    >>> greatest(np.array([[[0, 0, 0, np.nan, 2, 0]]]))
    array([[[0., 0., 0., 2., 2., 2.]]])
    """
    for axis in (1, 2):
        padded = np.pad(tables, [(0, 0), *((int(axis == k),) * 2 for k in (1, 2))], constant_values=np.nan)
        count = tables.shape[axis]
        parts = [np.take(padded, range(k, k + count), axis=axis) for k in range(3)]
        tables = np.fmax(np.fmax(*parts[:2]), parts[2])
    return tables


def finest_cell(low, high) -> float:
    """The width of a cell that is not halved any more: numbers of that size have no finer ones."""
    return max(FINEST * (high - low), 4 * float(np.spacing(max(abs(low), abs(high)))))


def sampled(f, places) -> np.ndarray:
    """Rows of place, value, slope; nan for both where one of them is not finite."""
    values, slopes = f(np.asarray(places, dtype=float)[:, None])
    table = np.column_stack([places, values, slopes[:, 0]])
    table[~np.isfinite(table).all(axis=1), 1:] = np.nan
    return table


def refine(f, table, most, close, finest=0.0) -> tuple[np.ndarray, float]:
    """Halve the cells in which the cubic is off, until none is, or there are enough samples.

    Returns the table and the largest error that remains among the values that are likely to be
    shown, outside the cells that are finest.
    """
    error, open_cells = 0.0, np.ones(len(table) - 1, bool)
    low, high = usual(table[:, 1])
    spread = high - low
    mean = spread / (table[-1, 0] - table[0, 0])
    while open_cells.any():
        left = np.flatnonzero(open_cells)
        middle = sampled(f, (table[left, 0] + table[left + 1, 0]) / 2)
        off, bad = misses(table[left], table[left + 1], middle, spread, mean, close)
        wide = table[left + 1, 0] - table[left, 0] > finest
        off[(middle[:, 1] < low) | (middle[:, 1] > high)] = 0.0
        error = max([error, *off[~bad & wide]])
        split = bad & wide
        if len(table) + split.sum() > most:
            return table, max([error, *off[split]])
        at = left[split]
        table = np.insert(table, at + 1, middle[split], axis=0)
        halves = at + np.arange(len(at))
        open_cells = np.zeros(len(table) - 1, bool)
        open_cells[halves] = open_cells[halves + 1] = True
    return table, error


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


def misses(left, right, middle, spread, mean, close) -> tuple[np.ndarray, np.ndarray]:
    """How far the cubic is from the middle of each cell, and whether that is too far.

    Where there is a value at one end only, or in the middle only, it is too far; where there
    is none at all it is not.
    """
    width = right[:, 0] - left[:, 0]
    value, slope = cubic(left[:, 1], right[:, 1], left[:, 2], right[:, 2], width, 0.5)
    off, tilt = abs(value - middle[:, 1]), abs(slope - middle[:, 2])
    size = np.fmax(spread, np.fmax(abs(left[:, 1]), abs(right[:, 1])))
    steep = np.fmax(abs(left[:, 2]), abs(right[:, 2])) + mean
    bad = (off > close * size) | (tilt > 1000 * close * steep)
    there = ~np.isnan([left[:, 1], middle[:, 1], right[:, 1]])
    return np.where(there.all(axis=0), off, 0.0), np.where(
        there.all(axis=0), bad, there.any(axis=0)
    )


def found_breaks(table, finest) -> list[Break]:
    """The places where the halving came to no end: kinks and jumps.

    The border of a hole, where the halving does not end either, is none, nor is a slope that
    grows without end beside it.
    """
    known = ~np.isnan(table[:, 1])
    small = (np.diff(table[:, 0]) <= finest) & known[:-1] & known[1:]
    spread = np.ptp(table[known, 1]) if known.any() else 0.0
    holes, width = table[~known, 0], table[-1, 0] - table[0, 0]
    breaks = []
    for first, last in runs(small):
        before, after = table[first], table[last + 1]
        if (abs(holes - before[0]) < 1e-5 * width).any():
            continue
        jumps = abs(after[1] - before[1]) > 1e-5 * spread
        at = float(np.round((before[0] + after[0]) / 2, 6 - round(np.log10(width)))) + 0.0
        column = 1 if jumps else 2
        kind = "jump" if jumps else "kink"
        ends = before[column], after[column]
        if abs(ends[1] - ends[0]) <= 1e-3 * max(map(abs, ends)):  # only rounding
            continue
        small_beside = 1e-6 * max(map(abs, ends))
        breaks.append(Break(at, kind, *(0.0 if abs(x) < small_beside else float(x) for x in ends)))
    return breaks


def outside(f, edge, width) -> np.ndarray:
    """Samples from the picture's edge outwards, as far as cubics follow the function."""
    table = sampled(f, [edge])
    for shell in range(SHELLS):
        ends = edge + width * (2.0**shell - 1), edge + width * (2.0 ** (shell + 1) - 1)
        found = sampled(f, np.linspace(*sorted(ends), 5))
        found, error = refine(f, found, SHELL_SAMPLES, NEAR)
        if np.isnan(found).any() or error > SEEN * np.ptp(found[:, 1]):
            break
        table = np.concatenate([table, (found if width > 0 else found[::-1])[1:]])
    return table


def with_place(places, x) -> np.ndarray:
    """Sorted places, ``x`` among them; a neighbour that nearly is ``x`` makes way for it."""
    near = abs(places - x) < 1e-6 * np.ptp(places)
    near[[0, -1]] = False
    decimals = 12 - int(np.ceil(np.log10(np.ptp(places))))
    return np.unique(np.append(np.round(places[~near], decimals) + 0.0, x))


# ----------------------------------------------------------------------------- two parameters


def sample_surface(f, low, high, start) -> Surface:
    """Sample ``f`` on a grid over the picture from ``low`` to ``high``, and around it.

    Where the function bends sharply, or has no value, the grid's lines stand closer.
    ``f`` takes an array of shape (places, 2) and returns values and slopes, (places, 2).
    """
    lines = [with_place(grid_lines(a, b), x) for a, b, x in zip(low, high, start)]
    surface = measured(f, surface_of(lines, surface_samples(f, *lines), low, high))
    off = ends_of(surface, misfit(surface))
    if any(off):
        surface = measured(f, with_more_lines(f, surface, off))
    areas = np.outer(*(np.diff(line) for line in surface.at[::-1]))
    known = surface.inside & np.isfinite(surface.errors[0])
    rough = areas[known & (surface.errors[0] > seen(surface))].sum() / (areas[known].sum() or 1.0)
    around = greatest(np.where(surface.smooth, surface.errors, np.nan))
    errors = np.where(surface.smooth, around, surface.errors)  # beside an edge each cell by itself
    return replace(surface, rough=float(rough), errors=tuple(errors))


def surface_of(lines, tables, low, high) -> Surface:
    """The surface through the samples at the crossings of a grid's lines."""
    value, across, up = tables
    return Surface(tuple(lines), value, (across, up), tuple(low), tuple(high))


def with_more_lines(f, surface: Surface, off) -> Surface:
    """Halve the cells of the grid in which the surface is off, along each parameter by itself.

    ``off`` holds for each parameter the ends of the cells to begin with. A cell is halved as
    long as the error on the line in its middle can be seen and there are not too many samples.
    """
    least = seen(surface)
    surface = replace(surface, smooth=None)
    while any(off):
        for axis, ends in enumerate(off):
            narrowest = NARROWEST * (surface.high[axis] - surface.low[axis])
            ends = off[axis] = [(a, b) for a, b in ends if b - a > narrowest]
            if not ends:
                continue
            middles = np.array([(a + b) / 2 for a, b in ends])
            lines = [middles if i == axis else line for i, line in enumerate(surface.at)]
            tables = surface_samples(f, *lines)
            error = misfits(surface, lines, tables[0], least).sum(axis=axis)
            other = surface.at[1 - axis]
            room = max(MOST_PLACES // len(other) - len(surface.at[axis]), 0)
            kept = sorted(np.argsort(-error, kind="stable")[:min(room, np.count_nonzero(error))])
            surface = inserted(surface, axis, middles[kept], [
                np.take(table, kept, axis=1 - axis) for table in tables
            ])  # fmt: skip
            off[axis] = [half for i in kept for half in
                         ((ends[i][0], middles[i]), (middles[i], ends[i][1]))]  # fmt: skip
    return surface


def seen(surface: Surface) -> float:
    """The least error in value that can be seen in the picture."""
    inside = surface.value[np.ix_(*(
        (line >= a) & (line <= b)
        for line, a, b in zip(surface.at[::-1], surface.low[::-1], surface.high[::-1])
    ))]  # fmt: skip
    known = inside[np.isfinite(inside)]
    return SEEN * float(np.ptp(known)) if known.size else 0.0


def misfits(surface: Surface, lines, values, least) -> np.ndarray:
    """Where in the picture, at the crossings of lines, the surface is not what it should be."""
    places = np.meshgrid(*lines)
    found = surface.over(*places)[0]
    wrong = (abs(found - values) > least) | (np.isnan(found) != np.isnan(values))
    for each, low, high in zip(places, surface.low, surface.high):
        wrong &= (each >= low) & (each <= high)
    return wrong


def inserted(surface: Surface, axis, middles, tables) -> Surface:
    """The surface with more lines across one parameter, and the samples on them."""
    where = np.searchsorted(surface.at[axis], middles)
    lines = list(surface.at)
    lines[axis] = np.insert(lines[axis], where, middles)
    before = (surface.value, *surface.slopes)
    tables = [np.insert(a, where, b, axis=1 - axis) for a, b in zip(before, tables)]
    return surface_of(lines, tables, surface.low, surface.high)


def grid_lines(low, high) -> np.ndarray:
    """Where the lines of the grid stand: even in the picture, ever wider outside it."""
    wide = np.concatenate([np.ones(BESIDE), 2 * GROWTH ** np.arange(1, OUTER + 1)])
    steps = (high - low) / SIDE * np.cumsum(wide)
    return np.concatenate([low - steps[::-1], np.linspace(low, high, SIDE + 1), high + steps])


def surface_samples(f, columns, rows) -> list[np.ndarray]:
    """Value and both slopes at each crossing of the grid's lines."""
    places = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    values, slopes = f(places)
    table = np.column_stack([values, slopes])
    table[~np.isfinite(table).all(axis=1)] = np.nan
    return [part.reshape(len(rows), len(columns)) for part in table.T]


def changes(table, lines, axis) -> np.ndarray:
    """Slopes of a table along an axis, each by the polynomial through the samples around it.

    >>> changes(np.arange(8.0)[None] ** 6, np.arange(8.0), 1).round(6)[0, :3]
    array([  0.,   6., 192.])
    """
    table = np.moveaxis(table, axis, 0)
    count = min(NEIGHBOURS, len(lines))
    near = around(np.arange(len(lines)) - 1 + count % 2, count, len(lines))
    at = lines[near]
    own = at == lines
    gaps = np.where(np.eye(count, dtype=bool)[:, :, None], 1.0, at[:, None] - at[None])
    factor = 1 / gaps.prod(axis=1)
    with np.errstate(divide="ignore"):
        weights = np.where(own, 0.0, factor / factor[own.argmax(0), np.arange(len(lines))] / (lines - at))
    weights = np.where(own, -weights.sum(axis=0), weights)
    return np.moveaxis((weights[:, :, None] * table[near]).sum(axis=0), 0, axis)


def rounded(table, digits) -> np.ndarray:
    """The first digits of each number: fewer are to be sent."""
    return np.array([float(f"{x:.{digits}g}") for x in table.flat]).reshape(table.shape)


def measured(f, surface: Surface) -> Surface:
    """The surface with how far it is off in each cell, and read in the better of its two ways."""
    across, up = surface.slopes
    twist = (changes(across, surface.at[1], 0) + changes(up, surface.at[0], 1)) / 2
    lines = [probes(line) for line in surface.at]
    true = np.array(surface_samples(f, *lines))
    shape = true[0].shape
    off = []
    for smooth in (False, True):
        surface = replace(surface, twist=twist, smooth=np.full(shape, smooth))
        found = surface.over(*np.meshgrid(*lines))
        errors = np.where(np.isnan(true), abs(found), abs(found - true))
        off.append([errors[0], errors[1:].max(axis=0)])
    smooth = off[1][1] <= IN_DOUBT * off[0][1]
    return replace(surface, smooth=smooth, errors=np.where(smooth, off[1], off[0]))


def misfit(surface: Surface) -> np.ndarray:
    """In which cells of the picture the error can be seen, or there is a value only in some places."""
    off = (surface.errors[0] > seen(surface)) | at_border(surface)
    return off & surface.inside


def ends_of(surface: Surface, off) -> list:
    """For each parameter the ends of those cells in which somewhere the surface is off."""
    return [
        [(line[i], line[i + 1]) for i in np.flatnonzero(off.any(axis=axis))]
        for axis, line in enumerate(surface.at)
    ]


def at_border(surface: Surface) -> np.ndarray:
    """Which cells have a value at some corners and none at others."""
    known = np.isfinite(surface.value).astype(int)
    corners = known[1:, 1:] + known[1:, :-1] + known[:-1, 1:] + known[:-1, :-1]
    return (corners > 0) & (corners < 4)
