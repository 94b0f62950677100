"""pickle, copy and NumPy: leaves and modules become others that are equal and independent."""

import copy
import io
import pickle

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch as pytorch

BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["ours", "PyTorch"])
WAYS = pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"]
)


@BOTH
@WAYS
@pytest.mark.parametrize("data", [2.0, [1.0, 2.0], [[1, 2], [3, 4]], [True, False]], ids=str)
@pytest.mark.parametrize("requires_grad", [False, True])
def test_a_leaf(torch, duplicate, data, requires_grad):
    x = torch.tensor(data)
    if requires_grad and x.is_floating_point():
        x.requires_grad_()
    y = duplicate(x)
    assert repr(y) == repr(x) and y.dtype is x.dtype
    assert y.requires_grad == x.requires_grad and y.is_leaf
    with torch.no_grad():
        y.zero_()
    assert not y.any() and x.any()


@BOTH
def test_the_gradient_is_copied_too(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    y.grad.zero_()
    assert x.grad.tolist() == [2, 4] and y.grad.tolist() == [0, 0]


@BOTH
def test_one_tensor_in_two_places_stays_one(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = copy.deepcopy([x, x])
    assert a is b and a is not x


@BOTH
def test_a_copy_trains_on_its_own(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.deepcopy(x)
    (y * y).sum().backward()
    assert x.grad is None and y.grad.tolist() == [2, 4]


@BOTH
def test_a_computed_tensor_cannot_be_copied_with_its_history(torch):
    y = torch.tensor([1.0], requires_grad=True) * 2
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(y)
    assert copy.deepcopy(y.detach()).tolist() == [2]


def _saved(torch, x):
    file = io.BytesIO()
    torch.save({"loss": x}, file)
    file.seek(0)
    return torch.load(file)["loss"]


RESULTS = {
    "result": lambda x: x * 2,
    "number": lambda x: (x * x).sum(),
    "view": lambda x: (x * 2)[1:],
    "changed in place": lambda x: (x * 2).mul_(3),
    "a result that keeps its gradient": lambda x: keeping(x * 2),
}


def keeping(y):
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    return y


@BOTH
@pytest.mark.parametrize("made", RESULTS.values(), ids=RESULTS)
@pytest.mark.parametrize("way", ["pickle", "save", "copy"])
def test_what_an_operation_made_becomes_a_leaf(torch, made, way):
    y = made(torch.tensor([1.0, 2.0], requires_grad=True))
    ways = {"pickle": lambda: pickle.loads(pickle.dumps(y)), "save": lambda: _saved(torch, y),
            "copy": lambda: copy.copy(y)}  # fmt: skip
    z = ways[way]()
    assert z.is_leaf and z.requires_grad and z.grad is None and z.tolist() == y.tolist()
    with torch.no_grad():
        z.add_(1)
    assert (z.tolist() == y.tolist()) == (way == "copy")  # only a shallow copy shares its memory


@BOTH
@pytest.mark.parametrize("shallow", [False, True])
def test_a_leaf_is_copied_without_its_gradient(torch, shallow):
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    (p * p).sum().backward()
    p.note = "a"
    q = copy.copy(p) if shallow else pickle.loads(pickle.dumps(p))
    assert type(q) is torch.nn.Parameter and q.grad is None and q.note == "a"
    with torch.no_grad():
        q.zero_()
    assert p.tolist() == ([0, 0] if shallow else [1, 2])


def test_a_write_through_a_shallow_copy_is_noticed():
    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    with autograd_core.no_grad():
        copy.copy(x).zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@BOTH
@WAYS
def test_a_module(torch, duplicate):
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    twin = duplicate(model)
    x = torch.ones(4, 2)
    assert model(x).tolist() == twin(x).tolist()
    optimiser = torch.optim.SGD(twin.parameters(), lr=0.5)
    twin(x).sum().backward()
    optimiser.step()
    assert model(x).tolist() != twin(x).tolist()
    assert all(p.grad is None for p in model.parameters())
    assert list(twin.state_dict()) == list(model.state_dict())
    assert all(isinstance(p, torch.nn.Parameter) for p in twin.parameters())


@BOTH
def test_numpy_reads_a_tensor(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert np.asarray(x).tolist() == x.tolist()
    assert np.asarray(x).shape == (2, 2)
    assert np.array(x, dtype=np.float32).dtype == np.float32
    assert float(x.sum()) == 10 and int(x[0, 1]) == 2 and bool(x[0, 0] > 0)
    assert [row.tolist() for row in x] == [[1, 2], [3, 4]]


@BOTH
def test_numpy_shares_memory_with_a_tensor(torch):
    x = torch.zeros(3)
    x.numpy()[1] = 5
    assert x.tolist() == [0, 5, 0]


@BOTH
def test_a_tensor_that_requires_grad_must_be_detached_first(torch):
    x = torch.tensor([1.0], requires_grad=True)
    for read in (np.asarray, lambda t: t.numpy()):
        with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad"):
            read(x)
    assert np.asarray(x.detach()).tolist() == [1]


def test_a_pickle_that_names_the_modules_of_an_older_layout_opens():
    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    text = pickle.dumps((x, x.shape, autograd_core.float32), protocol=0)
    for module in (b"core.tensor", b"ops.conversion"):
        text = text.replace(b"autograd_core." + module, b"autograd_core.tensor")
    text = text.replace(b"autograd_core.core.dtypes", b"autograd_core.dtypes")
    again, shape, dtype = pickle.loads(text)
    assert repr(again) == repr(x) and shape == x.shape and dtype is autograd_core.float32
