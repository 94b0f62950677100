"""Cells that run again and again in JupyterLab: what stays in the page, and what must go on working."""

import pytest
from playwright.sync_api import expect

from tests.widgets.test_outputs import SETUP, WIDGETS

KINDS = {
    "BackwardStepper": "stepper", "GradientQuiz": "quiz", "Predict": "predict", "GradientCheck": "gradient-check",
    "Descent": "descent", "Nudge": "nudge", "TrainingMonitor": "training", "SetupView": "setup",
}  # fmt: skip


@pytest.fixture
def rerun(server, lab_page, request):
    """A notebook with each widget in a cell of its own, run twice."""
    name = server.write(f"rerun-{request.node.name}.ipynb", SETUP, *WIDGETS.values())
    lesson = server.open(lab_page, name)
    for _ in range(2):  # the second time over views that are there
        lesson.run()
        expect_all(lab_page)
    return lesson


def expect_all(page):
    for kind in KINDS.values():
        expect(page.locator(f".ag-{kind}[data-ready]")).to_have_count(1, timeout=30_000)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


@pytest.mark.exhaustive
def test_the_kernel_holds_the_widgets_of_the_last_run_only(rerun):
    held = "print(sum('proxy' in type(w).__name__.lower() for w in ipywidgets.widgets.widget._instances.values()))"
    assert int(rerun.ask(held)) == 2 * len(WIDGETS)  # each with its layout


def test_a_cell_that_is_cut_and_pasted_keeps_its_widget(rerun, lab_page):
    lab_page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    rerun.command("notebook:cut-cell")
    expect(lab_page.locator(".ag-stepper")).to_have_count(0)
    lab_page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 3; }")
    rerun.command("notebook:run-cell")
    rerun.command("notebook:paste-cell-below")
    expect_all(lab_page)


@pytest.mark.exhaustive
def test_a_cell_that_is_deleted_and_brought_back_keeps_its_widget(rerun, lab_page):
    lab_page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    rerun.command("notebook:delete-cell")
    expect(lab_page.locator(".ag-stepper")).to_have_count(0)
    rerun.command("notebook:undo-cell-action")
    expect_all(lab_page)


def counted(page):
    """The nodes and the listeners that the page holds, with nothing left to collect."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(300)
    held = session.send("Memory.getDOMCounters")
    session.detach()
    return held["nodes"], held["jsEventListeners"]


@pytest.mark.exhaustive
def test_the_page_holds_no_more_after_each_run(rerun, lab_page):
    before = counted(lab_page)
    for _ in range(4):
        rerun.run()
        expect_all(lab_page)
    after = counted(lab_page)
    # Widgets that stayed would add a tenth with each run; what else stays is less than one in a hundred.
    assert all(now < 1.1 * then for then, now in zip(before, after, strict=True)), (before, after)
