"""A function of tensors, seen through NumPy arrays: what a check of its gradient needs.

`function_of` takes a function of `autograd_core` tensors or of PyTorch's (a module, a loss over a
model's parameters) and returns a `Function`. That can be asked for values and for gradients. It runs
on copies, also of whatever it reads besides its inputs, so there is nothing to put back afterwards.
"""

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial, wraps

import numpy as np

from autograd_core.finite_differences import complex_array, complex_step_jacobian, nudged
from autograd_core.gradcheck import DETACHED, INCOMING_UNUSED, GradientReport, Hint, compare
from autograd_core.printable import printable

from ..libraries import is_module, is_tensor, libraries, library_for
from ..libraries.undisturbed import undisturbed
from ..words.names import caller, named_parameters
from .inputs import Input, arranged, first_that_works, kind_of, moving, name_of, paired, to_check
from .nudging import is_fine
from .replicas import on_replicas, script_in
from .threads import in_this_thread_only

MOST_ENTRIES = 100_000  # of a Jacobian; a larger one is checked through one weighted sum
MOST_OUTPUTS = 1000  # elements of the outputs, each of which takes a backward pass; of more, too
MOST_WORK, FEWEST = 10**8, 10  # elements worked on while nudging, if no fewer can be nudged
COARSEST = 1e-5  # the ε of a type that a finite difference tells anything in
AS_GIVEN = "as given"


def with_copies(method):
    """A method that works on a graph: it leads to copies, and the process's settings stay as they were."""

    @wraps(method)
    def undisturbed_method(self, *arguments):
        return undisturbed(lambda: self.room.within(lambda: method(self, *arguments)))

    return undisturbed_method


class Function:
    """A function of one library's tensors: values and gradients as NumPy arrays.

    Attributes
    ----------
    name : str, what to call the function in a sentence
    engine : ``"autograd_core"`` or ``"torch"``
    names : list of str, the inputs' names
    arrays : list of arrays, a copy of each input that can be nudged; of any other the input itself
    checked : list of int, the positions of the inputs whose gradient is checked
    shapes : list of tuple, the shapes of the outputs that are compared
    outputs : list of str, their names; ``[""]`` if there is only one
    detached : bool, whether no output depends on an input
    precision : float, the distance from 1 to the next number in the coarsest type on the way
    inside : str, the name of that type if the function turns to it by itself; ``""`` otherwise
    mixed : bool, whether the outputs are compared through one weighted sum of all their elements
    no_complex_step : str, why there is no second opinion; ``""`` if there may be one
    evaluated : function to call, or None: each time the function has been run
    """

    def __init__(self, fn, library, inputs, checked, double=True):
        self.fn, self.library, self.inputs, self.checked = fn, library, inputs, checked
        self.name, self.engine, self.double = name_of(fn), library.name, double
        self.names = [each.name for each in inputs]
        self.arrays = [each.value if each.array is None else self._array(each) for each in inputs]
        self.room = library.Copies(double)
        self.room.names = {id(each.value): each.name for each in inputs if each.held}
        self.other_rooms = [other.Copies(double) for other in libraries() if other is not library]
        self.recording = False  # a function that differentiates inside needs the record
        self.complexed = library.complex_constants
        self.weights: list[np.ndarray] = []
        self.evaluated: Callable | None = None
        undisturbed(self._measure)

    def _array(self, each):
        kind = each.array.dtype
        if self.double or kind.kind != "f" or not is_tensor(each.value):
            kind = np.float64 if self.double else self.library.usual
        elif self.library.epsilon(each.value) > COARSEST:
            raise ValueError(
                f"{each.name} is too coarse for finite differences, {each.value.dtype}: check "
                f"{each.name}.double()"
            )
        return np.array(each.array, kind)

    # ------------------------------------------------------------------ running it

    def call(self, arrays, differentiated=(), fn=None):
        """Call the function on copies; returns what to differentiate by, and what it returned.

        Parameters
        ----------
        arrays : list of arrays, in place of :attr:`arrays`
        differentiated : positions of the inputs that require a gradient
        fn : function to call in place of this one, with the same inputs
        """
        targets, made, given, arguments, keywords = [], [], [], [], {}
        for position, (each, array) in enumerate(zip(self.inputs, arrays, strict=True)):
            if each.array is not None:
                leaf = self.library.leaf(array, position in differentiated)
                made.append(leaf)
            else:  # as it is; of an array the function gets one of its own
                leaf = array.copy() if isinstance(array, np.ndarray) else array
            targets.append(self.room.target(each.value, leaf) if each.held else leaf)
            if each.held:
                given.append((each.value, leaf))
            elif each.keyword:
                keywords[each.keyword] = leaf
            else:
                arguments.append(leaf)
        complexed = self.complexed and any(map(np.iscomplexobj, arrays))
        self.room.begin(given, made, complexed)
        work = partial(call_noting, on_replicas(fn or self.fn), arguments, keywords, self)
        for other in self.other_rooms:
            other.begin()
            work = partial(other.call, work)
        with np.errstate(all="ignore"):
            return targets, self.room.call(work)

    def _recorded(self, arrays=None):
        """What to differentiate by, and all floating-point outputs, with their graph."""
        with self.library.recording():
            targets, returned = self.call(arrays or self.arrays, self.checked)
            return [targets[i] for i in self.checked], self.found(returned)

    def _graph(self, arrays=None):
        """What to differentiate by, and the outputs that are compared."""
        leaves, found = self._recorded(arrays)
        return leaves, [found[name] for name in self.chosen]

    def found(self, returned) -> dict:
        """The floating-point tensors among what the function returned, by name."""
        if isinstance(returned, Mapping):
            pairs = [(printable(key), each) for key, each in returned.items()]
        elif isinstance(returned, list | tuple):
            pairs = [(f"output {i}", each) for i, each in enumerate(returned)]
        else:
            pairs = [("", returned)]
        found = {name: self.room.out(each) for name, each in pairs if self.library.is_floating(each)}
        if not found:
            raise TypeError(unusable(self.name, returned, self.library))
        return found

    def _measure(self):
        """Find out which outputs are compared, and how."""
        if self.room.names and (script := script_in(self.fn)) is not None:
            raise TypeError(
                f"{type(script).__name__} is TorchScript, which is handed no copies of its parameters: "
                "check the module that it was made of"
            )
        leaves, found = in_this_thread_only(self._recorded)
        self.room.refuse_shared_changes()
        chosen = {name: each for name, each in found.items() if each.requires_grad}
        self.detached = not chosen
        chosen = chosen or found
        self.chosen = list(chosen)
        self.outputs = [""] if len(chosen) == 1 else self.chosen
        arrays = [self.library.array(each) for each in chosen.values()]
        kinds = [each.dtype for each in (*arrays, *(self.arrays[i] for i in self.checked))]
        seen = max((float(np.finfo(kind).eps), str(kind)) for kind in kinds)
        if not self.double or is_fine(seen[0]):
            seen = seen[0], ""
        hidden = self.room.within(lambda: self.library.coarsest(list(chosen.values()), leaves))
        self.precision, self.inside = max(seen, hidden, key=lambda found: found[0])
        elements, rows = sum(self.arrays[i].size for i in self.checked), sum(a.size for a in arrays)
        self.mixed = (rows * elements > MOST_ENTRIES or rows > MOST_OUTPUTS) and any(
            a.size > 1 for a in arrays
        )
        if self.mixed:
            random = np.random.default_rng(0)
            self.weights = [random.uniform(0.5, 1.5, a.shape) for a in arrays]
            self.outputs = [""]
        if self.double and not self.detached:  # a backward may make float32 of it, and not bear what it meets
            ones = [np.ones_like(a) for a in arrays]
            self.room.within(lambda: self._gradients(list(chosen.values()), leaves, ones))
        self.sizes = [a.shape for a in arrays]
        self.shapes = [()] if self.mixed else self.sizes
        self.no_complex_step = self.library.no_complex_step(list(chosen.values()))
        try:
            self.evaluate(self.arrays)
        except Exception:  # it may differentiate inside: then it needs what it would have
            self.recording = True
            self.evaluate(self.arrays)

    def evaluate(self, arrays) -> list[np.ndarray]:
        """Return the outputs for other arrays in place of :attr:`arrays`."""
        return undisturbed(lambda: self._evaluate(arrays))

    def _evaluate(self, arrays):
        if self.evaluated:
            self.evaluated()
        mode = self.library.recording if self.recording else self.library.quiet
        with mode():
            _, returned = self.call(arrays, self.checked if self.recording else ())
            found = self.found(returned)
        return self._mix([self.library.array(found[name]) for name in self.chosen])

    def _mix(self, arrays):
        if not self.mixed:
            return arrays
        return [np.asarray(sum((w * a).sum() for w, a in zip(self.weights, arrays, strict=True)))]

    # ------------------------------------------------------------------ gradients

    @with_copies
    def jacobians(self) -> list[dict[int, np.ndarray]]:
        """Return, for each output, its Jacobian by each checked input, through ``backward``.

        A Jacobian has the shape (elements of the output, elements of the input), and zeros where
        an output does not depend on an input.
        """
        leaves, outputs = self._graph()
        if self.mixed:
            return [self._rows(outputs, leaves, [self.weights])]
        return [
            self._rows([out], leaves, ([unit] for unit in units(self.library.array(out)))) for out in outputs
        ]

    def _rows(self, outputs, leaves, incoming):
        """One row of each Jacobian for each list of incoming gradients."""
        rows: dict[int, list] = {i: [] for i in self.checked}
        for weights in incoming:
            if self.evaluated:
                self.evaluated()
            for i, gradient in zip(self.checked, self._gradients(outputs, leaves, weights), strict=True):
                size = self.arrays[i].size
                rows[i].append(np.zeros(size) if gradient is None else np.ravel(gradient))
        return {i: np.array(each, float).reshape(len(each), self.arrays[i].size)
                for i, each in rows.items()}  # fmt: skip

    def _gradients(self, outputs, leaves, weights):
        """The gradients of a weighted sum of outputs; None where it does not depend on an input."""
        kept = [pair for pair in zip(outputs, weights, strict=True) if pair[0].requires_grad]
        return self.library.gradients(*zip(*kept), leaves) if kept else [None] * len(leaves)

    @with_copies
    def nothing_from_nothing(self) -> bool:
        """Whether incoming gradients of zero give zero, as where each backward multiplies by them."""
        leaves, outputs = self._graph()
        zeros = [np.zeros_like(self.library.array(out)) for out in outputs]
        rows = self._rows(outputs, leaves, [zeros])
        # 0 times an infinite slope is nan, which says nothing
        return all(np.all((row == 0) | np.isnan(row)) for row in rows.values())

    def second(self, which, columns=None) -> list[np.ndarray] | None:
        """Return the Jacobians by one input through the complex step; None if that cannot be.

        Only the given columns, if any are. Where it fails, ``no_complex_step`` then says why.
        """
        return self._complex(lambda: complex_step_jacobian(self.evaluate, self.arrays, which, columns))

    def imaginary(self, which, index, steps) -> list | None:
        """Return, for each step h, ``Im f(x + ih)`` of each output; None if that cannot be."""
        arrays = [complex_array(array) for array in self.arrays]
        return self._complex(lambda: [
            [np.imag(y) for y in self.evaluate(nudged(arrays, which, index, 1j * step))]
            for step in steps
        ])  # fmt: skip

    def _complex(self, work):
        """What comes of complex numbers; None if they cannot be, noting what was said of them."""
        while not self.no_complex_step:
            try:
                return work()
            except Exception as refused:
                if self.complexed:
                    self.complexed = False  # once more, with all else real
                    continue
                reason = str(refused).strip().partition("\n")[0]
                self.no_complex_step = f"with complex numbers it raises {type(refused).__name__}" + (
                    f": {reason[:80]}" if reason else ""
                )
        return None

    # ------------------------------------------------------------------ others like it

    def at(self, arrays) -> "Function":
        """Return the function with other arrays in place of :attr:`arrays`."""
        inputs = [each if each.array is None else replace(each, array=array)
                  for each, array in zip(self.inputs, arrays, strict=True)]  # fmt: skip
        return Function(self.fn, self.library, inputs, self.checked, self.double)

    def composed(self, fn) -> "Function":
        """Return another function of the same inputs."""
        return Function(fn, self.library, self.inputs, self.checked, self.double)

    def value(self, arrays) -> float:
        """Return the only number that the function returns, for other arrays."""
        return float(self.evaluate(arrays)[0].item())

    @with_copies
    def slopes(self, arrays) -> tuple[float, list]:
        """Return the only number that the function returns, and its gradients, for other arrays.

        A gradient is None where the number does not depend on an input.
        """
        leaves, (output,) = self._graph(arrays)
        value = self.library.array(output)
        return float(value.item()), self._gradients([output], leaves, [np.ones(value.shape)])

    def returned(self) -> list[np.ndarray]:
        """Return all elements of the outputs, also where :attr:`mixed` ones are compared."""
        return [self.library.array(output) for output in self._graph()[1]]

    def single(self, asker: str) -> None:
        """Raise ValueError unless the function returns one number."""
        if len(self.sizes) == 1 and math.prod(self.sizes[0]) == 1:
            return
        what = f"a tensor of shape {self.sizes[0]}" if len(self.sizes) == 1 else f"{len(self.sizes)} tensors"
        raise ValueError(
            f"{asker} expects a function that returns one number as a tensor; {self.name} returned "
            f"{what}. Add the numbers up with .sum() first."
        )

    @with_copies
    def traced(self, work, fn=None, arrays=None):
        """Call ``work(leaves, returned)`` after a recorded run, of other arrays or another function."""
        with self.library.recording():
            return work(*self.call(arrays or self.arrays, self.checked, fn))


def function_of(fn: Callable, inputs, names=None, *, every=False, dtype=None) -> Function:
    """Return a `Function` for what a check of a gradient is given.

    Parameters
    ----------
    fn : function of tensors that returns a tensor, or a tuple, list or dictionary of tensors; or
        a module, whose parameters are then inputs too; or a function without parameters that
        reads the tensors given as ``inputs`` (``lambda: criterion(model(x), y)``)
    inputs : a tensor, an array or a number; a list or tuple of them; a dictionary from names; or
        a module, which stands for its named parameters. Numbers are made tensors if there is
        nothing else (of `autograd_core`, or of PyTorch where the function turns out to be
        written for it), and otherwise passed on as they are; so are whole numbers, flags, texts.
    names : list of str, or None for those of fn's parameters; what belongs to a module is then
        called as in a picture: ``model.0.weight``
    every : bool, whether each number beside tensors is checked, too
    dtype : None, to compute in float64 whatever the types of what the function takes and reads
        (unless it cannot); or ``"as given"``

    Checked are the tensors that require a gradient, or, where none does (or with ``every``), all of
    floating-point numbers.

    Raises
    ------
    TypeError : fn is no function or returns no tensor; there are tensors of both libraries
    ValueError : there are no inputs, or none that has a gradient; complex ones; names that do not fit

    >>> function = function_of(lambda a, x: a * x, [2.0, 3.0])
    >>> function.names, function.evaluate(function.arrays), function.jacobians()
    (['a', 'x'], [array(6.)], [{0: array([[3.]]), 1: array([[2.]])}])
    """
    if dtype not in (None, AS_GIVEN):
        raise ValueError(f"dtype must be {AS_GIVEN!r} or None, for float64, not {dtype!r}")
    if not callable(fn) or is_tensor(fn):
        raise TypeError(
            f"the function itself is needed, not {kind_of(fn)}: "
            "f and x separately, as in GradientCheck(f, x), not GradientCheck(f(x), x)"
        )
    modules = any(map(is_module, (fn, inputs)))
    if is_module(inputs) and names is None:
        names = list(named_parameters(inputs, caller()))
    pairs = paired(inputs)
    if not pairs and not is_module(fn):
        raise ValueError(
            "there is no input to check: give the tensors that the function takes, or, for a "
            "function without parameters, those it reads, such as dict(model.named_parameters())"
        )
    found = arranged(fn, pairs, names)
    library = library_for(fn, [each.value for each in found])
    if is_module(fn):
        found += [Input(name, p, held=True) for name, p in named_parameters(fn, caller()).items()]

    def function(way):
        library, double, whole = way
        inputs = moving(found, library, every, whole)
        return Function(fn, library, inputs, to_check(inputs, every), double)

    settled = modules or any(is_tensor(each.value) for each in found)
    candidates = [library] if settled else list(libraries())
    whole = [True, False] if len(found) > 1 and any(type(e.value) is int for e in found) else [True]
    ways = [(each, double, numbers) for double in ((False,) if dtype else (True, False))
            for numbers in whole for each in candidates]  # fmt: skip
    return first_that_works(ways, function)


def compared(function: Function, **options) -> GradientReport:
    """Compare a function's gradients with central differences; see `autograd_core.gradcheck`."""
    return undisturbed(lambda: _compared(function, **options))


def _compared(function, *, eps, atol, rtol, columns=None, second=None):
    report = compare(
        function.evaluate, function.jacobians(), function.arrays, function.checked, function.names,
        function.shapes, eps=eps, atol=atol, rtol=rtol, columns=columns, second=second,
    )  # fmt: skip
    if function.detached and not report.ok:
        report.hints.append(Hint("detached", DETACHED))
    if not function.nothing_from_nothing():
        report.hints.append(Hint("incoming", INCOMING_UNUSED, fatal=True))
        report.ok = False
    return report


def sample(function: Function, most: int, checked=None) -> dict[int, np.ndarray]:
    """Which elements of which inputs to nudge, where all would be more than ``most``.

    At large inputs each run of the function takes long: of these they are fewer.

    >>> square = function_of(lambda x: (x * x).sum(), np.ones(50))
    >>> [len(some) for some in sample(square, 20).values()]
    [20]
    """
    checked = function.checked if checked is None else checked
    sizes = {i: function.arrays[i].size for i in checked}
    total = sum(sizes.values())
    most = max(min(most, MOST_WORK // max(total, 1)), min(most, FEWEST))
    if total <= most:
        return {}
    random = np.random.default_rng(0)
    share = {i: min(size, max(1, round(most * size / total))) for i, size in sizes.items()}
    return {
        i: np.sort(random.choice(sizes[i], share[i], replace=False, shuffle=False))
        for i in sizes
        if share[i] < sizes[i]
    }


# ---------------------------------------------------------------------- words


def told_of_sample(function: Function, which: int, some) -> str:
    """Say how many elements of an input were nudged."""
    return (f"of the {function.arrays[which].size} elements of {function.names[which]} {len(some)} "
            "were checked, picked at random")  # fmt: skip


def call_noting(fn, arguments, keywords, function):
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
    if isinstance(returned, Awaitable | Iterator):
        return (
            f"{name} returned {kind_of(returned)}: write it with `def` and `return`, without async or yield"
        )
    cure = "return a tensor, without .item(), float() or .numpy(), and with x.sqrt() in place of math.sqrt(x)"
    if is_tensor(returned):
        cure = f"the inputs are {library.name} tensors, and so must be what it returns"
    return f"{name} returned {kind_of(returned)}, not a tensor: {cure}"


def units(array):
    """Yield the arrays of this shape that hold a single 1, in order."""
    for index in np.ndindex(array.shape):
        unit = np.zeros(array.shape)
        unit[index] = 1
        yield unit
