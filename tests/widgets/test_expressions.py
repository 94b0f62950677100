"""Code is read, and never run: whatever stands there, a pass is told at once, or without the code."""

import warnings
from dataclasses import replace

import pytest

from widgets import BackwardStepper
from widgets.recorders.example import example
from widgets.trace import Source
from widgets.words.expressions import parsed

ODD = [
    "9**9**9**9*x", "10**10**10", "1" * 119, "1" * 10_000, "0x" + "f" * 117, "1e999",
    "(" * 59 + "x" + ")" * 59, "(" * 100_000, "[" * 50 + "]" * 50, "-" * 119 + "x", "~" * 119 + "x",
    "x" + ".a" * 58, "x" + "()" * 58, "f(" * 58 + ")" * 58, "lambda:" * 16 + "x", "x**" * 39 + "x",
    "x if y else " * 9 + "z", "a" * 100_000, "x*w #", "x*w;y", "x\n*w", "x:=w", "*x", "(yield)",
    "await x", "x\x00y", "'\ud800'", "'\\d'", "1 is 1", "\u202ex*w", "ﬀ", "𝐱*w", "", "\t", "...",
]  # fmt: skip


@pytest.mark.parametrize("code", ODD, ids=lambda code: repr(code[:20]))
def test_whatever_the_code_of_a_node_is_its_pass_is_told(code):
    start = example()
    nodes = list(start.nodes)
    for number in (2, 6):
        source = Source("In [1]", 1, 1, 0, len(code), code, code)
        nodes[number] = replace(nodes[number], source=source)
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        stepper = BackwardStepper(replace(start, nodes=tuple(nodes)))
        assert len(stepper.transcript().splitlines()) == 14
        stepper.svg()


def test_code_that_is_too_long_to_be_read_by_a_person_is_not_parsed():
    assert parsed("x" * 120) is not None and parsed("x" * 121) is None
