"""What is in a tensor as Python and NumPy values, in another type, or put in place."""

import sys
import warnings
from copy import deepcopy

import numpy as np

from .. import devices, random
from ..core import dtypes
from ..core import tensor as tensors
from ..core.node import new
from ..core.tensor import Tensor, onlookers, result
from ..creation import TENSOR_TYPES, TensorType
from ..errors.gradients import copy_of_non_leaf, requires_grad_of_integers
from ..errors.operands import not_a_tensor
from ..errors.words import shape_text, subject, type_name
from ..meaning import means
from .arguments import check_dims
from .methods import change
from .rows import offered, operation


@means("g")
def _in_type(g, kind):
    """A gradient in the type of the operand it belongs to."""
    return g.to(dtypes.dtype.of_numpy[kind]) if isinstance(g, Tensor) else g.astype(kind)


def _copied(x, dtype=None):
    """A copy that lies in memory as ``x`` does, and in order where elements of ``x`` share places."""
    return np.array(x, dtype, order="C" if 0 in x.strides else "K")[()]


_clone = operation("clone", _copied, analytic=True, x=lambda g: g)
_to_type = operation(
    "to_copy", lambda x, dtype, source: _copied(x, dtype), x=lambda g, dtype, source: _in_type(g, source)
)


@offered()
def clone(input, *, memory_format=None):
    """A copy with memory of its own, through which gradients flow."""
    return _clone(input)


# ---------------------------------------------------------------------- to another type


def to(self, *args, dtype=None, device=None, copy=False, non_blocking=False):
    """This tensor in another type: ``to(torch.float32)``, ``to("cpu")``, ``to(other_tensor)``.

    Returns the tensor itself where nothing changes, unless ``copy=True``.
    """
    kind = asked_dtype(args, dtype, device) or self.dtype
    if kind is self.dtype and not copy:
        return self
    if not kind.is_floating_point:  # whole numbers have no gradient
        return result(_copied(self._data, kind.numpy), None)
    return _to_type(self, dtype=kind.numpy, source=self._data.dtype)


def asked_dtype(args, dtype, device):
    """The type that the arguments of ``to`` ask for, or None; the device must be the CPU."""
    for value in args:
        if isinstance(value, dtypes.dtype | type):
            dtype = dtypes.as_dtype(value)
        elif isinstance(value, Tensor):
            dtype = value.dtype
        elif isinstance(value, str | devices.device):
            device = value
        elif value is not None and not isinstance(value, bool):  # that is non_blocking
            raise _no_such_arguments(args)
    devices.check(device)
    if dtype is not None and not isinstance(dtype, dtypes.dtype | type):
        raise _no_such_arguments([dtype])
    return dtype and dtypes.as_dtype(dtype)


def _no_such_arguments(values):
    names = ", ".join(type(value).__name__ for value in values)
    return TypeError(
        f"to() received an invalid combination of arguments - got ({names}). "
        "Give a type (torch.float32), a device ('cpu') or a tensor to be like."
    )


def _to(name, kind):
    def method(self):
        return to(self, kind)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"This tensor in the type ``torch.{kind.name}``."
    return method


_NAMED = {
    "double": dtypes.float64, "float": dtypes.float32, "long": dtypes.int64, "int": dtypes.int32,
    "short": dtypes.int16, "char": dtypes.int8, "byte": dtypes.uint8, "bool": dtypes.bool_,
}  # fmt: skip


def type_(self, dtype=None):
    """The name of this tensor's type, ``"torch.DoubleTensor"``; or the tensor in another type."""
    if dtype is None:
        return type_name(self._data)
    if not isinstance(dtype, dtypes.dtype):
        known = {f"torch.{name}": made.kind for name, made in TENSOR_TYPES.items()}
        dtype = f"torch.{dtype.__name__}" if isinstance(dtype, TensorType) else dtype
        if dtype not in known:
            name = getattr(dtype, "__name__", dtype)
            raise ValueError(f"invalid type: {name!r}. Write for example torch.float32.")
        dtype = known[dtype]
    return to(self, dtype)


def type_as(self, other):
    """This tensor in the type of ``other``."""
    return to(self, other.dtype)


def cpu(self):
    """This tensor: it is on the CPU already."""
    return self


def cuda(self, device=None):
    """Raises: this engine computes on the CPU only."""
    devices.check("cuda")


# ---------------------------------------------------------------------- as Python and NumPy


def left():
    """Tell those who look on that numbers leave the graph here."""
    for look in onlookers:
        look()


def item(self):
    """The one number that this tensor holds, as a Python number."""
    data = self._data
    if data.size != 1:
        raise RuntimeError(
            f"a Tensor with {data.size} elements cannot be converted to Scalar. "
            "item() needs a tensor with one element: pick one by its index, or use tolist()."
        )
    left()
    return data.item()


def tolist(self):
    """The elements as nested lists of Python numbers; a number if there are no dimensions."""
    left()
    return self._data.tolist()


def numpy(self, *, force=False):
    """The elements as a NumPy array that shares this tensor's memory.

    Raises RuntimeError for a tensor that requires grad, unless ``force=True``.
    """
    if self.requires_grad and not force:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. "
            f"NumPy does not record: what it computes from {subject(self)} would have no gradient."
        )
    return self.array()


def __array__(self, dtype=None, copy=None):
    array = self.numpy()
    return array if dtype is None else array.astype(dtype)


def __float__(self):
    return float(_number(self))


def __int__(self):
    return int(_number(self, warn=False))


def __complex__(self):
    return complex(_number(self))


def _number(tensor, warn=True):
    if tensor._data.size != 1:
        raise ValueError(
            "only one element tensors can be converted to Python scalars. "
            f"This one has shape {shape_text(tensor._data.shape)}."
        )
    if warn and tensor.requires_grad:
        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first: the number has no gradient.",
            UserWarning, stacklevel=3,
        )  # fmt: skip
    left()
    return tensor._data.item()


def __bool__(self):
    data = self._data
    if data.size != 1:
        many = "more than one value" if data.size else "no values"
        raise RuntimeError(
            f"Boolean value of Tensor with {many} is ambiguous. "
            "Ask for .any() or .all(), or compare one element."
        )
    return bool(data)


@offered()
def is_nonzero(input):
    """Whether the one element of ``input`` is not zero: a Python bool."""
    return __bool__(input)


def __index__(self):
    data = self._data
    if data.size != 1 or data.dtype.kind == "f":
        raise TypeError(
            "only integer tensors of a single element can be converted to an index. "
            f"This one has type {type_name(data)} and shape {shape_text(data.shape)}."
        )
    return int(data.item())


def __len__(self):
    if not self._data.ndim:
        raise TypeError("len() of a 0-d tensor: a tensor without dimensions is one number.")
    return len(self._data)


def __iter__(self):
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor: a tensor without dimensions is one number.")
    return iter(self.unbind(0))


def __contains__(self, element):
    if not isinstance(element, Tensor | int | float):
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
        )
    return bool((self == element)._data.any())


def __format__(self, spec):
    return format(self.item(), spec) if not self._data.ndim else object.__format__(self, spec)


# ---------------------------------------------------------------------- copy and pickle


# The graph goes into no file and no shallow copy: what an operation made becomes a leaf, as in PyTorch.
def __reduce__(self):
    return rebuild, (type(self), np.array(self._data), self.requires_grad, None), vars(self) or None


def __copy__(self):
    shared = self.detach()
    copy = rebuild(type(self), shared._data, self.requires_grad, None)
    copy._memory = shared._memory
    vars(copy).update(vars(self))
    return copy


def __deepcopy__(self, memo):
    if self._grad_fn is not None:
        raise copy_of_non_leaf()
    copy = rebuild(type(self), np.array(self._data), self._requires_grad, self._grad)
    if self._grad is not None:
        copy._grad = self._grad.__deepcopy__(memo)
    memo[id(self)] = copy
    vars(copy).update(deepcopy(vars(self), memo))
    return copy


def rebuild(cls, array, requires_grad, grad):
    """A leaf from its parts (used by pickle and copy)."""
    tensor = new(cls)
    tensor._data, tensor._grad_fn, tensor._requires_grad = array, None, requires_grad
    tensor._grad, tensor._memory, tensor.extra = grad, None, None
    return tensor


# Pickles of an older layout find Tensor, rebuild and the types in these modules.
tensors.rebuild = rebuild
sys.modules |= {"autograd_core.tensor": tensors, "autograd_core.dtypes": dtypes}


# ---------------------------------------------------------------------- what it is


def size(self, dim=None):
    """The shape, or the length of one dimension."""
    if dim is None:
        return self.shape
    return self._data.shape[check_dims((dim,), self._data.ndim)[0]]


def dim(self):
    """The number of dimensions."""
    return self._data.ndim


@offered()
def numel(input):
    """The number of elements."""
    if not isinstance(input, Tensor):
        raise not_a_tensor("numel", "input", input)
    return input._data.size


def element_size(self):
    """The bytes of one element."""
    return self._data.itemsize


def get_device(self):
    """-1, which stands for the CPU."""
    return -1


def data_ptr(self):
    """The address of the first element."""
    return self.array().__array_interface__["data"][0]


@offered(method=False)
def is_tensor(obj):
    """Whether ``obj`` is a tensor."""
    return isinstance(obj, Tensor)


@offered()
def is_floating_point(input):
    """Whether the type of ``input`` is a floating-point type."""
    return input.dtype.is_floating_point


@offered()
def is_complex(input):
    """Whether the type of ``input`` is complex: never in this engine."""
    return input.dtype.is_complex


def data(self):
    """The same memory without history. A change through it is not noticed; prefer detach()."""
    return result(self.array(), None)


def set_data(self, value):
    if not isinstance(value, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    if self._requires_grad and not value.dtype.is_floating_point:
        opening = (
            "data set to a tensor that requires gradients must be floating point or complex dtype: only such"
        )
        raise requires_grad_of_integers(value.dtype, opening)
    self._data = value.array()


def is_signed(self):
    """Whether the type has negative numbers."""
    return self.dtype.is_signed


# ---------------------------------------------------------------------- random numbers in place

_uniform = operation("uniform", lambda x, new: new, flat="True", x=lambda g: 0.0 * g)
_normal = operation("normal", lambda x, new: new, flat="True", x=lambda g: 0.0 * g)
_bernoulli = operation("bernoulli", lambda x, new: new, flat="True", x=lambda g: 0.0 * g)


@offered(torch=False)
def uniform_(self, from_=0.0, to=1.0, *, generator=None):
    """Fill with numbers drawn evenly from ``from_`` (included) to ``to`` (excluded)."""
    new = random.uniform_array(self._data.shape, self.dtype, from_, to, generator)
    return change(self, "uniform_", _uniform, new=new)


@offered(torch=False)
def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Fill with numbers of the normal distribution with this mean and standard deviation."""
    new = random.normal_array(self._data.shape, self.dtype, mean, std, generator)
    return change(self, "normal_", _normal, new=new)


@offered(torch=False)
def bernoulli_(self, p=0.5, *, generator=None):
    """Fill with 1 with probability ``p``, a number or a tensor of them, else 0."""
    shape, kind = self._data.shape, self._data.dtype
    if isinstance(p, Tensor):
        new = random.bernoulli(p.expand(shape), generator=generator)._data.astype(kind)
    else:
        new = random.bernoulli_array(shape, kind, p, generator)
    return change(self, "bernoulli_", _bernoulli, new=new)


# ---------------------------------------------------------------------- methods of Tensor

METHODS = [
    to, type_as, cpu, cuda, item, tolist, numpy, size, dim, element_size, get_device, data_ptr,
    is_signed, __float__, __int__, __complex__, __bool__, __index__,
    __len__, __iter__, __contains__, __format__, __array__, __reduce__, __copy__, __deepcopy__,
]  # fmt: skip
for _method in METHODS:
    setattr(Tensor, _method.__name__, _method)
for _name, _kind in _NAMED.items():
    setattr(Tensor, _name, _to(_name, _kind))
Tensor.type, Tensor.ndimension, Tensor.nelement = type_, dim, numel
Tensor.data = property(data, set_data)
Tensor.name = property(lambda self: None, doc="None: a tensor has no name.")
Tensor.is_cuda = Tensor.is_sparse = Tensor.is_quantized = property(lambda self: False, doc="False, always.")
Tensor.device = property(lambda self: devices.CPU, doc="The CPU.")
Tensor.itemsize = property(element_size, doc="The bytes of one element.")
Tensor.nbytes = property(lambda self: self._data.nbytes, doc="The bytes of all elements.")
