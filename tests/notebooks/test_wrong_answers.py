"""A learner's wrong answer to an exercise is told what went wrong, or only that it is wrong.

What is named must be what has happened: a neighbouring slip that gives the same number is worse
than no word at all.
"""

import ast

import pytest

from tests.notebooks.lessons import all_lessons, code_cells, need_libraries, read, tags
from widgets.answers.exercise import check
from widgets.answers.question import Question
from widgets.functions.function import function_of

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
BUILT_UP = {"12"}  # what an exercise needs is set up by statements, not by definitions alone
LESSONS = {path.name[:2]: read(path) for path in all_lessons()}


def said_of(number, name, answer, file, check=check):
    """Return what the check of an exercise says of an answer in place of the dots.

    The cell is run from a file: as in a notebook, it has lines that can be shown.
    """
    need_libraries(LESSONS[number])
    names = {"__name__": "__main__"}
    for cell in code_cells(LESSONS[number]):
        source = cell.source
        if cell.id == f"exercise-{name}":
            answered = source.replace("...", answer, 1).replace("\ncheck(", "\nsaid = check(")
            file.write_text(answered, encoding="utf-8")
            names["check"] = check
            exec(compile(answered, str(file), "exec"), names)
            return repr(names["said"])
        if not tags(cell):
            exec(source if number in BUILT_UP else definitions(source), names)
    raise AssertionError(f"lesson {number} has no exercise {name!r}")


def definitions(source):
    """Return the imports, functions and classes of a cell, without what it runs."""
    kept = [each for each in ast.parse(source).body if isinstance(each, DEFINITIONS)]
    return compile(ast.Module(kept, []), "<definitions>", "exec")


@pytest.mark.parametrize("number, name, answer, words", [
    ("02", "where", "2 * 4 * 3 * 4 ** 2", "was taken at x = 4, and not at x³ = 64"),
    ("02", "where", "64 * 3 * 4 ** 2", "the exponent 2 was not brought down"),
    ("02", "where", "2 * 64 * 4 ** 2", "the exponent 3 was not brought down"),
    ("02", "where", "2 * 64 * 3 * 4", "only the exponent 3 was brought down"),
    ("02", "where", "4096", "4096 is the value of cubed_then_squared, not its slope"),
    ("02", "where", "2 * 64", "128 is only how fast the output changes with x³"),
    ("04", "mean", "a.grad", "this is twice the slope: 2 passes were added up in a.grad, is each as large as it should be?"),
    ("04", "repair", "w.grad", "w.grad still holds what an earlier pass left there: reset it before"),
    ("07", "two-outputs", "first.backward() or x.grad", "at s: 2 is what comes by way of 2·s alone"),
    ("07", "two-outputs", "(2 + s.cos()) * 3 * x ** 2", "the slope is right, and here backward() should find it"),
    ("07", "two-outputs", "(first + second).backward() or x.grad", "it should come of 2 backward passes, not 1"),
    ("09", "complex", "3 * x ** 2 - 8 * x", "the slope is right, and here polynomial should be called to find it"),
    ("09", "complex", "polynomial(z.imag) / 1e-20", "the same whatever x is, and the slope changes with it"),
    ("09", "complex", "polynomial(z)", "a complex one: take its .real or .imag"),
    ("09", "complex", "polynomial(x)", "is the value of polynomial, not its slope"),
    ("10", "squared-error", "pass\nSquaredError = mean_squared_error", "a subclass of torch.autograd.Func"),
    ("12", "exponential", "Value(exp(a.data), [(a, a.data * exp(a.data - 1))])", "it is too small"),
    ("12", "quotient", "a * b ^ -1", "A power is written with **"),
    ("12", "quotient", "Value(a.data / b.data, [(b, -a.data / b.data ** 2)])", "does not remember each operand"),
    ("12", "relu", "Value(max(a.data, 0.0), [(a, 0.0)])", "at a = 0.1: this is the slope at a = −0.9"),
    ("12", "relu", "a", "though right where it was tried first: the number is -0.0842, not 0.0000"),
    ("13", "leaf", "'2*0.9975*0.9975*0.0025'", "it is close, but too large: if something was rounded, more digits are needed"),
    ("13", "silu", "g", "the gradient of x is the incoming gradient alone"),
    ("13", "silu", "g * ctx.saved_tensors[1]", "what x gives mul(x, s) directly, without the path through s"),
])  # fmt: skip
def test_a_wrong_answer_is_told_what_went_wrong(number, name, answer, words, tmp_path):
    said = said_of(number, name, answer, tmp_path / "cell.py")
    assert said.startswith(("not yet", "cannot be read")) and words in said


NUMBERS = [("00", "at"), ("01", "x"), ("01", "sign"), ("02", "chain"), ("02", "where"), ("03", "head"), ("03", "record"),
           ("03", "between"), ("03", "fixed"), ("04", "three"), ("06", "between"), ("06", "paths"), ("07", "doubling"),
           ("13", "leaf")]  # fmt: skip


@pytest.mark.parametrize("number, name", NUMBERS)
def test_where_a_number_is_asked_for_no_natural_slip_gives_it(number, name, tmp_path):
    """Not the value, nor the input itself, nor the slope upside down: whoever is right there has understood."""

    def slips(_, fn, *inputs, wrt=None, **how):
        function = function_of(fn, list(inputs), every=True)
        question = Question(function, function.names.index(wrt) if wrt else 0)
        return question.alike(question)

    assert said_of(number, name, "0", tmp_path / "cell.py", slips) == "{'before'}"  # the slope here itself
