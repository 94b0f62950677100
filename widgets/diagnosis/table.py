"""The findings in the order in which they are told, and what else is noted."""

from ..reasons.numbers import not_finite
from ..reasons.reading import Reading
from .depth import depth
from .errors import element_0, in_place, second_time
from .gradients import constant, frozen, no_gradient, no_leaf, zero_gradients
from .losses import broadcast, probabilities
from .rules import other_on_purpose, wrong_modules, wrong_rules
from .training import loop, memory, mode, not_moved, one_iteration, optimizers, plain_lists

FINDINGS = [in_place, second_time, element_0, not_finite, wrong_rules, wrong_modules, no_gradient, no_leaf, zero_gradients, constant, optimizers, plain_lists, loop,
            broadcast, probabilities, depth, memory, mode]  # fmt: skip
NOTES = [frozen, not_moved, one_iteration, other_on_purpose]


def findings(evidence) -> list:
    """What is wrong, worst first: a pure function of what is known."""
    reading = Reading(evidence.trace) if evidence.trace is not None else None
    return [each for find in FINDINGS for each in find(evidence, reading)]


def notes(evidence) -> list[str]:
    """What is told below the findings."""
    untold = evidence.untold if evidence.failure is None else []
    return [*(note for find in NOTES for note in find(evidence)), *untold]
