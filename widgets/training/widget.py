"""TrainingMonitor: watch an ordinary training loop, pause it, stop it, be told of nan."""

import json
import math
import sys
import time
import weakref
from numbers import Integral, Real

import traitlets

from autograd_core.printable import printable, quoted

from ..base import Widget, all_printable, packed, picture
from ..outputs import in_notebook, shell
from ..words.numbers_as_text import counted
from ..words.table import aligned
from .bar import bar_of
from .course import Course
from .loop import LossSource, WatchedLoader, cell_number, length_of, nothing, number_of
from .picture import draw, shown, spark_line, told
from .statistics import LEFT_OUT, NONE, Statistics, kind, parameters_of

WAITING, RUNNING, PAUSED, FINISHED = "waiting", "running", "paused", "finished"
STOPPED, ENDED, INTERRUPTED, FAILED = "stopped", "ended", "interrupted", "failed"
GO, PAUSE, STOP = "go", "pause", "stop"  # what is wished for
ALARMS = {"stop": STOP, "pause": PAUSE, "go on": GO}
LOOK = 0.4  # seconds between two looks at the course, as long as a look is cheap
SHARE = 0.005  # of the time may be spent on looks
FEW = 8  # batches after which a missing step is told
GROWTH = 10  # times the first loss: a smoothed loss above that has grown a lot
GROWN = "The loss has grown: is the learning rate too large?"
NO_LOSS = "No loss was seen: call it loss in the loop, or give criterion= or loss=."
END = object()


class TrainingMonitor(Widget, module="training"):
    """Watch an ordinary training loop: loss, gradients, updates, progress; pause and stop it.

    Only the loader is wrapped, the loop stays as it is::

        monitor = TrainingMonitor()
        train_loader = monitor.watch(train_loader, model=model, optimizer=optimizer, epochs=10)
        monitor          # shows the monitor; then the loop, in the next cell

    Outside Jupyter a progress bar (tqdm) tells the loss.

    Parameters
    ----------
    every : int
        After so many batches the parameters are looked at, and after the last of each epoch.
    smoothing : float, 0 … 1, see `widgets.training.course.Course`
    alarm : ``"stop"``, ``"pause"`` or ``"go on"``
        What to do when the loss or a gradient is nan or infinite. Where no browser shows the
        monitor, pausing stops.
    show : bool
        Whether a notebook that has not shown the monitor yet shows it when a loop begins.

    Attributes
    ----------
    state : str, ``"waiting"``, ``"running"``, ``"paused"``, ``"finished"``, ``"stopped"``,
        ``"ended"`` (by break), ``"interrupted"`` or ``"failed"``
    history : dict, everything written down, as plain lists

    >>> import autograd_core as torch
    >>> w = torch.tensor(4.0, requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.25)
    >>> monitor = TrainingMonitor()
    >>> for x in monitor.watch([1.0, 1.0, 1.0], optimizer=optimizer):
    ...     optimizer.zero_grad()
    ...     loss = (w * x) ** 2
    ...     loss.backward()
    ...     optimizer.step()
    >>> monitor.describe()
    'Finished 3 batches in 1 epoch: the loss went from 16 to 1, smoothed 6.74.'
    >>> monitor.history["gradient_norm"], monitor.history["update_ratio"]
    ({'w': [8.0, 2.0]}, {'w': [0.5, 0.5]})
    """

    # What is shown now, as JSON, bounded in size; only Python sets it. (A text is sent as it is;
    # ipywidgets would look into each number of a dictionary.)
    live = traitlets.Unicode().tag(sync=True, ours=True)

    def __init__(
        self, *, every: int = 100, smoothing: float = 0.95, alarm: str = "stop", show: bool = True
    ) -> None:
        if alarm not in list(ALARMS):
            raise ValueError(f"alarm must be one of {list(ALARMS)}, not {quoted(alarm)}")
        if not is_count(every):
            raise ValueError(f"every must be a whole number of batches from 1 on, not {quoted(every)}")
        if not (isinstance(smoothing, Real) and 0 <= smoothing < 1):
            raise ValueError(f"smoothing must be from 0 to less than 1, not {quoted(smoothing)}")
        self.every, self.alarm = every, alarm
        self.course = Course(smoothing)
        self.state, self.alarmed, self._remarks = WAITING, "", []
        self._wish, self._heard = GO, False
        self._run = Run(self.course)
        self._watched = self._bar = None
        self._displayed = not show
        super().__init__({})
        self._show()
        hear_while_busy(self.comm)

    # ------------------------------------------------------------------ what the loop calls

    def watch(self, loader, *, model=None, optimizer=None, loss=None, criterion=None, epochs=None):
        """Return what stands in the loader's place in a training loop.

        Parameters
        ----------
        loader : iterable of batches; each ``for`` loop over what is returned is one epoch
        model : module whose parameters are watched by name
        optimizer : the one that moves them; by itself its parameters bear the names of variables
        loss : function that returns the present loss, if the loop does not call it ``loss``
        criterion : module whose output is the loss, instead
        epochs : int, how many loops there will be, for the progress; with more of them the run
            goes on without an end to tell

        Raises
        ------
        TypeError : if one of them is something else
        ValueError : if the loader is empty, the model has no parameters, or the optimizer
            moves none of them
        RuntimeError : when a loop begins while another one is watched
        """
        goes_through = hasattr(loader, "__iter__") or hasattr(loader, "__getitem__")
        if not goes_through or isinstance(loader, type):
            raise TypeError(f"watch needs a loader to go through, not {type(loader).__name__}")
        if isinstance(loader, WatchedLoader):
            loader = loader._loader
        if length_of(loader) == 0:
            raise ValueError("the loader is empty: there is no batch to train on")
        if epochs is not None and not is_count(epochs):
            raise ValueError(f"epochs must be a whole number from 1 on, not {quoted(epochs)}")
        statistics = Statistics(parameters_of(model, optimizer), optimizer, self._batch_time)
        return WatchedLoader(self, loader, statistics, LossSource(loss, criterion), epochs)

    def record(self, loss) -> bool:
        """Tell the loss of this batch yourself; returns whether training should go on.

        Within a watched loop this is the batch's loss. Elsewhere each call is one batch::

            if not monitor.record(loss): break
        """
        if self._watched is not None:
            self._watched._loss.told = loss
            return self._wish != STOP
        loss = number_of(loss)
        if self.state != RUNNING:
            self._start(None, None)
        self.course.add(loss)
        if time.perf_counter() >= self._run.next_look:
            self._look()
        return self._may_go_on()

    def pause(self) -> None:
        """Let the loop wait before its next batch, until :meth:`resume` or :meth:`stop`."""
        self._wish = PAUSE

    def resume(self) -> None:
        """Let a paused loop go on; a stopped one may begin again."""
        self._wish = GO

    def stop(self) -> None:
        """Let the loop end after the present batch, and the epochs that follow as well.

        In a notebook a loop in another cell runs again, elsewhere after :meth:`resume`.
        """
        self._wish = STOP

    # ------------------------------------------------------------------ the loop

    def batches_of(self, watched):
        """Give the batches of one epoch, and look on."""
        if self._watched is not None:
            raise RuntimeError(
                "this monitor is watching a loop already: end that one first, or use another "
                "TrainingMonitor() for the loop inside it"
            )
        self._start(watched.length(), watched._epochs, watched)
        if self._wish == STOP:
            return
        self._watched, how = watched, ENDED
        statistics, source, run = watched._statistics, watched._loss, self._run
        add, losses = self.course.add, self.course.losses
        take, clock = source.take, time.perf_counter
        statistics.open()
        source.open(sys._getframe(1))
        try:
            batches = iter(watched._loader)
            while self._wish == GO or self._may_go_on():
                batch = next(batches, END)
                if batch is END:
                    how = FINISHED
                    break
                statistics.batch = len(losses) + 1
                if statistics.batch == run.next_sample:
                    statistics.begin_sample()
                yield batch
                loss = take(sys._getframe(1))
                add(loss)
                if clock() >= run.next_look:
                    self._look()
                if statistics.sampling:
                    self._sample(statistics)
                if statistics.bad or (loss is not None and not math.isfinite(loss)):
                    self._check(loss, statistics)
            else:
                how = STOPPED
        except (Exception, KeyboardInterrupt) as error:  # in the loader itself, or a loss that is none
            how = ended_by(error)
            raise
        finally:
            if self._watched is watched:
                self._finish(how)

    def _start(self, length, epochs, watched=None):
        """A new epoch begins: of the present run, beyond its end if need be, or of a new one."""
        run, cell = self._run, cell_number()
        again = cell is not None and cell != run.cell
        cut_short = self.state not in (WAITING, RUNNING, FINISHED) and run.in_epoch != run.length
        if (run.over and (again or watched is not run.watched())) or (again and cut_short):
            run = self._run = Run(self.course)
            self._wish = GO if again else self._wish
        if self._wish == STOP:
            return
        run.begin(length, None if run.over else epochs, cell, watched)
        if run.done:
            run.choose_sample(self.every)
        self.state, self.alarmed, self._remarks = RUNNING, "", []
        if in_notebook():
            self._listen_to_the_cell()
            if not self._displayed:
                from IPython.display import display

                display(self)
        elif self._bar is None:
            total = None if run.over else run.total or run.length
            self._bar = bar_of(total)

    def _sample(self, statistics):
        """Write down how the parameters stand, and choose the next batch to do so."""
        standings = statistics.end_sample()
        self.course.add_sample(standings, statistics.learning_rates())
        self._remarks = self._missing(statistics, standings)
        self._run.choose_sample(self.every)

    def _missing(self, statistics, standings) -> list[str]:
        """Say which line of a training loop seems to be missing."""
        run, found = self._run, []
        trained = [each.state for each in standings.values() if each.state != LEFT_OUT]
        late = run.in_epoch >= FEW or run.in_epoch == run.length
        if trained and all(state == NONE for state in trained):
            found.append("No parameter has a gradient: was backward() called?")
        if late and statistics.optimizer is not None and not statistics.steps:
            found.append("optimizer.step() was not called, so nothing moved.")
        if statistics.piled_up:
            found.append("The gradients were added to those of the batch before: was zero_grad() called?")
        return found

    def _check(self, loss, statistics):
        """A loss or a gradient is not a finite number."""
        if self.alarmed:
            return
        if self.course.batches not in self.course.sampled_at[-1:]:
            self.course.add_sample(statistics.end_sample(), statistics.learning_rates())
        what = []
        if loss is not None and not math.isfinite(loss):
            what.append(f"the loss is {kind(loss)}")
        statistics.find_bad()
        if statistics.bad:
            what.append(statistics.bad)
        self.alarmed = f"Alarm in batch {self.course.batches}: {' and '.join(what)}."
        wish = ALARMS[self.alarm]
        self._wish = STOP if wish == PAUSE and not self._heard else wish

    def _may_go_on(self) -> bool:
        """Wait while paused; say whether there should be another batch."""
        if self._wish == PAUSE:
            began = time.perf_counter()
            self.state = PAUSED
            self._look()
            while self._wish == PAUSE:
                time.sleep(0.02)
            self._run.paused += time.perf_counter() - began
            self.state = RUNNING
            if self._wish == GO:
                self._look()
        return self._wish != STOP

    def _finish(self, how):
        """The epoch is over, or was ended."""
        watched, self._watched = self._watched, None
        watched._statistics.close()
        watched._loss.close()
        run = self._run
        if how == FINISHED:
            self.course.epoch_ends.append(self.course.batches)
            run.over = run.over or run.epoch == run.epochs
            self.state = FINISHED if run.over or run.epochs is None else RUNNING
        else:
            self.state = how
        if self.state != RUNNING:
            self._close()

    def _close(self):
        self._look()
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    # ------------------------------------------------------------------ cells and time

    def _listen_to_the_cell(self):
        """Hear of an error in the loop's own lines: of itself it only lets go of the loader."""
        events = shell().events
        if not self._run.listening:
            self._run.listening = True
            events.register("post_run_cell", self._cell_is_over)

    def _cell_is_over(self, result):
        shell().events.unregister("post_run_cell", self._cell_is_over)
        self._run.listening = False
        how = ended_by(result.error_in_exec)
        if self._watched is not None:
            self._finish(how)
        elif self.state in (RUNNING, ENDED):  # between epochs, or the loop was let go by the error
            self.state = how
            self._close()

    def _batch_time(self) -> float:
        run = self._run
        return (time.perf_counter() - run.began - run.paused) / (run.done + 1)

    def _look(self):
        """Show how things stand, and decide when to do so again."""
        now = time.perf_counter()
        if in_notebook() or self.state not in (RUNNING, PAUSED):
            self._show()
        if self._bar is not None:
            self._bar.update(self._run.done - self._bar.n)
            if self.course.batches and math.isfinite(self.course.smoothed[-1]):
                self._bar.set_postfix(loss=f"{self.course.smoothed[-1]:.4g}", refresh=False)
        self._run.next_look = now + max(LOOK, (time.perf_counter() - now) / SHARE)

    # ------------------------------------------------------------------ the browser

    def _handle_custom_msg(self, content, buffers):
        """A view says that it is there, or that one of its buttons was pressed."""
        super()._handle_custom_msg(content, buffers)
        self._heard = True
        asked = content.get("do") if isinstance(content, dict) else None
        if asked in (GO, PAUSE, STOP):
            self._wish = asked
        self.send({"heard": asked})

    def _repr_mimebundle_(self, **kwargs):
        self._displayed = True
        return super()._repr_mimebundle_(**kwargs)

    def page(self) -> str:
        """Return the page that :meth:`to_html` writes; its loop, if any, is not to be stopped."""
        self._show(recorded=True)
        try:
            return super().page()
        finally:
            self._show()

    def _show(self, **more):
        content = self.content()
        curve = packed(content["curve"])  # which is most of it, and takes long to write as JSON
        rows = [row | {"spark": spark_line(row["spark"])} for row in content["parameters"]]
        live = content | {"curve": curve, "parameters": rows} | more
        self.live = json.dumps(all_printable(live), allow_nan=False)

    def content(self) -> dict:
        """Return what a view shows: texts, and an array of a bounded number of points, the curve."""
        return shown(self)

    # ------------------------------------------------------------------ words

    @property
    def history(self) -> dict:
        """Everything written down, as plain lists, with the state and the alarm."""
        return self.course.history() | {"state": self.state, "alarm": self.alarmed or None}

    def to_json(self, path):
        """Write :attr:`history` to a file as JSON; return its path."""
        return self.course.to_json(path)

    def describe(self) -> str:
        """Return how the run stands, as the status line says it."""
        return " ".join(each for each in (self.alarmed, self._sentence(), *self.notes()) if each)

    def notes(self) -> list[str]:
        """Return what seems to be wrong or missing in the loop, a sentence each."""
        unseen = self.course.batches and self.course.last is None
        if unseen and (self.course.batches >= FEW or self.state != RUNNING):
            return [NO_LOSS, *self._remarks]
        return [GROWN, *self._remarks] if self._grown() else list(self._remarks)

    def _grown(self) -> bool:
        """Whether the smoothed loss is far above the first one of this run."""
        first, _, smoothed = self.course.ends(self._run.since)
        return first is not None and first > 0 and smoothed > GROWTH * first

    def _sentence(self) -> str:
        run = self._run
        if self.state == WAITING:
            return "Nothing to see yet: go through watch(loader) in a training loop."
        if self.state == RUNNING:
            return f"Running: epoch {run.epoch}" + (f" of {run.epochs}." if run.epochs else ".")
        if self.state == FINISHED:
            done = f"{counted(run.done, 'batch')} in {counted(run.epoch, 'epoch')}"
            return f"Finished {done}: {self.loss_in_words()}."
        how, _, error = self.state.partition(" ")
        head = f"Ended by {error}" if error else how.capitalize()
        return f"{head} after {run.so_far()}: {self.loss_in_words()}."

    def loss_in_words(self) -> str:
        """Say where the loss of this run began and where it is now."""
        first, last, smoothed = self.course.ends(self._run.since)
        if first is None:
            return "no loss yet"
        return f"the loss went from {told(first)} to {told(last)}, smoothed {told(smoothed)}"

    def text(self) -> str:
        """Return the sentence and a table of the parameters."""
        rows = [("parameter", "gradient norm", "update / weight", "state")]
        rows += [(row["name"], row["norm"], row["ratio"], row["state"])
                 for row in self.content()["parameters"]]  # fmt: skip
        if len(rows) == 1:
            return self.describe()
        return "\n".join([self.describe(), *aligned(rows, left=(0, 3))])

    def svg(self) -> str:
        """Return the curves and the parameters as they stand, as an SVG document."""
        return picture("Training monitor", self.describe(), *draw(self.content()))


class Run:
    """How far a run of one or several epochs has come, and the time it took.

    ``since`` counts the batches of the runs before it, ``epoch_since`` those of the epochs before
    the present one as well; ``length`` is that of an epoch and ``epochs`` their number, None where
    it is not known; ``over`` says that so many were gone through; ``next_sample`` is the number of
    the batch, as `Course` counts them, after which to look at parameters. Times are seconds.
    """

    def __init__(self, course):
        self.course = course
        self.since = self.epoch_since = course.batches
        self.epoch = 0
        self.length = self.epochs = self.cell = None
        self.watched = nothing
        self.over = self.listening = False
        self.began = self.next_look = self.paused = 0.0
        self.next_sample = self.since + 1

    def begin(self, length, epochs, cell, watched=None):
        """Go to the next epoch; with the first one the clock starts."""
        if self.epoch == 0:
            self.began = time.perf_counter()
            self.next_look = self.began + LOOK
        self.epoch += 1
        self.epoch_since = self.course.batches
        self.length, self.epochs, self.cell = length, epochs, cell
        self.watched = weakref.ref(watched) if watched is not None else nothing

    @property
    def total(self) -> int | None:
        """How many batches there will be, if that is known."""
        return self.length * self.epochs if self.length and self.epochs else None

    @property
    def done(self) -> int:
        """How many batches of the run are over."""
        return self.course.batches - self.since

    @property
    def in_epoch(self) -> int:
        """How many batches of the present epoch are over."""
        return self.course.batches - self.epoch_since

    def choose_sample(self, every):
        """Let each so manyth of all batches be looked at, and the last one of each epoch."""
        self.next_sample = (self.course.batches // every + 1) * every
        if self.length and self.in_epoch < self.length:
            self.next_sample = min(self.next_sample, self.epoch_since + self.length)

    def so_far(self) -> str:
        """How many batches of how many."""
        if self.total:
            return f"{self.done} of {counted(self.total, 'batch')}"
        if self.length:
            epoch = f" of epoch {self.epoch}" if self.epoch > 1 else ""
            return f"{self.in_epoch} of {counted(self.length, 'batch')}{epoch}"
        return counted(self.done, "batch")

    def seconds_left(self) -> float | None:
        """How long the rest takes if it takes as long as what is done; None beyond the end."""
        if self.over:
            return None
        total = self.total or (self.length and self.length - self.in_epoch + self.done)
        if not total or not self.done:
            return None
        return (time.perf_counter() - self.began - self.paused) * (total - self.done) / self.done


def ended_by(error) -> str:
    """The state of a loop that an error has ended; without one it was a break."""
    if error is None:
        return ENDED
    return (
        INTERRUPTED if isinstance(error, KeyboardInterrupt) else f"{FAILED} {printable(type(error).__name__)}"
    )


def is_count(x) -> bool:
    """Whether this is a whole number from 1 on, Python's or NumPy's."""
    return isinstance(x, Integral) and not isinstance(x, bool) and x > 0


def hear_while_busy(comm) -> None:
    """Let what a view says reach Python while a cell runs.

    JupyterLab sends it to a subshell of the kernel, a thread of its own. From 7.4 on ipykernel
    hands it back to the thread that last used the comm, which here is the one that runs the
    loop: it would hear of Stop when all is over. A comm without this route is left alone.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None
