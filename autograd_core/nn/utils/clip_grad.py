"""Gradients kept from growing too large, in place."""

import numpy as np

from ...core.tensor import Tensor, result
from ...creation import zeros


def _gradients(parameters):
    parameters = (parameters,) if isinstance(parameters, Tensor) else parameters
    return [p._grad for p in parameters if p._grad is not None]


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale all gradients together so that their norm is at most ``max_norm``.

    Returns the norm, a tensor, that they had before; ``norm_type`` may be ``float("inf")``.
    Raises RuntimeError for a norm of NaN or infinity if ``error_if_nonfinite``.
    """
    gradients = _gradients(parameters)
    if not gradients:
        return zeros(())
    norms = [np.linalg.norm(g._data.ravel(), norm_type) for g in gradients]
    norm = np.linalg.norm(np.array(norms), norm_type)
    if error_if_nonfinite and not np.isfinite(norm):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, "
            "so it cannot be clipped."
        )
    factor = max_norm / (norm + 1e-6)
    if not factor > 1:
        for gradient in gradients:
            gradient.mul_(float(factor))
    return result(norm, None)


def clip_grad_value_(parameters, clip_value, foreach=None):
    """Bring every element of every gradient between ``-clip_value`` and ``clip_value``."""
    for gradient in _gradients(parameters):
        gradient.clamp_(-clip_value, clip_value)
