"""A lesson that is opened again, the day after and without its kernel, or only opened and saved."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser import worked
from tests.notebooks.lessons import all_lessons

NOTE = "Run the cell again to use it."


@pytest.fixture
def run(server, request):
    """A lesson with a stepper in it, run and saved."""

    def run(page, where):
        name = server.write(f"again-{request.node.name}.ipynb", worked.STEPPER)
        lesson = server.open(page, name, where)
        lesson.run()
        page.locator(".ag-stepper[data-ready]").wait_for()
        lesson.command("docmanager:save")
        return lesson, name

    return run


def expect_the_picture(page):
    picture = page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 300
    assert picture.get_attribute("alt").startswith("Step ")
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


def expect_the_widget_after_a_run(page, lesson):
    lesson.run()
    page.locator(".ag-stepper[data-ready]").wait_for()
    expect(page.get_by_text(NOTE)).to_have_count(0)


@pytest.mark.exhaustive
def test_a_link_to_an_exercise_opens_its_lesson_there(lab_page, server):
    """As those of the website do, on Binder."""
    (lesson,) = (path for path in all_lessons() if path.name.startswith("02"))
    shutil.copy(lesson, server.notebooks / "there.ipynb")
    lab_page.goto("about:blank")  # a fragment alone would load nothing
    lab_page.goto(f"{server.address}/lab/tree/there.ipynb?token={server.token}#cell-id=exercise-where")
    active = lab_page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    expect(active).to_contain_text("cubed_then_squared", timeout=30_000)
    expect(active).to_be_in_viewport()


SHUT_DOWN = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.sessionContext.shutdown();
  panel.dispose();
}"""


def test_shut_down_and_opened_again(lab_page, run, photograph):
    lesson, name = run(lab_page, "lab")
    lab_page.evaluate(SHUT_DOWN)
    lesson.command("docmanager:open", path=name)
    lesson.wait()
    expect_the_picture(lab_page)
    photograph(lab_page, "opened-again-lab")
    lesson.command("docmanager:save")  # without a run: the picture must outlive that, too
    lab_page.reload()
    lesson.wait()
    expect_the_picture(lab_page)
    expect_the_widget_after_a_run(lab_page, lesson)


@pytest.mark.exhaustive
def test_shut_down_and_opened_again_in_notebook_7(server, page, run):
    _, name = run(page, "notebook")
    server.shut_down(name)
    server.open(page, name, "notebook")
    expect_the_picture(page)


@pytest.mark.exhaustive
def test_after_a_restart_the_loaded_page_shows_the_picture(lab_page, run):
    lesson, _ = run(lab_page, "lab")
    lab_page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    lesson.wait()
    lesson.command("docmanager:save")
    lab_page.reload()
    lesson.wait()
    expect_the_picture(lab_page)
    expect_the_widget_after_a_run(lab_page, lesson)


HAS_KERNEL_INFO = """async () => {
  const { sessionContext, context } = jupyterapp.shell.currentWidget;
  await sessionContext.session.kernel.info;
  await new Promise((done) => setTimeout(done, 500));
  return context.model.dirty;
}"""


@pytest.mark.exhaustive
def test_a_lesson_that_is_opened_and_saved_stays_as_it_is(server, page):
    (lesson,) = (path for path in all_lessons() if path.name.startswith("04"))
    copy = server.notebooks / lesson.name
    copy.write_bytes(lesson.read_bytes())
    opened = server.open(page, lesson.name)
    assert page.evaluate(HAS_KERNEL_INFO) is False
    before = copy.stat().st_mtime_ns
    opened.command("docmanager:save")
    assert copy.stat().st_mtime_ns > before
    assert copy.read_text("utf-8") == lesson.read_text("utf-8")
