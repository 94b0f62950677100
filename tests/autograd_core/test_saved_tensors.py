"""`saved_tensors_hooks`: what a forward pass saves is what the user's functions made of it."""

import gc
import weakref
from contextlib import nullcontext

import numpy as np
import pytest

import autograd_core as torch
from tests.autograd_core.examples import EXAMPLES
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch

LIBRARIES = [torch, pytorch]


def hooks(torch, pack=lambda t: t, unpack=lambda t: t):
    return torch.autograd.graph.saved_tensors_hooks(pack, unpack)


def on_disk(torch):
    """Hooks that keep no tensor, only copied numbers."""
    return hooks(torch, lambda t: np.array(t.detach().numpy()), torch.from_numpy)


def leaves(torch):
    return [torch.tensor(values, requires_grad=True) for values in ([1.0, 2.0], [3.0, 4.0])]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_packed_and_unpacked_every_gradient_is_the_same_and_its_gradient_too(example):
    def gradients(context):
        tensors = example.draw(torch)
        with context:
            y = example.function(torch, *tensors)
        total = sum(part.sum() for part in (y if isinstance(y, tuple) else (y,)) if part.requires_grad)
        once = torch.autograd.grad(total, tensors, create_graph=True, allow_unused=True)
        total = sum((g**2).sum() for g in once if g is not None and g.requires_grad)
        twice = torch.autograd.grad(total, tensors, allow_unused=True) if torch.is_tensor(total) else ()
        return [np.nan if g is None else g.detach().numpy() for g in (*once, *twice)]

    for with_hooks, without in zip(gradients(on_disk(torch)), gradients(nullcontext()), strict=True):
        np.testing.assert_allclose(with_hooks, without, rtol=1e-12)


FORWARDS = {
    "x * y": lambda x, y: x * y,
    "x * x": lambda x, y: x * x,
    "3 * x": lambda x, y: 3 * x,
    "x / y": lambda x, y: x / y,
    "exp": lambda x, y: (x * y).exp(),
    "x ** 3": lambda x, y: x**3,
    "prod": lambda x, y: x.prod(),
    "matrix product": lambda x, y: x.reshape(1, 2) @ y.reshape(2, 1),
}


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS)
def test_both_libraries_pack_and_unpack_the_same_tensors_in_the_same_order(library, forward):
    def seen(torch):
        told = []

        def tell(how):
            return lambda t: told.append((how, str(t), torch.is_grad_enabled())) or t

        with hooks(torch, tell("pack"), tell("unpack")):
            y = forward(*leaves(torch))
        y.sum().backward()
        return told

    assert seen(library) == seen(torch)


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_the_innermost_hooks_pack_and_only_what_is_saved_while_they_are_on(library):
    x, _ = leaves(library)
    with hooks(library, lambda t: t * 2, lambda t: t / 2):
        with hooks(library, lambda t: t.detach().clone(), lambda t: t * 10):
            inner = x * x
        outer = x * x
    for y, factor in ((inner, 10), (outer, 1), (x * x, 1)):
        x.grad = None
        y.sum().backward()
        assert x.grad.tolist() == [2 * factor, 4 * factor]


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_what_a_custom_function_saves_is_packed_too(library):
    class Square(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x**2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            assert y.tolist() == [1.0, 4.0]
            return 2 * x * g

    (x, _), packed = leaves(library), []
    with hooks(library, lambda t: packed.append(t.tolist()) or t.detach().numpy(), library.from_numpy):
        y = Square.apply(x)
    (g,) = library.autograd.grad(y.sum(), x, create_graph=True)
    g.sum().backward()
    assert packed == [[1.0, 2.0], [1.0, 4.0]] and x.grad.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
@pytest.mark.parametrize(
    "pack, unpack, kind, words",
    [
        (lambda t: 3, lambda t: 3, TypeError, "unpack_hook expected to be a Tensor but got result of type"),
        (lambda t: t.add_(1), lambda t: t, RuntimeError, "pack hook is modifying its input in place"),
        (lambda t: 1 / 0, lambda t: t, ZeroDivisionError, "division by zero"),
        (lambda t: t, lambda t: 1 / 0, ZeroDivisionError, "division by zero"),
        (1, lambda t: t, TypeError, "func"),
    ],
)
def test_hooks_that_go_wrong_are_told_and_are_off_afterwards(library, pack, unpack, kind, words):
    x, y = leaves(library)
    with pytest.raises(kind, match=words), hooks(library, pack, unpack):
        ((x * 1) * (y * 1)).sum().backward()
    (x * y).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_what_is_packed_may_be_changed_in_place_and_is_freed_by_backward(library):
    x, y = leaves(library)
    with hooks(library, lambda t: t.detach().clone()):
        z = x * y
    with library.no_grad():
        y.add_(100)
    z.sum().backward(retain_graph=True)
    z.sum().backward()
    assert x.grad.tolist() == [6.0, 8.0]
    with pytest.raises(RuntimeError, match="a second time"):
        z.sum().backward()


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_a_gradient_keeps_its_type_whatever_type_the_unpacked_tensor_has(library):
    x, _ = leaves(library)
    with hooks(library, lambda t: t, lambda t: t.double()):
        y = x * x
    y.sum().backward()
    assert x.grad.dtype is library.float32


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_an_unpacked_tensor_of_another_shape_is_refused(library):
    x, _ = leaves(library)
    with hooks(library, lambda t: t, lambda t: t[:1].repeat(3)):
        y = x * x
    with pytest.raises(RuntimeError, match="shape|size"):
        y.sum().backward()


def test_packed_numbers_are_all_that_is_kept():
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    with on_disk(torch):
        z = (y * y).sum()
    gone = weakref.ref(y)
    del y
    gc.collect()
    assert gone() is None
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


WITH_INDICES = (
    """
x[i]|x[:, i]|x[i, i - 1]|x[m]|x.gather(1, i[None])|x.index_select(0, i)|x.scatter(1, i[None], 0.0)
x.scatter(1, i[None], x[:1, :2])|x.scatter_add(1, i[None], x[:1, :2])|x.index_add(0, i, x[:2])|x.masked_fill(m, 0.0)
x.sort(0)[0]|x.topk(2)[0]|x.max(1)[0]|x.min(0, keepdim=True)[0]|x.median(1)[0]
F.nll_loss(x[:2], i)|F.cross_entropy(x[:2], i)|F.embedding(i.abs(), x)
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("call", WITH_INDICES)
def test_indices_and_masks_are_packed_as_in_pytorch_and_used_as_they_are_unpacked(call):
    def told(torch):
        x = torch.tensor([[3.0, 1.0, 2.0], [4.0, 9.0, 5.0], [6.0, 8.0, 7.0]], requires_grad=True)
        names = {"x": x, "i": torch.tensor([0, 2]), "m": x > 4, "F": torch.nn.functional}
        packed = []

        def pack(t):
            packed.append((str(t.dtype), t.tolist()))
            return t if t.is_floating_point() else np.array(t.numpy())

        with hooks(torch, pack, lambda t: torch.from_numpy(t) if isinstance(t, np.ndarray) else t):
            y = eval(call, names)
        (y**2).sum().backward()
        return sorted(each for each in packed if "float" not in each[0]), x.grad.tolist()

    need_pytorch()
    ours, theirs = map(told, LIBRARIES)
    if call not in ("x[m]",):  # the places of a mask's True are worked out once
        assert ours[0] == theirs[0]
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6)


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_another_index_that_is_unpacked_is_where_the_gradient_goes(library):
    x, _ = leaves(library)
    with hooks(library, lambda t: t, lambda t: 0 * t if t.dtype == library.int64 else t):
        y = x[library.tensor([-1])]
    y.backward()
    assert x.grad.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("library", LIBRARIES, ids=["engine", "PyTorch"])
def test_what_a_function_of_several_outputs_saves_is_packed(library):
    class Both(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.save_for_backward(x, y)
            return y, x**2

        @staticmethod
        def backward(ctx, a, b):
            _, y = ctx.saved_tensors
            return 2 * a + b * y

    (x, _), packed = leaves(library), []
    with hooks(library, lambda t: packed.append(t.tolist()) or t):
        y, z = Both.apply(x)
    (y + z).sum().backward()
    assert packed == [[1.0, 2.0], [2.0, 4.0]] and x.grad.tolist() == [4.0, 6.0]
