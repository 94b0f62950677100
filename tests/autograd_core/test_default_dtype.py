"""With nothing set, values, types and what is printed are PyTorch's: numbers are float32."""

import io

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.test_creation import lines
from tests.oracle import torch as pytorch

EXPRESSIONS = """
torch.get_default_dtype()|torch.finfo()|torch.tensor(1.)|torch.tensor(0.1).item()
torch.tensor([0.1, 2])|torch.tensor([0.1, 1e-3]).tolist()|torch.tensor([1, 2])|torch.tensor(16777217.)
torch.tensor(1e39)|torch.tensor(0.1, dtype=torch.float64).item()|torch.tensor([0.1]).double()
torch.tensor([0.1], dtype=torch.float64).tolist()|torch.tensor([2**53 + 1], dtype=torch.float64)
torch.tensor([[0.1], [16777217.0]], dtype=torch.float64).tolist()|torch.tensor([16777217.0, 2], dtype=torch.int64)
torch.tensor(np.array([0.1]))|torch.from_numpy(np.array([0.1]))|torch.as_tensor([0.1])
torch.tensor(np.float64(0.1))|torch.tensor([np.float64(0.1)])|torch.tensor(np.float32(0.1))
torch.tensor([torch.tensor(0.1, dtype=torch.float64)])|torch.Tensor([1, 2])|torch.Tensor(np.array([0.1]))
torch.zeros(2)|torch.ones(1, 2)|torch.full((2,), 0.1)|torch.full((2,), 1)|torch.eye(2)|torch.scalar_tensor(0.1)
torch.arange(3)|torch.arange(3.)|torch.arange(0, 1, 0.1)|torch.linspace(0, 1, 4)|torch.logspace(-1, 1, 3)
torch.zeros_like(torch.tensor([1.0]))|torch.ones(1, dtype=torch.float64).new_tensor([0.1]).tolist()
torch.arange(3).new_zeros(2)|torch.rand(2).dtype|torch.randn(2).dtype|torch.normal(0., 1., (2,)).dtype
torch.empty(2).uniform_().dtype|torch.randint(3, (2,)).dtype|torch.bernoulli(torch.ones(2))
torch.arange(3) / 2|torch.arange(3) * 0.1|torch.arange(3) ** 0.5|torch.tensor([True]) + 0.1
torch.tensor(1) * 0.1|0.1 - torch.arange(2)|torch.tensor([0.1]) + 1|torch.arange(3).sqrt()
torch.arange(3).float().mean()|torch.sigmoid(torch.arange(2))|torch.true_divide(1, torch.arange(1, 3))
torch.tensor([0.1]) + torch.tensor([0.1], dtype=torch.float64)
torch.tensor([0.1]) + torch.tensor(0.1, dtype=torch.float64)
torch.tensor(0.1) + torch.tensor(0.1, dtype=torch.float64)|torch.tensor([1]) + torch.tensor(0.1, dtype=torch.float64)
torch.tensor([0.1]) * np.float64(2)|torch.tensor([0.1]) * np.float32(2)|torch.tensor([1]) * np.float64(0.5)
torch.where(torch.tensor([True, False]), 1.0, 0)|torch.cat([torch.ones(1), torch.ones(1, dtype=torch.float64)])
torch.stack([torch.tensor(0.1), torch.tensor(1.0)])|torch.result_type(torch.arange(2), 0.1)
torch.tensor(0.1, requires_grad=True) * 2|torch.tensor([1.0], dtype=torch.float64, requires_grad=True) * 2
torch.nn.Linear(2, 1)(torch.from_numpy(np.ones((3, 2))).float()).dtype
torch.nn.Linear(2, 1)(torch.from_numpy(np.ones((3, 2))))|torch.nn.Linear(2, 1).double().weight.dtype
torch.nn.functional.one_hot(torch.tensor([0, 2])).float() @ torch.ones(3, 2)
torch.nn.functional.mse_loss(torch.ones(2), torch.zeros(2, dtype=torch.float64))
torch.nn.functional.cross_entropy(torch.ones(1, 2), torch.tensor([0]))
torch.nn.BatchNorm1d(2).running_mean|torch.nn.Parameter(torch.ones(1))|torch.nn.Embedding(2, 1).weight.dtype
torch.nn.utils.clip_grad_norm_([], 1.0)
torch.utils.data.default_collate([0.1, 0.2])|torch.utils.data.default_collate([np.float32(0.1)])
torch.set_default_dtype(torch.float64) or (torch.tensor(0.1), torch.ones(1).float(), torch.arange(2) / 2)
"""


@pytest.mark.parametrize("text", lines(EXPRESSIONS))
def test_what_is_printed_is_the_same(text):
    shown = []
    for torch in (pytorch, autograd_core):
        try:
            shown.append(repr(eval(text, {"torch": torch, "np": np})))
        except Exception as error:
            shown.append((type(error), str(error).split()[:6]))
    assert shown[1] == shown[0]


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
def test_training_and_saving_stay_in_float32(torch):
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    x, y = torch.randn(5, 2), torch.rand(5, 1)
    torch.nn.functional.mse_loss(model(x), y).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    moments = [each["exp_avg"] for each in optimizer.state.values()]
    gradients = [parameter.grad for parameter in model.parameters()]
    for each in (*model.parameters(), *gradients, *moments, *torch.load(file).values()):
        assert each.dtype in (torch.float32, torch.int64)


WRONG = {
    "a whole number that requires a gradient": (lambda: autograd_core.tensor(3, requires_grad=True), r"\.float\(\)"),
    "the mean of whole numbers": (lambda: autograd_core.tensor([1, 2]).mean(), r"\.float\(\).*float32"),
    "a parameter of whole numbers": (lambda: autograd_core.nn.Parameter(autograd_core.tensor([1])), r"data\.float\(\)"),
    "two types in a product": (
        lambda: autograd_core.ones(2, 2, dtype=autograd_core.float64) @ autograd_core.ones(2, 2), r"with \.float\(\)"),
    "an array for a layer": (lambda: autograd_core.nn.Linear(2, 1)(np.ones((3, 2))), r"array, dtype=torch\.float32"),
    "a power as in mathematics": (lambda: autograd_core.tensor(2.0) ^ 2, r"written with \*\*, as in x \*\* 2"),
}  # fmt: skip


@pytest.mark.parametrize("call, cure", WRONG.values(), ids=WRONG)
def test_what_an_error_advises_leads_on_in_the_default_type(call, cure):
    with pytest.raises((RuntimeError, TypeError, NotImplementedError, ValueError), match=cure):
        call()
