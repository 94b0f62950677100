"""A loader that a monitor watches: it gives the batches of the loader, and nothing else changes."""

import dis
import math
import sys
import weakref
from inspect import CO_OPTIMIZED
from numbers import Number

from autograd_core.printable import quoted

from ..libraries import is_recording
from ..outputs import shell
from ..words.names import is_a, readable

LOOKED_THROUGH = range(3)  # frames for the loop's variable `loss`: its own, and e.g. around tqdm's
LOSSES = ("torch.nn.modules.loss", "autograd_core.nn.modules.loss")
DROPS = ("POP_TOP", "POP_ITER")  # instructions that let go of an iterator
HELD_BY_ITS_FRAME = 3  # references: the frame's, the local variable's and the question's own


class WatchedLoader:
    """What ``TrainingMonitor.watch`` returns: stands in the loader's place in a ``for`` loop.

    Each ``for`` loop over it is one epoch. Its length and its attributes are the loader's own.
    """

    def __init__(self, monitor, loader, models, statistics, loss, epochs):
        self._monitor, self._loader, self._statistics = monitor, loader, statistics
        self._models = list(map(weakref.ref, models))
        self._loss, self._epochs = loss, epochs

    def __iter__(self):
        monitor = self._monitor
        return monitor.validated(self) if monitor.validates(self) else monitor.batches_of(self)

    def __len__(self):
        return len(self._loader)

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def length(self) -> int | None:
        """How many batches an epoch has, None if the loader does not know."""
        return length_of(self._loader)


def length_of(loader) -> int | None:
    """Return the length of a loader, or None if it does not know it."""
    try:
        return len(loader)
    except Exception:  # PyTorch: a DataLoader of an IterableDataset; or whatever a loader has there
        return None


class LossSource:
    """Where the loss of each batch comes from.

    Parameters
    ----------
    loss : function without arguments that returns it, or None
    criterion : module whose output is the loss, or None

    Without either it is the variable ``loss`` of whatever code runs the loop, as far as it was
    given a value in this batch: what cannot be told from an older one is left out.
    """

    def __init__(self, loss=None, criterion=None):
        if loss is not None and not callable(loss):
            raise TypeError(
                "loss should be a function that returns the present loss, loss=lambda: loss, "
                f"not {type(loss).__name__}; without it the loop's variable `loss` is read"
            )
        if criterion is not None and not hasattr(criterion, "register_forward_hook"):
            raise TypeError(
                "criterion should be a module such as nn.CrossEntropyLoss(), "
                f"not {type(criterion).__name__}; a function is given as loss=lambda: ..."
            )
        self.loss, self.criterion = loss, criterion
        self.told = None  # by the criterion or by the user, in this batch
        self.validation = []  # what the criterion has told under no_grad
        self._handle, self._last, self._loop, self._was_bad = None, (nothing, None), None, False

    def open(self, frame):
        """Begin to listen to the criterion; a variable `loss` that is there already is an old one."""
        if self.criterion is not None and self._handle is None:
            self._handle = self.criterion.register_forward_hook(self._hear)
        self._loop = frame.f_code
        self._remember(variable(frame))

    def close(self):
        """Leave the criterion as it was found."""
        if self._handle is not None:
            self._handle.remove()
        self._handle = self.told = None
        self.validation = []

    def _hear(self, module, args, output):
        if getattr(output, "requires_grad", True):
            self.told = output
        elif not is_recording():
            self.validation.append(number_of(output))

    def take(self, frame) -> float | None:
        """Return the loss of the batch that has just ended; None where there was none.

        This runs after each batch, when little of it is in the processor's caches: it calls as
        little as it can.
        """
        if self.told is not None:
            told, self.told = self.told, None
            return number_of(told)
        if self.criterion is not None:
            return None
        if self.loss is not None:
            value = number_of(self.loss())
            self._was_bad = not math.isfinite(value)
            return value
        value = variable(frame)
        if value is None or not self._is_new(value):
            return None
        self._remember(value)
        return measured(value)

    def peek(self) -> float | None:
        """Return the loss as far as it is known before a step; None where it is not, or an old one."""
        if self.told is not None or self.criterion is not None:
            return measured(self.told)
        if self.loss is not None:  # which may be that of the batch before
            return None if self._was_bad else measured(readable(lambda loss: loss(), self.loss))
        value, number = self._nearest(sys._getframe(1))
        return number if number is not None and self._is_new(value) else None

    def _nearest(self, frame):
        """Return what is nearest of what is called `loss` and is a number, from a step outward to the
        loop and around it, and this number.
        """
        left = None
        while frame is not None and left != 0:
            if frame.f_globals.get("__package__") != __package__:
                value = loss_in(frame)
                if (number := measured(value)) is not None:
                    return value, number
            left = len(LOOKED_THROUGH) if frame.f_code is self._loop else left
            frame, left = frame.f_back, left and left - 1
        return None, None

    def _is_new(self, value) -> bool:
        """Whether this is another object than the last time, or was changed in place since."""
        last, version = self._last
        return value is not last() or version_of(value) != version

    def _remember(self, value):
        """Another time this is an old one."""
        try:
            self._last = weakref.ref(value), version_of(value)  # not to keep the graph behind it
        except TypeError:
            self._last = (lambda: value) if is_a(value, Number) else nothing, None


def version_of(value):
    """How often a tensor was changed in place; None for a number, or a tensor made in inference mode."""
    try:
        return value._version
    except Exception:
        return None


def measured(value) -> float | None:
    """Return a loss as a float; None for what is no number, loss = nn.MSELoss() or loss = []."""
    if value is None:
        return None
    try:
        return float(value.item())
    except Exception:
        return float(value) if is_a(value, int | float) else None


def variable(frame):
    """Return what the variable `loss` is in the code that runs the loop, None where there is none."""
    for _ in LOOKED_THROUGH:
        value, frame = loss_in(frame), frame.f_back
        if value is not None or frame is None:
            break
    return value


def loss_in(frame):
    """Return what the variable `loss` is in a frame, None where there is none."""
    code = frame.f_code
    names = code.co_varnames + code.co_cellvars + code.co_freevars
    if code.co_flags & CO_OPTIMIZED and "loss" not in names:
        return None  # which spares a function's variables to be gathered
    return asked(frame, lambda variables: variables.get("loss"))


def criterion_in(frame):
    """The loss of a library that the code that runs the loop has in a variable, None where there is none, or several."""
    loaded = [vars(sys.modules[name]).values() for name in LOSSES if name in sys.modules]
    kinds = {id(each) for values in loaded for each in values if getattr(each, "__module__", "") in LOSSES}

    def losses(variables):
        return {id(each): each for each in list(variables.values()) if id(type(each)) in kinds}

    for _ in LOOKED_THROUGH:
        found = asked(frame, losses) if frame else {}
        if found:
            return next(iter(found.values())) if len(found) == 1 else None
        frame = frame and frame.f_back
    return None


def asked(frame, question):
    """Return what a question about the variables of a frame gives, and let go of them.

    Before Python 3.13 a function's ``f_locals`` is a copy that stays with its frame, and would
    keep a batch and its graph alive when the function has let go of them. So it is emptied,
    unless somebody else, who has called ``locals()``, holds it.
    """
    variables = frame.f_locals
    told = question(variables)
    own = frame.f_code.co_flags & CO_OPTIMIZED and type(variables) is dict
    if own and sys.getrefcount(variables) == HELD_BY_ITS_FRAME:
        variables.clear()
    return told


def left_by_choice(frame) -> bool:
    """Whether code that lets go of its loop does so by ``break`` or ``return``, not by an error.

    Its present instruction is then the one that drops the loop, and not one that has failed.
    Generators between, such as tqdm's, stand at their ``yield``.
    """
    while frame is not None and instruction(frame) in ("YIELD_VALUE", "RESUME"):
        frame = frame.f_back
    return frame is not None and instruction(frame) in DROPS


def instruction(frame) -> str:
    return dis.opname[frame.f_code.co_code[frame.f_lasti]]


def nothing():
    """Stands for a reference to what is gone."""


def number_of(loss) -> float:
    """Return a loss, a tensor with one element or a number, as a float.

    >>> number_of(2), number_of("two")
    Traceback (most recent call last):
    TypeError: the loss should be a number or a tensor with one element, not 'two'
    """
    item = getattr(loss, "item", None)
    try:
        return float(loss if item is None else item())
    except (TypeError, ValueError, OverflowError, RuntimeError):
        text = f"of shape {tuple(loss.shape)}" if hasattr(loss, "shape") else quoted(loss)
        raise TypeError(f"the loss should be a number or a tensor with one element, not {text}") from None


def cell_number() -> int | None:
    """Return the number of the cell that is running, None in a plain program."""
    return getattr(shell(), "execution_count", None)
