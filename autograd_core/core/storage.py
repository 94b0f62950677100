"""Memory that several tensors share, and the record of its in-place changes.

A tensor gets a :class:`Memory` only when it is first viewed or changed in place; most never
do. What a node saved is spoiled if the memory was changed after the node was made, which
two creation numbers tell: ``storage.modified_at > node.seq``.
"""

import itertools
import weakref
from types import CodeType, FrameType
from typing import Any

from ..overwritten import note

next_number = itertools.count(1).__next__  # the one clock: numbers nodes, changes, views and hooks


class Storage:
    """One piece of memory: how often it was changed in place, when, and by which line."""

    __slots__ = ("version", "modified_at", "modified_by", "views", "saver")
    latest = 0  # number of the most recent change of any storage: older nodes need a check

    def __init__(self, saver: weakref.ref | None) -> None:
        self.version = 0
        self.modified_at = 0
        self.modified_by: tuple[str, CodeType, int] | None = None
        self.views: dict[int, weakref.ref] = {}  # weak references to the live views, oldest first
        self.saver = saver  # weak reference to the node that saved this memory as its output

    def modified(self, op: str, frame: FrameType, data: object) -> None:
        """Note an in-place change by the operation ``op``, made by the user's ``frame``.

        ``data`` is the array whose numbers have changed, None if only its shape did.
        """
        self.version += 1
        self.modified_at = Storage.latest = next_number()
        note(data, self.modified_at)
        self.modified_by = op, frame.f_code, frame.f_lasti
        node: Any = self.saver and self.saver()
        if node is not None:
            node.more().output_changed = self
        self.saver = None

    def add_view(self, tensor: object) -> None:
        """Remember a view for as long as it lives."""
        views, number = self.views, next_number()
        views[number] = weakref.ref(tensor, lambda _: views.pop(number, None))

    def live_views(self) -> list:
        return [view for ref in list(self.views.values()) if (view := ref()) is not None]


class Memory:
    """A tensor's part of a storage.

    ``base`` is the tensor it is a view of (never itself a view), or None. ``origin`` says why
    the view must not be changed in place while recording: it was made under ``no_grad``, or is
    one of ``several`` outputs of one operation; None where it may.
    """

    __slots__ = ("storage", "base", "origin")

    def __init__(self, storage: Storage, base: Any = None, origin: str | None = None) -> None:
        self.storage, self.base, self.origin = storage, base, origin
