"""Two-dimensional convolution and pooling as modules."""

from ...creation import empty
from .. import functional as F
from ..functional.convolution import pair
from ..parameter import Parameter
from .linear import Lazy, Linear
from .module import Module


class Conv2d(Module):
    """Slide learned kernels over images: from (n, in_channels, h, w) to (n, out_channels, h', w').

    ``weight`` is (out_channels, in_channels / groups, kernel height, kernel width); it and ``bias``
    start evenly distributed within ``1 / sqrt(in_channels / groups * kernel area)`` of 0. For
    ``stride``, ``padding``, ``dilation`` and ``groups`` see :func:`functional.conv2d`.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1,
                 groups=1, bias=True, padding_mode="zeros", device=None, dtype=None):  # fmt: skip
        super().__init__()
        _check(in_channels, out_channels, groups, stride, padding, padding_mode)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = pair(kernel_size), pair(stride)
        self.dilation = pair(dilation)
        self.padding = padding if isinstance(padding, str) else pair(padding)
        self.weight = Parameter(empty(self.weight_shape(), device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def weight_shape(self):
        """(out_channels, in_channels / groups, kernel height, kernel width)."""
        return self.out_channels, self.in_channels // self.groups, *self.kernel_size

    reset_parameters = Linear.reset_parameters

    def forward(self, input):
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation,
                        self.groups)  # fmt: skip

    def extra_repr(self):
        text = "{in_channels}, {out_channels}, kernel_size={kernel_size}, stride={stride}"
        usual = {"padding": (0, 0), "dilation": (1, 1), "groups": 1}
        for name, value in usual.items():
            if getattr(self, name) != value:
                text += f", {name}={{{name}}}"
        return text.format(**self.__dict__) + ("" if self.bias is not None else ", bias=False")


class LazyConv2d(Lazy, Conv2d):
    """:class:`Conv2d` that takes ``in_channels`` from its first input."""

    plain, counts, axis = Conv2d, "in_channels", -3


def _check(in_channels, out_channels, groups, stride, padding, padding_mode):
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if in_channels % groups:
        raise ValueError("in_channels must be divisible by groups")
    if out_channels % groups:
        raise ValueError("out_channels must be divisible by groups")
    if isinstance(padding, str) and padding not in ("same", "valid"):
        raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
    if padding == "same" and pair(stride) != (1, 1):
        raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode != "zeros":
        raise ValueError(f"padding_mode must be 'zeros' here, but got {padding_mode=}")


class _Pool2d(Module):
    """A pooling: the attributes that it shows are the arguments of its function."""

    def forward(self, input):
        return self.function(input, *(getattr(self, name) for name in self.shown))


class MaxPool2d(_Pool2d):
    """The largest number under the kernel at each place, from (n, c, h, w) to (n, c, h', w').

    ``stride`` is by default the kernel's size, so that the places do not overlap.
    """

    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    function = staticmethod(F.max_pool2d)

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False,
                 ceil_mode=False):  # fmt: skip
        super().__init__()
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride, self.ceil_mode = kernel_size if stride is None else stride, ceil_mode
        if return_indices:
            raise NotImplementedError("return_indices=True is not part of this engine.")


class AvgPool2d(_Pool2d):
    """The mean of the numbers under the kernel at each place; see :class:`MaxPool2d`."""

    shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
                 divisor_override=None):  # fmt: skip
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.how = ceil_mode, count_include_pad, divisor_override

    def forward(self, input):
        return F.avg_pool2d(input, self.kernel_size, self.stride, self.padding, *self.how)


class AdaptiveAvgPool2d(_Pool2d):
    """The means of ``output_size`` (one number, or height and width) parts of each image."""

    function = staticmethod(F.adaptive_avg_pool2d)

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    shown = ("output_size",)
