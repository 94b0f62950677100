"""``torch.utils``: so far the data loading of ``torch.utils.data``."""

from . import data

__all__ = ["data"]
