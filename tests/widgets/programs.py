"""Programs that run unchanged with `autograd_core` and with PyTorch, as `torch`.

Each is a function of the library and returns the tensor to be recorded and the names that
its variables have (a function's variables are gone when it has returned).
"""


def worked_example(torch):
    p1 = torch.tensor(1.0, requires_grad=True)
    p2_1 = torch.tensor(2.0, requires_grad=True)
    p2_2 = torch.tensor(3.0, requires_grad=True)
    p3 = torch.tensor(1.5, requires_grad=True)
    x = 3
    o1 = (p1 * x) ** 2 + 1
    o2_1 = (p2_1 * o1) ** 0.5 - 4
    o2_2 = (p2_2 * o1).sin()
    o3 = (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3
    y = 8 * o3
    return y, locals()


def shared_subexpression(torch):
    x = torch.tensor(0.5, requires_grad=True)
    s = x.exp()
    y = s * x + s.sin() / s - s
    return y, locals()


def square_as_product(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    return y, locals()


def diamonds(torch):
    y = x = torch.tensor(1.0, requires_grad=True)
    for _ in range(6):
        y = y + y
    return y, {"x": x, "y": y}


def broadcasting(torch):
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    b = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
    c = torch.tensor([[2.0], [3.0]], requires_grad=True)
    s = torch.tensor(0.5, requires_grad=True)
    y = ((a + b) * c / s - b).sum()
    return y, locals()


def broadcast_constants(torch):
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    k = torch.tensor([1.0, 2.0, 3.0])
    shifted = a * k + 1  # a name: PyTorch forgets the 1, and can tell it from the result alone
    y = shifted.sum()
    return y, locals()


def matrix_product(torch):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    b = torch.tensor([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]], requires_grad=True)
    c = a @ b
    y = (c * c).sum()
    return y, locals()


def matrix_times_vector(torch):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    v = torch.tensor([0.5, -1.0], requires_grad=True)
    y = (a @ v).dot(v)
    return y, locals()


def product_with_data(torch):
    data = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    w = torch.tensor([[0.1], [0.2]], requires_grad=True)
    y = (data @ w).mean()
    return y, locals()


def concatenation(torch):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0], requires_grad=True)
    c = torch.cat([a, b, a * 2])
    y = (c * c).sum()
    return y, locals()


def stacking(torch):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.stack([a, b], dim=1).prod()
    return y, locals()


def indexing(torch):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    first = x[0]
    y = first[1] * x[1, 2] + x[:, 1:].sum() + x[[0, 0, 1]].sum()
    return y, locals()


def shapes(torch):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = (x * x.reshape(3, 2).t()).transpose(0, 1).unsqueeze(0).squeeze().flatten().sum()
    return y, locals()


def reductions(torch):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 7.0, 6.0]], requires_grad=True)
    y = x.sum(dim=1).mean() + x.mean(dim=0, keepdim=True).sum() + x.amax(dim=1).sum() + x.max()
    return y, locals()


def linear_layer(torch):
    torch.manual_seed(0)
    layer = torch.nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight[...] = torch.tensor([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]])
        layer.bias[...] = torch.tensor([0.01, 0.02, 0.03])
    data = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = layer(data).sum()
    return y, locals()


def softmax_cross_entropy(torch):
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.1, -1.0, 3.0]], requires_grad=True)
    labels = torch.tensor([1, 2])
    loss = torch.nn.functional.cross_entropy(logits * 2, labels)
    return loss, locals()


def log_softmax_by_hand(torch):
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.1, -1.0, 3.0]], requires_grad=True)
    y = -(logits.log_softmax(dim=1)[0, 1] + logits.softmax(dim=1)[1, 2].log())
    return y, locals()


def activations(torch):
    x = torch.tensor([-1.5, 0.0, 0.7], requires_grad=True)
    positive = x * x + 1
    y = (x.relu() + x.sigmoid() * x.tanh() + x.abs() + positive.sqrt().log()).sum()
    return y, locals()


def choices(torch):
    x = torch.tensor([-1.5, 0.5, 0.7], requires_grad=True)
    z = torch.tensor([1.0, 0.5, -2.0], requires_grad=True)
    y = (torch.where(x > 0, x * z, z) + torch.maximum(x, z) + x.clamp(-1, 0.6)).sum()
    return y, locals()


def powers(torch):
    a = torch.tensor(1.3, requires_grad=True)
    b = torch.tensor(0.7, requires_grad=True)
    y = a**b + 2**a - 1 / b + (3 - a) ** 2
    return y, locals()


def same_result_kept_twice(torch):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a * 2
    b.retain_grad()
    y = (b * b).sum()
    return y, locals()


def custom_function(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, gradient):
            (x,) = ctx.saved_tensors
            return gradient * 3 * x**2

    x = torch.tensor(2.0, requires_grad=True)
    cube = Cube.apply(x)  # a name: PyTorch does not keep the value
    y = cube + x
    return y, {"x": x, "cube": cube, "y": y}


def two_outputs(torch):
    class SumAndDifference(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b, a - b

        @staticmethod
        def backward(ctx, gradient_of_sum, gradient_of_difference):
            return (gradient_of_sum + gradient_of_difference,
                    gradient_of_sum - gradient_of_difference)  # fmt: skip

    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    total, difference = SumAndDifference.apply(a, b)
    y = total * difference
    return y, {"a": a, "b": b, "total": total, "difference": difference, "y": y}


def leaf_alone(torch):
    x = torch.tensor(2.0, requires_grad=True)
    return x, locals()


PROGRAMS = [
    worked_example, shared_subexpression, square_as_product, diamonds, broadcasting,
    broadcast_constants, matrix_product, matrix_times_vector, product_with_data, concatenation,
    stacking, indexing, shapes, reductions, linear_layer, softmax_cross_entropy,
    log_softmax_by_hand, activations, choices, powers, same_result_kept_twice, custom_function,
    two_outputs, leaf_alone,
]  # fmt: skip


# One operation each, of x (2×3, positive), z (3), s (scalar), m (3×2).
OPERATIONS = {
    name: eval(f"lambda torch, x, z, s, m: {expression}")
    for name, expression in {
        "add": "x + z", "add a number": "x + 2", "sub": "x - z", "rsub": "2 - x", "mul": "x * z",
        "div": "x / z", "div by a number": "x / 4", "a number div": "4 / x", "neg": "-x",
        "pow of a number": "x ** 3", "pow half": "x ** 0.5", "number pow": "2 ** x",
        "pow of tensors": "x ** z", "atan2": "torch.atan2(x, z)", "maximum": "torch.maximum(x, z)",
        "minimum": "torch.minimum(x, z)", "remainder": "torch.remainder(x, z)",
        "fmod": "torch.fmod(x, z)",
        "hypot": "torch.hypot(x, z)", "logaddexp": "torch.logaddexp(x, z)",
        "where": "torch.where(x > 1, x, z)", "clamp": "x.clamp(0.6, 1.9)",
        "clamp from below": "x.clamp(min=0.8)", "lerp": "torch.lerp(x, z, 0.25)",
        "relu": "x.relu()", "silu": "torch.nn.functional.silu(x)",
        "gelu": "torch.nn.functional.gelu(x)", "elu": "torch.nn.functional.elu(x - 1.2)",
        "leaky_relu": "torch.nn.functional.leaky_relu(x - 1.2)",
        "softplus": "torch.nn.functional.softplus(x)",
        "matmul": "x @ m", "matrix times vector": "x @ z", "vector times matrix": "z @ m",
        "vector times vector": "z @ z", "batched matmul": "x.unsqueeze(0) @ m.unsqueeze(0)",
        "linear": "torch.nn.functional.linear(x, m.t())",
        "sum": "x.sum()", "sum over an axis": "x.sum(0)",
        "sum keeping axes": "x.sum(dim=1, keepdim=True)",
        "mean": "x.mean()", "mean over an axis": "x.mean(dim=1)", "prod": "x.prod()",
        "amax": "x.amax(dim=1)", "amin": "x.amin(dim=0, keepdim=True)", "max": "x.max()",
        "max over an axis": "x.max(dim=1)[0]", "min": "x.min()", "var": "x.var()",
        "std": "x.std(dim=1)", "norm": "x.norm()", "logsumexp": "x.logsumexp(dim=1)",
        "softmax": "x.softmax(dim=1)", "log_softmax": "x.log_softmax(dim=0)",
        "cumsum": "x.cumsum(dim=1)", "mse_loss": "torch.nn.functional.mse_loss(x, z.expand(2, 3))",
        "cross entropy": "torch.nn.functional.cross_entropy(x, torch.tensor([0, 2]))",
        "view": "x.view(3, 2)", "reshape": "x.t().reshape(6)", "flatten": "x.flatten()",
        "transpose": "x.transpose(0, 1)", "permute": "x.permute(1, 0)", "t": "x.t()",
        "unsqueeze": "x.unsqueeze(1)", "squeeze": "x.unsqueeze(0).squeeze(0)",
        "expand": "z.expand(4, 3)", "select": "x[1]", "select one": "x[1, 2]", "slice": "x[:, 1:]",
        "slice with a step": "z[::2]", "index": "x[[0, 0, 1]]", "index by a mask": "x[x > 1]",
        "cat": "torch.cat([x, x, m.t()])", "cat of columns": "torch.cat([x, x], dim=1)",
        "stack": "torch.stack([z, z])", "unbind": "x.unbind()[0] * x.unbind()[1]",
        "split": "x.split(1)[0]", "flip": "x.flip(0)", "tril": "x.tril()", "triu": "x.triu(1)",
        "clone": "x.clone()",
        **{name: f"x.{name}()" for name in """abs exp exp2 expm1 log log1p log2 log10 sqrt rsqrt
            reciprocal sin cos tan atan sinh cosh tanh sigmoid erf erfc sign floor ceil trunc frac
            square""".split()},
        **{name: f"(x / 10).{name}()" for name in "asin acos atanh asinh".split()},
    }.items()
}  # fmt: skip


def one_operation(torch, operation):
    """A program of a single operation and a scalar made of its result."""
    x = torch.tensor([[0.5, 1.25, 2.0], [3.0, 0.75, 1.5]], requires_grad=True)
    z = torch.tensor([1.5, 0.5, 2.5], requires_grad=True)
    s = torch.tensor(0.3, requires_grad=True)
    m = torch.tensor([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], requires_grad=True)
    result = operation(torch, x, z, s, m)
    y = (result * result).sum()
    return y, {"x": x, "z": z, "s": s, "m": m, "result": result, "y": y}


def forgetful(lib):
    """A square whose backward forgot the factor 2, as an operation of either library."""

    class Square(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, gradient):
            return gradient * ctx.saved_tensors[0]

    return Square.apply
