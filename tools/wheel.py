"""Build the project's wheel."""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.links import PROJECT

CACHES = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")


def built_wheel(folder: Path) -> Path:
    """Build it from a copy in an empty folder, so that nothing is left behind in the project."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, folder)
    for name in ("autograd_core", "widgets", "share", "tests", "tools", "notebooks"):
        shutil.copytree(PROJECT / name, folder / name, ignore=CACHES)
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, capture_output=True, check=True)
    return next((folder / "dist").glob("*.whl"))
