"""State set from outside: what is not valid is refused whole, in a sentence, and the view told so."""

import json
import math

import numpy as np
import pytest
import traitlets

from tests.exhaustive import one_in
from widgets import BackwardStepper, Descent, GradientCheck, GradientQuiz, Nudge, TrainingMonitor
from widgets.recorders.example import example
from widgets.setup.check import Part, Setup
from widgets.setup.widget import SetupView


def stepper():
    return BackwardStepper(example())


def quiz():
    return GradientQuiz(example(), ask=["p", "x"])


def check():
    return GradientCheck(lambda a: a * a, [2.0])


def descent():
    return Descent(lambda a: (a - 2) ** 2, 1.0)


def nudge():
    return Nudge(lambda x: x * x, 3.0)


def setup():
    return SetupView(Setup([Part(name, "", "1", "1") for name in ("Python", "numpy")]))


def answer(**parts):
    return {"answers": {"n2": parts}}


def course(start, rates, **more):
    return {"course": {"start": start, "rates": rates, **more}}


ODD = [None, True, -1, 99, 1.5, 2**70, math.nan, "3", "\ud800", [], {}, [1]]
INVALID = [
    *((stepper, {"step": odd}) for odd in ODD),
    *((stepper, {"selected": odd}) for odd in [*ODD, "n99"]),
    *((stepper, {"direction": odd}) for odd in ODD),
    *((stepper, {"data": odd}) for odd in [*ODD, {"nodes": []}]),
    (stepper, {"step": 3, "selected": "n99"}),
    (stepper, {"selected": "n2", "step": 99}),
    *((quiz, {"question": odd}) for odd in ODD),
    *((quiz, {"answers": odd}) for odd in ODD if odd != {}),
    (quiz, {"answers": {"n99": {}}}),
    *((quiz, {"answers": {"n2": odd}}) for odd in ODD if odd != {}),
    *((quiz, answer(attempts=odd)) for odd in ODD if odd != []),
    *((quiz, answer(attempts=[odd])) for odd in ODD),
    *((quiz, answer(attempts=[[odd]])) for odd in ODD if odd != "3"),
    (quiz, answer(attempts=[["junk"]])),
    (quiz, answer(attempts=[["1", "2"]])),
    (quiz, answer(attempts=[["12"], ["1" * 100_000]])),
    *((quiz, answer(hints=odd)) for odd in ODD),
    *((quiz, answer(shown=odd)) for odd in ODD if odd is not True),
    (quiz, answer(unknown=1)),
    (quiz, {"question": 1, **answer(attempts=[["junk"]])}),
    *((check, {name: odd}) for name in ("step", "selected") for odd in ODD),
    *((descent, {"lr": odd}) for odd in ODD if odd not in (99, 1.5, 2**70)),
    *((descent, {"lr": odd}) for odd in (0, math.inf, 10**400)),
    *((descent, {"nudge": odd}) for odd in ODD),
    *((descent, {"course": odd}) for odd in ODD),
    *((descent, course([odd], [])) for odd in ODD if odd not in (99, 1.5, -1, 2**70)),
    *((descent, course(odd, [])) for odd in ODD if odd not in (99, 1.5, -1, 2**70, [1])),
    *((descent, course([1.0], odd)) for odd in ODD if odd not in ([], [1])),
    *((descent, course([1.0], [odd])) for odd in [*ODD, 0, math.inf] if odd not in (99, 1.5, 2**70)),
    (descent, course([1.0, 2.0], [])),
    (descent, course([1.0], [0.1] * 201)),
    (descent, course([1.0], [], more=1)),
    *((descent, {"exact": odd}) for odd in ODD),
    (descent, {"lr": 0.2, "nudge": 7.0}),
    *((nudge, {name: odd}) for name in ("leaf", "step", "way") for odd in ODD),
    *((nudge, {"eps": odd}) for odd in ODD if odd != -1),
    *((TrainingMonitor, {"live": odd}) for odd in ODD),
    *((setup, {"seen": odd}) for odd in ODD if odd != {}),
    (setup, {"seen": {"name": 3}}),
]


def identity(value):
    return repr(value)[:60] if isinstance(value, dict) else None


def state_of(widget):
    return {name: repr(getattr(widget, name)) for name in sorted(widget.own_traits())}


@one_in(4)
@pytest.mark.parametrize("make, state", INVALID, ids=identity)
def test_a_browser_cannot_set_what_is_not_valid_nor_a_part_of_it(make, state, monkeypatch):
    widget, told = make(), []
    before = state_of(widget)
    monkeypatch.setattr(type(widget), "send_state", lambda self, key=None: told.append(set(key or ())))
    with pytest.raises(traitlets.TraitError) as raised:
        widget.set_state(state)
    sentence = str(raised.value)
    assert len(sentence) < 400 and (sentence.isprintable() or "trait of" in sentence)
    assert state_of(widget) == before
    assert told and told[-1] == set(state)  # what holds, so that the view goes back to it
    monkeypatch.undo()
    widget._repr_mimebundle_()
    json.loads(json.dumps(widget.get_state(widget.own_traits())), parse_constant=pytest.fail)


ASSIGNED = [(make, state) for make, state in INVALID
            if len(state) == 1 and not state.keys() & {"data", "exact", "live"}]  # fmt: skip


@one_in(4)
@pytest.mark.parametrize("make, state", ASSIGNED, ids=identity)
def test_python_cannot_set_what_is_not_valid_either(make, state):
    widget = make()
    before = state_of(widget)
    ((name, value),) = state.items()
    with pytest.raises(traitlets.TraitError) as raised:
        setattr(widget, name, value)
    assert isinstance(raised.value, ValueError | TypeError) or name in ("direction", "way")
    assert state_of(widget) == before


@pytest.mark.parametrize("make, name, value, held", [
    (stepper, "step", np.int64(3), 3), (quiz, "question", np.uint8(1), 1),
    (check, "step", np.int32(4), 4), (descent, "lr", np.float32(0.5), 0.5),
    (descent, "lr", np.int64(2), 2.0), (descent, "lr", 2**70, 2.0**70),
    (descent, "lr", 1e308, 1e308), (descent, "lr", 5e-324, 5e-324), (descent, "nudge", 1, 1.0),
    (descent, "path", np.array([[2.0]]), [[2.0]]), (descent, "path", [np.float64(2)], [[2.0]]),
    (descent, "path", [[1e308]], [[1e308]]), (descent, "path", [[-5e-324]], [[-5e-324]]),
    (quiz, "answers", {"n2": {}}, {"n2": {"attempts": [], "hints": 0, "shown": False}}),
])  # fmt: skip
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_numbers_of_numpy_and_extreme_ones_are_taken_as_what_they_are(make, name, value, held):
    widget = make()
    setattr(widget, name, value)
    assert getattr(widget, name) == held and type(getattr(widget, name)) is type(held)
    widget._repr_mimebundle_()
    json.loads(json.dumps(widget.get_state(widget.own_traits())), parse_constant=pytest.fail)


@pytest.mark.parametrize("path", [None, 3.0, "1", [], [[]], [["a"]], [[None]], [[True]], [[10**400]],
                                  [[math.inf]], [[1.0, 2.0]], [[1.0], [9.0]]], ids=repr)  # fmt: skip
def test_a_path_that_is_none_is_refused_and_the_old_one_stays(path):
    walked = descent()
    walked.step(2)
    before = walked.path, walked.course, walked.position
    with pytest.raises((TypeError, ValueError), match="path"):
        walked.path = path
    assert (walked.path, walked.course, walked.position) == before


def test_a_linked_widget_that_goes_too_far_leaves_the_stepper_where_it_was():
    class Slider(traitlets.HasTraits):
        value = traitlets.Int(3)

    slider, shown = Slider(), stepper()
    traitlets.dlink((slider, "value"), (shown, "step"))
    assert shown.step == 3
    with pytest.raises(ValueError, match="step must be from 0 to 13, not 99"):
        slider.value = 99
    assert shown.step == 3 and shown.describe().startswith("Step 3 of 13")


def test_state_that_is_valid_is_taken_on_as_a_whole():
    widget = quiz()
    widget.set_state({"question": 1, **answer(attempts=[["6"], ["2*6"]], hints=2)})
    assert widget.question == 1 and widget.result()["questions"][0]["right"]


def test_a_step_may_lead_infinitely_far_away():
    walked = descent()
    walked.lr = 1e308
    walked.step()
    assert walked.path == [[1.0], [math.inf]] and walked.position == math.inf
    assert "a = inf" in walked.describe()
    walked._repr_mimebundle_()
