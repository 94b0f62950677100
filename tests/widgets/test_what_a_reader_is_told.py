"""What a reader is told of a derivative: true, of this case, in signs that one can read."""

import json
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import one_in
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch
from tools.links import PROJECT
from widgets import record
from widgets.answers.exercise import check
from widgets.words.narration import narrate

BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])


def rules(output, **names):
    """What the stepper says of each operand: the derivative, and the note below it."""
    return [
        (rule.symbols, rule.note) for moment in narrate(record(output.sum(), names)) for rule in moment.rules
    ]


def leaf(torch, values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


# ---------------------------------------------------------------------- powers and cases


@BOTH
def test_a_power_of_two_tensors_is_told_with_their_names_and_only_the_case_that_holds(torch):
    x, k = leaf(torch, 2.0), leaf(torch, 3.0)
    y = x**k
    assert rules(y, x=x, k=k, y=y)[1:] == [
        ("∂y/∂x = k·xᵏ⁻¹ = 3·2³⁻¹ = 12", "here k ≠ 0, as 3 ≠ 0"),
        ("∂y/∂k = y·log(x) = 8·log(2) = 5.5452", "here x ≠ 0, as 2 ≠ 0"),
    ]


@BOTH
@pytest.mark.parametrize(("function", "values", "told", "why"), [
    (lambda torch, x: x ** leaf(torch, 0.0), 2.0, "0", "= 0, as 0 = 0"),
    (lambda torch, x: x.relu(), 2.0, "1", "here y > 0, as 2 > 0"),
    (lambda torch, x: x.relu(), -2.0, "0", "here y ≤ 0, as 0 ≤ 0"),
    (lambda torch, x: x.relu(), [2.0, 3.0], "1", "here y > 0 everywhere"),
    (lambda torch, x: x.relu(), [2.0, -3.0], "1 if y > 0, else 0", ""),
    (lambda torch, x: torch.nn.functional.leaky_relu(x, 0.25), -2.0, "0.25", "here x ≤ 0, as −2 ≤ 0"),
    (lambda torch, x: torch.nn.functional.elu(x), -2.0, "exp(min(x, 0)) = exp(min(−2, 0)) = 0.1353",
     "here x ≤ 0, as −2 ≤ 0"),
    (lambda torch, x: x.clamp(0.0, 1.0), 0.5, "1", "here x > 0, as 0.5 > 0; here x < 1, as 0.5 < 1"),
    (lambda torch, x: x.clamp(0.0, 1.0), 1.5, "0", "here x ≥ 1, as 1.5 ≥ 1"),
    (lambda torch, x: torch.where(x > 1, x, 0.0 * x.detach()), 2.0, "1", "here the condition holds"),
])  # fmt: skip
def test_of_an_operation_with_cases_only_the_one_that_holds_is_told_and_why(
    torch, function, values, told, why
):
    x = leaf(torch, values)
    y = function(torch, x)
    symbols, note = next(each for each in rules(y, x=x, y=y) if "/∂x" in each[0])
    assert symbols.removeprefix("∂y/∂x = ") == told
    assert note.endswith(why) if why.startswith("=") else note == why, note


# ---------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(("name", "x", "slope"), [
    ("asin", 0.3, lambda x: 2 / np.sqrt(1 - x**2)), ("acos", 0.3, lambda x: -2 / np.sqrt(1 - x**2)),
    ("atan", 0.3, lambda x: 2 / (1 + x**2)), ("acosh", 1.3, lambda x: 2 / np.sqrt(x**2 - 1)),
    ("asinh", 0.3, lambda x: 2 / np.sqrt(x**2 + 1)), ("atanh", 0.3, lambda x: 2 / (1 - x**2)),
    ("erf", 0.3, lambda x: 4 / np.sqrt(np.pi) * np.exp(-(x**2))), ("sin", 0.3, lambda x: 2 * np.cos(x)),
    ("log1p", 0.3, lambda x: 2 / (1 + x)), ("sinh", 0.3, lambda x: 2 * np.cosh(x)),
])  # fmt: skip
@BOTH
def test_a_slope_taken_at_the_wrong_place_is_recognised(torch, name, x, slope):
    verdict = check(float(slope(x)), lambda x: getattr(2 * x, name)(), leaf(torch, x))
    assert f"was taken at x = {x:g}, and not at" in repr(verdict) and f"= {2 * x:g}" in repr(verdict)


def test_so_it_is_of_an_operation_with_several_cases():
    verdict = check(2 * np.exp(-0.3), lambda x: autograd_core.nn.functional.elu(2 * x), -0.3)
    assert "was taken at x = −0.3, and not at" in repr(verdict)


@pytest.mark.parametrize(("fn", "x"), [
    (lambda x: x.asin(), 0.6), (lambda x: x.erf(), 0.6), (lambda x: x.acosh(), 1.6),
    (lambda x: autograd_core.nn.functional.gelu(x), 0.6),
])  # fmt: skip
def test_the_output_in_place_of_the_input_is_recognised(fn, x):
    double = partial(autograd_core.tensor, dtype=autograd_core.float64)
    y = fn(double(x)).item()
    slope = (fn(double(y + 1e-6)).item() - fn(double(y - 1e-6)).item()) / 2e-6
    verdict = check(slope, fn, x)
    assert "output" in verdict.mistakes, verdict


# ---------------------------------------------------------------------- signs that one can read


@BOTH
def test_constants_of_the_engine_are_told_as_they_are_worked_out(torch):
    x = leaf(torch, [1.0, 2.0])
    told = rules(torch.nn.functional.gelu(x, approximate="tanh"), x=x)[1][0]
    assert "√(2/π)·(x + 0.044715·x³)" in told and "SQRT" not in told


@BOTH
@pytest.mark.parametrize("weighted", [False, True])
def test_a_normalisation_is_told_as_in_a_book(torch, weighted):
    a, w = leaf(torch, [[1.0, 2.0], [3.0, 5.0]]), leaf(torch, [2.0, 3.0])
    y = torch.nn.functional.layer_norm(a, (2,), w if weighted else None)
    g = "g·w" if weighted else "g"
    told = next(symbols for symbols, _ in rules(y, a=a, w=w) if symbols.startswith("gradient of a"))
    eps = "1e−5" if torch is autograd_core else "ε"
    assert (
        told == f"gradient of a = ({g} − mean({g}) − normalized(a)·mean({g}·normalized(a)))/√(var(a) + {eps})"
    )


@BOTH
def test_a_batch_is_normalised_in_the_same_words(torch):
    layer = torch.nn.BatchNorm1d(2, affine=False).double()
    a = leaf(torch, [[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]])
    told = rules(layer(a), a=a)[1][0]
    assert told.startswith("gradient of a = (g − mean(g) − normalized(a)·mean(g·normalized(a)))/√(var(a)")
    layer.eval()  # of which PyTorch's node does not tell enough
    found = rules(layer(a), a=a)[1]
    assert (
        found[0].startswith("gradient of a = g/√(variance + ")
        if torch is autograd_core
        else "not known here" in found[1]
    )


# ---------------------------------------------------------------------- what was broadcast


@BOTH
def test_a_layer_and_its_parts_say_the_same_of_bias_and_weights(torch):
    x, b = leaf(torch, [[1.0, 2.0], [3.0, 5.0]]), leaf(torch, [1.0, 2.0, 3.0])
    w = leaf(torch, [[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]])
    whole = rules(torch.nn.functional.linear(x, w, b), x=x, w=w, b=b)
    parts = rules(x @ w.T + b, x=x, w=w, b=b)
    said = "b was broadcast, so the gradient is summed over the first axis: 2×3 → 3"
    assert [note for symbols, note in whole if "∂b" in symbols] == [said]
    assert [note for symbols, note in parts if "∂b" in symbols] == [said]
    assert whole[-1] == parts[-1] == ("gradient of w = gᵀ", "")


@BOTH
@pytest.mark.parametrize(("turned", "told"), [
    (lambda x: x.T, "gᵀ"), (lambda x: x.t(), "gᵀ"), (lambda x: x.mT, "gᵀ"), (lambda x: x.permute(1, 0), "gᵀ"),
    (lambda x: x.transpose(0, 1), "gᵀ"), (lambda x: x.permute(0, 1), "permute(g)"),
])  # fmt: skip
def test_however_a_matrix_is_transposed_its_gradient_is_told_alike(torch, turned, told):
    x = leaf(torch, [[1.0, 2.0], [3.0, 5.0]])
    assert rules(turned(x), x=x)[-1][0] == f"gradient of x = {told}"


@BOTH
@pytest.mark.parametrize("stretched", [
    lambda torch, c: c.expand(2, 3), lambda torch, c: c * torch.ones(2, 3, dtype=torch.float64),
    lambda torch, c: torch.addcmul(torch.ones(2, 3, dtype=torch.float64), c, c.detach()),
    lambda torch, c: torch.lerp(c, torch.ones(2, 3, dtype=torch.float64), 0.25),
    lambda torch, c: torch.where(torch.ones(2, 3, dtype=torch.float64) > 0, c, c.detach()),
    lambda torch, c: torch.addmm(c, torch.ones(2, 2, dtype=torch.float64), torch.ones(2, 3, dtype=torch.float64)),
])  # fmt: skip
def test_whatever_stretches_a_tensor_says_that_its_gradient_is_summed(torch, stretched):
    c = leaf(torch, [1.0, 2.0, 3.0])
    assert (
        "c was broadcast, so the gradient is summed over the first axis: 2×3 → 3"
        in rules(stretched(torch, c), c=c)[-1][1]
    )


# ---------------------------------------------------------------------- whatever was imported


@one_in(2)
@pytest.mark.parametrize("first", ["", "import autograd_core.nn.functional"])
def test_a_networks_edges_have_their_rules_whatever_was_imported_before(first):
    need_pytorch()
    program = f"""
import json
{first}
import torch
from widgets import record
net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
                          torch.nn.Linear(8, 3))
x = net(torch.ones(1, 1, 6, 6))
joined = torch.cat([x, torch.stack([x, x])[0]])
loss = torch.nn.functional.cross_entropy(joined, torch.tensor([1, 0]))
edges = [edge for edge in record(loss).edges if edge.flows]
print(json.dumps([len(edges), sum(edge.formula is not None for edge in edges)]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    edges, known = json.loads(done.stdout)
    assert edges == known >= 15
