"""The generated cells of a lesson: the Binder badge under its title, the bar at its end.

And, in the lesson that has a cell called `map`, the list of all lessons.
"""

import re
from pathlib import Path

import nbformat

from tests.notebooks.lessons import all_lessons, read, title
from tools.links import binder_link

BADGE, BAR, MAP = "binder-badge", "navigation", "map"
PICTURE = "images/binder.svg"  # of our own, so that it is there without a network
ARROWS = {"previous": "← {}", "next": "{} →"}


def with_navigation(notebook: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """Write the badge and the bar of the lesson at `path` anew, in place; return the notebook.

    The bar is made from the titles of the lessons beside it in the folder, and so is the map.
    """
    page = [cell for cell in notebook.cells if cell.get("id") not in (BADGE, BAR)]
    page = [map_cell(path) if cell.get("id") == MAP else cell for cell in page]
    notebook.cells = [page[0], badge_cell(path), *page[1:], bar_cell(path)]
    return notebook


def badge_cell(path: Path) -> nbformat.NotebookNode:
    """Return the cell that opens this lesson on Binder."""
    return generated_cell(BADGE, f"[![Open in Binder]({PICTURE})]({binder_link(path.name)})")


def bar_cell(path: Path) -> nbformat.NotebookNode:
    """Return the cell that leads to the previous and to the next lesson."""
    links = [
        f"[{ARROWS[which].format(title(read(other)))}]({other.name})"
        for which, other in neighbours(path).items()
    ]
    return generated_cell(BAR, "---\n\n" + " &nbsp;|&nbsp; ".join(links))


def map_cell(path: Path) -> nbformat.NotebookNode:
    """Return the cell that leads to every other lesson, with the minutes each takes."""
    others = {other: read(other) for other in all_lessons(path.parent) if other != path}
    lines = [
        f"- [{title(lesson)}]({other.name}), {minutes(lesson)} minutes" for other, lesson in others.items()
    ]
    return generated_cell(MAP, "\n".join(lines))


def minutes(lesson: nbformat.NotebookNode) -> str:
    """Return how many minutes a lesson says that it takes."""
    return re.search(r"([\d–]+) minutes", lesson.cells[0].source)[1]


def neighbours(path: Path) -> dict[str, Path]:
    """Return the lessons before and after the one at `path`, as far as there are any."""
    series = all_lessons(path.parent)
    here = series.index(path)
    beside = {"previous": here - 1, "next": here + 1}
    return {which: series[i] for which, i in beside.items() if 0 <= i < len(series)}


def generated_cell(cell_id: str, text: str) -> nbformat.NotebookNode:
    """Return a Markdown cell that says in its metadata that it is generated."""
    return nbformat.v4.new_markdown_cell(text, id=cell_id, metadata={"tags": ["generated"]})
