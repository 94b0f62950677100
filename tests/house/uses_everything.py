"""Uses each widget, as a program of its own: what the tests of the wheel run outside the project.

    python uses_everything.py FOLDER

Copies the lessons to FOLDER and runs two of them there, code cell by code cell.
"""

import json
import os
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

import autograd_core as torch
import widgets
from widgets import (
    BackwardStepper,
    Descent,
    GradientCheck,
    GradientQuiz,
    Nudge,
    Predict,
    TrainingMonitor,
    check_setup,
    make_dot,
)
from widgets.lessons import main as copy_lessons
from widgets.setup.widget import SetupView


def main(folder):
    x = torch.tensor(3.0, requires_grad=True)
    shown = [
        BackwardStepper(x * x),
        GradientQuiz(x * x),
        Predict("id", "What is x²?", lambda: x * x),
        GradientCheck(lambda x: x * x, x),
        Descent(lambda a, b: a * a + b * b, (1.0, 2.0)),
        Nudge(lambda x: x * x, 3.0),
        TrainingMonitor(),
        SetupView(check_setup()),
    ]
    for widget in shown:
        live, _ = widget._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in live
        assert "export default { render" in str(widget._esm)
        assert "{" in str(widget._css)
        assert "render({ model: standIn(" in widget.page()
    assert "image/svg+xml" in make_dot(x * x)._repr_mimebundle_()

    copy_lessons(folder)
    os.chdir(folder)
    shell = InteractiveShell.instance()
    for lesson in sorted(Path().glob("0[05]-*.ipynb")) + sorted(Path().glob("11-*.ipynb")):
        for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                shell.run_cell("".join(cell["source"])).raise_error()
        torch.set_default_dtype(torch.float32)  # as each lesson's own kernel begins
    print("all used, from", Path(widgets.__file__).parent)


if __name__ == "__main__":
    main(sys.argv[1])
