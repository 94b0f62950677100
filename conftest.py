"""Settings for all tests: nothing that could not be tested, or was left out, goes unnoticed."""

import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import nbformat
import pytest

import autograd_core
from autograd_core import nn
from tests.autograd_core.releases import INSTALLED, NEWEST, NOT_COMPARED
from tests.missing import MARK
from tests.notebooks.kernels import use_files_in_nbval
from tests.notebooks.lessons import need_libraries
from tests.notebooks.progress import without_progress_bars
from tests.oracle import need_pytorch, pytorch_is_missing

# Tests run beside each other, on all cores already. Where each of them asks for all cores once
# more, small matrix products wait for each other and take twenty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["WIDGETS_ANSWERS"] = "off"  # whatever somebody answered beside the lessons
os.environ.pop("PYTEST_CURRENT_TEST", None)  # of a test that starts this run; none of ours runs yet

use_files_in_nbval()
read = cache(nbformat.read)
left_out = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def named_in_examples(doctest_namespace):
    """Examples in docstrings name the engine ``torch`` and its modules ``nn``."""
    doctest_namespace.update(torch=autograd_core, nn=nn)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Do not replay a lesson where the library that it is about is missing."""
    if item.path.suffix != ".ipynb":
        return (yield)
    need_libraries(read(item.path, as_version=4))
    with without_progress_bars():  # the first cell starts the kernel
        return (yield)


# ---------------------------------------------------------------------- exhaustive tests


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what is marked `exhaustive`, unless ``-m`` speaks of it."""
    met = Counter()
    for item in items:
        if one_in := item.get_closest_marker("one_in"):
            test = item.nodeid.partition("[")[0]
            if met[test] % one_in.args[0]:
                item.add_marker("exhaustive")
            met[test] += 1
    if "exhaustive" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("exhaustive")]
    config.stash[left_out] = len(long)
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]


def pytest_sessionfinish(session):
    """A worker of pytest-xdist tells its controller, which collects nothing, how many these were."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(left_out, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Every worker has collected the same."""
    told = getattr(node, "workeroutput", {})
    node.config.stash[left_out] = told.get("left_out", node.config.stash.get(left_out, 0))


# ---------------------------------------------------------------------- examples


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Where PyTorch is missing, let one item stand for the examples in a module that imports it."""
    report = yield
    if pytorch_is_missing and report.failed and is_about_pytorch(collector, report.call.excinfo.value):
        sys.modules.pop(name_of(collector.path), None)  # half made, it would puzzle whoever imports it next
        report.outcome, report.longrepr = "passed", None
        report.result = [Examples.from_parent(collector, name="examples")]
    return report


def name_of(path):
    """The name under which a module of the project is imported."""
    return ".".join(path.relative_to(Path(__file__).parent).with_suffix("").parts)


def is_about_pytorch(collector, error):
    """Whether a module of the product could not be imported for want of PyTorch."""
    ours = collector.path.is_relative_to(Path(__file__).parent / "widgets")
    return ours and getattr(error.__cause__, "name", None) == "torch"


class Examples(pytest.Item):
    """The examples in the docstrings of one module."""

    def runtest(self):
        need_pytorch()


# ---------------------------------------------------------------------- the last lines


def pytest_terminal_summary(terminalreporter, config):
    """End the run with one line for each thing whose absence made tests be skipped."""
    reasons = Counter(skipped_reasons(terminalreporter))
    if reasons:
        terminalreporter.section("NOT EVERYTHING WAS TESTED", sep="!", red=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{reason}  ({count} skipped)", red=True, bold=True)
    if NOT_COMPARED:
        terminalreporter.line(
            f"With PyTorch {INSTALLED} not compared, since {NEWEST} does otherwise: "
            + "; ".join(NOT_COMPARED)
        )
    if number := config.stash.get(left_out, 0):
        terminalreporter.line(
            f"{number} exhaustive tests were left to .ci/run. To run them here: "
            'make test ARGS="-m exhaustive"'
        )


def skipped_reasons(terminalreporter):
    """Yield the reason of every test that `missing` skipped."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[-1] if report.longrepr else "")
        if MARK in reason:
            yield reason[reason.index(MARK) :]
