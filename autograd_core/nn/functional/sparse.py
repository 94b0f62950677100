"""Looking vectors up by number."""

import numpy as np

from ...core.tensor import result
from ...meaning import means
from ...ops.arguments import check_tensors
from ...ops.indexing import scattered
from ...ops.rows import operation


@means("g")
def without(g, index, padding):
    """``g`` with zeros where ``index`` is ``padding``."""
    if padding is None:
        return g
    keep = np.expand_dims(index != padding, -1)
    return g * keep


_embedding = operation(
    "embedding", lambda weight, index, padding: weight[index], analytic=True,
    weight=lambda g, shape, index, padding: scattered(
        without(g, index, padding), shape, (index,)),
)  # fmt: skip


def embedding(input, weight, padding_idx=None):
    """The rows of ``weight``, (n, features), at the whole numbers in ``input``.

    The row ``padding_idx`` gets no gradient. Returns a tensor (*input.shape, features).
    """
    check_tensors("embedding", weight=weight, indices=input)
    if input.dtype.name not in ("int64", "int32"):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {input.type()} instead (while checking arguments for embedding)"
        )
    index, n = input._data, weight._data.shape[0]
    if np.any((index < 0) | (index >= n)):
        raise IndexError(f"index out of range in self. The table has rows 0 to {n - 1}.")
    if padding_idx is not None and padding_idx < 0:
        padding_idx += n
    return _embedding(weight, index=index.copy(), padding=padding_idx,
                      keeps=(input,))  # fmt: skip


def one_hot(input, num_classes=-1):
    """Whole numbers as rows of zeros with a 1 at that place: (*input.shape, num_classes)."""
    check_tensors("one_hot", input=input)
    if input.dtype.name != "int64":
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor. Call .long() first."
        )
    index = input._data
    n = int(index.max()) + 1 if num_classes < 0 else num_classes
    if np.any((index < 0) | (index >= n)):
        raise RuntimeError("Class values must be smaller than num_classes.")
    return result(np.eye(n, dtype=np.int64)[index], None)
