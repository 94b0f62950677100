"""What beginners run into: it does, refuses and says what PyTorch does, refuses and says."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import autograd_core
from tests.oracle import need_pytorch, torch

BOTH = [autograd_core, torch]
X = "x = m.tensor([1.0, 2.0, 3.0], dtype=m.float64, requires_grad=True)\n"


def outcome(library, program):
    """What a program leaves in `out`, as text, or the type of its error and how that opens."""
    names = {"m": library, "F": library.nn.functional, "np": np}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(program, names)
        except Exception as error:
            said = "" if isinstance(error, AttributeError) else str(error)[:24]  # Python's own words there
            return type(error).__name__, said
    return str(names["out"]).replace(", dtype=torch.float64", "")


def assert_same(program):
    need_pytorch()
    before = torch.get_default_dtype(), autograd_core.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    autograd_core.set_default_dtype(autograd_core.float64)
    try:
        ours, theirs = (outcome(library, program) for library in BOTH)
    finally:
        torch.set_default_dtype(before[0])
        autograd_core.set_default_dtype(before[1])
    assert ours == theirs


# ---------------------------------------------------------------------- functions, hooks, derivatives

PROGRAMS = {
    "relu has a second derivative": X + "g, = m.autograd.grad(m.relu(x).sum(), x, create_graph=True)\n"
                                        "out, = m.autograd.grad(g.sum(), x)",
    "leaky_relu too": X + "g, = m.autograd.grad(F.leaky_relu(x).sum(), x, create_graph=True)\n"
                          "out, = m.autograd.grad(g.sum(), x)",
    "setup_context gets forward's defaults": X + """
class Times(m.autograd.Function):
    @staticmethod
    def forward(x, k=3.0):
        return x * k
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.k = inputs[1]
    @staticmethod
    def backward(ctx, g):
        return g * ctx.k, None
Times.apply(x).sum().backward()
out = x.grad""",
    "a Function returns one tensor twice": X + """
class Twice(m.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * 2
        return y, y
    @staticmethod
    def backward(ctx, a, b):
        return 2 * (a + b)
a, b = Twice.apply(x)
(a + 3 * b).sum().backward()
out = x.grad, a is b""",
    "a hook after accumulation that returns something": X + """
x.register_post_accumulate_grad_hook(lambda t: 3)
x.sum().backward()""",
    "gradcheck of a function that registers hooks": X + """
def f(x):
    x.register_hook(lambda g: g)
    y = x * 2
    y.register_hook(lambda g: g)
    return y.sin()
out = m.autograd.gradcheck(f, x)""",
    "a graph walker": X + """
y = (x * 2).exp().sum()
out, nodes = [], [y.grad_fn]
while nodes:
    node = nodes.pop()
    out.append(type(node).__name__)
    nodes += [each for each, _ in node.next_functions if each is not None]""",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_what_it_does_in_pytorch(name):
    assert_same(PROGRAMS[name])


def test_a_custom_node_is_called_after_its_function():
    class MyFn(autograd_core.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    y = MyFn.apply(autograd_core.tensor(1.0, requires_grad=True))
    y.backward(retain_graph=True)
    assert type(y.grad_fn).__name__ == "MyFnBackward"
    y.backward()


# ---------------------------------------------------------------------- what is refused

REFUSED = """
out = m.zeros(3, 2).index_add(0, m.tensor([0, 1]), m.ones(3, 2))
out = m.zeros(3, 2).index_add(0, m.tensor([0, 1]), m.ones(2, 1))
out = m.zeros(3, 2).index_add(0, m.tensor([0, 1]), m.ones(2))
out = m.zeros(3).index_add(0, m.tensor([0, 1]), m.ones(2, dtype=m.int64))
out = m.zeros(3).index_add(0, m.tensor([0.0, 1.0]), m.ones(2))
out = m.zeros(3).index_add(0, m.tensor([[0, 1]]), m.ones(2))
out = m.zeros(3).index_add(0, m.tensor(1), m.tensor(2.0))
out = m.zeros(3).scatter(0, m.tensor([0, 1]), m.ones(2, dtype=m.int64))
out = m.zeros(3).scatter_add(0, m.tensor([0, 1]), m.ones(2, dtype=m.float32))
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(1, 1, 2, 2), m.ones(3))
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(2, 1, 2, 2), m.ones(1))
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(2, 1, 2, 2), m.ones(2, 1))
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(2, 1, 2, 2), m.ones(2, dtype=m.float32))
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(2, 1, 2, 2), stride=0)
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(2, 1, 2, 2), padding=-1)
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(1, 1, 2, 2), padding=(1, 1, 1))
out = F.conv2d(m.ones(1, 1, 4, 4), m.ones(1, 1, 2, 2), stride=(1, 1, 1))
out = F.conv2d(m.ones(1, 4, 4, 4), m.ones(3, 2, 2, 2), groups=2)
out = F.one_hot(m.ones(2))
x.data = m.tensor([1, 2, 3])
x.data = 3
x.data = m.ones(2); out = x
x = m.ones(2); v = x.view(2); x.requires_grad_(); v.mul_(2)
x = m.ones(2); v = x[0:1]; x.requires_grad_(); v[0] = 5
x = m.ones(2); v = x[0:1]; x.requires_grad_(); v += 1
x = m.ones(2); v = x.view(2)[:1]; x.requires_grad_(); v.copy_(m.zeros(1))
y = x.prod(); y.mul_(2); y.backward()
y = x.cumprod(0); y.add_(1); y.sum().backward()
out = m.ones(2).flip()
out = m.ones(2).permute()
out = m.ones(2, 5, 5)[0, 5]
out = m.ones(2, 5, 5)[0, :, 7]
out = m.ones(2, 5, 5)[0, 0, 5]
out = m.autograd.functional.hessian(lambda x: x.sum(), 3)
out = m.cat([m.ones(2), None])
out = m.stack([m.ones(2), 3])
out = m.cat(m.ones(2))
x.shape = 3
x.T = 3
x.grad_fn = 3
x.name = "x"
x.device = "cpu"
x.dtype = 3
x.is_cuda = True
np.mean([x, x])
np.argmax(x)
np.allclose(x, 1)
np.vstack([x, x])
np.linspace(x[0], x[1], 3)
np.unique(x)
""".strip().splitlines()


@pytest.mark.parametrize("line", REFUSED)
def test_what_pytorch_refuses_is_refused_in_its_words(line):
    assert_same(X + line)


@pytest.mark.parametrize("call", ["eq(2, 3)", "pow(2, 3)", "maximum(2, 3)", "lt(2, 3)", "bitwise_and(1, 2)"])
def test_an_operation_of_two_numbers_is_refused(call):
    need_pytorch()
    for library in BOTH:
        with pytest.raises(TypeError):
            eval(f"library.{call}")


def test_an_index_names_the_place_where_it_stands():
    with pytest.raises(IndexError, match="^index 5 is out of bounds for dimension 1 with size 5"):
        autograd_core.ones(2, 5, 5)[0, 5]


# ---------------------------------------------------------------------- attributes, names


def test_a_tensor_takes_attributes_which_copies_and_pickles_keep():
    for tensor in (autograd_core.ones(2), autograd_core.nn.Parameter(autograd_core.ones(2))):
        tensor.label, tensor.g = "weights", autograd_core.zeros(1)
        assert tensor.label == "weights" and tensor.g.shape == (1,)
        assert copy.deepcopy(tensor).label == pickle.loads(pickle.dumps(tensor)).label == "weights"
    result = autograd_core.ones(2) * 2
    result.note = 3
    assert result.note == 3 and not hasattr(autograd_core.ones(2), "note")


@pytest.mark.parametrize("slip", ["requires_gard", "require_grad", "required_grad"])
def test_a_slip_is_noticed_where_the_gradient_is_missed(slip):
    x = autograd_core.ones(2)
    setattr(x, slip, True)
    with pytest.warns(UserWarning, match=f"attribute '{slip}'. Was it to be requires_grad"):
        assert x.grad is None
    x.requires_grad_()
    assert x.grad is None  # and no warning


def test_completion_shows_what_a_program_may_use():
    need_pytorch()
    x = autograd_core.ones(2, requires_grad=True)
    y = x * 2
    for ours, theirs in ((x, torch.ones(2)), (y.grad_fn, (torch.ones(2, requires_grad=True) * 2).grad_fn),
                         (autograd_core, torch), (autograd_core.nn, torch.nn)):  # fmt: skip
        known = {*dir(theirs), "source", "__version__"}
        assert {name for name in dir(ours) if name[0] != "_"} <= known
    assert {"grad", "sum", "backward", "T", "is_leaf"} <= set(dir(x))


# ---------------------------------------------------------------------- NumPy

IN_NUMPY = """np.linspace(x.min(), x.max(), 5)|np.argmax(x)|np.round(x, 1)|np.dot(x, x)|np.unique(x)|np.allclose(x, x)
np.vstack([x, x])|np.hstack((x, x))|np.median(x)|np.percentile(x, 50)|np.linalg.norm(x)|np.histogram(x)[0]
np.meshgrid(x, x)[0]|np.atleast_1d(x)|np.broadcast_arrays(x, x)[0]|np.array_equal(x, x)|np.interp(1.5, x, x)
np.einsum("i,i", x, x)|np.pad(x, 1)|np.repeat(x, 2)|np.add.reduce(x)|np.isclose(x, x)|np.cumsum(x)|np.sort(x)
np.bincount(i)|np.take(x, i)|np.zeros(3)[i]|np.array([x, x])|np.full(2, x[1])|np.column_stack([x, x])""".replace(
    "\n", "|"
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # NumPy's, of PyTorch
@pytest.mark.parametrize("call", IN_NUMPY.split("|"))
def test_numpys_functions_take_tensors(call):
    need_pytorch()
    found = []
    for m in BOTH:
        names = {"np": np, "x": m.tensor([3.0, 1.0, 2.0], dtype=m.float64), "i": m.tensor([0, 2, 1])}
        found.append(np.asarray(eval(call, names)))
    np.testing.assert_allclose(*found)


@pytest.mark.parametrize("draw", [
    "bar(x, y)", "barh(x, y)", "plot(x, y)", "scatter(x, y, c=y)", "hist(x)", "fill_between(x, y)", "step(x, y)",
    "errorbar(x, y, yerr=y)", "quiver(z, z, z, z)", "contourf(z)", "imshow(z)", "pcolormesh(z)",
])  # fmt: skip
def test_matplotlib_draws_tensors(draw):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    names = {"x": autograd_core.arange(3.0), "y": autograd_core.ones(3), "z": autograd_core.rand(3, 3)}
    eval(f"axes.{draw}", {"axes": figure.add_subplot(), **names})
    figure.canvas.draw()


def test_no_gradient_is_lost_in_silence():
    x = autograd_core.ones(3, requires_grad=True)
    for function in (
        np.argmax,
        np.median,
        np.unique,
        np.cumsum,
        np.add.reduce,
        lambda x: np.dot(x, [1, 2, 3]),
    ):
        with pytest.raises(RuntimeError, match="^Can't call numpy.. on Tensor that requires grad"):
            function(x)
    assert np.sin(x).requires_grad and np.ones(3).__mul__(x).requires_grad
