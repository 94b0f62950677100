"""Where in the graph a backward pass met its error: which node, and what spoiled it."""

import ast
import linecache
import re
from bisect import bisect

from autograd_core.core.source import Source

from ..libraries import ENGINE, library_of
from ..observations.forward_pass import source_at
from ..observations.rounds import parsed
from ..observations.seen import Change, Failure
from ..words.names import named_tensors, readable
from . import recorder_of, used_up

VERSION = re.compile(r"\[[\w.]+ \[(?P<shape>[\d, ]*)\]\].* is at version (?P<version>\d+);")


def failure_of(error, tensor, observed, frame=None) -> Failure:
    """What is known of an error that a pass from a tensor raised, which the user's ``frame`` asked for."""
    known = type(error).__name__, str(error), frame and Source.of(frame.f_code, frame.f_lasti)
    library, again = library_of(tensor), str(error).startswith(used_up.OPENING)
    if library is ENGINE:
        of_it = vars(error)
        saved, name = of_it.get("saved"), of_it.get("name", "")
        return Failure(*known, saved, of_it.get("changed"), carrier(saved, frame, library) if again else name)
    if not tensor.requires_grad:
        return Failure(*known)
    from ..libraries import pytorch_private as private

    recorder = recorder_of(tensor)([tensor], max_elements=0, max_nodes=10_000)
    recorder.walk([], rules=False)
    spoiled = [(each, told) for each in recorder.operations.values()
               if (told := private.trouble(each.key)) and (again or told == str(error))]  # fmt: skip
    if not spoiled:
        return Failure(*known)
    before = observed.used if again and observed else ()
    operation, told = max(spoiled, key=lambda each: (each[0].seq in before, each[0].seq))
    change = changed_by(told, [Change(*each) for each in (observed.changes if observed else ())])
    name = carrier(operation.source, frame, library) if again else ""
    return Failure(*known, operation.source, change and source_at(change.code, change.lasti), name)


def carrier(source, frame, library) -> str:
    """The variable that takes a graph from one pass into the next: the line that made it, or a statement of the
    code that is running, reads and sets it, as a hidden state or a running sum; ``""`` if there is none.
    """
    if found := (source and next(read_and_set(parsed(source.text.strip())), "")):
        return found
    if frame is None:
        return ""
    lines = [line for _, _, line in frame.f_code.co_lines() if line]
    file = parsed("".join(linecache.getlines(frame.f_code.co_filename)))
    inside = [
        each
        for each in ast.walk(file)
        if isinstance(each, ast.stmt) and min(lines) <= each.lineno <= max(lines)
    ]
    for name in (name for statement in inside for name in read_and_set(ast.Module([statement], []))):
        held = frame.f_locals.get(name)
        if library.is_tensor(held) and held.grad_fn is not None:
            return name
    return ""


def kept_graphs(frame, library, watcher, passes) -> dict:
    """The variables that keep the graphs of several iterations, how many operations these have, and how many bytes they hold.

    ``passes`` tells where iterations end.
    """
    found: dict[str, list] = {}
    for name, tensor in named_tensors(None, frame, library.is_tensor):
        if tensor.grad_fn is not None and (behind := watcher.numbers(tensor)):
            found.setdefault(name.partition("[")[0], []).append((tensor, behind))
    kept = {
        name: graphs for name, graphs in found.items() if piles_up([behind for _, behind in graphs], passes)
    }
    return {name: (len({number for _, behind in graphs for number in behind}), held(graphs, watcher, passes[-2]))
            for name, graphs in kept.items()}  # fmt: skip


def held(graphs, watcher, before) -> int:
    """The bytes that operations of earlier iterations have saved, each memory once."""
    parts = (readable(lambda tensor: watcher.held(tensor, before), tensor) or {} for tensor, _ in graphs)
    return sum({place: size for part in parts for place, size in part.items()}.values())


def piles_up(graphs, passes) -> bool:
    """Whether graphs, one or those of a list, are of several iterations."""
    if len(graphs) == 1:
        return len({bisect(passes, number) for number in graphs[0]}) >= len(passes)
    return len({bisect(passes, max(behind)) for behind in graphs}) >= len(passes) - 1


LOGS = {"print", "write", "info", "debug", "warning", "log", "add_scalar", "set_description", "set_postfix"}


def goes_on(source) -> bool:
    """Whether a loss may be made from what an expression gives: not where it is logged, decides which way the code
    goes, is thrown away, or gets a name that is never read but there.
    """
    file = parsed("".join(linecache.getlines(source.file)))
    begin, end = (source.line, source.column or 0), (source.end_line, source.end_column or 0)
    statement, scope = None, file
    for each in ast.walk(file):  # from the outer ones inwards
        if not isinstance(each, ast.stmt) or (each.lineno, each.col_offset) > begin:
            continue
        if end <= (each.end_lineno, each.end_col_offset):
            statement = each
            scope = each if isinstance(each, ast.FunctionDef) else scope
    match statement:
        case ast.If() | ast.While() | ast.Assert():
            return False
        case ast.Assign(targets=[ast.Name(id)]) | ast.AugAssign(target=ast.Name(id)):
            return any(isinstance(each, ast.Name) and each.id == id and isinstance(each.ctx, ast.Load)
                       for each in unlogged(scope))  # fmt: skip
    return statement is None or not (is_log(statement) or source.expression == ast.unparse(statement))


def is_log(statement) -> bool:
    """Whether a statement prints, or keeps plain numbers in a list."""
    match statement:
        case ast.Expr(ast.Call(ast.Name(id) | ast.Attribute(attr=id), [*given])):
            return id in LOGS or (id == "append" and ast.unparse(given[0]).endswith(".item()"))
    return False


def unlogged(tree):
    """The nodes of a tree, without statements that log."""
    if not is_log(tree):
        yield tree
        for each in ast.iter_child_nodes(tree):
            yield from unlogged(each)


def read_and_set(tree):
    """Yield the names that the first statement reads and sets."""
    match tree.body[:1]:
        case [ast.AugAssign(target=target)]:
            yield ast.unparse(target)
        case [ast.Assign(targets=[target], value=value)]:
            read = {
                ast.unparse(each) for each in ast.walk(value) if isinstance(each, ast.Name | ast.Attribute)
            }
            targets = target.elts if isinstance(target, ast.Tuple) else [target]
            for each in targets:  # one that is a tuple itself, as an LSTM's (h, c), is carried as one
                parts = [ast.unparse(part) for part in getattr(each, "elts", [each])]
                if set(parts) <= read:
                    yield ", ".join(parts)


def changed_by(told, changes):
    """The change in place that PyTorch's message is about, None where it is not known."""
    if (found := VERSION.search(told)) is None:
        return None
    shape = tuple(int(size) for size in found["shape"].split(",") if size.strip())
    alike = [each for each in changes if shape in (each.shape, each.base)]
    alike = alike or [each for each in changes if sorted(each.base) == sorted(shape)]  # saved transposed
    exact = [each for each in alike if each.version == int(found["version"])]
    return (exact or [None])[-1]
