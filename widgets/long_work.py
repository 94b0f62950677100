"""How far long work has come: a line that is there while it lasts, and gone afterwards."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

PATIENCE = 2.0  # seconds before anything is shown
PAUSE = 0.2  # between two looks
MANY = 2000  # things to work on, from which on it is shown how far `ticking` has come

Thing = TypeVar("Thing")


class Progress:
    """Shows how much of some work is done, one ``tick`` at a time.

    In a notebook the line is an output of its own, emptied at the end, so that nothing of it is saved
    or compared; elsewhere it is written to a terminal, if standard error is one. The clock starts at the
    first tick: what is imported until then does not count.
    """

    def __init__(self, title: str, total: int, unit: str = "runs"):
        self.title, self.total, self.done, self.unit = title, total, 0, unit
        self.due: float | None = None
        self.shown: Callable[[str], None] | None = None

    def run(self, work):
        """Return ``work()``; the line is gone afterwards, also if it was stopped."""
        try:
            try:
                return work()
            finally:
                self.close()
        finally:
            self.close()

    def tick(self, *_) -> None:
        """Count one more run, and show it if it is time to."""
        now = time.monotonic()
        self.done += 1
        if self.due is None:
            self.due = now + PATIENCE
        elif now >= self.due and not os.environ.get("TQDM_DISABLE"):  # as tqdm's bars are left out
            self.due = now + PAUSE
            self.show(min(self.done, self.total))

    def show(self, done: int) -> None:
        """Write the line."""
        count = f", {done} of {self.total} {self.unit}" if self.unit else ""
        text = f"{self.title}: {100 * done // max(self.total, 1)} %{count}"
        if self.shown is None:
            self.shown = notebook_output() or terminal_line
        self.shown(text)

    def close(self) -> None:
        """Take the line away."""
        if self.shown is not None:
            self.shown("")
            self.shown = None


_long: ContextVar[Progress | None] = ContextVar("long", default=None)


@contextmanager
def long_work() -> Iterator[None]:
    """Let all that is `ticking` inside be told in one line; in a block around it there is one already.

    >>> with long_work():
    ...     squares = [number**2 for number in ticking(range(3), "squaring", 3)]
    """
    if _long.get() is not None:
        yield
        return
    progress = Progress("", 0, unit="")
    token = _long.set(progress)
    try:
        yield
    finally:
        _long.reset(token)
        progress.run(lambda: None)


def ticking(things: Iterable[Thing], title: str, total: int) -> Iterable[Thing]:
    """Return what is worked on, one after the other; where that is much, in `long_work`, it is told how far it is."""
    progress = _long.get()
    return things if progress is None or total < MANY else _ticking(progress, things, title, total)


def _ticking(progress, things, title, total):
    progress.title, progress.total, progress.done = title, total, 0
    for thing in things:
        yield thing
        progress.tick()


def notebook_output():
    """A function that shows a text in an output of its own; None where there is no notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    handle = display({}, raw=True, display_id=True)
    return lambda text: handle.update({"text/plain": text} if text else {}, raw=True)


def terminal_line(text: str) -> None:
    """Write a text over the present line of the terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
