"""How a line of an operation table becomes a function that records itself.

::

    sin = unary("sin", np.sin, lambda g, x: g * np.cos(x))
    mul = binary("mul", operator.mul, a=lambda g, b: g * b, b=lambda g, a: g * a)
    sum_ = operation("sum", forward, x=rule)          # any operands, any parameters

The rule says what it needs by naming it: operands, the output ``y``, parameters. Only that
is saved. The text of the rule is also the formula that learners are shown (formula.py).
"""

import numpy as np

from . import dtypes, errors
from .grad_mode import mode
from .node import Node, _frame
from .tensor import Tensor, result

# what a rule is called with, given the operands and the output of a two-operand operation
_PICK = {
    (): lambda a, b, y: (),
    ("a",): lambda a, b, y: (a,),
    ("b",): lambda a, b, y: (b,),
    ("y",): lambda a, b, y: (y,),
    ("a", "b"): lambda a, b, y: (a, b),
    ("a", "y"): lambda a, b, y: (a, y),
    ("b", "y"): lambda a, b, y: (b, y),
    ("a", "b", "y"): lambda a, b, y: (a, b, y),
}
_FLOAT_DTYPES = (dtypes.float64.numpy, dtypes.float32.numpy, dtypes.complex128.numpy)
_FLOAT_SCALARS = (np.float64, np.float32)


def node_type(op, rules, name=None, formula=None):
    """A Node class for the operation ``op``; ``rules`` maps each operand to its rule."""
    name = name or "".join(part.capitalize() for part in op.split("_")) + "Backward0"
    needs = tuple(rule.__code__.co_varnames[1 : rule.__code__.co_argcount] for rule in rules.values())
    needed = set().union(*needs)
    body = {
        "__slots__": (),
        "op": op,
        "operands": tuple(rules),
        "rules": tuple(rules.values()),
        "needs": needs,
        "formula": formula,
        "saves": not needed.isdisjoint({*rules, "y"}),
        "saves_output": "y" in needed,
        "__doc__": f"A recorded ``{op}``.",
    }
    return type(name, (Node,), body)


def unary(op, forward, rule, *, node=None, integers=False, formula=None):
    """An operation of one tensor, element by element.

    With ``integers=False`` whole numbers are turned into the default floating type first;
    otherwise they stay what they are.
    """
    cls = node_type(op, {"x": rule}, node, formula)
    needs = cls.needs[0]
    pick = {
        (): lambda x, y: (),
        ("x",): lambda x, y: (x,),
        ("y",): lambda x, y: (y,),
        ("x", "y"): lambda x, y: (x, y),
    }[needs]

    def function(x):
        if not isinstance(x, Tensor):
            raise errors.not_a_tensor(op, "input", x)
        data = x._data
        if data.dtype not in _FLOAT_DTYPES and not integers:
            data = data.astype(dtypes.get_default_dtype().numpy)
        y = forward(data)
        edge = x._grad_fn or (x if x._requires_grad else None)
        if edge is None or not mode.enabled:
            return result(y, None)
        return result(y, cls((edge,), (pick(data, y),), (x,), None, _frame(1)))

    return _finish(function, op, cls)


def binary(op, forward, *, a, b, node=None, floats=False, numbers=None, formula=None):
    """An operation of two tensors (or a tensor and a number), broadcast against each other.

    With ``floats=True`` whole numbers are turned into the default floating type first.
    ``numbers`` names the node where one operand is a plain number.
    """
    cls = node_type(op, {"a": a, "b": b}, node, formula)
    pick_a, pick_b = _PICK[cls.needs[0]], _PICK[cls.needs[1]]

    def function(a, b):
        shapes = None
        if isinstance(a, Tensor):
            x = a._data
            kind = type(x)
            if isinstance(b, Tensor):
                z = b._data
                if kind is np.ndarray is type(z):
                    if x.dtype is not z.dtype or x.dtype not in _FLOAT_DTYPES:
                        x, z, shapes = mixed(a, b, floats)
                    elif x.shape != z.shape:
                        shapes = (x.shape, x.dtype), (z.shape, z.dtype)
                elif kind is not type(z) or kind not in _FLOAT_SCALARS:
                    x, z, shapes = mixed(a, b, floats)
                edge_b = b._grad_fn or (b if b._requires_grad else None)
            else:
                z, edge_b = b, None
                if (type(z) is not float and type(z) is not int) or (
                    kind is not np.float64 and x.dtype not in _FLOAT_DTYPES
                ):
                    x, z, shapes = mixed(a, b, floats)
            edge_a = a._grad_fn or (a if a._requires_grad else None)
        else:
            x, z, shapes = mixed(a, b, floats)
            edge_a, edge_b = None, b._grad_fn or (b if b._requires_grad else None)
        try:
            y = forward(x, z)
        except ValueError:
            raise errors.broadcast(op, x, z) from None
        if not mode.enabled:
            return result(y, None)
        if edge_a is not None:
            args = (pick_a(x, z, y), pick_b(x, z, y) if edge_b is not None else None)
        elif edge_b is not None:
            args = (None, pick_b(x, z, y))
        else:
            return result(y, None)
        return result(y, cls((edge_a, edge_b), args, (a, b), shapes, _frame(1)))

    return _finish(function, op, cls)


def mixed(a, b, floats):
    """The arrays of two operands brought to their common type, and their own shapes and types.

    Either may be a number, which counts least, or a NumPy array, which counts as a tensor.
    """
    kinds = [None, None, None]  # the types of dimensioned tensors, 0-d tensors, numbers
    arrays, shapes = [], []
    for operand in (a, b):
        if isinstance(operand, np.ndarray):
            operand = Tensor(operand)
        if isinstance(operand, Tensor):
            rank, kind, array = (0 if operand._data.ndim else 1), operand.dtype, operand._data
        else:
            rank, kind, array = 2, dtypes.of_scalar(operand), operand
            if kind is None:
                return errors.unsupported_operand(operand)
        kinds[rank] = dtypes.promote(kind, kinds[rank])
        arrays.append(array)
        shapes.append((np.shape(array), getattr(array, "dtype", None)))
    kind = dtypes.result_type(*kinds)
    if floats and not kind.is_floating_point:
        kind = dtypes.get_default_dtype()
    cast = [np.asarray(array).astype(kind.numpy, copy=False)[()] for array in arrays]
    if all(shape == ((), None) or shape == (cast[0].shape, cast[0].dtype) for shape in shapes):
        shapes = None if cast[0].shape == cast[1].shape else shapes
    return *cast, tuple(shapes) if shapes else None


def operation(op, forward, *, node=None, formula=None, view=False, **rules):
    """An operation of any number of tensors with parameters, shapes of its own making.

    ``forward(*arrays, **parameters)`` computes the output array; each operand's rule is
    called with the incoming gradient and whatever operands, output or parameters it names.
    Returns ``apply(*tensors, **parameters)``. With ``view=True`` the output shares memory
    with the first operand.
    """
    cls = node_type(op, rules, node, formula)
    names = cls.operands

    def apply(*tensors, **parameters):
        if view and type(tensors[0]._data) is not np.ndarray:
            tensors[0].array()
        arrays = [t._data if isinstance(t, Tensor) else t for t in tensors]
        y = forward(*arrays, **parameters)
        grad_fn = record(cls, tensors, arrays, y, parameters, _frame(1)) if mode.enabled else None
        out = result(y, grad_fn)
        if view:
            out.view_of(tensors[0], lambda base: apply(base, **parameters))
        return out

    apply.operands = names
    return _finish(apply, op, cls)


def record(cls, tensors, arrays, y, parameters, frame):
    """The node of one application of an operation, or None where no operand needs it."""
    edges = tuple(
        (t._grad_fn or (t if t._requires_grad else None)) if isinstance(t, Tensor) else None
        for t in tensors
    )
    if not any(edge is not None for edge in edges):
        return None
    known = dict(zip(cls.operands, arrays), y=y, **parameters)
    args = tuple(
        None if edge is None else tuple([known[name] for name in names])
        for edge, names in zip(edges, cls.needs)
    )
    return cls(edges, args, tensors, None, frame)


def _finish(function, op, cls):
    function.__name__ = function.__qualname__ = op
    function.node_type = cls
    return function
