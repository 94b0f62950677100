"""``check`` for an operation that a learner wrote: a subclass of ``autograd.Function``."""

import functools

import numpy as np

from .numbers_as_text import number
from .recorders.function_inputs import is_function, is_tensor
from .verdict import NOT_ANSWERED, fits

WEIGHTS = (1.5, -0.5, 2.0)  # incoming gradients, in turn; none of them is 1
PASSED = "right: value and gradient agree in each place that was tried"
STUB = NOT_ANSWERED


class NotAnswered(Exception):
    """A ``backward`` returned three dots."""


def is_operation(answer) -> bool:
    """Whether an answer is an operation: a subclass of either library's ``autograd.Function``."""
    return isinstance(answer, type) and is_function(answer)


def complaint_about(operation, question, positions) -> str | None:
    """Return what is wrong with an operation, as a sentence, or None if it is right.

    Its value is compared with ``question.fn``, its gradients with central differences. Each
    output has an incoming gradient of its own, so that a rule that leaves it out is found.
    """
    watched = answering(operation)
    for place in question.elsewhere():
        expected = place.fn(*place.leaves())
        kind = place.library.array(expected).dtype
        numbers = np.resize(WEIGHTS, expected.shape).astype(kind)  # in float64 they would hide it
        weights = place.library.leaf(numbers, None, False)
        asked = [weighted(place, position, weights) for position in positions]
        if not all(np.all(np.isfinite(one.slope())) for one in asked):
            continue  # outside the function's domain
        inputs = place.leaves()
        output = watched.apply(*inputs)
        wrong = wrong_value(output, expected)
        if wrong is None:
            try:
                (output * weights).sum().backward()
            except NotAnswered:
                return STUB
            gradients = [inputs[position].grad for position in positions]
            wrong = wrong_gradient(gradients, asked, place)
        if wrong:
            return wrong if wrong == STUB else f"not yet, at {place.place()}: {wrong}"
    return None


def answering(operation):
    """Return the operation, except that a ``backward`` which returns three dots raises."""

    def backward(ctx, *incoming):
        returned = operation.backward(ctx, *incoming)
        if any(part is ... for part in (returned if isinstance(returned, tuple) else [returned])):
            raise NotAnswered
        return returned

    methods = {"backward": staticmethod(backward)}
    return type(operation)(operation.__name__, (operation,), methods)


def weighted(question, position, weights):
    """Return the question for one input's slope of the weighted sum of the outputs."""

    @functools.wraps(question.fn)  # its parameters' names too
    def weighted_sum(*inputs):
        return (question.fn(*inputs) * weights).sum()

    return type(question)(weighted_sum, question.inputs, position)


def wrong_value(output, expected) -> str | None:
    """Say what is wrong with what ``forward`` returned."""
    if output is ...:
        return STUB
    if not is_tensor(output):
        return f"forward should return a tensor, not a {type(output).__name__}"
    if output.shape != expected.shape:
        return f"forward should return the shape {tuple(expected.shape)}, not {tuple(output.shape)}"
    given, wanted = output.detach().numpy(), expected.detach().numpy()
    digits = 100 * np.finfo(wanted.dtype).eps  # as many as the function has
    if np.allclose(given, wanted, rtol=max(1e-9, digits), atol=max(1e-12, digits)):
        return None
    return f"the value is {shown(given)}, but should be {shown(wanted)}"


def wrong_gradient(gradients, asked, place) -> str | None:
    """Say what is wrong with the gradients that ``backward`` returned."""
    for gradient, question in zip(gradients, asked):
        of = f"the gradient of {question.name}"
        if gradient is None:
            return f"backward returns None for {question.name}"
        given = np.asarray(gradient.numpy(), dtype=float)
        verdict = question.judge(given)
        if verdict.passed:
            continue
        if fits(given, weighted(place, question.position, 1.0).slope(), question.smallest()):
            return f"{of} leaves out the incoming gradient: multiply by it"
        return f"{of}{verdict.message.removeprefix('not yet')}"
    return None


def shown(array: np.ndarray) -> str:
    """Write a number, or the first element that there is of an array."""
    return number(float(array.ravel()[0])) + (" at the first element" if array.size > 1 else "")
