"""The sanitising rules of nbval (sanitise.cfg), which the stored outputs go through as well."""

import re
from pathlib import Path

from nbval.plugin import get_sanitize_patterns

CONFIGURATION = Path(__file__).with_name("sanitise.cfg")


def rules() -> list[tuple[str, str]]:
    """Return the pairs (regular expression, replacement)."""
    return get_sanitize_patterns(CONFIGURATION.read_text(encoding="utf-8"))


def sanitised(text: str) -> str:
    """Return `text` as nbval sees it when it compares."""
    for pattern, replacement in rules():
        text = re.sub(pattern, replacement, text)
    return text
