"""The rules of operations: every name in them is the node's that bears it in the picture."""

import re

import pytest

import autograd_core
from tests.oracle import torch as pytorch
from widgets import BackwardStepper
from widgets.answers.arithmetic import Unreadable, read
from widgets.answers.backward_pass import BackwardPass
from widgets.quiz.hints import hints_for
from widgets.words.expressions import Expressions

BOTH = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])


def predict(a, x=1):
    return a * x + 5


def error(a, x=1, target=7):
    return (predict(a, x) - target) ** 2


def sq(a):
    return a**2


def turned(k, w):
    return k * w + (k - w) * w.sin()


def leaf(torch, value):
    return torch.tensor(value, requires_grad=True)


def rules_of(y, **names):
    stepper = BackwardStepper(y, names=names)
    return stepper, [rule for moment in stepper.moments for rule in moment.rules]


def symbols_of(y, **names):
    return [rule.symbols for rule in rules_of(y, **names)[1]]


# ---------------------------------------------------------------- names inside functions


def test_inside_a_function_a_derivative_is_by_the_operand_it_is_sent_to():
    a = leaf(autograd_core, 1.0)
    _, rules = rules_of(error(a, x=3), a=a)
    assert (rules[-1].to, rules[-1].symbols) == ("a", "∂(a·x)/∂a = x = 3")
    assert rules[0].symbols.endswith("= 2·(predict(a, x) − target) = 2·1 = 2")


def test_a_leaf_is_called_as_the_caller_calls_it():
    b = leaf(autograd_core, 3.0)
    stepper, (outer, inner) = rules_of(sq(b) + 1, b=b)
    assert (outer.to, inner.symbols) == ("b²", "∂(b²)/∂b = 2·b = 2·3 = 6")
    assert "forward: a**2 gives 9." in stepper.transcript()  # the code itself stays as it is


def test_what_a_function_was_given_stands_in_place_of_its_parameter():
    b, c = leaf(autograd_core, 3.0), leaf(autograd_core, 2.0)
    assert "∂((b·c)²)/∂(b·c) = 2·(b·c) = 2·6 = 12" in symbols_of(sq(b * c) + sq(b), b=b, c=c)


def test_parameters_that_the_caller_has_the_other_way_round():
    a, x = leaf(autograd_core, 2.0), leaf(autograd_core, 5.0)
    found = symbols_of(error(x, a), a=a, x=x)
    assert found[-2:] == ["∂(x·a)/∂x = a = 2", "∂(x·a)/∂a = x = 5"]
    assert not any("predict" in each for each in found)  # there its a would be x


def test_a_number_whose_name_may_be_the_other_ones_is_called_by_its_value():
    b = leaf(autograd_core, 2.0)
    assert "∂(b·3)/∂b = 3" in symbols_of(turned(3.0, b), b=b)


# ---------------------------------------------------------------- letters


@BOTH
def test_a_letter_is_nobodys_name_and_is_said_in_the_words_of_a_box(torch):
    b = leaf(torch, 3.0)
    E = error(b)
    stepper, rules = rules_of(E, b=b, E=E)
    assert (rules[0].symbols, rules[0].note) == ("∂E/∂u = 2·u = 2·1 = 2", "u is the result of sub #1, 1")
    assert "sub #1" in [node["op"] for node in stepper.data["nodes"]]


@BOTH
def test_a_leaf_called_like_a_letter_keeps_its_name_for_itself(torch):
    a, u, v = leaf(torch, 1.0), leaf(torch, 2.0), leaf(torch, 0.5)
    E = ((a * u * v + 2 * u * v + 3 * a * v) * (a + u + 3 * u * v)) ** 3
    _, rules = rules_of(E, a=a, u=u, v=v, E=E)
    assert rules[0].symbols.startswith("∂E/∂w = 3·w²")
    assert rules[0].note.startswith("w is the result of mul #")


def test_one_value_has_one_letter_and_two_have_two():
    a = leaf(pytorch, 2.0)
    h = a.sin()
    y = h * h + h.cos() * h.exp()
    symbols = symbols_of(y, a=a)
    assert "∂(mul #2)/∂u₁ = u = 0.9093" in symbols or "∂(mul #1)/∂u₁ = u = 0.9093" in symbols
    assert any(re.search(r"/∂u = v = ", each) for each in symbols)


@BOTH
@pytest.mark.parametrize("made", [
    lambda a, b, x: error(a, b), lambda a, b, x: error(b, a), lambda a, b, x: error(x, x),
    lambda a, b, x: sq(b * a) + sq(b), lambda a, b, x: turned(a, x) * turned(x, b),
    lambda a, b, x: turned(2.5, a) + turned(x, 1.5 * b), lambda a, b, x: (error(b) + 9) ** 0.3,
    lambda a, b, x: sq(sq(a) - sq(x) * b),
])  # fmt: skip
def test_what_a_rule_says_is_true_of_the_nodes_that_bear_its_names(torch, made):
    scope = {name: leaf(torch, value) for name, value in (("a", 1.25), ("b", 0.75), ("x", 3.5))}
    stepper, rules = rules_of(made(**scope), **scope)
    values = {node.name: node.value.data for node in stepper.trace.nodes if node.named}
    checked = 0
    for rule in rules:
        derivative, *rest = rule.symbols.split(" = ")
        letters = {letter: float(value.replace("−", "-")) for letter, value in
                   re.findall(r"(\w+) is the result of \w+ #\d+, ([−\d.]+)", rule.note)}  # fmt: skip
        by = re.sub("[₁₂]$", "", derivative.rpartition("/∂")[2])
        assert by in (rule.to, f"({rule.to})") or by in letters or f"{by} is the result" in rule.note
        assert not letters.keys() & values.keys()
        try:
            known = {name: f"({value})" for name, value in (values | letters).items()}
            plain = [
                re.sub(r"\b[a-z]\b(?!\()", lambda name: known.get(name[0], name[0]), each, flags=re.A)
                for each in rest
            ]
            found = [read(each) for each in plain]
        except Unreadable:  # a value that was not kept, or a name from inside a function
            continue
        assert found == pytest.approx([found[-1]] * len(found), rel=2e-3, abs=1e-4)
        checked += 1
    assert checked >= len(rules) / 2


# ---------------------------------------------------------------- hints, words


def test_hints_with_numbers_use_the_same_names():
    a = leaf(autograd_core, [[1.0, 2.0], [3.0, 4.0]])
    W = leaf(autograd_core, [[1.0, 0.0], [2.0, 1.0]])
    stepper, _ = rules_of((W @ a).sum(), a=a, W=W)
    passed = BackwardPass(stepper.trace)
    (node,) = (node for node in stepper.trace.nodes if node.name == "W")
    numbers = hints_for(passed, node)[2]
    assert "g @ aᵀ, with" in numbers and " a = " in numbers and " b = " not in numbers


def test_a_value_that_was_not_kept_is_told_in_a_sentence():
    x = leaf(pytorch, [[[1.0, 2.0, 3.0]]])
    w = leaf(pytorch, [[[0.5, 1.0]]])
    y = pytorch.nn.functional.conv1d(x, w).sum()
    told = BackwardStepper(y, names={"x": x, "w": w}).transcript()
    assert "gives not kept" not in told
    assert "convolution(x, w) was computed, and its value not kept." in told


def test_an_operation_with_several_results_says_so():
    x = leaf(pytorch, [3.0, 1.0, 2.0])
    first, second = x.unbind()[:2]
    told = BackwardStepper(first * second, names={"x": x}).transcript()
    assert "unbind(x) has several results." in told


@pytest.mark.exhaustive
def test_a_long_chain_of_rebindings_is_read_without_end():
    x = leaf(autograd_core, 0.5)
    y = x
    for _ in range(3000):
        y = y * x
    trace = BackwardStepper(y, names={"x": x}).trace
    code = Expressions(trace)
    assert code.tree(trace.nodes[-1]) is None
