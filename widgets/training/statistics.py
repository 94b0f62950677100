"""How a training run's parameters stand: size of the gradients, and how far a step moves them.

Tensors of `autograd_core` and of PyTorch alike: the recorders turn both into arrays.
"""

import math
import weakref
from time import perf_counter
from typing import NamedTuple

import numpy as np

from autograd_core.printable import printable

from ..libraries import library_of
from ..words.names import caller, initialized, named_parameters, named_tensors

MOST_ELEMENTS = 1_000_000  # of a parameter; of a larger one every so manyth stands for all
CHECKS = 0.001  # of the time may be spent on gradients that are not sampled, to find nan early
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


class Statistics:
    """Looks at the parameters of a model while an ordinary loop trains it, and keeps none of it.

    Parameters
    ----------
    named : dict from names to parameters
    optimizer : or None; while open, a hook sees each of its steps
    batch_time : function that returns about how many seconds a batch takes

    Attributes
    ----------
    named, optimizer : as given, as far as they are still there
    batch : int, the number of the present batch; whoever runs the loop sets it
    sampling : bool, whether this batch's gradients and updates are measured
    bad : str, which gradient is not finite, in words; "" as long as none was found
    """

    def __init__(self, named, optimizer=None, batch_time=lambda: 1.0):
        named = {printable(name): parameter for name, parameter in named.items()}
        self._named = {name: weakref.ref(parameter) for name, parameter in named.items()}
        self._optimizer = weakref.ref(optimizer) if optimizer is not None else lambda: None
        self.batch_time = batch_time
        self.array = library_of(next(iter(named.values()))).array if named else None
        self.trained = set(named) if optimizer is None else in_optimizer(named, optimizer)
        self._first = next((name for name in named if name in self.trained), None)
        self.batch = self.next_check = 0
        self.stepped_at = None  # the last batch with a step
        self.steps = 0  # since it was opened
        self.piled_up = False  # were gradients added to those of a batch before?
        self.sampling, self.bad = False, ""
        self._handles, self._ear, self._before, self._norms = [], None, {}, {}

    @property
    def named(self) -> dict:
        there = {name: parameter() for name, parameter in self._named.items()}
        return {name: parameter for name, parameter in there.items() if parameter is not None}

    @property
    def optimizer(self):
        return self._optimizer()

    @property
    def first(self):
        """The first parameter that is trained, or None."""
        return self.named.get(self._first)

    def open(self):
        """Begin to listen to the optimizer."""
        self.steps, self.next_check, self.bad = 0, 0, ""
        if self.optimizer is not None and not self._handles:
            self._handles = [self.optimizer.register_step_pre_hook(self._before_step)]

    def close(self):
        """Leave optimizer and parameters as they were found."""
        for handle in self._handles:
            handle.remove()
        self._handles, self._before = [], {}
        self.sampling = False
        self._listen(False)

    def begin_sample(self):
        """Get ready to measure the batch that begins: remember the weights."""
        self.sampling, self._norms = True, {}
        self._before = {name: thin(self.array(p)).copy() for name, p in self.named.items()}
        self._listen(self.stepped_at == self.batch - 1)

    def _listen(self, used: bool):
        """If the gradients that are there have been used, see whether more are added to them."""
        if self._ear is not None:
            self._ear.remove()
            self._ear = None
        if used and self.first is not None and self.first.requires_grad:
            self._ear = self.first.register_hook(self._hear)

    def _hear(self, _):
        """A gradient of the first parameter arrives, and will be added to its ``.grad``."""
        if self._ear is not None and self.stepped_at != self.batch:
            old = self.first.grad
            self.piled_up = self.piled_up or (old is not None and norm(self.array(old)) > 0)
            self._listen(False)

    def _before_step(self, *_):
        self.steps += 1
        self.stepped_at = self.batch
        if self.sampling:
            self._measure()
        elif self.batch >= self.next_check:
            began = perf_counter()
            self.find_bad()
            batches = (perf_counter() - began) / (CHECKS * self.batch_time())
            self.next_check = self.batch + 1 + int(batches)

    def _measure(self):
        """Take the norms of all gradients."""
        self._norms = {name: None if p.grad is None else norm(self.array(p.grad))
                       for name, p in self.named.items()}  # fmt: skip
        if not all(size is None or math.isfinite(size) for size in self._norms.values()):
            self.find_bad()

    def find_bad(self):
        """See whether gradients are not finite; ``bad`` says which, as a sentence."""
        gradients = {name: p.grad for name, p in self.named.items()}
        names = [name for name, each in gradients.items() if not finite(self.array, each)]
        if names and not self.bad:
            what = kind(norm(self.array(gradients[names[0]])))
            more = f" (and {len(names) - 1} more of {len(gradients)})" if len(names) > 1 else ""
            self.bad = f"the gradient of {names[0]} is {what}{more}"

    def end_sample(self) -> dict[str, Standing]:
        """Return how each parameter stands after the batch; ratios only if it was sampled."""
        if not self._norms or not self.sampling:
            self._measure()
        self.sampling = False
        self._listen(False)
        with np.errstate(all="ignore"):
            return {name: self._standing(name, p) for name, p in self.named.items()}

    def _standing(self, name, p):
        size, before, now = self._norms.get(name), self._before.pop(name, None), thin(self.array(p))
        if before is None or before.shape != now.shape:
            return Standing(size, None, self._state(name, size, self.stepped_at == self.batch))
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
            return kind(size)
        return ZERO if size == 0 else MOVING if moved else STILL

    def learning_rates(self) -> list[float]:
        """Return the learning rate of each group of the optimizer."""
        if self.optimizer is None:
            return []
        return [float(group["lr"]) for group in self.optimizer.param_groups if "lr" in group]


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


def in_optimizer(named, optimizer) -> set[str]:
    """Return the names of the parameters that an optimizer moves."""
    moved = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return {name for name, p in named.items() if id(p) in moved}


def parameters_of(model, optimizer) -> dict:
    """Return the parameters to be watched by name; see ``TrainingMonitor.watch`` for the errors."""
    if optimizer is not None and not hasattr(optimizer, "register_step_pre_hook"):
        raise TypeError(
            f"optimizer should be an optimizer such as optim.SGD(...), not {type(optimizer).__name__}"
        )
    if model is None:
        return by_number(optimizer) if optimizer is not None else {}
    if not hasattr(model, "named_parameters") or isinstance(model, type):
        raise TypeError(f"model should be a module with parameters, not {type(model).__name__}")
    named = named_parameters(model, caller())
    if not named:
        raise ValueError("the model has no parameters: there is nothing to train in it")
    if optimizer is not None and not in_optimizer(named, optimizer):
        raise ValueError(
            "the optimizer moves none of this model's parameters. Was the model made anew after "
            "it? Make the optimizer again: optim.SGD(model.parameters(), ...)"
        )
    return named


def by_number(optimizer) -> dict:
    """Return an optimizer's parameters, named after the caller's variables, else numbered."""
    tensors = [p for group in optimizer.param_groups for p in group["params"]]
    known = {}
    is_tensor = library_of(tensors[0]).is_tensor if tensors else bool
    for name, tensor in named_tensors(None, caller(), is_tensor):
        known.setdefault(id(tensor), name)
    return initialized({known.get(id(p), f"parameter {i}"): p for i, p in enumerate(tensors)})
