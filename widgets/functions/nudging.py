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

from ..words.numbers_as_text import number

USUAL = 1e-6
BESIDE = 1e-3  # inputs nearer to 0 than this are small beside the usual nudge
ATOL, RTOL = 1e-5, 1e-3  # as check_gradients has them

# Of a type with this ε or a smaller one: the step, and the tolerances of PyTorch's gradcheck. In
# float32 the best step is near ε^(1/3), and no quotient is better than ε^(2/3) (see step_curve).
FINE = {"eps": USUAL, "atol": ATOL, "rtol": RTOL}
SINGLE = {"eps": 5e-3, "atol": 1e-3, "rtol": 1e-2}
DOUBT = 10  # a difference up to that many times round-off is not held against a gradient


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


def has_kink(evaluate: Callable, arrays, which: int, index, found: Nudge) -> bool:
    """Whether the slopes to the left and right differ, by a nudge that was taken as by one ten times as far."""
    sides = (found, nudge(evaluate, arrays, which, index, 10 * found.step))
    near, far = (abs(each.high - 2 * each.here + each.low) / each.step for each in sides)
    return near > max(ATOL + RTOL * abs(found.slope) + 100 * found.doubt, 0.2 * far)


def between(evaluate: Callable, arrays, which: int, index) -> tuple[float, float]:
    """Between which numbers a slope lies, as three nudges to either side tell: farther apart the less they agree."""
    found = [nudge(evaluate, arrays, which, index, USUAL * part) for part in (0.1, 1, 10)]
    sides = [side / each.step for each in found for side in (each.here - each.low, each.high - each.here)]
    margin = max(sides) - min(sides) + 2 * DOUBT * max(each.doubt for each in found)
    return min(sides) - margin, max(sides) + margin


def is_fine(precision: float) -> bool:
    """Whether numbers of this ε, as of float64, have digits enough for the usual nudge."""
    return precision < 1e-10


def options_for(precision: float) -> dict:
    """Return the step and the tolerances that fit numbers of this ε."""
    return FINE if is_fine(precision) else SINGLE


def measured_noise(function, step: float) -> list[np.ndarray]:
    """How far rounding moves each element of the outputs, as fourth differences of values close together tell.

    Of what is smooth nothing is left in them (Moré and Wild); never less than one rounding. Where nothing changes
    they are taken farther apart, up to the step.
    """
    directions = {}
    for i in function.checked:
        size = abs(function.arrays[i])
        directions[i] = np.random.default_rng(i).uniform(0.5, 1, size.shape) * np.maximum(
            size, np.max(size, initial=0) / 1e3
        )

    def at(move):
        return function.evaluate([(x + move * directions[i]).astype(x.dtype) if i in directions else x
                                  for i, x in enumerate(function.arrays)])  # fmt: skip

    with np.errstate(all="ignore"):
        for size in (64 * function.precision * 100**power for power in range(4)):
            values = list(map(np.array, zip(*(at(times * size) for times in range(9)))))
            noise = [np.sqrt((np.diff(y.astype(float), 4, 0) ** 2).mean(0) / 70) for y in values]
            if all(map(np.all, noise)) or 100 * size > step:
                break
        return [np.fmax(function.precision * abs(y[0]), each) for y, each in zip(values, noise)]


def remark_in_single(name: str, found: Nudge) -> str:
    """Say that a smaller nudge in float32 was taken."""
    return f"{name} was nudged by {number(found.step)}: a larger step may reach a kink"


def told_of_single(step: float, inside: str = "") -> str:
    """Say how exact a central difference in float32 is, or where that type is hidden ``inside``.

    >>> told_of_single(0.005)
    'this is computed in float32, where rounding may leave a central difference (here with a step of \
0.005) only its first digits; check in float64 (.double())'
    """
    where = f"something inside is computed in {inside}" if inside else "this is computed in float32"
    cure = "compute all of it in float64" if inside else "check in float64 (.double())"
    return (f"{where}, where rounding may leave a central difference (here with a step of "
            f"{number(step)}) only its first digits; {cure}")  # fmt: skip


def remark(name: str, found: Nudge) -> str:
    """Say what is not as usual about a nudge; an empty string if nothing is."""
    step = number(found.step)
    if found.step > USUAL:
        return (f"{name} was nudged by {step}: next to numbers as large as these, a smaller nudge "
                "is lost in rounding")  # fmt: skip
    if found.step < USUAL:
        return f"{name} was nudged by {step}: it is small itself"
    if said := undefined(name, found):
        return said
    if not found.tells:
        return (f"nudging cannot tell the slope by {name}: next to values as large as the function's, "
                "what a nudge changes is lost in rounding")  # fmt: skip
    return ""


def undefined(name: str, found: Nudge) -> str:
    """Say where the function is no number, or infinite; an empty string if it is a number on both sides."""
    step = number(found.step)
    values = {f"{name} − {step}": found.low, name: found.here, f"{name} + {step}": found.high}
    lost = [f"{number(y)} at {place}" for place, y in values.items() if not math.isfinite(y)]
    said = f"the function gives {', '.join(lost)}: nudging finds a slope only where it is defined"
    return said if lost else ""
