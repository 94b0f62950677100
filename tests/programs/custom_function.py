import torch


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class Clip(torch.autograd.Function):
    @staticmethod
    def forward(x, low=-1.0, high=1.0):
        return x.clamp(low, high)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.low, ctx.high = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ((x > ctx.low) & (x < ctx.high)), None, None


P3 = LegendrePolynomial3.apply
x = torch.linspace(-1, 1, 5, dtype=torch.double, requires_grad=True)
print(P3(x))
P3(x).sum().backward()
print(x.grad, type(P3(x).grad_fn).__name__)
print(torch.autograd.gradcheck(P3, (x,)), torch.autograd.gradgradcheck(P3, (x,)))
t = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)
Clip.apply(t).sum().backward()
print(Clip.apply(t), t.grad)
