"""The rules of a page, one function each: it yields a sentence for everything that is wrong.

A function that is decorated with `rule` or `style` stands in `RULES`; test_rules.py applies them all
to every lesson and shows for each that it can fail. In a lesson of somebody's own, one numbered 20 or
more, what is decorated with `style` is advice: whatever departs from it is listed, and nothing fails.
"""

import ast
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat

from tests.notebooks.given_away import given_away, told_in_code, without_tags
from tests.notebooks.lessons import code_cells, markdown_cells, tags
from tests.notebooks.navigation import with_navigation
from tests.notebooks.regenerate import RANDOM_ID, WIDGET_VIEW
from widgets.course.lessons import asked_in

Notebook = nbformat.NotebookNode
Rule = Callable[[Notebook, Path], Iterator[str]]
RULES: list[Rule] = []
STYLE: list[Rule] = []  # of them those on the house's own way to write
FIRST_OF_OTHERS = 20  # the number from which on lessons are somebody's own

MOST_WORDS = 1500
MOST_CODE_CELLS = 25
# Lesson 13 repeats what thirteen lessons show in nearly 250 code cells. In 25 they would stand in
# heaps that nobody can predict, so it has more; of words it has no more than the others.
MOST_CODE_CELLS_OF = {"13-the-same-in-pytorch": 43}
MOST_LINES = 12
# The loop that stands in every PyTorch program, as lesson 11 has it: longer, and not to be cut.
TRAINING_LOOP = Path(__file__).with_name("training_loop.txt").read_text(encoding="utf-8").rstrip()
STUB, SOLUTION = "exercise", "hide-cell"  # tags
NOT_ANSWERED, RIGHT = "not answered yet", "right"
SHOWS_SOMETHING = {"print", "display", "check", "check_answer", "verify", "make_dot",
                   "BackwardStepper", "GradientCheck", "GradientQuiz", "require",
                   "show_images", "Descent", "Predict", "progress"}  # fmt: skip
NOT_FOR_LESSONS = {"Output", "interact", "interactive", "clear_output", "display_id"}
ID = re.compile(r""", id='[^']*'""")
DETAILS = re.compile(r"<details>.*?</details>", re.DOTALL)
ADDRESS = re.compile(r"0x[0-9a-f]{6,}", re.IGNORECASE)


def rule(function: Rule) -> Rule:
    """Add a rule to `RULES`."""
    RULES.append(function)
    return function


def style(function: Rule) -> Rule:
    """Add a rule to `RULES`, and to `STYLE`."""
    STYLE.append(function)
    return rule(function)


def is_advice(function: Rule, path: Path) -> bool:
    """Whether a lesson may depart from a rule."""
    return function in STYLE and int(path.name[:2]) >= FIRST_OF_OTHERS


# ---------------------------------------------------------------------------- size


@style
def few_words(notebook: Notebook, path: Path) -> Iterator[str]:
    """A lesson has at most 1500 words, folded answers included."""
    count = sum(words(cell.source) for cell in written_by_hand(notebook))
    if count > MOST_WORDS:
        yield f"{count} words; at most {MOST_WORDS}"


@style
def few_code_cells(notebook: Notebook, path: Path) -> Iterator[str]:
    """A lesson has at most 25 code cells, lesson 13 more."""
    count, most = len(code_cells(notebook)), MOST_CODE_CELLS_OF.get(path.stem, MOST_CODE_CELLS)
    if count > most:
        yield f"{count} code cells; at most {most}"


@style
def short_cells(notebook: Notebook, path: Path) -> Iterator[str]:
    """A code cell that is not folded away has at most 12 lines, or is the training loop as is."""
    for cell in code_cells(notebook):
        lines = len(cell.source.splitlines())
        if lines > MOST_LINES and not folded(cell) and cell.source != TRAINING_LOOP:
            yield f"{at(cell)} has {lines} lines; at most {MOST_LINES}"


# ---------------------------------------------------------------------------- parts of a page


@style
def opening(notebook: Notebook, path: Path) -> Iterator[str]:
    """The first cell has a numbered title, the minutes, and what you'll do, learn and need."""
    first = notebook.cells[0].source
    if not first.startswith(f"# {path.name[:2]} · "):
        yield f"the title should start with '# {path.name[:2]} · '"
    minutes = re.search(r"(\d+)–(\d+) minutes|(\d+) minutes", first)
    if not minutes:
        yield "the first cell does not say how many minutes the lesson takes"
    for part in ("You'll do", "You'll learn", "You'll need"):
        if f"**{part}**" not in first:
            yield f"the first cell has no '**{part}**'"


@style
def picture_before_code(notebook: Notebook, path: Path) -> Iterator[str]:
    """A picture comes before the first line of code, apart from imports."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and not only_imports(cell):
            yield f"{at(cell)} comes before any picture"
            return
        if cell.cell_type == "markdown" and list(figures(cell.source)):
            return


@style
def predict_and_verify(notebook: Notebook, path: Path) -> Iterator[str]:
    """There are predictions, each of which is entered, and a check by finite differences.

    A prediction in the text is asked for by the cell after it.
    """
    predictions = [(cell, after) for cell, after in zip(notebook.cells, [*notebook.cells[1:], None])
                   if cell.cell_type == "markdown" and "**Predict" in cell.source]  # fmt: skip
    if not predictions and not any("Predict" in called_at_top(cell) for cell in code_cells(notebook)):
        yield "no prediction"
    for cell, after in predictions:
        asked = after and after.cell_type == "code" and called_at_top(after) & {"GradientQuiz", "Predict"}
        if not asked:
            yield f"{at(cell)} asks for a prediction that cannot be entered"
    if not any("**Verify" in cell.source for cell in markdown_cells(notebook)):
        yield "no **Verify**"


@style
def nothing_is_given_away(notebook: Notebook, path: Path) -> Iterator[str]:
    """What a `Predict` asks for stands nowhere above it in its section, and no wrong answer in its code.

    `given_away` has the details.
    """
    for id, told in given_away(notebook, path.parent):
        yield f"{told!r} above the prediction {id!r} is its answer"
    for cell in code_cells(notebook):
        yield from (f"{at(cell)} tells whoever reads its code of {told}" for told in told_in_code(cell))


@style
def exercises(notebook: Notebook, path: Path) -> Iterator[str]:
    """Two to four exercises: a stub not answered yet, folded hints, a folded solution that passes.

    The solution is given to the very check that the stub ends with, but without its id: a solution
    that is run is nobody's answer.
    """
    stubs = [i for i, cell in enumerate(notebook.cells) if STUB in tags(cell)]
    if not 2 <= len(stubs) <= 4:
        yield f"{len(stubs)} exercises; two to four are wanted"
    for i in stubs:
        yield from exercise(*notebook.cells[i : i + 3])


def exercise(stub: Notebook, hints: Notebook, solution: Notebook) -> Iterator[str]:
    """Yield what is wrong with one exercise, given its three cells."""
    if not shown_text(stub).startswith(NOT_ANSWERED):
        yield f"{at(stub)} does not say '{NOT_ANSWERED}'"
    if hints.cell_type != "markdown" or not DETAILS.search(hints.source):
        yield f"{at(stub)} is not followed by folded hints"
    if SOLUTION not in tags(solution) or not folded(solution):
        yield f"{at(solution)} should be a folded solution, tagged {SOLUTION}"
        return
    if not solution.source.startswith("#"):
        yield f"{at(solution)}: JupyterLab shows the first line, which should be a comment only"
    if not shown_text(solution).startswith(RIGHT):
        yield f"{at(solution)}: the solution does not pass its check"
    if ID.sub("", last_statement(stub)) != last_statement(solution):
        yield f"{at(solution)} is not checked as its stub is"


@style
def ids(notebook: Notebook, path: Path) -> Iterator[str]:
    """What is asked under an id goes into the lesson's own answer book.

    The first code cell names the lesson, and each id begins with its number.
    """
    number, asked = path.name[:2], list(asked_in(notebook))
    if asked and f'lesson("{number}")' not in code_cells(notebook)[0].source:
        yield f'the first code cell does not say lesson("{number}"), so no answer is kept'
    for id in asked:
        if not re.fullmatch(rf"{number}[.-][\w.-]+", id):
            yield f"the id {id!r} does not begin with {number}"


@style
def recall(notebook: Notebook, path: Path) -> Iterator[str]:
    """The last section asks five questions, each with its answer folded away."""
    cells = [cell.source for cell in markdown_cells(notebook) if "## Recall" in cell.source]
    questions = sum(len(DETAILS.findall(source)) for source in cells)
    if questions != 5:
        yield f"{questions} recall questions with folded answers; five are wanted"


@style
def plain_summaries(notebook: Notebook, path: Path) -> Iterator[str]:
    """The line above a folded text is HTML: Markdown's marks would show as they are."""
    for cell in markdown_cells(notebook):
        for summary in re.findall(r"<summary>(.*?)</summary>", cell.source, re.DOTALL):
            if re.search(r"[`*]|\]\(", summary):
                yield f"{at(cell)}: Markdown in the summary {summary!r}"


@rule
def navigation(notebook: Notebook, path: Path) -> Iterator[str]:
    """Badge and bar are what the generator writes now."""
    if notebook.cells != with_navigation(nbformat.from_dict(notebook), path).cells:
        yield "badge and bar are not up to date: run python -m tests.notebooks.regenerate"


# ---------------------------------------------------------------------------- pictures and links


@style
def alternative_text(notebook: Notebook, path: Path) -> Iterator[str]:
    """Every picture, in the text or in an output, says in words what it shows, and no number that it leaves open."""
    for cell in markdown_cells(notebook):
        for alt, target in figures(cell.source):
            if words(alt) < 3:
                yield f"{at(cell)}: the picture {target[:40]} needs alternative text"
            drawn = path.parent / target if target.endswith(".svg") else None
            if (
                drawn
                and drawn.is_file()
                and (more := numbers_in(alt) - numbers_in(drawn.read_text(encoding="utf-8")))
            ):
                yield f"{at(cell)}: {target} does not show {', '.join(sorted(more))}, which its alternative text tells"
    for cell in code_cells(notebook):
        for data in shown_data(cell):
            yield from (f"{at(cell)}: {problem}" for problem in unnamed_pictures(data))


def numbers_in(text: str) -> set[str]:
    """Return the numbers that can be read in a text or an SVG."""
    return set(re.findall(r"\d+(?:\.\d+)?", without_tags(text)))


def unnamed_pictures(data: Notebook) -> Iterator[str]:
    """Yield a sentence for each picture in an output that has no text beside it."""
    for alt, target in figures(data.get("text/html", "")):
        if words(alt) < 3:
            yield f"the picture {target[:30]} needs alternative text"
    svg = data.get("image/svg+xml")
    if svg and not re.search(r"<title>\s*[^<\s%][^<]*</title>", svg):
        yield "an SVG without a title"
    if any(kind in data for kind in ("image/png", "image/jpeg")):
        yield "a PNG or JPEG: nbval does not compare it, and it has no alternative text"


@rule
def links_resolve(notebook: Notebook, path: Path) -> Iterator[str]:
    """A link leads to a file that is there, or to an https address."""
    for cell in markdown_cells(notebook):
        for target in links(cell.source):
            file, _, _ = target.partition("#")
            if not target.startswith(("https://", "data:")) and not (path.parent / file).exists():
                yield f"{at(cell)}: {target} is not there"


# ---------------------------------------------------------------------------- code


@style
def plain_code(notebook: Notebook, path: Path) -> Iterator[str]:
    """Code is what a learner would type: no magics, no installs, no display machinery, no `;`."""
    for cell in code_cells(notebook):
        if re.search(r"^\s*[%!]", cell.source, re.MULTILINE):
            yield f"{at(cell)} has a magic or a shell command"
            continue
        if re.search(r";\s*(#.*)?$", cell.source, re.MULTILINE):
            yield f"{at(cell)} has a line that ends with a semicolon"
        for name in sorted(names_in(cell) & NOT_FOR_LESSONS):
            yield f"{at(cell)} uses {name}"


@rule
def metadata(notebook: Notebook, path: Path) -> Iterator[str]:
    """No widget state, every cell with an id of its own that is not drawn at random."""
    if "widgets" in notebook.metadata:
        yield "metadata.widgets is stored"
    ids = [cell.get("id", "") for cell in notebook.cells]
    if len(set(ids)) < len(ids):
        yield "two cells have the same id"
    yield from (
        f"{at(cell)} has an id drawn at random"
        for cell in notebook.cells
        if RANDOM_ID.fullmatch(cell.get("id", ""))
    )
    yield from (f"{at(cell)} is timed" for cell in notebook.cells if "execution" in cell.metadata)


# ---------------------------------------------------------------------------- outputs


@rule
def run_in_order(notebook: Notebook, path: Path) -> Iterator[str]:
    """Execution counts are 1 … n: the lesson was run once, from top to bottom."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}"


@rule
def outputs_are_stored(notebook: Notebook, path: Path) -> Iterator[str]:
    """A cell that prints or shows something has its output stored."""
    for cell in code_cells(notebook):
        if called_at_top(cell) & SHOWS_SOMETHING and not cell.outputs:
            yield f"{at(cell)} prints, but no output is stored"


@rule
def outputs_compare(notebook: Notebook, path: Path) -> Iterator[str]:
    """Outputs are such as nbval compares and anyone can see: no live view, address or error."""
    for cell in code_cells(notebook):
        if any(WIDGET_VIEW in data for data in shown_data(cell)):
            yield f"{at(cell)} stores a widget view, which shows an error where there is no kernel"
        if "check_setup" in called_at_top(cell) and cell.outputs:
            yield f"{at(cell)} stores that all is right, which is true of another machine"
        if ADDRESS.search(str(cell.outputs)):
            yield f"{at(cell)} shows an address in memory"
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in tags(cell):
            yield f"{at(cell)} fails"


# ---------------------------------------------------------------------------- what rules read


def at(cell: Notebook) -> str:
    """Name a cell in a sentence."""
    return f"cell {cell.id!r}"


def written_by_hand(notebook: Notebook) -> list[Notebook]:
    """Return the Markdown cells that are not generated."""
    return [cell for cell in markdown_cells(notebook) if "generated" not in tags(cell)]


def words(markdown: str) -> int:
    """Count the words of a Markdown text: not its tags, addresses, code blocks and formulas.

    >>> words("A **slope**, see [here](https://x.org) <br> $a + b$ — done")
    5
    """
    noise = r"```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|<[^>]+>|\]\([^)]*\)"
    text = re.sub(noise, " ", markdown, flags=re.DOTALL)
    return sum(any(map(str.isalnum, word)) for word in text.split())


def folded(cell: Notebook) -> bool:
    """Whether the source of a code cell is folded away."""
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def figures(text: str) -> Iterator[tuple[str, str]]:
    """Yield (alternative text, address) of each picture in Markdown or HTML."""
    yield from re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", text)
    for tag, attributes in html_tags(text):
        if tag == "img":
            yield attributes.get("alt") or "", attributes.get("src") or ""


def links(text: str) -> Iterator[str]:
    """Yield the address of each link and picture in Markdown or HTML."""
    yield from re.findall(r"\]\(([^)\s]+)", text)
    for _, attributes in html_tags(text):
        yield from (attributes[name] for name in ("href", "src") if attributes.get(name))


def html_tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the opening tags in a text, with their attributes."""
    found: list = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(text)
    return found


def tree(cell: Notebook) -> ast.Module:
    """Parse a code cell."""
    return ast.parse(cell.source)


def only_imports(cell: Notebook) -> bool:
    """Whether a code cell does nothing but import."""
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in tree(cell).body)


def last_statement(cell: Notebook) -> str:
    """Return the code of a cell's last statement, without its comments."""
    return ast.unparse(tree(cell).body[-1])


def names_in(cell: Notebook) -> set[str]:
    """Return all names, attributes and keyword arguments that a cell uses."""
    found = set()
    for node in ast.walk(tree(cell)):
        found |= {getattr(node, field, None) for field in ("id", "attr", "arg", "name")}
    return found - {None}


def called_at_top(cell: Notebook) -> set[str]:
    """Return the names of the functions a cell calls when all goes well, outside definitions."""
    found, waiting = set(), list(tree(cell).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.ExceptHandler):
            continue
        if isinstance(node, ast.Call):
            found.add(getattr(node.func, "id", None) or getattr(node.func, "attr", ""))
        waiting.extend(ast.iter_child_nodes(node))
    return found


def shown_data(cell: Notebook) -> list[Notebook]:
    """Return what a cell displays: a mapping from MIME type to content for each output."""
    return [output.data for output in cell.get("outputs", []) if "data" in output]


def shown_text(cell: Notebook) -> str:
    """Return all plain text that a cell shows."""
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    )
