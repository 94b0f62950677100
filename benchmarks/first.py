"""What somebody waits for who has just started a kernel: each line in a fresh process, in seconds.

``FIRST`` maps what is done to the code before the clock starts, and the code that is timed.
"""

_EXAMPLE = """
import autograd_core as torch
p1, p2_1, p2_2, p3 = (torch.tensor(v, requires_grad=True) for v in (1., 2., 3., 1.5))
x = 3
o1 = (p1 * x) ** 2 + 1
y = 8 * (p3 * ((p2_1 * o1) ** 0.5 - 4 + 2 * (p2_2 * o1).sin()) + 9) ** 0.3
"""
_FUNCTION = """
import autograd_core as torch
from widgets import GradientCheck, verify
a = torch.tensor([1., 2., 3.], requires_grad=True)
f = lambda a: (a ** 2 * a.sin()).sum()
"""
_IN_TORCH = _FUNCTION.replace("import autograd_core as torch", "import torch")
FIRST = {
    "`import autograd_core`": ("import numpy", "import autograd_core"),
    "`import widgets`": ("import numpy", "import widgets"),
    "`BackwardStepper` of the worked example": (
        _EXAMPLE + "from widgets import BackwardStepper",
        "BackwardStepper(y).get_state()",
    ),
    "`GradientCheck` of three numbers": (_FUNCTION, "GradientCheck(f, [a]).get_state()"),
    "`verify` of three numbers": (_FUNCTION, "f(a).backward(); verify(f, a)"),
    "`GradientCheck` of PyTorch's tensors": (_IN_TORCH, "GradientCheck(f, [a]).get_state()"),
    "`verify` of PyTorch's tensors": (_IN_TORCH, "f(a).backward(); verify(f, a)"),
}


def seconds(name) -> float:
    """Do it once in this process, which did nothing before, and tell how long it took."""
    from time import perf_counter

    before, timed = FIRST[name]
    names = {}
    exec(before, names)
    start = perf_counter()
    exec(timed, names)
    return perf_counter() - start
