"""What PyTorch lets a program see of the graph's nodes, and hang on them: methods of Node."""

from ..core.node import Node, Output, RemovableHandle


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
        return (edge.edges[0], edge.number)
    if isinstance(edge, Node):
        return (None, 0) if edge.hidden else (edge, 0)
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


Node.next_functions, Node.metadata = property(next_functions), property(metadata)
Node.register_hook, Node.register_prehook = register_hook, register_prehook
