"""``check``: is a learner's answer the right slope, and if not, what may have gone wrong?"""

import functools
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_core.finite_differences import slopes

from ..functions.function import Function, function_of, sample
from ..functions.inputs import parameter_names
from ..functions.nudging import ATOL, RTOL, is_fine, options_for, remark, suited
from ..libraries import is_tensor
from ..libraries.undisturbed import undisturbed
from ..recorders import record
from ..words.names import caller, named_tensors
from ..words.numbers_as_text import number
from .arithmetic import Unreadable, array_of
from .backward_pass import BackwardPass
from .operation_exercise import PASSED, complaint_about, no_operation, operation_of
from .slips import CATALOGUE, mistakes, upside_down
from .verdict import (
    NONE,
    NOT_ANSWERED,
    RETURNED_NONE,
    Mistake,
    Untold,
    Verdict,
    error_in_words,
    fits,
    judged,
    spelled,
)

MOST_NUDGED = 1000  # elements of an input; of more some are
COARSE = 0.05  # noise of a central difference with which it may still confirm what backward() gives
PLACES = 4  # where a formula is tried, the given inputs included
MOST_SPELLED = 12  # elements of an input that are told
DOUBLE, TIMES, HALF, OVERWROTE, STALE = "double", "times", "half", "overwrote", "stale"
MULTIPLES = (3, 4, 5)  # of the slope that are recognised, besides twice and for each element
GENERAL = 2  # rank of a mistake in which no rule takes part: it is named if no other fits
RIGHT = "right: a central difference agrees"
NUMBER, WORD = re.compile(r"\b\d[\d.]*(?:e[−-]?\d+)?"), re.compile(r"\w+")


@dataclass(frozen=True)
class Question:
    """The slope of a function with respect to one of its inputs, at its arrays."""

    function: Function
    position: int
    learners_names: tuple = ()

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
            if not nudge.tells and not close:
                place = self.name + (f"[{', '.join(map(str, index))}]" if shape else "")
                raise Untold(remark(place, nudge))
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
        """Yield the question at this place, and then at others near it, the same each time."""
        yield self
        random = np.random.default_rng(0)
        for _ in range(PLACES - 1):
            arrays = [
                np.asarray(a + random.uniform(-0.4, 0.4, a.shape) * np.maximum(1, abs(a)), a.dtype)
                if each.array is not None else a
                for a, each in zip(self.arrays, self.function.inputs, strict=True)
            ]  # fmt: skip
            try:
                yield replace(self, function=self.function.at(arrays))
            except (ArithmeticError, ValueError, RuntimeError):  # outside its domain
                continue

    def has_slope(self) -> bool:
        """Whether the function can be worked out here, and its slope is finite."""
        try:
            return bool(np.all(np.isfinite(self.slope)))
        except (ArithmeticError, ValueError, RuntimeError, Untold):
            return False

    def answer(self, formula: Callable) -> tuple:
        """Return what a learner's function answers, and ``.grad`` of the input that is nudged then."""

        def answered(leaves, returned):
            is_ours = self.library.is_tensor(returned)
            return (self.function.room.out(returned) if is_ours else returned,
                    gradient_of(leaves[self.position]))  # fmt: skip

        return self.function.traced(answered, formula)

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
        found += [Mistake(kind, words, each, GENERAL) for kind, words, each in general]
        return beside([each for each in found if not fits(each.value, slope, self.smallest)])

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

        try:
            trace = function.traced(traced, functools.partial(with_variables, function.fn))
        except Exception:  # it returns no tensor, or has run its own backward pass
            return []
        ids = [node.id for node in trace.nodes if node.named and node.name == self.name]
        passed = BackwardPass(trace)
        if not ids or not fits(passed.gradients.get(ids[0], np.nan), self.slope, self.smallest):
            return []
        return mistakes(passed, ids[0])


def with_variables(fn: Callable, *leaves) -> tuple:
    """Return what a function of tensors returns, and the tensors its own variables held then.

    >>> import autograd_core as torch
    >>> def f(x):
    ...     s = x**2
    ...     return 2 * s
    >>> output, variables = with_variables(f, torch.tensor(3.0))
    >>> output.item(), list(variables), variables["s"].item()
    (18.0, ['s'], 9.0)
    """
    held, code = {}, getattr(fn, "__code__", None)

    def look(frame, event, _):
        if event == "return" and frame.f_code is code:
            held.update(frame.f_locals)

    before = sys.getprofile()
    if before is not None and not callable(before):  # a profiler that cannot be put back
        return fn(*leaves), {}
    sys.setprofile(look)
    try:
        output = fn(*leaves)
    finally:
        sys.setprofile(before)
    inputs = set(map(id, leaves))
    return output, {name: value for name, value in held.items()
                    if is_tensor(value) and id(value) not in inputs}  # fmt: skip


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


def check(
    answer: Any, fn: Callable, *inputs: Any, wrt: str | None = None, dtype: str | None = None
) -> Verdict:
    """Compare an answer with the slope of ``fn`` at ``inputs``, measured by a central difference.

    The answer may be rounded: it passes if it is within 0.001, or within 0.1 % of a slope
    larger than 1. Of a slope below 0.1 it has to have three digits right, within 1 %, or as many
    as four decimals show. A wrong answer is told which mistake gives it,
    of those that a trace of ``fn`` makes possible.

    Parameters
    ----------
    answer : ``...`` (not answered yet), a number, text such as ``"3/4"``, a tensor or nested
        lists in the shape of the input, or a function of the same inputs that returns one of
        these and is tried in several places, or an operation, a subclass of
        ``autograd.Function`` or its ``apply``: then its value is compared as well, and ``fn`` may return any
        tensor
    fn : function of tensors, of ``autograd_core`` or of PyTorch, that returns one number as a
        tensor
    inputs : numbers or tensors; they are copied, and ``.grad`` is left as it is
    wrt : the name of the parameter of ``fn`` that is nudged; may be left out if there is one,
        and for an operation, of which all gradients are then checked

    Raises
    ------
    TypeError : if ``fn`` is no function, or an operation is not of the library of its inputs
    ValueError : if there are no inputs, or ``wrt`` is needed or is not a parameter of ``fn``

    >>> check(..., lambda x: x ** 2, 3.0)
    not answered yet: put your answer in place of the three dots
    >>> check(6, lambda x: x ** 2, 3.0)
    right: a central difference agrees
    >>> check(9, lambda x: x ** 2, 3.0)
    not yet: 9 is the value of the function, not its slope
    >>> check(3, lambda x: x ** 2, 3.0)
    not yet: the exponent 2 was not brought down as a factor
    """
    if not callable(fn):
        raise TypeError(f"check needs the function itself after the answer, not {fn!r}")
    if not inputs:
        raise ValueError("check needs the inputs too: check(answer, f, x) for the slope of f at x")
    if wrong := no_operation(answer, wanted=wrt is None and len(inputs) > 1):
        return Verdict(False, wrong)
    return undisturbed(lambda: checked(answer, fn, inputs, wrt, dtype))


def checked(answer, fn, inputs, wrt, dtype) -> Verdict:
    """Return what :func:`check` does, of an answer that may be one."""
    position, operation = position_of(wrt, fn, len(inputs), answer), operation_of(answer)
    question = Question(function_of(fn, list(inputs), every=True, dtype=dtype), position)
    try:
        if operation:
            return check_operation(operation, question, wrt)
        question.function.single("check")
        if callable(answer) and not is_tensor(answer):
            return check_formula(answer, question)
        return check_number(answer, question, gradient_of(inputs[position]))
    except Untold as why:
        return Verdict(False, f"this cannot be checked: {why}")


def check_number(answer, question: Question, held, explained=None) -> Verdict:
    """Check an answer that is a number or a tensor of numbers.

    Parameters
    ----------
    answer : what a learner gave
    question : Question
    held : array, what ``.grad`` of the input that is nudged holds; or None
    explained : set of gists of the mistakes that may be named; None: all of them
    """
    if answer is ... or answer is None:
        return Verdict(False, NOT_ANSWERED if answer is ... else NONE)
    wanted = question.arrays[question.position].shape
    try:
        given = array_of(answer, wanted)
    except Unreadable as problem:
        return Verdict(False, f"not yet: {problem}")
    from_grad = is_tensor(answer) and not answer.requires_grad

    def likely(mistake):
        """Whether it may have happened: the engine's rules, which filled ``.grad``, do not slip."""
        by_rule = mistake.kind in CATALOGUE and mistake.kind != OVERWROTE
        return not (from_grad and by_rule) and (explained is None or gist(mistake) in explained)

    verdict = question.judge(given, likely)
    if given.shape != wanted and not verdict.mistakes:  # what was not summed has another
        wrong = f"the shape should be {wanted}, that of {question.name}, not {given.shape}"
        if not wanted:
            what = f"a tensor of shape {given.shape}" if hasattr(answer, "shape") else "a list"
            wrong = f"one number is wanted, not {what}"
        return Verdict(False, f"not yet: {wrong}")
    if not verdict and from_grad:
        return accumulated(verdict, given, question, held)
    return Verdict(True, RIGHT + with_what(question)) if verdict else verdict


def accumulated(verdict: Verdict, given, question: Question, held) -> Verdict:
    """Return a verdict on a wrong tensor, which may hold more passes than one, or be another's."""
    multiple = {DOUBLE, TIMES}.intersection(verdict.mistakes)
    if multiple and len(verdict.mistakes) == 1:
        asked = "were several passes added up in .grad, or is it another tensor's?"
        return replace(verdict, message=f"{verdict.message}: {asked}")
    if held is not None and held.shape == given.shape and fits(given, held) and not multiple:
        what = f"{number(float(given))} is" if not given.ndim else "this is"
        words = (f"{what} what {question.name}.grad holds, and not this slope alone: was an "
                 "earlier pass added, or one left out?")  # fmt: skip
        return Verdict(False, f"not yet: {words}", (STALE,))
    slope = question.slope
    larger = given.shape == slope.shape and bool(np.all((given * slope >= 0) & (abs(given) >= abs(slope))))
    if larger and not verdict.mistakes:
        asked = f"Is this the .grad of {question.name}, with nothing from an earlier pass in it?"
        return replace(verdict, message=f"{verdict.message}. {asked}")
    return verdict


def gradient_of(tensor) -> np.ndarray | None:
    """Return what a tensor's ``.grad`` holds; None for what is no tensor, or has none."""
    held = tensor.grad if is_tensor(tensor) and tensor.is_leaf else None
    return None if held is None else np.array(held.detach().tolist(), dtype=float)


def with_what(question: Question) -> str:
    """Say what is not as usual about a measurement; an empty string if nothing is."""
    function, size = question.function, np.size(question.arrays[question.position])
    if question.nudged is not None:
        return (f" with backward() at {len(question.nudged)} of {size} elements, picked at random, and "
                "the answer with backward()")  # fmt: skip
    if is_fine(function.precision):
        return ""
    return f", in {function.inside or 'float32'} with a nudge of {number(question.step)}"


def check_formula(formula: Callable, question: Question) -> Verdict:
    """Check an answer that is a function, in several places."""
    question = replace(question, learners_names=names_in(formula, question))
    for place in question.elsewhere():
        if place is not question and not place.has_slope():
            continue  # outside the function's domain
        try:
            answer, held = place.answer(formula)
        except Exception as error:
            verdict = Verdict(False, f"not yet: {error_in_words(error)}")
        else:
            verdict = check_number(answer, place, held)
            if answer is None:
                verdict = Verdict(False, RETURNED_NONE)
            elif verdict.mistakes:
                verdict = check_number(answer, place, held, explained_elsewhere(formula, place))
        if not verdict:
            where = f"not yet, at {place.place()}"
            if place is not question:
                where += ", though right where it was tried first"
            message = verdict.message.replace("not yet", where, 1)
            return Verdict(False, message, verdict.mistakes)
    return Verdict(True, f"{RIGHT}{with_what(question)} in each place that was tried")


def explained_elsewhere(formula: Callable, question: Question) -> set | None:
    """Return the gists of the mistakes that give a formula's answers in other places too.

    None if no other place tells: a formula has one mistake wherever it is tried, and what only
    fits in one place fits by chance.
    """
    common = None
    for place in question.elsewhere():
        if place is question or not place.has_slope():
            continue
        try:
            there = place.explained(array_of(place.answer(formula)[0]))
        except Exception:  # what it raises is told where that is the first thing that goes wrong
            continue
        if there is not None:
            common = there if common is None else common & there
    return common


def names_in(formula: Callable, question: Question) -> tuple:
    """Return what a learner's function calls the inputs, if it has a name for each of them."""
    count = len(question.names)
    unnamed = parameter_names(lambda *_: None, count)
    names = parameter_names(formula, count)
    return () if set(names) & set(unnamed) else tuple(names)


def check_operation(operation, question: Question, wrt: str | None) -> Verdict:
    """Check an answer that is an operation: its value, and the gradients of its inputs."""
    if not issubclass(operation, question.library.Function):
        raise TypeError(
            f"{operation.__name__} is no operation of {question.library.name}, but the inputs are "
            f"its tensors: give check inputs that {operation.__name__} can be applied to"
        )
    positions = question.function.checked if wrt is None else [question.position]
    takes_no_ctx = functools.partial(operation.forward, None)
    question = replace(question, learners_names=names_in(takes_no_ctx, question))
    wrong = complaint_about(operation, question, positions)
    return Verdict(False, wrong) if wrong else Verdict(True, PASSED + with_what(question))


def position_of(wrt: str | None, fn: Callable, count: int, answer) -> int:
    """Return which input is nudged; of an operation all may be."""
    names = parameter_names(fn, count)
    if wrt is None and (count == 1 or operation_of(answer)):
        return 0
    if wrt not in names:
        and_no_other = "" if wrt else ", unless the answer is an operation"
        raise ValueError(f"wrt should be one of {', '.join(map(repr, names))}, not {wrt!r}{and_no_other}")
    return names.index(wrt)
