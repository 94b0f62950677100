"""State that a link, a stored notebook or another program sets: no view dies of what is not valid."""

import numpy as np
import pytest

from tests.exhaustive import some_of
from widgets import BackwardStepper, Descent, GradientCheck, GradientQuiz, TrainingMonitor
from widgets.base import bundle
from widgets.recorders.example import example
from widgets.setup.check import Part, Setup
from widgets.setup.widget import SetupView

# Renders a view, sets each trait to each odd value in turn, and returns what the view then shows.
SET = """async ([esm, standIn, state, changes]) => {
  const load = (text) => import("data:text/javascript;charset=utf-8," + encodeURIComponent(text));
  const [{ default: widget }, { standIn: modelOf }] = [await load(esm), await load(standIn)];
  const model = modelOf(state), el = document.createElement("div"), shown = [];
  document.body.append(el);
  widget.render({ model, el });
  shown.push(el.innerText);
  for (const [name, value] of changes) {
    model.set(name, value);
    shown.push(el.innerText);
  }
  el.remove();
  return shown;
}"""
ODD = [None, True, -1, 99, 1.5, "3", "n99", [], {}, [1], [None], {"n2": None}, {"n2": {}, "n99": {}}]


def texts(page, widget, changes, **state):
    state = widget.get_state(widget.own_traits()) | state
    return page.evaluate(SET, [str(widget._esm), bundle("stand_in.js"), state, changes])


def stepper():
    return BackwardStepper(example(), step=9)


def quiz():
    quiz = GradientQuiz(example(), ask=["p", "x"])
    quiz.check_answer("p", 6)
    return quiz


def check():
    return GradientCheck(lambda a: a * a, [np.array([2.0, 3.0])])


def descent():
    descent = Descent(lambda a: (a - 2) ** 2, 1.0)
    descent.step(2)
    return descent


def setup():
    return SetupView(Setup([Part(name, "", "1", "1") for name in "ab"]))


TRAITS = {
    stepper: ["step", "selected", "direction"], quiz: ["question", "answers", "direction"],
    check: ["step", "selected"], descent: ["course", "lr", "nudge", "exact"],
    TrainingMonitor: ["live"], setup: ["seen"],
}  # fmt: skip

PAIRS = some_of([(make, name) for make, names in TRAITS.items() for name in names], 4)


def odd_for(name):
    """What no such trait may hold: a learning rate may be 99, and no course need be told exactly."""
    valid = {"lr": [99, 1.5], "exact": [[]], "answers": [{}], "step": [], "seen": ODD}.get(name, [])
    return [each for each in ODD if each not in valid]


@pytest.mark.parametrize("make, name", PAIRS)
def test_a_view_goes_on_with_what_was_valid(page, make, name):
    first, *others = texts(page, make(), [(name, odd) for odd in odd_for(name)])
    assert first and all(shown == first for shown in others)


@pytest.mark.parametrize("make, name", PAIRS)
@pytest.mark.parametrize("every", some_of([10, 1]))
def test_a_view_of_a_stored_notebook_begins_with_something_valid(page, make, name, every):
    for odd in odd_for(name)[::every]:
        (shown,) = texts(page, make(), [], **{name: odd})
        assert shown and "damaged" not in shown


def test_after_something_invalid_a_view_takes_what_is_valid_again(page):
    first, wrong, right = texts(page, stepper(), [("step", 99), ("step", 3)])
    assert wrong == first and "Step 3 of 13" in right


@pytest.mark.parametrize("make", TRAITS)
def test_a_view_without_its_data_says_that_it_is_damaged(page, make):
    for data in (None, 3, [], "text"):
        (shown,) = texts(page, make(), [], data=data)
        assert "damaged" in shown or make is TrainingMonitor  # which has no data but what is live


@pytest.mark.parametrize("name, value", [
    ("lr", 1e308), ("lr", 5e-324), ("lr", 2.0**70), ("path", [[1e308]]), ("path", [[-5e-324]]),
])  # fmt: skip
def test_with_extreme_numbers_a_view_says_what_python_says(page, name, value):
    widget = Descent(lambda a: (a - 2) ** 2, 1.0)
    setattr(widget, name, value)
    (shown,) = texts(page, widget, [])
    assert widget.describe() in " ".join(shown.split())
    widget.step()
    (shown,) = texts(page, widget, [])
    assert widget.describe() in " ".join(shown.split())
