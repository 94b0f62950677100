"""``torch.autograd``: gradients on request, operations of one's own, checks."""

from .. import absent as _absent
from ..backward import backward_tensors as backward
from ..backward import grad
from ..core.tensor import Tensor
from ..grad_mode import enable_grad, no_grad, set_grad_enabled
from ..gradcheck import GradcheckError, check_gradients, gradcheck, gradgradcheck
from . import functional, graph
from .anomaly import detect_anomaly, set_detect_anomaly
from .function import Function


class _Variable:
    """``Variable(tensor)``, as old programs write: a tensor that shares its memory."""

    def __call__(self, data, requires_grad=False):
        return data.detach().requires_grad_(requires_grad)

    def __instancecheck__(self, value):
        return isinstance(value, Tensor)


Variable = _Variable()

__all__ = [
    "Function",
    "GradcheckError",
    "Variable",
    "backward",
    "check_gradients",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip

__getattr__ = _absent.refusal(__name__)
