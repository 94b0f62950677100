"""The layers as functions: what the modules compute, with the parameters as arguments.

>>> import autograd_core.nn.functional as F
>>> F.relu(torch.tensor([-1.0, 2.0]))
tensor([0., 2.])
"""

from types import FunctionType

from ... import absent as _absent
from ...ops.elementwise import gelu, sigmoid, softplus, tanh
from ...ops.linear_algebra import linear
from .activation import elu, leaky_relu, log_softmax, relu, silu, softmax  # fmt: skip
from .convolution import adaptive_avg_pool2d, avg_pool2d, conv2d, max_pool2d
from .loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)  # fmt: skip
from .normalization import batch_norm, layer_norm
from .padding import pad
from .regularization import dropout, dropout2d
from .sparse import embedding, one_hot

__all__ = sorted(name for name, value in globals().items() if isinstance(value, FunctionType))

__getattr__ = _absent.refusal(__name__)
