"""Gradients against finite differences, and a report a learner can read.

The numeric derivative is the central difference ``(f(x + h) - f(x - h)) / 2h``. Its error is
about ``h**2 * |f'''| / 6`` from truncation plus ``eps * |f| / h`` from round-off (see Nocedal
and Wright, Numerical Optimization, 2nd ed., section 8.1). The second opinion is the complex
step ``Im f(x + ih) / h``, which has no round-off to speak of but needs an analytic ``f``
(Squire and Trapp, SIAM Review 40(1), 1998).
"""

import numpy as np

from . import engine, errors
from .grad_mode import enable_grad, no_grad
from .tensor import Tensor, result

COMPLEX_STEP = 1e-30
ANALYTIC = {  # operations that are right for complex numbers as they stand
    "add", "sub", "rsub", "mul", "div", "pow", "neg", "exp", "exp2", "expm1", "log", "log1p",
    "log2", "log10", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "sigmoid", "silu", "sum", "mean", "prod", "cumsum", "cumprod", "mm",
    "mv", "dot", "bmm", "matmul", "addmm", "trace", "view", "reshape", "permute", "transpose", "t",
    "expand", "repeat", "cat", "stack", "select", "slice", "index", "unsqueeze", "squeeze", "clone",
    "flip", "roll", "tril", "triu", "diagonal", "output", "split", "unbind", "unsafe_view",
}  # fmt: skip


class GradcheckError(RuntimeError):
    """An analytic gradient disagrees with the numeric one."""


class Comparison:
    """One input against one output: both Jacobians and where they differ most.

    Attributes
    ----------
    input, output : int, their positions
    name : str, what the input is called
    analytic, numeric : arrays of shape (elements of the output, elements of the input)
    complex_step : array of that shape, or None where an operation on the way is not analytic
    difference, relative : arrays of that shape
    ok : array of bool, where ``difference <= atol + rtol * |numeric|``
    worst : (output index, input index), tuples: where the tolerance is exceeded most
    step : float, the h of the central difference
    """

    def __init__(self, output, input, name, shapes, analytic, numeric, complex_step, step, atol, rtol):
        self.output, self.input, self.name, self.step = output, input, name, step
        self.output_shape, self.input_shape = shapes
        self.analytic, self.numeric, self.complex_step = analytic, numeric, complex_step
        with np.errstate(all="ignore"):
            self.difference = np.abs(analytic - numeric)
            larger = np.maximum(np.abs(analytic), np.abs(numeric))
            self.relative = np.where(larger > 0, self.difference / larger, 0.0)
            self.ok = self.difference <= atol + rtol * np.abs(numeric)
            excess = self.difference / (atol + rtol * np.abs(numeric))
        self.excess = np.where(np.isnan(excess), np.inf, excess)
        if excess.size:
            row, column = np.unravel_index(np.argmax(self.excess), excess.shape)
            self.at = int(row), int(column)
            self.worst = _index(row, self.output_shape), _index(column, self.input_shape)

    def value(self, array):
        """The entry of one of the arrays at the worst element."""
        return float(array[self.at])

    def __str__(self):
        if not self.ok.size:
            return f"{self.name}: nothing to compare (no elements)"
        where = f" at index {list(self.worst[1])}" if self.worst[1] else ""
        of = f" of output {list(self.worst[0])}" if self.worst[0] else ""
        verdict = "agrees" if self.ok.all() else f"DIFFERS in {int((~self.ok).sum())} of {self.ok.size}"
        return (
            f"{self.name}: {verdict}; worst{where}{of}: analytic {self.value(self.analytic):.6g}, "
            f"numeric {self.value(self.numeric):.6g}, difference {self.value(self.difference):.1e} "
            f"(relative {self.value(self.relative):.1e}), step {self.step:g}"
        )


class GradientReport:
    """What :func:`check_gradients` found: ``ok``, ``comparisons``, ``hints``; prints as text."""

    def __init__(self, comparisons, hints):
        self.comparisons, self.hints = comparisons, hints
        self.ok = all(c.ok.all() for c in comparisons) and not any(h.fatal for h in hints)

    @property
    def worst(self):
        """The comparison that exceeds its tolerance most."""
        return max((c for c in self.comparisons if c.ok.size), key=lambda c: c.excess.max(),
                   default=None)

    def __bool__(self):
        return bool(self.ok)

    def __str__(self):
        lines = ["gradients agree" if self.ok else "gradients DISAGREE"]
        lines += [f"  {c}" for c in self.comparisons] + [f"  hint: {h}" for h in self.hints]
        return "\n".join(lines)

    __repr__ = __str__


class Hint(str):
    """A sentence about what may be wrong; ``kind`` is its short name."""

    def __new__(cls, kind, text, fatal=False):
        self = super().__new__(cls, text)
        self.kind, self.fatal = kind, fatal
        return self


def _index(flat, shape):
    return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()


# ---------------------------------------------------------------------- the arithmetic


def numeric_jacobian(evaluate, arrays, which, step):
    """Central differences of all outputs with respect to the elements of ``arrays[which]``.

    ``evaluate(arrays)`` returns a list of output arrays. Returns one array of shape
    (elements of the output, elements of the input) for each output.
    """
    columns = []
    for index in np.ndindex(arrays[which].shape):
        above = _flat(evaluate(_nudged(arrays, which, index, step)))
        below = _flat(evaluate(_nudged(arrays, which, index, -step)))
        width = _width(arrays[which], index, step)
        columns.append([(a - b) / width for a, b in zip(above, below)])
    return _as_columns(columns, evaluate, arrays)


def complex_step_jacobian(evaluate, arrays, which):
    """The same by the complex step; ``evaluate`` must be analytic."""
    arrays = [a.astype(np.complex128) if a.dtype.kind == "f" else a for a in arrays]
    columns = []
    for index in np.ndindex(arrays[which].shape):
        outputs = _flat(evaluate(_nudged(arrays, which, index, 1j * COMPLEX_STEP)))
        columns.append([np.imag(out) / COMPLEX_STEP for out in outputs])
    return _as_columns(columns, evaluate, arrays)


def _nudged(arrays, which, index, step):
    arrays = list(arrays)
    moved = np.array(arrays[which])
    moved[index] += step
    arrays[which] = moved
    return arrays


def _width(array, index, step):
    """The distance between the two points that were really used, after rounding."""
    x = array[index]
    return np.float64(x + array.dtype.type(step)) - np.float64(x - array.dtype.type(step))


def _flat(outputs):
    return [np.asarray(out).ravel() for out in outputs]


def _as_columns(columns, evaluate, arrays):
    if not columns:
        return [np.zeros((np.size(out), 0)) for out in evaluate(arrays)]
    return [np.stack([c[k] for c in columns], axis=1) for k in range(len(columns[0]))]


def error_curve(evaluate, arrays, which, index, output, output_index, exact, steps):
    """``|central difference - exact|`` for each step: the V of truncation and round-off."""
    out = []
    for step in steps:
        above, below = (
            np.asarray(evaluate(_nudged(arrays, which, index, h))[output])[output_index]
            for h in (step, -step)
        )
        width = _width(arrays[which], index, step)
        out.append(abs((above - below) / width - exact) if width else np.nan)
    return np.array(out)


def compare(evaluate, analytic, arrays, checked, names, shapes, *, eps, atol, rtol, second=None):
    """All comparisons and hints for a function given as NumPy callables.

    Parameters
    ----------
    evaluate : arrays -> list of output arrays
    analytic : list (outputs) of dicts input position -> Jacobian array
    arrays : the inputs; checked : positions of those to check; names : their names
    shapes : the outputs' shapes
    second : like ``evaluate`` for complex inputs, returning None where it cannot; or None
    """
    comparisons = []
    for which in checked:
        numeric = numeric_jacobian(evaluate, arrays, which, eps)
        complex_step = second and second(which)
        for output, jacobian in enumerate(analytic):
            comparisons.append(Comparison(
                output, which, names[which], (shapes[output], arrays[which].shape),
                jacobian[which], numeric[output], complex_step and complex_step[output],
                eps, atol, rtol,
            ))  # fmt: skip
    return GradientReport(comparisons, hints(evaluate, arrays, comparisons, eps, atol, rtol))


def hints(evaluate, arrays, comparisons, eps, atol, rtol):
    """What may be wrong, in words: float32, randomness, a kink, a jump."""
    found = []
    first, again = evaluate(arrays), evaluate(arrays)
    if any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(first, again)):
        found.append(Hint("randomness", "the function returns different values for the same input; "
                          "make it deterministic, for example with manual_seed inside it", True))
        return found
    for c in comparisons:
        array = arrays[c.input]
        if array.dtype == np.float32:
            found.append(Hint("float32", f"{c.name} is float32: with a step of {eps:g} round-off "
                              "drowns the difference; check in float64 (.double())"))
    for c in comparisons:
        if not c.ok.size or arrays[c.input].dtype != np.float64:
            continue
        kind = _irregular(evaluate, arrays, c, eps, atol, rtol)
        at = f"{c.name}{list(c.worst[1]) if c.worst[1] else ''}"
        if kind == "kink":
            found.append(Hint("kink", f"the slopes to the left and right of {at} differ: the "
                              "function has a kink there and no derivative; move the input a little"))
        elif kind == "discontinuity":
            found.append(Hint("discontinuity", f"the difference quotient at {at} does not settle as "
                              "the step shrinks: the function jumps there, or is random or noisy"))
    return list({str(h): h for h in found}.values())


def _irregular(evaluate, arrays, c, eps, atol, rtol):
    """``"kink"``, ``"discontinuity"`` or None at the worst element of a comparison.

    One-sided slopes at a step and at a tenth of it: where the function is smooth their gap
    shrinks with the step, at a kink it stays, at a jump it grows.
    """
    index = c.worst[1]

    def gap(step):
        values = [float(np.asarray(evaluate(_nudged(arrays, c.input, index, h))[c.output])[c.worst[0]])
                  for h in (-step, 0.0, step)]
        return abs((values[2] - values[1]) - (values[1] - values[0])) / step, max(map(abs, values))

    wide, size = gap(100 * eps)
    narrow, _ = gap(eps)
    noise = 100 * np.finfo(float).eps * (size + 1e-300) / eps
    if not np.isfinite(wide) or not np.isfinite(narrow) or narrow <= noise + atol:
        return None
    if narrow > 30 * wide:
        return "discontinuity"
    return "kink" if narrow > 0.3 * wide else None


# ---------------------------------------------------------------------- for our tensors


def check_gradients(fn, inputs, *, names=None, eps=1e-6, atol=1e-5, rtol=1e-3, complex_step=True):
    """Compare the gradients of ``fn(*inputs)`` with finite differences, element by element.

    Parameters
    ----------
    fn : function of tensors, returning a tensor or a tuple of tensors
    inputs : a tensor or a sequence of them; those with ``requires_grad=True`` are checked
    names : what to call the inputs in the report; otherwise fn's parameter names
    eps : the step h, in the unit of the inputs
    atol, rtol : an element agrees if ``|analytic - numeric| <= atol + rtol * |numeric|``
    complex_step : also compute the second opinion where all operations are analytic

    Returns
    -------
    GradientReport

    >>> import autograd_core as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> report = torch.autograd.check_gradients(lambda x: x ** 2, x)
    >>> report.ok
    True
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, "
            "but none of the them have requires_grad=True."
        )
    arrays = [np.array(t._data) if isinstance(t, Tensor) else t for t in inputs]
    outputs, analytic = _analytic(fn, inputs, arrays, checked)
    shapes = [tuple(out.shape) for out in outputs]

    def evaluate(values):
        with no_grad():
            return [out._data for out in _outputs(fn, _as_inputs(values, inputs))]

    def second(which):
        try:
            if not _is_analytic(fn, arrays, inputs, checked):
                return None
            return complex_step_jacobian(evaluate, arrays, which)
        except (TypeError, ValueError, RuntimeError, KeyError, AttributeError):
            return None  # an operation that has no complex form

    return compare(evaluate, analytic, arrays, checked, names or _parameter_names(fn, len(inputs)),
                   shapes, eps=eps, atol=atol, rtol=rtol, second=second if complex_step else None)


def gradcheck(fn, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0):
    """Whether the gradients of ``fn`` agree with finite differences, as PyTorch's gradcheck.

    Raises :class:`GradcheckError` with the worst element where they do not, or returns False
    with ``raise_exception=False``. See :func:`check_gradients` for the parameters.

    >>> import autograd_core as torch
    >>> torch.autograd.gradcheck(torch.sin, torch.tensor(1.0, requires_grad=True))
    True
    """
    report = check_gradients(fn, inputs, eps=eps, atol=atol, rtol=rtol, complex_step=False)
    if report.ok:
        return True
    if not raise_exception:
        return False
    worst = report.worst
    if worst is not None and not worst.ok.all():
        opening = f"Jacobian mismatch for output {worst.output} with respect to input {worst.input},"
    else:
        opening = "Backward is not reentrant or the function is not deterministic,"
    raise GradcheckError(f"{opening}\n{report}")


def gradgradcheck(fn, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3,
                  raise_exception=True):
    """Whether second derivatives agree with finite differences of the first.

    >>> import autograd_core as torch
    >>> torch.autograd.gradgradcheck(torch.sin, torch.tensor(1.0, requires_grad=True))
    True
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if grad_outputs is None:
        random = np.random.default_rng(0)
        grad_outputs = [
            result(random.standard_normal(out.shape).astype(out._data.dtype)[()], None)
            for out in _outputs(fn, inputs) if out.dtype.is_floating_point
        ]  # fmt: skip
    grad_outputs = (grad_outputs,) if isinstance(grad_outputs, Tensor) else tuple(grad_outputs)
    grad_outputs = tuple(g.detach().requires_grad_() for g in grad_outputs)

    def first_derivatives(*values):
        values, weights = values[: len(inputs)], values[len(inputs) :]
        with enable_grad():
            values = tuple(
                v if not isinstance(v, Tensor) or v.requires_grad or i not in checked
                else v.detach().requires_grad_()
                for i, v in enumerate(values)
            )  # fmt: skip
            outputs = [out for out in _outputs(fn, values) if out.requires_grad]
            return engine.grad(outputs, [values[i] for i in checked], weights[: len(outputs)],
                               create_graph=True, allow_unused=True, materialize_grads=True)

    return gradcheck(first_derivatives, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol,
                     raise_exception=raise_exception)


def _outputs(fn, inputs):
    out = fn(*inputs)
    return [o for o in (out if isinstance(out, tuple | list) else (out,)) if isinstance(o, Tensor)]


def _as_inputs(values, originals, requires_grad=()):
    made = []
    for i, (value, original) in enumerate(zip(values, originals)):
        if isinstance(original, Tensor):
            value = result(np.asarray(value)[()], None)
            value._requires_grad = i in requires_grad
        made.append(value)
    return made


def _analytic(fn, inputs, arrays, checked):
    """The outputs, and for each the Jacobians that backward passes give, one row at a time."""
    with enable_grad():
        leaves = _as_inputs([np.array(a) if isinstance(a, np.ndarray) else a for a in arrays],
                            inputs, checked)
        outputs = [out for out in _outputs(fn, leaves) if out.dtype.is_floating_point]
    if not any(out.requires_grad for out in outputs):
        raise errors.nothing_to_check()
    jacobians = []
    for out in outputs:
        jacobian = {i: np.zeros((out._data.size, arrays[i].size)) for i in checked}
        for row, index in enumerate(np.ndindex(tuple(out.shape)) if out.requires_grad else ()):
            weight = np.zeros_like(out._data)
            weight = np.ones_like(out._data) if not index else weight
            if index:
                weight[index] = 1.0
            rows = engine.grad(out, [leaves[i] for i in checked], result(weight, None),
                               retain_graph=True, allow_unused=True)
            for i, gradient in zip(checked, rows):
                if gradient is not None:
                    jacobian[i][row] = np.asarray(gradient._data).ravel()
        jacobians.append(jacobian)
    return outputs, jacobians


def _is_analytic(fn, arrays, inputs, checked):
    """Whether only operations that are right for complex numbers lie between in- and outputs."""
    with enable_grad():
        leaves = _as_inputs(arrays, inputs, checked)
        roots = [out._grad_fn for out in _outputs(fn, leaves) if out._grad_fn is not None]
    return all(node.op in ANALYTIC for node in engine.reachable(roots)[0])


def _parameter_names(fn, count):
    code = getattr(fn, "__code__", None)
    names = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    names = names[1:] if getattr(fn, "__self__", None) is not None else names
    return names if len(names) == count else [f"input {i}" for i in range(count)]
