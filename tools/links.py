"""Links to the repository and to Binder, all from one setting: [tool.links] in pyproject.toml."""

import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parent.parent
BADGE = "https://mybinder.org/badge_logo.svg"


class Repository(NamedTuple):
    """Where the project lives on GitHub."""

    owner: str
    repository: str
    ref: str

    @property
    def url(self) -> str:
        return f"https://github.com/{self.owner}/{self.repository}"


def repository() -> Repository:
    """Return the setting."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return Repository(**settings["tool"]["links"])


def binder_link(notebook: str | None = None, where: Repository | None = None) -> str:
    """Return the address that opens JupyterLab on Binder, at `notebook` if one is named.

    `notebook` is a file name in notebooks/.

    >>> binder_link("03-tensors.ipynb", Repository("ada", "lessons", "main"))
    'https://mybinder.org/v2/gh/ada/lessons/main?urlpath=lab%2Ftree%2Fnotebooks%2F03-tensors.ipynb'
    """
    where = where or repository()
    page = f"lab/tree/notebooks/{notebook}" if notebook else "lab/tree/notebooks"
    path = "/".join(quote(part, safe="") for part in where)
    return f"https://mybinder.org/v2/gh/{path}?urlpath={quote(page, safe='')}"


def binder_badge(notebook: str | None = None) -> str:
    """Return the Markdown of a badge that leads to `binder_link(notebook)`."""
    return f"[![Open in Binder]({BADGE})]({binder_link(notebook)})"
