"""The engine's derivative rules as a trace keeps them, for PyTorch's nodes as well."""

import numpy as np

from ..trace import Formula


def shown(rule, gradient=None):
    """Return an engine's formula as plain text, numbers put in where all are single ones.

    ``gradient`` is the incoming gradient, an array; without it ``g`` stays a letter.
    """
    local = rule.local
    number = None if gradient is None or np.size(gradient) != 1 else np.asarray(gradient).item()
    single = local is not None and (gradient is None or number is not None)
    return Formula(
        text=rule.text,
        latex=rule.latex,
        numbers=rule.with_numbers(g=number) if single else "",
        local=local.text if local else "",
        local_latex=local.latex if local else "",
        local_numbers=local.numbers if local else "",
    )


def local_derivative(rule, shape, dtype):
    """Return the local derivative of a rule that works element by element, else None.

    It is what the rule gives for an incoming gradient of ones, as an array of the result's
    shape.
    """
    if rule is None or rule.local is None or shape is None:
        return None
    try:
        value = np.asarray(rule.local.evaluate())
    except (NameError, TypeError, AttributeError):
        return None  # something that the rule needs was not kept
    dtype = np.dtype(dtype) if dtype != "bfloat16" else np.float32
    if value.size != 1 and value.shape != tuple(shape):
        return None
    return np.broadcast_to(value, shape).astype(dtype)

