"""A number beyond the range of a tensor's type is refused, as in PyTorch, and never becomes another."""

import warnings

import pytest

import autograd_core
from tests.autograd_core.releases import since
from tests.oracle import need_pytorch, torch

BIG = 1e39  # beyond float32
CALLS = """
m.full((2,), BIG)
m.full((2,), -BIG)
m.full((2,), float("inf"))
m.full((2,), float("nan"))
m.full((2,), BIG, dtype=m.float64)
m.full((2,), 2**70)
m.full((2,), 2**63)
m.full((2,), 2**70, dtype=m.float32)
m.full((2,), 1e30, dtype=m.int64)
m.full((2,), float("inf"), dtype=m.int32)
m.full((2,), float("nan"), dtype=m.int64)
m.full((2,), 2.7, dtype=m.int16)
m.full((2,), 2**20, dtype=m.int16)
m.full((2,), 300, dtype=m.int8)
m.full((2,), -1, dtype=m.uint8)
m.full((2,), -300, dtype=m.uint8)
m.full((2,), 5, dtype=m.bool)
m.full((2,), m.tensor(BIG, dtype=m.float64), dtype=m.float32)
m.full((2,), m.tensor(300), dtype=m.int8)
m.full_like(x, BIG)
m.full_like(i, 300)
x.new_full((2,), BIG)
m.scalar_tensor(BIG)
m.linspace(0, BIG, 3)
m.linspace(-BIG, 0, 3)
m.nn.init.constant_(x, BIG)
m.nn.init.uniform_(x, 0, BIG)
x.uniform_(-BIG, 0)
x.uniform_(-3e38, 3e38)
x.fill_(BIG)
i.fill_(300)
x.__setitem__(0, BIG)
x.__setitem__(slice(None), -BIG)
x.__setitem__(m.tensor([True, False]), BIG)
x.__setitem__(m.tensor([0]), BIG)
i.__setitem__(0, 300)
x.clamp(max=BIG)
x.clamp(-BIG, BIG)
x.clamp(max=float("inf"))
x.clamp_(min=-BIG)
x.clamp_min(BIG)
x.clamp_max(BIG)
i.clamp(max=300.0)
i.clamp_min(2.5)
x.masked_fill(m.tensor([True, False]), BIG)
x.masked_fill_(m.tensor([True, False]), -BIG)
x.masked_fill(m.tensor([True, False]), m.tensor(BIG, dtype=m.float64))
i.masked_fill(m.tensor([True, False]), 300)
i.masked_fill(m.tensor([True, False]), m.tensor(300))
m.where(m.tensor([True, False]), x, BIG)
m.where(m.tensor([True, False]), BIG, 0.0)
m.where(m.tensor([True, False]), i, 300)
x.scatter(0, m.tensor([0]), BIG)
i.scatter(0, m.tensor([0]), 300)
x.index_add(0, m.tensor([0]), m.ones(1), alpha=BIG)
m.add(x, x, alpha=BIG)
m.sub(x, x, alpha=BIG)
m.rsub(x, x, alpha=BIG)
m.add(i, i, alpha=300)
x.add_(1, alpha=BIG)
m.addcmul(x, x, x, value=BIG)
m.addcdiv(x, x, x, value=BIG)
m.addmm(m.ones(1, 1), m.ones(1, 1), m.ones(1, 1), alpha=BIG)
m.addmm(m.ones(1, 1), m.ones(1, 1), m.ones(1, 1), beta=BIG)
m.lerp(x, x, BIG)
F.pad(x, (1, 1), value=BIG)
F.pad(i, (1, 1), value=300)
F.leaky_relu(x, BIG)
F.elu(x, BIG)
F.softplus(x, BIG)
F.softplus(x, 1, BIG)
m.randint(0, 300, (2,), dtype=m.uint8)
m.randint(-1, 5, (2,), dtype=m.uint8)
m.randint(0, 2**40, (2,), dtype=m.int32)
m.randint(0, 3, (2,), dtype=m.bool)
m.randint(0, 256, (2,), dtype=m.uint8).shape
m.tensor([300], dtype=m.int8)
m.tensor([1e30], dtype=m.int64)
m.tensor([BIG])
x + BIG
x * BIG
x < BIG
i + 300
""".strip().splitlines()
LIMITS = """
i.clamp(max=300)
i.clamp(min=300)
i.clamp(min=-300)
i.clamp(max=-300)
i.clamp(-300, 300)
i.clamp(300, 400)
i.clamp_min(300)
i.clamp_min(-300)
i.clamp_max(300)
i.clamp_max(-300)
i.clip(max=300)
i.clamp_(max=300)
i.clamp_(min=300)
m.ones(2, dtype=m.uint8).clamp(min=-1)
m.ones(2, dtype=m.uint8).clamp(max=-1)
m.ones(2, dtype=m.int64).clamp(max=2**63)
m.ones(2, dtype=m.int64).clamp(max=2**70)
""".strip().splitlines()


def outcome(m, call):
    names = {"m": m, "F": m.nn.functional, "BIG": BIG, "x": m.ones(2), "i": m.ones(2, dtype=m.int8)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(eval(call, names))
        except Exception as error:
            return type(error).__name__, str(error).partition(":")[0][:45]


@pytest.mark.parametrize("call", CALLS + since("limits", LIMITS))
def test_a_number_beyond_the_range_of_a_type_is_refused_where_pytorch_refuses_it(call):
    need_pytorch()
    assert outcome(autograd_core, call) == outcome(torch, call)


def test_the_message_names_the_range():
    with pytest.raises(RuntimeError, match="type int8_t without overflow: 300 is not between -128 and 127"):
        autograd_core.full((2,), 300, dtype=autograd_core.int8)
    with pytest.raises(RuntimeError, match="to - 1 is out of bounds for bool: 2 is not between 0 and 1"):
        autograd_core.randint(3, (2,), dtype=autograd_core.bool)
    with pytest.raises(OverflowError, match="write it as a float"):
        autograd_core.ones(2).fill_(2**70)
