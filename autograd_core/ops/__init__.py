"""The operations. Where each is called, as function, method or operator, its own row says."""

from ..core.tensor import Tensor
from . import (
    arithmetic,
    conversion,
    elementwise,
    indexing,
    linear_algebra,
    methods,
    reductions,
    shape,
)  # fmt: skip
from .rows import offers

methods.install()
Tensor.where = indexing.where_method
Tensor.__getitem__, Tensor.__setitem__ = indexing.getitem, indexing.setitem
Tensor.__reversed__ = lambda self: shape.flip(self, tuple(range(self.ndim)))
Tensor.T = property(shape.all_reversed)
Tensor.mT = Tensor.mH = property(shape.mT)
Tensor.__matmul__, Tensor.__rmatmul__ = linear_algebra.at, linear_algebra.reflected_at

FUNCTIONS = {name: offer.function for offer in offers if offer.torch for name in offer.names}
