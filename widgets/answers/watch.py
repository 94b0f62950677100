"""A learner's function, watched while it runs: its variables, its backward passes, what it called."""

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from ..functions.variables import looked_at
from ..libraries import is_tensor, libraries


@dataclass
class Watched:
    """What was seen while a function ran.

    Attributes
    ----------
    returned : what the function returned
    variables : dict, what its own variables held then
    passes : list of arrays, what each backward pass in it added to ``.grad`` of a leaf
    called : set of what was looked for: code objects, and names of built-in functions
    differentiable : bool, whether a pass recorded what it did, so that its gradients require grad, too
    """

    returned: Any = None
    variables: dict = field(default_factory=dict)
    passes: list[np.ndarray] = field(default_factory=list)
    called: set[CodeType | str] = field(default_factory=set)
    differentiable: bool = False


def watched(fn: Callable, position: int, uses: Iterable[Callable], *inputs: Any) -> Watched:
    """Run a function, and return what was seen; the passes as they came to the input at a position.

    >>> import autograd_core as torch
    >>> def f(x):
    ...     s = x**2
    ...     s.backward()
    ...     return x.grad
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> seen = watched(f, 0, (), x)
    >>> seen.returned.item(), seen.variables["s"].item(), [each.item() for each in seen.passes]
    (6.0, 9.0, [6.0])
    """
    seen, own = Watched(), getattr(fn, "__code__", None)
    leaf = inputs[position] if position < len(inputs) else None
    wanted = {called_as(each) for each in uses}
    pass_codes = {called_as(each) for library in libraries() for each in library.passes}
    inside: list = []  # frames of a backward pass, of which one may call another
    before = np.array(0.0)

    def look(frame, event, built_in):
        nonlocal before
        code = frame.f_code
        if event == "c_call":
            seen.called |= {built_in.__name__} & wanted
        elif event == "call":
            if code in pass_codes:
                seen.differentiable |= bool(frame.f_locals.get("create_graph"))
                if not inside:
                    before = held_by(leaf)
                inside.append(frame)
            elif code in wanted:
                seen.called.add(code)
        elif event == "return":
            if code is own:
                seen.variables.update(frame.f_locals)
            elif inside and frame is inside[-1]:
                inside.pop()
                if not inside:
                    seen.passes.append(held_by(leaf) - before)

    seen.returned = looked_at(look, fn, *inputs)
    return seen


def called_as(fn: Callable) -> CodeType | str | None:
    """What is seen of a call: the code of a function, of a method, or of what a callable object is; of a
    built-in function its name. None where nothing is.

    >>> import math
    >>> called_as(math.cos), called_as("cos")
    ('cos', None)
    """
    if isinstance(fn, functools.partial):
        return called_as(fn.func)
    inner = inspect.unwrap(getattr(fn, "forward", fn))
    codes = (
        getattr(each, "__code__", None) for each in (inner, type(inner).__call__ if callable(inner) else None)
    )
    built_in = inspect.isbuiltin(inner) or inspect.ismethoddescriptor(inner)
    name = inner.__name__ if built_in and not inner.__name__.startswith("__") else None  # no operator
    return next(filter(None, codes), name)


def gradient_of(tensor) -> np.ndarray | None:
    """What a tensor's ``.grad`` holds; None for what is no tensor, or keeps none."""
    kept = is_tensor(tensor) and (tensor.is_leaf or tensor.retains_grad)
    held = tensor.grad if kept else None
    return None if held is None else np.array(held.detach().tolist(), dtype=float)


def held_by(leaf) -> np.ndarray:
    """What a leaf's ``.grad`` holds, where nothing is 0."""
    held = gradient_of(leaf)
    return np.array(0.0) if held is None else held
