import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
activations = {}


def keep(name):
    def hook(module, input, output):
        activations[name] = output.detach()

    return hook


handles = [layer.register_forward_hook(keep(str(i))) for i, layer in enumerate(model)]
norms = []
for name, p in model.named_parameters():
    p.label = name
    p.register_hook(lambda grad: norms.append(round(grad.norm().item(), 3)))
x = torch.arange(6.0).reshape(2, 3) / 5
out = model(x)
out.sum().backward()
print({name: tuple(a.shape) for name, a in activations.items()})
print(len(norms), [p.label for p in model.parameters()])
print([f"{a.mean():.3f}" for a in activations.values()])
for handle in handles:
    handle.remove()

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * 3
b.retain_grad()
b.register_hook(lambda grad: grad * 2)
c = (b**2).sum()
c.backward()
print(b.grad, a.grad)
node, names = c.grad_fn, []
while node is not None:
    names.append(type(node).__name__)
    node = node.next_functions[0][0] if node.next_functions else None
print(names)
