"""What a function reads, as replicas: what it writes to their attributes is theirs.

The tensors of a replica are the user's own (a running function is handed copies of them anyway); its
attributes are not. A module that keeps what it computed, or puts a new buffer or a weight that is
worked out anew in place of the old one, does so in its replica. The same holds for lists, dictionaries
and sets, objects of the user's own classes and caches, also for those that lead to them: a tuple, a
function, a method. So each call begins with what there was before the first one.
"""

import functools
import sys
import sysconfig
from collections import OrderedDict, defaultdict, deque
from operator import is_
from pathlib import Path
from types import BuiltinMethodType, CellType, CodeType, FunctionType, MethodType

from ..libraries import is_function, is_module, is_tensor

MANY = 1000  # elements of a container that are looked at
PLAIN = {type(None), bool, int, float, str}
MAPPINGS, SEQUENCES = {dict, OrderedDict, defaultdict}, {list, deque}
CONTAINERS = MAPPINGS | SEQUENCES | {tuple, set}
CACHE = type(functools.cache(len))
NOT_THE_USERS = (
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    *(str(Path(__file__).parents[2] / name) for name in ("widgets", "autograd_core")),
)


def on_replicas(fn):
    """Return a function that does what ``fn`` does, with replicas of the modules it reads.

    >>> from autograd_core import nn
    >>> layer = nn.Linear(1, 1)
    >>> def noted(x):
    ...     layer.seen = x
    ...     return layer(x)
    >>> _ = on_replicas(noted)(layer.bias)
    >>> hasattr(layer, "seen")
    False
    """
    try:
        return _Replicas().of(fn)
    except RecursionError:  # of a long chain of objects none is replaced
        return fn


class _Replicas:
    """Replicas of what one call reads, each made once."""

    def __init__(self):
        self.known = {}  # id -> (what there is, its replica)

    def of(self, value):
        """The replica of anything, or the thing itself if it needs none."""
        kind = type(value)
        if kind in PLAIN or (kind not in CONTAINERS and is_tensor(value)):
            return value
        if id(value) not in self.known:
            self.known[id(value)] = value, value  # until there is another
            self._know(value, self._made(value))
        return self.known[id(value)][1]

    def _know(self, value, same):
        self.known[id(value)] = value, same
        return same

    def _made(self, value):
        kind = type(value)
        if kind in MAPPINGS:
            same = self._know(value, value.copy())
            if 0 < len(value) <= MANY:
                same.clear()  # a key may be an object, which is found by what it is
                same.update({self.of(key): self.of(each) for key, each in value.items()})
            return same
        if kind in SEQUENCES:
            same = self._know(value, value.copy())
            if len(value) <= MANY:
                for i, each in enumerate(value):
                    same[i] = self.of(each)
            return same
        if kind is set:
            return {self.of(each) for each in value}
        if isinstance(value, tuple) and len(value) <= MANY:
            parts = [self.of(each) for each in value]
            return value if all(map(is_, parts, value)) else getattr(value, "_make", tuple)(parts)
        if kind is FunctionType and is_the_users(value.__code__.co_filename):
            return self._function(value)
        if kind is MethodType:
            return MethodType(self.of(value.__func__), self.of(value.__self__))
        if kind is BuiltinMethodType and value.__name__ == "apply" and is_function(value.__self__):
            return functools.partial(_applied, value.__self__)
        if kind is functools.partial:
            return functools.partial(self.of(value.func), *self.of(value.args),
                                     **self.of(value.keywords))  # fmt: skip
        if kind is CACHE:
            return functools.lru_cache(**value.cache_parameters())(self.of(value.__wrapped__))
        if has_attributes_only(kind) or (is_module(value) and not is_script(value)):
            same = self._know(value, object.__new__(kind))
            for name, each in vars(value).items():
                vars(same)[name] = self.of(each)
            return same
        return value

    def _function(self, fn):
        there, scope = fn.__globals__, fn.__globals__
        read = {name: self.of(there[name]) for name in names_in(fn.__code__) if name in there}
        if any(each is not there[name] for name, each in read.items()):
            scope = self.known.setdefault(id(there), (there, dict(there)))[1]
            scope.update({name: each for name, each in read.items() if each is not there[name]})
        closure = fn.__closure__ or ()
        cells = tuple(self._cell(each, fn) for each in closure)
        defaults, named = self.of(fn.__defaults__), self.of(fn.__kwdefaults__)
        others = [
            cell
            for cell, own in zip(closure, cells, strict=True)
            if own is not cell and _held(cell) is not fn
        ]
        if scope is there and not others and defaults is fn.__defaults__ and named is fn.__kwdefaults__:
            return fn
        same = FunctionType(fn.__code__, scope, fn.__name__, defaults, cells)
        same.__kwdefaults__ = named
        for cell in cells:  # it may call itself
            if _held(cell) is fn:
                cell.cell_contents = same
        if scope is not there and there.get(fn.__name__) is fn:
            scope[fn.__name__] = same
        return same

    def _cell(self, cell, fn):
        held = _held(cell)
        other = self.of(held)
        if other is held and held is not fn:
            return cell
        return self.known.setdefault(id(cell), (cell, CellType(other)))[1]  # functions may share it


def _applied(function, *args):
    """Apply an operation of one's own as it is applied now, not as it was when somebody took its ``apply``."""
    return function.apply(*args)


def _held(cell):
    try:
        return cell.cell_contents
    except ValueError:  # it is filled later
        return None


def names_in(code: CodeType):
    """The names that code reads, with those of the functions that are written in it."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from names_in(part)


def is_the_users(file) -> bool:
    """Whether code of this file is a notebook's or of the user's own files."""
    return not file.startswith(NOT_THE_USERS)


def has_attributes_only(kind) -> bool:
    """Whether a class is the user's own, and what it makes are objects with attributes and nothing else."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    known = file is not None or kind.__module__ == "__main__"
    slots = any(vars(base).get("__slots__") for base in kind.__mro__)
    plain = kind.__new__ is object.__new__ and kind.__dictoffset__ != 0 and not slots
    return known and is_the_users(file or "") and plain


def is_script(value) -> bool:
    """Whether this is a module of TorchScript, which is no Python object inside."""
    return is_module(value) and type(value).__module__.startswith("torch.jit")


def script_in(fn):
    """A module of TorchScript that is reached from a function through what it reads, or None."""
    waiting, seen = [fn], {}
    while waiting:
        each = waiting.pop()
        if is_script(each):
            return each
        if id(each) not in seen:
            seen[id(each)] = each
            waiting += parts_of(each)
    return None


def parts_of(value):
    """What a container holds, an object has as attributes, a function reads."""
    kind = type(value)
    if kind in MAPPINGS or kind in SEQUENCES or isinstance(value, tuple):
        return () if len(value) > MANY else value.values() if kind in MAPPINGS else value
    if kind is MethodType:
        return value.__self__, value.__func__
    if kind is functools.partial:
        return value.func, value.args, value.keywords
    if kind is CACHE:
        return (value.__wrapped__,)
    if kind is FunctionType and is_the_users(value.__code__.co_filename):
        there = value.__globals__
        return (value.__defaults__, value.__kwdefaults__, *map(_held, value.__closure__ or ()),
                *(there[name] for name in names_in(value.__code__) if name in there))  # fmt: skip
    return vars(value).values() if is_module(value) or has_attributes_only(kind) else ()
