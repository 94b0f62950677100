"""``save`` and ``load``: tensors and plain containers in a file that holds data and no code.

The file is a zip archive: ``structure.json`` says what is in what, and each array is a ``.npy``
file beside it. PyTorch's own files are pickles: read with ``weights_only=False``, the default before PyTorch 2.6,
they can run any program. These cannot.

A value in the JSON is null, true, false, a number that JSON has, or a string for itself; anything
else is ``[kind, content]``.
"""

import contextlib
import errno
import io
import json
import math
import operator
import os
import shutil
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from .core import dtypes
from .core.tensor import Size, Tensor, result
from .devices import device

STRUCTURE = "structure.json"
FORMAT = "autograd_core 1"
DEEPEST = 100  # containers in containers
MOST_BITS = 10_000  # of a whole number that is written as JSON; Python reads no longer ones
FOREIGN = (
    "Invalid file: torch.load reads what torch.save of this engine wrote. A file of "
    "PyTorch itself is a pickle; there, save numpy arrays instead."
)
DAMAGED = (
    "Invalid file: it is damaged, or was changed by hand. torch.load reads what torch.save of this "
    "engine wrote; save it again, or take another copy."
)


def save(obj, f):
    """Write tensors, numbers, text and containers of them to a file.

    Parameters
    ----------
    obj : a ``state_dict``, a tensor, or nested dicts, lists, tuples and sets of tensors, arrays,
        numbers, text, bytes, None
    f : a path, or a file open for writing bytes. What goes wrong leaves a file as it was.

    Raises TypeError, naming the place, for anything else; save a model's ``state_dict()``.

    >>> import io
    >>> file = io.BytesIO()
    >>> torch.save({"weight": torch.tensor([1.0, 2.0]), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'weight': tensor([1., 2.]), 'epoch': 3}
    """
    if not hasattr(f, "write") and not isinstance(f, str | os.PathLike):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute, not "
            f"{type(f).__name__}"
        )
    content = _archive(obj)
    if hasattr(f, "write"):
        f.write(content)
    else:
        replace_file(f, content)


def load(f, map_location=None, *, weights_only=True):
    """Read what :func:`save` wrote.

    ``map_location`` may be the CPU. Files never hold code, so ``weights_only`` changes nothing.
    Raises RuntimeError for a file that is something else, or damaged.
    """
    if map_location is not None:
        device(map_location)
    if hasattr(f, "seek"):
        return _loaded(f)
    if not isinstance(f, str | os.PathLike):
        raise AttributeError(f"'{type(f).__name__}' object has no attribute 'seek'. torch.load "
                             "takes a path, or a file open for reading bytes.")  # fmt: skip
    with open(f, "rb") as file:
        return _loaded(file)


def replace_file(path, content):
    """Write bytes to a file, or leave it as it was: they are written beside it, then take its place.

    A link stays one. Raises OSError.
    """
    path = os.path.realpath(path)
    there, folder = os.path.exists(path), os.path.dirname(path)
    if there and not (os.path.isfile(path) and os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
        with open(path, "wb") as file:  # a device, or a place where nothing else can be made; or raises
            file.write(content)
        return
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    beside = f"{path}.{os.getpid()}-{threading.get_ident()}.part"
    try:
        with open(beside, "wb") as file:
            file.write(content)
        if there:
            shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):  # as it should be: it bears its name
            os.remove(beside)


def _archive(obj):
    """The whole file as bytes: nothing is written before all of it can be."""
    writer = _Writer()
    structure = {"format": FORMAT, "value": writer.written(obj, "the object")}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(STRUCTURE, json.dumps(structure))
        for number, array in enumerate(writer.arrays):
            with archive.open(f"{number}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return content.getbuffer()


def _loaded(file):
    """The content of a file; whatever reading it raises, the file is to blame."""
    try:
        archive = zipfile.ZipFile(file)
        structure = json.loads(archive.read(STRUCTURE))
        format = structure["format"]
    except Exception as error:
        raise RuntimeError(FOREIGN) from error
    if format != FORMAT:
        raise RuntimeError(f"Invalid file: of the format {format!r}, "
                           f"while this version reads {FORMAT!r}")  # fmt: skip
    try:
        with archive:
            return _Reader(archive).read(structure["value"])
    except Exception as error:
        raise RuntimeError(DAMAGED) from error


class _Writer:
    """Turns values into JSON and collects the arrays; a tensor met twice is written once."""

    def __init__(self):
        self.arrays, self.numbers = [], {}

    def written(self, value, place, depth=0):
        if depth > DEEPEST:
            raise TypeError(
                f"cannot save {place[:60]}…: more than {DEEPEST} containers stand in one another. "
                "Does one hold itself?"
            )
        if type(value) is int and value.bit_length() > MOST_BITS:
            return ["int", hex(value)]
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else ["float", repr(value)]
        if isinstance(value, Tensor):
            return ["tensor", self._tensor(value)]
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
            return ["array" if isinstance(value, np.ndarray) else "scalar", self._array(value)]
        if isinstance(value, dtypes.dtype):
            return ["dtype", value.name]
        if isinstance(value, device):
            return ["device", str(value)]
        if type(value) is bytes:
            return ["bytes", value.hex()]
        if type(value) in (dict, OrderedDict):
            return [type(value).__name__, [
                [self.written(key, f"a key of {place}", depth + 1),
                 self.written(item, f"{place}[{key!r}]", depth + 1)]
                for key, item in value.items()
            ]]  # fmt: skip
        if type(value) in (list, tuple, set, Size):
            items = [self.written(item, f"{place}[{i}]", depth + 1) for i, item in enumerate(value)]
            return [type(value).__name__, items]
        raise TypeError(
            f"cannot save {place}, a {type(value).__name__}. Files hold tensors, numbers, text and "
            "containers of them: of a model or an optimiser, save its state_dict()."
        )

    def _array(self, array):
        self.arrays.append(np.asarray(array))
        return len(self.arrays) - 1

    def _tensor(self, tensor):
        if id(tensor) not in self.numbers:
            self.numbers[id(tensor)] = self._array(tensor._data)
        parameter = type(tensor) is not Tensor
        return [self.numbers[id(tensor)], tensor.requires_grad, parameter]


class _Reader:
    """Makes values of JSON and of the arrays in the archive; raises for what no `_Writer` wrote."""

    def __init__(self, archive):
        self.archive, self.tensors = archive, {}
        of_items = {"list": list, "tuple": tuple, "set": set, "Size": _size}
        self.kinds: dict[str, Callable] = {
            "int": lambda text: int(text, 16), "float": float,
            "bytes": bytes.fromhex, "device": device,
            "dtype": lambda name: dtypes.dtype.of_numpy[np.dtype(name)],
            "array": self._array, "scalar": lambda number: self._array(number)[()],
            "tensor": self._tensor, "dict": self._dict,
            "OrderedDict": lambda pairs: OrderedDict(self._dict(pairs)),
            **{name: lambda items, kind=kind: kind(map(self.read, items))
               for name, kind in of_items.items()},
        }  # fmt: skip

    def read(self, value):
        if isinstance(value, dict):
            raise ValueError("an object where a value should stand")
        if not isinstance(value, list):
            return value
        kind, content = value
        return self.kinds[kind](content)

    def _dict(self, pairs):
        return {self.read(key): self.read(item) for key, item in pairs}

    def _array(self, number):
        member = self.archive.getinfo(f"{number}.npy")
        with self.archive.open(member) as file:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            left = member.file_size - file.tell()
            # Looked at first: memory is asked for as the header says, however little there is.
            if version != (1, 0) or dtype.kind not in "biufc" or left != math.prod(shape) * dtype.itemsize:
                raise ValueError(f"{number}.npy does not hold what it says")
        with self.archive.open(member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    def _tensor(self, content):
        number, requires_grad, parameter = content
        if number not in self.tensors:
            tensor = result(self._array(number)[()], None)
            if parameter:
                from .nn import Parameter

                tensor = Parameter(tensor, requires_grad)
            self.tensors[number] = tensor.requires_grad_(requires_grad)
        return self.tensors[number]


def _size(numbers):
    return Size(map(operator.index, numbers))


__all__ = ["load", "save"]
