"""Several threads at once, and backward passes inside backward passes."""

import sys
import threading

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch as pytorch

BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["ours", "PyTorch"])


@pytest.fixture(autouse=True)
def often_interrupted():
    """Let the interpreter change threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(count, work):
    """Run ``work(i)`` in so many threads at once; returns their results and errors."""
    results, errors, start = [None] * count, [], threading.Barrier(count)

    def run(i):
        start.wait()
        try:
            results[i] = work(i)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, errors


def test_graphs_of_their_own_do_not_disturb_each_other():
    torch = autograd_core

    def work(i):
        gradients = []
        for _ in range(30):
            x = torch.full((4,), float(i + 1), requires_grad=True)
            y = x
            for _ in range(20):
                y = (y * x).tanh() + x[:1]
            y.sum().backward()
            gradients.append(x.grad.tolist())
        return gradients

    results, errors = in_threads(4, work)
    assert not errors
    for i, gradients in enumerate(results):
        alone = work(i)
        assert all(g == alone[0] for g in gradients)


@pytest.mark.parametrize("shape", [(), (50_000,)], ids=["numbers", "long vectors"])
def test_no_gradient_of_a_shared_leaf_is_lost(shape):
    torch = autograd_core
    x = torch.ones(shape, requires_grad=True)

    def work(i):
        for _ in range(100):
            (x * 1).sum().backward()

    _, errors = in_threads(4, work)
    assert not errors
    assert np.all(x.grad.numpy() == 400)


@BOTH
def test_a_shared_graph_that_is_kept(torch):
    x = torch.ones(3, requires_grad=True)
    y = (x * x).sum()
    _, errors = in_threads(4, lambda i: y.backward(retain_graph=True))
    assert not errors
    assert x.grad.tolist() == [8, 8, 8]


def test_a_shared_graph_that_is_freed_gives_a_clear_error():
    torch = autograd_core
    for _ in range(50):
        x = torch.ones(3, requires_grad=True)
        y = x.exp()
        for _ in range(10):
            y = y * y.sin()
        y = y.sum()
        _, errors = in_threads(3, lambda i: y.backward())
        for error in errors:
            assert isinstance(error, RuntimeError) and "a second time" in str(error), error


@BOTH
def test_grad_mode_is_one_for_each_thread(torch):
    x = torch.ones(2, requires_grad=True)
    inside = threading.Event()
    seen = []

    def other():
        inside.wait()
        seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))

    thread = threading.Thread(target=other)
    thread.start()
    with torch.no_grad():
        inside.set()
        thread.join()
        assert not (x * 2).requires_grad
    assert seen == [(True, True)]


@BOTH
def test_a_thread_that_ends_without_recording_disturbs_no_other(torch):
    x = torch.ones(2, requires_grad=True)
    thread = threading.Thread(target=lambda: torch.set_grad_enabled(False))
    thread.start()
    thread.join()
    assert (x * 2).requires_grad and torch.is_grad_enabled()


# ---------------------------------------------------------------------- backward inside backward


@BOTH
def test_backward_inside_a_hook(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 5.0], requires_grad=True)

    def hook(g):
        with torch.enable_grad():
            (w * w).sum().backward()
        return g * 10

    y = x * 2
    y.register_hook(hook)
    (y * y).sum().backward()
    assert x.grad.tolist() == [80, 160]
    assert w.grad.tolist() == [6, 10]


@BOTH
def test_backward_inside_a_hook_into_the_same_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def hook(g):
        with torch.enable_grad():
            (x * 100).sum().backward()

    y = x * 2
    y.register_hook(hook)
    y.sum().backward()
    assert x.grad.tolist() == [102, 102]


@BOTH
def test_backward_inside_a_custom_function(torch):
    class Checkpoint(torch.autograd.Function):
        """Forgets what it computed, and computes it again when the gradient comes."""

        @staticmethod
        def forward(ctx, function, x):
            ctx.function = function
            ctx.save_for_backward(x)
            return function(x)

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            x = x.detach().requires_grad_()
            with torch.enable_grad():
                y = ctx.function(x)
            torch.autograd.backward(y, grad_output)
            return None, x.grad

    x = torch.tensor([0.1, 0.2], requires_grad=True)
    inner = lambda t: Checkpoint.apply(torch.sin, t * 2)  # noqa: E731
    Checkpoint.apply(inner, x).sum().backward()
    assert np.allclose(x.grad.tolist(), 2 * np.cos([0.2, 0.4]))


@BOTH
def test_the_same_graph_inside_its_own_backward_pass_raises_or_is_right(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x.exp()
    z = y * y
    y.register_hook(lambda g: z.backward())
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()


def test_two_passes_taken_in_turns():
    from autograd_core.backward import backward_pass

    torch = autograd_core
    x = torch.tensor(2.0, requires_grad=True)
    passes = [backward_pass((y,)) for y in ((x * x) * 3, (x.exp() + x) * 2)]
    while passes:
        passes = [steps for steps in passes if next(steps, None) is not None]
    assert np.isclose(x.grad.item(), 12 + 2 * np.exp(2) + 2)
