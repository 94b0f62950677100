"""What an expression of the language stands for: a number or an array."""

import ast
import operator
from collections.abc import Callable

import numpy as np

from .code import function_name
from .vocabulary import known


class Unknown(Exception):
    """It cannot be told what an expression stands for."""


CONSTANTS = {"pi": np.pi, "inf": np.inf, "nan": np.nan}
OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.MatMult: operator.matmul, ast.BitAnd: np.logical_and, ast.BitOr: np.logical_or,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


def evaluated(tree: ast.expr, values: dict) -> np.ndarray:
    """Work an expression out as NumPy does: ``1 / 0`` is inf.

    ``values`` are numbers and arrays by name. Raises Unknown where one of them is missing, or a
    word has no meaning here.

    >>> from .code import rule_in
    >>> float(evaluated(rule_in("2 * a if a > 0 else 1 / 0"), {"a": 3.0}))
    6.0
    """
    try:
        with np.errstate(all="ignore"):
            return np.asarray(_value(tree, values))
    except (TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError):
        raise Unknown from None


def _value(tree, values):
    match tree:
        case ast.Name(id=name) if name in values or name in CONSTANTS:
            return _plain(values[name] if name in values else CONSTANTS[name])
        case ast.Constant(value=value):
            return _plain(value)
        case ast.UnaryOp(op=op):
            operand = _value(tree.operand, values)
            return -operand if isinstance(op, ast.USub) else np.logical_not(operand)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return _combined(OPERATORS[type(op)], _value(left, values), _value(right, values))
        case ast.IfExp():
            parts = (tree.test, tree.body, tree.orelse)
            return np.where(*(_value(part, values) for part in parts))[()]
        case ast.Call():
            return _called(tree, values)
    raise Unknown


def _called(tree, values):
    function = known(function_name(tree))
    if function_name(tree) == "sum_to_shape":  # to which, only he knows who asks
        return _value(tree.args[0], values)
    if function is None or function.compute is None:
        raise Unknown
    shown, layout = tree.args[: function.shown], tree.args[function.shown :]
    return function.compute(*(_value(part, values) for part in shown),
                            *(axes(part, values) for part in layout))  # fmt: skip


def axes(tree, values):
    """Along which axes, as NumPy takes it: a whole number, several, or None."""
    if isinstance(tree, ast.Tuple):
        return tuple(axes(part, values) for part in tree.elts)
    found = values.get(tree.id, Unknown) if isinstance(tree, ast.Name) else _value(tree, values)
    if found is Unknown:
        raise Unknown
    return None if found is None else np.asarray(found, int).tolist() if np.ndim(found) == 0 else tuple(
        np.asarray(found, int).tolist())  # fmt: skip


def _plain(value):
    """A number as Python has it, which makes no float32 wider; never a whole one, which overflows."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return float(value) if isinstance(value, int | float) else value


def _combined(operation, a, b):
    """An operation of two numbers in the arithmetic of IEEE 754, in which the engine computes."""
    if type(a) is float is type(b):
        found = operation(np.float64(a), np.float64(b))
        return found.item() if isinstance(found, np.generic) else found
    return operation(a, b)
