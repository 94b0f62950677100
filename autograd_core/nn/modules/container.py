"""Modules that hold modules: one after the other, in a list, by name."""

import operator
from collections.abc import Iterable
from itertools import count, groupby

from .module import Module, _in_brackets, _indented


class Sequential(Module):
    """Modules run one after the other, each on the output of the one before.

    >>> nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            named = modules[0].items()
        else:
            named = ((str(i), module) for i, module in enumerate(modules))
        for name, module in named:
            self.add_module(name, module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input

    def append(self, module):
        """Add a module at the end; returns the container."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add several modules at the end; returns the container."""
        for module in modules:
            self.append(module)
        return self

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(dict(list(self._modules.items())[index]))
        return self._modules[_name_at(self, index)]

    def __setitem__(self, index, module):
        setattr(self, _name_at(self, index), module)

    def __delitem__(self, index):
        names = list(self._modules)[index] if isinstance(index, slice) else [_name_at(self, index)]
        kept = [module for name, module in self._modules.items() if name not in names]
        self._modules.clear()
        self._modules.update((str(i), module) for i, module in enumerate(kept))


class ModuleList(Module):
    """A list of modules that are registered; how they are used is up to ``forward``."""

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    append = Sequential.append
    __len__, __iter__ = Sequential.__len__, Sequential.__iter__
    __setitem__, __delitem__ = Sequential.__setitem__, Sequential.__delitem__

    def extend(self, modules):
        """Add several modules at the end; returns the list."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleList.extend should be called with an iterable, but got " + type(modules).__name__
            )
        return Sequential.extend(self, modules)

    def insert(self, index, module):
        """Put a module in before place ``index``."""
        modules = list(self)
        modules.insert(index, module)
        self._modules.clear()
        self.extend(modules)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._modules[_name_at(self, index)]

    def __repr__(self):
        """Equal modules that follow one another share a line: ``(0-2): 3 x ReLU()``."""
        place, lines = count(), []
        for text, equal in groupby(map(repr, self)):
            places = [next(place) for _ in equal]
            first, last = places[0], places[-1]
            name = f"({first})" if first == last else f"({first}-{last})"
            times = "" if first == last else f"{len(places)} x "
            lines.append(f"{name}: {times}{_indented(text)}")
        return _in_brackets(self._get_name(), [], lines)


class ModuleDict(Module):
    """Modules by name, registered; how they are used is up to ``forward``."""

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def update(self, modules):
        """Add the modules of a dictionary, or of ``(name, module)`` pairs."""
        for name, module in dict(modules).items():
            self[name] = module

    def __getitem__(self, name):
        return self._modules[name]

    def __setitem__(self, name, module):
        self.add_module(name, module)

    def __delitem__(self, name):
        del self._modules[name]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, name):
        return name in self._modules

    def keys(self):
        """The names."""
        return self._modules.keys()

    def values(self):
        """The modules."""
        return self._modules.values()

    def items(self):
        """``(name, module)`` pairs."""
        return self._modules.items()

    def pop(self, name):
        """Remove the module of this name and return it."""
        return self._modules.pop(name)


def _name_at(container, index):
    """The name of the module at a place, which may be counted from the end."""
    index = operator.index(index)
    if not -len(container) <= index < len(container):
        raise IndexError(f"index {index} is out of range")
    return list(container._modules)[index]
