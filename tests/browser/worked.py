"""The worked example of the series, as a learner has it in a notebook."""

import linecache

CODE = """\
import autograd_core as torch
from widgets import BackwardStepper
p1 = torch.tensor(1.0, requires_grad=True)
p2_1 = torch.tensor(2.0, requires_grad=True)
p2_2 = torch.tensor(3.0, requires_grad=True)
p3 = torch.tensor(1.5, requires_grad=True)
x = 3
o1 = (p1 * x) ** 2 + 1
o2_1 = (p2_1 * o1) ** 0.5 - 4
o2_2 = (p2_2 * o1).sin()
o3 = (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3
y = 8 * o3"""

STEPPER = CODE + "\nstepper = BackwardStepper(y)\nstepper"


LINES = [line + "\n" for line in CODE.splitlines()]


def stepper(**options):
    """The stepper of the worked example, with its source code as Python knows it."""
    linecache.cache["worked.py"] = (len(CODE), None, LINES, "worked.py")
    scope = {}
    exec(compile(CODE, "worked.py", "exec"), scope)
    exec("stepper = BackwardStepper(y, **options)", scope | {"options": options}, scope)
    return scope["stepper"]
