"""Programs at random, on both engines: every value, every gradient, every graph, every hook.

`test_views_and_inplace.py` does this for views and in-place changes alone. Here they meet all
other operations, hooks, retained gradients, gradients of gradients and grad modes.
"""

import numpy as np
from hypothesis import strategies as st

import autograd_core
from tests.at_random import at_random
from tests.autograd_core.programs import described, namespace, weighted_sum
from tests.autograd_core.releases import older
from tests.autograd_core.test_views_and_inplace import Raised, attempt, undefined
from tests.oracle import torch as pytorch

BEYOND_PYTORCH = "more than one element of the written-to tensor"  # expanded, then filled
LEAVES = ("x", "w", "c")
LARGEST = 1e3  # tensors beyond it are left out of a program: rounding would take over

# Statements, separated by bars. {s} and {o} stand for tensors made earlier, {v} for a new one and
# {leaf} for a leaf: operations with jumps or kinks are tried where both engines see equal numbers.
ELEMENTWISE = """
{s} + {o} | {s} - {o} | {s} * {o} | {s} / ({o} * {o} + 1) | 2 - {s} | 3 / ({s} ** 2 + 1) | -{s}
{s} ** 2 | {s} ** 3 | ({s} ** 2 + 1) ** {o}.sigmoid() | 2 ** {s}.tanh() | {s}.sin() | {s}.cos()
{s}.tanh() | {s}.sigmoid() | ({s} * 0.1).exp() | ({s} ** 2 + 1).log() | ({s} ** 2 + 1).sqrt()
torch.addcmul({s}, {o}, {o}, value=0.5) | torch.lerp({s}, {o}, 0.3) | {s}.square() | {s} + {s}
{leaf}.abs() | {leaf}.relu() | {leaf}.clamp(-1, 1) | torch.maximum({leaf}, b) | {leaf}.sign()
torch.where(b > 0, {s}, {o}) | {s}.atan() | torch.logaddexp({s}, {o}) | {s}.masked_fill(b > 0, 0.5)
{s}.clone() | {s} * 1.5 | 1 + {s} | {s} * True | {s}.double() | {s}.detach() * {o}
"""
REDUCTIONS = """
{s}.sum() | {s}.sum(0) | {s}.sum(-1, keepdim=True) | {s}.mean() | {s}.mean(0) | {s}.var()
{s}.std(0) | {leaf}.amax(0) | {leaf}.max() | {leaf}.min(-1)[0] | ({s} * 0.5).prod(0) * 1
{s}.norm() | {s}.logsumexp(0) | {s}.softmax(-1) | {s}.log_softmax(0) | {s}.cumsum(0)
{s}.sum((0, 1)) | {s}.var(-1, unbiased=False)
"""
MATRICES = """
{s} @ {o} | {s} @ {o}.t() | {s}.t() @ {o} | {s}.mm({o}) | {leaf}.mv({o}) | {s}.dot({o}) | c @ {s}
torch.outer({s}, {o}) | torch.matmul({s}, {o}) | {s}.transpose(-1, -2) @ {o} | {s} @ {o}.mT
torch.addmm(b[:, :1], {s}, {o}) | torch.bmm(c, c.transpose(1, 2))
"""
SHAPES = """
{s}.view(-1) | {s}.reshape(3, -1) | {s}.t() | {s}.permute(1, 0) | {leaf}.transpose(0, -1) | {s}[0]
{s}.unsqueeze(1) | {s}.squeeze() | {s}.expand(2, *{s}.shape) | {s}.repeat(2, 1) | {s}.flatten()
torch.cat([{s}, {o}]) | torch.stack([{s}, {o}, {s}]) | {s}.split(1)[0] | {s}.unbind()[-1]
{s}.chunk(2, -1)[0] | {s}.flip(0) | {s}.roll(1, -1) | {s}.tril() | {s}.diagonal() | {s}[:, 1:]
{s}[..., -1] | {s}[None] | {s}[[0, 0, 1]] | {s}[{s} > 0] | {s}[[1, 0], [0, 0]] | {s}[:, [0, 0]]
{leaf}.gather(0, torch.zeros(1, 2, dtype=torch.int64)) | {leaf}.index_select(0, torch.tensor([1, 0, 1]))
{s}.select(0, 1) | {s}.narrow(-1, 0, 2) | {s}[1] * {s}[0] | {s}.broadcast_to(4, 2, 3)
"""
IN_PLACE = """
{s}.mul_(2) | {s}.add_({o}) | {s}.mul_({o}) | {s}.sin_() | {s}.sigmoid_() | {s}[0] = {o}
{s}[:, 1] = 0.5 | {s} += 1 | {s} *= {o} | {s} -= {s}.detach() * 0.5 | {s}[{s} > 0] = 0.25
{s}[[0, 0]] = {o} | {s}.copy_({o}) | {s}.zero_() | {s}[0] += {o} | {s}.tanh_() | {s}.div_(2)
{s}.masked_fill_(b > 0, 0.1) | {s}.addcmul_({o}, {o}) | {s}.clamp_(-1, 1) | {s}.detach_()
{s}.index_put_((torch.tensor([0, 0]),), {o}, accumulate=True) | {s}.pow_(2) | {s}.exp_()
"""
GRAPH = """
{s}.retain_grad() | {s}.register_hook(lambda g: g * 2) | {s}.register_hook(lambda g: None)
{s}.register_hook(lambda g: seen.append(("tensor", g.tolist())))
{s}.register_hook(lambda g: g + {o}.detach().sum())
{s}.grad_fn.register_hook(lambda i, o: seen.append(("node", o[0].tolist())))
{s}.grad_fn.register_prehook(lambda o: seen.append(("before", o[0].tolist())))
{leaf}.register_post_accumulate_grad_hook(lambda t: seen.append(("after", t.grad.tolist())))
{s}.register_hook(lambda g: g * 3).remove() | {leaf}.grad = None | {leaf}.grad.zero_()
{s}.sum().backward(retain_graph=True) | {s}.sum().backward() | {s}.backward(inputs=[{leaf}])
{s}.sum().backward(inputs=[{leaf}, {o}], retain_graph=True) | {s}.backward({o}.detach())
{s}.sum().backward(create_graph=True) | torch.autograd.backward([{s}.sum(), {o}.sum()])
"""
GRADIENTS = """
torch.autograd.grad({s}.sum(), {leaf}, create_graph=True)[0] * 1
torch.autograd.grad({s}.sum(), {o}, retain_graph=True)[0] * 1
torch.autograd.grad({s}.sum(), [{o}, {leaf}], create_graph=True, allow_unused=True)[1]
torch.autograd.grad([{s}, {o}], [x, w], [{s}.detach() * 1, {o}.detach() * 1])[0] * 1
torch.autograd.grad({s}.sum(), {leaf}, create_graph=True, materialize_grads=True)[0] * 1
{leaf}.grad * 1 | {leaf}.grad * {s} | {s}.detach() | {s}.data | {s}.detach().requires_grad_()
"""


def _each(text, new=False):
    parts = [part.strip() for line in text.strip().split("\n") for part in line.split(" | ")]
    parts = [part for part in parts if not ("clamp" in part and older("clamp"))]
    return ["{v} = " + part for part in parts] if new else parts


VALUES = _each(ELEMENTWISE + REDUCTIONS + MATRICES + SHAPES, new=True)
VIEWS = _each(SHAPES, new=True)  # under no_grad these are other programs' business
KINDS = [VALUES, VALUES, VALUES, _each(GRADIENTS, new=True), _each(IN_PLACE), _each(GRAPH)]


@st.composite
def statements(draw):
    """Each as (text, the names that {s}, {o}, {leaf} and {v} stand for)."""
    names, program = ["x", "a", "w", "c", "b"], []
    for _ in range(draw(st.integers(1, 12))):
        line = draw(st.sampled_from(draw(st.sampled_from(KINDS))))
        s, o = draw(st.sampled_from(names[-6:])), draw(st.sampled_from(names))
        slots = {"s": s, "o": o, "leaf": draw(st.sampled_from(LEAVES)), "v": f"v{len(names)}"}
        if line.startswith("{v}"):
            names.append(slots["v"])
        if line not in VIEWS and draw(st.integers(0, 9)) == 0:
            line = "with torch.no_grad():\n    " + line
        program.append((line, slots))
    return program


def tensors(names):
    return [n for n in names if n in ("x", "a", "w", "c", "b") or n.startswith("v")]


def forget_large_numbers(theirs, ours):
    """Leave out what rounding, or an overflow, would make differ."""
    for name in tensors(theirs):
        value = theirs[name]
        if isinstance(value, pytorch.Tensor) and value.numel():
            value = value.detach().double()
            if not value.isfinite().all() or value.abs().max() > LARGEST:
                del theirs[name]
                ours.pop(name, None)


def close(got, expected, told):
    """Assert equality; of numbers to rounding, seen from the largest one beside them."""
    if isinstance(expected, Raised):
        assert got == expected, (told, got, getattr(got, "message", ""), expected.message)
    elif isinstance(expected, dict):
        assert isinstance(got, dict), (told, got, getattr(got, "message", ""))
        for key in expected:
            close(got[key], expected[key], f"{told} [{key}]")
    elif isinstance(expected, list | tuple | float) and _numbers(expected) and _numbers(got):
        got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
        assert got.shape == expected.shape, (told, got.shape, expected.shape)
        scale = max(1.0, np.abs(expected[np.isfinite(expected)]).max(initial=0))
        equal = np.isclose(got, expected, rtol=1e-9, atol=1e-10 * scale, equal_nan=True)
        assert equal.all(), (told, got, expected)
    elif isinstance(expected, list | tuple):
        assert type(got) is type(expected) and len(got) == len(expected), (told, got, expected)
        for one, other in zip(got, expected, strict=True):
            close(one, other, told)
    else:
        assert got == expected, (told, got, getattr(got, "message", ""), expected)


def _numbers(value):
    row = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(number, float) for number in row)


def state(names, graphs):
    """All that can be seen of the tensors: values, graphs, gradients."""
    return {
        name: [attempt(lambda: look(names[name], graphs)) for look in (seen, gradient)]
        for name in tensors(names)
    }


def gradient(value, graphs=False):
    grad = getattr(value, "grad", None)
    return None if grad is None else seen(grad, graphs)


def seen(value, graphs):
    """What can be seen of a tensor, but for its version.

    PyTorch also counts changes within an operation: of a first gradient, of a ``v @ m``.
    Without ``graphs`` nodes are left out: those of a gradient's graph may be others.
    """
    told = described(value)
    if isinstance(told, dict):
        del told["version"]
        if not graphs:
            del told["graph"]
    return told


def same_calls(got, expected, told):
    """Hooks of leaves may run at another time; those of nodes, and all together, are the same."""
    for of in (["node", "before"], ["tensor"], ["after"]):
        close(*([call[1] for call in calls if call[0] in of] for calls in (got, expected)), told)


def pass_from(names, name, keep):
    """A backward pass from one tensor, and every gradient after it."""
    total = weighted_sum(names[name])
    if total is not None:
        total.backward(retain_graph=keep)
    return [gradient(names[n]) for n in tensors(names)]


@at_random(statements(), examples=100)
def test_programs_at_random_agree_with_pytorch(program):
    run(program)


def run(program):
    theirs, ours = namespace(pytorch), namespace(autograd_core)
    theirs["seen"], ours["seen"] = [], []
    done = ["(start)"]
    for line, slots in program:
        s, o = theirs.get(slots["s"]), theirs.get(slots["o"])
        if s is None or o is None or slots["leaf"] not in theirs:
            continue
        if undefined(s, o):
            slots = {**slots, "o": f"({slots['o']} * 1)"}
        line = line.format(**slots)
        done.append(line)
        told = "\n".join(done)
        expected, got = (attempt(lambda: exec(line, names)) for names in (theirs, ours))
        if any(BEYOND_PYTORCH in getattr(outcome, "message", "") for outcome in (expected, got)):
            return  # PyTorch cannot go back through an expanded tensor that was filled
        close(got, expected, told)
        if isinstance(expected, Raised) and "backward" in line:
            return  # how far each came before it raised is nobody's business
        forget_large_numbers(theirs, ours)
        graphs = "create_graph" not in told
        close(state(ours, graphs), state(theirs, graphs), told)
        same_calls(ours["seen"], theirs["seen"], f"{told}\nhooks")
    told = "\n".join(done)
    for keep in (True, False):
        for name in tensors(theirs):
            expected, got = (attempt(lambda: pass_from(n, name, keep)) for n in (theirs, ours))
            if BEYOND_PYTORCH in getattr(expected, "message", ""):
                return
            close(got, expected, f"{told}\nbackward of {name}, keep={keep}")
            if isinstance(expected, Raised):
                return  # how far each came before it raised is nobody's business
            same_calls(ours["seen"], theirs["seen"], f"{told}\nhooks in backward of {name}")
