"""Cells of a notebook, as far as ``check`` sees them: source that was run as a file of its own."""

import itertools
import linecache

from widgets import check

NUMBERS = itertools.count()


def run_cells(*sources, torch):
    """Run cells one after the other, and return what the last ``check`` said."""
    names = {"__name__": "__main__", "torch": torch, "check": check}
    for source in sources:
        file = f"/tmp/ipykernel_0/{next(NUMBERS)}.py"
        source = source.strip().replace("\ncheck(", "\nsaid = check(") + "\n"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        exec(compile(source, file, "exec"), names)
    return names.get("said")
