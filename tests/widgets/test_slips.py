"""Each mistake of the catalogue is recognised from the trace, and is the only one named."""

import re

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch as pytorch
from tests.widgets import programs
from widgets import record
from widgets.answers.backward_pass import BackwardPass
from widgets.answers.slips import CATALOGUE, FAR, RARE, mistakes
from widgets.answers.verdict import fits, judged
from widgets.recorders.example import example

# ---------------------------------------------------------------- programs to be wrong about


def worked(torch):
    return programs.worked_example(torch)


def chain(torch):
    """y = 5·sin(4·x³): one path, so that every gradient is one product."""
    x = torch.tensor(0.7, requires_grad=True)
    u = x**3
    v = u * 4
    w = v.sin()
    y = w * 5
    return y, locals()


def shared(torch):
    """s is used three times."""
    x = torch.tensor(1.3, requires_grad=True)
    k = torch.tensor(0.4, requires_grad=True)
    s = x**3
    p = s * k
    q = s.sin()
    r = k / s
    y = (p + q * 3) * (r + 2)
    return y, locals()


def squares(torch):
    """p is both operands of one product."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    p = x * w
    y = p * p + 3 * x
    return y, locals()


def doubled(torch):
    """Every node is used twice, by one operation that sends the same for each use."""
    a = torch.tensor(1.0, requires_grad=True)
    b = a + a
    c = b + b
    d = c + c
    return d, locals()


def scaled(torch):
    """Only one step has a slope other than 1."""
    x = torch.tensor(1.0, requires_grad=True)
    y = 4 * x + 5
    return y, locals()


def quiz_of_lesson_6(torch):
    """A diamond, in which shared is used twice."""
    w = torch.tensor(2.0, requires_grad=True)
    shared = w**2
    diamond = shared.sin() + 3 * shared
    return diamond, locals()


def quiz_of_lesson_7(torch):
    """a is used three times, two of them alike."""
    a = torch.tensor(2.0, requires_grad=True)
    b = a * a
    d = b * (b + a)
    return d, locals()


def vectors(torch):
    a = torch.tensor([1.2, 0.7, -0.4], requires_grad=True)
    b = torch.tensor([0.5, -1.5, 0.8], requires_grad=True)
    c = a * b
    d = c**3
    e = d.tanh() * a
    y = (e / b).sum() * 2
    return y, locals()


def layer(torch):
    """A square product of a batch, a bias that is broadcast, and a scale."""
    X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 0.2]])
    W = torch.tensor([[0.3, -0.7], [1.1, 0.4]], requires_grad=True)
    b = torch.tensor([0.2, -0.3], requires_grad=True)
    s = torch.tensor(0.6, requires_grad=True)
    h = X @ W
    z = (h + b) * s
    y = (z * z).sum()
    return y, locals()


def square_batch(torch):
    """As many rows as columns, so that a sum over either axis has the bias' shape."""
    X = torch.tensor([[1.0, 2.0], [0.5, -1.0]])
    b = torch.tensor([0.2, -0.3], requires_grad=True)
    h = X + b
    y = (h * h).sum()
    return y, locals()


def matrices(torch):
    """Two square matrices, one of them used twice."""
    A = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    B = torch.tensor([[0.5, -1.0], [2.0, 0.3]], requires_grad=True)
    C = A @ B
    D = C @ A
    y = (D * D).sum()
    return y, locals()


def columns(torch):
    """A column and a row are broadcast against each other."""
    c = torch.tensor([[1.0], [2.0]], requires_grad=True)
    r = torch.tensor([3.0, -1.0, 0.5], requires_grad=True)
    k = torch.tensor(1.5, requires_grad=True)
    m = c * r
    y = (m**2 + k * m).sum()
    return y, locals()


def earlier(torch):
    """Leaves that an earlier pass has left a gradient in."""
    w = torch.tensor(3.0, requires_grad=True)
    v = torch.tensor([1.0, -2.0], requires_grad=True)
    u = torch.tensor(0.5, requires_grad=True)
    (w**2 + (v * v * w).sum() + u * 5).backward()
    p = w * u
    y = (v * p).sum() + p * u
    return y, locals()


def earlier_square(torch):
    """A scalar that is used twice, after two earlier passes."""
    x = torch.tensor(1.5, requires_grad=True)
    for _ in range(2):
        (x**3).backward()
    y = x * x + x.sin()
    return y, locals()


def earlier_matrix(torch):
    A = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    (A * A).sum().backward()
    y = (A @ A).sum()
    return y, locals()


def traced(program, torch=autograd_core):
    y, names = program(torch)
    return record(y, names=names)


def arrays_of(trace):
    """The values and gradients of the nodes with a name."""
    gradients = BackwardPass(trace).gradients
    named = {node.name: node for node in trace.nodes if node.named}
    values = {name: np.array(node.value.data) for name, node in named.items() if node.value}
    return values, {name: gradients[node.id] for name, node in named.items() if node.id in gradients}


def verdict(trace, name, answer, far=True):
    """What is said of an answer to the question for a named node's gradient."""
    node = next(node for node in trace.nodes if node.name == name)
    return judged(answer, BackwardPass(trace).gradients[node.id], mistakes(BackwardPass(trace), node.id, far))


# For each mistake: a program, a tensor, and the answer that a learner would work out by hand
# who makes it, from values v and gradients g.
MADE = {
    "incoming": [
        (chain, "u", lambda v, g: 4.0),
        (worked, "p1", lambda v, g: 3.0),
        (shared, "q", lambda v, g: 3.0),
        (vectors, "e", lambda v, g: 1 / v["b"]),
        (layer, "W", lambda v, g: v["X"].T @ np.ones((3, 2))),
    ],
    "local": [
        (chain, "v", lambda v, g: 5.0),
        (shared, "k", lambda v, g: g["k"] + g["p"] * (1 - v["s"])),
        (squares, "w", lambda v, g: g["p"]),
        (vectors, "d", lambda v, g: g["e"] * v["a"]),
        (layer, "h", lambda v, g: g["z"]),
        (quiz_of_lesson_7, "b", lambda v, g: 1 + v["b"]),
        (quiz_of_lesson_6, "shared", lambda v, g: 1 + 3),
        (quiz_of_lesson_6, "w", lambda v, g: (1 + 3) * 2 * v["w"]),
    ],
    "added": [
        (chain, "x", lambda v, g: 3 * v["x"] ** 2 + 4 + np.cos(v["v"]) + 5),
        (squares, "w", lambda v, g: v["x"] + 2 * v["p"]),
        (squares, "w", lambda v, g: v["x"] + 2 * v["p"] + 1),
        (doubled, "a", lambda v, g: 2 + 2 + 2),
        (quiz_of_lesson_6, "w", lambda v, g: g["shared"] + 2 * v["w"]),
        (squares, "w", lambda v, g: g["p"] + v["x"]),
    ],
    "multiplied": [
        (quiz_of_lesson_6, "shared", lambda v, g: np.cos(v["shared"]) * 3),
        (quiz_of_lesson_7, "a", lambda v, g: v["b"] * g["b"] * 2 * v["a"]),
        (earlier_square, "x", lambda v, g: 2 * v["x"] * np.cos(v["x"])),
    ],
    "overwrote": [
        (worked, "o1", lambda v, g: g["p2_2"] / v["o1"] * v["p2_2"]),
        (shared, "s", lambda v, g: g["p"] * v["k"]),
        (squares, "p", lambda v, g: v["p"]),
        (vectors, "a", lambda v, g: g["c"] * v["b"]),
        (matrices, "A", lambda v, g: g["C"] @ v["B"].T),
    ],
    "sign": [
        (chain, "x", lambda v, g: -g["x"]),
        (shared, "k", lambda v, g: -g["k"]),
        (shared, "s", lambda v, g: g["s"] - 2 * g["r"] * (-v["k"] / v["s"] ** 2)),
        (matrices, "B", lambda v, g: -g["B"]),
    ],
    "output": [
        (chain, "v", lambda v, g: g["w"] * np.cos(v["w"])),
        (chain, "v", lambda v, g: g["w"] * v["w"]),
        (shared, "s", lambda v, g: g["s"] + g["q"] * (np.cos(v["q"]) - np.cos(v["s"]))),
        (vectors, "d", lambda v, g: g["e"] * v["a"] * (1 - v["d"] ** 2)),
    ],
    "place": [
        (chain, "x", lambda v, g: 5 * np.cos(v["x"]) * 4 * 3 * v["x"] ** 2),
        (worked, "p2_2", lambda v, g: g["o2_2"] * np.cos(v["p2_2"]) * v["o1"]),
        (shared, "x", lambda v, g: (g["s"] + g["q"] * (np.cos(v["x"]) - np.cos(v["s"]))) * 3 * v["x"] ** 2),
        (quiz_of_lesson_6, "w", lambda v, g: (np.cos(v["w"]) + 3) * 2 * v["w"]),
    ],
    "power": [
        (chain, "x", lambda v, g: g["u"] * v["x"] ** 2),
        (chain, "x", lambda v, g: g["u"] * 3 * v["x"] ** 3),
        (chain, "x", lambda v, g: g["u"] * 3 * v["x"]),
        (shared, "x", lambda v, g: g["s"] * v["x"] ** 2),
        (vectors, "c", lambda v, g: g["d"] * 3 * v["c"] ** 3),
    ],
    "swapped": [
        (chain, "w", lambda v, g: v["w"]),
        (shared, "k", lambda v, g: g["k"] + g["p"] * (v["k"] - v["s"])),
        (vectors, "b", lambda v, g: g["b"] + g["c"] * (v["b"] - v["a"])),
        (matrices, "B", lambda v, g: g["C"] @ v["A"].T),
    ],
    "unsummed": [
        (layer, "b", lambda v, g: g["h"][0]),
        (layer, "b", lambda v, g: g["h"].mean(axis=0)),
        (layer, "b", lambda v, g: g["h"]),
        (columns, "c", lambda v, g: (g["m"] * v["r"])[:, :1]),
        (columns, "k", lambda v, g: v["m"]),
        (columns, "k", lambda v, g: v["m"][1, 2]),
        (programs.linear_layer, "layer.bias", lambda v, g: np.ones(3)),
        (columns, "k", lambda v, g: v["m"].sum(0)),
        (columns, "k", lambda v, g: v["m"].sum(1)),
        (columns, "k", lambda v, g: v["m"].sum(1, keepdims=True)),
        (square_batch, "b", lambda v, g: g["h"].sum(1)),
        (square_batch, "b", lambda v, g: g["h"].sum(0, keepdims=True)),
    ],
    "transpose": [
        (matrices, "B", lambda v, g: v["A"] @ g["C"]),
        (matrices, "B", lambda v, g: g["B"].T),
        (layer, "W", lambda v, g: g["W"].T),
        (programs.linear_layer, "layer.weight", lambda v, g: g["layer.weight"].T),
        (matrices, "A", lambda v, g: g["A"] + g["C"] @ v["B"] - g["C"] @ v["B"].T),
    ],
    "stale": [
        (earlier, "w", lambda v, g: g["w"] + 2 * v["w"] + (v["v"] ** 2).sum()),
        (earlier, "u", lambda v, g: g["u"] + 5),
        (earlier, "v", lambda v, g: g["v"] + 2 * v["v"] * v["w"]),
        (earlier_square, "x", lambda v, g: g["x"] + 6 * v["x"] ** 2),
        (earlier_square, "x", lambda v, g: 6 * v["x"] ** 2),
        (earlier_matrix, "A", lambda v, g: g["A"] + 2 * v["A"]),
    ],
}  # fmt: skip
CASES = [(kind, *case) for kind, cases in MADE.items() for case in cases]


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["engine", "pytorch"])
@pytest.mark.parametrize(
    "kind, program, name, answer", CASES,
    ids=[f"{kind}-{program.__name__}-{name}" for kind, program, name, _ in CASES],
)  # fmt: skip
def test_exactly_the_mistake_that_was_made_is_named(kind, program, name, answer, torch):
    trace = traced(program, torch)
    said = verdict(trace, name, answer(*arrays_of(trace)))
    assert said.mistakes == (kind,), said
    assert not said.passed and said.message.startswith("not yet: ")


def test_every_mistake_of_the_catalogue_is_made_in_three_traces():
    assert MADE.keys() == CATALOGUE.keys()
    for kind, cases in MADE.items():
        assert len({program for program, _, _ in cases}) >= 3, kind


@pytest.mark.parametrize(
    "program", [worked, chain, shared, squares, vectors, layer, matrices, columns, earlier]
)
def test_what_is_right_is_never_offered_as_a_mistake(program):
    trace = traced(program)
    for id, wanted in BackwardPass(trace).gradients.items():
        found = mistakes(BackwardPass(trace), id)
        assert not any(fits(each.value, wanted) for each in found)
        assert judged(wanted, wanted, found).passed


# ---------------------------------------------------------------- what is said


def test_a_mistake_is_told_with_the_numbers_of_this_case():
    trace = traced(squares)
    assert str(verdict(trace, "p", 6)) == (
        "not yet: 6 is what p·p sends for one use alone: p is used twice, and what comes back from each use adds up"
    )
    assert str(verdict(trace, "w", 2)) == (
        "not yet: 2 is only how fast p changes with w: multiply by how fast the output changes with p"
    )
    assert "the operands of p are swapped" in str(verdict(trace, "w", 36))
    held = "25 is what w.grad holds now, with the 1 that an earlier pass left there"
    assert held in str(verdict(example(), "w", 25))


def test_a_matrix_is_told_by_its_elements_and_a_large_one_by_its_name():
    def square(count):
        column = autograd_core.arange(1.0, count + 1).reshape(count, 1).requires_grad_()
        y = (column**2 * 5).sum()
        return record(y, names={"column": column})

    said = str(verdict(square(2), "column", np.array([[10.0], [40.0]])))
    assert "the output, column² = [[1], [4]], was used where the input, column = [[1], [2]], belongs" in said
    wide = str(verdict(square(20), "column", 10 * np.arange(1.0, 21).reshape(20, 1) ** 2))
    assert "the output, column², was used where the input, column, belongs" in wide


def test_two_mistakes_that_give_the_same_answer_are_said_to_be_ambiguous():
    x = autograd_core.tensor(3.0, requires_grad=True)
    y = x**2
    said = verdict(record(y), "x", 18.0)  # 2·x², and 2·y
    assert set(said.mistakes) == {"output", "power"}
    assert said.message.startswith("not yet, and ambiguous: either ") and ", or " in said.message


@pytest.mark.parametrize(
    "program, name, answer, kinds",
    [
        (squares, "p", 6, {"overwrote"}),  # also the power rule's slip, but p·p is a product here
        (chain, "w", -5, {"sign"}),
    ],
)
def test_what_could_not_have_happened_is_not_named(program, name, answer, kinds):
    assert set(verdict(traced(program), name, answer).mistakes) == kinds


@pytest.mark.parametrize("program, name, answer, words", [
    (doubled, "a", 6, "6 is the sum of the steps' own slopes: along a path they multiply"),
    (doubled, "a", 2, "2 is only how fast b changes with a: multiply by how fast the output changes with b"),
    (doubled, "a", 12, "it is too large"),
    (scaled, "x", 5, "it is too large"),  # not: 4 and 1 added up
    (doubled, "a", 20, "it is too large"),
    (quiz_of_lesson_7, "b", 2, "it is too small"),  # not: a wrong sign in the sum b + a
    (quiz_of_lesson_7, "b", 6, "6 is what b gives d directly, without the path through (b + a): b is used twice, and what comes back from each use adds up"),
    (quiz_of_lesson_7, "b", 12, "on the way, at (b + a): the operands of d are swapped in its derivative by (b + a), which is the other factor"),
    (quiz_of_lesson_7, "b", 20, "it is too large"),
    (quiz_of_lesson_7, "a", 4, "4 is what a gives (b + a) directly, without the path through b: a is used 3 times, and what comes back from each use adds up"),
    (quiz_of_lesson_7, "a", 6, "it is too small"),
    (quiz_of_lesson_7, "a", 8, "in what comes by way of b: 4 is only how fast b changes with a: multiply by how fast the output changes with b"),
    (quiz_of_lesson_7, "a", 12, "it is too small"),
    (quiz_of_lesson_7, "a", 20, "20 is what b sends for one use alone: a is used 3 times, and what comes back from each use adds up"),
    (quiz_of_lesson_7, "a", 24, "of what b sends, one use is missing: a is used 3 times, and what comes back from each use adds up"),
    (quiz_of_lesson_7, "a", 40, "what a gives (b + a) directly is missing: a is used 3 times, and what comes back from each use adds up"),
])  # fmt: skip
def test_a_far_fetched_reading_is_not_offered(program, name, answer, words):
    """No slip in one of two equal contributions only, no minus where none was to be lost."""
    assert str(verdict(traced(program), name, answer)) == f"not yet: {words}"


def three_steps(torch):
    p = torch.tensor(1.0, requires_grad=True)
    o = (3 * p) ** 2 + 1
    r = (2 * o) ** 0.5 + o.sin()
    y = 8 * r
    return y, locals()


@pytest.mark.parametrize("name, way", [("p", "o"), ("p", "r"), ("o", "r")])
def test_who_stops_on_the_way_is_told_from_where_to_go_on(name, way):
    trace = traced(three_steps)
    ids = {node.name: node.id for node in trace.nodes}
    slope = float(BackwardPass(trace).gradients[ids[way]])
    said = verdict(trace, name, slope).message
    assert f"how fast the output changes with {way}: go on from there to {name}" in said


@pytest.mark.parametrize(
    "program, name", [(quiz_of_lesson_7, "a"), (quiz_of_lesson_7, "b"), (three_steps, "p"), (doubled, "a")]
)
def test_what_is_still_to_be_multiplied_is_told_without_its_number(program, name):
    passed = BackwardPass(traced(program))
    id = next(node.id for node in passed.trace.nodes if node.name == name)
    told = [each.words for each in mistakes(passed, id) if "multiply by" in each.words]
    assert told and not any(re.search(r"multiply by .*, [−\d]", words) for words in told)


def quiz_of_lesson_2(torch):
    x = torch.tensor(1.0, requires_grad=True)
    u = 3 * x
    v = x**2
    y = u * v
    return y, locals()


@pytest.mark.parametrize("program, name, answer, first", [
    (quiz_of_lesson_2, "x", 6, "overwrote"),  # the path by v alone, before what else gives 6
    (quiz_of_lesson_2, "x", 3, "overwrote"),
    (quiz_of_lesson_7, "a", 20, "overwrote"),
    (quiz_of_lesson_6, "w", 12, "overwrote"),  # 3·4: by way of 3·shared
])  # fmt: skip
def test_where_paths_meet_a_path_that_was_left_out_is_the_likeliest_cause(program, name, answer, first):
    assert verdict(traced(program), name, answer).mistakes[0] == first


def test_a_common_slip_on_the_way_goes_before_a_rare_one_nearby():
    def squared(torch):
        x = torch.tensor(2.0, requires_grad=True)
        u = x**3
        return u**2, {"x": x, "u": u}

    said = "not yet: on the way, at u: the exponent 2 was not brought down as a factor"
    assert str(verdict(traced(squared), "x", 8 * 3 * 2**2)) == said  # also what 6·16 is, with 3·x for 3·x²


def test_a_mistake_on_the_way_is_found_and_placed():
    trace = traced(chain)
    _values, gradients = arrays_of(trace)
    forgot_5 = gradients["x"] / 5
    said = verdict(trace, "x", forgot_5)
    assert said.mistakes == ("incoming",)
    assert "on the way, at v: " in str(said)
    assert verdict(trace, "x", forgot_5, far=False).mistakes == ()


def test_a_mistake_on_the_way_through_matrices_is_found():
    trace = traced(matrices)
    values, g = arrays_of(trace)
    wrong = g["A"] + (-2 * g["C"]) @ values["B"].T
    said = verdict(trace, "A", wrong)
    assert "sign" in said.mistakes


def test_a_near_mistake_goes_before_a_far_one():
    trace = traced(worked)
    p1 = next(node for node in trace.nodes if node.name == "p1")
    found = mistakes(BackwardPass(trace), p1.id)
    assert {each.rank for each in found} == {0, FAR, FAR + RARE}
    assert judged(-19.57453608, 19.57453608, found).mistakes == ("sign",)


@pytest.mark.parametrize(
    "answer, wanted, words",
    [
        (5.9, 6, "it is too small"),
        (6.1, 6, "it is too large"),
        (0, 6, "it is too small"),
        (1, 0, "it is too large"),
        (1, -1e-12, "it is too large"),  # 0, but for the rounding of a central difference
        (-2.5, 6, "it has the wrong sign, and another size"),
        (-6, 6, "it has the wrong sign"),
        (-1, -2, "it is not far enough below zero"),
        (0, -2, "it is not far enough below zero"),
        (-3, -2, "it is too far below zero"),
        (-1, 0, "it is too far below zero"),
        (1, -2, "it has the wrong sign, and another size"),
    ],
)
def test_an_answer_that_fits_nothing_is_told_how_it_is_off(answer, wanted, words):
    assert str(judged(answer, wanted, [])) == f"not yet: {words}"


def test_of_a_tensor_the_worst_element_is_pointed_out():
    said = judged([[1, 2], [3, 9]], [[1.0, 2.5], [3.0, 4.0]], [])
    assert str(said) == ("not yet: 2 of 4 elements are off, most of all the one at [1, 1]: it is too large")


def test_the_right_answer_is_not_given_away():
    trace = traced(worked)
    for answer in (3.0, -19.5745, 6.5248, 1.0, 100.0):
        assert "19.57" not in str(verdict(trace, "p1", answer))


# ---------------------------------------------------------------- what is known of slips


def test_operations_without_a_local_derivative_scale_with_what_comes_in():
    x = autograd_core.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.mean() * 8
    assert verdict(record(y), "x", np.full((2, 2), 0.25)).mistakes == ("incoming",)


def test_what_a_trace_does_not_keep_is_left_out():
    x = autograd_core.ones(200, requires_grad=True)
    y = (x * x).sum() * 3
    trace = record(y)
    for id in BackwardPass(trace).gradients:
        assert all(np.isfinite(each.value).all() for each in mistakes(BackwardPass(trace), id))


def test_two_results_of_one_operation():
    trace = traced(programs.two_outputs)
    for id, wanted in BackwardPass(trace).gradients.items():
        assert judged(wanted, wanted, mistakes(BackwardPass(trace), id)).passed
