import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(3)
n = 100
angle = torch.rand(n) * 2 * torch.pi
radius = torch.cat([torch.rand(n // 2) * 0.8, 1.4 + torch.rand(n // 2) * 0.6])
X = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
y = torch.cat([torch.zeros(n // 2), torch.ones(n // 2)]).unsqueeze(1)

model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
loss_fn = nn.BCELoss()
for step in range(200):
    optimizer.zero_grad()
    loss = loss_fn(model(X), y)
    loss.backward()
    optimizer.step()
print("loss below 0.1:", loss.item() < 0.1)

xs = np.linspace(X[:, 0].min().item() - 0.2, X[:, 0].max().item() + 0.2, 9)
ys = np.linspace(-2, 2, 9)
grid_x, grid_y = torch.meshgrid(torch.from_numpy(xs).float(), torch.from_numpy(ys).float(), indexing="xy")
with torch.no_grad():
    z = model(torch.stack([grid_x.ravel(), grid_y.ravel()], 1)).reshape(grid_x.shape)
print(z.shape, z.numpy().dtype, np.round(xs[:2], 2))
for row in z > 0.5:
    print("".join("#" if cell else "." for cell in row))
