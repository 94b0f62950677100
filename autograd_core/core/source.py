"""Where the user's code made a node: file, line, and the exact sub-expression.

CPython keeps the columns of every instruction (PEP 657), so that a node only has to remember
its code object and instruction number.
"""

import os
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple, Self

from ..printable import printable
from ..source_text import instruction_of, may_run, span_of


class _OwnFiles(dict):
    """Whether a source file belongs to this package, or one built on it, looked up once for each."""

    folders: tuple[str, ...] = (os.path.dirname(os.path.dirname(__file__)) + os.sep,)

    def __missing__(self, file: str) -> bool:
        self[file] = own = file.startswith(self.folders)
        return own


class _Latest:
    """The user's code that made a node last: mostly it makes the next one too."""

    code: CodeType | None = None


is_own_file, latest = _OwnFiles(), _Latest()


def user_frame(frame: FrameType, node: Any = None) -> FrameType:
    """The innermost frame, from this one outwards, that is not this package's own.

    A ``node`` notes it: whoever makes a node asks only if it is not the ``latest`` one's.
    """
    while is_own_file[frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    if node is not None:
        node.code, node.lasti = frame.f_code, frame.f_lasti
        if not is_own_file[node.code.co_filename]:
            latest.code = node.code
    return frame


class Source(NamedTuple):
    """A span of source text."""

    file: str
    function: str  # the function's name, ``<module>`` at the top of a file or cell
    line: int  # counted from 1, as is end_line
    end_line: int
    column: int | None  # counted from 0 in characters, as is end_column; None where not known
    end_column: int | None
    text: str  # the lines of the span as they stand

    @classmethod
    def of(cls, code: CodeType, lasti: int) -> Self:
        """The span of the instruction ``lasti`` of a code object; a line alone if that is known."""
        lines, span, fits = span_of(code, lasti // 2)
        line, end_line, column, end_column = span
        line = line or code.co_firstlineno
        end_line = end_line or line
        whole = lines[line - 1 : end_line]
        if fits:  # the columns are of bytes
            column = len(whole[0].encode()[:column].decode())
            end_column = len(whole[-1].encode()[:end_column].decode())
        text = "".join(whole).rstrip("\n")
        if not fits and not may_run(text, instruction_of(code, lasti // 2)):
            text = ""  # it is another program's line
        return cls(code.co_filename, code.co_name, line, end_line, column, end_column, text)

    @property
    def expression(self) -> str:
        """The exact sub-expression, or the whole line where columns are not known."""
        if self.column is None or not self.text:
            return self.text.strip()
        lines = self.text.split("\n")
        lines[-1] = lines[-1][: self.end_column]
        lines[0] = lines[0][self.column :]
        return "\n".join(lines)

    @property
    def label(self) -> str:
        """The file as a reader knows it: ``In [3]`` for a notebook cell, else its name."""
        if any(sign in self.file for sign in ("ipykernel", "<ipython-input", "__marimo__cell")):
            return _cell(self.file)
        return self.file.replace("\\", "/").rsplit("/", 1)[-1]

    def __str__(self) -> str:
        shown = f": `{self.expression}`" if self.expression else ""
        return printable(f"{self.label}, line {self.line}{shown}", "\n\t")


def _cell(file: str) -> str:
    try:
        # Looked up, not imported: the engine needs NumPy and the standard library only.
        compiler = sys.modules["IPython"].get_ipython().compile
        number = compiler._filename_map.get(file)
        return f"In [{number}]" if number is not None else "a notebook cell"
    except Exception:  # outside IPython, or another version of it: the number is only a courtesy
        return "a notebook cell"


def name_of(value: object) -> str | None:
    """The name of a variable that holds ``value``, in the innermost calling frame that has one.

    ``value`` may also be a node: then of a tensor that it made.
    """
    frame: FrameType | None = user_frame(sys._getframe(1))
    while frame is not None:
        for names in (frame.f_locals, frame.f_globals):
            for name, held in names.items():
                found = held is value or _is_made_by(held, value)
                if found and name.isidentifier() and not name.startswith("_"):
                    return name
        frame = frame.f_back
    return None


def _is_made_by(held: Any, node: object) -> bool:
    """Whether a variable holds a tensor with this node; nothing else in it is asked for it."""
    is_tensor = any("_grad_fn" in vars(cls) for cls in type(held).__mro__)
    return is_tensor and held._grad_fn is node
