"""A function of tensors, seen through NumPy arrays: what a check of its gradient needs.

`function_of` takes a function of `autograd_core` tensors or of PyTorch's (a module, a loss over a
model's parameters) and returns a `Function`. That can be asked for values and for gradients; the
tensors it was made of are, afterwards, what they were before, and so is their ``.grad``.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from autograd_core.errors.functions import detached_outputs, incoming_gradient_unused
from autograd_core.finite_differences import complex_array, complex_step_jacobian, nudged
from autograd_core.gradcheck import GradientReport, Hint, compare
from autograd_core.printable import printable

from ..names import caller, named_parameters
from . import engine_functions
from .function_inputs import (
    Input,
    arranged,
    first_that_works,
    is_module,
    is_tensor,
    kind_of,
    leaf_of,
    library_of,
    name_of,
    number_array,
    paired,
    to_check,
    ways_for_numbers,
)

MOST_ENTRIES = 100_000  # of a Jacobian; a larger one is checked through one weighted sum


class Function:
    """A function of one library's tensors: values and gradients as NumPy arrays.

    Attributes
    ----------
    name : str, what to call the function in a sentence
    engine : ``"autograd_core"`` or ``"torch"``
    names : list of str, the inputs' names
    arrays : list of arrays (a copy of each input, in its own type); None for what is no tensor
    checked : list of int, the positions of the inputs whose gradient is checked
    shapes : list of tuple, the shapes of the outputs that are compared
    outputs : list of str, their names; ``[""]`` if there is only one
    detached : bool, whether no output depends on an input
    precision : float, the distance from 1 to the next number in the coarsest type on the way
    inside : str, the name of that type if neither inputs nor outputs show it; ``""`` otherwise
    mixed : bool, whether the outputs are compared through one weighted sum of all their elements
    no_complex_step : str, why there is no second opinion; ``""`` if there may be one
    evaluated : function to call, or None: each time the values are asked for
    """

    def __init__(self, fn, library, inputs, checked, modules):
        self.fn, self.library, self.inputs, self.checked = fn, library, inputs, checked
        self.name, self.engine = name_of(fn), library.NAME
        self.names = [each.name for each in inputs]
        self.arrays = [self._array(each.value) for each in inputs]
        self.keeping = [buffer for module in modules for buffer in module.buffers()]
        self.recording = False  # a function that differentiates inside needs the record
        self.weights = self.evaluated = None
        self._measure()

    def _array(self, value):
        if self.library.is_tensor(value):
            return self.library.array(value).copy()
        return np.array(value, np.float64) if isinstance(value, np.ndarray | np.floating) else value

    # ------------------------------------------------------------------ running it

    def _run(self, arrays, differentiated=()):
        """Return the leaves made of the arrays and everything that the function returns."""
        leaves, arguments, keywords, held, parameters = [], [], {}, [], {}
        for position, (each, array) in enumerate(zip(self.inputs, arrays, strict=True)):
            leaf = each.value
            if each.held:
                if array is not self.arrays[position]:
                    held.append((leaf, array))
            elif isinstance(array, np.ndarray):
                leaf = self.library.leaf(array, each.value, position in differentiated)
            leaves.append(leaf)
            if each.parameter and not each.held:
                parameters[each.keyword] = leaf
            elif each.keyword:
                keywords[each.keyword] = leaf
            elif not each.held:
                arguments.append(leaf)
        with self.library.holding(held, self.keeping), np.errstate(all="ignore"):
            fn = self.library.with_parameters(self.fn, parameters) if parameters else self.fn
            return leaves, noted(fn, arguments, keywords, self)

    def _recorded(self):
        """Leaves and all floating-point outputs, with their graph."""
        with self.library.recording():
            leaves, returned = self._run(self.arrays, self.checked)
        return leaves, self._found(returned)

    def _requiring(self):
        """A context in which the tensors that the function reads require a gradient."""
        return self.library.requiring(
            [self.inputs[i].value for i in self.checked if self.inputs[i].held]
        )

    def _found(self, returned) -> dict:
        """The floating-point tensors among what the function returned, by name."""
        if isinstance(returned, Mapping):
            pairs = [(printable(key), each) for key, each in returned.items()]
        elif isinstance(returned, list | tuple):
            pairs = [(f"output {i}", each) for i, each in enumerate(returned)]
        else:
            pairs = [("", returned)]
        found = {name: each for name, each in pairs if self.library.is_floating(each)}
        if not found:
            raise TypeError(unusable(self.name, returned, self.library))
        return found

    def _measure(self):
        """Find out which outputs are compared, and how."""
        with self._requiring():
            leaves, found = self._recorded()
        chosen = {name: each for name, each in found.items() if each.requires_grad}
        self.detached = not chosen
        chosen = chosen or found
        self.chosen = list(chosen)
        self.outputs = [""] if len(chosen) == 1 else self.chosen
        arrays = [self.library.array(each) for each in chosen.values()]
        kinds = [each.dtype for each in (*arrays, *(self.arrays[i] for i in self.checked))]
        seen = max(float(np.finfo(kind).eps) for kind in kinds)
        checked = [leaves[i] for i in self.checked]
        precision, name = self.library.coarsest(list(chosen.values()), checked)
        self.precision, self.inside = (precision, name) if precision > seen else (seen, "")
        elements = sum(self.arrays[i].size for i in self.checked)
        self.mixed = sum(a.size for a in arrays) * elements > MOST_ENTRIES and any(
            a.size > 1 for a in arrays
        )
        if self.mixed:
            random = np.random.default_rng(0)
            self.weights = [random.uniform(0.5, 1.5, a.shape) for a in arrays]
            self.outputs = [""]
        self.shapes = [()] if self.mixed else [a.shape for a in arrays]
        self.no_complex_step = self.library.no_complex_step(list(chosen.values()))
        if any(self.inputs[i].held for i in self.checked) and not self.library.HOLDS_COMPLEX:
            self.no_complex_step = "PyTorch parameters cannot be made complex in place"
        try:
            self.evaluate(self.arrays)
        except Exception:  # it may differentiate inside: then it needs what it would have
            self.recording = True
            self.evaluate(self.arrays)

    def evaluate(self, arrays) -> list[np.ndarray]:
        """Return the outputs for other arrays in place of :attr:`arrays`."""
        if self.evaluated:
            self.evaluated()
        mode = self.library.recording if self.recording else self.library.quiet
        with mode():
            _, returned = self._run(arrays, self.checked if self.recording else ())
        found = self._found(returned)
        return self._mix([self.library.array(found[name]) for name in self.chosen])

    def _mix(self, arrays):
        if self.weights is None:
            return arrays
        return [np.asarray(sum((w * a).sum() for w, a in zip(self.weights, arrays, strict=True)))]

    # ------------------------------------------------------------------ gradients

    def jacobians(self) -> list[dict[int, np.ndarray]]:
        """Return, for each output, its Jacobian by each checked input, through ``backward``.

        A Jacobian has the shape (elements of the output, elements of the input), and zeros where
        an output does not depend on an input.
        """
        with self._requiring():
            leaves, found = self._recorded()
            leaves = [leaves[i] for i in self.checked]
            outputs = [found[name] for name in self.chosen]
            if self.mixed:
                return [self._rows(outputs, leaves, [self.weights])]
            return [
                self._rows([out], leaves, ([unit] for unit in units(self.library.array(out))))
                for out in outputs
            ]

    def _rows(self, outputs, leaves, incoming):
        """One row of each Jacobian for each list of incoming gradients."""
        kept = [(out, i) for i, out in enumerate(outputs) if out.requires_grad]
        rows = {i: [] for i in self.checked}
        for weights in incoming:
            gradients = [None] * len(leaves)
            if kept:
                used = [weights[i] for _, i in kept]
                gradients = self.library.gradients([out for out, _ in kept], leaves, used)
            for i, gradient in zip(self.checked, gradients, strict=True):
                size = self.arrays[i].size
                rows[i].append(np.zeros(size) if gradient is None else np.ravel(gradient))
        return {i: np.array(each, float).reshape(len(each), self.arrays[i].size)
                for i, each in rows.items()}  # fmt: skip

    def nothing_from_nothing(self) -> bool:
        """Whether incoming gradients of zero give zero, as where each backward multiplies by them."""
        leaves, found = self._recorded()
        outputs = [found[name] for name in self.chosen]
        zeros = [np.zeros_like(self.library.array(out)) for out in outputs]
        rows = self._rows(outputs, [leaves[i] for i in self.checked], [zeros])
        # 0 times an infinite slope is nan, which says nothing
        return all(np.all((row == 0) | np.isnan(row)) for row in rows.values())

    def second(self, which, columns=None) -> list[np.ndarray] | None:
        """Return the Jacobians by one input through the complex step; None if that cannot be.

        Only the given columns, if any are. Where it fails, ``no_complex_step`` then says why.
        """
        if self.no_complex_step:
            return None
        try:
            return complex_step_jacobian(self.evaluate, self.arrays, which, columns)
        except Exception as refused:
            self._no_complex_step_as(refused)
            return None


    def imaginary(self, which, index, steps) -> list | None:
        """Return, for each step h, ``Im f(x + ih)`` of each output; None if that cannot be."""
        arrays = [complex_array(array) for array in self.arrays]
        try:
            return [
                [np.imag(y) for y in self.evaluate(nudged(arrays, which, index, 1j * step))]
                for step in steps
            ]
        except Exception as refused:
            self._no_complex_step_as(refused)
            return None

    def _no_complex_step_as(self, refused):
        """Note what an operation said that knows no complex numbers."""
        reason = str(refused).strip().partition("\n")[0]
        self.no_complex_step = f"with complex numbers it raises {type(refused).__name__}" + (
            f": {reason[:80]}" if reason else ""
        )


def function_of(fn: Callable, inputs, names=None) -> Function:
    """Return a `Function` for what a check of a gradient is given.

    Parameters
    ----------
    fn : function of tensors that returns a tensor, or a tuple, list or dictionary of tensors; or
        a module, whose parameters are then inputs too; or a function without parameters that
        reads the tensors given as ``inputs`` (``lambda: criterion(model(x), y)``)
    inputs : a tensor, an array or a number; a list or tuple of them; a dictionary from names; or
        a module, which stands for its named parameters. Numbers are made tensors if there is
        nothing else (of `autograd_core`, or of PyTorch where the function turns out to be
        written for it), and otherwise passed on as they are.
    names : list of str, or None for those of fn's parameters; what belongs to a module is then
        called as in a picture: ``model.0.weight``

    Checked are the tensors that require a gradient, or, where none does, all of floating-point
    numbers.

    Raises
    ------
    TypeError : fn is no function or returns no tensor; there are tensors of both libraries
    ValueError : there are no inputs, or none that has a gradient; names that do not fit

    >>> function = function_of(lambda a, x: a * x, [2.0, 3.0])
    >>> function.names, function.evaluate(function.arrays), function.jacobians()
    (['a', 'x'], [array(6.)], [{0: array([[3.]]), 1: array([[2.]])}])
    """
    if not callable(fn) or is_tensor(fn):
        raise TypeError(
            f"the function itself is needed, not {kind_of(fn)}: "
            "f and x separately, as in GradientCheck(f, x), not GradientCheck(f(x), x)"
        )
    modules = [each for each in (fn, inputs) if is_module(each)]
    if is_module(inputs) and names is None:
        names = list(named_parameters(inputs, caller()))
    inputs = paired(inputs)
    if not inputs and not is_module(fn):
        raise ValueError(
            "there is no input to check: give the tensors that the function takes, or, for a "
            "function without parameters, those it reads, such as dict(model.named_parameters())"
        )
    found = arranged(fn, inputs, names)
    library = library_of(fn, [each.value for each in found])
    if is_module(fn):
        held = library.with_parameters is None
        named = zip(fn.named_parameters(), named_parameters(fn, caller()), strict=True)
        found += [Input(name, p, held, "" if held else path, parameter=True)
                  for (path, p), name in named]  # fmt: skip
    if any(is_tensor(each.value) for each in found) or modules:
        return Function(fn, library, found, to_check(found, library), modules)
    if not any(isinstance(each.value, np.ndarray) for each in found):
        found = [replace(each, value=number_array(each)) for each in found]

    def function(way):
        inputs = [replace(each, value=leaf_of(each.value, *way))
                  if isinstance(each.value, np.ndarray) else each for each in found]  # fmt: skip
        return Function(fn, way[0], inputs, to_check(inputs, way[0]), modules)

    return first_that_works(ways_for_numbers(), function)


def compared(function: Function, *, eps, atol, rtol, columns=None, second=None) -> GradientReport:
    """Compare a function's gradients with central differences; see `autograd_core.gradcheck`."""
    report = compare(
        function.evaluate, function.jacobians(), function.arrays, function.checked, function.names,
        function.shapes, eps=eps, atol=atol, rtol=rtol, columns=columns, second=second,
    )  # fmt: skip
    if function.detached and not report.ok:
        report.hints.append(Hint("detached", detached_outputs()))
    if not function.nothing_from_nothing():
        report.hints.append(Hint("incoming", incoming_gradient_unused(), fatal=True))
        report.ok = False
    return report


def leaves_for(fn, values) -> list:
    """Return copies, requiring a gradient, of tensors, arrays and numbers, to call ``fn`` with.

    In float64, unless the function takes none, as a model in float32 does: then in their own
    type. Without a tensor among them they are of the library that the function turns out to use.

    >>> leaves_for(lambda a, x: a * x, [2, 3.0])
    [tensor(2., requires_grad=True), tensor(3., requires_grad=True)]
    """
    library, ways = library_of(fn, values), ways_for_numbers()
    if any(map(is_tensor, values)) or library is not engine_functions:
        ways = [(library, np.float64), (library, None)]

    def leaves(way):
        return [leaf_of(value, *way) for value in values]

    def tried(way):
        function_of(fn, leaves(way))
        return leaves(way)

    return first_that_works(ways, tried)


# ---------------------------------------------------------------------- words


def noted(fn, arguments, keywords, function):
    """Call a function; what it raises gets a note of what was going on."""
    try:
        return fn(*arguments, **keywords)
    except Exception as raised:
        raised.add_note(
            f"(raised by {function.name} itself, called with {function.engine} tensors"
            f"{' for ' + ', '.join(function.names) if function.names else ''})"
        )
        raise


def unusable(name, returned, library) -> str:
    """Why nothing that a function returned can be checked, and what to do."""
    if returned is None:
        return f"{name} returned None: is a `return` missing?"
    if library.is_tensor(returned):
        kind = str(returned.dtype).rpartition(".")[2]
        return f"{name} returned {kind}: only floating-point numbers have a gradient"
    if isinstance(returned, list | tuple | Mapping):
        return f"{name} returned {kind_of(returned)} without a floating-point tensor in it"
    cure = "return the tensor itself, without .item(), float() or .numpy()"
    if is_tensor(returned):
        cure = f"the inputs are {library.NAME} tensors, and so must be what it returns"
    return f"{name} returned {kind_of(returned)}, not a tensor: {cure}"


def units(array):
    """Yield the arrays of this shape that hold a single 1, in order."""
    for index in np.ndindex(array.shape):
        unit = np.zeros(array.shape)
        unit[index] = 1
        yield unit
