"""What `functions` needs to know of PyTorch: its tensors as NumPy arrays."""

from contextlib import contextmanager

import numpy as np
import torch

from autograd_core.gradcheck import ANALYTIC

from ..names import is_a
from . import pytorch_private as private
from .pytorch_operations import neutral

NAME = "torch"
HOLDS_COMPLEX = False  # whether a tensor that a function reads can be given complex numbers
MOST_NODES = 10_000  # looked at to find out whether every operation is analytic

recording, quiet = torch.enable_grad, torch.no_grad
Function = torch.autograd.Function


def with_parameters(module, parameters):
    """A module as a function that uses these parameters, by name, instead of its own."""
    return lambda *inputs: torch.func.functional_call(module, parameters, inputs)


@contextmanager
def thousands_of_runs():
    """For many small runs one thread is best: several wait for each other in each operation."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def is_tensor(thing):
    return is_a(thing, torch.Tensor)


def is_module(thing):
    return isinstance(thing, torch.nn.Module)


def is_floating(thing):
    """Whether this is a tensor of (real or, on the way of a complex step, complex) numbers."""
    return is_tensor(thing) and (thing.is_floating_point() or thing.is_complex())


def array(tensor):
    """A tensor's content as a NumPy array; what NumPy does not know becomes float32."""
    tensor = tensor.detach()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    return tensor.resolve_conj().resolve_neg().cpu().numpy()


def leaf(values, like, requires_grad):
    """A fresh tensor, so that a function may change its inputs in place."""
    device = like.device if is_tensor(like) else None
    return torch.tensor(np.array(values), device=device).requires_grad_(requires_grad)


def gradients(outputs, leaves, weights):
    """Vector-Jacobian products as arrays; None where nothing depends on a leaf."""
    weights = [
        torch.as_tensor(weight).to(out) for weight, out in zip(weights, outputs, strict=True)
    ]
    found = torch.autograd.grad(outputs, leaves, weights, retain_graph=True, allow_unused=True)
    return [None if each is None else array(each) for each in found]


@contextmanager
def holding(values, kept):
    """Give tensors other values, and give them back their own; so also ``kept`` tensors."""
    before = [(tensor, tensor.detach().clone()) for tensor in [t for t, _ in values] + list(kept)]
    try:
        for tensor, other in values:
            tensor.data.copy_(torch.as_tensor(other))
        yield
    finally:
        for tensor, own in before:
            tensor.data.copy_(own)


@contextmanager
def requiring(tensors):
    """Let leaves require a gradient for a while."""
    changed = [tensor for tensor in tensors if not tensor.requires_grad]
    try:
        for tensor in changed:
            tensor.requires_grad_(True)
        yield
    finally:
        for tensor in changed:
            tensor.requires_grad_(False)


def no_complex_step(outputs):
    """Why the complex step cannot be taken: the first operation that is not analytic."""
    waiting = [out.grad_fn for out in outputs if out.grad_fn is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        name = neutral(node.name().rpartition("::")[2])
        if name != "accumulate_grad" and name not in ANALYTIC:
            return f"{name} is not known to be analytic"
        if len(seen) > MOST_NODES:
            return "there are too many operations to look at"
        operands = {operand for operand, _ in node.next_functions if operand is not None} - seen
        seen |= operands
        waiting += operands
    return ""


def coarsest(outputs, leaves):
    """The coarsest type that something between leaves and outputs is computed in: (ε, its name)."""
    leaves = {id(leaf) for leaf in leaves}
    waiting = [out.grad_fn for out in outputs if out.grad_fn is not None]
    users, reached = {node: [] for node in waiting}, set()
    while waiting and len(users) <= MOST_NODES:
        node = waiting.pop()
        if private.is_leaf(node) and id(private.leaf(node)) in leaves:
            reached.add(node)
        for operand, number in node.next_functions:
            if operand is not None:
                if operand not in users:
                    users[operand] = []
                    waiting.append(operand)
                users[operand].append((node, number))
    waiting, kinds = list(reached), set()
    while waiting:
        node = waiting.pop()
        for user, number in users[node]:
            kinds.update(each.dtype for each in private.outputs(node)[number : number + 1])
            if user not in reached:
                reached.add(user)
                waiting.append(user)
    named = ((torch.finfo(kind).eps, str(kind).removeprefix("torch.")) for kind in kinds)
    return max(named, default=(0.0, ""))
