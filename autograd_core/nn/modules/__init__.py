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
from .convolution import Conv2d, MaxPool2d
from .dropout import Dropout
from .linear import Flatten, Identity, Linear, Unflatten
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
from .normalization import BatchNorm1d, LayerNorm
from .sparse import Embedding

__all__ = """BCELoss BCEWithLogitsLoss BatchNorm1d Conv2d CrossEntropyLoss Dropout ELU Embedding
    Flatten GELU Identity L1Loss LayerNorm LeakyReLU Linear LogSoftmax MSELoss MaxPool2d Module
    ModuleDict ModuleList NLLLoss ReLU Sequential SiLU Sigmoid SmoothL1Loss Softmax Softplus Tanh
    Unflatten""".split()
