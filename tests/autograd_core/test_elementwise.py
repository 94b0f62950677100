"""Functions of one tensor, element by element, against PyTorch."""

from tests.autograd_core.oracle_cases import (
    ALL_DTYPES, DISTINCT, NORMAL, ONE, POSITIVE, SPECIAL, UNIT, cases, test_each,
)  # fmt: skip


def method(name):
    """The function ``module.name`` of one tensor."""
    return lambda torch, x: getattr(torch, name)(x)


def table(names, **options):
    return [case for name in names.split() for case in cases(name, method(name), **options)]


test_functions = test_each(
    table("neg abs exp exp2 expm1 sin cos tan atan sinh cosh tanh sigmoid square relu sign erf frac"
          " floor ceil trunc round positive"),
    table("log log2 log10 log1p sqrt rsqrt reciprocal", values=POSITIVE),
    table("asin acos", values=UNIT),
)  # fmt: skip
