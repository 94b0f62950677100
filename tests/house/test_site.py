"""The website: every link leads somewhere, nothing is fetched from elsewhere, and it is small."""

import gzip
import json
import re
from functools import cache
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from tools.readme import notebooks
from tools.site import __main__ as builder
from tools.site.__main__ import main

BUILT = ("00", "05")  # of the lessons; the others are built, and visited, under `exhaustive`


@cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def pages(site):
    return sorted(site.glob("*.html"))


def test_a_lesson_is_a_page_and_a_notebook_to_take_away(site):
    names = {path.stem for path in notebooks() if path.name.startswith(BUILT)}
    assert {path.stem for path in pages(site)} >= names | {"index", "404"}
    assert {path.stem for path in site.glob("*.ipynb")} | {"index", "404"} == {
        path.stem for path in pages(site)
    }
    for name in names:
        link = soup(site / f"{name}.html").select_one("footer [download]")
        assert json.loads((site / link["href"]).read_text(encoding="utf-8"))["cells"]


def test_every_link_on_the_site_leads_to_a_page_of_a_lesson_and_a_section_that_is_there(site):
    every = {f"{path.stem}.{kind}" for path in notebooks() for kind in ("html", "ipynb")}
    for page in pages(site):
        for link in soup(page).select("[href], [src]"):
            address = link.get("href") or link["src"]
            if address.startswith(("http", "data:", "/")):
                continue
            name, _, section = address.partition("#")
            assert not name or name in every or (site / name).exists(), f"{page.name}: {address}"
            if (
                section
                and (site / (name or page.name)).suffix == ".html"
                and (site / (name or page.name)).exists()
            ):
                assert soup(site / (name or page.name)).find(id=section), f"{page.name}: {address}"


def test_nothing_is_loaded_from_elsewhere(site):
    for page in pages(site):
        loaded = soup(page).select("script[src], link[href], img[src], iframe[src]")
        addresses = [each.get("src") or each["href"] for each in loaded]
        assert not [address for address in addresses if re.match("(https?:)?//", address)], page.name


def test_a_lesson_and_the_front_page_are_light(site):
    def weight(page):
        addresses = {each.get("src") or each.get("href", "") for each in soup(page).select("[src], link")}
        files = {site / address for address in addresses if not address.startswith("data:")}
        return sum(len(gzip.compress(file.read_bytes())) for file in {page, *files} if file.is_file())

    weights = {page.stem: weight(page) for page in pages(site)}
    assert weights.pop("index") < 250e3 and max(weights.values()) < 600e3
    assert max(len(gzip.compress(file.read_bytes())) for file in site.rglob("*") if file.is_file()) < 300e3


def test_the_search_knows_each_section(site):
    found = json.loads((site / "search.json").read_text(encoding="utf-8"))
    worked = next(section for section in found if section["heading"].startswith("By nudging"))
    assert worked["lesson"] == "Verify it yourself" and "nudge" in worked["text"]
    assert not any("`" in section["lesson"] for section in found)
    assert worked["page"].startswith("05-") and worked["page"].endswith("#By-nudging")


def test_the_map_counts_what_can_be_answered_on_a_page(site):
    (place,) = soup(site / "index.html").select('[data-page^="05-"]')
    (lesson,) = site.glob("05-*.html")
    states = [json.loads(each.string) for each in soup(lesson).select(".ag-alive > script")]
    assert (
        len(json.loads(place["data-asked"]))
        == sum(state["data"].get("id") is not None for state in states if "answers" in state)
        == 5
    )


def test_the_search_finds_nothing_that_a_page_holds_back_or_folds_away(site):
    (lesson,) = site.glob("05-*.html")
    page, found = soup(lesson), (site / "search.json").read_text(encoding="utf-8")
    below = [
        cell.get_text()
        for cell in page.select(
            ".asks > .jp-Cell ~ .jp-RenderedMarkdown, .asks > .jp-Cell ~ .jp-MarkdownCell"
        )
    ]
    folded = [hint.get_text() for hint in page.select("details > p")]
    sentences = [max(text.strip().splitlines(), key=len) for text in (*below, *folded)]
    assert len(below) > 2 and len(folded) > 5
    assert [text for text in sentences if " ".join(text.split()) in found] == []


@pytest.mark.exhaustive
def test_built_twice_it_is_the_same(tmp_path):
    for folder in ("once", "again"):
        main(tmp_path / folder, *BUILT)
    for file in (file for file in (tmp_path / "once").rglob("*") if file.is_file()):
        again = tmp_path / "again" / file.relative_to(tmp_path / "once")
        assert again.read_bytes() == file.read_bytes(), file.name


def test_a_lesson_says_nothing_of_an_installation_and_has_the_map_of_what_was_answered(site):
    page = soup(site / f"{notebooks()[0].stem}.html").main
    headings = [each.get_text().rstrip("¶") for each in page.find_all("h2")]
    assert headings[:3] == ["What this is about", "The lessons", "How a lesson goes"]
    assert not any("does not show" in heading for heading in headings)
    told = page.get_text()
    assert not [
        word for word in ("check_setup", "install", "setup", "Shift+Enter", "answers/") if word in told
    ]
    assert (
        len(page.find("h2", id="Recall").find_all_next("details")) == 4
    )  # the fifth asks what to do without a widget
    assert len(page.select("[data-page]")) == len(notebooks()) and page.select_one("#answers button")
    assert "Nothing answered yet" not in page.get_text()


def test_what_is_said_otherwise_on_a_page_is_said_in_a_lesson():
    text = notebooks()[0].read_text(encoding="utf-8")
    said = "".join(line for cell in json.loads(text)["cells"] for line in cell["source"])
    assert [there for there in builder.SAID_HERE if there not in said] == []


def test_what_is_to_be_written_opens_at_binder_where_it_is(site):
    """JupyterLab shows the cell that a `#cell-id=` names (tests/browser/test_opened_again.py)."""
    for number, ids in {
        "00": ["exercise-cube"],
        "05": [f"exercise-{name}" for name in ("p2_2", "p1", "cosine")],
    }.items():
        (path,) = site.glob(f"{number}-*.html")
        page = soup(path)
        links = [unquote(link["href"]) for link in page.select("a.button")]
        assert [link.partition(".ipynb")[2] for link in links] == [f"#cell-id={id}" for id in ids]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(SystemExit, match="holds something else than a site"):
        main(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "all of it"


def test_without_pytorch_the_last_lesson_is_shown_as_it_is_stored_and_says_so(monkeypatch):
    monkeypatch.setattr("tools.site.__main__.find_spec", lambda _: None)
    path = next(path for path in notebooks() if path.name.startswith("13"))
    text = builder.page(path, builder.executed(path), {})
    assert "This page shows stored results" in text and "ag-alive" not in text
    assert "All cells of this page have been run" not in text
