import math

import torch
import torch.nn as nn

torch.manual_seed(0)
B, T, C, heads = 2, 4, 8, 2


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(C, 3 * C, bias=False)
        self.proj = nn.Linear(C, C)
        self.register_buffer("mask", torch.tril(torch.ones(T, T)).view(1, 1, T, T))

    def forward(self, x):
        q, k, v = self.qkv(x).split(C, dim=2)
        q, k, v = (t.view(B, T, heads, C // heads).transpose(1, 2) for t in (q, k, v))
        scores = torch.einsum("bhqd,bhkd->bhqk", q, k) / math.sqrt(C // heads)
        weights = scores.masked_fill(self.mask == 0, float("-inf")).softmax(dim=-1)
        out = (weights @ v).transpose(1, 2).contiguous().view(B, T, C)
        return self.proj(out), weights


block, norm = Attention(), nn.LayerNorm(C)
x = torch.randn(B, T, C, requires_grad=True)
out, weights = block(norm(x))
print(out.shape, weights.shape, weights.sum(-1).allclose(torch.ones(1)))
torch.set_printoptions(precision=2, sci_mode=False)
print(weights[0, 0])
torch.set_printoptions(profile="default")
out.pow(2).mean().backward()
print([(name, tuple(p.grad.shape)) for name, p in block.named_parameters()])
print(x.grad.abs().sum(-1).gt(0).all(), block.state_dict().keys())
