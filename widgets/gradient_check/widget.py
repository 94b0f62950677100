"""GradientCheck: every derivative beside finite differences, and the error for every step."""

import html
import math
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from ..base import State, Widget, packed, picture, positive, whole
from ..drawing.graph_picture import ACCENT, ACCENT_GROUND, COMPLETE, INK, LETTERS, LINE, MUTED, PARTIAL
from ..drawing.graph_picture import COLOURS as STATES
from ..drawing.graph_picture import MARKS as STATE_MARKS
from ..functions.function import function_of
from ..functions.nudging import SINGLE
from ..libraries.undisturbed import undisturbed
from ..words.numbers_as_text import EXACT, bound_of, number, roughly, without_noise
from ..words.table import aligned
from .derivatives import AGREES, CURVES, DIFFERS, SEVERITY, UNTOLD, WORDS, Derivatives
from .step_curve import BACKWARD, STEPS, STILL, V

MOST_ROWS = 12  # in the text and in the still picture
PAGE, SHORT = 10, 6  # rows at once in the live table; beneath a verdict on each input
COLUMNS = 92  # characters of the still picture
TOLD_IN_FULL = 1e-5  # what is wrong and smaller has all its digits, which else are taken for round-off
ROW, CHARACTER = 22, 7.8  # pixels

# How a verdict is drawn: paths around the origin, filled by the even-odd rule.
MARKS = {
    AGREES: STATE_MARKS[COMPLETE],
    DIFFERS: "M-6-4L-4-6L0-2L4-6L6-4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0Z",
    UNTOLD: "M0-6.5L6.5 0L0 6.5L-6.5 0ZM0-4.5L-4.5 0L0 4.5L4.5 0Z",
}
COLOURS = {AGREES: STATES[COMPLETE], DIFFERS: STATES[PARTIAL], UNTOLD: LINE}


class GradientCheck(Widget, module="gradient_check"):
    """Compare every derivative of a function with finite differences, and vary their step.

    Works on copies, also of whatever ``fn`` reads besides its inputs (models, their buffers, data),
    and in float64; nothing of yours is changed.

    Parameters
    ----------
    fn : function of tensors, of `autograd_core` or of PyTorch
        Returns a tensor, or a tuple, list or dictionary of tensors. Also a module (then its
        parameters are checked too), or a function without parameters that reads the tensors given
        as ``inputs``: ``GradientCheck(lambda: criterion(model(x), y), model)``.
    inputs : tensor, array or number; list, tuple or dictionary of them; or a module
        Checked are those that require a gradient, or, where none does, all floating-point ones.
    names : list of str, or None
        What to call the inputs, otherwise as the parameters of ``fn``; parameters of a model are
        called as in a picture, ``model.0.weight``.
    eps : float or None
        The step h of the central differences in the table; by default 1e−6, in float32 5e−3.
    atol, rtol : float or None
        A derivative agrees if ``|analytic − numeric| <= atol + rtol · |numeric|``; by default 1e−5
        and 1e−3, in float32 1e−3 and 1e−2.
    most : int
        Of larger inputs that many elements are checked, picked at random.
    curves : int
        For so many derivatives, the worst first, the step can be varied. Each of them takes about
        a hundred runs of ``fn``.
    dtype : None or ``"as given"``
        The latter computes in the types of the inputs and of what ``fn`` reads.
    compact : bool
        Show the derivatives only; a button brings the error for every step, and says nothing of
        truncation, round-off and the complex step.

    Attributes
    ----------
    selected : int, the row whose curve is shown, at first the worst. Follows the learner.
    step : int, the position in ``steps`` of the step that is marked. Follows the learner.
    compact : bool, whether only the derivatives are shown. Follows the learner.
    steps : tuple of float, 1e−15 … 0.1
    agrees : bool, whether no derivative differs and all could be told
    derivatives : Derivatives, all that was measured

    Where the best step lies, and why the curve is a V, says
    `widgets.gradient_check.step_curve`, with sources.

    Raises TypeError and ValueError for a function or inputs that cannot be checked, and whatever
    the function raises.

    >>> check = GradientCheck(lambda a, x: (a * x).sin(), [2.0, 3.0])
    >>> check.agrees, check.describe()
    (True, 'All 2 derivatives agree with central differences. a: backward() gives 2.8805, a central \
difference 2.8805. At h = 1e−6 the quotient differs from backward() by round-off at most: a \
rounding of f moves it by about 1e−9.')
    """

    selected = State(0)
    step = State(0)
    compact = State(False)
    steps = STEPS

    def __init__(self, fn: Callable, inputs: Any, *, names: Iterable[str] | None = None,
                 eps: float | None = None, atol: float | None = None, rtol: float | None = None,
                 most: int = 10_000, curves: int = CURVES, dtype: str | None = None, compact: bool = False) -> None:  # fmt: skip
        for option, value in {"eps": eps, "atol": atol, "rtol": rtol}.items():
            if value is not None:
                positive(option, value)
        for option, value in {"most": most, "curves": curves}.items():
            whole(option, value, 1)

        def measured():
            function = function_of(fn, inputs, names, dtype=dtype)
            return function, Derivatives(function, eps=eps, atol=atol, rtol=rtol, most=most,
                                         curves=curves)  # fmt: skip

        function, self.derivatives = undisturbed(measured)
        self.plain = compact
        for curve in self.derivatives.curves.values():
            curve.plain = compact
        nearest = int(np.argmin(np.abs(np.log(STEPS) - math.log(self.derivatives.step))))
        super().__init__(content(self.derivatives, function.name, self._complex_step()),
                         selected=max(self.derivatives.worst, 0), step=nearest, compact=compact)  # fmt: skip

    @property
    def agrees(self) -> bool:
        """Whether every derivative agrees."""
        return self.derivatives.agrees

    @selected.accepts
    def _selected_exists(self, selected):
        return whole("selected", selected, 0, max(len(self.derivatives) - 1, 0))

    @step.accepts
    def _step_exists(self, step):
        return whole("step, a position in steps,", step, 0, len(STEPS) - 1)

    @compact.accepts
    def _compact_is_yes_or_no(self, compact):
        if not isinstance(compact, bool):
            raise TypeError(f"compact must be True or False, not {compact!r}")
        return compact

    # ------------------------------------------------------------------ words

    def describe(self) -> str:
        """Return the verdict, and what there is to say about the selected element."""
        summary = self.derivatives.summary()
        if not len(self.derivatives) or self.derivatives.random:
            return summary
        sentences = [summary, self.sentence(self.selected)]
        if curve := self._curve():
            sentences.append(curve.tells(self.step))
        return " ".join(sentences)

    def _curve(self):
        """The curve that is shown, if there is one."""
        return None if self.compact else self.derivatives.curves.get(self.selected)

    def _complex_step(self):
        return None if self.plain else self.derivatives.complex_step

    def sentence(self, row: int) -> str:
        """Return what was found for one element."""
        found = self.derivatives
        analytic, numeric = self.slopes(row)
        return f"{found.title(row)}: backward() gives {number(analytic)}, a central difference {number(numeric)}."

    def slopes(self, row) -> tuple[float, float]:
        """What is shown of both: of round-off nothing, but of what is small and wrong all digits."""
        found, pair = self.derivatives, (self.derivatives.analytic[row], self.derivatives.numeric[row])
        small = found.verdicts[row] == DIFFERS and max(map(abs, pair)) < TOLD_IN_FULL
        return without_noise(pair[0], EXACT), pair[1] if small else without_noise(pair[1])

    def text(self) -> str:
        """Return the verdict, the table (of a large one those that do not agree first), hints."""
        found = self.derivatives
        if not self.shown_rows():
            return "\n".join([found.summary(), *self.remarks()])
        table = [self.headings(), *(self.cells(row) for row in self.shown_rows())]
        lines = [*aligned(self.by_input()), *aligned(table)]
        hidden = len(found) - len(table) + 1
        if hidden:
            lines.append(f"and {hidden} more")
        return "\n".join([found.summary(), *lines, *self.remarks()])

    def by_input(self) -> list[tuple[str, str]]:
        """Return a verdict on each input, where there are several of more than one element."""
        return [(name, said) for name, _, said in verdicts_of(self.derivatives)]

    def remarks(self) -> list[str]:
        """Return the sentences beneath the table."""
        found = self.derivatives
        return [f"hint: {hint}" for hint in found.hints] + [f"note: {note}" for note in found.notes]

    def shown_rows(self) -> list[int]:
        """Return the rows shown where there is little room: those that disagree come first.

        Of a random function none: its numbers are others each time.
        """
        if self.derivatives.random:
            return []
        order = np.argsort(-(self.derivatives.verdicts == DIFFERS).astype(int), kind="stable")
        return [int(row) for row in order[:MOST_ROWS]]

    def headings(self) -> tuple[str, ...]:
        """The table's headings as text."""
        second = () if self._complex_step() is None else ("complex step",)
        return ("element", BACKWARD, "central difference", *second, "difference", "verdict")

    def cells(self, row: int) -> tuple[str, ...]:
        """One row as text: the same on every machine."""
        found = self.derivatives
        slopes, difference = [*self.slopes(row)], found.difference[row]
        if (second := self._complex_step()) is not None:
            slopes.append(without_noise(second[row], EXACT))
        texts = [number(slope, 4) for slope in slopes]
        clear = found.verdicts[row] == DIFFERS and difference < 0.01
        return (
            found.title(row),
            *texts,
            (roughly if clear else bound_of)(difference),
            WORDS[found.verdicts[row]],
        )

    # ------------------------------------------------------------------ the still picture

    def svg(self) -> str:
        """Return the table, hints and the selected element's curve as an SVG document."""
        parts = []
        y = paragraph(parts, 26, self.describe()) + 10
        if self.shown_rows():
            y = self._table(parts, y)
        for remark in self.remarks():
            y = paragraph(parts, y, remark, MUTED)
        if curve := self._curve():
            explained = f"Error of {self.derivatives.title(self.selected)} for every step. {curve.words()}"
            y = paragraph(parts, y + 14, explained)
            parts.append(f'<g transform="translate(10 {y})">{drawn(curve, self.step)}</g>')
            y += curve.chart().height
        width = round(COLUMNS * CHARACTER) + 20
        return picture("Gradient check", self.describe(), width, y + 10,
                       f'<g {LETTERS}>{"".join(parts)}</g>')  # fmt: skip

    def _table(self, parts, y) -> int:
        """Add the table to the picture; returns where it ends."""
        shown = self.shown_rows()
        table = [self.headings(), *(self.cells(row) for row in shown)]
        widths = [max(map(len, column)) for column in zip(*table)]
        ends, x = [], 10
        for i, width in enumerate(widths):
            x += width * CHARACTER + (18 if i else 0)
            ends.append(x)
        for number_of_row, cells in enumerate(table):
            colour = MUTED if number_of_row == 0 else INK
            for i, cell in enumerate(cells[:-1]):
                place = (10, "start") if i == 0 else (ends[i], "end")
                parts.append(words(round(place[0], 1), y, cell, colour, place[1]))
            start = round(ends[-2] + 18, 1)
            if number_of_row:
                row = shown[number_of_row - 1]
                verdict = int(self.derivatives.verdicts[row])
                parts.append(
                    f'<path transform="translate({start + 6:g} {y - 4})" d="{MARKS[verdict]}" '
                    f'fill="{COLOURS[verdict]}" fill-rule="evenodd"/>'
                )
                if row == self.selected:
                    across = round(start + 26 + 11 * CHARACTER, 1)
                    parts.insert(0, f'<rect x="4" y="{y - 16}" width="{across:g}" height="{ROW}" '
                                    f'rx="4" fill="{ACCENT_GROUND}"/>')  # fmt: skip
            parts.append(words(start + (20 if number_of_row else 0), y, cells[-1], colour))
            y += ROW
        hidden = len(self.derivatives) - len(shown)
        if hidden:
            parts.append(words(10, y, f"and {hidden} more", MUTED))
            y += ROW
        return y + 4


def paragraph(parts, y, text, colour=INK) -> int:
    """Add a text to the picture, in as many lines as it needs; returns where it ends."""
    lines = textwrap.wrap(text, COLUMNS)
    parts += [words(10, y + 18 * i, line, colour) for i, line in enumerate(lines)]
    return y + 18 * len(lines)


def words(x, y, text, colour=INK, anchor="start") -> str:
    """A line of text in the still picture."""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}">{html.escape(text)}</text>'


def drawn(curve, step) -> str:
    """The chart of a curve, as far as it is the same on every machine.

    Errors that clearly are no round-off are drawn as measured; round-off as the line, ε·|f|/h,
    around which it scatters.
    """
    chart = curve.chart()
    still = [
        (h, 10 ** (round(20 * math.log10(error)) / 20))  # to a twentieth of a decade
        for h, error, noise in zip(STEPS, curve.errors, curve.noise)
        if math.isfinite(error) and error > STILL * noise and error > 0
    ]
    noise = [(h, n) for h, n in zip(STEPS, curve.noise) if n > 0 and math.isfinite(n)]
    marks = [
        chart.line([(STEPS[step], chart.y.low), (STEPS[step], chart.y.high)],
                   f'stroke="{ACCENT}" stroke-width="1.5"'),
        chart.line(noise, f'stroke="{MUTED}" stroke-width="1.5" stroke-dasharray="6 4"'),
        chart.line(still, f'stroke="{ACCENT}" stroke-width="2"'),
        *(chart.dot(h, error, f'fill="{ACCENT}"', 3) for h, error in still),
    ]  # fmt: skip
    rounding = [] if curve.plain else [(h, n) for h, n in noise if chart.y.fraction(n) < 0.75]
    if rounding:
        marks.append(label(chart, *rounding[0], f"round-off {curve.law()}", 6, -10))
    if curve.shape == V and not curve.plain:
        law = [(h, curve.truncation * h * h) for h in STEPS]
        marks.append(chart.line(law, f'stroke="{MUTED}" stroke-width="1.5" stroke-dasharray="2 4"'))
        if low := [point for point in law if 0 < chart.y.fraction(point[1]) < 0.25]:
            room = chart.x.fraction(low[-1][0]) < 0.75
            below = [point for point in low if chart.y.fraction(point[1]) < 0.15] or low
            beside = (*low[-1], "truncation ∝ h²", 14, 4) if room else (*below[-1], "truncation ∝ h²", -14, 4)
            marks.append(label(chart, *beside))
    if curve.best:
        marks.append(
            chart.line(
                [(curve.best, chart.y.low), (curve.best, chart.y.high)],
                f'stroke="{LINE}" stroke-dasharray="1 3"',
            )
        )
        beside = 8 if STEPS[step] < curve.best < SINGLE["eps"] else -8  # away from the step's line
        marks.append(label(chart, curve.best, chart.y.high, f"best h ≈ {roughly(curve.best)}",
                           beside, 14))  # fmt: skip
    return chart.svg(*marks)


def label(chart, x, y, text, dx, dy) -> str:
    """Words beside a point, kept within the chart; to the left of it if ``dx`` is negative."""
    across, down = chart.at(x, y)
    width = CHARACTER * len(text) * 12 / 13
    left = min(max(across + dx - (width if dx < 0 else 0), 2), chart.plot[0] - width - 2)
    return (f'<text x="{left:.1f}" y="{down + dy:.1f}" font-size="12" fill="{MUTED}">'
            f"{html.escape(text)}</text>")  # fmt: skip


def verdicts_of(found: Derivatives) -> list[tuple[str, int, str]]:
    """The verdict on each input, also in words, the worst first; none where each has one element, or nothing is told."""
    inputs = found.by_input()
    several = 1 < len(inputs) < len(found) and not found.random
    lines = [(name, verdict, said) for name, (verdict, said) in inputs.items()] if several else []
    return sorted(lines, key=lambda line: -SEVERITY[line[1]])


def content(found: Derivatives, name: str, complex_step) -> dict:
    """What the browser needs: numbers packed, and curves by row."""
    inputs = verdicts_of(found)
    return {
        "summary": found.summary(),
        "told_in_full": TOLD_IN_FULL,
        "name": name,
        "step": number(found.step),
        "inputs": inputs,
        "groups": [asdict(group) for group in found.groups],
        "analytic": packed(found.analytic),
        "numeric": packed(found.numeric),
        "complex": None if complex_step is None else packed(complex_step),
        "verdicts": "".join(map(str, found.verdicts)),
        "words": list(WORDS),
        "marks": [MARKS[verdict] for verdict in (AGREES, DIFFERS, UNTOLD)],
        "random": found.random,
        "worst": found.worst,
        "furthest": found.furthest,
        "steps": list(STEPS),
        "stepTexts": [number(h) for h in STEPS],
        "curves": {str(row): curve.data() for row, curve in found.curves.items()},
        "hints": found.hints,
        "notes": found.notes,
        "page": SHORT if inputs else PAGE,
    }  # fmt: skip
