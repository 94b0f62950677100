"""Any cell of a lesson can be run again at once: nothing fails, and what it shows stays the same.

Learners run a cell twice, by accident or to look again. Where a second run is meant to show
something else, because gradients accumulate or training goes on, the cell says so by the tag
`accumulates`. (That a lesson shows the same when it is restarted and run from top to bottom, again
and again, is what test_regenerate.py and nbval's replay show: each runs it in a fresh kernel and
compares with the same stored outputs.)
"""

import ast
import contextlib
import io
import warnings

import nbformat
import pytest

from tests.exhaustive import some_of
from tests.notebooks.lessons import FOLDER, all_lessons, code_cells, need_libraries, read, tags  # fmt: skip

ACCUMULATES = "accumulates"


LESSONS = all_lessons()
ACCUMULATING = [path for path in LESSONS
                if any(ACCUMULATES in tags(cell) for cell in code_cells(read(path)))]  # fmt: skip


@pytest.fixture
def notebook(lesson, monkeypatch):
    """A lesson, to be run where it is."""
    monkeypatch.chdir(FOLDER)
    need_libraries(read(lesson))
    return read(lesson)


@pytest.mark.parametrize("lesson", some_of(LESSONS, 4), ids=lambda path: path.stem)
def test_a_cell_that_is_run_again_shows_the_same(notebook):
    names = {"__name__": "__main__"}
    for cell in code_cells(notebook):
        shown = shown_by(cell, names)
        assert shown[0] == stored(cell), f"cell {cell.id!r}, after others were run twice"
        if ACCUMULATES not in tags(cell):
            again = shown_by(cell, names)
            assert again == shown, f"cell {cell.id!r} shows something else the second time"


@pytest.mark.exhaustive
@pytest.mark.parametrize("lesson", some_of(ACCUMULATING), ids=lambda path: path.stem)
def test_a_cell_that_accumulates_can_be_run_again_too_and_goes_on(notebook):
    names = {"__name__": "__main__"}
    for cell in code_cells(notebook):
        shown, again = (shown_by(cell, names) for _ in range(2))
        if ACCUMULATES in tags(cell):
            assert shown != again, f"cell {cell.id!r} does not accumulate"


def stored(cell) -> str:
    """Return what a cell printed when the lesson was run from top to bottom."""
    return "".join(o.text for o in cell.outputs if o.get("name") == "stdout")


def shown_by(cell, names) -> tuple[str, str]:
    """Run a cell in `names`; return what it prints, and what it shows, as text."""
    *statements, last = ast.parse(cell.source).body
    printed = io.StringIO()
    value = None
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not isinstance(last, ast.Expr):
                statements, last = [*statements, last], None
            exec(compile(ast.Module(statements, []), "cell", "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    except Exception as error:
        if "raises-exception" not in tags(cell):
            raise
        value = type(error).__name__
    return printed.getvalue(), repr(value)


def cell_of(source):
    return nbformat.v4.new_code_cell(source)


def test_a_cell_that_fails_the_second_time_is_noticed():
    names = {}
    cell = cell_of("try:\n    del once\nexcept NameError:\n    once = 1")
    assert shown_by(cell, names) == ("", "None")
    with pytest.raises(NameError):
        shown_by(cell_of("del never"), names)


def test_what_is_printed_and_what_is_shown_are_compared():
    names = {"x": 0}
    assert shown_by(cell_of("x += 1\nprint(x)\nx"), names) == ("1\n", "1")
    assert shown_by(cell_of("x += 1\nprint(x)\nx"), names) == ("2\n", "2")
