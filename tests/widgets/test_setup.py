"""check_setup: what it finds in environments made for it, and the command it gives."""

import json
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.missing import need
from tools.links import PROJECT
from widgets import check_setup
from widgets.drawing.system_libraries import PACKAGES
from widgets.setup import check
from widgets.setup.check import MANAGER, NEEDED, OPTIONAL, quoted
from widgets.setup.widget import SetupView

OURS = {name: metadata.version(name) for name in ("anywidget", "ipywidgets")}


def part(found, name):
    (part,) = [part for part in found.parts if part.name == name]
    return part


def environment(folder: Path, anywidget="", manager="") -> Path:
    """An environment with a Python and with the widgets' front ends that are given."""
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "jupyter-lab"):
        (folder / "bin" / name).touch()
    for extension, version in {"anywidget": anywidget, MANAGER: manager}.items():
        if version:
            place = folder / "share/jupyter/labextensions" / extension
            place.mkdir(parents=True)
            (place / "package.json").write_text(json.dumps({"version": version}))
    return folder


@pytest.fixture
def served_from(monkeypatch, tmp_path):
    """Let the kernel have been started by JupyterLab of another environment."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])

    def served_from(**versions):
        other = environment(tmp_path / "other environment", **versions)
        command = [str(other / "bin/python"), str(other / "bin/jupyter-lab"), "--no-browser"]
        monkeypatch.setattr(check, "parent_command", lambda: command)
        return other

    return served_from


# ---------------------------------------------------------------- all right


def test_where_the_tests_run_all_is_right():
    found = check_setup()
    assert found.ok and bool(found)
    assert repr(found).startswith("All right: Python, NumPy, JupyterLab,")
    assert found.versions["anywidget"] == OURS["anywidget"]


def test_what_a_lesson_stores_names_no_version_and_no_place():
    bundle = check_setup()._repr_mimebundle_()[0]
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} == set(bundle)
    for kind in ("text/plain", "text/html"):
        assert not re.search(r"\d\.\d|0x|/", bundle[kind].replace("</", "").replace("/>", "")), kind
    assert len(repr(check_setup()).splitlines()) == 1


def test_details_tell_the_versions():
    lines = repr(check_setup(details=True)).splitlines()
    row = next(line for line in lines if line.startswith("anywidget "))
    assert OURS["anywidget"] in row and "0.9.18 or newer" in row
    assert any(line.startswith("ipykernel") and "Pause and Stop are heard" in line for line in lines)


def test_it_asks_for_what_the_project_asks_for():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["lab"], *extras["pictures"]]
    for asked, wanted in ((NEEDED, needed), (OPTIONAL, extras["torch"] + extras["tensorboard"])):
        assert {f"{name}>={least}" for name, least, _ in asked} == {str(Requirement(each)) for each in wanted}
    assert project["requires-python"] == f">={check.PYTHON}"


def test_it_runs_in_a_plain_terminal():
    ran = subprocess.run(
        [sys.executable, "-c", "from widgets import check_setup; print(check_setup())"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.startswith("All right")


# ---------------------------------------------------------------- something is missing


def hidden(monkeypatch, name, version=None):
    """Let a package be missing, or of another version."""
    real = check.version_of
    monkeypatch.setattr(check, "version_of", lambda each: (version or "") if each == name else real(each))


def test_a_missing_package_and_the_command_that_installs_it(monkeypatch):
    hidden(monkeypatch, "pygraphviz")
    found = check_setup()
    assert not found.ok and not found
    assert found.describe() == "1 thing needs mending before all lessons work."
    missing = part(found, "pygraphviz")
    assert missing.trouble == "it is not installed"
    assert missing.remedy == quoted([sys.executable, "-m", "pip", "install", "pygraphviz>=2.0.4"])
    assert missing.remedy in repr(found)


def test_the_command_is_one_that_a_shell_understands(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my env" / "bin" / "python"))
    hidden(monkeypatch, "tqdm")
    remedy = part(check_setup(), "tqdm").remedy
    said = subprocess.run(f"printf '%s|' {remedy}", shell=True, capture_output=True, text=True)
    assert said.stdout.split("|")[:-1] == [sys.executable, "-m", "pip", "install", "tqdm>=4.66"]


def test_in_a_conda_environment_it_is_condas_command(monkeypatch, tmp_path):
    prefix = environment(tmp_path / "conda")
    (prefix / "conda-meta").mkdir()
    monkeypatch.setattr(sys, "executable", str(prefix / "bin/python"))
    hidden(monkeypatch, "graphviz")
    assert part(check_setup(), "graphviz").remedy == quoted(
        ["conda", "install", "-p", str(prefix), "-c", "conda-forge", "python-graphviz>=0.20.3"]
    )
    hidden(monkeypatch, "pygraphviz")  # whose wheel carries Graphviz itself
    assert " -m pip install " in part(check_setup(), "pygraphviz").remedy


def test_a_version_too_old(monkeypatch):
    hidden(monkeypatch, "ipywidgets", "7.8.1")
    assert "7.8.1 is too old; 8.1 or newer" in part(check_setup(), "ipywidgets").trouble


def test_a_package_that_is_there_but_broken(monkeypatch, tmp_path):
    real = check.importlib.import_module

    def broken(name):
        if name == "pygraphviz":
            raise ImportError("libcgraph.so.6: cannot open shared object file")
        return real(name)

    monkeypatch.setattr(check.importlib, "import_module", broken)
    found = part(check_setup(), "pygraphviz")
    assert "cannot be imported (ImportError: libcgraph" in found.trouble
    assert "--force-reinstall" in found.remedy


@pytest.fixture
def without_library(monkeypatch):
    """Let pygraphviz be installed, but miss a library of the system, as on a minimal Debian."""
    real = check.importlib.import_module

    def without_library(library):
        def broken(name):
            if name == "pygraphviz":
                raise ImportError(f"{library}: cannot open shared object file: No such file or directory")
            return real(name)

        monkeypatch.setattr(check.importlib, "import_module", broken)

    return without_library


@pytest.mark.parametrize("library, held_by", [
    ("libX11.so.6", "libx11-6"), ("libXext.so.6", "libxext6"), ("libXrender.so.1", "libxrender1"),
    ("libgobject-2.0.so.0", "libglib2.0-0"), ("libexpat.so.1", "libexpat1"),
])  # fmt: skip
def test_a_library_that_the_system_lacks_is_named_with_the_packages(
    without_library, monkeypatch, library, held_by
):
    monkeypatch.setattr("shutil.which", lambda program: (program == "apt" and "/usr/bin/apt") or None)
    without_library(library)
    found = part(check_setup(), "pygraphviz")
    assert f"it needs the library {library}, which this system does not have" in found.trouble
    assert found.remedy.startswith("apt install ") and held_by in found.remedy.split()
    assert len(found.remedy.split()) == 2 + len(set(PACKAGES.values()))  # one command for them all


def test_who_is_not_root_is_told_to_ask_for_it(without_library, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    without_library("libX11.so.6")
    assert part(check_setup(), "pygraphviz").remedy.startswith("sudo apt install ")


def test_where_there_is_no_apt_the_libraries_are_named(without_library, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda program: None)
    without_library("libX11.so.6")
    found = part(check_setup(), "pygraphviz")
    assert found.remedy == "" and all(library in found.trouble for library in PACKAGES)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the wheel is made of other libraries")
def test_every_library_that_the_wheel_expects_of_the_system_is_known():
    need("pygraphviz")
    package = Path(find_spec("pygraphviz").origin).parent
    files = [*package.glob("*.so"), *package.parent.glob("pygraphviz.libs/*")]
    brought = {file.name for file in files}
    wanted = {
        name.decode()
        for file in files
        for name in re.findall(rb"\0(lib[\w.+-]+\.so\.\d+)(?=\0)", file.read_bytes())
    }
    of_every_system = re.compile(r"lib(c|m|dl|rt|pthread)\.so")
    own_names = {re.sub(r"-[0-9a-f]{8}", "", name) for name in brought}
    outside = {name for name in wanted - brought if not of_every_system.match(name)}
    outside = {name for name in outside if not any(own.startswith(name) for own in own_names)}
    assert {"libX11.so.6", "libexpat.so.1"} <= outside <= set(PACKAGES)


def test_what_is_optional_may_be_missing(monkeypatch):
    hidden(monkeypatch, "torch")
    found = check_setup(details=True)
    assert found.ok and "PyTorch" not in found.versions
    assert re.search(r"PyTorch +not there", repr(found))


def test_without_anywidget_there_is_still_the_text(monkeypatch):
    monkeypatch.setitem(sys.modules, "widgets.setup.widget", None)  # importing it fails
    bundle, _ = check_setup()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}


# ---------------------------------------------------------------- kernel and browser


def test_jupyterlab_elsewhere_without_the_widgets(served_from):
    other = served_from()
    found = part(check_setup(), "anywidget in the browser")
    assert found.trouble == f"JupyterLab's half of anywidget is missing in {other}, where JupyterLab runs"
    assert found.remedy == quoted(
        [str(other / "bin/python"), "-m", "pip", "install", f"anywidget=={OURS['anywidget']}"]
    )
    assert part(check_setup(), "ipywidgets in the browser").trouble


def test_jupyterlab_elsewhere_with_an_older_front_end(served_from):
    other = served_from(anywidget="0.9.3", manager="5.0.13")
    found = check_setup()
    assert [each.name for each in found.problems if "browser" in each.name] == ["anywidget in the browser"]
    trouble = part(found, "anywidget in the browser")
    assert "the browser has version 0.9.3" in trouble.trouble and str(other) in trouble.trouble
    assert str(other) in trouble.remedy  # the older side is brought up to the newer


def test_jupyterlab_elsewhere_with_a_newer_front_end(served_from):
    served_from(anywidget="99.1.0", manager="5.0.13")
    remedy = part(check_setup(), "anywidget in the browser").remedy
    assert remedy == quoted([sys.executable, "-m", "pip", "install", "anywidget==99.1.0"])


def test_jupyterlab_elsewhere_that_fits(served_from):
    served_from(anywidget=OURS["anywidget"], manager="5.0.13")
    assert [each for each in check_setup().problems if "browser" in each.name] == []


def test_an_old_manager_does_not_fit_ipywidgets_8(served_from):
    served_from(anywidget=OURS["anywidget"], manager="3.1.9")
    assert "does not fit ipywidgets" in part(check_setup(), "ipywidgets in the browser").trouble


@pytest.mark.parametrize(
    "command, found",
    [
        (["/envs/lab/bin/python", "/envs/lab/bin/jupyter-lab"], "/envs/lab"),
        (["/envs/lab/bin/python3.12", "/envs/lab/bin/jupyterhub-singleuser", "--port=1"], "/envs/lab"),
        (["/envs/lab/bin/python", "-m", "jupyterlab"], "/envs/lab"),
        (["/envs/lab/bin/python", "-m", "pytest", "jupyter"], None),
        (["bash"], None),
        ([], None),
    ],
)
def test_the_servers_environment_is_read_from_its_command_line(monkeypatch, command, found):
    monkeypatch.setattr(check, "parent_command", lambda: command)
    assert check.server_prefix() == (found and Path(found))


def test_a_server_that_was_started_by_its_name_alone_is_looked_for_on_the_path(monkeypatch, tmp_path):
    folder = environment(tmp_path / "lab") / "bin"
    (folder / "python").chmod(0o755)
    monkeypatch.setattr(check, "parent_command", lambda: ["python", "-m", "jupyterlab"])
    monkeypatch.setenv("PATH", str(folder))
    assert check.server_prefix() == tmp_path / "lab"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check.server_prefix() is None  # rather than the folder one is in


def test_a_command_line_of_any_bytes_is_read(monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"/b\xff/bin/python\0-m\0jupyterlab\0")
    command = check.parent_command()
    assert os.fsencode(command[0]) == b"/b\xff/bin/python" and command[1:] == ["-m", "jupyterlab"]


def test_the_command_line_of_the_parent_is_really_read():
    ask = "from widgets.setup.check import parent_command; print(parent_command()[:2])"
    here = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ask!r}])"]
    ran = subprocess.run(here, cwd=PROJECT, capture_output=True, text=True, env=os.environ)
    assert ran.stdout.strip() == str(here[:2])


def test_hostile_text_stays_text(monkeypatch):
    hidden(monkeypatch, "tqdm", "<img src=x onerror=hacked()>")
    found = check_setup(details=True)
    assert "<img" not in found._repr_mimebundle_()[0]["text/html"] and "<img" in repr(found)


@pytest.mark.parametrize("name, mark", [(None, "✓"), ("tqdm", "!")])
def test_its_picture_is_one_line_as_wide_as_a_page_of_text(monkeypatch, name, mark):
    if name:
        hidden(monkeypatch, name)
    drawn = ElementTree.fromstring(SetupView(check_setup()).svg())
    assert drawn.get("viewBox") == "0 0 600 48"
    assert "".join(drawn.itertext()).endswith(mark)
