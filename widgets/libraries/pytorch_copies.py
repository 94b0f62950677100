"""A function that runs on copies of the PyTorch tensors that it reads."""

import math
from contextlib import contextmanager
from threading import get_ident

import torch
from torch.overrides import TorchFunctionMode

from ..words.names import initialized
from . import pytorch_private as private
from .here import applied_unseen, computed_before, here, memory_is_shared

MOST_NODES = 10_000  # looked at of a graph
LARGE = 2**16  # elements; copies of tensors of more are kept for the next call
CASTS = {"float", "double", "half", "bfloat16"}
CONTINUED = {"var": 1, "std": 2}  # made analytic for a complex step; which power of it is a variance
NOT_COPIES = {"as_tensor", "asarray", "frombuffer", "from_dlpack"}  # their memory may be another's


def on_cpu(tensor, kind=None, copy=False):
    """A tensor where there is float64, and in another type if one is given."""
    if tensor.is_meta:
        raise ValueError("a tensor on the device “meta” holds no numbers to compute with: make it on the CPU")
    return tensor.to("cpu", kind or tensor.dtype, copy=copy)


@contextmanager
def recording():
    """With a graph, also where `torch.inference_mode` is on around it."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


@contextmanager
def quiet():
    """Without a graph."""
    with torch.inference_mode(False), torch.no_grad():
        yield


def nodes_behind(outputs, most=MOST_NODES) -> list:
    """The nodes of a graph, each once; no more are looked at where they are more than that."""
    nodes = list(dict.fromkeys(out.grad_fn for out in outputs if out.grad_fn is not None))
    seen = {None, *nodes}
    for node in nodes:  # which grows
        if len(nodes) > most:
            break
        operands = {operand for operand, _ in node.next_functions} - seen
        seen |= operands
        nodes += operands
    return nodes


class Copies(TorchFunctionMode):
    """Where a function runs whose tensors are copies: reads and changes what it reads elsewhere.

    Each operation is handed, for every tensor that the call has not made itself, a copy; so
    whatever happens to it, a change in place or a gradient, happens to the copy. With ``double`` the
    copies are in float64, and so is what operations read of numbers that the call has made in
    float32. All of it is on the CPU, as other devices may have no float64.

    The copies of one call are gone with the next one.
    """

    def __init__(self, double):
        self.double, self.known, self.kept, self.session = double, {}, {}, self
        self.complexed, self.versions, self.names = False, {}, {}
        self.keeping, self.made = False, []  # what the last call has made: its graph does not hold all values

    def begin(self, given=(), made=(), complexed=False):
        """Start anew: ``given`` are pairs of tensors and the leaves to read in their place.

        ``made`` are the tensors that the function is called with. With ``complexed`` copies are of
        complex numbers.
        """
        if torch.get_num_threads() > 1:  # in many small runs they wait for each other
            torch.set_num_threads(1)
        if self.session is not here.session or self.complexed != complexed:
            self.kept, self.independent, self.session, self.looked = {}, {}, here.session, False
            with recording():
                first = private.sequence(torch.ones((), requires_grad=True).exp().exp().grad_fn)
            self.first = first or math.inf  # a past from then on is this call's; 0 is not known
        self.complexed = complexed
        self.known, self.versions = {id(tensor): (tensor, own) for tensor, own in given}, {}
        self.made = []
        self.call_of = object()  # what tensors made from here on are marked with
        leaves = (*made, *(own for _, own in given))
        self.stepping = any(isinstance(each, torch.Tensor) and each.is_complex() for each in leaves)
        for tensor in leaves:
            self.mark(tensor)

    def call(self, fn):
        """Return ``fn()``, which reads copies; so does a `torch.autograd.Function`, which is no operation."""
        unwrap, thread = private.unwrapping(), get_ident()

        def copied(args):
            return self.ours(unwrap(args)) if get_ident() == thread else unwrap(args)

        private.unwrap_through(unwrap and copied)
        try:
            return private.within(self, fn)
        finally:
            private.unwrap_through(unwrap)

    def within(self, work):
        """Do something with what a call has returned: its graph leads to copies only."""
        return work()

    def target(self, tensor, own):
        """What to differentiate by, to get the gradient of a tensor that a leaf stands in for."""
        return own

    def out(self, tensor):
        """What a call has returned, as a tensor that it has made."""
        own = self.of(tensor)
        if not self.looked:
            self.looked = True
            self.refuse_originals(own)
        return own

    def named(self, names):
        """By names of the user's tensors, what the graph of a call holds in their place."""
        return {name: self.known[id(tensor)][1] for name, tensor in names if id(tensor) in self.known}

    # ------------------------------------------------------------------ each operation

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = func.__name__
        args, kwargs = self.ours(args), self.ours(kwargs or {})
        if kwargs.get("device") is not None:
            kwargs["device"] = "cpu"
        if name in ("cuda", "mps", "xpu"):
            return args[0]
        if name == "to":
            args = ["cpu" if isinstance(each, torch.device | str) else each for each in args]
        if self.stepping and name in CASTS:  # a real type would lose the step, or fit nothing complex
            func, args = torch.Tensor.to, [args[0], torch.complex128]
        if self.stepping and name in CONTINUED and args[0].is_complex():
            func = analytic(func, CONTINUED[name])
        made = func(*args, **kwargs)
        if name not in NOT_COPIES:
            self.mark(made)
        if self.keeping:
            self.made.append(made)
        return made

    def ours(self, value):
        """A value with its tensors replaced by what operations are to read."""
        if isinstance(value, torch.Tensor):
            return self.of(value)
        if type(value) in (tuple, list):
            return type(value)(map(self.ours, value))
        if type(value) is dict:
            return {key: self.ours(each) for key, each in value.items()}
        return value

    def mark(self, made):
        """Note that tensors have been made by this call."""
        if isinstance(made, torch.Tensor):
            made._made_by = self.call_of
        elif isinstance(made, tuple | list):
            for each in made:
                self.mark(each)

    def of(self, tensor):
        """What operations read of a tensor."""
        found = self.known.get(id(tensor))
        if found is not None:
            return found[1]
        if self.has_made(tensor):
            kind = self.kind_of(tensor, complexed=False)
            if tensor.device.type == "cpu" and tensor.dtype == kind:
                return tensor
            own = on_cpu(tensor, kind)
        elif (inner := private.inside_transforms(tensor)) is tensor:
            own = self.copy(tensor)
        elif self.has_made(inner):
            return tensor
        else:
            raise RuntimeError(
                "what the function does with torch.func or torch.vmap cannot be followed: there a tensor "
                "stands for another, of which it is not known whether it is a copy"
            )
        self.mark(own)
        self.known[id(tensor)] = tensor, own
        return own

    def has_made(self, tensor):
        """Whether this call has made a tensor, or known it before."""
        past = tensor.grad_fn
        return getattr(tensor, "_made_by", None) is self.call_of or (
            past is not None and private.sequence(past) >= self.first  # as what a backward has saved
        )

    def refuse_past(self, tensor):
        """Raise RuntimeError for a tensor that was computed, before, from what is nudged."""
        if tensor.grad_fn is None or id(tensor) in self.independent:
            return
        for node in nodes_behind([tensor]):
            if private.is_leaf(node) and id(leaf := private.leaf(node)) in self.names:
                raise computed_before(tensor.grad_fn.name(), self.names[id(leaf)])
        self.independent[id(tensor)] = tensor

    def refuse_originals(self, tensor):
        """Raise RuntimeError where the graph of what a call has returned leads to a tensor that has a copy."""
        for leaf in map(private.leaf, filter(private.is_leaf, nodes_behind([tensor]))):
            if self.known.get(id(leaf), (leaf, leaf))[1] is not leaf:
                raise applied_unseen(self.names.get(id(leaf), "a tensor"))

    def refuse_shared_changes(self):
        """Raise RuntimeError where memory of several tensors was changed through one of them."""
        pairs = [pair for pair in self.known.values() if not self.has_made(pair[0])]
        changed = [tensor for tensor, own in pairs
                   if private.version(own) != self.versions.get(id(tensor), private.version(own))]  # fmt: skip
        for tensor in changed:
            where = tensor.untyped_storage().data_ptr()
            if any(
                where and where == other.untyped_storage().data_ptr()
                for other, _ in pairs
                if other is not tensor
            ):
                raise memory_is_shared()

    def kind_of(self, tensor, complexed):
        """The type in which a tensor is read."""
        if not self.double or not (tensor.is_floating_point() or tensor.is_complex()):
            return tensor.dtype
        return torch.complex128 if complexed or tensor.is_complex() else torch.float64

    def copy(self, tensor):
        """A copy of a tensor that was there before, with its gradient."""
        self.refuse_past(tensor)
        initialized({"a parameter that the function reads": tensor})
        _, kept, version = self.kept.get(id(tensor), (None, None, None))
        if kept is None or private.version(kept) != version:
            kept = on_cpu(tensor.detach(), self.kind_of(tensor, self.complexed), copy=True)
            if kept.numel() > LARGE:
                self.kept[id(tensor)] = tensor, kept, private.version(kept)
        own = kept.detach()
        self.versions[id(tensor)] = private.version(own)
        if tensor.requires_grad and not private.transforming():
            own.requires_grad_()
        if tensor.is_leaf and tensor.grad is not None:
            own.grad = self.copy(tensor.grad)
        return own


def analytic(spread, power):
    """A spread whose ``power`` is a variance, continued to complex numbers: PyTorch's is always real.

    Of u + iv it is var(u) - var(v) + 2i cov(u, v), with v brought to the size of 1, as it may be tiny.
    """

    def continued(z, *args, **kwargs):
        def var(x):
            return spread(x, *args, **kwargs) ** power

        u, size = z.real, max(z.imag.abs().max().item(), 1e-300)
        v = z.imag / size
        found = torch.complex(var(u) - size**2 * var(v), size / 2 * (var(u + v) - var(u - v)))
        return found ** (1 / power) if power > 1 else found

    return continued


SETTINGS = [
    (private.modes, private.put_modes),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_rng_state, torch.set_rng_state),
    (private.unwrapping, private.unwrap_through),
]
