"""What gives a prediction away: its answer stands in its section, before it is asked for.

The stored output of a `Predict` holds only digests of its value. So everything that can be read
above it, from the section's heading on, is hashed too and compared: numbers of two digits or more,
and the words that are asked for.
"""

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from widgets.predict.held import digest, plain
from widgets.predict.widget import HELD_BACK
from widgets.words.numbers_as_text import number, roughly

Notebook = nbformat.NotebookNode
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])[-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-−+]?\d+)?")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
TOO_COMMON = {"true", "false", "none", "negative", "zero", "positive"}  # they tell nothing by themselves


def predictions(notebook: Notebook) -> Iterator[tuple[int, ast.Call, Notebook]]:
    """Yield each `Predict` whose output is stored: the cell's index, the call, the output's data."""
    for index, cell in enumerate(notebook.cells):
        data = [each.data for each in cell.get("outputs", []) if HELD_BACK in each.get("data", {})]
        if data:
            calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)
                     and getattr(node.func, "id", "") == "Predict"]  # fmt: skip
            yield from ((index, *each) for each in zip(calls, data, strict=True))


def given_away(notebook: Notebook, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (id of the prediction, what gives it away), of all that can be read above it.

    ``folder`` is the notebook's, for the pictures that it shows.
    """
    for index, call, data in predictions(notebook):
        id, asked = ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1])
        digests = set(data[HELD_BACK].split())
        above = "\n".join([*section_above(notebook, index, folder), *first_hint(call)])
        for text in dict.fromkeys(NUMBER.findall(f"{above}\n{asked}")):
            if is_long(text) and digest(id, roughly(value_of(text), 3)) in digests:
                yield id, text
        yield from ((id, word) for word in words_told(id, digests, above, options_of(data)))


def told_in_code(cell: Notebook) -> Iterator[str]:
    """Yield what the code of a question tells of its wrong answers, and so of the right one.

    >>> list(told_in_code(nbformat.v4.new_code_cell('check(1, f, 2.0, likely=["sign", ("no", 3)])')))
    ["('no', 3)"]
    """
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.keyword) and node.arg == "slips":
            yield ast.unparse(node.value)
        if isinstance(node, ast.keyword) and node.arg == "likely":
            yield from (ast.unparse(each) for each in ast.walk(node.value) if isinstance(each, ast.Tuple))


def words_told(id, digests, above, options) -> Iterator[str]:
    """Yield the right choice if it stands there and not all others do, or else the word asked for."""
    said = " ".join(above.lower().split())
    if options:
        there = [
            option for option in options if re.search(rf"(?<!\w){re.escape(option.lower())}(?!\w)", said)
        ]
        found = there if len(there) < len(options) else []
    else:
        found = list(dict.fromkeys(re.findall(r"[^\W\d]\w+", above)))
    yield from (word for word in found
                if plain(word) not in TOO_COMMON and digest(id, plain(word)) in digests)  # fmt: skip


def section_above(notebook: Notebook, index: int, folder: Path) -> list[str]:
    """Return all texts from the section's heading to the cell of that index."""
    texts = []
    for cell in reversed(notebook.cells[:index]):
        if cell.cell_type == "markdown":
            *_, start = [0, *(found.start() for found in HEADING.finditer(cell.source))]
            texts += readable(cell.source[start:], folder)
            if HEADING.search(cell.source):
                break
        else:
            texts += [text for output in cell.get("outputs", []) for text in shown(output)]
    return texts[::-1]


def readable(markdown: str, folder: Path) -> list[str]:
    """Return what can be read in Markdown: its text, of its pictures the words in them and beside."""
    texts = [without_tags(re.sub(r"\]\([^)]*\)", "]", PICTURE.sub(" ", markdown)))]
    for alt, target in PICTURE.findall(markdown):
        texts.append(alt)
        if target.endswith(".svg") and (folder / target).exists():
            texts.append(without_tags((folder / target).read_text(encoding="utf-8")))
    return texts


def shown(output: Notebook) -> Iterator[str]:
    """Yield what can be read in an output."""
    yield output.get("text", "") or output.get("evalue", "")
    for kind, content in output.get("data", {}).items():
        if kind in ("text/plain", "text/html", "image/svg+xml"):
            yield without_tags(content)


def without_tags(text: str) -> str:
    """Return the text in HTML or SVG, and what stands in for its pictures."""
    alternatives = " ".join(re.findall(r'<img[^>]*\balt="([^"]*)"', text))
    return html.unescape(f"{re.sub(r'<style.*?</style>|<[^>]*>', ' ', text, flags=re.DOTALL)} {alternatives}")


def first_hint(call: ast.Call) -> list[str]:
    """Return the hint that a learner opens first."""
    hints = [keyword.value for keyword in call.keywords if keyword.arg == "hints"]
    first = [each.elts[0] if isinstance(each, ast.List | ast.Tuple) else each for each in hints]
    return [each.value for each in first if isinstance(each, ast.Constant)]


def options_of(data: Notebook) -> list[str]:
    """Return what a stored prediction offers to choose from."""
    lines = data["text/plain"].splitlines()[1:]
    return [line.strip() for line in lines if not line.endswith("?")]


def value_of(text: str) -> float:
    """Return the number that a text is."""
    return float(text.replace("−", "-"))


def is_long(text: str) -> bool:
    """Whether a number has two digits or more, without zeros in front of it.

    >>> [is_long(text) for text in ("12", "6.01", "6.0", "−2", "0.05", "10")]
    [True, True, False, False, False, True]
    """
    digits = re.sub(r"e.*|\D", "", number(value_of(text)))
    return len(digits.lstrip("0")) > 1
