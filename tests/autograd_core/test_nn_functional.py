"""`nn.functional` computes what PyTorch computes, with the same graph and the same errors."""

import numpy as np
import pytest

import autograd_core
from autograd_core.nn import functional
from tests.autograd_core.oracle_cases import NORMAL, POSITIVE, cases, test_each
from tests.autograd_core.test_linear_algebra import assert_same_graph

FEATURES = [((5,),), ((2, 3),), ((2, 3, 4),), ((0, 3),)]
PAIRS = [((), ()), ((4,), (4,)), ((2, 3), (2, 3)), ((2, 0), (2, 0))]
REDUCTIONS = ["mean", "sum", "none"]


def PROBABILITIES(random, shape):
    """From 0.05 to 0.95."""
    return random.uniform(0.05, 0.95, shape)


def _classes(torch, shape, classes, seed=0, ignored=None):
    """Class indices of this shape, the first of several perhaps one that is ignored."""
    target = np.random.default_rng(seed).integers(0, classes, shape)
    if ignored is not None and target.size > 1:
        target.flat[0], target.flat[-1] = ignored, 0
    elif ignored is not None:
        target = np.zeros(shape, np.int64)
    return torch.tensor(target)


def _weights(torch, x, n):
    return torch.tensor(np.linspace(0.5, 2.0, n), dtype=x.dtype)


def _running_batch_norm(torch, x, w, b, training):
    mean = torch.zeros(x.shape[1], dtype=x.dtype)
    variance = torch.ones(x.shape[1], dtype=x.dtype) * 2
    y = torch.nn.functional.batch_norm(x, mean, variance, w, b, training, 0.3)
    return y, mean, variance


# ---------------------------------------------------------------------- layers

test_linear = test_each(
    cases("linear", lambda torch, x, w, b: torch.nn.functional.linear(x, w, b),
          [((4, 3), (2, 3), (2,)), ((3,), (2, 3), (2,)), ((2, 4, 3), (2, 3), (2,)),
           ((0, 3), (2, 3), (2,)), ((4, 2), (2, 3), (2,))]),
    cases("linear without bias", lambda torch, x, w: torch.nn.functional.linear(x, w),
          [((4, 3), (2, 3)), ((3,), (2, 3)), ((2, 4, 3), (2, 3))]),
)  # fmt: skip


def _call(torch, x, which, *arguments, **options):
    return getattr(torch.nn.functional, which)(x, *arguments, **options)


test_activations = test_each(
    *(cases(name, lambda torch, x, name=name: _call(torch, x, name), FEATURES)
      for name in "relu leaky_relu elu silu gelu softplus sigmoid tanh".split()),
    cases("leaky_relu slope", lambda torch, x, slope: _call(torch, x, "leaky_relu", slope),
          FEATURES, slope=[0.0, 0.3]),
    cases("elu alpha", lambda torch, x: torch.nn.functional.elu(x, 0.5), FEATURES),
    cases("gelu tanh", lambda torch, x: _call(torch, x, "gelu", approximate="tanh"),
          FEATURES),
    cases("softplus beta", lambda torch, x: torch.nn.functional.softplus(x, 2.0, 1.0), FEATURES),
    cases("in place", lambda torch, x, which: _call(torch, x * 2, which, inplace=True), FEATURES,
         which=["relu", "leaky_relu", "elu", "silu"], same_node=False),
    cases("in place on a leaf", lambda torch, x: _call(torch, x, "relu", inplace=True), FEATURES),
    cases("softmax", lambda torch, x, dim: torch.nn.functional.softmax(x, dim), FEATURES,
          dim=[0, -1, None, 7]),
    cases("log_softmax", lambda torch, x, dim: torch.nn.functional.log_softmax(x, dim), FEATURES,
          dim=[0, -1, None]),
)  # fmt: skip

test_normalization = test_each(
    cases("layer_norm", lambda torch, x, w, b: torch.nn.functional.layer_norm(x, w.shape, w, b),
          [((4, 3), (3,), (3,)), ((2, 3, 4), (4,), (4,)), ((2, 3, 4), (3, 4), (3, 4)),
           ((3,), (3,), (3,)), ((4, 3), (2,), (2,))]),
    cases("layer_norm alone", lambda torch, x: torch.nn.functional.layer_norm(x, (3,), eps=0.1),
          [((4, 3),), ((2, 4, 3),)]),
    cases("batch_norm", lambda torch, x, w, b: torch.nn.functional.batch_norm(
              x, None, None, w, b, training=True),
          [((5, 3), (3,), (3,)), ((3, 2, 4), (2,), (2,)), ((1, 3), (3,), (3,)),
           ((4, 3), (2,), (2,))]),
    cases("batch_norm running", _running_batch_norm,
          [((5, 3), (3,), (3,)), ((3, 2, 4), (2,), (2,))], training=[True, False]),
)  # fmt: skip

IMAGES = [((2, 4, 6, 5), (4, 4, 3, 2), (4,)), ((4, 6, 5), (4, 4, 3, 2), (4,)),
          ((1, 4, 3, 2), (4, 4, 3, 2), (4,)), ((2, 3, 6, 5), (4, 4, 3, 2), (4,)),
          ((2, 4, 2, 5), (4, 4, 3, 2), (4,)), ((6, 5), (4, 4, 3, 2), (4,))]  # fmt: skip

test_conv2d = test_each(
    cases("conv2d", lambda torch, x, w, b, stride, padding, dilation: torch.nn.functional.conv2d(
              x, w, b, stride, padding, dilation),
          IMAGES, stride=[1, (2, 1)], padding=[0, (1, 2)], dilation=[1, (2, 1)],
          gradcheck=False, rtol=1e-4, dtypes=["float64"], words=8),
    cases("conv2d float32", lambda torch, x, w: torch.nn.functional.conv2d(x, w),
          [((2, 2, 4, 5), (3, 2, 3, 2))], dtypes=["float32"], rtol=1e-4),
    cases("conv2d small", lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b, padding=1),
          [((1, 1, 3, 3), (2, 1, 2, 2), (2,))]),
    cases("conv2d padded", lambda torch, x, w, padding: torch.nn.functional.conv2d(
              x, w, padding=padding), [((1, 1, 3, 4), (1, 1, 3, 2))], padding=["same", "valid"]),
    cases("conv2d groups", lambda torch, x, w: torch.nn.functional.conv2d(x, w, groups=2),
          [((1, 2, 2, 3), (4, 1, 2, 2)), ((2, 4, 3, 3), (2, 2, 2, 2))]),
)  # fmt: skip

test_max_pool2d = test_each(
    cases("max_pool2d", lambda torch, x, kernel, stride, padding: torch.nn.functional.max_pool2d(
              x, kernel, stride, padding),
          [((2, 1, 4, 5),), ((2, 4, 4),), ((1, 1, 2, 2),), ((2, 2),)],
          kernel=[2, (3, 2)], stride=[None, 1], padding=[0, 1], words=6, second=False),
    cases("max_pool2d dilated", lambda torch, x: torch.nn.functional.max_pool2d(x, 2, 1, 0, 2),
          [((2, 1, 4, 5),)]),
)  # fmt: skip

test_other_pools = test_each(
    cases("avg_pool2d", lambda torch, x, kernel, how: torch.nn.functional.avg_pool2d(x, kernel, *how),
          [((2, 1, 4, 5),), ((2, 4, 4),)], kernel=[2, (3, 2)],
          how=[(), (1, 1), (3, 0, True), (2, 1, True, False), (2, 1, False, True, 3)], words=6, second=False),
    cases("max_pool2d ceil", lambda torch, x, stride, padding: torch.nn.functional.max_pool2d(
              x, 3, stride, padding, ceil_mode=True), [((2, 1, 7, 8),), ((1, 4, 5),)],
          stride=[2, 3], padding=[0, 1]),
    cases("adaptive_avg_pool2d", lambda torch, x, size: torch.nn.functional.adaptive_avg_pool2d(x, size),
          [((2, 1, 4, 5),), ((2, 7, 3),)], size=[1, 2, (3, None), (4, 5)]),
)  # fmt: skip

test_embedding = test_each(
    cases("embedding", lambda torch, w, padding: torch.nn.functional.embedding(
              torch.tensor([[0, 2, 2], [3, 1, 0]]), w, padding), [((4, 3),), ((3, 2),)],
          padding=[None]),
    cases("embedding padding", lambda torch, w, padding: torch.nn.functional.embedding(
              torch.tensor([[0, 2, 2], [3, 1, 0]]), w, padding), [((4, 3),)], padding=[0, -2],
          gradcheck=False),
    cases("embedding wrong", lambda torch, w: torch.nn.functional.embedding(
              torch.tensor([1.0]), w), [((4, 3),)]),
    cases("one_hot", lambda torch, x: torch.nn.functional.one_hot(x.abs(), 8), [((4,),), ((2, 3),)],
          dtypes=["int64"]),
)  # fmt: skip

# ---------------------------------------------------------------------- losses

LOSSES = ["mse_loss", "l1_loss", "smooth_l1_loss"]

test_distances = test_each(
    cases("loss", lambda torch, x, t, which, reduction: getattr(torch.nn.functional, which)(
              x, t, reduction=reduction), PAIRS, which=LOSSES, reduction=REDUCTIONS),
    cases("loss broadcast", lambda torch, x, t, which: getattr(torch.nn.functional, which)(x, t),
          [((4, 1), (4,)), ((4, 3), (2,))], which=LOSSES),
    cases("loss mixed", lambda torch, x, t, which: getattr(torch.nn.functional, which)(x, t),
          [((4,), (4,))], which=LOSSES, dtypes=[("float32", "float64"), ("float32", "int64")],
          same_node=False, rtol=1e-6),
    cases("smooth_l1_loss beta", lambda torch, x, t, beta: torch.nn.functional.smooth_l1_loss(
              x, t, beta=beta), PAIRS, beta=[0.0, 0.3, 2.0, -1.0]),
    cases("loss reduction", lambda torch, x, t, which: getattr(torch.nn.functional, which)(
              x, t, reduction="average"), [((4,), (4,))], which=LOSSES),
)  # fmt: skip

test_binary = test_each(
    cases("bce", lambda torch, x, t, reduction: torch.nn.functional.binary_cross_entropy(
              x, t, reduction=reduction), PAIRS, reduction=REDUCTIONS, values=PROBABILITIES,
          rtol=2e-5, dtypes=["float64"]),
    cases("bce float32", lambda torch, x, t: torch.nn.functional.binary_cross_entropy(x, t),
          PAIRS, values=PROBABILITIES, requires_grad=(True, False), dtypes=["float32"], rtol=1e-4),
    cases("bce weight", lambda torch, x, t: torch.nn.functional.binary_cross_entropy(
              x, t, _weights(torch, x, 3)), [((2, 3), (2, 3))], values=PROBABILITIES,
          requires_grad=(True, False), rtol=1e-4),
    cases("bce outside", lambda torch, x, t: torch.nn.functional.binary_cross_entropy(x, t),
          [((2, 3), (2, 3))], values=lambda random, shape: 2 + random.random(shape)),
    cases("bce shapes", lambda torch, x, t: torch.nn.functional.binary_cross_entropy(x, t),
          [((2, 3), (3,))], values=PROBABILITIES),
    cases("bce types", lambda torch, x, t: torch.nn.functional.binary_cross_entropy(x, t),
          [((3,), (3,))], values=PROBABILITIES, dtypes=[("float32", "float64")],
          requires_grad=(True, False)),
    cases("logits", lambda torch, x, t, reduction:
              torch.nn.functional.binary_cross_entropy_with_logits(x, t, reduction=reduction),
          [*PAIRS, ((2, 3), (3,))], reduction=REDUCTIONS, values=(NORMAL, PROBABILITIES)),
    cases("logits weights", lambda torch, x, t, reduction:
              torch.nn.functional.binary_cross_entropy_with_logits(
                  x, t, _weights(torch, x, 3), reduction=reduction,
                  pos_weight=_weights(torch, x, 3)),
          [((2, 3), (2, 3))], reduction=REDUCTIONS, values=(NORMAL, PROBABILITIES)),
)  # fmt: skip

CLASSES = [((4, 3),), ((3,),), ((2, 3, 4),), ((2, 3, 2, 2),), ((2, 3, 2, 1, 2),)]


def _target_shape(x):
    return tuple(x.shape[:1]) + tuple(x.shape[2:]) if x.ndim > 1 else ()


def _number_of_classes(x):
    return x.shape[1] if x.ndim > 1 else x.shape[0]


def _indices(name):
    def function(torch, x, reduction, weighted, ignored, **options):
        classes = _number_of_classes(x)
        return getattr(torch.nn.functional, name)(
            x, _classes(torch, _target_shape(x), classes, ignored=ignored),
            _weights(torch, x, classes) if weighted else None, reduction=reduction,
            **({} if ignored is None else {"ignore_index": ignored}), **options,
        )  # fmt: skip

    return function


def _with_probabilities(torch, x, target, reduction, weighted, label_smoothing):
    return torch.nn.functional.cross_entropy(
        x, target, _weights(torch, x, _number_of_classes(x)) if weighted else None,
        reduction=reduction, label_smoothing=label_smoothing,
    )  # fmt: skip


test_classes = test_each(
    cases("nll_loss", _indices("nll_loss"), CLASSES, reduction=REDUCTIONS, weighted=[False, True],
          ignored=[None, -100, 1], layouts=(), gradcheck=False),
    cases("cross_entropy", _indices("cross_entropy"), CLASSES[:4], reduction=REDUCTIONS,
          weighted=[False, True], ignored=[None, 1], label_smoothing=[0.0, 0.2], layouts=(),
          gradcheck=False),
    cases("cross_entropy by differences", _indices("cross_entropy"), [((2, 3),), ((1, 2, 3),)],
          reduction=["mean"], weighted=[True], ignored=[None, 1], label_smoothing=[0.0, 0.2]),
    cases("cross_entropy probabilities", _with_probabilities, [(*s, *s) for s in CLASSES],
          reduction=REDUCTIONS, weighted=[False, True], label_smoothing=[0.0, 0.2],
          values=(NORMAL, POSITIVE), layouts=(), gradcheck=False),
    cases("cross_entropy probabilities by differences", _with_probabilities, [((2, 3), (2, 3))],
          reduction=["mean"], weighted=[True], label_smoothing=[0.2], values=(NORMAL, POSITIVE)),
    cases("cross_entropy layouts", lambda torch, x: torch.nn.functional.cross_entropy(
              x, _classes(torch, 4, 3)), [((4, 3),)]),
)  # fmt: skip

WRONG = {
    "too few targets": lambda torch, x: torch.ones(3, dtype=torch.int64),
    "too many classes": lambda torch, x: torch.tensor([0, 1, 2, 3]),
    "negative class": lambda torch, x: torch.tensor([0, 1, 2, -1]),
    "floats": lambda torch, x: torch.ones(4),
    "two dimensions": lambda torch, x: torch.ones(4, 1, dtype=torch.int64),
    "bools": lambda torch, x: torch.tensor([True, False, True, True]),
    "whole numbers for probabilities": lambda torch, x: torch.ones(4, 3, dtype=torch.int64),
}
test_wrong_targets = test_each(
    *(cases(f"cross_entropy {name}", lambda torch, x, make=make: torch.nn.functional.cross_entropy(
        x, make(torch, x)), [((4, 3),)], layouts=()) for name, make in WRONG.items()),
    cases("cross_entropy options", lambda torch, x, options: torch.nn.functional.cross_entropy(
              x, torch.tensor([0, 1, 2, 1]), **options), [((4, 3),)], layouts=(),
          options=[{"reduction": "x"}, {"label_smoothing": 2.0}]),
    cases("cross_entropy weight", lambda torch, x: torch.nn.functional.cross_entropy(
              x, torch.tensor([0, 1, 2, 1]), torch.ones(2, dtype=x.dtype)), [((4, 3),)],
          layouts=()),
    cases("nll_loss sizes", lambda torch, x: torch.nn.functional.nll_loss(
              x, torch.ones(2, 3, dtype=torch.int64)), [((2, 3, 4),)], layouts=()),
    cases("cross_entropy without dimensions", lambda torch, x: torch.nn.functional.cross_entropy(
              x, torch.tensor(0)), [((),)]),
)  # fmt: skip


# ---------------------------------------------------------------------- extreme inputs


def EXTREME(random, shape):
    """±1000, 0, and values near it."""
    n = int(np.prod(shape))
    return np.resize([1000.0, -1000.0, 0.0, 3.0, -800.0, 1e-3], n).reshape(shape)


test_extreme = test_each(
    cases("cross_entropy extreme", lambda torch, x, target: torch.nn.functional.cross_entropy(
              x, torch.tensor([target] * 4), reduction="none"), [((4, 3),)], values=EXTREME,
          target=[0, 1, 2], gradcheck=False),
    cases("logits extreme", lambda torch, x, t, reduction:
              torch.nn.functional.binary_cross_entropy_with_logits(x, t, reduction=reduction),
          [((6,), (6,))], values=(EXTREME, lambda random, shape: np.resize([0.0, 1.0, 0.3], shape)),
          reduction=REDUCTIONS, gradcheck=False),
    cases("bce extreme", lambda torch, x, t: torch.nn.functional.binary_cross_entropy(
              x, t, reduction="none"), [((4,), (4,))], gradcheck=False, second=False,
          requires_grad=(True, False), rtol=1e-7,  # what remains of 1e-12 in the denominator
          values=(lambda random, shape: np.array([0.0, 1.0, 0.0, 1.0]),
                  lambda random, shape: np.array([0.0, 1.0, 1.0, 0.0]))),
    cases("nll_loss all ignored", lambda torch, x: torch.nn.functional.nll_loss(
              x, torch.tensor([-100] * 4)), [((4, 3),)], gradcheck=False, second=False),
)  # fmt: skip


# ---------------------------------------------------------------------- dropout


@pytest.mark.parametrize("p", [0.0, 0.25, 0.8, 1.0])
def test_dropout_keeps_the_expected_value(p):
    import autograd_core as torch

    torch.manual_seed(0)
    x = torch.ones(20_000, requires_grad=True)
    y = torch.nn.functional.dropout(x, p)
    dropped = (y == 0).double().mean().item()
    assert dropped == pytest.approx(p, abs=0.02)
    if p < 1:
        assert set(np.unique(y.detach().numpy())) <= {0, np.float32(1 / (1 - p))}
        assert y.mean().item() == pytest.approx(1.0, abs=0.06)
    y.sum().backward()
    assert (x.grad == y.detach()).all()
    assert (p == 0 and y is x) or y.grad_fn.name() == "MulBackward0"  # as in PyTorch
    assert torch.nn.functional.dropout(x, p, training=False) is x


def test_dropout_follows_the_seed():
    import autograd_core as torch

    x = torch.ones(100)
    torch.manual_seed(3)
    first = torch.nn.functional.dropout(x)
    again = torch.nn.functional.dropout(x)
    torch.manual_seed(3)
    assert (torch.nn.functional.dropout(x) == first).all()
    assert not (first == again).all()


test_dropout_probability = test_each(
    cases("dropout", lambda torch, x, p: _call(torch, x, "dropout", p), [((3,),)], p=[-0.1, 1.1])
)


def test_cross_entropy_records_what_its_operations_record():
    x = autograd_core.randn(4, 3).requires_grad_()
    target = autograd_core.tensor([2, 0, 0, 1])
    out = functional.cross_entropy(x, target)
    assert_same_graph(out, functional.nll_loss(autograd_core.log_softmax(x, 1), target))
    with autograd_core.no_grad():
        assert not functional.cross_entropy(x, target).requires_grad
