"""Activations as modules."""

from ...ops.elementwise import relu
from .. import functional as F
from .module import Module


class _InPlace(Module):
    """What the activations share that can work in place."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def extra_repr(self):
        return ", ".join(filter(None, (super().extra_repr(), "inplace=True" if self.inplace else "")))


class ReLU(_InPlace):
    """``max(x, 0)``."""

    def forward(self, input):
        return input.relu_() if self.inplace else relu(input)


class SiLU(_InPlace):
    """``x * sigmoid(x)``, also called swish (https://arxiv.org/abs/1702.03118)."""

    def forward(self, input):
        return F.silu(input, inplace=self.inplace)


class LeakyReLU(_InPlace):
    """``x`` where positive, ``negative_slope * x`` elsewhere."""

    shown = ("negative_slope",)

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input):
        return F.leaky_relu(input, self.negative_slope, inplace=self.inplace)


class ELU(_InPlace):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere.

    See https://arxiv.org/abs/1511.07289.
    """

    shown = ("alpha",)

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input):
        return F.elu(input, self.alpha, inplace=self.inplace)


class GELU(Module):
    """``x * Phi(x)`` with the normal distribution function, or with ``"tanh"`` an approximation."""

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self):
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """``log(1 + exp(beta * x)) / beta``, and ``x`` itself where ``beta * x > threshold``."""

    shown = ("beta", "threshold")

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input):
        return F.softplus(input, self.beta, self.threshold)


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``."""

    def forward(self, input):
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input):
        return F.tanh(input)


class Softmax(Module):
    """``exp(x) / sum(exp(x))`` along ``dim``: positive numbers that add up to 1."""

    shown = ("dim",)

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.softmax(input, self.dim)


class LogSoftmax(Softmax):
    """The logarithm of :class:`Softmax`, right also where that is 0 to machine precision."""

    def forward(self, input):
        return F.log_softmax(input, self.dim)
