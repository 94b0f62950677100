"""What `functions` needs to know of `autograd_core`: its tensors as NumPy arrays."""

from contextlib import contextmanager, nullcontext

import numpy as np

import autograd_core
from autograd_core.core import engine
from autograd_core.gradcheck import first_not_analytic
from autograd_core.nn import Module
from autograd_core.core.tensor import result

from ..names import is_a

NAME = "autograd_core"
HOLDS_COMPLEX = True  # whether a tensor that a function reads can be given complex numbers

with_parameters = None  # how to call a module with other parameters; None: change its own
thousands_of_runs = nullcontext  # what is best for many small runs
recording, quiet = autograd_core.enable_grad, autograd_core.no_grad
Function = autograd_core.autograd.Function


def is_tensor(thing):
    return is_a(thing, autograd_core.Tensor)


def is_module(thing):
    return isinstance(thing, Module)


def is_floating(thing):
    """Whether this is a tensor of (real or, on the way of a complex step, complex) numbers."""
    return is_tensor(thing) and np.asarray(thing._data).dtype.kind in "fc"


def array(tensor):
    return np.asarray(tensor._data)


def leaf(values, like, requires_grad):
    """A fresh tensor, so that a function may change its inputs in place."""
    tensor = result(np.array(values)[()], None)
    tensor._requires_grad = requires_grad
    return tensor


def gradients(outputs, leaves, weights):
    """Vector-Jacobian products as arrays; None where nothing depends on a leaf."""
    weights = [
        leaf(np.asarray(weight, out._data.dtype), None, False)
        for weight, out in zip(weights, outputs, strict=True)
    ]
    found = autograd_core.autograd.grad(
        outputs, leaves, weights, retain_graph=True, allow_unused=True
    )
    return [None if each is None else array(each) for each in found]


@contextmanager
def holding(values, kept):
    """Give tensors other values, and give them back their own; so also ``kept`` tensors."""
    before = [(tensor, tensor._data, None) for tensor, _ in values]
    before += [(tensor, tensor._data, np.array(tensor._data)) for tensor in kept]
    try:
        for tensor, other in values:
            tensor._data = np.array(other)
        yield
    finally:
        for tensor, data, copy in before:
            tensor._data = data
            if copy is not None and isinstance(data, np.ndarray):
                data[...] = copy


@contextmanager
def requiring(tensors):
    """Let leaves require a gradient for a while."""
    changed = [tensor for tensor in tensors if not tensor.requires_grad]
    try:
        for tensor in changed:
            tensor._requires_grad = True
        yield
    finally:
        for tensor in changed:
            tensor._requires_grad = False


def no_complex_step(outputs):
    """Why the complex step cannot be taken: the first operation that is not analytic."""
    operation = first_not_analytic(outputs)
    return f"{operation} is not known to be analytic" if operation else ""


def coarsest(outputs, leaves):
    """The coarsest type that something between leaves and outputs is computed in: (ε, its name)."""
    nodes, _ = engine.reachable([out._grad_fn for out in outputs if out._grad_fn is not None])
    leading, found = set(leaves), [(0.0, "")]
    for node in reversed(nodes):
        for slot, edge in enumerate(node.edges):
            if edge in leading:
                leading.add(node)
                kind = operand_type(node, slot)
                found.append((float(np.finfo(kind).eps), str(kind)))
    return max(found)


def operand_type(node, slot):
    """The type of an operand of a node."""
    if node.shapes is not None:
        return node.shapes[slot][1]
    operands = node.inputs or node.args
    return np.asarray(getattr(operands[slot], "_data", operands[slot])).dtype
