"""Libraries of the system that pygraphviz' wheel needs, and the packages of Debian that hold them.

The wheel carries Graphviz and most of what that is built on. A desktop has the rest; a minimal
Debian, such as a container, may not, and installing the wheel again does not help.
"""

import re
import shutil

PACKAGES = {  # by the library's name, of which the loader tells the first that it misses
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libexpat.so.1": "libexpat1",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
}


def missing_library(error: ImportError) -> str:
    """Return which library of the system an import did not find, or ``""``.

    >>> missing_library(ImportError("libX11.so.6: cannot open shared object file: No such file"))
    'libX11.so.6'
    """
    named = re.match(r"(lib\S+): cannot open shared object file", str(error))
    return named[1] if named and named[1] in PACKAGES else ""


def install_libraries() -> str:
    """Return the command that installs them all; ``""`` where there is no apt."""
    if not shutil.which("apt"):
        return ""
    asking = ["sudo"] if shutil.which("sudo") else []
    return " ".join([*asking, "apt install", *dict.fromkeys(PACKAGES.values())])
