"""The distribution: both packages, the widgets' static files, the extension, and no test."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tools.links import PROJECT

CACHES = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The project's wheel, built from a copy so that nothing is left behind in the project."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, folder)
    for name in ("autograd_core", "widgets", "share", "tests", "tools", "notebooks"):
        shutil.copytree(PROJECT / name, folder / name, ignore=CACHES)
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, capture_output=True, check=True)
    return next((folder / "dist").glob("*.whl"))


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    kinds = [("autograd_core", "*.py"), ("widgets", "*.py"), ("widgets/static", "*")]
    wanted = {
        str(path.relative_to(PROJECT))
        for folder, pattern in kinds
        for path in (PROJECT / folder).rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - inside == set()


def test_nothing_else_is_in_the_wheel(wheel):
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if "-" not in top} == {"autograd_core", "widgets"}
    assert {top.rpartition(".")[2] for top in tops if "-" in top} == {"data", "dist-info"}


def test_the_extension_is_put_where_jupyterlab_finds_it(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    installed = {name.partition(".data/data/")[2] for name in names if ".data/" in name}
    folder = PROJECT / "share"
    assert installed == {str(f.relative_to(PROJECT)) for f in folder.rglob("*") if f.is_file()}


def test_the_licence_goes_with_the_wheel(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith("/LICENSE")]
    assert archive.read(name) == (PROJECT / "LICENSE").read_bytes()


def test_the_engine_runs_from_the_wheel(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import autograd_core as torch\n"
        "x = torch.tensor(1.0, requires_grad=True)\n"
        "(x ** 2).backward()\n"
        "print(torch.__file__, x.grad)"
    )
    # -P: not from the folder in which the tests run
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )
    file, printed = done.stdout.strip().split(" ", 1)
    assert file.startswith(str(tmp_path))
    assert printed == "tensor(2.)"
