import torch
import torch.nn.functional as F

words = "emma olivia ava isabella sophia mia charlotte amelia harper evelyn abigail emily".split()
chars = sorted(set("".join(words)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
itos = {i: s for s, i in stoi.items()}
V = len(itos)
print(V, "".join(itos[i] for i in range(V)))

N = torch.zeros((V, V), dtype=torch.int32)
for w in words:
    for a, b in zip("." + w, w + "."):
        N[stoi[a], stoi[b]] += 1
P = (N + 1).float()
P /= P.sum(1, keepdim=True)
print(N[0, :5], f"{P[0].sum().item():.4f}", N.sum())

g = torch.Generator().manual_seed(2147483647)
X = torch.tensor([[stoi[c] for c in ("..." + w)[i : i + 3]] for w in words for i in range(len(w) + 1)])
Y = torch.tensor([stoi[c] for w in words for c in w + "."])
C = torch.randn((V, 2), generator=g)
W1 = torch.randn((6, 20), generator=g) * (5 / 3) / 6**0.5
b1 = torch.randn(20, generator=g) * 0.1
W2 = torch.randn((20, V), generator=g) * 0.1
b2 = torch.zeros(V)
parameters = [C, W1, b1, W2, b2]
for p in parameters:
    p.requires_grad = True
print(X.shape, sum(p.nelement() for p in parameters), C[0])
for i in range(30):
    batch = torch.randint(0, X.shape[0], (16,), generator=g)
    h = torch.tanh(C[X[batch]].view(-1, 6) @ W1 + b1)
    loss = F.cross_entropy(h @ W2 + b2, Y[batch])
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data += -0.1 * p.grad
    if i % 10 == 0:
        print(f"{i:7d}/30: {loss.item():.3f}")
with torch.no_grad():
    print(f"{F.cross_entropy(torch.tanh(C[X].view(-1, 6) @ W1 + b1) @ W2 + b2, Y).item():.2f}")
