"""The functions of the language: how each is worked out, and how it is written.

Every function of NumPy that works element by element belongs to it under its own name; below stand
those that are written otherwise than ``name(argument)``, and those that do not work so. What no
entry has is a word: it can be read and not worked out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

# How tightly what is written is bound: it stands in brackets inside what is bound more tightly.
CASES, LOGIC, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)


@dataclass(frozen=True)
class Function:
    """One function of the language.

    Attributes
    ----------
    notation : str, ``{0}`` stands for an argument, ``{0:a}`` for one in brackets unless it is
        short; ``""`` for ``name(argument, …)``
    compute : function of arrays, or None if it is only told
    pointwise : bool, whether it works element by element
    shown : int, how many arguments are told; those after them say along which axes
    binding : int, how tightly the whole is bound
    """

    notation: str = ""
    compute: Callable | None = None
    pointwise: bool = True
    shown: int = 9
    binding: int = ATOM


def known(name: str) -> Function | None:
    """The function of this name, or None if it is a word.

    >>> known("cos").compute(0.0), known("exec")
    (np.float64(1.0), None)
    """
    found, ufunc = FUNCTIONS.get(name), getattr(np, name, None)
    if isinstance(ufunc, np.ufunc) and (found is None or found.compute is None):
        return replace(found or Function(), compute=ufunc)
    return found


def whole(notation="", compute=None, shown=1, binding=ATOM):
    """A function that does not work element by element."""
    return Function(notation, compute, False, shown, binding)


def along(function):
    """A function of NumPy that keeps the axes along which it works."""
    return lambda x, dim=None: function(x, axis=dim, keepdims=True)


FUNCTIONS = {
    "sqrt": Function("√{0:a}"),
    "abs": Function("|{0}|"),
    "absolute": Function("|{0}|"),
    "exp2": Function("2^{0:a}", binding=POWER),
    "floor": Function("⌊{0}⌋"),
    "ceil": Function("⌈{0}⌉"),
    "square": Function("{0:a}²", binding=POWER),
    "reciprocal": Function("1/{0:a}", binding=PRODUCT),
    "minimum": Function("min({0}, {1})"),
    "maximum": Function("max({0}, {1})"),
    "arcsin": Function("asin({0})"), "arccos": Function("acos({0})"), "arctan": Function("atan({0})"),
    "clip": Function(compute=np.clip),
    "erf": Function(compute=lambda x: np.asarray(np.frompyfunc(math.erf, 1, 1)(x), float)),
    "sigmoid": Function("σ({0})", lambda x: np.exp(-np.logaddexp(0, -x))),
    "transpose": whole("{0:a}ᵀ", lambda x: np.swapaxes(x, -1, -2) if x.ndim > 1 else x),
    "swapaxes": whole("{0:a}ᵀ", np.swapaxes),
    "permute": whole(compute=np.transpose),
    "count": whole(compute=along(np.sum)),
    **{name: whole(compute=along(getattr(np, name))) for name in "sum mean var".split()},
    **{name: whole(compute=getattr(np, name)) for name in "cumsum cumprod flip roll tril triu".split()},
    "sum_from_here": whole(compute=lambda x, dim: np.flip(np.cumsum(np.flip(x, dim), dim), dim) if x.ndim else x),
    "outer": whole("{0:a} ⊗ {1:a}", np.outer, 2, PRODUCT),
    "eye": whole("I", shown=0),
    "part": whole("part of {0:a}", binding=CASES),
    "reshape": whole("{0}", lambda x, shape: np.reshape(x, shape)),
    "sum_to_shape": whole("{0}"),  # how that is said where a rule is told: it sums over these axes
}  # fmt: skip
