"""The libraries whose tensors there are: `autograd_core` and, if it is imported, PyTorch.

What the widgets have to know of a tensor is asked of its `Library`. Beside these, a function runs on
copies of all that it reads (`engine_copies`, `pytorch_copies`), and `undisturbed` leaves the settings
of the process as they were.
"""

import sys
from collections.abc import Iterator

from ..words.names import readable
from .engine import Engine
from .library import TESTED, Library, moved_by

ENGINE = Engine()


def libraries() -> Iterator[Library]:
    """The libraries that are there; PyTorch only if it is imported already."""
    yield ENGINE
    if hasattr(sys.modules.get("torch"), "Tensor"):
        from .pytorch import PYTORCH

        yield PYTORCH


def is_recording() -> bool:
    """Whether graphs are recorded: outside of ``no_grad`` and its like, of every library."""
    return all(library.is_recording() for library in libraries())


def is_tensor(thing) -> bool:
    """Whether this is a tensor of either library."""
    return any(library.is_tensor(thing) for library in libraries())


def library_of(tensor, cure="") -> Library:
    """The library whose tensor this is; raises TypeError, which names a ``cure``, for anything else."""
    for library in libraries():
        if library.is_tensor(tensor):
            return library
    raise TypeError(
        "expected a tensor of autograd_core or of PyTorch, got "
        f"{type(tensor).__name__}: {_short(tensor)}{cure}"
    )


def _short(thing):
    text = readable(repr, thing) or f"a {type(thing).__name__}"
    return text if len(text) <= 40 and " at 0x" not in text else "(too long to show)"


def is_function(thing) -> bool:
    """Whether this is a class that is a ``Function`` of either library: an operation of one's own."""
    return isinstance(thing, type) and any(issubclass(thing, library.Function) for library in libraries())


def is_module(thing) -> bool:
    """Whether this is a module (a layer, a model) of either library."""
    return any(library.is_module(thing) for library in libraries())


def library_for(fn, values) -> Library:
    """The library whose tensors (or modules) these are; `autograd_core` if there are none."""
    found = [library for library in libraries() if library.is_module(fn)
             or any(map(library.is_tensor, values))]  # fmt: skip
    if len(found) > 1:
        raise TypeError("tensors of autograd_core and of PyTorch cannot be inputs of one function")
    return found[0] if found else ENGINE
