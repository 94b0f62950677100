"""Scripts of a beginner of PyTorch print the same lines when only their import is swapped."""

import re
import runpy

import pytest

from tests.oracle import need_pytorch

SCRIPTS = {
    "first steps": """
import torch

x = torch.tensor(3.0, requires_grad=True)
y = x ** 2 + 2 * x
print(x, y)
y.backward()
print(x.grad)
a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
b = (a * 2).sum(dim=0)
print(a.shape, b, b.shape, b.requires_grad, b.grad_fn.name())
b.backward(torch.tensor([1.0, 10.0]))
print(a.grad)
print(a.dtype, a.is_leaf, b.is_leaf, a[0, 1].item(), a.detach().numpy())
""",
    "a line fitted by hand": """
import torch

x = torch.linspace(-1, 1, 20)
y = 3 * x + 0.5
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for step in range(60):
    loss = ((w * x + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.3 * w.grad
        b -= 0.3 * b.grad
    w.grad.zero_()
    b.grad = None
    if step % 20 == 0:
        print(f"step {step:3d}  loss {loss.item():.5f}")
print(w, b)
print(f"{w.item():.4f} {b.item():.4f}")
""",
    "logistic regression with modules": """
import torch
from torch import nn

points = torch.tensor([[0.0, 0.1], [0.2, 0.9], [1.0, 0.2], [0.9, 1.0], [0.1, 0.3], [0.8, 0.7]])
labels = torch.tensor([[0.0], [1.0], [1.0], [1.0], [0.0], [1.0]])
model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
with torch.no_grad():
    model[0].weight.fill_(0.1)
    model[0].bias.zero_()
optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
criterion = nn.BCELoss()
for epoch in range(50):
    optimizer.zero_grad()
    loss = criterion(model(points), labels)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(epoch, round(loss.item(), 5))
print(model)
print(((model(points) > 0.5) == (labels > 0.5)).sum().item(), "of", len(points))
print(sum(p.numel() for p in model.parameters()), sorted(model.state_dict()))
""",
    "a class of one's own": """
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x)))


net = Net()
for i, p in enumerate(net.parameters()):
    nn.init.constant_(p, 0.1 * (i + 1))
x = torch.arange(12.0).reshape(4, 3) / 10
target = torch.tensor([0, 1, 1, 0])
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    loss = F.cross_entropy(net(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, f"{loss.item():.5f}")
print(net)
for name, p in net.named_parameters():
    print(name, tuple(p.shape), f"{p.grad.norm().item():.5f}")
print(net(x).argmax(dim=1))
""",
    "hooks and intermediate gradients": """
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
y.retain_grad()
y.register_hook(lambda g: print("gradient of y:", g))
z = (y ** 2).mean()
z.backward(retain_graph=True)
print(y.grad, x.grad)
z.backward()
print(x.grad)
try:
    z.backward()
except RuntimeError as error:
    print(str(error).split(" (")[0])
try:
    x += 1
except RuntimeError as error:
    print(str(error).split(".")[0])
g, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
print(g)
print(torch.autograd.grad(g.sum(), x))
print(torch.autograd.functional.hessian(lambda t: (t ** 3).sum(), x.detach()))
""",
    "an operation of one's own": """
import torch


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        result = i.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad_output):
        result, = ctx.saved_tensors
        return grad_output * result


x = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
y = Exp.apply(x)
print(y)
y.sum().backward()
print(x.grad)
print(torch.autograd.gradcheck(Exp.apply, (x,)))
""",
    "tensors": """
import torch

t = torch.arange(6).reshape(2, 3)
print(t, t.T, t[:, 1], t[t > 2], t.float().mean(), t.sum(), t.max(), t.dtype)
print(torch.cat([t, t], dim=0).shape, torch.stack([t, t]).shape, t.unsqueeze(0).shape)
print(torch.zeros(2, 2), torch.ones(3, dtype=torch.int64), torch.eye(2))
print(t * 2.5, t / 2, t // 2, t % 2, t == 3)
print(t @ t.T, t.float().std(dim=1), t.argmax(dim=1))
print(torch.where(t > 2, t, -t), t.clamp(1, 4), t.tolist())
for row in t:
    print(row)
print(torch.allclose(t.float(), t.float() + 1e-9), (t > 1).any(), (t > 1).all())
""",
    "batches": """
import torch
from torch.utils.data import DataLoader, TensorDataset

x = torch.arange(10).float().unsqueeze(1)
data = TensorDataset(x, 2 * x)
for inputs, targets in DataLoader(data, batch_size=4):
    print(inputs.shape, targets.flatten())
print(len(data), data[3])
""",
}


@pytest.fixture
def lines(tmp_path, capsys):
    """Run a script; return the lines that it prints."""

    def lines(script):
        file = tmp_path / "script.py"
        file.write_text(script)
        runpy.run_path(str(file), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return lines


def swapped(script):
    """The script with ``torch`` taken from this package: the import lines, and nothing else."""
    script = re.sub(r"^import torch$", "import autograd_core as torch", script, flags=re.MULTILINE)
    return re.sub(r"^(import|from) torch\b", r"\1 autograd_core", script, flags=re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_prints_the_same_lines(script, lines):
    need_pytorch()
    expected = lines(script)
    assert len(expected) > 2
    assert lines(swapped(script)) == expected
