"""The map says how far one has come, and what is stored of it is empty."""

import json

import pytest

from tests.notebooks.regenerate import run
from tests.widgets.test_answer_book import folder  # noqa: F401, a fixture
from tools.lesson import lesson as as_notebook
from widgets import book, lesson, progress
from widgets.answers import book as module
from widgets.answers.book import Book
from widgets.answers.notes import read, written

CELLS = {
    "01-nudge": [
        "# 01 · Nudge a `parameter`",
        'lesson("01")',
        'Predict("01.a", "?", f)',
        'check(1, f, id="01.1")',
    ],
    "03-tensors": ["# 03 · Tensors", "GradientQuiz(y, id='03.quiz')"],
    "20-mine": ["# 20 · My own", "print(1)"],
}


@pytest.fixture
def course(folder):  # noqa: F811
    """A folder with three lessons, and a broken file that looks like one."""
    for name, (title, *codes) in CELLS.items():
        cells = [{"cell_type": "markdown", "source": title}] + [
            {"cell_type": "code", "source": [each]} for each in codes
        ]
        folder.with_name(f"{name}.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    folder.with_name("07-broken.ipynb").write_text("{")
    return folder


def asked(widget, **message):
    """What the live view is told when it asks."""
    told = []
    widget.send = told.append
    widget._handle_custom_msg(message, [])
    return told[0]


def test_an_untouched_course_is_an_empty_map(course):
    assert progress().text().splitlines() == [
        "Nothing answered yet.", "", "What is a slope?", "  01 Nudge a parameter", "",
        "Tensors remember", "  03 Tensors", "", "More lessons", "  20 My own",
    ]  # fmt: skip


def test_what_is_answered_shows_with_a_tick_when_all_is(course):
    widget = progress()
    lesson("01")
    book().attempt("01.a", "6", True, "")
    book().attempt("01.1", "5", False, "")
    counts = {"asked": 2, "answered": 1, "at_once": 1}
    assert asked(widget)["lessons"]["01"] == counts | {
        "said": "1 of 2 answered, 1 right at once",
        "done": False,
    }
    book().attempt("01.1", "6", True, "")
    assert asked(widget) == {
        "lessons": {"01": counts | {"answered": 2, "said": "2 of 2 answered, 1 right at once", "done": True},
                    "03": {"asked": 1, "answered": 0, "at_once": 0, "said": "", "done": False},
                    "20": {"asked": 0, "answered": 0, "at_once": 0, "said": "", "done": False}},
        "said": "2 answered, 1 right at once; lessons done: 1 of 3.",
    }  # fmt: skip
    assert "✓ 01 Nudge a parameter: 2 of 2 answered" in widget.text() and "✓" in widget.svg()


def test_a_quiz_is_answered_when_each_of_its_gradients_is(course):
    ours = Book("03", course)
    ours.ask("03.quiz.x", "03.quiz.y")
    ours.attempt("03.quiz.x", "6", True, "")
    assert asked(progress())["lessons"]["03"]["said"] == ""
    ours.shown("03.quiz.y")
    assert asked(progress())["lessons"]["03"]["said"] == "1 of 1 answered, 0 right at once"


def test_the_stored_map_is_the_empty_one(course):
    before = progress().stored()
    Book("01", course).attempt("01.a", "6", True, "")
    assert progress().stored() == before
    assert "1 of 2" in progress().text()


def test_a_stored_notebook_has_the_empty_map_whatever_lies_there(course):
    Book("01", course).attempt("01.a", "6", True, "")
    notebook = run(as_notebook("```python\nfrom widgets import progress\nprogress()\n```"), course.parent)
    assert notebook.cells[0].outputs[0].data["text/plain"].startswith("Nothing answered yet.")


def test_all_books_are_saved_as_one_and_taken_in_again(course):
    for name in ("01", "03"):
        Book(name, course).attempt(f"{name}.a", "6", True, "")
    saved = asked(progress(), do="save")["file"]
    assert set(read(saved)) == {"01", "03"}
    assert asked(progress(), do="forget")["said"].startswith("Forgotten.")
    assert not list(course.glob("*.json")) and progress().text().startswith("Nothing answered yet.")
    lesson("03")
    book().attempt("03.b", "1", True, "")
    assert asked(progress(), do="take", text=saved)["said"] == "Taken in: what was answered to 2 questions."
    assert set(book().notes()) == {"03.a", "03.b"} and set(Book("01", course).notes()) == {"01.a"}


@pytest.mark.parametrize("mine", [b'{"thesis": 1}', b"[]", b"{", "größe".encode("latin-1")])
def test_forgetting_leaves_a_file_that_is_no_book(course, mine):
    Book("01", course).attempt("01.a", "6", True, "")
    course.joinpath("mydata.json").write_bytes(mine)
    assert asked(progress(), do="forget")["said"].endswith("What is no answer book stays: mydata.json.")
    assert [(file.name, file.read_bytes()) for file in course.glob("*.json")] == [("mydata.json", mine)]


def test_where_another_kernel_writes_nothing_is_forgotten(course, monkeypatch):
    lesson("01")
    book().attempt("01.a", "6", True, "")
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    monkeypatch.setattr(module, "taken", lambda file: False)
    told = asked(progress(), do="forget")
    assert "Not everything could be forgotten: another kernel is writing" in told["said"]
    assert told["lessons"]["01"]["said"] == "1 of 2 answered, 1 right at once"


@pytest.mark.parametrize("text, words", [
    ("{", "cannot be taken in: it is no JSON"),
    (written({"../x": {}}), "no lesson can be called '../x'"),
    ('{"version": 2, "lessons": {"01": {"01.a": 3}}}', "damaged answer book"),
])  # fmt: skip
def test_what_is_no_book_is_not_taken_in(course, text, words):
    assert words in asked(progress(), do="take", text=text)["said"]
    assert not course.exists()


def test_what_cannot_be_written_is_said(course, capsys):
    course.write_text("a file of this name")
    text = written({"01": {"01.a": Book().of("01.a") | {"shown": True}}})
    told = asked(progress(), do="take", text=text)
    assert "nothing can be written" in told["said"]
    assert told["lessons"]["01"]["said"] == "1 of 2 answered, 0 right at once"


def test_switched_off_nothing_is_taken_in_or_forgotten(course, monkeypatch):
    Book("01", course).attempt("01.a", "6", True, "")
    monkeypatch.setenv("WIDGETS_ANSWERS", "off")
    assert progress().text().startswith("Nothing answered yet.")
    assert "switched off" in asked(progress(), do="take", text=written({}))["said"]
    asked(progress(), do="forget")
    assert len(Book("01", course).notes()) == 1


@pytest.mark.parametrize("message", [None, {}, {"do": "take"}, {"do": "take", "text": 3}, {"do": ["x"]}])
def test_a_message_of_another_form_does_nothing(course, message):
    told = []
    widget = progress()
    widget.send = told.append
    widget._handle_custom_msg(message, [])
    assert told[0]["said"] == "Nothing answered yet."
