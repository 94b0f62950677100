"""The stepper's graph as a still picture, for where no widget can be live."""

import html
import re
import textwrap
from pathlib import Path

from ..words.narration import COMPLETE, NOTHING, PARTIAL, ZERO

SHEET = Path(__file__).parents[1].joinpath("base.css").read_text(encoding="utf-8")
OF_PAGE = dict(re.findall(r"--ag-([\w-]+): [^;#]*(#\w{6})", SHEET))  # the colours on a light ground
INK, MUTED, LINE, QUIET = (OF_PAGE[name] for name in ("ink", "muted", "line", "quiet"))
ACCENT, ACCENT_GROUND, OUTPUT_GROUND = (
    OF_PAGE[name] for name in ("accent", "accent-ground", "output-ground")
)
COLOURS = {NOTHING: LINE} | {state: OF_PAGE[state] for state in (PARTIAL, COMPLETE, ZERO)}
GROUNDS = {  # of a node, by its kind; its border tells of its gradient
    "leaf": ACCENT_GROUND, "output": OUTPUT_GROUND, "constant": QUIET, "omitted": QUIET, "scope": QUIET,
}  # fmt: skip
DASHES = {PARTIAL: "7 3", ZERO: "2 3"}
LETTERS = (  # of all text; white space counts, so that columns stay
    "font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" "
    f'font-size="13" xml:space="preserve" fill="{INK}"'
)
AT_REST = f'stroke="{LINE}" stroke-width="1.2" marker-end="url(#ag-at-rest)"'
AT_WORK, AT_WORK_FORWARD = (
    f'stroke="{ACCENT}" stroke-width="2.5" marker-{end}="url(#ag-at-work)"' for end in ("start", "end")
)
LABEL = 'text-anchor="middle" font-weight="600" stroke="#ffffff" stroke-width="5" paint-order="stroke"'
PADDING = 10
NEAR = 700  # pixels: of a graph too large to show, how far from the node at work is shown
NARROWEST = 500  # pixels: what the legend needs
WHOLE = 150  # nodes: a graph up to this size is shown whole

# How the state of a gradient is drawn: paths around the origin, filled by the even-odd rule.
RING = "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1-6 0ZM-4.4 0A4.4 4.4 0 1 1 4.4 0A4.4 4.4 0 1 1-4.4 0Z"
MARKS = {
    NOTHING: RING,
    PARTIAL: RING + "M0-4.4A4.4 4.4 0 0 0 0 4.4Z",  # half full
    COMPLETE: "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1-6 0ZM-3.6 .2L-1 2.9L3.6-1.9L2.5-3L-1 .7L-2.5-.9Z",
    ZERO: RING + "M-3.6 2.6L-2.6 3.6L3.6-2.6L2.6-3.6Z",  # struck through
}
WORDS = {NOTHING: "not received", PARTIAL: "partial", COMPLETE: "complete", ZERO: "exactly zero"}


def draw(content, direction, standing, moment, words=WORDS, labels=(), forward=False) -> tuple[int, int, str]:
    """Draw a stepper's graph with its sentence below: width, height, SVG markup.

    ``content`` is the stepper's data, ``standing`` tells how each node stands, ``words`` what
    the marks of the states mean, ``labels`` what stands at the arrows. Those at work point to where
    the gradient goes or, with ``forward``, to where a value does. Of a graph with more than 150 nodes only the neighbourhood of
    the node at work is drawn.
    """
    layout = content["layouts"][direction]
    shown, (left, top, width, height) = window(layout, moment.node)
    width = max(width, NARROWEST)
    working = {rule.edge for rule in moment.rules}
    layers = Layers()
    for number, (start, end, flows) in enumerate(content["edges"]):
        if start in shown and end in shown:
            look = (AT_WORK_FORWARD if forward else AT_WORK) if number in working else AT_REST
            layers.add("arrow", f'fill="none" {look}', arrow(layout["edges"][number], flows))
    for number, label in enumerate(labels):
        if label:
            x, y = layout["middles"][number]
            layers.add("label", LABEL, text(x, y + 4, tspan(label)))
    for number in sorted(shown):
        active = number == moment.node
        box(layers, *layout["nodes"][number], content["nodes"][number], standing[number], active)
    graph = f'<g transform="translate({-left:g} {-top:g})">{layers.drawn()}</g>'
    legend_height, legend = key(height + 14, words)
    words, said = caption(moment.sentence, width, height + legend_height + 24)
    body = "".join([DEFINITIONS, graph, legend, said])
    return width, height + legend_height + words + 30, f"<g {LETTERS}>{body}</g>"


def window(layout, node):
    """Which nodes to show, and the rectangle (left, top, width, height) around them."""
    places = layout["nodes"]
    if len(places) <= WHOLE:
        return set(range(len(places))), (0, 0, layout["width"], layout["height"])
    x, y = places[node or 0]
    near = {i for i, (a, b) in enumerate(places) if abs(a - x) <= NEAR / 2 and abs(b - y) <= NEAR / 2}
    return near, (x - NEAR / 2 - 80, y - NEAR / 2 - 40, NEAR + 160, NEAR + 80)


def arrow(path, flows) -> str:
    dash = "" if flows else ' stroke-dasharray="3 3"'
    return f'<path d="{path}"{dash}/>'


def marker(name, colour) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
        f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        f'<path d="M0 0L8 4L0 8Z" fill="{colour}"/></marker>'
    )


DEFINITIONS = "".join([
    "<defs>",
    marker("ag-at-rest", LINE),
    marker("ag-at-work", ACCENT),
    *(f'<path id="ag-{state}" d="{path}" fill="{COLOURS[state]}" fill-rule="evenodd"/>'
      for state, path in MARKS.items()),
    "</defs>",
])  # fmt: skip


class Layers:
    """Elements gathered under what they have in common, so that it is written only once."""

    ORDER = ("arrow", "label", "halo", "box", "mark", "text")

    def __init__(self):
        self.groups = {}

    def add(self, layer, attributes, element):
        self.groups.setdefault((self.ORDER.index(layer), attributes), []).append(element)

    def drawn(self) -> str:
        ordered = sorted(self.groups.items(), key=lambda group: group[0][0])
        return "".join(f"<g {common}>{''.join(parts)}</g>" for (_, common), parts in ordered)


def box(layers, x, y, node, standing, active):
    """A node around (x, y): its name, operation and value, and below its gradient."""
    there, state, gradient, count = standing
    w, h = node["w"], node["h"]
    kind = node["kind"]
    constant = kind in ("constant", "omitted")
    radius = h / 2 if constant else {"leaf": 0, "scope": 4}.get(kind, 12)
    if active:
        halo = f'fill="none" stroke="{ACCENT}" stroke-width="2.5"'
        layers.add("halo", halo, rectangle(x, y, w + 10, h + 10, radius + 5))
    colour = QUIET if constant else COLOURS[state]
    width = 1.2 if state == NOTHING else 2
    if node["kind"] == "failed":
        colour, width = COLOURS[PARTIAL], 3
    dash = f' stroke-dasharray="{DASHES[state]}"' if state in DASHES else ""
    fill = GROUNDS.get("output" if node.get("output") else kind, "#ffffff")
    look = f'fill="{fill}" stroke="{colour}" stroke-width="{width}"{dash}'
    if node["kind"] == "scope":
        layers.add(
            "box",
            f'fill="none" stroke="{colour}" stroke-width="1.2"',
            rectangle(x, y, w + 6, h + 6, radius + 3),
        )
    layers.add("box", look, rectangle(x, y, w, h, radius))

    left, right, first = x - w / 2 + PADDING, x + w / 2 - PADDING, y - h / 2 + 17
    bold = "" if constant or not node["name"] else 'font-weight="600"'
    space = " " if node["name"] and node["op"] else ""
    operation = tspan(space + node["op"], f'fill="{MUTED}"') if node["op"] else ""
    heading = tspan(node["name"], bold) + operation
    if constant and not node["value"]:
        layers.add("text", 'text-anchor="middle"', text(x, first, heading))
    else:
        layers.add("text", 'text-anchor="start"', text(left, first, heading))
    if there and node["value"]:
        layers.add("text", 'text-anchor="end"', text(right, first, tspan(node["value"])))
    if constant:
        return
    layers.add("mark", 'stroke="none"', mark(left + 6, y + 9, state))
    if gradient:
        layers.add("text", 'text-anchor="start"', text(left + 16, y + 14, tspan(gradient)))
    if count:
        layers.add("text", f'text-anchor="end" fill="{MUTED}"', text(right, y + 14, tspan(count)))


def rectangle(x, y, w, h, radius) -> str:
    corner = f'x="{x - w / 2:g}" y="{y - h / 2:g}"'
    return f'<rect {corner} width="{w:g}" height="{h:g}" rx="{radius:g}"/>'


def mark(x, y, state) -> str:
    return f'<use href="#ag-{state}" x="{x:g}" y="{y:g}"/>'


def text(x, y, spans, more="") -> str:
    return f'<text x="{x:g}" y="{y:g}"{more and " " + more}>{spans}</text>'


def tspan(content, more="") -> str:
    content = html.escape(content, quote=False)
    return f"<tspan {more}>{content}</tspan>" if content and more else content


def key(top, words) -> tuple[int, str]:
    """What the marks mean, below the graph."""
    parts, x = [], 18
    for state, word in words.items():
        parts.append(mark(x, top, state) + text(x + 11, top + 4, tspan(word), f'fill="{MUTED}"'))
        x += 24 + 8 * len(word) + 8
    return 22, "".join(parts)


def caption(sentence, width, top) -> tuple[int, str]:
    """The sentence in as many lines as it needs, and their height."""
    lines = textwrap.wrap(sentence, max(int((width - 24) / 7.8), 20))
    drawn = [text(12, top + 18 * i, tspan(line)) for i, line in enumerate(lines, 1)]
    return 18 * len(lines), "".join(drawn)
