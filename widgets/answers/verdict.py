"""Right or wrong, and how: an answer is compared with what is right and with likely mistakes.

The browser judges by the same rules (``verdict.js``), in the words of ``verdict.json``, with
tolerances worked out here.
"""

import html
import json
import re
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autograd_core.printable import printable

from ..words.names import OWN_FILES
from ..words.numbers_as_text import indexed, number

SAID = json.loads(Path(__file__).with_name("verdict.json").read_text(encoding="utf-8"))
WAYS = SAID["ways"]
SMALLEST = SAID["next to zero"]  # no tolerance is smaller
NOT_ANSWERED = "not answered yet: put your answer in place of the three dots"
NONE = (
    "not yet: the answer is None. If it is a .grad: was backward() called, on a tensor that "
    "requires grad? A result keeps its gradient only after retain_grad()"
)
RETURNED_NONE = "not yet: the answer is None. Is a return missing, or is it a .grad that nothing has reached?"
SAID_FIRST = re.compile(
    r"(right|not yet|not so|cannot be read|this cannot be checked|)([,:]?)(.*)", re.DOTALL
)
MARKS = {"right": ("✓", "solid #009e73"), "wrong": ("✗", "dashed #d55e00"), "unread": ("?", "dotted #767676")}
SOME = 1000  # elements that are looked at first, or spelled


class Untold(Exception):
    """What there is to say where nudging tells no slope."""


@dataclass(frozen=True)
class Mistake:
    """An answer that a likely mistake gives.

    Attributes
    ----------
    kind : str, which mistake: a key of ``slips.CATALOGUE``, or of what a question adds to it
    words : str, what went wrong, with this case's numbers
    value : array, the answer it gives
    rank : int; of the mistakes that fit an answer only those of the lowest rank are named
    """

    kind: str
    words: str
    value: np.ndarray
    rank: int = 0


def key(wanted: np.ndarray, mistakes: list[Mistake]) -> dict:
    """What the browser needs to judge answers to a question; of mistakes those that can be typed."""
    typed = [each for each in mistakes if each.value.shape == wanted.shape]
    told = [{"kind": each.kind, "words": each.words, "rank": each.rank, "value": each.value.ravel().tolist(),
             "tolerance": tolerance(each.value).ravel().tolist()} for each in typed]  # fmt: skip
    near = tolerance(wanted).ravel().tolist()
    return {"wanted": wanted.ravel().tolist(), "tolerance": near, "right": right(wanted), "mistakes": told}


def secretive(mistake: Mistake, wanted: np.ndarray) -> Mistake:
    """The mistake, told without the number that is the answer.

    >>> mistake = Mistake("incoming", "2 is only how fast p changes: multiply by how fast y does, 12", np.array(2.0))
    >>> secretive(mistake, np.array(12.0)).words
    '2 is only how fast p changes: multiply by how fast y does'
    """
    if np.size(wanted) > SOME:
        return mistake
    answer = re.escape(spelled(wanted))
    words = re.sub(rf"(,| =) {answer}(?![\w.])", "", mistake.words)
    return replace(mistake, words=re.sub(rf"(^|: ){answer} is ", r"\1this is ", words))


@dataclass(frozen=True)
class Verdict:
    """What was found out about an answer; true if it is right.

    Attributes
    ----------
    passed : bool
    message : str
    mistakes : tuple of str, the kinds of mistake that would give this answer; more than one:
        which one it is, is ambiguous
    """

    passed: bool
    message: str
    mistakes: tuple = ()

    def __bool__(self):
        return self.passed

    def __repr__(self):
        return self.message

    def _repr_html_(self) -> str | None:
        """The sentence with its first word marked: right, not yet, cannot be read; None where nothing was answered."""
        if self.message == NOT_ANSWERED:
            return None
        first, comma, rest = SAID_FIRST.fullmatch(self.message).groups()  # type: ignore[union-attr]
        mark, line = MARKS[
            "right" if self.passed else "wrong" if first in ("not yet", "not so") else "unread"
        ]
        said = html.escape(printable(rest, "\n")).replace("\n", "<br>")
        return (f'<div style="padding-left: 8px; border-left: 4px {line}"><b>{mark} {html.escape(first.capitalize())}</b>'
                f"{comma}{said}</div>")  # fmt: skip


def tolerance(wanted, smallest=SMALLEST) -> np.ndarray:
    """How far from ``wanted`` an answer may be: it may be rounded as numbers are shown here.

    0.001 where the number is about 1, 0.1 % of a larger one, at most 1 % of a smaller one, which
    is enough for three digits, or half of the fourth decimal, the last that is shown; in one
    significant digit, so that what is said is what is used.

    >>> tolerance([19.57, 1.0, 0.019, 0.0]).tolist()
    [0.02, 0.001, 0.0001, 1e-09]
    """
    size = np.abs(np.asarray(wanted, dtype=float))
    small = one_digit(np.minimum(1e-3, 0.01 * size), np.floor)
    shown = one_digit(np.minimum(5e-5, 0.05 * size), np.ceil)
    large = one_digit(np.maximum(1e-3 * size, smallest), np.ceil)
    return np.maximum(np.maximum(small, shown), large)


def one_digit(numbers, to_whole) -> np.ndarray:
    """Round numbers to one significant digit, up or down as ``to_whole`` does."""
    nudge = -1e-6 if to_whole is np.ceil else 1e-6  # 3.0000001 is 3
    with np.errstate(all="ignore"):
        unit = 10.0 ** np.floor(np.log10(numbers))
        rounded = to_whole(numbers / unit + nudge) * unit
    return np.where(np.isfinite(rounded), rounded, numbers)


def fits(given, wanted, smallest=SMALLEST) -> bool:
    """Whether an answer is ``wanted``, within the tolerance; nothing is infinity or nan."""
    given, wanted = np.asarray(given), np.asarray(wanted)
    if given.shape != wanted.shape:
        return False
    if given.size > SOME and not fits(given.ravel()[:SOME], wanted.ravel()[:SOME], smallest):
        return False  # told without looking at millions
    with np.errstate(all="ignore"):
        near = abs(given - wanted) <= tolerance(wanted, smallest)
    return bool(np.all(np.isfinite(wanted) & np.isfinite(given) & near))


def judged(given, wanted, mistakes, smallest=SMALLEST, labels=()) -> Verdict:
    """Say whether an answer is right and, if not, which mistakes give it, or how it is off.

    ``labels`` are what the elements are called, where that is not their places.

    >>> wanted, slip = np.array(6.0), Mistake("sign", "the sign is wrong", np.array(-6.0))
    >>> [judged(given, wanted, [slip]) for given in (6, -6, 7)]
    [right: 6, within 0.006, not yet: the sign is wrong, not yet: it is too large]
    >>> judged(0.33, 1 / 3, [])
    not yet: it is close, but too small: if something was rounded, more digits are needed (an \
expression such as 1/3 may be given)
    """
    given, wanted = np.asarray(given, dtype=float), np.asarray(wanted, dtype=float)
    if fits(given, wanted, smallest):
        return Verdict(True, right(wanted, smallest))
    fitting = [each for each in mistakes if fits(given, each.value, smallest)]
    lowest = min((each.rank for each in fitting), default=0)
    likely: dict[str, str] = {}
    for each in fitting:
        if each.rank == lowest:
            likely.setdefault(each.kind, each.words)
    if likely:
        return Verdict(False, likeliest(list(likely.values())), tuple(likely))
    return Verdict(False, off(given, wanted, smallest, labels))


def right(wanted: np.ndarray, smallest=SMALLEST) -> str:
    """Say that an answer is right, and with which tolerance."""
    near = tolerance(wanted, smallest)
    low, high = (number(float(x)) for x in (near.min(), near.max()))
    within = low if low == high else f"{low} to {high}"
    what = spelled(wanted) if wanted.size <= SOME else f"{wanted.size} elements"
    return f"right: {what}, {'each ' if wanted.ndim else ''}within {within}"


def likeliest(words) -> str:
    """Name the one mistake that gives an answer, or the two likeliest."""
    few = ", or ".join(words[: SAID["most named"]])
    return SAID["mistake" if len(words) == 1 else "mistakes"].format(words=few)


def off(given: np.ndarray, wanted: np.ndarray, smallest=SMALLEST, labels=()) -> str:
    """Say where and how an answer is off, without giving away what is right.

    >>> off(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    'not yet: 1 of 2 elements is off, most of all the one at [1]: it is too large'
    >>> off(np.array([1.0, 5.0]), np.array([1.0, 2.0]), labels=("L1", "L2"))
    'not yet: 1 of 2 is off: L2 is too large'
    """
    if given.shape != wanted.shape:
        shape = f"the shape should be {wanted.shape}, not {given.shape}"
        return f"not yet: {shape if wanted.shape else 'one number is wanted, not a list'}"
    error = abs(given - wanted)
    worst = np.unravel_index(np.argmax(error), wanted.shape)
    count = int(np.sum(error > tolerance(wanted, smallest)))
    kinds = ("one of them", "some of them") if labels else ("one off", "several off")
    said = SAID[kinds[count > 1] if worst else "off"]
    place = labels[worst[0]] if labels else indexed("", worst)
    return said.format(count=count, size=wanted.size, place=place,
                       way=direction(float(given[worst]), float(wanted[worst]), smallest))  # fmt: skip


def direction(given: float, wanted: float, smallest=SMALLEST) -> str:
    """Say which way one number is off; a negative one that is larger is nearer to zero.

    >>> direction(7, 6), direction(-1, -2), direction(-3, -2), direction(2, -2)
    ('is too large', 'is not far enough below zero', 'is too far below zero', 'has the wrong sign')
    """
    is_zero = abs(wanted) <= smallest  # as nearly as it was measured
    if given * wanted < 0 and not is_zero:
        return WAYS["sign" if abs(given + wanted) <= tolerance(wanted, smallest) else "sign and size"]
    below = given < 0 or (wanted < 0 and not is_zero)
    far, near = ("above", "below") if below else ("large", "small")
    is_close = abs(given - wanted) <= SAID["close"] * abs(wanted) and not is_zero
    return WAYS["close" if is_close else "far"].format(way=WAYS[far if given > wanted else near])


def spelled(numbers) -> str:
    """Write an array as nested lists of numbers as they are shown.

    >>> spelled(np.array([[1.0, 0.5], [2 / 3, -1.0]]))
    '[[1, 0.5], [0.6667, −1]]'
    """
    if isinstance(numbers, list):
        return f"[{', '.join(map(spelled, numbers))}]"
    if isinstance(numbers, float):
        return number(numbers)
    return spelled(np.asarray(numbers, dtype=float).tolist())


def error_in_words(error: Exception, files=None) -> str:
    """Say what a learner's code raised, and where, without a traceback.

    The line is the innermost one in ``files``, or in the file in which the learner's code begins.
    An assertion with a message, as a lesson's helper may make, speaks for itself.

    >>> error_in_words(ZeroDivisionError("division by zero"))
    'your code raised ZeroDivisionError: division by zero'
    """
    if isinstance(error, AssertionError) and str(error):
        return printable(error, "\n\t")
    said = printable(f"{type(error).__name__}: {error}", "\n").strip(": ").partition("\n")[0].rstrip(".")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(OWN_FILES)]
    files = files if files is not None else {frame.filename for frame in frames[:1]}
    line = next((f for f in reversed(frames) if f.line and f.filename in files), None)
    where = f" in line {line.lineno}, {str(line.line).strip()}" if line else ""
    then = ". A power is written with **" if re.search(r"for \^|xor", said) and "**" not in said else ""
    return f"your code raised {said}{where}{then}"
