"""Descent: nudge a parameter, see its slope, and go against it step by step."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
import traitlets

from autograd_core.printable import printable, quoted

from ..base import State, Widget, is_number, picture, positive, whole
from ..libraries.undisturbed import undisturbed
from ..long_work import Progress
from ..words.table import aligned
from .contours import contours
from .narration import WORDS, nudged, texts, told, verdict, walk
from .objective import Objective
from .picture import draw
from .samples import PLACES, sampled
from .window import chart_of, equal_scales, limits, scene_of

NUDGES = (1.0, 0.1, 0.01, 0.001)
MOST_STEPS = 200
AHEAD = 50  # steps at the present learning rate that the browser is told beforehand: one run
FINE = 81  # lines of the grid on which contours are found
NARROW = 0.65  # of a map's plot: in one so small the contours' values still fit


class Descent(Widget, module="descent"):
    """Gradient descent on a function of one parameter or two, one step at a time.

    Values and slopes of the path, of each next step and of each nudge are the function's own, by
    its library's backward pass. For the picture, and so that a page without a kernel can go on,
    the function is sampled beforehand as well: a few hundred times. A number that is read between
    the samples is marked ≈. If the function changes afterwards, as the loss of a model that is
    trained on, samples are all it reads.

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
    reset_grad : bool, whether ``.grad`` is reset before each pass at first; with it comes a switch for that,
        and without the reset all slopes of the path add up
    dtype : None, to compute in float64 and on copies of all that ``fn`` reads, or ``"as given"``, in
        the types that they have

    Attributes
    ----------
    path : list of points, each a list of one or two numbers. Follows the learner. One point may
        be put in its place, where descent is to start, or the beginning of it.
    lr, nudge : float, reset_grad : bool. Follow the learner.
    position : float or pair of floats, where the path now ends. It is told, and cannot be set.

    Raises TypeError or ValueError for a function or a start it cannot draw, for a learning rate
    that is not positive, and for a nudge that is not among those to choose from.

    >>> descent = Descent(lambda a: (a - 2) ** 2, 1.0, lr=0.1, output="error")
    >>> descent.describe()
    'Step 0: a = 1, error = 1, slope −2. Next: new a = 1 − 0.1·(−2) = 1.2.'
    >>> descent.step()
    >>> descent.position, len(descent.path)
    (1.2, 2)
    >>> Descent(lambda a: (a - 2) ** 2, 1.0, steps=2, output="error", reset_grad=False).describe()
    'Step 2: a = 1.56, error = 0.1936, slope −0.88. .grad holds −4.48, the sum of 3 slopes. Next: new a = 1.56 − 0.1·(−4.48) = 2.008.'
    """

    course = State({})  # where it starts, and the rate of each step
    # rows of point, value, slopes that the browser may need
    exact = traitlets.List().tag(sync=True, ours=True)
    path = State([], sync=False)
    lr = State(0.1)
    nudge = State(0.01)
    reset_grad = State(True)
    position = State(None, sync=False)

    def __init__(self, fn: Callable, start: float | Sequence[float], lr: float = 0.1, *,
                 domain: Sequence | None = None, nudge: float = 0.01, output: str | None = None,
                 steps: int = 0, reset_grad: bool | None = None, dtype: str | None = None) -> None:  # fmt: skip
        lr, nudge, steps = positive("lr", lr), positive("nudge", nudge), whole("steps", steps, 0)
        undisturbed(
            lambda: self._make(Objective(fn, start, dtype), lr, domain, nudge, output, steps, reset_grad)
        )

    def _make(self, objective, lr, domain, nudge, output, steps, reset_grad):
        low, high = limits(domain, objective, lr)
        self.objective, names = objective, objective.names
        progress = Progress(objective.name, PLACES[len(names)])

        def counted(point):
            progress.tick()
            return objective(point)

        self.samples = progress.run(lambda: sampled(counted, low, high))
        name = printable(output or ("f" if objective.name == "the function" else objective.name))
        self.chart = chart_of(self.samples, low, high, names, name)
        self.scene = replace(scene_of(self.samples, low, high, self.chart, names, name),
                             switch=reset_grad is not None)  # fmt: skip
        self.first = {
            "course": {"start": objective.start, "rates": []}, "lr": lr, "nudge": nudge,
            "reset_grad": reset_grad is not False,
        }  # fmt: skip
        super().__init__(content(self, low, high), **self.first)
        self.step(steps)

    def f(self, point):
        """Return the value and the slopes at a point: the function's own, or where it has changed of the samples."""
        if self.objective.changed:
            return self.samples(point)
        return (math.nan, [math.nan] * len(point)) if self.scene.too_far(point) else self.objective(point)

    # ------------------------------------------------------------------------ what one can do

    def step(self, count: int = 1) -> None:
        """Take steps against the slope, as far as slopes are known.

        Raises TypeError or ValueError for what is no number of steps.
        """
        count = whole("count", count, 0)
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
        return undisturbed(lambda: walk(self.f, start, rates, self.reset_grad))

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
            for row in undisturbed(lambda: nudged(self.scene, self.f, self.places[-1], self.nudge))
        ]
        return "\n".join([self.describe(), *nudges, *table(self.scene, self.places)])

    def svg(self) -> str:
        """Return the picture: curve or contours, path, slope, nudge and the next step."""
        ground = self.data["contours"] if len(self.scene.names) == 2 else self.samples
        body = undisturbed(
            lambda: draw(self.chart, self.scene, ground, self.f, self.places, self.lr, self.nudge)
        )
        return picture("Gradient descent", self.describe(), self.chart.width, self.chart.height, body)

    # ------------------------------------------------------------------------ what it accepts

    @course.accepts
    def _course_can_be_walked(self, course):
        if (
            not isinstance(course, dict)
            or course.keys() != {"start", "rates"}
            or not isinstance(course["rates"], list | tuple)
        ):
            raise ValueError(f"course must be like {{'start': [1.0], 'rates': [0.1]}}, not {quoted(course)}")
        if len(course["rates"]) > MOST_STEPS:
            raise ValueError(f"at most {MOST_STEPS} steps are taken, not {len(course['rates'])}")
        undisturbed(self.objective.look)
        self.scene = replace(self.scene, sampled=self.objective.changed)
        start, rates = self._point(course["start"]), [positive("each rate", x) for x in course["rates"]]
        self._walked(start, rates)
        return {"start": start, "rates": rates}

    @path.accepts
    def _path_is_points(self, path):
        path = path.tolist() if isinstance(path, np.ndarray) else path
        if not isinstance(path, list | tuple):
            raise TypeError(f"path must be a list of points, such as [[3.0]], not {quoted(path)}")
        if not len(path):
            raise ValueError("path must have at least one point, where descent starts")
        walked = [place.point for place in self.places[: len(path)]] if len(path) > 1 else path
        if path == walked and len(path) > 1:
            return walked  # whose last point may be infinitely far away
        path = [self._point(point) for point in path]
        undisturbed(lambda: self.f(path[0]))
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
            raise ValueError(
                f"each point of path must be a list of {count} finite numbers, not {quoted(point)}"
            )
        return [float(x) for x in point]

    @lr.accepts
    def _is_positive(self, lr):
        return positive("lr", lr)

    @reset_grad.accepts
    def _is_bool(self, reset_grad):
        if not isinstance(reset_grad, bool):
            raise TypeError(f"reset_grad must be True or False, not {quoted(reset_grad)}")
        if not (reset_grad or self.scene.switch):
            raise ValueError(
                "this Descent has no switch for the reset: make it with reset_grad=True or False"
            )
        return reset_grad

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
            self.course = {"start": path[0], "rates": rates[: len(path) - 1]}

    @traitlets.observe("course", "reset_grad")
    def _moved(self, change):
        if not self.course:
            return
        self.path = [place.point for place in self.places]
        self.position = end_of(self.path)

    @traitlets.observe("course", "lr", "nudge", "reset_grad")
    def _tell_the_browser(self, change):
        if not self.course:
            return
        self.exact = [] if self.objective.changed else undisturbed(self._what_it_may_need)

    def _what_it_may_need(self):
        """Rows of point, value and slopes: of the path, of the steps to come, and of all nudges."""
        here = self.places[-1].point
        places = self._walked(self.course["start"], [*self.course["rates"], *[self.lr] * AHEAD])
        nudges = [
            [x + nudge * (i == k) for k, x in enumerate(here)]
            for nudge in {*self.data["nudges"], self.nudge} for i in range(len(here))
        ]  # fmt: skip
        points = [place.point for place in places if all(map(math.isfinite, place.point))] + nudges
        told = ((point, *self.f(point)) for point in points)
        return [
            [x if math.isfinite(x) else None for x in (*point, value, *slopes)]
            for point, value, slopes in told
        ]


def nudges_of(descent: Descent) -> list[float]:
    """The nudges to choose from, the first among them."""
    return sorted({*NUDGES, descent.first["nudge"]}, reverse=True)


def end_of(path):
    """The last point of a path: a float, or a pair of them."""
    here = path[-1]
    return here[0] if len(here) == 1 else tuple(here)


# --------------------------------------------------------------------------- what is sent


def content(descent: Descent, low, high) -> dict:
    """What the browser needs: the samples, the axes, the words and the first state."""
    scene, samples = descent.scene, descent.samples
    return {
        **asdict(scene),
        "samples": {
            "at": [rounded(line, 12) for line in samples.at],
            "value": rounded(samples.value, 6),
            "slopes": [rounded(slope, 6) for slope in samples.slopes],
        },
        "chart": descent.chart.data(),
        "contours": contours_of(descent, low, high) if len(low) == 2 else [],
        "low": low,
        "high": high,
        "grain": [grain(width) for width in scene.widths],
        "nudges": nudges_of(descent),
        "most": MOST_STEPS,
        "first": descent.first,
        "heads": heads(scene),
        "notes": notes(samples, scene),
        **WORDS,
    }


def rounded(array, digits) -> list:
    """A list of numbers with their first digits, whole ones short, None for what is none."""
    if array.ndim > 1:
        return [rounded(row, digits) for row in array]
    numbers = (float(f"{x:.{digits}g}") for x in array.tolist())
    return [None if not math.isfinite(x) else int(x) if x == int(x) and abs(x) < 1e9 else x
            for x in numbers]  # fmt: skip


def contours_of(descent: Descent, low, high) -> list[dict]:
    """The lines of equal value in the picture."""
    lines = [np.linspace(*ends, FINE) for ends in zip(low, high)]
    heights = descent.samples.over(*np.meshgrid(*lines))[0]
    return contours(*lines, heights, [NARROW * size for size in descent.chart.plot])


def grain(width: float) -> float:
    """A round distance, about a hundredth of the picture: what an arrow key moves.

    >>> grain(0.8), grain(0.7999999999999999), grain(5), grain(1e-4)
    (0.01, 0.01, 0.05, 1e-06)
    """
    factor, power = f"{width / 80:.6e}".split("e")
    return float(f"{max(s for s in (1, 2, 5) if s <= float(factor))}e{power}")


def notes(samples, scene) -> list[str]:
    """What is to be said about where the numbers come from."""
    said = [
        "While Python is running, every number comes from the function itself: the path, the next "
        "step and the nudges, each slope by a backward pass.",
        f"A number after ≈ does not: {scene.output} was computed at {samples.value.size} places "
        "beforehand, and between them it is interpolated. That is so until Python has answered, on a "
        "page without it, and where the function has changed since: then run the cell again.",
    ]
    if len(scene.names) == 2 and not equal_scales(*scene.widths):
        said.append(
            f"One unit of {scene.names[0]} is not as long as one of {scene.names[1]}: so the steps do "
            "not look square to the contours, though they are."
        )
    if np.isnan(samples.value).any():
        said.append(
            f"Where nothing is drawn {scene.output} has no value, or changes faster than the samples tell."
        )
    return said


def table(scene, places) -> list[str]:
    """The path as aligned lines of text."""
    numbers = ([text if "nan" not in text else "?" for text in texts(scene, place)] for place in places)
    return aligned([heads(scene), *([str(step), *each] for step, each in enumerate(numbers))], left=())


def heads(scene) -> list[str]:
    """The headings of the table."""
    names = scene.names
    slopes = ["slope"] if len(names) == 1 else [f"slope of {name}" for name in names]
    held = [slope.replace("slope", ".grad") for slope in slopes if scene.switch]
    return ["step", *names, scene.output, *slopes, *held]
