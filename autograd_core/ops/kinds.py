"""In which type an operation computes, given the common type of its operands and the operands."""

from ..core.dtypes import BOOL, get_default_dtype
from ..errors.operands import not_implemented_for


def as_it_is(common, *operands):
    """In the common type."""
    return common


def as_float(common, *operands):
    """In the common type if it is a floating-point type, else in the default one."""
    return common if common.is_floating_point else get_default_dtype()


def no_bool(kernel):
    """In the common type, which must not be bool; ``kernel`` is PyTorch's name in the error."""

    def kind(common, *operands):
        if common.category == BOOL:
            raise not_implemented_for(kernel, common, "Call .long() first.")
        return common

    return kind


def only_float(kernel):
    """In the common type, which must be a floating-point type."""

    def kind(common, *operands):
        if not common.is_floating_point:
            raise not_implemented_for(kernel, common)
        return common

    return kind


def only_whole(kernel, cure="Call .long() first."):
    """In the common type, which must be bool or of whole numbers."""

    def kind(common, *operands):
        if common.is_floating_point:
            raise not_implemented_for(kernel, common, cure)
        return common

    return kind
