"""Every operation, and then one of its tensors is changed in place: who sees it, who refuses.

For every operation, every choice of which operands require gradients, and every tensor it took
or made (also indices, masks and targets): add 1 to it under ``no_grad`` after the operation.
As in PyTorch it either is memory that others share, which then change too, or is not; and
``backward()`` either raises, because the operation keeps it for its rule, or does not.
"""

import itertools
import types
import warnings

import pytest

import autograd_core
from tests.autograd_core.examples import EXAMPLES
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch


class Noted(types.ModuleType):
    """A module whose ``tensor`` notes what it makes."""

    def __init__(self, torch):
        super().__init__(torch.__name__)
        self._torch, self.made = torch, []

    def __getattr__(self, name):
        return getattr(self._torch, name)

    def tensor(self, *args, **kwargs):
        self.made.append(self._torch.tensor(*args, **kwargs))
        return self.made[-1]


def parts(value):
    """The tensors in a tensor or a tuple of them."""
    return [part for each in value for part in parts(each)] if isinstance(value, tuple) else [value]


def applied(torch, example, which, wanted):
    """An example's tensors of three kinds: operands, those it makes itself, outcomes."""
    noted = Noted(torch)
    operands = [torch.from_numpy(x.detach().numpy().copy()) for x in example.draw(torch, which)]
    for x, requires_grad in zip(operands, wanted, strict=True):
        x.requires_grad_(requires_grad)
    outcomes = parts(example.function(noted, *operands))
    return [*operands, *noted.made, *outcomes], outcomes


def numbers(tensors):
    return [tensor.detach().clone().tolist() for tensor in tensors]


def after_a_change(torch, example, which, wanted, number):
    """Which of the tensors a change of one of them changes, and what backward() then raises."""
    tensors, outcomes = applied(torch, example, which, wanted)
    before = numbers(tensors)
    changed = tensors[number]
    try:
        with torch.no_grad():
            changed.logical_not_() if changed.dtype is torch.bool else changed.add_(1)
    except RuntimeError as error:
        return str(error)[:30], None
    seen = [i for i, pair in enumerate(zip(before, numbers(tensors))) if pair[0] != pair[1]]
    differentiable = [y for y in outcomes if y.requires_grad]
    try:
        torch.autograd.backward([y.sum() for y in differentiable])
    except (RuntimeError, IndexError) as error:
        return seen, str(error)[:60]
    return seen, None


def choices(example):
    """Every shape, which operands require gradients, and which tensor is changed."""
    for which, shapes in enumerate(example.shapes):
        for wanted in itertools.product([True, False], repeat=len(shapes)):
            if any(wanted):
                tensors, outcomes = applied(pytorch, example, which, wanted)
                if any(y.requires_grad for y in outcomes):
                    yield from ((which, wanted, number) for number in range(len(tensors)))


@one_in(2)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_change_afterwards_is_seen_or_refused_as_in_pytorch(example):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for choice in choices(example):
            expected = after_a_change(pytorch, example, *choice)
            assert after_a_change(autograd_core, example, *choice) == expected, choice
