"""Names that scripts use most, each against PyTorch: values, gradients, errors."""

import copy
import importlib
import warnings

import numpy as np
import pytest

import autograd_core
from tests.oracle import need_pytorch, torch

BOTH = [autograd_core, torch]
CALLS = """
m.einsum("ij,jk->ik", r(2,3), r(3,4))
m.einsum("ij,jk", r(2,3), r(3,4))
m.einsum("ii", r(3,3))
m.einsum("ii->i", r(3,3))
m.einsum("ij->ji", r(3,2))
m.einsum("ij->", r(3,2))
m.einsum("bij,bjk->bik", r(2,3,4), r(2,4,5))
m.einsum("bhqd,bhkd->bhqk", r(2,2,3,4), r(2,2,5,4))
m.einsum("i,j->ij", r(3), r(4))
m.einsum("i,i->", r(3), r(3))
m.einsum("i,i->i", r(3), r(3))
m.einsum("ij,j->i", r(3,2), r(2))
m.einsum("...ij,...jk->...ik", r(2,3,4), r(2,4,5))
m.einsum("...i,...i->...", r(2,3,4), r(4))
m.einsum("ij,jk,kl->il", r(2,3), r(3,4), r(4,2))
m.einsum("nd,dk,nk->n", r(2,3), r(3,4), r(2,4))
m.einsum("ij,kl->ijkl", r(2,3), r(3,4))
m.einsum("ij,ij->", [r(2,3), r(2,3)])
m.einsum("iij->j", r(2,2,3))
m.einsum("ij,kj->k", r(2,3), r(4,3))
m.einsum("b i, b i -> b", r(2,3), r(2,3))
m.einsum("ij,jk->iq", r(2,3), r(3,4))
m.einsum("ijk,jk->ik", r(2,3), r(3,4))
m.einsum("ij,jk->ik", r(2,3), r(4,4))
m.einsum("ij,jk->ik", r(2,3))
m.einsum("ab,cb->ac", r(2,1), r(3,4))
F.pad(r(2,3),(1,2))
F.pad(r(2,3),(1,2,0,1),value=3.)
F.pad(r(2,3),(-1,2))
F.pad(r(2,3),(-1,-1))
F.pad(r(1,2,3,4),(1,1,1,1))
F.pad(r(1,2,3,4),(1,2,2,1),mode="reflect")
F.pad(r(1,2,3,4),(1,2,2,1),mode="replicate")
F.pad(r(1,2,3,4),(1,2,2,1),mode="circular")
F.pad(r(2,3),(1,))
F.pad(r(2,3),(1,1,1,1,1,1))
F.pad(r(1,2,3),(3,1),mode="reflect")
m.meshgrid(r(2), r(3), indexing="ij")
m.meshgrid(r(2), r(3), indexing="xy")
m.meshgrid([r(2), r(3), r(4)], indexing="xy")
m.unique(m.tensor([3,1,2,1]))
m.unique(m.tensor([[3,1],[2,1]]), return_inverse=True, return_counts=True)
m.unique(m.tensor([[3,1],[2,1],[3,1]]), dim=0)
m.unique(m.tensor([[3,1],[2,1],[3,1]]), dim=0, return_inverse=True, return_counts=True)
m.tensor([3,1,3]).unique()
m.LongTensor([1,2])
m.FloatTensor([1,2])
m.FloatTensor(2,3).shape
isinstance(m.tensor([1]), m.LongTensor), isinstance(m.tensor([1.]), m.LongTensor), str(m.FloatTensor)
m.tensor([1]).type(m.FloatTensor)
m.__version__ >= "2.0", m.__version__ < (1, 9), m.__version__ > "10.0", m.__version__ >= "2.1.5"
m.cuda.is_available(), m.cuda.manual_seed(3), m.cuda.manual_seed_all(1), m.cuda.device_count()
m.backends.mps.is_available()
m.nn.init.orthogonal_(s(3,5))
m.nn.init.orthogonal_(s(5,3), gain=2)
m.nn.init.orthogonal_(s(4,3,2))
m.func.grad(lambda x: (x**3).sum())(r(3))
m.func.grad(m.func.grad(lambda x: x**3))(m.tensor(2.))
m.func.grad(lambda x,y: (x*y).sum(), argnums=1)(r(3), r(3)*2)
m.func.grad(lambda x,y: (x*y).sum(), argnums=(0,1))(r(3), r(3)*2)
m.func.grad(lambda x: ((x**2).sum(), x*2), has_aux=True)(r(3))
m.func.vjp(lambda x: x**2, r(3))[1](r(3))
m.func.vjp(lambda x: x**2, r(3))[0]
m.func.vjp(lambda x,y: (x*y, x+y), r(3), r(3))[1]((r(3), r(3)))
m.func.jvp(lambda x: x**2, (r(3),), (r(3),))
m.func.grad(lambda x: x*2)(r(3))
m.autograd.Variable(r(2), requires_grad=True)
isinstance(r(2), m.autograd.Variable)
(m.manual_seed(1), F.dropout2d(m.ones(2,3,2,2), .5))[1]
(m.manual_seed(1), m.nn.Dropout2d(.3)(m.ones(2,3,2,2)))[1]
m.nn.Dropout2d(.3)
(m.manual_seed(1), m.nn.LazyLinear(2)(r(3,4)))[1]
(m.manual_seed(1), m.nn.LazyConv2d(2, 3, padding=1)(r(1,2,4,4)))[1]
m.nn.Sequential(m.nn.LazyLinear(2), m.nn.LazyConv2d(2, 3))
m.nn.BatchNorm2d(2)(r(3,2,4,4))
m.nn.BatchNorm2d(2)
m.nn.BatchNorm2d(2)(r(3,2))
m.nn.BatchNorm1d(2)(r(3,2,4,4))
m.nn.AvgPool2d(2)(r(1,2,4,4))
m.nn.AvgPool2d(3, stride=2, padding=1)(r(1,2,4,4))
m.nn.AvgPool2d(3, stride=2, padding=1)
m.nn.AdaptiveAvgPool2d((1, 1))(r(1,2,4,4))
m.nn.AdaptiveAvgPool2d((2, 3))(r(2,4,5))
m.nn.AdaptiveAvgPool2d(1)
m.get_default_device(), m.set_default_device("cpu"), m.set_default_device(None)
m.meshgrid(r(2), r(3))
""".strip().splitlines()


def outcome(m, call, grad):
    """What a call gives, with the gradients of what it is given: `r` makes these, `s` an empty tensor."""
    random, given = np.random.default_rng(0), []

    def r(*shape):
        given.append(m.tensor(random.standard_normal(shape).astype(np.float32)).requires_grad_(grad))
        return given[-1]

    def s(*shape):
        m.manual_seed(0)
        return m.empty(*shape)

    try:
        value = eval(call, {"m": m, "F": m.nn.functional, "r": r, "s": s})
    except Exception as error:
        return [], (type(error).__name__, str(error)[:40])
    parts = value if isinstance(value, tuple | list) else [value]
    tensors = [part for part in parts if isinstance(part, m.Tensor)]
    numbers = [tensor.detach().numpy() for tensor in tensors]
    loss = sum((tensor**2).sum() for tensor in tensors if tensor.requires_grad)
    if isinstance(loss, m.Tensor):
        loss.backward()
        numbers += [tensor.grad.numpy() for tensor in given if tensor.grad is not None]
    return numbers, [str(part) for part in parts if not isinstance(part, m.Tensor)]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_what_it_gives_in_pytorch(call):
    need_pytorch()
    for grad in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = (outcome(m, call, grad) for m in BOTH)
        assert ours[1] == theirs[1]
        assert len(ours[0]) == len(theirs[0])
        for a, b in zip(ours[0], theirs[0]):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)


def test_in_inference_mode_nothing_is_recorded():
    for m in BOTH:
        x = m.ones(2, requires_grad=True)
        with m.inference_mode():
            assert not (x * 2).requires_grad
        with m.inference_mode(False):
            assert (x * 2).requires_grad
        assert not m.inference_mode()(lambda x=x: x * 2)().requires_grad
        assert not m.inference_mode(lambda x=x: x * 2)().requires_grad
        assert m.is_grad_enabled()


def test_the_version_names_the_release_it_follows():
    assert autograd_core.__version__ == "2.15.0+autograd.core" and autograd_core.__version__ >= "2.15"


def test_options_of_printing():
    for m in BOTH:
        m.set_printoptions(precision=2, sci_mode=False)
        assert str(m.tensor([1.23456, 1e5])) == "tensor([     1.23, 100000.00])"
        m.set_printoptions(profile="default")


def test_the_coordinates_grid_warns_where_the_order_is_not_told():
    with pytest.warns(UserWarning, match="^torch.meshgrid: in an upcoming release"):  # PyTorch does so once
        autograd_core.meshgrid(autograd_core.ones(2), autograd_core.ones(3))


def test_switches_of_libraries_that_are_not_there():
    import autograd_core.backends.cudnn as cudnn

    cudnn.benchmark = True
    assert autograd_core.backends.cudnn.benchmark is True
    autograd_core.cuda.synchronize()
    autograd_core.cuda.empty_cache()
    cudnn.benchmark = False


def test_a_lazy_layer_is_trained_by_an_optimizer_made_before_its_first_input():
    need_pytorch()
    found = []
    for m in BOTH:
        m.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = m.nn.Sequential(m.nn.LazyConv2d(2, 2), m.nn.Flatten(), m.nn.LazyLinear(1))
        assert "LazyLinear(in_features=0, out_features=1, bias=True)" in repr(model)
        optimizer = m.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss = (model(m.ones(2, 1, 3, 3)) ** 2).sum()
            loss.backward()
            optimizer.step()
        assert repr(model[2]) == "Linear(in_features=8, out_features=1, bias=True)"
        found.append(loss.item())
    assert found[0] == pytest.approx(found[1], rel=1e-4)


@pytest.mark.parametrize(
    "where",
    ["", ".nn", ".nn.functional", ".nn.init", ".optim", ".optim.lr_scheduler", ".linalg", ".func", ".utils",
     ".utils.data", ".autograd", ".autograd.functional", ".autograd.graph", ".random"],
)  # fmt: skip
def test_what_is_not_there_says_where_to_look(where):
    module = importlib.import_module(f"autograd_core{where}")
    with pytest.raises(AttributeError, match="has no attribute 'stft'. docs/pytorch.md lists what"):
        module.stft
    assert not hasattr(module, "_private")


@pytest.mark.parametrize(
    "line, said",
    [
        ("from autograd_core import stft", "cannot import name 'stft' from 'autograd_core'."),
        ("from autograd_core.nn import Linear, LSTM", "cannot import name 'LSTM' from 'autograd_core.nn'."),
        (
            "from autograd_core.optim.lr_scheduler import StepLR as S, CyclicLR",
            "cannot import name 'CyclicLR' from",
        ),
        ("import autograd_core.distributed", "No module named 'autograd_core.distributed'."),
        ("from autograd_core.cuda.amp import autocast", "No module named 'autograd_core.cuda"),
        (
            "from autograd_core.utils.tensorboard import SummaryWriter",
            "No module named 'autograd_core.utils.tensorboard",
        ),
    ],
)
def test_nor_is_an_import_refused_without_a_word(line, said):
    with pytest.raises(ImportError) as raised:
        exec(line)
    assert str(raised.value).startswith(said) and "docs/pytorch.md lists what" in str(raised.value)


def test_nor_what_a_tensor_has_not():
    x = autograd_core.tensor([1.0])
    with pytest.raises(
        AttributeError, match="'Tensor' object has no attribute 'lgamma'. docs/pytorch.md lists"
    ):
        x.lgamma
    assert not hasattr(x, "shap") and copy.deepcopy(x).tolist() == [1.0] and getattr(x, "near", 1) == 1


def test_a_tensor_asked_for_zero_grad_tells_what_resets_one_gradient():
    """It is a slip of learners: in PyTorch, too, only an optimizer and a module have it."""
    with pytest.raises(
        AttributeError, match="has no attribute 'zero_grad'. .* of one tensor write x.grad = None"
    ):
        autograd_core.tensor([1.0]).zero_grad()
