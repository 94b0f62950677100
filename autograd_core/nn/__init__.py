"""``torch.nn``: modules with parameters, losses, their functions, and initial weights.

>>> model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
>>> model(torch.zeros(5, 2)).shape
torch.Size([5, 1])
"""

from .. import absent as _absent
from . import functional, init, modules, utils
from .modules import *
from .parameter import Parameter

__all__ = ["Parameter", "functional", "init", "utils", *modules.__all__]

__getattr__ = _absent.refusal(__name__)
