"""``torch.utils``: so far the data loading of ``torch.utils.data``."""

from .. import absent as _absent
from . import data

__all__ = ["data"]

__getattr__ = _absent.refusal(__name__)
