"""Every line that a lesson prints, PyTorch prints as well when it runs the same cells.

Except where it trains: there the last digits add up.
"""

import contextlib
import io
from unittest.mock import Mock

import pytest

from tests.notebooks.lessons import all_lessons, code_cells, libraries, read, tags
from tests.oracle import need_pytorch
from widgets import GradientCheck

WIDGETS = {  # what they do to the tensors
    "check": Mock(),
    "make_dot": Mock(),
    "verify": Mock(),
    "GradientCheck": GradientCheck,
    "Descent": Mock(),
    "check_setup": Mock(),
    "write_tensorboard_graph": Mock(),
    "BackwardStepper": lambda output: output.backward(),
    "GradientQuiz": lambda output, ask: output.backward(),
}


def comparable(lesson):
    """Whether a lesson runs on the engine, and trains nothing."""
    notebook = read(lesson)
    trains = any("manual_seed" in cell.source for cell in code_cells(notebook))
    return not trains and "torch" not in libraries(notebook)


LESSONS = [lesson for lesson in all_lessons() if comparable(lesson)]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_cells_print_the_same_in_pytorch(lesson):
    names = dict(WIDGETS)
    for cell in code_cells(read(lesson)):
        if "raises-exception" in tags(cell):
            same_error(cell, names)
            continue
        printed = run_in_pytorch(cell.source, names)
        stored = "".join(o.text for o in cell.outputs if o.get("name") == "stdout")
        assert printed == stored, cell.source


def test_there_is_something_to_compare():
    """A lesson may print nothing, but the series as a whole does."""
    assert any(prints(cell) for lesson in LESSONS for cell in code_cells(read(lesson)))


def test_every_lesson_is_compared_except_the_two_that_train():
    """So lesson 13 says. (What 11 finds, test_training_lesson.py compares with 13.)"""
    assert [path.name[:2] for path in all_lessons() if path not in LESSONS] == ["11", "13"]


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
    code = "\n".join(line for line in lines if not line.startswith("from widgets import"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    return printed.getvalue()


def test_a_different_number_is_noticed():
    assert run_in_pytorch("import autograd_core as torch\nprint(torch.tensor(2.0) ** 2)", {}) == (
        "tensor(4.)\n"
    )
