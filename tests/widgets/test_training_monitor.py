"""TrainingMonitor in Python: what it sees, how it ends loops, what it says, on both libraries."""

import gc
import json
import math
import re
import threading
import time
import weakref
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import one_in
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch
from widgets import GradientCheck, TrainingMonitor, verify

LIBRARIES = {"autograd_core": autograd_core, "torch": pytorch}
LOADER = [1.0, 2.0, 3.0, 4.0]
HOSTILE = "<img src=x onerror=hacked()>"


@pytest.fixture(params=LIBRARIES)
def torch(request):
    return LIBRARIES[request.param]


class Line:
    """A model of one weight, the optimizer that moves it, and the loop that trains it."""

    def __init__(self, torch, start=1.0, lr=0.01):
        self.torch = torch
        torch.manual_seed(0)
        self.model = torch.nn.Linear(1, 1)
        with torch.no_grad():
            self.model.weight.fill_(start)
            self.model.bias.fill_(0.0)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)

    def batch(self, x, target=3.0, factor=1.0):
        """One batch of an ordinary loop; returns its loss."""
        self.optimizer.zero_grad()
        output = self.model(self.torch.tensor([[x]]))
        loss = ((output - target * x) ** 2).sum() * factor
        loss.backward()
        self.optimizer.step()
        return loss

    def watch(self, monitor, loader=LOADER, **options):
        return monitor.watch(loader, model=self.model, optimizer=self.optimizer, **options)


def trained(torch, epochs=2, **options):
    line, monitor = Line(torch), TrainingMonitor(every=2)
    for _ in range(epochs):
        for x in line.watch(monitor, **options):
            loss = line.batch(x)  # noqa: F841  read by the monitor
    return monitor


# ---------------------------------------------------------------- what it sees


def test_it_sees_the_loss_of_every_batch(torch):
    line, monitor, losses = Line(torch), TrainingMonitor(), []
    for x in line.watch(monitor):
        loss = line.batch(x)
        losses.append(loss.item())
    assert monitor.history["loss"] == losses and len(losses) == 4
    assert monitor.state == "finished"


def test_gradient_norms_and_updates_are_those_of_the_sampled_batches(torch):
    line, monitor, norms, ratios = Line(torch), TrainingMonitor(every=2), [], []
    for x in line.watch(monitor):
        before = line.model.weight.item()
        loss = line.batch(x)  # noqa: F841
        norms.append(abs(line.model.weight.grad.item()))
        ratios.append(abs(line.model.weight.item() - before) / abs(before))
    history = monitor.history
    assert history["sampled_at"] == [1, 2, 4]
    assert history["gradient_norm"]["self.model.weight"] == pytest.approx([norms[0], norms[1], norms[3]])
    assert history["update_ratio"]["self.model.weight"] == pytest.approx(
        [ratios[0], ratios[1], ratios[3]], rel=1e-4
    )
    assert history["update_ratio"]["self.model.bias"][0] is None  # it began at 0: there is no ratio
    assert history["learning_rate"] == [[0.01]] * 3


def test_gradients_are_seen_by_loops_that_clear_them_after_the_step(torch):
    line, monitor = Line(torch), TrainingMonitor(every=1)
    for x in line.watch(monitor):
        loss = line.batch(x)  # noqa: F841
        line.optimizer.zero_grad()
    assert None not in monitor.history["gradient_norm"]["self.model.weight"]


def test_a_criterion_a_function_or_the_user_may_tell_the_loss(torch):
    for way in ("criterion", "function", "record"):
        line, monitor = Line(torch), TrainingMonitor()
        criterion = torch.nn.MSELoss()
        options = {"criterion": dict(criterion=criterion), "function": dict(loss=lambda: cost)}.get(way, {})
        costs = []
        for x in line.watch(monitor, **options):
            line.optimizer.zero_grad()
            cost = criterion(line.model(torch.tensor([[x]])), torch.tensor([[3 * x]]))
            with torch.no_grad():
                criterion(torch.tensor([[0.0]]), torch.tensor([[9.0]]))  # validation is no training
            cost.backward()
            line.optimizer.step()
            if way == "record":
                monitor.record(cost)
            costs.append(cost.item())
        assert monitor.history["loss"] == costs, way


def test_a_loop_without_a_loss_says_so(torch):
    line, monitor = Line(torch), TrainingMonitor()
    for x in line.watch(monitor):
        line.batch(x)
    assert "No loss was seen" in monitor.describe()
    assert monitor.history["loss"] == [None] * 4


def test_a_loss_function_that_is_called_loss_is_no_loss(torch):
    line, monitor = Line(torch), TrainingMonitor()
    loss = torch.nn.MSELoss()
    for x in line.watch(monitor):
        line.batch(x)
    assert loss is not None and monitor.history["loss"] == [None] * 4


SEVEN = 7.0
LOSSES = {  # how `loss` is made of a batch, in which of the batches 1, 1, 2, 2, and what is seen of it
    "the third is skipped": (lambda torch, b: torch.tensor(b), [0, 1, 3], [1, 1, None, 2]),
    "the last is skipped": (lambda torch, b: torch.tensor(b), [0, 1, 2], [1, 1, 2, None]),
    "numbers": (lambda torch, b: torch.tensor(b).item(), [0, 2], [1, None, 2, None]),
    "NumPy's numbers": (lambda torch, b: np.float32(b), [0, 1, 3], [1, 1, None, 2]),
    "one number": (lambda torch, b: SEVEN, [0, 1, 2, 3], [7, None, None, None]),
    "never": (None, [], [None] * 4),
}


@pytest.mark.parametrize("case", LOSSES)
@pytest.mark.parametrize("before", ["nothing", "a number", "a tensor"])
def test_a_loss_counts_in_the_batch_in_which_it_was_given_a_value(torch, case, before):
    made, given, expected = LOSSES[case]
    monitor = TrainingMonitor()
    loss = {"nothing": None, "a number": 5.0, "a tensor": torch.tensor(5.0)}[before]  # noqa: F841

    def epoch():
        for i in monitor.watch(range(4)):
            if i in given:
                loss = made(torch, [1.0, 1.0, 2.0, 2.0][i])  # noqa: F841

    epoch()
    assert monitor.history["loss"] == expected
    seen = [each for each in expected if each is not None]
    told = f"the loss went from {seen[0]} to {seen[-1]}," if seen else "No loss was seen"
    assert told in monitor.describe()


def test_one_tensor_that_is_filled_anew_is_a_loss_in_each_batch_that_does(torch):
    monitor, loss = TrainingMonitor(), torch.tensor(5.0)
    for b in monitor.watch([1.0, 2.0, 0.0, 2.0]):
        if b:
            loss.fill_(b)
    assert monitor.history["loss"] == [1.0, 2.0, None, 2.0]


def test_callbacks_alone_will_do():
    monitor = TrainingMonitor()
    done = 0
    for i in range(10):
        done += 1
        if i == 4:
            monitor.stop()
        if not monitor.record(1.0 / (i + 1)):
            break
    assert done == 5
    assert monitor.history["loss"] == [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5]


def test_the_smoothed_loss_starts_at_the_first_one_and_follows():
    monitor = TrainingMonitor(smoothing=0.5)
    for loss in monitor.watch([8.0, 2.0, float("2")]):
        pass
    # weights 1/2, 1/4, 1/8 of now, before, before that, over their sum
    assert monitor.history["smoothed_loss"] == pytest.approx([8, (1 + 2) / 0.75, (1 + 0.5 + 1) / 0.875])


def test_the_watched_loader_is_the_loader_otherwise(torch):
    data = torch.utils.data
    loader = data.DataLoader(data.TensorDataset(torch.tensor([1.0, 2.0, 3.0])), batch_size=2)
    watched = TrainingMonitor().watch(loader)
    assert len(watched) == 2 and watched.batch_size == 2 and watched.dataset is loader.dataset
    assert [[*map(float, batch[0])] for batch in watched] == [[1, 2], [3]]


def test_hooks_are_gone_after_the_loop_however_it_ends(torch):
    line, monitor = Line(torch), TrainingMonitor()
    criterion = torch.nn.MSELoss()

    def hooks():
        return [len(each) for thing in (line.optimizer, criterion)
                for name, each in vars(thing).items() if "hooks" in name and hasattr(each, "__len__")]  # fmt: skip

    before = hooks()
    for x in line.watch(monitor, criterion=criterion):
        line.batch(x)
        assert hooks() != before
        break
    assert hooks() == before and monitor.state == "finished"
    with pytest.raises(ZeroDivisionError):
        for x in line.watch(monitor, criterion=criterion):
            1 / 0
    assert hooks() == before and monitor.state == "ended"


class Batches(list):
    """A loader that can be referred to weakly."""


def ending(line, monitor, watched, how):
    """Run watched epochs to an end of some kind."""
    try:
        for epoch in range(2):
            for i, x in enumerate(watched):
                loss = line.batch(x)  # noqa: F841  read by the monitor
                if how == "break" and i == 2:
                    break
                if how == "stop" and i == 2:
                    monitor.stop()
                if how == "error" and i == 2:
                    raise ZeroDivisionError
                if how == "interrupt" and i == 2:
                    raise KeyboardInterrupt
    except (ZeroDivisionError, KeyboardInterrupt):
        pass


@one_in(4)
@pytest.mark.parametrize("how", ["finished", "break", "stop", "error", "interrupt"])
def test_after_a_run_a_monitor_holds_numbers_only(torch, how):
    line, monitor, loader = Line(torch), TrainingMonitor(every=2), Batches(LOADER)
    criterion = torch.nn.MSELoss()
    ending(line, monitor, line.watch(monitor, loader, criterion=criterion), how)
    things = [line, line.model, line.model.weight, line.optimizer, loader, criterion]
    gone = [weakref.ref(each) for each in things]
    del line, loader, criterion, things
    gc.collect()
    assert [each() for each in gone] == [None] * 6
    assert len(monitor.history["loss"]) >= 2 and monitor.describe() and monitor.svg()


@one_in(2)
def test_a_watched_loader_keeps_neither_the_model_nor_the_optimizer(torch):
    line, monitor, losses = Line(torch), TrainingMonitor(every=2), []
    watched = line.watch(monitor, loss=lambda: losses[-1])
    for x in watched:
        losses.append(line.batch(x).item())
    gone = [weakref.ref(each) for each in (line.model, line.model.bias, line.optimizer)]
    del line
    gc.collect()
    assert [each() for each in gone] == [None] * 3
    for _ in watched:  # all that is left to see is the loss
        losses.append(1.0)
    assert monitor.history["loss"] == losses and monitor.state == "finished"


@one_in(2)
def test_a_run_with_an_optimizer_alone_keeps_no_parameter(torch):
    w = torch.tensor(4.0, requires_grad=True)
    optimizer, monitor = torch.optim.SGD([w], lr=0.25), TrainingMonitor(every=1)
    watched = monitor.watch(LOADER, optimizer=optimizer)
    for x in watched:
        optimizer.zero_grad()
        loss = (w * x) ** 2
        loss.backward()
        optimizer.step()
    gone = [weakref.ref(w), weakref.ref(optimizer)]
    del w, optimizer, loss
    gc.collect()
    assert [each() for each in gone] == [None, None]
    assert len(monitor.history["gradient_norm"]["w"]) == 4


# ---------------------------------------------------------------- pause, stop, alarm


def test_stop_ends_the_loop_after_the_batch_and_the_epochs_after_it(torch):
    line, monitor, seen = Line(torch), TrainingMonitor(), []
    for _ in range(3):
        for x in line.watch(monitor, epochs=3):
            loss = line.batch(x)  # noqa: F841
            seen.append(x)
            if len(seen) == 6:
                monitor.stop()
    assert seen == LOADER + LOADER[:2]
    assert monitor.describe().startswith("Stopped after 6 of 12 batches: the loss went from 4 to ")


def test_a_stopped_monitor_begins_again_after_resume():
    monitor, seen = TrainingMonitor(), []
    monitor.stop()
    seen += monitor.watch(LOADER)
    assert seen == []
    monitor.resume()
    seen += monitor.watch(LOADER)
    assert seen == LOADER


def test_pause_holds_the_loop_until_resume():
    monitor, seen = TrainingMonitor(), []
    watched = monitor.watch(LOADER)

    def train():
        for x in watched:
            seen.append(x)
            if len(seen) == 2:
                monitor.pause()

    thread = threading.Thread(target=train)
    thread.start()
    wait_for(lambda: monitor.state == "paused")
    assert seen == LOADER[:2]
    assert monitor.describe().startswith("Paused after 2 of 4 batches")
    monitor.resume()
    thread.join()
    assert seen == LOADER and monitor.state == "finished"


def test_a_paused_loop_can_be_stopped():
    monitor, seen = TrainingMonitor(), []
    monitor.pause()
    thread = threading.Thread(target=lambda: seen.extend(monitor.watch(LOADER)))
    thread.start()
    wait_for(lambda: monitor.state == "paused")
    monitor.stop()
    thread.join()
    assert seen == [] and monitor.state == "stopped"


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("alarm, batches", [("stop", 2), ("pause", 2), ("go on", 4)])
def test_a_loss_that_is_nan_is_told_with_the_parameter(torch, alarm, batches):
    line, monitor, seen = Line(torch), TrainingMonitor(alarm=alarm), []
    for x in line.watch(monitor):
        seen.append(x)
        loss = line.batch(x, factor=math.nan if x == 2 else 1.0)  # noqa: F841
    assert len(seen) == batches
    assert monitor.describe().startswith(
        "Alarm in batch 2: the loss is nan and the gradient of self.model.weight is nan (and 1 more of 2)."
    )
    if batches == 2:
        assert "weight" in monitor.text() and monitor.text().endswith("nan")
    json.dumps(monitor.history, allow_nan=False)


def test_a_gradient_that_is_infinite_is_told_though_the_loss_is_not(torch):
    a, b = (torch.tensor(each, requires_grad=True) for each in (1.0, 4.0))
    optimizer = torch.optim.SGD([a, b], lr=0.1)
    monitor = TrainingMonitor()
    for x in monitor.watch([1.0, 0.0, 1.0], optimizer=optimizer):
        optimizer.zero_grad()
        loss = a * 2 + (b * x) ** 0.5  # the slope of the root at 0 is infinite
        loss.backward()
        optimizer.step()
    assert monitor.describe().startswith("Alarm in batch 2: the gradient of b is ")
    assert monitor.course.batches == 2


def test_the_step_of_a_bad_batch_is_held_back(torch):
    for alarm, kept in (("stop", True), ("pause", True), ("go on", False)):
        line, monitor = Line(torch), TrainingMonitor(alarm=alarm, every=50)
        line.optimizer = torch.optim.Adam(line.model.parameters(), lr=0.1)
        for x in line.watch(monitor, LOADER * 2):
            before = line.model.weight.item()
            loss = line.batch(x, factor=math.nan if monitor.course.batches == 5 else 1.0)  # noqa: F841
            if monitor.alarmed:
                break
        assert monitor.alarmed.startswith("Alarm in batch 6: the loss is nan and the gradient of ")
        assert (line.model.weight.item() == before) is kept is ("held back" in monitor.alarmed)
        assert math.isnan(line.model.weight.grad.item()) and monitor.course.batches == 5
        assert math.isnan(line.model.weight.item()) is not kept


def test_in_a_later_epoch_the_alarm_counts_in_it_as_well(torch):
    line, monitor = Line(torch), TrainingMonitor()
    for epoch in range(2):
        for x in line.watch(monitor, epochs=2):
            loss = line.batch(x, factor=math.inf if (epoch, x) == (1, 3) else 1.0)  # noqa: F841
    assert monitor.describe().startswith("Alarm in batch 7 (3 of epoch 2): the loss is infinite")


def scaled(line, x, bad):
    """A batch as with a GradScaler: where gradients are not finite there is no step."""
    line.optimizer.zero_grad()
    loss = (line.model(line.torch.tensor([[x]])) ** 2).sum() * (math.inf if bad else 1.0)
    loss.backward()
    if math.isfinite(line.model.weight.grad.item()):
        line.optimizer.step()
    return loss


def skipping(line, x, bad):
    """A batch whose loss is looked at first."""
    line.optimizer.zero_grad()
    loss = (line.model(line.torch.tensor([[x]])) ** 2).sum() * (math.nan if bad else 1.0)
    if loss.isfinite():
        loss.backward()
        line.optimizer.step()
    return loss


@pytest.mark.parametrize("batch", [scaled, skipping])
@pytest.mark.parametrize("strict", [False, True])
def test_a_bad_batch_without_a_step_is_no_alarm(torch, batch, strict):
    line, monitor = Line(torch), TrainingMonitor(every=1, strict=strict)
    for i, x in enumerate(line.watch(monitor, LOADER * 2)):
        loss = batch(line, x, i in (0, 5))  # noqa: F841
    assert monitor.alarmed == "" and monitor.course.batches == 8
    assert "In 2 batches the loss was not finite, and no step was made." in monitor.describe()


@pytest.mark.parametrize("fused", [False, True])
def test_a_grad_scaler_may_leave_out_steps(fused):
    need_pytorch()
    torch = pytorch
    model, monitor = torch.nn.Linear(2, 1), TrainingMonitor(every=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
    for x in monitor.watch([torch.full((1, 2), 10.0)] * 6, model=model, optimizer=optimizer):
        optimizer.zero_grad()
        loss = (model(x) ** 2).sum()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    assert scaler.get_scale() < 2.0**127 and monitor.alarmed == "" and monitor.state == "finished"


def test_what_is_left_in_accumulated_gradients_is_told_before_the_step(torch):
    line, monitor = Line(torch), TrainingMonitor(every=100)
    line.optimizer.zero_grad()
    for i, x in enumerate(line.watch(monitor, LOADER * 3)):
        loss = (line.model(torch.tensor([[x]])) ** 2).sum() * (math.nan if i == 5 else 1.0)
        loss.backward()
        if i % 4 == 3:
            line.optimizer.step()
            line.optimizer.zero_grad()
    assert monitor.describe().startswith("Alarm in batch 8: the gradient of ")
    assert math.isfinite(line.model.weight.item())


@pytest.mark.parametrize("strict", [True, False])
def test_a_strict_monitor_looks_at_the_gradients_of_every_batch(torch, strict, monkeypatch):
    line, monitor, looks = Line(torch), TrainingMonitor(strict=strict, every=100), 0
    monkeypatch.setattr("widgets.training.statistics.CHECKS", 1e-9)
    watched = line.watch(monitor, LOADER * 3)
    look = watched._statistics.find_bad

    def counted(*names):
        nonlocal looks
        looks += 1
        look(*names)

    watched._statistics.find_bad = counted
    for x in watched:
        loss = line.batch(x)  # noqa: F841
    assert looks == (10 if strict else 1)  # batches 1 and 12 are sampled


def test_early_stopping_is_a_finished_run(torch):
    for leave, told in (
        ("epochs", "Finished after 8 of 20 batches"),
        ("batches", "Finished after 5 of 20 batches"),
    ):
        line, monitor = Line(torch), TrainingMonitor()
        for epoch in range(5):
            for i, x in enumerate(line.watch(monitor, epochs=5)):
                loss = line.batch(x)  # noqa: F841
                if leave == "batches" and (epoch, i) == (1, 1):
                    break
            if epoch == 1:
                break
        assert monitor.state == "finished" and monitor.describe().startswith(told)


def gan(torch, monitor, generator_first):
    """A watched loop with a model and an optimizer each for both players."""
    torch.manual_seed(0)
    nn, noise = torch.nn, [torch.ones(4, 2)] * 9
    maker, judge = nn.Linear(2, 2), nn.Linear(2, 1)
    first, second = (torch.optim.SGD(each.parameters(), lr=0.01) for each in (maker, judge))

    def judged(z):
        second.zero_grad()
        ((judge(maker(z).detach()) + 1) ** 2 + (judge(z) - 1) ** 2).mean().backward()
        second.step()

    def made(z):
        first.zero_grad()
        loss = ((judge(maker(z)) - 1) ** 2).mean()
        loss.backward()
        first.step()
        return loss

    for z in monitor.watch(noise, model=[maker, judge], optimizer=[first, second]):
        if generator_first:
            loss = made(z)
            judged(z)
        else:
            judged(z)
            loss = made(z)  # noqa: F841
    return monitor


@pytest.mark.parametrize("generator_first", [True, False])
def test_several_models_and_optimizers(torch, generator_first):
    monitor = gan(torch, TrainingMonitor(every=1), generator_first)
    assert monitor.notes() == [] and monitor.history["learning_rate"][-1] == [0.01, 0.01]
    assert set(monitor.course.states) == {"maker.weight", "maker.bias", "judge.weight", "judge.bias"}
    assert set(monitor.course.states.values()) <= {"moving", "leaping"}


# ---------------------------------------------------------------- validation


def a_watched_loop(line, monitor, criterion):
    for x in monitor.watch([5.0, 7.0], model=line.model):
        loss = line.torch.tensor(x)  # noqa: F841


def a_loop_with_a_criterion(line, monitor, criterion):
    for x in monitor.watch([5.0, 7.0], model=line.model, criterion=criterion):
        with line.torch.no_grad():
            criterion(line.torch.tensor(x) ** 0.5, line.torch.tensor(0.0))


def losses_that_are_recorded(line, monitor, criterion):
    monitor.record(5.0)
    monitor.record(line.torch.tensor(7.0))


def a_criterion_that_is_heard(line, monitor, criterion):
    for x in (5.0, 7.0):
        criterion(line.torch.tensor(x) ** 0.5, line.torch.tensor(0.0))


@pytest.mark.parametrize("inside", [True, False], ids=["within an epoch", "between epochs"])
@pytest.mark.parametrize("mode", ["no_grad", "eval"])
@pytest.mark.parametrize(
    "way", [a_watched_loop, a_loop_with_a_criterion, losses_that_are_recorded, a_criterion_that_is_heard]
)
def test_validation_is_told_apart(torch, way, mode, inside):
    line, monitor, criterion = Line(torch), TrainingMonitor(), torch.nn.MSELoss()
    if way is a_criterion_that_is_heard and (mode == "eval" or not inside):
        return  # nobody listens between epochs

    def validate():
        if mode == "eval":
            line.model.eval()
        with torch.no_grad() if mode == "no_grad" else torch.enable_grad():
            way(line, monitor, criterion)
        line.model.train()

    for _ in range(2):
        for x in line.watch(monitor, epochs=2, criterion=criterion):
            line.optimizer.zero_grad()
            cost = criterion(line.model(torch.tensor([[x]])), torch.tensor([[3 * x]]))
            cost.backward()
            line.optimizer.step()
            if inside and x == 2:
                validate()
        if not inside:
            validate()
    history = monitor.history
    ends = [2, 6] if inside and way is not a_criterion_that_is_heard else [4, 8]
    ends = [1, 5] if inside else ends  # the batch in which it happens is not over
    assert (history["validation_at"], history["validation_loss"]) == (ends, pytest.approx([6, 6]))
    assert len(history["loss"]) == 8 and None not in history["loss"]
    assert monitor.describe().endswith(", in validation from 6 to 6.") or "least 6" in monitor.describe()


def test_a_validation_loss_is_judged_apart(torch):
    line, monitor = Line(torch), TrainingMonitor()
    for cost in (4.0, 1.0, math.nan):
        for x in line.watch(monitor, epochs=3):
            loss = line.batch(x)  # noqa: F841
        with torch.no_grad():
            assert monitor.record(cost)
    assert monitor.alarmed == "" and monitor.notes() == ["The validation loss is nan."]
    assert "in validation from 4 to nan, least 1 after batch 8." in monitor.describe()
    json.dumps(monitor.history, allow_nan=False)


def test_a_validation_may_come_first_and_of_another_model(torch):
    line, other, monitor = Line(torch), torch.nn.Linear(1, 1), TrainingMonitor()
    other.eval()
    for x in monitor.watch([2.0, 4.0], model=other):
        loss = torch.tensor(x)
    assert monitor.describe() == "Not trained yet, in validation from 3 to 3."
    for x in line.watch(monitor):
        loss = line.batch(x)
        monitor.record(loss)
    assert None not in monitor.history["loss"] and monitor.history["validation_at"] == [0]


def test_a_model_that_is_trained_in_eval_mode_is_trained(torch):
    line, monitor = Line(torch), TrainingMonitor()
    line.model.eval()
    for x in line.watch(monitor):
        loss = line.batch(x)  # noqa: F841
    assert None not in monitor.history["loss"] and monitor.history["validation_at"] == []


def test_one_loop_at_a_time():
    monitor = TrainingMonitor()
    with pytest.raises(RuntimeError, match="watching a loop already"):
        for _ in monitor.watch(LOADER):
            for _ in monitor.watch(LOADER):
                pass
    assert monitor.state == "ended"
    assert list(monitor.watch(LOADER)) == LOADER


# ---------------------------------------------------------------- after an alarm


def roots(torch, alarm="stop", criterion=None):
    """A loop whose third batch meets the root of 0; returns the monitor and the model."""
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.Linear(2, 1))
    optimizer, monitor = torch.optim.SGD(model.parameters(), lr=0.01), TrainingMonitor(alarm=alarm)
    for x in monitor.watch(
        [torch.full((1, 1), each) for each in (1.0, 2.0, 3.0)], model=model, optimizer=optimizer
    ):
        optimizer.zero_grad()
        loss = rooted(model, x)
        loss.backward()
        optimizer.step()
    return monitor, model


def rooted(model, x):
    return (model(x) * (x - 3)).square().sqrt().sum()


def test_the_batch_of_the_alarm_is_run_once_more_on_copies(torch):
    monitor, model = roots(torch)
    before = [p.tolist() for p in model.parameters()] + [p.grad.tolist() for p in model.parameters()]
    report = monitor.diagnose(rooted)
    assert report.findings[0].why.startswith("The derivative of sqrt at") and report.findings[0].where.line
    after = [p.tolist() for p in model.parameters()] + [p.grad.tolist() for p in model.parameters()]
    assert str(after) == str(before) and report.notes == []
    assert "diagnose() runs that batch once more" in monitor.describe()


def test_what_a_run_once_more_cannot_know_is_said(torch):
    run = roots(torch, alarm="go on")  # which holds the model
    assert "The step of that batch was made" in " ".join(run[0].diagnose(rooted).notes)
    run = roots(torch)
    monitor = run[0]
    assert "what was random" in " ".join(monitor.diagnose(lambda model, x: model(x).sum()).notes)
    with pytest.raises(TypeError, match="how the loss is computed is not known"):
        monitor.diagnose()
    with pytest.raises(RuntimeError, match="after an alarm"):
        TrainingMonitor().diagnose()
    monitor = roots(torch)[0]
    gc.collect()
    with pytest.raises(RuntimeError, match="the model, which is gone"):
        monitor.diagnose(rooted)


def broken_batch(torch):
    """A monitor that has seen a target that is infinite; and the model, which it does not keep."""
    model, criterion = torch.nn.Linear(2, 1), torch.nn.MSELoss()
    data = [(torch.ones(4, 2), torch.ones(4, 1)), (torch.ones(4, 2), torch.ones(4, 1) * float("inf"))]
    optimizer, monitor = torch.optim.SGD(model.parameters(), lr=0.1), TrainingMonitor()
    for x, y in monitor.watch(data, model=model, optimizer=optimizer, criterion=criterion):
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
    return monitor, model


def test_the_loss_of_the_loop_is_found_in_its_variables(torch):
    """Where it is one of the library's, and not where it is a function."""

    class Odd:
        __module__ = 5

    def trained(*losses):
        odd = Odd()  # whose type tells nonsense
        model, data = torch.nn.Linear(2, 1), [(torch.ones(4, 2), torch.ones(4, 1) * float("inf"))]
        optimizer, monitor = torch.optim.SGD(model.parameters(), lr=0.1), TrainingMonitor()
        criterion = losses[0] if losses else torch.nn.functional.mse_loss
        for x, y in monitor.watch(data, model=model, optimizer=optimizer):
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        return monitor, model, odd

    monitor, model, _ = trained(torch.nn.MSELoss())
    report = monitor.diagnose()
    assert report.findings[0].kind == "not finite" and model is not None
    assert "computed anew as criterion(model(inputs), targets)" in " ".join(report.notes)
    monitor, model, _ = trained()
    assert "It has to be told how the loss is computed" in monitor.describe()
    with pytest.raises(TypeError, match="how the loss is computed is not known"):
        monitor.diagnose()


def test_a_view_that_asks_for_the_batch_once_more_gets_the_report_where_there_can_be_one(torch):
    def offered(monitor):
        return json.loads(monitor.live)["again"]

    monitor, model = broken_batch(torch)
    assert offered(monitor) and monitor.report == {}
    monitor._handle_custom_msg({"do": "look again"}, [])
    assert monitor.report == {"model": monitor._shown.model_id}
    assert monitor._shown.findings[0].kind == "not finite"
    monitor._handle_custom_msg({"do": "close"}, [])
    assert monitor.report == {}
    assert not offered(TrainingMonitor())
    assert model is not None
    monitor._models = [lambda: None]  # it is gone
    monitor._handle_custom_msg({"do": "look again"}, [])
    assert monitor.report["said"].startswith("It cannot be run once more: diagnose() needs the model")
    assert not offered(roots(torch)[0])  # no criterion is known


# ---------------------------------------------------------------- models of many parameters


def deep(wrong=()):
    """A monitor of ten blocks of four parameters each, one sample; of some the gradient is 0."""
    monitor = TrainingMonitor()
    monitor.course.add(1.0)
    names = [
        f"net.{block}.{layer}.{part}" for block in range(10) for layer in "ab" for part in ("weight", "bias")
    ]
    monitor.course.add_sample({name: (0.0, 0.1, "gradient is zero") if name in wrong else
                               (10.0 ** int(name[4]), 0.01, "moving") for name in names}, [0.1])  # fmt: skip
    return monitor


def test_rows_that_matter_come_first_and_the_others_by_module():
    rows = deep(wrong=["net.7.b.bias"]).content()["parameters"]
    outer = [(row["name"], row["members"], row["state"]) for row in rows if not row["group"]]
    assert outer[0] == ("net.7.b.bias", 0, "gradient is zero")
    assert outer[1:3] == [("net.0.a", 2, "moving"), ("net.0.b", 2, "moving")]
    assert outer[16] == ("net.7.b", 2, "gradient is zero (1 of 2)") and len(outer) == 21
    assert sum(row["group"] == "net.3.a" for row in rows) == 2
    assert rows[1]["norm"] == "1.41" and rows[1]["ratio"] == "≤ 0.01"


def test_the_size_of_gradients_is_drawn_over_depth():
    monitor = deep()
    sizes = monitor.content()["depth"]["sizes"]
    assert [name for name, *_ in sizes][:3] == ["net.0.a", "net.0.b", "net.1.a"] and len(sizes) == 20
    assert sizes[-1] == ["net.9.b", pytest.approx(2**0.5 * 1e9), "1.41e9"]
    assert "size of the gradient" in monitor.svg()
    assert trained(autograd_core).content()["depth"]["sizes"] == []  # of two parameters a table says it


# ---------------------------------------------------------------- what is missing in a loop


def without(torch, line_left_out):
    line, monitor = Line(torch, lr=0.001), TrainingMonitor(every=3)
    for x in line.watch(monitor, LOADER * 3):
        if line_left_out != "zero_grad":
            line.optimizer.zero_grad()
        loss = (line.model(torch.tensor([[x]])) ** 2).sum()
        if line_left_out != "backward":
            loss.backward()
        if line_left_out != "step":
            line.optimizer.step()
    return monitor


def test_a_complete_loop_has_no_remarks(torch):
    monitor = without(torch, None)
    assert monitor.notes() == []
    assert set(monitor.course.states.values()) <= {"moving", "leaping"}


def test_a_loop_without_zero_grad(torch):
    assert "zero_grad() called?" in without(torch, "zero_grad").describe()


def test_a_loop_without_backward(torch):
    monitor = without(torch, "backward")
    assert "was backward() called?" in monitor.describe()
    assert set(monitor.course.states.values()) == {"no gradient"}


def test_a_loop_without_step(torch):
    monitor = without(torch, "step")
    assert "optimizer.step() was not called" in monitor.describe()
    assert set(monitor.course.states.values()) == {"did not move"}


def test_adding_up_several_batches_on_purpose_is_no_mistake(torch):
    line, monitor = Line(torch), TrainingMonitor(every=1)
    for i, x in enumerate(line.watch(monitor, LOADER * 3)):
        loss = (line.model(torch.tensor([[x]])) ** 2).sum()
        loss.backward()
        if i % 3 == 2:
            line.optimizer.step()
            line.optimizer.zero_grad()
    assert monitor.notes() == []


# ---------------------------------------------------------------- what it says


def test_what_it_says_while_it_runs_and_afterwards():
    monitor = TrainingMonitor()
    assert monitor.describe().startswith("Nothing to see yet")
    for epoch in range(2):
        for x in monitor.watch(LOADER, epochs=2):
            loss = 2.0 / (epoch + x)  # noqa: F841
            assert monitor.describe() == f"Running: epoch {epoch + 1} of 2."
    assert monitor.describe().startswith("Finished 8 batches in 2 epochs: the loss went from 2 to 0.4,")


def test_a_finished_run_can_be_followed_by_another_one():
    monitor = TrainingMonitor()
    for _ in range(4):
        for x in monitor.watch(LOADER, epochs=2):
            loss = x  # noqa: F841
    assert monitor.describe().startswith("Finished 8 batches in 2 epochs")
    assert len(monitor.history["loss"]) == 16


def test_the_words_about_the_loss_are_of_the_run_whose_batches_are_counted():
    monitor = TrainingMonitor()
    for first in (64.0, 8.0):
        for x in monitor.watch(LOADER, epochs=1):
            loss = first / x  # noqa: F841
    assert monitor.describe().startswith("Finished 4 batches in 1 epoch: the loss went from 8 to 2,")


def test_more_epochs_than_said_go_on_without_an_end():
    monitor = TrainingMonitor()
    watched = monitor.watch(LOADER, epochs=2)
    for epoch in range(4):
        for x in watched:
            loss = 8.0 / (epoch + x)  # noqa: F841
    assert monitor.describe().startswith("Finished 16 batches in 4 epochs: the loss went from 8 to 1.14,")


def test_the_clock_starts_with_the_loop_not_with_the_monitor(monkeypatch):
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    line, monitor = Line(autograd_core), TrainingMonitor()
    now = 3600.0  # a learner reads on for an hour
    words = []
    for x in line.watch(monitor):
        loss = line.batch(x)  # noqa: F841
        now += 2.0
        words.append(monitor.content()["progress"]["words"])
    assert words[-1] == "batch 3 of 4 · epoch 1 · 3 s left"


def test_no_batch_is_kept_alive_when_the_loop_has_let_go_of_it(torch):
    line, monitor, losses = Line(torch), TrainingMonitor(), []
    for x in line.watch(monitor):
        assert not losses or losses[-1]() is not None  # the loop's own variable
        loss = line.batch(x)
        assert not losses or losses[-1]() is None
        losses.append(weakref.ref(loss))
    assert len(losses) == 4


def test_what_the_loop_holds_by_locals_stays_its_own(torch):
    line, monitor = Line(torch), TrainingMonitor()
    for x in line.watch(monitor):
        loss = line.batch(x)
        mine = locals()
    assert mine["loss"] is loss and mine["line"] is line


def test_beyond_the_last_epoch_there_is_no_time_left_to_tell():
    monitor, words = TrainingMonitor(), []
    watched = monitor.watch(LOADER, epochs=2)
    for _ in range(3):
        for x in watched:
            loss = x  # noqa: F841
            words.append((monitor.describe(), monitor.content()["progress"]["words"]))
    assert words[7][0] == "Running: epoch 2 of 2." and words[7][1].endswith(" left")
    assert words[8:] == [("Running: epoch 3.", f"batch {batch} of 4 · epoch 3") for batch in range(4)]


def test_a_loader_without_length_has_no_end_to_tell():
    monitor = TrainingMonitor()
    for x in monitor.watch(iter(LOADER)):
        if x == 3:
            monitor.stop()
            loss = x  # noqa: F841
    assert monitor.describe().startswith("Stopped after 3 batches")
    assert monitor.content()["progress"]["part"] is None


def test_same_run_same_picture_and_same_text(torch):
    first, second = trained(torch), trained(torch)
    assert first.svg() == second.svg() and first.text() == second.text()
    for text in (first.svg(), first.text()):
        assert " s left" not in text and "0x" not in text


def test_no_digit_beyond_the_third_is_shown(torch):
    """So that a machine which adds in another order shows the same."""
    text = trained(torch).text()
    for found in re.findall(r"\d+\.\d+", text):
        assert len(found.replace(".", "").lstrip("0")) <= 4, found


def test_the_picture_has_its_sentence_and_all_parameters(torch):
    monitor = trained(torch)
    tree = ElementTree.fromstring(monitor.svg())
    assert tree.find("{http://www.w3.org/2000/svg}desc").text == monitor.describe()
    texts = [each.text for each in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"self.model.weight", "self.model.bias", *monitor.course.states.values()} <= set(texts)


def test_names_are_only_text():
    w = autograd_core.tensor(1.0, requires_grad=True)
    optimizer = autograd_core.optim.SGD([w], lr=0.1)

    class Model:
        def named_parameters(self):
            yield HOSTILE, w

    monitor = TrainingMonitor()
    for _ in monitor.watch(LOADER, model=Model(), optimizer=optimizer):
        loss = w**2
        loss.backward()
        optimizer.step()
    assert HOSTILE in monitor.text()
    assert "<img" not in monitor.svg() and "<img src=x" not in monitor.page()


def test_a_hundred_parameters_and_many_batches_stay_small():
    monitor = TrainingMonitor(every=1)
    for i in range(3000):
        monitor.course.add(1.0 + i % 7)
        monitor.course.add_sample({f"layer {k}.weight": (1.0, 0.1, "moving") for k in range(100)}, [0.1])
    assert len(monitor.content()["curve"]) <= 300
    assert 10_000 < len(monitor.page_state()["live"]) < 150_000
    assert "and 88 more" in monitor.svg()


def test_thinning_keeps_every_peak():
    monitor = TrainingMonitor()
    for i in range(10_000):
        monitor.course.add(100.0 if i == 4321 else 1.0)
    assert max(point[2] for point in monitor.course.curve()) == 100.0
    assert monitor.course.curve()[-1][0] == 10_000


def test_history_goes_to_a_file(torch, tmp_path):
    monitor = trained(torch)
    stored = json.loads(monitor.to_json(tmp_path / "run.json").read_text())
    assert stored == {key: monitor.history[key] for key in stored}
    assert stored["epoch_ends"] == [4, 8]


def test_the_page_holds_the_run(torch, tmp_path):
    monitor = trained(torch)
    page = monitor.to_html(tmp_path / "run.html").read_text()
    state = json.loads(re.search(r'"application/json">(.*?)</script>', page)[1])
    assert json.loads(state["live"])["sentence"] == monitor.describe()


# ---------------------------------------------------------------- what it refuses


def test_errors_say_what_to_do(torch):
    line, monitor = Line(torch), TrainingMonitor()
    other = torch.nn.Linear(2, 2)
    cases = [
        (ValueError, "loader is empty", lambda: monitor.watch([])),
        (TypeError, "needs a loader", lambda: monitor.watch(3)),
        (ValueError, "no parameters", lambda: monitor.watch(LOADER, model=torch.nn.ReLU())),
        (TypeError, "model should be a module", lambda: monitor.watch(LOADER, model=3)),
        (TypeError, "optimizer should be", lambda: monitor.watch(LOADER, optimizer=0.1)),
        (ValueError, "none of this model's", lambda: monitor.watch(LOADER, model=other, optimizer=line.optimizer)),
        (TypeError, "loss should be a function", lambda: monitor.watch(LOADER, loss=0.5)),
        (TypeError, "criterion should be a module", lambda: monitor.watch(LOADER, criterion=max)),
        (ValueError, "epochs must be", lambda: monitor.watch(LOADER, epochs=0)),
        (ValueError, "alarm must be", lambda: TrainingMonitor(alarm="bell")),
        (ValueError, "every must be", lambda: TrainingMonitor(every=0)),
        (ValueError, "smoothing must be", lambda: TrainingMonitor(smoothing=1)),
        (TypeError, "one element, not of shape", lambda: monitor.record(torch.tensor([1.0, 2.0]))),
    ]  # fmt: skip
    for kind, words, act in cases:
        with pytest.raises(kind, match=words):
            act()


def test_a_step_of_more_than_a_tenth_of_a_weight_is_a_leap(torch):
    states = {}
    for lr in (0.009, 0.011):  # the gradient is 10: a step of 0.09 or 0.11 of the weight
        w = torch.ones(3).requires_grad_()
        optimizer, monitor = torch.optim.SGD([w], lr=lr), TrainingMonitor()
        for _ in monitor.watch([1], optimizer=optimizer):
            loss = 10 * w.sum()
            loss.backward()
            optimizer.step()
        states[lr] = list(monitor.course.states.values())
        assert ('d="M0 -8L4 -1L-4 -1Z"' in monitor.svg()) == (lr > 0.01)
    assert states == {0.009: ["moving"], 0.011: ["leaping"]}


def test_a_loss_that_has_grown_a_lot_is_told_though_it_is_a_number(torch):
    grown = "The loss has grown: is the learning rate too large?"
    for lr, told in ((0.01, False), (1e6, True)):
        line, monitor = Line(torch, lr=lr), TrainingMonitor()
        for x in line.watch(monitor, loader=[1.0, 1.0]):
            loss = line.batch(x)  # noqa: F841
        assert (grown in monitor.describe()) is told and monitor.history["alarm"] is None


LAZY = {
    "model=": lambda lazy, x, optimizer: TrainingMonitor().watch([x], model=lazy),
    "optimizer=": lambda lazy, x, optimizer: TrainingMonitor().watch([x], optimizer=optimizer),
    "GradientCheck": lambda lazy, x, optimizer: GradientCheck(lazy, [x]),
    "verify": lambda lazy, x, optimizer: verify(lazy, x),
}


@pytest.mark.parametrize("way", LAZY)
def test_of_a_lazy_layer_one_is_told_to_run_it_once(way):
    need_pytorch()
    lazy, x = pytorch.nn.Sequential(pytorch.nn.LazyLinear(1)), pytorch.ones(1, 3)
    optimizer = pytorch.optim.SGD(lazy.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"^lazy\.0\.weight has no numbers yet.*Run the model once"):
        LAZY[way](lazy, x, optimizer)
    lazy(x)
    assert LAZY[way](lazy, x, optimizer)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype, start, moved", [
    ("float16", 1.0, 0.25), ("float16", 300.0, 100.0), ("float16", 40000.0, 80000.0), ("float16", 2e-4, 1e-4),
    ("bfloat16", 1.0, 0.25), ("bfloat16", 1e30, 3e30), ("float32", 3e38, 6e38), ("float64", 1e200, 1e199),
])  # fmt: skip
def test_norms_are_those_of_wide_numbers(dtype, start, moved):
    need_pytorch()
    w = pytorch.full((4,), start, dtype=getattr(pytorch, dtype), requires_grad=True)
    monitor, optimizer = TrainingMonitor(every=1), pytorch.optim.SGD([w], lr=1.0)
    for _ in monitor.watch([1], optimizer=optimizer):
        (w * min(start, 300.0)).sum().backward()
        now = pytorch.full_like(w, start - moved)
        optimizer.step()
        w.data = now
    history = monitor.history
    assert history["gradient_norm"]["w"] == pytest.approx([2 * min(start, 300.0)], rel=1e-2)
    assert history["update_ratio"]["w"] == pytest.approx([moved / start], rel=2e-2)


def test_a_parameter_that_takes_another_shape_has_no_ratio(torch):
    line, monitor = Line(torch), TrainingMonitor(every=1)
    for x in line.watch(monitor):
        if x == 2:
            line.model.weight.data = torch.ones(3, 1)
            line.model.bias.data = torch.zeros(3)
            line.optimizer.zero_grad()
        loss = line.batch(x)  # noqa: F841
    assert [each is None for each in monitor.history["update_ratio"]["self.model.weight"]] == [
        False, True, False, False]  # fmt: skip


def test_a_frozen_parameter_is_told_apart(torch):
    line, monitor = Line(torch), TrainingMonitor()
    optimizer = torch.optim.SGD([line.model.weight], lr=0.001)
    for x in monitor.watch(LOADER, model=line.model, optimizer=optimizer):
        optimizer.zero_grad()
        loss = (line.model(torch.tensor([[x]])) ** 2).sum()
        loss.backward()
        optimizer.step()
    assert monitor.course.states == {"weight": "moving", "bias": "not in the optimizer"}


# ---------------------------------------------------------------- outside Jupyter


def test_outside_jupyter_a_progress_bar_tells_the_loss(capsys):
    monitor = TrainingMonitor()
    for x in monitor.watch(LOADER):
        loss = x  # noqa: F841
    told = capsys.readouterr().err
    assert "4/4" in told and "loss=" in told


class Loader:
    """Two batches, and a length of one's own."""

    def __init__(self, length):
        self.length = length

    def __iter__(self):
        return iter([1.0, 2.0])

    def __len__(self):
        if isinstance(self.length, Exception):
            raise self.length
        return self.length


@pytest.mark.parametrize("length", [-3, "two", 2**62, 2**70, 1, RuntimeError("unknown"), None])
def test_a_loader_may_be_wrong_about_its_length(length):
    monitor = TrainingMonitor()
    for loss in monitor.watch(Loader(length)):
        pass
    assert monitor.describe().startswith("Finished 2 batches in 1 epoch: the loss went from 1 to 2")
    monitor.svg()


@pytest.mark.parametrize("losses", [
    [1e308, 1e308, -1e308], [5e-324] * 3, [0.0, 5e-324], [-1e308, 1e308], [2**70, 1], [True, False],
    [float("nan"), 1.0], [1.0, float("inf")], [-float("inf")], [Decimal("1e999")], [Fraction(1, 3)],
    [None, None], [1.0, None, 2.0],
], ids=str)  # fmt: skip
def test_losses_of_any_size_are_shown(losses):
    monitor = TrainingMonitor(alarm="go on")
    for loss in monitor.watch(losses):
        pass
    assert monitor.describe() and monitor.text()
    ElementTree.fromstring(monitor.svg())
    json.loads(monitor.live, parse_constant=pytest.fail)
    json.dumps(monitor.history, allow_nan=False)
    assert not re.search(r' d="[^"]*(nan|inf)', monitor.svg())


@pytest.mark.parametrize("loss", ["a", 1j, [1.0], 10**400, Decimal("sNaN"), {}], ids=repr)
def test_a_loss_that_is_none_is_told_so(loss):
    with pytest.raises(TypeError, match="the loss should be a number or a tensor with one element"):
        TrainingMonitor().record(loss)


@pytest.mark.parametrize("options", [
    {"every": 0}, {"every": True}, {"every": 1.5}, {"every": "3"}, {"every": None}, {"smoothing": 1},
    {"smoothing": -1}, {"smoothing": "a"}, {"smoothing": None}, {"smoothing": float("nan")},
    {"alarm": "x"}, {"alarm": None}, {"alarm": ["stop"]},
], ids=str)  # fmt: skip
def test_options_of_another_kind_are_told_so(options):
    ((name, _),) = options.items()
    with pytest.raises((TypeError, ValueError), match=f"{name} must be "):
        TrainingMonitor(**options)


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True, "3"])
def test_epochs_are_a_number(epochs):
    with pytest.raises((TypeError, ValueError), match="epochs must be .*from 1 on"):
        TrainingMonitor().watch([1], epochs=epochs)


def test_whole_numbers_of_numpy_are_numbers():
    monitor = TrainingMonitor(every=np.int64(3))
    for loss in monitor.watch([1.0], epochs=np.int8(1)):
        pass
    assert monitor.state == "finished"


@pytest.mark.parametrize("message", [None, [], 3, "do", {}, {"do": None}, {"do": ["stop"]}, {"do": "fly"}])
def test_a_message_that_is_none_of_ours_changes_nothing(message):
    monitor, seen = TrainingMonitor(), 0
    for loss in monitor.watch([1.0, 2.0]):
        monitor._handle_custom_msg(message, [])
        seen += 1
    assert seen == 2 and monitor.state == "finished"
