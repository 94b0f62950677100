"""The stepper in JupyterLab and in Notebook 7, as a learner meets it."""

import json
import re

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import worked
from tests.browser.axe import violations
from tests.browser.lab import Shown


class Stepper(Shown):
    """A lesson with the worked example's stepper in it, driven as a learner would."""

    kind = "stepper"

    def focus_graph(self, view=None):
        (view or self.view).locator('.ag-node[tabindex="0"]').focus()

    def press_more(self, *names):
        """Press buttons among the controls that come on demand."""
        for name in ("More", *names, "More"):
            self.view.get_by_role("button", name=name, exact=True).click()

    def step(self):
        return int(self.view.get_attribute("data-step"))

    def expect_step(self, step):
        for view in self.views.all():
            expect(view).to_have_attribute("data-step", str(step))

    def settle(self):
        """Wait until the kernel has heard of the step that the view is at."""
        self.expect_in_kernel("stepper.step", lambda: str(self.step()))

    def expect_same_as_python(self):
        """The status line says what Python's describe() says, of the same step."""
        self.expect_in_kernel("stepper.describe()", self.view.get_by_role("status").inner_text)


@pytest.fixture(scope="module")
def shown(server, shared_lab_page):
    return Stepper(server, shared_lab_page, worked.STEPPER)


@pytest.fixture
def stepper(shown):
    """The module's stepper, at the start of its backward pass, in the light theme."""
    shown.in_light()
    shown.focus_graph()
    shown.press("Home")  # whatever a test before left playing stops
    shown.settle()
    shown.lesson.ask("stepper.step, stepper.selected = 27, ''")
    shown.expect_step(27)
    return shown


def test_the_status_line_says_what_describe_says(stepper):
    stepper.focus_graph()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home", "ArrowRight"):
        stepper.press(key)
        stepper.expect_same_as_python()


def test_keys_move_through_time_and_leave_the_notebook_alone(stepper):
    before = stepper.lesson.cells()
    stepper.focus_graph()
    stepper.press("ArrowRight", "ArrowRight")
    stepper.expect_step(29)
    stepper.press("ArrowLeft")
    stepper.expect_step(28)
    stepper.press("Home")
    stepper.expect_step(0)
    stepper.press("End")
    stepper.expect_step(45)
    assert stepper.lesson.cells() == before


def test_no_key_reaches_the_notebook(stepper):
    before = stepper.lesson.cells()
    for part in ('.ag-node[tabindex="0"]', '.ag-toolbar [tabindex="0"]', ".ag-code"):
        stepper.view.locator(part).focus()
        for key in ["a", "b", "c", "v", "x", "z", "m", "y", "d", "d", "0", "0", "Shift+M",
                    "ArrowDown", "ArrowUp", "Enter", "Escape", "Shift+Enter", "Space"]:  # fmt: skip
            stepper.press(key)
            assert stepper.lesson.cells() == before, key
            assert stepper.page.locator(".jp-Dialog").count() == 0, key


def test_enter_inspects_and_escape_returns(stepper):
    stepper.focus_graph()
    stepper.press("ArrowRight", "Enter")
    details = stepper.view.get_by_role("group", name="Details")
    expect(details).to_be_visible()
    expect(details).to_be_focused()
    expect(details).to_contain_text("MulBackward0")
    stepper.expect_in_kernel("stepper.selected and stepper.trace.node(stepper.selected).name", "y")
    stepper.press("Escape")
    expect(details).to_be_hidden()
    expect(stepper.view.locator('.ag-node[tabindex="0"]')).to_be_focused()


def test_tab_stops_once_in_the_toolbar_and_once_in_the_graph(stepper):
    toolbar, graph = (stepper.view.locator(name) for name in (".ag-toolbar", ".ag-graph"))
    for part in (toolbar, graph):
        assert part.locator('button[tabindex="0"], input[tabindex="0"], select[tabindex="0"], '
                            'g[tabindex="0"]').count() == 1  # fmt: skip
    stepper.view.get_by_role("button", name="Back", exact=True).focus()
    stepper.press("ArrowDown")
    expect(stepper.view.get_by_role("button", name="Play")).to_be_focused()


def test_a_click_shows_a_nodes_details(stepper):
    stepper.press_more("Fit")
    stepper.view.get_by_role("button", name=re.compile("^p2_2, leaf")).click()
    expect(stepper.view.get_by_role("group", name="Details")).to_contain_text("leaf")
    stepper.view.get_by_role("button", name="Close").click()


def test_space_plays_and_pauses(stepper):
    stepper.view.get_by_role("button", name="More").click()
    stepper.view.get_by_role("combobox", name="Speed").select_option("0.5")
    stepper.view.get_by_role("button", name="More").click()
    stepper.focus_graph()
    stepper.press("Space")
    expect(stepper.view).not_to_have_attribute("data-step", "27")
    stepper.press("Space")
    expect(stepper.view.get_by_role("button", name="Play")).to_be_visible()


def test_the_code_at_work_is_marked(stepper):
    stepper.lesson.ask("stepper.step = 28")
    stepper.expect_step(28)
    expect(stepper.view.locator(".ag-code mark")).to_have_text(re.compile(r"^8 \* o3$"))


def test_the_scrubber_follows_and_leads(stepper):
    scrubber = stepper.view.get_by_label("Step", exact=True)
    scrubber.fill("40")
    stepper.expect_step(40)
    assert scrubber.get_attribute("aria-valuetext").startswith("Step 40 of 45, backward")


def test_the_table_tells_the_same(stepper):
    stepper.press_more("Table")
    stepper.focus_graph()
    stepper.press("End")
    row = stepper.view.get_by_role("row", name=re.compile("^p1 "))
    expect(row).to_contain_text("19.5745")
    expect(row).to_contain_text("complete")
    stepper.press_more("Table")


@pytest.mark.exhaustive
def test_light_and_dark(stepper, photograph):
    grounds = {}
    for theme in ("Dark", "Light"):
        stepper.lesson.theme(theme)
        stepper.lesson.ask("stepper.step = 38")
        stepper.expect_step(38)
        photograph(stepper.view, f"stepper-lab-{theme.lower()}")
        grounds[theme] = stepper.view.evaluate("view => getComputedStyle(view).backgroundColor")
    assert grounds["Light"] == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", grounds["Dark"])[:3])) < 64


@pytest.mark.exhaustive
def test_opening_the_worked_example_sends_script_and_style_once_and_less_than_60_kilobytes_besides(
    server, page
):
    lesson = server.open(page, server.write("sent.ipynb", worked.CODE, "1"))
    lesson.run()
    lesson.ask("from widgets import BackwardStepper")
    received = listen(page)
    page.evaluate(
        """async () => {
          const { content } = jupyterapp.shell.currentWidget;
          content.activeCellIndex = 1;
          content.activeCell.model.sharedModel.setSource("BackwardStepper(y)");
          await jupyterapp.commands.execute("notebook:run-cell");
        }"""
    )
    page.locator(".ag-stepper[data-ready]").wait_for()
    made = worked.stepper()
    once = len(json.dumps(made._esm)) + len(json.dumps(made._css))
    assert once < sum(received) < once + 60_000


def listen(page):
    """A list that grows by the bytes of each message that the page's sockets receive."""
    received = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketFrameReceived", lambda event: received.append(bytes_of(event["response"])))
    return received


def bytes_of(frame):
    """Chromium tells a binary frame (opcode 2) in base 64."""
    size = len(frame["payloadData"].encode())
    return size * 3 // 4 if frame["opcode"] == 2 else size


def test_nothing_is_wrong_for_a_screen_reader(stepper):
    stepper.press_more("Table")
    stepper.focus_graph()
    stepper.press("ArrowRight", "Enter")
    try:
        assert violations(stepper.page, ".ag-stepper") == []
    finally:
        stepper.press("Escape")
        stepper.press_more("Table")


MAGIC = """%%backward
w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
loss = (w @ w).sum()"""


@pytest.mark.exhaustive
def test_the_magic_opens_the_stepper_on_the_cells_last_tensor(server, lab_page):
    lines = "import autograd_core as torch\n%load_ext widgets"
    shown = Stepper(server, lab_page, lines, MAGIC)
    assert shown.lesson.ask("print(w.grad.tolist())") == "[[7.0, 11.0], [9.0, 13.0]]"
    shown.focus_graph()
    shown.press("ArrowRight")
    expect(shown.view.get_by_role("status")).to_contain_text("loss has its complete gradient, 1")
    expect(shown.view.locator(".ag-code mark")).to_have_text("(w @ w).sum()")


MODEL = """import torch
from widgets import BackwardStepper
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
x = torch.tensor([[1.0, 2.0], [0.5, -1.0], [0.0, 1.0]])
loss = torch.nn.functional.cross_entropy(model(x), torch.tensor([0, 1, 1]))
stepper = BackwardStepper(loss)
stepper"""


@pytest.mark.exhaustive
def test_a_pytorch_model(server, lab_page, photograph):
    shown = Stepper(server, lab_page, MODEL)
    shown.focus_graph()
    shown.press("End")
    shown.expect_same_as_python()
    kept = shown.lesson.ask("print([[*each.grad.shape] for each in model.parameters()])")
    assert kept == "[[3, 2], [3], [2, 3], [2]]"
    shown.view.get_by_role("button", name=re.compile("^loss, result of nll_loss")).focus()
    shown.press("Enter")
    details = shown.view.get_by_role("group", name="Details")
    expect(details).to_contain_text("NllLossBackward0")
    expect(details).to_contain_text(shown.lesson.ask("print(f'{loss.item():.4f}')"))
    for term in details.locator("dt").all():  # on one line, whatever the host's style sheet says
        assert term.bounding_box()["height"] < 30
    lab_page.set_viewport_size({"width": 1200, "height": 1200})
    photograph(shown.view, "stepper-pytorch-model")


PICTURE = """import autograd_core as torch
from widgets import make_dot
a, b = (torch.tensor(each, requires_grad=True) for each in (2.0, 3.0))
c = a * b + a
c.backward()
make_dot(c)"""


@pytest.mark.exhaustive
def test_the_picture_of_make_dot_in_a_cell(server, lab_page, photograph):
    lesson = server.open(lab_page, server.write("picture.ipynb", PICTURE))
    lesson.run()
    picture = lab_page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    text = lab_page.evaluate("async (address) => (await fetch(address)).text()", picture.get_attribute("src"))
    for part in (">a<", ">b<", ">c<", "grad"):
        assert part in text
    for theme in ("Dark", "Light"):
        lesson.theme(theme)
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
        photograph(lab_page.locator(".jp-OutputArea"), f"picture-lab-{theme.lower()}")


@pytest.mark.exhaustive
def test_two_views_show_the_same(server, lab_page):
    shown = Stepper(server, lab_page, worked.STEPPER, "stepper")
    shown.views.nth(1).wait_for()
    shown.focus_graph(shown.views.nth(1))
    shown.press("ArrowRight", "ArrowRight", "ArrowRight")
    shown.expect_step(30)
    shown.focus_graph(shown.views.nth(0))
    shown.press("ArrowLeft")
    shown.expect_step(29)

    shown.settle()  # what the kernel has not heard is lost with the page
    shown.lesson.command("docmanager:save")
    lab_page.reload()
    shown.lesson.wait()
    shown.view.wait_for()
    shown.expect_step(29)
    shown.focus_graph()
    shown.press("ArrowRight")
    shown.expect_step(30)
    shown.expect_same_as_python()


@pytest.mark.exhaustive
def test_it_keeps_stepping_when_the_kernel_dies(server, page):
    shown = Stepper(server, page, worked.STEPPER)
    page.evaluate(
        "() => void jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import os; os._exit(1)' })"
    )
    page.locator(".jp-Dialog").get_by_role("button").first.click()  # the kernel has died
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    shown.focus_graph()
    shown.press("ArrowRight", "ArrowRight")
    shown.expect_step(29)
    expect(shown.view.locator("[role=status]")).to_contain_text("Step 29 of 45")


def test_notebook_7(server, page, photograph):
    shown = Stepper(server, page, worked.STEPPER, where="notebook")
    before = shown.lesson.cells()
    shown.focus_graph()
    shown.press("ArrowRight", "ArrowRight", "Space", "Space", "Enter", "Escape")
    shown.expect_step(29)
    shown.expect_same_as_python()
    assert shown.lesson.cells() == before
    photograph(page, "stepper-notebook-7")


def test_a_lesson_just_cloned_and_not_run_shows_the_picture(server, page, photograph):
    stepper = worked.stepper(step=38)
    shown = {
        kind: content
        for kind, content in stepper._repr_mimebundle_()[0].items()
        if kind != "application/vnd.jupyter.widget-view+json"  # as a lesson is stored
    }
    output = nbformat.v4.new_output("execute_result", shown, execution_count=1)
    name = server.write("cloned.ipynb", worked.STEPPER, outputs=[[output]])
    server.open(page, name)
    trusted = "() => jupyterapp.shell.currentWidget.content.widgets[0].model.trusted"
    assert page.evaluate(trusted) is False
    picture = page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.get_attribute("alt") == stepper.describe()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 300
    assert page.get_by_text("Error displaying widget").count() == 0
    assert page.get_by_text("model not found").count() == 0
    photograph(page, "stepper-cloned")


LARGE = """
import autograd_core as torch
from widgets import BackwardStepper
y = x = torch.tensor(0.5, requires_grad=True)
for _ in range(1000):
    y = (y * 0.999).sin()
stepper = BackwardStepper(y)
stepper
"""


def test_of_a_very_large_graph_a_level_comes_from_the_kernel_when_it_is_opened(server, lab_page):
    shown = Stepper(server, lab_page, LARGE)
    trail = shown.view.get_by_role("navigation", name="Levels")
    shown.focus_graph()
    shown.press("Home")
    for depth in (1, 2):
        shown.press("PageDown")
        expect(trail.locator("button")).to_have_count(depth)
        expect(shown.view.locator(".ag-node").first).to_be_visible()
        shown.settle()
        shown.expect_same_as_python()
    shown.focus_graph()
    shown.press("ArrowRight")
    shown.settle()
    shown.expect_same_as_python()
    shown.press("PageUp", "PageUp")
    expect(trail.locator("button")).to_have_count(0)
    shown.settle()
    shown.expect_same_as_python()
