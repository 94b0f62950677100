"""A browser and a Jupyter server, each started once and shared by all tests of a run."""

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import LAUNCH_ARGS, chromium_path
from tests.browser.lab import ROOT, Lesson, Server
from widgets.base import Widget

ARTIFACTS = ROOT / "artifacts"
PATIENCE = 15_000  # milliseconds: several tests share the machine
AWAY = re.compile("(?!file:|data:|blob:)")
SIZE = {"width": 1200, "height": 900}
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    """Mark what needs the browser, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=LAUNCH_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.stop()


@pytest.fixture
def page(browser):
    """A page of its own, 1200 × 900, that fails the test if a script fails in it."""
    with new_page(browser) as page:
        yield page


@pytest.fixture(scope="session")
def loaded(browser):
    """Two pages for the whole run: JupyterLab, which takes seconds to load, is loaded in them once."""
    one, other = new_page(browser), new_page(browser)
    with one, other:
        yield one, other


@pytest.fixture
def lab_page(loaded, request):
    """A page for one notebook in JupyterLab, loaded already unless this is the first."""
    yield from turn(loaded[0], request)


@pytest.fixture(scope="module")
def shared_lab_page(loaded, request):
    """The same for a notebook that the tests of a module take turns with."""
    yield from turn(loaded[1], request)


def turn(loaded, request):
    """Lend a loaded page; take it back as it was, and raise what its scripts raised."""
    failed, due, loads = request.session.testsfailed, loaded.page.url == "about:blank", []

    def count(page):
        loads.append(page)

    loaded.page.on("load", count)
    loaded.page.set_viewport_size(SIZE)
    yield loaded.page
    loaded.page.remove_listener("load", count)
    again = len(loads) > due  # then JupyterLab may still restore what was open before
    if request.session.testsfailed > failed or again or loaded.page.locator(".jp-Dialog").count():
        loaded.page.goto("about:blank")  # whatever is wrong in it, the next test loads it anew
    else:
        Lesson(loaded.page).close()
    loaded.raise_errors()


class new_page:
    """Open a page in a context of its own; at the end raise what its scripts raised."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**({"viewport": SIZE} | options))
        self.errors = []

    def __enter__(self):
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", self.note)
        return self.page

    def note(self, error):
        """Keep an error of ours: a host's own scripts are served from its /static/ folder."""
        if "blob:" in error.stack or "/static/" not in error.stack:
            self.errors.append(f"{error}\n{error.stack}")

    def __exit__(self, *exc):
        self.context.close()
        if exc[0] is None:
            self.raise_errors()

    def raise_errors(self):
        """Raise what its scripts have raised until now."""
        errors, self.errors = self.errors, []
        if errors:
            raise AssertionError("a script failed in the page: " + "\n".join(errors))


@pytest.fixture
def show(browser, tmp_path):
    """Open widgets' pages under the conditions asked for, with the network blocked.

    ``show(widget or address, **conditions)`` returns a page; ``page.asked`` lists the addresses
    that it wanted from a network.
    """
    opened = []

    def show(what, **conditions):
        if isinstance(what, Widget):
            what = what.to_html(tmp_path / f"{len(opened)}.html").as_uri()
        context = new_page(browser, offline=True, **conditions)
        opened.append(context)
        page = context.__enter__()
        page.asked = []
        page.on(
            "request", lambda request: page.asked.append(request.url) if AWAY.match(request.url) else None
        )
        page.goto(what)
        page.wait_for_selector(".ag[data-ready]")
        return page

    yield show
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def photograph():
    """Save a picture of an element or a page in artifacts/, to be looked at."""
    ARTIFACTS.mkdir(exist_ok=True)
    return lambda what, name: what.screenshot(path=ARTIFACTS / f"{name}.png")
