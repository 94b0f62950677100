"""Every line that a lesson prints, and every value that it asks for, is the same in PyTorch.

Except where it trains: there the last digits add up.
"""

import contextlib
import io
import re
from unittest.mock import Mock

import pytest

from tests.notebooks.lessons import all_lessons, code_cells, libraries, read, tags
from tests.oracle import need_pytorch
from widgets import GradientCheck, Predict, make_dot

WIDGETS = {  # what they do to the tensors
    "check": Mock(),
    "make_dot": make_dot,
    "verify": Mock(),
    "GradientCheck": GradientCheck,
    "Descent": Mock(),
    "check_setup": Mock(),
    "write_tensorboard_graph": Mock(),
    "Nudge": Mock(),
    "lesson": Mock(),
    "progress": Mock(),
    "BackwardStepper": lambda output: output.backward(),
    "GradientQuiz": lambda output, ask, id=None: output.backward(),
}


def comparable(lesson):
    """Whether a lesson runs on the engine, and trains nothing."""
    notebook = read(lesson)
    trains = any("manual_seed" in cell.source for cell in code_cells(notebook))
    return not trains and "torch" not in libraries(notebook)


LESSONS = [lesson for lesson in all_lessons() if comparable(lesson)]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_cells_print_the_same_in_pytorch(lesson, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for the files that a lesson writes
    held_back = []
    names = WIDGETS | {"Predict": lambda *args, **words: held_back.append(Predict(*args, **words))}
    for cell in code_cells(read(lesson)):
        if "raises-exception" in tags(cell):
            same_error(cell, names)
            continue
        printed = run_in_pytorch(cell.source, names)
        stored = "".join(o.text for o in cell.outputs if o.get("name") == "stdout")
        assert printed == stored, cell.source
        assert [digests(each._repr_mimebundle_()[0]) for each in held_back] == stored_digests(cell)
        held_back.clear()


def test_there_is_something_to_compare():
    """A lesson may print nothing, but the series as a whole does."""
    assert any(prints(cell) for lesson in LESSONS for cell in code_cells(read(lesson)))


def test_every_lesson_is_compared_except_the_two_that_train():
    """So lesson 13 says. (What 11 finds, test_training_lesson.py compares with 13.)"""
    assert [path.name[:2] for path in all_lessons() if path not in LESSONS] == ["11", "13"]


def digests(data):
    """What is told of a value that a prediction holds back."""
    return data["application/vnd.see-the-gradient.held-back"]


def stored_digests(cell):
    return [digests(each.data) for each in cell.outputs if "held-back" in str(each.get("data"))]


def prints(cell):
    """Whether a cell's stored outputs hold printed text."""
    return any(output.get("name") == "stdout" for output in cell.outputs)


def same_error(cell, names):
    """PyTorch raises the same type of exception, and its message begins with the same words."""
    (stored,) = [output for output in cell.outputs if output.output_type == "error"]
    with pytest.raises(Exception) as raised:
        run_in_pytorch(cell.source, names)
    assert type(raised.value).__name__ == stored.ename
    assert str(raised.value).split()[:8] == stored.evalue.split()[:8]


def run_in_pytorch(source, names):
    """Run a cell with PyTorch in the engine's place; return what it prints."""
    need_pytorch()
    lines = source.replace("import autograd_core as torch", "import torch").splitlines()
    code = re.sub(
        r"^from widgets import (\(.*?\)|.*?)$", "", "\n".join(lines), flags=re.DOTALL | re.MULTILINE
    )
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    return printed.getvalue()


def test_a_different_number_is_noticed():
    assert run_in_pytorch("import autograd_core as torch\nprint(torch.tensor(2.0) ** 2)", {}) == (
        "tensor(4.)\n"
    )
