"""How a training run's parameters stand: size of the gradients, and how far a step moves them.

Tensors of `autograd_core` and of PyTorch alike: the recorders turn both into arrays.
"""

import math
import weakref
from time import perf_counter
from typing import NamedTuple

import numpy as np

from autograd_core.printable import printable

from ..libraries import library_of, moved_by
from ..words.names import called, caller, initialized, named_parameters

MOST_ELEMENTS = 1_000_000  # of a parameter; of a larger one every so manyth stands for all
CHECKS = 0.01  # of the time may be spent on gradients that are not sampled, to find nan early
MOVING, STILL, ZERO = "moving", "did not move", "gradient is zero"
LEAPING, LEAP = "leaping", 0.1  # a step of more than that part of the parameter is a leap
NONE, LEFT_OUT = "no gradient", "not in the optimizer"


class Standing(NamedTuple):
    """One parameter after one batch.

    ``norm``: Euclidean norm of the gradient, or None; ``ratio``: norm of the change divided by
    the norm of the parameter before it, None where that was 0; ``state``: in words.
    """

    norm: float | None
    ratio: float | None
    state: str


class Steps:
    """The steps of one optimizer, and whether gradients that one of them has used are added to.

    Attributes
    ----------
    names : list of str, the parameters that it moves
    count, last : int, how many steps there were, and the batch of the last one
    piled_up : bool, whether a step has used gradients that were added to those of a step before
    """

    def __init__(self, optimizer, named):
        moved = set(map(id, moved_by(optimizer)))
        self.names = [name for name, p in named.items() if id(p) in moved]
        self.optimizer = weakref.ref(optimizer)
        self._first = weakref.ref(named[self.names[0]])
        self.count, self.last, self.piled_up = 0, None, False
        self._handles, self._ear, self._adds, self._array = [], None, None, library_of(self._first()).array

    def open(self, before, after):
        """Begin to listen."""
        self.count, optimizer = 0, self.optimizer()
        if optimizer is not None and not self._handles:
            self._handles = [
                optimizer.register_step_pre_hook(lambda optimizer, *called: before(self, *called)),
                optimizer.register_step_post_hook(lambda *_: after()),
            ]

    def close(self):
        """Leave optimizer and parameters as they were found."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self.listen(False)

    def listen(self, used: bool):
        """If the gradients that are there have been used, see whether more are added to them."""
        if self._ear is not None:
            self._ear.remove()
        self._ear, self._adds, first = None, None, self._first()
        if used and first is not None and first.requires_grad:
            self._ear = first.register_hook(self._hear)

    def _hear(self, _):
        """A gradient of the first parameter arrives, and will be added to its ``.grad``."""
        if self._adds is not False:  # another optimizer's pass may come first, and be zeroed
            old = self._first().grad
            self._adds = old is not None and norm(self._array(old)) > 0

    def made(self, batch):
        """A step is made."""
        self.count, self.last = self.count + 1, batch
        self.piled_up = self.piled_up or bool(self._adds)
        self.listen(False)


class Statistics:
    """Looks at the parameters of a model while an ordinary loop trains it, and keeps none of it.

    Parameters
    ----------
    named : dict from names to parameters
    optimizers : while open, a hook sees each of their steps
    batch_time : function that returns about how many seconds a batch takes
    strict : bool, whether gradients are looked at before every step, however long that takes

    Attributes
    ----------
    named, optimizers : as given, as far as they are still there
    batch : int, the number of the present batch; whoever runs the loop sets it
    sampling : bool, whether this batch's gradients and updates are measured
    bad : str, which gradient is not finite, in words; "" as long as none was found
    """

    def __init__(self, named, optimizers=(), batch_time=lambda: 1.0, strict=False):
        named = {printable(name): parameter for name, parameter in named.items()}
        self._named = {name: weakref.ref(parameter) for name, parameter in named.items()}
        self.batch_time, self.strict = batch_time, strict
        self.array = library_of(next(iter(named.values()))).array if named else None
        self.steps = [Steps(each, named) for each in optimizers]
        self.trained = {name for each in self.steps for name in each.names} if optimizers else set(named)
        self.batch = self.next_check = 0
        self.sampling, self.bad = False, ""
        self._before, self._norms, self._held, self.held_at = {}, {}, [], None

    @property
    def named(self) -> dict:
        there = {name: parameter() for name, parameter in self._named.items()}
        return {name: parameter for name, parameter in there.items() if parameter is not None}

    @property
    def optimizers(self) -> list:
        return [optimizer for each in self.steps if (optimizer := each.optimizer()) is not None]

    @property
    def stepped(self) -> bool:
        """Whether a step was made in this batch."""
        return any(each.last == self.batch for each in self.steps)

    @property
    def piled_up(self) -> bool:
        return any(each.piled_up for each in self.steps)

    def open(self, fine):
        """Begin to listen to the optimizers. ``fine()`` says before each step whether it may be made."""
        self.fine, self.next_check, self.bad = fine, 0, ""
        for each in self.steps:
            each.open(self._before_step, self._after_step)

    def close(self):
        """Leave optimizers and parameters as they were found."""
        self._after_step()
        for each in self.steps:
            each.close()
        self.fine, self._before = None, {}
        self.sampling = False

    def begin_sample(self):
        """Get ready to measure the batch that begins: remember the weights."""
        self.sampling, self._norms = True, {}
        self._before = {name: thin(self.array(p)).copy() for name, p in self.named.items()}
        for each in self.steps:
            each.listen(each.last == self.batch - 1)

    def _before_step(self, steps, called, keywords):
        closures = [each for each in (*called[1:], *keywords.values()) if each is not None]
        if closures:  # whose pass comes now
            steps.made(self.batch)
            return
        if getattr(steps.optimizer(), "found_inf", 0):  # a GradScaler's: a fused step that does nothing
            return
        if self.sampling:
            self._measure(steps.names)
            if not all(size is None or math.isfinite(size) for size in map(self._norms.get, steps.names)):
                self.find_bad(steps.names)
        elif self.strict or self.batch >= self.next_check:
            began = perf_counter()
            self.find_bad(steps.names)
            batches = (perf_counter() - began) / (CHECKS * self.batch_time())
            self.next_check = self.batch + 1 + int(batches)
        if self.fine():
            steps.made(self.batch)
        else:  # what has no gradient is not moved
            steps.count, self.held_at = steps.count + 1, self.batch
            self._held = [(p, p.grad) for p in moved_by(steps.optimizer()) if p.grad is not None]
            for p, _ in self._held:
                p.grad = None

    def _after_step(self):
        for p, gradient in self._held:
            p.grad = gradient
        self._held = []

    def _measure(self, names):
        """Take the norms of gradients."""
        named = self.named
        self._norms |= {name: None if named[name].grad is None else norm(self.array(named[name].grad))
                        for name in names if name in named}  # fmt: skip

    def find_bad(self, names=None):
        """See whether gradients are not finite; ``bad`` says which, as a sentence."""
        gradients = {name: p.grad for name, p in self.named.items() if names is None or name in names}
        wrong = [name for name, each in gradients.items() if not finite(self.array, each)]
        if wrong and not self.bad:
            what = kind(norm(self.array(gradients[wrong[0]])))
            more = f" (and {len(wrong) - 1} more of {len(gradients)})" if len(wrong) > 1 else ""
            self.bad = f"the gradient of {wrong[0]} is {what}{more}"

    def end_sample(self) -> dict[str, Standing]:
        """Return how each parameter stands after the batch; ratios only if it was sampled."""
        if not self.sampling:
            self._norms = {}
        self._measure([name for name in self.named if name not in self._norms])
        bad = not all(size is None or math.isfinite(size) for size in self._norms.values())
        if bad and (self.stepped or not self.steps):  # else the step was left out, perhaps for that
            self.find_bad()
        self.sampling = False
        for each in self.steps:
            each.listen(False)
        with np.errstate(all="ignore"):
            return {name: self._standing(name, p) for name, p in self.named.items()}

    def _standing(self, name, p):
        size, before, now = self._norms.get(name), self._before.pop(name, None), thin(self.array(p))
        if before is None or before.shape != now.shape:
            moved = any(each.last == self.batch for each in self.steps if name in each.names)
            return Standing(size, None, self._state(name, size, moved))
        length, moved = norm(before), norm(np.subtract(now, before, dtype=np.result_type(now, np.float64)))
        ratio = None if size is None or length == 0 else moved / length
        state = self._state(name, size, moved)
        leaps = state == MOVING and ratio is not None and ratio > LEAP
        return Standing(size, ratio, LEAPING if leaps else state)

    def _state(self, name, size, moved):
        if name not in self.trained:
            return LEFT_OUT
        if size is None:
            return NONE
        if not math.isfinite(size):
            unused = self.steps and not self.stepped and self.held_at != self.batch
            return f"{kind(size)}, no step" if unused else kind(size)
        return ZERO if size == 0 else MOVING if moved else STILL

    def learning_rates(self) -> list[float]:
        """Return the learning rate of each group of the optimizers."""
        groups = (group for optimizer in self.optimizers for group in optimizer.param_groups)
        return [float(group["lr"]) for group in groups if "lr" in group]


def norm(array) -> float:
    """Return the Euclidean norm, also where the squares are too large or too small to write.

    >>> norm(np.array([3.0, 4.0])), norm(np.array([3e-200, 4e-200]))
    (5.0, 5e-200)
    """
    flat = np.asarray(array).reshape(-1)
    squares = np.vdot(flat, flat).real if flat.itemsize > 2 else 0.0  # none have room in half precision
    if 1e-30 < squares < 1e30:
        return math.sqrt(squares)
    largest = float(np.abs(flat).max(initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(flat.astype(np.complex128) / largest))


@np.errstate(over="ignore")
def finite(array_of, gradient) -> bool:
    """Whether a gradient has no nan and no infinity; having none at all is all right."""
    if gradient is None:
        return True
    flat = np.asarray(array_of(gradient)).reshape(-1)
    return bool(np.vdot(flat, flat).real < math.inf) or bool(np.isfinite(flat).all())


def kind(size: float) -> str:
    """Say which of the numbers that are not finite this is."""
    return "nan" if math.isnan(size) else "infinite"


def thin(array):
    """Return a large array's every so manyth element, a small one as it is."""
    array = np.asarray(array)
    if array.size <= MOST_ELEMENTS:
        return array
    return array.reshape(-1)[:: math.ceil(array.size / MOST_ELEMENTS)]


def parameters_of(models, optimizers) -> dict:
    """Return the parameters to be watched by name; see ``TrainingMonitor.watch`` for the errors."""
    for optimizer in optimizers:
        if not hasattr(optimizer, "register_step_pre_hook"):
            raise TypeError(
                f"optimizer should be an optimizer such as optim.SGD(...), not {type(optimizer).__name__}"
            )
    if not models:
        return by_number([p for optimizer in optimizers for p in moved_by(optimizer)])
    named: dict = {}
    for number, model in enumerate(models, 1):
        if not hasattr(model, "named_parameters") or isinstance(model, type):
            raise TypeError(f"model should be a module with parameters, not {type(model).__name__}")
        found = named_parameters(model, caller())
        if not found:
            raise ValueError("the model has no parameters: there is nothing to train in it")
        named |= {f"{number}.{name}" if name in named else name: p for name, p in found.items()}
    known = set(map(id, named.values()))
    if any(known.isdisjoint(map(id, moved_by(optimizer))) for optimizer in optimizers):
        raise ValueError(
            "the optimizer moves none of this model's parameters. Was the model made anew after "
            "it? Make the optimizer again: optim.SGD(model.parameters(), ...)"
        )
    return named


def by_number(tensors) -> dict:
    """Return optimizers' parameters, named after the caller's variables, else numbered."""
    if not tensors:
        return {}
    is_tensor = library_of(tensors[0]).is_tensor
    return initialized(dict(zip(called(tensors, caller(), is_tensor), tensors, strict=True)))


def all_of(things) -> list:
    """One thing or several, as a list.

    >>> all_of(None), all_of(1), all_of((1, 2))
    ([], [1], [1, 2])
    """
    if things is None:
        return []
    return list(things) if isinstance(things, list | tuple) else [things]
