"""The derivative rules as formulas for learners, read out of the rules themselves.

A rule is a lambda in an operation table, ``lambda g, x, y: g * np.cos(x)``. Its own source is
parsed, so that formula and rule cannot disagree. Where an operation works element by element
the *local derivative* is what the rule gives for ``g = 1``, here ``cos(x)``; elsewhere (matrix
products, sums, ...) the whole vector-Jacobian product is shown. A rule that cannot be read this
way has a ``formula=`` in its line of the table: an expression in Python, for each operand.

>>> import autograd_core as torch
>>> a = torch.tensor(3.0, requires_grad=True)
>>> y = a ** 2
>>> formula = y.grad_fn.formulas()[0]
>>> formula.text, formula.local.text, formula.local.explained()
('g·2·a', '2·a', '2·a = 2·3 = 6')
"""

import ast
import functools
import linecache
import operator

import numpy as np

from .core.node import Operation
from .formula_text import called, plain, typeset

# Functions of our own that work element by element; NumPy's are known by being ufuncs.
POINTWISE = {"where", "erf_of", "same_logarithm", "logistic", "log1pexp", "clip", "zeros_like",
             "ones_like"}  # fmt: skip
NO_DERIVATIVE = {"no_derivative"}  # rules that only raise


class Formula:
    """One operand's derivative rule.

    Attributes
    ----------
    operand : str, the operand's name in the rule
    tree : ast.expr, the rule as a Python expression of ``g``, operands, ``y`` and parameters
    local : Formula or None, the derivative of ``y`` by the operand, where that is a formula
    values : dict, what the node saved under these names; empty for an operation in general
    """

    def __init__(self, operand, tree, namespace, values=None, local=None):
        self.operand, self.tree, self.local = operand, tree, local
        self.namespace, self.values = namespace, values or {}

    @property
    def code(self):
        """The formula as Python: ``"g * np.cos(x)"``."""
        return ast.unparse(self.tree)

    @property
    def text(self):
        """The formula in Unicode: ``"g·cos(x)"``."""
        return plain(self.tree)

    @property
    def latex(self):
        r"""The formula for a typesetter: ``r"g \\cdot \\cos\\left(x\\right)"``."""
        return typeset(self.tree)

    @property
    def numbers(self):
        """The formula with the saved numbers put in: ``"2·3"``; ``""`` where one is an array."""
        return self.with_numbers()

    def with_names(self, names):
        """The formula with other names: ``with_names({"a": "p1"})`` gives ``"2·p1"``."""
        return plain(self.tree, names)

    def with_numbers(self, g=None, write=plain):
        """The formula with numbers put in, the incoming gradient too where it is given."""
        values = {**self.values, **({} if g is None else {"g": g})}
        shown = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name)} & values.keys()
        if any(np.size(values[name]) != 1 for name in shown):
            return ""
        numbers = {name: _literal(np.asarray(values[name]).item()) for name in shown}
        return write(_Replace(numbers).visit(_copy(self.tree)))

    def evaluate(self, **values):
        """The number or array that the formula stands for, with ``g=`` and others given."""
        tree = ast.fix_missing_locations(ast.Expression(_ByNumPy().visit(_copy(self.tree))))
        code = compile(tree, "<formula>", "eval")
        with np.errstate(all="ignore"):
            return eval(code, self.namespace | _ByNumPy.known, {**self.values, **values})

    def explained(self, names=None):
        """Formula, numbers and outcome in one line: ``"2·a = 2·3 = 6"``."""
        parts = [self.with_names(names or {}), self.numbers]
        if self.numbers:
            parts.append(plain(_literal(np.asarray(self.evaluate()).item())))
        news = (part for part, before in zip(parts, [None, *parts]) if part != before)
        return " = ".join(filter(None, news))

    def __repr__(self):
        return f"Formula({self.operand!r}, {self.text!r})"


def formulas(node):
    """For each operand slot of a node its :class:`Formula`, or None where there is none."""
    if not node.operation.rules:  # a custom Function: only the user knows
        return (None,) * len(node.edges)
    general = of(node.operation)
    if node.args is None:
        return general
    tensors = {"y", *node.operands} - _numbers(node)
    return tuple(
        formula and _of_node(formula, node.arguments(slot), tensors) if edge is not None else None
        for slot, (formula, edge) in enumerate(zip(general, node.edges))
    )


def _numbers(node):
    """The operands that are plain numbers. A node that holds no operands has no other constants."""
    if not node.inputs:
        return {name for name, edge in zip(node.operands, node.edges) if edge is None}
    named = zip(node.operands, node.inputs)
    return {name for name, operand in named if isinstance(operand, int | float)}


def _of_node(formula, values, tensors):
    """A general formula with a node's plain numbers put in for good, and its tensors beside it."""
    numbers = {
        name: _literal(value.item() if isinstance(value, np.generic) else value)
        for name, value in values.items()
        if name not in tensors and isinstance(value, int | float | np.generic)
    }
    tree = simplified(_Replace(numbers).visit(_copy(formula.tree)))
    return _formula(formula.operand, tree, formula.namespace, values)


@functools.cache
def of(operation):
    """For each operand of an :class:`~autograd_core.core.node.Operation` its :class:`Formula` or None.

    >>> import autograd_core as torch
    >>> from autograd_core import formula
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> [f.local.text for f in formula.of((x * x).grad_fn.operation)]
    ['b', 'a']
    """
    named = zip(operation.operands, operation.rules)
    return tuple(_general(operation, name, rule) for name, rule in named)


@functools.cache
def by_name(name):
    """The formulas of the operation whose node PyTorch calls ``name``, or None.

    >>> by_name("SinBackward0")
    (Formula('x', 'g·cos(x)'),)
    """
    operation = Operation.named.get(name)
    return of(operation) if operation is not None and operation.rules else None


def _general(operation, operand, rule):
    stated = operation.formula
    if isinstance(stated, dict):
        stated = stated.get(operand)
    if stated is not None:
        tree = ast.parse(stated, mode="eval").body
    else:
        tree = rule_tree(rule)
    if tree is None or isinstance(tree, ast.Constant):  # ``lambda g: None``: no gradient
        return None
    if isinstance(tree, ast.Call) and called(tree) in NO_DERIVATIVE:
        return None
    namespace = {**rule.__globals__, **_closure(rule), "np": np}
    return _formula(operand, simplified(_copy(tree)), namespace)


def _formula(operand, tree, namespace, values=None):
    local = None
    if _is_pointwise(tree, namespace):
        derivative = simplified(_Replace({"g": ast.Constant(1)}).visit(_copy(tree)))
        local = Formula(operand, derivative, namespace, values)
    return Formula(operand, tree, namespace, values, local)


def _closure(rule):
    cells = zip(rule.__code__.co_freevars, rule.__closure__ or ())
    return {name: cell.cell_contents for name, cell in cells}


def _is_pointwise(tree, namespace):
    """Whether an expression works element by element, so that it is ``g`` times something."""
    for part in ast.walk(tree):
        if isinstance(part, ast.MatMult | ast.Subscript | ast.Lambda | ast.GeneratorExp):
            return False
        if isinstance(part, ast.Attribute) and getattr(part.value, "id", "") not in ("np", "math"):
            return False
        if isinstance(part, ast.Call) and not (
            called(part) in POINTWISE or isinstance(_function(part.func, namespace), np.ufunc)
            or ast.unparse(part.func).startswith("math.")
        ):  # fmt: skip
            return False
    return True


def _function(tree, namespace):
    """The function that a rule calls by its name, alone or as ``np.name``; else None."""
    if isinstance(tree, ast.Name):
        return namespace.get(tree.id)
    module = namespace.get(getattr(tree.value, "id", None))
    return getattr(module, tree.attr, None)


# ---------------------------------------------------------------------- from rule to expression


def rule_tree(rule):
    """The expression that a rule returns, as written in its source, or None.

    Several lambdas may stand on one line: the right one is the smallest that holds the
    positions of all the rule's instructions.
    """
    code = rule.__code__
    spans = [p for p in code.co_positions() if None not in p and p[0] >= code.co_firstlineno
             and p[2] != p[3]]  # fmt: skip
    first = min(((line, column) for line, _, column, _ in spans), default=None)
    last = max(((line, column) for _, line, _, column in spans), default=None)
    arguments = code.co_varnames[: code.co_argcount]
    found = [
        tree for tree in _rules_of(code.co_filename)
        if tree.lineno == code.co_firstlineno
        and tuple(arg.arg for arg in tree.args.args) == arguments
        and (first is None or _start(tree) <= first and last <= _end(tree))
    ]  # fmt: skip
    if not found:
        return None
    tree = min(found, key=_extent)
    if isinstance(tree, ast.Lambda):
        return tree.body
    return _inlined(tree)


def _extent(tree):
    return tree.end_lineno - tree.lineno, tree.end_col_offset - tree.col_offset


def _start(tree):
    return tree.lineno, tree.col_offset


def _end(tree):
    return tree.end_lineno, tree.end_col_offset


@functools.cache
def _rules_of(file):
    """All lambdas and functions of a source file."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:  # no Python, as a cell with magic commands
        return []
    return [part for part in ast.walk(tree) if isinstance(part, ast.Lambda | ast.FunctionDef)]


def _inlined(function):
    """What a function of plain assignments and a return gives, as one expression; else None."""
    known = {}
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # the docstring
        if isinstance(statement, ast.Return):
            return statement.value and _Replace(known).visit(_copy(statement.value))
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return None
        known[statement.targets[0].id] = _Replace(known).visit(_copy(statement.value))
    return None


# ---------------------------------------------------------------------- school algebra


class _Replace(ast.NodeTransformer):
    """Put expressions in for names."""

    def __init__(self, known):
        self.known = known

    def visit_Name(self, name):
        return _copy(self.known[name.id]) if name.id in self.known else name


def _computed(operation):
    """An operation of Python in the arithmetic of IEEE 754, in which the engine computes."""

    def compute(a, b):
        if isinstance(a, int | float) and isinstance(b, int | float):
            a, b = np.float64(a), np.float64(b)
        return operation(a, b)

    return compute


class _ByNumPy(ast.NodeTransformer):
    """Let plain numbers be computed as arrays are: ``1 / 0`` is inf, and ``(-8) ** 0.5`` is nan."""

    names = {ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow"}
    known = {f"_{name}": _computed(getattr(operator, name)) for name in names.values()}
    known |= {"nan": np.nan, "inf": np.inf}  # as numbers are written

    def visit_BinOp(self, tree):
        self.generic_visit(tree)
        name = self.names.get(type(tree.op))
        if name is None:
            return tree
        return ast.Call(ast.Name(f"_{name}", ast.Load()), [tree.left, tree.right], [])


def _copy(tree):
    return ast.parse(ast.unparse(tree), mode="eval").body


def simplified(tree):
    """The expression without its ones, zeros, double signs and repeated factors."""
    return _Simplify().visit(tree)


class _Simplify(ast.NodeTransformer):
    def visit_BinOp(self, tree):
        self.generic_visit(tree)
        a, b = _number(tree.left), _number(tree.right)
        if a is not None and b is not None:
            folded = _fold(tree.op, a, b)
            if folded is not None:
                return _constant(folded)
        rule = _RULES.get(type(tree.op))
        return (rule and rule(tree.left, tree.right, a, b)) or tree

    def visit_UnaryOp(self, tree):
        self.generic_visit(tree)
        return _negative(tree.operand) if isinstance(tree.op, ast.USub) else tree

    def visit_Call(self, tree):
        self.generic_visit(tree)
        return ast.Constant(0) if called(tree) == "zeros_like" else tree

    def visit_IfExp(self, tree):
        self.generic_visit(tree)
        known = _number(tree.test)
        if known is None:
            known = _known(tree.test)
        return tree if known is None else tree.body if known else tree.orelse


def _number(tree):
    """The value of a number, also of one with a minus sign, else None."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        value = _number(tree.operand)
        return None if value is None else -value
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return tree.value
    return None


def _known(test):
    """Whether a comparison of two numbers holds; None where it is not one."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    a, b = _number(test.left), _number(test.comparators[0])
    compare = {ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__",
               ast.Gt: "__gt__", ast.GtE: "__ge__"}.get(type(test.ops[0]))  # fmt: skip
    return None if None in (a, b, compare) else getattr(float(a), compare)(float(b))


def _constant(value):
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else _literal(value)


def _literal(value):
    """A number as an expression; nan, for which Python has no literal, is a name."""
    return ast.Name("nan", ast.Load()) if value != value else ast.Constant(value)


def _fold(op, a, b):
    """The outcome of two numbers where it is as short to read as the two."""
    if isinstance(op, ast.Add | ast.Sub):
        return a + b if isinstance(op, ast.Add) else a - b
    if isinstance(op, ast.Mult):
        return a * b
    if isinstance(op, ast.Pow) and abs(b) <= 2 and (a or b > 0):
        return a**b
    return a // b if isinstance(op, ast.Div) and b and a % b == 0 else None


def _negative(tree):
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return tree.operand
    return ast.UnaryOp(ast.USub(), tree)


def _same(a, b):
    return ast.dump(a) == ast.dump(b)


def _squared(tree):
    return ast.BinOp(tree, ast.Pow(), ast.Constant(2))


def _product(left, right, a, b):
    if a == 0 or b == 0:
        return ast.Constant(0)
    if a in (1, -1):
        return right if a == 1 else _negative(right)
    if b in (1, -1):
        return left if b == 1 else _negative(left)
    if isinstance(getattr(right, "op", right), ast.Compare | ast.BitAnd | ast.BitOr):
        return ast.Call(ast.parse("np.where", mode="eval").body, [right, left, ast.Constant(0)], [])
    if a is None and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        return _negative(_multiplied(left.operand, right))
    return _multiplied(left, right)


def _multiplied(left, right):
    if _same(left, right):
        return _squared(left)
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult) and _same(left.right, right):
        return ast.BinOp(left.left, ast.Mult(), _squared(right))
    if _same(left, ast.Constant(1)):
        return right
    return ast.BinOp(left, ast.Mult(), right)


def _quotient(left, right, a, b):
    if a == 0 or b == 1:
        return left
    if isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        return _negative(_quotient(left.operand, right, None, b) or left)
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
        return ast.BinOp(left.left, ast.Div(), _multiplied(left.right, right))
    return ast.BinOp(left, ast.Div(), right)


def _sum(left, right, a, b):
    return right if a == 0 else left if b == 0 else None


def _difference(left, right, a, b):
    return _negative(right) if a == 0 else left if b == 0 else None


def _power(left, right, a, b):
    return ast.Constant(1) if b == 0 else left if b == 1 else None


_RULES = {
    ast.Mult: _product,
    ast.Div: _quotient,
    ast.Add: _sum,
    ast.Sub: _difference,
    ast.Pow: _power,
}
