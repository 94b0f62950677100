"""A trace as levels: each can be read at once, and together they are the whole of it."""

import pytest

import autograd_core as torch
from tests.exhaustive import some_of
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch
from tests.widgets.models import MODELS
from widgets import BackwardStepper, record, watching
from widgets.levels import MORE, Levels, stops
from widgets.recorders.example import example

MOST = 50


def recorded(library, name):
    library.manual_seed(0)
    model, run = MODELS[name](library)
    with watching() as seen:
        loss = run()
    assert model  # a variable by which its parameters are called
    return record(seen if loss is None else loss)


def chain(length, parameters=1):
    leaves = [torch.tensor(0.5, requires_grad=True) for _ in range(parameters)]
    y = leaves[0]
    for number in range(length):
        y = y * leaves[number % parameters]
    return record(y)


def names(levels, number=0):
    """What the boxes of a level are called."""
    nodes = BackwardStepper(levels.trace).data["nodes"]
    return [" ".join(filter(None, [nodes[box]["name"], nodes[box]["op"]])) for box in levels[number].boxes]


def whole(levels):
    """Whether each node and each level is on exactly one level, and each is small enough to be read."""
    shown = [box for level in levels for box in level.boxes if box not in level.around]
    return sorted(shown) == [
        each for each in range(levels.count + len(levels)) if each != levels.count
    ] and all(len(level.boxes) <= MOST for level in levels)


def test_without_scopes_there_is_one_level():
    levels = Levels(example())
    assert len(levels) == 1 and whole(levels) and not levels[0].around
    assert BackwardStepper(example()).data["stops"] == []


@pytest.mark.parametrize("length, parameters", [(60, 1), (60, 60), (700, 3), (3000, 1)])
def test_what_is_too_long_for_one_level_is_in_even_parts(length, parameters):
    levels = Levels(chain(length, parameters))
    assert whole(levels)
    sizes = [len([*level.part.nodes()]) for level in levels[1:] if not level.part.name.startswith("part 1 ")]
    assert len(levels) > 2 and max(sizes) < length


def test_an_operation_of_many_operands_does_not_crowd_a_level():
    leaves = [torch.tensor([float(i)], requires_grad=True) for i in range(100)]
    assert whole(Levels(record(torch.cat([leaf * leaf for leaf in leaves]).sum())))


def test_what_does_not_fit_around_a_level_is_one_box():
    class Many(torch.nn.Module):
        def forward(self, x):
            return [x * number for number in range(14)]

    with watching():
        results = Many()(torch.tensor(2.0, requires_grad=True))
        loss = sum(each.sin() for each in results)
    levels = Levels(record(loss))
    assert whole(levels) and MORE in levels[1].boxes and len(levels[1].around) == 10
    assert "more outside" in names(levels, 1)


def test_modules_of_the_engine_are_levels_too():
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.Linear(3, 1))
    with watching():
        loss = model(torch.ones(4, 2)).square().mean()
    levels = Levels(record(loss))
    assert whole(levels)
    assert [level.part.name for level in levels] == ["model", "0", "1", "0", "2"]


def test_two_modules_are_not_taken_for_two_calls_of_one():
    nn = torch.nn
    one, other, twice = (nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(3))

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = twice

        def forward(self, x):
            return self.layer(self.layer(x))

    with watching():
        loss = Twice()(other(one(torch.ones(3, 2)))).sum()
    called = [level.part.name for level in Levels(record(loss))]
    assert called == [
        "model",
        "Sequential 1",
        "0",
        "Sequential 2",
        "0",
        "Twice",
        "layer ×1",
        "0",
        "layer ×2",
        "0",
    ]


@pytest.mark.parametrize("name", some_of(["GPT, 4 blocks", "GRU", "Siamese", *MODELS], 3))
def test_every_level_of_a_model_can_be_read(name):
    trace = recorded(pytorch, name)
    levels = Levels(trace)
    assert whole(levels)
    for level, all_ in zip(levels, stops(levels), strict=True):
        inside = {*level.part.nodes()}
        assert {number for stop in all_ for number in range(stop.first, stop.step + 1)} >= {
            number for number, step in enumerate(trace.steps, 1) if int(step.node[1:]) in inside
        }
        assert all(one.step < other.first for one, other in zip(all_, all_[1:], strict=False))
        assert {stop.box for stop in all_} <= {*level.boxes}


def test_a_transformer_opens_as_its_blocks():
    levels = Levels(recorded(pytorch, "GPT, 4 blocks"))
    boxes = names(levels)
    assert len(boxes) < 20 and [each for each in boxes if "Block" in each] == [
        f"blocks.{i} Block" for i in range(4)
    ]
    (block,) = [level for level in levels if level.part.name == "blocks.3"]
    inside = names(levels, block.way[-1])
    assert [each for each in inside if " " in each and "#" not in each] == [
        "blocks.2 Block", "ln1 LayerNorm", "attn Attention", "ln2 LayerNorm", "mlp Sequential", "ln LayerNorm"
    ]  # fmt: skip
    (norm,) = [level for level in levels if level.part.path == "blocks.3.ln1"]
    assert {"weight", "bias"} <= {*names(levels, norm.way[-1])}


def test_stepping_over_tells_what_came_in_is_sent_and_stays():
    import numpy as np

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    with watching():
        loss = model(torch.ones(4, 2)).sum()
    stepper = BackwardStepper(loss)
    told = stepper.transcript().splitlines()
    (line,) = [each for each in told if "backward: 2 (Linear) receives" in each]
    sent = np.linalg.norm(np.ones((4, 1)) @ model[2].weight.detach().numpy())
    assert f"receives 4×1 of norm 2, sends 4×3 of norm {sent:.4f}" in line
    kept = np.linalg.norm(model[2].weight.grad.numpy())
    assert f"1×3 of norm {kept:.4f} in model.2.weight" in line and "[4] in model.2.bias" in line


def test_a_step_that_is_within_a_closed_scope_marks_it():
    stepper = BackwardStepper(chain(200), step=250)
    moment = stepper.moment(250)
    part = stepper.levels[0].boxes[moment.node]
    assert 250 not in stepper.here() and part >= stepper.levels.count
    assert int(stepper.trace.steps[249].node[1:]) in [
        *stepper.levels[part - stepper.levels.count].part.nodes()
    ]


@pytest.mark.parametrize("library", [torch, pytorch], ids=["engine", "PyTorch"])
def test_a_module_marks_the_code_that_ran_it_where_that_is_one_piece(library):
    if library is pytorch:
        need_pytorch()
    nn = library.nn

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            h = self.first(x)
            return self.second(h).relu()

    model, x = nn.Sequential(nn.Linear(2, 3), Two(), nn.Linear(3, 1)), library.ones(4, 2)
    with watching():
        loss = model(x).sum()
    data, marked = BackwardStepper(loss).data, {}
    for node in data["nodes"]:
        if node["kind"] == "scope":
            number, first, _, start, end = node.get("source") or [None] * 5
            lines = data["listings"][number]["lines"] if number is not None else []
            marked[node["name"]] = lines and lines[first - data["listings"][number]["first_line"]][start:end]
    assert marked.pop("0") == marked.pop("2") == "model(x)"
    assert marked.pop("first") == "self.first(x)" and marked.pop("second") == "self.second(h)"
    assert marked == {"model": [], "1": []}  # several pieces


def test_a_level_that_does_not_exist():
    with pytest.raises(ValueError, match="level must be from 0 to 0"):
        BackwardStepper(example(), level=1)
