"""Every link to Binder and to the repository comes from one setting."""

import re
from urllib.parse import parse_qs, urlsplit

from tools.links import PROJECT, Repository, binder_badge, binder_link, hub_link, repository


def test_a_lessons_link_opens_it_in_jupyterlab():
    link = urlsplit(binder_link("05-verify.ipynb", Repository("ada", "lessons", "v1")))
    assert (link.netloc, link.path) == ("mybinder.org", "/v2/gh/ada/lessons/v1")
    assert parse_qs(link.query) == {"urlpath": ["lab/tree/notebooks/05-verify.ipynb"]}


def test_a_branch_with_a_slash_is_one_part_of_the_path():
    assert "/lessons/try%2Fthis?" in binder_link(None, Repository("ada", "lessons", "try/this"))


def test_a_badge_leads_to_its_link():
    assert f"]({binder_link('05-verify.ipynb')})" in binder_badge("05-verify.ipynb")


def test_a_hubs_link_names_repository_branch_and_page():
    where = Repository("ada", "lessons", "try/this", "https://hub.edu")
    link = urlsplit(hub_link("05-verify.ipynb", where))
    assert (link.netloc, link.path) == ("hub.edu", "/hub/user-redirect/git-pull")
    assert parse_qs(link.query) == {
        "repo": ["https://github.com/ada/lessons"],
        "branch": ["try/this"],
        "urlpath": ["lab/tree/lessons/notebooks/05-verify.ipynb"],
    }


def test_no_link_is_written_by_hand():
    """Wherever a file links to Binder or to the repository, it follows the setting."""
    where = repository()
    right = (f"mybinder.org/v2/gh/{'/'.join(where[:3])}?", where.url.removeprefix("https://"))
    places = ("README.md", "pyproject.toml", ".github/**/*.yml", "docs/*.md", "notebooks/*.ipynb")
    files = [path for place in places for path in PROJECT.glob(place)]
    assert PROJECT / "README.md" in files
    for path in files:
        text = path.read_text(encoding="utf-8")
        pattern = rf"mybinder\.org/v2/\S+|github\.com/[\w.-]+/{re.escape(where.repository)}"
        wrong = [link for link in re.findall(pattern, text) if not link.startswith(right)]
        assert wrong == [], path.name
