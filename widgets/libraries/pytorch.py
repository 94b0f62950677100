"""PyTorch as a library: its tensors as NumPy arrays."""

from collections import defaultdict

import numpy as np
import torch

from . import pytorch_private as private
from .library import Library
from .pytorch_copies import CONTINUED, MOST_NODES, SETTINGS, Copies, nodes_behind, on_cpu, quiet, recording
from .pytorch_operations import known
from .pytorch_watching import PyTorchWatcher

NUMPY_KNOWS = {
    torch.float64, torch.float32, torch.float16, torch.complex64, torch.complex128,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
}  # fmt: skip


class PyTorch(Library):
    """See `Library`."""

    name, complex_constants = "torch", True
    Tensor, Module, Function = torch.Tensor, torch.nn.Module, torch.autograd.Function
    Copies, Watcher, settings = Copies, PyTorchWatcher, SETTINGS
    passes = [Tensor.backward, torch.autograd.backward, torch.autograd.grad]
    recording, quiet = staticmethod(recording), staticmethod(quiet)
    is_recording = staticmethod(torch.is_grad_enabled)
    usual = property(lambda self: torch.empty(0).numpy().dtype)

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
        # Weights of its own would make PyTorch import SymPy, which takes a second.
        with recording():
            sums = [(out * torch.as_tensor(weight).to(out).conj()).sum().real
                    for weight, out in zip(weights, outputs, strict=True)]  # fmt: skip
        found = torch.autograd.grad(sums, leaves, retain_graph=True, allow_unused=True)
        return [None if each is None else self.array(each) for each in found]

    def no_complex_step(self, outputs):
        nodes = nodes_behind(outputs)
        for node in nodes:
            operation = known(node)
            known_so = operation.analytic or operation.op in CONTINUED
            if not known_so and not private.is_leaf(node):
                return f"{operation.op} is not known to be analytic"
        return "there are too many operations to look at" if len(nodes) > MOST_NODES else ""

    def coarsest(self, outputs, leaves):
        leaves = set(map(id, leaves))
        nodes, users, kinds = nodes_behind(outputs), defaultdict(list), set()
        for node in nodes:
            for operand, number in node.next_functions:
                users[operand].append((node, number))
        reached = [node for node in nodes if private.is_leaf(node) and id(private.leaf(node)) in leaves]
        seen = set(reached)
        for node in reached:  # which grows
            for user, number in users[node]:
                kinds.update(each.dtype for each in private.outputs(node)[number : number + 1])
                if user not in seen:
                    seen.add(user)
                    reached.append(user)
        named = ((torch.finfo(kind).eps, str(kind).removeprefix("torch.")) for kind in kinds)
        return max(named, default=(0.0, ""))


PYTORCH = PyTorch()
