"""More numbers around a tensor."""

import numpy as np

from ...core.tensor import Tensor, result
from ...limits import fitting
from ...meaning import means
from ...ops.arguments import check_tensors
from ...ops.indexing import index_select
from ...ops.rows import operation

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # PyTorch's words and NumPy's


@means("pad(x, widths)")
def framed(x, widths, value=0):
    """``x`` with so many numbers more before and after; fewer where a width is negative."""
    if isinstance(x, Tensor):
        return _constant(x, widths=widths, value=value)
    cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths))
    return np.pad(x[cut], [(max(a, 0), max(b, 0)) for a, b in widths], constant_values=value)


_constant = operation(
    "constant_pad_nd", framed, node="ConstantPadNdBackward0", analytic=True, fills=True,
    x=lambda g, widths: framed(g, tuple((-before, -after) for before, after in widths)),
)  # fmt: skip


def pad(input, pad, mode="constant", value=None):
    """``input`` with numbers around it: ``pad`` is (before, after) of the last dimension, then of others.

    ``mode`` is ``"constant"`` (of ``value``, else 0), ``"reflect"``, ``"replicate"`` or ``"circular"``.

    >>> torch.nn.functional.pad(torch.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    check_tensors("pad", input=input)
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(pad)} and input of dimension {input.ndim}"
        )
    pairs = [(0, 0)] * (input.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2]))[::-1]
    if mode == "constant":
        return _constant(input, widths=tuple(pairs), value=fitting(value or 0, input.dtype))
    if mode not in MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    for dim, (n, widths) in enumerate(zip(input.shape, pairs)):
        if mode == "reflect" and max(widths) >= n:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: "
                f"padding {widths} at dimension {dim} of input {list(input.shape)}"
            )
        if any(widths):
            input = index_select(input, dim, result(np.pad(np.arange(n), widths, MODES[mode]), None))
    return input
