"""What learners often answer is told in words: in nudging, in the question itself, in what is given to `check`."""

import random
import re

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch as pytorch
from widgets import verify
from widgets.answers.exercise import check
from widgets.answers.question import KINDS, Question
from widgets.answers.verdict import Mistake, secretive
from widgets.functions.function import function_of

IN_BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["engine", "pytorch"])


def area(side):
    return side**2


def wave(x):
    return x**3 - 4 * x


def moved(fn, x, by):
    return fn(x + by) - fn(x)


@pytest.mark.parametrize("answer, fn, x, kind, words", [
    (moved(area, 5.0, 0.01), area, 5.0, "undivided", "how far area moves for a nudge of 0.01: divide it by the nudge"),
    (moved(area, 5.0, 0.1), area, 5.0, "undivided", "how far area moves for a nudge of 0.1: divide it"),
    (moved(wave, 3.0, -0.1), wave, 3.0, "undivided", "how far wave moves for a nudge of −0.1: divide it"),
    (lambda x: moved(wave, x, 0.001), wave, 2.0, "undivided", "how far wave moves for a nudge of 0.001: divide it"),
    (moved(area, 5.0, 0.01) / 5, area, 5.0, "divided", "a nudge of 0.01, divided by side and not by the nudge"),
    (moved(wave, 3.0, 0.1) / 3, wave, 3.0, "divided", "a nudge of 0.1, divided by x and not by the nudge"),
    (lambda x: moved(wave, x, 0.1) / x, wave, 2.0, "divided", "divided by x and not by the nudge"),
    (moved(area, 5.0, -0.01) / 5, area, 5.0, "divided", "a nudge of −0.01, divided by side"),
    (moved(area, 5.0, 1), area, 5.0, "coarse", "a nudge of 1, divided by it: a smaller nudge comes nearer"),
    (moved(wave, 3.0, 0.1) / 0.1, wave, 3.0, "coarse", "a nudge of 0.1, divided by it: a smaller nudge"),
    (lambda x: moved(wave, x, 0.1) / 0.1, wave, 2.0, "coarse", "a nudge of 0.1, divided by it: a smaller"),
    (moved(wave, 3.0, -0.1) / -0.1, wave, 3.0, "coarse", "a nudge of −0.1, divided by it"),
    (moved(wave, 3.0, 0.001) / 1e-4, wave, 3.0, "ten", "10 times the slope: was a difference divided by a smaller nudge"),
    (1000, area, 5.0, "ten", "100 times the slope"),
    (1e-5, area, 5.0, "ten", "1e−6 times the slope: was a difference not divided by its nudge"),
    (lambda x: 100 * (3 * x**2 - 4), wave, 2.0, "ten", "100 times the slope"),
    (8, area, 5.0, "before", "this is the slope at side = 4"),
    (3 * 2**2 - 4, wave, 3.0, "before", "this is the slope at x = 2"),
    (44, wave, 3.0, "before", "this is the slope at x = 4"),
    (lambda x: 3 * (x - 1) ** 2 - 4, wave, 2.0, "before", "this is the slope at x = 1"),
    (5, lambda side: side**3 + 2 * side, 5.0, "input", "5 is side itself, not a slope"),
    ("3", wave, 3.0, "input", "3 is x itself, not a slope"),
    (lambda x: x, wave, 2.0, "input", "2 is x itself, not a slope"),
    (2, lambda w: (3 * w) * (5 * w), 3.0, "part", "2 is how many paths lead from w to the output: the slope"),
    (4, lambda w: (w.sin() + w * 3) * (w + 2 * w), 1.0, "part", "4 is how many paths lead from w"),
    (-1, lambda x: 7 - 3 * x**2, 2.0, "part", "−1 is the direction alone: the slope of the function is asked for"),
    (1, lambda x: 5 * x**3, 2.0, "part", "1 is the direction alone"),
    ([1.5, 2.5], lambda x: (x**3).sum(), [1.5, 2.5], "input", "this is x itself, not a slope"),
])  # fmt: skip
def test_what_is_often_answered_is_named(answer, fn, x, kind, words):
    verdict = check(answer, fn, x)
    assert kind in verdict.mistakes and words in repr(verdict)


@pytest.mark.parametrize(
    "answer, x", [(6.0, 3.0), (lambda x: 2 * x, 3.0), (moved(area, 3.0, 1e-4) / 1e-4, 3.0)]
)
def test_a_right_slope_is_no_slip_in_nudging(answer, x):
    assert check(answer, area, x)


@pytest.mark.parametrize("answer", [0, 0.0, lambda x: 0.0 * x])
@pytest.mark.parametrize(
    "fn, x", [(lambda x: x.relu(), 0.1), (lambda x: x.clamp(max=5.0), 3.0), (lambda x: 0.5 * x**2, 1.0)]
)
def test_0_is_no_power_of_ten_times_a_slope(answer, fn, x):
    verdict = check(answer, fn, x)
    assert not verdict and "ten" not in verdict.mistakes


@pytest.mark.parametrize("constant, fn, x", [
    (1.0, lambda x: x.relu(), 3.0),
    (1.0, lambda x: x.clamp(max=5.0), 3.0),
    (1.0, lambda x: x.abs(), 5.0),
    (2.0, lambda x: (2 * x).maximum(7 * x - 40), 5.0),
])  # fmt: skip
def test_a_constant_that_is_right_nearby_is_tried_farther_away(constant, fn, x):
    assert not check(lambda x: constant, fn, x) and check(constant, fn, x)


# ---------------------------------------------------------------- what an exercise names


def cubed_then_squared(x):
    return (x**3) ** 2


@pytest.mark.parametrize("likely, told", [
    (("4 is the slope at 2", 4), "'4 is the slope at 2' is none of them"),
    ("sing", "'sing' is none of them"),
    (["sign", "nokind"], "'nokind' is none of them"),
    (None, "None is none of them"),
    ([("bad",)], r"\('bad',\) is none of them"),
    ([(4, "bad")], r"\(4, 'bad'\) is none of them"),
    ([4], "4 is none of them"),
])  # fmt: skip
def test_a_likely_slip_that_is_none_is_refused_in_words(likely, told):
    with pytest.raises(ValueError, match=f"likely should be a list of pairs .*{told}"):
        check(4, lambda x: x**2, 3.0, likely=likely)


@pytest.mark.parametrize("fn", [area, wave, lambda x: (x * 3) ** 2 / x + x.sin()])
def test_each_kind_that_a_question_finds_may_be_named(fn):
    found = {each.kind for each in Question(function_of(fn, [2.0], every=True), 0).mistakes}
    assert len(found) > 8 and found <= KINDS


def test_an_exercise_names_its_likely_slips():
    def first(likely, answer=64):  # the value, and a power rule's slip
        return check(answer, cubed_then_squared, 2.0, likely=likely).mistakes[0]

    assert first(()) == "value" and first(["power"]) == "power" and first(["value"]) == "value"
    assert first([("the number of paths", 64)]) == "likely"
    assert check(192, cubed_then_squared, 2.0, likely=[("right", 192)])


@pytest.mark.parametrize("answer, words", [
    (2, "2 is how many paths there are: their sum is asked for, too"),
    (192, ""),
    (lambda x: 3 * x**2 * 2 * x, "the outer one was taken at x"),
    (lambda x: 7 * x**3, "the exponents were added up"),
])  # fmt: skip
def test_the_words_of_an_exercise_explain_an_answer_wherever_it_is_tried(answer, words):
    likely = [
        ("2 is how many paths there are: their sum is asked for, too", 2),
        ("the outer one was taken at x", lambda x: 3 * x**2 * 2 * x),
        ("the exponents were added up", lambda x: 7 * x**3),
    ]
    verdict = check(answer, cubed_then_squared, 2.0, likely=likely)
    assert bool(verdict) is not bool(words) and words in repr(verdict)


@pytest.mark.parametrize("words, wanted, told", [
    ("2 is only how fast p changes: multiply by how fast y does, 12", 12.0, "2 is only how fast p changes: multiply by how fast y does"),
    ("2 is only how fast p changes: multiply by how fast y does, 120", 12.0, None),
    ("on the way, at p: 6 is what p·p sends", 6.0, "on the way, at p: this is what p·p sends"),
    ("was taken at x = 2, and not at x³ = 8", 8.0, "was taken at x = 2, and not at x³"),
    ("multiply by how fast y does, [1, 2]", [1.0, 2.0], "multiply by how fast y does"),
    ("the exponent 2 was not brought down", 2.0, None),
])  # fmt: skip
def test_no_mistake_is_told_with_the_number_that_is_the_answer(words, wanted, told):
    assert secretive(Mistake("power", words, np.array(0.0)), np.array(wanted)).words == (told or words)


@pytest.mark.parametrize("fn, x, places", [(area, 5.0, 4), (lambda x: x**2 + 3 * x, 2.0, 4), (lambda x: 1 * x, 3.0, 12),
                                           (lambda x: 2 * x, 3.0, 12), (lambda x: x.exp(), 1.0, 12)])  # fmt: skip
def test_a_formula_is_tried_in_four_places_and_in_twelve_where_a_natural_slip_is_right_in_those(
    fn, x, places
):
    assert len([*Question(function_of(fn, [x]), 0).elsewhere()]) == places


@pytest.mark.parametrize("fn, x", [(area, 5.0), (wave, 3.0), (cubed_then_squared, 2.0), (lambda x: (3 * x) * x**2, 1.0),
                                   (lambda x: 6 * (x * 2).sin(), 0.5)])  # fmt: skip
def test_no_mistake_brings_the_right_answer_to_light(fn, x):
    question = Question(function_of(fn, [x]), 0)
    for each in question.mistakes:
        assert not re.search(rf"(, | = |: |^){question.slope:g}(?![\d.])", each.words), each


# ---------------------------------------------------------------- what is given to check


@IN_BOTH
def test_labels_indices_and_masks_are_taken_as_they_are(torch):
    scores, labels, mask = (
        torch.tensor([[1.0, 2.0, 3.0]]),
        torch.tensor([2]),
        torch.tensor([[True, False, True]]),
    )
    entropy, right = torch.nn.functional.cross_entropy, [[0.09, 0.2447, -0.3348]]
    assert check(right, entropy, scores, labels)
    assert check(right, lambda s, y: entropy(s, y), scores, labels, wrt="s")
    assert check(
        lambda s, y: torch.softmax(s, 1) - torch.nn.functional.one_hot(y, 3),
        lambda s, y: entropy(s, y),
        scores,
        labels,
    )
    assert check([[1, 0, 1]], lambda s, m: s[m].sum(), scores, mask)
    assert check([[0, 0, 1]], lambda s, i: s[0, i], scores, 2)
    assert check([[1, 1, 1]], lambda s, how: getattr(s, how)(), scores, "sum")
    assert verify(entropy, scores, labels).agrees and verify(lambda s, m: s[m].sum(), scores, mask).agrees
    with pytest.raises(ValueError, match="wrt should be one of 's', not 'y'"):
        check(right, lambda s, y: entropy(s, y), scores, labels, wrt="y")


def seeded(x):
    autograd_core.manual_seed(0)
    return (x * autograd_core.rand(())).sum()


@pytest.mark.parametrize("fn", [
    lambda x: x * autograd_core.rand(()),
    lambda x: x + autograd_core.randn(()),
    lambda x: autograd_core.nn.functional.dropout(x * autograd_core.ones(50)).sum(),
    lambda x: x * random.random(),
    lambda x: x * np.random.default_rng().random(),
])  # fmt: skip
def test_a_random_function_is_noticed(fn):
    said = repr(check(1.0, fn, 2.0))
    assert said.startswith(
        "this cannot be checked: the function returns another value each time it is called"
    )
    shown = str(verify(fn, 2.0))
    assert "cannot tell" in shown and "NO" not in shown


def test_a_random_formula_is_told_so_and_a_seeded_function_is_checked():
    verdict = check(lambda x: 2 * x * random.random(), area, 2.0)
    assert verdict.mistakes == ("random",) and "this gives another answer each time it is called" in repr(
        verdict
    )
    assert verify(seeded, 2.0).agrees and not repr(check(1.0, seeded, 2.0)).startswith("this cannot")


@pytest.mark.parametrize("x, words", [
    ("3", "x is a str: an input is a tensor or a number. Write a number without quotation marks"),
    (None, "x is None: an input is a tensor or a number"),
    (area, "x is a function: an input is a tensor or a number. Call it"),
    ({"x": 1.0}, "x is a dict: an input is a tensor or a number. Of a list make a tensor first"),
    (True, "x is a bool: an input is a tensor or a number"),
    (autograd_core.tensor(3), "x holds int64, which has no gradient"),
])  # fmt: skip
def test_a_wrong_kind_of_input_is_named(x, words):
    for ask in (lambda: check(6, lambda x: x**2, x), lambda: verify(lambda x: x**2, x)):
        with pytest.raises((TypeError, ValueError), match=re.escape(words)):
            ask()
