"""``Parameter``: a tensor that a module counts as its own."""

from ..core.tensor import Tensor
from ..creation import zeros


class Parameter(Tensor):
    """A leaf tensor that training changes: an attribute of a module that is one is registered.

    Parameters
    ----------
    data : tensor, whose memory is shared
    requires_grad : bool

    >>> torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()
    prefix = "Parameter containing:\ntensor("

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, data=None, requires_grad=True):
        leaf = (zeros(0) if data is None else data).detach()
        self._data, self._memory = leaf._data, leaf._memory
        self._grad_fn = self._grad = self.extra = None
        if requires_grad and not leaf.dtype.is_floating_point:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients. "
                f"This one is {leaf.dtype}: pass requires_grad=False, or data.float()."
            )
        self._requires_grad = bool(requires_grad)

    def __deepcopy__(self, memo):
        """A parameter of its own; it begins without ``.grad``, as PyTorch's does."""
        copy = Tensor.__deepcopy__(self, memo)
        copy._grad = None
        return copy
