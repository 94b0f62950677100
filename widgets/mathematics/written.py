"""An expression as people write it: ``b·aᵇ⁻¹``. Whatever a learner reads is written here.

It is one walk over the tree. A rule of the language is written with the signs of mathematics and
the reader's names; code of the user's keeps its calls as they are.
"""

import ast
from collections.abc import Callable

from .code import function_name, parsed
from .vocabulary import ATOM, CASES, COMPARISON, LOGIC, POWER, PRODUCT, SIGN, SUM, known

BINDING = {
    ast.Add: SUM, ast.Sub: SUM, ast.Mult: PRODUCT, ast.FloorDiv: PRODUCT, ast.MatMult: PRODUCT,
    ast.Mod: PRODUCT, ast.BitAnd: LOGIC, ast.BitOr: LOGIC,
}  # fmt: skip
SIGNS = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: "·", ast.MatMult: " @ ", ast.Mod: " mod ",
         ast.FloorDiv: " // ", ast.BitAnd: " and ", ast.BitOr: " or "}  # fmt: skip
COMPARED = {ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥"}
LETTERS = {"alpha": "α", "beta": "β", "eps": "ε", "pi": "π", "inf": "∞", "free": "ν"}
LONGEST_RAISED = 4  # characters of an exponent written small
SMALL = "0123456789+−()abcdefghijklmnoprstuvwxyz"
SUPERSCRIPTS = str.maketrans(SMALL, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")


class Piece(str):
    """Written text that knows how tightly it is bound; ``{:a}`` puts it in brackets if need be."""

    binding: int

    def __new__(cls, text, binding=ATOM):
        self = super().__new__(cls, text)
        self.binding = binding
        return self

    def __format__(self, how):
        return self.inside(ATOM) if how == "a" else str(self)

    def inside(self, binding: int) -> str:
        """It as a part of something that is bound so tightly."""
        return f"({self!s})" if self.binding < binding else str(self)


def six_digits(x) -> str:
    """A number as people write it: 2 for 2.0, six digits at most."""
    text = str(x) if isinstance(x, bool) else f"{x:.6g}".replace("e-0", "e−").replace("e+", "e")
    return text.replace("-", "−").replace("inf", "∞")


def written(tree: ast.expr, names=None, number: Callable = six_digits) -> Piece:
    """An expression of the language with the reader's names; ``number`` writes the numbers in it.

    ``names`` are texts by name. One that is no `Piece` is a name or a number, and never split.

    >>> from .code import rule_in
    >>> written(rule_in("b * a ** (b - 1)")), written(rule_in("a / b"), {"b": Piece("h + 1", SUM)})
    ('b·aᵇ⁻¹', 'a/(h + 1)')
    """
    return _Writer(names or {}, number).write(tree)


def code_written(code: str | ast.expr) -> Piece:
    """Code as mathematics, its names and calls as they are.

    >>> code_written("g * n * a ** 2 - b.T"), code_written("model(x)[0]  if z else 3")
    ('g·n·a² − bᵀ', 'model(x)[0] if z else 3')
    """
    tree = parsed(code) if isinstance(code, str) else code
    return Piece(code, CASES) if tree is None else _CodeWriter({}, repr).write(tree)


def piece_of(name: str) -> Piece:
    """A name, or a number with its sign, as a part of an expression."""
    if name.startswith(("-", "−")):
        return Piece("−" + name[1:], SIGN)
    tree = parsed(name)
    return Piece(name, ATOM if tree is None else code_written(tree).binding)


class _Writer:
    def __init__(self, names, number):
        self.names, self.number = names, number

    def write(self, tree):
        """The text of one part, by the method named after its kind."""
        return getattr(self, "write_" + type(tree).__name__)(tree)

    def write_Name(self, tree):
        name = self.names.get(tree.id, LETTERS.get(tree.id, tree.id))
        return name if isinstance(name, Piece) else piece_of(name)

    def write_Constant(self, tree):
        return Piece(self.number(tree.value))

    def write_UnaryOp(self, tree):
        operand = self.write(tree.operand)
        if isinstance(tree.op, ast.USub):
            return Piece("−" + operand.inside(PRODUCT), SIGN)
        return Piece("not " + operand.inside(ATOM), LOGIC)

    def write_BinOp(self, tree):
        kind, left, right = type(tree.op), self.write(tree.left), self.write(tree.right)
        if kind is ast.Pow:
            return Piece(left.inside(ATOM) + small_or_after_caret(right), POWER)
        if kind is ast.Div:
            return Piece(f"{left.inside(PRODUCT)}/{right.inside(POWER)}", PRODUCT)
        if kind not in BINDING:
            return self.as_it_is(tree)
        binding = BINDING[kind]
        if binding == LOGIC:
            return Piece(left.inside(COMPARISON) + SIGNS[kind] + right.inside(COMPARISON), LOGIC)
        # after an operator a sign would follow a sign, and a - (b + c) needs its brackets
        before, after = binding, POWER if binding == PRODUCT else binding + 1
        if kind is ast.Mult:  # 2/n·x would not tell where the quotient ends
            before = ATOM if isinstance(getattr(tree.left, "op", None), ast.Div) else before
            after = PRODUCT if isinstance(getattr(tree.right, "op", None), ast.Mult) else after
        return Piece(left.inside(before) + SIGNS[kind] + right.inside(after), binding)

    def write_Compare(self, tree):
        left, right = self.write(tree.left), self.write(tree.comparators[0])
        return Piece(f"{left.inside(SUM)} {COMPARED[type(tree.ops[0])]} {right.inside(SUM)}", COMPARISON)

    def write_IfExp(self, tree):
        cases = []
        while isinstance(tree, ast.IfExp):
            cases.append(f"{self.write(tree.body)} if {self.write(with_zero(tree.test))}")
            tree = tree.orelse
        joint = ", " if len(cases) == 1 else "; "
        return Piece(joint.join([*cases, f"else {self.write(tree)}"]), CASES)

    def write_Call(self, tree):
        function = known(function_name(tree))
        args = [self.write(arg) for arg in tree.args[: function.shown if function else None]]
        if function is None or not function.notation or function.notation.count("{") > len(args):
            return Piece(f"{function_name(tree)}({', '.join(args)})")
        if function.notation == "{0}":
            return args[0]
        return Piece(function.notation.format(*args), function.binding)

    def write_Tuple(self, tree):
        return Piece(f"({', '.join(map(self.write, tree.elts))})")

    def as_it_is(self, tree):
        return Piece(ast.unparse(tree), CASES)


class _CodeWriter(_Writer):
    """Of what the user wrote only arithmetic is written otherwise."""

    def write(self, tree):
        write = getattr(self, "write_" + type(tree).__name__, self.as_it_is)
        return write(tree)

    def write_Name(self, tree):
        return Piece(tree.id)

    def write_Constant(self, tree):
        return Piece(ast.unparse(tree))

    def write_UnaryOp(self, tree):
        return super().write_UnaryOp(tree) if isinstance(tree.op, ast.USub) else self.as_it_is(tree)

    def write_BinOp(self, tree):
        foreign = isinstance(tree.op, ast.BitAnd | ast.BitOr | ast.Mod)
        return self.as_it_is(tree) if foreign else super().write_BinOp(tree)

    def write_Call(self, tree):
        keywords = [f"{each.arg}={self.write(each.value)}" if each.arg else f"**{self.write(each.value)}"
                    for each in tree.keywords]  # fmt: skip
        args = [*map(self.write, tree.args), *keywords]
        return Piece(f"{self.write(tree.func).inside(ATOM)}({', '.join(args)})")

    def write_Attribute(self, tree):
        value = self.write(tree.value).inside(ATOM)
        return Piece(value + ("ᵀ" if tree.attr in ("T", "mT") else f".{tree.attr}"))

    def write_Subscript(self, tree):
        index = ast.unparse(ast.Subscript(ast.Name("_"), tree.slice))[1:]
        return Piece(self.write(tree.value).inside(ATOM) + index)

    def as_it_is(self, tree):
        bound = isinstance(tree, ast.Tuple | ast.List | ast.Dict | ast.Set | ast.ListComp | ast.JoinedStr)
        return Piece(ast.unparse(tree), ATOM if bound else CASES)

    write_Compare = write_IfExp = write_Tuple = as_it_is


def small_or_after_caret(exponent: Piece) -> str:
    """An exponent: in small letters if it is short, and there are such letters."""
    small = exponent.replace(" ", "")
    is_small = len(small) <= LONGEST_RAISED and set(small) <= set(SMALL)
    return small.translate(SUPERSCRIPTS) if is_small else "^" + exponent.inside(ATOM)


def with_zero(test: ast.expr) -> ast.expr:
    """A number (not a switch with a name of its own) as a condition, written out."""
    if isinstance(test, ast.Name) and len(test.id) == 1:
        return ast.Compare(test, [ast.NotEq()], [ast.Constant(0)])
    return test
