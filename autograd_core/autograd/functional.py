"""Jacobians, Hessians and their products with vectors: ``torch.autograd.functional``.

All take a function of one tensor or several and the point (a tensor, or a tuple of tensors)
at which to differentiate it. Results are nested as PyTorch nests them: a tuple of inputs or
outputs gives a tuple, a bare tensor a bare one.

``create_graph=True`` records the computation, so that the result can be differentiated
again; ``strict=True`` raises where an output does not depend on an input, instead of
giving zeros.
"""

import math

import numpy as np

from .. import absent as _absent
from ..backward import grad
from ..core.tensor import Tensor, result
from ..creation import ones_like, zeros_like
from ..errors.words import shape_text
from ..grad_mode import enable_grad, set_grad_enabled
from ..gradcheck import unit_like
from ..ops.shape import stack


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """The derivatives of every element of the outputs by every element of the inputs.

    Each Jacobian has the shape ``(*output.shape, *input.shape)``. ``vectorize`` and
    ``strategy`` are accepted for PyTorch's sake: rows are computed one after the other,
    by one backward pass each.

    >>> torch.autograd.functional.jacobian(lambda x: x ** 2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_strategy("jacobian", strategy, vectorize, strict)
    with enable_grad():
        point, inputs_nested = _point(inputs, "jacobian", create_graph)
        outputs, outputs_nested = _values(func, point, "jacobian", strict)
        rows = tuple(_rows(out, point, create_graph, strict and f"Output {i}")
                     for i, out in enumerate(outputs))  # fmt: skip
    rows = tuple(_nest(row, inputs_nested) for row in rows)
    return _nest(rows, outputs_nested)


def hessian(
    func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"
):
    """The second derivatives of a function with one number as its outcome.

    For inputs ``i`` and ``j`` the block has the shape ``(*input_i.shape, *input_j.shape)``.

    >>> torch.autograd.functional.hessian(lambda x: (x ** 3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    check_strategy("hessian", outer_jacobian_strategy, vectorize, strict)
    _, nested = check_inputs(inputs, "inputs", "hessian")

    def gradient(*point):
        jacobians = jacobian(lambda *x: _scalar(func, "hessian")(*x).reshape(()), point, create_graph=True)
        if strict:
            check_depends(jacobians, "jacobian")
        return jacobians

    blocks = jacobian(gradient, inputs, create_graph, strict)
    return blocks if nested else blocks[0]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """The outcome of ``func`` and the product of ``v`` (shaped like it) with its Jacobian.

    This is what one backward pass computes, with ``v`` as the incoming gradient. ``v`` may be
    left out for an outcome of one element.

    >>> torch.autograd.functional.vjp(torch.exp, torch.tensor(0.0))
    (tensor(1.), tensor(1.))
    """
    with enable_grad():
        point, inputs_nested = _point(inputs, "vjp", create_graph)
        outputs, outputs_nested = _values(func, point, "vjp", strict)
        v = _vector(v, outputs, outputs_nested, "vjp", "output of the user-provided function")
    with set_grad_enabled(create_graph):
        products = _gradients(outputs, point, v, create_graph, strict, "jacobian")
    return _finish(outputs, outputs_nested, create_graph), _finish(products, inputs_nested, create_graph)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """The outcome of ``func`` and the product of its Jacobian with ``v`` (shaped like the inputs).

    This is the directional derivative along ``v``. A backward pass is linear in its incoming
    gradient ``w``: ``w ↦ w·J``. The backward pass *of that* gives ``J·v``.

    >>> torch.autograd.functional.jvp(torch.exp, torch.tensor(0.0), torch.tensor(2.0))
    (tensor(1.), tensor(2.))
    """
    with enable_grad():
        point, inputs_nested = _point(inputs, "jvp", create_graph)
        v = _vector(v, point, inputs_nested, "jvp", "input to the user-provided function")
        outputs, outputs_nested = _values(func, point, "jvp", strict)
        weights = tuple(zeros_like(out).requires_grad_() for out in outputs)
        rows = _gradients(outputs, point, weights, True, strict)
    with set_grad_enabled(create_graph):
        products = _gradients(rows, weights, v, create_graph, strict, "jacobian")
    return (_finish(outputs, outputs_nested, create_graph), _finish(products, outputs_nested, create_graph))


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """The outcome of ``func`` (one number) and the product of ``v`` with its Hessian.

    >>> torch.autograd.functional.vhp(lambda x: x ** 3, torch.tensor(2.0), torch.tensor(1.0))
    (tensor(8.), tensor(12.))
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """The outcome of ``func`` (one number) and the product of its Hessian with ``v``.

    A Hessian is symmetric (Schwarz's theorem), so this is :func:`vhp`.
    """
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(name, func, inputs, v, create_graph, strict):
    with enable_grad():
        point, nested = _point(inputs, name, create_graph)
        v = _vector(v, point, nested, name, "input to the user-provided function")
        output = _scalar(func, name)(*point)
        if strict:
            check_depends((output,), "output")
        gradient = _gradients((output,), point, None, True, strict)
        if strict:
            check_depends(gradient, "jacobian")
    with set_grad_enabled(create_graph):
        products = _gradients(gradient, point, v, create_graph, strict, "hessian")
    return _finish((output,), False, create_graph), _finish(products, nested, create_graph)


# ---------------------------------------------------------------------- arguments


def _point(inputs, function, create_graph):
    """The inputs as fresh tensors to differentiate by, and whether they came as a tuple."""
    tensors, nested = check_inputs(inputs, "inputs", function)
    return tuple(
        t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_() for t in tensors
    ), nested


def _values(func, point, function, strict=False):
    outputs, nested = check_inputs(func(*point), "outputs of the user-provided function", function)
    if strict:
        check_depends(outputs, "output")
    return outputs, nested


def _scalar(func, function):
    """``func``, checked to return one tensor with one element; returns that."""

    def checked(*point):
        outputs, nested = _values(func, point, function)
        if nested:
            raise RuntimeError(f"The function given to {function} should return a single Tensor")
        if outputs[0]._data.size != 1:
            raise RuntimeError(
                f"The Tensor returned by the function given to {function} should contain a single "
                f"element, but its shape is {shape_text(outputs[0].shape)}. Sum it, for example."
            )
        return outputs[0]

    return checked


def _vector(v, like, nested, function, of):
    """``v`` as a tuple of tensors shaped like those of ``like``; ones where it may be left out."""
    if v is None:
        if len(like) != 1 or like[0]._data.size != 1:
            raise RuntimeError(
                f"The vector v can only be None if the {of} is a single Tensor with a single element."
            )
        return tuple(map(ones_like, like))
    vectors, _ = check_inputs(v, "v", function)
    check_vector(vectors, like, nested)
    return vectors


# ---------------------------------------------------------------------- results


def _gradients(outputs, inputs, weights, create_graph, strict, product=None):
    """``grad`` with zeros (or, if strict, an error) for inputs the outputs do not depend on.

    ``strict`` may be what the error is to call the output. ``product`` names what is computed:
    with ``create_graph`` and ``strict`` it must depend on the inputs too.
    """
    depending = [i for i, out in enumerate(outputs) if out.requires_grad]
    found = (None,) * len(inputs)
    if depending:
        found = grad(
            [outputs[i] for i in depending], inputs, weights and [weights[i] for i in depending],
            retain_graph=True, create_graph=create_graph, allow_unused=True,
        )  # fmt: skip
    if strict:
        check_independent(found, create_graph and product, strict)
    return tuple(zeros_like(t) if g is None else g for g, t in zip(found, inputs))


def _rows(out, point, create_graph, strict):
    """The Jacobians of one output by all inputs: one backward pass for each of its elements."""
    rows = []
    for k in range(out._data.size):
        weight = unit_like(out, k)
        rows.append(_gradients((out,), point, (weight,), create_graph, strict, "jacobian"))
    return tuple(_stacked(columns, out, t) for columns, t in
                 zip(zip(*rows) if rows else ((),) * len(point), point))  # fmt: skip


def _stacked(rows, out, point):
    shape = (*out.shape, *point.shape)
    if not math.prod(shape):
        return result(np.zeros(shape, point._data.dtype), None)
    if any(row.requires_grad for row in rows):
        return stack(rows).reshape(shape)
    return result(np.stack([row._data for row in rows]).reshape(shape)[()], None)


def _finish(tensors, nested, create_graph):
    return _nest(tensors if create_graph else tuple(t.detach() for t in tensors), nested)


def _nest(tensors, nested):
    return tuple(tensors) if nested else tensors[0]


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


# ---------------------------------------------------------------------- checks


def check_inputs(values, what, function):
    """``values`` as a tuple of tensors, and whether they came as one."""
    nested = isinstance(values, tuple)
    tensors = values if nested else (values,)
    for i, value in enumerate(tensors):
        if not isinstance(value, Tensor):
            place = f"value at index {i}" if nested else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but "
                f"the {place} has type {type(value)}."
            )
    return tensors, nested


def check_strategy(function, strategy, vectorize, strict):
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". '
            'Hint: If your function has more outputs than inputs, "forward-mode" tends to be more '
            'performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is "
            "only implemented for `vectorize=True`. Use the default strategy."
        )
    if vectorize and strict:
        raise RuntimeError(
            f"torch.autograd.functional.{function}: `strict=True` and `vectorized=True` are not "
            "supported together. Please either set `strict=False` or `vectorize=False`."
        )


def check_vector(vectors, tensors, nested):
    """The vector of a product has the number and the shapes of what it is multiplied with."""
    if len(vectors) != len(tensors):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(tensors)} but got {len(vectors)}."
            if nested else "The given v should contain a single Tensor."
        )  # fmt: skip
    for i, (vector, tensor) in enumerate(zip(vectors, tensors)):
        if vector.shape != tensor.shape:
            opening = f"Entry {i} in v" if nested else "v"
            raise RuntimeError(
                f"{opening} has invalid size: should be {tensor.shape} but got {vector.shape}."
            )


def check_depends(tensors, what):
    """For ``strict=True``: every output, or every first derivative, depends on an input."""
    for i, tensor in enumerate(tensors):
        if tensor.requires_grad:
            continue
        if what == "output":
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode."
            )
        raise RuntimeError(
            "While computing the hessian, found that the jacobian of the user-provided function "
            f"with respect to input {i} is independent of the input. This is not allowed in strict "
            "mode: a linear function, for example, has no second derivatives."
        )


def check_independent(gradients, product, output):
    """For ``strict=True``: every input matters, and to the ``product`` too if one is named."""
    output = output if isinstance(output, str) else "The output"
    for i, gradient in enumerate(gradients):
        if gradient is None:
            raise RuntimeError(
                f"{output} of the user-provided function is independent of input {i}. "
                "This is not allowed in strict mode."
            )
        if product and not gradient.requires_grad:
            raise RuntimeError(
                f"The {product} of the user-provided function is independent of "
                f"input {i}. This is not allowed in strict mode when create_graph=True."
            )


__getattr__ = _absent.refusal(__name__)
