"""What wrong derivatives have in common is said, and only where it is so."""

import numpy as np
import pytest

import autograd_core as torch
from widgets import GradientCheck
from widgets.gradient_check.patterns import pattern

RIGHT = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])


def one_row(w):
    w[1] += 1
    return w


def one_column(w):
    w[:, 2] *= 3
    w[1, 2] += 9
    return w


def somewhere(w):
    w[0, 1] = w[2, 0] = 0
    return w


PATTERNS = {
    "nothing": (lambda w: 0 * w, "backward() gives 0 for all of w"),
    "sign": (lambda w: -w, "every derivative by w has the wrong sign"),
    "factor": (lambda w: 2 * w, "every derivative by w is 2 times what it should be"),
    "third": (lambda w: w / 3, "every derivative by w is 0.3333 times what it should be"),
    "transposed": (lambda w: w.T.copy(), "the gradient of w is the transpose of what it should be"),
    "row": (one_row, "of w exactly row 1 is wrong"),
    "column": (one_column, "of w exactly column 2 is wrong"),
    "no pattern": (somewhere, None),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_named(name):
    change, said = PATTERNS[name]
    analytic = change(RIGHT.copy())
    numeric = RIGHT + 1e-8  # as a finite difference has it
    found = pattern("w", analytic, numeric, np.abs(analytic - numeric) > 1e-5)
    assert found is said or found.startswith(said)


def test_a_single_wrong_element_and_values_that_are_no_numbers_have_no_pattern():
    analytic = RIGHT.copy()
    analytic[0, 0] = 9
    assert pattern("w", analytic, RIGHT, analytic != RIGHT) is None
    analytic[0, 1] = np.nan
    assert pattern("w", analytic, RIGHT, analytic != RIGHT) is None


def test_the_check_says_it():
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g @ w.T, g.T @ x

    torch.manual_seed(0)
    x, w, weights = torch.rand(4, 3), torch.rand(3, 3), torch.rand(4, 3)
    check = GradientCheck(lambda x, w: (weights * Product.apply(x, w)).sum(), [x, w])
    assert "hint: the gradient of w is the transpose of what it should be" in check.text()
    assert not any("by x" in hint for hint in check.derivatives.hints)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("analytic, numeric", [(1.0, 0.0), (1e300, 1e200), (1e-300, 1e-200), (0.0, 0.0)])
def test_where_a_factor_cannot_be_worked_out_there_is_none(analytic, numeric):
    analytic, numeric = np.array([analytic, 2 * analytic]), np.array([numeric, 2 * numeric])
    found = pattern("w", analytic, numeric, np.array([True, True]))
    assert found is None or "backward() gives 0" in found
