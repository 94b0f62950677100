"""The website in a browser: every page is alive, at home in each window, and asks nobody else."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import expect, new_page
from tests.exhaustive import some_of
from tools.readme import notebooks
from tools.site.__main__ import lost
from widgets.answers.notes import read

LESSONS = [path.stem for path in notebooks()]
PHONE, LAPTOP = (360, "light"), (1280, "dark")
ALL = ["index", LESSONS[0], LESSONS[5], "404", *LESSONS[1:5], *LESSONS[6:]]


# What is answered, in the order of the page: a wrong answer, and the right one as one would write it. A
# list of answers is for a prediction with several fields, a list of pairs for a quiz.
ANSWERS = {
    "00": [("0.03", "0.06"), ("3.6", "3 - 0.1*6"), ("25", "2*5")],
    "01": [(["6", "7"], ["6", "6.01"]), ("1", "3"), ("larger", "smaller"), ("2", "-2"), ("0.8", "1.2"),
           ("1.2", "1.01"), ("nearer", "farther away"), [("4", "2*(5 - 2)")], ("larger", "smaller"),
           ("1", "4"), ("-6", "2*(4 - 7)*-1")],
    "02": [(["3", "2"], ["3", "6"]), ("9", "3*6"), (["3", "1"], ["1", "3"]), ("6", "3 + 6"),
           (["1", "1", "1", "2"], ["1", "1", "1", "-2"]), [("4", "4 + 1"), ("5", "6"), ("15", "5*3 + 6*4")],
           ("60", "2*1*3*5**2"), ("384", "2*64*3*4**2")],
    "03": [("0", "None"), ("1", "2"), ("x and y", "x alone"), [("4", "3"), ("12", "3*4 + 1")],
           (["1", "2", "3"], ["2", "4", "6"]), (["3", "5", "7"], ["1", "1", "1"]), ("8", "3*2**2")],
    "04": [("3", "2 + 3"), ("5", "3"), [("6", "3 + 1")], ("4", "-2 + 4"), ("between 1 and 2", "beyond 2"),
           ("12", "4 + 4 + 12")],
    "05": [[("20", "0.5*20**-0.5*10"), ("1", "0.5*20**-0.5*2"), ("0.2236", "0.5*20**-0.5*2 * 2*3*3")],
           ("positive", "negative"), ("the largest", "the middle one"), ("rounding", "a mistake"),
           [("1", "8*0.3*6.7441**-0.7*1.5"), ("0.9", "8*0.3*6.7441**-0.7*1.5*2"),
            ("0.9", "0.94636*0.5*20**-0.5*2 + 1.89272*cos(30)*3")]],
}  # fmt: skip
FINGER = {"width": 390, "theme": "light", "has_touch": True, "is_mobile": True}
KEYS = {"width": 1280, "theme": "dark"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def address(site):
    """Where the site is served, under a path of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site.parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{site.name}/"
    server.shutdown()


@pytest.fixture
def visit(browser, address):
    """Open a page of the site: ``visit(name, width, theme, **conditions)``."""
    opened = []

    def visit(name, width=1280, theme="light", **conditions):
        context = new_page(
            browser, color_scheme=theme, viewport={"width": width, "height": 800}, **conditions
        )
        opened.append(context)
        page = context.__enter__()
        page.asked, page.failed = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("requestfailed", lambda request: page.failed.append(request.url))
        page.on(
            "console", lambda message: page.failed.append(message.text) if message.type == "error" else None
        )
        page.goto(address + name + ".html")
        return page

    yield visit
    for context in opened:
        context.__exit__(None, None, None)


@pytest.mark.parametrize("name, window", some_of([
    ("index", PHONE), (LESSONS[0], LAPTOP), (LESSONS[5], PHONE),
    *((name, window) for name in ALL for window in (LAPTOP, PHONE)),
], 3))  # fmt: skip
def test_every_widget_of_a_page_is_alive_and_the_page_fits(visit, address, name, window):
    page = visit(name, *window)
    places = page.locator(".ag-alive")
    for place in places.all():
        place.locator("[data-ready]").wait_for(state="attached")
    assert page.failed == [] and all(url.startswith((address, "data:", "blob:")) for url in page.asked)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, "html") == []


@pytest.mark.parametrize("name", some_of(ALL, 1))
def test_without_scripts_pictures_stand_in_the_widgets_places(visit, name):
    page = visit(name, java_script_enabled=False)
    for picture in page.locator(".ag-alive > img").all():
        held_back = picture.evaluate("picture => picture.matches('.asks > .jp-Cell ~ .jp-Cell *')")
        assert picture.get_attribute("alt") and picture.is_visible() != held_back


@pytest.mark.parametrize("name", some_of([LESSONS[5], *LESSONS], 1))
def test_without_scripts_no_answer_is_shown_below_a_question(visit, name):
    page = visit(name, java_script_enabled=False)
    below = page.locator(".asks > .jp-Cell ~ .jp-Cell")
    assert not any(cell.is_visible() for cell in below.all())
    told = "part => getComputedStyle(part, '::after').content.includes('JavaScript')"
    assert all(part.evaluate(told) for part in page.locator(".asks:has(> .jp-Cell + .jp-Cell)").all())
    assert not any(hint.is_visible() for hint in page.locator("details > p").all())


def test_the_front_page_plays_and_leads_into_a_lesson_by_keys(visit):
    page = visit("index")
    before = page.locator(".ag-status").inner_text()
    page.locator(".ag-main").press("Enter")
    page.wait_for_function("was => document.querySelector('.ag-status').textContent !== was", arg=before)
    page.get_by_role("link", name="Begin with lesson 00").press("Enter")
    page.wait_for_url("**/00-*.html")


def test_a_search_finds_sections_by_their_words(visit):
    page = visit(LESSONS[5])
    field = page.get_by_role("searchbox", name="Search the lessons")
    field.fill("nudging worked")
    found = page.locator("header search li")
    found.first.wait_for()
    for words in ("nudges", "nudged", "nudging", "welcome verify"):  # the last stand in the page's name
        field.fill("zzzz")
        page.get_by_text("Nothing was found.").wait_for()
        field.fill(words)
        found.first.wait_for()
    field.fill("zzzz")
    page.get_by_text("Nothing was found.").wait_for()
    field.fill("by hand")
    page.locator("header search a", has_text="By hand").first.press("Enter")
    page.wait_for_url("**#By-hand")
    field.fill("by hand")
    found.first.wait_for()
    field.press("Escape")
    assert not page.locator("header search ul").is_visible()


def test_what_is_answered_is_kept_by_the_browser_shown_on_the_map_and_forgotten_when_asked(visit):
    page = visit(LESSONS[0])
    exercise = page.locator(".ag-predict", has_text="the slope of area at side = 5")
    exercise.get_by_role("textbox").fill("25")
    exercise.get_by_role("button", name="Commit").press("Enter")
    exercise.get_by_text("25 is the value of area, not its slope").wait_for()
    page.reload()
    exercise.get_by_text("25 is the value of area, not its slope").wait_for()
    exercise.get_by_role("textbox").fill("2*5")
    exercise.get_by_role("textbox").press("Enter")
    exercise.get_by_text("right: 10").wait_for()
    assert page.get_by_role("link", name="Write this one on Binder").count() == 1
    page.locator("header .home").click()
    page.locator(f'[data-page="{LESSONS[0]}.html"]', has_text=", 1 of ").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save answers").click()
    note = read(Path(saved.value.path()).read_text("utf-8"))["00"]["00.1"]
    assert [(each["answer"], each["right"]) for each in note["attempts"]] == [("25", False), ("2*5", True)]
    assert note["attempts"][0]["told"].endswith("25 is the value of area, not its slope")
    assert note["right_at"] == 2 and note["attempts"][0]["at"] < note["attempts"][1]["at"]
    page.get_by_role("button", name="Forget it").click()
    page.wait_for_load_state()
    assert page.locator(".standing", has_text="answered").count() == 0
    assert not page.get_by_role("button", name="Forget it").is_visible()


def test_what_follows_a_prediction_is_shown_when_it_is_answered(visit):
    page = visit(LESSONS[5])
    told = page.get_by_text("Seen: four numbers, found in one pass")
    asked = page.locator(".ag-predict", has_text="Which sign")
    asked.wait_for()
    assert not told.is_visible() and page.get_by_role("heading", name="By nudging").is_visible()
    for answer in ("positive", "zero"):
        asked.get_by_label(answer).check()
        asked.get_by_role("button", name="Commit").click()
    told.wait_for()
    page.reload()  # and stays so
    told.wait_for()
    quiz = page.locator(".ag-quiz").first
    quiz.wait_for()
    below = page.locator(".part", has=quiz).locator(".jp-Cell").nth(1)
    assert below.evaluate("cell => getComputedStyle(cell).visibility") == "hidden"
    hint = page.locator(".part", has=page.locator(".celltag_exercise")).get_by_text("Hint 1").first
    assert hint.is_visible()


@pytest.mark.parametrize("junk", [
    "{", '{"version": 2, "lessons": []}', '{"version": 2, "lessons": {"00": {"00.1": {"attempts": 1}}}}',
    '{"version": 2, "lessons": {"00": {"00.1": {"attempts": [{"answer": ["a", 3]}, null]}}}}',
])  # fmt: skip
def test_what_a_browser_keeps_may_be_anything(visit, junk):
    page = visit(LESSONS[0])
    page.locator(".ag-predict [type=submit]").first.wait_for()
    page.evaluate("junk => localStorage.setItem('answers ' + location.pathname, junk)", junk)
    page.reload()
    page.locator(".ag-predict [type=submit]").first.wait_for()
    page.goto(page.url.replace(LESSONS[0], "index"))
    page.get_by_role("link", name="Begin with lesson 00").wait_for()
    assert page.failed == []


def test_on_paper_a_page_has_its_lesson_and_nothing_to_press_around_it(visit):
    page = visit(LESSONS[5])
    page.emulate_media(media="print")
    shown = {
        name: page.locator(name).first.is_visible()
        for name in ("main", "header", "footer", ".contents", ".copy")
    }
    assert [name for name, is_shown in shown.items() if is_shown] == ["main"]


def test_what_one_widget_brings_leaves_the_cards_of_another_as_they_are(visit):
    page = visit(LESSONS[5])
    page.locator(".ag-quiz").nth(1).wait_for()
    style = "const { padding, color, fontSize } = getComputedStyle(each); return [padding, color, fontSize]"
    look = f"all => all.map(each => {{ {style} }})"
    assert {padding for padding, *_ in page.locator(".ag-judged").evaluate_all(look)} == {"16px"}
    ink = page.locator(".ag").first.evaluate("each => getComputedStyle(each).color")
    headings = page.locator(".ag-judged h3")
    assert {color for _, color, _ in headings.evaluate_all(look)} == {ink}
    assert {size for *_, size in page.locator(".ag-quiz h3").evaluate_all(look)} == {"20px"}


def test_in_the_dark_pictures_are_dark_and_their_colours_keep_their_names(visit):
    filters = {}
    for theme in ("light", "dark"):
        pictures = visit(LESSONS[5], theme=theme).locator('main img[src$=".svg"]')
        filters[theme] = pictures.first.evaluate("picture => getComputedStyle(picture).filter")
    assert filters == {"light": "none", "dark": "invert(0.92) hue-rotate(180deg)"}


def test_the_table_of_verify_fits_a_phone(visit):
    page = visit(LESSONS[5], *PHONE)
    tables = page.locator(".jp-RenderedHTML > table")
    assert tables.count() > 1
    assert all(table.evaluate("each => each.scrollWidth <= each.clientWidth") for table in tables.all())


def test_a_button_copies_the_code_of_a_cell(visit):
    page = visit(LESSONS[0])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = page.locator(".highlight").first
    code.get_by_role("button", name="Copy").press("Enter")
    code.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == code.locator("pre").text_content() and copied.startswith("from widgets import Predict")


TOP = "each => each.getBoundingClientRect().top"


def test_each_heading_has_an_anchor_that_leads_to_it(visit):
    page = visit(LESSONS[0])
    headings = page.locator("main :is(h1, h2, h3):not(.ag *)")
    assert headings.count() > 5
    for heading in headings.all():
        anchor = heading.locator(".anchor-link")
        page.goto(page.url.partition("#")[0] + anchor.get_attribute("href"))
        assert heading.evaluate("each => each === document.querySelector(':target')")
        assert -1 < heading.evaluate(TOP) < 800


def test_the_contents_of_a_page_lead_to_its_headings(visit):
    page = visit(LESSONS[5])
    links = page.get_by_role("navigation", name="On this page").get_by_role("link")
    names = links.all_inner_texts()
    assert names == [text.rstrip("¶\n") for text in page.locator("main h2:not(.ag *)").all_inner_texts()]
    for name in names:
        links.get_by_text(name, exact=True).press("Enter")
        target = page.locator(":target")
        expect(target).to_contain_text(name)
        assert -1 < target.evaluate(TOP) < 800


def test_an_address_that_is_none_has_a_way_home_in_the_looks_of_the_site(visit, address, monkeypatch):
    look = "['backgroundColor', 'color', 'font'].map(each => getComputedStyle(document.body)[each])"
    page = visit("index", theme="dark")
    home = page.evaluate(look)
    monkeypatch.setenv("SITE_ROOT", "/lessons/")
    page.route(
        "**/deep/none.html", lambda route: route.fulfill(status=404, body=lost(), content_type="text/html")
    )
    page.goto(address + "deep/none.html")
    assert page.evaluate(look) == home
    page.get_by_role("link", name="The lessons begin here").press("Enter")
    page.get_by_role("link", name="Begin with lesson 00").wait_for()
    assert page.url == address


def enter(asked, answer):
    """Choose or type an answer."""
    if asked.get_by_role("radio").count():
        asked.get_by_label(answer, exact=True).check()
        return
    fields = asked.get_by_role("textbox")
    for field, text in zip(fields.all(), [answer] if isinstance(answer, str) else answer, strict=True):
        field.fill("")
        field.press_sequentially(text)


def commit(asked, touches):
    """Press what commits to the answer: with a finger, or by Enter."""
    button = asked.get_by_role("button", name="Commit").or_(asked.get_by_role("button", name="Check"))
    button.tap() if touches else button.press("Enter")


def predicts(asked, wrong, right, touches):
    enter(asked, wrong)
    commit(asked, touches)
    settled = asked.get_by_role("radio").count() == 2
    expect(asked.get_by_role("status")).to_contain_text("not so" if settled else "not yet")
    if settled:  # what is left is no question any more
        expect(asked.get_by_role("definition").last).to_have_text(right)
        return
    expect(asked).to_have_attribute("data-settled", "false")
    enter(asked, right)
    commit(asked, touches)
    expect(asked.get_by_role("status")).to_contain_text("right")


def solves(quiz, pairs, touches):
    for number, (wrong, right) in enumerate(pairs, 1):
        for answer in (wrong, right):
            enter(quiz, answer)
            commit(quiz, touches)
        solved = quiz.get_by_text(f"{number} of {len(pairs)} answered")
        expect(solved).to_be_visible()
        if number < len(pairs):
            onward = quiz.get_by_role("button", name="Next question")
            onward.tap() if touches else onward.press("Enter")
    expect(quiz).to_have_attribute("data-settled", "true")


@pytest.mark.parametrize("window", [KEYS, FINGER], ids=["a laptop", "a phone"])
@pytest.mark.parametrize("number", some_of(["05", "00", "01", "02", "03", "04"], 1))
def test_a_newcomer_answers_a_lesson_and_finds_the_answers_again(visit, number, window):
    touches = "has_touch" in window
    lesson = next(name for name in LESSONS if name.startswith(number))
    page = visit(lesson, **window)
    asked = page.locator("main :is(.ag-predict, .ag-quiz)")
    expect(asked).to_have_count(len(ANSWERS[number]))
    for place, answer in zip(asked.all(), ANSWERS[number], strict=True):
        expect(place).to_be_visible()  # nothing before it is open any more
        solves(place, answer, touches) if isinstance(answer, list) else predicts(place, *answer, touches)
    expect(page.get_by_text("Answer the question above to read on.")).to_have_count(0)
    page.reload()
    for place in asked.all():
        expect(place).to_have_attribute("data-settled", "true")
    home = page.locator("header .home")
    home.tap() if touches else home.press("Enter")
    entry = page.locator("li", has=page.locator(f'[data-page="{lesson}.html"]'))
    count = len(ANSWERS[number])
    expect(entry).to_contain_text(f"{count} of {count} answered")
    forget = page.get_by_role("button", name="Forget it")
    forget.tap() if touches else forget.press("Enter")
    expect(entry).not_to_contain_text("answered")
    page.go_back()
    page.reload()
    expect(asked.first).to_have_attribute("data-settled", "false")
