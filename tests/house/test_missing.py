"""What cannot be tested is said loudly, and in CI it is a failure."""

import os
import subprocess
import sys

import pytest

from tools.links import PROJECT

HIDDEN = {"PYTHONPATH": str(PROJECT / "tests" / "hidden"), "HIDDEN": "torch"}
TESTS = """
from tests.missing import missing

def test_here():
    pass

def test_elsewhere():
    missing("A flying carpet", "weave one")
"""
COMPARISONS = """
import pytest
from tests.oracle import torch

class Layer(torch.nn.Module):
    pass

class Twice(torch.autograd.Function):
    forward = staticmethod(lambda ctx, x: 2 * x)

ROWS = [torch.tensor([1.0, 2.0]) * 2, torch.nn.functional.relu, [torch.float64][0], Layer]

@pytest.fixture(params=[1, torch])
def either(request):
    return request.param

def test_of_our_own():
    pass

def test_that_asks_for_it():
    torch.tensor(1.0)

def test_that_derives_from_it():
    Layer()

def test_that_calls_what_it_derives_from_it():
    Twice.apply(1.0)

@pytest.mark.parametrize("row", ROWS)
def test_of_a_table(row):
    row(1.0)

def test_of_either(either):
    either == 1 or either.tensor(1.0)

def test_that_lets_no_exception_out():
    try:
        torch.ones(2)
    except Exception:
        pass
"""
HALF = """
from tests.missing import missing

missing("A flying carpet", "weave one")
"""


OPTIONS = [
    "-c", str(PROJECT / "pyproject.toml"), "-p", "conftest", "-p", "no:cacheprovider",
    "-p", "no:unraisableexception",  # which visits all objects, of this process too
]  # fmt: skip


def written(source, folder):
    """Write a file of tests; return what pytest needs to run it as the project's own are run."""
    (folder / "test_it.py").write_text(source)
    return [*OPTIONS, "--rootdir", str(folder), str(folder / "test_it.py")]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a file of tests; return the output and the exit code."""

    def run(source, *arguments, **environment):
        for name, value in ({"CI": "", "NOT_TESTED": ""} | environment).items():
            monkeypatch.setenv(name, value)
        sys.modules.pop("test_it", None)  # of a run before
        code = pytest.main([*written(source, tmp_path), *arguments])
        return capsys.readouterr().out, code

    return run


@pytest.fixture
def run_apart(tmp_path):
    """The same in a process of its own, which imports everything anew."""

    def run_apart(source, *arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *written(source, tmp_path), *arguments],
            cwd=PROJECT,
            env=os.environ | {"CI": "", "NOT_TESTED": ""} | environment,
            capture_output=True,
            text=True,
        )
        return done.stdout, done.returncode

    return run_apart


def test_a_run_ends_with_what_was_not_tested(run):
    expect_loud(*run(TESTS))


@pytest.mark.exhaustive
def test_so_does_one_of_several_workers(run_apart):
    expect_loud(*run_apart(TESTS, "-n", "2"))


def expect_loud(output, code):
    assert code == 0
    assert "NOT EVERYTHING WAS TESTED" in output
    line = "NOT TESTED: A flying carpet is missing. To test this too: weave one  (1 skipped)"
    assert line in output
    assert "1 passed, 1 skipped" in output


def test_in_ci_it_is_a_failure(run):
    output, code = run(TESTS, CI="true")
    assert code == 1
    assert "1 failed, 1 passed" in output


def test_what_is_named_as_left_out_on_purpose_is_no_failure(run):
    output, code = run(TESTS, CI="true", NOT_TESTED="PyTorch, A flying carpet")
    assert code == 0
    assert "NOT TESTED: A flying carpet is missing" in output


def test_what_is_not_named_is_one_still(run):
    _output, code = run(TESTS, CI="true", NOT_TESTED="PyTorch")
    assert code == 1


def test_a_module_is_not_left_out_while_it_is_imported(run):
    """Whoever imported it next would find half a module."""
    output, code = run(HALF)
    assert code != 0 and "1 error" in output


@pytest.mark.exhaustive
def test_without_pytorch_only_what_uses_it_is_left_out_and_loudly(run_apart):
    output, code = run_apart(COMPARISONS, **HIDDEN)
    assert code == 0, output
    assert "NOT TESTED: PyTorch is missing" in output
    assert "2 passed, 9 skipped" in output


@pytest.mark.exhaustive
def test_without_pytorch_ci_fails_unless_that_is_on_purpose(run_apart):
    output, code = run_apart(COMPARISONS, CI="true", **HIDDEN)
    assert code == 1 and "9 failed, 2 passed" in output
    output, code = run_apart(COMPARISONS, CI="true", NOT_TESTED="PyTorch", **HIDDEN)
    assert code == 0 and "2 passed, 9 skipped" in output


@pytest.mark.exhaustive
def test_without_pytorch_every_module_of_tests_is_whole():
    """And so is every module with examples; none is skipped, or fails, while it is imported."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-rs", "-p", "no:cacheprovider",
         "tests", "autograd_core", "widgets", "tools"],
        cwd=PROJECT, env=os.environ | HIDDEN, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "SKIPPED" not in done.stdout and "NOT TESTED" not in done.stdout
    assert "widgets/libraries/pytorch_operations.py::examples" in done.stdout


def test_a_full_run_is_silent_about_it(run):
    output, _ = run("def test_here(): pass")
    assert "NOT EVERYTHING" not in output
