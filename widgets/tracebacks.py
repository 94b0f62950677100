"""Tracebacks of a notebook's cells: the user's own lines and the message.

What the engine does between the two is left out, as a framework's inside is, with all that it calls; so is
an error in there from which another came. In a plain program, in
pytest and in a debugger all of it stays.
"""

import sys
import sysconfig
from pathlib import Path
from types import TracebackType

HOUSE = Path(__file__).parents[1]
STANDARD = sysconfig.get_path("stdlib")
OWN = tuple(str(HOUSE / name) for name in ("autograd_core", "widgets"))


def fold() -> None:
    """Leave our own frames out of the tracebacks that IPython shows, unless somebody else sees to them."""
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell and not shell.custom_exceptions:
        shell.set_custom_exc((Exception,), show)


def show(shell, kind, error, trace, tb_offset=None) -> None:
    """Show a traceback, as IPython calls it."""
    without_causes(error)
    shell.showtraceback((kind, error, without_own(trace)), tb_offset=tb_offset)


def without_causes(error: BaseException) -> None:
    """Leave out, of the errors from which this one came, those of which no frame is the user's."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is None:
        return
    if users(frames_of(cause.__traceback__)):
        cause.__traceback__ = without_own(cause.__traceback__)
        without_causes(cause)
    else:
        error.__cause__, error.__suppress_context__ = None, True


def without_own(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of our own code; all of one that has no others."""
    found, frames = None, frames_of(trace)
    for each in reversed(users(frames) or frames):
        found = TracebackType(found, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return found


def frames_of(trace: TracebackType | None) -> list[TracebackType]:
    """Return a traceback's frames, the outermost first."""
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    return frames


def users(frames: list[TracebackType]) -> list[TracebackType]:
    """Return the frames that are the user's: none of ours, and below one of ours none of another library."""
    files = [each.tb_frame.f_code.co_filename for each in frames]
    first = next((i for i, file in enumerate(files) if file.startswith(OWN)), len(files))
    return [each for i, each in enumerate(frames)
            if not files[i].startswith(OWN) and (i < first or not is_installed(files[i]))]  # fmt: skip


def is_installed(file: str) -> bool:
    """Whether a file is Python's, or of an installed library."""
    return "site-packages" in file or file.startswith((STANDARD, "<frozen"))
