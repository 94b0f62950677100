"""A learner's wrong answer to an exercise is told what went wrong, or only that it is wrong.

What is named must be what has happened: a neighbouring slip that gives the same number is worse
than no word at all.
"""

import ast

import pytest

from tests.notebooks.lessons import all_lessons, code_cells, need_libraries, read, tags

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
LESSONS = {path.name[:2]: read(path) for path in all_lessons()}


def said_of(number, name, answer, file):
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
            exec(compile(answered, str(file), "exec"), names)
            return repr(names["said"])
        if not tags(cell):
            exec(definitions(source), names)
    raise AssertionError(f"lesson {number} has no exercise {name!r}")


def definitions(source):
    """Return the imports, functions and classes of a cell, without what it runs."""
    kept = [each for each in ast.parse(source).body if isinstance(each, DEFINITIONS)]
    return compile(ast.Module(kept, []), "<definitions>", "exec")


@pytest.mark.parametrize("number, name, answer, words", [
    ("02", "where", "2 * 2 * 3 * 2 ** 2", "was taken at x = 2, and not at x³ = 8"),
    ("07", "two-outputs", "24", "on the way, at s: 2 is what comes by way of 2·s alone: s is used twice"),
    ("07", "two-outputs", "36", "at s: how fast s.sin() changes with s was left out, or taken as 1"),
    ("07", "two-outputs", "first.backward() or x.grad", "at s: 2 is what comes by way of 2·s alone"),
    ("09", "complex", "polynomial(z.imag) / 1e-20", "not yet, at x = 2: it has the wrong sign"),
    ("09", "complex", "polynomial(z)", "a complex one: take its .real or .imag"),
    ("09", "complex", "polynomial(x)", "is the value of polynomial, not its slope"),
    ("10", "squared-error", "pass\nSquaredError = mean_squared_error", "a subclass of torch.autograd.Func"),
    ("13", "leaf", "'2*0.9975*0.9975*0.0025'", "it is close, but too large: if something was rounded, more digits are needed"),
    ("13", "silu", "g", "the gradient of x: "),
    ("13", "silu", "g * ctx.saved_tensors[1]", "the gradient of x: "),
])  # fmt: skip
def test_a_wrong_answer_is_told_what_went_wrong(number, name, answer, words, tmp_path):
    said = said_of(number, name, answer, tmp_path / "cell.py")
    assert said.startswith("not yet") and words in said
