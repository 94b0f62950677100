"""A toolbar by keyboard: Up and Down reach every control of every widget, and change none."""

import pytest

import autograd_core as torch
from tests.browser import worked
from tests.browser.conftest import new_page
from widgets import Descent, GradientCheck, GradientQuiz, Nudge, TrainingMonitor

CONTROLS = """() => [...document.querySelectorAll(".ag-toolbar :is(button, input, select)")].filter(
  (each) => !each.disabled && each.checkVisibility()).map((each) => (each.id ||= crypto.randomUUID()))"""
FOCUSED = "() => document.activeElement.id"
VALUES = "() => [...document.querySelectorAll('.ag-toolbar :is(input, select)')].map((each) => each.value)"


def quiz():
    a = torch.tensor(2.0, requires_grad=True)
    y = a * a
    return GradientQuiz(y)


def check():
    x = torch.tensor([1.0, 2.0], requires_grad=True, dtype=torch.float64)
    return GradientCheck(lambda x: (x * x).sum(), x)


WIDGETS = {
    "stepper": worked.stepper,
    "quiz": quiz,
    "check": check,
    "descent": lambda: Descent(lambda x: x * x, start=2.0),
    "nudge": lambda: Nudge(lambda x: x * x, 3.0),
    "monitor": TrainingMonitor,
}


@pytest.fixture(params=WIDGETS)
def page(browser, tmp_path, request):
    path = WIDGETS[request.param]().to_html(tmp_path / "widget.html")
    with new_page(browser, offline=True) as page:
        page.goto(path.as_uri())
        page.wait_for_selector(".ag[data-ready]")
        for more in page.get_by_role("button", name="More", exact=True).all():
            more.click()
        yield page


def test_up_and_down_walk_through_all_controls(page):
    controls, values = page.evaluate(CONTROLS), page.evaluate(VALUES)
    page.locator('.ag-toolbar [tabindex="0"]').focus()
    start = controls.index(page.evaluate(FOCUSED))
    for key, direction in (("ArrowDown", 1), ("ArrowUp", -1)):
        for i in range(1, len(controls) + 1):
            page.keyboard.press(key)
            assert page.evaluate(FOCUSED) == controls[(start + direction * i) % len(controls)]
    assert page.evaluate(VALUES) == values
