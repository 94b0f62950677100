"""What a test does when something it needs is not on this machine."""

import os
from typing import NoReturn

import pytest

MARK = "NOT TESTED"


def missing(what: str, how_to_get_it: str) -> NoReturn:
    """Skip the running test for want of `what`; with CI=true, fail.

    A run in CI names in NOT_TESTED what it leaves out on purpose: ``NOT_TESTED="PyTorch, node"``.
    The reasons are gathered and shown at the end of the run, see conftest.py.

    Only while a test runs: a module that was skipped while it is imported would be half a module
    for whoever imports it next.
    """
    reason = f"{MARK}: {what} is missing. To test this too: {how_to_get_it}"
    if os.environ.get("CI", "").lower() == "true" and what not in on_purpose():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def on_purpose() -> list[str]:
    """Return what this run leaves out on purpose, as NOT_TESTED names it."""
    return [name.strip() for name in os.environ.get("NOT_TESTED", "").split(",")]
