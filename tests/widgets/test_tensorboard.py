"""TensorBoard's own reader finds the graph that was written for it."""

import sys
from dataclasses import replace

import pytest

import autograd_core
from tests.missing import need
from tests.oracle import torch as pytorch
from widgets import watching, write_tensorboard_graph
from widgets.recorders.example import example
from widgets.tensorboard import unique_names
from widgets.trace import Node


@pytest.fixture(params=[autograd_core, pytorch], ids=["autograd_core", "torch"])
def torch(request):
    need("tensorboard")
    return request.param


def read(logdir):
    """The nodes of the graph in a log folder, by name."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return {node.name: node for node in EventAccumulator(str(logdir)).Reload().Graph().node}


def test_the_graph_is_read_back_with_its_names(torch, tmp_path):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    squared = x * x
    y = squared + 3
    written = write_tensorboard_graph(y, tmp_path / "run")
    assert written.parent == tmp_path / "run"
    nodes = read(tmp_path / "run")
    assert {name: (node.op, list(node.input)) for name, node in nodes.items()} == {
        "x": ("Leaf", []),
        "squared": ("mul", ["x", "x"]),
        "3": ("Const", []),
        "y": ("add", ["squared", "3"]),
    }
    assert nodes["x"].attr["value"].s == b"[1, 2]"
    (shape,) = nodes["y"].attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [2]


def test_scopes_are_groups_one_inside_the_other(torch, tmp_path):
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 1), nn.Tanh()))
    with watching():
        loss = model(torch.ones(4, 2)).sum()
    write_tensorboard_graph(loss, tmp_path)
    nodes = read(tmp_path)
    assert "loss" in nodes and {"Sequential/1/1/tanh_1"} <= {*nodes}
    assert any(name.startswith("Sequential/1/0/") and "weight" in name for name in nodes)
    assert {operand for node in nodes.values() for operand in node.input} <= {*nodes}


def test_a_gradient_is_written_where_there_is_one(torch, tmp_path):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    write_tensorboard_graph(y, tmp_path)
    nodes = read(tmp_path)
    assert nodes["x"].attr["grad"].s == b"6"
    assert "grad" not in nodes["y"].attr


def test_several_outputs_are_one_graph(torch, tmp_path):
    x = torch.tensor(3.0, requires_grad=True)
    a = x * 2
    b = x + a
    write_tensorboard_graph([a, b], tmp_path)
    assert list(read(tmp_path)) == ["x", "2", "a", "b"]


def test_a_second_run_in_the_same_folder_is_a_second_file(torch, tmp_path):
    x = torch.tensor(3.0, requires_grad=True)
    first = write_tensorboard_graph(x * 2, tmp_path)
    second = write_tensorboard_graph(x * 3, tmp_path)
    assert first != second
    assert sorted(tmp_path.iterdir()) == sorted([first, second])


def test_hostile_and_equal_names_become_names_that_tensorboard_accepts():
    hostile = ["<img onerror=1>", "a/b", "a b", "_x", "", "漢", "x", "x", "model.0.weight", "mul #1"]
    nodes = [Node(f"n{i}", "leaf", name) for i, name in enumerate(hostile)]
    assert list(unique_names(replace(example(), nodes=nodes)).values()) == [
        "img_onerror_1", "a_b", "a_b_2", "x", "leaf", "leaf_2", "x_2", "x_3", "model.0.weight",
        "mul_1",
    ]  # fmt: skip
    assert len(set(unique_names(example()).values())) == 7


def test_what_is_no_tensor_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TypeError, match="expected a tensor"):
        write_tensorboard_graph(3.0, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_without_tensorboard_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    x = autograd_core.tensor(3.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="pip install tensorboard"):
        write_tensorboard_graph(x * x, tmp_path)
