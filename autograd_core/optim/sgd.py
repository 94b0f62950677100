"""Stochastic gradient descent."""

import numpy as np

from .optimizer import HOW, Optimizer, check_not_negative, kept


class SGD(Optimizer):
    """``p -= lr * gradient``, or with momentum ``v = momentum * v + gradient; p -= lr * v``.

    Parameters
    ----------
    params, lr, weight_decay, maximize : see :class:`Optimizer`
    momentum : float, how much of its velocity ``v`` a parameter keeps
    dampening : float, how much of the gradient is kept out of the velocity
    nesterov : bool, look ahead by the velocity
        (Sutskever et al., On the importance of initialization and momentum, ICML 2013)
    """

    how = HOW

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *,
                 maximize=False, **how):  # fmt: skip
        options = dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                       nesterov=nesterov, maximize=maximize)  # fmt: skip
        super().__init__(params, options, **how)

    def check_options(self, group):
        check_not_negative(group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")

    def update(self, weights, gradient, scratch, state, group):
        if group["momentum"]:
            gradient = self.velocity(gradient, scratch, state, group)
        np.multiply(gradient, group["lr"], scratch)
        np.subtract(weights, scratch, weights)

    def velocity(self, gradient, scratch, state, group):
        """Bring the velocity up to date; returns what takes the gradient's place."""
        momentum, dampening = group["momentum"], group["dampening"]
        first = state.get("momentum_buffer") is None
        velocity = kept(state, "momentum_buffer", gradient)
        velocity *= momentum
        velocity += gradient if first else np.multiply(gradient, 1 - dampening, out=scratch)
        if not group["nesterov"]:
            return velocity
        np.multiply(velocity, momentum, out=scratch)
        return np.add(gradient, scratch, out=scratch)
