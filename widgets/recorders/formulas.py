"""The engine's derivative rules as a trace keeps them, for PyTorch's nodes as well."""

import ast
import builtins

import numpy as np

from autograd_core.core.engine import unbroadcast

from ..trace import Formula


def shown(rule, gradient=None):
    """Return an engine's formula as plain text, numbers put in where all are single ones.

    ``gradient`` is the incoming gradient, an array; without it ``g`` stays a letter.
    """
    local = rule.local
    number = None if gradient is None or np.size(gradient) != 1 else np.asarray(gradient).item()
    single = local is not None and (gradient is None or number is not None) and not unknown(rule)
    return Formula(
        text=rule.text,
        latex=rule.latex,
        numbers=rule.with_numbers(g=number) if single else "",
        local=local.text if local else "",
        local_latex=local.latex if local else "",
        local_numbers=local.numbers if local else "",
    )


def unknown(rule):
    """The operands and parameters in a rule of which the node kept nothing."""
    names = {part.id for part in ast.walk(rule.tree) if isinstance(part, ast.Name)}
    return names - {"g"} - rule.values.keys() - rule.namespace.keys() - vars(builtins).keys()


def refuted(rule, gradient, sent):
    """Whether a rule, worked out for an incoming gradient, gives something else than was sent.

    ``gradient`` and ``sent`` are Values. PyTorch may take another derivative than the engine's: at
    a kink an older release, or one to come; and a formula may not speak of nan. A rule of which
    something was not kept is not refuted.
    """
    if None in (gradient, sent) or gradient.data is None or sent.data is None:
        return False
    try:
        g, sent_array = (np.asarray(x.data, _numpy_dtype(x.dtype)) for x in (gradient, sent))
        given = np.asarray(rule.evaluate(g=g))
        given = unbroadcast(given, sent_array.shape, None)
    except (NameError, TypeError, AttributeError, ValueError, IndexError):
        return False
    numbers = np.abs(np.concatenate([x.ravel() for x in (g, given, sent_array)]))
    scale = numbers[np.isfinite(numbers)].max(initial=0)
    near = 1e-6 if sent.dtype == "float64" else 2e-2
    return not np.allclose(given, sent_array, near, near * scale, equal_nan=True)


def _numpy_dtype(dtype):
    return np.dtype(dtype) if dtype != "bfloat16" else np.float32


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
    dtype = _numpy_dtype(dtype)
    if value.size != 1 and value.shape != tuple(shape):
        return None
    return np.broadcast_to(value, shape).astype(dtype)

