"""Print the lowest versions that pyproject.toml allows, as constraints for pip.

    python -m tools.lowest > lowest.txt
    python -m pip install -c lowest.txt -e .[test]

A bound that is declared is thereby one that was run: see .ci/run.
"""

import re
import sys
import tomllib

from tools.links import PROJECT

PINNED = re.compile(r"([\w-]+)[>=]=([\d.]+)")


def lowest(project: dict, leave_out: set[str] = frozenset()) -> list[str]:
    """Return a pin for each requirement of a project, but for those of the extras left out.

    Raises ValueError for a requirement that is not of the form name>=version or name==version.

    >>> lowest({"name": "mine", "dependencies": ["numpy>=2.1"],
    ...         "optional-dependencies": {"test": ["mine[big]", "pytest>=8"], "big": ["torch>=2.4"]}},
    ...        leave_out={"big"})
    ['numpy==2.1', 'pytest==8']
    """
    extras = project.get("optional-dependencies", {})
    wanted = [*project["dependencies"]]
    wanted += [each for name, extra in extras.items() if name not in leave_out for each in extra]
    others = [each for each in wanted if not each.startswith(f"{project['name']}[")]
    pins = []
    for requirement in dict.fromkeys(others):
        bound = PINNED.fullmatch(requirement)
        if bound is None:
            raise ValueError(f"{requirement}: give the lowest version, as in numpy>=2.1")
        pins.append(f"{bound[1]}=={bound[2]}")
    return pins


def main(*leave_out: str) -> None:
    """Print the pins, a line each; ``leave_out`` names extras."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    print("\n".join(lowest(settings["project"], set(leave_out))))


if __name__ == "__main__":
    main(*sys.argv[1:])
