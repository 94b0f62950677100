"""Findings about optimizers, and about the order in which an iteration does what it does."""

from ..reasons.finding import Finding
from ..recorders.graph import source_of
from ..words.numbers_as_text import counted
from .gradients import named

EVALUATE = "Call model.eval() before evaluation, and model.train() after it."


def optimizers(evidence, reading):
    """Parameters that no optimizer holds, holds twice, or that were replaced after it was made."""
    known = [each for each in evidence.parameters if each.held >= 0]
    if evidence.replaced:
        yield Finding("optimizer", f"{named(evidence.replaced)}: replaced by {'another tensor' if len(evidence.replaced) == 1 else 'other tensors'} "
                      "while it was trained; the optimizer holds the old one.", None,
                      f"{counted(len(evidence.replaced), 'parameter')} of the model when the block began: step() moves what nothing reads any more.",
                      cure="Change the numbers and keep the tensor: with torch.no_grad(): weight.clamp_(-1, 1), or weight.copy_(new).")  # fmt: skip
    left_out = [name for name in left_out_of(known) if name not in evidence.replaced]
    replaced = [name for name, alike in evidence.strays if alike]
    if left_out and replaced and any(each.held and each.of_model for each in known):
        yield Finding("optimizer", f"The optimizer moves tensors that the model does not have, and not {named(left_out)}: "
                      "as if they had been replaced after it was made.", None,
                      f"{counted(len(replaced), 'tensor')} of the optimizer, of the same shapes, are no parameters of the model.",
                      cure="Make the optimizer last: after .to(), load, new layers.")  # fmt: skip
    elif left_out and evidence.strays:
        yield Finding("optimizer", f"{named(left_out)}: in no optimizer, so that step() never moves them.", None,
                      f"The optimizer holds {counted(len(evidence.strays), 'tensor')} that the model does not have.",
                      cure="Make the optimizer of this model's parameters, and last: after .to(), load, new layers.")  # fmt: skip
    elif left_out:
        yield Finding("optimizer", f"{named(left_out)}: in no optimizer, so that step() never moves them.", None,
                      f"{counted(len(left_out), 'parameter')} of {len(known)} get a gradient that nothing uses.",
                      cure="Give it all parameters, or freeze those that should stay: requires_grad_(False).")  # fmt: skip
    twice = [each.name for each in known if each.held > 1]
    if twice:
        yield Finding("optimizer", f"{named(twice)}: held more than once, so that step() moves them as often.", None,
                      f"{counted(len(twice), 'parameter')} in several groups or optimizers.",
                      cure="Put each parameter into one group of one optimizer.")  # fmt: skip


def plain_lists(evidence, reading):
    """Layers in a plain list, which are at work and no part of the model."""
    for where, kind, count in evidence.hidden:
        other = "ModuleDict" if kind == "dict" else "ModuleList"
        yield Finding("optimizer", f"{where} is a plain {kind}, so that what is in it is no part of the model: step() never moves it.",
                      None, f"{counted(count, 'module')} in it: at work, and parameters() leaves them out.",
                      cure=f"Let the model know them: nn.{other}(...) around the {kind}.")  # fmt: skip


def left_out_of(known, meant=True):
    """The names of a model's parameters that get a gradient and are in no optimizer; whether they are meant to be."""
    return [each.name for each in known if each.held == 0 and each.trains and each.of_model
            and each.meant is meant and (each.node or each.had)]  # fmt: skip


def not_moved(evidence):
    """A note: models that take part, and that no optimizer moves, perhaps on purpose."""
    if names := left_out_of(evidence.parameters, meant=False):
        yield f"In no optimizer: {named(names)}. No step() moves them."
    of_others = [each.name for each in evidence.parameters if each.held < 0 and each.of_model and each.node]
    if (
        of_others
        and evidence.strays
        and not any(each.held > 0 and each.of_model for each in evidence.parameters)
    ):
        yield f"Another optimizer holds {named(of_others)}, and those looked at hold nothing of the model."


def loop(evidence, reading):
    """What an iteration leaves out, or does in the wrong order; known from two iterations on."""
    events = evidence.events
    passes = [event for event in events if event.kind == "backward"]
    for owner in dict.fromkeys(event.owner for event in events if event.owner):
        own = [event for event in events if event.owner in (0, owner)]
        steps = [event for event in own if event.kind == "step"]
        thrown = next((event for event in steps if event.gradients == "thrown"), None)
        if thrown is not None:
            before = own[own.index(thrown) - 1]
            said = f"`{before.source.expression}` stands" if before.kind == "zero_grad" else "they are reset"
            yield Finding("loop", f"The gradients are thrown away before they are used: {said} between backward() and step().",
                          source_of((before if before.kind == "zero_grad" else thrown).source),
                          f"`{thrown.source.expression}` (line {thrown.source.line}) follows with no gradient left.")  # fmt: skip
        if any(event.gradients == "added" for event in steps):
            yield Finding("loop", "zero_grad() is missing: backward() adds to gradients that a step has used already.",
                          source_of(steps[0].source), f"{counted(len(passes), 'backward pass', 'backward passes')} and "
                          f"{counted(len(steps), 'step')} were watched; the sums were used again.")  # fmt: skip
        again = next((event for event in steps if event.gradients == "again"), None)
        if again is not None:
            yield Finding("loop", "step() is called twice for one backward(): it moves the parameters again by the same gradients.",
                          source_of(again.source), f"{counted(len(steps), 'step')} and {counted(len(passes), 'backward pass', 'backward passes')} "
                          "were watched; nothing was added to the gradients between two steps.")  # fmt: skip
        yield from idle(evidence.idle.get(owner), passes, steps)
        if times := evidence.unused.get(owner):
            yield Finding("loop", "step() is missing: the gradients are computed and thrown away.", source_of(passes[-1].source),
                          f"{counted(len(passes), 'backward pass', 'backward passes')} were watched, and no step(): "
                          f"gradients were reset {counted(times, 'time')}, and no parameter had moved.")  # fmt: skip


def idle(found, passes, steps):
    """Steps of an optimizer that found no gradient."""
    times, instead = found or (0, [])
    said = f"{counted(times, 'step')} one after the other found no gradient"
    if times and instead:
        name = instead[0]
        yield Finding("optimizer", f"{name}: replaced after the optimizer was made, which holds another tensor.", source_of(steps[-1].source),
                      f"{said}, and the losses came from another tensor of the same shape.",
                      cure=f"Change the numbers and keep the tensor: with torch.no_grad(): {name}.copy_(new), or {name}.clamp_(-1, 1).")  # fmt: skip
    elif times and not passes:
        yield Finding("loop", "backward() is missing: step() finds no gradient, and moves nothing.", source_of(steps[-1].source),
                      f"{said}, and no backward pass was run.")  # fmt: skip


def one_iteration(evidence):
    """A note: what one iteration cannot tell."""
    steps = sum(event.kind == "step" for event in evidence.events)
    passes = sum(event.kind == "backward" for event in evidence.events)
    if (
        evidence.optimizers
        and passes == 1
        and steps <= 1
        and not any(e.kind == "zero_grad" for e in evidence.events)
    ):
        yield "Whether zero_grad() or step() is missing shows from two watched iterations on."


def memory(evidence, reading):
    """Variables that keep the graph of every iteration."""
    for name, (operations, size) in evidence.kept.items():
        yield Finding("memory", f"{name} keeps the graph of every iteration, so that memory grows.", None,
                      f"After three iterations {counted(operations, 'operation')} hang on it"
                      + (f", which have saved {in_bytes(size)} of earlier iterations." if size else ". What they had saved is freed already."),
                      cure=f"Keep numbers: {name} of loss.item(), or loss.detach().")  # fmt: skip


def in_bytes(size) -> str:
    """A size in words: ``"1.2 MB"``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def mode(evidence, reading):
    """Modules that were in training mode when they were evaluated, or the other way round."""
    kinds = [event.kind for event in evidence.events]
    asleep = [
        told
        for told, (training, outer, learned) in evidence.modes.items()
        if learned and not training and not outer
    ]
    awake = [told for told, (training, _, _) in evidence.modes.items() if training]
    if asleep and "step" in kinds:
        yield Finding("mode", f"The model is trained in eval() mode: {named(asleep)}.", None,
                      "Dropout passes everything on, BatchNorm uses the averages of before and does not move them.",
                      cure="Call model.train() before training.")  # fmt: skip
    if (
        awake
        and not kinds
        and evidence.trace is None
        and evidence.failure is None
        and any(cut.quiet for cut in evidence.cuts)
    ):
        yield Finding("mode", f"The model is evaluated in train() mode: {named(awake)}.", None,
                      "Dropout sets elements to 0 at random; BatchNorm uses this batch's averages, and moves those it keeps.",
                      cure=EVALUATE)  # fmt: skip
    for source, parts in evidence.moved:
        yield Finding("mode", f"The model is evaluated in train() mode: {named(parts)}.", source,
                      "BatchNorm uses this batch's averages there, and moves those it keeps, under no_grad, too.", cure=EVALUATE)  # fmt: skip
