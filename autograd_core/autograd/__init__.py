"""``torch.autograd``: gradients on request, operations of one's own, checks."""

from ..core.engine import grad
from ..gradcheck import GradcheckError, check_gradients, gradcheck, gradgradcheck
from ..core.grad_mode import enable_grad, no_grad, set_grad_enabled
from . import functional
from .anomaly import detect_anomaly, set_detect_anomaly
from .function import Function
from ..core.engine import backward_tensors as backward

__all__ = [
    "Function", "GradcheckError", "backward", "check_gradients", "detect_anomaly", "enable_grad",
    "functional", "grad", "gradcheck", "gradgradcheck", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip
