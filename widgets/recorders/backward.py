"""What happened in a backward pass, written down while it happens.

A recorder tells a `Pass` what its library did, in that library's own arrays: an operation
received its complete gradient and sent something to each operand; a leaf settled. The only
thing worked out here is the running total of what has arrived at each value.
"""

from math import prod

import numpy as np

from ..trace import BACKWARD, LEAF, Contribution, Step
from .values import value_of


class Pass:
    """Turns the events of one backward pass into steps.

    Parameters
    ----------
    skeleton : Skeleton
    value : function of an array of the library
        Returns its `Value`.
    max_elements : int
        Local derivatives of larger tensors are not worked out.
    """

    def __init__(self, skeleton, value, max_elements):
        self.skeleton, self.value, self.max_elements = skeleton, value, max_elements
        self.steps = []
        self.totals, self.arrived = {}, {}  # of each value what has arrived, also as a `Value`, and how often

    def seed(self, key, gradient):
        """The gradient with which a recorded tensor starts."""
        total = self.totals[key][0] + gradient if key in self.totals else gradient
        self.totals[key] = total, self.value(total)

    def operation(self, operation, gradients, sent, kept=None):
        """An operation has its complete gradient and has sent to each operand.

        ``gradients`` holds one array or None per output, ``sent`` one per operand slot;
        ``kept`` is the `Accumulation` of a result that retains its gradient.
        """
        skeleton, key = self.skeleton, operation.key
        own = skeleton.owners[key]
        several = len(operation.outputs) > 1
        if several:
            for number, gradient in enumerate(gradients):
                self._output(key, number, gradient)
        else:
            self.totals.pop((key, 0), None)
        values = tuple(map(self._value, gradients))
        contributions = []
        for operand in operation.operands:
            if operand.producer is None or (key, operand.slot) not in skeleton.slots:
                continue
            contributions.append(self._send(operation, operand, values, sent[operand.slot]))
        self.steps.append(Step(
            BACKWARD, own,
            gradient=None if several else values[0],
            gradients=values if several else (),
            contributions=tuple(contributions),
            accumulated=kept,
        ))  # fmt: skip

    def _value(self, gradient, counted=True):
        return None if gradient is None else self.value(gradient, counted=counted)

    def _output(self, key, number, gradient):
        """One result of an operation with several hands its gradient on as it is."""
        self.totals.pop((key, number), None)
        if (key, number) not in self.skeleton.ids or gradient is None:
            return
        value = self.value(gradient)
        edge = self.skeleton.slots[key, "output", number]
        self.steps.append(Step(
            BACKWARD, self.skeleton.ids[key, number], value,
            contributions=(Contribution(edge, value, after=value),),
        ))  # fmt: skip

    def _send(self, operation, operand, received, sent):
        key = operand.producer
        edge = self.skeleton.slots[operation.key, operand.slot]
        value, local = self._value(sent, counted=False), None
        if operand.rule is not None and len(received) == 1:
            if operand.rule.refuted(received[0], value):
                self.skeleton.rules.pop(edge, None)
            else:
                local = self._local(operand.rule, received[0])
        number = self.arrived[key] = self.arrived.get(key, 0) + 1
        total, before = self.totals.get(key, (None, None))
        if sent is not None:
            with np.errstate(all="ignore"):  # inf - inf is nan, and no news here
                total = sent if total is None else total + sent
            self.totals[key] = total, value if before is None else self.value(total, counted=False)
        shape = None if value is None else value.shape
        return Contribution(
            edge,
            value,
            local=local,
            summed_axes=_summed(operation.outputs[0][0], shape) if operand.stretched else (),
            before=before,
            after=self.totals.get(key, (None, None))[1],
            number=number,
            of=self.skeleton.consumers[key],
        )

    def _local(self, rule, received):
        """The local derivative's Value; shape and type of the gradient are the result's, too."""
        if received is None or prod(received.shape) > self.max_elements:
            return None
        local = rule.local_value(received.shape, received.dtype)
        return None if local is None else value_of(local, self.max_elements, received.dtype)

    def settle(self, key, gradient, kept):
        """A leaf has its complete gradient; ``kept`` is what happened to ``.grad``."""
        self.totals.pop(key, None)
        self.steps.append(Step(BACKWARD, self.skeleton.ids[key], self.value(gradient), accumulated=kept))

    def sort_leaves(self):
        """Let leaves that settled in no order of their own do so in order of nodes."""
        kinds = {node.id: node.kind for node in self.skeleton.nodes}
        self.steps.sort(key=lambda step: int(step.node[1:]) if kinds[step.node] == LEAF else -1)


def _summed(whole, shape):
    """The axes, counted from the end, along which a gradient of one shape was summed to another."""
    if None in (whole, shape) or whole == shape:
        return ()
    return tuple(
        axis
        for axis in range(-len(whole), 0)
        if -axis > len(shape) or (shape[axis] == 1 and whole[axis] != 1)
    )
