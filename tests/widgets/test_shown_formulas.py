"""No formula that is shown evaluates to something else than what was sent, of either library.

The cases are those of the engine's own tests: every operation, in all combinations of shapes, types, layouts and
arguments. A formula is worked out from the trace alone, as a reader would do it.
"""

import ast
import copy
import importlib
import inspect
import itertools
import math
import pkgutil
import warnings
from collections import Counter

import numpy as np
import pytest

import autograd_core
import tests.autograd_core
from autograd_core.core.engine import unbroadcast
from tests.autograd_core import oracle_cases
from tests.autograd_core.oracle_cases import default_dtype, tensors_in
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch
from widgets import record
from widgets.mathematics.evaluate import Unknown, evaluated
from widgets.recorders import graph
from widgets.words.narration import Teller, narrate

BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
LARGEST = 1000  # elements
PRECISION = {"float64": 1e-6, "float32": 1e-3}


def tables():
    """All cases of the engine's tests, by the names of their modules."""
    found = {}
    for module in pkgutil.iter_modules(tests.autograd_core.__path__):
        if module.name.startswith("test_"):
            held = vars(importlib.import_module(f"tests.autograd_core.{module.name}")).values()
            groups = [mark.args[1] for each in held if inspect.isfunction(each) for mark in getattr(each, "pytestmark", ())
                      if mark.name == "parametrize" and mark.args[0] == "cases"]  # fmt: skip
            cases = {str(case): case for group in groups for each in group for case in each.values[0]}
            if cases:
                found[module.name] = [*cases.values()]
    return found


TABLES = tables()


def loss_of(case, torch):
    """One number made of all that a case returns, and its operands; None where there is no gradient to send."""
    with warnings.catch_warnings(), default_dtype(case.default):
        warnings.simplefilter("ignore")
        operands = case.operands(torch)
        try:
            outputs = case.function(torch, *operands, **case.arguments)
        except Exception:  # what is refused has no formula
            return None, operands
        found = [out for out in tensors_in(outputs) if isinstance(out, torch.Tensor) and out.requires_grad]
        if not found or any(out.numel() > LARGEST for out in found):
            return None, operands
        parts = [(out * oracle_cases._random_like(torch, out, i)).sum() for i, out in enumerate(found)]
        return sum(parts[1:], parts[0]), operands


def shown(trace):
    """Each formula that is shown with what was sent, what it may give, nothing where a value is not known, and what came in."""
    teller = Teller(trace)
    for step in trace.steps:
        for sent in step.contributions:
            edge = trace.edges[sent.edge]
            if step.gradient is None or sent.value is None or teller.derivative(edge) is None:
                continue
            if 0 in (*step.gradient.shape, *sent.value.shape):
                continue
            g = np.asarray(step.gradient.data, step.gradient.dtype)
            tree, _ = teller.case(edge)
            if teller.derivative(edge).local is not None:
                tree = ast.BinOp(ast.Name("g"), ast.Mult(), tree)
            with np.errstate(all="ignore"):
                given = meanings(tree, teller.values(edge) | {"g": g}, sent.value.shape)
            yield edge, np.asarray(sent.value.data, sent.value.dtype), given, g


def meanings(tree, values, shape):
    """What a formula gives; where it says that something is spread or reshaped, for each way in which that can be."""
    spread = [
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.Call) and each.func.id in ("expand", "reshape")
    ]
    try:
        if not spread:
            return [evaluated(tree, values)]
        inner = evaluated(spread[-1].args[0], values)
    except Unknown:
        return []
    name = f"spread{len(values)}"
    named = InPlaceOf({ast.unparse(spread[-1]): name}).visit(copy.deepcopy(tree))
    found = []
    for ones in itertools.product((True, False), repeat=len(shape)):
        way = tuple(1 if one else size for one, size in zip(ones, shape))
        if math.prod(way) == inner.size:
            reached = inner.reshape(way) + np.zeros(shape, inner.dtype)
            found += meanings(named, values | {name: reached}, shape)
    return found


class InPlaceOf(ast.NodeTransformer):
    """Names for calls, by their text."""

    def __init__(self, names):
        self.names = names

    def visit_Call(self, node):
        name = self.names.get(ast.unparse(node))
        return ast.Name(name) if name else self.generic_visit(node)


def differs(sent, given, g):
    """Whether a formula gives something else than what was sent."""
    with np.errstate(all="ignore"):
        given = given.astype(sent.dtype)  # beyond its range is infinite there
    if given.size == sent.size:
        given = given.reshape(sent.shape)
    else:
        given = unbroadcast(given if given.ndim else np.broadcast_to(given, g.shape), sent.shape, None)
    numbers = np.abs(np.concatenate([each.ravel() for each in (sent, given, g)]))
    scale = numbers[np.isfinite(numbers)].max(initial=0)
    near = PRECISION.get(str(sent.dtype), 1e-2)
    return not np.allclose(given, sent, near, near * scale, equal_nan=True)


def false_formulas(cases, torch):
    """What is shown falsely of these cases, in words; how many formulas were worked out, how many were not."""
    wrong, counts = [], Counter()
    for case in cases:
        loss, operands = loss_of(case, torch)
        if loss is None:
            continue
        trace = record(loss, {f"x{i}": each for i, each in enumerate(operands)}, max_elements=LARGEST)
        for edge, sent, given, g in shown(trace):
            counts[bool(given)] += 1
            if given and all(differs(sent, each, g) for each in given):
                node = trace.node(edge.consumer)
                wrong.append(
                    f"{case}: {node.backward}, by {edge.symbol}: {edge.formula.code}; {sent} was sent, {given[0]} is told"
                )
    return wrong, counts


@BOTH
@pytest.mark.parametrize("name", TABLES)
def test_no_formula_gives_something_else_than_what_was_sent(torch, name):
    """Every so manyth case; `.ci/run` tries all."""
    cases = TABLES[name]
    wrong, _ = false_formulas(cases[:: math.ceil(len(cases) / 25)], torch)
    assert not wrong, "\n".join(wrong[:10])


@BOTH
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.exhaustive) for name in TABLES])
def test_no_formula_of_any_case_gives_something_else_than_what_was_sent(torch, name):
    wrong, counts = false_formulas(TABLES[name], torch)
    assert not wrong, "\n".join(wrong[:10])
    assert counts[True] > counts[False]


# ---------------------------------------------------------------------- what was shown with another case's formula

F = pytorch.nn.functional


def symbols(loss, **names):
    """What is told of each operand: the rule, the note below it."""
    return [(rule.symbols, rule.note) for moment in narrate(record(loss, names)) for rule in moment.rules]


@pytest.mark.parametrize("count", [3, 300])
@pytest.mark.parametrize(
    ("reduction", "rule"), [("sum", "∂y/∂x = 2·(x − target)"), ("mean", "∂y/∂x = (2/{})·(x − target)")]
)
def test_a_sum_of_squares_is_not_told_as_a_mean(count, reduction, rule):
    x, target = pytorch.randn(count, requires_grad=True), pytorch.randn(count)
    y = F.mse_loss(x, target, reduction=reduction)
    assert [told for told, _ in symbols(y, x=x, y=y, target=target)] == [rule.format(count)]


@pytest.mark.parametrize(
    "loss", ["smooth_l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
)
def test_relatives_of_it_are_divided_by_what_they_were_divided_by(loss):
    x, target = pytorch.rand(7).requires_grad_(), pytorch.rand(7)
    told = [symbols(getattr(F, loss)(x, target, reduction=way))[0][0] for way in ("sum", "mean")]
    assert "/7" not in told[0] and "/7" in told[1] and "/n" not in "".join(told)


def test_of_a_loss_too_large_to_be_asked_no_divisor_is_told():
    x = pytorch.zeros(1_000_001, requires_grad=True)
    assert symbols(F.mse_loss(x, pytorch.ones(1_000_001), reduction="sum"))[0][0] == ""


@pytest.mark.parametrize("count", [4, 300])
def test_what_is_ignored_does_not_count(count):
    z, target = pytorch.randn(count, 3, requires_grad=True), pytorch.tensor([0, 1] * (count // 2))
    (rule, _), *_ = symbols(F.cross_entropy(z, target, ignore_index=1))
    assert f"/{count // 2})" in rule
    (rule, _), *_ = symbols(F.cross_entropy(z, target, weight=pytorch.tensor([1.0, 3.0, 1.0])))
    assert f"/{2 * count})" in rule


@pytest.mark.parametrize("p", [1, 2, 3, 0.5, math.inf])
def test_a_norm_has_the_rule_of_its_own_kind(p):
    x = pytorch.tensor([3.0, -4.0, 1.0], requires_grad=True)
    trace = record(x.norm(p=p), {"x": x})
    wrong = [
        given for _, sent, given, g in shown(trace) if given and all(differs(sent, each, g) for each in given)
    ]
    assert not wrong


def test_batch_norm_in_eval_is_not_told_as_in_training():
    layer, x = pytorch.nn.BatchNorm1d(4), pytorch.randn(5, 4, requires_grad=True)
    training = [rule for rule, _ in symbols(layer(x).sin().sum()) if "normalized" in rule]
    assert training and not [rule for rule, _ in symbols(layer.eval()(x).sin().sum()) if "mean(" in rule]


# ---------------------------------------------------------------------- sums, values, and the order of leaves


@BOTH
def test_a_gradient_that_a_hook_changed_is_told_so_and_one_that_none_changed_is_not(torch):
    x = torch.tensor([3.0, 6.0], requires_grad=True)
    middle = x * 2
    middle.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g + 1)
    sentences = [
        moment.sentence for moment in narrate(record((middle * middle).sum(), {"x": x, "m": middle}))
    ]
    told = [each for each in sentences if "a hook made it of" in each]
    assert len(told) == 2
    assert "m has its complete gradient, [24, 48] (a hook made it of [12, 24])" in told[0]
    assert "x has its complete gradient, [49, 97] (a hook made it of [48, 96])" in told[1]


def test_a_hook_is_seen_on_what_is_large_too():
    x = pytorch.ones(1000, requires_grad=True)
    x.register_hook(lambda g: g * 3)
    assert "a hook made it of" in narrate(record((x * 2).sum(), {"x": x}))[-1].sentence


VALUES = {
    "a chain": lambda x: x.abs().sqrt() * 2,
    "a sum": lambda x: ((x + 1).abs() + 2).sum(),
    "a product": lambda x: (x * x).exp().log(),
    "a view": lambda x: x.reshape(1).sin().cos(),
}


@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_no_value_is_computed_again_from_a_leaf_that_has_moved(make):
    def values():
        return [(each.op, each.value and each.value.data) for each in graph(y, {"x": x}).nodes if each.op]

    x = pytorch.tensor(-1.2345, requires_grad=True)
    optimizer = pytorch.optim.SGD([x], lr=0.1)
    y = make(x)
    before = dict(values())
    y.backward()
    after_backward = values()
    optimizer.step()
    for op, value in (*after_backward, *values()):
        assert value is None or value == pytest.approx(before[op])
    assert sum(value is not None for _, value in after_backward) >= 1


def test_after_backward_alone_what_is_sure_is_still_computed_again():
    x = pytorch.tensor(-1.5, requires_grad=True)
    y = x.abs().sqrt() * 2
    y.backward()
    assert [each.value.data for each in graph(y, {"x": x}).nodes if each.op == "abs"] == [1.5]


def test_a_leaf_settles_when_it_does():
    """PyTorch's at once, when they are complete; those of the engine when all operations are through."""
    orders = {}
    for torch in (pytorch, autograd_core):
        x, w = (torch.tensor(2.0, requires_grad=True) for _ in range(2))
        seen = []
        w.register_hook(lambda g, seen=seen: seen.append("w"))
        x.register_hook(lambda g, seen=seen: seen.append("x"))
        middle = x.sin()
        middle.register_hook(lambda g, seen=seen: seen.append("middle"))
        trace = record(middle * w, {"x": x, "w": w, "middle": middle})
        told = [trace.node(step.node).name for step in trace.steps if step.phase == "backward"]
        orders[torch] = [name for name in told if name in ("x", "w", "middle")]
        if torch is pytorch:
            assert orders[torch] == seen
    assert orders[pytorch] == ["w", "middle", "x"] and orders[autograd_core][0] == "middle"


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2), (2, 2, 0)])
def test_what_has_no_element_is_compared_with_what_it_was(shape):
    need_pytorch()
    from widgets.recorders.pytorch import is_same

    repeated = pytorch.ones((1,) * len(shape)).expand(shape)
    assert is_same(repeated, repeated) and is_same(repeated, pytorch.ones(shape))
    assert not is_same(repeated, pytorch.ones((*shape, 1)))
