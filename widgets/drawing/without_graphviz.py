"""What stands in for `graphviz` where that package is missing: a picture without DOT text."""

NEEDED = (
    "this needs the package graphviz: `python -m pip install graphviz pygraphviz`. The picture "
    "itself is there without it: show it, or write what its svg() returns to a file."
)


class ExecutableNotFound(RuntimeError):
    """Never raised: here no program is looked for."""


class Digraph:
    """What can be asked of a `graphviz.Digraph`, each answered by what to install."""

    def __init__(self, *args, **settings):
        self.format = self.engine = None

    def __getattr__(self, name):
        raise AttributeError(f"{name}: {NEEDED}")

    def render(self, *args, **settings):
        """Raise RuntimeError, saying what to install."""
        raise RuntimeError(NEEDED)

    pipe = save = view = node = edge = attr = subgraph = render
