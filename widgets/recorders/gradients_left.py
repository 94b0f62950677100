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
        self.wasted: Counter = (
            Counter()
        )  # how often the gradients of an optimizer's parameters were thrown away

    def given(self, optimizer):
        return [p for p in moved_by(optimizer) if self.fed.get(id(p), lambda: None)() is p]

    def known(self):
        return [(key, one) for key, ref in self.optimizers.items() if (one := ref()) is not None]

    def before_pass(self):
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
        """What is wrong with the gradients that a step is about to use: ``"added"``, ``"thrown"``, or ``""``."""
        own, told = moved_by(optimizer), ""
        if any(each.added and each.there() for p in own if (each := self.used.get(id(p)))):
            told = "added"
        elif self.given(optimizer) and not any(some(p._grad) for p in own):
            told = "thrown"
        self.steps += 1
        for p in own:
            self.fed.pop(id(p), None)
            if p._grad is not None:
                self.used[id(p)] = Used(weakref.ref(p), weakref.ref(p._grad), p._grad._version)
        return told

    def unused(self) -> dict:
        """How often gradients were thrown away, by the ids of optimizers of which nothing has moved, by nobody's step."""
        return {
            key: self.wasted[key]
            for key, one in self.known()
            if self.wasted[key] > 1 and not self.steps and not any(map(self.moved, moved_by(one)))
        }

    def moved(self, parameter) -> bool:
        before = self.first.get(id(parameter))
        return before is not None and not np.array_equal(before, beginning(parameter), equal_nan=True)


def beginning(parameter):
    return library_of(parameter).array(parameter).ravel()[:ELEMENTS].copy()
