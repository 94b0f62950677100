"""The parameters that a report is about: what they are called, who moves them, whether they are meant to learn."""

import gc
from collections import Counter
from functools import cached_property
from typing import Any, NamedTuple

from autograd_core.core.source import name_of

from ..libraries import library_of, moved_by
from ..reasons.cuts import ON_PURPOSE
from ..words.names import called, named_parameters


class Parameter(NamedTuple):
    """What is known of a parameter: numbers and words, no tensor.

    Attributes
    ----------
    name : str
    trains : bool, whether it requires a gradient
    node : str, id of its node in the trace; ``""`` where the loss does not depend on it
    had : bool, whether it got a gradient otherwise: it has one, or had one at a step
    used : bool or None, whether its module was at work; None where that is not known
    cuts : tuple of Cut, those that cut it off
    held : int, how often the optimizers hold it; -1 where none is known, or where only others hold it
    wanted : bool, whether it is meant to learn: an optimizer or a model that was named has it, or what was made
        of it went on and was cut off there; a target network under ``no_grad`` is not
    of_model : bool, whether it is a parameter of a model, and not a tensor that was found otherwise
    meant : bool, whether the optimizers are meant to move it: they hold another of its model, or both were given
    """

    name: str
    trains: bool
    node: str
    had: bool
    used: bool | None
    cuts: tuple
    held: int
    wanted: bool = True
    of_model: bool = True
    meant: bool = True


class Found(NamedTuple):
    """A tensor that may be meant to learn: with its module and the whole model, None if it is of none."""

    name: str
    tensor: Any
    module: Any = None
    model: Any = None


class Parameters:
    """Those of the models, of the optimizers, and leaves that were cut off; ``models`` may be none: those at work."""

    def __init__(self, models, optimizers, observed, leaves, frame):
        self.models, self.both = models, bool(models and optimizers)
        roots = models or [root for each in observed for root in alive(each.roots)]
        self.roots = [
            root for root in roots if not type(root).__module__.startswith("torch.jit")
        ]  # other tensors
        seen = [one for each in observed for one in alive(each.optimizers)]
        self.optimizers = list({id(one): one for one in (*optimizers, *seen)}.values())
        self.at_work = {id(module) for each in observed for module in alive(each.at_work)}
        self.moved = {id(tensor) for each in observed for tensor in alive(each.moved)}
        self.nodes = {id(leaf): node for node, ref in leaves.items() if ref and (leaf := ref()) is not None}
        self.cuts = [(cut, {id(ref()) for ref in cut.leaves}) for each in observed for cut in each.cuts]
        self.stepped = [p for one in self.optimizers for p in moved_by(one)]
        self.held = Counter(map(id, self.stepped))
        self.before = [(root, each.parameters[id(root)]) for each in observed for root in alive(each.roots)
                       if id(root) in each.parameters]  # fmt: skip
        self.found = self._of_models(frame)
        self.of_models = set(self.found)
        self._add_those_of_optimizers(frame)
        self._add_those_cut_off()

    def _of_models(self, frame) -> dict:
        found: dict = {}
        for root in self.roots:
            modules = dict(root.named_modules())
            paths = {id(p): path for path, p in root.named_parameters()}
            for name, p in named_parameters(root, frame).items():
                name = (
                    name if "." in name else f"{type(root).__name__}.{name}"
                )  # no variable holds the module
                found.setdefault(id(p), Found(name, p, modules.get(paths[id(p)].rpartition(".")[0]), root))
        return found

    def _add_those_of_optimizers(self, frame):
        if all(id(p) in self.found for p in self.stepped):
            return
        names = called(self.stepped, frame, library_of(self.stepped[0]).is_tensor)
        for name, p in zip(names, self.stepped, strict=True):
            self.found.setdefault(id(p), Found(name, p))

    def _add_those_cut_off(self):
        for leaf in (leaf for cut, _ in self.cuts for ref in cut.leaves if (leaf := ref()) is not None):
            if leaf.requires_grad:
                self.found.setdefault(id(leaf), Found(name_of(leaf) or "", leaf))

    # ------------------------------------------------------------------ what is known of each

    def known(self) -> list[Parameter]:
        """What is known of each."""
        found = []
        for key, (name, p, module, model) in self.found.items():
            cuts = tuple(cut for cut, leaves in self.cuts if key in leaves)
            nobody = 0 if self.optimizers and key not in self.others else -1
            found.append(Parameter(
                name, p.requires_grad, self.nodes.get(key, ""), key in self.moved or p.grad is not None,
                id(module) in self.at_work if module is not None and self.at_work else None, cuts,
                self.held.get(key, nobody), bool(name) and self._is_wanted(key, cuts), key in self.of_models,
                self.both or (model is not None and id(model) in self.partly_held),
            ))  # fmt: skip
        return found

    def strays(self) -> list[tuple[str, bool]]:
        """What the optimizers hold and no model has: its name, and whether one of the same shape is held by none."""
        free = [tuple(self.found[key].tensor.shape) for key in self.of_models if key not in self.held]
        return [(self.found[id(p)].name, tuple(p.shape) in free) for p in self.stepped
                if self.of_models and id(p) not in self.of_models]  # fmt: skip

    def replaced(self) -> list[str]:
        """The names of parameters that an optimizer holds as they were when the block began, and no more as they are."""
        found = []
        for root, before in self.before:
            now = dict(root.named_parameters())
            for name, ref in before.items():
                p = now.get(name)
                if p is not None and ref() is not p and id(ref()) in self.held and id(p) not in self.held:
                    found.append(self.found[id(p)].name if id(p) in self.found else name)
        return found

    def hidden(self) -> list[tuple[str, str, int]]:
        """Plain containers of modules that are at work, and that parameters() does not reach: where, what, how many."""
        found = []
        for module in (each for root in self.roots for each in root.modules()):
            for name, held in vars(module).items():
                parts = (
                    held.values()
                    if isinstance(held, dict)
                    else held
                    if isinstance(held, list | tuple)
                    else ()
                )
                left = [part for part in parts if id(part) in self.at_work - self.own and any(
                    id(p) in self.nodes and id(p) not in self.held for p in part.parameters())]  # fmt: skip
                if left and (self.optimizers or self.models):
                    found.append((f"{type(module).__name__}.{name}", type(held).__name__, len(left)))
        return found

    @cached_property
    def own(self) -> set:
        """The modules that are parts of the models."""
        return {id(each) for root in self.roots for each in root.modules()}

    def _is_wanted(self, key, cuts) -> bool:
        """Whether the loss should reach it: else its model takes no part in this loss."""
        given, model = bool(self.models) and key in self.of_models, self.found[key].model
        if key in self.not_chosen or (self.optimizers and not given and key not in self.held):
            return False
        if (given and len(self.models) == 1) or key in self.moved_together or id(model) in self.reached:
            return True
        blamed = (cut for cut in cuts if not cut.quiet and cut.goes_on
                  and (model is None or cut.function not in ON_PURPOSE))  # fmt: skip
        return any(blamed) or (model is None and not cuts)

    @cached_property
    def reached(self) -> set:
        """The models of which the loss reaches something."""
        return {id(root) for root in self.roots if any(id(p) in self.nodes for p in root.parameters())}

    @cached_property
    def moved_together(self) -> set:
        """The parameters of optimizers of which the loss reaches something."""
        groups = map(moved_by, self.optimizers)
        return {id(p) for group in groups if any(id(p) in self.nodes for p in group) for p in group}

    @cached_property
    def partly_held(self) -> set:
        """The models of which an optimizer holds something."""
        return {id(self.found[key].model) for key in self.held if self.found[key].model is not None}

    @cached_property
    def others(self) -> set:
        """Where the optimizers do not hold all: the parameters of all optimizers that there are."""
        if not self.optimizers or self.of_models <= self.held.keys():
            return set()
        kinds = tuple(
            {kind for one in self.optimizers for kind in type(one).__mro__ if kind.__name__ == "Optimizer"}
        )
        return {id(p) for one in gc.get_objects() if issubclass(type(one), kinds) for p in moved_by(one)}

    @cached_property
    def not_chosen(self) -> set:
        """The parameters of those in a list of modules that were not at work, where others were: a mixture of experts."""
        found = set()
        for container in (each for root in self.roots for each in root.modules()):
            if type(container).__name__ in ("ModuleList", "ModuleDict"):
                parts = list(container.children())
                idle = [
                    each for each in parts if not any(id(part) in self.at_work for part in each.modules())
                ]
                if len(idle) < len(parts):
                    found |= {id(p) for each in idle for p in each.parameters()}
        return found


def alive(references) -> list:
    """The things that weak references, the values of a dictionary, are to, as far as they are there."""
    return [thing for ref in references.values() if (thing := ref()) is not None]
