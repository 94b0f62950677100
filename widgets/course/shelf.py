"""All answer books beside a notebook: read as one, written from a file, and forgotten."""

from pathlib import Path

from ..answers.book import FOLDER, book_of, books, is_off, locked
from ..answers.notes import LARGEST, NoBook, Notes, merged, read, text_of


class Shelf:
    """The answer books in a lesson's folder; none while the books are switched off.

    Parameters
    ----------
    folder : Path, where the notebooks are
    """

    def __init__(self, folder: Path):
        self.folder = folder.resolve() / FOLDER

    def notes(self) -> Notes:
        """Return what was answered in all lessons; a damaged book holds nothing."""
        found: Notes = {}
        for each in books(self.folder):
            found = merged(found, each.with_unwritten({})) if each.unwritten else found
        for file in self.files():
            try:
                found = merged(found, read(text_of(file)))
            except (OSError, NoBook):
                continue
        return found

    def take(self, text: str) -> str:
        """Add what the text of a book's file holds; say what came of it."""
        if is_off():
            return "The answer books are switched off: WIDGETS_ANSWERS is off."
        if len(text) > LARGEST:
            return "This file cannot be taken in: it is too long for an answer book."
        try:
            given = read(text)
        except NoBook as problem:
            return f"This file cannot be taken in: {problem}."
        taken = [book_of(lesson, self.folder).add(notes) for lesson, notes in given.items()]
        if any(each.unwritten for each in taken):
            return f"This file was read, but nothing can be written to {self.folder}: it is kept while this kernel runs."
        count = sum(map(len, given.values()))
        return f"Taken in: what was answered to {count} question{'s' if count != 1 else ''}."

    def files(self) -> list[Path]:
        """Return the files that may be books; none while these are switched off."""
        return [] if is_off() else sorted(self.folder.glob("*.json"))

    def forget(self) -> str:
        """Forget all answers of all lessons, and leave what is no book; say what came of it."""
        others: list[str] = []
        try:
            for each in books(self.folder):
                each.forget()
            if self.files():
                with locked(self.folder):
                    others = [file.name for file in self.files() if not forgotten(file)]
        except OSError as problem:
            return f"Not everything could be forgotten: {problem.strerror or problem}."
        stays = f" What is no answer book stays: {', '.join(others)}." if others else ""
        return f"Forgotten. What is still shown in an open lesson goes when its cell runs again.{stays}"


def forgotten(file: Path) -> bool:
    """Remove a file if it is an answer book; return whether it is gone."""
    try:
        read(text_of(file))
    except NoBook:
        return False
    file.unlink()
    return True
