import torch


def rosenbrock(p):
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


RULES = {
    "SGD": lambda p: torch.optim.SGD(p, lr=1e-3),
    "momentum": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, nesterov=True),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.5),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.02),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.9, 0.99), fused=False),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
}
for name, make in RULES.items():
    p = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
    optimizer = make([p])
    for _ in range(100):
        optimizer.zero_grad()
        loss = rosenbrock(p)
        loss.backward()
        optimizer.step()
    print(f"{name:10s}", f"{loss.item():.4f}", [f"{v:.4f}" for v in p.tolist()])
print(optimizer)
groups = torch.optim.SGD(
    [{"params": [p]}, {"params": [torch.zeros(1, requires_grad=True)], "lr": 1.0}], lr=0.1
)
print([group["lr"] for group in groups.param_groups], sorted(optimizer.state[p]))
