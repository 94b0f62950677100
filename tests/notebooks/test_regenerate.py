"""The stored lessons are what the regenerate command makes, to the byte."""

import nbformat
import pytest

from tests.exhaustive import one_in, some_of
from tests.notebooks.lessons import all_lessons, need_libraries, read, write
from tests.notebooks.regenerate import WIDGET_VIEW, normalised, normalised_output, regenerated, run, stable_id

LESSONS = all_lessons()


@one_in(2)
@pytest.mark.parametrize("lesson", some_of(LESSONS, 4), ids=lambda path: path.stem)
def test_running_the_lesson_anew_gives_the_same_bytes(lesson, tmp_path):
    need_libraries(read(lesson))
    write(regenerated(lesson), tmp_path / lesson.name)
    assert (tmp_path / lesson.name).read_text("utf-8") == lesson.read_text("utf-8")


def test_a_changed_number_changes_the_bytes(tmp_path):
    """What the comparison above would miss if outputs were kept instead of made."""
    lesson = LESSONS[1]
    for other in LESSONS[:3]:  # its neighbours, for the bar
        (tmp_path / other.name).write_bytes(other.read_bytes())
    changed = tmp_path / lesson.name
    changed.write_text(lesson.read_text("utf-8").replace('"1.0000\\n"', '"2.0000\\n"'), "utf-8")
    assert changed.read_bytes() != lesson.read_bytes()
    write(run_without_widgets(changed), changed)
    assert '"1.0000\\n"' in changed.read_text("utf-8")


def run_without_widgets(path):
    """Regenerate a lesson up to the first cell that prints: enough to see its output made anew."""
    notebook = read(path)
    first = next(
        i for i, cell in enumerate(notebook.cells)
        if any(output.output_type == "stream" for output in cell.get("outputs", ()))
    )  # fmt: skip
    notebook.cells = notebook.cells[: first + 1]
    return normalised(run(notebook, path.parent))


def test_what_differs_between_machines_is_left_out():
    cell = nbformat.v4.new_code_cell("1", id="one", metadata={"execution": {"started": "now"}})
    notebook = nbformat.v4.new_notebook(
        cells=[cell], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.99"}}
    )
    kept = normalised(notebook)
    assert set(kept.metadata) == {"kernelspec", "language_info"}
    assert kept.metadata.language_info.name == "python"
    assert "version" not in kept.metadata.language_info
    assert kept.cells[0].metadata == {}


def test_progress_bars_are_left_out_however_slow_the_machine(tmp_path):
    code = "from tqdm import tqdm\nfor i in tqdm(range(3)):\n    print(i)"
    shown = run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), tmp_path)
    assert [output.name for output in shown.cells[0].outputs] == ["stdout"]


def test_a_widget_leaves_its_picture_and_its_text():
    data = {WIDGET_VIEW: {"model_id": "1"}, "image/svg+xml": "<svg/>", "text/plain": "a graph"}
    output = normalised_output(nbformat.v4.new_output("display_data", data))
    assert set(output.data) == {"image/svg+xml", "text/plain"}


def test_an_error_keeps_its_message_and_names_no_file():
    error = nbformat.v4.new_output(
        "error", ename="RuntimeError", evalue="freed", traceback=['File "/home/ada/engine.py"']
    )
    assert normalised_output(error).traceback == ["RuntimeError: freed"]


def test_ids_drawn_at_random_become_the_same_each_time_and_others_stay():
    random = nbformat.v4.new_code_cell("1", id="5bea7db2")
    again = nbformat.v4.new_code_cell("1", id="0123abcd")
    named = nbformat.v4.new_code_cell("1", id="predict-nudge")
    assert stable_id(random, 3) == stable_id(again, 3) != stable_id(random, 4)
    assert stable_id(named, 3) == "predict-nudge"
