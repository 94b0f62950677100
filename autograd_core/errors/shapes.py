"""What is said about shapes."""

from .words import shape_text


def view_of_strides(shape, size):
    return RuntimeError(
        "view size is not compatible with input tensor's size and stride (at least one dimension "
        "spans across two contiguous subspaces). Use .reshape(...) instead. The tensor of shape "
        f"{shape_text(shape)} does not lie in memory in the order that {shape_text(size)} needs; reshape "
        "copies it."
    )


def not_sizes(op, argument, given):
    """Raise for sizes or dimensions that are not whole numbers; ``given`` are all of them."""
    misfits = (pair for pair in enumerate(given) if not hasattr(pair[1], "__index__"))
    place, n = next(misfits, (len(given) - 1, given[-1]))
    found = f", but found element of type {type(n).__name__} at pos {place}"
    if len(given) == 1 and not isinstance(n, float):
        found = f", not {type(n).__name__}"
    return TypeError(
        f"{op}(): argument '{argument}' (position 1) must be tuple of ints{found}. "
        f"Give whole numbers, as in {op}(2, 3) or {op}((2, 3))."
    )
