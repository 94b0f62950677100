"""The limits of the element types: ``torch.finfo`` and ``torch.iinfo``."""

import numpy as np

from .core.dtypes import INTEGER, get_default_dtype


class finfo:
    """The limits of a floating-point type: ``eps``, ``min``, ``max``, ``tiny``, ``resolution``.

    >>> finfo(torch.float64).eps
    2.220446049250313e-16
    """

    NAMES = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type=None):
        type = type or get_default_dtype()
        if not type.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. For {type} use torch.iinfo."
            )
        limits = np.finfo(type.numpy)
        self.dtype, self.bits = type.name, limits.bits
        for name in self.NAMES:
            setattr(self, name, float(getattr(limits, name)))

    def __repr__(self):
        limits = ", ".join(f"{name}={getattr(self, name):g}" for name in self.NAMES)
        return f"finfo({limits}, dtype={self.dtype})"


class iinfo:
    """The limits of a whole-number type: ``min``, ``max``, ``bits``."""

    def __init__(self, type):
        if type.category != INTEGER:
            raise TypeError(f"torch.iinfo() requires an integer input type. For {type} use torch.finfo.")
        limits = np.iinfo(type.numpy)
        self.dtype, self.bits, self.min, self.max = type.name, limits.bits, limits.min, limits.max

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
