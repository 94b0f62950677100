"""``check_setup()``: is all there that the lessons need, do its parts fit, and if not, what mends it?

Nothing that may be missing is imported here before it has been looked for.
"""

import html
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from autograd_core.printable import printable

from ..drawing.system_libraries import PACKAGES, install_libraries, missing_library
from ..libraries import TESTED
from ..words.table import aligned

PYTHON = "3.11"
# What pyproject.toml asks for; a test compares the two. (name, least version, what it is for)
NEEDED = (
    ("numpy", "2.1", "the arrays beneath the engine"),
    ("jupyterlab", "4.2", "where the lessons are read and run"),
    ("ipywidgets", "8.1", "widgets in a notebook"),
    ("anywidget", "0.9.18", "widgets in a notebook"),
    ("graphviz", "0.20.3", "pictures of graphs"),
    ("pygraphviz", "2.0.4", "pictures of graphs"),
    ("tqdm", "4.66", "the progress bar of long work"),
)
# The releases of PyTorch whose differences the tests know: the first is the one that all is tested
# with, and the engine does what the last one does.
OPTIONAL = (
    ("torch", "2.5", f"the real PyTorch, in lesson 13; tested with {TESTED[0]}"),
    ("tensorboard", "2.18", "graphs in TensorBoard, in lesson 06"),
)
IMPORTED = ("numpy", "ipywidgets", "anywidget", "graphviz", "pygraphviz", "tqdm")
ELSEWHERE = ("jupyterlab",)  # needed where the server runs, which may be another environment
MANAGER = "@jupyter-widgets/jupyterlab-manager"  # the front end of ipywidgets 8 has version 5
MANAGERS = {7: 3, 8: 5}  # versions of ipywidgets and of its front end that speak to each other
CONDA_NAMES = {"graphviz": "python-graphviz", "torch": "pytorch"}
NAMES = {"numpy": "NumPy", "jupyterlab": "JupyterLab", "torch": "PyTorch", "tensorboard": "TensorBoard"}


@dataclass(frozen=True)
class Part:
    """One thing that the lessons use.

    Attributes
    ----------
    name, purpose : str
    found : str, its version, or ``""`` if it is not there
    wanted : str, the least version, or ``""``
    optional : bool
    trouble : str, what is wrong, or ``""``
    remedy : str, a command for a terminal that mends it, or ``""``
    """

    name: str
    purpose: str
    found: str
    wanted: str = ""
    optional: bool = False
    trouble: str = ""
    remedy: str = ""

    def __post_init__(self):
        for name, text in vars(self).items():  # of a package that may say anything
            if isinstance(text, str):
                object.__setattr__(self, name, printable(text))


@dataclass(frozen=True)
class Setup:
    """What :func:`check_setup` found.

    Attributes
    ----------
    parts : list of `Part`
    details : bool, whether versions are shown
    """

    parts: list
    details: bool = False

    @property
    def problems(self) -> list[Part]:
        """The parts with which something is wrong."""
        return [part for part in self.parts if part.trouble]

    @property
    def ok(self) -> bool:
        """Whether all that the lessons need is there and fits together."""
        return not self.problems

    @property
    def versions(self) -> dict[str, str]:
        """The version of each part that was found."""
        return {part.name: part.found for part in self.parts if part.found}

    def __bool__(self):
        return self.ok

    def describe(self) -> str:
        """Return one sentence."""
        if self.ok:
            names = [part.name for part in self.parts if part.wanted and not part.optional]
            return (
                f"All right: {', '.join(names[:-1])} and {names[-1]} are there and new enough, "
                "and the browser's half of the widgets fits."
            )
        count = len(self.problems)
        return f"{count} {'thing needs' if count == 1 else 'things need'} mending before all lessons work."

    def __repr__(self):
        lines = [self.describe()]
        for part in self.problems:
            lines += ["", f"{part.name}: {part.trouble}"]
            if part.remedy:
                lines += ["To mend it, run in a terminal:", f"    {part.remedy}"]
        if self.problems:
            lines += ["", "Then close JupyterLab, start it again, and reload this page."]
        if self.details:
            lines += ["", *aligned(self.rows(), left=range(4))]
        return "\n".join(lines)

    def rows(self) -> list[list[str]]:
        """Name, version found, version wanted, purpose of each part, under a heading."""
        head = ["part", "found", "wanted", "what it is for"]
        return [head] + [
            [part.name, part.found or "not there", part.wanted and f"{part.wanted} or newer",
             ("optional: " if part.optional else "") + part.purpose]
            for part in self.parts
        ]  # fmt: skip

    def _repr_mimebundle_(self, **kwargs):
        """A live view that says whether widgets work here; text where they do not."""
        texts = {"text/plain": repr(self), "text/html": f"<pre>{html.escape(repr(self))}</pre>"}
        try:
            from .widget import SetupView

            live, described = SetupView(self)._repr_mimebundle_(**kwargs)
            live.pop("image/svg+xml")  # the table says more
        except Exception:  # with anywidget missing or broken, that is what the text says
            return texts, {}
        return live | texts, described


def check_setup(details: bool = False) -> Setup:
    """Look whether all that the lessons need is there and fits, and say what mends it.

    Works in a notebook and in a terminal. In a notebook a live line also says whether widgets
    are shown here.

    Parameters
    ----------
    details : bool, whether to show the versions found, and what is optional

    >>> check_setup().versions["Python"].partition(".")[0]
    '3'
    """
    server = server_prefix()
    parts = [python_part()]
    parts += [package(*each, server=server) for each in NEEDED]
    parts += front_ends(server)
    parts += [package(*each, optional=True) for each in OPTIONAL] + [dot_program(), kernel_part()]
    return Setup(parts, details)


# --------------------------------------------------------------------------- the kernel's side


def python_part() -> Part:
    """The Python that runs this."""
    found = ".".join(map(str, sys.version_info[:3]))
    trouble = ""
    if older(found, PYTHON):
        trouble = f"this is Python {found}; the lessons need {PYTHON} or newer"
    return Part("Python", "runs the lessons", found, PYTHON, trouble=trouble)


def package(name, wanted, purpose, optional=False, server=None) -> Part:
    """A Python package: is it there, new enough, and can it be imported?"""
    title = NAMES.get(name, name)
    found = version_of(name)
    if not found and name in ELSEWHERE and server:
        found = version_in(server, name)
    trouble, remedy = "", install(f"{name}>={wanted}")
    if not found:
        trouble = "" if optional else "it is not installed"
    elif older(found, wanted):
        trouble = f"version {found} is too old; {wanted} or newer is needed"
    elif name in IMPORTED and (error := import_error(name)):
        trouble, remedy = broken(error, f"{name}>={wanted}")
    return Part(title, purpose, found, wanted, optional, trouble, remedy if trouble else "")


def broken(error, requirement) -> tuple[str, str]:
    """What is wrong with a package that raises when it is imported, and what mends it."""
    if library := missing_library(error):
        what = f"it needs the library {library}, which this system does not have"
        cure = install_libraries()
        return what if cure else f"{what}; install what holds {', '.join(PACKAGES)}", cure
    words = f"{type(error).__name__}: {error}"[:120]
    return f"it is installed, but cannot be imported ({words})", install(requirement, "--force-reinstall")


def version_of(name) -> str:
    """The version of an installed package, or ``""``."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def import_error(name) -> Exception | None:
    """What importing a package raises; None if it can be imported."""
    try:
        importlib.import_module(name)
    except Exception as error:  # an extension module may raise anything
        return error
    return None


def dot_program() -> Part:
    """The program `dot`: pygraphviz draws without it."""
    path = shutil.which("dot")
    return Part("dot", "a program that draws graphs; not needed", "there" if path else "", optional=True)


def kernel_part() -> Part:
    """What runs the cells: only a newer one hears a browser while it does."""
    heard = "runs cells; from 7 on, and with JupyterLab 4.4, a monitor's Pause and Stop are heard meanwhile"
    return Part("ipykernel", heard, version_of("ipykernel"), optional=True)


# --------------------------------------------------------------------------- the front end's side


def front_ends(server: Path | None) -> list[Part]:
    """The parts of ipywidgets and anywidget that run in the browser.

    They are installed beside JupyterLab. If the kernel runs in another environment, its own
    copies are of no use, and the versions can differ.
    """
    folders = extension_folders(server)
    return [
        front_end("ipywidgets in the browser", MANAGER, "ipywidgets", "jupyterlab_widgets", folders, server),
        front_end("anywidget in the browser", "anywidget", "anywidget", "anywidget", folders, server),
    ]  # fmt: skip


def front_end(title, extension, package_name, brought_by, folders, server) -> Part:
    """One front-end package against the kernel's."""
    found, ours = extension_version(extension, folders), version_of(package_name)
    where = f" in {server}, where JupyterLab runs" if server and not same(server) else ""
    python = python_in(server) if server else sys.executable
    purpose = f"the other half of {package_name}"
    if not ours or (found and fits(package_name, ours, found)):  # the kernel's own half comes first
        return Part(title, purpose, found)
    trouble = f"JupyterLab's half of {package_name} is missing{where}"
    if found:
        trouble = (
            f"the browser has version {found}, installed{where or ' beside JupyterLab'}; "
            f"it does not fit {package_name} {ours} of this kernel"
        )
    ahead = found and package_name == "anywidget" and older(ours, found)
    remedy = install(f"anywidget=={found}") if ahead else install(f"{package_name}=={ours}", python=python)
    return Part(title, purpose, found, trouble=trouble, remedy=remedy)


def fits(package_name, ours, found) -> bool:
    """Whether a front end speaks to a kernel's package.

    anywidget asks for the same first two numbers and a third that is not lower; each ipywidgets
    has its own manager.

    >>> fits("anywidget", "0.9.18", "0.9.21"), fits("anywidget", "0.9.18", "0.11.0")
    (True, False)
    >>> fits("ipywidgets", "8.1.5", "5.0.13"), fits("ipywidgets", "8.1.5", "3.1.9")
    (True, False)
    """
    if package_name == "ipywidgets":
        return MANAGERS.get(numbers(ours)[0], numbers(found)[0]) == numbers(found)[0]
    return numbers(ours)[:2] == numbers(found)[:2] and not older(found, ours)


def extension_folders(server: Path | None) -> list[Path]:
    """Where JupyterLab looks for the front ends of widgets, in its order."""
    try:
        from jupyter_core.paths import SYSTEM_JUPYTER_PATH, jupyter_data_dir
    except ImportError:
        return [Path(server or sys.prefix, "share/jupyter/labextensions")]
    roots = [jupyter_data_dir(), Path(server or sys.prefix, "share/jupyter"), *SYSTEM_JUPYTER_PATH]
    return [Path(root, "labextensions") for root in roots]


def extension_version(extension, folders) -> str:
    """The version of an extension of JupyterLab, or ``""``."""
    for folder in folders:
        try:
            described = json.loads((folder / extension / "package.json").read_text(encoding="utf-8"))
            return str(described["version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return ""


def server_prefix() -> Path | None:
    """The environment in which the Jupyter server runs that started this kernel; None if unknown."""
    command = parent_command()
    for part in command[:3]:
        if re.fullmatch(r"jupyter[\w-]*(\.exe|\.py)?", Path(part).name):
            for program in (part, command[0], shutil.which(command[0]) or ""):
                folder = Path(program).parent
                if folder.is_absolute():
                    return folder.parent if folder.name in ("bin", "Scripts") else folder
            return None
    return None


def parent_command() -> list[str]:
    """The command line of the process that started this one; empty if it cannot be read."""
    try:
        text = os.fsdecode(Path(f"/proc/{os.getppid()}/cmdline").read_bytes())  # any bytes may be there
        return text.rstrip("\0").split("\0")
    except OSError:  # not on Linux
        pass
    try:
        import psutil

        return psutil.Process(os.getppid()).cmdline()
    except Exception:  # not there, or not allowed
        return []


def same(prefix: Path) -> bool:
    """Whether that is the environment of this Python."""
    return os.path.realpath(prefix) == os.path.realpath(sys.prefix)


def python_in(prefix: Path) -> str:
    """The Python of an environment."""
    places = [prefix / "bin/python", prefix / "python.exe", prefix / "Scripts/python.exe"]
    return next((str(place) for place in places if place.exists()), "python")


def version_in(prefix: Path, name) -> str:
    """The version of a package in another environment, or ``""``."""
    for pattern in ("lib/python3*/site-packages", "Lib/site-packages"):
        for folder in prefix.glob(pattern):
            for found in metadata.distributions(name=name, path=[str(folder)]):
                return found.version
    return ""


# --------------------------------------------------------------------------- what mends it


def install(requirement, *options, python=None) -> str:
    """The command that installs a requirement for a Python: pip, or conda in a conda environment."""
    python = python or sys.executable
    prefix = Path(python).parent.parent if Path(python).parent.name == "bin" else Path(python).parent
    name = re.split("[<>=]", requirement)[0]
    if (prefix / "conda-meta").is_dir() and name != "pygraphviz" and not options:
        requirement = CONDA_NAMES.get(name, name) + requirement.removeprefix(name)
        return quoted(["conda", "install", "-p", str(prefix), "-c", "conda-forge", requirement])
    return quoted([python, "-m", "pip", "install", *options, requirement])


def quoted(command) -> str:
    """A command line, quoted for the shell at hand."""
    if os.name == "nt":
        line = subprocess.list2cmdline(command[:-1])
        return f'{line} "{command[-1]}"'
    return shlex.join(command)


# --------------------------------------------------------------------------- words and numbers


def numbers(version) -> tuple[int, ...]:
    """The numbers of a version, as far as they go.

    >>> numbers("2.13.0+cpu"), numbers("8.1.0rc1"), numbers("unknown")
    ((2, 13, 0), (8, 1, 0), (0,))
    """
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else (0,)


def older(version, wanted) -> bool:
    """Whether a version is older than the one wanted.

    >>> older("4.10", "4.2"), older("0.9.9", "0.9.18"), older("2", "2.0.0")
    (False, True, False)
    """
    mine, other = numbers(version), numbers(wanted)
    length = max(len(mine), len(other))
    return mine + (0,) * (length - len(mine)) < other + (0,) * (length - len(other))
