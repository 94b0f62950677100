"""What a test does when something it needs is not on this machine."""

import os
from importlib.util import find_spec
from typing import NoReturn

import pytest

MARK = "NOT TESTED"
INSTALL = ".venv/bin/python -m pip install {}"

# What people call a module's library, and its name on the package index, where these differ.
LIBRARIES = {
    "torch": ("PyTorch", "torch"),
    "tensorboard": ("TensorBoard", "tensorboard"),
    "axe_playwright_python": ("axe-core", "axe-playwright-python"),
    "IPython": ("IPython", "ipython"),
}


def need(module: str) -> None:
    """End the running test where a module is not installed."""
    if find_spec(module) is None:
        what, package = LIBRARIES.get(module, (module, module))
        missing(what, INSTALL.format(package))


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
