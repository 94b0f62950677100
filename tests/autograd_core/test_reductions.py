"""Reductions, running sums and softmax against PyTorch: values, types, gradients, errors."""

import math
import warnings

import pytest

import autograd_core
from tests.autograd_core.oracle_cases import (
    ALL_DTYPES, DISTINCT, FLOATS, INTEGERS, NORMAL, ONE, POSITIVE, SPECIAL, TIES, TWO, cases,
    default_dtype, test_each,
)  # fmt: skip
from tests.oracle import torch

inf, nan = math.inf, math.nan
EVERY = [((),), ((1,),), ((5,),), ((2, 3),), ((2, 3, 4),), ((0,),), ((2, 0, 3),)]
PLANES = [((2, 3),), ((3, 1, 4),), ((2, 0, 3),)]  # with at least two dimensions
DIMS = [None, 0, -1, (0,), ()]
PAIRS = [(0, 1), (1, -1), [0, -1], (-2, 0)]


def sum_of(op, **more):
    """Cases of a reduction that takes one dim, several or none."""
    return [
        *cases(op, lambda torch, x: getattr(torch, op)(x), EVERY, **more),
        *cases(op, lambda torch, x, dim, keepdim: getattr(x, op)(dim, keepdim=keepdim), EVERY,
               dim=DIMS, keepdim=[False, True], **more),
        *cases(op, lambda torch, x, dim, keepdim: getattr(x, op)(dim=dim, keepdim=keepdim), PLANES,
               dim=PAIRS, keepdim=[False, True], **more),
        *cases(f"{op} NumPy's names",
               lambda torch, x: getattr(torch, op)(x, axis=-1, keepdims=True), EVERY, **more),
    ]  # fmt: skip


def one_dim(op, **more):
    """Cases of a function that takes exactly one dim."""
    return [
        *cases(op, lambda torch, x, dim: getattr(torch, op)(x, dim), EVERY, dim=[0, -1, 1, 3], **more),
        *cases(op, lambda torch, x, dim: getattr(x, op)(dim=dim), PLANES, dim=[-2], **more),
        *cases(f"{op} NumPy's names", lambda torch, x: getattr(x, op)(axis=0), ONE, **more),
    ]


ANY = dict(dtypes=[*FLOATS, "int64", "uint8", "bool"])

test_sum = test_each(sum_of("sum", **ANY))
test_mean = test_each(sum_of("mean", **ANY))
test_nansum = test_each(
    sum_of("nansum", **ANY),
    cases("nansum of NaN", lambda torch, x: x.nansum(-1), ONE, values=SPECIAL, gradcheck=False),
)
test_types = test_each(*(
    cases(f"{op} dtype", lambda torch, x, op, dtype: getattr(x, op)(dtype=getattr(torch, dtype)),
          [((2, 3),)], dtypes=ALL_DTYPES, op=[op], dtype=["float64", "float32", "int64"],
          gradcheck=False, rtol=2e-5)
    for op in ("sum", "mean", "prod", "nansum")
))  # fmt: skip
test_dim_and_type = test_each(*(
    cases(f"{op} dtype", lambda torch, x, op, dtype: getattr(x, op)(0, dtype=getattr(torch, dtype)),
          [((2, 3),)], dtypes=ALL_DTYPES, op=[op], dtype=["float64", "float32", "int64"],
          gradcheck=False, rtol=2e-5)
    for op in ("sum", "mean", "prod", "nansum", "cumsum", "cumprod", "softmax", "log_softmax")
))  # fmt: skip


# ---------------------------------------------------------------------- products

test_prod = test_each(
    cases("prod", lambda torch, x: x.prod(), EVERY, **ANY),
    cases("prod", lambda torch, x, dim, keepdim: x.prod(dim, keepdim), EVERY, dim=[0, -1],
          keepdim=[False, True], **ANY),
    cases("prod", lambda torch, x: torch.prod(x, 1, keepdim=True), PLANES, **ANY),
    cases("prod with zeros", lambda torch, x: x.prod(), EVERY, values=TIES),
    cases("prod with zeros", lambda torch, x, dim: x.prod(dim), EVERY, values=TIES, dim=[0, -1]),
)  # fmt: skip
test_cumprod = test_each(
    one_dim("cumprod", **ANY),
    cases("cumprod with zeros", lambda torch, x: x.cumprod(0), [*EVERY, ((7,),), ((16,),)], values=TIES),
    cases("cumprod of many", lambda torch, x: x.cumprod(0), [((100,),)], values=POSITIVE, rtol=1e-9),
)
test_cumsum = test_each(one_dim("cumsum", **ANY))


# ---------------------------------------------------------------------- spread

test_var_std = test_each(*(
    [*cases(op, lambda torch, x, op: getattr(torch, op)(x), EVERY, op=[op], **ANY),
     *cases(op, lambda torch, x, op, dim, keepdim: getattr(x, op)(dim, keepdim=keepdim), EVERY,
            op=[op], dim=DIMS, keepdim=[False, True], **ANY),
     *cases(op, lambda torch, x, op, dim: getattr(x, op)(dim), PLANES, op=[op], dim=PAIRS),
     *cases(op, lambda torch, x, op, unbiased: getattr(x, op)(unbiased), EVERY, op=[op],
            unbiased=[False, True]),
     *cases(op, lambda torch, x, op, correction: getattr(x, op)(0, correction=correction), PLANES,
            op=[op], correction=[0, 1, 0.5]),
     *cases(op, lambda torch, x, op: getattr(x, op)(-1, False, True), PLANES, op=[op])]
    for op in ("var", "std")
))  # fmt: skip
test_spread_of_equal_numbers = test_each(
    cases("std", lambda torch, x: torch.stack([x, x, x]).std(0), EVERY, second=False, gradcheck=False),
)


def test_no_degrees_of_freedom_warn_as_pytorch_does():
    for module in (torch, autograd_core):
        with pytest.warns(UserWarning, match=r"std\(\): degrees of freedom is <= 0"):
            assert math.isnan(module.tensor([1.0]).std().item())


# ---------------------------------------------------------------------- extremes

EXTREMES = dict(dtypes=[*FLOATS, *INTEGERS, "bool"], values=DISTINCT)

test_amax_amin = test_each(
    *(sum_of(op, **EXTREMES) for op in ("amax", "amin")),
    *(sum_of(op, values=TIES, gradcheck=False) for op in ("amax", "amin")),
)
test_max_min = test_each(*(
    [*cases(op, lambda torch, x, op: getattr(torch, op)(x), EVERY, op=[op], **EXTREMES),
     *cases(op, lambda torch, x, op: getattr(x, op)(), EVERY, op=[op], values=TIES, gradcheck=False),
     *cases(op, lambda torch, x, op, dim, keepdim: tuple(getattr(x, op)(dim, keepdim)), EVERY,
            op=[op], dim=[0, -1, 1], keepdim=[False, True], **EXTREMES),
     *cases(op, lambda torch, x, op: getattr(x, op)(dim=0).values, EVERY, op=[op], values=TIES,
            gradcheck=False),
     *cases(op, lambda torch, x, op: tuple(getattr(x, op)(axis=-1, keepdims=True)), ONE, op=[op]),
     *cases(f"{op} of two", lambda torch, a, b, op: getattr(torch, op)(a, b), TWO, op=[op]),
     *cases(f"{op} of two", lambda torch, a, b, op: getattr(a, op)(other=b), TWO, op=[op])]
    for op in ("max", "min")
))  # fmt: skip
test_argmax_argmin = test_each(*(
    [*cases(op, lambda torch, x, op: getattr(torch, op)(x), EVERY, op=[op], **EXTREMES),
     *cases(op, lambda torch, x, op, dim, keepdim: getattr(x, op)(dim, keepdim), EVERY,
            op=[op], dim=[None, 0, -1, 1], keepdim=[False, True], **EXTREMES),
     *cases(op, lambda torch, x, op: getattr(x, op)(0), ONE, op=[op], values=TIES),
     *cases(op, lambda torch, x, op: getattr(x, op)(axis=-1, keepdims=True), ONE, op=[op])]
    for op in ("argmax", "argmin")
))  # fmt: skip
test_extremes_of_special_numbers = test_each(*(
    [*cases(op, lambda torch, x, op: getattr(x, op)(), ONE, op=[op], values=SPECIAL, gradcheck=False),
     *cases(op, lambda torch, x, op: getattr(x, op)(-1), ONE, op=[op], values=SPECIAL,
            gradcheck=False)]
    for op in ("max", "min", "amax", "amin", "argmax", "argmin")
))  # fmt: skip
test_median = test_each(
    cases("median", lambda torch, x: x.median(), EVERY, **EXTREMES),
    cases("median", lambda torch, x: x.median(), ONE, values=TIES, gradcheck=False),
    cases("median", lambda torch, x, dim, keepdim: tuple(x.median(dim, keepdim)), EVERY,
          dim=[0, -1, 1], keepdim=[False, True], **EXTREMES),
    cases("median with NaN", lambda torch, x: x.median(-1).values, [((16,),), ((2, 16),)],
          values=SPECIAL, gradcheck=False),
)  # fmt: skip


@pytest.mark.parametrize("op", ["max", "min", "median"])
def test_values_and_indices_print_as_a_pair(op):
    with default_dtype("float64"):
        ours, theirs = (
            getattr(module.tensor([[1.0, 5.0], [7.0, 2.0]], requires_grad=True), op)(dim=1)
            for module in (autograd_core, torch)
        )
        assert repr(ours) == repr(theirs)
        assert ours[0] is ours.values and ours[1] is ours.indices


# ---------------------------------------------------------------------- questions

test_all_any = test_each(*(
    sum_of(op, values=TIES, dtypes=ALL_DTYPES) for op in ("all", "any")
))  # fmt: skip
test_count_nonzero = test_each(
    cases("count_nonzero", lambda torch, x, dim: torch.count_nonzero(x, dim), EVERY, values=TIES,
          dim=DIMS, dtypes=ALL_DTYPES),
    cases("count_nonzero", lambda torch, x, dim: x.count_nonzero(dim), PLANES, values=TIES, dim=PAIRS),
)  # fmt: skip


# ---------------------------------------------------------------------- norms

ORDERS = [2, 1, inf, -inf, 3, 1.5, 0.5, -1, "fro", None]

test_norm = test_each(
    cases("norm", lambda torch, x: x.norm(), EVERY, **ANY),
    cases("norm", lambda torch, x, p: torch.norm(x, p), EVERY, p=ORDERS, dtypes=FLOATS, values=DISTINCT),
    cases("norm", lambda torch, x, p, dim, keepdim: x.norm(p, dim, keepdim), EVERY, p=ORDERS,
          dim=[None, 0, -1], keepdim=[False, True], values=DISTINCT),
    cases("norm", lambda torch, x, p, dim: x.norm(p, dim=dim), PLANES, p=[2, 1, 3], dim=PAIRS,
          values=DISTINCT),
    cases("norm of order 0", lambda torch, x, dim: x.norm(0, dim), ONE, dim=[None, 0], values=TIES,
          gradcheck=False),
    cases("norm dtype", lambda torch, x, dtype: x.norm(dtype=getattr(torch, dtype)), ONE,
          dtypes=FLOATS, dtype=["float64", "float32"], rtol=2e-5),
    cases("norm of an unknown order", lambda torch, x: x.norm("x"), [((2, 3),)]),
)  # fmt: skip
test_norm_of_special_numbers = test_each(
    cases("norm at 0", lambda torch, x, p: (x * 0.0).norm(p), ONE, p=[2, 1, 3, 1.5, inf],
          gradcheck=False, second=False),
    cases("norm with zeros", lambda torch, x, p: x.norm(p, -1), ONE, p=[2, 1, 3, 1.5, 0.5, inf],
          values=TIES, gradcheck=False, second=False),
)  # fmt: skip
test_linalg = test_each(
    cases("vector_norm", lambda torch, x, p, dim: torch.linalg.vector_norm(x, p, dim, True), ONE,
          p=[2, 1, inf], dim=[None, 0, (-1,)], values=DISTINCT),
    cases("linalg.norm", lambda torch, x, dim: torch.linalg.norm(x, dim=dim), ONE, dim=[None, 0, (-1,)]),
    cases("linalg.norm", lambda torch, x, p: torch.linalg.norm(x, p, dim=-1, keepdim=True), ONE,
          p=[2, 1, 3, inf], values=DISTINCT),
    cases("linalg.norm fro", lambda torch, x: torch.linalg.norm(x, "fro"), [((2, 3),)]),
)  # fmt: skip


def test_matrix_norms_are_refused_with_a_cure():
    with pytest.raises(NotImplementedError, match="say along which dimension"):
        autograd_core.linalg.norm(autograd_core.ones(2, 2), 2)


# ---------------------------------------------------------------------- softmax and its kin


def LARGE(random, shape):
    """Around 1000 and -1000, where exp() overflows and underflows."""
    return random.choice([-1000.0, 1000.0, 0.0], shape) + NORMAL(random, shape)


def OPEN(random, shape):
    """Some minus infinities, as masks put them."""
    return random.choice([-inf, 0.0, 1.0, -2.0], shape)


test_softmax = test_each(*(
    [*one_dim(op, **ANY),
     *cases(f"{op} of large", lambda torch, x, op, dim: getattr(torch, op)(x, dim), ONE, op=[op],
            dim=[0, -1], values=LARGE, dtypes=FLOATS, gradcheck=False),
     *cases(f"{op} of -inf", lambda torch, x, op: getattr(torch, op)(x, -1), [*ONE, ((9,),)], op=[op],
            values=OPEN, gradcheck=False, second=False)]
    for op in ("softmax", "log_softmax", "logsumexp")
))  # fmt: skip
test_logsumexp = test_each(
    cases("logsumexp", lambda torch, x, dim, keepdim: x.logsumexp(dim, keepdim), PLANES, dim=PAIRS,
          keepdim=[False, True]),
    cases("logsumexp of special numbers", lambda torch, x: x.logsumexp(0), [((1,),), ((2,),), ((4, 9),)],
          values=SPECIAL, gradcheck=False, second=False),
    cases("logsumexp of whole numbers", lambda torch, x: x.logsumexp(0), ONE, dtypes=INTEGERS,
          default="float32"),
)  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATS)
def test_softmax_of_large_numbers_is_exact_where_the_naive_one_is_nan(dtype):
    x = autograd_core.tensor([1000.0, -1000.0, 1000.0], dtype=getattr(autograd_core, dtype))
    assert x.softmax(0).tolist() == [0.5, 0.0, 0.5]
    assert x.log_softmax(0)[1].item() == pytest.approx(-2000 - math.log(2))
    assert x.logsumexp(0).item() == pytest.approx(1000 + math.log(2))


# ---------------------------------------------------------------------- errors, memory, type

WRONG = {
    "dim out of range": lambda torch, x: x.sum(2),
    "dim out of range, mean": lambda torch, x: x.mean(-3),
    "dim twice": lambda torch, x: x.sum((0, 0)),
    "dim twice, counted from the end": lambda torch, x: x.amax((1, -1)),
    "dim is a word": lambda torch, x: x.sum("a"),
    "dim is a fraction": lambda torch, x: x.mean(1.0),
    "keepdim is a dim": lambda torch, x: x.sum(0, 1),
    "keepdim without dim": lambda torch, x: x.sum(keepdim=True),
    "keepdim without dim, max": lambda torch, x: x.max(keepdim=True),
    "several dims for prod": lambda torch, x: x.prod((0, 1)),
    "several dims for max": lambda torch, x: x.max((0, 1)),
    "several dims for argmax": lambda torch, x: x.argmax((0, 1)),
    "unbiased is a dim": lambda torch, x: x.var(1, 0),
    "a list": lambda torch, x: torch.sum([1.0]),
    "a list, softmax": lambda torch, x: torch.softmax([1.0], 0),
    "softmax without dim": lambda torch, x: x.softmax(None),
}
test_errors = test_each(*(cases(name, function, [((2, 3),)], words=4) for name, function in WRONG.items()))
test_in_place = test_each(*(
    cases(f"{op}_", lambda torch, x, op, dim: getattr(x * 1, op + "_")(dim), ONE, op=[op], dim=[0, -1])
    for op in ("cumsum", "cumprod")
))  # fmt: skip


def test_a_gradient_that_was_only_spread_is_no_shared_memory():
    x = autograd_core.zeros(3, requires_grad=True)
    x.sum().backward()
    x.grad[0] = 7.0
    assert x.grad.tolist() == [7.0, 1.0, 1.0]


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd_core\.")
        x = autograd_core.tensor([-inf, inf, nan, 0.0], requires_grad=True)
        for y in (x.mean(), x.var(), x.softmax(0), x.logsumexp(0), x.norm(), x.prod(), x.cumsum(0)):
            y.sum().backward()
        autograd_core.zeros(0).mean()
