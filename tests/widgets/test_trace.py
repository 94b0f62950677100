"""A trace is plain data: it survives JSON exactly, and its example can be checked by hand."""

import itertools
import json
import math
from dataclasses import asdict, replace

import pytest

import autograd_core
from autograd_core.printable import printable
from widgets import BackwardStepper, GradientQuiz, record
from widgets.answers.backward_pass import BackwardPass
from widgets.answers.slips import mistakes
from widgets.drawing.picture import Picture
from widgets.quiz.hints import hints_for
from widgets.recorders.example import example
from widgets.trace import VERSION, Formula, Parameter, Source, Summary, Trace, Value


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
    "large": Value((500,), "float64", summary=Summary(-math.inf, math.nan, 0.5, 1e300, (1.0, math.nan))),
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


def test_hostile_text_becomes_printable_and_then_survives_json():
    start = example()
    hostile = "</script><img onerror=alert(1)> \" ' \\ \n \u2028 \ud800 {|}"
    node = replace(start.nodes[0], name=hostile)
    edge = replace(
        start.edges[0], formula=Formula(hostile, (Parameter(hostile, Value((), "int64", 3)),), hostile)
    )
    changed = replace(start, nodes=(node, *start.nodes[1:]), edges=(edge, *start.edges[1:]))
    assert Trace.from_json(changed.to_json()).nodes[0].name == printable(hostile)
    assert repr(asdict(Trace.from_json(changed.to_json()))) == repr(asdict(changed))


@pytest.mark.parametrize("text", ["{}", "[]", "3", '{"version": 99}', '{"version": "1"}'])
def test_what_is_no_trace_is_refused_by_its_version(text):
    with pytest.raises(ValueError, match="not a trace of version 5"):
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


@pytest.mark.parametrize("text", [
    "", "{", "null", "true", "[" * 100_000, '{"a":' * 100_000, "\ufeff{}", b"\xff\xfe", "NaN",
    '{"version": NaN}', "1" * 5000, "not JSON at all",
], ids=lambda text: repr(text[:20]))  # fmt: skip
def test_what_is_no_json_of_a_trace_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match="^this is not (the JSON of )?a trace"):
        Trace.from_json(text)


@pytest.mark.parametrize("thing", [None, 3, {}, [], example(), open], ids=repr)
def test_what_is_no_text_is_refused_by_its_type(thing):
    with pytest.raises(TypeError, match="from_json takes the text that to_json"):
        Trace.from_json(thing)


def changed(path, value, start=example()):
    """The example's JSON with another value at a place, or without it if that is ``...``."""
    tree = json.loads(start if isinstance(start, str) else start.to_json())
    *way, last = path
    part = tree
    for step in way:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return json.dumps(tree)


@pytest.mark.parametrize("path, value, words", [
    (["version"], 6, "not a trace of version 5 .its version is 6"),
    (["version"], True, "not a trace of version 5"),
    (["engine"], "jax", "the trace.engine is not one of ours"),
    (["engine"], ..., "the trace has no 'engine'"),
    (["more"], 1, "the trace has an unknown 'more'"),
    (["nodes"], {}, "the trace.nodes should be a list, not {}"),
    (["nodes", 3, "id"], "n2", r"the trace.nodes\[3\] has the id 'n2', where n3 should stand"),
    (["nodes", 3], None, r"the trace.nodes\[3\] should be an object, not None"),
    (["nodes", 0, "kind"], "branch", "is of no kind we know: 'branch'"),
    (["nodes", 0, "name"], "", "has no name"),
    (["nodes", 0, "name"], 3, r"the trace.nodes\[0\].name should be text, not 3"),
    (["nodes", 0, "named"], 1, "named should be true or false, not 1"),
    (["nodes", 0, "shape"], [1.5], r"shape\[0\] should be a whole number, not 1.5"),
    (["nodes", 0, "value", "shape"], [-1], "holds numbers in another shape"),
    (["nodes", 0, "value", "shape"], [2], "holds numbers in another shape than it says, '.2,.'"),
    (["nodes", 0, "value", "data"], [2.0], "holds numbers in another shape"),
    (["nodes", 0, "value", "data"], "nan", "data should be a number, not 'nan'"),
    (["nodes", 0, "value", "data"], {"re": 1}, "data should be a number"),
    (["nodes", 0, "value", "data"], 10**400, "data should be a number, not 1000"),
    (["nodes", 0, "value", "data"], {"re": -(10**400), "im": 0}, "data should be a number, not -1000"),
    (["nodes", 0, "value", "shape"], [10**400], r"shape\[0\] should be a whole number, not 1000"),
    (["nodes", 2, "source", "line"], 2**64, "line should be a whole number, not 1844"),
    (["nodes", 2, "source", "line"], 0, "names a place in the code that there cannot be"),
    (["edges", 0, "producer"], "n99", r"the trace.edges\[0\] is about a node that is not there"),
    (["edges", 0, "producer"], "n6", "leads back to a node"),
    (["edges", 1, "slot"], 0, "is about a slot that is taken"),
    (["edges", 0, "formula"], "g", r"the trace.edges\[0\].formula should be an object"),
    (["edges", 0, "formula", "code"], None, r"formula.code should be text, not None"),
    (["edges", 4, "formula", "parameters", 0, "value", "data"], [3], "holds numbers in another shape"),
    (["outputs"], [], "the trace.outputs are not among its nodes"),
    (["outputs"], ["n99"], "the trace.outputs are not among its nodes"),
    (["seeds"], [], "the trace.seeds are not as many as its outputs"),
    (["steps", 0, "node"], "n99", r"the trace.steps\[0\] is about a node that is not there"),
    (["steps", 0, "phase"], "sideways", r"the trace.steps\[0\]"),
    (["steps", 1, "node"], "n0", "tells again what was told"),
    (["steps", 7, "contributions", 0, "edge"], 99, "sends along an edge of another node"),
    (["steps", 7, "contributions", 0, "edge"], -1, "sends along an edge of another node"),
    (["steps", 7, "contributions", 0, "number"], 2, "counts what it sends wrongly"),
    (["omitted"], -1, "the trace.omitted is less than 0"),
    (["listings", 0, "lines", 0], None, r"listings\[0\].lines\[0\] should be text, not None"),
])  # fmt: skip
def test_a_trace_that_no_recorder_wrote_is_refused_with_the_place(path, value, words):
    with pytest.raises(ValueError, match=words):
        Trace.from_json(changed(path, value))


ODD = [
    None,
    True,
    -1,
    10**15,
    10**400,
    1.5,
    "",
    "n99",
    "x\ud800\x1b",
    [],
    [[]],
    {},
    "forward",
    "constant",
    ...,
]


def places(tree, way=()):
    """Every place in a tree of JSON."""
    for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield (*way, key)
        if isinstance(part, dict | list):
            yield from places(part, (*way, key))


def test_whatever_stands_in_a_trace_it_is_refused_or_can_be_shown():
    tree = json.loads(example().to_json())
    odd = itertools.cycle(ODD)
    shown = refused = 0
    for place in [each for each in places(tree) for _ in range(2)]:
        try:
            trace = Trace.from_json(changed(place, next(odd)))
        except ValueError as error:
            refused += 1
            assert str(error).isprintable() and len(str(error)) < 300
            continue
        shown += 1
        assert Trace.from_json(trace.to_json()) == trace
        if shown % 9 == 0:
            BackwardStepper(trace)._repr_mimebundle_(), Picture(trace)._repr_mimebundle_()
            GradientQuiz(trace, ask=["x"])._repr_mimebundle_()
    assert refused > 500 and shown > 50


def test_places_in_the_code_are_found_again_when_it_is_made_printable():
    line = 's = "\x1b\u202e"; z = x * len(s)'
    start = line.index("x * len")
    source = Source("a\x1b.py", 1, 1, start, start + 10, line, line[start:])
    assert source.label == r"a\x1b.py" and source.text == printable(line)
    assert source.text[source.column : source.end_column] == "x * len(s)"
    assert replace(source) == source  # what is printable stays as it is


def test_a_trace_of_version_3_opens_without_what_was_not_counted_then():
    summary = Summary(-1.0, 2.0, 0.5, 3.0, (1.0,), 4, 0, 0)
    tree = with_value(Value((500,), "float64", summary=summary)).to_dict() | {"version": 3}
    for counted in ("zeros", "nans", "infinite", "bins"):
        del tree["nodes"][0]["value"]["summary"][counted]
    opened = Trace.from_json(json.dumps(tree))
    assert opened.nodes[0].value.summary == replace(summary, zeros=None, nans=None, infinite=None)
    assert opened.version == VERSION


# ---------------------------------------------------------------------- of version 1


def of_version_1(trace):
    """A trace as the first release wrote it: rules as text, for each operand."""
    tree = json.loads(trace.to_json())
    for edge in tree["edges"]:
        if edge["formula"]:
            edge["formula"] = {"text": "g·b", "latex": r"g \cdot b", "numbers": "12·3", "local": "b",
                               "local_latex": "b", "local_numbers": "3"}  # fmt: skip
    del tree["failure"], tree["scopes"]
    return json.dumps(tree | {"version": 1})


def test_a_trace_of_version_1_opens_and_its_rules_are_the_text_that_they_were():
    trace = Trace.from_json(of_version_1(example()))
    assert {edge.formula for edge in trace.edges if edge.flows} == {Formula("", (), "g·b")}
    bare = [replace(each, edges=(), version=VERSION) for each in (trace, example())]
    assert bare[0] == bare[1] and trace.version == VERSION
    assert Trace.from_json(trace.to_json()) == trace
    (rule, _other) = BackwardStepper(trace).moments[-3].rules
    assert (rule.symbols, rule.sends) == ("gradient of x = g·b", "12 · 3 = 36")


def test_what_such_a_rule_says_is_neither_judged_nor_worked_out():
    old, new = (BackwardPass(trace) for trace in (Trace.from_json(of_version_1(example())), example()))
    assert [arrival.rule for arrival in old.arrivals["n0"]] == [None, None]
    assert "w sends to" not in "".join(hints_for(old, old.trace.node("n1")))
    assert "p sends to w: g·b" in hints_for(old, old.trace.node("n1"))[1]
    found = [
        {(each.kind, float(each.value)) for each in mistakes(passed, "n1", True)} for passed in (old, new)
    ]
    assert found[0] < found[1] and {kind for kind, _ in found[1] - found[0]} == {"output"}


@pytest.mark.parametrize("path, value, words", [
    (["edges", 0, "formula", "latex"], ..., "formula has no 'code'|an unknown"),
    (["edges", 0, "formula", "text"], None, "formula.text should be text, not None"),
    (["edges"], {}, "the trace.edges should be a list"),
    (["edges"], ..., "the trace.edges should be a list"),
    (["edges", 0], None, r"the trace.edges\[0\] should be an object"),
])  # fmt: skip
def test_what_is_no_trace_of_version_1_is_refused_with_the_place(path, value, words):
    with pytest.raises(ValueError, match=words):
        Trace.from_json(changed(path, value, of_version_1(example())))
