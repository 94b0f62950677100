"""A trace that one can check by hand."""

import linecache

from autograd_core import enable_grad, tensor

from ..trace import Trace
from . import record

CELL, CODE = "In [1]", "p = x * w\ny = p * p + 3 * x\n"


def example() -> Trace:
    """Record ``y = p * p + 3 * x`` with ``p = x * w``, as if a notebook's first cell had computed it.

    At x = 2 and w = 3: p = 6, y = 42. Backwards, p gets 6 twice (both operands of ``p * p``),
    x gets 3 from ``3 * x`` and 12·3 = 36 from ``x * w``, together 39, and w gets 12·2 = 24,
    which is added to the 1 that its ``.grad`` held before.

    >>> {node.name: node.grad.data for node in example().nodes if node.kind == "leaf"}
    {'x': 39.0, 'w': 25.0}
    """
    x, w = tensor(2.0, requires_grad=True), tensor(3.0, requires_grad=True)
    w.grad = tensor(1.0)
    variables = {"x": x, "w": w}
    linecache.cache[CELL] = len(CODE), None, CODE.splitlines(keepends=True), CELL
    with enable_grad():
        exec(compile(CODE, CELL, "exec"), variables)
    return record(variables["y"], variables)
