"""Descent: nudge a parameter, see its slope, and go against it step by step."""

import math
import sys
from dataclasses import asdict, replace

import numpy as np
import traitlets

from autograd_core.printable import printable, quoted

from ..base import State, Widget, picture
from ..chart import Chart, axis
from ..libraries.undisturbed import undisturbed
from ..numbers_as_text import number
from ..packing import packed
from .contours import contour, levels
from .landscape import Curve, Surface, sample_curve, sample_surface, usual
from .narration import Scene, nudged, told, verdict, walk
from .objective import FARTHEST, Followed, Objective
from .picture import draw

NUDGES = (1.0, 0.1, 0.01, 0.001)
RATES = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)  # times a power of ten
DECADES = 3  # of learning rates on each side of the first
MOST_STEPS = 200
AHEAD = 50  # steps at the present learning rate that the browser is told beforehand: one run
LOOK_AHEAD, SETTLED = 60, 0.05  # steps taken to choose what to show; a last move that is short
SPEEDS = (1, 0.1, 10, 0.01, 100, 0.001, 1000)  # times the learning rate, until one gets there
ROOM = 1.6  # times the way from the lowest point found to the farthest, on both sides
FINE = 121  # lines of the grid on which contours are found
EVEN = 33  # lines of the grid on which the usual values are found
MOST_POWER = 40  # of ten, of an error
HEIGHTS = {1: 300, 2: 420}  # pixels


class Descent(Widget, module="descent"):
    """Gradient descent on a function of one parameter or two, one step at a time.

    Values and slopes of the path, of each next step and of each nudge are the function's own, by
    its library's backward pass. So that a point can be dragged, and that a page without a kernel
    can go on, the function is sampled beforehand as well; values between the samples are
    interpolated. The widget says how far that is off, and shows only the digits that hold. If the
    function changes afterwards, as the loss of a model that is trained on, samples are all it reads.

    Parameters
    ----------
    fn : function of one or two parameters (or of one vector of two) that returns one number
        as a tensor, of `autograd_core` or of PyTorch
    start : a number, or two as in ``(1.0, 2.0)``
    lr : float, the learning rate at first
    domain : ``(low, high)``, or one such pair for each parameter; what the picture shows. By
        default it is chosen around the start and where descent leads.
    nudge : float, the nudge ε at first: 1, 0.1, 0.01 or 0.001
    output : str, what the value is called; by default as the function is
    steps : int, how many steps have been taken at first
    dtype : None, to compute in float64 and on copies of all that ``fn`` reads, or ``"as given"``, in
        the types that they have

    Attributes
    ----------
    path : list of points, each a list of one or two numbers. Follows the learner. One point may
        be put in its place, where descent is to start, or the beginning of it.
    lr, nudge : float. Follow the learner.
    position : float or pair of floats, where the path now ends. It is told, and cannot be set.

    Raises TypeError or ValueError for a function or a start it cannot draw, for a learning rate
    that is not positive, and for a nudge that is not among those to choose from.

    >>> descent = Descent(lambda a: (a - 2) ** 2, 1.0, lr=0.1, output="error")
    >>> descent.describe()
    'Step 0: a = 1, error = 1, slope −2. Next: new a = 1 − 0.1·(−2) = 1.2.'
    >>> descent.step()
    >>> descent.position, len(descent.path)
    (1.2, 2)
    """

    course = State({})  # where it starts, and the rate of each step
    # rows of point, value, slopes that the browser may need
    exact = traitlets.List().tag(sync=True, ours=True)
    path = State([], sync=False)
    lr = State(0.1)
    nudge = State(0.01)
    position = State(None, sync=False)

    def __init__(self, fn, start, lr=0.1, *, domain=None, nudge=0.01, output=None, steps=0, dtype=None):
        lr, nudge, steps = positive(lr), positive(nudge, "nudge"), whole(steps, "steps")
        undisturbed(lambda: self._make(Objective(fn, start, dtype), lr, domain, nudge, output, steps))

    def _make(self, objective, lr, domain, nudge, output, steps):
        low, high = limits(domain, objective, lr)
        self.landscape = sampled(objective, low, high)
        name = printable(output or ("f" if objective.name == "the function" else objective.name))
        self.chart = chart_of(self.landscape, objective.names, name)
        self.scene = scene_of(self.landscape, self.chart, name)
        self.f = Followed(objective, self.landscape, self.scene.reach)
        self.first = {
            "course": {"start": objective.start, "rates": []}, "lr": lr, "nudge": nudge,
        }  # fmt: skip
        super().__init__(content(self), **self.first)
        self.step(steps)

    # ------------------------------------------------------------------------ what one can do

    def step(self, count: int = 1) -> None:
        """Take steps against the slope, as far as slopes are known.

        Raises TypeError or ValueError for what is no number of steps.
        """
        count = whole(count, "count")
        taken = [place.rate for place in self.places[1:]]
        more = min(count, max(MOST_STEPS - len(taken), 0))
        rates = [*taken, *[self.lr] * more]
        self.course = self.course | {"rates": rates}

    def reset(self) -> None:
        """Go back to how it was at first."""
        for trait, value in self.first.items():
            setattr(self, trait, value)

    # ------------------------------------------------------------------------ what it shows

    @property
    def places(self):
        """The path with values and slopes."""
        return self._walked(self.course["start"], self.course["rates"])

    def _walked(self, start, rates):
        return undisturbed(lambda: walk(self.f, start, rates))

    def verdict(self) -> str:
        """Return how descent goes, in one word or two: ``"diverges"``, ``"rest"``, ``""`` …"""
        return verdict(self.scene, self.places, self.lr)[0]

    def describe(self) -> str:
        """Return where descent stands, the next step and how it goes, as the status line says."""
        return told(self.scene, self.places, self.lr)

    def text(self) -> str:
        """Return the nudge with its numbers and the path as a table, after the description."""
        nudges = [
            "Nudge " + ", ".join(filter(None, row)) + "."
            for row in nudged(self.scene, self.f, self.places[-1], self.nudge)
        ]
        return "\n".join([self.describe(), *nudges, *table(self.scene, self.places)])

    def svg(self) -> str:
        """Return the picture: curve or contours, path, slope, nudge and the next step."""
        contours = self.data.get("contours", [])
        body = draw(self.chart, self.landscape, contours, self.f, self.places, self.lr, self.nudge)
        return picture("Gradient descent", self.describe(), self.chart.width, self.chart.height, body)

    # ------------------------------------------------------------------------ what it accepts

    @course.accepts
    def _course_can_be_walked(self, course):
        if not isinstance(course, dict) or course.keys() != {"start", "rates"} or not isinstance(course["rates"], list | tuple):
            raise ValueError(f"course must be like {{'start': [1.0], 'rates': [0.1]}}, not {quoted(course)}")
        if len(course["rates"]) > MOST_STEPS:
            raise ValueError(f"at most {MOST_STEPS} steps are taken, not {len(course['rates'])}")
        self.f.look()
        start, rates = self._point(course["start"]), [positive(x, "each rate") for x in course["rates"]]
        walk(self.f, start, rates)
        return {"start": start, "rates": rates}

    @path.accepts
    def _path_is_points(self, path):
        path = path.tolist() if isinstance(path, np.ndarray) else path
        if not isinstance(path, list | tuple):
            raise TypeError(f"path must be a list of points, such as [[3.0]], not {quoted(path)}")
        if not len(path):
            raise ValueError("path must have at least one point, where descent starts")
        walked = [place.point for place in self.places[:len(path)]] if len(path) > 1 else path
        if path == walked and len(path) > 1:
            return walked  # whose last point may be infinitely far away
        path = [self._point(point) for point in path]
        self.f(path[0])
        if len(path) > 1 and path != walked:
            raise ValueError(
                "path may be one point, where descent starts, or the beginning of what it is; "
                "the points that follow are found with step()"
            )
        return path

    def _point(self, point):
        count = len(self.scene.names)
        point = point if isinstance(point, list | tuple | np.ndarray) else [point]
        if len(point) != count or not all(is_number(x) and math.isfinite(x) for x in point):
            raise ValueError(f"each point of path must be a list of {count} finite numbers, not {quoted(point)}")
        return [float(x) for x in point]

    @lr.accepts
    def _is_positive(self, lr):
        return positive(lr)

    @nudge.accepts
    def _can_be_chosen(self, nudge):
        choices = nudges_of(self)
        if nudge not in choices or not is_number(nudge):
            told = ", ".join(f"{each:g}" for each in choices)
            raise ValueError(f"nudge must be one of {told}, not {quoted(nudge)}")
        return float(nudge)

    @position.accepts
    def _is_where_the_path_ends(self, position):
        here = end_of(self.path)
        if position != here:
            raise ValueError(
                f"position is where the path ends, {here}, and cannot be set. To start elsewhere "
                "set the path to that one point, as in path = [[3.0]]"
            )
        return here

    @traitlets.observe("path")
    def _set_out(self, change):
        path, rates = change["new"], self.course["rates"]
        if path != [place.point for place in self.places]:
            self.course = {"start": path[0], "rates": rates[:len(path) - 1]}

    @traitlets.observe("course")
    def _moved(self, change):
        self.path = [place.point for place in self.places]
        self.position = end_of(self.path)

    @traitlets.observe("course", "lr", "nudge")
    def _tell_the_browser(self, change):
        if not self.course or self.f.changed:
            return
        places = self.places
        here = places[-1].point
        ahead = self._walked(here, [self.lr] * AHEAD)
        nudges = [
            [x + nudge * (i == k) for k, x in enumerate(here)]
            for nudge in {*self.data["nudges"], self.nudge} for i in range(len(here))
        ]  # fmt: skip
        points = [place.point for place in places + ahead if all(map(math.isfinite, place.point))] + nudges
        told = undisturbed(lambda: [(point, *self.f(point)) for point in points])
        self.exact = [plain(np.array([*point, value, *slopes])) for point, value, slopes in told]


def positive(x, name="lr") -> float:
    """Return a learning rate or nudge as a float, if it is one."""
    if not is_number(x):
        raise TypeError(f"{name} must be a number such as 0.1, not {quoted(x)}")
    if not (x > 0 and math.isfinite(x)):
        raise ValueError(f"{name} must be greater than 0, and finite, not {quoted(x)}")
    return float(x)


def is_number(x) -> bool:
    """Whether this is a real number, Python's or NumPy's, and none that is too large for a float."""
    if isinstance(x, bool) or not isinstance(x, int | float | np.integer | np.floating):
        return False
    return not isinstance(x, int) or abs(x) <= sys.float_info.max


def whole(x, name) -> int:
    """Return a number of steps as an int, if it is one."""
    if isinstance(x, bool) or not isinstance(x, int | np.integer):
        raise TypeError(f"{name} must be a whole number of steps, not {quoted(x)}")
    if x < 0:
        raise ValueError(f"{name} must be a number of steps from 0 on, not {quoted(x)}")
    return int(x)


def nudges_of(descent: Descent) -> list[float]:
    """The nudges to choose from, the first among them."""
    return sorted({*NUDGES, descent.first["nudge"]}, reverse=True)


def end_of(path):
    """The last point of a path: a float, or a pair of them."""
    here = path[-1]
    return here[0] if len(here) == 1 else tuple(here)


# --------------------------------------------------------------------------- what to show


def limits(domain, objective, rate) -> tuple[list[float], list[float]]:
    """The low and the high ends of the picture, one for each parameter."""
    if domain is None:
        return chosen(objective, rate)
    pairs = [domain] if len(objective.names) == 1 and np.ndim(domain) == 1 else domain
    try:
        pairs = [(float(low), float(high)) for low, high in pairs]
    except (TypeError, ValueError, OverflowError):
        pairs = []
    if len(pairs) != len(objective.names) or not all(-FARTHEST < a < b < FARTHEST for a, b in pairs):
        wanted = "(low, high)" if len(objective.names) == 1 else "((low, high), (low, high))"
        raise ValueError(f"domain must be {wanted} with low < high, within ±{FARTHEST:g}, not {quoted(domain)}")
    for name, x, (low, high) in zip(objective.names, objective.start, pairs):
        if not low <= x <= high:
            raise ValueError(f"domain {low:g} to {high:g} does not hold the start, {name} = {x:g}")
    low, high = zip(*pairs)
    return list(low), list(high)


def chosen(objective, rate) -> tuple[list[float], list[float]]:
    """Ends around the start and where descent leads, with a learning rate that gets there."""
    start = np.array(objective.start)
    end, half = start, 2 * np.maximum(1, abs(start))
    for times in SPEEDS:
        path = np.array(looked_ahead(objective, rate * times))
        if settled(path):
            end, half = path[-1], ROOM * abs(path - path[-1]).max(axis=0)
            break
    alone = np.maximum(1, abs(end))
    half = np.where(half < 1e-12 * alone, alone, half)
    if half.max() < 10 * half.min():  # one scale for both: the gradient is square to the contours
        half = np.full_like(half, half.max())
    axes = [axis([a, b], "", whole=True) for a, b in zip(end - half, end + half)]
    return [tidy(each.low) for each in axes], [tidy(each.high) for each in axes]


def tidy(x: float) -> float:
    """A number without the traces of rounding."""
    return float(f"{x:.12g}")


def looked_ahead(objective, rate) -> list[list[float]]:
    """The path of true descent, until it is at rest, far away or without a value."""
    path = [objective.start]
    for _ in range(LOOK_AHEAD):
        value, slopes = objective.at(path[-1])
        move = [rate * slope for slope in slopes]
        if not np.isfinite([value, *slopes]).all() or max(map(abs, move)) > 1e6:
            break
        path.append([x - m for x, m in zip(path[-1], move)])
        if math.hypot(*move) <= 1e-4 * math.dist(path[-1], path[0]):
            break
    return path


def settled(path) -> bool:
    """Whether the last move of a path is short beside the first."""
    moves = np.linalg.norm(np.diff(path, axis=0), axis=1)
    return bool(len(moves) and moves[-1] <= SETTLED * moves[0])


def sampled(objective, low, high) -> Curve | Surface:
    """Sample the function where the picture shows it, and around."""
    with np.errstate(all="ignore"):
        if len(low) == 1:
            return sample_curve(objective, low[0], high[0], objective.start[0])
        return sample_surface(objective, low, high, objective.start)


def chart_of(landscape, names, output) -> Chart:
    """The axes: parameter and value, or both parameters."""
    if isinstance(landscape, Surface):
        axes = [axis([a, b], name) for a, b, name in zip(landscape.low, landscape.high, names)]
        chart = Chart(*axes, height=HEIGHTS[2])
        return replace(chart, width=chart.width - chart.plot[0] + chart.plot[1])  # a square plot
    low, high = heights_shown(landscape)
    x = axis([landscape.low, landscape.high], names[0])
    return Chart(x, axis([low, high], output), width=560, height=HEIGHTS[1])


def heights_shown(curve: Curve) -> tuple[float, float]:
    """Least and greatest value to show."""
    places = np.linspace(curve.low, curve.high, 400)
    low, high = usual(np.array([curve([x])[0] for x in places]))
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def scene_of(landscape, chart, output) -> Scene:
    """What the sentences need to know."""
    if isinstance(landscape, Curve):
        inside = landscape.value[(landscape.at >= landscape.low) & (landscape.at <= landscape.high)]
        axes, lines = [chart.x], [landscape.at]
        spread = chart.y.high - chart.y.low
    else:
        (first, second), axes, lines = landscape.at, [chart.x, chart.y], landscape.at
        inside = landscape.value[np.ix_(
            (second >= chart.y.low) & (second <= chart.y.high),
            (first >= chart.x.low) & (first <= chart.x.high),
        )]  # fmt: skip
        even = (np.linspace(each.low, each.high, EVEN) for each in axes)  # the samples are not
        bottom, top = usual(landscape.over(*map(np.ravel, np.meshgrid(*even)))[0])
        spread = top - bottom
    return Scene(
        names=[each.label for each in axes],
        output=output,
        widths=[each.high - each.low for each in axes],
        lowest=float(np.nanmin(inside)),
        spread=spread,
        reach=[[float(line[0]), float(line[-1])] for line in lines],
        shown=[[each.low, each.high] for each in (chart.x, chart.y)],
    )


# --------------------------------------------------------------------------- what is sent


def content(descent: Descent) -> dict:
    """What the browser needs: the samples, the axes, the words and the first state."""
    landscape, scene = descent.landscape, descent.scene
    return {
        **asdict(scene),
        "landscape": landscape_content(landscape),
        "chart": descent.chart.data(),
        "contours": contours_of(landscape) if isinstance(landscape, Surface) else [],
        "gaps": landscape.gaps if isinstance(landscape, Curve) else [],
        "low": [float(x) for x in np.atleast_1d(landscape.low)],
        "high": [float(x) for x in np.atleast_1d(landscape.high)],
        "grain": [grain(width) for width in scene.widths],
        "rates": rates(descent.first["lr"]),
        "nudges": nudges_of(descent),
        "most": MOST_STEPS,
        "first": descent.first,
        "notes": notes(landscape, scene),
    }


def landscape_content(landscape) -> dict:
    """The samples, with None or nan where there is no value, and how far they are off between."""
    errors = [powers(each) for each in landscape.errors]
    if isinstance(landscape, Curve):
        names = ("at", "value", "slope")
        return {**{name: plain(getattr(landscape, name)) for name in names}, "errors": errors}
    return {
        "at": [plain(line) for line in landscape.at],
        "value": packed(landscape.value),
        "slopes": [packed(slope) for slope in landscape.slopes],
        "twist": packed(landscape.twist),
        "smooth": "".join(map(str, landscape.smooth.astype(int).flat)),
        "errors": errors,
    }


def powers(errors) -> str:
    """A letter for each error, the power of ten that it is not above: A for 1e−16, B for 1e−15 …

    >>> powers(np.array([0.0, 1e-15, 2.5, np.nan]))
    'ABR?'
    """
    with np.errstate(divide="ignore"):
        exponents = np.ceil(np.log10(np.maximum(np.ravel(errors), 1e-16)) - 1e-9)
    return "".join(chr(ord("Q") + int(k)) if abs(k) <= MOST_POWER else "?" for k in exponents)


def plain(array) -> list:
    """A list of numbers, whole ones short, None for what is none or infinite."""
    if array.ndim > 1:
        return [plain(row) for row in array]
    return [None if not math.isfinite(x) else int(x) if x == int(x) and abs(x) < 1e9 else x
            for x in array.tolist()]  # fmt: skip


def contours_of(surface: Surface) -> list[dict]:
    """The lines of equal value in the picture, as flat lists x, y, x, y …"""
    lines = [np.linspace(a, b, FINE) for a, b in zip(surface.low, surface.high)]
    heights = surface.over(*np.meshgrid(*lines))[0]
    return [
        {"text": number(level), "lines": [
            [float(f"{x:.4g}") for point in line for x in point]
            for line in contour(*lines, heights, level)
        ]}
        for level in levels(heights)
    ]  # fmt: skip


def grain(width: float) -> float:
    """A round distance, about a hundredth of the picture: what an arrow key moves.

    >>> grain(0.8), grain(0.7999999999999999), grain(5), grain(1e-4)
    (0.01, 0.01, 0.05, 1e-06)
    """
    factor, power = f"{width / 80:.6e}".split("e")
    return float(f"{max(s for s in (1, 2, 5) if s <= float(factor))}e{power}")


def rates(first: float) -> list[float]:
    """The learning rates of the slider, the first among them."""
    middle = math.floor(math.log10(first))
    powers = range(middle - DECADES, middle + DECADES)
    found = {first, *(float(f"{r}e{k}") for k in powers for r in RATES)}
    return sorted(rate for rate in found if 0 < rate < math.inf)


def notes(landscape, scene) -> list[str]:
    """What is to be said about the samples: how many, how good, where the function jumps."""
    inside = landscape.inside
    value, slope = (told_error(float(np.nanmax(each[inside], initial=0.0))) for each in landscape.errors)
    said = [
        "While Python is running, every number comes from the function itself: the path, the next "
        "step and the nudges, each slope by a backward pass.",
        f"Until Python has answered, and on a page without it, numbers are read from samples: {scene.output} "
        f"was computed at {landscape.value.size} places, and between them it is interpolated. At "
        f"{np.count_nonzero(inside)} other places of the picture values were off by {value}, "
        f"slopes by {slope}. No more digits are shown than hold there. Small errors add up: a long path "
        "may drift from the true one.",
    ]
    if isinstance(landscape, Surface):
        if landscape.rough:
            part = max(1, round(100 * landscape.rough))
            said.append(
                f"In {part} % of the picture {scene.output} bends too sharply for that: values "
                "and contours there are rounded off."
            )
        if np.isnan(landscape.value).any():
            said.append(f"Where there are no contours {scene.output} may have no value.")
        return said
    what = {"kink": f"the slope of {scene.output}", "jump": scene.output}
    said += [
        f"At {scene.names[0]} = {number(each.at)} {what[each.kind]} jumps from "
        f"{number(each.before)} to {number(each.after)}."
        for each in landscape.breaks[:3]
    ]
    if len(landscape.breaks) > 3:
        said.append(f"There are {len(landscape.breaks)} such places.")
    said += [
        f"{between(scene.names[0], round(low, 6), round(high, 6))} {scene.output} has no value."
        for low, high in landscape.holes[:3]
    ]
    return said


def between(name, low, high) -> str:
    """``From a = −1 to 0``, or where that is one place ``At a = 0``."""
    if high - low < 1e-5 * (1 + abs(low)):
        return f"At {name} = {number(low)}"
    return f"From {name} = {number(low)} to {number(high)}"


def told_error(error: float) -> str:
    """An error by a bound: rounding is not the same everywhere."""
    if not math.isfinite(error):
        return "much"
    if error > 1e-3:
        return f"up to {number(float(f'{error:.1g}'))}"
    return f"less than {number(10.0 ** max(math.ceil(math.log10(error)), -6) if error else 1e-6)}"


def table(scene, places) -> list[str]:
    """The path as aligned lines of text."""
    head = ["step", *scene.names, scene.output, *slope_heads(scene.names)]
    cells = [head] + [
        [str(step), *(number(x) if x == x else "?" for x in (*place.point, place.value, *place.slopes))]
        for step, place in enumerate(places)
    ]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in cells]


def slope_heads(names) -> list[str]:
    """The headings of the columns of slopes."""
    return ["slope"] if len(names) == 1 else [f"slope of {name}" for name in names]
