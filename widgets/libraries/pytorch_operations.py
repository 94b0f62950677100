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
TARGET = {0: "self", 1: "target"}  # of losses


class Row(NamedTuple):
    """What is known about the nodes of one name, beside the engine's own row of that name.

    Attributes
    ----------
    call : the operation once more: the names of what the node saved of its arguments, with which the
        function of the operation's name is called; or a function (lib, node, *operands), with PyTorch
        or with the engine as ``lib``; None where it is random, or not known. One element by element,
        without parameters, is called by its name.
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


def argument(node, name):
    """What a node was called with; PyTorch saves an axis before 0 as a large unsigned number."""
    value = saved(node, name)
    if name == "reduction":
        return ("none", "mean", "sum")[value]
    return tuple(map(_signed, value)) if isinstance(value, tuple) else _signed(value)


def _signed(number):
    return number - 2**64 if isinstance(number, int) and number >= 2**63 else number


def _alpha(node):
    return saved(node, "alpha")


def _size(node):
    return tuple(read(node, "_input_metadata")[0].shape)


def _sliced(lib, node, x):
    ends = slice(*(saved(node, name) for name in ("start", "end", "step")))
    return x[(*(slice(None),) * argument(node, "dim"), ends)]


def _indexed(lib, node, x):
    """``x`` at the index tensors that PyTorch saved, None standing for a whole axis."""
    return x[tuple(slice(None) if i is None else into(lib, i) for i in saved(node, "indices"))]


def _nll_loss(lib, node, x):
    target, weight = (into(lib, saved(node, name)) for name in ("target", "weight"))
    return lib.nn.functional.nll_loss(
        x, target, weight, ignore_index=argument(node, "ignore_index"), reduction=argument(node, "reduction")
    )


def _cross_entropy(name):
    """A binary one, with the weights that it was given."""

    def again(lib, node, x, target):
        names = ("weight", "pos_weight") if name.endswith("logits") else ("weight",)
        weights = {each: into(lib, saved(node, each)) for each in names}
        return getattr(lib.nn.functional, name)(x, target, **weights, reduction=argument(node, "reduction"))

    return again


def alike(row, names):
    """The same row for several names."""
    return dict.fromkeys(names.split(), row)


ROWS = {
    "AddBackward0": Row("alpha", forgotten={
        0: lambda node, b, y: y - _alpha(node) * b,
        1: lambda node, a, y: (y - a) / _alpha(node)}, factors=("alpha",)),
    "SubBackward0": Row("alpha", forgotten={
        0: lambda node, b, y: y + _alpha(node) * b,
        1: lambda node, a, y: (a - y) / _alpha(node)}, factors=("alpha",)),
    "RsubBackward1": Row(lambda lib, n, a, b: a - _alpha(n) * b if _alpha(n) != 1 else a - b,
        slots=(1,), forgotten={0: lambda node, b, y: y + _alpha(node) * b}, factors=("alpha",)),
    "RsubBackward0": Row(lambda lib, n, a, b: lib.rsub(b, a, alpha=_alpha(n)), slots=(1, 0),
                         factors=("alpha",)),
    **alike(Row(saved=BOTH), """MulBackward0 DivBackward0 Atan2Backward0 MaximumBackward0
        MinimumBackward0 RemainderBackward1 FmodBackward1"""),
    "DivBackward2": Row("rounding_mode", saved=BOTH),
    **alike(Row(forgotten={1: None}), "RemainderBackward0 FmodBackward0"),
    "PowBackward0": Row(saved={1: "exponent"}),
    "PowBackward1": Row(saved={0: "self", 1: "exponent"}),
    "PowBackward2": Row(slots=(1,), saved={0: "self"}),
    **alike(Row(stretched=True), "CopysignBackward0 XlogyBackward0"),
    "LerpBackward0": Row("weight"),
    "LerpBackward1": Row("", saved={2: "weight"}),
    "WhereBackward0": Row("", slots=(1, 2), saved={0: "condition"}),
    "ClampBackward1": Row("min max"),
    "ClampMinBackward0": Row("min"),
    "ClampMaxBackward0": Row("max"),
    "LeakyReluBackward0": Row("negative_slope"),
    "EluBackward0": Row("alpha"),
    "GeluBackward0": Row("approximate"),
    "SoftplusBackward0": Row("beta threshold"),
    # reductions
    **alike(Row(""), "SumBackward0 MeanBackward0 ProdBackward0 MaxBackward1 MinBackward1"),
    **alike(Row("dim keepdim"), """SumBackward1 MeanBackward1 ProdBackward1 AmaxBackward0
        AminBackward0 MaxBackward0 MinBackward0 LogsumexpBackward0"""),
    **alike(Row("dim correction keepdim", analytic=False), "VarBackward0 StdBackward0"),
    "LinalgVectorNormBackward0": Row(lambda lib, n, x: lib.linalg.vector_norm(
        x, *(argument(n, name) for name in ("ord", "dim", "keepdim"))), analytic=False),
    # PyTorch refuses complex numbers
    **alike(Row("dim", analytic=False), "SoftmaxBackward0 LogSoftmaxBackward0"),
    "CumsumBackward0": Row("dim"),
    "NativeLayerNormBackward0": Row(saved={1: "weight"}, analytic=False),
    # not training, mean and variance are those found before
    "NativeBatchNormBackward0": Row(saved={1: "weight"}, factors=("training",), analytic=False),
    **alike(Row(_nll_loss, analytic=False), "NllLossBackward0 NllLoss2DBackward0"),
    "MseLossBackward0": Row("reduction", saved=TARGET),
    "SmoothL1LossBackward0": Row("beta reduction", saved=TARGET),
    "BinaryCrossEntropyBackward0": Row(_cross_entropy("binary_cross_entropy"), saved=TARGET),
    "BinaryCrossEntropyWithLogitsBackward0": Row(_cross_entropy("binary_cross_entropy_with_logits"), saved=TARGET),
    # shapes and indices
    **alike(Row(""), "CloneBackward0 TBackward0 SqueezeBackward0"),
    **alike(Row("dim"), """SqueezeBackward1 SqueezeBackward2 SqueezeBackward4
        UnsqueezeBackward0 UnbindBackward0"""),  # Squeeze4 is in place, of a matrix times a vector
    "TransposeBackward0": Row("dim0 dim1"),
    "PermuteBackward0": Row(lambda lib, n, x: x.permute(argument(n, "dims"))),
    "FlipBackward0": Row(lambda lib, n, x: x.flip(argument(n, "dims"))),
    "ViewBackward0": Row(lambda lib, n, x: x.view(_size(n))),
    **alike(Row(lambda lib, n, x: x.reshape(_size(n))), "UnsafeViewBackward0 ReshapeAliasBackward0"),
    "ExpandBackward0": Row(lambda lib, n, x: x.expand(_size(n))),
    "SelectBackward0": Row("dim index"),
    "SliceBackward0": Row(_sliced),
    "IndexBackward0": Row(_indexed),
    "CatBackward0": Row(lambda lib, n, *xs: lib.cat(xs, argument(n, "dim"))),
    "StackBackward0": Row(lambda lib, n, *xs: lib.stack(xs, argument(n, "dim"))),
    "SplitBackward0": Row(lambda lib, n, x: x.split(saved(n, "split_size"), argument(n, "dim"))[0]),
    **alike(Row("diagonal"), "TrilBackward0 TriuBackward0"),
    # linear algebra
    **alike(Row("", saved={0: "self", 1: "mat2"}), "MmBackward0 BmmBackward0"),
    "MvBackward0": Row("", saved={0: "self", 1: "vec"}),
    "DotBackward0": Row("", saved={0: "self", 1: "tensor"}),
    "ConvolutionBackward0": Row(analytic=False),  # its sums lose the small imaginary part
    "AddmmBackward0": Row("beta alpha", saved={1: "mat1", 2: "mat2"}, factors=("alpha", "beta")),
}  # fmt: skip
REFUSED = (RuntimeError, TypeError, ValueError, AttributeError, IndexError, NotImplementedError)
MOST_ELEMENTS = 10_000  # of operands with which the engine is called for its rules
MOST_OF_A_LOSS = 1_000_000  # the same where it has to be known by how many it is divided


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
            self.call = ""
        if isinstance(self.call, str):
            self.call = functools.partial(call_by_name, self.op, self.call.split())

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
        is_loss = "Loss" in self.name or "CrossEntropy" in self.name
        most = MOST_OF_A_LOSS if is_loss else MOST_ELEMENTS
        if not known or self.call is None or sum(sizes) > most:
            return None
        try:
            with autograd_core.enable_grad(), np.errstate(all="ignore"):
                operands = (into(autograd_core, held[slot], slot in flowing) for slot in sorted(held))
                made = self.call(autograd_core, node, *operands).grad_fn
        except REFUSED:  # something the engine does not offer
            return None
        return made if made is not None and self._is_of(made.operation) else None

    def _is_of(self, operation):
        """Whether nodes of one of the engine's operations have this name, be it made in place."""
        turned = getattr(operation, "turned", operation)
        return self.name in (operation.name, turned.name)


def call_by_name(op, arguments, lib, node, *operands):
    """What the function ``op`` of a library returns (first) for operands and a node's arguments."""
    function = getattr(lib, op, None) or getattr(lib.nn.functional, op)
    found = function(*operands, **{name: argument(node, name) for name in arguments})
    return found[0] if isinstance(found, tuple) else found


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
