"""Data sets and loaders deal out what PyTorch's do, batch by batch."""

from collections import namedtuple

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch

BOTH = [autograd_core, torch]


def data(module, n=10):
    return module.utils.data.TensorDataset(
        module.arange(n * 2, dtype=module.float64).reshape(n, 2), module.arange(n)
    )


def plain(value):
    """Tensors as (type, nested list), containers as they are, for comparison across engines."""
    if isinstance(value, autograd_core.Tensor | torch.Tensor):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value).__name__, [plain(item) for item in value]
    return value


@pytest.mark.parametrize("options", [
    {}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": 20},
    {"batch_size": 20, "drop_last": True}, {"batch_size": None}, {"batch_sampler": [[1, 2], [9]]},
    {"sampler": [3, 1, 4, 1, 5], "batch_size": 2}, {"batch_size": 4, "collate_fn": len},
])  # fmt: skip
def test_batches_are_those_of_pytorch(options):
    ours, theirs = (module.utils.data.DataLoader(data(module), **options) for module in BOTH)
    assert len(ours) == len(theirs)
    assert [plain(batch) for batch in ours] == [plain(batch) for batch in theirs]
    assert [plain(batch) for batch in ours] == [plain(batch) for batch in theirs], "second pass"


def test_shuffling_deals_out_every_sample_once_in_a_new_order_each_time():
    batches = loader(autograd_core, data(autograd_core, 50), batch_size=7, shuffle=True)
    passes = [[i for _, y in batches for i in y.tolist()] for _ in range(3)]
    assert all(sorted(order) == list(range(50)) for order in passes)
    assert passes[0] != passes[1] != passes[2] and passes[0] != list(range(50))


def test_a_seeded_generator_decides_the_order():
    def order():
        generator = autograd_core.Generator().manual_seed(3)
        batches = loader(autograd_core, range(40), shuffle=True, generator=generator)
        return [batch.tolist() for batch in batches]

    first = order()
    autograd_core.rand(5)  # the default generator has nothing to do with it
    assert order() == first

    autograd_core.manual_seed(1)
    once = [batch.tolist() for batch in loader(autograd_core, range(40), shuffle=True)]
    autograd_core.manual_seed(1)
    assert once == [batch.tolist() for batch in loader(autograd_core, range(40), shuffle=True)]


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize("make", [
    lambda m: [1, 2], lambda m: [1.5, 2.5], lambda m: [True, False], lambda m: ["a", "b"],
    lambda m: [m.ones(2), m.zeros(2)], lambda m: [np.ones(2), np.zeros(2)],
    lambda m: [np.float32(1), np.float32(2)], lambda m: [(1, "a"), (2, "b")],
    lambda m: [[1, 2.0], [3, 4.0]],
    lambda m: [{"a": 1, "b": (1.0, "x")}, {"a": 2, "b": (2.0, "y")}],
    lambda m: [Point(1, m.ones(1)), Point(2, m.ones(1))],
])  # fmt: skip
def test_samples_are_collated_like_pytorchs(make):
    ours, theirs = (module.utils.data.default_collate(make(module)) for module in BOTH)
    assert plain(ours) == plain(theirs)


@pytest.mark.parametrize("lengths", [[7, 3], [0.7, 0.3], [0.55, 0.45], [0.25, 0.25, 0.5], [10], [0, 10]])
def test_random_split_has_pytorchs_lengths_and_loses_nothing(lengths):
    generator = autograd_core.Generator().manual_seed(0)
    ours = autograd_core.utils.data.random_split(range(10), lengths, generator)
    theirs = torch.utils.data.random_split(range(10), lengths)
    assert [len(part) for part in ours] == [len(part) for part in theirs]
    assert sorted(i for part in ours for i in part) == list(range(10))
    again = autograd_core.utils.data.random_split(range(10), lengths, generator.manual_seed(0))
    assert [list(part) for part in again] == [list(part) for part in ours]


@pytest.mark.parametrize("module", BOTH)
def test_subsets_and_sums_of_data_sets(module):
    points = data(module)
    part = module.utils.data.Subset(points, [4, 2])
    assert len(part) == 2 and part[1][1] == 2
    both = points + part
    assert len(both) == 12 and both[10][1] == 4 and both[-1][1] == 2
    assert isinstance(both, module.utils.data.ConcatDataset)


def test_a_data_set_of_ones_own():
    class Squares(autograd_core.utils.data.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return autograd_core.tensor(float(i)), float(i * i)

    x, y = next(iter(autograd_core.utils.data.DataLoader(Squares(), batch_size=5)))
    assert (x**2 == y).all() and x.shape == (5,)


def loader(module, source, **options):
    return module.utils.data.DataLoader(source, **options)


ERRORS = {
    "sizes": lambda m: m.utils.data.TensorDataset(m.ones(2), m.ones(3)),
    "lengths": lambda m: m.utils.data.random_split(data(m), [3, 3]),
    "fractions": lambda m: m.utils.data.random_split(data(m), [0.5, 0.4]),
    "batch size 0": lambda m: loader(m, data(m), batch_size=0),
    "batch size 2.5": lambda m: loader(m, data(m), batch_size=2.5),
    "workers": lambda m: loader(m, data(m), num_workers=-1),
    "both": lambda m: loader(m, data(m), batch_sampler=[[1]], shuffle=True),
    "sampler": lambda m: loader(m, data(m), sampler=[1], shuffle=True),
    "no batch to drop": lambda m: loader(m, data(m), batch_size=None, drop_last=True),
    "nothing to shuffle": lambda m: loader(m, m.utils.data.TensorDataset(m.ones(0)), shuffle=True),
    "objects": lambda m: m.utils.data.default_collate([object()]),
    "lists": lambda m: m.utils.data.default_collate([[1, 2], [1]]),
    "tensors": lambda m: m.utils.data.default_collate([m.ones(1), m.ones(2)]),
    "no getitem": lambda m: m.utils.data.Dataset()[0],
    "nothing": lambda m: m.utils.data.ConcatDataset([]),
    "beyond": lambda m: data(m)[10],
    "subset": lambda m: m.utils.data.Subset(data(m), [0, 1])[2],
    "sum": lambda m: (data(m) + data(m))[20],
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_those_of_pytorch(name):
    errors = []
    for module in BOTH:
        with pytest.raises(Exception) as raised:
            ERRORS[name](module)
        errors.append(raised.value)
    ours, theirs = errors
    assert type(ours) is type(theirs), f"{ours!r}\n{theirs!r}"
    assert str(ours).split(".")[0][:40] == str(theirs).split(".")[0][:40]


def test_workers_are_told_not_to_exist():
    with pytest.warns(UserWarning, match="in the process itself"):
        batches = loader(autograd_core, data(autograd_core), num_workers=2)
    assert len(list(batches)) == 10
    loader(autograd_core, data(autograd_core), num_workers=2)  # once is enough: any warning is an error


def test_a_loader_feeds_training_until_the_points_are_separated():
    torch = autograd_core
    torch.manual_seed(0)
    x = torch.randn(200, 2)
    y = (x[:, 0] * x[:, 1] > 0).long()
    train, test = torch.utils.data.random_split(torch.utils.data.TensorDataset(x, y), [150, 50])
    model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 2))
    optimizer, loss_fn = torch.optim.Adam(model.parameters(), lr=0.05), torch.nn.CrossEntropyLoss()
    for _ in range(40):
        for inputs, targets in torch.utils.data.DataLoader(train, batch_size=25, shuffle=True):
            optimizer.zero_grad()
            loss_fn(model(inputs), targets).backward()
            optimizer.step()
    with torch.no_grad():
        inputs, targets = next(iter(torch.utils.data.DataLoader(test, batch_size=50)))
        accuracy = (model(inputs).argmax(1) == targets).double().mean().item()
    assert accuracy >= 0.88
