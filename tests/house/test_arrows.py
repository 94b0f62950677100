"""Arrows run one way: notebooks -> widgets -> autograd_core -> NumPy, and inside the engine too."""

import ast
import json
import subprocess
import sys

import pytest

from tools.house import arrows, circles
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
    ask = f"import sys, json\n{statement}\nprint(json.dumps([k for k, v in sys.modules.items() if v]))"
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


def test_only_libraries_and_recorders_import_torch():
    files = {str(file) for file, name in imported_by("widgets") if name == "torch"}
    rooms = ("widgets/recorders/", "widgets/libraries/")
    assert {file for file in files if not file.startswith(rooms)} == set()


@pytest.mark.parametrize("package", ["autograd_core", "widgets"])
def test_no_file_has_a_name_that_says_nothing(package):
    nameless = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert {path.name for path in (PROJECT / package).rglob("*.py")} & nameless == set()


# ---------------------------------------------------------------------- inside the engine

# the ground floor first: a file may know those before it
CORE = ["source", "storage", "dtypes", "grad_mode", "printing", "node", "tensor", "operation",
        "engine", "in_place"]  # fmt: skip
BELOW = {f"autograd_core/{name}.py" for name in ("meaning", "overwritten", "printable", "source_text")}
WRITTEN_OUT = 2000  # lines: "read this folder in an evening"


def trees_of(folder):
    """The files of a folder by their paths, each as its syntax tree."""
    paths = sorted((PROJECT / folder).rglob("*.py"))
    return {path.relative_to(PROJECT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
            for path in paths}  # fmt: skip


def test_no_files_import_each_other_in_a_circle():
    """Also by imports inside functions; only the engine's package itself names its parts when asked."""
    graph = {file: others - {file} for file, others in arrows().items()}
    graph["autograd_core/__init__.py"] = frozenset()
    assert circles(graph) == []


def test_in_the_core_no_arrow_points_upwards():
    files = [f"autograd_core/core/{name}.py" for name in CORE]
    graph = {file: {other for other in others if "/errors/" not in other}
             for file, others in arrows().items()}  # fmt: skip
    found = {file for file in graph if file.startswith("autograd_core/core/")}
    assert found - {"autograd_core/core/__init__.py"} == set(files)
    for floor, file in enumerate(files):
        assert graph[file] <= set(files[:floor]) | BELOW, file
    assert not any(graph[file] for file in BELOW)


def test_the_core_is_short_enough_to_be_read_in_an_evening():
    files = [PROJECT / "autograd_core" / "core" / f"{name}.py" for name in CORE]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    assert lines <= WRITTEN_OUT


def test_imports_of_the_core_stand_at_the_top_of_each_file():
    for name, tree in trees_of("autograd_core/core").items():
        kinds = [isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body[1:]]
        assert kinds == sorted(kinds, reverse=True), name
        own = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
        assert all(node in tree.body for node in own), name


def test_errors_are_words_only():
    """They know each other and the user's line, and raise nothing: that is done where it is found."""
    for name, tree in trees_of("autograd_core/errors").items():
        assert not any(isinstance(node, ast.Raise | ast.Try) for node in ast.walk(tree)), name
        known = {other for other in arrows()[name] if "/errors/" not in other}
        assert known <= {"autograd_core/core/source.py", *BELOW}, name


def test_words_are_imported_by_name():
    """So that a misspelt one is found when the module is imported, and by every tool."""
    words = "autograd_core/errors/__init__.py"
    assert [file for file, others in arrows().items() if words in others] == []


# ---------------------------------------------------------------------- among the widgets


# a room may know those after it
ROOMS = (
    ["functions", "libraries"],
    ["recorders", "libraries"],
    ["recorders", "notes"],
    ["notes", "libraries"],
    ["answers", "functions"],
    ["recorders", "mathematics"],
    ["answers", "mathematics"],
    ["libraries", "mathematics"],
    ["diagnosis", "gradient_check"],
    ["diagnosis", "reasons"],
    ["gradient_check", "reasons"],
)


@pytest.mark.parametrize("above, below", ROOMS)
def test_below_nobody_knows_what_is_above(above, below):
    known = {other.split("/")[1] for file, others in arrows().items()
             if file.startswith(f"widgets/{below}/") for other in others}  # fmt: skip
    assert above not in known


def test_a_trace_imports_nothing_of_the_widgets_and_of_the_engine_what_is_printable():
    assert arrows()["widgets/trace.py"] == {"autograd_core/printable.py"}
