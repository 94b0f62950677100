"""GradientCheck: what is measured and what is said, for both libraries."""

import inspect
import json
import math
import re
import warnings
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import autograd_core
from autograd_core import gradcheck
from tests.exhaustive import one_in
from tests.oracle import torch
from tests.widgets.programs import forgetful
from widgets import GradientCheck
from widgets.base import packed
from widgets.functions.function import Function
from widgets.gradient_check.derivatives import AGREES, DIFFERS, UNTOLD
from widgets.gradient_check.step_curve import BACKWARD, COMPLEX, STEPS, decade, roughly

LIBRARIES = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["autograd_core", "torch"])


def worked_example(p1, p2_1, p2_2, p3):
    o1 = (p1 * 3) ** 2 + 1
    o2_1 = (p2_1 * o1) ** 0.5 - 4
    o2_2 = (p2_2 * o1).sin()
    return 8 * (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3


def numbers(lib, *values, dtype=None):
    return lib.tensor(values, dtype=dtype or lib.float64)


def verdicts(check):
    return check.derivatives.verdicts.tolist()


# ---------------------------------------------------------------------- what is found


@LIBRARIES
def test_the_worked_example_agrees(lib):
    check = GradientCheck(worked_example, [lib.tensor(v, dtype=lib.float64) for v in (1, 2, 3, 1.5)])
    assert check.agrees and verdicts(check) == [AGREES] * 4
    assert check.text().splitlines() == [
        "All 4 derivatives agree with central differences.",
        "element  backward()  central difference  complex step      difference  verdict",
        "p1          19.5745             19.5745       19.5745  less than 1e−6   agrees",
        "p2_1         1.0581              1.0581        1.0581  less than 1e−6   agrees",
        "p2_2         2.9195              2.9195        2.9195  less than 1e−6   agrees",
        "p3          −0.9488             −0.9488       −0.9488  less than 1e−6   agrees",
    ]


@LIBRARIES
def test_a_wrong_backward_is_caught_and_the_worst_element_pointed_out(lib):
    square = forgetful(lib)
    check = GradientCheck(lambda w: square(w).sum(), numbers(lib, 1.0, 0.0, 4.0, 2.0).reshape(2, 2))
    assert not check.agrees and verdicts(check) == [DIFFERS, AGREES, DIFFERS, DIFFERS]
    assert check.selected == check.derivatives.worst == 2
    assert check.describe() == (
        "3 of 4 derivatives DIFFER from central differences; the worst is w[1, 0]. w[1, 0]: "
        "backward() gives 4, a central difference 8. At h = 1e−6 the quotient differs from "
        "backward() by 4."
    )
    assert check.derivatives.curves[2].shape == "flat"


def test_the_furthest_disagrees_or_else_cannot_be_told_or_else_agrees():
    """Next to 1e8 the slope of 0.0012² is lost in round-off; the steep one agrees by far."""
    x = autograd_core.tensor([0.0, 1e4, 0.0012, 3.0])
    for wrong, verdict, furthest in ((0, UNTOLD, 2), (30, DIFFERS, 3)):
        check = GradientCheck(
            lambda x: (x * x).sum() + wrong * x.detach()[3], x, eps=1e-6, curves=1 + bool(wrong)
        )
        assert verdicts(check)[furthest] == verdict and UNTOLD in verdicts(check)
        assert check.derivatives.furthest == furthest and furthest in check.derivatives.curves
    assert GradientCheck(lambda x: (x * x.detach()).sum() + x.sum(), x[3:]).derivatives.furthest == 0


@LIBRARIES
def test_a_part_left_out_is_measured_against_the_complex_step(lib):
    check = GradientCheck(lambda x: x * x.detach() ** 2, numbers(lib, 3.0).squeeze())
    curve = check.derivatives.curves[0]
    assert curve.against == COMPLEX and curve.shape == "v"
    assert curve.reference == pytest.approx(27) and curve.analytic == pytest.approx(9)


@one_in(4)
@LIBRARIES
@pytest.mark.parametrize("function", [
    lambda lib, x, w: lib.addcmul(x, w, x, value=0.5), lambda lib, x, w: lib.addcdiv(x, w, x),
    lambda lib, x, w: lib.lerp(x, w, 0.3), lambda lib, x, w: lib.lerp(x, w, x * w),
    lambda lib, x, w: x.var(), lambda lib, x, w: (x * w).var(unbiased=False), lambda lib, x, w: x.std(),
    lambda lib, x, w: lib.stack([x, w]).var(0, keepdim=True), lambda lib, x, w: lib.stack([x, w]).std(1).exp(),
    lambda lib, x, w: lib.logsumexp(x * w, 0), lambda lib, x, w: lib.asinh(x * w),
    lambda lib, x, w: lib.where(lib.tensor([True, False, True]), x, w * x),
    lambda lib, x, w: x.masked_fill(lib.tensor([True, False, False]), 0.0) * w,
    lambda lib, x, w: lib.nn.functional.embedding(lib.tensor([0, 2, 0]), lib.stack([x, w, x])),
])  # fmt: skip
def test_what_is_made_of_sums_and_products_has_a_complex_step(lib, function):
    inputs = [numbers(lib, 0.3, 1.7, -0.6), numbers(lib, 0.9, -0.4, 1.1)]
    check = GradientCheck(lambda x, w: function(lib, x, w).sum(), inputs)
    found = check.derivatives
    assert "no complex step" not in check.text() and check.agrees
    np.testing.assert_allclose(found.complex_step, found.analytic, rtol=1e-12, atol=1e-14)


def test_a_spread_of_complex_numbers_stays_what_pytorch_says():
    """Only while a complex step is taken it is continued."""

    def power(x):
        return torch.complex(x, 2 * x).var() + torch.complex(x, x).std()

    found = GradientCheck(power, numbers(torch, 0.3, 1.7, -0.6))
    assert found.agrees


@LIBRARIES
@pytest.mark.parametrize("x, beside", [(1.0000004, True), (1 - 3e-7, True), (1 + 2e-9, True), (1.0, False)])
@pytest.mark.parametrize(
    "kinked", [lambda x: (x - 1).abs() + 2 * x, lambda x: (x - 1).relu() * 3, lambda x: x.clamp(max=1)]
)
def test_a_kink_is_told_only_where_there_is_one(lib, kinked, x, beside):
    check = GradientCheck(kinked, numbers(lib, x), curves=1)
    assert any("has a kink there" in hint for hint in check.derivatives.hints) is not beside
    assert check.agrees or not beside


@LIBRARIES
@pytest.mark.parametrize("name, at_zero", {"relu": DIFFERS, "abs": AGREES}.items())
def test_a_kink_is_explained(lib, name, at_zero):
    check = GradientCheck(lambda x: getattr(x, name)(), numbers(lib, 0.0))
    assert verdicts(check) == [at_zero]
    assert any("kink" in hint for hint in check.derivatives.hints)
    assert f"no complex step: {name} is not known to be analytic" in check.text()


@LIBRARIES
def test_a_jump_is_explained(lib):
    check = GradientCheck(lambda x: x.floor() * 2 + x, numbers(lib, 1.0))
    assert any("jumps" in hint for hint in check.derivatives.hints)
    assert check.derivatives.curves[0].shape == "jump"
    assert GradientCheck(lambda x: x.round(), numbers(lib, 1.2)).agrees


@LIBRARIES
def test_a_random_function_is_told_and_nothing_else(lib):
    check = GradientCheck(lambda x: x * lib.rand(1).item(), numbers(lib, 1.0, 2.0))
    assert not check.agrees and set(verdicts(check)) == {UNTOLD}
    assert "different values for the same input" in check.describe()
    assert "manual_seed" in check.text() and not check.derivatives.curves
    again = GradientCheck(lambda x: x * lib.rand(1).item(), numbers(lib, 1.0, 2.0))
    assert (again.text(), again.svg(), again.describe()) == (check.text(), check.svg(), check.describe())


@LIBRARIES
def test_float32_gets_a_step_and_tolerances_of_its_own(lib):
    check = GradientCheck(lambda x: (x**3).sum(), numbers(lib, 1.0, 2.0, dtype=lib.float32),
                          dtype="as given")  # fmt: skip
    assert check.agrees and check.derivatives.step == 5e-3
    assert "computed in float32" not in check.text()  # it does not matter here
    hidden = GradientCheck(
        lambda x: (x**3).sum() + 1000, numbers(lib, 0.01, dtype=lib.float32), dtype="as given"
    )
    assert verdicts(hidden) == [UNTOLD] and "too small to tell" in hidden.text()
    assert "computed in float32" in hidden.text() and ".double()" in hidden.text()
    curve = check.derivatives.curves[0]
    assert curve.best == pytest.approx((1.2e-7 * 9 / 2) ** (1 / 3), rel=0.05)  # f = 9, f‴/6 = 1
    assert "the step is lost" in curve.tells(0)


@LIBRARIES
def test_float32_inside_is_checked_as_float32_and_told(lib):
    check = GradientCheck(lambda x: (x.float() ** 2).double(), numbers(lib, 2.1, 3.3))
    assert check.agrees and check.derivatives.step == 5e-3
    assert "something inside" not in check.text() and "kink" not in check.text()
    hidden = GradientCheck(lambda x: (x.float() ** 3 + 1000).double(), numbers(lib, 0.01))
    assert "something inside is computed in float32" in hidden.text()
    square = forgetful(lib)
    wrong = GradientCheck(lambda x: square(x.float()).double(), numbers(lib, 2.1, 3.3))
    assert DIFFERS in verdicts(wrong) and "float32" not in wrong.text()  # far beyond round-off
    assert "float32" not in GradientCheck(lambda x: x**2, numbers(lib, 2.1, 3.3)).text()


@LIBRARIES
def test_what_is_no_number_cannot_be_told(lib):
    for x, outside in ((-1.0, UNTOLD), (0.0, UNTOLD), (2.0, AGREES)):
        check = GradientCheck(lambda x: x.log(), numbers(lib, x))
        assert verdicts(check) == [outside]
    check = GradientCheck(lambda x: x.sqrt(), numbers(lib, 1e-7), eps=1e-6)
    assert "is not a number" in check.describe() and "cannot be told" in check.text()
    json.dumps(check.data, allow_nan=False)


@LIBRARIES
def test_very_large_and_very_small_inputs_get_a_step_that_suits_them(lib):
    large = GradientCheck(lambda x: x**2, numbers(lib, 1e8))
    assert large.agrees and "next to numbers as large as these" in large.text()
    small = GradientCheck(lambda x: 1 / x, numbers(lib, 1e-7))
    assert small.agrees and "it is small itself" in small.text()
    assert "settle" not in small.text()
    assert not GradientCheck(lambda x: 1 / x, numbers(lib, 1e-7), eps=1e-6).agrees  # as asked for


@LIBRARIES
@pytest.mark.parametrize("fn, x, verdict, said", [
    (lambda x: x**3, 0.0, AGREES, ""),  # 0, and the central difference is h²
    (lambda x: 1e-8 * x.relu(), 0.0, AGREES, ""),
    (lambda x: 1e-8 * x * x.detach(), 3.0, DIFFERS, "both near 0, and yet they differ"),
    (lambda x: 1 / x, 0.0, UNTOLD, "inf at x"),
    (lambda x: x.log(), -1.0, UNTOLD, "nan at x − 1e−6, nan at x, nan at x + 1e−6"),
    (lambda x: x + 1e20, 1.0, UNTOLD, "round-off"),
])  # fmt: skip
def test_next_to_0_digits_tell_and_what_has_no_value_is_not_judged(lib, fn, x, verdict, said):
    check = GradientCheck(fn, lib.tensor(x))
    assert verdicts(check) == [verdict] and said in check.text() and check.agrees == (verdict == AGREES)


@LIBRARIES
def test_a_kink_within_the_wide_step_of_float32_is_no_mistake(lib):
    def of(fn, *values):
        return GradientCheck(fn, numbers(lib, *values, dtype=lib.float32), dtype="as given")

    check = of(lambda x: x.relu() * 3, 0.001, 1.0)
    assert check.agrees and "a larger step may reach a kink" in check.text()
    square = forgetful(lib)
    assert not of(lambda x: square(x), 0.1, 1.0).agrees


@LIBRARIES
def test_round_off_is_not_held_against_a_gradient(lib):
    check = GradientCheck(lambda x: x**3, numbers(lib, 1e8))
    assert check.agrees
    square = GradientCheck(lambda x: x**2, numbers(lib, 1e8), eps=1e-6)
    assert verdicts(square) == [UNTOLD] and "take a larger step" in square.text()
    assert GradientCheck(lambda x: x**2, numbers(lib, 1e8), eps=100.0).agrees


@LIBRARIES
def test_scalars_vectors_nothing_and_several_outputs(lib):
    scalar = GradientCheck(lambda x: x * x, lib.tensor(3.0, dtype=lib.float64))
    assert scalar.derivatives.title(0) == "x" and scalar.agrees
    several = GradientCheck(lambda x: (x * 2, x.sum()), numbers(lib, 1.0, 2.0))
    assert [several.derivatives.title(row) for row in range(6)] == [
        "output 0[0] by x[0]", "output 0[0] by x[1]", "output 0[1] by x[0]", "output 0[1] by x[1]",
        "output 1 by x[0]", "output 1 by x[1]",
    ]  # fmt: skip
    empty = GradientCheck(lambda x: x * 2, lib.zeros(0, dtype=lib.float64))
    assert empty.describe() == empty.text() == "There is nothing to compare: x or the output has no elements."
    assert "<svg" in empty.svg()


@LIBRARIES
def test_a_model_is_checked_by_the_names_of_its_parameters(lib):
    lib.manual_seed(0)
    model = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.Tanh(), lib.nn.Linear(3, 1)).double()
    x, y = lib.ones(4, 2, dtype=lib.float64), lib.zeros(4, 1, dtype=lib.float64)
    loss = lib.nn.MSELoss()
    check = GradientCheck(lambda: loss(model(x), y), dict(model.named_parameters()))
    assert check.agrees and check.derivatives.title(4) == "0.weight[2, 0]"
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.exhaustive
def test_a_large_input_is_compact_and_a_larger_one_sampled():
    x = autograd_core.rand(100, 100)
    check = GradientCheck(lambda x: (x * x).sum(), x)
    assert check.agrees and len(check.derivatives) == 10_000
    assert len(json.dumps(check.data)) < 500_000
    assert "and 9988 more" in check.text()
    some = GradientCheck(lambda x: (x * x).sum(), x, most=50)
    assert len(some.derivatives) == 50
    assert "of the 10000 elements of x 50 were checked, picked at random; most= sets" in some.text()
    group = some.derivatives.groups[0]
    at = np.unravel_index(group.columns[7], (100, 100))
    assert some.derivatives.analytic[7] == pytest.approx(2 * x[at].item())
    assert some.derivatives.title(7) == f"x[{at[0]}, {at[1]}]"


@pytest.mark.exhaustive
def test_the_step_can_be_varied_for_as_many_elements_as_are_asked_for():
    x = autograd_core.rand(20)
    usual = GradientCheck(lambda x: x**3, x, most=20)
    assert len(usual.derivatives.curves) == 16
    assert "for 16 elements, the worst first; curves= sets for how many" in usual.text()
    all_of_them = GradientCheck(lambda x: (x**3).sum(), x, curves=20)
    assert sorted(all_of_them.derivatives.curves) == list(range(20))
    assert "can be varied" not in all_of_them.text()
    assert len(GradientCheck(lambda x: (x**3).sum(), x, curves=1).data["curves"]) == 1


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_an_infinite_input_is_told_without_a_warning():
    assert "cannot be told" in GradientCheck(lambda x: x * 2, math.inf).describe()


def test_names_must_tell_the_inputs_apart():
    with pytest.raises(ValueError, match="each input needs a name of its own"):
        GradientCheck(lambda a, b: a * b, [1.0, 2.0], names=["x", "x"])


NONSENSE = {"curves": [0, 2.5, "all", True], "most": [-1, 1e3], "eps": [0, "small", math.inf, math.nan]}


@pytest.mark.parametrize("option, value", [(key, each) for key in NONSENSE for each in NONSENSE[key]])
def test_an_option_that_is_no_such_number_is_refused(option, value):
    with pytest.raises((TypeError, ValueError), match=f"{option} must be "):
        GradientCheck(lambda x: x**2, 2.0, **{option: value})


def test_a_large_jacobian_is_summed_up():
    check = GradientCheck(lambda x: x @ x, autograd_core.rand(20, 20))
    assert check.agrees and len(check.derivatives) == 400
    assert "sum with fixed random weights" in check.text()


def test_the_progress_of_a_long_check_counts_what_it_does(monkeypatch):
    from widgets.gradient_check import derivatives

    counted = []

    class Counting(derivatives.Progress):
        def close(self):
            counted.append((self.done, self.total))

    monkeypatch.setattr(derivatives, "Progress", Counting)
    GradientCheck(lambda x: x.sum(), autograd_core.rand(5))
    GradientCheck(lambda x: x * autograd_core.ones(800), 2.0)
    for done, total in counted:
        assert done == pytest.approx(total, rel=0.05)


# ---------------------------------------------------------------------- as strict for small gradients


def layer(lib, change):
    """A linear layer of one's own, whose gradient of the weight goes through ``change``."""

    class Linear(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, w, b):
            ctx.save_for_backward(x, w)
            return x @ w.T + b

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g @ w, change(g.T @ x), g.sum(0)

    class Layer(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias = lib.nn.Parameter(lib.randn(3, 4)), lib.nn.Parameter(lib.zeros(3))

        def forward(self, x):
            return Linear.apply(x, self.weight, self.bias)

    lib.manual_seed(0)
    return Layer()


@LIBRARIES
@pytest.mark.parametrize(
    "dtype, size, scale", [(None, 0.02, 1), (None, 1, 1e-6), ("as given", 0.02, 1), ("as given", 1, 1e-4)]
)
@pytest.mark.parametrize("change, wrong, said", [
    (lambda g: -g, 12, "every derivative by model.weight has the wrong sign"),
    (lambda g: g / 2, 12, "every derivative by model.weight is 0.5 times"),
    (lambda g: g * (g.abs() < g.abs().max()), 3, "exactly column 1 is wrong"),
    (lambda g: g, 0, "model.weight  all 12 agree"),
])  # fmt: skip
def test_small_inputs_and_small_losses_hide_no_wrong_gradient(lib, change, wrong, said, dtype, size, scale):
    model, x = layer(lib, change), size * lib.randn(1, 4)
    check = GradientCheck(lambda: scale * model(x).sum() / 6, model, dtype=dtype, curves=1)
    assert verdicts(check).count(DIFFERS) == wrong == 12 - verdicts(check)[:12].count(AGREES), check.text()
    assert said in check.text() and verdicts(check)[12:] == [AGREES] * 3


@LIBRARIES
def test_each_parameter_has_a_verdict_of_its_own_in_one_line(lib):
    model, x = layer(lib, lambda g: -g), lib.randn(5, 4)
    check = GradientCheck(lambda: model(x).square().mean(), model)
    assert [line.split(maxsplit=1) for line in check.text().splitlines()[1:3]] == [
        ["model.weight", "12 of 12 DIFFER"], ["model.bias", "all 3 agree"]]  # fmt: skip


@LIBRARIES
def test_of_one_alone_it_is_said_in_the_singular(lib):
    model, x = layer(lib, lambda g: g * (g.abs() < g.abs().max())), lib.randn(1, 4)
    check = GradientCheck(lambda: model(x)[:, 0].square().sum(), model)
    assert "1 of 12 DIFFERS" in check.text()


@LIBRARIES
def test_rounding_inside_that_the_outcome_does_not_show_is_measured(lib):
    check = GradientCheck(lambda x: ((x + 1e8) - 1e8).sum(), numbers(lib, 1.0, 2.0, 3.0))
    assert verdicts(check) == [UNTOLD] * 3 and "round-off" in check.text()


# ---------------------------------------------------------------------- what passes no gradient on


def through_detach(lib, w):
    a = w**2
    return (a + a.detach() * w).sum()  # here


def through_item(lib, w):
    return (w * w.sum().item()).sum()  # here


def through_no_grad(lib, w):
    with lib.no_grad():
        scale = w.square().mean()  # here
    return (w * scale).sum()


def through_data(lib, w):
    return (w * w.data + w).sum()  # here


def all_of_it(lib, w):
    return w.detach().exp().sum()  # here


@LIBRARIES
@pytest.mark.parametrize("cut", [through_detach, through_item, through_no_grad, through_data, all_of_it])
@pytest.mark.parametrize("held", [False, True])
def test_what_is_detached_in_part_is_told_with_its_line(lib, cut, held):
    w, v = numbers(lib, 1.0, 2.0, 3.0), numbers(lib, 1.0, 2.0)
    call = (lambda: cut(lib, w) + v.sum()) if held else (lambda w, v: cut(lib, w) + v.sum())
    check = GradientCheck(call, {"w": w.requires_grad_(), "v": v.requires_grad_()}, curves=1)
    lines, first = inspect.getsourcelines(cut)
    line = next(first + i for i, each in enumerate(lines) if "# here" in each)
    (hint,) = check.derivatives.hints
    assert hint.startswith("a part of the function does not pass its gradient on to w: `")
    assert hint.endswith(f", line {line}") and lines[line - first].count(hint.split("`")[1]) == 1


@LIBRARIES
def test_a_detached_part_that_is_right_is_not_blamed(lib):
    square = forgetful(lib)
    for fn, hints in ((lambda w: (w - w.max().detach()).exp().sum() * w.max().detach().exp(), 0),
                      (lambda w: (w * (w > 1.5)).sum(), 0), (lambda w: square(w).sum(), 1)):  # fmt: skip
        check = GradientCheck(fn, numbers(lib, 1.0, 2.0, 3.0), curves=1)
        assert len(check.derivatives.hints) == hints
    assert "0.5 times what it should be" in check.derivatives.hints[0]


@LIBRARIES
@pytest.mark.parametrize("fn, x, told", [
    (lambda lib, x: lib.where(x >= 0, x, (-x).sqrt()), 1.0, "derivative of sqrt at x = −1 is nan. * not taken, and 0·nan is nan"),
    (lambda lib, x: lib.where(x > 0, x.log(), x), 0.0, "derivative of log at x = 0 is infinite. * not taken, and 0·∞ is nan"),
    (lambda lib, x: (x * 0).sqrt() + x, 2.0, "derivative of sqrt at x = 0 is infinite"),
    (lambda lib, x: lib.where(x < 1, 1 / (1 - x), x**2), 1.0, "reciprocal|div"),
])  # fmt: skip
def test_where_a_gradient_is_no_number_it_is_told_where_that_begins(lib, fn, x, told):
    check = GradientCheck(lambda x: fn(lib, x), lib.tensor(x, dtype=lib.float64), curves=1)
    (hint,) = (hint for hint in check.derivatives.hints if "finite" in hint)
    assert hint.startswith("the function is finite, but the gradient of x is not: ") and "(line " in hint
    assert re.search(told.replace("*", ".*"), hint), hint


# ---------------------------------------------------------------------- memory of several


def a_tensor_and_its_detached_self(lib):
    w = lib.tensor([1.0, 2.0, 3.0], requires_grad=True)
    start = w.detach()
    return lambda: ((w - start) ** 2 + w * start).sum(), [w]


def two_leaves_of_the_same_data(lib):
    w, v = lib.tensor([1.0, 2.0], requires_grad=True), lib.zeros(2, requires_grad=True)
    v.data = w.data
    return lambda: (w**2 * v).sum(), [w, v]


def overlapping_parts(lib):
    a = lib.arange(5.0)
    v, w = a[:3].requires_grad_(), a[2:].requires_grad_()
    return lambda: (v**2 * w).sum(), [v, w]


def an_expanded_leaf(lib):
    w = lib.tensor([2.0]).expand(3).requires_grad_()
    return lambda: (w**2 * lib.arange(3.0)).sum(), [w]


def the_array_under_a_leaf(lib):
    a = np.array([1.0, 2.0, 3.0])
    w = lib.from_numpy(a).requires_grad_()
    return lambda: (w * a.sum()).sum(), [w]


def a_row_and_the_whole(lib):
    a = lib.ones(2, 3)
    w = a[1].requires_grad_()
    return lambda: (a * w).sum(), [w]


@LIBRARIES
@pytest.mark.parametrize("dtype", [None, "as given"])
@pytest.mark.parametrize("program", [a_tensor_and_its_detached_self, two_leaves_of_the_same_data, overlapping_parts,
                                     an_expanded_leaf, the_array_under_a_leaf, a_row_and_the_whole])  # fmt: skip
def test_what_shares_memory_with_a_leaf_does_not_move_along(lib, program, dtype):
    check = GradientCheck(*program(lib), dtype=dtype, curves=1)
    assert check.agrees, check.text()


# ---------------------------------------------------------------------- the curve


def curve_of(fn, x):
    return GradientCheck(fn, float(x)).derivatives.curves[0]


def test_the_best_step_is_where_theory_has_it():
    for x in (0.5, 1.0, 2.0):  # of exp f = f‴, so it is (3 ε)^(1/3) everywhere
        assert curve_of(lambda x: x.exp(), x).best == pytest.approx((3 * 2.2e-16) ** (1 / 3), rel=0.05)


def test_the_best_step_is_nearly_the_best_that_was_measured():
    for fn in (lambda x: x.exp(), lambda x: x.sin() + 2, lambda x: 1 / x):
        curve = curve_of(fn, 1.3)
        near = np.abs(np.log10(STEPS) - math.log10(curve.best)) < 0.5
        far = np.abs(np.log10(STEPS) - math.log10(curve.best)) > 2.5
        assert curve.errors[near].max() < curve.errors[far].min()


def test_the_complex_step_has_no_round_off_branch():
    curve = curve_of(lambda x: x.exp(), 1.0)
    small = np.array(STEPS) < 1e-8
    assert np.abs(curve.complex - curve.analytic)[small].max() < 1e-14
    assert curve.errors[small].max() > 1e-3


SHAPES = {
    "v": (lambda x: x**3 + 1, 2.0, "their sum is least at the best step"),
    "no truncation": (lambda x: x * x + 1, 2.0, "no truncation to be seen"),
    "flat": (lambda x: x.relu(), 0.0, "does not shrink"),
    "break": (lambda x: (x - 1).relu(), 1.0000004, "Up to h = 2e−7 there is only round-off"),
    "linear": (lambda x: (x * x).sqrt() * x + x, 0.0, "as fast as h"),
    "jump": (lambda x: x.floor() + x, 1.0, "the function jumps"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shape_of_a_curve_in_words(shape):
    fn, x, words = SHAPES[shape]
    curve = curve_of(fn, x)
    assert curve.shape == shape and words in curve.words()


def test_what_is_told_of_a_step():
    curve = curve_of(lambda x: x**3, 2.0)
    tells = {STEPS[i]: curve.tells(i) for i in range(len(STEPS))}
    assert curve.against == BACKWARD
    assert tells[0.1] == "At h = 0.1 the quotient differs from backward() by 0.01 (truncation)."
    assert tells[1e-2] == "At h = 0.01 the quotient differs from backward() by 1e−4 (truncation)."
    assert (
        tells[1e-12]
        == "At h = 1e−12 the quotient differs from backward() by round-off at most: a rounding of f moves it by about 1e−3."
    )
    assert curve_of(lambda x: x * 0.0, 2.0).tells(5) == "At h = 5e−14 the quotient is exact."


def test_near_the_best_step_truncation_is_told_as_well():
    """Of x³ at 2 truncation is h², and a rounding of f is worth 8·2.2e−16/h."""
    curve = curve_of(lambda x: x**3, 2.0)
    assert curve.truncation == pytest.approx(1, rel=1e-3) and 5e-6 < curve.best < 2e-5
    tells = {STEPS[i]: curve.tells(i).partition(", ")[0] for i in range(len(STEPS))}
    both = "truncation and round-off both matter: the quotient differs from backward() by about"
    assert tells[1e-5].endswith(f"{both} 1e−10 and 1e−10.")  # 1.0e−10 and 1.8e−10
    assert tells[2e-5].endswith(f"{both} 1e−9 and 1e−10.")  # 4e−10 and 0.9e−10
    assert tells[1e-6].startswith("At h = 1e−6 the quotient differs from backward() by round-off")
    assert tells[5e-5] == "At h = 5e−5 the quotient differs from backward() by truncation"
    assert tells[1e-4] == "At h = 1e−4 the quotient differs from backward() by 1e−8 (truncation)."


def test_truncation_is_found_where_larger_steps_leave_the_domain():
    """Of log at 0.001 truncation is h²/6 · 2/x³; at x − 0.001 there is no value."""
    curve = curve_of(lambda x: x.log(), 0.001)
    assert curve.shape == "v" and curve.truncation == pytest.approx(1e9 / 3, rel=1e-3)
    assert curve.words().endswith("best step. From h = 0.001 on the quotient is not a number.")
    assert curve.tells(STEPS.index(1e-6)).endswith("by 3.3e−4 (truncation).")
    assert np.isfinite(curve.noise).all()


@pytest.mark.parametrize("dtype", [autograd_core.float64, autograd_core.float32])
def test_round_off_is_told_as_large_as_it_is(dtype):
    """The rounding of 20 x counts twenty times in exp(20 x); in x³ and sin x there is no such thing."""
    for fn, x, times in ((lambda x: (20 * x).exp(), 1.0, 10), (lambda x: x**3, 2.1, 1),
                         (lambda x: x.sin(), 1.0, 1), (lambda x: x.sin(), 100.0, 1)):  # fmt: skip
        (curve,) = GradientCheck(fn, autograd_core.tensor(x, dtype=dtype)).derivatives.curves.values()
        left = np.isfinite(curve.errors) & (np.array(STEPS) < curve.best / 5)
        assert curve.roundings == times and (curve.errors <= 1.2 * curve.noise)[left].all()
    curve = curve_of(lambda x: (20 * x).exp(), 1.0)
    assert "round-off grows as 10·ε·|f|/h;" in curve.words()
    noise = 10 * 2.0**-52 * math.exp(20)
    assert curve.best == pytest.approx((noise / (2 * curve.truncation)) ** (1 / 3), rel=1e-6)
    assert f"round-off {curve.law()}" in GradientCheck(lambda x: (20 * x).exp(), 1.0).svg()


def test_a_wrong_slope_is_no_round_off():
    for part in (1e-9, 1e-6, 1e-3, 0.1, 1.0, 10.0):
        curve = curve_of(lambda x: x.exp() + part * x.detach().exp(), 1.0)
        assert curve.roundings == 1


def test_a_difference_of_nothing_is_not_told_as_one():
    for fn in (lambda x: x.sin(), lambda x: x.abs()):
        curve = curve_of(fn, 0.0)
        assert curve.tells(12) == "At h = 1e−11 the quotient equals backward(), as far as can be told."


def test_a_step_that_is_lost_in_round_off_is_told():
    curve = curve_of(lambda x: x + 1e6, 1.0)
    assert curve.tells(0) == (
        "At h = 1e−15 the step is lost in round-off: a rounding of f moves the quotient by about 1e5, "
        "more than the slope itself."
    )  # 1e6 · 2.2e−16 / 1e−15
    assert "differs" in curve.tells(STEPS.index(1e-6))


@LIBRARIES
def test_numbers_are_sent_with_as_many_digits_as_their_type_holds(lib):
    for dtype, digits in ((lib.float32, 9), (lib.float64, 17)):
        check = GradientCheck(lambda x: x**2, lib.tensor(3.0, dtype=dtype), dtype="as given")
        (curve,) = check.data["curves"].values()
        assert curve["digits"] == digits


def test_numbers_roughly():
    assert [roughly(x) for x in (0.00123, 123.4, math.inf)] == ["0.0012", "120", "inf"]
    assert [decade(x) for x in (2e-5, 4e-5, 1.0)] == ["1e−5", "1e−4", "1"]
    assert packed([1.0]) == "AAAAAAAA8D8="


# ---------------------------------------------------------------------- the widget


def test_what_is_stored_does_not_depend_on_round_off(monkeypatch):
    """Another machine rounds values otherwise, by some units in the last place."""

    def shown(fn, *inputs):
        check = GradientCheck(fn, list(inputs))
        views = []
        for step in (0, 9, 20, 27, 33, len(STEPS) - 1):
            check.step = step
            views.append((check.describe(), check.text(), check.svg()))
        return views

    functions = [(worked_example, 1.0, 2.0, 3.0, 1.5), (lambda x: x.exp(), 1.0), (lambda x: x * x, 3.0),
                 (lambda x: x.relu(), 0.0), (lambda x: x * x.detach() ** 2, 3.0),
                 (lambda x, y, z: 0 * x + 1e-5 * y + z, 1.0, 2.0, 3.0)]  # fmt: skip
    before = [shown(*each) for each in functions]
    evaluate, random = Function.evaluate, np.random.default_rng(1)

    def otherwise(self, arrays):
        return [
            out if np.iscomplexobj(out) else out + random.integers(-3, 4) * np.spacing(out)
            for out in evaluate(self, arrays)
        ]

    monkeypatch.setattr(Function, "evaluate", otherwise)
    monkeypatch.setattr(gradcheck.np, "array_equal", lambda *arrays, **options: True)  # not random
    for each, views in zip(functions, before, strict=True):
        assert shown(*each) == views


def test_the_picture_follows_what_was_selected():
    check = GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5])
    tree = ElementTree.fromstring(check.svg())
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert tree.find("svg:desc", space).text == check.describe()
    before = check.svg()
    check.selected, check.step = 2, 40
    assert check.svg() != before and "Error of p2_2" in check.svg()
    assert check.describe().startswith("All 4 derivatives agree with central differences. p2_2: ")


def test_a_choice_that_does_not_exist_is_refused():
    check = GradientCheck(lambda x: x * x, 3.0)
    with pytest.raises(ValueError, match="selected must be from 0 to 0, not 1"):
        check.selected = 1
    with pytest.raises(ValueError, match="from 0 to 42, not 43"):
        check.step = 43
    with pytest.raises(ValueError, match="eps must be greater than 0, and finite, not -1"):
        GradientCheck(lambda x: x * x, 3.0, eps=-1)


def test_hostile_names_are_text():
    name = "<img src=x onerror=alert(1)>"
    check = GradientCheck(lambda x: x * x, 3.0, names=[name])
    assert name in check.describe()
    for markup in (check.svg(), check._repr_mimebundle_()[0]["text/html"], check.page()):
        assert "<img src=x" not in markup


def test_the_page_holds_the_numbers_only_once_and_all_of_them():
    check = GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5])
    state = json.loads(re.search(r'"application/json">(.*?)</script>', check.page())[1])
    assert state["data"]["analytic"] == packed(check.derivatives.analytic)
    assert state["step"] == check.step and set(state["data"]["curves"]) == {"0", "1", "2", "3"}


def test_a_conversion_to_another_type_does_not_lose_the_complex_step():
    data, weight = torch.ones(2, 3), torch.linspace(0.1, 0.6, 3)
    for convert in (lambda x: x.float(), lambda x: x.double(), lambda x: x.float().half().float()):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = GradientCheck(lambda w, convert=convert: (convert(data) @ w).exp().sum(), weight)
        assert found.agrees and found.derivatives.complex_step is not None


def test_nor_does_one_on_the_way_to_a_model():
    layer = torch.nn.Linear(3, 2).double()
    for data in (torch.ones(2, 3), torch.ones(2, 3, dtype=torch.int64)):

        def loss():
            return layer(data.double()).sin().sum()

        found = GradientCheck(loss, layer)
        assert found.agrees and found.derivatives.complex_step is not None
