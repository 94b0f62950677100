"""A teacher sees a class at a glance, whatever lies in its folders."""

import subprocess
import sys

import pytest

from tools.links import PROJECT
from widgets.answers.__main__ import LEGEND, class_of, main, told
from widgets.answers.book import Book


@pytest.fixture
def hall(tmp_path):
    """The folders of two learners, as they were handed in, and a loose export."""
    ada, bob = (Book("05", tmp_path / name / "ps1" / "answers") for name in ("ada", "bob"))
    for book in (ada, bob):
        book.folder.mkdir(parents=True)
        book.ask("05.quiz.x", "05.quiz.y")
    ada.attempt("05.quiz.x", "12", True, "right")
    bob.attempt("05.quiz.x", "-12", False, "not yet", ["sign"])
    bob.hint("05.quiz.x")
    bob.attempt("05.quiz.x", "12", True, "right")
    bob.attempt("05.quiz.y", "-3", False, "not yet", ["sign", "double"])
    bob.shown("05.1")
    Book("06").copy(tmp_path / "cleo.json")
    return tmp_path


def test_the_table_tells_at_once_attempts_hints_and_the_commonest_slip(hall):
    learners, problems = class_of([hall])
    assert problems == []
    assert told(learners).split("\n\n")[0].splitlines() == [
        "lesson 05       quiz.x    quiz.y    1       at once  attempts  hints  commonest slip",
        "ada             1         -         -       1 of 2   1         0",
        "bob             2+1h      (1)       shown   0 of 3   3         1      sign (2)",
        "at once         1 of 2    0 of 2    0 of 1  1 of 5",
        "attempts        3         1         0                4",
        "hints           1         0         0                          1",
        "commonest slip  sign (1)  sign (1)                                    sign (2)",
    ]
    assert told(learners).endswith(LEGEND)


@pytest.mark.parametrize("place", ["", "answers", "answers/05.json"])
def test_one_learners_folder_or_file_may_be_named(tmp_path, place):
    Book("05", tmp_path / "dora" / "answers").folder.mkdir(parents=True)
    Book("05").copy(tmp_path / "dora" / "answers" / "05.json")
    assert list(class_of([tmp_path / "dora" / place])[0]) == ["dora"]


@pytest.mark.parametrize("content, words", [
    (b"", "it is no JSON"), (b'{"version": 2, "lessons": {"05"', "it is no JSON, or was cut off"),
    (b'{"cells": []}', "it is JSON, but no answer book"), (b"\xff\xfe\x00", "it is no text in UTF-8"),
    (b'{"version": 9, "lessons": {}}', "version 9: this project reads 1 and 2"),
    (b'{"version": 2, "lessons": {"05": {"05.1": {"attempts": 3, "hints": 0, "shown": false}}}}', "damaged answer book"),
    (b'{"version": 1, "questions": [3]}', "damaged answer book"), (b"[" * 100_000, "it is no JSON"),
])  # fmt: skip
def test_a_file_that_is_no_book_gets_one_sentence_and_the_others_are_read(hall, content, words):
    strange = hall / "ada" / "ps1" / "strange.json"
    strange.write_bytes(content)
    learners, (problem,) = class_of([hall])
    assert problem.startswith(f"{strange}: ") and words in problem and "\n" not in problem
    assert set(learners) == {"ada", "bob", "cleo"} and len(learners["ada"]["05"]) == 2


def test_hidden_folders_are_left_out(hall):
    hidden = hall / "ada" / ".ipynb_checkpoints"
    hidden.mkdir()
    (hidden / "05.json").write_text("{")
    assert class_of([hall])[1] == []


def test_it_is_a_command(hall):
    command = [sys.executable, "-m", "widgets.answers", str(hall), "nowhere"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("lesson 05  ")
    assert done.stderr == "nowhere: there is no such folder\n"


def test_without_a_book_it_says_so(tmp_path):
    with pytest.raises(SystemExit, match="no answer book was found"):
        main([str(tmp_path)])
    with pytest.raises(SystemExit, match="A class at a glance"):
        main([])


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["class", "--help"]])
def test_when_asked_it_tells_what_it_is_for(arguments):
    with pytest.raises(SystemExit, match="A class at a glance"):
        main(arguments)
