"""Which file imports which: the arrows of the house, read from the imports themselves.

The picture in docs/architecture.md is drawn from this, and the test of arrows asks it.
Imports inside functions count like those at the top of a file.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tools.links import PROJECT

PACKAGES = ("autograd_core", "widgets")


@cache
def arrows(root: Path = PROJECT) -> dict[str, frozenset[str]]:
    """Return for each file of the packages the files that it imports, as paths below ``root``.

    >>> "autograd_core/core/dtypes.py" in arrows()["autograd_core/creation.py"]
    True
    """
    files = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    modules = {_module(path.relative_to(root)): path for path in files}
    return {
        path.relative_to(root).as_posix(): frozenset(
            modules[name].relative_to(root).as_posix()
            for name in _imported(path, _module(path.relative_to(root)), modules)
            if modules[name] != path
        )
        for path in files
    }


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, module: str, modules: dict) -> Iterator[str]:
    """Yield the modules of the house that a file's import statements name."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "import_module":
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and each.value in modules
            )
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*above, *filter(None, [node.module])]) if node.level else node.module
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                if inner in modules or base in modules:
                    yield inner if inner in modules else base


def circles(graph: dict[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other, each sorted; ``[]`` where none do.

    >>> circles({"a": ["b"], "b": ["c"], "c": ["b"], "d": []})
    [['b', 'c']]
    """
    reach = {node: _reached(graph, node) for node in graph}
    groups = {
        tuple(sorted(other for other in reach[node] if node in reach[other]))
        for node in graph
        if node in reach[node]
    }
    return sorted(map(list, groups))


def _reached(graph, start) -> set:
    found, waiting = set(), [start]
    while waiting:
        for following in graph[waiting.pop()]:
            if following not in found:
                found.add(following)
                waiting.append(following)
    return found


def rooms(package: str) -> dict[str, set[str]]:
    """Return for each room of a package, a folder or a file right in it, the rooms it imports.

    >>> "ops" in rooms("autograd_core")
    True
    """
    found: dict[str, set[str]] = {}
    for file, imported in arrows().items():
        if not file.startswith(f"{package}/") or file == f"{package}/__init__.py":
            continue
        room = _room(file)
        inside = (_room(other) for other in imported if other.startswith(f"{package}/"))
        found.setdefault(room, set()).update(other for other in inside if other != room)
    return {room: others - {"__init__"} for room, others in found.items()}


def _room(file: str) -> str:
    return file.split("/")[1].removesuffix(".py")


def drawn(package: str) -> str:
    """Return a package's rooms and arrows as a Mermaid diagram; what a way round says is left out."""
    found = rooms(package)
    lines = ["```mermaid", "flowchart TB"]
    for room in sorted(found):
        folder = (PROJECT / package / room).is_dir()
        lines.append(f'    {room}["{room}{"/" if folder else ""}"]')
    for room, others in sorted(found.items()):
        lines += [f"    {room} --> {other}" for other in sorted(_needed(found, room, others))]
    return "\n".join([*lines, "```"])


def _needed(graph, room, others) -> set[str]:
    """The arrows of a room that no other of its arrows implies; circles keep all of theirs."""
    beyond = graph | {room: set()}  # a way round does not lead through the room itself
    return {
        other
        for other in others
        if not any(
            other in _reached(beyond, between) and between not in _reached(graph, other)
            for between in others - {other}
        )
    }
