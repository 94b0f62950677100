"""A trace, looked up: values, gradients, what leads where, and in which words that is told."""

from collections import Counter, defaultdict

import numpy as np

from autograd_core.core.node import Operation

from ..trace import BACKWARD, LEAF, OP
from ..words.numbers_as_text import indexed, is_zero, number

SAME = set(
    """view reshape squeeze unsqueeze flatten transpose t permute clone expand to contiguous unsafe_view
    to_copy alias reshape_alias slice select as_strided output""".split()
)  # hand every number on as it is

OF_PYTORCH: dict[str, dict] = {  # operations that the engine has no row of, by PyTorch's name of their nodes
    "LogitBackward0": {"pole": "(x == 0) | (x == 1)", "outside": "(x < 0) | (x > 1)"},
    "XlogyBackward0": {"pole": "b == 0", "outside": "b < 0"},
    "SpecialEntrBackward0": {"pole": "x == 0"},
    "ErfinvBackward0": {"pole": "x * x == 1", "outside": "x * x > 1"},
    "LgammaBackward0": {"pole": "(x <= 0) & (x == np.floor(x))"},
    "DigammaBackward0": {"pole": "(x <= 0) & (x == np.floor(x))"},
}


class Reading:
    """What is asked of a trace again and again.

    Attributes
    ----------
    operands, consumers : dicts, from the id of a node to edges
    steps : dict, from the id of a node to its step backward
    gradients : dict, from the id of a node to the complete gradient that arrived there, a Value
    modules : dict, from the id of a node to the path of the innermost module that made it, ``""`` for none
    """

    def __init__(self, trace):
        self.trace, self.node = trace, trace.node
        self.operands, self.consumers = defaultdict(list), defaultdict(list)
        for edge in trace.edges:
            self.operands[edge.consumer].append(edge)
            self.consumers[edge.producer].append(edge)
        self.steps = {step.node: step for step in trace.steps if step.phase == BACKWARD}
        self.gradients = {}
        for step in self.steps.values():
            for sent in step.contributions:
                self.gradients[trace.edges[sent.edge].producer] = sent.after
        self.gradients |= {id: step.gradient for id, step in self.steps.items() if step.gradient is not None}
        self.modules = {id: self.module(scope) for scope in trace.scopes for id in scope.nodes}
        self.written = Counter(place_of(node.source) for node in trace.nodes if node.kind == OP)
        self.ops = [node for node in trace.nodes if node.kind == OP]
        self.leaves = [node for node in trace.nodes if node.kind == LEAF]

    def module(self, scope) -> str:
        """The path of the module that a scope is, or is in; ``""`` outside of modules."""
        while scope.kind != "module" and scope.outer >= 0:
            scope = self.trace.scopes[scope.outer]
        title = f"{scope.name} ({scope.type})" if scope.name else scope.type
        return title if scope.kind == "module" else ""

    @property
    def loss(self):
        return self.node(self.trace.outputs[0])

    def behind(self, id):
        """A node without what hands every number on as it is."""
        node = self.node(id)
        while node.op in SAME and self.operands[node.id]:
            node = self.node(self.operands[node.id][0].producer)
        return node

    def places(self, node):
        """Where an operation's row says that it is not smooth: from words to the first such place, as text.

        Only numbers that are known are looked at: of a large tensor its smallest and largest and the first ones.
        """
        row = Operation.named.get(node.backward)
        edges = self.operands[node.id]
        own = OF_PYTORCH.get(node.backward, {})
        pair = "b" in "".join(own.values())
        names = [edge.symbol or ("ab"[edge.slot] if pair else "x" if own else "") for edge in edges]
        known = {
            name: numbers(self.node(edge.producer).value) for name, edge in zip(names, edges, strict=True)
        }
        known["y"] = numbers(node.value)
        whole = {name: array for name, array in known.items() if array is not None and name}
        found = {}
        for word, where in (row.places if row else own).items():
            helpers = {"np": np} | {
                name: each for rule in (row.rules if row else ()) for name, each in rule.__globals__.items()
            }
            try:
                with np.errstate(all="ignore"):
                    there = np.asarray(eval(where, helpers | whole))
            except Exception:  # it speaks of what is not known here
                continue
            if there.any():
                found[word] = there, whole
        return found

    def title(self, node):
        """What a node is called where it is told of: the code that made it and nothing else, or its name."""
        if node.kind != OP:
            return node.name
        if node.source and node.source.expression and self.written[place_of(node.source)] == 1:
            return f"`{' '.join(node.source.expression.split())}`"
        module = self.modules.get(node.id)
        return f"{node.op} in {module}" if module else node.name if node.named else node.op


def place_of(source):
    """Where in the code something was made."""
    return source and (source.label, source.line, source.column, source.end_line, source.end_column)


def numbers(value):
    """The numbers of a Value that are known, as an array; None where there are none."""
    if value is None:
        return None
    if value.summary is not None:
        parts = (value.summary.min, value.summary.max, *value.summary.head)
        return np.array([part for part in parts if part is not None])
    return None if value.data is None else np.asarray(value.data)


def bad(value) -> str:
    """Which numbers that are not finite there are in a Value: ``"nan"``, ``"inf"`` or ``""``."""
    found = numbers(value)
    if found is None or found.dtype.kind not in "fc" or np.isfinite(found).all():
        return ""
    return "nan" if np.isnan(found).any() else "inf"


def zero(value) -> bool:
    """Whether a Value is known to be 0 throughout."""
    return value is not None and 0 not in value.shape and is_zero(value)


def element(value, there) -> str:
    """The first of some elements, as an index, if the whole tensor is known: `` at [0, 2]``."""
    if value is None or value.data is None or np.shape(value.data) != np.shape(there) or not np.ndim(there):
        return ""
    return " at " + indexed("", np.argwhere(there)[0].tolist())


def first(array, there) -> str:
    """The first number at which something is true."""
    array, there = np.broadcast_arrays(array, there)
    return number(array[there].flat[0].item())
