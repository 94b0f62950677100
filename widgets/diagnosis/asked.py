"""What `diagnose` is asked about: anything else is refused in a sentence that names it, and the cure."""

from ..libraries import is_module, is_tensor, library_of
from ..observations.seen import Seen
from ..words.names import readable
from ..words.numbers_as_text import shape as shape_text

LOSSES = {
    list: "Add the losses in it: sum(losses).",
    tuple: "Add the losses in it: sum(losses).",
    dict: "Add the losses in it: sum(losses.values()).",
    type(None): "Let the function that computes the loss return it.",
}
USUAL = "Pass the loss as it is, a tensor before .item(), or what `with watching() as seen:` saw."


def loss_of(thing):
    """A loss or what was seen, as it was given."""
    if isinstance(thing, Seen):
        return thing
    if not is_tensor(thing):
        raise TypeError(f"diagnose takes a loss, and got {said(thing)}. {LOSSES.get(type(thing), USUAL)}")
    return single(thing)


def single(loss):
    """A loss of one element."""
    if loss.numel() != 1:
        raise ValueError(f"diagnose takes a loss of one element, and got a tensor of shape {shape_text(tuple(loss.shape))}. "
                         "Reduce it to one number, as with .mean() or .sum().")  # fmt: skip
    return loss


def models_of(things, loss) -> list:
    """One model or several, as a list."""
    found = all_of(things, is_module, "model= takes a model", "Pass the model that computed the loss.")
    if is_tensor(loss) and not all(library_of(loss).is_module(each) for each in found):
        raise TypeError(
            "the model is of another library than the loss. Pass the model that computed the loss."
        )
    return found


def optimizers_of(things) -> list:
    """One optimizer or several, as a list."""
    return all_of(
        things, is_optimizer, "optimizer= takes an optimizer", "Pass the optimizer that moves the model."
    )


def is_optimizer(thing) -> bool:
    return isinstance(readable(lambda each: each.param_groups, thing), list)


def all_of(things, fits, takes, usual) -> list:
    if things is None:
        return []
    several = things if isinstance(things, list | tuple) else [things]
    for each in several:
        if isinstance(each, type) or not fits(each):
            raise TypeError(f"{takes} or a list of them, and got {said(each)}. {cure(each) or usual}")
    return list(several)


def cure(thing) -> str:
    """What to pass instead, where that is known from the thing."""
    if isinstance(thing, type):
        return f"Make one: {thing.__name__}(...)."
    if is_optimizer(thing) or is_module(thing):
        return "The order is diagnose(loss, model, optimizer)."
    if isinstance(thing, dict):
        return "Pass its values as a list: list(things.values())."
    return (
        "Pass the model itself, not its parameters()."
        if is_tensor(thing) or hasattr(type(thing), "__next__")
        else ""
    )


def said(thing) -> str:
    """What a thing is, in words."""
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    kind = type(thing).__name__
    if isinstance(thing, str | int | float):
        return f"{thing!r} of type {kind}"
    return "None" if thing is None else f"something of type {kind}"
