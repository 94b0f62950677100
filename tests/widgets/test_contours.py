"""Lines of equal height: on the height, closed where they close, none where there is no value."""

import numpy as np
import pytest

from widgets.descent.contours import HIGH, LETTER, contour, contours, levels

COLUMNS, ROWS = np.linspace(-2, 2, 41), np.linspace(-1, 1, 33)
X, Y = np.meshgrid(COLUMNS, ROWS)


@pytest.mark.parametrize("level", [0.16, 0.7, 2.3])
def test_a_contour_inside_is_one_closed_line_on_its_height(level):
    (line,) = contour(COLUMNS, ROWS, X**2 + 4 * Y**2, level)
    assert line[0] == line[-1]
    assert all(abs(x**2 + 4 * y**2 - level) < 0.005 for x, y in line)


def test_a_contour_that_leaves_the_picture_ends_at_its_border():
    lines = contour(COLUMNS, ROWS, X**2 + 4 * Y**2, 5.0)
    assert len(lines) == 4
    for line in lines:
        for x, y in (line[0], line[-1]):
            assert abs(x) == 2 or abs(y) == 1


def test_every_crossing_of_a_grid_line_is_on_some_contour():
    heights = np.sin(3 * X) + Y
    points = {point for line in contour(COLUMNS, ROWS, heights, 0.2) for point in line}
    above = heights > 0.2
    crossings = (above[:, 1:] != above[:, :-1]).sum() + (above[1:] != above[:-1]).sum()
    assert len(points) == crossings


def test_a_saddle_is_joined_by_what_its_middle_says():
    corners = np.array([[1.0, 0.0], [0.0, 1.0]])
    for level in (0.4, 0.6):
        lines = contour([0.0, 1.0], [0.0, 1.0], corners, level)
        ends = sorted(sorted(np.round(line, 3).tolist()) for line in lines)
        # Lower than the middle, the high corners hang together: a line cuts off each low one.
        x = 1 - level
        cut_off = (1.0, 0.0) if level < 0.5 else (0.0, 0.0)
        near = [line for line in ends if all(np.hypot(*np.subtract(p, cut_off)) < 0.7 for p in line)]
        assert len(lines) == 2 and len(near) == 1, x


def test_there_is_no_line_through_a_hole():
    heights = np.where(X < 0, np.nan, X)
    assert contour(COLUMNS, ROWS, heights, -0.5) == []
    (line,) = contour(COLUMNS, ROWS, heights, 0.55)
    assert {round(x, 9) for x, _ in line} == {0.55}


def test_levels_are_round_and_rise():
    found = levels(X**2 + Y**2)
    assert found == sorted(set(found)) and len(found) >= 8
    assert levels(np.full((3, 3), 2.0)) == [] == levels(np.full((3, 3), np.nan))


RANGES = [(123.4, 1.0), (123.4, 1e-5), (0.0, 1e-9), (-7e6, 0.3), (2.3e-4, 1e-6), (0.0, 1e12), (1e15, 1e9)]


@pytest.mark.parametrize("low, spread", RANGES)
def test_every_level_lies_between_the_lowest_and_the_highest(low, spread):
    heights = low + spread * (X**2 + Y**2)
    found = levels(heights)
    assert len(found) >= 8 and heights.min() < min(found) and max(found) < heights.max()
    drawn = contours(COLUMNS, ROWS, heights, (350, 350))
    assert len(drawn) == len(found) == len({each["text"] for each in drawn})
    assert all(each["lines"] for each in drawn)
    assert [float(each["text"].replace("−", "-")) for each in drawn] == found


@pytest.mark.parametrize(
    "heights", [X * 0 + 123.4, X * 1e-15 + 123.4, X * np.nan, np.where(X < 0, np.nan, 5.0)]
)
def test_where_all_is_level_there_is_no_contour(heights):
    assert contours(COLUMNS, ROWS, heights, (350, 350)) == []


def test_a_height_that_only_a_gap_has_is_no_contour():
    cliff = np.where(abs(X) < 0.3, np.nan, np.where(X > 0, 10.0 + Y / 100, Y / 100))
    drawn = contours(COLUMNS, ROWS, cliff, (350, 350))
    assert drawn and all(each["lines"] for each in drawn)


@pytest.mark.parametrize("low", [0.0, 123.4, 1e6])
@pytest.mark.parametrize("room", [(350, 350), (220, 110), (90, 220)])
def test_texts_stand_on_their_lines_inside_and_apart(low, room):
    drawn = contours(COLUMNS, ROWS, low + X**2 + 4 * Y**2, room)
    boxes = []
    for each in (each for each in drawn if each["at"]):
        x, y = each["at"]
        assert low + x**2 + 4 * y**2 == pytest.approx(float(each["text"]), abs=0.02)
        across, up = (x + 2) / 4 * room[0], (y + 1) / 2 * room[1]
        half = len(each["text"]) * LETTER / 2
        assert half < across < room[0] - half and HIGH / 2 < up < room[1] - HIGH / 2
        assert all(abs(across - a) > half + h or abs(up - b) > HIGH for a, b, h in boxes)
        boxes.append((across, up, half))
    assert boxes or low == 1e6
