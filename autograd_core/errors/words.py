"""The words that many messages share."""


def variable_name(tensor):
    """The user's name for a tensor: the variable that holds it in a calling frame, or None."""
    from ..core.source import name_of

    return name_of(tensor)


def called(tensor):
    """How a message speaks of a tensor: by the name of its variable, where one is found."""
    name = variable_name(tensor)
    return f"the tensor `{name}`" if name else "this tensor"


def type_name(data):
    """PyTorch's name of an array's type: ``torch.DoubleTensor``."""
    from ..core import dtypes

    return "torch." + dtypes.dtype.of_numpy[data.dtype].type_name


def shape_text(shape):
    """A shape as PyTorch writes it in messages: ``[2, 3]``."""
    return "[" + ", ".join(map(str, shape)) + "]"
