"""Modules do what PyTorch's do: parts, states, texts, errors; outputs given the same weights."""

import copy
import pickle
import re

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.oracle_cases import default_dtype
from tests.autograd_core.releases import edges, node_name, raised
from tests.oracle import torch

BOTH = [autograd_core, torch]


def same_weights(theirs, ours):
    """Copy the weights of a torch module into ours of the same structure."""
    state = {name: autograd_core.tensor(t.numpy()) for name, t in theirs.state_dict().items()}
    assert str(ours.load_state_dict(state)) == "<All keys matched successfully>"


def numbers(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.fixture(params=[None, "float64"], ids=["as it starts", "float64"])
def default(request):
    """Each default type, set in both; returns NumPy's name of it."""
    with default_dtype(request.param):
        yield request.param or "float32"


NEAR = {"float32": 3e-5, "float64": 1e-10}


def assert_same(ours, theirs):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert str(ours.dtype) == str(theirs.dtype)
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    near = NEAR.get(ours.dtype.name, 0)
    largest = np.abs(theirs).max(initial=1) if near else 0  # numbers near 0 are sums of larger ones
    np.testing.assert_allclose(ours, theirs, rtol=near, atol=near * largest)


# ---------------------------------------------------------------------- layers

# text of the module, and the input's shape
LAYERS = [
    ("nn.Identity(54, unused=True)", (4, 3)),
    ("nn.Linear(3, 2)", (4, 3)), ("nn.Linear(3, 2)", (3,)),
    ("nn.Linear(3, 2, bias=False)", (2, 4, 3)), ("nn.Flatten()", (2, 3, 4)),
    ("nn.Flatten(0, 1)", (2, 3, 4)), ("nn.Unflatten(1, (3, 2))", (2, 6)), ("nn.ReLU()", (4, 3)),
    ("nn.LeakyReLU()", (4, 3)), ("nn.LeakyReLU(0.3)", (4, 3)), ("nn.ELU()", (4, 3)),
    ("nn.ELU(0.5)", (4, 3)), ("nn.SiLU()", (4, 3)), ("nn.GELU()", (4, 3)),
    ("nn.GELU(approximate='tanh')", (4, 3)), ("nn.Softplus()", (4, 3)),
    ("nn.Softplus(2.0, 1.0)", (4, 3)), ("nn.Sigmoid()", (4, 3)), ("nn.Tanh()", (4, 3)),
    ("nn.Softmax(dim=1)", (4, 3)), ("nn.LogSoftmax(dim=-1)", (4, 3)), ("nn.Dropout(0.0)", (4, 3)),
    ("nn.BatchNorm1d(3)", (4, 3)), ("nn.BatchNorm1d(3)", (4, 3, 2)),
    ("nn.BatchNorm1d(3, eps=0.1, momentum=None)", (4, 3)),
    ("nn.BatchNorm1d(3, affine=False)", (4, 3)),
    ("nn.BatchNorm1d(3, track_running_stats=False)", (4, 3)), ("nn.LayerNorm(3)", (4, 3)),
    ("nn.LayerNorm((2, 3), eps=0.1)", (4, 2, 3)), ("nn.LayerNorm(3, bias=False)", (4, 3)),
    ("nn.LayerNorm(3, elementwise_affine=False)", (4, 3)), ("nn.Conv2d(1, 2, 3)", (2, 1, 5, 6)),
    ("nn.Conv2d(2, 4, (3, 2), stride=2, padding=1, groups=2)", (2, 2, 5, 6)),
    ("nn.Conv2d(1, 2, 3, padding='same', dilation=2, bias=False)", (1, 1, 5, 6)),
    ("nn.MaxPool2d(2)", (2, 1, 5, 6)), ("nn.MaxPool2d(3, 2, 1)", (2, 1, 5, 6)),
    ("nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))", (4, 3)),
    ("nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 2))",
     (3, 1, 4, 7)),
    ("nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.LayerNorm(4))", (4, 3)),
]  # fmt: skip


@pytest.mark.parametrize("text, shape", LAYERS, ids=[f"{t} {s}" for t, s in LAYERS])
def test_layers_agree_with_pytorch_given_the_same_weights(text, shape, default):
    theirs, ours = (eval(text, {"nn": module.nn}) for module in (torch, autograd_core))
    assert repr(ours) == repr(theirs)
    same_weights(theirs, ours)
    for training in (True, True, False):  # twice, so that running values are used
        theirs.train(training), ours.train(training)
        x = numbers(0, *shape).astype(default)
        x_t, x_o = torch.tensor(x, requires_grad=True), autograd_core.tensor(x, requires_grad=True)
        y_t, y_o = theirs(x_t), ours(x_o)
        assert_same(y_o, y_t)
        if y_t.grad_fn is not None:
            assert node_name(y_o.grad_fn) == node_name(y_t.grad_fn)
        g = numbers(1, *y_t.shape).astype(default)
        y_t.backward(torch.tensor(g)), y_o.backward(autograd_core.tensor(g))
        assert_same(x_o.grad, x_t.grad)
    named = ours.named_parameters(), theirs.named_parameters()
    for (name, p_o), (name_t, p_t) in zip(*named, strict=True):
        assert name == name_t
        assert_same(p_o.grad, p_t.grad)
    for b_o, b_t in zip(ours.buffers(), theirs.buffers(), strict=True):
        assert_same(b_o, b_t)


@pytest.mark.parametrize("text, shape", LAYERS, ids=[f"{t} {s}" for t, s in LAYERS])
def test_layers_gradients_agree_with_finite_differences(text, shape):
    autograd_core.manual_seed(0)
    layer = eval(text, {"nn": autograd_core.nn}).double()
    x = autograd_core.tensor(numbers(2, *shape), requires_grad=True)
    names = [name for name, _ in layer.named_parameters()]

    def output(x, *values):
        for name, value in zip(names, values):
            path, _, last = name.rpartition(".")
            layer.get_submodule(path).__dict__[last] = value
            layer.get_submodule(path)._parameters[last] = value
        return layer(x)

    values = [p.detach().clone().requires_grad_() for p in layer.parameters()]
    assert autograd_core.autograd.gradcheck(output, (x, *values))


def test_embedding_agrees_with_pytorch():
    indices = [[0, 2, 2], [3, 1, 0]]
    for padding in (None, 0, -2):
        theirs, ours = (m.nn.Embedding(4, 3, padding_idx=padding) for m in (torch, autograd_core))
        assert repr(ours) == repr(theirs)
        if padding is not None:
            assert (ours.weight[padding] == 0).all()
        same_weights(theirs, ours)
        y_t, y_o = theirs(torch.tensor(indices)), ours(autograd_core.tensor(indices))
        assert_same(y_o, y_t)
        assert node_name(y_o.grad_fn) == node_name(y_t.grad_fn)
        (y_t**2).sum().backward(), (y_o**2).sum().backward()
        assert_same(ours.weight.grad, theirs.weight.grad)


# text of the loss, and what makes input and target
_real = (numbers(3, 4, 3), numbers(4, 4, 3))
_indices = (numbers(3, 4, 3), np.array([0, 2, 1, 2]))
_probable = (1 / (1 + np.exp(-numbers(3, 4, 3))), 1 / (1 + np.exp(-numbers(4, 4, 3))))
LOSSES = [
    *((f"nn.{name}({options})", _real) for name in ("MSELoss", "L1Loss", "SmoothL1Loss")
      for options in ("", "reduction='sum'", "reduction='none'")),
    ("nn.SmoothL1Loss(beta=0.3)", _real), ("nn.BCELoss()", _probable),
    ("nn.BCELoss(torch.tensor([1.0, 2.0, 0.5]), reduction='sum')", _probable),
    ("nn.BCEWithLogitsLoss()", _probable),
    ("nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 0.5]))", _probable),
    ("nn.BCEWithLogitsLoss(torch.tensor([1.0, 2.0, 0.5]), reduction='none')", _probable),
    *((f"nn.{name}({options})", _indices) for name in ("CrossEntropyLoss", "NLLLoss")
      for options in ("", "reduction='sum'", "torch.tensor([1.0, 2.0, 0.5])", "ignore_index=2")),
    ("nn.CrossEntropyLoss(label_smoothing=0.1)", _indices), ("nn.CrossEntropyLoss()", _probable),
]  # fmt: skip


@pytest.mark.parametrize("text, data", LOSSES, ids=[text for text, _ in LOSSES])
def test_losses_agree_with_pytorch(text, data, default):
    outcomes = []
    for module in (torch, autograd_core):
        loss = eval(text, {"nn": module.nn, "torch": module})
        x = module.tensor(data[0].astype(default), requires_grad=True)
        target = data[1].astype(default) if data[1].dtype.kind == "f" else data[1]
        y = loss(x, module.tensor(target))
        y.sum().backward()
        outcomes.append((repr(loss), node_name(y.grad_fn), y, x.grad))
    theirs, ours = outcomes
    assert ours[:2] == theirs[:2]
    assert_same(ours[2], theirs[2])
    assert_same(ours[3], theirs[3])


# ---------------------------------------------------------------------- graph and source lines


def graph(node):
    if node is None or node.name().endswith("AccumulateGrad"):
        return node and "leaf"
    return node_name(node), [graph(operand) for operand, _ in edges(node)]


def test_the_graph_of_a_model_and_its_loss_is_that_of_pytorch():
    graphs = []
    for module in BOTH:
        model = module.nn.Sequential(
            module.nn.Flatten(), module.nn.Linear(6, 4), module.nn.ReLU(), module.nn.Linear(4, 3)
        )
        x, t = module.ones(2, 3, 2), module.tensor([0, 2])
        graphs.append(graph(module.nn.CrossEntropyLoss()(model(x), t).grad_fn))
    assert graphs[1] == graphs[0]


def test_nodes_made_inside_modules_name_the_users_line():
    nn = autograd_core.nn
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    loss = nn.CrossEntropyLoss()
    scores = model(autograd_core.ones(4, 3))
    outcome = loss(scores, autograd_core.tensor([0, 1, 0, 1]))
    node, expressions = outcome.grad_fn, []
    while node is not None and node.name() != "AccumulateGrad":
        expressions.append((node.name(), node.source().expression))
        operands = [operand for operand, _ in node.next_functions if operand is not None]
        node = next((each for each in operands if each.name() != "AccumulateGrad"), None)
    through_loss = "loss(scores, autograd_core.tensor([0, 1, 0, 1]))"
    through_model = "model(autograd_core.ones(4, 3))"
    assert expressions == [
        ("NllLossBackward0", through_loss), ("LogSoftmaxBackward0", through_loss),
        ("ReluBackward0", through_model), ("AddmmBackward0", through_model),
        ("TBackward0", through_model),
    ]  # fmt: skip


# ---------------------------------------------------------------------- what is inside


def make(module):
    nn = module.nn

    class Branch(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(module.tensor(2.0))
            self.register_buffer("seen", module.zeros(2))
            self.register_buffer("scratch", module.zeros(1), persistent=False)
            self.register_parameter("nothing", None)

        def forward(self, x):
            return self.scale * x

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 4)
            self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4), nn.ReLU()])
            self.named = nn.ModuleDict({"a": Branch(), "b": nn.Sequential(nn.Dropout(), Branch())})
            self.again = self.first

        def forward(self, x):
            return self.named["b"](self.layers[0](self.first(x)))

    return Net()


def test_names_order_and_text_of_all_parts_are_those_of_pytorch():
    ours, theirs = make(autograd_core), make(torch)
    assert repr(ours) == repr(theirs)
    for what in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        names = [[name for name, _ in getattr(net, what)()] for net in (ours, theirs)]
        assert names[0] == names[1], what
    for what in ("parameters", "buffers", "modules", "children"):
        assert len(list(getattr(ours, what)())) == len(list(getattr(theirs, what)())), what
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters("net", recurse=False)] == []
    assert [n for n, _ in ours.named_parameters(remove_duplicate=False)] == [
        n for n, _ in theirs.named_parameters(remove_duplicate=False)
    ]
    assert ours.get_submodule("named.b.1") is ours.named["b"][1]
    assert ours.get_parameter("layers.0.bias") is ours.layers[0].bias
    assert {"first", "layers", "training"} <= set(dir(ours))


REPRS = [
    "nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Sequential(nn.Tanh()), nn.Tanh()])", "nn.ModuleList()",
    "nn.ModuleList([nn.Sequential(nn.Linear(2, 3), nn.ReLU()) for _ in range(3)])",
    "nn.Sequential()",
    "nn.ModuleDict({'a': nn.ReLU(inplace=True)})", "nn.SiLU(inplace=True)", "nn.ELU(inplace=True)",
    "nn.LeakyReLU(0.1, True)", "nn.Softmax()", "nn.Embedding(4, 3, padding_idx=-1)", "nn.NLLLoss()",
    "nn.Conv2d(2, 4, 3, padding=(1, 0), dilation=2)", "nn.Module()", "nn.Parameter(torch.ones(2))",
    "nn.Parameter(torch.ones(2), requires_grad=False)", "nn.Parameter(torch.tensor(1.5))",
]  # fmt: skip


@pytest.mark.parametrize("text", REPRS)
def test_texts_are_those_of_pytorch(text):
    ours, theirs = (repr(eval(text, {"nn": m.nn, "torch": m})) for m in (autograd_core, torch))
    assert ours == theirs


def test_train_eval_freezing_and_zero_grad_reach_everything_inside():
    model = make(autograd_core)
    model.eval()
    assert not any(module.training for module in model.modules())
    assert all(module.training for module in model.train().modules())
    model(autograd_core.ones(2, 3)).sum().backward()
    assert model.first.weight.grad is not None
    model.zero_grad(set_to_none=False)
    assert (model.first.weight.grad == 0).all()
    model.zero_grad()
    assert model.first.weight.grad is None
    assert not any(p.requires_grad for p in model.requires_grad_(False).parameters())
    names = []
    model.apply(lambda module: names.append(type(module).__name__))
    assert names[0] == "Linear" and names[-1] == "Net"


def test_to_changes_floating_point_types_in_place_and_keeps_the_parameters():
    model = autograd_core.nn.BatchNorm1d(3)
    weight = model.weight
    model(autograd_core.randn(4, 3)).sum().backward()
    assert model.to(autograd_core.float32) is model
    assert model.weight is weight
    kinds = {str(t.dtype) for t in (weight, weight.grad, model.running_mean)}
    assert kinds == {"torch.float32"}
    assert str(model.num_batches_tracked.dtype) == "torch.int64"
    assert model.to("cpu").double().weight.dtype == autograd_core.float64
    assert weight.requires_grad and weight.is_leaf


def test_sequential_and_lists_can_be_indexed_cut_and_changed():
    nn = autograd_core.nn
    relu, tanh = nn.ReLU(), nn.Tanh()
    chain = nn.Sequential(nn.Linear(2, 2), relu, tanh)
    assert chain[1] is relu and chain[-1] is tanh and len(chain) == 3 and list(chain)[2] is tanh
    assert list(chain[1:]) == [relu, tanh] and isinstance(chain[1:], nn.Sequential)
    chain[1] = tanh
    assert chain[1] is tanh
    del chain[0]
    assert len(chain) == 2 and list(chain._modules) == ["0", "1"]
    chain.append(relu)
    assert chain[2] is relu
    listed = nn.ModuleList([relu]).extend([tanh])
    listed.insert(0, nn.Identity())
    assert [type(m).__name__ for m in listed] == ["Identity", "ReLU", "Tanh"]
    assert len(listed[1:]) == 2
    named = nn.ModuleDict([("a", relu)])
    named["b"] = tanh
    assert list(named) == ["a", "b"] and "a" in named and named.pop("a") is relu and len(named) == 1


@pytest.mark.parametrize("module", BOTH)
def test_forward_hooks_see_and_replace(module):
    layer, seen = module.nn.Linear(2, 2), []
    before = layer.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
    after = layer.register_forward_hook(lambda m, args, y: seen.append((args[0], y)) or y + 1)
    x = module.ones(1, 2)
    y = layer(x)
    assert (seen[0][0] == 2).all() and (y == seen[0][1] + 1).all()
    before.remove(), after.remove()
    assert (layer(x) == layer.forward(x)).all() and len(seen) == 1


# ---------------------------------------------------------------------- state


def test_state_shares_memory_and_loading_copies_into_the_same_parameters():
    a, b = make(autograd_core), make(autograd_core)
    state = a.state_dict()
    assert not any(t.requires_grad for t in state.values())
    weight = b.first.weight
    b.load_state_dict(state)
    assert b.first.weight is weight and (weight == a.first.weight).all()
    with autograd_core.no_grad():
        a.first.weight.fill_(7.0)
    assert (state["first.weight"] == 7).all() and not (weight == 7).any()
    assert b.load_state_dict({}, strict=False).missing_keys == list(state)


@pytest.mark.parametrize("module", BOTH)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_modules_can_be_copied_and_pickled(module, copied):
    nn = module.nn
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout())
    model(module.randn(4, 3)).sum().backward()
    twin = copied(model)
    assert repr(twin) == repr(model)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert isinstance(q, nn.Parameter) and q is not p and q.requires_grad
        assert (p == q).all() and p.grad is not None and q.grad is None
        q.data.fill_(0.0)
        assert not (p == q).all() or (p == 0).all()
    assert next(model.parameters()) is model[0].weight


# ---------------------------------------------------------------------- errors


def no_init(module, value):
    class Forgetful(module.nn.Module):
        def __init__(self):
            self.part = value

    return Forgetful()


ERRORS = {
    "parameter before init": lambda m, layer: no_init(m, m.nn.Parameter(m.ones(2))),
    "module before init": lambda m, layer: no_init(m, m.nn.ReLU()),
    "no forward": lambda m, layer: m.nn.Module()(3),
    "unknown attribute": lambda m, layer: layer.wieght,
    "delete unknown": lambda m, layer: delattr(layer, "wieght"),
    "tensor for a parameter": lambda m, layer: setattr(layer, "weight", m.ones(3, 2)),
    "number for a module": lambda m, layer: setattr(m.nn.Sequential(layer), "0", 3),
    "buffer name taken": lambda m, layer: layer.register_buffer("forward", m.ones(1)),
    "buffer name with a dot": lambda m, layer: layer.register_buffer("a.b", m.ones(1)),
    "buffer without a name": lambda m, layer: layer.register_buffer("", m.ones(1)),
    "buffer no name": lambda m, layer: layer.register_buffer(3, m.ones(1)),
    "buffer no tensor": lambda m, layer: layer.register_buffer("a", 3),
    "parameter no parameter": lambda m, layer: layer.register_parameter("a", m.ones(1)),
    "module no module": lambda m, layer: layer.add_module("a", 3),
    "module name taken": lambda m, layer: layer.add_module("forward", m.nn.ReLU()),
    "sequence of numbers": lambda m, layer: m.nn.Sequential(3),
    "list of nothing": lambda m, layer: m.nn.ModuleList(3),
    "beyond the end": lambda m, layer: m.nn.Sequential(layer)[3],
    "list beyond the end": lambda m, layer: m.nn.ModuleList([layer])[-2],
    "no key": lambda m, layer: m.nn.ModuleDict({"a": layer})["b"],
    "to whole numbers": lambda m, layer: layer.to(m.int64),
    "mode": lambda m, layer: layer.train(3),
    "whole parameter": lambda m, layer: m.nn.Parameter(m.tensor(1)),
    "unknown argument": lambda m, layer: m.nn.Linear(2, 3, foo=1),
    "no submodule": lambda m, layer: layer.get_submodule("a"),
    "no parameter": lambda m, layer: layer.get_parameter("a"),
    "negative size": lambda m, layer: m.nn.Linear(-1, 3),
    "wrong input": lambda m, layer: layer(m.ones(4, 3)),
    "state is no dict": lambda m, layer: layer.load_state_dict(3),
    "state missing": lambda m, layer: layer.load_state_dict(
        {"weight": layer.weight, "x": layer.bias}),
    "state shape": lambda m, layer: layer.load_state_dict(
        {"weight": m.ones(2, 2), "bias": m.ones(3)}),
    "dropout": lambda m, layer: m.nn.Dropout(2),
    "batch of one": lambda m, layer: m.nn.BatchNorm1d(3)(m.ones(1, 3)),
    "batch of a vector": lambda m, layer: m.nn.BatchNorm1d(3)(m.ones(3)),
    "batch of other features": lambda m, layer: m.nn.BatchNorm1d(3)(m.ones(4, 2)),
    "layer of other features": lambda m, layer: m.nn.LayerNorm(3)(m.ones(4, 2)),
    "embedding beyond": lambda m, layer: m.nn.Embedding(4, 3)(m.tensor([4])),
    "padding beyond": lambda m, layer: m.nn.Embedding(4, 3, padding_idx=4),
    "groups": lambda m, layer: m.nn.Conv2d(3, 4, 3, groups=2),
    "padding": lambda m, layer: m.nn.Conv2d(1, 4, 3, padding="x"),
    "padding with stride": lambda m, layer: m.nn.Conv2d(1, 4, 3, padding="same", stride=2),
    "list for a layer": lambda m, layer: layer([1, 2]),
    "array for a layer": lambda m, layer: layer(np.ones((4, 2))),
    "whole numbers for a layer": lambda m, layer: layer.double()(m.ones(4, 2).long()),
    "type of a batch": lambda m, layer: layer.float()(m.ones(4, 2).double()),
    "type of one sample": lambda m, layer: layer.float()(m.ones(2).double()),
    "list for a convolution": lambda m, layer: m.nn.Conv2d(1, 2, 3)([1]),
    "type of images": lambda m, layer: m.nn.Conv2d(1, 2, 3).double()(m.ones(1, 1, 8, 8).float()),
    "type of images, no bias": lambda m, layer: m.nn.Conv2d(1, 2, 3, bias=False).double()(
        m.ones(1, 1, 8, 8).float()),
    "list for pooling": lambda m, layer: m.nn.MaxPool2d(2)([1]),
    "list for an embedding": lambda m, layer: m.nn.Embedding(4, 3)([1]),
    "list for a normalization": lambda m, layer: m.nn.LayerNorm(3)([1]),
    "list for dropout": lambda m, layer: m.nn.Dropout()([1]),
    "list of layers": lambda m, layer: m.nn.Sequential([layer]),
    "class of a layer": lambda m, layer: m.nn.Sequential(m.nn.ReLU),
    "list of classes": lambda m, layer: m.nn.CrossEntropyLoss()(m.ones(2, 3), [0, 1]),
    "classes before logits": lambda m, layer: m.nn.CrossEntropyLoss()(
        m.zeros(2).long(), m.ones(2, 3)),
    "float classes": lambda m, layer: m.nn.CrossEntropyLoss()(m.ones(2, 3), m.zeros(2)),
    "too few classes": lambda m, layer: m.nn.CrossEntropyLoss()(m.ones(2, 3), m.zeros(1).long()),
    "class beyond": lambda m, layer: m.nn.CrossEntropyLoss()(m.ones(1, 3), m.tensor([3])),
    "class below": lambda m, layer: m.nn.CrossEntropyLoss()(m.ones(1, 3), m.tensor([-1])),
    "loss never made": lambda m, layer: m.nn.CrossEntropyLoss(m.ones(2, 3), m.tensor([0, 1])),
    "distance never made": lambda m, layer: m.nn.MSELoss(m.ones(2), m.ones(2)),
    "number for a target": lambda m, layer: m.nn.MSELoss()(m.ones(2), 1.0),
    "list for a target": lambda m, layer: m.nn.BCELoss()(m.ones(2), [1.0, 1.0]),
    "whole numbers for a target": lambda m, layer: m.nn.BCEWithLogitsLoss()(
        m.ones(2), m.ones(2).long()),
    "loss reduction": lambda m, layer: m.nn.MSELoss(reduction="q")(m.ones(1), m.ones(1)),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_those_of_pytorch(name):
    errors = []
    for module in BOTH:
        with pytest.raises(Exception) as found:
            ERRORS[name](module, module.nn.Linear(2, 3))
        errors.append(found.value)
    ours, theirs = errors
    kinds, messages = zip(*map(raised, errors))
    assert kinds[0] == kinds[1], f"{ours!r}\n{theirs!r}"
    opening = [" ".join(text.replace("Double", "Float").split()) for text in messages]
    opening = [text.split(".")[0][:40] for text in opening]
    assert opening[0] == opening[1]
    if "state" in name:
        for part in re.findall(r'"\w+"|size mismatch for \w+', str(theirs)):
            assert part in str(ours)


def test_parameters_share_memory_and_are_leaves():
    data = autograd_core.zeros(3)
    p = autograd_core.nn.Parameter(data)
    data.add_(1)
    assert (p == 1).all() and p.requires_grad and p.is_leaf and isinstance(p, autograd_core.Tensor)
    assert type(p * 2) is autograd_core.Tensor and type(p.detach()) is autograd_core.Tensor


def test_hooks_of_all_modules_run_before_a_modules_own_and_where_it_raises_if_asked():
    def calls(torch):
        hooks, told = torch.nn.modules.module, []
        model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())
        handles = [hooks.register_module_forward_pre_hook(lambda m, args: told.append(("before", type(m).__name__))),
                   hooks.register_module_forward_hook(lambda m, args, y: told.append(("after", y is None))),
                   hooks.register_module_forward_hook(lambda m, args, y: told.append(("always", y is None)),
                                                      always_call=True)]  # fmt: skip
        model[1].register_forward_hook(lambda m, args, y: told.append("own"))
        model(torch.ones(1, 2))
        with pytest.raises(RuntimeError):
            model(torch.ones(1, 3))
        for handle in handles:
            handle.remove()
        model(torch.ones(1, 2))
        return told

    assert calls(autograd_core) == calls(torch)
