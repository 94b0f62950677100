"""Adam and AdamW."""

import math

import numpy as np

from .optimizer import HOW, Optimizer, blend, check_not_negative, count, kept


class Adam(Optimizer):
    """Running means of the gradient and of its square; steps of about ``lr`` in each direction.

    ::

        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient²
        p -= lr * m / (1 - beta1**step) / (sqrt(v / (1 - beta2**step)) + eps)

    Kingma and Ba, https://arxiv.org/abs/1412.6980, algorithm 1.

    Parameters
    ----------
    params, lr, weight_decay, maximize : see :class:`Optimizer`
    betas : pair of floats, how much of the running means is kept at each step
    eps : float, keeps the quotient finite
    amsgrad : bool, divide by the largest ``v`` so far (https://arxiv.org/abs/1904.09237)
    """

    how = dict(HOW, capturable=False, decoupled_weight_decay=False)

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False,
                 *, maximize=False, **how):  # fmt: skip
        options = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                       maximize=maximize)  # fmt: skip
        super().__init__(params, options, **how)

    def check_options(self, group):
        check_not_negative(group, "lr", "eps", "weight_decay")
        for i, beta in enumerate(group["betas"]):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")

    def decay(self, weights, gradient, group):
        if not group["decoupled_weight_decay"]:
            return super().decay(weights, gradient, group)
        weights *= 1 - group["lr"] * group["weight_decay"]
        return gradient

    def update(self, weights, gradient, scratch, state, group):
        beta1, beta2 = group["betas"]
        step = count(state)
        m, v = kept(state, "exp_avg", weights), kept(state, "exp_avg_sq", weights)
        blend(m, gradient, beta1, scratch)
        blend(v, np.multiply(gradient, gradient, out=scratch), beta2, scratch)
        if group["amsgrad"]:
            largest = kept(state, "max_exp_avg_sq", weights)
            v = np.maximum(largest, v, out=largest)
        np.sqrt(v, out=scratch)
        scratch /= math.sqrt(1 - beta2**step)
        scratch += group["eps"]
        np.divide(m, scratch, out=scratch)
        scratch *= group["lr"] / (1 - beta1**step)
        weights -= scratch


class AdamW(Adam):
    """Adam with a weight decay that is not divided by anything: ``p -= lr * weight_decay * p``.

    Loshchilov and Hutter, https://arxiv.org/abs/1711.05101. See :class:`Adam` for the parameters.
    """

    how = dict(Adam.how, decoupled_weight_decay=True)

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2,
                 amsgrad=False, *, maximize=False, **how):  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, **how)
