"""Every differentiable operation, applied at least once: what whole-table tests run through.

An example is a function ``(torch, *tensors)`` with the shapes of its tensors and how to draw
their values, away from kinks. Together they reach every operation of the tables, which
`test_mathematics.py` makes sure of.
"""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from tests.autograd_core.oracle_cases import DISTINCT, NORMAL, POSITIVE, UNIT


def AWAY_FROM_ZERO(random, shape):
    """Both signs, at least 0.2 from zero."""
    return random.uniform(0.2, 2.0, shape) * random.choice([-1, 1], shape)


def AWAY_FROM_STEPS(random, shape):
    """Between whole numbers and halves, at least 0.1 from each."""
    return (
        random.integers(-3, 3, shape)
        + random.choice([0.25, 0.75], shape)
        + random.uniform(-0.15, 0.15, shape)
    )


def ABOVE_ONE(random, shape):
    return random.uniform(1.2, 3.0, shape)


VECTORS = [((3,),), ((),), ((2, 3),)]
PAIRS = [((3,), (3,)), ((), ()), ((2, 3), (3,)), ((2, 1), (1, 3)), ((2, 3), ())]
MATRIX = [((3, 3),), ((2, 3),)]
TRIPLES = [((3,), (3,), (3,)), ((2, 3), (3,), (2, 1))]


@dataclass
class Example:
    name: str
    function: object
    shapes: list  # of tuples, one shape for each tensor
    values: object = NORMAL  # or a tuple, one for each tensor

    def draw(self, torch, which=0, seed=0):
        """The tensors of one of the shapes, leaves in float64 that require gradients."""
        random = np.random.default_rng([seed, which, len(self.name)])
        shapes = self.shapes[which]
        values = self.values if isinstance(self.values, tuple) else (self.values,) * len(shapes)
        return tuple(
            torch.tensor(np.asarray(draw(random, shape), dtype=float), requires_grad=True)
            for draw, shape in zip(values, shapes, strict=True)
        )

    def __str__(self):
        return self.name


def _of(names, shapes=VECTORS, values=NORMAL):
    """Functions of one or two tensors by their names."""
    return [
        Example(name, lambda torch, *x, name=name: getattr(torch, name)(*x), shapes, values)
        for name in names.split()
    ]


def index(torch, *values):
    return torch.tensor(values, dtype=torch.int64)


INDEX = lambda torch: torch.tensor([[0, 2, 1], [2, 2, 0]], dtype=torch.int64)  # noqa: E731
MASK = lambda torch: torch.tensor([[True, False, True], [False, True, True]])  # noqa: E731


def written(change):
    """A copy of the first tensor, changed in place."""

    def function(torch, x, *others):
        made = x.clone()
        change(torch, made, *others)
        return made

    return function


def F(torch):
    return import_module(torch.__name__ + ".nn.functional")


def gradient_of(function):
    """The gradient of a function as a function, for operations that only gradients use."""

    def gradient(torch, x, *others):
        with torch.enable_grad():
            x = x if x.requires_grad else x.detach().requires_grad_()
            y = function(torch, x, *others)
            return torch.autograd.grad((y**2).sum(), x, create_graph=True)[0]

    return gradient


EXAMPLES = [
    *_of("neg exp exp2 expm1 sin cos tanh sigmoid erf erfc asinh atan sinh cosh clone"),
    *_of("abs relu frac sign floor ceil trunc round", values=AWAY_FROM_STEPS),
    *_of("log log1p log2 log10 sqrt rsqrt reciprocal", values=POSITIVE),
    *_of("asin acos atanh tan", values=UNIT),
    *_of("acosh", values=ABOVE_ONE),
    *_of("add sub mul logaddexp", PAIRS),
    *_of("div atan2 hypot pow", PAIRS, POSITIVE),
    Example("negative pow", lambda torch, a: a**3, VECTORS, AWAY_FROM_ZERO),
    Example("pow of number", lambda torch, a: 3**a, VECTORS),
    Example("pow by fraction", lambda torch, a: a**0.5, VECTORS, POSITIVE),
    Example("pow by zero", lambda torch, a: a**0, VECTORS, POSITIVE),
    Example("number minus", lambda torch, a: 3 - a, VECTORS),
    Example("number by", lambda torch, a: 3 / a, VECTORS, POSITIVE),
    Example("maximum", lambda torch, a, b: torch.maximum(a, b + 0.01), PAIRS, DISTINCT),
    Example("minimum", lambda torch, a, b: torch.minimum(a, b + 0.01), PAIRS, DISTINCT),
    Example("remainder", lambda torch, a, b: torch.remainder(a, b * 0 + 0.7 + 0.01 * b), PAIRS,
            (AWAY_FROM_STEPS, UNIT)),
    Example("remainder by number", lambda torch, a: a.remainder(1), VECTORS, AWAY_FROM_STEPS),
    Example("fmod", lambda torch, a, b: torch.fmod(a, b), PAIRS, (
        lambda r, s: r.uniform(0.3, 0.7, s) + 1.0, lambda r, s: r.uniform(0.9, 1.1, s))),
    Example("fmod by number", lambda torch, a: a.fmod(1), VECTORS, AWAY_FROM_STEPS),
    Example("truncated div", lambda torch, a: torch.div(a, 1.0, rounding_mode="trunc"), VECTORS,
            AWAY_FROM_STEPS),
    Example("floor div", lambda torch, a: torch.div(a, 1.0, rounding_mode="floor"), VECTORS,
            AWAY_FROM_STEPS),
    Example("truncated div of tensors", lambda torch, a, b: torch.div(
        a, b, rounding_mode="trunc"), PAIRS, (
        lambda r, s: r.uniform(0.3, 0.7, s) + 1.0, lambda r, s: r.uniform(0.9, 1.1, s))),
    Example("lerp", lambda torch, a, b, w: torch.lerp(a, b, w), [((3,),) * 3, ((2, 3),) * 3]),
    Example("lerp by number", lambda torch, a, b: torch.lerp(a, b, 0.3), [((3,),) * 2]),
    Example("rsub", lambda torch, a, b: torch.rsub(a, b), PAIRS),
    Example("addcmul", lambda torch, x, a, b: torch.addcmul(x, a, b, value=0.3), TRIPLES),
    Example("addcdiv", lambda torch, x, a, b: torch.addcdiv(x, a, b, value=0.3), TRIPLES, POSITIVE),
    Example("rounded", lambda torch, x: x.round(decimals=1), VECTORS,
            lambda r, s: r.integers(-20, 20, s) / 10 + r.uniform(-0.03, 0.03, s)),
    Example("silu", lambda torch, x: F(torch).silu(x), VECTORS),
    Example("leaky_relu", lambda torch, x: F(torch).leaky_relu(x, 0.1), VECTORS,
            AWAY_FROM_ZERO),
    Example("elu", lambda torch, x: F(torch).elu(x, 0.7), VECTORS, AWAY_FROM_ZERO),
    Example("gelu", lambda torch, x: F(torch).gelu(x), VECTORS),
    Example("gelu by tanh", lambda torch, x: F(torch).gelu(x, approximate="tanh"),
            VECTORS),
    Example("softplus", lambda torch, x: F(torch).softplus(x, beta=2.0), VECTORS),
    Example("clamp", lambda torch, x: x.clamp(-1.0, 1.0), VECTORS, AWAY_FROM_STEPS),
    Example("clamp_min", lambda torch, x: torch.clamp_min(x, -1.0), VECTORS, AWAY_FROM_STEPS),
    Example("clamp_max", lambda torch, x: torch.clamp_max(x, 1.0), VECTORS, AWAY_FROM_STEPS),
    Example("clamp from below", lambda torch, x: x.clamp(min=-1.0), VECTORS, AWAY_FROM_STEPS),
    Example("clamp from above", lambda torch, x: x.clamp(max=1.0), VECTORS, AWAY_FROM_STEPS),
    Example("clamp from below by tensor", lambda torch, x, low: x.clamp(min=low),
            [((6,),) * 2, ((4, 3), (3,))], (DISTINCT, lambda r, s: DISTINCT(r, s) / 2 + 0.01)),
    Example("clamp from above by tensor", lambda torch, x, high: x.clamp(max=high),
            [((6,),) * 2, ((4, 3), (3,))], (DISTINCT, lambda r, s: DISTINCT(r, s) / 2 + 0.01)),
    Example("clamp by tensors", lambda torch, x, low, high: x.clamp(low, high),
            [((6,),) * 3, ((4, 3),) * 3], (DISTINCT, lambda r, s: DISTINCT(r, s) / 2 - 0.51,
                                           lambda r, s: DISTINCT(r, s) / 2 + 0.52)),
    Example("clamp_min by tensor", lambda torch, x, low: torch.clamp_min(x, low),
            [((6,),) * 2, ((4, 3), (3,))], (DISTINCT, lambda r, s: DISTINCT(r, s) / 2 + 0.01)),
    Example("clamp_max by tensor", lambda torch, x, high: torch.clamp_max(x, high),
            [((6,),) * 2, ((4, 3), (3,))], (DISTINCT, lambda r, s: DISTINCT(r, s) / 2 + 0.01)),
    Example("where", lambda torch, a, b: torch.where(MASK(torch), a, b), [((2, 3), (2, 3)),
                                                                          ((2, 3), (3,))]),
    # shapes
    Example("view", lambda torch, x: x.view(-1), MATRIX),
    Example("reshape", lambda torch, x: x.t().reshape(-1), MATRIX),
    Example("reshape of a slice", lambda torch, x: x[:, :2].reshape(-1), MATRIX),
    Example("reshape to a view", lambda torch, x: x.t().reshape(3, 1, -1), MATRIX),
    Example("transpose of a number", lambda torch, x: x.transpose(0, -1), [((),)]),
    Example("flatten", lambda torch, x: x.flatten(), MATRIX),
    Example("permute", lambda torch, x: x.permute(2, 0, 1), [((2, 3, 4),)]),
    Example("transpose", lambda torch, x: x.transpose(0, 1), MATRIX),
    Example("alias", lambda torch, x: x[...], MATRIX),
    Example("t", lambda torch, x: x.t(), MATRIX),
    Example("squeeze", lambda torch, x: x.squeeze(), [((1, 3, 1),)]),
    Example("squeeze dim", lambda torch, x: x.squeeze(0), [((1, 3, 1),)]),
    Example("squeeze dims", lambda torch, x: x.squeeze((0, 2)), [((1, 3, 1),)]),
    Example("unsqueeze", lambda torch, x: x.unsqueeze(1), MATRIX),
    Example("turned in place", lambda torch, x: (x * 1).t_().transpose_(0, 1).unsqueeze_(1), MATRIX),
    Example("a number turned in place", lambda torch, x: (x * 1).transpose_(0, -1), [((),)]),
    Example("squeezed in place", lambda torch, x: (x * 1).squeeze_(), [((1, 3, 1),)]),
    Example("dim squeezed in place", lambda torch, x: (x * 1).squeeze_(0), [((1, 3, 1),)]),
    Example("dims squeezed in place", lambda torch, x: (x * 1).squeeze_((0, 2)), [((1, 3, 1),)]),
    Example("expand", lambda torch, x: x.expand(4, 2, 3), [((2, 3),), ((1, 3),), ((2, 1),)]),
    Example("repeat", lambda torch, x: x.repeat(2, 3), MATRIX),
    Example("select", lambda torch, x: x.select(1, 1), MATRIX),
    Example("slice", lambda torch, x: x[1:, ::2], MATRIX),
    Example("diagonal", lambda torch, x: x.diagonal(), MATRIX),
    Example("diag_embed", lambda torch, x: torch.diag_embed(x), [((3,),), ((2, 3),)]),
    Example("split", lambda torch, x: x.split(2), [((5,),)]),
    Example("split with sizes", lambda torch, x: x.split([1, 4]), [((5,),)]),
    Example("unbind", lambda torch, x: x.unbind(1), MATRIX),
    Example("flip", lambda torch, x: x.flip(0), VECTORS[::2]),
    Example("roll", lambda torch, x: x.roll(1, 0), VECTORS[::2]),
    Example("tril", lambda torch, x: x.tril(), MATRIX),
    Example("triu", lambda torch, x: x.triu(), MATRIX),
    Example("cat", lambda torch, a, b: torch.cat([a, b]), [((2, 3), (1, 3)), ((2,), (3,))]),
    Example("stack", lambda torch, a, b: torch.stack([a, b], 1), [((2, 3), (2, 3)), ((3,), (3,))]),
    Example("alias", lambda torch, x: x.view_as(x), MATRIX),
    # indices
    Example("index", lambda torch, x: x[index(torch, 1, 0, 1)], MATRIX),
    Example("gather", lambda torch, x: x.gather(1, INDEX(torch)), [((2, 3),)]),
    Example("index_select", lambda torch, x: x.index_select(1, index(torch, 2, 0, 2)), MATRIX),
    Example("masked_select", lambda torch, x: x.masked_select(MASK(torch)), [((2, 3),), ((3,),)]),
    Example("sort", lambda torch, x: x.sort(0)[0], [((4,),), ((3, 2),)], DISTINCT),
    Example("topk", lambda torch, x: x.topk(2, 0)[0], [((4,),), ((3, 2),)], DISTINCT),
    Example("index_put", lambda torch, x, v: torch.index_put(x, (index(torch, 0, 2),), v),
            [((3, 2), (2, 2)), ((3, 2), (2,))]),
    Example("index_put accumulate", lambda torch, x, v: torch.index_put(
        x, (index(torch, 0, 0),), v, accumulate=True), [((3, 2), (2, 2))]),
    Example("scatter", lambda torch, x, v: x.scatter(1, index(torch, 2, 0).reshape(2, 1), v),
            [((2, 3), (2, 1))]),
    Example("scatter a number", lambda torch, x: x.scatter(
        1, index(torch, 2, 0).reshape(2, 1), 5.0), [((2, 3),)]),
    Example("scatter_add", lambda torch, x, v: x.scatter_add(1, INDEX(torch), v),
            [((2, 3), (2, 3))]),
    Example("index_add", lambda torch, x, v: x.index_add(0, index(torch, 1, 1), v, alpha=0.5),
            [((3, 2), (2, 2))]),
    Example("masked_fill", lambda torch, x: x.masked_fill(MASK(torch), 5.0), [((2, 3),), ((3,),)]),
    Example("masked_fill by tensor", lambda torch, x, v: x.masked_fill(MASK(torch), v),
            [((2, 3), ())]),
    Example("assignment", written(lambda torch, x, v: x.__setitem__(0, v)), [((3, 2), (2,))]),
    Example("assigned number", written(lambda torch, x: x.__setitem__(0, 5.0)), MATRIX),
    Example("assigned number at an index", written(
        lambda torch, x: x.__setitem__(index(torch, 0, 1), 5.0)), MATRIX),
    Example("fill", written(lambda torch, x, v: x.fill_(v)), [((3,), ())]),
    Example("view after assignment", lambda torch, x: _changed_view(x), MATRIX),
    Example("in another type", lambda torch, x: x.to(torch.float32).to(torch.float64) * 0 + x,
            MATRIX),
    Example("zero", written(lambda torch, x: x.zero_()), MATRIX),
    Example("filled", written(lambda torch, x: x.fill_(5.0)), MATRIX),
    Example("gradient of a slice", gradient_of(lambda torch, x: x[1:, 0]), MATRIX),
    Example("gradient of an index", gradient_of(lambda torch, x: x[index(torch, 1, 1)]), MATRIX),
    Example("gradient of scatter", gradient_of(lambda torch, x: x.scatter(
        1, index(torch, 2, 0).reshape(2, 1), 5.0)), [((2, 3),)]),
    Example("copy", written(lambda torch, x, v: x.copy_(v)), [((2, 3), (3,))]),
    # linear algebra
    Example("mm", lambda torch, a, b: a.mm(b), [((2, 3), (3, 4)), ((3, 3), (3, 3))]),
    Example("mv", lambda torch, a, b: a.mv(b), [((2, 3), (3,)), ((3, 3), (3,))]),
    Example("dot", lambda torch, a, b: a.dot(b), [((3,), (3,))]),
    Example("bmm", lambda torch, a, b: a.bmm(b), [((2, 2, 3), (2, 3, 4)), ((2, 3, 3), (2, 3, 3))]),
    Example("matmul", lambda torch, a, b: a @ b, [((2, 2, 3), (3, 2)), ((3,), (3, 2))]),
    Example("addmm", lambda torch, c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2),
            [((4,), (2, 3), (3, 4)), ((3, 3),) * 3]),
    Example("trace", lambda torch, x: x.trace(), MATRIX),
    # many to one
    Example("sum", lambda torch, x: x.sum(), VECTORS),
    Example("sum dim", lambda torch, x: x.sum(0), VECTORS),
    Example("mean", lambda torch, x: x.mean(), VECTORS),
    Example("mean dim", lambda torch, x: x.mean(0, keepdim=True), VECTORS),
    Example("nansum", lambda torch, x: x.nansum(), VECTORS),
    Example("prod", lambda torch, x: x.prod(), VECTORS),
    Example("prod dim", lambda torch, x: x.prod(0), VECTORS),
    Example("var", lambda torch, x: x.var(), VECTORS[::2]),
    Example("std", lambda torch, x: x.std(0), VECTORS[::2]),
    Example("amax", lambda torch, x: x.amax(0), VECTORS, DISTINCT),
    Example("amin", lambda torch, x: x.amin(0), VECTORS, DISTINCT),
    *[Example(f"{name} {dim}", lambda torch, x, name=name, dim=dim: _values(getattr(x, name)(*dim)),
              VECTORS, DISTINCT)
      for name in ("max", "min", "median") for dim in ((), (0,))],
    Example("norm", lambda torch, x: x.norm(), VECTORS),
    Example("norm 3", lambda torch, x: torch.linalg.vector_norm(x, 3), VECTORS[::2],
            AWAY_FROM_ZERO),
    Example("norm 1", lambda torch, x: x.norm(1), VECTORS, AWAY_FROM_ZERO),
    Example("norm inf", lambda torch, x: x.norm(float("inf")), VECTORS, DISTINCT),
    Example("norm -inf", lambda torch, x: x.norm(-float("inf")), VECTORS, DISTINCT),
    Example("logsumexp", lambda torch, x: x.logsumexp(0), VECTORS),
    Example("softmax", lambda torch, x: x.softmax(0), VECTORS),
    Example("log_softmax", lambda torch, x: x.log_softmax(0), VECTORS),
    Example("cumsum", lambda torch, x: x.cumsum(0), VECTORS),
    Example("cumprod", lambda torch, x: x.cumprod(0), VECTORS),
    # neural networks
    Example("mse_loss", lambda torch, x, y: F(torch).mse_loss(x, y), [((2, 3),) * 2, ((), ())]),
    Example("mse_loss each", lambda torch, x, y: F(torch).mse_loss(x, y, reduction="none"),
            [((2, 3),) * 2]),
    Example("smooth_l1_loss", lambda torch, x, y: F(torch).smooth_l1_loss(x, y, beta=0.1),
            [((3,),) * 2], (DISTINCT, lambda r, s: DISTINCT(r, s) + 0.33)),
    Example("binary_cross_entropy", lambda torch, x, y: F(torch).binary_cross_entropy(
        x * 0.3 + 0.5, y * 0.3 + 0.5), [((3,),) * 2], UNIT),
    Example("with logits", lambda torch, x, y: F(torch).binary_cross_entropy_with_logits(
        x, y * 0.3 + 0.5), [((3,),) * 2, ((2, 3),) * 2], (NORMAL, UNIT)),
    Example("cross_entropy", lambda torch, x: F(torch).cross_entropy(x, index(torch, 2, 0)),
            [((2, 3),)]),
    Example("cross_entropy smoothed", lambda torch, x: F(torch).cross_entropy(
        x, index(torch, 2, 0), label_smoothing=0.1), [((2, 3),)]),
    Example("cross_entropy of probabilities", lambda torch, x, p: F(torch).cross_entropy(
        x, p.softmax(1)), [((2, 3),) * 2]),
    Example("nll_loss of pictures", lambda torch, x: F(torch).nll_loss(
        x, index(torch, 2, 0, 1, 1).reshape(1, 2, 2)), [((1, 3, 2, 2),)]),
    Example("embedding", lambda torch, w: F(torch).embedding(index(torch, 1, 0, 1), w), MATRIX),
    Example("layer_norm", lambda torch, x, w, b: F(torch).layer_norm(x, (3,), w, b),
            [((2, 3), (3,), (3,))]),
    Example("batch_norm", lambda torch, x, w, b: F(torch).batch_norm(
        x, None, None, w, b, training=True), [((4, 2), (2,), (2,))]),
    Example("batch_norm by running", lambda torch, x, w, b: F(torch).batch_norm(
        x, torch.tensor([0.1, 0.2], dtype=torch.float64),
        torch.tensor([1.1, 0.5], dtype=torch.float64), w, b), [((4, 2), (2,), (2,))]),
    Example("conv2d", lambda torch, x, w, b: F(torch).conv2d(x, w, b, padding=1),
            [((1, 2, 3, 3), (2, 2, 2, 2), (2,))]),
    Example("max_pool2d", lambda torch, x: F(torch).max_pool2d(x, 2), [((1, 1, 4, 4),)], DISTINCT),
    Example("pad", lambda torch, x: F(torch).pad(x, (1, -1), value=2.0), VECTORS[:1] + [((2, 3),)]),
    Example("avg_pool2d", lambda torch, x: F(torch).avg_pool2d(x, 2, 1, 1, True), [((1, 1, 3, 4),)]),
    Example("adaptive_avg_pool2d", lambda torch, x: F(torch).adaptive_avg_pool2d(x, (2, 3)), [((1, 1, 3, 4),)]),
    Example("gradient of avg_pool2d", gradient_of(lambda torch, x: F(torch).avg_pool2d(x, 2)), [((1, 1, 2, 4),)]),
    Example("gradient of relu", gradient_of(lambda torch, x: torch.relu(x)), VECTORS, AWAY_FROM_ZERO),
    Example("gradient of leaky_relu", gradient_of(lambda torch, x: F(torch).leaky_relu(x)), VECTORS, AWAY_FROM_ZERO),
    Example("gradient of conv2d by its input", gradient_of(
        lambda torch, x, w: F(torch).conv2d(x, w)), [((1, 1, 3, 3), (1, 1, 2, 2))]),
    Example("gradient of conv2d by its bias", gradient_of(
        lambda torch, b, x, w: F(torch).conv2d(x, w, b)), [((1,), (1, 1, 3, 3), (1, 1, 2, 2))]),
    Example("gradient of conv2d by its weight", gradient_of(
        lambda torch, w, x: F(torch).conv2d(x, w)), [((1, 1, 2, 2), (1, 1, 3, 3))]),
]  # fmt: skip


def _values(made):
    return made[0] if isinstance(made, tuple) else made


def _changed_view(x):
    """A view, made before its base is changed."""
    base = x.clone()
    view = base[0]
    base.mul_(2)
    return view * 1
