"""What is saved comes back the same, from files that hold no code."""

import io
import json
import math
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

import autograd_core as torch


def there_and_back(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file)


@pytest.mark.parametrize("value", [
    None, True, 3, -(10**30), 1.5, float("inf"), "\u00e9 and \"quotes\"", b"\x00\xff", [], (), {},
    [1, [2, (3.5, None)]], {"a": 1, 2: "b", (3, 4): [None], None: 0, 1.5: True}, {1, 2, 3},
    OrderedDict(b=1, a=2), ("tensor", 0), ["dict", []], torch.Size([2, 3]), torch.float32,
], ids=repr)  # fmt: skip
def test_plain_values_come_back(value):
    back = there_and_back(value)
    assert back == value and type(back) is type(value)
    if isinstance(value, dict):
        assert [type(key) for key in back] == [type(key) for key in value]


def test_nan_comes_back():
    assert math.isnan(there_and_back(float("nan")))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 4)])
def test_tensors_come_back(dtype, shape):
    array = (np.random.default_rng(0).random(shape) * 9 - 4).astype(dtype)
    tensor = torch.tensor(array)
    back = there_and_back({"t": tensor, "a": array})
    assert type(back["t"]) is torch.Tensor
    assert back["t"].dtype is tensor.dtype and back["t"].shape == tensor.shape
    np.testing.assert_array_equal(back["t"].numpy(), tensor.numpy())
    np.testing.assert_array_equal(back["a"], array, strict=True)


def test_views_and_transposed_tensors_come_back_as_their_elements():
    x = torch.arange(12.0).reshape(3, 4)
    parts = there_and_back([x.T, x[1], x[:, ::2]])
    assert all((a == b).all() for a, b in zip(parts, [x.T, x[1], x[:, ::2]]))


def test_leaves_and_parameters_stay_what_they_are_and_twice_the_same_is_once():
    x, p = torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.tensor(1.5))
    a, b, q = there_and_back([x, x, p])
    assert a is b and a.requires_grad and a.is_leaf and type(a) is torch.Tensor
    assert type(q) is torch.nn.Parameter and q == 1.5


def test_training_goes_on_from_a_file_as_if_nothing_had_happened(tmp_path):
    def make():
        torch.manual_seed(0)
        nn = torch.nn
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        return model, torch.optim.Adam(model.parameters(), lr=0.05)

    x, y = torch.randn(8, 3), torch.randn(8, 1)

    def train(model, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()

    whole, optimizer = make()
    train(whole, optimizer, 6)
    half, optimizer = make()
    train(half, optimizer, 3)
    path = tmp_path / "checkpoint.pt"
    torch.save({"model": half.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, path)
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    other, optimizer = make()
    other.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    train(other, optimizer, 6 - checkpoint["epoch"])
    goal, reached = whole.state_dict(), other.state_dict()
    assert list(goal) == list(reached)
    for name in goal:
        expected = goal[name].numpy()
        np.testing.assert_allclose(reached[name].numpy(), expected, rtol=1e-12, err_msg=name)


def test_files_hold_arrays_and_json_and_nothing_else():
    file = io.BytesIO()
    torch.save(torch.nn.Linear(2, 3).state_dict(), file)
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["structure.json", "0.npy", "1.npy"]
        json.loads(archive.read("structure.json"))
        with archive.open("0.npy") as array:
            assert np.load(array, allow_pickle=False).shape == (3, 2)


@pytest.mark.parametrize("value, words", [
    (torch.nn.Linear(2, 3), r"cannot save the object, a Linear.*state_dict"),
    ({"model": {"step": len}}, r"cannot save the object\['model'\]\['step'\], a builtin_function"),
    ([1, torch.ones(1, requires_grad=True) * 2], r"cannot save the object\[1\].*detach"),
    (np.array([object()]), r"cannot save the object, a ndarray"),
])  # fmt: skip
def test_what_cannot_be_saved_is_named(value, words):
    with pytest.raises(TypeError, match=words):
        torch.save(value, io.BytesIO())


class Trap:
    """Pickled, it would run a function when it is read."""

    sprung = []

    def __reduce__(self):
        return Trap.sprung.append, ("code ran",)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    path = tmp_path / "pickle.pt"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(RuntimeError, match="Invalid file.*pickle"):
        torch.load(path)
    array = np.empty(1, object)
    array[0] = Trap()
    with zipfile.ZipFile(path, "w") as archive:
        structure = {"format": "autograd_core 1", "value": ["array", 0]}
        archive.writestr("structure.json", json.dumps(structure))
        with archive.open("0.npy", "w") as file:
            np.lib.format.write_array(file, array, allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        torch.load(path)
    assert not Trap.sprung


def test_other_files_and_formats_are_refused(tmp_path):
    with pytest.raises(RuntimeError, match="Invalid file"):
        torch.load(io.BytesIO(b"not an archive"))
    np.savez(tmp_path / "arrays.npz", a=np.ones(2))
    with pytest.raises(RuntimeError, match="Invalid file"):
        torch.load(tmp_path / "arrays.npz")
    with zipfile.ZipFile(tmp_path / "later.pt", "w") as archive:
        archive.writestr("structure.json", json.dumps({"format": "autograd_core 9", "value": 1}))
    with pytest.raises(RuntimeError, match="autograd_core 9"):
        torch.load(tmp_path / "later.pt")
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "missing.pt")
