"""A lesson about a library that is missing: quiet for a learner, loud for who tests it."""

import os
import subprocess
import sys

import nbformat
import pytest

from tests.missing import LIBRARIES
from tests.notebooks.lessons import all_lessons, code_cells, libraries, read
from tests.notebooks.regenerate import run
from tools.links import PROJECT

LESSONS = [path for path in all_lessons() if libraries(read(path))]


@pytest.fixture
def hidden(monkeypatch):
    """Hide a library from every Python that is started from now on."""

    def hide(library):
        monkeypatch.setenv("PYTHONPATH", str(PROJECT / "tests" / "hidden"), prepend=os.pathsep)
        monkeypatch.setenv("HIDDEN", library)

    return hide


def test_there_is_a_lesson_that_needs_a_library():
    assert LESSONS != []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_without_its_library_a_lesson_is_quiet_after_the_first_cell(lesson, hidden):
    """All cells are run, none fails, and only the first one shows anything."""
    notebook = nbformat.from_dict(read(lesson))
    (library,) = libraries(notebook)
    hidden(library)
    first, *rest = code_cells(run(notebook, lesson.parent))
    (shown,) = first.outputs
    assert f"%pip install {library}" in shown.data["text/plain"]
    assert {cell.id: cell.outputs for cell in rest if cell.outputs} == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("ci, code, verdict", [
    ("", 0, "skipped"), pytest.param("true", 1, "error", marks=pytest.mark.exhaustive),
])  # fmt: skip
def test_its_replay_is_skipped_loudly_and_in_ci_it_fails(lesson, ci, code, verdict, hidden):
    (library,) = libraries(read(lesson))
    hidden(library)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", str(lesson)],
        cwd=PROJECT,
        env=os.environ | {"CI": ci, "NOT_TESTED": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout
    assert f"NOT TESTED: {LIBRARIES[library][0]} is missing" in done.stdout
    assert f"{len(code_cells(read(lesson)))} {verdict}" in done.stdout
