"""In which type an operation computes that does not take all types: those it refuses.

Each is called with the common type of the operands, as ``as_it_is`` and ``as_float`` of core/dtypes.
"""

from ..core.dtypes import BOOL
from ..errors.random import no_kernel


def no_bool(kernel):
    """In the common type, which must not be bool; ``kernel`` is PyTorch's name in the error."""

    def kind(common, *operands):
        if common.category == BOOL:
            raise no_kernel(kernel, common, "Call .long() first.")
        return common

    return kind


def only_float(kernel):
    """In the common type, which must be a floating-point type."""

    def kind(common, *operands):
        if not common.is_floating_point:
            raise no_kernel(kernel, common)
        return common

    return kind


def only_whole(kernel):
    """In the common type, which must be bool or of whole numbers."""

    def kind(common, *operands):
        if common.is_floating_point:
            raise no_kernel(kernel, common, "Call .long() first.")
        return common

    return kind
