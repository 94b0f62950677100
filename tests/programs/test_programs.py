"""Programs of the kinds that books have run as they are, and print what they print with PyTorch."""

import runpy
from pathlib import Path

import pytest

from tests.autograd_core.test_scripts import swapped
from tests.oracle import need_pytorch

OTHERS = ("__init__", "conftest", "test_programs")
PROGRAMS = sorted(path for path in Path(__file__).parent.glob("*.py") if path.stem not in OTHERS)


@pytest.fixture
def printed(tmp_path, capsys):
    """Run a program; return the lines that it prints."""

    def printed(program):
        file = tmp_path / "program.py"
        file.write_text(program, encoding="utf-8")
        runpy.run_path(str(file), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return printed


@pytest.mark.filterwarnings("ignore:Lazy modules", "ignore::DeprecationWarning")
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_prints_the_same(path, printed):
    program = path.read_text(encoding="utf-8")
    ours = printed(swapped(program))
    assert len(ours) > 3
    need_pytorch()
    assert ours == printed(program)


def test_there_are_twenty():
    assert len(PROGRAMS) >= 20
