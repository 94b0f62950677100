"""``autograd.Function`` behaves as PyTorch's: each case runs on both engines."""

import gc
import weakref

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.oracle_cases import default_dtype
from tests.autograd_core.releases import node_name, raised
from tests.oracle import torch

CASES = []


def case(function):
    """A function of the module (``torch``) whose outcome, or error, must agree."""
    CASES.append(function)
    return function


def outcome(module, function):
    try:
        return plain(function(module))
    except Exception as error:  # what PyTorch raises is what is asked for
        kind, message = raised(error)
        return kind, message.split()[:6]


def plain(value):
    """Tensors as lists of numbers, with what is recorded about them."""
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, torch.Tensor | autograd_core.Tensor):
        return value.detach().numpy().tolist(), value.requires_grad, node_name(value.grad_fn)
    return value


def leaf(torch, data):
    return torch.tensor(data, requires_grad=True)


def exponential(torch, **methods):
    """A custom Function of the module; ``methods`` replace its own."""

    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    methods = {"forward": forward, "backward": backward} | methods
    body = {name: staticmethod(method) for name, method in methods.items()}
    return type("Exponential", (torch.autograd.Function,), body)


@case
def a_saved_output(torch):
    x = leaf(torch, [0.5, 1.0])
    y = exponential(torch).apply(x)
    y.backward(torch.tensor([1.0, 2.0]))
    return y, x.grad


@case
def twice_through_a_freed_graph(torch):
    y = exponential(torch).apply(leaf(torch, 0.5))
    y.backward()
    y.backward()


@case
def saved_tensors_of_a_freed_graph(torch):
    y = exponential(torch).apply(leaf(torch, 0.5))
    y.backward()
    return y.grad_fn.saved_tensors


@case
def saved_tensors_of_the_node(torch):
    y = exponential(torch).apply(leaf(torch, 0.5))
    return [t.detach() for t in y.grad_fn.saved_tensors]


@case
def twice_through_a_graph_that_saved_nothing(torch):
    x = leaf(torch, 0.5)
    double = exponential(torch, forward=lambda ctx, x: x * 2, backward=lambda ctx, g: g * 2)
    y = double.apply(x)
    y.backward()
    y.backward()
    return x.grad


@case
def retained(torch):
    x = leaf(torch, 0.5)
    y = exponential(torch).apply(x)
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


@case
def second_derivative_through_a_saved_output(torch):
    x = leaf(torch, [0.5, 1.0])
    y = exponential(torch).apply(x * 2)
    (g,) = torch.autograd.grad(y, x, torch.tensor([1.0, 3.0]), create_graph=True)
    (h,) = torch.autograd.grad(g, x, torch.tensor([1.0, 1.0]))
    return g.detach(), g.requires_grad, h


@case
def third_derivative_through_a_saved_input(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    cube = exponential(torch, forward=forward, backward=lambda ctx, g: g * 3 * ctx.saved_tensors[0] ** 2)
    x = leaf(torch, 2.0)
    y, found = cube.apply(x), []
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        found.append(y.detach())
    return found


@case
def once_differentiable_once(torch):
    once = torch.autograd.function.once_differentiable(lambda ctx, g: g * ctx.saved_tensors[0])
    x = leaf(torch, 0.5)
    exponential(torch, backward=once).apply(x).backward()
    return x.grad


@case
def once_differentiable_twice(torch):
    once = torch.autograd.function.once_differentiable(lambda ctx, g: g * ctx.saved_tensors[0])
    x = leaf(torch, 0.5)
    y = exponential(torch, backward=once).apply(x) * x
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    g.backward()


@case
def setup_context(torch):
    seen = []

    def setup(ctx, inputs, output):
        seen.extend([inputs[0] is x, inputs[1], output.requires_grad, ctx.needs_input_grad])
        ctx.factor = inputs[1]

    scale = exponential(
        torch, forward=lambda x, k: x * k, setup_context=setup,
        backward=lambda ctx, g: (g * ctx.factor, None),
    )  # fmt: skip
    x = leaf(torch, 2.0)
    y = scale.apply(x, 3.0)
    y.backward()
    return y, x.grad, seen


def product(ctx, a, b, c):
    ctx.save_for_backward(a, b, c)
    return a * b * c


def product_gradients(ctx, g):
    a, b, c = ctx.saved_tensors
    needed = ctx.needs_input_grad
    return g * b * c if needed[0] else None, g * a * c if needed[1] else None, g * a * b


@case
def needs_input_grad(torch):
    times = exponential(torch, forward=product, backward=product_gradients)
    a, b, c = leaf(torch, 2.0), torch.tensor(3.0), leaf(torch, 4.0)
    y = times.apply(a, b, c)
    y.backward()
    return y, a.grad, b.grad, c.grad


@case
def a_gradient_for_an_input_that_needs_none_is_dropped(torch):
    times = exponential(torch, forward=product, backward=product_gradients)
    a = leaf(torch, 2.0)
    times.apply(a, a.detach(), a.detach()).backward()
    return a.grad


@case
def the_same_input_twice(torch):
    times = exponential(torch, forward=product, backward=product_gradients)
    a = leaf(torch, 2.0)
    times.apply(a, a, a).backward()
    return a.grad


@case
def none_for_no_gradient(torch):
    x = leaf(torch, 2.0)
    y = exponential(torch, backward=lambda ctx, g: None).apply(x)
    y.backward()
    return x.grad


@case
def arguments_that_are_no_tensors(torch):
    def forward(ctx, x, power, name, options):
        ctx.power = power
        ctx.save_for_backward(x, None)
        return x**power

    def backward(ctx, g):
        x, nothing = ctx.saved_tensors
        return g * ctx.power * x ** (ctx.power - 1), None, nothing, None

    x = leaf(torch, 2.0)
    y = exponential(torch, forward=forward, backward=backward).apply(x, 3, "cube", {"a": 1})
    y.backward()
    return y, x.grad


@case
def arguments_by_name(torch):
    x = leaf(torch, 0.5)
    y = exponential(torch).apply(x=x)
    y.backward()
    return y, x.grad


def split(ctx, x):
    low, high = x * 2, x * 3
    ctx.save_for_backward(low)
    return low, high


@case
def several_outputs(torch):
    two = exponential(torch, forward=split, backward=lambda ctx, g, h: g * 2 + h * 3)
    x = leaf(torch, [1.0, 2.0])
    low, high = two.apply(x)
    (low * high).backward(torch.tensor([1.0, 1.0]))
    return low, high, low.output_nr, high.output_nr, low.grad_fn is high.grad_fn, x.grad


@case
def an_unused_output_gives_zeros(torch):
    seen = []

    def backward(ctx, g, h):
        seen.append([g, h])
        return g * 2 + h * 3

    x = leaf(torch, [1.0, 2.0])
    low, _ = exponential(torch, forward=split, backward=backward).apply(x)
    low.backward(torch.tensor([1.0, 1.0]))
    return x.grad, seen


@case
def an_unused_output_gives_none_on_request(torch):
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return split(ctx, x)

    def backward(ctx, g, h):
        seen.extend([g, h])
        return h * 3

    x = leaf(torch, [1.0, 2.0])
    _, high = exponential(torch, forward=forward, backward=backward).apply(x)
    high.backward(torch.tensor([1.0, 1.0]))
    return x.grad, seen


@case
def second_derivative_through_several_saved_outputs(torch):
    def backward(ctx, g, h):
        (low,) = ctx.saved_tensors  # = 2x
        return g * 2 + h * 3 + 0 * low * g

    x = leaf(torch, 2.0)
    low, high = exponential(torch, forward=split, backward=backward).apply(x)
    (g,) = torch.autograd.grad(low * high, x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    return g.detach(), h


@case
def outputs_that_are_no_tensors(torch):
    seen = []

    def backward(ctx, *grads):
        seen.extend(grads)
        return grads[0] * 2

    x = leaf(torch, 2.0)
    made = exponential(torch, forward=lambda ctx, x: (x * 2, 3, None, "name"), backward=backward).apply(x)
    made[0].backward()
    return made, x.grad, seen


@case
def a_tuple_of_one(torch):
    single = exponential(torch, forward=lambda ctx, x: (x * 2,), backward=lambda ctx, g: (g * 2,))
    return single.apply(leaf(torch, 2.0))


@case
def whole_numbers_have_no_gradient(torch):
    def forward(ctx, x):
        return x * 2, x.argmax()

    x = leaf(torch, [1.0, 5.0])
    made = exponential(torch, forward=forward, backward=lambda ctx, g, h: g * 2).apply(x)
    made[0].backward(torch.tensor([1.0, 2.0]))
    return made, x.grad


@case
def mark_non_differentiable(torch):
    def forward(ctx, x):
        sign = x.sign()
        ctx.mark_non_differentiable(sign)
        return x * 2, sign

    x = leaf(torch, [1.0, -5.0])
    made = exponential(torch, forward=forward, backward=lambda ctx, g, h: g * 2 + h).apply(x)
    made[0].backward(torch.tensor([1.0, 2.0]))
    return made, x.grad


def doubled_in_place(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)


@case
def mark_dirty(torch):
    x = leaf(torch, [1.0, 2.0])
    before = x * 1
    after = exponential(torch, forward=doubled_in_place, backward=lambda ctx, g: g * 2).apply(before)
    after.backward(torch.tensor([1.0, 3.0]))
    return after, after is before, x.grad


@case
def mark_dirty_of_a_leaf(torch):
    return exponential(torch, forward=doubled_in_place).apply(leaf(torch, [1.0]))


@case
def mark_dirty_of_a_view(torch):
    x = leaf(torch, [1.0, 2.0, 3.0])
    base = x * 1
    exponential(torch, forward=doubled_in_place, backward=lambda ctx, g: g * 2).apply(base[1:])
    base.backward(torch.tensor([1.0, 10.0, 100.0]))
    return base, x.grad


@case
def dirty_and_not_returned(torch):
    def forward(ctx, x):
        doubled_in_place(ctx, x)
        return x + 1

    return exponential(torch, forward=forward).apply(leaf(torch, [1.0]) * 1)


@case
def a_dirty_tensor_spoils_what_saved_it(torch):
    x = leaf(torch, [1.0, 2.0])
    before = x * 1
    squared = before**2
    exponential(torch, forward=doubled_in_place, backward=lambda ctx, g: g * 2).apply(before)
    squared.backward(torch.tensor([1.0, 1.0]))


@case
def an_input_as_it_came(torch):
    same = exponential(torch, forward=lambda ctx, x: x, backward=lambda ctx, g: g * 5)
    x = leaf(torch, [1.0, 2.0])
    inner = x * 1
    y = same.apply(inner)
    y.backward(torch.tensor([1.0, 1.0]))
    return y, y is inner, x.grad


@case
def a_saved_input_changed_in_place(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    x = leaf(torch, [1.0, 2.0]) * 1
    y = exponential(torch, forward=forward).apply(x)
    x.add_(1)
    y.backward(torch.tensor([1.0, 1.0]))


@case
def a_saved_output_changed_in_place(torch):
    y = exponential(torch).apply(leaf(torch, [1.0, 2.0]))
    y.add_(1)
    y.backward(torch.tensor([1.0, 1.0]))


@case
def an_output_that_is_not_saved_changed_in_place(torch):
    x = leaf(torch, [1.0, 2.0])
    y = exponential(torch, forward=lambda ctx, x: x * 2, backward=lambda ctx, g: g * 2).apply(x)
    y.mul_(3)
    y.backward(torch.tensor([1.0, 1.0]))
    return x.grad


@case
def without_recording(torch):
    seen = []

    def forward(ctx, x):
        seen.append(ctx.needs_input_grad)
        return x * 2

    with torch.no_grad():
        y = exponential(torch, forward=forward).apply(leaf(torch, 2.0))
    return y, seen


@case
def no_input_needs_a_gradient(torch):
    return exponential(torch).apply(torch.tensor(2.0))


@case
def recording_within(torch):
    seen = []

    def forward(ctx, x):
        seen.append(torch.is_grad_enabled())
        return x * 2

    def backward(ctx, g):
        seen.append(torch.is_grad_enabled())
        return g * 2

    x = leaf(torch, 2.0)
    y = exponential(torch, forward=forward, backward=backward).apply(x)
    torch.autograd.grad(y, x, retain_graph=True)
    torch.autograd.grad(y, x, create_graph=True)
    return seen


@case
def a_gradient_to_broadcast_down(torch):
    x = leaf(torch, [1.0, 2.0])
    y = exponential(
        torch, forward=lambda ctx, x: x.sum(), backward=lambda ctx, g: g * torch.ones((3, 2))
    ).apply(x)
    y.backward()
    return x.grad


@case
def a_gradient_that_is_too_small(torch):
    exponential(torch, forward=lambda ctx, x: x.sum(), backward=lambda ctx, g: g).apply(
        leaf(torch, [1.0, 2.0])
    ).backward()


@case
def a_gradient_of_the_wrong_shape(torch):
    exponential(torch, backward=lambda ctx, g: torch.ones(3)).apply(leaf(torch, [1.0, 2.0])).backward(
        torch.tensor([1.0, 1.0])
    )


@case
def a_gradient_of_another_type(torch):
    x = leaf(torch, [1.0, 2.0])
    exponential(torch, backward=lambda ctx, g: torch.ones(2, dtype=torch.float32)).apply(x).backward(
        torch.tensor([1.0, 1.0])
    )
    return x.grad, str(x.grad.dtype)


@case
def too_many_gradients(torch):
    exponential(torch, backward=lambda ctx, g: (g, g)).apply(leaf(torch, 1.0)).backward()


@case
def too_few_gradients(torch):
    x = leaf(torch, 1.0)
    exponential(torch, forward=product, backward=lambda ctx, g: (g, g)).apply(x, x, x).backward()


@case
def none_too_many_is_no_error(torch):
    x = leaf(torch, 1.0)
    exponential(torch, backward=lambda ctx, g: (g, None, None)).apply(x).backward()
    return x.grad


@case
def a_gradient_that_is_no_tensor(torch):
    exponential(torch, backward=lambda ctx, g: 3.0).apply(leaf(torch, 1.0)).backward()


@case
def a_gradient_for_what_is_no_tensor(torch):
    exponential(torch, forward=lambda ctx, x, k: x * k, backward=lambda ctx, g: (g, g)).apply(
        leaf(torch, 1.0), 3.0
    ).backward()


@case
def saving_what_is_no_tensor(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x, 3.0)
        return x

    exponential(torch, forward=forward).apply(leaf(torch, 1.0))


@case
def forward_is_missing(torch):
    type("Empty", (torch.autograd.Function,), {}).apply(leaf(torch, 1.0))


@case
def backward_is_missing(torch):
    body = {"forward": staticmethod(lambda ctx, x: x * 2)}
    type("Half", (torch.autograd.Function,), body).apply(leaf(torch, 1.0)).backward()


@case
def an_error_in_backward_reaches_the_caller(torch):
    def backward(ctx, g):
        raise KeyError("of my own making")

    exponential(torch, backward=backward).apply(leaf(torch, 1.0)).backward()


@case
def a_backward_pass_within_backward(torch):
    def backward(ctx, g):
        with torch.enable_grad():
            z = leaf(torch, 3.0)
            (z**2).backward()
        return g * z.grad

    x = leaf(torch, 1.0)
    exponential(torch, backward=backward).apply(x).backward()
    return x.grad


@case
def hooks_on_its_node(torch):
    seen = []
    x = leaf(torch, 1.0)
    y = exponential(torch, forward=lambda ctx, x: x * 2, backward=lambda ctx, g: g * 2).apply(x)
    y.grad_fn.register_hook(lambda sent, received: seen.extend([sent[0], received[0]]))
    y.backward()
    return seen


@pytest.mark.parametrize("default, near", [(None, 5e-7), ("float64", 1e-12)])
@pytest.mark.parametrize("function", CASES, ids=lambda f: f.__name__)
def test_as_pytorch(function, default, near):
    with default_dtype(default):
        theirs = outcome(torch, function)
        ours = outcome(autograd_core, function)
    if isinstance(theirs, tuple) and isinstance(theirs[0], type):
        assert ours == theirs
    else:
        assert ours == approximately(theirs, near)


def approximately(value, near):
    if isinstance(value, list | tuple):
        return type(value)(approximately(part, near) for part in value)
    return pytest.approx(value, rel=near) if isinstance(value, float) else value


def test_gradcheck_of_a_custom_function():
    exp = exponential(autograd_core)
    x = autograd_core.tensor([0.5, -1.0], dtype=autograd_core.float64, requires_grad=True)
    assert autograd_core.autograd.gradcheck(exp.apply, x)
    assert autograd_core.autograd.gradgradcheck(exp.apply, x)


def test_an_output_shares_the_memory_of_an_input_returned_as_it_came():
    same = exponential(autograd_core, forward=lambda ctx, x: x, backward=lambda ctx, g: g * 5)
    for data in (1.0, [1.0, 2.0]):
        inner = autograd_core.tensor(data, requires_grad=True) * 1
        y = same.apply(inner)
        y.add_(1)
        np.testing.assert_array_equal(inner.detach().numpy(), y.detach().numpy())


@pytest.mark.parametrize(
    "make",
    [
        lambda torch, x: exponential(torch).apply(x),
        lambda torch, x: exponential(torch, forward=split, backward=lambda c, g, h: g).apply(x)[0],
        lambda torch, x: exponential(torch, forward=doubled_in_place).apply(x * 1),
        lambda torch, x: exponential(torch, forward=product).apply(x, x, x),
        lambda torch, x: exponential(torch, forward=lambda ctx, x: x).apply(x * 1),
    ],
    ids=["saved output", "saved output of several", "dirty", "saved inputs", "input as it came"],
)  # fmt: skip
def test_a_graph_is_freed_without_the_cycle_collector(make):
    gc.collect()
    gc.disable()
    try:
        x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
        y = make(autograd_core, x)
        node, context = weakref.ref(y.grad_fn), weakref.ref(y.grad_fn.args[0])
        del y
        assert node() is None
        assert context() is None
    finally:
        gc.enable()


def test_backward_frees_what_was_saved():
    gc.disable()
    try:
        x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
        y = exponential(autograd_core).apply(x)
        context = weakref.ref(y.grad_fn.args[0])
        y.backward(autograd_core.tensor([1.0, 1.0]))
        assert context() is None
    finally:
        gc.enable()


def test_errors_name_the_function_and_the_line():
    y = exponential(autograd_core).apply(autograd_core.tensor([1.0], requires_grad=True))
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"ExponentialBackward.*apply.*`y\.add_\(1\)`"):
        y.backward(autograd_core.tensor([1.0]))


@pytest.mark.parametrize(
    "returned, words",
    [
        (lambda ctx, g: (g, g), "returned an incorrect number of gradients (expected 1, got 2)"),
        (lambda ctx, g: autograd_core.ones(3), "returned an invalid gradient at index 0 - got [3]"),
    ],
)
def test_what_a_backward_returns_is_checked_and_the_function_is_named(returned, words):
    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    y = exponential(autograd_core, backward=returned).apply(x)
    with pytest.raises(RuntimeError) as caught:
        y.sum().backward()
    text = str(caught.value)
    assert "ExponentialBackward" in text and words in text
    assert "backward=returned).apply(x)`" in text
