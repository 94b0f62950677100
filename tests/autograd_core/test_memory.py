"""Graphs are freed at once, by reference counting alone; training does not grow; no recursion."""

import gc
import os
import platform
import subprocess
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd_core as torch
from tests.autograd_core.examples import EXAMPLES


@pytest.fixture(scope="module", autouse=True)
def all_that_stays():
    """What is there before these tests stays: the collector need not look at it before each anew."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_cycle_collector(all_that_stays):
    """What is freed is freed without the cycle collector's help."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def nodes_behind(*tensors):
    """Weak references to all nodes of a graph."""
    found, waiting = {}, [t._grad_fn for t in tensors if t._grad_fn is not None]
    for node in waiting:
        if id(node) not in found:
            found[id(node)] = weakref.ref(node)
            waiting += [edge for edge in node.edges if edge is not None and edge.edges]
    return list(found.values())


def alive(references):
    return [type(it) for ref in references if (it := ref()) is not None]


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x**3
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        x, y = ctx.saved_tensors
        return grad_output * 3 * x**2 + 0 * y


class TwoOutputs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        a, b = x.sin(), x.cos()
        ctx.save_for_backward(a, b)
        return a, b

    @staticmethod
    def backward(ctx, grad_a, grad_b):
        a, b = ctx.saved_tensors
        return grad_a * b - grad_b * a


def hooked(x):
    y = x * 2
    y.register_hook(lambda g: g * 2)
    z = y * y
    z.grad_fn.register_hook(lambda sent, received: None)
    return z


def retained(x):
    y = (x * 2).exp()
    y.retain_grad()
    return y * 3


def changed_view(x):
    y = x * 2
    y[0].mul_(3)
    y[1:].exp_()
    return y * y


def parts(x):
    a, b = x.split(2)
    return a * b.sin()


GRAPHS = {
    "operations": lambda x: ((x * x).sin() / (x.exp() + 1)) ** 0.5,
    "a custom Function": Cube.apply,
    "a custom Function of two outputs": lambda x: sum(TwoOutputs.apply(x)),
    "hooks": hooked,
    "a retained gradient": retained,
    "changes through views": changed_view,
    "an operation in place": lambda x: (x * 1).exp_() * 2,
    "several outputs": parts,
    "values and indices": lambda x: x.max(0)[0] * x.sort()[0],
    "a gradient of a gradient": lambda x: torch.autograd.grad(
        (x**3).sum(), x, create_graph=True)[0],
}  # fmt: skip


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("after", ["forward", "backward", "backward with create_graph", "grad"])
def test_a_graph_is_freed_with_its_last_tensor(make, after):
    x = torch.tensor([0.3, 0.7, 0.2, 0.9], requires_grad=True)
    y = make(x).sum()
    graph = nodes_behind(y)
    assert alive(graph)
    if after == "backward":
        y.backward()
    elif after == "backward with create_graph":
        y.backward(create_graph=True)
        graph += nodes_behind(x.grad)
        x.grad = None
    elif after == "grad":
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        graph += nodes_behind(g)
        del g
    del y
    assert alive(graph) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_operations_graph_is_freed(example):
    for which in range(len(example.shapes)):
        out = example.function(torch, *example.draw(torch, which))
        outs = [o for o in (out if isinstance(out, tuple) else (out,)) if o.requires_grad]
        graph = nodes_behind(*outs)
        for o in outs:
            o.sum().backward(retain_graph=True)
        del out, outs, o
        assert alive(graph) == []


@pytest.mark.parametrize("retain", [False, True])
def test_backward_frees_what_was_saved(retain):
    x = torch.ones(3, requires_grad=True)
    factor = np.full(3, 2.0)
    saved = weakref.ref(factor)
    other = torch.from_numpy(factor)
    y = (x * other).sum()
    del factor, other
    assert saved() is not None
    y.backward(retain_graph=retain)
    assert (saved() is not None) == retain


def test_an_abandoned_backward_pass_is_freed():
    from autograd_core.backward import backward_pass

    x = torch.ones(3, requires_grad=True)
    y = (x * 2).exp().sum()
    graph = nodes_behind(y)
    steps = backward_pass((y,))
    next(steps), next(steps)
    del y
    assert alive(graph)
    del steps
    assert alive(graph) == [] and x.grad is None


def test_a_failed_backward_pass_leaves_nothing_behind():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: 1 / 0)
    z = y.sin().sum()
    graph = nodes_behind(z)
    with pytest.raises(ZeroDivisionError):
        z.backward()
    del y, z
    assert alive(graph) == [] and x.grad is None


def growth(step, warm_up, steps):
    """Bytes by which memory grew over a number of steps."""
    tracemalloc.start()
    try:
        held = []
        for count in (warm_up, steps):
            for _ in range(count):
                step()
            gc.collect()  # empties the interpreter's own stocks of small tuples
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    return held[1] - held[0]


@pytest.mark.exhaustive
def test_ten_thousand_training_steps_have_flat_memory():
    torch.manual_seed(0)
    inputs, targets = torch.randn(8, 3), torch.randn(8, 1)
    weights = torch.randn(3, 1, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)

    def step():
        loss = ((inputs @ weights + bias - targets) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for parameter in (weights, bias):
                parameter -= 0.01 * parameter.grad
                parameter.grad.zero_()

    assert growth(step, 100, 10_000) < 10_000  # less than a byte for each step


def test_training_with_modules_and_an_optimiser_has_flat_memory():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    optimiser = torch.optim.Adam(model.parameters())
    inputs, targets = torch.randn(8, 3), torch.randn(8, 1)

    def step():
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(model(inputs), targets).backward()
        optimiser.step()

    assert growth(step, 100, 1_000) < 10_000  # a step makes 30 objects


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_million_operations_run_forward_and_backward_and_are_freed():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(1_000_000):
        y = y + x
    last = weakref.ref(y._grad_fn)
    y.backward()
    assert x.grad.item() == 1_000_001
    del y
    assert last() is None


def test_a_long_chain_of_the_graph_of_a_gradient_is_freed():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0
    (g,) = torch.autograd.grad(y * y, x, create_graph=True)
    (gg,) = torch.autograd.grad(g, x)
    assert gg.item() == 2
    graph = nodes_behind(y, g)
    del y, g
    assert alive(graph) == []


def test_a_long_chain_of_custom_functions():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output

    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(50_000):
        y = Double.apply(y)
    y.backward()
    assert x.grad.item() == 1
    last = weakref.ref(y._grad_fn)
    del y
    assert last() is None


def test_a_ladder_of_diamonds_takes_no_exponential_time():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(2_000):
        y = (y + y) * 0.5
    y.backward()
    assert x.grad.item() == 1


def test_deep_views_are_freed():
    base = torch.ones(2, requires_grad=True) * 1
    view = base
    for _ in range(50_000):
        view = view.view(2)
    graph = nodes_behind(view)
    del view
    assert len(alive(graph)) == 1  # the base's own node


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back so soon")
@pytest.mark.parametrize("work", [
    "((a + b) * a - b / (a * a + 1)).sum()", "(a.exp() * b.sin() + a.tanh() * b).mean()",
    "torch.softmax(a * b + a, 1).log().mean()", "torch.cat([a, b, a * b]).relu().sum()",
])  # fmt: skip
def test_memory_that_was_freed_is_used_again_and_not_fetched_anew(work):
    code = f"""
import resource
import autograd_core as torch
a, b = (torch.rand(200, 300, requires_grad=True) for _ in range(2))
def run():
    a.grad = b.grad = None
    {work}.backward()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3): run()
before = faults()
for _ in range(20): run()
print(faults() - before)
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 400  # an array has 59 pages
