"""The same work written for each peer: ours, PyTorch, micrograd, HIPS autograd, plain NumPy.

``WORK`` maps a piece of work to its peers, and each of these to a function that imports the peer, gets
everything ready, and returns what is measured: a function without arguments that runs forward and backward
once. Nothing is imported before: each peer has a process of its own (``__main__.py``).
"""

import math
from importlib import import_module

import numpy as np

OURS, TORCH, MICROGRAD, HIPS, NUMPY, FLOOR = (
    "autograd_core",
    "PyTorch",
    "micrograd",
    "HIPS autograd",
    "NumPy by hand",
    "floor",
)
PACKAGES = {
    OURS: "autograd_core",
    TORCH: "torch",
    MICROGRAD: "micrograd.engine",
    HIPS: "autograd",
    FLOOR: "benchmarks.floor",
}


# ---------------------------------------------------------------------- scalars


def _example(p1, p2_1, p2_2, p3, sin):
    x = 3
    o1 = (p1 * x) ** 2 + 1
    o2_1 = (p2_1 * o1) ** 0.5 - 4
    o2_2 = sin(p2_2 * o1)
    o3 = (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3
    return 8 * o3


def _chain(length):
    def build(start, sin):
        for _ in range(length):
            start = start * 1.000001
        return start

    return build


def _ladder(start, sin):
    for _ in range(1_000):
        start = (start + start) * 0.5
    return start


def _micrograd_sin(value):
    out = import_module("micrograd.engine").Value(math.sin(value.data), (value,), "sin")

    def backward():
        value.grad += math.cos(value.data) * out.grad

    out._backward = backward
    return out


def _scalars(peer, build, numbers, dtype="float64"):
    """Run ``build(*leaves, sin)`` and its backward pass, on a peer that has scalars."""
    library = import_module(PACKAGES[peer])
    if peer == HIPS:
        sin = import_module("autograd.numpy").sin
        gradient = library.grad(lambda p: build(*p, sin))
        return lambda: gradient(numbers)
    if peer == MICROGRAD:
        leaf, sin = library.Value, _micrograd_sin
    elif peer == FLOOR:
        kind, sin = getattr(np, dtype), library.sin

        def leaf(number):
            return library.Tensor(kind(number))

    else:
        dtype, sin = getattr(library, dtype), library.sin

        def leaf(number):
            return library.tensor(number, dtype=dtype, requires_grad=True)

    return lambda: build(*map(leaf, numbers), sin).backward()


# ---------------------------------------------------------------------- training steps


def _mlp(peer, batch, inputs, hidden, outputs, rate=0.01):
    """One SGD step of a two-layer perceptron with cross-entropy, in float32."""
    random = np.random.default_rng(0)
    x = random.standard_normal((batch, inputs), dtype=np.float32)
    labels = random.integers(0, outputs, batch)
    shapes = (hidden, inputs), (hidden,), (outputs, hidden), (outputs,)
    weights = [random.standard_normal(shape, dtype=np.float32) * np.float32(0.05) for shape in shapes]
    if peer == NUMPY:
        return _by_hand(x, labels, weights, rate)
    library = import_module(PACKAGES[peer])
    if peer == FLOOR:
        return library.training_step(x, labels, weights, np.float32(rate))
    nn = library.nn
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))
    with library.no_grad():
        for parameter, values in zip(model.parameters(), weights, strict=True):
            parameter.data = library.tensor(values)
    criterion = nn.CrossEntropyLoss()
    optimizer = library.optim.SGD(model.parameters(), lr=rate)
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


# ---------------------------------------------------------------------- expressions on arrays


def _broadcasts(m, a, b, c):
    return ((a + b) * c + b * 2 - a / (c * c + 1)).sum()


def _reduces(m, a):
    return ((a - a.mean(0)) ** 2).sum(1).mean() + (a * a).sum(0).mean()


def _cubes(m, a):
    return (a**3).sum()


def _convolves(m, images, kernels):
    return m.nn.functional.conv2d(images, kernels, padding=1).sum()


def _arrays(peer, build, *shapes, dtype=np.float64):
    """Run ``build(library, *arrays)`` and its backward pass."""
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape).astype(dtype) for shape in shapes]
    library = import_module(PACKAGES[peer])
    if peer == HIPS:
        numpy = import_module("autograd.numpy")
        gradient = library.grad(lambda values: build(numpy, *values))
        return lambda: gradient(tuple(arrays))
    if peer == FLOOR:
        tensors = [library.Tensor(array) for array in arrays]
    else:
        tensors = [library.tensor(array, requires_grad=True) for array in arrays]

    def run():
        build(library, *tensors).backward()
        for tensor in tensors:
            tensor.grad = None

    return run


# ---------------------------------------------------------------------- what is measured, on whom


def _on(peers, prepare, *args, **options):
    return {peer: lambda peer=peer: prepare(peer, *args, **options) for peer in peers}


_FOUR, _STEP = (1.0, 2.0, 3.0, 1.5), (OURS, NUMPY, TORCH, FLOOR)
# micrograd's recursion ends at about 1 000 operations, and it has no arrays.
WORK = {
    "worked example": _on((OURS, MICROGRAD, TORCH, HIPS, FLOOR), _scalars, _example, _FOUR),
    "worked example, float32": _on((OURS, MICROGRAD, FLOOR), _scalars, _example, _FOUR, dtype="float32"),
    "chain of 1 000 operations": _on((OURS, TORCH, FLOOR), _scalars, _chain(1_000), (1.0,)),
    "chain of 100 000 operations": _on((OURS, TORCH, FLOOR), _scalars, _chain(100_000), (1.0,)),
    "chain of 1 000 000 operations": _on((OURS, FLOOR), _scalars, _chain(1_000_000), (1.0,)),
    "diamond ladder of depth 1 000": _on((OURS, TORCH), _scalars, _ladder, (1.0,)),
    "MLP 32×64-32-10 step": _on(_STEP, _mlp, 32, 64, 32, 10),
    "MLP 64×784-128-10 step": _on(_STEP, _mlp, 64, 784, 128, 10),
    "MLP 256×784-512-10 step": _on(_STEP, _mlp, 256, 784, 512, 10),
    "broadcasting-heavy expression": _on(
        (OURS, TORCH, HIPS, FLOOR), _arrays, _broadcasts, (64, 1, 32), (16, 32), (64, 16, 1)
    ),
    "reduction-heavy expression": _on((OURS, TORCH, HIPS, FLOOR), _arrays, _reduces, (256, 128)),
    "x ** 3 of 100 000 numbers": _on((OURS, TORCH, FLOOR), _arrays, _cubes, (100_000,)),
    "conv2d, 8 images of 3×32×32, 16 kernels": _on(
        (OURS, TORCH, FLOOR), _arrays, _convolves, (8, 3, 32, 32), (16, 3, 3, 3), dtype=np.float32
    ),
}
