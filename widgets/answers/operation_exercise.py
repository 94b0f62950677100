"""``check`` for an operation that a learner wrote: a subclass of ``autograd.Function``."""

import functools
import itertools
import math
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from ..functions.inputs import name_of
from ..functions.variables import with_variables
from ..libraries import is_function, is_tensor, library_of
from ..words.names import caller
from ..words.numbers_as_text import counted, number
from .arithmetic import said_of
from .verdict import NOT_ANSWERED, error_in_words, fits, spelled

WEIGHTS = (1.5, -0.5, 2.0)  # incoming gradients, in turn; none of them is 1
MOST_SPELLED = 6  # incoming gradients that are told
INCOMING = ", with an incoming gradient of"
PASSED = "right: value and gradient agree in each place that was tried"


class Complaint(Exception):
    """A verdict, in words, on an operation that could not be run to its end."""


def operation_of(answer) -> type | None:
    """Return the operation that an answer is, itself or by its ``apply``; None if it is none."""
    if getattr(answer, "__name__", None) == "apply":
        answer = getattr(answer, "__self__", None)
    return answer if is_function(answer) else None


def no_operation(answer, wanted: bool) -> str | None:
    """Say what keeps an answer from being an operation, where it was meant as one, or one is wanted."""
    if operation_of(answer):
        return None
    if operation_of(type(answer)):
        name = type(answer).__name__
        return f"not yet: the operation is the class itself: {name}, not {name}()"
    if isinstance(answer, type) and answer.__module__ == caller().f_globals.get("__name__"):  # the user's own
        return (f"not yet: {answer.__name__} is no operation: it should be a subclass, "
                f"class {answer.__name__}(torch.autograd.Function)")  # fmt: skip
    if wanted and answer is ...:
        return NOT_ANSWERED
    if wanted and (answer is None or (callable(answer) and not is_tensor(answer))):
        what = "None" if answer is None else "a function, unless wrt= names an input"
        return f"not yet: a subclass of torch.autograd.Function is expected, and not {what}"
    return None


def lacks(operation, method: str, library) -> bool:
    """Whether an operation has no ``forward``, ``backward`` … of its own."""
    return getattr(operation, method) is getattr(library.Function, method)


def complaint_about(operation, question, positions) -> str | None:
    """Return what is wrong with an operation, as a sentence, or None if it is right.

    Its value is compared with ``question.fn``, its gradients with central differences. Each
    output has an incoming gradient of its own, so that a rule that leaves it out is found.
    """
    if lacks(operation, "forward", question.library):
        is_stub = lacks(operation, "backward", question.library)
        return NOT_ANSWERED if is_stub else f"not yet: {operation.__name__} still needs a forward"
    for place in question.elsewhere():
        try:
            wrong = complaint_at(place, operation, positions)
        except Complaint as complaint:
            return str(complaint)
        if wrong:
            between = "" if wrong.startswith(INCOMING) else ": "
            return wrong if wrong == NOT_ANSWERED else f"not yet, at {place.place()}{between}{wrong}"
    return None


def complaint_at(place, operation, positions) -> str | None:
    """Return what is wrong in one place; raises Complaint for what cannot be compared."""
    (expected,) = place.function.returned()
    weights = np.resize(WEIGHTS, expected.shape)
    forward = functools.partial(own_forward, operation, weights)
    asked = [replace(weighted(place, position, weights), own=forward) for position in positions]
    if not all(one.has_slope() for one in asked):
        return None  # outside the function's domain
    library, own = place.library, answering(operation, place)

    def compared(leaves, output):
        if wrong := wrong_value(output, expected, place):
            return wrong
        with in_words(operation, place):
            gradients = library.gradients([output], [weights], [leaves[i] for i in positions])
        wrong = wrong_gradient(gradients, asked, place, expected, weights)
        if wrong and wrong is not NOT_ANSWERED and weights.size <= MOST_SPELLED:
            return f"{INCOMING} {spelled(weights)}: {wrong}"
        return wrong

    def applied(*inputs):
        with in_words(operation, place):
            return own.apply(*inputs)

    return place.function.traced(compared, applied)


def answering(operation, place):
    """Return the operation, with a ``backward`` that complains of what are no gradients."""

    def backward(ctx, *incoming):
        if lacks(operation, "backward", place.library):
            name = operation.__name__
            raise Complaint(f"not yet: the value is right, and {name} still needs a backward")
        with what_was_saved(ctx, place):
            returned = operation.backward(ctx, *incoming)
        wrong = misfit(returned, place)
        if wrong:
            raise Complaint(wrong if wrong == NOT_ANSWERED else f"not yet: {wrong}")
        return returned

    methods = {"backward": staticmethod(backward)}
    return type(operation)(operation.__name__, (operation,), methods)


@contextmanager
def what_was_saved(ctx, place):
    """Turn the error of a backward that unpacks more than was saved into a complaint."""
    try:
        yield
    except ValueError as error:
        count = len(ctx.saved_tensors)
        if f"got {count})" not in str(error):
            raise
        wanted = f"ctx.save_for_backward({', '.join(place.names)})"
        saved = f"only {counted(count, 'tensor')}" if count else "nothing"
        raise Complaint(
            f"not yet: backward asks for more than forward has saved, which is {saved}. Is there "
            f"something like {wanted} in forward?"
        ) from error


@contextmanager
def in_words(operation, place):
    """Turn what a learner's code raises into a complaint that tells the learner's own line."""
    try:
        yield
    except Complaint:
        raise
    except Exception as error:
        library = files_of(place.library.Function)
        told = error_in_words(error, files_of(operation) - library)
        raise Complaint(f"not yet, at {place.place()}: {told}") from error


def files_of(operation) -> set[str]:
    """Return the files in which an operation's methods are written."""
    methods = (operation.forward, operation.backward, operation.setup_context)
    return {method.__code__.co_filename for method in methods if hasattr(method, "__code__")}


def misfit(returned, place) -> str | None:
    """Say what keeps the results of a ``backward`` from being gradients of the inputs."""
    if returned is None:
        return "backward returns None: is a return missing?"
    if isinstance(returned, list):
        return "backward should return gradients with commas between them, not a list"
    parts = returned if isinstance(returned, tuple) else (returned,)
    if any(part is ... for part in parts):
        return NOT_ANSWERED
    names = place.names
    if len(parts) < len(names) or any(part is not None for part in parts[len(names) :]):
        wanted = f"{counted(len(names), 'gradient')}, for {' and '.join(names)}"
        return f"backward should return {wanted}, not {len(parts)}"
    problems = (unlike(*each) for each in zip(parts, names, map(np.shape, place.arrays)))
    return next(filter(None, problems), None)


def unlike(gradient, name: str, wanted: tuple) -> str | None:
    """Say how a gradient differs in form from the input it belongs to; one may be missing."""
    if gradient is None:
        return None
    if not is_tensor(gradient):
        return f"backward should return a tensor for {name}, not {said_of(gradient)}"
    given = tuple(gradient.shape)
    if sums_to(given, wanted):
        return None
    size = math.prod(wanted)
    each = f"one gradient for each of the {size} elements of {name}, shape {wanted}"
    asked = each if size > 1 else f"a gradient of {name} in its shape {wanted}"
    return f"backward should return {asked}, not {f'the shape {given}' if given else 'one number'}"


def sums_to(given: tuple, wanted: tuple) -> bool:
    """Whether a gradient can be summed to the shape of its input, as the libraries do.

    >>> sums_to((2, 3), (3,)), sums_to((), (3,))
    (True, False)
    """
    try:
        return np.broadcast_shapes(given, wanted) == given
    except ValueError:
        return False


def weighted(question, position, weights):
    """Return the question for one input's slope of the weighted sum of the outputs."""

    fn, weights = question.function.fn, question.library.leaf(weights, False)

    @functools.wraps(fn)  # its parameters' names too
    def weighted_sum(*inputs):
        return (fn(*inputs) * weights).sum()

    weighted_sum.__name__ = f"{name_of(fn)}, times the incoming gradient"
    return replace(question, function=question.function.composed(weighted_sum), position=position)


def wrong_value(output, wanted: np.ndarray, place) -> str | None:
    """Say what is wrong with what ``forward`` returned."""
    if output is ...:
        return NOT_ANSWERED
    if not is_tensor(output):
        return f"forward should return a tensor, not {said_of(output)}"
    if tuple(output.shape) != wanted.shape:
        return f"forward should return the shape {wanted.shape}, not {tuple(output.shape)}"
    given = place.library.array(output)
    digits = 100 * place.function.precision  # as many as the function has
    if np.allclose(given, wanted, rtol=max(1e-9, digits), atol=max(1e-12, digits)):
        return None
    return f"the value is {shown(given)}, but should be {shown(wanted)}"


def wrong_gradient(gradients, asked, place, output, weights) -> str | None:
    """Say what is wrong with the gradients that ``backward`` returned for an output."""
    missing = [question.name for gradient, question in zip(gradients, asked) if gradient is None]
    if missing:
        return f"backward returns None for {missing[0]}"
    given = [np.asarray(gradient, dtype=float) for gradient in gradients]
    if wrong := in_other_order(given, asked):
        return wrong
    for gradient, question in zip(given, asked):
        of = f"the gradient of {question.name}"
        verdict = question.judge(gradient)
        if verdict.passed:
            continue
        if fits(gradient, weighted(place, question.position, np.ones_like(weights)).slope, question.smallest):
            return f"{of} leaves out the incoming gradient: multiply by it"
        for other, words in [(weights, "the incoming gradient alone"), (output, "the result itself"),
                             (weights * output, "the result, times the incoming gradient")]:  # fmt: skip
            if output.ndim and fits(gradient, other) and not verdict.mistakes:
                return f"{of} is {words}: multiply the incoming gradient by how fast the result changes"
        return f"{of}{verdict.message.removeprefix('not yet')}"
    return None


def in_other_order(given, asked) -> str:
    """Say that two gradients are those of each other's inputs, or one is another's; ``""`` if none is."""
    for (one, own), (other, another) in itertools.permutations(zip(given, asked), 2):
        if fits(one, own.slope, own.smallest) or not fits(one, another.slope, another.smallest):
            continue
        if fits(other, own.slope, own.smallest):
            return (f"the gradients of {own.name} and {another.name} are in each other's place: backward "
                    "returns them in the order of forward's inputs")  # fmt: skip
        if not fits(-one, own.slope, own.smallest):  # a sign that is missing is likelier
            return f"the gradient of {own.name} is the one of {another.name}"
    return ""


def own_forward(operation, weights, *inputs) -> tuple:
    """Run the learner's own ``forward``: the weighted sum of its result, and its variables.

    It is made of more parts, perhaps, than the function that it is compared with.
    """
    library = library_of(inputs[0])
    saved = SimpleNamespace(save_for_backward=lambda *tensors: None, needs_input_grad=[True] * len(inputs))
    context = [saved] if lacks(operation, "setup_context", library) else []
    output, variables = with_variables(operation.forward, *context, *inputs)
    return (output * library.leaf(weights, False)).sum(), variables


def shown(array: np.ndarray) -> str:
    """Write a number, or the first element that there is of an array."""
    return number(float(array.ravel()[0])) + (" at the first element" if array.size > 1 else "")
