"""What a user runs is the same at each run; what searches for long, or at random, is left to .ci/run."""

import random
import re

import numpy as np
import pytest

import autograd_core
from tests.house.test_missing import run, run_apart  # noqa: F401

TESTS = """
import pytest
from hypothesis import strategies
from tests.at_random import at_random

@at_random(strategies.integers(0, 10**9), examples=15)
def test_numbers(number):
    print("drawn", number)

@pytest.mark.exhaustive
def test_all_there_are():
    print("all")
"""
LEFT = "2 exhaustive tests were left to .ci/run. To run them here: make test"


def drawn(output):
    return re.findall(r"drawn \d+", output)


def test_what_is_drawn_at_random_is_the_same_at_each_run(run):  # noqa: F811
    first, second = (drawn(run(TESTS, "-s")[0]) for _ in range(2))
    assert first == second and len(set(first)) > 3


def test_the_search_draws_more_and_at_each_run_others(run):  # noqa: F811
    first, second = (drawn(run(TESTS, "-s", "-m", "exhaustive")[0]) for _ in range(2))
    assert first != second and len(first) > 20 < len(second)


def test_the_last_lines_say_what_was_left_to_ci(run):  # noqa: F811
    expect_left_to_ci(*run(TESTS))


def test_asked_for_they_run_and_nothing_is_said(run):  # noqa: F811
    expect_all_run(*run(TESTS, "-m", "exhaustive"))


@pytest.mark.exhaustive
def test_several_workers_say_the_same(run_apart):  # noqa: F811
    expect_left_to_ci(*run_apart(TESTS, "-n", "2"))
    expect_all_run(*run_apart(TESTS, "-n", "2", "-m", "exhaustive"))


def expect_left_to_ci(output, code):
    assert code == 0 and "1 passed" in output
    assert LEFT in output


def expect_all_run(output, code):
    assert code == 0 and "2 passed" in output
    assert "left to .ci/run" not in output


def test_what_fails_is_told_by_its_smallest_values(run):  # noqa: F811
    output, code = run(TESTS.replace('print("drawn", number)', "assert number < 17"))
    assert code == 1 and "number=17" in output


def draws():
    return [random.random(), np.random.rand(), autograd_core.rand(1).item()]


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_begins_with_the_same_random_numbers(time):
    found = draws()
    random.seed(0)
    np.random.seed(0)
    autograd_core.manual_seed(0)
    assert draws() == found
