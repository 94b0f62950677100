"""Run one and the same little program on PyTorch and on this engine, and compare everything.

A program is text: statements, the last of which is an expression (a tensor or a tuple of what
is to be compared). It finds ``torch`` and these tensors: the leaf ``x`` of shape [2, 3], its
copy ``a``, the leaf ``w`` of shape [3], the plain ``b`` of shape [2, 3], and ``c`` [2, 3, 4].
"""

import ast
import re
import warnings

import numpy as np

import autograd_core
from tests.autograd_core.releases import edges, node_name, raised
from tests.oracle import torch as pytorch


def namespace(torch):
    """The names that a program finds."""

    def tensor(shape, start, **options):
        count = int(np.prod(shape))
        values = [((start + 37 * i) % 23 - 11) / 4 for i in range(count)]
        made = torch.tensor(values, dtype=torch.float64).reshape(shape).clone()
        return made.requires_grad_(**options)

    x = tensor((2, 3), 1)
    return {"torch": torch, "x": x, "a": x * 1, "w": tensor((3,), 5), "np": np,
            "b": tensor((2, 3), 7, requires_grad=False), "c": tensor((2, 3, 4), 2)}  # fmt: skip


def outcome(torch, text):
    """What a program comes to: a comparable description, and that of the leaves' gradients."""
    names = namespace(torch)
    *statements, last = ast.parse(text.strip()).body
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(ast.Module(statements, []), "program", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "program", "eval"), names)
            told = described(value)
            total = weighted_sum(value)
            if total is not None and total.requires_grad:
                total.backward()
            grads = [names[leaf].grad for leaf in "xwc"]
            grads = [grad if grad is None else grad.tolist() for grad in grads]
    except Exception as error:
        return raised(error)
    return told, grads


def weighted_sum(value):
    """A number that depends on every recorded element differently."""
    if isinstance(value, tuple):
        parts = [part for part in map(weighted_sum, value) if part is not None]
        return sum(parts[1:], parts[0]) if parts else None
    if not getattr(value, "requires_grad", False):
        return None
    weights = np.cos(np.arange(value.numel()) + 1.0).reshape(tuple(value.shape))
    module = pytorch if isinstance(value, pytorch.Tensor) else autograd_core
    return (value * module.tensor(weights.tolist(), dtype=value.dtype).reshape(value.shape)).sum()


def described(value):
    """Plain data that is equal if and only if two engines agree."""
    if isinstance(value, tuple):
        return [described(part) for part in value]
    if not hasattr(value, "requires_grad"):
        ours_or_theirs = type(value).__module__.startswith(("torch", "autograd_core"))
        return str(value) if ours_or_theirs else value
    return {
        "values": value.detach().tolist(), "shape": tuple(value.shape), "dtype": str(value.dtype),
        "requires_grad": value.requires_grad, "leaf": value.is_leaf, "version": value._version,
        "graph": graph(value), "output": value.output_nr,
    }  # fmt: skip


def graph(value):
    """The names of the node and of the nodes behind it."""
    node = value.grad_fn
    if node is None:
        return None
    return node_name(node), [(node_name(f), number) for f, number in edges(node)]


def agree(text, words=None):
    """Assert that both engines come to the same; of errors the type and the opening words."""
    expected, got = outcome(pytorch, text), outcome(autograd_core, text)
    if isinstance(expected[1], str):
        assert got[0] == expected[0], (text, expected, got)
        words = words or opening
        assert words(got[1]).startswith(words(expected[1])), (text, expected, got)
    else:
        assert not isinstance(got[1], str), (text, expected, got)
        same(got, expected, text)


def opening(message):
    """A message's first words.

    PyTorch says of an index out of bounds the dimension's number in an inner order of its own.
    """
    first = message.split(".")[0].split("\n")[0]
    return re.sub(r"(index .* out of bounds for dimension )\d+", r"\1", first)


def same(got, expected, text):
    """Assert equality, of numbers to rounding."""
    if isinstance(expected, list | tuple):
        assert type(got) is type(expected) and len(got) == len(expected), (text, expected, got)
        for one, other in zip(got, expected):
            same(one, other, text)
    elif isinstance(expected, dict):
        for key in expected:
            same(got[key], expected[key], f"{text}\n[{key}]")
    elif isinstance(expected, float) and isinstance(got, float):
        near = np.isclose(got, expected, rtol=1e-12, atol=1e-12, equal_nan=True)
        assert near, (text, expected, got)
    else:
        assert got == expected, (text, expected, got)
