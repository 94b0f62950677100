"""Of the same samples Python and the browser say the same, whatever the function and the path."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.js.test_modules import node  # noqa: F401
from tests.oracle import torch
from widgets import Descent
from widgets.descent.narration import nudged

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


@pytest.mark.parametrize("function, start", FUNCTIONS.values(), ids=FUNCTIONS)
def test_it_tells_the_same(function, start, node):  # noqa: F811
    descent = Descent(function, start)
    random = np.random.default_rng(0)
    cases, expected = [], []
    for rate in RATES:
        for steps in STEPS:
            descent.reset()
            descent.lr = rate
            if steps % 2:
                descent.path = [[float(random.uniform(*ends)) for ends in zip(
                    descent.data["low"], descent.data["high"])]]  # fmt: skip
            descent.step(steps)
            nudge = float(random.choice([1.0, 0.1, 0.01, 0.001]))
            cases.append([descent.data, descent.exact, descent.course, rate, nudge])
            rows = nudged(descent.scene, descent.f, descent.places[-1], nudge)
            expected.append([descent.describe(), [list(row) for row in rows]])
    assert [case[:2] for case in said_by_the_browser(node, cases)] == expected


data = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
labels = torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)
PATHS = {  # function, start, rate, domain, how many of 200 steps the samples follow to four decimals
    "square": (lambda a: (a - 2) ** 2, 1.0, 0.03, None, 200),
    "wave": (lambda a: (3 * a).sin() + a**2 / 4, 1.0, 0.02, None, 200),
    "bowl": (lambda a, b: a**2 + 5 * b**2, (2.0, 1.0), 0.02, None, 200),
    "waves": (lambda a, b: (2 * a).sin() * b.cos() + (a**2 + b**2) / 10, (1.0, 1.0), 0.1,
              ((-3, 3), (-3, 3)), 200),
    "Rosenbrock's valley": (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-1.2, 1.0), 0.001,
                            ((-3, 3), (-3, 3)), 200),
    "the valley with too large a rate": (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
                                         (-1.2, 1.0), 0.006, ((-3, 3), (-3, 3)), 100),
    "a logistic loss in PyTorch": (lambda w, b: torch.nn.functional.softplus(-(w * data + b) * labels).mean()
                                   + 0.05 * (w * w + b * b), (0.3, 1.0), 0.5, None, 200),
    "a saturated loss in PyTorch": (lambda w, b: ((data * w + b).tanh() - 0.5).pow(2).mean(),
                                    (0.3, 1.0), 0.5, None, 0),
    "absolute value": (lambda a: a.abs() + a**2, 1.0, 0.03, None, 7),
    "edges": (lambda a, b: a.abs() + 2 * b.abs(), (1.0, 0.7), 0.03, None, 7),
    "an edge across": (lambda a, b: (a - b).abs() + (a + b) ** 2, (1.0, 0.7), 0.01, None, 7),
    "logarithm": (lambda a, b: a.log() ** 2 + b**2, (0.5, 1.0), 0.02, ((-1, 3), (-2, 2)), 0),
}  # fmt: skip


@pytest.mark.parametrize("function, start, rate, domain, followed", PATHS.values(), ids=PATHS)
def test_without_python_no_digit_is_wrong(function, start, rate, domain, followed, node):  # noqa: F811
    descent = Descent(function, start, lr=rate, domain=domain)
    descent.step(200)
    places, steps = descent.places, range(0, 201, 20)
    cases = [
        [descent.data, [], {"start": descent.course["start"], "rates": [rate] * count}, rate, 0.01]
        for count in (7, *steps)
    ]
    for count, (said, _, read) in zip((7, *steps), said_by_the_browser(node, cases)):
        true = places[min(count, len(places) - 1)]
        if read["value"] is None:  # the samples do not reach it, and say so
            assert count > followed and re.search(r"\. The samples|: the samples|\. There", said)
            assert "?" not in said
            continue
        numbers = [*read["point"], read["value"], *read["slopes"]]
        bounds = [*read["drift"], read["off"]["value"], *read["off"]["slopes"]]
        off = [abs(x - y) for x, y in zip(numbers, [*true.point, true.value, *true.slopes])]
        assert all(found <= 2 * told + 1e-10 for found, told in zip(off, bounds)), count
        if count <= followed:
            assert max(bounds) < 5e-5, count


def said_by_the_browser(node, cases):  # noqa: F811
    """What `tell_all.mjs` says of cases of content, exact rows, course, rate and nudge."""
    script = Path(__file__).with_name("tell_all.mjs")
    ran = subprocess.run([node, script], input=json.dumps(cases), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
