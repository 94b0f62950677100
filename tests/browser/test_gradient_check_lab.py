"""The gradient check in JupyterLab and in Notebook 7, as a learner meets it."""

import re

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab import Shown
from tests.browser.test_gradient_check_page import correct
from tests.exhaustive import some_of

pytestmark = pytest.mark.exhaustive  # `make test` has its page, and other widgets in JupyterLab

SETUP = """\
import autograd_core as torch
from widgets import GradientCheck
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0]
w = torch.tensor([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]])
check = GradientCheck(lambda w: (Square.apply(w) + w.exp()).sum(), w)"""
CHECK = SETUP + "\ncheck"


class Check(Shown):
    """A lesson with a gradient check in it, driven as a learner would."""

    kind = "gradient-check"

    def state(self):
        return tuple(int(self.view.get_attribute(f"data-{name}")) for name in ("selected", "step"))

    def expect_state(self, selected, step):
        for view in self.views.all():
            expect(view).to_have_attribute("data-selected", str(selected))
            expect(view).to_have_attribute("data-step", str(step))

    def expect_same_as_python(self):
        """The kernel has heard what was chosen, and describe() says what the status line says."""
        self.expect_in_kernel("(check.selected, check.step)", lambda: str(self.state()))
        self.expect_in_kernel("check.describe()", self.view.get_by_role("status").inner_text)


@pytest.fixture(scope="module")
def shown(server, shared_lab_page):
    return Check(server, shared_lab_page, CHECK)


@pytest.fixture
def check(shown):
    """The module's check with an element and the step 1e−6 chosen, in the light theme."""
    shown.in_light()
    shown.expect_same_as_python()  # what the test before did has arrived
    shown.lesson.ask("check.selected, check.step = 2, 27")
    shown.expect_state(2, 27)
    return shown


def test_the_status_line_says_what_describe_says(check):
    check.view.locator('.ag-pick[tabindex="0"]').focus()
    for key in ("ArrowDown", "ArrowLeft", "Home", "ArrowRight", "End", "Space", "ArrowUp"):
        check.press(key)
        check.expect_same_as_python()


def test_keys_choose_element_and_step_and_leave_the_notebook_alone(check):
    before = check.lesson.cells()
    for part in ('.ag-pick[tabindex="0"]', '.ag-toolbar [tabindex="0"]', ".ag-scrub"):
        check.view.locator(part).focus()
        for key in (
            "a",
            "b",
            "x",
            "d",
            "d",
            "m",
            "Shift+M",
            "ArrowDown",
            "PageDown",
            "Shift+Enter",
            "Escape",
        ):
            check.press(key)
            assert check.lesson.cells() == before, key
    check.view.locator(".ag-scrub").focus()
    check.expect_same_as_python()  # what the keys did has arrived
    check.lesson.ask("check.selected, check.step = 2, 27")
    check.expect_state(2, 27)
    check.press("ArrowLeft", "ArrowLeft")
    check.expect_state(2, 25)
    check.press("Home")
    check.expect_state(2, 0)
    check.view.locator(".ag-find").focus()
    check.press("Shift+End", "Delete", "w", "Home", "End")  # who types keeps these keys
    check.expect_state(2, 0)
    check.press("Backspace", "Escape")
    assert check.lesson.cells() == before


def test_a_click_shows_an_elements_curve(check):
    check.view.get_by_role("button", name="w[1, 0]", exact=True).click()
    check.expect_state(3, 27)
    expect(check.view.locator("h3")).to_have_text("Error of w[1, 0] for every step")


def test_light_and_dark(check, photograph):
    grounds = {}
    for theme in ("Dark", "Light"):
        check.lesson.theme(theme)
        photograph(check.view, f"gradient-check-lab-{theme.lower()}")
        grounds[theme] = check.view.evaluate("view => getComputedStyle(view).backgroundColor")
    assert grounds["Light"] == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", grounds["Dark"])[:3])) < 64


@pytest.mark.parametrize("theme", some_of(["Dark", "Light"]))
def test_nothing_is_wrong_for_a_screen_reader(check, theme):
    check.lesson.theme(theme)
    check.view.get_by_role("button", name="Table").click()
    try:
        assert violations(check.page, ".ag-gradient-check") == []
    finally:
        check.view.get_by_role("button", name="Table").click()


PYTORCH = """\
import torch
from widgets import GradientCheck
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
x, y = torch.rand(5, 4), torch.tensor([0, 1, 2, 1, 0])
criterion = torch.nn.CrossEntropyLoss()
check = GradientCheck(lambda: criterion(model(x), y), dict(model.named_parameters()), dtype="as given")
check"""


@pytest.mark.exhaustive
def test_a_pytorch_model(server, lab_page, photograph):
    shown = Check(server, lab_page, PYTORCH)
    shown.expect_same_as_python()
    assert (
        shown.lesson.ask("print(check.agrees, all(p.grad is None for p in model.parameters()))")
        == "True True"
    )
    expect(shown.view.locator(".ag-remarks")).to_contain_text("nll_loss is not known to be analytic")
    shown.view.get_by_label("Show elements").select_option("of 2.bias")
    expect(shown.view.locator(".ag-pick")).to_have_text(["2.bias[0]", "2.bias[1]", "2.bias[2]"])
    photograph(shown.view, "gradient-check-pytorch-model")


@pytest.mark.exhaustive
def test_two_views_show_the_same_and_a_reload_keeps_it(server, lab_page):
    shown = Check(server, lab_page, CHECK, "check")
    shown.views.nth(1).wait_for()
    shown.views.nth(1).locator(".ag-scrub").focus()
    shown.press("ArrowRight", "ArrowRight")
    shown.expect_state(5, 29)
    shown.views.nth(0).get_by_role("button", name="w[0, 0]").click()
    shown.expect_state(0, 29)
    shown.expect_same_as_python()  # what the kernel has not heard is lost with the page
    shown.lesson.command("docmanager:save")
    lab_page.reload()
    shown.lesson.wait()
    shown.view.wait_for()
    shown.expect_state(0, 29)
    shown.expect_same_as_python()


@pytest.mark.exhaustive
def test_it_goes_on_when_the_kernel_dies(server, page):
    shown = Check(server, page, CHECK)
    page.evaluate(
        "() => void jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import os; os._exit(1)' })"
    )
    page.locator(".jp-Dialog").get_by_role("button").first.click()  # the kernel has died
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    shown.view.locator(".ag-scrub").focus()
    shown.press("ArrowRight")
    shown.expect_state(5, 28)


@pytest.mark.exhaustive
def test_notebook_7(server, page, photograph):
    shown = Check(server, page, CHECK, where="notebook")
    before = shown.lesson.cells()
    shown.view.locator('.ag-pick[tabindex="0"]').focus()
    shown.press("ArrowUp", "ArrowRight", "PageDown", "Escape")
    shown.expect_state(4, 28)
    shown.expect_same_as_python()
    assert shown.lesson.cells() == before
    photograph(page, "gradient-check-notebook-7")


def test_a_lesson_just_cloned_and_not_run_shows_the_picture(server, lab_page, photograph):
    check = correct()
    shown = {
        kind: content
        for kind, content in check._repr_mimebundle_()[0].items()
        if kind != "application/vnd.jupyter.widget-view+json"  # as a lesson is stored
    }
    output = nbformat.v4.new_output("execute_result", shown, execution_count=1)
    server.open(lab_page, server.write("cloned-check.ipynb", SETUP, outputs=[[output]]))
    picture = lab_page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.get_attribute("alt") == check.describe()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 300
    photograph(lab_page, "gradient-check-cloned")
