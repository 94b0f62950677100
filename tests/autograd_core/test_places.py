"""Where an operation is not smooth, its row says; and the numbers say the same."""

import ast
import itertools
import math

import numpy as np
import pytest

import autograd_core.nn.functional  # noqa: F401, so that its operations are known
from autograd_core.core.node import PLACES, Operation

POINTS = [-1200, -40, -3, -2.5, -2, -1.5, -1, -0.75, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 40, 1200]
FEW = [-2.5, -2, -1, -0.5, 0, 0.5, 1, 2, 2.5, 40]
LARGE = {"pow": [1e9]}  # of the first operand, too
PARAMETERS = {
    "LeakyReluBackward0": {"negative_slope": 0.1}, "EluBackward0": {"alpha": 0.5},
    "GeluBackward0": {}, "SoftplusBackward0": {"beta": 1.0, "threshold": 20.0},
    "ClampMinBackward0": {"min": -1.0}, "ClampMaxBackward0": {"max": 1.0},
    "RoundBackward1": {"decimals": 1},
}  # fmt: skip
ROWS = [
    row for row in Operation.named.values()
    if row.forward and (row.uniform or row.name in PARAMETERS)
    and row.rule_a.__module__.startswith("autograd_core.") and row.op != "rsub"
]  # fmt: skip


def helpers(row):
    """What the expressions of a row may speak of, like its rules."""
    return {name: value for rule in row.rules for name, value in rule.__globals__.items()}


def said(row, values):
    """The words that a row says of these numbers, its operands, parameters and outcome."""
    known = helpers(row) | values
    return {word for word, where in row.places.items() if np.all(eval(where, known))}


def slope(row, slot, values):
    """What a row's rule gives for a gradient of 1; None where there is none, or no number."""
    arguments = (values[name] for name in row.parameters[slot])
    try:
        found = row.rules[slot](np.float64(1), *arguments)
    except RuntimeError:  # PyTorch does not differentiate it
        return None
    return found


def seen(row, operands, parameters):
    """What finite differences tell of the same place, in the same words."""

    def f(*moved):
        return row.forward(*map(np.float64, moved), **parameters)

    y, found, still = f(*operands), set(), True
    for slot, x in enumerate(operands):
        h = 1e-7 * max(1, abs(x))
        low, high = (f(*operands[:slot], x + step, *operands[slot + 1 :]) for step in (-h, h))
        if math.isnan(low) and math.isnan(high):
            continue  # by this operand there is no derivative at all
        still = still and low == y == high == f(*(each + h for each in operands))
        if math.isnan(low) or math.isnan(high):
            continue  # the end of where it is defined
        nearer = f(*operands[:slot], x + h / 99, *operands[slot + 1 :]) - f(
            *operands[:slot], x - h / 99, *operands[slot + 1 :])  # fmt: skip
        if abs(nearer) >= abs(high - low) / 2 > 0:
            found.add("jump")
        elif abs((high - y) - (y - low)) > 1e-3 * (h + abs(high - y)) + 1e-15 * abs(y):
            found.add("kink")
        else:
            rule = slope(row, slot, dict(zip(row.operands, map(np.float64, operands)), y=y, **parameters))
            assert rule is None or rule == pytest.approx((high - low) / (2 * h), 2e-3, 1e-6)
    return found | ({"flat"} if still else set())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_numbers_say_what_the_row_says(row):
    parameters, met = PARAMETERS.get(row.name, {}), set()
    points = [POINTS] if len(row.operands) == 1 else [FEW + LARGE.get(row.op, []), FEW]
    for operands in itertools.product(*points):
        numbers = dict(zip(row.operands, map(np.float64, operands)), **parameters)
        numbers["y"] = row.forward(*map(np.float64, operands), **parameters)
        words = said(row, numbers)
        met |= words
        slopes = [slope(row, slot, numbers) for slot in range(len(row.rules))]
        if not math.isfinite(numbers["y"]):
            assert words & {"pole", "outside", "overflow"}, (operands, words)
        elif any(each is not None and math.isinf(each) for each in slopes):
            assert words & {"pole", "overflow"}, (operands, words)
        else:
            assert not words & {"outside", "overflow"}, (operands, words)
            assert "pole" in words or seen(row, operands, parameters) == words, operands
    assert met == row.places.keys() - ({"pole"} if row.op == "tan" else set())  # pi/2 is no float


def test_every_place_is_an_expression_of_what_its_operation_knows():
    for row in Operation.named.values():
        for word, where in row.places.items():
            names = {part.id for part in ast.walk(ast.parse(where)) if isinstance(part, ast.Name)}
            code = row.forward.__code__ if hasattr(row.forward, "__code__") else None
            known = {*row.operands, "y", *itertools.chain(*row.parameters)}
            known |= set(code.co_varnames[: code.co_argcount]) if code else set()
            assert word in PLACES and names <= known | helpers(row).keys(), (row, where)


def test_a_word_that_is_none_is_refused():
    with pytest.raises(TypeError, match=r"the row of f has unknown words: \['cink'\]"):
        Operation("f", {"x": lambda g: g}, cink="x == 0")


@pytest.mark.parametrize("name", ["MaxBackward1", "MinBackward1", "AmaxBackward0", "AminBackward0"])
def test_an_extreme_has_a_kink_where_two_are_equal(name):
    row, along = Operation.named[name], {"dim": (0,), "keepdim": False}
    parameters = along if name.startswith("A") else {}
    for x, words in (([1.0, 1.0], {"kink"}), ([1.0, 2.0], set())):
        x = np.array(x)
        assert said(row, {"x": x, "y": row.forward(x, **parameters), **parameters}) == words
