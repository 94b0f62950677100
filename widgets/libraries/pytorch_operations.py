"""What is known about PyTorch's nodes: their operands, constants, and how to call them again.

The derivative rules are not here. They are the engine's own: the operation is called once more
with the engine, on the same operands, and the engine's node tells its rules.
"""

import functools
import re

import numpy as np
import torch

import autograd_core
import autograd_core.nn.functional  # so that its operations are known, too
from autograd_core.core.node import Operation

from .pytorch_private import Missing, read, saved

# Which operand each of PyTorch's next_functions is, where it is not simply the same one.
SLOTS = {"WhereBackward0": (1, 2), "RsubBackward1": (1,), "PowBackward2": (1,)}

# Operands that are not among next_functions, or need no gradient: where PyTorch saves them.
SELF_OTHER = {0: "self", 1: "other"}
CONSTANTS = {
    "MulBackward0": SELF_OTHER,
    "DivBackward0": SELF_OTHER,
    "Atan2Backward0": SELF_OTHER,
    "MaximumBackward0": SELF_OTHER,
    "MinimumBackward0": SELF_OTHER,
    "RemainderBackward1": SELF_OTHER,
    "FmodBackward1": SELF_OTHER,
    "PowBackward0": {1: "exponent"},
    "PowBackward1": {0: "self", 1: "exponent"},
    "PowBackward2": {0: "self"},
    "MmBackward0": {0: "self", 1: "mat2"},
    "BmmBackward0": {0: "self", 1: "mat2"},
    "MvBackward0": {0: "self", 1: "vec"},
    "DotBackward0": {0: "self", 1: "tensor"},
    "AddmmBackward0": {1: "mat1", 2: "mat2"},
    "WhereBackward0": {0: "condition"},
    "LerpBackward1": {2: "weight"},
    "NativeLayerNormBackward0": {1: "weight"},
    "NativeBatchNormBackward0": {1: "weight"},
}

# Operations that forget a constant operand: it from the one that is known and the result. Of a
# remainder too much is lost to tell.
FORGOTTEN = {
    "AddBackward0": {
        0: lambda node, b, y: y - _alpha(node) * b,
        1: lambda node, a, y: (y - a) / _alpha(node),
    },
    "SubBackward0": {
        0: lambda node, b, y: y + _alpha(node) * b,
        1: lambda node, a, y: (a - y) / _alpha(node),
    },
    "RsubBackward1": {0: lambda node, b, y: y + _alpha(node) * b},
    "RemainderBackward0": {1: None},
    "FmodBackward0": {1: None},
}


# The factors of operands, which an operation's rule in the engine leaves to others where they are 1.
FACTORS = dict.fromkeys(("AddBackward0", "SubBackward0", "RsubBackward1"), ("alpha",))
FACTORS["AddmmBackward0"] = ("alpha", "beta")
FACTORS["NativeBatchNormBackward0"] = ("training",)  # else mean and variance are those found before


def _alpha(node):
    return saved(node, "alpha")


def _number(number):
    """An axis as PyTorch saves it, a large unsigned number standing for a negative one."""
    return number - 2**64 if isinstance(number, int) and number >= 2**63 else number


def _dims(node):
    dims = saved(node, "dim")
    return tuple(map(_number, dims)) if isinstance(dims, tuple) else dims


def _dim(node, name="dim"):
    return _number(saved(node, name))


def _size(node):
    return tuple(read(node, "_input_metadata")[0].shape)


def _whole_axes(dim, *index):
    return (*(slice(None),) * dim, *index)


def _indexed(lib, node, x):
    """``x`` at the index tensors that PyTorch saved, None standing for a whole axis."""
    return x[tuple(slice(None) if i is None else into(lib, i) for i in saved(node, "indices"))]


def _nll_loss(lib, node, x):
    if saved(node, "weight") is not None:
        return None
    return lib.nn.functional.nll_loss(x, into(lib, saved(node, "target")), reduction=_reduction(node))


def _reduction(node):
    return ("none", "mean", "sum")[saved(node, "reduction")]


# How to call an operation again, with PyTorch or with the engine as ``lib``. Only operations
# without randomness are here; those element by element with no parameters are in PLAIN.
PLAIN = """neg abs exp exp2 expm1 log log1p log2 log10 sqrt rsqrt reciprocal sin cos tan asin acos
    atan sinh cosh tanh asinh acosh atanh sigmoid relu silu erf erfc sign floor ceil trunc frac mul
    div atan2 hypot logaddexp maximum minimum remainder fmod pow mm bmm mv dot clone t""".split()
CALLS = {
    "AddBackward0": lambda lib, n, a, b: lib.add(a, b, alpha=_alpha(n)),
    "SubBackward0": lambda lib, n, a, b: lib.sub(a, b, alpha=_alpha(n)),
    "RsubBackward1": lambda lib, n, a, b: a - _alpha(n) * b if _alpha(n) != 1 else a - b,
    "LerpBackward0": lambda lib, n, a, b: lib.lerp(a, b, saved(n, "weight")),
    "LerpBackward1": lambda lib, n, a, b, weight: lib.lerp(a, b, weight),
    "WhereBackward0": lambda lib, n, condition, a, b: lib.where(condition, a, b),
    "ClampBackward1": lambda lib, n, x: x.clamp(saved(n, "min"), saved(n, "max")),
    "ClampMinBackward0": lambda lib, n, x: x.clamp(min=saved(n, "min")),
    "ClampMaxBackward0": lambda lib, n, x: x.clamp(max=saved(n, "max")),
    "LeakyReluBackward0": lambda lib, n, x: lib.nn.functional.leaky_relu(
        x, saved(n, "negative_slope")),
    "EluBackward0": lambda lib, n, x: lib.nn.functional.elu(x, saved(n, "alpha")),
    "GeluBackward0": lambda lib, n, x: lib.nn.functional.gelu(x, saved(n, "approximate")),
    "SoftplusBackward0": lambda lib, n, x: lib.nn.functional.softplus(
        x, saved(n, "beta"), saved(n, "threshold")),
    # reductions
    "SumBackward0": lambda lib, n, x: x.sum(),
    "SumBackward1": lambda lib, n, x: x.sum(_dims(n), saved(n, "keepdim")),
    "MeanBackward0": lambda lib, n, x: x.mean(),
    "MeanBackward1": lambda lib, n, x: x.mean(_dims(n), saved(n, "keepdim")),
    "ProdBackward0": lambda lib, n, x: x.prod(),
    "ProdBackward1": lambda lib, n, x: x.prod(_dim(n), saved(n, "keepdim")),
    "AmaxBackward0": lambda lib, n, x: x.amax(_dims(n), saved(n, "keepdim")),
    "AminBackward0": lambda lib, n, x: x.amin(_dims(n), saved(n, "keepdim")),
    "MaxBackward1": lambda lib, n, x: x.max(),
    "MinBackward1": lambda lib, n, x: x.min(),
    "MaxBackward0": lambda lib, n, x: x.max(_dim(n), saved(n, "keepdim"))[0],
    "MinBackward0": lambda lib, n, x: x.min(_dim(n), saved(n, "keepdim"))[0],
    "VarBackward0": lambda lib, n, x: x.var(
        _dims(n), correction=saved(n, "correction"), keepdim=saved(n, "keepdim")),
    "StdBackward0": lambda lib, n, x: x.std(
        _dims(n), correction=saved(n, "correction"), keepdim=saved(n, "keepdim")),
    "LogsumexpBackward0": lambda lib, n, x: x.logsumexp(_dims(n), saved(n, "keepdim")),
    "SoftmaxBackward0": lambda lib, n, x: x.softmax(_dim(n)),
    "LogSoftmaxBackward0": lambda lib, n, x: x.log_softmax(_dim(n)),
    "CumsumBackward0": lambda lib, n, x: x.cumsum(_dim(n)),
    "NllLossBackward0": _nll_loss,
    "MseLossBackward0": lambda lib, n, a, b: lib.nn.functional.mse_loss(
        a, b, reduction=_reduction(n)),
    # shapes and indices
    "ViewBackward0": lambda lib, n, x: x.view(_size(n)),
    "UnsafeViewBackward0": lambda lib, n, x: x.reshape(_size(n)),
    "ReshapeAliasBackward0": lambda lib, n, x: x.reshape(_size(n)),
    "TransposeBackward0": lambda lib, n, x: x.transpose(
        _dim(n, "dim0"), _dim(n, "dim1")),
    "PermuteBackward0": lambda lib, n, x: x.permute(tuple(map(_number, saved(n, "dims")))),
    "SqueezeBackward0": lambda lib, n, x: x.squeeze(),
    "SqueezeBackward1": lambda lib, n, x: x.squeeze(_dim(n)),
    "SqueezeBackward2": lambda lib, n, x: x.squeeze(_dims(n)),
    "UnsqueezeBackward0": lambda lib, n, x: x.unsqueeze(_dim(n)),
    "ExpandBackward0": lambda lib, n, x: x.expand(_size(n)),
    "SelectBackward0": lambda lib, n, x: x[_whole_axes(_dim(n), _dim(n, "index"))],
    "SliceBackward0": lambda lib, n, x: x[_whole_axes(
        _dim(n), slice(saved(n, "start"), saved(n, "end"), saved(n, "step")))],
    "IndexBackward0": _indexed,
    "CatBackward0": lambda lib, n, *xs: lib.cat(xs, _dim(n)),
    "StackBackward0": lambda lib, n, *xs: lib.stack(xs, _dim(n)),
    "UnbindBackward0": lambda lib, n, x: x.unbind(_dim(n)),
    "SplitBackward0": lambda lib, n, x: x.split(saved(n, "split_size"), _dim(n)),
    "FlipBackward0": lambda lib, n, x: x.flip(tuple(map(_number, saved(n, "dims")))),
    "TrilBackward0": lambda lib, n, x: x.tril(saved(n, "diagonal")),
    "TriuBackward0": lambda lib, n, x: x.triu(saved(n, "diagonal")),
    # linear algebra
    "AddmmBackward0": lambda lib, n, c, a, b: lib.addmm(
        c, a, b, beta=saved(n, "beta"), alpha=saved(n, "alpha")),
}  # fmt: skip
REFUSED = (RuntimeError, TypeError, ValueError, AttributeError, IndexError, NotImplementedError)
MOST_ELEMENTS = 10_000  # of operands with which the engine is called for its rules


def is_number(value):
    """Whether a saved tensor was a plain number in the user's code.

    PyTorch hides the mark it gives to such tensors, but a plain number does not widen the type
    of another tensor without dimensions.
    """
    if not isinstance(value, torch.Tensor):
        return isinstance(value, int | float)
    narrow = {torch.float64: torch.float16, torch.int64: torch.int8}.get(value.dtype)
    if value.ndim or narrow is None:
        return False
    return torch.result_type(value, torch.zeros((), dtype=narrow)) == narrow


def into(lib, value, requires_grad=False):
    """A PyTorch tensor as one of ``lib``; what is no tensor, or was a plain number, as it is."""
    if is_number(value):
        return value.item() if isinstance(value, torch.Tensor) else value
    if lib is torch or not isinstance(value, torch.Tensor):
        return value
    array = np.array(value.detach().cpu().numpy())
    return lib.tensor(array, requires_grad=requires_grad and array.dtype.kind == "f")


class Known:
    """What is known about all nodes of one name; without knowledge, what the name tells."""

    def __init__(self, name):
        self.name = name
        self.engine = engine_operation(name)
        self.op = self.engine.op if self.engine else neutral(name)
        self.slots = SLOTS.get(name, range(1 << 30))
        self.saved = CONSTANTS.get(name, {})
        self.call = CALLS.get(name)
        if self.call is None and self.op in PLAIN:
            self.call = lambda lib, node, *operands: plain(lib, self.op)(*operands)

    def symbol(self, slot):
        """The operand's name in the rule."""
        names = self.engine.operands if self.engine else ()
        if names[:1] == ("x0",):  # an operation of as many operands as it is given
            return f"x{slot}"
        return names[slot] if slot < len(names) else ""

    def constants(self, node):
        """The operands that need no gradient and that the node has saved, by slot."""
        found = {}
        for slot, name in self.saved.items():
            value = _held(node, name)
            if isinstance(value, torch.Tensor) and value.requires_grad:
                continue
            if value is not None:
                found[slot] = value
        return found

    def forgotten(self, held):
        """The slot of a constant operand that the node did not save, or None."""
        for slot in FORGOTTEN.get(self.name, ()):
            if slot not in held and len(held) == 1:
                return slot
        return None

    def infer(self, node, slot, held, result):
        """The simplest number(s) with which the known operand gives exactly ``result``."""
        (other,) = held.values()
        if other is None or not result.numel() or FORGOTTEN[self.name][slot] is None:
            return None
        try:
            other, result = other.cpu(), result.cpu()  # once; and not every device knows float64
            exact = FORGOTTEN[self.name][slot](node, other.double(), result.double())
        except REFUSED:  # it is not told, or there are no numbers
            return None
        guesses = [torch.round(exact, decimals=digits) for digits in range(17)]
        if other.shape == result.shape:
            sharpest = (other.abs() + result.abs()).argmin()  # where rounding hides least of it
            numbers = [guess.flatten()[sharpest].item() for guess in guesses]
            guesses = [*numbers, *guesses]
        for guess in guesses:
            constant = torch.as_tensor(guess).to(result.dtype)
            operands = (other, constant) if slot == 1 else (constant, other)
            if torch.equal(self.call(torch, node, *operands), result):
                return constant if isinstance(guess, torch.Tensor) else guess
        return None

    def compute(self, node, held):
        """The node's result from its operands, or None if it is not known how."""
        if self.call is None:
            return None
        try:
            return self.call(torch, node, *(into(torch, held[slot]) for slot in sorted(held)))
        except REFUSED:
            return None  # freed, or operands that PyTorch keeps in a way not known here

    def follows_engine(self, node):
        """Whether what the engine's rules say is true of a node: they leave out factors of 1."""
        factors = FACTORS.get(self.name, ())
        return self.engine is not None and all(_held(node, factor) == 1 for factor in factors)

    def again(self, node, held, flowing):
        """The node that the engine makes of the same operands, or None.

        ``held`` maps slots to operands, None where one is not known; ``flowing`` holds the slots
        that need a gradient.
        """
        known = all(value is not None for value in held.values())
        sizes = [value.numel() for value in held.values() if isinstance(value, torch.Tensor)]
        if not known or self.call is None or sum(sizes) > MOST_ELEMENTS:
            return None
        try:
            with autograd_core.enable_grad(), np.errstate(all="ignore"):
                result = self.call(autograd_core, node, *(
                    into(autograd_core, held[slot], slot in flowing) for slot in sorted(held)))
                made = (result[0] if isinstance(result, tuple) else result).grad_fn
        except REFUSED:  # something the engine does not offer
            return None
        return made if made is not None and made.name() == self.name else None


def plain(lib, op):
    """The function ``op`` of a library."""
    return getattr(lib, op, None) or getattr(lib.nn.functional, op)


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


def _held(node, name):
    try:
        return saved(node, name)
    except (RuntimeError, Missing):  # freed, or changed since: then the pass itself will say so
        return None
