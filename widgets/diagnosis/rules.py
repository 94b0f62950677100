"""Finding: the backward rule of an operation of one's own is wrong, as `GradientCheck` tells it."""

import inspect
from functools import partial

import numpy as np

from ..functions.function import function_of
from ..gradient_check.derivatives import DIFFERS, Derivatives
from ..libraries import is_tensor, library_for
from ..libraries.undisturbed import undisturbed
from ..observations.forward_pass import source_at
from ..reasons.finding import Finding
from ..recorders.graph import source_of
from ..words.names import readable
from ..words.numbers_as_text import number

MOST = 40  # derivatives that are looked at


def wrong_rules(evidence, reading):
    """Operations whose gradient is another than that of what they compute, and not on purpose."""
    for operation, (code, lasti, args) in evidence.functions.items():
        found = readable(partial(checked, operation), args)
        if found is None or found.random or not found.count(DIFFERS) or not found.numeric.any():
            continue  # steps have another gradient on purpose
        name, worst = operation.__name__, found.worst
        numbers = (f"{found.title(worst)}: backward() gives {number(float(found.analytic[worst]))}, a central "
                   f"difference {number(float(found.numeric[worst]))}.")  # fmt: skip
        node = next((node.id for node in reading.ops if node.op.startswith(name)), "") if reading else ""
        yield Finding("rule", f"The backward rule of {name} is wrong: {found.summary()}", source_of(source_at(code, lasti)),
                      " ".join([numbers, *(f"{hint}." for hint in found.hints)]), name, node,
                      f"Mend {name}.backward; GradientCheck({name}.apply, [...]) shows each derivative.")  # fmt: skip


def checked(operation, args):
    """The derivatives of an operation at what it was applied to; None where it hands its numbers on as they are."""
    library = library_for(None, [each for each in args if is_tensor(each)])
    places = [i for i, each in enumerate(args) if library.is_floating(each) and each.requires_grad]

    def apply(*inputs):
        given = dict(zip(places, inputs, strict=True))
        return operation.apply(*(given.get(i, each) for i, each in enumerate(args)))

    def weighted(*inputs):
        made = apply(*inputs)
        outputs = [
            each for each in (made if isinstance(made, tuple) else [made]) if library.is_floating(each)
        ]
        random = np.random.default_rng(0)
        return sum(
            (each * library.leaf(random.uniform(0.5, 1.5, tuple(each.shape)), False)).sum()
            for each in outputs
        )

    def measured():
        inputs, takes = [args[i] for i in places], inspect.signature(operation.forward).parameters.values()
        told = len(takes) >= len(args) and not any(each.kind == each.VAR_POSITIONAL for each in takes)
        names = [list(takes)[i - len(args)].name for i in places] if told else None
        plain = function_of(apply, inputs, names)
        same = any(np.array_equal(out, x) for out in plain.returned() for x in plain.arrays)
        return None if same else Derivatives(plain.composed(weighted), most=MOST, curves=0)

    return undisturbed(measured)
