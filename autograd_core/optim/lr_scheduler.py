"""Learning rates that change while training. Call ``scheduler.step()`` after each epoch."""

import math
import warnings

from .optimizer import Optimizer

TOO_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite "
    "order, or the first value of the learning rate schedule is never used."
)


class LRScheduler:
    """Sets the learning rates of an optimiser's groups from their first ones and the epoch.

    A subclass gives ``factor(epoch)``, by which the first learning rate is multiplied, or
    ``rate(first, epoch)``.
    """

    def __init__(self, optimizer, last_epoch=-1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(optimizer).__name__} is not an Optimizer. A scheduler takes the optimizer "
                "whose learning rates it sets, then its own options."
            )
        self.optimizer, self.last_epoch = optimizer, last_epoch
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def factor(self, epoch):
        """What the first learning rate is multiplied by at this epoch."""
        raise NotImplementedError

    def rate(self, first, epoch):
        """The learning rate at this epoch, counted from 0, where ``first`` is the first one."""
        return first * self.factor(epoch)

    def step(self):
        """Go to the next epoch and set the learning rates."""
        if self.last_epoch == 0 and not self.optimizer.stepped:
            warnings.warn(TOO_EARLY, UserWarning, stacklevel=2)
        self.last_epoch += 1
        for group, first in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = self.rate(first, self.last_epoch)

    def get_last_lr(self):
        """The learning rates as they are set now, one for each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Everything but the optimiser, to be saved."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Go on from a :meth:`state_dict`."""
        vars(self).update(state_dict)


class StepLR(LRScheduler):
    """The learning rate times ``gamma`` after every ``step_size`` epochs."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch):
        return self.gamma ** (epoch // self.step_size)


class ExponentialLR(LRScheduler):
    """The learning rate times ``gamma`` after every epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch):
        return self.gamma**epoch


class LambdaLR(LRScheduler):
    """The first learning rate times ``lr_lambda(epoch)``."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.factor = lr_lambda
        super().__init__(optimizer, last_epoch)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the first learning rate down to ``eta_min`` at epoch ``T_max``.

    Loshchilov and Hutter, https://arxiv.org/abs/1608.03983, without restarts.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, first, epoch):
        share = (1 + math.cos(math.pi * epoch / self.T_max)) / 2
        return self.eta_min + (first - self.eta_min) * share
