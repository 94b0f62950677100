"""``torch.backends``: switches of the libraries that PyTorch computes with. Here they change nothing."""

from . import cudnn, mps

__all__ = ["cudnn", "mps"]
