import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
import torch.nn.functional as F

cudnn.benchmark = True
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(1)
net = nn.Sequential(
    nn.LazyConv2d(4, kernel_size=3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AvgPool2d(2),
    nn.Conv2d(4, 6, 3), nn.MaxPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(3),
).to(device)  # fmt: skip
x = torch.randn(8, 1, 8, 8, device=device)
y = torch.arange(8) % 3
out = x
for layer in net:
    out = layer(out)
    print(f"{type(layer).__name__:18s}", out.shape)
print(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
for step in range(3):
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
    optimizer.step()
    print(f"{loss.item():.3f}")
print(F.pad(torch.ones(1, 2), (1, 1, 0, 1)), net[1].num_batches_tracked)
