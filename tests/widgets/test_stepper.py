"""BackwardStepper in Python: what it tells, what it shows, what it syncs."""

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

import autograd_core
from tests.browser import worked
from tests.oracle import torch as pytorch
from widgets import BackwardStepper, record
from widgets.recorders.example import example
from widgets.words.narration import narrate

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<img src=x onerror=hacked()>"


def sentence(step):
    return BackwardStepper(example(), step=step).describe()


# ---------------------------------------------------------------- what it tells


def test_forward_then_backward():
    stepper = BackwardStepper(example())
    phases = [moment.phase for moment in stepper.moments]
    assert phases == ["start"] + ["forward"] * 7 + ["backward"] * 6
    assert stepper.step == 7  # the forward pass is over, the backward pass begins


def test_a_forward_step_says_what_appears():
    assert sentence(3) == "Step 3 of 13, forward: p = x * w gives 6."


def test_a_backward_step_says_what_is_sent_and_writes_the_sum_out():
    assert sentence(11) == (
        "Step 11 of 13, backward: p has its complete gradient, 12, and sends 36 to x "
        "(3 + 36 = 39, 2 of 2) and 24 to w."
    )


def test_a_leaf_adds_to_what_its_grad_held():
    assert sentence(12).endswith("x has its complete gradient, 39, and keeps it: x.grad is now 39.")
    assert sentence(13).endswith("w.grad was 1 and is now 1 + 24 = 25.")


def test_the_rule_in_symbols_then_with_numbers():
    to_x, to_w = BackwardStepper(example()).moments[11].rules
    assert (to_x.symbols, to_x.sends, to_x.total) == (
        "∂p/∂x = w = 3", "12 · 3 = 36", "3 + 36 = 39, 2 of 2"
    )  # fmt: skip
    assert (to_w.symbols, to_w.sends, to_w.total) == ("∂p/∂w = x = 2", "12 · 2 = 24", "24, 1 of 1")


def test_an_operand_that_comes_twice_has_two_rules():
    first, second = BackwardStepper(example()).moments[10].rules
    assert first.symbols.startswith("∂(p·p)/∂p₁ = ") and second.symbols.startswith("∂(p·p)/∂p₂ = ")
    assert second.total == "6 + 6 = 12, 2 of 2"


def test_a_sum_has_as_many_decimals_as_its_longest_part():
    stepper = worked.stepper()
    totals = [rule.total for moment in stepper.moments for rule in moment.rules]
    assert "0.8759 + 0.2116 = 1.0875, 2 of 2" in totals


def test_the_rule_of_a_square():
    import autograd_core as torch

    a = torch.tensor(3.0, requires_grad=True)
    o1 = a**2
    rule = BackwardStepper(o1).moments[-2].rules[0]
    assert rule.symbols == "∂o1/∂a = 2·a = 2·3 = 6"


def classifier(torch):
    """Two layers' stepper; their operations all stand in the one place ``model(inputs)``."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    inputs = torch.ones(4, 2)
    labels = torch.tensor([0, 1, 1, 0])
    return BackwardStepper(torch.nn.functional.cross_entropy(model(inputs), labels))


def test_of_the_operations_in_a_call_only_the_last_is_called_like_it():
    import autograd_core as torch

    said = classifier(torch).transcript()
    assert "forward: t(model.0.weight) gives 2×3." in said
    assert "forward: addmm(model.0.bias, inputs, t(model.0.weight)) gives 4×3." in said
    assert "forward: tanh(addmm #1) gives 4×3." in said
    assert "forward: model(inputs) gives 4×2." in said
    assert "to tanh #1 and 3×2 to t(model.2.weight)." in said


def test_without_code_an_operation_is_called_by_its_operands():
    from tests.oracle import torch

    said = classifier(torch).transcript()
    assert "forward: t(model.0.weight) gives 2×3." in said
    assert "backward: t(model.0.weight) has its complete gradient, 2×3" in said


def test_every_operation_of_one_line_in_a_loop_keeps_its_words():
    import autograd_core as torch

    w = torch.tensor(0.5, requires_grad=True)
    h = w
    for _ in range(2):
        h = h * w + 1
    assert BackwardStepper(h).transcript().count("forward: h * w gives") == 2


def test_a_name_that_another_value_has_later_is_no_name_in_a_rule():
    import autograd_core as torch

    w = torch.tensor(0.5, requires_grad=True)
    h = w
    for i in range(2):
        h = (h * w + 0.1 * i).sin() * (h + 1)
    rules = [rule for moment in BackwardStepper(h).moments for rule in moment.rules]
    said = [(rule.symbols, rule.note) for rule in rules]
    assert ("∂(mul #3)/∂u = w = 0.5", "u is the result of mul #2, 0.3711") in said
    assert said[0] == (
        "∂h/∂u = v = 1.3711",
        "u is the result of sin #2, 0.2817; v is the result of add #4, 1.3711",
    )


# ---------------------------------------------------------------- how gradients stand


def test_the_states_of_a_gradient():
    x = [BackwardStepper(example(), step=step).standing()[0][1:] for step in (7, 9, 11)]
    assert x == [("nothing", "", ""), ("partial", "3", "1 of 2"), ("complete", "39", "2 of 2")]


def test_exactly_zero_is_a_state_of_its_own_and_nearly_zero_is_not():
    import autograd_core as torch

    for factor, state in ((0.0, "zero"), (1e-30, "complete")):
        z = torch.tensor(5.0, requires_grad=True)
        stepper = BackwardStepper(z * factor)
        stepper.step = stepper.steps
        assert stepper.standing()[0][1] == state


def test_tensors_show_shapes_sums_and_transposes():
    import autograd_core as torch

    W = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]], requires_grad=True)
    b = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    h = X @ W
    y = (h + b).sum()
    stepper = BackwardStepper(y)
    rules = {rule.to: rule for moment in stepper.moments for rule in moment.rules}
    assert rules["b"].note == ("b was broadcast, so the gradient is summed over the first axis: 4×3 → 3")
    assert "ᵀ" in rules["X"].symbols and "ᵀ" in rules["W"].symbols
    assert rules["W"].note == "shapes: (4×2)ᵀ @ (4×3) → (2×3)"
    grids = dict(rules["b"].grids)
    assert grids["sent"] == [["4", "4", "4"]]
    assert BackwardStepper(stepper.trace).describe()


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
def test_a_box_shows_numbers_of_any_size_and_its_details_what_they_are_like(torch):
    x = torch.tensor([[1.0], [-2.5]], requires_grad=True)
    large = torch.tensor([[3.0, 0.0, math.inf] * 50, [math.nan] * 150])
    y = (x * large).sum()
    stepper = BackwardStepper(y, names={"x": x, "large": large})
    nodes = {node["name"]: node for node in stepper.data["nodes"]}
    assert (nodes["x"]["value"], nodes["large"]["value"]) == ("[[1], [−2.5]]", "2×150 ‖nan‖")
    assert nodes["x"]["figures"] == ["−2.5", "1", "−0.75", "2.6926", "0", "0", "0"]
    assert nodes["large"]["figures"] == ["nan", "nan", "nan", "nan", "50", "150", "50"]
    assert "figures" not in nodes["y"]
    changes = {change.node: change for moment in stepper.moments for change in moment.changes}
    of_product = changes[int(stepper.trace.operands(stepper.trace.outputs[0])[0].producer[1:])]
    assert (of_product.text, of_product.figures[:4]) == ("2×150 ‖17.3‖", ["1", "1", "1", "17.3205"])


# ---------------------------------------------------------------- what it shows


@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_every_step_has_a_picture_that_says_it(direction):
    stepper = BackwardStepper(example(), direction=direction)
    seen = set()
    for step in range(stepper.steps + 1):
        stepper.step = step
        tree = ElementTree.fromstring(stepper.svg())
        assert tree.find(f"{SVG}desc").text == stepper.describe()
        seen.add(stepper.svg())
    assert len(seen) == stepper.steps + 1


def test_the_picture_of_a_large_graph_shows_the_part_where_the_work_is():
    import autograd_core as torch

    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(400):
        y = y.sin()
    stepper = BackwardStepper(y)
    stepper.step = 500
    parts = len(stepper.levels) - 1
    assert stepper.svg().count(">part ") == parts < 40 and "#0072b2" in stepper.svg()
    stepper.level = stepper.levels.ways[302][-1]
    svg = stepper.svg()
    assert 0 < svg.count(">sin #") < 60 and len(svg) < 100_000
    assert "#0072b2" in svg  # the node at work is there


def test_a_node_can_be_drawn_however_it_is_called():
    trace = example()
    nodes = tuple(replace(node, name=HOSTILE) for node in trace.nodes)
    stepper = BackwardStepper(replace(trace, nodes=nodes), step=11)
    tree = ElementTree.fromstring(stepper.svg())
    assert HOSTILE in "".join(tree.itertext())
    assert "<img" not in stepper.svg()


def test_the_text_marks_the_present_step():
    stepper = BackwardStepper(example(), step=9)
    lines = stepper.text().splitlines()
    assert [line[2:] for line in lines] == [moment.sentence for moment in stepper.moments]
    assert [i for i, line in enumerate(lines) if line.startswith(">")] == [9]
    assert stepper._repr_mimebundle_()[0]["text/plain"] == stepper.text()


# ---------------------------------------------------------------- what it accepts


@pytest.mark.parametrize("step", [-1, 14])
def test_a_step_that_does_not_exist(step):
    stepper = BackwardStepper(example())
    with pytest.raises(ValueError, match="from 0 to 13"):
        stepper.step = step
    assert stepper.step == 7
    with pytest.raises(ValueError, match="from 0 to 13"):
        BackwardStepper(example(), step=step)


def test_a_node_that_does_not_exist():
    stepper = BackwardStepper(example())
    stepper.selected = "n3"
    with pytest.raises(ValueError, match="id of a node"):
        stepper.selected = "p"
    assert stepper.selected == "n3"


def test_a_direction_that_does_not_exist():
    with pytest.raises(ValueError, match="vertical"):
        BackwardStepper(example(), direction="up")


def test_what_is_not_a_tensor():
    with pytest.raises(TypeError, match="tensor"):
        BackwardStepper(3.0)


def test_an_argument_that_does_not_exist_is_named_with_those_that_do():
    import autograd_core as torch

    x = torch.tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match="no argument 'nme'.*names, gradient"):
        BackwardStepper(x * x, nme=3)
    with pytest.raises(TypeError, match="names would change nothing"):
        BackwardStepper(example(), names={"x": x})
    assert x.grad is None


def test_it_leaves_the_gradients_that_backward_leaves():
    import autograd_core as torch

    x = torch.tensor(3.0, requires_grad=True)
    BackwardStepper(x * x)
    assert x.grad.item() == 6.0


def test_torch_tensors_tell_the_same_story():
    from tests.oracle import torch

    scope = {"torch": torch}
    exec(re.sub("import .*\n", "", worked.CODE).replace("from widgets ", ""), scope)
    theirs = BackwardStepper(scope["y"], names=scope)
    ours = worked.stepper()
    gradients = [
        {
            stepper.trace.nodes[change.node].name: change.text
            for moment in stepper.moments
            for change in moment.changes
            if stepper.trace.nodes[change.node].kind == "leaf"
        }
        for stepper in (theirs, ours)
    ]
    assert gradients[0] == gradients[1] == {
        "p1": "19.5745", "p2_1": "1.0581", "p2_2": "2.9195", "p3": "−0.9488"
    }  # fmt: skip


def test_a_trace_without_a_backward_pass_is_only_walked_forward():
    trace = example()
    forward = replace(trace, steps=trace.steps[:7], seeds=(None,))
    assert [moment.phase for moment in narrate(forward)][-1] == "forward"
    assert BackwardStepper(forward).steps == 7


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["autograd_core", "torch"])
def test_where_elements_lie_is_counted_and_the_first_of_them_are_kept(torch):
    W = torch.arange(0.0, 300.0).requires_grad_()
    stepper = BackwardStepper((W * W).sum())
    node = stepper.data["nodes"][0]
    assert node["bins"] == [15] * 20 and node["gradientBins"] == [15] * 20
    value, gradient = stepper.elements["n0"]
    assert value == [[str(i) for i in range(100)], 300, [15] * 20]
    assert gradient == [[str(2 * i) for i in range(100)], 300, [15] * 20]


def test_of_a_large_graph_the_elements_of_what_is_selected_are_sent():
    import autograd_core as torch

    y = torch.ones(200, requires_grad=True)
    for _ in range(120):
        y = y * 1.5
    stepper = BackwardStepper(y.sum())
    assert stepper.elements == {}
    stepper.selected = "n0"
    assert [*stepper.elements] == ["n0"] and stepper.elements["n0"][0] == [["1"] * 100, 200, []]


# ---------------------------------------------------------------------- very large traces


def test_levels_that_come_on_demand_are_those_that_would_all_be_sent(monkeypatch):
    trace = record(long_chain(300))
    whole = BackwardStepper(trace)
    monkeypatch.setattr("widgets.stepper.widget.VERY_LARGE_GRAPH", 10)
    some = BackwardStepper(trace)
    assert some.on_demand and not whole.on_demand and [*some.parts] == ["0"]
    for level in range(len(whole.levels)):
        whole.level = some.level = level
        assert [*some.parts] == [str(level)]
        assert some.transcript() == whole.transcript()
        for step in whole.here()[:: max(1, len(whole.here()) // 5)]:
            whole.step = some.step = step
            assert some.standing() == whole.standing() and some.describe() == whole.describe()
    assert [*some.page_state()["parts"]] in (["packed"], [str(i) for i in range(len(whole.levels))])


def long_chain(operations):
    y = autograd_core.tensor(0.5, requires_grad=True)
    for _ in range(operations // 2):
        y = (y * 0.999).sin()
    return y


def test_of_a_very_large_trace_little_is_sent_at_first():
    stepper = BackwardStepper(long_chain(2000))
    first = json.dumps(stepper.get_state(["data", "parts", "elements"]))
    assert len(first) < 150_000
    assert all(len(level.boxes) <= 50 for level in stepper.levels)
    assert len(json.dumps(stepper.page_state())) < 600 * 2000
    stepper.selected = "n1999"
    with pytest.raises(ValueError, match="selected must be"):
        stepper.selected = "n999999"


@pytest.mark.exhaustive
def test_twenty_thousand_operations_of_pytorch_can_be_stepped_through():
    x = y = pytorch.tensor(0.5, requires_grad=True)
    for _ in range(10_000):
        y = (y * 0.999).sin()
    stepper = BackwardStepper(y)
    assert len(json.dumps(stepper.get_state(["data", "parts"]))) < 2_000_000
    stepper.level = len(stepper.levels) - 1
    assert stepper.steps > 50_000 and "Step" in stepper.transcript() and x.grad is not None
