"""Looking runs nothing of the user's: not a checkpointed block, not what unpacks a saved tensor."""

import pytest

from tests.oracle import torch
from widgets import BackwardStepper, GradientQuiz, make_dot, record
from widgets.recorders import graph

LOOKS = {"graph": graph, "make_dot": lambda y: make_dot(y).svg(), "make_dot twice": lambda y: (
    make_dot(y), make_dot(y, max_nodes=2).svg())}  # fmt: skip
PASSES = {"record": record, "stepper": BackwardStepper, "quiz": GradientQuiz}


class Once:
    """Packs what is saved, and can unpack it but once, as what was moved to a disk might be."""

    def __init__(self):
        self.unpacked = 0

    def hooks(self):
        return torch.autograd.graph.saved_tensors_hooks(lambda t: [t.detach().clone()], self.unpack)

    def unpack(self, held):
        self.unpacked += 1
        return held.pop()


def product(x):
    """Of operations that save operands, results, indices, and what a Function of one's own saves."""

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return 2 * x

        @staticmethod
        def backward(ctx, gradient):
            return 2 * gradient + 0 * ctx.saved_tensors[0]

    return (x.exp() * x.sin() / (x + 1) + Twice.apply(x)[[0, 1]] ** 2).sum()


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_packed_stays_packed_for_the_users_own_pass(look):
    x, once = torch.tensor([0.5, 2.0], requires_grad=True), Once()
    with once.hooks():
        y = product(x)
    LOOKS[look](y)
    assert once.unpacked == 0
    y.backward()
    found, x.grad = x.grad, None
    product(x).backward()
    assert torch.equal(found, x.grad)


@pytest.mark.parametrize("run", PASSES)
def test_a_recorded_pass_unpacks_once_and_gives_the_right_gradient(run):
    x, once = torch.tensor([0.5, 2.0], requires_grad=True), Once()
    with once.hooks():
        y = product(x)
    PASSES[run](y)
    found, x.grad = x.grad, None
    product(x).backward()
    assert torch.equal(found, x.grad)


@pytest.mark.parametrize("look", LOOKS | PASSES)
def test_a_checkpointed_block_runs_no_oftener_than_without_looking(look):
    runs, norm = [], torch.nn.BatchNorm1d(2)

    def block(x):
        runs.append(1)
        return norm(x).sin() * x

    x = torch.tensor([[0.5, 1.0], [2.0, -1.0], [1.5, 0.0]], requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False).sum()
    before = norm.running_mean.clone()
    (LOOKS | PASSES)[look](y)
    assert len(runs) == (1 if look in LOOKS else 2)
    assert torch.equal(before, norm.running_mean) == (look in LOOKS)


def test_what_is_not_looked_at_is_left_out_and_said_so():
    x, once = torch.tensor([0.5, 2.0], requires_grad=True), Once()
    with once.hooks():
        y = (torch.special.i0(x) * x).sum()
    stepper = BackwardStepper(y)
    (node,) = (each for each in stepper.trace.nodes if each.backward == "I0Backward0")
    assert node.value is None and node.shape == (2,)
    stepper.step = [step.node for step in stepper.trace.steps].index(node.id) + 1
    assert "PyTorch does not keep its value" in stepper.describe() or "not kept" in stepper.describe()


def test_a_function_that_has_a_variable_of_its_own_is_no_leaf():
    class Named(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.variable = x.detach()
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 2

    x = torch.tensor(3.0, requires_grad=True)
    named = Named.apply(x)
    assert [(node.kind, node.name) for node in graph(named).nodes] == [("leaf", "x"), ("op", "named")]
