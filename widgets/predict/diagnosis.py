"""Which mistake gives a wrong answer, where a gradient is asked for: what a quiz knows of its pass."""

from collections.abc import Callable

import numpy as np

from ..answers.backward_pass import BackwardPass
from ..answers.slips import mistakes, no_slopes
from ..answers.verdict import Mistake, fits
from ..trace import Trace

ALONE = "this is what this pass alone sends: backward() adds it to what .grad already holds"


def slips_in(trace: Trace, thing: Callable, wanted: np.ndarray) -> list[Mistake]:
    """Return the answers that likely mistakes give to the question for a gradient.

    Whose gradient it is, the thing says: the tensor of the pass that its code names. Where it is
    not what the pass alone gave, something was in ``.grad`` before.

    >>> from ..recorders.example import example
    >>> w = None
    >>> [each.words for each in slips_in(example(), lambda: w, np.array(24.0))][0]
    'the size is right, and the sign is wrong'
    """
    passed = BackwardPass(trace)
    code = getattr(thing, "__code__", None)
    names = {*code.co_names, *code.co_freevars} if code else set()
    ids = [node.id for node in trace.nodes if node.name in names and node.id in passed.gradients]
    if len(ids) != 1:
        return []
    gradient, slips = passed.gradients[ids[0]], mistakes(passed, ids[0])
    found = slips + no_slopes(passed, ids[0], slips)
    if gradient.shape == wanted.shape and not fits(gradient, wanted):
        found = [
            Mistake("alone", ALONE, gradient),
            *(each for each in found if each.kind in ("stale", "value")),
        ]
    return [each for each in found if not fits(each.value, wanted)]
