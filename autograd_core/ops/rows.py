"""How a line of an operation table reads: the row that it makes, and where its function is called.

::

    sin = unary("sin", np.sin, lambda g, x, y: g * np.cos(x), analytic=True)
    mul = binary("mul", operator.mul, a=lambda g, a, b, y: g * b, b=lambda g, a, b, y: g * a,
                 numpy=np.multiply, symbol="*", commutes=True, analytic=True)
    sum_ = operation("sum", forward, x=lambda g, shape, dim: ...)  # any operands and parameters

A rule turns the incoming gradient ``g`` into the gradient of one operand. The rules of ``unary``
and ``binary`` all take the operands and the output ``y``; those of ``operation`` name what they
need. The text of a rule is also the formula that learners see.

What else a line says is a fact of the operation (``node``, ``keeps``, ``analytic``, ``fills``,
and the words of ``PLACES``; see :class:`~autograd_core.core.node.Operation`), or where
its function is called (``also``, ``in_place``, ``numpy``, ``symbol``, ...; see :class:`Offer`). A
function of Python that leads to several rows says the latter itself, by :func:`offered`.
"""

from typing import NamedTuple

import numpy as np

from ..core import operation as core
from ..core.node import PLACES, Operation, constant
from .arguments import check_tensors
from .kinds import as_float, as_it_is

FACTS = {"keeps", "analytic", "fills", "stretched", *PLACES}


class Offer(NamedTuple):
    """Where a function can be called.

    Attributes
    ----------
    function : the function
    names : tuple of str, its own name and others
    torch, method : bool, whether it is a function of the package, a method of ``Tensor``
    in_place : whether there is a method ``name_``: True for one that overwrites the elements,
        ``"apart"`` if no operand may share its memory, ``"turned"`` for one that makes the tensor
        what the function shows of it
    numpy : NumPy's function that does the same with tensors, or None
    symbol : Python's operator as it is written, ``"+"`` or ``"-x"``
    commutes : bool, whether a plain number before that operator goes second
    mirrors : the operator after a plain number, the first operand
    """

    function: object
    names: tuple
    torch: bool = True
    method: bool = True
    in_place: bool | str = False
    numpy: object = None
    symbol: str = ""
    commutes: bool = False
    mirrors: str = ""


offers = []  # all of them, which methods.py and ../numpy_protocol.py put where they belong


def offered(*also, **where):
    """Say where a function can be called, and under which other names: see :class:`Offer`."""

    def note(function):
        offers.append(Offer(function, (function.__name__, *also), **where))
        return function

    return note


def hidden(**where):
    """Say that a function is called by NumPy's function or Python's operator only."""
    return offered(torch=False, method=False, **where)


# ---------------------------------------------------------------------- the lines


def unary(op, forward, rule, *, kind=as_float, doc=None, **line):
    """An operation of one tensor, element by element.

    ``kind`` says in which type it computes for a type that is no floating-point type; without
    it whole numbers are turned into the default floating type first.
    """
    row = Operation(op, {"x": rule}, forward=forward, uniform=True, **_facts(line))
    return finish(core.unary(row, forward, kind), op, doc, forward, **line)


def binary(op, forward, *, a, b, of_number=None, by_number=None, kind=as_it_is, doc=None, **line):
    """An operation of two tensors (or a tensor and a number), broadcast against each other.

    ``kind(common_type, a, b)`` says in which type it computes, or raises. ``of_number`` and
    ``by_number`` are the node's name and the rule where the first, or the second, operand is a
    plain number; without them it is recorded as of two tensors. With ``numbers=False`` the
    function takes none.
    """
    facts = _facts(line) | {"forward": forward, "uniform": True}
    row = of = by = Operation(op, {"a": a, "b": b}, **facts)
    if of_number is not None:
        own = facts | {"name": of_number[0], "keeps": None}
        of = Operation(op, {"a": constant, "b": of_number[1]}, **own)
    if by_number is not None:
        own = facts | {"name": by_number[0], "keeps": None}
        by = Operation(op, {"a": by_number[1], "b": constant}, **own)
    symbol = line.get("symbol") or line.get("mirrors", "")
    return finish(core.binary(row, of, by, forward, kind, symbol), op, doc, forward, **line)


def operation(op, forward, *, view=False, broadcast=False, turned=None, **line):
    """An operation of any number of tensors with parameters, shapes of its own making.

    ``forward(*arrays, **parameters)`` computes the output array; each operand's rule is called
    with the incoming gradient and whatever operands, output or parameters it names (and the first
    operand's ``shape``); until then operands and output among these must not be changed in place. Returns ``apply(*tensors,
    keeps=(), **parameters)``; ``keeps`` are other tensors that must not be changed. With
    ``view=True`` the output shares memory with the first operand; ``turned`` is its node's name
    where it turns a tensor itself, in place. With ``broadcast=True`` the operands are broadcast
    against each other, and what their rules give is summed back to their shapes and types. A
    ``forward`` that returns a tuple makes several tensors; a rule then gets ``g`` as
    :class:`~autograd_core.core.node.Gradients`, one entry for each of them.
    """
    facts = {"analytic": view, "forward": forward} | _facts(line)  # what is left are the rules
    if broadcast:
        facts["stretched"] = tuple(line)
    row = Operation(op, line, **facts)
    if turned is not None:
        row.turned = Operation(op, line, **facts | {"name": turned})
    return named(core.general(row, forward, view, broadcast), op)


def _facts(line):
    """What a line says of the operation itself, taken out of it."""
    return {"name": line.pop("node", None)} | {fact: line.pop(fact) for fact in FACTS & line.keys()}


# ---------------------------------------------------------------------- the functions


def finish(function, op, doc, forward, *, also=(), public=True, numbers=True, in_place=True,
           numpy=None, **where):  # fmt: skip
    """The function of a line, named, described and offered; it computes ``forward``.

    Where that is NumPy's, NumPy's function on tensors is this one. With ``public=False`` it has no
    name in the package; with ``numbers=False`` it takes tensors only.
    """
    if numpy is None and isinstance(forward, np.ufunc):
        numpy = forward
    if not numbers:
        hidden(numpy=numpy)(named(function, op, doc))
        function, numpy = _of_tensors(function), None
    named(function, op, doc)
    if public:
        return offered(*also, in_place=in_place, numpy=numpy, **where)(function)
    return hidden(numpy=numpy, **where)(function)


def named(function, op, doc=None):
    """The function under the name ``op``, with this docstring."""
    function.__name__ = function.__qualname__ = op
    function.__doc__ = doc
    return function


def _of_tensors(function):
    def of_tensors(input, other):
        check_tensors(function.__name__, input=input, other=other)
        return function(input, other)

    return of_tensors
