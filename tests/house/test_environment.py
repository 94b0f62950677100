"""environment.yml says what pyproject.toml says, and Binder can read it."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tools.install import LESSONS
from tools.links import PROJECT, repository
from tools.lowest import lowest

CONDA_NAME = {"graphviz": "python-graphviz"}
FROM_PIP = {"pygraphviz"}  # its wheel carries Graphviz itself; conda's uses another one
ONLY_CONDA = {"python", "pip", "graphviz"}  # the last is the program `dot`


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((PROJECT / "environment.yml").read_text())


@pytest.fixture(scope="module")
def conda_packages(environment):
    """Name and version of each package that conda installs."""
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    return {re.match(r"[\w-]+", line)[0]: re.sub(r"^[\w-]+", "", line) for line in lines}


def test_each_dependency_is_there_with_the_same_version(project, conda_packages):
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *(each for name in LESSONS for each in extras[name])]
    wanted = map(Requirement, asked)
    same = {CONDA_NAME.get(it.name, it.name): str(it.specifier) for it in wanted}
    same = {name: version for name, version in same.items() if name not in FROM_PIP}
    found = {name: version for name, version in conda_packages.items() if name not in ONLY_CONDA}
    assert found == same


def test_pip_installs_the_project_and_with_it_the_rest(environment):
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert pip == [f"-e .[{','.join(LESSONS)}]"]


def test_the_core_needs_nothing_that_shuts_a_host_out(project):
    core = {Requirement(each).name for each in project["dependencies"]}
    assert core == {"numpy", "ipywidgets", "anywidget"}


def test_wherever_the_lessons_are_installed_it_is_with_what_they_need():
    """With conda and on Binder see above, by make see test_make.py."""
    wanted = f"[{','.join(LESSONS)}]"
    windows = re.search(r"```bat\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)[1]
    assert f"-m pip install -e .{wanted}\n" in windows
    hub = re.search(r"-m pip install (.*)", (PROJECT / "docs" / "teaching.md").read_text())[1]
    assert hub.startswith(f'"see-the-gradient{wanted} @ git+')


def test_one_line_on_the_first_screen_of_readme_installs_without_a_clone():
    where = repository()
    first = (PROJECT / "README.md").read_text().splitlines()[:20]
    assert f'pip install "git+{where.url}@{where.ref}"' in first


def test_the_lowest_version_of_each_dependency_is_one_that_can_be_asked_for(project):
    pins = lowest(project, leave_out={"torch"})
    extras = {name: each for name, each in project["optional-dependencies"].items() if name != "torch"}
    asked = {Requirement(each) for each in [*project["dependencies"], *sum(extras.values(), [])]}
    others = {each for each in asked if each.name != project["name"]}
    assert {Requirement(pin).name for pin in pins} == {each.name for each in others}
    for pin in map(Requirement, pins):
        (bound,) = [each.specifier for each in others if each.name == pin.name]
        assert str(bound) in (str(pin.specifier), str(pin.specifier).replace("==", ">="))


def test_a_requirement_without_a_lowest_version_is_refused():
    for requirement in ("numpy", "numpy<3", "numpy>=2,<3", "numpy>2"):
        with pytest.raises(ValueError, match="give the lowest version"):
            lowest({"name": "mine", "dependencies": [requirement]})


def test_the_python_is_exact_and_one_that_the_project_supports(project, conda_packages):
    version = re.fullmatch(r"=(3\.\d+)", conda_packages["python"])[1]
    assert SpecifierSet(project["requires-python"]).contains(version)
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]


def test_only_conda_forge(environment):
    assert environment["channels"] == ["conda-forge"]


def test_each_dependency_has_its_reason_beside_it(project):
    text = (PROJECT / "pyproject.toml").read_text()
    extras = sum(project["optional-dependencies"].values(), [])
    for requirement in [*project["dependencies"], *extras]:
        if not requirement.startswith(project["name"]):
            assert re.search(rf'^    "{re.escape(requirement)}", +# \S', text, re.MULTILINE)


def test_no_folder_hides_the_environment_from_binder():
    assert not (PROJECT / "binder").exists()
    assert not (PROJECT / ".binder").exists()


def test_binder_puts_the_extension_where_its_jupyterlab_looks(tmp_path):
    there = os.environ | {"NB_PYTHON_PREFIX": str(tmp_path)}
    subprocess.run([PROJECT / "postBuild"], cwd=PROJECT, env=there, check=True)
    assert [*tmp_path.glob("share/jupyter/labextensions/*/package.json")]


def test_binder_finds_the_environment_and_its_python(conda_packages, tmp_path):
    # A copy of what Binder reads first: repo2docker would otherwise walk through .venv.
    (tmp_path / "environment.yml").write_bytes((PROJECT / "environment.yml").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert f"Building conda environment for python{conda_packages['python']}" in done.stdout
    # The project itself is copied before the environment is made, since pip installs it.
    copied = re.search(r"^COPY .*src/ ", done.stdout, re.MULTILINE)
    made = re.search(r'env update .*--file "environment.yml"', done.stdout)
    assert copied.start() < made.start()
