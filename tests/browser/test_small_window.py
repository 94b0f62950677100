"""A widget in JupyterLab at 1024 × 768, beside the file browser and a scroll bar: all that matters is in sight."""

import pytest

import autograd_core as torch
from autograd_core import nn
from tests.browser import worked
from tests.browser.axe import violations
from tests.browser.test_stepper_page import layered
from tests.browser.test_training_page import trained
from widgets import (
    Descent,
    GradientCheck,
    GradientQuiz,
    Nudge,
    Predict,
    check_setup,
    diagnose,
    progress,
    watching,
)
from widgets.setup.widget import SetupView

# A cell has 577 pixels there, and the page of a widget 16 on each side.
WINDOW = {"width": 577 + 2 * 16, "height": 646}
TALLEST = 620


def worked_example(p1, p2_1, p2_2, p3):
    o1 = (p1 * 3) ** 2 + 1
    return 8 * (p3 * ((p2_1 * o1) ** 0.5 - 4 + 2 * (p2_2 * o1).sin()) + 9) ** 0.3


def longer_names(weight, b0):
    return ((weight.sin() + b0) ** 2).sum()


def bowl(a, b):
    return (a - 2) ** 2 + 3 * (b + 1) ** 2


def tensor_quiz():
    h = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    b = torch.tensor([1.0, 2.0], requires_grad=True)
    return GradientQuiz(((h + b) ** 2).sum(), ask=["h", "b"])


def diagnosis():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1))
    with watching() as seen:
        loss = model(torch.ones(4, 2)).square().mean()
    return diagnose(seen, model) if loss is not None else None


WEIGHTS = torch.tensor([1.0, 2.0, 3.0, 4.0])
WIDGETS = {
    "a stepper": worked.stepper,
    "a stepper of a model": layered,
    "a quiz": lambda: GradientQuiz(worked.stepper().trace),
    "a quiz on tensors": tensor_quiz,
    "a prediction": lambda: Predict("small", "What is `x.grad`, element by element?", lambda: WEIGHTS),
    "a nudge": lambda: Nudge(lambda x: 3 * x * x**2, 1.0),
    "a nudge of tensors": lambda: Nudge(longer_names, [WEIGHTS, 2.0]),
    "a curve": lambda: Descent(lambda a: (a - 2) ** 2, 1.0),
    "a curve with a switch": lambda: Descent(lambda a: (a - 2) ** 2, 1.0, reset_grad=False),
    "a map": lambda: Descent(bowl, (2.0, 1.0), lr=0.05),
    "a map with longer names": lambda: Descent(longer_names, (2.0, 1.0), lr=0.05),
    "a compact check": lambda: GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5], compact=True),
    "a check": lambda: GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5]),
    "a check of a matrix": lambda: GradientCheck(lambda W: (W @ W.T).sin().sum(), [torch.ones(12, 30)]),
    "a check of a kink": lambda: GradientCheck(lambda x: (x - 1).relu(), 1.0),
    "a training run": trained,
    "a diagnosis": diagnosis,
    "the setup": lambda: SetupView(check_setup()),
    "the map of the course": progress,
}


@pytest.mark.parametrize("name", WIDGETS)
def test_it_is_in_sight_as_a_whole_and_no_text_runs_out_of_it(show, photograph, name):
    page = show(WIDGETS[name](), viewport=WINDOW)
    photograph(page.locator(".ag"), f"small-{name.replace(' ', '-')}")
    assert page.locator(".ag").bounding_box()["height"] <= TALLEST
    assert page.evaluate("document.documentElement.scrollWidth") <= WINDOW["width"]
    cut = page.eval_on_selector_all(
        "input[placeholder]",
        """all => all.filter((field) => {
          const pen = document.createElement("canvas").getContext("2d"), looks = getComputedStyle(field);
          pen.font = looks.font;
          return field.offsetWidth && pen.measureText(field.placeholder).width > field.clientWidth - 2 * parseFloat(looks.paddingLeft);
        }).map((field) => field.placeholder)""",
    )
    assert cut == [] and violations(page) == []
