"""``saved_tensors_hooks``: what a forward pass keeps for ``backward()`` is packed by the user's function.

Source: "Hooks for saved tensors" in https://docs.pytorch.org/docs/stable/notes/autograd.html
"""

import copy
import threading
from functools import cache
from typing import NamedTuple
from weakref import ref

import numpy as np

from ..core.engine import in_mode
from ..core.grad_mode import mode
from ..core.node import ElementwiseNode, GeneralNode, Output, edge_of, new
from ..core.tensor import Tensor, result, watchers


class saved_tensors_hooks:
    """While this is on, ``pack_hook(tensor)`` is kept in place of each tensor that a node saves.

    ``unpack_hook`` is given what that returned, whenever a backward pass needs the tensor, and
    returns a tensor of the same numbers. Packed are operands, outcomes, indices and masks, also what a custom
    Function saves; what is worked out of a mask or of a maximum (where it is) stays as it is.

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.item(), lambda number: torch.tensor(number)):
    ...     y = x ** 2
    >>> y.backward(); x.grad
    tensor(6.)
    """

    def __init__(self, pack_hook, unpack_hook):
        for name, hook in (("pack_hook", pack_hook), ("unpack_hook", unpack_hook)):
            if not callable(hook):
                raise TypeError(f"{name} must be a function, not {type(hook).__name__}")
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self):
        _present.hooks.append(self)
        watchers.append(_packed_node)

    def __exit__(self, *exc):
        _present.hooks.pop()
        watchers.remove(_packed_node)


class _Present(threading.local):
    def __init__(self):
        self.hooks = []


_present = _Present()


def is_packing() -> bool:
    """Whether what is saved now is packed."""
    return bool(_present.hooks)


class Packed:
    """A saved tensor, as the innermost hooks made it when it was saved."""

    storage = None  # nobody looks whether it was changed since

    def __init__(self, tensor):
        hooks, version = _present.hooks[-1], tensor._version
        edge = edge_of(tensor)  # its node holds it, or is it, and must not be held by what it holds
        self.shape, self.dtype = tensor.shape, tensor.dtype
        held = edge is None or isinstance(edge, Output)
        self.unpack_hook, self.edge = hooks.unpack_hook, (lambda: edge) if held else ref(edge)
        self.packed = in_mode(False, hooks.pack_hook, tensor)
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack "
                "hook cannot be modified by in-place operations: the forward pass goes on with them. Change "
                "a clone()."
            )

    def tensor(self):
        """The tensor that the user's function makes of it, with the history of what was saved."""
        tensor = self.unpack_hook(self.packed)
        if not isinstance(tensor, Tensor):
            raise TypeError("Output of saved tensor unpack_hook expected to be a Tensor but got result of "
                            f"type {type(tensor).__name__}")  # fmt: skip
        if tensor.shape != self.shape:
            raise RuntimeError(f"The saved tensor has the shape {list(self.shape)}, and unpack_hook returned one of "
                               f"{list(tensor.shape)}.")  # fmt: skip
        tensor = tensor.to(self.dtype)
        edge = self.edge()
        if edge_of(tensor) is edge or not mode.enabled:
            return tensor
        if not isinstance(edge, Tensor):
            return result(tensor._data, edge)
        copied = edge.clone()
        copied._data = tensor._data
        return copied


class PackedNode(GeneralNode):
    """A node whose saved tensors are packed; its ``args`` are the node without them, and these.

    Their names are those of operands, or for indices and masks their number among what is kept.
    """

    __slots__ = ()
    needs = ()
    saves = property(lambda self: self.args is not None)

    def contributions(self, g, edges, create):
        plain, packed = self.saved_args()
        tensors = {name: in_mode(create, each.tensor) for name, each in packed.items()}
        node = copy.copy(plain)
        arrays = {name: tensor._data for name, tensor in tensors.items()}
        _put(node, arrays)
        if type(node) is not ElementwiseNode:
            node.args = _put_back(node.args, arrays)
        node.inputs = tuple(map(tensors.get, plain.operands, plain.inputs))
        return node.contributions(g, edges, create)


def _packed_node(y, node):
    """In place of a node that saves something one that holds it packed; None if there is nothing to pack."""
    if not is_packing() or isinstance(node, PackedNode | Output):
        return None
    used = (needs for needs, edge in zip(node.needs, node.edges) if edge is not None)
    names = dict.fromkeys(name for needs in used for name in needs if name in (*node.operands, "y"))
    tensors = dict(zip(node.operands, node.inputs)) | {"y": result(y, None)}
    names = [name for name in names if isinstance(tensors.get(name), Tensor)]
    count = len(node.edges)
    kept = {number: each for number, each in enumerate(node.inputs[count:]) if each is not None}
    args, found = _taken_out(node, kept) if kept else (None, [])
    if not (names or found):
        return None
    made = new(PackedNode)
    for slot in ("edges", "shapes", "seq", "code", "lasti", "extra"):
        setattr(made, slot, getattr(node, slot))
    made.operation = _without_rules(node.operation)
    tensors["y"] = result(y, made)
    made.args = node, {name: Packed((kept | tensors)[name]) for name in (*found, *names)}
    if found:
        node.args = args
    _put(node, dict.fromkeys(names))
    made.inputs = (
        *[None] * count,
        *(None if n in found else each for n, each in enumerate(node.inputs[count:])),
    )
    node.inputs = tuple(None if isinstance(each, Tensor) else each for each in node.inputs[:count])
    return made


@cache
def _without_rules(operation):
    """That operation for whoever asks what a rule says: of packed numbers only the user knows."""
    row = copy.copy(operation)
    vars(row).update(operands=(), rules=(), rule_a=None, rule_b=None, parameters=(), picks=(), uniform=False)
    return row


def _put(node, arrays):
    """Put what the rules of a node are called with, by name."""
    if isinstance(node, ElementwiseNode):
        for place, name in (*zip("ab", node.operands), ("y", "y")):
            if name in arrays:
                setattr(node, place, arrays[name])
        return
    names = node.operation.parameters
    node.args = tuple(
        args and tuple(arrays.get(name, value) for name, value in zip(called, args))
        for called, args in zip(names, node.args)
    )


class Place(NamedTuple):
    """Stands in ``args`` for an index or mask that is packed, in the form in which a rule takes it."""

    number: int
    shape: tuple
    length: int  # negative indices count from here


def _taken_out(node, kept):
    """The ``args`` of a node without indices and masks, and the numbers of these among ``kept``."""
    found = {}

    def place_of(value):
        if type(value) is tuple:
            return tuple(map(place_of, value))
        if isinstance(value, np.ndarray):
            for number, tensor in kept.items():
                flat = tensor._data.ravel()
                if flat.size != value.size or flat.dtype != value.dtype or not flat.size:
                    continue
                length = (value.ravel() - flat).max() if flat.dtype.kind == "i" else 0
                if np.array_equal(_counted(flat, length), value.ravel()):
                    found[number] = True
                    return Place(number, value.shape, length)
        return value

    args = tuple(
        values and tuple(value if name in (*node.operands, "y") else place_of(value)
                         for name, value in zip(names, values))
        for names, values in zip(node.operation.parameters, node.args))  # fmt: skip
    return args, list(found)


def _put_back(value, arrays):
    """``args`` with the unpacked numbers in their places."""
    if isinstance(value, Place):
        return _counted(arrays[value.number], value.length).reshape(value.shape)
    return tuple(_put_back(each, arrays) for each in value) if type(value) is tuple else value


def _counted(indices, length):
    """Negative indices counted from 0."""
    return np.where(indices < 0, indices + length, indices) if length else indices
