"""`record` does what `backward()` does, sees what it did, and leaves nothing behind."""

import gc
import math
import weakref

import pytest

import autograd_core
from tests.oracle import torch as pytorch
from widgets import BackwardStepper, GradientQuiz, record
from widgets.recorders import graph, used_up
from widgets.trace import BACKWARD, FORWARD
from widgets.words.narration import narrate


@pytest.fixture(params=[autograd_core, pytorch], ids=["autograd_core", "torch"])
def torch(request):
    return request.param


def step_of(trace, name):
    """The backward step of the node with this name."""
    (node,) = (node for node in trace.nodes if node.name == name)
    (step,) = (step for step in trace.steps if step.phase == BACKWARD and step.node == node.id)
    return step


def names(trace):
    return [node.name for node in trace.nodes]


# ---------------------------------------------------------------------- what backward() leaves


def program(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor(2.0, requires_grad=True)
    h = x * w
    h.retain_grad()
    return x, w, h, (h * h + w).exp().log() * 0.1


@pytest.mark.parametrize("earlier", [False, True], ids=["no .grad yet", "a .grad already"])
def test_grad_is_exactly_what_backward_leaves(torch, earlier):
    def run(backward):
        x, w, h, y = program(torch)
        if earlier:
            x.grad = torch.tensor([10.0, 20.0, 30.0])
        backward(y)
        return [tensor.grad.tolist() for tensor in (x, w, h)]

    gradient = torch.tensor([1.0, 0.5, -2.0])
    recorded = run(lambda y: record(y, gradient=gradient))
    assert recorded == run(lambda y: y.backward(gradient))


def test_an_unused_leaf_gets_no_grad(torch):
    x = torch.tensor(1.0, requires_grad=True)
    unused = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    assert "unused" not in names(record(y))
    assert unused.grad is None


def test_the_graph_is_freed_as_by_backward(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    record(y)
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        record(y)
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    assert x.grad.item() == 6.0


def test_a_second_recording_is_told_of_the_first(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    z = y + 1
    record(y)
    for again in (y, z):
        with pytest.raises(RuntimeError) as caught:
            record(again)
        text = str(caught.value)
        assert text.startswith("Trying to backward through the graph a second time")
        assert "used up by the pass that was run at test_record.py, line" in text
        assert "`record(y)`" in text and text.count("It was used up by") == 1
        assert "retain_graph=True" in text and "BackwardStepper(stepper.trace)" in text


def test_a_backward_of_the_engine_is_told_of_the_recording_before():
    x = autograd_core.tensor(3.0, requires_grad=True)
    y = x * x
    z = y + 1
    record(z)
    for again in (y, z, 2 * z):
        with pytest.raises(RuntimeError) as caught:
            again.backward()
        assert "used up by the pass that was run at test_record.py, line" in str(caught.value)
        assert str(caught.value).endswith("`record(z)`.")


def test_a_recording_is_not_blamed_for_another_graph(torch):
    x = torch.tensor(3.0, requires_grad=True)
    recorded = x * x
    record(recorded)
    record(x)  # a leaf has no graph at all
    own = autograd_core.tensor(3.0, requires_grad=True)
    y = own * own
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward") as caught:
        y.backward()
    assert "used up by" not in str(caught.value)


def test_a_recording_after_backward_says_what_used_the_graph_up(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match="used up by an earlier backward"):
        record(y)


def test_what_is_remembered_of_a_recording_keeps_no_tensor_alive(torch):
    def recorded():
        x = torch.tensor(3.0, requires_grad=True)
        y = x * x
        record(y)
        assert id(y) in used_up._passes
        return id(y), weakref.ref(y)

    key, tensor = recorded()
    gc.collect()
    assert tensor() is None and key not in used_up._passes


def test_another_error_of_the_pass_is_raised_as_it_is(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda gradient: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record(y)
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a * 1.0
    c = (b * b).sum()
    b += 1
    with pytest.raises(RuntimeError, match="modified by an inplace") as caught:
        record(c)
    assert "used up" not in str(caught.value)


def test_a_retained_graph_records_again_and_accumulates(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    first = record(y, retain_graph=True)
    second = record(y)
    assert step_of(first, "x").accumulated.before is None
    settled = step_of(second, "x")
    kept = settled.accumulated
    assert (settled.gradient.data, kept.before.data, kept.after.data) == (6.0, 6.0, 12.0)
    assert x.grad.item() == 12.0


def hooks():
    """How many hooks are set on anything of PyTorch."""
    gc.collect()
    handle_type = pytorch.utils.hooks.RemovableHandle
    handles = [each for each in gc.get_objects() if type(each) is handle_type]
    return sum(len(handle.hooks_dict_ref() or ()) for handle in handles)


def test_no_hook_stays_behind():
    x = pytorch.tensor(3.0, requires_grad=True)
    y = (x * x).sin()
    before = hooks()
    kept = y.grad_fn.register_hook(lambda *gradients: None)
    assert hooks() == before + 1, "a hook would be seen"
    trace = weakref.ref(record(y, retain_graph=True))
    assert hooks() == before + 1
    assert trace() is None, "something still holds what the recording saw"
    kept.remove()


def failing(torch):
    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, gradient):
            raise ZeroDivisionError("in the user's backward")

    x = torch.tensor(3.0, requires_grad=True)
    return x, Fails.apply(x * x) * 2


def test_a_pass_that_fails_raises_what_backward_raises_and_leaves_no_hooks():
    x, y = failing(pytorch)
    with pytest.raises(ZeroDivisionError, match="in the user's backward"):
        record(y, retain_graph=True)
    seen = []
    y.grad_fn.register_hook(lambda *gradients: seen.append(gradients))
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert len(seen) == 1
    assert x.grad is None


def test_the_engine_raises_what_the_users_backward_raises():
    x, y = failing(autograd_core)
    with pytest.raises(ZeroDivisionError, match="in the user's backward"):
        record(y)
    assert x.grad is None


def test_the_users_own_hooks_run_once_and_what_they_return_counts(torch):
    x = torch.tensor(3.0, requires_grad=True)
    p = x * 2
    calls = []

    def double(gradient):
        calls.append(gradient.item())
        return gradient * 2

    p.register_hook(double)
    y = p * 5
    trace = record(y)
    assert calls == [5.0]
    assert step_of(trace, "p").gradient.data == 10.0
    assert x.grad.item() == 20.0


def sent_to(trace, name):
    """What the node with this name was sent, and what its gradient was in the end."""
    (sent,) = (sent for step in trace.steps for sent in step.contributions
               if trace.node(trace.edges[sent.edge].producer).name == name)  # fmt: skip
    return sent.value.data, step_of(trace, name).gradient.data


def scaling_in_place(torch):
    class Scaling(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 5

        @staticmethod
        def backward(ctx, gradient):
            return gradient.mul_(5)

    return Scaling.apply


HOOKS = {
    "clamp_": lambda w, h: w.register_hook(lambda g: g.clamp_(-1, 1)),
    "mul_": lambda w, h: w.register_hook(lambda g: g.mul_(10)),
    "on a result": lambda w, h: h.register_hook(lambda g: g.zero_()),
    "retained": lambda w, h: (h.retain_grad(), h.register_hook(lambda g: g.mul_(10))),
    "zero_ of .grad": lambda w, h: w.register_post_accumulate_grad_hook(lambda p: (p.grad.zero_(), None)[1]),
    "mul_ of .grad": lambda w, h: w.register_post_accumulate_grad_hook(lambda p: (p.grad.mul_(9), None)[1]),
}  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_what_a_hook_changes_in_place_was_sent_as_it_was(torch, hook):
    def run(backward):
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        h = w * 3
        HOOKS[hook](w, h)
        backward((scaling_in_place(torch)(h) * 7).sum(), w)
        return w.grad.tolist()

    traces = []
    assert run(lambda y, w: traces.append(record(y, {"w": w}))) == run(lambda y, w: y.backward())
    (trace,) = traces
    scaling, product = (step_of(trace, name) for name in ("Scaling #1", "mul #1"))
    assert (scaling.gradient.data, scaling.contributions[0].value.data) == ([7.0] * 2, [35.0] * 2)
    received = {"on a result": 0.0, "retained": 350.0}.get(hook, 35.0)
    assert product.gradient.data == [received] * 2
    assert sent_to(trace, "w")[0] == [3 * received] * 2
    expected = {"clamp_": 1.0, "mul_": 1050.0}.get(hook, 3 * received)
    assert sent_to(trace, "w")[1] == [expected] * 2


@pytest.mark.parametrize("shape", [(), (2,), (200,)])
@pytest.mark.parametrize("earlier", [None, 4.0])
def test_a_gradient_that_a_hook_took_away_is_not_told_as_kept(torch, shape, earlier):
    w = torch.ones(shape, requires_grad=True)
    w.grad = None if earlier is None else torch.full(shape, earlier)
    record((w * 3).sum())
    w.register_post_accumulate_grad_hook(lambda p: (p.grad.zero_(), None)[1])
    for trace, kept in ((record((w * 3).sum()), False), (record((w * 0).sum()), True)):
        told = narrate(trace)[-1].sentence
        assert ("keeps it" in told) == kept and ("after its hooks is" in told) != kept


# ---------------------------------------------------------------------- errors


def test_what_is_no_tensor_is_refused_by_its_type():
    for thing in (3.0, "y", None, [autograd_core.tensor(1.0)], object()):
        with pytest.raises(TypeError, match="expected a tensor of autograd_core or of PyTorch"):
            record(thing)


def test_no_error_shows_an_address():
    with pytest.raises(TypeError) as raised:
        record(object())
    assert "0x" not in str(raised.value)


def test_a_tensor_without_gradient_says_what_to_do(torch):
    y = torch.tensor(3.0) * 2
    with pytest.raises(RuntimeError, match="does not require grad") as raised:
        record(y)
    assert "requires_grad=True" in str(raised.value)


def test_several_elements_need_a_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar"):
        record(y)
    assert x.grad is None
    assert step_of(record(y, gradient=torch.tensor([1.0, 10.0])), "x").gradient.data == [2.0, 40.0]


@pytest.mark.parametrize("look", [record, BackwardStepper, GradientQuiz])
def test_messages_of_the_engine_name_the_users_variables_alone(look):
    y = autograd_core.ones(2, requires_grad=True) * 2
    for act, named in (
        (lambda: look(y), "the tensor `y`"),
        (lambda: look(y * 1), "this tensor"),
        (lambda: look(y.detach()), "this tensor"),
    ):
        with pytest.raises(RuntimeError) as caught:
            act()
        assert named in str(caught.value).lower()


def test_a_gradient_of_another_shape_is_refused(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="[Mm]ismatch in shape"):
        record(x * x, gradient=torch.tensor([1.0, 2.0, 3.0]))


def test_a_saved_value_changed_in_place_is_reported_as_backward_does(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x.exp()
    y = h.sum()
    with torch.no_grad():
        h *= 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        record(y)


def test_names_must_be_a_mapping(torch):
    x = torch.tensor(3.0, requires_grad=True)
    with pytest.raises(TypeError, match="names must be a dictionary"):
        record(x * x, names=["x"])


# ---------------------------------------------------------------------- what is seen


def test_a_leaf_is_a_graph_of_one_node(torch):
    x = torch.tensor(3.0, requires_grad=True)
    trace = record(x)
    assert names(trace) == ["x"]
    assert [step.phase for step in trace.steps] == [FORWARD, BACKWARD]
    assert trace.steps[-1].accumulated.after.data == 1.0
    assert x.grad.item() == 1.0


def test_contributions_are_counted_and_summed_in_order_of_arrival(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x + x.exp() + 2 * x
    trace = record(y)
    (node,) = (node.id for node in trace.nodes if node.name == "x")
    sent = [c for step in trace.steps for c in step.contributions
            if trace.edges[c.edge].producer == node]  # fmt: skip
    assert [(c.number, c.of) for c in sent] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    total = 0.0
    for c in sent:
        assert (c.before.data if c.before else 0.0) == total
        total += c.value.data
        assert c.after.data == total
    assert step_of(trace, "x").gradient.data == total == x.grad.item()


def test_a_broadcast_gradient_names_the_axes_it_was_summed_over(torch):
    a = torch.tensor([[1.0], [2.0]], requires_grad=True)
    b = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    s = torch.tensor(2.0, requires_grad=True)
    y = a * b + s
    trace = record(y, gradient=torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]))
    axes = {trace.node(trace.edges[c.edge].producer).name: c.summed_axes
            for step in trace.steps for c in step.contributions}  # fmt: skip
    assert axes == {"a": (-1,), "b": (-2,), "s": (-2, -1), "mul #1": ()}


def test_incoming_times_local_is_the_contribution(torch):
    x = torch.tensor([0.5, 1.0, 2.0], requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    y = ((x * w).sin() ** 2 / x).log()
    trace = record(y, gradient=torch.tensor([1.0, 2.0, 3.0]))
    compared = 0
    for step in trace.steps:
        for c in step.contributions:
            if c.local is not None and c.local.shape == c.value.shape:
                products = [g * d for g, d in zip(step.gradient.data, c.local.data, strict=True)]
                assert products == pytest.approx(c.value.data, rel=1e-5)
                compared += 1
    assert compared == 6


def test_a_formula_is_shown_with_the_numbers_of_this_pass(torch):
    a = torch.tensor(3.0, requires_grad=True)
    b = torch.tensor(4.0, requires_grad=True)
    y = (a * b).sin()
    trace = record(y)
    told = [rule.symbols for moment in narrate(trace) for rule in moment.rules]
    whole, inner = ("a·b", "(a·b)") if torch is autograd_core else ("u", "(mul #1)")  # PyTorch notes no lines
    outer = whole if whole == "u" else inner
    assert told == [
        f"∂y/∂{outer} = cos({whole}) = cos(12) = 0.8439",
        f"∂{inner}/∂a = b = 4",
        f"∂{inner}/∂b = a = 3",
    ]
    assert trace.steps[-3].gradient.data == pytest.approx(math.cos(12))
    assert [edge.formula.code for edge in trace.edges] == ["g * b", "g * a", "g * cos(x)"]


def test_a_large_tensor_is_summarised(torch):
    x = torch.ones(1000, requires_grad=True)
    y = (x * 2).sum()
    trace = record(y)
    leaf = trace.node("n0").value
    assert leaf.data is None
    assert (leaf.shape, leaf.summary.min, leaf.summary.mean) == ((1000,), 1.0, 1.0)
    assert leaf.summary.head == (1.0,) * 100
    assert leaf.summary.norm == pytest.approx(math.sqrt(1000))


def test_max_elements_decides_what_is_large(torch):
    def leaf(**options):
        x = torch.ones(1000, requires_grad=True)
        return record((x * 2).sum(), **options).node("n0").value

    assert leaf(max_elements=1000).data == [1.0] * 1000
    assert leaf(max_elements=999).data is None


def test_not_a_number_and_infinity_are_kept(torch):
    x = torch.tensor(0.0, requires_grad=True)
    y = x.log() * 0
    trace = record(y)
    values = [node.value.data for node in trace.nodes if node.kind == "op"]
    assert values[0] == -math.inf
    assert math.isnan(values[1])
    assert type(trace).from_json(trace.to_json()) == trace


def test_a_retained_gradient_is_seen(torch):
    x = torch.tensor(3.0, requires_grad=True)
    h = x * 2
    h.retain_grad()
    y = h * h
    trace = record(y)
    assert step_of(trace, "h").accumulated.after.data == 12.0
    assert next(node for node in trace.nodes if node.name == "h").grad.data == 12.0
    assert step_of(trace, "y").accumulated is None


def test_a_function_with_two_results_receives_both_gradients_at_once(torch):
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, first, second):
            return first * 2 + second * 3

    x = torch.tensor(1.0, requires_grad=True)
    double, triple = Both.apply(x)
    y = double * 10 + triple
    trace = record(y)
    step = step_of(trace, "Both #1")
    assert step.gradient is None
    assert [g.data for g in step.gradients] == [10.0, 1.0]
    assert step.contributions[0].value.data == 23.0
    assert step_of(trace, "double").gradient.data == 10.0


def test_an_operation_of_which_only_the_gradients_are_known_has_no_formula():
    x = pytorch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    y = pytorch.special.i0e(x).sum()
    trace = record(y)
    (edge,) = (edge for edge in trace.edges if trace.node(edge.consumer).op.startswith("special"))
    assert edge.formula is None
    step = next(s for s in trace.steps if s.phase == BACKWARD and s.node == edge.consumer)
    assert step.contributions[0].value.data == x.grad.tolist()


def test_values_say_where_they_come_from():
    x = pytorch.tensor(3.0, requires_grad=True)
    named = x + 1
    y = (named * 2).exp() + x
    trace = record(y)
    origins = {node.name: node.value.origin for node in trace.nodes}
    assert origins == {"x": "graph", "1": "inferred", "named": "variable", "2": "graph",
                       "mul #1": "recomputed", "exp #1": "graph", "y": "graph"}  # fmt: skip


def test_a_constant_that_cannot_be_inferred_is_shown_without_its_value():
    x = pytorch.tensor([3.0, 4.0], requires_grad=True)
    y = (x + 1).sum()
    trace = record(y)
    (constant,) = (node for node in trace.nodes if node.kind == "constant")
    assert (constant.name, constant.value) == ("constant", None)
    (unknown,) = (node for node in trace.nodes if node.op == "add")
    assert (unknown.value, unknown.shape) == (None, (2,))


def test_the_divisor_of_a_remainder_is_unknown_too():
    x = pytorch.tensor(3.0, requires_grad=True)
    y = pytorch.remainder(x, 0.7)
    trace = record(y)
    assert [node.name for node in trace.nodes] == ["x", "constant", "y"]
    assert trace.edges[0].formula.code == "g"


@pytest.mark.parametrize("constant", [0.1, -4.0, 1 / 3, 1e-8, 12345.678, 0.0])
def test_an_inferred_constant_explains_the_result_exactly(constant):
    x = pytorch.tensor([0.3, 1.7, -2.9], requires_grad=True)
    y = x - constant
    trace = record(y, gradient=pytorch.ones(3))
    (found,) = (node for node in trace.nodes if node.kind == "constant")
    assert pytorch.equal(x.detach() - found.value.data, y.detach())
    assert found.value.data == pytest.approx(constant, abs=1e-6)


@pytest.mark.exhaustive
def test_a_long_graph_is_recorded_without_recursion(torch):
    y = x = torch.tensor(1.0, requires_grad=True)
    for _ in range(3000):
        y = y * 1.0
    trace = record(y)
    assert len(trace.nodes) == 6001
    assert x.grad.item() == 1.0


def test_a_pytorch_graph_too_deep_to_be_looked_at_is_refused():
    y = x = pytorch.tensor(1.0, requires_grad=True)
    for _ in range(25_001):
        y = y * x
    with pytest.raises(RuntimeError, match="more than 25000 operations.*make_dot"):
        record(y)
    assert x.grad is None


# ---------------------------------------------------------------------- source code


def test_the_engines_nodes_know_their_sub_expression():
    x = autograd_core.tensor(3.0, requires_grad=True)
    y = (x * 2).sin() + x
    trace = record(y)
    found = {node.op: node.source for node in trace.nodes if node.kind == "op"}
    assert {op: source.expression for op, source in found.items()} == {
        "mul": "x * 2", "sin": "(x * 2).sin()", "add": "(x * 2).sin() + x"}  # fmt: skip
    source = found["mul"]
    assert source.label == "test_record.py"
    assert source.text[source.column : source.end_column] == source.expression
    (listing,) = trace.listings
    assert listing.lines[source.line - listing.first_line] == source.text


def test_pytorchs_nodes_know_their_line_in_anomaly_mode():
    x = pytorch.tensor(3.0, requires_grad=True)
    with pytest.warns(UserWarning, match="Anomaly"), pytorch.autograd.detect_anomaly():
        y = pytorch.nn.functional.silu(x * 2)
    trace = record(y)
    assert {node.source.text.strip() for node in trace.nodes if node.kind == "op"} == {
        "y = pytorch.nn.functional.silu(x * 2)"}  # fmt: skip


def test_pytorchs_nodes_have_no_source_otherwise():
    x = pytorch.tensor(3.0, requires_grad=True)
    trace = record(x * 2)
    assert [node.source for node in trace.nodes] == [None] * 3
    assert trace.listings == ()


# ---------------------------------------------------------------------- graph()


def test_graph_runs_no_backward_pass(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    trace = graph(y)
    assert {step.phase for step in trace.steps} == {FORWARD}
    assert x.grad is None
    y.backward()
    assert x.grad.item() == 6.0


def test_graph_shows_the_gradients_that_are_there(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    assert graph(y).node("n0").grad.data == 6.0


def test_graph_of_a_freed_graph_still_has_its_shape(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = (x * x).sin()
    y.backward()
    assert [(edge.producer, edge.consumer) for edge in graph(y).edges] == [
        ("n0", "n1"), ("n0", "n1"), ("n1", "n2")]  # fmt: skip


def test_graph_of_a_tensor_without_gradient_is_a_constant(torch):
    data = torch.tensor([1.0, 2.0])
    (node,) = graph(data).nodes
    assert (node.kind, node.name, node.value.data) == ("constant", "data", [1.0, 2.0])


def test_outputs_share_their_graph(torch):
    x = torch.tensor(3.0, requires_grad=True)
    a = x * 2
    b = a + x
    trace = graph([a, b])
    assert names(trace).count("x") == 1
    assert [trace.node(id).name for id in trace.outputs] == ["a", "b"]


def test_a_large_graph_is_cut_to_its_latest_operations(torch):
    y = x = torch.tensor(1.0, requires_grad=True)
    for _ in range(50):
        y = y * x
    trace = graph(y, max_nodes=10)
    assert sum(node.kind == "op" for node in trace.nodes) == 10
    (rest,) = (node for node in trace.nodes if node.kind == "omitted")
    assert rest.name == "40 more"
    assert trace.omitted == 40
    assert type(trace).from_json(trace.to_json()) == trace


def test_tensors_of_two_libraries_have_no_common_graph():
    ours, theirs = (t.tensor(1.0, requires_grad=True) for t in (autograd_core, pytorch))
    with pytest.raises(TypeError, match="no graph in common"):
        graph([ours, theirs])
    with pytest.raises(TypeError, match="no tensor"):
        graph([])
