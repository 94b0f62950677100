"""Affine layers, and those that only change the shape."""

import math

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
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self):
        """Draw new initial weights."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        init.uniform_like_weights_(self.bias, self.weight)

    def forward(self, input):
        own = self._parameters
        return F.linear(input, own["weight"], own["bias"])

    def extra_repr(self):
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"


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
