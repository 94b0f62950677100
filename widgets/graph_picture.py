"""The stepper's graph as a still picture, for where no widget can be live."""

import html
import textwrap

from .narration import COMPLETE, NOTHING, PARTIAL, ZERO

INK, MUTED, LINE, ACCENT, QUIET = "#1b1b1b", "#595959", "#767676", "#0072b2", "#f2f2f2"
COLOURS = {NOTHING: LINE, PARTIAL: "#d55e00", COMPLETE: "#009e73", ZERO: "#cc79a7"}
DASHES = {PARTIAL: "7 3", ZERO: "2 3"}
LETTERS = (  # of all text; white space counts, so that columns stay
    "font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" "
    f'font-size="13" xml:space="preserve" fill="{INK}"'
)
AT_REST = f'stroke="{LINE}" stroke-width="1.2" marker-end="url(#ag-at-rest)"'
AT_WORK = f'stroke="{ACCENT}" stroke-width="2.5" marker-start="url(#ag-at-work)"'
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


def draw(content, direction, standing, moment) -> tuple[int, int, str]:
    """Draw a stepper's graph with its sentence below: width, height, SVG markup.

    ``content`` is the stepper's data, ``standing`` tells how each node stands. Of a graph
    with more than 150 nodes only the neighbourhood of the node at work is drawn.
    """
    layout = content["layouts"][direction]
    shown, (left, top, width, height) = window(layout, moment.node)
    width = max(width, NARROWEST)
    working = {rule.edge for rule in moment.rules}
    parts = [f'<g transform="translate({-left:g} {-top:g})">']
    for at_work, style in ((False, AT_REST), (True, AT_WORK)):
        arrows = (
            arrow(layout["edges"][number], flows)
            for number, (start, end, flows) in enumerate(content["edges"])
            if start in shown and end in shown and (number in working) == at_work
        )
        parts.append(f'<g fill="none" {style}>{"".join(arrows)}</g>')
    parts.append('<g stroke-width="2">')
    for number in sorted(shown):
        x, y = layout["nodes"][number]
        active = number == moment.node
        parts.append(f'<g transform="translate({x:g} {y:g})">')
        parts.append(box(content["nodes"][number], standing[number], active) + "</g>")
    parts.append("</g></g>")
    legend_height, legend = key(height + 14)
    words, text = caption(moment.sentence, width, height + legend_height + 24)
    body = "".join([DEFINITIONS, *parts, legend, text])
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


def box(node, standing, active) -> str:
    """A node around the origin: its name, operation and value, and below its gradient."""
    there, state, gradient, count = standing
    w, h = node["w"], node["h"]
    constant, leaf = node["kind"] == "constant", node["kind"] == "leaf"
    radius = 4 if leaf else h / 2 if constant else 12
    colour = QUIET if constant else COLOURS[state]
    dash = f' stroke-dasharray="{DASHES[state]}"' if state in DASHES else ""
    thin = "" if state != NOTHING else ' stroke-width="1.2"'
    halo = (
        f'<rect x="{-w / 2 - 5:g}" y="{-h / 2 - 5:g}" width="{w + 10}" height="{h + 10}" '
        f'rx="{radius + 5:g}" fill="none" stroke="{ACCENT}" stroke-width="2.5"/>'
    )
    fill = QUIET if constant or leaf else "#ffffff"
    frame = (
        f'<rect x="{-w / 2:g}" y="{-h / 2:g}" width="{w}" height="{h}" rx="{radius:g}" fill="{fill}" '
        f'stroke="{colour}"{thin}{dash}/>'
    )
    left, right, first = -w / 2 + PADDING, w / 2 - PADDING, -h / 2 + 17
    weight = "" if constant else 'font-weight="600"'
    name = tspan(node["name"], weight) + tspan(
        f"{' ' if node['name'] else ''}{node['op']}" if node["op"] else "", f'fill="{MUTED}"'
    )
    alone = constant and not node["value"]
    heading = text(0, first, name, 'text-anchor="middle"') if alone else text(left, first, name)
    drawn = [halo if active else "", frame, heading]
    if there and node["value"]:
        drawn.append(text(right, first, tspan(node["value"]), 'text-anchor="end"'))
    if not constant:
        drawn.append(mark(left + 6, 9, state))
        if gradient:
            drawn.append(text(left + 16, 14, tspan(gradient)))
        if count:
            muted = f'text-anchor="end" fill="{MUTED}"'
            drawn.append(text(right, 14, tspan(count), muted))
    return "".join(drawn)


def mark(x, y, state) -> str:
    return f'<use href="#ag-{state}" x="{x:g}" y="{y:g}"/>'


def text(x, y, spans, more="") -> str:
    return f'<text x="{x:g}" y="{y:g}"{more and " " + more}>{spans}</text>'


def tspan(content, more="") -> str:
    content = html.escape(content, quote=False)
    return f"<tspan {more}>{content}</tspan>" if content and more else content


def key(top) -> tuple[int, str]:
    """What the four marks mean, below the graph."""
    parts, x = [], 18
    for state, word in WORDS.items():
        parts.append(mark(x, top, state) + text(x + 11, top + 4, tspan(word), f'fill="{MUTED}"'))
        x += 24 + 8 * len(word) + 8
    return 22, "".join(parts)


def caption(sentence, width, top) -> tuple[int, str]:
    """The sentence in as many lines as it needs, and their height."""
    lines = textwrap.wrap(sentence, max(int((width - 24) / 7.8), 20))
    drawn = [text(12, top + 18 * i, tspan(line)) for i, line in enumerate(lines, 1)]
    return 18 * len(lines), "".join(drawn)
