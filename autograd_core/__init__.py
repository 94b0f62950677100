"""A small automatic-differentiation engine on NumPy that reads like PyTorch.

>>> import autograd_core as torch
>>> x = torch.tensor(1.0, requires_grad=True)
>>> y = x ** 2
>>> y.backward()
>>> x.grad
tensor(2.)
"""

from . import autograd
from .creation import tensor
from .dtypes import (
    dtype, float32, float64, get_default_dtype, int8, int16, int32, int64, set_default_dtype, uint8,
)  # fmt: skip
from .dtypes import bool_ as bool
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .ops.arithmetic import *
from .ops.elementwise import *
from .tensor import Size, Tensor

float, double, int, long, short = float32, float64, int32, int64, int16
