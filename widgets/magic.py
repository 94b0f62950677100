"""The cell magic ``%%backward``: run a cell and step through its last tensor's backward pass."""

import ast
import re
from inspect import CO_COROUTINE

from IPython.display import display

from autograd_core.printable import quoted

from .libraries import is_tensor
from .recorders.watched import watching
from .stepper.widget import BackwardStepper


def load_ipython_extension(shell):
    """Make ``%%backward`` known; IPython calls this for ``%load_ext widgets``."""

    def backward(line, cell):
        """Run the cell, then open a stepper on its last tensor, or on the one that is named.

        ``%%backward`` takes the value of the last expression, else the last variable that was
        given a tensor that requires a gradient; ``%%backward loss`` takes ``loss``.

        Where the cell itself calls ``backward()`` that pass is shown: of several the first, or as in
        ``%%backward iteration=3`` another one. A cell that raises is shown up to the call that failed.
        """
        iteration = re.fullmatch(r"\s*iteration\s*=\s*(\d+)\s*", line)
        wanted, before = None if iteration else named(line.strip()), dict(shell.user_ns)
        try:
            with watching(int(iteration[1]) if iteration else 0) as seen:
                statements = run(shell, cell)
        except Exception:
            if seen.trace is not None:
                display(BackwardStepper(seen))
            raise
        ran = seen.trace is not None and seen.trace.node(seen.trace.outputs[0]).name
        if iteration or (ran is not False and (wanted is None or ran == line.strip())):
            return BackwardStepper(seen)
        tensor = eval(wanted, shell.user_ns) if wanted else last_tensor(statements, shell.user_ns, before)
        return BackwardStepper(tensor, names=user_variables(shell))

    shell.register_magic_function(backward, "cell", "backward")


def named(text):
    """Return the code of what stands beside the magic, None if nothing does."""
    try:
        return compile(text, "%%backward", "eval") if text else None
    except SyntaxError:
        raise TypeError(
            f"%%backward takes the name of one tensor, as in %%backward loss, not {quoted(text)}"
        ) from None


def run(shell, cell):
    """Run a cell's statements in the user's namespace; return them with the last one's value.

    The line with the magic is line 1, as the learner sees it. Raises TypeError for ``await``: what
    runs the notebook is waiting for this cell.
    """
    source = "%%backward\n" + cell
    name = shell.compile.cache(source, shell.execution_count, source)
    tree = ast.parse("\n" + shell.transform_cell(cell), name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    parts = [compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)]
    if last is not None:
        parts.append(compile(ast.Expression(last.value), name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    if any(part.co_flags & CO_COROUTINE for part in parts):
        raise TypeError(
            "%%backward cannot run a cell with await: take the magic away and let the cell end "
            "with BackwardStepper(loss)"
        )
    value = [eval(part, shell.user_ns) for part in parts][-1]
    return [value, *reversed(tree.body)]


def last_tensor(statements, variables, before):
    """Return the last expression's tensor, else that of the last variable that was given one.

    This is read from the cell, and where it does not say so (``%time q = p ** 2``) from what the
    variables held ``before``.

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
    for name, value in reversed(variables.items()):
        if value is not before.get(name) and not name.startswith("_") and differentiable(value):
            return value
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
