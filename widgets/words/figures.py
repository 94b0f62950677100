"""A tensor in a few numbers: gathered from its elements, and written."""

import math
from math import prod

import numpy as np

from ..trace import Summary, Value
from .numbers_as_text import brief, elements, number, roughly

HEAD, SHORT = 100, 8  # elements kept of a tensor that is too large to be kept in full; of a sum on its way
BINS = 20  # of a histogram
FEWEST = 10  # elements that have one
MOST_IN_BOX = 22  # characters of elements: two rows of one number each always fit


def summary_of(array, counted=True):
    """Return a large array in a few numbers; of complex numbers, their absolute values.

    Unless it is ``counted`` how many elements lie where, that takes less time.
    """
    head = tuple(array.flat[: HEAD if counted else SHORT].tolist())
    shared = tuple(slice(1) if step == 0 else slice(None) for step in array.strides)
    array, whole = array[shared], array.size  # what was expanded is looked at once
    times = whole // array.size
    wide = np.abs(array) if array.dtype.kind == "c" else array
    wide = wide.astype(np.float64, copy=False)
    low, high = float(wide.min()), float(wide.max())
    largest = max(abs(low), abs(high))
    norm = in_range(euclidean, wide, largest) * math.sqrt(times)
    odd = (
        (0, 0)
        if math.isfinite(low) and math.isfinite(high)
        else map(np.count_nonzero, (np.isnan(wide), np.isinf(wide)))
    )
    counts = (wide.size - np.count_nonzero(wide), *odd)
    counts = [int(count) * times for count in counts]
    bins = tuple(count * times for count in bins_of(wide, low, high)) if counted else ()
    return Summary(low, high, in_range(np.mean, wide, largest), norm, head, *counts, bins)


def briefly(array):
    """Return a large array in the numbers that a report on a pass reads: in its own type, and nothing is counted.

    >>> briefly(np.arange(1000.0)).mean
    499.5
    """
    head = tuple(array.flat[:HEAD].tolist())
    if array.dtype.kind != "f" or array.dtype.itemsize < 4 or 0 in array.strides:
        return summary_of(array)
    low, high = float(array.min()), float(array.max())
    largest = max(abs(low), abs(high))
    flat = array.ravel(order="K")
    norm = in_range(lambda each: math.sqrt(np.dot(each, each)), flat, largest)
    return Summary(low, high, in_range(np.mean, flat, largest), norm, head)


def bins_of(array, low, high) -> list[int]:
    """How many elements lie in each of 20 even parts between the smallest and the largest; [] where there are none.

    >>> bins_of(np.array([0.0, 0.01, 1.0]), 0.0, 1.0)
    [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    scale = BINS / (high - low) if low < high else math.inf
    if not math.isfinite(scale) or not math.isfinite(high - low):
        return []
    places = ((array - low) * scale).astype(np.intp).ravel()
    found = np.bincount(places, minlength=BINS + 1)
    found[BINS - 1] += found[BINS]  # the largest itself
    return found[:BINS].tolist()


def histogram(value: Value | None) -> list[int]:
    """Count how many elements of a tensor lie in each of 20 even parts; [] of a few, and of what is no number.

    >>> histogram(Value((3,), "float64", [1.0, 2.0, 3.0]))
    []
    """
    if value is None or prod(value.shape) < FEWEST:
        return []
    if value.data is None:
        return list(value.summary.bins) if value.summary else []
    array = np.asarray(value.data)
    array = np.abs(array) if array.dtype.kind == "c" else array.astype(np.float64)
    return bins_of(array, float(array.min()), float(array.max()))


def first_elements(value: Value | None) -> list[str]:
    """Write the first elements of a tensor, row by row.

    >>> first_elements(Value((1, 1, 2), "float64", [[[1.0, 2.5]]]))
    ['1', '2.5']
    """
    if value is None or not value.shape:
        return []
    if value.data is None:
        return [number(each) for each in value.summary.head] if value.summary else []
    return [number(each) for each in np.asarray(value.data).ravel().tolist()]


def in_range(statistic, array, largest) -> float:
    """A statistic on the way to which a float may overflow or vanish, though it is none too large.

    >>> in_range(np.mean, np.array([1.5e308, 1.5e308]), 1.5e308)
    1.5e+308
    """
    with np.errstate(all="ignore"):
        found = float(statistic(array))
        if largest == 0 or not math.isfinite(largest) or (math.isfinite(found) and found != 0):
            return found
        return largest * float(statistic(array / largest))


def euclidean(array):
    """The norm of an array."""
    return np.sqrt(np.square(array).sum())


def norm_of(value: Value | None) -> float | None:
    """The Euclidean norm of a value, None where it is not known.

    >>> norm_of(Value((2,), "float64", [3.0, 4.0]))
    5.0
    """
    if value is None or value.data is None:
        return value.summary.norm if value and value.summary else None
    if isinstance(value.data, float):
        return abs(value.data)
    sizes = np.abs(np.asarray(value.data, complex))
    return in_range(euclidean, sizes, float(sizes.max(initial=0)))


def in_box(value: Value | None) -> str:
    """Write a value as it stands in a box: its numbers where they fit, else its shape and its norm.

    >>> in_box(Value((2, 1), "float64", [[1.0], [2.5]]))
    '[[1], [2.5]]'
    >>> in_box(Value((2, 3), "float64", [[0.3333, 0.0, 0.0], [0.0, 0.0, 0.6667]]))
    '2×3 ‖0.745‖'
    """
    text = brief(value, MOST_IN_BOX)
    if value is None or not value.shape or text.startswith("["):
        return text
    if value.data is not None and 3 * prod(value.shape) <= MOST_IN_BOX:
        written = elements(value.data)
        if len(written) <= MOST_IN_BOX:
            return written
    norm = norm_of(value)
    measured = norm is not None and ("float" in value.dtype or "complex" in value.dtype)
    return f"{text} ‖{roughly(norm, 3)}‖" if measured else text


def figures(value: Value | None) -> list[str]:
    """Write a tensor in a few numbers: min, max, mean, norm, and how many elements are zero, nan, infinite.

    What is not known is left out at the end; of one number, which says it all, is nothing to say.

    >>> figures(Value((2, 2), "float64", [[3.0, 0.0], [0.0, 4.0]]))
    ['0', '4', '1.75', '5', '2', '0', '0']
    """
    if value is None or not value.shape or 0 in value.shape:
        return []
    found = value.summary if value.data is None else summary_of(np.asarray(value.data))
    if found is None:
        return []
    told = found.min, found.max, found.mean, found.norm, found.zeros, found.nans, found.infinite
    return [number(each) for each in told if each is not None]
