r"""A Python expression as mathematics: in Unicode (``b·aᵇ⁻¹``) or LaTeX (``b \cdot a^{b - 1}``).

Both are one walk over the expression's tree; what differs is how each kind of part is
written, which the two classes at the end say.
"""

import ast

# How tightly a part is bound: a part stands in brackets inside one that binds more tightly.
CASES, LOGIC, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)
BINDING = {
    ast.Add: SUM, ast.Sub: SUM, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.FloorDiv: PRODUCT,
    ast.MatMult: PRODUCT, ast.Mod: PRODUCT, ast.Pow: POWER, ast.BitAnd: LOGIC, ast.BitOr: LOGIC,
}  # fmt: skip


def _function(name):
    """A function of one argument, under another name."""
    return name + "({0})", rf"\operatorname{{{{{escaped(name)}}}}}\left({{0}}\right)"


def escaped(name):
    return name.replace("_", r"\_")


# Functions whose usual notation is not ``name(arguments)``: in Unicode, and in LaTeX. A number
# stands for an argument, with ``:a`` for one in brackets unless it is short; a third entry says
# how tightly the whole is bound.
FUNCTIONS = {
    "sqrt": ("√{0:a}", r"\sqrt{{{0}}}"),
    "abs": ("|{0}|", r"\left|{0}\right|"),
    "absolute": ("|{0}|", r"\left|{0}\right|"),
    "exp": ("exp({0})", r"e^{{{0}}}"),
    "exp2": ("2^{0:a}", r"2^{{{0}}}"),
    "floor": ("⌊{0}⌋", r"\lfloor {0} \rfloor"),
    "ceil": ("⌈{0}⌉", r"\lceil {0} \rceil"),
    "square": ("{0:a}²", "{0:a}^2"),
    "reciprocal": ("1/{0:a}", r"\frac{{1}}{{{0}}}"),
    "swapaxes": ("{0:a}ᵀ", r"{0:a}^\top"),
    "erf_of": ("erf({0})", r"\operatorname{{erf}}\left({0}\right)"),
    "minimum": ("min({0}, {1})", r"\min\left({0}, {1}\right)"),
    "maximum": ("max({0}, {1})", r"\max\left({0}, {1}\right)"),
    "same_logarithm": ("exp({0} − {1})", r"e^{{{0} - {1}}}"),
    "logistic": ("σ({0})", r"\sigma\left({0}\right)"),
    "log1pexp": ("log(1 + exp({0}))", r"\log\left(1 + e^{{{0}}}\right)"),
    "spread": _function("expand"),
    "unbroadcast": _function("sum_to_shape"),
    "centred": ("({0} − mean({0}))", r"\left({0} - \operatorname{{mean}}({0})\right)"),
    "along": ("its part", r"\text{{its part}}"),
    "moved": _function("scatter"),
    "placed": _function("scatter"),
    "without": ("{0}", "{0}"),
    "scattered": _function("scatter"),
    "put_in": _function("embed"),
    "cleared": _function("clear"),
    "joined": _function("concatenate"),
    "stacked": _function("stack"),
    "on_diagonal": _function("diag"),
    "take_diagonal": _function("diagonal"),
    "sum_after": _function("cumsum_from_end"),
    "others": _function("product_of_others"),
    "shared": ("share({0} where {1})", r"\operatorname{{share}}\left({0} \mid {1}\right)"),
    "equal": ("{0} = {1}", "{0} = {1}", COMPARISON),
    "chosen": ("chosen", r"\text{{chosen}}"),
    "product": ("{0:a} @ {1:a}", r"{0:a} \, {1:a}", PRODUCT),
    "swapped": ("{0:a}ᵀ", r"{0:a}^\top"),
    "scaled": ("{1:a}·{0:a}", r"{1:a} \cdot {0:a}", PRODUCT),
    "eye": ("I", "I"),
    "in_type_of": ("{0}", "{0}"),
    "broadcast_to": ("{0}", "{0}"),
    "reshape": ("{0}", "{0}"),
    "kept": ("{0}", "{0}"),
    "expand_dims": ("{0}", "{0}"),
    "unsqueeze": ("{0}", "{0}"),
    "asarray": ("{0}", "{0}"),
    "astype": ("{0}", "{0}"),
    "conj": ("{0:a}*", r"\overline{{{0}}}"),
    "outer": ("{0:a} ⊗ {1:a}", r"{0:a} \otimes {1:a}", PRODUCT),
}
KNOWN_IN_LATEX = set("sin cos tan sinh cosh tanh log exp max min arcsin arccos arctan".split())
NAMES = {
    "alpha": ("α", r"\alpha"),
    "beta": ("β", r"\beta"),
    "eps": ("ε", r"\varepsilon"),
    "pi": ("π", r"\pi"),
    "inf": ("∞", r"\infty"),
    "LN2": ("log(2)", r"\log 2"),
    "LN10": ("log(10)", r"\log 10"),
    "SQRT_HALF": ("√½", r"\sqrt{\tfrac{1}{2}}"),
    "free": ("ν", r"\nu"),  # degrees of freedom
    "TWO_OVER_SQRT_PI": ("2/√π", r"\frac{2}{\sqrt{\pi}}"),
    "_TANH": ("√(2/π)", r"\sqrt{2/\pi}"),
}
COMPARED = {ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥"}
# What says over which axes or in which shape, and is told by the shapes themselves.
LAYOUT = set("""axis axes dim dims dim0 dim1 dim2 keepdim keepdims shape shapes dtype copy
    size sizes offset back k full where part index repeats remainder pieces
    a_columns b_columns own window groups padding""".split())  # fmt: skip
SUPERSCRIPTS = str.maketrans(
    "0123456789+−()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
)


def plain(tree, names=None):
    """An expression in Unicode; ``names`` gives other names for some of its own.

    >>> plain(ast.parse("b * a ** (b - 1)", mode="eval").body)
    'b·aᵇ⁻¹'
    """
    return str(_Plain(names).write(tree))


def typeset(tree, names=None):
    r"""An expression in LaTeX, without dollar signs.

    >>> typeset(ast.parse("-(a / b ** 2)", mode="eval").body)
    '-\\frac{a}{b^{2}}'
    """
    return str(_Typeset(names).write(tree))


class _Piece(str):
    """Written text that knows how tightly it is bound."""

    def __new__(cls, text, binding=ATOM):
        self = super().__new__(cls, text)
        self.binding = binding
        return self

    def __format__(self, how):
        return f"({self!s})" if how == "a" and self.binding < ATOM else str(self)


class _Writer:
    def __init__(self, names):
        self.names = names or {}

    def write(self, tree):
        """The text of one part, by the method named after its kind."""
        write = getattr(self, "write_" + type(tree).__name__, None)
        return write(tree) if write else _Piece(ast.unparse(tree), CASES)

    def inside(self, tree, binding):
        piece = self.write(tree)
        return self.brackets.format(piece) if piece.binding < binding else str(piece)

    def write_Name(self, tree):
        if tree.id in self.names:
            name = self.names[tree.id]
            return _Piece(name, ATOM if _is_atom(name) else CASES)
        return _Piece(self.name(tree.id))

    def write_Constant(self, tree):
        if isinstance(tree.value, int | float) and tree.value < 0:
            return _Piece(self.minus + number_text(-tree.value, self), SIGN)
        return _Piece(number_text(tree.value, self))

    def write_UnaryOp(self, tree):
        if isinstance(tree.op, ast.USub):
            return _Piece(self.minus + self.inside(tree.operand, PRODUCT), SIGN)
        return _Piece("not " + self.inside(tree.operand, ATOM), LOGIC)

    def write_BinOp(self, tree):
        kind = type(tree.op)
        if kind is ast.Pow:
            return _Piece(self.power(tree.left, tree.right), POWER)
        if kind is ast.Div:
            return self.quotient(tree.left, tree.right)
        binding = BINDING[kind]
        left = self.inside(tree.left, binding if kind is not ast.BitAnd else COMPARISON)
        # after an operator a sign would follow a sign, and a - (b + c) needs its brackets
        right = self.inside(tree.right, POWER if binding == PRODUCT else binding + 1)
        if kind is ast.Mult and isinstance(getattr(tree.right, "op", None), ast.Mult):
            right = str(self.write(tree.right))
        if binding == LOGIC:
            left, right = (self.inside(part, COMPARISON) for part in (tree.left, tree.right))
        return _Piece(left + self.operators[kind] + right, binding)

    def write_Compare(self, tree):
        parts = [self.inside(tree.left, SUM)]
        for op, right in zip(tree.ops, tree.comparators):
            parts += [self.compared(type(op)), self.inside(right, SUM)]
        return _Piece(" ".join(parts), COMPARISON)

    def write_IfExp(self, tree):
        cases = []
        while True:
            if isinstance(tree, ast.IfExp):
                test, body, other = _unequal_zero(tree.test), tree.body, tree.orelse
            elif isinstance(tree, ast.Call) and called(tree) == "where":
                test, body, other = tree.args
            else:
                return _Piece(self.cases(cases, self.write(tree)), CASES)
            cases.append((self.write(body), self.write(test)))
            tree = other

    def write_Attribute(self, tree):
        if tree.attr in ("T", "mT"):
            return _Piece(self.inside(tree.value, ATOM) + self.transposed)
        if tree.attr in ("shape", "ndim", "size", "dtype"):
            return _Piece(f"{tree.attr}({self.write(tree.value)})")
        return _Piece(self.name(tree.attr))

    def write_Call(self, tree):
        name = called(tree)
        if name == "where":
            return self.write_IfExp(tree)
        shown = list(tree.args)
        if isinstance(tree.func, ast.Attribute) and not _is_module(tree.func.value):
            shown.insert(0, tree.func.value)
        shown = [arg for arg in shown if not _is_layout(arg)]
        args = [self.write(arg) for arg in shown]
        if name in FUNCTIONS:
            template = FUNCTIONS[name][self.column]
            binding = (*FUNCTIONS[name], ATOM)[2]
            return args[0] if template == "{0}" else _Piece(template.format(*args), binding)
        return _Piece(f"{self.function(name)}{self.arguments(args)}")

    def write_Subscript(self, tree):
        return _Piece(f"{self.inside(tree.value, ATOM)}[{self.write(tree.slice)}]")

    def write_Tuple(self, tree):
        return _Piece(f"({', '.join(self.write(part) for part in tree.elts)})")

    write_List = write_Tuple

    def write_Slice(self, tree):
        ends = (tree.lower, tree.upper)
        return _Piece(":".join("" if end is None else self.write(end) for end in ends))


class _Plain(_Writer):
    column, minus, transposed, brackets = 0, "−", "ᵀ", "({})"
    operators = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: "·", ast.MatMult: " @ ",
                 ast.Mod: " mod ", ast.FloorDiv: " // ", ast.BitAnd: " and ",
                 ast.BitOr: " or "}  # fmt: skip

    def name(self, name):
        return NAMES[name][0] if name in NAMES else name

    def compared(self, op):
        return COMPARED[op]

    def power(self, base, exponent):
        small = self.write(exponent).replace(" ", "")
        raisable = set(map(ord, small)) <= SUPERSCRIPTS.keys()
        raised = small.translate(SUPERSCRIPTS) if raisable else "^" + self.inside(exponent, ATOM)
        return self.inside(base, ATOM) + raised

    def quotient(self, left, right):
        return _Piece(f"{self.inside(left, PRODUCT)}/{self.inside(right, POWER)}", PRODUCT)

    def cases(self, cases, otherwise):
        joint = ", " if len(cases) == 1 else "; "
        return joint.join([f"{value} if {test}" for value, test in cases] + [f"else {otherwise}"])

    def function(self, name):
        return name

    def arguments(self, args):
        return f"({', '.join(args)})"


class _Typeset(_Writer):
    column, minus, transposed, brackets = 1, "-", r"^\top", r"\left({}\right)"
    operators = {ast.Add: " + ", ast.Sub: " - ", ast.Mult: r" \cdot ", ast.MatMult: r" \, ",
                 ast.Mod: r" \bmod ", ast.FloorDiv: r" \div ", ast.BitAnd: r" \wedge ",
                 ast.BitOr: r" \vee "}  # fmt: skip

    def name(self, name):
        if name in NAMES:
            return NAMES[name][1]
        return name if len(name) == 1 else rf"\mathrm{{{escaped(name)}}}"

    def compared(self, op):
        return {"≠": r"\ne", "≤": r"\le", "≥": r"\ge"}.get(COMPARED[op], COMPARED[op])

    def power(self, base, exponent):
        return f"{self.inside(base, ATOM)}^{{{self.write(exponent)}}}"

    def quotient(self, left, right):
        return _Piece(rf"\frac{{{self.write(left)}}}{{{self.write(right)}}}", POWER)

    def cases(self, cases, otherwise):
        rows = [rf"{value} & \text{{if }} {test}" for value, test in cases]
        rows.append(rf"{otherwise} & \text{{otherwise}}")
        return r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}"

    def function(self, name):
        return "\\" + name if name in KNOWN_IN_LATEX else rf"\operatorname{{{escaped(name)}}}"

    def arguments(self, args):
        return rf"\left({', '.join(args)}\right)"


def called(call):
    """The name of the function or method that a call calls, without leading underscores."""
    function = call.func
    return (function.attr if isinstance(function, ast.Attribute) else function.id).strip("_")


def _is_module(tree):
    return isinstance(tree, ast.Name) and tree.id in ("np", "math")


def _is_layout(arg):
    """Whether an argument only says over which axes or in which shape."""
    if isinstance(arg, ast.Tuple | ast.List):
        return all(map(_is_layout, arg.elts))
    if isinstance(arg, ast.Starred | ast.UnaryOp):
        return _is_layout(getattr(arg, "value", None) or arg.operand)
    if isinstance(arg, ast.Constant):
        return arg.value is None
    return (getattr(arg, "attr", None) or getattr(arg, "id", None)) in LAYOUT


def _unequal_zero(test):
    """A number (not a switch with a name of its own) as a condition, written out."""
    if isinstance(test, ast.Name) and len(test.id) == 1:
        return ast.Compare(test, [ast.NotEq()], [ast.Constant(0)])
    return test


def _is_atom(name):
    return name.isidentifier() or name.replace(".", "").isdigit() or name[:1] + name[-1:] == "()"


def number_text(value, writer):
    """A number as people write it: 2 for 2.0, six digits at most."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    text = f"{value + 0.0:.6g}"  # -0.0 + 0.0 is 0.0
    return writer.name("inf") if text == "inf" else text

