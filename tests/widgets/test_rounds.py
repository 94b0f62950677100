"""What ran again and again is told round by round, and only where it is known which round it was."""

import linecache
from collections import Counter
from itertools import count
from random import Random

import pytest

import autograd_core
from tests.oracle import torch
from widgets import make_dot, record, watching
from widgets.levels import Levels
from widgets.trace import Trace

names = count()
BOTH = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["engine", "pytorch"])


def watched(lib, code, **more):
    """The trace of `y` after a program has run, and what the program has under its names."""
    w = lib.tensor([0.3, 0.2], requires_grad=True)
    held = {
        "lib": lib,
        "w": w,
        "c": lib.tensor([0.5, 0.1], requires_grad=True),
        "h": w * 1,
        "kept": [],
        **more,
    }
    file = f"<a program {next(names)}>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    with watching():
        exec(compile(code, file, "exec"), held)
        held["y"] = held["h"].sum()
    return record(held["y"]), held


def told(trace):
    """The rounds: name, where it begins, which of how many, operations."""
    return [
        (each.name, each.type, each.number, each.of, each.operations)
        for each in trace.scopes
        if each.kind == "round"
    ]


LOOP = """
h = h + c
for t in range(3):
    a = h * w
    b = a + c
    h = (b * b).sin()
    kept.append(h.tolist())
h = h * 2
"""


@BOTH
def test_each_round_of_a_loop_is_a_scope_with_what_it_computed(lib):
    trace, held = watched(lib, LOOP)
    assert told(trace) == [("for t", "line 3", number, 3, 4) for number in (1, 2, 3)]
    for scope, values in zip(trace.scopes, held["kept"], strict=True):
        assert trace.node(scope.outputs[-1]).value.data == pytest.approx(values)
    assert Trace.from_json(trace.to_json()) == trace


FUNCTION = """
def step(h, gate):
    if gate:
        return h
    a = h * w
    b = (a + c).sin()
    return b * b

while len(kept) < 3:
    h = step(h, 0)
    kept.append(1)
h = step(h * 2, 0)
h = step(h, 1)
"""
NESTED = """
for epoch in range(2):
    for x, y in [(1, 2), (3, 4), (5, 6)]:
        h = h * w + c
        h = (h * x).sin() * y
    h = h * 2 + c
    h = h * 3 + w
"""
COMPREHENSION = "h = lib.stack([((h * w + c) * k).sin() for k in range(3) if k != 1]).sum(0)"
WHILE = """
while (h * w).sum() * len(kept) < 1e-9 * len(kept):
    h = (h * w + c) * w + c
    kept.append(1)
while len(kept) < 3:
    kept.append((h * w).sum().item())
    h = ((h * w + c) * w + c)
"""


@BOTH
@pytest.mark.parametrize("code, rounds", [
    (FUNCTION.replace("if gate:\n        return h\n    ", ""), {("step", "line 2"): 5}),
    (NESTED, {("for epoch", "line 2"): 2, ("for x, y", "line 3"): 6}),
    (COMPREHENSION, {("for k", "line 1"): 2}),
    (WHILE, {("while", "line 5"): 3}),
])  # fmt: skip
def test_loops_of_each_kind_and_functions_that_are_called_again(code, rounds, lib):
    trace, _ = watched(lib, code)
    found = told(trace)
    assert {each[:2]: each[3] for each in found} == rounds
    for piece, several in rounds.items():
        assert [each[2] for each in found if each[:2] == piece] == list(range(1, several + 1))


def test_a_round_of_an_outer_loop_has_those_of_the_inner_one_in_it():
    trace, _ = watched(autograd_core, NESTED)
    outer = [trace.scopes[each.outer].name for each in trace.scopes if each.name == "for x, y"]
    assert outer == ["for epoch"] * 6


ALTERNATING = """
for t in range(6):
    if t % 2:
        h = ((h * w + c) * w).sin()
    else:
        h = ((h + w) * c + w).cos()
"""
SKIPPED = """
for t in range(6):
    if t % 2:
        h = ((h * w + c) * w).sin()
        continue
    h = ((h + w) * c + w).cos()
"""
RAISING = """
from contextlib import suppress
for t in range(5):
    with suppress(ValueError):
        if t % 2:
            h = ((h * w + c) * w).sin()
            raise ValueError
        h = ((h + w) * c + w).cos()
"""
CAUGHT = """
def step(h, t):
    if t % 2:
        kept.append(((h * w + c) * w).sin().sum())
        int("?")
    return ((h + w) * c + w).cos()

for t in range(5):
    try: h = step(h, t)
    except ValueError: pass
h = h + sum(kept)
"""
STREAMS = """
def stream(x):
    for t in range(4):
        x = x * 2
        x = x.sin() * 0.5 + 1
        yield x
        x = x + 1
        x = x + 1

h = sum(a + b for a, b in zip(stream(w), stream(c)))
"""
COROUTINES = """
class Pause:
    def __await__(self):
        yield

async def stream(x):
    for t in range(4):
        x = x * 2
        x = x.sin() * 0.5 + 1
        await Pause()
        x = x + 1
        x = x + 1
        kept.append(x)

running = [stream(w), stream(c)]
while running:
    for each in list(running):
        try: each.send(None)
        except StopIteration: running.remove(each)
h = sum(kept)
"""
RECURSION = """
def tree(h, depth):
    h = h * w
    h = ((h + c) * w + c).sin()
    if depth:
        h = tree(h, depth - 1)
        h = h * c
    return h

for t in range(3):
    h = tree(h, 1)
"""
SUMMED = """
for t in range(4):
    h = sum([h, w, c, h * w, w, c])
"""
SHORT = """
for t in range(4):
    h = h * w
    h = h + c
"""
ONCE = """
for t in range(1):
    h = ((h * w + c) * w).sin()
"""


@BOTH
@pytest.mark.parametrize("code", [ALTERNATING, SKIPPED, RAISING, CAUGHT, STREAMS, COROUTINES, RECURSION, FUNCTION, SUMMED, SHORT, ONCE],
                         ids="alternating skipped raising caught streams coroutines recursion function summed short once".split())  # fmt: skip
def test_where_two_rounds_could_be_taken_for_one_or_are_worth_no_box_there_is_none(code, lib):
    trace, _ = watched(lib, code)
    assert not told(trace)


def test_lines_that_run_in_some_rounds_only_are_in_those():
    code = "for t in range(4):\n    h = h * w\n    if t % 2:\n        h = h + c\n    h = (h * c).sin() + c\n"
    trace, _ = watched(autograd_core, code)
    assert [each[-1] for each in told(trace)] == [4, 5, 4, 5]


LONG = LOOP.replace("range(3)", "range(60)")


@BOTH
def test_a_level_has_the_rounds_of_a_long_loop_as_one_box_and_a_short_one_open(lib):
    trace, _ = watched(lib, LONG)
    levels = Levels(trace)
    parts = [level.part.name for level in levels]
    assert all(len(level.boxes) <= 50 for level in levels)
    closed = [levels[box - levels.count].part.name for box in levels[0].boxes if box >= levels.count]
    assert closed == ["for t ×1–60"] and {"for t ×1–30", "for t ×31–60", "for t ×17"} <= {*parts}
    trace, _ = watched(lib, LOOP)
    assert len(Levels(trace)) == 1


def test_of_very_many_rounds_each_part_is_called_by_its_rounds():
    levels = Levels(watched(autograd_core, LOOP.replace("range(3)", "range(1300)"))[0])
    closed = [levels[box - levels.count].part.name for box in levels[0].boxes if box >= levels.count]
    inside = [level.part.name for level in levels if level.way[:-1] == (0, 1)]
    assert closed == ["for t ×1–1300"] and inside[0].startswith("for t ×1–") and inside[-1].endswith("–1300")


def test_a_picture_has_the_rounds_of_a_loop_as_one_box():
    _, held = watched(autograd_core, "for t in range(60):\n    h = ((h * w + c) * w).sin()\n")
    dot = make_dot(held["y"], depth=1).source
    assert "for t ×1 … for t ×60" in dot and "line 1 × 60" in dot


# Each makes `h` larger, so that no two of its values are the same.
LINES = ["h = (h * w).sin() + h + 1", "h = h + c * 2", "h = sum([w, c], h)", "h = h + w * c * c", "h = h + (w if maybe(.5) else c)",
         "if maybe(.3): continue", "if maybe(.2): break"]  # fmt: skip


def program(random, loops, depth=0, inside=()):
    """Lines at random, which tell ``tag`` of each value in which round of which loops it was computed."""
    lines = []
    for _ in range(random.randint(1, 4)):
        kind = random.random()
        if kind < 0.3 and depth < 3:
            loops.append(f"i{len(loops)}")
            loop = loops[-1]
            head = [
                f"for {loop} in range({random.randint(1, 4)}):",
                f"    {loop} = count['{loop}'] = count['{loop}'] + 1",
            ]
            lines += [*head, *indented(program(random, loops, depth + 1, (*inside, loop)))]
        elif kind < 0.45 and depth < 3:
            lines += ["if maybe(.5):", *indented(program(random, loops, depth + 1, inside))]
        else:
            lines.append(random.choice(LINES[: None if inside else 5]))
            lines += [f"tag(h, dict({', '.join(f'{each}={each}' for each in inside)}))"]
    return lines


def indented(lines):
    return [f"    {line}" for line in lines]


@BOTH
def test_of_programs_at_random_each_round_that_is_told_is_that_very_round(lib):
    told_of = 0
    for seed in range(25):
        random, chance, known = Random(seed), Random(seed + 1), {}
        held = {
            "tag": lambda value, where, known=known: known.setdefault(tuple(value.tolist()), where),
            "maybe": lambda share, chance=chance: chance.random() < share,
            "count": Counter(),
        }
        trace, _ = watched(lib, "\n".join(program(random, [])) + "\n", **held)
        for scope in (each for each in trace.scopes if each.kind == "round"):
            values = (trace.node(id).value for id in scope.nodes)
            tags = [known.get(tuple(each.data)) for each in values if each and each.shape == (2,)]
            which = {tag[scope.name.removeprefix("for ")] for tag in tags if tag}
            recorded = {
                tag[loop] for tag in known.values() if (loop := scope.name.removeprefix("for ")) in tag
            }
            if which:
                told_of += 1
                assert len(which) == 1 and sorted(recorded).index(*which) + 1 == scope.number, seed
    assert told_of > 15
