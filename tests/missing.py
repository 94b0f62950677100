"""What a test does when something it needs is not on this machine."""

import os
from typing import NoReturn

import pytest

MARK = "NOT TESTED"


def missing(what: str, how_to_get_it: str) -> NoReturn:
    """Skip the calling test, or the whole module, for want of `what`; with CI=true, fail.

    The reasons are gathered and shown at the end of the run, see conftest.py.
    """
    reason = f"{MARK}: {what} is missing. To test this too: {how_to_get_it}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
