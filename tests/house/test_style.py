"""Every file is laid out and checked as pyproject.toml has it."""

import subprocess
import sys

import pytest

from tests.exhaustive import some_of
from tools.links import PROJECT

COMMANDS = {
    "mistakes": (["ruff", "check", "."], "`ruff check --fix .` mends most"),
    "layout": (["ruff", "format", "--check", "."], "`ruff format .` lays it out"),
    "types": (["mypy"], "mypy names the lines"),
}


@pytest.mark.parametrize("what", some_of(list(COMMANDS), 2))
def test_every_file_is_as_it_should_be(what):
    command, cure = COMMANDS[what]
    done = subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{cure}"
