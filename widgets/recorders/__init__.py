"""Recorders: they write a `Trace` from the tensors of one library each.

`record` runs the backward pass and writes down what happened; `graph` only looks. Both take
tensors of `autograd_core` or of PyTorch, which is imported only if it is already.
"""

from collections.abc import Mapping
from typing import Any

from ..libraries import ENGINE, library_of
from ..trace import FORWARD, Step, Trace
from ..words.names import caller, named_tensors
from . import engine, used_up
from .backward import Pass
from .graph import Skeleton, listings_of

MAX_ELEMENTS = 100  # a tensor of more is summarised


def record(output: Any, names: Mapping[str, Any] | None = None, *, gradient: Any = None,
           retain_graph: bool = False, max_elements: int = MAX_ELEMENTS) -> Trace:  # fmt: skip
    """Run ``output.backward(gradient, retain_graph)`` and return what happened as a `Trace`.

    The pass is the library's own: leaves get the ``.grad`` they would have got, the graph is
    freed unless it is to be retained, and nothing stays behind.

    Parameters
    ----------
    output : tensor of `autograd_core` or of PyTorch, of any shape
    names : mapping, or None
        From names to tensors; ``locals()``, ``dict(model.named_parameters())`` and
        ``{"weights": [w1, w2]}`` will do. They go before the names of the caller's variables.
    gradient : tensor of the output's shape
        The gradient the pass starts with; may be left out if the output has one element.
    retain_graph : bool
        Keep the graph for another pass.
    max_elements : int
        Tensors with more elements are kept as a summary.

    Raises
    ------
    TypeError
        ``output`` is not a tensor.
    RuntimeError
        Whatever ``backward()`` raises: no gradient is required, the output has several
        elements and no gradient is given, the graph is freed already (then with the place of
        the recording that freed it, where it is known), a saved value has been changed. Also
        for a PyTorch graph of more than 10 000 operations.

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> trace = record(y)
    >>> [(node.name, node.value.data) for node in trace.nodes], trace.node("n0").grad.data
    ([('x', 3.0), ('y', 9.0)], 6.0)
    """
    recorder = recorder_of(output)([output], max_elements=max_elements)
    recorder.check(gradient)
    skeleton = Skeleton(recorder.walk(_names(recorder, names)))
    steps = Pass(skeleton, recorder.value, max_elements)
    try:
        seeds = recorder.run(steps, gradient, retain_graph)
    except RuntimeError as error:
        raise used_up.explained(error, recorder.operations) from None
    if not retain_graph:
        used_up.remember(output, caller())
    return _trace(recorder, skeleton, seeds, steps.finish())


def graph(outputs, names=None, *, max_elements=MAX_ELEMENTS, max_nodes=None):
    """Return the graph of one or several tensors as a `Trace` without backward pass or formulas.

    Parameters are those of `record`; ``outputs`` may be a list. A graph of more than
    ``max_nodes`` operations is cut: the latest ones stay, one node stands for all others (of
    a PyTorch graph only the latest 10 000 operations are counted).
    Tensors that require no gradient are nodes without operands.

    Raises TypeError if there is nothing to draw, or tensors of two libraries.
    """
    outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    makers = {recorder_of(output) for output in outputs}
    if len(makers) != 1:
        raise TypeError(
            "there is no tensor to look at"
            if not makers
            else "tensors of autograd_core and of PyTorch have no graph in common"
        )
    recorder = makers.pop()(outputs, max_elements=max_elements, max_nodes=max_nodes)
    skeleton = Skeleton(recorder.walk(_names(recorder, names), rules=False))
    return _trace(recorder, skeleton, (None,) * len(outputs), [])


def recorder_of(tensor):
    """The recorder for a tensor's library; raises TypeError for anything else."""
    cure = ". Pass the tensor on which you would call backward()."
    if library_of(tensor, cure) is ENGINE:
        return engine.EngineRecorder
    from .pytorch import TorchRecorder

    return TorchRecorder


def _names(recorder, names):
    return list(named_tensors(names, caller(), recorder.library.is_tensor))


def _trace(recorder, skeleton, seeds, backward):
    found = skeleton.graph
    nodes = skeleton.finished_nodes(recorder.grads())
    forward = [Step(FORWARD, node.id) for node in nodes if node.kind != "omitted"]
    return Trace(
        engine=found.engine,
        outputs=tuple(skeleton.ids[root] for root in found.roots),
        seeds=tuple(seeds),
        nodes=nodes,
        edges=skeleton.finished_edges(recorder.max_elements),
        steps=(*forward, *backward),
        listings=listings_of(found.operations),
        omitted=found.omitted,
    )
