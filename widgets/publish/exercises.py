"""``check`` where a page is made: what can be typed is asked for on the page, and judged by the browser."""

from contextlib import suppress

from ..answers import exercise
from ..answers.question import Question, named_by_exercise
from ..functions.function import function_of
from ..predict.widget import Predict


def check(answer, fn, *inputs, wrt=None, dtype=None, likely=(), id=None, **wanted):
    """Return what :func:`widgets.check` does; of a number that is not answered yet, a field for it.

    >>> print(check(..., lambda x: x**2, 3.0, id="doctest").describe())
    Prediction: the slope of the function at `x = 3`
    """
    verdict = exercise.check(answer, fn, *inputs, wrt=wrt, dtype=dtype, likely=likely, id=id, **wanted)
    if answer is ... and id and not any(wanted.values()):
        with suppress(ValueError):  # more numbers than anybody types
            return typed(id, function_of(fn, list(inputs), every=True, dtype=dtype), wrt, likely)
    return verdict


def typed(id, function, wrt, likely) -> Predict:
    """A prediction of a slope, which knows the mistakes that the exercise knows."""
    position = function.names.index(wrt) if wrt else function.checked[0]
    question = Question(function, position, likely=named_by_exercise(likely))
    by = f" by `{wrt}`" if wrt else ""
    asked = Predict(
        id, f"the slope of {called(function)}{by} at `{question.place()}`", lambda: question.slope
    )
    asked.held.mistakes.extend(question.mistakes)
    return asked


def called(function) -> str:
    """What a question calls a function."""
    return function.name if " " in function.name else f"`{function.name}`"
