"""Finding: the backward rule of an operation of one's own is wrong, as `GradientCheck` tells it."""

import inspect
import re
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..functions.function import function_of
from ..gradient_check.derivatives import DIFFERS, UNTOLD, Derivatives
from ..libraries import is_tensor, library_for
from ..libraries.undisturbed import undisturbed
from ..observations.forward_pass import source_at
from ..reasons.finding import Finding
from ..recorders.graph import source_of
from ..words.names import readable
from ..words.numbers_as_text import number
from .errors import statement

MOST = 40  # derivatives that are looked at
BESIDE = 1e-3  # of the numbers' size: so far away an operation is looked at once more
MEANT = re.compile(r"straight|surrogate|\bSTE|STE\b|ste_|_ste", re.IGNORECASE)  # words of those who mean it
NAMED = re.compile(r"quanti|binar|ternar|round|sign|step|spik", re.IGNORECASE)  # a class that moves in steps


class Check(NamedTuple):
    """What was found of an operation: its derivatives, and whether it moves in steps, or is flat where they differ."""

    found: Any
    steps: bool
    flat: bool


def wrong_rules(evidence, reading):
    """Operations whose gradient is another than that of what they compute, and not on purpose."""
    for operation, (code, lasti, _) in evidence.functions.items():
        check = check_of(evidence, operation)
        if check is None or check.steps or (check.flat and is_meant(operation)):
            continue
        found, name, worst = check.found, operation.__name__, check.found.worst
        numbers = (f"{found.title(worst)}: backward() gives {number(float(found.analytic[worst]))}, a central "
                   f"difference {number(float(found.numeric[worst]))}.")  # fmt: skip
        node = next((node.id for node in reading.ops if is_of(node, name)), "") if reading else ""
        what = (
            " or meant as a straight-through estimator: it sends a gradient where the outcome is flat"
            * check.flat
        )
        part = reading.modules.get(node, "") if node else ""
        yield Finding("rule", f"The backward rule of {name} is wrong{what}: {found.summary()}", source_of(source_at(code, lasti)),
                      " ".join([numbers, *(f"{hint}." for hint in found.hints)]), part or name, node,
                      cure(operation, check.flat))  # fmt: skip


def wrong_modules(evidence, reading):
    """Modules whose gradient is another than that of what they compute, as a line changes a result behind its back."""
    for ref, code, lasti, args in evidence.doubted:
        module = ref()
        found = (
            module is not None
            and not is_meant(type(module))
            and readable(partial(derivatives_of, module), args)
        )
        if not found or found.random or not found.count(DIFFERS):
            continue
        source, worst, name = source_of(source_at(code, lasti)), found.worst, type(module).__name__
        yield Finding("rule", f"The gradient of {name} is wrong: `{statement(source)}` (line {source.line}) changes a result, and "
                      f"backward() does not know. {found.summary()}", source,
                      f"{found.title(worst)}: backward() gives {number(float(found.analytic[worst]))}, a central difference "
                      f"{number(float(found.numeric[worst]))}.", name,
                      cure=f"Make a new tensor where gradients are recorded; GradientCheck(module, [input]) of the {name} shows each derivative.")  # fmt: skip


def derivatives_of(module, args):
    """The derivatives of a whole module at what it got, by its parameters too."""
    return undisturbed(lambda: Derivatives(function_of(module, list(args)), most=MOST, curves=0))


def cure(operation, flat) -> str:
    """What to do about a wrong rule."""
    called = f"{operation.__name__}.apply" if isinstance(operation, type) else operation.__name__
    said = "; if it is meant, say “straight-through” in its docstring" if flat else ""
    return f"Mend the backward of {operation.__name__}; GradientCheck({called}, [...]) shows each derivative{said}."


def other_on_purpose(evidence):
    """A note: operations that move in steps, and send a gradient all the same, as straight-through estimators do."""
    for operation, (code, lasti, _) in evidence.functions.items():
        check = check_of(evidence, operation)
        if check is not None and (check.steps or (check.flat and is_meant(operation))):
            line = source_of(source_at(code, lasti)).line
            yield (f"{operation.__name__} (line {line}) sends a gradient where its outcome does not move, as a "
                   "straight-through estimator does. Differences cannot tell whether it is the one that is meant.")  # fmt: skip


def is_of(node, name) -> bool:
    """Whether an operation of one's own made a node."""
    return node.op.startswith(name) or f"_{name}_" in node.op


def is_meant(operation) -> bool:
    """Whether the code of an operation speaks of a gradient that is another on purpose."""
    try:
        text = inspect.getsource(operation if isinstance(operation, type) else operation.forward)
    except (OSError, TypeError):
        text = operation.__doc__ or ""
    return bool(NAMED.search(operation.__name__) or MEANT.search(f"{operation.__name__} {text}"))


def check_of(evidence, operation):
    """What was found of an operation whose derivatives differ; None where nothing is wrong, or nothing can be told."""
    if operation not in evidence.checks:
        args = evidence.functions[operation][2]
        evidence.checks[operation] = readable(partial(checked, operation), args)
    return evidence.checks[operation]


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
        return None if same else judged(plain, plain.composed(weighted))

    return undisturbed(measured)


def judged(plain, weighted):
    """What is wrong there and a little beside it too, where no kink and no jump is; None for nothing."""
    found = Derivatives(weighted, most=MOST, curves=0)
    if found.random or not found.count(DIFFERS):
        return None
    beside = [moved(array) for array in plain.arrays]
    other = Derivatives(weighted.at(beside), most=MOST, curves=0)
    found.verdicts[other.verdicts != DIFFERS] = UNTOLD
    found._find_worst()
    if not found.count(DIFFERS):
        return None
    resting = any(map(np.array_equal, plain.returned(), plain.at(beside).returned()))
    flat = other.numeric == 0
    steps = any(flat[(rows := slice(each.start, each.start + each.count))].all() and other.analytic[rows].any()
                for each in other.groups)  # fmt: skip
    return Check(found, resting or steps, bool(flat[found.verdicts == DIFFERS].all()))


def moved(array):
    """Numbers a little beside those of an array."""
    random, size = np.random.default_rng(1), np.abs(array).max(initial=0)
    away = random.uniform(0.5, 1, array.shape) * random.choice([-1, 1], array.shape)
    return array + BESIDE * (size if size > 0 else 1) * away
