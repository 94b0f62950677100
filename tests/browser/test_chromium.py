"""Finding the browser: the one that is chosen, one that works, or a clear word."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import chromium


@pytest.fixture
def no_browser(monkeypatch, tmp_path):
    """A machine with no browser, and none to be had."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "ON_MACOS", ())
    monkeypatch.setattr(chromium, "ON_WINDOWS", ())
    monkeypatch.setattr(chromium, "playwrights_own", lambda: iter(()))
    monkeypatch.setattr(chromium, "install", lambda: None)
    chromium.find_or_install.cache_clear()
    yield tmp_path
    chromium.find_or_install.cache_clear()


def program(path, exit_code=0):
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


posix = pytest.mark.skipif(sys.platform == "win32", reason="writes shell scripts")


@posix
def test_one_on_the_path_is_found(no_browser):
    found = program(no_browser / "google-chrome")
    assert chromium.find() == found


@posix
def test_one_that_does_not_start_is_passed_over(no_browser):
    program(no_browser / "chromium", exit_code=1)
    working = program(no_browser / "google-chrome")
    assert chromium.find() == working


@posix
def test_the_chosen_one_comes_first(no_browser, monkeypatch):
    program(no_browser / "chromium")
    chosen = program(no_browser / "my-own")
    monkeypatch.setenv("CHROMIUM", str(chosen))
    assert chromium.chromium_path() == str(chosen)


def test_a_choice_that_is_not_there_is_not_replaced(no_browser, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    monkeypatch.setattr(chromium, "install", lambda: pytest.fail("installed one unasked"))
    assert chromium.find_or_install() is None


@posix
def test_what_was_installed_is_found(no_browser, monkeypatch):
    monkeypatch.setattr(chromium, "install", lambda: program(no_browser / "chromium"))
    assert chromium.chromium_path() == str(no_browser / "chromium")


def test_playwright_is_asked_before_apt(no_browser, monkeypatch):
    asked = []
    monkeypatch.undo()  # the real install, with its commands noted down instead of run
    monkeypatch.setattr(chromium, "run", lambda command, seconds: asked.append(command))
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(chromium, "AS_ROOT", True)
    monkeypatch.setattr(chromium, "on_debian", lambda: True)
    chromium.install()
    assert [Path(command[0]).name for command in asked][1:] == ["apt-get", "apt-get"]
    assert asked[0][1:] == ["-m", "playwright", "install", "chromium"]
    assert asked[2][1] == "install" and "--no-install-recommends" in asked[2]


def test_apt_is_left_alone_by_anyone_but_root(monkeypatch):
    asked = []
    monkeypatch.setattr(chromium, "run", lambda command, seconds: asked.append(command))
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(chromium, "AS_ROOT", False)
    chromium.install()
    assert "apt-get" not in sum(asked, [])


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_none_is_a_loud_skip_and_in_ci_a_failure(no_browser, monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="NOT TESTED: Chromium is missing"):
        chromium.chromium_path()


@pytest.mark.browser
def test_the_browser_that_was_found_starts():
    path = chromium.chromium_path()
    page = "data:text/html,<p>it%20starts</p>"
    shown = subprocess.run(
        [path, *chromium.LAUNCH_ARGS, "--headless", "--dump-dom", page],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "<p>it starts</p>" in shown.stdout
