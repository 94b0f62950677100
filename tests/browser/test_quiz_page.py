"""The quiz as a page of its own: no network, no kernel, every kind of reader."""

import json
import re

import pytest
from playwright.sync_api import expect

import autograd_core as torch
from tests.browser import worked
from tests.browser.axe import violations
from tests.browser.page import CLEANUP, HOSTILE, NARROW, SCHEMES, overlaps, status
from tests.widgets import programs
from tests.widgets.test_slips import columns, layer
from widgets import GradientQuiz, record
from widgets.answers.notes import read
from widgets.base import bundle
from widgets.recorders.example import example
from widgets.words.numbers_as_text import number


def worked_quiz(**options):
    y, names = programs.worked_example(torch)
    return GradientQuiz(record(y, names=names), **options)


def answer(page, *texts):
    """Type an answer, a text for each element, and press Enter."""
    for field, text in zip(page.locator(".ag-field").all(), texts, strict=True):
        field.fill(text)
    page.locator(".ag-field").last.press("Enter")


def test_what_is_typed_while_a_button_has_the_keys_goes_into_the_field(show):
    """Who has pressed Hint and types an answer does not have the answer shown by Enter."""
    page = show(worked_quiz(ask=["o1", "p1"]))
    answer(page, "7")
    page.get_by_role("button", name="Hint 1 of 3").click()
    page.keyboard.type("1.0875")
    assert page.locator(".ag-field").input_value() == "1.0875"
    page.keyboard.press("Enter")
    assert status(page).startswith("Right")
    page.get_by_role("button", name="Next", exact=True).click()
    for button in ("Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Show the answer"):
        page.get_by_role("button", name=button).click()
    expect(page.locator(".ag-field")).to_be_focused()  # the button that had the keys is gone


def test_it_fits_in_a_small_window(show, photograph):
    page = show(worked_quiz(ask=["o1", "p1"]), viewport={"width": 628, "height": 650})
    photograph(page.locator(".ag"), "quiz-small")
    assert page.locator(".ag").bounding_box()["height"] <= 620
    heights = []
    for text in (
        "2*",
        "6",
        "0.2919541",
        "0.211612",
        "1.0874744",
    ):  # unreadable, in one line, in more, and right
        answer(page, text)
        heights.append(page.locator(".ag").bounding_box()["height"])
    photograph(page.locator(".ag"), "quiz-small-right")
    assert max(heights) <= 620


def test_with_all_hints_open_it_still_fits_in_a_small_window_and_the_hints_are_scrolled(show, photograph):
    page = show(worked_quiz(ask=["o1", "p1"]), viewport={"width": 628, "height": 650})
    hints = page.get_by_role("list", name="Hints")
    for question in ("o1", "p1"):
        while (hint := page.get_by_role("button", name=re.compile("^Hint"))).is_visible():
            answer(page, "0.211612")
            hint.click()
            assert page.locator(".ag").bounding_box()["height"] <= 620, question
            last, box = hints.get_by_role("listitem").last.bounding_box(), hints.bounding_box()
            assert box["y"] <= last["y"] + 1 and last["y"] + 16 <= box["y"] + box["height"], (
                "the newest hint is in sight"
            )
        photograph(page.locator(".ag"), f"quiz-small-hints-{question}")
        if question == "o1":
            page.get_by_role("button", name="Next", exact=True).click()
    hints.focus()
    assert hints.evaluate("list => list.scrollHeight > list.clientHeight")
    hints.evaluate("list => list.scrollTo(0, 9999)")
    before = hints.evaluate("list => list.scrollTop")
    hints.evaluate("list => list.scrollTo(0, 0)")
    assert hints.evaluate("list => list.scrollTop") == 0 < before


def test_two_slips_far_away_are_told_in_a_small_window_too(show):
    p1, p2 = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    o1 = (p1 * 3) ** 2 + 1
    y = (p2 * o1) ** 0.5
    page = show(GradientQuiz(y, ask=["p1"]), viewport={"width": 628, "height": 650})
    answer(page, "2*3*3")
    assert "and ambiguous: either on the way" in status(page)
    assert page.locator(".ag").bounding_box()["height"] <= 620


def test_a_quiz_is_answered_without_a_network(show):
    quiz = worked_quiz(ask=["o3", "o1", "p1", "p3"])
    page = show(quiz)
    assert status(page) == quiz.describe()
    answer(page, "−8")
    assert status(page) == told(quiz, "o3", "−8")
    answer(page, "2*4")
    assert status(page) == told(quiz, "o3", "2*4")
    page.keyboard.press("Enter")  # what is right is left for the next question
    answer(page, "0.875862")
    assert status(page) == told(quiz, "o1", "0.875862")
    assert "what comes back from each use adds up" in status(page)
    answer(page, "0.2919541*3 + 0.105806*2")
    assert status(page) == told(quiz, "o1", "0.2919541*3 + 0.105806*2")
    assert "2 of 4 answered, 0 at the first try" in status(page)
    assert page.asked == []


def told(quiz, name, text):
    quiz.check_answer(name, text)
    return quiz.describe()


def test_hints_come_one_by_one_and_the_answer_last(show):
    quiz = worked_quiz(ask=["p1", "p3"])
    page = show(quiz)
    for rung in range(1, 4):
        page.get_by_role("button", name=f"Hint {rung} of 3").click()
        told = page.get_by_role("list", name="Hints").get_by_role("listitem").all_inner_texts()
        assert told == list(quiz.questions[0].hints[:rung])
    assert "19.57" not in page.locator(".ag").inner_text()
    page.get_by_role("button", name="Show the answer").click()
    quiz.show_answer("p1")
    assert status(page) == quiz.describe() and "was shown" in status(page)
    assert page.get_by_role("heading", name="∂y/∂p1 = 19.5745").is_visible()
    assert page.locator(".ag-field").get_attribute("readonly") is not None
    page.get_by_role("button", name="Next question").click()
    assert page.get_by_role("heading", name="∂y/∂p3 = ?").is_visible()
    assert page.locator(".ag-field").evaluate("field => field === document.activeElement")


def test_what_cannot_be_read_is_told_at_the_field_and_does_not_count(show):
    quiz = worked_quiz(ask=["p1"])
    page = show(quiz)
    field, alert = page.locator(".ag-field"), page.get_by_role("alert")
    for text in ["", "0,5", "2*", "1/0", "9**9**9", "nan", "(" * 60, "p1*2"]:
        answer(page, text)
        assert alert.inner_text() == str(quiz.check_answer("p1", text))
        assert field.get_attribute("aria-invalid") == "true"
        described = page.locator(f'[id="{field.get_attribute("aria-describedby")}"]')
        assert described.inner_text() == alert.inner_text()
        assert status(page) == quiz.describe() and "0 of 1 answered." in status(page)
        field.fill("3")
        assert alert.inner_text() == ""


def test_of_what_cannot_be_read_only_that_is_said(show):
    page = show(worked_quiz(ask=["p1"]))
    answer(page, "3")
    assert page.locator(".ag-status").is_visible()
    for text in ["😀", "x"]:
        answer(page, text)
        assert page.get_by_role("alert").is_visible() and not page.locator(".ag-status").is_visible()
    answer(page, "4")
    assert page.locator(".ag-status").is_visible()


def test_no_answer_is_in_sight_or_read_aloud_before_it_is_given(show):
    quiz = worked_quiz()
    page = show(quiz)
    page.get_by_role("button", name="Table").click()
    shown = page.locator(".ag").evaluate(
        """root => [root.textContent, ...[...root.querySelectorAll("*")].flatMap((element) =>
          [...element.attributes].filter(({ name }) => name.startsWith("aria-") || name === "title")
          .map(({ value }) => value))].join("\\n")"""
    )
    values = {number(float(node.value.data)) for node in quiz.trace.nodes}
    answers = {number(float(each.wanted)) for each in quiz.questions} - values
    assert "19.5745" in answers and "−0.9488" in answers
    assert [each for each in answers if each in shown] == []
    assert shown.count("gradient asked for") == 17


def test_what_is_found_appears_in_the_graph_and_in_the_table(show):
    page = show(worked_quiz(ask=["o3", "p1"]))
    page.get_by_role("button", name="Table").click()
    assert page.get_by_role("row", name="o3 pow 1.7729 ?").is_visible()
    answer(page, "8")
    assert page.get_by_role("row", name="o3 pow 1.7729 8 1").is_visible()
    assert page.get_by_role(
        "button", name="o3, result of pow, value 1.7729, gradient complete, 8"
    ).is_visible()
    assert page.locator('.ag-node[data-state="nothing"]', has_text="o1").is_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    answer(page, "19.5745")
    assert page.locator('.ag-node[data-state="complete"]', has_text="o1").is_visible()  # all is over


@pytest.mark.exhaustive
def test_a_tensor_has_a_field_for_each_element(show, photograph):
    y, names = layer(torch)
    quiz = GradientQuiz(y, ["h", "b", "W"], names=names)
    page = show(quiz)
    assert page.locator(".ag-field").count() == 6
    assert page.get_by_role("textbox", name="∂y/∂h at [2, 1]").is_visible()
    answer(page, "1", "2", "3", "4", "x", "6")
    assert page.get_by_role("alert").inner_text().startswith("cannot be read: [2, 0]: “x”")
    assert page.get_by_role("textbox", name="∂y/∂h at [2, 0]").evaluate("e => e === document.activeElement")
    wanted = [repr(float(x)) for x in quiz.questions[0].wanted.ravel()]
    answer(page, *wanted)
    assert status(page) == told(quiz, "h", quiz.questions[0].wanted)
    page.keyboard.press("Enter")
    answer(page, *[repr(float(x)) for x in quiz.questions[0].wanted[0]])
    assert "b was broadcast and is used 3 times" in status(page)
    assert page.locator(".ag-grid", has_text="gradient of (h + b)").count() == 0  # not asked for
    assert page.locator(".ag-grid", has_text="h").first.is_visible()
    photograph(page.locator(".ag"), "quiz-tensor")


def test_the_answers_that_are_saved_are_the_book_that_python_has(show, tmp_path):
    quiz = worked_quiz(ask=["o3", "o1", "p3"])
    page = show(quiz)
    for texts in ("−8", "8"):
        answer(page, texts)
        quiz.check_answer("o3", texts)
    page.get_by_role("button", name="Next question").click()
    page.get_by_role("button", name="Hint 1 of 3").click()
    quiz.hint("o1")
    answer(page, "3")
    quiz.check_answer("o1", "3")
    notes = {id: untimed(note) for id, note in read(saved(page, tmp_path))["quiz"].items()}
    assert notes == {id: untimed(note) for id, note in quiz.book.notes().items()}


def saved(page, folder):
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save answers").click()
    waiting.value.save_as(folder / waiting.value.suggested_filename)
    return (folder / "answers.json").read_text("utf-8")


def untimed(note):
    return note | {"attempts": [attempt | {"at": ""} for attempt in note["attempts"]]}


def test_a_page_without_a_kernel_keeps_its_answers_saves_them_and_takes_them_in(show, tmp_path):
    quiz = worked_quiz(ask=["o3", "p3"])
    page = show(quiz)
    answer(page, "−8")
    answer(page, "8")
    page.reload()
    assert page.get_by_role("heading", name="∂y/∂o3 = 8").is_visible()
    saved(page, tmp_path)
    page.get_by_role("button", name="Forget answers").click()
    assert "1 of 2 answered" in status(page)
    page.get_by_role("button", name="Really forget?").click()
    page.reload()
    assert "0 of 2 answered" in status(page)
    take(page, tmp_path / "answers.json")
    expect(page.get_by_role("heading", name="∂y/∂o3 = 8")).to_be_visible()
    assert "1 of 2 answered, 0 at the first try" in status(page)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 2, "lessons": {"quiz": {"quiz.o3": {"attempts": [{}]}}}}']
)
def test_a_file_that_holds_no_answers_to_it_is_told(show, tmp_path, text):
    page = show(worked_quiz(ask=["o3"]))
    (tmp_path / "other.json").write_text(text)
    take(page, tmp_path / "other.json")
    expect(page.get_by_role("alert")).to_contain_text("holds no answers to this quiz")
    assert "0 of 1 answered" in status(page)


@pytest.mark.exhaustive
def test_an_export_from_before_there_were_books_is_taken_in(show, tmp_path):
    old = {
        "version": 1,
        "questions": [{"name": "o3", "attempts": [{"answer": "8"}], "hints": 1, "shown": False}],
    }
    (tmp_path / "old.json").write_text(json.dumps(old))
    page = show(worked_quiz(ask=["o3"]))
    take(page, tmp_path / "old.json")
    expect(page.get_by_role("heading", name="∂y/∂o3 = 8")).to_be_visible()


def take(page, path):
    with page.expect_file_chooser() as waiting:
        page.get_by_role("button", name="Take a file in").click()
    waiting.value.set_files(path)


def test_keys_go_from_question_to_question_but_not_while_typing(show):
    page = show(worked_quiz(ask=["o3", "o1", "p1"]))
    page.locator('.ag-node[tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".ag").get_attribute("data-question") == "1"
    page.keyboard.press("End")
    assert page.locator(".ag").get_attribute("data-question") == "2"
    page.keyboard.press("Home")
    page.keyboard.press("Escape")
    field = page.locator(".ag-field")
    assert field.evaluate("field => field === document.activeElement")
    page.keyboard.type("2 *4")
    for key in ("ArrowLeft", "ArrowRight", "Home", "End"):
        page.keyboard.press(key)
    assert page.locator(".ag").get_attribute("data-question") == "0"
    assert field.input_value() == "2 *4"
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Next", exact=True).evaluate("b => b === document.activeElement")


@pytest.mark.exhaustive
def test_one_question_has_no_others_to_go_to(show):
    page = show(worked_quiz(ask=["p1"]))
    assert page.get_by_role("button", name="Next").count() == 0
    page.locator(".ag-field").press("Escape")
    assert page.get_by_role("button", name="Horizontal").evaluate("b => b === document.activeElement")
    answer(page, "19.57")
    assert page.get_by_role("button", name="Next question").count() == 0
    assert "1 of 1 answered, 1 at the first try" in status(page)


def test_a_node_that_is_asked_for_opens_its_question(show):
    page = show(worked_quiz(ask=["o3", "o1", "p1"]))
    page.get_by_role("button", name="o1, result of add").click()
    assert page.locator(".ag").get_attribute("data-question") == "1"
    page.get_by_role("button", name="p1, leaf").focus()
    page.keyboard.press("Enter")
    assert page.locator(".ag").get_attribute("data-question") == "2"
    assert page.locator(".ag-field").evaluate("field => field === document.activeElement")
    page.get_by_role("button", name="o2_1, result of sub").click()  # not asked for
    assert page.locator(".ag").get_attribute("data-question") == "2"


@SCHEMES
def test_no_accessibility_violation(show, photograph, scheme):
    y, names = columns(torch)
    for quiz, texts in (
        (worked_quiz(ask=["o3", "p1"]), ["-8"]),
        (GradientQuiz(y, ["r"], names=names), ["1"] * 3),
    ):
        page = show(quiz, color_scheme=scheme)
        page.get_by_role("button", name="Hint 1 of 3").click()
        answer(page, *texts)
        answer(page, *["x" for _ in texts])
        page.get_by_role("button", name="Table").click()
        photograph(page.locator(".ag"), f"quiz-page-{scheme}-{len(texts)}")
        assert violations(page) == []


@NARROW
def test_nothing_is_cut_off(show, photograph, name, conditions):
    y, names = layer(torch)
    for kind, quiz in (("number", worked_quiz(ask=["o1"])), ("tensor", GradientQuiz(y, ["h"], names=names))):
        page = show(quiz, **conditions)
        for _ in range(3):
            page.get_by_role("button", name="Hint").click()
        photograph(page.locator(".ag"), f"quiz-{name.split()[-2]}-{kind}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        controls = ":is(button, input):not([hidden])"
        for control in page.locator(f".ag-toolbar {controls}, .ag-card {controls}").all():
            box = control.bounding_box()
            assert box["width"] >= 24 and box["height"] >= 24
            assert box["x"] >= 0 and box["x"] + box["width"] <= conditions["viewport"]["width"]
        assert overlaps(page, ".ag-toolbar button, .ag-card button, .ag-field") == []
        assert overlaps(page, ".ag-toolbar, .ag-graph-pane, .ag-card") == []


@pytest.mark.exhaustive
def test_forced_colours_keep_fields_and_states_visible(show, photograph):
    page = show(worked_quiz(ask=["o3"]), forced_colors="active")
    answer(page, "-8")
    photograph(page.locator(".ag"), "quiz-forced-colours")
    ground = page.eval_on_selector(".ag", "e => getComputedStyle(e).backgroundColor")
    for part, style in {
        ".ag-field": "borderTopColor",
        ".ag-card": "borderLeftColor",
        ".ag-box": "stroke",
    }.items():
        colours = page.eval_on_selector_all(
            f".ag-op {part}, .ag-body {part}",
            f"all => [...new Set(all.map((e) => getComputedStyle(e).{style}))]",
        )
        assert colours and ground not in colours, part


def test_a_verdict_is_a_shape_as_well_as_a_colour(show):
    page = show(worked_quiz(ask=["o3", "p1"]))
    seen = [look(page)]
    answer(page, "-8")
    seen.append(look(page))
    answer(page, "8")
    seen.append(look(page))
    page.get_by_role("button", name="Next question").click()
    for _ in range(3):
        page.get_by_role("button", name="Hint").click()
    page.get_by_role("button", name="Show the answer").click()
    seen.append(look(page))
    verdicts, styles, colours = zip(*seen, strict=True)
    assert verdicts == ("open", "wrong", "right", "shown")
    assert styles == ("solid", "dashed", "solid", "dotted") and len(set(colours)) == 4


def look(page):
    return page.eval_on_selector(
        ".ag-card",
        """card => [card.dataset.verdict, getComputedStyle(card).borderLeftStyle,
          getComputedStyle(card).borderLeftColor]""",
    )


@pytest.mark.exhaustive
def test_a_hostile_name_is_only_text(show):
    trace = example()
    data = json.loads(trace.to_json())
    for node in data["nodes"]:
        node["name"] = HOSTILE if node["name"] == "p" else node["name"]
    quiz = GradientQuiz(type(trace).from_json(json.dumps(data)), ask=[HOSTILE, "x", "w"])
    page = show(quiz)
    answer(page, "6")
    page.get_by_role("button", name="Table").click()
    for _ in range(3):
        page.get_by_role("button", name="Hint").click()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".ag img").count() == 0
    assert HOSTILE in status(page)


def test_a_view_that_goes_leaves_nothing_behind(page):
    quiz = GradientQuiz(example())
    state = quiz.get_state(quiz.own_traits())
    there, gone = page.evaluate(CLEANUP, [str(quiz._esm), bundle("stand_in.js"), state])
    assert all(there) and not any(gone)


def test_the_worked_example_is_small_to_send():
    exec(compile(worked.CODE, "worked.py", "exec"), scope := {})
    quiz = GradientQuiz(scope["y"], names=scope)
    assert len(json.dumps(quiz.data)) < 60_000


@pytest.mark.exhaustive
def test_it_says_which_gradients_are_too_large_to_be_asked_for(show, photograph):
    torch.manual_seed(0)
    w, x, b = torch.rand(5, 4, requires_grad=True), torch.rand(4), torch.rand(5, requires_grad=True)
    y = (w @ x + b).sum()
    quiz = GradientQuiz(y)
    page = show(quiz)
    told = page.get_by_text("Too large to be asked for: w. A BackwardStepper shows their gradients.")
    assert told.count() == 1 and overlaps(page, ".ag-card > *:not([hidden])") == []
    photograph(page.locator(".ag"), "quiz-left-out")


@pytest.mark.exhaustive
def test_numbers_that_are_not_finite_are_shown_as_they_are(show):
    x, w = torch.tensor(0.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    y = 3 * w + x.log() / 0
    quiz = GradientQuiz(y)
    page = show(quiz)
    assert status(page) == quiz.describe()
    texts = page.locator(".ag svg text").all_text_contents()
    assert any("−inf" in text for text in texts)
    for question in quiz.questions:
        answer(page, repr(question.wanted.item()))
        quiz.check_answer(question.name, question.wanted.item())
        assert status(page) == quiz.describe()
        page.keyboard.press("Enter")
