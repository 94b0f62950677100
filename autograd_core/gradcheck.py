"""Gradients against finite differences, and a report that a learner can read."""

import warnings

import numpy as np

from .backward import grad
from .core.dtypes import float64
from .core.engine import reachable
from .core.tensor import Tensor, result
from .creation import ones_like, zeros_like
from .finite_differences import complex_step_jacobian, one_sided, slopes
from .grad_mode import enable_grad

CANDIDATES = 5  # elements of a Jacobian that are looked at for kinks and jumps


DETACHED = (
    "no output requires grad although the outputs do change with the inputs: does the function "
    "use .detach(), .item(), .numpy() or no_grad()?"
)
INCOMING_UNUSED = (
    "a backward does not multiply by the incoming gradient: where that is 0, something else than 0 comes back"
)


class GradcheckError(RuntimeError):
    """An analytic gradient disagrees with the numeric one."""


# ---------------------------------------------------------------------- the report


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
    columns : flat positions of the input's elements that were compared, or None: all
    """

    def __init__(self, output, input, name, shapes, analytic, numeric, complex_step, step, atol,
                 rtol, columns=None):  # fmt: skip
        self.output, self.input, self.name, self.step = output, input, name, step
        self.output_shape, self.input_shape = shapes
        self.columns = columns
        self.analytic, self.numeric, self.complex_step = analytic, numeric, complex_step
        with np.errstate(all="ignore"):
            self.difference = np.where(analytic == numeric, 0.0, np.abs(analytic - numeric))
            larger = np.maximum(np.abs(analytic), np.abs(numeric))
            self.relative = np.where(larger > 0, self.difference / larger, 0.0)
            self.ok = self.difference <= atol + rtol * np.abs(numeric)
            excess = self.difference / (atol + rtol * np.abs(numeric))
        self.excess = np.where(np.isnan(excess), np.inf, excess)
        if excess.size:
            self.at = tuple(map(int, np.unravel_index(np.argmax(self.excess), excess.shape)))
            self.worst = self.indices(*self.at)

    def indices(self, row, column):
        """The index in the output and in the input that an element of the Jacobian belongs to."""
        column = column if self.columns is None else self.columns[column]
        return tuple(
            tuple(map(int, np.unravel_index(flat, shape))) if shape else ()
            for flat, shape in ((row, self.output_shape), (column, self.input_shape))
        )

    def value(self, array):
        """The entry of one of the arrays at the worst element."""
        return float(array[self.at])

    def __str__(self):
        if not self.ok.size:
            return f"{self.name}: nothing to compare (no elements)"
        where = f" at index {list(self.worst[1])}" if self.worst[1] else ""
        of = f" of output {list(self.worst[0])}" if self.worst[0] else ""
        wrong = int((~self.ok).sum())
        verdict = f"DIFFERS in {wrong} of {self.ok.size}" if wrong else "agrees"
        second = ""
        if self.complex_step is not None:
            second = f", complex step {self.value(self.complex_step):.6g}"
        return (
            f"{self.name}: {verdict}; worst{where}{of}: analytic {self.value(self.analytic):.6g}, "
            f"numeric {self.value(self.numeric):.6g}{second}, "
            f"difference {self.value(self.difference):.1e} "
            f"(relative {self.value(self.relative):.1e}), step {self.step:g}"
        )


class GradientReport:
    """What :func:`check_gradients` found: ``ok``, ``comparisons``, ``hints``; prints as text."""

    def __init__(self, comparisons, hints):
        self.comparisons, self.hints = comparisons, hints
        self.ok = all(c.ok.all() for c in comparisons) and not any(h.fatal for h in hints)

    @property
    def worst(self):
        """The comparison that exceeds its tolerance most; None if there is nothing to compare."""
        compared = [c for c in self.comparisons if c.ok.size]
        return max(compared, key=lambda c: c.excess.max(), default=None)

    def __bool__(self):
        return bool(self.ok)

    def __str__(self):
        lines = ["gradients agree" if self.ok else "gradients DISAGREE"]
        lines += [f"  {c}" for c in self.comparisons] + [f"  hint: {h}" for h in self.hints]
        return "\n".join(lines)

    __repr__ = __str__


class Hint(str):
    """A sentence about what may be wrong.

    ``kind`` is ``"float32"``, ``"kink"``, ``"discontinuity"``, ``"randomness"``, ``"detached"`` or
    ``"incoming"``.
    """

    kind: str
    fatal: bool

    def __new__(cls, kind, text, fatal=False):
        self = super().__new__(cls, text)
        self.kind, self.fatal = kind, fatal
        return self


def compare(evaluate, analytic, arrays, checked, names, shapes, *, eps, atol, rtol, second=None,
            columns=None):  # fmt: skip
    """All comparisons and hints for a function given as NumPy callables.

    Parameters
    ----------
    evaluate : arrays -> list of output arrays
    analytic : list (outputs) of dicts input position -> Jacobian array
    arrays : the inputs; checked : positions of those to check; names : their names
    shapes : the outputs' shapes
    second : input position -> list of Jacobians by another method, or None; or None
    columns : input position -> flat positions of the elements to compare; of others all
    """
    first, again = evaluate(arrays), evaluate(arrays)
    random = any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(first, again))
    comparisons, hints = [], []
    for which in checked:
        some = (columns or {}).get(which)
        found = slopes(evaluate, arrays, which, eps, some)
        others = second(which) if second else None
        for output, (numeric, sides) in enumerate(found):
            jacobian = analytic[output][which]
            c = Comparison(
                output, which, names[which], (shapes[output], arrays[which].shape),
                jacobian if some is None else jacobian[:, some], numeric,
                others and others[output], eps, atol, rtol, some,
            )  # fmt: skip
            comparisons.append(c)
            if not random:
                hints += _hints(evaluate, arrays, c, sides, eps, atol, rtol)
    if random:
        hints = [Hint("randomness", "the function returns different values for the same input; make it "
                      "deterministic, for example with manual_seed inside it", fatal=True)]  # fmt: skip
    return GradientReport(comparisons, list({str(hint): hint for hint in hints}.values()))


def _hints(evaluate, arrays, c, sides, eps, atol, rtol):
    """What may be wrong with one comparison: float32, kinks, jumps."""
    outputs = list(map(np.asarray, evaluate(arrays)))
    if np.float32 in (arrays[c.input].dtype, outputs[c.output].dtype):
        whose = c.name if arrays[c.input].dtype == np.float32 else "what the function returns"
        yield Hint("float32", f"{whose} is float32: with a step of {eps:g} round-off drowns the "
                   "difference; check in float64 (.double())")  # fmt: skip
        return
    # Where the function is smooth both one-sided slopes settle as the step shrinks, at the same
    # value. At a kink they settle at two values, at a jump they grow. Only what is beyond
    # tolerance and round-off is looked at.
    size = max((abs(y).max() for y in outputs if y.size), default=0.0)
    noise = 100 * np.finfo(float).eps * size / eps
    suspicion = np.nan_to_num(np.maximum(np.abs(sides), c.difference), posinf=0.0)
    for flat in np.argsort(-suspicion, axis=None)[:CANDIDATES]:
        at = np.unravel_index(flat, suspicion.shape)
        tolerance = atol + rtol * abs(c.numeric[at]) + noise
        if not suspicion[at] > tolerance:
            return
        to, of = c.indices(*at)
        narrow = one_sided(evaluate, arrays, c.input, of, eps, c.output, to)
        wide = one_sided(evaluate, arrays, c.input, of, 10 * eps, c.output, to)
        where = c.name + (str(list(of)) if of else "")
        if max(map(abs, narrow)) > 3 * max(map(abs, wide)) + noise:
            yield Hint("discontinuity", f"the difference quotient at {where} does not settle as "
                       "the step shrinks: the function jumps there, or is noisy")  # fmt: skip
        elif (bend := abs(narrow[1] - narrow[0])) > max(tolerance, 0.2 * abs(wide[1] - wide[0])):
            there = _has_kink(evaluate, arrays, c, of, to, size, bend)
            yield Hint("kink", f"the slopes to the left and right of {where} differ: the function has a kink "
                       "there and no derivative; move the input a little" if there else
                       f"beside {where} lies a kink, within the step of {eps:g}: take a smaller one")  # fmt: skip


def _has_kink(evaluate, arrays, c, of, to, size, change):
    """Whether slopes differ as much when the step is as small as round-off allows: else the kink lies beside."""
    x = abs(arrays[c.input][of])
    step = np.finfo(float).eps * max(1e3 * size / change, 1e3 * x, 1.0)
    left, right = one_sided(evaluate, arrays, c.input, of, step, c.output, to)
    return abs(right - left) > 0.5 * change


# ---------------------------------------------------------------------- for our tensors


def check_gradients(fn, inputs, *, names=None, eps=1e-6, atol=1e-5, rtol=1e-3, complex_step=True):
    """Compare the gradients of ``fn(*inputs)`` with finite differences, element by element.

    Parameters
    ----------
    fn : function of tensors, returning a tensor or a tuple of tensors
    inputs : a tensor or a sequence of them; those with ``requires_grad=True`` are checked, as they
        are given: in float64 they should be, as float32 has too few digits for this step
    names : what to call the inputs in the report; otherwise fn's parameter names
    eps : the step h, in the unit of the inputs
    atol, rtol : an element agrees if ``|analytic - numeric| <= atol + rtol * |numeric|``
    complex_step : also compute the second opinion where all operations are analytic

    Returns
    -------
    GradientReport

    >>> x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    >>> report = torch.autograd.check_gradients(lambda x: x ** 2, x)
    >>> report.ok
    True
    """
    inputs, checked, arrays = _inputs(inputs)
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    outputs, numbers, analytic = _analytic(fn, inputs, arrays, checked)

    def evaluate(values):
        with enable_grad(), np.errstate(all="ignore"):  # recorded: the function may register hooks
            made = _outputs(fn, _as_inputs(values, inputs, checked))
        return [made[number]._data for number in numbers]

    def second(which):
        try:
            return complex_step_jacobian(evaluate, arrays, which)
        except (TypeError, ValueError, RuntimeError, KeyError, AttributeError):
            return None  # an operation that has no complex form

    report = compare(
        evaluate, analytic, arrays, checked, names or _parameter_names(fn, len(inputs)),
        [tuple(out.shape) for out in outputs], eps=eps, atol=atol, rtol=rtol,
        second=second if complex_step and not first_not_analytic(outputs) else None,
    )  # fmt: skip
    if not report.ok and not any(out.requires_grad for out in outputs):
        report.hints.append(Hint("detached", DETACHED))
    if not _nothing_from_nothing(fn, inputs, arrays, checked):
        report.hints.append(Hint("incoming", INCOMING_UNUSED, fatal=True))
        report.ok = False
    return report


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0,
              check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
              fast_mode=False):  # fmt: skip
    """Whether the gradients of ``func`` agree with finite differences, as PyTorch's gradcheck.

    Raises :class:`GradcheckError` with the worst element where they do not, or returns False
    with ``raise_exception=False``. See :func:`check_gradients` for the parameters;
    ``nondet_tol`` is how much two backward passes may differ. The others of PyTorch's are
    accepted and change nothing: the check is always the full one.

    >>> x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, x)
    True
    """
    for number, given in enumerate(_inputs(inputs)[0]):
        if isinstance(given, Tensor) and given.requires_grad and given.dtype is not float64:
            warnings.warn(
                f"Input #{number} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point "
                "or complex. ", UserWarning, stacklevel=2,
            )  # fmt: skip
    report = check_gradients(func, inputs, eps=eps, atol=atol, rtol=rtol, complex_step=False)
    opening = None
    if not all(c.ok.all() for c in report.comparisons):
        worst = report.worst
        opening = (f"Jacobian mismatch for output {worst.output} "
                   f"with respect to input {worst.input},")  # fmt: skip
        if any(hint.kind == "detached" for hint in report.hints):
            opening = "Numerical gradient for function expected to be zero:"
    elif any(hint.kind == "incoming" for hint in report.hints):
        opening = "backward not multiplied by grad_output:"
    elif not report.ok or not _is_reentrant(func, inputs, nondet_tol):
        opening = "Backward is not reentrant, or the function is not deterministic:"
    if opening and raise_exception:
        raise GradcheckError(f"{opening}\n{report}")
    return not opening


def gradgradcheck(func, inputs, grad_outputs=None, **options):
    """Whether second derivatives agree with finite differences of the first.

    ``grad_outputs`` are the incoming gradients, otherwise random ones; the derivatives by
    these are checked too. See :func:`gradcheck` for the options.

    >>> x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradgradcheck(torch.sin, x)
    True
    """
    inputs, checked, _ = _inputs(inputs)
    if grad_outputs is None:
        random = np.random.default_rng(0)
        grad_outputs = [
            result(random.standard_normal(out.shape).astype(out._data.dtype)[()], None)
            for out in _outputs(func, inputs) if out.requires_grad
        ]  # fmt: skip
    grad_outputs = (grad_outputs,) if isinstance(grad_outputs, Tensor) else tuple(grad_outputs)
    grad_outputs = tuple(g.detach().requires_grad_() for g in grad_outputs)

    def first_derivatives(*values):
        point, weights = list(values[: len(inputs)]), values[len(inputs) :]
        with enable_grad():  # also in the runs for the numeric derivative, which record nothing
            for i in checked:
                if not point[i].requires_grad:
                    point[i] = point[i].detach().requires_grad_()
            outputs = [out for out in _outputs(func, point) if out.requires_grad]
            return grad(outputs, [point[i] for i in checked], weights, create_graph=True,
                        allow_unused=True, materialize_grads=True)  # fmt: skip

    return gradcheck(first_derivatives, (*inputs, *grad_outputs), **options)


# ---------------------------------------------------------------------- running the function


def _inputs(given):
    """Inputs as a tuple, the positions of those that require grad, and copies of the arrays."""
    inputs = (given,) if isinstance(given, Tensor) else tuple(given)
    checked = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    return inputs, checked, [np.array(t._data) if isinstance(t, Tensor) else t for t in inputs]


def _outputs(fn, inputs):
    out = fn(*inputs)
    return [o for o in (out if isinstance(out, tuple | list) else (out,)) if isinstance(o, Tensor)]


def _as_inputs(values, originals, requires_grad=()):
    """Fresh tensors of the values, so that a function may change its inputs in place."""
    made = []
    for i, (value, original) in enumerate(zip(values, originals)):
        if isinstance(original, Tensor):
            value = result(np.array(value)[()], None)
            value._requires_grad = i in requires_grad
        made.append(value)
    return made


def _recorded(fn, inputs, arrays, checked):
    """Leaves, the outputs that depend on them (if none does, all), and these outputs' positions."""
    with enable_grad():
        leaves = _as_inputs(arrays, inputs, checked)
        outputs = _outputs(fn, leaves)
    if not outputs:
        raise ValueError("gradcheck expects the function to return a tensor, or several.")
    numbers = [i for i, out in enumerate(outputs) if out.requires_grad]
    if not numbers:  # then the numeric derivatives must be zero
        numbers = [i for i, out in enumerate(outputs) if out.dtype.is_floating_point]
    return leaves, [outputs[i] for i in numbers], numbers


def _analytic(fn, inputs, arrays, checked):
    """Outputs, their positions, and their Jacobians, each row by one backward pass."""
    leaves, outputs, numbers = _recorded(fn, inputs, arrays, checked)
    jacobians = []
    for out in outputs:
        jacobian = {i: np.zeros((out._data.size, arrays[i].size)) for i in checked}
        for row in range(out._data.size) if out.requires_grad else ():
            rows = grad(out, [leaves[i] for i in checked], unit_like(out, row), retain_graph=True,
                        allow_unused=True)  # fmt: skip
            for i, gradient in zip(checked, rows):
                if gradient is not None:
                    jacobian[i][row] = np.asarray(gradient._data).ravel()
        jacobians.append(jacobian)
    return outputs, numbers, jacobians


def unit_like(tensor, number):
    """Zeros in a tensor's shape and type with a 1 at the flat position ``number``."""
    unit = np.zeros(tensor._data.size, tensor._data.dtype)
    unit[number] = 1
    return result(unit.reshape(tensor.shape)[()], None)


def _nothing_from_nothing(fn, inputs, arrays, checked):
    """Whether incoming gradients of zero give zero, as they do if backward multiplies by them."""
    leaves, outputs, _ = _recorded(fn, inputs, arrays, checked)
    outputs = [out for out in outputs if out.requires_grad]
    zeros = list(map(zeros_like, outputs))
    sent = grad(outputs, [leaves[i] for i in checked], zeros, allow_unused=True)
    # 0 times an infinite slope is nan, which says nothing
    return all(g is None or np.all((g._data == 0) | np.isnan(g._data)) for g in sent)


def _is_reentrant(fn, inputs, tolerance):
    """Whether two backward passes with the same incoming gradients agree."""
    inputs, checked, arrays = _inputs(inputs)
    leaves, outputs, _ = _recorded(fn, inputs, arrays, checked)
    outputs = [out for out in outputs if out.requires_grad]
    first, again = (
        grad(outputs, [leaves[i] for i in checked], list(map(ones_like, outputs)), retain_graph=True,
             materialize_grads=True)
        for _ in range(2)
    )  # fmt: skip
    return all(np.allclose(a._data, b._data, 0, tolerance, True) for a, b in zip(first, again))


def first_not_analytic(outputs):
    """The name of an operation behind the outputs that is not right for complex numbers, or None."""
    nodes, _ = reachable([out._grad_fn for out in outputs if out._grad_fn is not None])
    return next((node.op for node in nodes if not node.operation.analytic), None)


def _parameter_names(fn, count):
    code = getattr(fn, "__code__", None)
    names = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    names = names[1:] if getattr(fn, "__self__", None) is not None else names
    return names if len(names) == count else [f"input {i}" for i in range(count)]
