import torch
from torch.autograd import grad
from torch.autograd.functional import hessian, jacobian

x = torch.tensor(2.0, requires_grad=True)
y = x**4
derivatives = [y]
for _ in range(4):
    derivatives.append(grad(derivatives[-1], x, create_graph=True)[0])
print([d.item() for d in derivatives])
print(torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(1.0)))


def f(v):
    return (v**2).prod() + v.sum()


v = torch.tensor([1.0, 2.0, 3.0])
print(jacobian(f, v))
print(hessian(f, v))
out, product = torch.func.vjp(torch.exp, v)
print(product(torch.ones(3))[0], torch.func.jvp(torch.exp, (v,), (torch.ones(3),))[1])
w = torch.tensor([0.5, -1.0], requires_grad=True)
penalty = grad(torch.relu(w * 3).sum(), w, create_graph=True)[0].pow(2).sum()
print(penalty, grad(penalty, w))
for step in range(4):
    (g,) = grad((x - 1) ** 2, x, create_graph=True)
    (h,) = grad(g, x)
    with torch.no_grad():
        x -= g / h
print(x)
