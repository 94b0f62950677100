"""What cannot be tested is said loudly, and in CI it is a failure."""

import os
import subprocess
import sys

import pytest

from tools.links import PROJECT

TESTS = """
from tests.missing import missing

def test_here():
    pass

def test_elsewhere():
    missing("A flying carpet", "weave one")
"""
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from tests.oracle import torch

def test_something():
    pass
"""


@pytest.fixture
def run(tmp_path):
    """Run a file of tests as the project's own are run; return the output and the exit code."""

    def run(source, *arguments, **environment):
        (tmp_path / "test_it.py").write_text(source)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-c", str(PROJECT / "pyproject.toml"),
             "--rootdir", str(tmp_path), "-p", "conftest", "-p", "no:cacheprovider",
             "-p", "no:hypothesispytest",  # not needed here, and a second to load
             *arguments, str(tmp_path / "test_it.py")],
            cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True,
        )
        return done.stdout, done.returncode

    return run


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_run_ends_with_what_was_not_tested(run, workers):
    output, code = run(TESTS, *workers, CI="")
    assert code == 0
    assert "NOT EVERYTHING WAS TESTED" in output
    line = "NOT TESTED: A flying carpet is missing. To test this too: weave one  (1 skipped)"
    assert line in output
    assert "1 passed, 1 skipped" in output


def test_in_ci_it_is_a_failure(run):
    output, code = run(TESTS, CI="true")
    assert code == 1
    assert "1 failed, 1 passed" in output


def test_without_torch_the_comparisons_are_skipped_loudly(run):
    output, code = run(WITHOUT_TORCH, CI="")
    assert "NOT TESTED: PyTorch is missing" in output
    assert "1 skipped" in output


def test_without_torch_ci_fails(run):
    output, code = run(WITHOUT_TORCH, CI="true")
    assert code != 0
    assert "PyTorch is missing" in output


def test_a_full_run_is_silent_about_it(run):
    output, _ = run("def test_here(): pass", CI="")
    assert "NOT EVERYTHING" not in output
