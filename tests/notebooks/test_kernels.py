"""Kernels that are started side by side do not get in each other's way, and leave nothing behind."""

import gc
import stat
import tempfile
from pathlib import Path

import nbformat
import nbval.kernel
import pytest

from tests.notebooks.kernels import LONGEST, AsyncKernel, Kernel, folder_for_sockets
from tests.notebooks.regenerate import run


@pytest.mark.parametrize("kind", [Kernel, AsyncKernel])
def test_no_two_kernels_have_a_socket_in_common_and_none_a_port(kind):
    managers = [kind() for _ in range(20)]
    assert {manager.transport for manager in managers} == {"ipc"}
    assert len({manager.ip for manager in managers}) == len(managers)
    for manager in managers:
        folder = Path(manager.ip).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700  # nobody else's, whoever else is there


def test_a_kernel_that_is_gone_leaves_no_folder():
    manager = Kernel()
    folder = Path(manager.ip).parent
    assert folder.is_dir()
    del manager
    gc.collect()
    assert not folder.exists()


def test_a_long_path_to_temporary_files_does_not_make_the_sockets_too_long(monkeypatch, tmp_path):
    far = tmp_path / "very-long-name" / ("x" * LONGEST)
    far.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(far))
    folder = folder_for_sockets("socket-00")
    assert len(str(folder / "socket-00")) <= LONGEST and folder.is_dir()
    assert [*far.iterdir()] == []
    folder.rmdir()


def test_replays_of_lessons_use_them():
    assert nbval.kernel.KernelManager is Kernel


def test_a_lesson_that_is_run_anew_answers_and_nothing_is_said_of_ports(capfd, tmp_path):
    cell = nbformat.v4.new_code_cell("print(6 * 7)")
    done = run(nbformat.v4.new_notebook(cells=[cell]), tmp_path)
    assert done.cells[0].outputs[0].text == "42\n"
    assert "TCP" not in capfd.readouterr().err
