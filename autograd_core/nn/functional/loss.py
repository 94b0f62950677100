"""Losses: how far an output is from its target.

``reduction`` says what becomes of the losses of the elements: their ``"mean"``, their ``"sum"``,
or they themselves (``"none"``). In the rules ``n`` is what their sum is divided by (1 where it is
no mean, infinity where there is nothing to take the mean of), ``weight`` what each of them is
multiplied by.
"""

import math
import warnings

import numpy as np

from ...core import dtypes
from ...core.grad_mode import mode, off
from ...core.node import GeneralNode, _frame
from ...core.operation import check_broadcast, stand_in
from ...core.source import user_frame
from ...core.tensor import Tensor, result
from ...errors.operands import advice, kind_of, not_implemented_for
from ...errors.words import kind_name
from ...meaning import means
from ...ops import elementwise
from ...ops.arguments import check_tensors
from ...ops.indexing import _with, joined
from ...ops.reductions import _log_softmax, _log_softmax_of
from ...ops.rows import operation
from ...ops.shape import expand, view
from .activation import log_softmax

# ---------------------------------------------------------------------- for the rules
# Each of these takes an array or a recorded tensor.


@means("log(1 + exp(x))")
def log1pexp(x):
    """``log(1 + exp(x))`` without overflow."""
    return elementwise.softplus(x) if isinstance(x, Tensor) else np.logaddexp(0, x)


@means("sigmoid(x)")
def logistic(x):
    """``1 / (1 + exp(-x))`` without overflow."""
    return elementwise.sigmoid(x) if isinstance(x, Tensor) else np.exp(-np.logaddexp(0, -x))


@means("scatter(values)")
def placed(values, where, shape):
    """Zeros of this shape with ``values`` at the places ``where``."""
    if isinstance(values, Tensor):
        return _with(result(np.zeros(shape, values._data.dtype), None), values, where)
    out = np.zeros(shape, values.dtype)
    out[where] = values
    return out


# ---------------------------------------------------------------------- the rules


def _loss(op, losses, **line):
    """An operation that computes the losses of the elements and then their sum or mean."""

    def forward(*tensors, reduction, n, **parameters):
        each = losses(*tensors, **parameters)
        if reduction == "none":
            return each
        return each.sum() / n if n < math.inf else each.dtype.type(math.nan)

    return operation(op, forward, **line)


# fmt: off
_mse = _loss("mse_loss", lambda x, target: (x - target) ** 2, analytic=True,
    x=lambda g, x, target, n: g * (2 / n) * (x - target),
    target=lambda g, x, target, n: -g * (2 / n) * (x - target))

_smooth_l1 = _loss("smooth_l1_loss",
    lambda x, target, beta: _smooth(np.abs(x - target), beta),
    x=lambda g, x, target, beta, n: g * (1 / n) * np.clip((x - target) / beta, -1, 1),
    target=lambda g, x, target, beta, n: -g * (1 / n) * np.clip((x - target) / beta, -1, 1))

_bce = _loss("binary_cross_entropy",
    lambda x, target, weight: -weight * (target * _log(x) + (1 - target) * _log(1 - x)),
    pole="(x == 0) | (x == 1)", outside="(x < 0) | (x > 1)",
    x=lambda g, x, target, weight, n: g * (weight / n) * (x - target) / np.maximum(
        x * (1 - x), 1e-12),
    target=lambda g, x, target, weight, n: g * (weight / n) * (np.log(1 - x) - np.log(x)))

# The loss is -log(sigmoid(x)) for the target 1, -log(1 - sigmoid(x)) = x - log(sigmoid(x)) for 0.
_bce_with_logits = _loss("binary_cross_entropy_with_logits",
    lambda x, target, weight, pos_weight: weight * (
        (1 - target) * x + (1 + (pos_weight - 1) * target) * np.logaddexp(0, -x)),
    x=lambda g, x, target, weight, pos_weight, n: g * (weight / n) * (
        1 - target - (1 + (pos_weight - 1) * target) * logistic(-x)),
    target=lambda g, x, target, weight, pos_weight, n: g * (weight / n) * (
        (pos_weight - 1) * log1pexp(-x) - x))

_nll, _nll_2d = (
    _loss("nll_loss", lambda x, where, weight: -weight * x[where], node=node,
        analytic=True,
        x=lambda g, x, where, shape, weight, n: joined(placed(-g * (weight / n), where, shape), x))
    for node in ("NllLossBackward0", "NllLoss2DBackward0"))

# by a plain number; PyTorch's own losses record these
_divided = operation("div", lambda x, n: x / n, node="DivBackward1", analytic=True,
                     x=lambda g, n: g / n)
_times = operation("mul", lambda x, k: x * k, node="MulBackward1", analytic=True,
                   x=lambda g, k: g * k)
# fmt: on


@np.errstate(divide="ignore")
def _log(x):
    return np.maximum(np.log(x), -100)


def _smooth(distance, beta):
    return np.where(distance < beta, distance**2 / (2 * beta), distance - beta / 2)


# ---------------------------------------------------------------------- arguments


def check_reduction(reduction):
    """Raise ValueError unless ``reduction`` is one of the three."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def _count(reduction, elements):
    """What the sum of the losses is divided by."""
    check_reduction(reduction)
    return (elements or math.inf) if reduction == "mean" else 1


def _reduced(losses, reduction):
    check_reduction(reduction)
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _pair(name, input, target):
    """Input and target in one type and, with a warning where they differ, in one shape."""
    check_compared(input, target)
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.", stacklevel=3,
        )  # fmt: skip
        shape = check_broadcast(name, input._data, target._data)
        input, target = expand(input, shape), expand(target, shape)
    kind = dtypes.promote(input.dtype, target.dtype)
    return (t if t.dtype is kind else t.to(kind) for t in (input, target))


def _weight(weight):
    """The array of an optional tensor of weights; without it each weighs 1."""
    return 1.0 if weight is None else weight._data


# ---------------------------------------------------------------------- distances


def mse_loss(input, target, *, reduction="mean"):
    """The squared error ``(input - target)²``; both of one shape.

    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    input, target = _pair("mse_loss", input, target)
    return _mse(input, target, reduction=reduction, n=_count(reduction, input._data.size))


def l1_loss(input, target, *, reduction="mean"):
    """The absolute error ``|input - target|``; both of one shape."""
    input, target = _pair("l1_loss", input, target)
    return _reduced((input - target).abs(), reduction)


def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    """``d² / (2 beta)`` for distances ``d < beta``, ``d - beta / 2`` for larger ones."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    input, target = _pair("smooth_l1_loss", input, target)
    if beta == 0:
        return _reduced((input - target).abs(), reduction)
    n = _count(reduction, input._data.size)
    return _smooth_l1(input, target, beta=beta, reduction=reduction, n=n)


# ---------------------------------------------------------------------- yes or no


def binary_cross_entropy(input, target, weight=None, *, reduction="mean"):
    """``-target log(input) - (1 - target) log(1 - input)``, the logarithms at least -100.

    ``input`` are probabilities; where you have logits, the next function is the exact one.
    """
    check_compared(input, target)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}) is deprecated. Please ensure they have the same size."
        )
    if input.dtype is not target.dtype:
        names = kind_name(target), kind_name(input)
        raise RuntimeError("Found dtype {} but expected {}".format(*names))
    for name, values in (("input", input._data), ("target", target._data)):
        if ((values < 0) | (values > 1)).any():
            raise RuntimeError(
                f"all elements of {name} should be between 0 and 1. Logits become probabilities by "
                "sigmoid(); or use binary_cross_entropy_with_logits."
            )
    n = _count(reduction, input._data.size)
    return _bce(input, target, weight=_weight(weight), reduction=reduction, n=n, keeps=(weight,))


def binary_cross_entropy_with_logits(input, target, weight=None, *, reduction="mean",
                                     pos_weight=None):  # fmt: skip
    """The binary cross-entropy of ``sigmoid(input)``, exact for logits of any size.

    ``pos_weight`` multiplies the loss of the positive cases, ``weight`` that of each element.
    """
    check_compared(input, target)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if not target.dtype.is_floating_point:
        kinds = kind_name(input), kind_name(target)
        raise RuntimeError(
            "result type {} can't be cast to the desired output type {}. ".format(*kinds)
            + f"Targets are numbers from 0 to 1: target.to({input.dtype})."
        )
    kind = dtypes.promote(input.dtype, target.dtype)
    return _bce_with_logits(
        input.to(kind), target.to(kind), weight=_weight(weight), pos_weight=_weight(pos_weight),
        reduction=reduction, n=_count(reduction, input._data.size), keeps=(weight, pos_weight),
    )  # fmt: skip


# ---------------------------------------------------------------------- one of several classes


def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """Minus the log-probability of the right class.

    Parameters
    ----------
    input : tensor (n, classes), (n, classes, ...) or (classes,)
        Log-probabilities, as from :func:`log_softmax`.
    target : tensor of int64, (n,), (n, ...) or ()
        The right classes.
    weight : tensor (classes,)
        How much each class counts; a mean is divided by the sum of the weights.
    ignore_index : int
        A target that does not count.
    """
    check_reduction(reduction)
    check_tensors("nll_loss_nd", input=input, target=target)
    _check_classes(input, target, weight)
    shape = input._data.shape
    if len(shape) in (1, 2, 4):
        return _nll_of(input, target._data, weight, ignore_index, reduction, (target, weight))
    flat = view(input, *shape[:2], 1, -1)
    places = target._data.reshape(shape[0], 1, -1)
    out = _nll_of(flat, places, weight, ignore_index, reduction, (target, weight))
    return view(out, target.shape) if reduction == "none" else out


def _nll_of(input, target, weight, ignore_index, reduction, keeps):
    shape = input._data.shape
    classes = shape[min(len(shape) - 1, 1)]
    weights = 1.0
    if 0 <= ignore_index < classes or not _all_below(classes, target):
        counted = target != ignore_index
        target = np.where(counted, target, 0)
        if not _all_below(classes, target):
            raise _out_of_bounds(target, classes)
        weights = counted.astype(input._data.dtype)
    if weight is not None:
        weights = weights * weight._data[target]
    n = 1
    if reduction == "mean":
        n = target.size if type(weights) is float else np.sum(weights)
    n = n or math.inf
    apply = _nll_2d if len(shape) == 4 else _nll
    where = _places(target)
    return apply(input, where=where, weight=weights, reduction=reduction, n=n,
                 keeps=keeps)  # fmt: skip


_INT64 = dtypes.int64.numpy
_UNSIGNED = {1: np.uint8, 8: np.uint64}


def _all_below(classes, target):
    """Whether all targets are from 0 to ``classes - 1`` (as unsigned, a negative one is huge)."""
    unsigned = target.view(_UNSIGNED[target.itemsize])
    return not target.size or np.maximum.reduce(unsigned, axis=None) < classes


def _out_of_bounds(target, classes):
    wrong = target[(target < 0) | (target >= classes)].flat[0]
    return IndexError(
        f"Target {wrong} is out of bounds. There are {classes} classes, numbered from 0 to {classes - 1}."
    )


def _places(target):
    """The index that picks from (n, classes, ...) at each place the class that is right there."""
    target = target.copy()
    if target.ndim < 2:
        return (np.arange(target.size), target) if target.ndim else (target,)
    first, *others = np.ogrid[tuple(slice(length) for length in target.shape)]
    return (first, target, *others)


def _check_classes(input, target, weight):
    """Raise where input, target or weight are not of the shapes and types that nll_loss takes."""
    rank, shape, right = input._data.ndim, input._data.shape, target._data.shape
    if rank <= 2:
        if rank == 0 or len(right) != rank - 1:
            raise RuntimeError(
                "0D or 1D target tensor expected, multi-target not supported. "
                f"The target has {len(right)} dimensions, the input {rank}; for class indices the "
                "target has one less."
            )
        if rank == 2 and shape[0] != right[0]:
            raise ValueError(
                f"Expected input batch_size ({shape[0]}) to match target batch_size ({right[0]}). "
                "The target has one class for each row of the input."
            )
    elif (shape[0], *shape[2:]) != right:
        raise RuntimeError(f"Expected target size {[shape[0], *shape[2:]]}, got {list(right)}")
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {kind_name(target)}. Class indices are whole "
            "numbers: .long() makes them."
        )
    classes = shape[min(rank - 1, 1)]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but "
            f"got weight tensor of shape: {list(weight.shape)}"
        )


def cross_entropy(input, target, weight=None, *, ignore_index=-100, reduction="mean",
                  label_smoothing=0.0):  # fmt: skip
    """Minus the log of the probability that ``softmax(input)`` gives to the right class.

    Parameters
    ----------
    input : tensor (n, classes), (n, classes, ...) or (classes,)
        Logits: any numbers.
    target : tensor of int64, (n,), (n, ...) or (), or floating-point of the shape of ``input``
        The right classes, or the probability of each class.
    weight : tensor (classes,)
        How much each class counts.
    ignore_index : int
        A class index that does not count.
    label_smoothing : float from 0 to 1
        How much of the target is spread evenly over all classes
        (https://arxiv.org/abs/1512.00567).

    >>> logits = torch.tensor([[2.0, 0.0, 0.0]])
    >>> torch.nn.functional.cross_entropy(logits, torch.tensor([0]))
    tensor(0.2395)
    """
    if _is_usual(input, target) and reduction == "mean" and (
        weight is None and ignore_index < 0 and label_smoothing == 0
    ):  # fmt: skip
        return _usual(input, target)
    check_tensors("cross_entropy_loss", input=input, target=target)
    if not input.dtype.is_floating_point and target.dtype.is_floating_point:
        cure = "The logits come first, then the classes: cross_entropy(logits, classes)."
        raise not_implemented_for("log_softmax_lastdim_kernel_impl", input.dtype, cure)
    check_reduction(reduction)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input._data.ndim < 2 else 1
    if input._data.shape == target._data.shape:
        return _with_probabilities(input, target, weight, dim, reduction, label_smoothing)
    if not input._data.ndim:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    log_p = log_softmax(input, dim)
    likely = nll_loss(log_p, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return likely
    even = _over_all_classes(log_p, target, weight, dim, ignore_index, reduction)
    share = label_smoothing / input._data.shape[dim]
    return _times(likely, k=1 - label_smoothing) + _times(even, k=share)


def _is_usual(input, target):
    """Whether these are (n, classes) floating-point numbers and n classes that there are."""
    try:
        x, labels = input._data, target._data
        return len(x.shape) == 2 and x.dtype.kind == "f" and (
            labels.shape == x.shape[:1] and labels.dtype is _INT64 and labels.size
            and _all_below(x.shape[1], labels)
        )  # fmt: skip
    except AttributeError:
        return False


def _usual(input, target):
    """The mean of ``nll_loss(log_softmax(input, 1), target)``, written out: every classifier's."""
    log_p, n = _log_softmax_of(input._data, (1,)), target._data.size
    where, shape = _places(target._data), log_p.shape
    loss = -np.add.reduce(log_p[where]) / n
    edge = input._grad_fn or (input if input._requires_grad else None)
    if edge is None or (off and not mode.enabled):
        return result(loss, None)
    frame = user_frame(_frame(1))
    args, held = ((log_p, (1,)),), (stand_in(input),)
    node = GeneralNode(_log_softmax.operation, (edge,), args, held, None, frame)
    likely = result(log_p, node)
    args = ((log_p, where, shape, 1.0, n),)
    edges = (likely._grad_fn,)
    return result(loss, GeneralNode(_nll.operation, edges, args, (likely, target), None, frame))


def _with_probabilities(input, target, weight, dim, reduction, label_smoothing):
    if not target.dtype.is_floating_point:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {kind_name(target)}"
        )
    log_p, classes = log_softmax(input, dim), input._data.shape[dim]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    products = log_p * target
    if weight is not None:
        products = products * _along(dim, weight, input.ndim)
    if reduction == "none":
        return -products.sum(dim)
    total = -products.sum()
    return _divided(total, n=input._data.size // classes) if reduction == "mean" else total


def _over_all_classes(log_p, target, weight, dim, ignore_index, reduction):
    """The loss of a target that says: every class alike."""
    if weight is not None:
        log_p = log_p * _along(dim, weight, log_p.ndim)
    ignored = target == ignore_index
    each = (-log_p.sum(dim)).masked_fill(ignored, 0.0)
    if reduction != "mean":
        return each if reduction == "none" else each.sum()
    counted = target._data[~ignored._data]
    n = counted.size if weight is None else weight._data[counted].sum()
    return each.sum() / result(np.asarray(n)[()], None)


def _along(dim, weight, rank):
    """The weights of the classes, to multiply with a tensor whose dimension ``dim`` they are."""
    places = [1] * rank
    places[dim] = -1
    return view(weight, places)


# ---------------------------------------------------------------------- checks


def check_compared(*values):
    """Raise AttributeError unless what a loss compares are tensors."""
    for value in values:
        if not isinstance(value, Tensor):
            raise AttributeError(
                f"'{kind_of(value)}' object has no attribute 'size'. A loss compares two tensors"
                + (advice(value) or ".")
            )
