"""The graph's nodes: one for each recorded operation, with its rules and what they need."""

import itertools
import os
import sys
from functools import cached_property
from itertools import zip_longest
from operator import itemgetter

next_number = itertools.count(1).__next__  # numbers nodes; an operand's is always smaller
new = object.__new__
_frame = sys._getframe


class _OwnFiles(dict):
    """Whether a source file belongs to this package, looked up once for each."""

    folder = os.path.dirname(__file__) + os.sep

    def __missing__(self, file):
        self[file] = own = file.startswith(self.folder)
        return own


is_own_file = _OwnFiles()


def user_frame(frame, node=None):
    """The innermost frame, from this one outwards, that is not this package's own."""
    while is_own_file[frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    if node is not None:
        node.code, node.lasti = frame.f_code, frame.f_lasti
    return frame


def _used(rule, names):
    """Those of a rule's parameters that its bytecode really reads."""
    import dis  # rarely needed, and slow to import

    seen = set()
    for instruction in dis.get_instructions(rule):
        value = instruction.argval
        seen.update(value if isinstance(value, tuple) else (value,))
    return tuple(name for name in names if name in seen)


def constant(g, a, b, y):
    """The rule of an operand that is always a plain number: the graph has no edge for it."""


def _picker(names):
    """A function that takes the values of these names out of a dictionary, as a tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda known: tuple(known[n] for n in names)


class Operation:
    """What all nodes of one operation share: its names and its rules.

    Attributes
    ----------
    op : str, the operation's name (``mul``)
    name : str, PyTorch's name of its nodes (``MulBackward0``)
    operands : tuple of str, the operands' names in the rules
    rules : tuple of functions, one for each operand
    parameters : for each rule the names of what it is called with, after ``g``
    formula : the rules as expressions, where they cannot be read out of the rules themselves
    uniform : bool, whether all rules are called with the same: the operands and the output
    """

    named = {}  # every operation by PyTorch's name of its nodes

    def __init__(self, op, rules, name=None, formula=None, uniform=False):
        self.op, self.formula, self.uniform = op, formula, uniform
        self.name = name or "".join(part.capitalize() for part in op.split("_")) + "Backward0"
        self.operands, self.rules = tuple(rules), tuple(rules.values())
        codes = [rule.__code__ for rule in self.rules]
        self.parameters = tuple(code.co_varnames[1 : code.co_argcount] for code in codes)
        self.picks = tuple(map(_picker, self.parameters))
        if uniform and any(names != (*rules, "y") for names in self.parameters):
            raise TypeError(f"the rules of {op} must be `lambda g, {', '.join(rules)}, y: ...`")
        Operation.named.setdefault(self.name, self)

    @cached_property
    def needs(self):
        """Those of its parameters that each rule really reads."""
        return tuple(_used(rule, names) for rule, names in zip(self.rules, self.parameters))

    @cached_property
    def saves(self):
        """Whether a rule reads an operand or the output: then backward() has something to free."""
        return any(name in names for names in self.needs for name in (*self.operands, "y"))

    @cached_property
    def reads_first(self):
        """Whether the first operand's rule reads that operand itself."""
        return self.operands[0] in self.needs[0]

    @cached_property
    def saves_operands(self):
        """Whether a rule reads an operand."""
        return any(name in names for names in self.needs for name in self.operands)

    @cached_property
    def saves_output(self):
        """Whether a rule reads the output."""
        return any("y" in names for names in self.needs)

    def __repr__(self):
        return f"<operation {self.op}>"


class Node:
    """One recorded operation: where its gradient goes, and what its rules are called with.

    All nodes are of this one class, whatever their operation: Python is quicker so.

    Attributes
    ----------
    operation : Operation
    edges : tuple, one entry for each operand
        The operand's own node, the leaf tensor it is, or None where no gradient flows.
    args : tuple, or None once freed
        What the rules are called with after the incoming gradient: the same for all rules of a
        uniform operation, otherwise one tuple for each.
    inputs : tuple of the operands; empty once freed, and where ``args`` holds all that is
        needed: the only tensor's rule does not read that tensor itself
    shapes : None, or for each operand the (shape, dtype) its gradient must be brought to
    seq : int
        Creation number. Every operand's is smaller, so descending order is a valid one.
    extra : None or Extra
    """

    __slots__ = ("operation", "edges", "args", "inputs", "shapes", "seq", "code", "lasti", "extra",
                 "__weakref__")  # fmt: skip

    def __init__(self, operation, edges, args, inputs, shapes, frame):
        self.operation = operation
        self.edges = edges
        self.args = args
        self.inputs = inputs
        self.shapes = shapes
        self.seq = next_number()
        self.extra = None
        user_frame(frame, self)

    hidden = False  # see views.Unrecorded
    op = property(lambda self: self.operation.op)
    operands = property(lambda self: self.operation.operands)
    needs = property(lambda self: self.operation.needs)
    saves_output = property(lambda self: self.operation.saves_output)

    @property
    def saves(self):
        """Whether backward() has something to free: operands, the output, indices, masks."""
        if self.operation.uniform or self.args is None:
            return self.operation.saves
        return any(map(_holds_arrays, self.args))

    def contributions(self, g, edges, args, create):
        """What each operand gets of the incoming gradient ``g``; None where its edge is None.

        ``args`` are the node's own. With ``create`` the rules are called with recorded tensors
        instead of arrays.
        """
        operation = self.operation
        if create:
            args = self.recorded_args(args)
        if not operation.uniform:
            return [
                None if edge is None else rule(g, *arg)
                for edge, rule, arg in zip(edges, operation.rules, args)
            ]
        if len(edges) == 1:
            x, y = args
            return (None if edges[0] is None else operation.rules[0](g, x, y),)
        a, b, y = args
        edge_a, edge_b = edges
        rule_a, rule_b = operation.rules
        return (
            None if edge_a is None else rule_a(g, a, b, y),
            None if edge_b is None else rule_b(g, a, b, y),
        )

    def arguments(self, slot):
        """What the rule number ``slot`` is called with, by name."""
        args = self.args if self.operation.uniform else self.args[slot]
        return dict(zip(self.operation.parameters[slot], args))

    def recorded_args(self, args):
        """``args``, its own, with the operands and the output as recorded tensors."""
        from . import dtypes
        from .tensor import Tensor, result

        operation = self.operation
        if operation.uniform:
            operands = self.inputs or args[:-1]
            if self.shapes is not None:  # brought to their common type, as the arrays were
                operands = [
                    x.to(dtypes.of_array(array)) if isinstance(x, Tensor) else x
                    for x, array in zip(operands, args)
                ]
            return *operands, result(args[-1], self)
        known = dict(zip(operation.operands, self.inputs))

        def recorded(name, value):
            return known[name] if name in known else result(value, self) if name == "y" else value

        return tuple(
            None if values is None else tuple(map(recorded, names, values))
            for names, values in zip(operation.parameters, args)
        )

    def name(self):
        """PyTorch's name of this node, for example ``MulBackward0``."""
        return self.operation.name

    @property
    def next_functions(self):
        """The operands' nodes as ``(node, output number)``, as PyTorch gives them."""
        return tuple(map(_as_function, self.tensor_edges))

    @property
    def tensor_edges(self):
        """The edges but for those of plain numbers that the operation keeps no record of."""
        rules = zip_longest(self.edges, self.operation.rules)
        return tuple(edge for edge, rule in rules if rule is not constant)

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
    OPERATION = Operation("output", {
        "x": lambda g, number, n: Gradients(g if i == number else None for i in range(n))
    })  # fmt: skip

    def __init__(self, node, number, n):
        super().__init__(self.OPERATION, (node,), ((number, n),), (), None, _frame(1))
        self.number = number


def record(operation, tensors, arrays, y, parameters, frame):
    """The node of one application of an operation, or None where no operand needs it."""
    edges = tuple([edge_of(t) for t in tensors])
    if all(edge is None for edge in edges):
        return None
    known = parameters  # made for this call: nobody else sees the additions
    known.update(zip(operation.operands, arrays))
    known["y"] = y
    args = tuple([
        None if edge is None else pick(known) for edge, pick in zip(edges, operation.picks)
    ])  # fmt: skip
    if not operation.saves_operands:
        tensors = tuple(map(stand_in, tensors))
    return Node(operation, edges, args, tensors, None, frame)


def stand_in(operand):
    """What a node holds of an operand that its rules do not read.

    The tensor itself may be changed in place later, by an operation that comes after this node:
    each would hold the other, and neither would be freed.
    """
    grad_fn = getattr(operand, "_grad_fn", None)
    if grad_fn is None:
        return operand
    from .tensor import result

    return result(operand._data, grad_fn)


def edge_of(operand):
    """Where an operand's gradient goes: its node, the tensor itself if a leaf, or None."""
    node = getattr(operand, "_grad_fn", None)
    return node or (operand if getattr(operand, "_requires_grad", False) else None)


def _holds_arrays(value):
    if isinstance(value, tuple):
        return any(map(_holds_arrays, value))
    return hasattr(value, "__array__")


def _as_function(edge):
    if edge is None:
        return (None, 0)
    if isinstance(edge, Output):
        return (edge.edges[0], edge.number)
    if isinstance(edge, Node):
        return (None, 0) if edge.hidden else (edge, 0)
    return (AccumulateGrad(edge), 0)
