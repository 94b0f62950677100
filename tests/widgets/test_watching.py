"""`watching()`: what the user's code does in its block is known afterwards, and nothing else changes."""

import contextlib
import gc
import threading
import weakref

import pytest

import autograd_core
from tests.exhaustive import one_in
from tests.oracle import need_pytorch, torch
from widgets import BackwardStepper, GradientQuiz, Trace, make_dot, record, watching

LIBRARIES = pytest.mark.parametrize("lib", [autograd_core, torch], ids=["autograd_core", "torch"])


def network(lib):
    lib.manual_seed(0)
    return lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.Tanh(), lib.nn.Linear(3, 1))


def sources(trace):
    """The code that made each operation, and that of those which are what it stands for."""
    ops = [node for node in trace.nodes if node.kind == "op"]
    cut = [node.source and node.source.text[node.source.column : node.source.end_column] for node in ops]
    return cut, [node.source.expression for node in ops if node.source and node.source.expression]


# ---------------------------------------------------------------------- lines


def test_every_operation_of_pytorch_knows_the_code_that_made_it():
    x = torch.tensor([3.0, 1.0], requires_grad=True)
    with watching():
        y = (torch.nn.functional.softplus(x * 2) / x).sum()
    made, whole = sources(record(y))
    assert (
        made
        == whole
        == [
            "x * 2",
            "torch.nn.functional.softplus(x * 2)",
            "torch.nn.functional.softplus(x * 2) / x",
            "(torch.nn.functional.softplus(x * 2) / x).sum()",
        ]
    )


def test_what_a_call_is_made_of_is_not_taken_for_what_it_returns():
    model, x = network(torch), torch.ones(4, 2)
    with watching():
        y = model(x)
        loss = torch.nn.functional.cross_entropy(y, torch.zeros(4, dtype=torch.long))
    made, whole = sources(record(loss))
    assert set(made[:-2]) == {"model(x)"}
    assert whole == ["torch.nn.functional.cross_entropy(y, torch.zeros(4, dtype=torch.long))"]


def test_a_value_changed_in_place_is_not_taken_for_the_part_that_was_set():
    x = torch.ones(2, requires_grad=True)
    with watching():
        y = x * 2
        y[0] = x[1]
    made, whole = sources(record(y.sum()))
    assert made == ["x * 2", "x[1]", "y[0]", None] and "y[0]" not in whole


def test_without_it_there_are_no_lines():
    x = torch.ones(2, requires_grad=True)
    with watching():
        y = x * 2
    assert sources(record((y * 3).sum()))[0] == ["x * 2", None, None]


@pytest.mark.exhaustive
def test_of_a_long_chain_each_operation_is_known_and_it_can_be_freed():
    x = torch.ones(2, requires_grad=True)
    with watching():
        y = x * 1
        for _ in range(60_000):
            y = y * 1
        z = y.sum()
    del y, z
    with watching():
        y = x * 1
        for _ in range(5_000):
            y = y * 1
    assert set(sources(record(y.sum()))[0]) == {"x * 1", "y * 1", None}


# ---------------------------------------------------------------------- nothing else changes


def state():
    module = torch.nn.modules.module
    return (
        torch.overrides._get_current_function_mode_stack(), dict(module._global_forward_hooks),
        dict(module._global_forward_pre_hooks), dict(module._global_forward_hooks_always_called),
    )  # fmt: skip


@one_in(2)
@LIBRARIES
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_behind_by_a_block_that_is_broken_off(lib, error):
    class Breaks(lib.nn.Module):
        def forward(self, x):
            raise error

    def broken_off():
        model = network(lib)
        with pytest.raises(error), watching(), watching():
            lib.nn.Sequential(model, Breaks())(lib.ones(1, 2))
        return weakref.ref(model)

    before = state() if lib is torch else None
    reference = broken_off()
    gc.collect()
    assert reference() is None
    assert lib is autograd_core or state() == before
    assert not autograd_core.nn.modules.module._all_hooks


@LIBRARIES
def test_one_object_watches_one_block_after_another_and_none_inside_its_own(lib):
    before, once = lib is torch and state(), watching()
    for _ in range(2):
        with once as seen:
            with pytest.raises(RuntimeError, match="in its block already"), once:
                pass
            (lib.ones(1, requires_grad=True) * 2).sum().backward()
        assert seen.trace and (lib is not torch or state() == before)


@LIBRARIES
def test_a_graph_keeps_no_model_and_no_tensor_alive(lib):
    model, x = network(lib), lib.ones(1, 2)
    with watching():
        y = (lib.ones(1, requires_grad=True) * 2).sum() + model(x).detach().sum()
    references = weakref.ref(model), weakref.ref(x)
    del model, x
    gc.collect()
    assert [reference() for reference in references] == [None, None] and y.requires_grad


def fails(model, x, lib, made):
    with watching():
        made(y := model(x).sum())
        y.reshape(2)


def is_caught(model, x, lib, made):
    with watching() as seen:
        made(y := model(x).sum())
        with contextlib.suppress(RuntimeError):
            y.reshape(2)
    return seen


def has_a_pass(model, x, lib, made):
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            optimizer.zero_grad()
            made(y := model(x).sum())
            y.backward()
            optimizer.step()
    return seen


def is_recorded(model, x, lib, made):
    with watching():
        made(y := model(x).sum())
    return record(y)


@pytest.mark.parametrize("block", [fails, is_caught, has_a_pass, is_recorded])
@LIBRARIES
def test_a_graph_is_freed_with_its_last_variable_and_waits_for_no_collection(lib, block):
    model, x, noted = network(lib), lib.ones(1, 2), []
    has_a_pass(model, x, lib, lambda y: None)  # a first step imports
    gc.collect()
    gc.disable()
    try:
        with contextlib.suppress(RuntimeError):
            block(model, x, lib, lambda y: noted.append(weakref.ref(y)))
        assert noted
        assert all(made() is None for made in noted)
    finally:
        gc.enable()


@LIBRARIES
def test_in_another_thread_nothing_is_noted(lib):
    model, found = network(lib), []
    with watching():
        thread = threading.Thread(target=lambda: found.append(model(lib.ones(1, 2)).sum()))
        thread.start()
        thread.join()
    assert lib is autograd_core or set(sources(record(found[0]))[0]) == {None}


def test_a_mode_and_a_subclass_of_the_users_see_what_they_saw():
    need_pytorch()

    class Lists(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(func.__name__)
            return func(*args, **(kwargs or {}))

    class Mine(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

    def run():
        x = torch.ones(2, requires_grad=True).as_subclass(Mine)
        return (x * 2).split(1)[0].sum()

    def inside():
        with watching(), Lists():
            return run()

    def outside():
        with Lists(), watching():
            return run()

    told = []
    for way in (lambda: Lists().__enter__() and run(), inside, outside):
        seen = []
        before = torch.overrides._get_current_function_mode_stack()
        way()
        while torch.overrides._get_current_function_mode_stack() != before:
            torch.overrides._pop_mode()
        told.append(seen)
    assert told[0] == told[1] == told[2]


def test_a_compiled_function_is_one_piece():
    x = torch.ones(2, requires_grad=True)
    with watching():
        y = torch.compile(lambda x: (x * 2).sin().sum(), backend="aot_eager", fullgraph=True)(x)
        z = y * 2
    z.backward()
    assert x.grad.tolist() == pytest.approx([4 * -0.4161468] * 2)


def test_a_compiled_module_is_compiled_once_more_and_not_for_each_block():
    need_pytorch()
    from torch._dynamo.testing import CompileCounter

    model, x, counter = network(torch), torch.ones(4, 2), CompileCounter()
    compiled = torch.compile(lambda x: model(x).sum(), backend=counter, fullgraph=True)
    plain = compiled(x)
    for _ in range(9):  # PyTorch gives up after 8
        with watching() as seen, watching():
            loss = compiled(x)
            loss.backward()
        assert loss == plain == compiled(x) and seen.trace
        model(x)
    assert counter.frame_count == 2


def transformer(kind):
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = {"encoder": torch.nn.TransformerEncoder(layer, 2), "layer": layer, "attention": layer.self_attn}[
        kind
    ]
    return model.eval()


@pytest.mark.parametrize("kind, padded", [("encoder", "src_key_padding_mask"), ("layer", "src_key_padding_mask"),
                                          ("attention", "key_padding_mask")])  # fmt: skip
@pytest.mark.parametrize("graph", ["none", "frozen", "all"])
def test_a_transformer_takes_the_way_that_it_took(kind, padded, graph):
    model, x = transformer(kind), torch.rand(2, 3, 8)
    named = {padded: torch.tensor([[False, False, True], [False, True, True]])}
    model.requires_grad_(graph != "frozen")

    def run():
        with torch.set_grad_enabled(graph != "none"):
            made = model(*[x] * (3 if kind == "attention" else 1), **named)
        return made[0] if kind == "attention" else made

    plain, before = run(), state()
    with watching(), watching(1) as seen:
        within = state()
        found = run()
        assert state() == within
    assert torch.equal(plain, found) and plain.requires_grad == found.requires_grad
    assert state() == before and not seen.trace


def test_transforms_give_what_they_gave():
    def f(x):
        return (x.sin() * x).sum()

    x = torch.tensor([1.0, 2.0])
    plain = torch.func.grad(f)(x), torch.func.vmap(torch.func.grad(f))(x[None]), torch.func.hessian(f)(x)
    with watching():
        seen = torch.func.grad(f)(x), torch.func.vmap(torch.func.grad(f))(x[None]), torch.func.hessian(f)(x)
    assert all(map(torch.equal, plain, seen))


def exported(model, x):
    return torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim("n", min=3)},)).graph


TRACERS = {
    "jit": lambda model, x: torch.jit.trace(model, x).code,
    "fx": lambda model, x: torch.fx.symbolic_trace(model).graph,
    "make_fx": lambda model, x: (
        torch.fx.experimental.proxy_tensor.make_fx(
            lambda x: (x.sin().requires_grad_() * 2).sum(0), tracing_mode="symbolic"
        )(x).code
    ),
    "export": exported,
}


@pytest.mark.parametrize("way", ["jit", "fx", "make_fx", "export"])
def test_what_is_traced_is_what_was_traced(way):
    model, x = network(torch), torch.ones(4, 2)
    plain = str(TRACERS[way](model, x))
    with watching():
        found = TRACERS[way](model, x)
    assert str(found) == plain


# ---------------------------------------------------------------------- the pass itself


def training(lib, iterations=3, break_at=None):
    """A loop as people write it; returns what each parameter is then."""
    model, x = network(lib), lib.tensor([[1.0, 2.0], [0.5, -1.0]])
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for number in range(iterations):
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        if number == break_at:
            raise ValueError
        loss.backward()
        optimizer.step()
    return [p.tolist() for p in model.parameters()], [p.grad.tolist() for p in model.parameters()]


@LIBRARIES
@pytest.mark.parametrize("iteration", [0, 2])
def test_a_pass_inside_is_recorded_while_it_runs_and_nothing_comes_out_differently(lib, iteration):
    with watching(iteration) as seen:
        found = training(lib)
    assert found == training(lib)
    assert [step for step in record(seen).steps if step.phase == "backward"] and record(seen) is seen.trace
    assert seen.trace.node(seen.trace.outputs[0]).name == "loss"
    assert {node.name for node in seen.trace.nodes if node.kind == "leaf"} >= {
        "model.0.weight",
        "model.2.bias",
    }
    kinds = [(event.kind, event.iteration, event.source.expression) for event in seen.events]
    assert (
        kinds
        == [
            (kind, number, f"{owner}.{kind}()")
            for number in range(3)
            for kind, owner in (("zero_grad", "optimizer"), ("backward", "loss"), ("step", "optimizer"))
        ][: len(kinds)]
        or kinds
    )
    ops = [node for node in seen.trace.nodes if node.kind == "op"]
    assert all(node.source for node in ops)


@LIBRARIES
@pytest.mark.parametrize("shown", [lambda y: record(y), lambda y: make_dot(y, depth=1).trace,
                                   lambda y: BackwardStepper(y).trace, lambda y: GradientQuiz(y).trace])  # fmt: skip
def test_what_is_shown_inside_the_block_has_the_modules_that_were_at_work(lib, shown):
    model, x = network(lib), lib.ones(4, 2)
    with watching():
        trace = shown(model(x).square().mean())
        again = shown(model(x).square().mean())
    after = record(model(x).square().mean())
    assert [scope.name for scope in trace.scopes] == [
        scope.name for scope in again.scopes
    ] and after.scopes == ()
    assert [(scope.name, scope.type) for scope in trace.scopes if scope.kind == "module"][:2] == [
        ("", "Sequential"), ("0", "Linear")]  # fmt: skip


@LIBRARIES
def test_what_is_seen_stands_for_the_loss(lib):
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    with watching() as seen:
        h = x * 2
        loss = h.sum()
        h + 1
    assert repr(make_dot(seen)).startswith("<Picture: Graph of loss with 2 operations")
    assert BackwardStepper(seen).trace.outputs and x.grad.tolist() == [2.0, 2.0]
    with watching() as nothing:
        lib.ones(2)
    with pytest.raises(RuntimeError, match="saw no tensor that requires a gradient"):
        record(nothing)
    assert loss.requires_grad


@LIBRARIES
def test_a_forward_pass_that_raises_is_shown_up_to_the_call_that_failed(lib):
    model, x = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.Linear(4, 1)), lib.ones(5, 2)
    with pytest.raises(RuntimeError, match="shapes"), watching() as seen:
        model(x)
    failed = seen.trace.node(seen.trace.outputs[0])
    assert (failed.kind, failed.source.text.strip()) == ("failed", "model(x)")
    operands = {(seen.trace.node(edge.producer).name, seen.trace.node(edge.producer).shape)
                for edge in seen.trace.operands(failed.id)}  # fmt: skip
    assert ((5, 3)) in {shape for _, shape in operands}
    assert lib is autograd_core or ("model.1.weight", (1, 4)) in operands
    said = BackwardStepper(seen).describe()
    assert "RuntimeError: " in said and "(5x3 and 4x1)" in said
    assert not any("model(x)" in line for line in BackwardStepper(seen).transcript().splitlines())
    assert "failed" in make_dot(seen).svg()
    assert type(seen.trace).from_json(seen.trace.to_json()) == seen.trace


@LIBRARIES
def test_an_error_that_no_call_raised_shows_what_there_was(lib):
    with pytest.raises(ValueError), watching() as seen:
        training(lib, break_at=0)
    assert not seen.trace.failure and len(seen.trace.nodes) > 4
    with pytest.raises(ValueError), watching() as seen:
        training(lib, break_at=2)
    assert [step for step in seen.trace.steps if step.phase == "backward"]


# ---------------------------------------------------------------------- scopes


@LIBRARIES
def test_a_trace_has_a_tree_of_modules_with_what_goes_in_and_out(lib):
    nn = lib.nn

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.last = nn.Sequential(nn.Linear(2, 2), nn.Tanh()), nn.Linear(2, 1)

        def forward(self, x):
            return self.last(self.inner(self.inner(x)))

    model, x = Twice(), lib.ones(3, 2)
    with watching():
        loss = model(x).sum()
    trace = record(loss)
    modules = [scope for scope in trace.scopes if scope.kind == "module"]
    assert [(each.name, each.type, each.number, each.of) for each in modules] == [
        ("", "Twice", 1, 1), ("inner", "Sequential", 1, 2), ("inner.0", "Linear", 1, 2), ("inner.1", "Tanh", 1, 2),
        ("inner", "Sequential", 2, 2), ("inner.0", "Linear", 2, 2), ("inner.1", "Tanh", 2, 2), ("last", "Linear", 1, 1),
    ]  # fmt: skip
    assert [each.parameters for each in modules] == [9, 6, 6, 0, 6, 6, 0, 3]
    assert [trace.scopes[each.outer].name for each in modules[1:]] == [
        "",
        "inner",
        "inner",
        "",
        "inner",
        "inner",
        "",
    ]
    assert [trace.node(id).name for id in modules[0].inputs] == ["x"]
    assert [trace.node(id).shape for each in modules[1:4] for id in each.outputs] == [(3, 2)] * 3
    ops = sum(node.kind == "op" for node in trace.nodes)
    assert modules[0].operations == ops - 1
    assert {id for each in trace.scopes for id in each.nodes} >= {n.id for n in trace.nodes if n.kind == "op"} - {
        trace.outputs[0]}  # fmt: skip


def test_what_one_call_is_made_of_is_a_scope():
    x = torch.ones(2, 3, requires_grad=True)
    with watching():
        loss = torch.nn.functional.cross_entropy(x * 2, torch.tensor([0, 1]))
    (scope,) = record(loss).scopes
    assert (scope.kind, scope.name, scope.operations, scope.outer) == ("call", "cross_entropy", 2, -1)


def test_a_trace_of_version_2_opens_without_scopes():
    import json

    today = record(autograd_core.ones(1, requires_grad=True) * 2)
    tree = json.loads(today.to_json())
    del tree["failure"], tree["scopes"]
    trace = Trace.from_json(json.dumps(tree | {"version": 2}))
    assert (trace.scopes, trace.failure, trace.version) == ((), "", today.version)


# ---------------------------------------------------------------------- cuts


def test_what_cuts_the_graph_is_noted_with_its_line_and_what_was_cut():
    x = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.1)
    with watching() as seen:
        h = x * 2
        a = h.detach() + h.data
        b = float(h.sum()) + h[0].item()
        c = (h > 1).float() + torch.argmax(h)
        with torch.no_grad():
            d = torch.sin(h)
        loss = (h + a + b + c + d).sum()
        assert h.shape == (2,) and not h.is_leaf
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert [(cut.function, cut.operand) for cut in seen.cuts] == [
        ("detach", "h"), ("data", "h"), ("float", "h.sum()"), ("item", "h[0]"), ("gt", "h"), ("argmax", "h"),
        ("sin", "h")]  # fmt: skip


def test_one_line_says_what_watching_would_add():
    x = torch.ones(2, requires_grad=True)
    with watching():
        y = (x * 2).sum()
    assert not BackwardStepper(y).data["hint"]
    assert "with watching():" in BackwardStepper((x * 2).sum()).data["hint"]
