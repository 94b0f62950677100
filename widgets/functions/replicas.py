"""Modules that a function reads, as replicas: what it writes to their attributes is theirs.

The tensors of a replica are the module's own (a running function is handed copies of them anyway);
its attributes are not. A module that keeps what it computed, or puts a new buffer or a weight that is
worked out anew in place of the old one, does so in its replica.
"""

import copy
from functools import partial
from types import CellType, FunctionType, MethodType

from ..libraries import is_module

OWN = ("_parameters", "_buffers", "_modules")  # dictionaries in which modules keep theirs
DEEPEST = 2  # a function that a function calls


def on_replicas(fn, replicas=None, depth=DEEPEST):
    """Return a function that does what ``fn`` does, with replicas of the modules it reads by name.

    >>> from autograd_core import nn
    >>> layer = nn.Linear(1, 1)
    >>> def noted(x):
    ...     layer.seen = x
    ...     return layer(x)
    >>> _ = on_replicas(noted)(layer.bias)
    >>> hasattr(layer, "seen")
    False
    """
    replicas = {} if replicas is None else replicas
    if is_module(fn):
        return replica(fn, replicas)
    if isinstance(fn, MethodType) and is_module(fn.__self__):
        return MethodType(fn.__func__, replica(fn.__self__, replicas))
    if isinstance(fn, partial):
        own, *args = (on_replicas(each, replicas, depth) for each in (fn.func, *fn.args))
        return partial(own, *args, **fn.keywords)
    if not isinstance(fn, FunctionType) or not depth:
        return fn
    scope = fn.__globals__
    read = {name: other for name in fn.__code__.co_names if name in scope
            and (other := on_replicas(scope[name], replicas, depth - 1)) is not scope[name]}  # fmt: skip
    cells = tuple(_cell(each, replicas, depth - 1) for each in fn.__closure__ or ())
    if not read and all(map(lambda a, b: a is b, cells, fn.__closure__ or ())):
        return fn
    same = FunctionType(fn.__code__, scope | read if read else scope, fn.__name__, fn.__defaults__,
                        cells or None)  # fmt: skip
    same.__kwdefaults__ = fn.__kwdefaults__
    return same


def _cell(cell, replicas, depth):
    try:
        held = cell.cell_contents
    except ValueError:  # it is filled later
        return cell
    other = on_replicas(held, replicas, depth)
    return cell if other is held else CellType(other)


def replica(module, replicas):
    """A module with attributes, and parts, of its own."""
    if type(module).__module__.startswith("torch.jit"):  # these are no Python objects
        return module
    if id(module) not in replicas:
        same = replicas[id(module)] = object.__new__(type(module))
        vars(same).update(vars(module))
        for name in OWN:
            if name in vars(module):
                vars(same)[name] = copy.copy(vars(module)[name])
        for name, part in vars(same).get("_modules", {}).items():
            if is_module(part):
                vars(same)["_modules"][name] = replica(part, replicas)
    return replicas[id(module)]
