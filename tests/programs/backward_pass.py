import torch

x = torch.arange(4.0)
x.requires_grad_(True)
y = 2 * torch.dot(x, x)
y.backward()
print(y, x.grad, x.grad == 4 * x)
x.grad.zero_()
x.sum().backward()
print(x.grad)
x.grad = None
u = (x * x).detach()
(u * x).sum().backward()
print(x.grad == u, u.requires_grad, x.is_leaf, y.is_leaf)


def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    return b if b.sum() > 0 else 100 * b


torch.manual_seed(2)
a = torch.randn(size=(), requires_grad=True)
d = f(a)
d.backward()
print(a.grad == d / a)
p1, p2 = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
error = (p1 * 3 + p2 - 1) ** 2
error.backward(retain_graph=True)
error.backward()
print(p1.grad, p2.grad, error.grad_fn.name())
for wrong in (lambda: error.backward(), lambda: x.add_(1), lambda: (x * 2).backward()):
    try:
        wrong()
    except RuntimeError as error_:
        print(str(error_)[:54])
with torch.no_grad():
    print((x * 2).requires_grad, torch.is_grad_enabled())
with torch.inference_mode():
    print((x * 2).requires_grad)
