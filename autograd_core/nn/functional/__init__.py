"""The layers as functions: what the modules compute, with the parameters as arguments.

>>> import autograd_core as torch
>>> import autograd_core.nn.functional as F
>>> F.relu(torch.tensor([-1.0, 2.0]))
tensor([0., 2.])
"""

from ...ops.linear_algebra import linear
from . import activation, convolution, loss, normalization, regularization, sparse
from .activation import *
from .convolution import *
from .loss import *
from .normalization import *
from .regularization import *
from .sparse import *

__all__ = sorted(
    ["linear", *activation.__all__, *convolution.__all__, *loss.__all__,
     *normalization.__all__, *regularization.__all__, *sparse.__all__]
)  # fmt: skip
