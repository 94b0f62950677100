"""Learning rates that change while training. Call ``scheduler.step()`` after each epoch."""

import math
import warnings
from collections import Counter

from .. import absent as _absent
from .optimizer import Optimizer

TOO_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite "
    "order, or the first value of the learning rate schedule is never used."
)


class LRScheduler:
    """Sets the learning rates of an optimiser's groups, step by step.

    A subclass gives ``rate(group, number)``, the next learning rate of a group; most multiply
    the present one, so that several schedulers, and rates set by hand, work together.
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

    def rate(self, group, number):
        """The learning rate of this group, the one of this number, at ``self.last_epoch``."""
        raise NotImplementedError

    def step(self):
        """Go to the next epoch and set the learning rates."""
        if self.last_epoch == 0 and not self.optimizer.stepped:
            warnings.warn(TOO_EARLY, UserWarning, stacklevel=2)
        self.last_epoch += 1
        for number, group in enumerate(self.optimizer.param_groups):
            group["lr"] = self.rate(group, number)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self):
        """The learning rates that were set last, one for each group."""
        return self._last_lr

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

    def rate(self, group, number):
        due = self.last_epoch and self.last_epoch % self.step_size == 0
        return group["lr"] * self.gamma if due else group["lr"]


class MultiStepLR(LRScheduler):
    """The learning rate times ``gamma`` after each epoch in ``milestones``."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, group, number):
        return group["lr"] * self.gamma ** self.milestones[self.last_epoch]


class ExponentialLR(LRScheduler):
    """The learning rate times ``gamma`` after every epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, group, number):
        return group["lr"] * self.gamma if self.last_epoch else group["lr"]


class LambdaLR(LRScheduler):
    """The first learning rate times ``lr_lambda(epoch)``; a list has a function for each group."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        several = isinstance(lr_lambda, tuple | list)
        self.lr_lambdas = list(lr_lambda) if several else [lr_lambda] * len(optimizer.param_groups)
        if len(self.lr_lambdas) != len(optimizer.param_groups):
            raise ValueError(f"Expected {len(optimizer.param_groups)} lr_lambdas, but got {len(lr_lambda)}")
        super().__init__(optimizer, last_epoch)

    def rate(self, group, number):
        return self.base_lrs[number] * self.lr_lambdas[number](self.last_epoch)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the first learning rate down to ``eta_min`` at epoch ``T_max``.

    Loshchilov and Hutter, https://arxiv.org/abs/1608.03983, without restarts.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, group, number):
        if not self.last_epoch:
            return group["lr"]
        before, now = (
            1 + math.cos(math.pi * epoch / self.T_max) for epoch in (self.last_epoch - 1, self.last_epoch)
        )
        if (self.last_epoch - 1 - self.T_max) % (
            2 * self.T_max
        ) == 0:  # at the bottom there is nothing to multiply
            return group["lr"] + (self.base_lrs[number] - self.eta_min) * now / 2
        return now / before * (group["lr"] - self.eta_min) + self.eta_min


class OneCycleLR(LRScheduler):
    """Up to ``max_lr`` in the first part of all steps, then down to nearly nothing; momentum the other way.

    Smith and Topin, https://arxiv.org/abs/1708.07120. Call ``step()`` after each batch.

    Parameters
    ----------
    max_lr : float, or one for each group
    total_steps : int, or else ``epochs`` and ``steps_per_epoch``
    pct_start : float, which part of the steps goes up
    anneal_strategy : ``"cos"`` or ``"linear"``
    cycle_momentum, base_momentum, max_momentum : whether and between which bounds the momentum moves
    div_factor, final_div_factor : by how much less than the top it begins, and than the beginning it ends
    three_phase : bool, come down as one went up before going on to the end
    """

    def __init__(self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
                 anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95,
                 div_factor=25.0, final_div_factor=1e4, three_phase=False, last_epoch=-1):  # fmt: skip
        if total_steps is None and None in (epochs, steps_per_epoch):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self.total_steps = epochs * steps_per_epoch if total_steps is None else total_steps
        self.cosine, groups = anneal_strategy == "cos", optimizer.param_groups
        self.momentum = cycle_momentum and next((m for m in ("betas", "momentum") if m in groups[0]), None)
        if cycle_momentum and not self.momentum:
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        for group, top in zip(groups, max_lr if isinstance(max_lr, tuple | list) else [max_lr] * len(groups)):
            first = top / div_factor
            group.update(initial_lr=first, max_lr=top, min_lr=first / final_div_factor,
                         base_momentum=base_momentum, max_momentum=max_momentum)  # fmt: skip
        turn, last = pct_start * self.total_steps, self.total_steps - 1
        up, down, end = ("initial_lr", "max_lr"), ("max_lr", "initial_lr"), ("initial_lr", "min_lr")
        slow, fast = "max_momentum", "base_momentum"
        self.phases = [(turn - 1, up, (slow, fast)), (last, ("max_lr", "min_lr"), (fast, slow))]
        if three_phase:
            self.phases[1:] = [(2 * turn - 2, down, (fast, slow)), (last, end, (slow, slow))]
        super().__init__(optimizer, last_epoch)

    def rate(self, group, number):
        if self.last_epoch > self.total_steps:
            raise ValueError(f"Tried to step {self.last_epoch} times. The specified number of total steps "
                             f"is {self.total_steps}")  # fmt: skip
        passed = [end for end, *_ in self.phases[:-1] if end < self.last_epoch]
        start, (end, rates, momenta) = passed[-1] if passed else 0, self.phases[len(passed)]
        share = (self.last_epoch - start) / (end - start)
        if self.momentum:
            momentum = self.between(group, momenta, share)
            betas = self.momentum == "betas"
            group[self.momentum] = (momentum, *group["betas"][1:]) if betas else momentum
        return self.between(group, rates, share)

    def between(self, group, names, share):
        """What lies this share of the way from one option of the group to another."""
        low, high = (group[name] for name in names)
        if self.cosine:
            return high + (low - high) / 2 * (1 + math.cos(math.pi * share))
        return low + (high - low) * share


class ReduceLROnPlateau(LRScheduler):
    """The learning rate times ``factor`` when what ``step(metric)`` is told has got no better for long.

    Parameters
    ----------
    mode : ``"min"`` or ``"max"``, what better is
    patience : int, how many epochs without improvement are let pass
    threshold, threshold_mode : by how much it must be better, ``"rel"`` to the best or ``"abs"``
    cooldown : int, how many epochs after a reduction count for nothing
    min_lr, eps : the least learning rate, and the least reduction
    """

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel",
                 cooldown=0, min_lr=0, eps=1e-8):  # fmt: skip
        if factor >= 1:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.eps = (
            threshold,
            threshold_mode,
            cooldown,
            eps,
        )
        groups = optimizer.param_groups
        self.min_lrs = list(min_lr) if isinstance(min_lr, tuple | list) else [min_lr] * len(groups)
        self.best, self.last_epoch = math.inf if mode == "min" else -math.inf, 0
        self.num_bad_epochs = self.cooldown_counter = 0
        self._last_lr = [group["lr"] for group in groups]

    def step(self, metrics):
        """Tell what was reached in this epoch: a loss, an accuracy."""
        self.last_epoch, value = self.last_epoch + 1, float(metrics)
        if self.is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs):
                lower = max(group["lr"] * self.factor, least)
                group["lr"] = lower if group["lr"] - lower > self.eps else group["lr"]
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def is_better(self, value):
        """Whether a value is better than the best by more than the threshold."""
        up = 1 if self.mode == "max" else -1
        relative = self.threshold_mode == "rel"
        limit = self.best * (1 + up * self.threshold) if relative else self.best + up * self.threshold
        return up * value > up * limit


__all__ = ["CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "MultiStepLR", "OneCycleLR",
           "ReduceLROnPlateau", "StepLR"]  # fmt: skip

__getattr__ = _absent.refusal(__name__)
