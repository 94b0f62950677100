"""What is going on in this thread: undisturbed work, and a call on copies."""

import threading


class _Here(threading.local):
    session = None  # an object for each piece of undisturbed work
    room = None  # whose copies the function that is running reads


here = _Here()
