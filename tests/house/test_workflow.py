"""The GitHub workflow is well formed and runs what is run here."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tools.links import PROJECT

RUN = PROJECT / ".ci" / "run"
WORKFLOW = PROJECT / ".github" / "workflows" / "test.yml"


@pytest.fixture(scope="module")
def jobs():
    return yaml.safe_load(WORKFLOW.read_text())["jobs"]


def commands(job):
    """Return what a job runs, a line each."""
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_the_workflow_fits_its_schema():
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema",
         "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)],
        capture_output=True, text=True,
    )
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
    assert ran("exhaustive") == ['make test ARGS="-m exhaustive"']


def ran(part):
    """What one function of .ci/run runs, a line each; it is called in the end."""
    text = RUN.read_text()
    assert part in text.split("\n}\n")[-1].split()
    body = re.search(rf"^{part}\(\) {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)[1]
    return [" ".join(line.split()) for line in body.replace("\\\n", "").splitlines()]


def test_the_conda_job_makes_the_environment_from_its_file(jobs):
    assert any("conda env create -f environment.yml" in line for line in commands(jobs["conda"]))


def test_everywhere_the_same_pytorch_is_the_oracle(jobs):
    lines = [*commands(jobs["make-test"]), *commands(jobs["conda"]), *RUN.read_text().splitlines()]
    asked = {found[0] for line in lines if (found := re.search(r"torch==\S+", line))}
    assert len(asked) == 1


def test_windows_tries_the_lines_that_readme_gives(jobs):
    section = re.search(r"```bat\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)[1]
    install = section.splitlines()[:-1]  # the last line starts JupyterLab, which would not end
    assert install == commands(jobs["windows"])[: len(install)]
