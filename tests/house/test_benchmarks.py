"""What `make bench` measures can be run, and the page says it of what is wanted."""

import re

import numpy as np
import pytest

import autograd_core as torch
from benchmarks import floor, work
from benchmarks.__main__ import DOCS, TARGETS, row, verdict
from benchmarks.first import FIRST, seconds
from benchmarks.work import FLOOR, OURS, WORK
from tests.exhaustive import some_of

PAGE = DOCS.read_text()


@pytest.mark.parametrize(
    ("name", "peer"),
    [(n, peer) for n in WORK if "1 000 000" not in n for peer in (OURS, FLOOR) if peer in WORK[n]],
)
def test_the_work_of_the_engine_and_of_the_floor_can_be_repeated(name, peer):
    run = WORK[name][peer]()
    run()
    run()  # as often as it is wanted


@pytest.mark.parametrize("name", some_of([name for name in FIRST if "PyTorch" not in name], 3))
def test_what_one_waits_for_in_a_fresh_kernel_is_timed(name):
    assert seconds(name) > 0


def row_of(name, peer):
    """The cells of the page's row after its work and its peer; None if it has no such row."""
    row = re.search(rf"^\| {re.escape(name)} \| {re.escape(peer)} \|(.*)\|$", PAGE, re.M)
    return row and [cell.strip() for cell in row[1].split("|")]


@pytest.mark.parametrize(
    ("name", "peer"), [(name, peer) for name, peers in TARGETS.items() for peer in peers]
)
def test_each_target_has_its_ratio_and_its_verdict_on_the_page(name, peer):
    value, *_, floor, target, said = row_of(name, peer)
    assert float(target) == TARGETS[name][peer]
    over_floor = row_of(name, FLOOR)
    known = (
        (float(floor), float(over_floor[0]) if over_floor else float(value) / float(floor)) if floor else ()
    )
    assert said == verdict(float(value), float(target), *known)


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ((0.9, 1.0), "reached"),
        ((1.004, 1.0), "reached"),  # as it is written
        ((1.1, 1.0), "missed"),  # no floor is known
        ((1.1, 1.0, 0.7, 1.6), "missed"),
        ((1.1, 1.0, 0.9, 1.25), "at its floor"),
        ((1.1, 1.0, 0.9, 1.26), "missed"),
        ((1.6, 1.0, 1.1, 1.5), "below the floor"),
        ((0.9, 1.0, 1.1, 0.8), "reached"),
    ],
)
def test_a_target_is_reached_or_at_the_floor_or_below_it_or_missed(ratios, said):
    assert verdict(*ratios) == said


def test_the_floors_ratio_is_taken_from_the_same_rounds():
    cells = row("worked example", "PyTorch", [0.4, 0.2, 0.6], [0.3], [2.0, 2.0, 1.5]).split("|")
    assert [cell.strip() for cell in cells[3:7]] == ["0.40", "0.20–0.60", "0.30", "0.20"]


# ---------------------------------------------------------------------- the floor does the same work

EXPRESSIONS = [
    (work._broadcasts, [(4, 1, 3), (2, 3), (4, 2, 1)]),
    (work._reduces, [(4, 3)]),
    (work._cubes, [(5,)]),
    (work._convolves, [(2, 3, 5, 4), (4, 3, 3, 3)]),
    (lambda m, *leaves: work._example(*leaves, m.sin), [()] * 4),
    (lambda m, start: work._chain(20)(start, None), [()]),
]


@pytest.mark.parametrize(("build", "shapes"), EXPRESSIONS)
def test_the_floor_has_the_gradients_of_the_engine(build, shapes):
    random = np.random.default_rng(0)
    arrays = [np.asarray(random.uniform(1, 2, shape))[()] for shape in shapes]
    ours = [torch.tensor(array, requires_grad=True) for array in arrays]
    floor_s = [floor.Tensor(array) for array in arrays]
    build(torch, *ours).backward()
    build(floor, *floor_s).backward()
    for tensor, other in zip(ours, floor_s, strict=True):
        np.testing.assert_allclose(other.grad.data, tensor.grad.numpy(), rtol=1e-12)
        assert type(other.grad.data) is type(other.data)


def test_the_floor_takes_the_training_step_that_is_taken_by_hand():
    random = np.random.default_rng(0)
    x, labels = random.standard_normal((6, 5)), random.integers(0, 3, 6)
    weights = [random.standard_normal(shape) for shape in ((4, 5), (4,), (3, 4), (3,))]
    others = [weight.copy() for weight in weights]
    steps = work._by_hand(x, labels, weights, 0.1), floor.training_step(x, labels, others, 0.1)
    for _ in range(3):
        for step in steps:
            step()
    for weight, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(other, weight, rtol=1e-5)
