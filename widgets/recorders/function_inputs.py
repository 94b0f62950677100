"""The inputs of a function, in whatever form they are given: which tensors, by what names.

A list, a dictionary, a single tensor, numbers, a module for its parameters; passed as arguments,
or read by a function that takes none.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from autograd_core.printable import printable

from ..names import caller, named_tensors
from . import engine_functions

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
    keyword : str, the parameter's name if it is passed by keyword, or its path in the module
    """

    name: str
    value: object
    held: bool = False
    keyword: str = ""
    parameter: bool = False

    def __post_init__(self):
        object.__setattr__(self, "name", printable(self.name))


def arranged(fn, pairs, names) -> list[Input]:
    """Return the inputs in the order given, each with a name and the way it is passed."""
    takes = parameters_of(fn)
    held = takes == [] and not is_module(fn)
    if names is not None:
        names = [names] if isinstance(names, str) else list(names)
        if len(names) != len(pairs):
            raise ValueError(f"{len(pairs)} inputs need as many names, not {len(names)}: {names}")
        if len(set(names)) < len(names):
            raise ValueError(f"each input needs a name of its own, not {names}")
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
            f"{each.name} is {kind_of(each.value)}: an input is a tensor or a number. "
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


# ------------------------------------------------------------- tensors made of what is none


def ways_for_numbers() -> list[tuple]:
    """The ways to make tensors of numbers: (library, type), the likeliest first.

    Which library a function is written for turns out when it is called.
    """
    found = [(library, np.float64) for library in libraries()]
    return found + [(library, np.float32) for library, _ in found[1:]]


def leaf_of(value, library, kind):
    """A copy that requires a gradient: of this type, or if it is None of the value's own one.

    A number's own type is then float32, as that of other tensors that take no float64.
    """
    array = np.array(library.array(value) if library.is_tensor(value) else value)
    if kind is None:
        kind = array.dtype if library.is_tensor(value) and array.dtype.kind == "f" else np.float32
    return library.leaf(array.astype(kind), value, True)


def first_that_works(ways, make: Callable):
    """Return ``make(way)`` for the first of the ways for which it does not raise.

    If it does for all: a TypeError says in most cases that the way was a wrong one, so another
    error is raised where there is one.

    >>> first_that_works([0, 2, 4], lambda x: 8 // x)
    4
    """
    raised = []
    for way in ways:
        try:
            return make(way)
        except Exception as error:
            raised.append(error)
    raise next((error for error in raised if not isinstance(error, TypeError)), raised[0])


# ---------------------------------------------------------------------- words


def name_of(fn: Callable) -> str:
    """Return what to call a function in a sentence."""
    if is_module(fn):
        return printable(f"the {type(fn).__name__}")
    name = getattr(fn, "__name__", "<lambda>")
    return "the function" if name == "<lambda>" else printable(name)


def kind_of(value) -> str:
    """Say what a value is, by its type.

    >>> kind_of(3), kind_of([])
    ('an int', 'a list')
    """
    name = printable(type(value).__name__)
    return f"an {name}" if name[0].lower() in "aeio" else f"a {name}"


def counted(number: int, word: str, words: str = "") -> str:
    """Write a number of things: ``1 input``, ``2 inputs``."""
    return f"{number} {word if number == 1 else words or word + 's'}"
