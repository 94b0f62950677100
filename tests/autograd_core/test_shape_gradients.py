"""Shapes, indices and changes of views against finite differences, first and second order."""

import pytest

import autograd_core as torch
from autograd_core.autograd import gradcheck, gradgradcheck
from tests.exhaustive import one_in

INDEX = torch.tensor([[1, 0, 1], [0, 0, 1]])
MASK = torch.tensor([[True, False, True], [False, False, True]])


def changed(change):
    """A function of (x, w) that changes a view of a copy of x in place by ``change(view, w)``."""

    def function(x, w):
        whole = x * 1
        part = whole[:, 1:]
        change(part, w)
        return whole * whole

    return function


def assigned(x, w):
    out = x * 1
    out[0] = w
    out[:, [0, 2]] = w[:2]
    return out * x


CASES = {
    "view": lambda x, w: x.view(3, 2),
    "reshape": lambda x, w: x.t().reshape(6),
    "permute": lambda x, w: x.permute(1, 0),
    "transpose": lambda x, w: x.transpose(0, 1),
    "t": lambda x, w: x.t(),
    "squeeze": lambda x, w: x[:1].squeeze(),
    "unsqueeze": lambda x, w: x.unsqueeze(1),
    "expand": lambda x, w: w.expand(2, 2, 3) * x,
    "repeat": lambda x, w: x.repeat(2, 3),
    "cat": lambda x, w: torch.cat([x, w[None], x]),
    "stack": lambda x, w: torch.stack([x[0], w, x[1]], 1),
    "split": lambda x, w: x.split([1, 2], 1)[1],
    "split, all parts": lambda x, w: x.split(1, 1)[0] * x.split(1, 1)[2],
    "unbind": lambda x, w: x.unbind(1)[1] * x.unbind(1)[0],
    "flip": lambda x, w: x.flip(0, 1),
    "roll": lambda x, w: x.roll((1, 2), (0, 1)),
    "roll of all": lambda x, w: x.roll(2),
    "tril": lambda x, w: x.tril(),
    "triu": lambda x, w: x.triu(1),
    "diagonal": lambda x, w: x.diagonal(1),
    "diag_embed": lambda x, w: torch.diag_embed(x, 1),
    "diag": lambda x, w: w.diag(),
    "select": lambda x, w: x[1, 2],
    "slice": lambda x, w: x[:, ::2],
    "index": lambda x, w: x[[0, 1, 0], [1, 1, 1]],
    "mask": lambda x, w: x[MASK],
    "gather": lambda x, w: x.gather(0, INDEX),
    "take_along_dim": lambda x, w: x.take_along_dim(INDEX[:, :1], 1),
    "index_select": lambda x, w: x.index_select(1, INDEX[0]),
    "masked_select": lambda x, w: x.masked_select(MASK),
    "masked_fill": lambda x, w: x.masked_fill(MASK, 2.0),
    "masked_fill with a tensor": lambda x, w: x.masked_fill(MASK, w[0]),
    "scatter": lambda x, w: x.scatter(0, INDEX[1:], w[None]),
    "scatter of a number": lambda x, w: x.scatter(0, INDEX[1:], 3.0),
    "scatter_add": lambda x, w: x.scatter_add(0, INDEX, x * x),
    "index_add": lambda x, w: x.index_add(0, INDEX[0, :1], w[None], alpha=2),
    "index_put": lambda x, w: x.index_put((INDEX[0, :1],), w),
    "index_put, added": lambda x, w: x.index_put((INDEX[0],), w, accumulate=True),
    "sort": lambda x, w: x.sort(1).values,
    "topk": lambda x, w: x.topk(2).values,
    "assignment": assigned,
    "a view times a number": changed(lambda part, w: part.mul_(3)),
    "a view times a tensor": changed(lambda part, w: part.mul_(w[:2])),
    "sine of a view": changed(lambda part, w: part.sin_()),
    "sigmoid of a view": changed(lambda part, w: part.sigmoid_()),
    "a copy into a view": changed(lambda part, w: part.copy_(w[1:])),
    "a fill of a view": changed(lambda part, w: part.fill_(w[0])),
    "zeros in a view": changed(lambda part, w: part.zero_()),
}


@one_in(2)
@pytest.mark.parametrize("function", CASES.values(), ids=CASES)
def test_gradients_agree_with_finite_differences(function):
    x = torch.tensor([[0.3, -1.2, 0.8], [1.7, 0.4, -0.6]], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([0.9, -0.5, 1.1], dtype=torch.float64, requires_grad=True)

    def squared(x, w):  # so that second derivatives are not all zero
        y = function(x, w)
        return y * y + 0 * w.sum() + 0 * x.sum()

    assert gradcheck(squared, (x, w))
    assert gradgradcheck(squared, (x, w))


@pytest.mark.parametrize("function", CASES.values(), ids=CASES)
def test_float32_stays_float32(function):
    x = torch.tensor([[0.3, -1.2, 0.8], [1.7, 0.4, -0.6]], requires_grad=True)
    w = torch.tensor([0.9, -0.5, 1.1], requires_grad=True)
    y = function(x, w)
    y.sum().backward()
    kinds = {tensor.dtype for tensor in (y, x.grad, w.grad) if tensor is not None}
    assert kinds == {torch.float32}
