"""What descent makes smaller: a learner's function of one or two parameters, and its slopes."""

from collections.abc import Callable

import numpy as np

from autograd_core.printable import quoted

from ..functions.function import function_of
from ..functions.inputs import name_of, parameter_names, parameters_of, signature_of
from ..libraries import is_tensor
from ..libraries.undisturbed import undisturbed

MOST_PARAMETERS = 2
FARTHEST = 1e300  # a parameter: beyond, what is added to it is no float any more
MOST_KNOWN = 10_000  # points that are kept


class Objective:
    """What gradient descent makes smaller, and its slopes by the function's own library.

    Parameters
    ----------
    fn : function of one or two parameters, or of one vector of two, that returns one number
        as a tensor of `autograd_core` or of PyTorch. What else it uses keeps its ``.grad``.
    start : a number or a pair of numbers, or a tensor of one or two
    dtype : None, for float64, or ``"as given"``

    Attributes
    ----------
    start : list of float
    names : list of str, what the parameters are called
    name : str, what the function is called
    changed : bool, whether `look` has found that the function is not what it was

    Raises TypeError or ValueError, in words for a learner.

    >>> f = Objective(lambda a: (a - 2) ** 2, 1.0)
    >>> f([1.0]), f([5.0]), f.names
    ((1.0, [-2.0]), (9.0, [6.0]), ['a'])
    >>> Objective(lambda a: a.log(), 1.0)([-1.0])
    (nan, [nan])
    """

    def __init__(self, fn: Callable, start, dtype=None):
        if not callable(fn) or is_tensor(fn):
            raise TypeError(
                f"Descent needs the function itself, not {type(fn).__name__}: "
                "Descent(f, start), not Descent(f(start), start)"
            )
        self.name, self.start = name_of(fn), numbers_of(start)
        own = parameter_names(fn, len(self.start))
        as_vector = len(self.start) == 2 and takes(fn) == 1
        self.names = [f"{own[0]}[{i}]" for i in range(2)] if as_vector else own
        self.function = function_of(fn, inputs_of(start, self.start, as_vector), every=True, dtype=dtype)
        self.function.single("Descent")
        self.known, self.changed = {}, False
        undisturbed(lambda: self.refuse(own))
        self.at_first = self(self.start)

    def __call__(self, point) -> tuple[float, list[float]]:
        """Return the value and the slopes at a point, nan for all where one is not finite."""
        key = tuple(point)
        if key not in self.known:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[key] = self.computed(point)
        return self.known[key]

    def computed(self, point) -> tuple[float, list[float]]:
        """Ask the function itself; where it raises it has no value, but for the start."""
        try:
            value, gradients = self.function.slopes(self.arrays(point))
        except Exception:
            if list(point) == self.start:
                raise
            return np.nan, [np.nan] * len(point)
        slopes = [0.0 if each is None else each for each in gradients]
        slopes = np.concatenate([np.ravel(each) for each in slopes]).tolist()
        slopes = slopes if len(slopes) == len(point) else [0.0] * len(point)  # of a vector there is none
        return (value, slopes) if np.isfinite([value, *slopes]).all() else (np.nan, [np.nan] * len(point))

    def arrays(self, point) -> list[np.ndarray]:
        """A point as the arrays that the function takes."""
        parts = [point] if len(self.function.arrays) < len(point) else point
        return [
            np.array(x, array.dtype).reshape(array.shape) for x, array in zip(parts, self.function.arrays)
        ]

    def look(self) -> None:
        """See whether the function is still what it was."""
        self.changed = self.changed or self.computed(self.start) != self.at_first

    def refuse(self, names):
        """Raise what is wrong with the function at the start."""
        _, gradients = self.function.slopes(self.arrays(self.start))
        for name, gradient in zip(names, gradients):
            if gradient is None:
                raise ValueError(
                    f"{self.name} does not depend on {name}: there is no path from its output "
                    f"back to {name}. Compute the output from {name} itself, with tensor "
                    "operations, without .item(), .detach() or no_grad()"
                )
        first, second = self.computed(self.start), self.computed(self.start)
        if not np.isfinite(first[0]):
            where = ", ".join(f"{n} = {x:g}" for n, x in zip(self.names, self.start))
            raise ValueError(f"{self.name} has no finite value and slope at the start, {where}")
        if first != second:
            raise ValueError(
                f"{self.name} returns another value each time, {first[0]:g} and then "
                f"{second[0]:g}: draw its random numbers once, outside the function"
            )


def inputs_of(start, numbers, as_vector) -> list:
    """The start as the function takes it: one vector, or one number for each parameter."""
    if as_vector:
        return [start.detach() if is_tensor(start) else np.array(numbers)]
    given = start if isinstance(start, list | tuple) else [start]
    if is_tensor(start):
        given = list(start.detach().reshape(-1))
    return [each.detach().reshape(()) if is_tensor(each) else x for each, x in zip(given, numbers)]


def numbers_of(start) -> list[float]:
    """Return the start as a list of one or two numbers."""
    if hasattr(start, "dtype") and not getattr(start.dtype, "is_floating_point", True):
        raise TypeError(
            f"start is a tensor of {start.dtype}; only floating-point numbers have slopes: "
            "write 1.0 in place of 1"
        )
    values = start.detach().tolist() if hasattr(start, "detach") else start
    values = list(values) if isinstance(values, list | tuple | np.ndarray) else [values]
    values = [x.detach().item() if hasattr(x, "detach") and x.numel() == 1 else x for x in values]
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
    if parameters_of(fn) is None:
        return 0
    return sum(
        p.kind != p.KEYWORD_ONLY and p.default is p.empty for p in signature_of(fn).parameters.values()
    )
