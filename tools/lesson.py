"""Make a lesson out of a Markdown file.

    python -m tools.lesson my-lesson.md notebooks/20-my-lesson.ipynb

Every block that is fenced as ```python becomes a code cell, what stands between them a text cell.
```python exercise marks a learner's cell, and ```python solution a cell that is folded away.
"""

import re
import sys
from copy import deepcopy
from pathlib import Path

import nbformat

BLOCK = re.compile(r"^```python *(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
METADATA = {
    "": {},
    "exercise": {"tags": ["exercise"]},
    "solution": {"jupyter": {"outputs_hidden": True, "source_hidden": True}, "tags": ["hide-cell"]},
}


def lesson(markdown: str) -> nbformat.NotebookNode:
    """Return the notebook that a Markdown text stands for.

    Raises ValueError for a mark after ```python that is not known.

    >>> notebook = lesson("# Hello\\n\\n```python\\nprint(1)\\n```\\nSeen: 1.\\n")
    >>> [(cell.cell_type, cell.source) for cell in notebook.cells]
    [('markdown', '# Hello'), ('code', 'print(1)'), ('markdown', 'Seen: 1.')]
    """
    cells, end = [], 0
    for block in BLOCK.finditer(markdown):
        cells += text_cells(markdown[end : block.start()])
        cells.append(code_cell(*block.groups()))
        end = block.end()
    return nbformat.v4.new_notebook(cells=numbered([*cells, *text_cells(markdown[end:])]))


def text_cells(text: str) -> list[nbformat.NotebookNode]:
    """Return a text cell, or none if there is no text."""
    return [nbformat.v4.new_markdown_cell(text.strip())] if text.strip() else []


def code_cell(mark: str, code: str) -> nbformat.NotebookNode:
    """Return a code cell with the metadata that its mark stands for."""
    if mark not in METADATA:
        raise ValueError(f"```python {mark}: the mark should be exercise, solution or nothing")
    return nbformat.v4.new_code_cell(code.rstrip("\n"), metadata=deepcopy(METADATA[mark]))


def numbered(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Give each cell its place as its id, so that the same text makes the same notebook."""
    for place, cell in enumerate(cells, 1):
        cell.id = f"cell-{place}"
    return cells


def main(source: str, target: str) -> None:
    """Write the notebook `target`; end the program, with a sentence, if that cannot be done."""
    if not Path(source).is_file():
        sys.exit(f"there is no file {source}: give the Markdown file that the lesson is made of")
    if Path(target).exists():
        sys.exit(f"{target} is there already: choose another name")
    if not Path(target).parent.is_dir():
        sys.exit(f"there is no folder {Path(target).parent}: make it first, or choose another")
    try:
        notebook = lesson(Path(source).read_text(encoding="utf-8"))
    except ValueError as problem:  # a mark that is not known, or text that is not in UTF-8
        sys.exit(f"{source}: {problem}")
    Path(target).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
