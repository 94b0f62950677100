"""Tensors are called what the caller's variables call them."""

import sys

import pytest

import autograd_core

from tests.oracle import torch as pytorch
from widgets import GradientCheck, TrainingMonitor, record, verify
from widgets.names import named_parameters
from widgets.recorders import graph


@pytest.fixture(params=[autograd_core, pytorch], ids=["autograd_core", "torch"])
def torch(request):
    return request.param


def leaves(trace):
    return [node.name for node in trace.nodes if node.kind == "leaf"]


def operations(trace):
    return [node.name for node in trace.nodes if node.kind == "op"]


def scalar(torch, value=2.0):
    return torch.tensor(value, requires_grad=True)


def test_variables_give_their_names_to_leaves_and_intermediates(torch):
    weight = scalar(torch)
    squared = weight * weight
    loss = squared * 3
    trace = record(loss)
    assert (leaves(trace), operations(trace)) == (["weight"], ["squared", "loss"])
    assert all(node.named for node in trace.nodes if node.kind != "constant")


def test_what_has_no_name_gets_a_short_stable_label(torch):
    trace = record((scalar(torch) * 2 + scalar(torch) * 3).sin())
    assert leaves(trace) == ["leaf #1", "leaf #2"]
    assert operations(trace) == ["mul #1", "mul #2", "add #1", "sin #1"]
    assert not any(node.named for node in trace.nodes)


def test_elements_of_lists_and_dictionaries_have_names(torch):
    xs = [scalar(torch), scalar(torch)]
    batch = {"image": scalar(torch), 3: (scalar(torch),)}
    y = xs[0] * xs[1] * batch["image"] * batch[3][0]
    assert leaves(record(y)) == ["xs[0]", "xs[1]", "batch['image']", "batch[3][0]"]


def test_parameters_of_a_module_have_their_dotted_names():
    nn = pytorch.nn
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    y = model(pytorch.ones(1, 2)).sum()
    assert sorted(leaves(record(y))) == [
        "model.0.bias", "model.0.weight", "model.2.bias", "model.2.weight"]  # fmt: skip


def sequential(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))


def test_a_parameter_has_one_name_in_every_widget(torch):
    model, x = sequential(torch), torch.ones(1, 2)
    y = model(x).sum()
    picture = sorted(leaves(record(y, names={"x": x})))
    assert sorted(GradientCheck(lambda: model(x).sum(), model).derivatives.function.names) == picture
    assert sorted(GradientCheck(model, x).derivatives.function.names) == ["input", *picture]
    assert {row.name.partition("[")[0] for row in verify(model, x).rows} <= {"input", *picture}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for how in ({"model": model}, {"optimizer": optimizer}, {"model": model, "optimizer": optimizer}):
        monitor = TrainingMonitor(show=False)
        for _ in monitor.watch([x], **how):
            loss = model(x).sum()
            loss.backward()
        assert sorted(monitor.history["gradient_norm"]) == picture
    assert picture[0] == "model.0.bias"


def test_parameters_of_a_module_that_no_variable_holds_have_their_paths(torch):
    found = list(named_parameters(sequential(torch), sys._getframe()))
    assert found == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert named_parameters(torch.nn.ReLU(), sys._getframe()) == {}


def test_a_module_within_another_is_called_by_its_way_there(torch):
    nets = {"small": sequential(torch)}
    inner = list(named_parameters(nets["small"][2], sys._getframe()))
    assert inner == ["nets['small'].2.weight", "nets['small'].2.bias"]


def test_attributes_of_self_have_names(torch):
    class Model:
        def __init__(self):
            self.slope = scalar(torch)

        def trace(self):
            y = self.slope * 2
            return record(y)

    assert leaves(Model().trace()) == ["self.slope"]


def test_a_plain_variable_goes_before_an_element(torch):
    w = scalar(torch)
    everything = [w]
    y = everything[0] * 2
    assert leaves(record(y)) == ["w"]


def test_given_names_go_before_variables(torch):
    w = scalar(torch)
    y = w * 2
    trace = record(y, names={"slope": w})
    assert (leaves(trace), operations(trace)) == (["slope"], ["y"])


def test_names_may_hold_lists_or_be_keyed_by_tensors(torch):
    a, b = scalar(torch), scalar(torch)
    y = a * b
    assert leaves(graph(y, {"ws": [a, b]})) == ["ws[0]", "ws[1]"]
    assert leaves(graph(y, {a: "first", b: "second"})) == ["first", "second"]


def test_names_may_be_parameters_of_a_module():
    layer = pytorch.nn.Linear(2, 1)
    y = layer(pytorch.ones(1, 2)).sum()
    assert sorted(leaves(record(y, names=dict(layer.named_parameters())))) == ["bias", "weight"]


def test_the_notebooks_own_variables_are_not_names(torch):
    _ = _1 = scalar(torch)
    Out = {1: _1}
    y = Out[1] * 2
    assert leaves(record(y)) == ["leaf #1"]


def test_a_constant_tensor_has_its_variables_name(torch):
    image = torch.tensor([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = w * image
    trace = record(y, gradient=torch.tensor([1.0, 1.0]))
    (constant,) = (node for node in trace.nodes if node.kind == "constant")
    assert (constant.name, constant.named, constant.value.data) == ("image", True, [1.0, 2.0])


def test_objects_that_pretend_to_have_every_attribute_do_no_harm(torch):
    class Anything:
        def __getattr__(self, name):
            return self

        def __call__(self, *args):
            raise AssertionError("looked too closely")

    anything = Anything()
    w = scalar(torch)
    y = w * 2
    assert leaves(record(y)) == ["w"]
    assert anything is not None


def test_one_large_list_is_not_searched_to_the_end(torch):
    w = scalar(torch)
    many = [None] * 2000 + [w]
    y = many[-1] * 2
    del w
    assert leaves(record(y)) == ["leaf #1"]
