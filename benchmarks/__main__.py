"""Measures the engine as people run it: `make bench`, and with ARGS="--write" into docs/benchmarks.md.

Each peer does each piece of work in a fresh process, with as many threads as it takes by itself, ours and
its peers in turns; of a process the median run counts. The ratio is taken between neighbours; the table has
the median ratio, between the quartiles of all, and the median once more with everyone on one thread. Where a
target is hard to reach, the floor (floor.py) is measured, too, and its ratio stands beside ours.
"""

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.first import FIRST, seconds
from benchmarks.work import FLOOR, OURS, WORK

ROUNDS, ROUNDS_ON_ONE_THREAD = 5, 3
SECONDS = 0.5  # that a process measures, once it is warm
AT_ITS_FLOOR = 1.25  # ours over the floor's time, at most
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
DOCS = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch", "micrograd": "micrograd", "autograd": "HIPS autograd"}
TARGETS = json.loads(Path(__file__).with_name("targets.json").read_text())


# ---------------------------------------------------------------------- in a process of its own


def median_run(name, peer) -> float:
    """Seconds of one run of the work, once it is warm: rounds of 2 ms, so that each pays for its garbage."""
    run = WORK[name][peer]()
    once = timed(run)
    if once < SECONDS:
        once = timed(run)
    number = max(int(0.002 / once), 1)
    gc.collect()
    times, end = [], perf_counter() + SECONDS
    while perf_counter() < end or not times:
        times.append(timed(run, number))
    return statistics.median(times)


def timed(run, number=1) -> float:
    """Seconds of one run, of so many one after the other."""
    start = perf_counter()
    for _ in range(number):
        run()
    return (perf_counter() - start) / number


# ---------------------------------------------------------------------- the measurement


def in_a_process(environment, *words) -> float:
    """What a fresh Python prints of one measurement."""
    command = [sys.executable, "-m", "benchmarks", "--one", *words]
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def ratios(name, peers, rounds, environment) -> dict:
    """Ours over each peer's time, once for each round; and in it our time by itself, under our own name."""
    found = {peer: [] for peer in peers}
    for _ in range(rounds):
        ours = in_a_process(environment, name, OURS)
        for peer in peers:
            found[peer].append(ours if peer == OURS else ours / in_a_process(environment, name, peer))
    return found


def rows(wanted, environment):
    """Lines of a Markdown table, each as soon as it is known."""
    yield "| work | peer | ours / peer | half of them between | one thread | floor / peer | target | |"
    yield "|---|---|---:|---:|---:|---:|---:|---|"
    alone, over = {}, {}
    for name in wanted:
        peers = [peer for peer in WORK[name] if is_here(name, peer)]
        many = ratios(name, peers, ROUNDS, environment)
        one = ratios(name, peers, ROUNDS_ON_ONE_THREAD, environment | ONE_THREAD)
        alone[name], over[name] = many.pop(OURS), many.get(FLOOR)
        for peer, found in many.items():
            yield row(name, peer, found, one[peer], many.get(FLOOR))
    short, long = (f"chain of {length} operations" for length in ("1 000", "1 000 000"))
    if short in alone and long in alone:
        found = [b / a / 1000 for a, b in zip(alone[short], alone[long], strict=True)]
        over_floor = [b / a for a, b in zip(over[short], over[long], strict=True)]
        yield row("time per node, chain of 1 000 000", "chain of 1 000", found, None, over_floor)


def row(name, peer, found, one=None, over_floor=None):
    """A line of the table: ours over the peer's time, and ours over the floor's of the same rounds."""
    value, (low, _, high) = statistics.median(found), statistics.quantiles(found, n=4)
    target = TARGETS.get(name, {}).get(peer)
    single = f"{statistics.median(one):.2f}" if one else ""
    floor = near = None
    if over_floor and peer != FLOOR:
        near = statistics.median(over_floor)
        floor = statistics.median(ours / over for ours, over in zip(found, over_floor, strict=True))
    cells = [f"{value:.2f}", f"{low:.2f}–{high:.2f}", single, "" if floor is None else f"{floor:.2f}"]
    cells += ["", ""] if target is None else [f"{target:g}", verdict(value, target, floor, near)]
    return f"| {name} | {peer} | {' | '.join(cells)} |"


def verdict(value, target, floor=None, over_floor=None):
    """What became of a target: from our ratio, the floor's, and ours over the floor's time."""
    if round(value, 2) <= target:
        return "reached"
    if over_floor is not None and round(over_floor, 2) <= AT_ITS_FLOOR:
        return "at its floor"
    if floor is not None and round(floor, 2) > target:
        return "below the floor"
    return "missed"


def is_here(name, peer):
    try:
        WORK[name][peer]()
    except ImportError:
        return False
    return True


def first_times(environment):
    """A table of what one waits for in a fresh kernel."""
    yield "| in a fresh process | seconds | half of them between |"
    yield "|---|---:|---:|"
    for name in FIRST:
        try:
            found = [in_a_process(environment, name) for _ in range(ROUNDS + 1)][1:]  # the first compiles
        except subprocess.CalledProcessError as missing:
            sys.stderr.write(f"{name} is left out: {missing.stderr.splitlines()[-1]}\n")
            continue
        low, value, high = statistics.quantiles(found, n=4)
        yield f"| {name} | {value:.3f} | {low:.3f}–{high:.3f} |"


def machine():
    """What it was measured on, in general terms."""
    versions, absent = [f"Python {platform.python_version()}"], []
    for package, name in LIBRARIES.items():
        try:
            versions.append(f"{name} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
    said = f"Measured on {platform.system()}, {os.cpu_count()} cores, with {', '.join(versions)}."
    return said + (f" Missing, so not measured: {', '.join(absent)}." if absent else "")


def tables(words, environment):
    """All lines that are written, each as soon as it is known."""
    yield from rows([name for name in WORK if words in name], environment)
    if not words:
        yield ""
        yield from first_times(environment)
    yield ""
    yield machine()


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("-k", default="", metavar="WORDS", help="only work whose name has these words")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(seconds(*options.one) if len(options.one) == 1 else median_run(*options.one))
        return
    lines = []
    with tempfile.TemporaryDirectory() as bytecode:
        # Modules are read as bytecode, as those of an installed package are, even where Python writes none.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        for line in tables(options.k, environment | {"PYTHONPYCACHEPREFIX": bytecode}):
            print(line, flush=True)
            lines.append(line)
    if options.write:
        before, rest = DOCS.read_text().split(BEGIN)
        DOCS.write_text("\n".join([before + BEGIN, *lines, END + rest.split(END)[1]]))


if __name__ == "__main__":
    main()
