"""Make the project's environment and install the project into it.

    python tools/install.py VENV [lab | EXTRA]

`lab` stands for all that the lessons need, EXTRA for one of pyproject.toml's extras beside that.
What was done is marked by a file VENV/installed-…, which the Makefile compares with
pyproject.toml. Uses the standard library only, since nothing is installed yet.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = ("lab", "pictures")  # the extras that the lessons need

DISK_FULL = re.compile(r"No space left on device|Disk quota exceeded|Errno (28|122)\b")
NETWORK_AWAY = re.compile(
    r"NewConnectionError|Max retries exceeded|Timeout(Error)?\b|timed out|ProxyError|SSLError"
    r"|name resolution|Name or service not known|nodename nor servname|getaddrinfo failed"
    r"|Network is unreachable|Connection (refused|reset|aborted)",
    re.IGNORECASE,
)
VENV_MISSING = re.compile(r"ensurepip|No module named '?venv")

NO_ROOM = 10e6  # bytes; with less left, that is why, even where the installer does not say so

ADVICE = (
    (DISK_FULL, "The disk is full. {room} Up to 1 GB is needed. Make room, then run this again."),
    (
        VENV_MISSING,
        "This Python cannot make environments: its venv module is not installed.\n"
        "On Debian and Ubuntu: sudo apt install python3-venv. Then run this again.",
    ),
    (
        NETWORK_AWAY,
        "The package index could not be reached: the network is away, or a proxy is in between.\n"
        "Nothing is lost. Run this again when you are online.",
    ),
)
UNKNOWN = (re.compile(r"error", re.IGNORECASE), "The installation failed.")


def main(venv, *wanted):
    venv = PROJECT / venv
    if not has_pip(venv):
        if venv.exists() and not (venv / "pyvenv.cfg").exists() and any(venv.iterdir()):
            sys.exit(f"{venv} is there and is no Python environment: it is left as it is.")
        say(f"Making the environment {venv.name} with Python {sys.version.split()[0]}.")
        run([sys.executable, "-m", "venv", "--clear", str(venv)], venv)
    for extra in wanted:
        say("Installing what is needed. This is done once and takes a minute or two.")
        project = f".[{','.join(dict.fromkeys([*LESSONS, extra]))}]"
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input"]
        run([*pip, "--disable-pip-version-check", "--editable", project], venv)
        for done in {"lab", extra}:  # whatever was asked for, the lessons can be opened
            (venv / f"installed-{done}").touch()


def has_pip(venv):
    """Say whether `venv` is an environment that works; one that was cut short does not."""
    try:
        command = [str(venv / "bin" / "python"), "-m", "pip", "--version"]
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def run(command, venv):
    """Run `command`, showing its last line as it goes; end the program if it fails."""
    output = []
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    for line in process.stdout:
        output.append(line)
        show_progress(line)
    show_progress("")
    if process.wait() != 0:
        sys.exit(explain("".join(output), venv))


def show_progress(line):
    """Replace the line at the bottom of a terminal by `line`; elsewhere do nothing."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r\033[K" + line.strip()[:width], end="", flush=True)


def explain(output, venv):
    """Say what went wrong: in plain words where it is known, then in the program's own."""
    free = shutil.disk_usage(venv.parent).free
    known = ADVICE[:1] if free < NO_ROOM else [one for one in ADVICE if one[0].search(output)]
    sign, advice = next(iter(known), UNKNOWN)
    room = f"{free / 1e6:.0f} MB are left in {venv.parent}."
    lines = [line.strip() for line in output.strip().splitlines()]
    telling = [line for line in lines if sign.search(line)] or lines
    return "\n".join(["", advice.format(room=room), "", "In the installer's words:", *telling[-2:]])


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
