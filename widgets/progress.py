"""The progress bar of long work: tqdm's; where that is missing, one sentence."""

import sys
import time

try:
    from tqdm import tqdm
    from tqdm.auto import tqdm as tqdm_everywhere
except ImportError:
    tqdm = tqdm_everywhere = None

PATIENCE = 2.0  # seconds before the sentence


def progress_bar(things=None, *, widget=False, **about):
    """Return a progress bar over ``things``, or one to be counted up with its ``update``.

    Takes what ``tqdm.tqdm`` takes; with ``widget`` the bar is a widget in a notebook.

    >>> [2 * thing for thing in progress_bar([1, 2, 3], delay=60)]
    [2, 4, 6]
    """
    if tqdm is None:
        return Sentence(things, **about)
    kind = tqdm_everywhere if widget else tqdm
    # Each count looks at the clock, so that no thread is needed to look after the bar.
    unattended = type(kind.__name__, (kind,), {"monitor_interval": 0})
    silent = sys.stderr is None  # a program without a console
    return unattended(things, miniters=1, disable=silent, **about)


class Sentence:
    """Stands in for a bar: once the work has taken a while, says what would show how far it is."""

    def __init__(self, things=None, *, desc="this", **about):
        self.things, self.name, self.n = things, desc, 0
        self.due = time.monotonic() + PATIENCE

    def __iter__(self):
        for thing in self.things:
            yield thing
            self.update()

    def update(self, count=1):
        """Count; and speak, if it is time."""
        self.n += count
        if time.monotonic() >= self.due:
            self.due = float("inf")
            print(f"{self.name}: a progress bar needs tqdm (pip install tqdm)", file=sys.stderr)

    def set_postfix(self, **about):
        """Show nothing, as does `close`."""

    close = set_postfix
