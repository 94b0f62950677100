"""docs/teaching.md claims nothing that was not tried."""

import contextlib
import io
import re
import subprocess
import sys

import pytest

from tests.notebooks.lessons import code_cells
from tests.notebooks.regenerate import WIDGET_VIEW, run
from tests.notebooks.rules import shown_text
from tools.lesson import lesson, main
from tools.links import PROJECT, hub_link
from tools.readme import SECTIONS, TEACHING, exercises, generated, notebooks

TEXT = TEACHING.read_text(encoding="utf-8")
EXAMPLE = re.search(r"^````markdown\n(.*?)^````", TEXT, re.DOTALL | re.MULTILINE)[1]
PROGRAMS = re.findall(r"^```python\n(.*?)^```", TEXT.replace(EXAMPLE, ""), re.DOTALL | re.MULTILINE)


def test_generated_sections_are_up_to_date():
    assert generated(TEACHING) == TEXT, "docs/teaching.md is out of date: run `make notebooks`"


def test_every_generated_section_is_used():
    assert set(re.findall(r"<!-- generated: (\w+) -->", TEXT)) == set(SECTIONS[TEACHING])


def test_links_within_the_project_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert targets
    assert [target for target in targets if not (TEACHING.parent / target).exists()] == []


def test_readme_leads_here():
    assert "](docs/teaching.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_hubs_link_follows_the_setting():
    assert hub_link(notebooks()[0].name) in TEXT


def test_every_exercise_is_told_by_number():
    """Whoever adds an exercise says in docs/exercises.toml what it shows."""
    for path in notebooks():
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| {path.name[:2]} |"))
        told = [int(number) for number in re.findall(r"\*\*(\d)\*\*", row)]
        assert told == list(range(1, len(list(exercises(path))) + 1)), path.name


# ---------------------------------------------------------------------- the example lesson


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """The example lesson, made with the command that stands there, and run."""
    folder = tmp_path_factory.mktemp("lesson")
    (folder / "two-uses.md").write_text(EXAMPLE, encoding="utf-8")
    target = str(folder / "two-uses.ipynb")
    command = [sys.executable, "-m", "tools.lesson", str(folder / "two-uses.md"), target]
    subprocess.run(command, cwd=PROJECT, check=True)
    again = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert again.returncode == 1 and "is there already" in again.stderr
    return run(lesson(EXAMPLE), folder)


def test_the_example_is_as_long_as_is_said():
    assert f"of {len(EXAMPLE.splitlines())} lines" in TEXT


@pytest.mark.exhaustive
def test_the_example_runs_and_shows_what_it_promises(notebook):
    asked, stepper, table, exercise = code_cells(notebook)
    assert "w.grad" in shown_text(asked) and "16" not in shown_text(asked)
    assert WIDGET_VIEW in stepper.outputs[0].data
    assert "16.0000" in shown_text(table) and "NO" not in shown_text(table)
    assert shown_text(exercise).startswith("not answered yet")


def test_the_examples_exercise_can_be_solved(tmp_path):
    solved = EXAMPLE.replace("answer = ...", "answer = 2 * 3 + 10 - 3 * 3 ** 2")
    *_, exercise = code_cells(run(lesson(solved), tmp_path))
    assert shown_text(exercise).startswith("right")


def test_a_mark_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="exercise, solution or nothing"):
        lesson("```python exercize\n1\n```\n")


@pytest.mark.parametrize("source, target, words", [
    ("missing.md", "new.ipynb", "there is no file .*missing.md"),
    ("there.md", "missing/new.ipynb", "there is no folder .*missing"),
    ("unknown.md", "new.ipynb", "unknown.md: .* exercise, solution or nothing"),
])  # fmt: skip
def test_what_cannot_be_made_is_told_in_a_sentence(tmp_path, source, target, words):
    (tmp_path / "there.md").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "unknown.md").write_text("```python exercize\n1\n```\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=words):
        main(str(tmp_path / source), str(tmp_path / target))
    assert not (tmp_path / target).exists()


# ---------------------------------------------------------------------- the programs


def test_the_programs_print_what_their_comments_say(tmp_path, monkeypatch):
    """They are run one after the other, as a teacher would."""
    monkeypatch.chdir(tmp_path)
    promised = re.findall(r"^ *print\(.*\)  # (.+)$", "".join(PROGRAMS), re.MULTILINE)
    assert len(promised) >= 8
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec("from widgets import check", names)
        for program in PROGRAMS:
            exec(compile(program, "teaching.md", "exec"), names)
    assert printed.getvalue().splitlines() == promised


def test_a_quiz_that_was_answered_in_part_is_judged_anew(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answers = [line for line in TEXT.splitlines() if line.startswith('print(check_answer("w"')]
    assert answers
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for program in PROGRAMS[2:]:
            exec(program.replace(answers[0], ""), names)
    assert printed.getvalue().splitlines()[-1] == "1 of 2 answered, 1 at the first try"


def test_a_wrong_answer_fails_the_grading_cell_with_its_message():
    answered, graded, *_ = PROGRAMS
    names = {}
    exec("from widgets import check", names)
    exec(answered.replace("2 * 3.0", "-6.0"), names)
    with pytest.raises(AssertionError, match="wrong"):
        exec(graded, names)
