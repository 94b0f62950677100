"""Links to the repository, to Binder and to a JupyterHub, all from one setting.

The setting is [tool.links] in pyproject.toml; this writes it:

    python -m tools.links OWNER REPOSITORY
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

PROJECT = Path(__file__).resolve().parent.parent
ON_GITHUB = re.compile(r"^(https://(\S+@)?github\.com/|(ssh://)?git@github\.com[:/])")
NAMED = re.compile(r"(?P<owner>[\w-]+)/(?P<repository>[\w.-]+?)(\.git)?/?")
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


def published_from() -> Repository:
    """Return the repository that a site is built from, so that a fork's site needs no edit.

    In a GitHub workflow it is the one that runs it, elsewhere the remote `origin` where that is on
    GitHub, and otherwise the setting.
    """
    git = ["git", "-C", str(PROJECT), "remote", "get-url", "origin"]
    origin = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    address = os.environ.get("GITHUB_REPOSITORY") or (
        ON_GITHUB.sub("", origin) if ON_GITHUB.match(origin) else ""
    )
    named = NAMED.fullmatch(address)
    return repository()._replace(**named.groupdict()) if named else repository()


def site_link(notebook: str, where: Repository | None = None) -> str:
    """Return the address of a lesson's page on GitHub Pages.

    >>> site_link("03-tensors.ipynb", Repository("Ada", "lessons", "main"))
    'https://ada.github.io/lessons/03-tensors.html'
    """
    where = where or repository()
    return (
        f"https://{where.owner.lower()}.github.io/{where.repository}/{notebook.removesuffix('.ipynb')}.html"
    )


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


def main(*named):
    """Write the setting: the project is this owner's from now on."""
    if len(named) != 2 or not NAMED.fullmatch("/".join(named)):
        sys.exit(
            "Whose is the project on GitHub, and what is it called? python -m tools.links OWNER REPOSITORY"
        )
    settings, setting = PROJECT / "pyproject.toml", "[tool.links]"
    before, heading, after = settings.read_text(encoding="utf-8").partition(setting)
    for name, value in zip(("owner", "repository"), named):
        after = re.sub(rf'^{name} = ".*"$', f'{name} = "{value}"', after, count=1, flags=re.MULTILINE)
    settings.write_text(before + heading + after, encoding="utf-8")
    print("Now run `make notebooks`: it writes the links that lessons, README and docs hold.")


if __name__ == "__main__":
    main(*sys.argv[1:])
