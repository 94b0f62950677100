"""An operation is one row: what there is to say of it stands there, and nowhere else."""

import ast
import shutil
import subprocess
import sys

import pytest

import autograd_core.nn.functional  # noqa: F401, so that its operations are known
from autograd_core.core.node import Operation
from tools.links import PROJECT


def modules():
    """The engine's modules by their paths, each as its syntax tree."""
    paths = sorted((PROJECT / "autograd_core").rglob("*.py"))
    return {str(path.relative_to(PROJECT)): ast.parse(path.read_text(encoding="utf-8"))
            for path in paths}  # fmt: skip


def names_in(statement):
    """The words and names in the tables (lists, dictionaries, texts that are split) of a statement."""
    rules = [rule for rule in ast.walk(statement) if isinstance(rule, ast.Lambda)]
    inside = {part for rule in rules for part in ast.walk(rule)}
    for part in ast.walk(statement):
        if part in inside or isinstance(getattr(part, "ctx", None), ast.Store):
            continue  # what a rule computes, or what is assigned to
        if isinstance(part, ast.List | ast.Tuple | ast.Set | ast.Dict):
            elements = [*part.keys, *part.values] if isinstance(part, ast.Dict) else part.elts
            for element in elements:
                yield getattr(element, "id", getattr(element, "value", None))
        elif isinstance(part, ast.Call) and getattr(part.func, "attr", "") in ("split", "splitlines"):
            for text in ast.walk(part):
                yield from str(getattr(text, "value", "")).split()


def tables(tree):
    """The statements of a module that may be tables: all but definitions and its docstring."""
    for statement in tree.body:
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not text and not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield statement


def operations_in(tree, known):
    """The operations whose names stand in a table of a module."""
    words = [word for statement in tables(tree) for word in names_in(statement)]
    texts = [word.removeprefix("_").removesuffix("_") for word in words if isinstance(word, str)]
    return set(texts) & known


def known_operations():
    """The names of the engine's own operations."""
    rows = [row for row in Operation.named.values() if row.rules]
    return {row.op for row in rows if row.rule_a.__module__.startswith("autograd_core.")}


def test_an_operations_name_stands_in_no_table_but_its_own():
    known = known_operations()
    assert known >= {"mul", "pow", "where", "mse_loss"}
    found = {name: operations_in(tree, known) for name, tree in modules().items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_such_a_table_would_be_found():
    known = {"mul", "sin"}
    for text in ('X = "add mul".split()', 'X = {"mul": 1}', "X = [mul]", 'X = set(("sin_", 1))',
                 "for x in (sin, cos): pass"):  # fmt: skip
        assert operations_in(ast.parse(text), known), text
    for text in ('"""mul"""', 'mul = binary("mul", mul)', "def f(): return [mul]", "import mul"):
        assert operations_in(ast.parse(text), known) == set(), text


# ---------------------------------------------------------------------- a new operation

ROW = """
xlogy = binary("xlogy", lambda a, b: a * np.log(b), analytic=True, numpy=np.heaviside, pole="b == 0",
               a=lambda g, a, b, y: g * np.log(b), b=lambda g, a, b, y: g * a / b,
               doc="``input * log(other)``, element by element.")
"""  # np.heaviside stands for NumPy's function of that name, which it does not have
EXAMPLE = '    *_of("xlogy", PAIRS, POSITIVE),\n'
PROGRAM = """
import numpy as np
import autograd_core as torch
from autograd_core.core.node import Operation
from autograd_core.gradcheck import check_gradients
from autograd_core.ops.rows import offers
from tests.autograd_core.examples import EXAMPLES
from widgets import record

x = torch.tensor([2.0, 3.0], requires_grad=True)
w = torch.tensor([0.5, 4.0], requires_grad=True)
expected = [2 * np.log(0.5), 3 * np.log(4)]
for y in (torch.xlogy(x, w), x.xlogy(w), np.heaviside(x, w), (x * 1).xlogy_(w)):
    assert np.allclose(y.detach().numpy(), expected), y
    assert y.grad_fn.name() == "XlogyBackward0"
assert torch.xlogy(x, 4).grad_fn.name() == torch.xlogy(4, x).grad_fn.name() == "XlogyBackward0"

(example,) = (each for each in EXAMPLES if str(each) == "xlogy")
for which in range(len(example.shapes)):
    tensors = example.draw(torch, which)
    report = check_gradients(lambda *x: example.function(torch, *x), tensors)
    assert report.ok, report
    for each in report.comparisons:
        assert np.allclose(each.complex_step, each.analytic, 1e-9), report
assert torch.autograd.gradgradcheck(torch.xlogy, example.draw(torch))

trace = record(torch.xlogy(x, torch.tensor(4.0, requires_grad=True)).sum())
(node,) = (node for node in trace.nodes if node.op == "xlogy")
edges = [edge for edge in trace.edges if edge.consumer == node.id]
assert len(edges) == 2 and all(edge.formula for edge in edges), edges
summed = [c.summed_axes for step in trace.steps for c in step.contributions if c.edge in
          [trace.edges.index(edge) for edge in edges]]
assert sorted(summed) == [(), (-1,)], summed
assert Operation.named["XlogyBackward0"].places == {"pole": "b == 0"}
"""


@pytest.mark.exhaustive
def test_a_new_operation_is_one_row_and_one_example(tmp_path):
    """Function, method, in place, NumPy, complex step, second derivatives and a trace follow."""
    for folder in ("autograd_core", "widgets", "tests", "tools"):
        ignored = shutil.ignore_patterns("__pycache__", "golden", "browser")
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    for file, place, addition in (
        ("autograd_core/ops/arithmetic.py", "hypot = binary(", ROW),
        ("tests/autograd_core/examples.py", '    *_of("div atan2', EXAMPLE),
    ):
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert text.count(place) == 1
        changed = text.replace(place, addition.lstrip("\n") + place)
        (tmp_path / file).write_text(changed, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True,
        env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
