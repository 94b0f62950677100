"""How a row of an operation table becomes a function that records itself.

The tables stand in ../ops, which rows.py there tells how to read. A function made by
:func:`unary` or :func:`binary` is the hot path of every small example: what it records, an
:class:`ElementwiseNode`, is made field by field in :func:`_recorded`, and nowhere else.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..errors.operands import broadcast, not_a_tensor, not_combined, unsupported_operand
from . import dtypes
from .grad_mode import mode, off
from .node import Edge, ElementwiseNode, GeneralNode, Node, Operation, Output, _frame, edge_of, new
from .source import FrameType, latest, user_frame
from .storage import next_number
from .tensor import Tensor, result, watchers

_FLOATS = (dtypes.float32.numpy, dtypes.float64.numpy, dtypes.complex128.numpy)
_ndarray, _NUMBERS = np.ndarray, (np.float32, np.float64)  # of numbers the type says it quicker than .dtype


def unary(row: Operation, forward: Callable, kind: Callable) -> Callable[[Tensor], Tensor]:
    """The function of one tensor that computes ``forward``, element by element.

    ``kind(type)`` says in which type it computes for a type that is no floating-point type.
    """

    def function(input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):
            raise not_a_tensor(row.op, "input", input)
        data = input._data
        if type(data) not in _NUMBERS and data.dtype not in _FLOATS:
            data = data.astype(kind(input.dtype).numpy, copy=False)
        y = forward(data)
        edge = input._grad_fn or (input if input._requires_grad else None)
        if edge is None or (off and not mode.enabled):
            return result(y, None)
        return _recorded(row, y, (input,) if row.reads_first else (), edge, data)

    return function


def binary(of_tensors: Operation, of_number: Operation, by_number: Operation, forward: Callable,
           kind: Callable, symbol: str) -> Callable[[Any, Any], Tensor]:  # fmt: skip
    """The function of two tensors, broadcast against each other, or a tensor and a number.

    There is a row for two tensors, for the first, and for the second operand a plain number.
    ``kind(common_type, a, b)`` says in which type it computes, or raises; ``symbol`` is Python's
    operator, for what is said of other operands.
    """
    op = of_tensors.op

    def function(input: Any, other: Any) -> Tensor:
        shapes = edge_a = edge_b = None
        keep = True
        if isinstance(input, Tensor):
            x = input._data
            edge_a = input._grad_fn or (input if input._requires_grad else None)
            if type(other) is float or type(other) is int:  # asked first: it is the quicker question
                z: Any = other
                recorded_as = by_number
                keep = False
                if type(x) not in _NUMBERS and x.dtype not in _FLOATS:
                    x, z, shapes = mixed(input, other, kind, op, symbol)
            elif isinstance(other, Tensor):
                z = other._data
                recorded_as = of_tensors
                edge_b = other._grad_fn or (other if other._requires_grad else None)
                if type(x) is not type(z) or type(x) not in _NUMBERS:
                    if not type(x) is type(z) is _ndarray or x.dtype is not z.dtype or x.dtype not in _FLOATS:
                        x, z, shapes = mixed(input, other, kind, op, symbol)
                    elif x.shape != z.shape:
                        shapes = (x.shape, x.dtype), (z.shape, z.dtype)
            else:
                recorded_as = by_number
                keep = False
                x, z, shapes = mixed(input, other, kind, op, symbol)
        else:
            x, z, shapes = mixed(input, other, kind, op, symbol)
            recorded_as = of_number
            edge_b = other._grad_fn or (other if other._requires_grad else None)
        try:
            y = forward(x, z)
        except (ValueError, TypeError) as error:
            raise not_combined(op, x, z, error) from None
        if (edge_a is None and edge_b is None) or (off and not mode.enabled):
            return result(y, None)
        inputs = (input, other) if keep or recorded_as.reads_first else ()
        return _recorded(recorded_as, y, inputs, edge_a, x, edge_b, z, shapes)

    return function


def _recorded(row: Operation, y: dtypes.Array, inputs: tuple, edge_a: Edge, a: Any, edge_b: Edge = None,
              b: Any = None, shapes: tuple | None = None) -> Tensor:  # fmt: skip
    """The tensor around ``y`` with its node: what ``result(y, ElementwiseNode(...))`` would be."""
    node = ElementwiseNode()
    node.operation = row
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


def mixed(a: Any, b: Any, kind: Callable, op: str, symbol: str = "") -> tuple[Any, Any, tuple | None]:
    """The arrays of two operands brought to their common type, and their own shapes and types.

    Either may be a number, which counts least, or a NumPy array, which counts as a tensor.
    ``op`` and ``symbol`` name the operation in what is said of other operands.
    """
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        raise not_a_tensor(op, "input", a)
    a, b = (result(x.copy(), None) if isinstance(x, np.ndarray) else x for x in (a, b))
    common = common_type(a, b)
    if common is None:
        raise unsupported_operand(op, symbol, a, b)
    common = kind(common, a, b).numpy
    arrays = [x._data if isinstance(x, Tensor) else x for x in (a, b)]
    shapes: Any = tuple((np.shape(x), getattr(x, "dtype", None)) for x in arrays)
    x, z = (np.asarray(array).astype(common, copy=False)[()] for array in arrays)
    if x.shape == z.shape and all(dtype is None or dtype == common for _, dtype in shapes):
        shapes = None
    return x, z, shapes


def common_type(*operands: Any) -> dtypes.dtype | None:
    """The type in which these tensors and numbers meet; None where one is neither."""
    kinds: list[dtypes.dtype | None] = [None, None, None]  # of dimensioned tensors, 0-d tensors, numbers
    for operand in operands:
        if isinstance(operand, Tensor):
            rank, kind = (0 if operand._data.ndim else 1), operand.dtype  # type: int, dtypes.dtype | None
        else:
            rank, kind = 2, dtypes.of_scalar(operand)
            if kind is None:
                return None
        kinds[rank] = dtypes.promote(kind, kinds[rank])
    return dtypes.result_type(*kinds)


def general(row: Operation, forward: Callable, view: bool, broadcast: bool) -> Callable:
    """The function of any number of tensors, with parameters: see ``operation`` in ../ops/rows.py."""

    def apply(*tensors: Any, keeps: tuple = (), **parameters: Any) -> Any:
        if view and type(tensors[0]._data) is not np.ndarray:
            tensors[0].array()
        arrays = [t._data if isinstance(t, Tensor) else t for t in tensors]
        try:
            y = forward(*arrays, **parameters)
        except ValueError:
            if broadcast:
                check_broadcast(row.op, *arrays)
            raise
        grad_fn = None
        if mode.enabled:
            grad_fn = record(row, tensors, arrays, y, parameters, _frame(1), keeps)
        if broadcast and grad_fn is not None:
            grad_fn.shapes = tuple((np.shape(x), getattr(x, "dtype", None)) for x in arrays)
        if type(y) is tuple:
            return _several(y, grad_fn, tensors[0] if view else None)
        out = result(y, grad_fn)
        if view:
            out.view_of(tensors[0])
        return out

    apply.operation = row  # type: ignore[attr-defined]  # mypy knows no attributes of functions
    return apply


def record(row: Operation, tensors: tuple, arrays: Iterable, y: Any, parameters: dict[str, Any],
           frame: FrameType, keeps: tuple = ()) -> GeneralNode | None:  # fmt: skip
    """The node of one application of an operation, or None where no operand needs it."""
    edges = tuple([edge_of(t) for t in tensors])
    if not [edge for edge in edges if edge is not None]:
        return None
    known = parameters  # made for this call: nobody else sees the additions
    known.update(zip(row.operands, arrays))
    known["y"] = y
    if row.reads_shape:  # of the first operand, unless the call gave another
        known.setdefault("shape", tensors[0]._data.shape)
    args = tuple([None if edge is None else pick(known) for edge, pick in zip(edges, row.picks)])
    if not row.saves_operands:
        tensors = tuple(map(stand_in, tensors))
    return GeneralNode(row, edges, args, (*tensors, *keeps), None, frame)


def stand_in(operand: Any) -> Any:
    """What a node holds of an operand that its rules do not read.

    The tensor itself may be changed in place later, by an operation that comes after this node:
    each would hold the other, and neither would be freed.
    """
    grad_fn = getattr(operand, "_grad_fn", None)
    return operand if grad_fn is None else result(operand._data, grad_fn)


def _several(arrays: tuple, grad_fn: Node | None, parent: Tensor | None) -> tuple[Tensor, ...]:
    """The tensors of an operation with several outputs, views of ``parent`` if there is one."""
    outs = []
    for number, y in enumerate(arrays):
        out = result(y, grad_fn and Output(grad_fn, number, len(arrays)))
        if parent is not None:
            out.view_of(parent, several=True)
        outs.append(out)
    return tuple(outs)


def check_broadcast(op: str, *arrays: Any) -> tuple[int, ...]:
    """The common shape of these arrays; raises where two cannot be broadcast against each other."""
    for i, a in enumerate(arrays):
        for b in arrays[i + 1 :]:
            try:
                np.broadcast_shapes(np.shape(a), np.shape(b))
            except ValueError:
                raise broadcast(op, a, b) from None
    return np.broadcast_shapes(*map(np.shape, arrays))


# ---------------------------------------------------------------------- gradients of gradients
# What a node's rules are called with as recorded tensors; attached here, as nodes know no tensors.


def _recorded_operands(self: ElementwiseNode, inputs: tuple, a: Any, b: Any, y: dtypes.Array) -> tuple:
    """Operands and output of an ElementwiseNode as recorded tensors."""
    arrays = a, b
    if inputs:
        a, b = (*inputs, None)[:2]
    if self.shapes is not None:  # brought to their common type, as the arrays were
        a, b = (x.to(dtypes.of_array(array)) if isinstance(x, Tensor) else x
                for x, array in zip((a, b), arrays))  # fmt: skip
    return a, b, result(y, self)


def _recorded_args(self: GeneralNode, inputs: tuple, args: tuple) -> tuple:
    """The ``args`` of a GeneralNode, operands and output among them as recorded tensors."""
    known = dict(zip(self.operation.operands, inputs))

    def recorded(name, value):
        return known[name] if name in known else result(value, self) if name == "y" else value

    return tuple(
        None if values is None else tuple(map(recorded, names, values))
        for names, values in zip(self.operation.parameters, args)
    )


ElementwiseNode.recorded, GeneralNode.recorded = _recorded_operands, _recorded_args
