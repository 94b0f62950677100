"""Programs with a fault, as people write them; a comment marks the line that is to be named.

Each is a function of a library that returns the report on it.
"""

import contextlib

from widgets import diagnose, watching

BOTH, PYTORCH = ("autograd_core", "torch"), ("torch",)
PROGRAMS = []  # tuples: kind of the finding, program, words in the report, libraries


def broken(kind, *words, on=BOTH):
    def note(program):
        PROGRAMS.append((kind, program, words, on))
        return program

    return note


@contextlib.contextmanager
def watched():
    """A watched block that may raise."""
    with contextlib.suppress(RuntimeError), watching() as seen:
        yield seen


def mlp(lib, activation="ReLU"):
    return lib.nn.Sequential(lib.nn.Linear(3, 4), getattr(lib.nn, activation)(), lib.nn.Linear(4, 1))


def cnn(lib):
    return lib.nn.Sequential(lib.nn.Conv2d(1, 2, 3), lib.nn.ReLU(), lib.nn.Flatten(), lib.nn.Linear(8, 2))


def cell(lib):
    """A recurrent cell as one writes it by hand."""

    class Cell(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.inside, self.across = lib.nn.Linear(3, 4), lib.nn.Linear(4, 4)

        def forward(self, x, h):
            return lib.tanh(self.inside(x) + self.across(h))

    return Cell()


def attention(lib, width=4):
    class Attention(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v = (lib.nn.Linear(width, width) for _ in range(3))

        def forward(self, x, mask=None):
            scores = self.q(x) @ self.k(x).transpose(-2, -1)
            if mask is not None:
                scores = scores.masked_fill(mask, float("-inf"))
            return lib.softmax(scores, -1) @ self.v(x)

    return Attention()


# ---------------------------------------------------------------------- no gradient


@broken("no gradient", "w: no gradient", "plain numbers")
def a_number_is_read(lib):
    w, b = (lib.tensor(v, requires_grad=True) for v in (2.0, 1.0))
    with watching() as seen:
        scale = lib.exp(w).item()  # here
        loss = (scale * b - 3) ** 2
    assert loss.requires_grad
    return seen.diagnose()


@broken("no gradient", "model.0.weight, model.0.bias", "cuts it off")
def features_are_detached(lib):
    model, x = mlp(lib), lib.randn(5, 3)
    with watching():
        features = model[0](x)
        features = features.detach()  # here
        loss = model[2](model[1](features)).pow(2).mean()
    return diagnose(loss, model)


@broken("no gradient", "no_grad", "model.0.weight")
def a_backbone_runs_under_no_grad(lib):
    model, x = cnn(lib), lib.randn(2, 1, 4, 4)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        with lib.no_grad():
            maps = model[0](x)  # here
        loss = model[3](model[2](model[1](maps))).square().sum()
        print("loss", loss.item())
        loss.backward()
        optimizer.step()
    return seen.diagnose()


@broken("no gradient", "cell.across.weight", "cuts it off")
def the_state_is_cut_at_each_step(lib):
    model, head, x = cell(lib), lib.nn.Linear(4, 1), lib.randn(1, 3)
    model.inside.requires_grad_(False)
    with watching():
        h = lib.zeros(1, 4)
        for _ in range(3):
            h = model(x, h).data  # here
        loss = head(h).sum()
    return diagnose(loss, lib.nn.ModuleDict({"cell": model, "head": head}))


@broken("no gradient", "new tensor of the old one's numbers", on=PYTORCH)
def a_tensor_is_made_anew(lib):
    model = attention(lib)
    with watching():
        x = lib.randn(1, 3, 4)
        weights = lib.softmax(model.q(x) @ model.k(x).transpose(1, 2), -1)
        weights = lib.tensor(weights)  # here
        loss = (weights @ model.v(x)).sum()
    return diagnose(loss, model)


@broken("no gradient", "step")
def a_comparison_decides(lib):
    gate, value = lib.nn.Linear(3, 3), lib.nn.Linear(3, 3)
    with watching():
        x = lib.randn(2, 3)
        open_ = (gate(x) > 0).float()  # here
        loss = (open_ * value(x)).sum()
    return diagnose(loss, [gate, value])


@broken("no gradient", "its module was never called", "model.extra.weight")
def a_layer_is_not_called(lib):
    class Model(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.extra = mlp(lib), lib.nn.Linear(3, 3)

        def forward(self, x):
            return self.body(x)

    model = Model()
    with watching() as seen:
        model(lib.randn(2, 3)).sum().backward()
    return seen.diagnose()


@broken("no gradient", "The loss does not depend on it")
def an_outcome_is_dropped(lib):
    class Model(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.out = lib.nn.LayerNorm(3), lib.nn.Linear(3, 1)

        def forward(self, x):
            self.norm(x)
            return self.out(x)

    model = Model()
    with watching() as seen:
        model(lib.randn(2, 3)).sum().backward()
    return seen.diagnose()


@broken("no gradient", "its module was never called")
def a_weight_is_used_and_dropped(lib):
    class Model(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = lib.nn.Linear(3, 3), lib.nn.Linear(3, 3)

        def forward(self, x):
            lib.nn.functional.linear(x, self.a.weight)
            return self.b(x)

    model = Model()
    with watching():
        loss = model(lib.ones(2, 3)).sum()
    return diagnose(loss, model)


@broken("no gradient", "The loss does not depend on it", "model.a.weight")
def an_outcome_is_only_logged(lib):
    model = lib.nn.ModuleDict({"a": lib.nn.Linear(3, 3), "b": lib.nn.Linear(3, 1)})
    with watching():
        x = lib.randn(2, 3)
        z = model["a"](x)
        norm = z.detach().norm()
        print(norm.item())
        loss = model["b"](x).mean()
    return diagnose(loss, model)


@broken("element 0", "No operation was recorded")
def a_loss_beside_the_model(lib):
    model = mlp(lib)
    with watched() as seen:
        log = model(lib.randn(4, 3)).detach().mean()
        print(f"{log:.2f}")
        lib.randn(4).square().mean().backward()
    return seen.diagnose()


@broken("no gradient", "w is not a leaf")
def a_leaf_is_scaled(lib):
    with watching():
        w = lib.randn(3, requires_grad=True) * 0.1  # here
        loss = (w * lib.ones(3)).sum()
    return diagnose(loss)


@broken("no gradient", "is not a leaf")
def a_parameter_is_moved_to_another_type(lib):
    with watching():
        kernel = lib.nn.Parameter(lib.randn(1, 1, 2, 2)).to(lib.float64)  # here
        loss = lib.nn.functional.conv2d(lib.ones(1, 1, 3, 3, dtype=lib.float64), kernel).sum()
    return diagnose(loss)


# ---------------------------------------------------------------------- not finite


@broken("not finite", "sqrt at x = 0", "where", "0·∞")
def the_branch_not_taken(lib):
    x = lib.tensor([0.0, 4.0], requires_grad=True)
    with watching():
        root = x.sqrt()  # here
        loss = lib.where(x > 0, root, x).sum()
    return diagnose(loss)


@broken("not finite", "log has no value at x = −", "nan")
def a_logarithm_of_what_is_negative(lib):
    model, x = mlp(lib, "Tanh"), lib.randn(5, 3)
    with lib.no_grad():
        model[2].bias.sub_(5)
    with watching() as seen:
        loss = lib.log(model(x)).mean()  # here
        loss.backward()
    return seen.diagnose()


@broken("not finite", "exp is too large for float32 at x = ", "log_softmax")
def a_softmax_by_hand(lib):
    model, x = cnn(lib), lib.randn(2, 1, 4, 4) * 2000
    with watching():
        z = model(x)
        e = lib.exp(z)  # here
        loss = -(e / e.sum(1, keepdim=True)).log()[:, 0].mean()
    return diagnose(loss, model)


@broken("not finite", "masked", "unmasked")
def a_row_without_anything_to_attend_to(lib):
    model, x = attention(lib), lib.randn(1, 3, 4)
    mask = lib.tensor([[False, True, True], [False, False, True], [True, True, True]])
    with watching():
        loss = model(x, mask).square().mean()
    return diagnose(loss, model)


@broken("not finite", "div is infinite at b = 0")
def a_mean_of_nothing(lib):
    model, x = cell(lib), lib.randn(2, 3)
    lengths = lib.tensor([[2.0], [0.0]])
    with watching():
        h = model(x, lib.zeros(2, 4))
        mean = h / lengths  # here
        loss = mean.sum()
    return diagnose(loss, model)


@broken("not finite", "sqrt at x = 0", "infinite")
def a_distance_of_0(lib):
    points = lib.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    with watching():
        d = (points[0] - points[1]).square().sum().sqrt()  # here
        d.backward()
    return diagnose(d)


@broken("not finite", "x holds nan before anything is computed")
def data_with_nan(lib):
    model, x = mlp(lib), lib.randn(4, 3)
    x[2, 1] = float("nan")
    with watching():
        loss = model(x).mean()
    return diagnose(loss, model)


@broken("not finite", "operands are finite", "d up to 2")
def a_zero_among_many(lib):
    x, d = lib.ones(5000, requires_grad=True), lib.ones(5000)
    d[2500], d[2501] = 0, -2
    with watching():
        loss = (x / d).mean()  # here
    return diagnose(loss)


@broken("not finite", "holds inf before anything is computed")
def a_target_that_is_infinite(lib):
    w, y = lib.ones(3, requires_grad=True), lib.tensor([1.0, float("inf"), 2.0])
    with watching():
        loss = (w - y).square().mean()
    return diagnose(loss)


@broken("not finite", "inf")
def a_target_that_is_infinite_in_a_loss_function(lib):
    model, y = mlp(lib), lib.ones(4, 1) * float("inf")
    with watching():
        loss = lib.nn.functional.mse_loss(model(lib.ones(4, 3)), y)
    report = diagnose(loss, model)
    assert "operands are finite" not in report.describe()  # PyTorch has not kept one of them
    return report


@broken("not finite", "n − 1 = 0")
def a_deviation_of_one_row(lib):
    model = lib.nn.Linear(3, 2)
    with watching():
        loss = model(lib.ones(1, 3)).std(0).sum()  # here
    return diagnose(loss, model)


@broken("not finite", "0/0")
def a_row_scaled_to_length_1(lib):
    x = lib.zeros(1, 3, requires_grad=True)
    with watching():
        loss = (x / x.norm(dim=1, keepdim=True)).sum()  # here
    return diagnose(loss)


@broken("not finite", "b = 0", "branch")
def a_quotient_in_the_branch_not_taken(lib):
    x = lib.tensor([0.0, 2.0], requires_grad=True)
    with watching():
        loss = lib.where(x == 0, lib.zeros(2), lib.sin(x) / x).sum()
    return diagnose(loss)


@broken("not finite", "log(q)` is the first operation whose outcome is inf")
def a_divergence_from_what_is_0(lib):
    p, z = lib.tensor([0.0, 1.0]), lib.tensor([-200.0, 1.0], requires_grad=True)
    with watching():
        q = lib.softmax(z, 0)
        loss = (p * (lib.log(p) - lib.log(q))).sum()
    return diagnose(loss)


@broken("not finite", "negative")
def a_root_of_what_is_negative(lib):
    x = lib.tensor([-3.0, 4.0], requires_grad=True)
    with watching():
        loss = x.sqrt().sum()  # here
    return diagnose(loss)


# ---------------------------------------------------------------------- element 0


@broken("element 0", "no_grad")
def the_model_runs_under_no_grad(lib):
    model, y = mlp(lib), lib.ones(4, 1)
    with watched() as seen:
        with lib.no_grad():
            p = model(lib.ones(4, 3))  # here
        ((p - y) ** 2).mean().backward()
    return seen.diagnose()


@broken("element 0", "cuts it off")
def a_detached_loss(lib):
    w = lib.tensor(3.0, requires_grad=True)
    with watched() as seen:
        loss = (w * w).detach()  # here
        loss.backward()
    return seen.diagnose()


@broken("element 0", "every parameter is frozen")
def all_is_frozen(lib):
    model = cnn(lib)
    for p in model.parameters():
        p.requires_grad = False
    with watched() as seen:
        model(lib.ones(1, 1, 4, 4)).sum().backward()  # here
    return seen.diagnose(model)


@broken("element 0", "moves in steps")
def an_argmax_as_prediction(lib):
    model = attention(lib)
    with watched() as seen:
        chosen = model(lib.randn(1, 3, 4)).argmax(-1)  # here
        loss = (chosen.float() - 1).abs().mean()
        loss.backward()
    return seen.diagnose()


# ---------------------------------------------------------------------- exactly 0


@broken("zero gradient", "All 4 units are dead", "model.0.weight")
def a_dead_layer(lib):
    model = mlp(lib)
    with lib.no_grad():
        model[0].bias.fill_(-100.0)
    with watching():
        loss = (model(lib.randn(5, 3)) - 1).square().mean()
    return diagnose(loss, model)


@broken("zero gradient", "w: the gradient is exactly 0", "multiplies by mask")
def a_mask_of_zeros(lib):
    w, mask = lib.ones(3, requires_grad=True), lib.zeros(3)
    with watching():
        h = w * mask  # here
        loss = (h - 1).square().sum()
    return diagnose(loss)


@broken("zero gradient", "saturated", "−1 and 1")
def a_saturated_state(lib):
    model = cell(lib)
    with watching():
        h = model(lib.ones(2, 3) * 1e5, lib.ones(2, 4))
        loss = (h - 0.5).square().mean()
    return diagnose(loss, model)


@broken("zero gradient", "beyond its limits")
def a_clamp_that_cuts_all_off(lib):
    model = cnn(lib)
    with watching():
        y = model(lib.randn(2, 1, 4, 4)) + 100
        loss = y.clamp(0, 1).mean() * 3  # here
    return diagnose(loss, model)


@broken("zero gradient", "takes the other side")
def a_condition_the_wrong_way_round(lib):
    w = lib.tensor([1.0, 2.0], requires_grad=True)
    with watching():
        h = lib.where(w < 0, w * 3, lib.zeros(2))  # here
        loss = (h - 1).square().sum()
    return diagnose(loss)


@broken("zero gradient", "moves in steps")
def a_rounded_score(lib):
    model = attention(lib)
    with watching():
        y = model(lib.randn(1, 3, 4)).round()  # here
        loss = (y - 3).square().mean()
    return diagnose(loss, model)


@broken("zero gradient", "is 1 for any input")
def a_softmax_over_one_class(lib):
    model = mlp(lib)
    with watching():
        loss = (lib.softmax(model(lib.randn(4, 3)), 1) - 0.5).square().mean()  # here
    return diagnose(loss, model)


@broken("zero gradient", "moves in steps")
def a_long_chain_ends_in_steps(lib):
    w = lib.tensor([2.0, 3.0], requires_grad=True)
    with watching():
        x = w
        for _ in range(1500):
            x = x * 1.0
        loss = lib.round(x).sum()  # here
    return diagnose(loss)


@broken("zero gradient", "is flat where its inputs are")
def units_that_are_far_below_0(lib):
    model = mlp(lib, "GELU")
    with lib.no_grad():
        model[0].bias.fill_(-50.0)
    with watching():
        loss = (model(lib.randn(2, 3)) - 0.5).square().mean()
    return diagnose(loss, model)


@broken("no gradient", "int()` moves in steps")
def scores_as_whole_numbers(lib):
    encode, decode = lib.nn.Linear(3, 3), lib.nn.Linear(3, 1)
    with watching():
        z = encode(lib.randn(2, 3)).int()  # here
        loss = decode(z.float()).square().mean()
    return diagnose(loss, [encode, decode])


@broken("zero gradient", "the same for any input", "add up to 1")
def shares_that_are_added_up(lib):
    model = cnn(lib)
    with watching():
        shares = lib.softmax(model(lib.randn(2, 1, 4, 4)), 1)  # here
        loss = -shares.mean()
    return diagnose(loss, model)


@broken("zero gradient", "the same for any input", "Its mean is fixed")
def the_mean_of_what_is_normalized(lib):
    model = lib.nn.Sequential(mlp(lib)[0], lib.nn.LayerNorm(4))
    with watching() as seen:
        model(lib.randn(5, 3)).mean().backward()  # here
    return seen.diagnose()


@broken("zero gradient", "the same for any input", "BatchNorm1d")
def the_sum_over_a_batch_that_is_normalized(lib):
    first, norm = lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4)
    with watching():
        loss = norm(first(lib.randn(6, 3))).sum()
    return diagnose(loss, [first, norm])


@broken("zero gradient", "multiplies by 0")
def a_weight_of_the_loss_that_is_0(lib):
    model, x, y = mlp(lib), lib.randn(4, 3), lib.randn(4, 1)
    share = 0
    with watching():
        loss = share * (model(x) - y).abs().mean() + (y - y.mean()).square().mean()  # here
    return diagnose(loss, model)


# ---------------------------------------------------------------------- optimizer and loop


@broken("optimizer", "model.0.weight, model.0.bias", "in no optimizer")
def only_the_head_is_given(lib):
    model = mlp(lib)
    optimizer = lib.optim.SGD(model[2].parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            optimizer.zero_grad()
            model(lib.randn(4, 3)).square().mean().backward()
            optimizer.step()
    return seen.diagnose()


@broken("optimizer", "replaced after it was made", "model.3.weight")
def a_head_made_after_the_optimizer(lib):
    model = cnn(lib)
    optimizer = lib.optim.Adam(model.parameters())
    model[3] = lib.nn.Linear(8, 2)
    with watching():
        loss = model(lib.randn(2, 1, 4, 4)).sum()
    return diagnose(loss, model, optimizer)


@broken("loop", "zero_grad() is missing")
def gradients_pile_up(lib):
    w = lib.tensor(3.0, requires_grad=True)
    optimizer = lib.optim.SGD([w], lr=0.01)
    with watching() as seen:
        for _ in range(3):
            (w * w).backward()
            optimizer.step()  # here
    return seen.diagnose()


@broken("loop", "between backward() and step()")
def gradients_are_cleared_too_early(lib):
    model = cell(lib)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(2):
            loss = model(lib.randn(2, 3), lib.zeros(2, 4)).sum()
            loss.backward()
            optimizer.zero_grad()  # here
            optimizer.step()
    return seen.diagnose()


@broken("loop", "step() is missing")
def no_step_is_made(lib):
    model = attention(lib)
    optimizer = lib.optim.Adam(model.parameters())
    with watching() as seen:
        for _ in range(3):
            optimizer.zero_grad()
            model(lib.randn(1, 3, 4)).square().sum().backward()  # here
    return seen.diagnose(model, optimizer)


@broken("loop", "zero_grad() is missing", "2 steps")
def gradients_pile_up_in_a_network(lib):
    model = cnn(lib)
    optimizer = lib.optim.Adam(model.parameters())

    def train(x):
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()  # here

    with watching() as seen:
        train(lib.randn(2, 1, 4, 4))
        train(lib.randn(2, 1, 4, 4))
    return seen.diagnose(model, optimizer)


@broken("loop", "zero_grad() is missing", "4 steps")
def gradients_are_reset_only_once(lib):
    model = mlp(lib)
    optimizer = lib.optim.Adam(model.parameters())
    with watching() as seen:
        optimizer.zero_grad()
        for _ in range(4):
            model(lib.randn(4, 3)).square().mean().backward()
            optimizer.step()  # here
    return seen.diagnose()


@broken("loop", "between backward() and step()")
def the_model_clears_gradients_too_early(lib):
    model = mlp(lib)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(3):
            model(lib.randn(4, 3)).square().mean().backward()
            model.zero_grad()
            optimizer.step()
    return seen.diagnose()


# ---------------------------------------------------------------------- broadcast


@broken("broadcast", "4×1 with 4 to 4×4", "with equal shapes it is")
def a_difference_of_columns_and_rows(lib):
    model, y = mlp(lib), lib.randn(4)
    with watching():
        p = model(lib.randn(4, 3))
        loss = ((p - y) ** 2).mean()  # here
    return diagnose(loss, model)


@broken("broadcast", "5×1 with 5 to 5×5")
def a_loss_function_of_columns_and_rows(lib):
    model, y = lib.nn.Sequential(cnn(lib), lib.nn.Linear(2, 1)), lib.randn(5)
    with watching():
        loss = lib.nn.functional.mse_loss(model(lib.randn(5, 1, 4, 4)), y)  # here
    return diagnose(loss, model)


@broken("broadcast", "3 with 3×1")
def a_target_of_columns(lib):
    w, x, y = lib.tensor(2.0, requires_grad=True), lib.randn(3), lib.randn(3, 1)
    with watching():
        error = w * x - y  # here
        loss = error.abs().mean()
    return diagnose(loss)


@broken("broadcast", "6×1 with 6")
def the_last_state_against_a_row(lib):
    model, head, y = cell(lib), lib.nn.Linear(4, 1), lib.randn(6)
    with watching() as seen:
        h = model(lib.randn(6, 3), lib.zeros(6, 4))
        loss = lib.nn.MSELoss()(head(h), y)  # here
        loss.backward()
    return seen.diagnose()


@broken("broadcast", "6 with 6×1 to 6×6", "products", "with equal shapes it is")
def a_hinge_by_hand(lib):
    model, y = lib.nn.Linear(3, 1), lib.sign(lib.randn(6))
    with watching() as seen:
        p = model(lib.randn(6, 3))
        loss = lib.relu(1 - y * p).mean()  # here
        loss.backward()
    return seen.diagnose()


@broken("broadcast", "5 with 5×1 to 5×5", "with equal shapes it is")
def a_cross_entropy_by_hand(lib):
    model, y = cnn(lib), lib.tensor([1.0, 0.0, 1.0, 1.0, 0.0])
    with watching():
        p = lib.sigmoid(model(lib.randn(5, 1, 4, 4))[:, :1])
        loss = -(y * lib.log(p) + (1 - y) * lib.log(1 - p)).mean()  # here
    return diagnose(loss, model)


@broken("broadcast", "4×1 with 4 to 4×4")
def rewards_in_a_row(lib):
    model, rewards = cell(lib), lib.tensor([1.0, -1.0, 0.5, 2.0])
    with watching():
        chances = lib.sigmoid(model(lib.randn(4, 3), lib.zeros(4, 4)).sum(1, keepdim=True))
        loss = -(lib.log(chances) * rewards).sum()  # here
    return diagnose(loss, model)


@broken("broadcast", "5×1 with 5 to 5×5")
def a_loss_in_two_pieces(lib):
    model, y = mlp(lib), lib.randn(5)
    with watching():
        error = (model(lib.randn(5, 3)) - y).abs()  # here
        loss = lib.where(error < 1, 0.5 * error**2, error - 0.5).mean()
    return diagnose(loss, model)


@broken("broadcast", "4 with 4×1")
def a_squeezed_prediction_and_a_column(lib):
    model, y = mlp(lib), lib.randn(4, 1)
    with watching():
        loss = lib.sqrt(((model(lib.randn(4, 3)).squeeze(1) - y) ** 2).mean())  # here
    return diagnose(loss, model)


# ---------------------------------------------------------------------- probabilities


@broken("logits", "cross_entropy takes logits", "softmax")
def a_softmax_before_cross_entropy(lib):
    model = cnn(lib)
    with watching():
        p = lib.softmax(model(lib.randn(2, 1, 4, 4)), 1)  # here
        loss = lib.nn.functional.cross_entropy(p, lib.tensor([0, 1]))
    return diagnose(loss, model)


@broken("logits", "sigmoid", "0.7311")
def a_sigmoid_layer_before_logits(lib):
    model = lib.nn.Sequential(mlp(lib), lib.nn.Sigmoid())
    with watching():
        loss = lib.nn.BCEWithLogitsLoss()(model(lib.randn(4, 3)), lib.ones(4, 1))  # here
    return diagnose(loss, model)


@broken("logits", "softmax over 4 classes")
def a_softmax_layer_over_time(lib):
    model = attention(lib)
    with watching() as seen:
        p = lib.nn.Softmax(dim=-1)(model(lib.randn(2, 3, 4)))
        loss = lib.nn.CrossEntropyLoss()(p.reshape(6, 4), lib.tensor([0, 1, 2, 3, 0, 1]))
        loss.backward()
    return seen.diagnose()


@broken("logits", "sigmoid")
def a_sigmoid_of_a_line(lib):
    w, x = lib.tensor([1.0, -1.0], requires_grad=True), lib.randn(5, 2)
    with watching():
        p = (x @ w).sigmoid()  # here
        loss = lib.nn.functional.binary_cross_entropy_with_logits(p, lib.ones(5))
    return diagnose(loss)


# ---------------------------------------------------------------------- in place


@broken("in place", "`h += 1`", "saved h")
def a_saved_outcome_is_added_to(lib):
    w = lib.ones(3, requires_grad=True)
    with watched() as seen:
        h = (w * 2).sigmoid()
        h += 1  # here
        h.sum().backward()
    return seen.diagnose()


@broken("in place", "optimizer.step()", "saved parameters")
def a_step_between_two_losses(lib):
    model = mlp(lib)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watched() as seen:
        a, b = model(lib.randn(2, 3)).square().mean(), model(lib.randn(2, 3)).square().mean()
        a.backward()
        optimizer.step()  # here
        b.backward()
    return seen.diagnose()


@broken("in place", "y[0, 0] = ", "saved y")
def an_element_is_set(lib):
    model = cnn(lib)
    with watched() as seen:
        y = model(lib.randn(2, 1, 4, 4)).exp()
        y[0, 0] = 0.0  # here
        y.sum().backward()
    return seen.diagnose()


@broken("in place", "mul_", "state")
def a_state_is_scaled(lib):
    model = cell(lib)
    with watched() as seen:
        state = model(lib.randn(2, 3), lib.zeros(2, 4))
        out = state * state
        state.mul_(0.5)  # here
        out.sum().backward()
    return seen.diagnose()


@broken("in place", "tanh(w)` (line", "saved a", "mul_")
def an_outcome_is_doubled(lib):
    w = lib.ones(3, requires_grad=True)
    with watched() as seen:
        a = lib.tanh(w)
        a.mul_(2)  # here
        a.sum().backward()
    return seen.diagnose()


@broken("in place", "w.exp()", "saved numbers", "part.zero_()")
def a_part_is_emptied(lib):
    w = lib.ones(4, requires_grad=True)
    with watched() as seen:
        y = w.exp()
        part = y[:2]
        part.zero_()  # here
        y.sum().backward()
    return seen.diagnose()


@broken("in place", "model(", "saved numbers", "weight.mul_(0.9)")
def a_weight_decays_too_early(lib):
    model = mlp(lib)
    with watched() as seen:
        loss = model(lib.ones(2, 3)).square().mean()
        with lib.no_grad():
            model[2].weight.mul_(0.9)  # here
        loss.backward()
    return seen.diagnose()


# ---------------------------------------------------------------------- a second time


@broken("second time", "h carries the graph", "h = h.detach()")
def a_hidden_state_is_handed_on(lib):
    model = cell(lib)
    with watched() as seen:
        h = lib.zeros(1, 4)
        for _ in range(3):
            h = model(lib.randn(1, 3), h)
            h.sum().backward()
    return seen.diagnose()


@broken("second time", "total carries the graph")
def a_running_loss_is_passed_each_time(lib):
    w, total = lib.tensor(2.0, requires_grad=True), 0
    with watched() as seen:
        for x in (1.0, 2.0):
            total = total + (w * x).exp()
            total.backward()
    return seen.diagnose()


@broken("second time", "belongs to a graph that an earlier backward() has used up", "retain_graph=True")
def two_losses_of_one_trunk(lib):
    model = mlp(lib)
    with watched() as seen:
        trunk = model[0](lib.randn(2, 3)).tanh()  # here
        a, b = model[2](trunk).square().mean(), trunk.sum()
        a.backward()
        b.backward()
    return seen.diagnose()


@broken("second time", "belongs to a graph")
def one_loss_twice(lib):
    model = cnn(lib)
    with watched() as seen:
        loss = model(lib.randn(2, 1, 4, 4)).square().mean()  # here
        loss.backward()
        loss.backward()
    return seen.diagnose()


# ---------------------------------------------------------------------- depth


def deep(lib, layers, activation, scale=1.0):
    parts = [part for _ in range(layers) for part in (lib.nn.Linear(4, 4), getattr(lib.nn, activation)())]
    model = lib.nn.Sequential(*parts)
    with lib.no_grad():
        for p in model.parameters():
            p.mul_(scale)
    return model


@broken("depth", "vanishes", "(Linear)")
def many_sigmoids(lib):
    model = deep(lib, 14, "Sigmoid")
    with watching():
        loss = (model(lib.randn(3, 4)) - 1).square().mean()
    return diagnose(loss, model)


@broken("depth", "explodes")
def large_weights(lib):
    model = deep(lib, 10, "ReLU", 60.0)
    with lib.no_grad():
        for p in model.parameters():
            p.abs_()
    with watching() as seen:
        model(lib.rand(3, 4)).mean().backward()
    return seen.diagnose()


@broken("depth", "vanishes")
def a_long_memory(lib):
    model = cell(lib)
    with lib.no_grad():
        model.across.weight.mul_(0.05)
    with watching():
        h = lib.zeros(1, 4)
        for _ in range(10):
            h = model(lib.randn(1, 3), h)
        loss = h.sum()
    return diagnose(loss, model)


@broken("depth", "vanishes")
def a_chain_of_products(lib):
    w = [(0.01 * lib.randn(3, 3)).requires_grad_() for _ in range(7)]
    with watching():
        y = lib.ones(1, 3)
        for each in w:
            y = y @ each
        loss = y.sum()
    return diagnose(loss)


# ---------------------------------------------------------------------- memory


@broken("memory", "total keeps the graph of every iteration")
def a_sum_of_losses(lib):
    model, total = mlp(lib), 0.0
    optimizer = lib.optim.SGD(model.parameters(), lr=0.01)
    with watching() as seen:
        for _ in range(4):
            optimizer.zero_grad()
            loss = model(lib.randn(4, 3)).square().mean()
            loss.backward()
            optimizer.step()
            total += loss
    return seen.diagnose()


@broken("memory", "history keeps the graph")
def a_list_of_losses(lib):
    w, history = lib.tensor(3.0, requires_grad=True), []
    with watching() as seen:
        for _ in range(4):
            loss = w * w
            loss.backward()
            history.append(loss)
            w.grad = None
    return seen.diagnose()


@broken("memory", "average keeps the graph")
def a_moving_average(lib):
    model, average = cnn(lib), 0.0
    optimizer = lib.optim.Adam(model.parameters())
    with watching() as seen:
        for _ in range(4):
            loss = model(lib.randn(2, 1, 4, 4)).square().mean()
            average = 0.9 * average + 0.1 * loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return seen.diagnose()


@broken("memory", "outputs keeps the graph")
def outputs_that_are_gathered(lib):
    model, outputs = attention(lib), []
    optimizer = lib.optim.Adam(model.parameters())
    with watching() as seen:
        for _ in range(4):
            y = model(lib.randn(1, 3, 4))
            outputs.append(y)
            optimizer.zero_grad()
            y.square().mean().backward()
            optimizer.step()
    return seen.diagnose()


# ---------------------------------------------------------------------- mode


@broken("mode", "trained in eval() mode", "1 (Dropout)")
def training_after_evaluation(lib):
    model = lib.nn.Sequential(mlp(lib), lib.nn.Dropout(0.5)).eval()
    optimizer = lib.optim.SGD(model.parameters(), lr=0.01)
    with watching() as seen:
        for _ in range(2):
            optimizer.zero_grad()
            model(lib.randn(4, 3)).square().mean().backward()
            optimizer.step()
    return seen.diagnose()


@broken("mode", "evaluated in train() mode", "1 (BatchNorm1d)")
def evaluation_in_training_mode(lib):
    model = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4))
    with watching() as seen, lib.no_grad():
        model(lib.randn(5, 3)).mean()
    return seen.diagnose()


@broken("mode", "evaluated in train() mode", "Dropout")
def a_cell_is_evaluated_in_training_mode(lib):
    class Model(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.drop = cell(lib), lib.nn.Dropout(0.2)

        def forward(self, x):
            h = lib.zeros(1, 4)
            for _ in range(3):
                h = self.drop(self.cell(x, h))
            return h

    model = Model()
    with watching() as seen, lib.no_grad():
        model(lib.randn(1, 3))
    return seen.diagnose()


@broken("mode", "trained in eval() mode", "BatchNorm2d")
def a_network_is_left_in_eval_mode(lib):
    model = lib.nn.Sequential(
        lib.nn.Conv2d(1, 2, 3), lib.nn.BatchNorm2d(2), lib.nn.Flatten(), lib.nn.Linear(8, 1)
    )
    optimizer = lib.optim.Adam(model.parameters())
    model.eval()
    with watching() as seen:
        optimizer.zero_grad()
        model(lib.randn(2, 1, 4, 4)).square().mean().backward()
        optimizer.step()
    return seen.diagnose(model, optimizer)


# ---------------------------------------------------------------------- a backward rule


def operation(lib, forward, backward):
    """An operation of one's own, of operands that it saves."""

    class Own(lib.autograd.Function):
        @staticmethod
        def forward(ctx, *operands):
            ctx.save_for_backward(*operands)
            return forward(*operands)

        @staticmethod
        def backward(ctx, g):
            return backward(g, *ctx.saved_tensors)

    return Own


@broken("rule", "The backward rule of Own is wrong", "The derivative DIFFERS")
def a_factor_is_forgotten(lib):
    cube, w = operation(lib, lambda x: x**3, lambda g, x: 2 * g * x**2), lib.tensor(2.0, requires_grad=True)
    with watching():
        loss = cube.apply(w) + w  # here
    return diagnose(loss)


@broken("rule", "The backward rule of Linear is wrong", "every derivative by w has the wrong sign")
def a_layer_has_the_wrong_sign_at_small_inputs(lib):
    class Linear(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w.T

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g @ w, -(g.T @ x)

    model, x = mlp(lib), 0.02 * lib.randn(5, 3)
    with watching() as seen:
        h = Linear.apply(x, model[0].weight)  # here
        model[2](h).square().mean().backward()
    return seen.diagnose(model[2])


@broken(
    "rule",
    "is wrong or meant as a straight-through estimator",
    "central difference 0",
    "GradientCheck(Own.apply",
)
def a_mask_is_forgotten(lib):
    rectify = operation(lib, lambda x: x.clamp(min=0), lambda g, x: g)
    model = cnn(lib)
    with watching() as seen:
        maps = rectify.apply(model[0](lib.randn(2, 1, 4, 4)))  # here
        loss = model[3](model[2](maps)).square().mean()
        loss.backward()
    return seen.diagnose()


@broken("rule", "The backward rule of Own is wrong")
def a_product_in_a_cell_is_not_transposed(lib):
    apart = operation(lib, lambda h, w: h @ w, lambda g, h, w: (g @ w, h.T @ g)).apply
    w, h = lib.nn.Parameter(lib.randn(4, 4)), lib.zeros(1, 4) + 0.5
    with watching():
        for _ in range(2):
            h = lib.tanh(apart(h, w))
        loss = h.square().sum()
    return diagnose(loss)


@broken("rule", "The backward rule of Own is wrong", "Scaled", "central difference")
def a_quotient_in_a_module_forgets_the_inner_derivative(lib):
    inverse = operation(lib, lambda x: 1 / (1 + x * x), lambda g, x: -g / (1 + x * x) ** 2)

    class Scaled(lib.nn.Module):
        def forward(self, x):
            return inverse.apply(x)  # here

    model = lib.nn.Sequential(lib.nn.Linear(3, 4), Scaled(), lib.nn.Linear(4, 1))
    with watching():
        loss = model(lib.randn(5, 3)).square().mean()
    return diagnose(loss, model)


@broken(
    "rule",
    "The backward rule of cube_of_wrong_rule is wrong",
    "GradientCheck(cube_of_wrong_rule,",
    on=PYTORCH,
)
def an_operation_of_a_library_of_ones_own(lib):
    def cube_of_wrong_rule(x: lib.Tensor) -> lib.Tensor:
        return x**3

    cube = lib.library.custom_op("see_the_gradient::cube_of_wrong_rule", cube_of_wrong_rule, mutates_args=())
    cube.register_autograd(lambda ctx, g: 2 * g * ctx.saved_tensors[0] ** 2,
                           setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))  # fmt: skip
    model = mlp(lib)
    with watching() as seen:
        loss = model(cube(model[0].weight)).mean()  # here
        loss.backward()
    return seen.diagnose()


# ---------------------------------------------------------------------- more ways to get there


def stack(lib, put):
    """A model whose inner layers stand in what ``put`` makes of them."""

    class Stack(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = put([lib.nn.Linear(3, 3), lib.nn.Linear(3, 3)])
            self.out = lib.nn.Linear(3, 1)

        def forward(self, x):
            for layer in self.layers.values() if isinstance(self.layers, dict) else self.layers:
                x = lib.tanh(layer(x))
            return self.out(x)

    return Stack()


@broken("optimizer", "Stack.layers is a plain list", "2 modules in it", "ModuleList")
def layers_stand_in_a_plain_list(lib):
    model = stack(lib, list)
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        model(lib.randn(4, 3)).square().mean().backward()
        optimizer.step()
    return seen.diagnose()


@broken("optimizer", "Stack.layers is a plain dict", "ModuleDict")
def layers_stand_in_a_plain_dictionary(lib):
    model = stack(lib, lambda layers: dict(enumerate(layers)))
    with watching():
        loss = model(lib.randn(4, 3)).square().mean()
    return diagnose(loss, model)


@broken("second time", "h and c carry the graph", "h, c = h.detach(), c.detach()", on=PYTORCH)
def the_state_of_an_lstm_is_carried(lib):
    lstm, head = lib.nn.LSTM(3, 4), lib.nn.Linear(4, 1)
    with watched() as seen:
        h, c = lib.zeros(1, 1, 4), lib.zeros(1, 1, 4)
        for _ in range(2):
            out, (h, c) = lstm(lib.randn(5, 1, 3), (h, c))  # here
            head(out).square().mean().backward()
    return seen.diagnose()


@broken("zero gradient", "is 0 for any input: it is over a single element")
def a_single_class(lib):
    model = mlp(lib)
    with watching() as seen:
        loss = lib.nn.functional.cross_entropy(model(lib.randn(4, 3)), lib.zeros(4, dtype=lib.int64))  # here
        loss.backward()
    return seen.diagnose()


# ---------------------------------------------------------------------- what a loop does twice, not at all, or anew


def trained(lib, model, iterate, *others):
    """Three watched iterations, each a function of an optimizer."""
    optimizer = lib.optim.SGD([*model.parameters(), *others], lr=0.1)
    with watching() as seen:
        for _ in range(3):
            optimizer.zero_grad()
            iterate(optimizer)
    return seen.diagnose(model, optimizer)


@broken("loop", "step() is called twice for one backward()", "6 steps")
def a_step_too_many(lib):
    model = mlp(lib)

    def iterate(optimizer):
        model(lib.randn(4, 3)).square().mean().backward()
        optimizer.step()
        optimizer.step()  # here

    return trained(lib, model, iterate)


@broken("loop", "step() is called twice for one backward()")
def the_trainer_steps_too(lib):
    model = cnn(lib)
    optimizer = lib.optim.Adam(model.parameters())

    def training_step(x):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    with watching() as seen:
        for _ in range(2):
            training_step(lib.randn(2, 1, 4, 4))
            optimizer.step()  # here
    return seen.diagnose()


@broken("loop", "backward() is missing")
def no_pass_is_run(lib):
    model = attention(lib)

    def iterate(optimizer):
        model(lib.randn(1, 3, 4)).square().mean()
        optimizer.step()  # here

    return trained(lib, model, iterate)


@broken("loop", "backward() is missing")
def a_pass_over_a_copy_of_the_numbers(lib):
    w = lib.tensor(2.0, requires_grad=True)
    optimizer = lib.optim.Adam([w])
    with watching() as seen:
        for _ in range(4):
            loss = (w * 3 - 1) ** 2
            optimizer.step()  # here
    return seen.diagnose() if loss.requires_grad else None


@broken("optimizer", "model.2.weight: replaced by another tensor", "holds the old one")
def a_weight_is_clipped_into_a_new_parameter(lib):
    model = mlp(lib)

    def iterate(optimizer):
        model(lib.randn(4, 3)).square().mean().backward()
        optimizer.step()
        model[2].weight = lib.nn.Parameter(model[2].weight.detach().clamp(-1, 1))

    return trained(lib, model, iterate)


@broken("optimizer", "replaced by other tensors", "model.0.weight, model.0.bias")
def a_layer_is_made_anew_while_it_is_trained(lib):
    model = cnn(lib)

    def iterate(optimizer):
        model(lib.randn(2, 1, 4, 4)).square().mean().backward()
        optimizer.step()
        model[0] = lib.nn.Conv2d(1, 2, 3)

    return trained(lib, model, iterate)


@broken("optimizer", "w: replaced after the optimizer was made")
def a_scalar_is_replaced_by_its_limits(lib):
    w = lib.tensor(3.0, requires_grad=True)
    optimizer = lib.optim.SGD([w], lr=0.1)
    with watching() as seen:
        for _ in range(4):
            optimizer.zero_grad()
            ((w - 1) ** 2).backward()
            optimizer.step()  # here
            w = w.detach().clamp(-2, 2).requires_grad_()
    return seen.diagnose()


@broken("optimizer", "state: replaced after the optimizer was made")
def a_learned_state_is_normalized_anew(lib):
    model, state = cell(lib), lib.ones(2, 4, requires_grad=True)
    held = lib.optim.SGD([state], lr=0.1)
    others = lib.optim.SGD(model.parameters(), lr=0.1)
    with watching() as seen:
        for _ in range(3):
            held.zero_grad()
            others.zero_grad()
            model(lib.randn(2, 3), state).square().mean().backward()
            others.step()
            held.step()  # here
            state = (state / state.norm()).detach().requires_grad_()
    return seen.diagnose(model)


# ---------------------------------------------------------------------- poles of operands together, and of nothing


@broken("not finite", "is 0/0", "Keep away from (0, 0)", on=("autograd_core",))
def an_angle_at_the_origin(lib):
    v = lib.zeros(3, 2, requires_grad=True)
    with watching():
        angle = lib.atan2(v[:, 1], v[:, 0])  # here
        loss = (angle - 0.5).square().mean()
    return diagnose(loss)


@broken("zero gradient", "0 is sent instead", "Keep away from (0, 0)", on=PYTORCH)
def an_angle_at_the_origin_of_which_nothing_is_left(lib):
    v = lib.zeros(3, 2, requires_grad=True)
    with watching() as seen:
        angle = lib.atan2(v[:, 1], v[:, 0])  # here
        (angle - 0.5).square().mean().backward()
    return seen.diagnose()


@broken("not finite", "hypot has no derivative at a = 0", "(x * x + y * y + 1e-12).sqrt()")
def a_distance_of_what_is_the_same(lib):
    model = lib.nn.Linear(3, 4)
    x = lib.randn(2, 3)
    with watching() as seen:
        a, b = model(x), model(x)
        far = lib.hypot(a - b, b - a)  # here
        far.sum().backward()
    return seen.diagnose(model)


@broken("not finite", "The derivative of xlogy", "0/0", on=PYTORCH)
def an_entropy_by_xlogy(lib):
    p = lib.tensor([0.0, 0.4, 0.6], requires_grad=True)
    with watching():
        loss = -lib.xlogy(p, p).sum()  # here
    return diagnose(loss)


@broken("not finite", "logit is infinite at x = 1", on=PYTORCH)
def the_logit_of_certainty(lib):
    model = attention(lib)
    with watching():
        score = model(lib.randn(1, 3, 4)).mean() * 0 + 1
        loss = lib.logit(score)  # here
    return diagnose(loss, model)


@broken("not finite", "No target counts")
def a_batch_of_padding(lib):
    model = cnn(lib)
    targets = lib.full((2,), -100, dtype=lib.int64)
    with watching() as seen:
        loss = lib.nn.functional.cross_entropy(model(lib.randn(2, 1, 4, 4)), targets)  # here
        loss.backward()
    return seen.diagnose()


@broken("not finite", "div is infinite at", "b = 0", "a / b.clamp(min=1e-12)")
def an_error_in_percent_of_nothing(lib):
    model, y = mlp(lib), lib.tensor([[0.0], [2.0]])
    with watching():
        loss = ((model(lib.randn(2, 3)) - y) / y).abs().mean()  # here
    return diagnose(loss, model)


@broken("not finite", "pow is too large for float32", "smaller inputs")
def a_square_that_is_too_large(lib):
    w = lib.tensor([1e30, 1.0], requires_grad=True)
    with watching():
        loss = (w**2).sum()  # here
    return diagnose(loss)


@broken("zero gradient", "draws at random", "randn_like", on=PYTORCH)
def a_draw_instead_of_a_shift(lib):
    model = mlp(lib)
    with watching() as seen:
        p = lib.sigmoid(model(lib.randn(4, 3)))
        spin = lib.bernoulli(p)  # here
        ((spin - 1) ** 2 + 1).mean().backward()
    return seen.diagnose()


# ---------------------------------------------------------------------- evaluated while it is trained, and memory


@broken("mode", "evaluated in train() mode", "BatchNorm1d", "moves those it keeps")
def validation_between_the_steps(lib):
    model = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4), lib.nn.Linear(4, 1))

    def iterate(optimizer):
        model(lib.randn(4, 3)).square().mean().backward()
        optimizer.step()
        with lib.no_grad():
            model(lib.randn(4, 3)).square().mean().item()  # here

    return trained(lib, model, iterate)


@broken("mode", "evaluated in train() mode", "norm (BatchNorm2d)", on=PYTORCH)
def validation_of_images_in_a_function(lib):
    class Net(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.out = (
                lib.nn.Conv2d(1, 2, 3),
                lib.nn.BatchNorm2d(2),
                lib.nn.Linear(8, 2),
            )

        def forward(self, x):
            return self.out(self.norm(self.conv(x)).relu().flatten(1))

    model = Net()

    @lib.no_grad()
    def accuracy():
        return (model(lib.randn(4, 1, 4, 4)).argmax(1) == 0).float().mean().item()  # here

    def iterate(optimizer):
        lib.nn.functional.cross_entropy(model(lib.randn(3, 1, 4, 4)), lib.tensor([0, 1, 1])).backward()
        optimizer.step()
        accuracy()

    return trained(lib, model, iterate)


@broken("memory", "outcomes keeps the graph", "kB of earlier iterations")
def outcomes_are_kept_with_their_graphs(lib):
    model, outcomes = mlp(lib, "Tanh"), []
    with watching() as seen:
        for _ in range(4):
            out = model(lib.randn(100, 3))
            outcomes.append(out)
            out.square().mean().backward(retain_graph=True)
    return seen.diagnose()


# ---------------------------------------------------------------------- modules whose result is changed behind backward()'s back


def inside(lib, change):
    """A model with a layer of one's own, whose result a function changes."""

    class Layer(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = lib.nn.Linear(4, 4)

        def forward(self, x):
            h = self.inner(x)
            change(h)
            return h

    model = lib.nn.Sequential(lib.nn.Linear(3, 4), Layer(), lib.nn.Tanh(), lib.nn.Linear(4, 1))
    with watching() as seen:
        model(lib.randn(5, 3)).square().mean().backward()
    return seen.diagnose(model)


@broken("rule", "The gradient of Layer is wrong", "DIFFER", on=PYTORCH)
def a_mask_is_multiplied_in_under_no_grad(lib):
    def change(h):
        with lib.no_grad():
            h.mul_(lib.tensor([2.0, 0.0, 1.0, 1.0]))  # here

    return inside(lib, change)


@broken("rule", "The gradient of Layer is wrong", "h.data *= 3", on=PYTORCH)
def a_result_is_scaled_by_its_data(lib):
    def change(h):
        h.data *= 3  # here

    return inside(lib, change)


@broken("rule", "The gradient of Layer is wrong", on=PYTORCH)
def rows_are_normalized_by_their_data(lib):
    def change(h):
        h.data.div_(h.data.norm(dim=1, keepdim=True))  # here

    return inside(lib, change)


@broken("rule", "The gradient of Layer is wrong", "h.data[:, 0] = 0", on=PYTORCH)
def a_column_is_emptied_by_its_data(lib):
    def change(h):
        h.data[:, 0] = 0  # here

    return inside(lib, change)
