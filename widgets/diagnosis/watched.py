"""``watching`` as it is offered: what it saw can be asked for a report, which only this room writes."""

from ..observations.seen import Seen
from ..recorders.watched import watching

__all__ = ["watching"]


def diagnose(self, model=None, optimizer=None):
    """Return a report on what went wrong in the block: see `widgets.diagnose`."""
    from .widget import diagnose  # with the widget, which a program that only watches does not need

    return diagnose(self, model, optimizer)


Seen.diagnose = diagnose
