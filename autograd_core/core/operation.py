"""How a line of an operation table becomes a function that records itself.

::

    sin = unary("sin", np.sin, lambda g, x, y: g * np.cos(x))
    mul = binary("mul", operator.mul, a=lambda g, a, b, y: g * b, b=lambda g, a, b, y: g * a)
    sum_ = operation("sum", forward, x=lambda g, shape, dim: ...)  # any operands and parameters

A rule turns the incoming gradient ``g`` into the gradient of one operand; its text is also what
learners are told. ``unary`` and ``binary`` call it with all operands and the output ``y``.
``unary`` and ``binary`` are the hot path of every small example: what they record, an
:class:`ElementwiseNode`, is made field by field in :func:`_recorded`, and nowhere else.
"""

import numpy as np

from ..errors.operands import broadcast, not_a_tensor, not_combined, unsupported_operand
from . import dtypes
from .grad_mode import mode, off
from .node import ElementwiseNode, GeneralNode, Operation, Output, _frame, edge_of, new
from .source import latest, user_frame
from .storage import next_number
from .tensor import Tensor, result, watchers

_FLOAT_DTYPES = (dtypes.float64.numpy, dtypes.float32.numpy, dtypes.complex128.numpy)
_ndarray, _float64, _float32 = np.ndarray, np.float64, np.float32


def unary(op, forward, rule, *, node=None, kind=dtypes.as_float):
    """An operation of one tensor, element by element.

    ``kind`` says in which type it computes for a type that is no floating-point type; without
    it whole numbers are turned into the default floating type first.
    """
    recorded_as = Operation(op, {"x": rule}, node, uniform=True)

    def function(x):
        if not isinstance(x, Tensor):
            raise not_a_tensor(op, "input", x)
        data = x._data
        if type(data) is not _float64 and data.dtype not in _FLOAT_DTYPES:
            data = data.astype(kind(x.dtype).numpy, copy=False)
        y = forward(data)
        edge = x._grad_fn or (x if x._requires_grad else None)
        if edge is None or (off and not mode.enabled):
            return result(y, None)
        if recorded_as.saves is None:
            recorded_as.study()
        inputs = (x,) if recorded_as.reads_first else ()
        return _recorded(recorded_as, edge, None, data, None, y, inputs, None)

    return _finish(function, op, recorded_as)


def binary(op, forward, *, a, b, node=None, kind=dtypes.as_it_is, keeps=None,
           number=(None, None)):  # fmt: skip
    """An operation of two tensors (or a tensor and a number), broadcast against each other.

    ``kind(common_type, a, b)`` says in which type it computes, or raises.
    ``number`` names the operations recorded instead where the first, or the second, operand is
    a plain number; where it is None the same one serves.
    """
    of_tensors = Operation(op, {"a": a, "b": b}, node, uniform=True, keeps=keeps)
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
            raise not_combined(op, x, z, error) from None
        if (edge_a is None and edge_b is None) or (off and not mode.enabled):
            return result(y, None)
        if recorded_as.saves is None:
            recorded_as.study()
        inputs = (a, b) if keep or recorded_as.reads_first else ()
        return _recorded(recorded_as, edge_a, edge_b, x, z, y, inputs, shapes)

    return _finish(function, op, of_tensors)


def _recorded(operation, edge_a, edge_b, a, b, y, inputs, shapes):
    """The tensor around ``y`` with its node: what ``result(y, ElementwiseNode(...))`` would be."""
    node = ElementwiseNode()
    node.operation = operation
    node.edge_a = edge_a
    node.edge_b = edge_b
    node.a = a
    node.b = b
    node.y = y
    node.inputs = inputs
    node.shapes = shapes
    node.extra = None
    node.seq = next_number()
    frame = _frame(2)
    node.code = code = frame.f_code
    node.lasti = frame.f_lasti
    if code is not latest.code:
        user_frame(frame, node)
    if watchers:
        return result(y, node)
    out = new(Tensor)
    out._data = y
    out._grad_fn = node
    out._requires_grad = False
    out._grad = out._memory = out.extra = None
    return out


def mixed(a, b, kind, op):
    """The arrays of two operands brought to their common type, and their own shapes and types.

    Either may be a number, which counts least, or a NumPy array, which counts as a tensor.
    """
    a, b = (result(x.copy(), None) if isinstance(x, np.ndarray) else x for x in (a, b))
    common = common_type(a, b)
    if common is None:
        raise unsupported_operand(op, a, b)
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


def operation(op, forward, *, node=None, view=False, broadcast=False, **rules):
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
    recorded_as = Operation(op, rules, node)

    def apply(*tensors, keeps=(), **parameters):
        if view and type(tensors[0]._data) is not np.ndarray:
            tensors[0].array()
        arrays = [t._data if isinstance(t, Tensor) else t for t in tensors]
        try:
            y = forward(*arrays, **parameters)
        except ValueError:
            if broadcast:
                check_broadcast(op, *arrays)
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


def record(operation, tensors, arrays, y, parameters, frame, keeps=()):
    """The node of one application of an operation, or None where no operand needs it."""
    edges = tuple([edge_of(t) for t in tensors])
    if all(edge is None for edge in edges):
        return None
    known = parameters  # made for this call: nobody else sees the additions
    known.update(zip(operation.operands, arrays))
    known["y"] = y
    args = tuple([
        None if edge is None else pick(known) for edge, pick in zip(edges, operation.picks)
    ])  # fmt: skip
    if not operation.saves_operands:
        tensors = tuple(map(stand_in, tensors))
    return GeneralNode(operation, edges, args, (*tensors, *keeps), None, frame)


def stand_in(operand):
    """What a node holds of an operand that its rules do not read.

    The tensor itself may be changed in place later, by an operation that comes after this node:
    each would hold the other, and neither would be freed.
    """
    grad_fn = getattr(operand, "_grad_fn", None)
    return operand if grad_fn is None else result(operand._data, grad_fn)


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


def check_broadcast(op, *arrays):
    """Raise if some of these shapes cannot be broadcast against each other."""
    for i, a in enumerate(arrays):
        for b in arrays[i + 1 :]:
            try:
                np.broadcast_shapes(np.shape(a), np.shape(b))
            except ValueError:
                raise broadcast(op, a, b) from None


# ---------------------------------------------------------------------- gradients of gradients
# What a node's rules are called with as recorded tensors; attached here, as nodes know no tensors.


def _recorded_operands(self, inputs, a, b, y):
    """Operands and output of an ElementwiseNode as recorded tensors."""
    arrays = a, b
    if inputs:
        a, b = (*inputs, None)[:2]
    if self.shapes is not None:  # brought to their common type, as the arrays were
        a, b = (
            x.to(dtypes.of_array(array)) if isinstance(x, Tensor) else x
            for x, array in zip((a, b), arrays)
        )
    return a, b, result(y, self)


def _recorded_args(self, inputs, args):
    """The ``args`` of a GeneralNode, operands and output among them as recorded tensors."""
    known = dict(zip(self.operation.operands, inputs))

    def recorded(name, value):
        return known[name] if name in known else result(value, self) if name == "y" else value

    return tuple(
        None if values is None else tuple(map(recorded, names, values))
        for names, values in zip(self.operation.parameters, args)
    )


ElementwiseNode.recorded, GeneralNode.recorded = _recorded_operands, _recorded_args
