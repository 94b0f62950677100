"""What the widgets ask of a library of tensors; `engine` and `pytorch` answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from ..words.names import is_a

TESTED = ("2.13.0", "2.14.1", "2.15.0")  # releases of PyTorch that the tests were run with


def moved_by(optimizer) -> list:
    """The parameters that an optimizer moves."""
    return [p for group in optimizer.param_groups for p in group["params"]]


class Library(ABC):
    """One library of tensors, seen through NumPy arrays.

    Attributes
    ----------
    name : ``"autograd_core"`` or ``"torch"``
    usual : type of NumPy's, which a tensor made of a Python number has: the library's default
    complex_constants : bool, whether what meets complex numbers has to be complex, too
    Tensor, Module, Function : the library's classes
    Copies : class of the rooms in which a function runs on copies of all that it reads
    Watcher : class of the context managers that note what the user's code does
    recording, quiet : context managers under which the graph is and is not recorded
    is_recording : function that says which of them it is
    settings : list of pairs of functions: what tells a setting of the process, and what sets it
    passes : list of the functions that run a backward pass
    """

    name: str
    usual: np.dtype
    complex_constants: bool
    Tensor: type
    Module: type
    Function: type
    Copies: type
    Watcher: type
    is_recording: Callable[[], bool]
    settings: list
    passes: list

    def is_tensor(self, thing) -> bool:
        """Whether this is one of the library's tensors; nothing of it but its type is looked at."""
        return is_a(thing, self.Tensor)

    def is_module(self, thing) -> bool:
        """Whether this is a module: a layer, a model."""
        return isinstance(thing, self.Module)

    @abstractmethod
    def is_floating(self, thing) -> bool:
        """Whether this is a tensor of real or, on the way of a complex step, complex numbers."""

    @abstractmethod
    def epsilon(self, tensor) -> float:
        """The distance from 1 to the next number in a tensor's type."""

    @abstractmethod
    def array(self, tensor) -> np.ndarray:
        """A tensor's content as an array, of the tensor's own memory where that can be.

        Raises ValueError for a tensor that holds no numbers.
        """

    @abstractmethod
    def leaf(self, values, requires_grad: bool):
        """A fresh tensor on the CPU, so that a function may change its inputs in place."""

    @abstractmethod
    def gradients(self, outputs, weights, leaves) -> list:
        """Vector-Jacobian products as arrays; None where nothing depends on a leaf."""

    @abstractmethod
    def no_complex_step(self, outputs) -> str:
        """Why the complex step cannot be taken: the first operation that is not analytic."""

    @abstractmethod
    def coarsest(self, outputs, leaves) -> tuple[float, str]:
        """The coarsest type that something between leaves and outputs is computed in: ε, its name."""
