"""The lessons of the series: the notebooks whose names begin with a number, in that order."""

import re
from pathlib import Path

import nbformat

from tests.missing import need

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


def all_lessons(folder: Path = FOLDER) -> list[Path]:
    """Return the paths of all lessons, first to last."""
    return sorted(folder.glob("[0-9][0-9]-*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """Read one lesson in the current notebook format."""
    return nbformat.read(path, as_version=4)


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a lesson: the same notebook gives the same bytes on every machine."""
    path.write_bytes((nbformat.writes(notebook) + "\n").encode())


def title(notebook: nbformat.NotebookNode) -> str:
    """Return the lesson's title, the first line of its first cell, with its number.

    >>> title(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 01 · Nudge")]))
    '01 · Nudge'
    """
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ").strip()


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the Markdown cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def libraries(notebook: nbformat.NotebookNode) -> set[str]:
    """Return the names of the libraries without which the lesson has nothing to show.

    >>> cell = nbformat.v4.new_code_cell('require("torch")')
    >>> libraries(nbformat.v4.new_notebook(cells=[cell]))
    {'torch'}
    """
    sources = "\n".join(cell.source for cell in code_cells(notebook))
    return set(re.findall(r"^require\(\"(\w+)\"\)", sources, re.MULTILINE))


def need_libraries(notebook: nbformat.NotebookNode) -> None:
    """Do not test what the lesson shows where a library that it needs is missing."""
    for library in sorted(libraries(notebook)):
        need(library)
