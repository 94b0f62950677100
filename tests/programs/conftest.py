"""The programs are run by test_programs.py, and are no tests themselves."""

from pathlib import Path

collect_ignore = [
    path.name for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_")
]
