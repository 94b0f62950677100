"""Findings about a backward pass that raised an error."""

import ast
import re

from ..reasons.cuts import cut_in_words, explaining
from ..reasons.finding import Finding
from ..recorders.graph import source_of
from ..recorders.used_up import OPENING

ELEMENT_0 = "element 0 of tensors does not require grad"
IN_PLACE = "one of the variables needed for gradient computation has been modified by an inplace operation"


def element_0(evidence, reading):
    """The loss requires no gradient."""
    failure = evidence.failure
    if failure is None or not failure.message.startswith(ELEMENT_0):
        return
    what = "The loss requires no gradient, so that backward() has nowhere to go"
    frozen = [each for each in evidence.parameters if not each.trains]
    cut = explaining([cut for cut in reversed(evidence.cuts) if cut.goes_on])
    if cut is not None:
        yield Finding("element 0", f"{what}: {cut_in_words(cut)}.", source_of(cut.source),
                      "What went in there required a gradient, what came out does not.")  # fmt: skip
    elif frozen and len(frozen) == len(evidence.parameters):
        yield Finding("element 0", f"{what}: every parameter is frozen.", source_of(failure.source),
                      f"requires_grad is False for all {len(frozen)} of them.",
                      cure="Let those that should learn require a gradient: model.head.requires_grad_(True).")  # fmt: skip
    else:
        why = "No operation was recorded on its way: nothing that it was computed from has requires_grad=True, or all of it ran under no_grad."
        yield Finding("element 0", f"{what}.", source_of(failure.source), why)


def in_place(evidence, reading):
    """A saved tensor was changed in place before the backward pass came to it."""
    failure = evidence.failure
    if failure is None or not failure.message.startswith(IN_PLACE):
        return
    saved, changed = failure.saved, failure.changed
    step = next((event for event in reversed(evidence.events) if event.kind == "step"), None)
    name = failure.name or changed_name(changed)
    name = name if saved and re.search(rf"\b{re.escape(name)}\b", written_until(saved)) else ""
    at = f"`{saved.expression}` (line {saved.line})" if saved else "An operation"
    if step is not None and (changed is None or changed == step.source):
        yield Finding("in place", f"{at} saved parameters for backward(), and `{step.source.expression}` (line {step.source.line}) "
                      "changed them before backward() came.", source_of(step.source), message(failure), "", "",
                      "First both backward passes, then step(); or run the forward pass again after the step.")  # fmt: skip
    elif changed is None:
        yield Finding("in place", f"What {at if saved else at.lower()} saved for backward() was changed in place before backward() came.",
                      source_of(saved), message(failure))  # fmt: skip
    else:
        yield Finding("in place", f"{at} saved {name or 'numbers'} for backward(), and `{statement(changed)}` (line "
                      f"{changed.line}) changed {'it' if name else 'them'} in place.", source_of(changed), message(failure))  # fmt: skip


def written_until(source) -> str:
    """The lines of an expression, up to its end."""
    lines = source.text.split("\n")
    return "\n".join([*lines[:-1], lines[-1][: source.end_column]])


def statement(source) -> str:
    """A change in place as it is written: where an element is set, the whole line."""
    line = source.text.strip()
    return line if line.startswith(f"{source.expression} =") else source.expression


def changed_name(source) -> str:
    """The variable that a line changes in place; ``""`` where that is not to be seen."""
    try:
        (changed,) = ast.parse(source.expression.strip()).body
    except (AttributeError, SyntaxError, ValueError):
        return ""
    found = changed.target if isinstance(changed, ast.AugAssign) else getattr(changed, "value", None)
    while True:
        match found:
            case ast.Call(func=ast.Attribute(value=part)) | ast.Subscript(value=part):
                found = part
            case ast.Name() | ast.Attribute():
                return ast.unparse(found)
            case _:
                return ""


def message(failure) -> str:
    """What the library says of it: shape and versions."""
    return failure.message.partition("operation: ")[2].partition(". ")[0].partition("; expected")[0] + "."


def second_time(evidence, reading):
    """A graph that a pass has used up is passed once more."""
    failure = evidence.failure
    if failure is None or not failure.message.startswith(OPENING):
        return
    passes = [event for event in evidence.events if event.kind == "backward"]
    first = passes[-2].source if len(passes) > 1 else None
    used = f" The first pass was `{first.expression}`, line {first.line}." if first else ""
    saved, cure = failure.saved, ""
    carried = failure.name
    if carried:
        parts = carried.split(", ")
        what = f"{' and '.join(parts)} {'carries' if len(parts) == 1 else 'carry'} the graph of an earlier pass over"
        cut = ", ".join(f"{part}.detach()" for part in parts)
        cure = f"Cut it off between the iterations: {carried} = {cut}{', or each part of a tuple' * (len(parts) == 1)}."
    elif saved is not None:
        what = f"`{saved.expression}` belongs to a graph that an earlier backward() has used up"
        cure = "Add the losses and call backward() once, or keep the graph the first time: backward(retain_graph=True)."
    else:
        what = "The graph was used up by an earlier backward()"
    yield Finding("second time", f"{what}.", source_of(saved or failure.source),
                  f"backward() frees what the operations saved; this one was made before the last pass.{used}",
                  cure=cure)  # fmt: skip
