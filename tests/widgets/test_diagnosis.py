"""`diagnose`: broken programs are found broken, with line and cure; whole ones are not."""

import inspect
from itertools import product

import pytest

import autograd_core
from tests.exhaustive import some_of
from tests.oracle import need_pytorch, torch
from tests.widgets.broken import PROGRAMS, mlp
from tests.widgets.healthy import HEALTHY
from tests.widgets.models import MODELS
from widgets import diagnose, watching
from widgets.reasons.cuts import cut_in_words
from widgets.words.numbers_as_text import number

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
LIBRARIES = {"autograd_core": autograd_core, "torch": torch}


def cases():
    """One program of each kind runs always, and the others in the exhaustive part."""
    seen = set()
    for kind, program, words, on in PROGRAMS:
        for name in on:
            marks = [pytest.mark.exhaustive] if kind in seen else []
            seen.add(kind)
            yield pytest.param(kind, program, words, name, marks=marks, id=f"{program.__name__}-{name}")


def marked_line(program):
    """The line of a program that its comment marks, None if there is none."""
    lines, first = inspect.getsourcelines(program)
    return next((first + i for i, line in enumerate(lines) if line.rstrip().endswith("# here")), None)


@pytest.mark.parametrize("kind, program, words, library", list(cases()))
def test_a_broken_program_is_told_what_is_wrong_with_it(kind, program, words, library):
    lib = LIBRARIES[library]
    lib.manual_seed(1)
    report = program(lib)
    said = report.describe()
    assert [each.kind for each in report.findings] == [kind], said
    assert all(word in said for word in words), said
    (finding,) = report.findings
    line = marked_line(program)
    if line is not None:
        assert finding.where.line == line and f"line {line}" in said, said


@pytest.mark.parametrize("name", some_of(["LeNet", *MODELS]))
@pytest.mark.parametrize("way", ["aside", "inside"])
def test_a_whole_model_gives_no_finding(name, way):
    need_pytorch()
    torch.manual_seed(0)
    _, run = MODELS[name](torch)
    with watching() as seen:
        loss = run()
        if way == "inside" and loss is not None:
            loss.backward()
    report = seen.diagnose()
    assert report.findings == [] and report.describe().startswith("Nothing found. Looked at ")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("program", some_of(HEALTHY, 2), ids=lambda program: program.__name__)
def test_a_whole_program_gives_no_finding(program, library):
    lib = LIBRARIES[library]
    lib.manual_seed(1)
    report = program(lib)
    assert report.findings == [], report.describe()


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_of_the_users_is_changed(library):
    lib = LIBRARIES[library]
    model, x = mlp(lib), lib.randn(4, 3)
    model[0].weight.grad = lib.ones(4, 3)
    with watching():
        loss = model(x).square().mean()
    before, random = [p.tolist() for p in model.parameters()], lib.get_rng_state().tolist()
    diagnose(loss, model)
    assert [p.tolist() for p in model.parameters()] == before and lib.get_rng_state().tolist() == random
    assert [p.grad is None for p in model.parameters()] == [False, True, True, True]
    assert model[0].weight.grad.tolist() == [[1.0] * 3] * 4
    loss.backward()  # the graph is kept


def root_at_zero(lib):
    """A loss with an infinite slope in the branch that is not taken."""
    x = lib.tensor([0.0, 4.0], requires_grad=True)
    with watching():
        return lib.where(x > 0, x.sqrt(), x).sum()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_stepper_opens_at_the_operation_of_a_finding(library):
    report = diagnose(root_at_zero(LIBRARIES[library]))
    stepper = report.stepper(1)
    assert stepper.trace.node(report.findings[0].node).op == "sqrt"
    assert stepper.trace.steps[stepper.step - 1].node == report.findings[0].node
    assert report.data["findings"][0]["line"][1] == "x.sqrt()"
    assert "x.sqrt()" in report.svg() and report.text() == report.describe()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_finding_opens_its_stepper_and_says_so_where_it_cannot(library):
    report = diagnose(root_at_zero(LIBRARIES[library]))
    assert report.data["findings"][0]["opens"] and report.opened == {}
    report.asked = 1
    assert report.opened["finding"] == 1 and report.opened["model"] == report._stepper.model_id
    report.asked = 0
    assert report.opened == {"finding": 0}
    report.stepper = lambda number: report.findings[7]
    report.asked = 1
    assert report.opened == {"said": "It cannot be opened any more: list index out of range", "finding": 1}
    with pytest.raises(ValueError, match="asked must be from 0 to 1"):
        report.asked = 2


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_fits_not_is_refused_with_a_cure(library):
    lib = LIBRARIES[library]
    model = mlp(lib)
    optimizer, loss = lib.optim.SGD(model.parameters(), lr=0.1), model(lib.randn(2, 3)).mean()
    for arguments, words in [
        ((3,), "got 3 of type int. Pass the loss"),
        (([loss],), "list. Add the losses in it: sum"),
        (({"a": loss},), "dict. Add the losses in it: sum"),
        ((None,), "got None. Let the function .* return it"),
        ((model(lib.randn(2, 3)),), "one element, and got a tensor of shape 2×1. Reduce it"),
        ((loss, model.parameters()), "generator. Pass the model itself, not its parameters"),
        ((loss, {"a": model}), "dict. Pass its values as a list"),
        ((loss, "model"), "'model' of type str. Pass the model"),
        ((loss, lib.nn.Linear), "the class Linear. Make one"),
        ((loss, optimizer, model), "SGD. The order is"),
        ((loss, model, model), "Sequential. The order is"),
    ]:
        with pytest.raises((TypeError, ValueError), match=words):
            diagnose(*arguments)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_gradient_that_a_result_retains_stays_as_it_was_and_hooks_are_told_of(library):
    lib = LIBRARIES[library]
    model = mlp(lib)
    model[0].weight.register_hook(lambda gradient: gradient * 2)
    with watching():
        out = model(lib.randn(2, 3))
        loss = out.square().mean()
    out.retain_grad()
    assert "Hooks of yours were called" in diagnose(loss, model).describe() and out.grad is None
    loss.backward()
    before = out.grad.tolist()
    assert "An earlier backward() has freed the graph" in diagnose(loss).describe()
    assert out.grad.tolist() == before


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_error_that_no_finding_explains_is_told_first(library):
    lib = LIBRARIES[library]
    model = mlp(lib)
    with pytest.raises(ValueError), watching() as seen:
        model(lib.randn(2, 3)).mean()
        raise ValueError("no such batch")
    said = seen.diagnose().describe()
    assert said.startswith(
        "The block raised an error, which no finding explains: ValueError: no such batch. Nothing found."
    )


def test_cuts_of_tensors_that_are_gone_meanwhile_raise_nothing():
    """Old spectral normalization makes its weight anew in each call, under no_grad."""
    need_pytorch()
    model = torch.nn.Sequential(torch.nn.utils.spectral_norm(torch.nn.Linear(3, 4)), torch.nn.Linear(4, 1))
    with watching() as seen:
        for _ in range(3):
            model(torch.randn(5, 3)).square().mean().backward()
    assert seen.diagnose(model).findings == []


CUT = {
    lambda lib, w: lib.tensor(w): "makes a new tensor of the old one's numbers",
    lambda lib, w: w.detach(): "cuts it off the graph",
    lambda lib, w: w.item(): "turns it into plain numbers",
    lambda lib, w: w.int(): "moves in steps",
    lambda lib, w: w > 0: "moves in steps",
}


@pytest.mark.parametrize("cuts, words", CUT.items())
@pytest.mark.parametrize("name", LIBRARIES)
def test_it_is_told_what_a_cut_does(cuts, words, name):
    if name == "torch":
        need_pytorch()
    lib = LIBRARIES[name]
    w = lib.tensor(1.5, requires_grad=True)
    with watching() as seen:
        cuts(lib, w * 2)
    assert words in cut_in_words(seen.cuts[-1])


@pytest.mark.parametrize("name, loss", [
    *product(LIBRARIES, ["mse_loss", "l1_loss", "smooth_l1_loss"]), ("torch", "huber_loss")])  # fmt: skip
def test_a_broadcast_loss_is_told_with_what_it_should_have_been(name, loss):
    if name == "torch":
        need_pytorch()
    lib = LIBRARIES[name]
    model, x, y = mlp(lib), lib.randn(4, 3), lib.tensor([0.5, -3.0, 2.0, 0.1])
    with watching() as seen:
        wrong = getattr(lib.nn.functional, loss)(model(x), y)
    meant = getattr(lib.nn.functional, loss)(model(x)[:, 0], y)
    told = f"The loss is {number(wrong.item())}; with equal shapes it is {number(meant.item())}"
    assert [told in each.why for each in seen.diagnose().findings if each.kind == "broadcast"] == [True]


@pytest.mark.parametrize("name", LIBRARIES)
def test_where_it_is_not_known_it_is_left_out(name):
    if name == "torch":
        need_pytorch()
    lib = LIBRARIES[name]
    with watching() as seen:
        y = lib.tensor([0.5, -3.0, 2.0, 0.1])
        loss = lib.nn.functional.smooth_l1_loss(mlp(lib)(lib.randn(4, 3)), y, beta=0.3)
    (found,) = [each for each in seen.diagnose().findings if each.kind == "broadcast"]
    assert loss.shape == () and "equal shapes" not in found.why
