"""TrainingMonitor: watch an ordinary training loop, pause it, stop it, be told of nan."""

import json
import math
import sys
import time
import weakref
from numbers import Real

import traitlets

from autograd_core.printable import printable, quoted

from ..base import PAGE_STATE, Widget, all_printable, packed, picture, whole
from ..libraries import is_recording
from ..outputs import in_notebook, shell
from ..words.numbers_as_text import counted
from ..words.table import aligned
from .bar import bar_of
from .course import Course
from .loop import (
    LossSource,
    WatchedLoader,
    cell_number,
    criterion_in,
    left_by_choice,
    length_of,
    nothing,
    number_of,
)
from .once_more import once_more
from .picture import draw, named, shown, spark_line, told
from .statistics import LEFT_OUT, NONE, Statistics, all_of, kind, parameters_of

WAITING, RUNNING, PAUSED, FINISHED = "waiting", "running", "paused", "finished"
STOPPED, ENDED, INTERRUPTED, FAILED = "stopped", "ended", "interrupted", "failed"
GO, PAUSE, STOP = "go", "pause", "stop"  # what is wished for
AGAIN_ASKED, CLOSED = "look again", "close"  # of the batch of an alarm
ALARMS = {"stop": STOP, "pause": PAUSE, "go on": GO}
LOOK = 0.4  # seconds between two looks at the course, as long as a look is cheap
SHARE = 0.005  # of the time may be spent on looks
FEW = 8  # batches after which a missing step is told
GROWTH = 10  # times the first loss: a smoothed loss above that has grown a lot
GROWN = "The loss has grown: is the learning rate too large?"
HELD = "This step was held back: the parameters are as they were."
AGAIN = "The monitor's diagnose() runs that batch once more, on copies, and names the operation."
UNKNOWN = "It has to be told how the loss is computed: monitor.diagnose(lambda model, batch: …)."
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
        What to do before a step whose loss or gradient is nan or infinite. Unless it is ``"go on"``
        this step does not move anything. Where no browser shows the monitor, pausing stops. Where no
        step follows, as in loops that skip such a batch, there is no alarm.
    strict : bool
        Whether all gradients are looked at before every step; else as often as 1 % of the time allows.
    show : bool
        Whether a notebook that has not shown the monitor yet shows it when a loop begins.

    Attributes
    ----------
    state : str, ``"waiting"``, ``"running"``, ``"paused"``, ``"finished"``, ``"stopped"``,
        ``"ended"`` (in a way that is not known), ``"interrupted"`` or ``"failed"``; a loop that was left
        by ``break`` is finished
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
    # The report that a view has asked for: its model, or why there is none.
    report = traitlets.Dict().tag(sync=True, ours=True)

    def __init__(
        self, *, every: int = 100, smoothing: float = 0.95, alarm: str = "stop", show: bool = True,
        strict: bool = False,
    ) -> None:  # fmt: skip
        if alarm not in list(ALARMS):
            raise ValueError(f"alarm must be one of {list(ALARMS)}, not {quoted(alarm)}")
        if not (isinstance(smoothing, Real) and 0 <= smoothing < 1):
            raise ValueError(f"smoothing must be from 0 to less than 1, not {quoted(smoothing)}")
        self.every, self.alarm, self.strict = whole("every", every, 1), alarm, strict
        self.course = Course(smoothing)
        self.state, self.alarmed, self._remarks = WAITING, "", []
        self._wish, self._heard = GO, False
        self._alarmed_at = 0
        self._run = Run(self.course)
        self._watched = self._bar = None
        self._models, self._bad, self._held = [], None, False
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
        model : module whose parameters are watched by name, or a list of them
        optimizer : the one that moves them, or a list of them; without a model their parameters bear
            the names of variables
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
        epochs = None if epochs is None else whole("epochs", epochs, 1)
        models, optimizers = all_of(model), all_of(optimizer)
        named = parameters_of(models, optimizers)
        statistics = Statistics(named, optimizers, self._batch_time, self.strict)
        return WatchedLoader(self, loader, models, statistics, LossSource(loss, criterion), epochs)

    def record(self, loss) -> bool:
        """Tell the loss of this batch yourself; returns whether training should go on.

        Within a watched loop this is the batch's loss. Elsewhere each call is one batch::

            if not monitor.record(loss): break

        Under ``no_grad``, or with the model in ``eval()``, it is a loss of the validation.
        """
        if self._evaluating():
            self.course.add_validation(number_of(loss))
            return self._wish != STOP
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

    def diagnose(self, run=None):
        """Run the batch of the alarm once more, watched and on copies: which layer, which operation it was.

        Returns a `Diagnosis`. Of an alarm the monitor keeps the batch, until there is another one.

        Parameters
        ----------
        run : function that computes the loss as the loop does, of copies of the model (or of each
            of the models) and of the batch; without it ``criterion(model(inputs), targets)``, with the
            criterion of ``watch``, or the only loss of the library that the loop has in a variable

        Raises
        ------
        RuntimeError : before an alarm, during the loop, or when the model is gone
        TypeError : without ``run``, if the monitor does not know a criterion

        >>> import autograd_core as torch
        >>> model, criterion = torch.nn.Linear(1, 1), torch.nn.MSELoss()
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> monitor = TrainingMonitor()
        >>> for x in monitor.watch([torch.zeros(1, 1)], model=model, optimizer=optimizer):
        ...     loss = (model(x) * 0).sqrt().sum()
        ...     loss.backward()
        ...     optimizer.step()
        >>> monitor.alarmed
        'Alarm in batch 1: the gradient of model.weight is nan (and 1 more of 2). This step was held back: the parameters are as they were.'
        >>> monitor.diagnose(lambda model, x: (model(x) * 0).sqrt().sum()).findings[0].why
        'The derivative of sqrt at x = 0 at [0, 0] is infinite.'
        """
        if self._bad is None or self._watched is not None:
            raise RuntimeError("diagnose() is for after an alarm, when the loop has ended")
        batch, criterion, held = self._bad
        models = [each() for each in self._models]
        if not models or None in models:
            raise RuntimeError("diagnose() needs the model, which is gone: give it to watch(…, model=model)")
        if run is None and criterion is None:
            raise TypeError("how the loss is computed is not known, as the loop has no variable that is a loss of the library: "
                            "diagnose(lambda model, batch: …), or watch(…, criterion=criterion)")  # fmt: skip
        return once_more(run, models, batch, criterion, held)

    def can_look_again(self) -> bool:
        """Whether `diagnose` has all that it needs: the batch of an alarm, the models, a criterion, and no loop is on."""
        models = [each() for each in self._models]
        return None not in (*models, self._bad and self._bad[1]) and self._watched is None and bool(models)

    def _look_again(self):
        """Show in the view what `diagnose` returns; it is kept as long as it is shown."""
        try:
            self._shown = self.diagnose()
            self.report = {"model": self._shown.model_id}
        except Exception as error:
            self.report = {"said": f"It cannot be run once more: {printable(error)}"}

    def _forget_report(self):
        self.report, self._shown = {}, None

    # ------------------------------------------------------------------ the loop

    def _evaluating(self, models=()) -> bool:
        """Whether nothing is learned here: under ``no_grad``, or with all models in ``eval()``."""
        models = [model for each in models or self._models if (model := each()) is not None]
        return not is_recording() or (bool(models) and not any(getattr(m, "training", True) for m in models))

    def validates(self, watched) -> bool:
        """Whether a loop that begins is one of validation: nothing is learned, and there is no optimizer."""
        return self._evaluating(watched._models) and not (is_recording() and watched._statistics.steps)

    def validated(self, watched):
        """Give the batches of a validation, and write down their losses."""
        source = watched._loss
        source.open(sys._getframe(1))
        try:
            for batch in watched._loader:
                if self._wish != GO and not self._may_go_on():
                    return
                yield batch
                loss = source.take(sys._getframe(1))
                self._validated([*source.validation, *([] if loss is None else [loss])])
                source.validation = []
                if self._watched is not None:  # its criterion may be the same
                    self._watched._loss.validation = []
                if time.perf_counter() >= self._run.next_look:
                    self._look()
        finally:
            source.close()
            self._look()

    def _validated(self, losses):
        for loss in losses:
            self.course.add_validation(loss)

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
        self._models = watched._models or self._models
        statistics, source, run = watched._statistics, watched._loss, self._run
        add, losses = self.course.add, self.course.losses
        take, clock = source.take, time.perf_counter
        statistics.open(lambda: self._may_step(statistics, source))
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
                if source.validation:
                    self._validated(source.validation)
                    source.validation = []
                if (
                    loss is not None
                    and self._evaluating()
                    and not any(each.count for each in statistics.steps)
                ):
                    self._validated([loss])
                    loss = None
                add(loss)
                if clock() >= run.next_look:
                    self._look()
                if statistics.sampling or self._alarmed_at == statistics.batch:
                    self._sample(statistics)
                if statistics.bad or (loss is not None and not math.isfinite(loss)):
                    self._after_bad(loss, statistics)
                if self._alarmed_at == statistics.batch:
                    self._bad = batch, source.criterion or criterion_in(sys._getframe(1)), self._held
            else:
                how = STOPPED
        except GeneratorExit:
            how = FINISHED if left_by_choice(sys._getframe(1)) else ENDED
            run.left = True
            if self._alarmed_at == statistics.batch:
                self._bad = batch, source.criterion or criterion_in(sys._getframe(1)), self._held
            raise
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
        cut_short = run.left and run.in_epoch != run.length
        if (run.over and (again or watched is not run.watched())) or (again and cut_short):
            run = self._run = Run(self.course)
            self._wish = GO if again else self._wish
        if self._wish == STOP:
            return
        run.begin(length, None if run.over else epochs, cell, watched)
        if run.done:
            run.choose_sample(self.every)
        self.state, self.alarmed, self._remarks = RUNNING, "", []
        self._alarmed_at = 0
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
        if late and statistics.steps and not any(each.count for each in statistics.steps):
            found.append("optimizer.step() was not called, so nothing moved.")
        if statistics.piled_up:
            found.append("The gradients were added to those of the batch before: was zero_grad() called?")
        return found

    def _may_step(self, statistics, source) -> bool:
        """Before a step: whether it may be made, that is whether loss and gradients are finite."""
        loss = source.peek()
        if self._alarmed_at != statistics.batch and (statistics.bad or not fine(loss)):
            self._raise_alarm(loss, statistics, held=self.alarm != "go on")
        return self._alarmed_at != statistics.batch or self.alarm == "go on"

    def _after_bad(self, loss, statistics):
        """After a batch whose loss or gradient is not finite: it is all right if no step used it."""
        if statistics.steps and not statistics.stepped:
            self._run.skipped += self._alarmed_at != statistics.batch
            statistics.next_check = 0
        elif self._alarmed_at != statistics.batch:
            if self.course.batches not in self.course.sampled_at[-1:]:
                self._sample(statistics)
            statistics.find_bad()
            self._raise_alarm(loss, statistics, held=False)

    def _raise_alarm(self, loss, statistics, held):
        """A loss or a gradient is not a finite number; once it goes on, the first such batch is told."""
        if self.alarmed and self.alarm == "go on":
            return
        statistics.find_bad()
        what = [] if fine(loss) else [f"the loss is {kind(loss)}"]
        what += [statistics.bad] if statistics.bad else []
        number, epoch = statistics.batch, self._run.epoch
        of_epoch = f" ({number - self._run.epoch_since} of epoch {epoch})" if epoch > 1 else ""
        kept = f" {HELD}" if held else ""
        self.alarmed = f"Alarm in batch {number}{of_epoch}: {' and '.join(what)}.{kept}"
        self._alarmed_at, self._held, statistics.bad = number, held, ""
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
        run.left = run.left or how != FINISHED
        more = not run.left and not run.over and run.epoch != run.epochs
        if not run.left:
            self.course.epoch_ends.append(self.course.batches)
            run.over = run.over or run.epoch == run.epochs
        # Nobody says that there are no more epochs, but a notebook's cell that ends.
        self.state = RUNNING if more and run.epochs and in_notebook() else how
        if self.state != RUNNING:
            self._close(more and run.epochs)

    def _close(self, more=False):
        self._look()
        if self._bar is not None and not more:
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
        elif asked == AGAIN_ASKED:
            self._look_again()
        elif asked == CLOSED:
            self._forget_report()
        self.send({"heard": asked})

    def _repr_mimebundle_(self, **kwargs):
        self._displayed = True
        shown, metadata = super()._repr_mimebundle_(**kwargs)
        shown.pop(PAGE_STATE, None)  # a page shows the whole run, which may be over only cells later
        return shown, metadata

    def page_state(self) -> dict:
        """Return what a page shows: the run as it stands now."""
        return super().page_state() | {"live": self._as_text()}

    def _show(self):
        self.live = self._as_text()

    def _as_text(self) -> str:
        content = self.content()
        curve = packed(content["curve"])  # which is most of it, and takes long to write as JSON
        rows = [row | {"spark": spark_line(row["spark"])} for row in content["parameters"]]
        live = content | {"curve": curve, "parameters": rows}
        return json.dumps(all_printable(live), allow_nan=False)

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
        remarks = list(self._remarks)
        if skipped := self._run.skipped:
            remarks.append(f"In {counted(skipped, 'batch')} the loss was not finite, and no step was made.")
        unseen = self.course.batches and self.course.last is None
        if unseen and (self.course.batches >= FEW or self.state != RUNNING):
            return [NO_LOSS, *remarks]
        if (validation := self.course.validated(self._run.first)) and not fine(validation[-1][1]):
            remarks.append(f"The validation loss is {kind(validation[-1][1])}.")
        if self._bad is not None and self.alarmed:
            remarks.append(AGAIN if self._bad[1] is not None else f"{AGAIN} {UNKNOWN}")
        return [GROWN, *remarks] if self._grown() else remarks

    def _grown(self) -> bool:
        """Whether the smoothed loss is far above the first one of this run."""
        first, _, smoothed = self.course.ends(self._run.since)
        return first is not None and first > 0 and smoothed > GROWTH * first

    def _sentence(self) -> str:
        run = self._run
        if self.state == WAITING and self.course.validation:
            return f"Not trained yet{self._validation_in_words()}."
        if self.state == WAITING:
            return "Nothing to see yet: go through watch(loader) in a training loop."
        if self.state == RUNNING:
            return f"Running: epoch {run.epoch}" + (f" of {run.epochs}." if run.epochs else ".")
        if self.state == FINISHED and (run.over or (not run.left and run.epochs is None)):
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
        words = f"the loss went from {told(first)} to {told(last)}, smoothed {told(smoothed)}"
        return words + self._validation_in_words()

    def _validation_in_words(self) -> str:
        validation = self.course.validated(self._run.first)
        if not validation:
            return ""
        at, least = min(validation, key=lambda each: (math.isnan(each[1]), each[1]))
        words = f", in validation from {told(validation[0][1])} to {told(validation[-1][1])}"
        return words if at == validation[-1][0] else f"{words}, least {told(least)} after batch {at}"

    def text(self) -> str:
        """Return the sentence and a table of the parameters."""
        rows = [("parameter", "gradient norm", "update / weight", "state")]
        rows += [(named(row), row["norm"], row["ratio"], row["state"])
                 for row in self.content()["parameters"] if not row["group"]]  # fmt: skip
        if len(rows) == 1:
            return self.describe()
        return "\n".join([self.describe(), *aligned(rows, left=(0, 3))])

    def svg(self) -> str:
        """Return the curves and the parameters as they stand, as an SVG document."""
        return picture("Training monitor", self.describe(), *draw(self.content()))


class Run:
    """How far a run of one or several epochs has come, and the time it took.

    ``since`` counts the batches of the runs before it, ``epoch_since`` those of the epochs before
    the present one as well; ``left`` says that the epoch was left before its end; ``length`` is that of an epoch and ``epochs`` their number, None where
    it is not known; ``over`` says that so many were gone through; ``next_sample`` is the number of
    the batch, as `Course` counts them, after which to look at parameters; ``skipped`` counts batches
    whose loss was not finite and was not used. Times are seconds.
    """

    def __init__(self, course):
        self.course = course
        self.since = self.epoch_since = course.batches
        self.epoch = 0
        self.length = self.epochs = self.cell = None
        self.watched = nothing
        self.over = self.listening = self.left = False
        self.skipped = 0
        self.began = self.next_look = self.paused = 0.0
        self.next_sample = self.since + 1

    def begin(self, length, epochs, cell, watched=None):
        """Go to the next epoch; with the first one the clock starts."""
        if self.epoch == 0:
            self.began = time.perf_counter()
            self.next_look = self.began + LOOK
        self.epoch += 1
        self.epoch_since, self.left = self.course.batches, False
        self.length, self.epochs, self.cell = length, epochs, cell
        self.watched = weakref.ref(watched) if watched is not None else nothing

    @property
    def first(self) -> int:
        """How many batches there must be for a validation to be one of this run, not of the one before."""
        return self.since and self.since + 1

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


def fine(loss) -> bool:
    """Whether a loss is a finite number, or not there."""
    return loss is None or math.isfinite(loss)


def ended_by(error) -> str:
    """The state of a loop that an error has ended; without one it was a break, or stopped early."""
    if error is None:
        return FINISHED
    return (
        INTERRUPTED if isinstance(error, KeyboardInterrupt) else f"{FAILED} {printable(type(error).__name__)}"
    )


def hear_while_busy(comm) -> None:
    """Let what a view says reach Python while a cell runs.

    JupyterLab sends it to a subshell of the kernel, a thread of its own. From 7.4 on ipykernel
    hands it back to the thread that last used the comm, which here is the one that runs the
    loop: it would hear of Stop when all is over. A comm without this route is left alone.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None
