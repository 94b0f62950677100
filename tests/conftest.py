"""What holds for tests of every folder, and what they may ask for."""

import fcntl
import os
import random

import numpy as np
import pytest

import autograd_core
from tests.oracle import pytorch_is_missing, torch

BOTH = [autograd_core] if pytorch_is_missing else [autograd_core, torch]


@pytest.fixture(autouse=True)
def the_same_random_numbers():
    """No test depends on luck, nor on how many random numbers those before it drew."""
    random.seed(0)
    np.random.seed(0)
    for module in BOTH:
        module.manual_seed(0)


@pytest.fixture(autouse=True)
def the_usual_default_type():
    """Whatever a test, or a lesson that it runs, makes the default type: the next begins in float32."""
    yield
    for module in BOTH:
        module.set_default_dtype(module.float32)


@pytest.fixture(scope="session")
def site(tmp_path_factory, request):
    """The website's front page and two lessons, all of it where all pages are visited: built once in a run.

    The first of its processes that asks builds it; the others wait for it.
    """
    from tools.site.__main__ import main

    home = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        home = home.parent  # which all processes of this run have in common
    every = any(item.get_closest_marker("exhaustive") for item in request.session.items)
    folder, begun = home / "site" / "lessons", home / "site-begun"
    with open(home / "site-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not begun.exists():
            begun.touch()
            main(folder, *(() if every else ("00", "05")))
    return folder
