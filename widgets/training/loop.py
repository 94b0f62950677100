"""A loader that a monitor watches: it gives the batches of the loader, and nothing else changes."""

import sys
import weakref
from inspect import CO_OPTIMIZED
from numbers import Number

from autograd_core.printable import quoted

from ..outputs import shell
from ..words.names import is_a

LOOKED_THROUGH = range(3)  # frames for the loop's variable `loss`: its own, and e.g. around tqdm's
HELD_BY_ITS_FRAME = 3  # references: the frame's, the local variable's and the question's own


class WatchedLoader:
    """What ``TrainingMonitor.watch`` returns: stands in the loader's place in a ``for`` loop.

    Each ``for`` loop over it is one epoch. Its length and its attributes are the loader's own.
    """

    def __init__(self, monitor, loader, statistics, loss, epochs):
        self._monitor, self._loader, self._statistics = monitor, loader, statistics
        self._loss, self._epochs = loss, epochs

    def __iter__(self):
        return self._monitor.batches_of(self)

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
        self._handle, self._last = None, (nothing, None)

    def open(self, frame):
        """Begin to listen to the criterion; a variable `loss` that is there already is an old one."""
        if self.criterion is not None and self._handle is None:
            self._handle = self.criterion.register_forward_hook(self._hear)
        self._is_new(variable(frame))

    def close(self):
        """Leave the criterion as it was found."""
        if self._handle is not None:
            self._handle.remove()
        self._handle = self.told = None

    def _hear(self, module, args, output):
        if getattr(output, "requires_grad", True):  # validation is not training
            self.told = output

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
            return number_of(self.loss())
        value = variable(frame)
        if value is None or not self._is_new(value):
            return None
        try:
            return float(value.item())
        except Exception:  # a float; or what is no number, loss = nn.MSELoss() or loss = []
            return float(value) if is_a(value, int | float) else None

    def _is_new(self, value) -> bool:
        """Whether this is another object than the last time, or was changed in place since."""
        try:
            version = value._version
        except Exception:  # a number; a tensor made in inference mode
            version = None
        last, was = self._last
        try:
            self._last = weakref.ref(value), version  # not to keep the graph behind it
        except TypeError:
            self._last = (lambda: value) if is_a(value, Number) else nothing, None
        return value is not last() or version != was


def variable(frame):
    """Return what the variable `loss` is in the code that runs the loop, None where there is none.

    Before Python 3.13 a function's ``f_locals`` is a copy that stays with its frame, and would
    keep a batch and its graph alive when the function has let go of them. So it is emptied,
    unless somebody else, who has called ``locals()``, holds it.
    """
    for _ in LOOKED_THROUGH:
        names = frame.f_locals
        value = names.get("loss")
        own = frame.f_code.co_flags & CO_OPTIMIZED and type(names) is dict
        if own and sys.getrefcount(names) == HELD_BY_ITS_FRAME:
            names.clear()
        frame = frame.f_back
        if value is not None or frame is None:
            break
    return value


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
