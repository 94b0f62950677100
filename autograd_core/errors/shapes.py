"""What is said about shapes."""

from .words import shape_text, type_name


def view_of_strides(shape, size):
    return RuntimeError(
        "view size is not compatible with input tensor's size and stride (at least one dimension "
        "spans across two contiguous subspaces). Use .reshape(...) instead. The tensor of shape "
        f"{shape_text(shape)} does not lie in memory in the order that {shape_text(size)} needs; reshape "
        "copies it."
    )


def check_size(size, count):
    """``size`` with its -1 replaced by what is left of ``count`` elements."""
    known, inferred = 1, None
    for i, n in enumerate(size):
        if n == -1:
            if inferred is not None:
                raise RuntimeError("only one dimension can be inferred: -1 may stand once only")
            inferred = i
        elif n < 0:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {shape_text(size)}")
        else:
            known *= n
    if inferred is not None and known == 0 == count:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {shape_text(size)} because the unspecified "
            "dimension size -1 can be any value and is ambiguous"
        )
    if known != count if inferred is None else known == 0 or count % known:
        raise RuntimeError(
            f"shape '{shape_text(size)}' is invalid for input of size {count}: the sizes must multiply "
            "to the number of elements."
        )
    if inferred is None:
        return tuple(size)
    return (*size[:inferred], count // known, *size[inferred + 1 :])


def check_expand(tensor, size):
    """``size`` with each -1 replaced by the tensor's own; only sizes of 1 can be expanded."""
    shape = tuple(tensor.shape)
    added = len(size) - len(shape)
    if added < 0:
        raise RuntimeError(
            f"expand({type_name(tensor._data)}{{{shape_text(shape)}}}, size={shape_text(size)}): the number of "
            f"sizes provided ({len(size)}) must be greater or equal to the number of dimensions in "
            f"the tensor ({len(shape)})"
        )
    out = []
    for i, n in enumerate(size):
        own = shape[i - added] if i >= added else 1
        if n == -1:
            if i < added:
                raise RuntimeError(
                    "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                    f"dimension {i}: write the size that this new dimension shall have."
                )
            n = own
        if n != own and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at "
                f"non-singleton dimension {i}.  Target sizes: {shape_text(size)}.  Tensor sizes: "
                f"{shape_text(shape)}. Only a dimension of size 1 can be expanded."
            )
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {shape_text(size)}")
        out.append(n)
    return tuple(out)


def check_permutation(dims, rank):
    if len(dims) != rank:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
            f"of the desired ordering of dimensions i.e. input.dim() = {rank} is not equal to "
            f"len(dims) = {len(dims)}. Name every dimension once."
        )
    axes = [check_dim(dim, rank) for dim in dims]
    if len(set(axes)) != rank:
        raise RuntimeError(f"permute(): duplicate dims are not allowed. {tuple(dims)} names one twice.")
    return axes


def check_dim(dim, rank):
    """``dim`` counted from 0."""
    low, high = -max(rank, 1), max(rank, 1) - 1
    if not low <= dim <= high:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
        )
    return dim % max(rank, 1)


def check_joined(op, tensors, dim):
    """The axis along which to concatenate tensors that fit together."""
    for i, tensor in enumerate(tensors):
        if tensor.ndim == 0:
            raise RuntimeError(
                f"zero-dimensional tensor (at position {i}) cannot be concatenated. "
                "torch.stack makes a vector of such tensors."
            )
    first = next((t for t in tensors if t.shape != (0,)), tensors[0])
    axis = check_dim(dim, first.ndim)
    for i, tensor in enumerate(tensors):
        if tensor.shape == (0,):
            continue
        if tensor.ndim != first.ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}. "
                f"`{op}` joins along a dimension that all have."
            )
        for k, (a, b) in enumerate(zip(first.shape, tensor.shape)):
            if k != axis and a != b:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {a} but "
                    f"got size {b} for tensor number {i} in the list."
                )
    return axis


def check_stacked(tensors):
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, tensor in enumerate(tensors):
        if tensor.shape != tensors[0].shape:
            raise RuntimeError(
                "stack expects each tensor to be equal size, but got "
                f"{shape_text(tensors[0].shape)} at entry 0 and {shape_text(tensor.shape)} at entry {i}. "
                "torch.cat joins tensors of different sizes along one dimension."
            )


def check_matrix(op, tensor):
    if tensor.ndim < 2:
        raise RuntimeError(f"{op}: input tensor must have at least 2 dimensions, got {tensor.ndim}")


def check_has_dims(tensor, dims):
    if dims and not tensor.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")


def check_rolled(shifts, dims):
    if len(shifts) != len(dims):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
        )


def not_sizes(op, argument, given):
    """Raise for sizes or dimensions that are not whole numbers; ``given`` are all of them."""
    for place, n in enumerate(given):
        if not hasattr(n, "__index__"):
            break
    found = f", but found element of type {type(n).__name__} at pos {place}"
    if len(given) == 1 and not isinstance(n, float):
        found = f", not {type(n).__name__}"
    return TypeError(
        f"{op}(): argument '{argument}' (position 1) must be tuple of ints{found}. "
        f"Give whole numbers, as in {op}(2, 3) or {op}((2, 3))."
    )
