"""What the engine tells while the user's code runs: each module at work. Its nodes know their lines."""

import os
import weakref
from functools import partial
from sys import _getframe
from threading import get_ident

import numpy as np

import autograd_core
from autograd_core import Tensor, backward, grad_mode
from autograd_core.autograd import function
from autograd_core.core import tensor
from autograd_core.core.engine import reachable
from autograd_core.core.source import is_own_file, user_frame
from autograd_core.core.storage import next_number
from autograd_core.core.tensor import result, watchers
from autograd_core.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from autograd_core.optim import optimizer

from .library import moved_by
from .watcher import LARGE, Watcher, is_within, parts_of

OWN = os.path.dirname(autograd_core.__file__) + os.sep
LAYERS = OWN + "nn" + os.sep
APART = tuple(OWN + part for part in ("backward.py", "optim", "autograd", os.path.join("core", "engine.py"),
                                      os.path.join("core", "printing.py"), "printing.py"))  # fmt: skip


def is_tensor(thing):
    return isinstance(thing, Tensor)


class EngineWatcher(Watcher):
    """See `Watcher`."""

    number, is_tensor = staticmethod(next_number), staticmethod(is_tensor)
    is_recording, own_passes = staticmethod(grad_mode.is_grad_enabled), APART

    def start(self):
        self.handles = [register_module_forward_pre_hook(self.begin),
                        register_module_forward_hook(self.end, always_call=True)]  # fmt: skip
        self.lists = {self.made: watchers, self.backward: backward.onlookers, self.used: optimizer.onlookers,
                      self.applied: function.onlookers, self.unrecorded: tensor.onlookers}  # fmt: skip
        for look, onlookers in self.lists.items():
            onlookers.append(look)

    def stop(self):
        for handle in self.handles:
            handle.remove()
        for look, onlookers in self.lists.items():
            onlookers.remove(look)

    def copied(self, value):
        if not is_tensor(value):
            return value
        copy = result(np.array(value._data), None)
        copy._requires_grad = value.requires_grad
        return copy if copy._data.size <= LARGE else None

    def numbers(self, tensor):
        return [node.seq for node in reachable([tensor._grad_fn])[0]] if tensor._grad_fn is not None else []

    def held(self, tensor, before):
        if tensor._grad_fn is None:
            return {}
        nodes, leaves = reachable([tensor._grad_fn])
        own = {id(memory(leaf._data)) for leaf in leaves}
        parts = [memory(part) for node in nodes if node.seq < before for part in arrays_in(node.args)]
        return {id(part): part.nbytes for part in parts if id(part) not in own}

    def returned(self, output):
        for part in parts_of(output, is_tensor):
            if part.grad_fn is not None:
                part.grad_fn.metadata[self.observed.key] = self.observed

    def made(self, data, node):
        """Called with each recorded outcome."""
        if get_ident() == self.thread and not self.watching.resting:
            self.observed.made[np.size(data) == 1] = partial(again, data, weakref.ref(node))
            if np.size(data) == 1:  # perhaps a loss
                node.more().metadata[self.observed.key] = self.observed

    def backward(self, run, tensor, gradient, retain_graph, create_graph, inputs):
        """Called instead of a backward pass, which ``run`` runs."""
        if get_ident() != self.thread or create_graph or inputs is not None:
            return run()
        frame = user_frame(_getframe(1))
        return self.watching.backward(tensor, gradient, retain_graph, run, frame, next_number(), self)

    def unrecorded(self):
        """Called where numbers leave the graph."""
        if get_ident() != self.thread or self.watching.resting:
            return
        frame, name, operands, quiet = _getframe(2), "", [], not grad_mode.is_grad_enabled()
        while is_own_file[(file := frame.f_code.co_filename)]:
            if file.startswith(APART) or (not quiet and file.startswith(LAYERS)):
                return
            if not operands:
                operands = [part for part in parts_of(list(frame.f_locals.values()), is_tensor)
                            if part.requires_grad]  # fmt: skip
                row = frame.f_locals.get("row") or frame.f_locals.get("of_tensors")
                name = getattr(row, "op", frame.f_code.co_name).strip("_")
            frame = frame.f_back
        if operands and not (quiet and is_within(frame, APART)):
            edges = [part._grad_fn or part for part in operands]
            self.watching.cut(name, frame, lambda: reachable(edges)[1], quiet)

    def leaves(self, operands):
        return reachable([part._grad_fn or part for part in operands])[1]

    def failure(self, error):
        """It is the innermost function of the engine that has tensors, among what the error went through."""
        user, found, traceback = None, None, error.__traceback__
        while traceback is not None:
            frame = traceback.tb_frame
            if not is_own_file[frame.f_code.co_filename]:
                user, found = traceback, None
            elif user and (operands := parts_of(list(frame.f_locals.values()), is_tensor)):
                row = frame.f_locals.get("row")
                name = frame.f_locals.get("op") or getattr(row, "op", frame.f_code.co_name)
                found = name, operands, user.tb_frame, user.tb_lasti
            traceback = traceback.tb_next
        return found

    def used(self, kind, optimizer):
        """Called before an optimizer's ``step`` and ``zero_grad``."""
        if get_ident() == self.thread:
            moved = [p for p in moved_by(optimizer) if p._grad is not None]
            self.watching.event(kind, user_frame(_getframe(1)), optimizer, moved)


def again(data, reference):
    """The tensor of an outcome, if its node is still there."""
    node = reference()
    return None if node is None else result(data, node)


def arrays_in(saved):
    """The arrays in what a node has saved."""
    if isinstance(saved, np.ndarray):
        return [saved]
    return [array for part in saved for array in arrays_in(part)] if isinstance(saved, tuple) else []


def memory(array):
    """The array that owns the memory of one."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
