"""PyTorch programs in odd styles, as people do write them.

Each is a function of PyTorch that returns what has gradients afterwards and a function that runs one
step: it returns the loss, or None where it has called ``backward()`` itself.
"""

import contextlib
import threading


def data_parallel(torch):
    nn, x = torch.nn, torch.randn(5, 3)
    model = nn.DataParallel(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)))
    return model, lambda: model(x).square().mean()


def transforms(torch):
    nn, func, x = torch.nn, torch.func, torch.randn(5, 3)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    def of_one(parameters, x):
        return func.functional_call(model, parameters, (x,)).sum()

    def run():
        detached = {name: each.detach() for name, each in model.named_parameters()}
        each = func.vmap(func.grad(of_one), (None, 0))(detached, x)
        bend = func.hessian(lambda x: model(x).sum())(x[0])
        return (
            model(x).sum() + sum(g.sum() for g in each.values()) + func.jacrev(model)(x[0]).sum() + bend.sum()
        )

    return model, run


def generators(torch):
    layers, x = torch.nn.ModuleList([torch.nn.Linear(3, 3) for _ in range(4)]), torch.randn(2, 3)

    def outputs(x):
        for layer in layers:
            x = layer(x)
            yield x.relu()

    return layers, lambda: torch.stack([y.mean() for y in outputs(x)]).sum()


def parametrized(torch):
    nn, made = torch.nn, torch.nn.utils.parametrizations
    model = nn.Sequential(made.weight_norm(nn.Linear(3, 4)), made.orthogonal(nn.Linear(4, 4)),
                          nn.Tanh(), made.spectral_norm(nn.Linear(4, 2)))  # fmt: skip
    x = torch.randn(5, 3)
    return model, lambda: model(x).square().mean()


def packed_sequences(torch):
    rnn, layer, head = torch.nn.utils.rnn, torch.nn.LSTM(3, 4, bidirectional=True), torch.nn.Linear(8, 1)
    sequences = [torch.randn(length, 3) for length in (5, 2, 4)]

    def run():
        out, _ = layer(rnn.pack_sequence(sequences, enforce_sorted=False))
        return head(rnn.pad_packed_sequence(out)[0]).mean()

    return torch.nn.ModuleList([layer, head]), run


def nested_checkpoints(reentrant):
    def program(torch):
        from torch.utils.checkpoint import checkpoint

        first, second, third = layers = torch.nn.ModuleList([torch.nn.Linear(3, 3) for _ in range(3)])
        x = torch.randn(2, 3, requires_grad=True)

        def outer(x):
            inner = checkpoint(lambda x: second(x).tanh(), first(x), use_reentrant=reentrant)
            return third(inner)

        return layers, lambda: checkpoint(outer, x, use_reentrant=reentrant).sum()

    return program


def views_in_place(torch):
    w, x = torch.randn(4, 4, requires_grad=True), torch.randn(4, 4)

    def run():
        y = (w * x).clone()
        y[1:3].t().mul_(2)
        y.view(-1)[::3].add_(w.flatten()[:6])
        y.diagonal().zero_()
        z = torch.empty(4, 4).copy_(y)
        z[0] = y.unbind(0)[1]
        return (z.fill_diagonal_(1.0).sin() * y).sum()

    return [w], run


def hooks_that_change(torch):
    nn, x = torch.nn, torch.randn(5, 3)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    model[0].weight.register_hook(lambda g: g * 2)
    model[1].register_forward_hook(lambda module, inputs, y: y * 2)
    model[2].register_full_backward_hook(lambda module, sent, received: (sent[0] * 3,))
    model[2].bias.register_post_accumulate_grad_hook(lambda p: p.grad.add_(1) and None)

    def run():
        y = model(x)
        y.register_hook(lambda g: g + 1)
        y.grad_fn.register_prehook(lambda gradients: (gradients[0] * 2,))
        return y.mean()

    return model, run


def errors_that_are_caught(torch):
    nn, x = torch.nn, torch.randn(2, 3)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    def run():
        for wrong in (torch.randn(2, 9), torch.randn(3, 2), None):
            with contextlib.suppress(RuntimeError, TypeError):
                model(wrong)
        return model(x).sum()

    return model, run


def modes_of_the_users(torch):
    from torch.overrides import TorchFunctionMode
    from torch.utils._python_dispatch import TorchDispatchMode

    class Calls(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            return function(*args, **(kwargs or {}))

    class Operations(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            return function(*args, **(kwargs or {}))

    layer, x = torch.nn.Linear(3, 1), torch.randn(2, 3)

    def run():
        with Calls(), Operations():
            y = layer(x).exp()
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
            z = layer(x).square()
        with torch.autograd.graph.save_on_cpu(), torch.autograd.set_detect_anomaly(True):
            return (y + z * layer(x)).sum()

    return layer, run


def second_pass(torch):
    nn, x = torch.nn, torch.randn(3, 2, requires_grad=True)
    model = nn.Sequential(nn.Linear(2, 4), nn.Softplus(), nn.Linear(4, 1))

    def run():
        x.grad = None
        model(x).sum().backward(create_graph=True)
        return x.grad.pow(2).sum() + model(x).sum()

    return model, run


def another_thread(torch):
    layer, x = torch.nn.Linear(3, 1), torch.randn(2, 3)

    def run():
        found = []
        thread = threading.Thread(target=lambda: found.append(layer(x).sum()))
        thread.start()
        thread.join()
        return found[0] + layer(x).sum()

    return layer, run


def several_losses(torch):
    layer, x = torch.nn.Linear(3, 2), torch.randn(2, 3)

    def run():
        y = layer(x)
        y.retain_grad()
        torch.autograd.backward([y[0].sum(), y[1].square().sum()], retain_graph=True)
        (slope,) = torch.autograd.grad(y.sum(), layer.weight, retain_graph=True)
        (y.sum() + slope.sum()).backward(inputs=[layer.weight])

    return layer, run


def truncated(torch):
    cell, x = torch.nn.GRUCell(2, 3), torch.randn(6, 1, 2)

    def run():
        state = None
        for t in range(6):
            state = cell(x[t], state)
            if t % 2:
                state.sum().backward()
                state = state.detach()

    return cell, run


def closure(torch):
    w = torch.randn(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([w], max_iter=4)

    def again():
        optimizer.zero_grad()
        loss = (w - 1).square().sum() + w.sin().sum()
        loss.backward()
        return loss

    return [w], lambda: optimizer.step(again) and None


def special_functions(torch):
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(x, factor):
            return x * factor, x.argmax(), "text", None

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.factor = inputs[1]
            ctx.mark_non_differentiable(output[1])
            ctx.set_materialize_grads(False)

        @staticmethod
        def backward(ctx, gradient, *others):
            return (None if gradient is None else gradient * ctx.factor), None

    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.mark_dirty(x)
            return x.mul_(2), y.clone()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, to_x, to_y):
            return to_x * 2, to_y

    w = torch.randn(3, requires_grad=True)

    def run():
        p, q = Doubled.apply(w * 1, Scaled.apply(w, 3.0)[0])
        return (p * q).sum()

    return [w], run


def nested_tensors(torch):
    layer, parts = torch.nn.Linear(3, 2), [torch.randn(2, 3), torch.randn(4, 3)]
    return layer, lambda: layer(torch.nested.nested_tensor(parts, layout=torch.jagged)).values().sum()


ODD = {
    "data parallel": data_parallel, "transforms": transforms, "generators": generators,
    "parametrized": parametrized, "packed sequences": packed_sequences,
    "nested checkpoints": nested_checkpoints(False), "nested reentrant checkpoints": nested_checkpoints(True),
    "views in place": views_in_place, "hooks that change": hooks_that_change,
    "errors that are caught": errors_that_are_caught, "modes of the user's": modes_of_the_users,
    "second pass": second_pass, "another thread": another_thread, "several losses": several_losses,
    "truncated": truncated, "closure": closure, "special functions": special_functions,
    "nested tensors": nested_tensors,
}  # fmt: skip
