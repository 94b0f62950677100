import copy
import os
import tempfile

import torch
from torch import nn

torch.manual_seed(5)
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, foreach=True)
best = copy.deepcopy(model.state_dict())
loss = model(torch.ones(4, 2)).pow(2).mean()
loss.backward()
optimizer.step()
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, path)
fresh = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
checkpoint = torch.load(path)
print(fresh.load_state_dict(checkpoint["model"]), checkpoint["epoch"])
print(torch.equal(fresh(torch.ones(1, 2)), model(torch.ones(1, 2))))
print(all(not torch.equal(best[k], v) for k, v in model.state_dict().items() if v.abs().sum() > 0))
for name, tensor in model.state_dict().items():
    print(name, tuple(tensor.shape), tensor.dtype)
for p in model[0].parameters():
    p.requires_grad_(False)
print([name for name, p in model.named_parameters() if p.requires_grad])
try:
    fresh.load_state_dict({"0.weight": torch.ones(2, 2)})
except RuntimeError as error:
    print(str(error).splitlines()[0])
