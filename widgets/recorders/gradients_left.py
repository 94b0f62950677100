"""What becomes of gradients between backward passes and an optimizer's steps: added to, thrown away, left unused."""

import weakref
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from ..libraries import library_of, moved_by

ELEMENTS = 100  # of a parameter, by which it is told whether it moved


class Used(NamedTuple):
    """A gradient that a step has used: whose, itself, its version, and whether a pass has added to it since."""

    parameter: Any
    gradient: Any
    version: int
    added: bool = False

    def there(self) -> bool:
        """Whether it is its parameter's still, and not 0 throughout."""
        parameter, gradient = self.parameter(), self.gradient()
        return None not in (parameter, gradient) and parameter._grad is gradient and some(gradient)


def some(gradient) -> bool:
    """Whether there is a gradient that is not 0 throughout."""
    if gradient is None or getattr(gradient, "is_sparse", False):
        return gradient is not None
    return bool(np.any(library_of(gradient).array(gradient)))


class GradientsLeft:
    """Looks on at passes and steps; ``optimizers`` are weak references to those that are known, by their ids."""

    def __init__(self, optimizers):
        self.optimizers, self.steps = optimizers, 0
        self.used: dict = {}  # Used, by the parameter's id
        self.fed: dict = {}  # parameters that passes gave a gradient since their last step, weakly
        self.first: dict = {}  # some elements of those when they were given the first
        # how often the gradients of an optimizer's parameters were thrown away, and its steps found none, one after the other
        self.wasted, self.idle = Counter[int](), Counter[int]()
        self.stepped: dict = {}  # for each optimizer what its latest step used first, and some of its elements
        self.instead: dict = {}  # for those whose steps find none: another leaf of a loss, of the same shape

    def given(self, optimizer):
        return [p for p in moved_by(optimizer) if self.fed.get(id(p), lambda: None)() is p]

    def known(self):
        return [(key, one) for key, ref in self.optimizers.items() if (one := ref()) is not None]

    def before_pass(self, leaves):
        """A pass begins; ``leaves`` is a function that finds what its loss was computed from, as pairs of names and leaves."""
        for key, one in self.known():
            if self.idle[key] and key not in self.instead:
                held = {id(p) for _, each in self.known() for p in moved_by(each)}
                shapes = {tuple(p.shape) for p in moved_by(one)}
                self.instead[key] = [
                    name for name, leaf in leaves() if id(leaf) not in held and tuple(leaf.shape) in shapes
                ]
        self.used = {
            key: each
            for key, each in self.used.items()
            if each.there() and each.gradient()._version == each.version
        }
        for key, one in self.known():
            given = self.given(one)
            if given and not any(some(p._grad) for p in moved_by(one)):
                self.wasted[key] += 1
                for p in given:
                    del self.fed[id(p)]

    def after_pass(self, leaves):
        for key, each in self.used.items():
            gradient = each.gradient()
            if gradient is not None and gradient._version != each.version:
                self.used[key] = each._replace(version=gradient._version, added=True)
        fed = [next((p for p in moved_by(one) if some(p._grad)), None) for _, one in self.known()]
        for p in [*leaves, *fed]:
            if p is not None and some(p._grad):
                self.fed[id(p)] = weakref.ref(p)
                self.first.setdefault(id(p), beginning(p))

    def at_step(self, optimizer) -> str:
        """What is wrong with the gradients that a step is about to use: a word of `Event.gradients`, or ``""``."""
        own, told = moved_by(optimizer), ""
        if any(each.added and each.there() for p in own if (each := self.used.get(id(p)))):
            told = "added"
        elif self.given(optimizer) and not any(some(p._grad) for p in own):
            told = "thrown"
        elif self.is_same(optimizer, own):
            told = "again"
        self.idle[id(optimizer)] = 0 if any(some(p._grad) for p in own) else self.idle[id(optimizer)] + 1
        self.steps += 1
        for p in own:
            self.fed.pop(id(p), None)
            if p._grad is not None:
                self.used[id(p)] = Used(weakref.ref(p), weakref.ref(p._grad), p._grad._version)
        return told

    def is_same(self, optimizer, own) -> bool:
        """Whether a step is about to use the gradients of its step before, as they were."""
        first = next(
            (p._grad for p in own if some(p._grad) and not getattr(p._grad, "is_sparse", False)), None
        )
        if first is None or type(optimizer).__name__ == "LBFGS":  # which runs passes itself
            return False
        before, self.stepped[id(optimizer)] = (
            self.stepped.get(id(optimizer)),
            (weakref.ref(first), first._version, beginning(first)),
        )
        return (before is not None and before[0]() is first and before[1] == first._version
                and np.array_equal(before[2], beginning(first)))  # fmt: skip

    def unused(self) -> dict:
        """How often gradients were thrown away, by the ids of optimizers of which nothing has moved, by nobody's step."""
        return {
            key: self.wasted[key]
            for key, one in self.known()
            if self.wasted[key] > 1 and not self.steps and not any(map(self.moved, moved_by(one)))
        }

    def without_gradient(self) -> dict:
        """How many of the latest steps found no gradient, by the ids of optimizers, and the leaves that losses had instead."""
        return {key: (count, self.instead.get(key, [])) for key, count in self.idle.items() if count > 1}

    def moved(self, parameter) -> bool:
        before = self.first.get(id(parameter))
        return before is not None and not np.array_equal(before, beginning(parameter), equal_nan=True)


def beginning(parameter):
    return library_of(parameter).array(parameter).ravel()[:ELEMENTS].copy()
