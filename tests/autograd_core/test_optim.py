"""Ten steps of each optimiser, with each option, go where PyTorch's go; so do its states."""

import copy
import itertools

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch

BOTH = [autograd_core, torch]
STEPS = 10


def problem(module, dtype="float64"):
    """Parameters of three shapes, and a function that computes a loss of them anew."""
    random = np.random.default_rng(0)
    kind = getattr(module, dtype)
    parameters = [
        module.tensor(random.standard_normal(shape), dtype=kind).requires_grad_()
        for shape in [(3, 2), (2,), ()]
    ]
    x = module.tensor(random.standard_normal((5, 3)), dtype=kind)

    def loss():
        w, b, scale = parameters
        return ((x @ w + b).sin() * scale.tanh()).pow(2).sum() + (w**2 + scale**2 + 1).log().sum()

    return parameters, loss


def options(**choices):
    return [dict(zip(choices, values)) for values in itertools.product(*choices.values())]


OPTIMISERS = [
    *(("SGD", o) for o in options(
        lr=[0.03], momentum=[0, 0.9], weight_decay=[0, 0.1], maximize=[False, True])),
    *(("SGD", o) for o in options(
        lr=[0.03], momentum=[0.9], dampening=[0.3], weight_decay=[0, 0.1])),
    *(("SGD", o) for o in options(
        lr=[0.03], momentum=[0.9], nesterov=[True], weight_decay=[0, 0.1])),
    *((name, o) for name in ("Adam", "AdamW") for o in options(
        lr=[0.05], weight_decay=[0, 0.1], amsgrad=[False, True], maximize=[False, True])),
    *((name, {"betas": (0.5, 0.7), "eps": 0.1}) for name in ("Adam", "AdamW")),
    *(("RMSprop", o) for o in options(
        lr=[0.02], momentum=[0, 0.9], centered=[False, True], weight_decay=[0, 0.1],
        maximize=[False, True])),
    ("RMSprop", {"alpha": 0.5, "eps": 0.1}),
    *(("Adagrad", o) for o in options(
        lr=[0.1], lr_decay=[0, 0.1], weight_decay=[0, 0.1], initial_accumulator_value=[0, 0.5])),
    ("Adagrad", {"eps": 0.1, "maximize": True}),
    *((name, {}) for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad")),
]  # fmt: skip
CASES = [
    pytest.param(name, chosen, id="-".join([name, *(f"{k}={v}" for k, v in chosen.items())]))
    for name, chosen in OPTIMISERS
]


def train(module, name, options, steps=STEPS, dtype="float64"):
    parameters, loss = problem(module, dtype)
    optimizer = getattr(module.optim, name)(parameters, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return parameters, optimizer, loss


def assert_same(ours, theirs, rtol=1e-9):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name, options", CASES)
def test_ten_steps_agree_with_pytorch(name, options):
    ours, theirs = (train(module, name, options) for module in BOTH)
    assert_same(ours[0], theirs[0])
    a, b = ours[1].state_dict(), theirs[1].state_dict()
    for number, state in b["state"].items():
        kept = {key: value for key, value in state.items() if value is not None}
        assert set(a["state"].get(number, {})) == set(kept)
        for key, value in kept.items():
            ours_value = a["state"][number][key].numpy()
            np.testing.assert_allclose(ours_value, value.numpy(), rtol=1e-9, atol=1e-12)
    for ours_group, theirs_group in zip(a["param_groups"], b["param_groups"], strict=True):
        assert {key: theirs_group[key] for key in ours_group} == ours_group


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_float32_stays_float32_and_agrees(name):
    ours, theirs = (train(module, name, {}, dtype="float32")[0] for module in BOTH)
    assert {p._data.dtype.name for p in ours} == {"float32"}
    assert_same(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("name, options", CASES)
def test_training_goes_on_from_a_saved_state_as_if_nothing_had_happened(name, options):
    whole, _, _ = train(autograd_core, name, options)
    half, optimizer, _ = train(autograd_core, name, options, steps=4)
    state = copy.deepcopy(optimizer.state_dict())
    parameters, loss = problem(autograd_core)
    with autograd_core.no_grad():
        for p, q in zip(parameters, half):
            p.copy_(q)
    other = getattr(autograd_core.optim, name)(parameters, lr=123.0)
    other.load_state_dict(state)
    for _ in range(STEPS - 4):
        other.zero_grad()
        loss().backward()
        other.step()
    assert_same(parameters, whole, rtol=1e-14)


def test_groups_have_options_of_their_own():
    outcomes = []
    for module in BOTH:
        (w, b, scale), loss = problem(module)
        optimizer = module.optim.SGD(
            [{"params": [w, b], "lr": 0.01}, {"params": scale, "momentum": 0.5}], lr=0.03
        )
        for step in range(STEPS):
            if step == 5:
                optimizer.param_groups[0]["lr"] = 0.02
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        outcomes.append([w, b, scale])
    assert_same(*outcomes)


def test_a_group_can_be_added_later_and_frozen_parameters_stay():
    (w, b, scale), loss = problem(autograd_core)
    optimizer = autograd_core.optim.Adam([w])
    optimizer.add_param_group({"params": [b]})
    scale.requires_grad_(False)
    before = [t.detach().clone() for t in (w, b, scale)]
    loss().backward()
    optimizer.step()
    moved = [not (now == then).all() for now, then in zip((w, b, scale), before)]
    assert moved == [True, True, False]


@pytest.mark.parametrize("module", BOTH)
def test_a_closure_is_called_with_gradients_on_and_its_loss_returned(module):
    parameters, loss = problem(module)
    optimizer = module.optim.SGD(parameters, lr=0.01)

    def closure():
        optimizer.zero_grad()
        outcome = loss()
        outcome.backward()
        return outcome

    before = loss().item()
    with module.no_grad():
        assert optimizer.step(closure).item() == before
    assert loss().item() < before
    assert optimizer.step() is None


@pytest.mark.parametrize("module", BOTH)
def test_zero_grad_forgets_or_fills(module):
    parameters, loss = problem(module)
    optimizer = module.optim.SGD(parameters)
    loss().backward()
    optimizer.zero_grad(set_to_none=False)
    assert all((p.grad == 0).all() for p in parameters)
    optimizer.zero_grad()
    assert all(p.grad is None for p in parameters)


def test_a_step_keeps_the_gradient_and_the_memory():
    parameters, loss = problem(autograd_core)
    w, memory = parameters[0], parameters[0].detach().numpy()
    optimizer = autograd_core.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=0.1)
    loss().backward()
    gradient = w.grad.clone()
    optimizer.step()
    assert (w.grad == gradient).all()
    assert w.detach().numpy() is memory or np.shares_memory(w.detach().numpy(), memory)
    assert w.is_leaf and w.requires_grad and w.grad_fn is None


@pytest.mark.parametrize("module", BOTH)
def test_backward_through_what_a_step_changed_raises_as_in_pytorch(module):
    layer = module.nn.Sequential(module.nn.Linear(2, 2), module.nn.Linear(2, 1))
    optimizer = module.optim.SGD(layer.parameters(), lr=0.1)
    loss = layer(module.ones(3, 2)).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_the_error_names_the_line_of_the_step():
    nn = autograd_core.nn
    layer = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = autograd_core.optim.SGD(layer.parameters(), lr=0.1)
    loss = layer(autograd_core.ones(3, 2)).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"`optimizer\.step\(\)`"):
        loss.backward()


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_text_is_that_of_pytorch(name):
    make = [getattr(module.optim, name) for module in BOTH]
    ours, theirs = (repr(f([m.zeros(1, requires_grad=True)], lr=0.1)) for f, m in zip(make, BOTH))
    assert ours == theirs


def two(module):
    return [module.zeros(2, requires_grad=True), module.zeros(1, requires_grad=True)]


ERRORS = {
    "nothing": lambda m, p: m.optim.SGD([], lr=0.1),
    "a tensor": lambda m, p: m.optim.SGD(p, lr=0.1),
    "a number": lambda m, p: m.optim.SGD([3], lr=0.1),
    "no leaf": lambda m, p: m.optim.SGD([p * 2], lr=0.1),
    "rate": lambda m, p: m.optim.SGD([p], lr=-1),
    "rate of Adam": lambda m, p: m.optim.Adam([p], lr=-1),
    "momentum": lambda m, p: m.optim.SGD([p], momentum=-1),
    "decay": lambda m, p: m.optim.SGD([p], weight_decay=-1),
    "nesterov": lambda m, p: m.optim.SGD([p], nesterov=True),
    "twice": lambda m, p: m.optim.SGD([{"params": [p]}, {"params": [p]}]),
    "betas": lambda m, p: m.optim.Adam([p], betas=(1, 0.9)),
    "eps": lambda m, p: m.optim.AdamW([p], eps=-1),
    "alpha": lambda m, p: m.optim.RMSprop([p], alpha=-1),
    "momentum of RMSprop": lambda m, p: m.optim.RMSprop([p], momentum=-1),
    "lr_decay": lambda m, p: m.optim.Adagrad([p], lr_decay=-1),
    "a model": lambda m, p: m.optim.SGD(m.nn.Linear(2, 3), lr=0.1),
    "a list of models": lambda m, p: m.optim.SGD([m.nn.Linear(2, 3)], lr=0.1),
    "a method": lambda m, p: m.optim.SGD(m.nn.Linear(2, 3).parameters, lr=0.1),
    "a generator used up": lambda m, p: m.optim.SGD(iter(()), lr=0.1),
    "a scheduler of a model": lambda m, p: m.optim.lr_scheduler.StepLR(m.nn.Linear(2, 3), 2),
    "rate as text": lambda m, p: m.optim.SGD([p], lr="0.1"),
    "state of another size": lambda m, p: m.optim.SGD([p]).load_state_dict(
        m.optim.SGD(two(m)).state_dict()),
    "state of more groups": lambda m, p: m.optim.SGD([p]).load_state_dict(
        m.optim.SGD([{"params": q} for q in two(m)]).state_dict()),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_those_of_pytorch(name):
    errors = []
    for module in BOTH:
        with pytest.raises(Exception) as raised:
            ERRORS[name](module, module.zeros(2, requires_grad=True))
        errors.append(raised.value)
    ours, theirs = errors
    assert type(ours) is type(theirs), f"{ours!r}\n{theirs!r}"
    ours, theirs = (str(error).replace("Double", "Float") for error in errors)
    assert ours.startswith(theirs[:50])


# ---------------------------------------------------------------------- learning rates

SCHEDULERS = {
    "StepLR": {"step_size": 3, "gamma": 0.5}, "CosineAnnealingLR": {"T_max": 7, "eta_min": 0.01},
    "ExponentialLR": {"gamma": 0.9}, "LambdaLR": {"lr_lambda": lambda epoch: 1 / (1 + epoch)},
    "MultiStepLR": {"milestones": [2, 2, 5]}, "OneCycleLR": {"max_lr": [2.0, 1.0], "total_steps": 9},
    "LambdaLR of a list": {"lr_lambda": [lambda epoch: 0.9**epoch, lambda epoch: 0.5**epoch]},
    "OneCycleLR in three phases": {"max_lr": 2.0, "epochs": 5, "steps_per_epoch": 2, "three_phase": True,
                                   "anneal_strategy": "linear"},
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULERS)
def test_learning_rates_are_those_of_pytorch_also_after_one_set_by_hand(name):
    """And those of a second scheduler for the same optimizer, which goes on from where the first leaves it."""
    rates = []
    for module in BOTH:
        a, b = two(module)
        optimizer = module.optim.SGD([{"params": a}, {"params": b, "lr": 0.5}], lr=0.1, momentum=0.5)
        make = getattr(module.optim.lr_scheduler, name.split()[0])
        scheduler = make(optimizer, **SCHEDULERS[name])
        second = module.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        seen = [scheduler.get_last_lr()]
        for epoch in range(8):
            optimizer.step()
            scheduler.step()
            if epoch == 5:
                optimizer.param_groups[0]["lr"] = 0.3
            seen += [[group["lr"], group["momentum"]] for group in optimizer.param_groups]
            second.step()
            seen += [scheduler.get_last_lr(), second.get_last_lr()]
        rates.append(seen)
    np.testing.assert_allclose(*rates, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("options", [
    {"patience": 1}, {"mode": "max", "patience": 0, "cooldown": 2, "factor": 0.5},
    {"patience": 1, "threshold": 0.1, "threshold_mode": "abs", "min_lr": [0.02, 0.01]},
])  # fmt: skip
def test_a_plateau_reduces_the_rates_as_in_pytorch(options):
    rates, losses = [], np.random.default_rng(0).random(30)
    for module in BOTH:
        a, b = two(module)
        optimizer = module.optim.SGD([{"params": a}, {"params": b, "lr": 0.5}], lr=0.1)
        scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        rates.append([scheduler.step(module.tensor(loss)) or scheduler.get_last_lr() for loss in losses])
    np.testing.assert_allclose(*rates, rtol=1e-12)


def test_a_scheduler_that_steps_before_its_optimizer_warns():
    warned = []
    for module in BOTH:
        optimizer = module.optim.SGD(two(module), lr=0.1)
        scheduler = module.optim.lr_scheduler.StepLR(optimizer, 2)
        with pytest.warns(UserWarning) as caught:
            scheduler.step()
            optimizer.step()
            scheduler.step()  # the usual order again: nothing more is said
        warned.append([str(each.message)[:64] for each in caught])
    assert warned[0] == warned[1]


def test_a_scheduler_goes_on_from_a_saved_state():
    def make(epochs):
        optimizer = autograd_core.optim.SGD(two(autograd_core), lr=0.1)
        scheduler = autograd_core.optim.lr_scheduler.StepLR(optimizer, 2)
        for _ in range(epochs):
            optimizer.step()
            scheduler.step()
        return optimizer, scheduler

    optimizer, scheduler = make(0)
    for loaded, saved in zip((optimizer, scheduler), make(3)):
        loaded.load_state_dict(saved.state_dict())
    scheduler.step()
    assert scheduler.last_epoch == 4
    assert optimizer.param_groups[0]["lr"] == pytest.approx(make(4)[0].param_groups[0]["lr"])


def test_hooks_see_each_step_before_and_after():
    seen = {}
    for module in BOTH:
        w = module.tensor(1.0, requires_grad=True)
        optimizer, told = module.optim.SGD([w], lr=0.5), []
        before = optimizer.register_step_pre_hook(
            lambda opt, args, kwargs: told.append(("before", opt is args[0], kwargs, w.item()))
        )
        after = optimizer.register_step_post_hook(
            lambda opt, args, kwargs: told.append(("after", opt is args[0], kwargs, w.item()))
        )
        for _ in range(2):
            optimizer.zero_grad()
            (w * w).backward()
            optimizer.step()
            before.remove()
        after.remove()
        optimizer.step()
        seen[module.__name__] = told
    assert seen["autograd_core"] == seen["torch"]
    assert [each[0] for each in seen["torch"]] == ["before", "after", "after"]
