"""Predict in JupyterLab: the kernel judges, the page sees the value only after committing."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab import Shown
from tests.notebooks.lessons import all_lessons
from widgets import Predict

CODE = """from widgets import Predict
predict = Predict("lab", "What is `3 * 2345`?", lambda: 3 * 2345.0, hints=["a hint"])
predict"""
CHOICE = 'Predict("choice", "Which way?", lambda: False, choices={"larger": True, "smaller": False})'


class Prediction(Shown):
    """A notebook with two predictions in it, answered as a learner would."""

    kind = "predict"

    @property
    def status(self):
        return self.view.get_by_role("status")

    def answer(self, text):
        self.view.locator(".ag-field").fill(text)
        self.view.locator(".ag-field").press("Enter")


@pytest.fixture
def shown(server, lab_page):
    return Prediction(server, lab_page, CODE, CHOICE)


def in_the_page(page):
    """All that the notebook and its widgets' models hold, as text."""
    return page.evaluate(
        """async () => {
          const { content, context } = jupyterapp.shell.currentWidget;
          return JSON.stringify(context.model.toJSON()) + content.node.innerHTML;
        }"""
    )


def test_the_value_comes_to_the_page_after_committing_and_never_into_the_notebook(shown, server, photograph):
    page, before = shown.page, shown.lesson.cells()
    assert "7035" not in in_the_page(page)
    shown.answer("7053")
    expect(shown.status).to_contain_text("not yet")
    assert "7035" not in in_the_page(page)
    shown.view.get_by_role("button", name="Hint").click()
    expect(shown.view.get_by_text("a hint")).to_be_visible()
    shown.view.locator(".ag-field").click()
    page.keyboard.type("bddaa")
    shown.answer("3*2345")
    expect(shown.status).to_contain_text("right: 7035")
    photograph(page, "predict-lab-right")
    assert shown.lesson.cells() == before
    shown.lesson.command("docmanager:save")
    saved = max(server.notebooks.glob("*.ipynb"), key=lambda path: path.stat().st_mtime)
    assert "7035" not in saved.read_text(encoding="utf-8")


def test_a_choice_is_made_with_the_keyboard_alone_and_found_again_after_a_reload(shown):
    second = shown.views.nth(1)
    second.wait_for()
    second.get_by_role("radio").first.focus()
    shown.press("ArrowRight", "Enter")
    expect(second.get_by_role("status")).to_contain_text("right: smaller")
    shown.lesson.command("docmanager:save")
    shown.page.reload()
    shown.lesson.wait()
    expect(shown.views.nth(1).get_by_role("status")).to_contain_text("right: smaller")
    expect(shown.status).to_contain_text("Commit to an answer")


def test_the_keys_stay_where_a_button_has_gone_and_f2_leads_back_to_the_notebook(shown):
    shown.view.locator(".ag-field").click()
    shown.page.keyboard.type("7035")
    shown.view.get_by_role("button", name="Commit").click()
    expect(shown.status).to_contain_text("right")
    expect(shown.view).to_be_focused()
    shown.press("F2")
    assert shown.page.evaluate("document.activeElement.classList.contains('jp-Cell')")
    shown.page.evaluate("document.activeElement.blur()")  # the keys are nowhere, as after a dialog
    shown.press("F2", "F2")
    assert shown.page.evaluate("document.activeElement.classList.contains('jp-Cell')")


@pytest.mark.exhaustive
def test_a_cell_that_runs_again_comes_back_answered(shown):
    shown.answer("7035")
    expect(shown.status).to_contain_text("right")
    shown.lesson.run()
    expect(shown.status).to_contain_text("right: 7035")
    assert "7035" not in json.dumps(
        shown.page.evaluate("jupyterapp.shell.currentWidget.context.model.toJSON()")
    )


@pytest.mark.exhaustive
def test_light_and_dark(shown, photograph):
    shown.answer("7")
    expect(shown.status).to_contain_text("not yet")
    for theme in ("Dark", "Light"):
        shown.lesson.theme(theme)
        photograph(shown.page, f"predict-lab-{theme.lower()}")
        assert violations(shown.page, ".ag-predict") == []


def test_the_way_in_leads_to_the_field_and_back_also_after_a_click(shown):
    page, lesson = shown.page, shown.lesson
    for key_or_click in ("F2", None):
        before = lesson.cells()
        page.locator(".jp-mod-active .jp-InputPrompt, .jp-InputPrompt").first.click()
        lesson.command("notebook:run-all-cells") if key_or_click is None else None
        second = shown.views.nth(1)
        second.wait_for()
        second.get_by_role("radio").first.click()
        shown.press("F2")
        assert page.evaluate(
            "!document.activeElement.closest('.ag') && !!document.activeElement.closest('.jp-Cell')"
        )
        shown.press("F2", "Space")
        assert page.evaluate("document.activeElement.type") == "radio"
        shown.press("F2", "ArrowUp", "ArrowDown")
        assert lesson.cells() == before


@pytest.mark.parametrize(
    "value, answers, options",
    [
        (0.5, ["2*", "0.6", "4"], {}),
        ([6.0, 6.01], ["6", "7"], {}),
        (True, ["smaller"], {"choices": {"larger": True, "smaller": False}}),
        ({"a = 1": 6.0, "a = 1.01": 6.01}, ["6", "8"], {}),
    ],
    ids=["a number", "a tensor", "a choice", "numbers under labels"],
)
def test_it_keeps_its_height_from_the_question_to_the_value(show, photograph, value, answers, options):
    predict = Predict(
        "height", "What is it, in a question of some length, as in a lesson?", lambda: value, **options
    )
    page = show(predict, viewport={"width": 628, "height": 650})
    heights = {page.locator(".ag").bounding_box()["height"]}
    for text in answers:
        if options:
            page.get_by_role("radio", name=text).check()
        else:
            for field in page.locator(".ag-field").all():
                field.fill(text)
        page.get_by_role("button", name="Commit").click()
        heights.add(page.locator(".ag").bounding_box()["height"])
    expect(page.get_by_text("It is", exact=True)).to_be_visible()
    photograph(page.locator(".ag"), f"predict-small-{type(value).__name__}")
    assert len(heights) == 1 and max(heights) <= 620


LATE = "import time\ntime.sleep(1)\nPredict('late', 'How late?', lambda: 1)"


def test_a_key_into_a_widget_that_is_not_drawn_yet_goes_in_when_it_comes(shown, server):
    """It goes into none that is there already, and is nothing to the notebook; another key takes it back."""
    page, lesson = shown.page, shown.lesson
    lesson.command("notebook:insert-cell-below")
    page.evaluate(
        "code => jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(code)", LATE
    )
    late = page.locator(".ag-predict[data-ready]", has_text="How late?")
    focused = "document.activeElement.closest('.ag')?.textContent ?? ''"
    for keys, inside in ((["F2"], True), (["F2", "Escape"], False)):
        page.locator(".jp-mod-active .jp-InputPrompt").click()
        shown.press("Control+Enter", *keys)
        assert page.evaluate(focused) == ""
        page.locator(".jp-mod-active .jp-InputPrompt", has_text="*").wait_for(state="detached")
        late.wait_for()
        page.wait_for_timeout(600)
        assert ("How late?" in page.evaluate(focused)) == inside


WAITING = """jupyterapp.shell.currentWidget.content.widgets.filter(({ node }) => node.classList.contains("ag-waits")).length"""


def test_what_is_stored_below_a_prediction_waits_until_its_cell_is_run(server, lab_page, photograph):
    """The lesson as it was cloned; what was run once stays in sight when the page is loaded again."""
    (path,) = (path for path in all_lessons() if path.name.startswith("04"))
    (server.notebooks / "04-cloned.ipynb").write_bytes(path.read_bytes())
    lesson = server.open(lab_page, "04-cloned.ipynb")
    asked = lab_page.locator(
        ".jp-CodeCell", has=lab_page.locator(".jp-OutputArea-output img[alt^=Prediction]")
    ).first
    waiting = lab_page.locator(".ag-waits")
    waiting.first.wait_for()
    photograph(lab_page, "predict-lab-waits")
    assert waiting.first.locator(".jp-Cell-outputWrapper").is_hidden() and asked.locator("img").is_visible()
    count = lab_page.evaluate(WAITING)  # some of them outside the window, and so not in the page
    lab_page.evaluate("""async () => {
      const { content } = jupyterapp.shell.currentWidget;
      content.activeCellIndex = content.widgets.findIndex(({ node }) => node.classList.contains("ag-waits"));
      await jupyterapp.commands.execute("notebook:run-cell");
    }""")
    lab_page.wait_for_function(f"{WAITING} === {count - 1}")
    told = lab_page.locator("p", has_text="What is there already is not poured out")
    assert told.is_hidden()
    lab_page.evaluate("""async () => {
      const { content } = jupyterapp.shell.currentWidget;
      content.activeCellIndex = content.widgets.findIndex(({ model }) => model.id === "cube");
      await jupyterapp.commands.execute("notebook:run-all-above");
      await jupyterapp.commands.execute("notebook:run-cell");
    }""")
    lab_page.locator(".ag-predict[data-ready]").get_by_role("button", name="I don't know").click()
    told.wait_for()
    count = lab_page.evaluate(WAITING) + 1
    lab_page.reload()
    lesson.wait()
    waiting.first.wait_for()
    lab_page.wait_for_function(f"{WAITING} === {count - 1}")
