"""A function that runs on copies of the `autograd_core` tensors that it reads."""

import threading

import numpy as np

import autograd_core
from autograd_core.core.engine import reachable
from autograd_core.core.grad_mode import mode
from autograd_core.core.node import new
from autograd_core.core.tensor import Tensor

from .here import computed_before, here, memory_is_shared

LARGE = 2**16  # elements; copies of tensors of more are kept for the next call

SLOTS = {name: Tensor.__dict__[name] for name in Tensor.__slots__ if name[:2] != "__"}
Made = type("Tensor", (Tensor,), {"__slots__": (), "__doc__": "Made during a call.", **SLOTS})

open_in, lock = set(), threading.RLock()  # the threads in which there is a room


class Copies:
    """Where a function runs whose tensors are copies: reads and changes what it reads elsewhere.

    While there is one, the slots of `Tensor` are looked up here. A tensor that the call has made is
    what it is; of any other the slots are those of a copy, so that whatever happens to it, a change
    in place, a gradient, a hook, happens to the copy. With ``double`` the copies are in float64.

    The copies of one call are gone with the next one.
    """

    def __init__(self, double):
        self.double, self.known, self.kept, self.session = double, {}, {}, None
        self.independent, self.names = {}, {}
        self.keeping, self.made = False, []  # its graph holds what a call has made

    def begin(self, given=(), made=(), complexed=False):
        """Start anew: ``given`` are pairs of tensors and the leaves to read in their place."""
        self.kept = {
            key: (tensor, own._data) for key, (tensor, own) in self.known.items()
            if np.size(own._data) > LARGE and own is not tensor and not own._version
        } if self.session is here.session else {}  # fmt: skip
        self.known, self.session = {id(tensor): (tensor, own) for tensor, own in given}, here.session

    def within(self, work):
        """Do something with what a call has returned: its graph leads to tensors of the user's."""
        _switch_on()
        before, here.room = here.room, self
        try:
            return work()
        finally:
            here.room = before

    call = within  # a function that reads copies

    def target(self, tensor, own):
        """What to differentiate by, to get the gradient of a tensor that a leaf stands in for."""
        return tensor

    def out(self, tensor):
        """What a call has returned, as a tensor that it has made."""
        return tensor if type(tensor) is Made else self.within(lambda: tensor * 1)

    def named(self, names):
        """By names of the user's tensors, what the graph of a call holds in their place."""
        return {}

    def refuse_past(self, tensor):
        """Raise RuntimeError for a tensor that was computed, before, from what is nudged."""
        past = SLOTS["_grad_fn"].__get__(tensor)
        if past is None or id(tensor) in self.independent:
            return
        for leaf in reachable([past])[1]:
            if id(leaf) in self.names:
                raise computed_before(past.name(), self.names[id(leaf)])
        self.independent[id(tensor)] = tensor

    def refuse_shared_changes(self):
        """Raise RuntimeError where memory of several tensors was changed through one of them."""
        pairs = [(tensor, own) for tensor, own in self.known.values() if own is not tensor]
        for tensor, own in pairs:
            if own._version and any(
                np.may_share_memory(SLOTS["_data"].__get__(tensor), SLOTS["_data"].__get__(other))
                for other, _ in pairs if other is not tensor
            ):  # fmt: skip
                raise memory_is_shared()

    def of(self, tensor):
        """The copy whose slots are read."""
        found = self.known.get(id(tensor))
        if found is None:
            found = self.known[id(tensor)] = tensor, self.copy(tensor)
        return found[1]

    def copy(self, tensor):
        self.refuse_past(tensor)
        data = self.kept.get(id(tensor), (None, None))[1]
        if data is None:
            data = SLOTS["_data"].__get__(tensor)
            data = np.array(data, np.float64 if self.double and is_coarse(data) else None)[()]
        copy = new(Made)
        copy._data, copy._grad_fn = data, None
        copy._requires_grad = SLOTS["_requires_grad"].__get__(tensor)
        copy._grad, copy._memory, copy.extra = SLOTS["_grad"].__get__(tensor), None, None
        return copy


def is_coarse(data) -> bool:
    """Whether an array holds floating-point numbers in fewer digits than float64."""
    return data.dtype.kind == "f" and data.dtype.itemsize < 8


def _claim(tensor, room):
    """Take a tensor for made during the call, which of numbers without a past are float64."""
    data = SLOTS["_data"].__get__(tensor)
    past = SLOTS["_grad_fn"].__get__(tensor)
    whole = np.shape(getattr(data, "base", None)) in ((), np.shape(data))  # and no part of another's
    if room.double and past is None and is_coarse(data) and whole:
        SLOTS["_data"].__set__(tensor, data.astype(np.float64))
    if type(tensor) is Tensor:
        tensor.__class__ = Made
    else:
        room.known[id(tensor)] = tensor, tensor


def _looked_up(name):
    """A slot of `Tensor` as a property that looks it up in the room of this thread."""
    get, put = SLOTS[name].__get__, SLOTS[name].__set__

    def read(tensor):
        room = here.room
        return get(tensor if room is None else room.of(tensor))

    def write(tensor, value):
        room = here.room
        if room is None or (id(tensor) not in room.known and _is_new(tensor)):
            put(tensor, value)
            if room is not None and name == "_grad_fn":
                _claim(tensor, room)
        else:
            put(room.of(tensor), value)

    return property(read, write)


def _is_new(tensor) -> bool:
    """Whether a tensor is just being made: its slots are filled one by one."""
    try:
        SLOTS["_grad_fn"].__get__(tensor)
    except AttributeError:
        return True
    return False


LOOKED_UP = {name: _looked_up(name) for name in SLOTS}


def _switch_on():
    with lock:
        open_in.add(threading.get_ident())
        for name, looked_up in LOOKED_UP.items():
            if Tensor.__dict__[name] is not looked_up:
                setattr(Tensor, name, looked_up)


def _switch_off(_):
    with lock:
        open_in.discard(threading.get_ident())
        for name, slot in SLOTS.items():
            if not open_in and Tensor.__dict__[name] is not slot:
                setattr(Tensor, name, slot)


SETTINGS = [
    (lambda: mode.enabled, lambda known: setattr(mode, "enabled", known)),
    (autograd_core.get_rng_state, autograd_core.set_rng_state),
    (lambda: None, _switch_off),
]
