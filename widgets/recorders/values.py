"""Arrays as the plain data of a trace."""

import itertools
import math

import numpy as np

from ..trace import Summary, Value

HEAD = 8  # elements shown of a tensor that is too large to be kept in full


def value_of(array, max_elements, dtype=None, origin="graph"):
    """Return the `Value` of an array or number: in full up to ``max_elements``, else summarised.

    >>> value_of(np.arange(3.0), 100).data
    [0.0, 1.0, 2.0]
    >>> value_of(np.arange(1000.0), 100).summary.mean
    499.5
    """
    array = np.asarray(array)
    dtype = dtype or str(array.dtype)
    if array.size <= max_elements:
        return Value(array.shape, dtype, data=array.tolist(), origin=origin)
    return Value(array.shape, dtype, summary=summary_of(array), origin=origin)


def summary_of(array):
    """Return a large array in a few numbers; of complex numbers, their absolute values."""
    head = tuple(each.item() for each in itertools.islice(array.flat, HEAD))
    shared = tuple(slice(1) if step == 0 else slice(None) for step in array.strides)
    array, whole = array[shared], array.size  # what was expanded is looked at once
    wide = np.abs(array) if array.dtype.kind == "c" else array
    wide = wide.astype(np.float64, copy=False)
    norm = in_range(lambda x: np.sqrt(np.square(x).sum()), wide) * math.sqrt(whole / wide.size)
    return Summary(float(wide.min()), float(wide.max()), in_range(np.mean, wide), norm, head)


def in_range(statistic, array) -> float:
    """A statistic on the way to which a float may overflow or vanish, though it is none too large.

    >>> in_range(np.mean, np.array([1.5e308, 1.5e308]))
    1.5e+308
    """
    with np.errstate(all="ignore"):
        found, largest = float(statistic(array)), float(np.abs(array).max())
        if largest == 0 or not math.isfinite(largest) or (math.isfinite(found) and found != 0):
            return found
        return largest * float(statistic(array / largest))


def number_text(number):
    """Return a constant as one would write it: ``3``, ``0.5``, ``True``, ``1e-08``.

    >>> number_text(3.0), number_text(0.5), number_text(-4)
    ('3', '0.5', '-4')
    """
    whole = isinstance(number, float) and number.is_integer() and abs(number) < 1e16
    if whole and str(number) != "-0.0":  # of which 1 is another part than of 0
        number = int(number)
    return str(number).replace("e+", "e")
