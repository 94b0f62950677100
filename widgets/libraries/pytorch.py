"""PyTorch as a library: its tensors as NumPy arrays."""

import numpy as np
import torch

from . import pytorch_private as private
from .library import Library
from .pytorch_copies import CONTINUED, SETTINGS, Copies, on_cpu
from .pytorch_operations import known

NUMPY_KNOWS = {
    torch.float64, torch.float32, torch.float16, torch.complex64, torch.complex128,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
}  # fmt: skip
MOST_NODES = 10_000  # looked at to find out whether every operation is analytic


class PyTorch(Library):
    """See `Library`."""

    name, usual, complex_constants = "torch", np.float32, True
    Tensor, Module, Function = torch.Tensor, torch.nn.Module, torch.autograd.Function
    Copies, settings = Copies, SETTINGS
    recording, quiet = torch.enable_grad, torch.no_grad

    def is_floating(self, thing):
        return self.is_tensor(thing) and (thing.is_floating_point() or thing.is_complex())

    def epsilon(self, tensor) -> float:
        return torch.finfo(tensor.dtype).eps

    def array(self, tensor):
        """A tensor's content as an array; what NumPy does not know becomes float32."""
        tensor = on_cpu(tensor.detach())
        if tensor.layout != torch.strided:
            tensor = tensor.to_dense()
        if tensor.dtype not in NUMPY_KNOWS:
            tensor = tensor.to(torch.complex64 if tensor.is_complex() else torch.float32)
        return tensor.resolve_conj().resolve_neg().numpy()

    def leaf(self, values, requires_grad):
        return torch.tensor(np.array(values)).requires_grad_(requires_grad)

    def gradients(self, outputs, weights, leaves):
        weights = [torch.as_tensor(weight).to(out) for weight, out in zip(weights, outputs, strict=True)]
        targets = [each if isinstance(each, list) else [each] for each in leaves]
        found = iter(torch.autograd.grad(outputs, sum(targets, []), weights, retain_graph=True,
                                         allow_unused=True))  # fmt: skip
        parts = [[self.array(g) for _ in each if (g := next(found)) is not None] for each in targets]
        return [sum(each[1:], each[0]) if each else None for each in parts]

    def no_complex_step(self, outputs):
        waiting = [out.grad_fn for out in outputs if out.grad_fn is not None]
        seen = set(waiting)
        while waiting:
            node = waiting.pop()
            operation = known(node)
            known_so = operation.analytic or operation.op in CONTINUED
            if not known_so and not private.is_leaf(node):
                return f"{operation.op} is not known to be analytic"
            if len(seen) > MOST_NODES:
                return "there are too many operations to look at"
            operands = {operand for operand, _ in node.next_functions if operand is not None} - seen
            seen |= operands
            waiting += operands
        return ""

    def coarsest(self, outputs, leaves):
        leaves = {id(each) for leaf in leaves for each in (leaf if isinstance(leaf, list) else [leaf])}
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


PYTORCH = PyTorch()
