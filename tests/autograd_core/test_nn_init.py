"""Initial weights have PyTorch's distributions: the same bounds, means and deviations."""

import math

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch

N = 200  # rows and columns: 40 000 numbers, whose mean deviates by 0.5 % of their deviation

FILLS = {
    "uniform_": {"a": -2.0, "b": 3.0}, "normal_": {"mean": 1.0, "std": 0.5},
    "constant_": {"val": 0.3}, "zeros_": {}, "ones_": {}, "eye_": {},
    "xavier_uniform_": {"gain": 1.5}, "xavier_normal_": {"gain": 1.5},
    "kaiming_uniform_": {"a": 0.2}, "kaiming_normal_": {"mode": "fan_out", "nonlinearity": "relu"},
}  # fmt: skip


def drawn(module, name, options):
    module.manual_seed(0)
    tensor = module.zeros(2 * N, N, dtype=module.float64)
    filled = getattr(module.nn.init, name)(tensor, **options)
    assert filled is tensor
    return tensor.numpy()


def assert_alike(ours, theirs):
    """Whether two samples may be of one distribution: mean, deviation, quartiles, extremes."""
    spread = theirs.std()
    assert ours.shape == theirs.shape
    assert abs(ours.mean() - theirs.mean()) <= 6 * spread * math.sqrt(2 / ours.size)
    assert ours.std() == pytest.approx(spread, rel=0.02)
    for q in (0.25, 0.5, 0.75):
        assert abs(np.quantile(ours, q) - np.quantile(theirs, q)) <= 0.03 * spread + 1e-12


@pytest.mark.parametrize("name", FILLS)
def test_fills_have_the_distribution_of_pytorchs(name):
    ours, theirs = (drawn(module, name, FILLS[name]) for module in (autograd_core, torch))
    assert_alike(ours, theirs)
    if "normal" not in name:  # bounded: the extremes of many numbers lie close to the bounds
        assert ours.max() == pytest.approx(theirs.max(), rel=1e-3)
        assert ours.min() == pytest.approx(theirs.min(), rel=1e-3)


@pytest.mark.parametrize("make", [
    lambda m: m.nn.Linear(100, 400), lambda m: m.nn.Conv2d(8, 100, (5, 4), groups=2),
    lambda m: m.nn.Embedding(200, 100), lambda m: m.nn.BatchNorm1d(5), lambda m: m.nn.LayerNorm(5),
])  # fmt: skip
def test_layers_start_like_pytorchs(make):
    models = []
    for module in (autograd_core, torch):
        module.manual_seed(1)
        models.append(make(module))
    for (name, ours), (_, theirs) in zip(*(m.named_parameters() for m in models), strict=True):
        ours, theirs = ours.detach().numpy(), theirs.detach().numpy().astype(np.float64)
        if ours.size >= 10_000:
            assert_alike(ours, theirs)
        if "Embedding" not in repr(models[0]):
            assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.05), name


def test_the_seed_decides_the_weights():
    def weights():
        autograd_core.manual_seed(5)
        return autograd_core.nn.Linear(3, 4).weight

    assert (weights() == weights()).all()
    generator, uniform_ = autograd_core.Generator(), autograd_core.nn.init.uniform_
    first, again = (uniform_(autograd_core.zeros(4), generator=generator.manual_seed(5)) for _ in range(2))
    assert (first == again).all()


@pytest.mark.parametrize("arguments", [
    ("linear",), ("sigmoid",), ("tanh",), ("relu",), ("leaky_relu",), ("leaky_relu", 0.3),
    ("selu",), ("conv2d",),
])  # fmt: skip
def test_gains_are_pytorchs(arguments):
    ours, theirs = (m.nn.init.calculate_gain(*arguments) for m in (autograd_core, torch))
    assert ours == theirs


@pytest.mark.parametrize("wrong", [
    lambda m: m.nn.init.calculate_gain("cosine"),
    lambda m: m.nn.init.calculate_gain("leaky_relu", "x"),
    lambda m: m.nn.init.xavier_uniform_(m.zeros(3)), lambda m: m.nn.init.eye_(m.zeros(3)),
    lambda m: m.nn.init.kaiming_normal_(m.zeros(3, 3), mode="fan"),
])  # fmt: skip
def test_errors_are_pytorchs(wrong):
    errors = []
    for module in (autograd_core, torch):
        with pytest.raises(Exception) as raised:
            wrong(module)
        errors.append(raised.value)
    assert type(errors[0]) is type(errors[1])
    assert str(errors[0])[:40] == str(errors[1])[:40]


# ---------------------------------------------------------------------- nn.utils


def gradients(module):
    parameters = [module.zeros(3, requires_grad=True), module.zeros(2, 2, requires_grad=True)]
    for i, p in enumerate(parameters):
        values = np.random.default_rng(i).standard_normal(tuple(p.shape))
        p.grad = module.tensor(values, dtype=p.dtype)
    return parameters


@pytest.mark.parametrize("clip", [
    lambda m, p: m.nn.utils.clip_grad_norm_(p, 0.5),
    lambda m, p: m.nn.utils.clip_grad_norm_(p, 50.0),
    lambda m, p: m.nn.utils.clip_grad_norm_(p, 0.5, float("inf")),
    lambda m, p: m.nn.utils.clip_grad_norm_(p[0], 0.5, 1.0),
    lambda m, p: m.nn.utils.clip_grad_value_(p, 0.2),
])  # fmt: skip
def test_gradients_are_clipped_like_pytorchs(clip):
    outcomes = []
    for module in (autograd_core, torch):
        parameters = gradients(module)
        norm = clip(module, parameters)
        tensors = [p.grad for p in parameters] + ([] if norm is None else [norm])
        outcomes.append([tensor.numpy() for tensor in tensors])
    for ours, theirs in zip(*outcomes, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_parameters_become_a_vector_and_come_back():
    model = autograd_core.nn.Linear(3, 2)
    vector = autograd_core.nn.utils.parameters_to_vector(model.parameters())
    assert vector.shape == (8,)
    doubled = (vector * 2).detach()
    autograd_core.nn.utils.vector_to_parameters(doubled, model.parameters())
    assert (model.weight.reshape(-1) == doubled[:6]).all() and (model.bias == doubled[6:]).all()
