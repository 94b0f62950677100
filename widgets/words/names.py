"""The names of tensors, found in the variables of whoever asked for a picture.

A name is a courtesy: nothing in the caller's variables may matter to a picture but the tensors
it shows. So of anything else no method runs (no ``__class__``, ``__len__``, ``__getattr__`` …):
it is known by its type, containers are read as the built-in ones they are, modules and ``self``
by their ``__dict__``. And what cannot be read has no name.
"""

import os
import sys
from collections.abc import Mapping

from autograd_core.core.source import is_own_file

OWN_FILES = os.path.dirname(os.path.dirname(__file__)) + os.sep
is_own_file.folders += (OWN_FILES,)  # the engine's messages name the user's variables, not ours
MOST_ELEMENTS = 1000  # of a list or dictionary looked into for tensors


def caller():
    """Return the innermost frame that is not of this package's own files: the user's."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(OWN_FILES) and frame.f_back:
        frame = frame.f_back
    return frame


def is_a(thing, kinds) -> bool:
    """Whether a thing is an instance by its type; unlike ``isinstance``, nothing of it is run.

    >>> is_a(3, int), is_a([], (int, str))
    (True, False)
    """
    return issubclass(type(thing), kinds)


def readable(read, thing):
    """Return ``read(thing)``, or None where that raises.

    >>> readable(len, "ab"), readable(len, 2)
    (2, None)
    """
    try:
        return read(thing)
    except Exception:  # whatever it is, it is not a part of what was asked for
        return None


def named_tensors(names, frame, is_tensor):
    """Yield ``(name, tensor)``, the name that should win first.

    Parameters
    ----------
    names : mapping or None
        The user's own: from names to tensors (or lists, dictionaries, modules of them, so that
        ``locals()`` or ``dict(model.named_parameters())`` will do), or from tensors to names.
    frame : frame or None
        Whose local and global variables to look at: first plain variables, then parameters of
        modules (``model.0.weight``), then elements (``xs[0]``, ``batch['x']``) and attributes of
        ``self``. Names that begin with ``_`` are left alone.
    is_tensor : function of an object

    Raises TypeError if ``names`` is not a mapping.
    """
    if names is not None:
        check_mapping("names", names)
        yield from _explicit(names, is_tensor)
    if frame is None:
        return
    scopes = [frame.f_locals]
    if frame.f_globals is not frame.f_locals:
        scopes.append(frame.f_globals)
    variables = [(name, value) for scope in scopes for name, value in readable(_items, scope) or ()
                 if type(name) is str and not name.startswith("_")
                 and name not in ("In", "Out")]  # fmt: skip
    yield from ((name, value) for name, value in variables if is_tensor(value))
    for name, value in sorted(variables, key=lambda variable: not _is_module(variable[1])):
        if not is_tensor(value):
            yield from _inside(name, value, is_tensor)


def named_parameters(module, frame) -> dict:
    """Return a module's parameters by the names that `named_tensors` finds inside of variables.

    So they are called in one table as in another, and as in a picture: ``model.0.weight``.
    Without a variable that holds the module it is ``0.weight``.
    """
    parameters = dict(module.named_parameters())
    path, first = next(iter(parameters.items()), ("", None))
    named = named_tensors(None, frame, lambda thing: thing is first)
    name = next((name for name, _ in named if name.endswith(f".{path}")), path)
    prefix = name.removesuffix(path)
    return initialized({prefix + path: parameter for path, parameter in parameters.items()})


def called(tensors, frame, is_tensor) -> list[str]:
    """Return names for tensors: those of the caller's variables, else their numbers."""
    known: dict = {}
    for name, tensor in named_tensors(None, frame, is_tensor):
        known.setdefault(id(tensor), name)
    return [known.get(id(tensor), f"parameter {number}") for number, tensor in enumerate(tensors)]


def initialized(named: dict) -> dict:
    """Return the parameters; raise ValueError for one of a lazy layer that has not run yet."""
    for name, parameter in named.items():
        if hasattr(type(parameter), "materialize"):
            raise ValueError(
                f"{name} has no numbers yet: its layer is a lazy one, which takes its shape from its "
                "first input. Run the model once, as in model(x), then ask again."
            )
    return named


def check_mapping(argument, names):
    """Raise TypeError unless an argument maps names to tensors, as far as one can see."""
    if not isinstance(names, Mapping):
        raise TypeError(
            f"{argument} must be a dictionary such as {{'w': w}}, locals() or "
            f"dict(model.named_parameters()), not {type(names).__name__}"
        )


def _explicit(names, is_tensor):
    pairs = list(names.items())
    for name, value in pairs:
        if is_tensor(name):
            yield str(value), name
        elif is_tensor(value):
            yield str(name), value
    for name, value in pairs:
        if not is_tensor(name) and not is_tensor(value):
            yield from _inside(str(name), value, is_tensor)


def _inside(name, value, is_tensor, depth=2):
    """Yield the tensors in a list, tuple, dictionary or module that a variable holds."""
    for path, each in readable(lambda value: _elements(name, value), value) or ():
        if is_tensor(each):
            yield path, each
        elif depth > 1:
            yield from _inside(path, each, is_tensor, depth - 1)


def _elements(name, value) -> list:
    """What a variable holds, each with its own name."""
    if is_a(value, list | tuple):
        kind = list if is_a(value, list) else tuple
        first = kind.__getitem__(value, slice(MOST_ELEMENTS))
        return [(f"{name}[{i}]", each) for i, each in enumerate(first)]
    if is_a(value, dict):
        few = _items(value) if dict.__len__(value) <= MOST_ELEMENTS else ()
        return [(f"{name}[{key!r}]", each) for key, each in few if type(key) in (str, int, bool)]
    if _is_module(value):
        return list(_parameters(name, value, set()))
    if name == "self" and not is_a(value, type):
        return [(f"self.{key}", each) for key, each in _items(_attributes(value))]
    return []


def _items(scope) -> list:
    """The items of a dictionary; a frame's variables may be another mapping."""
    return list(dict.items(scope) if is_a(scope, dict) else scope.items())


def _attributes(value) -> dict:
    return object.__getattribute__(value, "__dict__")


def _is_module(value) -> bool:
    return any("named_parameters" in kind.__dict__ for kind in type(value).__mro__)


def _parameters(name, module, seen):
    """A module's parameters, in the order of ``named_parameters()``, which may be anybody's code."""
    seen.add(id(module))
    own = readable(_attributes, module) or {}
    for path, parameter in _items(own.get("_parameters", {})):
        yield f"{name}.{path}", parameter
    for path, child in _items(own.get("_modules", {})):
        if id(child) not in seen and _is_module(child):
            yield from _parameters(f"{name}.{path}", child, seen)
