"""``check``: is a learner's answer the right slope, and if not, what may have gone wrong?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from autograd_core.finite_differences import numeric_jacobian

from .numbers_as_text import number
from .operation_exercise import PASSED, complaint_about, is_operation
from .recorders.functions import doubled, function_of, is_tensor, library_of, name_of
from .verification import parameter_names

NUDGE = 1e-6
TOLERANCE = 1e-3  # relative above 1, absolute below: an answer may be rounded to three decimals
PLACES = 4  # where a formula is tried, the given inputs included


@dataclass(frozen=True)
class Verdict:
    """What :func:`check` says; true if the answer passed."""

    passed: bool
    message: str

    def __bool__(self):
        return self.passed

    def __repr__(self):
        return self.message


@dataclass(frozen=True)
class Question:
    """The slope of ``fn`` with respect to one of its inputs, at ``inputs``.

    The inputs are tensors of one library, ``autograd_core`` or PyTorch, in float64.
    """

    fn: Callable
    inputs: tuple
    position: int

    @property
    def name(self) -> str:
        """The name of the input that is nudged."""
        return parameter_names(self.fn, len(self.inputs))[self.position]

    @property
    def library(self):
        """What there is to know of the inputs' library."""
        return library_of(self.fn, self.inputs)

    def arrays(self) -> list[np.ndarray]:
        """Return the inputs as arrays."""
        return [self.library.array(tensor) for tensor in self.inputs]

    def leaves(self) -> list:
        """Return copies of the inputs that require a gradient and have none yet."""
        return [self.library.leaf(array, None, True) for array in self.arrays()]

    def slope(self) -> np.ndarray:
        """Return the slope as a central difference, in the shape of the input."""
        function = function_of(self.fn, list(self.inputs))
        jacobian = numeric_jacobian(function.evaluate, function.arrays, self.position, NUDGE)[0]
        return jacobian[0].reshape(function.arrays[self.position].shape)

    def value(self) -> float:
        """Return what ``fn`` itself returns."""
        return float(self.fn(*self.leaves()).item())

    def elsewhere(self) -> Iterator["Question"]:
        """Yield the question at this place, and then at others near it, the same each time."""
        yield self
        random = np.random.default_rng(0)
        for _ in range(PLACES - 1):
            arrays = self.arrays()
            moved = [a + random.uniform(-0.4, 0.4, a.shape) * np.maximum(1, abs(a)) for a in arrays]
            leaves = [self.library.leaf(np.asarray(array), None, True) for array in moved]
            yield Question(self.fn, tuple(leaves), self.position)

    def place(self) -> str:
        """Say where the slope is asked for: ``a = 1, x = 3``."""
        names = parameter_names(self.fn, len(self.inputs))
        return ", ".join(
            f"{name} = {number(array.item()) if array.size == 1 else 'another tensor'}"
            for name, array in zip(names, self.arrays())
        )


def check(answer, fn: Callable, *inputs, wrt: str | None = None) -> Verdict:
    """Compare an answer with the slope of ``fn`` at ``inputs``, measured by a central difference.

    The answer may be rounded: it passes if it is within 0.001, or within 0.1 % of a slope
    larger than 1.

    Parameters
    ----------
    answer : ``...`` (not answered yet), a number, a tensor in the shape of the input, or a
        function of the same inputs that returns one of these and is tried in several places, or
        an operation, a subclass of ``autograd.Function``: then its value is compared as well, and
        ``fn`` may return any tensor
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
    """
    if not callable(fn):
        raise TypeError(f"check needs the function itself after the answer, not {fn!r}")
    if not inputs:
        raise ValueError("check needs the inputs too: check(answer, f, x) for the slope of f at x")
    if is_operation(answer):
        return check_operation(answer, fn, inputs, wrt)
    question = Question(fn, tuple(doubled(fn, inputs)), position_of(wrt, fn, len(inputs)))
    if callable(answer) and not is_tensor(answer):
        return check_formula(answer, question)
    wrong = complaint(answer, question)
    return Verdict(False, wrong) if wrong else Verdict(True, "right: a central difference agrees")


def check_formula(formula: Callable, question: Question) -> Verdict:
    """Check an answer that is a function, in several places."""
    for place in question.elsewhere():
        if not np.all(np.isfinite(place.slope())):
            continue  # outside the function's domain
        wrong = complaint(formula(*place.leaves()), place)
        if wrong:
            return Verdict(False, wrong.replace("not yet:", f"not yet, at {place.place()}:"))
    return Verdict(True, "right: a central difference agrees in each place that was tried")


def check_operation(operation, fn: Callable, inputs, wrt: str | None) -> Verdict:
    """Check an answer that is an operation: its value, and the gradients of its inputs."""
    positions = range(len(inputs)) if wrt is None else [position_of(wrt, fn, len(inputs))]
    question = Question(fn, tuple(doubled(fn, inputs)), positions[0])
    if not issubclass(operation, question.library.Function):
        raise TypeError(
            f"{operation.__name__} is no operation of {question.library.NAME}, but the inputs are "
            f"its tensors: give check inputs that {operation.__name__} can be applied to"
        )
    wrong = complaint_about(operation, question, positions)
    return Verdict(False, wrong) if wrong else Verdict(True, PASSED)


def complaint(answer, question: Question) -> str | None:
    """Return what is wrong with an answer, as a sentence, or None if it is right."""
    if answer is ...:
        return "not answered yet: put your answer in place of the three dots"
    if answer is None:
        return "not yet: the answer is None. Was backward() called, on a tensor that requires grad?"
    try:
        plain = answer.detach().numpy() if is_tensor(answer) else answer
        given = np.array(plain, dtype=np.float64)
    except (TypeError, ValueError):
        return f"not yet: a number or a tensor is wanted, not a {type(answer).__name__}"
    slope = question.slope()
    if given.shape != slope.shape:
        wanted = f"{slope.shape}, that of {question.name}"
        return f"not yet: the shape should be {wanted}, not {given.shape}"
    if close(given, slope):
        return None
    what = number(given.item()) if given.size == 1 else "your answer"
    return f"not yet: {what} {diagnosis(given, slope, question)}"


def diagnosis(given: np.ndarray, slope: np.ndarray, question: Question) -> str:
    """Say which common mistake gives this answer, or else in which direction it is off."""
    with np.errstate(divide="ignore"):
        inverse = 1 / slope
    name, fn = question.name, name_of(question.fn)
    slips = {
        "has the right size but the wrong sign": -slope,
        f"is the value of {fn}, not its slope": np.full_like(slope, question.value()),
        f"is 1 divided by the slope: what is watched and nudged ({name}) are swapped": inverse,
        "is twice the slope": 2 * slope,
        "is half the slope": slope / 2,
    }
    fitting = [slip for slip, candidate in slips.items() if close(given, candidate)]
    return " or ".join(fitting) or off(given, slope)


def off(given: np.ndarray, slope: np.ndarray) -> str:
    """Say where an answer is off, and in which direction, without giving the slope away."""
    worst = np.unravel_index(np.argmax(abs(given - slope)), slope.shape)
    where = f" at index {[int(i) for i in worst]}" if worst else ""
    if given[worst] * slope[worst] < 0:
        return f"has the wrong sign{where}, and another size"
    return f"is too {'large' if given[worst] > slope[worst] else 'small'}{where}"


def close(given: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether two arrays agree within the tolerance; nothing agrees with infinity or nan."""
    tolerance = TOLERANCE * np.maximum(1, abs(wanted))
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.isfinite(wanted) & (abs(given - wanted) <= tolerance)))


def position_of(wrt: str | None, fn: Callable, count: int) -> int:
    """Return which input is nudged."""
    names = parameter_names(fn, count)
    if wrt is None and count == 1:
        return 0
    if wrt not in names:
        raise ValueError(f"wrt should be one of {', '.join(map(repr, names))}, not {wrt!r}")
    return names.index(wrt)
