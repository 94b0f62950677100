"""What the recorder reads of PyTorch's nodes and PyTorch does not promise: it is asked for here only.

A release to come may drop or rename any of it. Whoever asks then gets `Missing`, one sentence
warns of what is left out, and the rest is recorded as ever.
"""

import functools
import math
import os
import sys
import warnings
import weakref
from contextlib import nullcontext

import torch
import torch._functorch.utils

from .library import TESTED

TORCH = os.path.dirname(torch.__file__) + os.sep  # where its own files are
RESTS = {
    "_sequence_nr": "in which order operations were made (each is shown after its operands)",
    "_input_metadata": "shapes and types of results",
    "variable": "the leaves whose variables are gone",
    "metadata": "source lines and modules",
    "DisableTorchFunctionSubclass": "the rule that nothing of a subclass of Tensor runs meanwhile",
    "is_functorch_wrapped_tensor": "which tensors are those of a transform such as torch.vmap",
    "get_unwrapped": "what a transform such as torch.vmap computes with",
    "peek_interpreter_stack": "whether a transform such as torch.vmap is going on",
    "_version": "copies of large tensors, kept for the next call: each is made anew",
}  # fmt: skip
STACK = [f"_{name}_torch_function_stack" for name in ("len", "pop", "push_on")]
STACK.append("_get_function_stack_at")
RESTS |= dict.fromkeys(STACK, "putting PyTorch's function modes back if you stop a check")
HOOKS = [f"_global_forward_{name}" for name in ("pre_hooks", "hooks", "hooks_always_called")]
RESTS |= dict.fromkeys(HOOKS, "which modules are at work")
UNWRAPPING = "unwrap_dead_wrappers"
RESTS[UNWRAPPING] = "copies of what is handed to a torch.autograd.Function"
RESTS["_get_sequence_nr"] = "which call made an operation"
RESTS["DisableTorchFunction"] = "that nothing of the user's runs while watching() looks at a tensor"


class Missing(AttributeError):
    """This PyTorch does not keep what was asked for, or somebody's code would have to unpack it."""


def read(node, name, *otherwise):
    """What a node holds under a name; where this PyTorch has no such name, ``otherwise`` or `Missing`.

    What `saved_tensors_hooks` packed is unpacked by the user's function; that of a checkpoint runs
    its whole block again. Such tensors are not there, either.
    """
    if "saved_" in name and _is_packed(node, name):
        raise Missing(name)
    try:
        return _get(node, name)
    except AttributeError:
        rests = RESTS.get(name) or f"what {node.name()} was called with"
        warnings.warn(
            f"PyTorch {torch.__version__} does not tell `{name}`, so this is left out: {rests}. "
            f"Tested with PyTorch {TESTED[0]}.",
            stacklevel=2,
        )
        if otherwise:
            return otherwise[0]
        raise Missing(name) from None


def _get(thing, name):
    return getattr(thing, name)


def _is_packed(node, name):
    raw = getattr(node, f"_raw_{name.removeprefix('_')}", ())
    parts = raw if isinstance(raw, tuple) else (raw,)
    # PyTorch before 2.8 does not tell of hooks
    return any(getattr(part, "unpack_hook", None) is not None for part in parts)


def saved(node, name):
    """An operand or argument of a node; raises RuntimeError where the graph is freed."""
    return read(node, f"_saved_{name}")


_names = weakref.WeakKeyDictionary()  # by class of node: that of a user's Function may go


def _saved_names(cls):
    if cls not in _names:
        own = issubclass(cls, torch.autograd.function.BackwardCFunction)  # the user's Function
        names = [name for name in dir(cls) if name.startswith("_saved_") and "_sym_" not in name]
        _names[cls] = ["saved_tensors"] if own else names
    return _names[cls]


def saved_tensors(node):
    """Yield the tensors that a node has saved, if it is not freed."""
    for name in _saved_names(type(node)):
        try:
            value = () if _is_packed(node, name) else _get(node, name)
        except (RuntimeError, AttributeError):  # freed, or changed since: the pass will say so
            continue
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, torch.Tensor):
                yield each


def trouble(node):
    """What PyTorch says of a node whose saved tensors are gone, or were changed in place since; else ``""``."""
    for name in _saved_names(type(node)):
        try:
            if not _is_packed(node, name):
                _get(node, name)
        except RuntimeError as error:
            return str(error)
        except AttributeError:
            continue
    return ""


def sequence(node):
    """PyTorch's creation number of a node: a larger one runs earlier. 0 where it is not known."""
    return read(node, "_sequence_nr", int)()


def outputs(node):
    """Something with ``shape`` and ``dtype`` for each result of a node; ``()`` if not known."""
    return read(node, "_input_metadata", ())


def is_leaf(node):
    """Whether this node accumulates the gradient of a leaf."""
    return node.name().endswith("AccumulateGrad")


def counter():
    """The function that tells which creation number the next node of this thread gets."""
    return read(torch.autograd, "_get_sequence_nr", int)


def leaf(node):
    """The leaf whose gradient a node accumulates; None if it is not known."""
    return read(node, "variable", None)


def metadata(node):
    """What was noted with a node: a dictionary that lives as long as the node."""
    return read(node, "metadata", {})


def looking(method):
    """A method during which nothing runs that a subclass of Tensor does with PyTorch's functions."""

    @functools.wraps(method)
    def quiet(*args, **named):
        with read(torch._C, "DisableTorchFunctionSubclass", nullcontext)():
            return method(*args, **named)

    return quiet


def unseen():
    """A context in which no function mode and no subclass of Tensor sees what is asked of tensors."""
    return unseeing()()


def unseeing():
    """What makes such a context."""
    return read(torch._C, "DisableTorchFunction", nullcontext)


def _stack():
    """How to count, take off, put on and read the function modes; None if this PyTorch tells not all."""
    try:
        return [read(torch._C, name) for name in STACK]
    except Missing:
        return None


def modes():
    """The modes that are on. PyTorch takes one off while it works, and does not put it back if stopped."""
    if (stack := _stack()) is None:
        return []
    count, *_, at = stack
    return [at(i) for i in range(count())]


def put_modes(before):
    """Make these the modes that are on."""
    if modes() == before:
        return
    count, take_off, put_on, _ = _stack()
    while count():
        take_off()
    for mode in before:
        put_on(mode)


def within(mode, fn):
    """Return ``fn()``, run while a function mode is on; those that are on are then as before."""
    if (stack := _stack()) is None:
        with mode:
            return fn()
    put_on, before = stack[2], modes()
    try:
        put_on(mode)
        return fn()
    finally:
        put_modes(before)


# Up to PyTorch 2.14 `Function.apply` is Python's, which looks this function up each time.
APPLY = torch.autograd.Function.__dict__["apply"]
_given = tuple  # what a `Function.apply` in C, of later ones, is given, goes through first


def unwrapping():
    """What `torch.autograd.Function.apply` hands its operands through first."""
    return read(torch._functorch.utils, UNWRAPPING, None) if isinstance(APPLY, classmethod) else _given


def unwrap_through(function):
    """Make it hand them through another function."""
    global _given
    if isinstance(APPLY, classmethod):
        if function is not None:
            setattr(torch._functorch.utils, UNWRAPPING, function)
        return

    def apply(cls, *args, **kwargs):
        return APPLY.__get__(None, cls)(*function(args), **kwargs)

    _given = function
    torch.autograd.Function.apply = APPLY if function is tuple else classmethod(apply)


def forwards():
    """What is called as the ``forward`` of each operation of somebody's own: from C, as of PyTorch 2.15."""
    classes = [torch.autograd.Function]
    for cls in classes:  # which grows
        classes += cls.__subclasses__()
    return {getattr(cls.forward, "__code__", None) for cls in classes}


class OwnOperation:
    """What the user made with `torch.library.custom_op`, as a Function has it."""

    def __init__(self, made, forward):
        self.apply, self.forward, self.__name__ = made, forward, forward.__name__


@functools.lru_cache(256)
def own_operation(call):
    """The operation of one's own that a call of ``torch.ops`` goes to; None for one of PyTorch's, or of C++."""
    known = getattr(sys.modules.get("torch._library.custom_ops"), "OPDEFS", {})
    name = getattr(call, "_qualified_op_name", None) or str(getattr(call, "_name", "")).partition(".")[0]
    made = known.get(name)
    forward = getattr(made, "_init_fn", None)
    return OwnOperation(made, forward) if hasattr(forward, "__code__") else None


def inside_transforms(tensor):
    """The tensor that the transforms of `torch.func` wrap: the tensor itself where there are none."""
    functorch = getattr(torch._C, "_functorch", None)
    while read(functorch, "is_functorch_wrapped_tensor", lambda _: False)(tensor):
        tensor = read(functorch, "get_unwrapped")(tensor)
    return tensor


def transforming():
    """Whether a transform of `torch.func` is going on."""
    return read(getattr(torch._C, "_functorch", None), "peek_interpreter_stack", lambda: None)() is not None


def version(tensor):
    """A number that is another after each change of a tensor; nan, which equals none, if not known."""
    return read(tensor, "_version", math.nan)


def look_at_modules(before, after):
    """Call these around each module's forward, the second also where it raised.

    Hooks that are registered have another number each time, and a compiler compiles anew for it.
    """
    for name, hook in zip(HOOKS, (before, after, True), strict=True):
        read(torch.nn.modules.module, name, {})["widgets"] = hook


def leave_modules():
    """Call them no more."""
    for name in HOOKS:
        read(torch.nn.modules.module, name, {}).pop("widgets", None)
