"""Tensors are called what the caller's variables call them."""

import sys
import textwrap

import pytest

import autograd_core
import widgets
from tests.exhaustive import one_in
from tests.oracle import torch as pytorch
from widgets import GradientCheck, TrainingMonitor, record, verify
from widgets.recorders import graph
from widgets.words.names import named_parameters


@pytest.fixture(params=[autograd_core, pytorch], ids=["autograd_core", "torch"])
def torch(request):
    return request.param


def leaves(trace):
    return [node.name for node in trace.nodes if node.kind == "leaf"]


def operations(trace):
    return [node.name for node in trace.nodes if node.kind == "op"]


def scalar(torch, value=2.0):
    return torch.tensor(value, requires_grad=True)


def test_variables_give_their_names_to_leaves_and_intermediates(torch):
    weight = scalar(torch)
    squared = weight * weight
    loss = squared * 3
    trace = record(loss)
    assert (leaves(trace), operations(trace)) == (["weight"], ["squared", "loss"])
    assert all(node.named for node in trace.nodes if node.kind != "constant")


def test_what_has_no_name_gets_a_short_stable_label(torch):
    trace = record((scalar(torch) * 2 + scalar(torch) * 3).sin())
    assert leaves(trace) == ["leaf #1", "leaf #2"]
    assert operations(trace) == ["mul #1", "mul #2", "add #1", "sin #1"]
    assert not any(node.named for node in trace.nodes)


def test_elements_of_lists_and_dictionaries_have_names(torch):
    xs = [scalar(torch), scalar(torch)]
    batch = {"image": scalar(torch), 3: (scalar(torch),)}
    y = xs[0] * xs[1] * batch["image"] * batch[3][0]
    assert leaves(record(y)) == ["xs[0]", "xs[1]", "batch['image']", "batch[3][0]"]


def test_parameters_of_a_module_have_their_dotted_names():
    nn = pytorch.nn
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    y = model(pytorch.ones(1, 2)).sum()
    assert sorted(leaves(record(y))) == [
        "model.0.bias", "model.0.weight", "model.2.bias", "model.2.weight"]  # fmt: skip


def sequential(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))


def test_a_parameter_has_one_name_in_every_widget(torch):
    model, x = sequential(torch), torch.ones(1, 2)
    y = model(x).sum()
    picture = sorted(leaves(record(y, names={"x": x})))
    for check in (GradientCheck(lambda: model(x).sum(), model), GradientCheck(model, x)):
        assert sorted(check.derivatives.checked.split(" and ")) == picture
    assert {row.name.partition("[")[0] for row in verify(model, x).rows} <= {"input", *picture}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for how in ({"model": model}, {"optimizer": optimizer}, {"model": model, "optimizer": optimizer}):
        monitor = TrainingMonitor(show=False)
        for _ in monitor.watch([x], **how):
            loss = model(x).sum()
            loss.backward()
        assert sorted(monitor.history["gradient_norm"]) == picture
    assert picture[0] == "model.0.bias"


def test_parameters_of_a_module_that_no_variable_holds_have_their_paths(torch):
    found = list(named_parameters(sequential(torch), sys._getframe()))
    assert found == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert named_parameters(torch.nn.ReLU(), sys._getframe()) == {}


def test_a_module_within_another_is_called_by_its_way_there(torch):
    nets = {"small": sequential(torch)}
    inner = list(named_parameters(nets["small"][2], sys._getframe()))
    assert inner == ["nets['small'].2.weight", "nets['small'].2.bias"]


def test_attributes_of_self_have_names(torch):
    class Model:
        def __init__(self):
            self.slope = scalar(torch)

        def trace(self):
            y = self.slope * 2
            return record(y)

    assert leaves(Model().trace()) == ["self.slope"]


def test_a_plain_variable_goes_before_an_element(torch):
    w = scalar(torch)
    everything = [w]
    y = everything[0] * 2
    assert leaves(record(y)) == ["w"]


def test_given_names_go_before_variables(torch):
    w = scalar(torch)
    y = w * 2
    trace = record(y, names={"slope": w})
    assert (leaves(trace), operations(trace)) == (["slope"], ["y"])


def test_names_may_hold_lists_or_be_keyed_by_tensors(torch):
    a, b = scalar(torch), scalar(torch)
    y = a * b
    assert leaves(graph(y, {"ws": [a, b]})) == ["ws[0]", "ws[1]"]
    assert leaves(graph(y, {a: "first", b: "second"})) == ["first", "second"]


def test_names_may_be_parameters_of_a_module():
    layer = pytorch.nn.Linear(2, 1)
    y = layer(pytorch.ones(1, 2)).sum()
    assert sorted(leaves(record(y, names=dict(layer.named_parameters())))) == ["bias", "weight"]


def test_the_notebooks_own_variables_are_not_names(torch):
    _ = _1 = scalar(torch)
    Out = {1: _1}
    y = Out[1] * 2
    assert leaves(record(y)) == ["leaf #1"]


def test_a_constant_tensor_has_its_variables_name(torch):
    image = torch.tensor([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = w * image
    trace = record(y, gradient=torch.tensor([1.0, 1.0]))
    (constant,) = (node for node in trace.nodes if node.kind == "constant")
    assert (constant.name, constant.named, constant.value.data) == ("image", True, [1.0, 2.0])


def test_objects_that_pretend_to_have_every_attribute_do_no_harm(torch):
    class Anything:
        def __getattr__(self, name):
            return self

        def __call__(self, *args):
            raise AssertionError("looked too closely")

    anything = Anything()
    w = scalar(torch)
    y = w * 2
    assert leaves(record(y)) == ["w"]
    assert anything is not None


def test_one_large_list_is_not_searched_to_the_end(torch):
    w = scalar(torch)
    many = [None] * 2000 + [w]
    y = many[-1] * 2
    del w
    assert leaves(record(y)) == ["leaf #1"]


# ---------------------------------------------------------------- odd things in other variables


looked = []  # whenever something that nobody asked for was called


def boom(*args, **named):
    looked.append(args)
    raise LookupError("looked too closely")


METHODS = """__class__ __dict__ __len__ __getattr__ __getattribute__ __getitem__ __eq__ __hash__ __bool__
    __iter__ __repr__ __str__ __format__ __contains__ __array__ __torch_function__ items keys values
    named_parameters parameters requires_grad grad_fn shape data_ptr""".split()


def odd_things():
    """What may lie about in a notebook, by name; whatever is called of it raises."""
    for name in METHODS:
        method = property(boom) if name in ("__class__", "__dict__") else boom
        for base in (object, list, tuple, dict, str):
            if not (base is str and name in ("__hash__", "__eq__")):
                yield f"{name} of {base.__name__}", type("Odd", (base,), {name: method})()
    yield "metaclass", type("Meta", (type,), {"__getattr__": boom, "__iter__": boom})("Odd", (), {})()
    yield "a class", type("Odd", (), {"named_parameters": boom})


def odd_modules(torch):
    class NotBegun(torch.nn.Module):
        def __init__(self):
            pass

    yield "a module whose __init__ has not run", NotBegun()
    yield "a module of other names", type("M", (torch.nn.Module,), {"named_parameters": boom})()


def odd_tensors(torch):
    base = torch.ones(3, requires_grad=True) * 1
    part, _ = base.split([1, 2])
    base.mul_(2)
    yield "a stale view", part
    if torch is pytorch:
        ones = torch.ones(2)
        yield "a lazy module", torch.nn.LazyLinear(2)
        yield "a sparse tensor", torch.eye(2).to_sparse().requires_grad_()
        yield "a sparse tensor by rows", torch.eye(2).to_sparse_csr()
        yield "a nested tensor", torch.nested.nested_tensor([ones, torch.ones(3)], requires_grad=True)
        yield "a jagged tensor", torch.nested.nested_tensor([ones], layout=torch.jagged)
        yield "a tensor without data", torch.ones(2, device="meta", requires_grad=True)
        with torch.inference_mode():
            yield "an inference tensor", torch.ones(2)


@one_in(2)
@pytest.mark.parametrize("holder", ["variable", "list", "dictionary", "attribute"])
def test_odd_variables_do_not_matter_and_nothing_of_them_is_called(torch, holder):
    for what, odd in everything_odd(torch):
        w = scalar(torch)
        y = w * 2
        if holder != "variable":
            things = [odd]
            odd = {"list": things, "dictionary": {"odd": odd}, "attribute": Held(odd)}[holder]
        self = None if what.startswith("__dict__") else odd  # whose attributes are read
        looked.clear()
        found = named_in(record(y, retain_graph=True)), named_in(graph(y)), named_in(graph(y, locals()))
        assert found == (["w", "y"],) * 3, what
        assert looked == [], what
        del self


class Held:
    def __init__(self, odd):
        self.odd = odd


def named_in(trace):
    return [node.name for node in trace.nodes if node.named]


def run_among(torch, odd, code):
    """What a cell's variables are that runs in a notebook with odd variables."""
    cell = {f"odd{number}": thing for number, (_, thing) in enumerate(odd)}
    cell |= {"torch": torch, "widgets": widgets}
    exec(textwrap.dedent(code), cell)
    return cell


def everything_odd(torch):
    return [*odd_things(), *odd_modules(torch), *odd_tensors(torch)]


def test_odd_variables_do_not_matter_to_checks_pictures_and_widgets(torch):
    cell = run_among(torch, everything_odd(torch), """
        w = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        square = lambda: w * w
        check, same = widgets.GradientCheck(square, [w]), widgets.verify(square, w)
        picture, stepper = widgets.make_dot(w * w), widgets.BackwardStepper(w * w)
        quiz, descent = widgets.GradientQuiz(w * w * w), widgets.Descent(lambda a: a * a, w)
    """)  # fmt: skip
    assert (cell["check"].derivatives.checked, bool(cell["same"])) == ("w", True)
    assert "w" in cell["picture"].source and leaves(cell["stepper"].trace) == ["w"]


def test_odd_variables_do_not_end_a_monitored_loop(torch):
    cell = run_among(torch, everything_odd(torch), """
        w = torch.tensor(2.0, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        monitor = widgets.TrainingMonitor(show=False)
        for x in monitor.watch([1.0, 2.0], optimizer=optimizer):
            optimizer.zero_grad()
            (w * x).backward()
            optimizer.step()
    """)  # fmt: skip
    monitor = cell["monitor"]
    assert monitor.state == "finished" and list(monitor.history["gradient_norm"]) == ["w"]


def test_nor_does_one_that_is_called_loss(torch):
    for what, loss in everything_odd(torch):
        monitor = TrainingMonitor(show=False)
        for _ in monitor.watch([1.0, 2.0]):
            pass
        assert (monitor.state, loss is loss) == ("finished", True), what


def test_a_list_called_loss_is_no_loss(torch):
    w, loss, monitor = scalar(torch), [], TrainingMonitor(show=False)
    for x in monitor.watch([1.0, 2.0]):
        loss.append((w * x).item())
    assert (monitor.state, monitor.history["loss"]) == ("finished", [None, None])


def test_leaves_of_a_tensor_subclass_keep_their_names_and_nothing_of_the_subclass_runs():
    ran = []

    class Own(pytorch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            ran.append(function.__name__)
            return super().__torch_function__(function, types, args, kwargs or {})

    weight = pytorch.Tensor._make_subclass(Own, pytorch.tensor([1.0, 2.0]), True)
    bias = pytorch.Tensor._make_subclass(Own, pytorch.tensor(1.0), True)
    y = (weight * 2).sum() + bias
    ran.clear()
    trace = graph(y)
    assert (leaves(trace), ran) == (["weight", "bias"], [])
    assert leaves(record(y)) == ["weight", "bias"]
    assert ran == ["backward"]  # which is the user's own wish
