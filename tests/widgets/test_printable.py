"""Text from outside: whatever stands in names, messages and files, what is shown is well-formed."""

import html
import json
import linecache
import re
import xml.etree.ElementTree as ElementTree

import pytest

import autograd_core
from autograd_core.printable import UNPRINTABLE, printable, quoted
from tests.missing import need
from widgets import (
    BackwardStepper,
    Descent,
    GradientCheck,
    GradientQuiz,
    Nudge,
    TrainingMonitor,
    make_dot,
    show_images,
    verify,
    write_tensorboard_graph,
)
from widgets.recorders.example import example
from widgets.setup.check import Part, Setup
from widgets.setup.widget import SetupView

HOSTILE = "\x1b[31m<b>&\"'\ud800\x00\n\u202e\ufeff\u200b\x85]]>"
EVERYTHING = "".join(map(chr, range(0x110000)))


@pytest.fixture(params=["autograd_core", "torch"])
def torch(request):
    if request.param == "autograd_core":
        return autograd_core
    need("torch")
    return pytest.importorskip("torch")


def test_no_character_at_all_can_break_xml_or_utf8():
    text = printable(EVERYTHING)
    text.encode()
    assert ElementTree.fromstring(f"<a>{html.escape(text)}</a>").text == text
    assert printable(text) == text


@pytest.mark.parametrize("text", [
    "∂y/∂x", "Größe", "می\u200cخواهم", "क्\u200dष", "👩\u200d🔬", "日本語\u3000", "a\u00a0b", "x\u0301",
])  # fmt: skip
def test_the_writing_of_any_language_stays_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize("thing, told", [
    ("a\x1b", r"'a\x1b'"), (10**5000, "something of type int"), (None, "None"),
    ([0] * 10**6, "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0…"),
    ("x" * 10**6, "'" + "x" * 54),
], ids=["text", "long number", "None", "long list", "long text"])  # fmt: skip
def test_what_somebody_gave_is_quoted_in_a_line(thing, told):
    assert quoted(thing).startswith(told[:50]) and len(quoted(thing)) <= 60


def check(text, kept="\n\t"):
    """Text that can be written, and hides nothing."""
    text.encode()
    assert set(re.findall(UNPRINTABLE, text)) <= set(kept)


def check_texts(tree):
    """The same of all text in what is sent to a browser."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            check_texts(key), check_texts(value)
    elif isinstance(tree, list | tuple):
        for each in tree:
            check_texts(each)
    elif isinstance(tree, str):
        check(tree)


def check_shown(widget, folder=None):
    """All that a widget or picture shows: pictures, texts, state, page."""
    bundle = widget._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    ElementTree.fromstring(bundle["image/svg+xml"])
    for text in (bundle["image/svg+xml"], bundle["text/html"], bundle["text/plain"]):
        check(text)
    for way in ("describe", "text", "svg", "transcript", "progress", "__repr__"):
        if hasattr(widget, way):
            check(getattr(widget, way)())
    if hasattr(widget, "get_state"):
        state = widget.get_state(widget.own_traits())
        check_texts(state)
        json.dumps(state, allow_nan=False, ensure_ascii=False).encode()
        check(widget.to_html(folder / "page.html").read_text("utf-8"))


def program(torch):
    """A loss and its names, of which each is hostile."""
    x, w = (torch.tensor(number, requires_grad=True) for number in (2.0, 3.0))
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    y = ((x * w).sin() * v).sum()
    return y, {HOSTILE + name: each for name, each in zip("xwvy", (x, w, v, y))}


def test_hostile_names_in_the_widgets_of_a_graph(torch, tmp_path):
    for widget in (BackwardStepper, GradientQuiz):
        y, names = program(torch)
        check_shown(widget(y, names=names), tmp_path)


def test_hostile_names_in_a_picture_and_its_dot(torch):
    y, names = program(torch)
    for picture in (make_dot(y, names=names), make_dot({HOSTILE: y})):
        check_shown(picture)
        check(picture.source)
        need("pygraphviz")
        import pygraphviz

        pygraphviz.AGraph(string=picture.source)
        ElementTree.fromstring(picture.pipe("svg"))


def test_hostile_names_in_tensorboard(torch, tmp_path):
    need("tensorboard")
    y, names = program(torch)
    assert write_tensorboard_graph(y, tmp_path, names=names).stat().st_size


def named(name):
    def square(a):
        return (a - 2) ** 2

    square.__name__ = name
    return square


def test_hostile_names_of_functions_inputs_and_outputs(torch, tmp_path):
    check_shown(GradientCheck(named(HOSTILE), [torch.tensor([2.0, 3.0])], names=[HOSTILE]), tmp_path)
    several = GradientCheck(lambda a: {HOSTILE: a * a, HOSTILE + "2": a}, [torch.tensor(2.0)])
    check_shown(several, tmp_path)
    check_shown(Descent(named(HOSTILE), 1.0), tmp_path)
    check_shown(Descent(named("f"), 1.0, output=HOSTILE), tmp_path)
    check_shown(Nudge(named("f"), 1.0, names=[HOSTILE]), tmp_path)
    told = verify(named(HOSTILE), torch.tensor(3.0))
    check(repr(told)), check(told._repr_html_())


def test_hostile_labels_of_images(torch):
    check_shown(show_images(torch.ones(2, 2, 2), [HOSTILE, HOSTILE + "2"]))


def test_hostile_parameters_and_errors_in_a_training_monitor(torch, tmp_path):
    module = type("Net\x1b", (torch.nn.Module,), {})()
    module.register_parameter("a\x1b\ud800<b>", torch.nn.Parameter(torch.ones(1)))
    error = type("Err\x1b\u202e", (Exception,), {})

    def batches():
        yield 1
        raise error(HOSTILE)

    monitor = TrainingMonitor()
    with pytest.raises(error):
        for _ in monitor.watch(batches(), model=module):
            loss = next(module.parameters()).sum()
            loss.backward()
    assert monitor.describe().startswith(r"Ended by Err\x1b\u202e after 1 batch")
    check_shown(monitor, tmp_path)
    check(monitor.to_json(tmp_path / "history.json").read_text("utf-8"))


def test_hostile_packages_in_the_setup(tmp_path):
    parts = [Part(HOSTILE, HOSTILE, HOSTILE, "1", trouble=HOSTILE, remedy=HOSTILE), Part("b", "", "1", "1")]
    found = Setup(parts, details=True)
    check(repr(found)), check(found._repr_mimebundle_()[0]["text/html"])
    check_shown(SetupView(found), tmp_path)
    check_shown(SetupView(Setup([Part(name, "", "1", "1") for name in "ab"])), tmp_path)


def test_hostile_lines_of_code(tmp_path):
    x = autograd_core.tensor(2.0, requires_grad=True)
    line, file = 's = "\x1b[31m\u202e\x0c\ufeff"; z = (x * len(s)).sin()\n', "odd\x1b\u202e<file>.py"
    linecache.cache[file] = (len(line), None, [line], file)
    names = {"x": x}
    exec(compile(line, file, "exec"), names)
    stepper = BackwardStepper(names["z"], names={"x": x, "z": names["z"]})
    check_shown(stepper, tmp_path)
    (listing,) = stepper.trace.listings
    found = [node.source for node in stepper.trace.nodes if node.source]
    cut = [listing.lines[each.line - listing.first_line][each.column : each.end_column] for each in found]
    assert cut == [each.expression for each in found] == ["x * len(s)", "(x * len(s)).sin()"]
    with pytest.raises(RuntimeError) as raised:
        names["z"].backward()
        names["z"].backward()
    check(str(raised.value))


def test_answers_with_characters_that_cannot_be_seen_are_read_shown_and_exported(tmp_path):
    quiz = GradientQuiz(example(), ask=["p", "x"])
    quiz.set_state({"answers": {"n2": {"attempts": [["\ufeff6"], ["\u200e12\u200f\x00"]]}}})
    assert quiz.result()["answered"] == 1
    check_shown(quiz, tmp_path)
    written = json.loads(quiz.export(tmp_path / "result.json").read_text("utf-8"))
    assert [attempt["right"] for attempt in written["lessons"]["quiz"]["quiz.p"]["attempts"]] == [False, True]


def test_an_export_that_fails_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    quiz, monitor, path = GradientQuiz(example(), ask=["p"]), TrainingMonitor(), tmp_path / "file"
    path.write_text(good := '{"version": 2, "lessons": {}}')

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    for write in (quiz.export, quiz.to_html, monitor.to_json):
        with pytest.raises(OSError, match="No space left"):
            write(path)
        assert path.read_text() == good
