"""Recorders: they write a `Trace` from the tensors of one library each.

`record` runs the backward pass and writes down what happened; `graph` only looks. Both take
tensors of `autograd_core` or of PyTorch, which is imported only if it is already.
"""

import gc
import math
import weakref
from collections.abc import Mapping
from dataclasses import replace
from types import CellType
from typing import Any

from autograd_core.core.source import Source, name_of

from ..libraries import ENGINE, library_of
from ..long_work import long_work
from ..observations.seen import Seen
from ..trace import FAILED, FORWARD, Step, Trace
from ..words.names import caller, named_tensors
from . import engine, used_up
from .backward import Pass
from .graph import Operand, Operation, Skeleton, listings_of
from .scopes import scopes_of

MAX_ELEMENTS = 100  # a tensor of more is summarised
MOST_UNNAMED = 20  # leaves without a name, for which it is looked who holds them: that takes time


def record(output: Any, names: Mapping[str, Any] | None = None, *, gradient: Any = None,
           retain_graph: bool = False, max_elements: int = MAX_ELEMENTS) -> Trace:  # fmt: skip
    """Run ``output.backward(gradient, retain_graph)`` and return what happened as a `Trace`.

    The pass is the library's own: leaves get the ``.grad`` they would have got, the graph is
    freed unless it is to be retained, and nothing stays behind.

    Parameters
    ----------
    output : tensor of `autograd_core` or of PyTorch, of any shape
        Or what `watching` saw: its pass is returned if there was one, and else recorded.
    names : mapping, or None
        From names to tensors; ``locals()``, ``dict(model.named_parameters())`` and
        ``{"weights": [w1, w2]}`` will do. They go before the names of the caller's variables.
        A tensor of PyTorch's by the name of ``""`` is only looked at for its value.
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
        for a PyTorch graph of more than 25 000 operations.

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> trace = record(y)
    >>> [(node.name, node.value.data) for node in trace.nodes], trace.node("n0").grad.data
    ([('x', 3.0), ('y', 9.0)], 6.0)
    """
    if isinstance(output, Seen):
        if output.trace is not None:
            return output.trace
        output = output.tensor()
    with long_work():
        recorder, skeleton, steps = prepared(output, names, gradient, max_elements, caller())
        try:
            seeds = recorder.run(steps, gradient, retain_graph)
        except RuntimeError as error:
            raise used_up.explained(error, recorder.operations) from None
        if not retain_graph:
            used_up.remember(output, caller())
        return written(recorder, skeleton, seeds, steps.steps)


def prepared(output, names, gradient, max_elements, frame, rules=True):
    """What a pass is recorded with: a recorder, the graph, and what turns events into steps."""
    recorder = recorder_of(output)([output], max_elements=max_elements)
    recorder.check(gradient)
    recorder.brief = not rules
    skeleton = Skeleton(recorder.walk(_names(recorder, names, frame), rules))
    return recorder, skeleton, Pass(skeleton, recorder.value, max_elements)


def graph(outputs, names=None, *, max_elements=MAX_ELEMENTS, max_nodes=None):
    """Return the graph of one or several tensors as a `Trace` without backward pass or formulas.

    Parameters are those of `record`; ``outputs`` may be a list. A graph of more than
    ``max_nodes`` operations is cut: the latest ones stay, one node stands for all others (of
    a PyTorch graph only the latest 25 000 operations are counted).
    Tensors that require no gradient are nodes without operands.

    Raises TypeError if there is nothing to draw, or tensors of two libraries.
    """
    outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    if outputs and isinstance(outputs[0], Seen):
        if outputs[0].trace is not None:
            return outputs[0].trace
        outputs = [outputs[0].tensor()]
    makers = {recorder_of(output) for output in outputs}
    if len(makers) != 1:
        raise TypeError(
            "there is no tensor to look at"
            if not makers
            else "tensors of autograd_core and of PyTorch have no graph in common"
        )
    recorder = makers.pop()(outputs, max_elements=max_elements, max_nodes=max_nodes)
    with long_work():
        skeleton = Skeleton(recorder.walk(_names(recorder, names, caller()), rules=False))
        return written(recorder, skeleton, (None,) * len(outputs), [])


def leaves_of(recorder, skeleton):
    """Weak references to the leaves of a trace, by the ids of their nodes; None for one that nothing else holds."""
    there = {skeleton.ids[key]: leaf for key, leaf in recorder.leaves.items() if key in skeleton.ids}
    unnamed = {id(leaf) for node, leaf in there.items() if not skeleton.nodes[int(node[1:])].named}
    few = [leaf for leaf in there.values() if id(leaf) in unnamed] if len(unnamed) <= MOST_UNNAMED else []
    own = [id(each) for each in (there, few, recorder.leaves)]
    held = {id(part) for holder in gc.get_referrers(*few) if id(holder) not in own
            for part in parts_held(holder) if id(part) in unnamed} if few else set()  # fmt: skip
    orphans = {id(leaf) for leaf in few if id(leaf) not in held and not name_of(leaf)}
    return {node: None if id(leaf) in orphans else weakref.ref(leaf) for node, leaf in there.items()}


def parts_held(holder):
    """What a container of the user's holds; a graph's own are none."""
    if isinstance(holder, dict):
        return list(dict.values(holder))
    if isinstance(holder, CellType):
        return [holder.cell_contents]
    return list(holder) if isinstance(holder, list | set) else ()


def up_to_failure(name, operands, frame, lasti, error, max_nodes=1000):
    """The graph behind the operands of a call that raised an error, and the call, as a `Trace`."""
    recorder = recorder_of(operands[0])(operands, max_elements=MAX_ELEMENTS, max_nodes=max_nodes)
    found = recorder.walk(_names(recorder, None, frame), rules=False)
    used = [Operand(slot, constant=found.values[root], key=root) if root in found.constants
            else Operand(slot, producer=root) for slot, root in enumerate(found.roots)]  # fmt: skip
    source = Source.of(frame.f_code, lasti)
    found.operations.append(Operation(FAILED, math.inf, name, "", used, [(None, None)], source, kind=FAILED))
    found.roots = [(FAILED, 0)]
    failure = f"{type(error).__name__}: {error}"
    return replace(written(recorder, Skeleton(found), (None,), []), failure=failure)


def recorder_of(tensor):
    """The recorder for a tensor's library; raises TypeError for anything else."""
    cure = ". Pass the tensor on which you would call backward()."
    if library_of(tensor, cure) is ENGINE:
        return engine.EngineRecorder
    from .pytorch import TorchRecorder

    return TorchRecorder


def _names(recorder, names, frame):
    return list(named_tensors(names, frame, recorder.library.is_tensor))


def written(recorder, skeleton, seeds, backward):
    """The trace of what a recorder has found."""
    found = skeleton.graph
    nodes, edges = skeleton.finished_nodes(recorder.grads()), skeleton.finished_edges(recorder.max_elements)
    outputs = tuple(skeleton.ids[root] for root in found.roots)
    parameters = {skeleton.ids[key] for key, leaf in recorder.leaves.items()
                  if key in skeleton.ids and type(leaf).__name__ == "Parameter"}  # fmt: skip
    forward = [Step(FORWARD, node.id) for node in nodes if node.kind != "omitted"]
    return Trace(
        engine=found.engine,
        outputs=outputs,
        seeds=tuple(seeds),
        nodes=nodes,
        edges=edges,
        steps=(*forward, *backward),
        listings=listings_of(found.operations),
        omitted=found.omitted,
        scopes=scopes_of(
            nodes, edges, outputs, skeleton.ways(recorder.noted), parameters, recorder.noted.name
        ),
    )
