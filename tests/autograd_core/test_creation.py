"""Factories and random numbers, against PyTorch."""

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.oracle_cases import cases, test_each
from tests.autograd_core.releases import since
from tests.oracle import torch


def calls(*texts, words=4, **options):
    """A case for each expression in ``torch``, ``np`` and ``x``, a float64 vector."""

    def call(module, x, text):
        return eval(text, {"torch": module, "np": np, "x": x, "Infinity": float("inf")})

    return [
        case for text in texts
        for case in cases(text, lambda module, x, text=text: call(module, x, text), [((3,),)],
                          dtypes=["float64"], layouts=(), words=words, gradcheck=False, **options)
    ]  # fmt: skip


BOTH_DEFAULTS = (None, "float64")

FROM_DATA = """
torch.Tensor()|torch.Tensor(x.size()).shape|x[None].size()[:1]|torch.Tensor(x.sum().size()).shape|torch.Tensor((2, 3))
torch.Tensor(x.size() + x.size()).shape|torch.Tensor(x[None].size()[1:]).shape|(x.size() + (2,)).numel()|torch.Tensor(2, 3).shape|torch.Tensor(size=(2, 3)).shape
torch.Tensor([1, 2])|torch.Tensor([])|torch.Tensor(range(3))|torch.Tensor([[1], [2, 3]])
torch.Tensor(np.array([1, 2]))|torch.Tensor(np.array([True]))|torch.Tensor(np.array(2)).shape
torch.Tensor(np.float32([1, 2]))|torch.Tensor(torch.tensor([1, 2]))|torch.Tensor(x)|torch.Tensor(-1)
torch.Tensor(2.5)|torch.Tensor(True)|torch.Tensor(None)|torch.Tensor("ab")|torch.Tensor(np.float64(2))
torch.tensor(1.5)|torch.tensor(2)|torch.tensor(True)|torch.tensor([1.5, 2])|torch.tensor([])
torch.tensor([[], []])|torch.tensor(())|torch.tensor([[1, 2], [3, 4]])|torch.tensor(range(3))
torch.tensor([1, 2.5, True])|torch.tensor([True, False])|torch.tensor([True, 2])
torch.tensor([[[1.0]], [[2.0]]])|torch.tensor(((1, 2), [3, 4]))|torch.tensor(-2**63)
torch.tensor(2**63)|torch.tensor([2**63])|torch.tensor(10**400)|torch.tensor([1, -2**63 - 1])
torch.tensor([torch.tensor(1.0), 2])|torch.tensor([torch.tensor(1), 2.5])
torch.tensor([torch.tensor([1.0]), torch.tensor([2.0])])|torch.tensor([x, x])
torch.tensor([torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)])|torch.tensor(x)
torch.tensor(np.float32(3))|torch.tensor(np.float64(3))|torch.tensor([np.float32(3)])
torch.tensor([np.int32(3), np.int32(4)])|torch.tensor(np.int8(3))|torch.tensor(np.bool_(True))
torch.tensor(np.array([1, 2], dtype=np.float32))|torch.tensor(np.arange(3))
torch.tensor(np.array(2.0))
torch.tensor([np.array([1, 2]), np.array([3, 4])])|torch.tensor(np.array(["a"]))
torch.tensor(np.array([1], dtype=object))|torch.tensor(np.array([[1, 2], [3, 4]]).T)
torch.tensor([[1, 2], [3]])|torch.tensor([[1, 2], 3])|torch.tensor([3, [1, 2]])
torch.tensor([[[1], [2]], [[3], [4, 5]]])|torch.tensor([[1, 2], "ab"])|torch.tensor("a")
torch.tensor(["a"])|torch.tensor(None)|torch.tensor([None])|torch.tensor([1, None])
torch.tensor({})|torch.tensor({1: 2})|torch.tensor((i for i in [1]))|torch.tensor()
torch.tensor([1.5, 2.5], dtype=torch.int64)|torch.tensor(2, dtype=torch.float32)
torch.tensor([0, 2], dtype=torch.bool)|torch.tensor([-1], dtype=torch.uint8)
torch.tensor([256], dtype=torch.uint8)|torch.tensor(300, dtype=torch.int8)
torch.tensor(float("nan"), dtype=torch.int64)|torch.tensor([1.0], dtype=float)
torch.tensor([1.0], dtype=int)|torch.tensor([1.0], dtype=bool)
torch.tensor([1.0], dtype="float64")
torch.tensor([1.0], dtype=3)|torch.tensor([1.0], dtype=np.float64)
torch.tensor([1], requires_grad=True)
torch.tensor([1.0], requires_grad=True)|torch.tensor([1.0], device="cpu")
torch.tensor([1.0], device="cpu:0")|torch.tensor([1.0], device=torch.device("cpu"))
torch.as_tensor([1, 2])|torch.as_tensor(np.array([1, 2]))|torch.as_tensor(x) is x
torch.as_tensor(x, dtype=torch.int64)|torch.as_tensor(np.array([1.5]), dtype=torch.float32)
torch.as_tensor("a")|torch.from_numpy([1])|torch.from_numpy(np.float64(1))
torch.from_numpy(np.array(1.5))|torch.from_numpy(np.arange(4)[::-1])
torch.from_numpy(np.arange(6)[::2])
torch.from_numpy(np.array(["a"]))|torch.scalar_tensor(3)
x.new_tensor([1, 2])|x.long().new_tensor([1.5])|torch.is_tensor(x)|torch.is_tensor(3)
torch.numel(x)
torch.numel(3)|torch.tensor([[1, 2], [3, 4]], dtype=torch.float64, requires_grad=True)
"""

FILLED = """
torch.{f}(2, 3)|torch.{f}((2, 3))|torch.{f}([2, 3])|torch.{f}(x.shape)|torch.{f}(())|torch.{f}(0)
torch.{f}(size=(2,))|torch.{f}(torch.tensor(2))|torch.{f}(2, dtype=torch.int64)
torch.{f}(2, dtype=torch.bool)|torch.{f}(2, dtype=torch.float32, requires_grad=True)
torch.{f}(-1)|torch.{f}(2, -3)|torch.{f}(2.0)|torch.{f}("a")|torch.{f}((2, "a"))|torch.{f}(2, 2.0)
torch.{f}(None)|torch.{f}()|torch.{f}(2, dtype="float")|torch.{f}(2, device="foo")
torch.{f}(2, dtype=torch.int64, requires_grad=True)
"""

LIKE = """
torch.{f}(x)|torch.{f}(x, dtype=torch.int64)|torch.{f}(x, requires_grad=True)|torch.{f}(x.long())
torch.{f}(torch.tensor(2))|torch.{f}(torch.ones(2, 3).t())|torch.{f}([1])
torch.{f}(x, device="cpu")
"""

OTHERS = """
torch.full((2,), 3)|torch.full((2,), 3.0)|torch.full((2,), True)|torch.full((), 3)
torch.full(2, 3)
torch.full((2,), torch.tensor(3.0))|torch.full((2,), torch.tensor(3))|torch.full([2, 2], 1.5)
torch.full((2,), 3, dtype=torch.float32)|torch.full((2,), 1.5, dtype=torch.int64)
torch.full((-1,), 2)
torch.full((2,), 1.5, requires_grad=True)|torch.full_like(x, 2)
torch.full_like(x, 2, dtype=torch.int64)
torch.full_like(x.long(), 2.7)|torch.full_like(x, 1.0, requires_grad=True)
x.new_zeros(2, 3)|x.new_ones((2, 3), dtype=torch.int64)|x.long().new_full((2,), 3)
x.new_empty(2).shape
x.new_zeros(2, requires_grad=True)|torch.empty(2, 3).shape|torch.empty(()).shape
torch.empty_like(x).dtype
torch.eye(2)|torch.eye(2, 3)|torch.eye(3, 2)|torch.eye(0)|torch.eye(-1)|torch.eye(2, -1)
torch.eye(2.0)
torch.eye(2, dtype=torch.int64)|torch.eye(2, requires_grad=True)
torch.arange(3)|torch.arange(3.0)|torch.arange(1, 4)|torch.arange(1, 2, 0.25)|torch.arange(2, 1)
torch.arange(1, 2, 0)|torch.arange(2, 1, -0.5)|torch.arange(5, 0, -2)|torch.arange(0, 1, 0.1)
torch.arange(0)|torch.arange(3, dtype=torch.float32, requires_grad=True)|torch.arange(end=3)
torch.arange(start=1, end=3)|torch.arange(1, 7, step=2)|torch.arange(torch.tensor(3))
torch.arange(1.5)
torch.arange(0.5, 3.5, dtype=torch.int64)|torch.arange(2, dtype=int)
torch.arange(0, Infinity)|torch.arange(0, float("nan"))|torch.arange("a")|torch.arange()
torch.arange(np.int64(3))|torch.arange(0, 1, 0.3, dtype=torch.float64)|torch.arange(-3, 3)
torch.linspace(0, 1, 5)|torch.linspace(0, 1, 1)|torch.linspace(0, 1, 0)|torch.linspace(0, 1, -1)
torch.linspace(1, -1, 4)|torch.linspace(0, 10, 4, dtype=torch.int64)|torch.linspace(0, 1, steps=7)
torch.linspace(-10, 3, 7, dtype=torch.int64)|torch.linspace(1, 2, steps=3, requires_grad=True)
torch.linspace(torch.tensor(0.0), torch.tensor(1.0), 3)|torch.linspace(-3, 3, 100)
torch.logspace(0, 2, 3)|torch.logspace(-1, 1, 5, base=2)|torch.logspace(0, 1, -1)
torch.inf, torch.nan == torch.nan, torch.pi, torch.e, torch.newaxis
"""

RANDOM = """
torch.rand(2, 3).shape|torch.rand(()).shape|torch.rand(2).dtype
torch.rand((2,), dtype=torch.float32).dtype
torch.rand(2, dtype=torch.int64)|torch.randn(2, dtype=torch.int64)|torch.randn(2, 3).shape
torch.randn(2, requires_grad=True).requires_grad|torch.rand(-1)|torch.rand()|torch.randn(2.5)
torch.randint(5, (2,)).dtype|torch.randint(2, 5, (2, 3)).shape|torch.randint(5, 5, (2,))
torch.randint(5, 2, (2,))|torch.randint(5, 2)|torch.randint(high=3, size=(2,)).dtype
torch.randint(low=1, high=3, size=(2,)).shape|torch.randint(0, 2, (2,), dtype=torch.float32).dtype
torch.randint(1, 2, (3,))|torch.randperm(3).dtype|torch.randperm(0)
torch.randperm(-1)|torch.randperm(5).sort()[0]|torch.rand_like(x).shape|torch.randn_like(x).dtype
torch.rand_like(torch.tensor([1]))|torch.randint_like(x, 3).dtype
torch.randint_like(x, 3, 5).shape
torch.normal(0.0, 1.0, (2,)).shape|torch.normal(torch.zeros(2), torch.ones(2)).shape
torch.normal(torch.zeros(2), 1.0).shape|torch.normal(0.0, torch.ones(3)).shape
torch.normal(torch.zeros(2), -1.0)|torch.bernoulli(torch.tensor([0.0, 1.0]))
torch.bernoulli(torch.tensor([0.0, 2.0]))|torch.multinomial(torch.tensor([0.0, 1.0]), 1)
torch.multinomial(torch.tensor([0.2, 0.8]), 2).sort()[0]
torch.multinomial(torch.tensor([-1.0, 1.0]), 1)
torch.multinomial(torch.tensor([0.0, 0.0]), 1)|torch.multinomial(torch.tensor([1.0, 1.0]), 0)
torch.multinomial(torch.eye(3), 1)
torch.multinomial(torch.tensor([1.0, 0.0]), 5, replacement=True)
torch.manual_seed("a")|torch.manual_seed(2**64)|torch.manual_seed(-2**63 - 1)
torch.manual_seed(-1).initial_seed()|torch.manual_seed(3).initial_seed()|torch.initial_seed() == 3
torch.Generator().initial_seed()|torch.Generator().manual_seed(5).initial_seed()
x.clone().uniform_(2, 1)|x.clone().normal_(0, -1)|x.long().uniform_()|x.long().normal_()
x.clone().uniform_(3, 3)|x.clone().normal_(2, 0)|x.uniform_()|x.detach().clone().uniform_().shape
"""


def lines(text, f=""):
    """The expressions in a table, with the function's name ``f`` put in."""
    return text.strip().replace("{f}", f).replace("\n", "|").split("|")


test_from_data = test_each(*[calls(*lines(FROM_DATA), default=default) for default in BOTH_DEFAULTS])
test_filled = test_each(*[calls(*lines(FILLED, f=f), default=default)
                          for f in ("zeros", "ones") for default in BOTH_DEFAULTS])  # fmt: skip
test_like = test_each(*[calls(*lines(LIKE, f=f)) for f in ("zeros_like", "ones_like")])
FRACTIONS = """
torch.arange(0.5, dtype=torch.int64)|torch.arange(-0.5, 0.5, dtype=torch.int32)
torch.arange(0, 3, 0.5, dtype=torch.int64)|torch.arange(0, 3, 1.5, dtype=torch.uint8)
torch.arange(2.5, dtype=torch.int64)|torch.arange(3, 0, -1.5, dtype=torch.int16)
torch.arange(0, -0.5, dtype=torch.int64)|torch.arange(0.2, 0, 0.1, dtype=torch.int64)
"""

test_ranges_of_whole_numbers_from_fractions = test_each(since("arange", calls(*lines(FRACTIONS))))
test_others = test_each(*[calls(*lines(OTHERS), default=default) for default in BOTH_DEFAULTS])
test_random = test_each(calls(*lines(RANDOM), second=False, words=3))


# ---------------------------------------------------------------------- memory, randomness


DRAWN = """
torch.normal(0, 0.01, size=(2, 3))|torch.normal(x, 1.0)|torch.normal(0.0, x * x)|torch.normal(x, x * x)
torch.rand(3)|torch.randn(2, 2)|torch.randint(5, (3,))|torch.randperm(4)|torch.rand_like(x)
torch.bernoulli(torch.full((3,), 0.5))|torch.multinomial(torch.ones(4), 2)|torch.empty(2, 2)
torch.full((2,), 3.0)|torch.full_like(x, 2.0)|torch.eye(3)|torch.arange(3.0)|torch.linspace(0, 1, 3)
torch.logspace(0, 1, 3)|torch.zeros(())|torch.Tensor(2, 3)|torch.tensor(np.broadcast_to(1.0, 3))
torch.tensor([1.0])|torch.tensor(np.array(2.0))|torch.as_tensor([1.0])|torch.get_rng_state()
torch.nn.Linear(2, 3).weight|torch.nn.BatchNorm1d(3).running_mean|torch.ones(3).expand(2, 3).clone()
x.new_tensor(np.broadcast_to(1.0, 3))|torch.nn.functional.one_hot(torch.tensor([0, 1]))
torch.nn.init.xavier_normal_(torch.empty(2, 2))|x.detach().max(0)[1]|torch.where(x > 0)[0]
x.detach().sort()[0]|x.detach().sort()[1]|x.detach().topk(2)[1]|x.argsort()|x.detach()[None].argmax(1)
"""


@pytest.mark.parametrize("text", "|".join(DRAWN.strip().split("\n")).split("|"))
def test_what_is_made_can_be_written_to(text):
    made = eval(text, {"torch": autograd_core, "np": np, "x": autograd_core.tensor([0.5, 2.0, 1.0])})
    before = made.detach().clone()
    with autograd_core.no_grad():
        made.add_(1)
        made.view(-1)[0] = 0
    assert made.reshape(-1)[1:].tolist() == (before + 1).reshape(-1)[1:].tolist()


def test_training_changes_what_normal_made():
    torch = autograd_core
    weight = torch.normal(0, 0.01, size=(2, 3), requires_grad=True)
    before = weight.detach().clone()
    weight.sum().backward()
    torch.optim.SGD([weight], lr=0.5).step()
    with torch.no_grad():
        weight -= 0.5 * weight.grad
    assert np.allclose(weight.detach().numpy(), before.numpy() - 1)


def test_the_old_constructor_shares_the_memory_of_a_tensor_and_copies_an_array():
    for module in (torch, autograd_core):
        tensor, array = module.ones(2), np.ones(2)
        alias, copy = module.Tensor(tensor), module.Tensor(array)
        tensor[0], array[0] = 5.0, 5.0
        assert alias.tolist() == [5.0, 1.0] and copy.tolist() == [1.0, 1.0]
        recorded = module.Tensor(tensor.requires_grad_())
        assert recorded.grad_fn.name() == "AliasBackward0"


@pytest.mark.parametrize("module", [autograd_core, torch])
def test_from_numpy_shares_memory_both_ways(module):
    array = np.zeros(3)
    tensor = module.from_numpy(array)
    array[0] = 1.0
    tensor[1] = 2.0
    assert tensor.tolist() == array.tolist() == [1.0, 2.0, 0.0]
    assert np.shares_memory(module.as_tensor(array).numpy(), array)
    scalar = np.array(1.0)
    shared = module.from_numpy(scalar)
    shared += 1
    assert scalar == 2.0


def test_tensor_copies_its_data():
    array = np.zeros(3)
    tensor = autograd_core.tensor(array)
    array[0] = 1.0
    assert tensor.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("module", [autograd_core, torch])
def test_copying_a_tensor_warns_as_pytorch_does(module):
    with pytest.warns(UserWarning, match="^To copy construct from a tensor"):
        module.tensor(module.tensor([1.0]))


@pytest.mark.parametrize("draw", [
    lambda m, g=None: m.rand(4, generator=g), lambda m, g=None: m.randn(2, 2, generator=g),
    lambda m, g=None: m.randint(100, (5,), generator=g),
    lambda m, g=None: m.randperm(9, generator=g),
    lambda m, g=None: m.empty(3).uniform_(-1, 2, generator=g),
    lambda m, g=None: m.empty(3).normal_(1, 2, generator=g),
    lambda m, g=None: m.bernoulli(m.full((9,), 0.5), generator=g),
    lambda m, g=None: m.multinomial(m.ones(9), 4, generator=g),
    lambda m, g=None: m.normal(m.zeros(3), 2.0, generator=g),
])  # fmt: skip
def test_a_seed_repeats_the_numbers_and_a_generator_has_its_own(draw):
    autograd_core.manual_seed(7)
    first, second = draw(autograd_core), draw(autograd_core)
    assert first.tolist() != second.tolist()
    autograd_core.manual_seed(7)
    assert draw(autograd_core).tolist() == first.tolist()
    generator = autograd_core.Generator().manual_seed(7)
    assert draw(autograd_core, generator).tolist() == first.tolist()
    state = generator.get_state()
    after = draw(autograd_core, generator).tolist()
    assert after == second.tolist()
    assert draw(autograd_core, generator.set_state(state)).tolist() == after


def test_random_numbers_have_the_distribution_they_are_named_for():
    autograd_core.manual_seed(0)
    n = 40_000  # the standard error of a mean of unit variance is then 0.005
    uniform, normal = autograd_core.rand(n), autograd_core.randn(n)
    assert uniform.min().item() >= 0 and uniform.max().item() < 1
    assert abs(uniform.mean().item() - 0.5) < 0.01
    assert abs(normal.mean().item()) < 0.03
    assert abs(normal.std().item() - 1) < 0.03
    whole = autograd_core.randint(2, 5, (n,))
    assert sorted(set(whole.tolist())) == [2, 3, 4]
    assert sorted(autograd_core.randperm(50).tolist()) == list(range(50))
    shifted = autograd_core.empty(n).normal_(3.0, 0.5)
    assert abs(shifted.mean().item() - 3) < 0.02
    drawn = autograd_core.multinomial(autograd_core.tensor([1.0, 3.0]), n, replacement=True)
    assert abs(drawn.double().mean().item() - 0.75) < 0.02


def test_an_unknown_generator_is_an_error():
    with pytest.raises(TypeError, match="generator"):
        autograd_core.rand(2, generator=3)


def test_another_device_is_an_error_that_says_what_to_do():
    with pytest.raises(AssertionError, match="^Torch not compiled with CUDA enabled.*CPU only"):
        autograd_core.zeros(2, device="cuda")
    with pytest.raises(RuntimeError, match="^Expected one of cpu.*CPU only"):
        autograd_core.zeros(2, device="warp")
    device = autograd_core.device("cuda" if autograd_core.cuda.is_available() else "cpu")
    assert repr(device) == repr(torch.device("cpu")) and str(device) == "cpu"
    assert autograd_core.ones(2).to(device).device == device
