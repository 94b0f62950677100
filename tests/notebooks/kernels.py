"""Kernels that are reached by files, not by ports.

A port that was free when it was chosen may be taken when the kernel comes to it: two that start at
the same moment then wait for each other. A folder of its own is nobody else's.
"""

import os
import shutil
import tempfile
import weakref
from pathlib import Path

import nbval.kernel
from jupyter_client.connect import ConnectionFileMixin
from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets import default

TRANSPORT = "ipc" if os.name == "posix" else "tcp"
LONGEST = 100  # bytes of a socket's path: macOS takes 103, Linux 107


class ByFile(ConnectionFileMixin):
    """A kernel manager that keeps its kernel's sockets in a folder, which goes when it goes."""

    @default("transport")
    def _transport(self):
        return TRANSPORT

    @default("ip")
    def _ip(self):
        """Where the sockets are; for a kernel that is reached by ports, its address."""
        if self.transport != "ipc":
            return super()._ip_default()
        folder = folder_for_sockets("socket-00")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return str(folder / "socket")


def folder_for_sockets(longest: str) -> Path:
    """Make a folder in which a socket may have so long a name, wherever temporary files are kept."""
    folder = Path(tempfile.mkdtemp(prefix="kernel-"))
    if len(os.fsencode(folder / longest)) <= LONGEST:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="kernel-", dir="/tmp"))


class Kernel(ByFile, KernelManager):
    """For nbval."""


class AsyncKernel(ByFile, AsyncKernelManager):
    """For nbclient."""


def use_files_in_nbval() -> None:
    """Let nbval, which asks nobody, start its kernels so."""
    nbval.kernel.KernelManager = Kernel
