"""`check` tells right answers from wrong ones, and says what may have gone wrong."""

import math
import sys
from fractions import Fraction

import numpy as np
import pytest

import autograd_core as torch
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch
from widgets.answers.exercise import check
from widgets.answers.verdict import Mistake, judged
from widgets.words.numbers_as_text import number


def predict(a, x=1):
    return a * x + 5


def error(a, x, target=7):
    return (a * x + 5 - target) ** 2


@one_in(3)
@pytest.mark.parametrize("slope", [0.00543, 0.00492, 0.0199, 0.0546, 0.111, 0.87])
def test_a_small_slope_may_be_rounded_to_three_digits_but_not_be_2_percent_off(slope):
    assert check(float(f"{slope:.3g}"), lambda w: slope * w, 2.0)
    assert check(number(slope), lambda w: slope * w, 2.0)
    for off in (0.98, 1.02):
        assert not check(off * slope, lambda w: slope * w, 2.0)


@pytest.mark.parametrize("slope", [0.001234, 0.00105, 0.01996])
def test_a_small_slope_may_be_given_as_it_is_shown(slope):
    assert check(number(slope).replace("−", "-"), lambda w: slope * w, 2.0)


@pytest.mark.parametrize("answer", [..., lambda w: ...])
def test_a_stub_is_not_answered_yet(answer):
    verdict = check(answer, lambda w: w**3, 2.0)
    assert not verdict and repr(verdict).startswith("not answered yet")


@pytest.mark.parametrize(
    "answer",
    [
        12,
        12.0,
        12.004,
        "12",
        "3*2²",
        torch.tensor(12.0),
        Fraction(12),
        np.float32(12),
        lambda w: 3 * w**2,
        lambda w: 3 * w.item() ** 2,
    ],
)
def test_right_answers_of_any_kind_pass(answer):
    verdict = check(answer, lambda w: w**3, 2.0)
    assert verdict and repr(verdict).startswith("right")


@pytest.mark.parametrize("answer, words", [
    (-12, "the size is right, and the sign is wrong"),
    (1 / 12, "1 divided by the slope: it tells how far w moves for each unit of the output"),
    (8, "8 is the value of the function"),
    (4, "the exponent 3 was not brought down as a factor"),
    (24, "the exponent was left at 3, and the power rule lowers it by 1"),
    (6, "only the exponent 3 was brought down"),
    (11.9, "too small"),
    (12.1, "too large"),
    (-3, "has the wrong sign, and another size"),
    (None, "If it is a .grad: was backward() called, on a tensor that requires grad? A result keeps its gradient only after retain_grad()"),
    ("twelve", "“twelve” is not known here: write its number instead"),
    (12 + 0j, "a number is wanted, not a complex one: take its .real or .imag"),
    ("0,5", "is the comma a decimal point? Then write 0.5"),
    ({}, "a number is wanted, not a dict"),
    (True, "a number is wanted, not a bool"),
    ([12, 12], "one number is wanted, not a list"),
    (math.nan, "nan is no finite number: was something divided by 0?"),
    (-math.inf, "-inf is no finite number"),
    (torch.tensor([[12.0]]), "one number is wanted, not a tensor of shape (1, 1)"),
])  # fmt: skip
def test_wrong_answers_are_told_what_is_wrong(answer, words):
    verdict = check(answer, lambda w: w**3, 2.0)
    assert not verdict and words in repr(verdict)


@pytest.mark.parametrize("answer", [11.9, -12, 24, 8])
def test_the_right_answer_is_not_given_away(answer):
    said = repr(check(answer, lambda w: w**3, 2.0))
    assert "12" not in said.replace(number(answer), "")


def test_where_the_slope_is_0_no_answer_is_taken_for_1_divided_by_it():
    assert "divided by" not in repr(check(1, lambda x: x.relu(), -0.5))


def test_mistakes_that_give_the_same_number_are_all_named():
    verdict = check(1, lambda x: x**2, 1.0)  # the value is 1, and so is the base of the power
    assert set(verdict.mistakes) == {"value", "power"}
    assert "not yet, and ambiguous: either " in repr(verdict) and ", or " in repr(verdict)


def test_twice_and_half_are_named_where_no_rule_gives_them():
    assert "twice the slope" in repr(check(6, lambda x: 3 * x + 1, 5.0))
    assert "half the slope" in repr(check(1.5, lambda x: 3 * x + 1, 5.0))


def loss(w, b):
    return ((X @ w + b) ** 2).sum()


X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 0.2]])
W, B = torch.tensor([[0.3, -0.7], [1.1, 0.4]]), torch.tensor([0.2, -0.3])


def slopes_of_loss():
    w, b = (torch.tensor(each.numpy(), requires_grad=True) for each in (W, B))
    loss(w, b).backward()
    return w.grad.numpy(), b.grad.numpy()


@pytest.mark.parametrize(
    "answer, wrt, kind",
    [
        (lambda: slopes_of_loss()[0].T, "w", "transpose"),
        (lambda: slopes_of_loss()[1] / 3, "b", "unsummed"),
        (lambda: 2 * (X @ W + B).numpy(), "b", "unsummed"),
        (lambda: slopes_of_loss()[1] / 2, "b", "power"),
        (lambda: -slopes_of_loss()[1], "b", "sign"),
    ],
)
def test_mistakes_of_the_catalogue_are_found_in_the_trace_of_the_function(answer, wrt, kind):
    verdict = check(answer(), loss, W, B, wrt=wrt)
    assert not verdict and kind in verdict.mistakes


def test_a_mistake_in_a_formula_is_named_where_it_shows():
    verdict = check(lambda x: torch.cos(3 * x), lambda x: torch.sin(3 * x), 0.5)
    assert verdict.mistakes == ("local",)
    assert repr(verdict).startswith("not yet, at x = 0.5: 0.0707 is only how fast the output changes with ")


@pytest.mark.parametrize("formula, words", [
    (lambda x: 1 / 0, "your code raised ZeroDivisionError: division by zero in line "),
    (lambda x: x.no_such, "your code raised AttributeError: "),
    (lambda: 1, "your code raised TypeError: "),
    (lambda x: exec("assert False"), "your code raised AssertionError in line "),
])  # fmt: skip
def test_a_formula_that_raises_is_told_in_words(formula, words):
    verdict = check(formula, lambda x: x**2, 3.0)
    assert not verdict and words in repr(verdict)
    assert repr(verdict).startswith("not yet, at x = 3: your code raised ")
    assert "Traceback" not in repr(verdict) and "\n" not in repr(verdict)


def test_what_a_lessons_helper_asserts_is_told_as_it_stands():
    def helper(x):
        raise AssertionError("a Value is wanted, not a tensor")

    assert repr(check(helper, lambda x: x**2, 3.0)) == "not yet, at x = 3: a Value is wanted, not a tensor"


def test_the_line_is_the_innermost_one_that_the_learner_wrote():
    def rule(x):
        return x.no_such

    said = repr(check(lambda x: rule(x), lambda x: x**2, 3.0))
    assert said.endswith("in line %d, return x.no_such" % (rule.__code__.co_firstlineno + 1))


def test_a_stub_that_raises_elsewhere_only_is_told_where():
    verdict = check(lambda x: 2 * x if x.item() == 3 else [][0], lambda x: x**2, 3.0)
    assert repr(verdict).startswith("not yet, at x = ") and "IndexError" in repr(verdict)
    assert ", though right where it was tried first: your code raised " in repr(verdict)


def test_a_formula_that_returns_nothing_is_asked_for_what_it_has():
    said = "the answer is None. Is a return missing, or is it a .grad that nothing has reached?"
    assert repr(check(lambda x: None, lambda x: x**2, 3.0)) == f"not yet, at x = 3: {said}"


def test_a_list_with_an_entry_that_is_no_number_is_told_which():
    w = torch.tensor([1.0, 2.0, 3.0])
    for wrong, words in [
        ([2, None, 6], "[1]: a number is wanted, not None"),
        ([2, "x", 6], "[1]: “x” is not known here"),
        ([2, 4, math.nan], "[2]: nan is no finite number"),
        ([2, ..., 6], "[1]: a number is wanted, not three dots"),
        ([[2], [4, 6]], "rows of one length are wanted"),
        ([], "the shape should be (3,), that of w, not (0,)"),
    ]:
        assert words in repr(check(wrong, lambda w: (w**2).sum(), w))


def test_a_place_can_be_repeated():
    def f(a, b):
        return (a * b).sum()

    verdict = check(lambda a, b: a, f, torch.tensor([1.0, 2.5]), torch.tensor([3.0, 1.0]), wrt="a")
    assert repr(verdict).startswith("not yet, at a = [1, 2.5], b = [3, 1]: ")
    wide = check(lambda a, b: a, f, torch.ones(20), 2 * torch.ones(20), wrt="a")
    assert repr(wide).startswith("not yet, at a = a tensor of shape (20,), b = ")


def test_the_noise_of_a_central_difference_is_no_slope():
    assert check(0, lambda x: (x - x) + 1e6, 3.0)
    assert check(0, lambda x: x**2 + 1e5, 0.0)


def test_the_input_that_is_nudged_is_chosen_by_name():
    assert check(1.0, predict, 4.0, 1.0, wrt="a")
    assert check(4.0, predict, 4.0, 1.0, wrt="x")
    with pytest.raises(ValueError, match="'a', 'x', not None, unless the answer is an operation"):
        check(1.0, predict, 4.0, 1.0)
    with pytest.raises(ValueError, match="not 'b'"):
        check(1.0, predict, 4.0, 1.0, wrt="b")


def test_a_formula_must_hold_in_more_than_one_place():
    assert check(lambda a, x: 2 * (a * x - 2) * x, error, 1.0, 1.0, wrt="a")
    verdict = check(lambda a, x: 2 * (a * x - 2), error, 1.0, 1.0, wrt="a")  # right at x = 1 only
    assert not verdict and repr(verdict).startswith("not yet, at a = ")


def test_a_formula_is_not_tried_outside_the_domain():
    assert check(lambda x: 0.5 * x**-0.5, lambda x: x**0.5, 0.3)


def test_a_learners_function_may_use_backward():
    def slope(w):
        (w**2).backward()
        return w.grad

    def stale(w):
        (w**3).backward()
        return slope(w)

    assert check(slope, lambda w: w**2, 2.0)
    assert not check(stale, lambda w: w**2, 2.0)


def test_arrays_are_compared_element_by_element():
    w = torch.tensor([1.0, 2.0, 3.0])
    assert check([2, 4, 6], lambda w: (w**2).sum(), w)
    said = "1 of 3 elements is off, most of all the one at [1]: it is too small"
    assert said in repr(check([2, 3, 6], lambda w: (w**2).sum(), w))


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
    assert "most of all the one at [1]: it is too small" in repr(check([2, 3], squares, x))
    assert repr(check(..., squares, x)).startswith("not answered yet")


def test_the_learners_tensors_stay_as_they_are():
    w = torch.tensor(2.0, requires_grad=True)
    check(lambda w: (w**2).backward() or w.grad, lambda w: w**2, w)
    assert w.grad is None and w.item() == 2.0


def test_what_is_missing_is_named():
    with pytest.raises(TypeError, match="the function itself after the answer, not 5.0"):
        check(4.0, 5.0)
    with pytest.raises(ValueError, match="check needs the inputs too"):
        check(4.0, lambda x: x)


@pytest.mark.parametrize("lib", [torch, pytorch])
def test_a_function_that_is_float32_inside_is_measured_with_a_wider_nudge(lib):
    def double(w):
        return (w.float() * lib.ones(2, dtype=lib.float32)).sum()

    verdict = check(2, double, lib.tensor(2.0))
    assert verdict and "in float32 with a nudge of 0.005" in repr(verdict)
    assert not check(2.1, double, lib.tensor(2.0))
    assert check(lambda w: 2.0, double, 2.0) and not check(lambda w: 2.1, double, 2.0)


def test_an_operation_that_is_float32_inside_is_checked():
    ones = pytorch.ones(2)

    class Scale(pytorch.autograd.Function):
        factor = 3.0

        @staticmethod
        def forward(ctx, x):
            return 3.0 * x * ones

        @classmethod
        def backward(cls, ctx, gradient):
            return cls.factor * gradient.sum().double()

    verdict = check(Scale, lambda x: x.float() * ones * 3.0, 2.0)
    assert verdict and "in float32 with a nudge of 0.005" in repr(verdict)
    Scale.factor = 2.9
    verdict = check(Scale, lambda x: x.float() * ones * 3.0, 2.0)
    assert not verdict and "the gradient of x" in repr(verdict)


def test_numbers_are_given_to_functions_of_pytorch_as_its_tensors():
    assert check(12, lambda w: pytorch.pow(w, 3), 2.0)
    assert check(lambda w: 3 * pytorch.square(w), lambda w: pytorch.pow(w, 3), 2.0)
    verdict = check(8, lambda w: pytorch.pow(w, 3), 2.0)
    assert "8 is the value" in repr(verdict)


def test_a_model_in_float32_is_measured_as_finely_as_any():
    pytorch.manual_seed(0)
    model, x = pytorch.nn.Linear(3, 1), pytorch.ones(2, 3)
    right = model.weight.detach().expand(2, 3)
    assert check(right, lambda x: model(x).sum(), x)
    assert "twice the slope" in repr(check(2 * right, lambda x: model(x).sum(), x))


# ---------------------------------------------------------------- accumulated gradients


def cube(x):
    return x**3


def test_a_sum_in_place_of_a_mean_is_twice_the_slope_and_not_a_part_of_it():
    """At a = 1 one of the two paths sends just what is twice the slope, as the other is negative."""

    def mean(a):
        return (error(a, 1) + (2 * a + 5 - 6) ** 2) / 2

    def slope_of_sum(a):
        (2 * mean(a)).backward()
        return a.grad

    for verdict in (check(slope_of_sum, mean, 1.0), check(2, mean, 1.0)):
        assert verdict.mistakes == ("double",) and "this is twice the slope" in repr(verdict)
    assert "3 times the slope" in repr(check(9, lambda x: 3 * x + 1, 5.0))


def test_what_is_read_from_grad_makes_no_slip_with_a_rule():
    w = torch.tensor(1.0, requires_grad=True)
    u = 3 * w
    (u**2).backward()
    assert check(18, lambda u: u**2, 3.0).mistakes == ("output", "power")
    said = repr(check(w.grad, lambda u: u**2, 3.0))
    assert said == (
        "not yet: this is 3 times the slope: is it u.grad, with each pass once, and with every factor, as "
        "that of a mean?"
    )


def test_half_of_a_sum_on_the_way_may_also_be_one_of_its_two_parts():
    def twice(w):
        shared = 3 * w
        return shared * shared

    said = repr(check(18, twice, 2.0))
    assert "on the way, at shared: 6 is what shared·shared sends for one use alone: shared is" in said
    assert said.endswith(", or this is half the slope")


@pytest.mark.parametrize("formula, words", [
    (lambda x: 2 * 3 * x ** 2, "on the way, at s: 2 is what comes by way of 2·s alone: s is used twice"),
    (lambda s: 2 * 3 * s ** 2, "on the way, at s³: 2 is what comes by way of 2·s³ alone: s³ is used"),
])  # fmt: skip
def test_a_slip_is_told_with_the_variables_of_the_function_unless_an_input_is_called_so(formula, words):
    def both(x):
        s = x**3
        return 2 * s + s.sin()

    before = sys.getprofile()
    assert words in repr(check(formula, both, 2.0))
    assert sys.getprofile() is before


def test_half_the_slope_may_also_be_one_of_two_equal_parts():
    verdict = check(3, lambda a: a * a, 3.0)
    assert set(verdict.mistakes) == {"overwrote", "half"}
    said = "3 is what a·a sends for one use alone: a is used twice, and what comes back from each use adds up, or "
    assert said in repr(verdict)


@pytest.mark.parametrize("lib", [torch, pytorch])
def test_a_reset_that_was_forgotten_is_told_in_the_learners_own_names(lib):
    def slope(w):
        (w**2).backward()
        (w**3).backward()
        return w.grad

    verdict = check(slope, cube, lib.tensor(2.0))
    assert verdict.mistakes == ("stale",)
    assert repr(verdict) == (
        "not yet, at w = 2: w.grad still holds what an earlier pass left there: reset it before the pass "
        "that counts"
    )


def test_what_the_input_itself_holds_is_recognised():
    p, q = (torch.tensor(each, requires_grad=True) for each in (1.0, 2.0))
    (p * q.sin()).backward()
    (p * q**2).backward()
    verdict = check(q.grad, lambda p, q: p * q**2, p, q, wrt="q")
    assert verdict.mistakes == ("grad",) and "what q.grad holds, and not the slope. Is every" in repr(verdict)
    assert "pass" not in repr(check(q.grad.item(), lambda p, q: p * q**2, p, q, wrt="q"))


def test_a_gradient_that_is_too_large_may_hold_an_earlier_pass():
    w = torch.tensor(2.0, requires_grad=True)
    (w**2 / 3).backward()
    cube(w).backward()
    asked = "too large. Is every pass in x.grad that belongs there, and no other?"
    assert asked in repr(check(w.grad, cube, 2.0))
    assert "pass" not in repr(check(torch.tensor(11.0), cube, 2.0))
    assert "pass" not in repr(check(lambda w: 3.1 * w**2, cube, 2.0))


def test_at_most_two_mistakes_are_named():
    slips = [Mistake(kind, f"it was {kind}", np.array(2.0)) for kind in ("this", "that", "both")]
    assert repr(judged(2, 5, slips)) == "not yet, and ambiguous: either it was this, or it was that"


def test_a_slip_is_told_in_words_of_the_first_lesson():
    said = repr(check(3, error, 1.0, 3.0, wrt="a"))
    assert said == (
        "not yet: 3 is only how fast a·x changes with a: multiply by how fast the output changes with a·x"
    )


def fork(x):
    return (3 * x) * x**2


@one_in(3)
@pytest.mark.parametrize("formula, kinds, words", [
    (lambda x: 3 * 2 * x, (), "it is too small"),  # at x = 1 two readings fit, by chance
    (lambda x: 7, ("ignored",), "the same whatever x is, and the slope changes with it"),
    (lambda x: 3 * x ** 2, ("overwrote",), "3 is what comes by way of 3·x alone"),
    (lambda x: 3 * x ** 2 + 3 * x, ("local",), "3 is only how fast the output changes with x²"),
    (lambda x: 3 + 2 * x, ("incoming",), "how fast each of them changes was added up"),
    (lambda x: 18 * x ** 2, ("double",), "twice the slope"),
    (lambda x: -9 * x ** 2, ("sign",), "the size is right, and the sign is wrong"),
    (lambda x: 9, ("ignored",), "the same whatever x is"),
])  # fmt: skip
def test_of_a_formula_only_a_mistake_that_fits_in_all_places_is_named(formula, kinds, words):
    verdict = check(formula, fork, 1.0)
    assert verdict.mistakes == kinds and words in repr(verdict)


def test_of_a_formula_other_places_tell_mistakes_apart():
    """At a = 1 the operands of a·x may also be swapped, as far as the numbers go."""
    verdict = check(lambda a, x: 2 * (a * x - 2), error, 1.0, 3.0, wrt="a")
    assert verdict.mistakes == ("local",) and "ambiguous" not in repr(verdict)
    assert len(check(2, error, 1.0, 3.0, wrt="a").mistakes) > 1


@pytest.mark.parametrize("answer, mark, word", [
    (6, "✓", "Right"), (7, "✗", "Not yet"), ("0,5", "?", "Cannot be read"), (lambda x: 3 * x, "✗", "Not yet"),
])  # fmt: skip
def test_a_verdict_has_a_mark_a_line_and_its_word_first(answer, mark, word):
    verdict = check(answer, lambda x: x**2, 3.0)
    assert f"<b>{mark} {word}</b>" in verdict._repr_html_() and repr(verdict).startswith(word.lower())


def test_before_there_is_an_answer_there_is_no_verdict_to_see():
    assert check(..., lambda x: x**2, 3.0)._repr_html_() is None


@pytest.mark.parametrize("torch", [torch, pytorch], ids=["engine", "pytorch"])
@pytest.mark.parametrize("fn, x", [
    (lambda torch, x: torch.relu(x), 0.0),
    (lambda torch, x: torch.relu(x - 3) * 1e4 + x, 3.0),
    (lambda torch, x: torch.relu(x - 3) + 2 * x, 3 + 5e-7),
    (lambda torch, x: torch.max(x, dim=0)[0], [1.0, 1.0]),
    (lambda torch, x: torch.floor(x) * x, 2.0),
])  # fmt: skip
def test_at_a_kink_there_is_no_slope_to_be_right_or_wrong_about(torch, fn, x):
    for answer in (0, 0.5, 1):
        verdict = check(np.full(np.shape(x), answer), lambda x: fn(torch, x), torch.tensor(x))
        assert (
            not verdict
            and "this cannot be checked: " in repr(verdict)
            and "as at a kink or a jump" in repr(verdict)
        )


@pytest.mark.parametrize("torch", [torch, pytorch], ids=["engine", "pytorch"])
@pytest.mark.parametrize("answer, fn, x", [
    (0, lambda x: x.abs() * x, 0.0),
    (0, lambda x: x.relu() ** 2, 0.0),
    (1, lambda x: x.relu(), 5e-7),
    (2e6, lambda x: 1e6 * x**2, 1.0),
    (6, lambda x: (x * x.detach()) + 1e4 * 0, 3.0),
    (1e4, lambda x: (x * 1e4).sin(), 0.0),
])  # fmt: skip
def test_beside_a_kink_and_where_the_function_only_bends_there_is_one(torch, answer, fn, x):
    assert check(answer, fn, torch.tensor(x, dtype=torch.float64))
