"""Numbers as a learner reads them: short, aligned, exact where they can be.

The same text is shown by every widget. Formulas (`mathematics/written.py`) and axes write theirs shorter.
"""

import math
from math import prod

import numpy as np

from ..trace import Value

BOUNDS = (1e-6, 1e-4, 1e-2)  # the bounds in which differences are told; all rounding is below
MEASURED, EXACT = 7, 12  # decimals of a slope near 0, measured or computed: the others are noise


def number(x, decimals: int | None = None) -> str:
    """Write a number with at most four decimals, or with exactly ``decimals`` of them.

    A true minus sign, as in a book, but not before a zero; very small and very large numbers as powers of ten.

    >>> number(6.0), number(2 / 3), number(-0.25), number(1e-7), number(19.57449, 2)
    ('6', '0.6667', '−0.25', '1e−7', '19.57')
    """
    if isinstance(x, bool):
        return str(x)
    if isinstance(x, complex):
        return f"{number(x.real)} {'-' if x.imag < 0 else '+'} {number(abs(x.imag))}i"
    if isinstance(x, int):
        text = str(x)
    elif x == 0 and decimals is None:
        text = "0"
    elif math.isnan(x) or math.isinf(x):
        text = "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"
    elif x != 0 and not 1e-3 <= abs(x) < 1e7:
        mantissa, exponent = f"{x:.3e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    elif decimals is not None:
        text = f"{x:.{decimals}f}"
    else:
        text = f"{x:.4f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def roughly(x: float, digits: int = 2) -> str:
    """Write a number with so many significant digits.

    >>> roughly(0.0017431), roughly(0.2514), roughly(1234567.0, 3)
    ('0.0017', '0.25', '1230000')
    """
    return number(float(f"{x:.{digits - 1}e}")) if math.isfinite(x) else number(x)


def alike(*numbers) -> list[str]:
    """Write numbers with as many decimals as the one that needs most, to stand in a sum.

    >>> alike(1.2, 0.85, 2.05), alike(3.0, 36.0, 39.0)
    (['1.20', '0.85', '2.05'], ['3', '36', '39'])
    """
    texts = [number(x) for x in numbers]
    if any("e" in text for text in texts):
        return texts
    decimals = max(len(text.partition(".")[2]) for text in texts)
    return [number(float(x), decimals) for x in numbers]


def times(count: int) -> str:
    """Say how often: ``once``, ``twice``, ``3 times``.

    >>> times(1), times(2), times(3)
    ('once', 'twice', '3 times')
    """
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def counted(count: int, word: str, words: str = "") -> str:
    """Write a number of things; ``words``: what more than one are called, if that is not to be guessed.

    >>> counted(1, "batch"), counted(2, "batch"), counted(3, "epoch"), counted(0, "leaf")
    ('1 batch', '2 batches', '3 epochs', '0 leaves')
    """
    several = words or {"batch": "batches", "leaf": "leaves"}.get(word, f"{word}s")
    return f"{count} {word if count == 1 else several}"


def indexed(name: str, index) -> str:
    """Write an element of a tensor as code does; of a scalar, whose index is empty, its name alone.

    >>> indexed("w", (0, 1)), indexed("", (2,)), indexed("x", ())
    ('w[0, 1]', '[2]', 'x')
    """
    return name + (f"[{', '.join(map(str, index))}]" if len(index) else "")


def shape(sizes) -> str:
    """Write a shape: ``3×4``; a vector as ``3``, a scalar as ``scalar``."""
    return "×".join(map(str, sizes)) if sizes else "scalar"


def brief(value: Value | None, longest: int = 14) -> str:
    """Write a value in a few characters: a number, a short vector, or else the shape.

    >>> brief(Value((), "float64", 6.0)), brief(Value((2,), "float64", [1.0, 2.5]))
    ('6', '[1, 2.5]')
    >>> brief(Value((3,), "float64", [0.3333, 0.6667, 0.1429])), brief(Value((4, 3), "float64"))
    ('3-vector', '4×3')
    """
    if value is None:
        return "?"
    if value.data is not None and len(value.shape) <= 1 and 3 * prod(value.shape) <= longest:
        text = elements(value.data)
        if len(text) <= longest:
            return text
    return f"{value.shape[0]}-vector" if len(value.shape) == 1 else shape(value.shape)


def full(value: Value | None) -> str:
    """Write a value in words: all elements of a small one, the summary of a large one.

    >>> full(Value((2, 2), "float64", [[1.0, 2.0], [3.0, 4.0]]))
    '[[1, 2], [3, 4]]'
    """
    if value is None:
        return "unknown"
    if value.data is not None or value.summary is None:
        return elements(value.data)
    low, high, mean = (number(x) for x in (value.summary.min, value.summary.max, value.summary.mean))
    return f"{shape(value.shape)} tensor from {low} to {high}, mean {mean}"


def rows(value: Value | None, most: int = 100) -> list[list[str]] | None:
    """Return the elements of a vector or matrix of at most so many as rows of text, else None.

    >>> rows(Value((2, 2), "float64", [[1.0, 2.0], [3.0, 4.0]]))
    [['1', '2'], ['3', '4']]
    """
    if value is None or value.data is None or len(value.shape) not in (1, 2) or prod(value.shape) > most:
        return None
    data = [value.data] if len(value.shape) == 1 else value.data
    return [[number(x) for x in row] for row in data]


def is_finite(value: Value | None) -> bool:
    """Whether nothing in a value is known to be nan or infinite.

    >>> is_finite(Value((2,), "float64", [1.0, math.inf])), is_finite(Value((), "float64", 1.0))
    (False, True)
    """
    kept = (
        []
        if value is None
        else value.data
        if value.summary is None
        else [value.summary.min, value.summary.max]
    )
    if isinstance(kept, float):
        return math.isfinite(kept)
    return bool(np.isfinite(np.asarray([] if kept is None else kept, complex)).all())


def is_zero(value: Value) -> bool:
    """Whether every element is exactly zero."""
    if value.data is None:
        return value.summary is not None and value.summary.norm == 0
    return not _any(value.data)


def _any(data) -> bool:
    return any(map(_any, data)) if isinstance(data, list) else data != 0


def elements(data) -> str:
    """Write numbers as Python lists them."""
    if isinstance(data, list):
        return "[" + ", ".join(map(elements, data)) + "]"
    return number(data) if data is not None else "?"


def without_noise(slope: float, decimals: int = MEASURED) -> float:
    """A slope without what may be round-off in one near 0.

    >>> without_noise(3.1e-11), without_noise(1.23456e-4), without_noise(-2e-12)
    (0.0, 0.0001235, 0.0)
    """
    return round(float(slope), decimals) + 0.0 if abs(slope) < 1e-3 else slope


def bound_of(difference: float) -> str:
    """Tell a difference by a bound, as rounding is not the same on every machine.

    >>> bound_of(3e-11), bound_of(2e-5), bound_of(0.5)
    ('less than 1e−6', 'less than 1e−4', '0.5')
    """
    for bound in BOUNDS:
        if difference < bound:
            return f"less than {number(bound)}"
    return number(difference)
