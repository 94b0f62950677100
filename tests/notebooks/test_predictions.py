"""A lesson that holds a value back proves as much when it is replayed as one that prints it."""

import os
import subprocess
import sys

import nbformat
import pytest

from tests.notebooks.lessons import write
from tests.notebooks.regenerate import normalised, run
from widgets.predict.widget import HELD_BACK


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_replay_fails_when_the_value_that_is_held_back_has_changed(tmp_path):
    source = 'from widgets import Predict\nPredict("replayed", "What is it?", lambda: 6.01)'
    notebook = normalised(run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), tmp_path))
    (output,) = notebook.cells[0].outputs
    assert HELD_BACK in output.data and "6.01" not in str(output)
    write(notebook, tmp_path / "same.ipynb")
    notebook.cells[0].source = source.replace("6.01", "6.02")
    write(notebook, tmp_path / "changed.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env", tmp_path],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": os.getcwd()}, capture_output=True, text=True,
    )  # fmt: skip
    assert "1 failed, 1 passed" in done.stdout and HELD_BACK in done.stdout, done.stdout
    assert "changed" in done.stdout.partition("short test summary")[2]
