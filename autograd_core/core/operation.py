"""How a line of an operation table becomes a function that records itself.

::

    sin = unary("sin", np.sin, lambda g, x, y: g * np.cos(x))
    mul = binary("mul", operator.mul, a=lambda g, a, b, y: g * b, b=lambda g, a, b, y: g * a)
    sum_ = operation("sum", forward, x=lambda g, shape, dim: ...)  # any operands and parameters

A rule turns the incoming gradient ``g`` into the gradient of one operand. The rules of
``unary`` and ``binary`` all take the operands and the output ``y``; those of ``operation``
name what they need. The text of a rule is also the formula that learners see (formula.py).

``unary`` and ``binary`` are the hot path of every small example, so they write out what
``operation`` does in general: a node and a tensor are made field by field.
"""

import numpy as np

from .. import errors
from . import dtypes
from .grad_mode import mode, off
from .node import (
    ElementwiseNode, Operation, Output, _frame, latest, new, next_number, record, user_frame,
)  # fmt: skip
from .tensor import Tensor, result, watchers

_FLOAT_DTYPES = (dtypes.float64.numpy, dtypes.float32.numpy, dtypes.complex128.numpy)
_ndarray, _float64, _float32 = np.ndarray, np.float64, np.float32


def unary(op, forward, rule, *, node=None, kind=dtypes.as_float, formula=None):
    """An operation of one tensor, element by element.

    ``kind`` says in which type it computes for a type that is no floating-point type; without
    it whole numbers are turned into the default floating type first.
    """
    recorded_as = Operation(op, {"x": rule}, node, formula, uniform=True)

    def function(x):
        if not isinstance(x, Tensor):
            raise errors.not_a_tensor(op, "input", x)
        data = x._data
        if type(data) is not _float64 and data.dtype not in _FLOAT_DTYPES:
            data = data.astype(kind(x.dtype).numpy, copy=False)
        y = forward(data)
        edge = x._grad_fn or (x if x._requires_grad else None)
        if edge is None or (off and not mode.enabled):
            return result(y, None)
        if recorded_as.saves is None:
            recorded_as.study()
        made = ElementwiseNode()
        made.operation = recorded_as
        made.edge_a = edge
        made.a = data
        made.y = y
        made.inputs = (x,) if recorded_as.reads_first else ()
        made.edge_b = made.b = made.shapes = made.extra = None
        made.seq = next_number()
        frame = _frame(1)
        made.code = code = frame.f_code
        made.lasti = frame.f_lasti
        if code is not latest.code:
            user_frame(frame, made)
        if watchers:
            return result(y, made)
        out = new(Tensor)
        out._data = y
        out._grad_fn = made
        out._requires_grad = False
        out._grad = out._memory = out.extra = None
        return out

    return _finish(function, op, recorded_as)


def binary(op, forward, *, a, b, node=None, kind=dtypes.as_it_is, formula=None, keeps=None,
           number=(None, None)):  # fmt: skip
    """An operation of two tensors (or a tensor and a number), broadcast against each other.

    ``kind(common_type, a, b)`` says in which type it computes, or raises.
    ``number`` names the operations recorded instead where the first, or the second, operand is
    a plain number; where it is None the same one serves.
    """
    of_tensors = Operation(op, {"a": a, "b": b}, node, formula, uniform=True, keeps=keeps)
    of_number, by_number = (other or of_tensors for other in number)

    def function(a, b):
        shapes = edge_a = edge_b = None
        keep = True
        if isinstance(a, Tensor):
            x = a._data
            edge_a = a._grad_fn or (a if a._requires_grad else None)
            if type(b) is float or type(b) is int:  # asked first: it is the quicker question
                z = b
                recorded_as = by_number
                keep = False
                if type(x) is not _float64 and x.dtype not in _FLOAT_DTYPES:
                    x, z, shapes = mixed(a, b, kind, op)
            elif isinstance(b, Tensor):
                z = b._data
                recorded_as = of_tensors
                edge_b = b._grad_fn or (b if b._requires_grad else None)
                if type(x) is not _float64 or type(z) is not _float64:
                    if type(x) is _ndarray and type(z) is _ndarray:
                        if x.dtype is not z.dtype or x.dtype not in _FLOAT_DTYPES:
                            x, z, shapes = mixed(a, b, kind, op)
                        elif x.shape != z.shape:
                            shapes = (x.shape, x.dtype), (z.shape, z.dtype)
                    elif type(x) is not _float32 or type(z) is not _float32:
                        x, z, shapes = mixed(a, b, kind, op)
            else:
                recorded_as = by_number
                keep = False
                x, z, shapes = mixed(a, b, kind, op)
        else:
            x, z, shapes = mixed(a, b, kind, op)
            recorded_as = of_number
            edge_b = b._grad_fn or (b if b._requires_grad else None)
        try:
            y = forward(x, z)
        except (ValueError, TypeError) as error:
            raise errors.not_combined(op, x, z, error) from None
        if (edge_a is None and edge_b is None) or (off and not mode.enabled):
            return result(y, None)
        if recorded_as.saves is None:
            recorded_as.study()
        made = ElementwiseNode()
        made.operation = recorded_as
        made.edge_a = edge_a
        made.edge_b = edge_b
        made.a = x
        made.b = z
        made.y = y
        made.inputs = (a, b) if keep or recorded_as.reads_first else ()
        made.shapes = shapes
        made.extra = None
        made.seq = next_number()
        frame = _frame(1)
        made.code = code = frame.f_code
        made.lasti = frame.f_lasti
        if code is not latest.code:
            user_frame(frame, made)
        if watchers:
            return result(y, made)
        out = new(Tensor)
        out._data = y
        out._grad_fn = made
        out._requires_grad = False
        out._grad = out._memory = out.extra = None
        return out

    return _finish(function, op, of_tensors)


def mixed(a, b, kind, op):
    """The arrays of two operands brought to their common type, and their own shapes and types.

    Either may be a number, which counts least, or a NumPy array, which counts as a tensor.
    """
    a, b = (result(x.copy(), None) if isinstance(x, np.ndarray) else x for x in (a, b))
    common = common_type(a, b)
    if common is None:
        raise errors.unsupported_operand(op, a, b)
    common = kind(common, a, b).numpy
    arrays = [x._data if isinstance(x, Tensor) else x for x in (a, b)]
    shapes = tuple((np.shape(x), getattr(x, "dtype", None)) for x in arrays)
    x, z = (np.asarray(array).astype(common, copy=False)[()] for array in arrays)
    if x.shape == z.shape and all(dtype is None or dtype == common for _, dtype in shapes):
        shapes = None
    return x, z, shapes


def common_type(*operands):
    """The type in which these tensors and numbers meet; None where one is neither."""
    kinds = [None, None, None]  # the types of dimensioned tensors, 0-d tensors, numbers
    for operand in operands:
        if isinstance(operand, Tensor):
            rank, kind = (0 if operand._data.ndim else 1), operand.dtype
        else:
            rank, kind = 2, dtypes.of_scalar(operand)
            if kind is None:
                return None
        kinds[rank] = dtypes.promote(kind, kinds[rank])
    return dtypes.result_type(*kinds)


def operation(op, forward, *, node=None, formula=None, view=False, broadcast=False, **rules):
    """An operation of any number of tensors with parameters, shapes of its own making.

    ``forward(*arrays, **parameters)`` computes the output array; each operand's rule is
    called with the incoming gradient and whatever operands, output or parameters it names; until
    then operands and output among these must not be changed in place. Returns ``apply(*tensors,
    keeps=(), **parameters)``; ``keeps`` are other tensors that must not be changed. With ``view=True`` the output shares memory
    with the first operand. With ``broadcast=True`` the operands are broadcast against each other,
    and what their rules give is summed back to their shapes and types. A ``forward`` that returns
    a tuple makes several tensors; a rule then gets ``g`` as
    :class:`~autograd_core.core.node.Gradients`, one entry for each of them.
    """
    recorded_as = Operation(op, rules, node, formula)

    def apply(*tensors, keeps=(), **parameters):
        if view and type(tensors[0]._data) is not np.ndarray:
            tensors[0].array()
        arrays = [t._data if isinstance(t, Tensor) else t for t in tensors]
        try:
            y = forward(*arrays, **parameters)
        except ValueError:
            if broadcast:
                errors.check_broadcast(op, *arrays)
            raise
        grad_fn = None
        if mode.enabled:
            grad_fn = record(recorded_as, tensors, arrays, y, parameters, _frame(1), keeps)
        if broadcast and grad_fn is not None:
            grad_fn.shapes = tuple((np.shape(x), getattr(x, "dtype", None)) for x in arrays)
        if type(y) is tuple:
            return _several(y, grad_fn, tensors[0] if view else None)
        out = result(y, grad_fn)
        if view:
            out.view_of(tensors[0])
        return out

    return _finish(apply, op, recorded_as)


def _several(arrays, grad_fn, parent):
    """The tensors of an operation with several outputs, views of ``parent`` if there is one."""
    outs = []
    for number, y in enumerate(arrays):
        out = result(y, grad_fn and Output(grad_fn, number, len(arrays)))
        if parent is not None:
            out.view_of(parent, several=True)
        outs.append(out)
    return tuple(outs)


def _finish(function, op, recorded_as):
    function.__name__ = function.__qualname__ = op
    function.operation = recorded_as
    return function
