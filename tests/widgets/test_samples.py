"""What stands between the samples: close to the function, and nothing where there is no value."""

import numpy as np
import pytest

from widgets.descent.samples import sampled

ANYWHERE = np.random.default_rng(0).uniform(-2, 3, 1000)
CURVES = {
    "square": (lambda a: (a - 2) ** 2, lambda a: 2 * (a - 2)),
    "sine": (lambda a: np.sin(3 * a), lambda a: 3 * np.cos(3 * a)),
    "exponential": (np.exp, np.exp),
    "constant": (lambda a: 0 * a + 3, lambda a: 0 * a),
    "kink": (lambda a: abs(a - 0.3), lambda a: np.sign(a - 0.3)),
}
MAPS = {
    "bowl": (lambda x, y: x**2 + 5 * y**2 + x * y, lambda x, y: (2 * x + y, 10 * y + x)),
    "waves": (lambda x, y: np.sin(2 * x) * np.cos(y),
              lambda x, y: (2 * np.cos(2 * x) * np.cos(y), -np.sin(2 * x) * np.sin(y))),
    "plane": (lambda x, y: x - 3 * y + 2, lambda x, y: (1 + 0 * x, -3 + 0 * x)),
}  # fmt: skip


def curve_of(value, slope, low=-2.0, high=3.0):
    return sampled(lambda point: (value(np.float64(point[0])), [slope(np.float64(point[0]))]), [low], [high])


@pytest.mark.parametrize("value, slope", CURVES.values(), ids=CURVES)
def test_a_curve_is_followed(value, slope):
    found, tilt = curve_of(value, slope).over(ANYWHERE)
    true = value(ANYWHERE)
    assert found == pytest.approx(true, abs=2e-3 * (np.ptp(true) + 1e-9))
    away = abs(ANYWHERE - 0.3) > 0.1
    assert tilt[away] == pytest.approx(slope(ANYWHERE)[away], abs=0.02 * abs(slope(ANYWHERE)).max() + 1e-9)


@pytest.mark.parametrize("value, slopes", MAPS.values(), ids=MAPS)
def test_a_map_is_followed(value, slopes):
    x, y = np.random.default_rng(0).uniform((-2, -1), (2, 3), (500, 2)).T
    found, *tilts = sampled(lambda point: (value(*point), slopes(*point)), (-2, -1), (2, 3)).over(x, y)
    assert found == pytest.approx(value(x, y), abs=2e-3)
    for tilt, true in zip(tilts, slopes(x, y)):
        assert tilt == pytest.approx(true, abs=0.05)


def test_at_a_sample_the_value_is_the_functions_own():
    bowl = sampled(lambda p: (MAPS["bowl"][0](*p), MAPS["bowl"][1](*p)), (-2, -1), (2, 3))
    assert bowl([2.0, 3.0]) == (55, [7, 32])
    square = curve_of(*CURVES["square"])
    assert [square([x]) for x in (-2.0, 3.0)] == [(16, [-8]), (1, [2])]


@pytest.mark.parametrize("point", [[5.0, 0.0], [0.0, 5.0], [-9.0, -9.0]])
def test_nothing_is_told_outside(point):
    bowl = sampled(lambda p: (MAPS["bowl"][0](*p), MAPS["bowl"][1](*p)), (-2, -1), (2, 3))
    assert np.isnan([bowl(point)[0], *bowl(point)[1]]).all()


def test_a_curve_ends_close_to_where_there_is_no_value():
    curve = curve_of(np.log, lambda a: 1 / a)
    assert np.isnan(curve.over(np.linspace(-2, 0, 50))[0]).all()
    assert curve.over(np.linspace(0.05, 3, 50))[0] == pytest.approx(
        np.log(np.linspace(0.05, 3, 50)), abs=0.02
    )


@pytest.mark.parametrize("at", [1.0, 0.123, -1.9])
def test_no_curve_goes_through_a_jump(at):
    curve = curve_of(lambda a: float(a > at), lambda a: 0.0)
    (gap,) = np.flatnonzero(np.isnan(curve.value))
    assert curve.at[0][gap] == pytest.approx(at, abs=0.02)
    assert [curve([at + by])[0] for by in (-0.05, 0.05)] == [0, 1]


def test_a_steep_curve_has_no_gap_but_a_pole_has_one():
    log = curve_of(np.log, lambda a: 1 / a, 1e-9)
    assert np.isfinite(log.value).all()
    pole = curve_of(lambda a: 1 / a, lambda a: -1 / a**2, -2.0123)
    assert np.isnan(pole.value).sum() == 1


def test_what_changes_faster_than_the_samples_tell_is_not_drawn():
    wild = curve_of(lambda a: np.sin(1000 * a), lambda a: 0.0)
    assert np.isnan(wild.value).sum() > 100
