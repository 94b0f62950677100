"""A small automatic-differentiation engine on NumPy that reads like PyTorch.

>>> import autograd_core as torch
>>> x = torch.tensor(1.0, requires_grad=True)
>>> y = x ** 2
>>> y.backward()
>>> x.grad
tensor(2.)
"""

import math as _math

from . import autograd
from .creation import *
from .devices import cuda, device
from .dtypes import (
    can_cast, dtype, finfo, float32, float64, get_default_dtype, iinfo, int8, int16, int32, int64,
    promote_types, set_default_dtype, uint8,
)  # fmt: skip
from .dtypes import bool_ as bool
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .ops.arithmetic import *
from .ops.conversion import *
from .ops.elementwise import *
from .ops.indexing import *
from .ops.shape import *
from .random import *
from .tensor import Size, Tensor

float, double, int, long, short = float32, float64, int32, int64, int16
e, inf, nan, newaxis, pi = _math.e, _math.inf, _math.nan, None, _math.pi
