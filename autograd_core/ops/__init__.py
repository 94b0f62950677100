"""The operations, and which of them are also methods of ``Tensor``."""

from ..core.grad_mode import mode
from ..core.in_place import check_change, refresh, set_history
from ..core.node import _frame
from ..core.source import user_frame
from ..core.tensor import Tensor, result
from . import (
    arithmetic, conversion, elementwise, indexing, linear_algebra, operators, reductions, shape,
)  # fmt: skip

METHODS = {
    arithmetic: """add addcdiv addcmul allclose arctan2 atan2 bitwise_and bitwise_left_shift
        bitwise_not bitwise_or bitwise_right_shift bitwise_xor div divide eq equal floor_divide fmod
        ge greater greater_equal gt hypot isclose isfinite isinf isnan le lerp less less_equal
        logaddexp logical_and logical_not logical_or logical_xor lt maximum minimum mul multiply ne
        not_equal pow remainder square sub subtract true_divide""",
    elementwise: " ".join(elementwise.METHODS),
    reductions: " ".join(reductions.__all__),
    linear_algebra: " ".join(linear_algebra.__all__),
    shape: """broadcast_to chunk contiguous diag diag_embed diagonal expand expand_as flatten flip
        is_contiguous moveaxis movedim narrow permute ravel repeat reshape reshape_as roll select
        split split_with_sizes squeeze stride swapaxes swapdims t tile transpose tril triu unbind
        unflatten unsqueeze view view_as""",
    indexing: """argsort copy_ fill_ gather index_add index_put index_put_ index_select masked_fill
        masked_select nonzero scatter scatter_add sort take_along_dim topk zero_""",
}
IN_PLACE = """add addcdiv addcmul atan2 bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor div divide eq floor_divide fmod ge gt hypot le lerp logical_and
    logical_not logical_or logical_xor lt mul multiply ne pow remainder square sub subtract
    true_divide index_add masked_fill scatter scatter_add tril triu cumsum cumprod addmm""".split()
IN_PLACE += elementwise.IN_PLACE
TURNED = "squeeze swapaxes swapdims t transpose unsqueeze".split()

for module, names in METHODS.items():
    for name in names.split():
        setattr(Tensor, name, getattr(module, name))


def in_place(op):
    """The method ``op_`` that puts the outcome of ``op`` into the tensor itself."""
    function = getattr(Tensor, op)

    def method(self, *args, **kwargs):
        before = self.before_change(op + "_", (*args, *kwargs.values()))
        return self.replace(function(before, *args, **kwargs), op + "_", before)

    method.__name__ = method.__qualname__ = op + "_"
    method.__doc__ = f"Like :meth:`{op}`, in place."
    return method


def turn(tensor, view, op, twins):
    """Make ``tensor`` itself what ``view`` shows of it: the same memory in another shape.

    ``twins`` maps the operation that ``view`` records to the one that this is recorded as.
    """
    frame = user_frame(_frame(1))
    if mode.enabled and tensor.requires_grad:
        check_change(tensor, op)
    seen = view(result(tensor.array(), tensor._grad_fn))
    storage = tensor._share().storage
    tensor._data = seen._data
    storage.modified(op, frame, None)
    if seen._grad_fn is not None:
        seen._grad_fn.operation = twins[seen._grad_fn.operation]
        set_history(tensor, seen._grad_fn)
    for other in storage.live_views():
        if other is not tensor:
            refresh(other, frame)
    return tensor


def turned(op):
    """The method ``op_`` that makes the tensor itself the view that ``op`` gives of it."""
    function = getattr(Tensor, op)

    def method(self, *args, **kwargs):
        return turn(self, lambda x: function(x, *args, **kwargs), op + "_", shape.TWINS)

    method.__name__ = method.__qualname__ = op + "_"
    method.__doc__ = f"Like :meth:`{op}`, in place: the numbers stay where they are in memory."
    return method


for name in IN_PLACE:
    setattr(Tensor, name + "_", in_place(name))
for name in TURNED:
    setattr(Tensor, name + "_", turned(name))

operators.install()
Tensor.__getitem__, Tensor.__setitem__ = indexing.getitem, indexing.setitem
Tensor.__reversed__ = lambda self: shape.flip(self, tuple(range(self.ndim)))
Tensor.T = property(shape.all_reversed)
Tensor.mT = Tensor.mH = property(shape.mT)
Tensor.__matmul__, Tensor.__rmatmul__ = linear_algebra.at, linear_algebra.reflected_at
