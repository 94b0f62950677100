"""What there is: every operation as function, method and in-place method where PyTorch has it."""

import pytest

import autograd_core
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch

ELEMENTWISE = """abs neg add sub mul div pow exp exp2 expm1 log log1p log2 log10 sqrt rsqrt
    reciprocal square sin cos tan asin acos atan atan2 sinh cosh tanh sigmoid relu leaky_relu elu
    silu gelu softplus clamp maximum minimum where sign floor ceil round"""
REDUCTIONS = """sum mean prod var std amax amin max min argmax argmin norm cumsum cumprod logsumexp
    softmax log_softmax all any"""
LINEAR_ALGEBRA = "matmul mm mv dot bmm outer addmm trace"
SHAPES = """reshape view flatten unflatten ravel permute transpose t swapaxes squeeze unsqueeze
    expand expand_as broadcast_to repeat cat stack split chunk unbind flip roll tril triu diagonal
    diag gather index_select masked_fill masked_select take_along_dim __getitem__ __setitem__"""
LOGIC = """eq ne lt le gt ge equal isclose allclose isnan isinf isfinite logical_and logical_or
    logical_not logical_xor"""
CONVERSIONS = "item tolist numpy size dim numel to float double long bool type"
OPERATORS = """add radd sub rsub mul rmul truediv rtruediv pow rpow matmul rmatmul neg pos abs eq ne
    lt le gt ge and or xor invert rand ror rxor floordiv rfloordiv mod rmod iadd isub imul itruediv
    ipow ifloordiv imod iand ior ixor len iter bool float int index contains reversed array hash
    format"""
HISTORY = """clone detach detach_ requires_grad_ retain_grad register_hook backward grad_fn is_leaf
    grad zero_ fill_ copy_ _version"""
FACTORIES = """tensor zeros ones full arange linspace eye rand randn randint randperm zeros_like
    ones_like full_like rand_like randn_like randint_like from_numpy manual_seed no_grad
    enable_grad set_grad_enabled is_grad_enabled"""
OPERATIONS = " ".join([ELEMENTWISE, REDUCTIONS, LINEAR_ALGEBRA, SHAPES, LOGIC, CONVERSIONS]).split()
PLACES = {"a function": "torch", "a function of nn": "torch.nn.functional",
          "a method": "torch.Tensor"}  # fmt: skip


def found(library, place, name):
    """Whether a library has a name in a place such as ``torch.Tensor``."""
    for part in place.split(".")[1:]:
        library = getattr(library, part)
    return hasattr(library, name)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_found_where_pytorch_has_it(name):
    need_pytorch()
    for what, place in PLACES.items():
        assert found(autograd_core, place, name) == found(pytorch, place, name), (name, what)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if not name.startswith("_")])
def test_so_is_its_in_place_method(name):
    need_pytorch()
    place, own = "torch.Tensor", name + "_"
    assert found(autograd_core, place, own) == found(pytorch, place, own), own


@pytest.mark.parametrize("name", OPERATORS.split())
def test_python_operators_are_found_as_in_pytorch(name):
    assert found(pytorch, "torch.Tensor", f"__{name}__")
    assert found(autograd_core, "torch.Tensor", f"__{name}__")


def test_factories_and_what_tensors_remember():
    for name in FACTORIES.split():
        assert found(pytorch, "torch", name) and found(autograd_core, "torch", name), name
    for name in HISTORY.split():
        assert found(pytorch, "torch.Tensor", name), name
        assert found(autograd_core, "torch.Tensor", name), name


def test_autograd_has_what_pytorchs_has():
    names = "grad backward Function gradcheck gradgradcheck detect_anomaly functional".split()
    assert [n for n in names if not hasattr(pytorch.autograd, n)] == []
    assert [n for n in [*names, "check_gradients"] if not hasattr(autograd_core.autograd, n)] == []
