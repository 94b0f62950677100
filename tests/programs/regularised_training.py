import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(11)
x = torch.linspace(-1, 1, 30).unsqueeze(1)
y = torch.sin(3 * x) + 0.1 * torch.randn(30, 1)
features = torch.cat([x**k for k in range(1, 6)], dim=1)
train, valid = torch.arange(30) % 3 != 0, torch.arange(30) % 3 == 0
model = nn.Linear(5, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=5, factor=0.5)
best, waited, history = float("inf"), 0, []
for epoch in range(60):
    loss = F.mse_loss(model(features[train]), y[train]) + 1e-3 * sum(
        p.pow(2).sum() for p in model.parameters()
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        held_out = F.mse_loss(model(features[valid]), y[valid]).item()
    scheduler.step(held_out)
    history.append(held_out)
    best, waited = (held_out, 0) if held_out < best else (best, waited + 1)
    if epoch % 20 == 0:
        print(f"{epoch:2d} {loss.item():.3f} {held_out:.3f}")
print("falls:", history[-1] < history[0] / 3, "huber:", f"{F.smooth_l1_loss(model(features), y).item():.2f}")
print(F.l1_loss(torch.zeros(2), torch.tensor([1.0, -3.0]), reduction="none"))
