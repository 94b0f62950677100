"""Run the lessons and store what they show, so that the same code gives the same bytes.

    python -m tests.notebooks.regenerate              # all lessons
    python -m tests.notebooks.regenerate 03 05        # those whose names begin so

Each lesson is run from top to bottom in a fresh kernel. What differs from run to run or from
machine to machine is left out: timing, progress bars, widget views (their pictures and texts stay), versions,
addresses of temporary files. Of a cell with the tag nbval-ignore-output nothing is stored.
"""

import hashlib
import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.notebooks.kernels import AsyncKernel
from tests.notebooks.lessons import all_lessons, code_cells, read, tags, write
from tests.notebooks.navigation import with_navigation
from tests.notebooks.progress import without_progress_bars
from tests.notebooks.sanitise import without_kernel_files

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What JupyterLab writes as well, but for the version: our extension keeps that out.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
# The ids that Jupyter gives to cells: eight hexadecimal digits, or a whole UUID.
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?")
TIMEOUT = 300  # seconds for one cell


def regenerated(path: Path) -> nbformat.NotebookNode:
    """Return the lesson at `path`, run anew and brought into its stored form."""
    notebook = with_navigation(read(path), path)
    return normalised(run(notebook, path.parent))


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel that works in `folder`."""
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name=KERNEL["name"],
        kernel_manager_class=AsyncKernel,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with without_progress_bars():
        return client.execute(env=os.environ | {"WIDGETS_ANSWERS": "off"})  # nobody's answers


def normalised(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep of a notebook that was run what is the same on every machine, in place; return it."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    for number, cell in enumerate(notebook.cells):
        cell.id = stable_id(cell, number)
        cell.metadata.pop("execution", None)
        for part in ("ExecuteTime", "collapsed", "trusted"):
            cell.metadata.pop(part, None)
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            cell.metadata.collapsed = True  # JupyterLab's second word for it, which it would add
    for cell in code_cells(notebook):
        kept = (
            [] if "nbval-ignore-output" in tags(cell) else cell.outputs
        )  # that is true of this machine only
        cell.outputs = [normalised_output(output) for output in kept]
    return notebook


def stable_id(cell: nbformat.NotebookNode, number: int) -> str:
    """Return the cell's id; in place of one drawn at random, one made from its text."""
    if RANDOM_ID.fullmatch(cell.get("id", "0" * 8)):
        return "cell-" + hashlib.sha256(f"{number} {cell.source}".encode()).hexdigest()[:8]
    return cell.id


def normalised_output(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep of one output what is the same on every machine, in place; return it."""
    if output.output_type == "stream":
        output.text = without_kernel_files(output.text)
    elif output.output_type == "error":
        # The frames name files of this machine. A learner who runs the cell sees them all.
        output.evalue = without_kernel_files(output.evalue)
        output.traceback = [f"{output.ename}: {output.evalue}"]
    else:
        output.data.pop(WIDGET_VIEW, None)
    return output


def main(prefixes: list[str]) -> None:
    """Regenerate the lessons whose names begin with one of `prefixes`, or all."""
    for path in all_lessons():
        if not prefixes or path.name.startswith(tuple(prefixes)):
            print(path.name, flush=True)
            write(regenerated(path), path)


if __name__ == "__main__":
    main(sys.argv[1:])
