"""``Module``: parameters and other modules under one roof, and the function they make up."""

from collections import OrderedDict, namedtuple
from collections.abc import Mapping

from ...core import dtypes
from ...core.node import RemovableHandle
from ...core.tensor import Tensor
from ...grad_mode import no_grad
from ...ops.conversion import asked_dtype
from ..parameter import Parameter

KINDS = ("_parameters", "_buffers", "_modules")


class IncompatibleKeys(namedtuple("_IncompatibleKeys", "missing_keys unexpected_keys")):
    """What ``load_state_dict`` returns."""

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


_all_pre_hooks, _all_hooks = {}, {}  # type: dict, dict  # of all modules; the others with ``always_call``


def register_module_forward_pre_hook(hook):
    """Call ``hook(module, args)`` before forward of every module; see ``register_forward_pre_hook``."""
    return RemovableHandle(_all_pre_hooks, hook)


def register_module_forward_hook(hook, *, always_call=False):
    """Call ``hook(module, args, output)`` after forward of every module.

    With ``always_call`` also where it raised; the output is then None.
    """
    return RemovableHandle(_all_hooks, (hook, always_call))


class Module:
    """The base of all layers, losses and models.

    A subclass makes its parts in ``__init__`` (after ``super().__init__()``) and computes in
    ``forward``; calling the module runs ``forward`` and the hooks. Attributes that are a
    :class:`Parameter` or a :class:`Module` are registered under their names.

    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = nn.Parameter(torch.tensor(2.0))
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> line = Line()
    >>> line(torch.tensor(3.0))
    tensor(6., grad_fn=<MulBackward0>)
    >>> [name for name, parameter in line.named_parameters()]
    ['slope']
    """

    training = True
    shown = ()  # the attributes that the module's text names, in their order

    def __init__(self):
        set_attribute = super().__setattr__
        set_attribute("training", True)
        for name in ("_parameters", "_buffers", "_modules", "_pre_hooks", "_hooks"):
            set_attribute(name, {})
        set_attribute("_not_saved", set())  # names of the buffers that state_dict leaves out

    def forward(self, *args):
        """Compute the output; every subclass has its own."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args, **kwargs):
        if self._hooks or self._pre_hooks or _all_hooks or _all_pre_hooks:
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs) if kwargs else self.forward(*args)

    # ------------------------------------------------------------------ hooks

    def register_forward_pre_hook(self, hook):
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments."""
        return RemovableHandle(self._pre_hooks, hook)

    def register_forward_hook(self, hook):
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output.

        Returns a handle whose ``remove()`` takes the hook away.
        """
        return RemovableHandle(self._hooks, hook)

    def _call_with_hooks(self, args, kwargs):
        waiting, output = list(_all_hooks.values()), None
        try:
            for hook in [*_all_pre_hooks.values(), *self._pre_hooks.values()]:
                replaced = hook(self, args)
                if replaced is not None:
                    args = replaced if isinstance(replaced, tuple) else (replaced,)
            output = self.forward(*args, **kwargs)
            while waiting:
                replaced = waiting.pop(0)[0](self, args, output)
                output = output if replaced is None else replaced
            for hook in list(self._hooks.values()):
                replaced = hook(self, args, output)
                output = output if replaced is None else replaced
        except Exception:
            for hook, always_call in waiting:
                if always_call:
                    hook(self, args, output)
            raise
        return output

    # ------------------------------------------------------------------ attributes

    def __getattr__(self, name):
        own = self.__dict__
        for kind in KINDS:
            if kind in own and name in own[kind]:
                return own[kind][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        kind = _kind_of(value)
        if kind is None:
            kind = next((k for k in KINDS if name in self.__dict__.get(k, ())), None)
            if kind is None:
                object.__setattr__(self, name, value)
                return
            _check_takes(kind, name, value)
        elif kind not in self.__dict__:
            what = "parameters" if kind == "_parameters" else "module"
            raise AttributeError(
                f"cannot assign {what} before Module.__init__() call. "
                "The first line of your __init__ must be super().__init__()."
            )
        self._forget(name, keep=kind)
        self.__dict__[kind][name] = value

    def __delattr__(self, name):
        for kind in KINDS:
            if name in self.__dict__[kind]:
                self._not_saved.discard(name)
                del self.__dict__[kind][name]
                return
        try:
            object.__delattr__(self, name)
        except AttributeError:
            getattr(self, name)  # raises with the text that reading it has
            raise

    def _forget(self, name, keep):
        """Remove an attribute everywhere but among those of the kind ``keep``."""
        self.__dict__.pop(name, None)
        for kind in KINDS:
            if kind != keep:
                self.__dict__[kind].pop(name, None)

    def __dir__(self):
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def register_parameter(self, name, param):
        """Add a parameter (or None, a place for one) under this name."""
        self._check_name(name, "parameter", self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_type_name(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is state but not trained; ``state_dict`` has it if ``persistent``."""
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_type_name(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        if not persistent:
            self._not_saved.add(name)

    def add_module(self, name, module):
        """Add a module (or None) under this name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(_no_module(module))
        self._check_name(name, "module", self._modules)
        self._modules[name] = module

    register_module = add_module

    def _check_name(self, name, what, known):
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {_type_name(name)}")
        if hasattr(self, name) and name not in known:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain "."')
        if not name:
            raise KeyError(f'{what} name can\'t be empty string ""')

    # ------------------------------------------------------------------ what is inside

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """Yield ``(name, module)`` for this module (named ``""``) and all inside, each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                inner = prefix + ("." if prefix else "") + name
                yield from module.named_modules(memo, inner, remove_duplicate)

    def modules(self):
        """Yield this module and all inside, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self):
        """Yield ``(name, module)`` for the modules directly inside, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self):
        """Yield the modules directly inside, each once."""
        return (module for _, module in self.named_children())

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """Yield ``(name, parameter)`` for all parameters, each once: ``0.weight``, ``0.bias``."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        """Yield all parameters, each once: what an optimiser is given."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """Yield ``(name, tensor)`` for all buffers, each once."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        """Yield all buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named(self, kind, prefix, recurse, remove_duplicate):
        modules = [(prefix, self)]
        if recurse:
            modules = self.named_modules(None, prefix, remove_duplicate)
        seen = set()
        for path, module in modules:
            for name, tensor in getattr(module, kind).items():
                if tensor is None or tensor in seen:
                    continue
                if remove_duplicate:
                    seen.add(tensor)
                yield path + ("." if path else "") + name, tensor

    def get_submodule(self, target):
        """The module inside with the name ``target``, for example ``"layers.0"``."""
        module = self
        for name in filter(None, target.split(".")):
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def get_parameter(self, target):
        """The parameter with the name ``target``, for example ``"layers.0.weight"``."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if not isinstance(getattr(module, name), Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return getattr(module, name)

    # ------------------------------------------------------------------ for all that is inside

    def apply(self, fn):
        """Call ``fn(module)`` for every module inside, this one last; returns this module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        """Say that training goes on: dropout drops, batch normalisation looks at the batch."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """Say that the model is used, not trained: ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Ask for gradients of all parameters, or no longer (to freeze them)."""
        for each in self.parameters():
            each.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Forget the gradients of all parameters (or fill them with zeros)."""
        for each in self.parameters():
            if each._grad is not None:
                each.grad = None if set_to_none else each._grad.detach().zero_()

    def to(self, *args, dtype=None, device=None, non_blocking=False):
        """Bring all floating-point parameters and buffers to another type, in place.

        ``to(torch.float32)``, ``to("cpu")``, ``to(other_tensor)``; returns this module.
        """
        dtype = asked_dtype(args, dtype, device)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        return self if dtype is None else self._convert(dtype)

    def float(self):
        """``to(torch.float32)``."""
        return self.to(dtypes.float32)

    def double(self):
        """``to(torch.float64)``."""
        return self.to(dtypes.float64)

    def cpu(self):
        """This module: it is on the CPU already."""
        return self

    def _convert(self, dtype):
        for module in self.modules():
            for _name, tensor in (*module._parameters.items(), *module._buffers.items()):
                if tensor is None or not tensor.dtype.is_floating_point:
                    continue
                gradient = tensor._grad
                tensor._grad = None
                tensor.data = tensor.detach().to(dtype)
                tensor._grad = None if gradient is None else gradient.detach().to(dtype)
        return self

    # ------------------------------------------------------------------ state

    def state_dict(self, *, destination=None, prefix="", keep_vars=False):
        """All parameters and persistent buffers by name, sharing memory with the module's.

        >>> list(nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        state = OrderedDict() if destination is None else destination
        for name, tensor in self._own_state().items():
            state[prefix + name] = tensor if keep_vars else tensor.detach()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return state

    def _own_state(self):
        saved = {name: b for name, b in self._buffers.items() if name not in self._not_saved}
        return {name: t for name, t in (*self._parameters.items(), *saved.items()) if t is not None}

    def load_state_dict(self, state_dict, strict=True):
        """Copy the values of a ``state_dict`` into this module's parameters and buffers.

        Returns ``(missing_keys, unexpected_keys)``. Raises RuntimeError for wrong shapes, and with
        ``strict=True`` for names that are missing or unknown.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = self.state_dict(keep_vars=True)
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and unexpected:
            problems.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
        if strict and missing:
            problems.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        for name, tensor in own.items():
            if name in state_dict:
                problems += _copy_into(name, tensor, state_dict[name])
        if problems:
            raise RuntimeError("Error(s) in loading state_dict for {}:\n\t{}".format(
                self._get_name(), "\n\t".join(problems)))  # fmt: skip
        return IncompatibleKeys(missing, unexpected)

    # ------------------------------------------------------------------ text

    def extra_repr(self):
        """What stands between the brackets of the module's text: the attributes in ``shown``."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)

    def _get_name(self):
        return type(self).__name__

    def __repr__(self):
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        inner = [f"({name}): {_indented(repr(m))}" for name, m in self._modules.items()]
        return _in_brackets(self._get_name(), extra, inner)


def _in_brackets(name, extra, inner):
    """``Name(extra)``, or with one line for each module inside."""
    if len(extra) == 1 and not inner:
        return f"{name}({extra[0]})"
    lines = [*extra, *inner]
    return f"{name}(" + ("\n  " + "\n  ".join(lines) + "\n" if lines else "") + ")"


def _indented(text):
    return text.replace("\n", "\n  ")


def _kind_of(value):
    """Among what an attribute with this value is registered; None for nothing or unknown."""
    if isinstance(value, Parameter):
        return "_parameters"
    return "_modules" if isinstance(value, Module) else None


def _check_takes(kind, name, value):
    """Raise if the registered attribute ``name`` cannot become ``value``."""
    if value is None or (kind == "_buffers" and isinstance(value, Tensor)):
        return
    what, known = {
        "_parameters": ("parameter", "torch.nn.Parameter"),
        "_buffers": ("buffer", "torch.Tensor"),
        "_modules": ("child module", "torch.nn.Module"),
    }[kind]
    raise TypeError(f"cannot assign '{_type_name(value)}' as {what} '{name}' ({known} or None expected)")


def _type_name(value):
    return value.type() if isinstance(value, Tensor) else type(value).__name__


def _no_module(value):
    """What is said of a value that should be a module."""
    if isinstance(value, type):
        path = f"{value.__module__}.{value.__name__}".replace("autograd_core", "torch", 1)
        return f"{path} is not a Module subclass. Call it to make one: {value.__name__}()."
    cure = ". Give them one by one: Sequential(*layers)." if isinstance(value, list | tuple) else ""
    if callable(value):
        return f"{value.__name__} is not a Module subclass. There are modules for functions: nn.ReLU()."
    return f"{_type_name(value)} is not a Module subclass{cure}"


def _quoted(names):
    return ", ".join(f'"{name}"' for name in names)


@no_grad()
def _copy_into(name, tensor, value):
    """Copy a saved value into a parameter or buffer; returns a list of what is wrong with it."""
    if not isinstance(value, Tensor):
        return [
            f'While copying the parameter named "{name}", expected torch.Tensor or Tensor-like '
            f"object from checkpoint but received {type(value)}"
        ]
    if value.shape != tensor.shape:
        return [
            f"size mismatch for {name}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {tensor.shape}."
        ]
    tensor.copy_(value)
    return []
