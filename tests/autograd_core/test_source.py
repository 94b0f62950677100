"""A node's source is the user's own line and the exact sub-expression that made it."""

import linecache
import subprocess
import sys
import textwrap

import pytest

import autograd_core as torch
from autograd_core.core.source import name_of
from tests.missing import need


@pytest.fixture
def x():
    return torch.tensor(2.0, requires_grad=True)


def line_of(text):
    """The number of the line of this file that holds ``text`` and the marker ``# here``."""
    with open(__file__, encoding="utf-8") as file:
        (number,) = [n for n, line in enumerate(file, 1) if text in line and "# here" in line]
    return number


def test_one_line_tells_its_operations_apart(x):
    y = x * 3 + x.sin() ** 2  # here
    plus = y.grad_fn
    times, power = plus.edges
    (sine, _) = power.edges
    found = [node.source() for node in (plus, times, power, sine)]
    assert [source.expression for source in found] == [
        "x * 3 + x.sin() ** 2", "x * 3", "x.sin() ** 2", "x.sin()",
    ]  # fmt: skip
    assert {source.line for source in found} == {line_of("x * 3 + x.sin() ** 2")}
    assert {source.file for source in found} == {__file__}
    assert {source.function for source in found} == {"test_one_line_tells_its_operations_apart"}


def test_columns_count_characters_where_letters_before_take_several_bytes():
    größe = torch.tensor(2.0, requires_grad=True)
    δ = torch.tensor(1.0)
    y = ("ä→😀", größe * δ)[1]
    assert y.grad_fn.source().expression == "größe * δ"


def test_an_expression_over_several_lines_is_given_whole(x):
    y = (
        x.exp()
        + x *
        3
    )  # fmt: skip
    assert y.grad_fn.source().expression == "x.exp()\n        + x *\n        3"
    times = y.grad_fn.edges[1].source()
    assert times.expression == "x *\n        3"
    assert times.end_line == times.line + 1


@pytest.mark.parametrize(
    ("make", "expression"),
    [
        (lambda x: 3 + x, "3 + x"),
        (lambda x: 3 - x, "3 - x"),
        (lambda x: 3 * x, "3 * x"),
        (lambda x: 3 / x, "3 / x"),
        (lambda x: 3**x, "3**x"),
        (lambda x: -x, "-x"),
        (lambda x: abs(x), "abs(x)"),
        (lambda x: torch.clamp(x, min=x * 0.5), "torch.clamp(x, min=x * 0.5)"),
        (lambda x: x.add(x, alpha=2), "x.add(x, alpha=2)"),
        (lambda x: sum([x, x]), "sum([x, x])"),
        (lambda x: [x.cos() for _ in range(2)][1], "x.cos()"),
        (lambda x: {n: x**n for n in (2, 3)}[3], "x**n"),
        (lambda x: next(x * n for n in (2,)), "x * n"),
        (lambda x: list(map(torch.sin, [x]))[0], "list(map(torch.sin, [x]))"),  # noqa: RUF015
    ],
)
def test_every_way_to_write_an_operation(x, make, expression):
    assert make(x).grad_fn.source().expression == expression


def test_operators_in_place(x):
    y = x * 1
    y += x
    assert y.grad_fn.source().expression == "y += x"
    y *= 2
    assert y.grad_fn.source().expression == "y *= 2"
    y.exp_()
    assert y.grad_fn.source().expression == "y.exp_()"


def test_a_loop_and_a_function(x):
    def square(value):
        return value * value  # here

    y = x
    for _ in range(3):
        y = square(y)
    source = y.grad_fn.source()
    assert (source.line, source.expression) == (line_of("value * value"), "value * value")
    assert source.function == "square"


def test_a_module_means_the_line_of_its_user(x):
    layer = torch.nn.Linear(1, 1)
    y = layer(x.reshape(1, 1))
    assert y.grad_fn.source().expression == "layer(x.reshape(1, 1))"

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def forward(self, value):
            return torch.relu(self.layer(value))

    out = Model()(x.reshape(1, 1)).grad_fn
    assert out.source().expression == "torch.relu(self.layer(value))"
    assert out.edges[0].source().expression == "self.layer(value)"


def test_a_custom_function_means_the_line_of_its_user(x):
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, value):
            return value * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    y = Twice.apply(x * 1)
    assert y.grad_fn.source().expression == "Twice.apply(x * 1)"


def test_the_graph_of_a_gradient_points_at_the_call_that_made_it(x):
    (g,) = torch.autograd.grad(x**3, x, create_graph=True)
    assert g.grad_fn.source().expression == "torch.autograd.grad(x**3, x, create_graph=True)"


def test_a_script(tmp_path):
    script = tmp_path / "größe.py"
    script.write_text(
        textwrap.dedent(
            """
            import autograd_core as torch
            x = torch.tensor(2.0, requires_grad=True)
            y = (x + 1) * x
            for node in (y.grad_fn, y.grad_fn.edges[0]):
                print(ascii(str(node.source())))
            """
        ),
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        ascii("größe.py, line 4: `(x + 1) * x`"), ascii("größe.py, line 4: `x + 1`"),
    ]  # fmt: skip


def test_without_columns_the_line_remains(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import autograd_core as torch\n"
        "y = torch.tensor(2.0, requires_grad=True) * 3\n"
        "print(y.grad_fn.source())\n"
    )
    command = [sys.executable, "-X", "no_debug_ranges", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ("script.py, line 2: `y = torch.tensor(2.0, requires_grad=True) * 3`\n")


def test_source_that_is_not_stored_has_a_line_only(x):
    namespace = {"x": x}
    exec("\ny = x * 2", namespace)
    source = namespace["y"].grad_fn.source()
    assert (source.line, source.text, source.expression) == (2, "", "")
    assert str(source) == "<string>, line 2"


def test_cells_of_a_notebook(x):
    shell = interactive_shell()
    shell.user_ns.update(torch=torch, x=x)
    assert not shell.run_cell("größe = x * 2", store_history=True).error_in_exec
    assert not shell.run_cell(
        "def half(v):\n    return v / 2\n\n%time y = half(größe) + [x.sin() for _ in '1'][0]\n"
        "z = (half(größe)\n     + x)",
        store_history=True,
    ).error_in_exec
    first = shell.user_ns["größe"].grad_fn.source()
    assert (first.expression, first.line, first.label) == ("x * 2", 1, "In [1]")
    plus = shell.user_ns["z"].grad_fn
    assert plus.source().expression == "half(größe)\n     + x"
    assert plus.source().label == "In [2]"
    half = plus.edges[0].source()
    assert (half.expression, half.line, half.function) == ("v / 2", 2, "half")


def test_the_kernel_names_cells_by_their_number(x):
    """ipykernel compiles cells under file names of its own, in a temporary folder."""
    need("ipykernel")
    from ipykernel.compiler import XCachingCompiler

    shell = interactive_shell()
    shell.compile = XCachingCompiler()
    shell.user_ns.update(x=x)
    shell.run_cell("y = 1\ny = x.sin() * 2", store_history=True)
    number = shell.execution_count - 1
    source = shell.user_ns["y"].grad_fn.source()
    assert (source.label, source.line) == (f"In [{number}]", 2)
    assert source.expression == "x.sin() * 2"


def interactive_shell():
    """A fresh shell of the kind that runs notebook cells."""
    need("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    return InteractiveShell.instance()


def test_a_variable_is_found_by_what_it_holds(x):
    y = x * 2
    assert name_of(y) == "y"
    assert [name_of(y) for _ in range(1)] == ["y"]
    assert name_of(x * 2) is None


def test_the_innermost_frame_that_holds_it_gives_the_name(x):
    def inner():
        return name_of(x), name_of(outside)

    outside = x * 2
    assert inner() == ("x", "outside")


def test_errors_name_variables(x):
    weights = x * 1
    with pytest.raises(RuntimeError, match="`weights`"):
        loss = weights * weights
        weights += 1
        loss.backward()


# ---------------------------------------------------------------- a host compiles other text than it keeps


def made_by(host, compiled, kept):
    """What a cell's ``y`` is, of which a host compiles one text and keeps another."""
    name = f"<{host}>"
    linecache.cache[name] = len(kept), None, kept.splitlines(keepends=True), name
    cell = {"torch": torch, "a": torch.tensor(2.0, requires_grad=True), "b": torch.tensor(3.0)}
    exec(compile(compiled, name, "exec"), cell)
    return cell["y"]


HOSTS = {
    "dedents a cell": lambda code: (code, textwrap.indent(code, "    ")),
    "dedents a cell that is indented by tabs": lambda code: (code, textwrap.indent(code, "\t")),
    "indents a cell": lambda code: (
        "def cell():\n" + textwrap.indent(code, "    ") + "\n    return y\ny = cell()", "\n" + code),
    "takes the first line away": lambda code: (code, "%%magic\n" + code),
    "takes the first line away and dedents": lambda code: (
        code, "%%magic\n" + textwrap.indent(code, "  ")),
    "keeps the text": lambda code: (code, code),
}  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_the_expression_is_found_although_a_host_has_moved_it(host):
    code = "größe = a\ny = (größe * b + größe).sin()\ny = [y * a, a * y][1]"
    y = made_by(host, *HOSTS[host](code))
    times = y.grad_fn
    sine = times.edges[1]
    plus = sine.edges[0]
    found = [node.source().expression for node in (times, sine, plus, plus.edges[0])]
    assert found == ["a * y", "(größe * b + größe).sin()", "größe * b + größe", "größe * b"]


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("y = a + b", ""),  # another operation
        ("y = a * b + torch.tensor(1.0)", "a * b"),
        ("y = (a  *  b)", "y = (a  *  b)"),  # it may be this one, written in another way
        ("import torch", ""),
        ("# nothing any more", ""),
        ("", ""),
        ("if a*b:", "if a*b:"),  # no statement by itself
    ],
)
def test_text_that_has_changed_since_is_not_taken_for_what_ran(kept, shown):
    source = made_by(f"a host that now keeps {kept}", "y = a * b", kept).grad_fn.source()
    assert source.expression == shown
    assert (source.column is None) == (shown != "a * b")


def test_a_file_that_was_edited_and_run_again_is_read_again(tmp_path):
    file = tmp_path / "model.py"
    a = torch.tensor(2.0, requires_grad=True)
    for code, expression in [("y = a * 2", "a * 2"), ("# longer\ny = (a + 1) * 2", "(a + 1) * 2")]:
        file.write_text(code)
        cell = {"a": a}
        exec(compile(code, str(file), "exec"), cell)
        assert cell["y"].grad_fn.source().expression == expression


@pytest.mark.parametrize(
    ("code", "expression"),
    [
        ("y = a * 1; y *= b", "y *= b"),
        ("y = torch.zeros(2); y[0] = a", "y[0]"),
        ("y = torch.zeros(2); y[:1] = a", "y[:1]"),
        ("y = -a", "-a"),
        ("y = a.reshape(1, 1).T", "a.reshape(1, 1).T"),
        ("y = torch.stack([a, a])[0:1]", "torch.stack([a, a])[0:1]"),
        ("y = torch.add(*[a, b])", "torch.add(*[a, b])"),
        ("y, _ = torch.stack([a, a])", "y, _"),
        ("[(y := each * 2) for each in [a]]", "each * 2"),
        ("async def f():\n    return a * b\ny = f()\ntry: y.send(None)\nexcept StopIteration as e: y = e.value",
         "a * b"),
    ],
)  # fmt: skip
def test_columns_are_kept_of_every_kind_of_code(code, expression):
    node = made_by(code, code, code).grad_fn
    assert node.source().expression == expression
    assert node.source().column is not None
