"""Whole programs that a naive rule would call broken: each is a function of a library that returns the report."""

from tests.widgets.broken import attention, cell, cnn, mlp
from widgets import diagnose, watching

HEALTHY = []


def healthy(program):
    HEALTHY.append(program)
    return program


def trained(lib, model, x, loss, steps=50, **options):
    """A loop as people write it, watched."""
    optimizer = lib.optim.SGD(model.parameters(), lr=0.01, **options)
    with watching() as seen:
        for _ in range(steps):
            optimizer.zero_grad()
            loss(model(x)).backward()
            optimizer.step()
    return seen.diagnose()


@healthy
def a_regression(lib):
    y = lib.randn(8, 1)
    return trained(lib, mlp(lib), lib.randn(8, 3), lambda p: ((p - y) ** 2).mean())


@healthy
def a_classifier(lib):
    y = lib.tensor([0, 1])
    return trained(
        lib, cnn(lib), lib.randn(2, 1, 4, 4), lambda p: lib.nn.functional.cross_entropy(p, y), momentum=0.9
    )


@healthy
def gradients_are_accumulated(lib):
    model = mlp(lib)
    optimizer = lib.optim.Adam(model.parameters())
    with watching() as seen:
        for step in range(8):
            (model(lib.randn(4, 3)).square().mean() / 4).backward()
            if step % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
    return seen.diagnose(model, optimizer)


@healthy
def a_frozen_backbone(lib):
    model = cnn(lib)
    model[0].requires_grad_(False)
    optimizer = lib.optim.SGD(model[3].parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            optimizer.zero_grad(set_to_none=False)
            model(lib.randn(2, 1, 4, 4)).square().mean().backward()
            optimizer.step()
    report = seen.diagnose(model, optimizer)
    assert "Frozen by requires_grad=False: model.0.weight" in report.describe()
    return report


@healthy
def a_target_network(lib):
    model, target = mlp(lib), mlp(lib)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            with lib.no_grad():
                wanted = 1 + 0.9 * target(lib.ones(4, 3))
            loss = (model(lib.ones(4, 3)) - wanted).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
    return seen.diagnose()


@healthy
def a_straight_through_estimator(lib):
    w = lib.randn(4, requires_grad=True)
    with watching() as seen:
        steps = w + (w.round() - w).detach()
        loss = (steps - 0.3).square().sum()
    assert loss.requires_grad
    return seen.diagnose()


@healthy
def numbers_are_printed_on_the_way(lib):
    model, x = attention(lib), lib.randn(1, 3, 4)
    with watching():
        y = model(x, lib.tensor([[False, True, True], [False, False, True], [False, False, False]]))
        told = y.mean().item(), y.detach().numpy(), (y > 0).float().mean().tolist(), y.argmax(-1)
        loss = (y - 1).square().mean()
    assert told
    return diagnose(loss, model)


@healthy
def a_state_that_is_detached(lib):
    model = cell(lib)
    optimizer = lib.optim.Adam(model.parameters())
    h, losses = lib.zeros(1, 4), []
    with watching() as seen:
        for _ in range(4):
            h = model(lib.randn(1, 3), h.detach())
            loss = h.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return seen.diagnose()


@healthy
def two_players(lib):
    make, judge, real = lib.nn.Linear(2, 3), lib.nn.Linear(3, 1), lib.randn(4, 3)
    makes, judges = (lib.optim.Adam(each.parameters()) for each in (make, judge))
    softplus = lib.nn.functional.softplus
    with watching() as seen:
        for _ in range(3):
            fake = make(lib.randn(4, 2))
            judges.zero_grad()
            (softplus(-judge(real)).mean() + softplus(judge(fake.detach())).mean()).backward()
            judges.step()
            makes.zero_grad()
            softplus(-judge(fake)).mean().backward()
            makes.step()
    return seen.diagnose()


@healthy
def steps_by_hand(lib):
    w = lib.tensor([2.0, 3.0], requires_grad=True)
    with watching() as seen:
        for _ in range(3):
            loss = (w * w).sum()
            loss.backward()
            with lib.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
    return seen.diagnose()


@healthy
def weights_that_begin_at_0(lib):
    down, up = lib.nn.Linear(3, 2, bias=False), lib.nn.Linear(2, 1, bias=False)
    with lib.no_grad():
        up.weight.zero_()
    with watching():
        loss = (up(down(lib.ones(4, 3))) - 1).square().mean()
    return diagnose(loss, [down, up])


@healthy
def everything_with_everything(lib):
    a = lib.randn(5, requires_grad=True)
    with watching():
        distances = a[:, None] - a
        loss = distances.square().sum()
    return diagnose(loss)


@healthy
def evaluation_between_epochs(lib):
    model = lib.nn.Sequential(mlp(lib), lib.nn.Dropout(0.5))
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            model.train()
            optimizer.zero_grad()
            model(lib.randn(4, 3)).square().mean().backward()
            optimizer.step()
            model.eval()
            with lib.no_grad():
                model(lib.randn(4, 3)).mean().item()
    return seen.diagnose()


@healthy
def gradients_are_reset_by_the_model_or_by_hand(lib):
    model, w = mlp(lib), lib.randn(3, requires_grad=True)
    optimizer = lib.optim.SGD([*model.parameters(), w], lr=0.1)
    with watching() as seen:
        for _ in range(3):
            model.zero_grad()
            if w.grad is not None:
                w.grad.zero_()
            (model(lib.randn(4, 3)).mean() + (w * w).sum()).backward()
            optimizer.step()
        for p in model.parameters():
            p.grad = None
    return seen.diagnose()


@healthy
def gradients_set_by_hand_for_an_outer_step(lib):
    model = mlp(lib)
    outer = lib.optim.SGD(model.parameters(), lr=1.0)
    with watching() as seen:
        for _ in range(2):
            inner = mlp(lib)
            inner.load_state_dict(model.state_dict())
            optimizer = lib.optim.SGD(inner.parameters(), lr=0.1)
            for _ in range(2):
                optimizer.zero_grad()
                inner(lib.randn(2, 3)).square().mean().backward()
                optimizer.step()
            outer.zero_grad()
            for p, moved in zip(model.parameters(), inner.parameters()):
                p.grad = (p - moved).detach()
            outer.step()
    return seen.diagnose()


@healthy
def a_judge_that_learns_more_often(lib):
    make, judge = lib.nn.Linear(2, 3), lib.nn.Linear(3, 1)
    makes, judges = (lib.optim.Adam(each.parameters()) for each in (make, judge))
    with watching() as seen:
        for _ in range(3):
            makes.zero_grad()
            judges.zero_grad()
            (judge(make(lib.randn(4, 2)).detach()).mean() - judge(lib.randn(4, 3)).mean()).backward()
            judges.step()
    return seen.diagnose([make, judge], [makes, judges])


@healthy
def a_hinge_that_is_satisfied(lib):
    w = lib.ones(3, requires_grad=True)
    with watching():
        loss = lib.relu(1 - 5 * (w * lib.ones(3))).sum()
    return diagnose(loss)


@healthy
def triplets_far_apart(lib):
    model = mlp(lib)
    with watching():
        a, b, other = model(lib.ones(2, 3)), model(lib.ones(2, 3)), model(lib.ones(2, 3) * 50) + 100
        loss = lib.relu((a - b).square().sum(1) - (a - other).square().sum(1) + 1).mean()
    return diagnose(loss)


@healthy
def a_state_that_begins_at_0(lib):
    class Cell(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.forget, self.take = lib.nn.Linear(3, 2), lib.nn.Linear(3, 2)

        def forward(self, x, c):
            return lib.sigmoid(self.forget(x)) * c + lib.tanh(self.take(x))

    model, c = Cell(), lib.zeros(1, 2)
    with watching():
        loss = model(lib.ones(1, 3), c).square().mean()
    return diagnose(loss, model)


@healthy
def a_second_loss_that_counts_later(lib):
    model, aside, share = mlp(lib), lib.nn.Linear(1, 1), 0.0
    with watching():
        h = model(lib.ones(2, 3))
        loss = h.square().mean() + share * aside(h).square().mean()
    return diagnose(loss, [model, aside])


@healthy
def attention_to_one_key(lib):
    q, k, v = (lib.nn.Linear(4, 4) for _ in range(3))
    with watching():
        x = lib.randn(2, 1, 4)
        loss = (lib.softmax(q(x) @ k(x).transpose(1, 2), -1) @ v(x)).square().mean()
    return diagnose(loss, [q, k, v])


@healthy
def an_input_is_moved_and_no_model(lib):
    model, x = mlp(lib), lib.randn(1, 3, requires_grad=True)
    optimizer = lib.optim.Adam([x], lr=0.1)
    with watching() as seen:
        for _ in range(2):
            optimizer.zero_grad()
            (-model(x).mean()).backward()
            optimizer.step()
    report = seen.diagnose()
    assert "In no optimizer: model.0.weight" in report.describe()
    return report


@healthy
def one_player_moves_alone(lib):
    make, judge = lib.nn.Linear(2, 3), lib.nn.Linear(3, 1)
    makes, judges = (lib.optim.Adam(each.parameters()) for each in (make, judge))
    with watching() as seen:
        for _ in range(2):
            makes.zero_grad()
            (-judge(make(lib.randn(4, 2))).mean()).backward()
            makes.step()
    assert judges
    return seen.diagnose()


@healthy
def centres_that_are_learned(lib):
    x, centres = lib.randn(5, 1), lib.nn.Parameter(lib.randn(5))
    with watching():
        loss = (x - centres).pow(2).mean()
    return diagnose(loss)


@healthy
def experts_of_which_one_is_chosen(lib):
    class Mixture(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.experts = (
                lib.nn.Linear(3, 3),
                lib.nn.ModuleList(lib.nn.Linear(3, 1) for _ in range(3)),
            )

        def forward(self, x):
            shares = lib.softmax(self.gate(x), -1)
            chosen = int(shares.argmax())
            return shares[chosen] * self.experts[chosen](x)

    model = Mixture()
    with watching():
        loss = model(lib.ones(3)).square().sum()
    return diagnose(loss, model)


@healthy
def a_teacher_under_no_grad(lib):
    student, teacher = mlp(lib), mlp(lib)
    with watching() as seen:
        x = lib.randn(4, 3)
        with lib.no_grad():
            y = teacher(x)
        loss = (student(x) - y).square().mean()
        loss.backward()
    return seen.diagnose()


@healthy
def rules_that_are_others_on_purpose(lib):
    """Steps with a straight-through gradient, a gradient that is reversed, one that is clipped; and a right rule."""
    from tests.widgets.broken import operation

    steps = operation(lib, lambda x: x.round(), lambda g, x: g)
    reverse = operation(lib, lambda x: x.clone(), lambda g, x: -g)
    clip = operation(lib, lambda x: x * 1, lambda g, x: g.clamp(-0.1, 0.1))
    rectify = operation(lib, lambda x: x.clamp(min=0), lambda g, x: g * (x > 0))
    assert diagnose(rectify.apply(lib.zeros(2, 2, requires_grad=True)).sum()).findings == []  # at its kink
    right = operation(lib, lambda x: x**3, lambda g, x: 3 * g * x**2)
    model = mlp(lib)
    with watching() as seen:
        h = reverse.apply(steps.apply(model[0](3 * lib.ones(2, 3))))
        loss = right.apply(clip.apply(model[2](h))).mean()
        loss.backward()
    return seen.diagnose()


def told_as_meant(lib, forward, backward, x, name):
    """The report on a Function of this name, which differs on purpose."""
    from tests.widgets.broken import operation

    own, model = operation(lib, forward, backward), mlp(lib)
    own.__name__ = name
    with watching():
        loss = model(own.apply(x)).square().mean()
    report = diagnose(loss, model)
    assert f"Note: {name} (line " in report.describe() and "Differences cannot tell" in report.describe()
    return report


@healthy
def a_clamp_that_is_straight_through(lib):
    x = lib.tensor([[-2.0, 0.5, 3.0]], requires_grad=True)
    return told_as_meant(lib, lambda x: x.clamp(-1, 1), lambda g, x: g, x, "StraightThroughClamp")


@healthy
def a_step_that_is_learned(lib):
    """Of the size of its steps the quotient is the rounded number, and the gradient of LSQ another."""

    class Own(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, size):
            ctx.save_for_backward(x, size)
            return (x / size).round() * size

        @staticmethod
        def backward(ctx, g):
            x, size = ctx.saved_tensors
            return g, (g * ((x / size).round() - x / size)).sum()

    x, size = lib.tensor([[-2.1, 0.5, 3.2]], requires_grad=True), lib.tensor(0.3, requires_grad=True)
    with watching():
        loss = Own.apply(x, size).square().sum()
    report = diagnose(loss)
    assert "Note: Own (line " in report.describe()
    return report


@healthy
def spikes_of_a_neuron(lib):
    """A spike and the potential that is left: the spike moves in steps, and has a surrogate gradient."""

    class Neuron(lib.autograd.Function):
        @staticmethod
        def forward(ctx, v):
            ctx.save_for_backward(v)
            return (v > 1).float(), v * 0.5

        @staticmethod
        def backward(ctx, g, h):
            (v,) = ctx.saved_tensors
            return g / (1 + (v - 1).abs()) ** 2 + 0.5 * h

    w = lib.tensor([0.2, 1.7, 0.9], requires_grad=True)
    with watching():
        spikes, v = Neuron.apply(w * 1.5)
        loss = (spikes + v).square().sum()
    report = diagnose(loss)
    assert "Neuron (line " in report.describe()
    return report


@healthy
def a_student_that_is_averaged_into_its_teacher(lib):
    student, teacher = mlp(lib), mlp(lib)
    optimizer = lib.optim.SGD(student.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(3):
            x = lib.randn(5, 3)
            with lib.no_grad():
                y = teacher(x)
            optimizer.zero_grad()
            (student(x) - y - 0.1).square().mean().backward()
            optimizer.step()
            with lib.no_grad():
                for slow, fast in zip(teacher.parameters(), student.parameters(), strict=True):
                    slow.mul_(0.9).add_(fast * 0.1)
    return seen.diagnose()


@healthy
def two_views_of_which_one_is_detached(lib):
    encode, predict = lib.nn.Linear(3, 4), lib.nn.Linear(4, 4)
    optimizer = lib.optim.SGD([*encode.parameters(), *predict.parameters()], lr=0.1)

    def unlike(p, z):
        z = z.detach()
        return -((p / p.norm(dim=1, keepdim=True)) * (z / z.norm(dim=1, keepdim=True))).sum(1).mean()

    with watching() as seen:
        for _ in range(2):
            a, b = encode(lib.randn(5, 3)), encode(lib.randn(5, 3))
            optimizer.zero_grad()
            (unlike(predict(a), b) / 2 + unlike(predict(b), a) / 2).backward()
            optimizer.step()
    return seen.diagnose([encode, predict], optimizer)


@healthy
def weights_that_are_tied(lib):
    class Model(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.mix = lib.nn.Embedding(7, 4), lib.nn.Linear(4, 4)
            self.out = lib.nn.Linear(4, 7, bias=False)
            self.out.weight = self.embed.weight

        def forward(self, words):
            return self.out(lib.tanh(self.mix(self.embed(words))))

    model = Model()
    optimizer = lib.optim.Adam(model.parameters())
    with watching() as seen:
        for _ in range(2):
            loss = lib.nn.functional.cross_entropy(model(lib.tensor([0, 1, 2])), lib.tensor([1, 2, 3]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return seen.diagnose(model, optimizer)


@healthy
def an_actor_and_a_critic(lib):
    body, actor, critic = lib.nn.Linear(3, 4), lib.nn.Linear(4, 2), lib.nn.Linear(4, 1)
    optimizer = lib.optim.Adam([p for part in (body, actor, critic) for p in part.parameters()])
    with watching() as seen:
        for _ in range(2):
            h, rewards = lib.tanh(body(lib.randn(3, 3))), lib.randn(3)
            logits, value = actor(h), critic(h).squeeze(-1)
            better = (rewards - value).detach()
            chosen = lib.log_softmax(logits, 1)[lib.arange(3), lib.tensor([0, 1, 0])]
            doubt = -(lib.softmax(logits, 1) * lib.log_softmax(logits, 1)).sum(1).mean()
            loss = -(chosen * better).mean() + 0.5 * (rewards - value).square().mean() - 0.01 * doubt
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return seen.diagnose()


@healthy
def kernels_of_each_with_each(lib):
    x, centres, w = lib.randn(6, 1), lib.randn(6), lib.randn(6, requires_grad=True)
    with watching():
        nearness = lib.exp(-((x - centres) ** 2))
        loss = ((nearness * w).sum(1) - 1).square().mean()
    return diagnose(loss)


@healthy
def blocks_that_begin_as_nothing(lib):
    class Block(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.share = lib.nn.Linear(4, 4), lib.nn.Parameter(lib.zeros(1))

        def forward(self, x):
            return x + self.share * lib.tanh(self.inner(x))

    model = lib.nn.Sequential(lib.nn.Linear(3, 4), Block(), Block(), lib.nn.Linear(4, 1))
    with watching():
        loss = (model(lib.randn(5, 3)) - 1).square().mean()
    return diagnose(loss, model)


@healthy
def a_step_that_runs_its_passes_itself(lib):
    model, x = mlp(lib), lib.randn(4, 3)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = model(x).square().mean()
        loss.backward()
        return loss

    with watching() as seen:
        for _ in range(3):
            optimizer.step(closure)
    return seen.diagnose(model, optimizer)


@healthy
def a_step_before_the_first_pass(lib):
    model = mlp(lib)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        optimizer.step()
        for _ in range(3):
            optimizer.zero_grad()
            model(lib.randn(4, 3)).square().mean().backward()
            optimizer.step()
    return seen.diagnose(model, optimizer)


@healthy
def tasks_in_turn_each_with_its_optimizer(lib):
    body, heads = lib.nn.Linear(3, 4), [lib.nn.Linear(4, 1) for _ in range(3)]
    optimizers = [lib.optim.SGD(part.parameters(), lr=0.1) for part in (body, *heads)]
    with watching() as seen:
        for i in range(6):
            loss = heads[i % 3](body(lib.randn(4, 3)).relu()).square().mean()
            for each in optimizers:
                each.zero_grad()
            loss.backward()
            for each in optimizers:
                each.step()
    return seen.diagnose()


@healthy
def a_batch_is_run_ahead_without_a_graph(lib):
    model = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4), lib.nn.Linear(4, 1))
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            x = lib.randn(4, 3)
            with lib.no_grad():
                ahead = model(x).mean()
            optimizer.zero_grad()
            (model(x) - ahead).square().mean().backward()
            optimizer.step()
    return seen.diagnose(model, optimizer)


@healthy
def noise_is_added_where_nothing_is_recorded(lib):
    class Noisy(lib.nn.Module):
        def forward(self, x):
            h = x * 2
            with lib.no_grad():
                h += 0.5
            return h

    model = lib.nn.Sequential(lib.nn.Linear(3, 4), Noisy(), lib.nn.Linear(4, 1))
    with watching() as seen:
        model(lib.randn(4, 3)).square().mean().backward()
    return seen.diagnose(model)
