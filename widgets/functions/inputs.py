"""The inputs of a function, in whatever form they are given: which tensors, by what names.

A list, a dictionary, a single tensor, numbers, a module for its parameters; passed as arguments,
or read by a function that takes none.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from autograd_core.printable import printable

from ..libraries import is_module, is_tensor
from ..words.names import caller, named_tensors
from ..words.numbers_as_text import counted

SOME_NUMBERS = int | float | np.number | np.ndarray | list | tuple


@dataclass(frozen=True)
class Input:
    """One input: its name, its values, and how the function gets it.

    Attributes
    ----------
    name : str
    value : tensor, array or number, as given
    held : bool, whether the function reads this very tensor instead of taking an argument
    keyword : str, the parameter's name if it is passed by keyword
    array : array of what it holds if it can be nudged, else None
    """

    name: str
    value: object
    held: bool = False
    keyword: str = ""
    array: np.ndarray | None = None

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
    keys, values = [key for key, _ in pairs], [value for _, value in pairs]
    by_name = any(key is not None for key in keys)
    if by_name and not held:
        refuse_unknown(fn, keys, takes)
    elif not held and takes is not None and not fits(fn, values):
        raise TypeError(
            f"{name_of(fn)} takes {counted(len(takes), 'input')} ({', '.join(takes)}), but "
            f"{counted(len(values), 'is', 'are')} given. One vector is one input: a tensor, not a "
            "list of numbers."
        )
    if names is None:
        unnamed = names_of_held(values) if held else parameter_names(fn, len(values))
        names = keys if by_name else unnamed
    keywords = keys if by_name and not held else [""] * len(pairs)
    return [Input(str(name), value, held, keyword)
            for name, value, keyword in zip(names, values, keywords, strict=True)]  # fmt: skip


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


def refuse_unknown(fn, keys, takes) -> None:
    """Raise TypeError for a dictionary's keys that are no parameters of the function."""
    if takes is None or set(keys) <= set(takes):
        return
    if is_module(fn):  # its own parameters, with inputs of its forward among them
        raise TypeError(
            "a module takes its inputs as a list: GradientCheck(model, [x]); its parameters "
            "are checked as well"
        )
    raise TypeError(
        f"{name_of(fn)} takes {', '.join(takes)}, but the dictionary names {', '.join(keys)}. Either the "
        "names are those of the parameters, or the function takes none and reads the tensors: "
        "lambda: criterion(model(x), y)"
    )


def names_of_held(values) -> list[str]:
    """The names that the caller's variables give to tensors that a function reads."""
    found: dict[int, str] = {}
    for name, tensor in named_tensors(None, caller(), is_tensor):
        found.setdefault(id(tensor), name)
    return [found.get(id(value), f"input {i}") for i, value in enumerate(values, 1)]


def signature_of(fn) -> inspect.Signature | None:
    """What a function takes; None if it does not tell, as some that are written in C."""
    try:
        return inspect.signature(fn.forward if is_module(fn) else fn)
    except (TypeError, ValueError):
        return None


def parameters_of(fn) -> list[str] | None:
    """The names of the parameters that are tensors; None if the function does not tell.

    Of one with ``*args`` that has no others nothing is told either.
    """
    signature = signature_of(fn)
    parameters = signature.parameters if signature else {}
    untold = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values())
    return None if signature is None or untold else list(parameters)


def fits(fn, values) -> bool:
    """Whether a function can be called with that many arguments."""
    signature = signature_of(fn)
    try:
        if signature is not None:
            signature.bind(*values)
    except TypeError:
        return False
    return True


def parameter_names(fn, count: int) -> list[str]:
    """The names of a function's first ``count`` parameters, as far as they have names."""
    signature = signature_of(fn)
    parameters = signature.parameters.values() if signature else ()
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (named + [f"input {i}" for i in range(len(named) + 1, count + 1)])[:count]


# ---------------------------------------------------------------------- which of them move


def moving(inputs, library, every, whole) -> list[Input]:
    """Return the inputs with those that can be nudged as arrays; all others stay as they are.

    These are floating-point tensors, arrays and lists of numbers; arrays of whole numbers where
    there is nothing else; and plain numbers, beside tensors only with ``every``, and if they are
    whole with ``whole``.
    """
    for each in inputs:
        refuse_complex(each)
    found = [replace(each, array=array_of(each, library)) for each in inputs]
    kinds = [None if each.array is None else each.array.dtype.kind for each in found]
    plain = [isinstance(each.value, int | float | np.number) for each in found]
    alone = not any(kind == "f" and not number for kind, number in zip(kinds, plain, strict=True))

    def moves(each, kind, number):
        if number:
            return (every or alone) and (kind == "f" or whole)
        return kind == "f" or (kind in ("i", "u") and alone and not library.is_tensor(each.value))

    found = [each if kind and moves(each, kind, number) else replace(each, array=None)
             for each, kind, number in zip(found, kinds, plain, strict=True)]  # fmt: skip
    if all(each.array is None for each in found):
        wrong = ValueError if any(hasattr(each.value, "dtype") for each in inputs) else TypeError
        raise wrong("; ".join(map(why_not, inputs)))
    return found


def array_of(each, library) -> np.ndarray | None:
    """The numbers of a tensor, an array, a list or a number; None for anything else."""
    value = each.value
    if library.is_tensor(value):
        return library.array(value)
    some = isinstance(value, SOME_NUMBERS) and not isinstance(value, bool | np.bool_)
    if not some or (isinstance(value, list | tuple) and any(map(is_tensor, value))):
        return None
    try:
        found = np.array(value)
        if found.dtype == object and all(isinstance(x, int | float) for x in found.flat):
            found = found.astype(float)  # whole numbers of more than 64 bits
    except ValueError:  # rows of several lengths
        return None
    except OverflowError:
        raise ValueError(f"{each.name} is too large a number: float64 ends at 1.8e308") from None
    return found if found.dtype.kind in "fiu" else None


def to_check(inputs, every) -> list[int]:
    """The positions of the inputs whose gradient is checked."""
    moving = [i for i, each in enumerate(inputs) if each.array is not None]
    asked = [i for i in moving if not every and getattr(inputs[i].value, "requires_grad", False)]
    return asked or moving


def refuse_complex(each) -> None:
    """Raise ValueError for an input of complex numbers."""
    kind = kind_in_words(each.value)
    if kind.startswith("complex"):
        raise ValueError(
            f"{each.name} is {kind}: gradients of complex inputs are not checked; give the real and "
            "the imaginary part, two inputs"
        )


def why_not(each) -> str:
    """Why an input has no gradient, and what to do."""
    if not hasattr(each.value, "dtype"):
        held = each.value.values() if isinstance(each.value, Mapping) else each.value
        cure = "Of a list make a tensor first, with torch.tensor" if isinstance(held, Collection) else ""
        if isinstance(held, str):
            cure = "Write a number without quotation marks"
        elif callable(held):
            cure = "Call it, with its arguments in brackets, if its result is meant"
        if is_module(held):
            cure = "Give the parameters of a module one by one: *model.parameters()"
        elif isinstance(held, Iterator) or (isinstance(held, Collection) and any(map(is_tensor, held))):
            star = "*tensors" if held is each.value else "*tensors.values()"
            cure = f"Give the tensors in it one by one, as in {star}"
        what = "None" if held is None else kind_of(each.value)
        return f"{each.name} is {what}: an input is a tensor or a number. {cure}".rstrip(". ")
    return (
        f"{each.name} holds {kind_in_words(each.value)}, which has no gradient: only floating-point "
        f"numbers have. Convert it, for example {each.name}.float()"
    )


def kind_in_words(value) -> str:
    """The type of a value, or of the numbers that it holds."""
    return str(getattr(value, "dtype", type(value).__name__)).rpartition(".")[2]


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
