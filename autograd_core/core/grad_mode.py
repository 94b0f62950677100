"""Whether operations are recorded at present: a mode of each thread. Switched in ../grad_mode.py."""

import threading
from collections.abc import Callable

off: dict[int, bool] = {}  # the threads that do not record: empty is the usual, quick answer


class _Mode(threading.local):
    """One value for each thread, as in PyTorch."""

    _enabled = True
    anomaly = False
    check_nan = True
    watch_step: Callable | None = None  # in anomaly mode: sees each step's (node, gradient, contributions)

    @property
    def enabled(self) -> bool:
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        if value:
            self._enabled = True
            off.pop(threading.get_ident(), None)
        else:  # noted first: wherever this is stopped, a thread that does not record is among them
            off[threading.get_ident()] = True
            self._enabled = False


mode = _Mode()
