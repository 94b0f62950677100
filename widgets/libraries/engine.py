"""`autograd_core` as a library: its tensors as NumPy arrays."""

import numpy as np

import autograd_core
import autograd_core.nn.functional  # so that all operations are known by their names
from autograd_core.core.engine import reachable
from autograd_core.core.tensor import result
from autograd_core.gradcheck import first_not_analytic

from .engine_copies import SETTINGS, Copies, Made
from .engine_watching import EngineWatcher
from .library import Library


class Engine(Library):
    """See `Library`."""

    name, complex_constants = "autograd_core", False
    Tensor, Module = autograd_core.Tensor, autograd_core.nn.Module
    Function, Copies, Watcher = autograd_core.autograd.Function, Copies, EngineWatcher
    recording, quiet = autograd_core.enable_grad, autograd_core.no_grad
    is_recording = staticmethod(autograd_core.is_grad_enabled)
    settings = SETTINGS
    passes = [Tensor.backward, autograd_core.autograd.backward, autograd_core.autograd.grad]
    usual = property(lambda self: autograd_core.get_default_dtype().numpy)

    def is_floating(self, thing):
        return self.is_tensor(thing) and np.asarray(thing._data).dtype.kind in "fc"

    def epsilon(self, tensor) -> float:
        return float(np.finfo(self.array(tensor).dtype).eps)

    def array(self, tensor):
        return np.asarray(tensor._data)

    def leaf(self, values, requires_grad):
        tensor = result(np.array(values)[()], None)
        tensor._requires_grad = requires_grad
        tensor.__class__ = Made
        return tensor

    def gradients(self, outputs, weights, leaves):
        weights = [
            self.leaf(np.asarray(weight, out._data.dtype), False)
            for weight, out in zip(weights, outputs, strict=True)
        ]
        found = autograd_core.autograd.grad(outputs, leaves, weights, retain_graph=True, allow_unused=True)
        return [None if each is None else self.array(each) for each in found]

    def no_complex_step(self, outputs):
        operation = first_not_analytic(outputs)
        return f"{operation} is not known to be analytic" if operation else ""

    def coarsest(self, outputs, leaves):
        nodes, _ = reachable([out._grad_fn for out in outputs if out._grad_fn is not None])
        leading, found = set(leaves), [(0.0, "")]
        for node in reversed(nodes):
            for slot, edge in enumerate(node.edges):
                if edge in leading:
                    leading.add(node)
                    kind = np.dtype(operand_type(node, slot))
                    if kind.kind in "fc":  # what was made of a comparison is of whole numbers
                        found.append((float(np.finfo(kind).eps), str(kind)))
        return max(found)


def operand_type(node, slot):
    """The type of an operand of a node."""
    if node.shapes is not None:
        return node.shapes[slot][1]
    operands = node.inputs or node.args
    return np.asarray(getattr(operands[slot], "_data", operands[slot])).dtype
