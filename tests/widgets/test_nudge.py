"""Nudge: what runs through the graph is what the function does, and what stands at the arrows is its gradient."""

import json
import random
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch
from widgets import Nudge

BOTH = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["autograd_core", "torch"])


def product(x, w):
    u = x * w
    v = u * u
    t = 3 * x
    y = v + t
    return y  # noqa: RET504


def layer(W, x, b):
    h = W @ x + b
    loss = (h.relu() ** 2).sum()
    return loss  # noqa: RET504


def layer_inputs(lib):
    return [lib.tensor([[1.0, 2.0], [3.0, -4.0]]), lib.tensor([1.0, 0.5]), lib.tensor([0.5, 0.5])]


def at(nudge, **state):
    for name, value in state.items():
        setattr(nudge, name, value)
    nudge.step = nudge.steps
    return nudge


def boxes(nudge):
    return {
        node["name"] or node["title"]: standing[2]
        for node, standing in zip(nudge.data["nodes"], nudge.standing())
    }


def labels(nudge):
    found = next(each for each in nudge.data["leaves"] if each["name"] == nudge.leaf)["labels"]
    names = [node["name"] or node["title"] for node in nudge.data["nodes"]]
    return [
        (names[start], names[end], label)
        for (start, end, _), label in zip(nudge.data["edges"], found)
        if label
    ]


# ---------------------------------------------------------------- what is told


@BOTH
def test_a_nudge_runs_from_node_to_node_forks_and_is_added_up(lib):
    nudge = at(Nudge(product, [lib.tensor(3.0), lib.tensor(2.0)], eps=0.01))
    assert boxes(nudge) == {
        "x": "→ 3.01 (+0.01)", "w": "", "u": "→ 6.02 (+0.02)", "v": "→ 36.2404 (+0.2404)",
        "3": "", "t": "→ 9.03 (+0.03)", "y": "→ 45.2704 (+0.2704)",
    }  # fmt: skip
    assert labels(nudge) == [("x", "u", "× 2"), ("w", "u", "× 3"), ("u", "v", "× 6"), ("u", "v", "× 6"),
                             ("x", "t", "× 3"), ("v", "y", "× 1"), ("t", "y", "× 1")]  # fmt: skip
    assert nudge.transcript().splitlines()[3:] == [
        "Step 3 of 5: v moves from 36 to 36.2404 (+0.2404); by its arrows: 0.02 · 6 + 0.02 · 6 = 0.24.",
        "Step 4 of 5: t moves from 9 to 9.03 (+0.03); by its arrows: 0.01 · 3 = 0.03.",
        "Step 5 of 5: y moves from 45 to 45.2704 (+0.2704). Δy/Δx = 0.2704 / 0.01 = 27.04, by the slopes "
        "2 · 6 · 1 + 2 · 6 · 1 + 3 · 1 = 27: they differ by 0.04.",
    ]


@pytest.mark.parametrize(
    "eps, measured, apart",
    [(1, "7", "1"), (0.01, "6.01", "0.01"), (0.0001, "6.0001", "0.0001"), (-0.1, "5.9", "0.1")],
)
def test_the_difference_shrinks_as_the_nudge_does(eps, measured, apart):
    told = at(Nudge(lambda x: x * x, 3.0), eps=eps).describe()
    assert told.endswith(f" = {measured}, by the slopes 3 + 3 = 6: they differ by {apart}.")


def test_of_a_straight_line_nothing_is_left_but_rounding():
    told = at(Nudge(lambda x: 3 * x + 1, 3.0), eps=0.0001).describe()
    assert told.endswith(
        "Δoutput/Δx = 0.0003 / 0.0001 = 3, by the slopes 3 · 1 = 3: they agree but for rounding."
    )


@BOTH
def test_turned_round_the_same_arrows_are_the_backward_pass(lib):
    nudge = at(Nudge(product, [lib.tensor(3.0), lib.tensor(2.0)]), way="backward")
    assert (boxes(nudge)["x"], boxes(nudge)["w"], boxes(nudge)["u"]) == ("27", "36", "12")
    first, second, *_ = nudge.transcript().splitlines()
    assert first.endswith("read from the output to the inputs. backward() begins with 1 at y.")
    assert second == "Step 1 of 6, backward: y has its complete gradient, 1, and sends 1 to v and 1 to t."


@BOTH
def test_of_a_tensor_one_element_is_nudged(lib):
    nudge = at(Nudge(layer, layer_inputs(lib), leaf="W[0, 0]"))
    assert nudge.leaves == [*(f"W[{i}, {j}]" for i in (0, 1) for j in (0, 1)), "x[0]", "x[1]", "b[0]", "b[1]"]
    assert boxes(nudge)["h"] == "[0] → 2.6 (+0.1)"
    assert nudge.describe().endswith(
        "0.51 / 0.1 = 5.1, by the slopes 1 · 1 · 1 · 5 · 1 = 5: they differ by 0.1."
    )
    at(nudge, leaf="x[0]")
    assert boxes(nudge)["h"] == "[1] → 1.8 (+0.3), 1 more"
    assert "× [1, 3]" in [label for *_, label in labels(nudge)]
    assert nudge.describe().endswith("1.5 / 0.1 = 15, by the slopes 14: they differ by 1.")


# ---------------------------------------------------------------- that it is true


def random_program(seed):
    """A function of three numbers: each line is an operation on what is there by then."""
    pick = random.Random(seed)
    steps = [(pick.choice("+-*s/e"), pick.random(), pick.random()) for _ in range(6)]

    def fn(a, b, c):
        held = [a, b, c]
        for sign, i, j in steps:
            x, y = held[int(i * len(held))], held[int(j * len(held))]
            made = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "s": lambda: x.sin(),
                    "/": lambda: x / (y * y + 1), "e": lambda: (x * 0.1).exp()}[sign]()  # fmt: skip
            held.append(made)
        return sum(held[3:])

    return fn


@pytest.mark.parametrize("seed", range(4))
@BOTH
def test_every_number_is_one_that_the_function_gives(lib, seed):
    fn, point = random_program(seed), [0.7, -1.2, 0.4]
    nudge = Nudge(fn, [lib.tensor(x, dtype=lib.float64) for x in point])
    for which, name in enumerate("abc"):
        if name not in nudge.leaves:
            continue
        for eps in Nudge.nudges:
            at(nudge, leaf=name, eps=eps)
            moved = [x + eps * (i == which) for i, x in enumerate(point)]
            before, after = (
                fn(*(lib.tensor(x, dtype=lib.float64) for x in xs)).item() for xs in (point, moved)
            )
            ratio, slopes, _ = nudge.moment.result
            assert written(ratio.rpartition("= ")[2]) == pytest.approx((after - before) / eps, abs=1e-4)
            leaves = [lib.tensor(x, dtype=lib.float64, requires_grad=True) for x in point]
            fn(*leaves).backward()
            assert written(slopes.rpartition("= ")[2]) == pytest.approx(leaves[which].grad.item(), abs=1e-4)
    for start, end, flows in nudge.data["edges"]:  # each arrow has its slope
        assert flows == 0 or any(leaf["labels"][nudge.data["edges"].index([start, end, flows])]
                                 for leaf in nudge.data["leaves"])  # fmt: skip


def written(text):
    return float(text.replace("−", "-"))


def test_what_a_nudge_does_by_another_way_is_not_hidden():
    told = at(Nudge(lambda x: x * x.detach(), 3.0)).describe()
    assert "they differ by 3.1. The nudge also came by a way on which no gradient flows" in told


def test_a_slope_that_is_not_known_is_measured_and_said_to_be():
    class Cube(autograd_core.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * 0

    nudge = Nudge(lambda x: Cube.apply(x) + 1, 2.0, eps=1)
    assert labels(nudge)[0][2] == "× 0"  # what its backward says
    assert "by the slopes 0 · 1 = 0: they differ by 19." in at(nudge).describe()


def test_the_learners_own_tensors_stay_as_they_are():
    x = autograd_core.tensor(3.0, requires_grad=True)
    Nudge(lambda: x * x, {"x": x})
    assert x.grad is None and x.item() == 3


# ---------------------------------------------------------------- what cannot be shown


@pytest.mark.parametrize("fn, inputs, words", [
    (lambda x: x * x, autograd_core.ones(2), "one number as a tensor; the function returned a tensor of shape (2,)"),
    (lambda x: (x * x).sum(), autograd_core.ones(200), "more than 100 elements, x: Nudge is for small functions"),
    (lambda x: sum(x * i for i in range(40)), 1.0, "a graph of"),
    (lambda x: x * random.random(), 1.0, "returns another value each time"),
    (lambda x: x.detach() * 2, 1.0, "does not depend on x"),
])  # fmt: skip
def test_what_is_not_to_be_followed_node_by_node_is_refused(fn, inputs, words):
    with pytest.raises(ValueError) as raised:
        Nudge(fn, inputs)
    assert words in str(raised.value)


def test_a_nudge_that_takes_another_path_says_so():
    nudge = at(Nudge(lambda x: x * 2 if x > 0 else x * 3 + 1, 0.5), eps=-1)
    assert nudge.steps == 0
    assert nudge.describe().startswith("With x nudged by −1 the program takes another path, with 5 nodes")
    assert at(nudge, eps=0.1).describe().endswith("they agree but for rounding.")


def raising(x):
    if x < 0:
        raise ValueError("too small")
    return x * x


@pytest.mark.parametrize("fn, words", [
    (raising, "With x nudged by −1 raising raises ValueError: too small"),
    (lambda x: x.log(), "nan / (−1) = nan, by the slopes 2: with this nudge the function gives nan."),
])  # fmt: skip
def test_where_the_function_has_no_value_it_says_so(fn, words):
    assert words in at(Nudge(fn, 0.5), eps=-1).describe()


def test_of_large_inputs_the_first_elements_can_be_picked():
    nudge = Nudge(lambda w, b: (w * w).sum() + b.sum(), [autograd_core.ones(30), autograd_core.ones(2)])
    assert nudge.leaves == [*(f"w[{i}]" for i in range(10)), "b[0]", "b[1]"]
    assert nudge.data["remark"] == "20 more elements cannot be picked here."


# ---------------------------------------------------------------- its state, its picture


def test_nothing_of_the_slope_is_told_before_the_nudge_is_there():
    nudge = Nudge(lambda x: x * x, 3.0)
    for stored in nudge._repr_mimebundle_()[0].values():
        assert "6.1" not in str(stored)


@pytest.mark.parametrize("option, words", [
    ({"leaf": "z"}, "leaf must be one of x, w, not 'z'"), ({"eps": 0.5}, "eps must be one of 1, 0.1"),
    ({"direction": "up"}, "direction must be one of"),
])  # fmt: skip
def test_what_there_is_not_cannot_be_asked_for(option, words):
    with pytest.raises(ValueError, match="must be") as raised:
        Nudge(product, [3.0, 2.0], **option)
    assert words in str(raised.value)


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_its_picture_shows_graph_arrows_and_sentence(way, direction):
    nudge = at(Nudge(product, [3.0, 2.0], direction=direction), way=way)
    picture = ElementTree.fromstring(nudge.svg())
    texts = ["".join(each.itertext()) for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("× 6") == 2 and " ".join(texts).endswith(nudge.describe()[-20:])
    json.dumps(nudge.data, allow_nan=False)


def test_names_may_be_anything():
    nudge = at(Nudge(lambda x: x * x, [np.array(3.0)], names=["<b>"]))
    assert "<b>" not in nudge.svg() and "Δoutput/Δ<b> = " in nudge.describe()
