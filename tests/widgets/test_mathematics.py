"""Derivative rules as expressions: true, read back from a trace, and written as people write them."""

import ast
import contextlib
import json
import runpy
import subprocess
import sys
import warnings

import numpy as np
import pytest

import autograd_core as torch
from autograd_core.core import engine
from autograd_core.core.node import Operation, Output
from autograd_core.core.tensor import Tensor
from autograd_core.finite_differences import slopes
from autograd_core.meaning import means
from tests.autograd_core.examples import EXAMPLES
from tests.exhaustive import one_in
from tests.widgets.programs import custom_function
from tools.links import PROJECT
from widgets import record
from widgets.mathematics.algebra import case_of, local_of, put_in, simplified
from widgets.mathematics.code import code_of, is_rule, names_in, rule_in
from widgets.mathematics.derivative import derivative_of
from widgets.mathematics.evaluate import Unknown, evaluated
from widgets.mathematics.rules import rules_of
from widgets.mathematics.written import CASES, Piece, code_written, written
from widgets.recorders.formulas import of_node
from widgets.trace import Formula, Parameter, Trace, Value
from widgets.words.narration import Teller, in_numbers
from widgets.words.numbers_as_text import number

UNSEEN = {
    "uniform",
    "normal",
    "bernoulli",  # they put random numbers in; nothing to differentiate
    "copy",
}  # one is a part of CopySlices, never a node by itself; the other is reached
NO_WHOLE_FORMULA = {"output", "copy_slices"}  # bookkeeping of the engine, no step of a computation
# What is told in words, and worked out by the engine alone.
WORDS = set("""avg_pool avg_pool_transpose pad chosen clear concatenate conv conv_transpose correlation diag diagonal embed expand eye
    normalized part product_of_others reshape scatter stack axes""".split())  # fmt: skip


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


# ---------------------------------------------------------------------- they are true


@one_in(3)
@quiet
@pytest.mark.parametrize(("example", "which"), cases())
def test_every_rule_that_is_told_gives_the_numeric_derivative(example, which):
    """What is told, worked out, against finite differences of the whole example.

    The rules of all nodes are chained as ``backward()`` chains them, so that nothing but what is told
    contributes to what is compared; only words are worked out by the engine.
    """
    leaves = example.draw(torch, which)
    made = [out for out in outputs(example.function(torch, *leaves)) if out.requires_grad]
    random = np.random.default_rng(0)
    weights = [np.asarray(random.standard_normal(out.shape)) for out in made]
    by_rules = chained(made, weights)

    def weighted(arrays):
        with torch.no_grad():
            again = outputs(example.function(torch, *(torch.tensor(a) for a in arrays)))
        again = [out for out in again if out.dtype.is_floating_point]
        return [sum(np.sum(w * out.detach().numpy()) for w, out in zip(weights, again))]

    arrays = [leaf.detach().numpy().copy() for leaf in leaves]
    for slot, leaf in enumerate(leaves):
        ((numeric, _),) = slopes(weighted, arrays, slot, 1e-6)
        found = np.broadcast_to(by_rules.get(leaf, 0.0), leaf.shape)
        np.testing.assert_allclose(found.ravel(), numeric[0], rtol=1e-5, atol=1e-7)


def chained(made, weights):
    """The leaves' gradients with what is told of each node's rules in their place."""
    totals = {}

    def add(edge, gradient):
        totals[edge] = totals[edge] + gradient if edge in totals else gradient

    for out, weight in zip(made, weights):
        add(out._grad_fn or out, weight)
    for node in engine.reachable([out._grad_fn for out in made if out._grad_fn])[0]:
        g = totals.pop(node, None)
        if g is None:
            continue
        sent = engine.contributions_of(node, g, False)
        for edge, part, rule in zip(node.edges, sent, of_node(node)):
            if edge is None or part is None:
                continue
            if rule is not None and node.op not in NO_WHOLE_FORMULA:
                part = told(rule, g, np.asarray(part))
            add(edge, part)
    return totals


def told(rule, g, sent):
    """What a rule says of ``g``, in the shape of what was sent."""
    try:
        whole = evaluated(rule.tree, rule.values | {"g": g})
    except Unknown:
        assert words_in(rule.tree), code_of(rule.tree)
        return sent
    whole = whole + 0 * g if whole.ndim == 0 else whole
    if rule.local is not None:  # the local derivative tells the same
        local = evaluated(rule.local, rule.values)
        np.testing.assert_allclose(np.asarray(g) * local, whole + 0 * g, rtol=1e-12, atol=1e-300)
    return (
        whole.reshape(sent.shape) if whole.size == sent.size else engine.unbroadcast(whole, sent.shape, None)
    )


def words_in(tree):
    """The words in a rule: functions that have no meaning here, a shape or axes that are not told."""
    return {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)} & WORDS


@quiet
def test_every_differentiable_operation_is_among_the_examples():
    reached = {node.operation for example in EXAMPLES for which in range(len(example.shapes))
               for node in nodes_of(example, which)}  # fmt: skip
    known = {(o.op, o.name, *texts(o)) for o in reached}
    every = {tuple(told) for told in operations_of_the_engine() if told[0] not in UNSEEN}
    assert every - known == set()
    assert len(every) > 100


def texts(operation):
    return tuple(rule and code_of(rule.tree) for rule in rules_of(operation))


def operations_of_the_engine():
    """Name, node's name and rules of every operation with a rule that the import alone makes.

    Told by another process: in this one there are also those that tests have defined, and one
    for each number of tensors that a test has stacked.
    """
    program = """
import gc, json
import autograd_core.nn.functional
from autograd_core.core import node
from widgets.mathematics.code import code_of
from widgets.mathematics.rules import rules_of
found = [(o, rules_of(o)) for o in gc.get_objects() if isinstance(o, node.Operation)]
print(json.dumps([(o.op, o.name, *(r and code_of(r.tree) for r in rs)) for o, rs in found if any(rs)]))
"""
    told = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    return json.loads(told.stdout)


@quiet
def test_every_local_derivative_in_a_trace_can_be_read_back_and_worked_out():
    """From the JSON alone: that which was recorded, of every operation that has one."""
    compared = set()
    for example in EXAMPLES:
        for which in range(len(example.shapes)):
            made = [out for out in outputs(example.function(torch, *example.draw(torch, which)))
                    if out.requires_grad]  # fmt: skip
            total = sum(((out * (i + 1.5)).sum() for i, out in enumerate(made)), torch.tensor(0.0))
            trace = Trace.from_json(record(total, max_elements=1000).to_json())
            teller = Teller(trace)
            for step in trace.steps:
                for sent in step.contributions:
                    if sent.local is None:
                        continue
                    edge = trace.edges[sent.edge]
                    local = evaluated(teller.derivative(edge).local, teller.values(edge))
                    np.testing.assert_allclose(
                        np.broadcast_to(local, sent.local.shape), sent.local.data, rtol=1e-12
                    )
                    compared.add((trace.node(edge.consumer).backward, edge.symbol, edge.formula.code))
    assert len(compared) >= 90


@quiet
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_is_told_is_fit_to_be_shown(example):
    for node in nodes_of(example, 0):
        if node.op in NO_WHOLE_FORMULA or isinstance(node, Output):
            continue
        for rule in filter(None, of_node(node)):
            formula = rule.formula(100)
            derivative = derivative_of(formula, (*node.operands, "y"))
            assert is_rule(rule.tree) and code_of(rule_in(formula.code)) == formula.code
            for tree in filter(None, (derivative.whole, derivative.local)):
                text = written(tree)
                assert not [sign for sign in ("np.", "lambda", "==", "**", "missing", "None") if sign in text]
                assert text.count("(") == text.count(")")
                assert not any(name.isupper() and len(name) > 1 for name in names_in(tree)), text
                assert len(text) < 150, text


# ---------------------------------------------------------------------- how they are written


def shown(function, *numbers):
    """The local derivatives with respect to the tensors at these numbers, as the stepper tells them."""
    leaves = [torch.tensor(float(n), requires_grad=True) for n in numbers]
    trace = record(function(*leaves))
    teller, found = Teller(trace), []
    for edge in trace.edges:
        if edge.formula is not None:
            values, (tree, _) = teller.values(edge), teller.case(edge)
            parts = [str(written(tree)), in_numbers(tree, values), number(float(evaluated(tree, values)))]
            found.append(" = ".join(part for part, last in zip(parts, [None, *parts]) if part != last))
    return found


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
        (lambda a, b: a**b, (2, 3), ["b·aᵇ⁻¹ = 3·2³⁻¹ = 12", "y·log(a) = 8·log(2) = 5.5452"]),
        (lambda a, b: a**b, (2, 0), ["0", "y·log(a) = 1·log(2) = 0.6931"]),
        (lambda a, b: a**b, (0, 2), ["b·aᵇ⁻¹ = 2·0²⁻¹ = 0", "0"]),
        (lambda x: x.sin(), (0,), ["cos(x) = cos(0) = 1"]),
        (lambda x: x.cos(), (0,), ["−sin(x) = −sin(0) = 0"]),
        (lambda x: x.exp(), (0,), ["y = 1"]),
        (lambda x: x.log(), (4,), ["1/x = 1/4 = 0.25"]),
        (lambda x: x.log(), (0,), ["1/x = 1/0 = inf"]),
        (lambda x: x.sqrt(), (4,), ["1/(2·y) = 1/(2·2) = 0.25"]),
        (lambda x: x.erf(), (0,), ["(2/√π)·exp(−x²) = (2/√π)·exp(−0²) = 1.1284"]),
        (lambda x: x.acos(), (0,), ["−1/√(1 − x²) = −1/√(1 − 0²) = −1"]),
        (lambda x: x.sigmoid(), (0,), ["y·(1 − y) = 0.5·(1 − 0.5) = 0.25"]),
        (lambda x: x.abs(), (-2,), ["sign(x) = sign(−2) = −1"]),
        (lambda x: -x, (4,), ["−1"]),
        (lambda x: x.relu(), (4,), ["1"]),
        (lambda x: x.relu(), (-4,), ["0"]),
        (lambda x: x.clamp(0.0, 2.0), (1,), ["1"]),
        (torch.maximum, (2, 3), ["0", "1"]),
        (torch.maximum, (3, 3), ["1/2 = 0.5", "1/2 = 0.5"]),
        (lambda x: x.tanh(), (0,), ["1 − y² = 1 − 0² = 1"]),
        (lambda x: x * 5, (4,), ["5"]),
        (lambda x: 5 * x, (-4,), ["5"]),
        (lambda x: x.to(torch.float64) * 2.5, (-4,), ["1", "2.5"]),
        (lambda a, b: a * b, (-2, 3), ["b = 3", "a = −2"]),
        (lambda a: a**2, (-3,), ["2·a = 2·(−3) = −6"]),
        (lambda a: a**3, (-3,), ["3·a² = 3·(−3)² = 27"]),
        (lambda x: x / -0.0, (1,), ["1/(−0) = −inf"]),
        (lambda x: x * float("nan"), (1,), ["nan"]),
    ],
)  # fmt: skip
def test_symbols_numbers_and_outcome_in_one_line(function, numbers, texts):
    assert shown(function, *numbers) == texts


@pytest.mark.parametrize(
    ("code", "values", "case", "why"),
    [
        ("1 if y > 0 else 0", {"y": [1.0, 2.0]}, "1", ["y > 0"]),
        ("1 if y > 0 else 0", {"y": [1.0, -2.0]}, "1 if y > 0 else 0", []),
        ("1 if y > 0 else 0", {}, "1 if y > 0 else 0", []),
        ("1 if y > 0 else 0", {"y": []}, "1 if y > 0 else 0", []),
        ("1 if (x > 0) & (x < 2) else 0", {"x": 1.0}, "1", ["x > 0", "x < 2"]),
        ("1 if (x > 0) & (x < 2) else 0", {"x": 3.0}, "0", ["x >= 2"]),
        ("1 if (x < 0) | (x > 2) else 0", {"x": 3.0}, "1", ["x > 2"]),
        ("1 if (x < 0) | (x > 2) else 0", {"x": 1.0}, "0", ["x >= 0", "x <= 2"]),
        ("0 if a < b else 1 / 2 if a == b else 1", {"a": 3.0, "b": 3.0}, "1 / 2", ["a >= b", "a == b"]),
        ("x * (0 if y == 0 else 1 / y)", {"y": 3.0}, "x * (1 / y)", ["y != 0"]),
        ("0 if m else 1", {"m": [True, True]}, "0", ["m"]),
    ],
)
def test_only_the_case_that_holds_is_told_and_why(code, values, case, why):
    found, because = case_of(rule_in(code), {name: np.array(value) for name, value in values.items()})
    assert (code_of(found), [code_of(each) for each in because]) == (case, why)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("MmBackward0", ["g @ bᵀ", "aᵀ @ g"]),
        ("MvBackward0", ["g ⊗ b", "aᵀ @ g"]),
        ("SumBackward0", ["expand(g)"]),
        ("TBackward0", ["gᵀ"]),
        ("TransposeBackward0", ["gᵀ"]),
        ("SoftmaxBackward0", ["y·(g − sum(g·y))"]),
        ("StdBackward0", ["expand(0 if y = 0, else g/y)·(x − mean(x))/ν"]),
        ("MaxBackward1", ["g/count(x = y) if x = y, else 0"]),
        ("LogaddexpBackward0", ["g·exp(a − logaddexp(a, b))", "g·exp(b − logaddexp(a, b))"]),
    ],
)
def test_rules_of_which_no_values_are_known(name, texts):
    assert [written(rule.tree) for rule in rules_of(Operation.named[name])] == texts


@pytest.mark.parametrize(("code", "names", "text"), [
    ("1 / b", {"b": Piece("h + 1", 3)}, "1/(h + 1)"),
    ("cos(a)", {"a": Piece("h + 1", 3)}, "cos(h + 1)"),
    ("a * b", {"a": Piece("h + 1", 3), "b": "w"}, "(h + 1)·w"),
    ("g - (a - b)", {}, "g − (a − b)"),
    ("abs(a)", {"a": "<img onerror=hacked()>"}, "|<img onerror=hacked()>|"),
    ("2 * a", {"a": "-0.5"}, "2·(−0.5)"),
    ("a ** 2", {"a": "g"}, "g²"),  # and no name is put into another's
    ("g * a + a", {"a": "g", "g": "a"}, "a·g + g"),
    ("b * a ** (b - 1)", {"a": "x", "b": "k"}, "k·xᵏ⁻¹"),
    ("b * a ** (b - 1)", {"a": "x", "b": "p2_1"}, "p2_1·x^(p2_1 − 1)"),
    ("2 / n * (x - y)", {}, "(2/n)·(x − y)"),
    ("a @ transpose(b) * 2", {"b": Piece("w @ v", 4)}, "a @ (w @ v)ᵀ·2"),
    ("x * 1e-12", {}, "x·1e−12"),
    ("scatter(g, x)", {"g": Piece("u if v", CASES)}, "scatter(u if v, x)"),
])  # fmt: skip
def test_a_rule_is_written_with_the_readers_names(code, names, text):
    assert written(rule_in(code), names) == text


@pytest.mark.parametrize(("code", "text"), [
    ("g * b", "g·b"), ("2 * a ** 3", "2·a³"), ("a ** (n - 1)", "aⁿ⁻¹"), ("-g * sin(a)", "−g·sin(a)"),
    ("g @ b.T", "g @ bᵀ"), ("sqrt(x) - torch.exp( -x )", "sqrt(x) − torch.exp(−x)"),
    ("(h + 1).sum(dim=1, keepdim=True)", "(h + 1).sum(dim=1, keepdim=True)"), ("x ** 2.5", "x^2.5"),
    ("a[:, 0] * b[...]", "a[:, 0]·b[...]"), ("(x > 0) * x", "(x > 0)·x"), ("f(*xs, **k)", "f(*xs, **k)"),
    ("x if y else -z", "x if y else -z"), ("a - (b - c)", "a − (b − c)"), ("a % b * c", "(a % b)·c"),
    ("[a, b][i]", "[a, b][i]"), ("(a, b)", "(a, b)"), ("(a := 3)", "(a := 3)"), ("a * b ** 0.5 / c", "a·b^0.5/c"),
    ("1 = 2", "1 = 2"), ("lambda: x", "lambda: x"),
])  # fmt: skip
def test_code_is_written_as_mathematics_its_calls_as_they_are(code, text):
    assert code_written(code) == text


# ---------------------------------------------------------------------- what the language is


@pytest.mark.parametrize("code", [
    "g.real", "__import__('os')", "(lambda: 1)()", "[g]", "g[0]", "f(x=1)", "f(*x)", "'g'", "1j", "g; g",
    "g = 2", "a < b < c", "a and b", "x := g", "f(g)(g)", "{g}", "g if", "", "~g", "a << 9999", "not_closed(",
    "(" * 2000, "f(" * 300 + ")" * 300, "1" * 1001,
])  # fmt: skip
def test_what_is_not_in_the_language_is_no_rule(code):
    assert rule_in(code) is None
    assert derivative_of(Formula(code), ("x",)) is None


@pytest.mark.parametrize("code", [
    "9 ** 9 ** 9 ** 9", "10 ** 400 * g", "1e999 - 1e999", "g" + " ** g" * 200, "sum(x, y)", "sum(x, 99)",
    "eye()", "cos()", "cos(1, 2, 3, 4)", "transpose(1)", "permute(g, g)", "where(g)", "g @ 3", "axes", "exec(g)",
    "part()", "sum()", "clip(g)", "sum_to_shape()", "reshape()", "permute()", "-(-(-g))", "0 / 0", "max(g)",
])  # fmt: skip
def test_whatever_is_a_rule_is_told_and_worked_out_or_unknown(code):
    """None runs for long, and none stops a trace from being told that a recorder has not written."""
    derivative = derivative_of(Formula(code, (Parameter("x", Value((2,), "float64", [1.0, 2.0])),)), ("g",))
    for tree in filter(None, (derivative and derivative.whole, derivative and derivative.local)):
        try:
            assert isinstance(written(tree), str)
        except RecursionError:
            pytest.fail("too deep to be told")
        with contextlib.suppress(Unknown):
            evaluated(tree, {"g": np.float64(2.0), "x": np.ones(2)})


@pytest.mark.parametrize(("code", "text"), [
    ("1 * g + 0", "g"), ("g * (0 * x)", "0"), ("-(-g)", "g"), ("g * g * x", "g ** 2 * x"), ("-g * b", "-(g * b)"),
    ("g / a / a", "g / a ** 2"), ("g * (y > 0)", "g if y > 0 else 0"), ("2 * 3 * g", "6 * g"), ("g ** 1", "g"),
    ("g if 0 else x", "x"), ("g if 2 > 1 else x", "g"), ("x / 3 / 2", "x / 6"), ("x / 2 / a", "x / (2 * a)"), ("0 - g", "-g"),
    ("permute(g, (1, 0))", "transpose(g)"), ("permute(g, (0, 2, 1))", "permute(g, (0, 2, 1))"),
])  # fmt: skip
def test_school_algebra(code, text):
    tree = simplified(rule_in(code))
    values = {name: np.array([[1.5, -0.5], [2.0, 3.0]]) for name in "gabxy"}
    assert code_of(tree) == text
    if "permute" not in code:
        wanted = evaluated(rule_in(code), values)
        np.testing.assert_allclose(np.broadcast_to(evaluated(tree, values), wanted.shape), wanted)


def test_plain_numbers_and_axes_are_put_in():
    tree = put_in(
        rule_in("b * g - sum(g * y, dim)"), {"b": np.array(3), "dim": np.array([0, 1]), "y": np.ones(2)}
    )
    assert code_of(tree) == "3 * g - sum(g * y, (0, 1))"
    assert code_of(put_in(rule_in("b * g"), {"b": np.array(-2.5)})) == "-2.5 * g"


def test_a_rule_is_local_only_if_it_is_known_what_to_compute_with():
    tree = rule_in("g if chosen else 0")
    assert local_of(tree, {"x"}) is None
    assert code_of(local_of(tree, {"chosen"})) == "1 if chosen else 0"


# ---------------------------------------------------------------------- out of the engine's source


def test_a_helper_that_a_rule_calls_is_told_by_its_meaning_its_source_or_its_name():
    def rule(g, x, y):
        """It does nothing but return."""
        return g * np.cos(x)

    (told,) = rules_of(Operation("function", {"x": rule}))
    assert code_of(told.tree) == "g * cos(x)"
    operations = {"plain": lambda g, x, y: g * half(x), "word": lambda g, x, y: unreadable(g * x),
                  "meaning": lambda g, x, y: g * marked(x, 3), "constant": lambda g, x, y: g * SQRT_TWO}  # fmt: skip
    found = {name: rules_of(Operation(name, {"x": rule}))[0].tree for name, rule in operations.items()}
    assert {name: code_of(tree) for name, tree in found.items()} == {
        "plain": "g * (x / 2)", "word": "unreadable(g * x)", "meaning": "g * tan(3 * x)",
        "constant": "g * sqrt(2)"}  # fmt: skip


SQRT_TWO = np.sqrt(2)


def half(x):
    return x / 2


def unreadable(x):
    for _ in range(3):
        x = x + 1
    return x


@means("tan(n * x)")
def marked(x, n):
    return unreadable(x)


def test_a_rule_that_cannot_be_read_is_not_told():
    hidden = eval("lambda g, x, y: g * 3 * x ** 2")
    assert rules_of(Operation("hidden", {"x": hidden})) == (None,)
    assert rules_of(Operation("listed", {"x": lambda g, x, y: max([g, x])})) == (None,)


def test_several_rules_on_one_line_are_told_apart():
    rules = {"a": lambda g, a, b, y: g * b, "b": lambda g, a, b, y: g * (a + 1)}
    assert [code_of(rule.tree) for rule in rules_of(Operation("both", rules))] == ["g * b", "g * (a + 1)"]


def test_a_rule_in_the_first_line_of_a_file_is_read_whatever_that_line_begins_with(tmp_path):
    (tmp_path / "rule.py").write_text("[rule] = [lambda g, x, y: g * 3 * x]\n")
    rule = runpy.run_path(str(tmp_path / "rule.py"))["rule"]
    assert [code_of(told.tree) for told in rules_of(Operation("first", {"x": rule}))] == ["g * 3 * x"]


def test_rules_without_columns_are_told_apart_by_their_operands():
    command = ("import autograd_core as torch\n"
               "from autograd_core.core.node import Operation\n"
               "from widgets.mathematics.rules import rules_of\n"
               "from widgets.mathematics.code import code_of\n"
               "print([code_of(r.tree) for r in rules_of(Operation.named['SinBackward0'])])")  # fmt: skip
    done = subprocess.run([sys.executable, "-X", "no_debug_ranges", "-c", command], cwd=PROJECT,
                          capture_output=True, text=True, check=True, encoding="utf-8")  # fmt: skip
    assert done.stdout.strip() == "['g * cos(x)']"


def test_operands_without_a_gradient_and_custom_functions_have_no_rule():
    a, c = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0)
    assert [rule and code_of(rule.local) for rule in of_node((a * c).grad_fn)] == ["b", None]
    assert [rule and code_of(rule.local) for rule in of_node((c * a).grad_fn)] == [None, "a"]
    assert of_node(custom_function(torch)[1]["cube"].grad_fn) == [None]
    y = a.sin()
    y.backward()
    assert of_node(y.grad_fn) == [None]


def test_nothing_is_recorded_while_a_rule_is_worked_out():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rule, _ = of_node((a**3).grad_fn)
        assert not isinstance(evaluated(rule.local, rule.values), Tensor)
