"""Affine layers, and those that only change the shape."""

import math

import numpy as np

from ...creation import empty
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module


class Identity(Module):
    """The input itself; arguments are accepted and ignored."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Linear(Module):
    """``x @ weight.T + bias``, from (..., in_features) to (..., out_features).

    ``weight`` is (out_features, in_features); both it and ``bias`` start evenly distributed
    between ``-1 / sqrt(in_features)`` and ``1 / sqrt(in_features)``.

    >>> layer = torch.nn.Linear(3, 2)
    >>> layer(torch.ones(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(self.weight_shape(), device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def weight_shape(self):
        """(out_features, in_features)."""
        return self.out_features, self.in_features

    def reset_parameters(self):
        """Draw new initial weights."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        init.uniform_like_weights(self.bias, self.weight)

    def forward(self, input):
        own = self._parameters
        return F.linear(input, own["weight"], own["bias"])

    def extra_repr(self):
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"


class Lazy:
    """A layer whose number of inputs is not told: it is what the first input has.

    A class of it names ``plain``, the layer that it then becomes, and ``counts``, the attribute for
    the number of inputs; ``axis`` is where in the input it is read, ``weight_shape`` makes of it the
    shape of the weights.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(0, *args, **kwargs)

    def reset_parameters(self):
        """There are no weights yet."""

    def forward(self, input):
        setattr(self, self.counts, input.shape[self.axis])
        self.__class__ = self.plain
        kind = self.weight._data.dtype
        self.weight._data = np.zeros(self.weight_shape(), kind)
        self.reset_parameters()
        return self.forward(input)


class LazyLinear(Lazy, Linear):
    """:class:`Linear` that takes ``in_features`` from its first input."""

    plain, counts, axis = Linear, "in_features", -1


class Flatten(Module):
    """The dimensions from ``start_dim`` to ``end_dim`` as one; the first, the batch, stays."""

    shown = ("start_dim", "end_dim")

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(Module):
    """One dimension as several of the sizes ``unflattened_size``."""

    shown = ("dim", "unflattened_size")

    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)
