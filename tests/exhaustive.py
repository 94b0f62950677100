"""One or a few values of many for `make test`; `.ci/run` tries them all."""

import pytest


def some_of(values, count=1) -> list:
    """Values for `parametrize`: but for the first so many they are left to the exhaustive part.

    A tuple is one value for each of several names, as it is there.
    """
    others = [value if isinstance(value, tuple) else (value,) for value in values[count:]]
    return [*values[:count], *(pytest.param(*other, marks=pytest.mark.exhaustive) for other in others)]


def one_in(count) -> pytest.MarkDecorator:
    """For a test of many values: `make test` tries the first and every so manyth after it; `.ci/run` tries them all."""
    return pytest.mark.one_in(count)
