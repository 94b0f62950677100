"""School algebra on expressions of the language: shorter ones that say the same."""

import ast

import numpy as np

from .code import call, code_of, form_of, function_name, inside, names_in, replaced, with_parts
from .evaluate import OPERATORS, Unknown, axes, evaluated
from .vocabulary import known

OPPOSITE = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
            ast.LtE: ast.Gt}  # fmt: skip


# ---------------------------------------------------------------------- parts of a rule


def local_of(tree: ast.expr, given: set[str]) -> ast.expr | None:
    """The local derivative, where a rule is ``g`` times something element by element; else None.

    ``given`` are the names of what there is to compute with.

    >>> from .code import rule_in
    >>> code_of(local_of(rule_in("g * cos(x)"), {"x"})), local_of(rule_in("g @ b"), {"b"})
    ('cos(x)', None)
    """
    if not is_pointwise(tree) or not names_in(tree) <= {"g", "pi", "inf", "nan"} | given:
        return None
    return simplified(replaced(unsummed(tree), {"g": ast.Constant(1)}))


def unsummed(tree: ast.expr) -> ast.expr:
    """A rule without the sum over what had been broadcast."""
    return inside(tree, "sum_to_shape")


def is_pointwise(tree: ast.expr) -> bool:
    """Whether an expression works element by element, but for a sum over what was broadcast."""
    tree = unsummed(tree)
    for part in ast.walk(tree):
        if isinstance(part, ast.MatMult | ast.Tuple):
            return False
        if isinstance(part, ast.Call) and not getattr(known(function_name(part)), "pointwise", False):
            return False
    return True


def put_in(tree: ast.expr, numbers: dict) -> ast.expr:
    """A rule with plain numbers in place of their names, and with the axes along which it works."""
    if isinstance(tree, ast.Call) and (function := known(function_name(tree))):
        shown = [put_in(part, numbers) for part in tree.args[: function.shown]]
        return call(
            function_name(tree), *shown, *(_axes_in(part, numbers) for part in tree.args[function.shown :])
        )
    if isinstance(tree, ast.Name) and tree.id in numbers and np.ndim(numbers[tree.id]) == 0:
        return constant(numbers[tree.id])
    return with_parts(tree, lambda part: put_in(part, numbers))


def _axes_in(tree, numbers):
    try:
        return ast.parse(repr(axes(tree, numbers)), mode="eval").body
    except Unknown:
        return tree


def case_of(tree: ast.expr, values: dict) -> tuple[ast.expr, list[ast.expr]]:
    """An expression with only the case that holds, where one holds for all elements.

    Returns also what decided it: conditions that hold.

    >>> from .code import rule_in
    >>> case, why = case_of(rule_in("0 if b == 0 else b * a ** (b - 1)"), {"b": 3.0})
    >>> code_of(case), [code_of(each) for each in why]
    ('b * a ** (b - 1)', ['b != 0'])
    """
    if not isinstance(tree, ast.IfExp):
        found = []

        def part(each):
            chosen, why = case_of(each, values)
            found.extend(why)
            return chosen

        changed = with_parts(tree, part)
        return (simplified(changed), found) if found else (tree, [])
    try:
        holds = np.asarray(evaluated(tree.test, values), bool)
    except Unknown:
        return tree, []
    if not holds.size or holds.any() != holds.all():
        return tree, []
    chosen, why = case_of(tree.body if holds.all() else tree.orelse, values)
    return chosen, [*because(tree.test, bool(holds.all()), values), *why]


def because(test: ast.expr, holds: bool, values: dict) -> list[ast.expr]:
    """The conditions that hold and decide whether a test does.

    Where one of several is enough, it is the first.
    """
    if isinstance(test, ast.Compare):
        return [test if holds else ast.Compare(test.left, [OPPOSITE[type(test.ops[0])]()], test.comparators)]
    if isinstance(test, ast.BinOp) and isinstance(test.op, ast.BitAnd | ast.BitOr):
        needs_both = isinstance(test.op, ast.BitAnd) == holds
        parts = [part for part in (test.left, test.right)
                 if needs_both or np.all(evaluated(part, values) == holds)]  # fmt: skip
        return [each for part in parts[: 2 if needs_both else 1] for each in because(part, holds, values)]
    return [test if holds else ast.UnaryOp(ast.Not(), test)]


def is_negative(tree: ast.expr) -> bool:
    """Whether an expression is written with a minus in front."""
    while isinstance(tree, ast.BinOp) and not isinstance(tree.op, ast.Pow):
        tree = tree.left
    return isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)


def without(tree: ast.expr, name: str) -> ast.expr:
    """An expression with the argument of a function in place of each call of it."""
    return inside(with_parts(tree, lambda part: without(part, name)), name)


# ---------------------------------------------------------------------- simplification


def simplified(tree: ast.expr) -> ast.expr:
    """The expression without its ones, zeros, double signs and repeated factors.

    >>> from .code import rule_in
    >>> code_of(simplified(rule_in("1 * (b * a ** (b - 1)) + 0")))
    'b * a ** (b - 1)'
    """
    tree = with_parts(tree, simplified)
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            a, b = number_in(left), number_in(right)
            folded = None if a is None or b is None else _folded(op, a, b)
            rule = RULES.get(type(op))
            return constant(folded) if folded is not None else (rule and rule(left, right, a, b)) or tree
        case ast.UnaryOp(op=ast.USub()):
            return negative(tree.operand)
        case ast.IfExp():
            holds = _holds(tree.test)
            return tree if holds is None else tree.body if holds else tree.orelse
        case ast.Call():
            is_zero = function_name(tree) == "zeros_like"
            turned = function_name(tree) == "permute" and code_of(tree.args[1]) == "(1, 0)"
            return ast.Constant(0) if is_zero else call("transpose", tree.args[0]) if turned else tree
    return tree


def number_in(tree: ast.expr) -> int | float | None:
    """The value of a number, also of one with a minus sign, else None."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        value = number_in(tree.operand)
        return None if value is None else -value
    return tree.value if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float) else None


def constant(value) -> ast.expr:
    """A number as an expression; what Python has no literal for is a name, or has a sign."""
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if value != value:
        return ast.Name("nan", ast.Load())
    if value < 0 or str(value) == "-0.0":
        return ast.UnaryOp(ast.USub(), constant(-value))
    return ast.Name("inf", ast.Load()) if value == np.inf else ast.Constant(value)


def negative(tree):
    is_minus = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)
    return tree.operand if is_minus else ast.UnaryOp(ast.USub(), tree)


def _holds(test):
    """Whether a test of numbers alone holds; None where it is not one."""
    if isinstance(test, ast.Compare):
        a, b = number_in(test.left), number_in(test.comparators[0])
        return None if None in (a, b) else OPERATORS[type(test.ops[0])](a, b)
    return number_in(test)


def _folded(op, a, b):
    """The outcome of two numbers where it is as short to read as the two."""
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Pow() if abs(b) <= 2 and (a or b > 0) and abs(a) < 1e100:
            return a**b
        case ast.Div() if b and a % b == 0:
            return a // b
    return None


def same(a, b):
    return form_of(a) == form_of(b)


def squared(tree):
    return ast.BinOp(tree, ast.Pow(), ast.Constant(2))


def product(left, right, a, b):
    if a == 0 or b == 0:
        return ast.Constant(0)
    if a in (1, -1):
        return right if a == 1 else negative(right)
    if b in (1, -1):
        return left if b == 1 else negative(left)
    if isinstance(getattr(right, "op", right), ast.Compare | ast.BitAnd | ast.BitOr):
        return ast.IfExp(right, left, ast.Constant(0))
    if a is None and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        return negative(multiplied(left.operand, right))
    return multiplied(left, right)


def multiplied(left, right):
    if same(left, right):
        return squared(left)
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult) and same(left.right, right):
        return ast.BinOp(left.left, ast.Mult(), squared(right))
    return right if number_in(left) == 1 else ast.BinOp(left, ast.Mult(), right)


def quotient(left, right, a, b):
    if a == 0 or b == 1:
        return left
    if isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        return negative(quotient(left.operand, right, None, b))
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
        return ast.BinOp(left.left, ast.Div(), simplified(ast.BinOp(left.right, ast.Mult(), right)))
    return ast.BinOp(left, ast.Div(), right)


RULES = {
    ast.Mult: product,
    ast.Div: quotient,
    ast.Add: lambda left, right, a, b: right if a == 0 else left if b == 0 else None,
    ast.Sub: lambda left, right, a, b: negative(right) if a == 0 else left if b == 0 else None,
    ast.Pow: lambda left, right, a, b: ast.Constant(1) if b == 0 else left if b == 1 else None,
    ast.MatMult: lambda left, right, a, b: None,
}
