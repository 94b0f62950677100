"""Whatever the library records can be drawn, stepped through and asked about, and truly."""

import json

import pytest

import autograd_core
from autograd_core.core.node import Operation
from tests.autograd_core.examples import EXAMPLES
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch
from tests.widgets import programs
from widgets import BackwardStepper, GradientQuiz, make_dot, record
from widgets.recorders import graph

# Changes in place of `x`, not a leaf, of three elements; `w` is a leaf of one.
CHANGES = """
x[0] = 5.0
x[0] = w
x[1:] = w
x[...] = 2.0
x[x > 1] = 0.0
x[x > 1] = w
x[[0, 1]] = w
x[[0]] = 1.0
x[0] *= w
x[1:] -= w
x.add_(1.0)
x.add_(w)
x.sub_(w)
x.mul_(2.0)
x.mul_(w)
x.div_(w)
x.pow_(2)
x.remainder_(2.0)
x.exp_()
x.sin_()
x.sqrt_()
x.sigmoid_()
x.tanh_()
x.relu_()
x.neg_()
x.abs_()
x.clamp_(0, 2)
x = torch.clamp_min(x, w.expand(3))
x = torch.clamp_max(x, w.expand(3))
x.fill_(2.0)
x.fill_(w)
x.zero_()
x.copy_(w * torch.ones(3))
x.masked_fill_(x > 1, 3.0)
x.masked_fill_(x > 1, w)
x.scatter_(0, torch.tensor([0]), 1.0)
x.scatter_(0, torch.tensor([0]), w.reshape(1))
x.scatter_add_(0, torch.tensor([0]), w.reshape(1))
x.index_add_(0, torch.tensor([0]), w.reshape(1))
x.lerp_(w.expand(3), 0.5)
x.unsqueeze_(0)
x.unsqueeze_(0).squeeze_(0)
x.unsqueeze_(0).t_()
x.uniform_()
x.normal_()
x.bernoulli_()
v = x[0]; v.mul_(w)
v = x[1:]; v.exp_()
v = x.view(3, 1); v[0] = w
v = x.view(3, 1)[1:]; v[0] = 5.0; w = v
v = x[0]; x.mul_(2); w = v
x.reshape(3, 1).t()[0, 1:].zero_()
x.detach()[0] = 9.0
for i in range(3): x[i] = w * i
exec("with torch.no_grad(): v = x[1:]"); x = x * v.sum()
out = torch.zeros(3); out[0] = w; out[1] = w * w; x = out
out = torch.zeros(3); out += x; x = out
out = torch.ones(2, 3); out[1] = x; x = out
z = x.sum() + x + x.exp().sum(); x[0] = 7.0; x = z + x
z = x + w; x.unsqueeze_(0); x = z + x
""".strip().splitlines()


def changed(torch, change):
    """The outcome of a change in place, and the variables there are then."""
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor(2.0, requires_grad=True)
    variables = {"torch": torch, "a": a, "w": w, "x": a * 1.5}
    exec(change, variables)
    del variables["torch"]
    return (variables["x"].sum() * variables["w"]).sum(), variables


def each_widget(make):
    """Every picture and widget of what ``make()`` returns; a trace of it."""
    assert "svg" in make_dot(make()).svg()
    BackwardStepper(make())
    GradientQuiz(make())
    trace = record(make())
    json.dumps(trace.to_dict(), allow_nan=False)
    return trace


@one_in(3)
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_in_place_is_drawn_and_stepped_through(change):
    each_widget(lambda: changed(autograd_core, change)[0])


@one_in(3)
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_in_place_by_pytorch_is_drawn_and_stepped_through(change):
    each_widget(lambda: changed(pytorch, change)[0])


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
@pytest.mark.parametrize("change", [change for change in CHANGES if "detach" not in change])
def test_what_is_shown_of_a_value_is_what_it_was_before_it_was_overwritten(torch, change):
    y, variables = changed(torch, change)
    products = [node for node in graph(y, variables).nodes if node.op == "mul"]
    shown = [node.value.data for node in products if node.shape == (3,) and node.value is not None]
    assert all(data == [1.5, 3.0, 4.5] for data in shown[:1])


def test_a_constant_that_was_changed_since_is_not_shown_as_it_is_now():
    constant, w = autograd_core.zeros(3), autograd_core.tensor(2.0, requires_grad=True)
    y = constant + w
    constant.add_(1.0)
    (shown,) = (node for node in graph(y).nodes if node.kind == "constant")
    assert (shown.name, shown.value) == ("constant", None)


def test_a_view_that_has_no_history_is_a_constant():
    x = autograd_core.ones(3, requires_grad=True) * 2
    with autograd_core.no_grad():
        part = x[1:]
    trace = record((part * x.sum()).sum())
    assert ("constant", "part", [2.0, 2.0]) in [
        (node.kind, node.name, node.value and node.value.data) for node in trace.nodes]  # fmt: skip


def made(example):
    """The outcome of one operation, and then a scalar that has a gradient small enough to ask for."""
    out = example.function(autograd_core, *example.draw(autograd_core))
    factor = autograd_core.tensor(2.0, requires_grad=True)
    return (out[0] if isinstance(out, tuple) else out).sum() * factor


@one_in(3)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_operation_is_drawn_and_stepped_through(example):
    each_widget(lambda: made(example))


def test_these_are_all_nodes_that_there_are():
    outcomes = [*(changed(autograd_core, change)[0] for change in CHANGES), *map(made, EXAMPLES)]
    outcomes.append(autograd_core.tensor(5.0, requires_grad=True) // 2)  # which has no derivative
    drawn = {node.backward for y in outcomes for node in graph(y).nodes}
    drawn |= {"OutputBackward0", "UnrecordedBackward0"}  # parts of an operation, or of none
    own = {name for name, operation in Operation.named.items()
           if operation.rules and operation.rule_a.__module__.startswith("autograd_core.")}  # fmt: skip
    assert own - drawn == set(), "add an example of these"


@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
def test_every_program_is_drawn_and_stepped_through(torch, program):
    each_widget(lambda: program(torch)[0] * torch.tensor(2.0, requires_grad=True))
