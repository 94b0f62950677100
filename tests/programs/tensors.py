import torch

x = torch.arange(12, dtype=torch.float32).reshape(3, 4)
print(x, x.numel(), x.T.shape)
print(x[-1], x[1:3], x[x > 8], x[:, [0, 2]])
x[1, 2] = 17
x[:2, :] = 12
print(x, x.sum(axis=0), x.mean(), x.cumsum(dim=0))
a, b = torch.arange(3).reshape((3, 1)), torch.arange(2).reshape((1, 2))
print(a + b, torch.cat((x, x), dim=1).shape, x == x.clone())
before = id(x)
x += 1
print(id(x) == before, x.shape, len(x))
print(torch.dot(torch.ones(3), torch.arange(3.0)), torch.mv(x, torch.ones(4)), torch.mm(x, x.T))
print(torch.norm(torch.tensor([3.0, -4.0])), torch.abs(torch.tensor([3.0, -4.0])).sum())
values, indices = torch.topk(torch.tensor([1.0, 4.0, 3.0]), k=2)
print(values, indices, torch.sort(torch.tensor([3, 1, 2]), descending=True))
print(
    torch.flip(x, dims=[1])[0],
    x.permute(1, 0).shape,
    x.reshape(shape=(2, 6)).shape,
    torch.tile(a.T, dims=(2,)),
)
print(
    torch.pow(input=torch.tensor([1.0, 2.0]), exponent=3),
    torch.clamp(torch.tensor([-2.0, 0.5]), min=-1, max=1),
)
print(
    torch.tensor([True, False]) & torch.tensor([True, True]), torch.tensor(3.5).item(), float(torch.tensor(2))
)
print(
    torch.tensor(1e-8), torch.tensor([1e10, 1.0]), torch.tensor([float("nan"), float("inf")]), torch.zeros(0)
)
try:
    torch.ones(2, 3) + torch.ones(2)
except RuntimeError as error:
    print(str(error)[:60])
