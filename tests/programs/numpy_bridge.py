import numpy as np
import torch

a = np.arange(6.0).reshape(2, 3)
t = torch.from_numpy(a)
a[0, 0] = 10
print(t, t.dtype, torch.tensor(a).float().dtype)
x = torch.linspace(0, 1, 4)
print(np.round(np.sin(x.numpy()), 3), np.allclose(x, np.linspace(0, 1, 4)), np.vstack([x, x]).shape)
print([float(v) for v in np.linspace(x.min(), x.max(), 3)], int(np.argmax(x)), np.median(x))
w = torch.ones(2, requires_grad=True)
for call in (lambda: w.numpy(), lambda: np.median(w), lambda: np.array(w)):
    try:
        call()
    except RuntimeError as error:
        print(str(error)[:76])
print(w.detach().numpy(), w.tolist(), w.sum().item())
print(
    torch.as_tensor([1, 2]).dtype, torch.tensor(3.0).dtype, torch.LongTensor([1, 2]), torch.FloatTensor([1])
)
u, inverse, counts = torch.unique(torch.tensor([3, 1, 3]), return_inverse=True, return_counts=True)
print(u, inverse, counts, isinstance(u, torch.LongTensor))
