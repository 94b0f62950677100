"""The words that many messages share."""

from ..core.source import name_of

TYPE_NAMES = {
    "float64": "DoubleTensor", "float32": "FloatTensor", "int64": "LongTensor",
    "int32": "IntTensor", "int16": "ShortTensor", "int8": "CharTensor", "uint8": "ByteTensor",
    "bool": "BoolTensor", "complex128": "ComplexDoubleTensor",
}  # fmt: skip


def called(tensor):
    """How a message speaks of a tensor: by the name of its variable, where one is found."""
    name = name_of(tensor)
    return f"the tensor `{name}`" if name else "this tensor"


def type_name(data):
    """PyTorch's name of an array's type: ``torch.DoubleTensor``."""
    return "torch." + TYPE_NAMES[data.dtype.name]


def shape_text(shape):
    """A shape as PyTorch writes it in messages: ``[2, 3]``."""
    return "[" + ", ".join(map(str, shape)) + "]"


def kind_name(tensor):
    """A tensor's type as PyTorch calls it in messages: ``Double``."""
    return tensor.dtype.type_name.removesuffix("Tensor")
