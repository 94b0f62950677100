"""What of the user's code ran again and again, round by round: loops, and functions called several times."""

import ast
import inspect
import math
from collections import defaultdict
from functools import lru_cache
from types import CodeType
from typing import NamedTuple

from autograd_core.source_text import span_of

WORTH_A_BOX = 4  # nodes of a round, on average
LOOPS = ast.For | ast.AsyncFor | ast.While
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
# What is in them may not run, or not to its end: a `with` may suppress an exception.
CHOICES = (
    ast.If
    | ast.IfExp
    | ast.BoolOp
    | ast.Compare
    | ast.Try
    | ast.TryStar
    | ast.Match
    | ast.With
    | ast.AsyncWith
)
LEAVING = ast.Continue | ast.Return | ast.Break | ast.Raise | ast.Assert | ast.Yield | ast.YieldFrom
PAUSED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Made(NamedTuple):
    """What makes nodes, as far as rounds are found from it: a `Call`, or of the engine a node itself.

    Attributes
    ----------
    first, last : the numbers of the nodes that it made, the end exclusive
    function : what was called
    code, lasti : where in the user's code, as a frame tells it
    module : the innermost module at work
    direct : bool, whether the code there calls this very function, and not one that calls several
    """

    first: int
    last: int
    function: object
    code: CodeType
    lasti: int
    module: object = None
    direct: bool = False


class Round(NamedTuple):
    """Calls that were made one after the other, before the code went back to where it had been.

    Attributes
    ----------
    name, line : str and int, of a loop its beginning, ``"for t"`` or ``"while"``, else of the function
    number, of : int, it is the round ``number`` (from 1) of ``of`` in which something was recorded
    first, last : the numbers of the nodes made meanwhile, the end exclusive
    """

    name: str
    line: int
    number: int
    of: int
    first: int
    last: int


def rounds_of(calls) -> list[Round]:
    """The rounds of all code that ran at least twice and did enough in each, from calls in their order: `Made`, or alike.

    A round is over when the code is at a place before the latest one, in the order of its instructions; all that is in
    a loop inside counts as at one place.
    """
    by_piece, places, latest, unsure = defaultdict(list), {}, {}, set()
    for call in calls:
        pieces, _ = pieces_of_code(call.code, call.lasti)
        for piece, inner in zip(pieces, (*pieces, None)[1:], strict=True):
            here = call.module, id(call.code), piece
            place = places.setdefault((*here, inner), call.lasti) if inner else call.lasti
            before, function = latest.get(here, (math.inf, None))
            if place < before:
                by_piece[here].append([])
            elif place == before and not inner and (call.direct or call.function == function):
                unsure.add(here)  # another round with this place alone, or one call of several, as of ``sum``
            by_piece[here][-1].append(call)
            latest[here] = place, call.function
    return [
        Round(*here[-1], number, len(rounds), each[0].first, each[-1].last)
        for here, rounds in by_piece.items()
        if here not in unsure
        and len(rounds) > 1
        and made(rounds) >= WORTH_A_BOX * len(rounds)
        and are_whole(here[-1], rounds)
        for number, each in enumerate(rounds, 1)
    ]


def are_whole(piece, rounds) -> bool:
    """Whether each has a call that no round can do without, and begins with one or with a loop inside: else two, in
    which other lines ran, may look like one.
    """
    sure, own = [], []
    for each in rounds:
        told = {call.lasti: pieces_of_code(call.code, call.lasti) for call in each}
        sure.append({place for place, (pieces, always) in told.items() if always and pieces[-1] == piece})
        own.append(told[each[0].lasti][0][-1] == piece)
    common = set.intersection(*sure)
    return bool(common) and all(
        each[0].lasti in common for each, direct in zip(rounds, own, strict=True) if direct
    )


def made(rounds) -> int:
    """How many nodes all calls have made."""
    return sum(call.last - call.first for each in rounds for call in each)


@lru_cache(4096)
def pieces_of_code(code, lasti) -> tuple[tuple[tuple[str, int], ...], bool]:
    """What an instruction belongs to that may run again, from the outside: its function and the loops in it, by
    name and line; and whether it runs each time that the innermost of these does.
    """
    if code.co_flags & PAUSED or code.co_name in (*code.co_names, *code.co_freevars):
        return (), False  # it may run anew before it has run to its end
    lines, (line, end_line, column, end_column), fits = span_of(code, lasti // 2)
    function = () if code.co_name.startswith("<") else ((code.co_name, code.co_firstlineno),)
    if not fits:
        return function, False
    place, loops, always = ((line, column), (end_line, end_column)), [], True
    for outer, inner in way_to(place, parsed("".join(lines))):
        if isinstance(outer, FUNCTIONS):
            loops, always = [], not leaves_before(place, outer)
        elif is_repeated(place, outer, inner):
            loops.append((beginning(outer), outer.lineno))
            always = not leaves_before(place, outer)
        elif isinstance(outer, CHOICES):
            always = False
    return (*function, *loops), always


def is_repeated(place, outer, inner) -> bool:
    """Whether what is at a place, in a part of a loop, runs in each round of it."""
    if isinstance(outer, LOOPS):
        return inner in outer.body or inner is getattr(outer, "test", None)
    return isinstance(outer, COMPREHENSIONS) and not is_in(place, outer.generators[0].iter)


def leaves_before(place, piece) -> bool:
    """Whether a round may be over before it is at a place."""
    return any(
        isinstance(each, LEAVING) and (each.lineno, each.col_offset) < place[0] for each in ast.walk(piece)
    )


def beginning(loop) -> str:
    """How a loop begins.

    >>> beginning(ast.parse("for i, x in enumerate(xs): f(x)").body[0])
    'for i, x'
    """
    if isinstance(loop, ast.While):
        return "while"
    target = loop.generators[0].target if isinstance(loop, COMPREHENSIONS) else loop.target
    return f"for {ast.unparse(target).strip('()')}"


def way_to(place, node):
    """Yield pairs of parts of a program, one inside the other, that a place is in, from the whole inwards."""
    while node is not None:
        parts = [part for child in ast.iter_child_nodes(node) for part in with_place(child)]
        inner = next((part for part in parts if is_in(place, part)), None)
        yield node, inner
        node = inner


def with_place(node):
    """A part of a program, or of one that has no place of its own, as the clause of a comprehension, its parts."""
    return [node] if hasattr(node, "lineno") else ast.iter_child_nodes(node)


def is_in(place, node) -> bool:
    start, end = place
    return (node.lineno, node.col_offset) <= start and end <= (node.end_lineno, node.end_col_offset)


@lru_cache(64)
def parsed(text) -> ast.Module:
    """A program's tree; an empty one of what is none."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
