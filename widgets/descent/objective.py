"""A learner's function of one or two parameters: many places in, values and slopes out."""

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np

from autograd_core.printable import quoted

from ..functions.inputs import first_that_works, kind_of, name_of, parameter_names
from ..functions.progress import Progress
from ..functions.replicas import on_replicas
from ..functions.rooms import Rooms
from ..libraries import is_tensor, libraries
from ..libraries.undisturbed import undisturbed

MOST_PARAMETERS = 2
FARTHEST = 1e300  # a parameter: beyond, what is added to it is no float any more
TRIED = 5  # places at which a function given many numbers at once is compared with one at a time
MOST_KNOWN = 10_000  # places of a path that are kept


class Objective:
    """What gradient descent makes smaller, and its slopes by the function's own library.

    Parameters
    ----------
    fn : function of one or two parameters, or of one vector of two, that returns one number
        as a tensor of `autograd_core` or of PyTorch. What else it uses keeps its ``.grad``.
    start : a number or a pair of numbers, or a tensor of one or two

    Attributes
    ----------
    start : list of float
    names : list of str, what the parameters are called
    name : str, what the function is called
    all_at_once : bool, whether ``fn`` takes a whole array of places

    Raises TypeError or ValueError, in words for a learner.

    >>> f = Objective(lambda a: (a - 2) ** 2, 1.0)
    >>> values, slopes = f(np.array([[1.0], [5.0]]))
    >>> values.tolist(), slopes.tolist(), f.names
    ([1.0, 9.0], [[-2.0], [6.0]], ['a'])
    """

    def __init__(self, fn: Callable, start, dtype=None):
        if not callable(fn):
            raise TypeError(
                f"Descent needs the function itself, not {type(fn).__name__}: "
                "Descent(f, start), not Descent(f(start), start)"
            )
        self.fn, self.name = fn, name_of(fn)
        self.start = numbers_of(start)
        own = parameter_names(fn, len(self.start))
        self.as_vector = len(self.start) == 2 and takes(fn) == 1
        self.names = [f"{own[0]}[{i}]" for i in range(2)] if self.as_vector else own
        undisturbed(lambda: self.settle(start, dtype))

    def settle(self, start, dtype):
        """Find out which library the function computes in, and whether it can be drawn."""
        first_that_works(ways(start, dtype), self.settle_on)
        self.complain()
        self.all_at_once = not self.as_vector and self.works_at_once()

    def __call__(self, points) -> tuple[np.ndarray, np.ndarray]:
        """Return the values, of shape (places,), and slopes, of shape of ``points``."""
        return undisturbed(lambda: self.at_all(points))

    def at_all(self, points):
        """Return what a call does."""
        if self.all_at_once:
            try:
                return self.at_once(points)
            except Exception:  # it may have met an array that has just the length of its data
                pass
        progress = Progress(self.name, len(points))
        found = progress.run(lambda: [(self.at(point), progress.tick())[0] for point in points])
        values, slopes = zip(*found)
        return np.array(values), np.array(slopes)

    # -------------------------------------------------------------------------- one place

    def at(self, point) -> tuple[float, list[float]]:
        """Return the value and the slopes at one place."""
        def found(leaves, output):
            slopes = [x for slope in self.slopes(output, leaves) for x in np.ravel(slope).tolist()]
            return float(self.library.array(output).reshape(()).item()), slopes

        return undisturbed(lambda: self.run(point, found))

    def run(self, point, work):
        """Return ``work(leaves, output)``, with tensors made of a place and what comes of them."""
        arrays = [np.array(point)] if self.as_vector else [np.array(x) for x in point]
        leaves = [self.library.leaf(array.astype(self.kind), True) for array in arrays]
        return self.run_on(leaves, work)

    def run_on(self, leaves, work):
        """Return ``work(leaves, output)`` of tensors that are there."""
        with self.library.recording():
            output = self.rooms.call(partial(on_replicas(self.fn), *leaves), leaves)
            return self.rooms.own.within(lambda: work(leaves, self.own(output)))

    def own(self, output):
        """What the function has returned, as a tensor that it has made."""
        return self.rooms.own.out(output) if self.library.is_tensor(output) else output

    def slopes(self, output, leaves, missing=0.0) -> list:
        """The gradients as arrays; no ``.grad`` is touched."""
        found = [None] * len(leaves)
        if output.requires_grad:
            found = self.library.gradients([output], leaves, [np.ones(tuple(output.shape))])
        return [
            np.asarray(grad, dtype=float) if grad is not None
            else None if missing is None else np.full(tuple(leaf.shape), missing)
            for grad, leaf in zip(found, leaves, strict=True)
        ]  # fmt: skip

    def settle_on(self, way):
        """Compute in one library, and in float64 or not, if the function can."""
        self.library, double = way
        self.kind = np.float64 if double else self.library.usual
        self.rooms = Rooms(self.library, double)

        def tried(_, output):
            if not self.library.is_tensor(output) and is_tensor(output):
                raise TypeError(returned(self, output))

        self.run(self.start, tried)

    def complain(self):
        """Raise what is wrong with the function at the start."""
        def first_slopes(leaves, output):
            if not self.library.is_floating(output) or output.numel() != 1:
                raise ValueError(returned(self, output))
            return self.slopes(output, leaves, missing=None)

        slopes = self.run(self.start, first_slopes)
        for name, slope in zip([self.names[0].split("[")[0]] if self.as_vector else self.names, slopes):
            if slope is None:
                raise ValueError(
                    f"{self.name} does not depend on {name}: there is no path from its output "
                    f"back to {name}. Compute the output from {name} itself, with tensor "
                    "operations, without .item(), .detach() or no_grad()"
                )
        first, second = self.at(self.start), self.at(self.start)
        if not np.isfinite([first[0], *first[1]]).all():
            where = ", ".join(f"{n} = {x:g}" for n, x in zip(self.names, self.start))
            raise ValueError(f"{self.name} has no finite value and slope at the start, {where}")
        if first != second:
            raise ValueError(
                f"{self.name} returns another value each time, {first[0]:g} and then "
                f"{second[0]:g}: draw its random numbers once, outside the function"
            )

    # --------------------------------------------------------------------- many places at once

    def at_once(self, points):
        """Return values and slopes of a function that is given whole arrays."""
        leaves = [self.library.leaf(column.astype(self.kind), True) for column in np.asarray(points).T]

        def found(leaves, output):
            if tuple(output.shape) != (len(points),):
                raise ValueError("not a function of each place by itself")
            slopes = self.slopes(output, leaves)
            return np.array(self.library.array(output), dtype=float), np.stack(slopes, axis=1)

        return self.run_on(leaves, found)

    def works_at_once(self) -> bool:
        """Whether the function gives the same for many places at once as for each alone."""
        around = np.random.default_rng(0).normal(size=(TRIED, len(self.start)))
        points = np.array(self.start) + around
        try:
            values, slopes = self.at_once(points)
            alone = [self.at(point) for point in points]
        except Exception:  # whatever it is, one at a time will tell
            return False
        return all(
            np.allclose([value, *slope], [v, *m], rtol=1e-6, atol=1e-9, equal_nan=True)
            for value, slope, (v, m) in zip(values, slopes, alone)
        )


class Followed:
    """An objective at the places of a path: each is computed once, and only where samples are.

    Once the function has changed, as the loss of a model that was trained on, only its samples
    are read.

    Parameters
    ----------
    objective : Objective
    samples : function of a point, that tells the same of the samples
    reach : list of (low, high), one for each parameter

    >>> f = Followed(Objective(lambda a: a.log(), 1.0), None, [(-1.0, 4.0)])
    >>> f([2.0]), f([-0.5]), f([5.0])
    ((0.6931471805599453, [0.5]), (nan, [nan]), (nan, [nan]))
    """

    def __init__(self, objective, samples, reach):
        self.objective, self.samples, self.reach, self.known = objective, samples, reach, {}
        self.at_first = objective.at(objective.start)
        self.changed = False

    def look(self) -> None:
        """See whether the function is still what it was."""
        if not self.changed and self.objective.at(self.objective.start) != self.at_first:
            self.changed, self.known = True, {}

    def __call__(self, point) -> tuple[float, list[float]]:
        """Return the value and the slopes at a point, nan where they are not known."""
        key = tuple(point)
        if key not in self.known:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[key] = self.samples(point) if self.changed else self.found(point)
        return self.known[key]

    def found(self, point) -> tuple[float, list[float]]:
        """Ask the function itself."""
        if all(low <= x <= high for x, (low, high) in zip(point, self.reach)):
            value, slopes = self.objective.at(point)
            if np.isfinite([value, *slopes]).all():
                return value, slopes
        return np.nan, [np.nan] * len(point)


def ways(start, dtype) -> list[tuple]:
    """The libraries to try, the likeliest first, in float64 and then in the types that are given."""
    values = [start, *(start if isinstance(start, list | tuple) else [])]
    found = [each for each in libraries() if any(map(each.is_tensor, values))] or list(libraries())
    return [(library, double) for double in ((False,) if dtype else (True, False)) for library in found]


def numbers_of(start) -> list[float]:
    """Return the start as a list of one or two numbers."""
    if hasattr(start, "dtype") and not getattr(start.dtype, "is_floating_point", True):
        raise TypeError(
            f"start is a tensor of {start.dtype}; only floating-point numbers have slopes: "
            "write 1.0 in place of 1"
        )
    values = start.detach().tolist() if hasattr(start, "detach") else start
    values = list(values) if isinstance(values, list | tuple | np.ndarray) else [values]
    values = [
        x.detach().item() if hasattr(x, "detach") and x.numel() == 1 else x for x in values
    ]
    if not 1 <= len(values) <= MOST_PARAMETERS:
        raise ValueError(
            f"start has {len(values)} numbers; Descent draws functions of one parameter or of "
            "two. Hold the others still: Descent(lambda a, b: f(a, b, 3.0), (1.0, 2.0))"
        )
    for x in values:
        if isinstance(x, bool | np.bool_) or not isinstance(x, int | float | np.number):
            raise TypeError(f"start must be a number, or two as in (1.0, 2.0), not {start!r}")
        if not abs(x) < FARTHEST:  # nor is nan
            raise ValueError(f"start must be finite, within ±{FARTHEST:g}, not {quoted(start)}")
    return [float(x) for x in values]


def takes(fn) -> int:
    """How many arguments the function cannot do without."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):  # some functions written in C tell nothing
        return 0
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(p.kind == p.VAR_POSITIONAL for p in parameters):
        return 0
    return sum(p.kind in kinds and p.default is p.empty for p in parameters)


def returned(objective, output) -> str:
    """Say that the function did not return one number."""
    if hasattr(output, "shape") and hasattr(output, "numel"):
        what = f"a tensor of shape {tuple(output.shape)}"
        return (
            f"Descent needs one number to make smaller; {objective.name} returned {what}. "
            "Add the numbers up with .sum(), or take their .mean()"
        )
    return (
        f"Descent needs a function that returns one number as a tensor; {objective.name} "
        f"returned {kind_of(output)}. Compute it from the parameter with tensor "
        "operations, without .item()"
    )
