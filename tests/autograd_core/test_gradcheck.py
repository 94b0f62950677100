"""The checker is checked: it catches every wrong rule, and cries no wolf."""

import warnings
from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pytest

import autograd_core
from autograd_core.autograd import GradcheckError, check_gradients, gradcheck, gradgradcheck  # fmt: skip
from autograd_core.core import engine, node
from autograd_core.finite_differences import complex_step_jacobian, slopes
from tests.autograd_core.examples import EXAMPLES
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
ENGINE = ("output", "copy_slices", "as_strided")  # no rules of a table


# ---------------------------------------------------------------------- wrong rules
# Each takes the right contribution to an operand, the rule's arguments by name and the shape of
# that operand, and gives a wrong one, or None where this mistake cannot be made.


def sign_flipped(right, slot, call):
    return -right


def factor_two(right, slot, call):
    return 2 * right


def wrong_operand(right, slot, call):
    """Two operands that the rule is given, mistaken for each other."""
    values = call.arguments[slot]
    names = [name for name in call.used(slot) if name in call.operation.operands]
    for first, second in zip(names, names[1:]):
        if np.shape(values[first]) == np.shape(values[second]):
            swapped = values | {first: values[second], second: values[first]}
            return call.rule(slot)(call.g, *swapped.values())
    return None


def other_operands_rule(right, slot, call):
    other = 1 - slot
    if len(call.arguments) != 2 or call.arguments[other] is None:
        return None
    return call.rule(other)(call.g, *call.arguments[other].values())


def output_for_operand(right, slot, call):
    """``y`` where the operand belongs, or the other way round."""
    values, own = call.arguments[slot], call.operation.operands[slot]
    if own not in values or "y" not in values or np.shape(values[own]) != np.shape(values["y"]):
        return None
    return call.rule(slot)(call.g, *(values | {own: values["y"], "y": values[own]}).values())


def missing_sum(right, slot, call):
    """Along an axis of broadcasting only the last of the gradients that are to be summed."""
    shape = call.shapes and call.shapes[slot][0]
    if shape is None or np.shape(right) == shape:
        return None
    kept = np.zeros_like(right)
    added = right.ndim - len(shape)
    kept[tuple(-1 if i < added or (shape[i - added] == 1 != n) else slice(None)
               for i, n in enumerate(right.shape))] = 1  # fmt: skip
    return right * kept


def missing_transpose(right, slot, call):
    if np.ndim(right) < 2 or right.shape[-1] != right.shape[-2]:
        return None
    return np.swapaxes(right, -1, -2)


def off_by_one_element(right, slot, call):
    return np.roll(right, 1) if np.size(right) > 1 else None


MISTAKES = [sign_flipped, factor_two, wrong_operand, other_operands_rule, output_for_operand,
            missing_sum, missing_transpose, off_by_one_element]  # fmt: skip


class Call:
    """One node's rules and what they are called with, for a mistake to draw on."""

    def __init__(self, node, g):
        self.operation, self.shapes, self.g = node.operation, node.shapes, g
        self.arguments = [
            None if node.edges[slot] is None else node.arguments(slot) for slot in range(len(node.edges))
        ]

    def used(self, slot):
        return self.operation.needs[slot]

    def rule(self, slot):
        return self.operation.rules[slot]


def let_replace(patch, replace):
    """Let ``replace(node, g, sent, create)`` decide what every node's rules give."""
    for kind in (node.ElementwiseNode, node.GeneralNode):

        def contributions(self, g, edges, create, right_way=kind.contributions):
            return replace(self, g, right_way(self, g, edges, create), create)

        patch.setattr(kind, "contributions", contributions)


@contextmanager
def mistaken(monkeypatch, target, slot, mistake):
    """Within, the rule of one operand of one operation makes the mistake; yields its traces."""
    made = []

    def replace(node, g, sent, create):
        sent = list(sent)
        if node.operation is target and sent[slot] is not None and not create:
            with np.errstate(all="ignore"):
                wrong = mistake(sent[slot], slot, Call(node, g))
            wrong = None if wrong is None else np.asarray(wrong)[()]
            if wrong is not None and wrong.shape == np.shape(sent[slot]):
                made.append(node)
                sent[slot] = wrong
        return sent

    with monkeypatch.context() as patch:
        let_replace(patch, replace)
        yield made


def applied(example):
    def function(*tensors):
        made = example.function(autograd_core, *tensors)
        return tuple(made) if isinstance(made, tuple | list) else made

    return function


def operations_of(example, which):
    """One node of each operation of a table that an example applies."""
    made = applied(example)(*example.draw(autograd_core, which))
    made = made if isinstance(made, tuple) else (made,)
    nodes = engine.reachable([out._grad_fn for out in made if out.requires_grad])[0]
    return {node.operation: node for node in nodes if node.op not in ENGINE}


def jacobians(function, tensors):
    """All Jacobians as backward passes give them now, to see what a mistake really changes."""
    report = check_gradients(function, tensors, complex_step=False)
    return report, [c.analytic for c in report.comparisons]


@one_in(10)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_wrong_rule_is_caught_and_named(example, monkeypatch):
    """Each mistake in each rule, on the first shapes it makes a difference with.

    A mistake that leaves the gradients as they are (the sign of a zero, two operands with the
    same rule) is none. All others must be found; the report must point at an element that is
    really wrong, with the numbers that are really there.
    """
    function, caught = applied(example), 0
    done = set()
    for which in range(len(example.shapes)):
        tensors = example.draw(autograd_core, which)
        right_report, right = jacobians(function, tensors)
        assert right_report.ok, right_report
        for operation, made_by in operations_of(example, which).items():
            for slot, mistake in ((s, m) for s in range(len(made_by.edges)) for m in MISTAKES):
                if made_by.edges[slot] is None or (operation, slot, mistake) in done:
                    continue
                with mistaken(monkeypatch, operation, slot, mistake) as made:
                    report, wrong = jacobians(function, tensors)
                    if not made or all(map(alike, wrong, right)):
                        continue
                    done.add((operation, slot, mistake))
                    assert_caught(report, right, wrong)
                    caught += 1
                    with pytest.raises(GradcheckError, match=r"^Jacobian mismatch for output \d"):
                        gradcheck(function, tensors)
    if any(np.any(jacobian) for jacobian in right):  # there is something to get wrong
        assert caught >= 2


def alike(a, b):
    """Whether two Jacobians are the same to well within what gradcheck allows."""
    return np.all(np.abs(a - b) <= 1e-4 * (1 + np.abs(b)))


def assert_caught(report, right, wrong):
    assert not report.ok
    worst = report.worst
    number = report.comparisons.index(worst)
    assert not alike(wrong[number], right[number])
    to, of = worst.worst
    row = np.ravel_multi_index(to, worst.output_shape) if to else 0
    column = np.ravel_multi_index(of, worst.input_shape) if of else 0
    analytic, true = wrong[number][row, column], right[number][row, column]
    np.testing.assert_equal(worst.value(worst.analytic), analytic)
    assert worst.value(worst.numeric) == pytest.approx(true, rel=1e-4, abs=1e-6)
    assert worst.step == 1e-6
    if np.isfinite(analytic):
        difference = abs(analytic - true)
        assert worst.value(worst.difference) == pytest.approx(difference, rel=1e-3, abs=1e-6)
        relative = difference / max(abs(analytic), abs(true))
        assert worst.value(worst.relative) == pytest.approx(relative, rel=1e-3)
        excess = np.abs(wrong[number] - right[number]) / (1e-5 + 1e-3 * np.abs(right[number]))
        assert excess[row, column] == pytest.approx(excess.max(), rel=1e-2)
    text = str(report)
    assert text.startswith("gradients DISAGREE")
    assert f"{worst.name}: DIFFERS in" in text
    assert f"analytic {analytic:.6g}" in text and "step 1e-06" in text
    for index in filter(None, (to, of)):
        assert str(list(index)) in text


def test_all_kinds_of_mistakes_are_made(monkeypatch):
    """How many operations each mistake can be made in: none of them is an empty threat."""
    made = {mistake.__name__: set() for mistake in MISTAKES}

    def count(node, g, sent, create):
        for slot, right in enumerate(sent):
            if right is None or create or node.op in ENGINE:
                continue
            for mistake in MISTAKES:
                with np.errstate(all="ignore"):
                    if mistake(right, slot, Call(node, g)) is not None:
                        made[mistake.__name__].add(node.operation)
        return sent

    let_replace(monkeypatch, count)
    for example in EXAMPLES:
        for which in range(len(example.shapes)):
            tensors = example.draw(autograd_core, which)
            outputs = applied(example)(*tensors)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            outputs = [out for out in outputs if out.requires_grad]
            weights = [autograd_core.ones_like(out) for out in outputs]
            autograd_core.autograd.grad(outputs, tensors, weights, allow_unused=True)
    counts = {name: len(operations) for name, operations in made.items()}
    assert counts["sign_flipped"] == counts["factor_two"] > 120
    assert counts["off_by_one_element"] > 100
    assert counts["wrong_operand"] >= 10 and counts["output_for_operand"] >= 10
    assert counts["missing_sum"] >= 5 and counts["other_operands_rule"] >= 10
    assert counts["missing_transpose"] >= 10


# ---------------------------------------------------------------------- no false alarm


SIZES = [(), (1,), (4,), (2, 3)]


def composed(random):
    """A random smooth program of a few operations, and inputs within its domain."""
    steps = [
        lambda torch, x: x.sin(), lambda torch, x: x * x, lambda torch, x: x.exp(),
        lambda torch, x: x.tanh(), lambda torch, x: 1 / (1 + x * x), lambda torch, x: x.sigmoid(),
        lambda torch, x: (1 + x * x).log(), lambda torch, x: (1 + x * x).sqrt(),
        lambda torch, x: x.sum(), lambda torch, x: x.mean(), lambda torch, x: x - 2 * x.cos(),
    ]  # fmt: skip
    chosen = [steps[i] for i in random.integers(0, len(steps), 3)]

    def function(torch, a, b):
        y = a * b
        for step in chosen:
            y = step(torch, y)
        return y

    return function


def checked_inputs(example, which, seeds):
    """How many inputs were checked; raises for the first that fails or gets a hint."""
    function, count = applied(example), 0
    for seed in seeds:
        tensors = example.draw(autograd_core, which, seed)
        report = check_gradients(function, tensors, complex_step=False)
        assert report.ok and not report.hints, f"seed {seed}: {report}"
        count += sum(tensor.numel() for tensor in tensors)
    return count


@pytest.mark.exhaustive
def test_ten_thousand_correct_inputs_pass():
    """Every input element of every example, drawn anew, is an input that must pass."""
    count = sum(
        checked_inputs(example, which, range(1, 9))
        for example in EXAMPLES
        for which in range(len(example.shapes))
    )
    random = np.random.default_rng(0)
    for _ in range(100):
        function = composed(random)
        for shape in SIZES:
            a, b = (autograd_core.tensor(random.uniform(-1.5, 1.5, shape), requires_grad=True)
                    for _ in range(2))  # fmt: skip
            report = check_gradients(lambda a, b: function(autograd_core, a, b), (a, b))
            assert report.ok and not report.hints, report
            count += 2 * a.numel()
    assert count >= 10_000


# ---------------------------------------------------------------------- hints


def leaf(data, dtype=autograd_core.float64):
    return autograd_core.tensor(data, dtype=dtype, requires_grad=True)


def kinds(function, *inputs):
    return {hint.kind for hint in check_gradients(function, inputs).hints}


def jump(x):
    return x + (x > 1).to(autograd_core.float64)


def noisy(amount):
    random = np.random.default_rng(0)
    return lambda x: x * (1 + amount * float(random.standard_normal()))


KINKS = {
    "relu at 0": (lambda x: x.relu(), [1.0, 0.0]),
    "abs at 0": (lambda x: x.abs(), [0.0]),
    "abs within a step of 0": (lambda x: x.abs(), [3e-7]),
    "maximum of equals": (lambda x: autograd_core.maximum(x, x * 2 - 1), [1.0]),
    "clamp at its limit": (lambda x: x.clamp(0, 1), [0.5, 1.0]),
    "a kink that sums hide": (lambda x: (x * x).sum() + x.abs().sum(), [2.0, 0.0, 1.0]),
}
SMOOTH = {
    "relu elsewhere": (lambda x: x.relu(), [1.0, -1.0, 1e-3]),
    "square at 0": (lambda x: x * x, [0.0]),
    "x |x| at 0": (lambda x: x * x.abs(), [0.0]),
    "great curvature": (lambda x: (100 * x).exp(), [0.1]),
    "fast oscillation": (lambda x: (2000 * x).sin(), [0.3]),
    "large values": (lambda x: 1e6 * x.sin(), [0.3]),
    "large inputs": (lambda x: x * 3, [1e6]),
    "near a pole": (lambda x: 1 / x, [1e-3]),
    "near the end of the domain": (lambda x: x.sqrt(), [1e-5]),
    "zero": (lambda x: x * 0, [1.0]),
}
JUMPS = {
    "a step": (jump, [1.0]),
    "floor": (lambda x: x.floor(), [0.5, 2.0]),
    "rounding": (lambda x: x.round(), [0.5]),
    "sign": (lambda x: x.sign(), [0.0]),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_hinted_at(name):
    function, data = KINKS[name]
    assert kinds(function, leaf(data)) == {"kink"}


@pytest.mark.parametrize("name", SMOOTH)
def test_no_hint_where_the_function_is_smooth(name):
    function, data = SMOOTH[name]
    assert kinds(function, leaf(data)) == set()


@pytest.mark.parametrize("name", JUMPS)
def test_a_discontinuity_is_hinted_at(name):
    function, data = JUMPS[name]
    assert kinds(function, leaf(data)) == {"discontinuity"}


@pytest.mark.parametrize("data", [[0.5], [1.5]])
def test_no_discontinuity_beside_the_jump(data):
    assert kinds(jump, leaf(data)) == set()


@pytest.mark.parametrize("amount", [1.0, 1e-3, 1e-9])
def test_randomness_is_hinted_at(amount):
    report = check_gradients(noisy(amount), leaf([1.0, 2.0]))
    assert {hint.kind for hint in report.hints} == {"randomness"}
    assert not report.ok


def test_no_randomness_where_the_seed_is_set_within():
    def function(x):
        autograd_core.manual_seed(0)
        return x * autograd_core.rand(2, dtype=x.dtype)

    assert kinds(function, leaf([1.0, 2.0])) == set()


def test_single_precision_is_hinted_at():
    x = leaf([1.0, 2.0], dtype=autograd_core.float32)
    assert kinds(lambda x: x * x, x) == {"float32"}
    assert kinds(lambda x: x * x, x.detach().double().requires_grad_()) == set()
    assert kinds(lambda x, c: x * c, leaf([1.0]), x.detach()) == set()


def test_what_a_function_computes_in_float32_is_hinted_at_and_is_no_kink():
    """A number in float64 times a float32 tensor is float32."""
    data = autograd_core.tensor([1.0, 2.0, 3.0], dtype=autograd_core.float32)
    assert kinds(lambda a: ((a * data + 0.5) ** 2).mean(), leaf(1.0)) == {"float32"}


def test_the_hint_says_where():
    (hint,) = check_gradients(lambda x: x.relu(), leaf([[1.0, 2.0], [0.0, 3.0]])).hints
    assert "x[1, 0]" in hint


class LeavesOut(autograd_core.autograd.Function):
    """x ** 2, with a backward that leaves out the incoming gradient."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x


def their_gradcheck_error():
    """The name ``torch.autograd.gradcheck`` leads to the function."""
    return import_module("torch.autograd.gradcheck").GradcheckError


class TheirsLeavesOut(pytorch.autograd.Function):
    forward, backward = LeavesOut.forward, LeavesOut.backward


def test_a_backward_that_leaves_out_the_incoming_gradient_is_hinted_at():
    """For a single number the incoming gradient is 1, so the slopes themselves agree."""
    report = check_gradients(LeavesOut.apply, leaf(3.0))
    assert all(c.ok.all() for c in report.comparisons)
    assert not report.ok and {hint.kind for hint in report.hints} == {"incoming"}


def test_pytorch_says_the_same_about_it():
    message = "backward not multiplied by grad_output"
    with pytest.raises(GradcheckError, match=message):
        gradcheck(LeavesOut.apply, leaf(3.0))
    x = pytorch.tensor(3.0, dtype=pytorch.float64, requires_grad=True)
    with pytest.raises(their_gradcheck_error(), match=message):
        pytorch.autograd.gradcheck(TheirsLeavesOut.apply, x)


def test_zero_times_an_infinite_slope_is_not_held_against_it():
    assert "incoming" not in kinds(lambda x: x.sqrt(), leaf(0.0))


# ---------------------------------------------------------------------- the report


def test_the_report_names_inputs_by_the_functions_parameters():
    def scaled(weight, signal):
        return weight * signal.detach()

    report = check_gradients(scaled, (leaf(2.0), leaf(3.0)))
    assert [c.name for c in report.comparisons] == ["weight", "signal"]
    assert report.worst.name == "signal"
    report = check_gradients(autograd_core.mul, (leaf(2.0), leaf(3.0)), names=["u", "v"])
    assert [c.name for c in report.comparisons] == ["u", "v"]
    assert report.ok and report


def test_the_second_opinion_by_complex_step():
    report = check_gradients(lambda x: x.sin() * x.exp(), leaf([0.3, 1.0]))
    (comparison,) = report.comparisons
    exact = np.diag([(np.cos(x) + np.sin(x)) * np.exp(x) for x in (0.3, 1.0)])  # product rule
    np.testing.assert_allclose(comparison.complex_step, exact, rtol=1e-15)
    assert "complex step" in str(report)
    (comparison,) = check_gradients(lambda x: x.abs(), leaf([0.3])).comparisons
    assert comparison.complex_step is None


def test_the_complex_step_agrees_for_every_analytic_example():
    rows = set()
    for example in EXAMPLES:
        tensors = example.draw(autograd_core)
        out = example.function(autograd_core, *tensors)
        made = out if isinstance(out, tuple) else (out,)
        nodes, _ = engine.reachable([each._grad_fn for each in made if each.requires_grad])
        if not all(each.operation.analytic for each in nodes):
            continue
        rows |= {each.operation.name for each in nodes}
        for c in check_gradients(applied(example), tensors).comparisons:
            np.testing.assert_allclose(c.complex_step, c.analytic, rtol=1e-9, atol=1e-12)
    said = {name for name, row in node.Operation.named.items() if row.analytic}
    assert said <= rows


def test_the_error_of_a_step_is_a_v():
    """Truncation falls as h², round-off grows as 1/h."""
    steps = 10.0 ** -np.arange(1, 12)
    found = [slopes(lambda a: [np.exp(a[0])], [np.array([1.0])], 0, step) for step in steps]
    errors = np.array([abs(central.item() - np.e) for ((central, _),) in found])
    best = int(np.argmin(errors))
    assert 3 <= best <= 6
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.05)
    assert errors[-1] > 100 * errors[best]


def test_differences_of_plain_functions():
    arrays = [np.array([1.0, 2.0]), np.array(3.0)]

    def evaluate(arrays):
        return [arrays[0] * arrays[1], arrays[0].sum()]

    first, second = (central for central, _ in slopes(evaluate, arrays, 0, 1e-6))
    np.testing.assert_allclose(first, [[3, 0], [0, 3]], rtol=1e-9)
    np.testing.assert_allclose(second, [[1, 1]], rtol=1e-9)
    first, second = complex_step_jacobian(evaluate, arrays, 1)
    np.testing.assert_array_equal(first, [[1], [2]])
    np.testing.assert_array_equal(second, [[0]])


def test_inputs_stay_as_they_are_although_the_function_changes_them():
    x = leaf([1.0, 2.0])

    def function(x):
        y = x * 1
        with autograd_core.no_grad():
            x.zero_()
        return y

    assert gradcheck(function, x)
    np.testing.assert_array_equal(x.detach().numpy(), [1, 2])
    assert x.grad is None


def test_nothing_to_compare():
    report = check_gradients(lambda x: x * 2, leaf(np.zeros((0, 3))))
    assert report.ok and "nothing to compare" in str(report) and report.worst is None


# ---------------------------------------------------------------------- beside PyTorch's


def slip(torch, wrong):
    """``x**2`` with a backward of one's own."""

    class Slip(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            return wrong(torch, g, *ctx.saved_tensors)

    return Slip.apply


COUNTER = {}


def reentrant_not(torch, g, x):
    COUNTER[torch] = COUNTER.get(torch, 0) + 1
    return g * 2 * x * (1 + 1e-7 * COUNTER[torch])


SAME_VERDICT = {
    "right": lambda torch, x: slip(torch, lambda torch, g, x: g * 2 * x)(x),
    "sign": lambda torch, x: slip(torch, lambda torch, g, x: -g * 2 * x)(x),
    "factor": lambda torch, x: slip(torch, lambda torch, g, x: g * x)(x),
    "within tolerance": lambda torch, x: slip(torch, lambda torch, g, x: g * 2.001 * x)(x),
    "beyond tolerance": lambda torch, x: slip(torch, lambda torch, g, x: g * 2.01 * x)(x),
    "nan": lambda torch, x: slip(torch, lambda torch, g, x: g * x * float("nan"))(x),
    "none": lambda torch, x: slip(torch, lambda torch, g, x: None)(x),
    "not reentrant": lambda torch, x: slip(torch, reentrant_not)(x),
    "several outputs": lambda torch, x: (x * 2, x.sin()),
    "an output that is detached": lambda torch, x: (x * 2, x.detach() * 3),
    "an output of whole numbers": lambda torch, x: (x * 2, (x * 3).to(torch.int64)),
    "detached": lambda torch, x: x.detach() * 2,
    "detached and constant": lambda torch, x: x.detach() * 0,
    "whole numbers only": lambda torch, x: (x * 3).to(torch.int64),
    "detached on the way": lambda torch, x: x * x.detach(),
    "relu": lambda torch, x: (x - 1.0).relu(),
    "floor": lambda torch, x: (x - 1.0).floor(),
    "an error": lambda torch, x: x.reshape(7),
}


@pytest.mark.parametrize("name", SAME_VERDICT)
def test_the_verdict_is_pytorchs(name):
    def verdict(torch, **options):
        x = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
        return torch.autograd.gradcheck(lambda x: SAME_VERDICT[name](torch, x), x, **options)

    try:
        theirs = verdict(pytorch)
    except Exception as error:
        with pytest.raises(RuntimeError) as found:
            verdict(autograd_core)
        ours = found.value
        assert isinstance(ours, GradcheckError) == isinstance(error, their_gradcheck_error())
        assert str(ours).split()[:4] == str(error).split()[:4]
        if isinstance(ours, GradcheckError):
            assert verdict(autograd_core, raise_exception=False) is False
    else:
        assert verdict(autograd_core) is theirs is True


@pytest.mark.parametrize(
    "call",
    [
        lambda torch: torch.autograd.gradcheck(lambda x: x, torch.tensor(1.0)),
        lambda torch: torch.autograd.gradcheck(lambda x: x, ()),
    ],
)
def test_errors_of_the_call_are_pytorchs(call):
    found = []
    for torch in (pytorch, autograd_core):
        with pytest.raises(Exception) as error:
            call(torch)
        found.append((type(error.value), str(error.value).split()[:10]))
    assert found[0] == found[1]


def test_options_are_pytorchs():
    x = leaf([1.0])
    wrong = slip(autograd_core, lambda torch, g, x: g * 2.01 * x)
    assert not gradcheck(wrong, x, raise_exception=False)
    assert gradcheck(wrong, x, rtol=0.1)
    assert gradcheck(wrong, x, atol=0.1)
    assert gradcheck(lambda x: x**2, x, eps=1e-4, nondet_tol=0.0, fast_mode=False)
    COUNTER.clear()
    drifting = slip(autograd_core, reentrant_not)
    assert not gradcheck(drifting, x, raise_exception=False)
    assert gradcheck(drifting, x, nondet_tol=1e-3)


@pytest.mark.parametrize("torch", [autograd_core, pytorch])
def test_single_precision_warns_as_pytorchs(torch):
    x = torch.tensor([1.0], dtype=torch.float32, requires_grad=True)
    with pytest.warns(UserWarning, match="double precision floating point"):
        torch.autograd.gradcheck(lambda x: x * 2, x, eps=1e-2)


# ---------------------------------------------------------------------- second derivatives


# (an example that is itself a gradient has its second derivative checked with the first)
@one_in(3)
@pytest.mark.parametrize("example", [e for e in EXAMPLES if "gradient of" not in e.name], ids=str)
def test_second_derivatives_of_every_example(example):
    for which in range(len(example.shapes)):
        tensors = example.draw(autograd_core, which)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert gradgradcheck(applied(example), tensors, atol=1e-4)


@pytest.mark.parametrize("torch", [autograd_core, pytorch])
def test_gradgradcheck_catches_a_wrong_second_derivative(torch):
    def detached(torch, g, x):
        return g * 2 * x.detach()  # right, but a constant to the second derivative

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    function = slip(torch, detached)
    assert torch.autograd.gradcheck(function, x)
    assert not torch.autograd.gradgradcheck(function, x, raise_exception=False)
    expected = their_gradcheck_error() if torch is pytorch else GradcheckError
    with pytest.raises(expected, match="Jacobian mismatch"):
        torch.autograd.gradgradcheck(function, x)


def test_gradgradcheck_with_incoming_gradients_of_ones_own():
    x = leaf([1.0, 2.0])
    weight = autograd_core.tensor([0.5, -3.0], dtype=x.dtype)
    assert gradgradcheck(lambda x: x**3, x, weight)
    assert gradgradcheck(lambda x: (x**3, x.sin()), (x,), (weight, weight * 2))
    assert weight.grad is None and not weight.requires_grad


def test_only_some_elements_can_be_compared():
    from autograd_core.gradcheck import compare

    x = np.arange(6.0).reshape(2, 3)
    analytic = [{0: 2 * x.reshape(1, 6) + (np.arange(6) == 4)}]  # wrong at [1, 1]
    report = compare(
        lambda arrays: [np.asarray((arrays[0] ** 2).sum())], analytic, [x], [0], ["x"], [()],
        eps=1e-6, atol=1e-5, rtol=1e-3, columns={0: [5, 4, 0]},
    )  # fmt: skip
    (comparison,) = report.comparisons
    assert comparison.ok.tolist() == [[True, False, True]]
    assert comparison.worst == ((), (1, 1))
    assert comparison.numeric[0] == pytest.approx([10.0, 8.0, 0.0], abs=1e-6)
