"""Where each operation is called, as its row says: ``x.sin()``, ``x.sin_()``, ``x + 1``, ``1 - x``."""

from ..core.grad_mode import mode
from ..core.in_place import check_change, refresh, set_history
from ..core.node import _frame
from ..core.source import user_frame
from ..core.tensor import Tensor, result
from .rows import named, offers

# Python's operators, and the methods that it calls for them
OF_TWO = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__",
    "%": "__mod__", "**": "__pow__", "&": "__and__", "|": "__or__", "^": "__xor__",
    "<<": "__lshift__", ">>": "__rshift__",
}  # fmt: skip
OTHERS = {
    "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__", "==": "__eq__", "!=": "__ne__",
    "-x": "__neg__", "+x": "__pos__", "~x": "__invert__", "abs(x)": "__abs__",
}  # fmt: skip


def install():
    """Give ``Tensor`` the methods and operators that the operations offer."""
    for offer in offers:
        for name in offer.names if offer.method else ():
            setattr(Tensor, name, offer.function)
        for name in offer.names if offer.in_place else ():
            make = turned if offer.in_place == "turned" else in_place
            setattr(Tensor, name + "_", make(name, offer.function, offer.in_place == "apart"))
    for offer in offers:
        if offer.symbol in OTHERS:
            setattr(Tensor, OTHERS[offer.symbol], compared(offer))
        elif offer.symbol:
            name = OF_TWO[offer.symbol]
            setattr(Tensor, name, offer.function)
            other_form = offer.function if offer.commutes else reflected(offer.function)
            setattr(Tensor, "__r" + name[2:], other_form)
            setattr(Tensor, "__i" + name[2:], getattr(Tensor, offer.names[0] + "_"))
        if offer.mirrors:
            setattr(Tensor, "__r" + OF_TWO[offer.mirrors][2:], reflected(offer.function))


def reflected(function):
    """The operator's other form: ``number op tensor``."""
    return lambda self, other: function(other, self)


def compared(offer):
    """An operator; ``==`` and ``!=`` Python answers itself for what is no number."""
    if offer.symbol not in ("==", "!="):
        return offer.function

    def compare(self, other):
        if other is None or isinstance(other, str | list | tuple | dict):
            return NotImplemented
        return offer.function(self, other)

    return compare


def in_place(op, function, apart=False):
    """The method ``op_`` that puts the outcome of a function into the tensor itself.

    With ``apart`` no operand may share its memory.
    """

    def method(self, *args, **kwargs):
        return change(self, op + "_", function, *args, apart=apart, **kwargs)

    method.__wrapped__ = function  # for those who ask for its parameters
    return named(method, op + "_", f"Like :meth:`{op}`, in place.")


def change(tensor, op, function, *operands, apart=False, **parameters):
    """Make ``tensor``, in place, what ``function(tensor, *operands, **parameters)`` gives."""
    before = tensor.before_change(op, (*operands, *parameters.values()), apart)
    return tensor.replace(function(before, *operands, **parameters), op, before)


def turned(op, function, _):
    """The method ``op_`` that makes the tensor itself the view that a function gives of it."""

    def method(self, *args, **kwargs):
        return turn(self, lambda x: function(x, *args, **kwargs), op + "_")

    method.__wrapped__ = function
    doc = f"Like :meth:`{op}`, in place: the numbers stay where they are in memory."
    return named(method, op + "_", doc)


def turn(tensor, view, op):
    """Make ``tensor`` itself what ``view`` shows of it: the same memory in another shape."""
    frame = user_frame(_frame(1))
    if mode.enabled and tensor.requires_grad:
        check_change(tensor, op)
    seen = view(result(tensor.array(), tensor._grad_fn))
    storage = tensor._share().storage
    tensor._data = seen._data
    storage.modified(op, frame, None)
    if seen._grad_fn is not None:
        seen._grad_fn.operation = seen._grad_fn.operation.turned
        set_history(tensor, seen._grad_fn)
    for other in storage.live_views():
        if other is not tensor:
            refresh(other, frame)
    return tensor
