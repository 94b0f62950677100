"""The words that many messages share."""

from ..core.source import name_of

TYPE_NAMES = {
    "float64": "Double", "float32": "Float", "int64": "Long", "int32": "Int", "int16": "Short",
    "int8": "Char", "uint8": "Byte", "bool": "Bool", "complex128": "ComplexDouble",
}  # fmt: skip
C_NAMES = {"float64": "double", "float32": "float", "int32": "int"}  # of others: int8_t
C_TYPES = {
    "float64": "double", "float32": "float", "int64": "long", "int32": "int", "int16": "short",
    "int8": "signed char", "uint8": "unsigned char", "bool": "bool",
}  # fmt: skip


def subject(tensor):
    """How a message speaks of a tensor: by the name of its variable, where one is found."""
    name = name_of(tensor)
    return f"the tensor `{name}`" if name else "this tensor"


def type_name(data):
    """PyTorch's name of an array's type: ``torch.DoubleTensor``."""
    return f"torch.{TYPE_NAMES[data.dtype.name]}Tensor"


def shape_text(shape):
    """A shape as PyTorch writes it in messages: ``[2, 3]``."""
    return "[" + ", ".join(map(str, shape)) + "]"


def kind_name(tensor):
    """A tensor's type as PyTorch calls it in messages: ``Double``."""
    return tensor.dtype.type_name
