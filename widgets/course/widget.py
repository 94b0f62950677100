"""The map of the lessons, with a tick for each that was answered; here books are saved and taken in."""

import html
import textwrap
from pathlib import Path

from ..answers.notes import written
from ..base import Widget, picture
from ..drawing.graph_picture import ACCENT, ACCENT_GROUND, LETTERS, MUTED
from .lessons import GROUPS, MORE, START, lessons_in
from .shelf import Shelf

ACROSS, WIDTH, LINE_HEIGHT, GAP = 3, 364, 42, 16  # boxes in a row, their pixels
LONGEST = 40  # signs of a line in a box
NOTHING = {"asked": 0, "answered": 0, "at_once": 0}
EMPTY = "Nothing answered yet."


class Progress(Widget, module="progress"):
    """Shows of each lesson how many questions were answered, and how many of them right at once.

    It reads the lessons and the answer books that lie beside the notebook, and follows while they are
    answered. Three buttons save all books as one file, take such a file in, and forget everything. What a
    notebook stores of it is the empty map.

    >>> progress = Progress()
    >>> print(progress.describe())
    Nothing answered yet.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        folder = Path(folder) if folder else Path.cwd()
        self.shelf, self.lessons = Shelf(folder), lessons_in(folder)
        self.seen: dict[str, dict[str, int]] = {}
        found = {
            group: [each for each in self.lessons if each.group == group] for group in (START, *GROUPS, MORE)
        }
        self.groups = {group: lessons for group, lessons in found.items() if lessons}
        super().__init__({"groups": [
            {"name": group, "lessons": [{"number": each.number, "title": each.title} for each in lessons]}
            for group, lessons in self.groups.items()
        ]})  # fmt: skip
        self._empty = super().stored()
        self.look()

    def look(self) -> None:
        """Read the answer books again."""
        notes = self.shelf.notes()
        self.seen = {each.number: each.standing(notes) for each in self.lessons}

    def stored(self):
        """Return what a notebook keeps: the map on which nothing was answered."""
        return self._empty

    # ------------------------------------------------------------------ what the view asks for

    def standing(self, said: str = "", **more) -> dict:
        """Return what the live view shows: of each lesson the counts, the words for them, and whether it is done."""
        self.look()
        lessons = {number: own | {"said": self.said(number), "done": self.is_done(number)}
                   for number, own in self.seen.items()}  # fmt: skip
        return {"lessons": lessons, "said": said or self.describe(), **more}

    def _handle_custom_msg(self, content, buffers):
        """Do what the learner did in a view, which anybody may pretend to be."""
        does = content.get("do") if isinstance(content, dict) else None
        if does == "save":
            self.send(self.standing(file=written(self.shelf.notes())))
        elif does == "take" and isinstance(content.get("text"), str):
            self.send(self.standing(self.shelf.take(content["text"])))
        elif does == "forget":
            self.send(self.standing(self.shelf.forget()))
        else:
            self.send(self.standing())

    def page_state(self) -> dict:
        """Return what a page without a kernel shows: how it stands now."""
        return super().page_state() | {"standing": self.standing()}

    # ------------------------------------------------------------------ what is to be told

    def is_done(self, number: str) -> bool:
        """Whether all that a lesson asks was answered."""
        own = self.seen.get(number, NOTHING)
        return 0 < own["asked"] == own["answered"]

    def said(self, number: str) -> str:
        """Say how far one has come in a lesson; ``""`` if nothing was answered."""
        own = self.seen.get(number, NOTHING)
        return (
            "{answered} of {asked} answered, {at_once} right at once".format(**own) if own["answered"] else ""
        )

    def describe(self) -> str:
        """Return how many questions were answered in all, as the status line says it."""
        answered, at_once = (sum(own[key] for own in self.seen.values()) for key in ("answered", "at_once"))
        done = sum(map(self.is_done, self.seen))
        return (
            f"{answered} answered, {at_once} right at once; lessons done: {done} of {len(self.seen)}."
            if answered
            else EMPTY
        )

    def text(self) -> str:
        """Return the map as text: the lessons by groups, and how far one has come in each."""
        lines = [EMPTY if not self.seen else self.describe()]
        for group, lessons in self.groups.items():
            lines += ["", group]
            for each in lessons:
                said = self.said(each.number)
                mark = "✓" if self.is_done(each.number) else " "
                lines.append(f"{mark} {each.number} {each.title}{': ' + said if said else ''}")
        return "\n".join(lines)

    def svg(self) -> str:
        """Return the map as an SVG document."""
        boxes, top = [], GAP
        groups = list(self.groups.items())
        for row in (groups[i : i + ACROSS] for i in range(0, len(groups), ACROSS)):
            height = 40 + LINE_HEIGHT * max(len(lessons) for _, lessons in row)
            for i, (group, lessons) in enumerate(row):
                boxes.append(self.box(GAP + i * (WIDTH + GAP), top, height, group, lessons))
            top += height + GAP
        body = f"<g {LETTERS}>{''.join(boxes)}</g>"
        return picture("Map of the lessons", self.describe(), GAP + ACROSS * (WIDTH + GAP), top, body)

    def box(self, left: int, top: int, height: int, group: str, lessons: list) -> str:
        """Return one group of lessons as SVG markup."""
        drawn = [f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{height}" rx="8" fill="{ACCENT_GROUND}" stroke="{ACCENT}"/>'
                 f'<text x="{left + 16}" y="{top + 28}" font-weight="bold">{html.escape(group)}</text>']  # fmt: skip
        for i, each in enumerate(lessons):
            y = top + 54 + LINE_HEIGHT * i
            mark = "✓" if self.is_done(each.number) else ""
            line = textwrap.shorten(f"{each.number} {each.title}", LONGEST, placeholder=" …")
            drawn.append(f'<text x="{left + 14}" y="{y}">{mark}</text>'
                         f'<text x="{left + 30}" y="{y}">{html.escape(line)}</text>'
                         f'<text x="{left + 30}" y="{y + 17}" fill="{MUTED}">{self.said(each.number)}</text>')  # fmt: skip
        return "".join(drawn)


def progress(folder: str | Path | None = None) -> Progress:
    """Return the map of the lessons in a folder, with what was answered so far.

    Parameters
    ----------
    folder : where the lessons are; beside this notebook, if it is left out

    >>> progress()
    <Progress: Nothing answered yet.>
    """
    return Progress(folder)
