"""Progress bars, which a slow machine shows and a fast one does not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH = "TQDM_DISABLE"  # read by tqdm when it is imported


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """Let every Python that is started within show no progress bars of tqdm."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before
