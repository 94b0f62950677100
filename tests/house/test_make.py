"""The make targets: what they start, that they do no work twice, and what they say in trouble."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tools.install import explain, main
from tools.links import PROJECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no make")


@pytest.fixture
def copy(tmp_path):
    """A project with nothing in it but what make needs."""
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / "tools", tmp_path / "tools")
    return tmp_path


def make(folder, *arguments, **environment):
    """Run make in `folder`; return the finished process, with both outputs in `stdout`."""
    # Without the variables by which an outer make, which may run this test, would join in.
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=inherited | {"PYTHON": ""} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def program(path, script):
    """Write a shell script that can be run, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + script + "\n")
    path.chmod(0o755)
    return path


def old_python(path, version="3.9.2"):
    """Write a Python that says it is too old."""
    return program(path, f'case "$2" in *sys.exit*) exit 1;; *print*) echo {version};; esac')


def finished_environment(folder):
    """Write an environment that is newer than the project, whose Python prints what it is asked."""
    program(folder / ".venv/bin/python", 'echo "python was asked: $*"')
    for stamp in ("lab", "test", "bench"):
        (folder / f".venv/installed-{stamp}").touch()


def test_help_names_every_target(copy):
    targets = re.search(r"^\.PHONY: (.+)$", (copy / "Makefile").read_text(), re.MULTILINE)[1]
    listed = re.findall(r"^make (\w+) +\S", make(copy, "help").stdout, re.MULTILINE)
    assert sorted(listed) == sorted(targets.split())


def test_make_alone_is_help(copy):
    assert make(copy).stdout == make(copy, "help").stdout


def test_lab_passes_arguments_on_and_starts_at_once(copy):
    finished_environment(copy)
    said = make(copy, "lab", "ARGS=--no-browser --port 8899").stdout
    assert "-m jupyterlab --ServerApp.root_dir=notebooks" in said
    assert "--no-browser --port 8899" in said
    assert "nstalling" not in said


def test_programs_started_in_lab_are_the_environments(copy):
    finished_environment(copy)
    program(copy / ".venv/bin/python", 'echo "pip is $(command -v pip)"')
    pip = program(copy / ".venv/bin/pip", "")
    assert f"pip is {pip}\n" in make(copy, "lab").stdout


def test_lab_finds_the_extension_beside_what_else_is_there(copy):
    finished_environment(copy)
    program(copy / ".venv/bin/python", 'echo "looks in $JUPYTER_PATH;"')
    assert f"looks in {copy}/share/jupyter;" in make(copy, "lab", JUPYTER_PATH="").stdout
    assert f"looks in {copy}/share/jupyter:/mine;" in make(copy, "lab", JUPYTER_PATH="/mine").stdout


def test_lab_asks_nobody_about_news(copy):
    finished_environment(copy)
    program(copy / ".venv/bin/python", 'echo "looks in $JUPYTER_CONFIG_PATH;"')
    assert f"looks in {copy}/tools/lab;" in make(copy, "lab", JUPYTER_CONFIG_PATH="").stdout
    settings = PROJECT / "tools/lab/labconfig/page_config.json"
    assert '"@jupyterlab/apputils-extension:announcements": true' in settings.read_text(encoding="utf-8")


def test_a_test_run_passes_arguments_on_and_starts_at_once(copy):
    finished_environment(copy)
    said = make(copy, "test", "ARGS=-k engine").stdout
    assert "-m pytest -n 2 --dist loadscope -k engine" in said
    assert "nstalling" not in said


def test_a_changed_pyproject_installs_again(copy):
    finished_environment(copy)
    later = time.time() + 60
    os.utime(copy / "pyproject.toml", (later, later))
    said = make(copy, "lab").stdout
    assert "Installing what is needed" in said


def test_one_environment_is_made_for_both_commands(copy):
    finished_environment(copy)
    (copy / ".venv/installed-lab").unlink()
    (copy / ".venv/installed-test").unlink()
    assert "Installing" in make(copy, "test").stdout
    assert "Installing" not in make(copy, "lab").stdout


def test_clean_leaves_the_sources(copy):
    finished_environment(copy)
    before = {path.name for path in copy.iterdir()}
    assert make(copy, "clean").returncode == 0
    assert {path.name for path in copy.iterdir()} == before - {".venv"}


def test_a_folder_that_is_no_environment_is_left_alone(copy):
    (copy / "thesis").mkdir()
    (copy / "thesis/chapter1.txt").write_text("years of work")
    done = make(copy, "venv", "VENV=thesis", PYTHON=sys.executable)
    assert done.returncode != 0
    assert "is no Python environment: it is left as it is" in done.stdout
    assert (copy / "thesis/chapter1.txt").read_text() == "years of work"


def test_an_environment_that_is_there_is_used_as_it_is(copy):
    program(copy / "conda-env/bin/python", 'echo "python was asked: $*"')
    (copy / "conda-env/etc").mkdir()
    said = make(copy, "test", "VENV=conda-env", PYTHON=sys.executable).stdout
    assert "Making the environment" not in said
    assert "python was asked: -m pytest" in said
    assert (copy / "conda-env/installed-test").exists()


@pytest.mark.exhaustive
def test_an_environment_that_was_cut_short_is_made_anew(copy):
    (copy / ".venv/bin").mkdir(parents=True)
    (copy / ".venv/pyvenv.cfg").touch()
    assert make(copy, "venv", PYTHON=sys.executable).returncode == 0
    assert (copy / ".venv/bin/pip").exists()


def test_clean_spares_an_environment_that_was_named(copy):
    (copy / "conda-env").mkdir()
    make(copy, "clean", "VENV=conda-env")
    assert (copy / "conda-env").exists()


@pytest.mark.parametrize("target", ["venv", "lab", "test"])
def test_an_environment_with_a_space_in_its_name_is_refused(copy, target):
    done = make(copy, target, "VENV=my env")
    assert (
        done.returncode and 'VENV is "my env", and make cannot work in a folder with a space' in done.stdout
    )
    assert not (copy / "my").exists() and not (copy / "env").exists()


def test_too_old_a_python_is_named(copy):
    old = old_python(copy / "old")
    done = make(copy, "lab", PYTHON=str(old))
    assert done.returncode != 0
    assert f"This project needs Python 3.11 or newer. {old} is Python 3.9.2." in done.stdout


def test_a_python_that_does_not_start_is_named(copy):
    assert "nosuchpython does not start." in make(copy, "lab", PYTHON="nosuchpython").stdout


@pytest.fixture
def bare_path(tmp_path):
    """A search path on which there is a shell, what make needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "id", "make"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def test_no_python_at_all(copy, bare_path):
    done = make(copy, "lab", PATH=str(bare_path))
    assert done.returncode != 0
    assert "needs Python 3.11 or newer. No Python was found here." in done.stdout


def test_an_old_python3_does_not_hide_a_newer_one(copy, bare_path):
    old_python(bare_path / "python3")
    program(bare_path / "python3.12", f'exec "{sys.executable}" "$@"')
    found = subprocess.run(
        ["sh", "tools/python.sh", "-c", "import sys; print('found', sys.version_info[0])"],
        cwd=copy,
        env={"PATH": str(bare_path)},
        capture_output=True,
        text=True,
    )
    assert found.stdout == "found 3\n"


def test_the_oldest_python_is_the_one_of_pyproject(copy):
    oldest = re.search(r'requires-python = ">=(\S+)"', (copy / "pyproject.toml").read_text())[1]
    script = (copy / "tools/python.sh").read_text()
    assert f"Python {oldest} or newer" in script
    assert f"({oldest.replace('.', ', ')})" in script


def test_each_python_that_is_supported_is_looked_for_the_newest_first(copy):
    supported = re.findall(r'Python :: (3\.\d+)"', (copy / "pyproject.toml").read_text())
    names = re.search(r"for name in (.*?);", (copy / "tools/python.sh").read_text())[1].split()
    assert names == ["python3", *(f"python{each}" for each in reversed(supported)), "python"]


@pytest.mark.parametrize("wanted, extras", [
    ("lab", "lab,pictures"), ("test", "lab,pictures,test"), ("bench", "lab,pictures,bench"),
])  # fmt: skip
def test_whatever_is_installed_the_lessons_can_be_read(copy, wanted, extras):
    asked = copy / "asked.txt"
    program(copy / ".venv/bin/python", f'echo "$*" >> "{asked}"')
    assert main(str(copy / ".venv"), wanted) is None
    assert asked.read_text().splitlines()[-1].endswith(f"--editable .[{extras}]")
    assert (copy / ".venv/installed-lab").exists() and (copy / f".venv/installed-{wanted}").exists()


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_network_that_is_away_is_named(copy):
    with socket.socket() as closed:  # bound, and not listening: it refuses
        closed.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        nowhere = {"PIP_INDEX_URL": index, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1"}
        done = make(copy, "lab", PYTHON=sys.executable, PIP_FIND_LINKS="", **nowhere)
    assert done.returncode != 0
    assert "The package index could not be reached" in done.stdout
    assert "onnection refused" in done.stdout  # the installer's own words are kept
    assert not (copy / ".venv/installed-lab").exists()


def test_a_python_without_venv_is_named(copy):
    # What Debian's Python says.
    words = "The virtual environment was not created successfully because ensurepip is not"
    bad = program(
        copy / "debian",
        f'case "$*" in "-m venv"*) echo "{words}"; exit 1;; *) exec "{sys.executable}" "$@";; esac',
    )
    # install.py runs `sys.executable -m venv`, so the program is put in its place.
    run = (
        "import sys, runpy; sys.executable = sys.argv.pop(1); sys.argv[:] = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", run, str(bad), "tools/install.py", ".venv", "lab"],
        cwd=copy,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "sudo apt install python3-venv" in done.stderr
    assert words in done.stderr


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded", "disk is full"),
        ("WARNING: Retrying after 'NewConnectionError: [Errno -2]'", "network is away"),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "network is away"),
        ("error: metadata-generation-failed", "The installation failed."),
    ],
)
def test_trouble_in_plain_words_and_in_the_installers(output, meaning, tmp_path):
    said = explain(f"Collecting numpy\n{output}\n", tmp_path / ".venv")
    assert meaning in said
    assert output in said


def test_a_full_disk_is_named_even_if_the_installer_hides_it(monkeypatch, tmp_path):
    full = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert "The disk is full. 0 MB are left" in explain("ensurepip returned 1", tmp_path / ".venv")


def page(address, seconds=30):
    """Read a page from a server that is just starting: it tells its address a moment too early."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as answer:
                return answer.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.mark.slow
def test_lab_prints_an_address_that_answers(tmp_path):
    settings = ("CONFIG", "DATA", "RUNTIME")
    private = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in settings}
    server = subprocess.Popen(
        # -o: this environment is as it should be, whoever made it.
        [
            "make",
            "lab",
            f"VENV={sys.prefix}",
            "-o",
            f"{sys.prefix}/installed-lab",
            "ARGS=--no-browser --ServerApp.base_url=/passed-on/",
        ],
        cwd=PROJECT,
        env=os.environ | private,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = iter(server.stdout.readline, "")
        address = next(found[0] for line in said if (found := re.search(r"http://\S+", line)))
        assert "/passed-on/lab" in address
        next(line for line in said if "Control-C" in line)
        assert "<title>JupyterLab</title>" in page(address)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)
        server.stdout.close()
