"""Every link to Binder and to the repository comes from one setting."""

import re
import shutil
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from tools import links
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


@pytest.mark.parametrize(
    "environment, remote, named",
    [
        ("grace/fork", "https://github.com/ada/lessons", ("grace", "fork")),
        ("", "https://github.com/ada/lessons.git", ("ada", "lessons")),
        ("", "https://token@github.com/ada/les.sons/", ("ada", "les.sons")),
        ("", "git@github.com:ada/lessons.git", ("ada", "lessons")),
        ("", "ssh://git@github.com/ada/lessons", ("ada", "lessons")),
        ("", "https://example.org/ada/lessons", repository()[:2]),
        ("", "/srv/git/lessons", repository()[:2]),
        ("", "git/lessons", repository()[:2]),
        ("", None, repository()[:2]),
    ],
)
def test_a_site_links_to_the_repository_that_it_is_built_from(
    tmp_path, monkeypatch, environment, remote, named
):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    if remote:
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", remote], check=True)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(links, "PROJECT", tmp_path)
    monkeypatch.setenv("GITHUB_REPOSITORY", environment)
    assert links.published_from()[:2] == named


def test_one_command_writes_the_setting_for_an_owner(tmp_path, monkeypatch):
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(links, "PROJECT", tmp_path)
    links.main("ada", "lessons")
    assert repository()[:2] == ("ada", "lessons") and repository().ref == "main"
    for wrong in ((), ("ada",), ('a"da', "lessons")):
        with pytest.raises(SystemExit, match=r"python -m tools.links OWNER REPOSITORY"):
            links.main(*wrong)


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
