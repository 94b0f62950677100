"""`check` looks at what was done: at the code of an answer, and at what happened while it ran."""

import functools
import math

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch
from tests.widgets.cells import run_cells
from widgets.answers.exercise import check

IN_BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["engine", "pytorch"])
ENGINE = """
w = torch.tensor(3.0, requires_grad=True)
u = 2 * w
E = (u - 1) ** 2
{}
check({}, lambda w: (2 * w - 1) ** 2, 3.0, passes=1)
"""


@IN_BOTH
@pytest.mark.parametrize("lines, answer, words", [
    ("gradient = E.backward()", "gradient", "E.backward() returns None: it leaves the gradient in the .grad of what"),
    ("", "E.backward()", "E.backward() returns None: it leaves the gradient in the .grad of what"),
    ("gradient = u.retain_grad()", "gradient", "u.retain_grad() returns None: it lets u keep its gradient"),
    ("gradient = w.grad", "gradient", "w.grad is None: backward() was not called"),
    ("E.backward()\ngradient = u.grad", "gradient", "u.grad is None: u is a result, and keeps its gradient only if u.retain_grad()"),
    ("E.backward()\nu.retain_grad()\ngradient = u.grad", "gradient", "u.grad is None: u.retain_grad() came too late"),
    ("E.backward()\nw.grad = None\ngradient = w.grad", "gradient", "w.grad is None: no pass has reached w since it was made, or reset"),
    ("w = torch.tensor(3.0)\ngradient = w.grad", "gradient", "w.grad is None: w does not record. What is to have a gradient is created with requires_grad=True"),
    ("gradient = E.backward", "gradient", "backward was not called: write brackets after it, backward(), and answer with the .grad"),
    ("E.backward()\ngradient = w.grad.item", "gradient", "item was not called: write brackets after it, item()"),
    ("gradient = E.sum", "gradient", "sum was not called: write brackets after it, sum()"),
    ("gradient = E.retain_grad", "gradient", "retain_grad was not called: write brackets after it"),
    ("gradient = float", "gradient", "float is a type, and not a number"),
    ("gradient = torch.Tensor", "gradient", "Tensor is a type, and not a number"),
    ("w.backward()\ngradient = w.grad", "gradient", "1 is how fast w moves with itself: backward() should be called on the result, not on w"),
    ("E.backward()\ngradient = w", "gradient", "this is w itself. Its slope is in w.grad, after backward()"),
    ("E.backward()\ngradient = E", "gradient", "25 is the value of the function, not its slope"),
    ("E.backward()\ngrad = w.grad", "gradient", "gradient was given no value in this cell, and one from an earlier cell is not judged: should grad be called"),
    ("gradient = 20", "gradient", "the number is right, and here backward() should find it: no tensor has it in its .grad"),
    ("gradient = '4*(2*3-1)'", "gradient", "the number is right, and here backward() should find it"),
    ("gradient = 2 * 3 ^ 2", "gradient", "a power is written with **, and the ^ of 2 * 3 ^ 2 does"),
])  # fmt: skip
def test_how_an_answer_came_about_is_told(torch, lines, answer, words):
    before = (
        "x = torch.tensor(10.0, requires_grad=True)\n(x**2).backward()\ngrad = gradient = 20"  # another cell
    )
    said = run_cells(before, ENGINE.format(lines, answer), torch=torch)
    assert not said and words in repr(said) and repr(said).startswith("not yet: ")


RESULT = """
w = torch.tensor(1.0, requires_grad=True)
u = 3 * w
out = u ** 2
{}
check(gradient, lambda u: u ** 2, 3.0, passes=1)
"""
FIXED = """
w = torch.tensor(2.0, requires_grad=True)
s = w ** 2
E = s * w
{}
check(gradient, lambda w: 4 * w, 2.0, passes=1)
"""


@IN_BOTH
@pytest.mark.parametrize("cell, lines, words", [
    (RESULT, "out.backward()\ngradient = w.grad", "this is w.grad, and the slope by u is asked for"),
    (RESULT, "other = torch.tensor(3.0, requires_grad=True)\n(other * out).backward()\ngradient = other.grad", "this is other.grad, and the slope by u is"),
    (RESULT, "u.retain_grad()\n(2 * out).backward()\ngradient = u.grad", "this is twice the slope: are the factors of the output right"),
    (FIXED, "E.backward()\ngradient = w.grad", "this is 3 times the slope: are the factors of the output right, such as that of a mean, or is something recorded that should count as fixed?"),
])  # fmt: skip
def test_a_gradient_of_another_tensor_or_of_another_output_is_told(torch, cell, lines, words):
    said = repr(run_cells(cell.format(lines), torch=torch))
    assert said.startswith(f"not yet: {words}")


@IN_BOTH
@pytest.mark.parametrize("lines", ["E.backward()\ngradient = w.grad", "E.backward()\ngradient = w.grad.item()",
                                   "u.retain_grad()\nE.backward()\ngradient = 2 * u.grad"])  # fmt: skip
def test_what_backward_has_found_passes(torch, lines):
    assert run_cells(ENGINE.format(lines, "gradient"), torch=torch)


FOUND = """
def found():
    t = torch.tensor(1.37, requires_grad=True)
    (t**3).backward()
    return t.grad
"""


@IN_BOTH
@pytest.mark.parametrize("lines, right", [
    ("gradient = found()", True),
    ("gradient = found().item()", True),
    ("gradient = round(float(found()), 2)", True),
    ("t = torch.tensor(1.37, requires_grad=True)\n(gradient,) = torch.autograd.grad(t**3, t)", True),
    ("p = torch.tensor(1.37, requires_grad=True)\n(p**3).backward()\ngradient = 5.63", True),
    ("p = torch.tensor(1.37, requires_grad=True)\n(p**3).backward()\ngradient = 5.6", False),
    ("gradient = 5.63", False),
    ("gradient = torch.tensor(5.6307)", False),
    ("gradient = 3 * 1.37**2", False),
])  # fmt: skip
def test_a_grad_of_a_tensor_that_is_gone_and_a_rounded_one_pass(torch, lines, right):
    told = run_cells(FOUND, f"{lines}\ncheck(gradient, lambda p: p**3, 1.37, passes=1)", torch=torch)
    assert bool(told) is right, told


def test_a_gradient_of_an_earlier_cell_does_not_count():
    engine = ENGINE.format("E.backward()\ngradient = w.grad", "gradient")
    typed = "gradient = 20\ncheck(gradient, lambda w: (2 * w - 1) ** 2, 3.0, passes=1)"
    assert not run_cells(engine, typed, torch=autograd_core)
    for again in ("gradient = w.grad\ncheck(gradient", "w\ncheck(w.grad"):
        assert run_cells(engine, typed.replace("gradient = 20\ncheck(gradient", again), torch=autograd_core)


def test_an_answer_of_an_earlier_cell_is_judged_where_nothing_here_was_meant_as_one():
    assert run_cells("answer = 6", "start = 3.0\ncheck(answer, lambda x: x**2, start)", torch=autograd_core)
    run_cells("slope = 6", "points = 2\nassert check(slope, lambda x: x**2, 3.0)", torch=autograd_core)
    said = run_cells("slope = lambda x: x", "def slop(x):\n    return 2 * x\n\ncheck(slope, lambda x: x**2, 3.0)", torch=autograd_core)  # fmt: skip
    assert "should slop be called slope?" in repr(said)


# ---------------------------------------------------------------- functions, while they run


def mean(a):
    return (first(a) + second(a)) / 2


def first(a):
    return (a - 2) ** 2


def second(a):
    return (2 * a - 1) ** 2


def two_passes(a, *, reset=False, half=1.0, last=True):
    (half * first(a)).backward()
    if reset:
        a.grad = None
    if last:
        (half * second(a)).backward()
    return a.grad


@one_in(3)
@IN_BOTH
@pytest.mark.parametrize("answer, fn, words", [
    (lambda a: two_passes(a), mean, "this is twice the slope: 2 passes were added up in a.grad, is each as large as it should be?"),
    (lambda a: two_passes(a, half=0.5, reset=True), mean, "this is what the last of 2 passes has sent, alone: a reset has dropped"),
    (lambda a: two_passes(a), second, "a.grad still holds what an earlier pass left there: reset it before the pass that counts"),
    (lambda a: two_passes(a, reset=True), lambda a: first(a) + second(a), "this is what the last of 2 passes has sent, alone"),
    (lambda a: two_passes(a, half=0.5, last=False), mean, "first(a)" and "not yet, at a = 3: "),
])  # fmt: skip
def test_of_several_passes_it_is_told_which_are_in_grad(torch, answer, fn, words):
    verdict = check(answer, fn, torch.tensor(3.0))
    assert not verdict and words in repr(verdict)
    assert ("stale" in verdict.mistakes) is (fn is second)


@IN_BOTH
@pytest.mark.parametrize("answer, passes, words", [
    (lambda a: a - 2 + 4 * a - 2, 1, "the slope is right, and here backward() should find it: return what it leaves in .grad"),
    (lambda a: mean(a).backward() or a - 2 + 4 * a - 2, 1, "here backward() should find it: return what it leaves in .grad"),
    (lambda a: mean(a).backward() or a.grad, 2, "here it should come of 2 backward passes, not 1"),
    (lambda a: mean(a).backward() or a.grad, 0, "here it should be worked out without backward()"),
    (lambda a: two_passes(a, half=0.5), 0, "here it should be worked out without backward()"),
])  # fmt: skip
def test_a_right_slope_that_was_found_in_another_way_than_the_exercise_wants_is_told_so(
    torch, answer, passes, words
):
    verdict = check(answer, mean, torch.tensor(3.0), passes=passes)
    assert verdict.mistakes == ("typed",) and words in repr(verdict)
    assert check(answer, mean, torch.tensor(3.0))


@one_in(3)
@IN_BOTH
@pytest.mark.parametrize("answer", [lambda a: a, lambda a: a * a, lambda a: 1.0, lambda a: a.detach() ** 3])
def test_what_is_right_at_one_place_only_is_not_called_the_slope(torch, answer):
    verdict = check(answer, mean, torch.tensor(1.0), passes=1)  # where the slope is 1 too
    assert not verdict and "the slope is right" not in repr(verdict)


@IN_BOTH
def test_each_way_to_run_a_backward_pass_counts(torch):
    for answer in [
        lambda a: mean(a).backward() or a.grad,
        lambda a: torch.autograd.backward(mean(a)) or a.grad,
        lambda a: torch.autograd.grad(mean(a), a)[0],
        lambda a: two_passes(a, half=0.5),
    ]:
        assert check(answer, mean, torch.tensor(3.0), passes=1)
    assert check(lambda a: two_passes(a, half=0.5), mean, torch.tensor(3.0), passes=2)
    assert check(lambda a: a - 2 + 4 * a - 2, mean, torch.tensor(3.0), passes=0)


def test_a_function_that_is_to_be_called_is_asked_for():
    def cube(x):
        return x**3

    def complex_step(x):
        return cube(complex(x.item(), 1e-20)).imag / 1e-20

    assert check(complex_step, cube, 2.0, uses=cube)
    said = repr(check(lambda x: 3 * x**2, cube, 2.0, uses=cube))
    assert said == "not yet: the slope is right, and here cube should be called to find it"


class Twice:
    def __call__(self, x):
        return 2 * x


@IN_BOTH
def test_the_call_of_what_has_no_python_code_of_its_own_is_seen_too(torch):
    twice = Twice()
    partly = functools.partial(twice)
    for answer, fn, uses in [
        (lambda x: math.cos(x), lambda x: x.sin(), math.cos),
        (lambda x: pytorch.cos(pytorch.tensor(x.item())), lambda x: x.sin(), pytorch.cos),
        (lambda x: pytorch.tensor(2.0).mul(x.item()), lambda x: x**2, pytorch.Tensor.mul),
        (lambda x: x.cos(), lambda x: x.sin(), torch.Tensor.cos),
        (lambda x: twice(x), lambda x: x**2, twice),
        (lambda x: twice(x), lambda x: x**2, Twice()),
        (lambda x: partly(x), lambda x: x**2, partly),
        (lambda x: np.mean([2 * x.item()]), lambda x: x**2, np.mean),
    ]:
        assert check(answer, fn, torch.tensor(3.0), uses=uses), uses
    for uses in (math.sin, torch.Tensor.sin, Twice(), np.mean):
        assert "should be called to find it" in repr(
            check(lambda x: 2 * x, lambda x: x**2, torch.tensor(3.0), uses=uses)
        )


@pytest.mark.parametrize("wanted, error, words", [
    ({"uses": "gen"}, TypeError, "uses should be a function of which a call can be seen.*not 'gen'"),
    ({"uses": np.cos}, TypeError, "uses should be .*not <ufunc 'cos'>"),
    ({"uses": autograd_core.Tensor}, TypeError, "uses should be "),
    ({"passes": "1"}, ValueError, "passes should be how many backward passes are wanted, such as 1, not '1'"),
    ({"passes": -1}, ValueError, "passes should be .*not -1"),
    ({"passes": 1.5}, ValueError, "passes should be .*not 1.5"),
])  # fmt: skip
def test_what_no_answer_could_meet_is_refused(wanted, error, words):
    with pytest.raises(error, match=words):
        check(6, lambda x: x**2, 3.0, **wanted)


@IN_BOTH
@pytest.mark.parametrize("found", [
    lambda torch, x: (x**2).backward(create_graph=True) or x.grad,
    lambda torch, x: torch.autograd.backward(x**2, create_graph=True) or x.grad,
    lambda torch, x: torch.autograd.grad(x**2, x, create_graph=True)[0],
    lambda torch, x: torch.func.grad(lambda x: x**2)(x),
])  # fmt: skip
def test_a_gradient_that_can_be_differentiated_again_comes_from_a_pass(torch, found):
    assert check(lambda x: found(torch, x), lambda x: x**2, torch.tensor(3.0), passes=1)
    assert "without backward()" in repr(
        check(lambda x: found(torch, x), lambda x: x**2, torch.tensor(3.0), passes=0)
    )


factor = 3.0


@one_in(2)
@pytest.mark.parametrize("answer, words", [
    (lambda side: 12, "this gives the same whatever side is, and the slope changes with it"),
    (lambda side: 3 * factor**2, "whatever side is, and the slope changes with it. factor is none of its inputs, and has its value from another cell"),
    (lambda side: autograd_core.tensor(7.0), "whatever side is, and the slope"),
    (lambda side: 0 * side, "whatever side is, and the slope"),
])  # fmt: skip
def test_an_input_that_a_formula_does_not_heed_is_named(answer, words):
    verdict = check(answer, lambda side: side**3, 2.0)
    assert verdict.mistakes == ("ignored",) and words in repr(verdict)
    assert check(lambda a, x: 2 * (factor * x - x) * x, lambda a, x: (a * x - x) ** 2, 3.0, 1.0, wrt="a").mistakes == ("ignored",)  # fmt: skip
    assert check(lambda a: 3, lambda a: 3 * a + 1, 2.0)


def test_a_name_that_comes_from_another_cell_is_told():
    said = repr(check(lambda side: 2 * side * factor, lambda side: side**3, 2.0))
    assert said.endswith(". factor is none of its inputs, and has its value from another cell")
    assert "none of its inputs" not in repr(check(lambda a: 7 * factor * a, lambda a: factor * a**2, 2.0))
    assert "none of its inputs" not in repr(run_cells("def slope(x):\n    return 2.1 * x * k\n\nk = 1\ncheck(slope, lambda x: x**2, 3.0)", torch=autograd_core))  # fmt: skip
    assert "none of its inputs" not in repr(run_cells("grad = 1", "def slope(x):\n    (x**3).backward()\n    return x.grad\n\ncheck(slope, lambda x: x**2, 3.0)", torch=autograd_core))  # fmt: skip
    assert "k is none of its inputs" in repr(run_cells("k = 1", "def slope(x):\n    return 2.1 * x * k\n\ncheck(slope, lambda x: x**2, 3.0)", torch=autograd_core))  # fmt: skip


@IN_BOTH
@pytest.mark.parametrize("formula, xor", [
    (lambda x: 3 * x ^ 2, "3 * x ^ 2"),
    (lambda x: 3 * (x ^ 2), "x ^ 2"),
    (lambda x: 3 * x.item() ^ 2, "3 * x.item() ^ 2"),
    (lambda x: 12 + (3 ^ 2), "3 ^ 2"),
])  # fmt: skip
def test_a_power_is_written_with_two_stars(torch, formula, xor):
    said = repr(check(formula, lambda x: x**3, torch.tensor(2.0)))
    assert f"a power is written with **, and the ^ of {xor} does something else in Python" in said


def test_an_answer_of_two_parts_is_told_which_one_is_missing():
    def slope(w):
        first = ...
        return first + 2 * w

    said = check(slope, lambda w: w**2 + 3 * w, 2.0).message
    assert said == "not yet: the three dots of first are still there"
