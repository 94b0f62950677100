"""A seed gives PyTorch's numbers: those of its generator on the CPU, in each distribution."""

import numpy as np
import pytest

import autograd_core
from tests.oracle import need_pytorch, torch

BOTH = [autograd_core, torch]
# What PyTorch draws after manual_seed(42), to six digits, in float32 unless a type is named.
KNOWN = {
    "rand(3)": [0.882269, 0.915004, 0.382864],
    "rand(3, dtype=m.float64)": [0.0581545, 0.0629102, 0.123586],
    "randn(3)": [0.33669, 0.128809, 0.234462],
    "randn(2, 2, dtype=m.float64)": [0.33669, 0.128809, 0.234462, 0.230333],
    "randn(20)": [
        1.92692,
        1.48728,
        0.900717,
        -2.10552,
        -0.758131,
        1.07832,
        0.800801,
        1.68062,
        0.35586,
        -0.686623,
        -0.493356,
        0.241488,
        -0.231624,
        0.0417595,
        -0.251575,
        0.859859,
        -0.309727,
        -0.39571,
        0.803409,
        -0.621595,
    ],
    "randn(18, dtype=m.float64)": [
        0.299556,
        0.242378,
        1.27159,
        0.61867,
        -0.037203,
        1.03525,
        -0.0100855,
        0.0894802,
        0.0384352,
        -0.118244,
        -0.579841,
        0.875894,
        0.392385,
        1.10846,
        0.865173,
        0.855216,
        0.249412,
        0.261584,
    ],
    "empty(3).uniform_(-2, 3)": [2.41135, 2.57502, -0.0856812],
    "empty(3).normal_(1, 2)": [1.67338, 1.25762, 1.46892],
    "normal(2.0, 3.0, (3,))": [3.01007, 2.38643, 2.70339],
    "normal(m.tensor([1.0, 2.0]), m.tensor([3.0, 4.0]))": [2.01007, 2.51524],
    "rand_like(m.zeros(2))": [0.882269, 0.915004],
    "randint(10, (5,))": [2, 7, 6, 4, 6],
    "randint(-3, 2**27, (3,))": [132242498, 65682789, 56754943],
    "randint(-1, 2**28, (3,))": [231503782, 148201534, 22711893],
    "randint(-(2**62), 2**62, (2,))": [2297359619001564595, 3702525538111689998],
    "randperm(10)": [2, 6, 1, 8, 4, 5, 0, 9, 3, 7],
    "bernoulli(m.full((8,), 0.4))": [0, 0, 1, 0, 1, 0, 1, 0],
    "bernoulli(m.full((8,), 0.4, dtype=m.float64))": [1, 1, 1, 1, 0, 0, 0, 0],
    "multinomial(m.tensor([0.1, 0.2, 0.7]), 8, replacement=True)": [0, 0, 1, 0, 2, 2, 2, 2],
    "nn.init.kaiming_uniform_(m.empty(2, 2))": [1.32422, 1.43762, -0.405772, 1.59108],
    "nn.init.xavier_normal_(m.empty(2, 2))": [0.238076, 0.091082, 0.16579, 0.16287],
    "nn.Linear(2, 2, dtype=m.float32).bias.detach()": [-0.15493, 0.142688],
    "nn.Embedding(2, 2, dtype=m.float32).weight.detach()": [0.33669, 0.128809, 0.234462, 0.230333],
}
# Numbers for which PyTorch asks Intel's library on some processors: there it draws others.
WITHOUT_MKL = {
    "empty(8).bernoulli_(0.4)": [1, 1, 1, 1, 0, 0, 0, 0],
    "nn.functional.dropout(m.ones(8), 0.25)": [1.33333, 1.33333, 1.33333, 1.33333, 1.33333, 1.33333, 0, 0],
    "multinomial(m.tensor([0.1, 0.2, 0.7]), 2)": [2, 1],
    "multinomial(m.tensor([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]), 1)": [2, 0],
}


def drawn(m, line, seed=42):
    m.manual_seed(seed)
    return eval("m." + line, {"m": m}).numpy().reshape(-1)


def assert_drawn(ours, theirs, line):
    """Equal but for the last bits of the largest: PyTorch may round a product and a sum at once."""
    last = 2 * np.spacing(np.abs(theirs).max()) if theirs.dtype.kind == "f" else 0
    if "randn(2" in line:  # 16 and more: its code for vectors, which differs by processor
        last *= 32
    assert ours.dtype == theirs.dtype
    assert np.abs(ours - theirs).max() <= last, line


@pytest.mark.parametrize("line", [*KNOWN, *WITHOUT_MKL])
def test_the_numbers_in_the_book(line):
    assert drawn(autograd_core, line) == pytest.approx((KNOWN | WITHOUT_MKL)[line], rel=1e-5)


@pytest.mark.parametrize("seed", [0, 42, 2**32 + 1, -1, 2**63])
def test_each_seed_gives_pytorchs_numbers(seed):
    need_pytorch()
    for line in KNOWN:
        assert_drawn(drawn(autograd_core, line, seed), drawn(torch, line, seed), line)


def test_what_is_drawn_before_does_not_matter_to_what_is_drawn_after():
    """An odd normal number is kept for later; one word or two are taken for each number."""
    lines = ["randn(3)", "rand(2)", "randn(2, dtype=m.float64)", "randn(20)", "randint(2**30, (3,))",
             "randn(2)", "randperm(5)", "rand(1, dtype=m.float64)"]  # fmt: skip
    need_pytorch()
    for m in BOTH:
        m.manual_seed(7)
    for line in lines:
        assert_drawn(*(eval("m." + line, {"m": m}).numpy() for m in BOTH), line)


def test_a_state_goes_from_one_library_to_the_other():
    need_pytorch()
    for there, here in [BOTH, BOTH[::-1]]:
        there.manual_seed(5)
        there.randn(3)
        here.set_rng_state(here.tensor(there.get_rng_state().numpy()))
        assert here.initial_seed() == 5
        assert here.randn(3).tolist() == there.randn(3).tolist()


@pytest.mark.parametrize("state", ["m.zeros(5056)", "m.zeros(5, dtype=m.uint8)"])
def test_what_is_no_state_is_refused(state):
    for m in BOTH:
        with pytest.raises((TypeError, RuntimeError), match="(?i)bytetensor|wrong size|state"):
            m.set_rng_state(eval(state, {"m": m}))


def layers(m):
    nn = m.nn
    return nn.Sequential(nn.Linear(3, 4), nn.Conv2d(3, 4, 3), nn.Embedding(5, 3), nn.BatchNorm1d(4))


def test_layers_start_with_pytorchs_weights():
    need_pytorch()
    weights = []
    for m in BOTH:
        m.manual_seed(1)
        weights.append([p.detach().numpy() for p in layers(m).parameters()])
    for ours, theirs in zip(*weights, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)


LOADERS = [
    "DataLoader(x, 4, shuffle=True)", "DataLoader(x, 4)",
    "DataLoader(x, 4, shuffle=True, generator=m.Generator().manual_seed(3))",
    "DataLoader(x, 4, sampler=RandomSampler(x, True, 40))",
    "DataLoader(x, 4, sampler=RandomSampler(x, num_samples=23))",
    "DataLoader(x, 4, sampler=RandomSampler(x, num_samples=5))",
    "DataLoader(x, None, sampler=RandomSampler(x))",
]  # fmt: skip


@pytest.mark.parametrize("loader", LOADERS)
def test_batches_are_dealt_out_as_by_pytorch_in_each_pass(loader):
    need_pytorch()
    found = []
    for m in BOTH:
        m.manual_seed(2)
        batches = eval(loader, {**vars(m.utils.data), "m": m, "x": m.arange(10)})
        found.append([[batch.tolist() for batch in batches] for _ in range(2)] + m.rand(2).tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize("lengths", [[7, 3], [0.7, 0.3], [0.25, 0.25, 0.5]])
def test_data_are_split_as_by_pytorch(lengths):
    need_pytorch()
    found = []
    for m in BOTH:
        m.manual_seed(3)
        found.append([list(part) for part in m.utils.data.random_split(range(10), lengths)])
    assert found[0] == found[1]
