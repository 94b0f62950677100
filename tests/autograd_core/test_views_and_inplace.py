"""Views share memory and history; in-place changes rewrite it: everything as in PyTorch."""

import warnings

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd_core
from autograd_core.core.tensor import watchers
from tests.at_random import at_random
from tests.autograd_core.programs import agree, described, namespace, same, weighted_sum
from tests.autograd_core.releases import raised
from tests.oracle import torch as pytorch

PROGRAMS = {
    "a view shares memory with its base": "v = b[0]\nv[1] = 7.0\nb",
    "and so does a view of a view": "v = b.t()[1:]\nv[0, 0] = 7.0\n(b, v)",
    "a view of a leaf is recorded": "x[0]",
    "the base is changed: the view is a cut-out of it": "v = a[0]\na.mul_(2)\n(v, a)",
    "a transposed view of a changed base": (
        "v = c.clone()\nu = v.permute(2, 0, 1)[1:]\nv.mul_(v.detach() * 1)\nu"),
    "the view is changed: so is the base's history": "v = a[0]\nv.mul_(2)\n(v, a)",
    "by a tensor that requires grad": "v = a[0]\nv.mul_(w)\n(v, a)",
    "a plain base becomes part of the graph": "v = b[0]\nv.copy_(w)\n(v, b)",
    "and so do its other views": "v = b[0]\nu = b[1]\nt = b.t()\nv.copy_(w)\n(u, b, t)",
    "two changes of one view": "v = a[0]\nv.mul_(2)\nv.add_(w)\n(v, a)",
    "changes through two views": "v = a[0]\nu = a[:, 1]\nv.mul_(3)\nu.mul_(5)\n(v, u, a)",
    "a change that needs the old values": "v = a[0]\nv.sin_()\n(v, a)",
    "a change that needs the new values": "v = a[0]\nv.exp_()\n(v, a)",
    "new values that are changed again": "v = a[0]\nv.exp_()\nv.add_(1)\na",
    "new values of a tensor changed through a view": "e = a.exp()\nv = e[0]\nv.add_(1)\ne",
    "a composed operation in place": "v = a[0]\nv.add_(w, alpha=3)\n(v * 1, a * 1)",
    "a view of a 0-d tensor": "s = a.sum() * 1\nv = s.view(1)\nv.mul_(3)\n(s, v)",
    "a 0-d tensor is changed": "s = x[0, 0] * 1\nv = s.view(1)\ns.mul_(3)\n(s, v)",
    "a 0-d view of a matrix": "v = a[0, 1]\nv.mul_(3)\n(v, a)",
    "an operation in place without views": "a.mul_(3)\na.sin_()\na",
    "by the operator": "a += 1\na *= w\na -= 2\na /= 3\na",
    "by an operator under another name": "y = a\ny += 1\na",
    "times itself": "a.mul_(a)\na",
    "turned in place": "a.t_()\na",
    "turned in place, and back by another name": "(a.transpose_(0, 1).swapaxes_(-1, 0), a)",
    "a dimension more in place": "a.unsqueeze_(1)\na",
    "and less": "(a.unsqueeze_(0).squeeze_(), a.unsqueeze_(0).squeeze_(0), a.unsqueeze_(-1).squeeze_((0, 2)))",
    "plain numbers turned in place": "b.t_()\nb[0, 1] = 7.0\n(b, b.stride(), b.is_contiguous())",
    "a 0-d tensor turned in place": "s = a.sum() * 1\ns.t_()\ns.unsqueeze_(0)\ns",
    "a view of a tensor turned in place": "v = a[0]\na.t_()\n(v, a)",
    "a view turned in place": "v = a[:, 1:]\nv.t_()\n(v, a)",
    "a view turned in place, then changed": "v = a[:, 1:]\nv.t_()\nv.mul_(2)\n(v, a)",
    "turned in place, then changed through a view": "a.t_()\nv = a[0]\nv.mul_(3)\n(v, a)",
    "a leaf turned in place": "w.t_()",
    "a leaf turned in place under no_grad": "with torch.no_grad():\n    x.t_()\n(x.shape, x.requires_grad)",
    "a saved operand turned in place": "s = a * a\na.t_()\ns.sum().backward()",
    "a saved output turned in place": "s = a.exp()\ns.unsqueeze_(0)\ns.sum().backward()",
    "one of several turned in place": "u, v = a.unbind()\nu.unsqueeze_(0)",
    "too many dimensions to be turned in place": "c.t_()",
    "a leaf": "w.add_(1)",
    "a leaf by the operator": "w += 1",
    "a view of a leaf": "v = w[0]\nv.mul_(2)",
    "a leaf under no_grad": "with torch.no_grad():\n    w -= 0.5\nw * 2",
    "a view of a leaf under no_grad": "v = w[1:]\nwith torch.no_grad():\n    v.mul_(2)\n(v, w)",
    "a view under no_grad, base recorded": "v = a[0]\nwith torch.no_grad():\n    v.mul_(2)\n(v, a)",
    "the base under no_grad": "v = a[0]\nwith torch.no_grad():\n    a.mul_(2)\n(v, a)",
    "a view made under no_grad": "with torch.no_grad():\n    v = a[0]\nv",
    "and changed there": "with torch.no_grad():\n    v = a[0]\n    v.mul_(2)\na",
    "or changed outside": "with torch.no_grad():\n    v = a[0]\nv.mul_(2)",
    "or its base changed": "with torch.no_grad():\n    v = a[0]\na.mul_(2)\nv + 1",
    "a view of a view made under no_grad": (
        "with torch.no_grad():\n    v = a[0]\nu = v[0]\nu.mul_(2)"),
    "its requires_grad remains": "with torch.no_grad():\n    v = a[0]\na.mul_(2)\nv.requires_grad",
    "a view of plain numbers made under no_grad": (
        "with torch.no_grad():\n    v = b[0]\nv.mul_(2)\nb"),
    "made under no_grad, then a gradient comes": (
        "with torch.no_grad():\n    v = b[0]\nb.mul_(w)\nv + 1"),
    "one of several views": "u, v = a.unbind()\nu.mul_(2)",
    "one of several, base changed": "u, v = a.unbind()\na.mul_(2)\nu + 1",
    "one of several, second": "u, v = a.split(1)\na.mul_(2)\nv.sum()",
    "one of several, base changed under no_grad": (
        "u, v = a.chunk(2)\nwith torch.no_grad():\n    a.mul_(2)\nu + 1"),
    "a part of one of several": "u, v = a.unbind()\nz = u[0]\nz.mul_(2)",
    "several views of plain numbers": "u, v = b.unbind()\nu.mul_(2)\nb",
    "several views of plain numbers by a recorded one": "u, v = b.unbind()\nu.mul_(w)",
    "rows in a loop": "for row in b:\n    row.mul_(2)\nb",
    "rows of a recorded tensor in a loop": "for row in a:\n    row.mul_(2)",
    "detach shares memory and version": "d = a.detach()\nd.mul_(2)\n(a, d)",
    "detach of a view": "d = a[0].detach()\nd.zero_()\n(a, d)",
    "a view of a detached tensor": "v = a.detach()[0]\nv.mul_(w)\n(v, a)",
    "detached memory was saved": "s = a * a\na.detach().mul_(2)\ns.sum().backward()",
    "rows of a tensor changed through its detached twin": (
        "u, v = a.unbind()\na.detach().mul_(2)\nu + 1"),
    "a view of a tensor changed through its detached twin": "v = a[0]\na.detach().mul_(2)\nv",
    "data shares memory, not version": "x.data.mul_(2)\n(x * 1, x._version)",
    "a saved operand is changed": "s = a * a\na.add_(1)\ns.sum().backward()",
    "a saved operand is changed through a view": "s = a * a\na[0].add_(1)\ns.sum().backward()",
    "a saved view is changed through its base": "s = a[0] * w\na.add_(1)\ns.sum().backward()",
    "an operand that is not saved is changed": "s = a + w\na.mul_(2)\ns",
    "a saved output is changed": "s = a.exp()\ns.add_(1)\ns",
    "what nobody needs is changed": "s = a.exp()\nt = s * 2\nt.add_(1)\n(s, t)",
    "an expanded tensor": "e = w.expand(2, 3)\ne.mul_(2)",
    "an expanded view of a copy": "e = a[0].expand(4, 3)\ne.mul_(2)",
    "an expanded tensor can be filled": (
        "e = a[0].expand(4, 3)\ne.fill_(2)\n(e.detach(), a.detach())"),
    "and zeroed": "e = a[0].expand(4, 3)\ne.zero_()\na.detach()",
    "the base of an expanded tensor": "e = a[0].expand(4, 3)\na.mul_(2)\n(e, a)",
    "a row of an expanded tensor": "e = a[0].expand(4, 3)\ne[0] = w\n(e, a)",
    "overlapping parts": "f = a.view(6)\nf[1:].add_(f[:-1])",
    "overlapping parts copied": "f = b.view(6)\nf[1:].copy_(f[:-1])",
    "overlapping parts of data": "f = x.data\nf[1:].add_(f[:-1])",
    "data by its own first element": "x.data.mul_(x.data[0])",
    "data by itself": "x.data.mul_(x.data)\nx * 1",
    "data to other places of itself": "x.data[[1, 0]] = x.data[:2]",
    "data to places of itself by a mask": "x.data[x.data > -100] = x.data",
    "an element of data where a mask is": "x.data[x.data > 0] = x.data[0]\nx * 1",
    "data scattered into itself": "w.data.scatter_(0, torch.arange(3), w.data)",
    "data added to itself at places": "x.data.index_add_(0, torch.arange(len(x)), x.data)",
    "data masked by its own element": "x.data.masked_fill_(x.data > 0, x.data[0])\nx * 1",
    "data limited by its own element": "x.data.clamp_(max=x.data[0])",
    "data from its detached twin": "x.data[1:].copy_(x.detach()[:-1])",
    "a matrix and its transpose": "m = c[0, :, :3].clone()\nm.add_(m.t())",
    "parts that do not overlap": "f = a.view(6)\nf[3:].add_(f[:3])\na",
    "the result would be larger": "a.add_(c[:, :, 0].expand(2, 2, 3))",
    "a broadcast operand in place": "a.add_(w)\na",
    "the result would have another type": (
        "i = torch.tensor([1, 2])\ni.mul_(torch.tensor([1.5], dtype=torch.float64))"),
    "a wider operand in place": "f = b.float()\nf.add_(b)\nf",
    "a change in place of a changed base through an old view": (
        "v = a.view(6)\na.mul_(2)\nv[0].mul_(3)\n(v, a)"),
    "a view of a changed view": "v = a[0]\nv.mul_(2)\nu = v[1:]\nu.mul_(3)\n(u, v, a)",
    "assignment after use": "s = a[0] * 2\na[0] = w\n(s, a)",
    "assignment in a loop": (
        "o = torch.zeros(3, dtype=torch.float64)\nfor i in range(3):\n    o[i] = w[i] * i\no"),
    "assignment of what was read": "b[0] = w\nb[1] = b[0] * 2\nb",
    "assignment of a tensor to its own part": "a[0] = a[1]\na",
    "masks in place": "v = a[0]\nv[v > 0] = 0.0\n(v, a)",
    "detach in place": "y = a * 2\ny.detach_()\n(y, y * w)",
    "detach in place of a view": "a[0].detach_()",
    "requires_grad of a plain view": "v = b[0]\nv.requires_grad_()\nv * 2",
    "a copy is no view": "v = a[[0]]\nv.mul_(2)\n(v, a)",
    "reshape copies where it must": "v = a.t().reshape(6)\nv.mul_(2)\n(v, a)",
    "reshape is a view where it can be": "v = a.reshape(6)\nv.mul_(2)\n(v, a)",
    "contiguous is the tensor itself": "v = a.contiguous()\nv.mul_(2)\na",
    "flatten of one dimension is the tensor itself": "v = a[0].flatten()\nv.mul_(2)\na",
    "a gradient is retained through a change": (
        "a.retain_grad()\na.mul_(2)\n(a * 3).sum().backward()\na.grad"),
    "of a view": "v = a[0]\nv.retain_grad()\nv.mul_(2)\n(v * 3).sum().backward()\nv.grad",
    "of a view whose base is changed": (
        "v = a[0]\nv.retain_grad()\na.mul_(2)\n(v * 3).sum().backward()\nv.grad"),
    "of a base whose view is changed": (
        "v = a[0]\na.retain_grad()\nv.mul_(2)\n(a * 3).sum().backward()\na.grad"),
    "a hook stays with the old value": (
        "h = []\na.register_hook(h.append)\na.mul_(2)\n(a * 3).sum().backward()\nh[0]"),
    "backward twice through a changed view": "a[0].add_(2)\na.sum().backward()\na.sum().backward()",
    "a gradient of a gradient through a changed view": (
        "v = a[0]\nv.mul_(w)\n"
        "g, = torch.autograd.grad((a * a).sum(), x, create_graph=True)\n(g * g)"),
    "a gradient of a gradient through a cut-out": (
        "v = a[:, 1]\na.mul_(a.detach() * 1)\n"
        "g, = torch.autograd.grad((v ** 3).sum(), x, create_graph=True)\ng"),
}  # fmt: skip


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_agrees_with_pytorch(text):
    agree(text)


@pytest.mark.parametrize("text", ["a", "w[0]", "v", "u"])
def test_what_is_printed_agrees(text):
    program = "with torch.no_grad():\n    v = a[0]\nu = a.unbind()[0]\na.mul_(2)\n"
    shown = []
    for torch in (pytorch, autograd_core):
        names = namespace(torch)
        exec(program, names)
        shown.append(repr(eval(text, names)))
    assert shown[0] == shown[1]


def test_an_error_names_the_variable_and_both_lines():
    torch = autograd_core
    weights = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    loss = (weights * weights).sum()
    weights.add_(1)
    with pytest.raises(RuntimeError) as error:
        loss.backward()
    text = str(error.value)
    assert "`weights`" in text and "MulBackward0" in text and "`add_`" in text
    assert "`weights * weights`" in text and "`weights.add_(1)`" in text


def test_a_change_of_a_leaf_names_it():
    parameter = autograd_core.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="`parameter`"):
        parameter.mul_(2)


def test_0_d_tensors_that_hold_numpy_numbers_share_memory_once_they_are_viewed():
    torch = autograd_core
    x = torch.tensor(2.0)
    y = x * 3  # a NumPy number so far
    assert not isinstance(y._data, np.ndarray)
    twin, view = y.detach(), y.view(1)
    y += 1
    assert twin.item() == view[0].item() == y.item() == 7
    view.mul_(2)
    assert y.item() == twin.item() == 14
    assert y._version == twin._version == view._version == 2


@pytest.mark.exhaustive
def test_one_hundred_thousand_views_of_views():
    torch = autograd_core
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = x * 1
    views = [base]
    for _ in range(100_000):
        views.append(views[-1][:])
    last = views[-1]
    del views
    last.mul_(3)
    assert base.grad_fn.name() == "CopySlices"
    base.sum().backward()
    assert x.grad.tolist() == [3, 3]
    del last, base


def test_a_chain_of_one_hundred_thousand_views_runs_backward():
    torch = autograd_core
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y.view(2)
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_a_view_that_is_gone_costs_nothing():
    b = autograd_core.zeros(3)
    for i in range(100):
        b[i % 3] = i
    assert not b._memory.storage.views


def test_a_view_whose_history_is_lost_is_forgotten_with_it():
    torch = autograd_core
    a = torch.tensor([[1.0, 2.0]], requires_grad=True) * 1
    with torch.no_grad():
        view = a[0]
    a.mul_(2)
    for use in (
        lambda: view * 2,
        lambda: torch.cat([view, view]),
        lambda: view.sum(),
        lambda: view.backward(torch.ones(2)),
        lambda: torch.autograd.grad(a.sum(), view),
    ):
        with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
            use()
    assert watchers
    view = use = None
    a.sum()
    assert not watchers


def test_numpy_sees_a_change_in_place():
    array = np.zeros(3)
    t = autograd_core.from_numpy(array)
    t[0] = 5
    t.add_(1)
    assert array.tolist() == [6, 1, 1]


# ---------------------------------------------------------------------- programs at random

VIEWS = """
{s}[0] | {s}[-1] | {s}[:, 0] | {s}[1:] | {s}[:, ::2] | {s}.view(-1) | {s}.t() | {s}.transpose(0, -1)
{s}.unsqueeze(0) | {s}.squeeze() | {s}.expand(2, *{s}.shape) | {s}.detach() | {s}.reshape(-1)
{s}.unbind()[0] | {s}.split(1)[-1] | {s}.diagonal() | {s}[...] | {s}.narrow(0, 0, 1) | {s} * 1
{s}[None] | {s}.permute(1, 0) | {s}.flatten() | {s}[[0]] | {s}.clone() | {s}[0, 0]
"""
CHANGES = """
{s}.mul_(2) | {s}.add_({o}) | {s}.mul_({o}) | {s}.sin_() | {s}.sigmoid_() | {s}[0] = {o}
{s}[0] = 0.5
{s}.zero_() | {s}.fill_(1.5) | {s}.copy_({o}) | {s} += 1 | {s} *= {o} | {s}[{s} > 0] = 0.25
{s}[[0]] = {o} | {s}[:1] = {o} | {s}.sub_({o}) | {s}[..., 0] *= 2
"""


def _each(text):
    return [part.strip() for line in text.strip().split("\n") for part in line.split(" | ")]


@st.composite
def statements(draw):
    """Statements that make views v4, v5, ... and change them in place.

    Each as (text, name of the tensor that {s} stands for, name of that for {o}).
    """
    names, lines = ["x", "a", "w", "b"], []
    for _ in range(draw(st.integers(2, 9))):
        s, o = draw(st.sampled_from(names[-5:])), draw(st.sampled_from(names))
        if draw(st.booleans()):
            line = f"v{len(names)} = " + draw(st.sampled_from(_each(VIEWS)))
            names.append(f"v{len(names)}")
        else:
            line = draw(st.sampled_from(_each(CHANGES)))
        if draw(st.integers(0, 4)) == 0:
            line = "with torch.no_grad():\n    " + line
        lines.append((line, s, o))
    return lines


def undefined(written, read):
    """Whether PyTorch's outcome depends on the order in which it visits the elements.

    Or on the stride of a dimension of size 1, which means nothing.
    """
    shared = written.untyped_storage().data_ptr() == read.untyped_storage().data_ptr()
    dense = written.is_contiguous() and read.is_contiguous()
    return shared and written is not read and (not dense or 0 in written.stride() or 0 in read.stride())


WRITTEN_TWICE = "more than one element of the written-to tensor"


class Raised(str):
    """The name of an exception's type, and what it said."""

    message = ""


def attempt(action):
    """What an action returns, or the type of what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return action()
    except Exception as error:
        kind, message = raised(error)
        found = Raised(kind)
        found.message = message
        return found


@at_random(statements(), examples=150)
def test_views_and_changes_at_random_agree_with_pytorch(lines):
    theirs, ours = namespace(pytorch), namespace(autograd_core)
    done = []
    for line, s, o in lines:
        if s in theirs and o in theirs and undefined(theirs[s], theirs[o]):
            o = f"({o} * 1)"
        line = line.format(s=s, o=o)
        done.append(line)
        program = "\n".join(done)
        expected, got = (attempt(lambda: exec(line, names)) for names in (theirs, ours))
        if expected is None and WRITTEN_TWICE in getattr(got, "message", ""):
            return  # index_put_ on an expanded tensor: PyTorch warns that it is deprecated
        if "modified inplace" in getattr(expected, "message", ""):
            assert isinstance(got, Raised), program  # of two mistakes either may be named first
        else:
            assert got == expected, program
        for tensor in list(theirs.values()):  # PyTorch mends a view's history when it is asked for
            attempt(lambda: tensor.grad_fn)
    for name in [n for n in theirs if n in ("x", "a", "b", "w") or n.startswith("v")]:
        expected, got = (attempt(lambda: described(names[name])) for names in (theirs, ours))
        same(got, expected, f"{program}\n{name}")
    for name in [n for n in theirs if n in ("a", "b") or n.startswith("v")]:
        expected, got = (attempt(lambda: gradients(names, name)) for names in (theirs, ours))
        if WRITTEN_TWICE in getattr(expected, "message", ""):
            return  # PyTorch cannot go back through an expanded tensor that was filled
        same(got, expected, f"{program}\n{name}")


def gradients(names, name):
    """The gradients of the leaves from a backward pass that starts at one tensor."""
    total = weighted_sum(names[name])
    if total is None:
        return None
    for leaf in "xw":
        names[leaf].grad = None
    total.backward(retain_graph=True)
    grads = [names[leaf].grad for leaf in "xw"]
    return [grad if grad is None else grad.tolist() for grad in grads]
