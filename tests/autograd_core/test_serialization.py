"""What is saved comes back the same, from files that hold no code."""

import io
import json
import math
import os
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
    with pytest.raises(RuntimeError, match="Invalid file: it is damaged"):
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


def array_file(shape, data=b"", kind="<f8"):
    """A ``.npy`` file whose header says what it likes."""
    file = io.BytesIO()
    header = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + data


def archive_of(value, members=None, structure=None):
    """An archive as `save` writes them, with a structure and members of one's own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        whole = json.dumps({"format": "autograd_core 1", "value": value})
        archive.writestr("structure.json", whole if structure is None else structure)
        for name, content in (members or {}).items():
            archive.writestr(name, content)
    file.seek(0)
    return file


DEEP = '{"format": "autograd_core 1", "value": %s}' % ('["list", [' * 5000 + "]]" * 5000)


@pytest.mark.parametrize("structure", [
    "[]", "null", "3", "{", '{"format": "autograd_core 1"}', DEEP, b"\xff\xfe", "1" * 5000,
], ids=lambda text: repr(text[:40]))  # fmt: skip
def test_a_structure_that_is_none_is_an_invalid_file(structure):
    with pytest.raises(RuntimeError, match="^Invalid file"):
        torch.load(archive_of(None, structure=structure))


@pytest.mark.parametrize("value", [
    [], [1], ["unknown", 1], [[], 1], {}, ["list", 3], ["set", [["list", []]]], ["dict", 3],
    ["dict", [[1]]], ["dict", [[["list", []], 1]]], ["Size", ["a"]], ["dtype", "foo"],
    ["dtype", [1]], ["device", 3], ["bytes", "zz"], ["bytes", 3], ["float", "x"], ["float", []],
    ["int", 3], ["tensor", 3], ["tensor", [0]], ["tensor", ["../x", False, False]], ["array", 9],
    ["array", None], ["array", True], ["tensor", [1, True, False]], ["array", 2],
], ids=repr)  # fmt: skip
def test_a_structure_that_no_save_wrote_is_an_invalid_file(value):
    members = {"0.npy": array_file((1,), bytes(8)), "1.npy": array_file((1,), bytes(8), "<i8"),
               "2.npy": array_file((1,), bytes(8), "<U2")}  # fmt: skip
    with pytest.raises(RuntimeError, match="Invalid file: it is damaged"):
        torch.load(archive_of(value, members))


@pytest.mark.parametrize("content", [
    b"", b"junk", array_file((10**15,)), array_file((10**30,)), array_file((2**32, 2**32)),
    array_file((-3,)), array_file((3,), bytes(23)), array_file((3,), bytes(25)),
    array_file((1,), bytes(8), "|O"), array_file((1,), bytes(8), "<M8[s]"),
])  # fmt: skip
def test_an_array_that_is_not_what_its_header_says_is_an_invalid_file(content):
    with pytest.raises(RuntimeError, match="Invalid file: it is damaged"):
        torch.load(archive_of(["array", 0], {"0.npy": content}))


def test_a_file_that_is_cut_off_or_damaged_anywhere_is_read_right_or_refused():
    file = io.BytesIO()
    value = {"w": torch.tensor([1.0, 2.0], requires_grad=True), "n": [3, "text", None]}
    torch.save(value, file)
    whole = file.getvalue()
    damaged = [whole[:end] for end in range(len(whole))]
    damaged += [whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :] for at in range(len(whole))]
    refused = 0
    for content in damaged:
        try:
            back = torch.load(io.BytesIO(content))
        except RuntimeError as error:
            assert str(error).startswith("Invalid file")
            refused += 1
        else:
            assert repr(back) == repr(value)  # what was hit means nothing, such as a date
    assert refused > len(whole)


@pytest.mark.parametrize("content", [
    b"", b"text", "\ufeff{}".encode(), json.dumps([1, 2]).encode(), pickle.dumps({"a": 1}),
], ids=repr)  # fmt: skip
def test_files_of_others_are_refused(content, tmp_path):
    path = tmp_path / "other"
    path.write_bytes(content)
    for source in (path, str(path), io.BytesIO(content)):
        with pytest.raises(RuntimeError, match="Invalid file: torch.load reads what"):
            torch.load(source)


@pytest.mark.parametrize("file", [3, None, b"path", ["path"]])
def test_what_is_no_file_is_told_so(file):
    with pytest.raises(AttributeError, match="^expected 'f' to be string, path, or a file-like"):
        torch.save(1, file)
    with pytest.raises(AttributeError, match="object has no attribute 'seek'"):
        torch.load(file)


HOLDS_ITSELF = []
HOLDS_ITSELF.append(HOLDS_ITSELF)
UNSAVABLE = [{"a": [1, len]}, HOLDS_ITSELF, torch.nn.Linear(1, 1), (x for x in "ab")]


@pytest.mark.parametrize("value", UNSAVABLE, ids=lambda value: type(value).__name__)
def test_a_save_that_fails_leaves_the_file_as_it_was(value, tmp_path):
    path = tmp_path / "model.pt"
    torch.save({"good": 1}, path)
    file = io.BytesIO(path.read_bytes())
    for target in (path, file):
        with pytest.raises(TypeError, match="^cannot save the object"):
            torch.save(value, target)
    assert torch.load(path) == torch.load(file) == {"good": 1}
    assert os.listdir(tmp_path) == ["model.pt"]


def test_a_save_that_the_disk_stops_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "model.pt"
    torch.save({"good": 1}, path)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        torch.save({"better": 2}, path)
    assert torch.load(path) == {"good": 1} and os.listdir(tmp_path) == ["model.pt"]


def test_a_saved_file_keeps_its_rights_and_a_link_stays_one(tmp_path):
    path, link = tmp_path / "model.pt", tmp_path / "link.pt"
    torch.save(1, path)
    path.chmod(0o640)
    link.symlink_to(path)
    torch.save(2, link)
    assert link.is_symlink() and torch.load(path) == 2 and path.stat().st_mode & 0o777 == 0o640


def test_where_there_is_no_folder_the_path_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as raised:
        torch.save(1, tmp_path / "no" / "model.pt")
    assert raised.value.filename == os.path.realpath(tmp_path / "no" / "model.pt")


@pytest.mark.parametrize("number", [2**70, -(10**30), 10**5000, -(10**5000)], ids=int.bit_length)
def test_whole_numbers_of_any_length_come_back(number):
    assert there_and_back(number) == number


def test_containers_in_one_another_come_back_as_deep_as_they_can_be_saved():
    value = 1
    for _ in range(100):
        value = [value]
    assert there_and_back(value) == value
    with pytest.raises(TypeError, match="more than 100 containers"):
        torch.save([value], io.BytesIO())
