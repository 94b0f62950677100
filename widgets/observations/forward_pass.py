"""What was noted during one forward pass, and what of it is about a graph.

Observations stay with the graph: some of its nodes have them in their ``metadata``, under `KEY`. What is about
which node is told by numbers that only grow: a node has one, a call and a module have the range of
those that they made.
"""

import weakref
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from itertools import count
from types import CodeType
from typing import NamedTuple

from autograd_core.core.source import Source

from ..libraries.watcher import name_of
from .rounds import rounds_of

KEY = "widgets.watching"
_began = count()
MODAL = (
    "BatchNorm",
    "SyncBatchNorm",
    "Dropout",
    "AlphaDropout",
    "FeatureAlphaDropout",
)  # train and eval differ


class Call(NamedTuple):
    """One call of a function on tensors in the user's code.

    Attributes
    ----------
    first, last : the numbers of the nodes that it made, the end exclusive
    function : what was called
    code, lasti : where in the user's code, as a frame tells it
    inner : code of the function of the library that is called there, None where that is written in C
    module : int, index in `Observations.modules` of the innermost module at work, -1 for none
    """

    first: int
    last: int
    function: object
    code: CodeType
    lasti: int
    inner: CodeType | None
    module: int

    @property
    def direct(self) -> bool:
        """Whether the code there calls this very function, and not one that calls several."""
        name = self.function.__name__
        return name != "__setitem__" and (self.inner is None or self.inner.co_name in (name, "wrapped"))


class ModuleCall(NamedTuple):
    """One call of a module.

    Attributes
    ----------
    path, kind : str, the attributes that lead to it from the outermost module at work; its class's name
    outer : int, index of the module that called it, -1 for none
    first, last : the numbers of the nodes made meanwhile, the end exclusive
    """

    path: str
    kind: str
    outer: int
    first: int
    last: int


class Observations:
    """What was noted of one forward pass; a library's watcher adds to the lists.

    Attributes
    ----------
    calls : list of tuples as `Call` has them, in order of their end
    modules : list of lists, in order of their beginning: the module, the outermost one at work, the
        index of the one that called it (-1 for none), and the numbers of the nodes made meanwhile.
        Once settled they are as `ModuleCall` has them
    made : dict, by whether it has one element: a function that returns the latest result, weakly kept
    cuts, events : lists of `Cut` and `Event`, in order
    changes : dict, whose keys are tuples as `Change` has them: what was changed in place, in order
    passes : list, for each ``backward()`` the number that the next node would have got
    differences : dict, from code and instruction to the shapes of what was subtracted there, of unlike dimensions, and
        the numbers, if they are few
    recorded : the pass that was recorded: weak reference to its tensor, trace, leaves; None for none
    lines : dict, from code and instruction of each ``backward()`` to those of `passes` that began there
    kept : dict, from the names of variables to how many operations of several iterations their graphs hold, and how many bytes
        these have saved
    evaluated : dict, from the ids of models that were called in training mode where nothing is recorded to their input
        (weakly), code and instruction, and the parts whose averages that moved
    modes : dict, from path and class of a module at work to whether it was in training mode, the outermost one was, and
        the id of that one
    used : set, the numbers of the nodes that a recorded pass has gone through
    roots, at_work, optimizers, moved : dicts, from ids to weak references: the outermost modules, all modules at
        work, the optimizers that made a step, and the parameters with a gradient at one
    functions : dict, from the user's own Functions to where each was applied first, and copies of what to
    doubted : dict, from the ids of modules in which a result was changed and nothing recorded to themselves (weakly), where, and
        copies of what they got
    unused : dict, from the ids of optimizers to how often the gradients of what they hold were thrown away, where nothing moved
    idle : dict, from the ids of optimizers to how many of their latest steps found no gradient, and names of leaves of the
        same shape that the losses were computed from instead
    parameters : dict, from the ids of the outermost modules to the names of their parameters at the first pass, and those weakly
    """

    key = KEY

    def __init__(self):
        self.began = next(_began)
        self.calls, self.modules, self.made = [], [], {}
        self.cuts, self.events, self.changes, self.passes = [], [], {}, []
        self.used, self.differences, self.recorded = set(), {}, None
        self.kept, self.modes, self.lines, self.evaluated, self.doubted = {}, {}, {}, {}, {}
        self.roots, self.at_work, self.optimizers, self.moved = {}, {}, {}, {}
        self.unused, self.idle, self.functions, self.parameters = {}, {}, {}, {}

    def latest(self):
        """The tensor that was made last, rather one of one element; None where none is still there."""
        found = (self.made[single]() for single in (True, False) if single in self.made)
        return next((tensor for tensor in found if tensor is not None), None)

    def settle(self):
        """Keep of the modules what they are called, and let go of them."""
        paths = {}
        for call in self.modules:
            module, root = call[:2]
            if not isinstance(root, str):
                if root not in paths:
                    paths[root], parameters = parts_in(root)
                    self.roots[id(root)] = weakref.ref(root)
                    self.parameters.setdefault(id(root), parameters)
                self.at_work[id(module)] = weakref.ref(module)
                if type(module).__name__.startswith(MODAL):
                    told = f"{paths[root].get(module, '?')} ({type(module).__name__})"
                    self.modes[told] = module.training, root.training, id(root)
                call[:2] = paths[root].get(module, "?"), type(module).__name__


def parts_in(root):
    """What a module consists of, gone through once: from each module in it to its path, and from the names of
    parameters to them, weakly, as ``named_modules`` and ``named_parameters`` tell them.
    """
    paths, parameters, waiting = {}, {}, [("", root)]
    while waiting:
        path, module = waiting.pop()
        if module in paths:
            continue
        paths[module], before = path, path and f"{path}."
        for name, each in module._parameters.items():
            if each is not None:
                parameters.setdefault(id(each), (before + name, weakref.ref(each)))
        inside = [(before + name, each) for name, each in module._modules.items() if each is not None]
        waiting += inside[::-1]
    return paths, dict(parameters.values())


class Found:
    """What notes tell of the nodes of a graph.

    Parameters
    ----------
    nodes : list of pairs: a node's number and its metadata
    made : list of Made, in their order, where it is the nodes and not the notes that know the code

    Attributes
    ----------
    calls, modules : those of all notes that were found, as `Call` and `ModuleCall`
    rounds : list of Round, of code that ran again and again
    observed : list of Observations, what they were found in
    """

    def __init__(self, nodes, made=()):
        found = {id(metadata[KEY]): metadata[KEY] for _, metadata in nodes if KEY in metadata}
        self.observed = sorted(found.values(), key=lambda each: each.began)
        counts = Counter(number for number, _ in nodes)
        self.unsure = {number for number, count in counts.items() if count > 1}  # by several threads
        self.calls, self.modules = [], []
        for each in self.observed:
            each.settle()  # its block may still run
            base = len(self.modules)
            self.calls += [Call(*call[:-1], call[-1] + base if call[-1] >= 0 else -1) for call in each.calls]
            self.modules += [ModuleCall(*call[:2], call[2] + base if call[2] >= 0 else -1, *call[3:])
                             for call in each.modules]  # fmt: skip
        self.calls.sort(key=lambda call: call.first)
        self.starts = [call.first for call in self.calls]
        modules = [(each.first, -each.last, "module", i) for i, each in enumerate(self.modules)]
        self.spans = nested(modules)
        known = [each._replace(module=self.around(each.first)[-1:]) for each in made] or self.calls
        self.rounds = rounds_of(known) if self.observed else []
        rounds = [(each.first, -each.last, "round", i) for i, each in enumerate(self.rounds)]
        self.spans = nested(modules + rounds)

    def call(self, number):
        """The call that made the node of this number, None where that is not known."""
        index = bisect_right(self.starts, number) - 1
        if index < 0 or number in self.unsure or number >= self.calls[index].last:
            return None
        return self.calls[index]

    def source(self, number):
        """Where the user's code made a node, and whether the node is what that code stands for."""
        call = self.call(number)
        if call is None:
            return None, False
        return source_at(call.code, call.lasti), call.direct and number == call.last - 1

    def way(self, number):
        """What made a node: modules and rounds by their index, from the outermost on, and then the call by
        its first number, as pairs ``("module", 3)``, ``("round", 5)``, ``("call", 17)``.
        """
        if number in self.unsure:
            return ()
        call = self.call(number)
        return (*self.around(number), *([("call", call.first)] if call else ()))

    def around(self, number):
        """The modules and rounds around a node, from the outermost on."""
        index, found = bisect_right(self.spans, number, key=lambda span: span.first) - 1, []
        while index >= 0:
            span = self.spans[index]
            if number < span.last:
                found.append(span.what)
            index = span.outer
        return tuple(reversed(found))

    def name(self, kind, number):
        """What is called so in a way: its name, and the class of a module; of a round its line, and which it is."""
        if kind == "module":
            return self.modules[number][:2]
        if kind == "round":
            each = self.rounds[number]
            return each.name, f"line {each.line}", each.number, each.of
        return name_of(self.call(number).function), ""


class Span(NamedTuple):
    """A module or a round: the numbers of the nodes made meanwhile, and the index of the span around it."""

    first: int
    last: int
    what: tuple[str, int]
    outer: int


def nested(spans):
    """Spans in the order of their beginning, each with the one around it; rounds that others leave in their middle
    have nothing in them. They are given by their first number, their last one below 0, kind and index.
    """
    found, around = [], []  # around: the indices of those that are not over yet, from the outermost on
    for first, below, *what in sorted(spans):
        last = -below
        while around and found[around[-1]].last <= first:
            around.pop()
        while around and found[around[-1]].last < last and found[around[-1]].what[0] == "round":
            found[around[-1]] = found[around.pop()]._replace(last=0)
        if what[0] == "round" and around and found[around[-1]].last < last:
            last = 0
        found.append(Span(first, last, tuple(what), around[-1] if around else -1))
        around.append(len(found) - 1)
    return found


@lru_cache(4096)
def source_at(code, lasti):
    """The place of an instruction in the user's code."""
    return Source.of(code, lasti)
