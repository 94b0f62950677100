"""verify, check, GradientCheck and Descent leave all as it was, wherever they are stopped."""

import random
import sys
import warnings

import numpy as np
import pytest

import autograd_core
from autograd_core.core.tensor import Tensor
from tests.exhaustive import one_in, some_of
from tests.oracle import pytorch_is_missing, torch
from widgets import Descent, GradientCheck, Nudge, check, verify
from widgets.functions.function import function_of

LIBRARIES = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["autograd_core", "torch"])
PUT_BACK = (
    "functions/",
    "libraries/",
    "overrides.py",
    "grad_mode.py",
    "_ufunc_config.py",
    "warnings.py",
    "contextlib.py",
)
FEW, MANY = 4, 60  # places in each program at which it is stopped
SLOTS = {name: Tensor.__dict__[name] for name in Tensor.__slots__}


class Keeps(torch.nn.Module):
    """Normalises, keeps what it computed, and has a weight that is worked out anew each time."""

    def __init__(self):
        super().__init__()
        self.linear, self.norm = torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.last = torch.nn.utils.weight_norm(torch.nn.Linear(3, 1))

    def forward(self, x):
        self.kept = self.norm(self.linear(x)).tanh()
        return self.last(self.kept)


class World:
    """A model, a captured leaf with a gradient, data, and four programs that look at them."""

    def __init__(self, lib):
        lib.manual_seed(0)
        self.lib = lib
        if lib is torch:
            self.model = Keeps()
        else:
            nn = lib.nn
            self.model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1))
        self.data = lib.randn(4, 2)
        self.model(self.data)  # in float32, and what it keeps then stays
        self.scale = lib.tensor(2.0, requires_grad=True)
        (self.scale * 3).backward()
        self.frozen = lib.tensor([1.0, 2.0])
        model, data, scale, frozen = self.model, self.data, self.scale, self.frozen

        def loss(a):
            noise = float(np.random.rand()) * 0  # draws, and gives the same
            out = model(data * frozen)
            return (a * scale + noise) ** 2 * (out * out).mean()

        self.loss = loss
        self.programs = {
            "verify": lambda: verify(loss, scale.detach()),
            "check": lambda: check(lambda a: loss(a) * 0 + 1.0, loss, 0.7),
            "GradientCheck": lambda: GradientCheck(lambda: loss(1.0), [frozen], curves=1),
            "GradientCheck of a module": lambda: GradientCheck(model, data, curves=1),
            "Descent": lambda: Descent(loss, 1.0, lr=0.1, domain=(-1, 2)),
            "Nudge": lambda: Nudge(loss, 1.0),
        }

    def tensors(self):
        named = [*self.model.named_parameters(), *self.model.named_buffers()]
        return dict(named) | {"scale": self.scale, "frozen": self.frozen, "data": self.data}

    def state(self) -> dict:
        """All that has to be as it was."""
        told = {"grad mode": autograd_core.is_grad_enabled()}
        for name, t in self.tensors().items():
            gradient = None if t.grad is None else t.grad.tolist()
            told[name] = id(t), str(t.dtype), t.tolist(), t.requires_grad, gradient, t._version
        kept = getattr(self.model, "kept", None)
        told |= {
            "attributes": (id(kept), id(vars(self.model.last)["weight"]) if kept is not None else 0),
            "modes": [module.training for module in self.model.modules()],
            "slots": [Tensor.__dict__[name] is slot for name, slot in SLOTS.items()],
            "errors": np.geterr(),
            "filters": (id(warnings.filters), list(warnings.filters)),
            "streams": (id(sys.stdout), id(sys.stderr)),
            "profile": sys.getprofile(),
            "random": [random.getstate(), str(np.random.get_state()),
                       autograd_core.get_rng_state().tolist()],
        }  # fmt: skip
        return told if pytorch_is_missing else told | {
            "PyTorch's grad mode": torch.is_grad_enabled(),
            "PyTorch's random numbers": torch.get_rng_state().tolist(),
            "threads": torch.get_num_threads(),
            "stack": torch._C._len_torch_function_stack(),
        }  # fmt: skip


def run(work, stop=None, files=PUT_BACK) -> int:
    """Run, and raise KeyboardInterrupt at one event of these files; returns how many there were."""
    count = 0

    def each(frame, event, argument):
        nonlocal count
        count += 1
        if count == stop:
            raise KeyboardInterrupt
        return each

    def begin(frame, event, argument):
        return each(frame, event, argument) if any(f in frame.f_code.co_filename for f in files) else None

    before = sys.gettrace()
    sys.settrace(begin)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return count


def stopped(lib, name, places, files=PUT_BACK):
    """Run a program, stopped at so many places, and compare what there is before and after."""
    world = World(lib)
    world.programs[name]()  # what is imported, and worked out once
    before = world.state()
    count = run(world.programs[name], files=files)
    assert world.state() == before
    assert count > places
    for stop in np.unique(np.linspace(1, count, places).astype(int)):
        run(world.programs[name], int(stop), files)
        after = world.state()
        assert [key for key in before if after[key] != before[key]] == [], f"stopped at {stop} of {count}"


PROGRAMS = ["GradientCheck of a module", "verify", "check", "GradientCheck", "Descent", "Nudge"]


@one_in(2)
@LIBRARIES
@pytest.mark.parametrize("name", some_of(PROGRAMS, 2))
def test_all_is_as_it_was_wherever_it_is_stopped(lib, name):
    stopped(lib, name, FEW)


@pytest.mark.exhaustive
@LIBRARIES
@pytest.mark.parametrize("files", [
    ("libraries/undisturbed.py", "contextlib.py"),
    pytest.param(("functions/", "libraries/", "overrides.py", "grad_mode.py"), marks=pytest.mark.exhaustive),
], ids=["set and put back", "all"])  # fmt: skip
def test_all_is_as_it_was_at_each_place_of_one_call(lib, files):
    """Setting, running and putting back: no place among them is left out."""
    world = World(lib)
    function = function_of(world.loss, [0.7])
    before = world.state()
    count = run(lambda: function.evaluate(function.arrays), files=files)
    assert count > 3
    for stop in range(1, count + 1):
        run(lambda: function.evaluate(function.arrays), stop, files)
        after = world.state()
        assert [key for key in before if after[key] != before[key]] == [], f"stopped at {stop} of {count}"


@pytest.mark.exhaustive
@LIBRARIES
@pytest.mark.parametrize("name", PROGRAMS)
def test_all_is_as_it_was_at_each_of_many_places(lib, name):
    stopped(lib, name, MANY)


@pytest.mark.exhaustive
@LIBRARIES
@pytest.mark.parametrize("name", PROGRAMS)
def test_all_is_as_it_was_if_stopped_within_the_libraries(lib, name):
    stopped(lib, name, MANY // 4, ("",))
