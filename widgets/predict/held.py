"""What is held back: a value, how it is asked for, and how an answer to it is judged.

There are two kinds: numbers, in the shape of a tensor or under labels, and words (a choice, a
text, the name of an error, a shape, an order). The browser has the same two in ``judge.js``, for
a page without a kernel.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autograd_core.printable import printable, quoted

from ..answers.arithmetic import Unreadable, problem, read, read_at, texts_of
from ..answers.verdict import SMALLEST, Mistake, Verdict, judged, key, off, right, spelled, tolerance
from ..base import is_number
from ..libraries import is_tensor
from ..words.numbers_as_text import roughly

SAID = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
MOST_CELLS = 16  # numbers that a learner can be asked to type
MOST_TRIES = 2  # then the value is shown
SIGNS = {-1: "negative", 0: "zero", 1: "positive"}
ASKED = ("value", "sign", "shape", "order")
WORD = re.compile(r"none|true|false|nan|[-+]?inf|\w*(error|exception)", re.IGNORECASE)


def digest(id: str, printed: str) -> str:
    """Return what is told of a value that is held back: the same for the same, and no more.

    >>> digest("05-slope", "19.5745")
    'fdeb6c9234c0'
    """
    return hashlib.sha256(f"{id}\n{printed}".encode()).hexdigest()[:12]


def plain(text: str) -> str:
    """Return a text without what does not count: capitals, space, quotation marks.

    >>> plain(" Runtime Error "), plain("'a'")
    ('runtimeerror', 'a')
    """
    return re.sub(r"[\s\"'`“”‘’]", "", text).lower()


def sizes(text: str) -> str:
    """Return a shape's sizes as they are compared; raises Unreadable for what is no shape.

    >>> sizes("(2, 3)"), sizes("2×3"), sizes("torch.Size([4])"), sizes("()")
    ('2,3', '2,3', '4', '')
    """
    found = re.findall(r"\d+", text)
    if not found and plain(text) not in ("()", "[]", "scalar", "torch.size([])"):
        raise Unreadable(SAID["shape"])
    return ",".join(found)


@dataclass(frozen=True)
class Numbers:
    """Numbers that are held back, in the shape of a tensor, or one under each label; counts are exact."""

    wanted: np.ndarray
    labels: tuple = ()
    mistakes: list = field(default_factory=list)
    counts: bool = False
    tries = MOST_TRIES

    @property
    def right(self) -> str:
        """What is said to a right answer."""
        return SAID["right"].format(value=self.printed) if self.counts else right(self.wanted)

    @property
    def tolerance(self) -> np.ndarray:
        near = tolerance(self.wanted)
        return np.full_like(near, SMALLEST) if self.counts else near

    @property
    def printed(self) -> str:
        return spelled(self.wanted)

    @property
    def parts(self) -> list[str]:
        """The numbers one by one, as nearly as an answer has to be."""
        return [roughly(each, 3) for each in self.wanted.ravel().tolist()]

    @property
    def form(self) -> dict:
        """What the page has to know to ask."""
        return {"kind": "numbers", "shape": list(self.wanted.shape), "labels": list(self.labels)}

    def key(self) -> dict:
        """What a page without a kernel needs to judge."""
        own = {"tolerance": self.tolerance.ravel().tolist(), "right": self.right}
        return key(self.wanted, self.mistakes) | own

    def texts(self, answer) -> list[str]:
        """Return an answer in Python as it would be typed."""
        if not self.wanted.shape and (answer is None or is_name(answer)):
            return [str(answer)]
        texts, shape = texts_of(answer)
        if shape != self.wanted.shape:
            wanted = f"numbers in the shape {self.wanted.shape} are" if self.wanted.shape else "one number is"
            raise Unreadable(f"{wanted} wanted here")
        return texts

    def read(self, index: tuple, text: str):
        """The number that a text stands for; raises Unreadable, which names the field."""
        try:
            return read_at(() if self.labels else index, text)
        except Unreadable as problem:
            raise Unreadable(f"{self.labels[index[0]]}: {problem}" if self.labels else str(problem)) from None

    def judge(self, texts: list[str]) -> Verdict:
        """Say whether texts are right; raises Unreadable, or ValueError for too many or few."""
        places = list(zip(np.ndindex(self.wanted.shape), texts, strict=True))
        if not self.wanted.shape and WORD.fullmatch(texts[0].strip()):
            return Verdict(False, SAID["a number"])
        given = np.reshape([self.read(*each) for each in places], self.wanted.shape)
        verdict = judged(given, self.wanted, self.mistakes, labels=self.labels)
        if not verdict:
            return verdict
        exact = bool(np.all(abs(given - self.wanted) <= self.tolerance))
        return (
            Verdict(True, self.right)
            if exact
            else Verdict(False, off(given, self.wanted, labels=self.labels))
        )


@dataclass(frozen=True)
class Words:
    """Words that are held back.

    Attributes
    ----------
    wanted : list of str, what is right; of an order one for each place
    printed : str, what is shown once it is settled
    options : list of str, what there is to choose from, or to put in order; none: it is typed
    said : dict, from a wrong answer, without capitals and space, to what is said of it
    kind : ``"text"``, ``"choice"``, ``"order"`` or ``"shape"``
    """

    wanted: list
    printed: str
    options: list = field(default_factory=list)
    said: dict = field(default_factory=dict)
    kind: str = "text"

    @property
    def tries(self) -> int:
        """How many answers may be given: not so many that one is left by itself."""
        return min(MOST_TRIES, len(self.options) - 1) if self.kind == "choice" else MOST_TRIES

    @property
    def parts(self) -> list[str]:
        return [plain(" ".join(self.wanted))]

    @property
    def form(self) -> dict:
        return {"kind": self.kind, "options": self.options}

    def key(self) -> dict:
        return {"wanted": [self.compared(each) for each in self.wanted], "said": self.said,
                "right": SAID["right"].format(value=self.printed)}  # fmt: skip

    def compared(self, text: str) -> str:
        return sizes(text) if self.kind == "shape" else plain(text)

    def texts(self, answer) -> list[str]:
        if self.kind == "order":
            given = [str(each) for each in answer] if isinstance(answer, list | tuple) else []
            if sorted(given) != sorted(self.options):
                raise Unreadable(f"the order is wanted of {', '.join(self.options)}")
            return given
        return [answer.__name__ if isinstance(answer, type) else str(answer)]

    def judge(self, texts: list[str]) -> Verdict:
        if len(texts) != len(self.wanted) or not "".join(texts).strip():
            raise problem("empty")
        given = [self.compared(text) for text in texts]
        wanted = [self.compared(text) for text in self.wanted]
        if self.kind == "choice" and given[0] not in map(plain, self.options):
            raise Unreadable(f"choose one of: {', '.join(self.options)}")
        if given == wanted:
            return Verdict(True, SAID["right"].format(value=self.printed))
        if self.kind == "order":
            count = sum(a == b for a, b in zip(given, wanted, strict=True))
            return Verdict(False, SAID["places"].format(count=count, size=len(wanted)))
        if self.kind == "text" and given[0] not in self.said and is_arithmetic(texts[0]):
            return Verdict(False, SAID["no number"])
        return Verdict(False, self.said.get(given[0], SAID["wrong"]))


def is_arithmetic(text: str) -> bool:
    try:
        read(text)
    except Unreadable:
        return False
    return True


def is_name(answer) -> bool:
    return isinstance(answer, str) and WORD.fullmatch(answer.strip()) is not None


# ---------------------------------------------------------------------- from a value


def held_back(value, ask="value", choices=None, slips=None):
    """Return what is held back of a value (an exception: of the error that came), as it is asked for.

    >>> held_back(6.0).form["kind"], held_back(True).form["options"], held_back(-2.0, "sign").printed
    ('numbers', ['True', 'False'], '−2')
    """
    said = {plain(str(answer)): f"not yet: {words}" for answer, words in (slips or {}).items()}
    if choices is not None:
        return chosen(value, choices, said)
    if isinstance(value, Exception):
        return error(value, said)
    if ask == "order":
        return order(value)
    if ask == "shape" or type(value).__name__ == "Size":
        written = str(tuple(getattr(value, "shape", value)))
        return Words([written], written, kind="shape")
    if isinstance(value, Mapping):
        labels, value = [printable(each) for each in value], list(value.values())
    else:
        labels = []
    plain_value = unpacked(value)
    if isinstance(plain_value, bool):
        return chosen(plain_value, ["True", "False"], said)
    if all_numbers(plain_value):
        return numbers(plain_value, ask, labels, slips)
    if ask == "sign":
        raise ValueError(f"only a number has a sign, not {quoted(value)}")
    text = printable(str(value if plain_value is value else plain_value).strip())
    return Words([text], text, said=said)


def unpacked(value):
    """Return what is in a tensor or an array as Python's own numbers and lists."""
    if is_tensor(value):
        value = value.detach()
    return value.tolist() if hasattr(value, "tolist") else value


def all_numbers(value) -> bool:
    """Whether this is a finite number, or a list of such, or of lists of one length."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(all_numbers, value)) and len({np.shape(each) for each in value}) == 1
    return is_number(value) and bool(np.isfinite(value))


def numbers(value, ask, labels, slips):
    wanted = np.array(value, dtype=float)
    if ask == "sign":
        if wanted.shape:
            raise ValueError("only one number has a sign: ask for that of an element")
        name = SIGNS[int(np.sign(wanted))]
        return Words([name], spelled(wanted), list(SIGNS.values()), kind="choice")
    if wanted.size > MOST_CELLS or wanted.ndim > 2:
        raise ValueError(
            f"this has the shape {wanted.shape}, too much to type: at most {MOST_CELLS} numbers, in rows and "
            'columns. Ask for one element, or, with ask="shape", for its shape'
        )
    own = [Mistake("own", words, np.array(each, dtype=float), -1) for each, words in (slips or {}).items()
           if all_numbers(each)]  # fmt: skip
    return Numbers(wanted, tuple(labels), own, np.asarray(value).dtype.kind in "iu")


def chosen(value, choices, said) -> Words:
    """What is held back where there is a choice: labels, or labels and the values they stand for."""
    if not isinstance(choices, Mapping):
        choices = {str(each): each for each in choices}
    labels = [printable(each) for each in choices]
    if len(labels) < 2:
        raise ValueError(f"choices must be two or more, not {quoted(labels)}")
    name = type(value).__name__ if isinstance(value, Exception) else value
    fitting = [label for label, each in choices.items() if is_choice(each, name)]
    if len(fitting) != 1:
        if isinstance(value, Exception):
            raise value
        raise ValueError(f"one of the choices {quoted(labels)} must be {quoted(unpacked(value))}")
    return Words([printable(fitting[0])], printable(fitting[0]), labels, said, "choice")


def is_choice(choice, value) -> bool:
    """Whether a choice stands for a value: the same number, or written the same."""
    choice, value = unpacked(choice), unpacked(value)
    choice = choice.__name__ if isinstance(choice, type) else choice
    if is_number(choice) and is_number(value):
        return bool(judged(choice, value, []))
    return plain(str(choice)) == plain(str(value))


def error(raised: Exception, said) -> Words:
    """What is held back of an error: its name; of its relatives it is said that they are."""
    kinds = [each for each in type(raised).__mro__[1:] if issubclass(each, Exception)]
    for kind in kinds:
        vague = f"not yet: it is a kind of {kind.__name__}; which one?"
        said.setdefault(plain(kind.__name__), vague)
    message = printable(raised).partition("\n")[0]
    name = type(raised).__name__
    return Words([name], f"{name}: {message}" if message else name, said=said)


def order(value) -> Words:
    """What is held back of an order: the items are offered as their digests sort them."""
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise TypeError(f"an order is a list, such as ['c', 'b', 'a'], not {quoted(value)}")
    items = [printable(each) for each in value]
    if len(set(items)) < len(items) or len(items) < 2:
        raise ValueError(f"an order is of two or more items, all different, not {quoted(items)}")
    offered = sorted(items, key=lambda item: digest("order", item))
    if offered == items:
        offered.reverse()
    return Words(items, ", ".join(items), offered, kind="order")
