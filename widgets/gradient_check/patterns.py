"""What wrong derivatives have in common, and so what may have gone wrong.

Each function takes the analytic and the numeric gradient of one input as arrays of its shape and
returns a sentence, or None.
"""

import numpy as np

from ..words.numbers_as_text import number

FACTOR = "a factor is missing or too many"
NOTHING = "is it used behind .detach(), .item() or no_grad()?"  # both say less than the line that does so
CLOSE = 1e-3  # relative; finite differences are better than that


@np.errstate(all="ignore")  # what cannot be worked out is no pattern
def pattern(name: str, analytic: np.ndarray, numeric: np.ndarray, wrong: np.ndarray) -> str | None:
    """Return the first thing that all wrong derivatives by an input have in common.

    >>> n = np.array([2.0, 4.0, 6.0])
    >>> pattern("w", n / 2, n, np.array([True, True, True]))
    'every derivative by w is 0.5 times what it should be: a factor is missing or too many'
    """
    if not (np.isfinite(analytic).all() and np.isfinite(numeric).all()) or wrong.sum() < 2:
        return None
    found = (
        nothing(name, analytic, numeric),
        factor(name, analytic, numeric),
        transposed(name, analytic, numeric),
        lines(name, wrong),
    )
    return next((sentence for sentence in found if sentence), None)


def nothing(name, analytic, numeric) -> str | None:
    """Whether backward() gives 0 throughout."""
    if np.any(analytic):
        return None
    return f"backward() gives 0 for all of {name}: {NOTHING}"


def factor(name, analytic, numeric) -> str | None:
    """Whether all are off by one factor."""
    factor = float(np.vdot(numeric, analytic) / np.vdot(numeric, numeric))
    if not close(analytic, factor * numeric, numeric) or abs(factor - 1) < CLOSE:
        return None
    if abs(factor + 1) < CLOSE:
        return f"every derivative by {name} has the wrong sign"
    return f"every derivative by {name} is {number(factor)} times what it should be: {FACTOR}"


def transposed(name, analytic, numeric) -> str | None:
    """Whether rows and columns are exchanged."""
    if numeric.ndim != 2 or numeric.shape[0] != numeric.shape[1]:
        return None
    if close(analytic, numeric.T, numeric):
        return f"the gradient of {name} is the transpose of what it should be"
    return None


def lines(name, wrong) -> str | None:
    """Whether whole rows, or whole columns, are wrong and nothing else."""
    if wrong.ndim != 2 or wrong.all() or 1 in wrong.shape:
        return None
    for axis, word in ((1, "row"), (0, "column")):
        which = wrong.all(axis=axis)
        if which.any() and np.array_equal(wrong, np.broadcast_to(np.expand_dims(which, axis), wrong.shape)):
            numbers = [str(int(i)) for i in np.flatnonzero(which)]
            several = "s" if len(numbers) > 1 else ""
            verb = "are" if len(numbers) > 1 else "is"
            return f"of {name} exactly {word}{several} {', '.join(numbers)} {verb} wrong"
    return None


def close(first, second, scale) -> bool:
    """Whether two gradients are the same, compared with the size of the right one."""
    return bool(np.all(np.abs(first - second) <= CLOSE * np.max(np.abs(scale), initial=0.0)))
