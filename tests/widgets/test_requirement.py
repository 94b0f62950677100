"""`require`: where a library is missing a lesson says so once, kindly, and is otherwise quiet."""

import ast
import sys

import pytest

from widgets.requirement import SkipCells, require


def kept(cells, library="nowhere_to_be_found"):
    """Return which of the cells, run in turn, are not skipped."""
    skip = SkipCells(library)
    return [cell for cell in cells if skip.visit(ast.parse(cell)).body]


def test_what_is_there_is_said_to_be_there():
    assert require("numpy") and "numpy is here" in repr(require("numpy"))


def test_what_is_missing_comes_with_the_line_that_installs_it():
    missing = require("nowhere_to_be_found")
    assert not missing
    assert "\n    %pip install nowhere_to_be_found\n" in repr(missing)


def test_a_library_that_is_installed_and_broken_counts_as_missing(monkeypatch, tmp_path):
    (tmp_path / "broken_library.py").write_text("raise OSError('libcudart.so: cannot open')")
    monkeypatch.syspath_prepend(tmp_path)
    assert not require("broken_library")


@pytest.mark.parametrize("cell", [
    "import nowhere_to_be_found",
    "import nowhere_to_be_found.nn as nn",
    "from nowhere_to_be_found import tensor",
    "def f():\n    import nowhere_to_be_found",
    "x = nowhere_to_be_found.tensor(1.0)",
])  # fmt: skip
def test_a_cell_that_needs_the_library_is_skipped(cell):
    assert kept([cell]) == []


def test_so_is_a_cell_that_needs_what_a_skipped_one_would_have_made():
    cells = [
        "import nowhere_to_be_found as lib\nfrom math import cos",
        "x = lib.tensor(1.0)",
        "def f(a):\n    return a * x",
        "class Model(lib.Module): pass",
        "print(f(1))",
        "print(cos(0))",
        "Model()",
    ]
    assert kept(cells) == []


def test_other_cells_are_run():
    cells = ["print(1)", "a = 2", "get_ipython().run_line_magic('pip', 'install it')", "a + 1"]
    assert kept(["import nowhere_to_be_found as lib", *cells]) == cells


def test_a_name_that_is_made_anew_is_no_longer_lost():
    cells = ["import nowhere_to_be_found as lib", "import math as lib", "lib.pi"]
    assert kept(cells) == cells[1:]


def test_once_the_library_is_there_every_cell_is_run(monkeypatch):
    skip = SkipCells("comes_later")
    assert not skip.visit(ast.parse("import comes_later")).body
    monkeypatch.setitem(sys.modules, "comes_later", sys)
    assert skip.visit(ast.parse("import comes_later")).body
