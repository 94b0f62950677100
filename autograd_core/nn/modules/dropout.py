"""Dropout as a module."""

from .. import functional as F
from ..functional.regularization import check_probability
from .module import Module


class Dropout(Module):
    """While training, zero each element with probability ``p`` and divide the rest by ``1 - p``.

    After ``eval()`` the input itself. See https://arxiv.org/abs/1207.0580.
    """

    shown = ("p", "inplace")

    def __init__(self, p=0.5, inplace=False):
        check_probability(p)
        super().__init__()
        self.p, self.inplace = p, inplace

    function = staticmethod(F.dropout)

    def forward(self, input):
        return self.function(input, self.p, self.training, self.inplace)


class Dropout2d(Dropout):
    """While training, zero each channel of images with probability ``p``; see :class:`Dropout`."""

    function = staticmethod(F.dropout2d)
