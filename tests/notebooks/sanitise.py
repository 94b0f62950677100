"""The sanitising rules of nbval (sanitise.cfg)."""

import re
from pathlib import Path

from nbval.plugin import get_sanitize_patterns

CONFIGURATION = Path(__file__).with_name("sanitise.cfg")


def rules() -> list[tuple[str, str]]:
    """Return the pairs (regular expression, replacement)."""
    return get_sanitize_patterns(CONFIGURATION.read_text(encoding="utf-8"))


def without_kernel_files(text: str) -> str:
    """Return `text` with the first rule applied: what even two runs on one machine differ in."""
    pattern, replacement = rules()[0]
    return re.sub(pattern, replacement, text)


def sanitised(text: str) -> str:
    """Return `text` as nbval sees it when it compares."""
    for pattern, replacement in rules():
        text = re.sub(pattern, replacement, text)
    return text
