"""The same work written for each peer: ours, PyTorch, micrograd, HIPS autograd, plain NumPy.

Every entry of ``WORK`` maps a peer's name to a function that makes the thing to be measured:
a function without arguments that runs forward and backward once. A peer that is not installed,
or cannot do the work, is left out, and the table says so.
"""

import importlib
import math

import numpy as np

import autograd_core
from autograd_core import nn, optim

WORK = {}
OURS = "autograd_core"


def work(name):
    """Register a function that returns {peer: function to measure} under this name."""

    def register(make):
        WORK[name] = make
        return make

    return register


def installed(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


torch = installed("torch")
hips = installed("autograd")
micrograd = installed("micrograd.engine")
if torch is not None:
    torch.set_num_threads(1)  # as NumPy, see conftest.py


# ---------------------------------------------------------------------- scalars


def _example(p1, p2_1, p2_2, p3, sin):
    x = 3
    o1 = (p1 * x) ** 2 + 1
    o2_1 = (p2_1 * o1) ** 0.5 - 4
    o2_2 = sin(p2_2 * o1)
    o3 = (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3
    return 8 * o3


def _micrograd_sin(value):
    out = micrograd.Value(math.sin(value.data), (value,), "sin")

    def backward():
        value.grad += math.cos(value.data) * out.grad

    out._backward = backward
    return out


def _scalar_peers(build, with_hips=True):
    """Run ``build(leaves, sin)`` and its backward pass on each peer that has scalars."""

    def on(leaf, sin):
        def run():
            build(leaf, sin).backward()

        return run

    peers = {OURS: on(lambda v: autograd_core.tensor(v, requires_grad=True), autograd_core.sin)}
    if torch is not None:
        peers["PyTorch"] = on(lambda v: torch.tensor(v, requires_grad=True), torch.sin)
    if micrograd is not None:
        peers["micrograd"] = on(micrograd.Value, _micrograd_sin)
    return peers


@work("worked example")
def worked_example():
    def build(leaf, sin):
        return _example(leaf(1.0), leaf(2.0), leaf(3.0), leaf(1.5), sin)

    peers = _scalar_peers(build)
    if hips is not None:
        import autograd.numpy as anp

        gradient = hips.grad(lambda p: _example(p[0], p[1], p[2], p[3], anp.sin))
        peers["HIPS autograd"] = lambda: gradient((1.0, 2.0, 3.0, 1.5))
    return peers


def _chain(length):
    def make():
        def build(leaf, sin):
            y = leaf(1.0)
            for _ in range(length):
                y = y * 1.000001
            return y

        peers = _scalar_peers(build)
        if length > 500:
            peers.pop("micrograd", None)  # dies of recursion
        if length > 100_000:
            peers = {OURS: peers[OURS]}
        return peers

    return make


for _length in (1_000, 100_000, 1_000_000):
    work(f"chain of {_length:,} operations".replace(",", " "))(_chain(_length))


@work("diamond ladder of depth 1 000")
def ladder():
    def build(leaf, sin):
        y = leaf(1.0)
        for _ in range(1_000):
            y = (y + y) * 0.5
        return y

    peers = _scalar_peers(build)
    peers.pop("micrograd", None)  # dies of recursion
    return peers


# ---------------------------------------------------------------------- training steps


def _mlp(batch, inputs, hidden, outputs, rate=0.01):
    """One SGD step of a two-layer perceptron with cross-entropy, in float32."""

    def make():
        random = np.random.default_rng(0)
        x = random.standard_normal((batch, inputs), dtype=np.float32)
        labels = random.integers(0, outputs, batch)
        shapes = (hidden, inputs), (hidden,), (outputs, hidden), (outputs,)
        weights = [random.standard_normal(s, dtype=np.float32) * np.float32(0.05) for s in shapes]
        peers = {
            OURS: _module_step(autograd_core, nn, optim, x, labels, weights, rate),
            "NumPy by hand": _by_hand(x, labels, [w.copy() for w in weights], rate),
        }
        if torch is not None:
            peers["PyTorch"] = _module_step(torch, torch.nn, torch.optim, x, labels, weights, rate)
        return peers

    return make


def _module_step(library, nn, optim, x, labels, weights, rate):
    (hidden, inputs), outputs = weights[0].shape, len(weights[3])
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))
    with library.no_grad():
        for parameter, values in zip(model.parameters(), weights, strict=True):
            parameter.data = library.tensor(values.copy())
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=rate)
    x, labels = library.tensor(x), library.tensor(labels)

    def step():
        optimizer.zero_grad()
        loss = criterion(model(x), labels)
        loss.backward()
        optimizer.step()

    return step


def _by_hand(x, labels, weights, rate):
    """As an expert would write it: no copies, updates in place."""
    w1, b1, w2, b2 = weights
    rows = np.arange(len(labels))
    scale = np.float32(1 / len(labels))
    rate = np.float32(rate)

    def step():
        hidden = x @ w1.T
        hidden += b1
        np.maximum(hidden, 0, out=hidden)
        scores = hidden @ w2.T
        scores += b2
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        total = scores.sum(axis=1, keepdims=True)
        scores /= total
        loss = -np.log(scores[rows, labels]).mean()
        scores[rows, labels] -= 1
        scores *= scale
        g_w2 = scores.T @ hidden
        g_b2 = scores.sum(axis=0)
        g_hidden = scores @ w2
        g_hidden *= hidden > 0
        g_w1 = g_hidden.T @ x
        g_b1 = g_hidden.sum(axis=0)
        for weight, gradient in ((w1, g_w1), (b1, g_b1), (w2, g_w2), (b2, g_b2)):
            gradient *= rate
            weight -= gradient
        return loss

    return step


work("MLP 32×64-32-10 step")(_mlp(32, 64, 32, 10))
work("MLP 64×784-128-10 step")(_mlp(64, 784, 128, 10))
work("MLP 256×784-512-10 step")(_mlp(256, 784, 512, 10))


# ---------------------------------------------------------------------- expressions on arrays


def _expression(build, shapes):
    def make():
        random = np.random.default_rng(0)
        arrays = [random.standard_normal(shape) for shape in shapes]

        def on(library):
            tensors = [library.tensor(a, requires_grad=True) for a in arrays]

            def run():
                build(library, *tensors).backward()
                for tensor in tensors:
                    tensor.grad = None

            return run

        peers = {OURS: on(autograd_core)}
        if torch is not None:
            peers["PyTorch"] = on(torch)
        if hips is not None:
            import autograd.numpy as anp

            gradient = hips.grad(lambda values: build(anp, *values))
            peers["HIPS autograd"] = lambda: gradient(tuple(arrays))
        return peers

    return make


work("broadcasting-heavy expression")(
    _expression(lambda m, a, b, c: ((a + b) * c + b * 2 - a / (c * c + 1)).sum(),
                [(64, 1, 32), (16, 32), (64, 16, 1)])
)  # fmt: skip
work("reduction-heavy expression")(
    _expression(lambda m, a: ((a - a.mean(0)) ** 2).sum(1).mean() + (a * a).sum(0).mean(),
                [(256, 128)])
)  # fmt: skip
