"""Tests of values drawn at random: the same ones at each run, and a search that draws new ones."""

import pytest
from hypothesis import HealthCheck, given, settings

LONGER = 5  # how many times as many values the search draws

BOTH = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def at_random(*drawn, examples=100):
    """Make two tests of a check of values that Hypothesis draws.

    One draws a third of them, the same at each run, on every machine: who tests a copy of this project is
    not stopped by what is wrong already. The other one, left to .ci/run, draws new ones.

        @at_random(strategies.integers(), examples=50)
        def test_a_number_is_itself(number):
            assert number == number
    """

    def both(check):
        repeatable = settings(BOTH, derandomize=True, max_examples=examples // 3)(given(*drawn)(check))
        more = settings(BOTH, derandomize=False, max_examples=LONGER * examples)  # in CI, too
        search = more(given(*drawn)(check))
        again = pytest.param(search, id="search", marks=pytest.mark.exhaustive)

        @pytest.mark.parametrize("draw", [pytest.param(repeatable, id="repeatable"), again])
        def test(draw):
            draw()

        return test

    return both
