"""Element types, and a tensor's values in other types, as Python and as NumPy, against PyTorch."""

import itertools

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.oracle_cases import ALL_DTYPES, SPECIAL, cases, default_dtype, test_each
from tests.autograd_core.test_creation import calls, lines
from tests.oracle import torch

WORDS = """
torch.float64|torch.float32|torch.double|torch.float|torch.int64|torch.long|torch.int32|torch.int
torch.int16|torch.short|torch.int8|torch.uint8|torch.bool|torch.double is torch.float64
torch.float32.is_floating_point, torch.int64.is_floating_point, torch.bool.is_floating_point
torch.float32.itemsize, torch.bool.itemsize|torch.uint8.is_signed, torch.int8.is_signed
torch.float32.is_complex|str(torch.float32), repr(torch.bool)|torch.finfo(torch.float32).eps
torch.finfo(torch.float64).max|str(torch.finfo(torch.float32)), str(torch.iinfo(torch.uint8))
torch.finfo(torch.int64)|torch.iinfo(torch.float32)|torch.iinfo(torch.int16).max
torch.finfo(torch.float32).bits, torch.iinfo(torch.int8).bits
torch.set_default_dtype(torch.int64)|torch.set_default_dtype("float64")|torch.get_default_dtype()
torch.float32 == torch.float32, torch.float32 == torch.float64, torch.float32 != torch.int64
"""
test_words = test_each(calls(*lines(WORDS), words=4))

CONVERSIONS = """
x.to(torch.float32)|x.to(torch.float64) is x|x.to(torch.float64, copy=True) is x|x.to(int)
x.to("cpu") is x
x.to("cpu", torch.int32)|x.to(device="cpu", dtype=torch.int64)
x.to(torch.ones(1, dtype=torch.float32))
x.to()|x.to(None)|x.to([1])|x.to(dtype="x")|x.to("foo")|x.to(torch.device("cpu"), torch.float32)
x.to(torch.float32, copy=True)|x.to(torch.float64, copy=True)|x.detach().to(torch.float64, True)
x.double() is x|x.float()|x.long()|x.int()|x.short()|x.char()|x.bool()|x.abs().byte()|x.cpu() is x
x.type()|x.type(torch.int64)|x.type("torch.LongTensor")|x.type("foo")
x.type_as(torch.ones(1).long())
x.int().type()|x.bool().type()|x.float().type()|x.clone()|torch.clone(x)|x.clone() is x
x.contiguous() is x|torch.ones(2, 3, requires_grad=True).t().contiguous()
x.element_size(), x.float().element_size(), x.bool().element_size()
x.nelement(), x.numel(), x.dim()
x.ndimension(), x.ndim, x.nbytes, x.itemsize|x.size(), x.size(0), x.size(-1), x.size(dim=0)
x.size(1)
torch.ones(2, 3).stride(), torch.ones(2, 3).stride(0), torch.ones(2, 3).t().stride()
torch.ones(0, 3).stride(), torch.ones(()).stride()|torch.ones(2, 3).t().is_contiguous()
x.is_floating_point(), torch.is_floating_point(x.long()), x.is_complex(), x.is_signed()
x.device.type, str(x.device), repr(x.device)|x.get_device()
x[0].item(), x.long()[0].item(), x.bool()[0].item()|x.item()|torch.ones(0).item()
torch.ones(1, 1).item()
x.tolist()|torch.ones(2, 0).tolist(), torch.tensor(5).tolist(), torch.tensor([[True]]).tolist()
x.numpy()|x.detach().numpy()|x.numpy(force=True)|torch.tensor(2.5).numpy()
x.float().detach().numpy()
float(x)|float(torch.tensor([2.5]))|float(x[0].detach())|int(torch.tensor(2.7))|int(x)
int(torch.tensor(float("nan")))|complex(torch.tensor(1.0))|float(torch.tensor(True))
bool(x)|bool(torch.ones(0))|bool(torch.zeros(1, 1))|bool(torch.tensor(0.5))
bool(torch.tensor(float("nan")))
[1, 2, 3][torch.tensor(1)]|[1, 2, 3][torch.tensor(1.0)]|[1, 2, 3][torch.tensor([1, 2])]
[5, 6][torch.tensor(True)]|range(torch.tensor(3))|torch.ones(torch.tensor(2), 1).shape
len(x)|len(torch.tensor(1.0))|len(torch.ones(0, 3))|iter(torch.tensor(1.0))|list(x)
[float(v) for v in x]
2.0 in torch.tensor([1.0, 2.0])|3 in torch.tensor([1, 2])|"a" in x
torch.tensor(1.0) in torch.ones(2)
format(torch.tensor(2.5), ".3f"), format(torch.tensor(2), "d"), str(torch.tensor(2.0).item())
format(torch.tensor(2.0)), format(torch.tensor(2.5, requires_grad=True), "6.2f")
format(torch.tensor([2.0]))|format(torch.tensor([2.0]), ".2f")|format(torch.tensor(True))
torch.is_nonzero(torch.tensor(1.0))|torch.is_nonzero(x)|x[0].is_nonzero()
torch.promote_types(torch.int64, torch.float32)|torch.result_type(x, 1.5)
torch.result_type(x.long(), 1.5)
torch.result_type(torch.tensor(1), torch.ones(1, dtype=torch.float32))|torch.result_type(1, 2.5)
torch.can_cast(torch.float32, torch.int64), torch.can_cast(torch.int64, torch.float32)
"""
test_conversions = test_each(calls(*lines(CONVERSIONS), words=4))

test_between_all_types = test_each(*[
    cases(f"to {target}", lambda torch, x, target=target: x.to(getattr(torch, target)),
          [((),), ((2, 3),)], dtypes=ALL_DTYPES, gradcheck=False)
    for target in ALL_DTYPES
], cases("special to bool and float32", lambda torch, x: (x.bool(), x.float()), [((16,),)],
         values=SPECIAL, requires_grad=False))  # fmt: skip


@pytest.mark.parametrize("a, b", [*itertools.combinations_with_replacement(ALL_DTYPES, 2)])
def test_promotion_of_two_types(a, b):
    mine, theirs = ([getattr(m, d) for d in (a, b)] for m in (autograd_core, torch))
    assert str(autograd_core.promote_types(*mine)) == str(torch.promote_types(*theirs))
    assert str(autograd_core.promote_types(*mine[::-1])) == str(torch.promote_types(*theirs))
    for source, target in ((0, 1), (1, 0)):
        assert autograd_core.can_cast(mine[source], mine[target]) == torch.can_cast(
            theirs[source], theirs[target])  # fmt: skip


@pytest.mark.parametrize("a, b", [*itertools.product(ALL_DTYPES, repeat=2)])
def test_result_type_of_dimensioned_and_zero_dim_tensors_and_numbers(a, b):
    assert _result_types(autograd_core, a, b) == _result_types(torch, a, b)


def _result_types(module, a, b):
    one = module.ones(1, dtype=getattr(module, a))
    zero = module.ones((), dtype=getattr(module, b))
    pairs = [(one, zero), (zero, one), (one, 1), (one, 1.5), (one, True), (zero, 1.5),
             (2, zero), (zero, zero)]  # fmt: skip
    return [str(module.result_type(*pair)) for pair in pairs]


def test_the_default_type_is_what_new_floats_have():
    for name in ("float32", "float64"):
        with default_dtype(name):
            kind = getattr(autograd_core, name)
            assert autograd_core.get_default_dtype() is kind
            assert autograd_core.tensor(1.0).dtype is autograd_core.zeros(2).dtype is kind
            assert (autograd_core.tensor([1]) / 2).dtype is kind


@pytest.mark.parametrize("module", [autograd_core, torch])
def test_numpy_shares_memory(module):
    x = module.zeros(3)
    x.numpy()[0] = 5.0
    x[1] = 6.0
    assert x.tolist() == x.numpy().tolist() == [5.0, 6.0, 0.0]
    s = module.tensor(1.0)
    s.numpy()[...] = 2.0
    assert s.item() == 2.0
    assert isinstance(s.numpy(), np.ndarray)


@pytest.mark.parametrize("module", [autograd_core, torch])
def test_a_recorded_tensor_gives_its_number(module):
    x = module.tensor(2.0, requires_grad=True)
    assert x.item() == 2.0 and int(x) == 2


def test_a_number_made_of_a_recorded_tensor_warns():
    with pytest.warns(UserWarning, match="^Converting a tensor with requires_grad=True to"):
        float(autograd_core.tensor(2.0, requires_grad=True))


def test_types_are_pickled_by_name():
    import copy
    import pickle

    for name in ALL_DTYPES:
        dtype = getattr(autograd_core, name)
        assert copy.deepcopy(dtype) is dtype
        assert pickle.loads(pickle.dumps(dtype)) is dtype
