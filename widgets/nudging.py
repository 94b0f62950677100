"""A nudge that suits the place: where one of 1e−6 cannot tell a slope, another one.

A nudge is right for most inputs that a lesson has. Next to an input of 1e8 it drowns in the
rounding of the function's values; next to an input of 1e−7 it is no nudge but a leap, perhaps out
of the function's domain. Then the smallest power of ten is taken that rounding leaves alone.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_core.finite_differences import nudged

from .numbers_as_text import number

USUAL = 1e-6
BESIDE = 1e-3  # inputs nearer to 0 than this are small beside the usual nudge
ATOL, RTOL = 1e-5, 1e-3  # as check_gradients has them


class Nudge(NamedTuple):
    """The values of a function left and right of one element of an input, and the slope."""

    step: float
    low: float
    here: float
    high: float
    slope: float
    doubt: float  # how far rounding of the values may have moved the slope

    @property
    def tells(self) -> bool:
        """Whether the slope is a number, and rounding has left it alone."""
        defined = math.isfinite(self.slope) and math.isfinite(self.here)
        return defined and self.doubt <= (ATOL + RTOL * abs(self.slope)) / 10


def nudge(evaluate: Callable, arrays, which: int, index, step: float) -> Nudge:
    """Nudge one element of ``arrays[which]`` to both sides; ``evaluate`` returns one number."""
    low, here, high = (evaluate(nudged(arrays, which, index, h)) for h in (-step, 0, step))
    x = float(arrays[which][index])
    width = (x + step) - (x - step)  # as rounding has left it
    with np.errstate(all="ignore"):
        slope = float(np.float64(high - low) / width)
        doubt = float(np.finfo(float).eps * np.float64(max(abs(high), abs(low))) / width)
    return Nudge(step, low, here, high, slope, doubt)


def suited(evaluate: Callable, arrays, which: int, index) -> Nudge:
    """Return the usual nudge, or where it does not suit the place the smallest that does."""
    usual = nudge(evaluate, arrays, which, index, USUAL)
    size = abs(float(arrays[which][index]))
    if size in (0, math.inf) or math.isnan(size) or (usual.tells and size >= BESIDE):
        return usual
    own = math.floor(math.log10(size)) - 6
    for power in range(min(own, -6), max(own, -6) + 1):
        other = nudge(evaluate, arrays, which, index, float(f"1e{power}"))
        if other.tells:
            return other
    return usual


def remark(name: str, found: Nudge) -> str:
    """Say what is not as usual about a nudge; an empty string if nothing is."""
    step = number(found.step)
    if found.step > USUAL:
        return (f"{name} was nudged by {step}: next to numbers as large as these, a smaller nudge "
                "is lost in rounding")  # fmt: skip
    if found.step < USUAL:
        return f"{name} was nudged by {step}: it is small itself"
    values = {f"{name} − {step}": found.low, name: found.here, f"{name} + {step}": found.high}
    lost = [f"{number(y)} at {place}" for place, y in values.items() if not math.isfinite(y)]
    if lost:
        return f"the function gives {', '.join(lost)}: nudging finds a slope only where it is defined"
    if not found.tells:
        return (f"nudging cannot tell the slope by {name}: next to values as large as the function's, "
                "what a nudge changes is lost in rounding")  # fmt: skip
    return ""
