"""While a function is looked at, all that it reads is a copy: its inputs, and what it captures."""

import functools
import io
import math
import threading
import types
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import one_in, some_of
from tests.oracle import need_pytorch, torch
from widgets import BackwardStepper, Descent, GradientCheck, check, make_dot, record, verify, watching
from widgets import long_work as progress
from widgets.functions.function import function_of

LIBRARIES = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["autograd_core", "torch"])


def network(lib):
    """A model in float32 with statistics that each run moves, and data for it."""
    lib.manual_seed(0)
    nn = lib.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1)).float()
    return model, lib.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]], dtype=lib.float32)


def state(model):
    return {name: (str(t.dtype), t.tolist(), t.requires_grad) for name, t in model.state_dict().items()}


@LIBRARIES
def test_a_model_that_is_captured_is_computed_in_float64_and_stays_as_it_is(lib):
    model, x = network(lib)
    before = state(model)
    function = function_of(lambda: (model(x) ** 2).mean(), model)
    rows = function.jacobians()[0]
    assert function.precision < 1e-10 and function.returned()[0].dtype == np.float64
    assert state(model) == before and all(p.grad is None for p in model.parameters())
    (model(x) ** 2).mean().backward()  # in float32
    for parameter, row in zip(model.parameters(), rows.values(), strict=True):
        assert row.ravel() == pytest.approx(np.ravel(parameter.grad.tolist()), rel=1e-3, abs=1e-5)
    assert state(model) != before  # which a run of one's own does change


@LIBRARIES
def test_what_a_call_changes_in_place_it_sees_changed_and_the_next_call_does_not(lib):
    total, mask = lib.tensor([1.0, 2.0]), lib.tensor([True, False])

    def adds(x):
        total.add_(x.detach())
        total[0] = 5.0
        mask.fill_(True)
        return (x * total).sum() + total[mask].sum() * 0

    with_total = function_of(adds, lib.tensor([1.0, 1.0]))
    assert with_total.jacobians()[0][0].tolist() == [[5.0, 3.0]]
    assert [with_total.value(with_total.arrays) for _ in range(2)] == [8.0, 8.0]
    assert total.tolist() == [1.0, 2.0] and mask.tolist() == [True, False]


@LIBRARIES
def test_a_function_that_runs_its_own_backward_leaves_no_gradient_behind(lib):
    w, v = lib.tensor(2.0, requires_grad=True), lib.tensor(3.0, requires_grad=True)
    (v * 7).backward()

    def slope(x):
        (w**2 * 1.0).backward()
        return x * w.grad * v.grad

    assert verify(slope, 1.0 if lib is autograd_core else torch.tensor(1.0)).agrees
    assert function_of(slope, lib.tensor(1.0)).value([np.array(1.0)]) == 28.0
    assert w.grad is None and v.grad.item() == 7.0


@LIBRARIES
def test_check_leaves_no_gradient_in_any_tensor(lib):
    w = lib.tensor(2.0, requires_grad=True)
    x = lib.tensor(3.0, requires_grad=True)

    class Scaled(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * w

        @staticmethod
        def backward(ctx, g):
            return g * w

    def backward(a):
        (a * w).backward()
        return a.grad

    for answer in (4, 2, lambda a: w * 2, backward, Scaled):
        check(answer, lambda a: a * w, x)
    assert check(Scaled, lambda a: a * w, x) and check(backward, lambda a: a * w, x)
    assert w.grad is None and x.grad is None


@LIBRARIES
def test_captured_tensors_have_their_names_where_a_mistake_is_told(lib):
    factor = lib.tensor(5.0, requires_grad=True)
    said = repr(check(2.0, lambda a: a * factor, lib.tensor(2.0)))
    assert "are swapped" in said and "factor" in said


@LIBRARIES
def test_a_tensor_that_is_read_is_nudged_whatever_reads_it(lib):
    w = lib.tensor([1.0, 2.0], dtype=lib.float32)
    reads = {
        "operations": lambda: (w * w).sum(),
        "a view": lambda: w[0] * w[1],
        "a condition": lambda: w[0] * 2 if w[0] > 0 else w[0],
        "a copy": lambda: (w.clone() ** 2).sum(),
        "itself": lambda: w,
        "a list": lambda: lib.stack([w, w]).sum(),
    }
    for fn in reads.values():
        check = GradientCheck(fn, {"w": w})
        assert check.agrees and (check.derivatives.numeric != 0).any()
    cut = GradientCheck(lambda: lib.tensor(w.tolist(), dtype=lib.float64).sum() * w[0], [w])
    assert not cut.agrees  # what went through plain numbers is measured, and backward() misses it
    assert w.tolist() == [1.0, 2.0] and not w.requires_grad


@LIBRARIES
def test_an_operation_of_ones_own_may_read_what_is_checked(lib):
    w, cubed = lib.tensor([1.0, 2.0], requires_grad=True), cube_of(lib)
    assert GradientCheck(lambda: cubed.apply(w).sum(), [w]).agrees
    assert w.grad is None


def cube_of(lib):
    class Cubed(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

    return Cubed


class Cubes:
    def __init__(self, cube):
        self.cube = cube

    def total(self, w):
        return self.cube(w).sum()


@LIBRARIES
@one_in(3)
@pytest.mark.parametrize("kept", [
    lambda apply, w: lambda: apply(w).sum(),
    lambda apply, w: functools.partial(lambda cube: cube(w).sum(), apply),
    lambda apply, w: functools.partial(Cubes(apply).total, w),
    lambda apply, w: lambda: {"cube": apply}["cube"](w).sum(),
    lambda apply, w: lambda: sum(each(w).sum() for each in [apply]),
], ids=["captured", "partial", "attribute", "dictionary", "list"])  # fmt: skip
def test_an_apply_that_was_taken_from_its_class_gets_copies_too(lib, kept):
    w = lib.tensor([1.0, 2.0], requires_grad=True)
    assert GradientCheck(kept(cube_of(lib).apply, w), [w]).agrees
    assert w.grad is None and w.tolist() == [1, 2]


def test_an_operation_that_gets_no_copy_is_refused():
    need_pytorch()
    if isinstance(vars(torch.autograd.Function)["apply"], classmethod):
        pytest.skip("with this PyTorch each operation gets copies")
    hidden = types.SimpleNamespace(cube=cube_of(torch).apply)  # whose class is no user's
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="got w itself, not a copy.*TheClass.apply"):
        GradientCheck(lambda: hidden.cube(w).sum(), [w])


@LIBRARIES
def test_labels_masks_and_indices_are_passed_on_as_they_are(lib):
    scores = lib.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, 3.0]], requires_grad=True)
    labels, mask = lib.tensor([2, 0]), lib.tensor([True, False])

    def loss(scores, labels, mask, reduction, place):
        assert str(labels.dtype) == str(lib.int64) and str(mask.dtype) == str(lib.bool)
        each = lib.nn.functional.cross_entropy(scores, labels, reduction=reduction)
        return each[mask].sum() + each[place]

    assert GradientCheck(loss, [scores, labels, mask, "none", 1]).agrees
    found = verify(loss, scores, labels, mask, "none", 1)
    assert found.agrees and len(found.rows) == 6


@LIBRARIES
def test_complex_numbers_are_refused(lib):
    z = lib.from_numpy(np.array([1 + 2j]))
    for look in (lambda: verify(lambda z: z.real.sum(), z), lambda: GradientCheck(lambda z: z.real, z),
                 lambda: check(1, lambda z: z.real.sum(), z)):  # fmt: skip
        with pytest.raises(ValueError, match="z is complex.*the real and the imaginary part"):
            look()


@LIBRARIES
def test_random_numbers_go_on_where_they_were_and_are_noticed(lib):
    lib.manual_seed(3)
    expected = lib.rand(2).tolist()
    lib.manual_seed(3)
    check = GradientCheck(lambda x: x * lib.rand(()), lib.tensor(1.0))
    assert "different values for the same input" in check.describe()
    assert lib.rand(2).tolist() == expected


def test_pytorch_works_with_one_thread_meanwhile():
    seen, before = frozenset(), torch.get_num_threads()

    def noted(x):
        nonlocal seen
        seen |= {torch.get_num_threads()}
        return x * torch.ones(())

    torch.set_num_threads(2)
    verify(noted, torch.tensor(1.0))
    assert seen == {1} and torch.get_num_threads() == 2
    torch.set_num_threads(before)


@LIBRARIES
def test_large_data_is_copied_once_and_is_what_it_is_now(lib):
    data = lib.ones(300, 300)
    fn = function_of(lambda a: a * data[0].sum(), lib.tensor(1.0))
    assert fn.value(fn.arrays) == 300.0
    data *= 2.0
    assert fn.value(fn.arrays) == 600.0 and GradientCheck(fn.fn, lib.tensor(1.0)).agrees


def test_a_module_that_puts_new_tensors_in_place_of_old_ones_keeps_the_old_ones():
    class Running(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(2))
            self.seen = []

        def forward(self, x):
            self.mean, self.kept = 0.9 * self.mean + x.detach().mean(), x
            self.train(False)
            return ((x - self.mean) ** 2).sum()

    model, x = Running(), torch.tensor([1.0, 2.0])
    for look in (lambda: GradientCheck(model, x), lambda: GradientCheck(lambda x: model(x), x),
                 lambda: verify(model.forward, x)):  # fmt: skip
        look()
        assert model.mean.tolist() == [0.0, 0.0] and not hasattr(model, "kept") and model.training


def keeping(lib):
    """A model that keeps what it computed, in all the ways that there are."""

    class Keeping(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.h = lib.nn.Linear(2, 2).float(), lib.zeros(2, dtype=lib.float32)
            self.cache, self.seen = {}, []

        def forward(self, x):
            self.h = self.layer(x) + 0.1 * self.h.detach()
            self.cache["h"] = self.h
            self.seen.append(x)
            return (self.h * self.h).sum()

    return Keeping()


class Holder:
    def __init__(self, model):
        self.model = model

    def loss(self, x):
        return self.model(x)

    def __call__(self, x):
        return self.loss(x)


def nested(model):
    def first(x):
        def second(x):
            return sum(model(y) for y in [x])

        return second(x)

    return lambda x: first(x)


def again(model):
    def loss(x, more=1):
        return loss(x, more - 1) if more else model(x)

    return loss


HELD = {
    "itself": lambda model: model,
    "a name": lambda model: lambda x: model(x),
    "a method": lambda model: Holder(model).loss,
    "an object": lambda model: Holder(model),
    "an object's name": lambda model: lambda x, held=Holder(model): held.loss(x),
    "a list": lambda model: lambda x, models=[model]: models[0](x),
    "a dictionary in a tuple": lambda model: lambda x, models=({"m": model},): models[0]["m"](x),
    "a default": lambda model: lambda x, model=model: model(x),
    "a keyword": lambda model: functools.partial(lambda x, model: model(x), model=model),
    "four functions": nested,
    "a function that calls itself": again,
    "an object of objects": lambda model: Holder(Holder(Holder(model))),
}


@one_in(4)
@LIBRARIES
@pytest.mark.parametrize("held", HELD)
def test_what_a_model_keeps_it_keeps_in_its_replica_wherever_it_is(lib, held):
    model, x = keeping(lib), lib.tensor([1.0, 2.0], dtype=lib.float32)
    before, first = state(model), model.h
    loss = HELD[held](model)
    for _ in range(2):
        assert verify(loss, x) and GradientCheck(lambda x: loss(x), x).agrees
        assert state(model) == before and model.h is first and (model.cache, model.seen) == ({}, [])
    loss(x)
    assert model.h is not first and model.cache and model.seen


@LIBRARIES
def test_what_a_hook_or_a_cache_keeps_is_kept_elsewhere(lib):
    kept, layer = {}, lib.nn.Linear(2, 1).float()
    layer.register_forward_hook(lambda module, inputs, output: kept.update(out=output))
    x = lib.tensor([1.0, 2.0], dtype=lib.float32)

    @functools.cache
    def factor():
        return x.detach() * 2

    assert GradientCheck(layer, x).agrees and verify(lambda x: (x * factor()).sum(), x)
    assert kept == {} and factor().dtype == lib.float32 and factor.cache_info().misses == 1


@LIBRARIES
def test_each_call_begins_with_what_there_was_before_the_first(lib):
    class Count:
        number = 0

    notes, count, seen, x = [], Count(), {"n": 0}, lib.tensor([1.0, 2.0])

    def loss(x):
        notes.append(x)
        count.number += 1
        seen["n"] += 1
        return (x * len(notes) * count.number * seen["n"]).sum()

    assert verify(loss, x) and GradientCheck(loss, x).agrees
    assert (notes, count.number, seen) == ([], 0, {"n": 0})


class Link:
    def __init__(self, value, before=None):
        self.value, self.before = value, before


class Slotted:
    __slots__ = ("value",)


class HalfSlotted(Slotted):
    def __init__(self, value):
        self.value = value


def chained(count):
    link = None
    for i in range(count):
        link = Link(float(i), link)
    return link


KEPT = {
    "a dictionary by objects": lambda x, links=(one := Link(2.0), {one: 3.0}): x * links[1][links[0]],
    "by tuples of objects": lambda x, links=(one := Link(2.0), {(one, 1): 3.0}): x * links[1][links[0], 1],
    "a set of objects": lambda x, links=(one := Link(2.0), {one}): x * (3.0 if links[0] in links[1] else 0.0),
    "an object in itself": lambda x, table=[Link(3.0)]: x * table[0].value,
    "slots and attributes": lambda x, held=HalfSlotted(3.0): x * held.value,
    "a long chain": lambda x, link=chained(5000): x * (link.value - 4996.0),
}


@LIBRARIES
@pytest.mark.parametrize("fn", KEPT.values(), ids=KEPT)
def test_objects_are_found_and_read_as_they_were(lib, fn):
    x = lib.tensor(2.0)
    assert verify(lambda x: fn(x), x) and function_of(lambda x: fn(x), x).jacobians()[0][0] == 3.0
    assert verify(lambda: fn(x), x)


@LIBRARIES
def test_what_was_computed_from_an_input_before_is_refused(lib):
    w = lib.tensor([1.0, 2.0], requires_grad=True)
    layer = lib.nn.Linear(2, 1)
    loss, half, out, view = (w * w).sum(), w * 3, layer(w.detach().to(layer.weight.dtype)), w.view(2, 1)
    for look in (
        lambda: verify(lambda: loss, w), lambda: verify(lambda: (half * w).sum(), w),
        lambda: verify(lambda: (view**2).sum(), w), lambda: GradientCheck(lambda: (out**2).sum(), layer),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="was computed from .* before it was called"):
            look()
    features = layer(w.detach().to(layer.weight.dtype))  # of another parameter: a constant here
    other = lib.tensor([2.0], dtype=layer.weight.dtype, requires_grad=True)
    assert verify(lambda: (features * other).sum(), other)


@LIBRARIES
def test_memory_that_is_shared_and_changed_is_refused(lib):
    flat = lib.zeros(4)
    weights, others = flat[:2], flat[2:]

    def changes(a):
        flat.copy_(lib.tensor([2.0, 3.0, 0.0, 0.0]))
        return (weights * a).sum()

    with pytest.raises(RuntimeError, match="another of the same memory"):
        verify(changes, lib.tensor([1.0, 1.0]))
    assert verify(lambda a: (weights * a + others).sum(), lib.tensor([1.0, 1.0]))  # nothing is changed


@LIBRARIES
def test_a_function_that_computes_in_threads_is_refused(lib):
    w = lib.tensor([1.0, 2.0], requires_grad=True)

    def part(i):
        return w[i] * w[i]

    def pooled():
        with ThreadPoolExecutor() as pool:
            return sum(pool.map(part, range(2)))

    for look in (lambda: verify(pooled, w), lambda: GradientCheck(pooled, w)):
        with pytest.raises(RuntimeError, match="several threads"):
            look()
    assert threading.getprofile() is None


def test_transforms_of_pytorch_are_followed_or_refused():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([1.0, 3.0], requires_grad=True)
    vmap, func, layer = torch.vmap, torch.func, torch.nn.Linear(1, 2)

    def cube(a):
        return (a**3).sum()

    for fn in (
        lambda a: vmap(lambda q: q**2)(a).sum(), lambda a: vmap(lambda q: q * w)(a).sum(),
        lambda a: func.grad(cube)(a).sum(), lambda a: func.jacrev(lambda q: q**3)(a).sum(),
        lambda a: func.jvp(cube, (a,), (torch.ones(2),))[1],
        lambda a: vmap(layer)(a[:, None]).sum(),
    ):  # fmt: skip
        (expected,) = torch.autograd.grad(fn(x), x)
        assert verify(fn, x)
        assert function_of(fn, x).jacobians()[0][0].ravel() == pytest.approx(expected.numpy())
    for fn in (lambda: func.grad(cube)(w).sum(), lambda: vmap(lambda q: q**2)(w).sum()):
        with pytest.raises(RuntimeError, match=r"torch.func or torch.vmap cannot be followed"):
            verify(fn, w)


def test_in_inference_mode_gradients_are_what_they_are():
    x, layer = torch.tensor([1.0, 2.0], requires_grad=True), torch.nn.Linear(2, 1)
    with torch.inference_mode():
        y = torch.ones(2)
        assert verify(lambda a: (a**2 * y).sum(), x) and GradientCheck(layer, x).agrees
        assert Descent(lambda a: (a - 1) ** 2, 2.0).scene
        assert torch.is_inference_mode_enabled()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_is_refused_where_its_parameters_are_nudged():
    layer, x = torch.nn.Linear(2, 1), torch.ones(1, 2)
    for script in (torch.jit.script(layer), torch.jit.trace(layer, x)):
        for look in (lambda s=script: GradientCheck(s, [x]),
                     lambda s=script: verify(lambda: torch.nn.Sequential(s)(x).sum(), s.weight)):  # fmt: skip
            with pytest.raises(TypeError, match="is TorchScript"):
                look()


def test_a_function_is_called_on_the_cpu_wherever_it_makes_its_tensors():
    """There is no other device here; “meta” shows that none is asked for. Not tried on a real one."""

    def made_elsewhere(x):
        there = torch.full((2,), 3.0, device="meta").to("meta")
        return (x.to("meta") * there).sum()

    assert verify(made_elsewhere, torch.tensor([1.0, 2.0])).agrees
    absent = torch.ones(2, device="meta")
    with pytest.raises(ValueError, match="“meta” holds no numbers"):
        verify(lambda x: (x * absent).sum(), torch.tensor([1.0, 2.0]))


def test_a_mode_that_is_on_stays_on():
    with torch.device("cpu"):
        before = torch._C._len_torch_function_stack()
        assert before and verify(lambda x: x * torch.ones(()), torch.tensor(1.0)).agrees
        assert torch._C._len_torch_function_stack() == before


# ------------------------------------------------------------------- at the ends of what there is

EXTREMES = {
    "large": (lambda a: 2 * a, 1e308, "cannot tell", "the function gives inf"),
    "negative": (lambda a: 2 * a, -1e308, "cannot tell", "the function gives −inf"),
    "denormal": (lambda a: 2 * a, 5e-324, "yes", ""),
    "large and halved": (lambda a: a / 2, 1e308, "yes", "a was nudged by 1e"),
    "an int beyond int64": (lambda a: 2 * a, 2**70, "yes", "a was nudged by 1e"),
    "nan": (lambda a: 2 * a, math.nan, "cannot tell", "the function gives nan"),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_extreme_inputs_are_told_apart(case):
    fn, x, verdict, words = EXTREMES[case]
    found = verify(fn, x)
    assert found.rows[0].cells()[-1] == verdict and words in found.describe()
    slope = 0.5 if "halved" in case else 2.0
    said = repr(check(slope, fn, x))
    assert said.startswith("right" if verdict == "yes" else "this cannot be checked: the function gives")
    if verdict == "yes":
        assert repr(check(3 * slope, fn, x)).startswith("not yet")
        assert repr(check(1.1 * slope, fn, x)).startswith("not yet")


@pytest.mark.parametrize("offset", [1e9, 1e12, 1e20])
def test_beside_a_large_value_no_wrong_answer_is_right(offset):
    def far(x):
        return x**2 + offset

    assert "lost in rounding" in repr(check(6, far, 3.0)) or check(6, far, 3.0)
    assert not check(8, far, 3.0) and not check(500, far, 3.0)


@pytest.mark.parametrize("look", [
    lambda x: verify(lambda a: 2 * a, x), lambda x: check(2, lambda a: 2 * a, x),
    lambda x: GradientCheck(lambda a: 2 * a, x), lambda x: Descent(lambda a: 2 * a, x),
    lambda x: Descent(lambda a: 2 * a, 1.0, domain=(0, x)),
    lambda x: GradientCheck(lambda a: 2 * a, 1.0, eps=x),
])  # fmt: skip
def test_a_number_beyond_all_floats_is_refused_in_words(look):
    with pytest.raises(ValueError, match="too large|within ±1e.300|finite"):
        look(10**400)


def test_descent_takes_extreme_options():
    def square(a):
        return (a - 2) ** 2

    assert len(Descent(square, 1.0, steps=2**70).path) == 201
    for lr in (1e308, 5e-324):
        assert (
            Descent(square, 1.0, lr=lr)
            .describe()
            .startswith("Step 0: a = 1, square = 1, slope −2. Next: new a =")
        )
    assert "the nudge is lost in rounding" in Descent(square, 1.0, nudge=5e-324).text()
    assert (
        "slope 2" in Descent(lambda a: 2 * a, 1e14, nudge=0.01).text()
    )  # and not what the rounded step gives


class Unfinished(torch.nn.Module):
    pass


RETURNS = {
    "a tuple of one": (lambda x: (x * 2,), None),
    "a list of two": (lambda x: [x * 2, x * 3], "returned 2 tensors|returned a list"),
    "nothing in a tuple": (lambda x: (), "returned a tuple"),
    "tuples in a tuple": (lambda x: ((x,),), "returned a tuple"),
    "a module without forward": (Unfinished(), 'missing the required "forward" function'),
}


def test_what_is_given_in_another_way_than_is_taken_is_told_how():
    model, x = torch.nn.Linear(2, 1), torch.ones(2)
    lazy = torch.nn.LazyLinear(1)
    wrong = [
        (model, "one by one: \\*model.parameters"), (list(model.parameters()), "as in \\*tensors"),
        (dict(model.named_parameters()), "as in \\*tensors.values"), (model.parameters(), "as in \\*tensors"),
    ]  # fmt: skip
    for given, cure in wrong:
        with pytest.raises(TypeError, match=cure):
            verify(lambda: model(x).sum(), given)

    async def later(a):
        return a.sum()

    def one_by_one(a):
        yield a.sum()

    for fn in (later, one_by_one):
        with pytest.raises(TypeError, match="without async or yield"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of a coroutine that nobody awaits
            verify(fn, x)
    for look in (
        lambda: verify(lambda x: lazy(x).sum(), x),
        lambda: GradientCheck(lambda: lazy(x).sum(), model),
    ):
        with pytest.raises(ValueError, match="Run the model once"):
            look()


@pytest.mark.parametrize("case", RETURNS)
def test_odd_functions_are_answered_rightly_or_in_a_sentence(case):
    fn, words = RETURNS[case]
    x = torch.tensor(1.0)
    if words is None:
        assert verify(fn, x).agrees and check(2, fn, x) and GradientCheck(fn, x).agrees
        assert Descent(fn, x).describe().startswith("Step 0: x = 1, f = 2, slope 2.")
        return
    for look in (lambda: verify(fn, x), lambda: check(2, fn, x), lambda: Descent(fn, x)):
        with pytest.raises((TypeError, ValueError, NotImplementedError), match=words):
            look()


def test_a_function_whose_source_is_gone_is_one_like_any_other():
    known = {}
    exec("def gone(x):\n    y = x * x\n    return y", known)
    gone = known["gone"]
    assert verify(gone, 3.0).agrees and check(6, gone, 3.0) and GradientCheck(gone, 3.0).agrees
    assert "9 is the value of gone" in repr(check(9, gone, 3.0))
    assert Descent(gone, 1.0).position == 1.0


# ------------------------------------------------------------------------------------- much of it


@pytest.mark.parametrize("lib", some_of([autograd_core, torch]))
def test_of_a_large_input_some_elements_are_nudged_and_it_is_said(lib):
    x = lib.ones(200_000, dtype=lib.float64)

    def total(x):
        return (x * x).sum()

    said = repr(check(2 * x, total, x))
    assert said.startswith("right") and "at 500 of 200000 elements, picked at random" in said
    assert repr(check(3 * x, total, x)).startswith("not yet: 200000 of 200000 elements are off")
    found = verify(total, x)
    assert found.agrees and len(found.rows) == 500
    assert "of the 200000 elements of x 500 were checked" in found.describe()
    half = verify(lambda x: total(x) + x.detach().sum(), x)
    assert not half.agrees


@LIBRARIES
def test_many_outputs_are_checked_through_one_sum(lib):
    wide = lib.ones(300, 300, dtype=lib.float64)
    check = GradientCheck(lambda a: a * wide, lib.tensor(2.0))
    assert check.agrees and len(check.derivatives) == 1
    assert "the output has many elements" in check.text()


# ------------------------------------------------------------------------------ how far it has come


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_the_line_is_written_over_and_gone(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "PAUSE", 0)
    monkeypatch.setattr("sys.stderr", terminal)
    bar = progress.Progress("f", 3)
    assert bar.run(lambda: [bar.tick() for _ in range(3)]) == [None] * 3
    lines = terminal.getvalue().split("\r")
    assert lines[1:] == ["f: 66 %, 2 of 3 runs\x1b[K", "f: 100 %, 3 of 3 runs\x1b[K", "\x1b[K"]


def test_what_is_imported_before_the_first_run_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    clock = iter([100.0, 101.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    bar = progress.Progress("f", 2)
    bar.run(lambda: (bar.tick(), bar.tick()))
    assert terminal.getvalue() == ""


def long_chain(lib, count):
    y = lib.tensor(0.5, requires_grad=True)
    for _ in range(count):
        y = y.sin()
    return y


def watched_pass(y):
    with watching():
        y.sin().backward()


LONG = [record, make_dot, BackwardStepper, watched_pass]


@pytest.fixture
def shown(monkeypatch):
    """What is shown of progress, at once, from 50 operations on."""
    lines = []
    monkeypatch.setattr(progress, "terminal_line", lines.append)
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "PAUSE", 0)
    monkeypatch.setattr(progress, "MANY", 50)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    return lines


@LIBRARIES
@pytest.mark.parametrize("work", LONG)
def test_of_a_large_graph_it_is_shown_how_far_it_is_read_in_one_line_that_goes(shown, lib, work):
    work(long_chain(lib, 60))
    assert "reading the graph: 50 %" in shown
    assert ("finding where stepping rests: 50 %" in shown) == (work is BackwardStepper)
    assert shown[-1] == "" and shown.count("") == 1


@pytest.mark.parametrize("work", LONG)
def test_of_a_small_graph_no_progress_is_shown(shown, work):
    work(long_chain(autograd_core, 20))
    assert shown == []


def test_the_line_of_a_recording_goes_when_it_fails_or_is_stopped(shown, monkeypatch):
    y = long_chain(autograd_core, 60)

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("widgets.recorders.written", stopped)
    with pytest.raises(KeyboardInterrupt):
        record(y)
    assert shown[-2:] == ["running the backward pass: 100 %", ""]
    assert len([*progress.ticking(range(99), "anything", 99)]) == 99 and shown[-1] == ""


def test_in_a_notebook_its_output_is_empty_when_it_is_done(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data)

    def display(data, raw, display_id):
        shown.append(data)
        return Handle()

    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(progress, "PATIENCE", 0)
    bar = progress.Progress("f", 2)

    def stopped():
        bar.tick()
        bar.tick()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bar.run(stopped)
    assert shown == [{}, {"text/plain": "f: 100 %, 2 of 2 runs"}, {}]
