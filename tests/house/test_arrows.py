"""Arrows run one way: notebooks -> widgets -> autograd_core -> NumPy, and inside the engine too."""

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


# ---------------------------------------------------------------------- inside the engine

# the ground floor first: a file may know those before it
CORE = ["source", "storage", "dtypes", "grad_mode", "printing", "node", "tensor", "operation",
        "engine", "in_place"]  # fmt: skip
BELOW = {f"autograd_core.{name}" for name in ("overwritten", "printable", "source_text")}
WRITTEN_OUT = 2000  # lines: "read this folder in an evening"


def modules_of(package):
    """The modules of a package by their dotted names, each as its syntax tree."""
    trees = {}
    for path in sorted((PROJECT / package).rglob("*.py")):
        name = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        trees[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
        trees[name].package = name if path.stem == "__init__" else name.rpartition(".")[0]
    return trees


def arrows(trees, everywhere=True):
    """For each module those it imports; without ``everywhere`` only when it is itself imported."""
    found = {name: set() for name in trees}
    for name, tree in trees.items():
        for node in ast.walk(tree) if everywhere else tree.body:
            if isinstance(node, ast.ImportFrom):
                parts = tree.package.split(".")[: -(node.level - 1) or None] if node.level else []
                origin = ".".join([*parts, *filter(None, [node.module])])
                asked = [f"{origin}.{alias.name}" for alias in node.names]
                found[name] |= {each if each in trees else origin for each in asked}
            elif isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names}
        found[name] &= trees.keys() - {name}
    return found


def circle_in(graph):
    """Modules that import each other in a circle, in order; empty where there is none."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        path.append(name)
        found = next(filter(None, map(visit, sorted(graph[name]))), [])
        path.pop()
        done.add(name)
        return found

    return next(filter(None, map(visit, sorted(graph))), [])


def test_no_modules_of_the_engine_import_each_other_in_a_circle():
    """Also by imports inside functions; only the package itself may name its parts when asked."""
    graph = arrows(modules_of("autograd_core"))
    graph["autograd_core"] = arrows(modules_of("autograd_core"), everywhere=False)["autograd_core"]
    assert circle_in(graph) == []


def test_a_circle_would_be_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]


def test_in_the_core_no_arrow_points_upwards():
    names = [f"autograd_core.core.{name}" for name in CORE]
    graph = arrows(modules_of("autograd_core"))
    assert {name for name in graph if name.startswith("autograd_core.core.")} == set(names)
    for floor, name in enumerate(names):
        known = {other for other in graph[name] if not other.startswith("autograd_core.errors")}
        assert known <= set(names[:floor]) | BELOW, name
    assert not any(graph[name] for name in BELOW)


def test_the_core_is_short_enough_to_be_read_in_an_evening():
    files = [PROJECT / "autograd_core" / "core" / f"{name}.py" for name in CORE]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    assert lines <= WRITTEN_OUT


def test_imports_of_the_core_stand_at_the_top_of_each_file():
    for name, tree in modules_of("autograd_core/core").items():
        kinds = [isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body[1:]]
        assert kinds == sorted(kinds, reverse=True), name
        own = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
        assert all(node in tree.body for node in own), name


def test_errors_are_words_only():
    """They know each other and the user's line, and raise nothing: that is done where it is found."""
    for name, tree in modules_of("autograd_core/errors").items():
        assert not any(isinstance(node, ast.Raise | ast.Try) for node in ast.walk(tree)), name
    graph = arrows(modules_of("autograd_core"))
    for name in graph:
        if name.startswith("autograd_core.errors"):
            known = {other for other in graph[name] if not other.startswith("autograd_core.errors")}
            assert known <= {"autograd_core.core.source", *BELOW}, name


def test_words_are_imported_by_name():
    """So that a misspelt one is found when the module is imported, and by every tool."""
    graph = arrows(modules_of("autograd_core"))
    assert [name for name in graph if "autograd_core.errors" in graph[name]] == []
