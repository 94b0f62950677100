"""A trace is plain data: it survives JSON exactly, and its example can be checked by hand."""

import json
import math
from dataclasses import asdict, replace

import autograd_core
import pytest

from widgets import record
from widgets.trace import Formula, Summary, Trace, Value, example


def refuse(word):
    raise ValueError(f"{word} is not JSON")


def with_value(value):
    """The example with another value in its first node."""
    start = example()
    return replace(start, nodes=(replace(start.nodes[0], value=value), *start.nodes[1:]))


VALUES = {
    "nan": Value((), "float64", math.nan),
    "infinities": Value((2,), "float64", [math.inf, -math.inf]),
    "negative zero": Value((), "float64", -0.0),
    "whole numbers stay whole": Value((2,), "int64", [1, 2**60]),
    "truth": Value((), "bool", True),
    "complex": Value((2,), "complex128", [1 + 2j, complex(math.nan, -math.inf)]),
    "empty": Value((0, 3), "float64", []),
    "nested": Value((1, 2, 2), "float64", [[[0.1, 1 / 3], [1e-300, 5e-324]]]),
    "large": Value(
        (500,), "float64", summary=Summary(-math.inf, math.nan, 0.5, 1e300, (1.0, math.nan))
    ),
    "unknown": None,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_json_restores_every_value_exactly(value):
    written = with_value(value).to_json()
    restored = Trace.from_json(written)
    assert repr(asdict(restored)) == repr(asdict(with_value(value)))
    assert restored.to_json() == written
    assert restored == with_value(value)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_json_is_strict(value):
    json.loads(with_value(value).to_json(), parse_constant=refuse)


def test_another_value_is_another_trace():
    assert with_value(Value((), "float64", 2.5)) != example()


def test_hostile_text_survives_json():
    start = example()
    hostile = "</script><img onerror=alert(1)> \" ' \\ \n \u2028 {|}"
    node = replace(start.nodes[0], name=hostile)
    edge = replace(start.edges[0], formula=Formula(hostile, hostile))
    changed = replace(start, nodes=(node, *start.nodes[1:]), edges=(edge, *start.edges[1:]))
    assert Trace.from_json(changed.to_json()).nodes[0].name == hostile
    assert repr(asdict(Trace.from_json(changed.to_json()))) == repr(asdict(changed))


@pytest.mark.parametrize("text", ["{}", "[]", "3", '{"version": 99}', '{"version": "1"}'])
def test_what_is_no_trace_is_refused_by_its_version(text):
    with pytest.raises(ValueError, match="not a trace of version 1"):
        Trace.from_json(text)


def test_nodes_are_found_by_id():
    assert example().node("n2").name == "p"
    for wrong in ("n7", "n-1", "2", "", "n", "x"):
        with pytest.raises(KeyError):
            example().node(wrong)


def test_edges_are_found_from_either_end():
    start = example()
    assert [(edge.slot, edge.producer) for edge in start.operands("n3")] == [(0, "n2"), (1, "n2")]
    assert [edge.consumer for edge in start.consumers("n0")] == ["n2", "n5"]


def test_the_example_is_what_a_recording_gives():
    torch = autograd_core
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    w.grad = torch.tensor(1.0)
    p = x * w
    y = p * p + 3 * x
    recorded = record(y)
    by_hand = example()

    def bare(trace):
        """Without the places where this file's code stands."""
        nodes = [replace(node, source=node.source and node.source.expression)
                 for node in trace.nodes]  # fmt: skip
        return nodes, trace.edges, trace.steps, trace.outputs, trace.seeds

    assert bare(recorded) == bare(by_hand)


def test_the_gradients_of_the_example_are_the_sums_of_its_contributions():
    for step in example().steps:
        for sent in step.contributions:
            before = sent.before.data if sent.before else 0.0
            assert sent.after.data == before + sent.value.data



def test_a_trace_at_the_end_of_a_cell_is_one_line():
    x = autograd_core.tensor(2.0, requires_grad=True)
    y = x * x
    assert repr(record(y)) == "<Trace: y with 1 operation and 1 leaf, 4 steps>"
    assert repr(example()) == "<Trace: y with 4 operations and 2 leaves, 13 steps>"
