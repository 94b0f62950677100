"""The answer book: what a learner answered, in one file beside the notebook.

A lesson names itself in its first code cell, ``lesson("05")``. From then on each answer is noted as it is
given, in ``answers/05.json`` beside the notebook; :mod:`widgets.answers.notes` tells its form. Without that
call, or with ``WIDGETS_ANSWERS=off`` in the environment, answers stay in memory. Nothing leaves the machine.

The file is the truth. A book holds only what is not in it yet, and adds that to whatever the file holds
when it is its turn to write, so two kernels add to each other and what was forgotten stays so.
"""

import os
import re
import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from autograd_core.printable import quoted
from autograd_core.serialization import replace_file

from .notes import LESSON, NoBook, Notes, merged, read, text_of, untouched, written

SWITCH = "WIDGETS_ANSWERS"  # "off": nothing is read or written
FOLDER = "answers"
PATIENCE = 2.0  # seconds to wait for another kernel
PAUSE = 0.02


class Book:
    """What was answered in a lesson.

    Parameters
    ----------
    lesson : str, ``"05"``
    folder : Path, where its file is; None: it stays in memory

    >>> book = Book("05")
    >>> book.attempt("05.1", "5", False, "not yet: it is too small")
    >>> book.attempt("05.1", "6", True, "right: 6")
    >>> book.hint("05.1")
    >>> note = book.of("05.1")
    >>> len(note["attempts"]), note["hints"], note["shown"], note["right_at"]
    (2, 1, False, 2)
    """

    def __init__(self, lesson: str = "lesson", folder: Path | None = None):
        self.lesson, self.folder = lesson, folder
        self.unwritten: dict[str, dict] = {}
        self.said: set[str] = set()

    @property
    def file(self) -> Path | None:
        """The file of this book; None if it stays in memory."""
        return self.folder / f"{self.lesson}.json" if self.folder else None

    def attempt(
        self, id: str, answer: str | list[str], right: bool | None, told: str, mistakes: Iterable[str] = ()
    ) -> None:
        """Note an attempt; the same as the one before, as when a cell runs again, is none.

        Parameters
        ----------
        id : str, of the question
        answer : str, what was entered; for a tensor a list, with a text for each element
        right : bool, or None for *I don't know*
        told : str, what was said to it
        mistakes : the kinds of mistake that were named
        """
        last = self.of(id)["attempts"][-1:]
        if [(each["answer"], each["right"]) for each in last] != [(answer, right)]:
            made = {"answer": answer, "right": right, "told": told, "mistakes": list(mistakes), "at": now()}
            self.change(id, attempts=[made])

    def hint(self, id: str, number: int | None = None) -> None:
        """Note that a hint was taken: the one of that number, from 1, or one more."""
        self.change(id, hints=number or self.of(id)["hints"] + 1)

    def shown(self, id: str) -> None:
        """Note that the answer was shown."""
        self.change(id, shown=True)

    def ask(self, *ids: str) -> None:
        """Note that these are asked together; it is written with the next answer."""
        self.unwritten |= {id: self.unwritten.get(id, untouched()) for id in ids}

    def of(self, id: str) -> dict:
        """Return what is noted under an id: attempts, hints, shown, right_at."""
        return self.notes().get(id, untouched())

    def notes(self) -> dict[str, dict]:
        """Return what is noted under each id."""
        return self.with_unwritten(self.in_file()).get(self.lesson, {})

    def forget(self) -> None:
        """Forget all answers of this lesson, in memory and on disk; a file that is no book is kept aside.

        Raises OSError, and forgets nothing, where the file cannot be removed.
        """
        if self.folder and self.file and self.file.exists():
            with locked(self.folder):
                self.put_damaged_aside(self.file)
                self.file.unlink(missing_ok=True)
        self.unwritten = {}

    # ------------------------------------------------------------------ the file

    def copy(self, path) -> Path:
        """Write a copy, added to what a book there holds; return its path.

        Raises OSError where it cannot be written, ValueError where something else is there.
        """
        path, notes = Path(path), {self.lesson: self.notes()}
        if path.is_file():
            try:
                notes = merged(read(text_of(path)), notes)
            except NoBook as problem:
                raise NoBook(f"{path} is there already, and {problem}") from None
        replace_file(path, written(notes).encode())
        return path

    def change(self, id: str, **changes) -> None:
        """Add to the note under an id, and write the book."""
        self.add({id: untouched() | changes})

    def add(self, notes: dict[str, dict]) -> "Book":
        """Add notes, and write the book; return it."""
        (self.unwritten,) = merged({"": self.unwritten}, {"": notes}).values()
        self.write()
        return self

    def with_unwritten(self, notes: Notes) -> Notes:
        return merged(notes, {self.lesson: self.unwritten})

    def in_file(self) -> Notes:
        """Return what the file holds; what cannot be read holds nothing, and is not overwritten."""
        try:
            return read(text_of(self.file)) if self.file else {}
        except (OSError, NoBook):
            return {}

    def write(self) -> None:
        """Add to the file what is not in it yet; what cannot be written is kept, and that is said once."""
        if not (self.folder and self.file):
            return
        try:
            self.folder.mkdir(exist_ok=True)
            with locked(self.folder):
                notes = self.put_damaged_aside(self.file)
                before = text_of(self.file) if notes else "{}"
                replace_file(self.file, written(self.with_unwritten(notes), before).encode())
            self.unwritten = {}
        except OSError as problem:
            self.say(f"Your answers cannot be written to {self.file} ({problem.strerror or problem}). "
                     "They are kept while this kernel runs; make the folder writable to keep them longer.")  # fmt: skip

    def put_damaged_aside(self, file: Path) -> Notes:
        """Return what a file holds; one that is no book is renamed, so that nothing in it is lost."""
        try:
            return read(text_of(file)) if file.exists() else {}
        except NoBook as problem:
            aside = file.with_name(f"{file.stem}.damaged-{re.sub('[^0-9]', '', now())}.json")
            file.rename(aside)
            self.say(
                f"{file} cannot be read: {problem}. It is kept as {aside.name}, and a new book was begun."
            )
            return {}

    def say(self, sentence: str) -> None:
        """Tell the learner something, once."""
        if sentence not in self.said:
            self.said.add(sentence)
            print(sentence, file=sys.stderr)


_book = Book()
_books: dict[tuple[str, Path | None], Book] = {}


def book() -> Book:
    """Return the answer book that is written in now.

    >>> book().of("no.such.question")["attempts"]
    []
    """
    return _book


def lesson(name: str) -> None:
    """Say which lesson this is: what is answered from here on goes into ``answers/<name>.json``.

    A lesson calls it in its first code cell, since a kernel does not know its notebook's name. The folder
    is made beside the notebook when something is answered.

    Raises ValueError for a name that no file can have.

    >>> lesson("05")
    >>> book().lesson
    '05'
    """
    global _book
    if not (isinstance(name, str) and LESSON.fullmatch(name)):
        raise ValueError(f'lesson wants a short name, such as lesson("05"), not {quoted(name)}')
    folder = None if is_off() else Path.cwd() / FOLDER
    _book = book_of(name, folder)


def book_of(lesson: str, folder: Path | None) -> Book:
    """Return the book of a lesson in a folder: the same one each time, with what is not written yet."""
    return _books.setdefault((lesson, folder), Book(lesson, folder))


def books(folder: Path) -> list[Book]:
    """Return this kernel's books in a folder, and those in memory; while switched off, only these."""
    own = dict.fromkeys([_book, *_books.values()])
    return [each for each in own if each.folder in (None, None if is_off() else folder)]


def is_off() -> bool:
    """Whether no answers are to be read or written."""
    return os.environ.get(SWITCH) == "off"


def now() -> str:
    """Return the time, in UTC."""
    return datetime.now(UTC).isoformat()


# ---------------------------------------------------------------------- one at a time


@contextmanager
def locked(folder: Path):
    """Let one kernel at a time write in a folder.

    The system holds the lock for whoever has the file open, so it goes with a kernel that dies.
    Raises TimeoutError, an OSError, if another holds it for long.
    """
    with open(folder / ".lock", "a") as file:
        end = time.monotonic() + PATIENCE
        while not taken(file):
            if time.monotonic() > end:
                raise TimeoutError(f"another kernel is writing in {folder}: try again in a moment")
            time.sleep(PAUSE)
        yield


def taken(file) -> bool:
    """Whether the lock on an open file is ours now; where the system has no locks, it is."""
    try:
        lock(file)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return True
    return True


try:
    import fcntl

    def lock(file) -> None:
        """Lock an open file; raises BlockingIOError if another has."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

except ImportError:  # Windows
    import msvcrt

    def lock(file) -> None:
        """Lock an open file; raises PermissionError if another has."""
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
