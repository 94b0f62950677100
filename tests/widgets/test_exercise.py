"""`check` tells right answers from wrong ones, and says what may have gone wrong."""

import math

import pytest

import autograd_core as torch
from tests.oracle import torch as pytorch
from widgets.exercise import check
from widgets.numbers_as_text import number


def predict(a, x=1):
    return a * x + 5


def error(a, x, target=7):
    return (a * x + 5 - target) ** 2


@pytest.mark.parametrize("answer", [..., lambda w: ...])
def test_a_stub_is_not_answered_yet(answer):
    verdict = check(answer, lambda w: w ** 3, 2.0)
    assert not verdict and repr(verdict).startswith("not answered yet")


@pytest.mark.parametrize(
    "answer",
    [12, 12.0, 12.004, torch.tensor(12.0), lambda w: 3 * w ** 2, lambda w: 3 * w.item() ** 2],
)
def test_right_answers_of_any_kind_pass(answer):
    verdict = check(answer, lambda w: w ** 3, 2.0)
    assert verdict and repr(verdict).startswith("right")


@pytest.mark.parametrize("answer, words", [
    (-12, "wrong sign"),
    (1 / 12, "divided by the slope"),
    (8, "is the value of the function"),
    (24, "twice"),
    (6, "half"),
    (11.9, "too small"),
    (12.1, "too large"),
    (-3, "has the wrong sign, and another size"),
    (None, "Was backward() called"),
    ("twelve", "not a str"),
    ([12, 12], "shape should be ()"),
    (math.nan, "not yet"),
])  # fmt: skip
def test_wrong_answers_are_told_what_is_wrong(answer, words):
    verdict = check(answer, lambda w: w ** 3, 2.0)
    assert not verdict and words in repr(verdict)


@pytest.mark.parametrize("answer", [11.9, -12, 24, 8])
def test_the_right_answer_is_not_given_away(answer):
    said = repr(check(answer, lambda w: w ** 3, 2.0))
    assert "12" not in said.replace(number(answer), "")


def test_where_the_slope_is_0_no_answer_is_taken_for_1_divided_by_it():
    assert "too large" in repr(check(1, lambda x: x.relu(), -0.5))


def test_mistakes_that_give_the_same_number_are_all_named():
    verdict = repr(check(1, lambda x: x ** 2, 1.0))  # the value is 1, half the slope is 1
    assert "value" in verdict and "half" in verdict and " or " in verdict


def test_the_input_that_is_nudged_is_chosen_by_name():
    assert check(1.0, predict, 4.0, 1.0, wrt="a")
    assert check(4.0, predict, 4.0, 1.0, wrt="x")
    with pytest.raises(ValueError, match="'a', 'x'"):
        check(1.0, predict, 4.0, 1.0)
    with pytest.raises(ValueError, match="not 'b'"):
        check(1.0, predict, 4.0, 1.0, wrt="b")


def test_a_formula_must_hold_in_more_than_one_place():
    assert check(lambda a, x: 2 * (a * x - 2) * x, error, 1.0, 1.0, wrt="a")
    verdict = check(lambda a, x: 2 * (a * x - 2), error, 1.0, 1.0, wrt="a")  # right at x = 1 only
    assert not verdict and repr(verdict).startswith("not yet, at a = ")


def test_a_formula_is_not_tried_outside_the_domain():
    assert check(lambda x: 0.5 * x ** -0.5, lambda x: x ** 0.5, 0.3)


def test_a_learners_function_may_use_backward():
    def slope(w):
        (w ** 2).backward()
        return w.grad

    def stale(w):
        (w ** 3).backward()
        return slope(w)

    assert check(slope, lambda w: w ** 2, 2.0)
    assert not check(stale, lambda w: w ** 2, 2.0)


def test_arrays_are_compared_element_by_element():
    w = torch.tensor([1.0, 2.0, 3.0])
    assert check([2, 4, 6], lambda w: (w ** 2).sum(), w)
    assert "too small at index [1]" in repr(check([2, 3, 6], lambda w: (w ** 2).sum(), w))


def squares(x):
    return pytorch.sum(x**2)


def backward_in_pytorch(x):
    squares(x).backward()
    return x.grad


@pytest.mark.parametrize("answer", [[2, 4], pytorch.tensor([2.0, 4.0]), backward_in_pytorch])
def test_functions_of_pytorch_are_differentiated_by_pytorch(answer):
    x = pytorch.tensor([1.0, 2.0], requires_grad=True)  # float32: it is checked in float64
    assert check(answer, squares, x)
    assert x.grad is None
    assert "too small at index [1]" in repr(check([2, 3], squares, x))
    assert repr(check(..., squares, x)).startswith("not answered yet")


def test_the_learners_tensors_stay_as_they_are():
    w = torch.tensor(2.0, requires_grad=True)
    check(lambda w: (w ** 2).backward() or w.grad, lambda w: w ** 2, w)
    assert w.grad is None and w.item() == 2.0


def test_what_is_missing_is_named():
    with pytest.raises(TypeError, match="the function itself after the answer, not 5.0"):
        check(4.0, 5.0)
    with pytest.raises(ValueError, match="check needs the inputs too"):
        check(4.0, lambda x: x)
