"""A number as a learner writes it: ``0.75``, ``3/4``, ``2*3*0.5``, ``cos(3)``, ``−1e-3``.

A small parser of its own: what a learner types is never run as code. The browser has the same
one (``arithmetic.js``), with its signs, tokens and words from the same file
(``arithmetic.json``), and both are tested with the same table of cases, so that a widget and
plain code read an answer alike.

====== ===================================================================================
sum     ``term {(+|-) term}``
term    ``sign {(*|/) sign}``
sign    ``{+|-} power``
power   ``atom [** sign]``, also written ``^``, or with raised digits: ``3²``
atom    number, ``pi``, ``e``, ``function(sum)``, ``(sum)``
====== ===================================================================================
"""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from numbers import Complex, Real
from pathlib import Path

import numpy as np

from autograd_core.printable import UNPRINTABLE

from ..functions.inputs import kind_of
from ..words.numbers_as_text import indexed

ARITHMETIC = json.loads(Path(__file__).with_name("arithmetic.json").read_text(encoding="utf-8"))
LONGEST, DEEPEST = ARITHMETIC["longest"], ARITHMETIC["deepest"]  # characters, brackets within brackets
SIGNS, RAISED = str.maketrans(ARITHMETIC["signs"]), str.maketrans(ARITHMETIC["raised"])
TOKEN = re.compile(ARITHMETIC["token"].replace("(?<", "(?P<"))
CONSTANTS, LOGARITHMS = ARITHMETIC["constants"], ARITHMETIC["logarithms"]
FUNCTIONS: dict[str, Callable] = {
    "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "ln": np.log, "log2": np.log2,
    "log10": np.log10, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "abs": np.abs, "sign": np.sign,
}  # fmt: skip


class Unreadable(ValueError):
    """What was typed is no number; the message says why, in words for a learner."""


def problem(kind: str, /, **parts) -> Unreadable:
    """Return the error for what cannot be read, in the words that the browser has for it too."""
    return Unreadable(ARITHMETIC["problems"][kind].format(**parts))


def read(text: str) -> float:
    """Return the number that an expression stands for.

    Raises Unreadable, with the reason, if it is none.

    >>> read("3/4"), read("−2*3²"), read("cos(0)")
    (0.75, -18.0, 1.0)
    >>> read("0,5")
    Traceback (most recent call last):
    widgets.answers.arithmetic.Unreadable: is the comma a decimal point? Then write 0.5
    """
    text = re.sub(UNPRINTABLE, "", text.translate(SIGNS)).strip()  # what cannot be seen was not meant
    if not text:
        raise problem("empty")
    if len(text) > LONGEST:
        raise problem("long", longest=LONGEST)
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        raise problem("decimal", number=text.replace(",", "."))
    if "," in text:
        raise problem("comma")
    with np.errstate(all="ignore"):
        return float(Reader(text).all())


def texts_of(value, place=()) -> tuple[list[str], tuple]:
    """Return an answer in Python as texts, one for each element, and its shape.

    Parameters
    ----------
    value : number, text, array, tensor, or nested lists of these
    place : tuple of int, where in an answer this stands

    Raises Unreadable for anything else, with the place.

    >>> texts_of([["1", 0.5], [2, "3/4"]])
    (['1', '0.5', '2', '3/4'], (2, 2))
    """
    where = f"{indexed('', place)}: " if place else ""
    if len(place) > DEEPEST:
        raise Unreadable("these lists are nested too deeply to read")
    value = as_lists(value)
    if isinstance(value, list | tuple):
        parts = [texts_of(each, (*place, i)) for i, each in enumerate(value)]
        shapes = {shape for _, shape in parts}
        if len(shapes) > 1:
            raise Unreadable(f"{where}rows of one length are wanted, as in [[1, 2], [3, 4]]")
        return [text for texts, _ in parts for text in texts], (len(parts), *(shapes or {()}).pop())
    if isinstance(value, str):
        return [value], ()
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise Unreadable(f"{where}a number is wanted, not {said_of(value)}")
    try:
        number = float(value)
    except (OverflowError, ValueError) as error:  # more than a float can hold; a signalling nan
        raise Unreadable(
            f"{where}this is {'too large a number' if isinstance(error, OverflowError) else 'no number'}"
        ) from None
    if not math.isfinite(number):
        raise Unreadable(f"{where}{number} is no finite number: was something divided by 0?")
    return [repr(value if isinstance(value, int | float) else number)], ()


def as_lists(value):
    """Return a tensor or an array as nested lists, anything else as it is."""
    try:
        value = value.detach() if hasattr(value, "detach") else value
        return value.tolist() if hasattr(value, "tolist") else value
    except Exception:  # a tensor without data, or an object of somebody's own
        raise Unreadable(
            f"a number is wanted, and this {type(value).__name__} holds none to be read"
        ) from None


def array_of(value, wanted=()) -> np.ndarray:
    """Return an answer in Python, as :func:`texts_of` takes it, as an array of float64.

    One text is one number: where the shape ``wanted`` has several, it is said how to give them.

    >>> array_of(["3/4", 1]).tolist()
    [0.75, 1.0]
    """
    if hasattr(value, "detach") or isinstance(value, np.ndarray):  # it may be large
        given = np.array(as_lists(value) if hasattr(value, "detach") else value)
        if given.dtype.kind in "fiu" and np.all(np.isfinite(given)):
            return given.astype(float)
    texts, shape = texts_of(value)
    if wanted and isinstance(value, str):
        raise Unreadable("a text is one number: give several as a list, [1, 2], or as rows, [[1, 2], [3, 4]]")
    numbers = [read_at(*each) for each in zip(np.ndindex(shape), texts, strict=True)]
    return np.reshape(np.array(numbers, dtype=float), shape)


def read_at(index: tuple, text: str) -> float:
    """Return the number a text stands for; what is wrong with it is told with its place."""
    try:
        return read(text)
    except Unreadable as problem:
        where = f"{indexed('', index)}: " if index else ""
        raise Unreadable(f"{where}{problem}") from None


def said_of(value) -> str:
    """Say what stands in place of a number."""
    if value is None or value is ...:
        return "None" if value is None else "three dots"
    if isinstance(value, Complex) and not isinstance(value, Real):
        return "a complex one: take its .real or .imag"
    return kind_of(value)


class Reader:
    """Reads one expression from left to right, working it out on the way."""

    def __init__(self, text):
        self.tokens = [(found.lastgroup, found[found.lastgroup]) for found in TOKEN.finditer(text)]
        self.tokens.append(("end", ""))
        self.at, self.depth = 0, 0

    def all(self):
        value = self.sum()
        kind, text = self.tokens[self.at]
        if text == ")":
            raise problem("closed")
        if kind in ("number", "name") or text == "(":
            raise problem("side by side")
        if kind != "end":
            raise self.misplaced()
        return value

    def taken(self, *texts):
        """Take the next sign and return it, if it is one of these."""
        kind, text = self.tokens[self.at]
        if kind != "sign" or text not in texts:
            return None
        self.at += 1
        return text

    def sum(self):
        value = self.term()
        while sign := self.taken("+", "-"):
            other = self.term()
            value = finite(value + other if sign == "+" else value - other)
        return value

    def term(self):
        value = self.sign()
        while sign := self.taken("*", "/"):
            other = self.sign()
            if sign == "/" and other == 0:
                raise problem("zero")
            value = finite(value * other if sign == "*" else value / other)
        return value

    def sign(self):
        minus = False
        while sign := self.taken("+", "-"):
            minus ^= sign == "-"
        value = self.power()
        return -value if minus else value

    def power(self):
        base = self.atom()
        kind, text = self.tokens[self.at]
        if kind == "raised":
            self.at += 1
            return to_the_power(base, np.float64(text.translate(RAISED)))
        if self.taken("**"):
            return to_the_power(base, self.deeper(self.sign))
        return base

    def atom(self):
        kind, text = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            return finite(np.float64(text))
        if kind == "name":
            self.at += 1
            return self.value_of(text)
        if not self.taken("("):
            raise self.misplaced()
        return self.bracketed()

    def value_of(self, name):
        if name in CONSTANTS:
            return np.float64(CONSTANTS[name])
        if name not in FUNCTIONS:
            raise problem("unknown", name=name)
        if not self.taken("("):
            raise problem("call", name=name)
        x = self.bracketed()
        if name in LOGARITHMS and x == 0:
            raise problem("unreal")
        return finite(FUNCTIONS[name](x))

    def bracketed(self):
        value = self.deeper(self.sum)
        if not self.taken(")"):
            if self.tokens[self.at][0] == "end":
                raise problem("open")
            if self.tokens[self.at][0] in ("number", "name") or self.tokens[self.at][1] == "(":
                raise problem("side by side")
            raise self.misplaced()
        return value

    def deeper(self, read_part):
        self.depth += 1
        if self.depth > DEEPEST:
            raise problem("deep")
        value = read_part()
        self.depth -= 1
        return value

    def misplaced(self):
        kind, text = self.tokens[self.at]
        return problem("end" if kind == "end" else "misplaced", text=text)


def to_the_power(base, exponent):
    """Return a power that is a number."""
    if base == 0 and exponent < 0:
        raise problem("zero")
    return finite(np.power(base, exponent))


def finite(value):
    """Return a result if it is a number."""
    if np.isnan(value):
        raise problem("unreal")
    if np.isinf(value):
        raise problem("large")
    return value
