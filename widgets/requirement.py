"""``require``: a lesson that needs a library says how to get it, and is quiet without it.

A lesson on PyTorch begins with ``require("torch")``. Where PyTorch is missing, the cells below
that need it are skipped, one and all: no cell fails, however the lesson is run.
"""

import ast

from .outputs import shell

NAMES = {"torch": "PyTorch", "tensorboard": "TensorBoard"}

FOUND = "{name} is here: every cell below works with the real thing."
MISSING = """\
{name} is not installed here, and this lesson is about it. To install it (it is large),
run this line in a cell of its own:

    %pip install {library}

Then restart the kernel and run all cells, in the menu Kernel. Until then the cells below
that need {name} do nothing. To run them has cleared their outputs, which were made with
{name}: "Reload Notebook from Disk" in the menu File brings them back, unless the page
was saved meanwhile."""


class Requirement:
    """What :func:`require` found; true if the library is there, and prints as a sentence."""

    def __init__(self, library: str, found: bool):
        self.library, self.found = library, found

    def __bool__(self):
        return self.found

    def __repr__(self):
        text = FOUND if self.found else MISSING
        return text.format(name=NAMES.get(self.library, self.library), library=self.library)


def require(library: str) -> Requirement:
    """Say whether a library is installed; in a notebook, skip the cells that need it if not.

    A cell needs the library if it imports it, or uses a name that only a skipped cell would have
    defined. All other cells are run, so that it can be installed from the notebook.

    Parameters
    ----------
    library : the name by which it is imported, and installed by pip

    >>> require("numpy")
    numpy is here: every cell below works with the real thing.
    """
    found = is_installed(library)
    ipython = shell()
    if ipython is not None and not found:
        earlier = [one for one in ipython.ast_transformers if isinstance(one, SkipCells)]
        if library not in [one.library for one in earlier]:
            ipython.ast_transformers.append(SkipCells(library))
    return Requirement(library, found)


def is_installed(library: str) -> bool:
    """Whether a library can be imported: some that are installed cannot, for want of another."""
    try:
        __import__(library)
    except (ImportError, OSError):
        return False
    return True


class SkipCells(ast.NodeTransformer):
    """Empties the cells that need a library, as long as it is not there.

    Attributes
    ----------
    library : str
    lost : set of names that are not defined for want of it: what the skipped cells would define
    """

    def __init__(self, library: str):
        self.library, self.lost = library, {library}

    def visit(self, cell: ast.Module) -> ast.Module:
        """Return the cell as it is, or empty."""
        if is_installed(self.library):
            return cell
        defined, used, imported = names_of(cell)
        if self.library in imported or used & self.lost:
            self.lost |= defined
            return ast.Module(body=[], type_ignores=[])
        self.lost -= defined
        return cell


def names_of(cell: ast.Module) -> tuple[set[str], set[str], set[str]]:
    """Return the names that a cell defines, those that it uses, and the libraries it imports.

    >>> names_of(ast.parse("import torch.nn as nn; y = f(x)"))[:2] == ({"nn", "y"}, {"f", "x"})
    True
    """
    defined, used, imported = set(), set(), set()
    for node in ast.walk(cell):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else defined).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            sources = module or [alias.name for alias in node.names]
            imported |= {source.partition(".")[0] for source in sources}
            defined |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return defined, used, imported
