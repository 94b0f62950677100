"""What is known about PyTorch's nodes: their operands, constants, and how to call them again.

The derivative rules are not here. They are the engine's own: the operation is called once more
with the engine, on the same operands, and the engine's node tells its rules.
"""

import functools
import re
from typing import NamedTuple

import numpy as np
import torch

import autograd_core
import autograd_core.nn.functional  # whose rows there are then, too
from autograd_core.core.node import Operation

from .pytorch_private import Missing, read, saved

# The operands that an operation keeps, where these are those of a pair.
BOTH = {0: "self", 1: "other"}


class Row(NamedTuple):
    """What is known about the nodes of one name, beside the engine's own row of that name.

    Attributes
    ----------
    call : function (lib, node, *operands)
        The operation once more, with PyTorch or with the engine as ``lib``; None where it is
        random, or not known. One element by element, without parameters, is called by its name.
    slots : which operand each of PyTorch's next_functions is, where it is not simply the same
    saved : dict, by slot the name under which the node keeps an operand that needs no gradient
    forgotten : dict, by slot how a constant that the node does not keep follows from the operand
        that is known and the result (node, operand, result); None where too much is lost
    factors : names of factors that the engine's rule leaves to others where they are 1
    analytic : bool, or None: as the engine's
    stretched : bool, whether operands are broadcast, of an operation that the engine does not have
    """

    call: object = None
    slots: object = range(1 << 30)
    saved: dict = {}
    forgotten: dict = {}
    factors: tuple = ()
    analytic: bool | None = None
    stretched: bool = False


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


ROWS = {
    "AddBackward0": Row(lambda lib, n, a, b: lib.add(a, b, alpha=_alpha(n)), forgotten={
        0: lambda node, b, y: y - _alpha(node) * b,
        1: lambda node, a, y: (y - a) / _alpha(node)}, factors=("alpha",)),
    "SubBackward0": Row(lambda lib, n, a, b: lib.sub(a, b, alpha=_alpha(n)), forgotten={
        0: lambda node, b, y: y + _alpha(node) * b,
        1: lambda node, a, y: (a - y) / _alpha(node)}, factors=("alpha",)),
    "RsubBackward1": Row(lambda lib, n, a, b: a - _alpha(n) * b if _alpha(n) != 1 else a - b,
        slots=(1,), forgotten={0: lambda node, b, y: y + _alpha(node) * b}, factors=("alpha",)),
    "MulBackward0": Row(saved=BOTH),
    "DivBackward0": Row(saved=BOTH),
    "DivBackward2": Row(lambda lib, n, a, b: lib.div(a, b, rounding_mode=saved(n, "rounding_mode")),
                        saved=BOTH),
    "RsubBackward0": Row(lambda lib, n, a, b: lib.rsub(b, a, alpha=_alpha(n)), slots=(1, 0),
                         factors=("alpha",)),
    "Atan2Backward0": Row(saved=BOTH),
    "MaximumBackward0": Row(saved=BOTH),
    "MinimumBackward0": Row(saved=BOTH),
    "RemainderBackward0": Row(forgotten={1: None}),
    "RemainderBackward1": Row(saved=BOTH),
    "FmodBackward0": Row(forgotten={1: None}),
    "FmodBackward1": Row(saved=BOTH),
    "PowBackward0": Row(saved={1: "exponent"}),
    "PowBackward1": Row(saved={0: "self", 1: "exponent"}),
    "PowBackward2": Row(slots=(1,), saved={0: "self"}),
    "CopysignBackward0": Row(stretched=True),
    "XlogyBackward0": Row(stretched=True),
    "LerpBackward0": Row(lambda lib, n, a, b: lib.lerp(a, b, saved(n, "weight"))),
    "LerpBackward1": Row(lambda lib, n, a, b, weight: lib.lerp(a, b, weight), saved={2: "weight"}),
    "WhereBackward0": Row(lambda lib, n, condition, a, b: lib.where(condition, a, b),
                          slots=(1, 2), saved={0: "condition"}),
    "ClampBackward1": Row(lambda lib, n, x: x.clamp(saved(n, "min"), saved(n, "max"))),
    "ClampMinBackward0": Row(lambda lib, n, x: x.clamp(min=saved(n, "min"))),
    "ClampMaxBackward0": Row(lambda lib, n, x: x.clamp(max=saved(n, "max"))),
    "LeakyReluBackward0": Row(lambda lib, n, x: lib.nn.functional.leaky_relu(
        x, saved(n, "negative_slope"))),
    "EluBackward0": Row(lambda lib, n, x: lib.nn.functional.elu(x, saved(n, "alpha"))),
    "GeluBackward0": Row(lambda lib, n, x: lib.nn.functional.gelu(x, saved(n, "approximate"))),
    "SoftplusBackward0": Row(lambda lib, n, x: lib.nn.functional.softplus(
        x, saved(n, "beta"), saved(n, "threshold"))),
    # reductions
    "SumBackward0": Row(lambda lib, n, x: x.sum()),
    "SumBackward1": Row(lambda lib, n, x: x.sum(_dims(n), saved(n, "keepdim"))),
    "MeanBackward0": Row(lambda lib, n, x: x.mean()),
    "MeanBackward1": Row(lambda lib, n, x: x.mean(_dims(n), saved(n, "keepdim"))),
    "ProdBackward0": Row(lambda lib, n, x: x.prod()),
    "ProdBackward1": Row(lambda lib, n, x: x.prod(_dim(n), saved(n, "keepdim"))),
    "AmaxBackward0": Row(lambda lib, n, x: x.amax(_dims(n), saved(n, "keepdim"))),
    "AminBackward0": Row(lambda lib, n, x: x.amin(_dims(n), saved(n, "keepdim"))),
    "MaxBackward1": Row(lambda lib, n, x: x.max()),
    "MinBackward1": Row(lambda lib, n, x: x.min()),
    "MaxBackward0": Row(lambda lib, n, x: x.max(_dim(n), saved(n, "keepdim"))[0]),
    "MinBackward0": Row(lambda lib, n, x: x.min(_dim(n), saved(n, "keepdim"))[0]),
    "VarBackward0": Row(lambda lib, n, x: x.var(
        _dims(n), correction=saved(n, "correction"), keepdim=saved(n, "keepdim")),
        analytic=False),
    "StdBackward0": Row(lambda lib, n, x: x.std(
        _dims(n), correction=saved(n, "correction"), keepdim=saved(n, "keepdim")),
        analytic=False),
    "LinalgVectorNormBackward0": Row(lambda lib, n, x: lib.linalg.vector_norm(
        x, saved(n, "ord"), _dims(n), saved(n, "keepdim")), analytic=False),
    "LogsumexpBackward0": Row(lambda lib, n, x: x.logsumexp(_dims(n), saved(n, "keepdim"))),
    # PyTorch refuses complex numbers
    "SoftmaxBackward0": Row(lambda lib, n, x: x.softmax(_dim(n)), analytic=False),
    "LogSoftmaxBackward0": Row(lambda lib, n, x: x.log_softmax(_dim(n)), analytic=False),
    "CumsumBackward0": Row(lambda lib, n, x: x.cumsum(_dim(n))),
    "NativeLayerNormBackward0": Row(saved={1: "weight"}, analytic=False),
    # not training, mean and variance are those found before
    "NativeBatchNormBackward0": Row(saved={1: "weight"}, factors=("training",), analytic=False),
    "NllLossBackward0": Row(_nll_loss, analytic=False),
    "MseLossBackward0": Row(lambda lib, n, a, b: lib.nn.functional.mse_loss(
        a, b, reduction=_reduction(n))),
    # shapes and indices
    "CloneBackward0": Row(lambda lib, n, x: x.clone()),
    "TBackward0": Row(lambda lib, n, x: x.t()),
    "ViewBackward0": Row(lambda lib, n, x: x.view(_size(n))),
    "UnsafeViewBackward0": Row(lambda lib, n, x: x.reshape(_size(n))),
    "ReshapeAliasBackward0": Row(lambda lib, n, x: x.reshape(_size(n))),
    "TransposeBackward0": Row(lambda lib, n, x: x.transpose(
        _dim(n, "dim0"), _dim(n, "dim1"))),
    "PermuteBackward0": Row(lambda lib, n, x: x.permute(tuple(map(_number, saved(n, "dims"))))),
    "SqueezeBackward0": Row(lambda lib, n, x: x.squeeze()),
    "SqueezeBackward1": Row(lambda lib, n, x: x.squeeze(_dim(n))),
    "SqueezeBackward2": Row(lambda lib, n, x: x.squeeze(_dims(n))),
    "SqueezeBackward4": Row(lambda lib, n, x: x.squeeze(_dim(n))),  # in place, of a matrix times a vector
    "UnsqueezeBackward0": Row(lambda lib, n, x: x.unsqueeze(_dim(n))),
    "ExpandBackward0": Row(lambda lib, n, x: x.expand(_size(n))),
    "SelectBackward0": Row(lambda lib, n, x: x[_whole_axes(_dim(n), _dim(n, "index"))]),
    "SliceBackward0": Row(lambda lib, n, x: x[_whole_axes(
        _dim(n), slice(saved(n, "start"), saved(n, "end"), saved(n, "step")))]),
    "IndexBackward0": Row(_indexed),
    "CatBackward0": Row(lambda lib, n, *xs: lib.cat(xs, _dim(n))),
    "StackBackward0": Row(lambda lib, n, *xs: lib.stack(xs, _dim(n))),
    "UnbindBackward0": Row(lambda lib, n, x: x.unbind(_dim(n))),
    "SplitBackward0": Row(lambda lib, n, x: x.split(saved(n, "split_size"), _dim(n))),
    "FlipBackward0": Row(lambda lib, n, x: x.flip(tuple(map(_number, saved(n, "dims"))))),
    "TrilBackward0": Row(lambda lib, n, x: x.tril(saved(n, "diagonal"))),
    "TriuBackward0": Row(lambda lib, n, x: x.triu(saved(n, "diagonal"))),
    # linear algebra
    "MmBackward0": Row(lambda lib, n, a, b: lib.mm(a, b), saved={0: "self", 1: "mat2"}),
    "BmmBackward0": Row(lambda lib, n, a, b: lib.bmm(a, b), saved={0: "self", 1: "mat2"}),
    "MvBackward0": Row(lambda lib, n, a, b: lib.mv(a, b), saved={0: "self", 1: "vec"}),
    "DotBackward0": Row(lambda lib, n, a, b: lib.dot(a, b), saved={0: "self", 1: "tensor"}),
    "ConvolutionBackward0": Row(analytic=False),  # its sums lose the small imaginary part
    "AddmmBackward0": Row(lambda lib, n, c, a, b: lib.addmm(
        c, a, b, beta=saved(n, "beta"), alpha=saved(n, "alpha")),
        saved={1: "mat1", 2: "mat2"}, factors=("alpha", "beta")),
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
        self.name, self.row = name, ROWS.get(name, Row())
        self.engine = engine_operation(name)
        self.op = self.engine.op if self.engine else neutral(name)
        self.slots, self.call = self.row.slots, self.row.call
        if self.call is None and self._is_named_so():
            self.call = lambda lib, node, *operands: plain(lib, self.op)(*operands)

    def _is_named_so(self):
        """Whether it is one element by element, without parameters, under the node's name."""
        named = self.name.partition("Backward")[0].lower()
        return self.engine is not None and self.engine.uniform and named == self.op.replace("_", "")

    @property
    def analytic(self):
        """Whether PyTorch's function is right for complex numbers as it stands."""
        engine = self.engine is not None and self.engine.analytic
        return engine if self.row.analytic is None else self.row.analytic

    def stretched(self, slot):
        """Whether an operand may be broadcast to the result's shape."""
        return self.row.stretched or (self.engine is not None and self.symbol(slot) in self.engine.stretched)

    def symbol(self, slot):
        """The operand's name in the rule."""
        names = self.engine.operands if self.engine else ()
        if names[:1] == ("x0",):  # an operation of as many operands as it is given
            return f"x{slot}"
        return names[slot] if slot < len(names) else ""

    def constants(self, node):
        """The operands that need no gradient and that the node has saved, by slot."""
        found = {}
        for slot, name in self.row.saved.items():
            value = _held(node, name)
            if isinstance(value, torch.Tensor) and value.requires_grad:
                continue
            if value is not None:
                found[slot] = value
        return found

    def forgotten(self, held):
        """The slot of a constant operand that the node did not save, or None."""
        for slot in self.row.forgotten:
            if slot not in held and len(held) == 1:
                return slot
        return None

    def infer(self, node, slot, held, result):
        """The simplest number(s) with which the known operand gives exactly ``result``."""
        (other,) = held.values()
        if other is None or not result.numel() or self.row.forgotten[slot] is None:
            return None
        try:
            other, result = other.cpu(), result.cpu()  # once; and not every device knows float64
            exact = self.row.forgotten[slot](node, other.double(), result.double())
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
        factors = self.row.factors
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
                result = self.call(
                    autograd_core,
                    node,
                    *(into(autograd_core, held[slot], slot in flowing) for slot in sorted(held)),
                )
                made = (result[0] if isinstance(result, tuple) else result).grad_fn
        except REFUSED:  # something the engine does not offer
            return None
        return made if made is not None and self._is_of(made.operation) else None

    def _is_of(self, operation):
        """Whether nodes of one of the engine's operations have this name, be it made in place."""
        turned = getattr(operation, "turned", operation)
        return self.name in (operation.name, turned.name)


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
