"""Whether operations are recorded at present: a mode of each thread. Switched in ../grad_mode.py."""

import threading

off = {}  # the threads that do not record: empty is the usual, quick answer


class _Mode(threading.local):
    """One value for each thread, as in PyTorch."""

    _enabled = True
    anomaly = False
    check_nan = True
    watch_step = None  # in anomaly mode: what sees (node, gradient, contributions) of each step

    @property
    def enabled(self):
        return self._enabled

    @enabled.setter
    def enabled(self, value):
        if value:
            self._enabled = True
            off.pop(threading.get_ident(), None)
        else:  # noted first: wherever this is stopped, a thread that does not record is among them
            off[threading.get_ident()] = True
            self._enabled = False


mode = _Mode()
