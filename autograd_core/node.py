"""The graph's nodes, and how a line of an operation table becomes a function.

An operation stands in one place: its forward function, and for each operand the rule
that turns the incoming gradient ``g`` into that operand's gradient (the vector-Jacobian
product)::

    mul = binary("mul", operator.mul, a=lambda g, b: g * b, b=lambda g, a: g * a)

What a rule needs it names: the operands (``x`` or ``a`` and ``b``), the output ``y``, or a
parameter such as ``dim``. Exactly what is named is saved. Rules are written with NumPy; a
tensor understands the same functions, so the same rule also serves ``create_graph=True``.
"""

import itertools
import sys

import numpy as np

from . import dtypes
from .grad_mode import mode

next_number = itertools.count(1).__next__  # numbers nodes; an operand's is always smaller
_frame = sys._getframe
OWN_PACKAGES = {__package__ + rest for rest in ("", ".ops", ".autograd", ".nn", ".optim", ".utils")}


def user_frame(frame):
    """The innermost frame, from this one outwards, that is not this package's own."""
    while frame.f_globals.get("__package__") in OWN_PACKAGES and frame.f_back is not None:
        frame = frame.f_back
    return frame


class Node:
    """One recorded operation: where its gradient goes, and what its rules saved.

    Attributes
    ----------
    edges : tuple, one entry for each operand
        The operand's own node, the leaf tensor it is, or None where no gradient flows.
    args : tuple, one entry for each operand, or None once freed
        What the operand's rule is called with, after the incoming gradient.
    inputs : tuple of the operands, or None once freed
    shapes : None, or for each operand the (shape, dtype) its gradient must be brought to
    seq : int
        Creation number. Every operand's is smaller, so descending order is a valid one.
    """

    __slots__ = ("edges", "args", "inputs", "shapes", "seq", "code", "lasti", "extra", "__weakref__")
    op = "node"  # the operation's name
    rules = ()  # one for each operand
    operands = ()  # the operands' names in the rules
    saves = False  # whether a rule needs an operand or the output: what backward() frees
    saves_output = False
    together = None  # a method that gives all operands' gradients at once, instead of rules

    def __init__(self, edges, args, inputs, shapes, frame):
        self.edges = edges
        self.args = args
        self.inputs = inputs
        self.shapes = shapes
        self.seq = next_number()
        self.extra = None
        if frame.f_globals.get("__package__") in OWN_PACKAGES:
            frame = user_frame(frame)
        self.code = frame.f_code
        self.lasti = frame.f_lasti

    def name(self):
        """PyTorch's name of this node, for example ``MulBackward0``."""
        return type(self).__name__

    @property
    def next_functions(self):
        """The operands' nodes as ``(node, output number)``, as PyTorch gives them."""
        return tuple(_as_function(edge) for edge in self.edges)

    @property
    def metadata(self):
        """A dictionary for the user's own notes about this node."""
        return self.more().metadata

    def register_hook(self, hook):
        """Call ``hook(grad_inputs, grad_outputs)`` after this node's rules have run."""
        return self.more().add(self.more().after, hook)

    def register_prehook(self, hook):
        """Call ``hook(grad_outputs)`` before this node's rules run."""
        return self.more().add(self.more().before, hook)

    def more(self):
        """The rarely needed part of a node, made when first asked for."""
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    def source(self):
        """Where the user's code made this node: a :class:`~autograd_core.source.Source`."""
        from .source import Source

        return Source.of(self.code, self.lasti)

    def formulas(self):
        """For each operand the rule in words: a tuple of :class:`~autograd_core.formula.Formula`."""
        from .formula import formulas

        return formulas(self)

    def __repr__(self):
        return f"<{self.name()} object at {id(self):#x}>"


class Extra:
    """What few nodes have: hooks, a tensor that retains its gradient, notes."""

    __slots__ = ("hooks", "before", "after", "retains", "output_changed", "_metadata")

    def __init__(self):
        self.hooks, self.before, self.after = {}, {}, {}
        self.retains = None  # weak reference to the tensor whose .grad is to be kept
        self.output_changed = None  # the modification that spoiled the saved output
        self._metadata = None

    @property
    def metadata(self):
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    @staticmethod
    def add(hooks, hook):
        return RemovableHandle(hooks, hook)


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away again."""

    def __init__(self, hooks, hook):
        self.hooks, self.number = hooks, next_number()
        hooks[self.number] = hook

    def remove(self):
        self.hooks.pop(self.number, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()


class AccumulateGrad:
    """Stands for a leaf in ``next_functions``; its gradient is added to ``variable.grad``."""

    def __init__(self, variable):
        self.variable = variable

    next_functions = ()

    def name(self):
        return "AccumulateGrad"

    def __eq__(self, other):
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self):
        return hash(self.variable)

    def __repr__(self):
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


class Gradients(list):
    """The gradients of an operation with several outputs: one entry each, None if unused."""

    def __add__(self, other):
        return Gradients(
            b if a is None else a if b is None else a + b for a, b in zip(self, other, strict=True)
        )


class Output(Node):
    """One output of an operation that has several: puts its gradient in its place."""

    __slots__ = ("number",)
    op = "output"
    rules = (lambda g, number, n: Gradients(g if i == number else None for i in range(n)),)

    def __init__(self, node, number, n):
        super().__init__((node,), ((number, n),), (), None, _frame(1))
        self.number = number


def _as_function(edge):
    if edge is None:
        return (None, 0)
    if isinstance(edge, Output):
        return (edge.edges[0], edge.number)
    if isinstance(edge, Node):
        return (edge, 0)
    return (AccumulateGrad(edge), 0)
