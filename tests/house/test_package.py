"""The distribution: both packages, the widgets' scripts, the lessons, the extension, no test."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tools.links import PROJECT
from tools.wheel import built_wheel
from widgets.lessons import lessons_folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built_wheel(tmp_path_factory.mktemp("wheel"))


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    kinds = [
        ("autograd_core", "*.py"),
        *(("widgets", f"*.{kind}") for kind in ("py", "js", "css", "json", "j2")),
    ]
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


def test_the_extension_and_the_lessons_are_put_where_they_are_looked_for(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    installed = {name.partition(".data/data/")[2] for name in names if ".data/" in name}
    extension = {str(f.relative_to(PROJECT)) for f in files_in(PROJECT / "share")}
    lessons = {
        f"share/see-the-gradient/{f.relative_to(PROJECT)}" for f in lesson_files(PROJECT / "notebooks")
    }
    assert installed == extension | lessons
    assert any(name.endswith("/images/00-map.svg") for name in lessons)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def lesson_files(folder):
    """The lessons, and all that stands in their folder's data and images."""
    beside = [*files_in(folder / "data"), *files_in(folder / "images")]
    return [*folder.glob("[0-9][0-9]-*.ipynb"), *beside]


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
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, printed = done.stdout.strip().split(" ", 1)
    assert file.startswith(str(tmp_path))
    assert printed == "tensor(2.)"


# ---------------------------------------------------------------------- installed, outside a clone


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The Python of an environment in which there is the wheel, and beside it what it needs."""
    folder = tmp_path_factory.mktemp("empty") / "environment"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", str(wheel)], capture_output=True, check=True,
    )  # fmt: skip
    # NumPy and the rest are those of the tests' own environment, looked through after the wheel.
    (site,) = folder.glob("lib/python3.*/site-packages")
    others = [each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    (site / "the_rest.pth").write_text("\n".join(others) + "\n")
    return python


def run(python, *arguments, folder):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [str(python), *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.exhaustive
@pytest.mark.slow
def test_every_widget_is_shown_and_lessons_run(python, tmp_path):
    shutil.copy(PROJECT / "tests/house/uses_everything.py", tmp_path)
    done = run(python, "uses_everything.py", "lessons", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"all used, from {python.parents[1]}")
    copied, ours = tmp_path / "lessons", PROJECT / "notebooks"
    for path in lesson_files(ours):
        assert (copied / path.relative_to(ours)).read_bytes() == path.read_bytes()


def test_a_lesson_in_which_someone_wrote_is_left_as_it_is(python, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/03-tensors-that-remember.ipynb").write_text("my answers")
    done = run(python, "-m", "widgets.lessons", "mine", folder=tmp_path)
    count = len(lesson_files(PROJECT / "notebooks"))
    assert done.stdout.splitlines() == [
        f"{count - 1} files were written to mine; begin with 00-start-here.ipynb.",
        "1 were there already and are as they were.",
    ]
    assert (tmp_path / "mine/03-tensors-that-remember.ipynb").read_text() == "my answers"


@pytest.mark.parametrize("arguments, words", [
    ([], "python -m widgets.lessons FOLDER"),
    (["a", "b"], "python -m widgets.lessons FOLDER"),
    (["taken"], "taken"),
    (["taken/below"], "taken"),
])  # fmt: skip
def test_what_cannot_be_copied_is_told_without_a_traceback(python, tmp_path, arguments, words):
    (tmp_path / "taken").write_text("a file, not a folder")
    done = run(python, "-m", "widgets.lessons", *arguments, folder=tmp_path)
    assert done.returncode == 1
    assert words in done.stderr and "Traceback" not in done.stderr


def test_where_the_lessons_are_not_it_is_said(python, tmp_path):
    hidden = next(python.parents[1].glob("share/see-the-gradient"))
    hidden.rename(tmp_path / "away")
    try:
        done = run(python, "-m", "widgets.lessons", "here", folder=tmp_path)
    finally:
        (tmp_path / "away").rename(hidden)
    assert done.returncode == 1
    assert done.stderr == "the lessons are not here: they come with the wheel of see-the-gradient\n"


def test_in_a_clone_the_lessons_are_those_of_the_clone():
    assert lessons_folder() == PROJECT / "notebooks"
