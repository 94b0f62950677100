"""NumPy's functions on tensors: ``np.sin(tensor)`` records like ``tensor.sin()``.

This is what lets a backward rule be written once, in NumPy: on arrays it computes, on tensors
it computes *and records*, so that a gradient has a gradient. A function that no operation stands
for gets arrays; where a tensor requires grad that is refused, so that no gradient is lost in silence.
The protocols are NumPy's:
https://numpy.org/doc/stable/user/basics.interoperability.html
"""

import numpy as np

from .core.tensor import Tensor
from .creation import ones_like, zeros_like
from .ops.rows import offers

OURS = {offer.numpy: offer.function for offer in offers if offer.numpy is not None}
OURS |= {np.zeros_like: zeros_like, np.ones_like: ones_like, np.ndim: lambda x: x.ndim,
         np.shape: lambda x: tuple(x.shape)}  # fmt: skip


def array_ufunc(self, ufunc, method, *inputs, **kwargs):
    function = OURS.get(ufunc)
    if function is None or method != "__call__" or kwargs:
        return getattr(ufunc, method)(*_arrays(inputs), **_arrays(kwargs))
    return function(*inputs)


def array_function(self, function, types, args, kwargs):
    ours = OURS.get(function)
    if ours is not None:
        try:
            return ours(*args, **kwargs)
        except TypeError:  # NumPy's arguments, not PyTorch's
            return function(*_arrays(args), **_arrays(kwargs))
    return function(*_arrays(args), **_arrays(kwargs))


def _arrays(value):
    """The same with arrays in place of tensors; RuntimeError for one that requires grad."""
    if isinstance(value, Tensor):
        return value.numpy()
    if isinstance(value, tuple | list):
        return type(value)(map(_arrays, value))
    return {name: _arrays(each) for name, each in value.items()} if isinstance(value, dict) else value


Tensor.__array_ufunc__ = array_ufunc
Tensor.__array_function__ = array_function
