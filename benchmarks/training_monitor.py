"""What watching a training loop costs: `python -m benchmarks.training_monitor`.

The same loop runs by itself and watched by a `TrainingMonitor`, in turns, in a Jupyter kernel:
there the monitor also sends what it sees. CPU time of the whole process is compared, and of all
rounds the shortest, because whatever else runs on a machine can only make a round longer. The
shorter a batch, the harder it is.
"""

import os
import time
from importlib import import_module

import nbformat
import numpy as np
from nbclient import NotebookClient

ROUNDS = 5
LIBRARIES = ("autograd_core", "torch")
# name, batch size, hidden units, batches: a second or two each
LOOPS = [
    ("lesson 11: 12 × 64-32-10", 12, 32, 4000),
    ("64 × 784-128-10", 64, 128, 800),
    ("256 × 784-512-10", 256, 512, 150),
]
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
    """One epoch of an ordinary loop; return the seconds of CPU time it took, all threads together."""
    began = time.process_time()
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
    return time.process_time() - began


def watched(loader, model, criterion, optimizer) -> float:
    """The same epoch, watched."""
    from widgets import TrainingMonitor

    monitor = TrainingMonitor(show=False)
    loader = monitor.watch(loader, model=model, optimizer=optimizer)
    return train(loader, model, criterion, optimizer)


def report():
    """Print a line for each loop: a batch by itself, and what watching adds to it."""
    print(f"{'loop':<26} {'library':<14} {'µs a batch':>10} {'watching adds':>14}")
    for library in LIBRARIES:
        __import__(library)
        for name, batch, hidden, batches in LOOPS:
            alone, seen = [], []
            for _ in range(ROUNDS):
                alone.append(train(*task(library, batch, hidden, batches)))
                seen.append(watched(*task(library, batch, hidden, batches)))
            more = min(seen) / min(alone) - 1
            micros = 1e6 * min(alone) / batches
            print(f"{name:<26} {library:<14} {micros:>10.0f} {more:>14.1%}", flush=True)
    print(f"load during the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(KERNEL)])
    NotebookClient(notebook, timeout=1200, kernel_name="python3").execute()
    for output in notebook.cells[0].outputs:
        print(output.get("text", output), end="")


if __name__ == "__main__":
    main()
