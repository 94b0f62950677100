"""What is noted while the user's code runs, of either library: which modules are at work."""

import weakref
from abc import ABC, abstractmethod
from sys import _getframe
from threading import get_ident

from autograd_core.core.source import is_own_file

LARGE = 2**18  # elements of a tensor that is not copied


class Watcher(ABC):
    """Notes what the thread that entered it does, until it is left.

    Parameters
    ----------
    observed : has lists that this adds to
        ``calls`` of functions on tensors: ``(first, last, function, code, lasti, inner, module)``,
        ``modules`` at work: ``[module, root, outer, first, last]``; and ``made``, a dictionary: by
        whether it has one element, a function that returns the latest result if it is still there.
    watching : is told of the rest
        ``event(kind, frame, owner, moved)``, ``cut(function, frame, leaves, quiet)``, ``backward(tensor, gradient,
        retain_graph, run, frame, number, watcher)``, which calls ``run``. While it is ``resting`` nothing else is noted.
    """

    number: staticmethod  # tells the number that the next node gets
    is_tensor: staticmethod
    is_recording: staticmethod
    own_passes: tuple[str, ...]  # the library's files that run a model as they need it
    is_foreign = staticmethod(is_own_file.__getitem__)  # whether a file is none of the user's

    def __init__(self, observed, watching):
        self.observed, self.calls, self.modules, self.watching = (
            observed,
            observed.calls,
            observed.modules,
            watching,
        )
        self.stack, self.module = [], -1  # of modules with the index before; the index of the innermost

    def __enter__(self):
        self.thread = get_ident()
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    @abstractmethod
    def start(self):
        """Begin to look on."""

    @abstractmethod
    def stop(self):
        """Leave everything as it was."""

    @abstractmethod
    def failure(self, error):
        """The call on tensors that raised an error, or None: its name, operands, frame and instruction."""

    def begin(self, module, args):
        """A hook, before a module's forward."""
        if get_ident() != self.thread:
            return
        if module.training and not self.stack:
            self.evaluated(module, args)
        if self.watching.resting:
            return
        stack, modules, outer, first = self.stack, self.modules, self.module, self.number()
        stack.append((module, outer, args))
        self.module = len(modules)
        modules.append([module, stack[0][0], outer, first, first])

    def evaluated(self, module, args):
        """A model is called in training mode: it is noted where nothing is recorded, which moves the statistics that it
        keeps; not if the same input comes again and is recorded then.
        """
        known, given = self.observed.evaluated, next(iter(parts_of(args, self.is_tensor)), None)
        if self.is_recording():
            if id(module) in known and known[id(module)][0]() is given:
                del known[id(module)]
        elif id(module) not in known and given is not None:
            frame = _getframe(1)
            while self.is_foreign(frame.f_code.co_filename):
                if frame.f_code.co_filename.startswith(self.own_passes):
                    return
                frame = frame.f_back
            known[id(module)] = weakref.ref(given), frame.f_code, frame.f_lasti, moving(module)

    def end(self, module, args, output):
        """A hook, when a module's forward is over, also where it raised."""
        if self.watching.resting or get_ident() != self.thread:
            return
        last = self.number()
        while self.stack:  # one that was interrupted did not get here
            ended, outer, _ = self.stack.pop()
            self.modules[self.module][-1] = last
            self.module = outer
            if ended is module:
                break
        self.returned(output)

    def applied(self, function, args):
        """A Function is applied: of the user's own is noted once what it gets, copied, when most of it learns."""
        known, learn = self.observed.functions, [getattr(each, "requires_grad", False) for each in args]
        before = (
            sum(getattr(each, "requires_grad", False) for each in known[function][2])
            if function in known
            else 0
        )
        if self.watching.resting or get_ident() != self.thread or sum(learn) <= before:
            return
        if not self.is_foreign(function.forward.__code__.co_filename):
            frame = _getframe(1)
            while self.is_foreign(frame.f_code.co_filename):
                frame = frame.f_back
            known[function] = frame.f_code, frame.f_lasti, tuple(map(self.copied, args))

    def doubt(self, frame):
        """What an operation made is changed where nothing is recorded: the module at work and what it got are noted."""
        if self.stack and not self.watching.resting:
            module, _, args = self.stack[-1]
            if id(module) not in self.observed.doubted:
                copies = tuple(map(self.copied, args))
                self.observed.doubted[id(module)] = weakref.ref(module), frame.f_code, frame.f_lasti, copies

    @abstractmethod
    def copied(self, value):
        """A tensor that is not too large, copied; of a larger one nothing; anything else itself."""

    @abstractmethod
    def held(self, tensor, before) -> dict:
        """From the memory that operations behind a tensor have saved to its bytes: of those of a number below ``before``,
        and without what leaves hold.
        """

    @abstractmethod
    def leaves(self, operands):
        """The leaves that tensors were computed from, as far as that is looked for."""

    @abstractmethod
    def numbers(self, tensor):
        """The numbers of the nodes behind a tensor, as far as they are few."""

    @abstractmethod
    def returned(self, output):
        """A module has returned this."""


def moving(module) -> list[str]:
    """The parts of a model in training mode that keep averages of what comes in."""
    return [f"{path} ({type(part).__name__})" for path, part in module.named_modules()
            if part.training and getattr(part, "running_mean", None) is not None]  # fmt: skip


def is_within(frame, files, codes=()) -> bool:
    """Whether a frame was called from one of these files, as the user's ``forward`` is from a `Function`.

    A library that calls it from C has no such frame: ``codes`` are what may be called that way.
    """
    while frame is not None and not frame.f_code.co_filename.startswith(files) and frame.f_code not in codes:
        frame = frame.f_back
    return frame is not None


def parts_of(thing, is_tensor, depth=2):
    """The tensors in what a function was given or returned: in lists, dictionaries and dataclasses."""
    if is_tensor(thing):
        return [thing]
    if not depth:
        return []
    if isinstance(thing, dict):
        inside = dict.values(thing)
    elif isinstance(thing, list | tuple):
        inside = thing
    else:
        inside = vars(thing).values() if hasattr(thing, "__dataclass_fields__") else ()
    return [tensor for each in inside for tensor in parts_of(each, is_tensor, depth - 1)]


def name_of(function):
    """What a function on tensors is called: ``"linear"``, ``"getitem"``, of an attribute its own name."""
    name = function.__name__
    if name in ("__get__", "__set__"):
        name = function.__self__.__name__
    return name.strip("_")
