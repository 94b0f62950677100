"""The derivatives of a function, each beside finite differences: what `GradientCheck` and `verify` show.

The arithmetic is the engine's (``autograd_core.gradcheck``), for PyTorch functions as well; here
stand the choice of step and tolerance, the limits of the work, and the words.
"""

import math
from dataclasses import dataclass

import numpy as np

from autograd_core.finite_differences import nudged

from ..functions.function import MOST_WORK, Function, compared, sample, told_of_sample
from ..functions.nudging import (
    ATOL,
    DOUBT,
    USUAL,
    Nudge,
    between,
    is_fine,
    measured_noise,
    nudge,
    options_for,
    remark,
    remark_in_single,
    suited,
    told_of_single,
    undefined,
)
from ..long_work import Progress
from ..words.names import readable
from .explained import broken, lost
from .patterns import FACTOR, NOTHING, pattern
from .step_curve import BACKWARD, COMPLEX, STEPS, Curve

AGREES, DIFFERS, UNTOLD = 0, 1, 2  # verdicts
SEVERITY = np.array([0, 2, 1])  # of these verdicts
WORDS = ("agrees", "DIFFERS", "cannot tell")
CURVES = 16  # unless another number is asked for
MOST_LOOKED_AT = 200  # rows that do not agree and are measured with another step
MOST_REMARKS = 3
ZERO = 100  # roundings of the function: what is 0 beside it
SMALL, LEAST = (
    1e-5,
    1e-3,
)  # of the function's size: round-off that hides nothing, and the size it has at least
NOTABLE = 0.1  # of its tolerance: a smaller difference may be another on another machine


@dataclass(frozen=True)
class Group:
    """The derivatives of one output by one input, as rows ``start`` … ``start + count − 1``.

    Attributes
    ----------
    output, input : str, their names; the output's is empty if there is only one
    output_shape, input_shape : tuple
    columns : flat positions of the input's elements that were checked, or None: all
    """

    output: str
    input: str
    output_shape: tuple
    input_shape: tuple
    columns: tuple | None
    start: int
    count: int

    def place(self, row: int) -> tuple[tuple, tuple, int]:
        """The index in the output, in the input, and the input's flat position, of a row."""
        width = math.prod(self.input_shape) if self.columns is None else len(self.columns)
        out, column = divmod(row - self.start, width)
        flat = column if self.columns is None else self.columns[column]
        return index_of(out, self.output_shape), index_of(flat, self.input_shape), flat

    def element(self, row: int) -> str:
        """What a row's element of the input is called."""
        _, index, _ = self.place(row)
        return self.input + (str(list(index)) if index else "")

    def title(self, row: int) -> str:
        """What a row is called: ``w[0, 1]``, or ``y[2] by w[0, 1]`` if there are more outputs."""
        out, _, _ = self.place(row)
        name = self.element(row)
        if not self.output and math.prod(self.output_shape) == 1:
            return name
        of = (self.output or "output") + (str(list(out)) if out else "")
        return f"{of} by {name}"


class Derivatives:
    """All derivatives of a `Function`, one row each, and some curves over the step.

    Attributes
    ----------
    step, atol, rtol : float
    groups : list of Group
    analytic, numeric, difference : arrays, one number a row
    complex_step : array, nan where there is none; or None
    verdicts : array of `AGREES`, `DIFFERS`, `UNTOLD`
    worst : int, the row whose difference exceeds its tolerance most, of those that can be told;
        the first one if all are far within their tolerance; -1 if there is no row
    furthest : int, the row that is furthest off: first those that disagree, then those that cannot
        be told, then those that agree; of these the one whose difference exceeds its tolerance most
    curves : dict from row to Curve
    hints, notes : list of str
    random : bool, whether the function returns different values for the same input
    agrees : bool, whether each derivative agrees, and nothing else is wrong with the backward pass

    With ``brief`` there are no curves and no complex step, and no tolerance is smaller than it is of numbers
    near 1.
    """

    def __init__(self, function: Function, *, eps=None, atol=None, rtol=None, most=10_000,
                 curves=CURVES, brief=False):  # fmt: skip
        self.function, self.brief = function, brief
        self.usual_step, self.relative = eps is None, atol is None and not brief
        given = {"eps": eps, "atol": atol, "rtol": rtol}
        usual = options_for(function.precision)
        self.options = {key: usual[key] if value is None else value for key, value in given.items()}
        self.step, self.atol, self.rtol = self.options.values()
        self.columns = sample(function, most)
        total = sum(function.arrays[i].size for i in function.checked)
        self.most_curves = 0 if brief else min(curves, max(1, MOST_WORK // (len(STEPS) * max(total, 1))))
        progress = Progress("verify" if brief else "GradientCheck", self.work())
        function.evaluated = progress.tick
        with np.errstate(all="ignore"):  # numbers as large, or steps as small, as can be
            report = progress.run(self._measure)
        function.evaluated = None
        self.hints = self.own_hints()
        self.hints += [
            str(hint) for hint in report.hints
            if hint.kind not in ("float32", *["detached"] * bool(self.lost)) and not any(element in hint for element in self.settled)
        ]  # fmt: skip
        self.agrees = bool((self.verdicts == AGREES).all()) and not any(hint.fatal for hint in report.hints)
        self.notes = self.bounds()
        self.checked = " and ".join(function.names[i] for i in function.checked)
        del self.function  # what was measured is kept, not what it was measured on

    def _measure(self):
        report = compared(self.function, **self.options, columns=self.columns,
                          second=None if self.brief else self.second)  # fmt: skip
        self._rows(report)
        self.bent = set()  # rows whose slope changes within the step
        self.settled = set()  # elements of which another step has told
        self.remarks = [] if self.random or not self.usual_step else self._look_again()
        self._find_worst()
        self.curves = {} if self.random else self._curves()
        return report

    def second(self, which):
        return self.function.second(which, self.columns.get(which))

    def work(self) -> int:
        """About how often the function will be run."""
        elements = sum(self.checked_elements(i) for i in self.function.checked)
        curves = min(self.most_curves, elements)
        each = 2 if self.brief or self.function.no_complex_step else 3
        rows = sum(math.prod(shape) for shape in self.function.shapes)
        return each * (elements + curves * len(STEPS)) + rows + 14

    def checked_elements(self, which) -> int:
        some = self.columns.get(which)
        return self.function.arrays[which].size if some is None else len(some)

    # ------------------------------------------------------------------ rows

    def _rows(self, report):
        self.groups, parts, start = [], [], 0
        here, noise = self.function.evaluate(self.function.arrays), measured_noise(self.function, self.step)
        for c in report.comparisons:
            name = self.function.outputs[c.output]
            columns = None if c.columns is None else tuple(map(int, c.columns))
            self.groups.append(Group(name, c.name, c.output_shape, c.input_shape, columns, start, c.ok.size))
            second = np.full(c.ok.shape, np.nan) if c.complex_step is None else c.complex_step
            size = np.max(abs(c.numeric), initial=0, where=np.isfinite(c.numeric))
            atol = self.atol * (min(size, 1) if self.relative else 1)
            rounded = DOUBT * np.reshape(noise[c.output], (-1, 1)) / self.step
            defined = np.isfinite(np.reshape(here[c.output], (-1, 1)))
            parts.append([np.ravel(np.broadcast_to(a, c.ok.shape)) for a in (
                c.analytic, np.where(defined, c.numeric, np.nan), second, c.difference, atol, rounded)])  # fmt: skip
            start += c.ok.size
        joined = [np.concatenate(each) for each in zip(*parts)] if parts else [np.zeros(0)] * 6
        self.analytic, self.numeric, second, self.difference, self.atols, self.noise = joined
        self.complex_step = None if np.isnan(second).all() else second
        self.random = any(hint.kind == "randomness" for hint in report.hints)
        values = max(LEAST, *(float(np.max(abs(y), initial=0, where=np.isfinite(y))) for y in here))
        self.size = np.max(abs(self.analytic), initial=values, where=np.isfinite(self.analytic))
        self.verdicts = self.judged()

    def allowed(self, rows=slice(None)) -> np.ndarray:
        """By how much a derivative may be off: relative to it, and to the largest one by the same input."""
        return self.atols[rows] + self.rtol * abs(self.numeric[rows])

    @property
    def excess(self) -> np.ndarray:
        """How many times as large as allowed differences are."""
        excess = np.where(self.difference == 0, 0.0, self.difference / self.allowed())
        return np.where(np.isnan(excess), np.inf, excess)

    def judged(self, rows=slice(None)) -> np.ndarray:
        """The verdict on rows: round-off, and values that are no numbers, excuse."""
        difference, noise = self.difference[rows], self.noise[rows]
        hidden = difference <= noise
        zero = abs(self.analytic[rows]) <= min(ZERO * self.function.precision * self.size, self.atol)
        ok = (difference <= self.allowed(rows)) | (zero & hidden & (noise <= SMALL * self.size))
        excused = ~np.isfinite(self.numeric[rows]) | hidden
        if self.random:
            ok, excused = np.zeros_like(ok), np.ones_like(ok)
        return np.where(ok, AGREES, np.where(excused, UNTOLD, DIFFERS))

    def _find_worst(self):
        told = np.where(self.verdicts == UNTOLD, -1.0, self.excess)
        unknown = np.where(self.verdicts == AGREES, 0.0, np.inf)
        excess = np.where(np.isnan(self.excess), unknown, self.excess)
        order = np.lexsort((-excess, -SEVERITY[self.verdicts]))
        self.furthest = int(order[0]) if order.size else -1
        self.worst = int(np.argmax(np.where(told < NOTABLE, -1.0, told))) if told.size else -1

    def _look_again(self) -> list[str]:
        """Measure what does not agree with steps that suit it better; returns what was done, in words."""
        remarks, small = [], self.brief & self.is_small()
        for row in map(int, np.flatnonzero((self.verdicts != AGREES) | small)[:MOST_LOOKED_AT]):
            if self.verdicts[row] != UNTOLD and self.is_small([row])[0]:
                remarks += self.compared_by_digits(row)
                continue
            before = self.numeric[row], self.difference[row], self.noise[row]
            for found, said in self.other_nudges(row):
                self.numeric[row], self.noise[row] = found.slope, before[2] * self.step / found.step
                self.difference[row] = abs(self.analytic[row] - found.slope)
                verdict = self.judged([row])[0]
                if verdict != UNTOLD and (verdict != self.verdicts[row] or said is remark):
                    self.verdicts[row] = verdict
                    self.settled.add(f" {self.group(row).element(row)} ")
                    remarks.append(said(self.title(row), found))
                    break
            else:
                self.numeric[row], self.difference[row], self.noise[row] = before
        return remarks

    def is_small(self, rows=slice(None)) -> np.ndarray:
        """Whether a derivative and a central difference differ and are so near to 0 that it may be the step."""
        rounded, difference = self.rtol * abs(self.numeric[rows]), self.difference[rows]
        apart = difference > np.fmax(self.noise[rows], rounded)
        return is_fine(self.function.precision) & (difference <= ATOL) & apart

    def compared_by_digits(self, row: int) -> list[str]:
        """Judge a small derivative by nudges of several sizes: it differs if they tell that it is another."""
        evaluate, which, index = self.nudging(row)
        least, most = between(evaluate, self.function.arrays, which, index)
        self.verdicts[row] = AGREES if least <= self.analytic[row] <= most else DIFFERS
        return [] if self.verdicts[row] == AGREES else [
            f"the slopes by {self.title(row)} are both near 0, and yet they differ, however small the nudge is"
        ]  # fmt: skip

    def other_nudges(self, row):
        """Other nudges than the usual one that may tell more, each with the words for it.

        Beside a kink these are smaller ones; in float32 a slope that bends within all that tell excuses a difference.
        """
        evaluate, which, index = self.nudging(row)
        fine, arrays, noise = is_fine(self.function.precision), self.function.arrays, self.noise[row]
        usual = nudge(evaluate, arrays, which, index, self.step)
        if not math.isfinite(usual.here):
            return
        if fine and (found := suited(evaluate, arrays, which, index)).step != self.step and found.tells:
            yield found, remark
        bends = self.difference[row] <= bent(usual)
        wary = (
            fine or self.verdicts[row] == UNTOLD
        )  # else a slope that is right is found again by a smaller step
        for part in (10, 100, 1000) if fine else (10, 100):
            if (fine and not bends) or (wary and part * noise > max(self.allowed(row), noise)):
                break
            found = nudge(evaluate, arrays, which, index, self.step / part)
            yield found, remark_in_single
            bends = bends and self.difference[row] <= bent(found)
        if not fine and bends and self.verdicts[row] == DIFFERS:
            self.verdicts[row] = UNTOLD
            self.bent.add(row)

    def nudging(self, row):
        """What works out a row's element of the output, and the input and index that is nudged for it."""
        out, index, which, output = self.whereabouts(row)
        return lambda arrays: float(np.asarray(self.function.evaluate(arrays)[output])[out]), which, index

    def whereabouts(self, row):
        """Of a row: the index in the output and in the input, and the positions of these two."""
        group = self.group(row)
        out, index, _ = group.place(row)
        names, outputs = self.function.names, self.function.outputs
        return out, index, names.index(group.input), outputs.index(group.output)

    def __len__(self):
        return len(self.analytic)

    def count(self, verdict) -> int:
        """How many rows have a verdict."""
        return int((self.verdicts == verdict).sum())

    def group(self, row: int) -> Group:
        """The group that a row belongs to."""
        return next(g for g in reversed(self.groups) if g.start <= row and g.count)

    def title(self, row: int) -> str:
        """What a row is called."""
        return self.group(row).title(row)

    # ------------------------------------------------------------------ curves

    def _curves(self) -> dict[int, Curve]:
        """A curve for the worst row, for those that do not agree, and then for the first ones."""
        first = (self.worst, self.furthest)
        severity = SEVERITY[self.verdicts]
        order = sorted(range(len(self)), key=lambda row: (row not in first, -severity[row]))
        values = {}
        return {row: self.curve(row, values) for row in sorted(order[: self.most_curves])}

    def curve(self, row: int, values: dict) -> Curve:
        """The curve of one row; ``values`` keeps what rows of one input element share."""
        function = self.function
        out, index, which, output = self.whereabouts(row)
        if (which, index) not in values:
            values[which, index] = measured(function, which, index)
        plus, minus, here, second = [
            None if each is None else picked(each, output, out) for each in values[which, index]
        ]
        x = function.arrays[which][index]
        kind = x.dtype.type
        above = np.array([np.float64(x + kind(h)) for h in STEPS])
        below = np.array([np.float64(x - kind(h)) for h in STEPS])
        with np.errstate(invalid="ignore"):  # infinite inputs
            widths = above - below, above - np.float64(x)
        analytic, exact = float(self.analytic[row]), None
        if self.complex_step is not None and self.verdicts[row] == DIFFERS:
            exact = float(self.complex_step[row])
        known = exact is not None and math.isfinite(exact)
        return Curve(
            float(here[0]), plus, minus, *widths,
            None if second is None else second / np.array(STEPS), analytic,
            exact if known else analytic, COMPLEX if known else BACKWARD, function.precision,
        )  # fmt: skip

    # ------------------------------------------------------------------ words

    def summary(self) -> str:
        """Return the verdict on the whole, in a sentence."""
        total, wrong, untold = len(self), self.count(DIFFERS), self.count(UNTOLD)
        if not total:
            return f"There is nothing to compare: {self.checked} or the output has no elements."
        if self.random:
            return "The function returns different values for the same input: nothing can be told."
        if total == 1:
            return (
                "The derivative agrees with the central difference.",
                "The derivative DIFFERS from the central difference.",
                "Whether the derivative is right cannot be told.",
            )[self.verdicts[0]]
        if wrong:
            return (
                f"{wrong} of {total} derivatives "
                f"{'DIFFERS' if wrong == 1 else 'DIFFER'} from central differences; "
                f"the worst is {self.title(self.worst)}."
            )
        if untold:
            if untold == total:
                return f"None of the {total} derivatives can be told."
            return (
                f"{untold} of {total} derivatives cannot be told; the others agree with central differences."
            )
        return f"All {total} derivatives agree with central differences."

    def own_hints(self) -> list[str]:
        """Return hints of what only this check knows."""
        hints = self.remarks[:MOST_REMARKS]
        if len(self.remarks) > MOST_REMARKS:
            hints.append(f"and so were {len(self.remarks) - MOST_REMARKS} more")
        untold = np.flatnonzero((self.verdicts == UNTOLD) & (not self.random))
        near = (self.verdicts == DIFFERS) & (self.difference <= DOUBT * self.noise)
        if not is_fine(self.function.precision) and (near.any() or np.isfinite(self.numeric[untold]).any()):
            hints.append(told_of_single(self.step, self.function.inside))
        if untold.size:
            hints += filter(None, [self.untold(int(untold[0]))])
        wrong = np.flatnonzero((self.verdicts == DIFFERS) & np.isfinite(self.analytic))
        names = {self.group(row).input for row in wrong}
        self.lost = (
            {name: said for name, said in (readable(lost, self.function) or {}).items() if name in names}
            if names
            else {}
        )
        none = np.flatnonzero((self.verdicts == DIFFERS) & ~np.isfinite(self.analytic))
        if none.size:
            out, _, _, output = self.whereabouts(int(none[0]))
            hints += filter(None, [readable(lambda function: broken(function, output, out), self.function)])
        return [*hints, *self.lost.values(), *(self.patterns() if self.count(DIFFERS) > 1 else [])]

    def is_hidden(self, rows) -> np.ndarray:
        """Whether derivatives are too small to tell: no larger than round-off."""
        return np.fmax(abs(self.analytic[rows]), abs(self.numeric[rows])) <= self.noise[rows]

    def untold(self, row) -> str:
        """Return why one derivative cannot be told."""
        title = self.title(row)
        evaluate, *place = self.nudging(row)
        usual = nudge(evaluate, self.function.arrays, *place, self.step)
        if said := undefined(self.group(row).element(row), usual):
            return said
        if self.brief:
            return remark(title, usual) if self.step == USUAL else ""
        if row in self.bent:
            return f"{title} cannot be told: its slope changes within the step"
        what = "is too small to tell" if self.is_hidden(row) else "cannot be told"
        return f"{title} {what}: round-off is as large as the difference, so take a larger step"

    def by_input(self) -> dict[str, tuple[int, str]]:
        """Return the verdict on all derivatives by each input, and the same in words."""
        found = {}
        for name in dict.fromkeys(group.input for group in self.groups):
            spans = [range(each.start, each.start + each.count) for each in self.groups if each.input == name]
            rows = np.array([row for span in spans for row in span], int)
            wrong, untold = (rows[self.verdicts[rows] == verdict] for verdict in (DIFFERS, UNTOLD))
            why = "too small to tell" if self.is_hidden(untold).all() else "cannot be told"
            words = {f"DIFFER{'S' * (wrong.size == 1)}": wrong, why: untold}
            said = [f"{some.size} of {rows.size} {word}" for word, some in words.items() if some.size]
            verdict = DIFFERS if wrong.size else UNTOLD if untold.size else AGREES
            found[name] = verdict, ", ".join(said) or f"all {rows.size} agree"
        return found

    def patterns(self) -> list[str]:
        """Return what the wrong derivatives by each input have in common."""
        found = []
        for group in self.groups:
            if group.columns is not None or math.prod(group.output_shape) != 1:
                continue
            rows = slice(group.start, group.start + group.count)
            analytic, numeric, wrong = (
                each[rows].reshape(group.input_shape)
                for each in (self.analytic, self.numeric, self.verdicts == DIFFERS)
            )
            sentence = pattern(group.input, analytic, numeric, wrong)
            if not (group.input in self.lost and sentence and sentence.endswith((FACTOR, NOTHING))):
                found.append(sentence)
        return [sentence for sentence in dict.fromkeys(found) if sentence]

    def bounds(self) -> list[str]:
        """Return what was left out to bound the work, and what the second opinion lacks."""
        notes = [told_of_sample(self.function, *each) for each in self.columns.items()]
        if self.brief:
            return notes
        notes = [f"{note}; most= sets how many, up to what can be done" for note in notes]
        if self.function.mixed:
            notes.append(
                "the output has many elements: checked is the gradient of their sum with fixed "
                "random weights, in which a wrong derivative shows as well"
            )
        if self.function.no_complex_step:
            notes.append(f"no complex step: {self.function.no_complex_step}")
        if len(self.curves) < len(self) and self.curves:
            notes.append(f"the step can be varied for {len(self.curves)} elements, the worst first; "
                         "curves= sets for how many")  # fmt: skip
        return notes


def measured(function, which, index) -> tuple:
    """For one element of an input the outputs at x + h, x − h, x, and x + ih, for each step."""
    arrays = function.arrays

    def at(nudge):
        return function.evaluate(nudged(arrays, which, index, nudge))

    plus, minus = [at(h) for h in STEPS], [at(-h) for h in STEPS]
    here, second = [function.evaluate(arrays)], None
    if not function.no_complex_step:
        second = function.imaginary(which, index, STEPS)
    return plus, minus, here, second


def bent(found: Nudge) -> float:
    """By how much the slopes to the left and right of a nudged element differ."""
    return abs(found.high - 2 * found.here + found.low) / found.step


def picked(outputs, output, index) -> np.ndarray:
    """One element of one output, out of the outputs at each step."""
    return np.array([np.asarray(each[output])[index] for each in outputs], np.float64)


def index_of(flat, sizes) -> tuple:
    """The index that a flat position has in an array of this shape."""
    return tuple(map(int, np.unravel_index(flat, sizes))) if sizes else ()
