"""Where the nodes of a trace stand and how its edges run: numbers only, no text, no colour.

Graphviz does it, in process (pygraphviz). Boxes are given to it with fixed sizes and without
text, so that no font is ever measured and the outcome is the same on every machine. Where
pygraphviz is missing or may write no file, or a graph is so tangled that Graphviz would take
long, a simple layered layout of our own steps in (K. Sugiyama, S. Tagawa, M. Toda, 1981).
"""

import json
import os
import re
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import add

NODE_GAP, RANK_GAP, MARGIN = 20.0, 30.0, 8.0  # pixels between boxes, ranks, and around all
MOST_CURVED = 100  # arrows; to bend more of them around boxes takes most of the time
MOST_RANKS_CROSSED = 3000  # in total by all edges; more takes Graphviz over a second
SWEEPS = 6
FRAME_MARGIN = 16  # points around a group's boxes, with room for its name
LANE, MOST_LANES = 12.0, 12  # pixels between lanes for long edges, and how many at most
TIP = 6.0  # length of the straight piece at the end of an edge


DIRECTIONS = {"vertical": "TB", "horizontal": "LR"}  # from leaves to output


@dataclass(frozen=True)
class Layout:
    """Places in pixels, y growing downwards.

    Attributes
    ----------
    width, height : float, of the whole with a margin
    nodes : tuple of (x, y), the centre of each box
    edges : tuple of str, each edge as an SVG path that ends at the consumer's border
    frames : tuple of (left, top, right, bottom), of each group of boxes; empty where none was asked for, or
        nothing here can keep groups apart
    """

    width: float
    height: float
    nodes: tuple
    edges: tuple
    frames: tuple = ()


def arrange(sizes, edges, direction="vertical", rank_gap=RANK_GAP, groups=()):
    """Place boxes and the arrows between them.

    Parameters
    ----------
    sizes : sequence of (width, height) in pixels, one for each node
    edges : sequence of (producer, consumer), indices of nodes; parallel edges are kept
    direction : ``"vertical"`` from top to bottom, or ``"horizontal"`` from left to right
    rank_gap : pixels between a box and the box it leads to
    groups : sequence of (boxes, groups): what stands together, and of that again what does

    Raises ValueError for another direction.

    >>> placed = arrange([(40, 20), (40, 20)], [(0, 1), (0, 1)])
    >>> len(placed.edges), placed.nodes[0][1] < placed.nodes[1][1]
    (2, True)
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be one of {list(DIRECTIONS)}, not {direction!r}")
    if has_pygraphviz() and ranks_crossed(len(sizes), edges) <= MOST_RANKS_CROSSED:
        try:
            return by_graphviz(sizes, edges, direction, rank_gap, groups)
        except OSError:  # pygraphviz hands Graphviz a temporary file; nothing can be written
            pass
    return in_layers(sizes, edges, direction, rank_gap)


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

    with nothing_on_standard_error():
        tiny = pygraphviz.AGraph(string='digraph { a [label="a" fontname="Courier"] }')
        tiny.layout("dot")
        tiny.draw(format="svg")
    _warm = True


@contextmanager
def nothing_on_standard_error():
    """Drop what C code writes there; a program without a console may not have it at all."""
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: whatever is opened now may be number 2, and is not to be written to
        kept = None
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        if kept is not None:
            os.dup2(kept, 2)
            os.close(kept)
        elif null != 2:
            os.close(2)
        os.close(null)


def by_graphviz(sizes, edges, direction="vertical", rank_gap=RANK_GAP, groups=()) -> Layout:
    """What :func:`arrange` returns, placed by Graphviz."""
    import pygraphviz

    warm_up()
    boxes = (f"{i} [width={width / 72:.4f} height={height / 72:.4f}]"
             for i, (width, height) in enumerate(sizes))  # fmt: skip
    arrows = (f"{start} -> {end} [id={i}]" for i, (start, end) in enumerate(edges))
    straight = " splines=line" if len(edges) > MOST_CURVED and len(edges) > 3 * len(sizes) else ""
    source = "\n".join([
        "digraph {",
        f"graph [rankdir={DIRECTIONS[direction]} nodesep={NODE_GAP / 72:.4f} "
        f"ranksep={rank_gap / 72:.4f} nslimit=2 nslimit1=2{straight}]",
        'node [shape=box fixedsize=true label=""]',
        "edge [arrowsize=0.6]",
        *boxes, *arrows, *clusters(groups, count()), "}",
    ])  # fmt: skip
    graph = pygraphviz.AGraph(string=source)
    placed = json.loads(graph.draw(format="json0", prog="dot"))
    _, _, right, top = map(float, placed["bb"].split(","))

    def point(text):
        x, y = text.split(",")
        return round(float(x) + MARGIN, 1), round(top - float(y) + MARGIN, 1)

    centers = {int(each["name"]): point(each["pos"]) for each in placed.get("objects", ()) if "pos" in each}
    frames = {each["name"]: tuple(map(float, each["bb"].split(",")))
              for each in placed.get("objects", ()) if "pos" not in each}  # fmt: skip
    paths = {}
    for each in placed.get("edges", ()):
        tip, *points = each["pos"].removeprefix("e,").split(" ")
        paths[int(each["id"])] = path([*map(point, points)], point(tip))
    return Layout(
        round(right + 2 * MARGIN, 1),
        round(top + 2 * MARGIN, 1),
        tuple(centers[i] for i in range(len(sizes))),
        tuple(paths[i] for i in range(len(edges))),
        tuple((*point(f"{left},{high}"), *point(f"{right_},{low}")) for left, low, right_, high in
              (frames[f"cluster_{i}"] for i in range(len(frames)))),
    )  # fmt: skip


def clusters(groups, numbers):
    """Groups of boxes as Graphviz' clusters, numbered from outside to inside, one after the other."""
    for boxes, inside in groups:
        yield f"subgraph cluster_{next(numbers)} {{ margin={FRAME_MARGIN}"
        yield from (f"{i};" for i in boxes)
        yield from clusters(inside, numbers)
        yield "}"


def path(points, tip):
    """A start and triples of a cubic curve as an SVG path, with a straight last piece to the tip.

    >>> path([(0, 0), (0, 1), (0, 2), (0, 3)], (0, 4))
    'M0 0C0 1 0 2 0 3L0 4'
    """
    start, *rest = (f"{x:g} {y:g}" for x, y in points)
    return f"M{start}C{' '.join(rest)}L{tip[0]:g} {tip[1]:g}"


def middles(paths, edges) -> list[tuple[float, float]]:
    """Where to write at an edge: in its middle; parallel edges one after the other.

    >>> middles(["M0 0C0 10 0 20 0 30L0 36"] * 2, [(0, 1), (0, 1)])
    [(0.0, 10.0), (0.0, 20.0)]
    """
    parallel, seen, found = Counter(map(tuple, edges)), Counter(), []
    for text, edge in zip(paths, map(tuple, edges), strict=True):
        seen[edge] += 1
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", text)]
        points = list(zip(numbers[::2], numbers[1::2]))[:-1]  # a start, and triples of a cubic curve
        where = seen[edge] / (parallel[edge] + 1) * (len(points) - 1) / 3
        piece = min(int(where), (len(points) - 1) // 3 - 1)
        t, ends = where - piece, points[3 * piece : 3 * piece + 4]
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        found.append(tuple(round(total(w * p[i] for w, p in zip(weights, ends)), 1) for i in (0, 1)))
    return found


# ---------------------------------------------------------------------- our own


def ranks(count, edges):
    """The rank of each node: every edge leads to a higher one, leaves stand near their use."""
    consumers = [[] for _ in range(count)]
    producers = [[] for _ in range(count)]
    for start, end in edges:
        consumers[start].append(end)
        producers[end].append(start)
    waiting = [len(each) for each in consumers]
    rank, ready = [0] * count, [i for i in range(count) if not waiting[i]]
    for i in ready:
        rank[i] = min((rank[consumer] for consumer in consumers[i]), default=0) - 1
        for producer in producers[i]:
            waiting[producer] -= 1
            if not waiting[producer]:
                ready.append(producer)
    lowest = min(rank, default=0)
    return [each - lowest for each in rank]


def ranks_crossed(count, edges):
    """How many ranks all edges cross in total: what Graphviz' effort grows with."""
    rank = ranks(count, edges)
    return sum(rank[end] - rank[start] for start, end in edges)


def in_layers(sizes, edges, direction="vertical", rank_gap=RANK_GAP) -> Layout:
    """What :func:`arrange` returns, placed by ourselves."""
    flat = direction == "horizontal"
    across = [size[1] if flat else size[0] for size in sizes]
    along = [size[0] if flat else size[1] for size in sizes]
    rank = ranks(len(sizes), edges)
    rows = [[] for _ in range(max(rank, default=-1) + 1)]
    for i, number in enumerate(rank):
        rows[number].append(i)
    neighbours = [[] for _ in sizes]
    for start, end in edges:
        neighbours[start].append(end)
        neighbours[end].append(start)
    us = _positions(rows, across, neighbours)
    shift = MARGIN - min((u - a / 2 for u, a in zip(us, across, strict=True)), default=0)
    vs, top = [0.0] * len(sizes), MARGIN
    for row in rows:
        depth = max(along[i] for i in row)
        for i in row:
            vs[i] = top + depth / 2
        top += depth + rank_gap
    us = [u + shift for u in us]
    right = max((u + a / 2 for u, a in zip(us, across, strict=True)), default=0)
    lanes = {i: right + NODE_GAP + LANE * lane for i, lane in _lanes(rank, edges).items()}
    curves = _curves(us, vs, along, edges, rank, lanes, rank_gap)
    width = max([right, *lanes.values()]) + MARGIN
    height = top - rank_gap + MARGIN if rows else 2 * MARGIN
    turn = (lambda p: (round(p[1], 1), round(p[0], 1))) if flat else (
        lambda p: (round(p[0], 1), round(p[1], 1)))  # fmt: skip
    return Layout(
        *turn((width, height)),
        tuple(turn(place) for place in zip(us, vs, strict=True)),
        tuple(path([turn(point) for point in curve[:-1]], turn(curve[-1])) for curve in curves),
    )


def _positions(rows, across, neighbours):
    """Positions across the ranks: each node near the mean of its neighbours, none overlapping."""
    places = [0.0] * len(across)
    for row in rows:
        _pack(row, dict.fromkeys(row, 0.0), across, places)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wish = {
                i: total(places[n] for n in neighbours[i]) / len(neighbours[i])
                if neighbours[i] else places[i]
                for i in row
            }  # fmt: skip
            row.sort(key=wish.get)
            _pack(row, wish, across, places)
    return places


def _pack(row, wish, across, places):
    """Put a row's nodes in order as near to their wishes as their widths allow."""
    packed, free = [], float("-inf")
    for i in row:
        packed.append(max(wish[i], free + across[i] / 2))
        free = packed[-1] + across[i] / 2 + NODE_GAP
    shift = total(wish[i] - here for i, here in zip(row, packed, strict=True)) / len(row)
    for i, here in zip(row, packed, strict=True):
        places[i] = here + shift


def _lanes(rank, edges):
    """A lane beside the boxes for each node with edges that skip ranks, so that none is crossed.

    Lanes are shared one after the other; where it would take too many, there are none.
    """
    reach = {}  # node -> the rank up to which its lane is taken
    for start, end in edges:
        if rank[end] - rank[start] > 1:
            reach[start] = max(reach.get(start, 0), rank[end])
    lanes, taken = {}, []  # of each lane the rank up to which it is taken
    for i in sorted(reach, key=lambda i: (rank[i], i)):
        free = (lane for lane, until in enumerate(taken) if until <= rank[i])
        lane = lanes[i] = next(free, len(taken))
        taken[lane:] = [reach[i], *taken[lane + 1 :]]
    return lanes if len(taken) <= MOST_LANES else {}


def _curves(us, vs, along, edges, rank, lanes, rank_gap):
    """Each edge as a start, cubic curves and a tip; parallel edges run beside each other."""
    edges = [tuple(edge) for edge in edges]
    parallel, number, curves = Counter(edges), Counter(), []
    for edge in edges:
        number[edge] += 1
        aside = (number[edge] - (parallel[edge] + 1) / 2) * 14
        start, end = edge
        u1, v1 = us[start] + aside, vs[start] + along[start] / 2
        u2, v2 = us[end] + aside, vs[end] - along[end] / 2 - TIP
        lane = lanes.get(start) if rank[end] - rank[start] > 1 else None
        if lane is None:
            bend = max((v2 - v1) / 2, 0)
            way = [(u1, v1 + bend), (u2, v2 - bend)]
        else:
            out, back = v1 + rank_gap, v2 - rank_gap + TIP
            way = [(u1, out), (lane, v1), (lane, out), (lane, out), (lane, back), (lane, back),
                   (lane, v2), (u2, back)]  # fmt: skip
        curves.append([(u1, v1), *way, (u2, v2), (u2, v2 + TIP)])
    return curves


def total(numbers) -> float:
    """The sum, added one by one: that of Python's own ``sum`` is rounded otherwise from 3.12 on."""
    return reduce(add, numbers, 0.0)
