"""Prints the table of ratios after the measurements; ``--write`` puts it into the docs."""

import importlib.metadata
import json
import os
import platform
from pathlib import Path

# Everyone on one thread, set before NumPy is imported: on a busy machine, threads of a matrix
# product that wait for each other make any ratio.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

collect_ignore = ["stepper.py"]  # a program of its own
DOCS = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch", "micrograd": "micrograd", "autograd": "HIPS autograd"}
TARGETS = json.loads(Path(__file__).with_name("targets.json").read_text())


def best(group):
    """The shortest time of each peer: the one that other programs disturbed least."""
    return {b.extra_info["peer"]: b.stats.min for b in group if b.stats}


def pytest_addoption(parser):
    parser.addoption("--write", action="store_true", help="put the ratios into docs/benchmarks.md")


def pytest_terminal_summary(terminalreporter, config):
    session = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    groups = {}
    for benchmark in session.benchmarks:
        groups.setdefault(benchmark.group, []).append(benchmark)
    write = terminalreporter.write_line
    terminalreporter.section("ours, as a ratio to each peer (shortest times; below 1 is quicker)")
    lines = [*table({name: best(group) for name, group in groups.items()}), "", machine()]
    for line in lines:
        write(line)
    if config.getoption("--write"):
        before, rest = DOCS.read_text().split(BEGIN)
        DOCS.write_text("\n".join([before + BEGIN, *lines, END + rest.split(END)[1]]))


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


def table(times):
    """Lines of a Markdown table: for each work our time over each peer's, and the target."""
    yield "| work | peer | ours / peer | target | |"
    yield "|---|---|---:|---:|---|"
    for name, peers in times.items():
        if name == "import" and len(peers) == 2:
            extra = 1000 * (peers["autograd_core"] - peers["numpy"])
            yield _row("import autograd_core, beyond NumPy", "", extra, 30, " ms")
        ours = peers.get("autograd_core")
        for peer, time in peers.items():
            if peer != "autograd_core" and name != "import" and ours:
                yield _row(name, peer, ours / time, TARGETS.get(name, {}).get(peer))
    short, long = (
        times.get(f"chain of {n} operations", {}).get("autograd_core") for n in ("1 000", "1 000 000")
    )
    if short and long:
        yield _row("time per node, chain of 1 000 000", "chain of 1 000", long / short / 1000, 1.3)


def _row(name, peer, value, target, unit=""):
    verdict = "" if target is None else "reached" if value <= target else "missed"
    shown = "" if target is None else f"{target:g}{unit}"
    return f"| {name} | {peer} | {value:.2f}{unit} | {shown} | {verdict} |"
