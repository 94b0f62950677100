"""Functions of one tensor, element by element, against PyTorch."""

import math
import subprocess
import sys

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.oracle_cases import (
    INTEGERS,
    NORMAL,
    POSITIVE,
    SPECIAL,
    TIES,
    UNIT,
    cases,
    test_each,
)  # fmt: skip
from tests.autograd_core.releases import since
from tests.oracle import need_pytorch, torch

EVERYWHERE = """neg abs exp exp2 expm1 sin cos tan atan sinh cosh tanh asinh sigmoid square relu
    sign erf erfc frac floor ceil trunc round positive"""
POSITIVE_ONLY = "log log2 log10 log1p sqrt rsqrt reciprocal"
INSIDE_ONE = "asin acos atanh"
ALL = f"{EVERYWHERE} {POSITIVE_ONLY} {INSIDE_ONE} acosh"
BOTH_DEFAULTS = ("float64", "float32")


def named(name):
    """The function of that name, of one tensor."""
    return lambda torch, x: getattr(torch, name)(x)


def table(names, **options):
    """The cases of several functions of one tensor."""
    return [case for name in names.split() for case in cases(name, named(name), **options)]


def above_one(random, shape):
    return random.uniform(1.2, 4.0, shape)


def without_nan(random, shape):
    return np.nan_to_num(SPECIAL(random, shape), nan=2.0, posinf=np.inf, neginf=-np.inf)


test_functions = test_each(
    table(EVERYWHERE),
    table(POSITIVE_ONLY, values=POSITIVE),
    table(INSIDE_ONE, values=UNIT),
    table("acosh", values=above_one),
)

test_zeros_infinities_nan_and_large_numbers = test_each(
    table(ALL.replace(" abs ", " "), values=SPECIAL, shapes=[((),), ((16,),)], gradcheck=False, second=False),
    # the derivative of abs at NaN is NaN here, and 0 in PyTorch
    table("abs", values=without_nan, shapes=[((16,),)], gradcheck=False, second=False),
    table("abs relu sign clamp", values=TIES, shapes=[((),), ((3, 4),)], gradcheck=False),
)

test_whole_numbers_and_bools = test_each(*[
    table(ALL, dtypes=(*INTEGERS, "bool"), shapes=[((),), ((2, 3),)], values=POSITIVE,
          default=default)
    for default in BOTH_DEFAULTS
])  # fmt: skip


def functional(name, **fixed):
    """The function of that name in PyTorch's ``nn.functional`` and in the engine's table."""

    def call(module, x, **arguments):
        from autograd_core.ops import elementwise

        home = elementwise if module is autograd_core else torch.nn.functional
        return getattr(home, name)(x, **fixed, **arguments)

    return call


test_activations = test_each(
    *[
        [*cases("leaky_relu", functional("leaky_relu"), negative_slope=[0.01, 0.5, -0.5],
                **options),
         *cases("elu", functional("elu"), alpha=[1.0, 0.3], **options),
         *cases("silu", functional("silu"), **options),
         *cases("gelu", functional("gelu"), approximate=["none", "tanh", "linear"], **options),
         *cases("softplus", functional("softplus"), beta=[1.0, 3.0], threshold=[20.0, 1.0],
                **options)]
        for options in (
            {},
            {"dtypes": ("int64", "bool"), "shapes": [((3,),)], "words": 3},
            # PyTorch's float32 versions treat NaN and infinities differently from its float64 ones
            {"values": SPECIAL, "shapes": [((),), ((16,),)], "dtypes": ["float64"],
             "gradcheck": False, "second": False},
        )
    ]
)  # fmt: skip

LIMITS = [None, -0.5, 0, 1.0, 2]
test_clamp = test_each(
    cases("clamp", lambda torch, x, min, max: torch.clamp(x, min, max), [((),), ((2, 3),), ((0,),)],
          dtypes=("float64", "float32", "int64", "uint8", "bool"), min=LIMITS, max=LIMITS),
    cases("clamp min", lambda torch, x, min: torch.clamp_min(x, min), min=[-0.5, 1]),
    cases("clamp max", lambda torch, x, max: x.clamp_max(max), max=[-0.5, 1]),
    cases("clamp by tensors", lambda torch, x, a, b: torch.clamp(x, a, b),
          [((), (), ()), ((2, 3), (3,), ()), ((2, 3), (3,), (2, 1)), ((2,), (3,), (1,))],
          dtypes=("float64", "float32", "int64", ("float32", "float64", "int64"))),
    cases("clamp by one", lambda torch, x, a: (x.clamp(min=a), x.clamp(max=a)),
          [((), ()), ((2, 3), (3,)), ((3,), (2, 1))], dtypes=("float64", "int64")),
    cases("clamp by text", lambda torch, x: torch.clamp(x, "a"), [((2,),)], words=2),
)  # fmt: skip

AT_LIMITS = dict(values=TIES, gradcheck=False)
ALL_OF_THREE = [((3, 1, 1), (3, 1), (3,)), ((2, 3), (3,), ()), ((16,), (16,), (16,))]
test_clamp_at_its_limits = test_each(since("clamp", [
    *cases("clip at a kink", lambda torch, x: torch.clip(x, 0, 1), **AT_LIMITS),
    *cases("clamp", lambda torch, x, min, max: torch.clamp(x, min, max), [((16,),)],
           min=[None, -1, 0, -math.inf, math.nan], max=[0, 1, math.inf], **AT_LIMITS),
    *cases("clamp from below", lambda torch, x, min: (torch.clamp_min(x, min), x.clamp(min)),
           min=[-1, 0, 1], **AT_LIMITS),
    *cases("clamp from above", lambda torch, x, max: (torch.clamp_max(x, max), x.clamp(max=max)),
           max=[-1, 0, 1], **AT_LIMITS),
    *cases("clamp special", lambda torch, x, min, max: x.clamp(min, max), [((16,),)],
           values=SPECIAL, gradcheck=False, second=False, min=[None, -math.inf, -1.0],
           max=[1.0, math.inf]),
    *cases("clamp by tensors", lambda torch, x, a, b: torch.clamp(x, a, b), ALL_OF_THREE,
           **AT_LIMITS),
    *cases("clamp by special tensors", lambda torch, x, a, b: torch.clamp(x, a, b),
           [((16, 1, 1), (16, 1), (16,))], values=SPECIAL, gradcheck=False, second=False,
           dtypes=["float64"]),
    *cases("clamp by one tensor", lambda torch, x, a: (
               x.clamp(min=a), x.clamp(max=a), torch.clamp_min(x, a), torch.clamp_max(x, a)),
           [((3,), (3, 1)), ((2, 3), (3,)), ((), ())], **AT_LIMITS),
    *cases("clamp by one special tensor", lambda torch, x, a: (
               x.clamp(min=a), x.clamp(max=a), torch.clamp_min(x, a), torch.clamp_max(x, a)),
           [((16, 1), (16,))], values=SPECIAL, gradcheck=False, second=False, dtypes=["float64"]),
]))  # fmt: skip

test_where = test_each(
    cases("where", lambda torch, c, a, b: torch.where(c, a, b),
          [((), (), ()), ((2, 3), (3,), (2, 1)), ((3,), (), (2, 3)), ((0,), (1,), ()),
           ((2,), (3,), (3,)), ((1,), (3,), (2,))],
          dtypes=[("bool", "float64", "float64"), ("bool", "float32", "float64"),
                  ("bool", "int64", "float32"), ("bool", "int64", "bool"),
                  ("int64", "float64", "float64"), ("uint8", "float32", "float32")]),
    cases("where number", lambda torch, c, a, number: (
              torch.where(c, a, number), torch.where(c, number, a), a.where(c, number)),
          [((2, 3), (3,)), ((), ())], number=[0, 1.5, True], default="float64",
          dtypes=[("bool", "float64"), ("bool", "float32"), ("bool", "int64"), ("bool", "uint8")]),
    cases("where numbers", lambda torch, c: (torch.where(c, 1, 0), torch.where(c, 1.0, 0)),
          [((2, 3),)], dtypes=["bool"]),
    cases("where alone", lambda torch, c: torch.where(c), [((2, 3),), ((0,),)], dtypes=["bool"]),
    cases("where two", lambda torch, c: torch.where(c, c), [((2, 3),)], dtypes=["bool"], words=2),
    cases("where no tensor", lambda torch, x: torch.where(True, x, x), [((2,),)], words=2),
)  # fmt: skip

test_rounding = test_each(
    cases("round", lambda torch, x, decimals: torch.round(x * 100, decimals=decimals),
          gradcheck=False, decimals=[0, 1, -1]),
    cases("round halves", lambda torch, x: torch.round(x / 2), values=TIES, gradcheck=False),
    cases("round whole", lambda torch, x: torch.round(x, decimals=1), [((3,),)], dtypes=["int64"]),
)  # fmt: skip

# not asinh: PyTorch has no derivative of its in-place form
IN_PLACE = """neg abs exp exp2 expm1 log1p sin cos tan atan sinh cosh tanh sigmoid square relu
    sign erf frac floor ceil trunc round reciprocal absolute negative clip fix arctan"""


def changed(name, *arguments):
    """What is left of a copy after the method ``name_`` has changed it."""

    def call(torch, x):
        y = x.clone()
        z = getattr(y, name + "_")(*arguments)
        return y, z is y

    return call


test_in_place = test_each(*[
    cases(f"{name}_", changed(name, *([0, 1] if name == "clip" else [])), [((),), ((2, 3),)],
          dtypes=("float64", "float32", "int64", "bool"), values=POSITIVE)
    for name in IN_PLACE.split()
])  # fmt: skip

test_names = test_each(*[
    table(names, shapes=[((3,),)], values=values)
    for names, values in [
        ("absolute negative fix arctan arcsinh", NORMAL), ("arccos arcsin arctanh", UNIT),
        ("arccosh", above_one),
    ]
])  # fmt: skip

test_no_tensor = test_each(
    cases("sin of a number", lambda torch, x, value: torch.sin(value), [((),)],
          value=[1.0, "a", [1.0], None], words=7),
    cases("sigmoid of a number", lambda torch, x: torch.sigmoid(1.0), [((),)], words=7),
)  # fmt: skip


@pytest.mark.parametrize("x", [-1000.0, -40.0, 40.0, 1000.0])
@pytest.mark.parametrize("name", ["sigmoid", "silu", "softplus", "logaddexp"])
def test_large_arguments_neither_overflow_nor_lose_the_gradient(name, x):
    # the exact values: math.exp of a negative number is exact to the last digit
    small = math.exp(-abs(x))
    sigmoid = 1 / (1 + small) if x > 0 else small / (1 + small)
    softplus = max(x, 0) + math.log1p(small)
    expected = {
        "sigmoid": (sigmoid, sigmoid * (1 - sigmoid)),
        "silu": (x * sigmoid, sigmoid * (1 + x * (1 - sigmoid))),
        "softplus": (softplus, sigmoid),
        "logaddexp": (softplus, sigmoid),
    }[name]
    from autograd_core.ops import arithmetic, elementwise

    t = autograd_core.tensor(x, dtype=autograd_core.float64, requires_grad=True)
    if name == "logaddexp":
        y = arithmetic.logaddexp(t, autograd_core.zeros_like(t))
    else:
        y = getattr(elementwise, name)(t)
    y.backward()
    assert y.item() == pytest.approx(expected[0], rel=1e-14, abs=1e-300)
    assert t.grad.item() == pytest.approx(expected[1], rel=1e-13, abs=1e-16)


def test_no_warning_reaches_the_user():
    # in a process of its own: pytest puts its filters in place of those that the package sets
    script = f"""
import autograd_core as torch
x = torch.tensor([0.0, -1.0, 1000.0, float("inf"), float("nan")], requires_grad=True)
for name in {ALL.split()!r}:
    y = getattr(torch, name)(x)
    if y.requires_grad:
        y.backward(torch.ones_like(y))
print(1 / torch.tensor(0.0), torch.tensor(-8.0) ** 0.5, torch.tensor([1, 2]) / 0)
"""
    ran = subprocess.run([sys.executable, "-W", "always", "-c", script], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("tensor(inf) tensor(nan) tensor([inf, inf])\n", "")


def test_every_function_has_a_docstring():
    from autograd_core.ops.rows import offers

    for offer in offers:
        assert offer.function.__doc__ or not (offer.torch or offer.method), offer.names


def test_float32_stays_float32_in_every_gradient():
    for name in ALL.split():
        x = autograd_core.tensor([0.4, 0.6], dtype=autograd_core.float32, requires_grad=True)
        y = getattr(autograd_core, name)(x)
        (grad,) = autograd_core.autograd.grad(y, x, autograd_core.ones_like(y))
        assert (y.dtype, grad.dtype) == (autograd_core.float32, autograd_core.float32), name
        assert np.asarray(grad._data).dtype == np.float32


def test_a_derivative_of_zero_multiplies_what_is_not_finite():
    """A difference that docs/pytorch.md tells: a product is ten times as fast as a choice."""
    need_pytorch()
    incoming, gradients = [float("inf"), 1.0], []
    for lib in (autograd_core, torch):
        x = lib.tensor([-1.0, 2.0], requires_grad=True)
        x.relu().backward(lib.tensor(incoming))
        gradients.append(str(x.grad.tolist()))
    assert gradients == ["[nan, 1.0]", "[0.0, 1.0]"]
