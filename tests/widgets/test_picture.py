"""`make_dot` draws the graph: the same text every time, and a picture wherever it is shown.

The files in golden/ are written anew with ``GOLDEN=write pytest tests/widgets/test_picture.py``;
look at what changed before keeping them.
"""

import base64
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

import autograd_core
from tests.missing import need
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch
from tests.widgets import programs
from widgets import BackwardStepper, GradientQuiz, Nudge, make_dot, watching
from widgets.drawing import picture
from widgets.drawing.picture import Picture
from widgets.recorders.example import example

GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """<img src=x onerror="alert('1')">&amp;|{a}\\N\\l\n\t"""


@pytest.fixture(autouse=True)
def graphviz():
    """The package that writes DOT text, and the one that draws it; test_missing_parts.py does without."""
    need("pygraphviz")
    need("graphviz")


@pytest.fixture(params=[autograd_core, pytorch], ids=["autograd_core", "torch"])
def torch(request):
    return request.param


def worked(torch, **options):
    y, names = programs.worked_example(torch)
    y.backward(retain_graph=True)
    return make_dot(y, names=names, **options)


def compare(name, text):
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


# ---------------------------------------------------------------------- DOT


def test_the_dot_text_of_the_worked_example(torch):
    compare("worked_example.dot", worked(torch).source)


def test_the_svg_of_the_worked_example(torch):
    compare("worked_example.svg", worked(torch).svg())


def test_the_dot_text_from_left_to_right_without_numbers_and_legend():
    compare("bare.dot", Picture(example(), values=False, gradients=False, direction="LR",
                                legend=False).source)  # fmt: skip


def test_the_dot_text_of_hostile_names():
    start = example()
    trace = replace(start, nodes=(replace(start.nodes[0], name=HOSTILE), *start.nodes[1:]))
    compare("hostile.dot", Picture(trace).source)


def test_an_operand_used_twice_has_two_edges(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    assert make_dot(y).source.count("n0 -> n1") == 2


def test_values_and_gradients_can_be_left_out(torch):
    assert "19.5745" in worked(torch).source
    assert "grad" not in worked(torch, gradients=False, legend=False).source
    assert "14.183" not in worked(torch, values=False).source
    assert "grad 19.5745" in worked(torch, values=False).source


def test_no_backward_pass_is_run(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    make_dot(y)
    assert x.grad is None
    y.backward()
    assert x.grad.item() == 6.0


def test_lists_tuples_dictionaries_and_leaves_can_be_drawn(torch):
    x = torch.tensor(3.0, requires_grad=True)
    a = x * 2
    b = a + x
    alone = make_dot(x)
    assert [node.name for node in alone.trace.nodes] == ["x"]
    for outputs in ([a, b], (a, b), {"a": a, "b": b}, [[a], (b,)], {"both": [a, b]}):
        drawn = make_dot(outputs)
        assert [drawn.trace.node(id).name for id in drawn.trace.outputs] == ["a", "b"]
    named = make_dot({"first": a, "second": b})
    assert [named.trace.node(id).name for id in named.trace.outputs] == ["first", "second"]


def test_parameters_can_be_named_as_in_torchviz():
    model = pytorch.nn.Linear(2, 1)
    drawn = make_dot(model(pytorch.ones(1, 2)).mean(), dict(model.named_parameters()))
    assert {node.name for node in drawn.trace.nodes if node.kind == "leaf"} == {"weight", "bias"}


def test_what_cannot_be_drawn_is_refused(torch):
    x = torch.tensor(3.0, requires_grad=True)
    for nothing in (3, "y", [], {}, None, [x, 3]):
        with pytest.raises(TypeError):
            make_dot(nothing)
    with pytest.raises(TypeError, match=r"names must be a dictionary such as \{'w': w\}.* not str"):
        make_dot(x, names="a")
    with pytest.raises(TypeError, match="params must be a dictionary"):
        make_dot(x, [x])
    with pytest.raises(ValueError, match="direction must be 'TB' or 'LR'"):
        make_dot(x, direction="up")


# ---------------------------------------------------------------------- in a notebook


def test_the_bundle_has_a_picture_for_everybody(torch):
    bundle = worked(torch)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml"}
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert root.find(f"{SVG}title").text == "Graph of y"
    assert "p1 = 1" in root.find(f"{SVG}desc").text
    alt, data = re.fullmatch(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">',
                             bundle["text/html"]).groups()  # fmt: skip
    assert base64.b64decode(data).decode() == bundle["image/svg+xml"]
    assert alt.startswith("Graph of y with 14 operations and 4 leaves")


def test_no_representation_holds_an_address(torch):
    drawn = worked(torch)
    for text in [repr(drawn), str(drawn.source), *drawn._repr_mimebundle_().values()]:
        assert "0x" not in re.sub(r"base64,[^\"]*", "", text)


def test_what_was_added_to_the_digraph_is_shown():
    drawn = Picture(example())
    drawn.node("note", "my own note")
    assert "my own note" in drawn._repr_mimebundle_()["image/svg+xml"]


def test_hostile_names_are_shown_as_text():
    start = example()
    trace = replace(start, nodes=(replace(start.nodes[0], name=HOSTILE), *start.nodes[1:]))
    drawn = Picture(trace)
    for svg in (drawn.svg(), drawn.pipe("svg").decode()):
        root = ElementTree.fromstring(svg)
        assert not [element for element in root.iter() if element.tag.endswith(("img", "script"))]
        shown = "".join(root.itertext())
        assert "<img src=x" in shown
        assert "onerror" not in re.sub(r">[^<]*<", "><", svg)
    html = drawn._repr_mimebundle_()["text/html"]
    assert html.count("<") == 1


NAMES = [HOSTILE, "<b>", "a<br/>b", "]]>", "&", "\\", '"', "<", "漢字", "\ud800", "\0", "e\u0301"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_drawn(name):
    start = example()
    trace = replace(start, nodes=(replace(start.nodes[0], name=name), *start.nodes[1:]))
    drawn = Picture(trace)
    ElementTree.fromstring(drawn.svg())
    ElementTree.fromstring(drawn.pipe("svg"))


def test_no_line_is_wider_than_its_box(torch):
    x = torch.tensor(1 / 3, requires_grad=True)
    y = x * x
    drawn = make_dot(y, names={"a_very_long_name_" * 5: x})
    for id, lines in drawn.lines.items():
        width, _ = drawn.sizes[id]
        assert all(len(text) * picture.SIZE * picture.CHARACTER < width for text, _ in lines)


def test_boxes_do_not_overlap(torch):
    for options in ({}, {"direction": "LR"}):
        root = ElementTree.fromstring(worked(torch, **options).svg())
        boxes = [[float(box.get(key)) for key in ("x", "y", "width", "height")]
                 for box in root.findall(f"{SVG}rect") if box.get("x")]  # fmt: skip
        assert len(boxes) == 27 + 4  # nodes and legend
        for i, (x, y, w, h) in enumerate(boxes):
            for a, b, c, d in boxes[i + 1 :]:
                assert x + w <= a or a + c <= x or y + h <= b or b + d <= y


# ---------------------------------------------------------------------- large graphs


def chain(torch, length):
    y = x = torch.tensor(1.0, requires_grad=True)
    for _ in range(length):
        y = y + x
    return y


def test_a_thousand_nodes_are_all_drawn(torch):
    drawn = make_dot(chain(torch, 999))
    assert len(drawn.trace.nodes) == 1000
    assert drawn.svg().count("<rect") == 1 + 1000 + 3
    assert drawn.trace.omitted == 0


def test_a_hundred_thousand_nodes_are_summarised(torch):
    y = chain(torch, 100_000)
    drawn = make_dot(y, max_nodes=50)
    rest = "99 950 more" if torch is autograd_core else "over 24 951 more"
    rest = rest.replace(" 9", "\N{NO-BREAK SPACE}9")
    assert f"; {rest} are left out" in drawn.describe()
    assert rest in drawn.svg()
    assert sum(node.kind == "op" for node in drawn.trace.nodes) == 50


@pytest.mark.exhaustive
def test_pytorch_frees_a_graph_of_a_hundred_thousand_nodes_after_it_was_drawn():
    need_pytorch()
    code = (
        "import torch; from widgets import make_dot\n"
        "y = x = torch.tensor(1.0, requires_grad=True)\n"
        "for _ in range(100_000): y = y + x\n"
        "make_dot(y, max_nodes=50); del y; print('freed')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "freed\n")


# ---------------------------------------------------------------------- scopes


def towers(torch, blocks):
    """The loss of a watched model of alike blocks, with another layer before and after them."""
    nn = torch.nn
    block = lambda: nn.Sequential(nn.Linear(3, 3), nn.Tanh())  # noqa: E731
    model = nn.Sequential(nn.Linear(2, 3), *(block() for _ in range(blocks)), nn.Linear(3, 1))
    with watching():
        return model(torch.ones(4, 2)).square().mean()


def test_below_a_depth_scopes_are_closed_and_alike_ones_are_one_box(torch):
    loss = towers(torch, 12)
    drawn = make_dot(loss, depth=1)
    (alike,) = (node for node in drawn.nodes if "×" in node.op)
    assert (alike.name, alike.op, alike.shape) == ("1 … 12", "Sequential × 12", (4, 3))
    inside = sum(drawn.inside.values())
    outside = sum(node.op not in ("", "output") for node in drawn.nodes if node.id not in drawn.inside)
    assert inside + outside == sum(node.op not in ("", "output") for node in drawn.trace.nodes)
    assert "Sequential × 12" in drawn.describe() and "Sequential × 12" in drawn.svg()
    whole = make_dot(loss)
    assert len(whole.nodes) == len(whole.trace.nodes) > 5 * len(drawn.nodes)


def test_blocks_of_other_shapes_are_not_alike(torch):
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 1))
    with watching():
        loss = model(torch.ones(4, 2)).mean()
    assert [node.op for node in make_dot(loss, depth=1).nodes][:3] == ["Linear", "Linear × 2", "Linear"]


def test_what_is_not_too_large_is_not_divided_however_many_modules_are_side_by_side(torch):
    nn = torch.nn
    model = nn.Sequential(*(nn.Linear(1 + i, 2 + i) for i in range(60)))
    with watching():
        drawn = make_dot(model(torch.ones(4, 1)).mean(), depth=2)
    assert [node.name for node in drawn.nodes if node.id in drawn.inside][:60] == [str(i) for i in range(60)]
    assert all(len(level.boxes) <= 50 for level in BackwardStepper(drawn.trace).levels)


def test_what_is_open_stands_in_a_frame_with_its_name(torch):
    drawn = make_dot(towers(torch, 2), depth=2)
    assert [frame.name for frame in drawn.frame.all()] == ["0", "1", "2", "3"]
    root = ElementTree.fromstring(drawn.svg())
    frames = [[float(box.get(key)) for key in ("x", "y", "width", "height")]
              for box in root.findall(f"{SVG}rect") if box.get("fill") == "none"]  # fmt: skip
    assert len(frames) == drawn.source.count("subgraph cluster_") == 4
    for i, (x, y, w, h) in enumerate(frames):
        for a, b, c, d in frames[i + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y


def test_what_is_too_large_is_closed_and_not_cut(torch):
    drawn = make_dot(chain(torch, 1500))
    assert drawn.trace.omitted == 0 and sum(drawn.inside.values()) == 1500 and len(drawn.nodes) < 100
    assert "part 1 of" in drawn.describe()


@pytest.mark.parametrize(
    "depth, error", [(0, ValueError), (-1, ValueError), ("1", TypeError), (1.0, TypeError)]
)
def test_a_depth_that_there_cannot_be(depth, error):
    with pytest.raises(error, match="depth must be"):
        make_dot(autograd_core.tensor(1.0, requires_grad=True) * 2, depth=depth)


def test_a_large_graph_tells_graphviz_not_to_look_for_the_very_best():
    y = autograd_core.tensor(0.5, requires_grad=True)
    for _ in range(135):
        y = (y + 0.1).sin() * y
    drawn = make_dot(y)
    assert "nslimit=2" in drawn.source and "nslimit" not in make_dot(chain(autograd_core, 9)).source
    assert drawn.pipe("png").startswith(b"\x89PNG")  # without it that takes minutes


# ---------------------------------------------------------------------- files


@pytest.fixture(params=["with a dot program", "without one"])
def dot_program(request, monkeypatch):
    """Whether or not this machine has a `dot` program, test both ways."""
    from graphviz.backend import execute

    if request.param == "without one":

        def missing(cmd, **kwargs):
            raise execute.ExecutableNotFound(cmd)
    else:

        def missing(cmd, **kwargs):
            return run_by_pygraphviz(cmd, **kwargs)

    monkeypatch.setattr(execute, "run_check", missing)
    for module in ("rendering", "piping"):
        monkeypatch.setattr(sys.modules[f"graphviz.backend.{module}"].execute, "run_check", missing)


def run_by_pygraphviz(cmd, *, input=None, input_lines=None, cwd=None, **ignored):
    """Stands for the `dot` program: reads its arguments and draws with its library."""
    format = next(arg[2:] for arg in map(str, cmd) if arg.startswith("-T"))
    if "-O" in cmd:
        source = Path(cwd or ".", cmd[-1])
        source.with_name(f"{source.name}.{format}").write_bytes(
            picture.in_process(source.read_text(encoding="utf-8"), format)
        )
        return subprocess.CompletedProcess(cmd, 0, b"", b"")
    text = input.decode() if input is not None else b"".join(input_lines).decode()
    return subprocess.CompletedProcess(cmd, 0, picture.in_process(text, format), b"")


BEGINNINGS = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF-"}


@pytest.mark.parametrize("format", BEGINNINGS)
def test_it_renders_to_a_file(torch, format, tmp_path, monkeypatch, dot_program):
    monkeypatch.chdir(tmp_path)
    path = worked(torch).render("computation_graph", format=format)
    assert path == f"computation_graph.{format}"
    assert (tmp_path / path).read_bytes().startswith(BEGINNINGS[format])
    assert (tmp_path / "computation_graph").read_text(encoding="utf-8").startswith("digraph")


def test_it_renders_into_a_folder_and_cleans_up(tmp_path, dot_program):
    drawn = worked(autograd_core)
    path = drawn.render("graph", directory=tmp_path / "new", cleanup=True, format="svg")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["graph.svg"]
    assert Path(path) == tmp_path / "new" / "graph.svg"


def test_where_nothing_can_draw_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)  # importing it fails
    with pytest.raises(RuntimeError, match="python -m pip install .*pygraphviz"):
        Picture(example()).render(tmp_path / "graph", format="png")


def test_where_a_library_of_the_system_is_missing_it_is_named(tmp_path, monkeypatch):
    (tmp_path / "pygraphviz.py").write_text(
        "raise ImportError('libX11.so.6: cannot open shared object file: No such file or directory')"
    )
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="pygraphviz is here, but this system lacks the library libX11"):
        Picture(example()).render(tmp_path / "graph", format="png")
    ElementTree.fromstring(Picture(example()).svg())  # by the layout of our own


def test_where_graphviz_is_missing_a_notebook_still_shows_the_picture(monkeypatch, tmp_path):
    from widgets.drawing import layout

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(layout, "has_pygraphviz", lambda: False)
    root = ElementTree.fromstring(Picture(example()).svg())
    assert len(root.findall(f"{SVG}rect")) == 1 + 7 + 4


def test_it_is_a_digraph_and_writes_nothing_on_standard_error():
    code = (
        "from widgets.drawing.picture import Picture; from widgets.recorders.example import example\n"
        "import graphviz; drawn = Picture(example()); assert isinstance(drawn, graphviz.Digraph)\n"
        "drawn._repr_mimebundle_(); drawn.pipe('svg'); drawn.pipe('png')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_a_digraph():
    import graphviz

    assert isinstance(Picture(example()), graphviz.Digraph)


LOOKS = {
    "leaf": ("0", "#e3f0f8"),
    "op": ("12", "#ffffff"),
    "output": ("12", "#fdf0e7"),
    "constant": ("", "#f2f2f2"),
}


def looks(svg):
    """How the boxes of a picture look: corners (a constant's are as round as can be) and ground."""
    found = set()
    for box in re.findall(
        r"<rect [^>]*>", re.sub(r'(<g [^>]*fill="(#\w+)"[^>]*>)((<rect [^>]*>)+)', filled, svg)
    ):
        ground, height = re.search(r'fill="(#\w+)"', box), re.search(r'height="([\d.]+)"', box)
        corner = re.search(r'rx="([\d.]+)"', box)
        if ground and height and corner and ground[1] in {colour for _, colour in LOOKS.values()}:
            is_constant = ground[1] == LOOKS["constant"][1]
            found.add(("" if is_constant and float(corner[1]) >= 10 else corner[1], ground[1]))
    return found


def filled(group):
    """Each rectangle of a group with the group's ground, where it has none of its own."""
    return group[1] + re.sub("<rect ", f'<rect fill="{group[2]}" ', group[3])


def test_leaf_operation_output_and_constant_look_alike_in_every_picture():
    def computed(x):
        return 3 * x**2 + x

    def output():
        return computed(autograd_core.tensor(2.0, requires_grad=True))

    drawn = [make_dot(output()), BackwardStepper(output()), Nudge(computed, 2.0), GradientQuiz(output())]
    for svg in (each.svg() for each in drawn):
        assert set(LOOKS.values()) <= looks(svg) <= {*LOOKS.values(), ("6", "#ffffff"), ("8", "#ffffff")}


@pytest.mark.parametrize(
    "name",
    [
        "01-model",
        "02-fork",
        "02-layers",
        "03-remember",
        "05-layers",
        "05-two-layers",
        "07-order",
        "10-operation",
        "12-value",
    ],
)
def test_and_in_the_pictures_of_the_lessons(name):
    svg = Path(__file__).parents[2].joinpath("notebooks/images", f"{name}.svg").read_text(encoding="utf-8")
    boxes = re.findall(r"<rect [^>]*>", svg)[1:]
    square = [box for box in boxes if 'rx="0"' in box]
    assert square and all('fill="#e3f0f8" stroke="#0072B2"' in box for box in square)
    outputs = [box for box in boxes if "#fdf0e7" in box]
    assert outputs and all('rx="14"' in box and "#D55E00" in box for box in outputs)
    for box in boxes:
        assert ("#f2f2f2" in box) == ("stroke" not in box)


@pytest.mark.parametrize(("direction", "kept"), [("LR", True), ("TB", False)])
def test_a_wide_graph_is_scrolled_rather_than_made_illegible(direction, kept):
    y, names = programs.worked_example(autograd_core)
    shown = make_dot(y, params=names, direction=direction)._repr_mimebundle_()
    width = float(re.search(r' width="([\d.]+)', shown["image/svg+xml"])[1])
    assert (
        (f"min-width: {0.8 * width:.0f}px" in shown["text/html"])
        == ("min-width" in shown["text/html"])
        == kept
    )
