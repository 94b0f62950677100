"""What is going on in this thread: undisturbed work, a call on copies, and where that cannot be."""

import threading


def computed_before(op, name):
    """A tensor that the function reads is a result of what is nudged, and was there before."""
    return RuntimeError(
        f"the function reads a tensor that was computed from {name} before it was called, by {op}: "
        f"nudging {name} cannot reach it. Compute it inside the function"
    )


def applied_unseen(name):
    """An operation of somebody's own got the tensor itself, of which the function was to read a copy."""
    return RuntimeError(
        f"an operation of somebody's own got {name} itself, not a copy of it, as its apply was taken from "
        "the class before: call it as TheClass.apply(…)"
    )


def memory_is_shared():
    return RuntimeError(
        "the function changes a tensor in place and reads another of the same memory, which copies "
        "of them do not share. Use one of the two only, or a .clone()"
    )


class _Here(threading.local):
    session = None  # an object for each piece of undisturbed work
    room = None  # whose copies the function that is running reads


here = _Here()
