"""The answer book keeps what a learner answered, whatever else happens to its file."""

import inspect
import json
import os
import signal
import subprocess
import sys

import pytest

import autograd_core as torch
from tests.notebooks.lessons import code_cells, write
from tests.notebooks.regenerate import normalised, run
from tools.lesson import lesson as as_notebook
from tools.links import PROJECT
from widgets import book, check, lesson
from widgets.answers import book as module
from widgets.answers.book import Book
from widgets.answers.notes import NoBook, merged, read, written


def start_again(monkeypatch):
    """A kernel that has not answered anything yet."""
    monkeypatch.setattr(module, "_book", Book())
    monkeypatch.setattr(module, "_books", {})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A notebook's folder, with the book switched on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIDGETS_ANSWERS", "on")
    start_again(monkeypatch)
    return tmp_path / "answers"


def stored(folder, name="05"):
    return json.loads(folder.joinpath(f"{name}.json").read_text("utf-8"))


def tries(note):
    return [(attempt["answer"], attempt["right"]) for attempt in note["attempts"]]


def test_without_a_lesson_answers_stay_in_memory(folder):
    book().attempt("q", "6", True, "right")
    assert book().of("q")["right_at"] == 1
    assert not folder.exists()


def test_naming_a_lesson_writes_nothing_yet(folder):
    lesson("05")
    assert book().of("05.1") == {"attempts": [], "hints": 0, "shown": False, "right_at": None}
    assert not folder.exists()


def test_each_answer_is_written_as_it_is_given(folder):
    lesson("05")
    book().attempt("05.1", "∂ 5", False, "not yet", ["sign"])
    book().hint("05.1")
    book().attempt("05.1", "?", None, "you don't know yet")
    book().attempt("05.1", "6", True, "right")
    book().shown("05.2")
    notes = stored(folder)["lessons"]["05"]
    assert tries(notes["05.1"]) == [("∂ 5", False), ("?", None), ("6", True)]
    first = notes["05.1"]["attempts"][0]
    assert (first["told"], first["mistakes"]) == ("not yet", ["sign"]) and first["at"].startswith("20")
    assert (notes["05.1"]["hints"], notes["05.1"]["right_at"], notes["05.2"]["shown"]) == (1, 3, True)


def test_a_kernel_that_starts_again_finds_them(folder, monkeypatch):
    lesson("05")
    book().attempt("05.1", "6", True, "right")
    start_again(monkeypatch)
    lesson("05")
    assert book().of("05.1")["right_at"] == 1


def test_the_same_answer_again_is_no_further_attempt(folder):
    lesson("05")
    for answer in ("5", "5", "6", "6", "5"):
        book().attempt("05.1", answer, answer == "6", "")
    assert tries(book().of("05.1")) == [("5", False), ("6", True), ("5", False)]
    assert book().of("05.1")["right_at"] == 2


def test_switched_off_nothing_is_read_or_written(folder, monkeypatch):
    lesson("05")
    book().attempt("05.1", "6", True, "right")
    before = stored(folder)
    monkeypatch.setenv("WIDGETS_ANSWERS", "off")
    lesson("05")
    assert book().of("05.1")["attempts"] == []
    book().attempt("05.1", "7", False, "not yet")
    assert stored(folder) == before


@pytest.mark.parametrize("name", ["", "../05", "a/b", 5, None, "x" * 61])
def test_a_name_that_no_file_can_have_is_refused(folder, name):
    with pytest.raises(ValueError, match=r'such as lesson\("05"\)'):
        lesson(name)


# ---------------------------------------------------------------------- exercises


def slope(x):
    return 3 * x**2


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return g * 3 * ctx.saved_tensors[0] ** 2


@pytest.mark.parametrize("answer, text", [
    (2 * 6.0, "12.0"), ("2*6", "2*6"), (torch.tensor(12.0), "tensor(12.)"), (slope, "    return 3 * x**2\n"),
    (Cube, "    return x**3\n"), (Cube.apply, "def backward(ctx, g):\n"), (eval("lambda x: 3 * x**2"), "<lambda>"),
])  # fmt: skip
def test_an_exercise_is_noted_as_it_was_answered(folder, answer, text):
    lesson("05")
    check(answer, lambda x: x**3, 2.0, id="05.1")
    (attempt,) = stored(folder)["lessons"]["05"]["05.1"]["attempts"]
    assert text in attempt["answer"] and attempt["right"]


@pytest.mark.parametrize("answer", [eval("lambda x: 3 * x**2"), slope, Cube])
def test_a_text_that_is_another_is_not_noted(folder, monkeypatch, answer):
    """As where Python 3.13 takes the text of ``python -c`` for that of what was made of a string."""
    lesson("05")
    monkeypatch.setattr(inspect, "getsource", lambda each: "import sys;exec(eval(sys.stdin.readline()))\n")
    check(answer, lambda x: x**3, 2.0, id="05.1")
    (attempt,) = stored(folder)["lessons"]["05"]["05.1"]["attempts"]
    assert attempt["answer"] == answer.__name__


def test_a_wrong_answer_is_noted_with_what_was_said(folder):
    lesson("05")
    verdict = check(-12, lambda x: x**3, 2.0, id="05.1")
    (attempt,) = book().of("05.1")["attempts"]
    assert (attempt["told"], attempt["mistakes"]) == (verdict.message, ["sign"])


def test_three_dots_are_no_attempt(folder):
    lesson("05")
    check(..., lambda x: x**3, 2.0, id="05.1")
    check(lambda x: ..., lambda x: x**3, 2.0, id="05.1")
    assert book().notes() == {}


def test_an_exercise_without_an_id_is_not_noted(folder):
    lesson("05")
    check(12, lambda x: x**3, 2.0)
    assert book().notes() == {}
    with pytest.raises(TypeError, match="id wants a text"):
        check(12, lambda x: x**3, 2.0, id=5)


# ---------------------------------------------------------------------- several kernels


def test_two_kernels_add_to_each_other(folder):
    one, other = Book("05", folder), Book("05", folder)
    one.attempt("05.1", "5", False, "")
    other.attempt("05.1", "6", True, "")
    other.hint("05.1", 1)
    one.attempt("05.2", "7", True, "")
    one.hint("05.1", 1)
    assert tries(one.of("05.1")) == [("5", False), ("6", True)]
    assert one.of("05.1")["hints"] == 1
    assert one.notes() == other.notes()


ANSWERS_MUCH = """
import sys
from pathlib import Path
from widgets.answers import book
from widgets.answers.book import Book
book.PATIENCE = 60  # the machine may be busy
for number in range(20):
    Book("05", Path(sys.argv[1])).attempt("05.1", f"{sys.argv[2]} {number}", False, "")
"""


def started(program, *arguments, **options):
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], cwd=PROJECT, **options)


def test_kernels_that_write_at_the_same_moment_lose_nothing(folder):
    kernels = [started(ANSWERS_MUCH, folder, name) for name in "ab"]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    assert len(Book("05", folder).of("05.1")["attempts"]) == 40
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "05.json"]


HOLDS_THE_LOCK = """
import sys, time
from pathlib import Path
from widgets.answers.book import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(100)
"""


def test_a_kernel_that_dies_leaves_no_lock_behind(folder, monkeypatch, capsys):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    folder.mkdir()
    with started(HOLDS_THE_LOCK, folder, stdout=subprocess.PIPE) as kernel:
        kernel.stdout.readline()
        ours = Book("05", folder)
        ours.attempt("05.1", "5", False, "")
        assert "another kernel is writing" in capsys.readouterr().err
        assert not ours.file.exists()
        kernel.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    ours.attempt("05.1", "6", True, "")
    assert tries(Book("05", folder).of("05.1")) == [("5", False), ("6", True)]


def test_what_was_forgotten_does_not_come_back(folder):
    one, other = Book("05", folder), Book("05", folder)
    one.attempt("05.1", "5", False, "")
    other.attempt("05.2", "6", True, "")
    one.forget()
    assert one.notes() == other.notes() == {}
    other.attempt("05.3", "7", True, "")
    assert list(one.notes()) == ["05.3"]


# ---------------------------------------------------------------------- what goes wrong


def test_a_folder_that_cannot_be_written_is_said_once(folder, capsys):
    folder.write_text("a file of this name")
    lesson("05")
    for answer in "567":
        book().attempt("05.1", answer, False, "")
    assert capsys.readouterr().err.count("cannot be written") == 1
    assert len(book().of("05.1")["attempts"]) == 3
    folder.unlink()
    book().attempt("05.1", "8", True, "")
    assert len(stored(folder)["lessons"]["05"]["05.1"]["attempts"]) == 4


@pytest.mark.parametrize("written_elsewhere", ["a file", "a locked folder"])
def test_what_cannot_be_written_is_kept_while_other_lessons_are_answered(
    folder, monkeypatch, written_elsewhere
):
    if written_elsewhere == "a file":
        folder.write_text("a file of this name")
    else:
        monkeypatch.setattr(module, "PATIENCE", 0.01)
        monkeypatch.setattr(module, "taken", lambda file: False)
    for name in ("06", "05"):
        lesson(name)
        book().attempt(f"{name}.1", "6", True, "right")
    lesson("06")
    assert set(book().notes()) == {"06.1"}
    monkeypatch.setattr(module, "taken", lambda file: True)
    if folder.is_file():
        folder.unlink()
    book().hint("06.1")
    assert stored(folder, "06")["lessons"]["06"]["06.1"]["right_at"] == 1


def test_where_nothing_can_be_forgotten_nothing_is(folder, monkeypatch):
    lesson("05")
    book().attempt("05.1", "6", True, "right")
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    monkeypatch.setattr(module, "taken", lambda file: False)
    book().hint("05.1")
    with pytest.raises(TimeoutError, match=r"writing in .*answers: try again"):
        book().forget()
    assert (book().of("05.1")["right_at"], book().of("05.1")["hints"]) == (1, 1)


def test_half_a_sign_comes_back_as_it_was_entered(folder):
    lesson("05")
    for _ in range(2):
        book().attempt("05.1", "\ud800∂", False, "")
    assert tries(book().of("05.1")) == [("\ud800∂", False)]


LATIN = written({"05": {}}).replace("{}", '{"größe": 1}').encode("latin-1")
DAMAGED = [b"{", b"[]", b'{"version": 3, "lessons": {}}', b'{"version": 2, "lessons": {"05": 1}}', LATIN]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_copy_never_overwrites_what_is_no_book(folder, content):
    folder.mkdir()
    folder.joinpath("mine.json").write_bytes(content)
    with pytest.raises(NoBook, match="is there already, and it is"):
        Book("05").copy(folder / "mine.json")
    assert folder.joinpath("mine.json").read_bytes() == content


@pytest.mark.parametrize("content", DAMAGED)
def test_forgetting_leaves_what_is_no_book(folder, content):
    folder.mkdir()
    folder.joinpath("05.json").write_bytes(content)
    Book("05", folder).forget()
    (aside,) = folder.glob("*.json")
    assert aside.read_bytes() == content


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_kept_aside(folder, content, capsys):
    folder.mkdir()
    folder.joinpath("05.json").write_bytes(content)
    lesson("05")
    assert book().of("05.1")["attempts"] == []
    book().attempt("05.1", "6", True, "")
    assert "It is kept as 05.damaged-" in capsys.readouterr().err
    (aside,) = folder.glob("05.damaged-*.json")
    assert aside.read_bytes() == content
    assert book().of("05.1")["right_at"] == 1


# ---------------------------------------------------------------------- the form


def test_a_book_comes_back_as_it_was_written(folder):
    ours = Book("05", folder)
    ours.attempt("05.quiz.w", ["1", "2"], True, "right")
    ours.hint("05.quiz.w")
    notes = read(ours.file.read_text("utf-8"))
    assert notes == read(written(notes)) == merged(notes, notes)


def test_what_a_newer_version_has_written_is_kept(folder):
    attempt = {"answer": "5", "right": False, "told": "", "mistakes": [], "at": "2026-01-01", "seconds": 7}
    note = {"attempts": [attempt], "hints": 0, "shown": False, "stars": [1]}
    ours = Book("05", folder)
    folder.mkdir()
    ours.file.write_text(json.dumps({"version": 2, "by": "a newer one", "lessons": {"05": {"05.1": note}}}))
    ours.attempt("05.1", "6", True, "right")
    book = json.loads(ours.file.read_text("utf-8"))
    kept = book["lessons"]["05"]["05.1"]
    assert (book["by"], kept["stars"], kept["attempts"][0]["seconds"]) == ("a newer one", [1], 7)
    assert [each["answer"] for each in kept["attempts"]] == ["5", "6"]
    del kept["attempts"][0]["seconds"]  # as an older version has saved it
    assert ours.add(read(json.dumps(book))["05"]).of("05.1")["attempts"][0]["seconds"] == 7


@pytest.mark.parametrize("change, words", [
    ({"hints": -1}, "see '05.1'"),
    ({"shown": 0}, "see '05.1'"),
    ({"attempts": [{}]}, "KeyError"),
    ({"attempts": [{"answer": 5, "right": True, "told": "", "mistakes": [], "at": ""}]}, "unknown form"),
    ({"attempts": [{"answer": "", "right": "yes", "told": "", "mistakes": [], "at": ""}]}, "unknown form"),
])  # fmt: skip
def test_a_note_of_another_form_is_refused(change, words):
    note = {"attempts": [], "hints": 0, "shown": False} | change
    with pytest.raises(NoBook, match=words):
        read(json.dumps({"version": 2, "lessons": {"05": {"05.1": note}}}))


@pytest.mark.parametrize("name", ["../../x", "", "a/b", "x" * 61])
def test_a_lesson_that_would_name_another_place_is_refused(name):
    with pytest.raises(NoBook, match="no lesson can be called"):
        read(json.dumps({"version": 2, "lessons": {name: {}}}))


def test_an_export_from_before_there_were_books_is_read():
    attempt = {"answer": "-14", "right": False, "verdict": "not yet: …", "mistakes": ["sign"]}
    question = {
        "name": "b",
        "asks": "∂y/∂b",
        "attempts": [attempt],
        "hints": 2,
        "shown": False,
        "right": False,
    }
    old = {"version": 1, "engine": "autograd_core", "asked": 1, "answered": 0, "questions": [question]}
    note = read(json.dumps(old))["quiz"]["quiz.b"]
    assert (tries(note), note["hints"], note["attempts"][0]["mistakes"]) == ([("-14", False)], 2, ["sign"])


# ---------------------------------------------------------------------- a filled folder beside the lessons


def test_git_does_not_see_the_answers():
    ignored = subprocess.run(["git", "check-ignore", "notebooks/answers/05.json"], cwd=PROJECT)
    assert ignored.returncode == 0


NOTEBOOK = """
```python
from widgets import book, check, lesson
lesson("05")
book().attempt("05.1", "7", False, "")
len(book().of("05.1")["attempts"])
```
"""


def test_a_lesson_that_is_stored_neither_reads_nor_changes_what_somebody_answered(folder):
    Book("05", folder).attempt("05.1", "6", True, "right")
    before = folder.joinpath("05.json").read_bytes()
    (cell,) = code_cells(run(as_notebook(NOTEBOOK), folder.parent))
    assert cell.outputs[0].data["text/plain"] == "1"
    assert folder.joinpath("05.json").read_bytes() == before


@pytest.mark.exhaustive
def test_nor_does_one_that_is_replayed(folder):
    Book("05", folder).attempt("05.1", "6", True, "right")
    before = folder.joinpath("05.json").read_bytes()
    stored = run(as_notebook(NOTEBOOK), folder.parent)
    write(normalised(stored), folder.parent / "05.ipynb")
    replayed = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "conftest", "-q", folder.parent / "05.ipynb"],
        cwd=PROJECT, capture_output=True, text=True, env=os.environ | {"WIDGETS_ANSWERS": "on"},
    )  # fmt: skip
    assert "1 passed" in replayed.stdout, replayed.stdout
    assert folder.joinpath("05.json").read_bytes() == before
