"""nbconvert's part of publishing: a preprocessor, and an exporter with a template of ours."""

import html
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jinja2 import pass_context
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from traitlets import default
from traitlets.config import Config

from autograd_core.serialization import replace_file

from ..base import PAGE_STATE, Alive
from ..course.lessons import title_of
from ..predict.widget import HELD_BACK

HERE = Path(__file__).parent
STATE, VIEW = "application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json"
NOT_OURS = {"layout", "tabbable", "tooltip"}  # what every ipywidget has
SHOWN = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain"]
PART = re.compile(r"^(?=#{2,4} )", re.MULTILINE)  # where a part of a text begins, with a heading
GENERATOR = '<meta content="see-the-gradient" name="generator"/>'  # what our pages have


class AliveWidgets(Preprocessor):
    """Puts, in place of each view of a widget, HTML that is alive wherever scripts run.

    The notebook must hold the widgets' states, as JupyterLab and nbclient store them. Of a widget whose
    state is not there, its picture stays; one that is not ours stays as it is.
    """

    enabled = True

    def preprocess(self, notebook, resources):
        stored = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        ours = {name: model["state"] for name, model in stored.items() if is_ours(model)}
        alive, others = Alive(), False
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                name = data.get(VIEW, {}).get("model_id")
                if model := ours.get(name):
                    state = data.get(PAGE_STATE) or {
                        name: value
                        for name, value in model.items()
                        if name[0] != "_" and name not in NOT_OURS
                    }
                    shown = alive.place(
                        model["_esm"], model.get("_css", ""), state, data.get("text/html", "")
                    )
                    output.data = nbformat.from_dict({"text/html": shown})
                elif name and name not in stored and "text/html" in data:
                    del data[VIEW]  # nothing but a blank can come of it
                others |= VIEW in output.get("data", {})
        for name in ours:
            del stored[name]  # nobody needs it now, and it is large
        if not others:
            notebook.metadata.pop(
                "widgets", None
            )  # for what is left, a page would fetch scripts from elsewhere
        return notebook, resources


def reads(text):
    """Read a notebook as a page is to show it: myst-nb and nbsphinx take this as a format of ``.ipynb``.

    >>> reads(nbformat.writes(nbformat.v4.new_notebook())).cells
    []
    """
    return AliveWidgets().preprocess(nbformat.reads(text, as_version=4), {})[0]


class Parts(Preprocessor):
    """Marks where a part of the page begins: with a heading, or with a question.

    What follows a question is hidden to the end of its part until it is answered, also where no script runs.
    """

    enabled = True

    def preprocess(self, notebook, resources):
        stored = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        asking = {name for name, model in stored.items() if is_ours(model) and is_question(model["state"])}
        cells = []
        for cell in notebook.cells:
            texts = PART.split(cell.source) if cell.cell_type == "markdown" else [cell.source]
            shown = [output.get("data", {}) for output in cell.get("outputs", ())]
            views = {data.get(VIEW, {}).get("model_id") for data in shown if can_be_answered(data)}
            for number, text in enumerate(list(filter(None, texts)) or texts):
                part = nbformat.from_dict(cell | {"source": text})
                if number:
                    part["id"] = f"{cell.id[:50]}-{number}"
                part.metadata["asks"] = bool(asking & views) and "exercise" not in cell.metadata.get(
                    "tags", ()
                )
                part.metadata["starts_part"] = bool(asking & views or (len(texts) > 1 and PART.match(text)))
                cells.append(part)
        notebook.cells = cells
        return notebook, resources


def is_question(state: dict) -> bool:
    """Whether what a notebook stores of a widget is the state of a question to the reader."""
    return state["_anywidget_id"].startswith(("widgets.predict", "widgets.quiz"))


def can_be_answered(data) -> bool:
    """Whether a page can judge what is answered: of a `Predict`, only where what it holds back is kept."""
    return HELD_BACK not in data or bool(data.get(PAGE_STATE, {}).get("held"))


def is_ours(model) -> bool:
    """Whether what a notebook stores of a widget is the state of one of ours."""
    state = model.get("state") if isinstance(model, dict) else None
    return (
        isinstance(state, dict) and str(state.get("_anywidget_id")).startswith("widgets.") and "_esm" in state
    )


class Formulas(IPythonRenderer):
    """Writes what a text has in LaTeX as MathML, which a browser shows without any script."""

    def block_math(self, body):
        return formula(body, "block")

    def inline_math(self, body):
        return formula(body, "inline")

    def latex_environment(self, name, body):
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")


def formula(latex: str, display: str) -> str:
    """Return a formula as MathML; as it is written, where it cannot be read."""
    from latex2mathml.converter import convert

    try:
        return convert(latex, display=display)
    except Exception:  # of many kinds: it may be any text between two signs of money
        return html.escape(f"${latex}$")


class PageExporter(HTMLExporter):
    """One page, complete in itself: text, code, outputs and living widgets; nothing is fetched."""

    export_from_notebook = "Page with living widgets"

    @default("template_name")
    def _template_name_default(self):
        return "page"

    @property
    def extra_template_basedirs(self):
        return [str(HERE)]

    @property
    def default_config(self):
        ours = Config({
            "PageExporter": {"preprocessors": [Parts, AliveWidgets], "embed_images": True,
                             "exclude_input_prompt": True, "exclude_output_prompt": True},
            "NbConvertBase": {"display_data_priority": SHOWN},
        })  # fmt: skip
        ours.merge(super().default_config)
        return ours

    @pass_context
    def markdown2html(self, context, source):
        """Return a text as HTML, with its formulas; nbconvert calls it."""
        written = Formulas(
            escape=False, attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images, path=context["resources"]["metadata"]["path"],
        )  # fmt: skip
        return MarkdownWithMath(renderer=written).render(source)

    def _init_resources(self, resources):
        resources = super()._init_resources(resources)
        for part in ("page.css", "page.js"):
            resources[part] = (HERE / "page" / part).read_text(encoding="utf-8")
        return resources

    def from_notebook_node(self, nb, resources=None, **kw):
        resources = {"title": title_of(nb, "A notebook")} | (resources or {})
        return super().from_notebook_node(nb, resources, **kw)


def published(path) -> Path:
    """Write the page of a notebook beside it, ``lesson.html`` for ``lesson.ipynb``; return its path.

    A notebook that holds no widget's state is run first, in a copy: what is stored stays as it is. A page
    that was published before is written anew; anything else of that name is left alone.

    Raises NotANotebook for another file, FileExistsError, or what nbclient raises where a cell does.
    """
    path = Path(path)
    page, notebook = path.with_suffix(".html"), notebook_at(path)
    if page.exists() and GENERATOR not in page.read_text(encoding="utf-8", errors="replace"):
        raise FileExistsError(f"{page} is there already, and no published page: move it away")
    if STATE not in notebook.metadata.get("widgets", {}):
        notebook = run(notebook, path.parent)
    text, _ = PageExporter().from_notebook_node(notebook, {"metadata": {"path": str(path.parent)}})
    replace_file(page, text.encode())
    return page


class NotANotebook(ValueError):
    """A file from which no page can be made."""


def notebook_at(path):
    """The notebook that a file holds."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise
    except Exception as problem:  # of many kinds: what nbformat meets in a file that is something else
        said = f"{path.name} is no notebook: open it in JupyterLab, and save it there."
        raise NotANotebook(said) from problem
    return notebook


def run(notebook, folder):
    """Run a notebook in a fresh kernel that works in ``folder``; what a page needs is kept in it.

    Of that is also, and only there, what a `Predict` holds back. Nobody's answers are in it.
    """
    with TemporaryDirectory(prefix="kernel-") as sockets:  # of kernels side by side, two may take one port
        by_file = {"transport": "ipc", "ip": os.path.join(sockets, "s")} if os.name == "posix" else {}
        client = NotebookClient(notebook, kernel_name="python3", extra_arguments=["--log-level=ERROR"],
                                resources={"metadata": {"path": str(folder)}}, config=Config(KernelManager=by_file))  # fmt: skip
        client.execute(env=os.environ | {"WIDGETS_ANSWERS": "off", "WIDGETS_PUBLISH": "on"})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    return notebook


def joined(outputs: list) -> list:
    """Return outputs with what was printed in one go as one: in how many messages it came is chance."""
    found: list = []
    for output in outputs:
        before = found[-1] if found else output
        if (
            before is not output
            and output.get("name", "") == before.get("name")
            and output.output_type == "stream"
        ):
            before.text += output.text
        else:
            found.append(output)
    return found
