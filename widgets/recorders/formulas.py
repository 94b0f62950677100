"""The engine's derivative rules as a trace keeps them, for PyTorch's nodes as well."""

import ast
import functools

import numpy as np

from autograd_core.core.engine import unbroadcast

from ..mathematics.algebra import local_of
from ..mathematics.code import code_of, names_in
from ..mathematics.evaluate import Unknown, evaluated
from ..mathematics.rules import Rule, rules_of, without_missing
from ..trace import Formula, Parameter
from .values import value_of

PLAIN = (bool, int, float, tuple, np.generic, np.ndarray)


class AppliedRule:
    """The rule of one operand of one recorded operation, with what its node kept for it.

    Attributes
    ----------
    tree : ast.expr, the rule in the language
    local : ast.expr or None, the local derivative where it works element by element
    values : dict, what the node saved under the names in the rule; empty if that is not known
    tensors : set of str, the names of result and operands, without those that are plain numbers
    """

    def __init__(self, rule: Rule, values: dict, tensors: set):
        self.rule, self.values, self.tensors = rule, values, tensors
        missing = frozenset(name for name, value in values.items() if value is None)
        self.tree, self.local, self.code, self.names = read_once(rule, missing, frozenset(tensors))

    def formula(self, max_elements: int) -> Formula:
        """The rule, and its parameters: numbers and small arrays that are no tensors of the trace."""
        arrays = {name: np.asarray(self.values[name]) for name in self.names - self.tensors
                  if isinstance(self.values.get(name), PLAIN)}  # fmt: skip
        return Formula(self.code, tuple(
            Parameter(name, value_of(array, max_elements)) for name, array in sorted(arrays.items())
            if array.dtype.kind in "biuf" and array.size <= max_elements))  # fmt: skip

    def local_value(self, shape, dtype) -> np.ndarray | None:
        """The local derivative as an array of the result's shape; None if it is not known."""
        try:
            value = None if self.local is None or shape is None else evaluated(self.local, self.values)
        except Unknown:  # something that the rule needs was not kept
            return None
        kind = _numpy_dtype(dtype)
        if value is None or kind is None or (value.size != 1 and value.shape != tuple(shape)):
            return None
        return np.broadcast_to(value.reshape(()) if value.size == 1 else value, shape).astype(kind)

    def refuted(self, gradient, sent) -> bool:
        """Whether the rule, worked out for an incoming gradient, gives something else than was sent.

        ``gradient`` and ``sent`` are Values. PyTorch may take another derivative than the engine: at
        a kink an older release, or one to come; and a formula may not speak of nan. A rule of which
        something was not kept is not refuted.
        """
        if None in (gradient, sent) or gradient.data is None or sent.data is None:
            return False
        kinds = [_numpy_dtype(x.dtype) for x in (gradient, sent)]
        if any(kind is None for kind in kinds):
            return False
        g, sent_array = (np.asarray(x.data, kind) for x, kind in zip((gradient, sent), kinds))
        given = self.given(g)
        if given is not None and given.shape == sent_array.shape and (given == sent_array).all():
            return False  # as most; nan equals nothing
        if np.isnan(sent_array).any() and self.chooses_by_words():
            return True
        if given is None or (given.size != sent_array.size and given.ndim < sent_array.ndim):
            return False
        try:
            given = given.reshape(sent_array.shape) if given.size == sent_array.size else unbroadcast(
                given, sent_array.shape, None)  # fmt: skip
        except ValueError:
            return False
        numbers = np.abs(np.concatenate([x.ravel() for x in (g, given, sent_array)]))
        scale = numbers[np.isfinite(numbers)].max(initial=0)
        near = 1e-6 if sent.dtype == "float64" else 2e-2
        return not np.allclose(given, sent_array, near, near * scale, equal_nan=True)

    def chooses_by_words(self) -> bool:
        """Whether the rule tells cases that it cannot be asked about: of nan none of them may hold."""
        if not any(isinstance(each, ast.IfExp) for each in ast.walk(self.tree)):
            return False
        try:
            return evaluated(self.tree, self.values | {"g": 1.0}) is None
        except Unknown:
            return True

    def given(self, g) -> np.ndarray | None:
        """What the rule gives: as it is told, or, of words, as the engine computes it."""
        try:
            return evaluated(self.tree, self.values | {"g": g})
        except Unknown:
            pass
        try:
            return np.asarray(self.rule.function(g, *(self.values[name] for name in self.rule.names)))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            return None


@functools.lru_cache(4096)
def read_once(rule: Rule, missing: frozenset, tensors: frozenset):
    """A rule without what is missing: its tree, that of its local derivative, its code, and the names in it."""
    tree = without_missing(rule.tree, dict.fromkeys(missing))
    return tree, local_of(tree, {*tensors, *rule.names}), code_of(tree), names_in(tree)


def in_general(operation, missing=(), chosen=False) -> list[AppliedRule | None]:
    """The rules of an operation of which no values are known, by operand; some may be missing.

    None where nodes of the same name have several rules, as those of ``clamp`` with one limit or two,
    unless it is known that this one is ``chosen``; and where it is divided by a number, which is another one
    for a mean than for a sum.
    """
    tensors = {*operation.operands, "y"}
    found = [rule and AppliedRule(rule, dict.fromkeys(missing), tensors) for rule in rules_of(operation)]
    found = [None if each and "n" in names_in(each.tree) - tensors else each for each in found]
    others = [] if chosen else [rules_of(other) for other in operation.namesakes]
    return [each if all(is_alike(each, rules[slot : slot + 1]) for rules in others) else None
            for slot, each in enumerate(found)]  # fmt: skip


def is_alike(applied: AppliedRule | None, rules) -> bool:
    """Whether this is the rule, if there is one, too."""
    return applied is None or not rules or (rules[0] is not None and (
        code_of(rules[0].tree) == code_of(applied.rule.tree)))  # fmt: skip


def of_node(node) -> list[AppliedRule | None]:
    """The rules of one of the engine's nodes, None where no gradient flows or nothing is known."""
    if not node.operation.rules or node.args is None:  # a custom Function: only the user knows
        return [None] * len(node.edges)
    tensors = {"y", *node.operands} - plain_numbers(node)
    return [(rule and edge is not None and AppliedRule(rule, node.arguments(slot), tensors)) or None
            for slot, (rule, edge) in enumerate(zip(rules_of(node.operation), node.edges))]  # fmt: skip


def plain_numbers(node) -> set[str]:
    """The operands that are plain numbers. A node that holds no operands has no other constants."""
    if not node.inputs:
        return {name for name, edge in zip(node.operands, node.edges) if edge is None}
    named = zip(node.operands, node.inputs)
    return {name for name, operand in named if isinstance(operand, int | float)}


def _numpy_dtype(dtype):
    """NumPy's type for one of PyTorch's, None if it has none."""
    try:
        return np.dtype(dtype if dtype != "bfloat16" else "float32")
    except TypeError:
        return None
