"""The cell magic `%%backward`."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.exhaustive import one_in
from tests.oracle import need_pytorch
from widgets import BackwardStepper


@pytest.fixture
def shell():
    shell = InteractiveShell()
    shell.run_cell("%load_ext widgets").raise_error()
    shell.run_cell("import autograd_core as torch\nx = torch.tensor(2.0, requires_grad=True)")
    yield shell
    shell.reset()


def run(shell, cell):
    result = shell.run_cell(cell, store_history=True)
    result.raise_error()
    return result.result


def test_the_last_expression_is_stepped_through(shell):
    stepper = run(shell, "%%backward\np = x * 3\np ** 2")
    assert isinstance(stepper, BackwardStepper)
    names = {node.name for node in stepper.trace.nodes if node.named}
    assert names >= {"x", "p"}
    assert shell.user_ns["x"].grad.item() == 36.0


def test_else_the_last_variable_that_was_given_a_tensor(shell):
    stepper = run(shell, "%%backward\np = x * 3\nq = p ** 2\nprint('done')\nn = 7")
    assert stepper.trace.node(stepper.trace.outputs[0]).name == "q"


def test_or_the_one_that_is_named(shell):
    stepper = run(shell, "%%backward p\np = x * 3\nq = p ** 2")
    assert stepper.trace.node(stepper.trace.outputs[0]).name == "p"


def test_lines_are_counted_as_the_learner_sees_them(shell):
    stepper = run(shell, "%%backward\np = x * 3\nq = p ** 2")
    sources = {node.name: node.source for node in stepper.trace.nodes if node.source}
    assert (sources["p"].line, sources["p"].expression) == (2, "x * 3")
    assert (sources["q"].line, sources["q"].expression) == (3, "p ** 2")


def test_a_second_cell_on_the_same_tensor_is_told_of_the_first(shell):
    run(shell, "%%backward\nq = x ** 2")
    with pytest.raises(RuntimeError, match="used up by an earlier %%backward cell"):
        run(shell, "%%backward\nq")


@pytest.mark.parametrize("cell", ["%time q = x * 5", "exec('q = x * 5')", "n = 7\nglobals().update(q=x * 5)",
                                  "def f():\n    global q\n    q = x * 5\nf()"])  # fmt: skip
def test_a_variable_that_the_cell_gives_a_tensor_in_another_way_is_found(shell, cell):
    stepper = run(shell, f"%%backward\n{cell}")
    assert stepper.trace.node(stepper.trace.outputs[0]).name == "q"


@one_in(3)
@pytest.mark.parametrize("wanted", ["q+", "q = 3", "p q", "(q"])
def test_what_is_no_name_is_refused_before_the_cell_runs(shell, wanted):
    with pytest.raises(TypeError, match=r"as in %%backward loss, not"):
        run(shell, f"%%backward {wanted}\nq = x ** 2")
    assert "q" not in shell.user_ns


@one_in(3)
@pytest.mark.parametrize("cell", ["await sleep(0)\nx * 2", "q = await f()", "[a async for a in f()]",
                                  "async with f():\n    pass"])  # fmt: skip
def test_a_cell_that_awaits_is_told_how_it_runs_and_has_not_run(shell, cell):
    with pytest.raises(TypeError, match=r"let the cell end with BackwardStepper\(loss\)"):
        run(shell, f"%%backward\nn = 7\n{cell}")
    assert "n" not in shell.user_ns
    run(shell, "%%backward\nasync def f():\n    await g()\nx * 2")


def test_a_cell_without_a_tensor(shell):
    with pytest.raises(TypeError, match="%%backward loss"):
        run(shell, "%%backward\nn = 7")


def test_what_the_cell_raises_is_raised(shell):
    with pytest.raises(ZeroDivisionError):
        run(shell, "%%backward\n1 / 0")


TRAINING = """%%backward{line}
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    loss = (model(torch.ones(4, 2)) ** 2).mean()
    loss.backward()
    optimizer.step()
loss.item()"""


@one_in(2)
@pytest.mark.parametrize("line, number", [("", 0), (" iteration=2", 2)])
@pytest.mark.parametrize("library", ["autograd_core", "torch"])
def test_an_ordinary_training_cell_shows_the_pass_that_happened(shell, library, line, number):
    if library == "torch":
        need_pytorch()
    run(shell, f"import {library} as torch\nlosses = []\ntorch.manual_seed(0)\nwant = None")
    plain = TRAINING.format(line="").removeprefix("%%backward\n").replace(
        "    loss.backward()", "    losses.append(loss.item())\n    loss.backward()")  # fmt: skip
    run(shell, plain + "\ntorch.manual_seed(0)")
    losses = shell.user_ns["losses"]
    stepper = run(shell, TRAINING.format(line=line))
    output = stepper.trace.node(stepper.trace.outputs[0])
    assert (output.name, output.value.data) == ("loss", losses[number])
    assert shell.user_ns["loss"].item() == losses[2]
    assert all(node.source for node in stepper.trace.nodes if node.kind == "op")


def test_a_tensor_that_is_named_is_shown_though_another_ones_pass_ran_in_the_cell(shell):
    cell = "x = torch.tensor(3.0, requires_grad=True)\nz = x * x\nz.backward()\ny = x * 5"
    for line, name in ((" y", "y"), (" z", "z"), ("", "z")):
        trace = run(shell, f"%%backward{line}\n{cell}").trace
        assert trace.node(trace.outputs[0]).name == name


def test_an_iteration_that_did_not_come_is_told_with_how_many_did(shell):
    for cell, said in (("", "1, and 0 backward() were"), ("\ny.backward()", "1, and one backward() was")):
        with pytest.raises(RuntimeError, match=re.escape(said)):
            run(shell, f"%%backward iteration=1\ny = torch.ones(1, requires_grad=True) * 2{cell}")


def test_a_cell_that_raises_is_shown_up_to_the_call_that_failed_and_raises(shell, capsys):
    with pytest.raises(RuntimeError, match="shapes|size"):
        run(shell, "%%backward\ny = torch.ones(2, 3, requires_grad=True) @ torch.ones(2, 3)")
    assert "BackwardStepper" in capsys.readouterr().out
