"""One expression, two engines: tables of cases that PyTorch judges.

A case is a function whose first argument is the module, so that the same text runs on both::

    from tests.autograd_core.oracle_cases import ONE, POSITIVE, cases, test_each

    test_reductions = test_each(
        cases("sum", lambda torch, x, dim: x.sum(dim), ONE, dim=[0, -1, (0, 1)]),
        cases("log", lambda torch, x: torch.log(x), ONE, values=POSITIVE),
        cases("mul", lambda torch, a, b: a * b, TWO, dtypes=[*FLOATS, ("float64", "int64")]),
    )

``cases`` makes one :class:`Case` for each combination of shapes, element types, memory layouts
and arguments (every further keyword is a list of choices for an argument of that name).
``test_each`` makes a test of them, one pytest case for each name; ``case.check()`` does one.

What is compared: the values, types, shapes, ``requires_grad`` and ``grad_fn.name()`` of all
outputs (tensors, numbers, sizes, or tuples and lists of these); the gradient of every
floating-point operand for one random incoming gradient; the gradient of that gradient
(``create_graph=True``); what the operands hold afterwards; and, where PyTorch raises, the type of
the exception and the opening words of its message. A RuntimeWarning that the
package's own filter lets through is a failure.

In float64 and up to `MOST_ELEMENTS` elements ``gradcheck`` runs too, ours and PyTorch's on its
twin. Switch that off with ``gradcheck=False`` where the values lie on a kink.
"""

import itertools
import random
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.releases import node_name, raised
from tests.oracle import pytorch_is_missing, torch

MOST_ELEMENTS = 24  # an input with more is left out of gradcheck, which needs two runs for each

FLOATS = ("float64", "float32")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")
ALL_DTYPES = (*FLOATS, *INTEGERS, "bool")

# each entry holds one shape for each operand
ONE = [((),), ((1,),), ((5,),), ((2, 3),), ((2, 3, 4),), ((2, 1, 2, 3),), ((0,),), ((2, 0, 3),)]
TWO = [
    ((), ()), ((3,), ()), ((), (2, 3)), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)),
    ((4, 1, 3), (2, 1)), ((2, 3), (2, 3)), ((1,), ()), ((0,), (1,)), ((2, 0), (1, 1)),
    ((2, 3, 4), (1, 3, 1)),
]  # fmt: skip
MISFITS = [((2,), (3,)), ((2, 3), (2,)), ((2, 3, 4), (2, 4)), ((0,), (2,))]


# ---------------------------------------------------------------------- values


def NORMAL(random, shape):
    """Both signs, around 0, seldom near it."""
    return random.standard_normal(shape) * 1.5


def POSITIVE(random, shape):
    """From 0.2 to 3."""
    return random.uniform(0.2, 3.0, shape)


def UNIT(random, shape):
    """From -0.9 to 0.9."""
    return random.uniform(-0.9, 0.9, shape)


def DISTINCT(random, shape):
    """No two alike, at least 0.25 apart."""
    n = int(np.prod(shape))
    return (random.permutation(n) - n / 2 + 0.3).reshape(shape) / 4


def TIES(random, shape):
    """Few different values, so that many are equal."""
    return random.integers(-1, 2, shape) * 1.0


SPECIAL_NUMBERS = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -2.0, 3.0, 1000.0, -1000.0,
                   1e-30, 1e30, 0.3, -0.7]  # fmt: skip


def SPECIAL(random, shape):
    """Zeros of both signs, infinities, NaN, large and tiny numbers, in random order."""
    n = int(np.prod(shape))
    repeats = -(-n // len(SPECIAL_NUMBERS))
    return random.permutation(SPECIAL_NUMBERS * max(repeats, 1))[:n].reshape(shape)


def _draw(values, random, shape, dtype):
    if dtype == "bool":
        return np.asarray(random.integers(0, 2, shape), dtype=bool)
    if not dtype.startswith("float"):
        low = 0 if dtype == "uint8" else 1 if values is POSITIVE else -4
        return np.asarray(random.integers(low, 6, shape), dtype=dtype)
    return np.asarray(values(random, shape), dtype=dtype)


def _contiguous(array):
    return array


def _transposed(array):
    """The same elements with the axes' strides in reverse order."""
    return np.ascontiguousarray(array.T).T


def _strided(array):
    """The same elements, every second one of a longer memory."""
    longer = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    longer[..., ::2] = array
    return longer[..., ::2]


LAYOUTS = {"": _contiguous, "transposed": _transposed, "strided": _strided}


# ---------------------------------------------------------------------- cases


def cases(
    name, function, shapes=ONE, *, dtypes=FLOATS, values=NORMAL, layouts=("transposed", "strided"),
    requires_grad=True, gradcheck=True, second=True, same_node=True, words=5, rtol=None,
    default=None, **choices,
):  # fmt: skip
    """All combinations of shapes, types, layouts and choices: a list of :class:`Case`.

    name : opens the case's id
    function : ``function(torch, *operands, **one of each choice)``
    shapes : list of tuples, one shape for each operand
    dtypes : list of type names, or of tuples with one for each operand
    values : a function ``(random, shape)``, or a tuple with one for each operand
    layouts : non-contiguous layouts that are tried with the first of the dtypes
    requires_grad : bool, or a tuple with one for each operand (floating-point ones only)
    gradcheck, second : whether to run gradcheck, and to compare second derivatives
    same_node : whether ``grad_fn.name()`` must agree
    words : how many opening words of an error must agree
    rtol : relative tolerance, by default 1e-11, and 2e-5 where float32 is involved
    default : the default floating-point type that both are given; None: they are as they start
    choices : for each argument a list of values
    """
    made = []
    for dtype, each in itertools.product(dtypes, shapes):
        kinds = (dtype,) * len(each) if isinstance(dtype, str) else dtype
        rooms = [""]
        if dtype == dtypes[0] and any(len(shape) > 1 for shape in each):
            rooms += layouts
        for layout, combination in itertools.product(rooms, itertools.product(*choices.values())):
            made.append(Case(
                name, function, each, kinds, layout, dict(zip(choices, combination)), values,
                requires_grad, gradcheck, second, same_node, words, rtol, default,
            ))  # fmt: skip
    return made


MANY = 40


def test_each(*tables):
    """A test function that checks every case of the tables, one pytest case for each name.

    Of a name with many cases `make test` checks some that are drawn, always the same; `.ci/run` checks all.
    """
    groups = {}
    for case in itertools.chain(*tables):
        groups.setdefault(case.name, []).append(case)

    drawn = {name: random.Random(0).sample(all_of_it, MANY)
             for name, all_of_it in groups.items() if len(all_of_it) > MANY}  # fmt: skip
    every = [pytest.param(groups[name], id=f"{name}, all", marks=pytest.mark.exhaustive) for name in drawn]

    @pytest.mark.parametrize(
        "cases", [*(pytest.param(drawn.get(name, groups[name]), id=name) for name in groups), *every]
    )
    def test(cases):
        failures = []
        for case in cases:
            try:
                case.check()
            except Exception as error:  # all are told, the first one in full
                failures.append((case, error))
        if failures:
            others = "".join(f"\n  {case}" for case, _ in failures[1:20])
            case, error = failures[0]
            raise AssertionError(f"{len(failures)} of {len(cases)} cases fail; {case} and{others}") from error

    return test


test_each.__test__ = False  # pytest must not collect it where it is imported


@dataclass
class Case:
    """One call on given operands; ``check()`` runs it on both engines and compares."""

    name: str
    function: object
    shapes: tuple
    dtypes: tuple
    layout: str = ""
    arguments: dict = field(default_factory=dict)
    values: object = NORMAL
    requires_grad: object = True
    gradcheck: bool = True
    second: bool = True
    same_node: bool = True
    words: int = 5
    rtol: float | None = None
    default: str | None = None

    def __str__(self):
        kinds = self.dtypes[:1] if len(set(self.dtypes)) == 1 else self.dtypes
        shapes = " ".join("x".join(map(str, shape)) or "scalar" for shape in self.shapes)
        chosen = [f"{key}={_short(value)}" for key, value in self.arguments.items()]
        default = [f"default {self.default}"] if self.default else []
        parts = [self.name, *kinds, shapes, *filter(None, [self.layout]), *chosen, *default]
        return "-".join(parts)

    def arrays(self):
        """The operands' values: the same at every call."""
        random = np.random.default_rng(zlib.crc32(str(self).encode()))
        values = self.values
        values = values if isinstance(values, tuple) else (values,) * len(self.shapes)
        arrays = []
        for kind, shape, dtype in zip(values, self.shapes, self.dtypes, strict=True):
            array = _draw(kind, random, shape, dtype)
            arrays.append(LAYOUTS[self.layout](array) if array.ndim else array)
        return arrays

    def operands(self, module):
        """The operands as tensors of one of the two modules, leaves that require gradients."""
        asked = self.requires_grad
        asked = asked if isinstance(asked, tuple) else (asked,) * len(self.shapes)
        tensors = []
        for array, wanted in zip(self.arrays(), asked, strict=True):
            tensor = module.from_numpy(array) if self.layout else module.tensor(array)
            tensors.append(tensor.requires_grad_(wanted and array.dtype.kind == "f"))
        return tensors

    def check(self):
        """Compare with PyTorch: outcome or error, gradients, gradients of gradients."""
        with default_dtype(self.default):
            theirs = self.run(torch)
            ours = self.run(autograd_core)
            if theirs.error is not None:
                self._check_error(ours, theirs)
                return
            if ours.error is not None:
                raise AssertionError("PyTorch does not raise here") from ours.error
            self._same(ours.outputs, theirs.outputs, "outputs")
            self._same(ours.operands, theirs.operands, "operands afterwards")
            self._same(ours.gradients, theirs.gradients, "gradients", nodes=False)
            self._same(ours.second, theirs.second, "second derivatives", nodes=False)
            if self._can_gradcheck(theirs):
                which = [t.requires_grad for t in tensors_in(theirs.outputs)]
                if not self.layout:  # PyTorch's does not take every non-contiguous input
                    self._gradcheck(torch, which)
                self._gradcheck(autograd_core, which)

    def run(self, module):
        """Forward, backward and backward of backward on one of the modules."""
        with warnings.catch_warnings():
            warnings.simplefilter("error" if module is autograd_core else "ignore", RuntimeWarning)
            warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd_core\.")
            warnings.filterwarnings("ignore", category=UserWarning)
            operands = self.operands(module)
            try:
                outputs = self.function(module, *operands, **self.arguments)
            except Exception as error:  # the exception is what the other engine is asked for
                return Outcome(error=error)
            outcome = Outcome(outputs, operands)
            outcome.differentiate(module, self.second)
            return outcome

    def _check_error(self, ours, theirs):
        expected = f"PyTorch raises {type(theirs.error).__name__}: {theirs.error}"
        if ours.error is None:
            raise AssertionError(f"{expected}\nbut here the outcome is {ours.outputs}")
        (kind, message), (their_kind, their_message) = map(raised, (ours.error, theirs.error))
        assert kind == their_kind, f"{expected}\nhere: {ours.error!r}"
        opening = _words(their_message)[: self.words]
        assert _words(message)[: len(opening)] == opening, f"{expected}\nhere: {ours.error}"

    def _same(self, ours, theirs, where, nodes=True):
        if isinstance(theirs, torch.Tensor):
            assert isinstance(ours, autograd_core.Tensor), f"{where}: {type(ours)} is no tensor"
            assert _about(ours, nodes and self.same_node) == _about(theirs, nodes and self.same_node), where
            kind = str(theirs.dtype)
            single = kind == "torch.float32" or "float32" in self.dtypes
            rtol = self.rtol or (2e-5 if single else 1e-11)
            np.testing.assert_allclose(
                ours.numpy(force=True), theirs.numpy(force=True), rtol=rtol,
                atol=rtol if kind.startswith("torch.float") else 0, err_msg=where,
            )  # fmt: skip
        elif isinstance(theirs, tuple | list):
            assert isinstance(ours, tuple if isinstance(theirs, tuple) else list), where
            assert len(ours) == len(theirs), f"{where}: {len(ours)} for {len(theirs)}"
            for i, (our, their) in enumerate(zip(ours, theirs)):
                self._same(our, their, f"{where}[{i}]", nodes)
        elif isinstance(theirs, torch.dtype | torch.device):
            assert str(ours) == str(theirs), where
        elif isinstance(theirs, np.ndarray):
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, strict=True, err_msg=where)
        else:
            assert type(ours) is type(theirs), f"{where}: {type(ours)} for {type(theirs)}"
            assert (
                ours == pytest.approx(theirs, nan_ok=True, rel=1e-6)
                if isinstance(theirs, float)
                else ours == theirs
            ), f"{where}: {ours!r} for {theirs!r}"

    def _can_gradcheck(self, theirs):
        tensors = [t for t in theirs.operands if t.requires_grad]
        return (
            self.gradcheck
            and theirs.gradients
            and all(t.dtype == torch.float64 for t in (*tensors, *theirs.differentiable))
            and all(t.numel() for t in tensors)
            and sum(t.numel() for t in tensors) <= MOST_ELEMENTS
        )

    def _gradcheck(self, module, which):
        def outputs(*operands):
            out = tensors_in(self.function(module, *operands, **self.arguments))
            return tuple(itertools.compress(out, which))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert module.autograd.gradcheck(outputs, tuple(self.operands(module)))


class Outcome:
    """What one engine made of a case."""

    def __init__(self, outputs=(), operands=(), error=None):
        self.outputs, self.operands, self.error = outputs, operands, error
        self.gradients, self.second = [], []
        self.differentiable = [t for t in tensors_in(outputs) if t.requires_grad]

    def differentiate(self, module, second):
        """Fill in the gradients of the operands, and the gradients of those."""
        leaves = [t for t in self.operands if t.requires_grad]
        outputs = self.differentiable
        if not leaves or not outputs:
            return
        incoming = [_random_like(module, t, i).requires_grad_() for i, t in enumerate(outputs)]
        self.gradients = list(module.autograd.grad(
            outputs, leaves, incoming, retain_graph=True, create_graph=second, allow_unused=True,
        ))  # fmt: skip
        first = [g for g in self.gradients if g is not None and g.requires_grad]
        if second:
            self.second = [module.zeros_like(t) for t in (*leaves, *incoming)]
        if second and first:  # a gradient that is 0 everywhere may or may not be recorded
            self.second = list(module.autograd.grad(
                first, [*leaves, *incoming], [_random_like(module, g, 10) for g in first],
                allow_unused=True, materialize_grads=True,
            ))  # fmt: skip
        self.gradients = [g if g is None else g.detach() for g in self.gradients]


def tensors_in(value):
    """All tensors in a (nested) tuple or list."""
    if isinstance(value, tuple | list):
        return [tensor for each in value for tensor in tensors_in(each)]
    return [value] if isinstance(value, torch.Tensor | autograd_core.Tensor) else []


def _random_like(module, tensor, seed):
    random = np.random.default_rng(seed)
    shape = tuple(tensor.shape)
    array = random.uniform(0.5, 1.5, shape) * random.choice([-1, 1], shape)
    return module.tensor(np.asarray(array, dtype=str(tensor.dtype).removeprefix("torch.")))


def _about(tensor, node):
    """What can be said of a tensor but for its values."""
    about = {"shape": tuple(tensor.shape), "dtype": str(tensor.dtype)}
    if node:
        about["requires_grad"] = tensor.requires_grad
        about["grad_fn"] = node_name(tensor.grad_fn)
    return about


def _words(message):
    """The words of a message, without punctuation at their ends."""
    return [word.strip(".,:;") for word in message.split()]


def _short(value):
    return getattr(value, "__name__", None) or str(value).replace(" ", "")


@contextmanager
def default_dtype(name):
    """Give both engines, where both are there, this default floating-point type (if any) for a while."""
    modules = [autograd_core] if pytorch_is_missing else [torch, autograd_core]
    before = [module.get_default_dtype() for module in modules]
    for module in modules if name else ():
        module.set_default_dtype(getattr(module, name))
    try:
        yield
    finally:
        for module, dtype in zip(modules, before):
            module.set_default_dtype(dtype)


def with_requires_grad(table, *choices):
    """The same cases for other choices of which operands require gradients."""
    return [replace(case, name=f"{case.name} {choice}", requires_grad=choice)
            for case in table for choice in choices]  # fmt: skip
