"""Arrays as the plain data of a trace."""

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
    head = tuple(array.reshape(-1)[:HEAD].tolist())
    wide = np.abs(array) if array.dtype.kind == "c" else array
    wide = wide.astype(np.float64, copy=False)
    with np.errstate(all="ignore"):
        return Summary(
            min=float(wide.min()),
            max=float(wide.max()),
            mean=float(wide.mean()),
            norm=float(math.sqrt(np.square(wide).sum())),
            head=head,
        )


def number_text(number):
    """Return a constant as one would write it: ``3``, ``0.5``, ``True``, ``1e-08``.

    >>> number_text(3.0), number_text(0.5), number_text(-4)
    ('3', '0.5', '-4')
    """
    whole = isinstance(number, float) and number.is_integer() and abs(number) < 1e16
    if whole and str(number) != "-0.0":  # of which 1 is another part than of 0
        number = int(number)
    return str(number).replace("e+", "e")
