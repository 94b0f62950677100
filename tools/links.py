"""Links to the repository, to Binder and to a JupyterHub, all from one setting.

The setting is [tool.links] in pyproject.toml.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

PROJECT = Path(__file__).resolve().parent.parent
BADGE = "https://mybinder.org/badge_logo.svg"


class Repository(NamedTuple):
    """Where the project lives on GitHub, and on which JupyterHub it is handed out."""

    owner: str
    repository: str
    ref: str
    hub: str = "https://hub.example.org"

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
    path = "/".join(quote(part, safe="") for part in where[:3])
    return f"https://mybinder.org/v2/gh/{path}?urlpath={quote(page, safe='')}"


def binder_badge(notebook: str | None = None) -> str:
    """Return the Markdown of a badge that leads to `binder_link(notebook)`."""
    return f"[![Open in Binder]({BADGE})]({binder_link(notebook)})"


def hub_link(notebook: str | None = None, where: Repository | None = None) -> str:
    """Return the address by which a JupyterHub with nbgitpuller fetches the lessons and opens one.

    >>> link = hub_link("03-tensors.ipynb", Repository("ada", "lessons", "main", "https://hub.edu"))
    >>> print(link.replace("&", "\\n&"))
    https://hub.edu/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fada%2Flessons
    &branch=main
    &urlpath=lab%2Ftree%2Flessons%2Fnotebooks%2F03-tensors.ipynb
    """
    where = where or repository()
    folder = f"lab/tree/{where.repository}/notebooks"
    wanted = {"repo": where.url, "branch": where.ref,
              "urlpath": f"{folder}/{notebook}" if notebook else folder}  # fmt: skip
    return f"{where.hub}/hub/user-redirect/git-pull?{urlencode(wanted)}"
