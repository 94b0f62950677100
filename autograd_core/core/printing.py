"""What `print(tensor)` shows: the same text, character for character, as PyTorch's.

A tensor's text is made in three steps: choose which elements are shown (`_shown`), turn them into
cells of one width (`_cells`), and lay the cells out in brackets (`_brackets`). What the numbers do
not say themselves, such as ``dtype=`` or ``grad_fn=``, is appended at the end (`_append`).
"""

import math
from types import SimpleNamespace

import numpy as np

# How numbers are printed; see `set_printoptions`.
options = SimpleNamespace(precision=4, threshold=1000, edgeitems=3, linewidth=80, sci_mode=None)


def tensor_text(data: object, *, default_dtype: str = "float32", requires_grad: bool = False,
                grad_fn_name: str | None = None, prefix: str = "tensor(") -> str:  # fmt: skip
    """The text of a tensor with these values.

    data: NumPy array or scalar of any shape; floating-point, integer or bool.
    default_dtype: name of the floating-point type that goes without saying.
    requires_grad: whether to say so; the name of a ``grad_fn`` says it already.
    grad_fn_name: name of the operation which made the tensor, None for a leaf.
    prefix: the opening word and bracket, of which the last line sets the indentation.

    >>> print(tensor_text(np.float32(2), requires_grad=True))
    tensor(2., requires_grad=True)
    >>> print(tensor_text(np.float32([1.5, -20]), grad_fn_name="MulBackward0"))
    tensor([  1.5000, -20.0000], grad_fn=<MulBackward0>)
    >>> print(tensor_text(np.float64(2), prefix="Parameter containing:\\ntensor("))
    Parameter containing:
    tensor(2., dtype=torch.float64)
    """
    data = np.asarray(data)
    indent = len(_last_line(prefix))
    suffixes = _facts(data, default_dtype)
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    return _append(prefix + _values(data, indent), suffixes, indent) + ")"


def _facts(data: np.ndarray, default_dtype: str) -> list[str]:
    """Size and dtype, where the printed values alone do not tell them."""
    dtype = data.dtype.name
    if data.size == 0:
        show_size = data.ndim != 1
        show_dtype = dtype != default_dtype
    else:
        show_size = options.edgeitems == 0
        show_dtype = dtype not in (default_dtype, "int64", "bool")
    size = [f"size={data.shape}"] if show_size else []
    return size + ([f"dtype=torch.{dtype}"] if show_dtype else [])


def _append(text: str, suffixes: list[str], indent: int) -> str:
    """Add the suffixes, each on a new line if the last line has no room for it.

    The room is reckoned as PyTorch does, which keeps two characters free on the first line.
    """
    used = len(_last_line(text)) + 2
    for suffix in suffixes:
        used += len(suffix) + 2
        if used > options.linewidth:
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += ", " + suffix
    return text


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]


def _values(data: np.ndarray, indent: int) -> str:
    """The numbers in their brackets."""
    if data.size == 0:
        return "[]"
    shown = _shown(data) if data.size > options.threshold else data
    texts, width = _cells(shown)
    if data.ndim == 0:
        return texts[0]
    cells = np.array(texts, dtype=object).reshape(shown.shape).tolist()
    return _brackets(cells, data.shape, width, indent)


def _shown(data: np.ndarray) -> np.ndarray:
    """The elements that a summary shows: both ends of each long dimension."""
    edge = options.edgeitems
    for axis, length in enumerate(data.shape):
        if length > 2 * edge:
            ends = [*range(edge), *range(length - edge, length)]
            data = np.take(data, np.array(ends, dtype=int), axis)
    return data


def _cells(shown: np.ndarray) -> tuple[list[str], int]:
    """One text for each element, in order, padded to a common width; and that width.

    In floating point, only finite numbers other than zero set the width, as in PyTorch. So a
    longer text, such as ``-inf`` beside ``1.``, may stand out of its column.
    """
    values = shown.ravel()
    if np.issubdtype(shown.dtype, np.floating):
        decisive = np.isfinite(values) & (values != 0)
        texts = _float_texts(values.tolist(), values[decisive])
    else:
        decisive = np.ones(values.size, dtype=bool)
        texts = [str(value) for value in values.tolist()]
    width = max((len(text) for text, counts in zip(texts, decisive) if counts), default=1)
    return [text.rjust(width) for text in texts], width


def _float_texts(values: list[float], decisive: np.ndarray) -> list[str]:
    """All values in one notation: scientific, integral (``2.``) or with a fixed precision."""
    if _is_scientific(decisive):
        return [f"{value:.{options.precision}e}" for value in values]
    if np.all(decisive == np.ceil(decisive)):
        return [f"{value:.0f}" + "." * math.isfinite(value) for value in values]
    return [f"{value:.{options.precision}f}" for value in values]


def _is_scientific(decisive: np.ndarray) -> bool:
    """Whether numbers so large, small or far apart need powers of ten to be readable."""
    if decisive.size == 0:
        return False
    if options.sci_mode is not None:
        return options.sci_mode
    sizes = np.abs(decisive)
    smallest, largest = float(sizes.min()), float(sizes.max())
    return largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4


def _brackets(cells: list, shape: tuple[int, ...], width: int, indent: int) -> str:
    """Nested lists of cells as text; where `cells` is shorter than `shape`, with ``...``.

    It calls itself once for each dimension, so never deeper than NumPy's 64.
    """
    edge = len(cells) // 2
    is_cut = len(cells) < shape[0]
    if len(shape) == 1:
        dots = [" ..." if edge else "..."] if is_cut else []
        cells = cells[:edge] + dots + cells[edge:]
        per_line = max(1, (options.linewidth - indent) // (width + 2))  # 2 for ", "
        rows = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
    else:
        rows = [_brackets(row, shape[1:], width, indent + 1) for row in cells]
        rows[edge:edge] = ["..."] if is_cut else []
    newlines = "\n" * max(1, len(shape) - 1)
    return "[" + ("," + newlines + " " * (indent + 1)).join(rows) + "]"
