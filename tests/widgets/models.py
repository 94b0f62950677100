"""Small PyTorch programs of the kinds that people train.

Each is a function of PyTorch that returns what has gradients afterwards and a function that runs one
step: it returns the loss, or None where it has called ``backward()`` itself.
"""

import contextlib
from dataclasses import dataclass


def lenet(torch):
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 3, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4),
    )  # fmt: skip
    x, y = torch.randn(2, 1, 16, 16), torch.tensor([1, 3])
    return model, lambda: nn.functional.cross_entropy(model(x), y)


def residual(torch):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, inside, out, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
            self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
            self.down = nn.Conv2d(inside, out, 1, stride) if stride > 1 else nn.Identity()

        def forward(self, x):
            y = self.bn1(self.conv1(x)).relu_()
            y = self.bn2(self.conv2(y))
            y += self.down(x)
            return nn.functional.relu(y, inplace=True)

    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Block(4, 4, 1), Block(4, 6, 2),
                          nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))  # fmt: skip
    x, y = torch.randn(2, 3, 8, 8), torch.tensor([0, 2])
    return model, lambda: nn.CrossEntropyLoss(label_smoothing=0.1)(model(x), y)


def u_net(torch):
    nn = torch.nn

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down, self.deep = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 4, 3, padding=1)
            self.up, self.out = nn.ConvTranspose2d(4, 3, 2, 2), nn.Conv2d(6, 1, 1)

        def forward(self, x):
            kept = self.down(x).relu()
            deep = self.deep(nn.functional.max_pool2d(kept, 2)).relu()
            return {"mask": self.out(torch.cat([kept, self.up(deep)], 1))}

    model, x = UNet(), torch.randn(1, 1, 8, 8)
    goal = (torch.rand(1, 1, 8, 8) > 0.5).float()
    return model, lambda: nn.functional.binary_cross_entropy_with_logits(model(x)["mask"], goal)


def recurrent(kind):
    def program(torch):
        layer = getattr(torch.nn, kind)(3, 4, num_layers=2, batch_first=True, dropout=0.1)
        head, x = torch.nn.Linear(4, 1), torch.randn(2, 5, 3)
        return torch.nn.ModuleList([layer, head]), lambda: head(layer(x)[0][:, -1]).pow(2).mean()

    return program


def cell(kind):
    def program(torch):
        layer, x = getattr(torch.nn, kind)(3, 4), torch.randn(2, 5, 3)

        def run():
            state = None
            for t in range(5):
                state = layer(x[:, t], state)
            return (state[0] if isinstance(state, tuple) else state).square().sum()

        return layer, run

    return program


def encoder(torch):
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model, x = torch.nn.TransformerEncoder(layer, 2), torch.randn(2, 3, 8)
    return model, lambda: model(x, mask=torch.nn.Transformer.generate_square_subsequent_mask(3)).pow(2).mean()


def gpt(blocks, width=8, heads=2, batch=2, tokens=8, size=11):
    def program(torch):
        nn, F = torch.nn, torch.nn.functional

        class Attention(nn.Module):
            def __init__(self, d, heads):
                super().__init__()
                self.qkv, self.out, self.heads = nn.Linear(d, 3 * d), nn.Linear(d, d), heads
                self.register_buffer("mask", torch.ones(tokens, tokens).tril().bool())

            def forward(self, x):
                B, T, D = x.shape
                q, k, v = (
                    part.view(B, T, self.heads, -1).transpose(1, 2) for part in self.qkv(x).split(D, 2)
                )
                scores = q @ k.transpose(-2, -1) / k.size(-1) ** 0.5
                scores = scores.masked_fill(~self.mask[:T, :T], float("-inf"))
                return self.out((F.softmax(scores, -1) @ v).transpose(1, 2).reshape(B, T, D))

        class Block(nn.Module):
            def __init__(self, d, heads):
                super().__init__()
                self.ln1, self.attn, self.ln2 = nn.LayerNorm(d), Attention(d, heads), nn.LayerNorm(d)
                self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

            def forward(self, x):
                x = x + self.attn(self.ln1(x))
                return x + self.mlp(self.ln2(x))

        class GPT(nn.Module):
            def __init__(self):
                super().__init__()
                self.tok, self.pos = nn.Embedding(size, width), nn.Embedding(tokens, width)
                self.blocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))
                self.ln, self.head = nn.LayerNorm(width), nn.Linear(width, size, bias=False)
                self.head.weight = self.tok.weight

            def forward(self, ids, targets):
                x = self.tok(ids) + self.pos(torch.arange(ids.shape[1]))
                for block in self.blocks:
                    x = block(x)
                logits = self.head(self.ln(x))
                return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())

        model, ids = GPT(), torch.randint(size, (batch, tokens + 1))
        return model, lambda: model(ids[:, :-1], ids[:, 1:])[1]

    return program


def vae(torch):
    nn = torch.nn
    encode, decode, x = nn.Linear(6, 4), nn.Linear(2, 6), torch.rand(3, 6)

    def run():
        mean, log_variance = encode(x).chunk(2, -1)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        return nn.functional.binary_cross_entropy(decode(z).sigmoid(), x, reduction="sum") + divergence

    return nn.ModuleList([encode, decode]), run


def gan(torch):
    nn, F = torch.nn, torch.nn.functional
    make, judge, real = nn.Linear(2, 3), nn.Linear(3, 1), torch.randn(4, 3)
    makes, judges = (torch.optim.Adam(each.parameters(), lr=0.01) for each in (make, judge))

    def run():
        fake = make(torch.randn(4, 2))
        judges.zero_grad()
        (F.softplus(-judge(real)).mean() + F.softplus(judge(fake.detach())).mean()).backward()
        judges.step()
        makes.zero_grad()
        F.softplus(-judge(fake)).mean().backward()
        makes.step()

    return nn.ModuleList([make, judge]), run


def siamese(torch):
    model, left, right = (
        torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh()),
        torch.randn(2, 3),
        torch.randn(2, 3),
    )
    return model, lambda: torch.nn.functional.cosine_similarity(model(left), model(right)).mean()


def pinn(torch):
    model = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    x = torch.linspace(0, 1, 5)[:, None].requires_grad_()

    def run():
        u = model(x)
        (slope,) = torch.autograd.grad(u.sum(), x, create_graph=True)
        (bend,) = torch.autograd.grad(slope.sum(), x, create_graph=True)
        return ((bend + u) ** 2).mean() + (u[0] - 1).square().sum()

    return model, run


def maml(torch):
    model, x = torch.nn.Linear(2, 1), torch.randn(4, 2)

    def run():
        fast = dict(model.named_parameters())
        for _ in range(2):
            loss = torch.func.functional_call(model, fast, x).square().mean()
            slopes = torch.autograd.grad(loss, list(fast.values()), create_graph=True)
            fast = {name: value - 0.1 * g for (name, value), g in zip(fast.items(), slopes, strict=True)}
        return torch.func.functional_call(model, fast, x).sub(1).square().mean()

    return model, run


def checkpointed(reentrant):
    def program(torch):
        from torch.utils.checkpoint import checkpoint

        block, x = (
            torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.3), torch.nn.Tanh()),
            torch.randn(2, 3),
        )
        first = torch.nn.Linear(3, 3)
        model = torch.nn.ModuleList([first, block])
        return model, lambda: checkpoint(block, first(x), use_reentrant=reentrant).sum()

    return program


def own_functions(torch):
    class Polar(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return (x * x + y * y).sqrt(), torch.atan2(y, x)

        @staticmethod
        def backward(ctx, to_r, to_angle):
            x, y = ctx.saved_tensors
            square = x * x + y * y
            return (
                to_r * x / square.sqrt() - to_angle * y / square,
                to_r * y / square.sqrt() + to_angle * x / square,
            )

    x, y = (torch.randn(3, requires_grad=True) for _ in range(2))

    def run():
        r, angle = Polar.apply(x * 2, y)
        return (r * angle).sum()

    return [x, y], run


def autocast(torch):
    model, x = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)), torch.randn(2, 3)

    def run():
        with torch.autocast("cpu", torch.bfloat16):
            return model(x).float().square().mean()

    return model, run


def in_place(torch):
    x = torch.randn(4, requires_grad=True)

    def run():
        y = x * 2
        y[1:3] *= x[:2]
        y.add_(1).mul_(y.detach().clone())
        y[0] = x[3]
        return y.sum()

    return [x], run


def complex_numbers(torch):
    w, x = torch.randn(4, dtype=torch.complex64, requires_grad=True), torch.randn(4)
    return [w], lambda: (torch.fft.fft(x * w) * w.conj()).abs().sum()


def sparse_embedding(torch):
    table = torch.nn.Embedding(5, 3, sparse=True)
    return table, lambda: table(torch.tensor([1, 4, 1])).square().sum()


def dataclass_output(torch):
    @dataclass
    class Output:
        loss: object
        logits: object

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 2)

        def forward(self, x, labels):
            logits = self.layer(x)
            return Output(torch.nn.functional.cross_entropy(logits, labels), logits)

    model, x = Model(), torch.randn(2, 3)
    return model, lambda: model(x, torch.tensor([0, 1])).loss


def scripted(torch):
    with contextlib.suppress(DeprecationWarning):
        model = torch.jit.trace(
            torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh()), torch.randn(1, 3)
        )
    x = torch.randn(2, 3)
    return model, lambda: model(x).sum()


MODELS = {
    "LeNet": lenet, "residual network": residual, "U-Net": u_net, "LSTM": recurrent("LSTM"),
    "GRU": recurrent("GRU"), "LSTM cell": cell("LSTMCell"), "GRU cell": cell("GRUCell"),
    "transformer encoder": encoder, "GPT, 4 blocks": gpt(4), "GPT, 12 blocks": gpt(12), "VAE": vae, "GAN": gan,
    "Siamese": siamese, "PINN": pinn, "MAML": maml, "checkpoint": checkpointed(False),
    "reentrant checkpoint": checkpointed(True), "own functions": own_functions, "autocast": autocast,
    "in place": in_place, "complex numbers": complex_numbers, "sparse embedding": sparse_embedding,
    "dataclass": dataclass_output, "traced": scripted,
}  # fmt: skip
