"""``autograd.functional`` agrees with PyTorch: values, shapes, nesting, errors."""

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.releases import raised
from tests.oracle import torch

CUBE = lambda torch, x: (x**3).sum()  # noqa: E731
BENT = lambda torch, x: (x.sin() * x.exp()).sum() + x.sum() ** 2  # noqa: E731
MIXED = lambda torch, a, b: (a * b.exp()).sum() + (a**2 * b).sum()  # noqa: E731
SCALAR = {"cube": (CUBE, [(3,)]), "bent": (BENT, [(2, 2)]), "mixed": (MIXED, [(3,), (3,)]),
          "0-d": (lambda torch, x: x**4, [()]), "broadcast": (MIXED, [(2, 1), (3,)]),
          "one unused": (lambda torch, a, b: (a**3).sum(), [(2,), (3,)]),
          "linear": (lambda torch, x: (x * 3).sum(), [(2,)]),
          "one element": (lambda torch, x: x**3, [(1, 1)])}  # fmt: skip
VECTOR = {
    "square": (lambda torch, x: x**2, [(3,)]),
    "two outputs": (lambda torch, a, b: (a * b, a.sin().sum()), [(2,), (2,)]),
    "outer": (lambda torch, a, b: a.reshape(2, 1) * b, [(2,), (3,)]),
    "number in": (lambda torch, x: x * torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), [()]),
    "tuple of one": (lambda torch, x: (x.exp(),), [(2,)]),
    "independent": (lambda torch, a, b: (a * 2, b * 3), [(2,), (3,)]),
    "constant": (lambda torch, x: torch.tensor([1.0, 2.0], dtype=torch.float64), [(2,)]),
} | SCALAR


def arrays(shapes, seed=0):
    random = np.random.default_rng(seed)
    return [random.uniform(0.3, 2, shape) for shape in shapes]


def tensors(module, values, requires_grad=False):
    made = tuple(module.tensor(v, dtype=module.float64) for v in values)
    return tuple(t.requires_grad_() for t in made) if requires_grad else made


def bare(values):
    """One operand as PyTorch is mostly called: without a tuple."""
    return values[0] if len(values) == 1 else values


def plain(value):
    """Tensors as arrays, tuples as they are nested; and what needs a gradient."""
    if isinstance(value, tuple):
        return tuple(plain(part) for part in value)
    return value.detach().numpy()


def needs(value):
    return tuple(map(needs, value)) if isinstance(value, tuple) else value.requires_grad


def same(ours, theirs):
    if isinstance(theirs, tuple):
        assert isinstance(ours, tuple) and len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            same(a, b)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12, strict=True)


def compare(call):
    """``call(module)`` on both engines: the same outcome, or the same error."""
    try:
        theirs = call(torch)
    except Exception as error:  # PyTorch's error is what is asked for
        with pytest.raises(type(error)) as found:
            call(autograd_core)
        (kind, message), (their_kind, their_message) = raised(found.value), raised(error)
        assert (kind, message.split()[:6]) == (their_kind, their_message.split()[:6])
        return
    ours = call(autograd_core)
    same(plain(ours), plain(theirs))
    assert needs(ours) == needs(theirs)


STYLES = [{}, {"create_graph": True}, {"strict": True}, {"vectorize": True},
          {"create_graph": True, "strict": True}]  # fmt: skip


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("name", VECTOR)
def test_jacobian(name, style):
    function, shapes = VECTOR[name]
    compare(lambda torch: torch.autograd.functional.jacobian(
        lambda *x: function(torch, *x), bare(tensors(torch, arrays(shapes))), **style))  # fmt: skip


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("name", SCALAR)
def test_hessian(name, style):
    function, shapes = SCALAR[name]
    compare(lambda torch: torch.autograd.functional.hessian(
        lambda *x: function(torch, *x), bare(tensors(torch, arrays(shapes))), **style))  # fmt: skip


@pytest.mark.parametrize("style", [s for s in STYLES if "vectorize" not in s], ids=str)
@pytest.mark.parametrize("name", VECTOR)
@pytest.mark.parametrize("product", ["vjp", "jvp"])
def test_products_with_a_jacobian(product, name, style):
    function, shapes = VECTOR[name]

    def call(torch):
        point = tensors(torch, arrays(shapes))
        like = point
        if product == "vjp":
            like = function(torch, *point)
            like = like if isinstance(like, tuple) else (like,)
        v = bare(tensors(torch, arrays([tuple(t.shape) for t in like], seed=1)))
        return getattr(torch.autograd.functional, product)(
            lambda *x: function(torch, *x), bare(point), v, **style)  # fmt: skip

    compare(call)


@pytest.mark.parametrize("style", [s for s in STYLES if "vectorize" not in s], ids=str)
@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize("product", ["vhp", "hvp"])
def test_products_with_a_hessian(product, name, style):
    if (product, name, style.get("strict")) == ("hvp", "one unused", True):
        style = {**style, "strict": False}  # PyTorch complains of its trick there, not of the user
    function, shapes = SCALAR[name]
    compare(lambda torch: getattr(torch.autograd.functional, product)(
        lambda *x: function(torch, *x), bare(tensors(torch, arrays(shapes))),
        bare(tensors(torch, arrays(shapes, seed=1))), **style))  # fmt: skip


@pytest.mark.parametrize("product", ["vjp", "jvp", "vhp", "hvp"])
def test_the_vector_may_be_left_out_for_one_number(product):
    compare(lambda torch: getattr(torch.autograd.functional, product)(
        lambda x: x**3, tensors(torch, [np.array(1.5)])[0]))  # fmt: skip
    compare(lambda torch: getattr(torch.autograd.functional, product)(
        lambda x: (x**3).sum() if product[1] == "h" or product == "hvp" else x**3,
        tensors(torch, [np.array([1.5, 2.0])])[0]))  # fmt: skip


@pytest.mark.parametrize("name", ["square", "mixed", "bent"])
def test_a_jacobian_made_with_create_graph_can_be_differentiated(name):
    function, shapes = VECTOR[name]

    def call(torch):
        point = tensors(torch, arrays(shapes), requires_grad=True)
        made = torch.autograd.functional.jacobian(
            lambda *x: function(torch, *x), bare(point), create_graph=True)  # fmt: skip
        made = made if isinstance(made, tuple) else (made,)
        total = sum((part**2).sum() for part in made)
        return torch.autograd.grad(total, point)

    compare(call)


@pytest.mark.parametrize("product", ["vjp", "jvp", "vhp", "hvp"])
def test_a_product_made_with_create_graph_can_be_differentiated(product):
    def call(torch):
        (x,) = tensors(torch, arrays([(3,)]), requires_grad=True)
        shape = (3,) if product != "vjp" else ()
        (v,) = tensors(torch, arrays([shape], seed=1), requires_grad=True)
        _, made = getattr(torch.autograd.functional, product)(
            lambda x: BENT(torch, x), x, v, create_graph=True)  # fmt: skip
        return torch.autograd.grad((made**2).sum(), (x, v))

    compare(call)


def test_no_elements_give_an_empty_jacobian():
    empty = autograd_core.tensor(np.zeros((0, 2)))  # PyTorch raises: it stacks no rows
    found = autograd_core.autograd.functional.jacobian(lambda x: x * 2, empty)
    assert tuple(found.shape) == (0, 2, 0, 2)


def test_the_inputs_and_their_gradients_are_left_alone():
    (x,) = tensors(autograd_core, arrays([(3,)]), requires_grad=True)
    before = x.detach().numpy().copy()
    for function in (autograd_core.autograd.functional.jacobian,
                     autograd_core.autograd.functional.hessian):  # fmt: skip
        function(lambda x: (x**3).sum(), x)
    assert x.grad is None
    np.testing.assert_array_equal(x.detach().numpy(), before)


def test_recording_is_not_needed_outside():
    def call(torch):
        with torch.no_grad():
            (x,) = tensors(torch, arrays([(2,)]))
            return torch.autograd.functional.jacobian(lambda x: x**2, x)

    compare(call)


@pytest.mark.parametrize(
    "call",
    [
        lambda torch, x: torch.autograd.functional.jacobian(lambda x: x, 3.0),
        lambda torch, x: torch.autograd.functional.jacobian(lambda x: 3.0, x),
        lambda torch, x: torch.autograd.functional.jacobian(lambda a, b: a, (x, 2)),
        lambda torch, x: torch.autograd.functional.jacobian(lambda x: (x, 2), x),
        lambda torch, x: torch.autograd.functional.jacobian(lambda x: x, x, strategy="sideways"),
        lambda torch, x: torch.autograd.functional.jacobian(
            lambda x: x, x, strategy="forward-mode"),
        lambda torch, x: torch.autograd.functional.jacobian(
            lambda x: x, x, vectorize=True, strict=True),
        lambda torch, x: torch.autograd.functional.hessian(lambda x: x, x),
        lambda torch, x: torch.autograd.functional.hessian(lambda x: (x.sum(),), x),
        lambda torch, x: torch.autograd.functional.vjp(lambda x: x, x),
        lambda torch, x: torch.autograd.functional.vjp(lambda x: x, x, x.sum()),
        lambda torch, x: torch.autograd.functional.vjp(lambda x: (x, x), x, x),
        lambda torch, x: torch.autograd.functional.vjp(lambda x: x, x, (x, x)),
        lambda torch, x: torch.autograd.functional.jvp(lambda x: x, x, 2.0),
        lambda torch, x: torch.autograd.functional.jvp(lambda x: x, x, x.sum()),
        lambda torch, x: torch.autograd.functional.jvp(lambda a, b: a, (x, x), (x, x.sum())),
        lambda torch, x: torch.autograd.functional.vhp(lambda x: x.sum(), x),
        lambda torch, x: torch.autograd.functional.vhp(lambda x: x, x, x),
        lambda torch, x: torch.autograd.functional.hvp(lambda x: x.sum(), x, x.sum()),
        lambda torch, x: torch.autograd.functional.hvp(lambda x: (x.sum(), x.sum()), x, x),
    ],
)  # fmt: skip
def test_errors(call):
    with pytest.raises((AssertionError, RuntimeError, TypeError, ValueError)):
        call(torch, tensors(torch, [np.array([1.0, 2.0])])[0])
    compare(lambda torch: call(torch, tensors(torch, [np.array([1.0, 2.0])])[0]))
