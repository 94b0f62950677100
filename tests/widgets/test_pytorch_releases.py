"""What PyTorch does not promise may go: the rest is recorded, what is left out is said, nothing is false.

So it is with the rules, too: where an older or a newer release takes another derivative than the
engine, the engine's formula is not shown.
"""

import functools
import json
import warnings
from collections import Counter

import pytest

from tests.exhaustive import one_in, some_of
from tests.oracle import torch
from tests.widgets import programs
from widgets import GradientCheck, record
from widgets.libraries import TESTED
from widgets.trace import BACKWARD
from widgets.words.narration import narrate

PROGRAMS = {
    **{program.__name__: program for program in programs.PROGRAMS},
    **{name: functools.partial(programs.one_operation, operation=operation)
       for name, operation in programs.OPERATIONS.items()},
}  # fmt: skip


@pytest.fixture
def private():
    torch.Tensor  # without PyTorch the test ends here, loudly
    from widgets.libraries import pytorch_private

    return pytorch_private


def recorded(name):
    output, names = PROGRAMS[name](torch)
    return record(output, names)


def names_asked(private, monkeypatch):
    """What is read of PyTorch in all programs: from each name to the programs that ask for it."""
    asked, get = {}, private._get
    for program in PROGRAMS:

        def spy(node, name):
            asked.setdefault(name, set()).add(program)
            return get(node, name)

        monkeypatch.setattr(private, "_get", spy)
        recorded(program)
    monkeypatch.setattr(private, "_get", get)
    return asked


def hide(private, monkeypatch, hidden):
    get = private._get

    def without(node, name):
        if name == hidden:
            raise AttributeError(name)
        return get(node, name)

    monkeypatch.setattr(private, "_get", without)


def facts(trace):
    """What a trace claims: values, gradients, and formulas."""

    def text(value):
        return json.dumps(value.data, default=str)

    claimed = Counter()
    for node in trace.nodes:
        if node.value is not None:
            claimed["value", text(node.value)] += 1
        if node.grad is not None:
            claimed["grad", node.name if node.named else "", text(node.grad)] += 1
    for edge in trace.edges:
        if edge.formula is not None:
            claimed["formula", trace.node(edge.consumer).op, edge.formula.code] += 1
    return claimed


def passes(trace):
    """The gradients that operations sent; that one of several results hands on its own is left out."""
    return Counter(
        (trace.node(step.node).op, str(sent.value and sent.value.data))
        for step in trace.steps if step.phase == BACKWARD and trace.node(step.node).op != "output"
        for sent in step.contributions
    )  # fmt: skip


def test_every_program_is_recorded_without_a_word_of_what_is_missing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for program in PROGRAMS:
            recorded(program)


@pytest.mark.exhaustive
def test_whatever_name_is_gone_the_rest_is_recorded_and_nothing_is_false(private, monkeypatch):
    asked = names_asked(private, monkeypatch)
    assert {"_sequence_nr", "_input_metadata", "variable", "metadata", "_saved_other"} <= set(asked)
    for name, users in asked.items():
        for program in sorted(users):
            whole = recorded(program)
            with monkeypatch.context() as patch, warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                hide(private, patch, name)
                less = recorded(program)
            where = f"{program} without {name}"
            assert passes(less) == passes(whole), where
            invented = facts(less) - facts(whole)
            assert not invented, (where, invented)
            if facts(less) != facts(whole):
                assert any(f"`{name}`" in str(each.message) for each in said), where
            for each in said:
                assert "is left out" in str(each.message) and TESTED[0] in str(each.message)


@pytest.mark.parametrize("name, rests", [
    ("_sequence_nr", "in which order"), ("_input_metadata", "shapes and types"),
    ("variable", "leaves"), ("metadata", "source lines"),
    ("_saved_other", "what MulBackward0 was called with"),
])  # fmt: skip
def test_what_is_left_out_is_said_in_a_sentence(private, monkeypatch, name, rests):
    hide(private, monkeypatch, name)
    x = torch.tensor(3.0, requires_grad=True)
    y = x * torch.tensor([2.0, 5.0])
    with pytest.warns(UserWarning, match=f"does not tell `{name}`.*{rests}"):
        record(y.sum())


def test_a_leaf_that_pytorch_does_not_tell_is_known_by_its_variable(private, monkeypatch):
    hide(private, monkeypatch, "variable")
    x = torch.tensor(3.0, requires_grad=True)
    y = x * torch.tensor(2.0, requires_grad=True)
    with pytest.warns(UserWarning):
        trace = record(y)
    values = [node.value and node.value.data for node in trace.nodes if node.kind == "leaf"]
    assert sorted(values, key=str) == [3.0, None]
    assert x.grad.item() == 2.0


OF_CHECKS = ["_sequence_nr", "_input_metadata", "variable", "_version", "DisableTorchFunctionSubclass",
             "_len_torch_function_stack", "_pop_torch_function_stack",
             "_push_on_torch_function_stack", "_get_function_stack_at"]  # fmt: skip


@one_in(2)
@pytest.mark.parametrize("name", some_of(OF_CHECKS, 2))
def test_a_check_of_gradients_needs_none_of_it(private, monkeypatch, name):
    hide(private, monkeypatch, name)
    x = torch.linspace(0.1, 0.9, 3, dtype=torch.float64, requires_grad=True)
    large, square = torch.ones(2**17, dtype=torch.float64), programs.forgetful(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        good = GradientCheck(lambda x: (x.sin() * large[:3]).sum(), x)
        wrong = GradientCheck(lambda x: square(x).sum(), x)
    assert good.agrees and not wrong.agrees
    assert torch.ones(2).__class__ is torch.Tensor and not private.modes()


# ---------------------------------------------------------------------- rules


def formula_of(trace, op):
    (edge,) = (e for e in trace.edges if trace.node(e.consumer).op == op and e.flows)
    return edge.formula


def note_on(trace, op):
    """What the stepper says below the gradient that an operation sends."""
    (note,) = (rule.note for moment in narrate(trace) for rule in moment.rules
               if trace.node(trace.edges[rule.edge].consumer).op == op)  # fmt: skip
    return note


def unknown(x):
    return torch.special.i0e(x)


def changed_by_a_hook(x):
    y = x.sin()
    y.grad_fn.register_hook(lambda sent, received: (sent[0] * 2,))
    return y


def at_a_limit(x):
    return x.clamp(0.0, 1.0)


@pytest.mark.parametrize("function, op", [
    (unknown, "special_i0_e"), (changed_by_a_hook, "sin"),
])  # fmt: skip
def test_what_is_not_known_has_no_formula_and_says_so(function, op):
    x = torch.tensor([0.5, 1.0, 2.0], requires_grad=True)
    trace = record(function(x).sum(), {"x": x})
    assert formula_of(trace, op) is None
    assert "is not known here" in note_on(trace, op)
    (x_node,) = (node for node in trace.nodes if node.name == "x")
    assert x_node.grad.data == x.grad.tolist()


@pytest.mark.parametrize("function", [at_a_limit, lambda x: x.relu(), lambda x: x.abs(),
                                      lambda x: torch.maximum(x, x.detach())])  # fmt: skip
def test_a_formula_at_a_kink_gives_what_this_pytorch_sent(function):
    x = torch.tensor([0.0, 0.5, 1.0, -2.0], requires_grad=True)
    trace = record(function(x).sum(), {"x": x})
    (sent,) = (
        sent
        for step in trace.steps
        if step.phase == BACKWARD
        for sent in step.contributions
        if trace.node(trace.edges[sent.edge].producer).name == "x"
    )
    if trace.edges[sent.edge].formula is not None:
        assert sent.local.data == x.grad.tolist()  # the incoming gradient is 1
    else:
        assert sent.local is None


@pytest.mark.parametrize("write, node", [
    (lambda a: a.__setitem__([0], 1.0), ("IndexPutBackward0", "IndexFillBackward0")),
    (lambda a: a.__setitem__(a > 0, 2.0), ("IndexPutBackward0", "MaskedFillBackward0")),
    (lambda a: a.__setitem__(..., 2.0), ("FillBackward3", "FillBackward2")),
])  # fmt: skip
def test_a_number_put_in_is_recorded_under_either_name(write, node):
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    a = x * 2
    write(a)
    assert a.grad_fn.name() in node
    trace = record(a.sum(), {"x": x})
    assert next(n for n in trace.nodes if n.name == "x").grad.data == x.grad.tolist()


def test_a_layer_of_one_dimension_is_recorded_under_either_name():
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = torch.nn.Linear(3, 2)(x)
    assert y.grad_fn.name() in ("ViewBackward0", "UnsafeViewBackward0")
    trace = record(y.sum(), {"x": x})
    (*_, made) = (n for n in trace.nodes if n.backward == y.grad_fn.name())
    assert made.value.data == pytest.approx(y.tolist())
    assert all(e.formula is not None for e in trace.edges if e.consumer == made.id)
