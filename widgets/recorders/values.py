"""Arrays as the plain data of a trace."""

import numpy as np

from ..trace import Value
from ..words.figures import briefly, summary_of


def value_of(array, max_elements, dtype=None, origin="graph", counted=True, brief=False):
    """Return the `Value` of an array or number: in full up to ``max_elements``, else summarised, ``brief`` or not.

    >>> value_of(np.arange(3.0), 100).data
    [0.0, 1.0, 2.0]
    >>> value_of(np.arange(1000.0), 100).summary.mean
    499.5
    """
    array = np.asarray(array)
    dtype = dtype or str(array.dtype)
    if array.size <= max_elements:
        return Value(array.shape, dtype, data=array.tolist(), origin=origin)
    summary = briefly(array) if brief else summary_of(array, counted)
    return Value(array.shape, dtype, summary=summary, origin=origin)


def number_text(number):
    """Return a constant as one would write it: ``3``, ``0.5``, ``True``, ``1e-08``.

    >>> number_text(3.0), number_text(0.5), number_text(-4)
    ('3', '0.5', '-4')
    """
    whole = isinstance(number, float) and number.is_integer() and abs(number) < 1e16
    if whole and str(number) != "-0.0":  # of which 1 is another part than of 0
        number = int(number)
    return str(number).replace("e+", "e")
