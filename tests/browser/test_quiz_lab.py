"""The quiz in JupyterLab and in Notebook 7, as a learner meets it."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser import worked
from tests.browser.axe import violations
from tests.browser.lab import Shown

QUIZ = (
    worked.CODE.replace("BackwardStepper", "GradientQuiz")
    + '\nquiz = GradientQuiz(y, ask=["o3", "o1", "p1", "p3"])\nquiz'
)


class Quiz(Shown):
    """A notebook with the worked example's quiz in it, answered as a learner would."""

    kind = "quiz"

    @property
    def field(self):
        return self.view.locator(".ag-field")

    def answer(self, text):
        self.field.fill(text)
        self.field.press("Enter")

    def expect_same_as_python(self):
        """The status line says what Python's describe() says, once the kernel has heard."""
        self.expect_in_kernel("quiz.describe()", self.view.get_by_role("status").inner_text)


@pytest.fixture(scope="module")
def shown(server, shared_lab_page):
    return Quiz(server, shared_lab_page, QUIZ)


@pytest.fixture
def quiz(shown):
    """The module's quiz, at its first question, unanswered."""
    shown.expect_same_as_python()  # what the test before did has arrived
    shown.lesson.ask("quiz.answers, quiz.question = {}, 0")
    expect(shown.view.get_by_role("status")).to_have_text("Question 1 of 4: what is ∂y/∂o3? 0 of 4 answered.")
    return shown


def test_the_status_line_says_what_describe_says(quiz):
    quiz.expect_same_as_python()
    for text in ("-8", "8"):
        quiz.answer(text)
        quiz.expect_same_as_python()
    quiz.view.get_by_role("button", name="Next question").click()
    quiz.expect_same_as_python()
    quiz.view.get_by_role("button", name="Hint 1 of 3").click()
    quiz.answer("0.2116")
    quiz.expect_same_as_python()
    result = json.loads(quiz.lesson.ask("import json; print(json.dumps(quiz.result()))"))
    assert [each["hints"] for each in result["questions"]] == [0, 1, 0, 0]
    assert result["questions"][1]["attempts"][0]["mistakes"] == ["overwrote"]


def test_no_key_typed_in_the_field_reaches_the_notebook(quiz):
    before = quiz.lesson.cells()
    quiz.field.click()
    quiz.page.keyboard.type("abcdd00mxyz +-*/().")
    for key in ["Shift+M", "ArrowDown", "ArrowUp", "Home", "End", "Shift+Enter"]:
        quiz.page.keyboard.press(key)
    assert quiz.field.input_value() == "abcdd00mxyz +-*/().M"
    assert quiz.field.evaluate("field => field === document.activeElement")
    assert quiz.lesson.cells() == before
    assert quiz.page.locator(".jp-Dialog").count() == 0
    for part in ('.ag-node[tabindex="0"]', '.ag-toolbar [tabindex="0"]'):
        quiz.view.locator(part).focus()
        for key in ["a", "b", "d", "d", "0", "0", "Enter", "Escape", "Shift+Enter"]:
            quiz.page.keyboard.press(key)
    assert quiz.lesson.cells() == before


def test_its_controls_stand_in_one_row_beside_the_file_browser(quiz):
    quiz.page.set_viewport_size({"width": 1024, "height": 768})
    assert quiz.view.locator(".ag-toolbar").bounding_box()["height"] < 48


def test_no_key_with_ctrl_or_alt_reaches_the_cells(quiz):
    before, ran = quiz.lesson.cells(), quiz.page.locator(".jp-InputPrompt").all_inner_texts()
    for part in (".ag-hints + * + .ag-group button", '.ag-node[tabindex="0"]', '.ag-toolbar [tabindex="0"]'):
        quiz.view.locator(part).first.focus()
        for key in ["Control+a", "Control+Enter", "Alt+Enter", "Control+Backspace", "Control+Shift+M",
                    "Control+Shift+ArrowDown"]:  # fmt: skip
            quiz.page.keyboard.press(key)
            assert quiz.page.locator(".jp-Cell.jp-mod-selected").count() <= 1, key
    assert (quiz.lesson.cells(), quiz.page.locator(".jp-InputPrompt").all_inner_texts()) == (before, ran)


def test_plain_code_and_the_widget_are_one(quiz):
    said = quiz.lesson.ask('from widgets import check_answer\nprint(check_answer("p3", "0.9488"))')
    assert said == "not yet: the size is right, and the sign is wrong"
    expect(quiz.view.get_by_role("heading", name="∂y/∂p3 = ?")).to_be_visible()
    quiz.expect_same_as_python()


@pytest.mark.exhaustive
def test_light_and_dark(quiz, photograph):
    grounds = {}
    quiz.answer("8")
    quiz.field.press("Enter")
    quiz.answer("0.8759")
    quiz.view.get_by_role("button", name="Hint 1 of 3").click()
    for theme in ("Dark", "Light"):
        quiz.lesson.theme(theme)
        photograph(quiz.view, f"quiz-lab-{theme.lower()}")
        grounds[theme] = quiz.field.evaluate("field => getComputedStyle(field).backgroundColor")
        assert violations(quiz.page, ".ag-quiz") == []
    assert grounds["Light"] == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", grounds["Dark"])[:3])) < 64


@pytest.mark.exhaustive
def test_two_views_follow_each_other_and_a_reload_keeps_the_answers(server, lab_page):
    shown = Quiz(server, lab_page, QUIZ, "quiz")
    first, second = shown.views.nth(0), shown.views.nth(1)
    second.wait_for()
    second.locator(".ag-field").fill("8")
    second.locator(".ag-field").press("Enter")
    for view in (first, second):
        expect(view.get_by_role("heading", name="∂y/∂o3 = 8")).to_be_visible()
    first.get_by_role("button", name="Next question").click()
    expect(second.get_by_role("heading", name="∂y/∂o1 = ?")).to_be_visible()

    shown.expect_same_as_python()  # what the kernel has not heard is lost with the page
    shown.lesson.command("docmanager:save")
    lab_page.reload()
    shown.lesson.wait()
    first.wait_for()
    expect(first.get_by_role("status")).to_contain_text("1 of 4 answered, 1 at the first try")
    shown.answer("0.2116")
    shown.expect_same_as_python()


@pytest.mark.exhaustive
def test_it_judges_when_the_kernel_is_gone(server, page):
    shown = Quiz(server, page, QUIZ)
    page.evaluate(
        "() => void jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import os; os._exit(1)' })"
    )
    page.locator(".jp-Dialog").get_by_role("button").first.click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    shown.answer("-8")
    expect(shown.view.get_by_role("status")).to_contain_text("the sign is wrong")


@pytest.mark.exhaustive
def test_notebook_7(server, page):
    shown = Quiz(server, page, QUIZ, where="notebook")
    before = shown.lesson.cells()
    shown.answer("dd8")
    expect(shown.view.get_by_role("alert")).to_contain_text("“dd8” is not known here")
    shown.answer("8")
    shown.expect_same_as_python()
    assert shown.lesson.cells() == before
