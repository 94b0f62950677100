"""A learner's function of one or two parameters: many places in, values and slopes out."""

import inspect
import sys
from collections.abc import Callable

import numpy as np

import autograd_core

from ..progress import progress_bar
from ..recorders.function_inputs import first_that_works, kind_of
from ..verification import name_of, parameter_names

MOST_PARAMETERS = 2
TRIED = 5  # places at which a function given many numbers at once is compared with one at a time
WAIT = 1.0  # seconds before a progress bar appears
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

    def __init__(self, fn: Callable, start):
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
        self.library = self.found_library(start)
        self.complain()
        self.all_at_once = not self.as_vector and self.works_at_once()

    def __call__(self, points) -> tuple[np.ndarray, np.ndarray]:
        """Return the values, of shape (places,), and slopes, of shape of ``points``."""
        if self.all_at_once:
            try:
                return self.at_once(points)
            except Exception:  # it may have met an array that has just the length of its data
                pass
        found = [
            self.at(point)
            for point in progress_bar(
                points, desc=self.name, delay=WAIT, leave=False, unit="place"
            )
        ]
        values, slopes = zip(*found)
        return np.array(values), np.array(slopes)

    # -------------------------------------------------------------------------- one place

    def at(self, point) -> tuple[float, list[float]]:
        """Return the value and the slopes at one place."""
        leaves, output = self.output(point)
        slopes = self.library.slopes(output, leaves)
        flat = [float(x) for slope in slopes for x in np.ravel(slope)]
        return float(output.detach().reshape(()).item()), flat

    def output(self, point):
        """Return the tensors made of a place, and what the function makes of them."""
        arrays = [np.array(point)] if self.as_vector else [np.array(x) for x in point]
        leaves = [self.library.leaf(array) for array in arrays]
        with np.errstate(all="ignore"):  # outside its domain the value is nan
            return leaves, self.fn(*leaves)

    def found_library(self, start):
        """The library, and precision, that the function computes in."""

        def tried(library):
            self.library = library
            _, output = self.output(self.start)
            if not library.has(output) and type(output).__module__.startswith("torch"):
                raise TypeError(returned(self, output))
            return library

        return first_that_works(libraries(start), tried)

    def complain(self):
        """Raise what is wrong with the function at the start."""
        leaves, output = self.output(self.start)
        if not self.library.has(output) or output.numel() != 1:
            raise ValueError(returned(self, output))
        slopes = [None] * len(leaves)
        if output.requires_grad:
            slopes = self.library.slopes(output, leaves, missing=None)
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
        leaves = [self.library.leaf(column.copy()) for column in np.asarray(points).T]
        with np.errstate(all="ignore"):
            output = self.fn(*leaves)
            if tuple(output.shape) != (len(points),):
                raise ValueError("not a function of each place by itself")
            slopes = self.library.slopes(output.sum(), leaves)
        return np.asarray(output.detach(), dtype=float), np.stack(slopes, axis=1)

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


class Library:
    """What differs between `autograd_core` and PyTorch: nothing but where it is found."""

    def __init__(self, module, dtype):
        self.module, self.dtype = module, dtype

    def leaf(self, array):
        """A tensor that requires a gradient."""
        return self.module.tensor(array, dtype=self.dtype, requires_grad=True)

    def has(self, thing) -> bool:
        """Whether it is a tensor of this library."""
        return isinstance(thing, self.module.Tensor)

    def slopes(self, output, leaves, missing=0.0):
        """The gradients as arrays; no ``.grad`` is touched."""
        with np.errstate(all="ignore"):
            found = self.module.autograd.grad(output, leaves, allow_unused=True)
        return [
            np.asarray(grad, dtype=float) if grad is not None
            else None if missing is None else np.full(tuple(leaf.shape), missing)
            for grad, leaf in zip(found, leaves)
        ]  # fmt: skip


def libraries(start) -> list[Library]:
    """The libraries to try, the likeliest first: PyTorch only where it is loaded already."""
    pytorch = sys.modules.get("torch")
    if pytorch and isinstance(start, pytorch.Tensor):
        return [Library(pytorch, start.dtype)]
    found = [Library(autograd_core, autograd_core.float64)]
    if pytorch and not isinstance(start, autograd_core.Tensor):
        found += [Library(pytorch, pytorch.float64), Library(pytorch, pytorch.float32)]
    return found


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
        if not np.isfinite(x):
            raise ValueError(f"start must be finite, not {start!r}")
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
