"""What keeps a widget: whoever has it in Python, and the outputs that show it.

ipywidgets keeps every widget, and so all that it looks at, for as long as the kernel runs. Ours is
kept by the variables that hold it, and by each cell whose output shows it until that cell has run
again. Then Python lets go of it, and its end closes what stands for it in the browser.

Only a cell that runs again says that its output is gone. A view that goes says nothing: it comes
back when the page is loaded again or the cell moved, and so may a cell that was deleted. Where it
is not known which output shows a widget, in a host that does not name its cells or within an
``Output`` of ipywidgets, the widget is kept.
"""

import sys
import weakref

from ipywidgets import Output
from ipywidgets.widgets import widget as ipywidgets

_shown = {}  # id of a cell, None if unknown -> (id of its run, its widgets by their models' ids)


def shell():
    """Return IPython's shell, or None in a plain program."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def in_notebook() -> bool:
    """Whether there is a Jupyter kernel, so that a widget can be shown."""
    return getattr(shell(), "kernel", None) is not None


def hold_weakly(*widgets) -> None:
    """Let ipywidgets and the browser reach widgets, with layout and style, without keeping them."""
    parts = [each for widget in widgets for each in widget._trait_values.values()]
    for each in (*widgets, *parts):
        if isinstance(each, ipywidgets.Widget):
            each.comm.on_msg(weakly(each._handle_msg))
            ipywidgets._instances[each.model_id] = weakref.proxy(each)


def weakly(method):
    """Return a function that calls a method for as long as its object is there."""
    method = weakref.WeakMethod(method)
    return lambda *arguments: (call := method()) and call(*arguments)


def keep_while_shown(widget) -> None:
    """Keep a widget that is being displayed, until the cell whose output shows it runs again."""
    if in_notebook():
        cell, run = running_cell()
        if cell is not None:
            shell().events.register("post_run_cell", cell_is_over)
        begin(cell, run)
        _shown[cell][1][widget.model_id] = widget


def cell_is_over(_) -> None:
    """A cell has run: what it showed the last time is gone, even if it showed nothing now."""
    cell, run = running_cell()
    if cell in _shown:
        begin(cell, run)


def running_cell() -> tuple:
    """Return the id of the cell in whose output things appear now, and of its run; else Nones."""
    asked = getattr(shell().kernel, "get_parent", dict)() or {}
    cell, run = asked.get("metadata", {}).get("cellId"), asked.get("header", {}).get("msg_id")
    outputs = (each for each in [*ipywidgets._instances.values()] if isinstance(each, Output))
    unknown = cell is None or any(each.msg_id == run for each in outputs)
    return (None, None) if unknown else (cell, run)


def begin(cell, run) -> None:
    """Let go of what the former run of a cell showed."""
    former, widgets = _shown.get(cell, (None, {}))
    if cell not in _shown or former != run:
        _shown[cell] = run, {}
        for widget in widgets.values():
            forget_result(widget)


def forget_result(widget) -> None:
    """Take a widget that no cell shows any more out of IPython's history, ``Out`` and ``_``."""
    if any(widget.model_id in widgets for _, widgets in _shown.values()):
        return
    ip = shell()
    for name in [name for name, value in ip.user_ns_hidden.items() if value is widget]:
        for names in (ip.user_ns, ip.user_ns_hidden):  # not a variable of the user's of that name
            if names.get(name) is widget:
                del names[name]
    results = ip.user_ns["_oh"]
    for number in [number for number, value in results.items() if value is widget]:
        del results[number]
    for name in ("_", "__", "___"):
        if getattr(ip.displayhook, name, None) is widget:
            setattr(ip.displayhook, name, "")
