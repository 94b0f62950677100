"""The code that an answer comes from: what stands there, and what its names hold.

A number does not tell how it came about; the cell that hands it to ``check`` does. Nothing here judges:
what is found explains what was found to be wrong.
"""

import ast
import dis
import linecache
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType

from ..libraries import is_tensor

FUNCTIONS = ast.FunctionDef | ast.Lambda


@dataclass(frozen=True)
class Written:
    """What stands in a cell, or in a function, and the expression that is the answer.

    Attributes
    ----------
    tree : ast.AST
    answer : ast.expr or None, what was handed over, or returned
    name : str, the variable that was handed over; ``""`` if it was an expression
    variables : mapping, what names hold once it has run
    line : int, where a cell calls ``check``
    """

    tree: ast.Module | ast.FunctionDef | ast.Lambda
    answer: ast.expr | None
    name: str
    variables: Mapping
    line: int = 0

    @property
    def bound(self) -> set[str]:
        """The names that get a value here."""
        return set(bound_by(self.tree))

    @property
    def mentioned(self) -> set[str]:
        """The names that stand in a cell before its ``check``, or in the answer; not those in functions."""
        before = [part for part in getattr(self.tree, "body", []) if part.lineno < self.line]
        return {name for part in [*before, self.answer] if part for name in names_outside_functions(part)}

    def has_xor(self) -> str:
        """An expression of the answer with ``^`` in it, as it stands there; ``""`` if there is none."""
        within = self.tree if isinstance(self.tree, FUNCTIONS) else self.answer
        powers = (node for node in ast.walk(within or ast.Pass())
                  if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor))  # fmt: skip
        return next(map(ast.unparse, powers), "")

    @property
    def left_open(self) -> list[str]:
        """The names that still stand for the three dots of an exercise."""
        return [ast.unparse(node.targets[0]) for node in ast.walk(self.tree)
                if isinstance(node, ast.Assign) and getattr(node.value, "value", None) is ...]  # fmt: skip

    def held(self, node: ast.expr | None):
        """What a name, or an attribute of what it holds, stands for; None where that is not known."""
        if isinstance(node, ast.Name):
            return self.variables.get(node.id)
        if isinstance(node, ast.Attribute) and (owner := self.held(node.value)) is not None:
            return getattr(owner, node.attr, None)
        return None

    def calls(self, method: str) -> Iterator[ast.expr]:
        """Yield the expressions on which a method is called."""
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == method
            ):
                yield node.func.value

    def asks_for_gradient(self) -> bool:
        """Whether a function of autograd is called for a gradient, or one of the user's that reads a ``.grad``."""
        codes = (getattr(self.variables.get(name), "__code__", None) for name in self.mentioned)
        return any(self.calls("grad")) or any("grad" in code.co_names for code in codes if code)

    def one_pass_to(self, name: str) -> bool:
        """Whether a tensor is made here, and ``backward()`` called once."""
        loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
        once = len([*self.calls("backward")]) == 1 and not any(
            isinstance(each, loops) for each in ast.walk(self.tree)
        )
        return once and name in self.bound

    def grad_of(self) -> str:
        """The name of the tensor whose ``.grad`` is the answer; ``""`` if it is none."""
        answer = self.answer
        return (
            ast.unparse(answer.value) if isinstance(answer, ast.Attribute) and answer.attr == "grad" else ""
        )

    def starts_at_leaf(self) -> bool:
        """Whether ``backward()`` is called on what has no past."""
        owners = [self.held(node) for node in self.calls("backward")]
        return any(is_tensor(owner) and owner.is_leaf for owner in owners)


def names_outside_functions(tree: ast.AST) -> Iterator[str]:
    """The names in a part of a program, without those within its functions."""
    if isinstance(tree, ast.Name):
        yield tree.id
    for part in () if isinstance(tree, FUNCTIONS) else ast.iter_child_nodes(tree):
        yield from names_outside_functions(part)


def globals_read(code: CodeType) -> Iterator[str]:
    """The global names that code reads, with those of the functions that are written in it."""
    for each in dis.get_instructions(code):
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield each.argval
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from globals_read(part)


def bound_by(tree: ast.AST) -> Iterator[str]:
    """The names to which a part of a program gives a value; not those within its functions."""
    if isinstance(tree, ast.Name) and isinstance(tree.ctx, ast.Store):
        yield tree.id
    elif isinstance(tree, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in tree.names)
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        yield tree.name
    else:
        for part in ast.iter_child_nodes(tree):
            yield from bound_by(part)


def cell_of(frame) -> Written | None:
    """What stands in the cell that calls ``check``; None where it is no cell, or has no source."""
    if (
        not frame.f_code.co_name.startswith(("<module>", "<cell"))
        or (tree := parsed(frame.f_code.co_filename)) is None
    ):
        return None
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args
             and ast.unparse(node.func).endswith("check")
             and node.lineno <= frame.f_lineno <= (node.end_lineno or 0))  # fmt: skip
    call = next(calls, None)
    if call is None:
        return None
    given = call.args[0]
    name = given.id if isinstance(given, ast.Name) else ""
    answer = assigned(tree, name) if name else given
    return Written(tree, answer, name, frame.f_globals | frame.f_locals, call.lineno)


def function_of_answer(fn: Callable, variables: Mapping) -> Written | None:
    """What stands in a learner's function, whose own variables held these when it returned."""
    code = getattr(fn, "__code__", None)
    if code is None or (tree := parsed(code.co_filename)) is None:
        return None
    found = (
        lambdas_of(code, tree)
        if code.co_name == "<lambda>"
        else [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
              and (node.name, first_line(node)) == (code.co_name, code.co_firstlineno)]
    )  # fmt: skip
    if not found:
        return None
    node, answer = found[-1], None  # of lambdas in each other, the innermost
    if isinstance(node, ast.Lambda):
        answer = node.body
    else:
        returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
        answer = returned[-1] if returned else None
        if isinstance(answer, ast.Name):
            answer = assigned(node, answer.id) or answer
    return Written(node, answer, "", fn.__globals__ | dict(variables))


def lambdas_of(code, tree) -> list[ast.Lambda]:
    """The lambdas of a file from which the code may have been made; none where that is not known."""
    places = {(line, column) for line, _, column, _ in code.co_positions()}
    lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    found = [node for node in lambdas if (node.body.lineno, node.body.col_offset) in places]
    # A Python may tell no place of a constant (3.12): then the line has to do.
    alone = [node for node in lambdas if node.lineno == code.co_firstlineno]
    return found or (alone if len(alone) == 1 else [])


def first_line(node) -> int:
    """The line in which a function's code begins."""
    decorators = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def assigned(tree: ast.AST, name: str) -> ast.expr | None:
    """The expression that a variable was given last."""
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)
              and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)]  # fmt: skip
    return values[-1] if values else None


def parsed(filename: str) -> ast.Module | None:
    """The tree of a file, or of a cell; None where there is none."""
    with suppress(SyntaxError, ValueError):
        return ast.parse("".join(linecache.getlines(filename))) or None
    return None


# ---------------------------------------------------------------------- words


def misnamed(written: Written) -> str:
    """Say that the cell gives its answer another name than the one that is checked; ``""`` if it does not."""
    body = getattr(written.tree, "body", [])
    if (
        not written.name
        or written.name in written.bound
        or any(isinstance(part, ast.Assert) for part in body)
    ):
        return ""  # a cell that asserts is a teacher's, who grades what stands in another
    read = {node.id for node in ast.walk(written.tree) if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)}  # fmt: skip
    before = [part for part in body if part.lineno < written.line]
    unread = [name for part in before for name in bound_by(part) if name not in read]
    if not unread:
        return ""
    return (f"{written.name} was given no value in this cell, and one from an earlier cell is not judged: "
            f"should {unread[-1]} be called {written.name}?")  # fmt: skip


def why_none(written: Written | None) -> str:
    """Say why an answer is None, of what can be seen in the code; ``""`` where nothing can."""
    answer = written.answer if written else None
    if isinstance(answer, ast.Call) and isinstance(answer.func, ast.Attribute):
        call, of = ast.unparse(answer), ast.unparse(answer.func.value)
        told = {"backward": "it leaves the gradient in the .grad of what it reaches: read that afterwards",
                "retain_grad": f"it lets {of} keep its gradient: read {of}.grad after backward()"}  # fmt: skip
        return f"{call} returns None: {told.get(answer.func.attr, 'what it does, it does in place')}"
    if not (written and isinstance(answer, ast.Attribute) and answer.attr == "grad"):
        return ""
    name, tensor = ast.unparse(answer.value), written.held(answer.value)
    if not is_tensor(tensor):
        return ""
    return f"{name}.grad is None: {why_no_gradient(written, name, tensor)}"


def why_no_gradient(written: Written, name: str, tensor) -> str:
    """Say why a tensor's ``.grad`` is None."""
    passes = [node.lineno for node in written.calls("backward")]
    retained = [node.lineno for node in written.calls("retain_grad") if ast.unparse(node) == name]
    if not tensor.requires_grad:
        return (f"{name} does not record. What is to have a gradient is created with requires_grad=True, "
                "before anything is computed from it")  # fmt: skip
    if not tensor.is_leaf:
        if not retained:
            return (f"{name} is a result, and keeps its gradient only if {name}.retain_grad() is called "
                    "before backward()")  # fmt: skip
        if passes and min(retained) > max(passes):
            return (f"{name}.retain_grad() came too late. What backward() has sent is gone: call it "
                    "before the pass")  # fmt: skip
    if not passes:
        return "backward() was not called"
    return f"no pass has reached {name} since it was made, or reset"
