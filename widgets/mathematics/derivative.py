"""A rule of a trace, read: with its numbers put in, and its local derivative taken out."""

import functools

import numpy as np

from ..trace import Formula
from .algebra import local_of, put_in, simplified, unsummed
from .code import rule_in


class Derivative:
    """What a `Formula` says, as trees.

    Attributes
    ----------
    whole : ast.expr, the rule: ``g * cos(x)``, ``g @ transpose(b)``
    local : ast.expr or None, the local derivative where the rule is ``g`` times something element by
        element: ``cos(x)``
    parameters : dict, the arrays that the rule was called with besides tensors, by name
    """

    def __init__(self, tree, formula: Formula, symbols):
        self.parameters = {each.name: np.asarray(each.value.data) for each in formula.parameters
                           if each.value.data is not None}  # fmt: skip
        tree = simplified(put_in(tree, self.parameters))
        self.whole, self.local = unsummed(tree), local_of(tree, {*symbols, *self.parameters})


@functools.lru_cache(4096)
def derivative_of(formula: Formula | None, symbols: tuple) -> Derivative | None:
    """Read a formula; ``symbols`` are the names of operands and result. None if it has no code.

    >>> from .written import written
    >>> written(derivative_of(Formula("g * cos(x)"), ("x", "y")).local)
    'cos(x)'
    """
    if formula is None or (tree := rule_in(formula.code)) is None:
        return None
    try:
        return Derivative(tree, formula, symbols)
    except (ArithmeticError, ValueError, RecursionError, TypeError, IndexError):  # no recorder wrote it
        return None
