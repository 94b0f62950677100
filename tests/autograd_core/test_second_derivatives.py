"""A gradient's own gradients: there where PyTorch has them, also where they are 0."""

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.examples import EXAMPLES, Example, F, index
from tests.oracle import need_pytorch, torch

NLL = [Example(f"nll_loss {shape}", lambda torch, x, right=right: F(torch).nll_loss(
    x, index(torch, 0, 1).reshape(right)), [(shape,)])
    for shape, right in (((2, 3), (2,)), ((1, 3, 2), (1, 2)), ((1, 3, 1, 2), (1, 1, 2)))]  # fmt: skip


def second_gradients(torch, example):
    """Of each gradient: whether it has a history, and its sum's gradients, None where nothing flows."""
    tensors = example.draw(torch)
    y = example.function(torch, *tensors)
    total = sum(part.sum() for part in (y if isinstance(y, tuple) else (y,)) if part.requires_grad)
    for g in torch.autograd.grad(total, tensors, create_graph=True, allow_unused=True):
        if g is None or not g.requires_grad:
            yield None
        else:
            yield from torch.autograd.grad(g.sum(), tensors, allow_unused=True, retain_graph=True)


@pytest.mark.parametrize("example", EXAMPLES + NLL, ids=str)
def test_the_gradient_of_a_gradient_alone_is_what_it_is_in_pytorch(example):
    need_pytorch()
    for ours, theirs in zip(*(second_gradients(m, example) for m in (autograd_core, torch)), strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            theirs = theirs.detach().resolve_neg() + 0  # an array also of PyTorch's tensors without numbers
            np.testing.assert_allclose(ours.detach().numpy(), theirs.numpy(), rtol=1e-9, atol=1e-12)
