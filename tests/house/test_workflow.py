"""The GitHub workflows are well formed and run what is run here."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tools.links import PROJECT
from widgets.libraries import TESTED
from widgets.setup.check import OPTIONAL

RUN = PROJECT / ".ci" / "run"
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
TEST, RELEASE, WEEKLY = (
    PROJECT / ".github" / "workflows" / name for name in ("test.yml", "release.yml", "pytorch.yml")
)


@pytest.fixture(scope="module")
def jobs():
    return yaml.safe_load(TEST.read_text())["jobs"]


def commands(job):
    """Return what a job runs, a line each."""
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_each_workflow_fits_its_schema():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, *map(str, WORKFLOWS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_supported_python_is_tried_on_linux_and_macos(jobs):
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    supported = [name[-4:] for name in project["classifiers"] if re.search(r":: 3\.\d+$", name)]
    matrix = jobs["make-test"]["strategy"]["matrix"]
    assert matrix["python"] == supported
    assert matrix["system"] == ["ubuntu-latest", "macos-latest"]


def test_make_test_is_what_runs(jobs):
    assert commands(jobs["make-test"])[-1] == "make test"
    assert commands(jobs["conda"])[-1] == "make test VENV=conda-env"
    assert ran("everything") == ["make test"]


def test_it_runs_again_without_pytorch_which_is_then_left_out_on_purpose(jobs):
    job = jobs["without-pytorch"]
    assert commands(job) == ["make test"] and job["env"] == {"NOT_TESTED": "PyTorch"}
    (line,) = ran("without_pytorch")
    assert 'HIDDEN="torch" NOT_TESTED="PyTorch" make test' in line


def test_what_make_test_leaves_out_is_run_here():
    (command,) = ran("exhaustive")
    assert command.startswith('NOT_TESTED="nbgrader" make test ARGS="-m exhaustive"')


def ran(part):
    """What one function of .ci/run runs, a line each; it is called in the end."""
    text = RUN.read_text()
    assert part in text.split("\n}\n")[-1].split()
    body = re.search(rf"^{part}\(\) {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)[1]
    return [" ".join(line.split()) for line in body.replace("\\\n", "").splitlines()]


def test_the_conda_job_makes_the_environment_from_its_file(jobs):
    assert any("conda env create -f environment.yml" in line for line in commands(jobs["conda"]))


def test_everywhere_the_same_pytorch_is_the_oracle(jobs):
    run = RUN.read_text()
    lines = [*commands(jobs["make-test"]), *commands(jobs["conda"]), *run.splitlines()]
    asked = {found[0] for line in lines if (found := re.search(r"torch==[\d.]+", line))}
    assert asked == {f"torch=={TESTED[0]}"}


def test_each_week_the_newest_and_the_lowest_pytorch_are_tried_with_what_is_run_here():
    workflow = yaml.safe_load(WEEKLY.read_text())
    assert workflow[True]["schedule"]  # to YAML the word `on` is true
    run = RUN.read_text()
    lowest = {name: least for name, least, _ in OPTIONAL}["torch"]
    for job, wanted, tests in (
        ("newest", "torch", "with_pytorch"), ("lowest", f"torch=={lowest}", "recorder")
    ):  # fmt: skip
        asked, *_, tried = commands(workflow["jobs"][job])
        (here,) = re.findall(rf"^{tests}=\((.*)\)$", run, re.MULTILINE)
        assert asked.endswith(f"pip install {wanted}")
        assert tried.endswith(f" --dist loadscope {here}")
        assert f'"${{{tests}[@]}}"' in run


def test_each_week_pre_releases_of_the_hosts_are_tried():
    workflow = yaml.safe_load((WEEKLY.parent / "prereleases.yml").read_text())
    assert workflow[True]["schedule"]  # to YAML the word `on` is true
    made, upgraded, tried = commands(workflow["jobs"]["hosts"])
    assert made == "make .venv/installed-test" and tried == "make test"  # which installs no more
    assert upgraded.endswith("--upgrade --pre jupyterlab notebook anywidget ipywidgets numpy")


def test_readme_names_the_releases_of_pytorch_that_were_tried():
    text = " ".join((PROJECT / "README.md").read_text().split())
    assert f"PyTorch {', '.join(TESTED[:-1])} and {TESTED[-1]}" in text


def test_windows_tries_the_lines_that_readme_gives(jobs):
    section = re.search(r"```bat\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)[1]
    install = section.splitlines()[:-1]  # the last line starts JupyterLab, which would not end
    assert install == commands(jobs["windows"])[: len(install)]


def test_the_lowest_versions_are_tried_with_what_is_run_here(jobs):
    run = RUN.read_text()
    (folders,) = re.findall(r"^units=\((.*)\)$", run, re.MULTILINE)
    assert commands(jobs["lowest"])[-1].endswith(f" --dist loadscope {folders}")
    assert "tools.lowest torch" in commands(jobs["lowest"])[0] and "tools.lowest torch" in run


def test_only_a_wheel_that_was_tried_is_attached_to_a_tag():
    workflow = yaml.safe_load(RELEASE.read_text())
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # to YAML the word `on` is true
    (job,) = workflow["jobs"].values()
    lines = commands(job)
    tried = next(i for i, line in enumerate(lines) if "uses_everything.py lessons" in line)
    attached = next(i for i, line in enumerate(lines) if "gh release create" in line)
    assert tried < attached == len(lines) - 1
    assert "dist/*.whl" in lines[attached]
