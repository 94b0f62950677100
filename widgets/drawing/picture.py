"""`make_dot`: the graph behind a tensor as a picture.

The picture is a `graphviz.Digraph` like any other: it can be added to, rendered to a file, and
its DOT text is the same for the same graph. A notebook shows it as SVG drawn here, from the
same trace, because Graphviz' own text differs from machine to machine with the fonts it finds.
"""

import html
import os
import warnings
from collections.abc import Mapping
from itertools import count
from typing import Any

from autograd_core.printable import printable

from ..base import image, whole
from ..base import picture as svg_document
from ..trace import CONSTANT, FAILED, LEAF, OMITTED, OP
from ..words.names import check_mapping
from ..words.numbers_as_text import brief, counted, shape
from .collapsed import MOST, Frame, collapsed
from .graph_picture import ACCENT, COLOURS, GROUNDS, INK, MUTED, NOTHING, PARTIAL, QUIET, ZERO
from .layout import DIRECTIONS, arrange, warm_up
from .system_libraries import install_libraries, missing_library

try:
    from graphviz import Digraph, ExecutableNotFound
except ImportError:  # the picture is there all the same, without its DOT text
    from .without_graphviz import Digraph, ExecutableNotFound

LOOKED_AT = 10_000  # operations; of more, the latest
MANY = 100  # nodes, from which on neither the best layout nor the finest print is worth the minutes
VERY_MANY = 400  # of a larger one bitmaps have fewer points
LEGIBLE = 0.8  # of its size a picture has at least, where there is less room
LONGEST = 26  # characters in a line
SIZE, CHARACTER, LINE, PADDING = 13, 0.6, 17, 9  # pixels; Courier is 0.6 em wide everywhere
FONT = "Courier"
FONTS = "Courier, 'Courier New', 'Liberation Mono', 'DejaVu Sans Mono', monospace"
ARROW, GRADIENT = COLOURS[NOTHING], "#a33f00"
FRAMES = {  # kind: border, fill, border's width, dashes, corner radius
    "leaf": (ACCENT, GROUNDS["leaf"], 1.6, "", 0),
    "op": (ARROW, "#ffffff", 1.2, "", 12),
    "output": (COLOURS[PARTIAL], GROUNDS["output"], 2.4, "", 12),
    "constant": (QUIET, GROUNDS["constant"], 1.2, "", 12),
    "omitted": (COLOURS[ZERO], "#faf1f6", 1.2, "1 3", 12),
    "failed": (COLOURS[PARTIAL], "#ffffff", 3.2, "", 12),
    "scope": (INK, "#f2f2f2", 2.4, "", 4),
}
WORDS = {
    "leaf": "leaf, gets .grad",
    "op": "operation",
    "output": "output",
    "constant": "constant",
    "omitted": "left out",
    "failed": "failed",
    "scope": "closed: several operations",
}


def make_dot(
    output: Any,
    params: Mapping[str, Any] | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    values: bool = True,
    gradients: bool = True,
    direction: str = "TB",
    legend: bool = True,
    depth: int | None = None,
    max_nodes: int | None = None,
) -> "Picture":
    """Draw the graph behind a tensor, from its leaves to the output.

    No backward pass is run: gradients are shown where ``.grad`` holds one already.

    Parameters
    ----------
    output : tensor of `autograd_core` or of PyTorch, or a list, tuple or dictionary of them
    params, names : mapping from names to tensors, or None
        ``dict(model.named_parameters())`` or ``locals()`` will do. Other tensors are called
        what the caller's variables call them.
    values, gradients : bool
        Whether to write them into the nodes.
    direction : ``"TB"`` from top to bottom, ``"LR"`` from left to right
    legend : bool
    depth : int or None
        How deep modules and calls are open, of which `watching` knows: with 1, those that the model itself
        calls are one box each, and alike ones in a row one box (``Block × 12``). None: all is drawn, unless
        that is more than 1 000 boxes; then as deep as fits.
    max_nodes : int or None
        Of a larger graph the latest operations are drawn, and one node stands for the rest. None: of more
        than 10 000.

    Returns
    -------
    Picture, a `graphviz.Digraph`

    Raises TypeError if ``output`` holds something else than tensors, ``names`` is no mapping or ``depth``
    no whole number, ValueError for another direction or a depth below 1.

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> print(make_dot(y).describe())
    Graph of y with 1 operation and 1 leaf: x = 3; y = mul(x, x) = 9.

    >>> from widgets import watching
    >>> model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Linear(1, 1))
    >>> with watching():
    ...     y = model(torch.ones(4, 1)).sum()
    >>> make_dot(y, depth=1).describe().partition("; ")[0]
    'Graph of y with 5 operations and 4 leaves: 0 … 1 (Linear × 2, 4 operations)'
    """
    from ..recorders import graph

    if direction not in ("TB", "LR"):
        raise ValueError(f"direction must be 'TB' or 'LR', not {direction!r}")
    if depth is not None:
        depth = whole("depth", depth, 1)
    named, tensors = _tensors(output)
    for argument, mapping in (("params", params), ("names", names)):
        if mapping is not None:
            check_mapping(argument, mapping)
            named = {**named, **mapping}
    trace = graph(tensors, named, max_nodes=max_nodes or LOOKED_AT)
    return Picture(trace, values=values, gradients=gradients, direction=direction, legend=legend,
                   depth=depth, most=max_nodes or MOST)  # fmt: skip


def _tensors(output):
    """The names that ``output`` itself gives, and its tensors in order."""
    if isinstance(output, dict):
        flat = [(str(key), each) for key, value in output.items() for each in _flat(value)]
        named = {str(key): value for key, value in output.items()
                 if not isinstance(value, list | tuple | dict)}  # fmt: skip
        return named, [each for _, each in flat]
    return {}, list(_flat(output))


def _flat(output):
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, list | tuple):
        for each in output:
            yield from _flat(each)
    else:
        yield output


class Picture(Digraph):
    """The picture of a trace. ``trace`` is what it shows, ``nodes`` and ``edges`` are drawn; see `make_dot`."""

    def __init__(self, trace, *, values=True, gradients=True, direction="TB", legend=True, depth=None,
                 most=MOST):  # fmt: skip
        super().__init__(
            "computation_graph",
            graph_attr={"rankdir": direction, "bgcolor": "transparent", "nodesep": "0.28",
                        "ranksep": "0.42", "fontname": FONT, "fontsize": str(SIZE - 2)},
            node_attr={"shape": "box", "fixedsize": "true", "fontname": FONT,
                       "fontsize": str(SIZE), "fontcolor": INK, "margin": "0"},
            edge_attr={"color": ARROW, "arrowsize": "0.7"},
        )  # fmt: skip
        self.trace, self.direction = trace, direction
        closed = collapsed(trace, depth, most)
        self.nodes, self.edges, outputs = (
            (trace.nodes, trace.edges, trace.outputs) if closed is None
            else (closed.nodes, closed.edges, closed.outputs)
        )  # fmt: skip
        self.inside, self.frame = (closed.inside, closed.frame) if closed else ({}, Frame("", ""))
        self.kinds = {node.id: kind_of(node, outputs) for node in self.nodes}
        self.lines = {
            node.id: lines_of(node, values, gradients, self.inside.get(node.id)) for node in self.nodes
        }
        if len(self.nodes) > MANY:
            coarse = len(self.nodes) > VERY_MANY  # a picture of more than 100 million points takes seconds
            self.graph_attr.update(nslimit="2", nslimit1="2", dpi="48" if coarse else "72")
        self.sizes = {id: size_of(lines) for id, lines in self.lines.items()}
        self.legend = [kind for kind in FRAMES if kind in self.kinds.values()] if legend else []
        if hasattr(Digraph, "source"):
            self._write()
        self._written = self._dot_text()

    def _write(self):
        for node in self.nodes:
            border, fill, width, dashes, radius = FRAMES[self.kinds[node.id]]
            styles = ["filled"] + ["rounded"] * bool(radius)
            styles += ["dotted" if dashes == "1 3" else "dashed"] * bool(dashes)
            wide, high = self.sizes[node.id]
            self.node(
                node.id, dot_label(self.lines[node.id]),
                color=border, fillcolor=fill, penwidth=str(width), style=",".join(styles),
                width=f"{wide / 72:.3f}", height=f"{high / 72:.3f}",
            )  # fmt: skip
        for edge in self.edges:
            more = {} if edge.flows else {"style": "dashed"}
            self.edge(edge.producer, edge.consumer, **more)
        if self.legend:
            cells = "".join(
                f'<td border="1" color="{FRAMES[kind][0]}" bgcolor="{FRAMES[kind][1]}">'
                f'<font color="{INK}">{WORDS[kind]}</font></td>'
                for kind in self.legend
            )
            table = f'<<table border="0" cellspacing="8" cellpadding="4"><tr>{cells}</tr></table>>'
            self.attr(label=table, labelloc="b")
        self._write_frames(self, self.frame.frames, count())

    def _write_frames(self, around, frames, numbers):
        for frame in frames:
            inside = Digraph(f"cluster_{next(numbers)}", graph_attr={
                "label": f"<{html.escape(called(frame))}>", "labeljust": "l", "style": "rounded",
                "color": ARROW, "fontcolor": MUTED})  # fmt: skip
            for id in frame.nodes:
                inside.node(id)
            self._write_frames(inside, frame.frames, numbers)
            around.subgraph(inside)

    # ------------------------------------------------------------------ in words and as SVG

    def describe(self):
        """Return the picture in words: every node with its operation, operands and value."""
        trace = self.trace
        outputs = ", ".join(trace.node(id).name for id in trace.outputs)
        operations = sum(node.kind == "op" for node in trace.nodes)
        leaves = sum(node.kind == LEAF for node in trace.nodes)
        about = (
            f"Graph of {clip(outputs, 80)} with {counted(operations, 'operation')} "
            f"and {counted(leaves, 'leaf')}"
        )
        for node in trace.nodes:
            if node.kind == OMITTED:
                about += f"; {node.name} are left out"
        if len(self.nodes) > 60:
            return f"{about}."
        operands = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            operands[edge.consumer].append(clip(self.nodes[int(edge.producer[1:])].name))
        told = []
        for node in self.nodes:
            if node.id in self.inside:
                told.append(
                    f"{clip(node.name, 80)} ({', '.join(filter(None, (node.op, counted(self.inside[node.id], 'operation'))))})"
                )
            elif node.kind in (LEAF, "op", FAILED):
                made = [f"{node.op}({', '.join(operands[node.id])})"] if node.op else []
                value = [brief(node.value)] if node.value else []
                told.append(" = ".join([clip(node.name), *made, *value]))
        return f"{about}: {'; '.join(told)}."

    def svg(self):
        """Return the picture as an SVG document, the same on every machine."""
        nodes, edges = self.nodes, self.edges
        number = {node.id: i for i, node in enumerate(nodes)}
        vertical, horizontal = DIRECTIONS
        placed = arrange(
            [self.sizes[node.id] for node in nodes],
            [(number[edge.producer], number[edge.consumer]) for edge in edges],
            horizontal if self.direction == "LR" else vertical,
            groups=grouped(self.frame.frames, number),
        )
        body = [MARKER]
        for frame, corners in zip(self.frame.all(), placed.frames, strict=False):
            body.append(svg_frame(called(frame), *corners))
        for edge, path in zip(edges, placed.edges, strict=True):
            dashes = "" if edge.flows else ' stroke-dasharray="4 3"'
            body.append(f'<path d="{path}" fill="none" stroke="{ARROW}"{dashes} '
                        'marker-end="url(#arrow)"/>')  # fmt: skip
        for node, (x, y) in zip(nodes, placed.nodes, strict=True):
            body.append(svg_box(x, y, self.sizes[node.id], self.kinds[node.id],
                                self.lines[node.id]))  # fmt: skip
        width, height = placed.width, placed.height
        if self.legend:
            legend, wide, high = svg_legend(self.legend, height, width)
            body.append(legend)
            width, height = max(width, wide), height + high
        name = clip(", ".join(self.trace.node(id).name for id in self.trace.outputs), 80)
        return svg_document(f"Graph of {name}", self.describe(), width, height, "".join(body))

    def __repr__(self):
        return f"<Picture: {self.describe()}>"

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        """What a notebook shows: the picture, also where it is not trusted, and the words."""
        svg = self.svg() if self._dot_text() == self._written else self._drawn_anew()
        bundle = {
            "text/plain": repr(self),
            "text/html": image(svg, self.describe(), LEGIBLE),
            "image/svg+xml": svg,
        }
        wanted = set(include or bundle) - set(exclude or ())
        return {key: value for key, value in bundle.items() if key in wanted}

    def _dot_text(self):
        """The DOT text, None where there is no package that writes it."""
        return getattr(self, "source", None)

    def _drawn_anew(self):
        """The picture with what was added to it; as it was, and a sentence, where nothing draws it."""
        try:
            return self.pipe("svg").decode()
        except RuntimeError as missing:
            warnings.warn(f"what was added to this picture is not shown: {missing}", stacklevel=2)
            return self.svg()

    # ------------------------------------------------------------------ files

    def render(self, filename=None, directory=None, view=False, cleanup=False, format=None,
               **options):  # fmt: skip
        """Write the picture to a file and return its path; as `graphviz.Digraph.render`.

        Works with the ``dot`` program, else in process through pygraphviz. Raises
        RuntimeError, saying what to install, where there is neither.
        """
        format = format or self.format
        try:
            return super().render(filename, directory=directory, view=view, cleanup=cleanup,
                                  format=format, **options)  # fmt: skip
        except (ExecutableNotFound, OSError):  # of OSError: no process may be started here
            path = self.save(filename, directory=directory)
            rendered = f"{path}.{format}"
            content = in_process(self.source, format, options.get("engine") or self.engine)
            with open(rendered, "wb") as file:
                file.write(content)
            if cleanup:
                os.remove(path)
            if view:
                self._view(rendered, format=format, quiet=False)
            return rendered

    def pipe(self, format=None, *, encoding=None, engine=None, **options):
        """Return the picture in a format such as ``"png"``, as `graphviz.Digraph.pipe`."""
        format = format or self.format
        try:
            return super().pipe(format, encoding=encoding, engine=engine, **options)
        except (ExecutableNotFound, OSError):
            content = in_process(self.source, format, engine or self.engine)
            return content.decode(encoding) if encoding else content


def in_process(source, format, engine="dot"):
    """Draw DOT text without a ``dot`` program; returns bytes."""
    try:
        import pygraphviz
    except ImportError as error:
        raise RuntimeError(nothing_draws(error)) from None
    try:
        warm_up()
        drawn = pygraphviz.AGraph(string=source)
        drawn.layout(engine)
        return drawn.draw(format=format)
    except OSError as error:
        raise RuntimeError(f"pygraphviz draws into a temporary file, and cannot: {error}") from None


def nothing_draws(error):
    """What to install where pygraphviz cannot be imported and there is no program ``dot``."""
    if library := missing_library(error):
        cure = install_libraries() or "your system's package manager has it"
        return (
            "drawing needs Graphviz: the package pygraphviz is here, but this system lacks the "
            f"library {library}. To install it and its like: `{cure}`"
        )
    return (
        "drawing needs Graphviz, and neither the program 'dot' nor the package pygraphviz "
        "is here. Install one of them: `python -m pip install pygraphviz` (brings Graphviz "
        "along), `conda install -c conda-forge graphviz`, or `apt install graphviz`."
    )


# ---------------------------------------------------------------------- a node's text


def kind_of(node, outputs):
    """How a node is drawn: ``"output"``, or its own kind."""
    return "output" if node.id in outputs and node.kind == OP else node.kind


def called(frame):
    """What is written at the frame of an open scope."""
    return clip(f"{frame.name} {frame.type}".strip())


def grouped(frames, number):
    """Frames as `arrange` takes them."""
    return [([number[id] for id in frame.nodes], grouped(frame.frames, number)) for frame in frames]


def lines_of(node, values, gradients, inside=None):
    """A node's lines as ``(text, style)``: name, operation, how many are in it, value, gradient."""
    if node.kind == OMITTED:
        return [(node.name, "name"), ("operations", "muted")]
    named = node.named or node.kind in (LEAF, CONSTANT)
    lines = [(node.name, "name"), (node.op, "muted")] if named else [(node.op, "name")]
    if inside is not None:
        lines.append((counted(inside, "operation"), "muted"))
    if values:
        value = brief(node.value, LONGEST - 6) if node.value else shape(node.shape) if node.shape else ""
        if value != node.name:
            lines.append((value, "value"))
    if gradients and node.grad is not None:
        lines.append((f"grad {brief(node.grad, LONGEST - 6)}", "gradient"))
    return [(clip(text), style) for text, style in lines if text]


def clip(text, longest=LONGEST):
    r"""Make any text fit a line: no control characters, not too long.

    >>> clip("a\nb"), clip("abcdefgh", 5)
    ('a\\nb', 'abcd…')
    """
    text = printable(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def size_of(lines):
    """A box's width and height in pixels, from its text alone."""
    longest = max((len(text) for text, _ in lines), default=0)
    width = max(longest * SIZE * CHARACTER + 2 * PADDING, 48)
    return round(width, 1), max(len(lines), 1) * LINE + 2 * PADDING - 4


def dot_label(lines):
    """The lines as one of Graphviz' HTML-like labels."""
    return f"<{'<br/>'.join(_dot_line(text, style) for text, style in lines)}>"


def _dot_line(text, style):
    text = html.escape(text)
    if style == "name":
        return f"<b>{text}</b>"
    color = {"muted": MUTED, "gradient": GRADIENT}.get(style)
    return f'<font color="{color}">{text}</font>' if color else text


# ---------------------------------------------------------------------- SVG

MARKER = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
    'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    f'<path d="M0 0L8 4L0 8Z" fill="{ARROW}"/></marker></defs>'
)


def svg_box(x, y, size, kind, lines):
    """A box with its lines around the point (x, y)."""
    width, height = size
    border, fill, thickness, dashes, radius = FRAMES[kind]
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    parts = [
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:g}" '
        f'height="{height:g}" rx="{radius}" fill="{fill}" stroke="{border}" '
        f'stroke-width="{thickness}"{dash}/>'
    ]
    first = y - (len(lines) - 1) * LINE / 2 + SIZE * 0.32
    for i, (text, style) in enumerate(lines):
        parts.append(svg_line(x, first + i * LINE, text, style))
    return "".join(parts)


def svg_frame(name, left, top, right, bottom):
    """The frame of an open scope, with its name."""
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" rx="8" '
        f'fill="none" stroke="{ARROW}" stroke-width="1"/>'
        f'<text x="{left + 8:g}" y="{top + 14:g}" font-family="{FONTS}" font-size="{SIZE - 1}" '
        f'fill="{MUTED}" xml:space="preserve">{html.escape(name)}</text>'
    )


def svg_line(x, y, text, style):
    color = {"muted": MUTED, "gradient": GRADIENT}.get(style, INK)
    weight = ' font-weight="bold"' if style == "name" else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-family="{FONTS}" '
        f'font-size="{SIZE}"{weight} fill="{color}" xml:space="preserve">{html.escape(text)}</text>'
    )


def svg_legend(kinds, top, room):
    """A row of small boxes with words; returns the markup, the width it needs, its height."""
    widths = [len(WORDS[kind]) * SIZE * CHARACTER + 2 * PADDING for kind in kinds]
    total = sum(widths) + 12 * (len(kinds) - 1)
    left, parts = max((room - total) / 2, 8), []
    for kind, width in zip(kinds, widths, strict=True):
        parts.append(svg_box(left + width / 2, top + 18, (round(width, 1), 24), kind,
                             [(WORDS[kind], "muted")]))  # fmt: skip
        left += width + 12
    return "".join(parts), total + 16, 40
