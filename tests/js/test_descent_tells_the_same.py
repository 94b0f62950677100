"""Of the same samples Python and the browser say the same, whatever the function and the path."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.exhaustive import one_in
from tests.js.test_modules import node  # noqa: F401
from widgets import Descent
from widgets.descent.narration import nudged
from widgets.descent.samples import Samples

FUNCTIONS = {
    "square": (lambda a: (a - 2) ** 2, 1.0),
    "wave": (lambda a: (3 * a).sin() + a / 4, 1.0),
    "logarithm": (lambda a: a.log(), 0.5),
    "absolute value": (lambda a: a.abs(), 1.0),
    "pole": (lambda a: 1 / a, 1.0),
    "constant": (lambda a: 0 * a + 3, 1.0),
    "cliff": (lambda a: -(a**3), 1.0),
    "large": (lambda a: 1e6 * (a - 1e5) ** 2, 0.0),
    "far": (lambda a: (a - 1e9) ** 2, 1e9 - 1.0),
    "bowl": (lambda a, b: a**2 + 5 * b**2, (2.0, 1.0)),
    "valley": (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-1.0, 1.5)),
    "island": (lambda a, b: (0.01 - (a - 1) ** 2 - (b - 1) ** 2).sqrt(), (1.03, 1.0)),
    "half": (lambda a, b: a.log() + b**2, (1.0, 1.0)),
}
RATES = (1e-4, 0.003, 0.1, 0.3, 0.9, 1.0, 1.1, 2.0, 100.0)
STEPS = (0, 1, 2, 5, 12, 60)
ALL = pytest.param(RATES, STEPS, marks=pytest.mark.exhaustive, id="all")


@one_in(8)
@pytest.mark.parametrize("rates, steps", [pytest.param((0.003, 0.3, 1.1), (0, 1, 12), id="some"), ALL])
@pytest.mark.parametrize("function, start", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("python", [True, False], ids=["with Python", "from samples"])
def test_it_tells_the_same(function, start, python, rates, steps, node):  # noqa: F811
    descent = Descent(function, start)
    if not python:  # as where the function has changed: then Python reads the samples as well
        descent.objective.changed = True
        sent = descent.data["samples"]
        at, value, *slopes = map(as_array, (sent["at"], sent["value"], *sent["slopes"]))
        descent.samples = Samples(list(at), value, slopes)
    random = np.random.default_rng(0)
    cases, expected = [], []
    for rate in rates:
        for number in steps:
            descent.reset()
            descent.lr = rate
            if number % 2:
                descent.path = [[float(random.uniform(*ends)) for ends in zip(
                    descent.data["low"], descent.data["high"])]]  # fmt: skip
            descent.step(number)
            nudge = float(random.choice([1.0, 0.1, 0.01, 0.001]))
            cases.append([descent.data, descent.exact, descent.course, rate, nudge])
            rows = nudged(descent.scene, descent.f, descent.places[-1], nudge)
            expected.append([descent.describe(), [list(row) for row in rows]])
    assert said_by_the_browser(node, cases) == expected
    assert python == all("≈" not in said and "Only Python" not in said for said, _ in expected)


def as_array(numbers):
    return np.array(numbers, float)  # None is nan


def said_by_the_browser(node, cases):  # noqa: F811
    """What `tell_all.mjs` says of cases of content, exact rows, course, rate and nudge."""
    script = Path(__file__).with_name("tell_all.mjs")
    ran = subprocess.run([node, script], input=json.dumps(cases), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
