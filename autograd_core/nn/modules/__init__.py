"""The modules, one file for each kind."""

from .activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)  # fmt: skip
from .container import ModuleDict, ModuleList, Sequential
from .convolution import AdaptiveAvgPool2d, AvgPool2d, Conv2d, LazyConv2d, MaxPool2d
from .dropout import Dropout, Dropout2d
from .linear import Flatten, Identity, LazyLinear, Linear, Unflatten
from .loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)  # fmt: skip
from .module import Module
from .normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from .sparse import Embedding

__all__ = sorted(name for name, value in globals().items() if isinstance(value, type))
