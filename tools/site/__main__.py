"""Build the website: every lesson as a page with living widgets, a front page, a search index.

    python -m tools.site [FOLDER] [NUMBER ...]       # into _site; all lessons, or those

The lessons are run for it, since stored notebooks hold no widgets' data; where PyTorch is missing,
lesson 13 is shown as it is stored, and says so. All links are relative, so that the folder works
under any path, and nothing is fetched from elsewhere.
"""

import html
import json
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from tools.lesson import lesson
from tools.links import PROJECT, binder_link, published_from
from tools.readme import minutes, notebooks, title
from widgets.course.lessons import asked_in
from widgets.publish.exporter import HERE as PAGE
from widgets.publish.exporter import PART, VIEW, PageExporter, run

HERE = Path(__file__).parent
MARK = ".nojekyll"  # GitHub Pages: take the files as they are
AT_A_TIME = 2  # lessons that are run
LESSON = re.compile(r'(?<!download="" )href="([\w-]+)\.ipynb(#[^"]*)?"')  # not what is taken away
ELSEWHERE = re.compile(r'href="\.\./([\w./-]+)"')  # a file of the repository
RUN = ('<p class="note">All cells of this page have been run: where a text asks you to run one, or to put your answer '
       'in place of dots, go on below it. What you answer is judged in your browser, and kept there only. '
       'To change code, <a href="{binder}">run this lesson on Binder</a>.</p>')  # fmt: skip
SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
OF_AN_INSTALLATION = {"Is everything there?", "When a widget does not show"}  # nobody has one here
SAID_HERE = {  # what else a lesson says of an installation, of its kernel or of its files, and what a page says
    "look over the map of the series, find out whether everything is installed, and take": "look over the map of the series and take",
    " with the mouse or with keys alone; to mend a setup that is not complete.": " with the mouse or with keys alone.",
    "in a file beside the lesson, `answers/00.json` (that is what the line `lesson(\"00\")` is for), or, on the website, in your browser.":
        "in your browser, and nowhere else.",
    "After Shift+Enter, F2 leads into the widget that has just appeared, and back. There Tab goes": "Tab goes into the widget, and there",
    " Python remembers only where you went: change something above, and then run this.": " In a notebook Python knows where you went, and can tell it; here it tells where the widget begins.",
}  # fmt: skip
ASKED_OF_AN_INSTALLATION = re.compile(
    r"<details>(?:(?!</details>).)*?`check_setup\(\)`.*?</details>\s*", re.DOTALL
)
MAP = """## The lessons

Take 01 to 05 in order. Beside each lesson stands how much of it you have answered in this browser.

{entries}

<p id="answers" hidden>What you answer is kept in this browser only. <button type="button">Save answers</button> <button type="button">Forget it</button></p>
"""
NOT_RUN = "> This page shows stored results: the machine that built it has no PyTorch, so its widgets stand still.\n"


def main(folder="_site", *numbers):
    """Build the site in a folder; what was built there before goes."""
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        sys.exit(f"{folder} holds something else than a site: name a new folder, or an empty one")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    chosen = [path for path in notebooks() if not numbers or path.name.startswith(numbers)]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        lessons = dict(zip(chosen, pool.map(executed, chosen)))
    for path, notebook in lessons.items():
        print(path.stem, flush=True)
        (folder / f"{path.stem}.html").write_text(page(path, notebook, lessons), encoding="utf-8")
        shutil.copy(path, folder)
    found = json.dumps(sections(folder, chosen), ensure_ascii=False)
    for name, text in {"index.html": front(lessons), "404.html": lost(), "search.json": found}.items():
        (folder / name).write_text(text, encoding="utf-8")
    for kind in ("css", "js"):
        with open(folder / f"site.{kind}", "wb") as both:
            both.write((PAGE / "page" / f"page.{kind}").read_bytes() + (HERE / f"site.{kind}").read_bytes())
    shutil.copytree(PROJECT / "notebooks" / "images", folder / "images")


def executed(path):
    """A lesson that was run, its widgets' states in it; as it is stored, where what it needs is missing."""
    notebook = nbformat.read(path, as_version=4)
    # The way to Binder and to the lessons beside it, which the site has, too.
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ("binder-badge", "navigation")]
    missing = path.name.startswith("13") and not find_spec("torch")
    note = NOT_RUN if missing else RUN.format(binder=binder_link(path.name, published_from()))
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(note, id="note"))
    return notebook if missing else run(notebook, path.parent)


# ---------------------------------------------------------------------- pages

HEAD = '<link rel="stylesheet" href="site.css">'
SCRIPTS = '<script type="module" src="site.js"></script>'
LOST = "# There is no such page\n\nIt may have been renamed. [The lessons begin here](index.html)."
BEFORE = """<header><nav aria-label="Site"><a class="home" href="index.html">See the gradient</a>
<details class="menu"><summary>Lessons</summary><ol start="0">{lessons}</ol></details>
<search><input type="search" placeholder="Search" aria-label="Search the lessons" disabled><ul hidden></ul></search>
</nav></header>"""


def page(path, notebook, lessons):
    """A lesson's page: itself, and around it the ways to others."""
    for cell in notebook.cells:
        if is_to_be_written(cell):
            where = binder_link(f"{path.name}#cell-id={cell.id}", published_from())
            link = f'<p><a class="button" href="{where}">Write this one on Binder</a></p>'
            cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": link}))
    notebook = without_kernel(notebook, lessons)
    text = exported(notebook, path.parent, before=before() + contents(notebook), after=after(path))
    text = LESSON.sub(r'href="\1.html\2"', text)
    where = published_from()
    return ELSEWHERE.sub(rf'href="{where.url}/blob/{where.ref}/\1"', text)


def without_kernel(notebook, lessons):
    """A lesson without what is about an installation; its list of lessons is the site's map of them."""
    shown, section = nbformat.from_dict(notebook | {"cells": []}), ""
    for cell in notebook.cells:
        parts = PART.split(cell.source) if cell.cell_type == "markdown" else [cell.source]
        for number, text in enumerate(filter(None, parts)):
            heading = SECTION.match(text) if cell.cell_type == "markdown" else None
            section = heading[1] if heading else section
            is_map = section == "The lessons"
            if section not in OF_AN_INSTALLATION and (heading or not is_map):
                text = MAP.format(entries=entries(lessons)) if is_map else text
                text = said_here(text) if cell.cell_type == "markdown" else text
                shown.cells.append(
                    nbformat.from_dict(cell | {"source": text, "id": f"{cell.id[:50]}-{number}"})
                )
    return shown


def said_here(text):
    """A text of a lesson without what is true only of an installation.

    >>> said_here("You'll learn — to use a widget with the mouse or with keys alone; to mend a setup that is not complete.")
    "You'll learn — to use a widget with the mouse or with keys alone."
    """
    for there, here in SAID_HERE.items():
        text = text.replace(there, here)
    return ASKED_OF_AN_INSTALLATION.sub("", text)


def is_to_be_written(cell):
    """Whether a cell asks for code, which nothing on a page can judge."""
    judged = any(VIEW in output.get("data", {}) for output in cell.get("outputs", ()))
    return "exercise" in cell.metadata.get("tags", ()) and not judged


def called(path) -> str:
    """A lesson's title as plain text."""
    return title(path).replace("`", "")


def before():
    """What stands above every page."""
    entries = [f'<li><a href="{path.stem}.html">{html.escape(called(path))}</a></li>' for path in notebooks()]
    return BEFORE.format(lessons="".join(entries))


def contents(notebook):
    """Links to the sections of a lesson."""
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = SECTION.findall(source)
    links = [
        f'<li><a href="#{re.sub(r"[ ]", "-", name)}">{html.escape(name.replace("`", ""))}</a></li>'
        for name in found
    ]
    return f'<nav class="contents" aria-label="On this page"><ul>{"".join(links)}</ul></nav>'


def after(path):
    """Where one can go from a lesson."""
    all_lessons = notebooks()
    place = all_lessons.index(path)
    ways = [
        f'<a href="{path.name}" download>This lesson as a notebook</a>',
        f'<a href="{binder_link(path.name, published_from())}">Run it on Binder</a>',
    ]
    if place:
        ways.insert(
            0,
            f'<a rel="prev" href="{all_lessons[place - 1].stem}.html">← {html.escape(called(all_lessons[place - 1]))}</a>',
        )
    if place + 1 < len(all_lessons):
        ways.append(
            f'<a rel="next" href="{all_lessons[place + 1].stem}.html">{html.escape(called(all_lessons[place + 1]))} →</a>'
        )
    return f'<footer><nav aria-label="Lessons">{"".join(ways)}</nav></footer>'


def front(lessons):
    """The front page: it is written as a lesson is, and shows the map of all. `lessons` are those that were run."""
    text = (HERE / "front.md").read_text(encoding="utf-8")
    where = published_from()
    for name, value in {"MAP": MAP.format(entries=entries(lessons)), "URL": where.url, "REPOSITORY": where.repository,
                        "BINDER": binder_link(where=where)}.items():  # fmt: skip
        text = text.replace(f"{{{name}}}", value)
    notebook = run(lesson(text), PROJECT)
    for cell in notebook.cells:
        cell.metadata.transient = nbformat.from_dict({"remove_source": cell.cell_type == "code"})
    return exported(notebook, PROJECT, before=before(), title="See the gradient")


def entries(lessons):
    """The lessons as a list, each with its minutes and with what was answered in it."""
    return "\n".join(
        f"{int(path.name[:2])}. [{title(path)}]({path.stem}.html), {minutes(path)} minutes{standing(path, lessons.get(path))}"
        for path in notebooks()
    )


def standing(path, notebook):
    """Where the front page says how much was answered in this browser of what can be answered on a lesson's page."""
    notebook = notebook or nbformat.read(path, as_version=4)
    asked = {
        each for cell in notebook.cells if not is_to_be_written(cell) for each in asked_in({"cells": [cell]})
    }
    ids = html.escape(json.dumps(sorted(asked)))
    return f'<span class="standing" data-page="{path.stem}.html" data-asked="{ids}"></span>'


def lost():
    """What is shown for an address that is none; it may be deep, so it needs no other file."""
    text, _ = PageExporter().from_notebook_node(lesson(LOST))
    return text.replace('href="index.html"', f'href="{os.environ.get("SITE_ROOT", "/")}"')


def exported(notebook, folder, **resources):
    """A notebook as a page of the site."""
    resources |= {"metadata": {"path": str(folder)}, "head": HEAD, "scripts": SCRIPTS}
    text, _ = PageExporter(embed_images=False).from_notebook_node(notebook, resources)
    return text


# ---------------------------------------------------------------------- search


HIDDEN = "script, style, .jp-OutputArea, .anchor-link, .note, .asks > .jp-Cell ~ .jp-Cell"  # who asks gives nothing away


def sections(folder, paths):
    """What can be searched: for each section of a lesson its page, anchor, heading and words."""
    found = []
    for path in paths:
        page = BeautifulSoup((folder / f"{path.stem}.html").read_text(encoding="utf-8"), "html.parser").main
        for hidden in page.select(HIDDEN):
            hidden.decompose()
        for folded in page.select("details"):
            folded.replace_with(folded.summary or "")
        for heading in page.find_all(["h1", "h2"]):
            words = []
            for text in heading.find_all_next(string=True):
                if text.find_parent(["h1", "h2"]) not in (None, heading):
                    break
                words.append(text)
            found.append({"page": f"{path.stem}.html#{heading.get('id', '')}", "lesson": called(path),
                          "heading": heading.get_text(), "text": " ".join(" ".join(words).split())})  # fmt: skip
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
