"""check_setup in JupyterLab: the line that is only there where widgets work."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations


@pytest.fixture(scope="module")
def lesson(server, shared_lab_page):
    sources = ("from widgets import check_setup\nsetup = check_setup()\nsetup", "check_setup(details=True)")
    lesson = server.open(shared_lab_page, server.write("setup.ipynb", *sources))
    lesson.run()
    shared_lab_page.locator(".ag-setup[data-ready]").nth(1).wait_for()
    return lesson


def test_the_browser_says_that_widgets_work(lesson):
    view = lesson.page.locator(".ag-setup").first
    expect(view.locator(".ag-works")).to_contain_text("Widgets work here")
    version = lesson.ask("print(setup.versions['JupyterLab'])")
    expect(view.locator(".ag-works")).to_contain_text(f"JupyterLab {version}")


def test_the_status_line_says_what_python_says(lesson):
    view = lesson.page.locator(".ag-setup").first
    assert view.get_by_role("status").inner_text() == lesson.ask("print(setup.describe())")


def test_the_kernel_knows_which_environment_serves_it(lesson):
    same = "import widgets.setup.check as s; print(s.same(s.server_prefix()))"
    assert lesson.ask(same) == "True"


@pytest.mark.exhaustive
def test_details_are_a_table_and_all_can_be_read(lesson, photograph):
    view = lesson.page.locator(".ag-setup").nth(1)
    expect(view.get_by_role("row", name="anywidget in the browser")).to_have_count(1)
    assert violations(lesson.page, ".ag-setup") == []
    for theme in ("Dark", "Light"):
        lesson.theme(theme)
        photograph(view, f"setup-lab-{theme.lower()}")
