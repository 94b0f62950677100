"""What PyTorch tells while the user's code runs: each call on tensors, and each module at work."""

import os
import weakref
from functools import partial
from sys import _getframe
from threading import get_ident

import torch
from torch.compiler import is_compiling
from torch.jit import is_tracing
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode

from autograd_core.core.source import is_own_file

from . import pytorch_private as private
from .library import moved_by
from .pytorch_copies import nodes_behind
from .pytorch_private import TORCH
from .watcher import LARGE, Watcher, is_within, name_of, parts_of

BACKWARD, SET_GRADIENT = torch.Tensor.backward, torch.Tensor.grad.__set__
PLAIN = torch.Tensor, torch.nn.Parameter
F = torch.nn.functional
DIFFERENCES = {torch.Tensor.mul, torch.Tensor.__mul__, torch.Tensor.__rmul__, torch.mul, torch.multiply, torch.Tensor.sub, torch.Tensor.__sub__, torch.Tensor.__rsub__, torch.sub, torch.subtract,
               F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss}  # fmt: skip
OPS = torch._ops.OpOverload, torch._ops.OpOverloadPacket  # of torch.ops, also of one's own
EMPTYING = "zero_", "_foreach_zero_"  # what sets gradients to 0
CHANGES = {name for name in dir(torch.Tensor) if name.endswith("_") and name[0] != "_"}
CHANGES |= {
    f"__{name}__" for name in "setitem iadd isub imul itruediv ifloordiv imod ipow iand ior ixor".split()
}
READERS = set("item tolist numpy __array__ __float__ __int__ __bool__ __index__ __complex__".split())
APART = tuple(
    TORCH + part for part in ("optim", "autograd", "utils" + os.sep + "checkpoint")
)  # cut on purpose
MARKED = 32  # calls in a module, of which one leaves the notes with its node: that takes time
FEW = 1024  # elements that are kept of a difference of unlike shapes
SPARSE, SELDOM = 4096, 1024  # calls after which it is one of so many: PyTorch frees the nodes that were
# looked at one inside another, and a chain of them must not be deep
# compute in another way where no gradient is asked for and no mode is on
FAST = torch.nn.TransformerEncoder, torch.nn.TransformerEncoderLayer, torch.nn.MultiheadAttention


class _Foreign(dict):
    """Whether a file is PyTorch's or this package's, looked up once for each."""

    def __missing__(self, file):
        self[file] = found = is_own_file[file] or file.startswith(TORCH)
        return found


foreign = _Foreign()


def users(frame):
    """The innermost frame, from this one outwards, that is the user's."""
    while foreign[frame.f_code.co_filename]:
        frame = frame.f_back
    return frame


def is_tensor(thing):
    return isinstance(thing, torch.Tensor)


watchers = []  # those that look on


def begin(module, args):
    """A hook, before a module's forward: one for all watchers, as a compiler compiles anew for each."""
    if is_compiling() or is_tracing():
        return
    for watcher in watchers:
        if isinstance(module, FAST):
            watcher.step_aside(module)
        watcher.begin(module, args)


def end(module, args, output):
    if is_compiling() or is_tracing():
        return
    for watcher in reversed(watchers):
        watcher.end(module, args, output)
        if watcher.apart:
            watcher.come_back(module)


def records(module):
    """Whether a module makes nodes of all that it does."""
    with private.unseen():
        return torch.is_grad_enabled() and all(each.requires_grad for each in module.parameters())


class PyTorchWatcher(Watcher, TorchFunctionMode):
    """See `Watcher`."""

    is_foreign, is_tensor = staticmethod(foreign.__getitem__), staticmethod(is_tensor)
    is_recording, own_passes = staticmethod(torch.is_grad_enabled), APART
    bare = ()  # weakly: the latest few .data of what operations made
    apart = None  # the module that runs without the mode, and its place

    def start(self):
        self.number, self.unseen = private.counter(), private.unseeing()
        self.mark_at, self.failed = 0, None  # how many calls there are when a node is marked next
        self.look_at_most = SPARSE  # nodes, behind what is cut
        self.unwrap = private.unwrapping()
        private.unwrap_through(self.unwrap and self.unwrapped)
        watchers.append(self)
        private.look_at_modules(begin, end)
        self.handle = register_optimizer_step_pre_hook(self.step)
        TorchFunctionMode.__enter__(self)

    def stop(self):
        watchers.remove(self)
        if not watchers:
            private.leave_modules()
        self.handle.remove()
        private.unwrap_through(self.unwrap)
        private.put_modes([mode for mode in private.modes() if mode is not self])

    def __torch_function__(self, func, types, args=(), kwargs=None):
        # To a compiler or a tracer what stands here is the user's code, too. What follows is short: it runs at each call.
        if is_compiling() or is_tracing() or get_ident() != self.thread:
            return func(*args, **(kwargs or {}))
        if func is BACKWARD:
            return self.backward(*args, **(kwargs or {}))
        if isinstance(func, OPS) and (operation := private.own_operation(func)) is not None:
            with private.unseen():
                self.applied(operation, args)
        first = self.number()
        try:
            result = func(*args, **kwargs) if kwargs else func(*args)
        except Exception as error:
            self.fail(error, func, (args, kwargs))
            raise
        last = self.number()
        if func in DIFFERENCES:
            self.subtracted(args)
        if func.__name__.endswith("_") and func.__name__ in CHANGES:
            self.changed(func, args)
        if last == first:
            self.without_nodes(func, args, result, _getframe(1))
        elif not self.watching.resting:
            frame, inner = _getframe(1), None
            while foreign[(code := frame.f_code).co_filename]:
                inner, frame = code, frame.f_back
            calls = self.calls
            calls.append((first, last, func, code, frame.f_lasti, inner, self.module))
            if len(calls) >= self.mark_at or self.module < 0:
                self.mark(result)
        return result

    def step_aside(self, module):
        """Let a module run without this mode, where it would otherwise compute in another way."""
        if self in (modes := private.modes()) and not records(module):
            self.apart = module, modes.index(self)
            private.put_modes([mode for mode in modes if mode is not self])

    def come_back(self, module):
        if self.apart[0] is module and get_ident() == self.thread:
            modes = private.modes()
            modes.insert(self.apart[1], self)
            private.put_modes(modes)
            self.apart = None

    def unwrapped(self, args):
        """Called by each `Function.apply` with its operands."""
        if function := _getframe(1).f_locals.get("cls"):
            with private.unseen():
                self.applied(function, args)
        return self.unwrap(args)

    def copied(self, value):
        if not is_tensor(value):
            return value
        return value.detach().clone().requires_grad_(value.requires_grad) if value.numel() <= LARGE else None

    def numbers(self, tensor):
        with private.unseen():
            nodes = nodes_behind([tensor], SPARSE)
        return [private.sequence(node) for node in nodes if not private.is_leaf(node)]

    def held(self, tensor, before):
        with private.unseen():
            nodes = nodes_behind([tensor], SPARSE)
            own = [
                leaf for node in nodes if private.is_leaf(node) and (leaf := private.leaf(node)) is not None
            ]
            made = [node for node in nodes if not private.is_leaf(node) and private.sequence(node) < before]
            parts = [part.untyped_storage() for node in made for part in private.saved_tensors(node)]
            others = {leaf.untyped_storage().data_ptr() for leaf in own}
            return {each.data_ptr(): each.nbytes() for each in parts if each.data_ptr() not in others}

    def returned(self, output):
        if self.module < 0:
            self.mark(output)
            if len(self.calls) < SPARSE:
                self.mark_at = 0

    def mark(self, result):
        """Leave the notes with the nodes that a call made."""
        made = len(self.calls)
        if made < self.mark_at and made >= SPARSE:
            return
        with self.unseen():
            for part in parts_of(result, is_tensor):
                if (node := part.grad_fn) is not None and isinstance(
                    part.numel(), int
                ):  # else a tracer's symbol
                    private.metadata(node)[self.observed.key] = self.observed
                    self.observed.made[part.numel() == 1] = weakref.ref(part)
        self.mark_at = made + (MARKED if made < SPARSE else SELDOM)

    def fail(self, error, func, arguments):
        frame = users(_getframe(1))
        self.failed = error, (name_of(func), parts_of(arguments, is_tensor, 4), frame, frame.f_lasti)

    def failure(self, error):
        while error is not None and self.failed:
            if error is self.failed[0]:
                return self.failed[1]
            error = error.__cause__ or error.__context__
        return None

    def subtracted(self, args):
        """A difference or product: PyTorch does not keep the shape of an operand that needs no gradient."""
        parts = [part for part in args[:2] if type(part) in PLAIN]
        if self.watching.resting or len(parts) < 2:
            return
        with private.unseen():
            shapes = [tuple(part.shape) for part in parts]
            short, long = sorted(shapes, key=len)
            if len(long) != len(short) + 1 or long != (*short, 1):
                return
            numbers = [part.detach().flatten().tolist() for part in parts if part.numel() <= FEW]
            frame = users(_getframe(1))
            self.observed.differences[frame.f_code, frame.f_lasti] = shapes, numbers

    def changed(self, func, args):
        """A call that changes its first operand in place."""
        if not args or type(args[0]) not in PLAIN:  # else a tracer's
            return
        frame = users(_getframe(1))
        with private.unseen():
            version = private.read(args[0], "_version", 0)
            quiet = args[0].grad_fn is not None and not torch.is_grad_enabled()
            if quiet or any(each() is args[0] for each in self.bare):
                self.doubt(frame)
            base = args[0] if args[0]._base is None else args[0]._base
            shapes = tuple(args[0].shape), tuple(base.shape)
            change = name_of(func), frame.f_code, frame.f_lasti, shapes[0], version, shapes[1]
        self.observed.changes[change] = None

    def backward(self, tensor, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        run = partial(BACKWARD, tensor, gradient, retain_graph, create_graph, inputs)
        return self.watching.backward(
            tensor, gradient, retain_graph or create_graph, run, users(_getframe(1)), self.number(), self
        )

    def step(self, optimizer, args, kwargs):
        """A hook, before an optimizer's step."""
        if get_ident() == self.thread:
            with private.unseen():
                moved = [p for p in moved_by(optimizer) if p.grad is not None]
                self.watching.event("step", users(_getframe(1)), optimizer, moved)

    def without_nodes(self, func, args, result, frame):
        """A call that recorded nothing: perhaps of ``zero_grad``, or one that cuts the graph."""
        name = func.__name__
        if name in EMPTYING or (name == "__set__" and func == SET_GRADIENT and args[1] is None):
            owner = None
            while foreign[frame.f_code.co_filename]:
                if frame.f_code.co_name == "zero_grad":
                    owner = frame.f_locals["self"]
                frame = frame.f_back
            self.watching.event("zero_grad", frame, owner if isinstance(owner, Optimizer) else None)
        elif not self.watching.resting and (name != "__get__" or name_of(func) == "data"):
            with self.unseen():
                cuts = name in READERS or (is_tensor(result) and not result.requires_grad)
                if not cuts or not any(part.requires_grad for part in parts_of(args[:2], is_tensor)):
                    return
                if name == "__get__" and args[0].grad_fn is not None:
                    self.bare = *self.bare[-3:], weakref.ref(result)
            while foreign[(code := frame.f_code).co_filename]:
                if code.co_filename.startswith(APART):
                    return
                frame = frame.f_back
            if (quiet := not torch.is_grad_enabled()) and is_within(frame, APART, private.forwards()):
                return
            self.watching.cut(name_of(func), frame, partial(self.leaves, args), quiet)

    def leaves(self, operands):
        """The leaves that operands were computed from, as long as few nodes were looked at for that."""
        with private.unseen():
            parts = parts_of(operands, is_tensor)
            nodes = nodes_behind(parts, self.look_at_most)
            self.look_at_most -= len(nodes)
            leaves = [private.leaf(node) for node in nodes if private.is_leaf(node)]
            leaves += [part for part in parts if part.is_leaf and part.requires_grad]
        return [leaf for leaf in leaves if leaf is not None]
