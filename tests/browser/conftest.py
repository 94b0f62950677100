"""A browser and a Jupyter server, each started once and shared by all tests of a run."""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import LAUNCH_ARGS, chromium_path
from tests.browser.lab import ROOT, Server
from widgets.base import Widget

ARTIFACTS = ROOT / "artifacts"


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


@pytest.fixture(scope="module")
def shared_page(browser):
    """A page that the tests of a module take turns with."""
    with new_page(browser) as page:
        yield page


class new_page:
    """Open a page in a context of its own; at the end raise what its scripts raised."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))
        self.errors = []

    def __enter__(self):
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", self.note)
        return page

    def note(self, error):
        """Keep an error of ours: a host's own scripts are served from its /static/ folder."""
        if "blob:" in error.stack or "/static/" not in error.stack:
            self.errors.append(f"{error}\n{error.stack}")

    def __exit__(self, *exc):
        self.context.close()
        if self.errors and exc[0] is None:
            raise AssertionError("a script failed in the page: " + "\n".join(self.errors))


@pytest.fixture
def show(browser, tmp_path):
    """Open widgets' pages under the conditions asked for, with the network blocked.

    ``show(widget or address, **conditions)`` returns a page; ``page.asked`` lists the addresses
    that it wanted.
    """
    opened = []

    def show(what, **conditions):
        if isinstance(what, Widget):
            what = what.to_html(tmp_path / f"{len(opened)}.html").as_uri()
        context = new_page(browser, offline=True, **conditions)
        opened.append(context)
        page = context.__enter__()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
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
