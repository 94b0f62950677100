"""Whether operations are recorded at present: a mode of each thread. Switched in ../grad_mode.py."""

import threading

off = []  # one entry for each thread that does not record: empty is the usual, quick answer


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
        value = bool(value)
        if value is not self._enabled:
            self._enabled = value
            off.pop() if value else off.append(None)


mode = _Mode()
