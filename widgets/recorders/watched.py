"""`watching`: the user's code in its block is looked at while it runs."""

import weakref
from contextlib import ExitStack

from autograd_core.core.source import Source

from ..libraries import libraries, library_of
from ..long_work import long_work
from ..observations.forward_pass import Observations
from ..observations.seen import Cut, Event, Failure, Seen
from ..trace import Trace
from ..words.names import called, readable
from . import MAX_ELEMENTS, graph, leaves_of, prepared, up_to_failure, used_up, written
from .faults import failure_of, goes_on, kept_graphs
from .gradients_left import GradientsLeft

ITERATIONS = 3  # after so many backward passes of one line it is looked what keeps the graphs of all


class watching:
    """Learn of a forward pass what its graph does not tell: lines, calls, modules.

    What is learned stays with the graph: `BackwardStepper`, `make_dot`, `record` and
    `write_tensorboard_graph` find it there, as long as the graph is. Nothing of the user's is changed, and
    when the block is left nothing stays behind.

    ``with watching() as seen:`` gives what stands for the loss: ``BackwardStepper(seen)``. A ``backward()``
    that runs in the block is recorded while it runs, so that this very pass is shown, also when it is
    over. Of a forward pass that raises, the graph up to the call that failed is shown, and that call.

    Parameters
    ----------
    iteration : int
        How many backward passes are left out: in a loop, which iteration is watched. Of the others it
        is noted only where ``zero_grad``, ``backward`` and ``step`` were called.

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> with watching() as seen:
    ...     y = x * x
    ...     y.backward()
    >>> seen.trace
    <Trace: y with 1 operation and 1 leaf, 4 steps>
    >>> [(event.kind, event.source.expression) for event in seen.events]
    [('backward', 'y.backward()')]
    """

    def __init__(self, iteration: int = 0) -> None:
        self.iteration, self.entered = iteration, False

    def __enter__(self) -> Seen:
        if self.entered:
            raise RuntimeError("this watching() is in its block already: inside it call watching() once more")
        self.entered = True
        self.observed, self.passes, self.resting = Observations(), 0, self.iteration > 0
        self.seen, self.left = Seen(self.observed), GradientsLeft(self.observed.optimizers)
        self.stack = ExitStack()
        self.watchers = [
            self.stack.enter_context(library.Watcher(self.observed, self)) for library in libraries()
        ]
        return self.seen

    def __exit__(self, kind, error, traceback) -> None:
        self.stack.close()
        self.entered = False
        self.observed.settle()
        self.observed.unused, self.observed.idle = self.left.unused(), self.left.without_gradient()
        if isinstance(error, Exception):
            self.seen.failure = self.seen.failure or Failure(
                type(error).__name__, str(error), self.place(traceback)
            )
            if self.seen.trace is None:
                self.seen.trace = self.unfinished(error)
        if self.iteration and self.iteration >= self.passes and self.seen.trace is None:
            ran = "one backward() was" if self.passes == 1 else f"{self.passes} backward() were"
            self.seen.untold = (
                f"watching({self.iteration}) leaves out {self.iteration}, and {ran} run in its block"
            )
        latest = self.observed.latest()
        self.seen.latest = lambda: latest
        for watcher in self.watchers:  # else they keep each other, and the graph
            watcher.watching = watcher.failed = None
        self.watchers = []

    # ------------------------------------------------------------------ what a watcher tells

    def event(self, kind, frame, owner=None, moved=()):
        """An optimizer's ``zero_grad`` or ``step``, or ``backward`` is called.

        ``owner`` is the optimizer, ``moved`` are those of its parameters that have a gradient.
        """
        told = self.left.at_step(owner) if kind == "step" else ""
        source = Source.of(frame.f_code, frame.f_lasti)
        event = Event(kind, self.passes, source, id(owner) if owner is not None else 0, told)
        if event not in self.seen.events[-1:]:  # of zero_grad each parameter tells
            self.seen.events.append(event)
        if owner is not None:
            self.observed.optimizers[id(owner)] = weakref.ref(owner)
        for each in moved:
            if id(each) not in self.observed.moved:
                self.observed.moved[id(each)] = weakref.ref(each)

    def cut(self, function, frame, leaves, quiet):
        """A call recorded nothing, though its operand requires a gradient; ``leaves()`` returns what it cuts off."""
        source = Source.of(frame.f_code, frame.f_lasti)
        known = next((i for i, cut in enumerate(self.seen.cuts) if cut[:2] == (function, source)), None)
        if known is not None and not quiet:
            return
        found = tuple(map(weakref.ref, readable(lambda find: find(), leaves) or ()))
        if known is None:
            self.seen.cuts.append(Cut(function, source, found, quiet, goes_on(source)))
        else:  # of a module's layers each
            before = self.seen.cuts[known].leaves
            there = {id(ref()) for ref in before}
            more = tuple(ref for ref in found if id(ref()) not in there)
            if more:
                self.seen.cuts[known] = self.seen.cuts[known]._replace(leaves=(*before, *more))

    def backward(self, tensor, gradient, retain_graph, run, frame, number, watcher):
        """A backward pass is asked for: ``run`` runs it."""
        self.event("backward", frame)
        self.observed.passes.append(number)
        here = self.observed.lines.setdefault((frame.f_code, frame.f_lasti), [])
        here.append(number)
        if len(here) == ITERATIONS:
            kept = readable(lambda frame: kept_graphs(frame, library_of(tensor), watcher, here), frame)
            self.observed.kept |= kept or {}
        watched, self.passes = self.passes == self.iteration, self.passes + 1
        self.left.before_pass(lambda: leaves_behind(tensor, watcher, frame))
        try:
            if watched:
                with long_work():
                    self.recorded(tensor, gradient, retain_graph, run, frame)
            else:
                run()
            self.left.after_pass(
                [leaf for ref in self.seen.leaves.values() if ref and (leaf := ref()) is not None]
                if watched
                else []
            )
        except RuntimeError as error:
            self.seen.failure = readable(lambda error: failure_of(error, tensor, self.observed, frame), error)
            raise
        finally:
            self.resting = self.passes != self.iteration

    def recorded(self, tensor, gradient, retain_graph, run, frame):
        """Run a pass and record it; where that cannot be done the reason is kept."""
        self.observed.settle()
        try:
            recorder, skeleton, steps = prepared(tensor, None, gradient, MAX_ELEMENTS, frame)
        except Exception as error:
            self.seen.untold = f"the backward pass ran, and was not recorded: {error}"
            run()
            return
        over = []
        try:
            seeds = recorder.run(steps, gradient, retain_graph, lambda: over.append(run()))
            self.observed.used.update(operation.seq for operation in recorder.operations.values())
            self.seen.trace = written(recorder, skeleton, seeds, steps.steps)
            self.seen.leaves = leaves_of(recorder, skeleton)
            self.observed.recorded = weakref.ref(tensor), self.seen.trace, self.seen.leaves
        except Exception as error:
            if not over:
                raise
            self.seen.untold = f"the backward pass ran, and was not recorded: {error}"
        if not retain_graph:
            used_up.remember(tensor, frame)

    def place(self, traceback):
        """Where in the user's code an error was raised, or went through last."""
        found = None
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if not any(watcher.is_foreign(code.co_filename) for watcher in self.watchers):
                found = Source.of(code, traceback.tb_lasti)
            traceback = traceback.tb_next
        return found

    def unfinished(self, error) -> Trace | None:
        """The forward pass up to an error."""
        failures = (watcher.failure(error) for watcher in self.watchers)
        failure = next(filter(None, failures), None)
        try:
            if failure is not None and failure[1]:
                return up_to_failure(*failure, error)
            latest = self.observed.latest()
            return None if latest is None else graph(latest)
        except Exception as other:
            self.seen.untold = f"{other}"
            return None


def leaves_behind(tensor, watcher, frame) -> list:
    """What a tensor was computed from, with names, as far as that is found: pairs."""
    leaves = readable(watcher.leaves, [tensor]) or []
    return list(zip(called(leaves, frame, library_of(tensor).is_tensor), leaves, strict=True))
