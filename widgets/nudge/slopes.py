"""By how much each arrow of a graph multiplies: the local derivatives of a trace, as matrices."""

import numpy as np

from autograd_core.core.engine import unbroadcast

from ..functions.function import units
from ..mathematics.evaluate import Unknown, evaluated
from ..trace import BACKWARD, Contribution, Edge, Step, Trace
from ..words.narration import Teller


class Slopes:
    """The local derivatives of a trace.

    Attributes
    ----------
    edges : list, for each edge the slopes of the elements of its consumer (rows) by those of its
        producer (columns); None where they are not known, or where no gradient flows
    gradients : dict, from the number of a node to its complete gradient as an array

    >>> from widgets.recorders.example import example
    >>> [None if each is None else each.tolist() for each in Slopes(example()).edges][:4]
    [[[3.0]], [[2.0]], [[6.0]], [[6.0]]]
    """

    def __init__(self, trace: Trace):
        self.trace, self.teller = trace, Teller(trace)
        self.edges: list = [None] * len(trace.edges)
        self.gradients = {}
        for step in trace.steps:
            if step.phase == BACKWARD and step.gradient is not None:
                self.gradients[self.teller.index[step.node]] = array(step.gradient)
                for sent in step.contributions:
                    self.edges[sent.edge] = self.of(step, sent)

    def of(self, step: Step, sent: Contribution) -> np.ndarray | None:
        """The slopes that an arrow stands for, if they explain what was sent along it."""
        edge = self.trace.edges[sent.edge]
        shapes = [self.trace.node(id).shape for id in (edge.consumer, edge.producer)]
        if sent.value is None or None in shapes:
            return None
        incoming, outgoing = array(step.gradient).ravel(), array(sent.value).ravel()
        slopes = self.by_rule(edge, *shapes)
        if slopes is None and incoming.size == 1 and incoming[0] != 0:
            slopes = (outgoing / incoming[0])[None]
        with np.errstate(all="ignore"):
            fits = slopes is not None and np.allclose(incoming @ slopes, outgoing, 1e-6, 1e-9, equal_nan=True)
        return slopes if fits else None

    def by_rule(self, edge: Edge, of: tuple, by: tuple) -> np.ndarray | None:
        """The slopes from the operation's own rule: what it sends back for each element of the result."""
        derivative = self.teller.derivative(edge)
        if derivative is None:
            return None
        values = self.teller.values(edge)
        try:
            rows = [evaluated(derivative.whole, values | {"g": unit}) for unit in units(np.zeros(of))]
            return np.array([shaped(row, by).ravel() for row in rows])
        except (Unknown, ValueError):
            return None


def shaped(given: np.ndarray, shape: tuple) -> np.ndarray:
    """What a rule gives, in the shape of the operand: as it is, summed over where that was stretched, or spread."""
    size = int(np.prod(shape))
    if given.size == size:
        return given.reshape(shape)
    return unbroadcast(given, shape, None) if given.size > size else np.broadcast_to(given, shape)


def array(value) -> np.ndarray:
    """The numbers of a trace's value."""
    return np.asarray(value.data, float)
