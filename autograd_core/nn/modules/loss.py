"""Losses as modules. What they compute stands in functional/loss.py."""

from ...core.tensor import Tensor
from .. import functional as F
from ..functional.loss import check_reduction
from .module import Module


class _Loss(Module):
    """What all losses share: ``reduction`` is ``"mean"``, ``"sum"`` or ``"none"``."""

    def __init__(self, *given, reduction="mean"):
        super().__init__()
        if given:
            raise _not_by_name(given)
        check_reduction(reduction)
        self.reduction = reduction


class _WeightedLoss(_Loss):
    def __init__(self, weight=None, *given, reduction="mean"):
        super().__init__(*given, reduction=reduction)
        self.register_buffer("weight", weight)


def _not_by_name(given):
    """What is said of options without a name: most are a loss called that was never made."""
    if any(isinstance(option, Tensor) for option in given):
        return RuntimeError(
            "Boolean value of Tensor with more than one value is ambiguous. A loss is made first "
            "and then called with input and target: criterion = nn.MSELoss(); loss = "
            "criterion(input, target)."
        )
    return TypeError("the options of a loss are given by name: reduction='sum'")


class MSELoss(_Loss):
    """The mean of the squared errors ``(input - target)²``."""

    def forward(self, input, target):
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """The mean of the absolute errors ``|input - target|``."""

    def forward(self, input, target):
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Squared errors near 0, absolute errors beyond ``beta``."""

    def __init__(self, *given, reduction="mean", beta=1.0):
        super().__init__(*given, reduction=reduction)
        self.beta = beta

    def forward(self, input, target):
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class CrossEntropyLoss(_WeightedLoss):
    """Minus the log of the probability that the softmax of the input gives to the right class.

    Inputs are logits (n, classes) or (n, classes, ...); targets are class indices or, in the
    input's shape, probabilities. See :func:`functional.cross_entropy`.
    """

    def __init__(self, weight=None, *given, ignore_index=-100, reduction="mean",
                 label_smoothing=0.0):  # fmt: skip
        super().__init__(weight, *given, reduction=reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        weight = self._buffers["weight"]  # quicker than self.weight
        return F.cross_entropy(
            input, target, weight, ignore_index=self.ignore_index, reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )  # fmt: skip


class NLLLoss(_WeightedLoss):
    """Minus the log-probability of the right class; inputs as :class:`LogSoftmax` gives them."""

    def __init__(self, weight=None, *given, ignore_index=-100, reduction="mean"):
        super().__init__(weight, *given, reduction=reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index,
                          reduction=self.reduction)  # fmt: skip


class BCELoss(_WeightedLoss):
    """The binary cross-entropy of probabilities; ``weight`` multiplies each element's loss."""

    def forward(self, input, target):
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """The binary cross-entropy of ``sigmoid(input)``, exact for logits of any size.

    ``pos_weight`` multiplies the loss of the positive cases.
    """

    def __init__(self, weight=None, *given, reduction="mean", pos_weight=None):
        super().__init__(weight, *given, reduction=reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )
