"""Where the nodes of a trace stand and how its edges run: numbers only, no text, no colour.

Graphviz does it, in process (pygraphviz). Boxes are given to it with fixed sizes and without
text, so that no font is ever measured and the outcome is the same on every machine. Where
pygraphviz is missing, or a graph so tangled that Graphviz would take long, a simple layered
layout of our own steps in (K. Sugiyama, S. Tagawa, M. Toda, 1981).
"""

import json
import os
import sys
from dataclasses import dataclass

NODE_GAP, RANK_GAP, MARGIN = 20.0, 30.0, 8.0  # pixels between boxes, ranks, and around all
MOST_RANKS_CROSSED = 3000  # in total by all edges; more takes Graphviz over a second
SWEEPS = 6


@dataclass(frozen=True)
class Box:
    """A node's place: its upper left corner and size, in pixels, y growing downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self):
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Route:
    """An edge's way from producer to consumer: a start and then triples of a cubic Bézier
    curve (control, control, point); ``tip`` is where the point of the arrow is."""

    points: tuple
    tip: tuple

    @property
    def path(self):
        """The way as an SVG path, with a straight last piece to the tip.

        >>> Route(((0, 0), (0, 1), (0, 2), (0, 3)), (0, 4)).path
        'M0 0C0 1 0 2 0 3L0 4'
        """
        start, *rest = (f"{x:g} {y:g}" for x, y in self.points)
        return f"M{start}C{' '.join(rest)}L{self.tip[0]:g} {self.tip[1]:g}"


@dataclass(frozen=True)
class Layout:
    """``boxes`` maps node ids to `Box`; ``routes`` has a `Route` for each of `Trace.edges`."""

    width: float
    height: float
    boxes: dict
    routes: tuple


def layout(trace, direction="TB", sizes=None, engine=None):
    """Place the nodes of a trace.

    Parameters
    ----------
    trace : Trace
    direction : ``"TB"`` from top to bottom, or ``"LR"`` from left to right: from leaves to output
    sizes : dict from node ids to ``(width, height)`` in pixels; by default 110 by 60
    engine : ``"graphviz"`` or ``"layered"``; None chooses

    Raises ValueError for another direction; ImportError if Graphviz is asked for and missing.

    >>> from widgets.trace import example
    >>> placed = layout(example())
    >>> placed.boxes["n2"].y < placed.boxes["n3"].y        # p stands above p * p
    True
    """
    if direction not in ("TB", "LR"):
        raise ValueError(f"direction must be 'TB' or 'LR', not {direction!r}")
    sizes = {node.id: (sizes or {}).get(node.id, (110.0, 60.0)) for node in trace.nodes}
    edges = [(edge.producer, edge.consumer) for edge in trace.edges]
    if engine is None:
        tangled = ranks_crossed(sizes, edges) > MOST_RANKS_CROSSED
        engine = "graphviz" if has_pygraphviz() and not tangled else "layered"
    place = {"graphviz": _graphviz, "layered": _layered}[engine]
    return place(sizes, edges, direction)


def has_pygraphviz():
    """Whether pygraphviz can be imported."""
    try:
        import pygraphviz  # noqa: F401
    except ImportError:
        return False
    return True


# ---------------------------------------------------------------------- Graphviz

_warm = False


def warm_up():
    """Let Graphviz load its fonts once with standard error closed.

    Its font library may complain there about the machine's configuration, which a notebook
    would show as a red box.
    """
    global _warm
    if _warm:
        return
    import pygraphviz

    sys.stderr.flush()
    null, kept = os.open(os.devnull, os.O_WRONLY), os.dup(2)
    try:
        os.dup2(null, 2)
        tiny = pygraphviz.AGraph(string='digraph { a [label="a" fontname="Courier"] }')
        tiny.layout("dot")
        tiny.draw(format="svg")
    finally:
        os.dup2(kept, 2)
        os.close(null)
        os.close(kept)
    _warm = True


def _graphviz(sizes, edges, direction):
    import pygraphviz

    warm_up()
    boxes = (f'{id} [width={width / 72:.4f} height={height / 72:.4f}]'
             for id, (width, height) in sizes.items())  # fmt: skip
    arrows = (f"{producer} -> {consumer} [id={i}]" for i, (producer, consumer) in enumerate(edges))
    source = "\n".join([
        "digraph {",
        f"graph [rankdir={direction} nodesep={NODE_GAP / 72:.4f} ranksep={RANK_GAP / 72:.4f} "
        "nslimit=2 nslimit1=2]",
        'node [shape=box fixedsize=true label=""]',
        "edge [arrowsize=0.6]",
        *boxes, *arrows, "}",
    ])  # fmt: skip
    graph = pygraphviz.AGraph(string=source)
    graph.layout("dot")
    placed = json.loads(graph.draw(format="json0"))
    _, _, right, top = map(float, placed["bb"].split(","))

    def point(text):
        x, y = text.split(",")
        return round(float(x) + MARGIN, 2), round(top - float(y) + MARGIN, 2)

    found = {}
    for each in placed.get("objects", ()):
        width, height = sizes[each["name"]]
        x, y = point(each["pos"])
        found[each["name"]] = Box(round(x - width / 2, 2), round(y - height / 2, 2), width, height)
    routes = {}
    for each in placed.get("edges", ()):
        tip, *points = each["pos"].removeprefix("e,").split(" ")
        routes[int(each["id"])] = Route(tuple(map(point, points)), point(tip))
    return Layout(
        round(right + 2 * MARGIN, 2),
        round(top + 2 * MARGIN, 2),
        {id: found[id] for id in sizes},
        tuple(routes[i] for i in range(len(edges))),
    )


# ---------------------------------------------------------------------- our own


def ranks(nodes, edges):
    """The rank of each node: every edge leads to a higher one, leaves stand near their use."""
    consumers = {id: [] for id in nodes}
    producers = {id: [] for id in nodes}
    for producer, consumer in edges:
        consumers[producer].append(consumer)
        producers[consumer].append(producer)
    waiting = {id: len(consumers[id]) for id in nodes}
    rank, ready = {}, [id for id in nodes if not waiting[id]]
    for id in ready:
        rank[id] = min((rank[consumer] for consumer in consumers[id]), default=0) - 1
        for producer in producers[id]:
            waiting[producer] -= 1
            if not waiting[producer]:
                ready.append(producer)
    lowest = min(rank.values(), default=0)
    return {id: rank[id] - lowest for id in nodes}


def ranks_crossed(nodes, edges):
    """How many ranks all edges cross in total: what Graphviz' effort grows with."""
    rank = ranks(nodes, edges)
    return sum(rank[consumer] - rank[producer] for producer, consumer in edges)


def _layered(sizes, edges, direction):
    flat = direction == "LR"
    across = {id: size[1] if flat else size[0] for id, size in sizes.items()}
    along = {id: size[0] if flat else size[1] for id, size in sizes.items()}
    rank = ranks(sizes, edges)
    rows = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for id in sizes:
        rows[rank[id]].append(id)
    neighbours = {id: [] for id in sizes}
    for producer, consumer in edges:
        neighbours[producer].append(consumer)
        neighbours[consumer].append(producer)
    centers = _centers(rows, across, neighbours)
    left = min((centers[id] - across[id] / 2 for id in sizes), default=0.0)
    boxes, start = {}, MARGIN
    for row in rows:
        depth = max(along[id] for id in row)
        for id in row:
            u = centers[id] - left - across[id] / 2 + MARGIN
            v = start + (depth - along[id]) / 2
            x, y = (v, u) if flat else (u, v)
            boxes[id] = Box(round(x, 2), round(y, 2), *sizes[id])
        start += depth + RANK_GAP
    routes = _curves(boxes, edges, flat)
    return Layout(
        round(max((b.x + b.width for b in boxes.values()), default=0) + MARGIN, 2),
        round(max((b.y + b.height for b in boxes.values()), default=0) + MARGIN, 2),
        {id: boxes[id] for id in sizes},
        routes,
    )


def _centers(rows, across, neighbours):
    """Positions across the ranks: each node near the mean of its neighbours, none overlapping."""
    centers = {}
    for row in rows:
        _pack(row, {id: 0.0 for id in row}, across, centers)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wish = {
                id: sum(centers[n] for n in neighbours[id]) / len(neighbours[id])
                if neighbours[id] else centers[id]
                for id in row
            }  # fmt: skip
            row.sort(key=lambda id: wish[id])
            _pack(row, wish, across, centers)
    return centers


def _pack(row, wish, across, centers):
    """Put a row's nodes in order as near to their wishes as their widths allow."""
    position, edge = [], None
    for id in row:
        here = wish[id] if edge is None else max(wish[id], edge + across[id] / 2)
        position.append(here)
        edge = here + across[id] / 2 + NODE_GAP
    shift = sum(wish[id] - here for id, here in zip(row, position)) / len(row)
    for id, here in zip(row, position):
        centers[id] = here + shift


def _curves(boxes, edges, flat):
    """Each edge as one curve; edges between the same two nodes run beside each other."""
    places, parallel = {}, {}
    for edge in edges:
        parallel[edge] = parallel.get(edge, 0) + 1
    routes = []
    for producer, consumer in edges:
        number = places[producer, consumer] = places.get((producer, consumer), 0) + 1
        offset = (number - (parallel[producer, consumer] + 1) / 2) * 14
        a, b = boxes[producer], boxes[consumer]
        if flat:
            start = (a.x + a.width, a.center[1] + offset)
            tip = (b.x, b.center[1] + offset)
            end = (tip[0] - 6, tip[1])
            bend = (end[0] - start[0]) / 2
            points = (start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end)
        else:
            start = (a.center[0] + offset, a.y + a.height)
            tip = (b.center[0] + offset, b.y)
            end = (tip[0], tip[1] - 6)
            bend = (end[1] - start[1]) / 2
            points = (start, (start[0], start[1] + bend), (end[0], end[1] - bend), end)
        routes.append(Route(tuple((round(x, 2), round(y, 2)) for x, y in points),
                            (round(tip[0], 2), round(tip[1], 2))))  # fmt: skip
    return tuple(routes)
