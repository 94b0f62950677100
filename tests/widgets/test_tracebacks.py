"""What a cell's traceback shows in IPython: the learner's lines and the message."""

import re

import pytest

from tests.widgets.kernel import Kernel


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run("import autograd_core as torch\nimport widgets\nx = torch.ones(2, requires_grad=True)")
    yield kernel
    kernel.stop()


@pytest.mark.parametrize(
    "code, line, message",
    [
        (
            "y = x * 2\ny.backward()",
            "----> 2 y.backward()",
            "grad can be implicitly created only for scalar outputs",
        ),
        ("def f(a):\n    return a @ torch.ones(3)\nf(x)", "return a @ torch.ones(3)", "RuntimeError"),
        ("widgets.Nudge(lambda a: a, x)", "----> 1 widgets.Nudge", "one number as a tensor"),
        ("widgets.make_dot(x.sum()).render('x', format='foo')", "----> 1 widgets.make_dot", "unknown format"),
        ("def f():\n    {}[1]\ntry:\n    f()\nexcept KeyError:\n    x.foo", "f()", "has no attribute 'foo'"),
        ("1 / 0", "----> 1 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_traceback_has_the_learners_lines_and_none_of_ours(kernel, code, line, message):
    (error,) = [content for kind, content in kernel.execute(code) if kind == "error"]
    shown = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert line in shown and message in shown
    assert "autograd_core/" not in shown.partition("Error: ")[0] and len(shown.splitlines()) < 25
