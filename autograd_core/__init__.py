"""A small automatic-differentiation engine on NumPy that reads like PyTorch.

>>> import autograd_core as torch
>>> x = torch.tensor(1.0, requires_grad=True)
>>> y = x ** 2
>>> y.backward()
>>> x.grad
tensor(2.)
"""

import math as _math
import warnings as _warnings

import numpy as _np

from . import absent as _absent
from . import autograd, backends, linalg, numpy_protocol
from .autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .core.dtypes import bool_ as bool
from .core.dtypes import (
    can_cast,
    dtype,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)  # fmt: skip
from .core.tensor import Size, Tensor
from .creation import *
from .creation import TENSOR_TYPES as _TENSOR_TYPES
from .devices import cuda, device, get_default_device, set_default_device
from .grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .limits import finfo, iinfo
from .ops import FUNCTIONS as _FUNCTIONS
from .printing import set_printoptions
from .random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)  # fmt: skip
from .torch_version import __version__

# glibc gives memory back as soon as a block of some 100 kB is freed, and fetches it anew for the next: three quarters
# of the time of an expression on arrays of that size. Once a block of nearly 32 MB was freed, it keeps what is freed,
# up to 64 MB (mallopt(3), M_MMAP_THRESHOLD), unless whoever started the process says otherwise.
_np.empty(2**25 - 2**13, _np.uint8)

globals().update(_FUNCTIONS | _TENSOR_TYPES)

float, double, int, long, short = float32, float64, int32, int64, int16
e, inf, nan, newaxis, pi = _math.e, _math.inf, _math.nan, None, _math.pi

# What NumPy warns of inside an operation (log(0), an overflow) PyTorch computes silently: inf, nan.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd_core\.")


_MODULES = {
    "autograd",
    "backends",
    "func",
    "linalg",
    "nn",
    "optim",
    "random",
    "utils",
}  # what is PyTorch's of them


def __dir__():
    """What a program may use: PyTorch's names, and no room of the engine."""
    own = {name for name, value in globals().items() if type(value) is not type(_math) and name[0] != "_"}
    return sorted({"save", "load"} | _MODULES | own)


def __getattr__(name):
    """``nn``, ``optim``, ``utils``, ``save`` and ``load``: imported when first asked for."""
    import importlib

    if name in ("func", "nn", "optim", "utils"):
        return importlib.import_module(f"{__name__}.{name}")
    if name in ("save", "load"):
        return getattr(importlib.import_module(f"{__name__}.serialization"), name)
    return _absent.refusal(__name__)(name)
