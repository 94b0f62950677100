"""Indices: values, views, graph, gradients and errors as in PyTorch."""

import re

import pytest
from hypothesis import strategies as st

import autograd_core
from tests.at_random import at_random
from tests.autograd_core.programs import agree, opening

READ = """
a[0] | a[-1] | a[0, 1] | a[0][1] | a[1, -1] | a[5] | a[-3] | a[0, 0, 0] | a.sum()[0]
a.sum()[...] | a[:] | a[0:1] | a[:, 0] | a[:, 1:] | a[:, ::2] | a[1:1] | a[5:] | a[-1:] | a[:, :]
a[1:0] | a[::-1] | a[::0] | a[0:1, 0:2] | a[...] | a[()] | a[..., 0] | a[0, ...] | a[..., ...]
a[None] | a[:, None] | a[None, ..., None] | c[0, ..., 1] | c[:, -1, 1:3] | c[1][2][3]
a.sum()[None] | a.sum()[()] | a.sum()[0:1] | a.sum()[..., 0] | a.sum()[[0]] | a.sum()[True]
a[np.int64(1)] | a[:, np.int64(1)] | a[torch.tensor(1)] | a[torch.tensor(0), torch.tensor(2)]
a[torch.tensor(1):] | a[True] | a[False] | a[:, True] | a[torch.tensor(True)] | a[None, True]
a[[0]] | a[[1, 0, 1]] | a[[-1, -2]] | a[[]] | a[torch.tensor([1])] | a[torch.tensor([[0, 1]])]
a[[0], [1]] | a[[0, 1], [1, 2]] | a[[[0], [1]], [0, 2]] | a[0, [1]] | a[[0], 1] | a[:, [0, 2]]
a[..., [0, 0]] | a[[0], :, None] | a[None, [0]] | a[[0, 1]] | a[[[0, 1]]] | a[[0, slice(1)]]
a[(0, 1),] | a[range(2)] | a[np.array([0, 1])] | a[torch.tensor([1], dtype=torch.int32)]
c[0, :, [0, 1]] | c[:, 0, [0, 1]] | c[[0, 1], :, [0, 1]] | c[[0, 1], [0, 1]]
c[:, [0, 1], [0, 1]] | c[[0], True] | c[True, [0]] | c[..., [0], :] | c[[[0, 1]], [[0], [1]]]
c[1:, [0, 2], ::2] | a[a > 0] | a[a > 100] | a[:, [True, False, True]] | a[[True, False]]
a[0][a[0] > 0] | a[a.detach() < 0] | c[c > 0] | c[c.sum(2) > 0] | c[0, c[0] > 0] | c[:, c[0] > 0]
c[c[:, :, 0] > 0, 0] | c[c[:, :, 0] > 0, 1:] | c[torch.tensor([True, False]), 0]
c[..., [True, False, False, True]] | a[np.array([True, False])]
a[torch.tensor([1, 0], dtype=torch.uint8)] | a[[5]] | a[[-3]] | a[[0, 1], [0, 1, 2]]
a[torch.tensor([1.0])] | a[torch.tensor(1.0)] | a['x'] | a[[1, 'x']] | a[1.5] | a[:, [0], :]
a[torch.tensor([True, False, True])] | a[1:2.5] | a[None, 0, 0, 0] | c[..., c > 0, 0]
a.gather(0, torch.tensor([[1, 0, 1]])) | a.gather(1, torch.tensor([[2], [0]]))
a.gather(1, torch.tensor([[2, 2, 2, 0], [1, 1, 0, 0]])) | w.gather(0, torch.tensor([2, 2]))
a.gather(0, torch.tensor([[5]])) | a.gather(0, torch.tensor([0]))
a.gather(0, torch.tensor([[0.0]])) | a.gather(1, torch.tensor([[0], [1], [1]]))
a.gather(1, torch.tensor([[-1]])) | a.gather(7, torch.tensor([[0]]))
torch.gather(c, 2, torch.zeros(1, 2, 4, dtype=torch.int64)) | w.sum().gather(0, torch.tensor(0))
a.take_along_dim(torch.tensor([[0]]), 1) | a.take_along_dim(torch.tensor([4, 0]))
a.take_along_dim(torch.tensor([[-1]]), 1) | torch.take_along_dim(a, a.argsort(1), 1)
a.take_along_dim(torch.tensor([[1, 1]]), 1) | a.index_select(0, torch.tensor([1, 1, 0]))
a.index_select(1, torch.tensor([2])) | a.index_select(-1, torch.tensor(0))
a.index_select(0, torch.tensor([5])) | a.index_select(0, torch.tensor([[0]]))
a.sum().index_select(0, torch.tensor([0])) | a.masked_fill(a > 0, 5) | a.masked_fill(a > 0, w[0])
a.masked_fill(torch.tensor([True, False, True]), 0.0) | w.masked_fill(a > 0, 1.5)
a.masked_fill(w, 5) | a.masked_fill(a > 0, w) | torch.masked_fill(a, a > 0, -1.0)
a.masked_select(a > 0) | w.masked_select(a > 0)
a.masked_select(torch.tensor([True, False, True])) | a.masked_select(w)
torch.masked_select(a, a > 100) | a.sum().masked_select(torch.tensor(True))
a.scatter_add(0, torch.tensor([[0, 0, 1]]), w[None])
a.scatter_add(1, torch.tensor([[0, 0], [2, 2]]), b)
a.scatter_add(1, torch.tensor([[7]]), w[None]) | a.scatter(0, torch.tensor([[0, 1, 1]]), w[None])
a.scatter(0, torch.tensor([[0]]), 2.0) | a.scatter(1, torch.tensor([[2], [0]]), value=-1.0)
a.index_add(0, torch.tensor([0, 0]), c[:, :, 0])
a.index_add(1, torch.tensor([2, 2]), c[:, :2, 0], alpha=3)
a.index_put((torch.tensor([0]),), w[None])
a.index_put((torch.tensor([0, 0]),), w[None], accumulate=True)
a.index_put((torch.tensor([1, 1]), torch.tensor([2, 2])), w[0], accumulate=True) | a.sort()
a.sort(0, descending=True) | torch.sort(w).values | a.sort(dim=1).indices | w.sum().sort()
a.topk(2) | a.topk(2, largest=False) | a.topk(1, 0) | a.topk(7) | torch.topk(w, 1).values
a.argsort() | a.argsort(descending=True) | a.argsort(0) | torch.argsort(w) | w.argsort(5)
torch.nonzero(a > 0) | torch.nonzero(a > 0, as_tuple=True) | torch.nonzero(torch.tensor(1.0))
(a > 9).nonzero() | torch.tensor([3, 1, 2])[torch.tensor([True, False, True])]
torch.tensor([True, False])[0]
"""

WRITTEN = """
a[0] = 1.0 | a[0] = w | a[0, 1] = 5 | a[-1, -1] = w[0] | a[:] = w | a[...] = 2 | a[...] = w
a[:, 1] = w[0] | a[:, 1:] = w[:2] | a[None] = w | a[True] = w | a[0:1] = w | a[:, None] = w
a[0] = w[None] | a[:, 0] = w | a[[0]] = w | a[[0]] = 1 | a[[0, 0]] = b | a[:, [0]] = 2
a[None, [0]] = 2 | a[0][[0]] = w[0] | a[0, [1, 2]] = w[:2] | a[a > 0] = 2 | a[a > 0] = w[0]
a[a > 100] = 2 | a[[0, 1], [0, 1]] = w[:2] | a[[0], :] = w[None, None] | a[[True, False]] = w
a[0] = w[:2] | a[0] = b | a[7] = 1 | a[[7]] = 1 | a[0, 0, 0] = 1 | a['x'] = 1 | a[0] = [1, 2]
a[0] = 'x' | a[0] = np.ones(3) | a[[0]] = b.long() | a[0] = b[0].long() | a[[0, 1]] = c[:, :, :2]
a[a > 0] = w.expand(5, 3) | x[0] = 1.0 | x[[0]] = 1.0 | x[...] = w | x[0, 0] = w[0] | b[0] = w
b[[0]] = w | b[0] = 3 | b[b > 0] = 0 | a[0] += 1 | a[a > 0] *= 2 | a[:, 1] -= w[:2] | a[0] /= w
a[[0, 1], [1, 2]] += 1 | a[0][1] **= 2 | a.fill_(3) | a.fill_(w[0]) | a.fill_(w)
a[0].fill_(w[0]) | a.zero_() | a[0].zero_() | x.zero_() | b.zero_() | a.copy_(b) | a.copy_(w)
a.copy_(x) | a.copy_(b.float()) | a.copy_(c) | a.copy_(b[0, 0]) | a[1].copy_(w) | b.copy_(x)
b.copy_(torch.ones(4)) | b.copy_(torch.ones(1, 2, 3))
a.copy_(torch.ones(2, 3, dtype=torch.int64)) | a.masked_fill_(a > 0, 0.0)
a[0].masked_fill_(a[0] > 0, w[1]) | a.index_put_((torch.tensor([0]),), w[None])
a.scatter_(1, torch.tensor([[0]]), 5.0) | a.scatter_add_(0, torch.tensor([[0, 0, 1]]), w[None])
a.index_add_(0, torch.tensor([1]), w[None]) | a.tril_() | a[:, :2].triu_()
"""


def each(text):
    return [part.strip() for line in text.strip().split("\n") for part in line.split(" | ")]


@pytest.mark.parametrize("text", each(READ))
def test_reading_agrees_with_pytorch(text):
    agree(text)


@pytest.mark.parametrize("text", each(WRITTEN))
def test_writing_agrees_with_pytorch(text):
    changed = "x" if text.startswith("x") else "b" if text.startswith("b") else "a"
    agree(f"{text}\n{changed}")


def test_whole_numbers_take_a_number_cut_off():
    agree("i = torch.zeros(3, dtype=torch.int64)\ni[0] = 1.7\ni[[1]] = 2.7\ni")


def test_an_element_is_found_in_a_tensor():
    agree("(b[0, 0].item() in b, 99.0 in b)")


ITEM = st.one_of(
    st.integers(-4, 4).map(str),
    st.tuples(st.integers(-4, 5), st.integers(-4, 5), st.integers(1, 3)).map(
        lambda part: "{}:{}:{}".format(*part)),
    st.sampled_from([":", "...", "None", "True", "False", "::2", "1:"]),
    st.lists(st.integers(-2, 3), max_size=3).map(lambda i: f"torch.tensor({i}, dtype=torch.int64)"),
    st.lists(st.lists(st.integers(0, 1), min_size=2, max_size=2), min_size=1, max_size=2).map(
        lambda i: f"torch.tensor({i})"),
    st.lists(st.booleans(), min_size=2, max_size=4).map(lambda i: f"torch.tensor({i})"),
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=2).map(
        lambda i: f"torch.tensor({i})"),
)  # fmt: skip


def without_numbers(message):
    """Of several indices out of bounds either engine may name another one."""
    return re.sub(r"-?\d+", "#", opening(message))


ITEMS = st.lists(ITEM, min_size=1, max_size=4).filter(lambda items: items.count("...") < 2)


@at_random(ITEMS, st.sampled_from(["a", "c", "c.permute(2, 0, 1)"]), examples=100)
def test_any_index_reads_as_in_pytorch(items, source):
    agree(f"{source}[{', '.join(items)},]", without_numbers)


@at_random(ITEMS, st.sampled_from(["1.5", "w[0]"]), examples=100)
def test_any_index_writes_as_in_pytorch(items, value):
    agree(f"d = c * 1\nd[{', '.join(items)},] = {value}\nd", without_numbers)


def test_an_expanded_tensor_refuses_what_pytorch_only_warns_of():
    expanded = autograd_core.zeros(3).expand(2, 3)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        expanded[[0]] = 1.0
