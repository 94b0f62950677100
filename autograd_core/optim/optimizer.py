"""``Optimizer``: what all optimisers share. A subclass says how one parameter moves.

The arithmetic is plain NumPy, in place: nothing is recorded, and no memory is taken that is not
kept from step to step. Where the rule needs room for intermediate values it has ``scratch``, an
array of the parameter's shape.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy

import numpy as np

from ..core import in_place
from ..core.node import RemovableHandle
from ..core.source import user_frame
from ..core.tensor import Tensor, result
from ..grad_mode import enable_grad

HOW = dict(foreach=None, differentiable=False, fused=None)
onlookers: list = []  # functions that are told of each ``"step"`` and ``"zero_grad"`` before it, and whose it is


class Optimizer:
    """Moves parameters, by a rule that a subclass gives, against their gradients.

    Parameters
    ----------
    params : iterable of tensors, of (name, tensor) pairs, or of groups
        A group is a dictionary with ``"params"`` and whatever options are its own.
    defaults : dict, the options of groups that do not give them; all of this package have
        ``lr``, the learning rate, ``weight_decay``, how strongly parameters are drawn to 0,
        and ``maximize``, whether to go uphill
    how : ``foreach``, ``fused`` ...: how PyTorch is to compute the same. Here they are options as well,
        and change nothing

    Attributes
    ----------
    param_groups : list of dicts; options may be changed while training
    state : for each parameter a dictionary of what the rule remembers
    """

    stepped = False  # whether there was a step; schedulers ask
    how: dict = {}  # options that say how PyTorch is to compute, as they are if nothing is said

    def __init__(self, params, defaults, **how):
        for name, value in how.items():
            if name not in self.how:
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument {name!r}"
                )
            if name == "differentiable" and value:
                raise RuntimeError(
                    "differentiable=True: steps are not recorded here. Write the step by hand."
                )
        defaults = {**defaults, **self.how, **how}
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {params.type()}. Put it in a list: [parameter]."
            )
        self.defaults, self.state, self.param_groups = defaults, defaultdict(dict), []
        self._scratch, self._pre_hooks, self._post_hooks = {}, {}, {}
        if not hasattr(params, "__iter__"):
            raise TypeError(
                f"'{type(params).__name__}' object is not iterable. An optimizer takes the "
                "parameters of a model: model.parameters()."
            )
        groups = list(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list. A generator such as model.parameters() "
                "gives its parameters once; layers in a plain list are not found, those in an "
                "nn.ModuleList are."
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Optimise further parameters, a dictionary with ``"params"`` and options, too."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        params = [pair[1] if isinstance(pair, tuple) else pair for pair in params]
        known = {id(p) for group in self.param_groups for p in group["params"]}
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    + type(p).__name__
                    + (". Its parameters are: .parameters()." if hasattr(p, "parameters") else "")
                )
            if p._grad_fn is not None and not p.retains_grad:
                raise ValueError(
                    "can't optimize a non-leaf Tensor. It was computed, and is computed anew from "
                    "what a step changes: give the leaves, or .detach().requires_grad_()."
                )
        if known & set(map(id, params)):
            raise ValueError("some parameters appear in more than one parameter group")
        if len(set(map(id, params))) < len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=4)
        group = {**self.defaults, **param_group, "params": params}
        self.check_options(group)
        self.param_groups.append(group)

    def check_options(self, group):
        """Raise ValueError for options that make no sense."""

    def update(self, weights, gradient, scratch, state, group):
        """Move one parameter, in place.

        Parameters
        ----------
        weights, gradient, scratch : arrays of one shape; only ``gradient`` must stay as it is
        state : dict, what this method remembered of the parameter; empty at first
        group : dict, the options
        """
        raise NotImplementedError

    def decay(self, weights, gradient, group):
        """Draw the weights to 0: here by what is added to the gradient, which is returned."""
        strength = group.get("weight_decay")
        return gradient + strength * weights if strength else gradient

    def step(self, closure=None):
        """Move all parameters once.

        ``closure``, a function that computes the loss anew with its gradients, is called before;
        its loss is returned.
        """
        for look in onlookers:
            look("step", self)
        called_with = (self,) if closure is None else (self, closure)
        for hook in list(self._pre_hooks.values()):
            hook(self, called_with, {})
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        frame = user_frame(sys._getframe(1))
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    self._move(p, group, frame)
        self.stepped = True
        for hook in list(self._post_hooks.values()):
            hook(self, called_with, {})
        return loss

    def register_step_pre_hook(self, hook):
        """Call ``hook(optimizer, args, kwargs)`` before each step; what it returns is ignored.

        ``args`` and ``kwargs`` are those of ``step``, the optimizer first. Returns a handle whose
        ``remove()`` takes the hook away.
        """
        return RemovableHandle(self._pre_hooks, hook)

    def register_step_post_hook(self, hook):
        """Call ``hook(optimizer, args, kwargs)`` after each step, see the method above."""
        return RemovableHandle(self._post_hooks, hook)

    def _move(self, p, group, frame):
        data = p._data
        weights = data if type(data) is np.ndarray else np.array(data)
        scratch = self._scratch.get(p)
        if scratch is None or scratch.shape != weights.shape or scratch.dtype != weights.dtype:
            scratch = self._scratch[p] = np.empty_like(weights)
        gradient = -p._grad._data if group["maximize"] else p._grad._data
        gradient = self.decay(weights, gradient, group)
        self.update(weights, gradient, scratch, self.state[p], group)
        if weights is not data:
            p._data = weights[()]
        storage = (p._memory or p._share()).storage
        storage.modified("step", frame, p._data)
        if storage.views:
            for view in storage.live_views():
                in_place.refresh(view, frame)

    def zero_grad(self, set_to_none=True):
        """Forget the gradients of all parameters (or fill them with zeros).

        ``backward()`` adds to what is there, so this belongs before each of them.
        """
        for look in onlookers:
            look("zero_grad", self)
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p._grad is not None:
                    p.grad = p._grad.detach().zero_()

    # ------------------------------------------------------------------ state

    def state_dict(self):
        """Options and state as plain containers, the parameters as numbers: to be saved."""
        numbers = {}
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(p, len(numbers))
        return {
            "state": {numbers[p]: dict(state) for p, state in self.state.items() if state},
            "param_groups": [{**group, "params": [numbers[p] for p in group["params"]]}
                             for group in self.param_groups],
        }  # fmt: skip

    def load_state_dict(self, state_dict):
        """Go on from a :meth:`state_dict`; the parameters must be given in the same order.

        Raises TypeError, KeyError or ValueError for anything else, and then changes nothing.
        """
        _check_state_dict(state_dict)
        groups, saved = self.param_groups, [dict(each) for each in deepcopy(state_dict["param_groups"])]
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, saved)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                "optimizer's group"
            )
        parameters, loaded = {}, defaultdict(dict)
        for group, other in zip(groups, saved):
            parameters.update(zip(other.pop("params"), group["params"]))
        for number, state in state_dict["state"].items():
            if number in parameters:
                p = parameters[number]
                loaded[p] = {name: _in_type_of(p, name, value) for name, value in state.items()}
        for group, other in zip(groups, saved):
            group.update(other)
        self.state = loaded

    def __repr__(self):
        lines = []
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]
        return f"{type(self).__name__} (\n" + "\n".join(lines) + "\n)"


def _check_state_dict(given):
    """Raise unless this is what `Optimizer.state_dict` returns, as far as one can see."""
    if not isinstance(given, Mapping):
        raise TypeError(f"load_state_dict takes what state_dict() returned, not {type(given).__name__}")
    for name, kind in (("param_groups", list | tuple), ("state", Mapping)):
        if name not in given:
            raise KeyError(name)
        if not isinstance(given[name], kind):
            raise TypeError(f"{name!r} of a state dict cannot be {type(given[name]).__name__}")
    for number, group in enumerate(given["param_groups"]):
        if not isinstance(group, Mapping) or "params" not in group:
            raise KeyError("params") if isinstance(group, Mapping) else TypeError(
                f"group {number} of a state dict cannot be {type(group).__name__}")  # fmt: skip
    for number, state in given["state"].items():
        if not isinstance(state, Mapping):
            raise TypeError(f"the state of parameter {number} cannot be {type(state).__name__}")


def _in_type_of(p, name, value):
    """A copy of a loaded value, in the parameter's type unless it counts steps."""
    if not isinstance(value, Tensor):
        return deepcopy(value)
    if value.shape not in ((), p.shape):
        raise ValueError(f"{name} of shape {tuple(value.shape)} was saved for another parameter than "
                         f"the one of shape {tuple(p.shape)} that stands in its place")  # fmt: skip
    value = result(np.array(value._data)[()], None)
    return value if name == "step" else value.to(p.dtype)


def kept(state, name, like, fill=0.0):
    """The array that the state keeps under ``name``; when first asked for, filled with ``fill``."""
    tensor = state.get(name)
    if tensor is None:
        tensor = state[name] = result(np.full_like(like, fill), None)
    return tensor.array()


def blend(mean, value, keep, scratch):
    """A running mean brought up to date, in place: ``keep * mean + (1 - keep) * value``."""
    mean *= keep
    mean += np.multiply(value, 1 - keep, out=scratch)


def count(state):
    """The number of this step, counted from 1; the state keeps it."""
    step = state.get("step")
    steps = 1 if step is None else int(step._data) + 1
    state["step"] = result(np.float32(steps), None)
    return steps


def check_not_negative(group, *names):
    """Raise ValueError unless these options are at least 0."""
    texts = {"lr": "learning rate:", "eps": "epsilon value:"}
    for name in names:
        if isinstance(group[name], str) or group[name] is None:
            raise TypeError(
                f"'<' not supported between instances of '{type(group[name]).__name__}' and "
                f"'float'. {name} is a number."
            )
        if not group[name] >= 0:
            raise ValueError(f"Invalid {texts.get(name, name + ' value:')} {group[name]}")
