"""Boxes stand apart, arrows lead from leaves to output, and it is the same every time."""

import itertools
import random
import re

import pytest

from tests.missing import need
from widgets.drawing.layout import DIRECTIONS, arrange, by_graphviz, in_layers, ranks

ENGINES = [by_graphviz, in_layers]


@pytest.fixture(autouse=True)
def graphviz(request):
    """A test of what Graphviz places needs it."""
    if (
        request.node.get_closest_marker("parametrize")
        and by_graphviz in request.node.callspec.params.values()
    ):
        need("pygraphviz")


def tangle(count, seed):
    """Boxes of random sizes, each but the first with one or two earlier operands."""
    choose = random.Random(seed)
    sizes = [(choose.randint(40, 160), choose.randint(24, 80)) for _ in range(count)]
    edges = [(choose.randrange(i), i) for i in range(1, count) for _ in range(choose.randint(1, 2))]
    return sizes, edges


def numbers(path):
    return [float(x) for x in re.findall(r"-?[\d.]+", path)]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(4))
def test_no_box_lies_on_another_or_outside(engine, direction, seed):
    sizes, edges = tangle(30, seed)
    placed = engine(sizes, edges, direction)
    boxes = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2)
             for (x, y), (w, h) in zip(placed.nodes, sizes, strict=True)]  # fmt: skip
    for left, top, right, bottom in boxes:
        assert left >= 0 and top >= 0 and right <= placed.width and bottom <= placed.height
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_edge_leads_onwards_and_ends_at_its_consumer(engine, direction):
    sizes, edges = tangle(30, 7)
    placed = engine(sizes, edges, direction)
    axis = list(DIRECTIONS).index(direction) ^ 1
    for (start, end), path in zip(edges, placed.edges, strict=True):
        assert placed.nodes[start][axis] < placed.nodes[end][axis]
        tip = numbers(path)[-2:]
        for place, at, size in zip(placed.nodes[end], tip, sizes[end], strict=True):
            assert abs(place - at) <= size / 2 + 1.5


@pytest.mark.parametrize("engine", ENGINES)
def test_parallel_edges_run_beside_each_other(engine):
    placed = engine([(60, 30), (60, 30)], [(0, 1), (0, 1), (0, 1)])
    assert len(set(placed.edges)) == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_the_same_every_time(engine):
    graph = tangle(40, 3)
    assert engine(*graph) == engine(*graph)


@pytest.mark.parametrize("engine", [arrange, *ENGINES])
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_a_single_box_have_a_place(engine, count):
    placed = engine([(60, 30)] * count, [])
    assert len(placed.nodes) == count
    assert placed.width > 0 and placed.height > 0


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="direction must be one of"):
        arrange([], [], "diagonal")


def test_ranks_put_leaves_near_their_use():
    #  0 → 1 → 2 → 3, and a leaf 4 that only 3 uses
    assert ranks(5, [(0, 1), (1, 2), (2, 3), (4, 3)]) == [0, 1, 2, 3, 2]


def test_a_graph_too_tangled_for_graphviz_is_placed_by_our_own_layout():
    shared = [(0, i) for i in range(2, 500)] + [(i, i + 1) for i in range(1, 499)]
    sizes = [(60, 30)] * 500
    assert arrange(sizes, shared) == in_layers(sizes, shared)
