"""Descent in JupyterLab and in Notebook 7: what the learner decides reaches Python, keys stay here."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab import Shown

pytestmark = pytest.mark.exhaustive  # `make test` has its page, and other widgets in JupyterLab

CODE = """import autograd_core as torch
from widgets import Descent
def error(a, x=1, target=7):
    return (a * x + 5 - target) ** 2
descent = Descent(error, 1.0, lr=0.1)
descent"""

TWO = """import torch
from widgets import Descent
data = torch.tensor([1.0, 2.0, 3.0])
descent = Descent(lambda w, b: ((w * data + b - 2 * data) ** 2).mean(), (0.0, 1.0), lr=0.05, output="loss")
descent"""


EDGE = """from widgets import Descent
descent = Descent(lambda a, b: (a - b).abs() + (a + b) ** 2, (1.0, 0.7), lr=0.01)
descent.lr = 0.03
descent"""


class Slope(Shown):
    """A lesson with a descent in it."""

    kind = "descent"

    def click(self, name, view=None):
        (view or self.view).get_by_role("button", name=name, exact=True).click()

    def expect_same_as_python(self):
        """Every status line says, soon, what Python's describe() says."""
        self.wait_until(
            lambda: (
                {view.get_by_role("status").inner_text() for view in self.views.all()}
                == {self.lesson.ask("print(descent.describe())")}
            ),
            "the kernel says something else",
        )


@pytest.fixture(scope="module")
def shown(server, shared_lab_page):
    return Slope(server, shared_lab_page, CODE, "descent")


@pytest.fixture
def descent(shown):
    """The module's descent, at its start."""
    shown.expect_same_as_python()  # what the test before did has arrived
    shown.lesson.ask("descent.reset()")
    shown.expect_same_as_python()
    return shown


def test_what_the_learner_does_reaches_python_and_the_other_view(descent):
    descent.views.nth(1).wait_for()
    descent.click("Step")
    descent.click("Step", descent.views.nth(1))
    descent.expect_same_as_python()
    path = json.loads(descent.lesson.ask("print(descent.path)"))
    assert path == [pytest.approx([x]) for x in (1, 1.2, 1.36)]
    descent.view.get_by_label("Learning rate", exact=True).fill("0")
    descent.expect_same_as_python()
    rate = float(descent.lesson.ask("print(descent.lr)"))
    assert 0 < rate < 0.1
    descent.view.get_by_label("Nudge ε").select_option("1")
    descent.expect_in_kernel("descent.nudge", "1.0")


def test_what_python_decides_reaches_the_views(descent):
    descent.lesson.ask("descent.lr = 1.5; descent.step(5)")
    descent.expect_same_as_python()
    for view in descent.views.all():
        expect(view).to_have_attribute("data-verdict", "diverges")


BUSY = """
import time
from pathlib import Path
while not Path("let-go").exists():
    time.sleep(0.02)"""


def test_dragging_asks_nothing_of_the_kernel(descent, server):
    """A kernel that is busy does not keep the point from moving."""
    descent.page.evaluate(
        """(code) => {
          const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
          window.free = false;
          kernel.requestExecute({ code }).done.then(() => { window.free = true; });
        }""",
        BUSY,
    )
    descent.view.get_by_role("slider", name="a", exact=True).fill("3")
    assert descent.view.get_by_role("status").inner_text().startswith("Step 0: a = 3,")
    assert descent.page.evaluate("window.free") is False
    (server.notebooks / "let-go").touch()
    descent.page.wait_for_function("window.free")
    descent.expect_same_as_python()


@pytest.mark.exhaustive
def test_python_corrects_what_samples_told(server, page):
    """Across an edge the samples lead astray; with a kernel the path is true nevertheless."""
    shown = Slope(server, page, EDGE)
    for _ in range(12):
        shown.click("Step")
    shown.expect_same_as_python()
    expect(shown.view).to_have_attribute("data-step", "12")
    point = json.loads(shown.lesson.ask("print(list(descent.position))"))
    walk = "a, b = 1.0, 0.7\nfor _ in range(12):\n    s = 1 if a > b else -1 if a < b else 0\n" + (
        "    a, b = a - 0.03 * (s + 2 * (a + b)), b - 0.03 * (2 * (a + b) - s)\nprint([a, b])"
    )
    assert point == pytest.approx(json.loads(shown.lesson.ask(walk)), abs=1e-12)
    assert "≈" not in shown.view.get_by_role("status").inner_text()


def test_no_key_reaches_the_notebook(descent):
    before = descent.lesson.cells()
    for part in (".ag-handle", '.ag-toolbar [tabindex="0"]', ".ag-parameter input"):
        descent.view.locator(part).focus()
        for key in ["a", "b", "c", "x", "z", "d", "d", "0", "0", "ArrowUp", "ArrowDown", "ArrowLeft",
                    "PageUp", "Home", "End", "Enter", "Escape", "Shift+Enter"]:  # fmt: skip
            descent.page.keyboard.press(key)
            assert descent.lesson.cells() == before, key
    assert descent.page.locator(".jp-Dialog").count() == 0


def test_tab_stops_once_in_the_toolbar(descent):
    stops = '.ag-toolbar :is(button, input, select)[tabindex="0"]'
    assert descent.view.locator(stops).count() == 1


def test_light_and_dark(descent, photograph):
    descent.lesson.ask("descent.nudge = 1.0; descent.step(3)")
    descent.expect_same_as_python()
    grounds = {}
    for theme in ("Dark", "Light"):
        descent.lesson.theme(theme)
        photograph(descent.view, f"descent-lab-{theme.lower()}")
        grounds[theme] = descent.view.evaluate("view => getComputedStyle(view).backgroundColor")
    assert grounds["Light"] == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", grounds["Dark"])[:3])) < 64


@pytest.mark.exhaustive
def test_it_is_there_after_a_reload(descent):
    descent.click("Step")
    descent.expect_same_as_python()
    descent.lesson.command("docmanager:save")
    descent.page.reload()
    descent.lesson.wait()
    descent.view.wait_for()
    descent.expect_same_as_python()
    descent.click("Step")
    descent.expect_same_as_python()


@pytest.mark.exhaustive
def test_two_parameters_of_a_pytorch_loss(server, lab_page, photograph):
    shown = Slope(server, lab_page, TWO)
    for _ in range(4):
        shown.click("Step")
    shown.expect_same_as_python()
    a, b = json.loads(shown.lesson.ask("print(list(descent.position))"))
    model = (
        "w, b = (torch.tensor(x, requires_grad=True) for x in (0.0, 1.0))\n"
        "optimizer = torch.optim.SGD([w, b], lr=0.05)\n"
        "for _ in range(4):\n"
        "    optimizer.zero_grad(); ((w * data + b - 2 * data) ** 2).mean().backward(); optimizer.step()\n"
        "print([w.item(), b.item()])"
    )
    assert [a, b] == pytest.approx(json.loads(shown.lesson.ask(model)), abs=1e-4)
    assert violations(lab_page, ".ag-descent") == []
    for theme in ("Dark", "Light"):
        shown.lesson.theme(theme)
        photograph(shown.view, f"descent-two-lab-{theme.lower()}")


@pytest.mark.exhaustive
def test_notebook_7(server, page):
    shown = Slope(server, page, CODE, where="notebook")
    before = shown.lesson.cells()
    shown.view.locator(".ag-handle").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter", "Enter"):
        page.keyboard.press(key)
    shown.expect_same_as_python()
    expect(shown.view).to_have_attribute("data-step", "2")
    assert shown.lesson.cells() == before
