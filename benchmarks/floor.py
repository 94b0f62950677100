"""The floor: the least that an engine in Python does for the same work, on NumPy.

Only what no such engine can leave out: the arithmetic with the temporaries that the rules of
autograd_core make, in numbers and arrays of the same type; for each operation one node and one tensor; and
a backward pass that visits every node once. Nothing is checked and nothing else is known: no versions,
lines, hooks, gradients of gradients, mistakes.
"""

import operator
import sys
from bisect import insort
from itertools import count
from types import SimpleNamespace

import numpy as np

_number = count(1).__next__
np.empty(2**25 - 2**13, np.uint8)  # the C library keeps what is freed, as with autograd_core


class Tensor:
    """Numbers, and the node of the operation that made them."""

    __slots__ = ("data", "node", "grad")
    number = 0  # a leaf: older than all nodes

    def __init__(self, data, node=None):
        self.data, self.node, self.grad = data, node, None

    def sum(self, dim=None):
        return sum_(self, dim)

    def mean(self, dim=None):
        return mean(self, dim)

    def backward(self):
        backward(self)


class Node:
    """An operation's rules, called with the gradient and these three, and where their outcomes go."""

    __slots__ = ("rules", "first", "second", "third", "a", "b", "y", "stretched", "number")

    def __init__(self, rules, first, second, a, b, y, third=None, stretched=False):
        self.rules, self.first, self.second, self.third = rules, first, second, third
        self.a, self.b, self.y, self.stretched, self.number = a, b, y, stretched, _number()


def backward(root):
    """Every node once, the latest first; then the leaves' gradients."""
    node, g = root.node, type(root.data)(1)
    totals, queue = {}, []
    while node is not None:
        a, b, y, edges = node.a, node.b, node.y, (node.first, node.second, node.third)
        node.a = node.b = node.y = None
        if not queue and node.second is None and node.first.number:  # a chain
            node, g = node.first, node.rules[0](g, a, b, y)
            continue
        for rule, edge, operand in zip(node.rules, edges, (a, b, None)):
            if edge is None:
                continue
            c = rule(g, a, b, y)
            if node.stretched:
                c = _summed_to(c, operand.shape)
            if edge in totals:
                totals[edge] = totals[edge] + c
            else:
                totals[edge] = c
                if edge.number:
                    insort(queue, edge, key=_age)
        node = queue.pop() if queue else None
        g = totals.pop(node, None)
    for leaf, g in totals.items():
        leaf.grad = Tensor(np.array(g) if getattr(g, "base", None) is not None else g)


_age = operator.attrgetter("number")


def _summed_to(g, shape):
    if g.shape == shape:
        return g
    added = g.ndim - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1 and g.shape[added + i] != 1]
    return g.sum(axis=(*range(added), *stretched)).reshape(shape)


# ---------------------------------------------------------------------- element by element


def elementwise(forward, *rules):
    """An operation of a tensor and, if it has one, a second operand: a tensor or a number."""

    def function(a, b=None):
        x, second, stretched = a.data, None, False
        if type(b) is Tensor:
            z, second = b.data, b.node or b
            stretched = type(x) is np.ndarray and x.shape != z.shape
        else:
            z = b
        y = forward(x, z)
        return Tensor(y, Node(rules, a.node or a, second, x, z, y, None, stretched))

    return function


add = elementwise(operator.add, lambda g, a, b, y: g, lambda g, a, b, y: g)
sub = elementwise(operator.sub, lambda g, a, b, y: g, lambda g, a, b, y: -g)
mul = elementwise(operator.mul, lambda g, a, b, y: g * b, lambda g, a, b, y: g * a)
div = elementwise(operator.truediv, lambda g, a, b, y: g / b, lambda g, a, b, y: -g * ((a / b) / b))
power = elementwise(
    lambda a, b: a * a * a if b == 3 else a**b,  # as fast as NumPy can
    lambda g, a, b, y: g * (b * (a * a if b == 3 else a ** (b - 1))),
)
sin = elementwise(lambda a, b: np.sin(a), lambda g, a, b, y: g * np.cos(a))
relu = elementwise(lambda a, b: np.maximum(a, 0), lambda g, a, b, y: g * (y != 0))
Tensor.__add__ = Tensor.__radd__ = add
Tensor.__mul__ = Tensor.__rmul__ = mul
Tensor.__sub__, Tensor.__truediv__, Tensor.__pow__ = sub, div, power


# ---------------------------------------------------------------------- reductions


def _spread(g, shape, dim):
    if dim is not None:
        g = g.reshape([1 if axis == dim else n for axis, n in enumerate(shape)])
    return np.broadcast_to(g, shape)


sum_ = elementwise(np.add.reduce, lambda g, a, dim, y: _spread(g, a.shape, dim))
mean = elementwise(
    lambda a, dim: np.add.reduce(a, dim) / (a.size if dim is None else a.shape[dim]),
    lambda g, a, dim, y: _spread(g, a.shape, dim) / (a.size / y.size),
)


# ---------------------------------------------------------------------- a training step


def _turned(g, a, b, y):
    return g.T


def _transpose(weight):
    return Tensor(weight.data.T, Node((_turned,), weight, None, None, None, None))


_LAYER = (
    lambda g, x, wt, y: g.dot(wt.T),
    lambda g, x, wt, y: g.T.dot(x).T,  # it lies in memory as the weight does
    lambda g, x, wt, y: np.add.reduce(g),
)


def linear(x, weight, bias):
    """``x @ weight.T + bias``: two operations, as in PyTorch."""
    transposed = _transpose(weight)
    y = x.data.dot(transposed.data)
    y += bias.data
    return Tensor(y, Node(_LAYER, x.node, transposed.node, x.data, transposed.data, None, bias))


def _log_softmax_of(x, _):
    x = x - np.maximum.reduce(x, axis=1, keepdims=True)
    x -= np.log(np.add.reduce(np.exp(x), axis=1, keepdims=True))
    return x


def _likelihood_gradient(g, log_p, where, y):
    out = np.zeros(log_p.shape, log_p.dtype)
    out[where] = -g * (1 / len(log_p))
    return out


log_softmax = elementwise(
    _log_softmax_of, lambda g, a, b, y: g - np.exp(y) * np.add.reduce(g, axis=1, keepdims=True)
)
mean_likelihood = elementwise(
    lambda log_p, where: -np.add.reduce(log_p[where]) / len(log_p), _likelihood_gradient
)


def training_step(x, labels, weights, rate):
    """A step of a two-layer perceptron with cross-entropy: a function without arguments."""
    x, (w1, b1, w2, b2) = Tensor(x), map(Tensor, weights)
    where = np.arange(len(labels)), labels

    def step():
        scores = linear(relu(linear(x, w1, b1)), w2, b2)
        mean_likelihood(log_softmax(scores), where).backward()
        for weight in (w1, b1, w2, b2):
            weight.data -= weight.grad.data * rate

    return step


# ---------------------------------------------------------------------- convolution


def _patches(images, high, wide):
    """What lies under the kernel, a column for each place, with a border of one zero."""
    n, channels, height, width = images.shape
    padded = np.zeros((n, channels, height + 2, width + 2), images.dtype)
    padded[:, :, 1:-1, 1:-1] = images
    every = np.lib.stride_tricks.sliding_window_view(padded, (high, wide), (2, 3))
    return every.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * high * wide, -1)


def _convolved(images, kernels):
    y = kernels.reshape(len(kernels), -1) @ _patches(images, *kernels.shape[2:])
    return y.reshape(len(images), len(kernels), *images.shape[2:])


def _image_gradient(g, images, kernels, y):
    n, channels, height, width = images.shape
    _, _, high, wide = kernels.shape
    g = np.ascontiguousarray(g).reshape(n, len(kernels), -1)
    columns = (kernels.reshape(len(kernels), -1).T @ g).reshape(n, channels, high, wide, height, width)
    out = np.zeros((n, channels, height + 2, width + 2), g.dtype)
    for i in range(high):
        for j in range(wide):
            out[:, :, i : i + height, j : j + width] += columns[:, :, i, j]
    return np.ascontiguousarray(out[:, :, 1:-1, 1:-1])


def _kernel_gradient(g, images, kernels, y):
    g = np.ascontiguousarray(g).reshape(len(g), len(kernels), -1)
    columns = _patches(images, *kernels.shape[2:])
    return (g @ columns.transpose(0, 2, 1)).sum(0).reshape(kernels.shape)


_convolution = elementwise(_convolved, _image_gradient, _kernel_gradient)
nn = SimpleNamespace(functional=sys.modules[__name__])  # where one looks for conv2d


def conv2d(images, kernels, padding):
    """A convolution with a border of one zero; nothing else is measured."""
    assert padding == 1
    return _convolution(images, kernels)
