"""The norms of ``torch.linalg``."""

from . import absent as _absent
from .ops.reductions import vector_norm

__all__ = ["norm", "vector_norm"]


def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """The norm of the vectors along ``dim``; without ``ord`` the 2-norm of all elements.

    Matrix norms of another order than ``"fro"`` are not part of this engine.

    >>> torch.linalg.norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    rank = A.ndim if dim is None else len(dim) if isinstance(dim, tuple | list) else 1
    if ord not in (None, "fro") and rank > 1:
        raise NotImplementedError(
            f"the matrix norm of order {ord!r} is not part of this engine. For a vector norm say along "
            "which dimension: linalg.norm(x, ord, dim=0), or linalg.vector_norm(x, ord) for all elements."
        )
    return vector_norm(A, 2 if ord in (None, "fro") else ord, dim, keepdim, dtype=dtype)


__getattr__ = _absent.refusal(__name__)
