"""RMSprop."""

import numpy as np

from .optimizer import Optimizer, blend, check_not_negative, count, kept


class RMSprop(Optimizer):
    """The gradient divided by the root of its running mean square.

    ::

        v = alpha * v + (1 - alpha) * gradient²
        p -= lr * gradient / (sqrt(v) + eps)

    Hinton, Neural networks for machine learning, lecture 6e; centred: Graves,
    https://arxiv.org/abs/1308.0850, equation 38.

    Parameters
    ----------
    params, lr, weight_decay, maximize : see :class:`Optimizer`
    alpha : float, how much of the running mean is kept at each step
    eps : float, keeps the quotient finite
    momentum : float, how much of its velocity a parameter keeps
    centered : bool, divide by the running deviation instead
    """

    how = dict(foreach=None, capturable=False, differentiable=False)

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0,
                 centered=False, *, maximize=False, **how):  # fmt: skip
        options = dict(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum,
                       centered=centered, maximize=maximize)  # fmt: skip
        super().__init__(params, options, **how)

    def check_options(self, group):
        check_not_negative(group, "lr", "eps", "momentum", "weight_decay", "alpha")

    def update(self, weights, gradient, scratch, state, group):
        count(state)
        square = kept(state, "square_avg", weights)
        blend(square, np.multiply(gradient, gradient, out=scratch), group["alpha"], scratch)
        if group["centered"]:
            mean = kept(state, "grad_avg", weights)
            blend(mean, gradient, group["alpha"], scratch)
            np.multiply(mean, mean, out=scratch)
            square = np.subtract(square, scratch, out=scratch)
        np.sqrt(square, out=scratch)
        scratch += group["eps"]
        np.divide(gradient, scratch, out=scratch)
        if group["momentum"]:
            velocity = kept(state, "momentum_buffer", weights)
            velocity *= group["momentum"]
            velocity += scratch
            np.multiply(velocity, group["lr"], out=scratch)
        else:
            scratch *= group["lr"]
        weights -= scratch
