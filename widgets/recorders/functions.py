"""A function of tensors, seen through NumPy arrays: what a check of its gradient needs.

`function_of` takes a function of `autograd_core` tensors or of PyTorch's (a module, a loss over a
model's parameters) and returns a `Function`. That can be asked for values and for gradients; the
tensors it was made of are, afterwards, what they were before, and so is their ``.grad``.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping

from dataclasses import dataclass

import numpy as np

from autograd_core import errors
from autograd_core.finite_differences import complex_array, complex_step_jacobian, nudged
from autograd_core.gradcheck import GradientReport, Hint, compare

from ..names import caller, named_tensors
from . import engine_functions

MOST_ENTRIES = 100_000  # of a Jacobian; a larger one is checked through one weighted sum
COARSE = ("float16", "bfloat16")


@dataclass(frozen=True)
class Input:
    """One input: its name, its values, and how the function gets it.

    Attributes
    ----------
    name : str
    value : tensor, array or number, as given
    held : bool, whether the function reads this very tensor instead of taking an argument
    parameter : bool, whether it is a parameter of the module that is checked
    keyword : str, the parameter's name if it is passed by keyword
    """

    name: str
    value: object
    held: bool = False
    keyword: str = ""
    parameter: bool = False


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
                parameters[each.name] = leaf
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
            pairs = [(str(key), each) for key, each in returned.items()]
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
            _, found = self._recorded()
        chosen = {name: each for name, each in found.items() if each.requires_grad}
        self.detached = not chosen
        chosen = chosen or found
        self.chosen = list(chosen)
        self.outputs = [""] if len(chosen) == 1 else self.chosen
        arrays = [self.library.array(each) for each in chosen.values()]
        kinds = [each.dtype for each in (*arrays, *(self.arrays[i] for i in self.checked))]
        self.precision = max(float(np.finfo(kind).eps) for kind in kinds)
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
        a module, which stands for its named parameters. Numbers are made `autograd_core` tensors
        if there is nothing else, and otherwise passed on as they are.
    names : list of str, or None for those of fn's parameters

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
            f"the function itself is needed, not a {type(fn).__name__}: "
            "f and x separately, as in GradientCheck(f, x), not GradientCheck(f(x), x)"
        )
    modules = [each for each in (fn, inputs) if is_module(each)]
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
        found += [Input(name, p, held, parameter=True) for name, p in fn.named_parameters()]
    if not any(is_tensor(each.value) or isinstance(each.value, np.ndarray) for each in found):
        found = [Input(e.name, number_array(e), e.held, e.keyword) for e in found]
    return Function(fn, library, found, to_check(found, library), modules)


def compared(function: Function, *, eps, atol, rtol, columns=None, second=None) -> GradientReport:
    """Compare a function's gradients with central differences; see `autograd_core.gradcheck`."""
    report = compare(
        function.evaluate, function.jacobians(), function.arrays, function.checked, function.names,
        function.shapes, eps=eps, atol=atol, rtol=rtol, columns=columns, second=second,
    )  # fmt: skip
    if function.detached and not report.ok:
        report.hints.append(Hint("detached", errors.detached_outputs()))
    if not function.nothing_from_nothing():
        report.hints.append(Hint("incoming", errors.incoming_gradient_unused(), fatal=True))
        report.ok = False
    return report


def doubled(fn, values) -> list:
    """Return float64 copies, requiring a gradient, of tensors, arrays and numbers."""
    library = library_of(fn, values)
    return [
        library.leaf(
            np.array(library.array(v) if library.is_tensor(v) else v, np.float64), v, True
        )
        for v in values
    ]


# ---------------------------------------------------------------------- reading the inputs


def arranged(fn, pairs, names) -> list[Input]:
    """Return the inputs in the order given, each with a name and the way it is passed."""
    takes = parameters_of(fn)
    held = takes == [] and not is_module(fn)
    if names is not None:
        names = [names] if isinstance(names, str) else list(names)
        if len(names) != len(pairs):
            raise ValueError(f"{len(pairs)} inputs need as many names, not {len(names)}: {names}")
    if any(key is not None for key, _ in pairs):
        return from_names(fn, pairs, takes, held, names)
    values = [value for _, value in pairs]
    if held:
        names = names or names_of_held(values)
    elif takes is not None and not fits(fn, values):
        raise TypeError(
            f"{name_of(fn)} takes {counted(len(takes), 'input')} ({', '.join(takes)}), but "
            f"{counted(len(values), 'is', 'are')} given. One vector is one input: a tensor, not a "
            "list of numbers."
        )
    names = names or parameter_names(takes, len(values))
    return [Input(str(name), value, held) for name, value in zip(names, values, strict=True)]


def paired(inputs) -> list[tuple]:
    """Return (key or None, value) for each input."""
    if is_module(inputs):
        return list(inputs.named_parameters())
    if isinstance(inputs, Mapping):
        return [(str(key), value) for key, value in inputs.items()]
    if is_tensor(inputs) or isinstance(inputs, np.ndarray | str) or not isinstance(inputs, Iterable):
        return [(None, inputs)]
    values = list(inputs)
    if values and all(isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], str)
                      and is_tensor(v[1]) for v in values):  # fmt: skip
        return values  # model.named_parameters()
    return [(None, value) for value in values]


def from_names(fn, pairs, takes, held, names) -> list[Input]:
    """Inputs out of a dictionary: read by the function, or passed by keyword."""
    if not held and takes is not None and not {key for key, _ in pairs} <= set(takes):
        if is_module(fn):  # its own parameters, with inputs of its forward among them
            raise TypeError(
                "a module takes its inputs as a list: GradientCheck(model, [x]); its parameters "
                "are checked as well"
            )
        raise TypeError(
            f"{name_of(fn)} takes {', '.join(takes)}, but the dictionary names "
            f"{', '.join(key for key, _ in pairs)}. Either the names are those of the parameters, "
            "or the function takes none and reads the tensors: lambda: criterion(model(x), y)"
        )
    return [
        Input(str(name), value, held, "" if held else key)
        for name, (key, value) in zip(names or [key for key, _ in pairs], pairs, strict=True)
    ]


def names_of_held(values) -> list[str]:
    """The names that the caller's variables give to tensors that a function reads."""
    found = {}
    for name, tensor in named_tensors(None, caller(), is_tensor):
        found.setdefault(id(tensor), name)
    return [found.get(id(value), f"input {i}") for i, value in enumerate(values, 1)]


def parameters_of(fn) -> list[str] | None:
    """The names of the parameters that are tensors; None if the function does not tell.

    Of one with ``*args`` that has no others nothing is told either.
    """
    try:
        parameters = inspect.signature(fn.forward if is_module(fn) else fn).parameters.values()
    except (TypeError, ValueError):  # some functions written in C tell nothing
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    return [p.name for p in parameters]


def fits(fn, values) -> bool:
    """Whether a function can be called with that many arguments."""
    try:
        inspect.signature(fn.forward if is_module(fn) else fn).bind(*values)
    except TypeError:
        return False
    return True


def parameter_names(takes, count) -> list[str]:
    """The names of a function's first ``count`` parameters, as far as they have names."""
    takes = takes or []
    return [*takes, *(f"input {i}" for i in range(len(takes) + 1, count + 1))][:count]


def to_check(inputs, library) -> list[int]:
    """The positions of the inputs whose gradient is checked; raises if there is none."""
    floating = [i for i, each in enumerate(inputs) if is_real(each.value, library)]
    asked = [i for i in floating if getattr(inputs[i].value, "requires_grad", False)]
    checked = asked or floating
    if not checked:
        raise ValueError("; ".join(map(why_not, inputs)))
    for i in checked:
        kind = str(getattr(inputs[i].value, "dtype", "")).rpartition(".")[2]
        if kind in COARSE:
            raise ValueError(
                f"{inputs[i].name} is {kind}, too coarse for finite differences: check "
                f"{inputs[i].name}.double()"
            )
    return checked


def is_real(value, library) -> bool:
    """Whether these are floating-point numbers, in an array or a tensor."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    return library.is_floating(value) and library.array(value).dtype.kind == "f"


def why_not(each) -> str:
    """Why an input has no gradient, and what to do."""
    kind = str(getattr(each.value, "dtype", type(each.value).__name__)).rpartition(".")[2]
    if kind.startswith("complex"):
        return f"{each.name} is {kind}: gradients of complex inputs are not checked"
    return (
        f"{each.name} holds {kind}, which has no gradient: only floating-point numbers have. "
        f"Convert it, for example {each.name}.double()"
    )


def number_array(each) -> np.ndarray:
    """A number as an array; raises TypeError for what is none."""
    if isinstance(each.value, bool | complex) or not isinstance(each.value, int | float | np.number):
        raise TypeError(
            f"{each.name} is a {type(each.value).__name__}: an input is a tensor or a number. "
            "Of a list make a tensor first, with torch.tensor"
        )
    return np.array(each.value, np.float64)


# ---------------------------------------------------------------------- libraries


def libraries():
    """The libraries that are there; PyTorch only if it is imported already."""
    yield engine_functions
    if hasattr(sys.modules.get("torch"), "Tensor"):
        from . import pytorch_functions

        yield pytorch_functions


def is_tensor(thing) -> bool:
    """Whether this is a tensor of either library."""
    return any(library.is_tensor(thing) for library in libraries())


def is_function(thing: type) -> bool:
    """Whether this class is a ``Function`` of either library: an operation of one's own."""
    return any(issubclass(thing, library.Function) for library in libraries())


def is_module(thing) -> bool:
    """Whether this is a module (a layer, a model) of either library."""
    return any(library.is_module(thing) for library in libraries())


def library_of(fn, values):
    """The library whose tensors (or modules) these are; `autograd_core` if there are none."""
    found = [library for library in libraries() if library.is_module(fn)
             or any(map(library.is_tensor, values))]  # fmt: skip
    if len(found) > 1:
        raise TypeError("tensors of autograd_core and of PyTorch cannot be inputs of one function")
    return found[0] if found else engine_functions


# ---------------------------------------------------------------------- words


def name_of(fn: Callable) -> str:
    """Return what to call a function in a sentence."""
    if is_module(fn):
        return f"the {type(fn).__name__}"
    name = getattr(fn, "__name__", "<lambda>")
    return "the function" if name == "<lambda>" else name


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
        return f"{name} returned a {type(returned).__name__} without a floating-point tensor in it"
    cure = "return the tensor itself, without .item(), float() or .numpy()"
    if is_tensor(returned):
        cure = f"the inputs are {library.NAME} tensors, and so must be what it returns"
    return f"{name} returned a {type(returned).__name__}, not a tensor: {cure}"


def counted(number: int, word: str, words: str = "") -> str:
    """Write a number of things: ``1 input``, ``2 inputs``."""
    return f"{number} {word if number == 1 else words or word + 's'}"


def units(array):
    """Yield the arrays of this shape that hold a single 1, in order."""
    for index in np.ndindex(array.shape):
        unit = np.zeros(array.shape)
        unit[index] = 1
        yield unit
