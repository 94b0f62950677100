"""An assignment goes through nbgrader as docs/teaching.md tells: released, answered, graded, handed back."""

import importlib
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests.missing import need
from tools.links import PROJECT
from widgets.answers.__main__ import class_of

ANSWERED = """\
from widgets import check, lesson
lesson("05")
### BEGIN SOLUTION
slope = 2 * 3.0
### END SOLUTION
check(slope, lambda x: x ** 2, 3.0, id="05.1")"""
SHOWN = """\
import autograd_core as torch
from widgets import BackwardStepper
x = torch.tensor(3.0, requires_grad=True)
BackwardStepper(x**2)"""
GRADED = "verdict = check(slope, lambda x: x ** 2, 3.0)\nassert verdict, verdict"
BOTH = {"grade": True, "points": 1, "schema_version": 3, "task": False}
LEARNERS = {"ada": "2 * 3.0", "bob": "-6.0"}


def cell(source, name, **more):
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.metadata.nbgrader = {"grade_id": name, "schema_version": 3, "task": False} | more
    return cell


@pytest.mark.exhaustive
def test_answers_go_through_nbgrader_from_release_to_feedback(tmp_path, monkeypatch):
    need("nbgrader")
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)  # it calls alembic
    alive = re.search(r"`(c\.HTMLExporter.*?)`", (PROJECT / "docs" / "hosts.md").read_text("utf-8"))[1]
    settings = f"c = get_config()\nc.CourseDirectory.course_id = 'course'\n{alive}\n"
    (tmp_path / "nbgrader_config.py").write_text(settings)
    source = tmp_path / "source" / "ps1"
    source.mkdir(parents=True)
    cells = [
        cell(ANSWERED, "answer", solution=True, grade=False, locked=False),
        cell(GRADED, "tests", solution=False, grade=True, locked=True, points=1),
        nbformat.v4.new_code_cell(SHOWN),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, source / "05.ipynb")
    nbgrader(tmp_path, "generate_assignment", "ps1")
    released = nbformat.read(tmp_path / "release" / "ps1" / "05.ipynb", 4)
    assert "2 * 3.0" not in released.cells[0].source

    for learner, slope in LEARNERS.items():
        folder = tmp_path / "submitted" / learner / "ps1"
        folder.mkdir(parents=True)
        answered = nbformat.read(tmp_path / "release" / "ps1" / "05.ipynb", 4)
        stub = answered.cells[0].source
        answered.cells[0].source = f"slope = {slope}".join(
            [stub[: stub.index("# YOUR CODE HERE")], stub[stub.index("check(slope") - 1 :]]
        )
        nbformat.write(answered, folder / "05.ipynb")
        code = "\n".join(each.source for each in answered.cells[:1])
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=switched_on(), check=True)
    handed_in = {learner: book(tmp_path, "submitted", learner) for learner in LEARNERS}
    nbgrader(tmp_path, "autograde", "ps1")
    for learner in LEARNERS:
        assert (
            book(tmp_path, "autograded", learner) == handed_in[learner]
        )  # graded, and nothing added or lost
    nbgrader(tmp_path, "generate_feedback", "ps1")
    feedback = (tmp_path / "feedback" / "bob" / "ps1" / "05.html").read_text("utf-8")
    assert "the sign is wrong" in feedback
    assert feedback.count('class="ag-alive"') == 1 and "widget-view" not in feedback
    api = importlib.import_module("nbgrader.api")
    with api.Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as grades:
        scores = {name: grades.find_submission("ps1", name).score for name in LEARNERS}
    assert scores == {"ada": 1.0, "bob": 0.0}
    learners, problems = class_of([tmp_path / "submitted"])
    assert problems == [] and {name: notes["05"]["05.1"]["right_at"] for name, notes in learners.items()} == {
        "ada": 1,
        "bob": None,
    }


def book(folder, step, learner):
    return json.loads((folder / step / learner / "ps1" / "answers" / "05.json").read_text("utf-8"))


def switched_on():
    return os.environ | {"WIDGETS_ANSWERS": "on", "PYTHONPATH": str(PROJECT)}


def nbgrader(folder, *command):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder,
        env=switched_on(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
