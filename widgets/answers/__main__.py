"""A class at a glance, from the answer books of its learners.

    python -m widgets.answers FOLDER…

Reads every answer book in the folders: ``FOLDER/ada/answers/05.json`` is one of ada's, as is ``FOLDER/ada.json``.
For each learner and question it says in how many attempts it was right, and how many hints were taken; for
each question and each learner how often it was right at once, and which mistake was commonest. A file that is no
answer book is named, and the others are read.
"""

import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from autograd_core.printable import printable

from .book import FOLDER
from .notes import NoBook, Notes, merged, read, text_of

MEASURES = ("at once", "attempts", "hints", "commonest slip")
LEGEND = """\
2      right at the second attempt (1: at once)
(2)    two attempts, and not right yet
shown  the answer was shown
+1h    a hint was taken
-      not answered"""


def class_of(folders) -> tuple[dict[str, Notes], list[str]]:
    """Return what each learner answered, and a sentence on each file that could not be read."""
    learners: dict[str, Notes] = {}
    problems = []
    for folder in map(Path, folders):
        if not folder.exists():
            problems.append(f"{folder}: there is no such folder")
        for path in files_in(folder):
            try:
                notes = read(text_of(path))
            except OSError as problem:
                problems.append(f"{path}: it cannot be read: {problem.strerror}")
            except NoBook as problem:
                problems.append(f"{path}: {problem}")
            else:
                learner = learner_of(path, folder)
                learners[learner] = merged(learners.get(learner, {}), notes)
    return learners, problems


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder that may be books, or the one that it is; hidden ones are left out."""
    if folder.is_file():
        return [folder]
    found = sorted(folder.rglob("*.json"))
    return [
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def learner_of(path: Path, folder: Path) -> str:
    """Return whose book a file is: the first folder within the one that was named, or the file itself.

    >>> learner_of(Path("class/ada/ps1/answers/05.json"), Path("class"))
    'ada'
    >>> learner_of(Path("class/ada/answers/05.json"), Path("class/ada"))
    'ada'
    >>> learner_of(Path("class/ada.json"), Path("class"))
    'ada'
    """
    first, *others = path.relative_to(folder).parts or (path.name,)
    if others and first != FOLDER:
        return first
    place = path.resolve().parent
    return place.parent.name if place.name == FOLDER else path.stem


def told(learners: dict[str, Notes]) -> str:
    """Return the tables of a class, one for each lesson."""
    lessons = sorted({lesson for notes in learners.values() for lesson in notes})
    return "\n\n".join([*(table(lesson, learners) for lesson in lessons), LEGEND])


def table(lesson: str, learners: dict[str, Notes]) -> str:
    """Return a lesson's table: a row for each learner, a column for each question, and what comes of both."""
    rows = {learner: notes[lesson] for learner, notes in learners.items() if lesson in notes}
    asked = list(dict.fromkeys(id for notes in rows.values() for id in notes))
    titles = [id.removeprefix(f"{lesson}.").removeprefix(f"{lesson}-") for id in asked]
    lines = [[f"lesson {lesson}", *titles, *MEASURES]]
    for learner, notes in rows.items():
        lines.append([learner, *(cell(notes.get(id)) for id in asked), *summary(notes.values())])
    columns = [summary([notes[id] for notes in rows.values() if id in notes]) for id in asked]
    everything = summary([note for notes in rows.values() for note in notes.values()])
    for number, measure in enumerate(MEASURES):
        total = [each if measure == other else "" for each, other in zip(everything, MEASURES)]
        lines.append([measure, *(column[number] for column in columns), *total])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines
    )


def cell(note: dict | None) -> str:
    """Say how one question stands: ``2+1h``.

    >>> cell({"attempts": [{}, {}], "right_at": None, "hints": 1, "shown": False})
    '(2)+1h'
    """
    if note is None or not (note["attempts"] or note["shown"] or note["hints"]):
        return "-"
    tries = len(note["attempts"])
    stands = str(note["right_at"]) if note["right_at"] else "shown" if note["shown"] else f"({tries})"
    return stands + (f"+{note['hints']}h" if note["hints"] else "")


def summary(notes: Collection[dict]) -> list[str]:
    """Return the measures of several questions: right at once, attempts, hints, commonest slip with its count."""
    slips = Counter(slip for note in notes for attempt in note["attempts"] for slip in attempt["mistakes"])
    commonest = [f"{slip} ({count})" for slip, count in slips.most_common(1)]
    at_once = sum(note["right_at"] == 1 for note in notes)
    return [f"{at_once} of {len(notes)}", str(sum(len(note["attempts"]) for note in notes)),
            str(sum(note["hints"] for note in notes)), *(commonest or [""])]  # fmt: skip


def main(folders: list[str]) -> None:
    """Print a class, and what could not be read."""
    if not folders or {"-h", "--help"} & set(folders):
        sys.exit(__doc__)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may lack a sign of a learner's name
    learners, problems = class_of(folders)
    if learners:
        print(printable(told(learners), "\n"))
    for problem in problems:
        print(printable(problem), file=sys.stderr)
    if not learners:
        sys.exit("no answer book was found")


if __name__ == "__main__":
    main(sys.argv[1:])
