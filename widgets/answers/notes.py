"""What was answered, as an answer book holds it: by lesson, and in it by the id of the question.

A file of it is plain JSON::

    {
      "version": 2,
      "lessons": {
        "05": {
          "05.quiz.x": {
            "attempts": [
              {"answer": "2*6", "right": true, "told": "right: 12, within 0.02", "mistakes": [], "at": "2026-…"}
            ],
            "hints": 1,
            "shown": false,
            "right_at": 1
          }
        }
      }
    }

``right`` is null for *I don't know*, ``right_at`` the number of the first right attempt, from 1, or null.
``at`` is when, in UTC, and empty where that is not known. What else stands in it, as a newer version may
have written it, is kept. What a quiz exported before there
were books (version 1) is read too.
"""

import json
import re
from pathlib import Path
from typing import Any

from autograd_core.printable import quoted

VERSION = 2
LARGEST = 20_000_000  # characters: no book is longer
LESSON = re.compile(r"[\w-]{1,60}")  # it names a file
Notes = dict[str, dict[str, dict[str, Any]]]


class NoBook(ValueError):
    """A text is no answer book; the message says why, in one sentence."""


def untouched() -> dict:
    """Return what is noted under an id that nothing was answered to."""
    return {"attempts": [], "hints": 0, "shown": False, "right_at": None}


def together(one: dict, other: dict) -> dict:
    """Return all that two notes on one question say; what both say, once.

    >>> first = {"attempts": [{"answer": "6", "right": True, "at": "2026-01-02"}], "hints": 0, "shown": False}
    >>> other = {"attempts": [{"answer": "5", "right": False, "at": "2026-01-01"}], "hints": 1, "shown": False}
    >>> both = together(first, together(other, first))
    >>> [attempt["answer"] for attempt in both["attempts"]], both["hints"], both["right_at"]
    (['5', '6'], 1, 2)
    """
    own = list(map(moment, one["attempts"]))
    new = [each for each in other["attempts"] if moment(each) not in own]
    attempts = sorted(one["attempts"] + new, key=lambda attempt: attempt["at"])
    return (
        one
        | other
        | {
            "attempts": attempts,
            "hints": max(one["hints"], other["hints"]),
            "shown": one["shown"] or other["shown"],
            "right_at": next((n for n, attempt in enumerate(attempts, 1) if attempt["right"]), None),
        }
    )


def moment(attempt: dict) -> tuple:
    """Return by what two notes of an attempt are known to be of the same one."""
    return attempt["answer"], attempt["right"], attempt["at"]


def merged(one: Notes, other: Notes) -> Notes:
    """Return the notes of two books."""
    return {
        lesson: {
            id: together(one.get(lesson, {}).get(id, untouched()), other.get(lesson, {}).get(id, untouched()))
            for id in one.get(lesson, {}) | other.get(lesson, {})
        }
        for lesson in one | other
    }


def written(notes: Notes, before: str = "{}") -> str:
    """Return notes as the text of a file; what else the text of the same book held before is kept.

    >>> old = '{"version": 2, "lessons": {}, "by": "a newer one"}'
    >>> json.loads(written(read(old), old))["by"]
    'a newer one'
    """
    known = {"version": VERSION, "lessons": notes}
    text = json.dumps(json.loads(before) | known, indent=1, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()  # JSON writes half a sign so, too


def text_of(path: Path) -> str:
    """Return the text of a book's file; raises OSError, and NoBook for what is no text."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise NoBook("it is no text in UTF-8") from None


def read(text: str) -> Notes:
    """Return the notes that the text of a file holds; raises NoBook.

    >>> read(written({"05": {"05.quiz.x": untouched()}}))["05"]["05.quiz.x"]["hints"]
    0
    >>> read("[]")
    Traceback (most recent call last):
    widgets.answers.notes.NoBook: it is JSON, but no answer book
    """
    if len(text) > LARGEST:
        raise NoBook("it is too long for an answer book")
    try:
        content = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as problem:
        raise NoBook(f"it is no JSON, or was cut off or changed: {problem}") from None
    version = content.get("version") if isinstance(content, dict) else None
    try:
        if version == 1 and isinstance(content.get("questions"), list):
            return {"quiz": dict(exported(question) for question in content["questions"])}
        lessons = content.get("lessons") if version else None
        if lessons is None:
            raise NoBook("it is JSON, but no answer book")
        if version != VERSION:
            raise NoBook(f"it is an answer book of version {quoted(version)}: this project reads 1 and 2")
        return {
            named(lesson): {id: note(id, each) for id, each in notes.items()}
            for lesson, notes in lessons.items()
        }
    except (AttributeError, KeyError, TypeError) as problem:
        raise NoBook(f"it is a damaged answer book: {type(problem).__name__}, {problem}") from None


def named(lesson: Any) -> str:
    """Return the name of a lesson, which may be one of a file; raises NoBook."""
    if not (isinstance(lesson, str) and LESSON.fullmatch(lesson)):
        raise NoBook(f"no lesson can be called {quoted(lesson)}")
    return lesson


def note(id: str, given: dict) -> dict:
    """Return a checked copy of the note under an id; raises NoBook."""
    found = given | {
        "attempts": [attempt(each) for each in given["attempts"]],
        "hints": given["hints"],
        "shown": given["shown"],
    }
    if type(found["hints"]) is not int or type(found["shown"]) is not bool or found["hints"] < 0:
        raise NoBook(f"it is a damaged answer book: see {quoted(id)}")
    return together(untouched(), found)


def attempt(given: dict) -> dict:
    """Return a checked copy of an attempt; raises TypeError."""
    answer, right = given["answer"], given["right"]
    texts = [
        *(answer if isinstance(answer, list) else [answer]),
        given["told"],
        given["at"],
        *given["mistakes"],
    ]
    if not (all(isinstance(text, str) for text in texts) and right in (True, False, None)):
        raise TypeError("an attempt of an unknown form")
    return given | {"mistakes": list(given["mistakes"])}


def exported(question: dict) -> tuple[str, dict]:
    """Return id and note of a question in an export of version 1."""
    attempts = [{key: each[key] for key in ("answer", "right", "mistakes")} | {"told": each["verdict"], "at": ""}
                for each in question["attempts"]]  # fmt: skip
    id = f"quiz.{question['name']}"
    return id, note(id, {"attempts": attempts, "hints": question["hints"], "shown": question["shown"]})
