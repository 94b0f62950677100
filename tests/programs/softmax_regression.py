import numpy as np
import torch
from torch.nn import functional as F

torch.manual_seed(1)
centres = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
y = torch.arange(90) % 3
X = centres[y] + 0.5 * torch.randn(90, 2)


def softmax(scores):
    e = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    return e / e.sum(1, keepdim=True)


W = torch.zeros(2, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)
for epoch in range(30):
    p = softmax(X @ W + b)
    loss = -p[range(len(y)), y].log().mean()
    loss.backward()
    with torch.no_grad():
        W -= W.grad
        b -= b.grad
    W.grad = b.grad = None
    if epoch % 10 == 0:
        print(epoch, f"{loss.item():.4f}", f"{(p.argmax(1) == y).float().mean():.2f}")
scores = X @ W + b
print(
    torch.allclose(F.cross_entropy(scores, y), -softmax(scores).log().gather(1, y[:, None]).mean(), atol=1e-5)
)
one_hot = F.one_hot(y, num_classes=3).float()
print(one_hot[:4], (one_hot * softmax(scores)).sum(1).min() > 0.3)
print(np.bincount(scores.argmax(1)), one_hot.dtype, y.dtype)
