"""State of others given to an optimiser, a module or a data set: one clear error, nothing changed."""

import types

import pytest

import autograd_core as torch
from autograd_core.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset


def trained():
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return model, optimizer


def first_group(state, **changes):
    return state | {"param_groups": [state["param_groups"][0] | changes]}


FOREIGN = {
    "nothing": lambda state: None,
    "a list": lambda state: [],
    "a number": lambda state: 3,
    "an empty dictionary": lambda state: {},
    "no state": lambda state: {"param_groups": state["param_groups"]},
    "no groups": lambda state: {"state": state["state"]},
    "groups that are none": lambda state: state | {"param_groups": None},
    "a group that is a number": lambda state: state | {"param_groups": [3]},
    "a group without parameters": lambda state: state | {"param_groups": [{"lr": 1.0}]},
    "more groups": lambda state: state | {"param_groups": state["param_groups"] * 2},
    "fewer parameters": lambda state: first_group(state, params=[0], lr=7.0),
    "a state that is a list": lambda state: first_group(state, lr=7.0) | {"state": []},
    "a parameter's state that is none": lambda state: first_group(state, lr=7.0) | {"state": {0: None}},
    "a mean of another shape": lambda state: first_group(state, lr=7.0) | {
        "state": {0: state["state"][0] | {"exp_avg": torch.ones(7)}}},
}  # fmt: skip


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_an_optimiser_refuses_what_is_no_state_of_its_own_and_stays_as_it_was(change):
    _, optimizer = trained()
    before = repr(optimizer.state_dict())
    with pytest.raises((TypeError, KeyError, ValueError)):
        optimizer.load_state_dict(change(optimizer.state_dict()))
    assert repr(optimizer.state_dict()) == before


def test_the_state_of_parameters_that_are_not_there_is_left_alone():
    _, optimizer = trained()
    state = optimizer.state_dict()
    optimizer.load_state_dict(state | {"state": state["state"] | {9: {"step": torch.tensor(1.0)}}})
    assert repr(optimizer.state_dict()) == repr(state)


def test_a_module_takes_any_mapping_of_names_to_tensors():
    model, _ = trained()
    model.load_state_dict(types.MappingProxyType({"weight": torch.ones(1, 2), "bias": torch.zeros(1)}))
    assert [p.tolist() for p in model.parameters()] == [[[1.0, 1.0]], [0.0]]


@pytest.mark.parametrize("key", [3, None, (1,), "\ud800"], ids=repr)
def test_a_module_names_keys_of_any_kind(key):
    model, _ = trained()
    with pytest.raises(RuntimeError, match="Unexpected key"):
        model.load_state_dict({**model.state_dict(), key: torch.ones(1)})


@pytest.mark.parametrize("make, error, words", [
    (lambda: TensorDataset([1, 2]), AttributeError, "'list' object has no attribute 'size'.*torch.tensor"),
    (lambda: TensorDataset(3), AttributeError, "'int' object has no attribute 'size'"),
    (lambda: DataLoader([1], drop_last="no"), ValueError, "drop_last should be a boolean value"),
    (lambda: BatchSampler([0], 0, "no"), ValueError, "batch_size should be a positive integer"),
    (lambda: RandomSampler([1], "no"), TypeError, "replacement should be a boolean value"),
])  # fmt: skip
def test_options_of_another_kind_are_refused_in_pytorchs_words(make, error, words):
    with pytest.raises(error, match=words):
        make()
