"""What was seen in the block of `watching`: a thing that stands for the loss."""

import ast
from types import CodeType
from typing import NamedTuple

from autograd_core.core.source import Source

from ..trace import Trace


class Event(NamedTuple):
    """``zero_grad``, ``backward`` or ``step``: what it was, before the end of which pass, and where.

    ``owner`` is the id of the optimizer, 0 where it is another's. Of a step, ``gradients`` is ``"added"`` where a pass added
    to what an earlier step had used, ``"thrown"`` where those of a pass are gone, ``"again"`` where they are those of the step before.
    """

    kind: str
    iteration: int
    source: Source
    owner: int = 0
    gradients: str = ""


class Change(NamedTuple):
    """A change in place: the function, where it is called, the tensor's shape and its version then; of a view also
    the shape of the tensor that it is a part of, else the same.
    """

    function: str
    code: CodeType
    lasti: int
    shape: tuple
    version: int
    base: tuple


class Failure(NamedTuple):
    """An error: its class, what it says, and where the user's code was.

    Of an error that a backward pass met in the graph, ``saved`` is where the node was made whose values are spoiled,
    or gone, ``changed`` where they were changed in place, ``name`` what the tensor is called.
    """

    kind: str
    message: str
    source: Source | None = None
    saved: Source | None = None
    changed: Source | None = None
    name: str = ""


class Cut(NamedTuple):
    """A call through which no gradient flows: the function, where it is called, and on what.

    ``leaves`` are weak references to those that it cuts off, as far as they were looked for; ``quiet`` says that
    nothing was recorded there at all, as under ``no_grad``, ``goes_on`` whether what comes out is read again in
    the code there, as far as that shows: a loss may then be made from it, and not if it is logged.
    """

    function: str
    source: Source
    leaves: tuple = ()
    quiet: bool = False
    goes_on: bool = True

    @property
    def operand(self) -> str:
        """What was cut, as the code there calls it; ``""`` where that is not known."""
        try:
            tree = ast.parse(self.source.expression, mode="eval").body
        except SyntaxError:
            return ""
        match tree:
            case ast.Call(func=ast.Attribute(value=ast.Name("torch" | "F" | "np")), args=[part, *_]):
                return ast.unparse(part)
            case ast.Call(func=ast.Attribute(value=part)) | ast.Call(func=ast.Name(), args=[part, *_]):
                return ast.unparse(part)
            case ast.Attribute(value=part) | ast.Compare(left=part) | ast.BinOp(left=part):
                return ast.unparse(part)
        return ""


class Seen:
    """What `watching` saw; it is accepted wherever a loss is.

    Attributes
    ----------
    trace : Trace of the backward pass that ran in the block, or of the forward pass that raised; None
        where there was neither
    events, cuts : lists of Event and of Cut, in order
    untold : str, why there is no trace of the pass that is wanted
    observed : Observations, what was noted of the forward pass
    leaves : dict, from the ids of the trace's leaves to weak references to them
    failure : Failure or None, the error that ended the block
    """

    def __init__(self, observed):
        self.trace: Trace | None = None
        self.untold = ""
        self.observed, self.events, self.cuts = observed, observed.events, observed.cuts
        self.leaves: dict = {}
        self.failure: Failure | None = None
        self.latest = observed.latest  # a function: the tensor that was made last

    def __repr__(self):
        told = self.trace or self.untold or f"{len(self.events)} events"
        return f"<what watching() saw: {told}>"

    def tensor(self):
        """The tensor that would be recorded: the one that was made last, one of one element first.

        Raises RuntimeError where there is none.
        """
        if self.untold:
            raise RuntimeError(self.untold)
        tensor = self.latest()
        if tensor is None:
            raise RuntimeError(
                "watching() saw no tensor that requires a gradient, or none that is still there. Let the "
                "forward pass run inside its block, in this thread, of what requires a gradient."
            )
        return tensor
