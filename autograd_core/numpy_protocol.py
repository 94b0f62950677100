"""NumPy's functions on tensors: ``np.sin(tensor)`` records like ``tensor.sin()``.

This is what lets a backward rule be written once, in NumPy: on arrays it computes, on tensors
it computes *and records*, so that a gradient has a gradient. The protocols are NumPy's:
https://numpy.org/doc/stable/user/basics.interoperability.html
"""

import numpy as np

from .core.tensor import Tensor, result

UFUNCS = {}  # NumPy's function -> ours
FUNCTIONS = {}


def array_ufunc(self, ufunc, method, *inputs, **kwargs):
    function = UFUNCS.get(ufunc)
    if function is None or method != "__call__" or kwargs:
        return NotImplemented
    return function(*inputs)


def array_function(self, function, types, args, kwargs):
    ours = FUNCTIONS.get(function)
    return NotImplemented if ours is None else ours(*args, **kwargs)


Tensor.__array_ufunc__ = array_ufunc
Tensor.__array_function__ = array_function


def install(torch):
    """Fill the tables with the operations of the finished package."""
    from .ops.arithmetic import maximum_, minimum_

    same_name = """add multiply exp exp2 expm1 log log1p log2 log10 sqrt sin cos tan sinh cosh tanh
        sign floor ceil trunc square reciprocal isnan isinf isfinite
        logical_and logical_or logical_not logical_xor remainder fmod hypot logaddexp arcsinh
        arccosh arctanh matmul outer trace"""
    for name in same_name.split():
        if hasattr(torch, name):
            table = UFUNCS if isinstance(getattr(np, name), np.ufunc) else FUNCTIONS
            table[getattr(np, name)] = getattr(torch, name)
    UFUNCS.update({
        np.add: torch.add, np.subtract: torch.sub, np.multiply: torch.mul, np.divide: torch.div,
        np.negative: torch.neg, np.positive: torch.positive, np.absolute: torch.abs,
        np.arcsin: torch.asin, np.arccos: torch.acos, np.arctan: torch.atan,
        np.maximum: maximum_, np.minimum: minimum_, np.arctan2: torch.atan2,
        np.power: torch.pow, np.floor_divide: torch.floor_divide,
        np.equal: torch.eq, np.not_equal: torch.ne, np.less: torch.lt, np.less_equal: torch.le,
        np.greater: torch.gt, np.greater_equal: torch.ge, np.bitwise_and: torch.bitwise_and,
        np.bitwise_or: torch.bitwise_or, np.invert: torch.bitwise_not,
    })  # fmt: skip
    FUNCTIONS.update({
        np.where: lambda condition, *branches: torch.where(torch.as_tensor(condition), *branches),
        np.broadcast_to: torch.broadcast_to, np.reshape: torch.reshape,
        np.swapaxes: torch.swapaxes, np.moveaxis: torch.moveaxis, np.flip: torch.flip,
        np.expand_dims: torch.unsqueeze, np.squeeze: torch.squeeze, np.tril: torch.tril,
        np.triu: torch.triu, np.concatenate: torch.cat, np.stack: torch.stack,
        np.cumsum: torch.cumsum, np.cumprod: torch.cumprod,
        np.transpose: lambda x, axes=None: x.permute(tuple(axes or range(x.ndim)[::-1])),
        np.sum: lambda x, axis=None, keepdims=False: x.sum(axis=axis, keepdims=keepdims),
        np.mean: lambda x, axis=None, keepdims=False: x.mean(axis=axis, keepdims=keepdims),
        np.prod: torch.prod, np.zeros_like: torch.zeros_like, np.ones_like: torch.ones_like,
        np.clip: torch.clamp, np.take_along_axis: torch.take_along_dim,
        np.roll: torch.roll, np.ndim: lambda x: x.ndim, np.shape: lambda x: tuple(x.shape),
    })  # fmt: skip


__all__ = ["install", "result"]
