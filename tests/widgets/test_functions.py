"""A function of either library's tensors, seen through NumPy arrays."""

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.oracle_cases import default_dtype
from tests.oracle import torch
from tests.widgets.programs import forgetful
from widgets.functions.function import compared, function_of
from widgets.functions.nudging import between
from widgets.verification import verify

LIBRARIES = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["autograd_core", "torch"])
FINE = {"eps": 1e-6, "atol": 1e-5, "rtol": 1e-3}


def vector(lib, *numbers, requires_grad=True):
    return lib.tensor(numbers, dtype=lib.float64, requires_grad=requires_grad)


def linear(lib):
    lib.manual_seed(0)
    return lib.nn.Linear(2, 3).double()


def loss_of(lib, model):
    x, y = vector(lib, 1.0, -2.0, requires_grad=False), vector(lib, 1.0, 2.0, 3.0, requires_grad=False)
    return lambda: ((model(x).tanh() - y) ** 2).sum()


@LIBRARIES
def test_values_gradients_and_second_opinion_of_a_function(lib):
    function = function_of(lambda a, b: (a * b.sin()).sum(), [vector(lib, 1.0, 2.0), vector(lib, 3.0, 4.0)])
    assert (function.engine, function.names) == (lib.__name__, ["a", "b"])
    a, b = function.arrays
    assert function.evaluate([a, b])[0] == pytest.approx((a * np.sin(b)).sum())
    for which, exact in enumerate([np.sin(b), a * np.cos(b)]):
        assert function.jacobians()[0][which] == pytest.approx(exact[None])
        assert function.second(which)[0] == pytest.approx(exact[None])
    assert compared(function, **FINE).ok


WAYS = {
    "the model": lambda model: model,
    "its parameters": lambda model: model.parameters(),
    "named pairs": lambda model: model.named_parameters(),
    "a dictionary": lambda model: dict(model.named_parameters()),
    "a list": lambda model: [model.weight, model.bias],
}


@LIBRARIES
@pytest.mark.parametrize("way", WAYS)
def test_a_loss_that_reads_a_models_parameters(lib, way):
    model = linear(lib)
    before = [p.detach().clone() for p in model.parameters()]
    function = function_of(loss_of(lib, model), WAYS[way](model))
    called = {"named pairs": ["weight", "bias"], "a dictionary": ["weight", "bias"]}
    assert function.names == called.get(way, ["model.weight", "model.bias"])
    report = compared(function, **FINE)
    assert report.ok and [c.analytic.size for c in report.comparisons] == [6, 3]
    assert all((p == own).all() for p, own in zip(model.parameters(), before, strict=True))
    assert all(p.grad is None for p in model.parameters())


@LIBRARIES
def test_a_module_is_checked_by_its_input_and_its_parameters(lib):
    layers = [linear(lib)]
    function = function_of(layers[0], vector(lib, 1.0, 2.0))
    assert function.names == ["input", "layers[0].weight", "layers[0].bias"] and function.shapes == [(3,)]
    assert function.checked == [0, 1, 2]
    assert compared(function, **FINE, second=function.second).ok
    for which in function.checked:
        assert function.second(which)[0] == pytest.approx(function.jacobians()[0][which])


@LIBRARIES
def test_a_modules_buffers_stay_as_they_are(lib):
    model = lib.nn.BatchNorm1d(2).double()
    before = model.running_mean.clone(), model.num_batches_tracked.item()
    x = lib.tensor([[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]], dtype=lib.float64, requires_grad=True)
    assert compared(function_of(model, x), **FINE).ok
    assert (model.running_mean == before[0]).all() and model.num_batches_tracked.item() == before[1]


@LIBRARIES
def test_inputs_may_be_changed_in_place_by_the_function_and_are_not(lib):
    x = vector(lib, 1.0, 2.0)
    (x * x).sum().backward()

    def doubled_in_place(x):
        y = x * 1
        y.mul_(2)
        return y

    assert compared(function_of(doubled_in_place, {"x": x}), **FINE).ok
    assert x.tolist() == [1.0, 2.0] and x.grad.tolist() == [2.0, 4.0]


@LIBRARIES
def test_a_held_tensor_that_requires_no_gradient_is_lent_one(lib):
    x = vector(lib, 1.0, 2.0, requires_grad=False)
    function = function_of(lambda: (x**3).sum(), {"x": x})
    assert compared(function, **FINE).ok
    assert function.jacobians()[0][0].tolist() == [[3.0, 12.0]]
    assert x.requires_grad is False and x.tolist() == [1.0, 2.0]


@LIBRARIES
def test_a_held_tensor_is_itself_again_when_the_function_raises(lib):
    x = vector(lib, 1.0, 2.0)

    def fails_when_nudged():
        if x[0] != 1.0:
            raise OverflowError("too far")
        return x.sum()

    function = function_of(fails_when_nudged, [x])
    assert function.names == ["x"]
    with pytest.raises(OverflowError) as raised:
        compared(function, **FINE)
    assert x.tolist() == [1.0, 2.0]
    assert raised.value.__notes__ == [
        f"(raised by fails_when_nudged itself, called with {lib.__name__} tensors for x)"
    ]


@LIBRARIES
def test_a_function_that_differentiates_inside(lib):
    def slope(x):
        return lib.autograd.grad((x**3).sum(), x, create_graph=True)[0]

    function = function_of(slope, vector(lib, 1.0, 2.0))
    assert function.jacobians()[0][0].tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert compared(function, **FINE).ok


@LIBRARIES
def test_what_is_checked(lib):
    w, x, n = vector(lib, 1.0), vector(lib, 2.0, requires_grad=False), lib.tensor([2])
    checked = {
        "only those that require a gradient": ([w, x, n, 2.0], [0]),
        "all floating-point tensors if none does": ([x, x, n, 2.0], [0, 1]),
    }
    for inputs, positions in checked.values():
        assert function_of(lambda a, b, c, d: a * b * c * d, inputs).checked == positions
    assert function_of(lambda a, b: a * b, [2, 3.0]).checked == [0, 1]


@pytest.mark.parametrize("inputs", [[2.0], 2, np.array([1.0, 2.0])])
def test_numbers_and_arrays_go_to_the_library_that_the_function_is_written_for(inputs):
    values = np.asarray(inputs, dtype=float)
    for lib, sin in ((torch, torch.sin), (autograd_core, autograd_core.sin)):
        function = function_of(lambda a: sin(a).sum(), inputs)
        assert function.engine == ("torch" if lib is torch else "autograd_core")
        assert np.allclose(function.jacobians()[0][0].ravel(), np.cos(values.ravel()))
    model = torch.nn.Linear(1, 1)
    assert function_of(lambda a: model(a.reshape(-1, 1)), inputs).precision < 1e-10


@LIBRARIES
def test_several_outputs(lib):
    x = vector(lib, 1.0, 2.0)
    function = function_of(lambda x: {"double": x * 2, "count": 7, "square": (x**2).sum()}, x)
    assert (function.outputs, function.shapes) == (["double", "square"], [(2,), ()])
    assert [j[0].tolist() for j in function.jacobians()] == [[[2, 0], [0, 2]], [[2, 4]]]


@LIBRARIES
def test_a_large_jacobian_is_checked_through_a_weighted_sum(lib):
    function = function_of(lambda x: x @ x, lib.ones(20, 20, dtype=lib.float64))
    assert function.mixed and function.shapes == [()]
    assert compared(function, **FINE).ok
    forgetful = function_of(lambda x: x @ x.detach(), lib.ones(20, 20, dtype=lib.float64, requires_grad=True))
    assert not compared(forgetful, **FINE).ok


@LIBRARIES
def test_a_backward_that_leaves_out_the_incoming_gradient_is_told(lib):
    class LeavesOut(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x

    x = lib.tensor(3.0, dtype=lib.float64, requires_grad=True)
    report = compared(function_of(LeavesOut.apply, [x]), **FINE)
    assert all(c.ok.all() for c in report.comparisons)
    assert not report.ok and [hint.kind for hint in report.hints] == ["incoming"]


@LIBRARIES
def test_zero_times_an_infinite_slope_is_not_held_against_a_backward(lib):
    x = lib.tensor(0.0, dtype=lib.float64, requires_grad=True)
    assert function_of(lambda x: x.sqrt(), [x]).nothing_from_nothing()


@LIBRARIES
def test_why_there_is_no_complex_step(lib):
    assert (
        function_of(lambda x: x.abs(), vector(lib, 1.0)).no_complex_step == "abs is not known to be analytic"
    )
    raises = function_of(lambda x: x * float(x.detach()), vector(lib, 1.0))
    assert raises.second(0) is None and raises.no_complex_step.startswith("with complex numbers it raises")


@LIBRARIES
def test_float32_is_kept_where_that_is_asked_for(lib):
    x, w = lib.tensor([1.0, 2.0], dtype=lib.float32), lib.tensor([2.0, 3.0], dtype=lib.float32)
    kept = function_of(lambda x: x * w, x, dtype="as given")
    assert kept.arrays[0].dtype == np.float32 and kept.precision == np.finfo(np.float32).eps
    function = function_of(lambda x: x * w, x)
    assert function.arrays[0].dtype == np.float64 and function.precision == np.finfo(np.float64).eps
    assert x.dtype == w.dtype == lib.float32
    double = vector(lib, 1.0)
    assert function_of(lambda x: x.float() * x.float(), double).precision == np.finfo(np.float32).eps
    with pytest.raises(ValueError, match="dtype must be 'as given' or None"):
        function_of(lambda x: x, x, dtype=lib.float32)


@LIBRARIES
@pytest.mark.parametrize("default", ["float32", "float64"])
def test_a_number_as_it_is_given_has_the_default_type(lib, default):
    with default_dtype(default):
        assert function_of(lambda x: lib.sin(x), 2.0, dtype="as given").arrays[0].dtype == default
    assert function_of(lambda x: lib.sin(x), 2.0).arrays[0].dtype == np.float64


def through(lib, x, kind):
    """x in another type and back again, by way of a tensor that is written to."""
    other = lib.zeros(2, dtype=kind)
    other.copy_(x)
    return other.double()


FLOAT32_INSIDE = {
    "there and back": lambda lib, x, w: (x.float() ** 2).double(),
    "to the end": lambda lib, x, w: x.float() ** 2,
    "at the end": lambda lib, x, w: (x**2).float(),
    "followed by much else": lambda lib, x, w: (x.float().sum().double() * 3.1).sin() + x.exp(),
    "mixed with float64": lambda lib, x, w: (x.float() * x).reshape(2, 1).sum(),
}
FLOAT64_ALL_THROUGH = {
    "plain": lambda lib, x, w: (x**2).sum(),
    "written to numbers in float32": lambda lib, x, w: through(lib, x, lib.float32) ** 2,
    "converted to what it is": lambda lib, x, w: through(lib, x, lib.float64),
    "with numbers in float32": lambda lib, x, w: (x * lib.ones(2, dtype=lib.float32)).sum(),
    "with a weight in float32": lambda lib, x, w: (x * w).sum(),
    "with what is computed in float32 from others": lambda lib, x, w: (w**2).double() * x,
}


@LIBRARIES
@pytest.mark.parametrize("fn", FLOAT32_INSIDE.values(), ids=FLOAT32_INSIDE)
def test_float32_inside_is_told(lib, fn):
    weight = lib.tensor([1.0, 3.0], dtype=lib.float32, requires_grad=True)
    function = function_of(lambda x: fn(lib, x, weight), vector(lib, 1.0, 2.1))
    assert (function.precision, function.inside) == (np.finfo(np.float32).eps, "float32")


@LIBRARIES
@pytest.mark.parametrize("fn", FLOAT64_ALL_THROUGH.values(), ids=FLOAT64_ALL_THROUGH)
def test_float64_all_through_is_not_called_float32(lib, fn):
    weight = lib.tensor([1.0, 3.0], dtype=lib.float32, requires_grad=True)
    function = function_of(lambda x: fn(lib, x, weight), vector(lib, 1.0, 2.1))
    assert (function.precision, function.inside) == (np.finfo(np.float64).eps, "")


def test_integers_beside_a_result_are_not_taken_for_float32():
    class WithSigns(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            signs = (x > 0).long()
            ctx.mark_non_differentiable(signs)
            return x * 2, signs

        @staticmethod
        def backward(ctx, g, _):
            return g * 2

    function = function_of(lambda x: WithSigns.apply(x)[0].sum(), vector(torch, 1.0, 2.1))
    assert function.inside == ""


def test_bfloat16_inside_is_told_by_its_name():
    function = function_of(lambda x: x.bfloat16().float().sum(), vector(torch, 1.0, 2.1))
    assert (function.precision, function.inside) == (2**-7, "bfloat16")


@LIBRARIES
def test_detached_outputs_are_told(lib):
    report = compared(function_of(lambda x: x.detach() * 2, vector(lib, 1.0)), **FINE)
    assert [hint.kind for hint in report.hints] == ["detached"]


ERRORS = {
    "called already": (lambda lib, x: (x, x), TypeError, "the function itself"),
    "no function": (lambda lib, x: (3.0, x), TypeError, "the function itself is needed, not a float"),
    "no inputs": (lambda lib, x: (lib.sin, []), ValueError, "no input to check"),
    "integers": (lambda lib, x: (lambda n: n, lib.tensor([1])), ValueError, r"n holds int64.*n\.float\(\)"),
    "a word": (lambda lib, x: (lambda x: x, "abc"), TypeError, "x is a str"),
    "too few": (lambda lib, x: (lambda x, y: x, x), TypeError, r"takes 2 inputs \(x, y\), but 1 is given"),
    "too many": (lambda lib, x: (lambda x: x, [1.0, x]), TypeError, "takes 1 input.*One vector is one input"),
    "wrong names": (lambda lib, x: (lambda x: x, {"y": x}), TypeError, "takes x, but the dictionary names y"),
    "a number back": (lambda lib, x: (lambda x: x.sum().item(), x), TypeError, r"a float.*without \.item\(\)"),
    "None back": (lambda lib, x: (lambda x: None, x), TypeError, "`return` missing"),
    "an empty list back": (lambda lib, x: (lambda x: [], x), TypeError, "a list without a floating-point tensor"),
    "truth back": (lambda lib, x: (lambda x: x > 0, x), TypeError, "bool: only floating-point"),
    "its own error": (lambda lib, x: (lambda x: 1 / 0, x), ZeroDivisionError, "division by zero"),
}  # fmt: skip


@LIBRARIES
@pytest.mark.parametrize("name", ERRORS)
def test_errors_name_the_thing_and_the_cure(lib, name):
    make, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        function_of(*make(lib, vector(lib, 1.0, 2.0)))


def test_errors_of_pytorch_alone():
    half = torch.ones(2, dtype=torch.bfloat16)
    assert function_of(lambda x: x * half, half).precision < 1e-10
    with pytest.raises(ValueError, match=r"x is too coarse .*bfloat16.*x\.double\(\)"):
        function_of(lambda x: x, half, dtype="as given")
    with pytest.raises(ValueError, match="complex64"):
        function_of(lambda x: x, torch.ones(2, dtype=torch.complex64))
    with pytest.raises(TypeError, match=r"of autograd_core and of PyTorch"):
        function_of(lambda x, y: x, [autograd_core.ones(2), torch.ones(2)])
    with pytest.raises(TypeError, match="the inputs are autograd_core tensors, and so must"):
        function_of(lambda x: torch.ones(2), autograd_core.ones(2))


def test_names_can_be_given():
    assert function_of(torch.sin, vector(torch, 1.0), names="angle").names == ["angle"]
    with pytest.raises(ValueError, match="1 inputs need as many names, not 2"):
        function_of(torch.sin, vector(torch, 1.0), names=["a", "b"])


def test_verify_takes_pytorch_functions():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    found = verify(lambda x, n: (x**n).sum(), x, 3.0)
    assert found.agrees and [row.name for row in found.rows] == ["x[0]", "x[1]", "n"]
    assert x.grad is None and x.dtype == torch.float32

    assert [row.cells()[1:] for row in verify(forgetful(torch), torch.tensor(3.0)).rows] == [
        ("3.0000", "6.0000", "3", "NO")
    ]


def test_a_slope_that_is_only_rounding_lies_within_twenty_roundings_of_the_smallest_nudge():
    low, high = between(lambda arrays: 1e6, [np.array(3.0)], 0, ())
    rounding = np.finfo(float).eps * 1e6 / 2e-7  # of one value, over the way between two
    assert (low, high) == pytest.approx((-20 * rounding, 20 * rounding))
