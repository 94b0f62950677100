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
# The cells that run as they stand: what an exercise needs of them is set up by statements.
BUILT_UP = {"05": ["parameters", "engine"], "11": ["data", "model"], "12": []}  # []: all
LESSONS = {path.name[:2]: read(path) for path in all_lessons()}


@pytest.fixture(autouse=True)
def beside_the_lessons(monkeypatch):
    """Lessons read their data from where they lie."""
    monkeypatch.chdir(all_lessons()[0].parent)


def said_of(number, name, answer, file, check=check):
    """Return what the check of an exercise says of an answer in place of the dots; of several, in their order.

    The cell is run from a file: as in a notebook, it has lines that can be shown.
    """
    need_libraries(LESSONS[number])
    names = {"__name__": "__main__"}
    for cell in code_cells(LESSONS[number]):
        source = cell.source
        if cell.id == f"exercise-{name}":
            answered = source.replace("\ncheck(", "\nsaid = check(")
            for part in [answer] if isinstance(answer, str) else answer:
                answered = answered.replace("...", part, 1)
            file.write_text(answered, encoding="utf-8")
            names["check"] = check
            exec(compile(answered, str(file), "exec"), names)
            return repr(names["said"])
        if not tags(cell):
            whole = number in BUILT_UP and cell.id in (BUILT_UP[number] or [cell.id])
            exec(source if whole else definitions(source), names)
    raise AssertionError(f"lesson {number} has no exercise {name!r}")


def definitions(source):
    """Return the imports, functions and classes of a cell, without what it runs."""
    kept = [each for each in ast.parse(source).body if isinstance(each, DEFINITIONS)]
    return compile(ast.Module(kept, []), "<definitions>", "exec")


# Answers of several lines to 05.3.
PASS = "\nchanged(p1, p2_1, p2_2, p3).backward()"
STALE = f"0{PASS}\ngradient = p2_1.grad"
RESET_LAST = f"0{PASS}\np2_1.grad = None\ngradient = p2_1.grad"
TWICE = f"0\np2_1.grad = None{PASS}{PASS}\ngradient = p2_1.grad"


@pytest.mark.parametrize("number, name, answer, words", [
    ("02", "where", "2 * 4 * 3 * 4 ** 2", "was taken at x = 4, and not at x³ = 64"),
    ("02", "where", "64 * 3 * 4 ** 2", "the exponent 2 was not brought down"),
    ("02", "where", "2 * 64 * 4 ** 2", "the exponent 3 was not brought down"),
    ("02", "where", "2 * 64 * 3 * 4", "only the exponent 3 was brought down"),
    ("02", "where", "4096", "4096 is the value of cubed_then_squared, not its slope"),
    ("02", "where", "2 * 64", "128 is only how fast the output changes with x³"),
    ("04", "mean", "a.grad", "this is twice the slope: 2 passes were added up in a.grad, is each as large as it should be?"),
    ("04", "repair", "w.grad", "w.grad still holds what an earlier pass left there: reset it before"),
    ("05", "p1", ("2 * to_o2_1 * (p2_2 * o1).cos() * p2_2", "through_root * 6 * p1 * x"), "comes by way of mul(p2_1, o1) alone"),
    ("05", "cosine", STALE, "1.8517 is what p2_1.grad holds, and not the slope"),
    ("05", "cosine", RESET_LAST, "p2_1.grad is None: no pass has reached p2_1 since it was made, or reset"),
    ("05", "cosine", TWICE, "this is twice the slope: is it p2_1.grad, with each pass once"),
    ("07", "two-outputs", "first.backward() or x.grad", "at s: 2 is what comes by way of 2·s alone"),
    ("07", "two-outputs", "(2 + s.cos()) * 3 * x ** 2", "the slope is right, and here backward() should find it"),
    ("07", "two-outputs", "(first + second).backward() or x.grad", "it should come of 2 backward passes, not 1"),
    ("09", "complex", "3 * x ** 2 - 8 * x", "the slope is right, and here polynomial should be called to find it"),
    ("09", "complex", "polynomial(z.imag) / 1e-20", "the same whatever x is, and the slope changes with it"),
    ("09", "complex", "polynomial(z)", "a complex one: take its .real or .imag"),
    ("09", "complex", "polynomial(x)", "is the value of polynomial, not its slope"),
    ("10", "squared-error", "pass\nSquaredError = mean_squared_error", "a subclass of torch.autograd.Func"),
    ("11", "halves", ("loss.backward()", "fresh.bias.grad"), "this is twice the slope: is it bias.grad, with each pass once"),
    ("11", "halves", ("fresh.zero_grad(); (loss / 2).backward()", "fresh.bias.grad"), "what bias.grad holds, and not the slope"),
    ("11", "halves", ("pass", "fresh.bias.grad"), "fresh.bias.grad is None: backward() was not called"),
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
