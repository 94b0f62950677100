"""A question for a slope: what nudging finds, which mistakes would give which answer, and where to try a formula."""

import functools
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_core.finite_differences import slopes

from ..functions.function import Function, sample
from ..functions.nudging import ATOL, RTOL, has_kink, is_fine, options_for, remark, suited
from ..functions.variables import with_variables
from ..libraries import is_tensor
from ..recorders import record
from ..words.names import caller, named_tensors
from ..words.numbers_as_text import indexed, number
from .arithmetic import array_of
from .backward_pass import BackwardPass
from .slips import CATALOGUE, NO_SLIP, mistakes, upside_down
from .verdict import Mistake, Untold, Verdict, fits, judged, secretive, spelled
from .watch import Watched, gradient_of, watched

MOST_NUDGED = 1000  # elements of an input; of more some are
COARSE = 0.05  # noise of a central difference with which it may still confirm what backward() gives
PLACES, MOST_PLACES = 4, 12  # where a formula is tried, the given inputs included
NEAR_BY, FAR_AWAY = 0.4, 2.0  # how far from these they are, of a size
NATURAL = ("value", "input", "inverse", "before")  # slips that give the slope itself at some places
MOST_SPELLED = 12  # elements of an input that are told
DOUBLE, TIMES, HALF, OVERWROTE = "double", "times", "half", "overwrote"
MULTIPLES = (3, 4, 5)  # of the slope that are recognised, besides twice and for each element
GENERAL = NO_SLIP  # rank of a mistake in which no rule takes part: it is named if no other fits,
LAST = GENERAL + 1  # and that of what is merely so
FIRST = -10  # rank of the likeliest mistake that an exercise names
KINDS = {
    *CATALOGUE,
    *NATURAL,
    DOUBLE,
    TIMES,
    HALF,
    *"coarse undivided divided ten part grad itself random ignored typed xor misnamed".split(),
}
NUDGES = (1.0, 0.1, 0.01, 0.001, 1e-4)  # that a learner takes
TENS = (1, 2, 3, 4, 5, 6)  # powers of ten by which a slope is missed
NUMBER, WORD = re.compile(r"\b\d[\d.]*(?:e[−-]?\d+)?"), re.compile(r"\w+")


@dataclass(frozen=True)
class Question:
    """The slope of a function with respect to one of its inputs, at its arrays."""

    function: Function
    position: int
    learners_names: tuple = ()
    likely: tuple = ()
    own: Callable | None = None  # returns what the function does and its variables, in more parts

    @property
    def names(self) -> list[str]:
        """What the inputs are called: as in the learner's own function, if the answer is one."""
        return list(self.learners_names) or self.function.names

    @property
    def name(self) -> str:
        """The name of the input that is nudged."""
        return self.names[self.position]

    @property
    def library(self):
        """What there is to know of the inputs' library."""
        return self.function.library

    @property
    def arrays(self) -> list:
        """The inputs as arrays; what cannot be nudged as it is."""
        return self.function.arrays

    @property
    def step(self) -> float:
        """How far the input is nudged: farther where something is computed in float32."""
        return options_for(self.function.precision)["eps"]

    @cached_property
    def slope(self) -> np.ndarray:
        """The slope as a central difference, in the shape of the input.

        Of a large input it is what ``backward()`` gives, confirmed at some elements. Raises Untold
        where nudging tells none.
        """
        function, which, some = self.function, self.position, self.nudged
        numeric = slopes(function.evaluate, function.arrays, which, self.step, some)[0][0][0]
        try:
            analytic = function.jacobians()[0][which][0]
        except Exception:  # it has no backward pass, and needs none if the input is small
            analytic = None
        if is_fine(function.precision):
            nearly = numeric if analytic is None else analytic if some is None else analytic[some]
            self.look_again(numeric, nearly, some)
        if some is not None:
            if analytic is None or not np.allclose(analytic[some], numeric, RTOL, ATOL):
                raise Untold(f"the input has {analytic.size} elements, too many to nudge them all, and "
                             "where some were, backward() gives another slope")  # fmt: skip
            numeric = analytic
        return numeric.reshape(self.arrays[which].shape)

    def look_again(self, numeric, analytic, some) -> None:
        """Measure with a nudge that suits it what the usual one cannot tell, or ``backward()`` denies."""
        shape, doubt = self.arrays[self.position].shape, self.doubt
        agrees = np.isclose(analytic, numeric, RTOL, ATOL)
        for flat in np.flatnonzero(~agrees | ~(doubt <= (ATOL + RTOL * abs(numeric)) / 10))[:MOST_NUDGED]:
            index = np.unravel_index(flat if some is None else some[flat], shape) if shape else ()
            nudge = suited(self.function.value, self.arrays, self.position, index)
            close = abs(analytic[flat] - nudge.slope) <= 100 * doubt <= COARSE * (1 + abs(analytic[flat]))
            place = indexed(self.name, index)
            if not nudge.tells and not close:
                raise Untold(remark(place, nudge))
            denied = not np.isclose(analytic[flat], nudge.slope, RTOL, ATOL)
            if denied and has_kink(self.function.value, self.arrays, self.position, index, nudge):
                raise Untold(f"nudging finds one slope to the left of {place} and another to the right, as at "
                             "a kink or a jump")  # fmt: skip
            numeric[flat] = nudge.slope if nudge.tells else analytic[flat]

    @property
    def doubt(self) -> float:
        """How far rounding of the value may move a slope that the usual nudge measures."""
        return float(np.finfo(float).eps) * abs(self.value) / (2 * self.step)

    @cached_property
    def nudged(self) -> np.ndarray | None:
        """Which elements are nudged; None: all."""
        return sample(self.function, MOST_NUDGED, [self.position]).get(self.position)

    @cached_property
    def value(self) -> float:
        """What the function itself returns."""
        return self.function.value(self.arrays)

    def elsewhere(self) -> Iterator["Question"]:
        """Yield the question at this place, and then at others, the same each time.

        There are more of them, farther away, where a natural slip has been right in all of the first.
        """
        yield self
        random, alike = np.random.default_rng(0), self.alike(self)
        for place in range(1, MOST_PLACES):
            if place >= PLACES and not alike:
                return
            reach = NEAR_BY if place < PLACES else FAR_AWAY
            arrays = [
                np.asarray(a + random.uniform(-reach, reach, a.shape) * np.maximum(1, abs(a)), a.dtype)
                if each.array is not None else a
                for a, each in zip(self.arrays, self.function.inputs, strict=True)
            ]  # fmt: skip
            try:
                other = replace(self, function=self.function.at(arrays))
            except (ArithmeticError, ValueError, RuntimeError):  # outside its domain
                continue
            yield other
            alike &= other.alike(self)

    def alike(self, first: "Question") -> set[str]:
        """The natural slips that cannot be told from the slope here, where a number depends on a number."""
        sizes = [self.arrays[self.position].shape, *self.function.sizes]
        if max(map(math.prod, sizes)) > 1 or len(sizes) > 2:
            return set()
        if not self.has_slope():
            return set(NATURAL)
        with np.errstate(divide="ignore"):
            slips = (self.value, self.arrays[self.position], 1 / self.slope, first.slope)
        return {kind for kind, slip in zip(NATURAL, slips, strict=True)
                if fits(np.reshape(slip, self.slope.shape), self.slope, self.smallest)}  # fmt: skip

    def has_slope(self) -> bool:
        """Whether the function can be worked out here, and its slope is finite."""
        try:
            return bool(np.all(np.isfinite(self.slope)))
        except (ArithmeticError, ValueError, RuntimeError, Untold):
            return False

    def moved(self, position: int) -> Iterator["Question"]:
        """Yield the question at places at which one input alone is another."""
        if self.function.inputs[position].array is not None:
            for other in itertools.islice(self.elsewhere(), 1, None):
                arrays = list(self.arrays)
                arrays[position] = other.arrays[position]
                place = replace(self, function=self.function.at(arrays))
                if place.has_slope():
                    yield place

    def answer(self, formula: Callable, uses: Iterable[Callable] = ()) -> tuple[Watched, Any]:
        """Return what was seen of a learner's function, and ``.grad`` of the input that is nudged then."""

        def answered(leaves, seen):
            if self.library.is_tensor(seen.returned):
                seen.returned = self.function.room.out(seen.returned)
            return seen, gradient_of(leaves[self.position])

        return self.function.traced(answered, functools.partial(watched, formula, self.position, tuple(uses)))

    def place(self) -> str:
        """Say where the slope is asked for: ``a = 1, x = 3``."""
        told = [spelled(a) if np.size(a) <= MOST_SPELLED else f"a tensor of shape {np.shape(a)}"
                for a in self.arrays]  # fmt: skip
        return ", ".join(f"{name} = {text}" for name, text in zip(self.names, told, strict=True))

    @cached_property
    def smallest(self) -> float:
        """How far from 0 a central difference may be where the slope is 0, by rounding alone."""
        if is_fine(self.function.precision):  # beyond the bound another nudge is taken, or none tells
            return 1e-6 + min(100 * self.doubt, ATOL + RTOL * float(np.max(abs(self.slope), initial=0)))
        return 1e-4 + 4 * self.function.precision * abs(self.value) / self.step

    def judge(self, given: np.ndarray, likely: Callable = lambda mistake: True) -> Verdict:
        """Say whether a slope is right and, if not, which mistakes give it, or how it is off.

        Only mistakes are named that are ``likely``.
        """
        is_right = fits(given, self.slope, self.smallest)
        possible = [] if is_right else [each for each in self.mistakes if likely(each)]
        return judged(given, self.slope, possible, self.smallest)

    def explained(self, given: np.ndarray) -> set | None:
        """Return the gists of all mistakes that give an answer; None if it is right."""
        if fits(given, self.slope, self.smallest):
            return None
        return {gist(each) for each in self.mistakes if fits(given, each.value, self.smallest)}

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """The answers that mistakes with the rules give, and with the question itself."""
        slope = self.slope
        multiples = sorted({*MULTIPLES, slope.size} - {0, 1, 2})
        with np.errstate(divide="ignore"):
            inverse = 1 / slope
        general = [
            ("sign", "the size is right, and the sign is wrong", -slope),
            ("inverse", upside_down(self.name), inverse),
            (DOUBLE, "this is twice the slope", 2 * slope),
            *((TIMES, self.multiple(n), n * slope) for n in multiples),
            (HALF, "this is half the slope", slope / 2),
        ]
        words = f"{number(self.value)} is the value of {self.function.name}, not its slope"
        found = [Mistake("value", words, np.full_like(slope, self.value))]
        found += self.mistakes_with_rules()
        found += self.mistakes_in_nudging()
        found += [Mistake(kind, words, each, GENERAL) for kind, words, each in general]
        found += self.mistaken_places()
        possible = beside([each for each in found if not fits(each.value, slope, self.smallest)])
        return [secretive(each, slope) for each in self.named_first(possible)]

    def named_first(self, found: list[Mistake]) -> list[Mistake]:
        """Return the mistakes, with those first that the exercise says are likely here."""
        kinds = [each for each in self.likely if isinstance(each, str)]
        own = [Mistake("likely", each[0], self.worked_out(each[1]), FIRST)
               for each in self.likely if not isinstance(each, str)]  # fmt: skip
        ranked = [replace(each, rank=FIRST + 1) if each.kind in kinds else each for each in found]
        order = {kind: place for place, kind in enumerate(kinds)}
        return own + sorted(ranked, key=lambda each: order.get(each.kind, len(kinds)))

    def worked_out(self, wrong) -> np.ndarray:
        """A wrong answer that an exercise names, at this place."""
        return array_of(self.answer(wrong)[0].returned if callable(wrong) else wrong)

    def mistakes_in_nudging(self) -> list[Mistake]:
        """Return what a number's nudge gives that is not divided, or not by the nudge."""
        if self.arrays[self.position].size > 1:
            return []
        slope, fn = self.slope, self.function
        found: list[tuple[str, str, Any]] = []
        for nudge in (*NUDGES, *(-nudge for nudge in NUDGES)):
            try:
                moved = fn.value(self.moved_by(nudge)) - self.value
            except (ArithmeticError, ValueError, RuntimeError):  # outside its domain
                continue
            by = f"this is how far {fn.name} moves for a nudge of {number(nudge)}"
            here = self.arrays[self.position].item() or np.nan
            found += [("coarse", f"{by}, divided by it: a smaller nudge comes nearer", moved / nudge)]
            if abs(nudge) < 1:
                found += [("undivided", f"{by}: divide it by the nudge", moved),
                          ("divided", f"{by}, divided by {self.name} and not by the nudge", moved / here)]  # fmt: skip
        for power in (*TENS, *(-power for power in TENS)):
            how = "divided by a smaller nudge" if power > 0 else "not divided by its nudge"
            words = (f"this is {number(10.0**power)} times the slope: was a difference {how}, or is the "
                     "decimal point in another place?")  # fmt: skip
            if not fits(np.zeros_like(slope), slope * 10.0**power, self.smallest):  # else any 0 would be it
                found.append(("ten", words, slope * 10.0**power))
        return [Mistake(kind, words, np.full_like(slope, value), LAST if kind == "ten" else GENERAL)
                for kind, words, value in found]  # fmt: skip

    def mistaken_places(self) -> Iterator[Mistake]:
        """Yield the input itself, and the slope at a place beside this one."""
        here, name = self.arrays[self.position], self.name
        itself = f"{number(float(here))} is {name} itself" if not here.shape else f"this is {name} itself"
        yield Mistake("input", f"{itself}, not a slope", np.array(here, float), GENERAL)
        for step in (-1.0, 1.0) if here.size == 1 else ():
            try:
                beside = replace(self, function=self.function.at(self.moved_by(step)))
                words = f"this is the slope at {name} = {spelled(beside.arrays[self.position])}"
                yield Mistake("before", words, beside.slope, LAST)
            except (ArithmeticError, ValueError, RuntimeError, Untold):
                continue

    def moved_by(self, step: float) -> list:
        """The inputs, with the one that is nudged moved."""
        return [each + step if i == self.position else each for i, each in enumerate(self.arrays)]

    def parts(self, paths: int) -> list[Mistake]:
        """Return what belongs to a slope that is asked for: its sign, how many paths add up to it."""
        if self.slope.size > 1 or self.own:
            return []
        sign, what = np.sign(self.slope), f"the slope of {self.function.name} is asked for, too"
        found = [
            Mistake("part", f"{number(float(sign.item()))} is the direction alone: {what}", sign, GENERAL)
        ]
        if paths > 1:
            words = f"{paths} is how many paths lead from {self.name} to the output: {what}"
            found.append(Mistake("part", words, np.full_like(self.slope, paths), GENERAL))
        return found

    def multiple(self, times: int) -> str:
        """Say that an answer is so many times the slope; for a mean that was not taken, why."""
        size = self.arrays[self.position].size
        why = f", as many as {self.name} has elements" if times == size else ""
        return f"this is {times} times the slope{why}"

    def mistakes_with_rules(self) -> list[Mistake]:
        """Return what the catalogue finds in the trace of the function, if it has this slope."""
        function, around = self.function, list(named_tensors(None, caller(), is_tensor))

        def traced(leaves, returned):
            output, variables = returned
            named = function.room.named
            own = variables | named(variables.items()) | dict(zip(self.names, leaves))
            return record(
                output, own | {name: each for name, each in named(around).items() if name not in own}
            )

        for fn in filter(None, (self.own, functools.partial(with_variables, function.fn))):
            with suppress(Exception):  # it returns no tensor, or has run its own backward pass
                trace = function.traced(traced, fn)
                ids = [node.id for node in trace.nodes if node.named and node.name == self.name]
                passed = BackwardPass(trace)
                if ids and fits(passed.gradients.get(ids[0], np.nan), self.slope, self.smallest):
                    return [*mistakes(passed, ids[0]), *self.parts(passed.paths(ids[0]))]
        return []


def named_by_exercise(likely: Iterable) -> tuple:
    """Return the mistakes that an exercise names; raises ValueError for what names none.

    >>> named_by_exercise(["sign", ("4 is the slope at 2", 4)])
    ('sign', ('4 is the slope at 2', 4))
    """
    if not isinstance(likely, Iterable):
        likely = [likely]
    for each in (likely := tuple([likely] if isinstance(likely, str) else likely)):
        is_pair = isinstance(each, tuple | list) and len(each) == 2 and isinstance(each[0], str)
        if not is_pair and not (isinstance(each, str) and each in KINDS):
            raise ValueError(
                f"likely should be a list of pairs of a sentence and a wrong answer, such as [('4 is the slope at 2', 4)], "
                f"and of kinds of mistakes ({', '.join(sorted(KINDS))}), in which {each!r} is none of them"
            )
    return likely


def gist(mistake: Mistake) -> str:
    """Return what a mistake is, without the numbers of one place.

    >>> gist(Mistake("value", "−4 is the value of f, not its slope", np.array(-4.0)))
    'value: is the value of f not its slope'
    """
    words = re.sub(NUMBER, "", mistake.words)
    return f"{mistake.kind}: {' '.join(re.findall(WORD, words))}"


def beside(found: list[Mistake]) -> list[Mistake]:
    """Return the mistakes, with multiples of the slope as likely as contributions left out.

    One that is larger than the slope is likelier: hardly ever is a part more than the whole.

    >>> both = [Mistake("overwrote", "a part", np.array(4.0)),
    ...         Mistake("double", "twice", np.array(4.0), GENERAL)]
    >>> beside(both)
    [Mistake(kind='double', words='twice', value=array(4.), rank=0)]
    """
    parts = [each for each in found if each.kind == OVERWROTE]
    multiples = [each for each in found if each.kind in (DOUBLE, TIMES, HALF)
                 and any(fits(each.value, part.value) for part in parts)]  # fmt: skip
    larger = [each.value for each in multiples if each.kind != HALF]
    kept = [each for each in found if each not in multiples and not (
        each.kind == OVERWROTE and any(fits(each.value, value) for value in larger)
    )]  # fmt: skip
    ranks = [min(part.rank for part in parts if fits(each.value, part.value)) for each in multiples]
    return kept + [replace(each, rank=rank) for each, rank in zip(multiples, ranks)]
