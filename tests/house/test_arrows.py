"""Arrows run one way: notebooks -> widgets -> autograd_core -> NumPy."""

import ast
import json
import subprocess
import sys

import pytest

from tools.links import PROJECT

# What the engine may never reach: the packages above it, and the heavy ones beside it.
WATCHED = {"widgets", "torch", "tests", "tools", "IPython", "ipywidgets", "anywidget", "graphviz"}


def imported_by(package):
    """Yield (file, top-level package) of every absolute import written in `package`."""
    for path in sorted((PROJECT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                continue
            yield from ((path.relative_to(PROJECT), name.partition(".")[0]) for name in names)


def loaded_by(statement):
    """Return the top-level packages that a fresh Python has loaded after `statement`."""
    ask = f"import sys, json\n{statement}\nprint(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_the_engine_imports_numpy_and_the_standard_library_only():
    allowed = {"autograd_core", "numpy", *sys.stdlib_module_names}
    others = [(file, name) for file, name in imported_by("autograd_core") if name not in allowed]
    assert others == []


def test_importing_the_engine_loads_nothing_else():
    assert loaded_by("import autograd_core") & WATCHED == set()


def test_widgets_import_no_notebook_and_no_test():
    above = {"notebooks", "tests", "tools"}
    assert [(file, name) for file, name in imported_by("widgets") if name in above] == []


def test_importing_the_widgets_does_not_load_torch():
    loaded = loaded_by("import widgets")
    assert "torch" not in loaded
    assert "tensorboard" not in loaded


def test_only_recorders_and_what_runs_functions_import_torch():
    files = {str(file) for file, name in imported_by("widgets") if name == "torch"}
    rooms = ("widgets/recorders/", "widgets/functions/")
    assert {file for file in files if not file.startswith(rooms)} == set()


@pytest.mark.parametrize("package", ["autograd_core", "widgets"])
def test_no_file_has_a_name_that_says_nothing(package):
    nameless = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert {path.name for path in (PROJECT / package).rglob("*.py")} & nameless == set()
