"""Which memory was changed in place, and when: for whoever shows numbers that a node holds."""

import weakref

import numpy as np

_changes: dict[
    int, tuple[weakref.ref, int]
] = {}  # id of an array that owns memory -> (a weak reference to it, its latest change)


def _owner(array):
    while type(array.base) is np.ndarray:
        array = array.base
    return array


def note(array, number):
    """Remember that an array, or NumPy number, was changed in place at this number of the clock."""
    if type(array) is not np.ndarray:
        return
    owner = _owner(array)
    key = id(owner)
    known = _changes.get(key)
    reference = known[0] if known else weakref.ref(owner, lambda _: _changes.pop(key, None))
    _changes[key] = reference, number


def changed_since(array, seq):
    """Whether the memory of an array, held by the node ``seq``, was changed in place since then.

    A node that needs an operand's numbers no more still holds them, and they may have become those
    of another operation.
    """
    if type(array) is not np.ndarray:
        return False  # NumPy's numbers never change
    return _changes.get(id(_owner(array)), (None, 0))[1] > seq
