"""The names of tensors, found in the variables of whoever asked for a picture."""

import os
import sys
from collections.abc import Mapping

OWN_FILES = os.path.dirname(__file__) + os.sep
MOST_ELEMENTS = 1000  # of a list or dictionary looked into for tensors


def caller():
    """Return the innermost frame that is not of this package's own files: the user's."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(OWN_FILES) and frame.f_back:
        frame = frame.f_back
    return frame


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
    variables = [(name, value) for scope in scopes for name, value in list(scope.items())
                 if isinstance(name, str) and not name.startswith("_")
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
    return {prefix + path: parameter for path, parameter in parameters.items()}


def check_mapping(argument, names):
    """Raise TypeError unless an argument maps names to tensors, as far as one can see."""
    if not isinstance(names, Mapping):
        raise TypeError(
            f"{argument} must be a dictionary such as {{'w': w}}, locals() or "
            f"dict(model.named_parameters()), not {type(names).__name__}"
        )


def _explicit(names, is_tensor):
    for name, value in list(names.items()):
        if is_tensor(name):
            yield str(value), name
        elif is_tensor(value):
            yield str(name), value
    for name, value in list(names.items()):
        if not is_tensor(name) and not is_tensor(value):
            yield from _inside(str(name), value, is_tensor)


def _is_module(value) -> bool:
    return hasattr(type(value), "named_parameters")


def _inside(name, value, is_tensor, depth=2):
    """Yield the tensors in a list, tuple, dictionary or module that a variable holds."""
    if isinstance(value, type):
        return
    if isinstance(value, list | tuple):
        elements = [(f"{name}[{i}]", each) for i, each in enumerate(value[:MOST_ELEMENTS])]
    elif isinstance(value, dict) and len(value) <= MOST_ELEMENTS:
        elements = [(f"{name}[{key!r}]", each) for key, each in value.items()
                    if isinstance(key, str | int)]  # fmt: skip
    elif _is_module(value):
        elements = [(f"{name}.{path}", each) for path, each in value.named_parameters()]
    elif name == "self":
        elements = [(f"self.{key}", each) for key, each in getattr(value, "__dict__", {}).items()]
    else:
        return
    for path, each in elements:
        if is_tensor(each):
            yield path, each
        elif depth > 1:
            yield from _inside(path, each, is_tensor, depth - 1)
