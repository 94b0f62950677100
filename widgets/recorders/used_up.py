"""Who used a graph up: a backward pass frees it, and a second one should be told of the first."""

import weakref
from operator import attrgetter

from autograd_core import Tensor
from autograd_core.core.engine import reachable
from autograd_core.core.node import passes
from autograd_core.core.source import Source

from ..words.names import readable

OPENING = "Trying to backward through the graph a second time"
USED_UP = "It was used up by"
_passes = {}  # id of a recorded tensor -> (weak reference to it, where it was recorded)


def remember(tensor, frame):
    """Note that a recording has freed the graph of a tensor, and where it was asked for."""
    key = id(tensor)
    forget = weakref.ref(tensor, lambda _: _passes.pop(key, None))
    _passes[key] = forget, _place(frame)


def explained(error, operations):
    """Return the error of a second pass with the first one's place and what to do.

    ``operations`` are the nodes of the graph; the error is returned as it is if it is another.
    """
    if not str(error).startswith(OPENING):
        return error
    first = next((place for reference, place in list(_passes.values())
                  if readable(_grad_fn, reference()) in operations),
                 "an earlier backward(), autograd.grad() or widget")  # fmt: skip
    used = "" if USED_UP in str(error) else f"{USED_UP} {first}. "
    return RuntimeError(
        f"{error} {used}A widget that shows a backward pass runs it, once. Run the line or cell "
        "that makes the tensor again; or keep the graph the first time with retain_graph=True; or "
        "show what was recorded once more: BackwardStepper(stepper.trace)."
    )


def recording_of(node):
    """Which recording freed a node of the engine, in words; "" if none that is known.

    This is looked for only when a second pass has met the node: passes themselves cost no more.
    """
    for reference, place in list(_passes.values()):
        tensor = reference()
        root = readable(_grad_fn, tensor) if isinstance(tensor, Tensor) else None
        if root is not None and node in reachable([root])[0]:
            return place
    return ""


passes.append(recording_of)


_grad_fn = attrgetter("grad_fn")


def _place(frame):
    """Where a recording was asked for, as text."""
    if "/IPython/" in frame.f_code.co_filename.replace("\\", "/"):
        return "an earlier %%backward cell"
    return f"the pass that was run at {Source.of(frame.f_code, frame.f_lasti)}"
