"""What people train gives the same gradients under `watching()`, recorded or not, as without it."""

import pytest

from tests.exhaustive import some_of
from tests.oracle import torch
from tests.widgets.models import MODELS
from tests.widgets.odd_models import ODD
from widgets import BackwardStepper, Trace, make_dot, record, watching

UNSEEN = {"traced", "PINN", "MAML", "own functions", "reentrant checkpoint"}  # nodes that no call made


def leaves(found):
    return list(found.parameters()) if isinstance(found, torch.nn.Module) else found


def gradients(name, step):
    """The gradients after one step, which ``step(run)`` takes."""
    torch.manual_seed(0)
    found, run = (MODELS | ODD)[name](torch)
    step(run)
    return [leaf.grad for leaf in leaves(found)]


def plain(run):
    loss = run()
    if loss is not None:
        loss.backward()


def same(one, other):
    return all((a is None and b is None) or torch.equal(a.to_dense(), b.to_dense())
               for a, b in zip(one, other, strict=True))  # fmt: skip


@pytest.mark.parametrize("name", some_of(["residual network", *MODELS], 1))
def test_gradients_are_those_of_plain_pytorch(name):
    traces = []

    def afterwards(run):
        with watching() as seen:
            loss = run()
        traces.append(record(seen if loss is None else loss))

    def inside(run):
        with watching() as seen:
            plain(run)
        traces.append(record(seen))

    wanted = gradients(name, plain)
    assert same(gradients(name, afterwards), wanted) and same(gradients(name, inside), wanted)
    for trace in traces:
        ops = [node for node in trace.nodes if node.kind == "op"]
        assert name in UNSEEN or all(node.source for node in ops)
        assert any(node.source for node in ops)
        assert Trace.from_json(trace.to_json()) == trace


@pytest.mark.filterwarnings("ignore::UserWarning")  # those of PyTorch about odd programs
@pytest.mark.parametrize("name", some_of(["hooks that change", *ODD], 4))
def test_odd_programs_give_the_same_gradients_and_can_be_shown(name):
    shown = []

    def afterwards(run):
        with watching() as seen:
            loss = run()
        shown.append(BackwardStepper(seen if loss is None else loss))

    def inside(run):
        with watching() as seen:
            plain(run)
        shown.append(BackwardStepper(seen))
        make_dot(seen, depth=1)

    wanted = gradients(name, plain)
    assert same(gradients(name, afterwards), wanted) and same(gradients(name, inside), wanted)
    for stepper in shown:
        assert all(len(level.boxes) <= 50 for level in stepper.levels)
        assert stepper.transcript() and stepper.svg()
