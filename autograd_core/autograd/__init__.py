"""``torch.autograd``: gradients on request, operations of one's own, checks."""

from ..backward import backward_tensors as backward
from ..backward import grad
from ..grad_mode import enable_grad, no_grad, set_grad_enabled
from ..gradcheck import GradcheckError, check_gradients, gradcheck, gradgradcheck
from . import functional, graph
from .anomaly import detect_anomaly, set_detect_anomaly
from .function import Function

__all__ = [
    "Function", "GradcheckError", "backward", "check_gradients", "detect_anomaly", "enable_grad",
    "functional", "grad", "gradcheck", "gradgradcheck", "graph", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip
