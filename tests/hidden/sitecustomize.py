"""Hides libraries from every Python that starts with this folder in PYTHONPATH, as if they were
not installed: ``PYTHONPATH="$PWD/tests/hidden" HIDDEN="torch" python -m pytest``.

Python imports a module of this name before anything else.
"""

import os
import sys

for name in os.environ.get("HIDDEN", "").split():
    sys.modules[name] = None
