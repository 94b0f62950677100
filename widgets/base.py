"""What all widgets share: live view, text twin, picture, offline page, theme, keyboard.

A new widget is a folder with a Python class and an ES module::

    class Coin(Widget, module="coin"):           # coin.js, coin.css, beside this file
        \"""Shows one side of a coin; a click turns it.\"""

        heads = traitlets.Bool(True).tag(sync=True)      # what the learner decided

        def __init__(self):
            super().__init__(data={"sides": ["tails", "heads"]})    # computed once, sent once

        def describe(self):
            return f"The coin shows {self.data['sides'][self.heads]}."

        def svg(self):
            return picture("Coin", self.describe(), 80, 40, '<circle cx="40" cy="20" r="15"/>')

    // coin.js
    import { frame, h } from "../base.js";
    function render({ model, el }) {
      const view = frame(el, { name: "coin", label: "Coin" });
      const show = () => view.say(`The coin shows ${model.get("data").sides[+model.get("heads")]}.`);
      const turn = () => { model.set("heads", !model.get("heads")); model.save_changes(); };
      view.toolbar.append(h("button", { onclick: turn }, "Turn"));
      view.keys({ ArrowRight: turn });
      view.listen(model, "change:heads", show);
      show();
      view.ready();
      return view.dispose;
    }
    export default { render };

The module's relative imports are put in front of it, so that one text is all a browser needs;
each file must therefore use names of its own at the top level, and ``render`` is the last.
What Python must know as well (sentences, thresholds) stands in a JSON file that both read; the
module imports ``words.json`` as WORDS.
So are their style sheets, where they have one: ``chart.css`` goes wherever ``chart.js`` does.
"""

import base64
import hashlib
import html
import json
import math
import os
import re
import sys
from numbers import Integral
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from autograd_core.printable import printable, quoted
from autograd_core.serialization import replace_file

from .outputs import hold_weakly, keep_while_shown

HERE = Path(__file__).parent
IMPORT = re.compile(
    r'^import\s[^;]*?\sfrom\s+"(\.\.?/[\w./-]+)"(?: with \{ type: "json" \})?;\n', re.MULTILINE
)
NOT_SENT = re.compile(
    r"^ */\*\*(?:(?!\*/).)*\*/\n|^ *//[^\n]*\n|^ +|\s+// [^\n]*$|\n+(?=\n)", re.MULTILINE | re.DOTALL
)


SPACE = re.compile(r"\s*([{};])\s*|([:,])\s+|\n\s*")  # around what needs none in a style sheet


PAGE_STATE = "application/vnd.see-the-gradient.page+json"  # what a page without a kernel needs
LINES = "\n\t"  # what text of several lines may hold besides what is printable
REAL = int | float | np.integer | np.floating


class InvalidValue(traitlets.TraitError, ValueError):
    """A value that a trait cannot take on."""


class InvalidType(traitlets.TraitError, TypeError):
    """A value of a kind that a trait cannot take on."""


class State(traitlets.TraitType):
    """A synced trait whose widget says itself what it takes on::

        step = State(0)

        @step.accepts
        def _step_exists(self, step):
            return whole("step", step, 0, self.steps)

    The method is given what Python, a browser or a widget linked with this one set, and returns
    what the trait then holds. Whatever it raises refuses the value as a whole: the trait, and all
    that was set together with it, stay as they were.
    """

    def __init__(self, default, sync=True):
        super().__init__(default)
        self.tag(sync=sync)

    def accepts(self, check):
        self.check = check
        return check

    def validate(self, widget, value):
        try:
            return self.check(widget, value)
        except TypeError as error:
            raise InvalidType(printable(error)) from error
        except Exception as error:
            raise InvalidValue(printable(error)) from error


def whole(name, value, low, high=None) -> int:
    """Return a whole number within limits, Python's or NumPy's, as an int.

    Raises TypeError or ValueError for anything else.
    """
    limits = f"from {low} on" if high is None else f"from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number {limits}, not {quoted(value)}")
    if value < low or (high is not None and value > high):
        raise ValueError(f"{name} must be {limits}, not {quoted(value)}")
    return int(value)


def positive(name, value) -> float:
    """Return a number greater than 0, Python's or NumPy's, as a float; raises as :func:`whole`."""
    if isinstance(value, bool) or not isinstance(value, REAL):
        raise TypeError(f"{name} must be a number such as 0.1, not {quoted(value)}")
    if not (is_number(value) and value > 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be greater than 0, and finite, not {quoted(value)}")
    return float(value)


def is_number(x) -> bool:
    """Whether this is a real number, Python's or NumPy's, and none that is too large for a float."""
    if isinstance(x, bool) or not isinstance(x, REAL):
        return False
    return not isinstance(x, int) or abs(x) <= sys.float_info.max


class Widget(anywidget.AnyWidget):
    """A view of data that Python computed once; the browser does the rest.

    A subclass names its ES module (``class Coin(Widget, module="coin")``), gives ``data`` to
    ``super().__init__``, and writes :meth:`describe` and :meth:`svg`.

    Attributes
    ----------
    data : dict
        Everything the view needs, as JSON. Sent once, never changed. What goes on changing while
        Python works (a training run) is a trait of its own, as ``live`` of `TrainingMonitor`:
        set by Python only, as a whole, a few times a second, and bounded in size, so that a view
        that opens later or a page that is loaded again shows the same.
    """

    data = traitlets.Dict().tag(sync=True, ours=True)  # ours: no browser sets it

    def __init_subclass__(cls, module=None, **kwargs):
        super().__init_subclass__(**kwargs)
        if module is not None:
            script = Path(sys.modules[cls.__module__].__file__).with_name(f"{module}.js")
            cls._esm = bundle(script)
            sheet = stylesheet(*(part.with_suffix(".css") for part in parts(script)))
            # What is its own outweighs what all share, which the next widget on the page brings once more.
            own = f"ag-{module.replace('_', '-')}"
            cls._css = re.sub(rf"\.{own}(?![\w-])", f".ag.{own}", sheet)

    def __init__(self, data, **traits):
        super().__init__(data=all_printable(data), **traits)

    def set_state(self, sync_data):
        """Take on what a browser says, as a whole or not at all; then it is told what holds."""
        try:
            for name in sync_data:
                if self.trait_metadata(name, "ours"):
                    raise InvalidValue(f"{name} of a {type(self).__name__} is not to be set")
            super().set_state(sync_data)
        except traitlets.TraitError:
            self.send_state(self.keys & sync_data.keys())
            raise

    def open(self):
        """Tell the browser of this widget; it is not kept for that (see :mod:`widgets.outputs`)."""
        super().open()
        hold_weakly(self)

    def describe(self) -> str:
        """Return what the widget now shows, as plain text: the words of its status line."""
        raise NotImplementedError

    def svg(self) -> str:
        """Return what the widget now shows as one SVG document (see :func:`picture`)."""
        raise NotImplementedError

    def text(self) -> str:
        """Return what stands in the widget's place where there is only text."""
        return self.describe()

    def stored(self) -> tuple[str, str, str]:
        """Return picture, text and words that a notebook keeps: of what the widget shows now."""
        return self.svg(), self.text(), self.describe()

    def __repr__(self):
        return f"<{type(self).__name__}: {self.describe()}>"

    def _repr_mimebundle_(self, **kwargs):
        """The live view and, for where it cannot be shown, the picture and the text."""
        keep_while_shown(self)
        live, metadata = super()._repr_mimebundle_(**kwargs)
        if os.environ.get("WIDGETS_PUBLISH"):  # see publish/exporter.py
            live[PAGE_STATE] = self.page_state()
        svg, text, words = self.stored()
        return live | {
            "text/plain": printable(text, LINES),
            "text/html": image(svg, words),
            "image/svg+xml": svg,
        }, metadata

    def to_html(self, path) -> Path:
        """Write one page that shows this widget anywhere, also without network or kernel.

        The page holds the widget's own ES module, its data and its present state. Returns
        the path as a ``pathlib.Path``; raises ``OSError`` where the file cannot be written.
        """
        path = Path(path)
        replace_file(path, self.page().encode())
        return path

    def page(self) -> str:
        """Return the page that :meth:`to_html` writes."""
        state, picture = self.page_state(), image(self.svg(), self.describe())
        alive = Alive().place(str(self._esm), str(self._css), state, picture)
        return PAGE.format(title=html.escape(type(self).__name__), alive=alive)

    def page_state(self) -> dict:
        """Return what the page's view reads: all that a live one does."""
        return self.get_state(self.own_traits())

    def own_traits(self) -> set[str]:
        """The names of the synced traits that are this widget's, not every ipywidget's."""
        inherited = anywidget.AnyWidget.class_traits(sync=True)
        names = self.traits(sync=True).keys() - inherited.keys()
        return {name for name in names if not name.startswith("_")}


def bundle(script: str | Path) -> str:
    """Return an ES module (a path from here) with those it imports put in front of it.

    Comments and indentation, a third of the text, are not sent to the browser. (So a
    template literal must not run over several lines.)
    """
    return "\n".join(parts(script).values())


def parts(script: str | Path) -> dict[Path, str]:
    """Return an ES module and all that it imports, by file, what is imported first."""
    found = {}

    def add(file):
        if file not in found:
            source = file.read_text(encoding="utf-8")
            found[file] = ""  # its place is taken: two modules may import each other
            for imported in IMPORT.findall(source):
                add((file.parent / imported).resolve())
            found[file] = found.pop(file) + sent(file, source)

    add((HERE / script).resolve())
    return found


def sent(file: Path, source: str) -> str:
    """Return what a browser needs of a file: of a module its code, of ``words.json`` a constant WORDS."""
    if file.suffix != ".json":
        return NOT_SENT.sub("", IMPORT.sub("", source))
    return f"const {file.stem.upper()} = {json.dumps(json.loads(source), ensure_ascii=False)};"


def stylesheet(*files: Path) -> str:
    """Return those style sheets that are there, as one, without comments."""
    sheets = [file.read_text(encoding="utf-8") for file in files if file.exists()]
    without_comments = re.sub(r"/\*.*?\*/\s*", "", "\n".join(sheets), flags=re.DOTALL)
    return SPACE.sub(lambda space: space[1] or space[2] or "\n", without_comments)


def picture(title: str, description: str, width: float, height: float, body: str) -> str:
    """Return an SVG document, on a ground of its own, that a screen reader can name.

    ``body`` is SVG markup, already escaped; ``title`` and ``description`` are plain text. In none
    of it does anything stay that is not printable.
    """
    return printable(
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f"<title>{html.escape(title)}</title><desc>{html.escape(description)}</desc>"
        f'<rect width="100%" height="100%" rx="6" fill="#ffffff"/>{body}</svg>',
        LINES,
    )


def all_printable(tree):
    """What is sent to a browser, with nothing but printable text in it."""
    return tree if is_printable(tree) else made_printable(tree)


def is_printable(tree) -> bool:
    """Whether all text in what is sent is printable, looked at in one piece: of large data a tenth of the time."""
    try:
        text = json.dumps(tree, ensure_ascii=False)
    except (TypeError, ValueError):
        return False
    return text.isprintable() and not re.search(r"\\[ubrf]", text)


def made_printable(tree):
    if isinstance(tree, str):
        return tree if tree.isascii() and tree.isprintable() else printable(tree, LINES)
    if isinstance(tree, dict):
        return {made_printable(key): made_printable(value) for key, value in tree.items()}
    return [made_printable(each) for each in tree] if isinstance(tree, list | tuple) else tree


FITS = 640  # pixels that a page has at least for a picture


def packed(numbers) -> str:
    """Return numbers as base 64 of float64, little-endian: exact, short, and also nan and inf.

    In the browser ``unpacked`` in words/numbers.js reads them.

    >>> packed([1.0])
    'AAAAAAAA8D8='
    """
    return base64.b64encode(np.asarray(numbers, "<f8").tobytes()).decode()


def image(svg: str, alt: str, least: float = 0) -> str:
    """Return HTML that shows a picture even where a notebook is not trusted.

    JupyterLab drops SVG from an untrusted notebook, but keeps an ``<img>``. A wide picture is made
    smaller, to a share of ``least`` of its width, and scrolled from there on.
    """
    encoded = base64.b64encode(svg.encode()).decode()
    width = least * float(re.search(r' width="([\d.]+)', svg)[1]) if least else 0
    kept = f' style="min-width: {width:.0f}px"' if width > FITS else ""
    return f'<img alt="{html.escape(printable(alt))}"{kept} src="data:image/svg+xml;base64,{encoded}">'


class Alive:
    """The widgets of one page without a kernel: each ES module is sent once, whatever it shows."""

    def __init__(self):
        self.sent = set()

    def place(self, esm: str, css: str, state: dict, picture: str) -> str:
        """Return HTML of a widget in this state; where no script runs, its picture stays."""
        module = f"ag-{hashlib.sha256((esm + css).encode()).hexdigest()[:12]}"
        state = json.dumps(dict(sorted(state.items())), allow_nan=False).replace("<", "\\u003c")
        shown = f'<div class="ag-alive" data-module="{module}">{picture}<script type="application/json">{state}</script></div>'
        if module not in self.sent:
            script = esm.replace("</", "<\\/")
            shown += f'<style>{css}</style><script type="text/plain" id="{module}">{script}</script>'
        if not self.sent:
            shown += f'<script type="module">{bundle("alive.js")}</script>'
        self.sent.add(module)
        return shown


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
</head>
<body class="ag-page">
<main>{alive}</main>
</body>
</html>
"""
