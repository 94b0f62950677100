"""With a part of the machine missing all else works, and what rests on it says so in a sentence."""

import json
import subprocess
import sys
from functools import cache

import pytest

from tests.exhaustive import one_in, some_of
from tools.links import PROJECT
from widgets.predict.widget import HELD_BACK

TAKEN = ("pygraphviz", "graphviz", "tqdm", "jupyterlab", "tensorboard", "processes", "threads", "files")

# Takes the parts away, then uses everything and prints what came of it, a name and a text each.
PROGRAM = """
import json, os, sys

away = json.loads(sys.argv[1])
sys.modules.update({name: None for name in away if name not in ("processes", "threads", "files")})

def refuse(event, arguments):
    if "processes" in away and event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec"):
        raise OSError(138, "no processes here")
    if "threads" in away and event == "_thread.start_new_thread":
        raise RuntimeError("can't start new thread")
    if "files" in away and event == "open" and arguments[0] != os.devnull:
        if isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, "nothing can be written", arguments[0])
    if "files" in away and event == "os.mkdir":
        raise OSError(30, "nothing can be written", arguments[0])

sys.addaudithook(refuse)

import autograd_core as torch
from widgets import *
import widgets.training.bar

widgets.training.bar.PATIENCE = 0
folder = sys.argv[2]
x = torch.tensor(3.0, requires_grad=True)
y = x * x + x.sin()

def with_more():
    drawn = make_dot(y)
    drawn.node("more")
    return drawn

def trained():
    model, monitor = torch.nn.Linear(2, 1), TrainingMonitor()
    for _ in monitor.watch(range(3), model=model):
        loss = model(torch.ones(2)).sum()
        loss.backward()
    return monitor

def shown(thing):
    bundle = thing._repr_mimebundle_()
    return " ".join(sorted(bundle[0] if isinstance(bundle, tuple) else bundle))

uses = {
    "make_dot": lambda: shown(make_dot(y)),
    "DOT text": lambda: make_dot(y).source.split()[0],
    "make_dot to a file": lambda: make_dot(y).render(folder + "/it", format="svg"),
    "make_dot as bytes": lambda: make_dot(y).pipe("svg").decode()[:5],
    "make_dot added to": lambda: shown(with_more()),
    "BackwardStepper": lambda: shown(BackwardStepper(x * x)),
    "GradientQuiz": lambda: shown(GradientQuiz(x * x)),
    "Predict": lambda: shown(Predict("id", "What is it?", lambda: x)),
    "GradientCheck": lambda: shown(GradientCheck(lambda x: x * x, x)),
    "Descent": lambda: shown(Descent(lambda a, b: a * a + b * b, (1.0, 2.0))),
    "Nudge": lambda: shown(Nudge(lambda x: x * x, 3.0)),
    "TrainingMonitor": lambda: shown(trained()),
    "show_images": lambda: shown(show_images([[[0.0, 1.0]]])),
    "verify": lambda: str(verify(lambda x: x * x, x)),
    "check": lambda: str(check(6.0, lambda x: x * x, 3.0)),
    "require": lambda: str(require("torch")),
    "check_setup": lambda: str(check_setup(details=True)),
    "write_tensorboard_graph": lambda: str(write_tensorboard_graph(y, folder)),
}
came = {}
for name, use in uses.items():
    try:
        came[name] = use()
    except Exception as error:
        came[name] = f"{type(error).__name__}: {error}"
print(json.dumps(came))
"""
LIVE = "application/vnd.jupyter.widget-view+json"
BY_DOT = ("DOT text", "make_dot to a file", "make_dot as bytes")
SHOWN = (
    {"make_dot": "image/svg+xml text/html text/plain"}
    | dict.fromkeys(
        ("BackwardStepper", "GradientQuiz", "GradientCheck", "Descent", "Nudge", "TrainingMonitor"),
        f"{LIVE} image/svg+xml text/html text/plain",
    )
    | {"Predict": f"{LIVE} {HELD_BACK} image/svg+xml text/html text/plain"}
)


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """Take parts away; return what came of each use, and what was written to standard error."""
    # Where nobody put a program `dot`, nor anything else.
    path = str(tmp_path_factory.mktemp("empty path"))

    @cache
    def without(*parts):
        parts = (*parts, "torch")  # which takes seconds to load
        folder = str(tmp_path_factory.mktemp("written"))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(parts), folder],
            cwd=PROJECT, env={"PATH": path, "HOME": path, "PYTHONPATH": str(PROJECT)},
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    return without


@pytest.mark.parametrize("parts", some_of([TAKEN, [], *([part] for part in TAKEN)]))
def test_every_picture_widget_and_check_works(without, parts):
    came, _ = without(*parts)
    assert {name: came[name] for name in SHOWN} == SHOWN
    assert came["check"].startswith("right")
    assert "yes" in came["verify"]
    assert "text/plain" in came["show_images"]


@one_in(3)
@pytest.mark.parametrize("parts, words", [
    (["graphviz"], "needs the package graphviz: `python -m pip install graphviz pygraphviz`"),
    (["pygraphviz"], "Install one of them: `python -m pip install pygraphviz`"),
    (["files"], "nothing can be written|o usable temporary directory"),
])  # fmt: skip
def test_a_file_of_a_picture_needs_a_part(without, parts, words):
    came, _ = without(*parts)
    for use in ("make_dot to a file", "make_dot as bytes"):
        assert any(each in came[use] for each in words.split("|")), came[use]


@pytest.mark.parametrize("part", ["pygraphviz", "files"])
def test_what_was_added_to_a_picture_and_cannot_be_drawn_is_told(without, part):
    came, said = without(part)
    assert came["make_dot added to"] == SHOWN["make_dot"]
    assert "what was added to this picture is not shown:" in said


def test_without_the_package_that_writes_dot_nothing_is_added_in_silence(without):
    came, _ = without("graphviz")
    assert "needs the package graphviz" in came["make_dot added to"]
    assert came["DOT text"].startswith("AttributeError: source: this needs the package graphviz")


@one_in(3)
@pytest.mark.parametrize("part", ["processes", "threads", "tqdm"])
def test_pictures_are_written_without_a_process_or_a_thread(without, part):
    came, _ = without(part)
    assert came["make_dot to a file"].endswith("/it.svg")
    assert came["make_dot as bytes"] == "<?xml"
    assert came["DOT text"] == "digraph"


def test_without_tqdm_long_work_says_what_would_show_how_far_it_is(without):
    _, said = without("tqdm")
    assert said.count("training: a progress bar needs tqdm (pip install tqdm)\n") == 1


def test_without_threads_nothing_warns_of_it(without):
    _, said = without("threads")
    assert "Warning" not in said


def test_a_lesson_says_how_to_get_its_library(without):
    came, _ = without()
    assert "%pip install torch" in came["require"]


def test_tensorboard_is_asked_for_where_it_is_missing(without):
    came, _ = without("tensorboard")
    assert came["write_tensorboard_graph"].endswith("python -m pip install tensorboard")


@pytest.mark.parametrize("library", ["pygraphviz", "graphviz", "tqdm"])
def test_check_setup_names_what_is_missing(without, library):
    came, _ = without(library)
    assert f"\n{library}: it is installed, but cannot be imported" in came["check_setup"]
