"""A learner's function: which library it is written for, what it may not be, what it leaves alone."""

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch
from widgets.descent.objective import Objective

PLACES = np.random.default_rng(0).normal(size=(6, 1)) + 3
DATA = autograd_core.tensor([1.0, 2.0, 3.0])


def squared_error(a, x=1, target=7):
    return (a * x + 5 - target) ** 2


@pytest.mark.parametrize(
    "function, library",
    [
        (squared_error, autograd_core),
        (lambda a: torch.sin(a) * a, torch),
        (lambda a: ((a * DATA - 1) ** 2).mean(), autograd_core),
        (lambda a: ((a * torch.ones(3, dtype=torch.float64) - 1) ** 2).mean(), torch),
        (lambda a: (a if a > 3 else 2 * a) * 1.0, autograd_core),
    ],
)
def test_values_and_slopes_are_the_functions_own(function, library):
    objective = Objective(function, 1.0)
    for (x,) in PLACES.tolist():
        value, (slope,) = objective([x])
        leaf = library.tensor(x, dtype=library.float64, requires_grad=True)
        output = function(leaf)
        output.backward()
        assert value == pytest.approx(output.item()) and slope == pytest.approx(leaf.grad.item())


@pytest.mark.parametrize("library", [autograd_core, torch])
def test_two_parameters_or_one_vector_of_two(library):
    pair = Objective(lambda a, b: a**2 * b, (1.0, 2.0))
    vector = Objective(lambda w: w[0] ** 2 * w[1], library.tensor([1.0, 2.0]))
    for objective in (pair, vector):
        assert objective([1.0, 2.0]) == (2, [4, 1])
        assert objective([3.0, -1.0]) == (-9, [-6, 9])
    assert pair.names == ["a", "b"] and vector.names == ["w[0]", "w[1]"]


def test_a_module_in_single_precision():
    layer = torch.nn.Linear(1, 1)
    _, slopes = Objective(lambda a: layer(a.reshape(1, 1)).sum(), 1.0)([3.0])
    assert slopes == [layer.weight.item()]
    assert layer.weight.grad is None  # nobody else's gradient is touched


REFUSED = {
    "no function": (3.0, 1.0, TypeError, "function itself"),
    "a word": (squared_error, "x", TypeError, "must be a number"),
    "a flag": (squared_error, True, TypeError, "must be a number"),
    "an integer tensor": (squared_error, autograd_core.tensor(1), TypeError, "1.0 in place of 1"),
    "infinite": (squared_error, float("inf"), ValueError, "finite"),
    "three parameters": (lambda a, b, c: a, (1.0, 2.0, 3.0), ValueError, "one parameter or of two"),
    "a vector out": (lambda a: a * DATA, 1.0, ValueError, r"\(3,\).*sum"),
    "a number out": (lambda a: a.item() * 2, 1.0, TypeError, "float"),
    "nothing out": (lambda a: None, 1.0, TypeError, "`return` missing"),
    "cut off": (lambda a: a.detach() * DATA.sum(), 1.0, ValueError, "does not depend on a"),
    "one of two": (lambda a, b: a * 1.0, (1.0, 2.0), ValueError, "does not depend on b"),
    "no value": (lambda a: a.log(), -1.0, ValueError, "no finite value.*a = -1"),
    "random": (lambda a: a * autograd_core.rand(()), 1.0, ValueError, "another value each time"),
}


@pytest.mark.parametrize("function, start, error, words", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_in_words(function, start, error, words):
    with pytest.raises(error, match=words):
        Objective(function, start)


def test_an_error_of_the_function_is_shown_as_it_is():
    with pytest.raises(AttributeError, match="colour"):
        Objective(lambda a: a.colour, 1.0)


def test_a_whole_number_is_a_number():
    assert Objective(squared_error, 1).start == [1.0]
