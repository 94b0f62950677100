"""The formulas shown to learners are true, and written as people write them."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

import autograd_core as torch
from autograd_core import formula
from autograd_core.core import engine
from autograd_core.finite_differences import numeric_jacobian
from autograd_core.core.node import Operation, Output
from autograd_core.core.tensor import Tensor
from tests.autograd_core.examples import EXAMPLES
from tools.links import PROJECT

UNSEEN = {"uniform", "normal",  # they put random numbers in; nothing to differentiate
          "copy"}  # one is a part of CopySlices, never a node by itself; the other is reached
NO_WHOLE_FORMULA = {"output", "copy_slices"}  # bookkeeping of the engine, no step of a computation


def quiet(function):
    return pytest.mark.filterwarnings("ignore::RuntimeWarning")(function)


def outputs(value):
    return list(value) if isinstance(value, tuple | list) else [value]


def cases():
    return [
        pytest.param(example, which, id=f"{example}-{which}")
        for example in EXAMPLES
        for which in range(len(example.shapes))
    ]


def nodes_of(example, which):
    made = outputs(example.function(torch, *example.draw(torch, which)))
    return engine.reachable([out._grad_fn for out in made if out.requires_grad])[0]


@quiet
@pytest.mark.parametrize(("example", "which"), cases())
def test_every_formula_shown_gives_the_numeric_derivative(example, which):
    """The displayed expression, evaluated, against finite differences of the whole example.

    The formulas of all nodes are chained as ``backward()`` chains the rules, so that nothing but
    formulas contributes to what is compared.
    """
    leaves = example.draw(torch, which)
    made = [out for out in outputs(example.function(torch, *leaves)) if out.requires_grad]
    random = np.random.default_rng(0)
    weights = [np.asarray(random.standard_normal(out.shape)) for out in made]
    by_formulas = chained(made, weights, leaves)

    def weighted(arrays):
        with torch.no_grad():
            again = outputs(example.function(torch, *(torch.tensor(a) for a in arrays)))
        again = [out for out in again if out.dtype.is_floating_point]
        return [sum(np.sum(w * out.detach().numpy()) for w, out in zip(weights, again))]

    arrays = [leaf.detach().numpy().copy() for leaf in leaves]
    for slot, leaf in enumerate(leaves):
        (numeric,) = numeric_jacobian(weighted, arrays, slot, 1e-6)
        found = np.broadcast_to(by_formulas.get(leaf, 0.0), leaf.shape)
        np.testing.assert_allclose(found.ravel(), numeric[0], rtol=1e-5, atol=1e-7)


def chained(made, weights, leaves):
    """The leaves' gradients with each node's formulas in place of its rules."""
    totals = {}

    def add(edge, gradient, shape=None):
        if shape is not None:
            gradient = engine.unbroadcast(np.asarray(gradient), *shape)
        totals[edge] = totals[edge] + gradient if edge in totals else gradient

    for out, weight in zip(made, weights):
        add(out._grad_fn or out, weight)
    for node in engine.reachable([out._grad_fn for out in made if out._grad_fn])[0]:
        g = totals.pop(node, None)
        if g is None:
            continue
        if node.op in NO_WHOLE_FORMULA:
            sent = engine.contributions_of(node, g, False)
            for edge, part in zip(node.edges, sent):
                if edge is not None and part is not None:
                    add(edge, part)
            continue
        for slot, (edge, shown) in enumerate(zip(node.edges, node.formulas())):
            if edge is None or shown is None:
                continue
            whole = shown.evaluate(g=g)
            if shown.local is not None:  # the local derivative tells the same
                local = np.asarray(shown.local.evaluate())
                np.testing.assert_allclose(np.asarray(g) * local, np.asarray(whole) + 0 * g,
                                           rtol=1e-12, atol=1e-300)  # fmt: skip
                whole = g * local
            add(edge, np.asarray(whole), node.shapes and node.shapes[slot])
    return totals


@quiet
def test_every_differentiable_operation_is_among_the_examples():
    reached = {node.operation for example in EXAMPLES for which in range(len(example.shapes))
               for node in nodes_of(example, which)}  # fmt: skip
    known = {(o.op, o.name, *texts(o)) for o in reached}
    every = {tuple(told) for told in operations_of_the_engine() if told[0] not in UNSEEN}
    assert every - known == set()
    assert len(every) > 100


def texts(operation):
    return tuple(f and f.text for f in formula.of(operation))


def operations_of_the_engine():
    """Name, node's name and formulas of every operation with a formula that the import alone makes.

    Told by another process: in this one there are also those that tests have defined, and one
    for each number of tensors that a test has stacked.
    """
    program = """
import gc, json
import autograd_core.nn.functional
from autograd_core import formula
from autograd_core.core import node
found = [(o, formula.of(o)) for o in gc.get_objects() if isinstance(o, node.Operation)]
print(json.dumps([(o.op, o.name, *(f and f.text for f in fs)) for o, fs in found if any(fs)]))
"""
    told = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    return json.loads(told.stdout)


@quiet
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_text_and_latex_are_fit_to_be_shown(example):
    for node in nodes_of(example, 0):
        if node.op in NO_WHOLE_FORMULA or isinstance(node, Output):
            continue
        for shown in filter(None, node.formulas()):
            for each in filter(None, (shown, shown.local)):
                assert not [sign for sign in ("np.", "lambda", "==", "**") if sign in each.text]
                assert each.text.count("(") == each.text.count(")")
                assert each.latex.count("{") == each.latex.count("}")
                assert each.latex.count(r"\left(") == each.latex.count(r"\right)")
                assert each.latex.isascii(), each.latex
                assert "None" not in each.text and "None" not in each.latex
                assert len(each.text) < 150, each.text


def shown(function, *numbers):
    """The local derivatives of ``function`` with respect to the tensors, at these numbers."""
    leaves = [torch.tensor(float(n), requires_grad=True) for n in numbers]
    return [f and f.local for f in function(*leaves).grad_fn.formulas()]


@pytest.mark.parametrize(
    ("function", "numbers", "texts"),
    [
        (lambda a, b: a + b, (2, 3), ["1", "1"]),
        (lambda a, b: a - b, (2, 3), ["1", "−1"]),
        (lambda a, b: a * b, (2, 3), ["b = 3", "a = 2"]),
        (lambda a, b: a / b, (1, 4), ["1/b = 1/4 = 0.25", "−a/b² = −1/4² = −0.0625"]),
        (lambda a: a**2, (3,), ["2·a = 2·3 = 6"]),
        (lambda a: a**3, (2,), ["3·a² = 3·2² = 12"]),
        (lambda a: a**0.5, (4,), ["0.5·a^(−0.5) = 0.5·4^(−0.5) = 0.25"]),
        (lambda a: a**1, (3,), ["1"]),
        (lambda a: a**0, (3,), ["0"]),
        (lambda x: x.sin(), (0,), ["cos(x) = cos(0) = 1"]),
        (lambda x: x.cos(), (0,), ["−sin(x) = −sin(0) = 0"]),
        (lambda x: x.exp(), (0,), ["y = 1"]),
        (lambda x: x.log(), (4,), ["1/x = 1/4 = 0.25"]),
        (lambda x: x.sqrt(), (4,), ["1/(2·y) = 1/(2·2) = 0.25"]),
        (lambda x: -x, (4,), ["−1"]),
        (lambda x: x.relu(), (4,), ["1 if y > 0, else 0 = 1 if 4 > 0, else 0 = 1"]),
        (lambda x: x.tanh(), (0,), ["1 − y² = 1 − 0² = 1"]),
        (lambda x: x * 5, (4,), ["5"]),
        (lambda x: 5 * x, (-4,), ["5"]),
        (lambda a, b: a * b, (-2, 3), ["b = 3", "a = −2"]),
        (lambda a: a**2, (-3,), ["2·a = 2·(−3) = −6"]),
        (lambda a: a**3, (-3,), ["3·a² = 3·(−3)² = 27"]),
    ],
)  # fmt: skip
def test_symbols_numbers_and_outcome_in_one_line(function, numbers, texts):
    assert [f.explained() for f in shown(function, *numbers) if f is not None] == texts


@pytest.mark.parametrize(
    ("name", "plain", "latex"),
    [
        ("PowBackward0", ["b·aᵇ⁻¹ if b ≠ 0, else 0"],
         [r"\begin{cases}b \cdot a^{b - 1} & \text{if } b \ne 0 \\ "
          r"0 & \text{otherwise}\end{cases}"]),
        ("MulBackward0", ["b", "a"], ["b", "a"]),
        ("DivBackward0", ["1/b", "−a/b²"], [r"\frac{1}{b}", r"-\frac{a}{b^{2}}"]),
        ("AcosBackward0", ["−1/√(1 − x²)"], [r"-\frac{1}{\sqrt{1 - x^{2}}}"]),
        ("SigmoidBackward0", ["y·(1 − y)"], [r"y \cdot \left(1 - y\right)"]),
        ("AbsBackward0", ["sign(x)"], [r"\operatorname{sign}\left(x\right)"]),
        ("MaximumBackward0", ["0 if a < b; 1/2 if a = b; else 1",
                              "0 if b < a; 1/2 if a = b; else 1"], None),
    ],
)  # fmt: skip
def test_local_derivatives_by_pytorchs_name(name, plain, latex):
    found = [f.local for f in formula.by_name(name) if f is not None]
    assert [f.text for f in found] == plain
    assert latex is None or [f.latex for f in found] == latex


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("MmBackward0", ["g @ bᵀ", "aᵀ @ g"]),
        ("MvBackward0", ["g ⊗ b", "aᵀ @ g"]),
        ("SumBackward0", ["expand(g)"]),
        ("TBackward0", ["gᵀ"]),
        ("SoftmaxBackward0", ["y·(g − sum(g·y))"]),
    ],
)
def test_whole_products_where_there_is_no_local_derivative(name, plain):
    assert [f.local for f in formula.by_name(name)] == [None] * len(plain)
    assert [f.text for f in formula.by_name(name)] == plain


def test_unknown_names_have_no_formula():
    assert formula.by_name("NoSuchBackward0") is None


def test_names_of_the_users_variables():
    a, b = (torch.tensor(n, requires_grad=True) for n in (2.0, 3.0))
    first, second = (f.local for f in (a / b).grad_fn.formulas())
    names = {"a": "p1", "b": "w · x"}
    assert first.with_names(names) == "1/(w · x)"
    assert second.with_names(names) == "−p1/(w · x)²"
    assert second.explained({"a": "p1", "b": "p2"}) == "−p1/p2² = −2/3² = −0.222222"


def test_numbers_of_the_incoming_gradient():
    a = torch.tensor(3.0, requires_grad=True)
    (f, _) = (a**2).grad_fn.formulas()
    assert f.with_numbers(g=np.float64(0.5)) == "0.5·2·3"
    assert f.evaluate(g=0.5) == 3.0


def test_a_constant_tensor_is_no_plain_number():
    a, c = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0)
    assert [(f and f.local.text) for f in (a * c).grad_fn.formulas()] == ["b", None]
    assert [(f and f.local.text) for f in (c * a).grad_fn.formulas()] == [None, "a"]
    assert [(f and f.local.text) for f in (a * 2).grad_fn.formulas()] == ["2", None]
    assert [(f and f.local.text) for f in (a / c).grad_fn.formulas()] == ["1/b", None]
    single = a.to(torch.float32)
    assert [(f and f.local.text) for f in (single * 2.5).grad_fn.formulas()] == ["2.5", None]


def test_numbers_only_of_scalars():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    f, _ = (a * a).grad_fn.formulas()
    assert f.local.numbers == ""
    assert f.local.explained() == "b"
    np.testing.assert_array_equal(f.local.evaluate(), [1.0, 2.0])


def test_operands_without_a_gradient_have_none():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    assert (a * 3).grad_fn.formulas()[1] is None
    assert (a < 3).grad_fn is None


def test_after_backward_the_formula_in_general_remains():
    a = torch.tensor(3.0, requires_grad=True)
    y = a.sin()
    y.backward()
    (f,) = y.grad_fn.formulas()
    assert (f.local.text, f.local.values) == ("cos(x)", {})


def test_a_custom_function_has_no_formula():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    assert Twice.apply(torch.tensor(3.0, requires_grad=True)).grad_fn.formulas() == (None,)


def test_a_stated_formula_stands_for_a_rule_that_cannot_be_read():
    operation = Operation(
        "cube", {"x": hidden_rule()}, formula="g * 3 * x ** 2", name="CubeBackward0"
    )
    (f,) = formula.of(operation)
    assert (f.text, f.local.text) == ("g·3·x²", "3·x²")
    assert f.evaluate(g=2.0, x=3.0) == 54.0
    assert formula.of(Operation("hidden", {"x": hidden_rule()})) == (None,)


def hidden_rule():
    """A rule whose source is nowhere."""
    return eval("lambda g, x, y: g * 3 * x ** 2")


def test_rules_that_are_functions_are_read_too():
    def rule(g, x, y):
        """Of plain assignments and a return."""
        slope = np.cos(x)
        return g * slope

    (f,) = formula.of(Operation("function", {"x": rule}))
    assert f.local.text == "cos(x)"


def test_several_rules_on_one_line_are_told_apart():
    rules = {"a": lambda g, a, b, y: g * b, "b": lambda g, a, b, y: g * (a + 1)}
    assert [f.local.text for f in formula.of(Operation("both", rules))] == ["b", "a + 1"]


def test_rules_without_columns_are_told_apart_by_their_operands(tmp_path):
    command = (
        "import autograd_core as torch\n"
        "from autograd_core import formula\n"
        "print([f.local.text for f in formula.by_name('SinBackward0')])"
    )
    done = subprocess.run([sys.executable, "-X", "no_debug_ranges", "-c", command],
                          capture_output=True, text=True, check=True, encoding="utf-8")  # fmt: skip
    assert done.stdout.strip() == "['cos(x)']"


def test_nothing_is_recorded_while_a_formula_is_shown():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f, _ = (a**3).grad_fn.formulas()
        assert not isinstance(f.local.evaluate(), Tensor)
