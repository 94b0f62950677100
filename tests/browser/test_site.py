"""The website in a browser: every page is alive, at home in each window, and asks nobody else."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import new_page
from tests.exhaustive import some_of
from tools.readme import notebooks
from tools.site.__main__ import main

LESSONS = [path.stem for path in notebooks()]
PHONE, LAPTOP = (360, "light"), (1280, "dark")
ALL = ["index", LESSONS[0], LESSONS[5], "404", *LESSONS[1:5], *LESSONS[6:]]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def address(tmp_path_factory, request):
    """Where the site is served, under a path of its own; all of it where all pages are visited."""
    folder = tmp_path_factory.mktemp("served")
    every = any(item.get_closest_marker("exhaustive") for item in request.session.items)
    main(folder / "lessons", *(() if every else ("00", "05")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/lessons/"
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


@pytest.mark.parametrize(
    "junk", ["{", '{"attempts": 1}', '{"attempts": [["a", "b"]], "hints": 0, "shown": false}']
)
def test_what_a_browser_keeps_may_be_anything(visit, junk):
    page = visit(LESSONS[0])
    page.locator(".ag-predict [type=submit]").first.wait_for()
    page.evaluate("junk => localStorage.setItem('answers 00.1 ' + location.pathname, junk)", junk)
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
