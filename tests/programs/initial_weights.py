import torch
from torch import nn


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, mean=0, std=0.01)
        nn.init.zeros_(m.bias)


def init_other(m):
    if type(m) is nn.Linear:
        nn.init.orthogonal_(m.weight)
        nn.init.constant_(m.bias, 1)


torch.manual_seed(9)
net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
net.apply(init_weights)
print(net[0].weight)
print(net[2].bias, net[0].weight.data.std() < 0.02)
net[0].apply(init_other)
print((net[0].weight @ net[0].weight.T).detach().round(decimals=3) + 0.0)
print(net.state_dict()["0.bias"], [type(m).__name__ for m in net.modules()])
shared = nn.Linear(2, 2)
tied = nn.Sequential(shared, nn.ReLU(), shared)
print(tied[0] is tied[2], len(list(tied.parameters())), tied)
with torch.no_grad():
    tied[0].weight[0, 0] = 100
print(tied[2].weight[0, 0])
dropped = nn.Dropout(0.5)(torch.ones(4, 4))
print((dropped == 0).sum() + (dropped == 2).sum(), nn.Dropout(0.5).eval()(torch.ones(2)))
