"""True runs of a function: one as it is, with its backward pass, and one for each nudge."""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograd_core.finite_differences import nudged
from autograd_core.printable import printable

from ..functions.function import Function
from ..functions.variables import with_variables
from ..libraries import is_tensor
from ..recorders import graph, record
from ..trace import LEAF, Trace
from ..words.numbers_as_text import counted, indexed, number

NUDGES = (1.0, 0.1, 0.01, 0.001, 0.0001, -0.01, -0.1, -1.0)
MOST_NODES, MOST_ELEMENTS, MOST_LEAVES = 30, 100, 20


@dataclass(frozen=True)
class Leaf:
    """One element that can be nudged: what it is called, the input and the node that it is in, and where."""

    name: str
    which: int
    node: int
    index: tuple


class Runs:
    """A function's trace at its inputs, and the values of its nodes where one element is nudged.

    Attributes
    ----------
    trace : Trace, of a forward and a backward pass
    values : list, the numbers of each node as an array; None where they are not known
    leaves : list of Leaf, what can be nudged: at most 20 elements, of each input the first ones
    remark : str, what is left out

    Raises TypeError and ValueError for a function that cannot be shown so.
    """

    def __init__(self, function: Function):
        self.function = function
        function.single("Nudge")
        if function.detached:
            raise independent(function)
        self.trace: Trace = self.run(record, function.arrays)
        refuse_large(function.name, self.trace)
        self.values = values_of(self.trace)
        if not same(self.values, values_of(self.run(graph, function.arrays))):
            raise ValueError(
                f"{function.name} returns another value each time: draw its random numbers once, outside "
                "the function"
            )
        inputs = self.elements()
        if not inputs:
            raise independent(function)
        share = max(1, MOST_LEAVES // len(inputs))
        self.leaves = [leaf for some in inputs for leaf in some[:share]][:MOST_LEAVES]
        left_out = sum(map(len, inputs)) - len(self.leaves)
        self.remark = f"{counted(left_out, 'more element')} cannot be picked here." if left_out else ""

    def run(self, recorder: Callable, arrays) -> Trace:
        """Record a run of the function at other numbers."""

        def recorded(leaves, returned):
            output, variables = returned
            if not is_tensor(output):
                raise TypeError(
                    f"Nudge expects a function that returns one tensor; {self.function.name} returned "
                    f"several things, in a {type(output).__name__}"
                )
            names = dict(zip(self.function.names, leaves, strict=True))
            names |= {name: each for name, each in variables.items() if name not in names}
            return recorder(room.out(output), names | {each: "" for each in room.made if is_tensor(each)})

        room, named = self.function.room, functools.partial(with_variables, self.function.fn)
        room.keeping = True
        return room.within(lambda: self.function.traced(recorded, named, arrays))

    def elements(self) -> list[list[Leaf]]:
        """The elements of each input that is a leaf of the graph."""
        places = {node.name: i for i, node in enumerate(self.trace.nodes) if node.kind == LEAF and node.named}
        found = []
        for which in self.function.checked:
            name = self.function.names[which]
            if name in places:
                found.append([Leaf(indexed(name, index), which, places[name], index)
                              for index in np.ndindex(self.function.arrays[which].shape)])  # fmt: skip
        return found

    def nudged(self, leaf: Leaf, eps: float) -> list | str:
        """The numbers of each node where one element is larger by ``eps``; or, in words, why there are none."""
        at = f"With {leaf.name} nudged by {number(eps)}"
        try:
            trace = self.run(graph, nudged(self.function.arrays, leaf.which, leaf.index, eps))
        except Exception as error:
            return f"{at} {self.function.name} raises {type(error).__name__}: {printable(error)}"
        if form(trace) != form(self.trace):
            return (
                f"{at} the program takes another path, with {counted(len(trace.nodes), 'node')} in its graph "
                f"in place of {len(self.trace.nodes)}: node by node there is nothing to compare. Pick a smaller nudge."
            )
        return values_of(trace)


def independent(function: Function) -> ValueError:
    """What is wrong with a function on which no nudge has an effect that a gradient could tell."""
    return ValueError(
        f"{function.name} does not depend on {' or '.join(function.names)}: there is no path from its output "
        "back. Compute the output from the inputs themselves, with tensor operations, without .item(), "
        ".detach() or no_grad()"
    )


def refuse_large(name: str, trace: Trace) -> None:
    """Raise ValueError for a graph that is too large to be looked at node by node."""
    large = [
        node.name for node in trace.nodes if node.shape is not None and np.prod(node.shape) > MOST_ELEMENTS
    ]
    if len(trace.nodes) > MOST_NODES or large:
        what = f"a tensor of more than {MOST_ELEMENTS} elements, {large[0]}" if large else (
            f"a graph of {len(trace.nodes)} nodes, and up to {MOST_NODES} can be followed")  # fmt: skip
        raise ValueError(
            f"{name} has {what}: Nudge is for small functions. Nudge a part of it, or walk through all of "
            "it with BackwardStepper"
        )


def form(trace: Trace) -> tuple:
    """What two runs of a function have in common if they took the same path."""
    return ([(node.kind, node.op, node.shape) for node in trace.nodes],
            [(edge.producer, edge.consumer, edge.slot) for edge in trace.edges])  # fmt: skip


def values_of(trace: Trace) -> list:
    """The numbers of each node as an array; None where they are not known."""
    return [None if node.value is None or node.value.data is None else np.asarray(node.value.data, float)
            for node in trace.nodes]  # fmt: skip


def same(some: list, others: list) -> bool:
    """Whether two runs had the same numbers everywhere."""
    return len(some) == len(others) and all(
        (a is None) == (b is None) and (a is None or np.array_equal(a, b, equal_nan=True))
        for a, b in itertools.zip_longest(some, others)
    )
