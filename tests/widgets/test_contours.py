"""Lines of equal height: on the height, closed where they close, none where there is no value."""

import numpy as np
import pytest

from widgets.descent.contours import contour, levels

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
