"""What backward() does, in PyTorch's words: each behaviour on both engines, each error's words."""

import re
import warnings

import numpy as np
import pytest

import autograd_core
from tests.autograd_core.programs import agree
from tests.oracle import torch as pytorch

CUSTOM = """
seen = []
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        seen.append(str(g.dtype))
        return g.mul_(2) if not g.ndim else g * 2
"""
PROGRAMS = {
    "gradients accumulate": "(w * 2).sum().backward()\n(w * w).sum().backward()\nw.grad * 1",
    "in the very same tensor": (
        "w.sum().backward()\ng = w.grad\n(w * w).sum().backward()\n(g * 1, g is w.grad)"),
    "until zeroed": "w.sum().backward()\nw.grad.zero_()\nw.sum().backward()\nw.grad * 1",
    "or set to None": "w.sum().backward()\nw.grad = None\nw.sum().backward()\nw.grad * 1",
    "two leaves do not share one gradient": "(w + b[0].requires_grad_()).sum().backward()\n"
        "w.grad += 1\nw.grad * 1",
    "a gradient of one's own": "(w * w).backward(torch.tensor([1., 0., 2.], dtype=w.dtype))\nw.grad * 1",
    "is not taken over": "g = torch.ones_like(w)\nw.backward(g)\nw.grad.mul_(5)\ng",
    "a graph that is kept": "y = (w * w).sum()\ny.backward(retain_graph=True)\ny.backward()\nw.grad * 1",
    "a graph that was freed": "y = (w * w).sum()\ny.backward()\ny.backward()",
    "a graph with nothing to free": "y = (w + 1).sum()\ny.backward()\ny.backward()\nw.grad * 1",
    "a freed part of another graph": "s = w.exp()\n(s + 1).sum().backward()\n(s * 2).sum().backward()",
    "indices are freed too": "y = w[[0, 1]].sum()\ny.backward()\ny.backward()",
    "but no plain slices": "y = w[1:].sum()\ny.backward()\ny.backward()\nw.grad * 1",
    "some inputs only": "(w * x).sum().backward(inputs=[w])\n(w.grad, x.grad is None)",
    "one input": "(w * x).sum().backward(inputs=x)\n(x.grad, w.grad is None)",
    "a computed input retains its gradient": (
        "y = w * 2\n(y * y).sum().backward(inputs=[y])\n(y.grad, w.grad is None, y.retains_grad)"),
    "no inputs": "w.sum().backward(inputs=[])",
    "a leaf that is not among the inputs": "w.backward(torch.ones_like(w), inputs=[x])\n(w.grad, x.grad)",
    "what leads to no input keeps its graph": (
        "y = w.exp()\nz = x.exp()\ntorch.autograd.backward([y.sum(), z.sum()], inputs=[w])\n"
        "z.sum().backward()\n(w.grad, x.grad)"),
    "several roots": "torch.autograd.backward([w.sum(), (w * w).sum()])\nw.grad * 1",
    "a root twice": "y = (w * w).sum()\ntorch.autograd.backward([y, y])\nw.grad * 1",
    "gradients on request": "torch.autograd.grad((w * x).sum(), [w, x])",
    "leave .grad alone": "torch.autograd.grad((w * w).sum(), w)\nw.grad is None",
    "on request, of a computed tensor": "y = w * 2\ntorch.autograd.grad((y * y).sum(), y)[0] * 1",
    "of a tensor by itself": "y = w.sum()\ntorch.autograd.grad(y, y)",
    "unused": "torch.autograd.grad(w.sum(), [w, x])",
    "unused, allowed": "torch.autograd.grad(w.sum(), [w, x], allow_unused=True)[1] is None",
    "unused, as zeros": "torch.autograd.grad(w.sum(), [w, x], materialize_grads=True)[1]",
    "no inputs asked for": "torch.autograd.grad(w.sum(), [])",
    "of what needs no gradient": "torch.autograd.grad(w.sum(), b)",
    "incoming gradients of one's own": "torch.autograd.grad(w * w, w, torch.ones_like(w) * 3)[0] * 1",
    "of many numbers without one": "torch.autograd.grad(w * w, w)",
    "backward of many numbers without one": "(w * w).backward()",
    "an incoming gradient of another shape": "(w * w).backward(torch.ones(2, dtype=w.dtype))",
    "backward of plain numbers": "b.sum().backward()",
    "and within no_grad": "with torch.no_grad():\n    y = w.sum()\ny.backward()",
    "second derivatives": (
        "g, = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)\ng.sum().backward()\nw.grad * 1"),
    "a gradient with a history": "(w ** 3).sum().backward(create_graph=True)\nw.grad * 1",
    "retain_grad": "y = w * 2\ny.retain_grad()\n(y * y).sum().backward()\ny.grad * 1",
    "accumulates as well": (
        "y = w * 2\ny.retain_grad()\n(y * y).sum().backward(retain_graph=True)\n"
        "(y * 3).sum().backward()\ny.grad * 1"),
    "of plain numbers": "b.retain_grad()",
    "of a leaf": "w.retain_grad()\nw.retains_grad",
    "a hook sees the whole gradient": (
        "seen = []\ny = w * 2\ny.register_hook(lambda g: seen.append(g.tolist()))\n"
        "(y * y + y).sum().backward()\nw.grad * seen[0][0]"),
    "and may replace it": "w.register_hook(lambda g: g * 10)\n(w * w).sum().backward()\nw.grad * 1",
    "a tensor's hooks come before its node's, whatever was set first": (
        "y = w * 1\nseen = []\ny.grad_fn.register_prehook(lambda g: seen.append(g[0].tolist()))\n"
        "y.register_hook(lambda g: g * 7)\ny.sum().backward()\n(seen, w.grad)"),
    "each kind in the order in which they were set": (
        "y = w * 1\nseen = []\nfor i in range(4):\n"
        "    (y.register_hook, y.grad_fn.register_prehook)[i % 2](lambda g, i=i: seen.append(i))\n"
        "y.sum().backward()\nseen"),
    "a tensor retains what its own hooks made, not its node's": (
        "y = w * 1\ny.retain_grad()\ny.grad_fn.register_prehook(lambda g: (g[0] * 2,))\n"
        "y.register_hook(lambda g: g * 7)\ny.sum().backward()\n(y.grad, w.grad)"),
    "one of several outputs has hooks before the node of all": (
        "u, v = w[:2].unbind()\nseen = []\n"
        "u.grad_fn.register_prehook(lambda g: seen.append([each.tolist() for each in g]))\n"
        "u.register_hook(lambda g: g * 7)\n(u + v).backward()\nseen"),
    "a gradient is handed out after the tensor's hooks and before its node's": (
        "y = w * 1\ny.grad_fn.register_prehook(lambda g: (g[0] * 10,))\ny.register_hook(lambda g: g * 7)\n"
        "torch.autograd.grad((y * 3).sum(), y)"),
    "before all hooks where the pass goes on": (
        "y = w * 1\ny.register_hook(lambda g: g * 7)\ntorch.autograd.grad((y * 3).sum(), [y, w])"),
    "a hook may not change the type": "w.register_hook(lambda g: g.float())\nw.sum().backward()",
    "nor may a computed tensor's": (
        "y = w * 1\ny.register_hook(lambda g: g.long())\ny.sum().backward()"),
    "nor a node's": (
        "y = w.view(3, 1)\ny.grad_fn.register_prehook(lambda g: (g[0].float(),))\ny.sum().backward()"),
    "nor may a node's change the shape": (
        "y = w * 1\ny.grad_fn.register_prehook(lambda g: (g[0][:1],))\ny.sum().backward()"),
    "an incoming gradient takes the type of the leaf": "w.backward(torch.ones(3, dtype=torch.float32))\nw.grad * 1",
    "of a computed tensor": (
        "y = w * 2\ny.retain_grad()\ny.backward(torch.ones(3, dtype=torch.float32))\n(y.grad, w.grad)"),
    "also from whole numbers": "w.view(3, 1).backward(torch.tensor([[1], [2], [3]]))\nw.grad",
    "also into a narrower one": "w.float().backward(torch.ones(3, dtype=torch.float64))\nw.grad",
    "also on request": "torch.autograd.grad(w, w, torch.ones(3, dtype=torch.float32))",
    "also in a custom Function": CUSTOM + (
        "Twice.apply(w).backward(torch.ones(3, dtype=torch.float32))\n(seen, w.grad)"),
    "and the change of type is recorded": (
        "f = torch.ones(3, dtype=torch.float32, requires_grad=True)\n"
        "torch.autograd.grad(w, w, f, create_graph=True)[0]"),
    "a gradient on request can be written to": "g, = torch.autograd.grad(w.sum(), w)\ng[0] = 5.0\ng",
    "also one that is repeated": (
        "g, = torch.autograd.grad(w.expand(2, 3).sum(0).sum(), w)\ng[0] = 5.0\ng"),
    "one that a Function is given": CUSTOM + (
        "s = w[0] * 1\nTwice.apply(s).expand(3).sum().backward()\n(seen, w.grad)"),
    **{f"a second pass into a number, after {change}": (
        f"p = torch.tensor(3.0, dtype=w.dtype, requires_grad=True)\nfor _ in range(2):\n    {change}.sum().backward()\n"
        "p.grad.mul_(2)\np.grad.zero_()\ntorch.nn.utils.clip_grad_norm_([p], 1.0)\n"
        "(p - 1).sum().backward()\ntorch.optim.SGD([p], lr=0.1).step()\n(p.grad * 1, p * 1)")
       for change in ("(p - 1)", "p.reshape(1)", "p.flatten()", "torch.stack([p, p])", "p.expand(4)",
                      "p.view(())", "(p * w)", "p.unsqueeze(0).repeat(3)", "torch.cat([p.view(1), w])")},
    "two gradients are not one memory": (
        "y = w * 1\ny.retain_grad()\ny.sum().backward(create_graph=True)\n"
        "y.grad.detach()[0] = 5.0\n(y.grad, w.grad)"),
    "in the order in which hooks were set": (
        "w.register_hook(lambda g: g + 1)\nw.register_hook(lambda g: g * 10)\n"
        "w.sum().backward()\nw.grad * 1"),
    "a hook that is removed": (
        "h = w.register_hook(lambda g: g * 10)\nh.remove()\nw.sum().backward()\nw.grad * 1"),
    "a hook before retain_grad": (
        "y = w * 2\ny.register_hook(lambda g: g * 10)\ny.retain_grad()\ny.sum().backward()\ny.grad * 1"),
    "a hook after retain_grad": (
        "y = w * 2\ny.retain_grad()\ny.register_hook(lambda g: g * 10)\ny.sum().backward()\ny.grad * 1"),
    "a hook of another shape": "w.register_hook(lambda g: g[:2])\nw.sum().backward()",
    "a hook that returns a number": "w.register_hook(lambda g: 5.0)\nw.sum().backward()",
    "a hook of plain numbers": "b.register_hook(print)",
    "a hook that raises": "w.register_hook(lambda g: 1 / 0)\nw.sum().backward()",
    "hooks of a node with several outputs": (
        "seen = []\nparts = w.split(1)\nparts[0].grad_fn.register_hook(\n"
        "    lambda sent, got: seen.extend([sent[0], *got]))\n"
        "(parts[1] * 3).sum().backward()\n(len(seen), seen[0], seen[1] is None, seen[2])"),
    "see a gradient for each of them beforehand": (
        "seen = []\nparts = w.split(1)\nparts[0].grad_fn.register_prehook(seen.append)\n"
        "(parts[1] * 3).sum().backward()\n(len(seen[0]), seen[0][0] is None, seen[0][1])"),
    "and may replace those": (
        "parts = w.split(1)\n"
        "parts[0].grad_fn.register_prehook(lambda got: (got[0], got[1] * 10, got[2]))\n"
        "(parts[1] * 3).sum().backward()\nw.grad * 1"),
    "but none that did not come": (
        "parts = w.split(1)\nparts[0].grad_fn.register_prehook(lambda got: got[1:] + got[:1])\n"
        "(parts[1] * 3).sum().backward()"),
    "and must return as many": (
        "y = w.exp()\n"
        "y.grad_fn.register_prehook(lambda got: (got[0], got[0]))\ny.sum().backward()"),
    "two operands of one tensor after a chain": (
        "y = w.exp() * 2\nz = (y + 1) * y\n(z * 3).sum().backward()\nw.grad * 1"),
    "after accumulation, without recording": (
        "def step(p):\n    p -= 0.1 * p.grad\n    p.grad = None\n"
        "w.register_post_accumulate_grad_hook(step)\n(w * w).sum().backward()\n(w * 1, w.grad is None)"),
    "not when gradients are only asked for": (
        "seen = []\nw.register_post_accumulate_grad_hook(seen.append)\n"
        "torch.autograd.grad(w.sum(), w)\nlen(seen)"),
    "of a computed tensor it is an error": "a.register_post_accumulate_grad_hook(print)",
    "no_grad": "with torch.no_grad():\n    y = w * 2\ny",
    "as a decorator": "@torch.no_grad()\ndef f(t):\n    return t * 2\nf(w)",
    "without brackets": "@torch.no_grad\ndef f(t):\n    return t * 2\nf(w)",
    "enable_grad within": (
        "with torch.no_grad():\n    with torch.enable_grad():\n        y = w * 2\n    z = w * 2\n(y, z)"),
    "set_grad_enabled": "torch.set_grad_enabled(False)\ny = w * 2\ntorch.set_grad_enabled(True)\ny",
    "set_grad_enabled for a block": "with torch.set_grad_enabled(False):\n    y = w * 2\n(y, w * 2)",
    "set_grad_enabled as a decorator": (
        "@torch.set_grad_enabled(False)\ndef f(t):\n    return t * 2\n(f(w), w * 2)"),
    "the mode returns after an error": (
        "try:\n    with torch.no_grad():\n        1 / 0\nexcept ZeroDivisionError:\n    pass\nw * 2"),
    "a decorated generator": (
        "@torch.no_grad()\ndef f():\n    yield w * 2\n    yield w * 3\n"
        "g = f()\ny = next(g)\nz = w * 4\n(y, z, next(g))"),
    "detach": "y = (w * 2).detach()\ny * w",
    "requires_grad asked of a computed tensor": "a.requires_grad_(False)",
    "requires_grad is taken away": "w.requires_grad_(False)\nw * 2",
    "taken away after use": "y = (w * x).sum()\nw.requires_grad = False\ny.backward()\n(w.grad is None, x.grad)",
    "whole numbers": "torch.tensor([1, 2], requires_grad=True)",
    "a gradient used, then added to": (
        "w.sum().backward()\ny = (w.grad * w.grad * w).sum()\nw.sum().backward()\ny.backward()"),
    "a float as .grad": "w.grad = 1.0",
    "a .grad of another shape": "w.grad = torch.ones(2, dtype=w.dtype)",
    "a .grad of another type": "w.grad = torch.ones(3, dtype=torch.float32)",
}  # fmt: skip


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_agrees_with_pytorch(text):
    try:
        agree(text)
    finally:
        pytorch.set_grad_enabled(True)
        autograd_core.set_grad_enabled(True)


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["ours", "PyTorch"])
def test_the_gradient_of_a_computed_tensor_warns(torch):
    y = torch.tensor(1.0, requires_grad=True) * 2
    with pytest.warns(UserWarning, match=r"The \.grad attribute of a Tensor that is not a leaf"):
        assert y.grad is None
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y.grad is None


# For each mistake: the program, and what is said beyond PyTorch's own words.
HELP = {
    "non-scalar": ("out = x * 2\nout.backward()", ["`out`", "[2]", ".sum()", "gradient="]),
    "no grad": ("out = c * 2\nout.sum().backward()", ["requires_grad=True", "no_grad"]),
    "freed": ("out = (x * x).sum()\nout.backward()\nout.backward()", ["retain_graph=True", "`x * x`"]),
    "changed": ("s = x * 2\nt = (s * s).sum()\ns += 1\nt.backward()", ["saved `s`", "`s * s`", "`s += 1`"]),
    "leaf": ("x += 1", ["`x`", "no_grad"]),
    "integers": ("torch.tensor([1], requires_grad=True)", ["1.0 instead of 1", ".float()"]),
    "numpy": ("x.numpy()", ["detach().numpy()"]),
    "shapes": ("x * torch.ones(3)", ["[2]", "[3]", "`mul`"]),
    "gradient=": ("(x * 2).backward(torch.ones(3))", ["torch.Size([3])", "one number for each"]),
    "grad": ("x.grad = 2.0", ["assign None", "torch.full_like(x, 2.0)"]),
    "item": ("x.item()", ["2 elements"]),
    "index": ("x[5]", ["size 2"]),
    "dtype": ("torch.ones(2, dtype='float')", ["dtype"]),
    "device": ("torch.ones(2, device='cuda')", ["cpu"]),
    "unused": ("torch.autograd.grad(x.sum(), [x, z])", ["`z`"]),
}


@pytest.mark.parametrize(("text", "help_"), HELP.values(), ids=HELP)
def test_an_error_begins_as_pytorchs_and_helps(text, help_):
    said = {}
    for torch in (pytorch, autograd_core):
        names = {"torch": torch, "x": torch.tensor([1.0, 2.0], requires_grad=True),
                 "z": torch.tensor([1.0], requires_grad=True), "c": torch.ones(2)}  # fmt: skip
        program = compile(text, "<program>", "exec")
        import linecache

        linecache.cache["<program>"] = (len(text), None, text.splitlines(True), "<program>")
        with pytest.raises(Exception) as error:
            exec(program, names)
        said[torch] = error.value
    ours, theirs = said[autograd_core], said[pytorch]
    if "cuda" not in text:  # what PyTorch says of it depends on how it was built
        assert isinstance(ours, type(theirs)) or type(ours).__name__ == type(theirs).__name__
        opening = re.split(r"[.:,(]", str(theirs))[0].strip()
        assert str(ours).startswith(opening), (str(ours), str(theirs))
    for part in help_:
        assert part in str(ours), (part, str(ours))


def test_the_warning_names_the_users_line():
    y = autograd_core.tensor(1.0, requires_grad=True) * 2
    with pytest.warns(UserWarning) as caught:
        y.grad
    assert caught[0].filename == __file__


def test_reading_a_gradient_gives_numbers_not_views_of_each_other():
    torch = autograd_core
    a, b = (torch.zeros(3, requires_grad=True) for _ in range(2))
    (a + b).sum().backward()
    a.grad += 1
    assert b.grad.tolist() == [1, 1, 1] and np.all(a.grad.numpy() == 2)
