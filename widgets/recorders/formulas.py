"""The engine's derivative rules as a trace keeps them, for PyTorch's nodes as well."""

import numpy as np

from autograd_core import formula

from ..trace import Formula


def shown(rule, gradient=None):
    """Return an engine's formula as plain text, numbers put in where all are single ones.

    ``gradient`` is the incoming gradient, an array; without it ``g`` stays a letter.
    """
    local = rule.local
    number = None if gradient is None or np.size(gradient) != 1 else np.asarray(gradient).item()
    return Formula(
        text=rule.text,
        latex=rule.latex,
        numbers="" if gradient is not None and number is None else rule.with_numbers(g=number),
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


def rules_of(operation, known, numbers):
    """The rules of an engine's operation with the values of a node of PyTorch.

    Parameters
    ----------
    operation : autograd_core.node.Operation
    known : dict from names (operands, ``y``, parameters) to arrays and numbers
    numbers : set of the names of operands that are plain numbers
    """
    tensors = {*operation.operands, "y"} - numbers
    rules = []
    for general, names in zip(formula.of(operation), operation.parameters, strict=True):
        if general is not None:
            held = {name: known[name] for name in names if name in known}
            general = formula._of_node(general, held, tensors)
        rules.append(general)
    return rules
