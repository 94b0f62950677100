"""Products of vectors and matrices against PyTorch: values, graph, gradients, memory, errors."""

import math
import operator
import warnings

import numpy as np
import pytest

import autograd_core
from autograd_core.ops.linear_algebra import linear
from tests.autograd_core.oracle_cases import FLOATS, cases, test_each, with_requires_grad
from tests.autograd_core.releases import edges, node_name
from tests.oracle import torch

NUMBERS = [*FLOATS, "int64", "int32"]
VECTORS = [((3,), (3,)), ((1,), (1,)), ((0,), (0,))]
MATRICES = [((2, 3), (3, 4)), ((1, 1), (1, 1)), ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((5, 1), (1, 5))]
MATRIX_VECTOR = [((2, 3), (3,)), ((2, 0), (0,)), ((0, 3), (3,))]
BATCHES = [((4, 2, 3), (4, 3, 5)), ((1, 2, 3), (1, 3, 1)), ((0, 2, 3), (0, 3, 2)), ((2, 2, 0), (2, 0, 3))]
BROADCAST = [
    ((3,), (3, 4)), ((4, 2, 3), (3, 4)), ((4, 2, 3), (3,)), ((2, 3), (4, 3, 5)), ((3,), (4, 3, 5)),
    ((2, 1, 2, 3), (4, 3, 2)), ((2, 4, 2, 3), (2, 4, 3, 2)), ((2, 4, 2, 3), (3, 2)),
    ((2, 4, 2, 3), (3,)), ((3,), (2, 2, 3, 4)), ((2, 3), (2, 2, 3, 4)), ((0, 2, 3), (3, 4)),
    ((5, 1, 2, 3), (1, 4, 3, 2)),
]  # fmt: skip

test_matmul = test_each(
    with_requires_grad(
        cases("matmul", lambda torch, a, b: torch.matmul(a, b),
              [*VECTORS, *MATRICES, *MATRIX_VECTOR, *BATCHES, *BROADCAST], layouts=("transposed",)),
        (True, True), (True, False), (False, True),
    ),
    cases("@", lambda torch, a, b: a @ b,
          [*VECTORS, *MATRICES, *MATRIX_VECTOR, *BATCHES, *BROADCAST],
          dtypes=["int64", "int32", "uint8"]),
    cases("matmul method", lambda torch, a, b: a.matmul(other=b), [((2, 3), (3, 4))]),
    cases("large", lambda torch, a, b: a @ b, [((60, 70), (70, 50)), ((3, 40, 30), (30, 20))],
          dtypes=["float64", "float32"], rtol=1e-4),
)  # fmt: skip
test_products = test_each(
    cases("mm", lambda torch, a, b: torch.mm(a, b), MATRICES, dtypes=NUMBERS),
    cases("mm method", lambda torch, a, b: a.mm(mat2=b), MATRICES[:1]),
    cases("mv", lambda torch, a, b: torch.mv(a, b), MATRIX_VECTOR, dtypes=NUMBERS),
    cases("dot", lambda torch, a, b: torch.dot(a, b), VECTORS, dtypes=NUMBERS),
    cases("bmm", lambda torch, a, b: torch.bmm(a, b), BATCHES, dtypes=NUMBERS),
    cases("outer", lambda torch, a, b: torch.outer(a, b),
          [((3,), (4,)), ((0,), (2,)), ((1,), (1,))],
          dtypes=[*NUMBERS, ("float64", "int64"), ("float32", "float64")]),
    cases("trace", lambda torch, a: a.trace(),
          [((3, 3),), ((2, 4),), ((4, 2),), ((0, 0),), ((1, 1),)],
          dtypes=NUMBERS),
    cases("product with itself", lambda torch, a: a @ a, [((3,),), ((3, 3),), ((2, 3, 3),)]),
    cases("product with its transpose", lambda torch, a: a @ a.t(), [((3, 3),), ((2, 3),)]),
    cases("chain", lambda torch, a, b, c: (a @ b.t() @ c).sum(), [((2, 3), (4, 3), (4, 2))]),
)  # fmt: skip

ADDMM = [((3,), (4, 2), (2, 3)), ((4, 3), (4, 2), (2, 3)), ((1, 3), (4, 2), (2, 3)),
         ((), (4, 2), (2, 3)),
         ((4, 1), (4, 2), (2, 3)), ((3,), (0, 2), (2, 3)), ((3,), (4, 0), (0, 3))]  # fmt: skip
test_addmm = test_each(
    cases("addmm", lambda torch, c, a, b, beta, alpha: torch.addmm(c, a, b, beta=beta, alpha=alpha),
          ADDMM, dtypes=[*FLOATS, "int64"], layouts=("transposed",), beta=[1, 2], alpha=[1, 3]),
    cases("addmm of fractions", lambda torch, c, a, b: c.addmm(a, b, beta=0.5, alpha=-1.5),
          ADDMM[:2]),
    cases("addmm_", lambda torch, c, a, b: (c * 1).addmm_(a, b), ADDMM[1:2]),
    with_requires_grad(cases("addmm", lambda torch, c, a, b: torch.addmm(c, a, b), ADDMM[:2]),
                       (True, False, False), (False, True, False), (False, False, True)),
)  # fmt: skip


def layer(module, x, weight, bias=None):
    """The linear layer of either engine."""
    return (linear if module is autograd_core else module.nn.functional.linear)(x, weight, bias)


test_linear = test_each(
    cases("linear", layer, [((2, 3), (4, 3), (4,)), ((3,), (4, 3), (4,)), ((5, 2, 3), (4, 3), (4,)),
                            ((2, 5, 2, 3), (4, 3), (4,)), ((0, 3), (4, 3), (4,))]),
    cases("linear without bias", layer, [((2, 3), (4, 3)), ((3,), (4, 3)), ((5, 2, 3), (4, 3)),
                                         ((2, 5, 2, 3), (4, 3)), ((2, 3), (3,))]),
    cases("linear of misfits", layer, [((2, 3), (4, 5), (4,)), ((2, 3), (4, 3), (5,)),
                                       ((5,), (4, 3), (4,))]),
)  # fmt: skip


def graph(node):
    """The names of a node and of all behind it."""
    if node is None:
        return None
    return node_name(node), [graph(next_node) for next_node, _ in edges(node)]


@pytest.mark.parametrize("shapes", [
    ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((3,), (3, 4)), ((4, 2, 3), (3, 4)),
    ((4, 2, 3), (3,)), ((4, 2, 3), (4, 3, 5)),
])  # fmt: skip
def test_the_graph_is_the_one_of_pytorch(shapes):
    ours, theirs = (
        graph(operator.matmul(*(module.ones(s).requires_grad_() for s in shapes)).grad_fn)
        for module in (autograd_core, torch)
    )
    assert ours == theirs


def test_the_graph_of_a_layer_is_the_one_of_pytorch():
    for shape in [(2, 3), (3,), (5, 2, 3)]:
        for bias in [(), (4,)]:
            ours, theirs = (
                graph(layer(module, *(
                    module.ones(s).requires_grad_() for s in (shape, (4, 3), bias) if s)).grad_fn)
                for module in (autograd_core, torch)
            )  # fmt: skip
            assert ours == theirs


# ---------------------------------------------------------------------- errors

WRONG = {
    "mm": (lambda torch, a, b: a.mm(b), [((2, 3), (4, 5)), ((3,), (3, 3)), ((2, 3), (3,))]),
    "mv": (lambda torch, a, b: a.mv(b), [((2, 3), (5,)), ((3,), (3,)), ((2, 3), (3, 3))]),
    "dot": (lambda torch, a, b: a.dot(b), [((3,), (4,)), ((2, 3), (3,)), ((), (3,))]),
    "bmm": (lambda torch, a, b: a.bmm(b), [((2, 3), (2, 3)), ((2, 2, 3), (2, 3)),
                                           ((2, 2, 3), (2, 4, 5)), ((2, 2, 3), (3, 3, 5))]),
    "@": (lambda torch, a, b: a @ b, [
        ((2, 3), (4, 5)), ((2, 3), (5,)), ((3,), (4,)), ((3,), (4, 5)), ((2, 2, 3), (3, 3, 5)),
        ((2, 2, 3), (2, 4, 5)), ((2, 2, 3), (4, 5)), ((2, 2, 3), (4,)), ((), (3,)), ((3,), ())]),
    "outer": (lambda torch, a, b: torch.outer(a, b), [((2, 3), (3,)), ((3,), (2, 3))]),
    "trace": (lambda torch, a: a.trace(), [((3,),), ((2, 3, 4),)]),
    "addmm": (lambda torch, c, a, b: torch.addmm(c, a, b), [
        ((2,), (4, 2), (2, 3)), ((3,), (4, 2), (3, 3)), ((3,), (4,), (3, 3)),
        ((1, 1, 1), (4, 2), (2, 3))]),
}  # fmt: skip
test_misfits = test_each(*(
    cases(name, function, shapes, layouts=(), words=12)
    for name, (function, shapes) in WRONG.items()
))  # fmt: skip
MIXED = [("float64", "float32"), ("float64", "int64"), ("float32", "bool")]
test_mixed_types = test_each(
    cases("@", lambda torch, a, b: a @ b, [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)),
                                           ((2, 2, 3), (2, 3, 4))], dtypes=MIXED, words=9,
          layouts=()),
    cases("addmm", lambda torch, c, a, b: torch.addmm(c, a, b), ADDMM[:1], words=8,
          dtypes=[("float32", "float64", "float64"), ("float64", "float64", "float32")]),
    cases("@", lambda torch, a, b: a @ b, [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)),
                                           ((2, 2, 3), (2, 3, 4))], dtypes=["bool"]),
)  # fmt: skip
test_no_tensors = test_each(
    cases("a number", lambda torch, a: a @ 2, [((3,),)]),
    cases("to a number", lambda torch, a: 2 @ a, [((3,),)]),
    cases("a list", lambda torch, a: a @ [1.0, 2.0], [((2,),)]),
    cases("mm", lambda torch, a: torch.mm(a, 2), [((2, 2),)]),
)


@pytest.mark.parametrize("product, cure", [
    (lambda a, b: a.mm(b), r"mat1 and mat2 shapes .* \(2x3 and 2x3\)\. The columns of the first"),
    (lambda a, b: a.mv(b), "vector . matrix @ vector expected.* matmul"),
    (lambda a, b: a @ b.double().t(), "Bring both to one type"),
])  # fmt: skip
def test_an_error_names_the_cure(product, cure):
    a = autograd_core.ones(2, 3)
    with pytest.raises(RuntimeError, match=cure):
        product(a, a)


def test_a_numpy_array_is_a_fine_operand():
    a = autograd_core.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    array = np.float32([[5.0, 6.0], [7.0, 8.0]])
    own = a.detach().numpy()
    for y, expected in ((a @ array, own @ array), (array @ a, array @ own)):
        assert isinstance(y, autograd_core.Tensor) and y.requires_grad
        np.testing.assert_array_equal(y.detach().numpy(), expected)


# ---------------------------------------------------------------------- memory


@pytest.mark.parametrize("needed", range(8))
def test_a_layer_records_what_its_operations_record(needed):
    x, weight, bias = (
        autograd_core.randn(*shape).requires_grad_(bool(needed >> i & 1))
        for i, shape in enumerate([(5, 3), (2, 3), (2,)])
    )
    out = linear(x, weight, bias)
    assert_same_graph(out, autograd_core.addmm(bias, x, weight.t()))
    with autograd_core.no_grad():
        assert not linear(x, weight, bias).requires_grad


def assert_same_graph(out, other):
    """Values, nodes, and what each node's rules are called with."""
    np.testing.assert_array_equal(out.detach(), other.detach())
    pairs = [(out.grad_fn, other.grad_fn)]
    for node, twin in pairs:  # grows
        if node is None or node.name() == "AccumulateGrad":
            assert node == twin
            continue
        assert node.name() == twin.name() and len(node.edges) == len(twin.edges)
        for slot, edge in enumerate(node.edges):
            if edge is not None:
                np.testing.assert_equal(node.arguments(slot), twin.arguments(slot))
        pairs += zip((f for f, _ in node.next_functions), (f for f, _ in twin.next_functions))


@pytest.mark.parametrize("module", [autograd_core, torch])
def test_only_what_a_gradient_needs_is_saved(module):
    """The input may be changed afterwards where only the input needs a gradient."""
    x = module.ones(2, 2, requires_grad=True)
    a = x * 1
    y = a @ module.ones(2, 2)
    a.mul_(2)
    y.sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


@pytest.mark.parametrize("module", [autograd_core, torch])
def test_a_saved_operand_changed_in_place_is_an_error(module):
    weight = module.ones(2, 2, requires_grad=True)
    a = module.ones(2, 2)
    y = a @ weight
    a.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_the_gradient_of_a_transposed_weight_is_taken_over_without_a_copy(monkeypatch):
    taken = []
    own = autograd_core.backward.Accumulator.own

    def spy(self, array):
        kept = own(self, array)
        taken.append(kept is array)
        return kept

    monkeypatch.setattr(autograd_core.backward.Accumulator, "own", spy)
    weight = autograd_core.randn(4, 3).requires_grad_()
    bias = autograd_core.zeros(4).requires_grad_()
    linear(autograd_core.randn(5, 3), weight, bias).relu().sum().backward()
    (autograd_core.randn(5, 3) @ weight.t()).relu().sum()
    assert taken == [True, True]
    assert weight.grad.numpy().flags.c_contiguous


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd_core\.")
        a = autograd_core.tensor([[math.inf, 1.0], [1e200, math.nan]], requires_grad=True)
        y = a @ (a * -1e200)
        autograd_core.addmm(y, a, y).sum().backward()
