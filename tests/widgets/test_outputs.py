"""What is kept of a widget: nothing, once its cell has run again and no variable holds it."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import widgets
from tests.exhaustive import one_in
from tests.oracle import need_pytorch
from tests.widgets.kernel import ROOT, Kernel
from widgets.base import Widget

SETUP = """
import gc, sys, weakref
from types import SimpleNamespace
import ipywidgets
from IPython.display import display
import autograd_core as torch  # or PyTorch itself
from widgets import *
from widgets.base import Widget

class Thing:
    "What a widget looks at; `looked_at` tells how many of them there still are."
    seen = weakref.WeakSet()
    def __init__(self):
        Thing.seen.add(self)
        self.weight = torch.tensor([[2.0, 0.5]] * 2, requires_grad=True)

def looked_at():
    gc.collect()
    return len(Thing.seen)

def alive(name=""):
    gc.collect()
    return sum(isinstance(each, Widget) and type(each).__name__.startswith(name)
               for each in gc.get_objects() if type(each) is not weakref.ProxyType)

def ours():
    "How many objects of ours, and of the libraries that show them, there are."
    gc.collect()
    names = "widgets", "autograd_core", "ipywidgets", "anywidget", "comm", "ipykernel", "traitlets"
    return sum(str(type(each).__module__).partition(".")[0] in names for each in gc.get_objects())

def loop(monitor):
    model = torch.nn.Linear(2, 2)
    model.thing = SimpleNamespace(thing=Thing())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for x in monitor.watch([torch.ones(2)] * 4, model=model, optimizer=optimizer):
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
    return monitor

def Trace_example():
    from widgets.recorders.example import example
    return example()

def made():
    "A tensor that was computed from a thing."
    y = (Thing().weight * 3).sin().sum()
    return y

gc.collect()
gc.freeze()  # what is there by now need not be looked through each time
"""

# How each widget is made, as it looks at a thing.
WIDGETS = {
    "BackwardStepper": "BackwardStepper(made())",
    "GradientQuiz": "GradientQuiz(made())",
    "Predict": "Predict('held', 'What is it?', made)",
    "GradientCheck": "GradientCheck(lambda a, thing=Thing(): (a * thing.weight).sum(), [2.0])",
    "Descent": "Descent((lambda thing: lambda a: (a - thing.weight.data[0][0].item()) ** 2)(Thing()), 1.0)",
    "Nudge": "Nudge((lambda thing: lambda a: (a * thing.weight).sum())(Thing()), 2.0)",
    "TrainingMonitor": "loop(TrainingMonitor(show=False))",
    "Progress": "progress()",
    "Diagnosis": "diagnose(made())",
    "SetupView": "__import__('widgets.setup.widget').setup.widget.SetupView(check_setup())",
}


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run(SETUP)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def kernel_with_pytorch():
    need_pytorch()
    kernel = Kernel()
    kernel.run(SETUP.replace("import autograd_core as torch", "import torch"))
    yield kernel
    kernel.stop()


@pytest.fixture(params=WIDGETS)
def name(request):
    return request.param


@pytest.fixture
def cell(request):
    """The id of a cell that no other test has."""
    return request.node.name


def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_no_widget_is_left_out_here():
    for module in pkgutil.walk_packages(widgets.__path__, "widgets."):
        if not module.name.rpartition(".")[2].startswith("pytorch"):
            importlib.import_module(module.name)
    assert set(WIDGETS) == {each.__name__ for each in below(Widget) if each.__module__.startswith("widgets.")}


SHOWN = {
    "as the result": "{}",
    "as a result with a name": "w = {}\nw",
    "with display": "display({})",
    "twice": "w = {}\ndisplay(w)\nw",
    "with a name alone": "w = {}",
}


@one_in(4)
@pytest.mark.parametrize("how", SHOWN)
def test_a_cell_that_ran_again_keeps_the_last_widget_only(kernel, name, cell, how):
    code = SHOWN[how].format(WIDGETS[name])
    before = int(kernel.ask("alive()"))
    for _ in range(4):
        kernel.run(code, cell)
    assert int(kernel.ask("alive()")) == before + 1
    kernel.run("w = None", cell)
    assert int(kernel.ask("alive()")) == before


@one_in(3)
def test_a_cell_that_ran_again_keeps_no_object_of_its_former_runs(kernel, name, cell):
    counts = []
    for _ in range(6):
        kernel.run(WIDGETS[name], cell)
        counts.append(int(kernel.ask("ours()")))
    assert counts[2:] == counts[2:3] * 4  # the first runs fill caches
    kernel.run("pass", cell)
    assert int(kernel.ask("ours()")) < counts[2]


@one_in(4)
def test_nor_does_it_with_pytorch(kernel_with_pytorch, name, cell):
    test_a_cell_that_ran_again_keeps_no_object_of_its_former_runs(kernel_with_pytorch, name, cell)


def test_a_training_cell_that_ran_seven_times_keeps_one_model(kernel_with_pytorch, cell):
    kernel = kernel_with_pytorch
    code = """
    model = torch.nn.Linear(100, 100)
    optimizer = torch.optim.Adam(model.parameters())
    monitor = TrainingMonitor()
    train_loader = monitor.watch([torch.ones(100)] * 3, model=model, optimizer=optimizer)
    for x in train_loader:
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
    """
    count = (
        "sum(t.numel() >= 10_000 for t in gc.get_objects() if type(t) in (torch.Tensor, torch.nn.Parameter))"
    )
    for _ in range(7):
        kernel.run(code, cell)
    kernel.run("gc.collect()")
    assert kernel.ask(count) == "4"  # the weight, its gradient, and Adam's two averages
    kernel.run("del model, optimizer, loss, x")  # the loader and the monitor, shown, are still there
    kernel.run("gc.collect()")
    assert kernel.ask(count) == "0"


@pytest.mark.parametrize("name", ["GradientCheck", "BackwardStepper"])
def test_a_progress_bar_that_was_shown_leaves_nothing(kernel, name, cell):
    kernel.run(
        "from widgets import long_work as bar\nusual = bar.PATIENCE, bar.MANY\nbar.PATIENCE = bar.MANY = 0"
    )
    test_a_cell_that_ran_again_keeps_no_object_of_its_former_runs(kernel, name, cell)
    kernel.run("bar.PATIENCE, bar.MANY = usual")


def test_a_cell_that_fails_keeps_no_widget(kernel, name, cell):
    before = int(kernel.ask("alive()"))
    for _ in range(3):
        kernel.run(f"w = {WIDGETS[name]}\ndisplay(w)\n1 / 0", cell, raises=True)
    kernel.run("1 / 0", cell, raises=True)  # Python keeps the frames of the last error
    kernel.run("w = None", cell)
    assert int(kernel.ask("alive()")) == before


@pytest.mark.parametrize(
    "name", ["BackwardStepper", "GradientQuiz", "Predict", "GradientCheck", "TrainingMonitor"]
)
@pytest.mark.parametrize("library", ["kernel", "kernel_with_pytorch"])
def test_what_it_looked_at_is_let_go_even_while_it_is_shown(request, library, name, cell):
    kernel = request.getfixturevalue(library)
    before = int(kernel.ask("looked_at()"))
    kernel.run(f"w = {WIDGETS[name]}\nw", cell)
    assert int(kernel.ask("looked_at()")) == before
    kernel.run("w = None", cell)


def test_descent_lets_go_of_its_function_when_its_cell_ran_again(kernel, cell):
    before = int(kernel.ask("looked_at()"))
    kernel.run(WIDGETS["Descent"], cell)
    assert int(kernel.ask("looked_at()")) == before + 1  # which it still asks
    kernel.run("pass", cell)
    assert int(kernel.ask("looked_at()")) == before


RESULTS = {
    "check": "check(lambda a: a * 0 + thing.weight.data[0][0].item(), lambda a: a * thing.weight.data[0][0].item(), 2.0)",
    "verify": "verify(lambda a: a * thing.weight[0, 0].item(), 2.0)",
    "make_dot": "make_dot((thing.weight * 2).sum())",
    "record": "record((thing.weight * 2).sum())",
    "check_setup": "check_setup()",
}


@pytest.mark.parametrize("what", RESULTS)
def test_a_result_is_no_widget_and_keeps_nothing_that_was_looked_at(kernel, cell, what):
    before = int(kernel.ask("looked_at()"))
    kernel.run(f"def f(thing):\n    return {RESULTS[what]}\nresult = f(Thing())\nresult", cell)
    assert int(kernel.ask("looked_at()")) == before


# ------------------------------------------------------------------ what must go on working


def test_the_browser_is_told_of_each_model_that_is_gone(kernel, name, cell):
    kernel.run(f"w = {WIDGETS[name]}\nw", cell)
    models = {kernel.ask("w.model_id"), kernel.ask("w.layout.model_id")}
    assert not models & kernel.closed
    kernel.run("w = None", cell)
    kernel.ask("looked_at()")
    assert models <= kernel.closed


def test_a_widget_that_is_shown_answers_a_page_that_is_loaded_again(kernel, name, cell):
    kernel.run(WIDGETS[name], cell)
    model = kernel.ask("Out[max(Out)].model_id")
    kernel.run("alive()", "another-" + cell)
    assert kernel.state_of(model)["_anywidget_id"].endswith(name)


def test_a_variable_keeps_what_no_output_shows(kernel, name, cell):
    kernel.run(f"kept = {WIDGETS[name]}\nkept", cell)
    kernel.run("pass", cell)
    assert kernel.ask("type(kept).__name__") == name
    assert kernel.state_of(kernel.ask("kept.model_id"))
    assert name in kernel.run("print(type(kept).__name__, len(kept.describe()) > 0)\nkept", "later")
    kernel.run("kept = None")


def test_what_was_made_in_one_cell_lives_in_the_other_that_shows_it(kernel, name, cell):
    made, showing = cell + " makes", cell + " shows"
    kernel.run(f"w = {WIDGETS[name]}\nw", made)
    first = kernel.ask("w.model_id")
    kernel.run("w", showing)
    kernel.run(f"w = {WIDGETS[name]}\nw", made)
    assert kernel.state_of(first)  # its second output is still there
    kernel.run("w", showing)
    assert not kernel.state_of(first)
    kernel.run("w = None", made), kernel.run("", showing)


def test_a_host_that_does_not_name_its_cells_keeps_what_it_shows(kernel, name):
    kernel.run(WIDGETS[name])
    model = kernel.ask("Out[max(Out)].model_id")
    kernel.run("Out.clear(); del _, __, ___\n1")
    kernel.run(WIDGETS[name])
    assert kernel.state_of(model)


def test_what_an_output_widget_shows_is_kept(kernel, cell):
    kernel.run("out = ipywidgets.Output()\nout", "out")
    code = f"with out:\n    w = {WIDGETS['BackwardStepper']}\n    display(w)"
    kernel.run(code, cell)
    first = kernel.ask("w.model_id")
    kernel.run(code, cell)
    assert kernel.state_of(first)  # both stand there, one below the other


def test_what_a_container_holds_is_kept(kernel, name, cell):
    kernel.run(f"w = {WIDGETS[name]}\nbox = ipywidgets.VBox([w])\nbox", cell)
    model = kernel.ask("w.model_id")
    kernel.run("w = None", cell)
    assert kernel.state_of(model)
    kernel.run("box.close(); box = None")


def test_the_history_loses_replaced_widgets_and_nothing_else(kernel, cell):
    kernel.run("BackwardStepper(made())", cell)
    number = int(kernel.ask("max(Out)"))
    kernel.run("'a result'", "another")
    kernel.run("_mine = Out[%d]" % number)
    kernel.run("_%d = 'my own'" % number)
    kernel.run("1 + 1", cell)
    assert kernel.ask(f"{number} in Out, Out[{number + 1}], _{number}") == "False a result my own"
    assert kernel.ask("type(_mine).__name__, _") == "BackwardStepper 2"
    kernel.run("_ * 3", "next")
    assert kernel.ask("_, __") == "6 2"
    kernel.run("_mine = None")


def test_an_answer_goes_to_the_quiz_that_is_shown(kernel, cell):
    kernel.run("GradientQuiz(Trace_example(), ask=['w'])", cell)
    assert kernel.ask("check_answer('w', 24).passed") == "True"


# ------------------------------------------------------------------ without a kernel

PROGRAM = """
import gc, weakref
import autograd_core as torch
from widgets import *
x = torch.tensor(2.0, requires_grad=True)
stepper = BackwardStepper(x * x)
stepper.step = 2
print(stepper.describe())
gone = weakref.ref(BackwardStepper(x * 3))
gc.collect()
print(gone())
GradientQuiz(x * x * 3, ask=["x"])
print(check_answer("x", 12))
"""


@pytest.mark.exhaustive
def test_in_a_plain_program_a_variable_keeps_a_widget_and_nothing_else_does():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    told, gone, verdict = done.stdout.splitlines()
    assert told.startswith("Step 2 of") and gone == "None" and verdict.startswith("right")
    assert done.stderr == ""
