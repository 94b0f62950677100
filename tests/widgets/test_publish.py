"""A notebook becomes a page on which its widgets are alive, each module sent once."""

import base64
import json
import re

import nbformat
import pytest

import autograd_core as torch
from widgets import BackwardStepper
from widgets.base import PAGE_STATE
from widgets.predict.widget import HELD_BACK
from widgets.publish import AliveWidgets, PageExporter, published, reads
from widgets.publish.__main__ import main
from widgets.publish.exporter import STATE, VIEW, Parts, joined

CODE = """\
import autograd_core as torch
from widgets import BackwardStepper, Descent
x = torch.tensor(3.0, requires_grad=True)
BackwardStepper({})"""


def notebook(*codes):
    cells = [
        nbformat.v4.new_markdown_cell("# Squares </script> & more"),
        *map(nbformat.v4.new_code_cell, codes),
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("publish") / "squares.ipynb"
    asked = "from widgets import Predict\nPredict('area', 'What is its area?', lambda: 3.7**2)"
    made = notebook(CODE.format("x ** 2"), CODE.format("x ** 3"), "Descent(lambda x: x ** 2, 1.0)", asked)
    nbformat.write(made, path)
    before = path.read_bytes()
    assert published(path) == path.with_suffix(".html") and path.read_bytes() == before
    return path.with_suffix(".html").read_text(encoding="utf-8")


def test_each_widget_has_its_place_with_its_state_and_picture(page):
    assert page.count('class="ag-alive"') == 4 and page.count("data:image/svg+xml") >= 4
    assert "<title>Squares &lt;/script&gt; &amp; more</title>" in page


def test_what_is_held_back_is_in_a_page_that_has_no_kernel_and_nowhere_to_be_read(page):
    states = map(json.loads, re.findall('"application/json">(.*?)</script>', page))
    (held,) = (state["held"] for state in states if "held" in state)
    assert json.loads(base64.b64decode(held))["printed"] == "13.69"
    assert "13.69" not in re.sub("<script.*?</script>", "", page, flags=re.DOTALL)


def test_a_part_begins_with_a_heading_or_a_question():
    asks = [nbformat.v4.new_output("display_data", {VIEW: {"model_id": "asks"}})]
    made = notebook("1", "Predict()", "2")
    made.cells[2].outputs = asks
    made.cells.append(nbformat.v4.new_markdown_cell("Seen.\n\n## Next\n\n# no heading of a part"))
    made.metadata.widgets = {STATE: {"state": {"asks": {"state": {"_anywidget_id": "widgets.predict.widget.Predict", "_esm": ""}}}}}  # fmt: skip
    cut, _ = Parts().preprocess(made, {})
    assert [(cell.source[:9], cell.metadata.starts_part) for cell in cut.cells] == [
        ("# Squares", False), ("1", False), ("Predict()", True), ("2", False), ("Seen.\n\n", False),
        ("## Next\n\n", True),
    ]  # fmt: skip
    nbformat.validate(cut)


@pytest.mark.parametrize(
    "held, tags, asks", [("e30=", [], True), (None, [], False), ("e30=", ["exercise"], False)]
)
def test_what_follows_is_kept_back_where_the_page_can_judge_an_answer_and_not_in_an_exercise(
    held, tags, asks
):
    data = {VIEW: {"model_id": "asks"}, HELD_BACK: "0", PAGE_STATE: {"held": held}}
    made = notebook("Predict()", "2")
    made.cells[1].outputs = [nbformat.v4.new_output("display_data", data)]
    made.cells[1].metadata.tags = tags
    made.metadata.widgets = {STATE: {"state": {"asks": {"state": {"_anywidget_id": "widgets.predict.widget.Predict", "_esm": ""}}}}}  # fmt: skip
    text, _ = PageExporter().from_notebook_node(made)
    assert ('<div class="part asks">' in text) == asks


@pytest.mark.parametrize("latex, shown", [
    (r"so $x^2$ it is", "<msup><mi>x</mi><mn>2</mn></msup>"),
    ("$$\\frac{1}{h}$$", "<mfrac>"),
    ("\\begin{equation}a_1\\end{equation}", "<msub>"),
    ("`$x$` costs $5", "costs $5"),
    (r"$\frac{$", r"$\frac{$"),
])  # fmt: skip
def test_a_formula_is_shown_as_one_without_any_script(latex, shown):
    cells = [nbformat.v4.new_markdown_cell(latex)]
    text, _ = PageExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    assert shown in text.partition('<main id="lesson">')[2]


def test_what_is_printed_in_one_go_is_one_output_in_however_many_messages_it_came():
    def told(text, name="stdout"):
        return nbformat.v4.new_output("stream", text=text, name=name)

    shown = nbformat.v4.new_output("display_data", {"text/plain": "x"})
    come = [
        told("1\n"),
        told("2\n"),
        shown,
        told("3"),
        told("!", "stderr"),
        told("4"),
        told("5"),
        shown,
        shown,
    ]
    texts = [each.get("text", "x") for each in joined(come)]
    assert texts == ["1\n2\n", "x", "3", "!", "45", "x", "x"]


def test_a_module_is_sent_once_for_all_widgets_of_its_kind(page):
    assert page.count('type="text/plain"') == 3 and page.count('querySelectorAll(".ag-alive")') == 1


def test_what_is_no_widget_of_ours_or_has_no_state_stays():
    foreign = {VIEW: {"model_id": "a"}, "text/plain": "IntSlider()"}
    lost = {VIEW: {"model_id": "gone"}, "text/plain": "BackwardStepper"}
    cell = nbformat.v4.new_code_cell(
        "", outputs=[nbformat.v4.new_output("display_data", data) for data in (foreign, lost)]
    )
    given = nbformat.v4.new_notebook(cells=[cell])
    other = {"_esm": "export default {}", "_anywidget_id": "drawn.Circle", "r": float("nan")}
    states = {"a": {"state": {"value": 1}}, "b": {"state": other}, "c": {}, "d": None}
    given.metadata["widgets"] = {STATE: {"state": dict(states)}}
    made, _ = AliveWidgets().preprocess(given, {})
    assert [output.data for output in made.cells[0].outputs] == [foreign, lost]
    assert made.metadata.widgets[STATE]["state"] == states


def test_other_tools_read_a_notebook_with_its_widgets_alive_and_else_with_their_pictures():
    shown = BackwardStepper(torch.tensor(3.0, requires_grad=True) ** 2)
    data, _ = shown._repr_mimebundle_()
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", data)])
    saved = nbformat.v4.new_notebook(cells=[cell])
    (output,) = reads(nbformat.writes(saved)).cells[0].outputs
    assert VIEW not in output.data and output.data["text/html"] == data["text/html"]
    state = shown.get_state()
    saved.metadata["widgets"] = {STATE: {"state": {data[VIEW]["model_id"]: {"state": state}}}}
    read = reads(nbformat.writes(saved))
    (html,) = read.cells[0].outputs[0].data.values()
    assert 'class="ag-alive"' in html and "widgets" not in read.metadata


@pytest.mark.parametrize("name, text", [("page.html", "my own page"), ("squares.html", "my own page")])
def test_a_file_of_ones_own_is_never_written_over(tmp_path, name, text):
    nbformat.write(notebook("1"), tmp_path / "squares.ipynb")
    (tmp_path / "page.html").write_text((tmp_path / "squares.ipynb").read_text())
    before = (tmp_path / name).read_bytes() if name == "page.html" else text.encode()
    (tmp_path / name).write_bytes(before)
    with pytest.raises(FileExistsError, match="is there already, and no published page"):
        published(tmp_path / (name if name == "page.html" else "squares.ipynb"))
    assert (tmp_path / name).read_bytes() == before


def test_a_page_that_was_published_is_written_anew(page, tmp_path):
    nbformat.write(notebook("1"), tmp_path / "squares.ipynb")
    (tmp_path / "squares.html").write_text(page, encoding="utf-8")
    assert "ag-alive" not in published(tmp_path / "squares.ipynb").read_text(encoding="utf-8")


def test_a_notebook_without_title_or_outputs_is_a_page():
    text, _ = PageExporter().from_notebook_node(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    )
    assert "<title>A notebook</title>" in text


def test_an_error_is_folded_and_a_solution_too():
    wrong = nbformat.v4.new_output("error", ename="ValueError", evalue="1 < 2", traceback=["<frames>"])
    cells = [nbformat.v4.new_code_cell("f()", outputs=[wrong]),
             nbformat.v4.new_code_cell("answer = 6", metadata={"tags": ["hide-cell"]})]  # fmt: skip
    text, _ = PageExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    assert '<details class="error"><summary>ValueError: 1 &lt; 2</summary>' in text
    assert '<details class="solution"><summary>Solution</summary>' in text


def test_the_command_tells_what_it_wants_and_what_is_wrong(tmp_path):
    def told(*given):
        with pytest.raises(SystemExit) as end:
            main(given)
        return end.value.code

    for name, text in {"broken": "{", "empty": "{}", "list": "[1]", "newer": '{"nbformat": 9}'}.items():
        (tmp_path / f"{name}.ipynb").write_text(text)
    (tmp_path / "folder.ipynb").mkdir()
    assert told() == "Which notebooks? python -m widgets.publish lesson.ipynb"
    assert told(str(tmp_path / "none.ipynb")).startswith("There is no notebook")
    for name in ("broken", "empty", "list", "newer", "folder"):
        assert told(str(tmp_path / f"{name}.ipynb")).startswith(f"{name}.ipynb is no notebook")
    nbformat.write(notebook("1 / 0"), tmp_path / "raises.ipynb")
    assert told(str(tmp_path / "raises.ipynb")).startswith("raises.ipynb does not run: ZeroDivisionError")
