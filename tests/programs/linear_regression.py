import torch

torch.manual_seed(0)
true_w, true_b = torch.tensor([2.0, -3.4]), 4.2
X = torch.normal(0, 1, (200, 2))
y = X @ true_w + true_b + torch.normal(0, 0.01, (200,))

w = torch.normal(0, 0.01, size=(2,), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
print("before:", w, b)
for epoch in range(3):
    order = torch.randperm(len(X))
    for batch in order.split(20):
        loss = ((X[batch] @ w + b - y[batch]) ** 2 / 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.3 * p.grad
                p.grad.zero_()
    with torch.no_grad():
        print(f"epoch {epoch + 1}, loss {((X @ w + b - y) ** 2 / 2).mean():.4f}")
print("error in w:", [f"{e:.2f}" for e in (true_w - w).abs().tolist()], w.shape)
print("b about", round(b.item(), 1), b.requires_grad, b.grad)
