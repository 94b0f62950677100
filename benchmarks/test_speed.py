"""Forward and backward, each peer in the same run. ``make bench`` prints the ratios."""

import gc
import os
import subprocess
import sys
from time import perf_counter

import pytest

from benchmarks.peers import WORK

SECONDS = 1.5  # for each peer at each work, if that makes at least three rounds


def cases():
    for name, make in WORK.items():
        for peer in make():
            yield pytest.param(name, peer, id=f"{name}, {peer}")


@pytest.fixture(scope="module", autouse=True)
def imports_left_out():
    """The collector need not look through what the imported libraries themselves consist of.

    All peers are in this one process; none should pay for another's modules with its own garbage.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize(("name", "peer"), list(cases()))
def test_forward_and_backward(name, peer, benchmark):
    run = WORK[name]()[peer]
    run()
    start = perf_counter()
    run()
    once = perf_counter() - start
    # Rounds long enough for each to pay for the garbage it makes, the cycle collector included.
    iterations = max(int(0.002 / once), 1)
    rounds = int(SECONDS / (once * iterations))
    benchmark.group = name
    benchmark.extra_info["peer"] = peer
    benchmark.pedantic(run, rounds=max(rounds, 3), iterations=iterations)


@pytest.fixture(scope="module")
def with_bytecode(tmp_path_factory):
    """An environment in which both are read as bytecode, as an installed package is.

    The rounds that warm up compile it, whether or not this interpreter writes any for itself.
    """
    without = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return without | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}


@pytest.mark.parametrize("module", ["numpy", "autograd_core"])
def test_import(module, benchmark, with_bytecode):
    """The time of ``import autograd_core`` in a fresh interpreter, and of NumPy's alone."""
    benchmark.group = "import"
    benchmark.extra_info["peer"] = module
    benchmark.pedantic(
        subprocess.run, args=([sys.executable, "-c", f"import {module}"],),
        kwargs={"check": True, "env": with_bytecode}, rounds=15, iterations=1, warmup_rounds=2,
    )  # fmt: skip
