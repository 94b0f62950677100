from pathlib import Path

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset, random_split

digits = np.load(Path.cwd() / "notebooks" / "data" / "digits.npz")
X = torch.tensor(digits["images"] / 16, dtype=torch.float32).reshape(-1, 64)
y = torch.from_numpy(digits["labels"]).long()
print(X.shape, X.dtype, y.dtype)

torch.manual_seed(42)
train, test = random_split(TensorDataset(X, y), [1500, len(X) - 1500])
loader = DataLoader(train, batch_size=50, shuffle=True)


class Net(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(hidden, 10))

    def forward(self, x):
        return self.layers(x)


model = Net()
print(model)
print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")
criterion, optimizer = nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(4):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(xb)
    print(f"epoch {epoch + 1}: loss {total / len(train):.2f}")
model.eval()
with torch.no_grad():
    xt, yt = test[:]
    accuracy = (model(xt).argmax(dim=1) == yt).float().mean()
print("more than nine of ten are right:", bool(accuracy > 0.9))
