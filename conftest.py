"""Settings for all tests: nothing that could not be tested goes unnoticed."""

import os
from collections import Counter
from functools import cache

import nbformat
import pytest

from tests.missing import MARK
from tests.notebooks.lessons import need_libraries
from tests.notebooks.progress import without_progress_bars

# Tests run beside each other, on all cores already. Where each of them asks for all cores once
# more, small matrix products wait for each other and take twenty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

read = cache(nbformat.read)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Do not replay a lesson where the library that it is about is missing."""
    if item.path.suffix != ".ipynb":
        return (yield)
    need_libraries(read(item.path, as_version=4))
    with without_progress_bars():  # the first cell starts the kernel
        return (yield)


def pytest_terminal_summary(terminalreporter):
    """End the run with one line for each thing whose absence made tests be skipped."""
    reasons = Counter(skipped_reasons(terminalreporter))
    if not reasons:
        return
    terminalreporter.section("NOT EVERYTHING WAS TESTED", sep="!", red=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{reason}  ({count} skipped)", red=True, bold=True)


def skipped_reasons(terminalreporter):
    """Yield the reason of every test, or module of tests, that `missing` skipped."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[-1] if report.longrepr else "")
        if MARK in reason:
            yield reason[reason.index(MARK):]
