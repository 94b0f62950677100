"""What the samples say in between: as good as they claim, and honest where they cannot be."""

import numpy as np
import pytest

from widgets.descent.landscape import Surface, sample_curve, sample_surface

ANYWHERE = np.random.default_rng(0).uniform(-2, 3, 1000)


def curve_of(function, slope, start=1.0):
    """Sample a curve from −2 to 3."""
    with np.errstate(all="ignore"):
        return sample_curve(
            lambda places: (function(places[:, 0]), slope(places[:, 0])[:, None]), -2.0, 3.0, start
        )


SMOOTH = {
    "square": (lambda a: (a - 2) ** 2, lambda a: 2 * (a - 2)),
    "sine": (lambda a: np.sin(3 * a), lambda a: 3 * np.cos(3 * a)),
    "exponential": (np.exp, np.exp),
    "quartic": (lambda a: a**4 - 3 * a**2, lambda a: 4 * a**3 - 6 * a),
    "constant": (lambda a: 0 * a + 3, lambda a: 0 * a),
}


@pytest.mark.parametrize("function, slope", SMOOTH.values(), ids=SMOOTH)
def test_a_smooth_curve_is_followed_in_value_and_slope(function, slope):
    curve = curve_of(function, slope)
    found = [curve([x]) for x in ANYWHERE]
    assert [value for value, _ in found] == pytest.approx(function(ANYWHERE), abs=1e-6)
    assert [m for _, (m,) in found] == pytest.approx(slope(ANYWHERE), abs=1e-3)
    assert curve.breaks == () and curve.holes == []


@pytest.mark.parametrize("function, slope", SMOOTH.values(), ids=SMOOTH)
def test_no_error_is_found_that_is_larger_than_told(function, slope):
    curve = curve_of(function, slope)
    told = [each[curve.inside].max() for each in curve.errors]
    value, tilt = zip(*((value, m) for value, (m,) in map(curve, ANYWHERE[:, None])))
    assert abs(value - function(ANYWHERE)).max() <= 3 * told[0] + 1e-10
    assert abs(tilt - slope(ANYWHERE)).max() <= 3 * told[1] + 1e-8


def test_at_a_sample_the_value_is_the_functions_own():
    curve = curve_of(np.sin, np.cos, start=0.123)
    assert curve([0.123])[0] == pytest.approx(np.sin(0.123), rel=1e-11)


def test_a_function_too_wild_to_follow_is_called_so():
    curve = curve_of(lambda a: np.sin(1000 * a), lambda a: 1000 * np.cos(1000 * a))
    assert curve.errors[0][curve.inside].max() > 0.1


@pytest.mark.parametrize("at", [0.0, 1.03, -1.7])
def test_a_kink_stays_a_kink(at):
    curve = curve_of(lambda a: abs(a - at), lambda a: np.sign(a - at))
    (kink,) = curve.breaks
    assert (kink.kind, kink.before, kink.after) == ("kink", -1, 1)
    assert kink.at == pytest.approx(at, abs=1e-6)
    for x in (at - 1e-4, at + 1e-4):
        value, (slope,) = curve([x])
        assert value == pytest.approx(1e-4, abs=1e-9) and slope == pytest.approx(np.sign(x - at))


def test_a_jump_is_a_gap():
    curve = curve_of(lambda a: (a > 1).astype(float), lambda a: 0 * a, start=0.5)
    (jump,) = curve.breaks
    assert (jump.kind, jump.at, jump.before, jump.after) == ("jump", 1, 0, 1)
    assert len(curve.gaps) > 0
    assert [curve([x])[0] for x in (0.9999, 1.0001)] == [0, 1]


def test_where_there_is_no_value_there_is_a_hole_and_its_border_is_exact():
    curve = curve_of(np.log, lambda a: 1 / a)
    assert np.isnan(curve([-0.5])[0])
    ((low, high),) = curve.holes
    assert low == -2 and high == pytest.approx(0, abs=1e-6)
    assert curve.breaks == ()
    assert curve([0.01])[0] == pytest.approx(np.log(0.01), abs=1e-6)


def test_outside_the_picture_it_is_known_as_far_as_it_is_followed():
    square, sine = (curve_of(*SMOOTH[name]) for name in ("square", "sine"))
    assert square([1000.0]) == (998.0**2, [2 * 998.0])
    assert np.isnan(sine([1000.0])[0])  # too many waves: it does not guess


# ------------------------------------------------------------------------------ two parameters


def bowl(places):
    a, b = places.T
    return a**2 + 5 * b**2 + a * b, np.stack([2 * a + b, 10 * b + a], axis=1)


def valley(places):
    x, y = places.T
    bend = y - x**2
    return (1 - x) ** 2 + 100 * bend**2, np.stack([-2 * (1 - x) - 400 * x * bend, 200 * bend], 1)


def waves(places):
    x, y = places.T
    return np.sin(2 * x) * np.cos(y), np.stack([
        2 * np.cos(2 * x) * np.cos(y), -np.sin(2 * x) * np.sin(y)
    ], 1)  # fmt: skip


@pytest.mark.parametrize("function, close", [(bowl, 1e-10), (valley, 1e-10), (waves, 1e-6)])
def test_a_surface_is_followed_in_value_and_both_slopes(function, close):
    surface = sample_surface(function, (-2.0, -1.0), (2.0, 3.0), (0.5, 0.5))
    places = np.random.default_rng(0).uniform((-2, -1), (2, 3), (500, 2))
    values, slopes = function(places)
    value, *found = surface.over(*places.T)
    assert value == pytest.approx(values, abs=close)
    assert np.stack(found, axis=1) == pytest.approx(slopes, abs=20 * close)
    assert surface.rough == 0
    told = [each[surface.inside].max() for each in surface.errors]
    assert abs(value - values).max() <= 3 * told[0]
    assert abs(np.stack(found, axis=1) - slopes).max() <= 3 * told[1]


def test_one_place_of_a_surface_is_as_many():
    surface = sample_surface(bowl, (-2.0, -1.0), (2.0, 3.0), (0.5, 0.5))
    assert surface([0.5, 0.5]) == (bowl(np.array([[0.5, 0.5]]))[0][0], [1.5, 5.5])
    assert np.isnan(surface([1e6, 0.0])[0])


def surface_like(function, low=(-1.03, -1.0), high=(1.0, 1.0), start=(0.5, 0.6)):
    """Sample a surface whose slopes are taken by small differences."""

    def f(places):
        near = [places + h * np.eye(2)[k] for k in (0, 1) for h in (-1e-7, 1e-7)]
        values, (left, right, under, over) = function(*places.T), [function(*each.T) for each in near]
        return values, np.stack([right - left, over - under], axis=1) / 2e-7

    with np.errstate(all="ignore"):
        return sample_surface(f, low, high, start)


PLACES = np.random.default_rng(1).uniform((-1.03, -1.0), (1.0, 1.0), (2000, 2)).T


def test_a_smooth_surface_takes_no_more_samples_than_the_grid():
    assert surface_like(lambda a, b: a**2 + a * b).value.size <= 3200


def test_an_edge_along_a_parameter_is_followed():
    surface = surface_like(lambda a, b: abs(a) + 2 * abs(b))
    value, across, up = surface.over(*PLACES)
    assert value == pytest.approx(abs(PLACES[0]) + 2 * abs(PLACES[1]), abs=1e-3)
    away = (abs(PLACES) > 0.01).all(axis=0)
    assert away.sum() > 1900
    assert across[away] == pytest.approx(np.sign(PLACES[0][away]), abs=1e-3)
    assert up[away] == pytest.approx(2 * np.sign(PLACES[1][away]), abs=1e-3)
    assert surface.rough < 0.003


def test_an_edge_across_is_said_to_be_rounded_off():
    surface = surface_like(lambda a, b: abs(a - b))
    assert 0.01 < surface.rough < 0.3 and surface.errors[0][surface.inside].max() > 1e-3
    assert surface.value.size <= 6000


@pytest.mark.parametrize(
    "function, close",
    [(lambda a, b: np.log(a) ** 2 + b**2, 0.002), (lambda a, b: np.sqrt(a**2 + b**2 - 0.25), 0.12)],
    ids=["a straight border", "a circle"],
)
def test_a_value_is_missing_only_where_there_is_none_or_close_by(function, close):
    surface = surface_like(function)
    with np.errstate(all="ignore"):
        there = [function(PLACES[0] + da, PLACES[1] + db)
                 for da in (-close, 0, close) for db in (-close, 0, close)]  # fmt: skip
    found = np.isfinite(surface.over(*PLACES)[0])
    assert found[np.isfinite(there).all(axis=0)].all()
    assert not found[np.isnan(there).all(axis=0)].any()
