"""Recordings of `autograd_core` and of PyTorch agree, and change nothing."""

import re
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

import autograd_core
from tests.autograd_core.oracle_cases import default_dtype
from tests.oracle import torch as pytorch
from tests.widgets import programs
from tools.links import PROJECT
from widgets import record
from widgets.trace import Trace

NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")


@pytest.fixture(autouse=True)
def in_float64():
    """Only there do both libraries round to the same digits."""
    with default_dtype("float64"):
        yield


def comparable(part):
    """A trace without ids' library, dtypes, origins of values, and places in source code."""
    if isinstance(part, Trace):
        part = asdict(part)
    if isinstance(part, dict):
        ignored = {"engine", "dtype", "origin", "source", "listings"}
        return {key: comparable(value) for key, value in part.items() if key not in ignored}
    if isinstance(part, list | tuple):
        return [comparable(value) for value in part]
    if isinstance(part, str):
        return NUMBER.sub(lambda found: f"{float(found[0]):.8g}", part)
    if isinstance(part, int | float):
        return pytest.approx(float(part), rel=1e-9, abs=1e-12, nan_ok=True)
    return part


def leaves_last(trace):
    """A trace whose leaves settle last, as in the engine: in PyTorch they do as soon as they are complete."""
    kinds = {node.id: node.kind for node in trace.nodes}
    late = {id(step): int(step.node[1:]) for step in trace.steps
            if step.phase == "backward" and kinds[step.node] == "leaf"}  # fmt: skip
    return replace(trace, steps=tuple(sorted(trace.steps, key=lambda step: late.get(id(step), -1))))


def differences(ours, theirs, path="trace"):
    """Yield where two traces differ: the path and both sides."""
    if path.endswith(".parameters") and theirs == []:
        return  # the shape of an operand that PyTorch no longer has is not told
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() | theirs.keys():
            yield from differences(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(*pair, f"{path}[{i}]")
    elif (
        isinstance(ours, list | dict)
        or isinstance(theirs, list | dict)
        or getattr(theirs, "expected", theirs) != ours
    ):
        yield path, ours, theirs


SLICED = {programs.indexing, programs.OPERATIONS["slice"]}  # with a slice of all


def has_a_node_for_a_slice_of_all():
    """Whether the PyTorch that is here is so old: what it records has a node more."""
    (before, _), *_ = pytorch.ones(2, 3, requires_grad=True)[:, 1:].grad_fn.next_functions
    return before.name() == "SliceBackward0"


@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda program: program.__name__)
def test_both_libraries_give_the_same_trace(program):
    if program in SLICED and has_a_node_for_a_slice_of_all():
        pytest.skip("this PyTorch has a node for a slice of all")
    ours, theirs = (
        comparable(leaves_last(record(y, names))) for y, names in (program(autograd_core), program(pytorch))
    )
    assert list(differences(ours, theirs)) == []


@pytest.mark.parametrize("operation", programs.OPERATIONS.values(), ids=programs.OPERATIONS)
def test_both_libraries_give_the_same_trace_of_one_operation(operation):
    if operation in SLICED and has_a_node_for_a_slice_of_all():
        pytest.skip("this PyTorch has a node for a slice of all")
    made = (programs.one_operation(torch, operation) for torch in (autograd_core, pytorch))
    ours, theirs = (comparable(leaves_last(record(y, names))) for y, names in made)
    assert list(differences(ours, theirs)) == []


EVERY_PROGRAM = """
from autograd_core.core.node import Operation
before = set(Operation.named)
import autograd_core
from tests.widgets import programs
for program in programs.PROGRAMS:
    program(autograd_core)
for operation in programs.OPERATIONS.values():
    programs.one_operation(autograd_core, operation)
print(sorted(set(Operation.named) - before))
"""


def test_an_operation_is_known_by_its_name_before_it_is_called():
    """So that PyTorch's nodes have formulas whatever the engine was asked to compute before."""
    done = subprocess.run([sys.executable, "-c", "import widgets.recorders\n" + EVERY_PROGRAM], cwd=PROJECT,
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "['CubeBackward', 'SumAndDifferenceBackward']"  # the programs' own
