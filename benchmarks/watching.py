"""What `watching()` costs: `python -m benchmarks.watching`.

The same forward pass by itself and watched, in turns, of GPT with 4 and with 12 blocks (width 64, 32
tokens, batch 8, one thread); and afterwards the first recording, which gathers values and statistics.
Then, each in a fresh process, from the forward pass under `watching()` to the stepper's first message.
Times are of this thread alone, medians; they depend on what else the machine does, so its load is printed.
"""

import json
import os
import statistics
import subprocess
import sys
from time import thread_time

import torch

from tests.browser import worked
from tests.widgets.models import gpt, lenet, residual
from widgets import BackwardStepper, record, watching

TURNS = 60


def unrolled(torch):
    """A recurrent network of 700 steps, written by hand."""
    inward, again = (torch.randn(8, 16) / 4).requires_grad_(), (torch.randn(16, 16) / 10).requires_grad_()
    bias, x = torch.zeros(16, requires_grad=True), torch.randn(700, 4, 8)

    def run():
        state = torch.zeros(4, 16)
        for t in range(700):
            state = torch.tanh(x[t] @ inward + state @ again + bias)
        return state.pow(2).mean()

    return [inward, again, bias], run


def loop(torch):
    """20 000 operations, one after the other."""
    x = torch.tensor(0.5, requires_grad=True)

    def run():
        y = x
        for _ in range(10_000):
            y = (y * 0.999).sin()
        return y

    return [x], run


def worked_example(torch):
    """That of the series."""

    def run():
        names = {}
        exec(worked.CODE, names)
        return names["y"]

    return [], run


FIRST = {
    "worked example": worked_example,
    "LeNet": lenet,
    "residual network": residual,
    "GPT, 12 blocks": gpt(12, width=64, heads=4, batch=8, tokens=32, size=65),
    "RNN, 700 steps": unrolled,
    "20 000 in a loop": loop,
}


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


def first_message(name):
    """Processor time and kB of a stepper's first message, printed; in a process that did nothing before."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    _, run = FIRST[name](torch)
    start = thread_time()
    try:
        with watching():
            loss = run()
        data = BackwardStepper(loss).get_state(["data", "parts"])
    except RuntimeError as error:
        print(f"{name:>18} {'refused':>9}  {error}")
        return
    print(f"{name:>18} {thread_time() - start:>9.2f} {len(json.dumps(data)) / 1000:>9.0f}", flush=True)


if __name__ == "__main__" and len(sys.argv) > 1:
    first_message(sys.argv[1])
elif __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"load {os.getloadavg()[0]:.1f}; milliseconds")
    print(f"{'blocks':>6} {'forward':>9} {'watched':>9} {'more':>9} {'and recorded':>13}")
    for blocks in (4, 12):
        report(blocks)
    print(f"{'first message':>18} {'seconds':>9} {'kB':>9}")
    for name in FIRST:
        subprocess.run([sys.executable, "-m", "benchmarks.watching", name], check=True)
