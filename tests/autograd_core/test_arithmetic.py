"""Arithmetic, comparisons and Python's operators, against PyTorch."""

import operator

import pytest

import autograd_core
from tests.autograd_core.oracle_cases import (
    ALL_DTYPES,
    FLOATS,
    MISFITS,
    POSITIVE,
    SPECIAL,
    TIES,
    TWO,
    cases,
    test_each,
    with_requires_grad,
)  # fmt: skip

BROADCAST = [((), ()), ((3,), ()), ((2, 1), (1, 3)), ((0,), (1,))]
SMALL = [((), ()), ((), (2,)), ((2, 3), (3,))]
PAIRS = [(a, b) for a in ALL_DTYPES for b in ALL_DTYPES]
MIXED = [("float64", "float32"), ("float32", "int64"), ("int64", "float64")]

SYMBOLS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow,
    "and": operator.and_, "or": operator.or_, "xor": operator.xor,
    "lshift": operator.lshift, "rshift": operator.rshift,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip
DIFFERENTIABLE = ["add", "sub", "mul", "div", "pow", "mod"]
IN_PLACE = {
    "add": operator.iadd, "sub": operator.isub, "mul": operator.imul, "div": operator.itruediv,
    "floordiv": operator.ifloordiv, "mod": operator.imod, "pow": operator.ipow,
    "and": operator.iand, "or": operator.ior, "xor": operator.ixor,
    "lshift": operator.ilshift, "rshift": operator.irshift,
}  # fmt: skip


OF_WHOLE = ("and", "or", "xor", "lshift", "rshift")


def of_two(symbol):
    return lambda torch, a, b: SYMBOLS[symbol](a, b)


def named(name):
    return lambda torch, a, b: getattr(torch, name)(a, b)


def operators(names, shapes=TWO, **options):
    return [case for name in names for case in cases(name, of_two(name), shapes, **options)]


def functions(names, shapes=TWO, **options):
    return [case for name in names.split() for case in cases(name, named(name), shapes, **options)]


test_operators = test_each(
    operators(["add", "sub", "mul"]),
    operators(["div", "pow", "mod"], values=POSITIVE),
    operators(DIFFERENTIABLE, BROADCAST, values=POSITIVE, dtypes=MIXED, gradcheck=False),
    # PyTorch's derivative of a power, and of logaddexp, fails where the other one is a bool
    operators(["add", "mul", "div"], BROADCAST, dtypes=[("float32", "bool"), ("bool", "float64")],
              values=POSITIVE, gradcheck=False),
    with_requires_grad(operators(DIFFERENTIABLE, BROADCAST, values=POSITIVE, dtypes=["float64"]),
                       (True, False), (False, True), (False, False)),
)  # fmt: skip

test_comparisons = test_each(
    operators(["lt", "le", "gt", "ge", "eq", "ne"], BROADCAST, values=TIES),
    operators(["lt", "ge", "eq", "ne"], [((16,), (16,))], values=SPECIAL),
)


def some_of(case):
    """One in three of the many pairs of types, the same ones every time; all with equal types."""
    a, b = (ALL_DTYPES.index(dtype) for dtype in case.dtypes)
    return a == b or (a + 2 * b) % 3 == len(case.name) % 3


test_every_pair_of_types = test_each([
    case for case in operators([s for s in SYMBOLS if "shift" not in s], SMALL, values=POSITIVE,
                               dtypes=PAIRS, gradcheck=False, second=False, words=4,
                               requires_grad=False)
    if some_of(case)
])  # fmt: skip
test_shifts = test_each(
    operators(["lshift", "rshift"], [((3,), (3,)), ((3,), ())], values=POSITIVE,
              dtypes=["int64", "int32", ("int64", "int32"), "float64"]),
)  # fmt: skip

test_shapes_that_do_not_fit = test_each(
    operators(["add", "sub", "mul", "div", "pow", "lt", "eq"], MISFITS, layouts=(), words=99),
    functions("maximum atan2 logaddexp logical_and", MISFITS, layouts=(), words=99),
)

NUMBERS = [2, -1, 0.5, 3.0, True, 0]
with_number = {
    name: (lambda torch, x, number, f=f: f(x, number), lambda torch, x, number, f=f: f(number, x))
    for name, f in SYMBOLS.items()
}


def with_numbers(name, numbers=NUMBERS, sides=(0, 1), **options):
    """The operator ``name`` with a number on either side."""
    options = dict(dtypes=("float64", "float32", "int64", "uint8", "bool"), values=POSITIVE,
                   words=4, requires_grad=name not in ("floordiv", "mod")) | options  # fmt: skip
    return [
        case
        for side in sides
        for case in cases(
            f"{name} {('number', 'reflected')[side]}",
            with_number[name][side],
            [((),), ((2, 3),)],
            number=numbers,
            **options,
        )
    ]


test_with_a_number = test_each(
    *[with_numbers(name) for name in SYMBOLS if name not in ("div", "pow", "lshift", "rshift")],
    with_numbers("add", default="float64"),
    with_numbers("div", default="float64", gradcheck=False),
    with_numbers("div", [2, -1, 0.5, True]),
    with_numbers("div", [0, 0.0], gradcheck=False),
    with_numbers("mod", [2, -1.5], (0,), dtypes=FLOATS, requires_grad=True),
    # True to a power, or a bool to the power True, PyTorch cannot do in all cases
    with_numbers("pow", [2, -1, 0.5, 3.0, 0], (0,)),
    with_numbers("pow", [2, 0.5, 3.0], (1,)),
    with_numbers("pow", [-1, 0], (1,), gradcheck=False, second=False),
    with_numbers("lshift", [2], dtypes=["int64", "int32"]),
    with_numbers("rshift", [2], dtypes=["int64", "int32"]),
)

KINKS = [((16,), (16,)), ((), ())]
test_special_numbers = test_each(
    operators(["add", "sub", "mul", "div", "mod", "floordiv"], KINKS, values=SPECIAL,
              gradcheck=False, second=False, requires_grad=False),
    operators(["add", "sub", "mul", "div", "pow"], KINKS, values=SPECIAL, gradcheck=False,
              second=False, dtypes=["float64"]),
    functions("maximum minimum logaddexp atan2", KINKS, values=SPECIAL, gradcheck=False,
              second=False, dtypes=["float64"]),
    cases("pow of special", lambda torch, x, number: x**number, [((16,),)], values=SPECIAL,
          # PyTorch takes powers of 0.5 and -0.5 for square roots: NaN for -inf, where C says inf
          number=[0, 1, 2, 3, 0.3, -1, -0.3, 0.0, 1.0, 2.0], gradcheck=False, second=False),
    cases("pow by special", lambda torch, x, number: number**x, [((16,),)], values=SPECIAL,
          number=[0, 1, 2, 0.5, -1, -0.5, 0.0], gradcheck=False, second=False),
)  # fmt: skip
test_powers_at_zero = test_each(
    cases("x ** n", lambda torch, x, n: x**n, [((),), ((4,),)], values=TIES, gradcheck=False,
          n=[0, 1, 2, 3, 1.0, 0.0]),
    operators(["pow"], [((5,), (5,)), ((), ())], values=TIES, gradcheck=False, second=False),
)  # fmt: skip

test_ties = test_each(functions("maximum minimum", [((3, 4), (3, 4)), ((3, 4), (4,)), ((), ())],
                                values=TIES, gradcheck=False))  # fmt: skip

test_functions = test_each(
    functions("add sub mul maximum minimum atan2 hypot logaddexp arctan2 subtract multiply"),
    functions("div true_divide divide remainder fmod pow", values=POSITIVE),
    functions("maximum minimum atan2 hypot logaddexp fmod rsub remainder", SMALL, values=POSITIVE,
              dtypes=[*MIXED, "int64", "uint8", "bool", ("int64", "bool")], gradcheck=False,
              words=4),
    functions("maximum minimum atan2 hypot fmod", SMALL, values=POSITIVE,
              dtypes=[("float32", "bool")], gradcheck=False, words=4),
    functions("""logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor not_equal
                 less less_equal greater greater_equal equal""", SMALL,
              dtypes=["int64", "uint8", "bool", ("int64", "bool")]),
    functions("logical_and logical_or logical_xor equal", SMALL, values=TIES),
    functions("bitwise_and", [((2,), (2,))]),
    cases("rsub", lambda torch, a, b: torch.rsub(a, b), SMALL),
)  # fmt: skip

test_with_alpha = test_each(*[
    cases(name, lambda torch, a, b, alpha, name=name: getattr(torch, name)(a, b, alpha=alpha),
          SMALL, alpha=[1, 2, -0.5], dtypes=[*FLOATS, "int64", "bool", ("float32", "int64")])
    for name in ("add", "sub", "rsub")
], *[
    cases(f"{name} {number}", lambda torch, a, alpha, name=name, number=number: (
        getattr(torch, name)(a, number, alpha=alpha), getattr(a.clone(), f"{name}_")(number, alpha=alpha)),
        alpha=[1, 2, -0.5], dtypes=[*FLOATS, "int64", "bool"], requires_grad=False, gradcheck=False)
    for name in ("add", "sub") for number in (3, 0.5, True)
])  # fmt: skip

test_rounding_modes = test_each(
    cases("div", lambda torch, a, b, mode: torch.div(a, b, rounding_mode=mode), SMALL,
          mode=["trunc", "floor", "ceil"], dtypes=[*FLOATS, "int64", "int8", "bool"],
          values=POSITIVE, gradcheck=False),
    cases("div negative", lambda torch, a, b, mode: torch.div(a, b * 2 + 1, rounding_mode=mode),
          [((20,), (20,))], mode=["trunc", "floor"], dtypes=["float64", "int64"], gradcheck=False),
    cases("mod negative", lambda torch, a, b: (a % (b * 2 + 1), torch.fmod(a, b * 2 + 1)),
          [((20,), (20,))], dtypes=["int64", "int8"]),
    cases("mod negative", lambda torch, a, b: (a % b, torch.fmod(a, b)), [((20,), (20,))],
          dtypes=["float64"], second=False, gradcheck=False),
    cases("by zero", lambda torch, a, op: getattr(torch, op)(a, 0), [((3,),), ((),)],
          op=["div", "floor_divide", "remainder", "fmod"], dtypes=["int64", "float64"],
          requires_grad=False),
)  # fmt: skip

test_of_three = test_each(
    cases("lerp", lambda torch, a, b: torch.lerp(a, b, 0.3), [((2, 3), (2, 3)), ((), ())]),
    cases("lerp by a tensor", lambda torch, a, b, w: torch.lerp(a, b, w),
          [((2, 3), (2, 3), (2, 3)), ((), (), ()), ((3,), (1,), (2, 1))]),
    cases("addcmul", lambda torch, x, a, b, value: torch.addcmul(x, a, b, value=value),
          [((2, 3), (3,), (2, 1)), ((), (), ()), ((2, 3), (), (2, 3, 4)), ((2,), (3,), (2,))],
          value=[1, -0.5], words=9),
    cases("addcdiv", lambda torch, x, a, b, value: torch.addcdiv(x, a, b, value=value),
          [((2, 3), (3,), (2, 1)), ((), (), ())], value=[1, -0.5], values=POSITIVE),
)  # fmt: skip

test_questions = test_each(
    [case for name in ("isnan", "isinf", "isfinite", "logical_not")
     for case in cases(name, lambda torch, x, name=name: getattr(torch, name)(x),
                       [((),), ((16,),), ((0,),)], values=SPECIAL,
                       dtypes=("float64", "float32", "int64", "bool"))],
    cases("~", lambda torch, x: ~x, [((),), ((2, 3),)],
          dtypes=("float64", "int64", "uint8", "bool")),
    cases("isclose", lambda torch, a, b: torch.isclose(a, b, rtol=0.5), [((16,), (16,))],
          values=SPECIAL),
    cases("isclose nan", lambda torch, a, equal_nan: (torch.isclose(a, a, equal_nan=equal_nan),
                                                      torch.allclose(a, a, equal_nan=equal_nan)),
          [((16,),)], values=SPECIAL, equal_nan=[True, False]),
    cases("isclose types", lambda torch, a, b: torch.isclose(a, b), [((2,), (2,))],
          dtypes=[("float32", "float64"), ("int64", "int64"), ("float64", "int64")]),
    cases("equal", lambda torch, a: (torch.equal(a, a), torch.equal(a, a + 1), a.equal(a[:1])),
          [((3,),)], dtypes=["float64", "int64"]),
    cases("equal to a number", lambda torch, a: torch.equal(a, 1), [((3,),)]),
)  # fmt: skip


def changed(symbol, number):
    """A copy changed in place by the operator, with the tensor ``b`` or with a number."""

    def call(torch, a, *b):
        y = same = a.clone()
        y = IN_PLACE[symbol](y, b[0] if b else number)
        return y, y is same

    return call


test_in_place = test_each(*[
    cases(f"{name}=", changed(name, None), [((2, 3), (3,)), ((), ()), ((3,), (2, 3))],
          dtypes=[*FLOATS, "int64", ("float32", "float64"), ("int64", "float32"),
                  ("uint8", "int64"), ("bool", "int64")],
          values=POSITIVE, words=4, gradcheck=False, requires_grad=name != "floordiv")
    for name in IN_PLACE if name not in OF_WHOLE
], *[
    cases(f"{name}=", changed(name, None), [((2, 3), (3,)), ((), ())], values=POSITIVE, words=4,
          dtypes=["int64", "uint8", ("int64", "uint8")])
    for name in OF_WHOLE
], *[
    cases(f"{name}= {number}", changed(name, number), [((2, 3),), ((),)],
          dtypes=["int64"] if name in OF_WHOLE else [*FLOATS, "int64", "bool"],
          values=POSITIVE, words=4, gradcheck=False, requires_grad=name != "floordiv")
    for name in IN_PLACE for number in ((2,) if name in OF_WHOLE else (2, 0.5))
], cases("methods", lambda torch, x: (
    x.clone().addcmul_(x, x, value=2), x.clone().lerp_(x * 2, 0.1), x.clone().atan2_(x),
    x.clone().fmod_(2), x.clone().add_(x, alpha=3), x.clone().addcdiv_(x, x)), values=POSITIVE,
), cases("a leaf", lambda torch, x: x.add_(1), [((2,),)], words=12),
)  # fmt: skip

test_what_is_no_number = test_each(*[
    cases(f"{name} {value!r}", lambda torch, x, f=f, value=value: f(x, value), [((2,),)], words=9)
    for name, f in SYMBOLS.items() for value in ("a", None, {})
    if name in (*DIFFERENTIABLE, "lt", "eq", "ne") and (name, value) != ("mul", "a")
], *[
    cases(name, lambda torch, x, name=name: getattr(torch, name)(x, 2), [((2,),)], words=9)
    for name in ("maximum", "minimum", "atan2", "logaddexp", "logical_and")
])  # fmt: skip


def test_a_numpy_array_is_an_operand():
    import numpy as np

    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    for y in (x * np.array([3.0, 4.0]), np.array([3.0, 4.0]) * x):
        assert y.tolist() == [3.0, 8.0]
        assert y.grad_fn.name() == "MulBackward0"


def test_what_pytorch_does_not_differentiate_says_so():
    x = autograd_core.tensor(7.0, requires_grad=True)
    for y in (x // 2, 2 // x, 2 % x):
        assert y.requires_grad
        with pytest.raises(RuntimeError, match="^derivative for aten::"):
            y.backward()


def test_whole_number_to_a_negative_power_is_an_error():
    # for two tensors PyTorch gives 0 without a word
    with pytest.raises(RuntimeError, match="^Integers to negative integer powers"):
        autograd_core.tensor([2]) ** autograd_core.tensor([-1])
