"""Two-dimensional convolution and pooling, over inputs (n, channels, height, width).

A convolution is linear in the input and in the weight, so that there are three operations, each
the rule of the other two: the output, the input's gradient, the weight's gradient. Each is a
matrix product over the input's patches, whose elements stand in a column for each place.
See https://arxiv.org/abs/1603.07285 for the arithmetic of sizes.
"""

from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...core.tensor import Tensor
from ...errors.words import C_TYPES, kind_name, shape_text
from ...meaning import means
from ...ops.arguments import check_tensors
from ...ops.indexing import beside, joined, scattered
from ...ops.rows import operation
from ...ops.shape import squeeze, unsqueeze


class Window(NamedTuple):
    """Where the kernel is put: each of these for height and width."""

    kernel: tuple
    stride: tuple
    padding: tuple  # pairs: before and after
    dilation: tuple

    @property
    def reach(self):
        """How many rows and columns the kernel spans."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation))

    def places(self, shape):
        """How many places there are for the kernel in an input of this shape."""
        return tuple(
            (n + sum(padding) - reach) // stride + 1
            for n, padding, reach, stride in zip(shape[-2:], self.padding, self.reach, self.stride)
        )


# ---------------------------------------------------------------------- patches, on arrays


def padded(x, window, value=0):
    """``x`` with rows and columns of ``value`` around it."""
    if not any(map(any, window.padding)):
        return x
    (top, bottom), (left, right) = window.padding
    n, channels, height, width = x.shape
    out = np.full((n, channels, top + height + bottom, left + width + right), value, x.dtype)
    out[:, :, top : top + height, left : left + width] = x
    return out


def patches(x, window, value=0):
    """The patches under the kernel: a view (n, channels, rows, columns, height, width)."""
    shape = (*x.shape[:2], *window.places(x.shape), *window.kernel)
    x = padded(x, window, value)
    *others, row, column = x.strides
    steps = ((row * down, column * across) for down, across in (window.stride, window.dilation))
    return as_strided(x, shape, (*others, *chain(*steps)), writeable=False)


def gathered(columns, shape, window):
    """Patches added up at the places they come from: :func:`patches` transposed."""
    n, channels, height, width = shape
    (top, bottom), (left, right) = window.padding
    out = np.zeros((n, channels, height + top + bottom, width + left + right), columns.dtype)
    rows, cols = columns.shape[2:4]
    for i in range(window.kernel[0]):
        for j in range(window.kernel[1]):
            from_row, from_col = i * window.dilation[0], j * window.dilation[1]
            down, across = window.stride
            out[:, :, from_row : from_row + down * rows : down,
                from_col : from_col + across * cols : across] += columns[..., i, j]  # fmt: skip
    return out[:, :, top : top + height, left : left + width]


def _columns(x, window, groups):
    """Patches as one matrix (elements, places) for each image and each group of channels."""
    under = patches(x, window).transpose(0, 1, 4, 5, 2, 3)
    n, channels, high, wide, rows, cols = under.shape
    return under.reshape(n, groups, channels // groups * high * wide, rows * cols)


def _convolved(x, w, bias, window, groups):
    y = w.reshape(groups, len(w) // groups, -1) @ _columns(x, window, groups)
    y = y.reshape(len(x), len(w), *window.places(x.shape))
    return y if bias is None else y + bias.reshape(-1, 1, 1)


def _input_gradient(g, w, window, groups, shape):
    n, outputs, *places = g.shape
    g = np.ascontiguousarray(g).reshape(n, groups, outputs // groups, -1)
    columns = np.swapaxes(w.reshape(groups, outputs // groups, -1), 1, 2) @ g
    columns = columns.reshape(n, shape[1], *window.kernel, *places).transpose(0, 1, 4, 5, 2, 3)
    return np.ascontiguousarray(gathered(columns, shape, window))


def _weight_gradient(g, x, window, groups, w_shape):
    g = np.ascontiguousarray(g).reshape(len(g), groups, w_shape[0] // groups, -1)
    return (g @ np.swapaxes(_columns(x, window, groups), 2, 3)).sum(0).reshape(w_shape)


def _averaged(x, window, area):
    if x.ndim == 3:
        return _averaged(x[None], window, area)[0]
    return patches(x, window).sum((-1, -2)) / area


def _spread_out(g, shape, window, area):
    if g.ndim == 3:
        return _spread_out(g[None], (1, *shape), window, area)[0]
    each = np.broadcast_to((g / area)[..., None, None], (*g.shape, *window.kernel))
    return gathered(each, shape, window)


# ---------------------------------------------------------------------- the rules


@means("avg_pool(x)")
def averaged(x, window, area):
    """The mean under the kernel at each place, of an array or a recorded tensor."""
    return (_avg_pool if isinstance(x, Tensor) else _averaged)(x, window=window, area=area)


@means("avg_pool_transpose(g)")
def spread(g, shape, window, area):
    """``g`` given to the places that each mean was taken of: an array or a recorded tensor."""
    function = _spread if isinstance(g, Tensor) else _spread_out
    return function(g, shape=shape, window=window, area=area)


@means("conv_transpose(g, w)")
def input_gradient(g, w, window, groups, shape):
    """What the input gets of the output's gradient ``g``: arrays or recorded tensors."""
    function = _conv_input if isinstance(g, Tensor) or isinstance(w, Tensor) else _input_gradient
    return function(g, w, window=window, groups=groups, shape=shape)


@means("correlation(x, g)")
def weight_gradient(g, x, window, groups, w_shape):
    """What the weight gets of the output's gradient ``g``: arrays or recorded tensors."""
    function = _conv_weight if isinstance(g, Tensor) or isinstance(x, Tensor) else _weight_gradient
    return function(g, x, window=window, groups=groups, w_shape=w_shape)


@means("conv(x, w)")
def convolved(x, w, window, groups):
    """The convolution of arrays or recorded tensors, without bias."""
    function = _conv if isinstance(x, Tensor) or isinstance(w, Tensor) else _convolved
    return function(x, w, None, window=window, groups=groups)


# fmt: off
_conv = operation("convolution", _convolved, analytic=True,
    x=lambda g, x, w, window, groups: input_gradient(g, w, window, groups, x.shape),
    w=lambda g, x, w, window, groups: weight_gradient(g, x, window, groups, w.shape),
    bias=lambda g, x, w: beside(g.sum(axis=(0, 2, 3)), x, w))
_conv_input = operation("convolution_input", _input_gradient, analytic=True,
    node="ConvolutionBackwardBackward0",
    d=lambda g, w, window, groups: convolved(g, w, window, groups),
    w=lambda g, d, w, window, groups: weight_gradient(d, g, window, groups, w.shape))
_conv_weight = operation("convolution_weight", _weight_gradient, analytic=True,
    node="ConvolutionBackwardBackward0",
    d=lambda g, x, window, groups: convolved(x, g, window, groups),
    x=lambda g, d, x, window, groups: input_gradient(d, g, window, groups, x.shape))
_max_pool = operation("max_pool2d_with_indices",
    lambda x, where: x[where], node="MaxPool2DWithIndicesBackward0",
    x=lambda g, x, shape, where: joined(scattered(g, shape, where), x))
_avg_pool = operation("avg_pool2d", _averaged, analytic=True, node="AvgPool2DBackward0",
    x=lambda g, x, shape, window, area: joined(spread(g, shape, window, area), x))
_spread = operation("avg_pool2d_backward", _spread_out, node="AvgPool2DBackwardBackward0", analytic=True,
    d=lambda g, window, area: averaged(g, window, area))
_adaptive = operation("adaptive_avg_pool2d", lambda x, down, across: down @ x @ across.T, analytic=True,
    node="AdaptiveAvgPool2DBackward0",
    x=lambda g, x, down, across: joined(np.matmul(down.T, np.matmul(g, across)), x))
# fmt: on


def pair(value, name="argument"):
    """A number for both directions, or one for each."""
    if not isinstance(value, tuple | list):
        return (value, value)
    if len(value) not in (1, 2):
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of 2 values to match the convolution "
            f"dimensions, but got {name}={list(value)}: one for height and one for width."
        )
    return tuple(value) if len(value) == 2 else tuple(value) * 2


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide ``weight`` over ``input`` and take the sum of products at each place.

    Parameters
    ----------
    input : tensor (n, channels, height, width) or (channels, height, width)
    weight : tensor (outputs, channels / groups, kernel height, kernel width)
    bias : tensor (outputs,) or None
    stride, dilation : int or a pair for height and width
    padding : the same, or ``"valid"`` (none), or ``"same"`` (the output is as large as the input)
    groups : int
        Into how many groups the channels are split that have nothing to do with each other.

    Returns
    -------
    tensor (n, outputs, rows, columns)
    """
    check_images(input, weight, bias)
    if weight.ndim != 4:
        raise RuntimeError(
            f"weight should have four dimensions, (outputs, channels, height, width), but got {shape_text(weight.shape)}"
        )
    if input.ndim not in (3, 4):
        raise RuntimeError(
            "Expected 3D (unbatched) or 4D (batched) input to conv2d, "
            f"but got input of size: {list(input.shape)}"
        )
    if input.ndim == 3:
        out = conv2d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups)
        return squeeze(out, 0)
    kernel, dilation = tuple(weight._data.shape[2:]), pair(dilation, "dilation")
    window = Window(kernel, pair(stride, "stride"), _padding(padding, kernel, dilation), dilation)
    check_convolved(input, weight, bias)
    _check_conv(input, weight, bias, window, groups)
    return _conv(input, weight, bias, window=window, groups=groups)


def _padding(padding, kernel, dilation):
    """Pairs (before, after); of an odd total the larger half comes after, as in PyTorch."""
    if padding == "valid":
        padding = 0
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation)]
        return tuple((n // 2, n - n // 2) for n in totals)
    return tuple((n, n) for n in pair(padding, "padding"))


def _check_conv(input, weight, bias, window, groups):
    for name, values, least in (("stride", window.stride, 1), ("padding", sum(window.padding, ()), 0),
                                ("dilation", window.dilation, 1)):  # fmt: skip
        if min(values) < least:
            raise RuntimeError(
                f"{'non-positive' if least else 'negative'} {name} is not supported: {list(values)}"
            )
    outputs = weight.shape[0]
    if outputs % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got "
            f"weight of size [{shape_text(weight.shape)}] instead"
        )
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise RuntimeError(
            f"Given weight of size {shape_text(weight.shape)}, expected bias to be 1-dimensional with {outputs} "
            f"elements, but got bias of size {shape_text(bias.shape)} instead"
        )
    shape, channels = list(input.shape), weight.shape[1] * groups
    if shape[1] != channels:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected "
            f"input{shape} to have {channels} channels, but got {shape[1]} channels instead"
        )
    size = [n + sum(padding) for n, padding in zip(shape[2:], window.padding)]
    if any(n < reach for n, reach in zip(size, window.reach)):
        raise RuntimeError(
            "Calculated padded input size per channel: ({} x {}). Kernel size: ({} x {}). "
            "Kernel size can't be greater than actual input size".format(*size, *window.reach)
        )


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest number under the kernel at each place; of several the first gets the gradient.

    ``input`` is (n, channels, height, width) or (channels, height, width); ``stride`` is by
    default the kernel's size. With ``ceil_mode`` a last kernel may reach over the edge.
    """
    if return_indices:
        raise NotImplementedError("return_indices=True is not part of this engine: it gives the values only.")
    window = _pooling("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)
    where = _largest(input._data if input.ndim == 4 else input._data[None], window)
    return _max_pool(input, where=where if input.ndim == 4 else tuple(index[0] for index in where[1:]))


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
               divisor_override=None):  # fmt: skip
    """The mean of the numbers under the kernel at each place; see :func:`max_pool2d`.

    What stands for the padding is 0, and is counted unless ``count_include_pad=False``;
    ``divisor_override`` is what the sums are divided by instead.
    """
    window = _pooling("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)
    around = pair(padding) if count_include_pad else (0, 0)
    height, width = (
        _reached(n, p, before, k, stride, places) for n, p, (before, _), k, stride, places in zip(
            input.shape[-2:], around, window.padding, window.kernel, window.stride, window.places(input.shape)))  # fmt: skip
    area = divisor_override or np.multiply.outer(height, width).astype(input._data.dtype)
    return _avg_pool(input, window=window, area=area)


def _reached(n, counted, before, kernel, stride, places):
    """How many of the kernel's rows (or columns) are counted at each place: the edge cuts some off."""
    first = np.arange(places) * stride - before
    return np.minimum(first + kernel, n + counted) - np.maximum(first, -counted)


def adaptive_avg_pool2d(input, output_size):
    """The means of as many parts as ``output_size`` says, of one height and width or nearly so."""
    size = [n if wanted is None else wanted for n, wanted in zip(input.shape[-2:], pair(output_size))]
    if size == [1, 1]:
        return input.mean((-1, -2), keepdim=True)
    down, across = (_shares(n, parts, input._data.dtype) for n, parts in zip(input.shape[-2:], size))
    return _adaptive(input, down=down, across=across)


def _shares(n, parts, dtype):
    """A matrix that takes the means of ``n`` numbers in so many parts."""
    part, place = np.ogrid[:parts, :n]
    inside = (place >= part * n // parts) & (place < -(-(part + 1) * n // parts))
    return (inside / inside.sum(1, keepdims=True)).astype(dtype)


def _pooling(name, input, kernel_size, stride, padding, dilation, ceil_mode):
    """Where the kernel of a pooling is put."""
    check_tensors(name, input=input)
    if input.ndim not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    kernel, around = pair(kernel_size, "kernel_size"), pair(padding, "padding")
    for pad, k in zip(around, kernel):
        if pad > k // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got "
                f"pad={pad}, kernel_size={k} and dilation={pair(dilation)[0]}"
            )
    stride = kernel if stride is None or stride == [] else pair(stride, "stride")
    window = Window(kernel, stride, tuple((n, n) for n in around), pair(dilation, "dilation"))
    shape = tuple(input.shape)
    size = (shape[-3], *window.places(shape))
    if min(size) < 1:
        given, size = ("x".join(map(str, each)) for each in (shape[-3:], size))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({size}). Output size is too small"
        )
    return _over_the_edge(window, shape) if ceil_mode else window


def _over_the_edge(window, shape):
    """The window with room for a last kernel that begins inside, but does not end there."""
    padding = []
    for n, (before, after), reach, stride in zip(shape[-2:], window.padding, window.reach, window.stride):
        places = -(-(n + before + after - reach) // stride) + 1
        if (places - 1) * stride >= n + before:
            places -= 1
        padding.append((before, max(after, (places - 1) * stride + reach - n - before)))
    return window._replace(padding=tuple(padding))


def _largest(x, window):
    """The index of the largest element under the kernel at each place: a tuple for NumPy."""
    parts = patches(x, window, -np.inf)
    n, channels, rows, cols = parts.shape[:4]
    best = parts.reshape(n, channels, rows, cols, -1).argmax(-1)
    row, col = np.divmod(best, window.kernel[1])
    (down, right), (high, wide) = window.stride, window.dilation
    (top, _), (left, _) = window.padding
    i, j, r, c = np.ogrid[:n, :channels, :rows, :cols]
    where = i, j, r * down + row * high - top, c * right + col * wide - left
    return tuple(np.broadcast_arrays(*where))


# ---------------------------------------------------------------------- checks


def check_images(*operands):
    """The operands of a convolution are tensors; the bias may be None."""
    if not all(operand is None or isinstance(operand, Tensor) for operand in operands):
        names = ", ".join(type(operand).__name__ for operand in operands)
        raise TypeError(
            f"conv2d() received an invalid combination of arguments - got ({names}). The input is "
            "a tensor of images, (n, channels, height, width)."
        )


def check_convolved(input, weight, bias):
    """Images, kernels and perhaps a bias of one type."""
    if input.dtype is weight.dtype and (bias is None or bias.dtype is input.dtype):
        return
    cure = f"Bring the input to the type of the weights: input.to({weight.dtype})."
    if bias is None:
        kinds = kind_name(input), kind_name(weight)
        raise RuntimeError("expected scalar type {} but found {}. ".format(*kinds) + cure)
    kinds = (C_TYPES[t.dtype.name] for t in (input, bias))
    raise RuntimeError("Input type ({}) and bias type ({}) should be the same. ".format(*kinds) + cure)
