"""``verify``: the gradients of a function beside finite differences, as a table to read.

The arithmetic is the engine's (``autograd_core.autograd.check_gradients``); this file has only
the table and its words.
"""

import html
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .functions.function import compared, function_of, sample, told_of_sample
from .functions.nudging import (
    ATOL,
    RTOL,
    SINGLE,
    agreeing,
    between,
    is_fine,
    options_for,
    remark,
    remark_in_single,
    rounding,
    suited,
    told_of_single,
)
from .libraries.undisturbed import undisturbed
from .words.numbers_as_text import number
from .words.table import aligned

MOST_ROWS = 12
MOST_NUDGED = 10_000  # elements of the inputs; of more some are
BOUNDS = (1e-6, 1e-4, 1e-2)  # the bounds in which differences are told; all rounding is below
MEASURED, EXACT = 7, 12  # decimals of a slope near 0, measured or computed: the others are noise
HEADINGS = ("input", "backward()", "nudging", "difference", "agree?")


class Row(NamedTuple):
    """One element of one input: its name and slopes, whether they agree, what is unusual."""

    name: str
    analytic: float
    numeric: float
    agrees: bool
    remark: str = ""
    tells: bool = True  # whether nudging finds a slope at all

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        apart = abs(self.analytic - self.numeric)
        certain = apart <= RTOL * abs(self.numeric) or (apart <= ATOL and not self.agrees and self.tells)
        numeric = (
            float(f"{self.numeric:.2e}")
            if certain and abs(self.numeric) < ATOL
            else without_noise(self.numeric)
        )
        slopes = number(without_noise(self.analytic, EXACT), 4), number(numeric, 4)
        difference = bound_of(apart)
        verdict = "yes" if self.agrees else "NO" if self.tells else "cannot tell"
        return self.name, *slopes, difference, verdict


class Verification:
    """What :func:`verify` found: shown as a table in a notebook, printed as text elsewhere.

    Attributes
    ----------
    agrees : bool, whether all slopes agree
    rows : list of Row, one for each element of each input
    report : autograd_core.gradcheck.GradientReport, what the engine's checker said
    """

    def __init__(self, report, rows: list[Row], function, columns):
        self.report, self.rows = report, rows
        self.notes = [told_of_sample(function, *each) for each in columns.items()]
        self.fine = is_fine(function.precision)
        self.step, self.inside = options_for(function.precision)["eps"], function.inside
        self.agrees = all(row.agrees for row in rows) and not any(h.fatal for h in report.hints)
        self.caption = (
            f"Slopes of {function.name}, by backward() and by nudging each input "
            f"by {number(self.step)} to both sides"
        )

    def shown_rows(self) -> list[Row]:
        """Return the rows that the table shows: all, or first those that do not agree."""
        return sorted(self.rows, key=lambda row: row.agrees)[:MOST_ROWS]

    def remarks(self) -> list[str]:
        """Return the sentences beneath the table."""
        hidden = len(self.rows) - len(self.shown_rows())
        wrong = sum(not row.agrees for row in self.rows)
        told = [row for row in self.shown_rows() if row.remark]
        hints = [f"hint: {row.remark}" for row in told]
        hints += [f"hint: {hint}" for hint in self.report.hints if hint.kind != "float32"
                  and not any(f" {row.name} " in hint for row in told)]  # fmt: skip
        hints += [] if self.fine else [f"hint: {told_of_single(self.step, self.inside)}"]
        hints += [f"note: {note}" for note in self.notes]
        if not hidden:
            return hints
        return [f"and {hidden} more; of all {len(self.rows)}, {wrong} do not agree", *hints]

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
    columns = sample(function, MOST_NUDGED)
    report = compared(function, columns=columns, **options_for(function.precision))
    placed = [each for comparison in report.comparisons for each in rows_of(comparison)]
    fine = is_fine(function.precision)
    again = looked_at_again if fine else looked_at_again_in_single
    noise = rounding(
        function.precision, [function.value(function.arrays)], options_for(function.precision)["eps"]
    )
    if any(hint.kind == "randomness" for hint in report.hints):
        rows = [row._replace(numeric=math.nan, agrees=False, tells=False) for row, _ in placed]
    else:
        rows = [again(row, function, *place) if not row.agrees
                else compared_by_digits(row, function, *place) if fine and agrees_as_both_are_small(row, noise)
                else row for row, place in placed]  # fmt: skip
    return Verification(report, rows, function, columns)


def rows_of(comparison) -> list[tuple]:
    """Return for each element of the input of an engine's comparison a row, and where it is."""
    shape, flat = comparison.input_shape, comparison.columns
    flat = range(math.prod(shape)) if flat is None else flat
    places = [tuple(map(int, np.unravel_index(i, shape))) if shape else () for i in flat]
    columns = comparison.analytic[0], comparison.numeric[0], comparison.ok[0]
    return [
        (Row(comparison.name + (str(list(index)) if index else ""), float(a), float(n), bool(ok)),
         (comparison.input, index))
        for index, a, n, ok in zip(places, *columns, strict=True)
    ]  # fmt: skip


def looked_at_again(row: Row, function, which: int, index) -> Row:
    """Return the row with the slope that a nudge which suits the place has found."""
    nudge = suited(function.value, function.arrays, which, index)
    agrees = abs(row.analytic - nudge.slope) <= ATOL + RTOL * abs(nudge.slope)
    words = remark(row.name, nudge)
    return Row(row.name, row.analytic, nudge.slope, agrees and nudge.tells, words, nudge.tells)


def agrees_as_both_are_small(row: Row, noise: float) -> bool:
    """Whether slopes agree for no other reason than that both are next to 0."""
    return abs(row.analytic - row.numeric) > max(noise, RTOL * abs(row.numeric))


def compared_by_digits(row: Row, function, which: int, index) -> Row:
    """Return the row, which does not agree if nudges of several sizes tell that so small a slope is another."""
    least, most = between(function.value, function.arrays, which, index)
    if row.analytic < least or row.analytic > most:
        return row._replace(agrees=False, remark=f"the slopes by {row.name} are both near 0, and yet they "
                            "differ, however small the nudge is")  # fmt: skip
    return row


def looked_at_again_in_single(row: Row, function, which: int, index) -> Row:
    """Return the row with what a smaller nudge in float32 finds, or what rounding leaves open."""
    found = agreeing(function.value, function.arrays, which, index, row.analytic)
    if found:
        return row._replace(numeric=found.slope, agrees=True,
                            remark=remark_in_single(row.name, found))  # fmt: skip
    noise = rounding(function.precision, [function.value(function.arrays)], SINGLE["eps"])
    lost = not abs(row.analytic - row.numeric) > noise or not math.isfinite(row.numeric)
    return row._replace(tells=not lost)


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


def html_row(cells) -> str:
    """Return one row of the HTML table."""
    name, *values = map(html.escape, cells)
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{v}</td>" for v in values) + "</tr>"
