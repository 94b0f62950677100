"""What is known about PyTorch's nodes: their operands, constants, and how to compute them.

The derivative rules are not here. They are the engine's own: a PyTorch node is looked up by
its name among the engine's operations, which bear PyTorch's names.
"""

import functools
import re

import torch

import autograd_core  # noqa: F401  all its operations exist once it is imported
from autograd_core.node import Operation

# Which operand each of PyTorch's next_functions is, where it is not simply the same one.
SLOTS = {"WhereBackward0": (1, 2)}

# Operands that are not among next_functions, or need no gradient: where PyTorch saves them.
SELF_OTHER = {0: "_saved_self", 1: "_saved_other"}
CONSTANTS = {
    "MulBackward0": SELF_OTHER,
    "DivBackward0": SELF_OTHER,
    "Atan2Backward0": SELF_OTHER,
    "MaximumBackward0": SELF_OTHER,
    "MinimumBackward0": SELF_OTHER,
    "RemainderBackward1": SELF_OTHER,
    "FmodBackward1": SELF_OTHER,
    "PowBackward0": {1: "_saved_exponent"},
    "PowBackward1": {0: "_saved_self", 1: "_saved_exponent"},
    "PowBackward2": {0: "_saved_self", 1: "_saved_exponent"},
    "MmBackward0": {0: "_saved_self", 1: "_saved_mat2"},
    "BmmBackward0": {0: "_saved_self", 1: "_saved_mat2"},
    "MvBackward0": {0: "_saved_self", 1: "_saved_vec"},
    "DotBackward0": {0: "_saved_self", 1: "_saved_tensor"},
    "AddmmBackward0": {1: "_saved_mat1", 2: "_saved_mat2"},
    "WhereBackward0": {0: "_saved_condition"},
    "LerpBackward0": {2: "_saved_weight"},
    "LerpBackward1": {2: "_saved_weight"},
}

# Sums forget a constant operand: from the operand that is known and the result.
FORGOTTEN = {
    "AddBackward0": {
        0: lambda node, b, y: y - _alpha(node) * b,
        1: lambda node, a, y: (y - a) / _alpha(node),
    },
    "SubBackward0": {
        0: lambda node, b, y: y + _alpha(node) * b,
        1: lambda node, a, y: (a - y) / _alpha(node),
    },
    "RsubBackward1": {1: lambda node, b, y: y + _alpha(node) * b},
}


def _alpha(node):
    return getattr(node, "_saved_alpha", 1)


def _dims(node):
    """Axes as PyTorch saves them, large unsigned numbers standing for negative ones."""
    dims = node._saved_dim
    dims = dims if isinstance(dims, tuple) else (dims,)
    return tuple(d - 2**64 if d >= 2**63 else d for d in dims)


def _dim(node, name="_saved_dim"):
    d = getattr(node, name)
    return d - 2**64 if d >= 2**63 else d


# How to compute a result again from its operands. Operations with randomness are not here.
ELEMENTWISE = """neg abs exp exp2 expm1 log log1p log2 log10 sqrt rsqrt reciprocal sin cos tan asin
    acos atan sinh cosh tanh sigmoid relu silu erf sign floor ceil trunc frac mul div atan2 maximum
    minimum pow mm bmm mv dot clone t""".split()
COMPUTE = {
    "AddBackward0": lambda n, a, b: torch.add(a, b, alpha=_alpha(n)),
    "SubBackward0": lambda n, a, b: torch.sub(a, b, alpha=_alpha(n)),
    "AddmmBackward0": lambda n, c, a, b: torch.addmm(
        c, a, b, beta=n._saved_beta, alpha=n._saved_alpha),
    "SumBackward0": lambda n, x: x.sum(),
    "MeanBackward0": lambda n, x: x.mean(),
    "SumBackward1": lambda n, x: x.sum(_dims(n), n._saved_keepdim),
    "MeanBackward1": lambda n, x: x.mean(_dims(n), n._saved_keepdim),
    "TBackward0": lambda n, x: x.t(),
    "TransposeBackward0": lambda n, x: x.transpose(_dim(n, "_saved_dim0"), _dim(n, "_saved_dim1")),
    "ViewBackward0": lambda n, x: x.reshape(n._input_metadata[0].shape),
    "UnsafeViewBackward0": lambda n, x: x.reshape(n._input_metadata[0].shape),
    "ReshapeAliasBackward0": lambda n, x: x.reshape(n._input_metadata[0].shape),
    "ExpandBackward0": lambda n, x: x.expand(n._input_metadata[0].shape),
    "SqueezeBackward0": lambda n, x: x.reshape(n._input_metadata[0].shape),
    "SqueezeBackward1": lambda n, x: x.reshape(n._input_metadata[0].shape),
    "UnsqueezeBackward0": lambda n, x: x.reshape(n._input_metadata[0].shape),
    "SelectBackward0": lambda n, x: x.select(_dim(n), _dim(n, "_saved_index")),
    "LogSoftmaxBackward0": lambda n, x: x.log_softmax(_dim(n)),
    "SoftmaxBackward0": lambda n, x: x.softmax(_dim(n)),
    "CatBackward0": lambda n, *xs: torch.cat(xs, _dim(n)),
    "StackBackward0": lambda n, *xs: torch.stack(xs, _dim(n)),
    "WhereBackward0": lambda n, condition, a, b: torch.where(condition, a, b),
}  # fmt: skip


class Known:
    """What is known about all nodes of one name; without knowledge, what the name tells."""

    def __init__(self, name):
        self.name = name
        self.engine = engine_operation(name)
        self.op = self.engine.op if self.engine else neutral(name)
        self.slots = SLOTS.get(name, range(1 << 30))
        self.saved = CONSTANTS.get(name, {})
        compute = COMPUTE.get(name)
        if compute is None and self.op in ELEMENTWISE:
            function = getattr(torch, self.op, None) or getattr(torch.nn.functional, self.op)
            compute = lambda node, *operands: function(*operands)  # noqa: E731
        self._compute = compute

    def symbol(self, slot):
        """The operand's name in the rule."""
        names = self.engine.operands if self.engine else ()
        return names[slot] if slot < len(names) else ""

    def constants(self, node):
        """The operands that need no gradient and that the node has saved, by slot."""
        found = {}
        for slot, attribute in self.saved.items():
            value = _saved(node, attribute)
            if isinstance(value, torch.Tensor) and value.requires_grad:
                continue
            if value is not None:
                found[slot] = value
        return found

    def parameters(self, node):
        """What the rules need besides operands and output, by the rules' own names for it."""
        found = {}
        for name in {name for names in self.engine.parameters for name in names}:
            value = _saved(node, f"_saved_{name}")
            if isinstance(value, int | float):
                found[name] = value
        return {name: value for name, value in found.items()
                if name not in (*self.engine.operands, "y")}  # fmt: skip

    def forgotten(self, node, held):
        """The slot of a constant operand that the node did not save, or None."""
        for slot in FORGOTTEN.get(self.name, ()):
            if slot not in held and len(held) == 1:
                return slot
        return None

    def infer(self, node, slot, held, result):
        """The simplest number(s) with which the known operand gives exactly ``result``."""
        (other,) = held.values()
        if other is None:
            return None
        exact = FORGOTTEN[self.name][slot](node, other.double(), result.double())
        for digits in range(17):
            guess = torch.round(exact, decimals=digits)
            operands = (other, guess.to(result.dtype))
            if slot == 0:
                operands = operands[::-1]
            if torch.equal(self._compute(node, *operands), result):
                if other.shape == result.shape and (guess == guess.flatten()[:1]).all():
                    return guess.flatten()[0].item()
                return guess.to(result.dtype)
        return None

    def compute(self, node, held):
        """The node's result from its operands, or None if it is not known how."""
        if self._compute is None:
            return None
        try:
            return self._compute(node, *(held[slot] for slot in sorted(held)))
        except (RuntimeError, TypeError, AttributeError, IndexError):
            return None  # freed, or operands that PyTorch keeps in a way not known here


@functools.cache
def _known(name):
    return Known(name)


def known(node):
    """What is known about a PyTorch node."""
    return _known(node.name().rpartition("::")[2])


def engine_operation(name):
    """The engine's operation of PyTorch's name, or None."""
    operation = Operation.named.get(name)
    return operation if operation is not None and operation.rules else None


def neutral(name):
    """The operation's name within PyTorch's name of a node; a user's Function keeps its own.

    >>> neutral("LogSoftmaxBackward0"), neutral("MyFunctionBackward")
    ('log_softmax', 'MyFunction')
    """
    if name.endswith("Backward"):
        return name.removesuffix("Backward") or "op"
    name = re.sub(r"Backward\d+$", "", name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@functools.cache
def _saved_names(cls):
    return [name for name in dir(cls) if name.startswith("_saved_")
            and "_sym_" not in name]  # fmt: skip


def _saved(node, attribute):
    try:
        return getattr(node, attribute, None)
    except RuntimeError:  # freed, or changed since: then the pass itself will say so
        return None


def saved_tensors(node):
    """Yield the tensors that a node has saved, if it is not freed."""
    names = _saved_names(type(node))
    values = [_saved(node, name) for name in names] or [_saved(node, "saved_tensors")]
    for value in values:
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, torch.Tensor):
                yield each
