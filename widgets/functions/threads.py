"""Functions that compute in threads of their own: what happens there is not seen from here."""

import threading

from .replicas import is_the_users


def in_this_thread_only(work):
    """Return ``work()``; raise RuntimeError where it starts a thread that runs code of the user's.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> def summed():
    ...     with ThreadPoolExecutor() as pool:
    ...         return sum(pool.map(lambda x: x * x, range(3)))
    >>> in_this_thread_only(summed)
    Traceback (most recent call last):
        ...
    RuntimeError: the function computes in several threads, and only what it does in the one that ...
    """
    refused = RuntimeError(
        "the function computes in several threads, and only what it does in the one that calls it can "
        "be checked: compute without threads"
    )
    noticed = []

    def notice(frame, event, argument):
        if event == "call" and is_the_users(frame.f_code.co_filename):
            noticed.append(frame.f_code)
            raise refused  # in the new thread, which goes on unnoticed afterwards

    before = threading.getprofile()
    threading.setprofile(notice)
    try:
        return work()
    finally:
        threading.setprofile(before)
        if noticed:
            raise refused
