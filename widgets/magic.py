"""The cell magic ``%%backward``: run a cell and step through its last tensor's backward pass."""

import ast

from .libraries import is_tensor
from .stepper.widget import BackwardStepper


def load_ipython_extension(shell):
    """Make ``%%backward`` known; IPython calls this for ``%load_ext widgets``."""

    def backward(line, cell):
        """Run the cell, then open a stepper on its last tensor, or on the one that is named.

        ``%%backward`` takes the value of the last expression, else the last variable that was
        given a tensor that requires a gradient; ``%%backward loss`` takes ``loss``.
        """
        statements = run(shell, cell)
        wanted = line.strip()
        tensor = eval(wanted, shell.user_ns) if wanted else last_tensor(statements, shell.user_ns)
        return BackwardStepper(tensor, names=user_variables(shell))

    shell.register_magic_function(backward, "cell", "backward")


def run(shell, cell):
    """Run a cell's statements in the user's namespace; return them with the last one's value.

    The line with the magic is line 1, as the learner sees it.
    """
    source = "%%backward\n" + cell
    name = shell.compile.cache(source, shell.execution_count, source)
    tree = ast.parse("\n" + shell.transform_cell(cell), name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), shell.user_ns)
    value = None
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), shell.user_ns)
    return [value, *reversed(tree.body)]


def last_tensor(statements, variables):
    """Return the last expression's tensor, else that of the last variable that was given one.

    Raises TypeError if the cell makes no tensor that requires a gradient.
    """
    value, *statements = statements
    if differentiable(value):
        return value
    for statement in statements:
        for part in reversed(list(ast.walk(statement))):
            stored = isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            if stored and differentiable(variables.get(part.id)):
                return variables[part.id]
    raise TypeError(
        "%%backward found no tensor in this cell that requires a gradient. Let the cell end with "
        "one, or name it: %%backward loss"
    )


def user_variables(shell):
    """The notebook's variables, without those that IPython adds."""
    return {
        name: value
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and name not in shell.user_ns_hidden
    }


def differentiable(value) -> bool:
    """Whether `BackwardStepper` can show the value: a tensor that requires a gradient."""
    return is_tensor(value) and bool(value.requires_grad)
