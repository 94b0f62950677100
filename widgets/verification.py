"""``verify``: the gradients of a function beside finite differences, as a table to read.

What is compared, and how, is as in `GradientCheck`; this file has only the table and its words.
"""

import html
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .functions.function import function_of
from .functions.nudging import ATOL, RTOL, USUAL, told_of_single
from .gradient_check.derivatives import AGREES, DIFFERS, UNTOLD, Derivatives
from .libraries.undisturbed import undisturbed
from .words.numbers_as_text import EXACT, bound_of, number, without_noise
from .words.table import aligned

MOST_ROWS = 12
HEADINGS = ("input", "backward()", "nudging", "difference", "agree?")


class Row(NamedTuple):
    """One element of one input: its name and slopes, and whether they agree."""

    name: str
    analytic: float
    numeric: float
    verdict: int

    @property
    def agrees(self) -> bool:
        return self.verdict == AGREES

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        apart = abs(self.analytic - self.numeric)
        certain = apart <= RTOL * abs(self.numeric) or (apart <= ATOL and self.verdict == DIFFERS)
        numeric = (
            float(f"{self.numeric:.2e}")
            if certain and abs(self.numeric) < ATOL
            else without_noise(self.numeric)
        )
        slopes = number(without_noise(self.analytic, EXACT), 4), number(numeric, 4)
        return self.name, *slopes, bound_of(apart), ("yes", "NO", "cannot tell")[self.verdict]


class Verification:
    """What :func:`verify` found: shown as a table in a notebook, printed as text elsewhere.

    Attributes
    ----------
    agrees : bool, whether all slopes agree, and nothing else is wrong with the backward pass; so is the
        truth value: ``assert verify(fn, x)``
    rows : list of Row, one for each element of each input
    caption : str, what is compared
    hints, notes : list of str, what may be wrong, and what was left out
    """

    def __init__(self, name: str, inside: str, found: Derivatives):
        numeric = np.where(found.random, np.nan, found.numeric).tolist()
        columns = found.analytic.tolist(), numeric, found.verdicts.tolist()
        self.rows = [Row(found.title(i), *each) for i, each in enumerate(zip(*columns, strict=True))]
        self.agrees, self.hints, self.notes = found.agrees, found.hints, found.notes
        if found.step != USUAL and (told := told_of_single(found.step, inside)) not in self.hints:
            self.hints = [*self.hints, told]
        self.caption = (
            f"Slopes of {name}, by backward() and by nudging each input by {number(found.step)} to both sides"
        )

    def __bool__(self) -> bool:
        return self.agrees

    def shown_rows(self) -> list[Row]:
        """Return the rows that the table shows, first those that do not agree; at most so many."""
        return sorted(self.rows, key=lambda row: row.agrees)[:MOST_ROWS]

    def remarks(self) -> list[str]:
        """Return the sentences beneath the table."""
        hidden, verdicts = len(self.rows) - len(self.shown_rows()), [row.verdict for row in self.rows]
        counts = f"{verdicts.count(DIFFERS)} do not agree"
        if untold := verdicts.count(UNTOLD):
            counts += f", and of {untold} it cannot be told"
        more = [f"and {hidden} more; of all {len(self.rows)}, {counts}"] if hidden else []
        return more + [f"hint: {hint}" for hint in self.hints] + [f"note: {note}" for note in self.notes]

    def describe(self) -> str:
        """Return the whole table as plain text."""
        table = [HEADINGS, *(row.cells() for row in self.shown_rows())]
        return "\n".join([self.caption, *aligned(table), *self.remarks()])

    __repr__ = __str__ = describe

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
        body = "".join(html_row(row.cells()) for row in self.shown_rows())
        remarks = "".join(f"<p>{html.escape(remark)}</p>" for remark in self.remarks())
        caption = f"<caption>{html.escape(self.caption)}</caption>"
        table = f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f"<table>{table}</table>{remarks}"


def verify(fn: Callable, *inputs: Any, dtype: str | None = None) -> Verification:
    """Compare the gradient of ``fn(*inputs)`` by ``backward()`` with central differences.

    Works on copies, also of what ``fn`` reads besides its inputs, and in float64; nothing of yours is
    changed. The rows are named after the parameters of ``fn``. Where the usual nudge cannot tell the
    slope (next to an input of 1e8 rounding hides it) a larger or smaller one is taken, and the table
    says so; where something in ``fn`` is float32 nevertheless, one that suits that.

    Parameters
    ----------
    fn : function of tensors, of `autograd_core` or of PyTorch, that returns one number as a tensor
    inputs : tensors of any shape, or numbers; the slope is taken for each element. Tensors of whole
        numbers, flags and texts are passed on as they are.
    dtype : ``"as given"``, to compute in the types of the inputs

    Raises
    ------
    TypeError : if ``fn`` is no function, or returns no tensor
    ValueError : if there are no inputs, or ``fn`` returns more than one number

    >>> verify(lambda a, x: a * x, 2.0, 3.0)
    Slopes of the function, by backward() and by nudging each input by 1e−6 to both sides
    input  backward()  nudging      difference  agree?
    a          3.0000   3.0000  less than 1e−6     yes
    x          2.0000   2.0000  less than 1e−6     yes
    """
    if not callable(fn):
        raise TypeError(
            f"verify needs the function itself, not {type(fn).__name__}: verify(f, x), not verify(f(x), x)"
        )
    if not inputs:
        raise ValueError("verify needs the inputs too: verify(f, x) for the slope of f at x")
    return undisturbed(lambda: verified(fn, list(inputs), dtype))


def verified(fn, inputs, dtype) -> Verification:
    """What :func:`verify` returns."""
    function = function_of(fn, inputs, every=True, dtype=dtype)
    function.single("verify")
    return Verification(function.name, function.inside, Derivatives(function, brief=True))


def html_row(cells) -> str:
    """Return one row of the HTML table."""
    name, *values = map(html.escape, cells)
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{v}</td>" for v in values) + "</tr>"
