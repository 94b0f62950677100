"""The lessons beside a notebook, what each of them asks, and how far one has come."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..answers.notes import Notes

ID = re.compile(r"""(?:\bid\s*=\s*|\bPredict\(\s*(?:id\s*=\s*)?)(["'])([^"'\n]+)\1""")
COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
START, MORE = "Start here", "More lessons"
GROUPS = {
    "What is a slope?": ("01", "02"),
    "Tensors remember": ("03", "04", "05"),
    "Look inside": ("06", "07", "08"),
    "Trust and doubt": ("09", "10"),
    "Put to use": ("11", "12", "13"),
}


@dataclass(frozen=True)
class Lesson:
    """A lesson: its number, its title, and the ids of its questions."""

    number: str
    title: str
    asked: tuple[str, ...]

    @property
    def group(self) -> str:
        """The part of the map in which it stands."""
        first = START if self.number == "00" else MORE
        return next((group for group, numbers in GROUPS.items() if self.number in numbers), first)

    def standing(self, notes: Notes) -> dict[str, int]:
        """Return how many questions it asks, how many were answered, and how many of these right at once.

        A question is answered when it was right, or its answer was shown; one of several parts, as a
        quiz is, when each of them is.
        """
        own = notes.get(self.number, {})
        parts = [[note for id, note in own.items() if id == each or id.startswith(f"{each}.")]
                 for each in self.asked]  # fmt: skip
        settled = [all(note["shown"] or note["right_at"] for note in notes) for notes in parts if notes]
        at_once = [all(note["right_at"] == 1 for note in notes) for notes in parts if notes]
        return {"asked": len(parts), "answered": sum(settled), "at_once": sum(at_once)}


def lessons_in(folder: Path) -> list[Lesson]:
    """Return the lessons in a folder, in their order."""
    found = []
    for path in sorted(folder.glob("[0-9][0-9]-*.ipynb")):
        try:
            notebook = json.loads(path.read_text("utf-8"))
            found.append(Lesson(path.name[:2], title_of(notebook, path.stem), tuple(asked_in(notebook))))
        except (OSError, ValueError, KeyError, TypeError):  # half saved, or no notebook
            continue
    return found


def title_of(notebook: dict, otherwise: str) -> str:
    """Return what stands in a lesson's first heading, without its number."""
    for text in texts(notebook, "markdown"):
        if heading := re.search(r"^# (?:\d\d · )?(.+)$", text, re.MULTILINE):
            return heading[1].replace("`", "").strip()
    return otherwise


def asked_in(notebook: dict) -> Iterator[str]:
    """Yield the ids of questions that are written in a notebook's cells, in their order; not in comments.

    >>> cell = {"cell_type": "code", "source": ['Predict("05.a", "?", f)\\n', '# id="05.b"\\n', 'check(1, f, id="05.1")']}
    >>> list(asked_in({"cells": [cell]}))
    ['05.a', '05.1']
    """
    for text in texts(notebook, "code"):
        yield from (id for _, id in ID.findall(COMMENT.sub("", text)))


def texts(notebook: dict, kind: str) -> Iterator[str]:
    """Yield the texts of a notebook's cells of one kind."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == kind:
            yield "".join(cell["source"])
