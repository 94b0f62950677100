"""What watching a training loop costs: `python -m benchmarks.training_monitor`.

The same loop runs by itself and watched by a `TrainingMonitor`, each as a notebook's cell does, in
a Jupyter kernel: there the monitor also sends what it sees. The two take turns in short rounds, each
going first every other time, so that whatever else runs on the machine meets both. Of the ratios of
all pairs the median is told, and in brackets the range in which it lies 19 times in 20 (from order
statistics: Conover, Practical Nonparametric Statistics, 1999, 3.2). The shorter a batch, the larger
the share.
"""

import math
import os
import time
from importlib import import_module
from statistics import median

import nbformat
import numpy as np
from nbclient import NotebookClient

PAIRS = 30
LIBRARIES = ("autograd_core", "torch")
# name, batch size, hidden units, batches of a round: half a second or so each
LOOPS = [
    ("lesson 11: 12 × 64-32-10", 12, 32, 1200),
    ("64 × 784-128-10", 64, 128, 400),
    ("256 × 784-512-10", 256, 512, 80),
]
CELL = compile(
    """\
for inputs, labels in loader:
    optimizer.zero_grad()
    loss = criterion(model(inputs), labels)
    loss.backward()
    optimizer.step()
""",
    "<cell>",
    "exec",
)
KERNEL = """\
from benchmarks.training_monitor import report
report()"""


def task(library, batch, hidden, batches):
    """A loader, a model, its loss and its optimizer, the same each time."""
    torch, data = __import__(library), import_module(f"{library}.utils.data")
    random = np.random.default_rng(0)
    inputs = 64 if hidden == 32 else 784
    x = torch.tensor(random.standard_normal((batch * batches, inputs)).astype("float32"))
    y = torch.tensor(random.integers(0, 10, batch * batches))
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, 10)).float()
    loader = data.DataLoader(data.TensorDataset(x, y), batch_size=batch, shuffle=True)
    return loader, model, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.01)


def train(loader, model, criterion, optimizer) -> float:
    """One epoch of an ordinary loop; return how many seconds it took."""
    names = {"loader": loader, "model": model, "criterion": criterion, "optimizer": optimizer}
    time.sleep(0.02)  # what was sent before is on its way
    began = time.perf_counter()
    exec(CELL, names)
    return time.perf_counter() - began


def watched(loader, model, criterion, optimizer) -> float:
    """The same epoch, watched."""
    from widgets import TrainingMonitor

    monitor = TrainingMonitor(show=False)
    loader = monitor.watch(loader, model=model, optimizer=optimizer)
    seconds = train(loader, model, criterion, optimizer)
    monitor.close()
    return seconds


def report():
    """Print a line for each loop: a batch by itself, and what watching adds to it."""
    print(f"{'loop':<26} {'library':<14} {'µs a batch':>10} {'watching adds':>24}")
    for library in LIBRARIES:
        for name, batch, hidden, batches in LOOPS:
            parts = task(library, batch, hidden, batches)
            train(*parts), watched(*parts)  # what is done once is done
            pairs = [pair(parts, watched_first=i % 2 == 1) for i in range(PAIRS)]
            more, low, high = median_with_range([seen / alone - 1 for alone, seen in pairs])
            micros = 1e6 * median(alone for alone, _ in pairs) / batches
            told = f"{more:.1%} ({low:.1%} … {high:.1%})"
            print(f"{name:<26} {library:<14} {micros:>10.0f} {told:>24}", flush=True)
    print(f"load during the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def pair(parts, watched_first) -> tuple[float, float]:
    """Return the time of a round by itself and of one watched."""
    if watched_first:
        seen = watched(*parts)
        return train(*parts), seen
    return train(*parts), watched(*parts)


def median_with_range(values) -> tuple[float, float, float]:
    """Return the median and where it lies with 95 % confidence, whatever the distribution."""
    values = sorted(values)
    outside = int(len(values) / 2 - 0.98 * math.sqrt(len(values)))  # of them lie below the range
    return median(values), values[outside], values[-1 - outside]


def main():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(KERNEL)])
    NotebookClient(notebook, timeout=1200, kernel_name="python3").execute()
    for output in notebook.cells[0].outputs:
        print(output.get("text", output), end="")


if __name__ == "__main__":
    main()
