"""Lesson 12: an autograd from nothing, in about 80 lines, compared at each stage."""

import contextlib
import io
import re

import pytest

from tests.notebooks.lessons import FOLDER, code_cells, markdown_cells, read
from tests.oracle import torch

LESSON = read(FOLDER / "12-build-your-own-autograd.ipynb")
ENGINE = ["value", "operations", "recorded", "behind", "steps", "backward", "more-code"]
ITS_TESTS = ["slope", "measured", "compare"]
SOURCES = {cell.id: cell.source for cell in code_cells(LESSON)}


def lines(names):
    """Count the lines of cells, blank ones aside."""
    return sum(bool(line.strip()) for name in names for line in SOURCES[name].splitlines())


def test_engine_and_tests_have_about_80_lines():
    assert 70 <= lines([*ENGINE, *ITS_TESTS]) <= 90


def test_it_is_built_from_nothing_and_finds_what_pytorch_finds():
    """Only these cells, and of Python's library only numbers and functions of numbers."""
    names = {"Predict": lambda *asked: None}
    exec("from itertools import count\nfrom math import cos, exp, sin", names)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for name in [*ENGINE, "worked-code"]:
            exec(SOURCES[name], names)
    ours = [names[name].grad for name in ("p1", "p2_1", "p2_2", "p3")]
    parameters = [torch.tensor(number, dtype=torch.float64, requires_grad=True)
                  for number in (1.0, 2.0, 3.0, 1.5)]  # fmt: skip
    names["worked_example"](*parameters).backward()
    assert ours == pytest.approx([parameter.grad.item() for parameter in parameters], rel=1e-12)
    assert printed.getvalue().endswith("19.5745 1.0581 2.9195 -0.9488\n")


def test_from_the_first_operation_on_each_stage_is_compared_with_the_engine_and_with_nudges():
    """Between the headings of stages 2 and 6, every stage has a cell that compares."""
    stage, compared = 0, {}
    for cell in LESSON.cells:
        heading = re.search(r"^## (\d) ·", cell.source, re.MULTILINE)
        if heading and cell in markdown_cells(LESSON):
            stage = int(heading[1])
        shown = "".join(output.get("text", "") for output in cell.get("outputs", []))
        by_hand = "slope(" in cell.source and "(A * B).backward()" in cell.source
        compared[stage] = compared.get(stage, False) or "core    nudge" in shown or by_hand
    assert [stage for stage, done in compared.items() if done] == [2, 3, 4, 5]


@pytest.mark.parametrize("name, returned, words", [
    ("exponential", "Value(exp(a.data))", "does not remember each operand"),
    ("exponential", "exp(a.data)", "a Value is wanted, not 1.64"),
    ("exponential", "None", "a Value is wanted, not None"),
    ("exponential", "exp(a)", "TypeError: must be real number, not Value in line 2, return exp(a)"),
    ("exponential", "Value(exp(a.data), [(a, a.data)])",
     "a = 0.5, was used where the output, a.exp(), belongs"),
    ("exponential", "Value(exp(a.data), (a, exp(a.data)))", "a list of pairs: [(operand, local"),
    ("exponential", "Value(exp(a.data), a)", "a list of pairs: [(operand, local"),
    ("exponential", "Value(exp(a.data), [(exp(a.data), a)])", "a list of pairs: [(operand, local"),
    ("exponential", "Value(1 + a.data, [(a, exp(a.data))])", "the number is 1.5000, not 1.6487"),
    ("quotient", "b * a ** -1", "the number is 1.5000, not 0.6667"),
    ("quotient", "Value(a.data / b.data, [(a, 1 / b.data)])", "does not remember each operand"),
    ("relu", "Value(a.data, [(a, 1.0 if a.data > 0 else 0.0)])", "the number is -0.0842, not 0.0"),
    ("relu", "Value(max(a.data, 0.0), [(a, 1.0)])", "at a = −0.0842, though right where"),
])  # fmt: skip
def test_a_wrong_operation_is_told_what_is_wrong_in_the_lessons_own_terms(name, returned, words, tmp_path):
    verdict = verdict_on(name, returned, tmp_path)
    assert not verdict and words in repr(verdict) and "backward()" not in repr(verdict)


@pytest.mark.parametrize("name, returned", [
    ("relu", "Value(a.data, [(a, 1.0)]) if a.data > 0 else Value(0.0)"),  # 0 needs no operand
    ("quotient", "Value(a.data / b.data, ((a, 1 / b.data), (b, -a.data / b.data ** 2)))"),
])  # fmt: skip
def test_a_right_operation_may_be_written_in_another_way(name, returned, tmp_path):
    assert verdict_on(name, returned, tmp_path)


def verdict_on(name, returned, folder):
    """Return what the check of an exercise says if this is returned in place of the dots."""
    names = {}
    for cell in ["imports", *ENGINE, "inspect", "ours"]:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(SOURCES[cell], names)
    answered = SOURCES[f"exercise-{name}"].replace("...", returned).replace("check(", "said = check(")
    cell = folder / "cell.py"  # as a notebook's cell, it has lines to show
    cell.write_text(answered, encoding="utf-8")
    exec(compile(answered, str(cell), "exec"), names)
    return names["said"]
