"""What changed in PyTorch, and when: tests compare with whichever release is installed.

The engine does what `NEWEST` does. Where an older release is installed, what it cannot tell apart
is compared as one (`node_name`, `edges`, `raised`), and what it computes otherwise is left out
(`since`) and named at the top of the run. This table is the only place that knows of releases.
"""

import re
from typing import NamedTuple

from packaging.version import Version

from tests.oracle import torch
from widgets.libraries import TESTED

NEWEST = TESTED[-1]


class Change(NamedTuple):
    """What a release does otherwise than those before it.

    ``nodes`` are names of nodes that those before gave one name; ``number`` says that a number
    put in was an operand, so that the node had an edge to nothing; ``types`` finds messages of a
    RuntimeError that became a NotImplementedError; ``said`` is how what a message now opens with
    was said. A change without any of these is one of values: no comparison is possible.
    """

    release: str
    what: str
    nodes: tuple = ()
    number: bool = False
    types: str = ""
    said: dict = {}


CHANGES = {
    "clamp": Change("2.14", "the gradient of clamp at its limits"),
    "arange": Change("2.14", "arange of whole numbers from fractions"),
    "bools": Change(
        "2.14", "-, + and relu of bools raise NotImplementedError",
        types=r"(Negation|Subtraction), the `-` op|The `\+` op|Boolean inputs not supported for relu",
    ),
    "whole": Change(
        "2.15", "mean, var, std, norm, argmax of whole numbers or bools raise NotImplementedError",
        types=r"(nan)?mean\(\): |(std|var)\w* (and|only) |linalg.vector_norm: Expected a floating"
        r"|arg(max|min)\(\): does not support",
    ),
    "misfits": Change(
        "2.15", "the product that does not fit is named",
        said={"addmm: self must": "mat1 must", "addmm: ": "", "mm: ": ""},
    ),
    "places": Change(
        "2.15", "a number put in at places or by a mask fills them", number=True,
        nodes=("IndexPutBackward0", "IndexFillBackward0", "MaskedFillBackward0"),
    ),
    "fill": Change(
        "2.15", "a number put in everywhere fills it", number=True,
        nodes=("FillBackward3", "FillBackward2", "CopyBackwards"),
    ),
    "limits": Change("2.15", "limits of clamp beyond the range of whole numbers"),
    "linear": Change(
        "2.15", "linear of one or three dimensions gives no view",
        nodes=("ViewBackward0", "UnsafeViewBackward0"),
    ),
}  # fmt: skip


INSTALLED = Version(getattr(torch, "__version__", NEWEST))


def older(key):
    """Whether the installed release is one from before this change."""
    return INSTALLED.release < Version(CHANGES[key].release).release


MISSED = [change for key, change in CHANGES.items() if older(key)]
NOT_COMPARED = [change.what for change in MISSED if not any(change[2:])]
ONE_NAME = {name: change.nodes[0] for change in MISSED for name in change.nodes}


def since(key, table):
    """The cases of a table that are about this change: none of them with an older release."""
    return [] if older(key) else table


def node_name(node):
    """A node's name, as far as the installed release tells nodes apart; None for no node."""
    if node is None:
        return None
    name = node.name().removeprefix("torch::autograd::")
    return ONE_NAME.get(name, name)


def edges(node):
    """A node's ``next_functions``, without edges to nothing at the end where they have gone."""
    found = list(node.next_functions)
    while found and found[-1][0] is None and any(change.number for change in MISSED):
        found.pop()
    return found


def raised(error):
    """The name of an exception's type and its message, as the installed release would give them."""
    kind, message = type(error).__name__, str(error)
    for change in MISSED:
        if change.types and re.match(change.types, message):
            kind = "RuntimeError"
        for now, before in change.said.items():
            if message.startswith(now):
                message = before + message.removeprefix(now)
                break
    return kind, message
