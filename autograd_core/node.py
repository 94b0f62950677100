"""The graph's nodes: one for each recorded operation, with its rules and what they need."""

import itertools
import sys
from pathlib import Path

next_number = itertools.count(1).__next__  # numbers nodes; an operand's is always smaller
new = object.__new__
_frame = sys._getframe
OWN_FILES = {str(path) for path in Path(__file__).parent.rglob("*.py")}


def user_frame(frame, node=None):
    """The innermost frame, from this one outwards, that is not this package's own."""
    while frame.f_code.co_filename in OWN_FILES and frame.f_back is not None:
        frame = frame.f_back
    if node is not None:
        node.code, node.lasti = frame.f_code, frame.f_lasti
    return frame


class _FromRules:
    """A class attribute that is computed from the rules when first asked for."""

    def __init__(self, compute):
        self.compute = compute

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, node, cls):
        value = self.compute(cls)
        setattr(cls, self.name, value)
        return value


def _used(rule, names):
    """Those of a rule's parameters that its bytecode really reads."""
    import dis  # rarely needed, and slow to import

    seen = set()
    for instruction in dis.get_instructions(rule):
        value = instruction.argval
        seen.update(value if isinstance(value, tuple) else (value,))
    return tuple(name for name in names if name in seen)


class Node:
    """One recorded operation: where its gradient goes, and what its rules are called with.

    Attributes
    ----------
    edges : tuple, one entry for each operand
        The operand's own node, the leaf tensor it is, or None where no gradient flows.
    args : tuple, one entry for each operand, or None once freed
        What the operand's rule is called with, after the incoming gradient.
    inputs : tuple of the operands, empty once freed
    shapes : None, or for each operand the (shape, dtype) its gradient must be brought to
    seq : int
        Creation number. Every operand's is smaller, so descending order is a valid one.
    extra : None or Extra
    """

    __slots__ = ("edges", "args", "inputs", "shapes", "seq", "code", "lasti", "extra", "__weakref__")
    op = "node"  # the operation's name
    rules = ()  # one for each operand
    operands = ()  # the operands' names in the rules
    parameters = ()  # for each rule the names of what it is called with, after g
    formula = None
    together = None  # a method that gives all operands' gradients at once, instead of rules

    # which of its parameters each rule really reads; whether operands or the output are among
    # them, so that backward() has something to free
    needs = _FromRules(lambda cls: tuple(
        _used(rule, names) for rule, names in zip(cls.rules, cls.parameters)))
    saves = _FromRules(lambda cls: any(
        name in names for names in cls.needs for name in (*cls.operands, "y")))
    saves_output = _FromRules(lambda cls: any("y" in names for names in cls.needs))

    def __init__(self, edges, args, inputs, shapes, frame):
        self.edges = edges
        self.args = args
        self.inputs = inputs
        self.shapes = shapes
        self.seq = next_number()
        self.extra = None
        user_frame(frame, self)

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
    operands = ("x",)
    parameters = (("number", "n"),)
    needs, saves, saves_output = parameters, False, False
    rules = (lambda g, number, n: Gradients(g if i == number else None for i in range(n)),)

    def __init__(self, node, number, n):
        super().__init__((node,), ((number, n),), (), None, _frame(1))
        self.number = number


def rule_type(op, rules, name=None, formula=None, parameters=None):
    """A Node class for the operation ``op``; ``rules`` maps each operand to its rule.

    ``parameters`` names what every rule is called with; otherwise each rule's own signature
    does.
    """
    names = tuple(rule.__code__.co_varnames[1 : rule.__code__.co_argcount] for rule in rules.values())
    if parameters is not None and any(given != parameters for given in names):
        raise TypeError(f"the rules of {op} must be `lambda g, {', '.join(parameters)}: ...`")
    name = name or "".join(part.capitalize() for part in op.split("_")) + "Backward0"
    return type(name, (Node,), {
        "__slots__": (), "op": op, "operands": tuple(rules), "rules": tuple(rules.values()),
        "parameters": names, "formula": formula, "__doc__": f"A recorded ``{op}``.",
        "needs": _again("needs"), "saves": _again("saves"), "saves_output": _again("saves_output"),
    })  # fmt: skip


def _again(name):
    """The base class's attribute, to be computed anew for a subclass."""
    attribute = _FromRules(Node.__dict__[name].compute)
    attribute.name = name
    return attribute


def record(cls, tensors, arrays, y, parameters, frame):
    """The node of one application of an operation, or None where no operand needs it."""
    edges = tuple([edge_of(t) for t in tensors])
    if not any(edges):
        return None
    known = dict(zip(cls.operands, arrays), y=y, **parameters)
    args = tuple([
        None if edge is None else tuple([known[name] for name in names])
        for edge, names in zip(edges, cls.parameters)
    ])  # fmt: skip
    return cls(edges, args, tensors, None, frame)


def edge_of(operand):
    """Where an operand's gradient goes: its node, the tensor itself if a leaf, or None."""
    node = getattr(operand, "_grad_fn", None)
    return node or (operand if getattr(operand, "_requires_grad", False) else None)


def _as_function(edge):
    if edge is None:
        return (None, 0)
    if isinstance(edge, Output):
        return (edge.edges[0], edge.number)
    if isinstance(edge, Node):
        return (edge, 0)
    return (AccumulateGrad(edge), 0)
