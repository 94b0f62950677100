"""Anomaly mode names the operation, the line and the sub-expression that made NaN or infinity."""

import threading

import pytest

import autograd_core as torch
from tests.oracle import pytorch_is_missing
from tests.oracle import torch as pytorch

anomaly = torch.autograd.detect_anomaly


@pytest.fixture(autouse=True)
def afterwards_off():
    yield
    torch.autograd.set_detect_anomaly(False)
    if not pytorch_is_missing:
        pytorch.autograd.set_detect_anomaly(False)


def raises(words):
    return pytest.raises(RuntimeError, match=words)


def leaf(value):
    return torch.tensor(value, requires_grad=True)


def test_nan_in_the_forward_pass():
    x = leaf([4.0, -1.0])
    with anomaly(), pytest.raises(RuntimeError) as found:
        y = 2 * x.sqrt() + 1
        del y
    message = str(found.value)
    assert message.startswith("Function 'SqrtBackward0' returned nan values in its forward output")
    assert "test_anomaly.py, line" in message and "`x.sqrt()`" in message


def test_infinity_in_the_forward_pass():
    x = leaf(0.0)
    with anomaly(), raises(r"'LogBackward0' returned inf .*`x\.log\(\)`"):
        x.log()


def test_infinity_by_overflow():
    x = leaf(1000.0)
    with anomaly(), raises(r"'ExpBackward0' returned inf .*`x\.exp\(\)`"):
        x.exp()


def test_nan_made_of_infinity_has_been_named_where_the_infinity_appeared():
    x = leaf(float("inf"))
    with anomaly():
        assert (x - x).isnan()
        assert x.sqrt().isinf() and (x * 2).isinf() and x.sum().isinf()


def test_nan_in_the_backward_pass():
    x = leaf([0.0, 1.0])
    with anomaly():
        y = x.sqrt() * torch.tensor([0.0, 1.0])
        with pytest.raises(RuntimeError) as found:
            y.backward(torch.tensor([1.0, 1.0]))
    message = str(found.value)
    assert message.startswith("Function 'SqrtBackward0' returned nan values in its 0th output")
    assert "`x`" in message and "`x.sqrt()`" in message


def test_the_opening_words_are_those_of_pytorch():
    openings = []
    for module in (torch, pytorch):
        x = module.tensor([0.0], requires_grad=True)
        with pytest.warns(UserWarning) if module is pytorch else anomaly(), module.autograd.detect_anomaly():
            y = x.sqrt() * 0
            with pytest.raises(RuntimeError) as found:
                y.backward(module.tensor([1.0]))
            openings.append(str(found.value).split()[:8])
    assert openings[0] == openings[1]


def test_infinity_in_the_backward_pass():
    x = leaf(0.0)
    with anomaly():
        y = (x + 0).sqrt()
        with raises(r"'SqrtBackward0' returned inf .*`\(x \+ 0\)\.sqrt\(\)`"):
            y.backward()


def test_the_second_operand_is_named():
    numerator, denominator = leaf(1.0), leaf(1e-20)
    with anomaly():
        y = numerator / denominator
        with pytest.raises(RuntimeError, match=r"in its 1th output: the gradient of `denominator`"):
            y.backward()


def test_in_a_pass_that_is_recorded():
    x = leaf(0.0)
    with anomaly():
        y = x.sqrt() * 0
        with pytest.raises(RuntimeError, match=r"'SqrtBackward0' returned nan .*`x\.sqrt\(\)`"):
            torch.autograd.grad(y, x, create_graph=True)


def test_steps_of_a_rule_that_are_masked_are_no_anomaly():
    base, exponent = leaf(0.0), leaf(2.0)
    with anomaly():
        gradients = torch.autograd.grad(base**exponent, (base, exponent), create_graph=True)
    assert [g.item() for g in gradients] == [0.0, 0.0]


def test_a_second_derivative():
    x = leaf(0.0)
    with anomaly():
        (g,) = torch.autograd.grad(x**1.5, x, create_graph=True)
        with pytest.raises(RuntimeError, match="returned inf"):
            g.backward()


def test_a_custom_function():
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    with anomaly():
        y = Broken.apply(leaf(1.0))
        with pytest.raises(RuntimeError, match=r"'BrokenBackward' returned nan .*`Broken\.apply"):
            y.backward()


def test_operations_that_are_in_order_are_left_alone():
    x = leaf([0.5, 2.0])
    with anomaly():
        y = (x.log() * x.exp()).sin() / x
        y.backward(torch.tensor([1.0, 1.0]))
    assert x.grad.isfinite().numpy().all()


def test_whole_numbers_and_conditions_are_not_looked_at():
    x = leaf([0.5, 2.0])
    with anomaly():
        assert (x > 1).numpy().tolist() == [False, True]
        assert (x * torch.tensor([1, 2])).numpy is not None


def test_without_the_mode_nothing_is_raised():
    x = leaf(-1.0)
    assert x.sqrt().isnan()
    with anomaly(check_nan=False):
        y = x.sqrt()
        y.backward()
    assert x.grad.isnan()


def states(module):
    """What the mode is at each turn of a series of nested blocks."""
    autograd, seen = module.autograd, []

    def look():
        seen.append((module.is_anomaly_enabled(), module.is_anomaly_check_nan_enabled()))

    look()
    with autograd.detect_anomaly():
        look()
        with autograd.set_detect_anomaly(False):
            look()
            with autograd.detect_anomaly(check_nan=False):
                look()
            look()
        look()
        with pytest.raises(ZeroDivisionError), autograd.detect_anomaly(check_nan=False):
            1 / 0
        look()
    look()
    autograd.set_detect_anomaly(True)
    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    with autograd.set_detect_anomaly(mode=False, check_nan=False):
        look()
    look()
    made_outside = autograd.detect_anomaly()
    autograd.set_detect_anomaly(False)
    with made_outside:
        look()
    look()
    return seen


@pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")
def test_nested_modes_and_threads_as_in_pytorch():
    assert states(torch) == states(pytorch)


def test_it_works_in_a_thread_started_within():
    found = []

    def work():
        try:
            leaf(-1.0).sqrt()
        except RuntimeError as error:
            found.append(str(error))

    with anomaly():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(found) == 1 and "`leaf(-1.0).sqrt()`" in found[0]


def test_in_place_operations():
    x = leaf([-1.0]) * 1
    with anomaly(), pytest.raises(RuntimeError, match=r"'SqrtBackward0' .*`x\.sqrt_\(\)`"):
        x.sqrt_()
