"""Adagrad."""

import numpy as np

from .optimizer import HOW, Optimizer, check_not_negative, count, kept


class Adagrad(Optimizer):
    """The gradient divided by the root of the sum of all its squares so far.

    ::

        v += gradient²
        p -= lr / (1 + (step - 1) * lr_decay) * gradient / (sqrt(v) + eps)

    Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic
    optimization, JMLR 12, 2011.

    Parameters
    ----------
    params, lr, weight_decay, maximize : see :class:`Optimizer`
    lr_decay : float, how quickly the learning rate falls
    initial_accumulator_value : float, what the sum starts with
    eps : float, keeps the quotient finite
    """

    how = HOW

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0,
                 eps=1e-10, *, maximize=False, **how):  # fmt: skip
        options = dict(lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
                       initial_accumulator_value=initial_accumulator_value, maximize=maximize)  # fmt: skip
        super().__init__(params, options, **how)

    def check_options(self, group):
        check_not_negative(group, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def update(self, weights, gradient, scratch, state, group):
        step = count(state)
        total = kept(state, "sum", weights, group["initial_accumulator_value"])
        total += np.multiply(gradient, gradient, out=scratch)
        np.sqrt(total, out=scratch)
        scratch += group["eps"]
        np.divide(gradient, scratch, out=scratch)
        scratch *= group["lr"] / (1 + (step - 1) * group["lr_decay"])
        weights -= scratch
