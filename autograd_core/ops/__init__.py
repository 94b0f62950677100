"""The operations, and which of them are also methods of ``Tensor``."""

from ..tensor import Tensor
from . import arithmetic, conversion, elementwise, indexing, shape

METHODS = {
    arithmetic: """add sub mul div true_divide floor_divide remainder fmod pow square atan2 maximum
        minimum eq ne lt le gt ge logical_and logical_or logical_xor logical_not bitwise_and
        bitwise_or bitwise_xor bitwise_not isnan isinf isfinite equal allclose isclose""",
    elementwise: """neg abs exp exp2 expm1 log log1p log2 log10 sqrt rsqrt reciprocal sin cos tan
        asin acos atan sinh cosh tanh sigmoid relu erf sign floor ceil trunc frac round clamp""",
    shape: """broadcast_to chunk contiguous diag diag_embed diagonal expand expand_as flatten flip
        is_contiguous moveaxis movedim narrow permute ravel repeat reshape reshape_as roll select
        split split_with_sizes squeeze stride swapaxes swapdims t tile transpose tril triu unbind
        unflatten unsqueeze view view_as""",
    indexing: """argsort copy_ fill_ gather index_add index_put index_put_ index_select masked_fill
        masked_select nonzero scatter scatter_add sort take_along_dim topk zero_ __contains__
        __iter__ __len__""",
}
IN_PLACE = """add sub mul div pow square neg abs exp exp2 expm1 log log1p log2 log10 sqrt rsqrt
    reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid relu erf sign floor ceil trunc
    frac round clamp remainder floor_divide index_add masked_fill scatter scatter_add tril
    triu""".split()

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


for name in IN_PLACE:
    setattr(Tensor, name + "_", in_place(name))

_swapped = lambda function: lambda self, other: function(other, self)  # noqa: E731
Tensor.__add__ = Tensor.__radd__ = arithmetic.add_
Tensor.__sub__ = arithmetic.sub_
Tensor.__rsub__ = lambda self, other: arithmetic.rsub_(other, self)
Tensor.__mul__ = Tensor.__rmul__ = arithmetic.mul
Tensor.__truediv__ = arithmetic.div_
Tensor.__rtruediv__ = arithmetic.reflected_div
Tensor.__pow__ = arithmetic.pow
Tensor.__rpow__ = lambda self, other: arithmetic.pow(other, self)
Tensor.__neg__ = elementwise.neg
Tensor.__abs__ = elementwise.abs
Tensor.__lt__, Tensor.__le__ = arithmetic.lt, arithmetic.le
Tensor.__gt__, Tensor.__ge__ = arithmetic.gt, arithmetic.ge
Tensor.__eq__, Tensor.__ne__ = arithmetic.eq, arithmetic.ne
Tensor.__invert__ = arithmetic.bitwise_not
Tensor.__iadd__, Tensor.__isub__, Tensor.__imul__ = Tensor.add_, Tensor.sub_, Tensor.mul_
Tensor.__itruediv__, Tensor.__ipow__ = Tensor.div_, Tensor.pow_
Tensor.__getitem__, Tensor.__setitem__ = indexing.getitem, indexing.setitem
Tensor.T = property(shape.all_reversed)
Tensor.mT = Tensor.mH = property(shape.mT)
