"""Cells that run again and again in JupyterLab: what stays in the page, and what must go on working."""

import pytest
from playwright.sync_api import expect

from tests.widgets.test_outputs import SETUP, WIDGETS

KINDS = {
    "BackwardStepper": "stepper", "GradientQuiz": "quiz", "GradientCheck": "gradient-check",
    "Descent": "descent", "TrainingMonitor": "training", "SetupView": "setup",
}  # fmt: skip
# A widget of six lines that is closed by hand when its cell runs again.
CONTROL = """\
import anywidget
class Control(anywidget.AnyWidget):
    _esm = "export default { render: ({{ el }}) => el.append('-') }}"
if "control_{0}" in globals():
    control_{0}.layout.close(), control_{0}.close()
control_{0} = Control()
display(control_{0})"""
RUNS, MORE = 3, 5
PATIENCE = 40  # counts


@pytest.fixture
def left_by_each_run(server, lab_page):
    """How many nodes and listeners more there are in a page each time that some cells have run."""
    cdp = lab_page.context.new_cdp_session(lab_page)

    def counts():
        """Count when all is drawn and let go of: when nothing changes any more, if it ever does."""
        seen = []
        while len(seen) < 3 or (len(set(seen[-3:])) > 1 and len(seen) < PATIENCE):
            lab_page.wait_for_timeout(300)
            cdp.send("HeapProfiler.collectGarbage")
            found = cdp.send("Memory.getDOMCounters")
            seen.append((found["nodes"], found["jsEventListeners"]))
        print(seen)
        return seen[-1]

    def left(name, sources):
        lesson = server.open(lab_page, server.write(f"left-by-{name}.ipynb", SETUP, *sources))
        for _ in range(RUNS):
            lesson.run()
        before = counts()
        for _ in range(MORE):
            lesson.run()
        after = counts()
        lesson.close()
        return [(b - a) / MORE for a, b in zip(before, after)]

    yield left
    cdp.detach()


def test_cells_that_run_again_leave_in_the_page_what_jupyterlab_itself_leaves(left_by_each_run):
    nodes, listeners = left_by_each_run("ours", WIDGETS.values())
    usual = left_by_each_run("controls", [CONTROL.format(i) for i in range(len(WIDGETS))])
    assert nodes < usual[0] + 1 and listeners < usual[1] + 1  # a whole one more would be kept


@pytest.fixture
def rerun(server, lab_page, request):
    """A notebook with each widget in a cell of its own, run twice."""
    name = server.write(f"rerun-{request.node.name}.ipynb", SETUP, *WIDGETS.values())
    lesson = server.open(lab_page, name)
    for _ in range(2):
        lesson.run()
    expect_all(lab_page)
    return lesson


def expect_all(page):
    for kind in KINDS.values():
        expect(page.locator(f".ag-{kind}[data-ready]")).to_have_count(1, timeout=30_000)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


def test_the_kernel_holds_the_widgets_of_the_last_run_only(rerun):
    held = "print(sum('proxy' in type(w).__name__.lower() for w in ipywidgets.widgets.widget._instances.values()))"
    assert int(rerun.ask(held)) == 2 * len(WIDGETS)  # each with its layout


@pytest.mark.parametrize("name", WIDGETS)
def test_a_page_that_is_loaded_again_shows_the_widget_of_the_last_run(server, page, name):
    lesson = server.open(page, server.write(f"reload-{name}.ipynb", SETUP, WIDGETS[name]))
    view = page.locator(f".ag-{KINDS[name]}[data-ready]")
    for _ in range(2):
        lesson.run()
        expect(view).to_have_count(1)
    lesson.command("docmanager:save")
    page.reload()
    lesson.wait()
    expect(view).to_have_count(1, timeout=30_000)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


def test_a_cell_that_is_cut_and_pasted_keeps_its_widget(rerun, lab_page):
    lab_page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    rerun.command("notebook:cut-cell")
    expect(lab_page.locator(".ag-stepper")).to_have_count(0)
    lab_page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 3; }")
    rerun.command("notebook:run-cell")
    rerun.command("notebook:paste-cell-below")
    expect_all(lab_page)


def test_a_cell_that_is_deleted_and_brought_back_keeps_its_widget(rerun, lab_page):
    lab_page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    rerun.command("notebook:delete-cell")
    expect(lab_page.locator(".ag-stepper")).to_have_count(0)
    rerun.command("notebook:undo-cell-action")
    expect_all(lab_page)
