"""Source lines of PyTorch nodes, which anomaly mode keeps."""

import linecache
import re

from autograd_core.core.source import Source
from autograd_core.source_text import may_run

from ..libraries.pytorch_private import TORCH, metadata

FRAME = re.compile(r'File "(?P<file>.+?)", line (?P<line>\d+), in (?P<function>.+)')


def source_of(node):
    """The line of the user's code that made a node, where PyTorch knows it; else None.

    PyTorch notes the stack only while ``torch.autograd.detect_anomaly()`` is on, and notes no
    columns. The innermost frame outside PyTorch's own files is the user's. Its text is what the
    stack says, which is older than what the file may hold now.
    """
    for entry in reversed(metadata(node).get("traceback_", ())):
        found = FRAME.search(entry)
        if found and not found["file"].startswith(TORCH):
            line = int(found["line"])
            told = entry[found.end() :].strip().partition("\n")[0]
            text = linecache.getline(found["file"], line).rstrip("\n")
            text = text if text.strip() == told else told
            text = text if may_run(text) else ""
            return Source(found["file"], found["function"].strip(), line, line, None, None, text)
    return None
