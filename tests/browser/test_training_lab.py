"""The training monitor in JupyterLab and Notebook 7: live while a cell runs, paused, stopped."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab import Shown
from tests.exhaustive import some_of

PATIENCE = 15_000  # milliseconds: the kernel works while we look

SETUP = """\
import time
import autograd_core as torch
from widgets import TrainingMonitor
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
x = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
y = torch.tensor([[1.0], [1.0], [0.0], [0.0]])
factors = {}  # what the loss of a batch is multiplied by
monitor = TrainingMonitor(every=5)
train_loader = monitor.watch([(x, y)] * 100, model=model, optimizer=optimizer, epochs=9)"""
LOOP = """\
done = 0
for epoch in range(9):
    for i, data in enumerate(train_loader):
        time.sleep(0.02)
        inputs, labels = data
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = ((outputs - labels) ** 2).mean() * factors.get(i, 1.0)
        loss.backward()
        optimizer.step()
        done += 1"""


class Training(Shown):
    """A notebook with a monitor in its first cell and a loop of 18 seconds in its second."""

    kind = "training"

    def __init__(self, server, page, where="lab", setup=SETUP):
        super().__init__(server, page, setup + "\nmonitor", LOOP, "monitor", where=where)

    def start(self):
        """Show the monitor; the loop is for each test to run."""
        self.run_cell(0)
        self.view.wait_for(timeout=4 * PATIENCE)

    def run_cell(self, index):
        """Begin to run one cell, without waiting for its end."""
        self.page.evaluate(
            """(index) => {
              jupyterapp.shell.currentWidget.content.activeCellIndex = index;
              void jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )

    def begin(self):
        """Run the loop, and wait until it is seen to run."""
        self.lesson.ask("monitor.resume()")
        self.run_cell(1)
        self.expect_state("running")
        expect(self.view.locator(".ag-words")).to_contain_text("left", timeout=PATIENCE)

    def expect_state(self, state):
        expect(self.view).to_have_attribute("data-state", state, timeout=PATIENCE)

    def button(self, name):
        return self.view.get_by_role("button", name=name, exact=True)

    def stop(self):
        self.button("Stop").click()
        self.expect_state("stopped")

    def said(self):
        return self.view.get_by_role("status").inner_text()


@pytest.fixture(scope="module")
def shown(server, shared_lab_page):
    return Training(server, shared_lab_page)


@pytest.fixture
def training(shown):
    """The module's monitor, its loop at an end, in the light theme."""
    return shown.in_light()


def test_pause_resume_and_stop_reach_the_loop_while_its_cell_runs(training, photograph):
    training.begin()
    photograph(training.view, "training-lab-live")
    training.button("Pause").click()
    training.expect_state("paused")
    before = training.view.inner_text()
    assert "Paused after" in before
    training.page.wait_for_timeout(400)  # twenty batches, if it went on
    assert training.view.inner_text() == before
    training.button("Resume").click()
    training.expect_state("running")
    training.stop()
    told = training.lesson.ask("print(done, monitor.describe(), sep='|')")  # the kernel is free
    done, sentence = told.split("|")
    assert int(done) < 900 and sentence.startswith(f"Stopped after {done} of 900 batches: ")
    training.expect_in_kernel("monitor.describe()", training.said)


def test_space_pauses_and_the_notebook_keeps_its_cells(training):
    before = training.lesson.cells()
    training.begin()
    training.button("Stop").focus()
    training.page.keyboard.press("Escape")
    expect(training.button("Pause")).to_be_focused()
    training.page.keyboard.press("Space")
    training.expect_state("paused")
    for key in ("a", "d", "d", "x", "ArrowDown"):
        training.page.keyboard.press(key)
    expect(training.button("Stop")).to_be_focused()
    training.page.keyboard.press("Enter")
    training.expect_state("stopped")
    assert training.lesson.cells() == before


def test_an_interrupted_kernel_leaves_the_monitor_in_order(training):
    training.begin()
    training.lesson.command("notebook:interrupt-kernel")
    training.expect_state("interrupted")
    assert training.said().startswith("Interrupted after ")
    training.expect_in_kernel("monitor.describe()", training.said)
    assert training.lesson.ask("print(len(optimizer._pre_hooks))") == "0"
    training.begin()
    training.stop()


def test_an_error_in_the_loop_is_told(training):
    training.lesson.ask("factors[8] = 'eight'")
    training.lesson.ask("monitor.resume()")
    training.run_cell(1)
    training.expect_state("failed")
    assert training.said().startswith("Ended by TypeError after 8 of 900 batches")
    training.lesson.ask("factors.clear()")


def test_the_alarm_names_the_parameter_and_stops(training, photograph):
    training.lesson.ask("import copy; good = copy.deepcopy(model.state_dict()); factors[20] = float('nan')")
    training.lesson.ask("monitor.resume()")
    training.run_cell(1)
    training.expect_state("stopped")
    assert "the loss is nan and the gradient of model.0.weight is nan" in training.said()
    row = training.view.get_by_role("row").filter(has_text="model.0.weight")
    expect(row).to_contain_text("nan")
    for theme in ("Dark", "Light"):
        training.lesson.theme(theme)
        photograph(training.view, f"training-lab-alarm-{theme.lower()}")
    assert violations(training.page, ".ag-training") == []
    training.lesson.ask("factors.clear(); model.load_state_dict(good)")


AGAIN = """\
import autograd_core as torch
from widgets import TrainingMonitor
torch.manual_seed(0)
model, criterion = torch.nn.Linear(2, 1), torch.nn.MSELoss()
with torch.no_grad():
    model.weight.mul_(0), model.bias.mul_(0)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
data = [(torch.ones(4, 2), torch.ones(4, 1))] * 2 + [(torch.ones(4, 2), torch.ones(4, 1) * float("inf"))]
again = TrainingMonitor()
for x, y in again.watch(data, model=model, optimizer=optimizer, criterion=criterion):
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
again"""


class Again(Shown):
    kind = "training"


def test_the_alarm_has_a_button_that_looks_at_its_batch_once_more(server, page, photograph):
    shown = Again(server, page, AGAIN, "again")
    opener = shown.view.get_by_role("button", name="Look at this batch once more")
    opener.focus()
    shown.press("Enter")
    report = shown.view.locator(".ag-diagnose[data-ready]")
    expect(report).to_contain_text("holds inf before anything is computed", timeout=PATIENCE)
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert violations(page, ".ag-training") == []
    photograph(shown.view, "training-lab-once-more")
    shown.press("Enter")
    expect(report).to_have_count(0)
    expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.exhaustive
def test_a_page_that_is_reloaded_during_a_pause_and_a_second_view(training):
    training.begin()
    training.button("Pause").click()
    training.expect_state("paused")
    training.lesson.command("docmanager:save")
    training.page.reload()
    # JupyterLab itself finds widgets again only when the kernel is free.
    training.page.wait_for_function("jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel")
    training.lesson.command("notebook:interrupt-kernel")
    training.lesson.wait()
    training.expect_state("interrupted")
    training.run_cell(2)
    views = training.page.locator(".ag-training[data-ready]")
    expect(views).to_have_count(2)
    training.run_cell(1)
    for view in views.all():
        expect(view).to_have_attribute("data-state", "running", timeout=PATIENCE)
    views.nth(1).get_by_role("button", name="Stop").click()
    for view in views.all():
        expect(view).to_have_attribute("data-state", "stopped", timeout=PATIENCE)
    assert views.nth(0).inner_text() == views.nth(1).inner_text()


@pytest.mark.exhaustive
def test_a_pytorch_model_in_notebook_7(server, page, photograph):
    setup = SETUP.replace("import autograd_core as torch", "import torch")
    training = Training(server, page, where="notebook", setup=setup)
    training.begin()
    row = training.view.get_by_role("row").filter(has_text="model.2.bias")
    expect(row).to_contain_text("moving", timeout=PATIENCE)  # the first step is a leap
    training.button("Pause").click()
    training.expect_state("paused")
    photograph(page, "training-notebook-7")
    training.stop()
    training.expect_in_kernel("monitor.describe()", training.said)


@pytest.mark.exhaustive
def test_a_monitor_nobody_showed_appears_with_the_loop_and_says_when_the_kernel_is_deaf(server, page):
    deaf = "\nmonitor.comm._reply_subshell_for = lambda data, default: None"  # as without subshells
    lesson = server.open(page, server.write("appears.ipynb", SETUP + deaf, LOOP))
    page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")
    view = page.locator(".ag-training[data-ready]")
    expect(view).to_have_attribute("data-state", "running", timeout=PATIENCE)
    view.get_by_role("button", name="Stop").click()
    expect(view.locator(".ag-words")).to_contain_text("Interrupt it", timeout=PATIENCE)
    lesson.command("notebook:interrupt-kernel")
    expect(view).to_have_attribute("data-state", "interrupted", timeout=PATIENCE)
    assert 0 < int(lesson.ask("print(done)")) < 900


@pytest.mark.exhaustive
@pytest.mark.parametrize("where", some_of(["lab", "notebook"]))
def test_a_restarted_kernel_ends_the_run(server, page, photograph, where):
    training = Training(server, page, where=where)
    training.begin()
    page.evaluate("() => void jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    training.expect_state("gone")
    assert training.said() == "The kernel was restarted: this run is over."
    expect(training.view.locator(".ag-words")).to_contain_text("batch")
    expect(training.view.locator(".ag-words")).not_to_contain_text("left")
    for name in ("Pause", "Stop"):
        expect(training.button(name)).to_have_attribute("aria-disabled", "true")
    photograph(training.view, f"training-gone-{where}")


@pytest.mark.exhaustive
def test_a_kernel_that_died_ends_a_paused_run(server, page):
    training = Training(server, page)
    process = int(training.lesson.ask("import os; print(os.getpid())"))
    training.begin()
    training.button("Pause").click()
    training.expect_state("paused")
    os.kill(process, signal.SIGKILL)
    training.expect_state("gone")
    assert training.said() == "The kernel was restarted: this run is over."
