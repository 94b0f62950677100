"""Charts: axes hold what they are given, ticks can be told apart, the picture keeps its bounds."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import strategies as st

from tests.at_random import at_random
from widgets.drawing.chart import FAR, Chart, axis

FINITE = st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: 0.0 if abs(x) < 1e-12 else x)
POSITIVE = st.floats(1e-15, 1e12)


@at_random(st.lists(FINITE, min_size=1), st.booleans())
def test_a_linear_axis_holds_all_values_and_its_ticks(values, whole):
    found = axis(values, "x", whole=whole)
    assert found.low <= min(values) <= max(values) <= found.high and found.low < found.high
    check_ticks(found)


@at_random(st.lists(POSITIVE, min_size=1), st.booleans())
def test_a_logarithmic_axis_holds_all_values_and_its_ticks(values, whole):
    found = axis(values, "x", log=True, whole=whole)
    assert found.low <= min(values) * (1 + 1e-9) and max(values) <= found.high * (1 + 1e-9)
    check_ticks(found)


def check_ticks(found):
    """Between one and a dozen, in order, inside the axis, no two with the same text."""
    values, texts = zip(*found.ticks)
    assert 1 <= len(values) <= 12
    assert list(values) == sorted(set(values)) and len(set(texts)) == len(texts)
    room = 1e-6 * (found.high - found.low)
    assert found.low - room <= values[0] and values[-1] <= found.high + room
    for value, text in found.ticks:
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=1e-3, abs=room)


def test_values_that_are_no_numbers_do_not_count():
    assert axis([math.nan, 1.0, math.inf, 3.0], "x").high == 3.0
    assert axis([-1.0, 0.0, 0.1, 10.0], "x", log=True).low == 0.1
    assert axis([], "x").ticks and axis([math.nan], "x", log=True).ticks


def test_a_point_lies_where_its_values_say():
    chart = Chart(axis([0, 10], "x"), axis([0, 100], "y"), width=480, height=280)
    width, height = chart.plot
    assert chart.at(0, 0) == (0, height)
    assert chart.at(10, 100) == (width, 0)
    assert chart.at(5, 25) == pytest.approx((width / 2, height * 3 / 4), abs=0.1)


def test_what_has_no_place_breaks_the_line_and_what_is_far_stays_drawable():
    chart = Chart(axis([0, 1], "x"), axis([0.1, 1], "y", log=True))
    drawn = chart.line([(0, 1), (1, 1), (0.5, -1), (0.5, math.nan), (0, 1e300), (0, 0)], "")
    assert drawn.count("M") == 2
    assert max(abs(float(n)) for n in re.findall(r"-?[\d.]+(?:e\+?\d+)?", drawn)) <= FAR
    assert chart.dot(0, -1, "") == ""


def test_labels_are_escaped():
    chart = Chart(axis([0, 1], "<img src=x>"), axis([0, 1], "a & b"))
    drawn = ElementTree.fromstring(chart.svg(chart.words(0, 0, "<b>")).replace("xml:space", "space"))
    assert {"<img src=x>", "a & b", "<b>"} <= {each.text for each in drawn.iter("text")}


@pytest.mark.parametrize("values", [
    [1e308, -1e308], [1.7e308], [5e-324], [0.0, 5e-324], [-5e-324, 5e-324], [1e308, 5e-324],
    [2.0**70, 1.0], [-1e-300, 0.0],
], ids=str)  # fmt: skip
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_numbers_at_the_ends_of_what_a_float_can_hold_have_an_axis(values, log, whole):
    found = axis(values, "x", log=log, whole=whole)
    assert math.isfinite(found.low) and math.isfinite(found.high) and found.low < found.high
    chart = Chart(axis([0, 1], "x"), found)
    for value in values:
        place = chart.at(0.5, value)
        assert place is None or all(map(math.isfinite, place))
    ElementTree.fromstring(f"<svg>{chart.svg()}</svg>")
