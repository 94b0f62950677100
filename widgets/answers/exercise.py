"""``check``: is a learner's answer the right slope, and if not, what may have gone wrong?"""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..functions.function import Function, function_of
from ..functions.inputs import name_of, parameter_names
from ..functions.nudging import is_fine
from ..libraries import is_tensor
from ..libraries.undisturbed import undisturbed
from ..words.names import caller, named_tensors
from ..words.numbers_as_text import number
from .arithmetic import Unreadable, array_of
from .cell import Written, cell_of, function_of_answer, globals_read, misnamed, why_none
from .noting import noted
from .operation_exercise import PASSED, complaint_about, no_operation, operation_of
from .question import DOUBLE, OVERWROTE, TIMES, Question, gist, named_by_exercise
from .slips import CATALOGUE
from .verdict import NONE, NOT_ANSWERED, RETURNED_NONE, Untold, Verdict, error_in_words, fits
from .watch import Watched, called_as, gradient_of

STALE, GRAD, XOR, MISNAMED = "stale", "grad", "xor", "misnamed"
IGNORED, TYPED, RANDOM = "ignored", "typed", "random"
RIGHT = "right: a central difference agrees"


def check(
    answer: Any,
    fn: Callable,
    *inputs: Any,
    wrt: str | None = None,
    dtype: str | None = None,
    passes: int | None = None,
    uses: Callable | None = None,
    likely: Iterable = (),
    id: str | None = None,
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
    wrt : the name of the parameter of ``fn`` that is nudged; may be left out if there is one that can
        be (labels, indices and masks cannot), and for an operation, of which all are then checked
    passes : how many backward passes the answer takes at least; 0: it is worked out by hand. Of an
        answer that is no function, whether a variable of yours has it in its ``.grad``
    uses : function that an answer which is a function has to call
    likely : mistakes that learners make here, the likeliest first: kinds, as ``verdict.mistakes`` has
        them, or pairs of a sentence and the wrong answer that it explains (a number, or a function of
        the inputs)
    id : the exercise's own, such as ``"05.1"``, under which the answer book notes what was answered

    Raises
    ------
    TypeError : if ``fn`` is no function, an operation is not of the library of its inputs, or a call of
        ``uses`` cannot be seen
    ValueError : if there are no inputs, ``wrt`` is needed or is not a parameter of ``fn``, or ``passes`` or
        ``likely`` say nothing that could be

    >>> check(..., lambda x: x ** 2, 3.0)
    not answered yet: put your answer in place of the three dots
    >>> check(6, lambda x: x ** 2, 3.0)
    right: a central difference agrees
    >>> check(9, lambda x: x ** 2, 3.0)
    not yet: 9 is the value of the function, not its slope
    >>> check(3, lambda x: x ** 2, 3.0)
    not yet: the exponent 2 was not brought down as a factor
    >>> check(4, lambda x: x ** 2, 3.0, likely=[("4 is the slope at 2", 4)])
    not yet: 4 is the slope at 2
    >>> check(lambda x: 2 * x, lambda x: x ** 2, 3.0, passes=1)
    not yet: the slope is right, and here backward() should find it: return what it leaves in .grad
    """
    if not callable(fn):
        raise TypeError(f"check needs the function itself after the answer, not {fn!r}")
    if not inputs:
        raise ValueError("check needs the inputs too: check(answer, f, x) for the slope of f at x")
    likely, given = named_by_exercise(likely), Given(answer, cell_of(caller()), Wanted(passes, uses))
    return noted(id, answer, undisturbed(lambda: checked(given, fn, inputs, wrt, dtype, likely)))


@dataclass(frozen=True)
class Wanted:
    """How an answer is to be found: ``passes`` and ``uses`` of :func:`check`."""

    passes: int | None = None
    uses: Callable | None = None

    def __post_init__(self):
        if self.passes is not None and not (isinstance(self.passes, int) and self.passes >= 0):
            raise ValueError(
                f"passes should be how many backward passes are wanted, such as 1, not {self.passes!r}"
            )
        if self.uses is not None and not called_as(self.uses):
            raise TypeError(
                f"uses should be a function of which a call can be seen, one of Python's or a built-in one, not {self.uses!r}"
            )

    def missing(self, seen: Watched) -> str:
        """Say what a function that gives the right slope has not done; ``""`` if nothing."""
        count = len(seen.passes)
        if self.passes == 0 and count:
            return "the slope is right, and here it should be worked out without backward()"
        computed = is_tensor(seen.returned) and seen.returned.requires_grad and not seen.differentiable
        if self.passes and (computed or not count):
            return "the slope is right, and here backward() should find it: return what it leaves in .grad"
        if self.passes and count < self.passes:
            return (
                f"the slope is right, and here it should come of {self.passes} backward passes, not {count}"
            )
        if self.uses and not seen.called:
            return f"the slope is right, and here {name_of(self.uses)} should be called to find it"
        return ""


@dataclass(frozen=True)
class Given:
    """What was answered, and what is known of how it came about.

    Attributes
    ----------
    answer : what a learner gave, or what the learner's function returned
    cell : Written or None, where ``check`` was called
    wanted : Wanted
    held : array, what ``.grad`` of the input that is nudged holds; or None
    formula, seen : the learner's function and Watched, of its run; or None
    """

    answer: Any
    cell: Written | None = None
    wanted: Wanted = Wanted()
    held: np.ndarray | None = None
    formula: Callable | None = None
    seen: Watched | None = None

    @property
    def written(self) -> Written | None:
        """The code that the answer comes from."""
        return (
            function_of_answer(self.formula, self.seen.variables) if self.formula and self.seen else self.cell
        )

    @property
    def no_power(self) -> str:
        """Say how a power is written, where the answer has none that is meant as one; ``""`` otherwise."""
        xor = self.written and self.written.has_xor()
        return f"a power is written with **, and the ^ of {xor} does something else in Python" if xor else ""

    @property
    def from_grad(self) -> bool:
        """Whether it looks like a gradient that the engine found: its rules do not slip."""
        return is_tensor(self.answer) and not self.answer.requires_grad

    def missing(self, array) -> str:
        """Say what is missing of a right answer that is no function: backward() should have left it."""
        if self.seen or not self.wanted.passes:
            return ""
        tensors = (tensor for name, tensor in named_tensors(None, caller(), is_tensor)
                   if self.cell is None or re.split(r"\W", name)[0] in self.cell.mentioned)  # fmt: skip
        if any(held is not None and fits(array, held) for held in map(gradient_of, tensors)):
            return ""
        if self.cell and self.cell.asks_for_gradient():
            return ""
        return "the number is right, and here backward() should find it: no tensor has it in its .grad"


def checked(given: Given, fn, inputs, wrt, dtype, likely) -> Verdict:
    """Return what :func:`check` does, of an answer that may be one."""
    answer = given.answer
    if given.cell and (wrong := misnamed(given.cell)):
        return Verdict(False, f"not yet: {wrong}", (MISNAMED,))
    operation, names = operation_of(answer), parameter_names(fn, len(inputs))
    function = function_of(fn, list(inputs), every=True, dtype=dtype)
    checked = [names[i] for i in function.checked]
    if refused := no_operation(answer, wanted=wrt is None and len(checked) > 1):
        return Verdict(False, refused)
    if wrt not in (checked if len(checked) > 1 and not operation else (*checked, None)):
        and_no_other = "" if wrt else ", unless the answer is an operation"
        raise ValueError(f"wrt should be one of {', '.join(map(repr, checked))}, not {wrt!r}{and_no_other}")
    position = function.checked[0] if wrt is None else names.index(wrt)
    question = Question(function, position, likely=likely)
    try:
        if is_random(function):
            raise Untold(f"{function.name} returns another value each time it is called. Call "
                         "torch.manual_seed(0) in it first, or leave out what is random")  # fmt: skip
        if operation:
            return check_operation(operation, question, wrt)
        question.function.single("check")
        if is_formula(answer):
            return check_formula(given, question)
        return check_number(replace(given, held=gradient_of(inputs[position])), question)
    except Untold as why:
        return Verdict(False, f"this cannot be checked: {why}")


def is_formula(answer) -> bool:
    """Whether an answer is a function of the inputs, and not a method that was not called, or a type."""
    return callable(answer) and not is_tensor(answer) and not uncalled(answer)


def uncalled(answer) -> str:
    """Say what is missing of an answer that is a tensor's method, or a type; ``""`` if it is neither."""
    name = getattr(answer, "__name__", "")
    if is_tensor(getattr(answer, "__self__", None)):
        then = ", and answer with the .grad that it fills" if name == "backward" else ""
        return f"{name} was not called: write brackets after it, {name}(){then}"
    if isinstance(answer, type):
        return f"{name} is a type, and not a number"
    return ""


def check_number(given: Given, question: Question, explained=None) -> Verdict:
    """Check an answer that is a number or a tensor of numbers.

    Of mistakes only those may be named whose gists are ``explained``; None: all of them.
    """
    answer, wanted = given.answer, question.arrays[question.position].shape
    if answer is ...:
        return Verdict(False, NOT_ANSWERED)
    if answer is None:
        said = why_none(given.written)
        return Verdict(False, f"not yet: {said}" if said else RETURNED_NONE if given.seen else NONE)
    try:
        array = array_of(answer, wanted)
    except Unreadable as problem:
        call = uncalled(answer)
        return Verdict(False, f"not yet: {call}" if call else f"cannot be read: {problem}")

    def likely(mistake):
        """Whether it may have happened: the engine's rules, which filled ``.grad``, do not slip."""
        by_rule = mistake.kind in CATALOGUE and mistake.kind != OVERWROTE
        return not (given.from_grad and by_rule) and (explained is None or gist(mistake) in explained)

    verdict = question.judge(array, likely)
    if verdict:
        missing = given.missing(array)
        return Verdict(False, f"not yet: {missing}", (TYPED,)) if missing else Verdict(True, RIGHT + with_what(question))  # fmt: skip
    if given.no_power:
        return Verdict(False, f"not yet: {given.no_power}", (XOR,))
    if array.shape != wanted and not verdict.mistakes:  # what was not summed has another
        wrong = f"the shape should be {wanted}, that of {question.name}, not {array.shape}"
        if not wanted:
            what = f"a tensor of shape {array.shape}" if hasattr(answer, "shape") else "a list"
            wrong = f"one number is wanted, not {what}"
        return Verdict(False, f"not yet: {wrong}")
    if is_tensor(answer) and (other := no_gradient(given, array, question)):
        return Verdict(False, f"not yet: {other[1]}", other[:1])
    return accumulated(verdict, given, array, question) if given.from_grad else verdict


def no_gradient(given: Given, array, question: Question) -> tuple[str, str] | None:
    """Return kind and words where a tensor is not the gradient of the function, but the input, or its own."""
    name, here = question.name, question.arrays[question.position]
    by_hand = given.seen and not given.seen.passes
    if given.answer.requires_grad and not by_hand and array.shape == np.shape(here) and fits(array, here):
        return "input", f"this is {name} itself. Its slope is in {name}.grad, after backward()"
    in_grad = given.held is not None and given.held.shape == array.shape and fits(given.held, array)
    if np.all(array == 1) and (in_grad or (given.written and given.written.starts_at_leaf())):
        return "itself", (f"1 is how fast {name} moves with itself: backward() should be called on the "
                          f"result, not on {name}")  # fmt: skip
    return None


def accumulated(verdict: Verdict, given: Given, array, question: Question) -> Verdict:
    """Return a verdict on a wrong gradient, which may hold more passes, or fewer, or be another's."""
    held, slope, name = given.held, question.slope, question.name
    if given.seen:
        several = len(given.seen.passes) > 1 and fits(array, held)
        return of_passes(verdict, given.seen.passes, array, question) if several else verdict
    cell = given.cell
    other = cell.grad_of() if cell and name in cell.variables else ""
    if other.isidentifier() and other != name:
        return Verdict(False, f"not yet: this is {other}.grad, and the slope by {name} is asked for", (GRAD,))
    if verdict.mistakes in ((DOUBLE,), (TIMES,)):
        asked = f"is it {name}.grad, with each pass once, and with every factor, as that of a mean?"
        if cell and cell.one_pass_to(name):
            asked = ("are the factors of the output right, such as that of a mean, or is something recorded "
                     "that should count as fixed?")  # fmt: skip
        return replace(verdict, message=f"{verdict.message}: {asked}")
    larger = array.shape == slope.shape and np.all((array * slope >= 0) & (abs(array) >= abs(slope)))
    known = held is not None and held.shape == array.shape and fits(array, held)
    if known and not {DOUBLE, TIMES}.intersection(verdict.mistakes):
        what = f"{number(float(array))} is" if not array.ndim else "this is"
        verdict = Verdict(False, f"not yet: {what} what {name}.grad holds, and not the slope", (GRAD,))
    elif not larger or verdict.mistakes:
        return verdict
    asked = f"Is every pass in {name}.grad that belongs there, and no other?"
    return replace(verdict, message=f"{verdict.message}. {asked}")


def of_passes(verdict: Verdict, passes: list, array, question: Question) -> Verdict:
    """Return a verdict on what several passes have left in ``.grad``: which of them is in it?"""
    held, count = f"{question.name}.grad", len(passes)
    added = [sum(passes[start:]) for start in range(count)]
    if fits(array, added[0]) and any(fits(each, question.slope) for each in added[1:]):
        words = f"{held} still holds what an earlier pass left there: reset it before the pass that counts"
        return Verdict(False, f"not yet: {words}", (STALE,))
    if fits(array, passes[-1]) and not fits(array, added[0]):
        words = f"this is what the last of {count} passes has sent, alone: a reset has dropped the others"
        return Verdict(False, f"not yet: {words}", (OVERWROTE,))
    if verdict.mistakes in ((DOUBLE,), (TIMES,)):
        asked = f"{count} passes were added up in {held}, is each as large as it should be?"
        return replace(verdict, message=f"{verdict.message}: {asked}")
    return verdict


def with_what(question: Question) -> str:
    """Say what is not as usual about a measurement; an empty string if nothing is."""
    function, size = question.function, np.size(question.arrays[question.position])
    if question.nudged is not None:
        return (f" with backward() at {len(question.nudged)} of {size} elements, picked at random, and "
                "the answer with backward()")  # fmt: skip
    if is_fine(function.precision):
        return ""
    return f", in {function.inside or 'float32'} with a nudge of {number(question.step)}"


def check_formula(given: Given, question: Question) -> Verdict:
    """Check an answer that is a function, in several places."""
    formula, wanted = given.answer, given.wanted
    question = replace(question, learners_names=names_of_inputs(formula, question))
    missing = ""  # of what is right everywhere
    for place in question.elsewhere():
        if place is not question and not place.has_slope():
            continue  # outside the function's domain
        try:
            found = returned(formula, place, wanted)
        except Exception as error:
            found = replace(given, formula=formula, seen=Watched())
            verdict = Verdict(False, f"not yet: {found.no_power or error_in_words(error)}")
        else:
            verdict = check_number(found, place)
            if verdict.mistakes:
                verdict = check_number(found, place, explained_elsewhere(formula, place))
        if verdict and place is question and found.seen:
            missing = wanted.missing(found.seen)
        if not verdict:
            if found.answer is not ... and found.written and (names := found.written.left_open):
                return Verdict(False, f"not yet: the three dots of {' and '.join(names)} are still there")
            if not verdict.mistakes and (wrong := unread(given, question)):
                return Verdict(False, f"not yet: {wrong[1]}", wrong[:1])
            where = f"not yet, at {place.place()}"
            if place is not question:
                where += ", though right where it was tried first"
            message = verdict.message.replace("not yet", where, 1)
            message += "" if verdict.mistakes else foreign(given, question)
            return Verdict(False, message, verdict.mistakes)
    if missing:
        return Verdict(False, f"not yet: {missing}", (TYPED,))
    return Verdict(True, f"{RIGHT}{with_what(question)} in each place that was tried")


def returned(formula: Callable, place: Question, wanted: Wanted = Wanted()) -> Given:
    """Return what a learner's function answers in one place, and what was seen on the way."""
    seen, held = place.answer(formula, [wanted.uses] if wanted.uses else [])
    return Given(seen.returned, None, wanted, held, formula, seen)


def unread(given: Given, question: Question) -> tuple[str, str] | None:
    """Return kind and words where a formula is random, or does not heed an input on which the slope depends."""
    try:
        here, again = (array_of(returned(given.answer, question).answer) for _ in range(2))
        if not np.array_equal(here, again):
            return RANDOM, "this gives another answer each time it is called"
        for position, name in enumerate(question.names):
            for place in question.moved(position):
                there = array_of(returned(given.answer, place).answer)
                if fits(here, there) and not fits(place.slope, question.slope, question.smallest):
                    return IGNORED, (f"this gives the same whatever {name} is, and the slope changes with it"
                                     f"{foreign(given, question)}")  # fmt: skip
    except Exception:  # what it raises was told, or is not what went wrong
        pass
    return None


def foreign(given: Given, question: Question) -> str:
    """Name a number that a formula reads from another cell; ``""`` if there is none."""
    own, reference = (getattr(fn, "__code__", None) for fn in (given.answer, question.function.fn))
    if own is None or reference is None:
        return ""
    known = {*globals_read(reference), *(given.cell.bound if given.cell else ())}
    for name in dict.fromkeys(globals_read(own)):
        held = None if name in known else given.answer.__globals__.get(name)
        if is_tensor(held) or type(held) in (int, float):
            return f". {name} is none of its inputs, and has its value from another cell"
    return ""


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
            there = place.explained(array_of(returned(formula, place).answer))
        except Exception:  # what it raises is told where that is the first thing that goes wrong
            continue
        if there is not None:
            common = there if common is None else common & there
    return common


def names_of_inputs(formula: Callable, question: Question) -> tuple:
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
    question = replace(question, learners_names=names_of_inputs(takes_no_ctx, question))
    wrong = complaint_about(operation, question, positions)
    return Verdict(False, wrong) if wrong else Verdict(True, PASSED + with_what(question))


def is_random(function: Function) -> bool:
    """Whether a function returns other values when it is called again."""
    once, again = (function.evaluate(function.arrays) for _ in range(2))
    return not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(once, again, strict=True))
