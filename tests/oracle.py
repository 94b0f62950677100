"""PyTorch, the judge of what `autograd_core` must do: `from tests.oracle import torch`.

Where PyTorch is missing, `torch` is a stand-in for it. Modules of tests may import it, name what
is in it, put that into tables and derive classes from it; so each of them is whole, and those of
its tests that need no PyTorch run. A test that comes to use the stand-in ends there, through
`missing`.
"""

import os
import re

from tests.missing import need


def need_pytorch():
    """End the running test where PyTorch is missing."""
    need("torch")


def need_pytorch_for(code):
    """The same, if `code`, which a kernel or another process will run, imports it."""
    if re.search(r"^\s*(import|from) torch\b", code, re.MULTILINE):
        need_pytorch()


def use(name):
    """Hand out a stand-in while tests are collected; once they run, `missing` is what is left."""
    if "PYTEST_CURRENT_TEST" in os.environ:
        need_pytorch()
    return Absent(name)


class Absent:
    """What stands in for a module, function, class or tensor of PyTorch while tests are collected."""

    def __init__(self, name):
        self.__name__ = name

    def __repr__(self):
        return f"<{self.__name__}, which is missing>"

    def __getattr__(self, name):
        if name.startswith("__"):  # Python's and pytest's own questions
            raise AttributeError(name)
        return use(name)

    def __call__(self, *arguments, **options):
        return use(self.__name__)

    def __getitem__(self, key):
        return use(self.__name__)

    def __mro_entries__(self, bases):
        return (Derived,)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __call__
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = __iter__ = __call__


class DerivedType(type):
    """Classes derived from one of PyTorch's: they can be written down, and no more."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return use(name)

    def __call__(cls, *arguments, **options):
        return use(cls.__name__)


class Derived(metaclass=DerivedType):
    """Stands in for every class of PyTorch that another one is derived from."""


try:
    import torch
except ModuleNotFoundError:
    torch = Absent("torch")

pytorch_is_missing = isinstance(torch, Absent)
