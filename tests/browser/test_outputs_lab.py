"""Cells that run again and again in JupyterLab: what stays in the page, and what must go on working."""

import pytest
from playwright.sync_api import expect

from tests.widgets.test_outputs import SETUP, WIDGETS

KINDS = {
    "BackwardStepper": "stepper", "GradientQuiz": "quiz", "GradientCheck": "gradient-check",
    "Descent": "descent", "TrainingMonitor": "training", "SetupView": "setup",
}  # fmt: skip
CONTROL = "from ipywidgets import IntSlider\nIntSlider()"  # what JupyterLab and ipywidgets keep themselves
RUNS, MORE = 3, 6


@pytest.fixture
def left_by_each_run(server, lab_page, request):
    """How many nodes and listeners more there are in a page for each time that some cells run."""
    cdp = lab_page.context.new_cdp_session(lab_page)

    def counts():
        lab_page.wait_for_timeout(500)  # a model that is closed has no signal in the page
        for _ in range(3):
            cdp.send("HeapProfiler.collectGarbage")
        found = cdp.send("Memory.getDOMCounters")
        return found["nodes"], found["jsEventListeners"]

    def left(*sources):
        name = server.write(f"left-{len([*server.notebooks.iterdir()])}.ipynb", SETUP, *sources)
        lesson = server.open(lab_page, name)
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


@pytest.mark.parametrize("name", WIDGETS)
def test_a_cell_that_runs_again_leaves_no_more_in_the_page_than_a_slider(left_by_each_run, name):
    nodes, listeners = left_by_each_run(WIDGETS[name])
    usual_nodes, usual_listeners = left_by_each_run(CONTROL)
    assert nodes <= usual_nodes and listeners <= usual_listeners


@pytest.fixture
def rerun(server, lab_page, request):
    """A notebook with each widget in a cell of its own, run three times."""
    name = server.write(f"rerun-{request.node.name}.ipynb", SETUP, *WIDGETS.values())
    lesson = server.open(lab_page, name)
    for _ in range(3):
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


def test_a_page_that_is_loaded_again_shows_the_widgets_of_the_last_run(rerun, lab_page):
    rerun.command("docmanager:save")
    lab_page.reload()
    rerun.wait()
    expect_all(lab_page)
    slider = lab_page.locator(".ag-stepper .ag-scrub")
    slider.fill("3")
    rerun.ask("pass")
    assert rerun.ask("print([w.step for w in gc.get_objects() if type(w) is BackwardStepper])") == "[3]"


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
