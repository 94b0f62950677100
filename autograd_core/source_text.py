"""Whether the text of a file is what was compiled, and where in it an instruction stands.

Hosts compile other text than they keep, without its indentation or its first line: the columns
are taken as they are, or moved, so that the text there is code of the kind that ran.
"""

import ast
import contextlib
import dis
import functools
import itertools
import linecache
import warnings
import weakref

KINDS = set(
    """BINARY_OP BINARY_SUBSCR BINARY_SLICE STORE_SUBSCR STORE_SLICE COMPARE_OP LOAD_ATTR
    UNARY_NEGATIVE UNARY_INVERT CALL CALL_KW CALL_FUNCTION_EX""".split()
)  # which the text tells
ANY = "an expression"  # what the text may be otherwise
CHECKED = {"BINARY_OP", "BINARY_SUBSCR", "CALL"}  # of a code object, to find how it was moved
MOST_CHECKED = 200
OUTDENTED = 8  # columns that a host may have put in front of each line
_moves = weakref.WeakKeyDictionary()  # code -> (the lines of its file, how it was moved)


def span_of(code, number):
    """Where the instruction of this number stands.

    Returns the lines of the file, the span (line, end_line, column, end_column; columns in bytes),
    and whether the text there fits: else the columns are None.
    """
    lines = _lines(code, number)
    span = _moved(_positions(code)[number], _move(code, lines))
    fits = None not in span and _says(lines, span, instruction_of(code, number))
    return lines, span if fits else (*span[:2], None, None), fits


def _lines(code, number):
    """The lines of a code object's file, read again if they are not what was compiled."""
    lines = linecache.getlines(code.co_filename)
    if not _fits(code, number, lines, _move(code, lines)):
        linecache.checkcache(code.co_filename)
        lines = linecache.getlines(code.co_filename)
    return lines


def _move(code, lines):
    """By how many (lines, bytes) the code is off in the text; most of it must make sense there."""
    known = _moves.get(code)
    if known is None or known[0] is not lines:
        known = _moves[code] = lines, _find_move(code, lines)
    return known[1]


def _find_move(code, lines):
    instructions = itertools.islice(dis.get_instructions(code), 20 * MOST_CHECKED)
    checked = [i.offset // 2 for i in instructions if i.opname in CHECKED][:MOST_CHECKED]
    moves = [(0, 0)]
    if not all(_fits(code, number, lines, (0, 0)) for number in checked):
        inwards = max((len(line) - len(line.lstrip()) for line in lines), default=0)
        columns = sorted(range(-OUTDENTED, inwards + 1), key=abs)
        moves = [(down, right) for down in (0, 1) for right in columns]
    return max(moves, key=lambda move: sum(_fits(code, n, lines, move) for n in checked))


def _fits(code, number, lines, move):
    """Whether the text of an instruction, moved, is code that runs such an instruction."""
    span = _moved(_positions(code)[number], move)
    return None in span or _says(lines, span, instruction_of(code, number))


def _says(lines, span, instruction):
    text = _text(lines, span)
    return text is not None and instruction in _ran(text)


def _moved(span, move):
    if None in span:
        return span
    return span[0] + move[0], span[1] + move[0], span[2] + move[1], span[3] + move[1]


def _text(lines, span):
    """The text of a span, None where there is none, or it begins or ends within a word."""
    line, end_line, column, end_column = span
    rows = [row.encode() for row in lines[line - 1 : end_line]]
    if len(rows) != end_line - line + 1 or column < 0 or end_column > len(rows[-1]):
        return None
    try:
        before, after = rows[0][:column].decode(), rows[-1][end_column:].decode()
        rows[-1] = rows[-1][:end_column]
        rows[0] = rows[0][column:]
        text = b"".join(rows).decode()
    except UnicodeDecodeError:
        return None
    cuts = _is_word(before[-1:] + text[:1]), _is_word(text[-1:] + after[:1])
    return None if any(cuts) or not text or text != text.strip() else text


def _is_word(pair):
    """Whether two characters stand together in one name or number."""
    return len(pair) == 2 and all(each.isalnum() or each == "_" for each in pair)


@functools.lru_cache(4096)
def _ran(text):
    """What instructions a piece of code runs as a whole: an expression, or a change in place."""
    found = set()
    for form in (f"({text}\n)", text, f"({text}) = 0"):
        with contextlib.suppress(SyntaxError, ValueError):
            code = _compiled(form)
            found.add(ANY)
            found |= {_kind(i.opname, i.argrepr) for i in dis.get_instructions(code)
                      if text == ast.get_source_segment(form, _Place(i.positions))}  # fmt: skip
    return found


@functools.lru_cache(4096)
def may_run(line, instruction=None):
    """Whether a line holds such code somewhere, or any that can make a node.

    What is no statement by itself, as the beginning of a loop, may hold it.

    >>> may_run("y = a * b"), may_run("import math"), may_run("for y in x:")
    (True, False, True)
    """
    try:
        waiting = [_compiled(line.strip())]
    except (SyntaxError, ValueError):
        return not line.startswith("%%")  # that of a cell's magic is no code
    kinds = set()
    for code in waiting:
        kinds |= {_kind(i.opname, i.argrepr) for i in dis.get_instructions(code)}
        waiting += [part for part in code.co_consts if isinstance(part, type(code))]
    return bool(kinds - {ANY}) if instruction is None else instruction in kinds | {ANY}


def _compiled(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the user's code is warned of was said already
        return compile(text, "<text>", "exec")


class _Place:
    """Where an instruction stands, as `ast` takes it."""

    def __init__(self, positions):
        self.lineno, self.end_lineno, self.col_offset, self.end_col_offset = positions


def _kind(name, argument):
    """The kind of an instruction, as far as the text must agree with it."""
    if name == "BINARY_OP":
        return name, argument
    return (name, "") if name in KINDS else ANY


def instruction_of(code, number):
    """The kind of the instruction of this number, as :func:`may_run` takes it."""
    while dis.opname[code.co_code[2 * number]] == "CACHE":  # of the instruction before it
        number -= 1
    name = dis.opname[code.co_code[2 * number]]
    if name == "BINARY_OP":
        return name, _operators()[code.co_code[2 * number + 1]]
    return _kind(name, "")


@functools.cache
def _operators():
    """The signs of Python's binary operators, by the arguments of the instruction."""
    signs = ["+", "-", "*", "/", "//", "%", "@", "**", "&", "|", "^", "<<", ">>"]
    forms = [*(f"a {sign} b" for sign in signs), *(f"a {sign}= b" for sign in signs), "a[b]"]
    ran = (i for form in forms for i in dis.get_instructions(compile(form, "", "exec")))
    return {i.arg: i.argrepr for i in ran if i.opname == "BINARY_OP"}


@functools.lru_cache(64)
def _positions(code):
    return list(code.co_positions())
