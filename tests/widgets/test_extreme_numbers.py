"""Zero, inf, nan, the largest and smallest numbers: shown as they are, in valid JSON, never an error."""

import json
import math
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch
from widgets import BackwardStepper, Descent, GradientCheck, GradientQuiz, make_dot, record
from widgets.recorders import graph
from widgets.trace import BACKWARD

ROOT = Path(autograd_core.__file__).parents[1]

# Of x, and the numbers that x is.
PROGRAMS = """
x / 0: 1 -1 0 -0.0 nan
x.div(0): 1
x / -0.0: 1
x / w: 1 0
x.sum() / len([]): 1
x.mean() / 0: 1
1 / x: 0 -0.0 inf
x.reciprocal(): 0
x ** 0: 0 nan inf
x ** -1: 0 -0.0
x ** -2: 0 1e-200
x ** 0.5: 0 -1
x ** (1 / 3): -8
x ** w: 0
0 ** x: 0 -1 2
(-8) ** x: 0.5 2
2 ** x: 2000 -2000
x ** 2: 1e200 1e-200
x ** 1000: 10
x.log(): 0 -1 -0.0
x.log1p(): -1
x.sqrt(): 0 -1
x.rsqrt(): 0
x.exp(): 1000 -1000 inf
x.sigmoid().log(): -1000
x.acos(): 1 2
x.atanh(): 1
x * math.inf: 1 0
x * math.nan: 1
x - math.inf: inf 1
x * -0.0: 1
x * 1e308: 1e308 1e-308
x * 5e-324: 1
x * 1e-310: 1e-310
x / 5e-324: 1
x + 1e308: 1e308
x.abs(): -0.0 nan
x.relu(): nan inf
x.clamp(0, 1): nan inf
torch.where(x > 0, x, x): nan
torch.logaddexp(x, x): -inf
torch.maximum(x, x): nan inf
torch.remainder(x, 0): 1
torch.fmod(x, 0): 1
torch.lerp(x, x, math.inf): 1
"""
CASES = [(code, number, shape) for line in PROGRAMS.strip().splitlines()
         for code, _, numbers in [line.rpartition(":")] for number in numbers.split()
         for shape in ("number", "vector")]  # fmt: skip


def outcome(torch, code, number, shape):
    """The value of a piece of code, of a number or a vector that begins with it."""
    data = float(number) if shape == "number" else [float(number), 2.0]
    variables = {"torch": torch, "math": math, "w": torch.tensor(0.0, dtype=torch.float64, requires_grad=True),
                 "x": torch.tensor(data, dtype=torch.float64, requires_grad=True)}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(code, variables).sum(), variables


def strict(widget):
    """All that a widget sends and writes, as JSON that any reader accepts."""
    state = {name: getattr(widget, name) for name in widget.own_traits()}
    assert json.loads(json.dumps(state, allow_nan=False)) is not None
    assert "<svg" in widget.svg() and widget.describe() and widget.page()


@pytest.fixture
def quietly():
    """Nothing is warned of, but what NumPy says of the engine's own files, which is not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # NumPy's
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd_core\.")
        yield


@one_in(5)
@pytest.mark.usefixtures("quietly")
@pytest.mark.parametrize(("code", "number", "shape"), CASES)
def test_every_picture_and_widget_shows_what_backward_gives(code, number, shape):
    y, variables = outcome(autograd_core, code, number, shape)
    y.backward()
    wanted = variables["x"].grad.tolist()
    y, variables = outcome(autograd_core, code, number, shape)
    assert "<svg" in make_dot(y, variables).svg()
    stepper = BackwardStepper(y, names=variables)
    json.dumps(stepper.trace.to_dict(), allow_nan=False)
    strict(stepper)
    (last,) = [step for step in stepper.trace.steps
               if step.phase == BACKWARD and stepper.trace.node(step.node).name == "x"]  # fmt: skip
    np.testing.assert_array_equal(last.gradient.data, wanted)
    y, variables = outcome(autograd_core, f"({code}).sum() + 3 * w.exp()", number, shape)  # to be asked
    strict(GradientQuiz(y, names=variables))


@pytest.mark.usefixtures("quietly")
@pytest.mark.parametrize(("code", "number", "shape"), CASES)
def test_the_local_derivative_of_a_formula_is_what_the_rule_gives(code, number, shape):
    y, _ = outcome(autograd_core, code, number, shape)
    trace = record(y)
    for step in trace.steps:
        for sent in step.contributions:
            formula = trace.edges[sent.edge].formula
            if sent.local is None or formula is None or step.gradient.data is None:
                continue
            if np.all(np.asarray(step.gradient.data) == 1) and not sent.summed_axes:
                given = np.broadcast_to(sent.local.data, np.shape(sent.value.data))
                np.testing.assert_allclose(given, sent.value.data, rtol=1e-12)


@one_in(3)
@pytest.mark.parametrize(("code", "number", "shape"), [case for case in CASES if case[2] == "number"])
def test_so_it_is_for_pytorch(code, number, shape):
    y, variables = outcome(pytorch, code, number, shape)
    y.backward()
    wanted = variables["x"].grad.tolist()
    y, variables = outcome(pytorch, code, number, shape)
    trace = record(y, variables)
    (leaf,) = (node for node in trace.nodes if node.name == "x")
    np.testing.assert_array_equal(leaf.grad.data, wanted)
    json.dumps(trace.to_dict(), allow_nan=False)
    strict(BackwardStepper(trace))


@pytest.mark.parametrize(
    ("code", "number", "explained"),
    [
        ("x / 0", 1, ["1/0 = inf"]),
        ("x / -0.0", 1, ["1/(−0) = −inf"]),
        ("x * math.nan", 1, ["nan"]),
        ("x * math.inf", 1, ["∞ = inf"]),
        ("x / w", 1, ["1/w = 1/0 = inf", "−x/w² = −1/0² = −inf"]),
        ("x.log()", 0, ["1/x = 1/0 = inf"]),
    ],
)
def test_a_rule_is_worked_out_as_numpy_does(code, number, explained):
    y, variables = outcome(autograd_core, code, number, "number")
    rules = [rule.symbols for moment in BackwardStepper(y, names=variables).moments for rule in moment.rules]
    assert [rule.partition(" = ")[2] for rule in rules] == ["expand(g)", *explained]


FUNCTIONS = {
    "1/a": lambda a: 1 / a, "log": lambda a: a.log(), "a·1e308·10": lambda a: a * 1e308 * 10,
    "nan": lambda a: a * math.nan, "exp": lambda a: (a * 1000).exp(), "1e-300·a": lambda a: a * 1e-300,
    "tiny": lambda a: a * 5e-324, "0·a": lambda a: a * 0,
}  # fmt: skip


@one_in(5)
@pytest.mark.filterwarnings("ignore:.*(overflow|invalid|divide)")
@pytest.mark.parametrize("start", [1.0, 0.0, -0.0, 1e299, 5e-324, 1e20])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_checks_and_descents_send_is_valid_json(function, start):
    fn = FUNCTIONS[function]
    strict(GradientCheck(fn, [autograd_core.tensor(start)]))
    for rate in (0.1, 1e308, 5e-324):
        try:
            descent = Descent(fn, start, lr=rate)
        except ValueError as error:
            assert "no finite value and slope at the start" in str(error)
        else:
            strict(descent)


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
def test_a_summary_does_not_overflow_where_the_tensor_does_not(torch):
    y = torch.full((4, 100), 1.5e308, dtype=torch.float64, requires_grad=True) * 1
    (node,) = (each for each in graph(y, {"y": y}).nodes if each.name == "y")
    assert (node.value.summary.mean, node.value.summary.norm) == (1.5e308, math.inf)
    y = torch.full((4, 100), 3e-200, dtype=torch.float64, requires_grad=True) * 1
    (node,) = (each for each in graph(y, {"y": y}).nodes if each.name == "y")
    assert node.value.summary.norm == pytest.approx(6e-199)


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
def test_a_tensor_of_huge_shape_that_takes_no_memory_is_drawn(torch):
    y = torch.full((1,), 3.0, requires_grad=True).expand(10**6, 10**6)
    (node,) = (each for each in graph(y, {"y": y}).nodes if each.name == "y")
    told = node.value.summary
    assert (node.shape, told.mean, told.head, told.norm) == ((10**6, 10**6), 3.0, (3.0,) * 100, 3e6)
    assert "<svg" in make_dot(y).svg()


@pytest.mark.parametrize("made", [
    lambda x: x.expand(10**12),
    lambda x: x.expand(10**6, 10**3, 10**3),
    lambda x: x.reshape(1, 1).expand(10**6, 10**6).transpose(0, 1),
])  # fmt: skip
def test_nor_do_its_relatives_take_memory_when_they_are_drawn(made):
    x = pytorch.full((1,), 3.0, requires_grad=True)
    y = made(x)
    (node,) = (each for each in graph(y, {"x": x, "y": y}).nodes if each.name == "y")
    assert node.value.summary.mean == 3.0


def nested():
    parts = [pytorch.ones(2), pytorch.ones(3)]
    return pytorch.nested.nested_tensor(parts, requires_grad=True).to_padded_tensor(0.0).sum()


@one_in(2)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [
    lambda: (pytorch.ones(2, device="meta", requires_grad=True) * 2 + 1).sum(),
    nested,
    lambda: (pytorch.tensor([1 + 2j], requires_grad=True) * 2).abs().sum(),
    lambda: pytorch.sparse.sum(pytorch.eye(3).to_sparse().requires_grad_() * 2),
    lambda: (pytorch.ones(3, requires_grad=True).to(pytorch.float8_e4m3fn).float() * 2).sum(),
], ids=["without data", "nested", "complex", "sparse", "eight bits"])  # fmt: skip
def test_tensors_that_are_no_arrays_of_numbers_are_drawn_and_stepped_through(make):
    assert "<svg" in make_dot(make()).svg()
    strict(BackwardStepper(make()))


SILENT = """
import os, sys
{close}
sys.stdout = sys.stderr = None
import autograd_core as torch
from widgets import *
import widgets.gradient_check.derivatives as derivatives
derivatives.PATIENCE = 0
x = torch.tensor(2.0, requires_grad=True)
made = [BackwardStepper(x * x).svg(), make_dot(x * x).svg(), GradientQuiz(x * x * x).page()]
made += [GradientCheck(lambda a: a * a, [x]).svg(), Descent(lambda a: a * a, 2.0).svg()]
monitor = TrainingMonitor()
for batch in monitor.watch([1.0, 2.0]):
    loss = x * batch
with open("done.txt", "w") as file:
    file.write(f"{{len(made)}} {{monitor.state}}")
"""


@pytest.mark.parametrize("close", ["", "os.close(2)", "os.close(1); os.close(2)"],
                         ids=["no sys.stderr", "no file 2", "neither file"])  # fmt: skip
def test_a_program_without_standard_error_draws_all_the_same(close, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", SILENT.format(close=close)], cwd=tmp_path, check=True, env=environment
    )
    assert (tmp_path / "done.txt").read_text() == "5 finished"
