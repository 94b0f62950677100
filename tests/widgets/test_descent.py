"""Descent in Python: what it tells, shows, accepts and lets the learner do."""

import inspect
import json
import math
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import one_in
from tests.oracle import torch
from widgets import Descent
from widgets.descent.objective import Objective
from widgets.long_work import Progress
from widgets.words.numbers_as_text import number

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<img src=x onerror=hacked()>"


def error(a, x=1, target=7):
    return (a * x + 5 - target) ** 2


def bowl(a, b):
    return a**2 + 5 * b**2


# ---------------------------------------------------------------- what it tells


def test_a_step_is_written_out_with_its_numbers():
    assert Descent(error, 1.0, lr=0.1).describe() == (
        "Step 0: a = 1, error = 1, slope −2. Next: new a = 1 − 0.1·(−2) = 1.2."
    )


def test_the_nudge_moves_the_prediction_from_6_to_601():
    lines = Descent(lambda a: a * 1 + 5, 1.0, nudge=0.01, output="ŷ").text().splitlines()
    assert lines[1] == "Nudge a: 1 → 1.01, ŷ: 6 → 6.01, slope 1."


@pytest.mark.parametrize("nudge, slope", [(1.0, "−1"), (0.1, "−1.9"), (0.01, "−1.99"), (0.001, "−1.999")])
def test_a_smaller_nudge_measures_the_slope_better(nudge, slope):
    # ((a + ε − 2)² − (a − 2)²)/ε = 2·(a − 2) + ε, here −2 + ε
    assert f"slope {slope}." in Descent(error, 1.0, nudge=nudge).text()


def test_the_path_is_a_table():
    assert Descent(error, 1.0, steps=2).text().splitlines()[-4:] == [
        "step     a   error  slope",
        "   0     1       1     −2",
        "   1   1.2    0.64   −1.6",
        "   2  1.36  0.4096  −1.28",
    ]


@pytest.mark.parametrize(
    "rate, steps, kind, words",
    [
        (0.1, 3, "", "Step 3: a = 1.488"),
        (0.1, 200, "rest", "At rest: the slope is as good as 0"),
        (0.9, 4, "zigzag", "lands nearer"),
        (1.0, 6, "oscillates", "comes no nearer"),
        (1.5, 5, "diverges", "Diverges: after 5 steps |a| grew from 1 to 34. The learning rate 1.5"),
        (1e-4, 12, "slow", "Slow: 12 steps brought error only from 1 to 0.9952."),
        (3.0, 1, "too far", "Too far: error grew from 1 to 25."),
    ],
)
def test_how_descent_goes_has_a_name(rate, steps, kind, words):
    descent = Descent(error, 1.0, lr=rate, steps=steps)
    assert descent.verdict() == kind
    assert words in descent.describe()


def test_only_steps_with_the_present_rate_are_judged():
    descent = Descent(error, 1.0, lr=0.01, steps=3)
    descent.lr = 0.1
    descent.step(2)  # with a larger rate steps are longer, but nothing diverges
    assert descent.verdict() == ""
    descent.lr = 1.5
    assert descent.verdict() == ""
    descent.step(4)
    assert "Diverges: in the last 4 steps |a| grew from 1.3" in descent.describe()
    descent.lr = 0.1
    assert "Diverges" not in descent.describe() and "0.1 is too large" not in descent.describe()
    valley = Descent(bowl, (0.0, 1.0), lr=0.11, steps=2)
    valley.lr = 0.18
    valley.step()
    assert valley.verdict() != "diverges"


def test_a_path_is_followed_far_beyond_the_picture_but_not_without_end():
    descent = Descent(error, 1.0, lr=1.5, steps=50)
    assert descent.verdict() == "diverges"
    assert 1000 < abs(descent.path[-2][0]) < 4004 < abs(descent.path[-1][0])
    assert descent.describe().startswith(f"Step {len(descent.path) - 1}: a = ")


def test_a_fall_without_end_is_no_fault_of_the_learning_rate():
    cliff = Descent(lambda a: -(a**3), 1.0, lr=0.1, domain=(0, 2), steps=50)
    assert cliff.verdict() == "too far away" and "so it is not followed further" in cliff.describe()


def test_where_the_function_has_no_value_descent_ends_and_says_so():
    descent = Descent(lambda a: a.log(), 0.5, lr=0.5, output="loss", steps=5)
    assert descent.describe() == "Step 1: a = −0.5. There loss has no value, so descent ends here."
    assert len(descent.path) == 2


def test_a_surface_is_followed_up_to_where_it_has_no_value():
    descent = Descent(lambda a, b: (a * a + b * b - 1).sqrt(), (2.0, 1.0), lr=0.1, steps=20)
    a, b = descent.position
    assert a * a + b * b < 1  # the last step leads over the border, and none before it
    ending = "There f has no value, so descent ends here."
    assert descent.describe() == f"Step 10: a = {number(a)}, b = {number(b)}. {ending}"


def test_a_function_with_values_in_a_spot_only_is_followed_there():
    spot = Descent(lambda a, b: -(0.01 - (a - 1) ** 2 - b**2).sqrt(), (1.05, 0.0), lr=0.01,
                   domain=((-1, 3), (-2, 2)), steps=3)  # fmt: skip
    values = [place.value for place in spot.places]
    assert values == pytest.approx([-np.sqrt(0.01 - (a - 1) ** 2) for a, b in spot.path], rel=0.01)
    assert values[3] < values[0]


def test_slopes_beside_an_edge_are_those_of_the_function():
    descent = Descent(lambda a, b: a.abs() + 2 * b.abs(), (1.0, 0.7), lr=0.03, steps=30)
    slopes = [place.slopes for place in descent.places]
    assert {tuple(map(abs, np.round(each, 3))) for each in slopes} == {(1, 2)}


def test_a_flat_place_that_is_not_the_lowest_is_not_called_the_lowest():
    descent = Descent(lambda a: a**4 - 2 * a**2, 0.0, domain=(-2, 2))
    assert descent.describe().endswith("Elsewhere f is as low as −1.")


@pytest.mark.parametrize("resets", [True, False])
@pytest.mark.parametrize("library", [autograd_core, torch])
def test_descent_goes_where_sgd_goes(library, resets):
    def wave(a):
        return (a * 1.5).sin() + a**2 / 10

    start = library.tensor(1.0, dtype=library.float64)
    descent = Descent(wave, start, lr=0.2, steps=8, reset_grad=resets)
    a = library.tensor(1.0, dtype=library.float64, requires_grad=True)
    optimizer = library.optim.SGD([a], lr=0.2)
    for point in descent.path:
        assert point[0] == pytest.approx(a.item(), abs=1e-5)
        if resets:
            optimizer.zero_grad()
        wave(a).backward()
        optimizer.step()


def test_two_parameters_go_where_sgd_goes():
    descent = Descent(bowl, (2.0, 1.0), lr=0.15, steps=6)
    a, b = (autograd_core.tensor(x, requires_grad=True) for x in (2.0, 1.0))
    optimizer = autograd_core.optim.SGD([a, b], lr=0.15)
    for point in descent.path:
        assert point == pytest.approx([a.item(), b.item()], abs=1e-6)
        optimizer.zero_grad()
        bowl(a, b).backward()
        optimizer.step()
    assert "slopes" in descent.describe() and "new b = " in descent.describe()


@pytest.mark.parametrize("kinked", [lambda x: x.abs(), lambda x: x.relu() + (-2 * x).relu()])
def test_at_a_kink_descent_goes_where_a_plain_loop_goes(kinked):
    descent = Descent(kinked, 1.0, lr=0.1, steps=15)
    x, path = autograd_core.tensor(1.0, dtype=autograd_core.float64, requires_grad=True), []
    for _ in descent.path:
        path.append([x.item()])
        (slope,) = autograd_core.autograd.grad(kinked(x), x)
        x = (x.detach() - 0.1 * slope).requires_grad_()
    assert descent.path == path and abs(path[10][0]) > 0
    assert descent.verdict() == "oscillates"


def test_the_notes_say_where_the_numbers_come_from():
    exact, sampled, *more = Descent(lambda a: a.abs(), 1.0).data["notes"]
    assert "each slope by a backward pass" in exact and "f was computed at" in sampled and more == []
    assert "f has no value, or changes faster" in Descent(lambda a: a.log(), 1.0).data["notes"][2]
    long = Descent(bowl, (2.0, 1.0), domain=((0, 100), (0, 2)))
    assert "One unit of a is not as long as one of b" in long.data["notes"][2]


# ---------------------------------------------------------------- where it goes is true


TRUE = {  # function, start, rate
    "square": (error, 1.0, 0.03),
    "Rosenbrock's valley": (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-1.2, 1.0), 0.006),
    "a loss in PyTorch": (lambda w, b: ((w * torch.tensor([1.0, 2.0]) + b).tanh() - 0.5).pow(2).mean(),
                          (0.3, 1.0), 0.5),
    "an edge across": (lambda a, b: (a - b).abs() + (a + b) ** 2, (1.0, 0.7), 0.03),
}  # fmt: skip


@one_in(2)
@pytest.mark.parametrize("function, start, rate", TRUE.values(), ids=TRUE)
def test_the_path_is_that_of_the_function_itself(function, start, rate):
    descent = Descent(function, start, lr=rate, steps=200)
    objective, point = Objective(function, start), list(np.atleast_1d(start))
    for place in descent.places:
        value, slopes = objective(point)
        assert (place.point, place.value, place.slopes) == (point, value, slopes)
        point = [x - rate * slope for x, slope in zip(point, slopes)]
    assert len(descent.path) == 201


def test_the_browser_is_told_the_truth_of_the_path_the_next_steps_and_the_nudges():
    descent = Descent(TRUE["an edge across"][0], (1.0, 0.7), lr=0.03, steps=3)
    told = {tuple(row[:2]): row[2:] for row in descent.exact}
    twin = Descent(TRUE["an edge across"][0], (1.0, 0.7), lr=0.03, steps=40)
    assert all(told[tuple(p.point)] == [p.value, *p.slopes] for p in twin.places)
    (a, b), before = descent.position, set(told)
    assert {(a + 0.01, b), (a, b + 0.001)} <= before
    descent.lr = 0.05
    descent.step()
    assert tuple(descent.position) in {tuple(row[:2]) for row in descent.exact} - before


def test_a_function_that_changes_afterwards_is_read_from_its_samples():
    weight = torch.tensor(2.0)
    descent = Descent(lambda a: (a - weight) ** 2, 1.0, lr=0.1)
    weight.add_(5.0)
    descent.step(30)
    assert descent.position == pytest.approx(2.0, abs=0.01) and descent.exact == []
    assert descent.describe().startswith("Step 30: a ≈ 1.999, f ≈ 0, slope ≈ ")
    assert all(line.count("≈") >= 2 for line in descent.text().splitlines()[3:])


CALLS = {
    "a map in PyTorch": (lambda w, b: ((w * data + b).tanh() - 0.5).pow(2).mean(), (0.3, 1.0)),
    "a vector in PyTorch": (lambda w: (w * w).sum() + w[0].sin(), torch.tensor([1.0, 2.0])),
    "a curve in PyTorch": (lambda a: torch.sin(3 * a) + a / 4, 1.0),
    "with a kink": (lambda a: torch.relu(a) + a**2, 1.0),
    "without end": (lambda a: torch.as_tensor(a) * 2.0, 1.0),
    "wild": (lambda a: torch.sin(1000 * a), 1.0),
    "with a pole": (lambda a, b: 1 / (a - b), (1.0, 0.5)),
    "in the engine": (lambda a, b: (a - 1) ** 2 + (b - 1) ** 2 + 123.4, (0.3, 0.2)),
}
data = torch.tensor([1.0, 2.0, 3.0])


@one_in(3)
@pytest.mark.parametrize("function, start", CALLS.values(), ids=CALLS)
def test_the_function_is_called_at_most_some_600_times(function, start):
    calls = 0

    def noted(*point):
        nonlocal calls
        calls += 1
        return function(*point)

    noted.__signature__ = inspect.signature(function)
    descent = Descent(noted, start)
    descent.svg(), descent.text()
    assert 50 < calls <= 600
    before = calls
    descent.step()
    assert calls - before <= 70


@pytest.mark.parametrize("function, start, count", [(error, 1.0, 241), (bowl, (2.0, 1.0), 441)])
def test_how_far_the_sampling_has_come_is_shown(function, start, count, monkeypatch):
    shown = []
    monkeypatch.setattr("widgets.long_work.PATIENCE", 0.0)
    monkeypatch.setattr("widgets.long_work.PAUSE", 0.0)
    monkeypatch.setattr(Progress, "show", lambda self, done: shown.append((done, self.total)))
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    Descent(function, start)
    assert shown == [(done, count) for done in range(2, count + 1)]


# ---------------------------------------------------------------- what it shows


@pytest.mark.parametrize(
    "descent",
    [
        Descent(error, 1.0, steps=3),
        Descent(error, 1.0, lr=1.5, steps=40),
        Descent(lambda a: a.log(), 0.5, lr=0.5, steps=5),
        Descent(bowl, (2.0, 1.0), steps=3),
        Descent(bowl, (2.0, 1.0), lr=0.5, steps=40),
    ],
    ids=["curve", "diverging", "hole", "surface", "diverging surface"],
)
def test_the_picture_says_it_and_all_is_json(descent):
    tree = ElementTree.fromstring(descent.svg())
    assert tree.find(f"{SVG}desc").text == descent.describe()
    assert "nan" not in descent.svg()
    json.dumps(descent.get_state(descent.own_traits()), allow_nan=False)
    assert descent._repr_mimebundle_()[0]["text/plain"] == descent.text()


def test_a_point_outside_the_picture_is_told_at_the_frame():
    descent = Descent(error, 1.0, lr=1.5, steps=5)
    assert descent.position > descent.data["high"][0]
    assert ">34<" in descent.svg()
    assert "slope 64. That is outside the picture, a from 0 to 4. Diverges" in descent.describe()
    assert "outside" not in Descent(error, 1.0, lr=1.5, steps=1).describe()
    above = Descent(lambda a: a**2, 1.0, domain=(-30, 2))
    above.path = [[-29.0]]
    assert "outside" not in above.describe()
    bowl_left = Descent(bowl, (2.0, 1.0), lr=0.5, steps=2)
    assert "That is outside the picture, b from −4 to 4." in bowl_left.describe()


def test_what_is_too_far_away_is_told_apart_from_what_has_no_value():
    far = Descent(lambda side: side**2, 3.0, lr=80.0, steps=2)
    assert "f: too far away to show" in far.text() and "no value" not in far.text()
    hole = Descent(lambda a: a.log(), 0.5, lr=0.5, steps=1)
    hole.path = [[0.5], [-0.5]]
    assert "f: no value there" in hole.text() and "too far" not in hole.text()


def test_the_picture_shows_the_start_and_where_descent_leads():
    for start in (1.0, -30.0, 1.9999, 500.0):
        low, high = Descent(error, start).data["low"][0], Descent(error, start).data["high"][0]
        assert low < min(start, 2) and max(start, 2) < high
    assert Descent(error, 1.0, lr=1e-4).data["low"] == Descent(error, 1.0, lr=5.0).data["low"] == [0]


@pytest.mark.parametrize("domain", [None, ((-1, 3), (0, 2)), ((-1, 3), (-6, 6)), ((1.5, 2.5), (0.5, 1.5))])
def test_one_unit_is_as_long_for_both_parameters(domain):
    descent = Descent(bowl, (2.0, 1.0), domain=domain)
    (width, height), widths = descent.chart.plot, descent.scene.widths
    assert width / widths[0] == pytest.approx(height / widths[1], rel=0.01)


LEVEL = {  # a level that was rounded fell below the lowest value
    "far above 0": lambda a, b: (a - 1) ** 2 + (b - 1) ** 2 + 123.4,
    "the same everywhere": lambda a, b: a * 0 + b * 0 + 123.4,
    "far below 0": lambda a, b: (a - 1) ** 2 + (b - 1) ** 2 - 98765.4,
    "hardly different": lambda a, b: 1e-6 * ((a - 1) ** 2 + (b - 1) ** 2) + 2.345678,
    "different by rounding": lambda a, b: 1e-17 * (a + b) + 123.4,
    "a trained loss": lambda a, b: (1e-4 * (a - b) + torch.tensor([8.0, 0.1])).softmax(0)[1],
}


@pytest.mark.parametrize("function", LEVEL.values(), ids=LEVEL)
def test_a_map_is_drawn_whatever_its_lowest_value(function):
    descent = Descent(function, [0.3, 0.2])
    values = descent.samples.value
    assert bool(descent.data["contours"]) == (
        np.ptp(values) > 1e-12
    )  # what differs by rounding has no levels
    for each in descent.data["contours"]:
        assert values.min() < float(each["text"].replace("−", "-")) < values.max() and each["lines"]
    assert ElementTree.fromstring(descent.svg()).find(f"{SVG}desc").text == descent.describe()


def test_a_long_name_beside_an_axis_is_shortened():
    name = "weight_of_the_first_neuron_of_the_last_layer"
    descent = Descent(error, 1.0, output=name)
    assert descent.chart.y.label.endswith("…") and len(descent.chart.y.label) < 30
    assert name in descent.describe()


def test_hostile_names_stay_text():
    descent = Descent(error, 1.0, output=HOSTILE)
    assert HOSTILE in "".join(ElementTree.fromstring(descent.svg()).itertext())
    assert "<img src=x" not in descent.svg() + descent.page()


def test_what_is_sent_is_small():
    assert len(str(Descent._esm)) < 46_000
    for descent in (Descent(error, 1.0), Descent(bowl, (2.0, 1.0))):
        assert len(json.dumps(descent.get_state(descent.own_traits()))) < 60_000


# ---------------------------------------------------------------- what one can do


def test_step_and_reset():
    descent = Descent(error, 1.0)
    positions = []
    descent.observe(lambda change: positions.append(change["new"]), "position")
    descent.step(2)
    assert descent.position == pytest.approx(1.36) and positions == [descent.position]
    descent.lr = 0.5
    descent.step()
    assert descent.position == pytest.approx(2.0)
    descent.reset()
    assert (descent.position, descent.lr, len(descent.path)) == (1.0, 0.1, 1)
    assert Descent(bowl, (2.0, 1.0)).position == (2.0, 1.0)


def test_without_the_reset_all_slopes_add_up_and_the_switch_shows_the_same_steps_with_it():
    descent = Descent(error, 1.0, steps=5, reset_grad=False)
    assert descent.describe().startswith(
        "Step 5: a = 2.8099, error = 0.656, slope 1.6198. .grad holds −1.9354, the sum of 6 slopes."
    )
    assert descent.verdict() == "uphill" and descent.text().splitlines()[2].split()[-2:] == ["slope", ".grad"]
    descent.reset_grad = True
    assert (descent.path, descent.verdict()) == (Descent(error, 1.0, steps=5).path, "")
    assert ".grad holds" not in descent.describe()
    descent.reset()
    assert descent.reset_grad is False
    with pytest.raises(TypeError, match="True or False"):
        descent.reset_grad = 1
    with pytest.raises(ValueError, match="has no switch"):
        Descent(error, 1.0).reset_grad = False


@pytest.mark.parametrize("count", [-1, 0.5, "2", True])
def test_steps_are_counted_in_whole_numbers(count):
    descent = Descent(error, 1.0)
    with pytest.raises((TypeError, ValueError), match="count must be .*from 0 on"):
        descent.step(count)
    with pytest.raises((TypeError, ValueError), match="steps must be .*from 0 on"):
        Descent(error, 1.0, steps=count)
    descent.step(np.int64(2))
    assert len(descent.path) == 3


def test_a_nudge_is_one_of_those_to_choose_from():
    descent = Descent(error, 1.0, nudge=0.25)
    with pytest.raises(ValueError, match="nudge must be one of 1, 0.25, 0.1, 0.01, 0.001, not 7"):
        descent.nudge = 7
    descent.nudge = 1
    descent.nudge = 0.25
    assert descent.nudge == 0.25


def test_the_position_is_told_and_cannot_be_set():
    for descent in (Descent(error, 1.0), Descent(bowl, (2.0, 1.0))):
        with pytest.raises(ValueError, match="position is where the path ends.* path = "):
            descent.position = 3
        descent.step()
        assert np.ravel(descent.position).tolist() == descent.path[-1]


def test_a_path_can_be_set():
    descent = Descent(error, 1.0)
    descent.path = [[3]]
    assert descent.describe().startswith("Step 0: a = 3, error = 1, slope 2.")
    for path in ([], [[1.0, 2.0]], [[float("nan")]]):
        with pytest.raises(ValueError, match="path"):
            descent.path = path
    assert descent.path == [[3.0]]
    descent.step(3)
    descent.path = descent.path[:2]
    assert descent.describe().startswith("Step 1: a = 2.8, ")
    with pytest.raises(ValueError, match="the points that follow are found with step"):
        descent.path = [[1.0], [7.0]]


@pytest.mark.parametrize("lr", [0, -0.1, float("nan"), float("inf")])
def test_a_learning_rate_is_positive(lr):
    with pytest.raises(ValueError, match="lr must be greater than 0"):
        Descent(error, 1.0, lr=lr)
    descent = Descent(error, 1.0)
    with pytest.raises(ValueError, match="lr"):
        descent.lr = lr
    with pytest.raises(TypeError, match="lr must be a number"):
        Descent(error, 1.0, lr="fast")


@pytest.mark.parametrize("domain", [(2, 1), (0,), "ab", ((0, 2), (0, 2)), (2, 4)])
def test_a_domain_has_two_ends_with_the_start_between(domain):
    with pytest.raises(ValueError, match="domain"):
        Descent(error, 1.0, domain=domain)


def picky(a):
    if a.item() < 0.5:
        raise ValueError("too small")
    return a * a


@pytest.mark.parametrize("fn, start", [
    (lambda p: torch.nn.functional.binary_cross_entropy(p, torch.tensor(1.0)), 0.5),
    (lambda a: a * math.sqrt(a.item()), 1.0), (picky, 1.0),
    (lambda a, b: picky(a) + b * b, (1.0, 1.0)),
])  # fmt: skip
def test_where_a_function_raises_it_has_no_value(fn, start):
    descent = Descent(fn, start, lr=0.01)
    assert np.isnan(descent.samples.value).any() and np.isfinite(descent.samples.value).any()
    with pytest.raises(ValueError, match="too small"):
        Descent(picky, 0.1)


def test_a_domain_is_kept_as_it_is():
    assert Descent(error, 1.0, domain=(0.5, 3.25)).data["low"] == [0.5]
    both = Descent(bowl, (2.0, 1.0), domain=((-1, 3), (0, 2)))
    assert (both.data["low"], both.data["high"]) == ([-1, 0], [3, 2])
