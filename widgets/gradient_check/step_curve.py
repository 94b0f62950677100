"""The error of a difference quotient for every step: the V of truncation and round-off.

A central difference ``(f(x + h) − f(x − h)) / 2h`` is off by about ``h² |f‴| / 6`` because it cuts
the Taylor series, and by about ``ε |f| / h`` because the values are rounded, ε being the distance
from 1 to the next number (2.2e−16 in float64). The sum is least at ``h = (3 ε |f| / |f‴|)^(1/3)``,
so the best step grows with ε^(1/3), about 6e−6, and the best error with ε^(2/3) (Nocedal and
Wright, Numerical Optimization, 2nd ed., section 8.1; Press et al., Numerical Recipes, 3rd ed.,
section 5.7). A one-sided difference is off by ``h |f″| / 2``: best near ε^(1/2). The complex step
``Im f(x + ih) / h`` has the truncation but subtracts nothing, so no round-off (Squire and Trapp,
SIAM Review 40(1), 1998).

A function that rounds more than once on its way may be off by many times ``ε |f|``: of ``exp(20 x)``
the rounding of 20 x alone counts twenty times. By how many is read off the left branch, as a power
of ten.

What is told in words and still pictures is the same on every machine: round-off is told by its
size, as the errors themselves are noise.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from ..base import packed
from ..drawing.chart import Chart, axis, powers
from ..words.numbers_as_text import EXACT, number, roughly, without_noise

STEPS = (*(float(f"{m}e{k}") for k in range(-15, -1) for m in (1, 2, 5)), 1e-1)
CLEAR = 100  # an error that many times round-off is no noise
BOTH = 10  # times as large or as small as the other: truncation and round-off still both matter
ABRUPT = 1e5  # and the first one that many times does not come out of round-off smoothly
STILL = 1e4  # and one that many times is the same on every machine, to the width of a line
LEAST = 1e-300  # round-off of less is none
ARM = 6  # steps next to the first clear error, where it may already be on its way
FEWEST = 6  # errors that tell how large round-off is
SPREAD = 1.5  # round-off against the root mean square of its errors
WIDTH, HEIGHT = 700, 300
BACKWARD, COMPLEX = "backward()", "the complex step"
V, NO_TRUNCATION, BREAK, FLAT = "v", "no truncation", "break", "flat"
JUMP, LINEAR, ODD = "jump", "linear", "odd"


@dataclass
class Curve:
    """One derivative by differences, for each of `STEPS`.

    Attributes
    ----------
    here : float, the value of the function
    plus, minus : arrays, its values at ``x + h`` and ``x − h``
    width, right : arrays, ``(x + h) − (x − h)`` and ``(x + h) − x`` as they were rounded
    complex : array of ``Im f(x + ih) / h``, or None
    analytic : float, what ``backward()`` gives
    reference : float, and ``against``: the value that errors are counted from, and whose it is
    epsilon : float, the ε of the coarsest type on the way
    roundings : int, a power of ten: how many times ``ε |f|`` the function is off by rounding
    truncation : float, the factor of h² in the truncation, told by the steps at which truncation is
        all there is; nan where the errors do not fall as h²
    """

    here: float
    plus: np.ndarray
    minus: np.ndarray
    width: np.ndarray
    right: np.ndarray
    complex: np.ndarray | None
    analytic: float
    reference: float
    against: str
    epsilon: float
    quotients: np.ndarray = field(init=False)
    errors: np.ndarray = field(init=False)
    noise: np.ndarray = field(init=False)
    plain = False  # told without truncation, round-off and the complex step

    def __post_init__(self):
        with np.errstate(all="ignore"):
            self.quotients = (self.plus - self.minus) / self.width
            self.errors = self.off(self.quotients)
            values = np.array([self.plus, self.minus, np.full(len(STEPS), self.here)])
            size = np.where(np.isfinite(values), np.abs(values), 0).max(axis=0)
            self.noise = self.epsilon * size / np.array(STEPS)
        self.roundings = roundings_of(self.errors, self.noise)
        self.noise *= self.roundings
        self.shape, self.truncation = shape_of(self.errors, self.noise)
        self.best = self.best_step()

    def best_step(self) -> float | None:
        """Where truncation and round-off are least together; None if they do not meet in a V."""
        if self.shape != V or self.here == 0:
            return None
        best = (self.roundings * self.epsilon * abs(self.here) / (2 * self.truncation)) ** (1 / 3)
        return best if STEPS[0] < best < STEPS[-1] else None

    def law(self) -> str:
        """The law of round-off, as a formula."""
        return "ε·|f|/h" if self.roundings == 1 else f"{decade(self.roundings)}·ε·|f|/h"

    def words(self) -> str:
        """Return what the curve shows, in a sentence or two."""
        last = np.flatnonzero(np.isfinite(self.errors))[-1:]
        if not last.size or last[0] == len(STEPS) - 1:
            return self.shape_in_words()
        beyond = f" From h = {number(STEPS[last[0] + 1])} on the quotient is not a number."
        return self.shape_in_words() + beyond

    def shape_in_words(self) -> str:
        """Return what law the errors follow, in a sentence."""
        if self.shape == V and self.best and self.plain:
            return (
                "Far to the right the nudge is too coarse, far to the left digits run out: "
                f"the error is least near h = {roughly(self.best)}."
            )
        if self.shape == V and self.best:
            return (
                f"Right of {roughly(self.best)} truncation grows as h², left of it round-off grows "
                f"as {self.law()}; their sum is least at the best step."
            )
        if self.shape == BREAK:
            last = STEPS[int(np.flatnonzero(self.errors <= CLEAR * self.noise)[-1])]
            return (
                f"Up to h = {number(last)} there is only round-off; with larger steps the error is "
                "there at once: so close lies a kink or a jump."
            )
        return {
            V: "The error falls as h²: what is left is truncation.",
            NO_TRUNCATION: f"There is no truncation to be seen, only round-off: {self.law()}.",
            FLAT: "The error does not shrink with h: backward() is wrong here, or the function has "
            "a kink or a jump.",
            JUMP: "The error grows as h shrinks: the function jumps here, or is noisy.",
            LINEAR: "The error shrinks only as fast as h, as beside a kink.",
            ODD: "The error follows no simple law.",
        }[self.shape]

    def tells(self, step: int) -> str:
        """Return what there is to say about one of the steps, as the status line says it."""
        at = f"At h = {number(STEPS[step])} "
        if not self.width[step] > 0:
            return at + "the step is lost: x + h is rounded to x."
        error, noise = float(self.errors[step]), float(self.noise[step])
        if not math.isfinite(error):
            return at + "the quotient is not a number."
        if error > CLEAR * noise:
            cause = " (truncation)" if self.shape == V and not self.plain else ""
            return at + f"the quotient differs from {self.against} by {roughly(error)}{cause}."
        if noise < LEAST:
            return at + "the quotient is exact."
        if error == 0 and self.here == 0:
            return at + f"the quotient equals {self.against}, as far as can be told."
        if 0 < 2 * abs(without_noise(self.reference, EXACT)) < noise:
            return at + (
                "the step is lost in round-off: a rounding of f moves the quotient by about "
                f"{decade(noise)}, more than the slope itself."
            )
        truncation = self.truncation * STEPS[step] ** 2 if self.shape == V else 0.0
        if self.plain:
            most = 10.0 ** math.ceil(math.log10(max(error, truncation + 3 * noise)))
            return at + f"the quotient differs from {self.against} by less than {number(most)}."
        if truncation > BOTH * noise:
            return at + f"the quotient differs from {self.against} by truncation, about {decade(truncation)}."
        if truncation > noise / BOTH:
            return at + (
                f"truncation and round-off both matter: the quotient differs from {self.against} by "
                f"about {decade(truncation)} and {decade(noise)}."
            )
        return at + (
            f"the quotient differs from {self.against} by round-off at most: "
            f"a rounding of f moves it by about {decade(noise)}."
        )

    def chart(self) -> Chart:
        """The axes: the step across, the error upwards, both logarithmic."""
        finite = self.errors[np.isfinite(self.errors)]
        clear = [e for e, n in zip(self.errors, self.noise) if math.isfinite(e) and e > CLEAR * n]
        noise = [n for n in self.noise if math.isfinite(n) and n > 0]
        settled = min(clear, default=0.0) if self.shape in (FLAT, JUMP) else 0.0
        least = self.epsilon * max(abs(self.reference), settled, 1e-6) / 10
        tops = [max(noise, default=least), *clear, 10 * least] if finite.size else [1.0]
        upright = axis([least, max(tops)], f"error: how far from {self.against}", log=True,
                       whole=True, most=8)  # fmt: skip
        across = axis(STEPS, "step h", log=True, most=8)
        return Chart(across, upright, WIDTH, HEIGHT)

    def off(self, slope):
        """How far slopes are from the reference."""
        return np.abs(slope - self.reference)

    @np.errstate(all="ignore")
    def data(self) -> dict:
        """What the browser needs."""
        return {
            "plus": packed(self.plus),
            "minus": packed(self.minus),
            "central": packed(self.quotients),
            "errors": packed(self.errors),
            "forward": packed(self.off((self.plus - self.here) / self.right)),
            "noise": packed(self.noise),
            "analyticError": packed([self.off(self.analytic)]),
            "against": self.against,
            "digits": digits(self.epsilon),
            "words": self.words(),
            "tells": [self.tells(step) for step in range(len(STEPS))],
            "chart": self.chart().data(),
            "plain": self.plain,
            "complex": None if self.complex is None or self.plain else packed(self.off(self.complex)),
            "best": self.best,
            "bestText": self.best and roughly(self.best),
            "truncation": self.truncation if self.shape == V and not self.plain else None,
        }


def shape_of(errors, noise) -> tuple[str, float]:
    """Say what law the errors follow, and, for a V, the factor of h² in the truncation.

    Told by the slope, on logarithmic axes, over the lowest decade of steps whose errors are
    clearly more than round-off.
    """
    defined = np.flatnonzero(np.isfinite(errors))
    if not defined.size:
        return ODD, math.nan
    errors, noise = errors[: defined[-1] + 1], noise[: defined[-1] + 1]
    clear = np.isfinite(errors) & (errors > CLEAR * noise)
    first = len(errors) - int(np.argmin(clear[::-1])) if not clear.all() else 0
    first = min(first, len(errors) - 4)
    if not clear[-1] or len(errors) - first < 4:
        return (NO_TRUNCATION if not clear[-1] else ODD), math.nan
    if first and errors[first] > ABRUPT * noise[first] and math.isfinite(errors[first - 1]):
        return BREAK, math.nan
    slope = math.log10(errors[first + 3] / errors[first])
    if 1.7 < slope < 2.3:
        return V, float(errors[first + 3] / STEPS[first + 3] ** 2)
    if slope < 0.3:
        return (JUMP if slope < -0.7 else FLAT), math.nan
    return (LINEAR if slope < 1.3 else ODD), math.nan


def roundings_of(errors, noise) -> int:
    """How many times as large as one rounding of the function the errors at small steps are."""
    clear = np.flatnonzero(np.isfinite(errors) & (errors > CLEAR * noise))
    end = max(clear[0] - ARM, 0) if clear.size else len(errors)
    some = np.isfinite(errors[:end]) & (noise[:end] > LEAST)
    if some.sum() < FEWEST:
        return 1
    spread = math.sqrt(np.mean((errors[:end][some] / noise[:end][some]) ** 2))
    return 10 ** max(round(math.log10(SPREAD * spread)), 0) if spread > 1 else 1


def digits(epsilon: float) -> int:
    """How many significant digits tell apart all numbers of a type with this ε.

    >>> digits(2.0**-52), digits(2.0**-23), digits(2.0**-10)
    (17, 9, 5)
    """
    return math.ceil(1 + (1 - math.log2(epsilon)) * math.log10(2))


def decade(x: float) -> str:
    """Write the nearest power of ten.

    >>> decade(3.5e-10), decade(2.0), decade(11.0), decade(2e7)
    ('1e−9', '1', '10', '1e7')
    """
    return powers(10.0 ** round(math.log10(x)))
