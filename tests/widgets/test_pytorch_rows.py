"""What is known of PyTorch's operations, a row each, is true of PyTorch itself."""

import numpy as np
import pytest

from tests.autograd_core.examples import EXAMPLES
from tests.oracle import torch as pytorch
from widgets import record

STEP = 1e-30
# the complex step changes these in place, or hands PyTorch what it takes no complex numbers for
REFUSED = (RuntimeError, TypeError, NotImplementedError, IndexError)


def analytic(outputs):
    """Whether all operations behind the outputs are known to be, and how many there are."""
    from widgets.libraries import pytorch_private
    from widgets.libraries.pytorch_operations import known

    waiting = [out.grad_fn for out in outputs if out.grad_fn is not None]
    seen = set()
    while waiting:
        node = waiting.pop()
        if node not in seen and not pytorch_private.is_leaf(node):
            seen.add(node)
            waiting += [operand for operand, _ in node.next_functions if operand is not None]
    return seen and all(known(node).analytic for node in seen)


def as_tuple(made):
    return tuple(made) if isinstance(made, tuple | list) else (made,)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_is_said_to_be_analytic_is(example):
    """The derivative along a direction by the complex step is PyTorch's own, or it is refused."""
    tensors = example.draw(pytorch)
    outputs = as_tuple(example.function(pytorch, *tensors))
    if not analytic(outputs):
        return
    directions = [pytorch.arange(1.0, t.numel() + 1, dtype=t.dtype).reshape(t.shape) for t in tensors]
    grads = pytorch.autograd.grad([o.sum() for o in outputs if o.requires_grad], tensors,
                                  allow_unused=True)  # fmt: skip
    expected = sum(float((g * d).sum()) for g, d in zip(grads, directions, strict=True)
                   if g is not None)  # fmt: skip
    moved = [t.detach() + 1j * STEP * d for t, d in zip(tensors, directions, strict=True)]
    try:
        with pytorch.no_grad():
            made = as_tuple(example.function(pytorch, *moved))
    except REFUSED:
        return
    found = sum(float(o.sum().imag) / STEP for o in made if o.is_complex())
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_the_complex_step_is_known_to_be_right_for_many():
    names = {"exp", "addcmul", "lerp", "mse_loss", "sum", "mm", "where", "asinh"}
    said = {str(example) for example in EXAMPLES
            if analytic(as_tuple(example.function(pytorch, *example.draw(pytorch))))}  # fmt: skip
    assert names <= said and not said & {"var", "std", "abs", "relu", "norm", "conv2d", "gelu", "maximum"}


@pytest.mark.parametrize("mode", ["floor", "trunc", None])
def test_a_rounded_quotient_is_computed_again_as_such(mode):
    a, b = (pytorch.tensor(x, requires_grad=True) for x in (-7.0, 2.0))
    trace = record((pytorch.div(a, b, rounding_mode=mode) + b) * 1.5)
    (node,) = (node for node in trace.nodes if node.op == "div")
    assert node.value.data == float(pytorch.div(a, b, rounding_mode=mode))


def test_the_operands_of_rsub_have_their_own_rules():
    a, b = (pytorch.tensor(x, requires_grad=True) for x in (7.0, 2.0))
    trace = record(pytorch.rsub(a, b) * 1.5)
    (node,) = (node for node in trace.nodes if node.op == "rsub")
    edges = {edge.producer: edge for edge in trace.edges if edge.consumer == node.id}
    sent = {trace.edges[c.edge].producer: c.value.data
            for step in trace.steps for c in step.contributions}  # fmt: skip
    ids = {leaf.name: leaf.id for leaf in trace.nodes if leaf.kind == "leaf"}
    assert (sent[ids["a"]], sent[ids["b"]]) == (-1.5, 1.5)
    assert all(edge.formula for edge in edges.values())
    assert (edges[ids["a"]].symbol, edges[ids["b"]].symbol) == ("b", "a")


@pytest.mark.parametrize("function, axes", [
    (lambda a, b: pytorch.xlogy(a, b), (-1,)), (lambda a, b: pytorch.copysign(a, b), (-1,)),
    (lambda a, b: a * b, (-1,)), (lambda a, b: a.sum() * b, ()),
    (lambda a, b: pytorch.addmm(b, a.reshape(2, 1), a.reshape(1, 2)), (-2, -1)),
])  # fmt: skip
def test_what_was_stretched_is_summed(function, axes):
    a, b = pytorch.tensor([1.0, 2.0], requires_grad=True), pytorch.tensor(3.0, requires_grad=True)
    trace = record(function(a, b).sum())
    (leaf,) = (node.id for node in trace.nodes if node.kind == "leaf" and node.shape == ())
    (summed,) = (c.summed_axes for step in trace.steps for c in step.contributions
                 if trace.edges[c.edge].producer == leaf)  # fmt: skip
    assert summed == axes
