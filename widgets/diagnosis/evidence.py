"""What a report is drawn from: the trace, the parameters, and what was noted besides."""

import weakref
from dataclasses import dataclass, field
from typing import Any

from ..libraries.undisturbed import undisturbed
from ..observations.forward_pass import source_at
from ..observations.seen import Failure, Seen
from ..recorders import MAX_ELEMENTS, graph, leaves_of, prepared, written
from ..recorders.faults import failure_of
from ..recorders.graph import source_of
from ..recorders.used_up import OPENING
from ..trace import Trace
from ..words.names import caller, named_tensors
from .asked import single
from .errors import ELEMENT_0, IN_PLACE
from .parameters import Parameters

FREED = ("An earlier backward() has freed the graph, so that of the gradients on the way nothing is known. "
         "Diagnose what `with watching() as seen:` around it saw.")  # fmt: skip
HOOKS = "Hooks of yours were called while the gradients were taken: what they write, they wrote."


@dataclass
class Evidence:
    """What findings are read from.

    Attributes
    ----------
    trace : Trace or None
    parameters : list of Parameter
    strays : list of pairs: a name and whether the model has a parameter of that shape that is held by no optimizer,
        for each tensor that an optimizer holds and the model does not
    orphans : list of ids, leaves of the trace that nothing holds any more
    cuts, events, passes : as in `Observations`
    failure : Failure or None
    kept : dict as in `Observations`
    modes : dict, from modules at work to whether they, and the outermost one, were in training mode, and whether it learned
    untold : list of str, what could not be known, and why
    root : weak reference to the loss, or None where its pass was recorded before
    unused, idle, functions : dicts as in `Observations`
    hidden, replaced : lists as `Parameters` returns them
    moved : list of pairs: where a model that learned was called and nothing was recorded, and the parts whose averages that moved
    doubted : list of tuples, what `Observations.doubted` holds
    checks : dict, from operations of `functions` that were checked to what is wrong with them, None for nothing
    differences : list of (Source, shapes, numbers), of differences of tensors of unlike dimensions
    """

    trace: Trace | None = None
    parameters: list = field(default_factory=list)
    strays: list = field(default_factory=list)
    orphans: list = field(default_factory=list)
    cuts: list = field(default_factory=list)
    events: list = field(default_factory=list)
    failure: Failure | None = None
    kept: dict = field(default_factory=dict)
    modes: dict = field(default_factory=dict)
    optimizers: int = 0
    untold: list = field(default_factory=list)
    root: Any = None
    differences: list = field(default_factory=list)
    unused: dict = field(default_factory=dict)
    functions: dict = field(default_factory=dict)
    hidden: list = field(default_factory=list)
    idle: dict = field(default_factory=dict)
    replaced: list = field(default_factory=list)
    moved: list = field(default_factory=list)
    checks: dict = field(default_factory=dict)
    doubted: list = field(default_factory=list)


def gathered(source: Any, models, optimizers) -> Evidence:
    """Look at a loss, or at what `watching` saw; nothing of the user's is changed."""
    frame = caller()
    root = None
    if isinstance(source, Seen):
        observed, untold = [source.observed], []
        trace, leaves, failure = source.trace, source.leaves, source.failure
        if trace is None and source.latest() is not None:
            root = weakref.ref(source.latest())
            trace, leaves, found, untold, _ = undisturbed(lambda: looked_at(single(source.latest()), frame))
            failure = failure or found
        untold = [*filter(None, [source.untold]), *untold]
    else:
        root = weakref.ref(source)
        trace, leaves, failure, untold, observed = undisturbed(lambda: looked_at(source, frame))
    parameters = Parameters(models, optimizers, observed, leaves, frame)
    return Evidence(
        trace, parameters.known(), parameters.strays(), [node for node, ref in leaves.items() if ref is None],
        [cut for each in observed for cut in each.cuts], [event for each in observed for event in each.events],
        failure, joined(each.kept for each in observed), modes_of(observed), len(parameters.optimizers), untold, root,
        [(source_of(source_at(*place)), *told) for each in observed for place, told in each.differences.items()],
        joined(each.unused for each in observed), joined(each.functions for each in observed),
        parameters.hidden(), idle=joined(each.idle for each in observed), replaced=parameters.replaced(), moved=averages_moved(observed),
        doubted=[each for one in observed for each in one.doubted.values()],
    )  # fmt: skip


def modes_of(observed) -> dict:
    """From modules at work to whether they, and the outermost one, were in training mode, and whether it learned."""
    found = {}
    for each in observed:
        learned = learned_of(each)
        found |= {told: (*flags, key in learned) for told, (*flags, key) in each.modes.items()}
    return found


def learned_of(observed) -> set:
    """The ids of the outermost modules of which a step moved something."""
    return {key for key, ref in observed.roots.items()
            if (root := ref()) is not None and any(id(p) in observed.moved for p in root.parameters())}  # fmt: skip


def averages_moved(observed) -> list:
    return [(source_of(source_at(code, lasti)), parts) for each in observed for key, (_, code, lasti, parts) in each.evaluated.items()
            if parts and key in learned_of(each)]  # fmt: skip


def joined(parts) -> dict:
    return {key: value for part in parts for key, value in part.items()}


def looked_at(loss, frame, rules=False):
    """Take the gradients of a loss; returns trace, leaves, failure, what is not known, and its observations."""
    if not loss.requires_grad:
        return None, {}, Failure("RuntimeError", f"{ELEMENT_0} and does not have a grad_fn"), [], []
    recorder, skeleton, steps = prepared(loss, None, None, MAX_ELEMENTS, frame, rules)
    observed = recorder.noted.observed
    for each in observed:
        if each.recorded is not None and each.recorded[0]() is loss:
            return *each.recorded[1:], None, [], observed
    kept = [(tensor, tensor._grad) for tensor in recorder.retaining.values()]
    try:
        seeds = recorder.look(steps)
    except RuntimeError as error:
        failure = failure_of(error, loss, observed[-1] if observed else None, None)
        spoiled = failure.message.startswith(IN_PLACE)
        freed = failure.message.startswith(OPENING)
        said = FREED if freed else f"The gradients were not taken: {str(error).partition('. ')[0]}"
        told = [] if spoiled else [said]
        return graph(loss), leaves_of(recorder, skeleton), failure if spoiled else None, told, observed
    finally:
        for tensor, gradient in kept:
            tensor._grad = gradient
    ran = [HOOKS] if with_hooks(recorder, frame) else []
    return (
        written(recorder, skeleton, seeds, steps.steps),
        leaves_of(recorder, skeleton),
        None,
        ran,
        observed,
    )


def with_hooks(recorder, frame) -> bool:
    named = named_tensors(None, frame, recorder.library.is_tensor)
    return any(map(hooked, (*recorder.leaves.values(), *(tensor for _, tensor in named))))


def hooked(tensor) -> bool:
    """Whether a tensor has hooks of the user's, which a pass calls."""
    extra = getattr(getattr(tensor, "_grad_fn", None) or tensor, "extra", None)
    return bool(getattr(tensor, "_backward_hooks", None) or (extra is not None and extra.hooks))
