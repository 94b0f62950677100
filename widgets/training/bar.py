"""The progress bar of a loop outside Jupyter: tqdm's; where that is missing, one sentence."""

import sys
import time

try:
    from tqdm import tqdm
except ImportError:
    tqdm = None

PATIENCE = 2.0  # seconds before the sentence


def bar_of(total: int | None):
    """Return a progress bar to be counted up, batch by batch, with its ``update``."""
    if tqdm is None:
        return Sentence()
    # Each count looks at the clock, so that no thread is needed to look after the bar.
    unattended = type("tqdm", (tqdm,), {"monitor_interval": 0})
    silent = sys.stderr is None  # a program without a console
    return unattended(
        total=total, unit="batch", desc="training", dynamic_ncols=True, miniters=1, disable=silent
    )


class Sentence:
    """Stands in for a bar: once the work has taken a while, says what would show how far it is."""

    def __init__(self):
        self.n, self.due = 0, time.monotonic() + PATIENCE

    def update(self, count):
        """Count; and speak, if it is time."""
        self.n += count
        if time.monotonic() >= self.due:
            self.due = float("inf")
            print("training: a progress bar needs tqdm (pip install tqdm)", file=sys.stderr)

    def set_postfix(self, **about):
        """Show nothing, as does `close`."""

    close = set_postfix
