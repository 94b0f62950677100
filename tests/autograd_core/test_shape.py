"""Shapes: values, views, graph, gradients and errors as in PyTorch."""

import pytest

import autograd_core
from tests.autograd_core.programs import agree
from tests.oracle import torch as pytorch

EXPRESSIONS = """
a.view(6) | a.view(3, 2) | a.view((3, -1)) | a.view(-1) | a.view([1, 6]) | a.view(2, 3)
a.sum().view(1, 1) | a.t().view(6) | a.view(2, -1, -1) | a.view(4, -1) | a.view(7) | a.view(-2, 3)
a.t().view(3, 1, 2) | c.transpose(0, 1).view(12, 2) | c.transpose(0, 1).view(3, 2, 2, 2)
b[:0].view(3, 0) | b[:0].view(-1) | b[:0].view(0, -1) | a.reshape(6) | a.reshape(2, 3)
a.reshape((3, -1)) | a.t().reshape(6) | a.t().reshape(-1, 2) | a.reshape(7) | a.reshape(0, -1)
a.sum().reshape(1) | a[0, 0].reshape(()) | a.view_as(b) | a.reshape_as(torch.zeros(3, 2))
a.reshape("a") | a.reshape(None)
c.transpose(0, 1).reshape(12, 2) | a.flatten() | a[0].flatten() is not None | a.t().flatten()
c.flatten(1) | c.flatten(0, 1) | c.flatten(1, 1) | a.sum().flatten() | a.flatten(1, 0)
a.flatten(5) | torch.flatten(c, 1) | a.unflatten(1, (3, 1)) | a.unflatten(1, (-1, 1))
a.unflatten(1, (2, 2)) | c.unflatten(-1, (2, 2)) | a.ravel() | a.t().ravel() | torch.ravel(c)
a.permute(1, 0) | c.permute(2, 0, 1) | c.permute((-1, 0, 1)) | torch.permute(c, (0, 2, 1))
a.permute(0) | a.permute(0, 0) | a.permute(0, 5) | a.transpose(0, 1) | c.transpose(-1, 0)
a.transpose(0, 5) | a.swapaxes(0, 1) | c.swapdims(0, 2) | a.t() | w.t() | a.sum().t() | c.t()
a.T | w.T | a.mT | c.mT | w.mT | a.mH | torch.t(a) | a.moveaxis(0, 1) | c.moveaxis((0, 1), (2, 0))
c.movedim(-1, 0) | a.moveaxis(0, 5) | a.squeeze() | a[:1].squeeze() | a[:1].squeeze(0)
a.squeeze(0) | c[:1, :1].squeeze((0, 1)) | a.sum().squeeze() | a.squeeze(5) | a.sum().squeeze(0)
a[None, :, None].squeeze(2) | a.unsqueeze(0) | a.unsqueeze(-1) | a.unsqueeze(1)
a.sum().unsqueeze(0) | a.unsqueeze(5) | a.expand(2, 3) | a.expand(4, 2, 3) | a.expand(4, -1, -1)
a[:1].expand(5, 3) | a.sum().expand(3) | a[:, :1].expand(-1, 4) | a.expand((2, 2, 3))
a.expand(3, 3) | a.expand(3) | a.expand(-1, -1, 3) | w.expand_as(a) | w.broadcast_to((4, 3))
a.broadcast_to((2,)) | torch.broadcast_to(w, (2, 3)) | a.repeat(2, 1) | w.repeat(2)
w.repeat(4, 2, 1) | a.repeat(2) | a.repeat(0, 2) | w.tile(2, 2) | a.tile(2) | a.sum().repeat(3)
a.repeat((2, 2)) | a.contiguous() | a.t().contiguous() | a.is_contiguous() | a.t().is_contiguous()
a[:, 0].is_contiguous() | a.stride() | a.t().stride() | c[:, ::2].stride(1) | torch.cat([a, a])
torch.cat([a, b, a], 1) | torch.cat((a, w[None])) | torch.cat([a, a], dim=-1) | torch.cat([a, w])
torch.cat([a, a[:, :2]]) | torch.cat([]) | torch.cat([a.sum()]) | torch.cat([a, b[0, :0]])
torch.cat([a], 5) | torch.concat([w, w]) | torch.cat([w])
torch.cat([a, torch.ones(1, 3, dtype=torch.int64)]).detach() | torch.concatenate([a, a])
torch.stack([a, b]) | torch.stack([a, a], 1) | torch.stack([w, w, w], -1) | torch.stack([])
torch.stack([a, w]) | torch.stack([a.sum(), w.sum()]) | torch.stack([a, a], 5)
torch.hstack([a, a]) | torch.hstack([w, w]) | torch.vstack([w, a]) | torch.dstack([a, b])
torch.hstack([a.sum(), w.sum()]) | a.split(1) | a.split(2, 1) | a.split(1, -1)[2]
a.split([1, 2], 1) | c.split([1, 0, 2], 1)[2] | a.split(0) | a.split([1, 2]) | a.sum().split(1)
a.split(5) | torch.split(a, 2, dim=1)[1] | a.chunk(2) | a.chunk(5) | c.chunk(3, -1) | a.chunk(0)
torch.chunk(a, 2, 1)[0] | a.unbind() | a.unbind(1) | c.unbind(-1)[1] | a.sum().unbind() | tuple(a)
tuple(w)[1] | torch.unbind(a)[0] | list(a.sum()) | len(a) | len(a.sum()) | a.flip(0)
a.flip(0, 1) | a.flip((0, 1)) | a.flip(0, 0) | a.flip(5) | torch.flip(c, (0, 2)) | a.roll(1)
a.roll((1, 2), (0, 1)) | a.roll(-1, 1) | a.roll((1, 2), 0) | a.roll((1, 2)) | a.roll(1, 5)
torch.roll(c, 2, -1) | c.roll((1, 1), (0, 0)) | a.tril() | a.triu() | a.tril(1) | a.triu(-1)
c.tril(-1) | w.tril() | w.triu() | torch.tril(a, 1) | a.diagonal() | a.diagonal(1)
a.diagonal(-1) | c.diagonal(0, 1, 2) | c.diagonal(1, -1, 0) | a.diagonal(0, 0, 0) | a.diagonal(9)
w.diag() | w.diag(1) | w.diag(-2) | c.diag() | a.diag().detach() | torch.diag_embed(a)
torch.diag_embed(a, 1, 0, 2) | torch.diagonal(a) | torch.diag(w) | a.narrow(0, 1, 1)
a.narrow(1, -2, 2) | a.narrow(0, 1, 5) | a.narrow(0, 5, 1) | a.narrow(5, 0, 1) | a.select(0, 1)
a.select(1, -1) | a.select(0, 7) | torch.select(c, 1, 2) | torch.narrow(a, 1, 0, 2)
torch.reshape(a, (6,)) | torch.transpose(a, 0, 1) | torch.squeeze(a[:1]) | torch.unsqueeze(w, 1)
torch.moveaxis(c, 0, 2) | torch.swapaxes(c, 0, 1) | torch.tile(w, (2,))
"""


@pytest.mark.parametrize("text", [part.strip() for line in EXPRESSIONS.strip().split("\n")
                                  for part in line.split(" | ")])  # fmt: skip
def test_an_expression_agrees_with_pytorch(text):
    agree(text)


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["ours", "PyTorch"])
def test_sizes_and_dimensions_are_whole_numbers(torch):
    x = torch.ones(2, 3)
    for method, argument in (
        ("reshape", "shape"),
        ("expand", "size"),
        ("repeat", "repeats"),
        ("permute", "dims"),
        ("flip", "dims"),
    ):
        with pytest.raises(
            TypeError,
            match=rf"{method}\(\): argument '{argument}' \(position 1\) "
            "must be tuple of ints, not str",
        ):
            getattr(x, method)("a")
    with pytest.raises(TypeError, match="must be tuple of ints, but found element of type float"):
        x.reshape((2.0, 3))


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["ours", "PyTorch"])
def test_a_layer_wants_a_tensor(torch):
    with pytest.raises(TypeError, match=r"linear\(\): argument 'input' \(position 1\) must be Tensor"):
        torch.nn.Linear(2, 3)([1, 2])
