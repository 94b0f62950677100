"""What was answered to an exercise, as the answer book notes it: the text of a number or of a function."""

import inspect
import textwrap

from ..libraries import is_tensor
from .book import book
from .operation_exercise import operation_of
from .verdict import Verdict

NO_ATTEMPT = ("not answered yet", "this cannot be checked")
LONGEST = 4000  # characters of an answer that are kept


def noted(id: str | None, answer, verdict: Verdict) -> Verdict:
    """Note what was answered under an id, if there is one and it was an attempt; return the verdict.

    >>> noted("doctest.1", 2 * 3.0, Verdict(True, "right"))
    right
    >>> book().of("doctest.1")["attempts"][0]["answer"]
    '6.0'
    """
    if id is not None and not isinstance(id, str):
        raise TypeError(f'id wants a text, such as "05.1", not {type(id).__name__}')
    if id and not verdict.message.startswith(NO_ATTEMPT):
        book().attempt(id, as_text(answer), verdict.passed, verdict.message, verdict.mistakes)
    return verdict


def as_text(answer) -> str:
    """Return an answer as text: a function or an operation as it was written."""
    if isinstance(answer, str):
        return answer[:LONGEST]
    if callable(answer) and not is_tensor(answer):
        operation = operation_of(answer)
        functions = [getattr(operation, name) for name in ("forward", "backward")] if operation else [answer]
        try:
            return "".join(map(source_of, functions))[:LONGEST]
        except (OSError, TypeError):  # not written in a cell or a file
            return getattr(operation or answer, "__name__", type(answer).__name__)
    return repr(answer)[:LONGEST]


def source_of(function) -> str:
    """Return what is written of a function; raise OSError where that is another text.

    Python 3.13 takes the text of ``python -c`` for that of everything it makes of a string.
    """
    text = textwrap.dedent(inspect.getsource(function))
    if function.__name__.replace("<lambda>", "lambda") not in text:
        raise OSError(f"this is not {function.__name__}: {text[:40]}")
    return text
