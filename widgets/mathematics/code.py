"""From text to a tree: code of the user's, and the small language in which rules are told.

The language is a part of Python: numbers, names, arithmetic, comparisons, ``a if test else b``, and
calls of functions by their names. `vocabulary` knows some functions; any other is a word that can
be read and not worked out. Whatever else stands in a text, it is not in the language.
"""

import ast
import functools
import warnings

LONGEST_READ, LONGEST_RULE = 120, 1000  # characters: of code looked at, of a rule
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult,
             ast.BitAnd, ast.BitOr)  # fmt: skip
COMPARED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)

code_of = functools.lru_cache(4096)(ast.unparse)  # trees are shared, and none is changed
form_of = functools.lru_cache(4096)(ast.dump)


@functools.lru_cache(4096)
def parsed(code: str | None, longest: int = LONGEST_READ) -> ast.expr | None:
    """Python's tree of an expression, None if it is none, or too long to be read by a person."""
    if not code or len(code) > longest:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python has told the user already what it thinks of it
            return ast.parse(f"({code})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def rule_in(code: str) -> ast.expr | None:
    """The tree of an expression in the language, or None.

    >>> code_of(rule_in("g * cos(x)")), rule_in("g.shape"), rule_in("open('x')")
    ('g * cos(x)', None, None)
    """
    tree = parsed(code, LONGEST_RULE)
    return tree if tree is not None and is_rule(tree) else None


def is_rule(tree: ast.expr) -> bool:
    """Whether a tree is one of the language."""
    match tree:
        case ast.Name():
            return True
        case ast.Constant(value=value):
            return isinstance(value, int | float | None)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            parts = [tree.operand]
        case ast.BinOp(op=op) if isinstance(op, OPERATORS):
            parts = [tree.left, tree.right]
        case ast.Compare(ops=[op]) if isinstance(op, COMPARED):
            parts = [tree.left, *tree.comparators]
        case ast.IfExp():
            parts = [tree.test, tree.body, tree.orelse]
        case ast.Call(func=ast.Name(), keywords=[]):
            parts = tree.args
        case ast.Tuple():
            parts = tree.elts
        case _:
            return False
    return all(map(is_rule, parts))


def names_in(tree: ast.expr) -> set[str]:
    """The names in a tree of the language, without those of functions.

    >>> sorted(names_in(rule_in("g * cos(x)")))
    ['g', 'x']
    """
    if isinstance(tree, ast.Name):
        return {tree.id}
    parts = tree.args if isinstance(tree, ast.Call) else ast.iter_child_nodes(tree)
    return set().union(*(names_in(part) for part in parts if isinstance(part, ast.expr)))


def with_parts(tree: ast.expr, change) -> ast.expr:
    """A tree of the language with other parts, each being what ``change`` makes of it."""

    def changed(part):
        if isinstance(part, list):
            return list(map(changed, part))
        return change(part) if isinstance(part, ast.expr) else part

    fields = {name: part if name == "func" else changed(part) for name, part in ast.iter_fields(tree)}
    return type(tree)(**fields)


def replaced(tree: ast.expr, known: dict[str, ast.expr]) -> ast.expr:
    """A tree of the language with expressions in place of names."""
    if isinstance(tree, ast.Name):
        return known.get(tree.id, tree)
    return with_parts(tree, lambda part: replaced(part, known))


def function_name(tree: ast.expr) -> str:
    """The name of the function that a tree of the language calls, ``""`` if it is no call."""
    return tree.func.id if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) else ""


def inside(tree: ast.expr, name: str) -> ast.expr:
    """The first argument where an expression calls this function; else the expression."""
    return tree.args[0] if isinstance(tree, ast.Call) and function_name(tree) == name and tree.args else tree


def call(name: str, *args: ast.expr) -> ast.Call:
    """A call of a function by its name."""
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])
