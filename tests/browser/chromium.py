"""Find a Chromium or Chrome for the browser tests, or install one.

`python -m tests.browser.chromium` prints the path of the browser that the tests will use.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.missing import missing

ON_PATH = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ON_MACOS = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")
ON_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Chromium/Application/chrome.exe")

# Chrome's own sandbox refuses to start as root, which is what a container usually is.
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
LAUNCH_ARGS = [
    *(["--no-sandbox"] if AS_ROOT else []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOW_TO_GET_ONE = "install Chromium or Chrome, or set CHROMIUM=/path/to/the/browser"


def candidates():
    """Yield the places where a browser may stand, the most deliberate choice first."""
    if chosen := os.environ.get("CHROMIUM"):
        yield Path(chosen)
        return
    yield from (Path(found) for name in ON_PATH if (found := shutil.which(name)))
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        yield from (folder / program for program in ON_MACOS)
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := os.environ.get(variable):
            yield from (Path(folder) / program for program in ON_WINDOWS)
    yield from playwrights_own()


def playwrights_own():
    """Yield the path where Playwright keeps its own Chromium, whether or not it is there."""
    # A process of its own: Playwright's blocking interface cannot be started twice in one.
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = run([sys.executable, "-c", ask], seconds=60)
    if answer and answer.returncode == 0:
        yield Path(answer.stdout.strip())


def works(program: Path) -> bool:
    """Say whether `program` is there and starts (some systems ship a stub that does not)."""
    if not program.is_file():
        return False
    if sys.platform == "win32":  # chrome.exe opens a window when asked for its version
        return True
    answer = run([str(program), "--version"], seconds=60)
    return bool(answer) and answer.returncode == 0


def run(command, seconds):
    """Run `command` quietly; None if it cannot be started or takes longer than `seconds`."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired):
        return None


def find() -> Path | None:
    """Return an installed browser that starts, or None."""
    return next(filter(works, candidates()), None)


def install() -> None:
    """Try Playwright's own download, then, as root on Debian, the system's package."""
    run([sys.executable, "-m", "playwright", "install", "chromium"], seconds=600)
    if find() is None and AS_ROOT and on_debian():
        run(["apt-get", "update"], seconds=300)
        run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], seconds=900)


def on_debian() -> bool:
    """Say whether this is Debian itself: elsewhere `chromium` may be a stub for a snap."""
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text().splitlines()


@cache
def find_or_install() -> Path | None:
    """Return a browser that starts, installing one if need be; None where none can be had."""
    if find() is None and "CHROMIUM" not in os.environ:
        install()
    return find()


def chromium_path() -> str:
    """Return the browser's path; skip the calling test without one, or fail it if CI=true."""
    return str(find_or_install() or missing("Chromium", HOW_TO_GET_ONE))


if __name__ == "__main__":
    print("browser for the tests:", find_or_install() or f"NONE FOUND: {HOW_TO_GET_ONE}")
