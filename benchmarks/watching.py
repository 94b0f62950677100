"""What `watching()` costs: `python -m benchmarks.watching`.

The same forward pass by itself and watched, in turns, of GPT with 4 and with 12 blocks (width 64, 32
tokens, batch 8, one thread); and afterwards the first recording, which gathers values and statistics.
Times are of this thread alone, medians; they depend on what else the machine does, so its load is printed.
"""

import os
import statistics
from time import thread_time

import torch

from tests.widgets.models import gpt
from widgets import record, watching

TURNS = 60


def timed(run):
    start = thread_time()
    run()
    return thread_time() - start


def report(blocks):
    torch.manual_seed(0)
    _, plain = gpt(blocks, width=64, heads=4, batch=8, tokens=32, size=65)(torch)

    def watched():
        with watching():
            return plain()

    times = {plain: [], watched: []}
    for _ in range(TURNS):
        for run, taken in times.items():
            taken.append(timed(run))
    alone, seen = (statistics.median(taken) for taken in times.values())
    recorded = timed(lambda: record(watched()))
    print(
        f"{blocks:>6} {alone * 1000:>9.2f} {seen * 1000:>9.2f} {seen / alone - 1:>9.0%} {recorded * 1000:>13.0f}"
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"load {os.getloadavg()[0]:.1f}; milliseconds")
    print(f"{'blocks':>6} {'forward':>9} {'watched':>9} {'more':>9} {'and recorded':>13}")
    for blocks in (4, 12):
        report(blocks)
