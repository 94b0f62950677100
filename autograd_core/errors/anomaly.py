"""What is said about anomaly mode."""

import numpy as np

from ..core.grad_mode import mode
from ..core.node import Output
from .words import variable_name


def check_backward(node, g, contributions):
    """In anomaly mode: raise where a rule has returned NaN, or infinity of finite numbers."""
    if not mode.check_nan or isinstance(node, Output):
        return
    for slot, gradient in enumerate(contributions):
        if gradient is None or all_finite(gradient):
            continue
        bad = _bad(gradient)
        if bad == "nan" or all_finite(g, *operands_of(node)):
            name = variable_name(node.edges[slot])
            whose = f"`{name}`" if name else f"operand number {slot}"
            raise RuntimeError(
                f"Function '{node.name()}' returned {bad} values in its {slot}th output: the "
                f"gradient of {whose}. The operation was recorded at {node.source()}."
            )


def operands_of(node):
    """The operands of a node that is not freed: tensors, or their arrays."""
    return node.args[:-1] if node.operation.uniform else node.inputs


def all_finite(*values):
    """Whether no tensor, array or number among these holds NaN or infinity."""
    arrays = [np.asarray(getattr(value, "_data", value)) for value in _flat(values)]
    return all(np.isfinite(a).all() for a in arrays if a.dtype.kind in "fc")


def _flat(values):
    for value in values:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        elif value is not None:
            yield value


def _bad(gradient):
    return "nan" if np.isnan(getattr(gradient, "_data", gradient)).any() else "inf"


def appeared_forward(node, data):
    return RuntimeError(
        f"Function '{node.name()}' returned {_bad(data)} values in its forward output, of operands "
        f"that were finite. The operation stands at {node.source()}."
    )
