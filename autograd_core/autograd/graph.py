"""What PyTorch lets a program see of the graph's nodes, and hang on them: methods of Node."""

from functools import cache

from .. import absent as _absent
from ..core.node import Node, Output, RemovableHandle
from ..core.tensor import Tensor
from .saved_tensors import saved_tensors_hooks


class AccumulateGrad:
    """Stands for a leaf in ``next_functions``; its gradient is added to ``variable.grad``."""

    def __init__(self, variable):
        self.variable = variable

    next_functions = ()

    def name(self):
        return "AccumulateGrad"

    def __eq__(self, other):
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self):
        return hash(self.variable)

    def __repr__(self):
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


def next_functions(self):
    """The operands' nodes as ``(node, output number)``, as PyTorch gives them."""
    return tuple(map(_as_function, self.tensor_edges))


def _as_function(edge):
    if edge is None:
        return (None, 0)
    if isinstance(edge, Output):
        return (edge.edges[0].of_its_name(), edge.number)
    if isinstance(edge, Node):
        return (None, 0) if edge.hidden else (edge.of_its_name(), 0)
    return (AccumulateGrad(edge), 0)


def metadata(self):
    """A dictionary for the user's own notes about this node."""
    return self.more().metadata


def register_hook(self, hook):
    """Call ``hook(grad_inputs, grad_outputs)`` after this node's rules have run."""
    return RemovableHandle(self.more().after, hook)


def register_prehook(self, hook):
    """Call ``hook(grad_outputs)`` before this node's rules run."""
    return RemovableHandle(self.more().before, hook)


def of_its_name(self):
    """This node, from now on of a class that is called as PyTorch's is: programs ask for its name."""
    if type(self).__name__ != self.name():
        self.__class__ = _class_of_name(getattr(self, "plain", type(self)), self.name())
    return self


@cache
def _class_of_name(plain, name):
    return type(name, (plain,), {"__slots__": (), "plain": plain})


Node.of_its_name = of_its_name
Node.next_functions, Node.metadata = property(next_functions), property(metadata)
Node.register_hook, Node.register_prehook = register_hook, register_prehook

# ---------------------------------------------------------------------- what tab completion shows

SEEN_OF_A_NODE = {
    "metadata",
    "name",
    "next_functions",
    "register_hook",
    "register_prehook",
    "saved_tensors",
    "source",
}
INSIDE_A_TENSOR = {"array", "before_change", "edges", "extra", "hidden", "replace", "seq", "view_of"}


def names_of_node(self):
    """What a program may use of a node."""
    return [name for name in object.__dir__(self) if name[:2] == "__" or name in SEEN_OF_A_NODE]


def names_of_tensor(self):
    """What a program may use of a tensor: nothing that the engine keeps for itself."""
    names = object.__dir__(self)
    return [name for name in names if name[:2] == "__" or (name[0] != "_" and name not in INSIDE_A_TENSOR)]


Node.__dir__, Tensor.__dir__ = names_of_node, names_of_tensor
Tensor.__getattr__ = _absent.refused

__all__ = ["Node", "saved_tensors_hooks"]

__getattr__ = _absent.refusal(__name__)
