"""The engine's derivative rules, read out of the rules themselves.

A rule is a lambda in an operation table, ``lambda g, x, y: g * np.cos(x)``. Its own source is
parsed, so that what is told and what is computed cannot disagree. A function of the engine's that
it calls is what its source says, if that is one expression; or what it is marked with as its
meaning (autograd_core/meaning.py); or else a word.
"""

import ast
import functools
import inspect
import linecache
import re
import types
from collections.abc import Callable
from dataclasses import dataclass

from .algebra import simplified
from .code import call, function_name, inside, is_rule, replaced, with_parts
from .vocabulary import known

SAME = {"astype", "asarray", "copy"}  # of NumPy: the same numbers
AS_IT_IS = (ast.Name, ast.Constant, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp, ast.Tuple)
RESHAPED = {"reshape", "expand_dims", "unsqueeze", "squeeze", "broadcast_to", "ravel"}


class NotTold(Exception):
    """A rule says something for which the language has no words."""


@dataclass(frozen=True, eq=False)
class Rule:
    """How an operation's gradient becomes that of one operand.

    Attributes
    ----------
    operand : str, its name in the rule
    tree : ast.expr, the rule in the language: of ``g``, operands, ``y`` and parameters
    function : the rule itself
    names : tuple of str, what it is called with after ``g``
    """

    operand: str
    tree: ast.expr
    function: Callable
    names: tuple


@functools.cache
def rules_of(operation) -> tuple[Rule | None, ...]:
    """For each operand of one of the engine's operations its `Rule`, None where there is none.

    >>> import autograd_core as torch
    >>> from .code import code_of
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> [code_of(rule.tree) for rule in rules_of((x / x).grad_fn.operation)]
    ['g / b', '-(g * (a / b ** 2))']
    """
    named = zip(operation.operands, operation.rules, operation.parameters, strict=True)
    return tuple(_rule(*each) for each in named)


def _rule(operand, function, names):
    try:
        tree = _body(function)
        tree = tree and _Reader(function).read(tree)
    except NotTold:
        return None
    if tree is None or not is_rule(tree) or isinstance(tree, ast.Constant):  # no gradient
        return None
    return Rule(operand, simplified(tree), function, names)


# ---------------------------------------------------------------------- from Python to the language


class _Reader:
    """Puts what one function's source says in the words of the language."""

    def __init__(self, function):
        self.own = set(function.__code__.co_varnames)
        cells = zip(function.__code__.co_freevars, function.__closure__ or ())
        self.enclosed = {name: cell.cell_contents for name, cell in cells}
        self.file, self.namespace = function.__code__.co_filename, function.__globals__

    def read(self, tree):
        match tree:
            case ast.Name(id=name) if name not in self.own:
                return self.number(name)
            case ast.Attribute(value=ast.Name(id="np" | "math"), attr=name):
                return ast.Name(name, ast.Load())
            case ast.Attribute(attr="T" | "mT"):
                return call("transpose", self.read(tree.value))
            case ast.Subscript():
                return call("part", self.read(tree.value))
            case ast.Call():
                return self.call(tree)
            case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                return call("missing", self.read(tree.left))
            case ast.UnaryOp(op=ast.Invert()):
                return ast.UnaryOp(ast.Not(), self.read(tree.operand))
        if not isinstance(tree, AS_IT_IS):
            raise NotTold
        return with_parts(tree, self.read)

    def number(self, name):
        """A number that the source has under a name: as it is worked out there."""
        value = self.enclosed.get(name, self.namespace.get(name))
        if not isinstance(value, int | float):
            raise NotTold
        stated = None if name in self.enclosed else _constant(self.file, name)
        try:
            return ast.Constant(value) if stated is None else self.read(stated)
        except NotTold:
            return ast.Constant(value)

    def call(self, tree):
        match tree.func:
            case ast.Name(id=name):
                function = self.namespace.get(name)
                if isinstance(function, types.FunctionType):
                    return self.own_function(function, tree)
                raise NotTold
            case ast.Attribute(value=ast.Name(id="np" | "math"), attr=name):
                return self.of_numpy(name, tree.args, tree.keywords)
            case ast.Attribute(value=value, attr=name):
                return self.of_numpy(name, [value, *tree.args], tree.keywords)
        raise NotTold

    def of_numpy(self, name, args, keywords):
        """A function of NumPy; what is not told of it are axes."""
        if name == "where":
            return ast.IfExp(*map(self.read, args))
        if name in SAME | RESHAPED:
            shape = args[1:] if name == "reshape" and all(map(is_rule, args)) else []
            return self.read(args[0]) if name in SAME else call("reshape", self.read(args[0]), *shape)
        name = "permute" if name == "transpose" else name
        function = known(name)
        shown = args[: function.shown if function else None]
        axes = [each.value for each in keywords if each.arg == "axis"] or args[len(shown) :]
        axes = [axis if is_rule(axis) else ast.Name("axes", ast.Load()) for axis in axes]
        return call(name, *map(self.read, shown), *axes)

    def own_function(self, function, tree):
        """What one of the engine's functions means, with what it is called with."""
        given = [arg for arg in tree.args if not isinstance(arg, ast.Starred)]
        keywords = {each.arg: each.value for each in tree.keywords}
        bound = inspect.signature(function).bind_partial(*given, **keywords)
        bound.apply_defaults()
        meaning = getattr(function, "means", "")
        if meaning is None:
            raise NotTold
        body = ast.parse(meaning, mode="eval").body if meaning else _body(function)
        if body is None:
            return call(function.__name__.strip("_"), *map(self.read, given))
        body = body if meaning else _Reader(function).read(body)
        wanted = {part.id for part in ast.walk(body) if isinstance(part, ast.Name)}
        args = {name: self.read(arg) if isinstance(arg, ast.expr) else ast.Constant(arg)
                for name, arg in bound.arguments.items() if name in wanted}  # fmt: skip
        return replaced(body, args)


def without_missing(tree: ast.expr, values: dict) -> ast.expr:
    """A rule in which nothing asks any more whether an operand is there at all."""
    if isinstance(tree, ast.IfExp) and function_name(tree.test) == "missing":
        asked = inside(tree.test, "missing")
        is_missing = isinstance(asked, ast.Name) and values.get(asked.id, asked) is None
        return without_missing(tree.body if is_missing else tree.orelse, values)
    return with_parts(tree, lambda part: without_missing(part, values))


# ---------------------------------------------------------------------- from function to its source


def _body(function) -> ast.expr | None:
    """The expression that a function returns, as written in its source, or None.

    Several lambdas may stand on one line: the right one is the smallest that holds the
    positions of all the function's instructions.
    """
    code = function.__code__
    spans = [p for p in code.co_positions() if None not in p and p[0] >= code.co_firstlineno
             and p[2] != p[3]]  # fmt: skip
    arguments = code.co_varnames[: code.co_argcount]
    found = [
        tree for tree in _functions_at(code.co_filename, code.co_firstlineno)
        if tree.lineno == code.co_firstlineno
        and tuple(arg.arg for arg in tree.args.args) == arguments
        and all((tree.lineno, tree.col_offset) <= (line, column)
                and (end_line, end) <= (tree.end_lineno, tree.end_col_offset)
                for line, end_line, column, end in spans)
    ]  # fmt: skip
    if not found:
        return None
    tree = min(found, key=lambda tree: (tree.end_lineno - tree.lineno, tree.end_col_offset - tree.col_offset))
    return tree.body if isinstance(tree, ast.Lambda) else _returned(tree)


def _returned(function):
    """What a function returns that does nothing else, as one expression; else None."""
    match [each for each in function.body if not isinstance(each, ast.Expr)]:
        case [ast.Return(value=value)]:
            return value
    return None


@functools.cache
def _statement_at(file, line):
    """The statement of a module's outermost level that stands at a line: a list of one, with its own line numbers.

    Only its lines are read: to parse a whole file takes longer than all rules in it.
    """
    lines = linecache.getlines(file)
    start = next((i for i in range(min(line, len(lines)) - 1, -1, -1) if _begins(lines[i])), 0)
    end = next((i for i in range(line, len(lines)) if _begins(lines[i])), len(lines))
    for first, last in ((start, end), (0, len(lines))):
        try:
            body = ast.parse("".join(lines[first:last])).body
        except (SyntaxError, ValueError):  # a piece, as of a long text; or no Python, as a line of magic
            continue
        found = [ast.increment_lineno(each, first) for each in body]
        return [each for each in found if each.lineno <= line <= each.end_lineno]
    return []


def _begins(line):
    """Whether a statement of the outermost level may begin with this line."""
    return line[:1].isalpha() or line[:1] in "_@"


@functools.cache
def _functions_at(file, line):
    """All lambdas and functions of the statement that stands at a line of a source file."""
    return [part for statement in _statement_at(file, line) for part in ast.walk(statement)
            if isinstance(part, ast.Lambda | ast.FunctionDef)]  # fmt: skip


@functools.cache
def _constant(file, name):
    """What a name at the top of a source file stands for, None if it is not told there."""
    assigned = re.compile(rf"(?:\w+, )*{re.escape(name)}(?:, \w+)* = ")
    found = {}
    for number, text in enumerate(linecache.getlines(file), 1):
        for statement in _statement_at(file, number) if assigned.match(text) else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=one)], value=value):
                    found[one] = value
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    found |= {
                        each.id: value for each, value in zip(names, values) if isinstance(each, ast.Name)
                    }
    return found.get(name)
